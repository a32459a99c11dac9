"""The first screen: how many verdicts of each kind, and which findings matter most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from aibaro.ledger import Finding, spread
from aibaro.report.chapters.claims import badge, fate
from aibaro.report.chapters.section import Badge
from aibaro.report.inputs import SurveyResults
from aibaro.report.ledger_rows import LedgerRow
from aibaro.report.names import capital
from aibaro.report.places import sentence_of
from aibaro.report.words import Text, count, say

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
