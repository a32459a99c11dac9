"""Can this percentage or mean come from whole answers?  GRIM, alone and jointly.

A percentage of n answers is 100 k/n for a whole number k, and a mean of n scores of K whole items is k/(nK).  Whether
print is reachable depends on the rounding rule.  The verdict has three steps: rounding to the nearest under the
declared rule, another rule that publishers use unsaid (halves to even, truncation), none.  Floor-or-ceil admits the
neighbour on either side, so that it explains nearly everything: it counts where it is declared and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import Any

import pandas as pd

from aibaro.errors import FaultList, InputError
from aibaro.messages import Message
from aibaro.results import Result
from aibaro.rounding import Interval, PrintedNumber, admissible, parse_printed

# --- Which whole numbers of answers does a printed percentage admit, alone and in an exhaustive set?

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


#: Largest base whose sums or parts are tried one by one, and largest base and number of items at all.
MOST_TRIED, LARGEST_BASE, MOST_ITEMS = 10**6, 10**12, 10**6


def check_base(n: int, most: int | None = None) -> None:
    """Refuse a base that is not a positive whole number, or too large for what is asked.

    Examples
    --------
    >>> check_base(48)
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 1 or (most is not None and n > most):
        expected = ">= 1" if most is None else f"1 to {most:,}"
        raise InputError("a base is a positive whole number", parameter="n", expected=expected, got=repr(n))


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


# --- Can this percentage or mean come from whole answers? GRIM, alone and jointly.

# Rules that a publisher may follow without saying so.
OPEN_RULES = ("half_up", "half_even", "truncate")
EVERY_RULE = "every"
# A bare number below this with two decimals may be a mean as well as a percentage.
_AMBIGUOUS_BELOW = 20


def rules_for(declared: str) -> tuple[str, ...]:
    """The declared rule and then those that a publisher may follow unsaid."""
    return (declared, *(rule for rule in OPEN_RULES if rule != declared))


def verdict_of(passes: Sequence[bool]) -> str:
    """Verdict when the first rule is the declared one."""
    if passes[0]:
        return "consistent"
    return "rounding_dependent" if any(passes) else "inconsistent"


def whole_numbers(band: Interval) -> range:
    """Whole numbers in an interval."""
    first = ceil(band.lower) if band.lower_closed else floor(band.lower) + 1
    last = floor(band.upper) if band.upper_closed else ceil(band.upper) - 1
    return range(first, last + 1)


@lru_cache(maxsize=4096)
def power(n: int, decimals: int, rule: str = "half_up") -> Fraction:
    """Return the share of printable percentages that GRIM rejects at a base.

    Parameters
    ----------
    n : int
        Answers in the base.
    decimals : int
        Printed decimals.
    rule : str, default "half_up"
        Rounding rule; ``"every"`` gives the share that fails half up, half even and truncation alike.

    Returns
    -------
    Fraction
        Rejected values divided by the 100·10^d + 1 printable values from 0 to 100.

    Notes
    -----
    Power 0 means that the check can never fail: every printable value comes from some k.

    References
    ----------
    Brown, N. J. L. & Heathers, J. A. J. (2017). The GRIM test. Social Psychological and Personality Science 8,
    363-369. doi:10.1177/1948550616673876

    Examples
    --------
    >>> round(float(power(48, 0)), 3), float(power(104, 0)), round(float(power(841, 1)), 3)
    (0.515, 0.0, 0.159)
    """
    check_base(n)
    last = 100 * 10**decimals
    rejected = sum(_misses(n, last, step, band) for step, band in _printable(last, decimals, rule))
    return Fraction(rejected, last + 1)


