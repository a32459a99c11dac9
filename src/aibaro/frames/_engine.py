"""Expressions for the engine, and the small tables that come back from it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import TextArray
from aibaro.errors import AibaroError, FaultList, InputError, repeated
from aibaro.frames.requests import Below, Extremes, Infinite, Present, Product, Request, text_of

if TYPE_CHECKING:
    from aibaro.frames._rows import Rows

# integers that Polars alone holds: their levels are texts
WIDEST = (nw.UInt128, nw.Int128)
EXTREME_NAMES = {"vmin": "min", "vmax": "max", "fsum": "finite"}


def column(rows: Rows, name: str) -> nw.Expr:
    """Name a column of the rows; Spark takes a dot for a field of a structure unless the name is quoted."""
    return nw.col(quoted(name) if rows.frame.implementation.is_spark_like() else name)


def quoted(name: str) -> str:
    """Quote a name for Spark.

    Examples
    --------
    >>> quoted("size.class")
    '`size.class`'
    """
    return "`" + name.replace("`", "``") + "`"


@contextmanager
def one_type(names: Sequence[str]) -> Iterator[None]:
    """Say which columns mix types, or hold what no table can, where they become one of Arrow."""
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OverflowError, UnicodeError) as error:
        raise InputError(
            "columns hold values of several types, or values that are no single ones",
            where="rows",
            parameter=", ".join(names),
            got=str(error),
            hint="convert them in your frame first",
        ) from error


def refuse_others(kinds: Mapping[str, Any], parameter: str = "data") -> None:
    """Refuse columns of lists, bytes and what only one library knows: none has levels or adds up."""
    known = (nw.Boolean, nw.String, nw.Categorical, nw.Enum, nw.Object)
    faults = FaultList("the rows lack what is needed", where="rows")
    for name, kind in kinds.items():
        if not (kind.is_numeric() or kind.is_temporal() or kind in known):
            faults.add(
                "not a column of single values",
                parameter=parameter,
                expected="numbers, texts, dates, or yes and no",
                got=f"{name}: {kind}",
                hint="convert it in your frame first",
            )
    faults.raise_if_any()


@contextmanager
def engine_refusals() -> Iterator[None]:
    """Say in our words what an engine could not do with the rows, such as a sum beyond 64 bits."""
    kinds = {"pyarrow": "ArrowException", "duckdb": "Error", "polars": "exceptions.PolarsError"}
    try:
        yield
    except (AibaroError, MemoryError):
        raise
    except Exception as error:
        loaded = [attrgetter(name)(sys.modules[engine]) for engine, name in kinds.items() if engine in sys.modules]
        if not isinstance(error, (NotImplementedError, *loaded)):
            raise
        raise InputError(
            "the engine that holds the rows cannot compute with them",
            where="rows",
            got=str(error).strip().split("\n")[0],
            hint="convert the columns to plain numbers and texts in your frame first",
        ) from error


def used(rows: Rows, requests: Mapping[str, Request]) -> list[str]:
    """Name the columns that requests read."""
    used = [] if rows.weight is None else [rows.weight]
    for request in requests.values():
        if isinstance(request, Product):
            used += [column for column, _ in request.factors] + list(request.observed)
        else:
            used.append(request.column)
    return used


def expressions(rows: Rows, name: str, request: Request) -> list[tuple[str, nw.Expr | None, str]]:
    """Return the columns to derive and the elementary aggregate of each."""
    # Spark takes a point in a name for a field of a structure
    name = "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in name)
    if isinstance(request, Present):
        return [(f"aibaro_p_{name}", column(rows, request.column), "count")]
    if isinstance(request, Infinite):
        value = column(rows, request.column).cast(nw.Float64)
        infinite = (value.abs() == float("inf")).fill_null(False)
        return [(f"aibaro_i_{name}", infinite.cast(nw.Int64), "sum")]
    if isinstance(request, Below):
        inside = finite(rows, request.column) & (column(rows, request.column).cast(nw.Float64) <= request.threshold)
        weight = _product(rows, Product((), request.weight))
        return [(f"aibaro_b_{name}", nw.when(inside).then(weight).otherwise(nw.lit(0.0)), "sum")]
    if isinstance(request, Extremes):
        value = column(rows, request.column).cast(nw.Float64)
        present = finite(rows, request.column).cast(nw.Int64)
        return [
            (f"aibaro_e_{name}_v", value, "min"),
            (f"aibaro_e_{name}_v", None, "max"),
            (f"aibaro_e_{name}_f", present, "sum"),
        ]
    return [(f"aibaro_s_{name}", _product(rows, request), "sum")]


def _product(rows: Rows, request: Product) -> nw.Expr:
    if _counts_yes(rows, request):
        return column(rows, request.factors[0][0])
    parts: list[nw.Expr] = []
    for name, centre in request.factors:
        value = column(rows, name).cast(nw.Int64 if request.exact else nw.Float64)
        shift = int(centre) if request.exact else centre
        parts.append(value - shift if centre else value)
    if request.weight and rows.weight is not None:
        parts.extend([weight_of(rows, rows.weight)] * request.weight)
    value = reduce(lambda a, b: a * b, parts) if parts else nw.lit(1.0)
    if request.observed:
        present = reduce(lambda a, b: a & b, [finite(rows, name) for name in request.observed])
        value = nw.when(present).then(value)
    return value


def weight_of(rows: Rows, name: str) -> nw.Expr:
    """The weight of each row, on the scale on which it enters sums."""
    value = column(rows, name).cast(nw.Float64)
    return value if rows.weight_scale == 1.0 else value * rows.weight_scale


def _counts_yes(rows: Rows, request: Product) -> bool:
    """Polars and PyArrow count the bits of a yes-or-no column; a cast would cost more than the sum."""
    engine = rows.frame.implementation
    # columns of pandas are handed to PyArrow
    counts = engine.is_polars() or engine.is_pyarrow() or rows.pandas is not None
    if len(request.factors) != 1 or request.weight or request.observed or not counts:
        return False
    ((column, centre),) = request.factors
    return not centre and rows.is_boolean(column)


def position_of(value: nw.Expr, low: float, high: float, number: int) -> nw.Expr:
    """Return the bin of a value among equal bins of a range."""
    scale = number / (high - low) if high > low else 0.0
    return ((value - low) * scale).floor().clip(0.0, number - 1.0)


def finite(rows: Rows, name: str) -> nw.Expr:
    """Tell which rows hold a finite value."""
    if rows.schema[name].is_float():
        return column(rows, name).is_finite().fill_null(False)
    return ~column(rows, name).is_null()


@engine_refusals()
def materialize(frame: nw.LazyFrame[Any]) -> Any:
    """Bring a small table of sums back."""
    if frame.implementation.is_polars():
        # the streaming engine keeps memory bounded and pre-aggregates in each thread
        return frame.collect(backend="pyarrow", engine="streaming").to_native()
    return frame.collect(backend="pyarrow").to_native()


def with_means(frame: nw.LazyFrame[Any], keys: Sequence[str], columns: Mapping[str, str]) -> nw.LazyFrame[Any]:
    """Add the mean of columns in each row's group, under the names that `columns` gives them; keys are text."""
    if not frame.implementation.is_pyarrow():
        return frame.with_columns(*[nw.col(c).mean().over(*keys).alias(name) for c, name in columns.items()])
    # PyArrow has no windows: the means would be joined, and its joins do not keep the order of rows
    import pyarrow

    table = frame.collect().to_native()
    group, code = np.zeros(1, dtype=np.int64), np.zeros(len(table), dtype=np.int64)
    for key in keys:
        encoded = table[key].combine_chunks().dictionary_encode()
        group, code = np.unique(code * (len(encoded.dictionary) + 1) + encoded.indices.to_numpy(), return_inverse=True)
    for column, name in columns.items():
        values = table[column].to_numpy()
        present = ~np.isnan(values)
        count, total = (np.bincount(code, w, len(group)) for w in (present, np.where(present, values, 0.0)))
        means = np.divide(total, count, out=np.full(len(group), np.nan), where=count > 0)[code]
        table = table.append_column(name, pyarrow.array(means, from_pandas=True))
    made: nw.LazyFrame[Any] = nw.from_native(table).lazy()
    return made


