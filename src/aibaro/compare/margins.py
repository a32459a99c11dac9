"""How small and how large can a standard error be, given a printed share and its strata alone?

Rigorous outer bounds from one printed margin, by convex duality and by vertices: quick, wider than those of the
reconstruction, and joined with them where a survey ships ``bounds.csv``.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aibaro.compare.shares import Share
from aibaro.design import Design
from aibaro.errors import InputError

FloatArray = NDArray[np.float64]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

# relative slack that keeps bounds outside after floating point rounding
_SLACK = 1e-9
_LARGEST_ENUMERATION = 12
# halvings of the interval of the multiplier; the bound holds at any multiplier, this many make it sharp
_BISECTIONS = 70


def shares_of_domain(design: Design, strata: Mask) -> FloatArray:
    """Give each stratum's share of a domain's population."""
    population = np.where(strata, design.population, 0)
    return np.asarray(population / population.sum(), dtype=float)


def variance_weights(design: Design, fpc: str = "population") -> FloatArray:
    """Give (1 - f_h) / (n_h - 1), which times p (1 - p) is the variance of a stratum's share."""
    if fpc not in {"population", "none"}:
        raise InputError("unknown correction", parameter="fpc", expected="population, none", got=repr(fpc))
    lonely = int((design.respondents == 1).sum())
    if lonely:
        raise InputError(
            "strata with a single respondent have no variance",
            parameter="design",
            expected="n_h >= 2",
            got=f"{lonely} strata",
            hint="collapse them first",
        )
    correction = 1 - design.fractions if fpc == "population" else np.ones(design.size)
    return np.asarray(correction / (design.respondents - 1), dtype=float)


def without_correction(design: Design, strata: Mask) -> tuple[float, float] | None:
    """Give what bounds on a standard error are multiplied with when the population correction is left out.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"s": ["x", "y"], "population": [100, 100], "respondents": [19, 36]})
    >>> design = Design.from_strata(table)
    >>> [round(factor, 4) for factor in without_correction(design, design.domain())]
    [1.1111, 1.25]
    """
    left = 1 - design.fractions[strata]
    if not (left > 0).all():
        return None
    return float(1 / np.sqrt(left.max())), float(1 / np.sqrt(left.min()))


def contrast_variance(
    design: Design, rates: FloatArray, a: FloatArray, b: FloatArray, fpc: str = "population"
) -> float:
    """Give the variance of a difference of two domain shares from the stratum rates, overlap and all.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"s": ["x", "y"], "population": [100, 40], "respondents": [4, 4]})
    >>> design = Design.from_strata(table)
    >>> one, all_ = (shares_of_domain(design, np.array(m)) for m in ([True, False], [True, True]))
    >>> round(contrast_variance(design, np.array([0.25, 0.5]), one, all_), 6)
    0.01102
    """
    rates = np.asarray(rates, dtype=float)
    return float(np.sum((a - b) ** 2 * variance_weights(design, fpc) * rates * (1 - rates)))


def se_bounds(design: Design, strata: Mask, share: Share, fpc: str = "population") -> tuple[float, float]:
    """Bound the standard error of a stratum domain's share by its own printed value.

    Notes
    -----
    V = Σ c_h p_h (1 - p_h) is concave.  Its maximum over Σ W_h p_h in [low, high] is where p_h = 1/2 + λ W_h / (2 c_h),
    cut to [0, 1]; its minimum is at a vertex, all strata but one at 0 or 1, found by enumeration for at most 12 strata
    (0 beyond).  Integer counts are a subset of these rates, so both bounds are rigorous.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.compare.shares import share
    >>> table = pd.DataFrame({"s": ["x", "y"], "population": [100, 100], "respondents": [10, 10]})
    >>> design = Design.from_strata(table)
    >>> [round(end, 4) for end in se_bounds(design, design.domain(), share(0.25))]
    [0.0791, 0.0968]
    """
    inside = np.flatnonzero(strata)
    weight = shares_of_domain(design, strata)[inside]
    curve = (weight**2) * variance_weights(design, fpc)[inside]
    low, high = share.box
    upper = _largest(weight, curve, low, high)
    lower = _smallest(weight, curve, low, high) if len(inside) <= _LARGEST_ENUMERATION else 0.0
    return float(np.sqrt(max(lower, 0.0)) * (1 - _SLACK)), float(np.sqrt(upper) * (1 + _SLACK))


def _largest(weight: FloatArray, curve: FloatArray, low: float, high: float) -> float:
    target = min(max(0.5, low), high)
    multiplier, p = _widest_rates(weight, curve, target)
    # the dual value at any multiplier is an upper bound: Σ max_p [c p(1-p) + λ W p] - λ target
    return float(np.sum(curve * p * (1 - p)) + multiplier * (weight @ p - target))


