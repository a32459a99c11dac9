"""How do the estimates of one result vary together?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aibaro.errors import InputError
from aibaro.estimate._calibrated import Linear
from aibaro.estimate._cells import Cells
from aibaro.estimate._stages import Lower, Stage, lower_covariance, sums
from aibaro.estimate._variance import squares

if TYPE_CHECKING:
    from aibaro.estimate._results import Estimates, Part

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


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
            columns.append(own.explained(Linear(total, total, total), part.level[inside], len(part.linear.estimate)))
    return np.concatenate(columns, axis=1)


def _polarised(result: Estimates) -> FloatArray:
    """Half of V(a + b) - V(a) - V(b), where residuals on numeric auxiliaries have no matrix of moments."""
    from aibaro.estimate._contrasts import combined_variance

    size = len(result.estimate)
    own = result.std_error**2
    matrix = np.diag(own)
    for j in range(size):
        for k in range(j):
            gradient = np.zeros(size)
            gradient[[j, k]] = 1.0
            matrix[j, k] = matrix[k, j] = (combined_variance(result, gradient)[0] - own[j] - own[k]) / 2
    return matrix
