"""Does any consistent table have a variance beyond a given value?  Branch and bound that prunes stratum pairs.

For a value v the sum s (N - v Y²) is bounded from below, with N the quadratic form of the variance, Y the weighted
size of the base, and s = 1 for a minimum, -1 for a maximum: where it cannot be negative, no table lies beyond v.  A
pair of counts whose reduced cost alone makes the bound positive is dropped, which tightens the hull of its stratum.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from aibaro.errors import ConflictError
from aibaro.reconstruct._items import ItemSystem, Mask
from aibaro.reconstruct.points import StratumPoints
from aibaro.reconstruct.relaxation import Relaxation, Relaxed

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
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
