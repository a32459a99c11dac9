"""How does a table that somebody made become a grid of printed characters?  Workbooks, CSV, TSV, HTML, pasted text."""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from aibaro.errors import InputError, MissingDependencyError
from aibaro.files import check_sheets
from aibaro.rounding.notation import whole_number

#: Rows times columns of a sheet of printed tables.
MOST_CELLS = 5_000_000

# --- Which characters does a spreadsheet show for a stored number? The part of number formats that tables use.

_CONDITION = re.compile(r"\[(?P<sign><=|>=|<>|<|>|=)(?P<value>-?\d+\.?\d*)\]")
_BRACKETS = re.compile(r"\[(?!<|>|=)[^\]]*\]")
_DIGITS = re.compile(r"[#0?][#0?,]*(?:\.[#0?]+)?|\.[#0?]+")


def shown(value: int | float, code: str, mark: str = ".") -> str:
    """Return the characters that a spreadsheet shows for a number.

    Notes
    -----
    Read are sections (positive; negative; zero), conditions, colours, quoted text, ``%``, digits, decimals and
    thousands.  A format with dates or exponents is refused: no number is shown that was not there.

    Examples
    --------
    >>> shown(0.3214, "0.0%"), shown(1234.5, "#,##0"), shown(1234.5, "#,##0.0", ","), shown(0, '0.0;-0.0;"-"')
    ('32.1%', '1,235', '1.234,5', '-')
    """
    if code in {"General", "@", ""}:
        return _general(value, mark)
    section, magnitude = _section(value, code)
    if section is None:
        return _general(value, mark)
    return _filled(magnitude, section, mark, code)


def _general(value: int | float, mark: str) -> str:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if isinstance(value, float):
        # a spreadsheet shows at most fifteen significant digits
        number = Decimal(f"{value:.15g}")
    text = format(number.normalize(), "f")
    return text.replace(".", mark)


def _section(value: int | float, code: str) -> tuple[str | None, int | float]:
    plain = _BRACKETS.sub("", code)
    sections = _split(plain)
    conditions = [_CONDITION.search(section) for section in sections]
    if any(conditions):
        for section, condition in zip(sections, conditions, strict=True):
            if condition is None or _holds(value, condition["sign"], float(condition["value"])):
                return _CONDITION.sub("", section), value
        return None, value
    if len(sections) > 2 and value == 0:
        return sections[2], 0
    if len(sections) > 1 and value < 0:
        return sections[1], -value
    return sections[0], value


def _split(code: str) -> list[str]:
    """Sections of a format; a semicolon inside quotes parts nothing."""
    return re.findall(r'(?:"[^"]*"|\\.|[^;])+|(?<=;)(?=;|$)', code) or [""]


def _holds(value: float, sign: str, bound: float) -> bool:
    return {
        "<": value < bound,
        "<=": value <= bound,
        ">": value > bound,
        ">=": value >= bound,
        "=": value == bound,
        "<>": value != bound,
    }[sign]


def _filled(value: int | float, section: str, mark: str, code: str) -> str:
    literals: list[str] = []

    def keep(match: re.Match[str]) -> str:
        literals.append(match[0].strip('"') if match[0].startswith('"') else match[0][1:])
        return f"\x00{len(literals) - 1}\x00"

    # what follows an underscore is a space of that width, what follows a star fills the cell
    plain = re.sub(r"_.", " ", re.sub(r"\*.", "", section))
    plain = re.sub(r'"[^"]*"|\\.', keep, plain)
    if re.search(r"[ymdhsEe]", plain.replace("\x00", "")):
        raise InputError(
            "a number format that is not read",
            expected="digits, decimals, thousands, percent and quoted text",
            got=code,
            hint="give these cells a plain number format, or save the table as CSV",
        )
    digits = _DIGITS.search(plain)
    if digits is None:
        text = plain
    else:
        number = Decimal(repr(value)) * (100 if "%" in plain else 1)
        text = plain[: digits.start()] + _digits(number, digits[0], mark) + plain[digits.end() :]
    return re.sub(r"\x00(\d+)\x00", lambda match: literals[int(match[1])], text).strip()


