"""Do two independent groups differ, when only rounded percentages and sizes were printed?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
import pandas as pd

from aibaro._typed import typed
from aibaro.compare import limits as intervals
from aibaro.compare._shares import Share, ShareLike, design_effect, sample_size, share
from aibaro.compare.comparison_results import ComparisonResult, check_claim, verdict
from aibaro.compare.limits import breakdown_deff
from aibaro.errors import InputError
from aibaro.estimate.tails import normal_quantile, normal_tail

#: Design effects that a sweep visits by default.
DEFF_RANGE: tuple[float, float] = (1.0, 3.0)


@dataclass(frozen=True, slots=True)
class GroupDifference(ComparisonResult):
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
        """Say the result in a few lines.

        Returns
        -------
        str
            Text with percentages and percentage points.
        """
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
    """Return the sign of a difference where rounding does not leave it open.

    Examples
    --------
    >>> sign(share("80%"), share("85%")), sign(share("7%"), share("7%"))
    (-1, 0)
    """
    return int(a.low > b.high) - int(a.high < b.low)


@typed
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

    Parameters
    ----------
    a, b : str, float, Fraction, pair or Share
        The shares: ``"19%"`` as printed (with its rounding interval), ``0.19`` exactly, ``(0.45, 0.55)`` anything
        between.
    n_a, n_b : int
        Respondents behind them.
    deff : float or pair of float
        Design effect, common to both groups or one each.  Weights were not published: the value is an assumption,
        and ``breakdown_deff`` tells which one would turn the result.
    method : {"wald", "newcombe"}
        Interval method.
    test : {"unpooled", "pooled"}
        Standard error of the test statistic.
    conf_level : float
        Confidence level.
    claim : {"greater", "less", "differs"}
        What is claimed of a against b.
    rounding : {"half_up", "half_even", "nearest", "truncate", "floor_or_ceil"}
        Rounding rule of printed text.
    item, group_a, group_b : str
        Names for tables.

    Returns
    -------
    GroupDifference
        Estimate, worst-case interval, test and breakdown design effect.

    Raises
    ------
    InputError
        For shares, sizes, design effects or names that cannot be used.

    Notes
    -----
    Model-based: as if each group were a simple random sample of n / deff respondents, independent of the other.
    Var(a - b) = deff_a a (1 - a)/n_a + deff_b b (1 - b)/n_b.  Limits and p value are the worst over all pairs inside
    the rounding intervals (:func:`~aibaro.compare.worst_limits`).

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
    """Return the largest and the smallest p value over two rounding intervals.

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


@typed
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

    Parameters
    ----------
    a, b : str, float, Fraction, pair or Share
        The shares.
    n_a, n_b : int
        Respondents behind them.
    deffs : tuple of float
        Design effects to visit.
    method : {"wald", "newcombe"}
        Interval method.
    conf_level : float
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        ``deff, estimate, std_error, conf_low, conf_high, p_value, verdict``, one row per design effect.

    Raises
    ------
    InputError
        As :func:`groups`.

    Notes
    -----
    Var = deff [a (1 - a)/n_a + b (1 - b)/n_b], as in :func:`groups`, at each design effect in turn.

    References
    ----------
    Kish, L. (1965). Survey Sampling. Wiley, section 8.2.

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


Range = tuple[int, int]

#: Range of a subgroup's mean weight relative to its base that is swept by default; declared, not printed.
RELATIVE_WEIGHT: tuple[float, float] = (0.5, 2.0)


