"""How do tables become one workbook for Excel, the same bytes on every run?"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from math import isnan
from pathlib import Path
from typing import Any

import pandas as pd

from aibaro.errors import MissingDependencyError
from aibaro.files import holdable, without_clock, write_bytes_atomic

_TITLE = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f-\x9f]")
_WIDEST = 60


def write_sheets(sheets: Iterable[tuple[str, str, pd.DataFrame]], path: str | Path) -> Path:
    """Write tables as a workbook: a sheet of contents, then one sheet a table.

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
        When openpyxl is not installed.

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
        from openpyxl import Workbook
    except ImportError:
        raise MissingDependencyError(
            "a workbook needs openpyxl", where="write_sheets", hint="pip install aibaro[excel]"
        ) from None
    book = Workbook()
    book.remove(book.worksheets[0])
    tables = list(sheets)
    names = sheet_names([key for key, _, _ in tables])
    listing = pd.DataFrame(
        {"sheet": names, "table": [caption for _, caption, _ in tables], "rows": [len(frame) for _, _, frame in tables]}
    )
    for title, frame in zip(["contents", *names], [listing, *(frame for _, _, frame in tables)], strict=True):
        sheet = book.create_sheet(title)
        rows = [[str(column) for column in frame.columns], *frame.itertuples(index=False)]
        for down, row in enumerate(rows, 1):
            for across, value in enumerate(row, 1):
                _fill(sheet.cell(down, across), _cell(value))
        sheet.freeze_panes = "B2"
        sheet.auto_filter.ref = sheet.dimensions
        for place, column in enumerate(frame.columns):
            widest = max([len(str(column)), *(len(str(v)) for v in frame.iloc[:, place])])
            sheet.column_dimensions[sheet.cell(1, place + 1).column_letter].width = min(widest + 2, _WIDEST)
    buffer = io.BytesIO()
    book.save(buffer)
    return write_bytes_atomic(path, without_clock(buffer.getvalue()))


def sheet_names(keys: Iterable[str]) -> list[str]:
    """Make names of sheets: at most 31 characters, none twice, none of the signs that Excel refuses.

    Parameters
    ----------
    keys : iterable of str
        Keys of the tables.

    Returns
    -------
    list of str
        One name a key, in their order.

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


def _cell(value: object) -> object:
    if value is pd.NA or (isinstance(value, float) and isnan(value)):
        return None
    return value.item() if hasattr(value, "item") else value


def _fill(cell: Any, value: object) -> None:
    """Fill a cell; a text that begins with an equals sign stays a text, and what no workbook can hold is left out."""
    if isinstance(value, str):
        cell.value, cell.data_type = holdable(value), "s"
    else:
        cell.value = value