def _digits(number: Decimal, pattern: str, mark: str) -> str:
    whole, _, fraction = pattern.partition(".")
    # a comma after the last digit divides by a thousand
    thousands = len(whole) - len(whole.rstrip(","))
    number = number / (Decimal(1000) ** thousands)
    grouped = "," in whole.rstrip(",")
    rounded = number.quantize(Decimal(1).scaleb(-len(fraction)), rounding=ROUND_HALF_UP)
    text = f"{rounded:,f}" if grouped else f"{rounded:f}"
    head, _, tail = text.partition(".")
    needed = len(fraction.rstrip("#?")) if fraction else 0
    while tail and len(tail) > needed and tail.endswith("0"):
        tail = tail[:-1]
    sign, head = ("-", head[1:]) if head.startswith("-") else ("", head)
    head = head.rjust(whole.replace(",", "").lstrip("#?").count("0") or 0, "0") if not grouped else head
    if head == "0" and "0" not in whole and tail:
        head = ""
    group = "," if mark == "." else "."
    return sign + head.replace(",", group) + (mark + tail if tail else "")


# --- How does a table that somebody made become a grid of printed characters? Workbooks, CSV, TSV, HTML, pasted text.


@dataclass(frozen=True, slots=True)
class Grid:
    """One table, or one sheet that holds tables, as characters.

    Parameters
    ----------
    name : str
        Name of the sheet, the caption, or the file.
    cells : dict of (int, int) to str
        Row and column, from 0, to text; empty cells are left out.
    spans : tuple of (int, int, int, int)
        Merged areas: first row, first column, last row, last column.
    indents : dict of (int, int) to int
        How far a label is indented.
    turned : dict of (int, int) to (int, int), optional
        Of a table that was turned over its diagonal: where each cell stands in the source.
    marks : frozenset of str
        Further texts that say that no number is shown, by the notes of the table.
    """

    name: str
    cells: dict[tuple[int, int], str]
    spans: tuple[tuple[int, int, int, int], ...] = ()
    indents: dict[tuple[int, int], int] = field(default_factory=dict)
    turned: dict[tuple[int, int], tuple[int, int]] | None = None
    marks: frozenset[str] = frozenset()

    def where(self, row: int, column: int) -> str:
        """Name a cell by sheet and place in the source."""
        place_ = (row, column) if self.turned is None else self.turned[row, column]
        return f"{self.name}!{address(*place_)}"

    @property
    def height(self) -> int:
        """Number of rows."""
        return max((row for row, _ in self.cells), default=-1) + 1

    @property
    def width(self) -> int:
        """Number of columns."""
        return max((column for _, column in self.cells), default=-1) + 1

    def row(self, row: int) -> dict[int, str]:
        """Filled cells of a row."""
        return {column: text for (r, column), text in sorted(self.cells.items()) if r == row}


def tidy(text: str) -> str:
    """Text with line ends and runs of spaces as one space; other spaces, such as in 1 234, stay what they are."""
    return re.sub(r"[ \t\r\n]+", " ", text).strip()


def address(row: int, column: int) -> str:
    """Name a cell as spreadsheets do.

    Examples
    --------
    >>> address(6, 2), address(0, 27)
    ('C7', 'AB1')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def place(text: str) -> tuple[int, int]:
    """Row and column of a cell's name."""
    match = re.fullmatch(r"([A-Z]{1,9})([0-9]{1,9})", text)
    if match is None:
        raise InputError("not the name of a cell", expected="letters and a number, C7", got=text)
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1


