"""How does the ledger leave the package?  CSV for programs, JSON with every argument, a workbook for Excel."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Sequence
from math import isfinite, isnan
from pathlib import Path
from typing import Any

import pandas as pd

from aibaro.errors import MissingDependencyError
from aibaro.files import csv_text, without_clock, workbook_text, write_bytes_atomic, write_text_atomic
from aibaro.ledger._findings import findings
from aibaro.ledger._ledger import CLAIM_COLUMNS, NUMBER_COLUMNS, Ledger, combined

SCHEMA_VERSION = "2"


def numbers_frame(ledgers: Sequence[Ledger]) -> pd.DataFrame:
    """Put the numbers of several ledgers into one frame."""
    return combined((ledger.to_frame() for ledger in ledgers), NUMBER_COLUMNS)


def claims_frame(ledgers: Sequence[Ledger]) -> pd.DataFrame:
    """Put the claims of several ledgers into one frame."""
    return combined((ledger.claims_frame() for ledger in ledgers), CLAIM_COLUMNS)


def ledger_json(ledgers: Sequence[Ledger]) -> str:
    """Write ledgers as JSON.

    Parameters
    ----------
    ledgers : sequence of Ledger
        The ledgers.

    Returns
    -------
    str
        The file ``ledger.json``, version 2.

    Examples
    --------
    >>> from aibaro.study import open
    >>> json.loads(ledger_json([open("softwareone-2025").ledger]))["schema_version"]
    '2'
    """
    found = [
        {
            "id": f.id,
            "survey": f.survey,
            "location": f.location,
            "verdict": f.verdict,
            "text": f.text,
            "headline": f.headline,
            "distance": f.distance,
        }
        for f in findings(ledgers)
    ]
    content = {"schema_version": SCHEMA_VERSION, "surveys": [ledger.to_dict() for ledger in ledgers], "findings": found}
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def write_ledgers(ledgers: Sequence[Ledger], folder: str | Path) -> tuple[Path, ...]:
    """Write ``ledger.csv``, ``claim_verdicts.csv`` and ``ledger.json``.

    Parameters
    ----------
    ledgers : sequence of Ledger
        The ledgers.
    folder : str or pathlib.Path
        Where to write; missing folders are made.

    Returns
    -------
    tuple of pathlib.Path
        The files.

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.study import open
    >>> [path.name for path in write_ledgers([open("softwareone-2025").ledger], tempfile.mkdtemp())]
    ['ledger.csv', 'claim_verdicts.csv', 'ledger.json']
    """
    out = Path(folder)
    return (
        write_text_atomic(out / "ledger.csv", csv_text(numbers_frame(ledgers))),
        write_text_atomic(out / "claim_verdicts.csv", csv_text(claims_frame(ledgers))),
        write_text_atomic(out / "ledger.json", ledger_json(ledgers)),
    )


# --- How do tables become one workbook for Excel, the same bytes on every run?

_TITLE = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f-\x9f]")
_WIDEST = 60


def write_sheets(sheets: Iterable[tuple[str, str, pd.DataFrame]], path: str | Path) -> Path:
    """Write tables as a workbook: a sheet of contents, then one sheet per table.

    Parameters
    ----------
    sheets : iterable of (str, str, pandas.DataFrame)
        Key, title and rows of each table.
    path : str or pathlib.Path
        The file, ``*.xlsx``.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    MissingDependencyError
        When xlsxwriter is not installed.

    Notes
    -----
    Text stays text, whatever it begins with, in cells, heads and captions.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_sheets([("numbers", "Numbers", pd.DataFrame({"n": [1]}))], Path(folder) / "a.xlsx").name
    'a.xlsx'
    """
    try:
        from xlsxwriter import Workbook
    except ImportError:
        raise MissingDependencyError(
            "a workbook needs xlsxwriter", where="write_sheets", hint="pip install 'aibaro[excel]'"
        ) from None
    tables = list(sheets)
    names = sheet_names([key for key, _, _ in tables])
    listing = pd.DataFrame(
        {"sheet": names, "table": [caption for _, caption, _ in tables], "rows": [len(frame) for _, _, frame in tables]}
    )
    buffer = io.BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        for title, frame in zip(["contents", *names], [listing, *(frame for _, _, frame in tables)], strict=True):
            _fill(book.add_worksheet(title), frame)
    return write_bytes_atomic(path, without_clock(buffer.getvalue()))


def _fill(sheet: Any, frame: pd.DataFrame) -> None:
    """Fill a sheet: heads and first column stay in sight, columns as wide as what stands in them."""
    for down, row in enumerate([[str(column) for column in frame.columns], *frame.itertuples(index=False)]):
        for across, value in enumerate(row):
            _write(sheet, down, across, value.item() if hasattr(value, "item") else value)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(frame), max(len(frame.columns) - 1, 0))
    for place, column in enumerate(frame.columns):
        widest = max([len(str(column)), *(len(str(value)) for value in frame.iloc[:, place])])
        sheet.set_column(place, place, min(widest + 2, _WIDEST))


def _write(sheet: Any, down: int, across: int, value: object) -> None:
    """Write a cell: what is missing stays empty, and a text is a text whatever it begins with."""
    if value is None or value is pd.NA or value == "" or (isinstance(value, float) and isnan(value)):
        return
    if isinstance(value, bool):
        sheet.write_boolean(down, across, value)
    elif isinstance(value, int | float) and isfinite(value):
        sheet.write_number(down, across, value)
    else:
        sheet.write_string(down, across, workbook_text(str(value)))


def sheet_names(keys: Iterable[str]) -> list[str]:
    """Make names of sheets: at most 31 characters, none twice, none of the signs that Excel refuses.

    Parameters
    ----------
    keys : iterable of str
        Keys of the tables.

    Returns
    -------
    list of str
        One name per key, in their order.

    Examples
    --------
    >>> sheet_names(["a/b", "x" * 40, "x" * 41])
    ['a b', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxx~2']
    """
    taken: set[str] = {"contents"}
    names = []
    for key in keys:
        # an apostrophe quotes a name in a formula, so that none may begin or end with it
        name = plain = _FORBIDDEN.sub(" ", key)[:_TITLE].strip("'") or "table"
        number = 1
        while name.lower() in taken:
            number += 1
            name = f"{plain[: _TITLE - 1 - len(str(number))]}~{number}"
        taken.add(name.lower())
        names.append(name)
    return names
