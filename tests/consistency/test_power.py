"""Power of GRIM is a share of printable values that no count gives."""

from __future__ import annotations

from fractions import Fraction

import pytest

from aibaro.consistency._grim import power
from aibaro.consistency.reachable import counts
from aibaro.errors import InputError
from aibaro.rounding import RULES, PrintedNumber


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
