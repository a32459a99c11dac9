"""Laws of printed numbers: what is printed of a value admits the value; rules nest; text and value round-trip."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from aibaro.rounding import RULES, Interval, PrintedNumber, admissible, parse_printed, round_half_up

decimals = st.integers(0, 4)
values = st.fractions(min_value=0, max_value=1000, max_denominator=10**6)
# halves of the last digit are where rules differ, so they are drawn on purpose
ties = st.builds(lambda n, d: Fraction(2 * n + 1, 2 * 10**d), st.integers(0, 10**6), decimals)
ends = st.fractions(min_value=-100, max_value=100, max_denominator=20)


def intervals() -> st.SearchStrategy[Interval]:
    return st.builds(
        lambda a, b, left, right: Interval(min(a, b), max(a, b), left or a == b, right or a == b),
        ends,
        ends,
        st.booleans(),
        st.booleans(),
    )


def printed(value: Fraction, places: int) -> PrintedNumber:
    return PrintedNumber("", value, places, False)


def by_decimal(value: Fraction, places: int, mode: str) -> Fraction:
    """Round by the decimal module, exactly: an oracle that shares no code with ours."""
    scaled = value * 10**places
    # a tie or a side of it survives in six guard digits plus a sticky one
    floor = scaled.numerator // scaled.denominator
    rest = scaled - floor
    sticky = Decimal("0.5") if rest == Fraction(1, 2) else Decimal("0.25") if rest < Fraction(1, 2) else Decimal("0.75")
    near = Decimal(floor) + (Decimal(0) if rest == 0 else sticky)
    return Fraction(int(near.quantize(Decimal(1), rounding=mode)), 10**places)


@given(st.one_of(values, ties), decimals)
def test_a_rounded_value_admits_the_value_under_its_rule(value: Fraction, places: int) -> None:
    for rule, mode in (("half_up", ROUND_HALF_UP), ("half_even", ROUND_HALF_EVEN), ("truncate", ROUND_DOWN)):
        print_of_it = by_decimal(value, places, mode)
        assert value in admissible(printed(print_of_it, places), rule)


@given(st.one_of(values, ties), decimals, st.integers(-3, 3))
def test_only_the_rounded_value_is_admitted(value: Fraction, places: int, steps: int) -> None:
    unit = Fraction(1, 10**places)
    right = round_half_up(value, places)
    assert (value in admissible(printed(right + steps * unit, places), "half_up")) == (steps == 0)


@given(st.one_of(values, ties), decimals)
def test_round_half_up_agrees_with_the_decimal_module(value: Fraction, places: int) -> None:
    assert round_half_up(value, places) == by_decimal(value, places, ROUND_HALF_UP)


@given(st.one_of(values, ties), decimals)
def test_rounding_twice_changes_nothing(value: Fraction, places: int) -> None:
    once = round_half_up(value, places)
    assert round_half_up(once, places) == once
    assert abs(once - value) <= Fraction(1, 2 * 10**places)


@given(st.integers(0, 10**6), decimals, st.one_of(values, ties))
def test_rules_nest(digits: int, places: int, value: Fraction) -> None:
    number = printed(Fraction(digits, 10**places), places)
    bands = {rule: admissible(number, rule) for rule in RULES}
    for rule in ("half_up", "half_even"):
        if value in bands[rule]:
            assert value in bands["nearest"]
    for rule, band in bands.items():
        assert number.value in band
        if value in band:
            assert value in bands["floor_or_ceil"], rule


@given(st.integers(0, 10**9), decimals, st.sampled_from([",", "."]), st.sampled_from(["", "%", " %", " procent"]))
def test_text_keeps_value_and_decimals(digits: int, places: int, mark: str, sign: str) -> None:
    whole, rest = divmod(digits, 10**places)
    # three digits after one mark could be a group of thousands; print as publishers do, without groups
    text = f"{whole}{mark}{rest:0{places}d}{sign}" if places else f"{whole}{sign}"
    number = parse_printed(text, mark)
    assert (number.value, number.decimals, number.percent) == (Fraction(digits, 10**places), places, bool(sign))


@given(st.integers(1000, 10**12), st.sampled_from([(",", "."), (".", ",")]))
def test_grouped_thousands_are_one_number(value: int, marks: tuple[str, str]) -> None:
    decimal, group = marks
    assert parse_printed(f"{value:,}".replace(",", group), decimal).value == value


@given(intervals(), intervals())
def test_meeting_is_symmetric_and_true_to_membership(one: Interval, other: Interval) -> None:
    assert one.meets(other) == other.meets(one)
    low, high = max(one.lower, other.lower), min(one.upper, other.upper)
    assert one.meets(other) == any(point in one and point in other for point in (low, (low + high) / 2, high))


@given(intervals(), st.fractions(min_value=Fraction(1, 100), max_value=100, max_denominator=100), ends)
def test_scaling_keeps_membership(band: Interval, factor: Fraction, point: Fraction) -> None:
    assert (point in band) == (point * factor in band.scaled(factor))
