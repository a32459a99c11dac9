"""Weights that meet the total of each poststratum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aibaro.errors import InputError
from aibaro.frames.weighted.weight_rows import WeightRows
from aibaro.weights._base import fit_by_target
from aibaro.weights._result import Fit, WeightResult, begin, extend
from aibaro.weights._targets import Target, check_options, indicators, matched, read_margins, scale_targets
from aibaro.weights.residuals import Auxiliaries


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

    def fit(self, rows: WeightRows, weight: Any) -> Fit:
        """Take the step."""
        cells = rows.cells(self.columns, weight)
        (target,) = scale_targets((self.target,), self.total, float(cells.total.sum()))
        (codes,) = matched((target,), cells, "poststratify")
        found = fit_by_target(target, cells, codes)
        names = tuple(f"{target.name}={name}" for name in target.names)
        by_cell = found.rule.predictor(cells)
        auxiliaries = Auxiliaries.of(cells, names, indicators((target,), (codes,)), by_cell)
        return Fit(found.rule, found.before, found.after, found.margins, found.residual, 1, auxiliaries)


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
    w' = w T_q / Σ_q w.  One aggregation over the rows and one look-up a row; memory is that of the
    cells.  Poststratifying twice to the same
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
    check_options("poststratify", total=total, units=units)
    targets, numeric = read_margins(totals, by, units, "poststratify", crossed="all", total=total)
    if len(targets) != 1 or numeric:
        raise InputError(
            "poststrata are one crossed margin",
            where="poststratify",
            parameter="totals",
            expected="one margin",
            got=", ".join([*(t.name for t in targets), *numeric]),
            hint="several margins are met by rake or calibrate",
        )
    recipe = PoststratifyRecipe(targets[0], total)
    return extend(begin(rows, weight, name, recipe.columns), recipe)
