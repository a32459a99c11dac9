"""One printing of a fact, and the interval of values that its characters stand for."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from aibaro.facts._key import Key
from aibaro.published.schema import CELL
from aibaro.rounding import UNBOUNDED, Interval, PrintedNumber, admissible

# What is measured lies inside these ends whatever was printed; None is open.
_RANGES: dict[str, tuple[Fraction | None, Fraction | None]] = {
    "percentage": (Fraction(0), Fraction(100)),
    "verbal": (Fraction(0), None),
    "change": (Fraction(-100), None),
    "count": (Fraction(0), None),
    "standard_error": (Fraction(0), None),
    "margin_of_error": (Fraction(0), None),
    "points": (Fraction(-100), Fraction(100)),
}
_OPEN: tuple[Fraction | None, Fraction | None] = (None, None)
_FAR = (-UNBOUNDED, UNBOUNDED)
EMPTY = Interval(Fraction(1), Fraction(0), False, False)


@dataclass(frozen=True, slots=True)
class Printing:
    """A number or a quantity in words as it stands in print, or a cell of a table that the survey gives.

    Parameters
    ----------
    id : str
        Its id; for cells of other files the file and the cell, such as ``strata.csv#trade.respondents``.
    key : Key
        The fact that it states.
    text : str
        The printed characters.
    kind : str
        One of ``published.vocabulary.KINDS``.
    decimals : int
        Printed decimals.
    unit, location : str
        Unit, and place in the publication.
    weighted : {"yes", "no", "unknown"}
        Whether answers were weighted.
    base_n : int or None
        Respondents of the base, where printed for this number.
    qualifier : str
        A word such as ``almost`` that goes with the number.
    source : str
        The file that holds it: ``printed.csv``, ``strata.csv`` or ``bases.csv``.
    soft : bool
        True for words: they never narrow digits and never accuse.
    value : Fraction or None
        The printed value; the middle of the range for words, signs and ranges; None for text without a number.
    band : Interval or None
        Range that words, signs and ranges stand for, which no rounding rule moves; None for plain digits.

    Examples
    --------
    >>> Printing("a", Key("use"), "<1%", "percentage", 0, value=Fraction(1, 2),
    ...          band=Interval(Fraction(0), Fraction(1), True, False)).interval().upper_closed
    False
    """

    id: str
    key: Key
    text: str
    kind: str = "percentage"
    decimals: int = 0
    unit: str = ""
    location: str = ""
    weighted: str = "unknown"
    base_n: int | None = None
    qualifier: str = ""
    source: str = "printed.csv"
    soft: bool = False
    value: Fraction | None = None
    band: Interval | None = None

    def interval(self, rule: str = "half_up") -> Interval | None:
        """Return the values that the printing stands for.

        Parameters
        ----------
        rule : str, default "half_up"
            One of the values of ``rounding`` in ``published.settings()``.

        Returns
        -------
        Interval or None
            The admissible values; empty where what is printed is impossible (110%); None for text without a number.

        Examples
        --------
        >>> band = Printing("a", Key("use"), "12%", value=Fraction(12)).interval()
        >>> float(band.lower), float(band.upper), band.upper_closed
        (11.5, 12.5, False)
        """
        if self.value is None:
            return None
        return _interval(self.value, self.decimals, self.kind, self.exact, self.band, rule)

    @property
    def exact(self) -> bool:
        """Whether the number was counted, not rounded: an unweighted count, a year, a limit that is set."""
        if self.kind in {"date", "threshold"}:
            return True
        return self.kind == "count" and self.weighted == "no" and self.decimals == 0 and self.band is None

    @property
    def unit_of_print(self) -> Fraction:
        """One in the last printed digit."""
        return Fraction(10) ** -self.decimals

    @property
    def named(self) -> bool:
        """Whether it is a number of ``printed.csv``, which gets a verdict of its own."""
        return self.source == "printed.csv" and not CELL.match(self.id)


@lru_cache(maxsize=65536)
def _interval(  # noqa: PLR0917 - a cached reading of plain values
    value: Fraction, decimals: int, kind: str, exact: bool, band: Interval | None, rule: str
) -> Interval:
    low, high = (end if end is not None else far for end, far in zip(_RANGES.get(kind, _OPEN), _FAR, strict=True))
    if exact:
        found = Interval(value, value)
    else:
        found = band if band is not None else admissible(PrintedNumber("", value, decimals, False), rule)
    if band is None and not low <= value <= high:
        return EMPTY
    if rule == "truncate" and band is None and value == 0 and low < 0 and not exact:
        found = Interval(-found.upper, found.upper, False, False)  # digits of either sign were cut off
    return found.intersect(Interval(low, high))
