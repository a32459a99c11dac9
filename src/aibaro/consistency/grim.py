"""Can this percentage come from a whole number of answers?  GRIM, alone and jointly.

A percentage of n answers is 100 k/n for a whole number k.  Whether a printed percentage is reachable depends on
the rounding rule, so each rule is tried; an answer set that is exhaustive is also tried jointly, and as a set
that was rounded so that it adds up to 100.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

import pandas as pd

from aibaro.consistency.check import ROUNDING_RULES
from aibaro.consistency.reachable import SUM_RULE, check_base, counts, joint_counts, sum_to_100
from aibaro.errors import FaultList, InputError
from aibaro.rounding import Interval, PrintedNumber, admissible, parse_printed


def power(n: int, decimals: int, rule: str = "half_up") -> Fraction:
    """Give the share of printable percentages that GRIM rejects at a base.

    Parameters
    ----------
    n : int
        Answers in the base.
    decimals : int
        Printed decimals.
    rule : str, default "half_up"
        Rounding rule; ``floor_or_ceil`` gives the share that fails whatever rule of ours was used.

    Returns
    -------
    Fraction
        Rejected values divided by the 100·10^d + 1 printable values from 0 to 100.

    Notes
    -----
    Power 0 means that the check can never fail: every printable value comes from some k.

    Examples
    --------
    >>> round(float(power(48, 0)), 3), float(power(104, 0)), round(float(power(841, 1)), 3)
    (0.515, 0.0, 0.159)
    """
    last = 100 * 10**decimals
    # rules move with the value and tell at most even from odd: two steps stand for all, in units of print
    bands = [_count_band(n, decimals, rule, step) for step in (0, 1)]
    rejected = sum(_misses(n, last, step, bands[step % 2]) for step in range(last + 1))
    return Fraction(rejected, last + 1)


def _count_band(n: int, decimals: int, rule: str, step: int) -> Interval:
    """Give the admissible interval around a printed value, as distances from it in units of print."""
    check_base(n)
    unit = Fraction(1, 10**decimals)
    band = admissible(PrintedNumber("", step * unit, decimals, True), rule)
    low, high = (end / unit - step for end in (band.lower, band.upper))
    return Interval(low, high, band.lower_closed, band.upper_closed)


def _misses(n: int, last: int, step: int, band: Interval) -> bool:
    """Tell whether no k in 0..n has n (step + low) <= k last <= n (step + high), ends as the band says."""
    low, high = band.lower, band.upper
    bottom, top = n * (step * low.denominator + low.numerator), n * (step * high.denominator + high.numerator)
    below, above = last * low.denominator, last * high.denominator
    first = -(-bottom // below) if band.lower_closed else bottom // below + 1
    final = top // above if band.upper_closed else -(-top // above) - 1
    return max(first, 0) > min(final, n)


@dataclass(frozen=True, slots=True)
class GrimResult:
    """GRIM for a list of percentages of one base.

    Parameters
    ----------
    n : int
        Answers in the base.
    printed : tuple of str
        The percentages.
    rules : tuple of str
        Rounding rules that were tried, the declared one first.
    admitted : tuple of tuple of range
        For each percentage and each rule the counts that it admits.
    joint : dict of str to tuple of int or None
        For an exhaustive set: for each rule (``sum_to_100`` included) one set of counts that adds up to n, or
        None where there is none; empty when the list was not taken as exhaustive.
    decimal : {",", "."}
        Decimal mark of the percentages.
    """

    n: int
    printed: tuple[str, ...]
    rules: tuple[str, ...]
    admitted: tuple[tuple[range, ...], ...]
    joint: dict[str, tuple[int, ...] | None]
    decimal: str = ","

    @property
    def verdicts(self) -> tuple[str, ...]:
        """Verdict of each percentage: ``consistent``, ``rounding_dependent`` or ``inconsistent``."""
        return tuple(self._verdict(place) for place in range(len(self.printed)))

    @property
    def joint_verdict(self) -> str:
        """Verdict of the exhaustive set as a whole; empty when it was not taken as one."""
        if not self.joint:
            return ""
        return _verdict([found is not None for found in self.joint.values()])

    def _verdict(self, place: int) -> str:
        alone = [bool(options) for options in self.admitted[place]]
        if self.joint:
            # one member of a set cannot be right under a rule that no whole set obeys
            alone = [found is not None for found in self.joint.values()]
        return _verdict(alone)

    def nearest(self, place: int) -> tuple[tuple[Fraction, int], tuple[Fraction, int]]:
        """Give the reachable percentages around a printed one.

        Parameters
        ----------
        place : int
            Position in the list.

        Returns
        -------
        tuple of two (Fraction, int)
            Exact percentage and count below and above.

        Examples
        --------
        >>> below, above = grim(["30"], 48).nearest(0)
        >>> round(float(below[0]), 2), below[1], above[1]
        (29.17, 14, 15)
        """
        value = parse_printed(self.printed[place], self.decimal).value
        below = min(self.n, floor(value * self.n / 100))
        above = min(self.n, below + 1)
        return (Fraction(100 * below, self.n), below), (Fraction(100 * above, self.n), above)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a percentage.

        Returns
        -------
        pandas.DataFrame
            ``printed, n, verdict, passes, fails, counts, power``.
        """
        rows = []
        for place, text in enumerate(self.printed):
            fits = [rule for rule, options in zip(self.rules, self.admitted[place], strict=True) if options]
            fails = [rule for rule in self.rules if rule not in fits]
            rows.append(
                {
                    "printed": text,
                    "n": self.n,
                    "verdict": self.verdicts[place],
                    "passes": " ".join(fits),
                    "fails": " ".join(fails),
                    "counts": " ".join(map(str, self.admitted[place][0])),
                    "power": float(power(self.n, parse_printed(text, self.decimal).decimals, self.rules[0])),
                }
            )
        return pd.DataFrame(rows, columns=["printed", "n", "verdict", "passes", "fails", "counts", "power"])

    def to_dict(self) -> dict[str, object]:
        """Give the result as plain values.

        Returns
        -------
        dict
            ``n``, ``numbers`` (one record a percentage) and, for an exhaustive set, ``joint``.
        """
        joint = {rule: list(found) if found is not None else None for rule, found in self.joint.items()}
        return {
            "n": self.n,
            "numbers": self.to_frame().to_dict("records"),
            "joint": joint,
            "joint_verdict": self.joint_verdict,
        }

    def summary(self) -> str:
        """Say in plain lines which percentages are reachable.

        Returns
        -------
        str
            One line a percentage, then the joint result and the power.
        """
        lines = [f"GRIM at n = {self.n}"]
        for place, text in enumerate(self.printed):
            options = self.admitted[place][0]
            (low, k_low), (high, k_high) = self.nearest(place)
            found = f"k = {_span(options)}" if options else "no k"
            lines.append(
                f"  {text}: {self.verdicts[place]}; {found} under {self.rules[0]}; neighbours "
                f"{float(low):.2f} (k = {k_low}) and {float(high):.2f} (k = {k_high})"
            )
        for rule, counted in self.joint.items():
            text = " + ".join(map(str, counted)) + f" = {self.n}" if counted is not None else "no set of counts"
            lines.append(f"  together, {rule}: {text}")
        for decimals in sorted({parse_printed(text, self.decimal).decimals for text in self.printed}):
            share = [float(power(self.n, decimals, rule)) for rule in (self.rules[0], "floor_or_ceil")]
            lines.append(
                f"  power at {decimals} decimals: {share[0]:.3f} of printable values fail {self.rules[0]}, "
                f"{share[1]:.3f} fail every rule"
            )
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.summary()