@dataclass(frozen=True, slots=True)
class SweptDifference(ComparisonResult):
    """The difference of two shares over a range of group sizes.

    Parameters
    ----------
    item, group_a, group_b : str
        Names.
    a, b : Share
        The shares.
    n_a, n_b : tuple of int
        Smallest and largest number of respondents.
    total : int or None
        Their sum, where both groups exhaust a base of printed size.
    deff : float
        Design effect that was assumed.
    estimate : float
        a - b at the central values.
    std_error : float
        Standard error at the central values, largest over the sizes.
    p_value, p_value_low : float
        Largest and smallest two-sided p value over sizes and rounding.
    conf_low, conf_high : float
        Outermost limits over sizes and rounding.
    conf_level : float
        Confidence level.
    method : str
        Interval method.
    breakdown_deff, breakdown_deff_high : float
        Common design effect at which the interval first touches zero: over all sizes the smallest, and at the most
        favourable sizes.
    n_turn : float
        Smallest size of group a at which the interval leaves zero, the other group at its smallest, or being the rest
        of the base; NaN where none does.
    claim, verdict : str
        What was claimed of a against b, and the verdict over the whole range, without a family.
    """

    item: str
    group_a: str
    group_b: str
    a: Share
    b: Share
    n_a: Range
    n_b: Range
    total: int | None
    deff: float
    estimate: float
    std_error: float
    p_value: float
    p_value_low: float
    conf_low: float
    conf_high: float
    conf_level: float
    method: str
    breakdown_deff: float
    breakdown_deff_high: float
    n_turn: float
    claim: str
    verdict: str

    @property
    def sign(self) -> int:
        """Sign of a - b; 0 where rounding leaves it open."""
        return sign(self.a, self.b)

    def to_frame(self) -> pd.DataFrame:
        """Return the scalar fields as a frame of one row.

        Returns
        -------
        pandas.DataFrame
            One row, the ranges as ``n_a_low, n_a_high, n_b_low, n_b_high``.
        """
        frame = super(SweptDifference, self).to_frame()
        return frame.assign(n_a_low=self.n_a[0], n_a_high=self.n_a[1], n_b_low=self.n_b[0], n_b_high=self.n_b[1])

    def summary(self) -> str:
        """Say the result in a few lines.

        Returns
        -------
        str
            Text with percentages and percentage points.
        """
        smallest = "" if math.isnan(self.n_turn) else f"from {math.ceil(self.n_turn)} respondents of {self.group_a}"
        return "\n".join(
            [
                f"{self.item or 'difference'}: {self.group_a} {self.a.text} (n = {self.n_a[0]} to {self.n_a[1]}, not "
                f"printed) against {self.group_b} {self.b.text} (n = {self.n_b[0]} to {self.n_b[1]})",
                f"  {100 * self.estimate:+.1f} points, {100 * self.conf_level:g}% {self.method} interval "
                f"{100 * self.conf_low:+.1f} to {100 * self.conf_high:+.1f} at the worst size and rounding "
                f"(model-based, design effect {self.deff:g})",
                f"  significant {smallest or 'at no size'}; touches zero at a design effect of "
                f"{self.breakdown_deff:.2f} to {self.breakdown_deff_high:.2f}: {self.verdict}",
            ]
        )


@typed
def swept(
    a: ShareLike,
    n_a: int | Range,
    b: ShareLike,
    n_b: int | Range,
    *,
    total: int | None = None,
    deff: float = 1.0,
    method: str = "wald",
    conf_level: float = 0.95,
    claim: str = "differs",
    item: str = "",
    group_a: str = "a",
    group_b: str = "b",
) -> SweptDifference:
    """Compare two independent groups over ranges of their sizes.

    Parameters
    ----------
    a, b : str, float, Fraction, pair or Share
        The shares.
    n_a, n_b : int or pair of int
        Respondents: one number or smallest and largest.
    total : int, optional
        Size of the base that both groups exhaust: then n_b = total - n_a, and `n_b` only limits.
    deff : float
        Common design effect.
    method : {"wald", "newcombe"}
        Interval method.
    conf_level : float
        Confidence level.
    claim : {"greater", "less", "differs"}
        What is claimed of a against b.
    item, group_a, group_b : str
        Names for tables.

    Returns
    -------
    SweptDifference
        Limits, p values, breakdown and turning point over the range.

    Raises
    ------
    InputError
        For inputs that cannot be used.

    Notes
    -----
    Var = A/n_a + B/n_b with A = deff a (1 - a).  Along n_a + n_b = total it is convex in n_a: its largest value lies
    at an end of the range, its smallest at n_a = total/(1 + sqrt(B/A)).

    References
    ----------
    Newcombe, R. G. (1998). https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I

    Examples
    --------
    >>> result = swept("44%", (57, 336), "14%", (505, 784), total=841)
    >>> round(result.breakdown_deff, 2), round(result.n_turn), result.verdict
    (4.9, 11, 'established')
    """
    first, second = share(a, parameter="a"), share(b, parameter="b")
    factor, z = design_effect(deff, "deff"), intervals.critical(conf_level)
    check_claim(claim)
    range_a, range_b = _ranges(n_a, n_b, total)
    sizes = _sizes(first, second, range_a, range_b, total)
    limits = [intervals.worst_limits(method, first.box, x / factor, second.box, y / factor, z) for x, y in sizes]
    spread = [p_range(first, x / factor, second, y / factor) for x, y in sizes]
    corner = intervals.nearest_corner(first.box, second.box)
    breakdowns = [_breakdown(corner, x, y, z) for x, y in sizes]
    centre = float(first.value), float(second.value)
    errors = [float(intervals.standard_error(centre[0], x / factor, centre[1], y / factor)) for x, y in sizes]
    p_high, p_low = max(p for p, _ in spread), min(p for _, p in spread)
    return SweptDifference(
        item=item,
        group_a=group_a,
        group_b=group_b,
        a=first,
        b=second,
        n_a=range_a,
        n_b=range_b,
        total=total,
        deff=factor,
        estimate=float(first.value - second.value),
        std_error=max(errors),
        p_value=p_high,
        p_value_low=p_low,
        conf_low=min(low for low, _ in limits),
        conf_high=max(high for _, high in limits),
        conf_level=conf_level,
        method=method,
        breakdown_deff=min(breakdowns),
        breakdown_deff_high=max(breakdowns),
        n_turn=_turning(corner, range_b[0], total, factor, z),
        claim=claim,
        verdict=verdict(claim, sign(first, second), p_high, p_low, 1 - conf_level),
    )


