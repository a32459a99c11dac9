"""How large and how small can the standard error of a share of everybody be?  Solved exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from aibaro.errors import ConflictError, InputError
from aibaro.reconstruct._items import ItemSystem, Mask
from aibaro.reconstruct.program import Outcome, SeparableProgram, scaled_tables
from aibaro.reconstruct.rows import IntegerRow, integer_rows, linear_rows, violated
from aibaro.reconstruct.solvers import solve
from aibaro.reconstruct.variance import exact_variance, variance_factors


@dataclass(frozen=True, slots=True)
class Extreme:
    """One end of the range of a quantity over all tables that print allows.

    Parameters
    ----------
    outer : Fraction
        Rigorous bound: no consistent table lies beyond it.
    inner : Fraction or None
        Value that the witness attains; None without a witness.
    witness : tuple of int or None
        Consistent counts x_h (and y_h among a base), checked in exact arithmetic.
    proof : str
        Solver and version, or the method that proved the bound.
    work : float
        Deterministic work spent.
    """

    outer: Fraction
    inner: Fraction | None
    witness: tuple[int, ...] | None
    proof: str
    work: float


def base_program(system: ItemSystem) -> SeparableProgram:
    """Write the constraints of a system as a program without objective."""
    limits = system.design.respondents.tolist()
    size = len(limits)
    rows = integer_rows(linear_rows(system))
    if not system.whole:
        order = (Order(h, size + h) for h in range(size))
        rows += tuple(o.row() for o in order)
        limits = limits * 2
    return SeparableProgram((0,) * len(limits), tuple(limits), rows)


@dataclass(frozen=True, slots=True)
class Order:
    """The requirement that one unknown is at most another."""

    smaller: int
    larger: int

    def row(self) -> IntegerRow:
        """Write it as a row."""
        return IntegerRow("x_h <= y_h", ((self.smaller, 1), (self.larger, -1)), None, 0)


def share_variance_tables(system: ItemSystem, strata: Mask, fpc: str = "population") -> dict[int, list[Fraction]]:
    """Tabulate the contribution of each stratum to the variance of a share of everybody."""
    factors, limits = variance_factors(system.design, fpc), system.design.respondents.tolist()
    population = int(system.design.population[list(strata)].sum())
    return {
        h: [factors[h] * Fraction(x * (limits[h] - x), limits[h] * population**2) for x in range(limits[h] + 1)]
        for h in strata
    }


def share_extreme(
    system: ItemSystem, strata: Mask, sense: str, *, solver: str = "auto", work: float = 20.0, fpc: str = "population"
) -> Extreme:
    """Bound the variance of a share of everybody."""
    if not system.whole:
        raise InputError("this bound is for shares of everybody", parameter="system", got=system.name)
    exact = share_variance_tables(system, strata, fpc)
    tables, factor = scaled_tables(exact, sense)
    empty = base_program(system)
    program = SeparableProgram(empty.lower, empty.upper, empty.rows, sense, tables)
    outcome = solve(program, solver=solver, work=work)
    ceiling = sum((max(t) for t in exact.values()), Fraction(0))
    return extreme_from(system, strata, sense, outcome, factor=factor, ceiling=ceiling, fpc=fpc)


def extreme_from(
    system: ItemSystem,
    strata: Mask,
    sense: str,
    outcome: Outcome,
    *,
    factor: Fraction,
    ceiling: Fraction,
    fpc: str = "population",
) -> Extreme:
    """Turn a solver's answer into bounds of the variance."""
    if outcome.status == "infeasible":
        raise ConflictError(
            "no table of counts meets everything that is printed",
            where=system.name,
            hint="reconstruct.conflict names an irreducible set",
        )
    loosest = ceiling if sense == "max" else Fraction(0)
    outer = loosest if outcome.bound is None else max(Fraction(outcome.bound) / factor, Fraction(0))
    outer = min(outer, ceiling)
    witness = outcome.unknowns
    if witness is not None and violated(system, witness):
        witness = None
    inner = None if witness is None else exact_variance(system, strata, witness, fpc)
    return Extreme(outer, inner, witness, outcome.solver, outcome.work)
