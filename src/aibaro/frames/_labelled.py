"""How do files of SPSS, Stata and SAS become rows with their labels, their order and their missing values?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aibaro.errors import FaultList, InputError, MissingDependencyError
from aibaro.frames._text_files import EXACT

READERS = {
    ".sav": "read_sav",
    ".zsav": "read_sav",
    ".por": "read_por",
    ".dta": "read_dta",
    ".sas7bdat": "read_sas7bdat",
    ".xpt": "read_xport",
}
WRITERS = {".sav": "write_sav", ".zsav": "write_sav", ".dta": "write_dta"}
#: Bytes of the label of a value and of a variable that a file holds.
LONGEST_LABELS = {".sav": (120, 256), ".zsav": (120, 256), ".dta": (32_000, 320)}
_NUL = "\0"
_CATEGORICAL = {"nominal", "ordinal"}


def _library() -> Any:
    try:
        import pyreadstat
    except ImportError as error:
        raise MissingDependencyError(
            "files of SPSS, Stata and SAS need pyreadstat", hint="pip install 'aibaro[files]'"
        ) from error
    return pyreadstat


def raw_labelled(path: Path, *, encoding: str | None, catalog: str | Path | None = None) -> tuple[pd.DataFrame, Any]:
    """Read codes, user-missing ones included, and what the file says of its variables."""
    library, suffix = _library(), path.suffix.lower()
    options: dict[str, Any] = {"encoding": encoding} if encoding else {}
    if suffix in {".sav", ".zsav", ".dta", ".sas7bdat"}:
        options["user_missing"] = True
    if catalog is not None and suffix != ".sas7bdat":
        raise InputError("only sas7bdat files have a catalog", where=str(path), parameter="catalog")
    try:
        frame, meta = getattr(library, READERS[suffix])(str(path), **options)
        if catalog is not None:
            # the library's own way turns codes into labels and forgets the order of the codes
            labels = library.read_sas7bcat(str(catalog))[1].value_labels
            named = {name: labels[own] for name, own in (meta.variable_to_label or {}).items() if own in labels}
            meta.variable_value_labels = {**(meta.variable_value_labels or {}), **named}
    except (library.ReadstatError, library.PyreadstatError, UnicodeDecodeError) as error:
        raise InputError(
            "the file cannot be read",
            where=str(path),
            got=str(error),
            hint="name its encoding, such as latin-1" if "convert" in str(error) or "decode" in str(error) else "",
        ) from error
    return frame, meta


def read_labelled(
    path: Path, *, missing: str, encoding: str | None, catalog: str | Path | None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read rows whose value labels are ordered categories, with what the file says of its variables."""
    raw, meta = raw_labelled(path, encoding=encoding, catalog=catalog)
    columns, codes, absent, notes = {}, {}, {}, []
    partial: list[str] = []
    for name in raw.columns:
        labels = dict(meta.variable_value_labels.get(name, {}))
        mask = _user_missing(raw[name], meta, name)
        if mask.any():
            absent[name] = _missing_codes(raw[name], mask, labels)
        column = raw[name]
        if missing == "user":
            column = column.mask(mask)
            gone = _user_missing(pd.Series(list(labels), dtype=object), meta, name).tolist() if labels else []
            labels = {code: text for (code, text), away in zip(labels.items(), gone, strict=True) if not away}
        kind = (meta.readstat_variable_types or {}).get(name, "string")
        if missing == "user" and kind != "string" and not _is_number(column) and not _dated(column):
            # letters for missing values are gone: what is left are numbers
            column = pd.to_numeric(column, errors="coerce")
        measure = (meta.variable_measure or {}).get(name, "unknown")
        columns[name], codes_of, part = _column(column, labels, measure)
        if codes_of:
            codes[name] = codes_of
        if part:
            partial.append(name)
    if absent:
        counts = "; ".join(f"{name}: {sum(found.values())}" for name, found in list(absent.items())[:8])
        more = f"; and {len(absent) - 8} more columns" if len(absent) > 8 else ""
        done = "became missing" if missing == "user" else "kept as answers"
        notes.append(f"user-missing values {done} ({counts}{more})")
    if partial:
        notes.append(f"labels for some values only, kept as numbers: {', '.join(partial[:8])}")
    frame = pd.DataFrame(columns)
    labels = {str(name): text for name, text in meta.column_names_to_labels.items() if text}
    facts = {"labels": labels, "codes": codes, "missing": absent, "sets": _sets(meta), "notes": notes}
    return frame, facts


