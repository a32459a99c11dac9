"""Which whole numbers n_h minimise Σ c_h / n_h within their limits?  Functions of arrays."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from aibaro.errors import ConflictError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_ROUNDS = 400
_STEP = 1.02


def spend(costs: Sequence[Fraction], lower: Integers, upper: Integers, total: int) -> Integers:
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


def level_out(costs: Floats, lower: Integers, upper: Integers, total: int) -> Floats:
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
        filled: Floats = rest + (free * left / free.sum() if left > 0 else 0.0)
        return filled
    theta = float(np.interp(total, sums, corners))
    return np.asarray(np.clip(theta * roots, lower, upper))


def spend_within(costs: Floats, rows: Floats, lower: Integers, upper: Integers, total: int) -> tuple[Integers, float]:
    """Minimise Σ c_h / n_h while each row of Σ_h a_dh / n_h stays at most 1.

    Notes
    -----
    Each row gets a price λ_d >= 0; at given prices the best allocation is that of costs c_h + Σ_d λ_d a_dh, and its
    value minus Σ λ_d bounds the objective of every admissible allocation from below (weak duality).  The prices
    maximise this bound; they are raised a little while rounding to whole numbers leaves a row above 1.
    """
    scale = float((costs / level_out(costs, lower, upper, total)).sum()) or 1.0
    scaled = costs / scale

    def negative_bound(price: Floats) -> tuple[float, Floats]:
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


def smallest(rows: Floats, lower: Integers, upper: Integers) -> tuple[Integers, float]:
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

    def price_to_n(root: Floats) -> Floats:
        return np.clip(np.sqrt(root**2 @ rows), lower, upper)

    def negative_bound(root: Floats) -> tuple[float, Floats]:
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


def _repair(rows: Floats, n: Integers, upper: Integers) -> Integers:
    """Add interviews where they lower the worst row most, until all rows are met."""
    n = n.copy()
    while True:
        over = rows @ (1 / n)
        worst = int(np.argmax(over))
        if over[worst] <= 1:
            return n
        gain = np.where(n < upper, rows[worst] / (n * (n + 1)), -1.0)
        n[int(np.argmax(gain))] += 1


def _trim(rows: Floats, n: Integers, lower: Integers) -> Integers:
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
