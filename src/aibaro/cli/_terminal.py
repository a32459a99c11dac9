"""How words, tables and progress reach a terminal, a file or another program."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from math import isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from aibaro.cli._shown import visible
from aibaro.files import csv_text
from aibaro.results import plain

if TYPE_CHECKING:
    from rich.console import Console

FORMATS = ("table", "csv", "markdown", "json")
# what an output without a terminal, or one that does not tell, is taken to be
WIDTH = 80
WIDEST = 10_000
# ids up to this length are not folded; columns keep room for a word of this length
_LONG_ID, _NARROW = 48, 14


def say(text: str) -> None:
    """Tell of progress on standard error."""
    print(folded(text, errors=True), file=sys.stderr, flush=True)


def console(*, errors: bool = False, wide: bool = False) -> Console:
    """Return a console that colours only where a terminal reads it, and never where ``NO_COLOR`` is set."""
    from rich.console import Console

    stream = sys.stderr if errors else sys.stdout
    width = shutil.get_terminal_size((WIDTH, 24)).columns if stream.isatty() else WIDTH
    width = WIDEST if wide else width
    # what a bar draws is to be obeyed
    return Console(file=getattr(stream, "unshown", stream), width=width, highlight=False, markup=False)


@contextmanager
def progress(what: str, total: int) -> Iterator[Any]:
    """Show a bar with the time left on a terminal; give a function that counts steps, one if not told."""
    if not total or not sys.stderr.isatty():
        yield lambda _steps=1: None
        return
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    left = TimeRemainingColumn(elapsed_when_finished=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), left)
    with Progress(*columns, console=console(errors=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda steps=1: bar.advance(task, steps)


def add_format(parser: argparse.ArgumentParser) -> None:
    """Declare ``--format`` and ``--wide``."""
    parser.add_argument("--format", choices=FORMATS, default="table", help="how to print (default: table)")
    parser.add_argument("--wide", action="store_true", help="do not fold columns to the width of the terminal")


def folded(text: str, *, errors: bool = False) -> str:
    """Fold long lines at words where a terminal reads them, below the indent that they have."""
    if not (sys.stderr if errors else sys.stdout).isatty():
        return text
    width = console(errors=errors).width
    return "\n".join(part for line in text.splitlines() for part in _folded(line, width))


def _folded(line: str, width: int) -> list[str]:
    if len(line) <= width:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(line.strip(), width, initial_indent=indent, subsequent_indent=indent + "  ")


def to_width(text: str, frame: pd.DataFrame, *, wide: bool) -> str:
    """Keep a table that fits the terminal as it stands; fold the columns of one that does not."""
    return text if wide or fits(text) else write_frame(frame)


def fits(text: str) -> bool:
    """Whether no line is cut by the terminal; a pipe cuts none."""
    return not sys.stdout.isatty() or max(map(len, text.splitlines()), default=0) <= console().width


def write_frame(frame: pd.DataFrame, how: str = "table", *, wide: bool = False) -> str:
    """Write a frame as a table that fits the terminal, or whole as CSV, Markdown or JSON."""
    if how == "csv":
        return csv_text(frame).rstrip("\n")
    if how == "json":
        return json.dumps(plain(frame.to_dict("records")), ensure_ascii=False, indent=2)
    text = frame.map(_cell)
    if how == "markdown":
        rows = [list(map(str, text.columns)), ["---"] * len(text.columns), *text.to_numpy().tolist()]
        return "\n".join("| " + " | ".join(map(markdown, row)) + " |" for row in rows)
    return _table(text, numbers=[pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes], wide=wide)


# what begins markup, a link, code, a formula or a cell; an underline inside a word is none
_MARKUP = re.compile(r"[\\\\|`<>*\[\]&~$]|(?<!\w)_|_(?!\w)")


def markdown(cell: str) -> str:
    """Keep the text of a cell from being taken as markup.

    Examples
    --------
    >>> print(markdown("a|b <img src=x> `c` [d](e) f_g"), markdown("---"), markdown("two\\nlines"))
    a\\|b \\<img src=x\\> \\`c\\` \\[d\\](e) f_g --- two lines
    """
    return _MARKUP.sub(lambda found: f"\\{found[0]}", " ".join(cell.split()))


def _table(text: pd.DataFrame, *, numbers: list[bool], wide: bool) -> str:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    screen = console(wide=wide)
    # an id is copied as a whole, unless no room were left for the others
    columns = {visible(str(name)): [visible(cell) for cell in text.iloc[:, i]] for i, name in enumerate(text.columns)}
    longest = {name: max(map(len, [name, *cells])) for name, cells in columns.items()}
    tight = sum(longest.values()) + 3 * len(columns) > screen.width and any(numbers)
    table = Table(
        box=SIMPLE_HEAD, header_style="", pad_edge=False, show_edge=False, padding=(0, 0) if tight else (0, 1)
    )
    for (name, cells), right in zip(columns.items(), numbers, strict=True):
        head = name.replace("_", " ") if tight and right else name
        words = [word for cell in [head, *cells] for word in cell.split()] or [""]
        table.add_column(
            head,
            justify="right" if right else "left",
            overflow="fold",
            # a column of short single words has nothing to fold
            no_wrap=longest[name] <= (_LONG_ID if name == "id" else _NARROW)
            and not any(" " in c for c in [head, *cells]),
            min_width=min(max(map(len, words)), _NARROW),
        )
    for row in text.to_numpy().tolist():
        table.add_row(*map(visible, row))
    with screen.capture() as capture:
        screen.print(table)
    return "\n".join(line.rstrip() for line in capture.get().rstrip("\n").splitlines())


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and isnan(value)):
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
