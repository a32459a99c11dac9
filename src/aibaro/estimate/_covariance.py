"""How do the estimates of one result vary together?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import InputError
from aibaro.estimate._calibrated import LinearisedMoments
from aibaro.estimate._cells import Cells
from aibaro.estimate._stages import (
    Lower,
    Pairs,
    Stage,
    contributions,
    lower_covariance,
    lower_variance,
    satterthwaite,
    sums,
)
from aibaro.estimate._variance import magnitude, pair_moments, pair_up, squares, totals

if TYPE_CHECKING:
    from aibaro.estimate.results import Estimates, Part


def covariance(result: Estimates) -> FloatArray:
    """Covariance of all estimates of a result, shape (J, J)."""
    if result.deviations is not None:
        return np.asarray(result.deviations.T @ result.deviations)
    cells = result.cells
    if cells is None or not result.parts:
        raise InputError(
            "the joint answers behind these estimates are not known",
            where="Estimates.covariance",
            parameter="variance",
            expected="linearization",
            got=result.variance,
        )
    if cells.calibrated is not None and cells.calibrated.numeric is not None:
        matrix = _polarised(result)
    else:
        matrix = _direct(result, cells, result.options.stage(cells.design))
    # the variance of each estimate is computed in one place
    np.fill_diagonal(matrix, result.std_error**2)
    return matrix


def coefficients(part: Part) -> FloatArray:
    """Coefficients of the linearised value in each cell, zero outside every level, shape (C, K)."""
    unit = np.append(part.linear.unit, 0.0)
    return np.asarray(part.linear.coefficients * unit[part.level][:, None])


def _direct(result: Estimates, cells: Cells, stage: Stage) -> FloatArray:
    """Σ_h (1 - f_h) n_h/(n_h - 1) [Σ z z' - (Σ z)(Σ z)'/n_h] over the units z of all strata."""
    size = len(result.estimate)
    calibrated = cells.calibrated
    group, stratum, number = _groups(cells)
    totals = np.zeros((number, size))
    for part in result.parts:
        inside = part.level >= 0
        value = np.einsum("ck,ck->c", coefficients(part), cells.blocks[part.name].total)
        width = len(part.linear.estimate)
        index = group[inside] * width + part.level[inside]
        own = np.bincount(index, weights=value[inside], minlength=number * width).reshape(number, width)
        totals[:, part.start : part.start + width] = own
    fitted = None
    if calibrated is not None:
        fitted = _fitted(result, cells)
        every = calibrated.stratum if calibrated.unit is None else calibrated.unit
        totals -= sums(fitted * calibrated.weight[:, None], every, number)
    by_stratum = totals if cells.unit is None else sums(totals, stratum, cells.design.size)
    factor, extra, scale = stratum_factors(stage, by_stratum)
    units = np.maximum(stage.units, 1.0)
    matrix = -(by_stratum * (factor / units)[:, None]).T @ by_stratum + extra
    if cells.unit is not None:
        matrix = matrix + (totals * factor[stratum][:, None]).T @ totals
    else:
        matrix = matrix + _squared(result, cells, factor, fitted)
    matrix = matrix * np.outer(scale, scale)
    if cells.lower:
        matrix = matrix + lower_covariance(*_cell_values(result, cells, stage, fitted))
    return np.asarray(matrix)


def _cell_values(
    result: Estimates, cells: Cells, stage: Stage, fitted: FloatArray | None
) -> tuple[tuple[Lower, ...], Stage, FloatArray]:
    """Totals of all linearised values in each cell, for the stages below the first."""
    calibrated = cells.calibrated
    place = np.arange(cells.size) if calibrated is None else calibrated.place
    size = cells.size if calibrated is None else len(calibrated.stratum)
    values = np.zeros((size, len(result.estimate)))
    for part in result.parts:
        inside = part.level >= 0
        value = np.einsum("ck,ck->c", coefficients(part), cells.blocks[part.name].total)
        np.add.at(values, (place[inside], part.start + part.level[inside]), value[inside])
    if calibrated is None or fitted is None:
        return cells.lower, stage, values
    return calibrated.lower, stage, values - fitted * calibrated.weight[:, None]


def _groups(cells: Cells) -> tuple[IntArray, IntArray, int]:
    """Stratum or unit of each cell, stratum of each group, and number of groups."""
    if cells.unit is None:
        return cells.stratum, np.arange(cells.design.size), cells.design.size
    unit, stratum = cells.unit, cells.stratum
    if cells.calibrated is not None and cells.calibrated.unit is not None:
        unit, stratum = cells.calibrated.unit, cells.calibrated.stratum
    number = int(unit.max(initial=-1)) + 1
    owner = np.zeros(number, dtype=np.int64)
    owner[unit] = stratum
    return cells.unit, owner, number


def stratum_factors(stage: Stage, total: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(1 - f) n/(n - 1) of each stratum; what strata of a single unit add, or by what they scale, under their rule."""
    n, rest = stage.units, 1 - stage.fraction
    lonely = (n <= 1) & (rest > 1e-12)
    factor = np.where(n > 1, rest * n / np.where(n > 1, n - 1, 1), 0.0)
    extra = np.zeros((total.shape[1], total.shape[1]))
    touched = total != 0
    if stage.single.startswith("adjust") and lonely.any():
        units = np.maximum((touched * n[:, None]).sum(axis=0), 1.0)
        away = np.where(touched[lonely], total[lonely] - total.sum(axis=0) / units, 0.0)
        extra = (away * rest[lonely][:, None]).T @ away
    if stage.single.startswith("average") and lonely.any():
        usable = (touched & ~lonely[:, None]).sum(axis=0)
        scale = touched.sum(axis=0) / np.maximum(usable, 1)
        return factor, extra, np.sqrt(scale)
    return factor, extra, np.ones(total.shape[1])


