"""Statements, their two verdicts, and the limits of what a survey's print can tell."""

from __future__ import annotations

from aibaro.report.chapters.section import Badge, ClaimRow, Section
from aibaro.report.inputs import SurveyResults
from aibaro.report.words import Text, percent, say


def badge(verdict: str, reason: str = "") -> Badge:
    """Put a verdict into words.

    Parameters
    ----------
    verdict : str
        Code of a verdict of a number or of a statement.
    reason : str
        Code of the reason why it could not be checked, or empty.

    Returns
    -------
    Badge
        The verdict as the page shows it.
    """
    return Badge(verdict, say(f"verdict.{verdict}"), say(f"reason.{reason}") if reason else None)


def claims_section(results: SurveyResults) -> Section | None:
    """List the statements with both verdicts.

    Parameters
    ----------
    results : SurveyResults
        Results of the survey.

    Returns
    -------
    Section or None
        None where no statement was transcribed.
    """
    if results.claims.empty:
        return None
    rows = []
    for r in results.claims.to_dict("records"):
        reason = str(r["reason"] or "")
        words = Text.labels(str(r["claim"] or r["id"]), str(r.get("claim_nl") or ""))
        rows.append(ClaimRow(str(r["id"]), words, str(r["location"] or ""),
                             badge(str(r["as_printed"]), reason if r["as_printed"] == "not_checkable" else ""),
                             badge(str(r["population"])), tuple(str(r["argument"] or "").splitlines())))  # fmt: skip
    return Section(f"{results.survey.prefix}-claims", say("chapter.claims"), claims=tuple(rows))


def limits_section(results: SurveyResults) -> Section:
    """Say what the print of a survey cannot tell.

    Parameters
    ----------
    results : SurveyResults
        Results of the survey.

    Returns
    -------
    Section
        A list of sentences.
    """
    own = results.survey.settings
    notes = [say("limit.print_only")]
    if results.design is not None:
        notes.append(say("limit.response"))
        notes.append(say("limit.small"))
    else:
        notes.append(say("limit.no_weights"))
    if own.get("imputation"):
        notes.append(say("limit.imputed"))
    ledger = results.ledger
    unbased = (ledger["verdict"] == "not_checkable") & (ledger["reason"] == "base_not_printed")
    if len(ledger) and unbased.mean() > 0.3:
        unchecked = (ledger["verdict"] == "not_checkable").mean()
        notes.append(say("limit.no_base", share=percent(100 * float(unchecked), 0)))
    return Section(f"{results.survey.prefix}-limits", say("chapter.limits"), notes=tuple(notes))
