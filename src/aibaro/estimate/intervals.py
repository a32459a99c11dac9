"""Which confidence limits belong to this estimate?

One function per method, each of arrays, chosen from :data:`METHODS`.  All use Student's t with the degrees of
freedom that they are given; tails are computed with survival functions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from aibaro.errors import InputError

FloatArray = NDArray[np.float64]
Limits = tuple[FloatArray, FloatArray]

_BISECTIONS = 200


@dataclass(frozen=True, slots=True)
class _Setting:
    """What every method may read; arrays of one shape."""

    std_error: FloatArray
    df: FloatArray
    n: FloatArray
    tail: float

    @property
    def critical(self) -> FloatArray:
        """Upper quantile of Student's t; infinite where no degree of freedom is left."""
        return _critical(self.df, self.tail)


def _critical(df: FloatArray, tail: float) -> FloatArray:
    positive = df > 0
    quantile = stats.t.isf(tail, np.where(positive, df, 1.0))
    return np.where(positive, quantile, np.where(np.isnan(df), np.nan, np.inf))


def effective_n(estimate: FloatArray, std_error: FloatArray) -> FloatArray:
    """Give the size of a simple random sample that would be as precise for a proportion.

    Parameters
    ----------
    estimate, std_error : numpy.ndarray of float
        Proportions and their standard errors, of one shape.

    Returns
    -------
    numpy.ndarray of float
        p (1 - p) / SE²; infinite for a standard error of zero.

    Examples
    --------
    >>> effective_n(np.array([0.5]), np.array([0.05]))
    array([100.])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(std_error > 0, estimate * (1 - estimate) / std_error**2, np.inf)


def wald(estimate: FloatArray, setting: _Setting) -> Limits:
    """Give estimate ± t SE, which may leave the range of a proportion.

    Parameters
    ----------
    estimate : numpy.ndarray of float
        Estimates.
    setting : object
        Standard errors, degrees of freedom, sizes and tail probability.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits.
    """
    half = _half_width(setting.critical, setting.std_error)
    return estimate - half, estimate + half


def _half_width(critical: FloatArray, std_error: FloatArray) -> FloatArray:
    # an infinite quantile times an error of zero is a point, not an undefined number
    with np.errstate(invalid="ignore"):
        return np.where(std_error == 0, 0.0, critical * std_error)


def logit(estimate: FloatArray, setting: _Setting) -> Limits:
    """Give Wald limits on the log-odds scale, R's ``xlogit``.

    Parameters
    ----------
    estimate : numpy.ndarray of float
        Proportions strictly between 0 and 1.
    setting : object
        Standard errors, degrees of freedom, sizes and tail probability.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits.

    Notes
    -----
    expit(logit p ± t SE / (p (1 - p))).
    """
    centre = special.logit(estimate)
    half = _half_width(setting.critical, setting.std_error) / (estimate * (1 - estimate))
    return special.expit(centre - half), special.expit(centre + half)


def wilson(estimate: FloatArray, setting: _Setting) -> Limits:
    """Give Wilson's score limits with the effective size and Student's t.

    Parameters
    ----------
    estimate : numpy.ndarray of float
        Proportions strictly between 0 and 1.
    setting : object
        Standard errors, degrees of freedom, sizes and tail probability.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits.

    Notes
    -----
    n_e = p (1 - p) / SE² without truncation at n and without a correction for degrees of freedom; packages
    differ in both.

    References
    ----------
    Wilson, E. B. (1927). https://doi.org/10.1080/01621459.1927.10502953
    """
    size, critical = effective_n(estimate, setting.std_error), setting.critical
    with np.errstate(invalid="ignore", over="ignore"):
        ratio = np.where(np.isinf(size), 0.0, critical**2 / size)
        root = np.sqrt(ratio * estimate * (1 - estimate) + ratio**2 / 4) + ratio / 2
        # this form of the smaller root of each quadratic keeps its digits near 0 and 1
        low, other = estimate**2 / (estimate + root), (1 - estimate) ** 2 / (1 - estimate + root)
    whole = np.isinf(ratio)
    return np.where(whole, 0.0, low), np.where(whole, 1.0, 1 - other)


def beta(estimate: FloatArray, setting: _Setting) -> Limits:
    """Give the limits of Korn and Graubard, Clopper-Pearson at an effective size.

    Parameters
    ----------
    estimate : numpy.ndarray of float
        Proportions strictly between 0 and 1.
    setting : object
        Standard errors, degrees of freedom, sizes and tail probability.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits.

    Notes
    -----
    n_e = p (1 - p) / SE² · (t_{n-1} / t_df)², not truncated at n (R's variant); limits are quantiles of
    Beta(n_e p, n_e (1-p) + 1) and Beta(n_e p + 1, n_e (1-p)).

    References
    ----------
    Korn, E. L. and Graubard, B. I. (1998). Survey Methodology 24, 193-201.
    """
    plain = effective_n(estimate, setting.std_error)
    with np.errstate(invalid="ignore"):
        factor = (_critical(setting.n - 1, setting.tail) / setting.critical) ** 2
        # a single respondent has no variance: nothing is known beyond [0, 1]
        size = plain * np.where(setting.n <= 1, 0.0, factor)
    exact = np.isinf(plain)
    safe = np.where(exact | ~np.isfinite(size) | (size <= 0), 1.0, size)
    low = stats.beta.ppf(setting.tail, safe * estimate, safe * (1 - estimate) + 1)
    high = stats.beta.isf(setting.tail, safe * estimate + 1, safe * (1 - estimate))
    low, high = np.where(size <= 0, 0.0, low), np.where(size <= 0, 1.0, high)
    return np.where(exact, estimate, low), np.where(exact, estimate, high)


def arcsine(estimate: FloatArray, setting: _Setting) -> Limits:
    """Give Wald limits on the scale of arcsin √p, cut at 0 and 1.

    Parameters
    ----------
    estimate : numpy.ndarray of float
        Proportions strictly between 0 and 1.
    setting : object
        Standard errors, degrees of freedom, sizes and tail probability.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits.

    Notes
    -----
    sin²(arcsin √p ± t SE / (2 √(p (1-p)))).  An angle outside [0, π/2] is set to the nearer end; R leaves it,
    so that its limit turns back into the interval.
    """
    angle = np.arcsin(np.sqrt(estimate))
    half = _half_width(setting.critical, setting.std_error) / (2 * np.sqrt(estimate * (1 - estimate)))
    low, high = np.clip(angle - half, 0, np.pi / 2), np.clip(angle + half, 0, np.pi / 2)
    return np.sin(low) ** 2, np.sin(high) ** 2


def likelihood(estimate: FloatArray, setting: _Setting) -> Limits:
    """Give the limits of a scaled binomial likelihood ratio, solved exactly.

    Parameters
    ----------
    estimate : numpy.ndarray of float
        Proportions strictly between 0 and 1.
    setting : object
        Standard errors, degrees of freedom, sizes and tail probability.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits.

    Notes
    -----
    θ with 2 n_e KL(p‖θ) = t² n / (n - 1), where KL(p‖θ) = p log(p/θ) + (1-p) log((1-p)/(1-θ)).  Bisection on
    the log-odds runs to the last bit; R's ``svyciprop`` interpolates a profile and agrees to about 2e-4.

    References
    ----------
    Rao, J. N. K. and Scott, A. J. (1984). https://doi.org/10.1214/aos/1176346391
    """
    size = effective_n(estimate, setting.std_error)
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = setting.critical**2 * setting.n / (setting.n - 1) / (2 * size)
    exact = np.isinf(size)
    low, high = _solve(estimate, bound, -1), _solve(estimate, bound, +1)
    return np.where(exact, estimate, low), np.where(exact, estimate, high)


def _solve(estimate: FloatArray, bound: FloatArray, side: int) -> FloatArray:
    """Find the θ below (side -1) or above (+1) p whose divergence from p equals the bound."""
    share = estimate if side < 0 else 1 - estimate
    inside = special.logit(estimate)
    finite = np.isfinite(bound)
    # the divergence is at least share·(distance on the log-odds scale) - log 2 - |log p| terms
    reach = (np.where(finite, bound, 0.0) + 2.0) / share + np.abs(inside) + 2.0
    near, far = inside.copy(), inside + side * reach
    for _ in range(_BISECTIONS):
        middle = (near + far) / 2
        short = _divergence(estimate, middle) < bound
        near, far = np.where(short, middle, near), np.where(short, far, middle)
    solved = special.expit((near + far) / 2)
    return np.where(finite, solved, np.where(np.isnan(bound), np.nan, 0.0 if side < 0 else 1.0))


def _divergence(estimate: FloatArray, log_odds: FloatArray) -> FloatArray:
    inside = special.entr(estimate) + special.entr(1 - estimate)
    outside = estimate * special.log_expit(log_odds) + (1 - estimate) * special.log_expit(-log_odds)
    result: FloatArray = -inside - outside
    return result


METHODS: dict[str, Callable[[FloatArray, _Setting], Limits]] = {
    "wald": wald,
    "logit": logit,
    "wilson": wilson,
    "beta": beta,
    "arcsine": arcsine,
    "likelihood": likelihood,
}


def exact_limit(m: FloatArray, tail: float) -> FloatArray:
    """Give the upper limit of a proportion of which no success was seen.

    Parameters
    ----------
    m : numpy.ndarray of float
        Kish's effective size of the domain.
    tail : float
        Probability of each tail, α/2.

    Returns
    -------
    numpy.ndarray of float
        1 - (α/2)^(1/m), the Clopper-Pearson limit at m respondents; 1 for m = 0 and 0 for infinite m.

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
    the mirror image.

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
    shapes = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (estimate, std_error, df, n)))
    point, error, freedom, count = (np.array(v) for v in shapes)
    outside = (point < 0) | (point > 1)
    if outside.any():
        raise InputError("not a proportion", where="interval", parameter="estimate", expected="0 <= p <= 1",
                         got=str(point[outside].ravel()[0]))  # fmt: skip
    tail = (1 - conf_level) / 2
    m = np.broadcast_to(np.asarray(count if kish is None else kish, dtype=float), point.shape)
    defined = ~np.isnan(point) & ~np.isnan(error)
    edge = defined & ((point == 0) | (point == 1))
    inner = defined & ~edge
    safe = _Setting(np.where(inner, error, 0.1), np.where(inner, freedom, 1.0), np.where(inner, count, 2.0), tail)
    low, high = METHODS[method](np.where(inner, point, 0.5), safe)
    low, high = np.where(inner, low, np.nan), np.where(inner, high, np.nan)
    reach = exact_limit(m, tail)
    low = np.where(edge, np.where(point == 0, 0.0, 1 - reach), low)
    high = np.where(edge, np.where(point == 0, reach, 1.0), high)
    return low, high, np.where(edge, f"{method}+exact", method)


