"""How precise is a printed share of a stratum domain, and a difference of two, over every table that print admits?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from aibaro.compare.figures import share_of
from aibaro.compare.margins import se_bounds, shares_of_domain, without_correction
from aibaro.compare.shares import Share
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.facts import Facts, Key, facts_of
from aibaro.published import PublishedSurvey
from aibaro.published.schema import WHOLE_BASE
from aibaro.reconstruct._items import require_declared

Mask = np.ndarray[Any, np.dtype[np.bool_]]
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
        Respondents less strata, or the smallest number of them that print admits.
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


def domain_shares(
    survey: PublishedSurvey | Facts, item: str, domains: Sequence[str] | None = None, *, fpc: str = "population"
) -> tuple[DomainShare, ...]:
    """Read an item's printed shares by stratum domain and bound their standard errors.

    Notes
    -----
    Bounds from the domain's own margin (:func:`aibaro.compare.margins.se_bounds`), for the whole survey also from its
    parts (V = Σ (N_s/N)² V_s over sectors), joined with those of ``bounds.csv`` where the survey ships them.

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


def base_shares(survey: PublishedSurvey, item: str, base: str, domain: str) -> tuple[DomainShare, ...]:
    """Read an item's printed shares of a base by domain, with the bounds on precision that ship with the survey.

    Notes
    -----
    A share of a base is a ratio of two estimates.  Its standard error depends on the strata of its own domain alone, so
    that shares of disjoint domains are independent.

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
    """Give both kept bounds and the smallest degrees of freedom by domain and level."""
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


def difference_se(a: DomainShare, b: DomainShare, design: Design) -> tuple[float, float]:
    """Bound the standard error of a difference of two domain shares, overlapping or not.

    Notes
    -----
    Disjoint: V_a + V_b.  One inside the other, with W = N_a/N_b: cov = W V_a, so V = V_a (1 - 2W) + V_b, and
    V >= (1 - W)² V_a.  Crossing: the covariance of one item's shares is not negative, so
    (SE_a - SE_b)² <= V <= V_a + V_b.

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
