"""Statements, their two verdicts, and the limits of what a survey's print can tell."""

from __future__ import annotations

from typing import Any

from aibaro.report.chapters.section import Badge, ClaimGroup, ClaimRow, Section
from aibaro.report.inputs import SurveyResults
from aibaro.report.names import capital
from aibaro.report.words import Text, argument_steps, count, percent, say, sentence_of

# what became of a statement, most serious first: the order in which a chapter tells of them
FATES = (
    "contradicted",
    "refuted",
    "rounding",
    "wording",
    "depends",
    "imprecise",
    "not_significant",
    "established",
    "printed_only",
    "not_checkable",
)
# lines of a calculation that the page shows; a statement over many pairs has dozens of the same kind
MOST_STEPS = 8
SERIOUS = ("contradicted", "refuted", "rounding", "wording")


def badge(verdict: str, reason: str = "") -> Badge:
    """Put a verdict into words."""
    return Badge(verdict, say(f"verdict.{verdict}"), say(f"reason.{reason}") if reason else None)


def fate(as_printed: str, population: str) -> str:
    """Say what became of a statement from its two verdicts.

    Examples
    --------
    >>> fate("supported", "not_checkable"), fate("supported", "refuted"), fate("rounding_dependent", "depends")
    ('printed_only', 'refuted', 'rounding')
    """
    if as_printed == "contradicted" or population == "refuted":
        return "contradicted" if as_printed == "contradicted" else "refuted"
    if as_printed in {"rounding_dependent", "wording_dependent"}:
        return as_printed.removesuffix("_dependent")
    if population == "not_checkable":
        return "printed_only" if as_printed == "supported" else "not_checkable"
    return population


def claims_section(results: SurveyResults) -> Section | None:
    """List the statements with both verdicts, those that fared alike together."""
    if results.claims.empty:
        return None
    found: dict[str, list[ClaimRow]] = {}
    for r in results.claims.to_dict("records"):
        row = {str(k): v for k, v in r.items()}
        found.setdefault(fate(str(row["as_printed"]), str(row["population"])), []).append(_row(row))
    codes = [code for code in FATES if code in found]
    # what fails is open; where nothing does, the first group is, so that a reader sees what a row holds
    groups = tuple(
        ClaimGroup(code, say(f"fate.{code}"), tuple(found[code]), code in SERIOUS or code == codes[0]) for code in codes
    )
    title, lead = say("chapter.claims"), say("overview.claim_caption")
    return Section(f"{results.survey.prefix}-claims", title, lead, claims=groups)


def _row(row: dict[str, Any]) -> ClaimRow:
    reason = str(row["reason"] or "")
    words = Text.labels(capital(str(row["claim"] or row["id"])), capital(str(row.get("claim_nl") or "")))
    steps = argument_steps(row)
    argument = steps[:MOST_STEPS]
    if len(steps) > MOST_STEPS:
        argument += (say("findings.more_steps", count=count(len(steps) - MOST_STEPS), id=str(row["id"])),)
    return ClaimRow(
        str(row["id"]),
        words,
        str(row["location"] or ""),
        badge(str(row["as_printed"]), reason if row["as_printed"] == "not_checkable" else ""),
        badge(str(row["population"])),
        sentence_of(row),
        argument,
        argument_steps(row, "unless"),
    )


def limits_section(results: SurveyResults) -> Section:
    """Say what the print of a survey cannot tell."""
    notes = [say("limit.print_only")]
    if results.design is not None:
        notes.append(say("limit.response"))
        notes.append(say("limit.small"))
    else:
        notes.append(say("limit.no_weights"))
    if results.survey.item_nonresponse.kind == "imputed":
        notes.append(say("limit.imputed"))
    ledger = results.ledger
    unbased = (ledger["verdict"] == "not_checkable") & (ledger["reason"] == "base_not_printed")
    if len(ledger) and unbased.mean() > 0.3:
        unchecked = (ledger["verdict"] == "not_checkable").mean()
        notes.append(say("limit.no_base", share=percent(100 * float(unchecked), 0)))
    notes += [Text.labels(note.text("en"), note.text("nl")) for note in results.notes]
    return Section(f"{results.survey.prefix}-limits", say("chapter.limits"), notes=tuple(notes))
