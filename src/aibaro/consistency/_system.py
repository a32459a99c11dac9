"""The joint question: is there one value of every figure inside its interval that meets all statements?

A linear programme a component answers it.  Its "no" is a combination of rows that adds up to ``0 <= negative``; it is
solved again in fractions and only then believed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np

from aibaro._irreducible import irreducible
from aibaro.consistency._from_relations import nets
from aibaro.consistency._sources import Sources, generators
from aibaro.consistency.statement import HUNDRED, ONE, ZERO, Ends, Inequality, Statement, Var
from aibaro.facts import Fact, Facts, Key
from aibaro.rounding import Interval

if TYPE_CHECKING:
    from scipy.sparse import csr_array


# An open end is kept off by this part of the last printed digit in floating point; the proof uses the end itself.
_OFF = Fraction(1, 1000)
_TOLERANCE = 1e-6
_PRICE = 1e-9  # of rows without which nothing fails, but in large sums
_NARROW = 12  # figures of a statement that is asked by itself in a large component
_LARGE, _MOST_WORK = 10_000, 1_500_000  # rows of a large component, and of all questions that such ones are asked
_AT_ONCE = 4_000  # rows of components that are asked together
_MOST_HELD = 400_000  # rows that are kept for another question
_MOST_ROWS = 300  # larger sets are not shrunk
_FREE: Mapping[str, tuple[Fraction | None, Fraction | None]] = {
    "share": (ZERO, HUNDRED),
    "count": (ZERO, None),
    "answered": (ZERO, None),
    "weighted_base": (ZERO, None),
    "standard_error": (ZERO, None),
    "margin_of_error": (ZERO, None),
    "points": (-HUNDRED, HUNDRED),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """Rows that cannot hold together, each with its multiplier; their sum says ``0 <= negative`` or ``0 < 0``.

    Parameters
    ----------
    rows : tuple of Inequality
        The rows.
    multipliers : tuple of Fraction
        One per row, > 0.
    """

    rows: tuple[Inequality, ...]
    multipliers: tuple[Fraction, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Printings that the rows rest on."""
        names: dict[str, None] = {}
        seen: set[int] = set()  # what many rows share is read once
        for row in self.rows:
            names.update(dict.fromkeys(row.ids))
            if row.shared and id(row.shared) not in seen:
                seen.add(id(row.shared))
                names.update(dict.fromkeys(row.shared))
        return tuple(names)

    @property
    def owners(self) -> tuple[int, ...]:
        """Statements that the rows come from, by number."""
        return tuple(sorted({row.owner for row in self.rows if row.owner >= 0}))

    def holds(self) -> bool:
        """Add the rows up in fractions."""
        left: dict[Var, Fraction] = {}
        right = ZERO
        for row, multiplier in zip(self.rows, self.multipliers, strict=True):
            if multiplier <= 0:
                return False
            right += multiplier * row.upper
            for var, coefficient in row.terms:
                left[var] = left.get(var, ZERO) + multiplier * coefficient
        strict = any(row.strict for row in self.rows)
        return not any(left.values()) and (right < 0 or (right == 0 and strict))


@dataclass(frozen=True, slots=True)
class Supposition:
    """How print is read for one question: a rounding rule, printings let go, values put in their place.

    Parameters
    ----------
    rule : str
        Rounding rule.
    released : frozenset of str
        Printings that may stand for anything.
    instead : mapping of str to Interval
        Intervals of printings that are read otherwise.
    widened : frozenset of Key
        Figures that were rounded so that their set adds up to 100.
    """

    rule: str
    released: frozenset[str] = frozenset()
    instead: Mapping[str, Interval] = field(default_factory=dict)
    widened: frozenset[Key] = frozenset()

    def without(self, *names: Collection[str]) -> Supposition:
        """Let further printings go."""
        more = frozenset(name for group in names for name in group)
        return Supposition(self.rule, self.released | more, self.instead, self.widened)

    def with_rule(self, rule: str, widened: frozenset[Key] = frozenset()) -> Supposition:
        """Read print by another rule."""
        return Supposition(rule, self.released, self.instead, widened)

    def with_values(self, values: Mapping[str, Interval]) -> Supposition:
        """Read some printings otherwise."""
        return Supposition(self.rule, self.released, {**self.instead, **values}, self.widened)


