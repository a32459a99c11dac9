"""Which pairs of counts can a stratum have, and what does each contribute to the variance?"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any, Literal, NamedTuple

import numpy as np

from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import ConflictError
from aibaro.reconstruct._blocks import Column, CountBlock, Live, counts_within, crossing, shrunk
from aibaro.reconstruct.items import ItemSystem, Mask, PrintedShare
from aibaro.reconstruct.program import LinearRow
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
    return counts_within(limits, weights, low, high)


def item_tuples(system: ItemSystem, item: PrintedShare, inside: list[int]) -> IntArray:
    """Enumerate the counts of the item in a domain, given those of the base."""
    weights = [system.design.exact_weights[h] for h in item.strata]
    size = sum((w * y for w, y in zip(weights, inside, strict=True)), Fraction(0))
    return counts_within(inside, weights, item.lower * size, item.upper * size)


def pair_limits(pairs: Any) -> tuple[int, int, int, int]:
    """Return the ranges of x and y of a set of pairs."""
    return int(pairs[:, 0].min()), int(pairs[:, 0].max()), int(pairs[:, 1].min()), int(pairs[:, 1].max())


# forward error of sums of at most a thousand products in double precision, with room to spare
ROUNDING = 1e-12
PENALTY = 1e4
# a programme that one method leaves undecided is given to the next
METHODS: tuple[Literal["highs", "highs-ipm"], ...] = ("highs", "highs-ipm")
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
        For each stratum of a block its pairs and their shares.
    point : numpy.ndarray of float, shape (2 H,)
        Mean x_h and y_h.
    price : numpy.ndarray of float, shape (2 H,)
        What the statements of the best bound charge for each unknown.
    columns : tuple of list of tuple
        Counts of each block that were generated.
    """

    bound: float
    infeasibility: float
    mixes: Mapping[int, tuple[IntArray, FloatArray]]
    point: FloatArray
    price: FloatArray
    columns: Columns


Columns = tuple[list[Column], ...]
# live counts of every block
Inside = tuple[Live, ...]


