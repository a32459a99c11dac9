"""Bounds of the variance of a share among a base: relaxation from outside, witnesses from inside."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib import metadata
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import ConflictError
from aibaro.reconstruct import cpsat, highs
from aibaro.reconstruct._blocks import CountBlock, all_pairs, blocks, narrowed, with_single
from aibaro.reconstruct._centre import centre
from aibaro.reconstruct._dual import DualBounds, possible_pairs
from aibaro.reconstruct._fractions import largest_in_fractions
from aibaro.reconstruct._joined_tables import NARROW, table_towards
from aibaro.reconstruct._relaxation import (
    PruneAndBound,
    Try,
    enumerated_extreme,
    item_tuples,
    pair_limits,
    small_domain_tuples,
)
from aibaro.reconstruct._witnesses import Allowed, Completion, WitnessSearch, split_tables
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
from aibaro.reconstruct.share_variance import Extreme, base_program, exact_variance, variance_factors

# --- Domains of few strata among a base: the variance over pieces of the share, by CP-SAT on three tables a stratum.
#
# With d = y - x, (x - R y)² = (1 - R) x² + R d² - R (1 - R) y², so that for a fixed R the cost is a sum of tables of
# x, of d and of y. Statements about other domains are left out, which can only widen a bound.

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
        outer = _variance_beyond(sense, Fraction(outcome.bound) / factor, reference, ends)
        return PieceAnswer(outer, counts, outcome.work)

    def _tables(
        self, sense: str, piece: tuple[Fraction, Fraction], reference: Fraction, middle: Fraction
    ) -> dict[int, list[Fraction]]:
        """Bound own - 2 R cross + R² base - v (2 Ym Y) from the right side, as tables of x, y and d."""
        ends = (piece[0], piece[1] ** 2) if sense == "max" else (piece[1], piece[0] ** 2)
        size, strata = self.system.design.size, self.share.strata
        tables = split_tables(self.system, strata, *ends, 2 * reference * middle)
        return {part * len(strata) + k: tables[part * size + h] for k, h in enumerate(strata) for part in range(3)}

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


def _variance_beyond(sense: str, cost: Fraction, reference: Fraction, ends: tuple[Fraction, Fraction]) -> Fraction:
    """Turn a bound of N - 2 v Ym Y into one of N / Y², for a size of the base within its ends."""
    middle = (ends[0] + ends[1]) / 2
    sizes = [e for e in ends if e > 0]
    if sense == "max":
        # V <= v + (cost + v Ym²) / Y²
        return max([reference + (cost + reference * middle**2) / e**2 for e in sizes] or [Fraction(1)])
    # V >= cost / Y² + 2 v Ym / Y, concave in 1/Y where cost < 0
    return max(min([cost / e**2 + 2 * reference * middle / e for e in sizes], default=Fraction(0)), Fraction(0))


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


# --- Domains whose strata have few possible pairs: a binary a pair, all statements, by HiGHS.

# pairs of a domain, thousands of nodes, and the gap at which the solver stops, as a share of the variance
PAIRS = 8_000
PAIR_NODES = 0.2
PAIR_GAP = 0.005


@dataclass(frozen=True, slots=True)
class PairProgram:
    """A domain among a base, with one choice of a pair (x, y) for each of its strata.

    Parameters
    ----------
    system : ItemSystem
        A system among a base.
    share : PrintedShare
        Printed share of the item among the base in the domain.
    size : tuple of Fraction
        Smallest and largest weighted size of the base in the domain.
    ranges : numpy.ndarray of int, shape (2 H, 2)
        Range of every unknown of the system.
    pairs : mapping of int to numpy.ndarray of int, shape (m, 2)
        Possible pairs of the domain's strata.

    Notes
    -----
    The relaxation is the convex hull of each stratum's pairs, as in the search by relaxations, but a solver adds
    what follows from counts being whole, and finds them.
    """

    system: ItemSystem
    share: PrintedShare
    size: tuple[Fraction, Fraction]
    ranges: NDArray[np.int64]
    pairs: Mapping[int, NDArray[np.int64]]

    def bound(self, sense: str, reference: Fraction) -> PieceAnswer:
        """Bound the variance; the counts are those of all strata."""
        strata, count = self.share.strata, self.system.design.size
        low, high = self.share.lower, self.share.upper
        ends = (low, high**2) if sense == "max" else (high, low**2)
        middle = sum(self.size, Fraction(0)) / 2
        costs = {k: self._costs(h, *ends, 2 * reference * middle) for k, h in enumerate(strata)}
        whole, factor = scaled_tables(costs, sense, 10**10)
        allowed = tuple(((h, count + h), tuple((int(x), int(y)) for x, y in self.pairs[h])) for h in strata)
        empty = base_program(self.system)
        program = SeparableProgram(
            tuple(self.ranges[:, 0].tolist()),
            tuple(self.ranges[:, 1].tolist()),
            empty.rows,
            sense,
            allowed=allowed,
            prices=whole,
        )
        outcome = highs.solve(program, work=PAIR_NODES, gap=PAIR_GAP)
        if outcome.status == "infeasible":
            raise ConflictError("no counts meet what is printed in this domain", where=self.share.name)
        if outcome.bound is None:
            return PieceAnswer(Fraction(1) if sense == "max" else Fraction(0), outcome.unknowns, outcome.work)
        outer = _variance_beyond(sense, Fraction(outcome.bound) / factor, reference, self.size)
        return PieceAnswer(outer, outcome.unknowns, outcome.work)

    def _costs(self, h: int, cross: Fraction, square: Fraction, price: Fraction) -> list[Fraction]:
        """Tabulate own - 2 R cross + R² base - price Y over the pairs of a stratum."""
        n, f = int(self.system.design.respondents[h]), variance_factors(self.system.design)[h]
        weight = self.system.design.exact_weights[h]
        return [
            f * ((x - Fraction(x * x, n)) - 2 * cross * (x - Fraction(x * y, n)) + square * (y - Fraction(y * y, n)))
            - price * weight * y
            for x, y in self.pairs[h].tolist()
        ]


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


# --- Bounds of the variance of a share among a base: relaxation from outside, witnesses from inside.

# tuples of a small domain are handed to the witness search up to this many
TUPLES = 400
# distances of bound and best witness, as a share of the variance, that a search aims at in turn: the last makes a
# bound ``outer``, the first is worth a short search
AIMS = (1.0e-2, 3.6e-2)
CLOSE = 3.8e-2
# share of the relaxations that the closer aim may take, and points of it that are made whole
SHORT, ATTEMPTS = 0.2, 2
# pieces of the share that small domains are tried with, their work, and the rounds in which other domains object
PIECES = (1, 3)
SMALL_WORK = 2.0
OBJECTIONS = 4
# of the search below: times that it draws while the best variance falls to this part of what it was, cells in which
# tables are drawn, so many splits deep, and the relaxations of the last time as a multiple of the others'
CLIMBS, FURTHER, DIVES, DEPTH, LAST = 3, 0.8, 2, 20, 4
# it aims between bound and best table, not below this part of the table's variance, nor of the bound's
FAR, NEAR = 0.25, 1.15
# work and rounds of improving item and base at once
TOGETHER, ROUNDS = 5.0, 2

# a way to bound a share, given the number of relaxations and what is known of it
Step = Callable[[int, Extreme], Extreme]


class BaseSearch:
    """Everything that the rows of one system among a base share: ranges, pairs, and a pool of witnesses.

    Parameters
    ----------
    system : ItemSystem
        The statements.
    solver : {"auto", "cpsat", "highs"}
        Solver that improves witnesses.
    start : {"possible pairs", "every pair"}
        Whether pairs that linear duality excludes are dropped before a search: bounds get tighter, and the search
        takes another way.
    """

    def __init__(self, system: ItemSystem, solver: str = "auto", start: str = "possible pairs") -> None:
        self.system = system
        self.tables = solver in {"auto", "cpsat"} and cpsat.available()
        size = system.design.size
        limits = system.design.respondents
        self.ranges = np.column_stack([np.zeros(2 * size, dtype=np.int64), np.tile(limits, 2)])
        self.everything = all_tables(system)
        self.tuples: dict[tuple[str, str], IntArray] = {}
        allowed = self._small_domains()
        self.blocks = blocks(system)
        self._narrow({h: own for block in self.blocks for h, own in zip(block.strata, block.pairs, strict=True)})
        self.tightened = start == "every pair"
        fitted = centre(system)
        middle = np.clip(np.concatenate([fitted.x, fitted.y]), self.ranges[:, 0], self.ranges[:, 1])
        # a fixed small disturbance, so that a second attempt does not repeat the first
        nudge = np.sqrt(middle + 1) * np.cos(1.0 + np.arange(2 * size)) * 0.6
        self.witnesses = WitnessSearch(system, self.ranges, allowed, solver, middle, nudge)
        self.completion = Completion(system, self.ranges, middle, tuples=self.tuples, solver=solver)
        self.pool: list[tuple[int, ...]] = []

    def _narrow(self, pairs: Mapping[int, IntArray]) -> None:
        """Take over the pairs that are possible; everything that searches reads the same ranges."""
        self.pairs = pairs
        if not all(len(own) for own in pairs.values()):
            raise ConflictError(
                "no table of counts meets everything that is printed",
                where=self.system.name,
                hint="'aibaro check' names the figures that conflict",
            )
        for h, own in pairs.items():
            xl, xu, yl, yu = pair_limits(own)
            self.ranges[h], self.ranges[self.system.design.size + h] = (xl, xu), (yl, yu)

    def any_witness(self) -> tuple[int, ...] | None:
        """Find any consistent counts, beginning at the model-based centre."""
        if not self.pool:
            found = self.witnesses.near(self.witnesses.middle, (), attempts=8)
            if found is not None and not violated(self.system, found):
                self.pool.append(found)
        return self.pool[0] if self.pool else None

    def extreme(self, share: PrintedShare, sense: str, nodes: int, known: Extreme | None = None) -> Extreme:
        """Bound the variance in one domain, from what is known of it."""
        if self.everything is not None:
            return self._from_all(share, sense)
        if nodes <= 1:
            return self._quick(share, sense)
        tuples = self.tuples.get((share.domain, share.level))
        if tuples is not None and len(tuples):
            return self._enumerated(share, tuples, sense)
        if not self.tightened:
            self._narrow(possible_pairs(self.system, self.pairs))
            self.blocks = narrowed(self.system, self.blocks, self.pairs)
            self.tightened = True
        found = known or Extreme(Fraction(1 if sense == "max" else 0), None, None, version(), 0.0)
        for step in self._steps(share, sense):
            found = joined(found, step(nodes, found), sense)
            if found.inner is not None and self._apart(float(found.outer), float(found.inner)) <= CLOSE:
                break
        return found

    def _steps(self, share: PrintedShare, sense: str) -> list[Step]:
        """Choose the ways to bound a share, the most promising first; each is told what is known."""

        def searched(nodes: int, _: Extreme) -> Extreme:
            return self._searched(share, sense, nodes)

        def together(_nodes: int, _: Extreme) -> Extreme:
            return self._together(share, sense)

        def aimed(_nodes: int, _: Extreme) -> Extreme:
            return self._aimed(share)

        def drawn(_nodes: int, _: Extreme) -> Extreme:
            return self._drawn(share)

        def climbed(nodes: int, known: Extreme) -> Extreme:
            return self._climbed(share, nodes, known.outer)

        base = next((b for b in self.system.base_shares if b.strata == share.strata), None)
        if base is not None and len(share.strata) <= LARGEST and base.lower > 0 and self.tables:
            domain = SmallDomain(self.system, share, base, self.ranges, self._listed())
            # whole counts matter most for a minimum, which lies where strata are nearly empty or full
            order: list[Step] = [lambda *_: self._small(domain, sense), searched]
            return [*order, together, climbed] if sense == "min" else [aimed, *order[::-1], drawn, together]
        if sum(len(self._pairs(h)) for h in share.strata) <= PAIRS:
            order = [lambda *_: self._paired(share, sense), together, searched]
            return [*order, climbed] if sense == "min" else [aimed, *order, drawn]
        return [together, searched, climbed] if sense == "min" else [aimed, searched, drawn, together]

    def _listed(self) -> dict[int, IntArray]:
        """Return the pairs of strata whose groups are listed with item and base together."""
        return {h: self.pairs[h] for block in self.blocks if block.joint for h in block.strata}

    def _aimed(self, share: PrintedShare) -> Extreme:
        """Make whole the counts that have the largest variance in fractions; no bound."""
        self.any_witness()
        aim = largest_in_fractions(self.system, share, self.ranges)
        found = None if aim is None else self.witnesses.near(aim.point, share.strata)
        if found is not None and not violated(self.system, found):
            self.pool.append(self.witnesses.improve(share.strata, "max", found, rounds=1))
        best = self._furthest(share.strata, "max")
        inner = None if best is None else self._variance(share.strata, best)
        return Extreme(Fraction(1), inner, best, version(), 0.0)

    def _drawn(self, share: PrintedShare) -> Extreme:
        """Join listed counts that are drawn towards the largest variance; no bound."""
        self.any_witness()
        found = table_towards(self.system, share, "max", self.blocks, self._reached(share, "max"))
        if found is not None:
            self.pool.append(found)
        best = self._furthest(share.strata, "max")
        inner = None if best is None else self._variance(share.strata, best)
        return Extreme(Fraction(1), inner, best, version(), 0.0)

    def _climbed(self, share: PrintedShare, nodes: int, outer: Fraction) -> Extreme:
        """Draw tables in the cells of a search where they can be smallest; then search long, just below the best.

        Notes
        -----
        At the root a group mixes counts that lie far apart, and what is drawn from them meets no figure that crosses
        groups; in a cell that many splits lead to, its counts lie close together.
        """
        self.any_witness()
        low, total, before = float(outer), 0, math.inf
        search = self._search(share, "min")

        def attempt(_: FloatArray, left: tuple[CountBlock, ...]) -> float | None:
            found = table_towards(self.system, share, "min", left, search.value, sharpness=NARROW)
            if found is not None:
                self.pool.append(found)
            # the search goes on as it was aimed
            return None

        for _ in range(CLIMBS):
            reached = self._reached(share, "min")
            if self._apart(reached, low) <= CLOSE or reached > before * FURTHER:
                break
            before = reached
            value = max(math.sqrt(reached * max(low, reached * FAR)), low * NEAR)
            found = search.run(value, nodes, attempt, DIVES, depth=DEPTH)
            low, total = self._tighter("min", low, found.outer), total + found.nodes
        reached = self._reached(share, "min")
        if self._apart(reached, low) > CLOSE:
            found = search.run(reached * (1 - CLOSE), LAST * nodes)
            low, total = self._tighter("min", low, found.outer), total + found.nodes
        return self._extreme("min", low, self._furthest(share.strata, "min"), share.strata, total)

    def _reached(self, share: PrintedShare, sense: str) -> float:
        """Take the variance of the best table that is known, or one of the right size."""
        best, least = self._furthest(share.strata, sense), self._guess(share, sense) / 10**4
        return least if best is None else max(float(self._variance(share.strata, best)), least)

    def _paired(self, share: PrintedShare, sense: str) -> Extreme:
        """Choose a pair of each stratum at once."""
        self.any_witness()
        best = self._furthest(share.strata, sense)
        reached = Fraction(0) if best is None else self._variance(share.strata, best)
        reference = max(Fraction(self._guess(share, sense)) / 10**4, reached)
        population = int(self.system.design.population[list(share.strata)].sum())
        low, high = DualBounds(self.system).base_share(share.strata)
        pairs = {h: self._pairs(h) for h in share.strata}
        answer = PairProgram(self.system, share, (low * population, high * population), self.ranges, pairs).bound(
            sense, reference
        )
        if answer.counts is not None and not violated(self.system, answer.counts):
            self.pool.append(answer.counts)
        best = self._furthest(share.strata, sense)
        inner = None if best is None else self._variance(share.strata, best)
        return Extreme(answer.outer, inner, best, f"{highs.version()}, pairs of each stratum", answer.work)

    def _together(self, share: PrintedShare, sense: str) -> Extreme:
        """Improve the best counts that are known, item and base at once."""
        self.any_witness()
        best = self._furthest(share.strata, sense)
        outer = Fraction(1) if sense == "max" else Fraction(0)
        if best is None or not self.tables:
            return Extreme(outer, None, None, version(), 0.0)
        for _ in range(ROUNDS):
            further = self.witnesses.together(share.strata, sense, best, TOGETHER)
            if further == best:
                break
            best = further
        self.pool.append(best)
        return Extreme(outer, self._variance(share.strata, best), best, version(), TOGETHER)

    def _searched(self, share: PrintedShare, sense: str, nodes: int) -> Extreme:
        """Bound by branch and bound over all statements; a close aim first, which often costs next to nothing."""
        strata = share.strata
        search = self._search(share, sense)
        sign = 1.0 if sense == "max" else -1.0
        self.any_witness()
        guess = self._guess(share, sense)
        outer, total = 1.0 if sense == "max" else 0.0, 0
        for aim in AIMS:
            best = self._furthest(strata, sense)
            reached = guess if best is None else float(self._variance(strata, best))
            if reached <= 0 and sense == "min":
                # no variance at all: nothing can be smaller
                return Extreme(Fraction(0), Fraction(0), best, version(), float(total))
            last = aim == AIMS[-1]
            found = search.run(
                (reached or guess) * (1 + sign * aim),
                nodes if last else max(2, int(SHORT * nodes)),
                self._attempt(share, sense, search, aim) if last else None,
                ATTEMPTS,
            )
            total += found.nodes
            outer = self._tighter(sense, outer, found.outer)
            best = self._furthest(strata, sense)
            if best is not None and self._apart(outer, float(self._variance(strata, best))) <= CLOSE:
                break
        return self._extreme(sense, outer, self._furthest(strata, sense), strata, total)

    def _search(self, share: PrintedShare, sense: str) -> PruneAndBound:
        limits = (float(share.lower) * (1 - 1e-15), float(share.upper) * (1 + 1e-15))
        return PruneAndBound(self.system, share.strata, sense, self._blocks(share.strata), self.ranges, share=limits)

    def _attempt(self, share: PrintedShare, sense: str, search: PruneAndBound, aim: float) -> Try:
        """Make a point of the search whole; tell which variance it allows to aim at."""
        sign = 1.0 if sense == "max" else -1.0

        def attempt(point: FloatArray, _: tuple[CountBlock, ...]) -> float | None:
            found = self._rounded(point, share, sense, search.value)
            if found is None:
                return None
            return float(self._variance(share.strata, found)) * (1 + sign * aim)

        return attempt

    def _rounded(self, point: FloatArray, share: PrintedShare, sense: str, variance: float) -> tuple[int, ...] | None:
        """A largest variance lies among middling counts, which are easily made whole; a smallest one at the edge."""
        if sense == "min" and len(share.strata) <= LARGEST:
            return self._completed(point, share, sense, variance)
        found = self.witnesses.near(point, share.strata, ())
        if found is None or violated(self.system, found):
            return None
        self.pool.append(found)
        return found

    def _completed(self, point: FloatArray, share: PrintedShare, sense: str, variance: float) -> tuple[int, ...] | None:
        found = self.completion.near(point, share.strata, sense, share=float(share.centre), variance=variance)
        if found is not None:
            self.pool.append(found)
        return found

    def _furthest(self, strata: Mask, sense: str) -> tuple[int, ...] | None:
        sign = 1 if sense == "max" else -1
        return max(self.pool, key=lambda u: (sign * self._variance(strata, u), u), default=None)

    def _quick(self, share: PrintedShare, sense: str) -> Extreme:
        """Bound by few relaxations, and take the best witness that is at hand."""
        strata = share.strata
        search = self._search(share, sense)
        self.any_witness()
        best = self._furthest(strata, sense)
        reached = self._guess(share, sense) if best is None else float(self._variance(strata, best))
        found = search.run(max(reached, self._guess(share, sense) * 1e-3), 2)
        return self._extreme(sense, found.outer, best, strata, found.nodes)

    def _from_all(self, share: PrintedShare, sense: str) -> Extreme:
        """Look through every table of a small survey."""
        tables = self.everything
        found = None if tables is None else enumerated_end(self.system, share.strata, tables, sense)
        if found is None or tables is None:
            raise ConflictError("no table of counts meets everything that is printed", where=self.system.name)
        return Extreme(found[0], found[0], found[1], "enumeration of all tables", float(len(tables)))

    def _enumerated(self, share: PrintedShare, tuples: IntArray, sense: str) -> Extreme:
        """Enumerate the domain's own counts: the outer bound is exact, the witness must extend to all strata."""
        found = enumerated_extreme(self.system, share, tuples, sense)
        if found is None:
            raise ConflictError("no counts meet what is printed in this domain", where=share.name)
        exact = self._inside(share.strata, found[1])
        # other counts may be better by less than the rounding of the search
        outer = exact * (1 + Fraction(1, 10**11) * (1 if sense == "max" else -1))
        best = self._furthest(share.strata, sense)
        if best is None or self._variance(share.strata, best) != exact:
            self._extended(share, sense, found[1], exact)
            best = self._furthest(share.strata, sense)
        inner = None if best is None else self._variance(share.strata, best)
        return Extreme(outer, inner, best, "enumeration of the domain", float(len(tuples)))

    def _small(self, domain: SmallDomain, sense: str) -> Extreme:
        """Bound a domain of few strata exactly but for the pieces of R; the other domains object by cuts."""
        strata = domain.share.strata
        self.any_witness()
        best = self._furthest(strata, sense)
        reference = Fraction(self._guess(domain.share, sense)) if best is None else self._variance(strata, best)
        reference = max(reference, Fraction(self._guess(domain.share, sense)) / 10**4)
        outer, total, pieces = Fraction(1 if sense == "max" else 0), 0.0, PIECES[0]
        for _ in range(OBJECTIONS):
            answer = domain.bound(sense, reference, pieces, SMALL_WORK)
            total += answer.work
            outer = min(outer, answer.outer) if sense == "max" else max(outer, answer.outer)
            if answer.counts is None or (best is not None and self._near(outer, strata, best)):
                break
            cut = domain.cut(answer.counts)
            if cut is not None:
                domain = replace(domain, cuts=(*domain.cuts, cut))
                continue
            self._extended(domain.share, sense, answer.counts, reference)
            best = self._furthest(strata, sense)
            settled = best is not None and self._near(outer, strata, best)
            if settled or pieces == PIECES[1] or answer.work >= SMALL_WORK:
                break
            pieces, reference = PIECES[1], max(self._inside(strata, answer.counts), reference / 10**4)
        if best is not None and not self._near(outer, strata, best):
            self.pool.append(self.witnesses.improve(strata, sense, best, rounds=2))
            best = self._furthest(strata, sense)
        inner = None if best is None else self._variance(strata, best)
        return Extreme(outer, inner, best, f"{cpsat.version()}, pieces of the share", total)

    def _near(self, outer: Fraction, strata: Mask, best: tuple[int, ...]) -> bool:
        return self._apart(float(outer), float(self._variance(strata, best))) <= CLOSE

    def _inside(self, strata: Mask, counts: tuple[int, ...]) -> Fraction:
        return self._variance(strata, self._spread(strata, counts))

    def _spread(self, strata: Mask, counts: tuple[int, ...]) -> tuple[int, ...]:
        """Write the counts of a domain's strata (x, then y) among those of all."""
        size, width = self.system.design.size, len(strata)
        full = [0] * (2 * size)
        for k, h in enumerate(strata):
            full[h], full[size + h] = counts[k], counts[width + k]
        return tuple(full)

    def _extended(
        self, share: PrintedShare, sense: str, counts: tuple[int, ...], variance: Fraction
    ) -> tuple[int, ...] | None:
        """Find counts of all other strata that go with those of a domain; else counts near them."""
        strata, size = share.strata, self.system.design.size
        spread = self._spread(strata, counts)
        point = np.array(spread, dtype=float)
        exact = self._inside(strata, counts)
        target = self.witnesses.middle.copy()
        for h in strata:
            target[[h, size + h]] = spread[h], spread[size + h]
        for fixed in (strata, ()):
            found = self.witnesses.near(target, strata, fixed)
            if found is not None and not violated(self.system, found):
                self.pool.append(found)
                if self._near(exact, strata, found):
                    return found
        return self._completed(point, share, sense, max(float(exact), float(variance) * 1e-3, 1e-12))

    def _extreme(self, sense: str, outer: float, best: tuple[int, ...] | None, strata: Mask, nodes: int) -> Extreme:
        inner = None if best is None else self._variance(strata, best)
        return Extreme(self._consistent(sense, Fraction(outer), inner), inner, best, version(), float(nodes))

    def _small_domains(self) -> Allowed:
        allowed: list[tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]] = []
        for base in self.system.base_shares:
            item = self.system.share(base.domain, base.level)
            tuples = small_domain_tuples(self.system, base, item)
            if tuples is None or item is None:
                continue
            self.tuples[base.domain, base.level] = tuples
            if len(tuples) <= TUPLES:
                allowed.append((base.strata, tuple(tuple(t) for t in tuples.tolist())))
        return tuple(allowed)

    def _blocks(self, strata: Mask) -> tuple[CountBlock, ...]:
        """Take the listed counts of groups, and all pairs of the domain's other strata."""
        return with_single(self.blocks, strata, self._pairs)

    def _pairs(self, h: int) -> IntArray:
        return self.pairs[h] if h in self.pairs else all_pairs(int(self.system.design.respondents[h]))

    def _guess(self, share: PrintedShare, sense: str) -> float:
        """A variance of the right size: simple random sampling among a third of the domain's respondents."""
        centre = max(float(share.centre), 1e-3)
        members = max(1.0, 0.35 * float(self.system.design.respondents[list(share.strata)].sum()))
        return centre * (1 - min(centre, 0.999)) / members * (2.0 if sense == "max" else 0.3)

    def _variance(self, strata: Mask, unknowns: tuple[int, ...]) -> Fraction:
        return exact_variance(self.system, strata, unknowns) or Fraction(0)

    @staticmethod
    def _tighter(sense: str, first: float, second: float) -> float:
        return min(first, second) if sense == "max" else max(first, second)

    @staticmethod
    def _apart(outer: float, inner: float) -> float:
        return abs(outer - inner) / max(outer, 1e-300)

    @staticmethod
    def _consistent(sense: str, outer: Fraction, inner: Fraction | None) -> Fraction:
        """Widen by one rounding unit: the search computed in double precision."""
        wide = Fraction(math.nextafter(float(outer), math.inf if sense == "max" else 0.0))
        if inner is not None and (wide < inner if sense == "max" else wide > inner):
            raise ArithmeticError("a verified witness lies beyond a bound that was taken to be rigorous")
        return wide


