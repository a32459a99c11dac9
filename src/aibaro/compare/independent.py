"""Do two independent groups differ, when only rounded percentages and sizes were printed?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from aibaro.compare import intervals
from aibaro.compare.breakdown import breakdown_deff
from aibaro.compare.results import Result
from aibaro.compare.shares import Share, ShareLike, design_effect, sample_size, share
from aibaro.compare.verdicts import check_claim, verdict

#: Design effects that a sweep visits by default.
DEFF_RANGE: tuple[float, float] = (1.0, 3.0)


@dataclass(frozen=True, slots=True)
class GroupDifference(Result):
    """The difference of two shares from independent groups, with what rounding and design leave open.

    Parameters
    ----------
    item, group_a, group_b : str
        Names.
    a, b : Share
        The shares.
    n_a, n_b : int
        Respondents behind them.
    deff_a, deff_b : float
        Design effects that were assumed.
    estimate, std_error, statistic : float
        a - b, its standard error and their ratio, at the central values.
    p_value, p_value_low : float
        Largest and smallest two-sided p value over the rounding intervals.
    conf_low, conf_high : float
        Outermost limits over the rounding intervals.
    conf_level : float
        Confidence level.
    method, test : str
        Interval method and test.
    breakdown_deff : float
        Common design effect at which the interval first touches zero; 0 where rounding alone admits equality.
    claim, verdict : str
        What was claimed of a against b, and the verdict by itself, without a family.
    """

    item: str
    group_a: str
    group_b: str
    a: Share
    b: Share
    n_a: int
    n_b: int
    deff_a: float
    deff_b: float
    estimate: float
    std_error: float
    statistic: float
    p_value: float
    p_value_low: float
    conf_low: float
    conf_high: float
    conf_level: float
    method: str
    test: str
    breakdown_deff: float
    claim: str
    verdict: str

    @property
    def sign(self) -> int:
        """Sign of a - b; 0 where rounding leaves it open."""
        return sign(self.a, self.b)

    def summary(self) -> str:
        """Say the result in a few lines."""
        size = "model-based, equal design effects" if self.deff_a == self.deff_b else "model-based"
        return "\n".join(
            [
                f"{self.item or 'difference'}: {self.group_a} {self.a.text} (n = {self.n_a}) against {self.group_b} "
                f"{self.b.text} (n = {self.n_b})",
                f"  {100 * self.estimate:+.1f} points, {100 * self.conf_level:g}% {self.method} interval "
                f"{100 * self.conf_low:+.1f} to {100 * self.conf_high:+.1f} with rounding at its worst ({size} "
                f"{self.deff_a:g}, {self.deff_b:g})",
                f"  p = {self.p_value:.3g}; the interval touches zero at a design effect of {self.breakdown_deff:.2f}: "
                f"{self.verdict}",
            ]
        )


def sign(a: Share, b: Share) -> int:
    """Give the sign of a difference where rounding does not leave it open.

    Examples
    --------
    >>> sign(share("80%"), share("85%")), sign(share("7%"), share("7%"))
    (-1, 0)
    """
    return int(a.low > b.high) - int(a.high < b.low)


def groups(
    a: ShareLike,
    n_a: int,
    b: ShareLike,
    n_b: int,
    *,
    deff: float | tuple[float, float] = 1.0,
    method: str = "wald",
    test: str = "unpooled",
    conf_level: float = 0.95,
    claim: str = "differs",
    rounding: str = "half_up",
    item: str = "",
    group_a: str = "a",
    group_b: str = "b",
) -> GroupDifference:
    """Compare two percentages of any two independent samples.

    Notes
    -----
    Model-based: as if each group were a simple random sample of n / deff respondents, independent of the other.
    Var(a - b) = deff_a a (1 - a)/n_a + deff_b b (1 - b)/n_b.  Limits and p value are the worst over all pairs inside
    the rounding intervals (:func:`~aibaro.compare.intervals.worst_limits`).

    References
    ----------
    Newcombe, R. G. (1998). https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I

    Examples
    --------
    >>> print(groups("19%", 841, "28%", 1552).summary())
    difference: a 19% (n = 841) against b 28% (n = 1552)
      -9.0 points, 95% wald interval -13.5 to -4.5 with rounding at its worst (model-based, equal design effects 1, 1)
      p = 6.59e-06; the interval touches zero at a design effect of 5.29: established
    """
    first, second = share(a, rounding=rounding, parameter="a"), share(b, rounding=rounding, parameter="b")
    size_a, size_b = sample_size(n_a, "n_a"), sample_size(n_b, "n_b")
    deff_a, deff_b = _pair(deff)
    z = intervals.critical(conf_level)
    check_claim(claim)
    m_a, m_b = size_a / deff_a, size_b / deff_b
    low, high = intervals.worst_limits(method, first.box, m_a, second.box, m_b, z)
    p_high, p_low = p_range(first, m_a, second, m_b, test)
    centre_a, centre_b = float(first.value), float(second.value)
    return GroupDifference(
        item=item,
        group_a=group_a,
        group_b=group_b,
        a=first,
        b=second,
        n_a=size_a,
        n_b=size_b,
        deff_a=deff_a,
        deff_b=deff_b,
        estimate=float(first.value - second.value),
        std_error=float(intervals.standard_error(centre_a, m_a, centre_b, m_b)),
        statistic=float(intervals.statistic(centre_a, m_a, centre_b, m_b, test)),
        p_value=p_high,
        p_value_low=p_low,
        conf_low=low,
        conf_high=high,
        conf_level=conf_level,
        method=method,
        test=test,
        breakdown_deff=breakdown_deff(first, size_a, second, size_b, method=method, conf_level=conf_level),
        claim=claim,
        verdict=verdict(claim, sign(first, second), p_high, p_low, 1 - conf_level),
    )


def _pair(deff: float | tuple[float, float]) -> tuple[float, float]:
    first, second = deff if isinstance(deff, tuple) else (deff, deff)
    return design_effect(first, "deff"), design_effect(second, "deff")


def p_range(a: Share, m_a: float, b: Share, m_b: float, test: str = "unpooled") -> tuple[float, float]:
    """Give the largest and the smallest p value over two rounding intervals.

    Examples
    --------
    >>> high, low = p_range(share("44%"), 841, share("53%"), 1552)
    >>> round(high, 5), round(low, 7)
    (0.00017, 2.6e-06)
    """
    near = intervals.nearest_corner(a.box, b.box)
    (a_low, a_high), (b_low, b_high) = a.box, b.box
    far = max(
        abs(float(intervals.statistic(x, m_a, y, m_b, test)))
        for x, y, wanted in ((a_high, b_low, 1), (a_low, b_high, -1))
        if (x - y) * wanted >= 0
    )
    largest = intervals.p_value(intervals.statistic(near[0], m_a, near[1], m_b, test))
    return float(largest), float(intervals.p_value(far))


def sweep(
    a: ShareLike,
    n_a: int,
    b: ShareLike,
    n_b: int,
    *,
    deffs: tuple[float, ...] = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0),
    method: str = "wald",
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Show how interval and p value grow with a common design effect.

    Examples
    --------
    >>> sweep("58%", 841, "63%", 1552, deffs=(1.0, 2.0))[["deff", "p_value", "verdict"]].round(4)
       deff  p_value  verdict
    0   1.0   0.0564  depends
    1   2.0   0.1774  depends
    """
    results = [groups(a, n_a, b, n_b, deff=deff, method=method, conf_level=conf_level) for deff in deffs]
    columns = ["deff_a", "estimate", "std_error", "conf_low", "conf_high", "p_value", "verdict"]
    table = pd.concat([result.to_frame()[columns] for result in results], ignore_index=True)
    return table.rename(columns={"deff_a": "deff"})