class Relaxation:
    """The relaxation of one domain and direction: statements within a block hold, those across blocks are relaxed.

    Parameters
    ----------
    system : ItemSystem
        A system among a base.
    strata : tuple of int
        Rows of the domain's strata.
    blocks : tuple of CountBlock
        Listed counts; they cover at least the domain's strata.
    ranges : numpy.ndarray of int, shape (2 H, 2)
        Smallest and largest value of every unknown.
    """

    def __init__(self, system: ItemSystem, strata: Mask, blocks: tuple[CountBlock, ...], ranges: IntArray) -> None:
        self.system, self.strata, self.blocks, self.ranges = system, strata, blocks, ranges
        self.size = system.design.size
        self.matrix, self.low = row_matrix(crossing(system, blocks), 2 * self.size)
        self.reach = np.abs(self.matrix) @ ranges[:, 1]
        listed = {h for block in blocks for h in block.strata}
        self.others = [h for h in range(self.size) if h not in listed]
        self.free = [*self.others, *(self.size + h for h in self.others)]
        weights = system.design.population / system.design.respondents
        self.weights = weights / float(system.design.population[list(strata)].sum())
        self.values = [[pairs.astype(float) for pairs in block.pairs] for block in blocks]

    def solve(
        self, inside: Inside, costs: Mapping[int, FloatArray], magnitude: float, start: Columns, constant: float = 0.0
    ) -> Relaxed:
        """Bound the cost over a cell."""
        columns = self._first_columns(inside, costs, start)
        best, price = -np.inf, np.zeros(2 * self.size)
        for _ in range(ROUNDS):
            solution = self._master(columns, costs)
            charged = solution.duals @ self.matrix
            bound, added = self._price(solution.duals, charged, inside, costs, magnitude)
            if bound > best:
                best, price = bound, charged
            fresh = [column not in own for own, column in zip(columns, added, strict=True)]
            if not any(fresh) or solution.value - best <= CLOSED * max(1.0, abs(best)):
                break
            columns = tuple(
                [*own, column] if new else own for own, column, new in zip(columns, added, fresh, strict=True)
            )
        return Relaxed(best + constant, solution.slack, solution.mixes, solution.point, price, columns)

    def reduced(
        self, number: int, live: Live, costs: Mapping[int, FloatArray], price: FloatArray
    ) -> tuple[FloatArray, list[FloatArray]]:
        """Tell by how much the bound rises when a block must take a tuple, or a stratum one of its pairs."""
        block, prices = self.blocks[number], self._charged(number, costs, price)
        total, tables = block.best(live, prices)
        above = total - total.min()
        pairs = []
        for k, own in enumerate(live.pairs):
            least = np.full(len(tables[k]), np.inf)
            np.minimum.at(least, block.tuples[live.tuples, k], above)
            key = block.keys[k][own]
            pairs.append(least[key] + prices[k][own] - tables[k][key])
        return above, pairs

    def _charged(self, number: int, costs: Mapping[int, FloatArray], price: FloatArray) -> list[FloatArray]:
        """Reduced costs of the pairs of a block."""
        return [
            costs.get(h, 0.0) - price[h] * own[:, 0] - price[self.size + h] * own[:, 1]
            for h, own in zip(self.blocks[number].strata, self.values[number], strict=True)
        ]

    def _first_columns(self, inside: Inside, costs: Mapping[int, FloatArray], start: Columns) -> Columns:
        """Begin with what costs least, ends of the counts, so that rows can be met, and what served before."""
        found = []
        for number, live in enumerate(inside):
            alive = [set(own.tolist()) for own in live.pairs]
            own = [c for c in (start[number] if start else ()) if all(a in s for a, s in zip(c, alive, strict=True))]
            if not own:
                for x, y in ((1e-3, 1.0), (1e-3, -1.0), (-1e-3, 1.0), (-1e-3, -1.0), (1.0, 0.0), (-1.0, 0.0)):
                    own.append(self._cheapest(number, live, [x * v[:, 0] + y * v[:, 1] for v in self.values[number]]))
                own.append(self._cheapest(number, live, self._charged(number, costs, np.zeros(2 * self.size))))
            found.append(list(dict.fromkeys(own)))
        return tuple(found)

    def _cheapest(self, number: int, live: Live, prices: Sequence[FloatArray]) -> Column:
        block = self.blocks[number]
        total, _ = block.best(live, prices)
        return block.cheapest(live, prices, int(live.tuples[np.argmin(total)]))

    def _master(self, columns: Columns, costs: Mapping[int, FloatArray]) -> _Master:
        from scipy.optimize import linprog

        matrix, low = self.matrix, self.low
        parts, cost, owner = [matrix[:, self.free]], [np.zeros(len(self.free))], []
        for number, (block, own) in enumerate(zip(self.blocks, columns, strict=True)):
            taken = np.array(own).reshape(len(own), len(block.strata))
            part, spent = np.zeros((len(low), len(own))), np.zeros(len(own))
            for k, h in enumerate(block.strata):
                value = self.values[number][k][taken[:, k]]
                part += np.outer(matrix[:, h], value[:, 0]) + np.outer(matrix[:, self.size + h], value[:, 1])
                if h in costs:
                    spent += costs[h][taken[:, k]]
            parts.append(part)
            cost.append(spent)
            owner += [number] * len(own)
        m, o, free = len(low), len(self.others), len(self.free)
        width = free + len(owner) + m
        order = np.zeros((o, width))
        order[np.arange(o), np.arange(o)] = 1
        order[np.arange(o), o + np.arange(o)] = -1
        upper = np.vstack([-np.hstack([*parts, np.eye(m)]), order])
        one = np.zeros((len(self.blocks), width))
        one[owner, free + np.arange(len(owner))] = 1
        bounds = [*map(tuple, self.ranges[self.free].tolist()), *[(0, None)] * (len(owner) + m)]
        for method in METHODS:
            result = linprog(
                np.concatenate([*cost, np.full(m, PENALTY)]),
                A_ub=upper,
                b_ub=np.concatenate([-low, np.zeros(o)]),
                A_eq=one,
                b_eq=np.ones(len(self.blocks)),
                bounds=bounds,
                method=method,
            )
            if result.x is not None:
                break
        return self._unpack(result, columns, m)

    def _unpack(self, result: Any, columns: Columns, m: int) -> _Master:
        if result.x is None:
            raise ArithmeticError(f"the linear programme failed: {result.message}")
        point = np.zeros(2 * self.size)
        point[self.free] = result.x[: len(self.free)]
        mixes: dict[int, tuple[IntArray, FloatArray]] = {}
        at = len(self.free)
        for number, (block, own) in enumerate(zip(self.blocks, columns, strict=True)):
            shares = result.x[at : at + len(own)]
            at += len(own)
            used = np.flatnonzero(shares > 1e-9)
            for k, h in enumerate(block.strata):
                pairs, place = np.unique([own[c][k] for c in used], return_inverse=True)
                mixes[h] = (pairs.astype(np.int64), np.bincount(place, shares[used]).astype(float))
                point[[h, self.size + h]] = mixes[h][1] @ self.values[number][k][pairs]
        duals = np.maximum(-result.ineqlin.marginals[:m], 0.0)
        return _Master(float(result.fun), float(result.x[at:].sum()), duals, mixes, point)

    def _price(
        self, duals: FloatArray, price: FloatArray, inside: Inside, costs: Mapping[int, FloatArray], magnitude: float
    ) -> tuple[float, list[Column]]:
        """Evaluate the Lagrangian of the multipliers over all live counts; give those that cost least."""
        terms = magnitude + float(duals @ np.abs(self.low)) + float(duals @ self.reach)
        bound = float(duals @ self.low) - ROUNDING * terms
        added = []
        for number, (block, live) in enumerate(zip(self.blocks, inside, strict=True)):
            prices = self._charged(number, costs, price)
            total, _ = block.best(live, prices)
            row = int(np.argmin(total))
            bound += float(total[row])
            added.append(block.cheapest(live, prices, int(live.tuples[row])))
        return bound + self._others_at_best(price), added

    def _others_at_best(self, price: FloatArray) -> float:
        """Return the least reduced cost of the strata in no block, over the triangle 0 <= x <= y <= n."""
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


