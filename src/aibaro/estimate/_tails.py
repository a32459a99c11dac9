"""Quantiles and tail probabilities of the normal and of Student's t, without the weight of a statistics library."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

FloatArray = NDArray[np.float64]


def _float(value: ArrayLike) -> FloatArray:
    return np.asarray(value, dtype=np.float64)


def normal_quantile(tail: ArrayLike) -> FloatArray:
    """Give what a standard normal exceeds with a probability.

    Examples
    --------
    >>> round(float(normal_quantile(0.025)), 6)
    1.959964
    """
    return -special.ndtri(_float(tail))


def normal_tail(value: ArrayLike) -> FloatArray:
    """Give the probability that a standard normal exceeds a value.

    Examples
    --------
    >>> round(float(normal_tail(1.959964)), 6)
    0.025
    """
    return special.ndtr(-_float(value))


def student_quantile(tail: ArrayLike, df: ArrayLike) -> FloatArray:
    """Give what Student's t exceeds with a probability.

    Examples
    --------
    >>> round(float(student_quantile(0.025, 9)), 6)
    2.262157
    """
    return -special.stdtrit(_float(df), _float(tail))


def student_tail(value: ArrayLike, df: ArrayLike) -> FloatArray:
    """Give the probability that Student's t exceeds a value.

    Examples
    --------
    >>> round(float(student_tail(2.262157, 9)), 6)
    0.025
    """
    return special.stdtr(_float(df), -_float(value))
