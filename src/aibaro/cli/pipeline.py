"""From surveys to files: the steps that ``replicate`` and ``check`` share."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from aibaro.design import Design
from aibaro.ledger import Ledger, build_ledger, drift, findings, write_ledgers, write_workbook
from aibaro.ledger.export import csv_text
from aibaro.ledger.pins import Drift
from aibaro.published import PublishedSurvey
from aibaro.published.files import write_text_atomic

TOP = 10


def say(text: str) -> None:
    """Tell of progress on standard error.

    Parameters
    ----------
    text : str
        One line.
    """
    print(text, file=sys.stderr, flush=True)


def judge(surveys: Sequence[PublishedSurvey], only: Sequence[str] = ("*",)) -> tuple[Ledger, ...]:
    """Build the ledger of each survey.

    Parameters
    ----------
    surveys : sequence of PublishedSurvey
        The surveys.
    only : sequence of str
        Globs over ids.

    Returns
    -------
    tuple of Ledger
        In the order of the surveys.
    """
    ledgers = []
    for place, survey in enumerate(surveys, 1):
        size = f"{len(survey.printed)} printed numbers, {len(survey.claims)} claims"
        say(f"[{place}/{len(surveys)}] {survey.name}: {size}")
        ledgers.append(build_ledger(survey, only=only))
    return tuple(ledgers)


def write_all(ledgers: Sequence[Ledger], out: Path, lang: str, *, workbook: bool = False) -> tuple[Path, ...]:
    """Write ledger, claims, bounds, report and figures.

    Parameters
    ----------
    ledgers : sequence of Ledger
        The ledgers.
    out : pathlib.Path
        Folder for the files.
    lang : {"en", "nl"}
        Language of the report.
    workbook : bool, default False
        Whether a workbook for Excel is written too.

    Returns
    -------
    tuple of pathlib.Path
        The files.
    """
    from aibaro.report import write_report

    files = [*write_ledgers(ledgers, out)]
    say("ledger written; drawing the report")
    bounds = _bounds(ledgers)
    if len(bounds):
        files.append(write_text_atomic(out / "bounds.csv", csv_text(bounds)))
    if workbook:
        files.append(write_workbook(ledgers, out / "ledger.xlsx"))
    entries = {ledger.name: report_entry(ledger) for ledger in ledgers}
    files += write_report(entries, out, lang, findings=findings(ledgers))
    return tuple(files)


def _bounds(ledgers: Sequence[Ledger]) -> pd.DataFrame:
    found = [frame.assign(survey=name) for name, frame in ((ledger.name, bounds_of(ledger)) for ledger in ledgers)
             if frame is not None]  # fmt: skip
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def bounds_of(ledger: Ledger) -> pd.DataFrame | None:
    """Read the bounds that ship with a survey.

    Parameters
    ----------
    ledger : Ledger
        The survey's ledger.

    Returns
    -------
    pandas.DataFrame or None
        None when there are none.
    """
    path = ledger.book.survey.folder / "bounds.csv"
    return pd.read_csv(path, keep_default_na=True) if path.is_file() else None


def report_entry(ledger: Ledger) -> Mapping[str, Any]:
    """Give what the report shows of a survey.

    Parameters
    ----------
    ledger : Ledger
        The survey's ledger.

    Returns
    -------
    mapping of str to object
        Entries of :class:`aibaro.report.SurveyResults`.
    """
    from aibaro.compare.everything import differences
    from aibaro.compare.families import declared
    from aibaro.report.comparisons import comparison_frames

    survey, frame = ledger.book.survey, ledger.to_frame()
    entry: dict[str, Any] = {"survey": survey, "ledger": frame, "claims": ledger.claims_frame()}
    bounds = bounds_of(ledger)
    if bounds is not None:
        entry["bounds"] = bounds
    if len(survey.strata):
        from aibaro.weights import from_strata

        design = Design.from_strata(survey.strata)
        weights = from_strata(design)
        entry |= {
            "design": design,
            "strata": weights.to_frame(),
            "weighting": {"kish_ratio": weights.kish_ratio, "kish_effective_n": weights.kish_effective_n},
        }
    if len(survey.strata) or declared(survey):
        entry |= comparison_frames(differences(survey))
    answers = frame[frame["rule"].isin(["grim", "grim_set"])]
    if len(answers):
        entry["grim"] = answers[["id", "base_n", "power"]].rename(columns={"base_n": "n"}).assign(
            n=lambda rows: rows["n"].astype("int64")
        )  # fmt: skip
    return entry


def drifts(ledgers: Sequence[Ledger], only: Sequence[str]) -> tuple[Drift, ...]:
    """Compare ledgers with the pinned verdicts, where there are any.

    Parameters
    ----------
    ledgers : sequence of Ledger
        The ledgers.
    only : sequence of str
        Globs over ids that were judged.

    Returns
    -------
    tuple of Drift
        In the order of the surveys.
    """
    pinned = [ledger for ledger in ledgers if len(ledger.book.survey.verdicts)]
    return tuple(found for ledger in pinned for found in drift(ledger, only))


def summary(ledgers: Sequence[Ledger], changed: Sequence[Drift]) -> str:
    """Say what was found.

    Parameters
    ----------
    ledgers : sequence of Ledger
        The ledgers.
    changed : sequence of Drift
        Verdicts that are not the pinned ones.

    Returns
    -------
    str
        Counts a survey, the findings that matter most, and the drift.
    """
    lines = [ledger.summary() for ledger in ledgers]
    ranked = findings(ledgers)
    if ranked:
        lines.append(f"\nfindings that matter most ({min(TOP, len(ranked))} of {len(ranked)}):")
        lines += [f"  {f.verdict}: {f.id}: {f.text} ({f.location})" for f in ranked[:TOP]]
    pinned = [ledger.name for ledger in ledgers if len(ledger.book.survey.verdicts)]
    if changed:
        lines.append(f"\n{len(changed)} verdicts are not the pinned ones:")
        lines += [f"  {found}" for found in changed[:50]]
        lines += [f"  ... and {len(changed) - 50} more"] if len(changed) > 50 else []
    elif pinned:
        lines.append(f"\nverdicts equal the pinned ones in {', '.join(pinned)}")
    return "\n".join(lines)