_Place = tuple["Component", str, frozenset[Key]]  # a component, and how print is read in it


class System:
    """Statements and figures, cut into components that share no figure."""

    def __init__(self, facts: Facts, statements: Sequence[Statement]) -> None:
        self.facts = facts
        self.statements = statements
        self.reading = Supposition(facts.rounding)
        self._hard: dict[Key, tuple[str, ...]] = {}
        self._plain: dict[tuple[Key, str, bool], Ends] = {}
        self._blocks: dict[_Place, tuple[list[_RowBlock], dict[Key, list[int]]]] = {}
        self._remade: dict[tuple[_Place, int, frozenset[tuple[Key, Ends]]], _RowBlock] = {}
        self._held = 0
        self._work = 0
        self._narrow: dict[Component, tuple[Component, ...]] = {}
        self._numbers: dict[Var, int] = {}
        self._units: dict[Component, dict[Var, float]] = {}
        self._around: dict[Key, Component] = {}
        self._failing: dict[tuple[tuple[int, ...], tuple[Key, ...]], Component] = {}
        self.touched: dict[Key, list[int]] = {}
        for number, statement in enumerate(statements):
            if statement.binding == "yes":
                for key in statement.keys:
                    self.touched.setdefault(key, []).append(number)
        self.components = self._tied([n for n, s in enumerate(statements) if s.binding == "yes"])
        self.component_of = {key: place for place, part in enumerate(self.components) for key in part.keys}

    def _tied(self, binding: Sequence[int]) -> tuple[Component, ...]:
        """Cut statements into components."""
        root: dict[Var, Var] = {}

        def find(var: Var) -> Var:
            while root.setdefault(var, var) != var:
                root[var] = root[root[var]]
                var = root[var]
            return var

        for number in binding:
            statement = self.statements[number]
            members: list[Var] = [*statement.keys]
            table = getattr(statement.form, "table", None)
            if table is not None:
                members.append(("table", table))
            for form in (getattr(statement.form, "inner", None), getattr(statement.form, "outer", None)):
                if form is not None:
                    members.append(("table", form.table))
            first = find(members[0])
            for other in members[1:]:
                root[find(other)] = first
        numbers: dict[Var, list[int]] = {}
        for number in binding:
            numbers.setdefault(find(self.statements[number].keys[0]), []).append(number)
        keys: dict[Var, dict[Key, None]] = {}
        for number in binding:
            own = keys.setdefault(find(self.statements[number].keys[0]), {})
            own.update(dict.fromkeys(self.statements[number].keys))
        return tuple(Component(tuple(members), tuple(keys[at])) for at, members in numbers.items())

    @cached_property
    def nets(self) -> tuple[tuple[Fact, tuple[Fact | None, ...]], ...]:
        """Figures that relations call the sum of others, with the others where they are printed."""
        return tuple(nets(Sources.of(self.facts)))

    def around(self, key: Key) -> Component:
        """The statements of a figure and those of the figures that they tie it to: less than all it hangs on."""
        if key not in self._around:
            near = self.touched.get(key, [])
            if any(getattr(self.statements[number].form, "table", None) for number in near):
                return self.components[self.component_of[key]]  # common shares hang on the whole table
            keys = dict.fromkeys(other for number in near for other in self.statements[number].keys)
            numbers = dict.fromkeys([*near, *(n for other in keys for n in self.touched.get(other, ()))])
            members = dict.fromkeys(other for number in numbers for other in self.statements[number].keys)
            self._around[key] = Component(tuple(numbers), tuple(members))
        return self._around[key]

    def failing(self, proof: Proof) -> Component:
        """The statements of a proof alone."""
        owners = tuple(dict.fromkeys(proof.owners))
        keys = dict.fromkeys(self.facts.printing(name).key for name in proof.ids)
        keys.update(dict.fromkeys(key for number in owners for key in self.statements[number].keys))
        return self._failing.setdefault((owners, tuple(keys)), Component(owners, tuple(keys)))

    def ends(self, key: Key, reading: Supposition) -> Ends:
        """Ends of a figure: the intersection of its printings in digits that are not let go."""
        widened = key in reading.widened
        if reading.released or reading.instead:
            names = self._names(key)
            if not (reading.released.isdisjoint(names) and reading.instead.keys().isdisjoint(names)):
                return _meet(self.facts[key], reading, widened)
        place = key, reading.rule, widened
        if place not in self._plain:
            fact = self.facts.get(key)
            self._plain[place] = free(key) if fact is None else _meet(fact, reading, widened)
        return self._plain[place]

    def _names(self, key: Key) -> tuple[str, ...]:
        """Printings in digits of a figure."""
        if key not in self._hard:
            fact = self.facts.get(key)
            self._hard[key] = () if fact is None else tuple(printing.id for printing in fact.hard)
        return self._hard[key]

    def reader(self, reading: Supposition) -> Callable[[Key], Ends]:
        """A reader of ends for the forms."""
        return lambda key: self.ends(key, reading)

    def blocks(self, component: Component, reading: Supposition) -> list[_RowBlock]:
        """Rows of a component by figure and statement; those that a reading leaves as they are made once."""
        place = (component, reading.rule, reading.widened)
        if place not in self._blocks:
            plain = Supposition(reading.rule, widened=reading.widened)
            units = self.units(component)
            order: tuple[Key | int, ...] = (*component.keys, *component.statements)
            made = [self._block(part, plain, units) for part in order]
            readers: dict[Key, list[int]] = {}
            for number, block in enumerate(made):
                for key in block.reads:
                    readers.setdefault(key, []).append(number)
            self._blocks[place] = made, readers
        made, readers = self._blocks[place]
        again: dict[int, list[Key]] = {}
        for key in {self.facts.printing(name).key for name in (*reading.released, *reading.instead)}:
            for number in readers.get(key, ()):
                again.setdefault(number, []).append(key)
        if not again:
            return made
        found = list(made)
        for number, keys in again.items():
            found[number] = self._made_again(component, place, number, keys, reading)
        return found

    def _made_again(
        self, component: Component, place: _Place, number: int, keys: Sequence[Key], reading: Supposition
    ) -> _RowBlock:
        """The block of a figure or statement where the ends of some figures that it reads are others."""
        told = place, number, frozenset((key, self.ends(key, reading)) for key in keys)
        if told not in self._remade:
            if self._held > _MOST_HELD:
                self._remade.clear()
                self._held = 0
            place_of = number - len(component.keys)
            part = component.statements[place_of] if place_of >= 0 else component.keys[number]
            self._remade[told] = block = self._block(part, reading, self.units(component))
            self._held += len(block.rows)
        return self._remade[told]

    def _block(self, part: Key | int, reading: Supposition, units: Mapping[Var, float]) -> _RowBlock:
        read: set[Key] = set()

        def ends(key: Key) -> Ends:
            read.add(key)
            return self.ends(key, reading)

        made = _bounds(part, ends(part)) if isinstance(part, Key) else self.statements[part].form.rows(part, ends)
        rows = list(made)
        return _RowBlock.of(rows, frozenset(read), units, self._numbers)

    def units(self, component: Component) -> dict[Var, float]:
        """One in the last digit of each figure, the scale on which misfits are measured."""
        if component not in self._units:
            units: dict[Var, float] = {}
            for key in component.keys:
                fact = self.facts.get(key)
                units[key] = float(fact.best.unit_of_print) if fact is not None else 1.0
            self._units[component] = units
        return self._units[component]

    def large(self, component: Component) -> bool:
        """Whether a component has so many rows that it is asked a bounded number of times."""
        return self._rows(component) > _LARGE

    def _rows(self, component: Component) -> int:
        return sum(len(block.rows) for block in self.blocks(component, self.reading))

    def _may_ask(self, component: Component) -> bool:
        """Count a question; it is not put where large components have been asked too much."""
        rows = self._rows(component)
        self._work += rows if rows > _LARGE else 0
        return rows <= _LARGE or self._work <= _MOST_WORK

    def narrow(self, component: Component) -> tuple[Component, ...]:
        """Cut a component into what its narrow statements tie: what fails in a part fails in all."""
        if component not in self._narrow:
            few = [n for n in component.statements if len(self.statements[n].keys) <= _NARROW]
            self._narrow[component] = self._tied(few)
        return self._narrow[component]

    def conflict(self, component: Component, reading: Supposition) -> Proof | None:
        """Prove that a component cannot hold together; None where it can, or where no proof was found."""
        if not self._may_ask(component):
            return None
        blocks = self.blocks(component, reading)
        if sum(len(block.rows) for block in blocks) > _AT_ONCE and _feasible(blocks):
            return None  # in large tables it is found sooner that all holds than how far from it they are
        support = _support(blocks)
        if support is None:
            return None
        rows = [row for block in blocks for row in block.rows]
        large = [n for n, price in support.items() if price > _PRICE]
        size = _column(blocks, "size")
        chosen = [rows[n] for n in large]
        return (
            _rounded(chosen, [support[n] / size[n] for n in large])
            or _combined(chosen, rows)
            # in a sum over hundreds of classes the price of one may be small without being none
            or (_combined([rows[n] for n in support], rows) if len(support) > len(large) else None)
            or _shrunk(chosen, rows, self.units(component))
        )

    def holds(self, component: Component, reading: Supposition, *, undecided: bool = False) -> bool:
        """Tell whether a component can hold together; ``undecided`` is the answer where it may not be asked."""
        return _feasible(self.blocks(component, reading)) if self._may_ask(component) else undecided

    def span(self, component: Component, key: Var, reading: Supposition) -> tuple[float | None, float | None]:
        """Smallest and largest value of a figure that the rows allow."""
        if not self._may_ask(component):
            return None, None
        return _span(self.blocks(component, reading), self.units(component).get(key, 1.0), self._numbers.get(key))

    def broken(
        self, reading: Supposition | None = None, components: Sequence[Component] | None = None
    ) -> list[Component]:
        """Components that cannot hold together: a programme for some at once, with one slack a component."""
        reading, asked = reading or self.reading, self.components if components is None else components
        found: list[Component] = []
        batch: list[tuple[Component, list[_RowBlock]]] = []
        rows = 0
        for component in asked:
            blocks = self.blocks(component, reading)
            size = sum(len(block.rows) for block in blocks)
            if batch and rows + size > _AT_ONCE:
                found += _broken(batch)
                batch, rows = [], 0
            batch.append((component, blocks))
            rows += size
        return found + _broken(batch)


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """Statements that hang together, and their figures; each is itself alone."""

    statements: tuple[int, ...]
    keys: tuple[Key, ...]


