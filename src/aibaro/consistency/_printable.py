"""How strong is a comparison with print?  Which printable values would it have rejected, and how far off?"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from aibaro.rounding import Interval, PrintedNumber


def printable_power(recomputed: Interval, decimals: int, top: Fraction | int = 100) -> Fraction:
    """Share of the printable values from 0 to `top` that an interval rejects.

    Examples
    --------
    >>> printable_power(Interval(Fraction(10), Fraction(10)), 0)
    Fraction(100, 101)
    """
    unit = Fraction(1, 10**decimals)
    last = int(Fraction(top) / unit)
    low, high = _first_and_last(recomputed, unit)
    accepted = max(0, min(high, last) - max(low, 0) + 1)
    return 1 - Fraction(accepted, last + 1)


def _first_and_last(recomputed: Interval, unit: Fraction) -> tuple[int, int]:
    """Numbers of the first and last printable value whose half-up interval meets `recomputed`."""
    low = recomputed.lower / unit - Fraction(1, 2)
    first = floor(low) + 1  # v + u/2 itself is never admissible, so it has to exceed the lower end
    high = recomputed.upper / unit + Fraction(1, 2)
    last = floor(high) if recomputed.upper_closed else ceil(high) - 1
    return first, last


def detection_limit(recomputed: Interval, printed: PrintedNumber) -> Fraction:
    """Largest distance from print at which the interval accepts another printable value; 0 where it accepts none.

    Examples
    --------
    >>> from aibaro.rounding import parse_printed
    >>> detection_limit(Interval(Fraction(9), Fraction(12)), parse_printed("10"))
    Fraction(2, 1)
    """
    unit = Fraction(1, 10**printed.decimals)
    first, last = _first_and_last(recomputed, unit)
    return max(Fraction(0), printed.value - first * unit, last * unit - printed.value)
