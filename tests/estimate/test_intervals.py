"""Interval methods: the fixture of the methods page, edges, and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from aibaro.errors import InputError
from aibaro.estimate import METHODS, interval
from aibaro.estimate.intervals import exact_limit

# twelve rows in three strata; R 4.1.1 with svyciprop of survey 4.5
ESTIMATE, STD_ERROR, DF, N = 0.3390410959, 0.1838821063, 9, 12
EXPECTED = {
    "wald": (-0.07692912795, 0.7550113197),
    "logit": (0.07420536618, 0.7665040566),
    "beta": (0.04858764211, 0.7727234030),
    "arcsine": (0.03281780386, 0.7617536414),
    "wilson": (0.08892596343, 0.7294194947),
}


@pytest.mark.parametrize("method", sorted(EXPECTED))
def test_limits_of_twelve_rows(method: str) -> None:
    low, high, _ = interval(method, ESTIMATE, STD_ERROR, DF, N)
    assert (float(low), float(high)) == pytest.approx(EXPECTED[method], abs=1e-9)


def test_likelihood_limits_of_twelve_rows_are_the_exact_ones() -> None:
    low, high, _ = interval("likelihood", ESTIMATE, STD_ERROR, DF, N)
    assert (float(low), float(high)) == pytest.approx((0.04807277, 0.77063895), abs=1e-7)


def test_likelihood_limits_solve_their_equation() -> None:
    low, high, _ = interval("likelihood", ESTIMATE, STD_ERROR, DF, N)
    n_eff = ESTIMATE * (1 - ESTIMATE) / STD_ERROR**2
    for limit in (float(low), float(high)):
        divergence = ESTIMATE * np.log(ESTIMATE / limit) + (1 - ESTIMATE) * np.log((1 - ESTIMATE) / (1 - limit))
        assert 2 * n_eff * divergence == pytest.approx(stats.t.isf(0.025, DF) ** 2 * N / (N - 1), rel=1e-12)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_zero_and_one_have_the_exact_limit_of_kish(method: str) -> None:
    low, high, label = interval(method, [0.0, 1.0], 0.0, 9, 12, kish=6.5)
    reach = 1 - 0.025 ** (1 / 6.5)
    assert low.tolist() == pytest.approx([0.0, 1 - reach], abs=1e-15)
    assert high.tolist() == pytest.approx([reach, 1.0], abs=1e-15)
    assert label.tolist() == [f"{method}+exact"] * 2


def test_exact_limit_of_a_sample_without_weights_is_clopper_pearson() -> None:
    assert float(exact_limit(np.array(20.0), 0.025)) == pytest.approx(float(stats.beta.isf(0.025, 1, 20)), rel=1e-14)
    assert float(exact_limit(np.array(np.inf), 0.025)) == 0.0
    assert float(exact_limit(np.array(0.0), 0.025)) == 1.0


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"wald"}))
def test_without_degrees_of_freedom_nothing_is_known(method: str) -> None:
    low, high, _ = interval(method, 0.4, 0.1, 0, 3)
    assert (float(low), float(high)) == (0.0, 1.0)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_no_error_gives_a_point(method: str) -> None:
    low, high, _ = interval(method, 0.4, 0.0, 5, 30)
    assert (float(low), float(high)) == pytest.approx((0.4, 0.4), abs=1e-15)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_an_undefined_estimate_has_undefined_limits(method: str) -> None:
    low, high, _ = interval(method, np.nan, np.nan, 5, 0)
    assert np.isnan(low)
    assert np.isnan(high)


@pytest.mark.parametrize(("method", "estimate", "level"), [("waldo", 0.5, 0.95), ("wald", 1.5, 0.95), ("wald", 0.5, 9)])
def test_wrong_input_is_named(method: str, estimate: float, level: float) -> None:
    with pytest.raises(InputError, match="expected"):
        interval(method, estimate, 0.1, 5, 20, conf_level=level)


shares = st.floats(1e-6, 1 - 1e-6)
errors = st.floats(1e-5, 0.4)
freedoms = st.floats(1, 5000)


@given(shares, errors, freedoms, st.integers(2, 10_000), st.sampled_from(sorted(METHODS)))
def test_limits_enclose_the_estimate_and_mirror(p: float, se: float, df: float, n: int, method: str) -> None:
    low, high, _ = (float(v) if v.dtype.kind == "f" else v for v in interval(method, p, se, df, n))
    assert low <= p + 1e-12
    assert high >= p - 1e-12
    if method != "wald":
        assert low >= 0
        assert high <= 1
    other_low, other_high, _ = interval(method, 1 - p, se, df, n)
    assert float(other_low) == pytest.approx(1 - high, abs=1e-7)
    assert float(other_high) == pytest.approx(1 - low, abs=1e-7)


@given(shares, errors, freedoms, st.integers(2, 10_000), st.sampled_from(sorted(METHODS)))
def test_a_higher_level_gives_a_wider_interval(p: float, se: float, df: float, n: int, method: str) -> None:
    narrow_low, narrow_high, _ = interval(method, p, se, df, n, conf_level=0.9)
    wide_low, wide_high, _ = interval(method, p, se, df, n, conf_level=0.99)
    if method == "beta":
        # its effective size depends on the level, so only the widths are ordered
        assert wide_high - wide_low >= narrow_high - narrow_low - 1e-9
    else:
        assert wide_low <= narrow_low + 1e-12
        assert wide_high >= narrow_high - 1e-12
