"""How unevenly must people have taken part for a statement to be false?  Without a population size, and at worst."""

from __future__ import annotations

import math
from collections.abc import Sequence

from aibaro._typed import typed
from aibaro.errors import InputError

Terms = Sequence[tuple[float, float]]


def combined(terms: Terms, constant: float, where: str) -> float:
    """What the statement gives as it stands: the combination that has to be above zero."""
    shares = all(0 <= share <= 1 and math.isfinite(factor) for factor, share in terms)
    if not terms or not shares or not math.isfinite(constant):
        raise InputError(
            "not a combination of shares",
            where=where,
            parameter="terms, constant",
            expected="pairs of a finite factor and a share between 0 and 1; a finite constant",
            got=f"{list(terms)}, {constant}",
        )
    return math.fsum([*(factor * share for factor, share in terms), constant])


@typed
def shifted_share(share: float, ratio: float) -> float:
    """Share in the population when those with the answer took part `ratio` times as readily as the others.

    Parameters
    ----------
    share : float
        Share among those who took part.
    ratio : float
        Probability of taking part of those with the answer over that of the others, above 0.

    Returns
    -------
    float
        p / (p + ratio (1 - p)).

    Raises
    ------
    InputError
        For values that are no share and no ratio.

    Notes
    -----
    Bayes' rule: the odds among those who took part are `ratio` times the odds in the population, whatever its size.

    Examples
    --------
    >>> shifted_share(0.5, 3.0)
    0.25
    """
    if not 0 <= share <= 1 or not 0 < ratio < math.inf:
        raise InputError(
            "not a share and a ratio",
            where="shifted_share",
            parameter="share, ratio",
            expected="0 to 1; above 0, finite",
            got=f"{share}, {ratio}",
        )
    return _shifted(share, ratio)


def _shifted(share: float, ratio: float) -> float:
    return share / (share + ratio * (1 - share))


@typed
def participation_ratio(terms: Terms, constant: float = 0.0) -> float:
    """Least ratio of two people's chances to take part at which a combination of shares is no longer above zero.

    Parameters
    ----------
    terms : sequence of (float, float)
        Factors and shares among those who took part.
    constant : float
        What is added to them.

    Returns
    -------
    float
        At least 1; 1 where the combination is not above zero as it stands, infinite where no ratio turns it.

    Raises
    ------
    InputError
        For terms that are no shares.

    Notes
    -----
    With chances to take part that differ by a factor of at most k between any two people, every share of the
    population lies between p/(p + k (1 - p)) and k p/(k p + 1 - p) (Aronow & Lee 2013).  The smallest k at which the
    combination can be zero follows by bisection, each share at its worst.  It is exact for one share, and for two
    shares of different people; for several shares of the same people it is a lower limit, closer for a difference of
    two: those with the first answer alone against those with the second alone, p₁₀/p₀₁ over all joint tables, that is
    max(a/b, (1-b)/(1-a)), which :func:`paired_ratio` gives.  Weighted shares and shares over strata keep the limit:
    the lower end is convex in p, the upper one concave (Jensen).

    References
    ----------
    Aronow, P. M. & Lee, D. K. K. (2013). Interval estimation of population means under unknown but bounded
    probabilities of sample selection. Biometrika 100, 235-240. https://doi.org/10.1093/biomet/ass064

    Examples
    --------
    80% against a half; 28% of one group against 19% of another:

    >>> round(participation_ratio([(1.0, 0.8)], -0.5), 3)
    4.0
    >>> round(participation_ratio([(1.0, 0.28), (-1.0, 0.19)]), 3)
    1.288
    """
    value = combined(terms, constant, "participation_ratio")
    if value <= 0:
        return 1.0

    def left(ratio: float) -> float:
        moved = (factor * _shifted(share, ratio if factor > 0 else 1 / ratio) for factor, share in terms if factor)
        return math.fsum([*moved, constant])

    high = 2.0
    while left(high) > 0:
        if high > 1e12:
            return math.inf
        high *= 2
    low = high / 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if left(middle) > 0 else (low, middle)
    return low


@typed
def paired_ratio(a: float, b: float) -> float:
    """Least ratio at which two shares of the same people, a above b, are equal in the population.

    Parameters
    ----------
    a, b : float
        Shares among those who took part, a > b.

    Returns
    -------
    float
        max(a/b, (1 - b)/(1 - a)): those with the first answer alone over those with the second alone, at the joint
        table where this is least.

    Raises
    ------
    InputError
        For shares that are not in this order.

    Notes
    -----
    The shares differ by those with one answer alone: x with the first, y with the second, x - y = a - b.  They are
    equal in the population when those with the first took part x/y times as readily.  x/y falls as y grows, and y is at
    most b and at most 1 - a.

    Examples
    --------
    >>> round(paired_ratio(0.6, 0.3), 3)
    2.0
    """
    if not 0 <= b < a <= 1:
        raise InputError(
            "not two shares, the larger first",
            where="paired_ratio",
            parameter="a, b",
            expected="0 <= b < a <= 1",
            got=f"{a}, {b}",
        )
    return max(a / b if b > 0 else math.inf, (1 - b) / (1 - a) if a < 1 else math.inf)


@typed
def coverage_needed(terms: Terms, constant: float = 0.0) -> float:
    """Part of the people that must have answered for a combination to be above zero whatever the others say.

    Parameters
    ----------
    terms : sequence of (float, float)
        Factors and shares among those who answered.
    constant : float
        What is added to them.

    Returns
    -------
    float
        Between 0 and 1; 1 where no part suffices, 0 where no answers at all can turn it.

    Raises
    ------
    InputError
        For terms that are no shares.

    Notes
    -----
    Manski's worst case: with a part f answering, the combination is at least f C + (1 - f) m, with C what the
    answers give and m the smallest that other answers can give; it is above zero for f > m / (m - C).  It asks no
    size of the population, and those who were never asked, who refused and who skipped the question count alike.

    References
    ----------
    Manski, C. F. (2003). Partial Identification of Probability Distributions. https://doi.org/10.1007/b97478

    Examples
    --------
    >>> coverage_needed([(1.0, 0.8)], -0.5)
    0.625
    """
    value = combined(terms, constant, "coverage_needed")
    least = math.fsum([*(min(factor, 0.0) for factor, _ in terms), constant])
    if value <= 0:
        return 1.0
    return least / (least - value) if least < 0 else 0.0
