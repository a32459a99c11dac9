"""Weights that meet several margins at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import numpy as np

from aibaro._arguments import is_number
from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import ConflictError, Fault, InputError
from aibaro.frames.weighted.weight_cells import WeightCells
from aibaro.frames.weighted.weight_rows import WeightRows, open_rows
from aibaro.frames.weighted.weight_rules import WeightRule
from aibaro.weights._base import grid_term
from aibaro.weights._result import Fit, RakingStep, WeightResult, begin, extend, margin_table
from aibaro.weights._solve import conflicting_margins, forced_zero_cells, power_near, solve
from aibaro.weights._targets import Target, check_options, columns_in, indicators, matched, read_margins, scale_targets
from aibaro.weights._trim import WeightLimits, check_limits, limit_notes, search
from aibaro.weights.residuals import LIMIT, Auxiliaries

# logarithm beyond which a factor tells that the margins force a cell to zero, long before it overflows
EXTREME = 300.0
# relative difference up to which totals of margins are the same
_SAME_TOTAL = 1e-9
# rounds whose adjustments are kept for teaching
_KEPT_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class CellMargin:
    """One margin on the cells: to which level each cell belongs, and what each level has to add up to.

    Parameters
    ----------
    name : str
        Name of the margin, such as ``sector``.
    levels : tuple of str, length L
        Names of the levels.
    codes : numpy.ndarray of int64, shape (C,)
        Level of each cell, 0 to L - 1.
    targets : numpy.ndarray of float64, shape (L,)
        Total of each level, in units of the population.
    """

    name: str
    levels: tuple[str, ...]
    codes: IntArray
    targets: FloatArray


@dataclass(frozen=True, slots=True)
class Raking:
    """Factors of the cells, and how they were reached.

    Parameters
    ----------
    factors : numpy.ndarray of float64, shape (C,)
        Factor by which all weights of a cell are multiplied.
    level_factors : tuple of numpy.ndarray of float64, shape (L,)
        One array a margin; the factor of a cell is the product over its levels.
    residual : float
        Largest relative residual |sum - target| / target over all margins.
    iterations : int
        Rounds over all margins.
    steps : tuple of RakingStep
        Each adjustment of the first five rounds, for teaching.
    """

    factors: FloatArray
    level_factors: tuple[FloatArray, ...]
    residual: float
    iterations: int
    steps: tuple[RakingStep, ...]


def check_totals(margins: Sequence[CellMargin]) -> None:
    """Refuse margins that do not add up to one population.

    Examples
    --------
    >>> a = CellMargin("size", ("s", "l"), np.array([0, 1]), np.array([30.0, 70.0]))
    >>> b = CellMargin("sector", ("x",), np.array([0, 0]), np.array([90.0]))
    >>> check_totals([a, b])
    Traceback (most recent call last):
    aibaro.errors.ConflictError: margins disagree about the size of the population
    ...
    """
    totals = [float(margin.targets.sum()) for margin in margins]
    if max(totals) - min(totals) <= _SAME_TOTAL * max(totals):
        return
    faults = tuple(
        Fault("margin total", parameter=margin.name, got=f"{total:,.6f}")
        for margin, total in zip(margins, totals, strict=True)
    )
    raise ConflictError(
        "margins disagree about the size of the population",
        where="rake",
        parameter="margins",
        expected=f"equal totals to {_SAME_TOTAL:g}",
        hint="give shares instead of counts, or scale each margin to one population total",
        faults=faults,
    )


def rake_cells(
    totals: FloatArray,
    margins: Sequence[CellMargin],
    *,
    tolerance: float = 1e-10,
    max_iterations: int = 2000,
) -> Raking:
    """Scale cell totals until every margin is met.

    Notes
    -----
    Iterative proportional fitting (Deming & Stephan 1940).  Cost per round is C times the number of margins, whatever
    the number of rows; memory is O(C).  Convergence is the measured residual, never a stalled step.  Where the rounds
    do not suffice although the margins can be met, Newton's method of :func:`calibrate_arrays` goes on from where they
    ended: the raked weights are unique, so that both lead to the same.

    References
    ----------
    Deming, W. E., & Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table when the
    expected marginal totals are known. Annals of Mathematical Statistics, 11(4), 427-444.
    https://doi.org/10.1214/aoms/1177731829

    Examples
    --------
    >>> size = CellMargin("size", ("s", "l"), np.array([0, 0, 1, 1]), np.array([60.0, 40.0]))
    >>> sector = CellMargin("sector", ("x", "y"), np.array([0, 1, 0, 1]), np.array([50.0, 50.0]))
    >>> result = rake_cells(np.array([10.0, 20.0, 30.0, 40.0]), [size, sector])
    >>> result.residual <= 1e-10
    True
    >>> np.round(result.factors * [10, 20, 30, 40], 3)
    array([27.577, 32.423, 22.423, 17.577])
    """
    _check_support(totals, margins)
    check_totals(margins)
    current = np.asarray(totals, dtype=float).copy()
    product = tuple(np.ones(len(margin.levels)) for margin in margins)
    steps: list[RakingStep] = []
    residual = _residual(current, margins)
    iteration = 0
    while residual > tolerance and iteration < max_iterations:
        iteration += 1
        for number, margin in enumerate(margins):
            sums = np.bincount(margin.codes, current, minlength=len(margin.levels))
            factors = margin.targets / sums
            current *= factors[margin.codes]
            product[number][:] *= factors
            if iteration <= _KEPT_ROUNDS:
                by_factor, by_sum, by_target = (
                    dict(zip(margin.levels, v.tolist(), strict=True)) for v in (factors, sums, margin.targets)
                )
                steps.append(
                    RakingStep(iteration, margin.name, by_factor, by_sum, by_target, _residual(current, margins))
                )
        residual = _residual(current, margins)
        if max(float(np.abs(np.log(part)).max()) for part in product) > EXTREME:
            break
    if residual > tolerance:
        product, extra = _finish(totals, margins, product, residual, tolerance)
        iteration += extra
    factors = np.ones(len(current))
    for margin, collected in zip(margins, product, strict=True):
        factors = factors * collected[margin.codes]
    return Raking(factors, product, _residual(totals * factors, margins), iteration, tuple(steps))


def _residual(current: FloatArray, margins: Sequence[CellMargin]) -> float:
    sums = [np.bincount(m.codes, current, minlength=len(m.levels)) for m in margins]
    return max(float(np.max(np.abs(s - m.targets) / m.targets)) for s, m in zip(sums, margins, strict=True))


def _check_support(totals: FloatArray, margins: Sequence[CellMargin]) -> None:
    if np.any(~np.isfinite(totals)) or np.any(totals <= 0):
        raise InputError("cell totals have to be positive", where="rake", parameter="totals", expected="> 0")
    hint = "collapse it with a neighbouring level in data and margin"
    empty = [
        Fault("no respondent to carry this level", parameter=m.name, got=repr(level), hint=hint)
        for m in margins
        for level, there in zip(m.levels, np.bincount(m.codes, minlength=len(m.levels)), strict=True)
        if there == 0
    ]
    if empty:
        raise ConflictError("levels of the margins have no respondents", where="rake", faults=tuple(empty))


def _finish(
    totals: FloatArray,
    margins: Sequence[CellMargin],
    product: tuple[FloatArray, ...],
    residual: float,
    tolerance: float,
) -> tuple[tuple[FloatArray, ...], int]:
    """Examine margins that the rounds did not meet: raise their conflict, or meet them by Newton's method."""
    _raise_conflict(totals, margins)
    codes = np.concatenate([[0], np.cumsum([len(m.levels) for m in margins])])
    indicators = np.zeros((len(totals), codes[-1]))
    for offset, margin in zip(codes, margins, strict=False):
        indicators[np.arange(len(totals)), offset + margin.codes] = 1.0
    wanted = np.concatenate([m.targets for m in margins])

    def evaluate(multipliers: FloatArray) -> tuple[FloatArray, FloatArray]:
        current = totals * np.exp(np.clip(indicators @ multipliers, -700, 700))
        return indicators.T @ current, (indicators * current[:, None]).T @ indicators

    start = np.concatenate([np.log(p) for p in product])
    found = solve(evaluate, wanted, wanted, tolerance=tolerance, max_iterations=200, start=start)
    if not found.met:
        raise ConflictError(
            "the margins lie on the edge of what weights can meet",
            where="rake",
            parameter="margins",
            expected=f"a residual of at most {tolerance:g}",
            got=f"{min(residual, found.residual):.3g}",
            hint="collapse the smallest levels of the margins",
        )
    return tuple(np.exp(part) for part in np.split(found.multipliers, codes[1:-1])), found.iterations


