"""Where is a consistent table of counts close to a wished one?

Finding x and y together is hard for a solver; finding y alone, or x for a given y, is quick.  A witness is built in
these two steps, from a target that the relaxation suggests, and is then improved one half at a time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, IntArray
from aibaro.reconstruct._relaxation import ENUMERATION_LIMIT, item_tuples, row_matrix
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
from aibaro.reconstruct.share_variance import base_program, exact_share, exact_variance, variance_factors
from aibaro.reconstruct.solvers import solve

Allowed = tuple[tuple[tuple[int, ...], tuple[tuple[int, ...], ...]], ...]


@dataclass(frozen=True, slots=True)
class WitnessSearch:
    """The search for consistent counts of one system among a base.

    Parameters
    ----------
    system : ItemSystem
        The statements.
    ranges : numpy.ndarray of int, shape (2 H, 2)
        Range of every unknown.
    allowed : tuple
        Tuples of base counts that small domains can take.
    solver : str
        Solver of the two steps.
    middle, nudge : numpy.ndarray of float, shape (2 H,)
        The model-based centre, and what is added to it from one attempt to the next.
    work : float
        Limit of deterministic work a step that improves.
    nodes : float
        Limit of thousands of nodes a step that seeks consistent counts.
    """

    system: ItemSystem
    ranges: NDArray[np.int64]
    allowed: Allowed
    solver: str
    middle: FloatArray
    nudge: FloatArray
    work: float = 2.0
    nodes: float = 0.3

    def near(
        self, target: FloatArray, strata: Mask, fixed: Sequence[int] = (), attempts: int = 4
    ) -> tuple[int, ...] | None:
        """Build consistent counts near a target."""
        size = self.system.design.size
        pins = {i: round(float(target[i])) for h in fixed for i in (h, size + h)}
        kept = set(strata)
        for attempt in range(attempts):
            wish = self.middle + attempt * self.nudge
            for h in kept:
                wish[[h, size + h]] = target[[h, size + h]]
            pull = [i for i in range(2 * size) if i % size not in fixed]
            base = self._base_step(wish, pins, pull, kept)
            if base is None:
                return None
            blocked = self._blocked(base)
            if not blocked:
                wishes = self._wishes(wish, [i for i in pull if i < size], kept)
                found = self._item_step(base, {}, "min", pins, wishes=wishes)
                if found is not None:
                    return found
            elif blocked <= set(fixed):
                return None
            kept -= blocked
        return None

    def _blocked(self, base: Sequence[int]) -> set[int]:
        """Return the strata of small domains in which these base counts admit no counts of the item."""
        blocked: set[int] = set()
        for share in self.system.shares:
            inside = [base[h] for h in share.strata]
            if prod(y + 1 for y in inside) <= ENUMERATION_LIMIT and not len(item_tuples(self.system, share, inside)):
                blocked |= set(share.strata)
        return blocked

    def improve(
        self, strata: Mask, sense: str, start: tuple[int, ...], rounds: int = 3, limit: int | None = None
    ) -> tuple[int, ...]:
        """Improve consistent counts, one half at a time."""
        best, value = start, self._value(strata, start)
        for _ in range(rounds):
            before = value
            for step in (self._improve_item, self._improve_base):
                found = step(strata, sense, best, limit)
                if found is None or violated(self.system, found):
                    continue
                reached = self._value(strata, found)
                if reached > value if sense == "max" else reached < value:
                    best, value = found, reached
            if abs(value - before) <= before / 10**4:
                break
        return best

    def together(self, strata: Mask, sense: str, start: tuple[int, ...], work: float) -> tuple[int, ...]:
        """Improve consistent counts of item and base at once, at the share and the variance that they have.

        Notes
        -----
        With d = y - x, (x - R y)² = (1 - R) x² + R d² - R (1 - R) y², a sum of tables of x, of d and of y.
        """
        size, limits = self.system.design.size, self.system.design.respondents.tolist()
        rest = [b - a for a, b in zip(start[:size], start[size:], strict=True)]
        tables = split_tables(self.system, strata, *self._at(strata, start))
        sums = tuple(IntegerRow("y = x + d", ((h, 1), (size + h, -1), (2 * size + h, 1)), 0, 0) for h in range(size))
        lower, upper = (self.ranges[:, k].tolist() for k in (0, 1))
        cut = {i: t[lower[i] : upper[i] + 1] if i < 2 * size else t for i, t in tables.items()}
        whole, _ = scaled_tables(cut, sense, 10**10)
        rows = (*integer_rows(linear_rows(self.system)), *sums)
        program = SeparableProgram((*lower, *[0] * size), (*upper, *limits), rows, sense, whole)
        found = solve(program, solver=self.solver, work=work, hint=(*start, *rest)).unknowns
        if found is None or violated(self.system, found[: 2 * size]):
            return start
        sign = 1 if sense == "max" else -1
        return max(start, found[: 2 * size], key=lambda u: sign * self._value(strata, u))

    def _at(self, strata: Mask, counts: tuple[int, ...]) -> tuple[Fraction, Fraction, Fraction]:
        """Share, its square, and the price of a respondent of the base for each unit of weight: 2 V Ym."""
        size, weights = self.system.design.size, self.system.design.exact_weights
        share = exact_share(self.system, strata, counts) or Fraction(0)
        inside = sum((weights[h] * counts[size + h] for h in strata), Fraction(0))
        return share, share**2, 2 * self._value(strata, counts) * inside

    def _value(self, strata: Mask, unknowns: tuple[int, ...]) -> Fraction:
        return exact_variance(self.system, strata, unknowns) or Fraction(0)

    def _wishes(self, target: FloatArray, unknowns: Sequence[int], kept: set[int]) -> dict[int, tuple[int, int]]:
        """Price the distance from the target by the weight of a respondent, and next to nothing outside the domain."""
        weights = 100 * self.system.design.population / self.system.design.respondents
        size = self.system.design.size
        priced = {h: float(w) for h, w in enumerate(weights) if h in kept or not kept}
        return {i: (round(float(target[i])), max(1, round(priced.get(i % size, 1.0)))) for i in unknowns}

    def _base_step(
        self, target: FloatArray, pins: Mapping[int, int], pull: Sequence[int], kept: set[int]
    ) -> tuple[int, ...] | None:
        size = self.system.design.size
        rows = [_shifted(r, size) for r in linear_rows(self.system) if min(r.coefficients) >= size]
        wishes = {i - size: wish for i, wish in self._wishes(target, [i for i in pull if i >= size], kept).items()}
        low, high = (self.ranges[size:, k].tolist() for k in (0, 1))
        pinned = {i - size: v for i, v in pins.items() if i >= size}
        return self._bounded(low, high, rows, {}, sense="min", pins=pinned, allowed=self.allowed, wishes=wishes)

    def _item_step(
        self,
        base: Sequence[int],
        tables: Mapping[int, Sequence[Fraction]],
        sense: str,
        pins: Mapping[int, int],
        *,
        near: tuple[Sequence[int], int] | None = None,
        wishes: Mapping[int, tuple[int, int]] | None = None,
        hint: tuple[int, ...] | None = None,
    ) -> tuple[int, ...] | None:
        """Choose x for a given y: each ratio becomes a sum between two numbers."""
        size, weights = self.system.design.size, self.system.design.exact_weights
        rows = []
        for share in self.system.shares:
            total = sum((weights[h] * base[h] for h in share.strata), Fraction(0))
            terms = {h: weights[h] for h in share.strata}
            rows.append(LinearRow(share.name, terms, share.lower * total, share.upper * total))
        high = [min(int(self.ranges[h, 1]), base[h]) for h in range(size)]
        low = [int(self.ranges[h, 0]) for h in range(size)]
        if near is not None:
            low = [max(a, v - near[1]) for a, v in zip(low, near[0], strict=False)]
            high = [min(a, v + near[1]) for a, v in zip(high, near[0], strict=False)]
        own = {i: v for i, v in pins.items() if i < size}
        item = self._bounded(low, high, rows, tables, sense=sense, pins=own, wishes=wishes, hint=hint)
        return None if item is None else (*item, *base)

    def _improve_item(
        self, strata: Mask, sense: str, best: tuple[int, ...], limit: int | None
    ) -> tuple[int, ...] | None:
        size = self.system.design.size
        term = _Term(self.system, strata, best)
        spans = {h: range(int(self.ranges[h, 0]), int(self.ranges[h, 1]) + 1) for h in strata}
        tables = {h: [term(h, x, best[size + h]) for x in span] for h, span in spans.items()}
        near = None if limit is None else (best[:size], limit)
        return self._item_step(best[size:], tables, sense, {}, near=near, hint=best[:size])

    def _improve_base(
        self, strata: Mask, sense: str, best: tuple[int, ...], limit: int | None
    ) -> tuple[int, ...] | None:
        size = self.system.design.size
        reach = 10**6 if limit is None else limit
        low = [max(int(self.ranges[size + h, 0]), best[h], best[size + h] - reach) for h in range(size)]
        high = [min(int(self.ranges[size + h, 1]), best[size + h] + reach) for h in range(size)]
        rows = [_with_fixed(r, best[:size], size) for r in linear_rows(self.system)]
        term = _Term(self.system, strata, best, self._value(strata, best))
        spans = {h: range(int(self.ranges[size + h, 0]), int(self.ranges[size + h, 1]) + 1) for h in strata}
        tables = {h: [term(h, best[h], y) for y in span] for h, span in spans.items()}
        starts = [int(self.ranges[size + h, 0]) for h in range(size)]
        found = self._bounded(low, high, rows, tables, sense=sense, pins={}, starts=starts, hint=best[size:])
        return None if found is None else (*best[:size], *found)

    def _bounded(
        self,
        low: list[int],
        high: list[int],
        rows: Sequence[LinearRow],
        tables: Mapping[int, Sequence[Fraction]],
        *,
        sense: str,
        pins: Mapping[int, int],
        starts: Sequence[int] | None = None,
        allowed: Allowed = (),
        wishes: Mapping[int, tuple[int, int]] | None = None,
        hint: tuple[int, ...] | None = None,
    ) -> tuple[int, ...] | None:
        """Solve with ranges that may cut the tables, which start at the lower end of the unknown's own range."""
        starts = [int(v) for v in self.ranges[: len(low), 0]] if starts is None else starts
        for i, v in pins.items():
            low[i], high[i] = max(low[i], v), min(high[i], v)
        if any(a > b for a, b in zip(low, high, strict=True)):
            return None
        cut = {i: list(t)[low[i] - starts[i] : high[i] - starts[i] + 1] for i, t in tables.items()}
        whole, _ = scaled_tables(cut, sense, 10**10)
        program = SeparableProgram(tuple(low), tuple(high), integer_rows(rows), sense, whole, allowed, wishes or {})
        # distances suit a solver that follows its linear relaxation, tables one that starts from a hint
        if tables:
            return solve(program, solver=self.solver, work=self.work, hint=hint).unknowns
        return solve(program, solver="highs", work=self.nodes).unknowns


