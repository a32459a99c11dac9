"""Printed numbers, one by one: what they spell and what they stand for."""

from __future__ import annotations

from fractions import Fraction

import pytest

from aibaro.errors import InputError, PublishedNumberError
from aibaro.rounding import RULES, Interval, admissible, parse_printed, round_half_up


@pytest.mark.parametrize(
    ("text", "value", "decimals", "percent"),
    [
        ("32,1%", Fraction(321, 10), 1, True),
        ("51.7%", Fraction(517, 10), 1, True),
        ("2.612", Fraction(2612), 0, False),
        ("38.071", Fraction(38071), 0, False),
        ("100 %", Fraction(100), 0, True),
        ("85 procent", Fraction(85), 0, True),
        ("zestien procent", Fraction(16), 0, True),
        ("zesduizend", Fraction(6000), 0, False),
        ("0,0%", Fraction(0), 1, True),
        (" 7 ", Fraction(7), 0, False),
        ("1.234,5", Fraction(12345, 10), 1, False),
        # no group of thousands begins with a nought: a decimal point printed by mistake
        ("0.125", Fraction(1, 8), 3, False),
    ],
)
def test_parse(text: str, value: Fraction, decimals: int, percent: bool) -> None:
    number = parse_printed(text)
    assert (number.value, number.decimals, number.percent, number.text) == (value, decimals, percent, text)


def test_the_decimal_mark_decides_what_a_point_means() -> None:
    assert parse_printed("1.552", decimal=",").value == 1552
    assert parse_printed("1.552", decimal=".").value == Fraction(1552, 1000)


@pytest.mark.parametrize("text", ["", "abc", "1,2,3", "1.2.3", "-5", "5 6", "12,%", "1.2345.6", "a third", "5‰"])
def test_what_is_not_one_number_is_refused(text: str) -> None:
    with pytest.raises(PublishedNumberError):
        parse_printed(text)


def test_unknown_rule_and_mark_are_refused() -> None:
    with pytest.raises(InputError, match="unknown rounding rule"):
        admissible("5%", rule="up")
    with pytest.raises(InputError, match="unknown decimal mark"):
        parse_printed("5", decimal=";")


@pytest.mark.parametrize(
    ("rule", "lower", "upper", "lower_closed", "upper_closed"),
    [
        ("half_up", "0.45", "0.55", True, False),
        ("nearest", "0.45", "0.55", True, True),
        ("half_even", "0.45", "0.55", False, False),
        ("truncate", "0.5", "0.6", True, False),
        ("floor_or_ceil", "0.4", "0.6", False, False),
        ("sum_to_100", "0.4", "0.6", False, False),
    ],
)
def test_each_rule_by_hand(rule: str, lower: str, upper: str, lower_closed: bool, upper_closed: bool) -> None:
    expected = Interval(Fraction(lower), Fraction(upper), lower_closed, upper_closed)
    assert admissible("0,5", rule=rule) == expected


def test_half_even_closes_the_ends_of_even_digits() -> None:
    # 0.35 and 0.45 both round to 0.4 under half even
    assert Fraction("0.35") in admissible("0,4", rule="half_even")
    assert Fraction("0.45") in admissible("0,4", rule="half_even")
    assert Fraction("0.45") not in admissible("0,5", rule="half_even")


def test_every_rule_is_tested_here() -> None:
    assert set(RULES) == {"half_up", "nearest", "half_even", "truncate", "floor_or_ceil", "sum_to_100"}


def test_the_repeat_of_the_report_meets_its_sum() -> None:
    # 9,2 + 14,5 is printed beside 23,8: the rounding of the summands explains it
    first, second, total = (admissible(text) for text in ("9,2%", "14,5%", "23,8%"))
    both = Interval(first.lower + second.lower, first.upper + second.upper, True, False)
    assert both.meets(total)
    assert Fraction("23.7") in both


def test_intervals_that_only_touch() -> None:
    closed, open_ = Interval(Fraction(0), Fraction(1)), Interval(Fraction(1), Fraction(2), False, True)
    assert not closed.meets(open_)
    assert closed.meets(Interval(Fraction(1), Fraction(2)))
    assert Interval(Fraction(1), Fraction(1)).meets(closed)


@pytest.mark.parametrize("factor", [0, -1, Fraction(-1, 2)])
def test_scaling_needs_a_positive_factor(factor: Fraction | int) -> None:
    with pytest.raises(InputError, match="> 0"):
        admissible("5%").scaled(factor)


def test_round_half_up_by_hand() -> None:
    assert round_half_up(Fraction(5, 2), 0) == 3
    assert round_half_up(Fraction("33.25"), 1) == Fraction("33.3")
    # the printed response rate: 3,044 of 9,140
    assert round_half_up(Fraction(100 * 3044, 9140), 1) == Fraction("33.3")
