"""How many interviews should each stratum get?"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from aibaro._arrays import FloatArray, IntArray
from aibaro._typed import typed
from aibaro.design import Design
from aibaro.errors import ConflictError, InputError
from aibaro.planning._inputs import Plan, Precision
from aibaro.planning._results import Allocation


def _proportional(population: IntArray, std_dev: FloatArray, mean: FloatArray | None, power: float) -> FloatArray:
    return population.astype(float) ** 2


def _neyman(population: IntArray, std_dev: FloatArray, mean: FloatArray | None, power: float) -> FloatArray:
    return (population * std_dev) ** 2


def _power(population: IntArray, std_dev: FloatArray, mean: FloatArray | None, power: float) -> FloatArray:
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
METHODS: dict[str, Callable[[IntArray, FloatArray, FloatArray | None, float], FloatArray]] = {
    "proportional": _proportional,
    "neyman": _neyman,
    "power": _power,
}


@typed
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
        One row per stratum: stratum variables and ``population``; other counts are ignored.
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


@typed
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


_ROUNDS = 400
_STEP = 1.02


def spend(costs: Sequence[Fraction], lower: IntArray, upper: IntArray, total: int) -> IntArray:
    """Spread a number of interviews so that Σ c_h / n_h is as small as whole numbers allow.

    Notes
    -----
    One more interview in a stratum of k saves c_h/k - c_h/(k+1) = c_h/(k(k+1)), which falls with k.  So giving each
    interview to the stratum where it saves most is optimal, not just close (Wright 2012).  Savings are compared as
    fractions; of equal ones the first stratum wins.

    References
    ----------
    Wright, T. (2012). The Equivalence of Neyman Optimum Allocation for Sampling and Equal Proportions for
    Apportioning the U.S. House of Representatives. The American Statistician 66, 217-224.
    https://doi.org/10.1080/00031305.2012.733679

    Examples
    --------
    >>> spend([Fraction(9), Fraction(1)], np.array([1, 1]), np.array([9, 9]), 8)
    array([6, 2])
    """
    given = lower.tolist()
    most = upper.tolist()
    queue = [(-c / (k * (k + 1)), h) for h, (c, k) in enumerate(zip(costs, given, strict=True)) if k < most[h]]
    heapq.heapify(queue)
    for _ in range(total - sum(given)):
        h = heapq.heappop(queue)[1]
        given[h] += 1
        if given[h] < most[h]:
            heapq.heappush(queue, (-costs[h] / (given[h] * (given[h] + 1)), h))
    return np.array(given, dtype=np.int64)


def level_out(costs: FloatArray, lower: IntArray, upper: IntArray, total: int) -> FloatArray:
    """Spread a number of interviews so that Σ c_h / n_h is smallest, with fractions of interviews allowed.

    Examples
    --------
    >>> level_out(np.array([9.0, 1.0]), np.array([1, 1]), np.array([9, 9]), 8)
    array([6., 2.])
    """
    roots = np.sqrt(costs)
    if not roots.any():
        # nothing to gain anywhere: stay inside the limits, as even as the total allows
        roots = np.ones_like(roots)
    safe = np.where(roots > 0, roots, 1.0)
    # the total is piecewise linear in θ; its corners are where a stratum leaves its lower or meets its upper limit
    corners = np.unique(np.concatenate([(lower / safe)[roots > 0], (upper / safe)[roots > 0]]))
    sums = np.array([np.clip(c * roots, lower, upper).sum() for c in corners])
    if sums[-1] <= total:  # strata without spread take what is left over
        rest = np.clip(corners[-1] * roots, lower, upper)
        free = np.where(roots == 0, upper - rest, 0.0)
        left = total - rest.sum()
        filled: FloatArray = rest + (free * left / free.sum() if left > 0 else 0.0)
        return filled
    theta = float(np.interp(total, sums, corners))
    return np.asarray(np.clip(theta * roots, lower, upper))


def spend_within(
    costs: FloatArray, rows: FloatArray, lower: IntArray, upper: IntArray, total: int
) -> tuple[IntArray, float]:
    """Minimise Σ c_h / n_h while each row of Σ_h a_dh / n_h stays at most 1.

    Notes
    -----
    Each row gets a price λ_d >= 0; at given prices the best allocation is that of costs c_h + Σ_d λ_d a_dh, and its
    value minus Σ λ_d bounds the objective of every admissible allocation from below (weak duality).  The prices
    maximise this bound; they are raised a little while rounding to whole numbers leaves a row above 1.
    """
    scale = float((costs / level_out(costs, lower, upper, total)).sum()) or 1.0
    scaled = costs / scale

    def negative_bound(price: FloatArray) -> tuple[float, FloatArray]:
        n = level_out(scaled + price @ rows, lower, upper, total)
        over = rows @ (1 / n) - 1
        return -float((scaled / n).sum() + price @ over), -over

    start = np.zeros(len(rows))
    found = optimize.minimize(
        negative_bound,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, 1e9)] * len(rows),
        options={"maxiter": 2000, "ftol": 1e-14},
    )
    price, bound = np.asarray(found.x), -float(found.fun)
    for _ in range(_ROUNDS):
        n = spend([Fraction(float(c)) for c in scaled + price @ rows], lower, upper, total)
        over = rows @ (1 / n) > 1
        if not over.any():
            return n, max(float((scaled / n).sum()) / bound - 1, 0.0) if bound > 0 else 0.0
        price = np.where(over, np.maximum(price * _STEP, 1e-4), price)
    raise ConflictError(
        "no allocation in whole numbers meets every constraint",
        where="allocate",
        parameter="precision",
        hint="add a few interviews, or allow a larger standard error",
    )


def smallest(rows: FloatArray, lower: IntArray, upper: IntArray) -> tuple[IntArray, float]:
    """Find few interviews for which each row of Σ_h a_dh / n_h is at most 1.

    Notes
    -----
    The bound is that of weak duality, as in :func:`spend_within`: n_h = √(Σ_d λ_d a_dh) within its limits.

    References
    ----------
    Bethel, J. (1989). Sample allocation in multivariate surveys. Survey Methodology 15, 47-57.

    Examples
    --------
    >>> smallest(np.array([[4.0, 4.0]]), np.array([1, 1]), np.array([50, 50]))
    (array([8, 8]), 16.0...)
    """

    def price_to_n(root: FloatArray) -> FloatArray:
        return np.clip(np.sqrt(root**2 @ rows), lower, upper)

    def negative_bound(root: FloatArray) -> tuple[float, FloatArray]:
        # prices as squares: interviews then grow in proportion to what is searched for
        n = price_to_n(root)
        over = rows @ (1 / n) - 1
        return -float(n.sum() + root**2 @ over), -2 * root * over

    start = np.maximum(np.sqrt(rows).sum(axis=1), 1.0)
    found = optimize.minimize(
        negative_bound,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * len(rows),
        options={"maxiter": 5000, "ftol": 1e-15},
    )
    n = np.ceil(price_to_n(np.asarray(found.x)) - 1e-6).astype(np.int64)
    n = _repair(rows, np.clip(n, lower, upper), upper)
    return _trim(rows, n, lower), -float(found.fun)


def _repair(rows: FloatArray, n: IntArray, upper: IntArray) -> IntArray:
    """Add interviews where they lower the worst row most, until all rows are met."""
    n = n.copy()
    while True:
        over = rows @ (1 / n)
        worst = int(np.argmax(over))
        if over[worst] <= 1:
            return n
        gain = np.where(n < upper, rows[worst] / (n * (n + 1)), -1.0)
        n[int(np.argmax(gain))] += 1


def _trim(rows: FloatArray, n: IntArray, lower: IntArray) -> IntArray:
    """Take interviews away where no row needs them, cheapest first."""
    n = n.copy()
    while True:
        spare = 1 - rows @ (1 / n)
        steps = np.maximum(n * (n - 1), 1)
        loss = rows / steps
        can = (n > lower) & (loss <= spare[:, None]).all(axis=0)
        if not can.any():
            return n
        use = np.where(can, (loss / np.maximum(spare[:, None], 1e-300)).max(axis=0), np.inf)
        n[int(np.argmin(use))] -= 1


def exact_costs(values: NDArray[Any]) -> list[Fraction]:
    """Turn numbers into exact fractions."""
    return [Fraction(float(value)) for value in values]
