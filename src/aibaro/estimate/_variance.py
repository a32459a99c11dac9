"""What do the cells say about an estimate and its variance?

Every estimate is a function of weighted totals; its variance is that of the total of a linearised value
u = a'b, with coefficients a per domain and basis b = (1, y - c, ...).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design, Replicates
from aibaro.errors import InputError
from aibaro.estimate._cells import Block, Cells, central
from aibaro.estimate._stages import Pairs, Stage, contributions, lower_variance, satterthwaite, sums

# --- What do strata add to the variance of a total of linearised values?
#
# A linearised value is u = Σ a'b over the blocks b of some items, with coefficients a that are constant in a cell. Its
# weighted total is known from the totals of the cells, and its sum of squares about the mean of a stratum from what is
# left inside cells and from what lies between them: no sum of squares about a distant point is ever taken apart.


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


def totals(cells: Cells, values: Mapping[str, FloatArray]) -> FloatArray:
    """Σ w u of each cell."""
    result = np.zeros(cells.size)
    for name, own in values.items():
        result += np.einsum("ck,ck->c", own, cells.blocks[name].total)
    return result


def pair_moments(
    cells: Cells, pairs: Pairs, unit: IntArray | None, values: Mapping[str, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Total of w u in each pair of stratum and level, and its sum of squares about the mean of the pair's units."""
    size = len(pairs.stratum)
    value = totals(cells, values)
    if unit is not None:
        units = int(unit.max(initial=-1)) + 1
        by_unit, owner = sums(value, unit, units), np.zeros(units, dtype=np.int64)
        owner[unit] = pairs.parent
        total = sums(by_unit, owner, size)
        return total, sums((by_unit - (total / pairs.count)[owner]) ** 2, owner, size)
    total = sums(value, pairs.parent, size)
    mean = (total / pairs.count)[pairs.parent]
    rows, within = _within(cells, values)
    between = rows * (value / np.maximum(rows, 1.0) - mean) ** 2
    # rows without an outcome carry zeros
    absent = (cells.count - rows) * mean**2
    return total, sums(within + between + absent, pairs.parent, size)


