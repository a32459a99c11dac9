"""A linear relaxation over stratum pairs, and the rigorous bound that its multipliers give.

Each stratum of the domain is a convex combination of its pairs (x, y); strata outside are continuous.  Columns are
generated, so that strata of hundreds of respondents cost little.  The bound is not the solver's: it is the
Lagrangian of the multipliers, evaluated over all pairs, with a margin for floating point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from aibaro.reconstruct._items import ItemSystem, Mask
from aibaro.reconstruct.points import StratumPoints
from aibaro.reconstruct.rows import LinearRow, linear_rows

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

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
        """Give the least reduced cost of the strata outside the domain, over the triangle 0 <= x <= y <= n."""
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
