"""How large may a weight be?  Limits as weights, multiples of the mean or median, percentiles, or a design effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from aibaro.errors import FaultList, InputError
from aibaro.frames.weighted.arguments import check_choice, is_number
from aibaro.frames.weighted.cells import Spread
from aibaro.frames.weighted.rows import WeightRows
from aibaro.messages import Message, message

SCALES = ("absolute", "mean", "median", "percentile", "deff")
# relative width at which the search for the limit of a design effect ends
FINE = 1e-6


@dataclass(frozen=True, slots=True)
class WeightLimits:
    """Limits of weights.

    Parameters
    ----------
    lower, upper : float
        Numbers on the scale; 0 and infinity stand for no limit.
    scale : {"absolute", "mean", "median", "percentile", "deff"}
        What the numbers are: weights; multiples of the mean or the median weight; percentages of weights below; or,
        for `upper`, the largest design effect of the weights (Kish's ratio).
    """

    lower: float
    upper: float
    scale: str

    def clip(self, rows: WeightRows, weight: Any, spread: Spread) -> tuple[float, float]:
        """Turn the limits into weights; those of a design effect are searched by :func:`search`."""
        if self.scale == "absolute":
            return self.lower, self.upper
        if self.scale == "mean":
            unit = spread.total / spread.n
            return self.lower * unit, self.upper * unit
        values = rows.values(weight)
        if self.scale == "median":
            unit = float(np.median(values))
            return self.lower * unit, self.upper * unit
        low = float(np.quantile(values, self.lower / 100)) if self.lower > 0 else 0.0
        high = float(np.quantile(values, self.upper / 100)) if self.upper < 100 else inf
        return low, high


def check_limits(lower: Any, upper: Any, scale: Any, where: str) -> WeightLimits:
    """Refuse limits that cannot be used."""
    faults = FaultList("the limits cannot be used", where=where)
    known = check_choice(scale, SCALES, "scale", faults)
    numbers = True
    for name, value in (("lower", lower), ("upper", upper)):
        if not is_number(value) or not -inf <= value <= inf:
            numbers = False
            faults.add(
                "not a limit of weights",
                parameter=name,
                expected="a number",
                got=repr(value),
                hint="upper=95 with scale='percentile', upper=3 with scale='median'",
            )
    if numbers and known:
        if not 0 <= lower < upper:
            faults.add(
                "limits in the wrong order",
                parameter="lower, upper",
                expected="0 <= lower < upper",
                got=f"{lower:g}, {upper:g}",
            )
        if lower == 0 and upper == inf:
            faults.add("no limit given", parameter="upper", expected="upper= or lower=", got="none")
        if scale == "percentile" and not (upper <= 100 or upper == inf):
            faults.add("not a percentile", parameter="upper", expected="a number up to 100", got=f"{upper:g}")
        if scale == "deff" and (lower != 0 or not 1 < upper < inf):
            faults.add(
                "not a design effect to reach",
                parameter="upper",
                expected="a number > 1, such as 1.5, and no lower=",
                got=f"{lower:g}, {upper:g}",
            )
    faults.raise_if_any()
    return WeightLimits(float(lower), min(float(upper), 100.0) if scale == "percentile" else float(upper), scale)


def search(wanted: float, spread: Spread, ratio_at: Callable[[float], float], where: str) -> float:
    """Find the largest limit at which Kish's ratio is no larger than wanted, by bisection.

    Notes
    -----
    `ratio_at` gives the ratio after trimming at a limit, and raises :class:`aibaro.errors.AibaroError` where no
    weights keep their totals below it.
    """
    from aibaro.errors import AibaroError

    if spread.kish_ratio <= wanted:
        return inf
    high, low = spread.largest, spread.total / spread.n
    best = None
    while high - low > FINE * high:
        middle = (low + high) / 2
        try:
            ratio = ratio_at(middle)
        except AibaroError:
            ratio = -inf
        if ratio == -inf:
            low = middle
        elif ratio <= wanted:
            best, low = middle, middle
        else:
            high = middle
    if best is None:
        raise InputError(
            "no limit of the weights reaches this design effect",
            where=where,
            parameter="upper",
            expected=f"a design effect between {ratio_of(ratio_at, high)} and {spread.kish_ratio:.6g}",
            got=f"{wanted:g}",
            hint="fewer margins, or coarser classes within=",
        )
    return best


def ratio_of(ratio_at: Callable[[float], float], limit: float) -> str:
    """Write the ratio at the smallest limit that can be met."""
    return f"{ratio_at(limit):.6g}"


def limit_notes(count: int, clip: tuple[float, float]) -> tuple[Message, ...]:
    """Say how many weights stand at a limit, if any do."""
    return (message("weights.at_limit", count=count, low=clip[0], high=clip[1]),) if count else ()
