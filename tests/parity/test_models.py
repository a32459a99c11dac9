"""Models against R survey 4.1.1 (script models.R): data set api."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pytest
from tests.parity import r_values

from aibaro import estimate, weights
from aibaro.design import Design

CASES = r_values.load("models")
MARGINS = {"stype": {"E": 4421, "H": 755, "M": 1018}, "sch.wide": {"No": 1072, "Yes": 5122}}
DESIGNS: dict[str, dict[str, Any]] = {
    "strat": {"strata": "stype", "population": "fpc"},
    "none": {"strata": "stype"},
    "clus": {"psu": "dnum", "population": "fpc"},
}
FORMULAS = {
    "api": "api00 ~ stype + meals + enroll",
    "met": "met ~ meals + enroll",
    "count": "enroll ~ stype + meals",
    "crossed": "api00 ~ stype * awards + meals",
    "missing": "api00 ~ missed + stype",
    "gain": "api00 ~ stype + meals + offset(0.5 * api99)",
    "rate": "enroll ~ stype + offset(log(api99))",
    "odds": "met ~ meals + offset(api99 / 1000)",
}
FAMILIES = {
    "gaussian": ("gaussian", None),
    "binomial": ("binomial", None),
    "probit": ("binomial", "probit"),
    "cloglog": ("binomial", "cloglog"),
    "poisson": ("poisson", None),
    "gamma": ("gamma", "log"),
}
TERMS = {"api": "stype", "met": "meals", "count": "stype", "crossed": "stype:awards", "missing": "stype"}
TERMS |= {"gain": "stype", "rate": "stype", "odds": "meals"}
MODELS = [case for case in CASES if not {"margins", "ordinal", "model"} & set(case.split("."))]


@cache
def rows(name: str) -> pd.DataFrame:
    frame = pd.read_csv(r_values.VALUES / f"api{'clus1' if name in {'clus', 'raking'} else 'strat'}.csv")
    cuts = pd.cut(frame["api00"], [0, 550, 650, 750, 1000], labels=["low", "fair", "good", "high"])
    missed = frame["meals"].where(frame["snum"] % 7 != 0)
    return frame.assign(missed=missed, met=(frame["comp.imp"] == "Yes").astype(int), grade=cuts)


@cache
def source(name: str) -> tuple[Any, Design]:
    """Rows, or their weights, and the design."""
    data = rows(name)
    if name in DESIGNS:
        return data, Design.from_frame(data, weight="pw", **DESIGNS[name])
    if name == "raking":
        result = weights.calibrate(data, MARGINS, distance="raking", weight="pw")
        return result, result.design(**DESIGNS["clus"])
    totals = MARGINS | ({"api99": 4011920} if name == "number" else {})
    result = weights.calibrate(data, totals, weight="pw")
    return result, result.design(**DESIGNS["strat"])


@cache
def model(case: str) -> estimate.Model:
    name, formula, family, domain = case.split(".")
    data, design = source(name)
    kind, link = FAMILIES[family]
    text = "met ~ meals" if domain else FORMULAS[formula]
    inside = {"sch.wide": "Yes"} if domain else None
    return estimate.glm(text, data, design=design, family=kind, link=link, domain=inside)


def r_name(term: str) -> str:
    """R's name of a coefficient."""
    return "(Intercept)" if term == "Intercept" else term.replace("[T.", "").replace("]", "")


@pytest.mark.parametrize("case", MODELS)
def test_coefficients_errors_and_limits(case: str) -> None:
    expected, frame = CASES[case], model(case).to_frame()
    assert frame["df"].tolist() == [expected["df"]] * len(frame)
    assert len(frame) == sum(name.startswith("estimate ") for name in expected)
    # R stops at a relative change of 1e-14 of the deviance, which is 1e-7 of a coefficient
    for row in frame.to_dict("records"):
        for column in ("estimate", "std_error", "conf_low", "conf_high", "p_value"):
            theirs = expected[f"{column} {r_name(row['term'])}"]
            nothing = 1e-9 if column == "p_value" else 1e-7 * expected[f"std_error {r_name(row['term'])}"]
            assert row[column] == pytest.approx(theirs, rel=1e-6, abs=nothing), (row["term"], column)


