"""How do statements of print become rows of whole numbers, and what is a solver asked?  No solver is named here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor, lcm

from aibaro.errors import InputError
from aibaro.published.schema import WHOLE_BASE
from aibaro.reconstruct.items import ItemSystem, PrintedShare

# a common denominator up to this is kept exactly; beyond it rows are rounded outward at this scale
SCALE = 10**7


@dataclass(frozen=True, slots=True)
class LinearRow:
    """An exact linear constraint: lower <= sum of coefficient times unknown <= upper.

    Parameters
    ----------
    name : str
        The statement behind it.
    coefficients : mapping of int to Fraction
        Unknown h is x_h, unknown H + h is y_h.
    lower, upper : Fraction or None
        The ends; None for none.
    """

    name: str
    coefficients: Mapping[int, Fraction]
    lower: Fraction | None
    upper: Fraction | None

    def value(self, unknowns: Sequence[int]) -> Fraction:
        """Evaluate the sum exactly."""
        return sum((c * unknowns[i] for i, c in self.coefficients.items()), Fraction(0))

    def holds(self, unknowns: Sequence[int]) -> bool:
        """Tell whether the constraint holds exactly."""
        return _between(self.lower, self.value(unknowns), self.upper)


@dataclass(frozen=True, slots=True)
class IntegerRow:
    """A constraint in whole numbers that every solution of its exact row satisfies.

    Parameters
    ----------
    name : str
        The statement behind it.
    coefficients : tuple of (int, int)
        Pairs of unknown and coefficient.
    lower, upper : int or None
        The ends; None for none.
    """

    name: str
    coefficients: tuple[tuple[int, int], ...]
    lower: int | None
    upper: int | None

    def holds(self, unknowns: Sequence[int]) -> bool:
        """Tell whether the constraint holds."""
        return _between(self.lower, sum(c * unknowns[i] for i, c in self.coefficients), self.upper)


def _between(lower: Fraction | int | None, value: Fraction | int, upper: Fraction | int | None) -> bool:
    return (lower is None or value >= lower) and (upper is None or value <= upper)


def linear_rows(system: ItemSystem) -> tuple[LinearRow, ...]:
    """Write every statement of a system as exact rows.

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct.items import own_item
    >>> len(linear_rows(own_item(load("flanders-2023"), "at_least_one")))
    17
    """
    size, weights = system.design.size, system.design.exact_weights
    rows: list[LinearRow] = []
    for share in system.shares:
        everybody = share.base == WHOLE_BASE
        rows += [_share_of_all(system, share, 0, weights)] if everybody else _ratio_rows(share, size, weights)
    rows += [_share_of_all(system, share, size, weights) for share in system.base_shares]
    if system.total is not None:
        rows.append(_total(f"respondents with {system.name}", range(size), system.total))
    if system.base_total is not None and not system.whole:
        rows.append(_total(f"respondents in {system.base}", range(size, 2 * size), system.base_total))
    return (*rows, *_overlap_rows(system), *_tie_rows(system))


def _tie_rows(system: ItemSystem) -> list[LinearRow]:
    """Write what print says of tied sets, and that each holds the item's members or lies among them."""
    size, one = system.design.size, Fraction(1)
    rows: list[LinearRow] = []
    for k, tie in enumerate(system.ties, 1):
        for row in linear_rows(tie.system):
            moved = {k * size + h: c for h, c in row.coefficients.items()}
            rows.append(LinearRow(row.name, moved, row.lower, row.upper))
        for h in range(size):
            smaller, larger = (h, k * size + h) if tie.holds else (k * size + h, h)
            rows.append(LinearRow(f"{system.item}, {tie.system.item}", {larger: one, smaller: -one}, Fraction(0), None))
    return rows


def _overlap_rows(system: ItemSystem) -> list[LinearRow]:
    """Write what follows, for the members of a base alone, from the two sets that they are common to."""
    if system.overlap is None:
        return []
    design, size, weights = system.design, system.design.size, system.design.exact_weights
    low, high = system.overlap.sizes()
    rows = [
        LinearRow(
            f"respondents in {system.base}",
            dict.fromkeys(range(size, 2 * size), Fraction(1)),
            Fraction(low),
            Fraction(high),
        )
    ]
    for share in (s for own in system.overlap.sets for s in own.shares):
        population = int(design.population[list(share.strata)].sum())
        rows.append(LinearRow(share.name, {size + h: weights[h] for h in share.strata}, None, share.upper * population))
    for part in system.overlap.parts:
        first = system.overlap.sets[0].share(part.domain, part.level)
        if first is not None:
            least = part.lower * first.lower * int(design.population[list(part.strata)].sum())
            rows.append(LinearRow(part.name, {size + h: weights[h] for h in part.strata}, least, None))
    return rows