def _ranges(n_a: int | Range, n_b: int | Range, total: int | None) -> tuple[Range, Range]:
    range_a, range_b = _range(n_a, "n_a"), _range(n_b, "n_b")
    if total is None:
        return range_a, range_b
    whole = sample_size(total, "total")
    low, high = max(range_a[0], whole - range_b[1]), min(range_a[1], whole - range_b[0])
    if low > high or low < 1 or high >= whole:
        raise InputError(
            "no pair of sizes adds up to the base",
            parameter="n_a, n_b, total",
            expected=f"n_a + n_b = {whole}",
            got=f"{range_a}, {range_b}",
        )
    return (low, high), (whole - high, whole - low)


def _range(n: int | Range, parameter: str) -> Range:
    low, high = n if isinstance(n, tuple) else (n, n)
    ends = sample_size(low, parameter), sample_size(high, parameter)
    if ends[0] > ends[1]:
        raise InputError(
            "a range of sizes starts with the smaller one", parameter=parameter, expected="(low, high)", got=str(n)
        )
    return ends


def _sizes(a: Share, b: Share, range_a: Range, range_b: Range, total: int | None) -> list[tuple[float, float]]:
    """List pairs of sizes among which the least and the most favourable ones are."""
    if total is None:
        return [(range_a[0], range_b[0]), (range_a[1], range_b[1])]
    sizes: list[tuple[float, float]] = [(k, total - k) for k in range_a]
    for p in a.box:
        for q in b.box:
            spread_a, spread_b = math.sqrt(p * (1 - p)), math.sqrt(q * (1 - q))
            if spread_a + spread_b > 0:
                best = float(np.clip(total * spread_a / (spread_a + spread_b), *range_a))
                sizes.append((best, total - best))
    return sizes


def _breakdown(corner: tuple[float, float], n_a: float, n_b: float, z: float) -> float:
    if corner[0] == corner[1]:
        return 0.0
    return float((intervals.statistic(corner[0], n_a, corner[1], n_b) / z) ** 2)


def _turning(corner: tuple[float, float], other: int, total: int | None, deff: float, z: float) -> float:
    """Find the smallest n_a with A/n_a + B/n_b = (d/z)², B's size fixed or the rest of the base."""
    p, q = corner
    budget = ((p - q) / z) ** 2
    spread_a, spread_b = deff * p * (1 - p), deff * q * (1 - q)
    if budget == 0:
        return math.nan
    if total is None:
        left = budget - spread_b / other
        return spread_a / left if left > 0 else math.nan
    # budget k² - (budget total + A - B) k + A total = 0
    middle = budget * total + spread_a - spread_b
    inside = middle**2 - 4 * budget * spread_a * total
    if inside < 0:
        return math.nan
    root = (middle - math.sqrt(inside)) / (2 * budget)
    return root if 0 <= root <= total else math.nan


def size_range(n: int, weighted_share: Share, relative_weight: tuple[float, float] = RELATIVE_WEIGHT) -> Range:
    """Return the sizes that a subgroup can have when its weighted share is bounded.

    Notes
    -----
    A subgroup of n_a respondents with mean weight r times the base's has the weighted share w = r n_a / n: print
    bounds w, not n_a.

    Examples
    --------
    >>> size_range(841, share((0.13333, 0.2)))
    (57, 336)
    """
    whole = sample_size(n, "n")
    low, high = relative_weight
    if not 0 < low <= high < math.inf:
        raise InputError(
            "not a range of relative weights",
            parameter="relative_weight",
            expected="0 < low <= high",
            got=str(relative_weight),
        )
    smallest = math.ceil(whole * float(weighted_share.low) / high - 1e-9)
    largest = math.floor(whole * float(weighted_share.high) / low + 1e-9)
    return max(1, min(smallest, whole - 1)), max(1, min(largest, whole - 1))