def _raise_conflict(totals: FloatArray, margins: Sequence[CellMargin]) -> None:
    """Say why no weights meet the margins: levels that conflict, or cells that they force to zero."""
    named = [(m.name, m.levels, m.codes, m.targets) for m in margins]
    conflict = conflicting_margins(len(totals), named)
    if conflict:
        faults = tuple(
            Fault("part of the conflict", parameter=name, got=f"{level!r} = {target:,.6g}")
            for name, level, target in conflict
        )
        raise ConflictError(
            "no weights meet these margins together",
            where="rake",
            parameter="margins",
            hint="change or collapse one of the levels below; without any one of them the rest can be met",
            faults=faults,
        )
    zeros = forced_zero_cells(len(totals), named)
    if zeros:
        names = [" × ".join(m.levels[m.codes[cell]] for m in margins) for cell in zeros]
        cells = tuple(Fault("cell forced to weight zero", got=repr(name)) for name in names)
        raise ConflictError(
            "the margins can only be met with weight zero for some respondents",
            where="rake",
            parameter="margins",
            hint="collapse levels that involve these cells",
            faults=cells,
        )


@dataclass(frozen=True, slots=True)
class RakeRecipe:
    """Scale weights margin by margin until all margins are met.

    Parameters
    ----------
    targets : tuple of Target
        The margins.
    total : float or None
        Size of the population that shares refer to.
    tolerance : float
        Largest relative residual that counts as met.
    max_iterations : int
        Rounds of iterative fitting.
    limits : WeightLimits or None
        Limits of the new weights.
    """

    targets: tuple[Target, ...]
    total: float | None
    tolerance: float
    max_iterations: int
    limits: WeightLimits | None = None
    kind: str = field(default="rake", init=False)
    assumption: str = field(default="response and outcome depend on the margins without interactions", init=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the step reads."""
        return columns_in(self.targets)

    def fit(self, rows: WeightRows, weight: Any) -> Fit:
        """Take the step."""
        cells = rows.cells(self.columns, weight)
        targets = scale_targets(self.targets, self.total, float(cells.total.sum()))
        codes = matched(targets, cells, "rake")
        kept = np.flatnonzero(cells.n > 0)
        used = [np.flatnonzero(t.values > 0) for t in targets]
        place = [np.searchsorted(u, c[kept]) for u, c in zip(used, codes, strict=True)]
        margins = [
            CellMargin(t.name, tuple(t.names[i] for i in u), p, t.values[u])
            for t, u, p in zip(targets, used, place, strict=True)
        ]
        # factors far from one would pass for cells that are forced to zero
        unit = power_near(float(targets[0].values.sum()), float(cells.total.sum()))
        found = rake_cells(
            cells.total[kept] * unit, margins, tolerance=self.tolerance, max_iterations=self.max_iterations
        )
        found = replace(found, level_factors=(found.level_factors[0] * unit, *found.level_factors[1:]))
        table = _Table(self, cells, targets, codes, used)
        rule = table.rule(found.level_factors)
        factors = np.where(cells.n > 0, rule.predictor(cells), 0.0)
        if self.limits is not None:
            return _limited(table, rows, weight, found, factors)
        return Fit(
            rule,
            cells.spread,
            cells.scaled(factors),
            margin_table(targets, cells, factors, codes),
            found.residual,
            found.iterations,
            Auxiliaries.of(cells, table.names, indicators(targets, codes), factors),
            {"cells": len(kept)},
            found.steps,
        )


@dataclass(frozen=True, slots=True)
class _Table:
    """The cells of one raking, its margins, and the levels that are not empty."""

    recipe: RakeRecipe
    cells: WeightCells
    targets: tuple[Target, ...]
    codes: tuple[Any, ...]
    used: list[Any]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{t.name}={level}" for t in self.targets for level in t.names)

    def rule(self, level_factors: Sequence[FloatArray], clip: tuple[float, float] = (0.0, inf)) -> WeightRule:
        """Turn factors of levels into a rule that rows can follow."""
        terms = []
        for target, used, values in zip(self.targets, self.used, level_factors, strict=True):
            full = np.full(len(target.values), np.nan)
            full[used] = values
            terms.append(grid_term(target, full))
        return WeightRule(tuple(terms), clip=clip)


def _limited(table: _Table, rows: WeightRows, weight: Any, found: Raking, factors: FloatArray) -> Fit:
    """Meet the margins with weights within limits: w' = min(U, max(L, w Π f))."""
    limits, cells = table.recipe.limits, table.cells
    raked = rows.apply(table.rule(found.level_factors), weight)
    spread = cells.scaled(factors)
    if limits is None:
        raise InputError("no limits", where="rake", parameter="upper")
    if limits.scale == "deff":

        def ratio_at(limit: float) -> float:
            rule, _, _ = _meet(table, rows, weight, found, (0.0, limit))
            return rows.cells(cells.keys, rows.apply(rule, weight)).spread.kish_ratio

        clip = (0.0, search(limits.upper, spread, ratio_at, "rake"))
    else:
        clip = limits.clip(rows, raked, spread)
    rule, residual, rounds = _meet(table, rows, weight, found, clip)
    new = rows.apply(rule, weight)
    after = rows.cells(cells.keys, new)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(cells.n > 0, after.total / cells.total, 0.0)
    auxiliaries, count = _free_auxiliaries(table, rows, weight, rule, new)
    notes = {"cells": int((cells.n > 0).sum()), "lower": clip[0], "upper": clip[1], "at a limit": count}
    return Fit(
        rule,
        cells.spread,
        after.spread,
        margin_table(table.targets, cells, ratio, table.codes),
        residual,
        found.iterations + rounds,
        auxiliaries,
        notes,
        found.steps,
        limit_notes(count, clip),
    )


def _meet(
    table: _Table, rows: WeightRows, weight: Any, found: Raking, clip: tuple[float, float]
) -> tuple[WeightRule, float, int]:
    """Solve the margins for weights within limits by Newton's method; an aggregation a step."""
    recipe, cells = table.recipe, table.cells
    if clip == (0.0, inf):
        return table.rule(found.level_factors), found.residual, 0
    matrix = indicators(table.targets, table.codes)
    columns = np.concatenate([[0], np.cumsum([len(t.values) for t in table.targets])])
    kept = np.concatenate([c + u for c, u in zip(columns, table.used, strict=False)])
    matrix, inside = matrix[:, kept], cells.n > 0
    wanted = np.concatenate([t.values[u] for t, u in zip(table.targets, table.used, strict=True)])

    def evaluate(multipliers: FloatArray) -> tuple[FloatArray, FloatArray]:
        factors = np.where(inside, np.exp(np.clip(matrix @ multipliers, -700, 700)), 1.0)
        sums, free, _ = rows.inside(cells, factors, clip, weight)
        return matrix.T @ sums, (matrix * (factors * free)[:, None]).T @ matrix

    start = np.concatenate([np.log(values) for values in found.level_factors])
    solution = solve(evaluate, wanted, wanted, tolerance=recipe.tolerance, max_iterations=200, start=start)
    if not solution.met:
        raise ConflictError(
            "no weights within the limits meet these margins",
            where="rake",
            parameter="lower, upper",
            expected=f"limits that leave a residual of at most {recipe.tolerance:g}",
            got=f"({clip[0]:.6g}, {clip[1]:.6g}), nearest residual {solution.residual:.3g}",
            hint="widen the limits, or collapse levels whose weights are near them",
            faults=_beyond(table, clip),
        )
    ends = np.cumsum([len(u) for u in table.used])[:-1]
    rule = table.rule([np.exp(part) for part in np.split(solution.multipliers, ends)], clip)
    return rule, solution.residual, solution.iterations


def _beyond(table: _Table, clip: tuple[float, float]) -> tuple[Fault, ...]:
    """Levels whose total no weights within the limits reach, each by itself."""
    faults = []
    for target, codes in zip(table.targets, table.codes, strict=True):
        rows = np.bincount(codes[codes >= 0], table.cells.n[codes >= 0], minlength=len(target.values))
        for level, n, value in zip(target.names, rows.tolist(), target.values.tolist(), strict=True):
            if not n * clip[0] <= value <= n * clip[1]:
                faults.append(
                    Fault(
                        "rows within the limits cannot make this total",
                        parameter=target.name,
                        where=repr(level),
                        expected=f"{value:,.6g}",
                        got=f"{n * clip[0]:,.6g} to {n * clip[1]:,.6g} from {int(n):,} rows",
                    )
                )
    return tuple(faults)


def _free_auxiliaries(
    table: _Table, rows: WeightRows, weight: Any, rule: WeightRule, new: Any
) -> tuple[Auxiliaries, int]:
    """Auxiliaries of weights that may still move: those at a limit do not, whatever the sample."""
    marked = open_rows(rows.attach(LIMIT, rows.at_limit(rule.clip, new)))
    cells = marked.cells((*table.cells.keys, LIMIT), weight)
    codes = tuple(target.codes(cells) for target in table.targets)
    fixed = np.array([cells.levels[-1][c] == "1" for c in cells.codes[:, -1].tolist()]) & (cells.n > 0)
    free = np.where(cells.n > 0, rule.predictor(cells), 0.0)
    every = Auxiliaries.of(cells, table.names, indicators(table.targets, codes), np.where(fixed, np.inf, free))
    if not fixed.any():
        plain = np.where(table.cells.n > 0, rule.predictor(table.cells), 0.0)
        return Auxiliaries.of(table.cells, table.names, indicators(table.targets, table.codes), plain), 0
    held = np.isinf(every.factors)
    return replace(every, before=np.where(held, 0.0, every.before)), int(cells.n[fixed].sum())


def rake(
    rows: Any,
    margins: Any,
    *,
    by: Sequence[str | Sequence[str]] | str | None = None,
    units: str = "auto",
    total: float | None = None,
    weight: str | None = None,
    name: str | None = None,
    upper: float | None = None,
    lower: float = 0.0,
    scale: str = "absolute",
    tolerance: float = 1e-10,
    max_iterations: int = 2000,
) -> WeightResult:
    """Meet several margins at once by raking, with weights within limits if these are given.

    Parameters
    ----------
    rows : frame or WeightResult
        The rows, or weights to continue from.
    margins : mapping, frame, Design or PublishedSurvey
        ``{"size": {"s": 30, "l": 10}, "sector": {...}}``; a long table ``domain, level, target``; or a table of
        strata, whose columns then give one margin each.  Crossed margins join columns, and levels, with ×.
    by : sequence of str or of sequences of str, optional
        Margins to use, by default all.
    units : {"auto", "counts", "shares", "percent"}
        What the numbers are; ``auto`` takes numbers that add up to one as shares.
    total : float, optional
        Size of the population that shares refer to; by default that of margins in counts, else the sum of the weights.
    weight : str, optional
        Column of the weights before; for frames alone, by default one.
    name : str, optional
        Column of the new weights, by default ``weight``.
    upper, lower : float, optional
        Limits of the new weights, which meet the margins all the same.
    scale : {"absolute", "mean", "median", "percentile", "deff"}
        What the limits are, as in :func:`trim`; all but ``absolute`` refer to the weights that raking without limits
        gives.
    tolerance : float
        Largest relative residual of a total that counts as met.
    max_iterations : int
        Rounds before Newton's method takes over.

    Returns
    -------
    WeightResult
        Weights that meet the margins to the residual that it states.

    Raises
    ------
    InputError
        With every fault of rows and margins.
    ConflictError
        When the margins disagree about the population, or no positive weights (within the limits) meet them.

    Notes
    -----
    w' = w Π_m f_m(level): ratios within a cell of the cross-classification are kept.  With limits
    w' = min(U, max(L, w Π_m f_m)): trimming and raking are solved together, so that no cycle of the two is needed.  In
    variances weights at a limit are fixed, and the others regress on the margins.  One aggregation over the rows,
    then every round costs the number of cells C times that of margins, and one look-up a row at the end.  Frames in
    memory hold a code of four bytes a row and margin meanwhile, lazy ones the C cells alone.  Equal to R's ``rake``
    with a small epsilon.

    References
    ----------
    Deming, W. E., & Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table when the
    expected marginal totals are known. Annals of Mathematical Statistics, 11(4), 427-444.
    https://doi.org/10.1214/aoms/1177731829

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"size": ["s", "s", "l", "l"], "sector": ["x", "y", "x", "y"]})
    >>> result = rake(rows, {"size": {"s": 60, "l": 40}, "sector": {"x": 0.3, "y": 0.7}})
    >>> result.frame["weight"].round(6).tolist()
    [18.0, 42.0, 12.0, 28.0]
    >>> result.residual <= 1e-10
    True
    """
    check_options("rake", total=total, tolerance=tolerance, max_iterations=max_iterations, units=units)
    limits = None
    if upper is not None or not is_number(lower) or lower != 0:
        limits = check_limits(lower, inf if upper is None else upper, scale, "rake")
    targets, numeric = read_margins(margins, by, units, "rake", crossed="each", total=total)
    if numeric:
        raise InputError(
            "raking takes categories alone",
            where="rake",
            parameter="margins",
            got=", ".join(numeric),
            hint="numeric totals are met by calibrate(distance='raking')",
        )
    recipe = RakeRecipe(targets, total, tolerance, int(max_iterations), limits)
    return extend(begin(rows, weight, name, recipe.columns), recipe)
