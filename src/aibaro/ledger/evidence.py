"""What do the respondents prove about the population?  The seam between claims and the rooms that know precision.

A claim's comparison is a linear combination of shares.  Evidence gives the range of one-sided p-values that it can
have over everything print leaves open; :mod:`aibaro.ledger.population` turns ranges into verdicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations, product
from math import sqrt
from typing import Protocol

from scipy.stats import norm, t

from aibaro.ledger.book import Book
from aibaro.ledger.bounds import Precision
from aibaro.ledger.comparisons import Comparison
from aibaro.ledger.figures import Figure
from aibaro.published.schema import WHOLE_BASE


@dataclass(frozen=True, slots=True)
class Tail:
    """One-sided p-values of a comparison over everything that print leaves open.

    Parameters
    ----------
    low, high : float
        Smallest and largest p-value against "not above zero".
    reverse_low, reverse_high : float
        The same against "not below zero".
    steps : tuple of str
        Lines for the argument.
    """

    low: float
    high: float
    reverse_low: float
    reverse_high: float
    steps: tuple[str, ...] = ()


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

    def remark(self, comparison: Comparison) -> tuple[str, ...]:
        """Say what would have to be known where a comparison cannot be tested.

        Parameters
        ----------
        comparison : Comparison
            The statement.

        Returns
        -------
        tuple of str
            Lines for the argument; none where there is nothing to say.
        """
        ...

    def variants(self) -> Mapping[str, Evidence]:
        """Give the same evidence under other defensible choices.

        Returns
        -------
        mapping of str to Evidence
            By the name of the choice.
        """
        ...


def combined_error(
    parts: list[tuple[float, Precision]], independent: list[list[bool]]
) -> tuple[float, float]:  # fmt: skip
    """Bound the standard error of a linear combination.

    Parameters
    ----------
    parts : list of (float, Precision)
        Coefficients and standard errors.
    independent : list of list of bool
        Which pairs of figures come from disjoint parts of the sample.

    Returns
    -------
    tuple of two float
        Smallest and largest standard error.

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


def tail_of(comparison: Comparison, error: tuple[float, float], df: float, steps: tuple[str, ...]) -> Tail:
    """Turn the range of a combination and of its standard error into p-values.

    Parameters
    ----------
    comparison : Comparison
        The combination; its rounding interval is used at its worst and best.
    error : tuple of two float
        Smallest and largest standard error.
    df : float
        Degrees of freedom; infinite for the normal.
    steps : tuple of str
        Lines for the argument.

    Returns
    -------
    Tail
        The p-values.
    """
    value, (least, most) = comparison.value(), error
    low, high = float(value.lower), float(value.upper)

    def over(x: float, e: float) -> float:
        return x / e if e > 0 else (0.0 if x == 0 else float("inf") * x)

    z_low = over(low, most) if low > 0 else over(low, least)
    z_high = over(high, least) if high > 0 else over(high, most)
    tail = norm.sf if df == float("inf") else (lambda z: t.sf(z, df))
    return Tail(float(tail(z_high)), float(tail(z_low)), float(tail(-z_low)), float(tail(-z_high)), steps)


@dataclass(frozen=True, slots=True)
class GroupEvidence:
    """Model-based evidence for groups with a printed n and unpublished weights.

    Parameters
    ----------
    book : Book
        The survey.
    deff_low, deff_high : float
        Range of design effects, common to both groups.

    Notes
    -----
    A share p of n answers gets the variance deff · p(1-p)/n; nothing about the weights is printed, so the verdict
    has to hold over the whole range of design effects.
    """

    book: Book
    deff_low: float = 1.0
    deff_high: float = 3.0

    def tail(self, comparison: Comparison) -> Tail | None:
        """Test a comparison of shares of groups.

        Parameters
        ----------
        comparison : Comparison
            The combination.

        Returns
        -------
        Tail or None
            None when a group's n is not printed.
        """
        figures = [figure for _, figure in comparison.terms]
        sizes = [self._size(figure) for figure in figures]
        if any(size is None for size in sizes):
            return None
        parts = [
            (float(c), self._precision(figure, size))
            for (c, figure), size in zip(comparison.terms, sizes, strict=True)
            if size
        ]
        apart = [[a.key.group != b.key.group for b in figures] for a in figures]
        error = self._exclusive(comparison, sizes) or combined_error(parts, apart)
        return tail_of(comparison, error, float("inf"), (
            f"model-based: n {', '.join(map(str, sizes))}, design effect {self.deff_low:g} to {self.deff_high:g}, "
            f"standard error {error[0]:.2f} to {error[1]:.2f} points",
        ))  # fmt: skip

    def _exclusive(self, comparison: Comparison, sizes: list[int | None]) -> tuple[float, float] | None:
        """Standard error of answers to one question of one group: deff (Σ c²p - (Σ cp)²)/n, at the worst rounding."""
        figures = [figure for _, figure in comparison.terms]
        places = {figure.key.about(item="") for figure in figures}
        items = {figure.key.item for figure in figures}
        sets = [{part.partition("@")[0] for part in relation.parts} for relation in self.book.relations
                if relation.kind == "exhaustive"]  # fmt: skip
        if len(figures) < 2 or len(places) > 1 or len(set(sizes)) > 1 or not any(items <= members for members in sets):
            return None
        size = sizes[0] or 1
        corners = []
        for ends in product(*((figure.band().lower, figure.band().upper) for figure in figures)):
            shares = [min(max(float(end) / 100, 0.0), 1.0) for end in ends]
            factors = [float(c) for c, _ in comparison.terms]
            squares = sum(c * c * p for c, p in zip(factors, shares, strict=True))
            mean = sum(c * p for c, p in zip(factors, shares, strict=True))
            corners.append(max(0.0, squares - mean * mean) / size)
        return 100 * sqrt(self.deff_low * min(corners)), 100 * sqrt(self.deff_high * max(corners))

    def _size(self, figure: Figure) -> int | None:
        if figure.key.domain or figure.unit != "percent" or figure.weighted != "yes":
            return None
        if figure.base_n is not None:
            return figure.base_n
        rows = self.book.survey.bases
        base = figure.key.base
        for name in (f"{base}.{figure.key.group}", base):
            found = [str(size) for size in rows.loc[rows["base"] == name, "respondents"] if str(size)]
            if found and (figure.key.group or base != WHOLE_BASE):
                return int(found[0])
        return None

    def _precision(self, figure: Figure, size: int) -> Precision:
        band = figure.band()
        ends = [min(max(float(p) / 100, 0.0), 1.0) for p in (band.lower, band.upper)]
        spread = [p * (1 - p) for p in ends]
        widest = 0.25 if ends[0] <= 0.5 <= ends[1] else max(spread)
        return Precision(
            100 * sqrt(self.deff_low * min(spread) / size), 100 * sqrt(self.deff_high * widest / size), float("inf")
        )

    def remark(self, comparison: Comparison) -> tuple[str, ...]:
        """Say that the size of a group is not printed.

        Parameters
        ----------
        comparison : Comparison
            The statement.

        Returns
        -------
        tuple of str
            The facts whose n is not printed.
        """
        unknown = [figure.fact for _, figure in comparison.terms if self._size(figure) is None]
        return (f"not tested: n is not printed for {', '.join(unknown)}",) if unknown else ()

    def variants(self) -> Mapping[str, Evidence]:
        """Give the evidence at single design effects.

        Returns
        -------
        mapping of str to Evidence
            Design effects 1, 1.5, 2 and 3.
        """
        return {f"design effect {d:g}": replace(self, deff_low=d, deff_high=d) for d in (1.0, 1.5, 2.0, 3.0)}
