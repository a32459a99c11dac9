"""Variances, tests of two groups and standardised means against R survey 4.1.1 (script comparisons.R): data set api."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from tests.parity import r_values
from tests.parity.test_rows import agree

from aibaro import estimate
from aibaro.design import Design

CASES = r_values.load("comparisons")


@cache
def rows(name: str) -> pd.DataFrame:
    file = {"strat": "apistrat", "clus": "apiclus1"}[name]
    frame = pd.read_csv(r_values.VALUES / f"{file}.csv", keep_default_na=False)
    return frame.assign(own=frame["api00"] + np.arange(1, len(frame) + 1) / 1000)


@cache
def design(name: str) -> Design:
    options: dict[str, Any] = {"strat": {"strata": "stype", "population": "fpc"}, "clus": {"psu": "dnum"}}[name]
    return Design.from_frame(rows(name), weight="pw", **options)


@pytest.mark.parametrize("name", CASES)
def test_variances_and_correlations_equal_r(name: str) -> None:
    expected, data = CASES[name], rows(name)
    both = estimate.variance(data, ["api00", "enroll"], design=design(name))
    mixed = estimate.covariance(data, "api00", "enroll", design=design(name))
    linear = estimate.correlation(pl.from_pandas(data), "api00", "enroll", design=design(name))
    for found, row, what in ((both, 0, "var_x"), (both, 1, "var_y"), (mixed, 0, "cov"), (linear, 0, "cor")):
        agree(found.estimate[row], expected[what], what)
        agree(found.std_error[row], expected[f"{what}_se"], f"{what} SE")


@pytest.mark.parametrize("name", CASES)
def test_t_tests_equal_r(name: str) -> None:
    two = estimate.t_test(rows(name), "api00", "awards", design=design(name))
    one = estimate.t_test(rows(name), "api00", design=design(name), value=600)
    for found, what, shift in ((two, "t2", 0.0), (one, "t1", 600.0)):
        expected = CASES[name]
        agree(found.estimate - shift, expected[f"{what}_estimate"], "estimate")
        agree(found.statistic, expected[what], "t")
        agree(found.df, expected[f"{what}_df"], "df")
        agree(found.p_value, expected[f"{what}_p"], "p")
        agree(found.conf_low - shift, expected[f"{what}_low"], "low")
        agree(found.conf_high - shift, expected[f"{what}_high"], "high")


@pytest.mark.parametrize("score", ["wilcoxon", "vanderwaerden"])
@pytest.mark.parametrize("name", CASES)
def test_rank_tests_equal_r(name: str, score: str) -> None:
    for data in (rows(name), pl.from_pandas(rows(name)).lazy()):
        found = estimate.rank_test(data, "own", "awards", design=design(name), score=score)
        agree(found.estimate, CASES[name][f"{score}_estimate"], "estimate")
        agree(found.statistic, CASES[name][f"{score}_t"], "t")
        agree(found.df, CASES[name][f"{score}_df"], "df")
        agree(found.p_value, CASES[name][f"{score}_p"], "p")


@pytest.mark.parametrize("name", CASES)
def test_standardised_means_equal_r(name: str) -> None:
    standard = {"E": 4, "H": 1, "M": 2}
    found = estimate.standardize(rows(name), "api00", "stype", standard, design=design(name), by=[None, "comp.imp"])
    for row, what in enumerate(("std", "std_No", "std_Yes")):
        agree(found.estimate[row], CASES[name][what], what)
        agree(found.std_error[row], CASES[name][f"{what}_se"], f"{what} SE")
