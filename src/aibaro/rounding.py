"""Which values does this printed number stand for?

A printed number is text before it is a number: its digits are evidence.  Under a named rounding rule it stands
for an interval of admissible values, held in exact fractions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from aibaro.errors import InputError, PublishedNumberError

_NUMBER = re.compile(r"(?P<digits>\d+(?:[.,]\d+)*)\s?(?P<percent>%|procent|percent)?")

# Number words that stand where a figure would; tens and units as the Dutch write them.
NUMBER_WORDS: dict[str, int] = {
    "nul": 0,
    "een": 1,
    "één": 1,
    "twee": 2,
    "drie": 3,
    "vier": 4,
    "vijf": 5,
    "zes": 6,
    "zeven": 7,
    "acht": 8,
    "negen": 9,
    "tien": 10,
    "elf": 11,
    "twaalf": 12,
    "dertien": 13,
    "veertien": 14,
    "vijftien": 15,
    "zestien": 16,
    "zeventien": 17,
    "achttien": 18,
    "negentien": 19,
    "twintig": 20,
    "dertig": 30,
    "veertig": 40,
    "vijftig": 50,
    "zestig": 60,
    "zeventig": 70,
    "tachtig": 80,
    "negentig": 90,
    "honderd": 100,
    "duizend": 1000,
    "zesduizend": 6000,
}


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


@dataclass(frozen=True, slots=True)
class Interval:
    """A set of admissible values between two exact ends.

    Parameters
    ----------
    lower, upper : Fraction
        The ends, in the unit of the printed number.
    lower_closed, upper_closed : bool
        Whether the end itself is admissible.

    Examples
    --------
    >>> band = Interval(Fraction("32.05"), Fraction("32.15"), True, False)
    >>> Fraction("32.05") in band, Fraction("32.15") in band
    (True, False)
    """

    lower: Fraction
    upper: Fraction
    lower_closed: bool = True
    upper_closed: bool = True

    def __contains__(self, value: Fraction | int) -> bool:
        above = value > self.lower or (self.lower_closed and value == self.lower)
        below = value < self.upper or (self.upper_closed and value == self.upper)
        return above and below

    @property
    def empty(self) -> bool:
        """Whether no value lies between the ends: what was printed is impossible, or printings disagree."""
        closed = self.lower_closed and self.upper_closed
        return self.lower > self.upper or (self.lower == self.upper and not closed)

    def meets(self, other: Interval) -> bool:
        """Tell whether two intervals share a value.

        Parameters
        ----------
        other : Interval
            The other interval.

        Returns
        -------
        bool
            True when at least one value lies in both.

        Examples
        --------
        >>> admissible("1,5").meets(admissible("1,6"))
        False
        """
        low, low_closed = max((self.lower, not self.lower_closed), (other.lower, not other.lower_closed))
        high, high_closed = min((self.upper, self.upper_closed), (other.upper, other.upper_closed))
        return low < high or (low == high and not low_closed and high_closed)

    def scaled(self, factor: Fraction | int) -> Interval:
        """Multiply both ends by a positive factor.

        Parameters
        ----------
        factor : Fraction or int
            The factor, > 0.

        Returns
        -------
        Interval
            The scaled interval; ends keep being open or closed.

        Examples
        --------
        >>> admissible("50%", rule="half_up").scaled(Fraction(1, 100)).lower
        Fraction(99, 200)
        """
        if factor <= 0:
            raise InputError(
                "an interval can only be scaled up or down", parameter="factor", expected="> 0", got=str(factor)
            )
        return Interval(self.lower * factor, self.upper * factor, self.lower_closed, self.upper_closed)


def parse_printed(text: str, decimal: str = ",") -> PrintedNumber:
    """Read a printed number without losing its digits.

    Parameters
    ----------
    text : str
        Printed characters, such as ``"32,1%"``, ``"9.680"``, ``"85 procent"`` or ``"zestien procent"``.
    decimal : {",", "."}
        Decimal mark of the publication.  The other mark groups thousands; where it is not followed by groups of
        three digits it was printed as a decimal mark by mistake and is read so (``"51.7%"``).

    Returns
    -------
    PrintedNumber
        Exact value, decimals and percent sign.

    Raises
    ------
    PublishedNumberError
        When the text is not one number.

    Examples
    --------
    >>> parse_printed("32,1%").value, parse_printed("2.612").value, parse_printed("51.7%").decimals
    (Fraction(321, 10), Fraction(2612, 1), 1)
    >>> parse_printed("zestien procent").value
    Fraction(16, 1)
    """
    if decimal not in {",", "."}:
        raise InputError("unknown decimal mark", parameter="decimal", expected="',' or '.'", got=repr(decimal))
    stripped = text.strip()
    match = _NUMBER.fullmatch(stripped)
    if match is None:
        return _parse_words(text)
    digits, percent = match["digits"], match["percent"] is not None
    whole, fraction = _split(digits, decimal, text)
    return PrintedNumber(text, Fraction(int(whole + fraction), 10 ** len(fraction)), len(fraction), percent)


def _split(digits: str, decimal: str, text: str) -> tuple[str, str]:
    group = "." if decimal == "," else ","
    if re.fullmatch(rf"[1-9]\d{{0,2}}(?:\{group}\d{{3}})+(?:\{decimal}\d+)?", digits):
        digits = digits.replace(group, "")
    elif re.fullmatch(rf"\d+\{group}\d+", digits):
        digits = digits.replace(group, decimal)
    whole, _, fraction = digits.partition(decimal)
    if not whole.isdigit() or (fraction and not fraction.isdigit()):
        raise PublishedNumberError(
            f'"{text}" is not one number',
            expected=f"digits with '{decimal}' as decimal mark",
            got=text,
            hint="write one number a row",
        )
    return whole, fraction


def _parse_words(text: str) -> PrintedNumber:
    first, _, rest = text.strip().lower().partition(" ")
    if first not in NUMBER_WORDS or rest not in {"", "procent"}:
        raise PublishedNumberError(
            f'"{text}" is not a number',
            expected="digits such as 32,1% or a number word",
            got=repr(text),
            hint="verbal quantities such as 'a third' are read from the columns low, high and qualifier",
        )
    return PrintedNumber(text, Fraction(NUMBER_WORDS[first]), 0, rest == "procent")


def _half_up(value: Fraction, unit: Fraction) -> Interval:
    return Interval(value - unit / 2, value + unit / 2, True, False)


def _half_even(value: Fraction, unit: Fraction) -> Interval:
    even = (value / unit) % 2 == 0
    return Interval(value - unit / 2, value + unit / 2, even, even)


def _nearest(value: Fraction, unit: Fraction) -> Interval:
    return Interval(value - unit / 2, value + unit / 2, True, True)


def _truncate(value: Fraction, unit: Fraction) -> Interval:
    return Interval(value, value + unit, True, False)


def _floor_or_ceil(value: Fraction, unit: Fraction) -> Interval:
    return Interval(value - unit, value + unit, False, False)


RULES: dict[str, Callable[[Fraction, Fraction], Interval]] = {
    "half_up": _half_up,
    "half_even": _half_even,
    "nearest": _nearest,
    "truncate": _truncate,
    "floor_or_ceil": _floor_or_ceil,
}


def admissible(printed: str | PrintedNumber, rule: str = "half_up", decimal: str = ",") -> Interval:
    """Give the values that a printed number stands for.

    Parameters
    ----------
    printed : str or PrintedNumber
        The printed number; its decimals decide the width.
    rule : {"half_up", "half_even", "nearest", "truncate", "floor_or_ceil"}
        Rounding rule of the publisher.  ``nearest`` admits both ends, so it covers half up, half down and half
        even; ``floor_or_ceil`` covers every rule that prints a neighbouring multiple.
    decimal : {",", "."}
        Decimal mark, used when `printed` is text.

    Returns
    -------
    Interval
        Exact ends in the unit of the print.

    Raises
    ------
    InputError
        When the rule is unknown.
    PublishedNumberError
        When the text is not one number.

    Notes
    -----
    With unit u = 10^-d for d printed decimals, half up admits [P - u/2, P + u/2).

    Examples
    --------
    >>> band = admissible("32,1%")
    >>> float(band.lower), float(band.upper), band.upper_closed
    (32.05, 32.15, False)
    """
    number = parse_printed(printed, decimal) if isinstance(printed, str) else printed
    if rule not in RULES:
        raise InputError("unknown rounding rule", parameter="rule", expected=", ".join(RULES), got=repr(rule))
    return RULES[rule](number.value, Fraction(1, 10**number.decimals))


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

    Examples
    --------
    >>> round_half_up(Fraction(1, 8), 2)
    Fraction(13, 100)
    """
    unit = Fraction(1, 10**decimals)
    return ((value / unit + Fraction(1, 2)) // 1) * unit
