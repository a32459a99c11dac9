"""Which number do these digits spell?  Decimal mark, groups of thousands, percent sign; nothing is lost or guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from aibaro.errors import InputError, PublishedNumberError

#: Longest number that is read: one digit more is no figure of a survey.
MOST_DIGITS = 28
MARKS = (",", ".")
#: Spaces (plain, no-break, figure, thin, narrow) and apostrophes that group thousands.
SPACES = " \u00a0\u2007\u2009\u202f"
APOSTROPHES = "'\u2019\u02bc"
GROUPED = rf"\d{{1,3}}(?:[{SPACES}{APOSTROPHES}]\d{{3}})+(?:[.,]\d+)?(?!\d)"
#: Digits as they may stand in print, before their marks are understood.
DIGITS = rf"(?:{GROUPED}|\d+(?:[.,]\d+)*|[.,]\d+)"


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """A number as it was printed.

    Parameters
    ----------
    text : str
        The printed characters.
    value : Fraction
        The number that they spell, in units of the print (32,1% is 321/10, not 0.321).
    decimals : int
        Digits after the decimal mark.
    percent : bool
        Whether a percent sign or word was printed with it.
    """

    text: str
    value: Fraction
    decimals: int
    percent: bool


def spell(digits: str, decimal: str, text: str) -> tuple[Fraction, int]:
    """Return the value and the decimals of digits with marks.

    Examples
    --------
    >>> spell("1.234,5", ",", ""), spell("1\u202f234", ".", ""), spell("51.7", ",", "")
    ((Fraction(2469, 2), 1), (Fraction(1234, 1), 0), (Fraction(517, 10), 1))
    """
    if decimal not in MARKS:
        raise InputError("unknown decimal mark", parameter="decimal", expected="',' or '.'", got=repr(decimal))
    if sum(c.isdigit() for c in digits) > MOST_DIGITS:
        raise PublishedNumberError(
            "a number has too many digits", expected=f"at most {MOST_DIGITS} digits", got=f"{text[:40]}..."
        )
    plain = re.sub(f"[{SPACES}{APOSTROPHES}]", "", digits)
    group = "." if decimal == "," else ","
    if re.fullmatch(rf"[1-9]\d{{0,2}}(?:\{group}\d{{3}})+(?:\{decimal}\d+)?", plain, re.ASCII):
        plain = plain.replace(group, "")
    elif re.fullmatch(rf"\d*\{group}\d+", plain, re.ASCII):
        # the other mark is followed by no group of three: a decimal mark printed by mistake
        plain = plain.replace(group, decimal)
    whole, _, fraction = plain.partition(decimal)
    if not re.fullmatch(r"\d*", whole, re.ASCII) or not re.fullmatch(r"\d*", fraction, re.ASCII):
        raise PublishedNumberError(
            f'"{text}" is not one number',
            expected=f"digits with '{decimal}' as decimal mark",
            got=text,
            hint="write one number a row",
        )
    return Fraction(int(whole + fraction), 10 ** len(fraction)), len(fraction)


_PLAIN = re.compile(rf"(?P<digits>{DIGITS})\s*(?P<percent>%)?", re.ASCII)


def parse_digits(text: str, decimal: str = ",") -> PrintedNumber | None:
    """Read a number in digits, with or without a percent sign; None for anything else."""
    match = _PLAIN.fullmatch(text.strip())
    if match is None:
        return None
    value, decimals = spell(match["digits"], decimal, text)
    return PrintedNumber(text, value, decimals, match["percent"] is not None)