def read_grids(
    path: str, content: bytes, *, sheets: Sequence[str] = (), mark: Callable[[list[str]], str] | None = None
) -> list[Grid]:
    """Read the tables of a file by its ending, or of pasted text (path ``-``).

    Notes
    -----
    Numbers of a workbook are stored, not printed; `mark` is called with the texts of the workbook and gives the
    decimal mark that their characters get.
    """
    ending = Path(path).suffix.lower()
    if content[:4] == b"PK\x03\x04" and b"opendocument.spreadsheet" in content[:200]:
        grids = _open_document(path, content)
    elif content[:4] == b"PK\x03\x04" or ending in {".xlsx", ".xlsm"}:
        grids = _workbook(path, content, mark)
    else:
        text = _decoded(content, path)
        if ending in {".html", ".htm"} or re.match(r"\s*<(!doctype|html|table|body|meta|div)\b", text, re.IGNORECASE):
            grids = _html(text)
        else:
            grids = [_delimited(text, "clipboard" if path == "-" else Path(path).stem)]
    if sheets:
        known = {grid.name: grid for grid in grids}
        missing = [name for name in sheets if name not in known]
        if missing:
            raise InputError(
                "there is no such sheet",
                where=path,
                parameter="--sheet",
                expected=", ".join(known),
                got=", ".join(missing),
            )
        grids = [known[name] for name in sheets]
    found = [grid for grid in grids if grid.cells]
    if not found:
        raise InputError(
            "there is no table", where=path, parameter="--table", expected="cells with numbers", got="none"
        )
    return found


def _decoded(content: bytes, path: str) -> str:
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if b"\x00" in content:
        raise InputError(
            "the file is no table",
            where=path,
            expected="xlsx, ods, CSV, TSV, HTML or text",
            got="binary data",
            hint="save an older workbook (xls) as xlsx" if content[:4] == b"\xd0\xcf\x11\xe0" else "",
        )
    # what Western spreadsheets write when they do not write UTF-8; every byte has a reading there
    return content.decode("cp1252", errors="replace")


# --- workbooks


def _workbook(path: str, content: bytes, mark: Callable[[list[str]], str] | None) -> list[Grid]:
    try:
        import openpyxl
    except ImportError as error:
        raise MissingDependencyError(
            "reading a workbook needs openpyxl", where=path, expected="openpyxl", hint="pip install 'aibaro[excel]'"
        ) from error
    import warnings

    try:
        check_sheets(io.BytesIO(content), MOST_CELLS, where=path)
        with warnings.catch_warnings():
            # drop-down lists and conditional formats are no part of what is printed
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(io.BytesIO(content), data_only=True, rich_text=True)
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            "the workbook cannot be read", where=path, expected="an xlsx file", got=f"{type(error).__name__}: {error}"
        ) from error
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    texts = [str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row if _is_text(cell.value)]
    decimal = mark(texts) if mark is not None else "."
    return [_sheet(sheet, decimal) for sheet in sheets]


def _is_text(value: Any) -> bool:
    return value is not None and not isinstance(value, bool | int | float | datetime.date | datetime.time)


def _sheet(sheet: Any, mark: str) -> Grid:
    cells, indents = {}, {}
    for row in sheet.iter_rows():
        for cell in row:
            try:
                text = _cell(cell, mark)
            except InputError as error:
                fault = error.faults[0]
                raise InputError(
                    fault.problem,
                    where=f"{sheet.title}!{cell.coordinate}",
                    expected=fault.expected,
                    got=fault.got,
                    hint=fault.hint,
                ) from error
            if text.strip():
                key = (cell.row - 1, cell.column - 1)
                cells[key] = tidy(text)
                lead = len(text) - len(text.lstrip(" \u00a0"))
                indents[key] = int(getattr(cell.alignment, "indent", 0) or 0) * 2 + lead
    spans = tuple(
        (span.min_row - 1, span.min_col - 1, span.max_row - 1, span.max_col - 1) for span in sheet.merged_cells.ranges
    )
    return Grid(sheet.title, cells, tuple(sorted(spans)), {key: depth for key, depth in indents.items() if depth})


def _cell(cell: Any, mark: str) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return shown(value, str(cell.number_format or "General"), mark)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    if isinstance(value, list):  # rich text: a raised digit is a footnote mark and no digit of the number
        return "".join(_run(part) for part in value)
    return str(value)


