"""CP-SAT as the first solver: one worker, a fixed seed, and a limit in deterministic work."""

from __future__ import annotations

from importlib import metadata
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

from aibaro.errors import MissingDependencyError
from aibaro.reconstruct.program import Outcome, SeparableProgram


def available() -> bool:
    """Tell whether OR-Tools is installed."""
    return find_spec("ortools") is not None


def solve(
    program: SeparableProgram,
    *,
    work: float = 20.0,
    seed: int = 1,
    hint: tuple[int | None, ...] | None = None,
    gap: int = 0,
) -> Outcome:
    """Solve a program with CP-SAT.

    Notes
    -----
    Objective tables are element constraints.  CP-SAT leaves no certificate of its bound: a bound is proved by
    recomputation with the recorded version.
    """
    if not available():
        raise MissingDependencyError(
            "CP-SAT needs OR-Tools",
            parameter="solver",
            expected="ortools",
            hint="install aibaro[exact], or use solver='highs'",
        )
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    unknowns = [model.new_int_var(lo, hi, "") for lo, hi in zip(program.lower, program.upper, strict=True)]
    _add_constraints(model, unknowns, program)
    terms = [_element(model, unknowns[i], program.lower[i], list(table)) for i, table in sorted(program.tables.items())]
    terms += _priced(model, unknowns, program)
    if terms:
        (model.maximize if program.sense == "max" else model.minimize)(sum(terms))
    if program.targets:
        model.minimize(sum(_distance(model, unknowns[i], *wish) for i, wish in sorted(program.targets.items())))
    if hint is not None:
        for unknown, value in zip(unknowns, hint, strict=True):
            if value is not None:
                model.add_hint(unknown, value)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    # else the solver takes Ctrl-C for itself, and leaves no handler behind
    solver.parameters.catch_sigint_signal = False
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = work
    solver.parameters.absolute_gap_limit = gap
    status = solver.solve(model)
    name = {cp_model.OPTIMAL: "optimal", cp_model.FEASIBLE: "feasible", cp_model.INFEASIBLE: "infeasible"}
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    values = tuple(solver.value(u) for u in unknowns) if found else None
    bound = None
    if found and terms:
        # a small bound may be the difference of large numbers, each of which passed through a double
        size = sum(max(map(abs, table)) for table in (*program.tables.values(), *program.prices.values()))
        bound = _whole_bound(solver.best_objective_bound, program.sense, size)
    return Outcome(name.get(status, "unknown"), bound, values, solver.response_proto.deterministic_time, version())


def version() -> str:
    """Name the solver and its version."""
    return f"ortools {metadata.version('ortools')}"


def _whole_bound(bound: float, sense: str, size: int) -> int:
    """Round outward: CP-SAT reports its whole bound as a double, of an objective of at most this size."""
    near = round(bound)
    spare = 0 if size < 2**53 else 2 ** (size.bit_length() - 52)
    return near + spare if sense == "max" else near - spare


def _add_constraints(model: Any, unknowns: list[Any], program: SeparableProgram) -> None:
    for row in program.rows:
        total = sum(c * unknowns[i] for i, c in row.coefficients)
        if row.lower is not None and row.lower == row.upper:
            model.add(total == row.lower)
            continue
        if row.lower is not None:
            model.add(total >= row.lower)
        if row.upper is not None:
            model.add(total <= row.upper)
    for number, (members, tuples) in enumerate(program.allowed):
        if number not in program.prices:
            model.add_allowed_assignments([unknowns[i] for i in members], tuples)


def _priced(model: Any, unknowns: list[Any], program: SeparableProgram) -> list[Any]:
    """Let a number say which tuple is taken, and so what it costs."""
    terms = []
    for number, prices in sorted(program.prices.items()):
        members, tuples = program.allowed[number]
        taken = model.new_int_var(0, len(tuples) - 1, "")
        rows = [(*values, k) for k, values in enumerate(tuples)]
        model.add_allowed_assignments([*(unknowns[i] for i in members), taken], rows)
        terms.append(_element(model, taken, 0, list(prices)))
    return terms


def _distance(model: Any, unknown: Any, target: int, price: int) -> Any:
    away = model.new_int_var(0, 10**9, "")
    model.add(away >= unknown - target)
    model.add(away >= target - unknown)
    return price * away


def _element(model: Any, unknown: Any, offset: int, table: list[int]) -> Any:
    slope = table[1] - table[0] if len(table) > 1 else 0
    if all(b - a == slope for a, b in pairwise(table)):
        # a straight line needs no table
        return slope * (unknown - offset) + table[0]
    value = model.new_int_var(min(table), max(table), "")
    model.add_element(unknown - offset, table, value)
    return value
