"""Power and detection limit are counts of printable values, whatever the ends of an interval."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aibaro.consistency import counts, grimmer, power, response_rates
from aibaro.consistency._judgements import detection_limit, printable_power
from aibaro.errors import InputError
from aibaro.rounding import RULES, Interval, PrintedNumber

# any share, and those that lie on an edge of rounding to one decimal
ENDS = st.one_of(st.fractions(0, 100), st.integers(0, 2000).map(lambda step: Fraction(step, 20)))


@pytest.mark.parametrize("rule", sorted(RULES))
@pytest.mark.parametrize("n", [1, 7, 48, 100, 104, 841])
def test_power_counts_the_values_without_a_count(rule: str, n: int) -> None:
    for decimals, last in ((0, 100), (1, 1000)):
        printable = (PrintedNumber("", Fraction(step, 10**decimals), decimals, True) for step in range(last + 1))
        rejected = sum(not counts(n, value, rule) for value in printable)
        assert power(n, decimals, rule) == Fraction(rejected, last + 1)


def test_power_of_no_base_or_no_rule_is_refused() -> None:
    with pytest.raises(InputError, match="positive whole number"):
        power(0, 0)
    with pytest.raises(InputError, match="unknown rounding rule"):
        power(48, 0, "upwards")


@given(ENDS, ENDS, st.integers(0, 1), st.tuples(st.booleans(), st.booleans()), st.integers(0, 1000))
def test_power_and_detection_limit_by_enumeration(
    a: Fraction, b: Fraction, decimals: int, ends: tuple[bool, bool], place: int
) -> None:
    closed = (True, True) if a == b else ends
    band, unit = Interval(min(a, b), max(a, b), *closed), Fraction(1, 10**decimals)
    # print may lie one step beyond the ends of the scale
    values = [step * unit for step in range(-1, 100 * 10**decimals + 2)]
    accepted = [v for v in values if Interval(v - unit / 2, v + unit / 2, True, False).meets(band)]
    scale = [v for v in accepted if 0 <= v <= 100]
    assert printable_power(band, decimals) == 1 - Fraction(len(scale), len(values) - 2)
    number = PrintedNumber("", accepted[place % len(accepted)], decimals, True)
    assert detection_limit(band, number) == max(abs(v - number.value) for v in accepted)


@pytest.mark.parametrize(
    ("band", "accepted"),
    [
        (Interval(Fraction("2.5"), Fraction("2.5")), 1),  # 3 stands for [2.5, 3.5), 2 for [1.5, 2.5)
        (Interval(Fraction("1.5"), Fraction("2.5"), True, True), 2),
        (Interval(Fraction("1.5"), Fraction("2.5"), True, False), 1),
        (Interval(Fraction("1.5"), Fraction("2.5"), False, False), 1),
        (Interval(Fraction("1.4"), Fraction("2.5"), False, False), 2),
    ],
)
def test_a_half_unit_belongs_to_the_upper_value_alone(band: Interval, accepted: int) -> None:
    assert printable_power(band, 0, 10) == 1 - Fraction(accepted, 11)


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
    with pytest.raises(InputError, match="dispositions"):
        response_rates(0)


def test_power_of_a_deviation_among_many_answers() -> None:
    # a mean of 2.5 to 3.5 on 0 to 10 has deviations up to 4.77: 0 to 5 can be printed, 6 to 10 cannot
    assert grimmer("3", "0", 1000, items=3, scale=(0, 10)).power == Fraction(5, 11)