def _run(part: Any) -> str:
    raised = getattr(getattr(part, "font", None), "vertAlign", None) in {"superscript", "subscript"}
    text = getattr(part, "text", None)
    text = str(part) if text is None else str(text)
    return _raised(text) if raised else text


def _raised(text: str) -> str:
    """Footnote marks in brackets, so that they are never taken for digits of the number before them."""
    return f"[{text.strip()}]" if text.strip() else text


# --- OpenDocument

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def _open_document(path: str, content: bytes) -> list[Grid]:
    """Sheets of an ods file: its cells hold the characters that they show."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            root = ElementTree.fromstring(archive.read("content.xml"))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError) as error:
        raise InputError(
            "the workbook cannot be read", where=path, expected="an ods file", got=f"{type(error).__name__}: {error}"
        ) from error
    return [_open_sheet(sheet) for sheet in root.iter(f"{_TABLE}table")]


def _open_sheet(sheet: ElementTree.Element) -> Grid:
    cells: dict[tuple[int, int], str] = {}
    spans, r = [], 0
    for row in sheet.iter(f"{_TABLE}table-row"):
        c, filled = 0, dict[int, str]()
        for cell in row:
            if cell.tag not in {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}:
                continue
            times = whole_number(cell.get(f"{_TABLE}number-columns-repeated", "1")) or 1
            text = " ".join(_shown(part) for part in cell.findall(f"{_TEXT}p"))
            if text.strip():
                filled |= {c + k: text for k in range(min(times, _MOST_REPEATED))}
            down, across = (_spanned(cell.get(f"{_TABLE}number-{name}-spanned")) for name in ("rows", "columns"))
            if down > 1 or across > 1:
                spans.append((r, c, r + down - 1, c + across - 1))
            c += times
        times = whole_number(row.get(f"{_TABLE}number-rows-repeated", "1")) or 1
        for k in range(min(times, _MOST_REPEATED) if filled else 0):
            cells |= {(r + k, column): text for column, text in filled.items()}
        r += times
    indents = {key: len(text) - len(text.lstrip(" \u00a0")) for key, text in cells.items()}
    tidied = {key: tidy(text) for key, text in cells.items()}
    name = sheet.get(f"{_TABLE}name", "sheet")
    return Grid(name, tidied, tuple(spans), {key: depth for key, depth in indents.items() if depth})


def _shown(part: ElementTree.Element) -> str:
    """Text of a paragraph with its spans; a run of spaces is an element of its own."""
    text = part.text or ""
    for inner in part:
        if inner.tag == f"{_TEXT}s":
            text += " " * _spanned(inner.get(f"{_TEXT}c"))
        else:
            text += _shown(inner)
        text += inner.tail or ""
    return text


# --- text


def _delimited(text: str, name: str) -> Grid:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    separator = _separator(lines)
    rows: Iterable[list[str]]
    if separator == "spaces":
        rows = _aligned(lines)
    else:
        rows = csv.reader(io.StringIO("\n".join(lines), newline=""), delimiter=separator)
    cells, indents = {}, {}
    for r, row in enumerate(rows):
        if all(re.fullmatch(r"\s*:?-{2,}:?\s*|\s*", cell) for cell in row):
            continue  # a rule, as pasted tables have it below their head
        for c, cell in enumerate(row):
            if cell.strip():
                cells[r, c] = tidy(cell)
                lead = len(cell) - len(cell.lstrip(" \u00a0"))
                if lead:
                    indents[r, c] = lead
    return Grid(name, cells, (), indents)


def _aligned(lines: Sequence[str]) -> list[list[str]]:
    """Cells parted by two spaces or more; what begins far to the right has empty cells before it."""
    rows = [re.split(r"\s{2,}|\t", line.strip()) if line.strip() else [] for line in lines]
    width = max(map(len, rows), default=0)
    leads = [len(line) - len(line.lstrip()) for line in lines]
    return [
        [""] * (width - len(row)) + row if 1 < len(row) < width and lead >= 2 else row
        for row, lead in zip(rows, leads, strict=True)
    ]


def _separator(lines: Sequence[str]) -> str:
    """The separator that parts most lines into the same number of cells."""
    filled = [line for line in lines if line.strip()]
    best, score = "spaces", 0.0
    for separator in ("\t", ";", "|", ","):
        widths = [len(row) for row in csv.reader(filled, delimiter=separator)]
        if not widths or max(widths) == 1:
            continue
        common = max(set(widths), key=lambda width: (widths.count(width), width))
        found = widths.count(common) / len(widths) if common > 1 else 0.0
        # a decimal comma parts cells too, but unevenly; earlier separators win ties
        if found > score + 1e-9:
            best, score = separator, found
    return best


# --- HTML


# a sheet repeats empty rows and cells up to its edge, and a browser lets a cell span no more columns either
_MOST_REPEATED = 1000


def _spanned(text: str | None) -> int:
    """How many rows or columns a cell spans, or blanks a text has."""
    return min(max(1, whole_number(text or "") or 1), _MOST_REPEATED)


class _Tables(HTMLParser):
    """Cells of all tables of a page, with their spans."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[dict[str, Any]] = []
        self._open: list[dict[str, Any]] = []
        self._raised = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            table: dict[str, Any] = {"rows": [], "caption": "", "at": None}
            self.tables.append(table)
            self._open.append(table)
        if not self._open:
            return
        table = self._open[-1]
        if tag == "tr":
            table["rows"].append([])
            table["at"] = None
        elif tag in {"td", "th"}:
            if not table["rows"]:
                table["rows"].append([])
            values = dict(attrs)
            spans = [_spanned(values.get(name)) for name in ("rowspan", "colspan")]
            table["at"] = {"text": "", "rowspan": spans[0], "colspan": spans[1]}
            table["rows"][-1].append(table["at"])
        elif tag == "caption":
            table["at"] = "caption"
        elif tag in {"sup", "sub"}:
            self._raised += 1
            self._write("[")
        elif tag == "br":
            self._write(" ")

    def handle_endtag(self, tag: str) -> None:
        if not self._open:
            return
        if tag == "table":
            self._open.pop()
        elif tag in {"td", "th", "caption", "tr"}:
            self._open[-1]["at"] = None
        elif tag in {"sup", "sub"} and self._raised:
            self._raised -= 1
            self._write("]")

    def handle_data(self, data: str) -> None:
        self._write(data)

    def _write(self, text: str) -> None:
        if not self._open:
            return
        table = self._open[-1]
        if table["at"] == "caption":
            table["caption"] += text
        elif table["at"] is not None:
            table["at"]["text"] += text


