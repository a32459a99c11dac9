"""How is a workbook of tables written, as people send it?"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aibaro._typed import typed
from aibaro.errors import InputError, MissingDependencyError
from aibaro.files import without_clock, write_bytes_atomic
from aibaro.tables._crosstab import INTERVALS, Crosstab
from aibaro.tables._layout import Cell, Sheet, word

_TOP = 3
_WIDEST = 48


@typed
def write_excel(tables: Sequence[Crosstab], path: str | Path, *, intervals: str = "lines") -> Path:
    """Write tables to one workbook: contents, one sheet per table, and all figures in long form.

    Parameters
    ----------
    tables : sequence of Crosstab
        The tables.
    path : str or pathlib.Path
        The file, written whole or not at all.
    intervals : {"lines", "none"}
        Whether limits stand in lines of their own.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        For no tables, or an unknown choice.
    MissingDependencyError
        When xlsxwriter is not installed.

    Notes
    -----
    Numbers are numbers at full precision with a format; letters stand beside them, signs of the notes are part of the
    format.  Panes are frozen below the heads and right of the labels.  Texts are texts, whatever they begin with.

    Examples
    --------
    >>> import tempfile
    >>> from aibaro import Design
    >>> from aibaro.tables import crosstab
    >>> frame = pd.DataFrame({"ai": ["yes", "no", "yes"], "w": [1.0, 2.0, 1.0]})
    >>> table = crosstab(frame, "ai", design=Design.from_frame(frame, weight="w"))
    >>> write_excel([table], Path(tempfile.mkdtemp()) / "tables.xlsx").name
    'tables.xlsx'
    """
    listed = list(tables) if isinstance(tables, Sequence) else []
    if not listed or not all(isinstance(table, Crosstab) for table in listed):
        raise InputError("no tables", where="write_excel", parameter="tables", expected="tables of crosstab")
    if intervals not in INTERVALS:
        raise InputError("unknown choice", parameter="intervals", expected=", ".join(INTERVALS), got=repr(intervals))
    if Path(path).suffix.lower() != ".xlsx":
        raise InputError("not a workbook", where="write_excel", parameter="path", expected=".xlsx", got=str(path))
    try:
        import xlsxwriter
    except ImportError as error:
        raise MissingDependencyError("workbooks need xlsxwriter", hint="pip install 'aibaro[excel]'") from error
    content = io.BytesIO()
    # a text that begins with an equals sign stays a text
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, options) as book:
        _WorkbookWriter(book, listed, intervals).write()
    return write_bytes_atomic(path, without_clock(content.getvalue()))


class _WorkbookWriter:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Any, tables: Sequence[Crosstab], intervals: str) -> None:
        self._book, self._tables, self._intervals = book, tables, intervals
        self._language = tables[0].settings.language
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._taken: set[str] = set()

    def write(self) -> None:
        """Write contents, tables and data."""
        contents = self._book.add_worksheet(self._name(word("contents", self._language)))
        data_name = self._name(word("data", self._language))
        entries = []
        for table in self._tables:
            for sheet in table.sheets(intervals=self._intervals):
                name = self._name(sheet.name)
                self._sheet(self._book.add_worksheet(name), sheet, contents.get_name())
                entries.append((name, sheet))
        self._contents(contents, [*entries], data_name)
        self._data(self._book.add_worksheet(data_name))

    def _name(self, text: str) -> str:
        """A name of a sheet that Excel takes, unlike all others."""
        plain = re.sub(r"[\[\]:*?/\\']", " ", text).strip()[:31] or word("table", self._language)
        name, number = plain, 1
        while name.lower() in self._taken or name.lower() == "history":
            number += 1
            name = f"{plain[: 30 - len(str(number))]} {number}"
        self._taken.add(name.lower())
        return name

    def _format(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format({"font_name": "Calibri", "font_size": 10, **properties})
        return self._formats[key]

    def _contents(self, page: Any, entries: Sequence[tuple[str, Sheet]], data_name: str) -> None:
        language = self._language
        page.hide_gridlines(2)
        page.write_string(0, 0, word("contents", language), self._format(bold=True, font_size=14))
        head = self._format(bold=True, bottom=1)
        for place, text in enumerate((word("number", language), word("table", language), word("n", language))):
            page.write_string(2, place, text, head)
        link = self._format(font_color="#0B5394", underline=1)
        for number, (name, sheet) in enumerate(entries, 1):
            page.write_number(2 + number, 0, number, self._format())
            page.write_url(2 + number, 1, f"internal:'{name}'!A1", link, string=sheet.title)
            base = next((line for line in sheet.lines if line.kind == "base"), None)
            if base is not None and np.isfinite(base.cells[0].value):
                page.write_number(2 + number, 2, base.cells[0].value, self._format(num_format="#,##0"))
        page.write_url(4 + len(entries), 1, f"internal:'{data_name}'!A1", link, string=word("data", language))
        page.set_column(0, 0, 6)
        page.set_column(1, 1, min(80, max([len(s.title) for _, s in entries], default=10) + 2))
        page.set_column(2, 2, 18)
        page.freeze_panes(3, 0)

    def _sheet(self, page: Any, sheet: Sheet, contents: str) -> None:
        lettered = sheet.lettered
        step = 2 if lettered else 1
        page.hide_gridlines(2)
        page.write_string(0, 0, sheet.title, self._format(bold=True, font_size=12))
        back = self._format(font_color="#0B5394", underline=1)
        page.write_url(1, 0, f"internal:'{contents}'!A1", back, string=word("back", sheet.language))
        self._heads(page, sheet, step)
        top = _TOP + (3 if lettered else 2)
        based = False
        for number, line in enumerate(sheet.lines):
            row = top + number
            rule = {"top": 1} if line.kind == "base" and not based else {}
            based = based or line.kind == "base"
            grey = {"font_color": "#666666"} if line.kind != "estimate" else {}
            indent = {"indent": 2} if line.kind == "limit" else {}
            page.write_string(row, 0, line.label, self._format(**rule, **grey, **indent))
            for k, cell in enumerate(line.cells):
                self._cell(page, row, 1 + k * step, cell, {**rule, **grey})
                if lettered:
                    page.write_string(
                        row, 2 + k * step, cell.letters, self._format(font_color="#0B5394", font_size=8, **rule)
                    )
        end = top + len(sheet.lines) + 1
        for number, note in enumerate(sheet.notes):
            page.write_string(end + number, 0, note, self._format(italic=True, font_color="#666666", font_size=9))
        longest = max([len(line.label) for line in sheet.lines], default=10)
        page.set_column(0, 0, min(_WIDEST, longest + 3))
        for k in range(len(sheet.heads)):
            width = min(22, max(9, len(sheet.head(k)) + (0 if lettered else 2)))
            page.set_column(1 + k * step, 1 + k * step, width)
            if lettered:
                most = max(len(line.cells[k].letters) for line in sheet.lines)
                page.set_column(2 + k * step, 2 + k * step, max(2.5, most * 0.8))
        page.freeze_panes(top, 1)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(_TOP, top - 1)

    def _heads(self, page: Any, sheet: Sheet, step: int) -> None:
        name = self._format(bold=True, align="center", bottom=1, text_wrap=True)
        level = self._format(bold=True, align="center", valign="bottom", text_wrap=True)
        under = self._format(align="center", font_color="#0B5394", bottom=1)
        place = 1
        for text, size in sheet.domains:
            last = place + size * step - 1
            if last > place:
                page.merge_range(_TOP, place, _TOP, last, "", name if text else level)
            page.write_string(_TOP, place, text, name if text else level)
            place = last + 1
        page.write_string(_TOP + 1, 0, "", level)
        for k, head in enumerate(sheet.heads):
            first = 1 + k * step
            for row, text, chosen in ((_TOP + 1, sheet.head(k), level), (_TOP + 2, head.letter, under)):
                if row == _TOP + 2 and step == 1:
                    continue
                if step > 1:
                    page.merge_range(row, first, row, first + step - 1, "", chosen)
                page.write_string(row, first, f"({text})" if row == _TOP + 2 and text else text, chosen)

    def _cell(self, page: Any, row: int, column: int, cell: Cell, style: dict[str, Any]) -> None:
        if not np.isfinite(cell.value):
            text = "-" if "-" in cell.mark else ""
            page.write_string(row, column, text, self._format(align="right", **style))
            return
        plain = {"share": "0.0%", "count": "#,##0"}.get(cell.kind, _number_format(cell.value))
        mark = cell.mark.replace("-", "")
        shape = f'{plain}"{mark}"' if mark else plain
        page.write_number(row, column, cell.value, self._format(num_format=shape, align="right", **style))

    def _data(self, page: Any) -> None:
        frame = pd.concat([table.to_frame() for table in self._tables], ignore_index=True)
        head = self._format(bold=True, bottom=1)
        for place, name in enumerate(frame.columns):
            page.write_string(0, place, str(name), head)
            for row, value in enumerate(frame[name].tolist(), 1):
                if isinstance(value, str):
                    page.write_string(row, place, value, self._format())
                elif np.isfinite(value):
                    page.write_number(row, place, value, self._format())
            page.set_column(place, place, 14)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, len(frame), len(frame.columns) - 1)


def _number_format(value: float) -> str:
    size = abs(value)
    return "#,##0" if size >= 1000 else "#,##0.0" if size >= 100 else "0.00"
