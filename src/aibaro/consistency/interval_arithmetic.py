"""How do admissible intervals add up and mix, and how are they written?  Exact fractions, ends open or closed.

Every function returns the smallest interval that holds all results; inputs are treated as free of each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from aibaro.errors import InputError
from aibaro.rounding import Interval


def exactly(value: Fraction | int) -> Interval:
    """Make an interval of one value.

    Examples
    --------
    >>> exactly(3).lower == exactly(3).upper == 3
    True
    """
    return Interval(Fraction(value), Fraction(value))


def add(parts: Iterable[Interval]) -> Interval:
    """Add intervals.

    Examples
    --------
    >>> total = add([Interval(Fraction(1), Fraction(2), True, False), exactly(3)])
    >>> total.lower, total.upper, total.upper_closed
    (Fraction(4, 1), Fraction(5, 1), False)
    """
    lower, upper, lower_closed, upper_closed = Fraction(0), Fraction(0), True, True
    for part in parts:
        lower, upper = lower + part.lower, upper + part.upper
        lower_closed, upper_closed = lower_closed and part.lower_closed, upper_closed and part.upper_closed
    return Interval(lower, upper, lower_closed, upper_closed)


def negate(part: Interval) -> Interval:
    """Turn the sign of an interval.

    Examples
    --------
    >>> negate(Interval(Fraction(1), Fraction(2), True, False)).lower_closed
    False
    """
    return Interval(-part.upper, -part.lower, part.upper_closed, part.lower_closed)


def subtract(whole: Interval, part: Interval) -> Interval:
    """Subtract one interval from another.

    Examples
    --------
    >>> float(subtract(exactly(100), exactly(Fraction("32.1"))).lower)
    67.9
    """
    return add([whole, negate(part)])


def scale(part: Interval, factor: Fraction) -> Interval:
    """Multiply an interval by a number that may be zero or negative.

    Examples
    --------
    >>> scale(exactly(2), Fraction(-1, 2)).lower
    Fraction(-1, 1)
    """
    if factor == 0:
        return exactly(0)
    return part.scaled(factor) if factor > 0 else negate(part.scaled(-factor))


def mix(shares: Sequence[Fraction], parts: Sequence[Interval]) -> Interval:
    """Take the weighted mean of intervals with known weights.

    Examples
    --------
    >>> mix([Fraction(1), Fraction(3)], [exactly(0), exactly(100)]).lower
    Fraction(75, 1)
    """
    whole = sum(shares, Fraction(0))
    if len(shares) != len(parts) or whole <= 0 or min(shares) < 0:
        raise InputError(
            "weights and parts of a mixture do not fit",
            parameter="shares",
            expected=f"{len(parts)} weights >= 0, not all 0",
            got=", ".join(map(str, shares)),
        )
    return add(scale(part, share / whole) for share, part in zip(shares, parts, strict=True))


def mix_uncertain(masses: Sequence[Interval], parts: Sequence[Interval]) -> Interval:
    """Take the weighted mean of intervals whose weights are intervals too.

    Notes
    -----
    The mean R = sum(m x)/sum(m) rises in a mass m_i exactly when x_i > R.  Its maximum therefore gives the
    largest masses to the largest values: every cut through the sorted values is tried.

    Examples
    --------
    >>> mean = mix_uncertain([exactly(1), exactly(1)], [exactly(10), exactly(20)])
    >>> mean.lower == mean.upper == 15
    True
    """
    if len(masses) != len(parts) or sum(mass.lower for mass in masses) <= 0:
        raise InputError(
            "weights and parts of a mixture do not fit",
            parameter="masses",
            expected=f"{len(parts)} positive weights",
            got=f"{len(masses)} weights",
        )
    high = _largest_mean([part.upper for part in parts], masses)
    low = -_largest_mean([-part.lower for part in parts], masses)
    return Interval(low, high)


def _largest_mean(values: Sequence[Fraction], masses: Sequence[Interval]) -> Fraction:
    pairs = sorted(zip(values, masses, strict=True), key=lambda pair: pair[0], reverse=True)
    mass = sum((m.lower for _, m in pairs), Fraction(0))
    moment = sum((value * m.lower for value, m in pairs), Fraction(0))
    best = moment / mass
    for value, m in pairs:
        # the next cut gives one more of the largest values its largest mass
        if m.upper > m.lower:
            mass += m.upper - m.lower
            moment += value * (m.upper - m.lower)
            best = max(best, moment / mass)
    return best


def number_text(value: Fraction, decimals: int = 6) -> str:
    """Write an exact number with as few digits as it needs.

    Examples
    --------
    >>> number_text(Fraction(321, 10)), number_text(Fraction(1, 3)), number_text(Fraction(100))
    ('32.1', '0.333333', '100')
    """
    scaled = round(value * 10**decimals)
    sign, digits = "-" * (scaled < 0), str(abs(scaled)).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"
