"""Designs of two stages against R survey (script stages.R): data sets apiclus2 and mu284."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.parity import r_values
from tests.parity.test_rows import agree

from aibaro import estimate, weights
from aibaro.design import Design
from aibaro.errors import InputError

CASES = r_values.load("stages")
LONELY = r_values.load("lonely_stages")
ROWS = pd.read_csv(r_values.VALUES / "apiclus2.csv")
STAGES: dict[str, Any] = {"psu": ["dnum", "snum"]}
BOTH = STAGES | {"population": ["fpc1", "fpc2"]}
TYPES = {"E": 4421, "H": 755, "M": 1018}
NAMES = ("both", "rates", "none", "poststratify", "calibrate")


@cache
def analysed(name: str) -> tuple[Any, Design]:
    if name == "poststratify":
        made = weights.poststratify(ROWS, {"stype": TYPES}, weight="pw")
        return made, made.design(**BOTH)
    if name == "calibrate":
        made = weights.calibrate(ROWS, {"stype": TYPES}, weight="pw", distance="raking")
        return made, made.design(**BOTH)
    options = {"both": BOTH, "rates": STAGES | {"rate": ["rate1", "rate2"]}, "none": STAGES}[name]
    return ROWS, Design.from_frame(ROWS, weight="pw", **options)


def close(found: Any, row: int, expected: dict[str, float]) -> None:
    for column in ("estimate", "std_error", "df", "conf_low", "conf_high"):
        agree(getattr(found, column)[row], expected[column], column)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("item", ["api00", "enroll", "poor"])
def test_means_and_totals_equal_r(name: str, item: str) -> None:
    data, design = analysed(name)
    expected = CASES[f"{name}.{item}"]
    close(estimate.mean(data, item, design=design), 0, expected)
    total = estimate.total(data, item, design=design)
    agree(total.estimate[0], expected["total"], "total")
    agree(total.std_error[0], expected["total_se"], "total SE")


@pytest.mark.parametrize("name", NAMES)
def test_domains_ratios_and_tests_equal_r(name: str) -> None:
    data, design = analysed(name)
    by = estimate.mean(data, "api00", design=design, by="stype")
    for level in TYPES:
        close(by, by.row(level=level), CASES[f"{name}.api00.{level}"])
        alone = estimate.mean(data, "api00", design=design, domain={"stype": level})
        agree(alone.std_error[0], CASES[f"{name}.api00.{level}"]["std_error"], "SE of the domain alone")
    np.testing.assert_allclose(np.diag(by.covariance()), by.std_error**2, rtol=1e-9)
    ratio = estimate.ratio(data, "meals", "ell", design=design)
    agree(ratio.estimate[0], CASES[f"{name}.ratio"]["estimate"], "ratio")
    agree(ratio.std_error[0], CASES[f"{name}.ratio"]["std_error"], "ratio SE")
    test = estimate.chi_square(data, "awards", "stype", design=design)
    agree(test.statistic, CASES[f"{name}.chisq"]["statistic"], "F")
    agree(test.p_value, CASES[f"{name}.chisq"]["p"], "p")


@pytest.mark.parametrize("name", ["both", "rates", "none"])
def test_contrasts_quantiles_and_models_equal_r(name: str) -> None:
    data, design = analysed(name)
    by = estimate.mean(data, "api00", design=design, by="stype")
    difference = estimate.contrast(by, "'E' - 'H'")
    agree(difference.estimate[0], CASES[f"{name}.contrast"]["estimate"], "difference")
    agree(difference.std_error[0], CASES[f"{name}.contrast"]["std_error"], "difference SE")
    covariance = by.covariance().to_numpy()
    assert covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1] == pytest.approx(
        difference.std_error[0] ** 2, rel=1e-9
    )
    quantile = estimate.quantile(data, "api00", 0.5, design=design, interval="wald")
    agree(quantile.conf_low[0], CASES[f"{name}.quantile"]["low"], "lower limit")
    agree(quantile.conf_high[0], CASES[f"{name}.quantile"]["high"], "upper limit")
    model = estimate.glm("api00 ~ ell + meals", data, design=design).to_frame()
    for k in range(3):
        # R's own iteration ends at 1e-8
        assert model["std_error"][k] == pytest.approx(CASES[f"{name}.glm"][f"se{k + 1}"], rel=1e-6)


def test_the_swedish_municipalities_equal_r() -> None:
    rows = pd.read_csv(r_values.VALUES / "mu284.csv")
    sampled = rows.groupby("id1")["id2"].transform("size")
    rows["w"] = rows["n1"] / rows["id1"].nunique() * rows["n2"] / sampled
    design = Design.from_frame(rows, psu=["id1", "id2"], population=["n1", "n2"], weight="w")
    total, mean = estimate.total(rows, "y1", design=design), estimate.mean(rows, "y1", design=design)
    agree(total.estimate[0], CASES["mu284"]["total"], "total")
    agree(total.std_error[0], CASES["mu284"]["total_se"], "total SE")
    agree(mean.std_error[0], CASES["mu284"]["mean_se"], "mean SE")
    assert design.degrees_of_freedom == CASES["mu284"]["df"]


def test_a_stage_without_its_population_counts_as_drawn_with_replacement() -> None:
    first = Design.from_frame(ROWS, psu="dnum", population="fpc1", weight="pw")
    stages = Design.from_frame(ROWS, psu=["dnum", "snum"], population=["fpc1", None], weight="pw")
    one, two = (estimate.mean(ROWS, "api00", design=d, single="certainty").std_error[0] for d in (first, stages))
    both = estimate.mean(ROWS, "api00", design=analysed("both")[1]).std_error[0]
    assert one < both < two
    none = estimate.mean(ROWS, "api00", design=analysed("both")[1], fpc="none")
    with_replacement = estimate.mean(ROWS, "api00", design=analysed("none")[1])
    agree(none.std_error[0], with_replacement.std_error[0], "without correction the first stage is all")


def test_faults_of_stages_name_the_unit() -> None:
    with pytest.raises(InputError, match="weights of several stages"):
        Design.from_frame(ROWS, psu=["dnum", "snum"], population=["fpc1", "fpc2"])
    with pytest.raises(InputError, match="not one entry a stage"):
        Design.from_frame(ROWS, psu=["dnum", "snum"], population=["fpc1"], weight="pw")
    small = ROWS.assign(fpc2=np.where(ROWS["dnum"] == 83, 1, ROWS["fpc2"]))
    with pytest.raises(InputError, match="'83', stage of 'snum'"):
        Design.from_frame(small, weight="pw", **BOTH)
    varying = ROWS.assign(fpc2=ROWS["fpc2"] + (ROWS["snum"] == ROWS.loc[ROWS["dnum"] == 83, "snum"].max()))
    with pytest.raises(InputError, match="varies inside a unit"):
        Design.from_frame(varying, weight="pw", **BOTH)
    # districts of which one school of several was drawn
    lonely = ROWS.assign(fpc2=ROWS["fpc2"] + 1)
    design = Design.from_frame(lonely, weight="pw", **BOTH)
    with pytest.raises(InputError, match="a single one of the next stage"):
        estimate.mean(lonely, "api00", design=design)
    with pytest.raises(InputError, match="a single one of the next stage"):
        estimate.mean(lonely, "api00", design=design, single="average")


@pytest.mark.parametrize("rule", ["adjust", "certainty"])
def test_single_units_of_the_second_stage_equal_r(rule: str) -> None:
    rows = ROWS.assign(fpc2=ROWS["fpc2"] + 1)
    design = Design.from_frame(rows, weight="pw", single=rule, **BOTH)
    for item in ("api00", "enroll", "poor"):
        found, expected = estimate.mean(rows, item, design=design), LONELY[f"{rule}.{item}"]
        agree(found.estimate[0], expected["estimate"], item)
        agree(found.std_error[0], expected["std_error"], f"{item} SE")
    by = estimate.mean(rows, "api00", design=design, by="stype")
    for level in TYPES:
        agree(by.std_error[by.row(level=level)], LONELY[f"{rule}.api00.{level}"]["std_error"], level)
    np.testing.assert_allclose(np.diag(by.covariance()), by.std_error**2, rtol=1e-9)
    contrast = estimate.contrast(by, "'E' - 'H'")
    agree(contrast.std_error[0], LONELY[f"{rule}.contrast"]["std_error"], "difference SE")
    ratio = estimate.ratio(rows, "meals", "ell", design=design)
    agree(ratio.estimate[0], LONELY[f"{rule}.ratio"]["estimate"], "ratio")
    agree(ratio.std_error[0], LONELY[f"{rule}.ratio"]["std_error"], "ratio SE")
