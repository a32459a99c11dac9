"""Estimates with calibrated weights against R survey 4.1.1 (script calibrated.R): data set api."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.parity import r_values
from tests.parity.test_rows import METHODS, SHARES, agree

from aibaro import estimate, weights
from aibaro.design import Design
from aibaro.weights import WeightResult

CASES = r_values.load("calibrated")
# counts of the population of schools (apipop), and the total of api99 raised by 2.5%
COUNTS = {
    "stype": {"E": 4421, "H": 755, "M": 1018},
    "sch.wide": {"No": 1072, "Yes": 5122},
    "comp.imp": {"No": 1712, "Yes": 4482},
    "awards": {"No": 2027, "Yes": 4167},
}
CROSSED = {"No×No": 995, "Yes×No": 717, "No×Yes": 77, "Yes×Yes": 4405}
NUMBER = {"stype": COUNTS["stype"], "sch.wide": COUNTS["sch.wide"], "api99": 4011920}
MARGINS = {v: COUNTS[v] for v in ("sch.wide", "comp.imp", "stype")}
# 6,157 schools of the population gave their enrolment
TWO = {"api99": 4011920, "enroll": 3811472}
DESIGNS: dict[str, dict[str, Any]] = {
    "strat": {"strata": "stype", "population": "fpc"},
    "strat_none": {"strata": "stype"},
    "clus": {"psu": "dnum", "population": "fpc"},
}


@cache
def rows(name: str) -> pd.DataFrame:
    frame = pd.read_csv(r_values.VALUES / f"{'apiclus1' if name == 'clus' else 'apistrat'}.csv", keep_default_na=False)
    missed = frame["api00"].where(frame["snum"] % 7 != 0)
    return frame.assign(poor=frame["meals"] > 50, missed=missed)


@cache
def result(name: str, step: str) -> WeightResult:
    data, start = rows(name), {"weight": "pw"}
    if step in {"poststratify", "twice"}:
        crossed = {"stype": COUNTS["stype"]} if name == "clus" else {"sch.wide×comp.imp": CROSSED}
        first = weights.poststratify(data, crossed, **start)
        return (
            first
            if step == "poststratify"
            else weights.calibrate(first, {"awards": COUNTS["awards"]}, distance="raking")
        )
    if step == "rake":
        return weights.rake(data, MARGINS, **start)
    distance = step.removeprefix("number_")
    if step == "number_two":
        return weights.calibrate(data, TWO, total=6157, **start)
    totals = NUMBER if step.startswith("number") else MARGINS
    bounds = {"logit": (0.3, 5), "number_logit": (0.5, 2.5)}.get(step)
    return weights.calibrate(data, totals, distance=distance, bounds=bounds, **start)


@cache
def design(name: str, step: str) -> Design:
    return result(name, step).design(**DESIGNS[name])


def split(case: str) -> tuple[str, str, str, dict[str, Any]]:
    """Read a case such as ``strat.raking.enroll.stype-awards.E-Yes``: design, step, item, and by and level."""
    name, step, rest = case.split(".", maxsplit=2)
    for variables in ("stype-awards", "comp.imp", "stype"):
        item, found, level = rest.partition(f".{variables}.")
        if found:
            return name, step, item, {"by": variables.replace("-", "×"), "level": level.replace("-", "×")}
    return name, step, rest, {}


def other_order(case: str) -> bool:
    """Tell the cases whose two steps are not nested in one another."""
    return case.startswith(f"clus.{OTHER_ORDER}.")


# R's rake() takes residuals of each of its poststratifications in turn, ten times over, and without weights
OTHER_RESIDUALS = "rake"
# R takes the residual of the first of several steps first: docs/parity.md says why that understates
OTHER_ORDER = "twice"
ITEMS = ("api00", "missed", "poor", "enroll")
MEANS = sorted(c for c in CASES if split(c)[2] in ITEMS)
SMOOTH = [c for c in MEANS if split(c)[1] != OTHER_RESIDUALS and not other_order(c)]
ORDER = r_values.load("order")


def test_every_kind_of_calibration_is_there() -> None:
    assert {split(c)[1] for c in CASES} == {
        "poststratify",
        "rake",
        "linear",
        "raking",
        "logit",
        "twice",
        "number_linear",
        "number_raking",
        "number_logit",
        "number_two",
    }
    assert len(MEANS) > 150


@pytest.mark.parametrize("case", [c for c in CASES if c.endswith(".weights")])
def test_weights_equal_r(case: str) -> None:
    name, step, _, _ = split(case)
    weight = result(name, step).frame["weight"].to_numpy()
    agree(weight[0], CASES[case]["first"], "first weight")
    agree((weight**2).sum(), CASES[case]["sum_of_squares"], "sum of squares")


@cache
def estimated(function: str, name: str, step: str, item: str, by: str | None) -> estimate.Estimates:
    return getattr(estimate, function)(result(name, step), item, design=design(name, step), by=by)


def check_means(case: str, expected: dict[str, float]) -> None:
    name, step, item, options = split(case)
    data, by = result(name, step), options.get("by")
    found = estimated("mean", name, step, item, by)
    row = found.row(level=options.get("level"))
    for column in ("estimate", "std_error", "df", "conf_low", "conf_high", "deff"):
        agree(getattr(found, column)[row], expected[column], column)
    total = estimated("total", name, step, item, by)
    agree(total.estimate[row], expected["total"], "total")
    agree(total.std_error[row], expected["total_se"], "total_se")
    if item == "missed":
        assert found.missing.sum() == rows(name)["missed"].isna().sum()
    if options and item == "missed":
        alone = estimate.mean(
            data,
            item,
            design=design(name, step),
            domain=dict(zip(by.split("×"), options["level"].split("×"), strict=True)),
        )
        agree(alone.std_error[0], expected["std_error"], "SE of the domain alone")


@pytest.mark.parametrize("case", SMOOTH)
def test_means_and_totals_equal_r(case: str) -> None:
    check_means(case, CASES[case])


@pytest.mark.parametrize("case", [c for c in MEANS if split(c)[1] == OTHER_RESIDUALS])
def test_raked_estimates_are_those_of_rake_and_standard_errors_those_of_calibrate(case: str) -> None:
    calibrated = case.replace(".rake.", ".raking.")
    if calibrated in CASES:
        check_means(case, CASES[calibrated])
    agree(CASES[case]["estimate"], CASES.get(calibrated, CASES[case])["estimate"], "R's own estimates")


@pytest.mark.parametrize("item", ["api00", "poor", "enroll"])
@pytest.mark.parametrize("level", [None, "No"])
def test_of_several_steps_the_last_residual_is_taken_first(item: str, level: str | None) -> None:
    found = estimated("mean", "clus", OTHER_ORDER, item, "comp.imp" if level else None)
    row = found.row(level=level)
    expected = ORDER[f"{item}.{level or 'all'}"]
    agree(found.estimate[row], expected["estimate"], "estimate")
    agree(found.std_error[row], expected["last_first"], "residuals by hand in R")
    assert abs(expected["first_first"] / expected["last_first"] - 1) > 1e-4, "the orders can be told apart"


def test_standard_errors_of_rake_differ() -> None:
    apart = [
        abs(CASES[c]["std_error"] / CASES[c.replace(".rake.", ".raking.")]["std_error"] - 1)
        for c in MEANS
        if split(c)[1] == OTHER_RESIDUALS
    ]
    assert max(apart) > 1e-3


@pytest.mark.parametrize("case", [c for c in SMOOTH if "xlogit_low" in CASES[c]])
def test_limits_of_proportions_equal_r(case: str) -> None:
    name, step, item, options = split(case)
    found = estimated("proportion", name, step, item, options.get("by"))
    row = [found.row(level=options.get("level"))]
    for r_method, method in METHODS.items():
        n = found.n[row]
        if method == "beta" and options:
            # R counts all schools of a calibrated design as the n of a domain, and those of the domain in other designs
            assert n[0] < len(rows(name))
            n = np.array([float(len(rows(name)))])
        (low,), (high,), _ = estimate.interval(method, found.estimate[row], found.std_error[row], found.df[row], n)
        if method == "logit":
            assert (low, high) == (found.conf_low[row][0], found.conf_high[row][0])
        if method == "arcsine" and low == 0:
            assert CASES[case]["asin_low"] > 0, "R's limit turned back at zero"
        else:
            agree(low, CASES[case][f"{r_method}_low"], f"{method} low")
        agree(high, CASES[case][f"{r_method}_high"], f"{method} high")


@pytest.mark.parametrize(
    "case", [c for c in CASES if split(c)[2] == "ratio" and split(c)[1] != OTHER_RESIDUALS and not other_order(c)]
)
def test_ratios_equal_r(case: str) -> None:
    name, step, _, options = split(case)
    found = estimate.ratio(result(name, step), "api.stu", "enroll", design=design(name, step), by=options.get("by"))
    row = found.row(level=options.get("level"))
    for column in ("estimate", "std_error", "deff"):
        agree(getattr(found, column)[row], CASES[case][column], column)


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.endswith(".contrast") and split(c)[1] != OTHER_RESIDUALS and not other_order(c)]
)
def test_contrasts_equal_r(case: str) -> None:
    name, step, _, _ = split(case)
    data, own = result(name, step), design(name, step)
    difference = estimate.contrast(estimate.mean(data, "api00", design=own, by="awards"), "'Yes' - 'No'")
    items = estimate.contrast(
        estimate.mean(data, ["api00", "enroll"], design=own, covariance="items"), "api00 - enroll"
    )
    agree(difference.estimate[0], CASES[case]["difference"], "difference")
    agree(difference.std_error[0], CASES[case]["difference_se"], "difference SE")
    agree(items.estimate[0], CASES[case]["items"], "items")
    agree(items.std_error[0], CASES[case]["items_se"], "items SE")


CATEGORICAL = [
    c
    for c in CASES
    if c.endswith(".chisq") and "number" not in c and split(c)[1] != OTHER_RESIDUALS and not other_order(c)
]


@pytest.mark.parametrize("case", CATEGORICAL)
@pytest.mark.parametrize("statistic", ["F", "Chisq"])
def test_rao_scott_equals_r(case: str, statistic: str) -> None:
    name, step, _, _ = split(case)
    found = estimate.chi_square(result(name, step), "awards", "stype", design=design(name, step), statistic=statistic)
    agree(found.statistic, CASES[case][f"{statistic}_statistic"], "statistic")
    agree(found.df, CASES[case][f"{statistic}_df1"], "df")
    agree(found.p_value, CASES[case][f"{statistic}_p"], "p")


@pytest.mark.parametrize("case", [c for c in CASES if ".quantile." in c])
@pytest.mark.parametrize("rule", ["math", "school"])
def test_quantiles_equal_r(case: str, rule: str) -> None:
    name, step, _, options = split(case.replace(".quantile", ""))
    domain = {options["by"]: options["level"]} if options else None
    found = estimate.quantile(result(name, step), "api00", SHARES, design=design(name, step), domain=domain, rule=rule)
    for row, share in enumerate(SHARES):
        names = {"estimate": "estimate", "conf_low": "low", "conf_high": "high", "std_error": "se"}
        for column, theirs in names.items():
            agree(getattr(found, column)[row], CASES[case][f"{rule}_{share}_mean_{theirs}"], f"{share} {column}")


def test_the_frame_alone_does_for_categories() -> None:
    own = design("strat", "raking")
    one, other = (
        estimate.mean(data, "api00", design=own).std_error
        for data in (result("strat", "raking"), result("strat", "raking").frame)
    )
    np.testing.assert_array_equal(one, other)