def split_tables(
    system: ItemSystem, strata: Mask, cross: Fraction, square: Fraction, price: Fraction
) -> dict[int, list[Fraction]]:
    """Tabulate own - 2 R cross + R² base - price Y over x, y and d = y - x, for given R and R²; d follows y."""
    factors, weights, size = variance_factors(system.design), system.design.exact_weights, system.design.size
    tables: dict[int, list[Fraction]] = {}
    for h in strata:
        n, f = int(system.design.respondents[h]), factors[h]
        squares = [Fraction(v * v, n) for v in range(n + 1)]
        tables[h] = [f * ((1 - 2 * cross) * v - (1 - cross) * q) for v, q in enumerate(squares)]
        tables[size + h] = [f * (cross * q + square * (v - q)) - price * weights[h] * v for v, q in enumerate(squares)]
        tables[2 * size + h] = [-f * cross * q for q in squares]
    return tables


class _Term:
    """One stratum's part of the variance near given counts: of V Y², less V (2 Ym Y) when y moves."""

    def __init__(
        self, system: ItemSystem, strata: Mask, best: tuple[int, ...], variance: Fraction = Fraction(0)
    ) -> None:
        design = system.design
        self.factors = [float(f) for f in variance_factors(design)]
        self.respondents = design.respondents.tolist()
        self.share = float(exact_share(system, strata, best) or 0)
        weights = (design.population / design.respondents).tolist()
        total = sum(weights[h] * best[design.size + h] for h in strata)
        self.price = [2 * float(variance) * total * w for w in weights]

    def __call__(self, h: int, x: int, y: int) -> Fraction:
        share, n = self.share, self.respondents[h]
        spread = x * (1 - 2 * share) + y * share**2 - (x - share * y) ** 2 / n
        return Fraction(self.factors[h] * spread - self.price[h] * y)


