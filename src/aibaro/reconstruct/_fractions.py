"""Which counts, were they not whole, would have the largest variance?  A target for whole ones, no bound."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import FloatArray
from aibaro.reconstruct._relaxation import row_matrix
from aibaro.reconstruct.items import ItemSystem, PrintedShare
from aibaro.reconstruct.program import joint_rows, linear_rows
from aibaro.reconstruct.share_variance import variance_factors

# tangent planes a stratum, and the distance of plane and variance at which no more are added
PLANES = 20
CLOSE = 1e-3


class LargestInFractions(NamedTuple):
    """Counts in fractions that have the largest variance, and what the last linear programme said.

    Parameters
    ----------
    point : numpy.ndarray of float
        x_h, then y_h; then, where the base is common to two sets, the members of both.
    multipliers : numpy.ndarray of float
        Of the rows, as :func:`~aibaro.reconstruct._relaxation.row_matrix` writes them, for a cost whose largest factor
        is 1.
    variance, size : float
        The variance v and the weighted size m of the base at which that programme had the price 2 v m.
    """

    point: FloatArray
    multipliers: FloatArray
    variance: float
    size: float


def largest_in_fractions(
    system: ItemSystem, share: PrintedShare, ranges: NDArray[np.int64], rate: float | None = None
) -> LargestInFractions | None:
    """Find the counts in fractions that have the largest variance in a domain.

    Parameters
    ----------
    system : ItemSystem
        A system among a base.
    share : PrintedShare
        Printed share of the item among the base in the domain.
    ranges : numpy.ndarray of int, shape (2 H, 2)
        Range of every unknown.
    rate : float, optional
        The share R; by default the middle of what is printed.

    Returns
    -------
    LargestInFractions or None
        The counts; None where the programme is not solved.

    Notes
    -----
    At a fixed share R the part of each stratum, K [x (1-2R) + y R² - (x - R y)²/n], is concave in x and y: tangent
    planes bound it from above, and each solution adds one (Kelley 1960).  The size Y of the base has the price 2 V Y.

    References
    ----------
    Kelley, J. E. (1960). The cutting-plane method for solving convex programs. doi:10.1137/0108053

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct import own_item
    >>> system = own_item(load("flanders-2023"), "application.hr", "adopters")
    >>> ranges = np.array([(0, n) for n in [*system.design.respondents] * 2])
    >>> largest_in_fractions(system, system.share("size_class", "large"), ranges).point.shape
    (88,)
    """
    from scipy import sparse
    from scipy.optimize import linprog

    size, strata = system.design.size, list(share.strata)
    rate = float(share.centre) if rate is None else rate
    n = system.design.respondents[strata].astype(float)
    population = float(system.design.population[strata].sum())
    factor = np.array([float(variance_factors(system.design)[h]) for h in strata]) / population**2
    weight = system.design.population[strata] / system.design.respondents[strata] / population
    both = joint_rows(system)
    width = 4 * size if both else 2 * size
    matrix, low = row_matrix((*linear_rows(system), *both), width)
    count, members = len(strata), np.array(strata)
    order = sparse.hstack([sparse.eye(size), -sparse.eye(size), sparse.csr_matrix((size, width - 2 * size))])
    box = [*map(tuple, ranges.tolist()), *[(0, int(v)) for v in system.design.respondents] * (width // size - 2)]
    rows: list[Any] = [
        sparse.hstack(
            [
                sparse.vstack([sparse.csr_matrix(-matrix), sparse.csr_matrix(order)]),
                sparse.csr_matrix((len(low) + size, count)),
            ]
        )
    ]
    right = [np.concatenate([-low, np.zeros(size)])]
    owner, places = np.arange(count), np.concatenate([members, size + members, width + np.arange(count)])
    x, y = rate * n / 2, n / 2
    found, reached, inside, top = None, 0.0, 0.0, float(factor.max()) or 1.0
    for _ in range(PLANES):
        away = (x - rate * y) / n
        slopes = np.concatenate([2 * rate - 1 + 2 * away, -(rate**2) - 2 * rate * away, np.ones(count)])
        rows.append(sparse.csr_matrix((slopes, (np.tile(owner, 3), places)), shape=(count, width + count)))
        # a quadratic lies below its tangent plane by the square of the distance
        right.append(n * away**2)
        cost = np.zeros(width + count)
        cost[width:] = -factor / top
        cost[size + members] = 2 * reached * inside * weight / top
        # scipy takes sparse rows, its types do not say so
        matrices: Any = sparse.vstack(rows)
        result = linprog(
            cost,
            A_ub=matrices,
            b_ub=np.concatenate(right),
            bounds=[*box, *[(None, None)] * count],
            method="highs",
        )
        if result.x is None:
            break
        point = result.x[:width]
        multipliers = -result.ineqlin.marginals[: len(low)]
        found = LargestInFractions(point, multipliers, reached, inside * population)
        x, y = point[members], point[size + members]
        parts = x * (1 - 2 * rate) + y * rate**2 - (x - rate * y) ** 2 / n
        above = float(factor @ result.x[width:])
        total, inside = float(factor @ parts), float(weight @ y)
        if inside <= 0:
            break
        reached = total / inside**2
        if above - total <= CLOSE * abs(above):
            break
    return found