def _html(text: str) -> list[Grid]:
    parser = _Tables()
    parser.feed(text)
    parser.close()
    grids: list[Grid] = []
    for number, table in enumerate(parser.tables, 1):
        name = tidy(table["caption"]) or f"Table {number}"
        name = re.sub(r"[!\[\]]", " ", name).strip()[:60]
        while any(grid.name == name for grid in grids):
            name = f"{name} ({number})"
        grids.append(_html_grid(name, table["rows"]))
    return grids


def _html_grid(name: str, rows: list[list[dict[str, Any]]]) -> Grid:
    cells: dict[tuple[int, int], str] = {}
    taken: set[tuple[int, int]] = set()
    spans, indents = [], {}
    for r, row in enumerate(rows):
        c = 0
        for cell in row:
            while (r, c) in taken:
                c += 1
            down, across = min(cell["rowspan"], len(rows) - r), cell["colspan"]
            taken |= {(r + i, c + j) for i in range(down) for j in range(across)}
            words = tidy(cell["text"].replace("[]", ""))
            if words:
                cells[r, c] = words
                lead = len(cell["text"].lstrip("\r\n\t")) - len(cell["text"].lstrip("\r\n\t").lstrip("\u00a0"))
                if lead:
                    indents[r, c] = lead
            if down > 1 or across > 1:
                spans.append((r, c, r + down - 1, c + across - 1))
            c += across
    return Grid(name, cells, tuple(spans), indents)
