"""How is a text file of rows read, in whatever dialect it was written, without losing a byte of its texts?"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aibaro.errors import InputError, repeated

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
# whole numbers up to here are exact as double-precision numbers; longer runs of digits are names, not amounts
EXACT = 2**53
_SAMPLE = 200
# an exponent has a sign, as programs write it: "1E5" is more often a code
# what programs write for a missing value
_NOTHING = frozenset({"NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", "None", ".", "-", "?"})
_INTEGER = r"^ *(0|-?[1-9][0-9]{0,15}) *$"
_NUMBER = r"^ *-?((0|[1-9][0-9]*)(MARK[0-9]*)?|MARK[0-9]+)([eE][-+][0-9]{1,3})? *$"
# 9.000 is nine or nine thousand
_GROUPED = r"^ *-?[1-9][0-9]{0,2}MARK[0-9]{3} *$"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file was written, and what of it had to be inferred."""

    encoding: str
    bom: bytes
    separator: str
    decimal: str
    skipped: int = 0
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class TextRows:
    """The text of a file, its dialect, and its columns as they were taken."""

    text: str
    dialect: Dialect
    table: Any
    notes: tuple[str, ...]


def read_text(
    path: Path,
    *,
    separator: str | None,
    decimal: str | None,
    encoding: str | None,
    missing_values: Sequence[str] = (),
) -> TextRows:
    """Read a delimited text file into an Arrow table of numbers and texts."""
    content = path.read_bytes()
    codec, bom, said = _encoding(content, encoding, path)
    text = _decoded(content[len(bom) :], codec, path, given=encoding is not None)
    if not text.strip():
        raise InputError("the file has no rows", where=str(path), expected="a header and at least one row", got="empty")
    if "\x00" in text:
        raise InputError(
            "the file holds NUL characters, which no text has",
            where=str(path),
            parameter="encoding",
            got=codec,
            hint="name its encoding, such as utf-16, or check that it is a text file",
        )
    skipped, declared = _declared_separator(text)
    chosen, why = _separator(text, skipped, separator or declared, path)
    columns, names, unnamed = _columns(text, skipped, chosen, path)
    filled = [_filled(column, (*missing_values, *_NOTHING)) for column in columns]
    mark, mark_why = _decimal(filled, decimal, chosen, path)
    taken = [_typed(column, mark, missing_values) for column in columns]
    import pyarrow

    table = pyarrow.table([column for column, _ in taken], names=names)
    notes = [f"{said}; separator {why}; decimal {mark_why}"]
    notes += [f"column {n} has no name: called {names[n - 1]!r}" for n in unnamed]
    kept = [f"{name} ({why})" for name, (_, why) in zip(names, taken, strict=True) if why]
    if kept:
        notes.append(f"kept as text: {', '.join(kept)}")
    dialect = Dialect(codec, bom, chosen, mark, skipped, tuple(notes[:1]))
    return TextRows(text, dialect, table, tuple(notes))


def _encoding(content: bytes, given: str | None, path: Path) -> tuple[str, bytes, str]:
    """Codec, byte order mark and how both are said."""
    mark = next(((bom, codec, name) for bom, codec, name in _BOMS if content.startswith(bom)), None)
    if given is not None:
        try:
            codec = codecs.lookup(given).name
        except LookupError as error:
            raise InputError(
                "unknown encoding",
                where=str(path),
                parameter="encoding",
                got=given,
                expected="a codec such as utf-8, latin-1, cp1252, utf-16",
            ) from error
        if mark is not None and codec.replace("_", "-").startswith(mark[1][:5]):
            return mark[1], mark[0], f"{mark[2]}, as told"
        return ("utf-8" if codec == "utf-8-sig" else codec), b"", f"{given}, as told"
    if mark is not None:
        return mark[1], mark[0], mark[2]
    for place, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        # Latin letters of UTF-16 have every other byte zero
        sample = content[place:2000:2]
        if sample and len(content) % 2 == 0 and sample.count(0) > 0.4 * len(sample):
            return codec, b"", "UTF-16 without a byte order mark"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        windows = any(0x80 <= byte < 0xA0 for byte in content)
        name = "Windows-1252" if windows else "Latin-1"
        return ("cp1252" if windows else "latin-1"), b"", f"not UTF-8, taken as {name}"
    return "utf-8", b"", "ASCII" if content.isascii() else "UTF-8"


