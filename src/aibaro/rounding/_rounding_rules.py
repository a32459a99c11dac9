"""Which values does a publisher print as this number?  One function a rounding rule."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from aibaro.errors import InputError
from aibaro.rounding._interval import Interval


def _half_up(value: Fraction, unit: Fraction) -> Interval:
    return Interval(value - unit / 2, value + unit / 2, True, False)


def _half_even(value: Fraction, unit: Fraction) -> Interval:
    even = (value / unit) % 2 == 0
    return Interval(value - unit / 2, value + unit / 2, even, even)


def _nearest(value: Fraction, unit: Fraction) -> Interval:
    return Interval(value - unit / 2, value + unit / 2, True, True)


def _truncate(value: Fraction, unit: Fraction) -> Interval:
    # digits are cut off, so that print lies nearer to zero
    return Interval(value, value + unit, True, False) if value >= 0 else Interval(value - unit, value, False, True)


def _floor_or_ceil(value: Fraction, unit: Fraction) -> Interval:
    return Interval(value - unit, value + unit, False, False)


RULES: dict[str, Callable[[Fraction, Fraction], Interval]] = {
    "half_up": _half_up,
    "half_even": _half_even,
    "nearest": _nearest,
    "truncate": _truncate,
    "floor_or_ceil": _floor_or_ceil,
    # each share of a set is printed as a neighbouring multiple, so that the set adds up to 100
    "sum_to_100": _floor_or_ceil,
}


def band_of(value: Fraction, decimals: int, rule: str = "half_up") -> Interval:
    """Return the values that a rule prints as `value` with so many decimals."""
    if rule not in RULES:
        raise InputError("unknown rounding rule", parameter="rule", expected=", ".join(RULES), got=repr(rule))
    return RULES[rule](value, Fraction(10) ** -decimals)


def round_half_up(value: Fraction, decimals: int) -> Fraction:
    """Round an exact value half up to a number of decimals.

    Parameters
    ----------
    value : Fraction
        The exact value.
    decimals : int
        Digits to keep.

    Returns
    -------
    Fraction
        The rounded value.

    Notes
    -----
    ⌊x/u + 1/2⌋ u with the unit u = 10^-d.

    Examples
    --------
    >>> round_half_up(Fraction(1, 8), 2)
    Fraction(13, 100)
    """
    unit = Fraction(10) ** -decimals
    return ((value / unit + Fraction(1, 2)) // 1) * unit
