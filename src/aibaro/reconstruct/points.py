"""Which pairs of counts can a stratum have, and what does each contribute to the variance?"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, lcm, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aibaro.reconstruct._items import ItemSystem, PrintedShare
from aibaro.reconstruct.variance import variance_factors

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# domains of few strata are enumerated when that takes at most this many combinations
ENUMERATION_LIMIT = 3_000_000


@dataclass(frozen=True, slots=True)
class StratumPoints:
    """Pairs (x, y) of one stratum and their contribution to the variance among a base.

    Parameters
    ----------
    x, y : numpy.ndarray of float
        Members with the item, and members of the base; 0 <= x <= y <= n_h.
    own : numpy.ndarray of float
        K (x - x²/n).
    cross : numpy.ndarray of float
        K (x - x y/n).
    base : numpy.ndarray of float
        K (y - y²/n).
    size : numpy.ndarray of float
        W y, the stratum's part of the weighted base, as a share of the domain's population.
    respondents : int
        n.
    factor, weight : float
        K and W.

    Notes
    -----
    With K = W² (1 - f) n/(n - 1) and W = w/N_D the variance at share R and base size Y is the sum over strata of
    (own - 2 R cross + R² base) / Y².
    """

    x: FloatArray
    y: FloatArray
    own: FloatArray
    cross: FloatArray
    base: FloatArray
    size: FloatArray
    respondents: int
    factor: float
    weight: float

    def cost(self, cross: float, base: float, size: float) -> FloatArray:
        """Give own - 2 cross·(cross part) + base·(base part) - size·(size part)."""
        return self.own - 2 * cross * self.cross + base * self.base - size * self.size

    def cost_at(self, x: float, y: float, cross: float, base: float, size: float) -> float:
        """Give the same cost at values that need not be whole."""
        n = self.respondents
        variance = (x - x * x / n) - 2 * cross * (x - x * y / n) + base * (y - y * y / n)
        return self.factor * variance - size * self.weight * y

    def largest(self, cross: float, base: float, size: float) -> float:
        """Bound the sum of the absolute terms of the cost."""
        n = self.respondents
        return 2 * n * self.factor * (1 + 2 * abs(cross) + abs(base)) + abs(size) * self.weight * n


def stratum_points(
    system: ItemSystem, stratum: int, population: int, allowed: IntArray | None = None, fpc: str = "population"
) -> StratumPoints:
    """List the pairs of a stratum."""
    n = int(system.design.respondents[stratum])
    if allowed is None:
        first = n if system.whole else 0
        allowed = np.array([(x, y) for y in range(first, n + 1) for x in range(y + 1)], dtype=np.int64)
    x, y = allowed[:, 0].astype(float), allowed[:, 1].astype(float)
    weight = int(system.design.population[stratum]) / n / population
    factor = float(variance_factors(system.design, fpc)[stratum] / population**2)
    parts = (factor * (x - x * x / n), factor * (x - x * y / n), factor * (y - y * y / n), weight * y)
    return StratumPoints(x, y, *parts, n, factor, weight)


def small_domain_tuples(system: ItemSystem, base: PrintedShare, item: PrintedShare | None) -> IntArray | None:
    """Enumerate the counts (y_h) of a small domain that admit counts of the item."""
    tuples = base_tuples(system, base)
    if tuples is None or item is None:
        return tuples
    if float(np.prod(tuples[:, :-1] + 1.0, axis=1).sum()) > 7 * ENUMERATION_LIMIT:
        return None
    kept = [t for t in tuples.tolist() if len(item_tuples(system, item, t))]
    return np.array(kept, dtype=np.int64).reshape(-1, tuples.shape[1])


def stratum_pairs(system: ItemSystem, item: PrintedShare, tuples: IntArray) -> list[IntArray]:
    """Project the consistent counts of a small domain on each of its strata."""
    found: list[set[tuple[int, int]]] = [set() for _ in item.strata]
    for inside in tuples.tolist():
        rows = item_tuples(system, item, inside)
        for k, y in enumerate(inside):
            found[k] |= {(int(x), y) for x in np.unique(rows[:, k])}
    return [np.array(sorted(pairs, key=lambda p: (p[1], p[0])), dtype=np.int64).reshape(-1, 2) for pairs in found]


def enumerated_extreme(
    system: ItemSystem, item: PrintedShare, tuples: IntArray, sense: str
) -> tuple[float, tuple[int, ...]] | None:
    """Find an end of the variance in a small domain by plain enumeration."""
    strata = list(item.strata)
    weights = system.design.population[strata] / system.design.respondents[strata]
    factors = np.array([float(variance_factors(system.design)[h]) for h in strata])
    n = system.design.respondents[strata].astype(float)
    sign = 1.0 if sense == "max" else -1.0
    best: tuple[float, tuple[int, ...]] | None = None
    for inside in tuples.tolist():
        x = item_tuples(system, item, inside)
        if not len(x):
            continue
        y = np.array(inside, dtype=float)
        base = float(weights @ y)
        share = (x @ weights / base)[:, None]
        spread = x * (1 - 2 * share) + y * share**2 - (x - share * y) ** 2 / n
        variance = np.maximum(spread @ factors, 0.0) / base**2
        at = int(np.argmax(sign * variance))
        if best is None or sign * variance[at] > sign * best[0]:
            best = (float(variance[at]), (*(int(v) for v in x[at]), *inside))
    return best


def base_tuples(system: ItemSystem, base: PrintedShare) -> IntArray | None:
    """Enumerate the counts (y_h) of a small domain that have the printed share of the base."""
    limits = system.design.respondents[list(base.strata)].tolist()
    if prod(n + 1 for n in limits) > ENUMERATION_LIMIT:
        return None
    population = int(system.design.population[list(base.strata)].sum())
    weights = [system.design.exact_weights[h] for h in base.strata]
    low, high = base.lower * population, base.upper * population
    return _within(limits, weights, low, high)


def item_tuples(system: ItemSystem, item: PrintedShare, inside: list[int]) -> IntArray:
    """Enumerate the counts of the item in a domain, given those of the base."""
    weights = [system.design.exact_weights[h] for h in item.strata]
    size = sum((w * y for w, y in zip(weights, inside, strict=True)), Fraction(0))
    return _within(inside, weights, item.lower * size, item.upper * size)


def _within(limits: list[int], weights: list[Fraction], low: Fraction, high: Fraction) -> IntArray:
    """Enumerate whole tuples below the limits whose weighted sum lies in a range, in exact whole numbers."""
    common = lcm(*(w.denominator for w in weights))
    whole = [int(w * common) for w in weights]
    floor_, ceiling = ceil(low * common), floor(high * common)
    heads = np.zeros(1, dtype=np.int64)
    for limit, weight in zip(limits[:-1], whole[:-1], strict=True):
        heads = (heads[:, None] + weight * np.arange(limit + 1, dtype=np.int64)[None, :]).ravel()
    first = np.maximum(-((heads - floor_) // whole[-1]), 0)
    final = np.minimum((ceiling - heads) // whole[-1], limits[-1])
    counts = np.maximum(final - first + 1, 0)
    rows = np.flatnonzero(counts)
    repeated = np.repeat(rows, counts[rows])
    offsets = np.arange(len(repeated)) - np.repeat(np.cumsum(counts[rows]) - counts[rows], counts[rows])
    shape = tuple(n + 1 for n in limits[:-1])
    parts = np.unravel_index(repeated, shape) if shape else ()
    return np.column_stack([*parts, first[repeated] + offsets]).astype(np.int64)


def pair_limits(pairs: Any) -> tuple[int, int, int, int]:
    """Give the ranges of x and y of a set of pairs."""
    return int(pairs[:, 0].min()), int(pairs[:, 0].max()), int(pairs[:, 1].min()), int(pairs[:, 1].max())