def _decoded(content: bytes, codec: str, path: Path, *, given: bool) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(
            f"the text is not {codec}",
            where=f"{path}, line {line}",
            parameter="encoding",
            got=f"byte 0x{content[error.start]:02x}",
            hint="name its encoding, such as latin-1, cp1252 or utf-16" if not given else "name another encoding",
        ) from error


def _declared_separator(text: str) -> tuple[int, str | None]:
    """Excel's first line ``sep=;`` names the separator and is no row."""
    found = re.match(r'"?sep=(.)"?(?:\r\n|\n|\r)', text)
    return (1, found.group(1)) if found else (0, None)


def records(text: str, separator: str) -> Iterator[str]:
    """Cut a text into records, line ends included; quoted fields may hold line ends and doubled quotes."""
    if '"' not in text:
        yield from re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z", text)
        return
    mark = re.escape(separator)
    cell = rf'(?:"(?:[^"]|"")*+")?[^{mark}\r\n]*+'
    for found in re.finditer(rf"{cell}(?:{mark}{cell})*+(?:\r\n|\n|\r|\Z)", text):
        if found.group():
            yield found.group()


def fields_of(record: str, separator: str) -> list[str]:
    """Split one record into its fields."""
    return next(csv.reader([record], delimiter=separator), [])


def _separator(text: str, skipped: int, given: str | None, path: Path) -> tuple[str, str]:
    if given is not None:
        if len(given) != 1 or not given.isascii() or given in '\r\n\0"':
            raise InputError(
                "not a separator",
                where=str(path),
                parameter="separator",
                got=repr(given),
                expected="one character of ASCII",
            )
        return given, f"{SEPARATORS.get(given, repr(given))}, as told"
    sample = text[: 1 << 18]
    whole: dict[str, int] = {}
    for mark in SEPARATORS:
        widths = []
        for number, record in enumerate(records(sample, mark)):
            if number >= _SAMPLE or (len(sample) < len(text) and not record.endswith(("\n", "\r"))):
                break
            if number >= skipped and record.strip("\r\n"):
                widths.append(len(fields_of(record, mark)))
        if widths and widths[0] > 1:
            whole[mark] = widths[0] if len(set(widths)) == 1 else 0
    steady = [mark for mark, width in whole.items() if width]
    if len(steady) > 1:
        raise InputError(
            "several separators fit the file",
            where=str(path),
            parameter="separator",
            got=" and ".join(SEPARATORS[mark] for mark in steady),
            hint="name the one that parts the columns",
        )
    if steady:
        return steady[0], SEPARATORS[steady[0]]
    if len(whole) > 1:
        raise InputError(
            "no separator gives every row the same number of columns",
            where=str(path),
            parameter="separator",
            got=" and ".join(SEPARATORS[mark] for mark in whole),
            hint="name the one that parts the columns",
        )
    found = next(iter(whole), None)
    return (found, SEPARATORS[found]) if found else (",", "none, as there is one column")