def _widest_rates(weight: FloatArray, curve: FloatArray, target: float) -> tuple[float, FloatArray]:
    """Find the rates of largest variance that average to a target, with the multiplier that gives them."""
    slope = weight / (2 * np.maximum(curve, 1e-300))

    def rates(multiplier: float) -> FloatArray:
        return np.asarray(np.minimum(np.maximum(0.5 + multiplier * slope, 0.0), 1.0))

    # p_h moves with λ W_h / (2 c_h): at this |λ| every stratum is at an end
    reach = float(np.max(curve / weight)) + 1.0
    below, above = -reach, reach
    for _ in range(_BISECTIONS):
        middle = (below + above) / 2
        below, above = (middle, above) if float(weight @ rates(middle)) < target else (below, middle)
    multiplier = (below + above) / 2
    return multiplier, rates(multiplier)


def satterthwaite_df(design: Design, strata: Mask, share: Share, fpc: str = "population") -> float:
    """Give Satterthwaite's degrees of freedom at the stratum rates of largest variance.

    References
    ----------
    Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. Biometrics Bulletin
    2, 110-114. https://doi.org/10.2307/3002019

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.compare.shares import share
    >>> table = pd.DataFrame({"s": ["x", "y"], "population": [100, 100], "respondents": [10, 10]})
    >>> design = Design.from_strata(table)
    >>> round(satterthwaite_df(design, design.domain(), share(0.5)), 6)
    18.0
    """
    inside = np.flatnonzero(strata)
    weight = shares_of_domain(design, strata)[inside]
    curve = (weight**2) * variance_weights(design, fpc)[inside]
    low, high = share.box
    _, p = _widest_rates(weight, curve, min(max(0.5, low), high))
    parts = curve * p * (1 - p)
    spread = float(np.sum(parts**2 / (design.respondents[inside] - 1)))
    return float(np.sum(parts)) ** 2 / spread if spread > 0 else float(np.sum(design.respondents[inside] - 1))


def _smallest(weight: FloatArray, curve: FloatArray, low: float, high: float) -> float:
    k = len(weight)
    best = np.inf
    for free in range(k):
        others = np.delete(np.arange(k), free)
        corners = np.array(list(itertools.product((0.0, 1.0), repeat=k - 1))).reshape(2 ** (k - 1), k - 1)
        mass = corners @ weight[others]
        for end in (low, high):
            rate = (end - mass) / weight[free]
            allowed = (rate >= -_SLACK) & (rate <= 1 + _SLACK)
            if allowed.any():
                p = np.clip(rate[allowed], 0, 1)
                best = min(best, float(np.min(curve[free] * p * (1 - p))))
        full = np.concatenate([mass, mass + weight[free]])
        if np.any((full >= low - _SLACK) & (full <= high + _SLACK)):
            best = 0.0
    if not np.isfinite(best):
        raise InputError(
            "no stratum rates give the printed share", parameter="share", expected="0 to 1", got=f"{low:g} to {high:g}"
        )
    return best


def largest_base_se(
    design: Design, share: Share, base: list[tuple[Mask, Share]], total: int | None = None, fpc: str = "population"
) -> float:
    """Bound from above the standard error of a share of a base whose size is itself estimated.

    Notes
    -----
    Of a_h in the base b_h have the item.  Without its subtracted square,
    V <= Σ w_h² (1 - f_h) n_h/(n_h - 1) [b_h (1 - 2R) + a_h R²]/Â² with Â = Σ w_h a_h: linear in (a, b), so a linear
    programme over the printed margins of the base bounds it, at the worst end of each rounding interval.
    """
    from scipy import optimize

    weights, size = design.weights, design.size
    factor = weights**2 * variance_weights(design, fpc) * design.respondents
    low, high = share.box
    # 1 - 2R falls in R, so its largest coefficient is at the low end; a negative one must use b >= what R forces
    objective = np.concatenate([factor * high**2, factor * (1 - 2 * low)])
    rows, limits = _margin_rows(design, base, weights)
    zero = np.zeros(size)
    rows += [np.concatenate([-high * weights, weights]), np.concatenate([low * weights, -weights])]
    limits += [0.0, 0.0]
    rows += [np.concatenate([-row, row]) for row in np.eye(size)]
    limits += [0.0] * size
    if total is not None:
        count = np.concatenate([np.ones(size), zero])
        rows += [count, -count]
        limits += [float(total), -float(total)]
    caps = [(0.0, float(n)) for n in np.tile(design.respondents, 2)]
    solved = optimize.linprog(-objective, A_ub=np.array(rows), b_ub=np.array(limits), bounds=caps, method="highs")
    if not solved.success:
        raise InputError(
            "no table is consistent with the printed shares of the base", parameter="base", got=solved.message
        )
    smallest = float(design.population.sum()) * min(s.box[0] for m, s in base if m.all())
    return float(np.sqrt(objective @ solved.x) / smallest * (1 + 1e-6))


def _margin_rows(
    design: Design, base: list[tuple[Mask, Share]], weights: FloatArray
) -> tuple[list[FloatArray], list[float]]:
    rows: list[FloatArray] = []
    limits: list[float] = []
    zero = np.zeros(design.size)
    for mask, printed in base:
        row = np.where(mask, weights, 0.0)
        size = float(design.population[mask].sum())
        rows += [np.concatenate([row, zero]), np.concatenate([-row, zero])]
        limits += [printed.box[1] * size, -printed.box[0] * size]
    return rows, limits
