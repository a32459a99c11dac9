"""Columns of rows as blocks of a matrix, for sums of many products such as those of replicate weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from aibaro._arrays import FloatArray, IntArray
from aibaro.frames._engine import column, levels_of, materialize
from aibaro.frames._rows import Rows

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
