"""Sums with each replicate weight, in one pass over the rows: products of two matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from aibaro.frames import GroupTable, Rows
from aibaro.frames.matrices import blocks

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# groups of one block of rows up to which each is a product of matrices of its own
FEW_GROUPS = 64


def replicate_totals(
    rows: Rows,
    columns: Sequence[str],
    keys: Sequence[str],
    table: GroupTable,
    wanted: Mapping[str, tuple[Sequence[str], FloatArray]],
) -> dict[str, FloatArray]:
    """Σ w_r b of each block, by its variables and their centres, in each group of a table: shapes (C, R, K).

    Notes
    -----
    O(n R V) multiplications for n rows, R replicates and V distinct sums, in blocks of rows of bounded size.
    """
    variables = list(dict.fromkeys(v for names, _ in wanted.values() for v in names))
    position = {v: len(columns) + i for i, v in enumerate(variables)}
    place: dict[tuple[tuple[str, ...], int, float], int] = {}
    for names, centre in wanted.values():
        for k in range(-1, len(names)):
            place.setdefault((tuple(names), k, 0.0 if k < 0 else float(centre[k])), len(place))
    known = group_names(table, keys)
    total = np.zeros((len(known), len(columns), len(place)))
    for block, group in blocks(rows, [*columns, *variables], keys, known):
        finite = {v: np.isfinite(block[:, p]) for v, p in position.items()}
        whole = {v for v, mask in finite.items() if mask.all()}
        # blocks without missing values share the column of ones
        made: list[FloatArray] = [np.ones(len(block))]
        of = np.zeros(len(place), dtype=np.int64)
        for (names, k, middle), j in place.items():
            complete = whole.issuperset(names)
            if k < 0 and complete:
                continue
            values = np.ones(len(block)) if k < 0 else block[:, position[names[k]]] - middle
            if not complete:
                values = np.where(np.logical_and.reduce([finite[v] for v in names]), values, 0.0)
            of[j] = len(made)
            made.append(values)
        part = np.zeros((len(known), len(columns), len(made)))
        add_by_group(part, block[:, : len(columns)], np.stack(made, axis=1), group)
        total += part[:, :, of]
    found = {}
    for name, (names, centre) in wanted.items():
        mine = [place[tuple(names), k, 0.0 if k < 0 else float(centre[k])] for k in range(-1, len(names))]
        found[name] = total[:, :, mine]
    return found


def replicate_weights(rows: Rows, columns: Sequence[str], keys: Sequence[str], table: GroupTable) -> FloatArray:
    """Σ w_r in each group of a table, shape (G, R)."""
    known = group_names(table, keys)
    total = np.zeros((len(known), len(columns), 1))
    for block, group in blocks(rows, columns, keys, known):
        add_by_group(total, block, np.ones((len(block), 1)), group)
    return total[:, :, 0]


def group_names(table: GroupTable, keys: Sequence[str]) -> list[tuple[str, ...]]:
    """Labels of each group."""
    return list(zip(*(table.keys[k].tolist() for k in keys), strict=True)) if keys else [()] * len(table.count)


def add_by_group(total: FloatArray, weights: FloatArray, values: FloatArray, group: IntArray) -> None:
    """Add Σ w v' of the rows of each group to its place."""
    order = np.argsort(group, kind="stable")
    group = group[order]
    starts = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]])) if len(group) else np.zeros(0, int)
    ends = np.append(starts[1:], len(group))
    if len(starts) > 1:
        weights, values = weights[order], values[order]
    owner = group[starts]
    if len(starts) <= FEW_GROUPS:
        for g, a, b in zip(owner.tolist(), starts.tolist(), ends.tolist(), strict=True):
            if g >= 0:
                total[g] += weights[a:b].T @ values[a:b]
        return
    inside = owner >= 0
    for j in range(values.shape[1]):
        added = np.add.reduceat(weights * values[:, j : j + 1], starts, axis=0)
        total[owner[inside], :, j] += added[inside]
