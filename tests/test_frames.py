"""The same rows in every frame library give the same sums and the same estimates."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from aibaro import estimate
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.frames import Below, Extremes, Present, Product, read

TOLERANCE = 1e-12


def _rows(seed: int = 5, size: int = 3000) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "size.class": generator.choice(["micro", "small", "large"], size, p=[0.6, 0.3, 0.1]),
            "region": generator.integers(1, 4, size),
            "plant": generator.integers(0, 12, size),
            "turnover": generator.lognormal(8, 1.2, size),
            "staff": generator.integers(0, 100, size).astype("int8"),
            "orders": generator.integers(0, 10**6, size),
            "ai": generator.random(size) < 0.3,
            "plans": (generator.random(size) < 0.1).astype("int64"),
        }
    )
    frame["w"] = frame["size.class"].map({"micro": 31.0, "small": 7.0, "large": 1.5})
    frame["uneven"] = frame["w"] * generator.uniform(0.5, 2, size)
    frame["population"] = (frame.groupby("size.class")["w"].transform("size") * frame["w"]).round()
    frame["profit"] = (frame["turnover"] * generator.normal(0.1, 0.2, size)).where(generator.random(size) > 0.15)
    return frame


ROWS = _rows()


def _duckdb(frame: pd.DataFrame) -> Any:
    return duckdb.connect().from_arrow(pa.Table.from_pandas(frame, preserve_index=False))


FRAMES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda frame: frame,
    "pandas-nullable": lambda frame: frame.convert_dtypes(),
    "pandas-arrow": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "polars": pl.from_pandas,
    "polars-lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "polars-nan": lambda frame: pl.from_pandas(frame, nan_to_null=False),
    "pyarrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "pyarrow-chunked": lambda frame: pa.concat_tables(
        [
            pa.Table.from_pandas(frame.iloc[:700], preserve_index=False),
            pa.Table.from_pandas(frame.iloc[700:], preserve_index=False),
        ]
    ),
    "duckdb": _duckdb,
}
DESIGNS: dict[str, dict[str, Any]] = {
    "population": {"strata": "size.class", "population": "population"},
    "both": {"strata": ["size.class"], "weight": "w", "population": "population"},
    "uneven": {"strata": ["size.class", "region"], "weight": "uneven"},
    "clustered": {"strata": "size.class", "psu": "plant", "weight": "uneven"},
    "unstratified": {"weight": "w"},
}


def _numbers(result: estimate.Estimates) -> np.ndarray:
    columns = (
        "estimate",
        "std_error",
        "df",
        "df_satterthwaite",
        "conf_low",
        "conf_high",
        "n",
        "missing",
        "n_eff",
        "deff",
    )
    return np.array([getattr(result, c) for c in columns], dtype=float)


def _analyses(frame: Any, options: dict[str, Any]) -> list[np.ndarray]:
    design = Design.from_frame(frame, **options)
    items = ["turnover", "profit", "staff", "orders", "ai", "plans"]
    return [
        _numbers(estimate.mean(frame, items, design=design, by=["region", "size.class×region"])),
        _numbers(estimate.total(frame, items, design=design)),
        _numbers(
            estimate.proportion(frame, ["ai", "plans"], design=design, by="region", domain={"size.class": "micro"})
        ),
        _numbers(estimate.mean(frame, "profit", design=design, base="ai")),
        _numbers(estimate.ratio(frame, ["profit", "staff"], "turnover", design=design, by="region")),
        _numbers(estimate.quantile(frame, "profit", [0.2, 0.5], design=design, by="region"))[:-1],
        np.array([estimate.chi_square(frame, "ai", "region", design=design).statistic]),
    ]


@cache
def _expected(design: str) -> list[np.ndarray]:
    return _analyses(ROWS, DESIGNS[design])


CASES = [(n, d) for n in FRAMES if n != "pandas" for d in ("both", "uneven", "clustered")]
CASES += [("polars-lazy", "population"), ("duckdb", "unstratified"), ("pyarrow", "population")]


@pytest.mark.parametrize(("name", "design"), CASES)
def test_every_frame_gives_the_same_estimates(name: str, design: str) -> None:
    expected = _expected(design)
    for ours, theirs in zip(_analyses(FRAMES[name](ROWS), DESIGNS[design]), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("name", sorted(FRAMES))
def test_rows_are_not_changed(name: str) -> None:
    before = ROWS.copy()
    frame = FRAMES[name](ROWS)
    _analyses(frame, DESIGNS["both"])
    pd.testing.assert_frame_equal(ROWS, before)


def test_lazy_frames_are_aggregated_and_never_collected() -> None:
    seen: list[int] = []

    def watch(batch: pl.DataFrame) -> pl.DataFrame:
        seen.append(len(batch))
        return batch

    lazy = pl.from_pandas(ROWS).lazy().map_batches(watch, schema=pl.from_pandas(ROWS).schema)
    design = Design.from_frame(lazy, **DESIGNS["both"])
    assert len(seen) > 0
    passes = len(seen)
    estimate.proportion(lazy, "ai", design=design)
    single = len(seen) - passes
    estimate.mean(lazy, ["turnover", "orders", "ai", "staff"], design=design, by="region")
    # one pass for yes-or-no items, two for numbers
    assert len(seen) - passes - single == 2 * single


def test_nan_outcomes_count_as_missing_and_infinite_ones_are_refused_everywhere() -> None:
    values = ROWS["turnover"].to_numpy().copy()
    values[:5] = np.nan
    infinite = np.where(np.arange(len(ROWS)) == 7, -np.inf, values)
    frame = ROWS.assign(turnover=values)
    clean = ROWS.assign(turnover=ROWS["turnover"].where(np.arange(len(ROWS)) >= 5))
    design = Design.from_frame(clean, **DESIGNS["uneven"])
    expected = estimate.mean(clean, "turnover", design=design)
    for make in FRAMES.values():
        result = estimate.mean(make(frame), "turnover", design=design)
        assert result.missing[0] == 5
        np.testing.assert_allclose(_numbers(result), _numbers(expected), rtol=TOLERANCE)
        with pytest.raises(InputError, match="turnover: 1 rows"):
            estimate.mean(make(ROWS.assign(turnover=infinite)), "turnover", design=design)


def test_a_yes_or_no_column_of_python_objects_keeps_its_missing_answers() -> None:
    answers = ROWS["ai"].astype(object).where(ROWS.index % 7 != 0)
    frame = ROWS.assign(ai=answers.where(answers.notna(), None))
    design = Design.from_frame(frame, **DESIGNS["both"])
    result = estimate.proportion(frame, "ai", design=design)
    assert result.missing[0] == answers.isna().sum()


def test_sums_of_every_kind() -> None:
    frame = pd.DataFrame({"g": ["b", "a", "a"], "y": [1.0, np.nan, 3.0], "w": [2.0, 3.0, 4.0]})
    table = (
        read(frame)
        .with_weight("w")
        .group(
            ["g"],
            {
                "present": Present("y"),
                "square": Product((("y", 1.0), ("y", 1.0)), 2),
                "weight": Product((), 1, ("y",)),
                "below": Below("y", 2.0, 1),
                "w": Extremes("w"),
            },
        )
    )
    assert table.keys["g"].tolist() == ["a", "b"]
    assert table.count.tolist() == [2, 1]
    assert {k: v.tolist() for k, v in table.values.items()} == {
        "present": [1, 1],
        "square": [64, 0],
        "weight": [4, 2],
        "below": [0, 2],
        "w.min": [3, 2],
        "w.max": [4, 2],
        "w.finite": [2, 1],
    }


@pytest.mark.parametrize("name", sorted(FRAMES))
def test_rows_without_a_group_are_in_none_and_stay_in_the_variance(name: str) -> None:
    rows = ROWS.assign(region=ROWS["region"].where(ROWS.index > 3))
    filled = rows.assign(region=rows["region"].fillna(-1))
    for options in (o for name, o in DESIGNS.items() if name != "uneven"):
        design = Design.from_frame(rows, **options)
        found = estimate.mean(FRAMES[name](rows), "staff", design=design, by="region")
        expected = estimate.mean(filled, "staff", design=design, by="region")
        kept = expected.level != "-1"
        assert found.level.tolist() == expected.level[kept].tolist()
        for column in ("estimate", "std_error", "df", "n"):
            np.testing.assert_allclose(getattr(found, column), getattr(expected, column)[kept], rtol=TOLERANCE)


@pytest.mark.parametrize("name", sorted(FRAMES))
def test_a_missing_stratum_names_its_column(name: str) -> None:
    frame = FRAMES[name](ROWS.assign(region=ROWS["region"].where(ROWS.index > 3)))
    with pytest.raises(InputError, match="parameter: region"):
        Design.from_frame(frame, strata="region", weight="w")


@pytest.mark.parametrize("data", [[1, 2], "rows.csv", 3, pl.Series([1])])
def test_what_is_no_frame_is_refused(data: object) -> None:
    with pytest.raises(InputError, match="not a table of rows"):
        read(data)


def test_all_faults_of_a_design_are_reported_together() -> None:
    frame = ROWS.head(200).copy()
    frame.loc[3, "w"] = np.nan
    frame.loc[4, "w"] = -1.0
    frame.loc[5, "population"] = 7
    frame.loc[6, "size.class"] = "alone"
    with pytest.raises(InputError) as caught:
        Design.from_frame(frame, strata="size.class", weight="w", population="population")
    text = str(caught.value)
    for problem in (
        "no finite weight",
        "weights are negative",
        "varies inside a stratum",
        "strata with a single respondent",
    ):
        assert problem in text


def test_weights_that_do_not_add_up_to_the_population() -> None:
    def scaled(factor: float) -> Design:
        rows = ROWS.assign(w=ROWS["w"] * factor)
        return Design.from_frame(rows, strata="size.class", weight="w", population="population")

    assert not scaled(1.0000001).notes
    near = scaled(1.04)
    assert [note.key for note in near.notes] == ["design.weights_differ", "design.strata_differ"]
    assert all(repr(name) in near.notes[1].text() for name in near.names)
    near.require_population()
    # the design is built all the same: without a correction from that population it serves
    with pytest.raises(InputError, match="add up to the population"):
        scaled(1.06).require_population()


def test_populations_from_mappings_tables_and_numbers() -> None:
    counts = ROWS.groupby("size.class")["w"].sum().round().astype(int)
    column = Design.from_frame(ROWS, strata="size.class", population="population")
    mapping = Design.from_frame(ROWS, strata="size.class", population=counts.to_dict())
    table = pd.DataFrame({"size.class": counts.index, "population": counts.to_numpy()})
    listed = Design.from_frame(ROWS, strata="size.class", population=table)
    for design in (mapping, listed):
        np.testing.assert_array_equal(design.population, column.population)
        np.testing.assert_array_equal(design.labels.to_numpy(), column.labels.to_numpy())
    alone = Design.from_frame(ROWS, population=90_000)
    assert alone.rows is not None
    assert alone.rows.weights is not None
    assert alone.rows.weights[0] == 30
    with pytest.raises(InputError, match="have no rows"):
        Design.from_frame(ROWS, strata="size.class", population={**counts.to_dict(), "medium": 5})
    with pytest.raises(InputError, match="have no population"):
        Design.from_frame(ROWS, strata="size.class", population={"micro": 60_000})
    with pytest.raises(InputError, match="more respondents"):
        Design.from_frame(ROWS, population=100)


def test_other_rows_and_undetermined_weights_are_refused() -> None:
    with pytest.raises(InputError, match="weights are not determined"):
        Design.from_frame(ROWS, strata="size.class")
    design = Design.from_frame(ROWS, **DESIGNS["both"])
    with pytest.raises(InputError, match="another number of rows"):
        estimate.mean(ROWS.head(1000), "staff", design=design)
    with pytest.raises(InputError, match="unknown domain"):
        estimate.mean(ROWS, "staff", design=design, domain={"region": 9})


def test_scripts_declare_the_design_elsewhere() -> None:
    clustered = Design.from_frame(ROWS, strata=["size.class", "region"], psu="plant", weight="w", single="adjust")
    assert 'survey.lonely.psu = "adjust"' in clustered.to_r()
    assert "strata = ~interaction(`size.class`, `region`, drop = TRUE)" in clustered.to_r()
    assert "svyset plant [pweight = w], strata(aibaro_stratum) singleunit(centered)" in clustered.to_stata()
    assert "/DESIGN STRATA=size.class region CLUSTER=plant" in clustered.to_spss()
    derived = Design.from_frame(ROWS, strata="region", population={1: 9000, 2: 9000, 3: 9000})
    assert "rows$`aibaro_weight` <- strata$`aibaro_weight`[place]" in derived.to_r()
    assert "fpc(aibaro_population)" in derived.to_stata()
    assert "/POPSIZE VARIABLE=aibaro_population" in derived.to_spss()


def test_stata_gets_names_and_texts_that_it_can_read() -> None:
    rows = ROWS.head(300).rename(columns={"size.class": "size class", "w": "2023 weight"})
    rows["if"] = np.where(rows["region"] == 1, 'the "first"', "other ")
    design = Design.from_frame(rows, strata=["size class", "if"], weight="2023 weight")
    script = design.to_stata()
    assert "svyset _n [pweight = _2023_weight], strata(aibaro_stratum)" in script
    assert "egen aibaro_stratum = group(size_class _if)" in script
    assert "* the column 'size class' is the variable size_class: Stata has no such name" in script
    derived = Design.from_frame(rows, strata="if", population={'the "first"': 9000, "other ": 9000}).to_stata()
    assert 'if _if == `"the "first""\'' in derived
    assert 'if _if == "other "' in derived
    own = design.to_spss()
    assert "/PLANVARS ANALYSISWEIGHT=@2023_weight" in own
    assert "/DESIGN STRATA=size_class if" in own
    assert "* the column 'size class' is the variable size_class: SPSS has no such name." in own
    # SPSS takes no notice of capitals
    capitals = rows.assign(Region=rows["region"], region=rows["size class"])
    assert (
        "STRATA=Region region_2"
        in Design.from_frame(capitals, strata=["Region", "region"], weight="2023 weight").to_spss()
    )
    # two names that read the same in Stata are told apart
    twins = rows.assign(size_class="a")
    assert (
        "group(size_class size_class_2)"
        in Design.from_frame(twins, strata=["size_class", "size class"], weight="2023 weight").to_stata()
    )
