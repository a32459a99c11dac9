"""``aibaro bounds``: what do the printed percentages prove about standard errors, strata and misprints?"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import as_completed
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pandas as pd

from aibaro.cli._options import add_output, at_least_one, keep_apart, require
from aibaro.cli._terminal import add_format, fits, write_frame
from aibaro.cli._workers import workers
from aibaro.disclosure import audit
from aibaro.disclosure.ranges import SMALL
from aibaro.errors import ConflictError, InputError
from aibaro.files import csv_text, write_text_atomic
from aibaro.published import PublishedSurvey
from aibaro.published.bundled import bundled_names

if TYPE_CHECKING:
    from aibaro.reconstruct import ItemSystem, RowBounds


EFFORTS = ("quick", "full", "further")
# part -> the effort with which it is computed to be shown
PARTS = {"tables": "full", "overall": "quick"}
# an item printed for at least so many domains belongs to a table
TABLE = 4
COLUMNS = [
    "item",
    "base",
    "domain",
    "level",
    "estimate",
    "se_lower",
    "se_upper",
    "status",
    "df",
    "conf_low",
    "conf_high",
    "method",
    "std_error",
    "centre_df",
    "witness_df",
    "centre_low",
    "centre_high",
]

# those that a terminal has room for
FEW = ["item", "level", "estimate", "se_lower", "se_upper", "conf_low", "conf_high"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "survey",
        nargs="?",
        default="flanders-2023",
        metavar="SURVEY",
        help="id of a bundled survey, or a folder (default: flanders-2023)",
    )
    parser.add_argument(
        "--item", action="append", default=[], metavar="ITEM", help="only this item (item or item@base); repeatable"
    )
    parser.add_argument(
        "--scope",
        choices=("all", *PARTS),
        default="all",
        help="tables: items printed for several domains; overall: the others",
    )
    parser.add_argument(
        "--interval",
        default="logit",
        metavar="METHOD",
        help="method of the intervals: wald, logit, wilson, beta, arcsine, likelihood (default: logit)",
    )
    add_output(parser, "write the whole table as CSV too", metavar="FILE")
    parser.add_argument(
        "--detection",
        action="store_true",
        help="show from which size on a misprint of each figure would have been noticed",
    )
    parser.add_argument(
        "--typical",
        action="store_true",
        help="show in how many drawn tables of counts each claim that depends on them is established",
    )
    parser.add_argument("--recompute", action="store_true", help="solve again and rewrite what is kept beside the data")
    parser.add_argument(
        "--effort",
        choices=EFFORTS,
        help="quick: first relaxation only; further: begin with what is kept, search where it is open (default: full; "
        "quick for shares printed overall alone that are not recomputed)",
    )
    parser.add_argument(
        "--processes", type=at_least_one, default=2, metavar="N", help="processes of one worker each (default: 2)"
    )
    add_format(parser)
    audit = parser.add_argument_group("disclosure audit")
    audit.add_argument(
        "--strata", action="store_true", help="show which counts of each stratum and item the printed figures allow"
    )
    audit.add_argument(
        "--reveal",
        choices=("safe", "small"),
        default="safe",
        help="small: show counts of strata with fewer than 10 respondents too",
    )
    audit.add_argument(
        "--constraints",
        choices=("own-item", "domain"),
        default="own-item",
        help="domain: only figures of the smallest domain; faster, may miss some",
    )


def run(arguments: argparse.Namespace) -> int:
    """Verify and show what is kept beside the data, compute it again, or audit strata."""
    from aibaro.facts import facts_of
    from aibaro.published import open_survey
    from aibaro.reconstruct.items import declared, require_declared

    if arguments.out is not None:
        keep_apart(arguments.out, command="bounds")
    survey = open_survey(arguments.survey)
    if survey.strata.empty:
        raise InputError(
            "the survey prints no strata, so that print proves nothing about counts",
            where=survey.name,
            parameter="survey",
            expected="rows in strata.csv",
            got="none",
        )
    facts = facts_of(survey)
    if not any(declared(facts, base) for base in facts.bases):
        require_declared(facts)
    if arguments.reveal == "small" and not arguments.strata:
        raise InputError("there is nothing to reveal", parameter="--reveal", expected="together with --strata")
    if arguments.strata:
        return audit_strata(survey, arguments, _wanted(survey, arguments.item))
    if arguments.detection:
        return _detection(survey, arguments)
    if arguments.typical:
        return _typical(survey, arguments)
    if arguments.recompute:
        # what is kept beside the data comes from the solver that proves most
        require("ortools", where="aibaro bounds --recompute")
    return _recompute(survey, arguments) if arguments.recompute else _show(survey, arguments)


def _wanted(survey: PublishedSurvey, items: list[str]) -> list[tuple[str, str]] | None:
    """Return the items and bases that were asked for; None for all."""
    from aibaro.reconstruct import percentages

    if not items:
        return None
    rows = percentages(survey)[["item", "base"]].drop_duplicates()
    known = [(str(i), str(b)) for i, b in zip(rows["item"], rows["base"], strict=True)]
    found = []
    for name in items:
        fits = [pair for pair in known if name in {pair[0], "@".join(pair)}]
        if not fits:
            raise InputError(
                "no weighted percentage of this item is printed",
                where=survey.name,
                parameter="--item",
                expected=", ".join(sorted({i for i, _ in known})),
                got=name,
            )
        found += fits
    return sorted(set(found))


def _show(survey: PublishedSurvey, arguments: argparse.Namespace) -> int:
    import pandas as pd

    from aibaro.estimate import METHODS
    from aibaro.estimate.intervals import check_method
    from aibaro.reconstruct import bounds_with_intervals, read_bounds, verify

    check_method(arguments.interval, METHODS)
    wanted = _wanted(survey, arguments.item)
    frames = []
    for part in _parts(arguments.scope):
        kept = read_bounds(survey, part)
        if len(kept):
            print(f"{part}: {verify(survey, part).summary()}", file=sys.stderr)
            frames.append(kept)
    bounds = pd.concat(frames, ignore_index=True) if frames else None
    if bounds is not None and wanted is not None:
        inside = [(str(a), str(b)) in wanted for a, b in zip(bounds["item"], bounds["base"], strict=True)]
        bounds = bounds.loc[inside].reset_index(drop=True)
    conflicts = False
    if bounds is None or bounds.empty:
        print("no such bounds are kept beside the data: computing them", file=sys.stderr)
        bounds, conflicts = _computed(survey, arguments, wanted)
    frame = bounds_with_intervals(survey, method=arguments.interval, bounds=bounds)
    shown = frame[COLUMNS].copy()
    freedom = ["df", "centre_df", "witness_df"]
    shown[freedom] = shown[freedom].map(lambda v: "-" if pd.isna(v) else f"{v:.0f}")
    text = shown.to_string(index=False, float_format=lambda v: f"{100 * v:.2f}%")
    if arguments.format != "table":
        text = write_frame(frame[COLUMNS], arguments.format)
    elif not (arguments.wide or fits(text)):
        text = write_frame(shown[FEW].apply(lambda c: c.map("{:.2%}".format) if c.dtype == float else c))
    print(text)
    print(
        "estimate: printed. se_lower, se_upper: no table of counts that print allows has a standard error outside. "
        "conf_low, conf_high: widest interval over all these tables, with df. std_error, centre_df, centre_low, "
        "centre_high: of a model of the counts; centre_df and witness_df are Satterthwaite's: not rigorous.",
        file=sys.stderr,
    )
    _save(frame, arguments.out)
    return int(conflicts)


def _parts(scope: str) -> list[str]:
    return [part for part in PARTS if scope in {"all", part}]


def _computed(
    survey: PublishedSurvey, arguments: argparse.Namespace, wanted: list[tuple[str, str]] | None
) -> tuple[pd.DataFrame, bool]:
    """Return bounds, and whether print contradicts itself about an item."""
    from aibaro.reconstruct import bounds_frame

    if find_spec("ortools") is None:
        print(
            "OR-Tools is not installed (pip install 'aibaro[exact]'): HiGHS alone solves, and bounds may be wider",
            file=sys.stderr,
        )
    found: list[list[RowBounds] | None] = []
    for part in _parts(arguments.scope):
        found += _solved(arguments, part, _tasks(survey, part, wanted), arguments.effort or PARTS[part])
    return bounds_frame([row for rows in found for row in rows or ()]), None in found


def _recompute(survey: PublishedSurvey, arguments: argparse.Namespace) -> int:
    from aibaro.design import Design
    from aibaro.published.checksums import write_with_descriptor
    from aibaro.reconstruct import compute_detection_limits
    from aibaro.reconstruct.detection import limit_contents
    from aibaro.reconstruct.kept import bound_contents, stratum_names

    wanted, conflicts = _wanted(survey, arguments.item), False
    contents: dict[str, bytes] = {}
    for part in _parts(arguments.scope):
        tasks = _tasks(survey, part, wanted)
        if not tasks:
            continue
        found = list(_solved(arguments, part, tasks, arguments.effort or "full"))
        conflicts = conflicts or None in found
        rows = [row for own in found for row in own or ()]
        names = stratum_names(Design.from_strata(survey.strata))
        others = "dropped" if wanted is None else "kept"
        contents |= bound_contents(survey.folder, rows, names, part=part, others=others)
        print(f"{survey.name}: {len(rows)} bounds ({part})", file=sys.stderr)
    if wanted is None:
        contents |= limit_contents(compute_detection_limits(survey))
    # tables, witnesses, limits and their checksums stand or fall together
    for path in write_with_descriptor(survey.folder, contents):
        print(path.name, file=sys.stderr)
    return int(conflicts)


def _tasks(survey: PublishedSurvey, part: str, wanted: list[tuple[str, str]] | None) -> list[tuple[str, str]]:
    """List items and bases of a part, those that take longest first as far as the number of figures says so."""
    from aibaro.reconstruct import percentages

    counts = percentages(survey).groupby(["item", "base"]).size()
    keys = [(str(i), str(b)) for i, b in counts.index]
    own = [k for k in keys if (int(counts[k]) >= TABLE) == (part == "tables")]
    return sorted(k for k in own if wanted is None or k in wanted)


def _detection(survey: PublishedSurvey, arguments: argparse.Namespace) -> int:
    from aibaro.reconstruct import compute_detection_limits, detection_limits, write_detection_limits

    wanted = _wanted(survey, arguments.item)
    frame = detection_limits(survey) if not arguments.recompute else None
    if frame is None or frame.empty:
        only = None if arguments.recompute else wanted
        frame = compute_detection_limits(survey, only, progress=lambda name: print(f"  {name}", file=sys.stderr))
        if arguments.recompute:
            print(write_detection_limits(survey.folder, frame).name, file=sys.stderr)
    if wanted is not None:
        frame = frame.loc[[(str(a), str(b)) in wanted for a, b in zip(frame["item"], frame["base"], strict=True)]]
    columns = ["item", "base", "domain", "level", "printed", "down", "up"]
    if arguments.format == "table":
        print(frame[columns].to_string(index=False, na_rep="-"))
    else:
        print(write_frame(frame[columns], arguments.format))
    print(
        "down, up: a misprint of at least so many points contradicts the other printed figures of the item; none "
        "where no printable misprint would.",
        file=sys.stderr,
    )
    _save(frame, arguments.out)
    return 0


def _typical(survey: PublishedSurvey, arguments: argparse.Namespace) -> int:
    """Show kept grades, or draw tables and grade anew."""
    from aibaro.ledger import read_grades
    from aibaro.study import Study, typical_claims, write_grades

    grades = [] if arguments.recompute else list(read_grades(survey).values())
    if not grades:
        grades = list(
            typical_claims(Study(survey), progress=lambda name: print(f"  {name}", file=sys.stderr, flush=True))
        )
    if arguments.recompute:
        print(write_grades(survey, grades).name, file=sys.stderr)
    rows = [
        {"claim": g.claim, "established": g.share, "draws": g.draws, "measure": g.measure, "grade": g.summary()}
        for g in grades
    ]
    frame = pd.DataFrame(rows, columns=["claim", "established", "draws", "measure", "grade"])
    shown = frame.drop(columns="grade").assign(
        established=frame["established"].map("{:.0%}".format, na_action="ignore")
    )
    print(write_frame(shown if arguments.format == "table" else frame, arguments.format))
    for grade in grades:
        if grade.reason:
            print(f"{grade.claim}: {grade.summary()}", file=sys.stderr)
    print(
        "established: of so many tables of counts, drawn from all that print allows so that sets of answers (or "
        "tables) are equally likely. It grades the verdict 'depends' and does not change it.",
        file=sys.stderr,
    )
    _save(frame, arguments.out)
    return 0


def _save(frame: pd.DataFrame, output: str | None) -> None:
    from aibaro.files import csv_text, write_text_atomic

    if output is not None:
        print(f"wrote {write_text_atomic(output, csv_text(frame))}", file=sys.stderr)


def _solved(
    arguments: argparse.Namespace, part: str, tasks: list[tuple[str, str]], effort: str
) -> Iterator[list[RowBounds] | None]:
    """Solve one item per task; report what was solved and how long it took."""
    began = time.monotonic()
    if arguments.processes == 1 or len(tasks) < 2:
        yield from (_task(arguments.survey, part, *t, effort) for t in tasks)
        return
    with workers(arguments.processes) as pool:
        futures = {pool.submit(_task, arguments.survey, part, *t, effort): t for t in tasks}
        for number, future in enumerate(as_completed(futures), 1):
            item, base = futures[future]
            done = f"[{number}/{len(tasks)}] {time.monotonic() - began:6.0f} s"
            print(f"{done}  {item} ({base})", file=sys.stderr, flush=True)
            yield future.result()


def _task(survey: str, part: str, item: str, base: str, effort: str) -> list[RowBounds] | None:
    """Bound one item; None where print contradicts itself about it, which is said."""
    from aibaro.published import open_survey
    from aibaro.reconstruct import own_item, tied_item

    opened = open_survey(survey)
    try:
        # what is wrong with a figure of another item is no reason to say nothing of this one
        own = own_item(opened, item, base)
        try:
            system = tied_item(opened, item, base)
            if system.constraints == "tied":
                return _bounded(opened, part, system, effort)
        except ConflictError as error:
            told = f"with items that relations tie it to: {error.faults[0].problem}"
            print(f"{item}@{base}: bounded by its own figures alone; {told}", file=sys.stderr)
        return _bounded(opened, part, own, effort)
    except ConflictError as error:
        print(_unbounded(f"{item}@{base}", error), file=sys.stderr)
        return None


def _bounded(survey: PublishedSurvey, part: str, system: ItemSystem, effort: str) -> list[RowBounds]:
    """Bound the percentages of a system, from what is kept where that is wished."""
    from aibaro.reconstruct import Bounder, Effort, further
    from aibaro.reconstruct.kept import kept_rows

    chosen = Effort(work=2.0, whole_work=2.0, nodes=1) if effort == "quick" else Effort()
    known = kept_rows(survey, system, part) if effort == "further" else []
    if known:
        return further(system, known, chosen)
    return list(Bounder(system, chosen).rows(lambda name: print(f"  solving {name}", file=sys.stderr, flush=True)))


# --- ``aibaro bounds PATH --strata``: which counts of single strata does print allow, and which figures are to blame?


def audit_strata(survey: PublishedSurvey, arguments: argparse.Namespace, items: list[tuple[str, str]] | None) -> int:
    """Audit a survey and print what its figures give away."""
    conflicts: list[str] = []

    def contradicted(name: str, error: ConflictError) -> None:
        conflicts.append(name)
        print(_unbounded(name, error), file=sys.stderr)

    ranges, summary = audit(
        survey,
        items,
        reveal=arguments.reveal,
        constraints=arguments.constraints,
        progress=lambda name: print(f"  bounding {name}", file=sys.stderr, flush=True),
        contradicted=contradicted,
    )
    if summary.empty:
        return int(bool(conflicts))
    if arguments.format == "table":
        print(f"{survey.name}: counts of respondents that the printed figures allow, by item")
        print(summary.to_string(index=False, float_format=lambda v: f"{v:.1f}"))
    else:
        print(write_frame(summary, arguments.format))
    # a program that reads the table reads no sentences below it
    words = sys.stdout if arguments.format == "table" else sys.stderr
    bundled = arguments.survey in bundled_names()
    if bundled and arguments.reveal == "safe":
        print("which strata are pinned is not shown for a survey of somebody else", file=words)
        return int(bool(conflicts))
    print("\n" + "\n".join(_sentences(ranges)), file=words)
    hidden = int((ranges["n"] < SMALL).sum())
    if arguments.reveal == "safe" and hidden:
        unseen = f"counts of {hidden} cells with fewer than {SMALL} respondents are not shown"
        print(f"{unseen}; --reveal small shows them", file=words)
    if arguments.out is not None:
        print(f"wrote {write_text_atomic(arguments.out, csv_text(ranges))}", file=sys.stderr)
    return int(bool(conflicts))


def _unbounded(name: str, error: ConflictError) -> str:
    """Say of an item that print contradicts itself about it."""
    return f"{name}: no bounds: {error.faults[0].problem}; 'aibaro check' names the figures"


def _sentences(ranges: pd.DataFrame) -> list[str]:
    """Say of each cell what can be stated."""
    lines = []
    for row in ranges.to_dict(orient="records"):
        cell = f"{row['stratum']}: {row['item']} among {row['base']}: "
        of = f"of {row['n']} respondents"
        blame = f"; follows from {row['blame']}" if row["blame"] else ""
        if pd.isna(row["low"]):
            lines.append(f"  {cell}{'exactly one count' if row['pinned'] else 'several counts'} {of}{blame}")
        elif row["pinned"]:
            lines.append(f"  {cell}exactly {row['low']} {of}{blame}")
        else:
            note = "" if row["attained"] else " (outer range)"
            lines.append(f"  {cell}{row['low']} to {row['high']} {of}{note}")
    return lines
