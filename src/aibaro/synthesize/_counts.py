"""How many respondents of each stratum give each answer?  One model per component, near a random draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from math import ceil, floor, lcm
from typing import Any

import numpy as np

from aibaro.reconstruct import cpsat, highs
from aibaro.reconstruct.program import IntegerRow, SeparableProgram
from aibaro.rounding import Interval
from aibaro.synthesize._held import HeldCounts, decides
from aibaro.synthesize._memberships import BaseCell, ItemCondition, Membership
from aibaro.synthesize._reproduction import TargetShare
from aibaro.synthesize._structure import Derive, Family, ItemComponent, Pick, Tie, split_base

# --- Whole numbers between exact limits: a thin model over CP-SAT whose every solution holds exactly.

# coefficients up to this are kept exactly; others are rounded at a scale that uses up to this, with the limits drawn in
_EXACT = 10**7

Terms = list[tuple[Fraction, int]]


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """What a search found.

    Parameters
    ----------
    status : {"found", "impossible", "limit"}
        A solution, a proof that there is none, or neither within the limit of work.
    values : tuple of int
        The solution, by variable; empty without one.
    work : float
        Deterministic seconds spent.
    """

    status: str
    values: tuple[int, ...]
    work: float


@dataclass(slots=True)
class CountModel:
    """Unknown counts and linear conditions on them.

    Parameters
    ----------
    lows, highs, hints : list of int
        Range of each unknown and the value to try first.
    rows : list of tuple
        Conditions: name, terms with whole coefficients, low, high.

    rounding : {"inward", "outward"}
        Whether limits are drawn in, so that every solution is exact, or out, so that none is lost.

    Notes
    -----
    A condition with fractions is scaled to whole numbers.  Where the common denominator is too large coefficients
    are rounded and the limits are drawn in by the largest possible error, so that no solution breaks the exact
    condition; at the scale used this gives up less than a millionth of a firm.
    """

    lows: list[int] = field(default_factory=list)
    highs: list[int] = field(default_factory=list)
    hints: list[int | None] = field(default_factory=list)
    rows: list[tuple[str, list[tuple[int, int]], int | None, int | None]] = field(default_factory=list)
    rounding: str = "inward"

    def new(self, low: int, high: int, hint: int | None = None) -> int:
        """Add an unknown."""
        self.lows.append(low)
        self.highs.append(high)
        self.hints.append(None if hint is None else min(max(hint, low), high))
        return len(self.lows) - 1

    def whole(self, terms: Sequence[tuple[int, int]], low: int | None, high: int | None, name: str = "") -> None:
        """Add a condition with whole coefficients."""
        merged: dict[int, int] = {}
        for coefficient, unknown in terms:
            merged[unknown] = merged.get(unknown, 0) + coefficient
        self.rows.append((name, [(c, v) for v, c in merged.items() if c], low, high))

    def between(self, terms: Terms, band: Interval, name: str) -> None:
        """Ask that a sum with exact coefficients lies strictly inside an interval."""
        common = lcm(*(c.denominator for c, _ in terms), 1)
        widest = max((abs(c) * common for c, _ in terms), default=Fraction(0))
        if widest <= _EXACT:
            scale, error = Fraction(common), Fraction(0)
        else:
            scale = Fraction(_EXACT) / max(abs(c) for c, _ in terms)
            error = sum(
                (abs(c * scale - round(c * scale)) * max(abs(self.lows[v]), abs(self.highs[v])) for c, v in terms),
                Fraction(0),
            )
        if self.rounding == "outward":
            bounds = ceil(band.lower * scale - error), floor(band.upper * scale + error)
            self.whole([(round(c * scale), v) for c, v in terms], *bounds, name)
            return
        low, high = band.lower * scale + error, band.upper * scale - error
        bottom = ceil(low) if band.lower_closed or low != ceil(low) else ceil(low) + 1
        top = floor(high) if band.upper_closed or high != floor(high) else floor(high) - 1
        self.whole([(round(c * scale), v) for c, v in terms], bottom, top, name)

    def determined(self, unknowns: set[int]) -> set[int]:
        """Add the unknowns that equations settle once others are known.

        Examples
        --------
        >>> model = CountModel()
        >>> a, b = model.new(0, 9), model.new(0, 9)
        >>> model.whole([(1, a), (1, b)], 9, 9)
        >>> sorted(model.determined({a}))
        [0, 1]
        """
        known = set(unknowns)
        equations = [{v for _, v in terms} for _, terms, low, high in self.rows if low is not None and low == high]
        while True:
            new = {v for terms in equations if len(terms - known) == 1 for v in terms - known}
            if not new:
                return known
            known |= new

    def solve(
        self,
        seed: int,
        limit: float,
        dropped: frozenset[str] = frozenset(),
        *,
        among: set[int] | None = None,
        fixed: Mapping[int, int] | None = None,
        within: Mapping[int, tuple[int, int]] | None = None,
        solver: str = "cpsat",
    ) -> SearchOutcome:
        """Search for counts that meet every condition."""
        known = dict(fixed or {})
        active = [v for v in range(len(self.lows)) if v not in known and (among is None or v in among)]
        rows = self._rows(active, known, dropped)
        if rows is None:
            return SearchOutcome("impossible", (), 0.0)
        ranges = [self._range(v, within or {}) for v in active]
        program = SeparableProgram(tuple(low for low, _ in ranges), tuple(high for _, high in ranges), rows)
        if solver == "highs":
            found = highs.solve(program, work=limit, presolve="off")
        else:
            found = cpsat.solve(program, work=limit, seed=seed % 2**31, hint=tuple(self.hints[v] for v in active))
        if found.unknowns is None:
            return SearchOutcome("impossible" if found.status == "infeasible" else "limit", (), found.work)
        values = [known.get(v, 0) for v in range(len(self.lows))]
        for v, value in zip(active, found.unknowns, strict=True):
            values[v] = value
        return SearchOutcome("found", tuple(values), found.work)

    def _range(self, unknown: int, within: Mapping[int, tuple[int, int]]) -> tuple[int, int]:
        low, high = self.lows[unknown], self.highs[unknown]
        near = within.get(unknown, (low, high))
        return max(low, min(near[0], high)), min(high, max(near[1], low))

    def _rows(
        self, active: Sequence[int], known: Mapping[int, int], dropped: frozenset[str]
    ) -> tuple[IntegerRow, ...] | None:
        """Write the conditions on the active unknowns; None when known values break one."""
        place = {v: number for number, v in enumerate(active)}
        rows = []
        for name, terms, low, high in self.rows:
            if name in dropped or not all(v in place or v in known for _, v in terms):
                continue
            settled = sum(c * known[v] for c, v in terms if v in known)
            left = tuple((place[v], c) for c, v in terms if v in place)
            bottom = None if low is None else low - settled
            top = None if high is None else high - settled
            if bottom is not None and top is not None and bottom > top:
                return None
            if left:
                rows.append(IntegerRow(name, left, bottom, top))
            elif (bottom is not None and bottom > 0) or (top is not None and top < 0):
                return None
        return tuple(rows)


# --- Where do counts stand, and which figures bind them: cells, strata, bands?

Sizes = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Frame:
    """Strata as a component meets them.

    Parameters
    ----------
    weights : tuple of Fraction
        Weight of a respondent in each stratum.
    sizes : numpy.ndarray of int64, shape (cells, H)
        Respondents in each cell and stratum.
    numbered : str
        ``printed`` when printed numbers of respondents bind, else ``free``.
    """

    weights: tuple[Fraction, ...]
    sizes: Sizes
    numbered: str = "printed"


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts that a component was given.

    Parameters
    ----------
    items : dict of (str, int, int) to int
        Respondents with an item, by item, cell and stratum.
    classes : dict of (int, int, int, int) to int
        Respondents by family, class, cell and stratum.
    shares : dict of (int, str, int, int, int) to int
        Respondents with an item among those with an exact number of items, by family, item, number, cell, stratum.
    """

    items: dict[tuple[str, int, int], int]
    classes: dict[tuple[int, int, int, int], int]
    shares: dict[tuple[int, str, int, int, int], int]


