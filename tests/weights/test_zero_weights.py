"""Rows of weight zero: units that did not answer stay in the variance, outside every domain, whatever follows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from aibaro import estimate, weights
from aibaro.design import Design

FRAMES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda rows: rows,
    "polars": pl.from_pandas,
    "lazy": lambda rows: pl.from_pandas(rows).lazy(),
    "pyarrow": pa.Table.from_pandas,
    "duckdb": duckdb.from_df,
}
SMALL = pd.DataFrame(
    {
        "size": list("sssssmmmm"),
        "status": [
            "respondent",
            "respondent",
            "nonrespondent",
            "respondent",
            "ineligible",
            "respondent",
            "nonrespondent",
            "respondent",
            "unknown",
        ],
        "N": [60] * 5 + [30] * 4,
        "ai": [1.0, 0, np.nan, 1, np.nan, 0, np.nan, 1, np.nan],
    }
)
MARGINS = {"sex": {"m": 500, "f": 600}, "age": {1: 400, 2: 400, 3: 300}}


def _rows() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n = 120
    frame = pd.DataFrame(
        {
            "h": rng.choice(list("ab"), n),
            "sex": rng.choice(["m", "f"], n),
            "age": rng.choice([1, 2, 3], n),
            "x": rng.normal(10, 3, n),
            "status": rng.choice(["respondent", "nonrespondent"], n, p=[0.7, 0.3]),
        }
    )
    # nobody of this cell answered
    frame.loc[(frame["sex"] == "m") & (frame["age"] == 3), "status"] = "nonrespondent"
    frame.loc[frame["status"] == "nonrespondent", "x"] = np.nan
    return frame.assign(N=np.where(frame["h"] == "a", 600, 500))


ROWS = _rows()


def adjusted(frame: Any) -> weights.WeightResult:
    base = weights.base(frame, strata="h", population="N")
    return weights.nonresponse(base, disposition="status", classes="h")


@pytest.mark.parametrize("name", FRAMES)
def test_nonresponse_weights_give_the_variance_of_all_sampled_units(name: str) -> None:
    frame = FRAMES[name](SMALL)
    base = weights.base(frame, strata="size", population="N")
    made = weights.nonresponse(base, disposition="status", classes="size")
    found = estimate.mean(made, "ai", design=made.design())
    # R: svymean(~ai, subset(svydesign(~1, strata = ~size, weights = ~w), status == "respondent"))
    assert found.estimate[0] == pytest.approx(0.6025641025641025, rel=1e-12)
    assert found.std_error[0] == pytest.approx(0.24596248609641638, rel=1e-10)
    assert (found.n[0], found.df[0]) == (5, 3)
    corrected = estimate.mean(made, "ai", design=made.design(population="N"))
    assert corrected.std_error[0] == pytest.approx(0.23280336232494842, rel=1e-10)
    assert made.design().degrees_of_freedom == 4
    assert [note.key for note in made.design().notes] == ["design.zero_weights"]


def test_zeros_that_belong_to_units_have_an_exact_variance_over_all_samples() -> None:
    population = pd.DataFrame({"y": [3.0, 8.0, 1.0, 6.0, 9.0, 4.0], "eligible": [1, 1, 0, 1, 1, 0]})
    found = []
    for drawn in combinations(range(6), 3):
        rows = population.iloc[list(drawn)].assign(h="a")
        rows["w"] = 2.0 * rows["eligible"]
        design = Design.from_frame(rows, strata="h", weight="w", rate=0.5)
        total = estimate.total(rows, "y", design=design)
        found.append((total.estimate[0], total.std_error[0] ** 2))
    estimates, variances = np.array(found).T
    assert estimates.mean() == pytest.approx((population["y"] * population["eligible"]).sum(), rel=1e-12)
    assert variances.mean() == pytest.approx(estimates.var(), rel=1e-12)


def test_who_answers_at_random_in_a_stratum_is_a_sample_of_it() -> None:
    y = np.array([3.0, 8.0, 1.0, 6.0, 9.0, 4.0])
    alone, kept = [], []
    for drawn in combinations(range(6), 4):
        for answered in combinations(drawn, 3):
            own = pd.DataFrame({"h": "a", "y": y[list(answered)]})
            design = Design.from_frame(own, strata="h", population={"a": 6})
            mean = estimate.mean(own, "y", design=design)
            alone.append((mean.estimate[0], mean.std_error[0] ** 2))
            whole = pd.DataFrame({"h": "a", "y": y[list(drawn)], "w": [2.0 * (k in answered) for k in drawn]})
            design = Design.from_frame(whole, strata="h", weight="w", population={"a": 6})
            kept.append(estimate.mean(whole, "y", design=design).std_error[0] ** 2)
    estimates, variances = np.array(alone).T
    assert variances.mean() == pytest.approx(estimates.var(), rel=1e-12)
    # the rule of the domain, with f = 4/6 in place of 3/6, understates it
    assert np.mean(kept) < 0.9 * estimates.var()


@pytest.mark.parametrize("name", FRAMES)
def test_raking_after_nonresponse_keeps_them(name: str) -> None:
    start = adjusted(ROWS)
    made = weights.rake(adjusted(FRAMES[name](ROWS)), MARGINS)
    found = estimate.mean(made, "x", design=made.design())
    # by hand: residuals on the margins with the weights before raking, zeros in their strata
    d = start.frame["weight"].to_numpy()
    w = weights.rake(start, MARGINS).frame["weight"].to_numpy()
    x = np.nan_to_num(ROWS["x"].to_numpy())
    mean = (w * x).sum() / w.sum()
    u = np.where(w > 0, (x - mean) / w.sum(), 0.0)
    z = np.hstack([pd.get_dummies(ROWS[v]).to_numpy(dtype=float) for v in MARGINS])
    root = np.sqrt(d)
    e = u - z @ np.linalg.lstsq(z * root[:, None], u * root, rcond=None)[0]
    variance = 0.0
    for h in "ab":
        own = (w * e)[(ROWS["h"] == h).to_numpy()]
        variance += len(own) / (len(own) - 1) * ((own - own.mean()) ** 2).sum()
    assert found.estimate[0] == pytest.approx(mean, rel=1e-10)
    assert found.std_error[0] == pytest.approx(np.sqrt(variance), rel=1e-9)
    assert found.n[0] == (w > 0).sum()
    jackknife = estimate.mean(made, "x", design=made.design(), variance="jackknife")
    # each replicate hands weight to those that answered anew
    assert jackknife.std_error[0] == pytest.approx(np.sqrt(variance), rel=0.1)


def test_calibration_on_numbers_after_nonresponse_keeps_them() -> None:
    rows = ROWS.assign(turnover=np.where(ROWS["status"] == "respondent", ROWS["x"].fillna(0) * 2 + 1, np.nan))
    made = weights.calibrate(adjusted(rows), {"sex": MARGINS["sex"], "turnover": 23_500.0})
    design = made.design()
    assert estimate.total(made, "turnover", design=design).std_error[0] < 1e-6
    assert estimate.mean(made, "x", design=design).n[0] == (made.frame["weight"] > 0).sum()


def test_a_public_file_with_zero_weights_is_a_design() -> None:
    rows = ROWS.assign(w=adjusted(ROWS).frame["weight"])
    design = Design.from_frame(rows, strata="h", weight="w")
    own = adjusted(ROWS)
    expected = estimate.mean(own, "x", design=own.design())
    found = estimate.mean(rows, "x", design=design)
    assert found.std_error[0] == pytest.approx(expected.std_error[0], rel=1e-12)
    assert found.df[0] == (rows["w"] > 0).sum() - 2


def test_intervals_of_pandas_are_levels_in_their_order() -> None:
    rng = np.random.default_rng(5)
    rows = pd.DataFrame({"years": rng.uniform(0, 90, 200), "y": rng.normal(size=200)})
    rows["age"] = pd.cut(rows["years"], [0, 5, 30, 90])
    classes = list(rows["age"].cat.categories)
    made = weights.rake(rows, {"age": dict(zip(classes, (100, 400, 500), strict=True))})
    assert made.margins()["level"].tolist() == ["(0, 5]", "(5, 30]", "(30, 90]"]
    assert made.frame["age"].dtype == rows["age"].dtype
    by = estimate.mean(made, "y", design=made.design(), by="age")
    assert by.level.tolist() == ["(0, 5]", "(5, 30]", "(30, 90]"]
    with pytest.raises(ValueError, match=r"'\(5, 30\]'"):
        weights.rake(rows, {"age": {classes[0]: 100, classes[2]: 500}})