def _within(cells: Cells, values: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Rows of each cell that carry values, and the squares of w u about their mean."""
    if len(values) == 1:
        ((name, own),) = values.items()
        block = cells.blocks[name]
        return block.observed, np.maximum(np.einsum("ck,ckl,cl->c", own, block.inner, own), 0.0)
    result = np.zeros(cells.size)
    names = list(values)
    for i, one in enumerate(names):
        for other in names[i:]:
            part = np.einsum("ci,cij,cj->c", values[one], _joint(cells, one, other), values[other])
            result += part if one == other else 2 * part
    return cells.count, np.maximum(result, 0.0)


def _joint(cells: Cells, one: str, other: str) -> FloatArray:
    """Second moments of w b of two blocks about their means over all rows of a cell."""
    mine, theirs = cells.blocks[one], cells.blocks[other]
    count = np.maximum(cells.count, 1.0)
    if one == other:
        outside = (cells.count - mine.observed) / count / np.maximum(mine.observed, 1.0)
        return mine.inner + outside[:, None, None] * mine.total[:, :, None] * mine.total[:, None, :]
    products = mine.total[:, :, None] * theirs.total[:, None, :] / count[:, None, None]
    return squares(cells, one, other) - products


def squares(cells: Cells, one: str, other: str) -> FloatArray:
    """Σ w² b_i b_j' between two blocks, shape (C, K, K)."""
    mine, theirs = cells.blocks[one], cells.blocks[other]
    if one == other:
        return mine.square
    if (one, other) in cells.cross:
        return cells.cross[(one, other)]
    if (other, one) in cells.cross:
        return np.swapaxes(cells.cross[(other, one)], 1, 2)
    if mine.category is not None and theirs.category is not None and mine.variables == theirs.variables:
        return _exclusive(mine, theirs)
    raise InputError(
        "the covariance of two items is not known",
        parameter="expressions",
        got=f"{one} and {other}",
        expected="items whose joint answers were counted",
        hint="estimate both in one call on rows with covariance='items'",
    )


def _exclusive(one: Block, other: Block) -> FloatArray:
    """Σ w² b_i b_j' of two answers to one question."""
    result = np.zeros_like(one.square)
    result[:, 0, 0] = one.square[:, 0, 0]
    result[:, 1, 0] = one.square[:, 1, 0]
    result[:, 0, 1] = other.square[:, 1, 0]
    return result


def magnitude(values: FloatArray) -> float:
    """A power of two near the largest of some numbers, 1 where their squares stay in range anyway."""
    largest = float(np.abs(values).max(initial=0.0))
    if not np.isfinite(largest):
        largest = float(np.max(np.abs(values), initial=0.0, where=np.isfinite(values)))
    if largest == 0.0 or 1e-100 < largest < 1e100:
        return 1.0
    return float(2.0 ** np.floor(np.log2(largest)))


def scaled(block: Block, values: FloatArray) -> FloatArray:
    """Coefficients that belong to the moments of a block with scaled weights."""
    return values * block.scale[:, None]


# --- What do the cells say about an estimate and its variance?

# a few units in the last place, which a sum of squares about a distant centre loses
ROUNDING = 4 * float(np.finfo(float).eps)
# relative difference that is a rounding error
EQUAL = 1e-14


@dataclass(frozen=True, slots=True)
class Linearized:
    """Estimates of one item in the L levels of one domain variable.

    Parameters
    ----------
    estimate, variance : numpy.ndarray of float, shape (L,)
        Estimates and their variances.
    coefficients : numpy.ndarray of float, shape (C, K)
        Coefficients a of the linearised value on the basis, in each cell; zero outside every level.
    unit : numpy.ndarray of float, shape (L,)
        What coefficients are multiplied by; 1 unless their squares leave the range of floating-point numbers.
    df_design, df_satterthwaite : numpy.ndarray of float, shape (L,)
        Units minus strata, and Satterthwaite's approximation.
    n : numpy.ndarray of float, shape (L,)
        Observed rows.
    missing : numpy.ndarray of float, shape (L,)
        Rows whose outcome is missing.
    weight : numpy.ndarray of float, shape (L,)
        Estimated size of the domain Σ w.
    kish : numpy.ndarray of float, shape (L,)
        Kish's (Σw)²/Σw²; infinite where every stratum of the domain is observed in full.
    pairs : Pairs
        Strata and levels of the contributions.
    contribution : numpy.ndarray of float, shape (P,)
        Share v_h of the variance that each stratum adds to each level; zero where the variance is that of replicates.
    deviations : numpy.ndarray of float, shape (R, L), or None
        Scaled deviations of the estimates of replicate weights.
    std_error : numpy.ndarray of float, shape (L,)
        Standard errors, also where their squares leave the range of floating-point numbers.
    unit_error : numpy.ndarray of float, shape (L,)
        Standard error of an estimate from one unit, √(n V_srs) with replacement.
    whole_error : numpy.ndarray of float, shape (L,)
        The same over all units for a total, which is zero outside its domain; of other estimates `unit_error`.
    noise : float
        Relative error that rounding may have left in the variances.
    """

    estimate: FloatArray
    variance: FloatArray
    coefficients: FloatArray
    df_design: FloatArray
    df_satterthwaite: FloatArray
    n: FloatArray
    missing: FloatArray
    weight: FloatArray
    kish: FloatArray
    pairs: Pairs
    contribution: FloatArray
    unit: FloatArray
    std_error: FloatArray
    unit_error: FloatArray
    whole_error: FloatArray
    deviations: FloatArray | None = None
    noise: float = 0.0


def _mean_of(total: FloatArray, centre: FloatArray) -> FloatArray:
    return np.asarray(centre[..., 0] + total[..., 1] / total[..., 0])


def _total_of(total: FloatArray, centre: FloatArray) -> FloatArray:
    return np.asarray(total[..., 1] + centre[..., 0] * total[..., 0])


def _ratio_of(total: FloatArray, centre: FloatArray) -> FloatArray:
    numerator = total[..., 1] + centre[..., 0] * total[..., 0]
    return np.asarray(numerator / (total[..., 2] + centre[..., 1] * total[..., 0]))


# estimates from totals of b = (1, y - c) with one centre
POINTS: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "mean": _mean_of,
    "proportion": _mean_of,
    "total": _total_of,
    "ratio": _ratio_of,
}

Point = tuple[FloatArray, FloatArray]


