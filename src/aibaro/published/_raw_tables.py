"""How does a file on disk become a table of text?  Encoding, header, ragged lines and keys, all faults collected."""

from __future__ import annotations

import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pandas as pd

from aibaro.errors import FaultList, repeated
from aibaro.published._rules import nearest
from aibaro.published.schema import FileSchema

#: Largest count that is read: what 64 bits hold.
MOST_UNITS = 2**63 - 1
_ACCEPTED = "UTF-8, separated by commas, one header line"


@dataclass(frozen=True, slots=True)
class RawTable:
    """A file as text: every cell a string, stripped of outer spaces.

    Parameters
    ----------
    table : FileSchema
        What was declared about the file.
    cells : dict of str to list of str
        One list a column, all of the same length.
    lines : list of int
        Line of the file on which each row ends.
    """

    table: FileSchema
    cells: dict[str, list[str]]
    lines: list[int]
    _blank: list[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # one empty column for all that the file lacks: rows are asked for one by one
        object.__setattr__(self, "_blank", [""] * len(self.lines))

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, name: str) -> list[str]:
        """Return a column; empty text where the file has no such column."""
        return self.cells.get(name, self._blank)

    def rows(self, *names: str) -> Iterator[tuple[str, ...]]:
        """Walk through several columns row by row."""
        return zip(*(self.column(name) for name in names), strict=True)

    def place(self, row: int) -> str:
        """Name a row for an error."""
        key = " ".join(filter(None, (self.column(name)[row] for name in self.table.key)))
        return f"{self.table.file}, line {self.lines[row]}" + (f" ({key})" if key else "")

    def frame(self) -> pd.DataFrame:
        """Return the table as a frame of text."""
        names = [*(name for name in self.cells if name not in self.table.columns), *self.table.columns]
        return pd.DataFrame({name: self.column(name) for name in names}, dtype="str")


def is_count(text: str) -> bool:
    """Tell whether a cell is a whole number >= 0 that 64 bits hold, in the digits 0 to 9.

    Examples
    --------
    >>> is_count("1565"), is_count("1.565"), is_count("9" * 30)
    (True, False, False)
    """
    return text.isascii() and text.isdigit() and len(text.lstrip("0")) <= 19 and int(text) <= MOST_UNITS


# noncharacters, line separators, embeddings, overrides and isolates of direction, and blanks without width, by which
# two names that look the same would differ
_UNSEEN = "\u200b\u2060\ufeff\ufffe\uffff\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def unprintable(text: str, also: str = "") -> str:
    """Return the first character that no file can hold again, or that makes others read in another order.

    These are control characters, lone surrogates, noncharacters, blanks without width, and the marks that turn the
    direction of text.

    Examples
    --------
    >>> unprintable("a\\x07b"), unprintable("één"), unprintable("two\\nlines", also="\\n")
    ('\\x07', '', '')
    """
    for c in text if not text.isprintable() else "":
        if c not in also and (unicodedata.category(c) in {"Cc", "Cs"} or c in _UNSEEN):
            return c
    return ""


# what a merge that was not finished leaves
_MERGE = re.compile(r"(?:<{7}|={7}|>{7})(?: .*)?")


def read_table(content: bytes, table: FileSchema, faults: FaultList) -> RawTable | None:
    """Read the bytes of a declared file."""
    text = _decode(content, table, faults)
    if text is None:
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        header = [table.aliases.get(name.strip(), name.strip()) for name in next(reader, [])]
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):  # spreadsheets leave rows of commas behind
                rows.append(cells)
                lines.append(reader.line_num)
    except csv.Error as error:
        faults.add(
            "the file is not a table of comma-separated cells",
            where=f"{table.file}, line {reader.line_num}",
            expected=_ACCEPTED,
            got=str(error),
        )
        return None
    header = _check_header(header, table, faults)
    if not header:
        return None
    for row, line in zip(rows, lines, strict=True):
        if len(row) == 1 and _MERGE.fullmatch(row[0]):
            faults.add(
                "two versions of the file stand in it",
                where=f"{table.file}, line {line}",
                expected="one table",
                got=row[0][:40],
                hint="finish the merge, and remove these marks",
            )
    # a row of the required cells alone, which come first, leaves the others empty
    short = [row for row in rows if len(row) < len(header) and tuple(header[: len(row)]) == tuple(table.required)]
    for row in short:
        row.extend([""] * (len(header) - len(row)))
    whole = [i for i, row in enumerate(rows) if len(row) == len(header)]
    for i in sorted(set(range(len(rows))) - set(whole)):
        faults.add(
            "a row does not fit the header",
            where=f"{table.file}, line {lines[i]}",
            expected=f"{len(header)} cells",
            got=f"{len(rows[i])} cells",
            hint='put cells that hold a comma, such as "32,1%", in double quotes',
        )
    for i in whole:
        for name, cell in zip(header, rows[i], strict=True):
            if odd := unprintable(cell):
                faults.add(
                    "a cell holds a character that cannot be printed",
                    where=f"{table.file}, line {lines[i]}",
                    parameter=name,
                    expected="printable text in one line",
                    got=f"U+{ord(odd):04X} in {cell[:40]!a}",
                )
    columns = {name: [rows[i][j] for i in whole] for j, name in enumerate(header)}
    return RawTable(table, columns, [lines[i] for i in whole])


