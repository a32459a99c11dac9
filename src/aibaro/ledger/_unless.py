"""What would have to be true for a claim to be false, or for a refuted one to be true?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor, inf, isfinite

from scipy import special

from aibaro.compare.domain_precision import Mask
from aibaro.design import Design
from aibaro.ledger._claim_rules import Assertion
from aibaro.ledger.comparisons import Comparison
from aibaro.messages import Code, Message, message
from aibaro.sensitivity import (
    breakdown_response,
    coverage_needed,
    least_correlation,
    paired_ratio,
    participation_ratio,
)

ONE_SIDE = 0.025  # one side of a 95% interval
# who takes part of how many is rarely printed: a correlation is given for one in ten, and for a large population
_TENTH, _PEOPLE = 10, 1_000_000


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that would have to be true, by itself, for a claim to be false.

    Parameters
    ----------
    cause : {"weighting", "participation", "correlation", "nonresponse", "imputation", "worst_case"}
        What it is about.
    turns_at : float
        The value at which the claim turns, in the unit of the cause.
    words : Message
        The same in words.
    """

    cause: str
    turns_at: float
    words: Message

    @property
    def line(self) -> Message:
        """A line of a list: what it is about, and the words."""
        return message("unless.participation", who=self.words) if self.cause == "participation" else self.words


def closest(statements: Sequence[Assertion], rates: Collection[str] = ()) -> Comparison | None:
    """The comparison whose failing makes a claim false and that uneven taking part turns first.

    Parameters
    ----------
    statements : sequence of Assertion
        The readings of a claim.
    rates : collection of str
        Items that are rates of the fieldwork, no answers of respondents.

    Returns
    -------
    Comparison or None
        None where a comparison is not of shares, or where rounding alone reaches the limit.

    Notes
    -----
    Where r of m comparisons have to hold, m - r + 1 have to fail: the one that turns last of these is the claim's.
    """
    found: list[tuple[float, int, Comparison]] = []
    for part in (part for statement in statements for part in statement.parts):
        if not part.comparisons or not all(_of_shares(c, rates) for c in part.comparisons):
            return None
        ratios = [(_ratio(c), place, c) for place, c in enumerate(part.comparisons)]
        need = len(ratios) if part.need is None else part.need
        found.append(sorted(ratios, key=lambda row: row[:2])[len(ratios) - need])
    ratio, _, nearest = min(found, key=lambda row: row[:2], default=(1.0, 0, None))
    return nearest if ratio > 1 else None


def reversal(statements: Sequence[Assertion], rates: Collection[str] = ()) -> Comparison | None:
    """The reverse of the comparison that uneven taking part turns last, of those that make a claim false.

    All of them would have to hold for the claim to be true; None where one is not of shares, or how many have to hold
    is left open.
    """
    parts = [part for statement in statements[:1] for part in statement.parts]
    failing = [c for part in parts for c in part.comparisons if c.value().upper < 0]
    if not failing or any(part.need is not None for part in parts) or not all(_of_shares(c, rates) for c in failing):
        return None
    reverse = [replace(c, terms=tuple((-f, q) for f, q in c.terms), constant=-c.constant, _values={}) for c in failing]
    return max(reverse, key=_ratio)


def _of_shares(comparison: Comparison, rates: Collection[str]) -> bool:
    figures = [figure for _, figure in comparison.terms]
    return bool(figures) and all(f.percent and f.key.measure == "share" and f.key.item not in rates for f in figures)


def _terms(comparison: Comparison) -> list[tuple[float, float]]:
    """Factors and shares at the ends of rounding that are nearest to the limit."""
    return [
        (float(factor), float(min(max((band.lower if factor > 0 else band.upper) / 100, Fraction(0)), Fraction(1))))
        for factor, figure in comparison.terms
        for band in [figure.band()]
    ]


def _people(comparison: Comparison) -> list[int]:
    """Number the groups that the terms speak of."""
    places = [figure.key.about(item="") for _, figure in comparison.terms]
    known = list(dict.fromkeys(places))
    return [known.index(place) for place in places]


def _paired(comparison: Comparison) -> bool:
    """Tell whether two answers of the same people are compared."""
    factors = sorted(factor for factor, _ in comparison.terms)
    return factors == [-1, 1] and not comparison.constant and len(set(_people(comparison))) == 1


def _ratio(comparison: Comparison) -> float:
    terms = _terms(comparison)
    if comparison.value().lower <= 0:
        return 1.0
    if _paired(comparison):
        (_, a), (_, b) = sorted(terms, reverse=True)
        return float(paired_ratio(a, b))
    return float(participation_ratio(terms, float(comparison.constant) / 100))


