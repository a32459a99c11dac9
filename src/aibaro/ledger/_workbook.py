"""How do tables become one workbook for Excel, the same bytes on every run?"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from datetime import datetime
from math import isnan
from pathlib import Path

import pandas as pd

from aibaro.errors import MissingDependencyError
from aibaro.files import write_bytes_atomic
from aibaro.ledger._neutral import neutralised

# no clock in the file: the same tables give the same workbook
_DAY = (2000, 1, 1, 0, 0, 0)
_TITLE = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
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

    Notes
    -----
    Text that a spreadsheet would read as a formula gets an apostrophe in front, in cells and in captions.
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
        sheet.append([str(column) for column in frame.columns])
        for row in neutralised(frame).itertuples(index=False):
            sheet.append([_cell(value) for value in row])
        sheet.freeze_panes = "B2"
        sheet.auto_filter.ref = sheet.dimensions
        for place, column in enumerate(frame.columns):
            widest = max([len(str(column)), *(len(str(v)) for v in frame.iloc[:, place])])
            sheet.column_dimensions[sheet.cell(1, place + 1).column_letter].width = min(widest + 2, _WIDEST)
    buffer = io.BytesIO()
    book.properties.created = datetime(*_DAY)
    book.save(buffer)
    return write_bytes_atomic(path, _without_clock(buffer.getvalue()))


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
        name = plain = _FORBIDDEN.sub(" ", key)[:_TITLE] or "table"
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


def _without_clock(content: bytes) -> bytes:
    """Set every date inside the archive to the same day."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2000-01-01T00:00:00Z", part)
            new.writestr(zipfile.ZipInfo(name, _DAY), part, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
