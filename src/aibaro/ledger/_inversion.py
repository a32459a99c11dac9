"""Which p value belongs to a confidence interval?  Interval methods turned into tests, for the robustness map.

A method's one-sided p value is the tail at which its limit touches the value under test, so that a verdict by p values
is a verdict by intervals.  Differences recover their variance from the limits of both shares (MOVER).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from aibaro._arrays import FloatArray
from aibaro.errors import InputError
from aibaro.estimate.intervals import SCALES, Scale, score_limits
from aibaro.estimate.tails import student_tail

_FAR = 40.0  # no p value can be told from 0 beyond
_STEPS = 16
_LEAST = 1e-9


def upper_tail(z: ArrayLike, df: ArrayLike = np.inf) -> FloatArray:
    """Return the probability above a statistic, by Student's t; normal where the degrees of freedom are not known.

    Examples
    --------
    >>> float(upper_tail(1.959964).round(4)), float(upper_tail(2.262157, 9).round(4))
    (0.025, 0.025)
    """
    freedom = np.asarray(df, dtype=float)
    return student_tail(np.clip(z, -1e6, 1e6), np.where(np.isnan(freedom), np.inf, freedom))


def _effective(p: FloatArray, se: FloatArray) -> FloatArray:
    return np.asarray(p * (1 - p) / np.maximum(se, 1e-12) ** 2)


def _wilson(p: FloatArray, se: FloatArray, z: FloatArray) -> FloatArray:
    low, high = score_limits(p, np.square(z) / _effective(p, se))
    return np.where(z >= 0, low, high)


def _on(scale: Scale) -> Callable[[FloatArray, FloatArray, FloatArray], FloatArray]:
    return lambda p, se, z: scale.limit(p, -z * se)


# the limit of a share at z standard errors below it; above it for negative z
LIMITS: dict[str, Callable[[FloatArray, FloatArray, FloatArray], FloatArray]] = {
    "wald": _on(SCALES["wald"]),
    "logit": _on(SCALES["logit"]),
    "wilson": _wilson,
    "arcsine": _on(SCALES["arcsine"]),
}
#: Interval methods of single shares.
SHARE_METHODS: tuple[str, ...] = (*LIMITS, "beta")


def _scores(p: FloatArray, se: FloatArray, value: FloatArray) -> dict[str, Callable[[], FloatArray]]:
    """Solve limit(z) = value for z in closed form."""
    n = _effective(p, se)

    def beta() -> FloatArray:
        above = special.betainc(n * p, n * (1 - p) + 1, value)
        below = 1 - special.betainc(n * p + 1, n * (1 - p), value)
        z = np.where(p >= value, -special.ndtri(above), special.ndtri(below))
        # beta's interval is wider than its point: a value inside both tails is not rejected at all
        return np.where(p >= value, np.maximum(z, 0.0), np.minimum(z, 0.0))

    return {
        **{name: partial(scale.statistic, p, se, value) for name, scale in SCALES.items()},
        "wilson": lambda: (p - value) / np.sqrt(value * (1 - value) / n),
        "beta": beta,
    }


def share_statistic(method: str, p: ArrayLike, se: ArrayLike, value: float) -> FloatArray:
    """Return the number of standard errors at which the limit of a share touches a value.

    Examples
    --------
    >>> [round(float(share_statistic(m, 0.6, 0.05, 0.5)), 3) for m in ("wald", "logit", "wilson")]
    [2.0, 1.946, 1.96]
    """
    if method not in SHARE_METHODS:
        raise InputError(
            "unknown interval method", parameter="method", expected=", ".join(SHARE_METHODS), got=repr(method)
        )
    share, error = _inner(p), np.maximum(np.asarray(se, dtype=float), _LEAST)
    return np.asarray(np.clip(_scores(share, error, _inner(value))[method](), -_FAR, _FAR))


def difference_statistic(  # noqa: PLR0917 - both shares in the order of every other function of differences
    method: str, a: ArrayLike, se_a: ArrayLike, b: ArrayLike, se_b: ArrayLike, se: ArrayLike, value: float = 0.0
) -> FloatArray:
    """Return the number of standard errors at which the limit of a difference touches a value.

    Notes
    -----
    With l and u the limits of both shares the lower limit is
    d - sqrt((a - l_a)² - 2 r (a - l_a)(u_b - b) + (u_b - b)²); with Wilson limits and r = 0 it is Newcombe's.

    References
    ----------
    Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect measures. Statistics in Medicine
    27, 1693-1702. https://doi.org/10.1002/sim.3095

    Examples
    --------
    >>> float(difference_statistic("wald", 0.5, 0.03, 0.4, 0.04, 0.05).round(6))
    2.0
    """
    first, second = _inner(a), _inner(b)
    error_a, error_b, both = (np.maximum(np.asarray(x, dtype=float), _LEAST) for x in (se_a, se_b, se))
    limit = _method(method)
    distance = first - second - value
    sign = np.where(distance >= 0, 1.0, -1.0)
    r = np.clip((error_a**2 + error_b**2 - both**2) / (2 * error_a * error_b), -1.0, 1.0)
    z = np.minimum(np.abs(distance) / both, _FAR)
    for _ in range(_STEPS):
        # the reach of the interval is nearly proportional to z: rescaling it to the distance settles quickly
        at = np.maximum(z, _LEAST)
        one = np.abs(first - limit(first, error_a, sign * at))
        two = np.abs(limit(second, error_b, -sign * at) - second)
        reach = np.sqrt(np.maximum(one**2 - 2 * r * one * two + two**2, 0.0))
        z = np.minimum(at * np.abs(distance) / np.maximum(reach, 1e-300), _FAR)
    return np.asarray(sign * z)


def _inner(p: ArrayLike) -> FloatArray:
    return np.asarray(np.clip(np.asarray(p, dtype=float), 1e-9, 1 - 1e-9))


def _method(name: str) -> Callable[[FloatArray, FloatArray, FloatArray], FloatArray]:
    if name not in LIMITS:
        raise InputError("unknown interval method", parameter="method", expected=", ".join(LIMITS), got=repr(name))
    return LIMITS[name]
