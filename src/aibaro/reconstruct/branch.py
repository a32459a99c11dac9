"""Branch and bound for the variance of a share among a base.

The variance is a ratio of quadratic forms in the counts, R and Y couple the strata.  With R in a piece of its range
and Y² replaced by its tangent, the cost is separable over strata; pieces of R and of the strata's ranges are split
until the bound is tight.  Every bound is the Lagrangian of :mod:`aibaro.reconstruct.relaxation`.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from aibaro.errors import ConflictError
from aibaro.reconstruct.constraints import ItemSystem, Mask
from aibaro.reconstruct.points import StratumPoints
from aibaro.reconstruct.relaxation import Box, Cell, Relaxation, Relaxed

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# a relaxation that misses its rows by more than this, after the penalty, is an empty cell
EMPTY = 1e3


@dataclass(frozen=True, slots=True)
class BranchResult:
    """What branch and bound proved.

    Parameters
    ----------
    outer : float
        Rigorous bound of the variance.
    nodes : int
        Relaxations solved.
    points : tuple of numpy.ndarray, shape (2 H,)
        Means of the most promising cells, the best first: where to look for a witness.
    """

    outer: float
    nodes: int
    points: tuple[FloatArray, ...]


@dataclass(frozen=True, slots=True)
class _Node:
    cell: Cell
    relaxed: Relaxed
    variance: float


class BranchAndBound:
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
    reference : float
        A variance near the answer, for instance a witness's; it decides where the tangent of Y² is most useful,
        never whether a bound holds.
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
        reference: float,
    ) -> None:
        self.relaxation = Relaxation(system, strata, points, ranges)
        self.points, self.ranges, self.strata, self.share = points, ranges, strata, share
        self.sign = -1.0 if sense == "max" else 1.0
        self.reference = reference
        self.base = self._base_range()
        self.unit = 1.0 / max(reference, 1e-12)

    def run(self, nodes: int, target: float | None, tolerance: float = 2e-3) -> BranchResult:
        """Search.

        Parameters
        ----------
        nodes : int
            Limit of relaxations: deterministic work.
        target : float or None
            Variance of a witness; cells whose bound is this good are closed.
        tolerance : float
            Relative distance from the target at which a cell is closed.

        Returns
        -------
        BranchResult
            The bound, valid whenever the search stops.

        Raises
        ------
        ConflictError
            When no cell is left: print admits no counts.
        """
        root = self._node(Cell({}, self.share), {})
        if root is None:
            raise ConflictError("no table of counts meets everything that is printed",
                                where=self.relaxation.system.name)  # fmt: skip
        heap: list[tuple[float, int, _Node]] = [(self.sign * root.variance, 0, root)]
        closed: list[tuple[float, int, _Node]] = []
        count = 1
        while heap and count < nodes:
            entry = heapq.heappop(heap)
            cells = [] if self._good(entry[2].variance, target, tolerance) else self._split(entry[2])
            if not cells:
                closed.append(entry)
                continue
            start = {h: mix[0] for h, mix in entry[2].relaxed.mixes.items()}
            for cell in cells:
                child = self._node(cell, start)
                count += 1
                if child is not None:
                    variance = self._worse(child.variance, entry[2].variance)
                    heapq.heappush(heap, (self.sign * variance, count, _Node(child.cell, child.relaxed, variance)))
        left = sorted([*heap, *closed], key=lambda e: e[:2])
        if not left:
            raise ConflictError("no table of counts meets everything that is printed",
                                where=self.relaxation.system.name)  # fmt: skip
        return BranchResult(left[0][2].variance, count, tuple(e[2].relaxed.point for e in left[:4]))

    def _good(self, variance: float, target: float | None, tolerance: float) -> bool:
        if target is None:
            return False
        return variance <= target * (1 + tolerance) if self.sign < 0 else variance >= target * (1 - tolerance)

    def _worse(self, child: float, parent: float) -> float:
        """A part cannot be bounded worse than the whole."""
        return min(child, parent) if self.sign < 0 else max(child, parent)

    def _coefficients(self, share: tuple[float, float]) -> tuple[float, float, float]:
        """Bound -2 R cross + R² base from the right side, all parts being >= 0."""
        low, high = share
        size = 2 * self.reference * (self.base[0] + self.base[1]) / 2
        return (low, high * high, size) if self.sign < 0 else (high, low * low, size)

    def _node(self, cell: Cell, start: Mapping[int, IntArray]) -> _Node | None:
        coefficients = self._coefficients(cell.share)
        scale = self.sign * self.unit
        costs = {h: scale * p.cost(*coefficients) for h, p in self.points.items()}
        magnitude = self.unit * sum(p.largest(*coefficients) for p in self.points.values())
        relaxed = self.relaxation.solve(cell, costs, magnitude, start)
        if relaxed is None or (relaxed.infeasibility > 1e-7 and relaxed.bound > EMPTY):
            return None
        return _Node(cell, relaxed, self._variance(relaxed.bound))

    def _variance(self, bound: float) -> float:
        """Turn a bound of the cost into one of the variance.

        For a maximum V <= v + M / Y² with M = cost + v Ym²; for a minimum V >= cost / Y² + 2 v Ym / Y, which is
        concave in 1/Y where it matters: either way an end of the range of Y is the worst.
        """
        middle, cost = (self.base[0] + self.base[1]) / 2, self.sign * bound / self.unit
        if self.sign < 0:
            return max(*(self.reference + (cost + self.reference * middle**2) / y**2 for y in self.base), 0.0)
        return max(min(cost / y**2 + 2 * self.reference * middle / y for y in self.base), 0.0)

    def _split(self, node: _Node) -> list[Cell]:
        """Split where the relaxation loses most: the range of R, or the pairs of one stratum."""
        coefficients = self._coefficients(node.cell.share)
        low, high = node.cell.share
        mean = self._share_at(node.relaxed.point)
        exact = (mean, mean * mean, coefficients[2])
        losses: list[tuple[float, int]] = []
        slack = 0.0
        for h in self.strata:
            rows, shares = node.relaxed.mixes[h]
            points = self.points[h]
            x, y = float(shares @ points.x[rows]), float(shares @ points.y[rows])
            at = points.cost_at(x, y, *coefficients)
            slack += self.sign * (points.cost_at(x, y, *exact) - at)
            if len(rows) > 1:
                losses.append((self.sign * (at - float(shares @ points.cost(*coefficients)[rows])), h))
        _, stratum = max(losses, default=(0.0, -1))
        if high - low > 1e-7 and (stratum < 0 or slack > sum(loss for loss, _ in losses)):
            cut = min(max(mean, low + 0.25 * (high - low)), high - 0.25 * (high - low))
            return [Cell(node.cell.boxes, (low, cut)), Cell(node.cell.boxes, (cut, high))]
        return [] if stratum < 0 else self._split_stratum(node, stratum)

    def _split_stratum(self, node: _Node, stratum: int) -> list[Cell]:
        rows, shares = node.relaxed.mixes[stratum]
        points = self.points[stratum]
        n = points.respondents
        box = node.cell.boxes.get(stratum, (0, n, 0, n, 0, n))
        values = (points.x[rows], points.y[rows], points.y[rows] - points.x[rows])
        spreads = [float(shares @ (v - shares @ v) ** 2) for v in values]
        axis = int(np.argmax(spreads))
        # both sides keep at least one of the mixed pairs
        cut = min(max(math.floor(float(shares @ values[axis])), int(values[axis].min())), int(values[axis].max()) - 1)
        below, above = list(box), list(box)
        below[2 * axis + 1], above[2 * axis] = cut, cut + 1
        return [Cell({**node.cell.boxes, stratum: _box(b)}, node.cell.share) for b in (below, above)]

    def _share_at(self, point: FloatArray) -> float:
        members, weights = list(self.strata), self.relaxation.weights
        base = float(weights[members] @ point[[self.relaxation.size + h for h in members]])
        return float(weights[members] @ point[members]) / base if base > 0 else self.share[0]

    def _base_range(self) -> tuple[float, float]:
        """Bound the weighted size of the base in the domain over all rows."""
        relaxation = self.relaxation
        cost = np.zeros(2 * relaxation.size)
        members = [relaxation.size + h for h in self.strata]
        cost[members] = relaxation.weights[list(self.strata)]
        ends = []
        for sign in (1.0, -1.0):
            result = linprog(sign * cost, A_ub=-relaxation.matrix, b_ub=-relaxation.low,
                             bounds=self.ranges.tolist(), method="highs")  # fmt: skip
            if result.x is None:
                raise ConflictError("no table of counts meets everything that is printed",
                                    where=relaxation.system.name, hint=result.message)  # fmt: skip
            ends.append(float(np.asarray(result.fun)) - 1e-9)
        return max(ends[0], 1e-12), -ends[1]


def _box(values: list[int]) -> Box:
    a, b, c, d, e, f = values
    return a, b, c, d, e, f
