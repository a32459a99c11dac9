"""How large does a change between two waves have to be before it is noticed?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy import integrate, optimize, stats

from aibaro._typed import typed
from aibaro.errors import FaultList
from aibaro.estimate.tails import normal_tail, student_quantile
from aibaro.results import Result


@dataclass(frozen=True, slots=True)
class DetectableChange(Result):
    """The smallest change that a comparison of two waves finds with a given power.

    Parameters
    ----------
    change : float
        The change, in the units of the estimates.
    std_error : float
        Standard error of the difference of the two estimates.
    critical : float
        Quantile of Student's t that the difference, in standard errors, has to exceed.
    power : float
        Probability of a significant difference when the change is real.
    df : float
        Degrees of freedom; infinite for the normal distribution.
    conf_level : float
        Confidence level of the test.
    """

    change: float
    std_error: float
    critical: float
    power: float
    df: float
    conf_level: float

    def to_frame(self) -> pd.DataFrame:
        """Return the fields as one row.

        Returns
        -------
        pandas.DataFrame
            Field by name.
        """
        return pd.DataFrame([self.to_dict()])

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain Python values.

        Returns
        -------
        dict
            Field by name.
        """
        names = ("change", "std_error", "critical", "power", "df", "conf_level")
        return {name: getattr(self, name) for name in names}

    def summary(self) -> str:
        """Describe the change in one line.

        Returns
        -------
        str
            The change with its power and level.
        """
        test = f"power {self.power:.0%}, level {1 - self.conf_level:.0%}"
        return f"smallest detectable change {self.change:.4g} ({test}, SE of the difference {self.std_error:.4g})"


def difference_error(first: float, second: float, overlap: float, correlation: float) -> float:
    """Return the standard error of the difference of two waves.

    Examples
    --------
    >>> difference_error(3.0, 4.0, 0.0, 0.5)
    5.0
    """
    return math.sqrt(max(first**2 + second**2 - 2 * overlap * correlation * first * second, 0.0))


def change_power(change: float, std_error: float, *, df: float = math.inf, conf_level: float = 0.95) -> float:
    """Return the probability that a two-sided test finds a change.

    Parameters
    ----------
    change : float
        True change, in the units of `std_error`.
    std_error : float
        Standard error of the difference, > 0.
    df : float
        Degrees of freedom of the test; infinite takes the normal distribution.
    conf_level : float
        Confidence level of the test.

    Returns
    -------
    float
        P(T > t or T < -t) where T has the noncentral t distribution with noncentrality change/SE.

    Raises
    ------
    InputError
        For a standard error or level that is none.

    Notes
    -----
    Both tails count: at a change of zero the power is the level of the test.

    Examples
    --------
    >>> round(change_power(0.0, 0.01), 6), round(change_power(0.028, 0.01), 3)
    (0.05, 0.8)
    """
    _check(std_error, 0.0, df=df, conf_level=conf_level, power=1 - conf_level / 2)
    critical = float(student_quantile((1 - conf_level) / 2, df))
    shift = change / std_error
    if math.isinf(df):
        return float(normal_tail(critical - shift) + normal_tail(critical + shift))
    return _rejected(critical, df, shift)


def _rejected(critical: float, df: float, shift: float) -> float:
    """P(|T| > critical): the normal answer averaged over the estimated error; scipy's nct has NaN in its far tails."""
    spread = stats.chi(df, scale=1 / math.sqrt(df))

    def density(s: float) -> float:
        return float(spread.pdf(s) * (normal_tail(critical * s - shift) + normal_tail(critical * s + shift)))

    value, _ = integrate.quad(
        density,
        spread.ppf(1e-15),
        spread.isf(1e-15),
        epsabs=1e-12,
        epsrel=1e-11,
        limit=400,
        points=[float(spread.mean())],
    )
    return float(value)


@typed
def detectable_change(
    std_error: float,
    std_error_next: float | None = None,
    *,
    overlap: float = 0.0,
    correlation: float = 0.0,
    df: float = math.inf,
    conf_level: float = 0.95,
    power: float = 0.8,
) -> DetectableChange:
    """Find the smallest change between two waves that a test would notice.

    Parameters
    ----------
    std_error : float
        Standard error of the first wave's estimate, > 0.
    std_error_next : float, optional
        Standard error of the second; by default that of the first.
    overlap : float
        Units in both waves, m/√(n₁ n₂), between 0 (two fresh samples) and 1 (a panel).
    correlation : float
        Correlation of a unit's two answers, between -1 and 1; it matters only where the waves overlap.
    df : float
        Degrees of freedom of the test; infinite takes the normal distribution.
    conf_level : float
        Confidence level of the two-sided test.
    power : float
        Wanted probability of a significant difference, above 1 - `conf_level` and below 1.

    Returns
    -------
    DetectableChange
        The change and what it rests on.

    Raises
    ------
    InputError
        With every argument that is out of range.

    Notes
    -----
    The change at which :func:`change_power` equals `power`.  For large df it is close to (z_{1-α/2} + z_power) SE,
    2.80 SE at the defaults.  The standard error of the second wave is taken as given: for a share it changes a
    little with the share itself.

    References
    ----------
    Särndal, C.-E., Swensson, B. and Wretman, J. (1992). Model Assisted Survey Sampling. Springer.
    https://doi.org/10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> round(detectable_change(0.01).change, 5)
    0.03962
    >>> round(detectable_change(0.01, overlap=1, correlation=0.5).change, 5)
    0.02802
    """
    second = std_error if std_error_next is None else std_error_next
    _check(std_error, second, overlap=overlap, correlation=correlation, df=df, conf_level=conf_level, power=power)
    error = difference_error(std_error, second, overlap, correlation)
    critical = float(student_quantile((1 - conf_level) / 2, df))
    if error == 0:
        return DetectableChange(0.0, 0.0, critical, power, df, conf_level)
    # in standard errors, so that the search does not depend on units
    shift = optimize.brentq(
        lambda x: change_power(x, 1.0, df=df, conf_level=conf_level) - power,
        0.0,
        critical + 50.0,
        xtol=1e-11,
        rtol=1e-12,
    )
    return DetectableChange(float(shift) * error, error, critical, power, df, conf_level)


def _check(
    first: float,
    second: float,
    *,
    overlap: float = 0.0,
    correlation: float = 0.0,
    df: float,
    conf_level: float,
    power: float,
) -> None:
    faults = FaultList("this comparison of waves cannot be planned", where="aibaro.planning")
    tests = (
        ("std_error", first, math.isfinite(first) and first > 0, "a number above 0, such as 0.012 for 1.2 points"),
        ("std_error_next", second, math.isfinite(second) and second >= 0, "a number that is not negative"),
        ("overlap", overlap, 0 <= overlap <= 1, "a share between 0 and 1"),
        ("correlation", correlation, -1 <= correlation <= 1, "a number between -1 and 1"),
        ("df", df, df > 0, "a number above 0"),
        ("conf_level", conf_level, 0 < conf_level < 1, "a number between 0 and 1, such as 0.95"),
        ("power", power, 1 - conf_level < power < 1, "a number between 1 - conf_level and 1, such as 0.8"),
    )
    for name, value, valid, expected in tests:
        if not valid:
            faults.add("out of range", parameter=name, expected=expected, got=str(value))
    faults.raise_if_any()