def _shifted(row: LinearRow, offset: int) -> LinearRow:
    return LinearRow(row.name, {i - offset: c for i, c in row.coefficients.items()}, row.lower, row.upper)


def _with_fixed(row: LinearRow, fixed: Sequence[int], offset: int) -> LinearRow:
    """Put the known x into a row; what is left are the y."""
    constant = sum((c * fixed[i] for i, c in row.coefficients.items() if i < offset), Fraction(0))
    terms = {i - offset: c for i, c in row.coefficients.items() if i >= offset}
    low = None if row.lower is None else row.lower - constant
    high = None if row.upper is None else row.upper - constant
    return LinearRow(row.name, terms, low, high)


# entries of a list
CHOICES = 300
# whole counts on either side of a point: of one stratum's pair, of three or fewer unknowns, of more
PAIR, FEW, MANY = 2, 5, 3
# counts of the base that a level keeps, and completions of one pair
BASES, COMPLETIONS = 150, 25
# statements of a level are met with this much to spare in double precision
TIGHT = 1e-12
# whole number that a cost as large as the variance becomes
UNIT = 10**9


class Completion:
    """Steps from a point of the relaxation to a consistent table of counts.

    Parameters
    ----------
    system : ItemSystem
        A system among a base.
    ranges : numpy.ndarray of int, shape (2 H, 2)
        Range of every unknown.
    middle : numpy.ndarray of float, shape (2 H,)
        The model-based centre, where strata outside a domain are wished.
    tuples : mapping of tuple to numpy.ndarray of int
        Counts of the base in enumerated domains that admit counts of the item.
    solver : {"auto", "cpsat", "highs"}
        Solver that picks.
    """

    def __init__(
        self,
        system: ItemSystem,
        ranges: IntArray,
        middle: FloatArray,
        *,
        tuples: Mapping[tuple[str, str], IntArray],
        solver: str = "auto",
    ) -> None:
        self.system, self.ranges, self.middle, self.solver = system, ranges, middle, solver
        self.size = system.design.size
        self.weights = (system.design.population / system.design.respondents).astype(float)
        self.factors = np.array([float(f) for f in variance_factors(system.design)])
        self.parts = self._partition()
        self.rows = base_program(system).rows
        self.matrix, self.low = row_matrix(linear_rows(system), 2 * self.size)
        self.lists = {}
        for share, base in self.parts:
            found = tuples.get((base.domain, base.level))
            if found is not None and len(found):
                self.lists[share.strata] = self._full(share, found)

    def near(
        self, point: FloatArray, strata: Mask, sense: str, *, share: float, variance: float, work: float = 1.0
    ) -> tuple[int, ...] | None:
        """Build a consistent table whose counts in a domain are near a point, and good."""
        size = self.size
        inside = float(sum(self.weights[h] * point[size + h] for h in strata))
        if not self.parts or inside <= 0:
            return None
        aim = self._aim(point, strata)
        lower, upper = (self.ranges[:, k].tolist() for k in (0, 1))
        allowed, costs = [], {}
        for number, (part, base) in enumerate(self.parts):
            own = [h for h in part.strata if h in strata]
            rows = self._choices(part, base, aim, own, share)
            if not len(rows):
                return None
            prices = (share, variance * inside**2, 2.0 / inside)
            cost = self._cost(rows, part.strata, own, prices) * (1 if sense == "min" else -1)
            costs[number] = [round(float(c)) for c in cost * UNIT]
            members = (*part.strata, *(size + h for h in part.strata))
            allowed.append((members, tuple(tuple(map(int, r)) for r in rows)))
        start = [0] * (2 * size)
        for unknowns, entries in allowed:
            for i, v in zip(unknowns, entries[0], strict=True):
                start[i] = v
        program = SeparableProgram(tuple(lower), tuple(upper), self.rows, "min", allowed=tuple(allowed), prices=costs)
        outcome = solve(program, solver=self.solver, work=work, hint=tuple(start))
        if outcome.unknowns is None:
            return None
        return None if violated(self.system, outcome.unknowns) else outcome.unknowns

    def _aim(self, point: FloatArray, strata: Mask) -> FloatArray:
        """Keep the domain at the point, and bring the other strata as near to the centre as the statements let."""
        from scipy.optimize import linprog

        size, matrix, low = self.size, self.matrix, self.low
        others = [h for h in range(size) if h not in strata]
        if not others:
            return point
        free = np.array([*others, *(size + h for h in others)])
        kept = np.array([*strata, *(size + h for h in strata)])
        m, o = len(free), len(others)
        weights = np.tile(self.weights[others], 2)
        # unknowns, then distances above and below the centre; a penalty for missing a statement
        slack = np.eye(len(low))
        upper = -np.hstack([matrix[:, free], np.zeros((len(low), 2 * m)), slack])
        order = np.zeros((o, upper.shape[1]))
        order[np.arange(o), np.arange(o)], order[np.arange(o), o + np.arange(o)] = 1.0, -1.0
        equal = np.hstack([np.eye(m), -np.eye(m), np.eye(m), np.zeros((m, len(low)))])
        cost = np.concatenate([np.zeros(m), weights, weights, np.full(len(low), 1e5)])
        bounds = [*map(tuple, self.ranges[free].tolist()), *[(0, None)] * (2 * m + len(low))]
        result = linprog(
            cost,
            A_ub=np.vstack([upper, order]),
            b_ub=np.concatenate([matrix[:, kept] @ point[kept] - low, np.zeros(o)]),
            A_eq=equal,
            b_eq=self.middle[free],
            bounds=bounds,
            method="highs",
        )
        aim = point.copy()
        if result.x is not None:
            aim[free] = result.x[:m]
        return aim

    def _cost(self, rows: IntArray, strata: Mask, own: Sequence[int], prices: tuple[float, float, float]) -> FloatArray:
        """Return each entry's part of (N - 2 V Ym Y) / (V Ym²), for R, V Ym² and 2 / Ym."""
        share, unit, base_price = prices
        total = np.zeros(len(rows))
        for h in own:
            k = strata.index(h)
            x, y, n = rows[:, k], rows[:, len(strata) + k], float(self.system.design.respondents[h])
            spread = x * (1 - 2 * share) + y * share**2 - (x - share * y) ** 2 / n
            total += self.factors[h] * spread / unit - base_price * self.weights[h] * y
        return total

    def _choices(
        self, share: PrintedShare, base: PrintedShare, aim: FloatArray, own: Sequence[int], ratio: float
    ) -> IntArray:
        """List whole counts of a level, the nearest first; those of the domain count most."""
        strata = share.strata
        members = [*strata, *(self.size + h for h in strata)]
        price = np.tile(self.weights[list(strata)], 2)
        for h in own:
            k = strata.index(h)
            # a stratum asked in full costs nothing
            scale = 100.0 * float(self.factors[h]) / (float(self.factors[list(own)].max()) or 1.0)
            price[k] = scale * (1 - ratio) ** 2 * price.max()
            price[len(strata) + k] = scale * ratio**2 * price.max()
        if strata in self.lists:
            rows = self.lists[strata]
        elif len(own) == 1 and len(strata) > 1:
            rows = self._around(share, base, aim, own[0])
        else:
            rows = self._window(share, base, aim, {}, MANY)
        away = (np.abs(rows - aim[members]) * price).sum(axis=1)
        return rows[np.argsort(away, kind="stable")[:CHOICES]]

    def _around(self, share: PrintedShare, base: PrintedShare, aim: FloatArray, stratum: int) -> IntArray:
        """List counts of a level for each pair of one stratum near the aim."""
        x, y = round(float(aim[stratum])), round(float(aim[self.size + stratum]))
        (xl, xu), (yl, yu) = self.ranges[[stratum, self.size + stratum]].tolist()
        found = []
        members = [*share.strata, *(self.size + h for h in share.strata)]
        price = np.tile(self.weights[list(share.strata)], 2)
        for dx, dy in product(range(-PAIR, PAIR + 1), repeat=2):
            a, b = x + dx, y + dy
            if abs(dx) + abs(dy) > PAIR or not (xl <= a <= xu and yl <= b <= yu and a <= b):
                continue
            rows = self._window(share, base, aim, {stratum: a, self.size + stratum: b}, FEW)
            away = (np.abs(rows - aim[members]) * price).sum(axis=1)
            found.append(rows[np.argsort(away, kind="stable")[:COMPLETIONS]])
        return np.vstack(found) if found else np.empty((0, len(members)), dtype=np.int64)

    def _window(
        self, share: PrintedShare, base: PrintedShare, aim: FloatArray, fixed: Mapping[int, int], reach: int
    ) -> IntArray:
        """List whole counts near the aim that meet the level's own two statements."""
        strata = np.array(share.strata)
        width = len(strata)
        population = float(self.system.design.population[strata].sum())
        weights = self.weights[strata]
        inside = self._grid([self.size + h for h in share.strata], aim, fixed, reach)
        total = inside @ weights
        inside = inside[
            (total >= float(base.lower) * population * (1 + TIGHT))
            & (total <= float(base.upper) * population * (1 - TIGHT))
        ]
        away = (np.abs(inside - aim[self.size + strata]) * weights).sum(axis=1)
        inside = inside[np.argsort(away, kind="stable")[:BASES]]
        items = self._grid(share.strata, aim, fixed, reach)
        if not len(inside) or not len(items):
            return np.empty((0, 2 * width), dtype=np.int64)
        top, below = items @ weights, inside @ weights
        y, x = np.nonzero(
            (top[None, :] >= float(share.lower) * (1 + TIGHT) * below[:, None])
            & (top[None, :] <= float(share.upper) * (1 - TIGHT) * below[:, None])
        )
        rows = np.hstack([items[x], inside[y]])
        return rows[(rows[:, :width] <= rows[:, width:]).all(axis=1)]

    def _grid(self, unknowns: Sequence[int], aim: FloatArray, fixed: Mapping[int, int], reach: int) -> IntArray:
        axes = []
        for i in unknowns:
            if i in fixed:
                axes.append(np.array([fixed[i]]))
                continue
            first, last = self.ranges[i].tolist()
            low = min(max(first, math.floor(aim[i] + 0.5) - reach), last)
            axes.append(np.arange(low, min(last, max(low, math.floor(aim[i] + 0.5) + reach)) + 1))
        return np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")], axis=1)

    def _partition(self) -> list[tuple[PrintedShare, PrintedShare]]:
        """Take the domain variable of most levels that covers all strata, with its shares of item and base."""
        by_domain: dict[str, list[tuple[PrintedShare, PrintedShare]]] = {}
        for base in self.system.base_shares:
            share = self.system.share(base.domain, base.level)
            if share is not None and base.domain:
                by_domain.setdefault(base.domain, []).append((share, base))
        full = [
            parts
            for _, parts in sorted(by_domain.items())
            if sorted(h for s, _ in parts for h in s.strata) == list(range(self.size))
        ]
        return max(full, key=len, default=[])

    def _full(self, share: PrintedShare, found: IntArray) -> IntArray:
        """List x and y together."""
        lists = []
        for inside in found[:: max(1, len(found) // 3000)].tolist():
            x = item_tuples(self.system, share, inside)
            x = x[:: max(1, len(x) // 50)]
            lists.append(np.column_stack([x, np.tile(inside, (len(x), 1))]))
        return np.vstack(lists)