def mean_power(
    n: int, decimals: int, *, items: int = 1, scale: tuple[int, int] | None = None, rule: str = "half_up"
) -> Fraction:
    """Return the share of printable means that GRIM rejects.

    Parameters
    ----------
    n : int
        Scores in the mean.
    decimals : int
        Printed decimals.
    items : int, default 1
        Whole items that each score averages.
    scale : tuple of two int, optional
        Smallest and largest answer; without it the printable values from 0 up to 1 stand for all.
    rule : str, default "half_up"
        Rounding rule, or ``"every"``.

    Returns
    -------
    Fraction
        Rejected values divided by printable values.

    Notes
    -----
    Without a scale this is 1 - nK/10^d where nK < 10^d and no two sums round to the same value, and 0 for
    nK >= 10^d.

    Examples
    --------
    >>> mean_power(25, 2), mean_power(25, 2, items=4), mean_power(28, 2, scale=(1, 7))
    (Fraction(3, 4), Fraction(0, 1), Fraction(432, 601))
    """
    check_base(n)
    granules, one = n * items, 10**decimals
    high = 1 if scale is None else scale[1] - scale[0]
    steps = high * one + (scale is not None)
    bands = (item for item in _printable(steps - 1, decimals, rule))
    # means are k/granules + low; shifting by the whole number `low` changes no verdict
    rejected = sum(_misses_mean(granules, one, step, band, high if scale else None) for step, band in bands)
    return Fraction(rejected, steps)


def _printable(last: int, decimals: int, rule: str) -> Iterable[tuple[int, Interval]]:
    # rules move with the value and tell at most even from odd: two steps stand for all, in units of print
    bands = [_count_band(decimals, rule, step) for step in (0, 1)]
    return ((step, bands[step % 2]) for step in range(last + 1))


def _count_band(decimals: int, rule: str, step: int) -> Interval:
    """Return the admissible interval around a printed value, as distances from it in units of print."""
    if rule == EVERY_RULE:
        # what half up, half even or truncation admits
        return Interval(Fraction(-1, 2), Fraction(1), True, False)
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


def _misses_mean(granules: int, one: int, step: int, band: Interval, top: int | None) -> bool:
    """Tell whether no sum k gives a mean k/granules that prints as step/one."""
    found = whole_numbers(
        Interval(
            (step + band.lower) * granules / one,
            (step + band.upper) * granules / one,
            band.lower_closed,
            band.upper_closed,
        )
    )
    return not (found if top is None else range(max(found.start, 0), min(found.stop, top * granules + 1)))


