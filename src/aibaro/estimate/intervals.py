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
from scipy import special

from aibaro._arrays import FloatArray
from aibaro.errors import FaultList, InputError
from aibaro.estimate import design_arguments
from aibaro.estimate.tails import student_quantile

Limits = tuple[FloatArray, FloatArray]

_STEPS = 200
# an error of one unit in the last place of the log-odds moves a probability by no more than that
_LAST_BIT = float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True)
class MethodInputs:
    """What every method may read; arrays of one shape.

    Parameters
    ----------
    std_error, df, n : numpy.ndarray of float
        Standard errors, degrees of freedom and respondents.
    tail : float
        Probability of each tail.
    """

    std_error: FloatArray
    df: FloatArray
    n: FloatArray
    tail: float

    @property
    def critical(self) -> FloatArray:
        """Upper quantile of Student's t; infinite where no degree of freedom is left."""
        return critical_values(self.df, self.tail)


def critical_values(df: FloatArray, tail: float) -> FloatArray:
    """Return upper quantiles of Student's t."""
    positive = df > 0
    quantile = student_quantile(tail, np.where(positive, df, 1.0))
    return np.where(positive, quantile, np.where(np.isnan(df), np.nan, np.inf))


def effective_n(estimate: FloatArray, std_error: FloatArray) -> FloatArray:
    """Return the size of a simple random sample that would be as precise for a proportion.

    Examples
    --------
    >>> effective_n(np.array([0.5]), np.array([0.05]))
    array([100.])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(std_error > 0, estimate * (1 - estimate) / std_error**2, np.inf)


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale on which a proportion p is taken to be normal: its limits are those of Wald there, brought back.

    Parameters
    ----------
    to, back : callable
        From a proportion to the scale, and back.
    unit : callable
        By how much p moves for a small step on the scale, per step: a standard error is divided by it.
    """

    to: Callable[[FloatArray], FloatArray]
    back: Callable[[FloatArray], FloatArray]
    unit: Callable[[FloatArray], FloatArray]

    def limit(self, estimate: FloatArray, reach: FloatArray) -> FloatArray:
        """Return the proportion that lies so many standard errors times their size above the estimate."""
        return self.back(self.to(estimate) + reach / self.unit(estimate))

    def statistic(self, estimate: FloatArray, std_error: FloatArray, value: FloatArray) -> FloatArray:
        """Return the number of standard errors between the estimate and another proportion."""
        return (self.to(estimate) - self.to(value)) * self.unit(estimate) / std_error

    def both(self, estimate: FloatArray, setting: MethodInputs) -> Limits:
        """Return both limits."""
        half = _half_width(setting.critical, setting.std_error)
        return self.limit(estimate, -half), self.limit(estimate, half)


SCALES: dict[str, Scale] = {
    "wald": Scale(np.asarray, np.asarray, np.ones_like),
    "logit": Scale(special.logit, special.expit, lambda p: p * (1 - p)),
    "arcsine": Scale(
        lambda p: np.arcsin(np.sqrt(p)),
        lambda angle: np.sin(np.clip(angle, 0, np.pi / 2)) ** 2,
        lambda p: 2 * np.sqrt(p * (1 - p)),
    ),
}


def wald(estimate: FloatArray, setting: MethodInputs) -> Limits:
    """Return estimate ± t SE, which may leave the range of a proportion."""
    return SCALES["wald"].both(estimate, setting)


def _half_width(critical: FloatArray, std_error: FloatArray) -> FloatArray:
    # an infinite quantile times an error of zero is a point, not an undefined number
    with np.errstate(invalid="ignore"):
        return np.where(std_error == 0, 0.0, critical * std_error)


def logit(estimate: FloatArray, setting: MethodInputs) -> Limits:
    """Return Wald limits on the log-odds scale, R's ``xlogit``.

    Notes
    -----
    expit(logit p ± t SE / (p (1 - p))).
    """
    return SCALES["logit"].both(estimate, setting)