def _columns(text: str, skipped: int, separator: str, path: Path) -> tuple[list[Any], list[str], list[int]]:
    """Columns of text, their names, and the numbers of those without a name."""
    import pyarrow
    from pyarrow import csv as arrow

    lines = records(text, separator)
    for _ in range(skipped):
        next(lines)
    header = next((record for record in lines if record.strip("\r\n")), "")
    raw = fields_of(header, separator)
    names = [name or f"column {number}" for number, name in enumerate(raw, 1)]
    if twice := repeated(names):
        raise InputError(
            "columns share a name", where=f"{path}, header", parameter="columns", got=", ".join(map(repr, twice[:8]))
        )
    try:
        table = arrow.read_csv(
            io.BytesIO(text.encode("utf-8")),
            read_options=arrow.ReadOptions(
                skip_rows=skipped, column_names=[str(n) for n in range(len(names))], block_size=1 << 24
            ),
            parse_options=arrow.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=arrow.ConvertOptions(
                column_types={str(n): pyarrow.string() for n in range(len(names))}, strings_can_be_null=False
            ),
        )
    except pyarrow.ArrowInvalid as error:
        raise _ragged(text, separator, skipped, width=len(names), where=path, reason=str(error)) from error
    table = table.slice(1)
    if not table.num_rows:
        raise InputError("the file has no rows", where=str(path), expected="at least one row below the header", got="0")
    return list(table.columns), names, [n for n, name in enumerate(raw, 1) if not name]


def _ragged(text: str, separator: str, skipped: int, *, width: int, where: Path, reason: str) -> InputError:
    line = 1
    for number, record in enumerate(records(text, separator)):
        found = len(fields_of(record, separator)) if record.strip("\r\n") else width
        if number >= skipped and found != width:
            return InputError(
                "a row has another number of columns than the header",
                where=f"{where}, line {line}",
                expected=f"{width} columns, parted by {SEPARATORS.get(separator, repr(separator))}",
                got=str(found),
                hint="quote texts that hold the separator, or name another separator",
            )
        line += record.count("\n") or record.count("\r")
    return InputError("the file cannot be read", where=str(where), got=reason)


def _all(column: Any, pattern: str) -> bool:
    from pyarrow import compute

    return bool(compute.all(compute.match_substring_regex(column, pattern)).as_py())


def _any(column: Any, pattern: str) -> bool:
    from pyarrow import compute

    return bool(compute.any(compute.match_substring_regex(column, pattern)).as_py())


def _number(mark: str) -> str:
    return _NUMBER.replace("MARK", re.escape(mark))


def _decimal(columns: Sequence[Any], given: str | None, separator: str, path: Path) -> tuple[str, str]:
    if given is not None:
        if given not in {".", ","}:
            raise InputError(
                "not a decimal mark", where=str(path), parameter="decimal", got=repr(given), expected="'.' or ','"
            )
        return given, f"{_MARKS[given]}, as told"
    evidence: dict[str, list[int]] = {".": [], ",": []}
    for number, filled in enumerate(columns, 1):
        for mark, found in evidence.items():
            if len(filled) and _any(filled, re.escape(mark)) and _all(filled, _number(mark)):
                found.append(number)
    if evidence["."] and evidence[","]:
        points, commas = (", ".join(map(str, evidence[mark][:5])) for mark in ".,")
        raise InputError(
            "the decimal mark is not clear",
            where=str(path),
            parameter="decimal",
            got=f"numbers with a point in column {points}, with a comma in column {commas}",
            hint="name the decimal mark; numbers with the other one stay text",
        )
    mark = "," if evidence[","] else "."
    if doubt := _thousands([columns[number - 1] for number in evidence[mark]], mark, separator):
        raise InputError(
            "the decimal mark is not clear",
            where=str(path),
            parameter="decimal",
            got=f'"{doubt}", which may be {doubt.replace(mark, "")} or {doubt.replace(mark, ".")}',
            hint="write numbers without groups of thousands, or name the decimal mark",
        )
    return mark, _MARKS[mark]