def free(key: Key) -> Ends:
    """The values that a figure may have when nothing is printed."""
    return Ends(*_FREE.get(key.measure, (None, None)))


def _meet(fact: Fact, reading: Supposition, widened: bool) -> Ends:
    low: tuple[Fraction, bool] | None = None
    high: tuple[Fraction, bool] | None = None
    low_ids: list[str] = []
    high_ids: list[str] = []
    for printing in fact.hard:
        if printing.id in reading.released:
            continue
        band = reading.instead.get(printing.id) or printing.interval("sum_to_100" if widened else reading.rule)
        if band is None:
            continue
        below, above = (band.lower, not band.lower_closed), (band.upper, not band.upper_closed)
        if low is None or below > low:
            low, low_ids = below, [printing.id]
        elif below == low:
            low_ids.append(printing.id)
        upper = (above[0], not above[1])
        if high is None or upper < high:
            high, high_ids = upper, [printing.id]
        elif upper == high:
            high_ids.append(printing.id)
    least, most = _FREE.get(fact.key.measure, (None, None))
    if low is None:
        low = None if least is None else (least, False)
    if high is None:
        high = None if most is None else (most, True)
    return Ends(
        None if low is None else low[0],
        None if high is None else high[0],
        low is not None and low[1],
        high is not None and not high[1],
        tuple(low_ids),
        tuple(high_ids),
    )


