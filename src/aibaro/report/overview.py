"""The first screen: what was found, how many verdicts of each kind, which findings matter most, a card a survey."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan

from aibaro.errors import AibaroError
from aibaro.facts import Key
from aibaro.ledger import Finding, spread
from aibaro.published import PublishedSurvey
from aibaro.report.chapters.claims import badge, fate
from aibaro.report.chapters.section import Badge
from aibaro.report.inputs import SurveyResults
from aibaro.report.ledger_rows import LedgerRow
from aibaro.report.names import Names, brief, capital
from aibaro.report.words import LANGUAGES, Text, count, decimal, format_number, interval, percent, say, sentence_of
from aibaro.rounding import parse_printed
from aibaro.study import Headline, KeyDifference, KeyFigure, KeySpread

NUMBER_VERDICTS = ("reproduced", "consistent", "rounding_dependent", "in_conflict", "inconsistent", "not_checkable")
CLAIM_VERDICTS = (
    "supported",
    "wording_dependent",
    "contradicted",
    "established",
    "imprecise",
    "not_significant",
    "depends",
    "refuted",
)
# columns of the table of statements; both ways of failing stand in one
CLAIM_FATES = (
    "established",
    "imprecise",
    "not_significant",
    "depends",
    "printed_only",
    "rounding",
    "wording",
    "fails",
    "not_checkable",
)
_FAILS = ("contradicted", "refuted")
MOST_FINDINGS = 10


@dataclass(frozen=True, slots=True)
class SurveyLine:
    """One survey of the overview.

    Parameters
    ----------
    name, prefix : str
        Id of the survey, and the prefix of its chapter.
    title : str
        Title of the survey.
    numbers, claims : int
        Printings and statements.
    counts : dict of str to int
        Printings a verdict.
    fates : dict of str to int
        Statements by what became of them.
    """

    name: str
    prefix: str
    title: str
    numbers: int
    claims: int
    counts: dict[str, int]
    fates: dict[str, int]


@dataclass(frozen=True, slots=True)
class FirstFinding:
    """One finding of the first screen.

    Parameters
    ----------
    key : str
        Place in the page that holds its argument.
    survey : Text
        Title of the survey.
    badge : Badge
        The verdict.
    words : Text
        What was found.
    location : str
        Where it stands in the source.
    sentence : Text
        Why, in plain sentences.
    """

    key: str
    survey: Text
    badge: Badge
    words: Text
    location: str
    sentence: Text


def survey_line(results: SurveyResults, rows: Sequence[LedgerRow]) -> SurveyLine:
    """Count the verdicts of a survey."""
    found = Counter(row.verdict.verdict for row in rows)
    counts = {verdict: found[verdict] for verdict in NUMBER_VERDICTS}
    pairs = zip(results.claims["as_printed"], results.claims["population"], strict=True)
    became = Counter("fails" if f in _FAILS else f for f in (fate(str(a), str(b)) for a, b in pairs))
    fates = {code: became[code] for code in CLAIM_FATES}
    survey = results.survey
    return SurveyLine(survey.name, survey.prefix, survey.title, len(rows), len(results.claims), counts, fates)


def answers(lines: Sequence[SurveyLine]) -> tuple[tuple[Text, tuple[tuple[Text, Text, str], ...]], ...]:
    """Answer what was printed, what holds, what does not, and how sure that is; each count with where it leads.

    A place that begins with ``#`` is one of the page, any other a question to the ledger.
    """
    numbers: Counter[str] = Counter()
    claims: Counter[str] = Counter()
    for line in lines:
        numbers.update(line.counts)
        claims.update(line.fates)
    borne_out = sum(claims[code] for code in ("established", "imprecise", "not_significant", "depends", "printed_only"))
    by_number = "#by-number"
    by_claim = "#by-claim" if any(line.claims for line in lines) else by_number
    told = {
        "printed": (
            ("numbers", sum(line.numbers for line in lines), "#ledger"),
            ("claims", sum(line.claims for line in lines), by_claim),
            ("surveys", len(lines), by_number),
        ),
        "holds": (
            ("agree", numbers["reproduced"] + numbers["consistent"], by_number),
            ("supported", borne_out, by_claim),
        ),
        "fails": (
            ("wrong", numbers["inconsistent"], "verdict=inconsistent"),
            *((("conflict", numbers["in_conflict"], "verdict=in_conflict"),) if numbers["in_conflict"] else ()),
            ("contradicted", claims["fails"], by_claim),
            ("rounding", numbers["rounding_dependent"] + claims["rounding"] + claims["wording"], by_claim),
        ),
        "sure": (
            ("established", claims["established"], by_claim),
            ("imprecise", claims["imprecise"], by_claim),
            ("not_significant", claims["not_significant"], by_claim),
            ("depends", claims["depends"], by_claim),
            ("open", numbers["not_checkable"] + claims["not_checkable"], by_number),
        ),
    }
    return tuple(
        (say(f"answer.{head}"), tuple((say(f"answer.{key}"), count(n), place) for key, n, place in told[head]))
        for head in told
    )


def chosen_findings(
    ranked: Sequence[Finding], everything: Sequence[tuple[SurveyResults, Sequence[LedgerRow]]]
) -> tuple[FirstFinding, ...]:
    """Put the first findings into words."""
    found: dict[tuple[str, str], FirstFinding] = {}
    for results, rows in everything:
        found |= {(results.survey.name, key): entry for key, entry in [*_numbers(results, rows), *_claims(results)]}
    chosen = spread(ranked, MOST_FINDINGS)
    return tuple(replace(found[f.survey, f.id], badge=badge(f.verdict)) for f in chosen)


def _numbers(results: SurveyResults, rows: Sequence[LedgerRow]) -> Iterator[tuple[str, FirstFinding]]:
    title = _title(results)
    for row in rows:
        domain = row.detail.map(lambda words: f" ({words})" if words else "")
        words = say("findings.number", item=row.what, domain=domain, printed=row.printed)
        yield row.key, FirstFinding(row.key, title, row.verdict, words, row.location, row.sentence)


def _claims(results: SurveyResults) -> Iterator[tuple[str, FirstFinding]]:
    title = _title(results)
    for r in results.claims.to_dict("records"):
        key, row = str(r["id"]), {str(k): v for k, v in r.items()}
        words = Text.labels(str(r["claim"] or key), str(r.get("claim_nl") or ""))
        verdict = badge(str(r["as_printed"]))
        yield key, FirstFinding(key, title, verdict, words.map(capital), str(r["location"] or ""), sentence_of(row))


def _title(results: SurveyResults) -> Text:
    survey = results.survey
    return Text.labels(survey.title, str(survey.settings.get("title_nl") or ""))


# --- The first screen: what was found, and a card a survey.

REASONS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Card:
    """One survey on the first screen.

    Parameters
    ----------
    key : str
        Place in the page that it leads to.
    title, asked : Text
        Title; who was asked, when and how many.
    figures : tuple of Text
        Its key figure with an interval, or its largest differences.
    trust : Text
        How far to trust it.
    fails : tuple of (str, Text)
        What is contradicted or in conflict: a place in the page, and words; empty when nothing is.
    silent : Text
        What print cannot tell.
    name, short : str
        Id of the survey, and what it is called where there is little room.
    measured : bool
        Print allows an interval on its key figure or differences.
    open : bool
        Some numbers cannot be checked.
    """

    key: str
    title: Text
    asked: Text
    figures: tuple[Text, ...]
    trust: Text
    fails: tuple[tuple[str, Text], ...]
    silent: Text
    name: str
    short: str
    measured: bool
    open: bool


def card(results: SurveyResults, line: SurveyLine) -> Card:
    """Put the first screen of a survey into words."""
    survey, head = results.survey, results.headline
    names = Names.of(survey)
    title = Text.labels(survey.title, str(survey.settings.get("title_nl") or ""))
    short = short_name(survey)
    if head is None:
        empty = Text.same("")
        return Card(f"chapter-{survey.prefix}", title, empty, (), empty, (), empty, survey.name, short, False, False)
    return Card(
        key=f"chapter-{survey.prefix}",
        title=title,
        asked=_asked(survey, head, names).map(capital),
        figures=tuple(_figures(head, names)),
        trust=_trust(head),
        fails=tuple((name, _failing(results, name)) for name in head.failing),
        silent=_silent(head, line),
        name=survey.name,
        short=short,
        measured=bool(head.differences) or (head.figure is not None and head.figure.low is not None),
        open=bool(line.counts["not_checkable"]),
    )


def short_name(survey: PublishedSurvey) -> str:
    """What a survey is called where there is little room."""
    return str(survey.settings.get("short") or survey.title or survey.name)


def told(survey: PublishedSurvey, head: Headline) -> tuple[Text, ...]:
    """Say in a few lines what the first screen says: title and who was asked, key figures, how far to trust them."""
    names = Names.of(survey)
    title = Text.labels(survey.title, str(survey.settings.get("title_nl") or ""))
    asked = _asked(survey, head, names)
    heading = Text.each(lambda lang: ". ".join(capital(text[lang]) for text in (title, asked) if text[lang]))
    return (heading, *_figures(head, names), say("card.trusted", words=_trust(head)))


@dataclass(frozen=True, slots=True)
class Found:
    """A sentence of the first screen.

    Parameters
    ----------
    words : Text
        What was found.
    key : str
        Place in the page that it leads to.
    source : Text
        What stands there.
    """

    words: Text
    key: str
    source: Text


def sentences(cards: Sequence[Card], lines: Sequence[SurveyLine]) -> tuple[Found, ...]:
    """Say in three sentences what was found: two key figures or differences, and what fails."""
    # a figure with an interval says more than one without
    told = sorted((c for c in cards if c.figures), key=lambda c: not c.measured)
    said = [Found(c.figures[0], c.key, Text.same(c.short)) for c in told[:2]]
    counts = {verdict: sum(line.counts[verdict] for line in lines) for verdict in lines[0].counts}
    wrong = counts["inconsistent"] + counts["in_conflict"]
    claims = sum(line.claims for line in lines)
    numbers = sum(counts.values())
    checked = numbers - counts["not_checkable"]
    words = say(
        f"card.found_{'right' if not wrong else 'one' if wrong == 1 else 'wrong'}",
        numbers=count(numbers),
        checked=count(checked),
        open=count(numbers - checked),
        wrong=count(wrong),
    )
    contradicted = sum(line.fates["fails"] for line in lines)
    if claims:
        form = "none" if not contradicted else "one" if contradicted == 1 else "some"
        more = say(f"card.claims_{form}", claims=count(claims), failing=count(contradicted))
        words = Text.each(lambda lang: f"{words[lang]} {more[lang]}")
    return (*said, Found(words, "counts", say("overview.counts_short")))


def trusted(cards: Sequence[Card]) -> Text:
    """Say how far to trust all of it: how many surveys print enough for an interval, and what no interval covers."""
    measured = sum(c.measured for c in cards)
    form = "all" if measured == len(cards) else "some" if measured else "none"
    return say(f"card.trusted_{form}", measured=measured, surveys=len(cards))


def _asked(survey: PublishedSurvey, head: Headline, names: Names) -> Text:
    who = Text.labels(str(survey.settings.get("asked_en") or ""), str(survey.settings.get("asked_nl") or ""))
    when = period(str(survey.settings.get("fieldwork") or survey.wave))
    sizes = [
        say("card.size_group", n=count(n), group=names.level("group", group)) if group else say("card.size", n=count(n))
        for group, n in head.sizes
    ]
    parts = [part for part in (who, when, _joined(sizes)) if part.en]
    return _joined(parts, "; ")


def _figures(head: Headline, names: Names) -> list[Text]:
    found = [_difference(difference, names) for difference in head.differences]
    if head.figure is None:
        return found
    words = _said(head.figure, names)
    if head.figure.low is not None and head.figure.high is not None:
        words = say("card.figure_interval", words=words, interval=_band(head.figure))
    elif not found:
        words = say("card.figure", words=words)
    else:
        words = words.map(lambda text: f"{text}.")
    # groups that were asked apart are the finding; one figure of all is, where there are none
    return [*found, words, *(_spread(spread, names) for spread in head.spreads)]


def _said(figure: KeyFigure, names: Names) -> Text:
    """A key figure as a sentence without its stop."""
    printed, does = in_notation(figure.printed), names.phrases.get(figure.key.item)
    if does is None:
        return say("card.labelled", item=names.item(figure.key.item), printed=printed)
    who = names.phrases.get(figure.key.group or figure.key.base, say("card.asked"))
    return say("card.share", printed=printed, who=who, does=does)


def _band(figure: KeyFigure, unit: str = "%") -> Text:
    low, high = (nan if end is None else 100 * end for end in (figure.low, figure.high))
    return interval(low, high, 1, unit)


def _where(key: Key, names: Names) -> Text:
    return names.phrases.get(key.level, brief(names.level(key.domain, key.level)))


def _spread(spread: KeySpread, names: Names) -> Text:
    ends = {"low": spread.lowest, "high": spread.highest}
    key = spread.lowest.key
    values = {f"printed_{end}": in_notation(figure.printed) for end, figure in ends.items()}
    values |= {f"where_{end}": _where(figure.key, names) for end, figure in ends.items()}
    values |= {f"interval_{end}": _band(figure, "") for end, figure in ends.items()}
    return say("card.spread", domain=names.domain(key.domain), **values)


def _difference(difference: KeyDifference, names: Names) -> Text:
    low, high = sorted(abs(100 * end) for end in (difference.low, difference.high))
    groups = [difference.group_a, difference.group_b]
    does = names.phrases.get(difference.item)
    values = {
        "printed_a": in_notation(difference.printed_a or "?"),
        "printed_b": in_notation(difference.printed_b or "?"),
        "points": interval(low, high, 1, ""),
    }
    if does is not None and all(group in names.phrases for group in groups):
        who = [names.phrases[group] for group in groups]
        return say("card.contrast", does=does, a=who[0], b=who[1], **values)
    label = [names.level("group", group) for group in groups]
    item = _plain(brief(names.item(difference.item)))
    return say("card.difference", item=item, a=label[0], b=label[1], **values)


def _trust(head: Headline) -> Text:
    parts = []
    if head.response is not None:
        parts.append(say("card.response", rate=percent(100 * head.response, 0)))
    # that a margin can be bounded is said where it was
    bounded = head.weighting != "cells" or (head.figure is not None and head.figure.low is not None)
    parts.append(say(f"card.weighting_{head.weighting}" if bounded else "card.weighting_cells_open"))
    parts.append(say(f"card.sampling_{head.sampling.replace('-', '_')}"))
    if head.nonresponse is not None:
        parts.append(say("card.nonresponse", interval=interval(100 * head.nonresponse[0], 100 * head.nonresponse[1])))
    if head.uneven is not None:
        parts.append(say("card.uneven", interval=interval(100 * head.uneven[0], 100 * head.uneven[1])))
    if head.differences:
        parts.append(say("card.chance", worth=percent(max(100 / d.breakdown for d in head.differences), 0)))
    ratios = [d.ratio for d in head.differences if isfinite(d.ratio)]
    if ratios:
        parts.append(say("card.vanish", ratio=decimal(min(ratios), 2)))
    return _joined([part.map(lambda words: f"{capital(words)}.") for part in parts], " ")


def _failing(results: SurveyResults, name: str) -> Text:
    claims = results.claims[results.claims["id"] == name]
    if len(claims):
        row = claims.iloc[0]
        return Text.labels(str(row["claim"]), str(row.get("claim_nl") or "")).map(capital)
    printed = results.survey.printed.set_index("id").loc[name]
    item = Names.of(results.survey).item(str(printed["item"]))
    return say("card.number_fails", item=item, printed=str(printed["printed"]))


def _silent(head: Headline, line: SurveyLine) -> Text:
    open_ = line.counts["not_checkable"]
    reasons = [
        say("card.reason", reason=say(f"reason.{reason}"), n=count(number))
        for reason, number in head.unchecked[:REASONS_SHOWN]
    ]
    # a count leads to every row that it counts; what is no gap of the publication is named as such
    if no_gap := open_ - sum(number for _, number in head.unchecked):
        reasons.append(say("card.no_gap", n=count(no_gap)))
    if not open_:
        return say("card.all_checked")
    return say("card.silent", n=count(open_), total=count(line.numbers), reasons=_joined(reasons))


def in_notation(printed: str) -> Text:
    """Write a printed share in the notation of each language; words stay as printed, with their value beside them.

    Examples
    --------
    >>> in_notation("32,1%").en, in_notation("zestien procent").en, in_notation("zestien procent").nl
    ('32.1%', '16% (printed as “zestien procent”)', '“zestien procent”')
    >>> in_notation("61,4").en, in_notation("61,4").nl
    ('61.4%', '61,4%')
    """
    digits = _NUMBER.fullmatch(printed)
    if digits is not None:
        whole, part = digits[1], digits[2] or ""
        return Text(f"{whole}.{part}%", f"{whole},{part}%") if part else Text.same(f"{whole}%")
    try:
        value = parse_printed(printed, ",").value
    except AibaroError:
        return Text.same(f"“{printed}”" if any(map(str.isalpha, printed)) else printed)
    return Text(f"{format_number(float(value), 0, 'en')}% (printed as “{printed}”)", f"“{printed}”")


_NUMBER = re.compile(r"(\d+)(?:[.,](\d+))?\s*%?")


def period(text: str) -> Text:
    """Write when the answers were given as people say it.

    Examples
    --------
    >>> period("2023-06/2023-09").en, period("2023-05-12/2023-05-30").nl, period("2025").en
    ('June to September 2023', '12 tot 30 mei 2023', '2025')
    """
    ends = [_DATE.fullmatch(part) for part in text.split("/")]
    if not all(ends):
        return Text.same(text.replace("/", "–"))
    dates = [match.groups() for match in ends if match is not None]
    return Text.each(lambda lang: _between(dates, lang))


_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")


def _between(dates: Sequence[tuple[str, ...]], lang: str) -> str:
    """Dates from first to last, with year and month named once where both share them."""
    last = dates[-1]
    words = []
    for date in dates:
        year, month, day = date
        final = date is last
        parts = [str(int(day))] if day else []
        if month and (final or month != last[1] or year != last[0] or not day):
            parts.append(say(f"month.{int(month)}")[lang])
        if final or year != last[0] or not month:
            parts.append(year)
        words.append(" ".join(parts))
    return (" to " if lang == "en" else " tot ").join(words)


def _plain(words: Text) -> Text:
    """A label without a colon, for a sentence that has one."""
    return words.map(lambda text: text.replace(": ", " – "))


def _joined(parts: Sequence[Text], by: str = ", ") -> Text:
    return Text(*(by.join(part[lang] for part in parts) for lang in LANGUAGES))
