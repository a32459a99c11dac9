"""Weights that meet totals of the population: poststratification, raking and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aibaro.errors import FaultList, InputError
from aibaro.weights.basis import columns_of, fit_by_target, grid_term
from aibaro.weights.cells import Floats, WeightCells
from aibaro.weights.raking import Margin, rake_cells
from aibaro.weights.residuals import Auxiliaries
from aibaro.weights.result import Fit, WeightResult, begin, extend, margin_table
from aibaro.weights.rows import Rows
from aibaro.weights.rules import Rule
from aibaro.weights.targets import Target, match, read_targets


def scale_targets(targets: tuple[Target, ...], total: float | None, current: float) -> tuple[Target, ...]:
    """Turn shares into counts of one population.

    Parameters
    ----------
    targets : tuple of Target
        Counts and shares.
    total : float or None
        Size of the population; by default that of the first counts, else the sum of the weights.
    current : float
        Sum of the weights.

    Returns
    -------
    tuple of Target
        Counts.
    """
    counted = [float(t.values.sum()) for t in targets if t.units == "counts"]
    size = total if total is not None else (counted[0] if counted else current)
    return tuple(t.scaled(size) for t in targets)


def matched(targets: tuple[Target, ...], cells: WeightCells, where: str) -> tuple[Any, ...]:
    """Assign cells to the totals of all targets; raise every fault together.

    Parameters
    ----------
    targets : tuple of Target
        Targets.
    cells : WeightCells
        Cells over all their columns.
    where : str
        Function that asks.

    Returns
    -------
    tuple of numpy.ndarray of int64, shape (C,)
        Number of the total of each cell, one array a target; -1 for cells without weight.

    Raises
    ------
    InputError
        With every fault.
    """
    faults = FaultList("rows and margins do not fit", where=where)
    codes = tuple(match(target, cells, faults) for target in targets)
    faults.raise_if_any()
    return codes


def columns_in(targets: tuple[Target, ...]) -> tuple[str, ...]:
    """Give the columns of some targets, each once.

    Parameters
    ----------
    targets : tuple of Target
        Targets.

    Returns
    -------
    tuple of str
        Their columns in order.
    """
    return tuple(dict.fromkeys(v for t in targets for v in t.variables))


def read_margins(
    source: Any, by: Any, units: str, where: str, crossed: str
) -> tuple[tuple[Target, ...], dict[str, float]]:
    """Read margins; raise every fault together.

    Parameters
    ----------
    source : mapping, frame, Design or PublishedSurvey
        The margins.
    by : str, sequence or None
        Margins to use.
    units : {"auto", "counts", "shares", "percent"}
        What the numbers are.
    where : str
        Function that asks.
    crossed : {"all", "each"}
        Whether the columns of a table are one crossed margin or one margin each.

    Returns
    -------
    targets : tuple of Target
        The margins.
    numeric : dict of str to float
        Totals of numeric columns.

    Raises
    ------
    InputError
        With every fault.
    """
    faults = FaultList("the margins cannot be used", where=where)
    if by is None:
        margins = None
    elif crossed == "all":
        margins = [columns_of(by)]
    else:
        margins = [columns_of(m) for m in ([by] if isinstance(by, str) else by)]
    targets, numeric = read_targets(source, margins, units, faults, crossed=crossed)
    if not len(faults) and not targets and not numeric:
        faults.add("no margins", parameter="margins", expected="totals for at least one column",
                   got=f"none for {by}" if by is not None else "none")  # fmt: skip
    twice = sorted({t.name for t in targets if [o.name for o in targets].count(t.name) > 1})
    for name in twice:
        faults.add("margin given twice", parameter=name, hint="give each margin once")
    faults.raise_if_any()
    return targets, numeric


@dataclass(frozen=True, slots=True)
class PoststratifyRecipe:
    """Scale the weights of each poststratum to its total.

    Parameters
    ----------
    target : Target
        Totals or shares of the poststrata.
    total : float or None
        Size of the population that shares refer to.
    """

    target: Target
    total: float | None
    kind: str = field(default="poststratify", init=False)
    assumption: str = field(default="within a poststratum rows stand for the population", init=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the step reads."""
        return self.target.variables

    def fit(self, rows: Rows, weight: Any) -> Fit:
        """Take the step.

        Parameters
        ----------
        rows : Rows
            The rows.
        weight : object
            Their weights.

        Returns
        -------
        Fit
            What the step found.
        """
        cells = rows.cells(self.columns, weight)
        (target,) = scale_targets((self.target,), self.total, float(cells.total.sum()))
        (codes,) = matched((target,), cells, "poststratify")
        found = fit_by_target(target, cells, codes)
        names = tuple(f"{target.name}={name}" for name in target.names)
        by_cell = found.rule.predictor(cells)
        auxiliaries = Auxiliaries.of(cells, names, indicators((target,), (codes,)), by_cell)
        return Fit(found.rule, found.before, found.after, found.margins, found.residual, 1, auxiliaries)


def indicators(targets: tuple[Target, ...], codes: tuple[Any, ...]) -> Floats:
    """Give a column of zeros and ones for each total.

    Parameters
    ----------
    targets : tuple of Target
        Targets.
    codes : tuple of numpy.ndarray of int64, shape (C,)
        Total of each cell; -1 for none.

    Returns
    -------
    numpy.ndarray of float64, shape (C, P)
        Indicators, target by target.
    """
    blocks = [np.eye(len(t.values) + 1)[code][:, :-1] for t, code in zip(targets, codes, strict=True)]
    return np.hstack(blocks)


