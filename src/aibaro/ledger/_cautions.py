"""Which answers that nobody gave would turn a claim?  Nonresponse and imputation, claim by claim."""

from __future__ import annotations

from collections.abc import Sequence

from scipy import special

from aibaro.compare._domain_precision import Mask
from aibaro.design import Design
from aibaro.ledger._comparisons import Comparison
from aibaro.ledger._evidence import Tail
from aibaro.messages import Message, message
from aibaro.sensitivity import breakdown_response, defect_correlation

_SIDE = 0.025  # one side of a 95% interval
_PEOPLE = 1_000_000


def nonresponse_line(comparison: Comparison, design: Design, strata: Mask) -> Message | None:
    """Say how different those who did not answer must have been for a comparison to turn.

    Notes
    -----
    With response r = Σ W_h n_h/s_h the combination C of all is that of the respondents plus (1 - r) times the gap of
    the others: C reaches zero at a gap of -C/(1 - r), common to all strata (:mod:`aibaro.sensitivity._nonresponse`).
    """
    if design.sample is None:
        return None
    population = design.population[strata]
    rates = design.respondents[strata] / design.sample[strata]
    response = float(population @ rates / population.sum())
    if response >= 1:
        return None
    gap = -float(comparison.central) / (1 - response)
    single = len(comparison.terms) == 1
    # a single share may enter with a minus: the gap is then that of the share, not of the combination
    gap *= float(comparison.terms[0][0]) if single else 1.0
    what = message("ledger.the_share") if single else message("ledger.the_difference", value=comparison.central)
    return message("ledger.nonresponse", response=100 * response, what=what, gap=gap)


def imputation_line(tails: Sequence[Tail], fpc_ratio: float = 1.0) -> Message | None:
    """Say at which item response a claim that holds would stop being significant.

    The ratio of the variances without and with a finite population correction is the largest of the comparisons.
    """
    weakest = max((tail.high for tail in tails), default=1.0)
    if weakest >= _SIDE:
        return None
    # the statistic that a normal would need for this p value, in the unit of its critical value
    statistic = float(-special.ndtri(max(weakest, 1e-300)))
    response = breakdown_response(statistic, 1.0, fpc_ratio=fpc_ratio).response
    return message("ledger.imputation", response=100 * response)


def selection_line(comparison: Comparison, n: int) -> Message:
    """Say how far the members of a panel must differ from the population for a claim to turn.

    Notes
    -----
    The error of a share beyond sampling is ρ σ √((N - n)/n), with ρ the correlation between answering and taking part
    (Meng 2018, doi:10.1214/18-AOAS1161SF).  N is rarely printed: ρ is given for one million.
    """
    gap = abs(float(comparison.central)) / sum(abs(float(factor)) for factor, _ in comparison.terms)
    share = min(max(float(comparison.terms[0][1].centre) / 100, 0.01), 0.99)
    rho = defect_correlation(gap / 100, share, n, _PEOPLE)
    return message("ledger.selection", gap=gap, rho=rho, population=_PEOPLE)
