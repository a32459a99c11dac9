"""The first stage of a design, and the variance that each stratum adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aibaro.design import Design
from aibaro.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SINGLE_RULES = ("fail", "certainty", "adjust", "average")
FPC_RULES = ("population", "none")


@dataclass(frozen=True, slots=True)
class Stage:
    """The first stage of a design as a variance sees it.

    Parameters
    ----------
    units : numpy.ndarray of float, shape (H,)
        Units n_h of each stratum: respondents, or primary sampling units of a clustered design.
    fraction : numpy.ndarray of float, shape (H,)
        Fraction f_h that corrects for the finite population; 0 without correction.
    single : {"fail", "certainty", "adjust", "average"}
        Rule for strata of a single unit.
    names : tuple of str
        Names of the strata, for messages.
    """

    units: FloatArray
    fraction: FloatArray
    single: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, design: Design, fpc: str, single: str) -> Stage:
        """Read the stage of a design."""
        units = design.units.astype(float)
        fraction = design.unit_fractions if fpc == "population" else np.zeros(design.size)
        return cls(units, fraction, single, design.names)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Moments summed to pairs of stratum and domain level.

    Parameters
    ----------
    stratum, level : numpy.ndarray of int, shape (P,)
        Stratum and level of each pair, sorted by stratum, then level.
    parent : numpy.ndarray of int, shape (C,)
        Pair of each cell.
    count : numpy.ndarray of float, shape (P,)
        Rows of each pair, or its primary sampling units.
    levels : int
        Number of levels L.
    """

    stratum: IntArray
    level: IntArray
    parent: IntArray
    count: FloatArray
    levels: int


def sums(values: FloatArray | NDArray[np.bool_], index: IntArray, size: int) -> FloatArray:
    """Add up rows of an array by group.

    Examples
    --------
    >>> sums(np.array([1.0, 2.0, 4.0]), np.array([0, 0, 1]), 2)
    array([3., 4.])
    """
    # a width of its own: that of an array without rows cannot be inferred
    flat = values.reshape(len(values), int(np.prod(values.shape[1:])))
    result = np.empty((size, flat.shape[1]))
    for k in range(flat.shape[1]):
        result[:, k] = np.bincount(index, weights=flat[:, k], minlength=size)
    return result.reshape(size, *values.shape[1:])


def contributions(
    stage: Stage, pairs: Pairs, total: FloatArray, square: FloatArray, touched: NDArray[np.bool_]
) -> FloatArray:
    """Give the variance that each stratum adds."""
    n, rest = stage.units[pairs.stratum], 1 - stage.fraction[pairs.stratum]
    lonely = (n <= 1) & (rest > 1e-12) & touched
    if lonely.any() and stage.single == "fail":
        raise _lonely_error(stage, pairs, lonely)
    # units of the stratum without rows in the domain carry zeros: their mean is not that of the units with rows
    everyone = square + total**2 * (1 / pairs.count - 1 / n)
    share = rest * np.where(n > 1, n / np.where(n > 1, n - 1, 1), 0.0) * np.maximum(everyone, 0.0)
    if stage.single == "adjust" and lonely.any():
        grand = sums(total, pairs.level, pairs.levels) / _units_touched(stage, pairs, touched)
        share = np.where(lonely, rest * (total - grand[pairs.level]) ** 2, share)
    if stage.single == "average" and lonely.any():
        strata = sums(touched, pairs.level, pairs.levels)
        usable = sums(touched & ~lonely, pairs.level, pairs.levels)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(lonely, np.where((usable > 0)[pairs.level], 0.0, np.nan), share)
            share = share * np.where(usable > 0, strata / usable, 1.0)[pairs.level]
    return share


def _units_touched(stage: Stage, pairs: Pairs, touched: NDArray[np.bool_]) -> FloatArray:
    units = sums(np.where(touched, stage.units[pairs.stratum], 0.0), pairs.level, pairs.levels)
    return np.maximum(units, 1.0)


def _lonely_error(stage: Stage, pairs: Pairs, lonely: NDArray[np.bool_]) -> InputError:
    names = [stage.names[h] for h in sorted(set(pairs.stratum[lonely].tolist()))]
    shown = "; ".join(names[:10]) + (f"; and {len(names) - 10} more" if len(names) > 10 else "")
    return InputError(
        "strata with a single unit have no variance of their own",
        parameter="single",
        expected="at least two units a stratum",
        got=shown,
        hint="collapse strata, or choose single='certainty', 'adjust' or 'average'",
    )


def satterthwaite(stage: Stage, pairs: Pairs, share: FloatArray, df_design: FloatArray) -> FloatArray:
    """Give the degrees of freedom of a sum of independent variances."""
    freedom = np.maximum(stage.units[pairs.stratum] - 1, 1)
    # shares near the largest double would overflow when squared
    largest = np.zeros(pairs.levels)
    np.fmax.at(largest, pairs.level, share)
    scaled = share / np.where(largest > 0, largest, 1.0)[pairs.level]
    top = sums(scaled, pairs.level, pairs.levels) ** 2
    bottom = sums(scaled**2 / freedom, pairs.level, pairs.levels)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom > 0, top / bottom, df_design)
