"""Tables against R survey 4.1.1 (script tables.R): shares, differences, tests and means of every column."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pytest
from tests.parity import r_values

from aibaro import weights
from aibaro.design import Design
from aibaro.estimate import proportion
from aibaro.estimate.pairwise import compare_levels
from aibaro.tables import Crosstab, crosstab

CASES = r_values.load("tables")
MARGINS = {"stype": {"E": 4421, "H": 755, "M": 1018}, "sch.wide": {"No": 1072, "Yes": 5122}}
DESIGNS: dict[str, dict[str, Any]] = {
    "strat": {"strata": "stype", "population": "fpc"},
    "clus": {"psu": "dnum", "population": "fpc"},
}
GRADES = ["low", "fair", "good", "high"]
SOURCES = ["strat", "clus", "linear"]
BANNER = ["sch.wide", "stype"]


@cache
def source(name: str) -> tuple[Any, Design]:
    frame = pd.read_csv(r_values.VALUES / f"api{'clus1' if name == 'clus' else 'strat'}.csv")
    grade = pd.cut(frame["api00"], [0, 550, 650, 750, 1000], labels=GRADES)
    frame["grade"] = grade.where(frame["snum"] % 7 != 0)
    frame["one"], frame["two"] = frame["awards"] == "Yes", (frame["comp.imp"] == "Yes").astype(int)
    if name != "linear":
        return frame, Design.from_frame(frame, weight="pw", **DESIGNS[name])
    result = weights.calibrate(frame, MARGINS, weight="pw")
    return result, result.design(**DESIGNS["strat"])


@cache
def table(name: str, percent: str = "column") -> Crosstab:
    data, design = source(name)
    rows = ["grade", {"set": ["one", "two"]}, "enroll"]
    return crosstab(
        data, rows, BANNER, design=design, percent=percent, measures={"enroll": ["mean"]}, letters="unadjusted"
    )


def picked(frame: pd.DataFrame, banner: str, **wanted: str) -> dict[str, dict[str, Any]]:
    for name, value in wanted.items():
        frame = frame[frame[name] == value]
    return {row["level"]: row for row in frame[frame["domain"] == banner].to_dict("records")}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("banner", BANNER)
@pytest.mark.parametrize("grade", GRADES)
def test_shares_of_columns(name: str, banner: str, grade: str) -> None:
    expected, frame = CASES[f"{name}|{banner}|{grade}"], table(name).to_frame()
    rows = picked(frame, banner, table="grade", category=grade)
    total = picked(frame, "", table="grade", category=grade)[""]
    assert total["estimate"] == pytest.approx(expected["estimate total"], rel=1e-9)
    assert total["std_error"] == pytest.approx(expected["std_error total"], rel=1e-8)
    assert len(rows) == (2 if banner == "sch.wide" else 3)
    for level, row in rows.items():
        assert row["estimate"] == pytest.approx(expected[f"estimate {level}"], rel=1e-9)
        assert row["std_error"] == pytest.approx(expected[f"std_error {level}"], rel=1e-8)


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("banner", BANNER)
def test_differences_of_columns(name: str, banner: str) -> None:
    data, design = source(name)
    result = proportion(data, "grade", design=design, by=[[banner]])
    for part in result.parts:
        expected = CASES[f"{name}|{banner}|{result.category[part.start]}"]
        pairs = compare_levels(result, part)
        for k, (a, b) in enumerate(zip(pairs.first, pairs.second, strict=True)):
            names = f"{result.level[part.start + a]} {result.level[part.start + b]}"
            assert pairs.difference[k] == pytest.approx(expected[f"difference {names}"], rel=1e-9, abs=1e-15)
            assert pairs.std_error[k] == pytest.approx(expected[f"difference_se {names}"], rel=1e-8)


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("banner", BANNER)
@pytest.mark.parametrize("grade", GRADES)
@pytest.mark.parametrize("percent", ["row", "whole"])
def test_other_percentages(name: str, banner: str, *, grade: str, percent: str) -> None:
    expected = CASES[f"{name}|{banner}|{grade}"]
    rows = picked(table(name, percent).to_frame(), banner, table="grade", category=grade)
    prefix = banner if percent == "row" else ""
    for level, row in rows.items():
        assert row["estimate"] == pytest.approx(expected[f"{percent} {prefix}{level}"], rel=1e-9)
        assert row["std_error"] == pytest.approx(expected[f"{percent}_se {prefix}{level}"], rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("banner", BANNER)
@pytest.mark.parametrize("item", ["one", "two", "enroll"])
def test_sets_and_means(name: str, banner: str, item: str) -> None:
    expected = CASES[f"{name}|{banner}|{item}"]
    for level, row in picked(table(name).to_frame(), banner, item=item).items():
        assert row["estimate"] == pytest.approx(expected[f"estimate {level}"], rel=1e-9)
        assert row["std_error"] == pytest.approx(expected[f"std_error {level}"], rel=1e-8)


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("banner", BANNER)
def test_tests_of_whole_tables(name: str, banner: str) -> None:
    tests = table(name).tests()
    own = tests[tests["domain"] == banner].set_index("item")
    if name != "linear":
        assert own.loc["grade", "statistic"] == pytest.approx(CASES[f"{name}|{banner}"]["F"], rel=1e-8)
    wald = CASES[f"{name}|{banner}|enroll"]
    assert own.loc["enroll", "statistic"] == pytest.approx(wald["wald"], rel=1e-8)
    assert own.loc["enroll", "df_residual"] == wald["wald_df"]
    assert own.loc["enroll", "p_value"] == pytest.approx(wald["wald_p"], rel=1e-6)