def _bounds(key: Key, ends: Ends) -> list[Inequality]:
    found = []
    if ends.low is not None:
        found.append(Inequality(((key, -ONE),), -ends.low, ends.low_strict, ids=ends.low_ids))
    if ends.high is not None:
        found.append(Inequality(((key, ONE),), ends.high, ends.high_strict, ids=ends.high_ids))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _RowBlock:
    """Rows of one figure or statement, and the same as numbers: in units of print, each row scaled to 1.

    ``variables`` and ``values`` are those of all rows one after the other, ``lengths`` says how many each row has.
    """

    rows: tuple[Inequality, ...]
    reads: frozenset[Key]
    variables: np.ndarray
    values: np.ndarray
    lengths: np.ndarray
    upper: np.ndarray
    off: np.ndarray
    soft: np.ndarray
    size: np.ndarray

    @classmethod
    def of(
        cls, rows: Sequence[Inequality], reads: frozenset[Key], units: Mapping[Var, float], numbers: dict[Var, int]
    ) -> _RowBlock:
        """Scale rows; ``numbers`` numbers the variables of all blocks."""
        lengths = np.array([len(row.terms) for row in rows], dtype=int)
        terms = [term for row in rows for term in row.terms]
        scale = np.array([units.get(var, 1.0) for var, _ in terms])
        values = np.array([float(c) for _, c in terms]) * scale
        size, unit = np.ones(len(rows)), np.ones(len(rows))
        some = np.flatnonzero(lengths)
        if len(some):
            starts = (np.cumsum(lengths) - lengths)[some]
            size[some] = np.maximum.reduceat(np.abs(values), starts)
            unit[some] = np.minimum.reduceat(scale, starts)
        size[size == 0] = 1.0
        strict = np.array([row.strict for row in rows], dtype=float)
        return cls(
            tuple(rows),
            reads,
            np.array([numbers.setdefault(var, len(numbers)) for var, _ in terms], dtype=int),
            values / np.repeat(size, lengths),
            lengths,
            np.array([float(row.upper) for row in rows]) / size,
            strict * (float(_OFF) * unit / size),
            np.array([0.0 if row.hard else -1.0 for row in rows]),
            size,
        )


