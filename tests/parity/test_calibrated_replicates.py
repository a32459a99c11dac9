"""Replicates of calibrated weights, each weighted anew, against R survey (script calibrated_replicates.R): apistrat."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.parity import r_values
from tests.parity.test_calibrated import rows
from tests.parity.test_rows import agree

from aibaro import estimate, weights
from aibaro.design import Design
from aibaro.errors import ConflictError, InputError, UnsupportedError

CASES = r_values.load("calibrated_replicates")
AWARDS, WIDE = {"No": 2027, "Yes": 4167}, {"No": 1072, "Yes": 5122}
# the sum over the population of schools
API99 = 3914069
STRATA: dict[str, Any] = {"strata": "stype", "population": "fpc"}


@cache
def weighted(name: str) -> tuple[Any, Design]:
    data = rows("strat")
    if name == "none":
        return data, Design.from_frame(data, weight="pw", **STRATA)
    made = {
        "rake": lambda: weights.rake(data, {"awards": AWARDS, "sch.wide": WIDE}, weight="pw", tolerance=1e-12),
        "poststratify": lambda: weights.poststratify(data, {"awards": AWARDS}, weight="pw"),
        "calibrate": lambda: weights.calibrate(data, {"awards": AWARDS, "api99": API99}, weight="pw"),
    }[name]()
    return made, made.design(**STRATA)


@pytest.mark.parametrize("case", CASES)
def test_jackknife_equals_r(case: str) -> None:
    name, center = case.split(".")
    data, design = weighted(name)
    options: dict[str, Any] = {"design": design, "variance": "jackknife", "center": center}
    mean = estimate.mean(data, "api00", **options)
    assert mean.variance == "jackknife"
    agree(mean.estimate[0], CASES[case]["mean"], "mean")
    agree(mean.std_error[0], CASES[case]["mean_se"], "mean SE")
    agree(estimate.total(data, "enroll", **options).std_error[0], CASES[case]["total_se"], "total SE")
    agree(estimate.ratio(data, "api.stu", "enroll", **options).std_error[0], CASES[case]["ratio_se"], "ratio SE")
    domain = estimate.mean(data, "api00", domain={"stype": "H"}, **options)
    agree(domain.std_error[0], CASES[case]["domain_se"], "domain SE")


@pytest.mark.parametrize("name", ["none", "rake", "poststratify", "calibrate"])
def test_columns_of_replicates_give_what_the_estimator_makes_itself(name: str) -> None:
    data, design = weighted(name)
    made = weights.replicates(data, design=design)
    declared = made.design()
    assert declared.degrees_of_freedom == design.degrees_of_freedom
    own = estimate.mean(data, "api00", design=design, variance="jackknife", center="estimate", by="stype")
    found = estimate.mean(made.frame, "api00", design=declared, by="stype")
    np.testing.assert_allclose(found.std_error, own.std_error, rtol=1e-10)
    column = design.rows.weight if design.rows is not None else ""
    totals = [made.frame[c].sum() for c in made.columns]
    if name != "none":
        # each replicate meets the totals
        np.testing.assert_allclose(totals, float(made.frame[column].sum()), rtol=1e-9)


def test_kinds_of_pairs_agree_with_the_linearised_variance_of_a_total() -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"h": np.repeat([f"h{i}" for i in range(7)], 2), "y": rng.normal(10, 3, 14)})
    frame["w"] = rng.uniform(2, 9, 14)
    frame["N"] = 9
    for population in (None, "N"):
        design = Design.from_frame(frame, strata="h", weight="w", population=population)
        options: dict[str, Any] = {"fpc": "none"} if population is None else {}
        if population:
            design = Design.from_frame(frame, strata="h", weight="w", rate=2 / 9)
        linear = estimate.total(frame, "y", design=design, **options).std_error[0]
        for kind, more in (("BRR", {}), ("Fay", {"rho": 0.3}), ("JK2", {}), ("JKn", {})):
            made = weights.replicates(frame, design=design, kind=kind, **more)
            found = estimate.total(made.frame, "y", design=made.design()).std_error[0]
            assert found == pytest.approx(linear, rel=1e-10), kind
    jackknife = weights.replicates(frame, design=Design.from_frame(frame, weight="w"), kind="JK1")
    plain = estimate.total(frame, "y", design=Design.from_frame(frame, weight="w")).std_error[0]
    assert estimate.total(jackknife.frame, "y", design=jackknife.design()).std_error[0] == pytest.approx(plain)


def test_bootstraps_agree_with_the_linearised_variance() -> None:
    data, design = weighted("rake")
    linear = estimate.mean(data, "api00", design=design).std_error[0]
    found = estimate.mean(data, "api00", design=design, variance="bootstrap", seed=11, replicates=300)
    # the Monte Carlo error of 300 replicates is 4%
    assert found.std_error[0] == pytest.approx(linear, rel=0.12)
    again = estimate.mean(data, "api00", design=design, variance="bootstrap", seed=11, replicates=300)
    assert found.std_error[0] == again.std_error[0]


def test_every_frame_library_gives_the_same_replicates() -> None:
    import duckdb
    import polars as pl
    import pyarrow as pa

    frame = rows("strat")[["stype", "awards", "pw", "api00"]]
    design = Design.from_frame(frame, strata="stype", weight="pw")
    expected = weights.replicates(frame, design=design).frame["rw7"].to_numpy()
    for other in (
        pl.from_pandas(frame),
        pl.from_pandas(frame).lazy(),
        pa.Table.from_pandas(frame),
        duckdb.from_df(frame),
    ):
        made = weights.replicates(other, design=Design.from_frame(other, strata="stype", weight="pw"))
        np.testing.assert_allclose(np.asarray(made.frame["rw7"]), expected, rtol=1e-15)
        raked = weights.rake(other, {"awards": AWARDS}, weight="pw")
        both = weights.replicates(raked, design=raked.design(strata="stype"))
        assert float(np.asarray(both.frame["rw7"]).sum()) == pytest.approx(6194)


def test_what_cannot_be_replicated_is_refused() -> None:
    data, design = weighted("rake")
    with pytest.raises(UnsupportedError, match="calibrated each anew"):
        estimate.mean(data.frame, "api00", design=design, variance="jackknife")
    with pytest.raises(InputError, match="needs a seed"):
        weights.replicates(data, design=design, kind="bootstrap")
    with pytest.raises(InputError, match="without exactly two units"):
        weights.replicates(data, design=design, kind="BRR")
    with pytest.raises(InputError, match="JK1 knows no strata"):
        weights.replicates(data, design=design, kind="JK1")
    with pytest.raises(InputError, match="unknown choice"):
        weights.replicates(data, design=design, kind="jackknife")
    small = pd.DataFrame({"g": list("aaab"), "x": [1.0, 2, 3, 4]})
    made = weights.poststratify(small, {"g": {"a": 30, "b": 10}})
    with pytest.raises(ConflictError, match="replicate 4 cannot be weighted") as caught:
        weights.replicates(made, design=made.design())
    assert "no respondent to carry this level" in str(caught.value)
