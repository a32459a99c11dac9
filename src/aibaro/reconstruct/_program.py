"""What is asked of a solver, and what does it answer?  No solver is named here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from aibaro.errors import InputError
from aibaro.reconstruct._rows import IntegerRow

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

    def objective(self, unknowns: Sequence[int]) -> int:
        """Evaluate the objective."""
        return sum(table[unknowns[i] - self.lower[i]] for i, table in self.tables.items())


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