def wilson(estimate: FloatArray, setting: MethodInputs) -> Limits:
    """Return Wilson's score limits with the effective size and Student's t.

    Notes
    -----
    n_e = p (1 - p) / SE² without truncation at n and without a correction for degrees of freedom; packages
    differ in both.

    References
    ----------
    Wilson, E. B. (1927). https://doi.org/10.1080/01621459.1927.10502953
    """
    size = effective_n(estimate, setting.std_error)
    with np.errstate(invalid="ignore", over="ignore"):
        ratio = np.where(np.isinf(size), 0.0, setting.critical**2 / size)
    return score_limits(estimate, ratio)


def score_limits(estimate: FloatArray, ratio: FloatArray) -> Limits:
    """Return Wilson's limits: the θ with (p - θ)² = r θ (1 - θ), where r is the square of the quantile over the size.

    Examples
    --------
    >>> low, high = score_limits(np.array([81 / 263, 0.0]), 1.959964**2 / np.array([263, 10]))
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.2553, 0.0], [0.3662, 0.2775])
    """
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        root = np.sqrt(ratio * estimate * (1 - estimate) + ratio**2 / 4) + ratio / 2
        # this form of the smaller root of each quadratic keeps its digits near 0 and 1
        low, other = estimate**2 / (estimate + root), (1 - estimate) ** 2 / (1 - estimate + root)
    whole, known = np.isinf(ratio), ~np.isnan(ratio)
    low = np.where(whole | (known & (estimate == 0)), 0.0, low)
    return low, 1 - np.where(whole | (known & (estimate == 1)), 0.0, other)


def beta(estimate: FloatArray, setting: MethodInputs) -> Limits:
    """Return the limits of Korn and Graubard, Clopper-Pearson at an effective size.

    Notes
    -----
    n_e = p (1 - p) / SE² · (t_{n-1} / t_df)², not truncated at n (R's variant); limits are quantiles of
    Beta(n_e p, n_e (1-p) + 1) and Beta(n_e p + 1, n_e (1-p)).

    References
    ----------
    Korn, E. L. and Graubard, B. I. (1998). Survey Methodology 24, 193-201.
    """
    from scipy import stats

    plain = effective_n(estimate, setting.std_error)
    with np.errstate(invalid="ignore"):
        factor = (critical_values(setting.n - 1, setting.tail) / setting.critical) ** 2
        # a single respondent has no variance: nothing is known beyond [0, 1]
        size = plain * np.where(setting.n <= 1, 0.0, factor)
    exact = np.isinf(plain)
    safe = np.where(exact | ~np.isfinite(size) | (size <= 0), 1.0, size)
    low = stats.beta.ppf(setting.tail, safe * estimate, safe * (1 - estimate) + 1)
    high = stats.beta.isf(setting.tail, safe * estimate + 1, safe * (1 - estimate))
    low, high = np.where(size <= 0, 0.0, low), np.where(size <= 0, 1.0, high)
    return np.where(exact, estimate, low), np.where(exact, estimate, high)


def arcsine(estimate: FloatArray, setting: MethodInputs) -> Limits:
    """Return Wald limits on the scale of arcsin √p, cut at 0 and 1.

    Notes
    -----
    sin²(arcsin √p ± t SE / (2 √(p (1-p)))).  An angle outside [0, π/2] is set to the nearer end; R leaves it,
    so that its limit turns back into the interval.
    """
    return SCALES["arcsine"].both(estimate, setting)


