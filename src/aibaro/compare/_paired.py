"""Do two shares of one sample differ, when print leaves out how many respondents belong to both?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from aibaro._arrays import FloatArray
from aibaro._typed import typed
from aibaro.compare import limits as intervals
from aibaro.compare._groups import sign
from aibaro.compare._shares import Share, ShareLike, design_effect, sample_size, share
from aibaro.compare.comparison_results import ComparisonResult, check_claim, verdict
from aibaro.compare.domain_precision import (
    WHOLE,
    DomainShare,
    Mask,
    finest_variable,
    shares_of_domain,
    variance_weights,
)
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate.multiplicity import adjust
from aibaro.estimate.tails import distance_tail, student_quantile

JOINTS: tuple[str, ...] = ("frechet", "exclusive")


@dataclass(frozen=True, slots=True)
class PairedDifference(ComparisonResult):
    """The difference of two shares of one sample.

    Parameters
    ----------
    item, group_a, group_b : str
        Names.
    a, b : Share
        The shares.
    n : tuple of int
        Smallest and largest number of respondents.
    deff : float
        Design effect of the difference that was assumed.
    joint : str
        What is known of the respondents who belong to both.
    estimate, std_error : float
        a - b and its largest standard error at the central values.
    p_value, p_value_low : float
        Largest and smallest two-sided p value over rounding, sizes and joint shares.
    conf_low, conf_high : float
        Outermost limits.
    conf_level : float
        Confidence level.
    breakdown_deff, breakdown_deff_high : float
        Design effect at which the interval first touches zero, smallest and largest.
    claim, verdict : str
        What was claimed of a against b, and the verdict by itself, without a family.
    """

    item: str
    group_a: str
    group_b: str
    a: Share
    b: Share
    n: tuple[int, int]
    deff: float
    joint: str
    estimate: float
    std_error: float
    p_value: float
    p_value_low: float
    conf_low: float
    conf_high: float
    conf_level: float
    breakdown_deff: float
    breakdown_deff_high: float
    claim: str
    verdict: str

    @property
    def sign(self) -> int:
        """Sign of a - b; 0 where rounding leaves it open."""
        return sign(self.a, self.b)


def spread(a: float, b: float, joint: str = "frechet") -> tuple[float, float]:
    """Bound the variance of one respondent's difference of two indicators.

    Examples
    --------
    >>> [round(v, 6) for v in spread(0.14, 0.137)]
    [0.002991, 0.276991]
    """
    if joint not in JOINTS:
        raise InputError("unknown joint share", parameter="joint", expected=", ".join(JOINTS), got=repr(joint))
    overlap = max(0.0, a + b - 1)
    if joint == "exclusive" and overlap > 1e-12:
        raise InputError(
            "exclusive shares add up to more than 1", parameter="joint", expected="a + b <= 1", got=f"{a:g} + {b:g}"
        )
    largest = a + b - 2 * overlap - (a - b) ** 2
    smallest = largest if joint == "exclusive" else abs(a - b) - (a - b) ** 2
    return max(smallest, 0.0), max(largest, 0.0)


@typed
def paired(
    a: ShareLike,
    b: ShareLike,
    *,
    n: int | tuple[int, int],
    joint: str = "frechet",
    deff: float = 1.0,
    conf_level: float = 0.95,
    claim: str = "differs",
    item: str = "",
    group_a: str = "a",
    group_b: str = "b",
) -> PairedDifference:
    """Compare two percentages of one sample.

    Parameters
    ----------
    a, b : str, float, Fraction, pair or Share
        The shares.
    n : int or pair of int
        Respondents, or their smallest and largest number.
    joint : {"frechet", "exclusive"}
        What is known of the respondents who belong to both.
    deff : float
        Design effect of the difference.
    conf_level : float
        Confidence level.
    claim : {"greater", "less", "differs"}
        What is claimed of a against b.
    item, group_a, group_b : str
        Names for tables.

    Returns
    -------
    PairedDifference
        Limits and p values over everything that print leaves open.

    Raises
    ------
    InputError
        For inputs that cannot be used.

    Notes
    -----
    Model-based: Var(a - b) = deff (a + b - 2 joint - (a - b)²)/n.  The facing corner of the rounding box is the least
    significant one: with V the spread at the smallest joint share, 2 V >= (a - b)(1 - 2(a - b)).

    References
    ----------
    Fréchet, M. (1951). Annales de l'Université de Lyon A 14, 53-77.

    Scott, A. J. and Seber, G. A. F. (1983). Difference of proportions from the same survey. The American
    Statistician 37, 319-320. https://doi.org/10.1080/00031305.1983.10483115

    Examples
    --------
    >>> result = paired("35%", "19%", n=841, joint="exclusive", claim="greater")
    >>> round(result.conf_low, 4), round(result.conf_high, 4), result.verdict
    (0.1014, 0.2183, 'established')
    """
    first, second = share(a, parameter="a"), share(b, parameter="b")
    factor, z = design_effect(deff, "deff"), intervals.critical(conf_level)
    check_claim(claim)
    ends = n if isinstance(n, tuple) else (n, n)
    sizes = sample_size(ends[0], "n"), sample_size(ends[1], "n")
    near = intervals.nearest_corner(first.box, second.box)
    low_z = _ratio(near, joint, 1) * math.sqrt(sizes[0] / factor)
    high_z = max(_ratio(corner, joint, 0) for corner in _corners(first, second, joint)) * math.sqrt(sizes[1] / factor)
    p_high, p_low = float(intervals.p_value(low_z)), float(intervals.p_value(high_z))
    centre = float(first.value), float(second.value)
    m = sizes[0] / factor
    return PairedDifference(
        item=item,
        group_a=group_a,
        group_b=group_b,
        a=first,
        b=second,
        n=sizes,
        deff=factor,
        joint=joint,
        estimate=float(first.value - second.value),
        std_error=math.sqrt(spread(*centre, joint)[1] / m),
        p_value=p_high,
        p_value_low=p_low,
        conf_low=_lowest(first, second, m, joint, z),
        conf_high=-_lowest(second, first, m, joint, z),
        conf_level=conf_level,
        breakdown_deff=factor * (low_z / z) ** 2,
        breakdown_deff_high=factor * (high_z / z) ** 2,
        claim=claim,
        verdict=verdict(claim, sign(first, second), p_high, p_low, 1 - conf_level),
    )


def _corners(a: Share, b: Share, joint: str) -> list[tuple[float, float]]:
    return [(x, y) for x in a.box for y in b.box if joint == "frechet" or x + y <= 1]


def _ratio(corner: tuple[float, float], joint: str, end: int) -> float:
    """Return |a - b| over the root of the largest (1) or smallest (0) spread."""
    difference = abs(corner[0] - corner[1])
    variance = spread(*corner, joint)[end]
    if difference == 0:
        return 0.0
    return difference / math.sqrt(variance) if variance > 0 else math.inf


def _lowest(a: Share, b: Share, m: float, joint: str, z: float) -> float:
    """Minimise a - b - z SE over the rounding box; the spread grows with a + b at a given a - b below a + b = 1."""
    from scipy import optimize

    (a_low, a_high), (b_low, b_high) = a.box, b.box

    def limit(x: float, y: float) -> float:
        y = min(y, 1 - x) if joint == "exclusive" else y
        return x - y - z * math.sqrt(spread(x, y, joint)[1] / m)

    values = [limit(x, y) for x in a.box for y in b.box]
    if a_low < a_high:
        for edge in b.box:
            values.append(optimize.minimize_scalar(lambda x, y=edge: limit(x, y), bounds=a.box, method="bounded").fun)
    if b_low < b_high:
        for edge in a.box:
            values.append(optimize.minimize_scalar(lambda y, x=edge: limit(x, y), bounds=b.box, method="bounded").fun)
    return float(min(values))


# --- Do two items of one stratified sample differ, when nobody printed how many respondents have both?
#
# Joint counts are bounded by Fréchet's inequalities within strata; the bounds on the standard error of the difference
# hold for every table of counts that the printed margins admit.

Boxes = tuple[tuple[float, float], tuple[float, float]]

_LARGEST_ENUMERATION = 8
_ZOOMS = 7
_GRID = 17


@typed
def paired_se_bounds(design: Design, strata: Mask, a: Share, b: Share, fpc: str = "population") -> tuple[float, float]:
    """Bound the standard error of a difference of two items over a stratum domain.

    Parameters
    ----------
    design : Design
        The strata.
    strata : numpy.ndarray of bool, shape (H,)
        Strata of the domain.
    a, b : Share
        Printed shares of the two items in the domain.
    fpc : {"population", "none"}
        Whether the finite population correction is applied.

    Returns
    -------
    tuple of float
        Lower and upper bound over all rates and all joint rates with the printed averages.

    Notes
    -----
    V = Σ c_h [p_h + q_h - 2 m_h - (p_h - q_h)²], joint rate m_h between max(0, p_h + q_h - 1) and min(p_h, q_h).

    *Upper.*  At the smallest joint rate a stratum's term is min(s, 2 - s) - δ² with s = p + q and δ = p - q, concave;
    the Lagrangian dual in two multipliers is explicit stratum by stratum, and its value at any multipliers is an upper
    bound.

    *Lower.*  At the largest joint rate it is abs(δ) - δ², concave on either side of 0; under Σ W_h δ_h = d the minimum
    is at a vertex, all δ_h but one in {-1, 0, 1} (as far as the printed shares allow), enumerated for at most 8 strata
    (0 beyond).

    References
    ----------
    Fréchet, M. (1951). Annales de l'Université de Lyon A 14, 53-77.

    Boyd, S. and Vandenberghe, L. (2004). Convex Optimization. Cambridge University Press.
    https://doi.org/10.1017/CBO9780511804441

    Examples
    --------
    >>> table = pd.DataFrame({"s": ["x", "y"], "population": [400, 100], "respondents": [20, 10]})
    >>> from aibaro.compare import share
    >>> design = Design.from_strata(table)
    >>> [round(end, 4) for end in paired_se_bounds(design, design.domain(), share(0.4), share(0.1))]
    [0.0592, 0.1252]
    """
    inside = np.flatnonzero(strata)
    weight = shares_of_domain(design, strata)[inside]
    curve = weight**2 * variance_weights(design, fpc)[inside]
    upper = _dual_minimum(weight, curve, a.box, b.box)
    lower = _vertex_minimum(weight, curve, a, b) if len(inside) <= _LARGEST_ENUMERATION else 0.0
    return float(np.sqrt(max(lower, 0.0)) * (1 - 1e-9)), float(np.sqrt(max(upper, 0.0)) * (1 + 1e-9))


def _dual(first: FloatArray, second: FloatArray, weight: FloatArray, curve: FloatArray, boxes: Boxes) -> FloatArray:
    """Return Σ_h max [c φ + W (λ p + κ q)] less the smallest of λ P + κ Q over the boxes: an upper bound of V.

    One value for each pair of multipliers λ and κ.
    """
    slope, tilt = ((first + second) / 2)[:, None], (np.abs(first - second) / 2)[:, None]
    c, w = np.maximum(curve, 1e-300)[None, :], weight[None, :]
    # the best s for a given |δ| is |δ|, 1 or 2 - |δ|; |δ| then maximises a parabola on [0, 1]
    best = np.full((len(first), len(weight)), -np.inf)
    pieces = (
        (np.zeros_like(best), c + w * slope + w * tilt),
        (c + w * slope, w * tilt),
        (2 * w * slope, c - w * slope + w * tilt),
    )
    for start, rise in pieces:
        size = np.clip(rise / (2 * c), 0, 1)
        best = np.maximum(best, start + rise * size - c * size**2)
    support = [np.maximum(-m * low, -m * high) for m, (low, high) in zip((first, second), boxes, strict=True)]
    return np.asarray(best.sum(axis=1) + support[0] + support[1], dtype=float)


def _dual_minimum(weight: FloatArray, curve: FloatArray, a: tuple[float, float], b: tuple[float, float]) -> float:
    """Minimise the convex dual by a grid that zooms in; any multipliers give a bound, so that width is all it costs."""
    reach = 2.5 * float(np.max(curve / weight))
    centre = (0.0, 0.0)
    best = np.inf
    for _ in range(_ZOOMS):
        steps = np.linspace(-reach, reach, _GRID)
        first, second = (grid.ravel() for grid in np.meshgrid(centre[0] + steps, centre[1] + steps))
        values = _dual(first, second, weight, curve, (a, b))
        place = int(np.argmin(values))
        best, centre, reach = min(best, float(values[place])), (float(first[place]), float(second[place])), reach / 5
    return best


def _vertex_minimum(weight: FloatArray, curve: FloatArray, a: Share, b: Share) -> float:
    (a_low, a_high), (b_low, b_high) = a.box, b.box
    ends = (a_low - b_high, a_high - b_low)
    if ends[0] <= 0 <= ends[1]:
        return 0.0
    tops, floors = np.minimum(1.0, a_high / weight), -np.minimum(1.0, b_high / weight)
    best = np.inf
    k = len(weight)
    for free in range(k):
        others = [h for h in range(k) if h != free]
        grid = np.array(list(itertools.product(*((floors[h], 0.0, tops[h]) for h in others))))
        grid = grid.reshape(3 ** (k - 1), k - 1)
        rest, cost = grid @ weight[others], (np.abs(grid) - grid**2) @ curve[others]
        for end in ends:
            delta = (end - rest) / weight[free]
            allowed = (delta >= floors[free] - 1e-12) & (delta <= tops[free] + 1e-12)
            if allowed.any():
                size = np.clip(np.abs(delta[allowed]), 0, 1)
                best = min(best, float(np.min(cost[allowed] + curve[free] * (size - size**2))))
        for last in (floors[free], 0.0, tops[free]):
            whole = rest + weight[free] * last
            allowed = (whole >= ends[0]) & (whole <= ends[1])
            if allowed.any():
                best = min(best, float(np.min(cost[allowed] + curve[free] * (abs(last) - last**2))))
    return best if np.isfinite(best) else 0.0


def item_table(
    design: Design,
    shares: Mapping[str, Sequence[DomainShare]],
    *,
    domain: str = "all",
    level: str = "all",
    conf_level: float = 0.95,
    fpc: str = "population",
) -> pd.DataFrame:
    """Compare items pair by pair from shares that were read before."""
    table = {item: {(s.domain, s.level): s for s in rows} for item, rows in shares.items()}
    pairs = list(itertools.combinations(table, 2))
    rows = [_compare_items(design, table[a], table[b], (domain, level), len(pairs), conf_level, fpc) for a, b in pairs]
    frame = pd.DataFrame(rows)
    worst, best = (adjust(frame[name].to_numpy(), "holm") for name in ("p_value", "p_value_low"))
    words = [
        verdict("differs", sign, high, low, 1 - conf_level)
        for sign, high, low in zip(frame.pop("sign"), worst, best, strict=True)
    ]
    place = list(frame.columns).index("p_value_low") + 1
    frame.insert(place, "p_adjusted", worst.tolist())
    frame.insert(place + 1, "p_adjusted_low", best.tolist())
    return frame.assign(verdict=words)


def _compare_items(  # noqa: PLR0917 - one place for the settings of a row
    design: Design, a: Any, b: Any, place: tuple[str, str], pairs: int, conf_level: float, fpc: str
) -> dict[str, Any]:
    first, second = a[place], b[place]
    low, high = paired_se_bounds(design, first.strata, first.share, second.share, fpc)
    # SE of a difference lies between difference and sum of the two standard errors
    high = min(high, first.se_upper + second.se_upper)
    low = max(low, first.se_lower - second.se_upper, second.se_lower - first.se_upper)
    if place == WHOLE:
        low, high = _from_parts(design, a, b, fpc, low, high)
    distance = float(first.share.low - second.share.high), float(first.share.high - second.share.low)
    near, far = max(distance[0], -distance[1], 0.0), max(-distance[0], distance[1])
    half = float(student_quantile((1 - conf_level) / (2 * pairs), first.df)) * high
    return {
        "item_a": first.item,
        "item_b": second.item,
        "domain": place[0],
        "level": place[1],
        "estimate": float(first.share.value - second.share.value),
        "std_error": high,
        "se_lower": low,
        "se_upper": high,
        "df": first.df,
        "p_value": distance_tail(near, high, first.df),
        "p_value_low": distance_tail(far, low, first.df),
        "conf_low": distance[0] - half,
        "conf_high": distance[1] + half,
        "sign": int(distance[0] > 0) - int(distance[1] < 0),
    }


def _from_parts(  # noqa: PLR0917 - see above
    design: Design, a: Any, b: Any, fpc: str, low: float, high: float
) -> tuple[float, float]:
    """Add up V = Σ (N_s/N)² V_s over a partition of the strata whose shares are printed."""
    parts = finest_variable(design)
    places = [place for place in a if place[0] == parts and place in b]
    covered = np.sum([a[place].strata for place in places], axis=0) if places else np.zeros(design.size)
    if not np.array_equal(covered, np.ones(design.size)):
        return low, high
    bounds = []
    for place in places:
        ends = paired_se_bounds(design, a[place].strata, a[place].share, b[place].share, fpc)
        mass = float(design.population[a[place].strata].sum() / design.population.sum())
        bounds.append((mass * ends[0], mass * min(ends[1], a[place].se_upper + b[place].se_upper)))
    sums = np.sqrt(np.sum(np.array(bounds) ** 2, axis=0))
    return max(low, float(sums[0])), min(high, float(sums[1]))
