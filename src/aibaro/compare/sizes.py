"""Do two groups differ when print leaves out how many respondents they had?  Their sizes are swept."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aibaro.compare import intervals
from aibaro.compare.independent import p_range, sign
from aibaro.compare.results import Result
from aibaro.compare.shares import Share, ShareLike, design_effect, sample_size, share
from aibaro.compare.verdicts import check_claim, verdict
from aibaro.errors import InputError

Range = tuple[int, int]

#: Range of a subgroup's mean weight relative to its base that is swept by default; declared, not printed.
RELATIVE_WEIGHT: tuple[float, float] = (0.5, 2.0)


@dataclass(frozen=True, slots=True)
class SweptDifference(Result):
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
        """Give the scalar fields as a frame of one row."""
        frame = super(SweptDifference, self).to_frame()
        return frame.assign(n_a_low=self.n_a[0], n_a_high=self.n_a[1], n_b_low=self.n_b[0], n_b_high=self.n_b[1])

    def summary(self) -> str:
        """Say the result in a few lines."""
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

    Notes
    -----
    Var = A/n_a + B/n_b with A = deff a (1 - a).  Along n_a + n_b = total it is convex in n_a: its largest value lies
    at an end of the range, its smallest at n_a = total/(1 + sqrt(B/A)).

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
    """Give the sizes that a subgroup can have when its weighted share is bounded.

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

    Notes
    -----
    Disjoint subgroups of one sample are treated as independent given their sizes.

    Examples
    --------
    >>> from aibaro.compare.mixtures import weighted_share
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
