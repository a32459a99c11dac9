"""Tables of 0 and 1 with given sums."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aibaro.errors import InputError
from aibaro.rounding import Interval
from aibaro.synthesize._counts import ComponentModel, CountModel, Frame
from aibaro.synthesize._fill import random_rows
from aibaro.synthesize._memberships import BaseCell, Membership
from aibaro.synthesize._structure import Count, Family, ItemComponent, Tie


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=12), st.integers(0, 10**6))
def test_sums_of_any_table_can_be_drawn_again(table: list[list[bool]], seed: int) -> None:
    known = np.array(table, dtype=int)
    sums = known.sum(axis=1)
    classes = [(int((sums == k).sum()), k, k) for k in range(5)]
    drawn = random_rows(classes, known.sum(axis=0).tolist(), np.random.default_rng(seed))
    assert drawn.sum(axis=0).tolist() == known.sum(axis=0).tolist()
    assert sorted(drawn.sum(axis=1).tolist()) == sorted(sums.tolist())


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=12), st.integers(0, 10**6))
def test_ranges_of_row_sums_are_kept(table: list[list[bool]], seed: int) -> None:
    known = np.array(table, dtype=int)
    sums = known.sum(axis=1)
    classes = [(int((sums == 0).sum()), 0, 0), (int((sums == 1).sum()), 1, 1), (int((sums > 1).sum()), 2, 4)]
    drawn = random_rows(classes, known.sum(axis=0).tolist(), np.random.default_rng(seed))
    found = drawn.sum(axis=1)
    assert [(found == 0).sum(), (found == 1).sum(), (found > 1).sum()] == [c[0] for c in classes]


def test_impossible_sums_are_refused() -> None:
    with pytest.raises(InputError, match="no table"):
        random_rows([(2, 2, 2)], [2, 1, 0], np.random.default_rng(1))
    with pytest.raises(InputError, match="no table"):
        random_rows([(2, 2, 2)], [3, 1, 0], np.random.default_rng(1))
    with pytest.raises(InputError, match="no table"):
        random_rows([(1, 3, 3), (3, 1, 1)], [4, 2, 0], np.random.default_rng(1))


def test_trades_reach_every_table() -> None:
    seen = {random_rows([(3, 1, 1)], [1, 1, 1], np.random.default_rng(seed)).tobytes() for seed in range(200)}
    assert len(seen) == 6


def _all_sums(rows: int) -> set[tuple[int, ...]]:
    """Enumerate what tables of three columns can have: rows with none, one, two or more, then column sums."""
    found = set()
    for table in product(product((0, 1), repeat=3), repeat=rows):
        sums = [sum(row) for row in table]
        classes = (sums.count(0), sums.count(1), sums.count(2) + sums.count(3))
        found.add((*classes, *(sum(column) for column in zip(*table, strict=True))))
    return found


def test_conditions_on_counts_admit_just_the_tables_that_exist() -> None:
    parts = ("a", "b", "c")
    family = Family(parts, ((0, 0), (1, 1), (2, 3)), ())
    one, more = Tie("count", parts, "one", "", 1, 1), Tie("count", parts, "more", "", 2, 3)
    component = ItemComponent(
        (*parts, "one", "more"),
        (family,),
        (one, more),
        (),
        (BaseCell((Membership("all", ()),), ()),),
        (Count(family),),
        (),
    )
    rows = 4
    exist = _all_sums(rows)
    frame = Frame((Fraction(1),), np.array([[rows]]))
    for sums in product(range(rows + 1), repeat=3):
        for ones, mores in [(k, j) for k in range(rows + 1) for j in range(rows + 1 - k)]:
            built = ComponentModel(component, frame, [{}], {})
            values = zip((*parts, "one", "more"), (*sums, ones, mores), strict=True)
            fixed = {built.items[item, 0, 0]: value for item, value in values}
            found = built.model.solve(1, 1.0, fixed=fixed).status
            assert (found == "found") == ((rows - ones - mores, ones, mores, *sums) in exist)


@given(
    st.lists(st.fractions(min_value=Fraction(1, 50), max_value=30, max_denominator=977), min_size=2, max_size=4),
    st.fractions(min_value=0, max_value=40, max_denominator=100),
)
def test_inward_solutions_are_exact_and_outward_limits_lose_none(weights: list[Fraction], start: Fraction) -> None:
    band = Interval(start, start + Fraction(1, 4), True, False)
    tables = [
        t
        for t in product(range(4), repeat=len(weights))
        if sum((w * x for w, x in zip(weights, t, strict=True)), Fraction(0)) in band
    ]
    for rounding in ("inward", "outward"):
        model = CountModel(rounding=rounding)
        unknowns = [model.new(0, 3) for _ in weights]
        model.between(list(zip(weights, unknowns, strict=True)), band, "figure")
        outcome = model.solve(1, 1.0)
        if rounding == "inward" and outcome.status == "found":
            assert outcome.values in tables
        if rounding == "outward":
            assert outcome.status == "found" or not tables
