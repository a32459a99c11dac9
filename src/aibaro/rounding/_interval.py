"""Which values are admissible?  An interval with exact ends, each open or closed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from aibaro.errors import InputError

#: End of a set of values that has no end of its own (a mean "above 7"): beyond every number that can be printed.
UNBOUNDED = Fraction(10**30)


@dataclass(frozen=True, slots=True)
class Interval:
    """A set of admissible values between two exact ends.

    Parameters
    ----------
    lower, upper : Fraction
        The ends, in the unit of the printed number; :data:`UNBOUNDED` with its sign where there is none.
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
        """Whether no value is admissible: print is impossible, or disagrees with itself."""
        return self.lower > self.upper or (self.lower == self.upper and not (self.lower_closed and self.upper_closed))

    def intersect(self, other: Interval) -> Interval:
        """Return the values that both admit.

        Parameters
        ----------
        other : Interval
            The other interval.

        Returns
        -------
        Interval
            The common values; empty where there are none.

        Examples
        --------
        >>> from aibaro.rounding import admissible
        >>> both = admissible("14%").intersect(admissible("13,9%"))
        >>> float(both.lower), float(both.upper), admissible("14,0%").intersect(admissible("13,9%")).empty
        (13.85, 13.95, True)
        """
        low, low_open = max((self.lower, not self.lower_closed), (other.lower, not other.lower_closed))
        high, high_closed = min((self.upper, self.upper_closed), (other.upper, other.upper_closed))
        return Interval(low, high, not low_open, high_closed)

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
        >>> from aibaro.rounding import admissible
        >>> admissible("1,5").meets(admissible("1,6"))
        False
        """
        return not self.intersect(other).empty

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
        >>> from aibaro.rounding import admissible
        >>> admissible("50%", rule="half_up").scaled(Fraction(1, 100)).lower
        Fraction(99, 200)
        """
        if factor <= 0:
            raise InputError(
                "an interval can only be scaled up or down", parameter="factor", expected="> 0", got=str(factor)
            )
        return Interval(self.lower * factor, self.upper * factor, self.lower_closed, self.upper_closed)
