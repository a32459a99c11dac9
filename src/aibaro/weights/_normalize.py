"""Weights on another scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aibaro._arguments import finite, is_number
from aibaro.errors import InputError
from aibaro.frames.weighted.weight_rows import WeightRows
from aibaro.frames.weighted.weight_rules import WeightRule
from aibaro.weights._result import Fit, WeightResult, begin, extend, margin_table
from aibaro.weights._targets import Target, class_target, class_term, classes_of, columns_of


@dataclass(frozen=True, slots=True)
class NormalizeRecipe:
    """Scale all weights, or those of each class, to another sum.

    Parameters
    ----------
    to : float or None
        New sum; None makes it the number of rows with a weight.
    within : tuple of str
        Classes that are scaled each to their own number of rows.
    """

    to: float | None
    within: tuple[str, ...]
    kind: str = field(default="normalize", init=False)
    assumption: str = field(default="none: shares and means do not change", init=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the step reads."""
        return self.within

    def fit(self, rows: WeightRows, weight: Any) -> Fit:
        """Take the step."""
        cells = classes_of(rows, self.within, weight, "normalize")
        wanted = cells.n.astype(float) if self.to is None else np.full(cells.size, self.to)
        with np.errstate(divide="ignore", invalid="ignore"):
            factors = np.where(cells.n > 0, wanted / cells.total, 0.0)
        present = class_target(cells)
        target = Target(present.variables, present.levels, wanted[cells.n > 0], "counts")
        margins = margin_table((target,), cells, factors, (target.codes(cells),))
        return Fit(WeightRule((class_term(cells, factors),)), cells.spread, cells.scaled(factors), margins)


def normalize(
    rows: Any,
    *,
    to: float | str = "n",
    within: str | Sequence[str] | None = None,
    weight: str | None = None,
    name: str | None = None,
) -> WeightResult:
    """Scale weights to another sum.

    Parameters
    ----------
    rows : frame or WeightResult
        The rows, or weights to continue from.
    to : float or "n"
        New sum of the weights; ``"n"``, the default, is the number of rows with a weight, so that their mean is one.
    within : str or sequence of str, optional
        Columns of classes whose weights each get mean one; needs ``to="n"``.
    weight : str, optional
        Column of the weights before; for frames alone, by default one.
    name : str, optional
        Column of the new weights, by default ``weight``.

    Returns
    -------
    WeightResult
        The same weights on another scale.

    Raises
    ------
    InputError
        For a sum that is not positive, or classes with a sum.

    Notes
    -----
    w' = w S/Σ w with the wanted sum S, over all rows or within each class.
    Totals estimated with normalised weights refer to the sample, not to the population.  One aggregation over the rows.

    References
    ----------
    Heeringa, S. G., West, B. T., & Berglund, P. A. (2017). Applied Survey Data Analysis (2nd ed.). CRC Press.
    https://doi.org/10.1201/9781315153278

    Examples
    --------
    >>> import pandas as pd
    >>> normalize(pd.DataFrame({"w": [10.0, 30.0]}), weight="w").frame["weight"].tolist()
    [0.5, 1.5]
    """
    number = None if isinstance(to, str) and to == "n" else "" if to is None else to
    classes = columns_of(within, "within", "normalize")
    if number is not None and (isinstance(number, str) or not is_number(number) or not finite(number) or number <= 0):
        raise InputError(
            "not a sum of weights", where="normalize", parameter="to", expected="n or a positive number", got=repr(to)
        )
    if number is not None and classes:
        raise InputError(
            "one sum cannot be given to each class",
            where="normalize",
            parameter="to",
            expected="n",
            got=repr(to),
            hint="poststratify gives each class its own total",
        )
    recipe = NormalizeRecipe(None if number is None else float(number), classes)
    return extend(begin(rows, weight, name, recipe.columns), recipe)