def participation(comparison: Comparison) -> Condition | None:
    """How unevenly people must have taken part; None where no unevenness turns the comparison."""
    ratio = _ratio(comparison)
    if not isfinite(ratio):
        return None
    shown = {"ratio": floor(ratio * 100) / 100}
    factors = [factor for factor, _ in comparison.terms]
    if shown["ratio"] <= 1:
        words = message("unless.who_any")
    elif len(factors) == 1:
        words = message("unless.who_over" if factors[0] > 0 else "unless.who_under", **shown)
    elif _paired(comparison):
        first, second = sorted(comparison.terms, key=lambda term: -term[0])
        words = message("unless.who_pair", **shown, one=Code(first[1].fact), other=Code(second[1].fact))
    elif sorted(factors) == [-1, 1] and not comparison.constant:
        words = message("unless.who_groups", **shown)
    else:
        words = message("unless.who_other", **shown)
    return Condition("participation", ratio, words)


def correlation(comparison: Comparison, sizes: Sequence[int]) -> Condition | None:
    """The data defect correlation that turns a comparison, where one in ten took part and in a population of 10⁶."""
    if max(sizes) >= _PEOPLE or min(sizes) < 1:
        return None
    terms, people = _terms(comparison), _people(comparison)
    ends = []
    for populations in ([_TENTH * n for n in sizes], [_PEOPLE] * len(sizes)):
        rows = [(c, share, n, size) for (c, share), n, size in zip(terms, sizes, populations, strict=True)]
        ends.append(least_correlation(rows, float(comparison.constant) / 100, people=people))
    words = message("unless.correlation", tenth=ends[0], rho=ends[1], population=_PEOPLE)
    return Condition("correlation", ends[1], words)


def worst_case(comparison: Comparison, response: float | None = None) -> Condition | None:
    """How few must have answered for the others' answers to turn a comparison, whatever is assumed of them."""
    needed = coverage_needed(_terms(comparison), float(comparison.constant) / 100)
    if needed <= 0:
        return None
    if response is None:
        return Condition("worst_case", needed, message("unless.worst_case", share=floor(100 * needed)))
    words = message("unless.worst_case_response", share=floor(100 * needed), response=100 * response)
    return Condition("worst_case", needed, words)


def selection(comparison: Comparison, sizes: Sequence[int] = ()) -> tuple[Condition, ...]:
    """What taking part must have been like for a panel's, a volunteers' or an unknown sample's claim to be false."""
    found = (
        participation(comparison),
        correlation(comparison, sizes) if sizes else None,
        worst_case(comparison),
    )
    return tuple(condition for condition in found if condition is not None)


def response_of(design: Design, strata: Mask) -> float | None:
    """Population-weighted response rate of strata; None where it is not printed, or all answered."""
    if design.sample is None:
        return None
    population = design.population[strata]
    rates = design.respondents[strata] / design.sample[strata]
    response = float(population @ rates / population.sum())
    return response if response < 1 else None


def nonresponse(comparison: Comparison, response: float) -> Condition:
    """How different those who did not answer must have been for a comparison to turn.

    Notes
    -----
    With response r = Σ W_h n_h/s_h the combination C of all is that of the respondents plus (1 - r) times the gap of
    the others: C reaches zero at a gap of -C/(1 - r), common to all strata (:mod:`aibaro.sensitivity._nonresponse`).
    """
    gap = -float(comparison.central) / (1 - response)
    single = len(comparison.terms) == 1
    # a single share may enter with a minus: the gap is then that of the share, not of the combination
    gap *= float(comparison.terms[0][0]) if single else 1.0
    what = message("unless.the_share") if single else message("unless.the_difference", value=comparison.central)
    return Condition("nonresponse", gap, message("unless.nonresponse", response=100 * response, what=what, gap=gap))


def imputation(weakest: float, fpc_ratio: float = 1.0) -> Condition | None:
    """At which item response a claim that holds would stop being significant, from its largest one-sided p value.

    The ratio of the variances without and with a finite population correction is the largest of the comparisons.
    """
    if weakest >= ONE_SIDE:
        return None
    # the statistic that a normal would need for this p value, in the unit of its critical value
    statistic = float(-special.ndtri(max(weakest, 1e-300)))
    response = breakdown_response(statistic, 1.0, fpc_ratio=fpc_ratio).response
    return Condition("imputation", response, message("unless.imputation", response=100 * response))


def weighting(deff: float) -> Condition:
    """The design effect at which chance alone may explain a claim."""
    if deff == inf:
        return Condition("weighting", deff, message("unless.weighting_any"))
    return Condition("weighting", deff, message("unless.weighting", deff=floor(deff * 10) / 10))
