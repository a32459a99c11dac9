"""At which design effect does a difference of independent groups first touch zero?"""

from __future__ import annotations

import pandas as pd

from aibaro.compare import intervals
from aibaro.compare.shares import ShareLike, sample_size, share


def breakdown_deff(
    a: ShareLike, n_a: int, b: ShareLike, n_b: int, *, method: str = "wald", conf_level: float = 0.95
) -> float:
    """Give the common design effect at which the interval of a difference first touches zero.

    Notes
    -----
    Wald, in closed form: D = (d / (z SE_1))², with d and SE_1 (at design effect 1) at the least significant corner of
    the rounding box.  Newcombe's interval has no closed form: its limit is monotone in D and is bisected.

    Examples
    --------
    >>> round(breakdown_deff("19%", 841, "28%", 1552), 3), round(breakdown_deff("7%", 841, "7%", 1552), 3)
    (5.287, 0.0)
    """
    first, second = share(a, parameter="a"), share(b, parameter="b")
    size_a, size_b = sample_size(n_a, "n_a"), sample_size(n_b, "n_b")
    z = intervals.critical(conf_level)
    p, q = intervals.nearest_corner(first.box, second.box)
    if p == q:
        return 0.0
    simple = abs(float(intervals.statistic(p, size_a, q, size_b)))
    closed = (simple / z) ** 2
    if method == "wald":
        return closed
    return _bisect_breakdown(method, (p, size_a, q, size_b), z, closed)


def _bisect_breakdown(method: str, corner: tuple[float, int, float, int], z: float, start: float) -> float:
    p, n_a, q, n_b = corner

    def touches(deff: float) -> bool:
        low, high = intervals.worst_limits(method, (p, p), n_a / deff, (q, q), n_b / deff, z)
        return low <= 0 <= high

    below, above = 1e-9, max(min(start, 1e6), 1.0)
    while not touches(above):
        above *= 2
    for _ in range(100):
        middle = (below + above) / 2
        below, above = (below, middle) if touches(middle) else (middle, above)
    return above


def frontier(
    a: ShareLike, n_a: int, b: ShareLike, n_b: int, *, points: int = 21, conf_level: float = 0.95
) -> pd.DataFrame:
    """Give the pairs of design effects at which the Wald interval first touches zero.

    Notes
    -----
    deff_a V_a + deff_b V_b = (d / z)², V = p (1 - p)/n at the least significant corner, which is the same for every
    pair of design effects.

    Examples
    --------
    >>> frontier("19%", 841, "28%", 1552, points=3).round(2)
       deff_a  deff_b
    0    0.00   12.97
    1    4.46    6.48
    2    8.93    0.00
    """
    first, second = share(a, parameter="a"), share(b, parameter="b")
    size_a, size_b = sample_size(n_a, "n_a"), sample_size(n_b, "n_b")
    p, q = intervals.nearest_corner(first.box, second.box)
    budget = ((p - q) / intervals.critical(conf_level)) ** 2
    spread_a, spread_b = p * (1 - p) / size_a, q * (1 - q) / size_b
    steps = [i / (points - 1) for i in range(max(points, 2))]
    ends = [budget / v if v > 0 else float("inf") for v in (spread_a, spread_b)]
    rows = [(step * ends[0] if step else 0.0, (1 - step) * ends[1] if step < 1 else 0.0) for step in steps]
    return pd.DataFrame(rows, columns=["deff_a", "deff_b"])
