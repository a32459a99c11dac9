"""How far does the variance of a share reach among the common members of two sets?

The counts of both sets stand in the programmes beside those of item and base, so that all that print says of either set
binds.  Solvers propose multipliers and tables; the bound is the Lagrangian over all whole pairs, in exact fractions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil, floor

import numpy as np

from aibaro._arrays import FloatArray
from aibaro.reconstruct import highs
from aibaro.reconstruct._dual import GRID, DualBounds
from aibaro.reconstruct._dual import proof as dual_proof
from aibaro.reconstruct._fractions import largest_in_fractions
from aibaro.reconstruct._relaxation import row_matrix
from aibaro.reconstruct.items import ItemSystem, PrintedShare
from aibaro.reconstruct.program import (
    LinearRow,
    SeparableProgram,
    integer_rows,
    joint_rows,
    linear_rows,
    scaled_tables,
    violated,
)
from aibaro.reconstruct.share_variance import Extreme, Order, exact_variance, variance_factors

# linear programmes a ratio, and how much below its root a multiplier is tried
STEPS = 12
BELOW = Fraction(1, 10**6)
# thousands of nodes to make counts whole, and to find tables of few sizes of the base a stratum for each relaxation of
# an effort; steps between these sizes
NEAR, THOUSANDS = 0.3, 1 / 120
VALUES = 4


class CommonMembers:
    """Both ends of the variance of a share among a base that holds the common members of two sets.

    Parameters
    ----------
    system : ItemSystem
        A system whose base is an overlap.
    share : PrintedShare
        A printed share of the item among the base.
    nodes : int
        Effort, in relaxations of a search.

    Notes
    -----
    N = sum of K [x - x²/n - 2 R (x - x y/n) + R² (y - y²/n)] is convex in R and, at a given R, concave in
    (x, y).  V <= v where N - v Y² <= 0, and Y² >= 2 m Y - m² for any m; V >= v where N - v Y² >= 0, and
    Y² <= (a + b) Y - a b for Y between a and b.  Either way a sum over strata with linear rows is left.
    """

    def __init__(self, system: ItemSystem, share: PrintedShare, nodes: int) -> None:
        self.system, self.share, self.nodes = system, share, nodes
        design = system.design
        self.count, self.limits = design.size, [int(n) for n in design.respondents]
        self.weights = {h: design.exact_weights[h] for h in share.strata}
        self.factors = {h: variance_factors(design)[h] for h in share.strata}
        self.top = max(self.factors.values()) or Fraction(1)
        rows = (*linear_rows(system), *joint_rows(system))
        # a domain with an estimate has a respondent
        someone = LinearRow(share.name, {self.count + h: Fraction(1) for h in share.strata}, Fraction(1), None)
        self.whole = integer_rows([*rows, someone])
        self.matrix, self.low = row_matrix(rows, 4 * self.count)
        self.sides = []
        for row in rows:
            scale = max((abs(c) for c in row.coefficients.values()), default=Fraction(1)) or Fraction(1)
            for end, sign in ((row.lower, 1), (row.upper, -1)):
                if end is not None:
                    terms = {i: sign * c / scale for i, c in row.coefficients.items()}
                    self.sides.append((terms, sign * end / scale))
        self.dual = DualBounds(system)
        population = int(design.population[list(share.strata)].sum())
        low, high = self.dual.base_share(share.strata)
        self.size = max(low * population, min(self.weights.values())), high * population
        self.ranges = [(0, n) for n in self.limits]
        self.rates = (share.lower, share.upper)

    def largest(self) -> Extreme:
        """Bound the largest variance, and find a table."""
        box = np.array([(0, n) for n in self.limits * 2])
        outer, witness = Fraction(0), None
        for rate in self.rates:
            found = largest_in_fractions(self.system, self.share, box, float(rate))
            if found is None:
                return Extreme(Fraction(1), None, None, dual_proof(), 0.0)
            v, m = Fraction(found.variance), Fraction(found.size)
            beyond = self._beyond("max", rate, v, m, found.multipliers)
            outer = max(outer, v + max(beyond, Fraction(0)) / self.size[0] ** 2)
            witness = witness or self._near(found.point)
        return self._extreme(outer, witness)

    def smallest(self) -> Extreme:
        """Bound the smallest variance, and find a table."""
        witness = self._table([[(0, 0), (0, n), (n, n)] for n in self.limits], {})
        if witness is not None:
            # strata asked in full or not at all, and with one answer each, have no variance
            return self._extreme(Fraction(0), witness)
        self.ranges = [self._range(h) for h in range(self.count)]
        proposals = [self._smallest_in_fractions(rate) for rate in self.rates]
        v = Fraction(max(min(v for v, _ in proposals), 0.0)) * (1 - BELOW)
        beyond = max(
            self._beyond("min", rate, v, Fraction(0), prices)
            for rate, (_, prices) in zip(self.rates, proposals, strict=True)
        )
        outer = max(v - max(beyond, Fraction(0)) / self.size[0] ** 2, Fraction(0))
        return self._extreme(outer, self._small_table(v))

    def _range(self, h: int) -> tuple[int, int]:
        """Sizes of the base in a stratum."""
        one = {self.count + h: Fraction(1)}
        low, high = -self.dual.largest({i: -c for i, c in one.items()})[0], self.dual.largest(one)[0]
        return max(ceil(low), 0), min(floor(high), self.limits[h])

    def _extreme(self, outer: Fraction, witness: tuple[int, ...] | None) -> Extreme:
        inner = None if witness is None else exact_variance(self.system, self.share.strata, witness)
        return Extreme(outer, inner, witness, f"both sets; {dual_proof()}", 0.0)

    def _beyond(self, sense: str, rate: Fraction, v: Fraction, m: Fraction, multipliers: FloatArray) -> Fraction:
        """Bound N - v Y² (the negative of it, for a minimum) from above over all tables, for any multipliers >= 0."""
        low, high = self.size
        sign, price, bound = (1, -2 * m, m * m) if sense == "max" else (-1, low + high, -low * high)
        bound *= v / self.top
        if sense == "min":
            # between the ends R² lies above its tangent by at most the square of half their distance
            half = (self.share.upper - self.share.lower) / 2
            bound += half**2 * sum(f * self.limits[h] for h, f in self.factors.items()) / (4 * self.top)
        slopes = [Fraction(0)] * (4 * self.count)
        for (terms, right), multiplier in zip(self.sides, multipliers, strict=True):
            exact = Fraction(round(max(float(multiplier), 0.0) * GRID), GRID)
            if exact:
                bound -= exact * right
                for i, c in terms.items():
                    slopes[i] += exact * c
        for h, n in enumerate(self.limits):
            factor = sign * self.factors.get(h, Fraction(0)) / self.top
            own = slopes[self.count + h] + price * v * self.weights.get(h, Fraction(0)) / self.top
            bound += max(
                factor * self._spread(h, rate, x, y) + slopes[h] * x + own * y
                for x, y in self._candidates(h, rate, factor, slopes[h])
            )
            bound += sum(n * max(slopes[k * self.count + h], Fraction(0)) for k in (2, 3))
        return bound * self.top

    def _spread(self, h: int, rate: Fraction, x: int, y: int) -> Fraction:
        return x * (1 - 2 * rate) + y * rate**2 - (x - rate * y) ** 2 / self.limits[h]

    def _candidates(self, h: int, rate: Fraction, factor: Fraction, slope: Fraction) -> Iterator[tuple[int, int]]:
        """Pairs among which a concave, or convex, part of the sum is largest."""
        low, high = self.ranges[h]
        if factor <= 0:
            yield from _corners(low, high)
            return
        for y in range(low, high + 1):
            # the derivative in x is 0 here
            peak = floor(rate * y + self.limits[h] * (1 - 2 * rate + slope / factor) / 2)
            yield from ((min(max(x, 0), y), y) for x in (peak, peak + 1))

    def _smallest_in_fractions(self, rate: Fraction) -> tuple[float, FloatArray]:
        """Mix corners of each stratum's pairs; return the least ratio of N and the chord of Y², and multipliers."""
        from scipy.optimize import linprog

        size, corners = self.count, [_corners(*own) for own in self.ranges]
        owner = np.repeat(np.arange(size), [len(own) for own in corners])
        x, y = np.array([pair for own in corners for pair in own]).T
        cost, weight = np.zeros(len(owner)), np.zeros(len(owner))
        for k, h in enumerate(owner.tolist()):
            if h in self.factors:
                cost[k] = float(self.factors[h] / self.top * self._spread(h, rate, int(x[k]), int(y[k])))
                weight[k] = float(self.weights[h]) * y[k]
        matrix = np.hstack([self.matrix[:, owner] * x + self.matrix[:, size + owner] * y, self.matrix[:, 2 * size :]])
        one = np.zeros((size, matrix.shape[1]))
        one[owner, np.arange(len(owner))] = 1
        low, high = map(float, self.size)
        rest, top = np.zeros(2 * size), float(self.top)
        box = [*[(0, 1)] * len(owner), *[(0, n) for n in self.limits * 2]]
        v, prices = 1.0, np.zeros(len(self.low))
        for _ in range(STEPS):
            charged = cost - v / top * (low + high) * weight
            unit = float(np.abs(charged).max()) or 1.0
            result = linprog(
                np.concatenate([charged / unit, rest]),
                A_ub=-matrix,
                b_ub=-self.low,
                A_eq=one,
                b_eq=np.ones(size),
                bounds=box,
                method="highs",
            )
            if result.x is None:
                return 0.0, prices
            prices = -result.ineqlin.marginals * unit
            mix = result.x[: len(owner)]
            reached = float(cost @ mix) * top / ((low + high) * float(weight @ mix) - low * high)
            if reached >= v * (1 - float(BELOW)):
                break
            v = reached
        return v, prices

    def _small_table(self, variance: Fraction) -> tuple[int, ...] | None:
        """Find a table whose strata take few values, and whose N is small beside the size of the base."""
        pairs = [_few(low, high) for low, high in self.ranges]
        rate, price = self.share.centre, 2 * variance * self.size[0]
        costs = {
            h: [self.factors[h] * self._spread(h, rate, x, y) - price * self.weights[h] * y for x, y in pairs[h]]
            for h in self.share.strata
        }
        return self._table(pairs, costs)

    def _table(
        self, pairs: Sequence[Sequence[tuple[int, int]]], costs: Mapping[int, Sequence[Fraction]]
    ) -> tuple[int, ...] | None:
        """Choose a listed pair of each stratum, with counts of both sets."""
        allowed = tuple(((h, self.count + h), tuple(own)) for h, own in enumerate(pairs))
        prices = scaled_tables(costs, "min", 10**10)[0] if costs else {}
        program = SeparableProgram(
            (0,) * (4 * self.count), tuple(self.limits * 4), self.whole, "min", allowed=allowed, prices=prices
        )
        return self._verified(program, self.nodes * THOUSANDS)

    def _near(self, point: FloatArray) -> tuple[int, ...] | None:
        """Find whole counts near those in fractions, the distances priced by the weight of a respondent."""
        design = self.system.design
        price = np.maximum(np.round(100 * design.population / design.respondents), 1).astype(int).tolist() * 2
        targets = {i: (round(float(v)), price[i]) for i, v in enumerate(point[: 2 * self.count])}
        order = tuple(Order(h, self.count + h).row() for h in range(self.count))
        program = SeparableProgram(
            (0,) * (4 * self.count), tuple(self.limits * 4), (*self.whole, *order), "min", targets=targets
        )
        return self._verified(program, NEAR)

    def _verified(self, program: SeparableProgram, work: float) -> tuple[int, ...] | None:
        found = highs.solve(program, work=work).unknowns
        return None if found is None or violated(self.system, found) else found


def _few(low: int, high: int) -> list[tuple[int, int]]:
    """Pairs of a few sizes of the base, with all of one answer."""
    values = {low + round((high - low) * k / VALUES) for k in range(VALUES + 1)}
    return sorted({pair for y in values for pair in ((0, y), (y, y))})


def _corners(low: int, high: int) -> list[tuple[int, int]]:
    return sorted({(0, low), (low, low), (0, high), (high, high)})
