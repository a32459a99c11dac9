"""Newton's method for calibration equations, wherever their sums come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aibaro.frames.weighted.cells import Floats

Evaluate = Callable[[Floats], tuple[Floats, Floats]]


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

    multipliers: Floats
    residual: float
    iterations: int
    met: bool


def solve(
    evaluate: Evaluate,
    totals: Floats,
    scale: Floats,
    *,
    tolerance: float,
    max_iterations: int,
    start: Floats | None = None,
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


def _direction(hessian: Floats, first: Floats, gap: Floats, unit: Floats) -> Floats:
    frame = np.outer(unit, unit)
    wanted = gap / unit
    step = np.linalg.lstsq(hessian / frame, wanted, rcond=1e-13)[0]
    if np.linalg.norm(hessian / frame @ step - wanted) > 1e-6 * np.linalg.norm(wanted):
        step = np.linalg.lstsq((hessian + 1e-3 * first) / frame, wanted, rcond=1e-13)[0]
    return np.asarray(step / unit, dtype=float)
