"""``aibaro plan``: spread the interviews of the next wave over strata, and say which change it would notice."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from aibaro.cli._options import add_conf_level, add_language, add_output, keep_apart
from aibaro.cli._terminal import add_format, say, write_frame
from aibaro.errors import InputError
from aibaro.frames import read_rows
from aibaro.messages import message
from aibaro.published import open_survey
from aibaro.published.schema import CROSS

if TYPE_CHECKING:
    from aibaro.planning import Allocation

# the literal list keeps the room that plans, with its solvers, out of the help
METHODS = ("neyman", "proportional", "power")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "survey", metavar="SURVEY", help="a bundled survey, a folder, or a CSV with strata and a column population"
    )
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--n", type=int, metavar="N", help="answers to spread")
    size.add_argument("--margin", type=float, metavar="POINTS", help="widest 95%% margin, in points: how many answers?")
    parser.add_argument("--by", action="append", default=[], metavar="VARIABLE", help="levels that are told apart too")
    parser.add_argument("--method", choices=METHODS, default="neyman", help="how to spread them (default: neyman)")
    parser.add_argument(
        "--share", type=float, default=0.5, metavar="P", help="expected share (default: 0.5, the worst)"
    )
    parser.add_argument("--minimum", type=int, default=2, metavar="K", help="fewest answers a stratum (default: 2)")
    parser.add_argument(
        "--response", type=float, metavar="RATE", help="expected response, to know how many to approach"
    )
    add_format(parser)
    add_conf_level(parser)
    add_output(parser, "write one row a stratum as CSV", metavar="FILE")
    add_language(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the precision that the plan promises; the strata go to the file."""
    if arguments.response is not None and not 0 < arguments.response <= 1:
        got = f"{arguments.response:g}"
        raise InputError("not a response rate", where="aibaro plan", parameter="--response", expected="(0, 1]", got=got)
    if arguments.out is not None:
        keep_apart(arguments.out, arguments.survey, command="plan")
    strata = _strata(arguments.survey)
    plan = _plan(strata, arguments)
    shown = _promised(plan.precision(arguments.by or None), arguments.conf_level)
    print(write_frame(shown, arguments.format, wide=arguments.wide))
    rows = plan.to_frame()
    if arguments.response is not None:
        rows["approach"] = [math.ceil(n / arguments.response) for n in plan.n]
    if arguments.out is not None:
        from aibaro.files import csv_text, write_text_atomic

        write_text_atomic(Path(arguments.out), csv_text(rows))
    for line in _told(plan, rows, arguments):
        say(line)
    return 0


def _strata(name: str) -> pd.DataFrame:
    """Strata of a survey, or of a table of one's own."""
    path = Path(name)
    if path.suffix == ".csv" and path.is_file():
        rows: pd.DataFrame = read_rows(path)
        return rows
    survey = open_survey(name)
    if survey.strata.empty:
        raise InputError(
            "a survey without strata has nothing to spread interviews over",
            where="aibaro plan",
            parameter="SURVEY",
            expected="a survey with strata.csv, or a CSV with a column population",
            got=name,
        )
    return survey.strata


def _plan(strata: pd.DataFrame, arguments: argparse.Namespace) -> Allocation:
    from scipy import special

    from aibaro.planning import allocate, required_size

    same = {"share": arguments.share, "minimum": arguments.minimum}
    if arguments.n is not None:
        return allocate(strata, arguments.n, method=arguments.method, **same)
    wanted = arguments.margin / 100 / float(special.ndtri((1 + arguments.conf_level) / 2))
    return required_size(strata, dict.fromkeys(arguments.by or [""], wanted), **same)


def _promised(precision: pd.DataFrame, conf_level: float) -> pd.DataFrame:
    """Margins in points, and the change between two such waves that a test would notice in four of five cases."""
    from aibaro.estimate.tails import student_quantile
    from aibaro.planning import detectable_change

    rows = []
    for row in precision.to_dict("records"):
        error, df = float(row["std_error"]), float(row["df"])
        known = df >= 1 and error > 0
        margin = float(student_quantile((1 - conf_level) / 2, df)) * error if known else math.nan
        change = detectable_change(error, df=df, conf_level=conf_level).change if known else math.nan
        rows.append((row["domain"], row["level"], int(row["n"]), 100 * error, 100 * margin, 100 * change))
    columns = ["domain", "level", "n", "std_error", "margin", "change_noticed"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(**{name: frame[name].round(2) for name in columns[3:]})


def _told(plan: Allocation, rows: pd.DataFrame, arguments: argparse.Namespace) -> list[str]:
    """What was planned, in words."""
    ends = int(plan.n.argmin()), int(plan.n.argmax())
    low, high = (int(plan.n[place]) for place in ends)
    names = [CROSS.join(map(str, plan.labels.iloc[place])) for place in ends]
    lines = [
        message(
            "summary.plan",
            total=plan.total,
            strata=len(rows),
            method=plan.method,
            low=low,
            low_where=names[0],
            high=high,
            high_where=names[1],
        )
    ]
    if "approach" in rows:
        lines.append(message("summary.plan_approach", count=int(rows["approach"].sum()), rate=100 * arguments.response))
    if arguments.out is not None:
        lines.append(message("summary.plan_file", file=arguments.out))
    return [line.text(arguments.lang) for line in lines]
