"""Classes of rows whose totals a step keeps or sets."""

from __future__ import annotations

from typing import Any

import numpy as np

from aibaro._arrays import FloatArray
from aibaro.errors import FaultList
from aibaro.frames.weighted.cells import WeightCells
from aibaro.frames.weighted.rows import WeightRows
from aibaro.frames.weighted.rules import Term
from aibaro.weights._targets import Target


def class_target(cells: WeightCells) -> Target:
    """Take the present totals of the classes as targets."""
    kept = np.flatnonzero(cells.n > 0)
    levels = tuple(tuple(lv[c] for lv, c in zip(cells.levels, cells.codes[k], strict=True)) for k in kept)
    return Target(cells.keys, levels, cells.total[kept], "counts")


def class_term(cells: WeightCells, values: FloatArray) -> Term:
    """Return a term that looks up one number for each class."""
    grid = np.full(int(np.prod([len(lv) for lv in cells.levels], dtype=np.int64)), np.nan)
    position = cells.positions(cells.keys, cells.levels)
    grid[position[position >= 0]] = values[position >= 0]
    return Term(cells.keys, cells.levels, grid)


def classes_of(rows: WeightRows, within: tuple[str, ...], weight: Any, where: str) -> WeightCells:
    """Cut rows into classes whose totals are kept."""
    cells = rows.cells(within, weight)
    faults = FaultList("the classes cannot be used", where=where)
    for column, key in enumerate(cells.keys):
        missing = int(cells.n[cells.codes[:, column] < 0].sum())
        if missing:
            faults.add("missing values", parameter=key, got=f"{missing:,} rows", hint="fill them, or drop these rows")
    if not cells.n.any():
        faults.add("no row has a positive weight", parameter="weight")
    faults.raise_if_any()
    return cells
