"""From surveys to files: the steps that ``replicate`` and ``check`` share."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from aibaro.design import Design
from aibaro.ledger import Ledger, build_ledger, drift, findings, write_ledgers
from aibaro.ledger.export import csv_text
from aibaro.ledger.pins import Drift
from aibaro.published import PublishedSurvey
from aibaro.published.files import write_text_atomic

if TYPE_CHECKING:
    from aibaro.compare.everything import Differences

TOP = 10


def say(text: str) -> None:
    """Tell of progress on standard error.

    Parameters
    ----------
    text : str
        One line.
    """
    print(text, file=sys.stderr, flush=True)


@contextmanager
def helpers() -> Iterator[Executor]:
    """Give two processes that work beside this one; spawned, so that they are the same on every system.

    Yields
    ------
    concurrent.futures.Executor
        Ends with the block; what was not begun by then is dropped.
    """
    pool = ProcessPoolExecutor(2, mp_context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Study:
    """What is computed of a survey beside its ledger.

    Parameters
    ----------
    differences : Differences, optional
        All comparisons; None when print allows none.
    bounds : pandas.DataFrame, optional
        Certified bounds of items printed for several domains, with their intervals; None when none ship.
    overall : pandas.DataFrame, optional
        The same of items printed overall alone.
    verified : tuple of str
        What was verified of the bounds that ship with the survey.
    """

    differences: Differences | None
    bounds: pd.DataFrame | None
    overall: pd.DataFrame | None
    verified: tuple[str, ...]


def study(survey: PublishedSurvey) -> Study:
    """Compare what print allows to compare, verify the bounds that ship with a survey, put intervals beside them.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.

    Returns
    -------
    Study
        As far as there is anything.

    Raises
    ------
    IntegrityError
        When a shipped bound does not hold for the survey's files.
    """
    from aibaro.compare.declarations import declared
    from aibaro.compare.everything import differences
    from aibaro.reconstruct import bounds_with_intervals, read_bounds, verify

    compared = differences(survey) if len(survey.strata) or declared(survey) else None
    frames: dict[str, pd.DataFrame] = {}
    verified = []
    for part in ("tables", "overall"):
        kept = read_bounds(survey, part)
        if len(kept):
            verified.append(f"{part}: {verify(survey, part).summary()}")
            frames[part] = bounds_with_intervals(survey, bounds=kept)
    return Study(compared, frames.get("tables"), frames.get("overall"), tuple(verified))


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


def write_all(
    ledgers: Sequence[Ledger],
    studies: Sequence[Study],
    out: Path,
    lang: str,
    executor: Executor,
    *,
    workbook: bool = False,
) -> tuple[Path, ...]:
    """Write ledger, claims, differences, bounds, report and figures.

    Parameters
    ----------
    ledgers : sequence of Ledger
        The ledgers.
    studies : sequence of Study
        What was computed beside them, in the same order.
    out : pathlib.Path
        Folder for the files.
    lang : {"en", "nl"}
        Language of the report.
    executor : concurrent.futures.Executor
        Who draws the figures.
    workbook : bool, default False
        Whether all tables are written as a workbook for Excel too.

    Returns
    -------
    tuple of pathlib.Path
        The files.
    """
    from aibaro.report import write_report

    files = [*write_ledgers(ledgers, out)]
    say("ledger written; drawing the report")
    named = list(zip((ledger.name for ledger in ledgers), studies, strict=True))
    for name, found in named:
        for line in found.verified:
            say(f"{name}, {line}")
    for file, frames in (
        ("bounds.csv", [(name, part) for name, s in named for part in (s.bounds, s.overall) if part is not None]),
        ("differences.csv", [(name, s.differences.to_frame()) for name, s in named if s.differences is not None]),
    ):
        if frames:
            table = pd.concat([frame.assign(survey=name) for name, frame in frames], ignore_index=True)
            files.append(write_text_atomic(out / file, csv_text(table)))
    entries = {ledger.name: report_entry(ledger, s) for ledger, s in zip(ledgers, studies, strict=True)}
    files += write_report(entries, out, lang, findings=findings(ledgers), executor=executor,
                          workbook=out / "report.xlsx" if workbook else None)  # fmt: skip
    return tuple(files)


def report_entry(ledger: Ledger, found: Study) -> Mapping[str, Any]:
    """Give what the report shows of a survey.

    Parameters
    ----------
    ledger : Ledger
        The survey's ledger.
    found : Study
        What was computed beside it.

    Returns
    -------
    mapping of str to object
        Entries of :class:`aibaro.report.SurveyResults`.
    """
    from aibaro.report.comparisons import comparison_frames
    from aibaro.report.precision import precision_frames, with_variance_shares

    survey, frame = ledger.book.survey, ledger.to_frame()
    entry: dict[str, Any] = {"survey": survey, "ledger": frame, "claims": ledger.claims_frame()}
    entry |= precision_frames(survey, found.bounds)
    parts = [part[part["domain"] == ""] for part in (found.bounds, found.overall) if part is not None]
    if parts:
        entry["overall"] = pd.concat(parts, ignore_index=True)
    if len(survey.strata):
        from aibaro.weights import from_strata

        design = Design.from_strata(survey.strata)
        weights = from_strata(design)
        entry |= {
            "design": design,
            "strata": with_variance_shares(weights.to_frame(), design, survey, found.bounds),
            "weighting": {"kish_ratio": weights.kish_ratio, "kish_effective_n": weights.kish_effective_n},
        }
    if found.differences is not None:
        entry |= comparison_frames(found.differences)
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