def _mean(block: Block, level: IntArray, levels: int) -> Point:
    weight = block.total[:, 0] * block.scale
    size = sums(weight, level, levels)
    centre, slope = block.centre[:, 0], block.scale / size[level]
    excess = block.total[:, 1] * slope
    if not len(centre) or (centre == centre[0]).all():
        middle = np.full(levels, centre[0] if len(centre) else 0.0)
    else:
        own = np.where(weight > 0, block.total[:, 1] / np.where(block.total[:, 0] > 0, block.total[:, 0], 1.0), 0.0)
        middle = sums(np.where(weight > 0, (centre + own) * (weight / size[level]), 0.0), level, levels)
    # the mean is a number near it and a small rest: deviations keep the digits that the sum of both would lose
    away = centre - middle[level]
    rest = sums(np.where(weight > 0, away * (weight / size[level]) + excess, 0.0), level, levels)
    return middle + rest, np.stack([(away - rest[level]) * slope, slope], axis=1)


def _total(block: Block, level: IntArray, levels: int) -> Point:
    values = np.stack([block.centre[:, 0] * block.scale, block.scale], axis=1)
    return sums(np.einsum("ck,ck->c", values, block.total), level, levels), values


def _ratio(block: Block, level: IntArray, levels: int) -> Point:
    weight = block.total[:, 0]
    first, second = (block.scale * (block.total[:, k] + block.centre[:, k - 1] * weight) for k in (1, 2))
    numerator, denominator = sums(first, level, levels), sums(second, level, levels)
    ratio = numerator / denominator
    own = ratio[level]
    parts = [block.centre[:, 0] - own * block.centre[:, 1], np.ones_like(own), -own]
    return ratio, np.stack(parts, axis=1) * (block.scale / denominator[level])[:, None]


# estimates, and coefficients of the linearised value in each cell
TARGETS: dict[str, Callable[[Block, IntArray, int], Point]] = {
    "mean": _mean,
    "proportion": _mean,
    "total": _total,
    "ratio": _ratio,
}


def linearize(cells: Cells, name: str, target: str, *, level: IntArray, levels: int, stage: Stage) -> Linearized:
    """Estimate one item in every level of one domain variable.

    Notes
    -----
    Time and memory grow with the number of cells, never with the number of rows.
    """
    return measure(cells, name, TARGETS[target], level=level, levels=levels, stage=stage, target=target)


def measure(
    cells: Cells,
    name: str,
    point: Callable[[Block, IntArray, int], Point],
    *,
    level: IntArray,
    levels: int,
    stage: Stage,
    target: str = "",
) -> Linearized:
    """Add precision to estimates whose linearised values a function tells from a block."""
    inside, size = level >= 0, cells.size
    if not inside.all():
        # rows without a level are units of their strata that lie in no domain
        cells = replace(cells, blocks={name: cells.blocks[name]}, cross={}).select(inside)
        level = level[inside]
    block = cells.blocks[name]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        estimate, values = point(block, level, levels)
        unit = _units(values, level, levels)
        values = values / unit[level][:, None]
        pairs, units = pair_up(cells, level, levels)
        observed = sums(block.observed, pairs.parent, len(pairs.stratum))
        df_design = _design_df(pairs, units, block, observed)
        census = sums((observed > 0) & (stage.fraction[pairs.stratum] < 1), pairs.level, levels)
        # a level without observed rows has no coefficients, and no estimate
        known = np.nan_to_num(values, posinf=0.0, neginf=0.0)
        deviations = None
        if block.replicate is not None:
            if target in POINTS:
                deviations = _deviations(cells, block, target, level=level, estimate=estimate)
            else:
                deviations = _estimated_anew(cells, block, point, level=level, estimate=estimate)
            share, error = np.zeros(len(pairs.stratum)), _length(deviations)
            variance = (error / unit) ** 2
            df_design = np.full(levels, cells.design.degrees_of_freedom, dtype=float)
            noise = _noise(block, known, pairs, variance)
        else:
            total, square = pair_moments(cells, pairs, units, {name: known})
            noise = _noise(block, known, pairs, sums(square, pairs.level, levels))
            if cells.calibrated is None:
                share = contributions(stage, pairs, total, square, observed > 0)
                share = share + _lower_shares(cells, pairs, stage, {name: known}, level)
            else:
                pairs, share = _calibrated_shares(cells, name, known, level=level, levels=levels, stage=stage)
            variance = sums(share, pairs.level, levels)
            error = np.sqrt(variance) * unit
        n = sums(block.observed, level, levels)
        rows = sums(cells.count, level, levels)
        weight = sums(block.total[:, 0] * block.scale, level, levels)
        kish = _kish(block, level, levels)
        deviation = np.where(n > 0, error, np.nan)
        nothing = np.zeros(levels)
        unit_error = _unit_error(block, known, level, levels, nothing) * unit
        whole_error = unit_error
        if target == "total":
            # a total is one of all units, zero outside its domain
            outside = np.maximum(population(cells.design) - weight, 0.0)
            whole_error = _unit_error(block, known, level, levels, outside) * unit
        whole, parts = np.where(n > 0, variance * unit**2, np.nan), share * unit[pairs.level] ** 2
    coefficients = np.zeros((size, values.shape[1]))
    coefficients[inside] = known
    return Linearized(
        estimate=np.where(n > 0, estimate, np.nan),
        variance=whole,
        coefficients=coefficients,
        df_design=df_design,
        df_satterthwaite=satterthwaite(stage, pairs, share, df_design) if deviations is None else df_design,
        n=n,
        missing=rows - n,
        weight=weight,
        unit_error=unit_error,
        whole_error=whole_error,
        kish=np.where((census == 0) & (n > 0), np.inf, kish),
        pairs=pairs,
        contribution=parts,
        deviations=deviations,
        unit=unit,
        std_error=deviation,
        noise=noise,
    )