@dataclass(frozen=True, slots=True)
class GrimResult(Result):
    """GRIM for a list of percentages or means of one base.

    Parameters
    ----------
    n : int
        Answers in the base.
    printed : tuple of str
        The percentages or means.
    rules : tuple of str
        Rounding rules that were tried, the declared one first.
    admitted : tuple of tuple of range
        For each number and each rule the counts (of a mean: the sums of answers) that it admits.
    joint : dict of str to tuple of int or None
        For an exhaustive set: for each rule (``sum_to_100`` included) one set of counts that adds up to n, or
        None where there is none; empty when the list was not taken as exhaustive.
    decimal : {",", "."}
        Decimal mark of the numbers.
    measure : {"percentage", "mean"}
        What the numbers are.
    items : int
        Whole items that each score of a mean averages.
    scale : tuple of two int or None
        Smallest and largest answer of an item.
    """

    n: int
    printed: tuple[str, ...]
    rules: tuple[str, ...]
    admitted: tuple[tuple[range, ...], ...]
    joint: dict[str, tuple[int, ...] | None]
    decimal: str = ","
    measure: str = "percentage"
    items: int = 1
    scale: tuple[int, int] | None = None

    @property
    def verdicts(self) -> tuple[str, ...]:
        """Verdict of each number: ``consistent``, ``rounding_dependent`` or ``inconsistent``.

        Of a set that cannot be right as a whole, ``in_conflict`` are those that could be right alone.
        """
        return tuple(self._verdict(place) for place in range(len(self.printed)))

    @property
    def joint_verdict(self) -> str:
        """Verdict of the exhaustive set as a whole; empty when it was not taken as one."""
        if not self.joint:
            return ""
        return verdict_of([found is not None for found in self.joint.values()])

    def _verdict(self, place: int) -> str:
        alone = verdict_of([bool(options) for options in self.admitted[place]])
        # one member of a set cannot be right under a rule that no whole set obeys
        together = self.joint_verdict or alone
        return "in_conflict" if together == "inconsistent" and alone != "inconsistent" else together

    def nearest(self, place: int) -> tuple[tuple[Fraction, int], tuple[Fraction, int]]:
        """Return the reachable values around a printed one.

        Parameters
        ----------
        place : int
            Position in the list.

        Returns
        -------
        tuple of two (Fraction, int)
            Exact percentage and count (exact mean and sum) below and above.

        Examples
        --------
        >>> below, above = grim(["30"], 48).nearest(0)
        >>> round(float(below[0]), 2), below[1], above[1]
        (29.17, 14, 15)
        """
        value = parse_printed(self.printed[place], self.decimal).value
        granules, top = self._granules()
        lowest, highest = self._limits()
        below = max(lowest, floor(value * granules / top))
        below = below if highest is None else min(highest, below)
        above = below + 1 if highest is None else min(highest, below + 1)
        return (Fraction(top * below, granules), below), (Fraction(top * above, granules), above)

    def _granules(self) -> tuple[int, int]:
        return (self.n, 100) if self.measure == "percentage" else (self.n * self.items, 1)

    def _limits(self) -> tuple[int, int | None]:
        if self.measure == "percentage":
            return 0, self.n
        if self.scale is None:
            return 0, None
        return self.scale[0] * self.n * self.items, self.scale[1] * self.n * self.items

    def power(self, decimals: int, rule: str) -> Fraction:
        """Return the share of printable values that this check rejects.

        Parameters
        ----------
        decimals : int
            Printed decimals.
        rule : str
            Rounding rule, or ``"every"``.

        Returns
        -------
        Fraction
            The share.

        Examples
        --------
        >>> grim(["30%"], 48).power(0, "every")
        Fraction(28, 101)
        """
        if self.measure == "percentage":
            return power(self.n, decimals, rule)
        return mean_power(self.n, decimals, items=self.items, scale=self.scale, rule=rule)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per number.

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
                    "power": float(self.power(parse_printed(text, self.decimal).decimals, self.rules[0])),
                }
            )
        return pd.DataFrame(rows, columns=["printed", "n", "verdict", "passes", "fails", "counts", "power"])

    def to_dict(self) -> dict[str, object]:
        """Return the result as plain values.

        Returns
        -------
        dict
            ``n``, ``measure``, ``numbers`` (one record per number) and, for an exhaustive set, ``joint``.
        """
        joint = {rule: list(found) if found is not None else None for rule, found in self.joint.items()}
        return {
            "n": self.n,
            "measure": self.measure,
            "numbers": self.to_frame().to_dict("records"),
            "joint": joint,
            "joint_verdict": self.joint_verdict,
        }

    def summary(self) -> str:
        """Say in plain lines which numbers are reachable.

        Returns
        -------
        str
            One line per number, then the joint result and the power.
        """
        means = self.measure == "mean"
        items = f", {self.items} items" if means and self.items > 1 else ""
        scale = f", scale {self.scale[0]} to {self.scale[1]}" if self.scale else ""
        symbol, none = ("sum", "no whole sum") if means else ("k", "no k")
        lines = [f"GRIM at n = {self.n}{items}{scale}" + (" (means)" if means else "")]
        for place, text in enumerate(self.printed):
            options = self.admitted[place][0]
            (low, k_low), (high, k_high) = self.nearest(place)
            found = f"{symbol} = {_span(options)}" if options else none
            places = parse_printed(text, self.decimal).decimals + 2
            also = [rule for rule, fits in zip(self.rules[1:], self.admitted[place][1:], strict=True) if fits]
            other = f" (it fits under {', '.join(also)})" if also and not options else ""
            lines.append(
                f"  {text}: {self.verdicts[place]}; {found} under {self.rules[0]}{other}; neighbours "
                f"{float(low):.{places}f} ({symbol} = {k_low}) and {float(high):.{places}f} ({symbol} = {k_high})"
            )
        for rule, counted in self.joint.items():
            text = " + ".join(map(str, counted)) + f" = {self.n}" if counted is not None else "no set of counts"
            lines.append(f"  together, {rule}: {text}")
        for decimals in sorted({parse_printed(text, self.decimal).decimals for text in self.printed}):
            share = [float(self.power(decimals, rule)) for rule in (self.rules[0], EVERY_RULE)]
            lines.append(
                f"  power at {decimals} decimals: {share[0]:.3f} of printable values fail {self.rules[0]}, "
                f"{share[1]:.3f} fail half up, half even and truncation alike"
            )
        return "\n".join(lines)


