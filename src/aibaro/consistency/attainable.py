"""Which domain figures and which counts of respondents do printed percentages allow?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from aibaro.consistency.check import Printable, band
from aibaro.errors import InputError
from aibaro.rounding import Interval


def attainable_from_margin(
    cells: Mapping[str, int], margins: Mapping[str, int], rates: Mapping[str, Printable], rule: str = "half_up"
) -> Interval:
    """Bound a domain figure by the figures of the other margin.

    Parameters
    ----------
    cells : mapping of str to int
        Units of the domain in each level of the other margin (a sector's firms by size class).
    margins : mapping of str to int
        Units of each level of the other margin.
    rates : mapping of str to PrintedNumber or Interval
        Percentage of each level of the other margin.
    rule : str, default "half_up"
        Rounding rule.

    Returns
    -------
    Interval
        Percentages of the domain that the other margin allows, closed hull.

    Raises
    ------
    InputError
        When levels differ or a cell exceeds its margin.

    Notes
    -----
    Fréchet's bounds in each level s: max(0, A_s - (N_s - N_sj)) <= A_sj <= min(N_sj, A_s), added over s.

    Examples
    --------
    >>> from aibaro.rounding import parse_printed
    >>> rates = {"small": parse_printed("10%"), "large": parse_printed("90%")}
    >>> allowed = attainable_from_margin({"small": 50, "large": 50}, {"small": 100, "large": 60}, rates)
    >>> float(allowed.lower), float(allowed.upper)
    (43.7, 60.5)
    """
    if set(cells) != set(margins) or set(cells) != set(rates) or any(cells[s] > margins[s] for s in cells):
        raise InputError(
            "cells do not fit their margin",
            where="attainable_from_margin",
            parameter="cells",
            expected="the levels of the margin, each cell within it",
            got=str(dict(cells)),
        )
    low = high = Fraction(0)
    for level, size in cells.items():
        share = band(rates[level], rule)
        least, most = share.lower * margins[level] / 100, share.upper * margins[level] / 100
        low += max(Fraction(0), least - (margins[level] - size))
        high += min(Fraction(size), most)
    whole = sum(cells.values())
    return Interval(100 * low / whole, 100 * high / whole)


def attainable_count(strata: Sequence[tuple[int, int]], share: Printable, rule: str = "half_up") -> Interval:
    """Bound the number of respondents behind a weighted percentage.

    Parameters
    ----------
    strata : sequence of (int, int)
        Population N_h and respondents n_h of each stratum of the domain.
    share : PrintedNumber or Interval
        Weighted percentage of the domain.
    rule : str, default "half_up"
        Rounding rule.

    Returns
    -------
    Interval
        Respondents that the percentage allows, closed hull.

    Notes
    -----
    Least and greatest Σ a_h with Σ (N_h/n_h) a_h in the printed range and 0 <= a_h <= n_h, without whole
    numbers: filling the strata of the smallest weights first gives the greatest count.

    Examples
    --------
    >>> from aibaro.rounding import parse_printed
    >>> allowed = attainable_count([(100, 10), (10, 10)], parse_printed("50%"))
    >>> float(allowed.lower), round(float(allowed.upper), 2)
    (5.445, 14.55)
    """
    whole = band(share, rule)
    total = sum(size for size, _ in strata)
    weights = sorted((Fraction(size, count), Fraction(count)) for size, count in strata)
    least = _fill(weights[::-1], whole.lower * total / 100)
    most = _fill(weights, whole.upper * total / 100)
    return Interval(least, most)


def _fill(weights: Sequence[tuple[Fraction, Fraction]], units: Fraction) -> Fraction:
    count, left = Fraction(0), max(units, Fraction(0))
    for weight, room in weights:
        step = min(room, left / weight)
        count, left = count + step, left - step * weight
    return count
