"""What do the cells say about an estimate and its variance?

Every estimate is a function of weighted totals; its variance is that of the total of a linearised value
u = a'b, with coefficients a per domain and basis b = (1, y - c, ...).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aibaro.errors import InputError
from aibaro.estimate.cells import Block, Cells
from aibaro.estimate.stages import Pairs, Stage, contributions, lower_variance, satterthwaite, sums

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


# relative difference that is a rounding error
EQUAL = 1e-14


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
        Share v_h of the variance that each stratum adds to each level; zero where the variance is that of replicates.
    deviations : numpy.ndarray of float, shape (R, L), or None
        Scaled deviations of the estimates of replicate weights.
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
    deviations: FloatArray | None = None


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


def pair_up(cells: Cells, level: IntArray, levels: int) -> tuple[Pairs, IntArray | None]:
    """Find the pairs of stratum and level that have rows."""
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
    """Give total and centred sum of squares of the linearised value in each pair."""
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


def linearize(cells: Cells, name: str, target: str, *, level: IntArray, levels: int, stage: Stage) -> Linearized:
    """Estimate one item in every level of one domain variable.

    Notes
    -----
    Time and memory grow with the number of cells, never with the number of rows.
    """
    inside = level >= 0
    if not inside.all():
        # rows without a level are units of their strata that lie in no domain
        cells = replace(cells, blocks={name: cells.blocks[name]}, cross={}).select(inside)
        level = level[inside]
    block = cells.blocks[name]
    pooled = sums(block.total, level, levels)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate, coefficients = TARGETS[target](pooled, block.centre)
        pairs, unit = pair_up(cells, level, levels)
        observed = sums(block.observed, pairs.parent, len(pairs.stratum))
        df_design = _design_df(pairs, unit, block, observed)
        census = sums((observed > 0) & (stage.fraction[pairs.stratum] < 1), pairs.level, levels)
        deviations = None
        if block.replicate is None:
            pairs, share = _shares(
                cells, block, stage, pairs, unit, coefficients=coefficients, level=level, touched=observed > 0
            )
            variance = sums(share, pairs.level, levels)
        else:
            deviations = _deviations(cells, block, target, level=level, estimate=estimate)
            share, variance = np.zeros(len(pairs.stratum)), (deviations**2).sum(axis=0)
            df_design = np.full(levels, cells.design.degrees_of_freedom, dtype=float)
        n = sums(block.observed, level, levels)
        rows = sums(cells.count, level, levels)
        spread = sums(block.spread, level, levels)
        kish = pooled[:, 0] ** 2 / sums(block.weight_square, level, levels)
    return Linearized(
        estimate=np.where(n > 0, estimate, np.nan),
        variance=np.where(n > 0, variance, np.nan),
        coefficients=coefficients,
        df_design=df_design,
        df_satterthwaite=satterthwaite(stage, pairs, share, df_design) if deviations is None else df_design,
        n=n,
        missing=rows - n,
        weight=pooled[:, 0],
        unit_variance=_unit_variance(pooled, spread, coefficients),
        kish=np.where((census == 0) & (n > 0), np.inf, kish),
        pairs=pairs,
        contribution=share,
        deviations=deviations,
    )


def _deviations(cells: Cells, block: Block, target: str, *, level: IntArray, estimate: FloatArray) -> FloatArray:
    """Scaled deviations of the estimates that each replicate weight gives, shape (R, L)."""
    declared = cells.design.replicates
    if declared is None or block.replicate is None:
        raise InputError("no replicate weights are known", where="aibaro.estimate", parameter="design")
    totals = sums(block.replicate, level, len(estimate))
    number, width = totals.shape[1], totals.shape[2]
    values, _ = TARGETS[target](totals.reshape(-1, width), block.centre)
    deviations = declared.deviations(values.reshape(len(estimate), number).T, estimate)
    # a share of one comes out of each replicate with a rounding error
    deviations = np.where(np.abs(deviations) <= EQUAL * np.abs(estimate), 0.0, deviations)
    # a replicate without rows in a domain says nothing of it (as in R)
    return np.where(np.isfinite(deviations), deviations, 0.0)


def _shares(
    cells: Cells,
    block: Block,
    stage: Stage,
    pairs: Pairs,
    unit: IntArray | None,
    *,
    coefficients: FloatArray,
    level: IntArray,
    touched: NDArray[np.bool_],
) -> tuple[Pairs, FloatArray]:
    """Variance that each stratum adds; with calibrated weights strata outside a domain add some too."""
    if cells.calibrated is None:
        total, square = unit_moments(cells, pairs, unit, block, coefficients)
        share = contributions(stage, pairs, total, square, touched)
        if cells.lower:
            value = np.einsum("ck,ck->c", np.nan_to_num(coefficients)[level], block.total)
            table = np.zeros((cells.size, pairs.levels))
            table[np.arange(cells.size), level] = value
            share = share + lower_variance(cells.lower, stage, table)[pairs.stratum, pairs.level]
        return pairs, share
    # a level without observed rows has no coefficients, and no estimate
    own = np.nan_to_num(coefficients)[level]
    square = np.einsum("ck,ckm,cm->c", own, block.square, own) if len(block.square) else np.zeros(cells.size)
    name = next(n for n, b in cells.blocks.items() if b is block)
    linear = cells.calibrated.linear({name: own}, cells.blocks, square)
    return cells.calibrated.contributions(linear, level, pairs.levels, stage)


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


def _unit_variance(pooled: FloatArray, spread: FloatArray, coefficients: FloatArray) -> FloatArray:
    """Give N² (Σ w u²/N - (Σ w u/N)²): the variance of N u over the population that the weights stand for."""
    weight = pooled[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        average = np.einsum("lk,lk->l", coefficients, pooled) / weight
        squares = np.einsum("lk,lkm,lm->l", coefficients, spread, coefficients) / weight
        result: FloatArray = np.maximum(weight**2 * (squares - average**2), 0.0)
    return result
