"""The first screen: how many verdicts of each kind, and which findings matter most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from aibaro.ledger.findings import Finding as Ranked
from aibaro.report.chapters.claims import badge
from aibaro.report.chapters.section import Badge
from aibaro.report.inputs import SurveyResults
from aibaro.report.ledger_rows import LedgerRow
from aibaro.report.words import Text, say

NUMBER_VERDICTS = ("reproduced", "consistent", "rounding_dependent", "inconsistent", "not_checkable")
CLAIM_VERDICTS = ("supported", "established", "depends", "not_significant", "refuted", "contradicted")
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
    """

    name: str
    prefix: str
    title: str
    numbers: int
    claims: int
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of the first screen.

    Parameters
    ----------
    key : str
        Place in the page that holds its argument.
    survey : str
        Title of the survey.
    badge : Badge
        The verdict.
    words : Text
        What was found.
    location : str
        Where it stands in the source.
    """

    key: str
    survey: str
    badge: Badge
    words: Text
    location: str


def survey_line(results: SurveyResults, rows: Sequence[LedgerRow]) -> SurveyLine:
    """Count the verdicts of a survey.

    Parameters
    ----------
    results : SurveyResults
        Results of the survey.
    rows : sequence of LedgerRow
        Its ledger.

    Returns
    -------
    SurveyLine
        The counts, verdicts in their fixed order.
    """
    found = Counter(row.verdict.verdict for row in rows)
    counts = {verdict: found[verdict] for verdict in NUMBER_VERDICTS}
    survey = results.survey
    return SurveyLine(survey.name, survey.prefix, survey.title, len(rows), len(results.claims), counts)


def chosen_findings(
    ranked: Sequence[Ranked], everything: Sequence[tuple[SurveyResults, Sequence[LedgerRow]]]
) -> tuple[Finding, ...]:
    """Put the first findings into words.

    Parameters
    ----------
    ranked : sequence of aibaro.ledger.Finding
        Findings in their order.
    everything : sequence of (SurveyResults, sequence of LedgerRow)
        All surveys with their ledgers.

    Returns
    -------
    tuple of Finding
        At most ten; a fact that is printed several times stands once.
    """
    found: dict[tuple[str, str], tuple[str, Finding]] = {}
    for results, rows in everything:
        found |= {(results.survey.name, key): entry for key, entry in [*_numbers(results, rows), *_claims(results)]}
    chosen: dict[str, Finding] = {}
    for finding in ranked:
        fact, worded = found[finding.survey, finding.id]
        words = replace(worded, badge=badge(finding.verdict))
        chosen.setdefault(f"{finding.survey}/{fact}/{finding.verdict}", words)
    return tuple(chosen.values())[:MOST_FINDINGS]


def _numbers(results: SurveyResults, rows: Sequence[LedgerRow]) -> Iterator[tuple[str, tuple[str, Finding]]]:
    facts = dict(zip(results.survey.printed["id"], results.survey.printed["fact"], strict=True))
    for row in rows:
        known = row.recomputed.en != "–"
        domain = row.detail.map(lambda words: f" ({words})" if words else "")
        words = say("findings.number" if known else "findings.number_bare", item=row.what, domain=domain,
                    printed=row.printed, recomputed=row.recomputed)  # fmt: skip
        finding = Finding(row.key, results.survey.title, row.verdict, words, row.location)
        yield row.key, (str(facts.get(row.key, row.key)), finding)


def _claims(results: SurveyResults) -> Iterator[tuple[str, tuple[str, Finding]]]:
    for r in results.claims.to_dict("records"):
        key = str(r["id"])
        words = Text.labels(str(r["claim"] or key), str(r.get("claim_nl") or ""))
        finding = Finding(key, results.survey.title, badge(str(r["as_printed"])), words, str(r["location"] or ""))
        yield key, (key, finding)
