"""Sums with each replicate weight, in one pass over the rows: products of two matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aibaro._arrays import FloatArray, IntArray
from aibaro.frames import GroupTable, Rows
from aibaro.frames.columns import blocks, product

# rows of a group from which its sums are a product of matrices
MANY_ROWS = 16


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of the basis b = (1, y - c, ...) of a block in C cells.

    Parameters
    ----------
    replicate : numpy.ndarray of float, shape (C, R, K)
        Σ w_r b with each replicate weight.
    total : numpy.ndarray of float, shape (C, K)
        Σ w b with the full-sample weight; zero where none was named.
    spread : numpy.ndarray of float, shape (C, K, K)
        Σ w b b'.
    weight_square, observed : numpy.ndarray of float, shape (C,)
        Σ w² and the number of the rows in which every variable is present.
    """

    replicate: FloatArray
    total: FloatArray
    spread: FloatArray
    weight_square: FloatArray
    observed: FloatArray


class _Basis:
    """Basis functions of some blocks and their products, each distinct one once."""

    def __init__(self, wanted: Mapping[str, tuple[Sequence[str], FloatArray]], first: int) -> None:
        self.variables = list(dict.fromkeys(v for names, _ in wanted.values() for v in names))
        self.position = {v: first + i for i, v in enumerate(self.variables)}
        self.functions: dict[tuple[tuple[str, ...], int, bytes], FloatArray | None] = {}
        self.places: dict[str, list[int]] = {}
        self.pairs: dict[tuple[int, int], int] = {}
        number: dict[tuple[tuple[str, ...], int, bytes], int] = {}
        for name, (variables, centre) in wanted.items():
            own = []
            for k in range(-1, len(variables)):
                # one centre serves all cells, unless the cells have their own
                middle = None if k < 0 else centre[:, k]
                middle = middle[:1] if middle is not None and (middle == middle[:1]).all() else middle
                key = (tuple(variables), k, b"" if middle is None else middle.tobytes())
                self.functions.setdefault(key, middle)
                own.append(number.setdefault(key, len(number)))
            self.places[name] = own
            for i, a in enumerate(own):
                for b in own[i:]:
                    self.pairs.setdefault((a, b), len(self.pairs))

    def values(self, block: FloatArray, group: IntArray) -> tuple[FloatArray, IntArray]:
        """Values of the distinct functions in the rows of a block, and the place of each function among them."""
        finite = {v: np.isfinite(block[p]) for v, p in self.position.items()}
        whole = {v for v, mask in finite.items() if mask.all()}
        made = np.empty((1 + len(self.functions), block.shape[1]))
        # functions of rows without missing values share the one that is 1
        made[0], used = 1.0, 1
        of = np.zeros(len(self.functions), dtype=np.int64)
        for j, ((names, k, _), middle) in enumerate(self.functions.items()):
            complete = whole.issuperset(names)
            if k < 0 and complete:
                continue
            if middle is None:
                made[used] = 1.0
            else:
                np.subtract(
                    block[self.position[names[k]]], middle[group] if len(middle) > 1 else middle, out=made[used]
                )
            if not complete:
                made[used][~np.logical_and.reduce([finite[v] for v in names])] = 0.0
            of[j] = used
            used += 1
        return made[:used], of


def replicate_sums(
    rows: Rows,
    columns: Sequence[str],
    keys: Sequence[str],
    table: GroupTable,
    wanted: Mapping[str, tuple[Sequence[str], FloatArray]],
    *,
    weight: str | None = None,
) -> dict[str, Sums]:
    """Sums of each block, by its variables and their centres in each group of a table.

    Notes
    -----
    O(n R V) multiplications for n rows, R replicates and V distinct sums, in blocks of rows of bounded size.
    """
    full = [] if weight is None else [weight]
    basis = _Basis(wanted, len(columns) + len(full))
    known = group_names(table, keys)
    width = len(columns) + (3 if full else 0)
    total = np.zeros((len(known), width, len(basis.functions)))
    spread = np.zeros((len(known), 1, len(basis.pairs)))
    for block, group in blocks(rows, [*columns, *full, *basis.variables], keys, known):
        values, of = basis.values(block, group)
        weights = block[: len(columns)]
        if full:
            own = block[len(columns)]
            weights = np.concatenate([block[: len(columns) + 1], [own**2], np.ones((1, len(own)))])
            squares, place = _products(values, of, basis.pairs)
            add_by_group(spread, own[None], squares, group, place)
        add_by_group(total, weights, values, group, of)
    found = {}
    for name, places in basis.places.items():
        own = total[:, :, places]
        inside = [[basis.pairs[min(a, b), max(a, b)] for b in places] for a in places]
        rest = own[:, len(columns) :] if full else np.zeros((len(known), 3, len(places)))
        found[name] = Sums(own[:, : len(columns)], rest[:, 0], spread[:, 0][:, inside], rest[:, 1, 0], rest[:, 2, 0])
    return found


def _products(values: FloatArray, of: IntArray, pairs: Mapping[tuple[int, int], int]) -> tuple[FloatArray, IntArray]:
    """Products of two functions, each distinct one once."""
    known: dict[tuple[int, int], int] = {}
    place = np.array([known.setdefault((int(of[a]), int(of[b])), len(known)) for a, b in pairs], dtype=np.int64)
    made = np.empty((len(known), values.shape[1]))
    for i, (a, b) in enumerate(known):
        np.multiply(values[a], values[b], out=made[i])
    return made, place


def replicate_weights(rows: Rows, columns: Sequence[str], keys: Sequence[str], table: GroupTable) -> FloatArray:
    """Σ w_r in each group of a table, shape (G, R)."""
    known = group_names(table, keys)
    total = np.zeros((len(known), len(columns), 1))
    for block, group in blocks(rows, columns, keys, known):
        add_by_group(total, block, np.ones((1, block.shape[1])), group)
    return total[:, :, 0]


def group_names(table: GroupTable, keys: Sequence[str]) -> list[tuple[str, ...]]:
    """Labels of each group."""
    return list(zip(*(table.keys[k].tolist() for k in keys), strict=True)) if keys else [()] * len(table.count)


def add_by_group(
    total: FloatArray, weights: FloatArray, values: FloatArray, group: IntArray, of: IntArray | None = None
) -> None:
    """Add Σ w v' of the rows of each group to its place; `of` names the row of the values for each place."""
    if of is None:
        of = np.arange(len(values))
    order = np.argsort(group, kind="stable")
    group = group[order]
    starts = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]])) if len(group) else np.zeros(0, int)
    ends = np.append(starts[1:], len(group))
    if len(starts) > 1:
        weights, values = weights[:, order], values[:, order]
    owner = group[starts]
    if len(starts) * MANY_ROWS <= len(group):
        for g, a, b in zip(owner.tolist(), starts.tolist(), ends.tolist(), strict=True):
            if g >= 0:
                total[g] += product(weights[:, a:b], values[:, a:b])[:, of]
        return
    inside = owner >= 0
    added = np.stack([np.add.reduceat(weights * value, starts, axis=1).T for value in values], axis=2)
    total[owner[inside]] += added[inside][:, :, of]
