"""How do columns of rows in any frame library come into memory, a few of them or blocks of a matrix?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from aibaro._arrays import FloatArray, IntArray
from aibaro.frames._engine import WIDEST, column, engine_refusals, levels_of, materialize
from aibaro.frames._rows import Rows
from aibaro.frames.requests import text_of


@engine_refusals()
def collect(rows: Rows, names: Sequence[str]) -> pd.DataFrame:
    """Bring columns into a pandas frame, rows in their order; declared levels become ordered categories.

    Parameters
    ----------
    rows : Rows
        The rows.
    names : sequence of str
        The columns.

    Returns
    -------
    pandas.DataFrame, shape (n, len(names))
        The columns.

    Examples
    --------
    >>> from aibaro.frames import read
    >>> collect(read(pd.DataFrame({"a": [1, 2], "b": [3, 4]})), ["b"])["b"].tolist()
    [3, 4]
    """
    wanted = list(dict.fromkeys(names))
    if rows.pandas is not None:
        # what objects of Python hold is looked at where they become columns of one type
        rows._columns([name for name in wanted if rows.schema[name] == nw.Object])
        frame: pd.DataFrame = rows.pandas[wanted].reset_index(drop=True)
    else:
        selected = rows.frame.select(
            *(
                # no other engine holds integers of 128 bits
                (column(rows, name).cast(nw.Float64) if rows.schema[name] in WIDEST else column(rows, name)).alias(name)
                for name in wanted
            )
        )
        table = selected.collect(backend="pyarrow").to_native()
        frame = pd.DataFrame({name: _plain(table.column(name)) for name in wanted})
    for name in wanted:
        order = rows.order.get(name)
        if order and not isinstance(frame[name].dtype, pd.CategoricalDtype):
            words = frame[name].astype("str").where(frame[name].notna())
            frame[name] = pd.Categorical(words, categories=list(order), ordered=True)
    return frame


def _plain(values: Any) -> pd.Series:
    import pyarrow

    if pyarrow.types.is_dictionary(values.type):
        # values may stand twice in a dictionary, or be null in it
        values = values.cast(values.type.value_type)
    series: pd.Series = values.to_pandas()
    return series


def text_codes(values: pd.Series) -> tuple[list[str], IntArray]:
    """Number the levels of a column by their texts; the text of a missing value is empty.

    Parameters
    ----------
    values : pandas.Series, shape (n,)
        The column.

    Returns
    -------
    levels : list of str
        Texts, as keys of a group-by spell them.
    codes : numpy.ndarray of int64, shape (n,)
        Number of the level of each row.

    Examples
    --------
    >>> text_codes(pd.Series([2.0, 1.0, None]))
    (['2', '1', ''], array([0, 1, 2]))
    """
    codes, uniques = pd.factorize(values, use_na_sentinel=True)
    words = [text_of(value) for value in uniques.tolist()]
    place: dict[str, int] = {}
    for word in words:
        place.setdefault(word, len(place))
    if (codes < 0).any():
        place.setdefault("", len(place))
    lookup = np.array([*(place[word] for word in words), place.get("", -1)], dtype=np.int64)
    return list(place), lookup[codes]


# --- Columns of rows as blocks of a matrix, for sums of many products such as those of replicate weights.

# rows of a block: 100 columns take 13 MB
BLOCK = 16_384
# multiplications and width up to which products are cheap and stay on one thread: threads of a linear algebra library
# wait for each other in busy loops, which takes 20 times as long where other work shares the cores
_SMALL, _WIDE = 2**18, 96


def key_codes(table: Any, keys: Sequence[str], known: Sequence[tuple[str, ...]]) -> IntArray:
    """Number the group of each row among known groups; -1 where it is none of them."""
    count = table.num_rows
    if not keys:
        return np.zeros(count, dtype=np.int64)
    code = np.zeros(count, dtype=np.int64)
    words = []
    for number in range(len(keys)):
        levels, place = levels_of(table.column(f"aibaro_k{number}"))
        words.append(levels)
        code = code * max(len(levels), 1) + place
    unique, back = np.unique(code, return_inverse=True)
    lookup = {key: g for g, key in enumerate(known)}
    found = np.empty(len(unique), dtype=np.int64)
    for i, value in enumerate(unique.tolist()):
        parts, rest = [], value
        for levels in reversed(words):
            rest, position = divmod(rest, max(len(levels), 1))
            parts.append(levels[position])
        found[i] = lookup.get(tuple(reversed(parts)), -1)
    return found[back.ravel()]


def row_codes(rows: Rows, keys: Sequence[str], known: Sequence[tuple[str, ...]] | None) -> IntArray:
    """Number the group of each row among known groups, or among all that occur, in the order of the rows."""
    named = [rows._key(key).alias(f"aibaro_k{i}") for i, key in enumerate(keys)]
    if not keys:
        import narwhals.stable.v2 as nw

        return np.zeros(int(materialize(rows.frame.select(nw.len().alias("n"))).column("n")[0].as_py()), dtype=np.int64)
    table = materialize(rows._columns(keys).select(*named))
    if known is not None:
        return key_codes(table, keys, known)
    code = np.zeros(table.num_rows, dtype=np.int64)
    for number in range(len(keys)):
        levels, place = levels_of(table.column(f"aibaro_k{number}"))
        code = code * max(len(levels), 1) + place
    return code


def blocks(
    rows: Rows, columns: Sequence[str], keys: Sequence[str] = (), known: Sequence[tuple[str, ...]] = ()
) -> Iterator[tuple[FloatArray, IntArray]]:
    """Read columns as numbers (columns, rows), some rows at a time, with the group of each row; null becomes NaN.

    Notes
    -----
    DuckDB and Polars hand over some rows at a time; of other engines the columns are brought into memory once, in the
    engine's own types.  A block of numbers is 64 bits a value.
    """
    import narwhals.stable.v2 as nw

    named = [rows._key(key).alias(f"aibaro_k{i}") for i, key in enumerate(keys)]
    wanted = [column(rows, name).cast(nw.Float64).alias(f"aibaro_v{i}") for i, name in enumerate(columns)]
    for table in _tables(rows._columns([*keys, *columns]).select(*named, *wanted)):
        group = key_codes(table, keys, known)
        for start in range(0, table.num_rows, BLOCK):
            part = table.slice(start, BLOCK)
            block = np.empty((len(columns), part.num_rows))
            for i in range(len(columns)):
                block[i] = part.column(f"aibaro_v{i}").to_numpy()
            yield block, group[start : start + BLOCK]


def _tables(frame: Any) -> Iterator[Any]:
    """Rows as tables of PyArrow, some at a time where the engine can, in their order."""
    native = frame.to_native()
    if frame.implementation.is_duckdb():
        import pyarrow

        for batch in native.to_arrow_reader(BLOCK):
            yield pyarrow.Table.from_batches([batch])
    elif frame.implementation.is_polars():
        for part in native.collect_batches(chunk_size=BLOCK, maintain_order=True, lazy=True, engine="streaming"):
            yield part.to_arrow()
    else:
        yield materialize(frame)


def product(left: FloatArray, right: FloatArray) -> FloatArray:
    """Σ over the rows of a block, left (I, n) times right (J, n): shape (I, J).

    Examples
    --------
    >>> product(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [1.0, 1.0]]))
    array([[11.,  3.]])
    """
    total = np.zeros((len(left), len(right)))
    for a in range(0, len(left), _WIDE):
        for b in range(0, len(right), _WIDE):
            one, other, part = left[a : a + _WIDE], right[b : b + _WIDE].T, total[a : a + _WIDE, b : b + _WIDE]
            step, made = max(_SMALL // part.size, 1), np.empty(part.shape)
            for start in range(0, left.shape[1], step):
                part += np.matmul(one[:, start : start + step], other[start : start + step], out=made)
    return total
