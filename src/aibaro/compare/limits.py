"""How far may the difference of two independent shares lie from what was printed?  Functions of arrays.

Two methods, chosen from :data:`METHODS`.  The *worst case* functions give the limits that no pair of shares inside
the rounding intervals goes beyond.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from aibaro._arrays import FloatArray
from aibaro._typed import typed
from aibaro.compare._shares import ShareLike, sample_size, share
from aibaro.errors import InputError
from aibaro.estimate.intervals import score_limits
from aibaro.estimate.tails import normal_quantile, normal_tail

Limits = tuple[FloatArray, FloatArray]

_LAST_BIT = float(np.finfo(float).eps)


def critical(conf_level: float) -> float:
    """Return the two-sided normal quantile of a confidence level.

    Examples
    --------
    >>> round(critical(0.95), 6)
    1.959964
    """
    if isinstance(conf_level, bool) or not 0 < conf_level < 1:
        raise InputError(
            "not a confidence level",
            parameter="conf_level",
            expected="a number between 0 and 1",
            got=repr(conf_level),
            hint="write 0.95 for 95%",
        )
    return float(normal_quantile((1 - conf_level) / 2))


def standard_error(a: ArrayLike, m_a: ArrayLike, b: ArrayLike, m_b: ArrayLike) -> FloatArray:
    """Return the unpooled standard error of a difference of independent shares.

    Examples
    --------
    >>> float(standard_error(0.19, 841, 0.28, 1552).round(6))
    0.017689
    """
    a, m_a, b, m_b = (np.asarray(value, dtype=float) for value in (a, m_a, b, m_b))
    return np.asarray(np.sqrt(a * (1 - a) / m_a + b * (1 - b) / m_b), dtype=float)


def wilson(p: ArrayLike, m: ArrayLike, z: float) -> Limits:
    """Return Wilson's score limits of a share.

    Examples
    --------
    >>> low, high = wilson(81 / 263, 263, 1.959964)
    >>> float(low.round(4)), float(high.round(4))
    (0.2553, 0.3662)
    """
    return score_limits(np.asarray(p, dtype=float), z**2 / np.asarray(m, dtype=float))


def wald(a: ArrayLike, m_a: ArrayLike, b: ArrayLike, m_b: ArrayLike, z: float) -> Limits:
    """Return limits a - b ± z SE.

    Examples
    --------
    >>> low, high = wald(56 / 70, 70, 48 / 80, 80, 1.959964)
    >>> float(low.round(4)), float(high.round(4))
    (0.0575, 0.3425)
    """
    half = z * standard_error(a, m_a, b, m_b)
    difference = np.asarray(a, dtype=float) - np.asarray(b, dtype=float)
    return difference - half, difference + half


def newcombe(a: ArrayLike, m_a: ArrayLike, b: ArrayLike, m_b: ArrayLike, z: float) -> Limits:
    """Return Newcombe's score limits of a difference, his method 10.

    Notes
    -----
    With Wilson limits (l, u) of either share: a - b - sqrt((a - l_a)² + (u_b - b)²), and the mirror image.

    References
    ----------
    Newcombe, R. G. (1998). https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I

    Examples
    --------
    >>> low, high = newcombe(56 / 70, 70, 48 / 80, 80, 1.959964)
    >>> float(low.round(4)), float(high.round(4))
    (0.0524, 0.3339)
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    (low_a, high_a), (low_b, high_b) = wilson(a, m_a, z), wilson(b, m_b, z)
    return a - b - np.hypot(a - low_a, high_b - b), a - b + np.hypot(high_a - a, b - low_b)


METHODS: dict[str, Callable[[ArrayLike, ArrayLike, ArrayLike, ArrayLike, float], Limits]] = {
    "wald": wald,
    "newcombe": newcombe,
}

Box = tuple[float, float]