# what is made of a cell: its mean counts and what it has left of each group; the variance to aim at from then on
Try = Callable[[FloatArray, tuple[CountBlock, ...]], float | None]

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
    inside: Inside
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
    blocks : tuple of CountBlock
        Listed counts; they cover at least the domain's strata.
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
        blocks: tuple[CountBlock, ...],
        ranges: IntArray,
        *,
        share: tuple[float, float],
    ) -> None:
        self.relaxation = Relaxation(system, strata, blocks, ranges)
        population = int(system.design.population[list(strata)].sum())
        self.place = {h: (number, k) for number, block in enumerate(blocks) for k, h in enumerate(block.strata)}
        self.points = {h: stratum_points(system, h, population, self._pairs(h)) for h in strata}
        # a share of everybody varies as a share 0 of a base of everybody would: by its own part alone
        self.everybody = system.of_everybody
        self.ranges, self.strata, self.share = ranges, strata, (0.0, 0.0) if self.everybody else share
        self.sign = -1.0 if sense == "max" else 1.0
        self.base = (1.0, 1.0) if self.everybody else self._base_range()

    def _pairs(self, h: int) -> IntArray:
        number, k = self.place[h]
        return self.relaxation.blocks[number].pairs[k]

    def run(
        self, value: float, nodes: int, attempt: Try | None = None, attempts: int = 6, *, depth: int | None = None
    ) -> Pruned:
        """Search; an attempt is made in cells whose mean counts go beyond v, or in those that many splits lead to."""
        self._aim(value)
        everything = tuple(block.everything() for block in self.relaxation.blocks)
        heap: list[tuple[float, int, _Cell]] = []
        leaves: list[float] = []
        # cells of one bound leave in the order in which they came
        order = itertools.count()
        count = 0
        for end in (0, 1):
            cell, used = self._cell(end, everything, ())
            count += used
            if cell is not None:
                heapq.heappush(heap, (cell.relaxed.bound, next(order), cell))
        while heap and count < nodes:
            bound, _, cell = heapq.heappop(heap)
            if bound >= self.slack:
                continue
            if attempt is not None and attempts and depth is not None:
                found, passed, used = self._follow(cell, depth)
                count += used
                for other in passed:
                    heapq.heappush(heap, (other.relaxed.bound, next(order), other))
                if found is None:
                    continue
                bound, cell = found.relaxed.bound, found
            if attempt is not None and attempts and (depth is not None or self._beyond(cell)):
                attempts -= 1
                better = attempt(cell.relaxed.point, self._left(cell))
                if better is not None and self.sign * (better - self.value) < 0:
                    self._lower(better)
                    heapq.heappush(heap, (bound, next(order), cell))
                    continue
            parts, used = self._children(cell)
            count += used
            if parts is None:
                # counts that the statements allow but for the other strata being whole: no cell can do better
                leaves.append(bound)
                if depth is None:
                    break
                continue
            for child in parts:
                heapq.heappush(heap, (child.relaxed.bound, next(order), child))
        left = [b - self.slack for b in [*leaves, *(entry[0] for entry in heap)] if b < self.slack]
        return Pruned(self._variance(min(left, default=0.0)), count)

    def _children(self, cell: _Cell) -> tuple[list[_Cell] | None, int]:
        """Relax the parts of a cell; None where it cannot be split."""
        parts = self._split(cell)
        if not parts:
            return None, 0
        found = [self._cell(cell.end, inside, cell.relaxed.columns, cell.relaxed.bound) for inside in parts]
        return [child for child, _ in found if child is not None], sum(used for _, used in found)

    def _follow(self, cell: _Cell, depth: int) -> tuple[_Cell | None, list[_Cell], int]:
        """Follow the better part of a cell, and of that; give also the parts that were passed, and relaxations."""
        passed: list[_Cell] = []
        count = 0
        for _ in range(depth):
            parts, used = self._children(cell)
            count += used
            if parts is None:
                break
            if not parts:
                return None, passed, count
            cell, *others = sorted(parts, key=lambda part: part.relaxed.bound)
            passed += others
        return cell, passed, count

    def _left(self, cell: _Cell) -> tuple[CountBlock, ...]:
        return tuple(shrunk(block, live) for block, live in zip(self.relaxation.blocks, cell.inside, strict=True))

    def _aim(self, value: float) -> None:
        """Set v: costs are taken for this v; a better one later only moves the bar."""
        low, high = self.base
        middle = (low + high) / 2
        self.value = self.costed = value
        self.unit = 1.0 / (value * middle**2)
        # -v Y² from below: its chord for a minimum, the tangent of v Y² for a maximum
        self.constant = low * high / middle**2 if self.sign > 0 else -1.0
        price = 2 * value * middle
        if self.everybody:
            self.constant, price = -self.sign, 0.0
        self.slack = 0.0
        half = (self.share[1] - self.share[0]) / 2
        # N is convex in R: at least its lower end less half² base, at most its upper end
        curve = half**2 if self.sign > 0 else 0.0
        self.costs, self.magnitude = [], []
        scale = self.sign * self.unit
        for r in self.share:
            parts = (r, r * r - curve, price)
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

    def _cell(self, end: int, inside: Inside, start: Columns, parent: float = -math.inf) -> tuple[_Cell | None, int]:
        """Relax, drop counts, and relax again while that pays."""
        used, bound = 0, parent
        for _ in range(PRUNINGS):
            if not all(len(live.tuples) for live in inside):
                return None, used
            relaxed = self.relaxation.solve(inside, self.costs[end], self.magnitude[end], start, self.constant)
            used += 1
            gained, bound = relaxed.bound - bound, max(bound, relaxed.bound)
            if bound >= self.slack:
                return None, used
            kept = tuple(self._kept(n, live, relaxed, end) for n, live in enumerate(inside))
            before, after = (sum(len(live.tuples) for live in own) for own in (inside, kept))
            inside, start = kept, relaxed.columns
            if after > 0.8 * before or gained < 1e-3 * abs(bound):
                break
        return _Cell(end, inside, relaxed._replace(bound=bound)), used

    def _kept(self, number: int, live: Live, relaxed: Relaxed, end: int) -> Live:
        """Drop what cannot be part of counts beyond v."""
        above, pairs = self.relaxation.reduced(number, live, self.costs[end], relaxed.price)
        spare = self.slack + MARGIN - relaxed.bound
        left = Live(
            tuple(own[rise <= spare] for own, rise in zip(live.pairs, pairs, strict=True)), live.tuples[above <= spare]
        )
        return self.relaxation.blocks[number].used(left)

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
        r, below = (0.0, 1.0) if self.everybody else (top / below, below)
        n = sum(self.points[h].cost_at(point[h], point[size + h], r, r * r, 0.0) for h in self.strata)
        return self.sign * (n / below**2 - self.value) < 0

    def _split(self, cell: _Cell) -> list[Inside]:
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
            chosen = max(self.strata, key=lambda h: len(self._live(cell, h)))
            if len(self._live(cell, chosen)) < 2:
                return []
        return self._halves(cell, chosen)

    def _live(self, cell: _Cell, h: int) -> IntArray:
        number, k = self.place[h]
        return cell.inside[number].pairs[k]

    def _halves(self, cell: _Cell, h: int) -> list[Inside]:
        p, inside = self.points[h], self._live(cell, h)
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
        number, k = self.place[h]
        block = self.relaxation.blocks[number]
        return [
            (*cell.inside[:number], block.within(cell.inside[number], k, part), *cell.inside[number + 1 :])
            for part in (inside[below], inside[~below])
            if len(part)
        ]

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