def likelihood(estimate: FloatArray, setting: MethodInputs) -> Limits:
    """Return the limits of a scaled binomial likelihood ratio, solved exactly.

    Notes
    -----
    θ with 2 n_e KL(p‖θ) = t² n / (n - 1), where KL(p‖θ) = p log(p/θ) + (1-p) log((1-p)/(1-θ)).  The log-odds are
    found to the last bit; R's ``svyciprop`` interpolates a profile and agrees to about 2e-4.

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
    from scipy.optimize import elementwise

    share = estimate if side < 0 else 1 - estimate
    inside = special.logit(estimate)
    finite = np.isfinite(bound)
    # the divergence is at least share·(distance on the log-odds scale) - log 2 - |log p| terms
    reach = (np.where(finite, bound, 0.0) + 2.0) / share + np.abs(inside) + 2.0
    wanted = np.where(finite, bound, 1.0)

    def gap(odds: FloatArray, /, *fixed: Any) -> FloatArray:
        p, limit = fixed
        apart: FloatArray = _divergence(p, odds) - limit
        return apart

    found = elementwise.find_root(
        gap,
        (inside, np.asarray(inside + side * reach)),
        args=(estimate, wanted),
        tolerances={"xatol": _LAST_BIT, "xrtol": _LAST_BIT, "fatol": 0.0, "frtol": 0.0},
        maxiter=_STEPS,
    )
    # a bound of nothing is met where it starts
    solved = special.expit(np.where(np.isnan(found.x), inside, found.x))
    return np.where(finite, solved, np.where(np.isnan(bound), np.nan, 0.0 if side < 0 else 1.0))


def _divergence(estimate: FloatArray, log_odds: FloatArray) -> FloatArray:
    inside = special.entr(estimate) + special.entr(1 - estimate)
    outside = estimate * special.log_expit(log_odds) + (1 - estimate) * special.log_expit(-log_odds)
    result: FloatArray = -inside - outside
    return result


METHODS: dict[str, Callable[[FloatArray, MethodInputs], Limits]] = {
    "wald": wald,
    "logit": logit,
    "wilson": wilson,
    "beta": beta,
    "arcsine": arcsine,
    "likelihood": likelihood,
}


def exact_limit(m: FloatArray, tail: float) -> FloatArray:
    """Return the upper limit of a proportion of which no success was seen.

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
    """Return confidence limits of proportions by a named method, at 0 and 1 too.

    Parameters
    ----------
    method : {"wald", "logit", "wilson", "beta", "arcsine", "likelihood"}
        Name in :data:`METHODS`.
    estimate, std_error, df, n : array_like of float, any shape
        Proportions, standard errors, degrees of freedom and respondents; broadcast against each other.
    kish : array_like of float, of that shape, optional
        Kish's effective size of each domain, which rules the limit at 0 and 1; by default `n`.
    conf_level : float
        Confidence level between 0 and 1.

    Returns
    -------
    conf_low, conf_high : numpy.ndarray of float, of the common shape
        The limits, between 0 and 1; NaN where the estimate or its standard error is.
    label : numpy.ndarray of str, of the same shape
        The method, with the suffix ``+exact`` where the estimate is 0 or 1.

    Raises
    ------
    InputError
        For an unknown method, a level outside (0, 1) or estimates outside [0, 1].

    Notes
    -----
    Coverage is the method's and is not guaranteed: for small shares in small domains every method falls short
    of its level.  At an estimate of 0 the upper limit is 1 - (α/2)^(1/m) with Kish's m and the lower is 0; at 1
    the mirror image.  Time and memory are linear in the number of estimates; ``likelihood`` solves an equation for
    each limit.

    References
    ----------
    Korn, E. L. and Graubard, B. I. (1998). Survey Methodology 24, 193-201.

    Korn, E. L. and Graubard, B. I. (1999). Analysis of Health Surveys. Wiley, section 2.8.
    https://doi.org/10.1002/9781118032619

    Wilson, E. B. (1927). https://doi.org/10.1080/01621459.1927.10502953

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
    safe = MethodInputs(np.where(inner, error, 0.1), np.where(inner, freedom, 1.0), np.where(inner, count, 2.0), tail)
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
    design_arguments.check_level(conf_level, faults)
    faults.raise_if_any()


def critical_value(df: float, tail: float) -> float:
    """Return the upper quantile of Student's t.

    Examples
    --------
    >>> round(critical_value(9, 0.025), 6)
    2.262157
    """
    return float(critical_values(np.asarray(df, dtype=float), tail))


def wald_limits(
    estimate: FloatArray, std_error: FloatArray, df: FloatArray, conf_level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return estimate ± t SE for any estimate.

    Examples
    --------
    >>> low, high = wald_limits(np.array([1.0]), np.array([0.1]), np.array([np.inf]))
    >>> low.round(4), high.round(4)
    (array([0.804]), array([1.196]))
    """
    check_level(conf_level)
    setting = MethodInputs(std_error, df, df, (1 - conf_level) / 2)
    return wald(estimate, setting)
