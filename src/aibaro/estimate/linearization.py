"""What do the cells say about an estimate and its variance?

Every estimate is a function of weighted totals; its variance is that of the total of a linearised value
u = a'b, with coefficients a per domain and basis b = (1, y - c, ...).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate.cells import Block, Cells

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
        """Read the stage of a design.

        Parameters
        ----------
        design : Design
            The design.
        fpc : {"population", "none"}
            Finite population correction.
        single : {"fail", "certainty", "adjust", "average"}
            Rule for strata of a single unit.

        Returns
        -------
        Stage
            Units and fractions.
        """
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


@dataclass(frozen=True, slots=True)
class Linearized:
    """Estimates of one item in the L levels of one domain variable.

    Parameters
    ----------
    estimate, variance : numpy.ndarray of float, shape (L,)
        Estimates and their variances.
    coefficients : numpy.ndarray of float, shape (L, K)
        Coefficients a of the linearised value on the basis.
    df_design, df_satterthwaite : numpy.ndarray of float, shape (L,)
        Units minus strata, and Satterthwaite's approximation.
    n : numpy.ndarray of float, shape (L,)
        Observed rows.
    missing : numpy.ndarray of float, shape (L,)
        Rows whose outcome is missing.
    weight : numpy.ndarray of float, shape (L,)
        Estimated size of the domain Σ w.
    unit_variance : numpy.ndarray of float, shape (L,)
        Variance of an estimate from one unit, n V_srs with replacement.
    kish : numpy.ndarray of float, shape (L,)
        Kish's (Σw)²/Σw²; infinite where every stratum of the domain is observed in full.
    pairs : Pairs
        Strata and levels of the contributions.
    contribution : numpy.ndarray of float, shape (P,)
        Share v_h of the variance that each stratum adds to each level.
    """

    estimate: FloatArray
    variance: FloatArray
    coefficients: FloatArray
    df_design: FloatArray
    df_satterthwaite: FloatArray
    n: FloatArray
    missing: FloatArray
    weight: FloatArray
    unit_variance: FloatArray
    kish: FloatArray
    pairs: Pairs
    contribution: FloatArray


def _mean(total: FloatArray, centre: FloatArray) -> tuple[FloatArray, FloatArray]:
    weight, excess = total[:, 0], total[:, 1]
    deviation = excess / weight
    return centre[0] + deviation, np.stack([-deviation / weight, 1 / weight], axis=1)


def _total(total: FloatArray, centre: FloatArray) -> tuple[FloatArray, FloatArray]:
    coefficients = np.broadcast_to(np.array([centre[0], 1.0]), (len(total), 2))
    return total[:, 1] + centre[0] * total[:, 0], coefficients


def _ratio(total: FloatArray, centre: FloatArray) -> tuple[FloatArray, FloatArray]:
    numerator = total[:, 1] + centre[0] * total[:, 0]
    denominator = total[:, 2] + centre[1] * total[:, 0]
    ratio = numerator / denominator
    parts = [centre[0] - ratio * centre[1], np.ones_like(ratio), -ratio]
    return ratio, np.stack(parts, axis=1) / denominator[:, None]


TARGETS: dict[str, Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]] = {
    "mean": _mean,
    "proportion": _mean,
    "total": _total,
    "ratio": _ratio,
}


def sums(values: FloatArray | NDArray[np.bool_], index: IntArray, size: int) -> FloatArray:
    """Add up rows of an array by group.

    Parameters
    ----------
    values : numpy.ndarray of float, shape (C, ...)
        The rows.
    index : numpy.ndarray of int, shape (C,)
        Group of each row.
    size : int
        Number of groups.

    Returns
    -------
    numpy.ndarray of float, shape (size, ...)
        Sums in groups; zero for groups without rows.

    Examples
    --------
    >>> sums(np.array([1.0, 2.0, 4.0]), np.array([0, 0, 1]), 2)
    array([3., 4.])
    """
    flat = values.reshape(len(values), -1)
    result = np.empty((size, flat.shape[1]))
    for k in range(flat.shape[1]):
        result[:, k] = np.bincount(index, weights=flat[:, k], minlength=size)
    return result.reshape(size, *values.shape[1:])


def pair_up(cells: Cells, level: IntArray, levels: int) -> tuple[Pairs, IntArray | None]:
    """Find the pairs of stratum and level that have rows.

    Parameters
    ----------
    cells : Cells
        The cells.
    level : numpy.ndarray of int, shape (C,)
        Level of each cell.
    levels : int
        Number of levels.

    Returns
    -------
    pairs : Pairs
        The pairs.
    unit : numpy.ndarray of int, shape (C,), or None
        Number of each cell's unit within level, for clustered designs; units are then sorted by pair.
    """
    code, parent = np.unique(cells.stratum * levels + level, return_inverse=True)
    if cells.unit is None:
        count, unit = sums(cells.count, parent, len(code)), None
    else:
        width = int(cells.unit.max(initial=0)) + 1
        units, unit = np.unique(parent.astype(np.int64) * width + cells.unit, return_inverse=True)
        count = np.bincount(units // width, minlength=len(code)).astype(float)
    return Pairs(code // levels, code % levels, parent, count, levels), unit


def unit_moments(
    cells: Cells, pairs: Pairs, unit: IntArray | None, block: Block, coefficients: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give total and centred sum of squares of the linearised value in each pair.

    Parameters
    ----------
    cells : Cells
        The cells.
    pairs : Pairs
        Strata and levels.
    unit : numpy.ndarray of int, shape (C,), or None
        Unit of each cell, from :func:`pair_up`.
    block : Block
        Moments of the item.
    coefficients : numpy.ndarray of float, shape (L, K)
        Coefficients of the linearised value.

    Returns
    -------
    total, square : numpy.ndarray of float, shape (P,)
        Σ w u and Σ (w u - mean)² over the units of the pair.
    """
    size = len(pairs.stratum)
    if unit is None:
        moments = sums(block.total, pairs.parent, size)
        outer = moments[:, :, None] * moments[:, None, :] / pairs.count[:, None, None]
        central = sums(block.square, pairs.parent, size) - outer
        own = coefficients[pairs.level]
        squares = np.einsum("pk,pkl,pl->p", own, central, own)
        return np.einsum("pk,pk->p", own, moments), np.maximum(squares, 0.0)
    value = np.einsum("ck,ck->c", coefficients[pairs.level[pairs.parent]], block.total)
    units = int(unit.max(initial=-1)) + 1
    totals = sums(value, unit, units)
    owner = np.zeros(units, dtype=np.int64)
    owner[unit] = pairs.parent
    total = sums(totals, owner, size)
    return total, sums((totals - (total / pairs.count)[owner]) ** 2, owner, size)


