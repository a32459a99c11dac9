"""Which share does this figure stand for?  Printed text, a plain number or a pair of limits become one interval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from aibaro.errors import InputError
from aibaro.rounding import Interval, admissible, parse_printed

_HUNDRED = 100
_EXPECTED = 'printed text such as "19%", a number from 0 to 1, or a pair of such limits'


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a base, known up to an interval.

    Parameters
    ----------
    low, high : Fraction
        Ends of the interval, 0 <= low <= high <= 1; treated as attained, which can only widen.
    value : Fraction
        The value that stands for it in a point estimate: the printed one, or the middle.
    text : str
        What was printed or given.
    """

    low: Fraction
    high: Fraction
    value: Fraction
    text: str = ""

    @property
    def box(self) -> tuple[float, float]:
        """Both ends as floating point numbers."""
        return float(self.low), float(self.high)

    @property
    def complement(self) -> Share:
        """The share of those who do not belong."""
        return Share(1 - self.high, 1 - self.low, 1 - self.value, f"100% - {self.text}" if self.text else "")


ShareLike = Share | str | float | Fraction | tuple[float | Fraction, float | Fraction]


def share(figure: ShareLike, *, rounding: str = "half_up", decimal: str = ",", parameter: str = "figure") -> Share:
    """Read a share.

    Examples
    --------
    >>> share("19%").box
    (0.185, 0.195)
    >>> share(0.19).box
    (0.19, 0.19)
    """
    if isinstance(figure, Share):
        return figure
    if isinstance(figure, str):
        number = parse_printed(figure, decimal)
        band = admissible(number, rounding).scaled(Fraction(1, _HUNDRED))
        return _cut(band, number.value / _HUNDRED, figure, parameter)
    if isinstance(figure, tuple):
        low, high = (_fraction(end, parameter) for end in figure)
        return _cut(Interval(low, high), (low + high) / 2, f"{float(low):g} to {float(high):g}", parameter)
    value = _fraction(figure, parameter)
    return _cut(Interval(value, value), value, f"{float(value):g}", parameter)


def _fraction(figure: float | Fraction, parameter: str) -> Fraction:
    if isinstance(figure, bool) or not isinstance(figure, (int, float, Fraction)) or figure != figure:  # noqa: PLR0124
        raise InputError("not a share", parameter=parameter, expected=_EXPECTED, got=repr(figure))
    if not 0 <= figure <= 1:
        raise InputError(
            "a share lies between 0 and 1",
            parameter=parameter,
            expected=_EXPECTED,
            got=repr(figure),
            hint=f'write "{figure:g}%" for a printed percentage',
        )
    # the shortest decimal that gives this float is what its writer meant: 0.1 is 1/10
    return figure if isinstance(figure, Fraction) else Fraction(repr(float(figure)))


def _cut(band: Interval, value: Fraction, text: str, parameter: str) -> Share:
    low, high = max(band.lower, Fraction(0)), min(band.upper, Fraction(1))
    if low > high or not 0 <= value <= 1:
        raise InputError("not a share", parameter=parameter, expected="between 0% and 100%, lower end first", got=text)
    return Share(low, high, value, text)


def union(shares: Iterable[Share]) -> Share:
    """Give the smallest interval that holds several readings of one share.

    Examples
    --------
    >>> union([share("44%"), share((0.44, 0.50))]).box
    (0.435, 0.5)
    """
    members = list(shares)
    if not members:
        raise InputError("no share was given", parameter="shares", expected="at least one", got="none")
    first = members[0]
    return Share(min(s.low for s in members), max(s.high for s in members), first.value, first.text)


def sample_size(n: int | None, parameter: str) -> int:
    """Check the number of respondents behind a share."""
    if n is None or isinstance(n, bool | str) or n != n or n < 1 or int(n) != n:  # noqa: PLR0124
        raise InputError(
            "not a number of respondents",
            parameter=parameter,
            expected="a whole number >= 1",
            got=repr(n),
            hint="where print gives no base, compare.subgroups sweeps it",
        )
    return int(n)


def design_effect(deff: float, parameter: str) -> float:
    """Check a design effect."""
    if isinstance(deff, bool) or not 0 < deff < float("inf"):
        raise InputError(
            "not a design effect",
            parameter=parameter,
            expected="a finite number > 0",
            got=repr(deff),
            hint="1 means as precise as a simple random sample",
        )
    return float(deff)