def _is_number(column: pd.Series[Any]) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column.dtype))


def _dated(column: pd.Series[Any]) -> bool:
    """Dates and times that the reader made of numbers."""
    dates = pd.api.types.is_datetime64_any_dtype(column.dtype)
    return dates or any(not isinstance(v, str | int | float | np.number) for v in column.dropna().tolist())


def _user_missing(column: pd.Series[Any], meta: Any, name: str) -> pd.Series[bool]:
    mask = pd.Series(False, index=column.index)
    for part in (meta.missing_ranges or {}).get(name, []):
        low, high = part["lo"], part["hi"]
        if isinstance(low, str) or isinstance(high, str):
            mask |= column.astype("str").str.rstrip().between(str(low).rstrip(), str(high).rstrip())
        else:
            mask |= pd.to_numeric(column, errors="coerce").between(low, high)
    special = (meta.missing_user_values or {}).get(name, [])
    if special:
        mask |= column.isin(special)
    return mask


def _missing_codes(column: pd.Series[Any], mask: pd.Series[bool], labels: Mapping[Any, str]) -> dict[str, int]:
    """Rows of each user-missing value, by its label or its code."""
    counts = column[mask].value_counts(sort=False)
    return {labels.get(value) or _code(value): int(n) for value, n in sorted(counts.items(), key=lambda p: str(p[0]))}


