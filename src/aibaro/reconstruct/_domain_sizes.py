"""How many respondents of a base has a domain, at least and at most, and what does that say of a share there?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

import numpy as np

from aibaro._arrays import FloatArray
from aibaro.reconstruct._dual import DualBounds
from aibaro.reconstruct._relaxation import base_tuples
from aibaro.reconstruct.items import ItemSystem, Mask
from aibaro.reconstruct.share_variance import variance_factors

Ends = tuple[float, float]


@dataclass(frozen=True, slots=True)
class DomainSize:
    """How many respondents of a base a domain has, at least and at most, and what they are worth.

    Parameters
    ----------
    n : tuple of int
        Respondents of the base in the domain.
    df : tuple of int
        Degrees of freedom by design: these respondents minus the strata that they touch, as R's ``degf`` counts.
    weight : tuple of float
        Sum of their weights.
    kish : float
        Kish's effective size, at least.
    strata : numpy.ndarray of float, shape (k, 2)
        Of each stratum, the weight of a respondent and w (1 - f) n/(n - 1), the most that a unit of weighted count
        there adds to the variance of a total.
    """

    n: tuple[int, int]
    df: tuple[int, int]
    weight: Ends
    kish: float
    strata: FloatArray

    @property
    def first(self) -> float:
        """Smallest share above 0: one respondent of the smallest weight."""
        return float(self.strata[:, 0].min()) / self.weight[1]

    def allows(self, share: Ends) -> bool:
        """Tell whether a share from here to there is 0, 1, or has a respondent on either side; a hair more counts."""
        low, high = share
        return low <= 0 or high >= 1 or max(low, self.first) <= min(high, 1 - self.first) + 1e-9

    def largest_error(self, share: FloatArray) -> FloatArray:
        """Bound the standard error at a share.

        Notes
        -----
        With R at most 1/2, V Ŷ² <= sum of w² (1-f) n/(n-1) [x (1-2R) + y R²].  The weighted counts of x add up to
        R Ŷ, so that strata of a larger weight hold none; those of y add up to Ŷ.  Above 1/2 the same holds for those
        without the item.
        """
        rare = np.minimum(share, 1 - share)
        # a hair more, so that a share computed as w/Ŷ counts its own stratum
        reached = rare[:, None] * self.weight[1] * (1 + 1e-9) >= self.strata[None, :, 0]
        own = np.where(reached, self.strata[None, :, 1], 0.0).max(axis=1)
        spread = own * rare * (1 - 2 * rare) + self.strata[:, 1].max() * rare**2
        result: FloatArray = np.sqrt(spread / self.weight[0])
        return result


def domain_size(system: ItemSystem, strata: Mask) -> DomainSize:
    """Bound the respondents of a system's base in a domain over all tables that the printed figures allow.

    Notes
    -----
    Only what is printed of the base is used, so that all items among it share one answer.
    """
    base = replace(system, shares=(), total=None)
    design, members = base.design, list(strata)
    exact = [design.exact_weights[h] for h in strata]
    factors = variance_factors(design)
    per_unit = np.array([(float(w), float(factors[h] / w)) for h, w in zip(strata, exact, strict=True)])
    respondents = [int(n) for n in design.respondents[members]]
    if base.whole:
        total = sum((w * n for w, n in zip(exact, respondents, strict=True)), Fraction(0))
        squares = sum((w * w * n for w, n in zip(exact, respondents, strict=True)), Fraction(0))
        everybody = sum(respondents)
        spare = everybody - len(strata)
        return DomainSize(
            (everybody, everybody), (spare, spare), (float(total), float(total)), float(total**2 / squares), per_unit
        )
    dual, size = DualBounds(base), design.size

    def ends(terms: Mapping[int, Fraction]) -> tuple[Fraction, Fraction]:
        below = -dual.largest({i: -c for i, c in terms.items()})[0]
        return below, dual.largest(terms)[0]

    low, high = ends({size + h: Fraction(1) for h in strata})
    weight = ends({size + h: w for h, w in zip(strata, exact, strict=True)})
    # a domain with an estimate has a respondent
    weight = max(weight[0], min(exact)), weight[1]
    kish = _smallest_kish(dual, strata, exact, weight)
    n = max(ceil(low), 1), max(floor(high), 1)
    df = max(n[0] - len(strata), 0), n[1] - 1
    share = next((s for s in base.base_shares if s.strata == strata), None)
    tuples = None if share is None else base_tuples(base, share)
    if tuples is not None and len(tuples):
        # whole counts of the domain alone: other domains can only leave fewer
        w = per_unit[:, 0]
        inside = tuples[tuples.sum(axis=1) > 0]
        kish = max(kish, float(((inside @ w) ** 2 / (inside @ w**2)).min()))
        counts = inside.sum(axis=1)
        beyond = np.maximum(inside - 1, 0).sum(axis=1)
        n = max(n[0], int(counts.min())), min(n[1], int(counts.max()))
        df = max(df[0], int(beyond.min())), min(df[1], int(beyond.max()))
    return DomainSize(n, df, (float(weight[0]), float(weight[1])), kish, per_unit)


def _smallest_kish(dual: DualBounds, strata: Mask, weights: list[Fraction], total: tuple[Fraction, Fraction]) -> float:
    """Bound Kish's size Ŷ²/Z with Z = sum of w² y from below.

    Notes
    -----
    Ŷ² >= 2 c Ŷ - c² for any c, so that Ŷ²/Z >= 1/t where Z <= t (2 c Ŷ - c²) for every table.
    """
    size = dual.system.design.size
    centre_ = min((total[0] + total[1]) / 2, total[0] * Fraction(3, 2))
    line = {size + h: 2 * centre_ * w for h, w in zip(strata, weights, strict=True)}
    squares = {size + h: w * w for h, w in zip(strata, weights, strict=True)}

    def excess(t: Fraction) -> tuple[Fraction, FloatArray]:
        bound, point = dual.largest({i: c - t * line[i] for i, c in squares.items()})
        return bound + t * centre_**2, point

    at = Fraction(0)
    for _ in range(20):
        bound, point = excess(at)
        below = sum(float(c) * point[i] for i, c in line.items()) - float(centre_) ** 2
        above = sum(float(c) * point[i] for i, c in squares.items())
        if bound <= 0 or below <= 0 or above / below <= float(at) * (1 + 1e-12):
            break
        at = Fraction(above / below)
    for margin in (Fraction(1, 10**k) for k in (9, 7, 5, 3)):
        t = at * (1 + margin)
        if t > 0 and excess(t)[0] <= 0:
            return max(float(1 / t), 1.0)
    return 1.0
