"""What does it mean that a recomputed interval agrees with print?  One judgement for all rules.

A check recomputes a printed number from others, under each rounding rule, and says how strong the comparison is:
the share of printable values that it would have rejected, and the largest misprint that would go unnoticed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from aibaro.errors import InputError
from aibaro.rounding import RULES, Interval, PrintedNumber, admissible

ROUNDING_RULES = ("half_up", "half_even", "truncate", "floor_or_ceil")


# A printed number, or the reading of a verbal quantity, which no rounding rule moves.
Printable = PrintedNumber | Interval


@lru_cache(maxsize=8192)
def band(number: Printable, rule: str = "half_up") -> Interval:
    """Give the values that a printed number or a verbal reading stands for.

    Examples
    --------
    >>> band(PrintedNumber("32,1%", Fraction(321, 10), 1, True)).lower
    Fraction(641, 20)
    """
    return number if isinstance(number, Interval) else admissible(number, rule)


def centre(number: Printable) -> Fraction:
    """Give the printed value, or the middle of a verbal reading.

    Examples
    --------
    >>> centre(Interval(Fraction(44), Fraction(50)))
    Fraction(47, 1)
    """
    return (number.lower + number.upper) / 2 if isinstance(number, Interval) else number.value


@dataclass(frozen=True, slots=True)
class Check:
    """One recomputation of one printed number.

    Parameters
    ----------
    rule : str
        Name of the check.
    verdict : str
        One of ``NUMBER_VERDICTS``.
    reason : str
        One of ``REASONS`` where the verdict is ``not_checkable``, else empty.
    recomputed : Interval or None
        Values that the other figures allow under the declared rounding rule, in the unit of print.
    central : Fraction or None
        Recomputed value when every input stands for its printed value.
    passes, fails : tuple of str
        Rounding rules under which the number agrees, and under which it does not.
    power : Fraction or None
        Share of printable values that the check would reject under the declared rule.
    detection_limit : Fraction or None
        Largest distance from print at which another printable value would still pass.
    inputs : tuple of str
        Ids or names of the figures that entered.
    steps : tuple of str
        The argument: formula and numbers filled in, one line a step.
    """

    rule: str
    verdict: str
    reason: str = ""
    recomputed: Interval | None = None
    central: Fraction | None = None
    passes: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()
    power: Fraction | None = None
    detection_limit: Fraction | None = None
    inputs: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()

    def because(self, *steps: str) -> Check:
        """Add lines to the argument.

        Parameters
        ----------
        *steps : str
            Lines that follow those already there.

        Returns
        -------
        Check
            A new check; this one stays as it is.

        Examples
        --------
        >>> Check("sum_of", "consistent").because("1 + 1 = 2").steps
        ('1 + 1 = 2',)
        """
        return replace(self, steps=(*self.steps, *steps))


def printable_power(recomputed: Interval, decimals: int, top: Fraction | int = 100) -> Fraction:
    """Give the share of printable values that an interval rejects.

    Parameters
    ----------
    recomputed : Interval
        Values that the other figures allow.
    decimals : int
        Printed decimals.
    top : Fraction or int, default 100
        Largest printable value; the smallest is 0.

    Returns
    -------
    Fraction
        Rejected values divided by all printable values.

    Notes
    -----
    A printable value v stands for [v - u/2, v + u/2) with the unit u of the last decimal.  It is rejected when
    that interval and `recomputed` share no value.

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
    """Give the largest misprint that a check would not notice.

    Parameters
    ----------
    recomputed : Interval
        Values that the other figures allow.
    printed : PrintedNumber
        The number as it was printed.

    Returns
    -------
    Fraction
        Largest distance between print and a printable value that the interval also accepts, in units of print;
        0 when print alone is accepted.

    Examples
    --------
    >>> from aibaro.rounding import parse_printed
    >>> detection_limit(Interval(Fraction(9), Fraction(12)), parse_printed("10"))
    Fraction(2, 1)
    """
    unit = Fraction(1, 10**printed.decimals)
    first, last = _first_and_last(recomputed, unit)
    return max(Fraction(0), printed.value - first * unit, last * unit - printed.value)


def judge(
    rule: str,
    printed: Printable,
    recompute: Callable[[str], Interval],
    central: Fraction | None = None,
    *,
    declared: str = "half_up",
    rounding_rules: Sequence[str] = ROUNDING_RULES,
    top: Fraction | int = 100,
    best: str = "reproduced",
    inputs: Sequence[str] = (),
) -> Check:
    """Compare a printed number with a recomputation under each rounding rule.

    Parameters
    ----------
    rule : str
        Name of the check.
    printed : PrintedNumber or Interval
        The number, or the reading of a verbal quantity.
    recompute : callable
        Takes the name of a rounding rule, gives the interval that the inputs allow when they were rounded so.
    central : Fraction, optional
        Recomputed value from the inputs as printed.
    declared : str, default "half_up"
        Rounding rule that the publication is taken to use.
    rounding_rules : sequence of str
        Rules to try; a number fails only when it fails under each of them.
    top : Fraction or int, default 100
        Largest printable value, for the power.
    best : {"reproduced", "consistent"}, default "reproduced"
        Best verdict that this check may give: a figure that is only implied by an equation in which it takes
        part is not reproduced by it.
    inputs : sequence of str
        Names of the figures that entered.

    Returns
    -------
    Check
        ``reproduced`` when the central value rounds to print, ``consistent`` when the intervals meet,
        ``rounding_dependent`` when they meet under another rule than the declared one, else ``inconsistent``.

    Raises
    ------
    InputError
        For an unknown rounding rule.

    Examples
    --------
    >>> from aibaro.rounding import parse_printed
    >>> judge("sum_of", parse_printed("67,9"), lambda rule: Interval(Fraction("67.9"), Fraction("68.1")),
    ...       Fraction(68)).verdict
    'consistent'
    """
    unknown = [name for name in (declared, *rounding_rules) if name not in RULES]
    if unknown:
        raise InputError(
            "unknown rounding rule", parameter="rounding_rules", expected=", ".join(RULES), got=", ".join(unknown)
        )
    tried = [declared, *(name for name in rounding_rules if name != declared)]
    found = {name: recompute(name) for name in tried}
    passes = tuple(name for name in tried if found[name].meets(band(printed, name)))
    fails = tuple(name for name in tried if name not in passes)
    interval = found[declared]
    if declared in passes:
        hit = best == "reproduced" and central is not None and central in band(printed, declared)
        verdict = "reproduced" if hit else "consistent"
    else:
        verdict = "rounding_dependent" if passes else "inconsistent"
    return Check(
        rule,
        verdict,
        recomputed=interval,
        central=central,
        passes=passes,
        fails=fails,
        power=None if isinstance(printed, Interval) else printable_power(interval, printed.decimals, top),
        detection_limit=None if isinstance(printed, Interval) else detection_limit(interval, printed),
        inputs=tuple(inputs),
    )