def _decode(content: bytes, table: FileSchema, faults: FaultList) -> str | None:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        faults.add(
            "the file is not UTF-8 text",
            where=f"{table.file}, line {line}",
            expected=_ACCEPTED,
            got=f"byte 0x{content[error.start]:02x}",
            hint="save it as UTF-8 (in Excel: CSV UTF-8)",
        )
        return None


def _check_header(header: Sequence[str], table: FileSchema, faults: FaultList) -> list[str]:
    """The columns, those misspelt under the names that they stand for, so that one cause is one fault; else none."""
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        faults.add(
            "cells are not separated by commas",
            where=table.file,
            expected=_ACCEPTED,
            got=header[0][:80],
            hint="save it with commas; Dutch spreadsheets write semicolons unless told so",
        )
        return []
    missing = [name for name in table.required if name not in header]
    twice = repeated(header)
    unknown = [name for name in header if name not in table.columns and not (table.open and name)]
    free = [name for name in table.columns if name not in header]
    meant = {found[0]: name for name in unknown if (found := difflib.get_close_matches(name, free, 1))}
    for name in missing:
        near = difflib.get_close_matches(name, [other for other in header if other not in table.columns], 1)
        meant |= dict.fromkeys([name], *near) if near else {}
        faults.add(
            "a column is missing",
            where=table.file,
            parameter=name,
            expected=", ".join(table.required),
            got=", ".join(header)[:200] or "an empty file",
            hint=f"rename the column {near[0]}" if near else "",
        )
    for name in twice:
        faults.add("a column appears twice", where=table.file, parameter=name[:60], got=", ".join(header)[:200])
    # what stands in the place of a missing column is told there
    for name in (name for name in unknown if name not in {meant.get(lost) for lost in missing}):
        faults.add(
            "unknown column",
            where=table.file,
            parameter=ascii(name[:60]).strip("'") or "(empty)",
            expected=", ".join(table.columns),
            got=ascii(name[:60]).strip("'") or "a column without a name",
            hint=nearest(name, table.columns) or "see the data dictionary of the documentation",
        )
    odd = [name for name in header if unprintable(name) or len(name) > 200]
    for name in odd:
        faults.add(
            "a column has a name that cannot be printed",
            where=table.file,
            parameter=ascii(name[:60]),
            expected="printable text of at most 200 characters",
        )
    written = {name: known for known, name in meant.items()}
    return [] if set(missing) - set(meant) or twice or odd else [written.get(name, name) for name in header]


def check_keys(raw: RawTable, faults: FaultList) -> None:
    """Check that every row has a name of its own, once derived names are there."""
    seen: dict[tuple[str, ...], int] = {}
    for row, key in enumerate(raw.rows(*raw.table.key) if raw.table.key else ()):
        if any(not cell for name, cell in zip(raw.table.key, key, strict=True) if name in raw.table.named):
            faults.add(
                "a row has no name",
                where=raw.place(row),
                parameter=", ".join(raw.table.named),
                expected="text",
                got="an empty cell",
            )
        elif key in seen:
            faults.add(
                "two rows have the same name",
                where=raw.place(row),
                parameter=", ".join(raw.table.key),
                expected="a name of its own",
                got=" ".join(filter(None, key)),
                hint=f"line {raw.lines[seen[key]]} has it too",
            )
        else:
            seen[key] = row
