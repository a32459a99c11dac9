"""Can these margins be met at all, and if not, which of them are to blame?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack

Floats = np.ndarray[Any, np.dtype[np.float64]]
Named = tuple[str, tuple[str, ...], np.ndarray[Any, np.dtype[np.int64]], Floats]


def _rows(cells: int, margins: Sequence[Named]) -> tuple[csr_matrix, Floats, list[tuple[str, str, float]]]:
    """One equation a level: the cells of the level add up to its target, in units of the first margin's total."""
    indices, indptr, targets, names = [], [0], [], []
    for name, levels, codes, wanted in margins:
        for position, level in enumerate(levels):
            members = np.flatnonzero(codes == position)
            indices.append(members)
            indptr.append(indptr[-1] + len(members))
            targets.append(float(wanted[position]))
            names.append((name, level, float(wanted[position])))
    columns = np.concatenate(indices)
    scale = sum(margins[0][3]) or 1.0
    matrix = csr_matrix((np.ones(len(columns)), columns, indptr), shape=(len(targets), cells))
    return matrix, np.array(targets) / scale, names


def _feasible(matrix: csr_matrix, targets: Floats) -> bool:
    """Whether non-negative cells reach the targets to 1e-9 of the population."""
    rows, cells = matrix.shape
    identity = csr_matrix((np.ones(rows), (np.arange(rows), np.arange(rows))), shape=(rows, rows))
    # the smallest total slack; exact feasibility of rounded floats would be decided by noise
    result = linprog(np.r_[np.zeros(cells), np.ones(2 * rows)], A_eq=hstack([matrix, identity, -identity], format="csr"),
                     b_eq=targets, bounds=(0, None), method="highs")  # fmt: skip
    return bool(result.status == 0 and result.fun <= 1e-9)


def conflicting_margins(cells: int, margins: Sequence[Named]) -> list[tuple[str, str, float]]:
    """Find an irreducible set of levels that no non-negative cells can meet together.

    Parameters
    ----------
    cells : int
        Number of cells C.
    margins : sequence of (name, levels, codes, targets)
        The margins on the cells.

    Returns
    -------
    list of (margin, level, target)
        Empty when all can be met; else a set of which every proper subset can be met.

    Notes
    -----
    Deletion filter over linear programmes (HiGHS): a level stays only if the rest without it becomes feasible.

    Examples
    --------
    >>> codes = np.array([0, 1])
    >>> conflicting_margins(2, [("a", ("p", "q"), codes, np.array([3.0, 1.0])),
    ...                         ("b", ("r", "s"), codes, np.array([1.0, 3.0]))])
    [('a', 'q', 1.0), ('b', 's', 3.0)]
    """
    matrix, targets, names = _rows(cells, margins)
    if _feasible(matrix, targets):
        return []
    kept = list(range(len(names)))
    for row in range(len(names)):
        fewer = [r for r in kept if r != row]
        if fewer and not _feasible(matrix[fewer], targets[fewer]):
            kept = fewer
    return [names[row] for row in kept]


def forced_zero_cells(cells: int, margins: Sequence[Named]) -> list[int]:
    """Find cells that are zero in every solution of feasible margins.

    Parameters
    ----------
    cells : int
        Number of cells C.
    margins : sequence of (name, levels, codes, targets)
        Margins that can be met together.

    Returns
    -------
    list of int
        Positions of cells whose largest possible share of the population is below 1e-12.

    Examples
    --------
    >>> forced_zero_cells(3, [("a", ("p", "q"), np.array([0, 0, 1]), np.array([2.0, 2.0])),
    ...                       ("b", ("r", "s"), np.array([0, 1, 1]), np.array([2.0, 2.0]))])
    [1]
    """
    matrix, targets, _ = _rows(cells, margins)
    zero = []
    for cell in range(cells):
        objective = np.zeros(cells)
        objective[cell] = -1.0
        result = linprog(objective, A_eq=matrix, b_eq=targets, bounds=(0, None), method="highs")
        if result.status == 0 and -result.fun < 1e-12:
            zero.append(cell)
    return zero
