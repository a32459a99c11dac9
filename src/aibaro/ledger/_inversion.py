"""Which p value belongs to a confidence interval?  Interval methods turned into tests, for the robustness map.

A method's one-sided p value is the tail at which its limit touches the value under test, so that a verdict by p values
is a verdict by intervals.  Differences recover their variance from the limits of both shares (MOVER).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from aibaro._arrays import FloatArray
from aibaro.errors import InputError

_FAR = 40.0  # no p value can be told from 0 beyond
_STEPS = 16
_LEAST = 1e-9


def upper_tail(z: ArrayLike, df: ArrayLike = np.inf) -> FloatArray:
    """Give the probability above a statistic, by Student's t.

    Examples
    --------
    >>> float(upper_tail(1.959964).round(4)), float(upper_tail(2.262157, 9).round(4))
    (0.025, 0.025)
    """
    statistic, freedom = np.asarray(z, dtype=float), np.asarray(df, dtype=float)
    finite = np.where(np.isfinite(freedom), freedom, 1.0)
    held = np.clip(statistic, -1e6, 1e6)
    return np.asarray(np.where(np.isfinite(freedom), special.stdtr(finite, -held), special.ndtr(-held)))


def _effective(p: FloatArray, se: FloatArray) -> FloatArray:
    return np.asarray(p * (1 - p) / np.maximum(se, 1e-12) ** 2)


def _wald(p: FloatArray, se: FloatArray, z: FloatArray) -> FloatArray:
    return np.asarray(p - z * se)


def _logit(p: FloatArray, se: FloatArray, z: FloatArray) -> FloatArray:
    return np.asarray(special.expit(special.logit(p) - z * se / (p * (1 - p))))


def _wilson(p: FloatArray, se: FloatArray, z: FloatArray) -> FloatArray:
    n = _effective(p, se)
    square = np.square(z)
    half = np.sqrt(p * (1 - p) / n + square / (4 * n * n))
    return np.asarray((p + square / (2 * n) - z * half) / (1 + square / n))


def _arcsine(p: FloatArray, se: FloatArray, z: FloatArray) -> FloatArray:
    angle = np.arcsin(np.sqrt(p)) - z * se / (2 * np.sqrt(p * (1 - p)))
    return np.asarray(np.sin(np.clip(angle, 0, np.pi / 2)) ** 2)


# the limit of a share at z standard errors below it; above it for negative z
LIMITS: dict[str, Callable[[FloatArray, FloatArray, FloatArray], FloatArray]] = {
    "wald": _wald,
    "logit": _logit,
    "wilson": _wilson,
    "arcsine": _arcsine,
}
#: Interval methods of single shares.
SHARE_METHODS: tuple[str, ...] = (*LIMITS, "beta")


def _scores(p: FloatArray, se: FloatArray, value: FloatArray) -> dict[str, Callable[[], FloatArray]]:
    """Solve limit(z) = value for z in closed form."""
    spread = p * (1 - p)
    n = _effective(p, se)

    def beta() -> FloatArray:
        above = special.betainc(n * p, n * (1 - p) + 1, value)
        below = 1 - special.betainc(n * p + 1, n * (1 - p), value)
        z = np.where(p >= value, -special.ndtri(above), special.ndtri(below))
        # beta's interval is wider than its point: a value inside both tails is not rejected at all
        return np.where(p >= value, np.maximum(z, 0.0), np.minimum(z, 0.0))

    return {
        "wald": lambda: (p - value) / se,
        "logit": lambda: (special.logit(p) - special.logit(value)) * spread / se,
        "wilson": lambda: (p - value) / np.sqrt(value * (1 - value) / n),
        "arcsine": lambda: (np.arcsin(np.sqrt(p)) - np.arcsin(np.sqrt(value))) * 2 * np.sqrt(spread) / se,
        "beta": beta,
    }


def share_statistic(method: str, p: ArrayLike, se: ArrayLike, value: float) -> FloatArray:
    """Give the number of standard errors at which the limit of a share touches a value.

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
    """Give the number of standard errors at which the limit of a difference touches a value.

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
