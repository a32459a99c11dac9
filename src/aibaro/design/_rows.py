"""What a design read from respondents' rows knows beyond its table of strata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class RowDesign:
    """Columns, units and weights of a design from rows.

    Parameters
    ----------
    strata : tuple of str
        Columns of the strata; none for a design without strata.
    psu : str or None
        Column of primary sampling units, nested in strata.
    weight : str or None
        Column of weights; None where they follow from the population.
    population : str or None
        Where the population came from, for scripts; None where it is not known.
    units : numpy.ndarray of int64, shape (H,)
        First-stage units of each stratum: primary sampling units, else respondents.
    fractions : numpy.ndarray of float, shape (H,)
        Units over first-stage population; 0 where the population is not known.
    weights : numpy.ndarray of float, shape (H,), or None
        Weight of every respondent of a stratum; None where weights differ within one.
    weight_totals : numpy.ndarray of float, shape (H,)
        Sum of weights of each stratum.
    single : {"fail", "certainty", "adjust", "average"}
        Declared rule for strata of a single unit.
    calibration : tuple of aibaro.weights.Auxiliaries
        Steps that calibrated the weights, first to last; their residuals give the variance.
    """

    strata: tuple[str, ...]
    psu: str | None
    weight: str | None
    population: str | None
    units: NDArray[np.int64]
    fractions: NDArray[np.float64]
    weights: NDArray[np.float64] | None
    weight_totals: NDArray[np.float64]
    single: str = "fail"
    calibration: tuple[Any, ...] = ()
