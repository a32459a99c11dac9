"""Which whole numbers of answers does a printed percentage admit, alone and in an exhaustive set?"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

from aibaro.errors import InputError
from aibaro.rounding import Interval, PrintedNumber, admissible, parse_printed

SUM_RULE = "sum_to_100"


def counts(n: int, printed: str | PrintedNumber, rule: str = "half_up", decimal: str = ",") -> range:
    """Return the numbers of answers that a printed percentage admits.

    Parameters
    ----------
    n : int
        Answers in the base, >= 1.
    printed : str or PrintedNumber
        The percentage.
    rule : str, default "half_up"
        Rounding rule, see :func:`aibaro.rounding.admissible`.
    decimal : {",", "."}
        Decimal mark, used when `printed` is text.

    Returns
    -------
    range
        All k in 0..n with 100 k/n admissible; empty when there is none.

    Raises
    ------
    InputError
        When `n` is not a positive whole number.

    Notes
    -----
    A printed percentage stands for an interval [low, high), under half up P - u/2 to P + u/2 with u the unit of print;
    k is admitted when 100 k/n lies in it, decided in fractions.

    References
    ----------
    Brown, N. J. L. & Heathers, J. A. J. (2017). The GRIM test. Social Psychological and Personality Science 8,
    363-369. doi:10.1177/1948550616673876

    Examples
    --------
    >>> list(counts(48, "31%")), list(counts(48, "30%"))
    ([15], [])
    """
    check_base(n)
    band = admissible(printed, rule, decimal)
    low, high = band.lower * n / 100, band.upper * n / 100
    first = ceil(low) if band.lower_closed else floor(low) + 1
    last = floor(high) if band.upper_closed else ceil(high) - 1
    return range(max(first, 0), min(last, n) + 1)


def check_base(n: int) -> None:
    """Refuse a base that is not a positive whole number.

    Examples
    --------
    >>> check_base(48)
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise InputError("a base is a positive whole number", parameter="n", expected=">= 1", got=repr(n))


def joint_counts(options: Sequence[range], n: int) -> tuple[int, ...] | None:
    """Pick one count a percentage so that all add up to the base.

    Notes
    -----
    Ranges have no gaps, so the sums of their members have none: the smallest counts are raised from left to right.

    Examples
    --------
    >>> joint_counts([range(1, 4), range(2, 3)], 4)
    (2, 2)
    """
    if any(not span for span in options):
        return None
    chosen = [span[0] for span in options]
    missing = n - sum(chosen)
    for place, span in enumerate(options):
        step = min(max(missing, 0), span[-1] - span[0])
        chosen[place] += step
        missing -= step
    return tuple(chosen) if missing == 0 else None


def sum_to_100(printed: Sequence[str | PrintedNumber], n: int, decimal: str = ",") -> tuple[int, ...] | None:
    """Find counts that give an exhaustive set under rounding to a total of 100.

    Parameters
    ----------
    printed : sequence of str or PrintedNumber
        Percentages of an exhaustive set, with the same decimals.
    n : int
        Answers in the base.
    decimal : {",", "."}
        Decimal mark, used for text.

    Returns
    -------
    tuple of int or None
        Counts that add up to n and whose largest-remainder rounding is the printed set; None when there are none.

    Notes
    -----
    Largest remainders round all shares down to the unit u of print and give the missing units to the largest
    remainders.  With the smallest remainder t·u that was lifted, a printed P admits exactly the shares from
    P - u + t·u to P + t·u.  That is one range of counts a percentage, so a set exists when for some t the smallest
    counts add up to at most n and the largest to at least n; only values of t at which a range changes are tried.

    References
    ----------
    Balinski, M. L. & Young, H. P. (2001). Fair Representation, 2nd ed. Brookings Institution Press.

    Examples
    --------
    >>> sum_to_100(["8", "25", "31", "25", "11"], 104)
    (8, 26, 32, 26, 12)
    >>> sum_to_100(["50", "49"], 10) is None
    True
    """
    numbers = [parse_printed(text, decimal) if isinstance(text, str) else text for text in printed]
    unit = Fraction(1, 10 ** max(number.decimals for number in numbers))
    if sum(number.value for number in numbers) != 100:
        return None
    thresholds = sorted({Fraction(100 * k, n) / unit % 1 for k in range(n + 1)} | {Fraction(1)})
    for threshold in thresholds:
        options = [_lifted(number.value, unit, threshold, n) for number in numbers]
        found = joint_counts(options, n)
        if found is not None:
            return found
    return None


def _lifted(value: Fraction, unit: Fraction, threshold: Fraction, n: int) -> range:
    # a remainder of exactly 0 is never lifted, so the lower end is open when the threshold is 0
    band = Interval(value - unit + threshold * unit, value + threshold * unit, threshold > 0, threshold < 1)
    low, high = band.lower * n / 100, band.upper * n / 100
    first = ceil(low) if band.lower_closed else floor(low) + 1
    last = floor(high) if band.upper_closed else ceil(high) - 1
    return range(max(first, 0), min(last, n) + 1)
