"""Where is a consistent table of counts close to a wished one?

Finding x and y together is hard for a solver; finding y alone, or x for a given y, is quick.  A witness is built in
these two steps, from a target that the relaxation suggests, and is then improved one half at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

import numpy as np
from numpy.typing import NDArray

from aibaro.reconstruct._items import ItemSystem, Mask
from aibaro.reconstruct.points import ENUMERATION_LIMIT, item_tuples
from aibaro.reconstruct.program import SeparableProgram, scaled_tables
from aibaro.reconstruct.rows import LinearRow, integer_rows, linear_rows, violated
from aibaro.reconstruct.solvers import solve
from aibaro.reconstruct.variance import exact_share, exact_variance, variance_factors

FloatArray = NDArray[np.float64]
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
            base = self._base_step(wish, pins, pull)
            if base is None:
                return None
            blocked = self._blocked(base)
            if not blocked:
                wishes = self._wishes(wish, [i for i in pull if i < size])
                found = self._item_step(base, {}, "min", pins, wishes=wishes)
                if found is not None:
                    return found
            elif blocked <= set(fixed):
                return None
            kept -= blocked
        return None

    def _blocked(self, base: Sequence[int]) -> set[int]:
        """Give the strata of small domains in which these base counts admit no counts of the item."""
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

    def _value(self, strata: Mask, unknowns: tuple[int, ...]) -> Fraction:
        return exact_variance(self.system, strata, unknowns) or Fraction(0)

    def _wishes(self, target: FloatArray, unknowns: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Price the distance from the target by the weight of a respondent."""
        weights = self.system.design.population / self.system.design.respondents
        size = self.system.design.size
        return {i: (round(float(target[i])), max(1, round(100 * float(weights[i % size])))) for i in unknowns}

    def _base_step(self, target: FloatArray, pins: Mapping[int, int], pull: Sequence[int]) -> tuple[int, ...] | None:
        size = self.system.design.size
        rows = [_shifted(r, size) for r in linear_rows(self.system) if min(r.coefficients) >= size]
        wishes = {i - size: wish for i, wish in self._wishes(target, [i for i in pull if i >= size]).items()}
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
