"""Which values does this printed number stand for?

A printed number is text before it is a number: its digits, signs and words are evidence.  Under a named rounding rule
it stands for an interval of admissible values, held in exact fractions.
"""

from __future__ import annotations

from aibaro.rounding._interval import UNBOUNDED, Interval
from aibaro.rounding._rounding_rules import RULES, round_half_up
from aibaro.rounding._verbal import FRACTIONS, QUALIFIERS, READINGS, admitted, named_share
from aibaro.rounding.language_tables import codes, language
from aibaro.rounding.notation import PrintedNumber, Reading, admissible, parse_printed, read_printed

__all__ = [
    "FRACTIONS",
    "QUALIFIERS",
    "READINGS",
    "RULES",
    "UNBOUNDED",
    "Interval",
    "PrintedNumber",
    "Reading",
    "admissible",
    "admitted",
    "codes",
    "language",
    "named_share",
    "parse_printed",
    "read_printed",
    "round_half_up",
]
