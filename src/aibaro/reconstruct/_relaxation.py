"""Which pairs of counts can a stratum have, and what does each contribute to the variance?"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, lcm, prod
from typing import Any, NamedTuple

import numpy as np

from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import ConflictError
from aibaro.reconstruct.items import ItemSystem, Mask, PrintedShare
from aibaro.reconstruct.program import LinearRow, linear_rows
from aibaro.reconstruct.share_variance import variance_factors

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
        """Return own - 2 cross·(cross part) + base·(base part) - size·(size part)."""
        return self.own - 2 * cross * self.cross + base * self.base - size * self.size

    def cost_at(self, x: float, y: float, cross: float, base: float, size: float) -> float:
        """Return the same cost at values that need not be whole."""
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
    """Return the ranges of x and y of a set of pairs."""
    return int(pairs[:, 0].min()), int(pairs[:, 0].max()), int(pairs[:, 1].min()), int(pairs[:, 1].max())


# forward error of sums of at most a thousand products in double precision, with room to spare
ROUNDING = 1e-12
PENALTY = 1e4
ROUNDS = 40
# column generation ends when the bound is this close to the programme's value
CLOSED = 1e-3


class Relaxed(NamedTuple):
    """Solution of the relaxation of a cell.

    Parameters
    ----------
    bound : float
        Rigorous lower bound of the cost in the cell (the cost is negated for a maximum).
    infeasibility : float
        How far the relaxation misses its rows; above 0 the cell is empty or nearly so.
    mixes : mapping of int to tuple
        For each stratum of the domain its pairs and their shares.
    point : numpy.ndarray of float, shape (2 H,)
        Mean x_h and y_h.
    reduced : mapping of int to numpy.ndarray of float
        By how much the bound rises when a stratum must take a pair of the cell.
    columns : mapping of int to numpy.ndarray of int
        Pairs that were generated.
    """

    bound: float
    infeasibility: float
    mixes: Mapping[int, tuple[IntArray, FloatArray]]
    point: FloatArray
    reduced: Mapping[int, FloatArray]
    columns: Mapping[int, IntArray]


class Relaxation:
    """The relaxation of one domain and direction.

    Parameters
    ----------
    system : ItemSystem
        A system among a base.
    strata : tuple of int
        Rows of the domain's strata.
    points : mapping of int to StratumPoints
        Possible pairs of each stratum of the domain.
    ranges : numpy.ndarray of int, shape (2 H, 2)
        Smallest and largest value of every unknown.
    """

    def __init__(self, system: ItemSystem, strata: Mask, points: Mapping[int, StratumPoints], ranges: IntArray) -> None:
        self.system, self.strata, self.points, self.ranges = system, strata, points, ranges
        self.size = system.design.size
        self.matrix, self.low = row_matrix(linear_rows(system), 2 * self.size)
        self.reach = np.abs(self.matrix) @ ranges[:, 1]
        self.others = [h for h in range(self.size) if h not in set(strata)]
        self.free = [*self.others, *(self.size + h for h in self.others)]
        weights = system.design.population / system.design.respondents
        self.weights = weights / float(system.design.population[list(strata)].sum())

    def solve(
        self,
        inside: Mapping[int, IntArray],
        costs: Mapping[int, FloatArray],
        magnitude: float,
        start: Mapping[int, IntArray],
        constant: float = 0.0,
    ) -> Relaxed:
        """Bound the cost over a cell."""
        columns = {h: _first_columns(self.points[h], inside[h], start.get(h)) for h in self.strata}
        best, reduced = -np.inf, {}
        for _ in range(ROUNDS):
            solution = self._master(columns, costs)
            bound, priced, added = self._price(solution.duals, inside, costs, columns, magnitude)
            if bound > best:
                best, reduced = bound, priced
            if not added or solution.value - best <= CLOSED * max(1.0, abs(best)):
                break
            columns = {h: np.union1d(columns[h], added.get(h, columns[h][:0])) for h in self.strata}
        return Relaxed(best + constant, solution.slack, solution.mixes, solution.point, reduced, columns)

    def _master(self, columns: Mapping[int, IntArray], costs: Mapping[int, FloatArray]) -> _Master:
        from scipy.optimize import linprog

        matrix, low = self.matrix, self.low
        blocks, cost, owner = [matrix[:, self.free]], [np.zeros(len(self.free))], []
        for k, h in enumerate(self.strata):
            c = columns[h]
            blocks.append(
                np.outer(matrix[:, h], self.points[h].x[c]) + np.outer(matrix[:, self.size + h], self.points[h].y[c])
            )
            cost.append(costs[h][c])
            owner += [k] * len(c)
        m, o, free = len(low), len(self.others), len(self.free)
        width = free + len(owner) + m
        order = np.zeros((o, width))
        order[np.arange(o), np.arange(o)] = 1
        order[np.arange(o), o + np.arange(o)] = -1
        upper = np.vstack([-np.hstack([*blocks, np.eye(m)]), order])
        one = np.zeros((len(self.strata), width))
        one[owner, free + np.arange(len(owner))] = 1
        bounds = [*map(tuple, self.ranges[self.free].tolist()), *[(0, None)] * (len(owner) + m)]
        result = linprog(
            np.concatenate([*cost, np.full(m, PENALTY)]),
            A_ub=upper,
            b_ub=np.concatenate([-low, np.zeros(o)]),
            A_eq=one,
            b_eq=np.ones(len(self.strata)),
            bounds=bounds,
            method="highs",
        )
        return self._unpack(result, columns, m)

    def _unpack(self, result: Any, columns: Mapping[int, IntArray], m: int) -> _Master:
        if result.x is None:
            raise ArithmeticError(f"the linear programme failed: {result.message}")
        point = np.zeros(2 * self.size)
        point[self.free] = result.x[: len(self.free)]
        mixes, at = {}, len(self.free)
        for h in self.strata:
            shares = result.x[at : at + len(columns[h])]
            at += len(columns[h])
            used = shares > 1e-9
            mixes[h] = (columns[h][used], shares[used])
            point[h] = shares @ self.points[h].x[columns[h]]
            point[self.size + h] = shares @ self.points[h].y[columns[h]]
        duals = np.maximum(-result.ineqlin.marginals[:m], 0.0)
        return _Master(float(result.fun), float(result.x[at:].sum()), duals, mixes, point)

    def _price(
        self,
        duals: FloatArray,
        inside: Mapping[int, IntArray],
        costs: Mapping[int, FloatArray],
        columns: Mapping[int, IntArray],
        magnitude: float,
    ) -> tuple[float, dict[int, FloatArray], dict[int, IntArray]]:
        """Evaluate the Lagrangian of the multipliers over all pairs; give the pairs that improve on the columns."""
        price = duals @ self.matrix
        terms = magnitude + float(duals @ np.abs(self.low)) + float(duals @ self.reach)
        bound = float(duals @ self.low) - ROUNDING * terms
        added: dict[int, IntArray] = {}
        above: dict[int, FloatArray] = {}
        for h in self.strata:
            rows, points = inside[h], self.points[h]
            reduced = costs[h][rows] - price[h] * points.x[rows] - price[self.size + h] * points.y[rows]
            best = int(np.argmin(reduced))
            bound += float(reduced[best])
            above[h] = reduced - reduced[best]
            if rows[best] not in columns[h]:
                added[h] = rows[best : best + 1]
        return bound + self._others_at_best(price), above, added

    def _others_at_best(self, price: FloatArray) -> float:
        """Return the least reduced cost of the strata outside the domain, over the triangle 0 <= x <= y <= n."""
        o = np.array(self.others, dtype=np.int64)
        if not len(o):
            return 0.0
        (xl, xu), (yl, yu) = self.ranges[o].T, self.ranges[self.size + o].T
        px, py = -price[o], -price[self.size + o]
        corners = [px * np.where(px > 0, np.minimum(xl, y), np.minimum(xu, y)) + py * y for y in (yl, yu)]
        # for fixed y the best x is at an end; x = y may bind in between, at y = xl or y = xu
        corners += [px * x + py * np.clip(x, yl, yu) for x in (xl, xu)]
        return float(np.minimum.reduce(corners).sum())


@dataclass(frozen=True, slots=True)
class _Master:
    """Solution of one restricted linear programme."""

    value: float
    slack: float
    duals: FloatArray
    mixes: dict[int, tuple[IntArray, FloatArray]]
    point: FloatArray


def row_matrix(rows: tuple[LinearRow, ...], width: int) -> tuple[FloatArray, FloatArray]:
    """Write rows as matrix @ unknowns >= low, each scaled to coefficients of at most 1."""
    blocks, low = [], []
    for row in rows:
        line = np.zeros(width)
        for i, c in row.coefficients.items():
            line[i] = float(c)
        scale = float(np.abs(line).max()) or 1.0
        for end, sign in ((row.lower, 1.0), (row.upper, -1.0)):
            if end is not None:
                blocks.append(sign * line / scale)
                low.append(sign * float(end) / scale)
    return np.array(blocks), np.array(low)


def _first_columns(points: StratumPoints, inside: IntArray, start: IntArray | None) -> IntArray:
    """Begin with the corners of the pairs, so that rows can be met, and with what served before."""
    x, y = points.x[inside], points.y[inside]
    corners = [inside[np.argmin(s * y + t * x)] for s in (1.0, -1.0) for t in (1e-3, -1e-3)]
    corners += [inside[np.argmin(x)], inside[np.argmax(x)]]
    kept = np.empty(0, dtype=np.int64) if start is None else np.intersect1d(start, inside)
    return np.union1d(np.array(corners, dtype=np.int64), kept)


Try = Callable[[FloatArray], float | None]

# reduced costs above this drop a pair: what double precision could have lost is far smaller
MARGIN = 1e-9
# HiGHS meets rows to 1e-7: the range of the base is widened by more
WIDENING = 1e-6
# times that pairs of one cell are pruned again before it is split
PRUNINGS = 4


@dataclass(frozen=True, slots=True)
class Pruned:
    """What the search proved.

    Parameters
    ----------
    outer : float
        Rigorous bound of the variance.
    nodes : int
        Relaxations solved.
    """

    outer: float
    nodes: int


@dataclass(frozen=True, slots=True)
class _Cell:
    end: int
    inside: Mapping[int, IntArray]
    relaxed: Relaxed


class PruneAndBound:
    """The search for one domain and direction.

    Parameters
    ----------
    system : ItemSystem
        A system among a base.
    strata : tuple of int
        Rows of the domain's strata.
    sense : {"max", "min"}
        Which end of the variance.
    points : mapping of int to StratumPoints
        Possible pairs of each stratum of the domain.
    ranges : numpy.ndarray of int, shape (2 H, 2)
        Range of every unknown.
    share : tuple of float
        Range of the share R in the domain.
    """

    def __init__(
        self,
        system: ItemSystem,
        strata: Mask,
        sense: str,
        points: Mapping[int, StratumPoints],
        ranges: IntArray,
        *,
        share: tuple[float, float],
    ) -> None:
        self.relaxation = Relaxation(system, strata, points, ranges)
        self.points, self.ranges, self.strata, self.share = points, ranges, strata, share
        self.sign = -1.0 if sense == "max" else 1.0
        self.base = self._base_range()

    def run(self, value: float, nodes: int, attempt: Try | None = None, attempts: int = 6) -> Pruned:
        """Search."""
        self._aim(value)
        everything = {h: np.arange(len(self.points[h].x)) for h in self.strata}
        heap: list[tuple[float, int, _Cell]] = []
        leaves: list[float] = []
        count = 0
        for end in (0, 1):
            cell, used = self._cell(end, everything, {})
            count += used
            if cell is not None:
                heapq.heappush(heap, (cell.relaxed.bound, count, cell))
        while heap and count < nodes:
            bound, _, cell = heapq.heappop(heap)
            if bound >= self.slack:
                continue
            if attempt is not None and attempts and self._beyond(cell):
                attempts -= 1
                better = attempt(cell.relaxed.point)
                if better is not None and self.sign * (better - self.value) < 0:
                    self._lower(better)
                    heapq.heappush(heap, (bound, count, cell))
                    continue
            parts = self._split(cell)
            if not parts:
                # counts that the statements allow but for the other strata being whole: no cell can do better
                leaves.append(bound)
                break
            for inside in parts:
                child, used = self._cell(cell.end, inside, cell.relaxed.columns, cell.relaxed.bound)
                count += used
                if child is not None:
                    heapq.heappush(heap, (child.relaxed.bound, count, child))
        left = [b - self.slack for b in [*leaves, *(entry[0] for entry in heap)] if b < self.slack]
        return Pruned(self._variance(min(left, default=0.0)), count)

    def _aim(self, value: float) -> None:
        """Set v: costs are taken for this v; a better one later only moves the bar."""
        low, high = self.base
        middle = (low + high) / 2
        self.value = self.costed = value
        self.unit = 1.0 / (value * middle**2)
        # -v Y² from below: its chord for a minimum, the tangent of v Y² for a maximum
        self.constant = low * high / middle**2 if self.sign > 0 else -1.0
        self.slack = 0.0
        half = (self.share[1] - self.share[0]) / 2
        # N is convex in R: at least its lower end less half² base, at most its upper end
        curve = half**2 if self.sign > 0 else 0.0
        self.costs, self.magnitude = [], []
        scale = self.sign * self.unit
        for r in self.share:
            parts = (r, r * r - curve, 2 * value * middle)
            self.costs.append({h: scale * p.cost(*parts) for h, p in self.points.items()})
            self.magnitude.append(self.unit * sum(p.largest(*parts) for p in self.points.values()))

    def _lower(self, value: float) -> None:
        """Move v: s (N - v' Y²) >= s (N - v Y²) + |v - v'| Y², so that bounds down to -slack close a cell."""
        self.value = value
        middle = (self.base[0] + self.base[1]) / 2
        self.slack = -abs(self.costed - value) / self.costed * (self.base[0] / middle) ** 2

    def _variance(self, bound: float) -> float:
        """Turn a bound of the scaled sum, <= 0, into one of the variance."""
        if bound >= 0:
            return self.value
        middle = (self.base[0] + self.base[1]) / 2
        return max(self.value + self.sign * self.costed * bound * (middle / self.base[0]) ** 2, 0.0)

    def _cell(
        self, end: int, inside: Mapping[int, IntArray], start: Mapping[int, IntArray], parent: float = -math.inf
    ) -> tuple[_Cell | None, int]:
        """Relax, drop pairs, and relax again while that pays."""
        used, bound = 0, parent
        for _ in range(PRUNINGS):
            if any(len(rows) == 0 for rows in inside.values()):
                return None, used
            relaxed = self.relaxation.solve(inside, self.costs[end], self.magnitude[end], start, self.constant)
            used += 1
            gained, bound = relaxed.bound - bound, max(bound, relaxed.bound)
            if bound >= self.slack:
                return None, used
            kept = {
                h: rows[bound_of <= self.slack + MARGIN]
                for h, rows in inside.items()
                for bound_of in [relaxed.bound + relaxed.reduced[h]]
            }
            before, after = (sum(len(r) for r in rows.values()) for rows in (inside, kept))
            inside, start = kept, relaxed.columns
            if after > 0.8 * before or gained < 1e-3 * abs(bound):
                break
        return _Cell(end, inside, relaxed._replace(bound=bound)), used

    def _beyond(self, cell: _Cell) -> bool:
        """Tell whether the cell's mean counts, were they whole, would have a variance beyond v."""
        point = cell.relaxed.point
        size = self.relaxation.size
        top = below = 0.0
        for h in self.strata:
            below += self.points[h].weight * point[size + h]
            top += self.points[h].weight * point[h]
        if below <= 0:
            return False
        r = top / below
        n = sum(self.points[h].cost_at(point[h], point[size + h], r, r * r, 0.0) for h in self.strata)
        return self.sign * (n / below**2 - self.value) < 0

    def _split(self, cell: _Cell) -> list[dict[int, IntArray]]:
        """Split the pairs of the stratum where the relaxation loses most."""
        r = self.share[cell.end]
        worst, chosen = -math.inf, -1
        for h in self.strata:
            rows, shares = cell.relaxed.mixes[h]
            if len(rows) < 2:
                continue
            p = self.points[h]
            mean = p.cost_at(float(shares @ p.x[rows]), float(shares @ p.y[rows]), r, r * r, 0.0)
            loss = abs(mean - float(shares @ p.cost(r, r * r, 0.0)[rows]))
            if loss > worst:
                worst, chosen = loss, h
        if chosen < 0:
            # nothing is mixed: split the largest set of pairs by its size of base
            chosen = max(self.strata, key=lambda h: len(cell.inside[h]))
            if len(cell.inside[chosen]) < 2:
                return []
        return self._halves(cell, chosen)

    def _halves(self, cell: _Cell, h: int) -> list[dict[int, IntArray]]:
        p, inside = self.points[h], cell.inside[h]
        rows, shares = cell.relaxed.mixes[h]
        axes = (p.x, p.y, p.y - p.x)
        spreads = [float(shares @ (v[rows] - shares @ v[rows]) ** 2) for v in axes]
        if max(spreads) > 0:
            v = axes[int(np.argmax(spreads))]
            mean = float(shares @ v[rows])
            cut = min(max(math.floor(mean), v[rows].min()), v[rows].max() - 1)
        else:
            v = max(axes, key=lambda a: float(np.ptp(a[inside])))
            cut = math.floor((v[inside].min() + v[inside].max()) / 2)
        below = v[inside] <= cut
        return [{**cell.inside, h: part} for part in (inside[below], inside[~below]) if len(part)]

    def _base_range(self) -> tuple[float, float]:
        """Bound the weighted size of the base in the domain over all rows, and by what is printed of it."""
        from scipy.optimize import linprog

        relaxation = self.relaxation
        cost = np.zeros(2 * relaxation.size)
        members = [relaxation.size + h for h in self.strata]
        cost[members] = relaxation.weights[list(self.strata)]
        ends = []
        for sign in (1.0, -1.0):
            result = linprog(
                sign * cost, A_ub=-relaxation.matrix, b_ub=-relaxation.low, bounds=self.ranges.tolist(), method="highs"
            )
            if result.x is None:
                raise ConflictError(
                    "no table of counts meets everything that is printed",
                    where=relaxation.system.name,
                    hint=result.message,
                )
            ends.append(float(np.asarray(result.fun)) - WIDENING)
        low, high = ends[0], -ends[1]
        printed = next((b for b in relaxation.system.base_shares if b.strata == self.strata), None)
        if printed is not None:
            low, high = max(low, float(printed.lower) * (1 - 1e-15)), min(high, float(printed.upper) * (1 + 1e-15))
        return max(low, 1e-12), high