def joint_rows(system: ItemSystem) -> tuple[LinearRow, ...]:
    """Write what ties a base to the two sets that it is common to.

    Notes
    -----
    Unknown 2 H + h is a member a_h of the first set, 3 H + h one g_h of the second, beside x_h and y_h:
    y_h <= a_h, y_h <= g_h and a_h + g_h - y_h <= n_h.
    """
    if system.overlap is None:
        return ()
    size, weights, one = system.design.size, system.design.exact_weights, Fraction(1)
    rows: list[LinearRow] = []
    for k, own in enumerate(system.overlap.sets, 2):
        rows += [
            LinearRow(r.name, {k * size + h: c for h, c in r.coefficients.items()}, r.lower, r.upper)
            for r in linear_rows(own)
        ]
        rows += [
            LinearRow("y_h <= a_h, g_h", {size + h: one, k * size + h: -one}, None, Fraction(0)) for h in range(size)
        ]
    for h, n in enumerate(system.design.respondents):
        terms = {2 * size + h: one, 3 * size + h: one, size + h: -one}
        rows.append(LinearRow("a_h + g_h - y_h <= n_h", terms, None, Fraction(int(n))))
    for part in system.overlap.parts:
        terms = {size + h: weights[h] for h in part.strata}
        terms |= {2 * size + h: -part.lower * weights[h] for h in part.strata}
        rows.append(LinearRow(part.name, terms, Fraction(0), None))
    return tuple(rows)


def _ratio_rows(share: PrintedShare, size: int, weights: Sequence[Fraction]) -> list[LinearRow]:
    rows = []
    for end, side in ((share.lower, 0), (share.upper, 1)):
        terms = {h: weights[h] for h in share.strata}
        terms |= {size + h: -end * weights[h] for h in share.strata}
        bounds = (Fraction(0), None) if side == 0 else (None, Fraction(0))
        rows.append(LinearRow(share.name, terms, *bounds))
    return rows


def integer_rows(rows: Iterable[LinearRow]) -> tuple[IntegerRow, ...]:
    """Scale exact rows to whole numbers, rounding outward.

    Examples
    --------
    >>> row = LinearRow("thirds", {0: Fraction(1, 3), 1: Fraction(1, 2)}, Fraction(1), None)
    >>> integer_rows([row])[0].coefficients, integer_rows([row])[0].lower
    (((0, 2), (1, 3)), 6)
    """
    scaled: list[IntegerRow] = []
    for row in rows:
        common = lcm(*(c.denominator for c in row.coefficients.values()))
        if common <= SCALE:
            low = None if row.lower is None else ceil(row.lower * common)
            high = None if row.upper is None else floor(row.upper * common)
            scaled.append(IntegerRow(row.name, _scaled(row, common, floor), low, high))
            continue
        if row.lower is not None:
            scaled.append(IntegerRow(row.name, _scaled(row, SCALE, ceil), ceil(row.lower * SCALE), None))
        if row.upper is not None:
            scaled.append(IntegerRow(row.name, _scaled(row, SCALE, floor), None, floor(row.upper * SCALE)))
    return tuple(scaled)


def exact_rows(rows: Iterable[LinearRow]) -> tuple[IntegerRow, ...]:
    """Scale exact rows to whole numbers without rounding a coefficient, however large the common denominator.

    Examples
    --------
    >>> row = LinearRow("thirds", {0: Fraction(1, 3), 1: Fraction(1, 2)}, Fraction(1), None)
    >>> exact_rows([row])[0].coefficients, exact_rows([row])[0].lower
    (((0, 2), (1, 3)), 6)
    """
    scaled = []
    for row in rows:
        common = lcm(*(c.denominator for c in row.coefficients.values()))
        # the sum of whole numbers is whole, so that rounding its ends inward loses nothing
        low = None if row.lower is None else ceil(row.lower * common)
        high = None if row.upper is None else floor(row.upper * common)
        scaled.append(IntegerRow(row.name, _scaled(row, common, int), low, high))
    return tuple(scaled)


def violated(system: ItemSystem, unknowns: Sequence[int], rows: Sequence[IntegerRow] | None = None) -> tuple[str, ...]:
    """Name the statements that counts fail, in exact arithmetic.

    Parameters
    ----------
    system : ItemSystem
        The statements.
    unknowns : sequence of int, length H, 2 H or 4 H
        x_h, then y_h when the base is not everybody; then, where the base is common to two sets, the members of both,
        which show that all their statements can hold too.
    rows : sequence of IntegerRow, optional
        The system's rows by :func:`exact_rows`, where many counts are tried; by default they are made here.

    Returns
    -------
    tuple of str
        Names of the failed statements; empty when the counts are consistent with print.

    Notes
    -----
    A statement holds when low <= Σ_h a_h x_h <= high in fractions; also 0 <= x_h <= y_h <= n_h.

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import small_survey
    >>> from aibaro.reconstruct import own_item
    >>> system = own_item(small_survey(tempfile.mkdtemp()), "use")
    >>> violated(system, [4, 15]), violated(system, [4, 14])
    ((), ('use', 'use|size=large'))
    """
    size = system.design.size
    limits = system.design.respondents.tolist()
    inside = list(unknowns[size : 2 * size]) if not system.whole else limits
    own: Sequence[LinearRow | IntegerRow] = linear_rows(system) if rows is None else rows
    failed = [row.name for row in own if not row.holds(unknowns)]
    triples = zip(unknowns[:size], inside, limits, strict=True)
    if not all(0 <= x <= y <= n for x, y, n in triples):
        failed.append("0 <= x_h <= y_h <= n_h")
    if system.ties and not all(0 <= v <= n for v, n in zip(unknowns[size:], limits * len(system.ties), strict=True)):
        failed.append("0 <= counts of tied sets <= n_h")
    if system.overlap is not None and len(unknowns) > 2 * size:
        failed += [row.name for row in joint_rows(system) if not row.holds(unknowns)]
        if not all(0 <= v <= n for v, n in zip(unknowns[2 * size :], limits * 2, strict=True)):
            failed.append("0 <= a_h, g_h <= n_h")
    return tuple(failed)