@typed
def subgroups(
    a: ShareLike,
    b: ShareLike,
    *,
    n: int,
    share_a: ShareLike,
    share_b: ShareLike | None = None,
    relative_weight: tuple[float, float] = RELATIVE_WEIGHT,
    deff: float = 1.0,
    method: str = "wald",
    conf_level: float = 0.95,
    claim: str = "differs",
    item: str = "",
    group_a: str = "a",
    group_b: str = "b",
) -> SweptDifference:
    """Compare two subgroups of one base whose sizes were not printed.

    Parameters
    ----------
    a, b : str, float, Fraction, pair or Share
        The shares.
    n : int
        Respondents of the base.
    share_a : str, float, Fraction, pair or Share
        Bounds on the weighted share of subgroup a (:func:`aibaro.compare.weighted_share`).
    share_b : str, float, Fraction, pair or Share, optional
        The same for subgroup b; by default b is everyone else in the base.
    relative_weight : pair of float
        Declared range of a subgroup's mean weight relative to its base's.
    deff : float
        Common design effect.
    method : {"wald", "newcombe"}
        Interval method.
    conf_level : float
        Confidence level.
    claim : {"greater", "less", "differs"}
        What is claimed of a against b.
    item, group_a, group_b : str
        Names for tables.

    Returns
    -------
    SweptDifference
        Limits, p values, breakdown and turning point over all sizes.

    Raises
    ------
    InputError
        For inputs that cannot be used.

    Notes
    -----
    Disjoint subgroups of one sample are treated as independent given their sizes.

    References
    ----------
    Newcombe, R. G. (1998). https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I

    Examples
    --------
    >>> from aibaro.compare import weighted_share
    >>> users = weighted_share("19%", "44%", "14%")
    >>> subgroups("44%", "14%", n=841, share_a=users, claim="greater").verdict
    'established'
    """
    first = share(share_a, parameter="share_a")
    rest = first.complement if share_b is None else share(share_b, parameter="share_b")
    return swept(
        a,
        size_range(n, first, relative_weight),
        b,
        size_range(n, rest, relative_weight),
        total=n if share_b is None else None,
        deff=deff,
        method=method,
        conf_level=conf_level,
        claim=claim,
        item=item,
        group_a=group_a,
        group_b=group_b,
    )


_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Equivalence(ComparisonResult):
    """A test that two shares of independent groups differ by less than a margin.

    Parameters
    ----------
    item, group_a, group_b : str
        Names.
    a, b : Share
        The shares.
    n_a, n_b : int
        Respondents behind them.
    margin : float
        The largest difference that still counts as equal, as a share.
    deff : float
        Design effect that was assumed.
    estimate, std_error : float
        a - b and its standard error, at the central values.
    p_value, p_value_low : float
        Largest and smallest p value of the two one-sided tests over the rounding intervals.
    conf_low, conf_high : float
        Outermost limits of the 1 - 2 alpha interval: equality is established where they lie inside the margin.
    alpha : float
        Level of each one-sided test.
    breakdown_deff : float
        Design effect up to which equality is established; 0 where rounding alone reaches the margin.
    verdict : str
        ``established``, ``refuted`` (beyond the margin everywhere), ``not_significant`` or ``depends``.
    """

    item: str
    group_a: str
    group_b: str
    a: Share
    b: Share
    n_a: int
    n_b: int
    margin: float
    deff: float
    estimate: float
    std_error: float
    p_value: float
    p_value_low: float
    conf_low: float
    conf_high: float
    alpha: float
    breakdown_deff: float
    verdict: str

    def summary(self) -> str:
        """Say the result in a few lines.

        Returns
        -------
        str
            Text with percentages and percentage points.
        """
        return "\n".join(
            [
                f"{self.item or 'equality'}: {self.group_a} {self.a.text} (n = {self.n_a}) and {self.group_b} "
                f"{self.b.text} (n = {self.n_b}), margin {100 * self.margin:g} points",
                f"  {100 * self.estimate:+.1f} points, {100 * (1 - 2 * self.alpha):g}% interval "
                f"{100 * self.conf_low:+.1f} to {100 * self.conf_high:+.1f} with rounding at its worst (model-based, "
                f"design effect {self.deff:g})",
                f"  p = {self.p_value:.3g}; equal up to a design effect of {self.breakdown_deff:.2f}: {self.verdict}",
            ]
        )