def lies_in(cell: BaseCell, base: Membership) -> bool:
    """Tell whether a cell lies in a base that the cells were split by."""
    held = {c for b in cell.inside for c in b.conditions}
    return any(b.conditions == base.conditions for b in cell.inside) or set(base.conditions) <= held


def finest(figures: Sequence[TargetShare]) -> list[TargetShare]:
    """Keep the figures of the domain with fewest strata a level, whose rounding leaves least room."""
    strata: dict[str, list[int]] = {}
    for figure in figures:
        if not figure.overall:
            strata.setdefault(figure.domain, []).append(len(figure.strata))
    mean = {domain: sum(numbers) / len(numbers) for domain, numbers in strata.items()}
    least = min(mean.values(), default=0.0)
    return [f for f in figures if not f.overall and mean[f.domain] <= least]


def add_ratio(
    model: CountModel, top: list[tuple[Fraction, int]], bottom: list[tuple[Fraction, int]], band: Interval, name: str
) -> None:
    """Ask that a ratio of two sums lies in a band."""
    huge = Fraction(10**12)
    for end, side in (
        (band.lower, Interval(Fraction(0), huge, band.lower_closed)),
        (band.upper, Interval(-huge, Fraction(0), True, band.upper_closed)),
    ):
        terms: dict[int, Fraction] = {}
        for coefficient, unknown in [*top, *((-end * c, v) for c, v in bottom)]:
            terms[unknown] = terms.get(unknown, Fraction(0)) + coefficient
        model.between([(c, v) for v, c in terms.items()], side, name)