def check_method(method: str, table: dict[str, Any]) -> None:
    """Refuse an interval method that is not in a table.

    Parameters
    ----------
    method : str
        Name of the method.
    table : dict
        Table of the methods that apply.

    Raises
    ------
    InputError
        When the name is not in the table.
    """
    if method not in table:
        raise InputError("unknown interval method", parameter="interval", expected=", ".join(table), got=repr(method))


def check_level(conf_level: float) -> None:
    """Refuse a confidence level that is not a probability.

    Parameters
    ----------
    conf_level : float
        The level.

    Raises
    ------
    InputError
        When it does not lie strictly between 0 and 1.
    """
    if not 0 < conf_level < 1:
        raise InputError("not a confidence level", parameter="conf_level", expected="a number between 0 and 1",
                         got=str(conf_level), hint="write 0.95 for 95%")  # fmt: skip


def critical_value(df: float, tail: float) -> float:
    """Give the upper quantile of Student's t.

    Parameters
    ----------
    df : float
        Degrees of freedom; without any the quantile is infinite.
    tail : float
        Probability above the quantile.

    Returns
    -------
    float
        The quantile.

    Examples
    --------
    >>> round(critical_value(9, 0.025), 6)
    2.262157
    """
    return float(_critical(np.asarray(df, dtype=float), tail))


def wald_limits(
    estimate: FloatArray, std_error: FloatArray, df: FloatArray, conf_level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Give estimate ± t SE for any estimate.

    Parameters
    ----------
    estimate, std_error, df : numpy.ndarray of float
        Estimates, standard errors and degrees of freedom, of one shape.
    conf_level : float
        Confidence level.

    Returns
    -------
    tuple of numpy.ndarray of float
        Lower and upper limits; infinite without degrees of freedom.

    Examples
    --------
    >>> low, high = wald_limits(np.array([1.0]), np.array([0.1]), np.array([np.inf]))
    >>> low.round(4), high.round(4)
    (array([0.804]), array([1.196]))
    """
    check_level(conf_level)
    setting = _Setting(std_error, df, df, (1 - conf_level) / 2)
    return wald(estimate, setting)
