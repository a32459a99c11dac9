"""Strata of a single unit against R survey 4.1.1 (script lonely.R): data set api."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from tests.parity import r_values
from tests.parity.test_rows import agree

from aibaro import estimate
from aibaro.design import Design
from aibaro.errors import InputError

CASES = r_values.load("lonely")


@cache
def rows(name: str) -> pd.DataFrame:
    if name == "strat":
        frame = pd.read_csv(r_values.VALUES / "apistrat.csv", keep_default_na=False)
        return frame.assign(h=np.where(np.arange(len(frame)) == 6, "alone", frame["stype"]))
    frame = pd.read_csv(r_values.VALUES / "apiclus1.csv", keep_default_na=False)
    sides = np.where(frame["dnum"] < 450, "low", "high")
    return frame.assign(h=np.where(frame["dnum"] == frame["dnum"][0], "alone", sides))


@cache
def design(name: str, rule: str) -> Design:
    return Design.from_frame(rows(name), strata="h", psu="dnum" if name == "clus" else None, weight="pw", single=rule)


@pytest.mark.parametrize("case", [c for c in CASES if ".ratio" not in c])
def test_means_and_totals_equal_r(case: str) -> None:
    name, rule, item, *rest = case.split(".")
    options = {"design": design(name, rule), "domain": {"awards": "Yes"} if rest else None}
    found = estimate.mean(rows(name), item, **options)
    for column in ("estimate", "std_error", "df", "conf_low", "conf_high", "deff"):
        agree(getattr(found, column)[0], CASES[case][column], column)
    total = estimate.total(rows(name), item, **options)
    agree(total.estimate[0], CASES[case]["total"], "total")
    if rule == "adjust":
        # survey 4.1 centres the total of a single unit at zero; later versions, and we, at the mean of all units
        data = rows(name)
        inside = data[data["awards"] == "Yes"] if rest else data
        alone = inside[inside["h"] == "alone"]
        others = CASES[case.replace("adjust", "certainty")]["total_se"] ** 2
        unit = float((alone["pw"] * alone[item]).sum())
        units = data["dnum"].nunique() if name == "clus" else len(data)
        centre = float(total.estimate[0]) / units if len(alone) else 0.0
        agree(others + unit**2, CASES[case]["total_se"] ** 2, "total_se at zero")
        agree(total.std_error[0] ** 2, others + (unit - centre) ** 2, "total_se at the mean")
    else:
        agree(total.std_error[0], CASES[case]["total_se"], "total_se")


@pytest.mark.parametrize("case", [c for c in CASES if ".ratio" in c])
def test_ratios_equal_r(case: str) -> None:
    name, rule, _ = case.split(".")
    found = estimate.ratio(rows(name), "api.stu", "enroll", design=design(name, rule))
    for column in ("estimate", "std_error", "deff"):
        agree(getattr(found, column)[0], CASES[case][column], column)


@pytest.mark.parametrize("name", ["strat", "clus"])
def test_a_single_unit_is_an_error_unless_a_rule_is_named(name: str) -> None:
    with pytest.raises(InputError, match="alone"):
        design(name, "fail")


DOMAINS = r_values.load("lonely_domains")


@pytest.mark.parametrize("case", DOMAINS)
def test_domains_of_single_units_equal_r(case: str) -> None:
    correction, rule = case.split(".")
    frame = pd.read_csv(r_values.VALUES / "apistrat.csv", keep_default_na=False)
    third = frame.index[frame["stype"] == "H"][2]
    inside = ((frame["stype"] != "H") & (frame["awards"] == "Yes")) | (frame.index == third)
    frame["inside"] = np.where(inside, "yes", "no")
    population = "fpc" if correction == "fpc" else None
    own = Design.from_frame(frame, strata="stype", weight="pw", population=population, single=f"{rule}_domains")
    options = {"design": own, "domain": {"inside": "yes"}}
    mean = estimate.mean(frame, "api00", **options)
    agree(mean.estimate[0], DOMAINS[case]["mean"], "mean")
    agree(mean.std_error[0], DOMAINS[case]["mean_se"], "mean SE")
    agree(estimate.total(frame, "enroll", **options).std_error[0], DOMAINS[case]["total_se"], "total SE")
    agree(estimate.mean(frame, "api00", single=rule, **options).std_error[0], DOMAINS[case]["plain_se"], "plain SE")