# --- How many respondents of each stratum give each answer? One model per component, near a random draw.

# a model of so many unknowns is searched at once; larger ones in layers
_AT_ONCE = 600


class ComponentModel:
    """The conditions on the counts of one component.

    Parameters
    ----------
    component : ItemComponent
        The items.
    frame : Frame
        Strata and sizes of cells.
    ranges : sequence of dict of (str, int) to pair of numpy.ndarray of int64
        Lower and upper limits by item and cell, from narrow to wide; the first binds, the others serve numbers of
        items, which follow from other counts and may need more room.
    targets : dict of (str, int) to numpy.ndarray of int64
        Values to try first.
    rounding : {"inward", "outward"}
        As for :class:`CountModel`.
    ends : {"inside", "printed"}
        Whether a share may lie on an end of its rounding interval: never, so that no reader's floating point can turn
        it, or where the rounding rule admits the end.
    held : sequence of HeldCounts
        Counts that rows must have.  Limits around the centre do not bind in strata of which such a count is asked.
    """

    def __init__(
        self,
        component: ItemComponent,
        frame: Frame,
        ranges: Sequence[dict[tuple[str, int], tuple[Sizes, Sizes]]],
        targets: dict[tuple[str, int], Sizes],
        *,
        rounding: str = "inward",
        ends: str = "inside",
        held: Sequence[HeldCounts] = (),
    ) -> None:
        self.ends = ends
        loose_items, free_items = _later_items(component)
        self.component = component
        self.frame = frame
        self.model = CountModel(rounding=rounding)
        self.items: dict[tuple[str, int, int], int] = {}
        self.classes: dict[tuple[int, int, int, int], int] = {}
        self.shares: dict[tuple[int, str, int, int, int], int] = {}
        self.anyone: dict[tuple[int, int, int], int] = {}
        self.shadows: set[int] = set()
        self.asked: set[int] = set()
        own = [h for h in held if h.item in component.items or self._touches(h.base)]
        opened = {stratum for h in own for stratum in h.counts}
        for cell, stratum in self._places():
            size = int(frame.sizes[cell, stratum])
            for item in component.items:
                low, high = 0, size
                if (item, cell) in ranges[0] and item not in loose_items | free_items and stratum not in opened:
                    near = ranges[0][item, cell]
                    low, high = max(0, int(near[0][stratum])), min(size, int(near[1][stratum]))
                hint = int(targets[item, cell][stratum]) if (item, cell) in targets else None
                self.items[item, cell, stratum] = self.model.new(min(low, size), max(high, 0), hint)
            for index, family in enumerate(component.families):
                self._add_family(index, family, cell, stratum, size)
            for relation in component.relations:
                self._add_relation(relation, cell, stratum, size)
            for step in component.steps:
                if isinstance(step, Pick):
                    self._add_pick(step, cell, stratum, size)
        self.loose = [
            {
                self.items[item, cell, h]: (int(low[h]), int(high[h]))
                for (item, cell), (low, high) in limits.items()
                if item in loose_items
                for h in range(frame.sizes.shape[1])
                if h not in opened
            }
            for limits in (*ranges, {})
        ]
        for placed in component.figures:
            self._add_figure(placed.figure, placed.outer, placed.inner)
        if frame.numbered == "printed":
            for base, outer, inner in component.bases:
                terms = [(1, v) for cell, h in self._places(outer) for v in self._condition(inner, cell, h)]
                self.model.whole(terms, base.respondents, base.respondents, f"respondents of {base.name}")
        for counts in own:
            self._add_held(counts)

    def _places(
        self, outer: Membership | None = None, strata: Sequence[int] | None = None
    ) -> Iterator[tuple[int, int]]:
        for cell, home in enumerate(self.component.cells):
            if outer is None or lies_in(home, outer):
                for stratum in range(self.frame.sizes.shape[1]) if strata is None else strata:
                    yield cell, stratum

    def _touches(self, base: Membership) -> bool:
        """Tell whether these items set a condition on a base."""
        return any(set(c.parts) <= set(self.component.items) for c in base.conditions)

    def _add_held(self, held: HeldCounts) -> None:
        """Ask for given counts; of a later component, leave room for them."""
        known = {c for home in self.component.cells for b in home.inside for c in b.conditions}
        outer, inner = split_base(held.base, self.component.items)
        exact = held.item in self.component.items or (not held.item and decides(self.component, held.base))
        if not exact:
            outer = Membership(outer.name, tuple(c for c in outer.conditions if c in known))
        for h, count in held.counts.items():
            terms: list[tuple[int, int]] = []
            for cell, _ in self._places(outer, [h]):
                if held.item in self.component.items:
                    unknowns = self._numerator(held.item, inner, cell, h)
                else:
                    unknowns = self._condition(inner, cell, h) if inner else []
                terms += [(1, v) for v in unknowns]
            self.model.whole(terms, count, count if exact else None)
            self.asked |= {v for _, v in terms}

    def _add_family(self, index: int, family: Family, cell: int, stratum: int, size: int) -> None:
        model, places = self.model, (cell, stratum)
        sizes = [model.new(0, size) for _ in family.classes]
        for number, unknown in enumerate(sizes):
            self.classes[index, number, *places] = unknown
        anyone = self.anyone[index, cell, stratum] = model.new(0, size)
        model.whole([(1, anyone), (1, sizes[0])], size, size)
        model.whole([*((1, v) for v in sizes[1:]), (-1, anyone)], 0, 0)
        # follows from the classes, and lets the union be chosen before them
        model.whole([*((1, self.items[part, cell, stratum]) for part in family.parts), (-1, anyone)], 0, None)
        for part in family.parts:
            model.whole([(1, self.items[part, cell, stratum]), (-1, anyone)], None, 0)
        rest = {part: [(1, self.items[part, cell, stratum])] for part in family.parts}
        for exact in family.split:
            number = next(i for i, limits in enumerate(family.classes) if limits == (exact, exact))
            own = {part: model.new(0, size) for part in family.parts}
            for part, unknown in own.items():
                self.shares[index, part, exact, *places] = unknown
                rest[part].append((-1, unknown))
                model.whole([(1, unknown), (-1, sizes[number])], None, 0)
            model.whole([*((1, v) for v in own.values()), (-exact, sizes[number])], 0, 0)
        open_classes = [
            (limits, v)
            for limits, v in zip(family.classes, sizes, strict=True)
            if limits[1] and not (limits[0] == limits[1] and limits[0] in family.split)
        ]
        for part in family.parts:
            model.whole(rest[part], 0, None)
        self._add_realisable(list(rest.values()), open_classes)

    def _add_realisable(self, columns: list[list[tuple[int, int]]], classes: list[tuple[tuple[int, int], int]]) -> None:
        """Ask for column sums that 0/1 rows with sums in the ranges of their classes can have (Hoffman)."""
        number = len(columns)
        for chosen in range(1, number + 1):
            most = [(min(high, chosen), v) for (_, high), v in classes]
            least = [(max(0, low - (number - chosen)), v) for (low, _), v in classes]
            bites_above = chosen == 1 or any(c < chosen for c, _ in most)
            bites_below = any(c for c, _ in least)
            for subset in combinations(range(number), chosen) if bites_above or bites_below else ():
                terms = [term for column in subset for term in columns[column]]
                if bites_above:
                    self.model.whole([*terms, *((-c, v) for c, v in most)], None, 0)
                if bites_below:
                    self.model.whole([*terms, *((-c, v) for c, v in least)], 0, None)

    def _condition(self, condition: ItemCondition, cell: int, stratum: int) -> list[int]:
        """Return the unknowns that add up to the respondents of a cell who meet a condition on a family."""
        index = next(i for i, f in enumerate(self.component.families) if set(f.parts) == set(condition.parts))
        classes = self.component.families[index].classes
        if classes[0] == (0, 0) and condition.low == 1 and condition.high == len(condition.parts):
            return [self.anyone[index, cell, stratum]]
        return [
            self.classes[index, number, cell, stratum]
            for number, (low, high) in enumerate(classes)
            if low >= condition.low and high <= condition.high
        ]

    def _add_relation(self, relation: Tie, cell: int, stratum: int, size: int) -> None:
        if relation.base and not any(b.name == relation.base for b in self.component.cells[cell].inside):
            return
        parts = [(1, self.items[part, cell, stratum]) for part in relation.parts]
        whole = [(-1, self.items[relation.whole, cell, stratum])] if relation.whole else []
        if relation.kind == "exhaustive":
            self.model.whole([*parts, *whole], *((0, 0) if whole else (size, size)))
            return
        if any(set(f.parts) == set(relation.parts) for f in self.component.families) and relation.kind != "subset":
            met = self._condition(ItemCondition(relation.parts, relation.low, relation.high), cell, stratum)
            self.model.whole([*((1, v) for v in met), *whole], 0, 0)
            return
        for part in parts:
            self.model.whole([part, *whole], None, 0)
        if relation.kind == "union":
            self.model.whole([*parts, *whole], 0, None)

    def _add_pick(self, step: Pick, cell: int, stratum: int, size: int) -> None:
        options = [(1, self.items[option, cell, stratum]) for option in step.options]
        taken = [(1, self.items[item, cell, stratum]) for item in step.apart]
        among = [(-1, self.items[step.among, cell, stratum])] if step.among else []
        self.model.whole([*options, *taken, *among], None, 0 if among else size)

    def _add_figure(self, figure: TargetShare, outer: Membership, inner: ItemCondition | None) -> None:
        weights = self.frame.weights if figure.weighted == "yes" else (Fraction(1),) * len(self.frame.weights)
        places = list(self._places(outer, figure.strata))
        top = [(weights[h], v) for cell, h in places for v in self._numerator(figure.item, inner, cell, h)]
        if inner is None:
            size = sum((weights[h] * int(self.frame.sizes[cell, h]) for cell, h in places), Fraction(0))
            # nobody is asked in an empty base, and a share of nobody is no condition
            if size:
                self.model.between(top, self._band(figure.band).scaled(size), figure.name)
            return
        bottom = [(weights[h], v) for cell, h in places for v in self._condition(inner, cell, h)]
        add_ratio(self.model, top, bottom, self._band(figure.band), figure.name)

    def _numerator(self, item: str, inner: ItemCondition | None, cell: int, stratum: int) -> list[int]:
        if inner is None:
            return [self.items[item, cell, stratum]]
        if item not in inner.parts or (inner.low <= 1 and inner.high == len(inner.parts)):
            return [self.items[item, cell, stratum]]
        index = next(i for i, f in enumerate(self.component.families) if item in f.parts)
        return [self.shares[index, item, inner.low, cell, stratum]]

    def add_shadow(
        self,
        figure: TargetShare,
        outer: Membership,
        inner: ItemCondition,
        counts: dict[tuple[str, ItemCondition, int, int], int],
    ) -> None:
        """Ask that a figure of a later component stays within reach."""
        weights = self.frame.weights if figure.weighted == "yes" else (Fraction(1),) * len(self.frame.weights)
        places = list(self._places(outer, figure.strata))
        for cell, h in places:
            if (figure.item, inner, cell, h) not in counts:
                unknown = counts[figure.item, inner, cell, h] = self.model.new(0, int(self.frame.sizes[cell, h]))
                self.shadows.add(unknown)
                self.model.whole([(1, unknown), *((-1, v) for v in self._condition(inner, cell, h))], None, 0)
        top = [(weights[h], counts[figure.item, inner, cell, h]) for cell, h in places]
        bottom = [(weights[h], v) for cell, h in places for v in self._condition(inner, cell, h)]
        add_ratio(self.model, top, bottom, self._band(figure.band), figure.name)

    def hold_shadow(
        self, held: HeldCounts, inner: ItemCondition, counts: Mapping[tuple[str, ItemCondition, int, int], int]
    ) -> None:
        """Ask a later component for given counts, where its own figures are within reach."""
        rest = Membership("", tuple(c for c in held.base.conditions if c != inner))
        for h, count in held.counts.items():
            places = [(held.item, inner, cell, h) for cell, _ in self._places(rest, [h])]
            # a base that later answers decide has no place yet
            if places and all(place in counts for place in places):
                self.model.whole([(1, counts[place]) for place in places], count, count)
                self.asked |= {counts[place] for place in places}

    def _band(self, band: Interval) -> Interval:
        if self.ends == "printed":
            return band
        return Interval(band.lower, band.upper, band.lower <= 0, band.upper >= 1)

    def solve(self, seed: int, limit: float, dropped: frozenset[str] = frozenset()) -> SearchOutcome:
        """Search for counts in layers: who has any item of a family, how many, then the rest.

        Notes
        -----
        A small model is searched at once.  In a large one that does not end in minutes; in layers each ends in
        seconds: (1) who has any item of a family, with every domain that leaves little room, later components
        included, (2) each item of the family by itself, (3) how many items, given the items, (4) the rest.
        """
        everything = set(range(len(self.model.lows)))
        if self.component.families and len(everything) <= _AT_ONCE:
            return self._search(seed, limit, dropped, everything, {})
        if not self.component.families:
            return self._search(seed, limit, dropped, set(range(len(self.model.lows))) - self.shadows, {})
        counted = {*self.anyone.values(), *(v for key, v in self.classes.items() if key[1] == 0)}
        parts = {
            part: {v for (item, _, _), v in self.items.items() if item == part}
            for family in self.component.families
            for part in family.parts
        }
        first = self.model.determined(counted.union(*parts.values()))
        outcome = self._search(seed, limit, dropped | self._coarse(), first | self.shadows, {})
        fixed = {v: outcome.values[v] for v in self.model.determined(counted)} if outcome.values else {}
        current = {v: outcome.values[v] for own in parts.values() for v in own} if outcome.values else {}
        for part, own in parts.items():
            if outcome.status == "found":
                rest = {**fixed, **{v: value for v, value in current.items() if v not in own}}
                outcome = self._search(seed, limit, dropped | self._others(part), first, rest)
                current |= {v: outcome.values[v] for v in own} if outcome.values else {}
        if outcome.status != "found":
            return outcome
        family = self.model.determined(first | {*self.classes.values(), *self.shares.values()})
        outcome = self._search(seed, limit, dropped, family, {**fixed, **current})
        if outcome.status != "found":
            return outcome
        settled = {v: outcome.values[v] for v in family}
        return self._search(seed, limit, dropped, set(range(len(self.model.lows))) - self.shadows, settled)

    def _search(
        self, seed: int, limit: float, dropped: frozenset[str], among: set[int], fixed: dict[int, int]
    ) -> SearchOutcome:
        """Search near the target first, then with the limits of loose items widened and at last without them."""
        outcome = SearchOutcome("impossible", (), 0.0)
        for near in self.loose if any(v in among and v not in fixed for v in self.loose[0]) else ({},):
            outcome = self.model.solve(seed, limit, dropped, among=among, fixed=fixed, within=near)
            if outcome.status == "found":
                break
        return outcome

    def _others(self, part: str) -> frozenset[str]:
        """Name the figures of counted items other than one."""
        parts = {p for family in self.component.families for p in family.parts} - {part}
        return frozenset(p.figure.name for p in self.component.figures if p.figure.item in parts)

    def _coarse(self) -> frozenset[str]:
        """Name the figures of counted items that the next layer can be trusted to meet."""
        parts = {part for family in self.component.families for part in family.parts}
        figures = [p.figure for p in self.component.figures if p.figure.item in parts]
        return frozenset(f.name for f in figures if f not in finest(figures))

    def read(self, values: Sequence[int]) -> Counts:
        """Read the counts off a solution."""
        return Counts(
            {key: values[v] for key, v in self.items.items()},
            {key: values[v] for key, v in self.classes.items()},
            {key: values[v] for key, v in self.shares.items()},
        )


def _later_items(component: ItemComponent) -> tuple[set[str], set[str]]:
    """Name items whose limits may widen after others are settled, and items that follow from others."""
    if not component.families:
        return set(), {step.item for step in component.steps if isinstance(step, Derive)}
    counted = {part for family in component.families for part in family.parts}
    unions = {r.whole for r in component.relations if r.kind == "union"}
    numbers = {r.whole for r in component.relations if r.kind == "count"}
    derived = {step.item for step in component.steps if isinstance(step, Derive)} - unions - numbers
    return set(component.items) - counted - unions - derived, derived