def _verdict(passes: Sequence[bool]) -> str:
    if passes[0]:
        return "consistent"
    return "rounding_dependent" if any(passes) else "inconsistent"


def _span(options: range) -> str:
    return str(options[0]) if len(options) == 1 else f"{options[0]} to {options[-1]}"


def grim(
    printed: Iterable[str | int],
    n: int,
    *,
    exhaustive: str = "no",
    declared: str = "half_up",
    decimal: str = ",",
) -> GrimResult:
    """Check whether percentages can come from whole numbers of answers.

    Parameters
    ----------
    printed : iterable of str or int
        Percentages of one unweighted base, as printed.
    n : int
        Answers in the base.
    exhaustive : {"no", "yes"}, default "no"
        Whether the answers exclude each other and cover the base, so that their counts add up to n.
    declared : str, default "half_up"
        Rounding rule that the publication is taken to use.
    decimal : {",", "."}
        Decimal mark.

    Returns
    -------
    GrimResult
        Verdict of each percentage, counts, joint counts, power.

    Raises
    ------
    InputError
        With every fault: a base below 1, text that is not a percentage, values above 100.

    Notes
    -----
    100 k/n has to lie in the admissible interval of print for a whole k.  ``inconsistent`` is failure under every
    rule: half up, half even, truncation, either neighbour (``floor_or_ceil``) and, for an exhaustive set, rounding
    to a total of 100 by largest remainders.

    References
    ----------
    Brown, N. J. L. & Heathers, J. A. J. (2017). The GRIM test. Social Psychological and Personality Science 8,
    363-369. doi:10.1177/1948550616673876

    Examples
    --------
    >>> grim(["30", "10", "93"], 48).verdicts
    ('rounding_dependent', 'consistent', 'rounding_dependent')
    >>> grim("30%", 50).verdicts
    ('consistent',)
    >>> grim([8, 25, 31, 25, 11], 104, exhaustive="yes").joint["sum_to_100"]
    (8, 26, 32, 26, 12)
    """
    # one text is one percentage, not its characters
    texts = (printed,) if isinstance(printed, str) else tuple(str(text) for text in printed)
    if exhaustive not in {"no", "yes"}:
        raise InputError("unknown choice", parameter="exhaustive", expected="no or yes", got=repr(exhaustive))
    numbers = _read(texts, n, decimal)
    rules = (declared, *(rule for rule in ROUNDING_RULES if rule != declared))
    admitted = tuple(tuple(counts(n, number, rule) for rule in rules) for number in numbers)
    joint: dict[str, tuple[int, ...] | None] = {}
    if exhaustive == "yes":
        joint = {rule: joint_counts([options[i] for options in admitted], n) for i, rule in enumerate(rules)}
        joint[SUM_RULE] = sum_to_100(numbers, n)
    return GrimResult(n, texts, rules, admitted, joint, decimal)


