"""By how much would one printed number have to differ for all numbers of its item to hold together?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from aibaro.reconstruct._items import ItemSystem, PrintedShare
from aibaro.reconstruct.dual import DualBounds
from aibaro.reconstruct.feasible import base_system, members_of_base, with_members
from aibaro.reconstruct.program import SeparableProgram
from aibaro.reconstruct.rows import IntegerRow, LinearRow, integer_rows, violated
from aibaro.reconstruct.solvers import solve

# the nearest counts are sought with this much work; any counts found are an answer
WORK = 0.15
# steepest slope of the objective
STEEPEST = 10**6


def reconciling_shift(system: ItemSystem, member: PrintedShare) -> Fraction | None:
    """Find a change of one printed percentage after which all numbers of the item can hold together."""
    rest = system.without(member)
    bounds = DualBounds(rest)
    if bounds.contradiction():
        return None
    of_item = any(s is member for s in system.shares)
    lower, upper = bounds.share(member.strata) if of_item else bounds.base_share(member.strata)
    found = []
    for sense, reachable in (("min", upper >= member.upper), ("max", lower <= member.lower)):
        value = _nearest(rest, member, sense, of_item) if reachable else None
        if value is not None:
            found.append(_whole_units(member, value))
    return min(found, key=abs, default=None)


def _whole_units(member: PrintedShare, value: Fraction) -> Fraction:
    unit = max(member.upper - member.lower, Fraction(1, 10**6))
    if value > member.upper:
        return 100 * unit * -((member.upper - value) // unit)
    return 100 * unit * ((value - member.lower) // unit)


def _nearest(rest: ItemSystem, member: PrintedShare, sense: str, of_item: bool) -> Fraction | None:
    """Give the share nearest to a printed one, on one side of it, that verified counts have."""
    weights, strata = rest.design.exact_weights, member.strata
    members = members_of_base(rest) if of_item else None
    system = rest if of_item else base_system(rest)
    if of_item and members is None:
        return None
    sizes = members if members is not None else tuple(int(n) for n in rest.design.respondents)
    total = sum((weights[h] * sizes[h] for h in strata), Fraction(0))
    if not total:
        return None
    program = with_members(system, sizes) if of_item else with_members(system, ())
    edge = (member.upper if sense == "min" else member.lower) * total
    ends = (edge, None) if sense == "min" else (None, edge)
    rows = integer_rows([LinearRow("beyond print", {h: weights[h] for h in strata}, *ends)])
    outcome = solve(_aimed(program, {h: weights[h] for h in strata}, rows, sense), work=WORK)
    counts = outcome.unknowns
    if counts is None or violated(system, counts):
        return None
    if not of_item and not rest.whole:
        # the item must be possible among these members too
        inner = solve(with_members(rest, counts), work=WORK).unknowns
        if inner is None or violated(rest, inner):
            return None
    return sum((weights[h] * counts[h] for h in strata), Fraction(0)) / total


def _aimed(
    program: SeparableProgram, slopes: dict[int, Fraction], rows: tuple[IntegerRow, ...], sense: str
) -> SeparableProgram:
    steepest = max(slopes.values())
    whole = {i: int(c * STEEPEST / steepest) for i, c in slopes.items()}
    tables = {i: [c * v for v in range(program.lower[i], program.upper[i] + 1)] for i, c in whole.items()}
    return replace(program, rows=(*program.rows, *rows), sense=sense, tables=tables)
