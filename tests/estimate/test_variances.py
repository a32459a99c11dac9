"""Standard errors against other ways to the same number: another unit of weights, replicates, contrasts, a hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aibaro import estimate, weights
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate.multiplicity import adjust
from aibaro.estimate.pairwise import compare_levels

SIZE = 30
_random = np.random.default_rng(5)
ROWS = pd.DataFrame(
    {
        "h": _random.choice(["a", "b"], SIZE),
        "x": _random.integers(0, 9, SIZE),
        "y": _random.uniform(1, 5, SIZE),
        "ai": _random.integers(0, 2, SIZE),
        "w": _random.uniform(1, 3, SIZE),
        "g": np.resize(["p", "q", "r"], SIZE),
    }
)


@pytest.mark.parametrize("unit", [2.0**700, 2.0**-700])
def test_the_unit_of_weights_changes_no_mean_ratio_or_quantile_and_no_covariance(unit: float) -> None:
    def found(rows: pd.DataFrame) -> list[np.ndarray]:
        design, far = Design.from_frame(rows, strata="h", weight="w"), rows.assign(x=rows["x"] + 1e9)
        results = [
            estimate.ratio(rows, "x", "y", design=design, by="g"),
            estimate.mean(far, ["x", "ai"], design=design, covariance="items"),
            estimate.proportion(rows, ["h", "x"], design=design, by="g", covariance="items"),
        ]
        return [*(r.covariance().to_numpy() for r in results), estimate.quantile(rows, "x", design=design).std_error]

    # a power of two changes no digit of a double
    for plain, scaled in zip(found(ROWS), found(ROWS.assign(w=ROWS["w"] * unit)), strict=True):
        np.testing.assert_allclose(scaled, plain, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("unit", [2.0**300, 2.0**-300])
def test_the_unit_of_a_population_changes_no_ratio_of_calibrated_weights(unit: float) -> None:
    def found(unit: float) -> list[np.ndarray]:
        made = weights.poststratify(
            ROWS.assign(w=ROWS["w"] * unit),
            {"g": {"p": 40 * unit, "q": 50 * unit, "r": 60 * unit}},
            weight="w",
            units="counts",
        )
        design = made.design(strata="h")
        ratio = estimate.ratio(made.frame, "x", "y", design=design, by="g")
        return [ratio.estimate, ratio.std_error, estimate.mean(made.frame, "x", design=design).std_error]

    for plain, scaled in zip(found(1.0), found(unit), strict=True):
        np.testing.assert_allclose(scaled, plain, rtol=1e-11)


def test_the_bootstrap_has_the_variance_of_a_total() -> None:
    design = Design.from_frame(ROWS, strata="h", weight="w")
    linear = estimate.total(ROWS, "y", design=design).std_error[0]
    drawn = estimate.total(ROWS, "y", design=design, variance="bootstrap", replicates=4000, seed=1).std_error[0]
    # the variance of 4000 draws strays by a root of 2/4000: its root by half of that, four times as far is allowed
    assert drawn == pytest.approx(linear, rel=4 * np.sqrt(2 / 4000) / 2)


@pytest.mark.parametrize("score", ["wilcoxon", "median"])
def test_the_jackknife_of_ranks_is_their_linearised_variance(score: str) -> None:
    without = {f"r{k}": ROWS["w"] * np.where(np.arange(SIZE) == k, 0, SIZE / (SIZE - 1)) for k in range(SIZE)}
    rows = pd.concat([ROWS, pd.DataFrame(without)], axis=1)
    designs = Design.from_frame(rows, weight="w"), Design.from_frame(rows, weight="w", replicates="r*", kind="JK1")
    linear, jackknife = (estimate.rank_test(rows, "x", "g", design=d, score=score, levels=["p", "q"]) for d in designs)
    assert jackknife.std_error == pytest.approx(linear.std_error, rel=1e-10)
    assert jackknife.statistic == pytest.approx(linear.statistic, rel=1e-10)


def test_pairs_of_levels_are_contrasts_and_two_constants_have_no_test() -> None:
    rows = ROWS.assign(ai=np.where(ROWS["g"] == "p", 1, np.where(ROWS["g"] == "q", 0, ROWS["ai"])))
    design = Design.from_frame(rows, strata="h", weight="w")
    result = estimate.proportion(rows, "ai", design=design, by="g")
    pairs = compare_levels(result, result.parts[0])
    assert np.isnan(pairs.p_value[0])
    wanted = estimate.contrast(result, {"pr": "'p' - 'r'", "qr": "'q' - 'r'"})
    np.testing.assert_allclose(pairs.difference[1:], wanted.estimate, rtol=1e-12)
    np.testing.assert_allclose(pairs.std_error[1:], wanted.std_error, rtol=1e-12)


def test_adjusted_p_values_by_hand() -> None:
    values = [0.01, 0.04, 0.03, 0.05]
    # ascending 0.01, 0.03, 0.04, 0.05: times 4, 3, 2, 1 and never falling; times 4/1, 4/2, 4/3, 4/4 and never rising
    assert adjust(values, "holm").tolist() == pytest.approx([0.04, 0.09, 0.09, 0.09])
    assert adjust(values, "bh").tolist() == pytest.approx([0.04, 0.05, 0.05, 0.05])
    assert adjust(values, "bonferroni").tolist() == pytest.approx([0.04, 0.16, 0.12, 0.2])


def test_rows_of_another_design_are_refused_with_at_most_eight_strata() -> None:
    rows = pd.DataFrame({"h": np.repeat([f"s{k}" for k in range(10)], 2), "ai": [0, 1] * 10, "w": 2.0})
    design = Design.from_frame(rows, strata="h", weight="w")
    with pytest.raises(InputError, match="not those that the design was read from") as more:
        estimate.proportion(pd.concat([rows, rows]), "ai", design=design)
    assert len(more.value.faults) == 8
    with pytest.raises(InputError, match="other weights than those of the rows"):
        estimate.proportion(rows.assign(w=np.where(rows["h"] == "s3", 4.0, 2.0)), "ai", design=design)


def test_a_joint_covariance_that_is_not_computed_is_refused() -> None:
    rows = ROWS.assign(w=ROWS["w"] * 2.0**700)
    design = Design.from_frame(rows, strata="h", weight="w")
    with pytest.raises(InputError, match="no joint covariance at weights of this size"):
        estimate.proportion(rows, ["ai", "x"], design=design, covariance="items")
    assert estimate.proportion(rows, ["ai", "x"], design=design).estimate.size == 10