def _read(texts: Sequence[str], n: int, decimal: str) -> tuple[PrintedNumber, ...]:
    faults = FaultList("these percentages cannot be checked", where="grim")
    numbers = []
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        faults.add("a base is a positive whole number", parameter="n", expected=">= 1", got=repr(n))
    if not texts:
        faults.add("no percentage was given", parameter="printed", expected="at least one percentage", got="none")
    for place, text in enumerate(texts, 1):
        try:
            number = parse_printed(text, decimal)
        except InputError as error:
            faults.extend(error)
            continue
        if number.value > 100:
            faults.add(
                "a share above 100%", where=f"number {place}", parameter="printed", expected="0 to 100", got=text
            )
        numbers.append(number)
    faults.raise_if_any(InputError)
    return tuple(numbers)


def fitting_bases(
    printed: Iterable[str | int],
    largest: int,
    *,
    smallest: int = 1,
    exhaustive: str = "no",
    rule: str = "half_up",
    decimal: str = ",",
) -> tuple[int, ...]:
    """Give every base from which a group of percentages can come.

    Parameters
    ----------
    printed : iterable of str or int
        Percentages of one question.
    largest, smallest : int
        Bases to try, both included.
    exhaustive : {"no", "yes"}, default "no"
        Whether the answers exclude each other and cover the base.
    rule : str, default "half_up"
        A rounding rule, or ``"sum_to_100"`` for an exhaustive set.
    decimal : {",", "."}
        Decimal mark.

    Returns
    -------
    tuple of int
        All n in the range that fit, ascending.

    Raises
    ------
    InputError
        When a percentage cannot be read.

    Examples
    --------
    >>> fitting_bases(["30", "10"], 48)
    (10, 20, 30, 40)
    """
    texts = tuple(str(text) for text in printed)
    found = []
    for n in range(smallest, largest + 1):
        numbers = _read(texts, n, decimal)
        if rule == SUM_RULE:
            fits = sum_to_100(numbers, n) is not None
        else:
            options = [counts(n, number, rule) for number in numbers]
            fits = joint_counts(options, n) is not None if exhaustive == "yes" else all(options)
        if fits:
            found.append(n)
    return tuple(found)
