"""How many interviews should each stratum get?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from aibaro.design import Design
from aibaro.errors import ConflictError, InputError
from aibaro.planning.inputs import Plan, Precision
from aibaro.planning.optimum import exact_costs, smallest, spend, spend_within
from aibaro.planning.results import Allocation

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def _proportional(population: Integers, std_dev: Floats, mean: Floats | None, power: float) -> Floats:
    return population.astype(float) ** 2


def _neyman(population: Integers, std_dev: Floats, mean: Floats | None, power: float) -> Floats:
    return (population * std_dev) ** 2


def _power(population: Integers, std_dev: Floats, mean: Floats | None, power: float) -> Floats:
    if mean is None or not (mean > 0).all():
        raise InputError(
            "power allocation needs the coefficient of variation S_h / mean_h",
            where="allocate",
            parameter="share" if mean is not None else "mean",
            expected="a mean above 0 in every stratum",
            got="none" if mean is None else f"smallest {float(mean.min()):g}",
        )
    return np.asarray((population.astype(float) ** power * std_dev / mean) ** 2)


# method -> c_h of the objective Σ c_h / n_h
METHODS: dict[str, Callable[[Integers, Floats, Floats | None, float], Floats]] = {
    "proportional": _proportional,
    "neyman": _neyman,
    "power": _power,
}


def allocate(
    strata: pd.DataFrame | Design,
    total: int,
    *,
    method: str = "neyman",
    share: ArrayLike = 0.5,
    std_dev: ArrayLike | None = None,
    mean: ArrayLike | None = None,
    power: float = 0.5,
    minimum: ArrayLike = 2,
    precision: Precision | None = None,
) -> Allocation:
    """Spread interviews over strata.

    Parameters
    ----------
    strata : pandas.DataFrame or Design
        One row a stratum: stratum variables and ``population``; other counts are ignored.
    total : int
        Interviews n.
    method : {"neyman", "proportional", "power"}
        What the allocation makes as small as possible; see the notes.
    share : float or array_like, shape (H,)
        Expected share of units with the property, in all or in each stratum; the default is the least favourable.
    std_dev : float or array_like, shape (H,), optional
        Expected standard deviation S_h of a numeric outcome, instead of `share`.
    mean : float or array_like, shape (H,), optional
        Expected mean of a numeric outcome; needed by ``power`` with `std_dev`.
    power : float
        Exponent q of ``power``, 0 (all strata equally precise) to 1 (close to Neyman).
    minimum : int or array_like, shape (H,)
        Fewest interviews a stratum; smaller strata are taken whole.  Two let the variance be estimated.
    precision : mapping, optional
        Largest standard error of domains: ``{"sector": 0.04}`` for each level of a stratum variable, or
        ``{"sector": {"nace-58-63": 0.03}}`` for named levels.  The name ``""`` stands for the population.

    Returns
    -------
    Allocation
        Whole numbers that add up to `total`.

    Raises
    ------
    InputError
        With every fault of the table and the arguments.
    ConflictError
        When the constraints on precision need more interviews; it says how many would do.

    Notes
    -----
    Each method minimises Σ c_h/n_h under Σ n_h = n and minimum <= n_h <= N_h.  ``neyman``: c_h = (N_h S_h)², the
    variance of the population mean (Neyman 1934).  ``proportional``: c_h = N_h², the same if all S_h are equal.
    ``power``: c_h = (N_h^q S_h / mean_h)², Bankier's compromise between strata.  Without constraints the whole
    numbers are optimal, not rounded; with constraints `gap` bounds how much better another plan could be.  For a
    share S_h² = p_h (1 - p_h) N_h/(N_h - 1).  Everybody is taken to answer: divide by the expected response rate to
    know how many to approach.

    References
    ----------
    Neyman, J. (1934). On the Two Different Aspects of the Representative Method. Journal of the Royal Statistical
    Society 97, 558-625. https://doi.org/10.2307/2342192

    Bankier, M. D. (1988). Power Allocations: Determining Sample Sizes for Subnational Areas. The American
    Statistician 42, 174-177. https://doi.org/10.1080/00031305.1988.10475556

    Examples
    --------
    >>> table = pd.DataFrame({"size": ["small", "large"], "population": [900, 100]})
    >>> allocate(table, 100, method="proportional").n
    array([90, 10])
    >>> allocate(table, 100, share=[0.05, 0.5]).n
    array([80, 20])
    >>> allocate(table, 100, share=[0.05, 0.5], precision={"size": {"large": 0.06}}).n
    array([58, 42])
    """
    plan = Plan.read(strata, share, std_dev, mean, minimum)
    if method not in METHODS:
        raise InputError(
            "unknown method", where="allocate", parameter="method", expected=", ".join(METHODS), got=repr(method)
        )
    plan.check_total(total)
    costs = METHODS[method](plan.population, plan.std_dev, plan.mean, power)
    if precision is None:
        n = spend(exact_costs(costs), plan.lower, plan.population, int(total))
        return Allocation(plan.labels, plan.population, plan.std_dev, n, method, sizes=np.sqrt(costs))
    rows, names = plan.rows(precision)
    fewest, bound = smallest(rows, plan.lower, plan.population)
    if total < np.ceil(bound - 1e-6):
        raise ConflictError(
            "the wanted precision needs more interviews",
            where="allocate",
            parameter="precision",
            expected=f"total >= {int(np.ceil(bound - 1e-6))}; {int(fewest.sum())} certainly do",
            got=f"total = {total} for {', '.join(names[:6])}{', ...' if len(names) > 6 else ''}",
            hint="raise total, or allow larger standard errors",
        )
    n, gap = spend_within(costs, rows, plan.lower, plan.population, int(total))
    return Allocation(plan.labels, plan.population, plan.std_dev, n, f"{method}, precision constrained", gap)


def required_size(
    strata: pd.DataFrame | Design,
    precision: Precision,
    *,
    share: ArrayLike = 0.5,
    std_dev: ArrayLike | None = None,
    minimum: ArrayLike = 2,
) -> Allocation:
    """Find how few interviews reach the wanted precision in every domain.

    Parameters
    ----------
    strata : pandas.DataFrame or Design
        As in :func:`allocate`.
    precision : mapping
        Largest standard errors, as in :func:`allocate`.
    share, std_dev, minimum
        As in :func:`allocate`.

    Returns
    -------
    Allocation
        Whole numbers that meet every constraint; `gap` is how much smaller, relatively, another plan could be.

    Raises
    ------
    InputError
        With every fault of the table and the arguments.

    Notes
    -----
    A convex programme with several constraints (Bethel 1989), solved by its dual, which also gives the bound.

    References
    ----------
    Bethel, J. (1989). Sample allocation in multivariate surveys. Survey Methodology 15, 47-57.

    Examples
    --------
    >>> table = pd.DataFrame({"size": ["small", "large"], "population": [900, 100]})
    >>> required_size(table, {"size": 0.05}).n
    array([91, 51])
    """
    plan = Plan.read(strata, share, std_dev, None, minimum)
    rows, _ = plan.rows(precision)
    n, bound = smallest(rows, plan.lower, plan.population)
    least = max(int(np.ceil(bound - 1e-6)), int(plan.lower.sum()))
    gap = max(int(n.sum()) - least, 0) / least
    return Allocation(plan.labels, plan.population, plan.std_dev, n, "required size", gap)
