"""How does a file of any kind become rows, and how do rows go back to a file?"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aibaro._typed import typed
from aibaro.errors import FaultList, InputError, MissingDependencyError, repeated
from aibaro.files import check_sheets, mend, without_clock, workbook_text, write_bytes_atomic
from aibaro.frames import _labelled as labelled
from aibaro.frames import _text_files as texts
from aibaro.rounding.notation import whole_number

TEXT = (".csv", ".tsv", ".tab", ".txt")
ARROW = (".parquet", ".pq", ".feather", ".arrow")
EXCEL = (".xlsx", ".xlsm")
READABLE = (*TEXT, *EXCEL, *ARROW, *labelled.READERS)
WRITABLE = (*TEXT, ".xlsx", *ARROW, *labelled.WRITERS)
ENGINES = ("pandas", "polars", "pyarrow")
# what one sheet of Excel holds
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
#: Rows times columns of a sheet that is read.
MOST_CELLS = 50_000_000
_ADVICE = {
    ".xls": "save it as .xlsx",
    ".xlsb": "save it as .xlsx",
    ".ods": "save it as .xlsx or CSV",
    ".rds": "in R: haven::write_sav(rows, 'rows.sav') or arrow::write_parquet(rows, 'rows.parquet')",
    ".rda": "in R: haven::write_sav(rows, 'rows.sav') or arrow::write_parquet(rows, 'rows.parquet')",
    ".rdata": "in R: haven::write_sav(rows, 'rows.sav') or arrow::write_parquet(rows, 'rows.parquet')",
    ".json": "pandas.read_json, then give the frame",
    ".zip": "unpack it first",
    ".gz": "unpack it first",
}


def read_rows(
    path: str | Path,
    *,
    engine: str = "pandas",
    sheet: str | int | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    missing: str = "user",
    missing_values: Sequence[str] = (),
    catalog: str | Path | None = None,
) -> Any:
    """Read a file of respondents' rows, whatever program wrote it.

    Parameters
    ----------
    path : str or pathlib.Path
        A file of SPSS (.sav, .zsav, .por), Stata (.dta), SAS (.sas7bdat, .xpt), Excel (.xlsx), Parquet, Feather, or
        delimited text (.csv, .tsv, .txt).
    engine : {"pandas", "polars", "pyarrow"}
        Library of the frame that comes back.
    sheet : str or int, optional
        Sheet of a workbook, by name or number from 1; by default the first one.
    separator, decimal, encoding : str, optional
        Dialect of a text file; by default inferred where the file leaves no doubt, asked for where it does.
    missing : {"user", "keep"}
        What happens to values that SPSS or Stata declares missing: ``user`` makes them missing, ``keep`` keeps them as
        answers.
    missing_values : sequence of str
        Texts of a text file or workbook that stand for a missing value, such as ``"NA"``; by default empty cells alone.
    catalog : str or pathlib.Path, optional
        Catalog (.sas7bcat) with the value labels of a SAS file.

    Returns
    -------
    frame
        One row per respondent.  With pandas, ``frame.attrs["aibaro"]`` holds ``source``, ``notes`` (what was taken),
        ``labels`` of variables, ``codes`` behind the labels of values, user-``missing`` values with their numbers of
        rows, and multiple-response ``sets`` that an SPSS file declares; a PyArrow table has them as JSON in its
        metadata under ``aibaro``.

    Raises
    ------
    InputError
        For files that cannot be read, dialects that are not clear, rows of unequal length, and repeated names.
    MissingDependencyError
        When the library for the kind of file is not installed.

    Notes
    -----
    Labelled values become categories in the order of their codes.  A variable of which only some values are labelled
    stays numeric unless its measure is nominal or ordinal.  A column of a text file is numeric when every cell is a
    number that survives the round trip: leading zeros, ``NA``, ``None``, ``TRUE`` and whole numbers beyond 2⁵³ stay
    text, byte for byte.  Cells that are empty are missing.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "rows.csv"
    >>> _ = path.write_bytes("id;regio;omzet\\n007;kl\\xe9in;1,5\\n008;NA;2,25\\n".encode("latin-1"))
    >>> rows = read_rows(path)
    >>> rows["id"].tolist(), rows["regio"].tolist(), rows["omzet"].tolist()
    (['007', '008'], ['kléin', 'NA'], [1.5, 2.25])
    >>> rows.attrs["aibaro"]["notes"]
    ['not UTF-8, taken as Latin-1; separator semicolon; decimal comma', 'kept as text: id (leading zeros)']
    """
    _check_types(path, separator=separator, decimal=decimal, encoding=encoding, missing_values=missing_values)
    target = Path(path)
    # rows and what lies beside them, when their writing was interrupted
    mend(target.parent)
    _check(target, engine=engine, missing=missing)
    suffix = target.suffix.lower()
    given = {"sheet": sheet, "separator": separator, "decimal": decimal, "catalog": catalog}
    _check_options(target, {name: value for name, value in given.items() if value is not None})
    facts: dict[str, Any] = {}
    frame: Any
    if suffix in TEXT:
        rows = texts.read_text(
            target, separator=separator, decimal=decimal, encoding=encoding, missing_values=missing_values
        )
        frame, facts = rows.table, {"notes": list(rows.notes)}
    elif suffix in ARROW:
        frame, facts = _read_arrow(target)
    elif suffix in EXCEL:
        frame, facts = _read_excel(target, sheet, missing_values)
    else:
        frame, facts = labelled.read_labelled(target, missing=missing, encoding=encoding, catalog=catalog)
    names = ("labels", "codes", "missing", "sets")
    described = {"source": target.name, "notes": facts.get("notes", [])} | {n: facts.get(n, {}) for n in names}
    return _as(engine, frame, described)


def _check_types(path: Any, *, missing_values: Any, **texts_of: Any) -> None:
    """Refuse arguments of a file that are no texts."""
    faults = FaultList("the file cannot be read", where=str(path)[:200])
    if not isinstance(path, str | Path) or not str(path):
        faults.add("not a path", parameter="path", expected="the path of a file", got=repr(path))
    for name, value in texts_of.items():
        if value is not None and not isinstance(value, str):
            faults.add("not a text", parameter=name, expected="text", got=repr(value))
    if not isinstance(missing_values, list | tuple) or not all(isinstance(v, str) for v in missing_values):
        faults.add("not a list of texts", parameter="missing_values", expected="['NA', '.']", got=repr(missing_values))
    faults.raise_if_any()


def _check(path: Path, *, engine: str, missing: str) -> None:
    faults = FaultList("the file cannot be read", where=str(path))
    if not isinstance(engine, str) or engine not in ENGINES:
        faults.add("unknown engine", parameter="engine", expected=", ".join(ENGINES), got=repr(engine))
    if not isinstance(missing, str) or missing not in {"user", "keep"}:
        faults.add("unknown choice", parameter="missing", expected="user, keep", got=repr(missing))
    suffix = path.suffix.lower()
    if suffix not in READABLE:
        faults.add(
            "unknown kind of file",
            parameter="path",
            expected=", ".join(READABLE),
            got=suffix or "no extension",
            hint=_ADVICE.get(suffix, "save it as one of these"),
        )
    if not path.is_file():
        faults.add("there is no such file", parameter="path", got="a folder" if path.is_dir() else str(path))
    faults.raise_if_any()
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise InputError("the file cannot be opened", where=str(path), got=error.strerror or str(error)) from error
    if empty:
        raise InputError("the file is empty", where=str(path), expected="rows", got="0 bytes")


def _check_options(path: Path, given: dict[str, Any]) -> None:
    suffix = path.suffix.lower()
    belongs = {"sheet": EXCEL, "separator": TEXT, "decimal": TEXT, "catalog": (".sas7bdat",)}
    wrong = [name for name in given if suffix not in belongs[name]]
    if wrong:
        raise InputError(
            "the option does not belong to this kind of file",
            where=str(path),
            parameter=", ".join(wrong),
            got=suffix,
            expected="; ".join(f"{name}: {', '.join(belongs[name])}" for name in wrong),
        )


def _read_arrow(path: Path) -> tuple[Any, dict[str, Any]]:
    import pyarrow
    from pyarrow import feather, parquet

    reader = parquet.read_table if path.suffix.lower() in {".parquet", ".pq"} else feather.read_table
    try:
        table = reader(str(path))
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError("the file cannot be read", where=str(path), got=str(error)) from error
    return table, _described(table)


def _described(table: Any) -> dict[str, Any]:
    """Labels that an earlier reading left in the metadata of a file."""
    kept = (table.schema.metadata or {}).get(b"aibaro")
    if kept is None:
        inside = json.loads((table.schema.metadata or {}).get(b"PANDAS_ATTRS", b"{}"))
        found: dict[str, Any] = inside.get("aibaro", {}) if isinstance(inside, dict) else {}
        return found
    return dict(json.loads(kept))


def _read_excel(path: Path, sheet: str | int | None, missing_values: Sequence[str]) -> tuple[pd.DataFrame, Any]:
    book = _workbook(path, values=True)
    try:
        name, note = _sheet(path, book.sheetnames, sheet)
        values = [list(row) for row in book[name].iter_rows(values_only=True)]
    finally:
        book.close()
    notes = [note] if note else []
    while values and all(v is None for v in values[-1]):
        values.pop()
    width = max((k for row in values for k, v in enumerate(row, 1) if v is not None), default=0)
    if len(values) < 2 or not width:
        raise InputError(
            "the sheet has no rows", where=f"{path}, sheet {name}", expected="a row of names and at least one row"
        )
    header, body = values[0][:width], values[1:]
    filled = [(number, row) for number, row in enumerate(body, 2) if any(v is not None for v in row)]
    if len(filled) < len(body):
        notes.append(f"{len(body) - len(filled)} empty rows left out")
    names = [str(v).strip() if v is not None else f"column {k}" for k, v in enumerate(header, 1)]
    faults = FaultList("the sheet cannot be read", where=f"{path}, sheet {name}")
    for title in repeated(names):
        faults.add("columns share a name", where="row 1", got=repr(title))
    columns = {}
    for k, title in enumerate(names):
        cells = [row[k] if k < len(row) else None for _, row in filled]
        _check_cells(cells, [n for n, _ in filled], k, title=title, missing=missing_values, faults=faults)
        columns[title], mixed = _excel_column(cells, missing_values)
        if mixed:
            notes.append(f"{title}: {mixed}, read as text")
    _check_formulas(path, name, width, {number for number, _ in filled}, faults)
    faults.raise_if_any()
    return pd.DataFrame(columns), {"notes": notes}


def _workbook(path: Path, *, values: bool) -> Any:
    try:
        import openpyxl
    except ImportError as error:
        raise MissingDependencyError("workbooks need openpyxl", hint="pip install 'aibaro[files]'") from error
    from zipfile import BadZipFile

    try:
        if values:
            check_sheets(path, MOST_CELLS, where=str(path))
        return openpyxl.load_workbook(path, read_only=True, data_only=values)
    except InputError:
        raise
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        raise InputError(
            "the workbook cannot be read", where=str(path), got=str(error), hint="is it protected, or not .xlsx?"
        ) from error


def _sheet(path: Path, names: Sequence[str], sheet: str | int | None) -> tuple[str, str]:
    if sheet is None:
        rest = f"; others: {', '.join(names[1:6])}" if len(names) > 1 else ""
        return names[0], f"sheet {names[0]!r}{rest}"
    if isinstance(sheet, int) and 1 <= sheet <= len(names):
        return names[sheet - 1], f"sheet {names[sheet - 1]!r}, as told"
    if sheet in names:
        return str(sheet), f"sheet {sheet!r}, as told"
    number = whole_number(sheet) if isinstance(sheet, str) else None
    if number is not None and 1 <= number <= len(names):
        return names[number - 1], f"sheet {names[number - 1]!r}, as told"
    raise InputError(
        "the workbook has no such sheet",
        where=str(path),
        parameter="sheet",
        got=repr(sheet),
        expected=", ".join(map(repr, names)),
    )


def _cell(column: int, row: int) -> str:
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def _check_cells(
    cells: Sequence[Any], rows: Sequence[int], place: int, *, title: str, missing: Sequence[str], faults: FaultList
) -> None:
    bad = [(r, v) for r, v in zip(rows, cells, strict=True) if isinstance(v, str) and v.startswith("#")]
    errors = {"#N/A", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!"} - set(missing)
    found = [(r, v) for r, v in bad if v in errors]
    if found:
        faults.add(
            f"{len(found)} cells hold an error of Excel",
            where=f"cell {_cell(place, found[0][0])}",
            parameter=title,
            got=found[0][1],
            hint="mend the formula, or name the error as a missing value (missing_values)",
        )


def _check_formulas(path: Path, name: str, width: int, rows: set[int], faults: FaultList) -> None:
    """A formula whose value was never computed would be read as an empty cell."""
    formulas, computed = _workbook(path, values=False), _workbook(path, values=True)
    try:
        pairs = zip(
            formulas[name].iter_rows(max_col=width, values_only=True),
            computed[name].iter_rows(max_col=width, values_only=True),
            strict=True,
        )
        for number, (told, value) in enumerate(pairs, 1):
            for place, (formula, result) in enumerate(zip(told, value, strict=True)):
                if number in rows and result is None and isinstance(formula, str) and formula.startswith("="):
                    faults.add(
                        "a formula has no value yet",
                        where=f"cell {_cell(place, number)}",
                        got=formula,
                        hint="open the workbook in Excel or LibreOffice and save it",
                    )
                    return
    finally:
        formulas.close()
        computed.close()


def _excel_column(cells: list[Any], missing: Sequence[str]) -> tuple[pd.Series[Any], str]:
    """A column of one type; text where a sheet mixes texts and numbers."""
    cells = [None if isinstance(v, str) and (v == "" or v in missing) else v for v in cells]
    kinds = {_kind(v) for v in cells if v is not None}
    if kinds <= {"number"} and kinds:
        whole = all(v is None or float(v).is_integer() for v in cells)
        exact = all(v is None or abs(v) <= texts.EXACT for v in cells)
        if whole and exact:
            numbers = [None if v is None else int(v) for v in cells]
            return pd.Series(numbers, dtype="Int64" if None in numbers else "int64"), ""
        return pd.Series([np.nan if v is None else float(v) for v in cells], dtype="float64"), ""
    if kinds == {"yes-or-no"}:
        return pd.Series(cells, dtype="boolean" if None in cells else "bool"), ""
    if kinds == {"date"}:
        return pd.Series(pd.to_datetime(pd.Series(cells))), ""
    shown = pd.Series([None if v is None else _shown(v) for v in cells], dtype="str")
    return shown, f"{' and '.join(sorted(kinds))} cells" if len(kinds) > 1 else ""


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "yes-or-no"
    if isinstance(value, int | float):
        return "number"
    return "date" if isinstance(value, datetime | date) else "time" if isinstance(value, time) else "text"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return str(int(value)) if float(value).is_integer() else repr(value)
    return value.isoformat() if isinstance(value, datetime | date | time) else str(value)


def _as(engine: str, frame: Any, facts: dict[str, Any]) -> Any:
    """Return the rows in the library that was asked for."""
    import pyarrow

    if engine == "pyarrow":
        table = frame if isinstance(frame, pyarrow.Table) else pyarrow.Table.from_pandas(frame, preserve_index=False)
        return table.replace_schema_metadata({**(table.schema.metadata or {}), b"aibaro": json.dumps(facts).encode()})
    if isinstance(frame, pyarrow.Table):
        frame = _to_pandas(frame)
    if engine == "pandas":
        frame.attrs["aibaro"] = facts
        return frame
    try:
        import polars
    except ImportError as error:
        raise MissingDependencyError("the engine polars is not installed", hint="pip install polars") from error
    columns = []
    for name in frame.columns:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            kind = polars.Enum([str(c) for c in column.cat.categories])
            words = [*column.cat.categories.astype("str"), None]
            columns.append(polars.Series(str(name), [words[k] for k in column.cat.codes.tolist()], dtype=kind))
        else:
            columns.append(polars.from_pandas(column.rename(str(name))))
    return polars.DataFrame(columns)


def _to_pandas(table: Any) -> pd.DataFrame:
    """Convert without turning whole numbers with a blank among them into floating-point ones."""
    import pyarrow

    nullable = {
        getattr(pyarrow, name)(): getattr(pd, f"{name.replace('uint', 'UInt').replace('int', 'Int')}Dtype")()
        for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
    }
    nullable[pyarrow.bool_()] = pd.BooleanDtype()
    gaps = {column.type for column in table.columns if column.null_count}
    frame: pd.DataFrame = table.to_pandas(types_mapper=lambda kind: nullable.get(kind) if kind in gaps else None)
    kept = [name for name in frame.index.names if name is not None and name not in frame.columns]
    frame = frame.reset_index(drop=not kept)
    plain = {
        name: kind.numpy_dtype
        for name, kind in frame.dtypes.items()
        if str(kind).startswith(("Int", "UInt", "boolean")) and not frame[name].hasnans
    }
    frame = frame.astype(plain)
    frame.attrs = {}
    return frame


@typed
def add_columns(
    source: str | Path,
    target: str | Path,
    columns: Mapping[str, NDArray[Any]],
    *,
    sheet: str | int | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    missing: str = "user",
    missing_values: Sequence[str] = (),
    overwrite: str = "refuse",
) -> Path:
    """Write the rows of a file to another one, with further columns of numbers.

    Parameters
    ----------
    source, target : str or pathlib.Path
        Where the rows are and where they go.
    columns : mapping of str to numpy.ndarray, shape (n,)
        Names and values of the new columns, in the order of the rows.
    sheet, separator, decimal, encoding, missing, missing_values
        As in :func:`read_rows`.
    overwrite : {"refuse", "replace"}
        What to do when the target is the source.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        When the target is the source, its kind cannot be written, or a column exists.

    Notes
    -----
    From text to text every byte of the other columns stays; from Parquet, Feather, SPSS, Stata and Excel to the same
    kind, types, labels and missing values do.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.csv").write_bytes(b'id,t\\r\\n007,"x, y"\\r\\n')
    >>> add_columns(folder / "a.csv", folder / "b.csv", {"w": np.array([1.5])}).read_bytes()
    b'id,t,w\\r\\n007,"x, y",1.5\\r\\n'
    """
    start, end = Path(source), Path(target)
    refuse_overwriting(start, end, overwrite)
    if end.suffix.lower() not in WRITABLE:
        raise InputError(
            "files of this kind cannot be written",
            where=str(end),
            parameter="target",
            expected=", ".join(WRITABLE),
            got=end.suffix or "no extension",
        )
    made = {name: np.asarray(values, dtype=float) for name, values in columns.items()}
    options = {"separator": separator, "decimal": decimal, "encoding": encoding}
    if start.suffix.lower() in TEXT and end.suffix.lower() in TEXT:
        rows = texts.read_text(start, **options)  # type: ignore[arg-type]
        _check_new(made, rows.table.column_names)
        cells = [[_number_text(v, rows.dialect.decimal) for v in values.tolist()] for values in made.values()]
        return write_bytes_atomic(end, texts.appended(rows, list(made), cells))
    if end.suffix.lower() == start.suffix.lower() == ".xlsx":
        return _append_excel(start, end, sheet, made)
    frame: Any
    if start.suffix.lower() in ARROW and end.suffix.lower() in ARROW:
        frame, _ = _read_arrow(start)
        import pyarrow

        _check_new(made, frame.column_names)
        for name, values in made.items():
            frame = frame.append_column(name, pyarrow.array(values))
        return write_rows(frame, end)
    if start.suffix.lower() in labelled.WRITERS and labelled.WRITERS.get(end.suffix.lower()):
        same = labelled.WRITERS[start.suffix.lower()] == labelled.WRITERS[end.suffix.lower()]
        if same:
            raw, meta = labelled.raw_labelled(start, encoding=encoding)
            _check_new(made, raw.columns)
            raw = raw.assign(**made)
            return _through(end, lambda part: labelled.write_labelled(part, raw, meta))
    given: dict[str, Any] = {k: v for k, v in options.items() if v is not None}
    frame = read_rows(start, sheet=sheet, missing=missing, missing_values=missing_values, **given)
    _check_new(made, frame.columns)
    facts = frame.attrs.get("aibaro")
    frame = frame.assign(**made)
    frame.attrs["aibaro"] = facts
    return write_rows(frame, end)


def refuse_overwriting(source: Path, target: Path, overwrite: str) -> None:
    """Refuse to write over the file that was read, unless told so."""
    if overwrite not in {"refuse", "replace"}:
        raise InputError("unknown choice", parameter="overwrite", expected="refuse, replace", got=repr(overwrite))
    same = target.exists() and source.exists() and os.path.samefile(source, target)
    if same and overwrite == "refuse":
        raise InputError(
            "the output would overwrite the input",
            where=str(target),
            parameter="target",
            expected="another file",
            got=str(source),
            hint="choose another name, or say that the input may be replaced",
        )


def _check_new(columns: Iterable[str], names: Any) -> None:
    taken = [name for name in columns if name in list(names)]
    if taken:
        raise InputError("the rows have a column of this name already", parameter="name", got=", ".join(taken))


def _number_text(value: float, mark: str) -> str:
    """Shortest text that gives the number back."""
    text = "" if np.isnan(value) else repr(float(value))
    text = text.removesuffix(".0")
    return text.replace(".", mark) if mark != "." else text


@typed
def write_rows(frame: Any, path: str | Path) -> Path:
    """Write rows to a file whose extension says of what kind.

    Parameters
    ----------
    frame : pandas.DataFrame or pyarrow.Table
        The rows; labels in ``frame.attrs["aibaro"]`` go along where the kind of file can hold them.
    path : str or pathlib.Path
        The file, written whole or not at all.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        For a kind of file that cannot be written.

    Examples
    --------
    >>> path = write_rows(pd.DataFrame({"id": ["007"], "x": [1.5]}), Path(tempfile.mkdtemp()) / "rows.sav")
    >>> read_rows(path).to_dict("list")
    {'id': ['007'], 'x': [1.5]}
    """
    import pyarrow
    from pyarrow import feather, parquet

    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in WRITABLE:
        raise InputError(
            "files of this kind cannot be written", where=str(target), expected=", ".join(WRITABLE), got=suffix
        )
    if suffix in ARROW:
        table = frame if isinstance(frame, pyarrow.Table) else _to_arrow(frame)
        writer = parquet.write_table if suffix in {".parquet", ".pq"} else feather.write_feather
        return _through(target, lambda part: writer(table, str(part)))
    rows = _to_pandas(frame) if isinstance(frame, pyarrow.Table) else frame
    if suffix in labelled.WRITERS:
        codes, values, labels = labelled.coded(rows)
        options = {"column_labels": labels, "variable_value_labels": values}
        return _through(target, lambda part: labelled.write_labelled(part, codes, **options))
    if suffix == ".xlsx":
        return _write_excel(rows, target)
    separator = "\t" if suffix in {".tsv", ".tab"} else ","
    return write_bytes_atomic(target, rows.to_csv(index=False, sep=separator, lineterminator="\n").encode("utf-8"))


def _to_arrow(frame: pd.DataFrame) -> Any:
    import pyarrow

    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    facts = frame.attrs.get("aibaro")
    return (
        table
        if facts is None
        else table.replace_schema_metadata({**(table.schema.metadata or {}), b"aibaro": json.dumps(facts).encode()})
    )


def _through(target: Path, write: Any) -> Path:
    """Write beside the target first, so that no reader sees half a file."""
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / f"rows{target.suffix.lower()}"
        write(part)
        content = part.read_bytes()
        return write_bytes_atomic(target, without_clock(content) if part.suffix == ".xlsx" else content)


def _write_excel(frame: pd.DataFrame, target: Path) -> Path:
    import openpyxl

    if len(frame) >= MOST_ROWS or len(frame.columns) > MOST_COLUMNS:
        raise InputError(
            "more rows or columns than a sheet holds",
            where=str(target),
            expected=f"fewer than {MOST_ROWS:,} rows, and at most {MOST_COLUMNS:,} columns",
            got=f"{len(frame):,} rows, {len(frame.columns):,} columns",
            hint="write a .csv or .parquet file",
        )
    book = openpyxl.Workbook()
    sheet = book.active
    for place, name in enumerate(frame.columns, 1):
        _put(sheet.cell(1, place), str(name))
        column = frame[name].astype(object)
        for row, value in enumerate(column.where(column.notna(), None).tolist(), 2):
            _put(sheet.cell(row, place), value)
    return _through(target, book.save)


def _put(cell: Any, value: Any) -> None:
    """Fill a cell; a text that begins with an equals sign stays a text."""
    if isinstance(value, str):
        cell.value, cell.data_type = workbook_text(value), "s"
    else:
        cell.value = value.item() if isinstance(value, np.generic) else value


def _append_excel(source: Path, target: Path, sheet: str | int | None, columns: Mapping[str, Any]) -> Path:
    import openpyxl

    frame, _ = _read_excel(source, sheet, ())
    _check_new(columns, frame.columns)
    book = openpyxl.load_workbook(source)
    chosen, _ = _sheet(source, book.sheetnames, sheet)
    page, first = book[chosen], len(frame.columns) + 1
    for place, (name, values) in enumerate(columns.items(), first):
        _put(page.cell(1, place), name)
        row = 1
        for value in values.tolist():
            row += 1
            while all(cell.value is None for cell in page[row][: first - 1]):
                row += 1
            page.cell(row, place).value = None if np.isnan(value) else value
    return _through(target, book.save)