def _length(deviations: FloatArray) -> FloatArray:
    """Square root of the sum of the squares of each column."""
    unit = magnitude(deviations)
    return np.asarray(np.sqrt(((deviations / unit) ** 2).sum(axis=0)) * unit)


def _deviations(cells: Cells, block: Block, target: str, *, level: IntArray, estimate: FloatArray) -> FloatArray:
    """Scaled deviations of the estimates that each replicate weight gives, shape (R, L)."""
    declared = cells.design.replicates
    if declared is None or block.replicate is None:
        raise InputError("no replicate weights are known", where="aibaro.estimate", parameter="design")
    # one centre a level: that of its largest cell, which is near all others or measured from far away anyway
    centre = _level_centres(block, level, len(estimate))
    moved = block.replicate.copy()
    moved[:, :, 1:] += (block.centre - centre[level])[:, None, :] * block.replicate[:, :, :1]
    totals = sums(moved, level, len(estimate))
    found = POINTS[target](totals, centre[:, None, :])
    return _known_deviations(declared, found.T, estimate)


def _estimated_anew(
    cells: Cells,
    block: Block,
    point: Callable[[Block, IntArray, int], Point],
    *,
    level: IntArray,
    estimate: FloatArray,
) -> FloatArray:
    """The same for estimates that are more than a ratio of totals, from a block of each replicate."""
    declared = cells.design.replicates
    if declared is None or block.replicate is None:
        raise InputError("no replicate weights are known", where="aibaro.estimate", parameter="design")
    own = np.ones(cells.size)
    copies = (replace(block, total=block.replicate[:, r], scale=own) for r in range(block.replicate.shape[1]))
    found = np.array([point(copy, level, len(estimate))[0] for copy in copies])
    return _known_deviations(declared, found, estimate)


def _known_deviations(declared: Replicates, found: FloatArray, estimate: FloatArray) -> FloatArray:
    deviations = declared.deviations(found, estimate)
    # a share of one comes out of each replicate with a rounding error
    deviations = np.where(np.abs(deviations) <= EQUAL * np.abs(estimate), 0.0, deviations)
    # a replicate without rows in a domain says nothing of it (as in R)
    return np.where(np.isfinite(deviations), deviations, 0.0)


def _level_centres(block: Block, level: IntArray, levels: int) -> FloatArray:
    """A centre of each level near its mean, shape (L, K - 1)."""
    weight = block.total[:, 0] * block.scale
    if len(block.centre) and (block.centre == block.centre[0]).all():
        return np.broadcast_to(block.centre[0], (levels, block.centre.shape[1]))
    return np.nan_to_num(sums(block.centre * weight[:, None], level, levels) / sums(weight, level, levels)[:, None])


def _lower_shares(
    cells: Cells, pairs: Pairs, stage: Stage, values: Mapping[str, FloatArray], level: IntArray
) -> FloatArray | float:
    """Variance that stages below the first add, by stratum and level."""
    if not cells.lower:
        return 0.0
    table = np.zeros((cells.size, pairs.levels))
    table[np.arange(cells.size), level] = totals(cells, values)
    return np.asarray(lower_variance(cells.lower, stage, table)[pairs.stratum, pairs.level])