def worst_limits(  # noqa: PLR0917 - shares and sizes in the order of every other function here
    method: str, a: Box, m_a: float, b: Box, m_b: float, z: float
) -> tuple[float, float]:
    """Return the outermost limits over all shares inside two rounding intervals.

    Notes
    -----
    Newcombe's limits are monotone in both shares, so two corners decide.  Wald's lower limit is convex in the pair
    of shares: its minimum is at a corner, on an edge or inside the box, in closed form each.

    Examples
    --------
    >>> low, high = worst_limits("wald", (0.185, 0.195), 841, (0.275, 0.285), 1552, 1.959964)
    >>> round(low, 6), round(high, 6)
    (-0.134541, -0.045208)
    """
    if method not in METHODS:
        raise InputError("unknown interval method", parameter="method", expected=", ".join(METHODS), got=repr(method))
    if method == "newcombe":
        low, _ = newcombe(a[0], m_a, b[1], m_b, z)
        _, high = newcombe(a[1], m_a, b[0], m_b, z)
        return float(low), float(high)
    return _lowest_wald(a, m_a, b, m_b, z), -_lowest_wald(b, m_b, a, m_a, z)


def _lowest_wald(a: Box, m_a: float, b: Box, m_b: float, z: float) -> float:
    """Minimise the convex a - b - z SE(a, b) over the box: each share at an end, or where its derivative is zero."""
    if a[0] == a[1] and b[0] == b[1]:
        return float(wald(a[0], m_a, b[0], m_b, z)[0])
    lowest = math.inf
    for x, y in itertools.product((*a, None), (*b, None)):
        # a free share is 1/2 ∓ t m/z where t is the standard error: with that in t² = V, what is left is a square
        ends = sum(p * (1 - p) / m for p, m in ((x, m_a), (y, m_b)) if p is not None)
        free = [m for p, m in ((x, m_a), (y, m_b)) if p is None]
        t = math.sqrt((ends + sum(1 / (4 * m) for m in free)) / (1 + sum(free) / z**2))
        p = min(max(0.5 - t * m_a / z, a[0]), a[1]) if x is None else x
        q = min(max(0.5 + t * m_b / z, b[0]), b[1]) if y is None else y
        lowest = min(lowest, p - q - z * math.sqrt(p * (1 - p) / m_a + q * (1 - q) / m_b))
    return lowest


def statistic(a: ArrayLike, m_a: ArrayLike, b: ArrayLike, m_b: ArrayLike, test: str = "unpooled") -> FloatArray:
    """Return the z statistic of the hypothesis that two shares are equal.

    Examples
    --------
    >>> float(statistic(0.19, 841, 0.28, 1552).round(4))
    -5.088
    """
    a, m_a, b, m_b = (np.asarray(value, dtype=float) for value in (a, m_a, b, m_b))
    if test not in {"unpooled", "pooled"}:
        raise InputError("unknown test", parameter="test", expected="unpooled, pooled", got=repr(test))
    error = standard_error(a, m_a, b, m_b)
    if test == "pooled":
        common = (m_a * a + m_b * b) / (m_a + m_b)
        error = np.sqrt(common * (1 - common) * (1 / m_a + 1 / m_b))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(a == b, 0.0, (a - b) / error)


def nearest_corner(a: Box, b: Box) -> tuple[float, float]:
    """Return the pair of shares inside two intervals whose difference is least significant.

    Notes
    -----
    For a > b the statistic rises in a: its derivative has the sign of 2 V - (a - b) V_a', and
    2 V >= 2 a (1 - a)/m_a > a (1 - 2a)/m_a >= (a - b) V_a'.  Likewise it falls in b, so the facing corner is the
    least significant one for every effective size.

    Examples
    --------
    >>> nearest_corner((0.185, 0.195), (0.275, 0.285))
    (0.195, 0.275)
    """
    if a[0] > b[1]:
        return a[0], b[1]
    if a[1] < b[0]:
        return a[1], b[0]
    common = max(a[0], b[0])
    return common, common


def p_value(z: ArrayLike) -> FloatArray:
    """Return the two-sided normal p value of a statistic.

    Examples
    --------
    >>> float(p_value(-5.088).round(9))
    3.62e-07
    """
    return np.asarray(2 * normal_tail(np.abs(np.asarray(z, dtype=float))), dtype=float)