def numbers(column: Any) -> NDArray[Any]:
    """Read a column of the result."""
    values = column.to_numpy()
    if values.dtype == object:
        values = np.array([np.nan if v is None else v for v in values.tolist()])
        values = values.astype(np.int64) if values.dtype == object else values
    return np.asarray(values)


def levels_of(column: Any) -> tuple[list[str], NDArray[np.int64]]:
    """Read a key column as sorted levels; a missing key is the empty text."""
    encoded = (
        column.combine_chunks().dictionary_encode()
        if column.type.__class__.__name__ != "DictionaryType"
        else (column.unify_dictionaries().combine_chunks())
    )
    words = [text_of(v) for v in encoded.dictionary.to_pylist()]
    levels = sorted({*words, *([""] if encoded.indices.null_count else [])})
    rank = {word: i for i, word in enumerate(levels)}
    places = np.array([*(rank[word] for word in words), rank.get("", -1)], dtype=np.int64)
    # the last place is that of null
    index = encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    return levels, places[index]


def taken(levels: list[str], rank: NDArray[np.int64]) -> TextArray:
    """Return the level of each group as text."""
    return np.array(levels, dtype=object)[rank]


def rounded_integers(frame: nw.LazyFrame[Any], names: Sequence[str]) -> nw.LazyFrame[Any]:
    """Round integers beyond 2^53 in PyArrow, as other engines do when they turn them into floating-point numbers."""
    if not frame.implementation.is_pyarrow():
        return frame
    import pyarrow.compute as pc
    import pyarrow.types as pt

    table = frame.collect().to_native()
    changed = False
    for name in names:
        column = table[name]
        if not (pt.is_int64(column.type) or pt.is_uint64(column.type)) or not len(column):
            continue
        ends = pc.min_max(column).as_py()
        if ends["max"] is not None and max(abs(ends["min"]), abs(ends["max"])) > 2**53:
            place = table.schema.get_field_index(name)
            table = table.set_column(place, name, pc.cast(column, "float64", safe=False))
            changed = True
    return nw.from_native(table).lazy() if changed else frame