def _span(options: range) -> str:
    return str(options[0]) if len(options) == 1 else f"{options[0]} to {options[-1]}"


def grim(
    printed: Iterable[str | int],
    n: int,
    *,
    measure: str | None = None,
    items: int = 1,
    scale: tuple[int, int] | None = None,
    exhaustive: str = "no",
    declared: str = "half_up",
    decimal: str | None = None,
) -> GrimResult:
    """Check whether percentages or means can come from whole numbers of answers.

    Parameters
    ----------
    printed : iterable of str or int
        Percentages or means of one unweighted base, as printed.
    n : int
        Answers in the base.
    measure : {"percentage", "mean"}, optional
        What the numbers are.  Without it they are percentages, unless one has no percent sign, two decimals or more
        and lies below 20: such a number may be either, and the error says so.
    items : int, default 1
        Whole items that each score of a mean averages.
    scale : tuple of two int, optional
        Smallest and largest answer of an item of a mean.
    exhaustive : {"no", "yes"}, default "no"
        Whether the answers exclude each other and cover the base, so that their counts add up to n.
    declared : str, default "half_up"
        Rounding rule that the publication is taken to use.
    decimal : {",", "."}, optional
        Decimal mark; read from the numbers where none of them can be read in two ways.

    Returns
    -------
    GrimResult
        Verdict of each number, counts, joint counts, power.

    Raises
    ------
    InputError
        With every fault: a base below 1, text that is no number, a number that may be a mean or a percentage, a
        decimal mark that cannot be told from a thousands mark.

    Notes
    -----
    100 k/n has to lie in the admissible interval of print for a whole k; a mean has to be k/(n·items).  The verdict
    is ``consistent`` under the declared rule, ``rounding_dependent`` where another of half up, half even and
    truncation (for an exhaustive set also rounding to a total of 100 by largest remainders) admits it, else
    ``inconsistent``.  Floor-or-ceil is a rule where it is `declared` and nowhere else.

    References
    ----------
    Brown, N. J. L. & Heathers, J. A. J. (2017). The GRIM test. Social Psychological and Personality Science 8,
    363-369. doi:10.1177/1948550616673876

    Examples
    --------
    >>> grim(["30", "10", "93"], 48).verdicts
    ('inconsistent', 'consistent', 'rounding_dependent')
    >>> grim(["32.5%"], 438).verdicts, grim(["21.7%"], 501).verdicts
    (('inconsistent',), ('rounding_dependent',))
    >>> grim(["7.22"], 32, measure="mean").admitted[0][0]
    range(231, 232)
    >>> grim([8, 25, 31, 25, 11], 104, exhaustive="yes").joint["sum_to_100"]
    (8, 26, 32, 26, 12)
    """
    # one text is one number, not its characters
    texts = (printed,) if isinstance(printed, str) else tuple(str(text) for text in printed)
    _check_choices(exhaustive, measure, items, scale)
    mark = decimal_mark(texts) if decimal is None else decimal
    numbers = _read(texts, n, mark, measure)
    rules = rules_for(declared)
    if measure == "mean":
        admitted = tuple(tuple(sums(n, number, rule, items=items, scale=scale) for rule in rules) for number in numbers)
        return GrimResult(n, texts, rules, admitted, {}, mark, "mean", items, scale)
    admitted = tuple(tuple(counts(n, number, rule) for rule in rules) for number in numbers)
    joint: dict[str, tuple[int, ...] | None] = {}
    if exhaustive == "yes":
        joint = {rule: joint_counts([options[i] for options in admitted], n) for i, rule in enumerate(rules)}
        joint[SUM_RULE] = sum_to_100(numbers, n)
    return GrimResult(n, texts, rules, admitted, joint, mark)