@typed
def equivalent(
    a: ShareLike,
    n_a: int,
    b: ShareLike,
    n_b: int,
    *,
    margin: float,
    deff: float = 1.0,
    alpha: float = 0.05,
    rounding: str = "half_up",
    item: str = "",
    group_a: str = "a",
    group_b: str = "b",
) -> Equivalence:
    """Test whether two percentages of independent samples are equal, up to a margin.

    Parameters
    ----------
    a, b : str, float, Fraction, pair or Share
        The shares, as in :func:`aibaro.compare.groups`.
    n_a, n_b : int
        Respondents behind them.
    margin : float
        Largest difference that still counts as equal, as a share: 0.05 is five points.  Equality without a margin is
        no statement about a population.
    deff : float
        Common design effect.
    alpha : float
        Level of each of the two one-sided tests.
    rounding : {"half_up", "half_even", "nearest", "truncate", "floor_or_ceil"}
        Rounding rule of printed text.
    item, group_a, group_b : str
        Names for tables.

    Returns
    -------
    Equivalence
        Worst-case interval, p value and verdict.

    Raises
    ------
    InputError
        For shares, sizes, margins or levels that cannot be used.

    Notes
    -----
    Two one-sided tests (TOST): equality is established when a - b is significantly below the margin and above its
    negative, that is when the 1 - 2 alpha interval lies inside.  Model-based, as :func:`aibaro.compare.groups`; the
    standard error is the largest inside the rounding boxes, and the difference the one nearest to the margin.  It is
    refuted when the same interval lies wholly outside.

    References
    ----------
    Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power approach. Journal of
    Pharmacokinetics and Biopharmaceutics 15, 657-680. https://doi.org/10.1007/BF01068419

    Examples
    --------
    >>> print(equivalent("31%", 841, "29%", 1552, margin=0.07).summary())
    equality: a 31% (n = 841) and b 29% (n = 1552), margin 7 points
      +2.0 points, 90% interval -2.3 to +6.3 with rounding at its worst (model-based, design effect 1)
      p = 0.0215; equal up to a design effect of 1.51: established
    """
    first, second = share(a, rounding=rounding, parameter="a"), share(b, rounding=rounding, parameter="b")
    size_a, size_b = sample_size(n_a, "n_a"), sample_size(n_b, "n_b")
    factor = design_effect(deff, "deff")
    if not 0 < margin < 1 or not 0 < alpha < _HALF:
        raise InputError(
            "not a margin or not a level",
            where="equivalent",
            parameter="margin, alpha",
            expected="0 < margin < 1 as a share, 0 < alpha < 0.5",
            got=f"{margin}, {alpha}",
        )
    low, high = float(first.low - second.high), float(first.high - second.low)
    errors = [sqrt(factor * (x / size_a + y / size_b)) for x, y in zip(_spreads(first), _spreads(second), strict=True)]
    near, far = max(abs(low), abs(high)), max(low, -high, 0.0)  # nearest to the margin, and farthest inside
    z = float(normal_quantile(alpha))
    p_high, p_low = _tail(margin - near, errors), _tail(margin - far, errors[::-1])
    reach = z * errors[1] / sqrt(factor)
    centre = float(first.value * (1 - first.value) / size_a + second.value * (1 - second.value) / size_b)
    return Equivalence(
        item=item,
        group_a=group_a,
        group_b=group_b,
        a=first,
        b=second,
        n_a=size_a,
        n_b=size_b,
        margin=float(margin),
        deff=factor,
        estimate=float(first.value - second.value),
        std_error=sqrt(factor * centre),
        p_value=p_high,
        p_value_low=p_low,
        conf_low=low - z * errors[1],
        conf_high=high + z * errors[1],
        alpha=alpha,
        breakdown_deff=(max(margin - near, 0.0) / reach) ** 2 if reach else inf,
        verdict=_verdict(p_high, p_low, (_tail(far - margin, errors), _tail(near - margin, errors[::-1])), alpha),
    )


def _spreads(found: Share) -> tuple[float, float]:
    """Return the smallest and the largest p (1 - p) inside a rounding interval."""
    ends = [p * (1 - p) for p in found.box]
    return min(ends), _HALF**2 if found.box[0] <= _HALF <= found.box[1] else max(ends)


def _tail(distance: float, errors: list[float]) -> float:
    """Return the p value of a distance at the less favourable (last) standard error."""
    error = errors[-1] if distance > 0 else errors[0]
    if error == 0:
        return 0.0 if distance > 0 else 1.0
    return float(normal_tail(distance / error))


def _verdict(p_high: float, p_low: float, beyond: tuple[float, float], alpha: float) -> str:
    if p_high < alpha:
        return "established"
    if beyond[0] < alpha:
        return "refuted"
    return "not_significant" if p_low >= alpha and beyond[1] >= alpha else "depends"