def complete_columns(frame: Any) -> frozenset[str]:
    """Name the columns of a frame in memory that hold no null, where the frame keeps that count."""
    if isinstance(frame, nw.LazyFrame):
        return frozenset()
    native = frame.to_native()
    if frame.implementation.is_polars():
        return frozenset(name for name, nulls in native.null_count().row(0, named=True).items() if not nulls)
    if frame.implementation.is_pyarrow():
        return frozenset(n for n, c in zip(native.column_names, native.columns, strict=True) if not c.null_count)
    return frozenset()


def check_names(native: Any) -> None:
    """Refuse names of columns that no argument can tell apart."""
    # frames of other libraries hold texts, each once
    names = getattr(native, "column_names", None) if not hasattr(native, "iloc") else getattr(native, "columns", None)
    if names is None or isinstance(native, type):
        return
    if getattr(names, "nlevels", 1) > 1:
        raise InputError(
            "columns have names of several levels",
            where="rows",
            parameter="data",
            expected="one text a column",
            got=repr(names[0]),
            hint="frame.columns = ['_'.join(map(str, name)) for name in frame.columns]",
        )
    found = list(names)
    faults = FaultList("the columns cannot be told apart by name", where="rows")
    for name in found:
        if not isinstance(name, str):
            faults.add(
                "a column's name is not text",
                parameter="data",
                expected="text",
                got=repr(name),
                hint="frame.columns = frame.columns.astype(str)",
            )
    for name in repeated(map(str, found)):
        faults.add(
            "several columns have one name", parameter="data", expected="each name once", got=repr(name), hint="rename"
        )
    faults.raise_if_any()


def plain_intervals(native: Any) -> Any:
    """Make pandas columns of intervals, as `pandas.cut` makes them, ordered categories that are text."""
    import pandas as pd

    replaced = {}
    for name, kind in native.dtypes.items():
        if isinstance(kind, pd.IntervalDtype):
            column = native[name].astype(pd.CategoricalDtype(sorted(native[name].dropna().unique()), ordered=True))
        elif isinstance(kind, pd.CategoricalDtype) and isinstance(kind.categories.dtype, pd.IntervalDtype):
            column = native[name]
        else:
            continue
        replaced[name] = column.cat.rename_categories([str(v) for v in column.cat.categories])
    return native.assign(**replaced) if replaced else native


def ordered_levels(frame: Any, schema: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Read the order of levels that types of columns declare, and the labels that a file gave to codes."""
    found = {name: tuple(map(text_of, kind.categories)) for name, kind in schema.items() if isinstance(kind, nw.Enum)}
    if frame.implementation.is_pyarrow():
        table = frame.to_native()
        # dictionaries that are not ordered hold their values as they came
        ordered = [
            name for name, kind in schema.items() if kind == nw.Categorical and table.schema.field(name).type.ordered
        ]
        for name in ordered:
            chunks = table.column(name).unify_dictionaries().chunks
            found[name] = tuple(map(text_of, chunks[0].dictionary.to_pylist())) if chunks else ()
        return found
    if not frame.implementation.is_pandas():
        return found
    native = frame.to_native()
    for name, kind in schema.items():
        if kind == nw.Categorical and hasattr(native[name].dtype, "categories"):
            categories = tuple(text_of(v) for v in native[name].dtype.categories)
            # categories that are sorted by default declare nothing; numbers are then ordered by value
            if list(categories) != sorted(categories):
                found[name] = categories
    return found


def plain_objects(frame: Any) -> Any:
    """Give pandas columns of Python objects the type of what they hold."""
    if not frame.implementation.is_pandas_like():
        return frame
    objects = [name for name, kind in frame.schema.items() if kind == nw.Object]
    if not objects:
        return frame
    converted = nw.maybe_convert_dtypes(frame.select(*objects))
    return frame.with_columns(*[converted[name] for name in objects])
