"""How small and how large can a standard error be, given a printed share and its strata alone?

Rigorous outer bounds from one printed margin, by convex duality and by vertices: quick, wider than those of the
reconstruction, and joined with them where a survey ships ``bounds.csv``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from aibaro._arrays import FloatArray
from aibaro._typed import typed
from aibaro.compare._shares import Share, share_of
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate import tails
from aibaro.facts import Facts, Key, facts_of
from aibaro.published import PublishedSurvey
from aibaro.published.schema import WHOLE_BASE
from aibaro.reconstruct.items import require_declared

Mask = np.ndarray[Any, np.dtype[np.bool_]]

# relative slack that keeps bounds outside after floating point rounding
_SLACK = 1e-9
_LARGEST_ENUMERATION = 12
# halvings of the interval of the multiplier; the bound holds at any multiplier, this many make it sharp


def shares_of_domain(design: Design, strata: Mask) -> FloatArray:
    """Return each stratum's share of a domain's population."""
    population = np.where(strata, design.population, 0)
    return np.asarray(population / population.sum(), dtype=float)


def variance_weights(design: Design, fpc: str = "population") -> FloatArray:
    """Return (1 - f_h) / (n_h - 1), which times p (1 - p) is the variance of a stratum's share."""
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
    """Return what bounds on a standard error are multiplied with when the population correction is left out.

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


@typed
def se_bounds(design: Design, strata: Mask, share: Share, fpc: str = "population") -> tuple[float, float]:
    """Bound the standard error of a stratum domain's share by its own printed value.

    Parameters
    ----------
    design : Design
        The strata.
    strata : numpy.ndarray of bool, shape (H,)
        Strata of the domain.
    share : Share
        The printed share.
    fpc : {"population", "none"}
        Whether the finite population correction is applied.

    Returns
    -------
    tuple of float
        Lower and upper bound over all stratum rates in [0, 1] that average to the printed share.

    Notes
    -----
    V = Σ c_h p_h (1 - p_h) is concave.  Its maximum over Σ W_h p_h in [low, high] is where p_h = 1/2 + λ W_h / (2 c_h),
    cut to [0, 1]; its minimum is at a vertex, all strata but one at 0 or 1, found by enumeration for at most 12 strata
    (0 beyond).  Integer counts are a subset of these rates, so both bounds are rigorous.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed. Wiley, chapter 5.

    Boyd, S. and Vandenberghe, L. (2004). Convex Optimization. Cambridge University Press.
    https://doi.org/10.1017/CBO9780511804441

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.compare import share
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
    return float(np.sqrt(max(lower, 0.0)) * (1 - _SLACK)), float(np.sqrt(max(upper, 0.0)) * (1 + _SLACK))


def _largest(weight: FloatArray, curve: FloatArray, low: float, high: float) -> float:
    target = min(max(0.5, low), high)
    multiplier, p = _widest_rates(weight, curve, target)
    # the dual value at any multiplier is an upper bound: Σ max_p [c p(1-p) + λ W p] - λ target
    return float(np.sum(curve * p * (1 - p)) + multiplier * (weight @ p - target))


def _widest_rates(weight: FloatArray, curve: FloatArray, target: float) -> tuple[float, FloatArray]:
    """Find the rates of largest variance that average to a target, with the multiplier that gives them."""
    slope = weight / (2 * np.maximum(curve, 1e-300))

    def rates(multiplier: FloatArray) -> FloatArray:
        return np.asarray(np.clip(0.5 + multiplier[:, None] * slope, 0.0, 1.0))

    # the average is linear in the multiplier between those at which a stratum reaches 0 or 1
    bends = np.sort(np.concatenate([-0.5 / slope, 0.5 / slope]))
    averages = np.maximum.accumulate(rates(bends) @ weight)
    multiplier = np.interp([target], averages, bends)
    return float(multiplier[0]), rates(multiplier)[0]


