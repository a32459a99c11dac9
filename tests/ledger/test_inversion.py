"""p values by intervals: the limit at the p value's level is the value under test."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from aibaro.compare.limits import newcombe
from aibaro.errors import InputError
from aibaro.estimate.intervals import interval
from aibaro.ledger._inversion import LIMITS, SHARE_METHODS, difference_statistic, share_statistic, upper_tail


@pytest.mark.parametrize("method", [m for m in SHARE_METHODS if m != "beta"])
@pytest.mark.parametrize(("p", "value"), [(0.32, 0.25), (0.32, 0.4), (0.9, 0.8), (0.04, 0.1)])
def test_the_interval_at_the_p_value_touches_the_value(method: str, p: float, value: float) -> None:
    n = 400
    se = (p * (1 - p) / (n - 1)) ** 0.5
    z = float(share_statistic(method, p, se, value))
    # the room of estimates computes the interval on its own; df without end, so that t is the normal
    level = 1 - 2 * stats.norm.sf(abs(z))
    low, high, _ = interval(method, p, se, np.inf, n, conf_level=float(level))
    assert float(low if value < p else high) == pytest.approx(value, abs=2e-4)


def test_beta_is_the_exact_binomial_tail() -> None:
    # 12 of 40 against one quarter: P(X >= 12 | 40, 0.25) by the binomial
    p, se = 0.3, (0.3 * 0.7 / 40) ** 0.5
    z = float(share_statistic("beta", p, se, 0.25))
    assert float(upper_tail(z)) == pytest.approx(stats.binom.sf(11, 40, 0.25), rel=1e-9)


def test_wilson_differences_are_those_of_newcombe() -> None:
    a, n_a, b, n_b = 56 / 70, 70, 48 / 80, 80
    se = [(p * (1 - p) / n) ** 0.5 for p, n in ((a, n_a), (b, n_b))]
    z = float(difference_statistic("wilson", a, se[0], b, se[1], float(np.hypot(*se))))
    low, _ = newcombe(a, n_a, b, n_b, z)
    assert float(low) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("method", list(LIMITS))
def test_a_difference_is_antisymmetric(method: str) -> None:
    one = difference_statistic(method, 0.4, 0.02, 0.3, 0.03, 0.036)
    other = difference_statistic(method, 0.3, 0.03, 0.4, 0.02, 0.036)
    assert float(one) == pytest.approx(-float(other), rel=1e-9)


def test_correlation_of_the_shares_is_kept() -> None:
    # by Wald's method only the standard error of the difference counts
    assert float(difference_statistic("wald", 0.4, 0.02, 0.3, 0.03, 0.015)) == pytest.approx(0.1 / 0.015)


def test_tails_are_those_of_scipy() -> None:
    z, df = np.array([-2.0, 0.0, 1.3, 8.0]), np.array([3.0, np.inf, 17.0, 40.0])
    expected = [stats.t.sf(-2, 3), 0.5, stats.t.sf(1.3, 17), stats.t.sf(8, 40)]
    assert upper_tail(z, df) == pytest.approx(expected, rel=1e-9)


def test_unknown_methods_are_refused() -> None:
    with pytest.raises(InputError, match="unknown interval method"):
        share_statistic("exact", 0.3, 0.1, 0.2)
    with pytest.raises(InputError, match="unknown interval method"):
        difference_statistic("beta", 0.3, 0.1, 0.2, 0.1, 0.1)