def _share_of_all(system: ItemSystem, share: PrintedShare, offset: int, weights: Sequence[Fraction]) -> LinearRow:
    population = int(system.design.population[list(share.strata)].sum())
    terms = {offset + h: weights[h] for h in share.strata}
    return LinearRow(share.name, terms, share.lower * population, share.upper * population)


def _total(name: str, unknowns: Iterable[int], total: int) -> LinearRow:
    return LinearRow(name, dict.fromkeys(unknowns, Fraction(1)), Fraction(total), Fraction(total))


def _scaled(row: LinearRow, scale: int, direction: Callable[[Fraction], int]) -> tuple[tuple[int, int], ...]:
    return tuple((i, direction(c * scale)) for i, c in sorted(row.coefficients.items()))


# --- What is asked of a solver, and what does it answer? No solver is named here.

SENSES = ("max", "min")


@dataclass(frozen=True, slots=True)
class SeparableProgram:
    """Whole unknowns, linear rows, and an objective that is a sum of one table per unknown.

    Parameters
    ----------
    lower, upper : tuple of int
        Range of each unknown.
    rows : tuple of IntegerRow
        Constraints.
    sense : {"max", "min"}
        Direction.
    tables : mapping of int to sequence of int
        Objective contribution of an unknown at the values lower, lower + 1, ..., upper; unknowns without a table
        contribute nothing.
    allowed : tuple
        Pairs of unknowns and the tuples of values that they may take together.
    prices : mapping of int to sequence of int
        Objective contribution of each tuple of an entry of ``allowed``, by the entry's number.
    targets : mapping of int to (int, int)
        Wished value of an unknown and the price of each unit of distance from it: a cost to be minimised, in place
        of tables.
    """

    lower: tuple[int, ...]
    upper: tuple[int, ...]
    rows: tuple[IntegerRow, ...]
    sense: str = "max"
    tables: Mapping[int, Sequence[int]] = field(default_factory=dict)
    allowed: tuple[tuple[tuple[int, ...], tuple[tuple[int, ...], ...]], ...] = ()
    targets: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    prices: Mapping[int, Sequence[int]] = field(default_factory=dict)

    def objective(self, unknowns: Sequence[int]) -> int:
        """Evaluate the objective."""
        value = sum(table[unknowns[i] - self.lower[i]] for i, table in self.tables.items())
        for number, prices in self.prices.items():
            members, tuples = self.allowed[number]
            value += prices[tuples.index(tuple(unknowns[i] for i in members))]
        return value


@dataclass(frozen=True, slots=True)
class Outcome:
    """Answer of a solver.

    Parameters
    ----------
    status : {"optimal", "feasible", "infeasible", "unknown"}
        What was proved.
    bound : int or None
        Proved bound of the objective: nothing consistent lies beyond it.
    unknowns : tuple of int or None
        Best solution found.
    work : float
        Deterministic work, in the solver's own unit.
    solver : str
        Name and version.
    """

    status: str
    bound: int | None
    unknowns: tuple[int, ...] | None
    work: float
    solver: str


def scaled_tables(
    tables: Mapping[int, Sequence[Fraction]], sense: str, resolution: int = 10**13
) -> tuple[dict[int, list[int]], Fraction]:
    """Scale exact tables to whole numbers, rounding outward.

    Examples
    --------
    >>> scaled_tables({0: [Fraction(0), Fraction(1, 3)]}, "max", 10)
    ({0: [0, 10]}, Fraction(30, 1))
    """
    if sense not in SENSES:
        raise InputError("unknown direction", parameter="sense", expected=" or ".join(SENSES), got=repr(sense))
    rounder: Callable[[Fraction], int] = ceil if sense == "max" else floor
    top = sum((max(abs(v) for v in table) for table in tables.values()), Fraction(0))
    factor = resolution / top if top else Fraction(1)
    return {i: [rounder(v * factor) for v in table] for i, table in tables.items()}, Fraction(factor)
