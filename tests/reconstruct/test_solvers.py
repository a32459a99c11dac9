"""What a solver proves holds for every solution: small programs against enumeration, whatever the size of numbers."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aibaro.reconstruct import cpsat, highs
from aibaro.reconstruct.program import IntegerRow, SeparableProgram

pytest.importorskip("ortools")

# objectives as scaled tables have them, up to the digits that a double no longer holds
VALUES = st.one_of(st.integers(-9, 9), st.integers(-(10**13), 10**13), st.integers(2**53, 2**56))


@st.composite
def programs(draw: st.DrawFn) -> SeparableProgram:
    """Three unknowns from 0 to 3, one or two rows that some solution meets to the last unit, often with equality."""
    tables = {i: draw(st.lists(VALUES, min_size=4, max_size=4)) for i in range(3)}
    rows = []
    for _ in range(draw(st.integers(1, 2))):
        size = draw(st.sampled_from([5, 10**6, 10**9]))
        terms = tuple((i, draw(st.integers(-size, size))) for i in range(3))
        total = sum(c * draw(st.integers(0, 3)) for _, c in terms)
        width = draw(st.sampled_from([0, 0, size]))
        rows.append(IntegerRow("row", terms, total - width, total))
    return SeparableProgram((0,) * 3, (3,) * 3, tuple(rows), draw(st.sampled_from(["max", "min"])), tables)


def solutions(program: SeparableProgram) -> list[tuple[int, ...]]:
    """All solutions, by trying every point."""
    points = product(*(range(lo, hi + 1) for lo, hi in zip(program.lower, program.upper, strict=True)))
    return [point for point in points if all(row.holds(point) for row in program.rows)]


# CP-SAT adds the middle of a table to its bound: in doubles, one unit was lost on the wrong side
_ROWS = (IntegerRow("row", ((0, 0), (1, 0), (2, 1)), 2, 2),)
_LOST = SeparableProgram((0,) * 3, (3,) * 3, _ROWS, "max", {0: [0] * 4, 1: [0, 0, 0, 2**53 + 153], 2: [0, 0, -153, 0]})


@settings(max_examples=80)
@example(_LOST)
@given(programs())
def test_bounds_lie_outside_of_every_solution(program: SeparableProgram) -> None:
    found = solutions(program)
    best = max if program.sense == "max" else min
    for name, outcome in (("cpsat", cpsat.solve(program)), ("highs", highs.solve(program))):
        if not found:
            # HiGHS may take rows that miss by less than its tolerance; an empty program is never called met by CP-SAT
            assert outcome.status == "infeasible" or name == "highs"
            continue
        truth = best(program.objective(point) for point in found)
        assert outcome.status == "optimal"
        assert outcome.bound is not None
        assert best(truth, outcome.bound) == outcome.bound
        if name == "cpsat":
            assert outcome.unknowns in found
            assert program.objective(outcome.unknowns or ()) == truth
            size = sum(max(map(abs, table)) for table in program.tables.values())
            assert abs(outcome.bound - truth) <= 2**-50 * size


@given(st.integers(-(2**62), 2**62))
def test_a_bound_that_passed_through_a_double_is_rounded_outward(bound: int) -> None:
    assert cpsat._whole_bound(float(bound), "max", abs(bound)) >= bound
    assert cpsat._whole_bound(float(bound), "min", abs(bound)) <= bound
    if abs(bound) < 2**53:
        assert {cpsat._whole_bound(float(bound), sense, abs(bound)) for sense in ("max", "min")} == {bound}