def sums(n: int, number: PrintedNumber, rule: str, *, items: int = 1, scale: tuple[int, int] | None = None) -> range:
    """Sums of n·items whole answers whose mean prints as a number."""
    found = whole_numbers(_times(admissible(number, rule), n * items))
    if scale is None:
        return found
    return range(max(found.start, scale[0] * n * items), min(found.stop, scale[1] * n * items + 1))


def _times(band: Interval, factor: int) -> Interval:
    return Interval(band.lower * factor, band.upper * factor, band.lower_closed, band.upper_closed)


def decimal_mark(texts: Sequence[str], parameter: str = "decimal") -> str:
    """Read the decimal mark from numbers, or refuse where it may be a thousands mark."""
    marks: set[str] = set()
    doubtful = []
    for text in texts:
        digits = text.strip().rstrip("% ").strip()
        found = [c for c in digits if c in ",."]
        if len(set(found)) == 2:
            marks.add(found[-1])
        elif len(found) == 1:
            whole, _, rest = digits.partition(found[0])
            if len(rest) == 3 and 1 <= len(whole.lstrip("+-")) <= 3 and whole.lstrip("+-") != "0":
                doubtful.append(text)
            else:
                marks.add(found[0])
    if len(marks) == 2 or (doubtful and not marks):
        raise InputError(
            "the decimal mark cannot be told from a thousands mark",
            parameter=parameter,
            expected="',' or '.'",
            got=", ".join(doubtful or texts),
            hint="say which mark is the decimal one (on the command line: --decimal , or --decimal .)",
        )
    return marks.pop() if marks else ","


def _check_choices(exhaustive: str, measure: str | None, items: int, scale: tuple[int, int] | None) -> None:
    faults = FaultList("these numbers cannot be checked", where="grim")
    if exhaustive not in {"no", "yes"}:
        faults.add("unknown choice", parameter="exhaustive", expected="no or yes", got=repr(exhaustive))
    if measure not in {None, "percentage", "mean"}:
        faults.add("unknown choice", parameter="measure", expected="percentage or mean", got=repr(measure))
    if measure != "mean" and (items != 1 or scale is not None):
        faults.add(
            "items and a scale belong to means", parameter="measure", expected="mean", got=measure or "none was given"
        )
    if measure == "mean" and exhaustive == "yes":
        faults.add("means do not add up to a base", parameter="exhaustive", expected="no", got="yes")
    if isinstance(items, bool) or not isinstance(items, int) or not 1 <= items <= MOST_ITEMS:
        expected = f"1 to {MOST_ITEMS:,}"
        faults.add(
            "a number of items is a positive whole number", parameter="items", expected=expected, got=repr(items)
        )
    if scale is not None and (
        len(scale) != 2 or not all(isinstance(end, int) for end in scale) or scale[0] >= scale[1]
    ):
        faults.add("not a scale", parameter="scale", expected="two whole numbers, the smaller first", got=repr(scale))
    faults.raise_if_any(InputError)


