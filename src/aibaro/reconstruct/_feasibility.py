"""Can these statements hold together?  Answered by a verified table, or by a proof that there is none."""

from __future__ import annotations

from dataclasses import replace

from aibaro.errors import ConflictError
from aibaro.published.schema import WHOLE_BASE
from aibaro.reconstruct import _cpsat as cpsat
from aibaro.reconstruct import _highs as highs
from aibaro.reconstruct._dual import DualBounds, proof
from aibaro.reconstruct._items import ItemSystem
from aibaro.reconstruct._program import SeparableProgram
from aibaro.reconstruct._rows import violated
from aibaro.reconstruct._solvers import solve
from aibaro.reconstruct._variance import base_program


def feasibility(system: ItemSystem, *, work: float = 10.0) -> tuple[str, tuple[int, ...] | None]:
    """Decide whether all statements of a system can hold together.

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct._items import own_item
    >>> feasibility(own_item(load("flanders-2023"), "plans"))[0]
    'feasible'
    """
    if DualBounds(system).contradiction():
        return "infeasible", None
    if not system.whole:
        try:
            counts = _in_stages(system, work) or _near_the_centre(system)
        except ConflictError:
            # a domain of few strata was enumerated, and none of its tables is left
            return "infeasible", None
        if counts is not None:
            return "feasible", counts
    outcome = solve(base_program(system), work=work)
    if outcome.unknowns is not None and not violated(system, outcome.unknowns):
        return "feasible", outcome.unknowns
    return ("infeasible" if outcome.status == "infeasible" else "unknown"), None


def quick_feasibility(system: ItemSystem, *, work: float) -> str:
    """Decide the same within little work: feasible, infeasible or unknown, without a search near the centre.

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct._items import own_item
    >>> quick_feasibility(own_item(load("flanders-2023"), "plans"), work=0.1)
    'feasible'
    """
    if DualBounds(system).contradiction():
        return "infeasible"
    if not system.whole and _in_stages(system, work) is not None:
        return "feasible"
    outcome = solve(base_program(system), work=work)
    if outcome.unknowns is not None and not violated(system, outcome.unknowns):
        return "feasible"
    return "infeasible" if outcome.status == "infeasible" else "unknown"


def infeasibility_proofs(system: ItemSystem, *, work: float = 10.0) -> tuple[str, ...]:
    """Prove in every way at hand that statements exclude each other."""
    found = [proof()] if DualBounds(system).contradiction() else []
    program = base_program(system)
    if cpsat.available() and cpsat.solve(program, work=work).status == "infeasible":
        found.append(f"{cpsat.version()} (CP-SAT), whole counts")
    if highs.solve(program, work=work, presolve="off").status == "infeasible":
        found.append(f"{highs.version()}, whole counts, presolve off")
    return tuple(found)


def members_of_base(system: ItemSystem, *, work: float = 10.0) -> tuple[int, ...] | None:
    """Find respondents in the base that meet what is printed of the base alone."""
    if system.whole or (not system.base_shares and system.base_total is None):
        return tuple(int(n) for n in system.design.respondents)
    return solve(base_program(base_system(system)), work=work).unknowns


def base_system(system: ItemSystem) -> ItemSystem:
    """Return what print says about the base, as a system about everybody."""
    return ItemSystem(system.design, system.base, WHOLE_BASE, system.base_shares, total=system.base_total)


def with_members(system: ItemSystem, members: tuple[int, ...]) -> SeparableProgram:
    """Write the program of a system whose base is settled."""
    program = base_program(system)
    if system.whole:
        return program
    size = system.design.size
    return replace(program, lower=program.lower[:size] + members, upper=members + members)


def _in_stages(system: ItemSystem, work: float) -> tuple[int, ...] | None:
    """Look for members of the base first, then for those of them with the item."""
    members = members_of_base(system, work=work)
    if members is None:
        return None
    counts = solve(with_members(system, members), work=min(work, 1.0)).unknowns
    return counts if counts is not None and not violated(system, counts) else None


def _near_the_centre(system: ItemSystem) -> tuple[int, ...] | None:
    from aibaro.reconstruct._base_search import BaseSearch

    return BaseSearch(system).any_witness()