@typed
def breakdown_deff(
    a: ShareLike, n_a: int, b: ShareLike, n_b: int, *, method: str = "wald", conf_level: float = 0.95
) -> float:
    """Return the common design effect at which the interval of a difference first touches zero.

    Parameters
    ----------
    a, b : str, float, Fraction, pair or Share
        The shares.
    n_a, n_b : int
        Respondents behind them.
    method : {"wald", "newcombe"}
        Interval method.
    conf_level : float
        Confidence level.

    Returns
    -------
    float
        The design effect; below 1 the difference is not significant even as a simple random sample, 0 where the
        rounding intervals share a value.

    Raises
    ------
    InputError
        As :func:`~aibaro.compare.groups`.

    Notes
    -----
    Wald, in closed form: D = (d / (z SE_1))², with d and SE_1 (at design effect 1) at the least significant corner of
    the rounding box.  Newcombe's interval has no closed form: its limit is monotone in D, and its root is searched.

    References
    ----------
    Kish, L. (1965). Survey Sampling. Wiley, section 8.2.

    Newcombe, R. G. (1998). https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I

    Examples
    --------
    >>> round(breakdown_deff("19%", 841, "28%", 1552), 3), round(breakdown_deff("7%", 841, "7%", 1552), 3)
    (5.287, 0.0)
    """
    first, second = share(a, parameter="a"), share(b, parameter="b")
    size_a, size_b = sample_size(n_a, "n_a"), sample_size(n_b, "n_b")
    z = critical(conf_level)
    p, q = nearest_corner(first.box, second.box)
    if p == q:
        return 0.0
    simple = abs(float(statistic(p, size_a, q, size_b)))
    closed = (simple / z) ** 2
    if method == "wald":
        return closed
    return _searched_breakdown(method, (p, size_a, q, size_b), z, closed)


def _searched_breakdown(method: str, corner: tuple[float, int, float, int], z: float, start: float) -> float:
    from scipy.optimize import elementwise

    p, n_a, q, n_b = corner

    def gap(deff: FloatArray, /) -> FloatArray:
        low, high = METHODS[method](p, n_a / deff, q, n_b / deff, z)
        return low if p > q else -high

    far = max(min(start, 1e6), 1.0)
    while gap(np.asarray(far)) > 0:
        far *= 2
    found = elementwise.find_root(
        gap, (1e-100, far), tolerances={"xatol": 0.0, "xrtol": _LAST_BIT, "fatol": 0.0, "frtol": 0.0}
    )
    return float(found.x)


@typed
def frontier(
    a: ShareLike, n_a: int, b: ShareLike, n_b: int, *, points: int = 21, conf_level: float = 0.95
) -> pd.DataFrame:
    """Return the pairs of design effects at which the Wald interval first touches zero.

    Parameters
    ----------
    a, b : str, float, Fraction, pair or Share
        The shares.
    n_a, n_b : int
        Respondents behind them.
    points : int
        Rows of the table, >= 2.
    conf_level : float
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        ``deff_a, deff_b``: a straight line from (0, D_b) to (D_a, 0), worst case over rounding; all zero where the
        rounding intervals share a value.

    Raises
    ------
    InputError
        As :func:`~aibaro.compare.groups`.

    Notes
    -----
    deff_a V_a + deff_b V_b = (d / z)², V = p (1 - p)/n at the least significant corner, which is the same for every
    pair of design effects.

    References
    ----------
    Kish, L. (1965). Survey Sampling. Wiley, section 8.2.

    Examples
    --------
    >>> frontier("19%", 841, "28%", 1552, points=3).round(2)
       deff_a  deff_b
    0    0.00   12.97
    1    4.46    6.48
    2    8.93    0.00
    """
    first, second = share(a, parameter="a"), share(b, parameter="b")
    size_a, size_b = sample_size(n_a, "n_a"), sample_size(n_b, "n_b")
    p, q = nearest_corner(first.box, second.box)
    budget = ((p - q) / critical(conf_level)) ** 2
    spread_a, spread_b = p * (1 - p) / size_a, q * (1 - q) / size_b
    steps = [i / (points - 1) for i in range(max(points, 2))]
    ends = [budget / v if v > 0 else float("inf") for v in (spread_a, spread_b)]
    rows = [(step * ends[0] if step else 0.0, (1 - step) * ends[1] if step < 1 else 0.0) for step in steps]
    return pd.DataFrame(rows, columns=["deff_a", "deff_b"])
