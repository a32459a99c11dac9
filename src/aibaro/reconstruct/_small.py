"""Domains of few strata among a base: the variance over pieces of the share, by CP-SAT on three tables a stratum.

With d = y - x, (x - R y)² = (1 - R) x² + R d² - R (1 - R) y², so that for a fixed R the cost is a sum of tables of x,
of d and of y.  Statements about other domains are left out, which can only widen a bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import ConflictError
from aibaro.reconstruct import cpsat
from aibaro.reconstruct._relaxation import item_tuples, small_domain_tuples
from aibaro.reconstruct.items import ItemSystem, Mask, PrintedShare
from aibaro.reconstruct.program import (
    IntegerRow,
    LinearRow,
    SeparableProgram,
    integer_rows,
    linear_rows,
    scaled_tables,
    violated,
)
from aibaro.reconstruct.variance import exact_variance, variance_factors

LARGEST = 6
# counts miss the statements when they miss them by this much, in rows scaled to coefficients of at most 1
MISSED = 1e-7
# a solve ends when bound and solution are this close, as a share of the reference variance
GAP = Fraction(1, 100)


class PieceAnswer(NamedTuple):
    """Bound of the variance on one piece, the counts (x, y) found, and the work."""

    outer: Fraction
    counts: tuple[int, ...] | None
    work: float


@dataclass(frozen=True, slots=True)
class SmallDomain:
    """A domain of few strata among a base.

    Parameters
    ----------
    system : ItemSystem
        A system among a base.
    share, base : PrintedShare
        Printed share of the item among the base, and of the base, in the domain.
    ranges : numpy.ndarray of int, shape (2 H, 2)
        Range of every unknown of the system.
    pairs : mapping of int to numpy.ndarray
        Possible pairs of strata that were enumerated.
    cuts : tuple of LinearRow
        What the statements about other domains ask of this one; see :meth:`cut`.
    """

    system: ItemSystem
    share: PrintedShare
    base: PrintedShare
    ranges: NDArray[np.int64]
    pairs: Mapping[int, NDArray[np.int64]]
    cuts: tuple[LinearRow, ...] = ()

    def bound(self, sense: str, reference: Fraction, pieces: int, work: float) -> PieceAnswer:
        """Bound the variance over equal pieces of the share."""
        low, high = self.share.lower, self.share.upper
        cuts = [low + (high - low) * Fraction(k, pieces) for k in range(pieces + 1)]
        answers = [self._piece(sense, (a, b), reference, work) for a, b in pairwise(cuts)]
        left = [a for a in answers if a is not None]
        if not left:
            raise ConflictError("no counts meet what is printed in this domain", where=self.share.name)
        chooser = max if sense == "max" else min
        best = chooser(left, key=lambda a: a.outer)
        found = [a for a in left if a.counts is not None]
        furthest = chooser(found, key=lambda a: a.outer).counts if found else None
        return PieceAnswer(best.outer, furthest, sum(a.work for a in left))

    def _piece(
        self, sense: str, piece: tuple[Fraction, Fraction], reference: Fraction, work: float
    ) -> PieceAnswer | None:
        strata = self.share.strata
        count = len(strata)
        population = int(self.system.design.population[list(strata)].sum())
        ends = (self.base.lower * population, self.base.upper * population)
        middle = (ends[0] + ends[1]) / 2
        tables, factor = scaled_tables(self._tables(sense, piece, reference, middle), sense, 10**10)
        unknowns = [*strata, *(self.system.design.size + h for h in strata)]
        low = (*self.ranges[unknowns, 0].tolist(), *[0] * count)
        high = (*self.ranges[unknowns, 1].tolist(), *self.system.design.respondents[list(strata)].tolist())
        sums = [((k, 1), (count + k, -1), (2 * count + k, 1)) for k in range(count)]
        order = tuple(IntegerRow("y = x + d", terms, 0, 0) for terms in sums)
        allowed = tuple(
            ((k, count + k), tuple((int(x), int(y)) for x, y in self.pairs[h]))
            for k, h in enumerate(strata)
            if h in self.pairs
        )
        cut = {i: t[low[i] : high[i] + 1] for i, t in tables.items()}
        program = SeparableProgram(low, high, (*self._rows(piece, ends), *order), sense, cut, allowed)
        gap = int(GAP * reference * middle**2 * factor)
        outcome = cpsat.solve(program, work=work, gap=gap)
        if outcome.status == "infeasible":
            return None
        counts = None if outcome.unknowns is None else outcome.unknowns[: 2 * count]
        if outcome.bound is None:
            return PieceAnswer(Fraction(1) if sense == "max" else Fraction(0), counts, outcome.work)
        cost = Fraction(outcome.bound) / factor
        if sense == "max":
            # V <= v + (cost + v Ym²) / Y²
            outer = max([reference + (cost + reference * middle**2) / e**2 for e in ends if e > 0] or [Fraction(1)])
        else:
            # V >= cost / Y² + 2 v Ym / Y, concave in 1/Y where cost < 0
            values = [cost / e**2 + 2 * reference * middle / e for e in ends if e > 0]
            outer = max(min(values, default=Fraction(0)), Fraction(0))
        return PieceAnswer(outer, counts, outcome.work)

    def _tables(
        self, sense: str, piece: tuple[Fraction, Fraction], reference: Fraction, middle: Fraction
    ) -> dict[int, list[Fraction]]:
        """Bound own - 2 R cross + R² base - v (2 Ym Y) from the right side, as tables of x, y and d."""
        rho, sigma = (piece[0], piece[1] ** 2) if sense == "max" else (piece[1], piece[0] ** 2)
        factors, weights = variance_factors(self.system.design), self.system.design.exact_weights
        count = len(self.share.strata)
        tables: dict[int, list[Fraction]] = {}
        for k, h in enumerate(self.share.strata):
            n, f = int(self.system.design.respondents[h]), factors[h]
            price = 2 * reference * middle * weights[h]
            values = range(n + 1)
            squares = [Fraction(v * v, n) for v in values]
            tables[k] = [f * ((1 - 2 * rho) * v - (1 - rho) * q) for v, q in zip(values, squares, strict=True)]
            tables[count + k] = [
                f * (rho * q + sigma * (v - q)) - price * v for v, q in zip(values, squares, strict=True)
            ]
            tables[2 * count + k] = [-f * rho * q for q in squares]
        return tables

    def _rows(self, piece: tuple[Fraction, Fraction], ends: tuple[Fraction, Fraction]) -> tuple[IntegerRow, ...]:
        weights, strata = self.system.design.exact_weights, self.share.strata
        count = len(strata)
        rows = [LinearRow(self.base.name, {count + k: weights[h] for k, h in enumerate(strata)}, *ends)]
        for end, side in zip(piece, (0, 1), strict=True):
            # x and d in place of x and y: x (1 - R) - R d, all unknowns >= 0
            terms = {k: weights[h] * (1 - end) for k, h in enumerate(strata)}
            terms |= {2 * count + k: -weights[h] * end for k, h in enumerate(strata)}
            rows.append(LinearRow(self.share.name, terms, *((Fraction(0), None) if side == 0 else (None, Fraction(0)))))
        place = {h: k for k, h in enumerate(strata)}
        place |= {self.system.design.size + h: count + k for k, h in enumerate(strata)}
        rows += [LinearRow(c.name, {place[i]: v for i, v in c.coefficients.items()}, c.lower, None) for c in self.cuts]
        return integer_rows(rows)

    def cut(self, counts: tuple[int, ...]) -> LinearRow | None:
        """Derive what keeps counts of the domain from going with the statements about all strata.

        Notes
        -----
        For any multipliers >= 0 of the rows, the weighted sum of the rows holds; the other strata are replaced by
        the most that they can add.  The multipliers come from a linear programme; the inequality is computed from
        their rounded values in exact arithmetic, so that it holds whatever the programme's accuracy.
        """
        size, strata = self.system.design.size, self.share.strata
        if len(strata) == size:
            return None
        sides = [
            (r.coefficients, e, s)
            for r in linear_rows(self.system)
            for e, s in ((r.lower, 1), (r.upper, -1))
            if e is not None
        ]
        scale = [1 / max(abs(c) for c in terms.values()) for terms, _, _ in sides]
        matrix = np.zeros((len(sides), 2 * size))
        for k, (terms, _, sign) in enumerate(sides):
            for i, c in terms.items():
                matrix[k, i] = float(sign * c * scale[k])
        low = np.array([float(s * e * f) for (_, e, s), f in zip(sides, scale, strict=True)])
        own = np.array([*strata, *(size + h for h in strata)])
        others = [h for h in range(size) if h not in strata]
        free = np.array([*others, *(size + h for h in others)])
        duals = _multipliers(matrix[:, free], low - matrix[:, own] @ np.array(counts), self.ranges[free])
        if duals is None:
            return None
        weights = [Fraction(round(float(d) * 2**20), 2**20) * f for d, f in zip(duals, scale, strict=True)]
        price = dict.fromkeys(range(2 * size), Fraction(0))
        for (terms, _, sign), w in zip(sides, weights, strict=True):
            if w:
                for i, c in terms.items():
                    price[i] += sign * w * c
        least = sum((sign * w * e for (_, e, sign), w in zip(sides, weights, strict=True)), Fraction(0))
        for h in others:
            least -= self._most(h, price[h], price[size + h])
        terms = {i: price[i] for i in own.tolist() if price[i]}
        top = max((abs(c) for c in terms.values()), default=Fraction(0))
        if not top:
            return None
        row = LinearRow("other domains", {i: c / top for i, c in terms.items()}, least / top, None)
        spread = dict(zip(own.tolist(), counts, strict=True))
        met = sum((c * spread[i] for i, c in row.coefficients.items()), Fraction(0)) >= least / top
        return None if met else row

    def _most(self, h: int, x_price: Fraction, y_price: Fraction) -> Fraction:
        """Return the most that a stratum adds, over 0 <= x <= y within its ranges."""
        limits: list[list[int]] = self.ranges[[h, self.system.design.size + h]].tolist()
        (xl, xu), (yl, yu) = limits
        corners = [(min(x, y), y) for x in (xl, xu) for y in (yl, yu)]
        corners += [(x, min(max(x, yl), yu)) for x in (xl, xu)]
        return max(x_price * x + y_price * y for x, y in corners)


def _multipliers(matrix: FloatArray, low: FloatArray, ranges: NDArray[np.int64]) -> FloatArray | None:
    """Return multipliers that show why no x <= y in range meets the rows; None where one does."""
    from scipy.optimize import linprog

    m, width = matrix.shape
    o = width // 2
    order = np.zeros((o, width + m))
    order[np.arange(o), np.arange(o)], order[np.arange(o), o + np.arange(o)] = 1.0, -1.0
    result = linprog(
        np.concatenate([np.zeros(width), np.ones(m)]),
        A_ub=np.vstack([-np.hstack([matrix, np.eye(m)]), order]),
        b_ub=np.concatenate([-low, np.zeros(o)]),
        bounds=[*map(tuple, ranges.tolist()), *[(0, None)] * m],
        method="highs",
    )
    if result.x is None or float(result.fun or 0.0) < MISSED:
        return None
    return np.maximum(-result.ineqlin.marginals[:m], 0.0)


# tables kept, and pairs of base and item counts that are looked at
TABLES = 100_000


def all_tables(system: ItemSystem) -> IntArray | None:
    """Enumerate all tables that meet every statement of a system among a base."""
    everywhere = next((b for b in system.base_shares if not b.domain), None)
    item = system.share()
    if everywhere is None or item is None:
        return None
    tuples = small_domain_tuples(system, everywhere, item)
    if tuples is None or len(tuples) > TABLES:
        return None
    size = system.design.size
    rows_of_base = [r for r in linear_rows(system) if min(r.coefficients) >= size]
    tuples = tuples[np.array([_base_holds(rows_of_base, t) for t in tuples.tolist()], dtype=bool)]
    found: list[tuple[int, ...]] = []
    looked = 0
    for inside in tuples.tolist():
        rows = item_tuples(system, item, inside).tolist()
        looked += len(rows)
        if looked > TABLES:
            return None
        found += [(*x, *inside) for x in rows if not violated(system, (*x, *inside))]
    return np.array(found, dtype=np.int64).reshape(-1, 2 * size)


def enumerated_end(
    system: ItemSystem, strata: Mask, tables: IntArray, sense: str
) -> tuple[Fraction, tuple[int, ...]] | None:
    """Find an end of the variance among enumerated tables."""
    best: tuple[Fraction, tuple[int, ...]] | None = None
    seen: dict[tuple[int, ...], Fraction | None] = {}
    size = system.design.size
    columns = [*strata, *(size + h for h in strata)]
    for table in map(tuple, tables.tolist()):
        key = tuple(table[c] for c in columns)
        if key not in seen:
            seen[key] = exact_variance(system, strata, table)
        value = seen[key]
        if value is not None and (best is None or (value > best[0] if sense == "max" else value < best[0])):
            best = (value, table)
    return best


def _base_holds(rows: Sequence[LinearRow], base: Sequence[int]) -> bool:
    return all(row.holds([0] * len(base) + list(base)) for row in rows)
