"""Do two shares of one sample differ, when print leaves out how many respondents belong to both?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from aibaro._typed import typed
from aibaro.compare import _limits as intervals
from aibaro.compare._groups import sign
from aibaro.compare._results import ComparisonResult
from aibaro.compare._shares import Share, ShareLike, design_effect, sample_size, share
from aibaro.compare._verdicts import check_claim, verdict
from aibaro.errors import InputError

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
