"""Open and closed ends, ties of rounding, and the characters of print: each by hand or against exact decimals."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.facts.sheets import sheet

from aibaro.consistency import group_sizes, judgements
from aibaro.consistency._grimmer import _steps
from aibaro.consistency.slips import keyboard
from aibaro.consistency.statement import Ends
from aibaro.facts import Facts
from aibaro.rounding import Interval

SUM = 'kind,parts,whole\nexhaustive,"a b",c'


def interval(printed: str, name: str, **parts: str) -> Interval | None:
    """What the other figures leave for one printing."""
    return judgements(Facts.of(sheet(f"id,item,base,printed\n{printed}", **parts)))[name].interval


def test_what_is_left_keeps_the_ends_of_the_figures_that_leave_it() -> None:
    three = "a,a,all,4%\nb,b,all,6%\nc,c,all,10%"
    # 4% and 6% stand for [3.5, 4.5) and [5.5, 6.5), 10% for [9.5, 10.5)
    whole = interval(three, "c", relations=SUM)
    assert whole == Interval(Fraction(9), Fraction(11), True, False)
    part = interval(three, "a", relations=SUM)
    assert part == Interval(Fraction(3), Fraction(5), False, False)


def test_a_number_that_is_printed_twice_is_held_against_itself() -> None:
    twice = "a,a,all,10%\nagain,a,all,10%"
    assert interval(twice, "a") == Interval(Fraction("9.5"), Fraction("10.5"), True, False)
    assert interval("a,a,all,10%", "a") is None


def test_digits_before_the_mark_take_part_in_slips() -> None:
    facts = Facts.of(sheet("id,item,base,printed\na,a,all,0.5%\nb,b,all,7%\nc,c,all,16%"))
    slips = dict(keyboard(facts.printing("a")))
    assert slips["swapped"] == [5]
    assert Fraction(15, 10) in slips["digit"]
    # a 1 looks like a 7, a 6 like a 9 and like a 0
    assert sorted(dict(keyboard(facts.printing("c")))["misread"]) == [10, 19, 76]
    # a single digit has no neighbour
    assert dict(keyboard(facts.printing("b")))["swapped"] == []


# squares of halves are where rules of rounding differ, so they are drawn on purpose
VARIANCES = st.one_of(st.fractions(0, 400, max_denominator=97), st.integers(0, 60).map(lambda k: Fraction(k * k, 4)))


@given(VARIANCES)
def test_the_root_of_a_variance_prints_as_exact_decimals_say(variance: Fraction) -> None:
    near = Context(prec=60)
    root = near.sqrt(near.divide(Decimal(variance.numerator), Decimal(variance.denominator)))
    up, even, low, high = (
        int(root.quantize(Decimal(1), rounding=rule))
        for rule in (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_FLOOR, ROUND_CEILING)
    )
    assert _steps(variance, "half_up") == {up}
    assert _steps(variance, "half_even") == {even}
    assert _steps(variance, "truncate") == {low}
    assert _steps(variance, "floor_or_ceil") == {low, high}
    assert _steps(variance, "nearest") == ({low, high} if 2 * root == low + high else {up})


@pytest.mark.parametrize(("printed", "total"), [(["3.43", "5.28"], 90)])
def test_sizes_of_groups_are_named_in_the_order_of_print(printed: list[str], total: int) -> None:
    found = group_sizes(printed, total, measure="mean", smallest=40)
    assert found.to_frame().columns.tolist() == ["n_1", "n_2"]
    assert (found.to_frame().sum(axis=1) == total).all()


@given(st.integers(-3, 3), st.integers(-3, 3), st.booleans(), st.booleans())
def test_ends_are_empty_when_no_value_lies_between_them(low: int, high: int, left: bool, right: bool) -> None:
    points = (Fraction(low), Fraction(low + high, 2), Fraction(high))
    inside = [p for p in points if (low < p or (low == p and not left)) and (p < high or (p == high and not right))]
    assert Ends(Fraction(low), Fraction(high), left, right).empty == (not inside)
    assert not Ends(None, Fraction(high), left, right).empty
    assert not Ends(Fraction(low), None, left, right).empty


@pytest.mark.parametrize(("more", "holds"), [("30%", True), ("20%", True), ("15%", False), ("45%", False)])
def test_classes_of_how_many_were_named_against_what_was_named(more: str, holds: bool) -> None:
    # 50 + 30 + 20 = 100 mentions: 40 name one thing, and the others two or three each, so 60 / 3 to 60 / 2 name more
    survey = sheet(
        f"id,item,base,printed\na,t.a,all,50%\nb,t.b,all,30%\nc,t.c,all,20%\none,one,all,40%\nmore,more,all,{more}",
        relations="kind,parts,whole\ncount,t.*,one=1\ncount,t.*,more>=2",
    )
    found = {judgement.verdict for judgement in judgements(Facts.of(survey)).values()}
    assert (not found & {"in_conflict", "inconsistent"}) == holds
