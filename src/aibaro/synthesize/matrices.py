"""Tables of 0 and 1 with given sums, drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from aibaro.errors import InputError

Matrix = np.ndarray[Any, np.dtype[np.int8]]

_TRADES = 10


def random_rows(
    classes: Sequence[tuple[int, int, int]], columns: Sequence[int], generator: np.random.Generator
) -> Matrix:
    """Draw a 0/1 table with given column sums and ranges of row sums.

    Notes
    -----
    Row sums inside a range are drawn at random where such a table exists, else made as equal as possible, which
    exists whenever any does.  A first table (Ryser 1957) is mixed by trades between random pairs of rows (the
    curveball of Strona et al. 2014, doi:10.1038/ncomms5114), which leave all sums unchanged.

    Examples
    --------
    >>> table = random_rows([(2, 1, 1), (1, 2, 3)], [2, 1, 1], np.random.default_rng(1))
    >>> table.sum(axis=0).tolist(), table.sum(axis=1).tolist()
    ([2, 1, 1], [1, 1, 2])
    """
    total = int(sum(columns))
    low = np.repeat([c[1] for c in classes], [c[0] for c in classes]).astype(np.int64)
    high = np.repeat([c[2] for c in classes], [c[0] for c in classes]).astype(np.int64)
    if not low.sum() <= total <= high.sum() or max(columns, default=0) > len(low):
        raise InputError(
            "no table has these sums",
            where="random_rows",
            parameter="columns",
            got=str(total),
            expected=f"{low.sum()} to {high.sum()} in all, none above {len(low)}",
        )
    sums = _spread(low, high, total - int(low.sum()), generator)
    if not _realisable(sums, columns):
        sums = _level(low, high, total - int(low.sum()))
    if not _realisable(sums, columns):
        raise InputError(
            "no table has these sums",
            where="random_rows",
            parameter="columns",
            got=str(list(columns)),
            expected="sums that the rows can hold",
        )
    table = _first(sums, columns, generator)
    _trade(table, generator)
    return table


def _spread(low: Any, high: Any, extra: int, generator: np.random.Generator) -> Any:
    room = np.repeat(np.arange(len(low)), high - low)
    chosen = generator.permutation(room)[:extra]
    return low + np.bincount(chosen, minlength=len(low))


def _level(low: Any, high: Any, extra: int) -> Any:
    sums = low.copy()
    for _ in range(extra):
        room = np.flatnonzero(sums < high)
        sums[room[np.argmin(sums[room])]] += 1
    return sums


def _realisable(sums: Any, columns: Sequence[int]) -> bool:
    """Check the conditions of Gale and Ryser."""
    ordered = np.sort(np.asarray(columns))[::-1]
    return all(ordered[:k].sum() <= np.minimum(sums, k).sum() for k in range(1, len(ordered) + 1))


def _first(sums: Any, columns: Sequence[int], generator: np.random.Generator) -> Matrix:
    table = np.zeros((len(sums), len(columns)), dtype=np.int8)
    left = np.array(sums)
    for column in np.argsort(-np.asarray(columns), kind="stable"):
        shuffled = generator.permutation(len(left))
        # rows with most left go first, or the last columns find no room
        chosen = shuffled[np.argsort(-left[shuffled], kind="stable")][: columns[column]]
        table[chosen, column] = 1
        left[chosen] -= 1
    return table


def _trade(table: Matrix, generator: np.random.Generator) -> None:
    if len(table) < 2:
        return
    for first, second in generator.integers(0, len(table), (_TRADES * len(table), 2)):
        apart = np.flatnonzero(table[first] != table[second])
        if first == second or len(apart) < 2:
            continue
        keep = int(table[first, apart].sum())
        mixed = generator.permutation(apart)
        table[first, mixed[:keep]], table[second, mixed[:keep]] = 1, 0
        table[first, mixed[keep:]], table[second, mixed[keep:]] = 0, 1
