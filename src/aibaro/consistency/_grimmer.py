"""Can this standard deviation come from whole scores?  GRIMMER, binary SDs (DEBIT), and the SDs that a mean allows.

n whole scores with a sum T have a sum of squares S of the parity of T.  The variance is (S - T²/n)/(n - 1), so print
leaves a band for S.  Which S in it belong to whole scores is decided exactly: by descent from the flattest set of
scores for a scale, by search for up to four scores, and by parity from five scores on, where nothing else is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, isqrt, sqrt

from aibaro.consistency._grim import (
    MOST_TRIED,
    ForensicResult,
    check_base,
    decimal_mark,
    rules_for,
    sums,
    verdict_of,
    whole_numbers,
)
from aibaro.errors import InputError
from aibaro.messages import Message, message
from aibaro.rounding import Interval, PrintedNumber, admissible, parse_printed

# A deficiency up to which the scores strictly inside a scale are searched; above it a set is called possible, so that
# on scales of more than twelve steps a few impossible standard deviations near the largest pass.
_SEARCHED = 300


def sum_of_squares_exists(n: int, total: int, squares: int, top: int | None = None) -> bool:
    """Tell whether n whole numbers (from 0 to `top`, where given) have this sum and this sum of squares.

    Notes
    -----
    Two equal scores a, a strictly inside the scale may become a - 1 and a + 1, which adds 2 to the sum of squares.
    From the flattest set this can go on until at most one score stands at each inner value, so that every sum of
    squares of the right parity is met whose deficiency, the sum of y (top - y), exceeds that of one score at each
    inner value, (top³ - top)/6.  Below that the few inner scores are searched.  Without a scale, n >= 5 numbers reach
    every sum of squares of the right parity from the flattest set on; up to four numbers are searched.

    Examples
    --------
    >>> sum_of_squares_exists(3, 6, 14), sum_of_squares_exists(3, 6, 16), sum_of_squares_exists(3, 6, 20, 4)
    (True, False, True)
    """
    low, rest = divmod(total, n)
    flattest = (n - rest) * low * low + rest * (low + 1) ** 2
    if squares < flattest or (squares - total) % 2:
        return False
    if top is None:
        return n >= 5 or _found(n, total, squares)
    if not 0 <= total <= n * top:
        return False
    deficiency = top * total - squares
    if deficiency < 0:
        return False
    if deficiency > (top**3 - top) // 6 or deficiency > _SEARCHED:
        return True
    # the scores inside the scale carry the deficiency; the others stand at its ends
    for inner, inside in _inner(top)[deficiency]:
        upper, odd = divmod(total - inside, top)
        if not odd and 0 <= upper <= n - inner:
            return True
    return False


def _found(n: int, total: int, squares: int) -> bool:
    if n == 1:
        return total * total == squares
    reach = isqrt(squares)
    return any(
        _found(n - 1, total - y, squares - y * y)
        for y in range(-reach, reach + 1)
        if (n - 1) * (squares - y * y) >= (total - y) ** 2
    )


@lru_cache(maxsize=64)
def _inner(top: int) -> tuple[frozenset[tuple[int, int]], ...]:
    """For each deficiency the numbers and sums of scores strictly inside a scale whose y (top - y) add up to it."""
    last = min((top**3 - top) // 6, _SEARCHED)
    reached: list[set[tuple[int, int]]] = [set() for _ in range(last + 1)]
    reached[0].add((0, 0))
    for value in range(1, top):
        cost = value * (top - value)
        for spent in range(cost, last + 1):
            reached[spent] |= {(inner + 1, inside + value) for inner, inside in reached[spent - cost]}
    return tuple(map(frozenset, reached))


def _band_of_squares(number: PrintedNumber, rule: str, n: int, total: int, items: int) -> Interval:
    """Sums of squares of whole scores that an SD admits: (n - 1)(items·SD)² + T²/n."""
    band = admissible(number, rule)
    low = max(band.lower, Fraction(0))
    base = Fraction(total * total, n)
    return Interval(
        (n - 1) * (items * low) ** 2 + base,
        (n - 1) * (items * band.upper) ** 2 + base,
        band.lower_closed or band.lower < 0,
        band.upper_closed,
    )


def _squares(
    mean: PrintedNumber, sd: PrintedNumber, rule: str, n: int, *, items: int, scale: tuple[int, int] | None
) -> Iterator[tuple[int, Interval, int | None]]:
    """For each sum that a mean admits: the band of squares, and the first sum of squares that exists in it."""
    shift = 0 if scale is None else scale[0] * items
    top = None if scale is None else (scale[1] - scale[0]) * items
    for total in sums(n, mean, rule, items=items, scale=scale):
        band = _band_of_squares(sd, rule, n, total, items)
        found = None
        for squares in whole_numbers(band):
            # the scores less their smallest value: (x - a)² adds up to S - 2aT + na²
            moved, moved_squares = total - n * shift, squares - 2 * shift * total + n * shift * shift
            if sum_of_squares_exists(n, moved, moved_squares, top):
                found = squares
                break
        yield total, band, found


def grimmer(
    mean: str,
    sd: str,
    n: int,
    *,
    items: int = 1,
    scale: tuple[int, int] | None = None,
    declared: str = "half_up",
    decimal: str | None = None,
) -> ForensicResult:
    """Check whether a mean and its standard deviation can come from whole scores.

    Parameters
    ----------
    mean, sd : str
        As printed; the SD with denominator n - 1.
    n : int
        Scores, >= 2.
    items : int, default 1
        Whole items that each score averages.
    scale : tuple of two int, optional
        Smallest and largest answer of an item.
    declared : str, default "half_up"
        Rounding rule that the publication is taken to use.
    decimal : {",", "."}, optional
        Decimal mark; read from the numbers where none of them can be read in two ways.

    Returns
    -------
    ForensicResult
        Verdict, argument, and the share of printable SDs that would fail beside this mean.

    Raises
    ------
    InputError
        When a number cannot be read or n is below 2.

    Notes
    -----
    A score is t/items for a whole t.  With T the sum of all t, Σt² has to lie in
    (n - 1)(items·SD)² + T²/n, has the parity of T, and has to belong to whole t in the scale.

    References
    ----------
    Anaya, J. (2016). The GRIMMER test. PeerJ Preprints 4, e2400v1. doi:10.7287/peerj.preprints.2400v1

    Examples
    --------
    >>> grimmer("5.21", "1.6", 28).verdict
    'consistent'
    >>> found = grimmer("3.44", "2.47", 18)  # 2.4792 cut off
    >>> found.verdict, found.passes
    ('rounding_dependent', ('truncate',))
    """
    mark = decimal_mark([mean, sd]) if decimal is None else decimal
    _check_two(n)
    m, s = parse_printed(mean, mark), parse_printed(sd, mark)
    rules = rules_for(declared)
    found = {rule: list(_squares(m, s, rule, n, items=items, scale=scale)) for rule in rules}
    passes = tuple(rule for rule in rules if any(hit is not None for _, _, hit in found[rule]))
    return ForensicResult(
        "sd",
        f"mean {mean}, SD {sd}, n = {n}",
        verdict_of([rule in passes for rule in rules]),
        passes,
        _sd_power(m, s.decimals, n, items=items, scale=scale, rule=declared),
        tuple(_sd_steps(mean, sd, n, items, found[declared])),
    )


def _check_two(n: int) -> None:
    check_base(n, MOST_TRIED)
    if n < 2:
        raise InputError("one score has no standard deviation", parameter="n", expected=">= 2", got=str(n))


def _sd_steps(
    mean: str, sd: str, n: int, items: int, found: Iterable[tuple[int, Interval, int | None]]
) -> Iterator[Message]:
    rows = list(found)
    if not rows:
        yield message("forensic.mean_none", granules=n * items, printed=mean)
        return
    totals = tuple(total for total, _, _ in rows)
    yield message("forensic.mean_sums", n=n, items=items, granules=n * items, printed=mean, sums=totals)
    total, band, hit = next((row for row in rows if row[2] is not None), rows[0])
    parity = message("forensic.odd" if total % 2 else "forensic.even")
    yield message("forensic.squares", total=total, printed=sd, low=band.lower, high=band.upper, parity=parity)
    if hit is None:
        yield message("forensic.squares_none", n=n)
    else:
        yield message("forensic.squares_found", squares=hit, n=n)


def sd_limits(
    mean: str, n: int, scale: tuple[int, int], *, items: int = 1, declared: str = "half_up", decimal: str | None = None
) -> tuple[float, float]:
    """Return the smallest and largest standard deviation that a mean on a scale allows.

    Parameters
    ----------
    mean : str
        As printed.
    n : int
        Scores, >= 2.
    scale : tuple of two int
        Smallest and largest answer of an item.
    items : int, default 1
        Whole items that each score averages.
    declared : str, default "half_up"
        Rounding rule.
    decimal : {",", "."}, optional
        Decimal mark.

    Returns
    -------
    tuple of two float
        Over all sums that the mean admits.

    Raises
    ------
    InputError
        When no whole sum gives the mean.

    Notes
    -----
    With n whole scores of sum S the sum of squares Q is smallest when all scores are the whole numbers next to S/n, and
    largest when all but one stand at the ends of the scale; SD = √((Q - S²/n)/(n - 1)).

    References
    ----------
    Bhatia, R. & Davis, C. (2000). A better bound on the variance. The American Mathematical Monthly 107, 353-357.
    doi:10.1080/00029890.2000.12005203

    Examples
    --------
    >>> tuple(round(end, 2) for end in sd_limits("4.2", 5, (1, 7)))
    (0.45, 3.03)
    """
    mark = decimal_mark([mean]) if decimal is None else decimal
    _check_two(n)
    totals = sums(n, parse_printed(mean, mark), declared, items=items, scale=scale)
    if not totals:
        raise InputError("no whole sum gives the mean", parameter="mean", expected=f"k/{n * items}", got=mean)
    ends = [_square_limits(n, total, scale[0] * items, scale[1] * items) for total in totals]
    variances = [
        (Fraction(s) - Fraction(t * t, n)) / (n - 1) for t, pair in zip(totals, ends, strict=True) for s in pair
    ]
    return sqrt(min(variances)) / items, sqrt(max(variances)) / items


def _square_limits(n: int, total: int, low: int, high: int) -> tuple[int, int]:
    base, rest = divmod(total, n)
    flattest = (n - rest) * base * base + rest * (base + 1) ** 2
    upper, inner = divmod(total - n * low, high - low) if high > low else (0, 0)
    steepest = upper * high * high + (n - upper) * low * low
    if inner:
        steepest += (low + inner) ** 2 - low * low
    return flattest, steepest


def _sd_power(
    mean: PrintedNumber, decimals: int, n: int, *, items: int, scale: tuple[int, int] | None, rule: str
) -> Fraction | None:
    """Share of printable SDs that fail beside a mean: on the scale, or within 1 of the smallest possible."""
    totals = sums(n, mean, rule, items=items, scale=scale)
    if not totals:
        return Fraction(1)
    square = 100**decimals
    flat = [_square_limits(n, total, total // n, total // n + 1)[0] for total in totals]
    # variances in units of print: (S - T²/n) 100^d / ((n - 1) items²)
    factor = Fraction(square, (n - 1) * items * items)
    bottom, last = 0, 10**decimals * (scale[1] - scale[0] if scale else 1)
    if scale is None:
        # without a scale an SD has no end; the share is that of the values within 1 of the smallest
        bottom = min(isqrt(floor((s - Fraction(t * t, n)) * factor)) for s, t in zip(flat, totals, strict=True))
        last += bottom
    missing = set(range(bottom, last + 1))
    for total, smallest in zip(totals, flat, strict=True):
        missing -= {step for step in missing if _reached(step, total, smallest, factor, n, items, scale, rule)}
        if not missing:
            break
    return Fraction(len(missing), last - bottom + 1)


def _reached(  # noqa: PLR0917 - a step is reached or not by all of these
    step: int, total: int, smallest: int, factor: Fraction, n: int, items: int, scale: tuple[int, int] | None, rule: str
) -> bool:
    """Whether answers with a total have an SD that prints as a step."""
    shift, top = (0, None) if scale is None else (scale[0] * items, (scale[1] - scale[0]) * items)
    mean_square = Fraction(total * total, n)
    largest = None if scale is None else _square_limits(n, total, scale[0] * items, scale[1] * items)[1]
    below = {"truncate": Fraction(0), "floor_or_ceil": Fraction(1)}.get(rule, Fraction(1, 2))
    # what lies just above a step prints as it under every rule, so that most steps are found at once
    for low, high in ((Fraction(step), Fraction(step + 1)), (max(step - below, Fraction(0)), Fraction(step))):
        first, end = (ceil(side * side / factor + mean_square) for side in (low, high))
        first = max(first, smallest)
        first += (first - smallest) % 2
        for squares in range(first, (end if largest is None else min(end, largest)) + 1, 2):
            moved = squares - 2 * shift * total + n * shift * shift
            if step in _steps((squares - mean_square) * factor, rule) and sum_of_squares_exists(
                n, total - n * shift, moved, top
            ):
                return True
    return False


def _steps(variance: Fraction, rule: str) -> set[int]:
    """What the root of a variance, in units of print, prints as under a rule."""
    below = isqrt(floor(variance))
    if rule == "truncate":
        return {below}
    if rule == "floor_or_ceil":
        return {below} if below * below == variance else {below, below + 1}
    doubled = isqrt(floor(4 * variance))
    tie = doubled % 2 == 1 and doubled * doubled == 4 * variance
    if tie and rule != "half_up":
        return {below, below + 1} if rule == "nearest" else {below + below % 2}
    return {(doubled + 1) // 2}


def debit(mean: str, sd: str, n: int, *, declared: str = "half_up", decimal: str | None = None) -> ForensicResult:
    """Check whether the mean and standard deviation of zeros and ones belong together.

    Parameters
    ----------
    mean, sd : str
        As printed, mean between 0 and 1; the SD with denominator n - 1.
    n : int
        Zeros and ones, >= 2.
    declared : str, default "half_up"
        Rounding rule that the publication is taken to use.
    decimal : {",", "."}, optional
        Decimal mark; read from the numbers where none of them can be read in two ways.

    Returns
    -------
    ForensicResult
        Verdict, argument, and the share of printable SDs from 0 to 0.71 that would fail beside this mean.

    Raises
    ------
    InputError
        When a number cannot be read or n is below 2.

    Notes
    -----
    With k ones the SD is √(k (n - k) / (n (n - 1))).

    References
    ----------
    Heathers, J. A. J. & Brown, N. J. L. (2019). DEBIT: a simple consistency test for binary data.
    https://osf.io/5vb3u

    Examples
    --------
    >>> debit("0.44", "0.50", 1683).verdict, debit("0.19", "0.35", 1683).verdict
    ('consistent', 'inconsistent')
    """
    mark = decimal_mark([mean, sd]) if decimal is None else decimal
    _check_two(n)
    m, s = parse_printed(mean, mark), parse_printed(sd, mark)
    rules = rules_for(declared)
    hits = {rule: [k for k in _ones(n, m, rule) if _binary_fits(k, n, admissible(s, rule))] for rule in rules}
    passes = tuple(rule for rule in rules if hits[rule])
    ones = _ones(n, m, declared)
    if hits[declared]:
        k = hits[declared][0]
        step = message("forensic.binary", k=k, n=n, mean=Fraction(k, n), sd=_binary_sd(k, n))
    elif ones:
        ends = sorted({_binary_sd(k, n) for k in (ones[0], ones[-1])})
        step = message("forensic.binary_none", n=n, mean=mean, sds=tuple(f"{end:.4f}" for end in ends))
    else:
        step = message("forensic.binary_no_mean", n=n, mean=mean)
    printable = range(ceil(Fraction(71, 100) * 10**s.decimals) + 1)
    reached = {
        step
        for step in printable
        for k in ones
        if _binary_fits(
            k, n, admissible(PrintedNumber("", Fraction(step, 10**s.decimals), s.decimals, False), declared)
        )
    }
    return ForensicResult(
        "binary_sd",
        f"mean {mean}, SD {sd}, n = {n}",
        verdict_of([rule in passes for rule in rules]),
        passes,
        1 - Fraction(len(reached), len(printable)),
        (step,),
    )


def _ones(n: int, mean: PrintedNumber, rule: str) -> range:
    return sums(n, mean, rule, scale=(0, 1))


def _binary_sd(k: int, n: int) -> float:
    return sqrt(k * (n - k) / (n * (n - 1)))


def _binary_fits(k: int, n: int, band: Interval) -> bool:
    squared = Interval(
        max(band.lower, Fraction(0)) ** 2, band.upper**2, band.lower_closed or band.lower < 0, band.upper_closed
    )
    return Fraction(k * (n - k), n * (n - 1)) in squared
