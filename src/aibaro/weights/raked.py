"""Weights that meet several margins at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aibaro.errors import InputError
from aibaro.frames.weighted.rows import Rows
from aibaro.frames.weighted.rules import Rule
from aibaro.weights.basis import grid_term
from aibaro.weights.history import Fit, margin_table
from aibaro.weights.margins import columns_in, indicators, matched, read_margins, scale_targets
from aibaro.weights.raking import Margin, rake_cells
from aibaro.weights.residuals import Auxiliaries
from aibaro.weights.result import WeightResult, begin, extend
from aibaro.weights.targets import Target


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
        """Take the step."""
        cells = rows.cells(self.columns, weight)
        targets = scale_targets(self.targets, self.total, float(cells.total.sum()))
        codes = matched(targets, cells, "rake")
        kept = np.flatnonzero(cells.n > 0)
        used = [np.flatnonzero(t.values > 0) for t in targets]
        place = [np.searchsorted(u, c[kept]) for u, c in zip(used, codes, strict=True)]
        margins = [
            Margin(t.name, tuple(t.names[i] for i in u), p, t.values[u])
            for t, u, p in zip(targets, used, place, strict=True)
        ]
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
        return Fit(
            rule,
            cells.spread,
            cells.scaled(factors),
            table,
            found.residual,
            found.iterations,
            auxiliaries,
            {"cells": len(kept)},
            found.steps,
        )


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
    targets, numeric = read_margins(margins, by, units, "rake", "each")
    if numeric:
        raise InputError(
            "raking takes categories alone",
            where="rake",
            parameter="margins",
            got=", ".join(numeric),
            hint="numeric totals are met by calibrate(distance='raking')",
        )
    recipe = RakeRecipe(targets, total, tolerance, max_iterations)
    return extend(begin(rows, weight, name, recipe.columns), recipe)