def contributions(
    stage: Stage, pairs: Pairs, total: FloatArray, square: FloatArray, touched: NDArray[np.bool_]
) -> FloatArray:
    """Give the variance that each stratum adds.

    Parameters
    ----------
    stage : Stage
        Units, fractions and the rule for single units.
    pairs : Pairs
        Strata and levels.
    total, square : numpy.ndarray of float, shape (P,)
        Total and centred squares of the linearised value over the units that have rows.
    touched : numpy.ndarray of bool, shape (P,)
        Pairs with an observed outcome.

    Returns
    -------
    numpy.ndarray of float, shape (P,)
        v_h = (1 - f_h) n_h/(n_h - 1) Σ_i (u_i - ū_h)² over all n_h units, those outside the domain being zero.

    Raises
    ------
    InputError
        For strata of a single unit under the rule ``fail``.
    """
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
    return InputError("strata with a single unit have no variance of their own", parameter="single",
                      expected="at least two units a stratum", got=shown,
                      hint="collapse strata, or choose single='certainty', 'adjust' or 'average'")  # fmt: skip


def linearize(cells: Cells, name: str, target: str, *, level: IntArray, levels: int, stage: Stage) -> Linearized:
    """Estimate one item in every level of one domain variable.

    Parameters
    ----------
    cells : Cells
        Sufficient statistics.
    name : str
        Name of the block.
    target : {"mean", "proportion", "total", "ratio"}
        What is estimated.
    level : numpy.ndarray of int, shape (C,)
        Level of each cell.
    levels : int
        Number of levels L.
    stage : Stage
        The first stage.

    Returns
    -------
    Linearized
        Estimates, variances and what rules their intervals.

    Notes
    -----
    Time and memory grow with the number of cells, never with the number of rows.
    """
    block = cells.blocks[name]
    pooled = sums(block.total, level, levels)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate, coefficients = TARGETS[target](pooled, block.centre)
        pairs, unit = pair_up(cells, level, levels)
        total, square = unit_moments(cells, pairs, unit, block, coefficients)
        observed = sums(block.observed, pairs.parent, len(pairs.stratum))
        share = contributions(stage, pairs, total, square, observed > 0)
        variance = sums(share, pairs.level, levels)
        n = sums(observed, pairs.level, levels)
        rows = sums(cells.count, level, levels)
        spread = sums(block.spread, level, levels)
        kish = pooled[:, 0] ** 2 / sums(block.weight_square, level, levels)
    df_design = _design_df(pairs, unit, block, observed)
    census = sums((observed > 0) & (stage.fraction[pairs.stratum] < 1), pairs.level, levels)
    return Linearized(
        estimate=np.where(n > 0, estimate, np.nan),
        variance=np.where(n > 0, variance, np.nan),
        coefficients=coefficients,
        df_design=df_design,
        df_satterthwaite=satterthwaite(stage, pairs, share, df_design),
        n=n,
        missing=rows - n,
        weight=pooled[:, 0],
        unit_variance=_unit_variance(pooled, spread, coefficients),
        kish=np.where((census == 0) & (n > 0), np.inf, kish),
        pairs=pairs,
        contribution=share,
    )