def smallest_inside(system: ItemSystem, reached: Fraction, nodes: int) -> Extreme:
    """Bound from below the variance of a share of everybody whose members a set holds, near the one reached."""
    strata, limits = tuple(range(system.design.size)), system.design.respondents
    own = with_single(blocks(system), strata, lambda h: all_pairs(int(limits[h])))
    ranges = np.column_stack([np.zeros(2 * len(strata), dtype=np.int64), np.tile(limits, 2)])
    found = PruneAndBound(system, strata, "min", own, ranges, share=(0.0, 0.0)).run(float(reached) * (1 - CLOSE), nodes)
    return Extreme(Fraction(math.nextafter(found.outer, 0.0)), None, None, version(), float(found.nodes))


def joined(first: Extreme, second: Extreme, sense: str) -> Extreme:
    """Join two answers about one end: the tighter bound and the further witness."""
    sign = 1 if sense == "max" else -1
    outer = min((first, second), key=lambda e: sign * e.outer)
    known = [e for e in (first, second) if e.inner is not None]
    inner = max(known, key=lambda e: sign * (e.inner or 0), default=first)
    return Extreme(outer.outer, inner.inner, inner.witness, outer.proof, first.work + second.work)


def version() -> str:
    """Name the method and its version."""
    return f"Lagrangian branch and bound, scipy {metadata.version('scipy')} (HiGHS)"