def satterthwaite_df(design: Design, strata: Mask, share: Share, fpc: str = "population") -> float:
    """Return Satterthwaite's degrees of freedom at the stratum rates of largest variance.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.compare._shares import share
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
    return tails.satterthwaite_df(parts, design.respondents[inside] - 1)


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


#: Name and level of the domain that holds every stratum.
WHOLE: tuple[str, str] = ("all", "all")
_BOUNDS = "bounds.csv"


@dataclass(frozen=True, slots=True)
class DomainShare:
    """A printed share of a stratum domain with bounds on its standard error.

    Parameters
    ----------
    item, domain, level : str
        What it is about.
    share : Share
        The printed share.
    se_lower, se_upper : float
        Bounds on the design-based standard error over all consistent tables.
    n : int or None
        Respondents of the domain; None for a part of them whose number is not printed.
    df : int
        Respondents less strata, or the smallest number of them that the printed figures admit.
    strata : numpy.ndarray of bool, shape (H,)
        Strata of the domain.
    source : str
        ``own margin`` or ``bounds.csv``: what gave the narrower bounds.
    """

    item: str
    domain: str
    level: str
    share: Share
    se_lower: float
    se_upper: float
    n: int | None
    df: int
    strata: Mask
    source: str


@typed
def domain_shares(
    survey: PublishedSurvey | Facts, item: str, domains: Sequence[str] | None = None, *, fpc: str = "population"
) -> tuple[DomainShare, ...]:
    """Read an item's printed shares by stratum domain and bound their standard errors.

    Parameters
    ----------
    survey : PublishedSurvey
        A survey with strata.
    item : str
        An item asked of everybody.
    domains : sequence of str, optional
        Stratum variables, and ``"all"``; by default every one.
    fpc : {"population", "none"}
        Whether the finite population correction is applied; without it those of ``bounds.csv`` are widened
        (:func:`aibaro.compare.without_correction`).

    Returns
    -------
    tuple of DomainShare
        Levels in their declared order; the whole survey last.

    Raises
    ------
    InputError
        When the survey has no strata or prints no share of the item.

    Notes
    -----
    Bounds from the domain's own margin (:func:`aibaro.compare.se_bounds`), for the whole survey also from its
    parts (V = Σ (N_s/N)² V_s over sectors), joined with those of ``bounds.csv`` where the survey ships them.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed. Wiley, chapter 5.

    Examples
    --------
    >>> from aibaro.published import load
    >>> rows = domain_shares(load("flanders-2023"), "at_least_one", ["size_class"])
    >>> [row.level for row in rows]
    ['micro', 'small', 'medium', 'large']
    """
    facts = facts_of(survey)
    if facts.survey.strata.empty:
        raise InputError("the survey prints no strata", where=facts.survey.name, expected="strata.csv")
    require_declared(facts)
    survey = facts.survey
    design = Design.from_strata(survey.strata)
    shipped = {place: row[:2] for place, row in _shipped_rows(survey, item, WHOLE_BASE).items()}
    wanted = [*design.variables, WHOLE[0]] if domains is None else list(domains)
    found: list[DomainShare] = []
    for domain in wanted:
        for level in _levels(survey, design, domain):
            found.append(_bounded(facts, design, (item, domain, level), shipped, fpc))
    return tuple(_tightened(found, design))


def finest_variable(design: Design) -> str:
    """The stratum variable with most levels, the first of them."""
    return max(design.variables, key=lambda name: (len(set(design.labels[name])), -design.variables.index(name)))


@typed
def base_shares(survey: PublishedSurvey, item: str, base: str, domain: str) -> tuple[DomainShare, ...]:
    """Read an item's printed shares of a base by domain, with the bounds on precision that ship with the survey.

    Parameters
    ----------
    survey : PublishedSurvey
        A survey with strata and ``bounds.csv``.
    item : str
        An item.
    base : str
        A base of ``bases.csv`` whose members are known by their answers, such as the adopters.
    domain : str
        A stratum variable.

    Returns
    -------
    tuple of DomainShare
        Levels in their declared order.

    Raises
    ------
    InputError
        When a share is not printed, or no bound ships for it.

    Notes
    -----
    A share of a base is a ratio of two estimates.  Its standard error depends on the strata of its own domain alone, so
    that shares of disjoint domains are independent.

    References
    ----------
    Särndal, C.-E., Swensson, B. and Wretman, J. (1992). Model Assisted Survey Sampling. Springer.
    https://doi.org/10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> from aibaro.published import load
    >>> rows = base_shares(load("flanders-2023"), "application.marketing", "adopters", "size_class")
    >>> [(row.level, row.n, 0 < row.se_upper < 0.1) for row in rows][:2]
    [('micro', None, True), ('small', None, True)]
    """
    design = Design.from_strata(survey.strata)
    shipped = _shipped_rows(survey, item, base)
    found = []
    for level in _levels(survey, design, domain):
        row = shipped.get((domain, level))
        if row is None:
            raise InputError(
                "no bound on the precision of this share ships with the survey",
                where=survey.name,
                parameter="item, base",
                expected=f"a row of {_BOUNDS}",
                got=f"{item} among {base}, {level}",
            )
        printed = share_of(survey, Key(item, base, domain, level))
        found.append(
            DomainShare(
                item,
                domain,
                level,
                printed,
                row[0],
                row[1],
                None,
                max(int(row[2]), 1),
                design.domain(**{domain: level}),
                _BOUNDS,
            )
        )
    return tuple(found)


def _levels(survey: PublishedSurvey, design: Design, domain: str) -> list[str]:
    if domain == WHOLE[0]:
        return [WHOLE[1]]
    if domain not in design.variables:
        raise InputError(
            "not a stratum variable",
            where=survey.name,
            parameter="domains",
            expected=", ".join([*design.variables, WHOLE[0]]),
            got=domain,
        )
    present = set(design.labels[domain])
    order = survey.levels.loc[survey.levels["domain"] == domain]
    ranked = order.assign(place=pd.to_numeric(order["order"], errors="coerce")).sort_values("place")["level"].tolist()
    return [level for level in ranked if level in present] + sorted(present - set(ranked))


def _bounded(
    facts: Facts,
    design: Design,
    place: tuple[str, str, str],
    shipped: dict[tuple[str, str], tuple[float, float]],
    fpc: str,
) -> DomainShare:
    item, domain, level = place
    key = Key(item) if domain == WHOLE[0] else Key(item, domain=domain, level=level)
    strata = design.domain() if domain == WHOLE[0] else design.domain(**{domain: level})
    printed = share_of(facts, key)
    low, high = se_bounds(design, strata, printed, fpc)
    source = "own margin"
    factor = (1.0, 1.0) if fpc == "population" else without_correction(design, strata)
    if (domain, level) in shipped and factor is not None:
        ends = shipped[domain, level]
        low, high = max(low, factor[0] * ends[0]), min(high, factor[1] * ends[1])
        source = _BOUNDS
    n = int(design.respondents[strata].sum())
    return DomainShare(item, domain, level, printed, low, high, n, n - int(strata.sum()), strata, source)


def _shipped_rows(survey: PublishedSurvey, item: str, base: str) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Return both kept bounds and the smallest degrees of freedom by domain and level."""
    return {
        (domain or WHOLE[0], level or WHOLE[1]): (low, high, df)
        for (own, among, domain, level), (low, high, df) in _kept(survey).items()
        if (own, among) == (item, base)
    }