def _read(texts: Sequence[str], n: int, decimal: str, measure: str | None) -> tuple[PrintedNumber, ...]:
    faults = FaultList("these numbers cannot be checked", where="grim")
    numbers = []
    try:
        check_base(n, LARGEST_BASE)
    except InputError as error:
        faults.extend(error)
    if not texts:
        faults.add("no number was given", parameter="printed", expected="at least one percentage or mean", got="none")
    for place, text in enumerate(texts, 1):
        try:
            number = parse_printed(text, decimal)
        except InputError as error:
            faults.extend(error)
            continue
        doubtful = not number.percent and number.decimals >= 2 and number.value < _AMBIGUOUS_BELOW
        if measure is None and doubtful:
            faults.add(
                f"{text} may be a mean or a percentage",
                where=f"number {place}",
                parameter="measure",
                expected="mean or percentage",
                got="none was given",
                hint=f'say measure="mean" or measure="percentage" (on the command line: --mean, or write {text}%)',
            )
        if measure == "mean" and number.percent:
            faults.add(
                "a percentage is no mean", where=f"number {place}", parameter="measure", expected="percentage", got=text
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
    decimal: str | None = None,
) -> tuple[int, ...]:
    """Return every base from which a group of percentages can come.

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
    decimal : {",", "."}, optional
        Decimal mark; read from the numbers where none of them can be read in two ways.

    Returns
    -------
    tuple of int
        All n in the range that fit, ascending.

    Raises
    ------
    InputError
        When a percentage cannot be read.

    Notes
    -----
    n fits when :func:`counts` gives each percentage some k; for an exhaustive set the counts must also be able to add
    up to n.

    References
    ----------
    Brown, N. J. L. & Heathers, J. A. J. (2017). The GRIM test. Social Psychological and Personality Science 8,
    363-369. doi:10.1177/1948550616673876

    Examples
    --------
    >>> fitting_bases(["30", "10"], 48)
    (10, 20, 30, 40)
    """
    texts = tuple(str(text) for text in printed)
    mark = decimal_mark(texts) if decimal is None else decimal
    found = []
    numbers = _read(texts, 1, mark, "percentage")
    for n in range(smallest, largest + 1):
        if rule == SUM_RULE:
            fits = sum_to_100(numbers, n) is not None
        else:
            options = [counts(n, number, rule) for number in numbers]
            fits = joint_counts(options, n) is not None if exhaustive == "yes" else all(options)
        if fits:
            found.append(n)
    return tuple(found)


# --- One printed statistic held against what it must come from: the result that all forensic checks give.


@dataclass(frozen=True, slots=True)
class ForensicResult(Result):
    """What one check of a printed statistic found.

    Parameters
    ----------
    check : str
        ``percentage``, ``mean``, ``sd``, ``binary_sd``, ``count_pair`` or ``p_value``.
    printed : str
        The statistic as it was printed.
    verdict : {"consistent", "rounding_dependent", "inconsistent"}
        ``rounding_dependent`` where only another rounding rule than the declared one, or a one-sided reading of a
        test, admits it.
    passes : tuple of str
        Rounding rules under which it holds.
    power : Fraction or None
        Share of printable values that this check would have rejected; None where print has no end.
    argument : tuple of Message
        The steps, in words and numbers.
    decision : {"", "kept", "turned"}
        Of p values: whether significance at the level stays what was printed.

    Examples
    --------
    >>> from aibaro.consistency import count_pair
    >>> count_pair("36", "8%", 442).verdict
    'consistent'
    """

    check: str
    printed: str
    verdict: str
    passes: tuple[str, ...]
    power: Fraction | None
    argument: tuple[Message, ...] = ()
    decision: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Return the result as one row.

        Returns
        -------
        pandas.DataFrame
            ``check, printed, verdict, decision, passes, power, argument``.
        """
        return pd.DataFrame([self.record()])

    def record(self) -> dict[str, Any]:
        """Return the result as one record.

        Returns
        -------
        dict
            The columns of :meth:`to_frame`.
        """
        return {
            "check": self.check,
            "printed": self.printed,
            "verdict": self.verdict,
            "decision": self.decision,
            "passes": " ".join(self.passes),
            "power": None if self.power is None else float(self.power),
            "argument": "; ".join(map(str, self.argument)),
        }

    def summary(self) -> str:
        """Say in plain lines what was found.

        Returns
        -------
        str
            The verdict, the argument, the power.
        """
        lines = [f"{self.printed}: {self.verdict}", *(f"  {step}" for step in self.argument)]
        if self.power is not None:
            lines.append(f"  power: {float(self.power):.3f} of printable values would fail")
        return "\n".join(lines)