def _code(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _column(
    column: pd.Series[Any], labels: Mapping[Any, str], measure: str
) -> tuple[pd.Series[Any], dict[str, float | str], bool]:
    """A column of categories, numbers or texts; the code of each category; whether only some values have labels."""
    present = [v for v in column.dropna().unique().tolist() if v != ""]
    labels = {code: text.strip() for code, text in labels.items() if text is not None}
    without = [v for v in present if v not in labels]
    text = column.dtype == object or pd.api.types.is_string_dtype(column.dtype)
    named = bool(labels) and (not without or measure in _CATEGORICAL or (text and _numeric_with_letters(column)))
    if named and (present or labels) and len(without) < max(len(present), 1):
        return _categories(column, labels, without)
    if text:
        return _text(column), {}, False
    partly = bool(labels) and len(without) < len(present)
    return _number(column), {}, partly


def _numeric_with_letters(column: pd.Series[Any]) -> bool:
    """Numbers among which Stata's extended missing values were kept as letters."""
    return any(isinstance(v, int | float | np.number) for v in column.dropna().tolist())


def _categories(
    column: pd.Series[Any], labels: Mapping[Any, str], without: Sequence[Any]
) -> tuple[pd.Series[Any], dict[str, float | str], bool]:
    order = sorted({*labels, *without}, key=lambda v: (isinstance(v, str), v))
    texts = [labels.get(code) or _code(code) for code in order]
    shown = [t if texts.count(t) == 1 else f"{t} ({_code(code)})" for t, code in zip(texts, order, strict=True)]
    place = {code: number for number, code in enumerate(order)}
    numbers = np.array([place.get(v, -1) for v in column.tolist()], dtype=np.int64)
    values = pd.Categorical.from_codes(numbers, categories=pd.Index(shown), ordered=True)
    plain = {t: (code if isinstance(code, str) else float(code)) for t, code in zip(shown, order, strict=True)}
    return pd.Series(values, index=column.index, name=column.name), plain, False


def _text(column: pd.Series[Any]) -> pd.Series[Any]:
    kinds = {type(v) for v in column.dropna().tolist()}
    if kinds <= {str}:
        return column.mask(column == "").astype("str")
    if any(kind in {int, float} for kind in kinds):
        # numbers among Stata's letters for missing values, kept on request
        return column.map(lambda v: v if v is None or isinstance(v, str) else _code(v)).astype("str")
    return column


def _number(column: pd.Series[Any]) -> pd.Series[Any]:
    """Whole numbers as such, so that the level 1 is not called 1.0."""
    if not pd.api.types.is_float_dtype(column.dtype):
        return column
    values = column.to_numpy(dtype=float)
    filled = values[~np.isnan(values)]
    if (
        len(filled)
        and np.isfinite(filled).all()
        and (filled == np.floor(filled)).all()
        and (abs(filled) <= EXACT).all()
    ):
        return column.astype("Int64") if len(filled) < len(values) else column.astype("int64")
    return column


def _sets(meta: Any) -> dict[str, Any]:
    """Sets of multiple response that an SPSS file declares."""
    found = {}
    for name, facts in (getattr(meta, "mr_sets", None) or {}).items():
        counted = facts.get("counted_value")
        found[str(name).lstrip("$")] = {
            "label": facts.get("label", ""),
            "items": list(facts.get("variable_list", [])),
            "type": "dichotomous" if facts.get("type") == "D" or facts.get("is_dichotomy") else "categories",
            "counted": None if counted in (None, "") else str(counted),
        }
    return found


def write_labelled(path: Path, frame: pd.DataFrame, meta: Any = None, **options: Any) -> None:
    """Write rows to an SPSS or Stata file; with the facts of a source their labels and missing values go along."""
    library, suffix = _library(), path.suffix.lower()
    if meta is not None:
        options["column_labels"] = dict(meta.column_names_to_labels)
        options["variable_value_labels"] = meta.variable_value_labels
        options["variable_format"] = {k: v for k, v in (meta.original_variable_types or {}).items() if v}
        if suffix != ".dta":
            options["missing_ranges"] = meta.missing_ranges
            options["variable_measure"] = meta.variable_measure
            options["variable_display_width"] = meta.variable_display_width
    if suffix == ".zsav":
        options["compress"] = True
    _check_held(frame, options, suffix, path)
    try:
        getattr(library, WRITERS[suffix])(frame, str(path), **options)
    except (library.ReadstatError, library.PyreadstatError) as error:
        raise InputError(
            "a file of this kind cannot hold these rows",
            expected="names of letters, digits and underscores, beginning with a letter"
            if "name" in str(error)
            else "",
            got=str(error),
            hint="write a .csv, .xlsx or .parquet file, or rename the columns",
        ) from error


def _check_held(frame: pd.DataFrame, options: Mapping[str, Any], suffix: str, path: Path) -> None:
    """Refuse texts that the library would cut: at a NUL, and labels at the bytes that a file of this kind holds."""
    faults = FaultList("a file of this kind cannot hold these rows", where=path.name)
    for name in frame.columns:
        if any(_NUL in text for text in (str(name), *_texts(frame[name]))):
            faults.add("a text holds a NUL character", parameter=str(name), hint="replace it, or write a .csv file")
    held = zip(("variable_value_labels", "column_labels"), LONGEST_LABELS[suffix], strict=True)
    for (option, most), what in zip(held, ("a label of a value", "the label of a variable"), strict=True):
        for name, labels in (options.get(option) or {}).items():
            for text in labels.values() if isinstance(labels, Mapping) else [labels]:
                if len(str(text or "").encode()) > most or _NUL in str(text):
                    faults.add(
                        f"{what} is longer than a file of this kind holds, or has a NUL character",
                        parameter=str(name),
                        expected=f"at most {most:,} bytes of UTF-8",
                        got=str(text),
                        hint="shorten it, or write a .parquet file",
                    )
    faults.raise_if_any()


def _texts(column: pd.Series[Any]) -> list[str]:
    if not (column.dtype == object or pd.api.types.is_string_dtype(column.dtype)):
        return []
    return [value for value in column.tolist() if isinstance(value, str)]


def coded(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, dict[Any, str]], dict[str, str]]:
    """Turn categories into codes with labels, as SPSS and Stata hold them; also labels of variables."""
    facts = frame.attrs.get("aibaro", {})
    columns, labels = {}, {}
    for name in frame.columns:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            known = facts.get("codes", {}).get(name, {})
            words = [str(c) for c in column.cat.categories]
            codes = [known.get(word, number) for number, word in enumerate(words, 1)]
            if all(isinstance(code, float | int) for code in codes):
                lookup = np.array([*codes, np.nan], dtype=float)
                columns[name] = pd.Series(lookup[column.cat.codes.to_numpy()], index=column.index)
                labels[name] = dict(zip(map(float, codes), words, strict=True))
                continue
            column = column.astype("str")
        if str(column.dtype) in {"Int64", "boolean"}:
            column = column.astype("float64")
        columns[name] = column
    return pd.DataFrame(columns), labels, dict(facts.get("labels", {}))
