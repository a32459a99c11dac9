"""From surveys to files: the steps that ``replicate`` and ``check`` share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from aibaro.cli._terminal import say
from aibaro.design import Design
from aibaro.files import write_text_atomic
from aibaro.ledger import Ledger, build_ledger, drift, findings, write_ledgers
from aibaro.ledger.export import csv_text
from aibaro.ledger.numbers import matches
from aibaro.ledger.pins import Drift
from aibaro.published import PublishedSurvey
from aibaro.published.schema import WHOLE_BASE

if TYPE_CHECKING:
    from aibaro.compare._survey import Differences
    from aibaro.consistency.check import Check
    from aibaro.reconstruct import Attainability

TOP = 10
PARTS = ("tables", "overall")


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
    """Compare what print allows to compare, verify the bounds that ship with a survey, put intervals beside them."""
    return _joined(compared(survey), [bounded(survey, part) for part in PARTS])


def compared(survey: PublishedSurvey) -> Differences | None:
    """Compare what print allows to compare."""
    from aibaro.compare._declared import declared
    from aibaro.compare._survey import differences

    return differences(survey) if len(survey.strata) or declared(survey) else None


def bounded(survey: PublishedSurvey, part: str) -> tuple[pd.DataFrame, str] | None:
    """Verify the bounds that ship with a survey and put intervals beside them."""
    from aibaro.reconstruct import bounds_with_intervals, own_items, read_bounds, verify

    kept = read_bounds(survey, part)
    if kept.empty:
        return None
    pairs = sorted({(str(a), str(b)) for a, b in zip(kept["item"], kept["base"], strict=True)})
    systems = own_items(survey, pairs)
    verified = f"{part}: {verify(survey, part, systems=systems).summary()}"
    return bounds_with_intervals(survey, bounds=kept, systems=systems), verified


def _joined(found: Differences | None, parts: Sequence[tuple[pd.DataFrame, str] | None]) -> Study:
    tables, overall = parts
    verified = tuple(part[1] for part in parts if part is not None)
    return Study(found, tables[0] if tables else None, overall[0] if overall else None, verified)


def judge_and_study(
    surveys: Sequence[PublishedSurvey], executor: Executor
) -> tuple[tuple[Ledger, ...], tuple[Study, ...]]:
    """Build the ledgers and what is computed beside them, shared out so that no process waits long for another."""
    # what takes longest is begun first
    order = sorted(range(len(surveys)), key=lambda place: -len(surveys[place].printed))
    studies, built = {}, {}
    for place in order:
        survey = surveys[place]
        studies[place] = (executor.submit(compared, survey), [executor.submit(bounded, survey, p) for p in PARTS])
        if place != order[0]:
            built[place] = executor.submit(build_ledger, survey)
    for place, survey in enumerate(surveys, 1):
        say(
            f"[{place}/{len(surveys)}] {survey.name}: {len(survey.printed)} printed numbers, "
            f"{len(survey.claims)} claims"
        )
    own = build_ledger(surveys[order[0]], executor=executor)
    ledgers = tuple(built[place].result() if place in built else own for place in range(len(surveys)))
    joined = [
        _joined(studies[place][0].result(), [part.result() for part in studies[place][1]])
        for place in range(len(surveys))
    ]
    return ledgers, tuple(joined)


def jointly(survey: PublishedSurvey, only: Sequence[str] = ("*",)) -> list[Attainability]:
    """Ask of each item whether its printed percentages can hold together under the survey's rounding rule."""
    from aibaro.reconstruct import check_survey, percentages

    if survey.strata.empty:
        return []
    asked = survey.printed.loc[[matches(str(name), only) for name in survey.printed["id"]]]
    # a number without a base is about everybody
    meant = {(str(item), str(base) or WHOLE_BASE) for item, base in zip(asked["item"], asked["base"], strict=True)}
    frame = percentages(survey)
    pairs = sorted(set(zip(frame["item"], frame["base"], strict=True)) & meant)
    # both ways of rounding halves at once: a closed interval admits what either admits
    rule = "nearest" if survey.rounding in {"half_up", "half_even"} else survey.rounding
    return check_survey(survey, pairs, rounding=rule)


def judge(
    surveys: Sequence[PublishedSurvey],
    only: Sequence[str] = ("*",),
    *,
    conflicts: Mapping[str, Check] | None = None,
) -> tuple[Ledger, ...]:
    """Build the ledger of each survey."""
    ledgers = []
    for place, survey in enumerate(surveys, 1):
        size = f"{len(survey.printed)} printed numbers, {len(survey.claims)} claims"
        say(f"[{place}/{len(surveys)}] {survey.name}: {size}")
        ledgers.append(build_ledger(survey, only=only, conflicts=conflicts))
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
    """Write ledger, claims, differences, bounds, report and figures."""
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
    files += write_report(
        entries,
        out,
        lang,
        findings=findings(ledgers),
        executor=executor,
        workbook=out / "report.xlsx" if workbook else None,
    )
    return tuple(files)


def report_entry(ledger: Ledger, found: Study) -> Mapping[str, Any]:
    """Give what the report shows of a survey."""
    from aibaro.report.comparisons import comparison_frames
    from aibaro.report.precision import precision_frames, with_variance_shares

    survey, frame = ledger.book.survey, ledger.to_frame()
    entry: dict[str, Any] = {"survey": survey, "ledger": frame, "claims": _both(ledger)}
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
        entry["grim"] = (
            answers[["id", "base_n", "power"]]
            .rename(columns={"base_n": "n"})
            .assign(n=lambda rows: rows["n"].astype("int64"))
        )
    return entry


def _both(ledger: Ledger) -> pd.DataFrame:
    """Give the claims with their arguments in both languages."""
    return ledger.claims_frame().assign(argument_nl=ledger.claims_frame("nl")["argument"])


def drifts(ledgers: Sequence[Ledger], only: Sequence[str]) -> tuple[Drift, ...]:
    """Compare ledgers with the pinned verdicts, where there are any."""
    pinned = [ledger for ledger in ledgers if len(ledger.book.survey.verdicts)]
    return tuple(found for ledger in pinned for found in drift(ledger, only))


def summary(ledgers: Sequence[Ledger], changed: Sequence[Drift]) -> str:
    """Say what was found."""
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
