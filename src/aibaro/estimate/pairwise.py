"""Which levels of a domain variable differ?  All pairs at once, with the covariance of the design."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, IntArray
from aibaro.estimate._cells import Cells
from aibaro.estimate._stages import sums
from aibaro.estimate.results import Estimates, Part, covariance
from aibaro.estimate.tails import student_tail


@dataclass(frozen=True, slots=True)
class LevelPairs:
    """Differences of P pairs of estimates of one item in levels of one domain variable.

    Parameters
    ----------
    first, second : numpy.ndarray of int, shape (P,)
        Numbers of the levels; first below second.
    difference, std_error : numpy.ndarray of float, shape (P,)
        First minus second, and its standard error.
    df : numpy.ndarray of float, shape (P,)
        Units minus strata that either level touches.
    p_value : numpy.ndarray of float, shape (P,)
        Two-sided; undefined where the difference has no variance.
    """

    first: IntArray
    second: IntArray
    difference: FloatArray
    std_error: FloatArray
    df: FloatArray
    p_value: FloatArray


def compare_levels(result: Estimates, part: Part, freedom: FloatArray | None = None) -> LevelPairs:
    """Compare all levels of one part of a result.

    Notes
    -----
    The variance of a difference is V_a + V_b - 2 C_ab with the joint covariance of the design, so that domains that
    share strata or clusters are compared rightly.
    """
    size = len(part.linear.estimate)
    rows = np.arange(part.start, part.start + size)
    first, second = np.triu_indices(size, 1)
    if result.deviations is not None:
        own = np.nan_to_num(result.deviations[:, rows])
        matrix = own.T @ own
        degrees = np.minimum(result.df_design[rows][first], result.df_design[rows][second])
    else:
        matrix = level_covariance(result, part)
        table = joint_df(result, part) if freedom is None else freedom
        degrees = table[first, second]
    estimate = result.estimate[rows]
    difference = estimate[first] - estimate[second]
    own_variance = np.diag(matrix)
    variance = own_variance[first] + own_variance[second] - 2 * matrix[first, second]
    # a difference of two constants has no variance but that of rounding
    nothing = variance <= 1e-14 * (own_variance[first] + own_variance[second])
    error = np.sqrt(np.where(nothing, 0.0, variance))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(error > 0, difference / error, np.nan)
    valid = (degrees > 0) & np.isfinite(statistic)
    p_value = np.where(valid, 2 * student_tail(np.abs(statistic), np.where(valid, degrees, 1.0)), np.nan)
    return LevelPairs(first, second, difference, error, degrees, p_value)


def level_covariance(result: Estimates, part: Part) -> FloatArray:
    """Covariance of the estimates of one part, shape (L, L)."""
    rows = slice(part.start, part.start + len(part.linear.estimate))
    alone = replace(
        result, estimate=result.estimate[rows], std_error=result.std_error[rows], parts=(replace(part, start=0),)
    )
    return covariance(alone)


def joint_df(result: Estimates, part: Part) -> FloatArray:
    """Units minus strata that either of two levels touches, shape (L, L)."""
    cells = result.cells
    size = len(part.linear.estimate)
    if cells is None:
        return np.minimum.outer(part.linear.df_design, part.linear.df_design)
    inside = (part.level >= 0) & (cells.blocks[part.name].observed > 0)
    level = part.level[inside]
    strata = _touched(cells.stratum[inside], level, cells.design.size, size)
    joint_strata = _either(strata)
    if cells.unit is None:
        rows = sums(cells.count[inside], level, size)
        joint = np.add.outer(rows, rows)
        np.fill_diagonal(joint, rows)
    else:
        unit = cells.unit[inside]
        joint = _either(_touched(unit, level, int(cells.unit.max(initial=-1)) + 1, size))
    return np.asarray(joint - joint_strata, dtype=float)


def union_df(result: Estimates, part: Part) -> float:
    """Units minus strata that any level touches."""
    cells = result.cells
    if cells is None or result.deviations is not None:
        return float(np.min(part.linear.df_design))
    inside = (part.level >= 0) & (cells.blocks[part.name].observed > 0)
    units = cells.count[inside].sum() if cells.unit is None else len(np.unique(cells.unit[inside]))
    return float(units - len(np.unique(cells.stratum[inside])))


def _touched(index: IntArray, level: IntArray, size: int, levels: int) -> NDArray[np.bool_]:
    found = np.zeros((size, levels), dtype=bool)
    found[index, level] = True
    return found


def _either(touched: NDArray[np.bool_]) -> FloatArray:
    """How many rows of a table of marks have a mark in either of two columns."""
    own = touched.astype(float)
    count = own.sum(axis=0)
    return np.asarray(np.add.outer(count, count) - own.T @ own)


def kish_sizes(cells: Cells, part: Part) -> FloatArray:
    """Kish's (Σ w)² / Σ w² of the rows behind each estimate of a part, shape (L,)."""
    block, inside = cells.blocks[part.name], part.level >= 0
    size = len(part.linear.estimate)
    weight = sums(block.total[inside, 0], part.level[inside], size)
    square = sums(block.weight_square[inside], part.level[inside], size)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(square > 0, weight**2 / np.where(square > 0, square, 1.0), 0.0)
