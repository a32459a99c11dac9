"""The first screen: how many verdicts of each kind, and which findings matter most."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from aibaro.report.chapters.claims import badge
from aibaro.report.chapters.section import Badge
from aibaro.report.inputs import SurveyResults
from aibaro.report.ledger_rows import LedgerRow
from aibaro.report.words import Text, say

NUMBER_VERDICTS = ("reproduced", "consistent", "rounding_dependent", "inconsistent", "not_checkable")
CLAIM_VERDICTS = ("supported", "established", "depends", "not_significant", "refuted", "contradicted")
SEVERITY = ("inconsistent", "contradicted", "refuted", "depends", "rounding_dependent", "not_significant")
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


def findings(everything: Sequence[tuple[SurveyResults, Sequence[LedgerRow]]]) -> tuple[Finding, ...]:
    """Choose the findings that matter most.

    Parameters
    ----------
    everything : sequence of (SurveyResults, sequence of LedgerRow)
        All surveys with their ledgers.

    Returns
    -------
    tuple of Finding
        At most ten: by severity, then headline before body, then distance from the threshold; a fact that is
        printed several times stands once.
    """
    ranked: list[tuple[tuple[int, int, float, str], str, Finding]] = []
    for results, rows in everything:
        ranked += [*_numbers(results, rows), *_claims(results)]
    chosen: list[Finding] = []
    seen: set[str] = set()
    for _, fact, finding in sorted(ranked, key=lambda entry: entry[0]):
        if fact not in seen:
            seen.add(fact)
            chosen.append(finding)
    return tuple(chosen[:MOST_FINDINGS])


def _order(verdict: str, location: str, distance: float, key: str) -> tuple[int, int, float, str]:
    headline = 0 if location.startswith(("Summary", "Title", "Headline")) else 1
    return SEVERITY.index(verdict), headline, -distance, key


def _numbers(
    results: SurveyResults, rows: Sequence[LedgerRow]
) -> list[tuple[tuple[int, int, float, str], str, Finding]]:
    facts = dict(zip(results.survey.printed["id"], results.survey.printed["fact"], strict=True))
    gaps = {str(r["id"]): _gap(r) for r in results.ledger.to_dict("records")}
    found = []
    for row in rows:
        if row.verdict.verdict not in SEVERITY:
            continue
        known = row.recomputed.en != "–"
        domain = row.detail.map(lambda words: f" ({words})" if words else "")
        words = say("findings.number" if known else "findings.number_bare", item=row.what, domain=domain,
                    printed=row.printed, recomputed=row.recomputed)  # fmt: skip
        finding = Finding(row.key, results.survey.title, row.verdict, words, row.location)
        order = _order(row.verdict.verdict, row.location, gaps.get(row.key, 0.0), row.key)
        found.append((order, f"{results.survey.name}/{facts.get(row.key, row.key)}", finding))
    return found


def _gap(row: dict[object, object]) -> float:
    low, high, value = (float(str(row[c])) for c in ("low", "high", "estimate"))
    return 0.0 if math.isnan(low) or math.isnan(high) or math.isnan(value) else max(high - low, 0.0)


def _claims(results: SurveyResults) -> list[tuple[tuple[int, int, float, str], str, Finding]]:
    found = []
    for r in results.claims.to_dict("records"):
        verdicts = [v for v in (str(r["as_printed"]), str(r["population"])) if v in SEVERITY]
        if not verdicts:
            continue
        worst = min(verdicts, key=SEVERITY.index)
        words = Text.labels(str(r["claim"] or r["id"]), str(r.get("claim_nl") or ""))
        key = str(r["id"])
        finding = Finding(key, results.survey.title, badge(worst), words, str(r["location"] or ""))
        found.append((_order(worst, str(r["location"] or ""), 0.0, key), f"{results.survey.name}/{key}", finding))
    return found
