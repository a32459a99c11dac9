"""Replicate weights that come with the rows, against R survey (script replicates.R); synthetic rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from tests.parity import r_values
from tests.parity.test_rows import agree

from aibaro import estimate
from aibaro.design import Design

CASES = r_values.load("replicates")
ROWS = pd.read_csv(r_values.VALUES / "replicate_rows.csv", dtype={"g": str, "t": str})
RSCALES = (0.9, 0.8, 0.7, 0.6, 0.5, 0.75, 0.85, 0.95)
OPTIONS: dict[str, dict[str, Any]] = {
    "Fay": {"rho": 0.5},
    "JKn": {"rscales": RSCALES},
    "custom": {"scale": 0.3, "rscales": RSCALES},
}


def declared(case: str) -> Design:
    kind, center = case.split(".")
    return Design.from_frame(ROWS, weight="w", replicates="rw*", kind=kind, center=center, **OPTIONS.get(kind, {}))


def test_every_kind_is_there() -> None:
    assert {case.split(".")[0] for case in CASES} == {
        "ACS",
        "SDR",
        "BRR",
        "Fay",
        "JK1",
        "JK2",
        "JKn",
        "bootstrap",
        "custom",
    }


@pytest.mark.parametrize("case", CASES)
def test_means_totals_ratios_and_domains_equal_r(case: str) -> None:
    design, expected = declared(case), CASES[case]
    for name, found in (
        ("mean", estimate.mean(ROWS, "x", design=design)),
        ("total", estimate.total(ROWS, "x", design=design)),
        ("ratio", estimate.ratio(ROWS, "y", "x", design=design)),
    ):
        assert found.variance == "replicates"
        agree(found.estimate[0], expected[name], name)
        agree(found.std_error[0], expected[f"{name}_se"], f"{name} SE")
        agree(found.df[0], expected["df"], "df")
    by = estimate.mean(ROWS, "x", design=design, by="g")
    agree(by.estimate[0], expected["a"], "domain a")
    agree(by.std_error[0], expected["a_se"], "SE of domain a")
    agree(by.std_error[1], expected["b_se"], "SE of domain b")
    difference = estimate.contrast(by, "'a' - 'b'")
    agree(difference.std_error[0], expected["difference_se"], "difference")
    alone = estimate.mean(ROWS, "x", design=design, domain={"g": "a"})
    agree(alone.std_error[0], expected["a_se"], "SE of the domain alone")


@pytest.mark.parametrize("case", CASES)
def test_answers_with_missing_ones_quantiles_and_tests_equal_r(case: str) -> None:
    design, expected = declared(case), CASES[case]
    shares = estimate.proportion(ROWS, "t", design=design)
    row = shares.row(category="yes")
    agree(shares.estimate[row], expected["yes"], "yes")
    agree(shares.std_error[row], expected["yes_se"], "SE of yes")
    quantile = estimate.quantile(ROWS, "x", 0.4, design=design, interval="wald")
    agree(quantile.estimate[0], expected["quantile"], "quantile")
    agree(quantile.conf_low[0], expected["quantile_low"], "lower limit")
    agree(quantile.conf_high[0], expected["quantile_high"], "upper limit")
    test = estimate.chi_square(ROWS, "y", "g", design=design)
    agree(test.statistic, expected["F"], "F")
    agree(test.p_value, expected["F_p"], "p")


@pytest.mark.parametrize("case", CASES)
def test_moments_standards_and_ranks_equal_r(case: str) -> None:
    design, expected = declared(case), CASES[case]
    for name, found in (
        ("variance", estimate.variance(ROWS, "x", design=design)),
        ("covariance", estimate.covariance(ROWS, "x", "y", design=design)),
        ("standard", estimate.standardize(ROWS, "x", "g", {"a": 30, "b": 70}, design=design)),
    ):
        assert found.variance == "replicates"
        agree(found.estimate[0], expected[name], name)
        agree(found.std_error[0], expected[f"{name}_se"], f"{name} SE")
        agree(found.df[0], expected["df"], "df")
    single = ROWS.assign(single=ROWS["x"] + np.arange(1, len(ROWS) + 1) / 1000)
    test = estimate.rank_test(single, "single", "g", design=design)
    agree(test.estimate, expected["rank"], "difference in ranks")
    agree(test.statistic, expected["rank_t"], "t of ranks")
    agree(test.df, expected["rank_df"], "df of ranks")


def test_a_correlation_is_estimated_anew_with_each_replicate() -> None:
    def correlation(weight: str) -> float:
        matrix = np.cov(ROWS["x"], ROWS["y"], aweights=ROWS[weight], ddof=0)
        return float(matrix[0, 1] / np.sqrt(matrix[0, 0] * matrix[1, 1]))

    each = np.array([correlation(f"rw{r}") for r in range(1, 9)])
    found = estimate.correlation(ROWS, "x", "y", design=declared("SDR.estimate"))
    assert found.estimate[0] == pytest.approx(correlation("w"), rel=1e-12)
    assert found.std_error[0] == pytest.approx(np.sqrt(4 / 8 * ((each - correlation("w")) ** 2).sum()), rel=1e-10)


def test_contrasts_of_quantiles_move_with_the_shares_below() -> None:
    design = declared("JK1.estimate")
    found = estimate.quantile(ROWS, "x", [0.25, 0.5], design=design, by=[None, "g"])
    one = estimate.contrast(found, {"one": "x['0.5', 'a']", "difference": "x['0.5', 'a'] - x['0.5', 'b']"})
    row = found.row(item="x[0.5]", level="a")
    assert one.std_error[0] == pytest.approx(found.std_error[row], rel=1e-12)
    matrix = found.covariance()
    a, b = ("x[0.5]", "", "g", "a"), ("x[0.5]", "", "g", "b")
    expected = matrix.loc[a, a] + matrix.loc[b, b] - 2 * matrix.loc[a, b]
    assert one.std_error[1] ** 2 == pytest.approx(expected, rel=1e-10)


def test_stages_and_units_of_the_design_leave_replicates_alone() -> None:
    alone = declared("JK1.estimate")
    rows = ROWS.assign(h=np.arange(len(ROWS)) // 2, p=np.arange(len(ROWS)) % 7)
    both = Design.from_frame(rows, strata="h", psu="p", weight="w", replicates="rw*", kind="JK1", single="fail")
    for made in (
        lambda d: estimate.variance(rows, "x", design=d).std_error[0],
        lambda d: estimate.standardize(rows, "x", "g", {"a": 30, "b": 70}, design=d).std_error[0],
        lambda d: estimate.rank_test(rows, "x", "g", design=d).std_error,
        lambda d: estimate.t_test(rows, "x", "g", design=d).std_error,
    ):
        assert made(both) == pytest.approx(made(alone), rel=1e-10)


def test_replicates_by_hand() -> None:
    w, x = ROWS["w"].to_numpy(), ROWS["x"].to_numpy()
    mean = (w * x).sum() / w.sum()
    each = np.array([(ROWS[f"rw{r}"] * x).sum() / ROWS[f"rw{r}"].sum() for r in range(1, 9)])
    found = estimate.mean(ROWS, "x", design=declared("ACS.estimate"))
    assert found.std_error[0] == pytest.approx(np.sqrt(4 / 8 * ((each - mean) ** 2).sum()), rel=1e-12)
    assert found.covariance().to_numpy()[0, 0] == pytest.approx(found.std_error[0] ** 2, rel=1e-12)


@pytest.mark.parametrize("many_rows", [0, 10**9])
def test_many_groups_and_several_blocks_of_rows_add_up_alike(monkeypatch: pytest.MonkeyPatch, many_rows: int) -> None:
    from aibaro.estimate import _replicate_sums
    from aibaro.frames import columns

    rows = ROWS.assign(z=ROWS["x"].where(ROWS["x"] > 45))

    def found() -> pd.DataFrame:
        design = declared("JK1.estimate")
        means = estimate.mean(rows, ["x", "y", "z"], design=design, by=["g", "t", "g×t"])
        return pd.concat([means.to_frame(), estimate.ratio(rows, "x", "z", design=design, by="g").to_frame()])

    whole = found()
    monkeypatch.setattr(columns, "BLOCK", 5)
    monkeypatch.setattr(columns, "_SMALL", 3)
    monkeypatch.setattr(columns, "_WIDE", 2)
    monkeypatch.setattr(_replicate_sums, "MANY_ROWS", many_rows)
    pd.testing.assert_frame_equal(found(), whole, rtol=1e-12)


def test_an_outlier_of_one_domain_leaves_the_replicates_of_another_alone() -> None:
    rows = ROWS.assign(x=ROWS["x"].where(ROWS["g"] != "a", ROWS["x"] + 1e15))
    found = estimate.mean(rows, "x", design=declared("JK1.estimate"), by="g")
    expected = estimate.mean(ROWS, "x", design=declared("JK1.estimate"), by="g")
    assert found.std_error[1] == pytest.approx(expected.std_error[1], rel=1e-12)
    away = estimate.mean(ROWS.assign(x=ROWS["x"] + 2.0**40), "x", design=declared("JK1.estimate"), by="g")
    np.testing.assert_allclose(away.std_error, expected.std_error, rtol=1e-3)


def test_replicates_that_are_factors_get_a_note() -> None:
    factors = ROWS.assign(**{f"rw{r}": ROWS[f"rw{r}"] / ROWS["w"] for r in range(1, 9)})
    design = Design.from_frame(factors, weight="w", replicates="rw*", kind="BRR")
    assert [note.key for note in design.notes] == ["design.replicates_differ"]
    assert not declared("BRR.estimate").notes
    # four half samples of three pairs: the rank is four
    halves = np.array([[1, 0, 1, 0, 1, 0], [1, 0, 0, 1, 0, 1], [0, 1, 1, 0, 0, 1], [0, 1, 0, 1, 1, 0]]).T * 2.0
    pairs = pd.DataFrame(halves, columns=[f"rw{r}" for r in range(1, 5)]).assign(w=1.0, x=np.arange(6.0))
    assert Design.from_frame(pairs, weight="w", replicates="rw*", kind="BRR").degrees_of_freedom == 3


@pytest.mark.parametrize("make", [lambda rows: pl.from_pandas(rows).lazy(), duckdb.from_df])
def test_engines_that_hand_over_some_rows_at_a_time_add_up_alike(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[pd.DataFrame], Any]
) -> None:
    from aibaro.frames import columns

    whole = estimate.mean(ROWS, ["x", "y"], design=declared("JK1.estimate"), by=["g", "t"])
    monkeypatch.setattr(columns, "BLOCK", 5)
    rows = make(ROWS)
    design = Design.from_frame(rows, weight="w", replicates="rw*", kind="JK1")
    parts = estimate.mean(rows, ["x", "y"], design=design, by=["g", "t"])
    pd.testing.assert_frame_equal(parts.to_frame(), whole.to_frame(), rtol=1e-12)