def _squared(result: Estimates, cells: Cells, factor: FloatArray, fitted: FloatArray | None) -> FloatArray:
    """Σ_h factor_h Σ z z' over the rows of each stratum."""
    size = len(result.estimate)
    matrix = np.zeros((size, size))
    scale = factor[cells.stratum]
    values = [coefficients(part) for part in result.parts]
    for i, one in enumerate(result.parts):
        for j, other in enumerate(result.parts[: i + 1]):
            both = (one.level >= 0) & (other.level >= 0)
            product = np.einsum(
                "ci,cij,cj->c", values[i][both], squares(cells, one.name, other.name)[both], values[j][both]
            )
            rows, columns = len(one.linear.estimate), len(other.linear.estimate)
            index = one.level[both] * columns + other.level[both]
            added = np.bincount(index, weights=product * scale[both], minlength=rows * columns).reshape(rows, columns)
            mine, theirs = slice(one.start, one.start + rows), slice(other.start, other.start + columns)
            matrix[mine, theirs] = added
            matrix[theirs, mine] = added.T
    if fitted is not None:
        matrix += _explained(result, cells, factor, fitted, values)
    return matrix


def _explained(
    result: Estimates, cells: Cells, factor: FloatArray, fitted: FloatArray, values: list[FloatArray]
) -> FloatArray:
    """What subtracting x'B from each linearised value changes in Σ z z'."""
    calibrated = cells.calibrated
    if calibrated is None:
        return np.zeros((0, 0))
    everywhere = factor[calibrated.stratum] * calibrated.weight_square
    matrix = (fitted * everywhere[:, None]).T @ fitted
    for part, value in zip(result.parts, values, strict=True):
        inside = part.level >= 0
        cross = np.einsum("ck,ck->c", value, cells.blocks[part.name].square[:, :, 0]) * factor[cells.stratum]
        width = len(part.linear.estimate)
        mixed = np.zeros((width, fitted.shape[1]))
        np.add.at(mixed, part.level[inside], cross[inside][:, None] * fitted[calibrated.place[inside]])
        own = slice(part.start, part.start + width)
        matrix[own] -= mixed
        matrix[:, own] -= mixed.T
    return matrix


def _fitted(result: Estimates, cells: Cells) -> FloatArray:
    """Part of each linearised value that the calibrated totals explain, in all cells."""
    calibrated = cells.calibrated
    columns = []
    for part in result.parts:
        inside = part.level >= 0
        total = np.einsum("ck,ck->c", coefficients(part), cells.blocks[part.name].total)[inside]
        if calibrated is not None:
            own = calibrated.select(inside)
            columns.append(
                own.explained(LinearisedMoments(total, total, total), part.level[inside], len(part.linear.estimate))
            )
    return np.concatenate(columns, axis=1)


