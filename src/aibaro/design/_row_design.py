"""What a design read from respondents' rows knows beyond its table of strata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aibaro.design._replicate_weights import Replicates
from aibaro.messages import Message

# weights whose sum is at most this multiple of the rows are normalised: no survey reaches that much of a population
NORMALIZED = 1.05


@dataclass(frozen=True, slots=True)
class FurtherStage:
    """A stage of sampling below the first one.

    Parameters
    ----------
    column : str
        Column of the units of this stage, nested in those of the stage above.
    units : mapping of tuple of str to int
        Sampled units of each unit of the stage above, by the labels of its strata and units.
    fractions : mapping of tuple of str to float
        Sampled units over all units; 0 where the population of the stage is not known.
    source : str or None
        Column that gave the population or rate of the stage.
    """

    column: str
    units: Mapping[tuple[str, ...], int]
    fractions: Mapping[tuple[str, ...], float]
    source: str | None = None


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
        First-stage units of each stratum: primary sampling units, else rows, those of weight zero included.
    fractions : numpy.ndarray of float, shape (H,)
        Units over first-stage population, or the rate that was given; 0 where neither is known.
    weights : numpy.ndarray of float, shape (H,), or None
        Weight of every respondent of a stratum; None where weights differ within one.
    weight_totals : numpy.ndarray of float, shape (H,)
        Sum of weights of each stratum.
    single : {"fail", "certainty", "adjust", "average"}
        Declared rule for strata of a single unit.
    calibration : tuple of aibaro.weights.Auxiliaries
        Steps that calibrated the weights, first to last; their residuals give the variance.
    further : tuple of FurtherStage
        Stages below the first.
    weight_squares : numpy.ndarray of float, shape (H,), or None
        Sum of squared weights of each stratum.
    positive : numpy.ndarray of int64, shape (H,), or None
        First-stage units with a positive weight; None where that is all of them.
    rows_with_weight : int or None
        Rows with a positive weight; None where that is all of them.
    replicates : Replicates or None
        Replicate weights that the rows hold.
    notes : tuple of Message
        What a reader of results should know.
    gap : float
        Relative distance of the sum of the weights from the declared population (element sampling).
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
    further: tuple[FurtherStage, ...] = ()
    weight_squares: NDArray[np.float64] | None = None
    positive: NDArray[np.int64] | None = None
    rows_with_weight: int | None = None
    replicates: Replicates | None = None
    notes: tuple[Message, ...] = field(default=())
    gap: float = 0.0
