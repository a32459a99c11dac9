"""Weights of rows: faults with their remedies, sources of margins, history, diagnostics."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import aibaro.weights as w
from aibaro.design import Design
from aibaro.errors import ConflictError, InputError
from aibaro.published import load

ROWS = pd.DataFrame(
    {
        "size": ["s", "s", "s", "m", "m", "l"],
        "sector": ["x", "y", "y", "x", "y", "x"],
        "staff": [5.0, 8.0, 9.0, 60.0, 80.0, 400.0],
        "d": [2.0, 2.0, 2.0, 3.0, 3.0, 1.0],
    },
    index=[7, 3, 3, 1, 0, 9],
)
SIZE = {"s": 60, "m": 30, "l": 10}
SECTOR = {"x": 0.4, "y": 0.6}


def test_the_column_is_last_the_index_kept_and_the_input_untouched() -> None:
    before = ROWS.copy(deep=True)
    frame = w.rake(ROWS, {"size": SIZE, "sector": SECTOR}, weight="d").frame
    assert list(frame.columns) == [*ROWS.columns, "weight"]
    assert frame.index.tolist() == [7, 3, 3, 1, 0, 9]
    pd.testing.assert_frame_equal(ROWS, before)
    pd.testing.assert_frame_equal(frame.drop(columns="weight"), before)


def test_margins_may_be_mapping_long_table_wide_table_or_design() -> None:
    long = pd.DataFrame(
        {"domain": ["size"] * 3 + ["sector"] * 2, "level": ["s", "m", "l", "x", "y"], "target": [60, 30, 10, 40, 60]}
    )
    wide = pd.DataFrame(
        {"size": ["s", "s", "m", "m", "l"], "sector": ["x", "y", "x", "y", "x"], "population": [20, 40, 10, 20, 10]}
    )
    design = Design.from_strata(wide.assign(respondents=1))
    sources = [
        {"size": SIZE, "sector": {"x": 40, "y": 60}},
        long,
        wide,
        design,
        pl.from_pandas(long),
        pa.Table.from_pandas(wide),
        {"size": SIZE, "sector": SECTOR},
    ]
    found = [w.rake(ROWS, source, weight="d", tolerance=1e-13).frame["weight"] for source in sources]
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], rtol=1e-9)
    crossed = [w.poststratify(ROWS, source).frame["weight"] for source in (wide, design)]
    assert crossed[0].tolist() == crossed[1].tolist() == [20, 20, 20, 10, 20, 10]


def test_a_published_survey_gives_its_strata_as_margins() -> None:
    survey = load("flanders-2023")
    rows = survey.strata.loc[survey.strata.index.repeat(survey.strata["respondents"]), ["size_class", "sector"]]
    weighted = w.base(rows, strata=["size_class", "sector"], population=survey)
    assert weighted.after.total == pytest.approx(survey.strata["population"].sum(), rel=1e-12)
    assert weighted.after.kish_ratio == pytest.approx(1.6232, abs=5e-3)
    assert round(weighted.after.kish_effective_n) == 1609
    raked = w.rake(rows, survey)
    for variable in ("size_class", "sector"):
        sums = raked.frame.groupby(variable)["weight"].sum()
        expected = survey.strata.groupby(variable)["population"].sum()
        np.testing.assert_allclose(sums.loc[expected.index], expected, rtol=1e-9)


def test_all_faults_of_rows_and_margins_come_together_with_remedies() -> None:
    rows = ROWS.assign(size=["s", "s", None, "m", "huge", "l"]).astype({"size": object})
    with pytest.raises(InputError) as caught:
        w.rake(rows, {"size": {"s": 50, "m": 30, "l": 10, "xl": 10}, "sector": {"x": 40, "y": 50, "z": 10}})
    problems = {(fault.parameter, fault.problem) for fault in caught.value.faults}
    assert problems == {
        ("size", "missing values in a column of the margins"),
        ("size", "level of the rows without a total"),
        ("size", "no respondent to carry this level"),
        ("sector", "no respondent to carry this level"),
    }
    assert all(fault.hint for fault in caught.value.faults)
    assert "with l" in next(fault.hint for fault in caught.value.faults if fault.got == "'xl'")


def test_all_faults_of_the_margins_themselves_come_together() -> None:
    table = pd.DataFrame(
        {
            "domain": ["size", "size", "size", "sector", "sector"],
            "level": ["s", "s", "l", "x", "y"],
            "share": [0.5, 0.2, -0.1, 0.5, 0.4],
        }
    )
    with pytest.raises(InputError) as caught:
        w.rake(ROWS, table)
    assert {f.problem for f in caught.value.faults} == {
        "not a total",
        "level appears twice",
        "shares do not add up to one",
    }
    with pytest.raises(InputError, match="no such column"):
        w.poststratify(ROWS, pd.DataFrame({"size": ["s"], "population": [1]}), by=["size", "sector"])


def test_text_that_may_be_thousands_is_no_total() -> None:
    """9.000 is nine thousand in half of Europe; read as nine, the mean of 12 rows was .548 instead of .168."""
    rows = pd.DataFrame({"size": ["s"] * 6 + ["l"] * 6})
    with pytest.raises(InputError, match="not a total"):
        w.poststratify(rows, {"size": {"s": "9.000", "l": "12"}})
    with pytest.raises(InputError, match="not a population"):
        Design.from_frame(rows, strata="size", population={"s": "9.000", "l": "12"})
    table = pd.DataFrame({"size": ["s", "l"], "population": ["9.000", "12"], "respondents": ["6", "6"]})
    with pytest.raises(InputError, match="not a count"):
        Design.from_strata(table)
    assert Design.from_strata(table.replace("9.000", "9000")).weights.tolist() == [1500.0, 2.0]


def test_margins_that_disagree_return_their_totals() -> None:
    with pytest.raises(ConflictError, match="disagree") as caught:
        w.rake(ROWS, {"size": SIZE, "sector": {"x": 40, "y": 61}})
    assert [(f.parameter, f.got) for f in caught.value.faults] == [("size", "100.000000"), ("sector", "101.000000")]
    assert "shares" in str(caught.value)


def test_margins_that_no_weights_meet_return_an_irreducible_conflict() -> None:
    rows = pd.DataFrame({"a": ["p", "q"], "b": ["r", "t"]})
    with pytest.raises(ConflictError, match="no weights meet these margins") as caught:
        w.rake(rows, {"a": {"p": 30, "q": 10}, "b": {"r": 10, "t": 30}})
    assert len(caught.value.faults) == 2
    zero = pd.DataFrame({"a": ["p", "p", "q"], "b": ["r", "t", "t"]})
    with pytest.raises(ConflictError, match="weight zero") as caught:
        w.rake(zero, {"a": {"p": 20, "q": 20}, "b": {"r": 20, "t": 20}})
    assert [f.got for f in caught.value.faults] == ["'p × t'"]


def test_slow_raking_is_finished_by_newton_and_not_given_up() -> None:
    """One cell in a million: rounds of fitting crawl here, and the margins can still be met."""
    rows = pd.DataFrame({"a": ["p", "p", "q", "q"], "b": ["r", "t", "r", "t"], "d": [1.0, 1e-6, 1e-6, 1.0]})
    margins = {"a": {"p": 60.0, "q": 40.0}, "b": {"r": 40.0, "t": 60.0}}
    result = w.rake(rows, margins, weight="d", max_iterations=3)
    assert result.residual <= 1e-10
    assert w.rake(rows, margins, weight="d", max_iterations=10**6).frame["weight"].to_numpy() == pytest.approx(
        result.frame["weight"].to_numpy(), rel=1e-6
    )


def test_calibration_out_of_bounds_names_the_totals() -> None:
    with pytest.raises(ConflictError) as caught:
        w.calibrate(ROWS, {"size": SIZE, "sector": {"x": 40, "y": 60}}, weight="d", distance="logit", bounds=(0.5, 2))
    assert all(fault.parameter.startswith(("size=", "sector=")) for fault in caught.value.faults)
    with pytest.raises(ConflictError) as caught:
        w.calibrate(ROWS, {"size": {"s": 6, "m": 6, "l": 1}, "staff": 5000.0}, weight="d", distance="raking")
    assert "staff" in {fault.parameter for fault in caught.value.faults}
    with pytest.raises(InputError) as faulty:
        w.calibrate(ROWS, {"size": {"s": -1}}, weight="d", distance="logit", total=-5)
    assert len(faulty.value.faults) == 3


def test_numeric_auxiliaries_must_be_finite_numbers() -> None:
    with pytest.raises(InputError, match="missing or infinite"):
        w.calibrate(ROWS.assign(staff=[1, 2, np.nan, 4, 5, 6]), {"staff": 50.0}, total=10)
    with pytest.raises(InputError, match="not a numeric column"):
        w.calibrate(ROWS, {"size": 50.0}, total=10)
    lazy = pl.from_pandas(ROWS.assign(staff=[1, 2, np.nan, 4, 5, 6])).lazy()
    with pytest.raises(InputError, match="missing or infinite"):
        w.calibrate(lazy, {"staff": 50.0}, total=10)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_impossible_weights_are_refused_in_every_frame(bad: float) -> None:
    rows = ROWS.assign(d=[2, 2, bad, 3, 3, 1]).reset_index(drop=True)
    for frame in (rows, pl.from_pandas(rows), pl.from_pandas(rows).lazy(), pa.Table.from_pandas(rows)):
        with pytest.raises(InputError, match="1 rows"):
            w.normalize(frame, weight="d")


def test_trimming_refuses_caps_below_equal_weights_and_proposes_a_coarser_class() -> None:
    rows = pd.DataFrame({"size": ["s"] * 4 + ["l"] * 4, "sector": ["x", "x", "y", "y"] * 2})
    population = {("s", "x"): 40, ("s", "y"): 4, ("l", "x"): 8, ("l", "y"): 8}
    start = w.base(rows, strata=["size", "sector"], population=population)
    with pytest.raises(InputError) as caught:
        w.trim(start, upper=15)
    (fault,) = caught.value.faults
    assert (fault.parameter, fault.where, fault.got) == ("size×sector", "'s × x'", "20")
    assert fault.hint == "keep the totals of a coarser class: within=['size']"
    trimmed = w.trim(start, upper=15, within=["size"])
    assert trimmed.frame.groupby("size")["weight"].sum().to_dict() == {"l": 16.0, "s": 44.0}
    assert trimmed.history[-1].fit.notes["at a limit"] == 2
    with pytest.raises(InputError, match="do not know their strata"):
        w.trim(rows, upper=3)
    assert w.trim(start, upper=20).frame["weight"].tolist() == start.frame["weight"].tolist()


def test_nonresponse_by_aapor_codes_and_classes_without_respondents() -> None:
    rows = pd.DataFrame({"size": ["s"] * 5 + ["l"] * 2, "code": [1.1, 1.2, 2.1, 3.0, 4.1, 2.2, 2.3], "d": 10.0})
    with pytest.raises(InputError, match="class without respondents"):
        w.nonresponse(rows, disposition="code", classes="size", codes="aapor", weight="d")
    small = w.nonresponse(rows[:5], disposition="code", classes="size", codes="aapor", weight="d")
    # unknown eligibility first: 10 units over the weight 40 of all others, then 1 of 3 eligible units is silent
    assert small.frame["weight"].to_numpy() == pytest.approx([18.75, 18.75, 0, 0, 12.5], rel=1e-12)
    with pytest.raises(InputError, match="unknown disposition"):
        w.nonresponse(rows, disposition="code", classes="size", codes={"respondent": [1.1], "nonrespondent": 2.1})


def test_silent_units_may_lack_answers_and_stay_at_weight_zero() -> None:
    status = ["respondent", "respondent", "nonrespondent"]
    rows = pd.DataFrame({"stratum": "a", "status": status, "sex": ["f", "m", None]})
    start = w.nonresponse(w.base(rows, strata="stratum", population={"a": 30}), disposition="status", classes="stratum")
    assert w.rake(start, {"sex": {"f": 20, "m": 10}}).frame["weight"].tolist() == [20, 10, 0]
    lazy = w.nonresponse(
        w.base(pl.from_pandas(rows).lazy(), strata="stratum", population={"a": 30}),
        disposition="status",
        classes="stratum",
    )
    assert w.rake(lazy, {"sex": {"f": 20, "m": 10}}).frame.collect()["weight"].to_list() == [20, 10, 0]


def test_base_refuses_populations_that_do_not_fit() -> None:
    with pytest.raises(InputError) as caught:
        w.base(ROWS, strata="size", population={"s": 2, "m": 30, "xl": 3})
    assert {f.problem for f in caught.value.faults} == {
        "more rows than units",
        "level of the rows without a total",
        "no respondent to carry this level",
    }
    with pytest.raises(InputError, match="population differs within a stratum"):
        w.base(ROWS, strata="sector", population="staff")
    with pytest.raises(InputError, match="not an inclusion probability"):
        w.base(ROWS, probability="d")
    with pytest.raises(InputError, match="need strata with their population"):
        w.base(ROWS, strata="size")


def test_names_of_columns_are_checked_together() -> None:
    with pytest.raises(InputError) as caught:
        w.rake(ROWS, {"sise": SIZE}, weight="wt", name="staff")
    assert {f.parameter for f in caught.value.faults} == {"sise", "wt", "name"}
    with pytest.raises(InputError, match="not a frame"):
        w.normalize([1, 2, 3])


def test_history_diagnostics_and_love_plot() -> None:
    start = w.base(ROWS, strata="size", population=SIZE)
    result = w.rake(start, {"size": SIZE, "sector": SECTOR})
    table = result.to_frame()
    assert table["method"].tolist() == ["equal weights", "base", "rake"]
    assert table["total"].tolist() == pytest.approx([6, 100, 100])
    margins = result.margins().set_index(["domain", "level"])
    assert margins.loc[("sector", "x"), "before"] == pytest.approx(45.0)
    assert margins["residual"].max() <= 1e-10
    love = result.love_plot().set_index(["domain", "level"])
    assert love.loc[("sector", "x"), "difference_before"] == pytest.approx(0.05 / np.sqrt(0.24))
    assert love["difference_after"].abs().max() < 1e-9
    dumped = json.loads(json.dumps(result.to_dict()))
    assert [step["method"] for step in dumped["steps"]] == ["base", "rake"]
    assert "Kish (weights only)" in result.summary()
    assert "<table" in result._repr_html_()


def test_replay_refuses_levels_that_it_does_not_know() -> None:
    result = w.rake(ROWS, {"size": SIZE, "sector": SECTOR}, weight="d")
    with pytest.raises(InputError, match="huge"):
        result.replay(ROWS.assign(size="huge"))
    with pytest.raises(InputError, match="no such column"):
        result.replay(ROWS.drop(columns="sector"))
    with pytest.raises(InputError, match="kept, anew"):
        result.replay(ROWS, fit="again")


def test_levels_agree_across_types() -> None:
    rows = pd.DataFrame({"year": [2021, 2022, 2022], "new": [True, False, True]})
    by_text = w.rake(rows, {"year": {"2021": 10, "2022": 20}, "new": {"True": 12, "False": 18}})
    by_value = w.rake(rows, {"year": {2021: 10, 2022.0: 20}, "new": {True: 12, False: 18}})
    assert by_text.frame["weight"].tolist() == by_value.frame["weight"].tolist()


def test_a_lazy_frame_is_never_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pl.from_pandas(pd.concat([ROWS] * 50, ignore_index=True)).lazy()
    heights = []
    original = pl.LazyFrame.collect

    def watched(self: pl.LazyFrame, *args: object, **options: object) -> pl.DataFrame:
        frame = original(self, *args, **options)
        heights.append(frame.height)
        return frame

    monkeypatch.setattr(pl.LazyFrame, "collect", watched)
    result = w.calibrate(rows, {"size": SIZE, "staff": 6500.0}, weight="d", distance="raking")
    assert isinstance(result.frame, pl.LazyFrame)
    assert max(heights) <= 3