def _units(values: FloatArray, level: IntArray, levels: int) -> FloatArray:
    """A power of two near the largest coefficient of each level, 1 where squares stay in range anyway."""
    largest = np.zeros(levels)
    finite = np.where(np.isfinite(values), np.abs(values), 0.0).max(axis=1, initial=0.0)
    np.maximum.at(largest, level, finite)
    usual = (largest == 0) | ((largest > 1e-100) & (largest < 1e100))
    if usual.all():
        return np.ones(levels)
    return np.where(usual, 1.0, np.exp2(np.floor(np.log2(np.where(largest > 0, largest, 1.0)))))


def _noise(block: Block, values: FloatArray, pairs: Pairs, left: FloatArray) -> float:
    """Largest relative error of a variance (L,) that comes from centres far from the values of a level."""
    if block.binary:
        return 0.0
    diagonal = np.arange(values.shape[1])
    if len(block.square):
        moments = block.square[:, diagonal, diagonal].copy()
        # equal weights in a cell add nothing that could be lost
        moments[:, 0] *= block.inner[:, 0, 0] > 0
        error = ROUNDING * np.einsum("ck,ck->c", values**2, moments)
    else:
        moments = block.total[:, :1] * block.spread[:, diagonal, diagonal]
        error = ROUNDING**2 * np.einsum("ck,ck->c", values**2, moments)
    lost = sums(sums(error, pairs.parent, len(pairs.stratum)), pairs.level, pairs.levels)
    several = sums(pairs.count, pairs.level, pairs.levels) > 1
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(several & (lost > 0), lost / left, 0.0)
    ratio = ratio if len(block.square) else 2 * np.sqrt(ratio)
    return float(np.max(np.nan_to_num(ratio, nan=np.inf), initial=0.0))


def _kish(block: Block, level: IntArray, levels: int) -> FloatArray:
    """(Σw)²/Σw² of each level."""
    largest = np.zeros(levels)
    np.maximum.at(largest, level, block.scale)
    own = block.scale / largest[level]
    return np.asarray(
        sums(own * block.total[:, 0], level, levels) ** 2 / sums(own**2 * block.weight_square, level, levels)
    )


def _calibrated_shares(
    cells: Cells, name: str, values: FloatArray, *, level: IntArray, levels: int, stage: Stage
) -> tuple[Pairs, FloatArray]:
    """Variance that each stratum adds with calibrated weights, strata outside a domain too."""
    if cells.calibrated is None:
        raise InputError("the weights were not calibrated", where="aibaro.estimate")
    block = cells.blocks[name]
    square = np.einsum("ck,ckm,cm->c", values, block.square, values) if len(block.square) else np.zeros(cells.size)
    linear = cells.calibrated.linear({name: values}, cells.blocks, square)
    return cells.calibrated.contributions(linear, level, levels, stage)


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


def population(design: Design) -> float:
    """Size of the population that all weights of a design stand for."""
    return float(design.population.sum() if design.rows is None else design.rows.weight_totals.sum())


def _unit_error(block: Block, values: FloatArray, level: IntArray, levels: int, outside: FloatArray) -> FloatArray:
    """N times the standard deviation of u over a population of N units, those outside the level with zeros."""
    # the units of weights and scales cancel, but for that of the weights in the result
    unit, scale = magnitude(block.total[:, 0]), block.scale / magnitude(block.scale)
    total, spread = block.total / unit, block.spread / unit
    outside = outside / unit / magnitude(block.scale)
    weight = total[:, 0]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        value = np.einsum("ck,ck->c", values, total)
        inner = central(spread, total, weight)
        within = np.maximum(np.einsum("ck,ckm,cm->c", values, inner, values), 0.0) / scale
        real = weight * scale
        size = sums(real, level, levels) + outside
        average = sums(value, level, levels) / size
        own = np.where(real > 0, value / np.where(real > 0, real, 1.0), 0.0)
        between = real * (own - average[level]) ** 2
        result = size * (sums(np.where(real > 0, within + between, 0.0), level, levels) + outside * average**2)
        # what rounding leaves of a constant is no variance
        bound = np.einsum("ck,ckm,cm->c", np.abs(values), np.abs(spread), np.abs(values)) / scale
        return np.asarray(unit * np.sqrt(np.where(result > EQUAL * size * sums(bound, level, levels), result, 0.0)))
