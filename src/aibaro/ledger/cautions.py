"""Which answers that nobody gave would turn a claim?  Nonresponse and imputation, claim by claim."""

from __future__ import annotations

from collections.abc import Sequence

from scipy import special

from aibaro.compare.domains import Mask
from aibaro.consistency.sums import number_text
from aibaro.design import Design
from aibaro.ledger.comparisons import Comparison
from aibaro.ledger.evidence import Tail
from aibaro.sensitivity.imputation import breakdown_response

_SIDE = 0.025  # one side of a 95% interval


def nonresponse_line(comparison: Comparison, design: Design, strata: Mask) -> str:
    """Say how different those who did not answer must have been for a comparison to turn.

    Notes
    -----
    With response r = Σ W_h n_h/s_h the combination C of all is that of the respondents plus (1 - r) times the gap of
    the others: C reaches zero at a gap of -C/(1 - r), common to all strata (:mod:`aibaro.sensitivity.nonresponse`).
    """
    if design.sample is None:
        return ""
    population = design.population[strata]
    rates = design.respondents[strata] / design.sample[strata]
    response = float(population @ rates / population.sum())
    if response >= 1:
        return ""
    gap = -float(comparison.central) / (1 - response)
    single = len(comparison.terms) == 1
    # a single share may enter with a minus: the gap is then that of the share, not of the combination
    gap *= float(comparison.terms[0][0]) if single else 1.0
    named = "the share" if single else f"the difference of {number_text(comparison.central, 1)}"
    return (
        f"nonresponse: {100 * response:.0f}% of these units are represented by an answer; {named} would reach its "
        f"limit if it stood {gap:+.1f} points from the respondents' among the others of the same stratum"
    )


def imputation_line(tails: Sequence[Tail]) -> str:
    """Say at which item response a claim that holds would stop being significant."""
    weakest = max((tail.high for tail in tails), default=1.0)
    if weakest >= _SIDE:
        return ""
    # the statistic that a normal would need for this p value, in the unit of its critical value
    statistic = float(-special.ndtri(max(weakest, 1e-300)))
    response = breakdown_response(statistic, 1.0).response
    return (
        f"hot-deck imputation: significant (before correction for the number of tests) as long as more than "
        f"{100 * response:.0f}% of the item's answers were given, if they were missing at random"
    )