def _polarised(result: Estimates) -> FloatArray:
    """Half of V(a + b) - V(a) - V(b), where residuals on numeric auxiliaries have no matrix of moments."""
    size = len(result.estimate)
    own = result.std_error**2
    matrix = np.diag(own)
    for j in range(size):
        for k in range(j):
            gradient = np.zeros(size)
            gradient[[j, k]] = 1.0
            matrix[j, k] = matrix[k, j] = (combined_error(result, gradient)[0] ** 2 - own[j] - own[k]) / 2
    return matrix


def combined_error(estimates: Estimates, gradient: FloatArray) -> tuple[float, float, float]:
    """Standard error of g'estimates, and both degrees of freedom."""
    if estimates.deviations is not None:
        freedom = float(np.min(estimates.df_design[gradient != 0], initial=np.inf))
        away = estimates.deviations @ gradient
        unit = magnitude(away)
        return float(np.sqrt(((away / unit) ** 2).sum()) * unit), freedom, freedom
    cells = estimates.cells
    if cells is None or not estimates.parts or estimates.variance != "linearization":
        raise InputError(
            "contrasts need what strata add to the variance, or the estimates of replicates",
            parameter="estimates",
            expected="variance='linearization', or replicate weights",
            got=f"a {estimates.target} with variance={estimates.variance!r}",
        )
    if np.isnan(estimates.std_error[gradient[: len(estimates.std_error)] != 0]).any():
        return float("nan"), float("nan"), float("nan")
    weights: dict[str, FloatArray] = {}
    for part in estimates.parts:
        own = gradient[part.start : part.start + len(part.linear.estimate)]
        if own.any():
            term = own[part.level][:, None] * coefficients(part)
            weights[part.name] = weights.get(part.name, 0.0) + term
    unit = magnitude(np.concatenate([own.ravel() for own in weights.values()])) if weights else 1.0
    weights = {name: own / unit for name, own in weights.items()}
    stage = estimates.options.stage(cells.design)
    inside = np.zeros(cells.size, dtype=bool)
    for name, coefficient in weights.items():
        inside |= coefficient.any(axis=1) & (cells.blocks[name].observed > 0)
    whole = np.zeros(cells.size, dtype=np.int64)
    pairs, units = pair_up(cells, whole, 1)
    touched = sums(inside, pairs.parent, len(pairs.stratum)) > 0
    freedom = _touched_df(cells, inside, pairs, units)
    if cells.calibrated is None:
        total, square = pair_moments(cells, pairs, units, weights)
        share = contributions(stage, pairs, total, square, touched)
        if cells.lower:
            value = totals(cells, weights)[:, None]
            share = share + lower_variance(cells.lower, stage, value)[pairs.stratum, 0]
    else:
        linear = cells.calibrated.linear(weights, cells.blocks, _raw_squares(cells, weights))
        pairs, share = cells.calibrated.contributions(linear, whole, 1, stage)
    approximate = satterthwaite(stage, pairs, share, np.array([freedom]))
    return float(np.sqrt(share.sum()) * unit), freedom, float(approximate[0])


def _raw_squares(cells: Cells, weights: Mapping[str, FloatArray]) -> FloatArray:
    """Σ w² u² of each cell; not read for clustered designs."""
    result = np.zeros(cells.size)
    if cells.unit is not None:
        return result
    names = list(weights)
    for i, one in enumerate(names):
        for other in names[i:]:
            part = np.einsum("ci,cij,cj->c", weights[one], squares(cells, one, other), weights[other])
            result += part if one == other else 2 * part
    return np.maximum(result, 0.0)


def _touched_df(cells: Cells, inside: NDArray[np.bool_], pairs: Pairs, unit: IntArray | None) -> float:
    strata = len(np.unique(pairs.stratum[pairs.parent[inside]]))
    if unit is not None:
        return float(len(np.unique(unit[inside])) - strata)
    return float(cells.count[inside].sum() - strata)
