"""Tests of two groups, standardised means, contrasts of quantiles: meaning, missing rows, faults."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from aibaro import estimate
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate import contrast

RNG = np.random.default_rng(11)
SIZE = 90
ROWS = pd.DataFrame(
    {
        "h": np.repeat(["a", "b", "c"], SIZE // 3),
        "p": np.arange(SIZE) // 5,
        "w": RNG.uniform(1, 4, SIZE),
        "g": RNG.choice(["x", "y", "z"], SIZE),
        "y": RNG.normal(10, 3, SIZE).round(1),
        "old": RNG.choice(["young", "old"], SIZE),
    }
)
ROWS.loc[::7, "y"] = np.nan
ROWS.loc[::11, "g"] = None
DESIGN = Design.from_frame(ROWS, strata="h", weight="w")
CLUSTERS = Design.from_frame(ROWS, strata="h", psu="p", weight="w")


@pytest.mark.parametrize("design", [DESIGN, CLUSTERS])
def test_two_groups_of_three_are_named_and_others_stay_in_the_variance(design: Design) -> None:
    found = estimate.t_test(ROWS, "y", "g", design=design, levels=["x", "z"])
    means = estimate.mean(ROWS, "y", design=design, by="g")
    same = contrast(means, "'z' - 'x'")
    assert found.estimate == pytest.approx(same.estimate[0], rel=1e-13)
    assert found.std_error == pytest.approx(same.std_error[0], rel=1e-12)
    used = ROWS["g"].isin(["x", "z"]) & ROWS["y"].notna()
    units = used.sum() if design is DESIGN else ROWS.loc[used, "p"].nunique()
    assert found.df == units - 3 - 1
    assert found.n == used.sum()
    assert found.missing == (ROWS["g"].isin(["x", "z"]) & ROWS["y"].isna()).sum()
    with pytest.raises(InputError, match="two groups are needed"):
        estimate.t_test(ROWS, "y", "g", design=design)
    with pytest.raises(InputError, match="two groups are needed"):
        estimate.rank_test(ROWS, "y", "g", design=design, levels=["x", "nobody"])


def test_the_degrees_of_freedom_may_be_given() -> None:
    normal = estimate.t_test(ROWS, "y", "g", design=DESIGN, levels=["x", "z"], df=float("inf"))
    assert normal.p_value == pytest.approx(1 - abs(_phi(normal.statistic)), rel=1e-12)
    few = estimate.mean(ROWS, "y", design=DESIGN, df=3)
    assert few.df.tolist() == [3.0]
    assert few.conf_high[0] - few.estimate[0] == pytest.approx(3.182446305284263 * few.std_error[0], rel=1e-12)


def _phi(value: float) -> float:
    from math import erf, sqrt

    return erf(value / sqrt(2))


def test_ranks_are_those_of_the_population_and_ties_share_theirs() -> None:
    rows = pd.DataFrame(
        {"h": "a", "g": ["x", "x", "y", "y", "y"], "y": [1, 2, 2, 3, 3], "w": [1.0, 3.0, 2.0, 1.0, 3.0]}
    )
    design = Design.from_frame(rows, strata="h", weight="w")
    # weights below, and half of those equal: 0.5, 1 + 2.5, 6 + 2 of 10
    rank = np.array([0.05, 0.35, 0.35, 0.8, 0.8])
    mean = [np.average(rank[rows["g"] == level], weights=rows["w"][rows["g"] == level]) for level in ("x", "y")]
    for order in ([0, 1, 2, 3, 4], [4, 2, 1, 3, 0]):
        found = estimate.rank_test(rows.iloc[order], "y", "g", design=design)
        assert found.estimate == pytest.approx(mean[1] - mean[0], rel=1e-13)
    words = rows.assign(y=pd.Categorical.from_codes(rows["y"] - 1, ["low", "middle", "high"], ordered=True))
    assert estimate.rank_test(words, "y", "g", design=design).estimate == pytest.approx(mean[1] - mean[0], rel=1e-13)


@pytest.mark.parametrize("score", ["wilcoxon", "vanderwaerden", "median"])
def test_every_engine_ranks_alike(score: str) -> None:
    arrow = pa.Table.from_pandas(ROWS, preserve_index=False)
    engines: list[Any] = [ROWS, pl.from_arrow(arrow), pl.from_arrow(arrow).lazy(), arrow, duckdb.from_arrow(arrow)]
    found = [estimate.rank_test(e, "y", "g", design=CLUSTERS, levels=["x", "y"], score=score) for e in engines]
    for other in found[1:]:
        assert other.estimate == pytest.approx(found[0].estimate, rel=1e-12, abs=1e-15)
        assert other.std_error == pytest.approx(found[0].std_error, rel=1e-12)


def test_a_standard_equal_to_the_sample_changes_no_mean() -> None:
    whole = ROWS.assign(y=ROWS["y"].fillna(5))
    shares = whole.groupby("old")["w"].sum().to_dict()
    plain = estimate.mean(whole, "y", design=DESIGN)
    found = estimate.standardize(whole, "y", "old", shares, design=DESIGN)
    assert found.estimate[0] == pytest.approx(plain.estimate[0], rel=1e-12)
    with pytest.raises(InputError, match="a level has no standard"):
        estimate.standardize(whole, "y", "old", {"young": 1}, design=DESIGN)
    with pytest.raises(InputError, match="not a count or share"):
        # adds to a positive sum, and would weigh one group against the other
        estimate.standardize(whole, "y", "old", {"young": 3, "old": -1}, design=DESIGN)
    with pytest.raises(InputError, match="nothing was observed"):
        estimate.standardize(whole.assign(y=whole["y"].where(whole["old"] == "old")), "y", "old", shares, design=DESIGN)


@pytest.mark.parametrize("design", [DESIGN, CLUSTERS])
def test_a_standardised_domain_is_the_group_of_that_name(design: Design) -> None:
    shares = {"young": 3, "old": 1}
    groups = estimate.standardize(ROWS, "y", "old", shares, design=design, by="g")
    one = estimate.standardize(ROWS, "y", "old", shares, design=design, domain={"g": "y"})
    row = groups.row(level="y")
    assert (one.estimate[0], one.std_error[0]) == pytest.approx(
        (groups.estimate[row], groups.std_error[row]), rel=1e-12
    )
    mean = ROWS.loc[ROWS["g"] == "y"].dropna().groupby("old").apply(lambda r: np.average(r["y"], weights=r["w"]))
    assert one.estimate[0] == pytest.approx(0.75 * mean["young"] + 0.25 * mean["old"], rel=1e-12)
    # old people of x answered nothing, which is no matter to y
    gone = ROWS.assign(y=ROWS["y"].mask((ROWS["g"] == "x") & (ROWS["old"] == "old")))
    assert estimate.standardize(gone, "y", "old", shares, design=design, domain={"g": "y"}).estimate == one.estimate
    with pytest.raises(InputError, match="nothing was observed"):
        estimate.standardize(gone, "y", "old", shares, design=design, domain={"g": "x"})


@pytest.mark.parametrize("design", [DESIGN, CLUSTERS])
def test_contrasts_of_quantiles_use_the_density_of_their_intervals(design: Design) -> None:
    found = estimate.quantile(ROWS, "y", [0.25, 0.5], design=design, by=[None, "g"])
    value = contrast(
        found, {"one": "'y[0.5]'['x']", "spread": "'y[0.5]' - 'y[0.25]'", "group": "'y[0.5]'['x'] - 'y[0.5]'"}
    )
    row = found.row(item="y[0.5]", level="x")
    assert value.std_error[0] == pytest.approx(found.std_error[row], rel=1e-12)
    matrix = found.covariance().to_numpy()
    low, middle = found.row(item="y[0.25]", domain=""), found.row(item="y[0.5]", domain="")
    spread = matrix[low, low] + matrix[middle, middle] - 2 * matrix[low, middle]
    assert value.std_error[1] ** 2 == pytest.approx(spread, rel=1e-10)
    short = contrast(found, {text: text for text in ("y[0.5]['x']", "y[0.5] - y[0.25]", "y['0.5', 'x'] - y[0.5]")})
    assert short.std_error == pytest.approx(value.std_error, rel=1e-12)
    single = contrast(estimate.quantile(ROWS, "y", design=design, by=[None, "g"]), "y['x'] - y")
    assert single.std_error[0] == pytest.approx(value.std_error[2], rel=1e-12)
    # quarters and halves of one sample move together
    assert matrix[low, middle] > 0
    assert value.std_error[2] < np.hypot(found.std_error[row], found.std_error[middle])


def test_variances_by_group_are_those_of_the_group_alone() -> None:
    found = estimate.variance(ROWS, "y", design=DESIGN, by="g")
    for level in ("x", "y", "z"):
        mine = ROWS[(ROWS["g"] == level) & ROWS["y"].notna()]
        mean = np.average(mine["y"], weights=mine["w"])
        expected = np.average((mine["y"] - mean) ** 2, weights=mine["w"]) * len(mine) / (len(mine) - 1)
        assert found.estimate[found.row(level=level)] == pytest.approx(expected, rel=1e-12)
    line = estimate.correlation(ROWS.assign(x=3 - 2 * ROWS["y"]), "y", "x", design=DESIGN)
    assert line.estimate[0] == pytest.approx(-1, rel=1e-12)
    assert line.std_error[0] < 1e-12


def test_a_count_of_a_group_is_as_precise_as_the_total_of_its_indicator() -> None:
    rows = ROWS.assign(one=1.0, x=(ROWS["g"] == "x").astype(float))
    counted = estimate.total(rows, "one", design=DESIGN, by="g")
    shown = estimate.total(rows, "x", design=DESIGN)
    row = counted.row(level="x")
    for column in ("estimate", "std_error", "n_eff"):
        assert getattr(counted, column)[row] == pytest.approx(getattr(shown, column)[0], rel=1e-10), column
    assert counted.flag[row] == shown.flag[0]
