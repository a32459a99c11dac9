"""Estimates on stratum counts against R survey 4.1.1 (script strata_counts.R)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.parity import r_values as fixtures

from aibaro import estimate
from aibaro.design import Design

CASES = fixtures.load("strata_counts")
METHODS = {"mean": "wald", "xlogit": "logit", "beta": "beta", "asin": "arcsine"}
# R interpolates the profile of the likelihood at a grid of points
LIKELIHOOD_TOLERANCE = 2e-4


def _tables() -> dict[str, pd.DataFrame]:
    twelve = pd.DataFrame(
        {
            "size": ["small", "medium", "large"],
            "sector": "all",
            "population": [100, 40, 6],
            "respondents": 4,
            "successes": [1, 2, 3],
        }
    )
    eight = pd.read_csv(fixtures.VALUES / "strata_counts_table.csv")
    lonely = eight.copy()
    lonely.loc[[5, 7], "respondents"] = 1
    lonely.loc[[5, 7], "successes"] = [1, 0]
    return {"twelve": twelve, "eight": eight, "lonely": lonely}


TABLES = _tables()


def _arguments(case: str) -> tuple[pd.DataFrame, dict[str, object]]:
    name, *rest = case.split(".")
    options: dict[str, object] = {}
    if name == "lonely":
        options["single"] = rest.pop(0)
    options["fpc"] = rest.pop(0)
    if rest:
        options["domain"] = {rest[0]: rest[1]}
    table = TABLES[name]
    options["design"] = Design.from_strata(table[["size", "sector", "population", "respondents"]])
    return table, options


@pytest.mark.parametrize("case", sorted(CASES))
def test_proportion_and_its_limits_equal_r(case: str) -> None:
    table, options = _arguments(case)
    expected = CASES[case]
    for r_method, method in METHODS.items():
        result = estimate.proportion(table, "successes", interval=method, **options)
        for column in ("estimate", "std_error", "df", "deff"):
            assert fixtures.close(getattr(result, column)[0], expected[column]), column
        low, high = float(result.conf_low[0]), float(result.conf_high[0])
        if result.method[0].endswith("+exact"):
            continue
        if method == "arcsine" and low == 0:
            assert expected["asin_low"] > 0, "R's limit turned back at zero"
        else:
            assert fixtures.close(low, expected[f"{r_method}_low"]), method
        assert fixtures.close(high, expected[f"{r_method}_high"]), method


@pytest.mark.parametrize("case", sorted(CASES))
def test_likelihood_limits_equal_r_as_far_as_r_solves_them(case: str) -> None:
    table, options = _arguments(case)
    result = estimate.proportion(table, "successes", interval="likelihood", **options)
    if result.method[0].endswith("+exact") or np.isnan(CASES[case]["likelihood_low"]):
        return
    assert fixtures.close(result.conf_low[0], CASES[case]["likelihood_low"], LIKELIHOOD_TOLERANCE)
    assert fixtures.close(result.conf_high[0], CASES[case]["likelihood_high"], LIKELIHOOD_TOLERANCE)


@pytest.mark.parametrize("case", sorted(CASES))
def test_design_effect_with_replacement_equals_r(case: str) -> None:
    table, options = _arguments(case)
    result = estimate.proportion(table, "successes", deff="with_replacement", **options)
    assert fixtures.close(result.deff[0], CASES[case]["deff_replace"])


@pytest.mark.parametrize("case", sorted(CASES))
def test_total_equals_r(case: str) -> None:
    table, options = _arguments(case)
    result = estimate.total(table, "successes", **options)
    expected = CASES[case]
    assert fixtures.close(result.estimate[0], expected["total"])
    if ".adjust." in case:
        return
    assert fixtures.close(result.std_error[0], expected["total_se"])
    assert fixtures.close(result.deff[0], expected["total_deff"])
    assert fixtures.close(result.conf_low[0], expected["total_low"])
    assert fixtures.close(result.conf_high[0], expected["total_high"])


@pytest.mark.parametrize("case", sorted(c for c in CASES if ".adjust." in c))
def test_adjusted_total_is_centred_at_the_mean_of_units(case: str) -> None:
    # survey 4.1 centres the total of a single unit at zero; later versions, and we, at the mean of all units
    table, options = _arguments(case)
    result = estimate.total(table, "successes", **options)
    inside = table[table["size"] == case.rsplit(".", maxsplit=1)[-1]] if ".size." in case else table
    alone = inside[inside["respondents"] == 1]
    units = (alone["population"] * alone["successes"]).to_numpy(dtype=float)
    fraction = 1 / alone["population"].to_numpy(dtype=float) if options["fpc"] == "population" else 0.0
    mean = float(result.estimate[0]) / float(inside["respondents"].sum())
    others = CASES[case.replace("adjust", "certainty")]["total_se"] ** 2
    assert fixtures.close(CASES[case]["total_se"] ** 2, others + ((1 - fraction) * units**2).sum())
    assert fixtures.close(result.std_error[0] ** 2, others + ((1 - fraction) * (units - mean) ** 2).sum())
