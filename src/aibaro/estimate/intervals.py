"""Which confidence limits belong to this estimate?

One function per method, each of arrays, chosen from :data:`METHODS`.  All use Student's t with the degrees of
freedom that they are given; tails are computed with survival functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aibaro.errors import FaultList, InputError
from aibaro.estimate import _arguments
from aibaro.estimate.methods import METHODS, Setting, critical_values, wald

FloatArray = NDArray[np.float64]


def exact_limit(m: FloatArray, tail: float) -> FloatArray:
    """Give the upper limit of a proportion of which no success was seen.

    Examples
    --------
    >>> exact_limit(np.array([10.0]), 0.025).round(6)
    array([0.308497])
    """
    with np.errstate(divide="ignore"):
        result: FloatArray = -np.expm1(np.log(tail) / np.asarray(m, dtype=float))
    return result


def interval(
    method: str,
    estimate: ArrayLike,
    std_error: ArrayLike,
    df: ArrayLike,
    n: ArrayLike,
    *,
    kish: ArrayLike | None = None,
    conf_level: float = 0.95,
) -> tuple[FloatArray, FloatArray, NDArray[np.str_]]:
    """Give confidence limits of proportions by a named method, at 0 and 1 too.

    Parameters
    ----------
    method : {"wald", "logit", "wilson", "beta", "arcsine", "likelihood"}
        Name in :data:`METHODS`.
    estimate, std_error, df, n : array_like of float
        Proportions, standard errors, degrees of freedom and respondents; broadcast against each other.
    kish : array_like of float, optional
        Kish's effective size of each domain, which rules the limit at 0 and 1; by default `n`.
    conf_level : float
        Confidence level between 0 and 1.

    Returns
    -------
    conf_low, conf_high : numpy.ndarray of float
        The limits; NaN where the estimate or its standard error is.
    label : numpy.ndarray of str
        The method, with the suffix ``+exact`` where the estimate is 0 or 1.

    Raises
    ------
    InputError
        For an unknown method, a level outside (0, 1) or estimates outside [0, 1].

    Notes
    -----
    Coverage is the method's and is not guaranteed: for small shares in small domains every method falls short
    of its level.  At an estimate of 0 the upper limit is 1 - (α/2)^(1/m) with Kish's m and the lower is 0; at 1
    the mirror image.  Time and memory are linear in the number of estimates; ``likelihood`` bisects about 60 times.

    References
    ----------
    Korn, E. L. and Graubard, B. I. (1998). Survey Methodology 24, 193-201.

    Examples
    --------
    >>> low, high, label = interval("logit", [0.3390410959, 0.0], [0.1838821063, 0.0], 9, 12, kish=6.6)
    >>> low.round(6), high.round(6), label.tolist()
    (array([0.074205, 0.      ]), array([0.766504, 0.428174]), ['logit', 'logit+exact'])
    """
    check_method(method, METHODS)
    check_level(conf_level)
    given = {"estimate": estimate, "std_error": std_error, "df": df, "n": n, "kish": n if kish is None else kish}
    point, error, freedom, count, m = _arrays(given)
    outside = (point < 0) | (point > 1)
    if outside.any():
        raise InputError(
            "not a proportion",
            where="interval",
            parameter="estimate",
            expected="0 <= p <= 1",
            got=str(point[outside].ravel()[0]),
        )
    tail = (1 - conf_level) / 2
    defined = ~np.isnan(point) & ~np.isnan(error)
    edge = defined & ((point == 0) | (point == 1))
    inner = defined & ~edge
    safe = Setting(np.where(inner, error, 0.1), np.where(inner, freedom, 1.0), np.where(inner, count, 2.0), tail)
    low, high = METHODS[method](np.where(inner, point, 0.5), safe)
    low, high = np.where(inner, low, np.nan), np.where(inner, high, np.nan)
    reach = exact_limit(m, tail)
    low = np.where(edge, np.where(point == 0, 0.0, 1 - reach), low)
    high = np.where(edge, np.where(point == 0, reach, 1.0), high)
    return low, high, np.where(edge, f"{method}+exact", method)


def _arrays(given: dict[str, ArrayLike]) -> list[FloatArray]:
    """Numbers of one shape."""
    faults = FaultList("not numbers of one shape", where="interval")
    arrays = []
    for name, value in given.items():
        try:
            arrays.append(np.asarray(value, dtype=float))
        except (TypeError, ValueError):
            faults.add("not a number", parameter=name, expected="numbers", got=repr(value))
    faults.raise_if_any()
    try:
        return [np.array(v) for v in np.broadcast_arrays(*arrays)]
    except ValueError as error:
        shapes = ", ".join(f"{name} {a.shape}" for name, a in zip(given, arrays, strict=True))
        raise InputError(
            "shapes differ", where="interval", got=shapes, expected="one shape, or single numbers"
        ) from error


def check_method(method: str, table: dict[str, Any]) -> None:
    """Refuse an interval method that is not in a table."""
    if not isinstance(method, str) or method not in table:
        raise InputError("unknown interval method", parameter="interval", expected=", ".join(table), got=repr(method))


def check_level(conf_level: Any) -> None:
    """Refuse a confidence level that is not a probability."""
    faults = FaultList("an option is not offered", where="aibaro.estimate")
    _arguments.check_level(conf_level, faults)
    faults.raise_if_any()


def critical_value(df: float, tail: float) -> float:
    """Give the upper quantile of Student's t.

    Examples
    --------
    >>> round(critical_value(9, 0.025), 6)
    2.262157
    """
    return float(critical_values(np.asarray(df, dtype=float), tail))


def wald_limits(
    estimate: FloatArray, std_error: FloatArray, df: FloatArray, conf_level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Give estimate ± t SE for any estimate.

    Examples
    --------
    >>> low, high = wald_limits(np.array([1.0]), np.array([0.1]), np.array([np.inf]))
    >>> low.round(4), high.round(4)
    (array([0.804]), array([1.196]))
    """
    check_level(conf_level)
    setting = Setting(std_error, df, df, (1 - conf_level) / 2)
    return wald(estimate, setting)
