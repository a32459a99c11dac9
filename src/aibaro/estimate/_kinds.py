"""Which respondents, or primary sampling units, cannot be told apart by an estimate?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import InputError
from aibaro.estimate._categories import MISSING
from aibaro.estimate._cells import Block, Cells
from aibaro.estimate._rows import declared_rows, open_rows, optional_keys


@dataclass(frozen=True, slots=True)
class Kinds:
    """Kinds of units in cells.

    Parameters
    ----------
    cell : numpy.ndarray of int, shape (U,)
        Cell of each kind, which gives its levels.
    stratum, unit : numpy.ndarray of int, shape (U,)
        Stratum, and number of the unit or of the kind of units; rows of a unit in several cells share it.
    multiplicity : numpy.ndarray of float, shape (U,)
        Units of the kind.
    total : numpy.ndarray of float, shape (U, K)
        Σ w b of all units of the kind, b = (1, y - c) with the centre c of the block as a whole.
    centre : numpy.ndarray of float, shape (K - 1,)
        The centre.
    """

    cell: IntArray
    stratum: IntArray
    unit: IntArray
    multiplicity: FloatArray
    total: FloatArray
    centre: FloatArray


def kinds_of(cells: Cells, name: str, data: Any, *, base: str | None, domain: Mapping[str, Any] | None) -> Kinds:
    """Find the kinds of units that one block can tell apart."""
    block = cells.blocks[name]
    if cells.unit is not None:
        centre, total = _common_centre(block), block.total * block.scale[:, None]
        total[:, 1:] += (block.centre - centre) * total[:, :1]
        return Kinds(np.arange(cells.size), cells.stratum, cells.unit, np.ones(cells.size), total, centre)
    rows = cells.design.rows
    if block.binary and (rows is None or rows.weights is not None):
        return _of_counts(cells, block)
    if rows is None:
        raise InputError("replicates need counts of yes-or-no items, or rows", parameter="variance")
    return _of_rows(cells, block, data, base=base, domain=domain)


def _common_centre(block: Block) -> FloatArray:
    """One centre of all cells, near the mean."""
    weight = block.total[:, 0] * block.scale
    return np.asarray(weight @ block.centre / (weight.sum() or 1.0))


def _of_counts(cells: Cells, block: Block) -> Kinds:
    """Successes, failures and missing answers of each cell."""
    weight = np.where(block.observed > 0, block.total[:, 0] / np.maximum(block.observed, 1), 0.0)
    successes = np.rint(np.where(weight > 0, block.total[:, 1] / np.where(weight > 0, weight, 1), 0.0))
    parts = [(successes, 1.0, 1.0), (block.observed - successes, 1.0, 0.0), (cells.count - block.observed, 0.0, 0.0)]
    cell = np.concatenate([np.arange(cells.size)] * 3)
    number = np.concatenate([p[0] for p in parts])
    observed = np.concatenate([np.full(cells.size, p[1]) for p in parts]) * weight[cell]
    answer = np.concatenate([np.full(cells.size, p[2]) for p in parts]) * weight[cell]
    total = np.stack([number * observed, number * answer], axis=1) * block.scale[cell][:, None]
    keep = number > 0
    return _numbered(cells, cell[keep], number[keep], total[keep], np.zeros(1))


def _of_rows(cells: Cells, block: Block, data: Any, *, base: str | None, domain: Mapping[str, Any] | None) -> Kinds:
    """Distinct weights and outcomes of each cell: one more group-by."""
    declared = declared_rows(cells.design)
    variables = list(cells.levels)
    weight_key = [declared.weight] if declared.weight and declared.weights is None else []
    keys = list(dict.fromkeys([*declared.strata, *variables, *weight_key, *block.variables]))
    table = open_rows(data, declared).group(keys, {}, optional=[*optional_keys(declared, keys), *block.variables])
    lookup = {labels: c for c, labels in enumerate(_labels(cells, variables))}
    columns = [table.keys[v].tolist() for v in (*declared.strata, *variables)]
    found = zip(*columns, strict=True) if columns else iter([()] * len(table.count))
    # cells outside the domain were left out before
    cell = np.array([lookup.get(k, -1) for k in found], dtype=np.int64)
    keep = cell >= 0
    if block.category is None:
        values = [_floats(table.keys[v][keep]) for v in block.variables]
    else:
        values = [_given(table.keys[v][keep], block) for v in block.variables]
    present = np.all([np.isfinite(v) for v in values], axis=0)
    number = table.count[keep]
    if weight_key:
        weight = _floats(table.keys[weight_key[0]][keep])
    else:
        each = declared.weights if declared.weights is not None else np.ones(cells.design.size)
        weight = each[cells.stratum[cell[keep]]]
    centre = _common_centre(block)
    centred = [np.where(present, v - c, 0.0) for v, c in zip(values, centre, strict=True)]
    basis = np.stack([present.astype(float), *centred], axis=1)
    return _numbered(cells, cell[keep], number, basis * (weight * number)[:, None], centre)


def _labels(cells: Cells, variables: list[str]) -> list[tuple[str, ...]]:
    table = cells.design.labels
    labels = [table[v].to_numpy(dtype=object)[cells.stratum].tolist() for v in table.columns]
    levels = [cells.levels[v].tolist() for v in variables]
    columns = [*labels, *levels]
    return list(zip(*columns, strict=True)) if columns else [()] * cells.size


def _given(text: NDArray[np.object_], block: Block) -> FloatArray:
    """1 for rows that gave an answer, 0 for others, NaN for rows outside the base."""
    answer = "" if block.category == MISSING else block.category
    outside = (text == "") & (not block.missing_counts)
    return np.where(outside, np.nan, (text == answer).astype(float))


def _floats(text: NDArray[np.object_]) -> FloatArray:
    names = {"True": "1", "False": "0", "": "nan"}
    return np.array([float(names.get(t, t)) for t in text.tolist()], dtype=float)


def _numbered(cells: Cells, cell: IntArray, number: FloatArray, total: FloatArray, centre: FloatArray) -> Kinds:
    return Kinds(cell, cells.stratum[cell], np.arange(len(cell)), number, total, centre)
