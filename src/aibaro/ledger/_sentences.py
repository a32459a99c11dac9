"""What does a verdict say?  One plain sentence from the values, for readers who open no argument.

The calculation stays in the argument.  A sentence names figures by what tells them apart, says what they share once,
and writes numbers in the language of the reader; words in print stay as printed, in quotation marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from aibaro.facts import FactLabels, Facts, Key, value_words
from aibaro.ledger._claim_rules import Assertion
from aibaro.ledger.comparisons import FAILS, HOLDS, OPEN, Comparison, Quantity, exact
from aibaro.messages import LANGUAGES, Labels, Message, Row, message

Sections = Sequence[Sequence[Quantity]]
# figures that a sentence lists; more are counted
MOST = 4
_PLACE = ("domain", "level")


def text_of(sentences: Iterable[Message], language: str = "en", labels: Labels | None = None) -> str:
    """Write sentences one after another, each with a capital and a full stop.

    Parameters
    ----------
    sentences : iterable of Message
        The sentences.
    language : {"en", "nl"}
        The language.
    labels : callable, optional
        What codes are called.

    Returns
    -------
    str
        One paragraph.

    Examples
    --------
    >>> from aibaro.messages import message
    >>> text_of([message("weights.at_limit", count=2, low=1.0, high=3.0)])[-1]
    '.'
    """
    found = (sentence.text(language, labels).strip() for sentence in sentences)
    return " ".join(f"{text[:1].upper()}{text[1:].rstrip('.')}." for text in found if text)


@dataclass(frozen=True, slots=True)
class Told:
    """A reading of a claim, ready to be told.

    Parameters
    ----------
    rule : str
        The rule.
    parameters : dict of str to str
        Its parameters.
    sections : sequence of sequences of Quantity
        The figures of this reading.
    statement : Assertion
        What has to hold.
    verdict : str
        Whether it holds as printed.
    facts : Facts
        The survey's facts.
    labels : FactLabels
        What they are called.
    """

    rule: str
    parameters: dict[str, str]
    sections: Sections
    statement: Assertion
    verdict: str
    facts: Facts
    labels: FactLabels


def printed_sentence(told: Told) -> Message:
    """Say what print gives and whether it bears the claim out.

    Parameters
    ----------
    told : Told
        The reading.

    Returns
    -------
    Message
        One sentence.
    """
    statement = told.statement
    if statement.computed is not None and told.rule in _EXACT:
        return _EXACT[told.rule](told)
    if not statement.comparisons or told.rule == "not_checkable":
        return _silent(told)
    missing = list(statement.unprinted)
    figures = [figure for c in statement.comparisons for _, figure in c.terms]
    words = _Words.of(told, [figure.key for figure in figures], missing)
    found = _WRITERS.get(told.rule, _compared)(told, words)
    if missing:
        shown = _and([words.names[key] for key in missing[:MOST]])
        found = message("sentence.unprinted", said=found, missing=shown)
    elif told.verdict == "not_checkable" and statement.reason == "no_second_figure":
        found = message("sentence.only_words", figures=_list(_figures(told), words))
    return found if words.common is None else message("sentence.about", common=words.common, said=found)


def _silent(told: Told) -> Message:
    """Why nothing printed decides it."""
    because = next((s for s in told.statement.steps if s.key == "ledger.because"), None)
    reason = message(f"sentence.reason_{told.statement.reason or 'no_second_figure'}")
    if told.rule == "projection":
        return told.statement.steps[-1]
    return reason if because is None else message("sentence.reason_because", reason=reason, because=because)


@dataclass(frozen=True, slots=True)
class _Words:
    """Names of figures: what they share, and what tells them apart."""

    names: dict[Key, Message]
    common: Message | None

    @classmethod
    def of(cls, told: Told, figures: Sequence[Key], missing: Sequence[Key] = ()) -> _Words:
        keys = list(dict.fromkeys((*figures, *missing)))
        if len(keys) == 1:
            return cls({keys[0]: _both(*(told.labels(str(keys[0]), lang) for lang in LANGUAGES))}, None)
        kept = {name for name in _EMPTY if len({getattr(key, name) for key in keys}) > 1}
        kept |= set(_PLACE) if kept & set(_PLACE) else set()
        shared = keys[0].about(**{name: _EMPTY[name] for name in kept})
        own = {key: key.about(**{name: blank for name, blank in _EMPTY.items() if name not in kept}) for key in keys}
        if "wave" in kept:
            own = {key: name.about(wave=key.wave or told.facts.survey.wave) for key, name in own.items()}
        said = {lang: _apart([told.labels(str(name), lang) for name in own.values()]) for lang in LANGUAGES}
        bare = shared.about(measure="share") == Key("")
        heads = {lang: _joined(said[lang][0], "" if bare else told.labels(str(shared), lang)) for lang in LANGUAGES}
        common = _both(*(heads[lang] for lang in LANGUAGES)) if any(heads.values()) else None
        pairs = zip(*(said[lang][1] for lang in LANGUAGES), strict=True)
        return cls({key: _both(*pair) for key, pair in zip(own, pairs, strict=True)}, common)

    def figure(self, figure: Quantity) -> Message:
        """A figure with its value."""
        return message("sentence.figure", name=self.names[figure.key], value=value_of(figure))


_EMPTY = {"item": "", "base": "all", "domain": "", "level": "", "wave": "", "group": "", "measure": "share"}


def _both(en: str, nl: str) -> Message:
    return message("sentence.name", en=en, nl=nl)


def _apart(names: Sequence[str]) -> tuple[str, list[str]]:
    """Part what all names begin with, such as "obstacle: ", from the rest; one colon a sentence is enough."""
    heads = {name.partition(": ")[0] if ": " in name else "" for name in names}
    if len(heads) == 1 and "" not in heads:
        return heads.pop(), [name.partition(": ")[2] for name in names]
    return "", [name.replace(": ", " – ") for name in names]


def _joined(*parts: str) -> str:
    return ", ".join(part.replace(": ", " – ") for part in parts if part)


def value_of(figure: Quantity) -> Message:
    """Write the value of a figure, or what the other figures leave for it.

    Parameters
    ----------
    figure : Quantity
        The figure.

    Returns
    -------
    Message
        Its value.
    """
    if figure.left is not None:
        return message("sentence.range", low=_tenth(figure.left.lower), high=_tenth(figure.left.upper))
    return value_words(figure.source)


def _tenth(value: Fraction) -> Fraction:
    return Fraction(round(value * 10), 10)


def _figures(told: Told) -> list[Quantity]:
    return list({f.key: f for c in told.statement.comparisons for _, f in c.terms}.values())


def _list(figures: Sequence[Quantity], words: _Words) -> Message:
    shown = [words.figure(figure) for figure in figures[:MOST]]
    if len(figures) > MOST:
        shown.append(message("sentence.more", count=len(figures) - MOST))
    return _and(shown)


def _and(parts: Sequence[Message]) -> Message:
    """A list with "and" before its last member."""
    *head, last = parts
    return message("sentence.and", head=tuple(head), last=last) if head else last


def _points(comparison: Comparison) -> Message:
    """How far apart: percentage points for shares, a number for counts."""
    size = abs(comparison.central - comparison.constant)
    shares = all(figure.percent for _, figure in comparison.terms)
    return message("sentence.points" if shares else "messages.number", value=exact(size))


def _allowance(comparison: Comparison) -> Message:
    shares = all(figure.percent for _, figure in comparison.terms)
    return message("sentence.points" if shares else "messages.number", value=exact(abs(comparison.constant)))


def _short(value: Fraction, figures: Iterable[Quantity]) -> Message:
    """A computed percentage with as many decimals as print has, one at least."""
    places = 10 ** max(1, *(figure.source.decimals for figure in figures))
    return message("sentence.percent_any", value=exact(Fraction(round(value * places), places)))


def _sides(comparison: Comparison) -> tuple[Quantity, Quantity]:
    """The figure that has to be larger, and the other one."""
    upper = next(f for factor, f in comparison.terms if factor > 0)
    return upper, next(f for factor, f in comparison.terms if factor < 0)


def _is_pair(comparison: Comparison) -> bool:
    return len(comparison.terms) == 2 and {factor for factor, _ in comparison.terms} == {Fraction(1), Fraction(-1)}


# --- one writer a shape of statement


def _compared(told: Told, words: _Words) -> Message:
    comparisons = told.statement.comparisons
    if not all(map(_is_pair, comparisons)):
        return _counted(told, words)
    subjects = {figure.key for figure in told.sections[0]} if told.sections else set()
    if len(comparisons) == 1:
        return _pair(comparisons[0], subjects, words)
    failing = [c for c in comparisons if c.verdict() != HOLDS]
    need = next((part.need for part in told.statement.parts if part.need is not None), None)
    own = next(iter(subjects), None) if len(subjects) == 1 else None
    sides = {("above" if _sides(c)[0].key == own else "below") for c in comparisons} if own is not None else set()
    closest = min(comparisons, key=lambda c: c.central)
    if len(sides) == 1 and need is None and not failing and all(_lead(c) > 0 for c in comparisons):
        side = next(iter(sides))
        figure = _sides(closest)[0 if side == "above" else 1]
        other = _sides(closest)[1 if side == "above" else 0]
        return message(
            f"sentence.first_{side}{'_both' if len(comparisons) == 2 else ''}",
            a=words.figure(figure),
            b=words.figure(other),
            **({} if len(comparisons) == 2 else {"count": len(comparisons)}),
        )
    if sides == {"above", "below"} and told.rule == "ranked" and not failing:
        over = [_sides(c)[0] for c in comparisons if _sides(c)[0].key != own]
        under = [_sides(c)[1] for c in comparisons if _sides(c)[1].key != own]
        return message(
            "sentence.placed",
            a=words.figure(told.sections[0][0]),
            b=words.figure(min(over, key=lambda f: f.centre)),
            c=words.figure(max(under, key=lambda f: f.centre)),
            place=len(over) + 1,
        )
    return _counted(told, words)


def _pair(comparison: Comparison, subjects: set[Key], words: _Words) -> Message:
    """Two figures: which is larger, and by how much."""
    upper, lower = _sides(comparison)
    first_is_upper = upper.key in subjects or lower.key not in subjects
    a, b = (upper, lower) if first_is_upper else (lower, upper)
    gap = a.centre - b.centre
    asked = "higher" if first_is_upper else "lower"
    values = {"a": words.figure(a), "b": words.figure(b)}
    verdict = comparison.verdict()
    if comparison.constant and verdict != OPEN and (gap or asked == "higher") and not _plain(comparison, verdict):
        # the words ask for a distance, or allow one
        more = (verdict == HOLDS) == (comparison.constant < 0)
        margin = _tenth(abs(comparison.constant))
        return message(
            f"sentence.apart_{'more' if more else 'less'}", **values, points=_points(comparison), margin=margin
        )
    if verdict == OPEN:
        return message("sentence.too_close", **values)
    apart = _points(comparison)
    if not (upper.precise and lower.precise):
        # words have no distance
        return message(f"sentence.{'' if verdict == HOLDS else 'not_'}{asked}_words", **values)
    if verdict == HOLDS:
        return message(f"sentence.{asked if gap else 'same'}", **values, **({"points": apart} if gap else {}))
    if not gap:
        return message(f"sentence.not_{asked}_same", **values)
    return message(f"sentence.not_{asked}", **values, points=apart)


def _plain(comparison: Comparison, verdict: str) -> bool:
    """Whether the order alone decides: a lead where the words allow a lag, a lag where they ask for a lead."""
    lead = _lead(comparison)
    allowed = comparison.constant > 0
    return (allowed and verdict == HOLDS and lead >= 0) or (not allowed and verdict == FAILS and lead < 0)


def _lead(comparison: Comparison) -> Fraction:
    upper, lower = _sides(comparison)
    return upper.centre - lower.centre


def _counted(told: Told, words: _Words) -> Message:
    """Many comparisons: how many hold, and which is closest or fails."""
    comparisons = told.statement.comparisons
    count = len(comparisons)
    failing = [c for c in comparisons if c.verdict() == FAILS]
    loose = [c for c in comparisons if c.verdict() == OPEN]
    pairs = all(map(_is_pair, comparisons))
    need = next((part.need for part in told.statement.parts if part.need is not None), None)
    closest = min(failing or loose or comparisons, key=lambda c: abs(c.central))
    shown = _against(closest, words) if pairs else _list([f for _, f in closest.terms], words)
    if len(failing) == count:
        return message("sentence.none_hold", count=count, closest=shown)
    if failing:
        # one that fails is told; that there are more is said
        alone = "sentence.some_fail" if len(failing) == 1 else "sentence.some_fail_more"
        key = alone if need is None else "sentence.some_fail_allowed"
        values = {} if need is None else {"need": need}
        return message(key, holding=count - len(failing), count=count, closest=shown, **values)
    if loose:
        return message("sentence.some_open", open=len(loose), count=count, closest=shown)
    if count == 2:
        return message("sentence.both_hold", closest=shown)
    return message("sentence.all_hold", count=count, closest=shown)


def _against(comparison: Comparison, words: _Words) -> Message:
    upper, lower = _sides(comparison)
    values = {"a": words.figure(upper), "b": words.figure(lower)}
    if comparison.constant > 0 and upper.centre < lower.centre:
        return message("sentence.against_allowed", **values, margin=_allowance(comparison))
    return message("sentence.against", **values)


def _ordered(told: Told, words: _Words) -> Message:
    figures = list(told.sections[0])
    failing = [c for c in told.statement.comparisons if c.verdict() != HOLDS]
    listed = _and([words.figure(figure) for figure in figures])
    up = told.parameters.get("direction", "down") == "up"
    if failing:
        return message("sentence.order_fails", figures=listed, closest=_against(failing[0], words))
    return message("sentence.order_up" if up else "sentence.order_down", figures=listed)


def _alike(told: Told, words: _Words) -> Message:
    margin = exact(abs(told.statement.comparisons[0].constant))
    figures = _figures(told)
    first, others = (told.sections[0], told.sections[1]) if len(told.sections) == 2 else (figures, ())
    one_by_one = len(first) == 1 and len(others) > 1
    widest = (
        max(abs(figure.centre - first[0].centre) for figure in others)
        if one_by_one
        else max(figure.centre for figure in figures) - min(figure.centre for figure in figures)
    )
    if told.verdict == OPEN or not all(figure.precise for figure in figures):
        return message("sentence.alike_open", figures=_list(figures, words))
    if not widest:
        return message("sentence.equal", figures=_list(figures, words))
    key = "sentence.alike" if told.verdict == HOLDS else "sentence.not_alike"
    shares = all(figure.percent for figure in figures)
    apart, allowed = (
        message("sentence.points" if shares else "messages.number", value=value) for value in (exact(widest), margin)
    )
    if one_by_one and told.verdict == HOLDS:
        own = words.figure(first[0])
        return message("sentence.alike_first", a=own, figures=_list(others, words), points=apart, margin=allowed)
    return message(key, figures=_list(figures, words), points=apart, margin=allowed)


def _limited(told: Told, words: _Words) -> Message:
    """Figures, or their sum, against a limit."""
    comparisons = told.statement.comparisons
    first = comparisons[0]
    asked = "above" if first.terms[0][0] > 0 else "below"
    limit = abs(first.constant)
    bound = message("sentence.half") if limit == 50 else message("sentence.limit", value=_tenth(limit))
    if not all(figure.percent for _, figure in first.terms):
        bound = message("messages.number", value=limit)
    if len(first.terms) > 1:
        total = sum((abs(factor) * figure.centre for factor, figure in first.terms), Fraction(0))
        figures = _list([figure for _, figure in first.terms], words)
        value = _short(total, (figure for _, figure in first.terms))
        return message(f"sentence.sum_{_state(first, asked)}", figures=figures, value=value, limit=bound)
    if len(comparisons) == 1:
        return message(f"sentence.is_{_state(first, asked)}", a=words.figure(first.terms[0][1]), limit=bound)
    failing = [c for c in comparisons if c.verdict() != HOLDS]
    if not failing:
        closest = min(comparisons, key=lambda c: c.central).terms[0][1]
        if len(comparisons) == 2:
            return message(f"sentence.both_{asked}", limit=bound, a=words.figure(closest))
        return message(f"sentence.all_{asked}", count=len(comparisons), limit=bound, a=words.figure(closest))
    listed = _list([c.terms[0][1] for c in failing], words)
    return message(f"sentence.some_not_{asked}", figures=listed, limit=bound, count=len(comparisons))


def _state(comparison: Comparison, asked: str) -> str:
    verdict = comparison.verdict()
    return asked if verdict == HOLDS else f"not_{asked}" if verdict == FAILS else "near"


def _fraction(told: Told, words: _Words) -> Message:
    """Words for a fraction: between which limits they are read."""
    said = []
    for part in told.statement.parts:
        low, high = part.comparisons
        where = _place_of({low.verdict(), high.verdict()}, told.verdict)
        figures = [figure for _, figure in low.terms]
        if told.parameters.get("of") == "ratio":
            top, bottom = figures
            ends = {"low": _tenth(-100 * low.terms[1][0]), "high": _tenth(100 * high.terms[1][0])}
            share = _short(100 * top.centre / bottom.centre, figures)
            own = message("sentence.ratio", a=words.figure(top), b=words.figure(bottom), value=share)
        else:
            ends = {"low": _tenth(-low.constant), "high": _tenth(high.constant)}
            own = words.figure(figures[0])
        if len(figures) > 1 and told.parameters.get("of") != "ratio":
            total = _short(sum((f.centre for f in figures), Fraction(0)), figures)
            own = message("sentence.together", figures=_list(figures, words), value=total)
        said.append((where, own, ends))
    if len(said) == 1:
        where, own, ends = said[0]
        return message(f"sentence.reading_{where}", a=own, **ends)
    worst = next((entry for entry in said if entry[0] != "in"), None)
    own_words = _and([own for _, own, _ in said[:MOST]])
    if worst is None:
        return message("sentence.reading_all_in", figures=own_words, **said[0][2])
    return message(f"sentence.reading_{worst[0]}", a=worst[1], **worst[2])


def _place_of(ends: set[str], verdict: str) -> str:
    """Where a figure lies beside the reading of a fraction: inside, across an end of it, just outside, or far off."""
    if ends == {HOLDS}:
        return "in"
    if FAILS not in ends:
        return "edge"
    return "out" if verdict == FAILS else "near"


def _same_order(told: Told, words: _Words) -> Message:
    first, second = told.sections[0], told.sections[1]
    places = sorted(range(len(first)), key=lambda i: first[i].centre, reverse=True)
    names = _Words.of(told, [figure.key for figure in first])
    pairs = [
        message("sentence.both", name=names.names[first[i].key], one=value_of(first[i]), other=value_of(second[i]))
        for i in places
    ]
    return message("sentence.order_same" if told.verdict == HOLDS else "sentence.order_other", pairs=_and(pairs))


def _gaps(told: Told, words: _Words) -> Message:
    (a, b), *others = told.sections
    smallest = min(others, key=lambda pair: abs(pair[0].centre - pair[1].centre))
    one, other = (message("sentence.points", value=exact(abs(p.centre - q.centre))) for p, q in ((a, b), smallest))
    key = "sentence.gap_smaller" if told.verdict == HOLDS else "sentence.gap_not_smaller"
    return message(
        key,
        a=words.figure(a),
        b=words.figure(b),
        one=one,
        c=words.figure(smallest[0]),
        d=words.figure(smallest[1]),
        other=other,
    )


def _spanned(told: Told, words: _Words) -> Message:
    ends, figures = told.sections[0], told.sections[1]
    if len(figures) == 1 and told.verdict == HOLDS:
        return message(
            "sentence.spans_one", a=words.figure(figures[0]), low=words.figure(ends[0]), high=words.figure(ends[-1])
        )
    key = "sentence.spans" if told.verdict == HOLDS else "sentence.spans_not"
    return message(key, low=words.figure(ends[0]), high=words.figure(ends[-1]), count=len(figures))


def _sums(told: Told, words: _Words) -> Message:
    totals = [_short(sum((f.centre for f in section), Fraction(0)), section) for section in told.sections]
    one, other = (_list(list(section), words) for section in told.sections)
    if len(told.sections[1]) == 1:
        return message("sentence.sums_one", one=one, first=totals[0], other=other)
    return message("sentence.sums", one=one, first=totals[0], two=other, second=totals[1])


def _summed(told: Told) -> Message:
    """Numbers that add up, or are taken away, to another."""
    whole, plus = told.sections[0][0], told.sections[1]
    minus = told.sections[2] if len(told.sections) > 2 else ()
    total = sum((f.centre for f in plus), Fraction(0)) - sum((f.centre for f in minus), Fraction(0))
    terms = [part for place, f in enumerate(plus) for part in (*(["+"] if place else []), value_of(f))]
    terms += [part for f in minus for part in ("-", value_of(f))]
    decimals = max(f.source.decimals for f in (whole, *plus, *minus))
    value = message(f"messages.percent_{min(decimals, 2)}" if whole.percent else "messages.number", value=exact(total))
    if not all(f.precise for f in (*plus, *minus)):
        return message(
            "sentence.summed_words", terms=_and([value_of(f) for f in (*plus, *minus)]), whole=value_of(whole)
        )
    exactly = total == whole.centre or not whole.precise
    key = "summed" if exactly else "summed_rounded" if told.verdict == HOLDS else "summed_apart"
    return message(f"sentence.{key}", terms=Row(terms), value=value, whole=value_of(whole))


def _quotient(told: Told) -> Message:
    (share, *_), top, bottom = told.sections
    above, below = (sum((f.centre for f in side), Fraction(0)) for side in (top, bottom))
    value = message("messages.percent_1", value=100 * above / below)
    return message("sentence.quotient", top=exact(above), bottom=exact(below), value=value, share=value_of(share))


def _counting(told: Told) -> Message:
    words = _Words.of(told, [figure.key for figure in told.sections[1]])
    names = [words.names[figure.key] for figure in told.sections[1]]
    said = message("messages.quoted", words=told.sections[0][0].printed)
    return message("sentence.counting", count=len(names), names=_and(names), printed=said)


def _inside(told: Told) -> Message:
    whole, parts = told.sections[0][0], told.sections[1]
    low, high = (value_of(end(parts, key=lambda f: f.centre)) for end in (min, max))
    key = "sentence.inside" if told.verdict == HOLDS else "sentence.inside_not"
    return message(key, whole=value_of(whole), low=low, high=high)


def _pooling(told: Told) -> Message:
    terms = told.statement.comparisons[0].terms
    sides = [[(abs(factor), f) for factor, f in terms if factor * sign > 0] for sign in (1, -1)]
    words = _Words.of(told, [figure.key for _, figure in terms])
    (one, first), (two, second) = (
        (
            _list([f for _, f in side], words),
            _short(sum((w * f.centre for w, f in side), Fraction(0)), _quantities(side)),
        )
        for side in sides
    )
    found = message("sentence.pooled", one=one, first=first, two=two, second=second)
    return found if words.common is None else message("sentence.about", common=words.common, said=found)


def _quantities(side: Iterable[tuple[Fraction, Quantity]]) -> list[Quantity]:
    return [figure for _, figure in side]


_EXACT: dict[str, Callable[[Told], Message]] = {
    "balance": _summed,
    "count_of": _counting,
    "mixture_of": _inside,
    "pooled_not_less": _pooling,
    "ratio_of": _quotient,
    "sum_of": _summed,
}
_WRITERS: dict[str, Callable[[Told, _Words], Message]] = {
    "about": _fraction,
    "combined_greater": _sums,
    "equal": _alike,
    "gap_smaller": _gaps,
    "majority": _limited,
    "minority": _limited,
    "ordered": _ordered,
    "same_order": _same_order,
    "spans": _spanned,
    "sum_above": _limited,
    "threshold_above": _limited,
    "threshold_below": _limited,
}

# --- the population

# steps of an argument that say what the verdict hangs on, the most telling first
_CAUSES = (
    "ledger.significant_if",
    "ledger.never_significant",
    "ledger.earlier_unknown",
    "ledger.method_turns",
    "ledger.no_size",
    "ledger.group_error",
    "ledger.error_between",
    "ledger.error_at_most",
)


def population_sentence(
    facts: Facts,
    as_printed: str,
    population: str,
    steps: Sequence[Message],
    *,
    counted: bool = False,
    unless: Message | None = None,
) -> Message | None:
    """Say whether the claim holds beyond those who answered, and what that hangs on.

    Parameters
    ----------
    facts : Facts
        The survey's facts.
    as_printed, population : str
        The two verdicts.
    steps : sequence of Message
        The argument.
    counted : bool
        Whether it speaks of the sample alone, such as a sum of counts.
    unless : Message, optional
        Who must have taken part more readily for it to be false.

    Returns
    -------
    Message or None
        None where nothing is said of others, or print cannot even tell whether it holds among those who answered.
    """
    if population == "not_checkable" and (as_printed == "not_checkable" or counted):
        return None
    if population == "not_checkable":
        if any(step.key in {"ledger.no_size", "ledger.no_bound"} for step in steps):
            return message("sentence.unknown_size")
        if any(step.key == "ledger.no_overlap" for step in steps):
            return message("sentence.unknown_overlap")
        if not facts.weightings and not len(facts.survey.strata):
            return _unless("sentence.unknown_design", unless)
        return message("sentence.unknown_precision")
    models = [dict(step.values)["deff_high"] for step in steps if step.key == "ledger.group_error"]
    unweighted = bool(models) and all(deff == 1 for deff in models)
    if population == "established":
        model = "sentence.established_unweighted" if unweighted else "sentence.established_model"
        return _unless("sentence.established" if len(facts.survey.strata) else model, unless)
    if population == "depends":
        if as_printed == "wording_dependent":
            return message("sentence.depends_words")
        keys = {step.key for step in steps}
        other = "ledger.family" if len(facts.survey.strata) else "ledger.group_error"
        cause = next((name for name in _CAUSES if name in keys), other)
        cause = "unweighted" if cause == "ledger.group_error" and unweighted else cause
        return message(f"sentence.depends_{cause.removeprefix('ledger.')}")
    return message(f"sentence.{population}")


def _unless(key: str, who: Message | None) -> Message:
    """A sentence on the population, with who must have taken part more readily for it to be false."""
    return message(key) if who is None else message(f"{key}_unless", who=who)