def _thousands(columns: Sequence[Any], mark: str, separator: str) -> str:
    """A cell whose mark may part thousands; empty where something says that it does not.

    Any cell that is no group of thousands says so.  Else where the mark is the one that goes with the separator, it is
    taken at its word, but not in a column of both 12 and 9.000, as no program writes decimals.
    """
    from pyarrow import compute

    def marked(column: Any) -> Any:
        return column.filter(compute.match_substring(column, mark))

    grouped = _GROUPED.replace("MARK", re.escape(mark))
    if not all(_all(marked(column), grouped) for column in columns):
        return ""
    if mark == ("," if separator == ";" else "."):
        columns = [c for c in columns if len(marked(c)) < len(c) and _any(marked(c), "0 *$")]
    return str(marked(columns[0])[0].as_py()).strip() if columns else ""


_MARKS = {".": "point", ",": "comma"}


def _blank(column: Any, missing_values: Sequence[str]) -> Any:
    """Cells without text, or with a text that stands for a missing value."""
    import pyarrow
    from pyarrow import compute

    blank = compute.equal(column, "")
    if missing_values:
        blank = compute.or_(blank, compute.is_in(column, pyarrow.array(list(missing_values), pyarrow.string())))
    return blank


def _filled(column: Any, missing_values: Sequence[str]) -> Any:
    from pyarrow import compute

    return column.filter(compute.invert(_blank(column, missing_values)))


def _typed(column: Any, mark: str, missing_values: Sequence[str]) -> tuple[Any, str]:
    """Numbers where every cell is one, else the texts as they stand; why a column of digits stays text."""
    import pyarrow
    from pyarrow import compute

    blank = _blank(column, missing_values)
    filled = column.filter(compute.invert(blank))
    text = compute.if_else(blank, pyarrow.scalar(None, pyarrow.string()), column)
    if not len(filled):
        return pyarrow.nulls(len(column), pyarrow.float64()), ""
    if _all(filled, _INTEGER):
        whole = compute.cast(compute.ascii_trim_whitespace(text), pyarrow.int64())
        if compute.max(compute.abs(whole)).as_py() <= EXACT:
            return whole, ""
        return text, "more digits than a number keeps"
    if not _all(filled, _number(mark)):
        words = compute.unique(filled.filter(compute.invert(compute.match_substring_regex(filled, _number(mark)))))
        if len(words) == 1 and words[0].as_py() in _NOTHING and len(filled) > 1 and _any(filled, _number(mark)):
            return text, f"numbers but for {words[0].as_py()!r}, which missing_values= can make missing"
        zeros = _all(filled, r"^-?[0-9]+$") and _any(filled, r"^-?0[0-9]")
        long = _all(filled, r"^-?[0-9]+$") and not zeros
        return text, "leading zeros" if zeros else "more digits than a number keeps" if long else ""
    if _any(filled, r"^ *-?[0-9]{16,} *$"):
        return text, "more digits than a number keeps"
    plain = compute.ascii_trim_whitespace(text)
    if mark == ",":
        plain = compute.replace_substring(plain, ",", ".")
    return compute.cast(plain, pyarrow.float64()), ""


def appended(rows: TextRows, names: Sequence[str], columns: Sequence[Sequence[str]]) -> bytes:
    """Return the file with further columns; every other byte is that of the source."""
    separator, out, number = rows.dialect.separator, [], -1
    size = len(columns[0]) if columns else 0
    for place, record in enumerate(records(rows.text, separator)):
        body = record.rstrip("\r\n")
        if place < rows.dialect.skipped or not body:
            out.append(record)
            continue
        cells = names if number < 0 else [column[number] for column in columns if number < size]
        added = "".join(separator + _quoted(cell, separator) for cell in cells)
        out.append(f"{body}{added}{record[len(body) :]}")
        number += 1
    if number != size:
        raise InputError(
            "the rows of the file were counted in two ways", expected=f"{size} rows", got=f"{number} records"
        )
    return rows.dialect.bom + "".join(out).encode(rows.dialect.encoding)


def _quoted(cell: str, separator: str) -> str:
    if any(mark in cell for mark in (separator, '"', "\n", "\r")):
        return '"' + cell.replace('"', '""') + '"'
    return cell
