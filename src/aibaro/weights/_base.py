"""Weights that undo sampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aibaro.errors import FaultList, InputError
from aibaro.frames.weighted.weight_cells import WeightCells
from aibaro.frames.weighted.weight_rows import WeightRows
from aibaro.frames.weighted.weight_rules import Term, WeightRule
from aibaro.weights._result import Fit, WeightResult, begin, extend, join_margins, margin_table
from aibaro.weights._targets import CROSS, Target, columns_of, match, read_targets


@dataclass(frozen=True, slots=True)
class BaseRecipe:
    """Weight rows up to the population of their stratum, or by their inclusion probability.

    Parameters
    ----------
    strata : tuple of str
        Columns of the strata; none with `probability`.
    target : Target or None
        Population of each stratum.
    population : str
        Column with the population of each row's stratum.
    probability : str
        Column with the inclusion probability of each row.
    """

    strata: tuple[str, ...]
    target: Target | None = None
    population: str = ""
    probability: str = ""
    kind: str = field(default="base", init=False)
    assumption: str = field(default="each unit of a stratum was drawn with the same, known probability", init=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the step reads."""
        return (*self.strata, *(c for c in (self.population, self.probability) if c))

    def fit(self, rows: WeightRows, weight: Any) -> Fit:
        """Take the step."""
        if self.probability:
            drawn = rows.cells((), rows.column(self.probability), what=self.probability)
            if drawn.n[0] < drawn.rows[0] or drawn.spread.largest > 1:
                raise InputError(
                    "not an inclusion probability",
                    where="base",
                    parameter=self.probability,
                    expected="0 < π <= 1",
                    got=f"{drawn.rows[0] - drawn.n[0]:,} zeros, largest {drawn.spread.largest:g}",
                )
            rule = WeightRule(numeric=((self.probability, -1.0),))
            after = rows.cells((), rows.apply(rule, weight)).spread
            return Fit(rule, rows.cells((), weight).spread, after, join_margins([]))
        cells = rows.cells(self.strata, weight)
        target = self.target if self.target is not None else self._from_column(rows)
        faults = FaultList("rows and population do not fit", where="base")
        codes = match(target, cells, faults)
        there = np.bincount(codes[codes >= 0], weights=cells.n[codes >= 0], minlength=len(target.values))
        for row in np.flatnonzero((there > target.values) & (target.values > 0)):
            faults.add(
                "more rows than units",
                parameter=target.name,
                where=repr(target.names[row]),
                expected=f"at most {target.values[row]:,.6g}",
                got=f"{there[row]:,.0f}",
            )
        faults.raise_if_any()
        return fit_by_target(target, cells, codes)

    def _from_column(self, rows: WeightRows) -> Target:
        cells = rows.cells(self.strata, rows.column(self.population), what=self.population)
        names = [cells.name(cell).replace(" × ", CROSS) for cell in range(cells.size)]
        faults = FaultList("population totals cannot be used", where="base")
        for cell in np.flatnonzero((cells.n < cells.rows) | (cells.smallest != cells.largest)):
            faults.add(
                "population differs within a stratum",
                parameter=self.population,
                where=repr(names[cell]),
                expected="one positive number",
                got=f"{np.nan_to_num(cells.smallest[cell]):g} to {np.nan_to_num(cells.largest[cell]):g}",
            )
        faults.raise_if_any()
        kept = [c for c in range(cells.size) if (cells.codes[c] >= 0).all()]
        levels = tuple(tuple(lv[k] for lv, k in zip(cells.levels, cells.codes[c], strict=True)) for c in kept)
        return Target(self.strata, levels, cells.largest[kept], "counts")


def grid_term(target: Target, values: Any) -> Term:
    """Return a term that looks up one number for each total of a target."""
    axes, place = target.grid()
    return Term(target.variables, axes, np.where(place >= 0, np.asarray(values)[np.maximum(place, 0)], np.nan))


def fit_by_target(target: Target, cells: WeightCells, codes: Any) -> Fit:
    """Scale the weights of each level to its total."""
    inside = codes >= 0
    sums = np.bincount(codes[inside], weights=cells.total[inside], minlength=len(target.values))
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.where(sums > 0, target.values / sums, np.nan)
    by_cell = np.where(inside, factors[np.maximum(codes, 0)], 0.0)
    margins = margin_table((target,), cells, by_cell, (codes,))
    gap = (margins["after"] - margins["target"]).abs()
    residual = float((gap / margins["target"].where(margins["target"] > 0, 1)).max())
    return Fit(WeightRule((grid_term(target, factors),)), cells.spread, cells.scaled(by_cell), margins, residual)


def base(
    rows: Any,
    *,
    strata: str | Sequence[str] | None = None,
    population: Any = None,
    probability: str | None = None,
    name: str | None = None,
) -> WeightResult:
    """Return each row the number of units that it was drawn from.

    Parameters
    ----------
    rows : frame
        One row per sampled unit.
    strata : str or sequence of str, optional
        Columns of the strata.
    population : str, mapping, frame, Design or PublishedSurvey, optional
        Units N_h of each stratum: a column of the rows, or totals for the combinations of levels.
    probability : str, optional
        Column of inclusion probabilities π, instead of strata and population.
    name : str, optional
        Column of the weights, by default ``weight``.

    Returns
    -------
    WeightResult
        Weights N_h over the rows of the stratum, or 1/π.

    Raises
    ------
    InputError
        With every fault of rows and population: columns that are missing, strata without rows or without population,
        more rows than units.

    Notes
    -----
    Assumption: within a stratum each unit was drawn with the same probability.  One aggregation over the
    rows and one look-up a row; beside the weights memory is that of the strata.

    References
    ----------
    Särndal, C.-E., Swensson, B., & Wretman, J. (1992). Model Assisted Survey Sampling. Springer.
    https://doi.org/10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"size": ["s", "s", "l"], "uses_ai": [0, 1, 1]})
    >>> base(rows, strata="size", population={"s": 100, "l": 12}).frame
      size  uses_ai  weight
    0    s        0    50.0
    1    s        1    50.0
    2    l        1    12.0
    """
    columns = columns_of(strata, "strata", "base")
    if (probability is None) == (population is None) or (population is not None and not columns):
        raise InputError(
            "base weights need strata with their population, or probabilities",
            where="base",
            expected="strata= and population=, or probability=",
            got=f"strata={strata!r}, population {'given' if population is not None else 'missing'}, "
            f"probability={probability!r}",
        )
    if probability is not None:
        recipe = BaseRecipe((), probability=probability)
    elif isinstance(population, str) and population:
        recipe = BaseRecipe(columns, population=population)
    else:
        faults = FaultList("the population cannot be used", where="base")
        targets, _ = read_targets(population, [columns], "counts", faults, crossed="all")
        if not len(faults) and not targets:
            faults.add("no totals for these strata", parameter="population", expected=CROSS.join(columns))
        faults.raise_if_any()
        recipe = BaseRecipe(columns, targets[0])
    return extend(begin(rows, None, name, recipe.columns), recipe)