def poststratify(
    rows: Any,
    totals: Any,
    *,
    by: str | Sequence[str] | None = None,
    units: str = "auto",
    total: float | None = None,
    weight: str | None = None,
    name: str | None = None,
) -> WeightResult:
    """Scale the weights of each poststratum to its known total.

    Parameters
    ----------
    rows : frame or WeightResult
        The rows, or weights to continue from.
    totals : mapping, frame, Design or PublishedSurvey
        Total of each combination of levels: a mapping from level to number (with `by`) or from columns to such a
        mapping, or a table with the columns and ``population``, ``count``, ``total``, ``target``, ``share`` or
        ``percent``.
    by : str or sequence of str, optional
        Columns that make the poststrata together; by default all columns of the totals.
    units : {"auto", "counts", "shares", "percent"}
        What the numbers are; ``auto`` takes numbers that add up to one as shares.
    total : float, optional
        Size of the population that shares refer to; by default the sum of the weights.
    weight : str, optional
        Column of the weights before; for frames alone, by default one.
    name : str, optional
        Column of the new weights, by default ``weight``.

    Returns
    -------
    WeightResult
        Weights that add up to the total of each poststratum.

    Raises
    ------
    InputError
        With every fault of rows and totals.

    Notes
    -----
    w' = w T_q / Σ_q w.  One aggregation over the rows; memory is that of the cells.  Poststratifying twice to the same
    totals changes nothing.

    References
    ----------
    Holt, D., & Smith, T. M. F. (1979). Post stratification. Journal of the Royal Statistical Society A, 142(1), 33-46.
    https://doi.org/10.2307/2344652

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"size": ["s", "s", "l"]})
    >>> poststratify(rows, {"s": 30, "l": 10}, by="size").frame["weight"].tolist()
    [15.0, 15.0, 10.0]
    """
    targets, numeric = read_margins(totals, by, units, "poststratify", "all")
    if len(targets) != 1 or numeric:
        raise InputError("poststrata are one crossed margin", where="poststratify", parameter="totals",
                         expected="one margin", got=", ".join([*(t.name for t in targets), *numeric]),
                         hint="several margins are met by rake or calibrate")  # fmt: skip
    recipe = PoststratifyRecipe(targets[0], total)
    return extend(begin(rows, weight, name, recipe.columns), recipe)


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
    """

    targets: tuple[Target, ...]
    total: float | None
    tolerance: float
    max_iterations: int
    kind: str = field(default="rake", init=False)
    assumption: str = field(default="response and outcome depend on the margins without interactions", init=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the step reads."""
        return columns_in(self.targets)

    def fit(self, rows: Rows, weight: Any) -> Fit:
        """Take the step.

        Parameters
        ----------
        rows : Rows
            The rows.
        weight : object
            Their weights.

        Returns
        -------
        Fit
            What the step found.
        """
        cells = rows.cells(self.columns, weight)
        targets = scale_targets(self.targets, self.total, float(cells.total.sum()))
        codes = matched(targets, cells, "rake")
        kept = np.flatnonzero(cells.n > 0)
        used = [np.flatnonzero(t.values > 0) for t in targets]
        place = [np.searchsorted(u, c[kept]) for u, c in zip(used, codes, strict=True)]
        margins = [Margin(t.name, tuple(t.names[i] for i in u), p, t.values[u])
                   for t, u, p in zip(targets, used, place, strict=True)]  # fmt: skip
        found = rake_cells(cells.total[kept], margins, tolerance=self.tolerance, max_iterations=self.max_iterations)
        terms = []
        for target, u, values in zip(targets, used, found.level_factors, strict=True):
            full = np.full(len(target.values), np.nan)
            full[u] = values
            terms.append(grid_term(target, full))
        rule = Rule(tuple(terms))
        factors = np.where(cells.n > 0, rule.predictor(cells), 0.0)
        names = tuple(f"{t.name}={level}" for t in targets for level in t.names)
        table = margin_table(targets, cells, factors, codes)
        auxiliaries = Auxiliaries.of(cells, names, indicators(targets, codes), factors)
        return Fit(rule, cells.spread, cells.scaled(factors), table, found.residual, found.iterations, auxiliaries,
                   {"cells": len(kept)})  # fmt: skip


def rake(
    rows: Any,
    margins: Any,
    *,
    by: Sequence[str | Sequence[str]] | str | None = None,
    units: str = "auto",
    total: float | None = None,
    weight: str | None = None,
    name: str | None = None,
    tolerance: float = 1e-10,
    max_iterations: int = 2000,
) -> WeightResult:
    """Meet several margins at once by raking.

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
        When the margins disagree about the population, or no positive weights meet them: the conflicting levels.

    Notes
    -----
    w' = w Π_m f_m(level): ratios within a cell of the cross-classification are kept.  One aggregation over the rows,
    then every round costs the number of cells, and one look-up a row at the end.  Equal to R's ``rake`` with a small
    epsilon.

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
    targets, numeric = read_margins(margins, by, units, "rake", "each")
    if numeric:
        raise InputError("raking takes categories alone", where="rake", parameter="margins", got=", ".join(numeric),
                         hint="numeric totals are met by calibrate(distance='raking')")  # fmt: skip
    recipe = RakeRecipe(targets, total, tolerance, max_iterations)
    return extend(begin(rows, weight, name, recipe.columns), recipe)


