"""``aibaro table``: questions by a banner, from a file of respondents' rows to the workbook that people send."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from aibaro.cli._options import add_conf_level, add_language, add_output, keep_apart, require
from aibaro.cli._rows import (
    add_design,
    add_reading,
    crossed,
    design_of,
    domain_of,
    names_of,
    plain_table,
    read,
    told_as,
)
from aibaro.cli._terminal import progress, write_frame
from aibaro.errors import InputError
from aibaro.estimate import METHODS
from aibaro.tables import Crosstab, crosstab

SUFFIXES = (".xlsx", ".html", ".tex", ".csv", ".json")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_reading(parser)
    add_design(parser)
    table = parser.add_argument_group("table")
    table.add_argument("--rows", default="", metavar="Q[,Q]", help="questions, one table each")
    table.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=A,B[:ANSWER]",
        help="a question with several answers: its columns, and the answer that counts where it is not yes or 1",
    )
    table.add_argument("--columns", default="", metavar="G[,G]", help="variables of the banner; a:b nests two")
    table.add_argument("--percent", choices=["column", "row", "whole"], default="column", help="base of percentages")
    table.add_argument(
        "--measures",
        action="append",
        default=[],
        metavar="[Q=]mean,median,total",
        help="summaries of all columns of numbers, or of the one that is named",
    )
    table.add_argument(
        "--missing-answers",
        choices=["outside", "category"],
        default="outside",
        help="missing answers are outside the base, or an answer of their own (default: outside)",
    )
    table.add_argument("--interval", choices=list(METHODS), default="logit", help="interval of shares (logit)")
    table.add_argument(
        "--letters",
        nargs="?",
        const="holm",
        default="none",
        choices=["none", "holm", "unadjusted"],
        help="compare columns, adjusted by Holm (the default) or not",
    )
    table.add_argument("--letters-level", type=float, default=0.95, metavar="P", help="confidence level of letters")
    table.add_argument("--small-base", type=int, default=30, metavar="N", help="bases that are marked (below 30)")
    table.add_argument("--suppress", type=int, default=0, metavar="N", help="bases whose figures are suppressed")
    table.add_argument("--intervals", choices=["lines", "none"], help="limits in lines of their own (Excel: lines)")
    table.add_argument("--tests", action="store_true", help="test each table against each variable as a whole")
    add_conf_level(parser)
    add_language(parser)
    add_output(parser, "workbook (.xlsx), page (.html), LaTeX (.tex), or long form (.csv, .json)", metavar="OUT")
    parser.add_argument("--json", action="store_true", help="print the long form as a list of records")


def run(arguments: argparse.Namespace) -> int:
    """Make the tables, and print or write them."""
    from aibaro.synthesize import synthetic_label

    with told_as("table", arguments, missing="--missing-answers"):
        _check(arguments)
        data = read(arguments)
        label = synthetic_label(arguments.file, map(str, data.columns))
        design = design_of(data, arguments, "table")
        made = _table(data, design, arguments, [label] if label else [])
    if label:
        print(label)
    if arguments.out:
        _write(made, Path(arguments.out), arguments)
        print(f"{made.note()} written to {arguments.out}", file=sys.stderr)
    elif arguments.json:
        print(write_frame(_long(made), "json"))
    else:
        print(made.summary(shutil.get_terminal_size((100, 24)).columns))
    if arguments.tests:
        print(plain_table(made.tests()))
    return 0


def _check(arguments: argparse.Namespace) -> None:
    if not arguments.rows and not arguments.set:
        raise InputError(
            "no question asked for", parameter="rows", expected="--rows Q1,Q2 or --set NAME=A,B", got="neither"
        )
    if not arguments.out:
        return
    if Path(arguments.out).suffix.lower() not in SUFFIXES:
        raise InputError(
            "tables of this kind cannot be written",
            parameter="target",
            expected=", ".join(SUFFIXES),
            got=Path(arguments.out).suffix or arguments.out,
        )
    if Path(arguments.out).suffix.lower() == ".xlsx":
        require("xlsxwriter", where="aibaro table --output")
    keep_apart(arguments.out, arguments.file, command="table")


def _table(data: Any, design: Any, arguments: argparse.Namespace, notes: list[str]) -> Crosstab:
    with progress("tables", 1 + len(names_of(arguments.columns))) as step:
        return crosstab(
            data,
            [*names_of(arguments.rows), *({name: content} for name, content in map(_set, arguments.set))],
            crossed(arguments.columns) or None,
            design=design,
            percent=arguments.percent,
            measures=_measures(arguments.measures),
            domain=domain_of(arguments.domain),
            missing=arguments.missing_answers,
            interval=arguments.interval,
            conf_level=arguments.conf_level,
            letters=arguments.letters,
            letters_level=arguments.letters_level,
            small_base=arguments.small_base,
            suppress=arguments.suppress,
            language=arguments.lang,
            notes=notes,
            fpc=arguments.fpc,
            progress=_counting(step),
        )


def _counting(step: Callable[[], object]) -> Callable[[int, int], None]:
    def tell(done: int, size: int) -> None:
        if done:
            step()

    return tell


def _set(text: str) -> tuple[str, Any]:
    name, mark, rest = text.partition("=")
    columns, colon, counted = rest.partition(":")
    items = names_of(columns)
    if not mark or not name.strip() or not items:
        raise InputError("not a set", parameter="--set", expected="NAME=A,B,C or NAME=A,B,C:ANSWER", got=text)
    return name.strip(), {"items": items, "counted": counted} if colon else items


def _measures(entries: list[str]) -> Any:
    named = {name: names_of(rest) for name, mark, rest in (e.partition("=") for e in entries) if mark}
    plain = [measure for entry in entries if "=" not in entry for measure in names_of(entry)]
    if named and plain:
        raise InputError(
            "measures of all columns and of single ones", parameter="measures", expected="one way or the other"
        )
    return named or plain


def _long(made: Crosstab) -> pd.DataFrame:
    """The long form; rows that nobody answered say so in a column of their own."""
    frame = made.to_frame()
    return frame.assign(rows="synthetic") if made.settings.notes else frame


# a page of words and numbers, which runs and asks for nothing
_POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
    "form-action 'none'; style-src 'unsafe-inline'\">"
)


def _write(made: Crosstab, path: Path, arguments: argparse.Namespace) -> None:
    from aibaro.files import csv_text, write_text_atomic

    suffix, lines = path.suffix.lower(), arguments.intervals
    if suffix == ".xlsx":
        made.to_excel(path, intervals=lines or "lines")
    elif suffix == ".csv":
        write_text_atomic(path, csv_text(_long(made)))
    elif suffix == ".json":
        write_text_atomic(path, write_frame(_long(made), "json") + "\n")
    elif suffix == ".tex":
        write_text_atomic(path, made.to_latex(intervals=lines or "none") + "\n")
    else:
        body = made.to_html(intervals=lines or "none")
        head = f'<meta charset="utf-8">{_POLICY}<title>{escape(path.stem)}</title>'
        write_text_atomic(
            path, f'<!doctype html><html lang="{arguments.lang}"><head>{head}</head><body>{body}</body></html>\n'
        )
