"""Can these margins be met at all, and if not, which of them are to blame?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from aibaro._arrays import FloatArray
from aibaro._irreducible import irreducible
from aibaro.errors import AibaroError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Evaluate = Callable[[FloatArray], tuple[FloatArray, FloatArray]]


# sums of weights this far from the totals are brought near them before equations are solved
FAR = 1e3


def power_near(wanted: float, current: float) -> float:
    """Power of two that brings a sum near another one; one where they are not far apart.

    Examples
    --------
    >>> power_near(1000.0, 4e15), power_near(1000.0, 900.0)
    (2.2737367544323206e-13, 1.0)
    """
    if not (wanted > 0 and current > 0) or 1 / FAR < wanted / current < FAR:
        return 1.0
    return float(2.0 ** np.round(np.log2(wanted) - np.log2(current)))


@dataclass(frozen=True, slots=True)
class Solution:
    """Where Newton's method ended.

    Parameters
    ----------
    multipliers : numpy.ndarray of float64, shape (P,)
        Lagrange multipliers λ.
    residual : float
        Largest relative residual of a total.
    iterations : int
        Steps taken; each reads the sums at least once.
    met : bool
        Whether the residual is within the tolerance.
    """

    multipliers: FloatArray
    residual: float
    iterations: int
    met: bool


def solve(
    evaluate: Evaluate,
    totals: FloatArray,
    scale: FloatArray,
    *,
    tolerance: float,
    max_iterations: int,
    start: FloatArray | None = None,
) -> Solution:
    """Solve Σ d F(x'λ) x = t.

    Notes
    -----
    The equations are the gradient of a convex function of λ, so that a step is shortened only while the slope along
    it has turned clearly uphill.  Redundant equations are handled by the solution of least norm.  Where every g-weight
    of an auxiliary sits on a bound, its curvature is borrowed from the start.
    """
    multipliers = np.zeros(len(totals)) if start is None else start.copy()
    sums, hessian = evaluate(multipliers)
    first, gap = hessian, totals - sums
    unit = np.sqrt(np.where(np.diag(first) > 0, np.diag(first), 1.0))
    residual, iteration = float(np.max(np.abs(gap) / scale)), 0
    while residual > tolerance and iteration < max_iterations:
        iteration += 1
        direction = _direction(hessian, first, gap, unit)
        slope, moved = float(gap @ direction), False
        for halving in range(30):
            trial = multipliers + direction * 0.5**halving
            new_sums, new_hessian = evaluate(trial)
            uphill = float((new_sums - totals) @ direction)
            if np.isfinite(new_sums).all() and np.isfinite(new_hessian).all() and uphill <= 0.5 * abs(slope):
                moved = True
                break
        if not moved or slope <= 0:
            break
        multipliers, hessian, gap = trial, new_hessian, totals - new_sums
        residual = float(np.max(np.abs(gap) / scale))
    return Solution(multipliers, residual, iteration, residual <= tolerance)


def _direction(hessian: FloatArray, first: FloatArray, gap: FloatArray, unit: FloatArray) -> FloatArray:
    frame = np.outer(unit, unit)
    wanted = gap / unit
    step = np.linalg.lstsq(hessian / frame, wanted, rcond=1e-13)[0]
    if np.linalg.norm(hessian / frame @ step - wanted) > 1e-6 * np.linalg.norm(wanted):
        step = np.linalg.lstsq((hessian + 1e-3 * first) / frame, wanted, rcond=1e-13)[0]
    return np.asarray(step / unit, dtype=float)


Named = tuple[str, tuple[str, ...], np.ndarray[Any, np.dtype[np.int64]], FloatArray]


def _rows(cells: int, margins: Sequence[Named]) -> tuple[csr_matrix, FloatArray, list[tuple[str, str, float]]]:
    """One equation a level: the cells of the level add up to its target, in units of the first margin's total."""
    from scipy.sparse import csr_matrix

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


def _feasible(matrix: csr_matrix, targets: FloatArray) -> bool:
    """Whether non-negative cells reach the targets to 1e-9 of the population."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, hstack

    rows, cells = matrix.shape
    identity = csr_matrix((np.ones(rows), (np.arange(rows), np.arange(rows))), shape=(rows, rows))
    # the smallest total slack; exact feasibility of rounded floats would be decided by noise
    cost, equal = np.r_[np.zeros(cells), np.ones(2 * rows)], hstack([matrix, identity, -identity], format="csr")
    result = linprog(cost, A_eq=equal, b_eq=targets, bounds=(0, None), method="highs")
    return answered(result) <= 1e-9


def answered(result: Any) -> float:
    """Read the optimum of a linear programme that always has one."""
    if result.status != 0:
        raise AibaroError(
            "the linear programme behind this check ended without an answer",
            got=str(result.message),
            hint="scale the totals to similar sizes",
        )
    return float(result.fun)


def conflicting_margins(cells: int, margins: Sequence[Named]) -> list[tuple[str, str, float]]:
    """Find an irreducible set of levels that no non-negative cells can meet together.

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

    def support(rows: list[int]) -> range | None:
        return range(len(rows)) if rows and not _feasible(matrix[rows], targets[rows]) else None

    return [names[row] for row in irreducible(range(len(names)), support)]


def forced_zero_cells(cells: int, margins: Sequence[Named]) -> list[int]:
    """Find cells that are zero in every solution of feasible margins.

    Notes
    -----
    One linear programme (HiGHS) for all cells together.

    Examples
    --------
    >>> forced_zero_cells(3, [("a", ("p", "q"), np.array([0, 0, 1]), np.array([2.0, 2.0])),
    ...                       ("b", ("r", "s"), np.array([0, 1, 1]), np.array([2.0, 2.0]))])
    [1]
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, hstack

    matrix, targets, _ = _rows(cells, margins)
    rows = len(targets)
    # maximise the sum of t with t <= x, t <= 1 over solutions A x = z b of any size z >= 1: where a cell can be
    # positive at all, a large enough solution makes its t one
    eye = csr_matrix((np.ones(cells), (np.arange(cells), np.arange(cells))), shape=(cells, cells))
    equal = hstack([matrix, csr_matrix((rows, cells)), csr_matrix(-targets[:, None])], format="csr")
    below = hstack([-eye, eye, csr_matrix((cells, 1))], format="csr")
    bounds = [(0, None)] * cells + [(0, 1)] * cells + [(1, None)]
    result = linprog(
        np.r_[np.zeros(cells), -np.ones(cells), 0],
        A_ub=below,
        b_ub=np.zeros(cells),
        A_eq=equal,
        b_eq=np.zeros(rows),
        bounds=bounds,
        method="highs",
    )
    answered(result)
    positive = np.asarray(result.x)[cells : 2 * cells]
    return [int(cell) for cell in np.flatnonzero(positive < 0.5)]
