"""Sums, complements, unions, balances, rates: the reports' own figures, and both sides of each edge."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aibaro.consistency import (
    FlowStep,
    balance,
    check_flow,
    exhaustive,
    printable_power,
    ratio_of,
    remainder_of,
    response_rates,
    sum_of,
    union_bounds,
)
from aibaro.consistency.check import detection_limit, judge
from aibaro.consistency.intervals import exactly
from aibaro.errors import InputError
from aibaro.rounding import Interval, admissible, parse_printed, round_half_up


@pytest.mark.parametrize(
    ("whole", "parts", "verdict"),
    [
        ("32,1%", ("15,3%", "7,5%", "4,7%", "4,6%"), "reproduced"),
        ("35,1%", ("8,3%", "13,4%", "13,4%"), "reproduced"),
        ("23,8%", ("9,2%", "14,5%"), "consistent"),  # 23.7 as printed; rounding explains the tenth
        ("67,9%", ("14,8%", "53,2%"), "consistent"),  # 68.0 as printed
        ("24,0%", ("9,2%", "14,5%"), "inconsistent"),
        ("40,2%", ("15,3%", "7,5%", "4,7%", "4,6%"), "inconsistent"),
    ],
)
def test_sums_of_the_barometer(whole: str, parts: tuple[str, ...], verdict: str) -> None:
    assert sum_of(whole, {str(i): part for i, part in enumerate(parts)}).verdict == verdict


def test_an_edge_of_rounding_needs_its_rule() -> None:
    # parts allow [23.6, 23.8): 23,9 stands for [23.85, 23.95), which truncation and either neighbour can reach
    check = sum_of("23,9%", {"a": "9,2%", "b": "14,5%"})
    assert check.verdict == "rounding_dependent"
    assert check.fails == ("half_up", "half_even", "truncate")
    assert check.passes == ("floor_or_ceil",)


def test_figure_1_adds_up_to_more_than_a_hundred_and_is_no_conflict() -> None:
    figure = dict(zip("abcdef", ("15,3%", "7,5%", "4,7%", "4,6%", "14,8%", "53,2%"), strict=True))
    verdict, passes, total = exhaustive(figure)
    assert verdict == "consistent"
    assert "half_up" in passes
    assert (total.lower, total.upper) == (Fraction("99.8"), Fraction("100.4"))


def test_an_exhaustive_set_can_fail() -> None:
    assert exhaustive({"a": "60%", "b": "45%"})[0] == "inconsistent"
    assert exhaustive({"a": "50%", "b": "49%"})[0] == "rounding_dependent"


def test_complement_is_reproduced_and_a_misprint_is_not() -> None:
    assert remainder_of("67,9%", exactly(100), {"a": "32,1%"}, best="reproduced").verdict == "reproduced"
    assert remainder_of("69,7%", exactly(100), {"a": "32,1%"}, best="reproduced").verdict == "inconsistent"


def test_a_part_is_at_most_consistent() -> None:
    check = remainder_of("15,3%", "32,1%", {"a": "7,5%", "b": "4,7%", "c": "4,6%"})
    assert check.verdict == "consistent"
    assert check.central == Fraction("15.3")
    assert check.detection_limit == Fraction("0.2")


def test_words_take_part_as_intervals() -> None:
    third = Interval(Fraction(95, 3), Fraction(110, 3))
    check = sum_of(third, {"once": "17%", "sometimes": "9%", "often": "6%"})
    assert check.verdict == "reproduced"
    assert check.power is None


def test_union_bounds_hold_the_printed_union() -> None:
    parts = [admissible(text) for text in ("29,3%", "45,7%", "31,4%")]
    assert Fraction("55.9") in union_bounds(parts)
    assert Fraction("45.6") not in union_bounds(parts)


FLOW = {
    "email": 9184,
    "letter": 496,
    "sample": 9680,
    "bounced": 718,
    "reached_email": 8466,
    "again": 187,
    "lost": 9,
    "reached": 9140,
    "answered": 3044,
    "usable": 2612,
    "unusable": 432,
}
STEPS = (
    FlowStep("sample", ("email", "letter")),
    FlowStep("reached_email", ("email",), ("bounced",)),
    FlowStep("reached", ("reached_email", "again", "letter"), ("lost",)),
    FlowStep("answered", ("usable", "unusable")),
)


def test_response_flow_of_the_barometer_balances() -> None:
    found = check_flow(FLOW, STEPS)
    assert {name: check.verdict for name, check in found.items()} == dict.fromkeys(found, "reproduced")


@pytest.mark.parametrize("name", ["sample", "reached_email", "reached", "answered"])
def test_a_wrong_count_breaks_its_step(name: str) -> None:
    found = check_flow(FLOW | {name: FLOW[name] + 1}, STEPS)
    assert found[name].verdict == "inconsistent"
    assert found[name].steps[-1] == f"print says {FLOW[name] + 1}"


def test_a_missing_count_is_named() -> None:
    with pytest.raises(InputError, match="no such count"):
        check_flow({"sample": 1}, STEPS)


def test_response_rate_of_the_barometer() -> None:
    assert ratio_of("33,3%", 3044, 9140).verdict == "reproduced"
    assert ratio_of("33,4%", 3044, 9140).verdict == "rounding_dependent"  # rounded up, 33.304 gives 33.4
    assert ratio_of("34,3%", 3044, 9140).verdict == "inconsistent"
    assert ratio_of("16%", 2671 + 2754, 16290 + 16863).verdict == "reproduced"


def test_aapor_rates_by_hand() -> None:
    rates = response_rates(
        50, partial=10, refusal=20, noncontact=10, other=5, unknown=25, eligible_share=Fraction(2, 5)
    )
    assert rates["RR1"] == Fraction(50, 120)
    assert rates["RR2"] == Fraction(60, 120)
    assert rates["RR3"] == Fraction(50, 105)
    assert rates["RR4"] == Fraction(60, 105)
    assert rates["RR5"] == Fraction(50, 95)
    assert rates["RR6"] == Fraction(60, 95)


def test_dispositions_are_checked() -> None:
    with pytest.raises(InputError, match="dispositions"):
        response_rates(0)


def test_balance_of_exact_counts() -> None:
    assert balance(5, {"a": 2, "b": 3}).verdict == "reproduced"
    assert balance(6, {"a": 2, "b": 3}).verdict == "inconsistent"


@given(st.fractions(0, 100), st.fractions(0, 3), st.integers(0, 1), st.booleans(), st.booleans())
def test_power_and_detection_limit_count_what_they_say(
    low: Fraction, width: Fraction, decimals: int, left: bool, right: bool
) -> None:
    closed = (True, True) if width == 0 else (left, right)
    band = Interval(low, low + width, *closed)
    unit = Fraction(1, 10**decimals)
    values = [step * unit for step in range(100 * 10**decimals + 1)]
    accepted = [v for v in values if Interval(v - unit / 2, v + unit / 2, True, False).meets(band)]
    assert printable_power(band, decimals) == 1 - Fraction(len(accepted), len(values))
    inside = [v for v in accepted if v > 5 and v < 95]
    if inside and len(inside) == len(accepted):
        number = parse_printed(f"{float(inside[0]):.{decimals}f}", ".")
        assert detection_limit(band, number) == max(abs(v - number.value) for v in accepted)


@given(st.lists(st.fractions(0, 30), min_size=2, max_size=5), st.integers(0, 1))
def test_true_sums_are_never_called_inconsistent(parts: list[Fraction], decimals: int) -> None:
    def text(value: Fraction) -> str:
        return f"{float(round_half_up(value, decimals)):.{decimals}f}"

    check = sum_of(text(sum(parts)), {str(i): text(p) for i, p in enumerate(parts)}, decimal=".", top=200)
    assert check.verdict in {"reproduced", "consistent"}


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(InputError, match="unknown rounding rule"):
        judge("x", parse_printed("1"), lambda rule: exactly(1), declared="up")
