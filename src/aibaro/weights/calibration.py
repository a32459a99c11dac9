"""Calibration: the smallest change of weights that meets totals of auxiliary variables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aibaro.errors import ConflictError, Fault, InputError
from aibaro.frames.weighted.cells import Floats
from aibaro.frames.weighted.distances import DISTANCES
from aibaro.weights.feasible import answered
from aibaro.weights.newton import solve


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibration factors, and how well they meet the totals.

    Parameters
    ----------
    factors : numpy.ndarray of float64, shape (C,)
        g-weight of each cell or unit.
    multipliers : numpy.ndarray of float64, shape (P,)
        Lagrange multipliers, one an auxiliary variable; they replay the calibration on new rows.
    residual : float
        Largest relative residual of a total.
    iterations : int
        Newton steps.
    """

    factors: Floats
    multipliers: Floats
    residual: float
    iterations: int


def g_weights(distance: str, u: Floats, bounds: tuple[float, float]) -> tuple[Floats, Floats]:
    """Evaluate the calibration function of a distance and its derivative.

    Examples
    --------
    >>> g_weights("raking", np.array([0.0]), (0.0, np.inf))
    (array([1.]), array([1.]))
    """
    lower, upper = bounds
    if distance not in DISTANCES:
        raise InputError(
            "unknown distance",
            where="calibrate",
            parameter="distance",
            expected=", ".join(DISTANCES),
            got=repr(distance),
        )
    if not lower < 1 < upper or (distance == "logit" and not (np.isfinite(lower) and np.isfinite(upper))):
        raise InputError(
            "bounds have to enclose 1",
            where="calibrate",
            parameter="bounds",
            expected="L < 1 < U, both finite for 'logit'",
            got=f"({lower:g}, {upper:g})",
        )
    return DISTANCES[distance](u, lower, upper)


def calibrate_arrays(
    auxiliaries: Floats,
    weights: Floats,
    totals: Floats,
    *,
    names: tuple[str, ...],
    distance: str = "linear",
    bounds: tuple[float, float] = (-np.inf, np.inf),
    tolerance: float = 1e-10,
    max_iterations: int = 100,
) -> Calibration:
    """Solve the calibration equations for cells or units.

    Notes
    -----
    Solves Σ d_k F(x_k'λ) x_k = t by Newton's method, O(C P²) a step; redundant auxiliaries do no harm.  Linear without
    bounds is the GREG estimator, and one step.

    References
    ----------
    Deville, J.-C., & Särndal, C.-E. (1992). Calibration estimators in survey sampling. Journal of the American
    Statistical Association, 87(418), 376-382. https://doi.org/10.1080/01621459.1992.10475217

    Examples
    --------
    >>> x = np.array([[1.0, 0.0], [1.0, 1.0]])
    >>> calibrate_arrays(x, np.array([50.0, 50.0]), np.array([100.0, 60.0]), names=("all", "women")).factors
    array([0.8, 1.2])
    """
    scale = residual_scale(totals, np.abs(auxiliaries).T @ np.abs(weights))

    def evaluate(multipliers: Floats) -> tuple[Floats, Floats]:
        factors, slope = g_weights(distance, auxiliaries @ multipliers, bounds)
        sums = auxiliaries.T @ (weights * factors)
        return sums, (auxiliaries * (weights * slope)[:, None]).T @ auxiliaries

    found = solve(evaluate, totals, scale, tolerance=tolerance, max_iterations=max_iterations)
    if not found.met:
        _explain_failure(auxiliaries, weights, totals, names=names, bounds=bounds, residual=found.residual)
    factors, _ = g_weights(distance, auxiliaries @ found.multipliers, bounds)
    return Calibration(factors, found.multipliers, found.residual, found.iterations)


def residual_scale(totals: Floats, sizes: Floats) -> Floats:
    """Give what the residual of each total is divided by.

    Examples
    --------
    >>> residual_scale(np.array([100.0, 0.0]), np.array([90.0, 5e6])).tolist()
    [100.0, 5.0]
    """
    scale = np.maximum(np.abs(totals), 1e-6 * sizes)
    return np.where(scale > 0, scale, 1.0)


def _feasible(auxiliaries: Floats, weights: Floats, totals: Floats, bounds: tuple[float, float]) -> bool:
    """Whether g-weights within the bounds meet the totals to 1e-9 of each."""
    from scipy.optimize import linprog

    rows = (auxiliaries * weights[:, None]).T
    scale = np.maximum(np.abs(totals), np.abs(rows).sum(axis=1) * 1e-9)
    rows, goal = rows / scale[:, None], totals / scale
    count = len(goal)
    matrix = np.hstack([rows, np.eye(count), -np.eye(count)])
    lower, upper = (None if not np.isfinite(b) else b for b in bounds)
    limits = [(lower, upper)] * len(weights) + [(0, None)] * (2 * count)
    cost = np.r_[np.zeros(len(weights)), np.ones(2 * count)]
    result = linprog(cost, A_eq=matrix, b_eq=goal, bounds=limits, method="highs")
    return answered(result) <= 1e-9


def _explain_failure(
    auxiliaries: Floats,
    weights: Floats,
    totals: Floats,
    *,
    names: tuple[str, ...],
    bounds: tuple[float, float],
    residual: float,
) -> None:
    kept = list(range(len(totals)))
    if _feasible(auxiliaries, weights, totals, bounds):
        raise ConflictError(
            "the totals can be met, but this distance does not reach them",
            where="calibrate",
            parameter="distance",
            got=f"residual {residual:.3g}",
            hint="totals on the edge of what the bounds allow: widen the bounds",
        )
    for column in range(len(totals)):
        fewer = [c for c in kept if c != column]
        if fewer and not _feasible(auxiliaries[:, fewer], weights, totals[fewer], bounds):
            kept = fewer
    reached = auxiliaries.T @ weights
    faults = tuple(
        Fault(
            "part of the conflict",
            parameter=names[c],
            expected=f"{totals[c]:,.6g}",
            got=f"{reached[c]:,.6g} before calibration",
        )
        for c in kept
    )
    raise ConflictError(
        "no g-weights within the bounds meet these totals together",
        where="calibrate",
        parameter="totals, bounds",
        got=f"bounds ({bounds[0]:g}, {bounds[1]:g})",
        hint="widen the bounds, or change one of the totals below",
        faults=faults,
    )
