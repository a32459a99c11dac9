"""What do the respondents prove about the population?  The seam between claims and the rooms that know precision.

A claim's comparison is a linear combination of shares.  Evidence gives the range of one-sided p-values that it can
have over everything print leaves open; :mod:`aibaro.ledger.claims` turns ranges into verdicts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import sqrt
from typing import Protocol

import numpy as np

from aibaro.errors import IntegrityError
from aibaro.facts import Key
from aibaro.ledger._families import Hypotheses
from aibaro.ledger._inversion import LIMITS, difference_statistic, share_statistic, upper_tail
from aibaro.ledger._unless import Condition
from aibaro.ledger.comparisons import Comparison
from aibaro.messages import Message
from aibaro.published import PublishedSurvey
from aibaro.published.schema import WHOLE_BASE
from aibaro.reconstruct import read_bounds

# --- Which bounds on standard errors ship with a survey?


@dataclass(frozen=True, slots=True)
class Precision:
    """Range of the standard error of one figure.

    Parameters
    ----------
    lower, upper : float
        Smallest and largest standard error in points of percent.
    df : float
        Smallest degrees of freedom.
    """

    lower: float
    upper: float
    df: float


def narrower(one: Precision | None, two: Precision | None) -> Precision | None:
    """Join two bounds of one figure.

    Examples
    --------
    >>> narrower(Precision(1.0, 2.0, 50), Precision(1.5, 3.0, 40))
    Precision(lower=1.5, upper=2.0, df=40)
    """
    if one is None or two is None:
        return one or two
    low, high = max(one.lower, two.lower), min(one.upper, two.upper)
    if low > high * (1 + 1e-6):
        raise IntegrityError(
            "bounds on a standard error exclude each other",
            where="bounds.csv",
            expected=f"{one.lower:.4f} to {one.upper:.4f}",
            got=f"{two.lower:.4f} to {two.upper:.4f}",
            hint="recompute the bounds: they belong to other figures",
        )
    return Precision(low, high, min(one.df, two.df))


def read_precision(survey: PublishedSurvey) -> dict[Key, Precision]:
    """Read the bounds on standard errors that ship with a survey, of tables and of figures printed overall alone."""
    found: dict[Key, Precision] = {}
    for part in ("overall", "tables"):
        for row in read_bounds(survey, part).to_dict("records"):
            key = Key(row["item"], row["base"] or WHOLE_BASE, row["domain"], row["level"])
            df = max(float(row["df_lower"]), 1.0)
            found[key] = Precision(100 * float(row["se_lower"]), 100 * float(row["se_upper"]), df)
    return found


# --- What do the respondents prove about the population?  The seam between claims and the rooms that know precision.

_PAIR = 2


@dataclass(frozen=True, slots=True)
class Tail:
    """One-sided p-values of a comparison over everything that print leaves open.

    Parameters
    ----------
    low, high : float
        Smallest and largest p-value against "not above zero".
    reverse_low, reverse_high : float
        The same against "not below zero".
    steps : tuple of Message
        Lines for the argument.
    """

    low: float
    high: float
    reverse_low: float
    reverse_high: float
    steps: tuple[Message, ...] = ()


class Evidence(Protocol):
    """What a source of evidence offers; other rooms may bring their own."""

    def tail(self, comparison: Comparison) -> Tail | None:
        """Test a comparison.

        Parameters
        ----------
        comparison : Comparison
            The statement that a combination of figures is above zero.

        Returns
        -------
        Tail or None
            None when print gives no hold on its precision.
        """
        ...

    def remark(self, comparison: Comparison) -> tuple[Message, ...]:
        """Say what would have to be known where a comparison cannot be tested.

        Parameters
        ----------
        comparison : Comparison
            The statement.

        Returns
        -------
        tuple of Message
            Lines for the argument; none where there is nothing to say.
        """
        ...

    def unless(self, comparisons: Sequence[Comparison], closest: Comparison, verdict: str) -> tuple[Condition, ...]:
        """Say what would have to be true for a claim to be false.

        Parameters
        ----------
        comparisons : sequence of Comparison
            The claim's comparisons.
        closest : Comparison
            The one that uneven taking part turns first.
        verdict : str
            Its verdict in the population.

        Returns
        -------
        tuple of Condition
            Each by itself would do.
        """
        ...

    def hypotheses(self) -> Hypotheses:
        """Return the comparisons that a declared family tests.

        Returns
        -------
        mapping of frozenset of str to Corrected
            By the two facts that are compared.
        """
        ...

    def variants(self) -> Mapping[str, Evidence]:
        """Return the same evidence under other defensible choices.

        Returns
        -------
        mapping of str to Evidence
            By the name of the choice.
        """
        ...


def combined_error(parts: list[tuple[float, Precision]], independent: list[list[bool]]) -> tuple[float, float]:
    """Bound the standard error of a linear combination.

    Notes
    -----
    Independent terms add their variances; for other pairs the covariance is bounded by the product of their
    standard errors (Cauchy-Schwarz), which holds whatever the joint answers are.

    Examples
    --------
    >>> pair = [(1.0, Precision(3.0, 3.0, 100)), (-1.0, Precision(4.0, 4.0, 100))]
    >>> combined_error(pair, [[True, True], [True, True]])
    (5.0, 5.0)
    >>> combined_error(pair, [[True, False], [False, True]])
    (1.0, 7.0)
    """
    high = sum((c * p.upper) ** 2 for c, p in parts)
    sizes = [abs(c) * p.lower for c, p in parts]
    tops = [abs(c) * p.upper for c, p in parts]
    for i, j in combinations(range(len(parts)), 2):
        if not independent[i][j]:
            high += 2 * tops[i] * tops[j]
    if all(independent[i][j] for i, j in combinations(range(len(parts)), 2)):
        return sqrt(sum(size**2 for size in sizes)), sqrt(high)
    # one term can be cancelled by the others at most
    gaps = [sizes[i] - (sum(tops) - tops[i]) for i in range(len(parts))]
    return max(0.0, *gaps), sqrt(high)


def tail_of(
    comparison: Comparison,
    error: tuple[float, float],
    df: float,
    steps: tuple[Message, ...],
    rounding: str = "half_up",
    *,
    df_most: float | None = None,
) -> Tail:
    """Turn the range of a combination and of its standard error into p-values."""
    value, (least, most) = comparison.value(rounding), error
    low, high = float(value.lower), float(value.upper)

    def over(x: float, e: float) -> float:
        return x / e if e > 0 else (0.0 if x == 0 else float("inf") * x)

    z_low = over(low, most) if low > 0 else over(low, least)
    z_high = over(high, least) if high > 0 else over(high, most)
    return tail_from(z_low, z_high, df, steps, df_most)


def tail_from(z_low: float, z_high: float, df: float, steps: tuple[Message, ...], df_most: float | None = None) -> Tail:
    """Turn the smallest and the largest statistic into p-values."""
    statistics = [z_high, z_low, -z_low, -z_high]
    ends = np.array([upper_tail(statistics, each) for each in (df, df if df_most is None else df_most)])
    least, most = ends.min(axis=0), ends.max(axis=0)
    return Tail(float(least[0]), float(most[1]), float(least[2]), float(most[3]), steps)


def tail_by_interval(
    comparison: Comparison,
    parts: list[tuple[float, Precision]],
    error: tuple[float, float],
    df: float,
    *,
    method: str,
    steps: tuple[Message, ...],
    rounding: str = "half_up",
    df_most: float | None = None,
) -> Tail:
    """Test a comparison by another interval method than Wald's."""
    factors = [factor for factor, _ in comparison.terms]
    usual = all(precision.upper < float("inf") for _, precision in parts) and error[1] > 0
    if method == "wald" or not usual or any(abs(c) != 1 for c in factors) or len(factors) > _PAIR:
        return tail_of(comparison, error, df, steps, rounding, df_most=df_most)
    if len(factors) == _PAIR and (factors[0] == factors[1] or method not in LIMITS):
        return tail_of(comparison, error, df, steps, rounding, df_most=df_most)
    bands = [figure.band(rounding) for _, figure in comparison.terms]
    ends = [tuple(float(end) / 100 for end in (band.lower, band.upper)) for band in bands]
    sizes = [tuple(max(end, 1e-6) / 100 for end in (p.lower, p.upper)) for _, p in parts]
    constant = float(comparison.constant) / 100
    if len(factors) == 1:
        grid = np.array(list(product(ends[0], sizes[0]))).T
        found = float(factors[0]) * share_statistic(method, grid[0], grid[1], -float(factors[0]) * constant)
        return tail_from(float(found.min()), float(found.max()), df, steps, df_most)
    first, second = (0, 1) if factors[0] > 0 else (1, 0)
    whole = [max(end, 1e-6) / 100 for end in error]
    corners = [
        (ends[first][i], sizes[first][k], ends[second][1 - i], sizes[second][k], whole[k])
        for i in (0, 1)
        for k in (0, 1)
    ]
    grid = np.array(corners).T
    statistics = difference_statistic(method, grid[0], grid[1], grid[2], grid[3], grid[4], -constant)
    return tail_from(float(statistics.min()), float(statistics.max()), df, steps, df_most)
