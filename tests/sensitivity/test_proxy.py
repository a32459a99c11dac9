"""The proxy pattern-mixture model: populations made by its own assumption, limits by hand, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from aibaro.errors import InputError
from aibaro.sensitivity import proxy_pattern


def classes(share: list[float], n: list[int], size: list[int]) -> pd.DataFrame:
    return pd.DataFrame({"share": share, "respondents": n, "population": size})


def made(rho: float, phi: float, shift: float, grid: int = 400) -> tuple[pd.DataFrame, float]:
    """A population in which taking part depends on (1 - φ) X + φ U, in fine classes of X; and its true share.

    Both patterns are normal: V = (1 - φ) X + φ U is moved by `shift` among the others, and what is left of (X, U) given
    V is the same.  This is the model's assumption put to work forwards, not the formula under test.
    """
    weights = np.array([1 - phi, phi])
    covariance = np.array([[1.0, rho], [rho, 1.0]])
    along = covariance @ weights / (weights @ covariance @ weights)
    mean_x, mean_u = along * shift
    cut = 0.4
    x = np.linspace(-5, 5, grid + 1)
    middle = (x[:-1] + x[1:]) / 2
    inside = np.diff(stats.norm.cdf(x))
    outside = np.diff(stats.norm.cdf(x, mean_x))
    share = stats.norm.cdf((rho * middle - cut) / np.sqrt(1 - rho**2))
    n = np.maximum(np.round(1e9 * inside), 1)
    others = np.round(4e9 * outside)
    truth = (n.sum() * stats.norm.sf(cut) + others.sum() * stats.norm.sf(cut, mean_u)) / (n.sum() + others.sum())
    return pd.DataFrame({"share": share, "respondents": n, "population": n + others}), float(truth)


@pytest.mark.parametrize("phi", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("rho", [0.3, 0.7])
@pytest.mark.parametrize("shift", [-0.4, 0.2])
def test_the_share_of_a_population_made_by_the_model(phi: float, rho: float, shift: float) -> None:
    table, truth = made(rho, phi, shift)
    found = proxy_pattern(table, phi=[phi])
    assert found.correlation == pytest.approx(rho, abs=2e-3)
    assert found.shares[0] == pytest.approx(truth, abs=2e-3)


@given(st.floats(0.05, 0.45), st.floats(0.5, 0.95), st.integers(20, 400), st.integers(20, 400))
def test_classes_taken_in_the_same_part_leave_no_bias(a: float, b: float, n: int, m: int) -> None:
    found = proxy_pattern(classes([a, b], [n, m], [10 * n, 10 * m]))
    assert found.bias == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)


@given(st.floats(0.05, 0.45), st.floats(0.5, 0.95), st.integers(20, 400), st.integers(1, 5))
def test_selection_on_the_answer_moves_further_than_selection_on_the_proxy(a: float, b: float, n: int, k: int) -> None:
    """The high class is taken more often: each step from proxy to answer lowers the population's share."""
    found = proxy_pattern(classes([a, b], [n, n], [2000 + 1000 * k, 2000]), phi=[0.0, 0.25, 0.5])
    assert found.sample > found.shares[0] > found.shares[1] > found.shares[2]


def test_the_frame_and_the_line() -> None:
    found = proxy_pattern(classes([0.2, 0.6], [100, 300], [5000, 5000]))
    frame = found.to_frame()
    assert frame["bias"].tolist() == pytest.approx([0.5 - s for s in found.shares])
    assert found.summary().startswith("50.0% of those who took part; 40.6% (φ = 0)")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: proxy_pattern(classes([0.5, 0.5], [10, 10], [100, 100])),
        lambda: proxy_pattern(classes([0.0, 0.5], [10, 10], [100, 100])),
        lambda: proxy_pattern(classes([0.2, 0.5], [10, 10], [5, 100])),
        lambda: proxy_pattern(classes([0.2, 0.5], [10, 10], [50, 100]), phi=[2.0]),
        lambda: proxy_pattern(classes([0.2], [10], [50])),
        lambda: proxy_pattern(classes([0.2, 0.5], [10, 10], [50, 100]).drop(columns="share")),
        lambda: proxy_pattern(classes([0.4, 0.6], [100, 100], [10_100, 100]), phi=[1.0]),
    ],
)
def test_what_cannot_be_a_proxy_is_refused(wrong: object) -> None:
    with pytest.raises(InputError):
        wrong()  # type: ignore[operator]
