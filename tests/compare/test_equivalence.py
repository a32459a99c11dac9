"""Equality with a margin: two one-sided tests, rounding at its worst."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from aibaro.compare import equivalent, groups
from aibaro.errors import InputError


def test_exact_shares_give_the_textbook_test() -> None:
    # 0.50 and 0.48 of 1,000 each, margin 0.07: z = (0.07 - 0.02)/SE with SE² = 0.25/1000 + 0.2496/1000
    result = equivalent(0.5, 1000, 0.48, 1000, margin=0.07)
    error = sqrt(0.25 / 1000 + 0.48 * 0.52 / 1000)
    assert result.p_value == pytest.approx(norm.sf(0.05 / error))
    assert result.p_value == pytest.approx(result.p_value_low)
    assert result.conf_high == pytest.approx(0.02 + norm.isf(0.05) * error)
    assert result.breakdown_deff == pytest.approx((0.05 / (norm.isf(0.05) * error)) ** 2)
    assert result.verdict == "established"


@pytest.mark.parametrize(
    ("a", "b", "n", "margin", "verdict"),
    [
        ("28%", "28%", 1552, 0.05, "established"),
        ("19%", "28%", 1552, 0.02, "refuted"),
        ("30%", "25%", 60, 0.05, "not_significant"),
        ("30%", "29%", 1552, 0.045, "depends"),
    ],
)
def test_verdicts(a: str, b: str, n: int, margin: float, verdict: str) -> None:
    assert equivalent(a, n, b, n, margin=margin).verdict == verdict


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.integers(20, 3000), st.floats(0.01, 0.3))
def test_the_verdict_is_that_of_the_interval(a: float, b: float, n: int, margin: float) -> None:
    result = equivalent(a, n, b, n, margin=margin)
    inside = -margin < result.conf_low and result.conf_high < margin
    assert (result.verdict == "established") == inside
    other = equivalent(b, n, a, n, margin=margin)
    assert other.p_value == pytest.approx(result.p_value)
    assert other.conf_low == pytest.approx(-result.conf_high)


@given(st.integers(5, 95), st.integers(5, 95), st.integers(20, 3000), st.floats(0.01, 0.3))
def test_rounding_can_only_weaken(a: int, b: int, n: int, margin: float) -> None:
    exact = equivalent(a / 100, n, b / 100, n, margin=margin)
    printed = equivalent(f"{a}%", n, f"{b}%", n, margin=margin)
    assert printed.p_value_low <= exact.p_value + 1e-12
    assert exact.p_value <= printed.p_value + 1e-12


def test_at_the_breakdown_the_interval_touches_the_margin() -> None:
    deff = equivalent("31%", 841, "29%", 1552, margin=0.07).breakdown_deff
    result = equivalent("31%", 841, "29%", 1552, margin=0.07, deff=deff)
    assert result.conf_high == pytest.approx(0.07)


def test_a_margin_is_needed_and_named_in_the_hint() -> None:
    with pytest.raises(InputError, match=r"compare\.equivalent"):
        groups("28%", 1552, "28%", 1552, claim="equal")
    for margin in (0, 5, -0.1):
        with pytest.raises(InputError, match="margin"):
            equivalent("28%", 1552, "28%", 1552, margin=margin)