def _column(blocks: Sequence[_RowBlock], name: str) -> np.ndarray:
    parts = [getattr(block, name) for block in blocks]
    return np.concatenate(parts) if parts else np.zeros(0)


def _matrix(blocks: Sequence[_RowBlock]) -> tuple[csr_array, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Matrix, right sides, distances kept from open ends, slack of each row, numbers of the variables of its columns.

    Columns stand in the order in which the rows first name them.
    """
    # no solver is loaded for print that nothing ties together
    from scipy.sparse import csr_array

    numbers, first, back = np.unique(_column(blocks, "variables").astype(int), return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(order), dtype=int)
    place[order] = np.arange(len(order))
    starts = np.concatenate([[0], np.cumsum(_column(blocks, "lengths"))]).astype(int)
    upper = _column(blocks, "upper")
    shape = len(upper), len(numbers)
    matrix = csr_array((_column(blocks, "values"), place[back], starts), shape=shape)
    return matrix, upper, _column(blocks, "off"), _column(blocks, "soft"), numbers[order]


def _beside(matrix: csr_array, columns: Any, shape: tuple[int, int] | None = None) -> csr_array:
    """Put columns beside a matrix: as an array, or as values and their places with a shape."""
    from scipy.sparse import csr_array, hstack

    return csr_array(hstack([matrix, csr_array(columns, shape=shape)]))


def _solve(cost: np.ndarray, matrix: Any, upper: np.ndarray, slacks: int) -> Any:
    """Minimise over free variables; the last ones are slacks, which are not negative."""
    from scipy.optimize import linprog

    bounds = np.column_stack([np.full(len(cost), -np.inf), np.full(len(cost), np.inf)])
    if slacks:
        bounds[-slacks:, 0] = 0.0
    box: Any = bounds
    return linprog(cost, A_ub=matrix, b_ub=upper, bounds=box, method="highs")


def _feasible(blocks: Sequence[_RowBlock]) -> bool:
    """Whether all rows can hold together, none by more than the tolerance."""
    matrix, upper, off, soft, columns = _matrix(blocks)
    if not len(upper):
        return True
    result = _solve(np.zeros(len(columns)), matrix, upper - off - _TOLERANCE * soft, 0)
    # where the solver does not say, the way to the nearest point does
    return bool(result.status == 0) if result.status in {0, 2} else _support(blocks) is None


def _support(blocks: Sequence[_RowBlock]) -> dict[int, float] | None:
    """Numbers of rows that cannot hold together, with their prices as the rows are scaled; None where all can.

    Notes
    -----
    Minimise s with ``A x - s <= b``, s >= 0; s > 0 means no, and the rows with a dual price are a reason.
    """
    matrix, upper, off, soft, columns = _matrix(blocks)
    if not len(upper):
        return None
    whole = _beside(matrix, soft[:, None])
    cost = np.zeros(len(columns) + 1)
    # prices of many rows add up to this: the solver takes those that are too small for none
    cost[-1] = scale = max(1.0, len(upper) / _MOST_ROWS) ** 2
    result = _solve(cost, whole, upper - off, 1)
    if result.status != 0 or result.fun / scale <= _TOLERANCE:
        return None
    prices = np.abs(result.ineqlin.marginals) / scale
    return {int(n): float(prices[n]) for n in np.flatnonzero(prices)}


def infeasible(rows: Sequence[Inequality], units: Mapping[Var, float]) -> list[int] | None:
    """The same for rows by themselves."""
    found = _support([_RowBlock.of(rows, frozenset(), units, {})])
    return None if found is None else [n for n, price in found.items() if price > _PRICE]


def _broken(batch: Sequence[tuple[Component, Sequence[_RowBlock]]]) -> list[Component]:
    """Those of some components that cannot hold together."""
    if len(batch) == 1 and _feasible(batch[0][1]):
        return []
    slacks = _slacks([blocks for _, blocks in batch])
    return [component for (component, _), slack in zip(batch, slacks, strict=True) if slack > _TOLERANCE / 10]


def _slacks(groups: Sequence[Sequence[_RowBlock]]) -> list[float]:
    """How far each of several groups is from holding, in one programme."""
    matrix, upper, off, soft, columns = _matrix([block for group in groups for block in group])
    if not len(upper):
        return [0.0] * len(groups)
    owner = np.repeat(np.arange(len(groups)), [sum(len(block.rows) for block in group) for group in groups])
    cost = np.concatenate([np.zeros(len(columns)), np.ones(len(groups))])
    result = _solve(
        cost,
        _beside(matrix, (soft, (np.arange(len(upper)), owner)), (len(upper), len(groups))),
        upper - off,
        len(groups),
    )
    if result.status != 0:
        return [1.0] * len(groups)
    return [float(value) for value in result.x[len(columns) :]]


def _rounded(rows: Sequence[Inequality], prices: Sequence[float]) -> Proof | None:
    """Take the prices of the programme for multipliers, rounded to simple fractions; exact arithmetic decides."""
    least = min(prices)
    multipliers = tuple(Fraction(price / least).limit_denominator(1000) for price in prices)
    proof = Proof(tuple(rows), multipliers)
    return proof if proof.holds() else None


def _shrunk(rows: Sequence[Inequality], among: Sequence[Inequality], units: Mapping[Var, float]) -> Proof | None:
    """A proof from an irreducible set of some rows that cannot hold together."""
    if len(rows) > _MOST_ROWS:
        return None
    return _combined(irreducible(list(rows), lambda rest: infeasible(rest, units)), among)


def _combined(rows: Sequence[Inequality], among: Sequence[Inequality]) -> Proof | None:
    """A proof from the one combination of rows in which every variable cancels.

    Where a figure is as good as fixed, the programme may name the wrong one of its two ends: a negative multiplier of
    an end is a positive one of the other end.
    """
    multipliers = _cancelling(rows)
    if multipliers is None:
        return None
    signed = list(zip(rows, multipliers, strict=True))
    if any(value < 0 for value in multipliers):
        ends: dict[tuple[Var, bool], Inequality] = {}
        for row in (*rows, *among):
            place = _end(row)
            if place is not None and (place not in ends or _tight(row) < _tight(ends[place])):
                ends[place] = row
        for number, (row, value) in enumerate(signed):
            place = _end(row)
            other = None if place is None or value > 0 else ends.get((place[0], not place[1]))
            if other is not None:
                signed[number] = other, -value * abs(row.terms[0][1] / other.terms[0][1])
    summed: dict[Inequality, Fraction] = {}
    for row, value in signed:
        summed[row] = summed.get(row, ZERO) + value
    proof = Proof(tuple(summed), tuple(summed.values()))
    return proof if proof.holds() else None


def _end(row: Inequality) -> tuple[Var, bool] | None:
    """The variable of which a row is an end, and whether it is the upper one."""
    return (row.terms[0][0], row.terms[0][1] > 0) if len(row.terms) == 1 else None


def _tight(row: Inequality) -> tuple[Fraction, bool]:
    """How close an end is, the closest first."""
    return row.upper / abs(row.terms[0][1]), not row.strict


def _cancelling(rows: Sequence[Inequality]) -> tuple[Fraction, ...] | None:
    """The one combination of rows in which every variable cancels; None where there is none, or more than one.

    Sparse elimination: the equation of the fewest rows first, and in it the row that the fewest equations hold.
    """
    equations: dict[Var, dict[int, Fraction]] = {}
    for column, row in enumerate(rows):
        for var, coefficient in row.terms:
            line = equations.setdefault(var, {})
            line[column] = line.get(column, ZERO) + coefficient
    lines = [{column: value for column, value in line.items() if value} for line in equations.values()]
    holders: list[set[int]] = [set() for _ in rows]
    for number, line in enumerate(lines):
        for column in line:
            holders[column].add(number)
    queue = [(len(line), number) for number, line in enumerate(lines)]
    heapify(queue)
    solved: list[tuple[int, dict[int, Fraction]]] = []
    while queue:
        length, number = heappop(queue)
        line, lines[number] = lines[number], {}
        if not line:
            continue  # 0 = 0, or solved already
        if length < len(line):
            lines[number] = line
            continue  # it was queued again when it became longer
        pivot = min(line, key=lambda column: (len(holders[column]), column))
        head = line.pop(pivot)
        line = {column: value / head for column, value in line.items()}
        for column in (pivot, *line):
            holders[column].discard(number)
        for other in sorted(holders[pivot]):
            _subtract(lines[other], line, lines[other].pop(pivot), holders, other)
            heappush(queue, (len(lines[other]), other))
        holders[pivot].clear()
        solved.append((pivot, line))
    loose = set(range(len(rows))) - {pivot for pivot, _ in solved}
    if len(loose) != 1:
        return None
    found = {loose.pop(): ONE}
    for pivot, line in reversed(solved):
        found[pivot] = -sum((value * found[column] for column, value in line.items()), ZERO)
    return tuple(found[column] for column in range(len(rows)))


def _subtract(
    target: dict[int, Fraction], line: Mapping[int, Fraction], factor: Fraction, holders: list[set[int]], number: int
) -> None:
    """Take a multiple of one equation from another, and keep count of which equations hold a row."""
    for column, value in line.items():
        left = target.get(column, ZERO) - factor * value
        if left:
            target[column] = left
            holders[column].add(number)
        elif column in target:
            del target[column]
            holders[column].discard(number)


def _span(blocks: Sequence[_RowBlock], unit: float, number: int | None) -> tuple[float | None, float | None]:
    """Smallest and largest value of a variable; open ends are taken as closed."""
    matrix, upper, _, _, columns = _matrix(blocks)
    at = np.flatnonzero(columns == number)
    if not len(at):
        return None, None
    ends: list[float | None] = []
    for sign in (1.0, -1.0):
        cost = np.zeros(len(columns))
        cost[at] = sign
        result = _solve(cost, matrix, upper + 1e-9, 0)
        ends.append(round(sign * result.fun * unit, 7) if result.status == 0 else None)
    return ends[0], ends[1]


# --- All statements of a survey: what each generator finds, in a fixed order.


def statements(facts: Facts) -> tuple[Statement, ...]:
    """List what ties the printed figures of a survey.

    Parameters
    ----------
    facts : Facts
        The facts.

    Returns
    -------
    tuple of Statement
        Statements by kind, each with the arithmetic behind it.

    Notes
    -----
    A statement ``sum a_j v_j {=, <=, >=} b`` holds for the values that were rounded in print.  What it takes as
    given (a relation, a population, how answers were weighted) is named in ``rests_on``.

    References
    ----------
    Fellegi, I. P. & Holt, D. (1976). A systematic approach to automatic edit and imputation. Journal of the American
    Statistical Association 71, 17-35. doi:10.1080/01621459.1976.10481472

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> found = statements(Facts.of(load("inspark-2025")))
    >>> sorted({statement.kind for statement in found})[:2]
    ['exclusive', 'exhaustive']
    """
    sources = Sources.of(facts)
    found: dict[str, Statement] = {}
    for make in generators():
        for statement in make(sources):
            found.setdefault(statement.id, statement)
    return tuple(found.values())
