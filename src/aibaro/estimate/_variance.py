"""What do strata add to the variance of a total of linearised values?

A linearised value is u = Σ a'b over the blocks b of some items, with coefficients a that are constant in a cell.  Its
weighted total is known from the totals of the cells, and its sum of squares about the mean of a stratum from what is
left inside cells and from what lies between them: no sum of squares about a distant point is ever taken apart.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import InputError
from aibaro.estimate._cells import Block, Cells
from aibaro.estimate._stages import Pairs, sums


def pair_up(cells: Cells, level: IntArray, levels: int) -> tuple[Pairs, IntArray | None]:
    """Find the pairs of stratum and level that have rows."""
    code, parent = np.unique(cells.stratum * levels + level, return_inverse=True)
    if cells.unit is None:
        count, unit = sums(cells.count, parent, len(code)), None
    else:
        width = int(cells.unit.max(initial=0)) + 1
        units, unit = np.unique(parent.astype(np.int64) * width + cells.unit, return_inverse=True)
        count = np.bincount(units // width, minlength=len(code)).astype(float)
    return Pairs(code // levels, code % levels, parent, count, levels), unit


def totals(cells: Cells, values: Mapping[str, FloatArray]) -> FloatArray:
    """Σ w u of each cell."""
    result = np.zeros(cells.size)
    for name, own in values.items():
        result += np.einsum("ck,ck->c", own, cells.blocks[name].total)
    return result


def pair_moments(
    cells: Cells, pairs: Pairs, unit: IntArray | None, values: Mapping[str, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Total of w u in each pair of stratum and level, and its sum of squares about the mean of the pair's units."""
    size = len(pairs.stratum)
    value = totals(cells, values)
    if unit is not None:
        units = int(unit.max(initial=-1)) + 1
        by_unit, owner = sums(value, unit, units), np.zeros(units, dtype=np.int64)
        owner[unit] = pairs.parent
        total = sums(by_unit, owner, size)
        return total, sums((by_unit - (total / pairs.count)[owner]) ** 2, owner, size)
    total = sums(value, pairs.parent, size)
    mean = (total / pairs.count)[pairs.parent]
    rows, within = _within(cells, values, value)
    between = rows * (value / np.maximum(rows, 1.0) - mean) ** 2
    # rows without an outcome carry zeros
    absent = (cells.count - rows) * mean**2
    return total, sums(within + between + absent, pairs.parent, size)


def _within(cells: Cells, values: Mapping[str, FloatArray], value: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rows of each cell that carry values, and the squares of w u about their mean."""
    if len(values) == 1:
        ((name, own),) = values.items()
        block = cells.blocks[name]
        return block.observed, np.maximum(np.einsum("ck,ckl,cl->c", own, block.inner, own), 0.0)
    result = np.zeros(cells.size)
    names = list(values)
    for i, one in enumerate(names):
        for other in names[i:]:
            part = np.einsum("ci,cij,cj->c", values[one], _joint(cells, one, other), values[other])
            result += part if one == other else 2 * part
    return cells.count, np.maximum(result, 0.0)


def _joint(cells: Cells, one: str, other: str) -> FloatArray:
    """Second moments of w b of two blocks about their means over all rows of a cell."""
    mine, theirs = cells.blocks[one], cells.blocks[other]
    count = np.maximum(cells.count, 1.0)
    if one == other:
        outside = (cells.count - mine.observed) / count / np.maximum(mine.observed, 1.0)
        return mine.inner + outside[:, None, None] * mine.total[:, :, None] * mine.total[:, None, :]
    products = mine.total[:, :, None] * theirs.total[:, None, :] / count[:, None, None]
    return squares(cells, one, other) - products


def squares(cells: Cells, one: str, other: str) -> FloatArray:
    """Σ w² b_i b_j' between two blocks, shape (C, K, K)."""
    mine, theirs = cells.blocks[one], cells.blocks[other]
    if one == other:
        return mine.square
    if (one, other) in cells.cross:
        return cells.cross[(one, other)]
    if (other, one) in cells.cross:
        return np.swapaxes(cells.cross[(other, one)], 1, 2)
    if mine.category is not None and theirs.category is not None and mine.variables == theirs.variables:
        return _exclusive(mine, theirs)
    raise InputError(
        "the covariance of two items is not known",
        parameter="expressions",
        got=f"{one} and {other}",
        expected="items whose joint answers were counted",
        hint="estimate both in one call on rows with covariance='items'",
    )


def _exclusive(one: Block, other: Block) -> FloatArray:
    """Σ w² b_i b_j' of two answers to one question."""
    result = np.zeros_like(one.square)
    result[:, 0, 0] = one.square[:, 0, 0]
    result[:, 1, 0] = one.square[:, 1, 0]
    result[:, 0, 1] = other.square[:, 1, 0]
    return result


def magnitude(values: FloatArray) -> float:
    """A power of two near the largest of some numbers, 1 where their squares stay in range anyway."""
    largest = float(np.abs(values).max(initial=0.0))
    if not np.isfinite(largest):
        largest = float(np.max(np.abs(values), initial=0.0, where=np.isfinite(values)))
    if largest == 0.0 or 1e-100 < largest < 1e100:
        return 1.0
    return float(2.0 ** np.floor(np.log2(largest)))


def scaled(block: Block, values: FloatArray) -> FloatArray:
    """Coefficients that belong to the moments of a block with scaled weights."""
    return values * block.scale[:, None]