def _design_df(pairs: Pairs, unit: IntArray | None, block: Block, observed: FloatArray) -> FloatArray:
    if unit is None:
        units = observed
    else:
        seen = np.bincount(unit, weights=block.observed) > 0
        owner = np.zeros(len(seen), dtype=np.int64)
        owner[unit] = pairs.parent
        units = sums(seen, owner, len(pairs.stratum))
    surplus = np.where(observed > 0, units - 1, 0.0)
    return sums(surplus, pairs.level, pairs.levels)


def satterthwaite(stage: Stage, pairs: Pairs, share: FloatArray, df_design: FloatArray) -> FloatArray:
    """Give the degrees of freedom of a sum of independent variances.

    Parameters
    ----------
    stage : Stage
        Units of the strata.
    pairs : Pairs
        Strata and levels.
    share : numpy.ndarray of float, shape (P,)
        Variance that each stratum adds.
    df_design : numpy.ndarray of float, shape (L,)
        Units minus strata.

    Returns
    -------
    numpy.ndarray of float, shape (L,)
        (Σ v_h)² / Σ v_h²/(n_h - 1); `df_design` where no stratum varies, since the ratio is then 0/0.
    """
    freedom = np.maximum(stage.units[pairs.stratum] - 1, 1)
    # shares near the largest double would overflow when squared
    largest = np.zeros(pairs.levels)
    np.maximum.at(largest, pairs.level, share)
    scaled = share / np.where(largest > 0, largest, 1.0)[pairs.level]
    top = sums(scaled, pairs.level, pairs.levels) ** 2
    bottom = sums(scaled**2 / freedom, pairs.level, pairs.levels)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom > 0, top / bottom, df_design)


def _unit_variance(pooled: FloatArray, spread: FloatArray, coefficients: FloatArray) -> FloatArray:
    """Give N² (Σ w u²/N - (Σ w u/N)²): the variance of N u over the population that the weights stand for."""
    weight = pooled[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        average = np.einsum("lk,lk->l", coefficients, pooled) / weight
        squares = np.einsum("lk,lkm,lm->l", coefficients, spread, coefficients) / weight
        result: FloatArray = np.maximum(weight**2 * (squares - average**2), 0.0)
    return result