@pytest.mark.parametrize("case", MODELS)
def test_tests_of_terms(case: str) -> None:
    expected, term = CASES[case], TERMS[case.split(".")[1]]
    wald = model(case).test(term)
    assert wald.statistic == pytest.approx(expected["wald"], rel=1e-6)
    assert wald.p_value == pytest.approx(expected["wald_p"], rel=1e-5, abs=1e-14)
    ratio = model(case).test(term, method="lrt")
    if "lrt" in expected:
        assert ratio.statistic == pytest.approx(expected["lrt"], rel=1e-6)
        lambdas = [expected[f"lambda{j}"] for j in range(1, ratio.df + 1)]
        assert list(ratio.eigenvalues) == pytest.approx(lambdas, rel=1e-6)
    if "lrt_p" in expected:
        # R approximates the tail by a saddlepoint, which is off by up to 0.007 here; ours is an integral
        assert ratio.p_value == pytest.approx(expected["lrt_p"], abs=1e-2)


@pytest.mark.parametrize("case", [case for case in CASES if ".margins." in case])
def test_predicted_margins(case: str) -> None:
    name, _, family = case.split(".")
    data, design = source(name)
    text = "api00 ~ meals + enroll + stype" if family == "gaussian" else "met ~ meals + stype"
    found = estimate.glm(text, data, design=design, family=family).predict("stype").to_frame()
    for row in found.to_dict("records"):
        for column in ("estimate", "std_error"):
            assert row[column] == pytest.approx(CASES[case][f"{column} {row['level']}"], rel=1e-6)


@pytest.mark.parametrize(
    ("case", "formula"),
    [
        ("strat.ordinal", "grade ~ meals + awards"),
        ("clus.ordinal", "grade ~ meals + stype"),
        ("missing.ordinal", "grade ~ missed"),
    ],
)
def test_ordered_logit(case: str, formula: str) -> None:
    data, design = source("clus" if case.startswith("clus") else "strat")
    expected = CASES[case]
    frame = estimate.ordinal(formula, data, design=design).to_frame()
    assert frame["df"].tolist() == [expected["df"]] * len(frame)
    for row in frame.to_dict("records"):
        name = r_name(row["term"])
        assert row["estimate"] == pytest.approx(expected[f"estimate {name}"], rel=1e-8)
        assert row["std_error"] == pytest.approx(expected[f"std_error {name}"], rel=1e-6)
        # where R itself stopped
        assert row["estimate"] == pytest.approx(expected[f"early {name}"], rel=1e-3)


@pytest.mark.parametrize("case", ["jack.model.gaussian", "jack.model.binomial", "stages.model.gaussian"])
def test_replicates_and_stages(case: str) -> None:
    expected = CASES[case]
    if case.startswith("jack"):
        copies = pd.read_csv(r_values.VALUES / "apiclus1_jk1.csv").drop(columns=["snum", "pw"])
        data = pd.concat([rows("clus"), copies], axis=1)
        design = Design.from_frame(data, weight="pw", replicates="rw*", kind="JK1")
    else:
        data = pd.read_csv(r_values.VALUES / "apiclus2.csv")
        design = Design.from_frame(data, psu=["dnum", "snum"], population=["fpc1", "fpc2"], weight="pw")
    family = case.split(".")[2]
    text = "api00 ~ stype + meals" if family == "gaussian" else FORMULAS["met"]
    frame = estimate.glm(text, data, design=design, family=family).to_frame()
    assert frame["df"].tolist() == [expected["df"]] * len(frame)
    for row in frame.to_dict("records"):
        assert row["estimate"] == pytest.approx(expected[f"estimate {r_name(row['term'])}"], rel=1e-6)
        assert row["std_error"] == pytest.approx(expected[f"std_error {r_name(row['term'])}"], rel=1e-6)
