"""Quantiles and tail probabilities of the normal and of Student's t, without the weight of a statistics library."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from aibaro._arrays import FloatArray, IntArray


def _float(value: ArrayLike) -> FloatArray:
    return np.asarray(value, dtype=np.float64)


def normal_quantile(tail: ArrayLike) -> FloatArray:
    """Return what a standard normal exceeds with a probability.

    Examples
    --------
    >>> round(float(normal_quantile(0.025)), 6)
    1.959964
    """
    return -special.ndtri(_float(tail))


def normal_tail(value: ArrayLike) -> FloatArray:
    """Return the probability that a standard normal exceeds a value.

    Examples
    --------
    >>> round(float(normal_tail(1.959964)), 6)
    0.025
    """
    return special.ndtr(-_float(value))


def student_quantile(tail: ArrayLike, df: ArrayLike) -> FloatArray:
    """Return what Student's t exceeds with a probability.

    Examples
    --------
    >>> round(float(student_quantile(0.025, 9)), 6)
    2.262157
    """
    return -special.stdtrit(_float(df), _float(tail))


def student_tail(value: ArrayLike, df: ArrayLike) -> FloatArray:
    """Return the probability that Student's t exceeds a value.

    Examples
    --------
    >>> round(float(student_tail(2.262157, 9)), 6)
    0.025
    """
    freedom, below = _float(df), -_float(value)
    endless = np.isposinf(freedom)
    return np.where(endless, special.ndtr(below), special.stdtr(np.where(endless, 1.0, freedom), below))


def two_sided(statistic: ArrayLike, df: ArrayLike) -> FloatArray:
    """Return the probability of a larger Student's t on either side; none where no degree of freedom is left.

    Examples
    --------
    >>> two_sided([-2.262157, 0.0, 1.0], [9, 9, 0]).round(6)
    array([0.05, 1.  ,  nan])
    """
    freedom = _float(df)
    return np.where(freedom > 0, 2 * student_tail(np.abs(_float(statistic)), np.maximum(freedom, 1e-12)), np.nan)


def distance_tail(distance: float, std_error: float, df: float) -> float:
    """Return the two-sided p value of a distance from what is tested; no distance is no evidence, whatever the error.

    Examples
    --------
    >>> round(distance_tail(2.262157, 1.0, 9), 6), distance_tail(0.0, 0.0, 9), distance_tail(1.0, 0.0, 9)
    (0.05, 1.0, 0.0)
    """
    if distance == 0:
        return 1.0
    return float(2 * student_tail(distance / std_error, df)) if std_error > 0 else 0.0


def satterthwaite_df(variances: ArrayLike, df: ArrayLike) -> float:
    """Return Satterthwaite's degrees of freedom (Σ v)² / Σ v²/df of a sum of independent variances.

    References
    ----------
    Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. Biometrics Bulletin
    2, 110-114. https://doi.org/10.2307/3002019

    Examples
    --------
    >>> satterthwaite_df([1.0, 1.0], [9, 9]), satterthwaite_df([0.0, 0.0], [9, 9])
    (18.0, 18.0)
    """
    parts, freedom = _float(variances), _float(df)
    found = float(satterthwaite_dfs(parts, freedom, np.zeros(len(parts), dtype=np.int64), 1)[0])
    return float(freedom.sum()) if np.isnan(found) else found


def satterthwaite_dfs(variances: FloatArray, df: FloatArray, group: IntArray, groups: int) -> FloatArray:
    """Return these degrees of freedom of several sums: each variance belongs to a group; NaN where all are zero.

    Examples
    --------
    >>> satterthwaite_dfs(np.array([1.0, 2.0, 2.0]), np.array([9.0, 4.0, 4.0]), np.array([0, 1, 1]), 2).tolist()
    [9.0, 8.0]
    """
    # variances near the largest double would overflow when squared
    largest = np.zeros(groups)
    np.fmax.at(largest, group, variances)
    scaled = variances / np.where(largest > 0, largest, 1.0)[group]
    above = np.bincount(group, scaled, minlength=groups) ** 2
    below = np.bincount(group, scaled**2 / np.maximum(df, 1), minlength=groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)


def rescaled(p_value: ArrayLike, factor: float) -> FloatArray:
    """Return the two-sided normal p value under a design effect larger by a factor: the statistic shrinks by its root.

    Examples
    --------
    >>> round(float(rescaled(0.05, 2.0)), 4)
    0.1658
    """
    return 2 * normal_tail(normal_quantile(_float(p_value) / 2) / np.sqrt(factor))