@lru_cache(maxsize=4)
def _kept(survey: PublishedSurvey) -> dict[tuple[str, str, str, str], tuple[float, float, float]]:
    from aibaro.reconstruct import read_bounds

    return {
        (r["item"], r["base"], r["domain"], r["level"]): (r["se_lower"], r["se_upper"], float(r["df_lower"]))
        for r in read_bounds(survey).to_dict("records")
    }


def _tightened(found: list[DomainShare], design: Design) -> Iterable[DomainShare]:
    """Bound the whole by its parts wherever a partition of the strata was read too."""
    for row in found:
        if row.domain != WHOLE[0]:
            yield row
            continue
        low, high = row.se_lower, row.se_upper
        for domain in dict.fromkeys(r.domain for r in found if r.domain != WHOLE[0]):
            parts = [r for r in found if r.domain == domain]
            if np.array_equal(np.sum([p.strata for p in parts], axis=0), np.ones(design.size)):
                mass = [float(design.population[p.strata].sum() / design.population.sum()) for p in parts]
                low = max(low, float(np.sqrt(sum((m * p.se_lower) ** 2 for m, p in zip(mass, parts, strict=True)))))
                high = min(high, float(np.sqrt(sum((m * p.se_upper) ** 2 for m, p in zip(mass, parts, strict=True)))))
        # where whole and parts exclude each other the whole keeps the bounds of its own margin: who of them is wrong
        # is for the statements of the survey to say
        yield replace(row, se_lower=low, se_upper=high) if low <= high else row


@typed
def difference_se(a: DomainShare, b: DomainShare, design: Design) -> tuple[float, float]:
    """Bound the standard error of a difference of two domain shares, overlapping or not.

    Parameters
    ----------
    a, b : DomainShare
        The shares, of one item.
    design : Design
        The strata.

    Returns
    -------
    tuple of float
        Lower and upper bound, in shares between 0 and 1.

    Notes
    -----
    Disjoint: V_a + V_b.  One inside the other, with W = N_a/N_b: cov = W V_a, so V = V_a (1 - 2W) + V_b, and
    V >= (1 - W)² V_a.  Crossing: the covariance of one item's shares is not negative, so
    (SE_a - SE_b)² <= V <= V_a + V_b.

    References
    ----------
    Särndal, C.-E., Swensson, B. and Wretman, J. (1992). Model Assisted Survey Sampling. Springer.
    https://doi.org/10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> from aibaro.published import load
    >>> survey = load("flanders-2023")
    >>> rows = {row.level: row for row in domain_shares(survey, "at_least_one")}
    >>> low, high = difference_se(rows["nace-58-63"], rows["all"], Design.from_strata(survey.strata))
    >>> 0 < low < high < 0.05
    True
    """
    both = a.strata & b.strata
    if not both.any():
        return float(np.hypot(a.se_lower, b.se_lower)), float(np.hypot(a.se_upper, b.se_upper))
    if np.array_equal(a.strata, b.strata):
        return 0.0, 0.0
    if np.array_equal(both, b.strata):
        a, b = b, a
    if np.array_equal(both, a.strata):
        return _nested_se(a, b, float(shares_of_domain(design, b.strata)[a.strata].sum()))
    gap = max(a.se_lower - b.se_upper, b.se_lower - a.se_upper, 0.0)
    return gap, float(np.hypot(a.se_upper, b.se_upper))


def _nested_se(part: DomainShare, whole: DomainShare, weight: float) -> tuple[float, float]:
    slope = 1 - 2 * weight
    ends = (part.se_lower, part.se_upper) if slope >= 0 else (part.se_upper, part.se_lower)
    low = max(slope * ends[0] ** 2 + whole.se_lower**2, ((1 - weight) * part.se_lower) ** 2)
    high = slope * ends[1] ** 2 + whole.se_upper**2
    return float(np.sqrt(max(low, 0.0))), float(np.sqrt(max(high, low, 0.0)))
