"""``aibaro bounds``: how large and how small can the standard errors behind the printed percentages be?"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TYPE_CHECKING

from aibaro.errors import InputError

if TYPE_CHECKING:
    from aibaro.reconstruct import RowBounds

EFFORTS = ("quick", "full")
SCOPES = ("tables", "all")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        The parser of this command.
    """
    parser.add_argument("survey", nargs="?", default="flanders-2023", help="id of a bundled survey, or a folder")
    parser.add_argument("--recompute", action="store_true", help="solve again and rewrite the pinned bounds")
    parser.add_argument("--item", action="append", default=[], help="only this item (item or item@base); repeatable")
    parser.add_argument("--effort", choices=EFFORTS, default="full", help="quick: the first relaxation only")
    parser.add_argument("--scope", choices=SCOPES, default="tables",
                        help="tables: items printed for several domains; all: every weighted percentage")  # fmt: skip
    parser.add_argument("--processes", type=int, default=2, help="processes of one worker each (default 2)")
    parser.add_argument("--interval", default="logit", help="method of the conservative interval")


def run(arguments: argparse.Namespace) -> int:
    """Verify and show the pinned bounds, or compute them again.

    Parameters
    ----------
    arguments : argparse.Namespace
        Parsed arguments.

    Returns
    -------
    int
        0; pinned bounds that fail verification are an error.
    """
    from aibaro.published import open_survey
    from aibaro.reconstruct import bounds_with_intervals, verify

    survey = open_survey(arguments.survey)
    if arguments.recompute:
        return _recompute(survey.name, arguments)
    verified = verify(survey)
    print(verified.summary(), file=sys.stderr)
    frame = bounds_with_intervals(survey, method=arguments.interval)
    if arguments.item:
        wanted = [tuple((*i.split("@", 1), "all")[:2]) for i in arguments.item]
        frame = frame.loc[[(a, b) in wanted for a, b in zip(frame["item"], frame["base"], strict=True)]]
    columns = ["item", "base", "domain", "level", "estimate", "se_lower", "se_upper", "status", "conf_low", "conf_high"]
    print(frame[columns].to_string(index=False, float_format=lambda v: f"{100 * v:.2f}%"))
    return 0


def _recompute(name: str, arguments: argparse.Namespace) -> int:
    from aibaro.published import open_survey
    from aibaro.published.checksums import update
    from aibaro.reconstruct import own_item, percentages, write_bounds
    from aibaro.reconstruct.pinned import stratum_names

    if arguments.processes < 1:
        raise InputError("at least one process is needed", parameter="--processes", got=str(arguments.processes))
    survey = open_survey(arguments.survey)
    counts = percentages(survey).groupby(["item", "base"]).size()
    smallest = 2 if arguments.scope == "tables" else 1
    tasks = sorted(zip(*(counts.index.get_level_values(k).astype(str) for k in (0, 1)), strict=True))
    tasks = [t for t in tasks if counts[t] >= smallest]
    if arguments.item:
        tasks = [t for t in tasks if t[0] in arguments.item or "@".join(t) in arguments.item]
    rows = [row for found in _solved(arguments, tasks) for row in found]
    system = own_item(survey, *tasks[0])
    for path in write_bounds(survey.folder, rows, stratum_names(system)):
        print(path.name, file=sys.stderr)
    if (survey.folder / "datapackage.json").is_file():
        update(survey.folder)
    print(f"{name}: {len(rows)} bounds written", file=sys.stderr)
    return 0


def _solved(arguments: argparse.Namespace, tasks: list[tuple[str, str]]) -> Iterator[list[RowBounds]]:
    """Solve one item a task; report what was solved and how long it took."""
    began = time.monotonic()
    with ProcessPoolExecutor(arguments.processes, mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(_task, arguments.survey, *t, arguments.effort): t for t in tasks}
        for number, future in enumerate(as_completed(futures), 1):
            item, base = futures[future]
            done = f"[{number}/{len(tasks)}] {time.monotonic() - began:6.0f} s"
            print(f"{done}  {item} ({base})", file=sys.stderr, flush=True)
            yield future.result()


def _task(survey: str, item: str, base: str, effort: str) -> list[RowBounds]:
    from aibaro.published import open_survey
    from aibaro.reconstruct import Bounder, Effort, own_item

    chosen = Effort(work=2.0, whole_work=2.0, nodes=1) if effort == "quick" else Effort()
    bounder = Bounder(own_item(open_survey(survey), item, base), chosen)
    return list(bounder.rows(lambda name: print(f"  solving {name}", file=sys.stderr, flush=True)))
