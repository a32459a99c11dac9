"""A printed percentage as a share, for the rooms that compute with shares."""

from __future__ import annotations

from fractions import Fraction

from aibaro.compare._shares import Share
from aibaro.consistency.check import Printable, band


def share_of(number: Printable, rounding: str = "half_up") -> Share:
    """Read a printed percentage as a share."""
    found = band(number, rounding)
    low, high = (min(max(end / 100, Fraction(0)), Fraction(1)) for end in (found.lower, found.upper))
    return Share(low, high, (low + high) / 2)
