"""Calibration of rows: totals of categories and of numeric columns, met by the smallest change of weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np
import pandas as pd

from aibaro._arguments import is_number
from aibaro._arrays import FloatArray
from aibaro.errors import ConflictError, Fault, FaultList, InputError
from aibaro.frames.weighted.weight_cells import WeightCells
from aibaro.frames.weighted.weight_rows import WeightRows
from aibaro.frames.weighted.weight_rules import DISTANCES, Moments, Term, WeightRule
from aibaro.weights._base import grid_term
from aibaro.weights._result import Fit, WeightResult, begin, extend, join_margins, margin_table
from aibaro.weights._solve import Evaluate, Solution, answered, power_near, solve
from aibaro.weights._targets import Target, check_options, columns_in, indicators, matched, read_margins, scale_targets
from aibaro.weights.residuals import Auxiliaries


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibration factors, and how well they meet the totals.

    Parameters
    ----------
    factors : numpy.ndarray of float64, shape (C,)
        g-weight of each cell or unit.
    multipliers : numpy.ndarray of float64, shape (P,)
        Lagrange multipliers, one per auxiliary variable; they replay the calibration on new rows.
    residual : float
        Largest relative residual of a total.
    iterations : int
        Newton steps.
    """

    factors: FloatArray
    multipliers: FloatArray
    residual: float
    iterations: int


def g_weights(distance: str, u: FloatArray, bounds: tuple[float, float]) -> tuple[FloatArray, FloatArray]:
    """Evaluate the calibration function of a distance and its derivative.

    Examples
    --------
    >>> g_weights("raking", np.array([0.0]), (0.0, np.inf))
    (array([1.]), array([1.]))
    """
    lower, upper = bounds
    if not isinstance(distance, str) or distance not in DISTANCES:
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
    auxiliaries: FloatArray,
    weights: FloatArray,
    totals: FloatArray,
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
    # equations in units near one: neither sums nor products leave the doubles
    unit = power_near(1.0, float(np.abs(totals).max(initial=0.0)) or 1.0)
    weights, totals = weights * unit, totals * unit
    scale = residual_scale(totals, np.abs(auxiliaries).T @ np.abs(weights))

    def evaluate(multipliers: FloatArray) -> tuple[FloatArray, FloatArray]:
        factors, slope = g_weights(distance, auxiliaries @ multipliers, bounds)
        sums = auxiliaries.T @ (weights * factors)
        return sums, (auxiliaries * (weights * slope)[:, None]).T @ auxiliaries

    found = solve(evaluate, totals, scale, tolerance=tolerance, max_iterations=max_iterations)
    if not found.met:
        _explain_failure(auxiliaries, weights, totals, names=names, bounds=bounds, residual=found.residual)
    factors, _ = g_weights(distance, auxiliaries @ found.multipliers, bounds)
    return Calibration(factors, found.multipliers, found.residual, found.iterations)


def residual_scale(totals: FloatArray, sizes: FloatArray) -> FloatArray:
    """Return what the residual of each total is divided by.

    Examples
    --------
    >>> residual_scale(np.array([100.0, 0.0]), np.array([90.0, 5e6])).tolist()
    [100.0, 5.0]
    """
    scale = np.maximum(np.abs(totals), 1e-6 * sizes)
    return np.where(scale > 0, scale, 1.0)


def _feasible(auxiliaries: FloatArray, weights: FloatArray, totals: FloatArray, bounds: tuple[float, float]) -> bool:
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
    auxiliaries: FloatArray,
    weights: FloatArray,
    totals: FloatArray,
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


EVERYTHING = "(all)"


