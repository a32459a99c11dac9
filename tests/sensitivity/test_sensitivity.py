"""Nonresponse, imputation and design effect: values by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from aibaro.design import Design
from aibaro.errors import ConflictError, InputError
from aibaro.estimate.tails import normal_quantile
from aibaro.published import load
from aibaro.sensitivity import (
    breakdown_response,
    largest_fpc_ratio,
    nonresponse_bounds,
    survey_nonresponse,
    threshold_breakdown,
)

TABLE = pd.DataFrame({"s": ["x", "y"], "population": [300, 100], "sample": [60, 50], "respondents": [30, 10]})


def test_bounds_by_hand() -> None:
    design = Design.from_strata(TABLE)
    x, y, both = (np.array(m) for m in ([True, False], [False, True], [True, True]))
    result = nonresponse_bounds(design, [(both, 0.4, 0.4), (x, 0.5, 0.5), (y, 0.1, 0.1)], threshold=0.5)
    # 3/4 · 1/2 + 1/4 · 1/5 = 0.425 answered; 3/4 · 1/2 · 0.5 + 1/4 · 1/5 · 0.1 = 0.1925 of all said yes
    assert result.response == pytest.approx(0.425)
    assert (result.low, result.high) == pytest.approx((0.1925, 0.1925 + 0.575))
    assert result.others == pytest.approx(((0.5 - 0.1925) / 0.575,) * 2)
    assert result.shift == pytest.approx((0.1 / 0.575,) * 2)
    assert result.turnable


def test_without_margins_by_stratum_the_answered_share_is_bounded() -> None:
    result = nonresponse_bounds(Design.from_strata(TABLE), [(np.array([True, True]), 0.4, 0.4)])
    # smallest: stratum y (rate 1/5) first, 0.25 of the 0.4; largest: stratum x (rate 1/2) alone
    assert result.low == pytest.approx(0.25 * 0.2 + 0.15 * 0.5)
    assert result.high == pytest.approx(0.4 * 0.5 + 0.575)
    assert math.isnan(result.threshold)
    assert result.to_dict()["threshold"] is None


def test_margins_that_disagree_are_a_conflict() -> None:
    both, x, y = (np.array(m) for m in ([True, True], [True, False], [False, True]))
    with pytest.raises(ConflictError):
        nonresponse_bounds(Design.from_strata(TABLE), [(both, 0.4, 0.4), (x, 0.0, 0.0), (y, 0.1, 0.1)])


def test_sampled_counts_are_needed() -> None:
    with pytest.raises(InputError, match="sampled"):
        nonresponse_bounds(Design.from_strata(TABLE.drop(columns="sample")), [(np.array([True, True]), 0.4, 0.4)])
    with pytest.raises(InputError, match="first margin"):
        nonresponse_bounds(Design.from_strata(TABLE), [(np.array([True, False]), 0.4, 0.4)])


def test_a_quarter_answered_leaves_three_quarters_open() -> None:
    table = survey_nonresponse(load("flanders-2023"), {"at_least_one": 0.255}, items=["at_least_one"])
    row = table.iloc[0]
    strata = load("flanders-2023").strata
    weight = strata["population"] / strata["population"].sum()
    response = float((weight * strata["respondents"] / strata["sample"]).sum())
    assert row["response"] == pytest.approx(response)
    # the rest of the width is what print leaves open about the answers themselves
    answered = (row["others_high"] - row["others_low"]) * (1 - response)
    assert row["high"] - row["low"] == pytest.approx(1 - response + answered)
    assert 0 < answered < 0.02
    # 32.1% would be 25.5% if the others stood 8.8 to 8.9 points below the respondents
    assert row["shift_low"] == pytest.approx((0.255 - 0.3215) / (1 - response))
    assert row["turnable"]


def test_every_overall_percentage_has_a_breakdown() -> None:
    table = survey_nonresponse(load("flanders-2023"))
    assert {"at_least_one", "no_plans", "technology.nlg", "technologies.two_plus"} <= set(table["item"])
    assert "response.rate" not in set(table["item"])
    assert ((table["low"] <= table["estimate_low"]) & (table["estimate_high"] <= table["high"])).all()


def test_a_hot_deck_at_the_response_rate_found_ends_significance() -> None:
    """Samples without replacement from 230 units, half of 96 answers missing at random, donors drawn at random."""
    rng = np.random.default_rng(20)
    population, n, answered = np.repeat([1.0, 0.0], [92, 138]), 96, 48
    means = np.empty(20_000)
    for k in range(len(means)):
        sample = rng.choice(population, n, replace=False)
        means[k] = (sample[:answered].sum() + rng.choice(sample[:answered], n - answered).sum()) / n
    spread = population.var(ddof=1) / n * (1 - n / 230)
    # what is just significant after the hot deck turns at the share that answered, one half; the ratio of variances is
    # known to 1% after 20,000 draws, and moves the rate by 0.6 of that
    estimate = float(normal_quantile(0.025)) * math.sqrt(means.var())
    found = breakdown_response(estimate, math.sqrt(spread), fpc_ratio=1 / (1 - n / 230))
    assert found.response == pytest.approx(answered / n, rel=0.035)


def test_the_correction_of_a_domain_bounds_its_ratio() -> None:
    design = Design.from_strata(TABLE)
    everybody, first = np.array([True, True]), np.array([True, False])
    # (3/4)² · 1/10 / 29 + (1/4)² · 1/10 / 9, over 4
    removed = (9 / 16 * 0.1 / 29 + 1 / 16 * 0.1 / 9) / 4
    assert largest_fpc_ratio(design, [everybody], 0.1) == pytest.approx(1 + removed / 0.01)
    # never more than the largest fraction takes off
    assert largest_fpc_ratio(design, [first], 1e-6) == pytest.approx(1 / 0.9)
    assert largest_fpc_ratio(design, [first, ~first], 0.0) == pytest.approx(1 / 0.9)
    result = breakdown_response(2 * 1.959963984540054, 1.0, fpc_ratio=2.0)
    # factor 4 = 1 + 2 (1/ρ - ρ): 1/ρ - ρ = 3/2, ρ = 1/2
    assert result.response == pytest.approx(0.5)


def test_the_response_rate_at_which_a_statement_turns() -> None:
    # z twice the critical value: factor 4, ρ² + 3ρ - 1 = 0
    result = breakdown_response(2 * 1.959963984540054, 1.0)
    assert result.factor == pytest.approx(4)
    assert result.response == pytest.approx((math.sqrt(13) - 3) / 2)
    assert math.isnan(breakdown_response(1.0, 1.0).response)
    assert breakdown_response(1.0, 1.0).to_dict()["response"] is None
    assert "not significant" in breakdown_response(1.0, 1.0).summary()


def test_few_degrees_of_freedom_turn_sooner() -> None:
    assert breakdown_response(3.0, 1.0, df=5).response > breakdown_response(3.0, 1.0).response


@pytest.mark.parametrize("words", [(1.0, 0.0), (float("inf"), 1.0)])
def test_bad_estimates_are_refused(words: tuple[float, float]) -> None:
    with pytest.raises(InputError):
        breakdown_response(*words)


def test_a_majority_at_its_threshold() -> None:
    assert threshold_breakdown(0.495, 0.505, 1552, 0.5) == 0
    assert threshold_breakdown(1.0, 1.0, 10, 0.5) == math.inf
    with pytest.raises(InputError):
        threshold_breakdown(0.6, 0.5, 10, 0.5)
