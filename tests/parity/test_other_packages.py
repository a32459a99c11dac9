"""Estimates on rows against svy (script svy_values.py, software in values/svy.session.txt) and statsmodels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW
from tests.parity.r_values import VALUES
from tests.parity.test_rows import agree, design, rows

from aibaro import estimate
from aibaro.design import Design

SVY = pd.read_csv(VALUES / "svy.csv", dtype={"by": str, "level": str}, keep_default_na=False).to_dict("records")
FUNCTIONS = {"mean": estimate.mean, "total": estimate.total, "proportion": estimate.proportion}


def ours(expected: dict[str, Any]) -> estimate.Estimates:
    data, by = rows(expected["design"]), expected["by"].replace("comp_imp", "comp.imp") or None
    options = {"design": design(expected["design"]), "by": by}
    if expected["target"] == "ratio":
        return estimate.ratio(data, *expected["item"].split("/"), **options)
    if expected["target"] == "proportion-beta":
        return estimate.proportion(data, expected["item"], interval="beta", **options)
    return FUNCTIONS[expected["target"]](data, expected["item"], **options)


@pytest.mark.parametrize("expected", SVY, ids=[f"{e['design']}-{e['target']}-{e['item']}-{e['level']}" for e in SVY])
def test_estimates_equal_svy(expected: dict[str, Any]) -> None:
    found = ours(expected)
    row = found.row(level=expected["level"] or None)
    for column in ("estimate", "std_error", "df", "conf_low", "conf_high"):
        agree(getattr(found, column)[row], expected[column], column)


def test_a_simple_random_sample_equals_statsmodels() -> None:
    frame = rows("strat")
    plain = Design.from_frame(frame.assign(one=1.0), weight="one")
    found = estimate.mean(frame.assign(one=1.0), "api00", design=plain)
    descriptive = DescrStatsW(frame["api00"].astype(float))
    low, high = descriptive.tconfint_mean()
    agree(found.estimate[0], descriptive.mean, "mean")
    agree(found.std_error[0], descriptive.std_mean, "SE")
    agree(found.conf_low[0], low, "low")
    agree(found.conf_high[0], high, "high")


@pytest.mark.parametrize(("ours", "theirs"), [("wilson", "wilson"), ("beta", "beta"), ("wald", "normal")])
@pytest.mark.parametrize("count", [3, 20, 47])
def test_limits_with_many_degrees_of_freedom_equal_statsmodels(ours: str, theirs: str, count: int) -> None:
    n, p = 50.0, count / 50
    # at p (1 - p) / n without design and with the normal in place of Student's t the methods are the textbook ones
    error = np.sqrt(p * (1 - p) / n)
    low, high, _ = estimate.interval(ours, p, error, np.inf, n if ours != "beta" else np.inf)
    expected = proportion_confint(count, n, method=theirs)
    # statsmodels cuts Wald's limits at 0 and 1
    agree(float(np.clip(low, 0, 1)), expected[0], "low")
    agree(float(np.clip(high, 0, 1)), expected[1], "high")