@dataclass(frozen=True, slots=True)
class CalibrateRecipe:
    """Change weights as little as the totals allow.

    Parameters
    ----------
    targets : tuple of Target
        Categorical totals.
    numeric : tuple of (str, float)
        Numeric columns and their totals.
    total : float or None
        Size of the population: a total of its own, and what shares refer to.
    distance : {"linear", "raking", "logit"}
        Distance between old and new weights.
    bounds : tuple of float
        Bounds of the g-weights.
    tolerance : float
        Largest relative residual that counts as met.
    max_iterations : int
        Newton steps.
    """

    targets: tuple[Target, ...]
    numeric: tuple[tuple[str, float], ...]
    total: float | None
    distance: str
    bounds: tuple[float, float]
    tolerance: float
    max_iterations: int
    kind: str = field(default="calibrate", init=False)
    assumption: str = field(default="the outcome depends on the auxiliaries, or response does", init=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the step reads."""
        return (*columns_in(self.targets), *(name for name, _ in self.numeric))

    def fit(self, rows: WeightRows, weight: Any) -> Fit:
        """Take the step."""
        cells = rows.cells(columns_in(self.targets), weight)
        targets = scale_targets(self.targets, self.total, float(cells.total.sum()))
        codes = matched(targets, cells, "calibrate")
        system = _System(self, cells, targets, codes)
        if self.numeric:
            return _fit_rows(system, rows, weight)
        kept = cells.n > 0
        found = calibrate_arrays(
            system.matrix[kept],
            cells.total[kept] * system.scale,
            system.wanted,
            names=system.names,
            distance=self.distance,
            bounds=self.bounds,
            tolerance=self.tolerance,
            max_iterations=self.max_iterations,
        )
        rule = system.rule(found.multipliers)
        factors = np.where(kept, rule.g(rule.predictor(cells)), 0.0)
        margins = system.table(factors)
        return Fit(
            rule,
            cells.spread,
            cells.scaled(factors),
            margins,
            _verified(margins, system.matrix.T @ np.abs(cells.total * factors), self.tolerance, found.residual),
            found.iterations,
            Auxiliaries.of(cells, system.names, system.matrix, factors),
            {"cells": int(kept.sum())},
        )


# a total of zero is met when it is missed by no more than this part of what it is a sum of
SMALL = 1e-9
# the weights that rows get may miss totals by this multiple of the tolerance
ROUNDING = 1e3


def _verified(margins: pd.DataFrame, sizes: FloatArray, tolerance: float, residual: float) -> float:
    """Measure the residual of each total with the weights that the rows get; refuse weights that miss one."""
    target, after = margins["target"].to_numpy(), margins["after"].to_numpy()
    scale = np.where(target != 0, np.abs(target), np.maximum(SMALL * sizes, np.finfo(float).tiny))
    gap = np.abs(after - target) / scale
    largest = float(gap.max(initial=0.0))
    if np.isfinite(largest) and largest <= max(ROUNDING * tolerance, 1e-9):
        return max(largest, residual)
    missed = np.flatnonzero(~(gap <= max(ROUNDING * tolerance, 1e-9)))
    faults = tuple(
        Fault(
            "a total is missed",
            parameter=str(margins["domain"].iloc[row]),
            where=repr(str(margins["level"].iloc[row])),
            expected=f"{target[row]:,.10g}",
            got=f"{after[row]:,.10g}",
        )
        for row in missed[:8].tolist()
    )
    raise ConflictError(
        "the weights do not meet the totals, which are too far from the sums of the weights before",
        where="calibrate",
        parameter="totals",
        got=f"relative residual {largest:.3g}",
        expected=f"at most {max(ROUNDING * tolerance, 1e-9):.3g}",
        hint="bring the weights to the scale of the totals first: normalize(to=...) or poststratify",
        faults=faults,
    )


@dataclass(frozen=True, slots=True)
class _System:
    """The calibration equations of one fit: P0 columns that are constant in cells, then the numeric ones."""

    recipe: CalibrateRecipe
    cells: WeightCells
    targets: tuple[Target, ...]
    codes: tuple[Any, ...]

    @property
    def matrix(self) -> FloatArray:
        parts = [np.ones((self.cells.size, 1))] if self.recipe.total is not None else []
        if self.targets:
            parts.append(indicators(self.targets, self.codes))
        return np.hstack(parts) if parts else np.zeros((self.cells.size, 0))

    @property
    def names(self) -> tuple[str, ...]:
        first = (EVERYTHING,) if self.recipe.total is not None else ()
        levels = (f"{t.name}={level}" for t in self.targets for level in t.names)
        return (*first, *levels, *(name for name, _ in self.recipe.numeric))

    @property
    def wanted(self) -> FloatArray:
        first = [np.array([self.recipe.total])] if self.recipe.total is not None else []
        numeric = np.array([t for _, t in self.recipe.numeric])
        return np.concatenate([*first, *(t.values for t in self.targets), numeric]).astype(float)

    @property
    def scale(self) -> float:
        """Power of two that brings weights far from the totals near them, where that does not change the result."""
        free = self.recipe.bounds == ((0.0, inf) if self.recipe.distance == "raking" else (-inf, inf))
        if not free or self.recipe.distance == "logit" or not (self.targets or self.recipe.total is not None):
            return 1.0
        wanted = self.recipe.total if self.recipe.total is not None else float(self.targets[0].values.sum())
        return power_near(wanted, float(self.cells.total.sum()))

    def rule(self, multipliers: FloatArray) -> WeightRule:
        """Turn multipliers into a rule that rows can follow."""
        terms, at = [], 0
        if self.recipe.total is not None:
            terms.append(Term((), (), multipliers[:1]))
            at = 1
        for target in self.targets:
            values = multipliers[at : at + len(target.values)]
            terms.append(grid_term(target, values))
            at += len(target.values)
        numeric = tuple((n, float(v)) for (n, _), v in zip(self.recipe.numeric, multipliers[at:], strict=True))
        return WeightRule(tuple(terms), numeric, self.recipe.distance, self.recipe.bounds, scale=self.scale)

    def table(self, factors: FloatArray, after: WeightCells | None = None) -> pd.DataFrame:
        """Tabulate the categorical totals and the population."""
        parts = []
        new = self.cells.total * factors if after is None else after.total
        if self.recipe.total is not None:
            parts.append(
                pd.DataFrame(
                    {
                        "domain": [EVERYTHING],
                        "level": [""],
                        "n": [int(self.cells.n.sum())],
                        "target": [self.recipe.total],
                        "before": [float(self.cells.total.sum())],
                        "after": [float(new.sum())],
                    }
                )
            )
        if self.targets:
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.where(self.cells.total > 0, new / self.cells.total, 0.0)
            parts.append(margin_table(self.targets, self.cells, ratio, self.codes))
        return join_margins(parts)


def _fit_rows(system: _System, rows: WeightRows, weight: Any) -> Fit:
    """Calibrate with numeric columns: every Newton step is one aggregation where the rows live."""
    recipe, cells, matrix = system.recipe, system.cells, system.matrix

    zero = np.zeros(len(system.wanted))
    start = rows.moments(cells, system.rule(zero), weight)
    evaluate = _evaluator(system, rows, weight, start)
    before = np.concatenate([matrix.T @ start.value, start.value_x.sum(axis=0)]) / system.scale
    scale = residual_scale(system.wanted, np.concatenate([matrix.T @ cells.total * system.scale, start.size_x]))
    found = solve(evaluate, system.wanted, scale, tolerance=recipe.tolerance, max_iterations=recipe.max_iterations)
    if not found.met:
        _explain(system, evaluate, scale, before, found)
    rule = system.rule(found.multipliers)
    # what the rows get, not what the equations promise
    reached = rows.moments(cells, rule, weight).value_x.sum(axis=0)
    after = rows.cells(cells.keys, rows.apply(rule, weight), lowest=-inf)
    # totals of numbers are sums of |x| with the weights before: those after would cost a pass
    change = max(float(np.abs(after.total).sum()) / max(float(cells.total.sum()), np.finfo(float).tiny), 1.0)
    sizes = np.concatenate([matrix.T @ np.abs(after.total), start.size_x * change])
    numeric = pd.DataFrame(
        {
            "domain": [n for n, _ in recipe.numeric],
            "level": "",
            "n": int(cells.n.sum()),
            "target": [t for _, t in recipe.numeric],
            "before": before[matrix.shape[1] :],
            "after": reached,
        }
    )
    constant = [system.table(np.ones(cells.size), after)] if matrix.shape[1] else []
    margins = pd.concat([*constant, numeric], ignore_index=True)
    padded = np.hstack([matrix, np.zeros((cells.size, len(recipe.numeric)))])
    # without multipliers the slope is one: what is curvature there is the matrix of the regression, by weights before
    auxiliaries = Auxiliaries.of(
        cells,
        system.names,
        padded,
        np.full(cells.size, np.nan),
        numeric=tuple(n for n, _ in recipe.numeric),
        gram=_hessian(matrix, start) / system.scale,
    )
    return Fit(
        rule,
        cells.spread,
        after.spread,
        margins,
        _verified(margins, sizes, recipe.tolerance, found.residual),
        found.iterations,
        auxiliaries,
        {"cells": cells.size},
    )


def _hessian(matrix: FloatArray, m: Moments) -> FloatArray:
    cross = matrix.T @ m.slope_x
    return np.block([[(matrix * m.slope[:, None]).T @ matrix, cross], [cross.T, m.slope_xx]])


def _evaluator(system: _System, rows: WeightRows, weight: Any, start: Moments) -> Evaluate:
    """Return the sums at any multipliers; each needs an aggregation, except where F is linear and not bounded."""
    matrix, bounds = system.matrix, system.recipe.bounds
    count = matrix.shape[1]

    first = _hessian(matrix, start)

    def by_rows(multipliers: FloatArray) -> tuple[FloatArray, FloatArray]:
        m = rows.moments(system.cells, system.rule(multipliers), weight) if multipliers.any() else start
        return np.concatenate([matrix.T @ m.value, m.value_x.sum(axis=0)]), _hessian(matrix, m)

    def by_cells(multipliers: FloatArray) -> tuple[FloatArray, FloatArray]:
        # Σ w (1 + u) and Σ w (1 + u) x follow from Σ w, Σ w x and Σ w x x', which the first pass gave
        factor, slopes = 1 + matrix @ multipliers[:count], multipliers[count:]
        value = start.slope * factor + start.slope_x @ slopes
        return np.concatenate([matrix.T @ value, start.slope_x.T @ factor + start.slope_xx @ slopes]), first

    return by_cells if system.recipe.distance == "linear" and bounds == (-inf, inf) else by_rows


def _explain(system: _System, evaluate: Evaluate, scale: FloatArray, before: FloatArray, found: Solution) -> None:
    """Drop totals one by one as long as the rest cannot be met; what stays is the conflict."""
    recipe, count = system.recipe, len(system.wanted)

    def met(kept: list[int]) -> bool:
        rows = np.array(kept)

        def part(multipliers: FloatArray) -> tuple[FloatArray, FloatArray]:
            full = np.zeros(count)
            full[rows] = multipliers
            sums, hessian = evaluate(full)
            return sums[rows], hessian[np.ix_(rows, rows)]

        return solve(part, system.wanted[rows], scale[rows], tolerance=1e-8, max_iterations=recipe.max_iterations).met

    kept = list(range(count))
    for column in range(count):
        fewer = [c for c in kept if c != column]
        if fewer and not met(fewer):
            kept = fewer
    faults = tuple(
        Fault(
            "part of the conflict",
            parameter=system.names[c],
            expected=f"{system.wanted[c]:,.6g}",
            got=f"{before[c]:,.6g} before calibration",
        )
        for c in kept
    )
    raise ConflictError(
        "no g-weights within the bounds meet these totals together",
        where="calibrate",
        parameter="totals, bounds",
        got=f"bounds ({recipe.bounds[0]:g}, {recipe.bounds[1]:g}), nearest residual {found.residual:.3g}",
        hint="widen the bounds, or change one of the totals below",
        faults=faults,
    )


def calibrate(
    rows: Any,
    totals: Any,
    *,
    distance: str = "linear",
    bounds: tuple[float, float] | None = None,
    by: Sequence[str | Sequence[str]] | str | None = None,
    units: str = "auto",
    total: float | None = None,
    weight: str | None = None,
    name: str | None = None,
    tolerance: float = 1e-10,
    max_iterations: int = 100,
) -> WeightResult:
    """Meet totals of categories and of numeric columns by calibration.

    Parameters
    ----------
    rows : frame or WeightResult
        The rows, or weights to continue from.
    totals : mapping, frame, Design or PublishedSurvey
        As in :func:`rake`; in a mapping a number instead of levels is the total of a numeric column,
        ``{"size": {"s": 30, "l": 10}, "employees": 5200}``.
    distance : {"linear", "raking", "logit"}
        Distance between old and new weights: ``linear`` is the GREG estimator and may give negative weights, ``raking``
        gives positive ones, ``logit`` keeps the ratio of new to old weights strictly within `bounds`.
    bounds : tuple of float, optional
        Bounds (L, U) of the ratio of new to old weights, L < 1 < U; by default none, and for ``raking`` L = 0.
    by : sequence of str or of sequences of str, optional
        Margins to use of a table of strata, by default each column.
    units : {"auto", "counts", "shares", "percent"}
        What the numbers of margins are; ``auto`` takes numbers that add up to one as shares.
    total : float, optional
        Size of the population: a total of its own (R's intercept), and what shares refer to.
    weight : str, optional
        Column of the weights before; for frames alone, by default one.
    name : str, optional
        Column of the new weights, by default ``weight``.
    tolerance : float
        Largest relative residual of a total that counts as met.
    max_iterations : int
        Newton steps.

    Returns
    -------
    WeightResult
        Weights that meet the totals to the residual that it states.

    Raises
    ------
    InputError
        With every fault of rows, totals, distance and bounds.
    ConflictError
        When no weights within the bounds meet the totals: an irreducible set of conflicting totals.

    Notes
    -----
    w' = w F(x'λ) with Σ w' x = t.  With categories alone everything after one aggregation runs on cells; with numeric
    columns each Newton step is one aggregation in the engine, with memory of the order of (C + P) P for C cells and P
    totals; ``linear`` without bounds needs one in all, because its equations are linear in sums that the first gave.
    Rows of weight zero stay at zero.  With ``linear`` weights may become negative and are kept as they are.

    References
    ----------
    Deville, J.-C., & Särndal, C.-E. (1992). Calibration estimators in survey sampling. Journal of the American
    Statistical Association, 87(418), 376-382. https://doi.org/10.1080/01621459.1992.10475217

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"size": ["s", "s", "l", "l"], "staff": [10.0, 20.0, 100.0, 300.0]})
    >>> result = calibrate(rows, {"size": {"s": 60, "l": 40}, "staff": 8000.0}, distance="raking")
    >>> frame = result.frame
    >>> round(float((frame["weight"] * frame["staff"]).sum()), 6), round(float(frame["weight"].sum()), 6)
    (8000.0, 100.0)
    """
    faults = FaultList("the calibration cannot be set up", where="calibrate")
    limits = (-inf, inf)
    targets: tuple[Target, ...] = ()
    numeric: dict[str, float] = {}
    try:
        limits = _read_bounds(bounds, distance)
        g_weights(distance, np.zeros(1), limits)
    except InputError as error:
        faults.extend(error)
    try:
        check_options("calibrate", total=total, tolerance=tolerance, max_iterations=max_iterations, units=units)
    except InputError as error:
        faults.extend(error)
    try:
        size = total if total is not None and is_number(total) and total > 0 else None
        targets, numeric = read_margins(totals, by, units, "calibrate", crossed="each", total=size)
    except InputError as error:
        faults.extend(error)
    for column, value in numeric.items():
        if not np.isfinite(value):
            faults.add("not a total", parameter=column, expected="a finite number", got=str(value))
    faults.raise_if_any()
    recipe = CalibrateRecipe(targets, tuple(numeric.items()), total, distance, limits, tolerance, int(max_iterations))
    return extend(begin(rows, weight, name, recipe.columns), recipe)


def _read_bounds(bounds: Any, distance: Any) -> tuple[float, float]:
    if bounds is None:
        return (0.0, inf) if isinstance(distance, str) and distance == "raking" else (-inf, inf)
    pair = list(bounds) if isinstance(bounds, list | tuple) else []
    if len(pair) != 2 or not all(is_number(b) and not np.isnan(b) for b in pair):
        raise InputError(
            "not a pair of bounds",
            parameter="bounds",
            expected="(L, U) with L < 1 < U, such as (0.3, 3)",
            got=repr(bounds),
        )
    return float(pair[0]), float(pair[1])
