"""Answers of any type as outcomes and as domains: one row an answer, order kept, missing ones counted."""

from __future__ import annotations

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
from aibaro.estimate import contrast

SIZE = 60
RNG = np.random.default_rng(7)
LEVELS = ["low", "medium", "high"]
ROWS = pd.DataFrame(
    {
        "h": np.repeat(["s", "l"], SIZE // 2),
        "p": np.tile(np.arange(SIZE // 4), 4),
        "w": RNG.uniform(1, 3, SIZE).round(2),
        "text": RNG.choice(["yes", "no"], SIZE),
        "code": RNG.choice([1, 2], SIZE),
        "flag": RNG.random(SIZE) < 0.4,
        "number": (RNG.random(SIZE) < 0.4).astype(int),
        "scale": RNG.choice(LEVELS, SIZE),
        "age": RNG.uniform(18, 90, SIZE).round(1),
        "g": RNG.choice(["x", "y"], SIZE),
    }
)
ORDERED = ROWS.assign(scale=pd.Categorical(ROWS["scale"], LEVELS, ordered=True))
DESIGN = Design.from_frame(ROWS, strata="h", weight="w")


def frames() -> dict[str, Any]:
    """The same rows, with an order declared, in every library that can declare one."""
    connection = duckdb.connect()
    connection.register("plain", ROWS)
    connection.execute("CREATE TYPE scale AS ENUM ('low', 'medium', 'high')")
    return {
        "pandas": ORDERED,
        "pyarrow": pa.Table.from_pandas(ORDERED),
        "polars": pl.from_pandas(ROWS).with_columns(pl.col("scale").cast(pl.Enum(LEVELS))),
        "polars-lazy": pl.from_pandas(ROWS).with_columns(pl.col("scale").cast(pl.Enum(LEVELS))).lazy(),
        "duckdb": connection.sql("SELECT * REPLACE (scale::scale AS scale) FROM plain"),
    }


@pytest.mark.parametrize("library", ["pandas", "polars", "polars-lazy", "pyarrow", "duckdb"])
def test_the_declared_order_is_kept_in_outcomes_and_domains(library: str) -> None:
    rows = frames()[library]
    found = estimate.proportion(rows, "scale", design=DESIGN)
    assert found.category.tolist() == LEVELS
    assert estimate.mean(rows, "age", design=DESIGN, by="scale").level.tolist() == LEVELS
    dummies = pd.get_dummies(ROWS["scale"])[LEVELS]
    by_hand = estimate.proportion(ROWS.assign(**dummies), LEVELS, design=DESIGN)
    np.testing.assert_allclose(found.estimate, by_hand.estimate, rtol=1e-12)
    np.testing.assert_allclose(found.std_error, by_hand.std_error, rtol=1e-12)


def test_texts_have_no_order_and_are_sorted() -> None:
    found = estimate.proportion(pa.Table.from_pandas(ROWS), "scale", design=DESIGN)
    assert found.category.tolist() == sorted(LEVELS)


@pytest.mark.parametrize("item", ["text", "code"])
def test_any_other_column_gives_one_row_an_answer(item: str) -> None:
    found = estimate.proportion(ROWS, item, design=DESIGN)
    assert found.category.tolist() == sorted(map(str, ROWS[item].unique()))
    first = ROWS[item].astype(str) == found.category[0]
    expected = float((ROWS["w"] * first).sum() / ROWS["w"].sum())
    assert found.estimate[0] == pytest.approx(expected, rel=1e-13)
    assert found.std_error[0] == pytest.approx(found.std_error[1], rel=1e-12)


@pytest.mark.parametrize("item", ["flag", "number"])
def test_yes_or_no_is_one_row_without_a_category(item: str) -> None:
    found = estimate.proportion(ROWS, item, design=DESIGN)
    assert found.category.tolist() == [""]
    assert found.estimate[0] == pytest.approx(np.average(ROWS[item], weights=ROWS["w"]), rel=1e-13)


def test_intervals_are_answers_and_domains_in_their_order() -> None:
    rows = ROWS.assign(age=pd.cut(ROWS["age"], [0, 30, 100, 200]), wide=pd.cut(ROWS["age"], [9, 80, 100]))
    found = estimate.proportion(rows, ["age", "wide"], design=DESIGN)
    assert found.category.tolist() == ["(0, 30]", "(30, 100]", "(100, 200]", "(9, 80]", "(80, 100]"]
    level = rows["wide"].cat.categories[0]
    one, other = (estimate.mean(rows, "w", design=DESIGN, domain={"wide": v}) for v in (level, str(level)))
    assert one.estimate[0] == other.estimate[0]
    assert one.level.tolist() == ["(9, 80]"]


def test_numbers_as_levels_are_ordered_by_value() -> None:
    rows = ROWS.assign(code=np.where(ROWS["code"] == 1, 10, 9))
    assert estimate.proportion(rows, "code", design=DESIGN).category.tolist() == ["9", "10"]
    rows = rows.assign(code=rows["code"].astype("category"))
    assert estimate.mean(rows, "age", design=DESIGN, by="code").level.tolist() == ["9", "10"]


def test_missing_answers_are_told_in_print() -> None:
    rows = ROWS.assign(text=ROWS["text"].where(ROWS.index >= 7))
    heads = [line.split() for line in estimate.proportion(rows, "text", design=DESIGN).summary().splitlines()[:2]]
    assert dict(zip(heads[0][::-1], heads[1][::-1], strict=False))["missing"] == "7"
    assert "missing" not in estimate.proportion(ROWS, "text", design=DESIGN).summary()


@pytest.mark.parametrize(
    "stem", ["rw", "PWGTP", "WREPWGT0", "REPWTP", "W_FSTURWT", "bsw", "jkw_", "PERSON_FINWT", "NWEIGHT"]
)
def test_columns_that_look_like_replicate_weights_are_never_passed_over_in_silence(stem: str) -> None:
    rows = ROWS.assign(**{f"{stem}{k}": ROWS["w"] for k in range(1, 5)})
    assert "design.replicates_unused" in [note.key for note in Design.from_frame(rows, weight="w").notes]


def test_missing_answers_are_outside_or_an_answer_of_their_own() -> None:
    rows = ROWS.assign(text=ROWS["text"].where(ROWS.index % 5 > 0))
    outside = estimate.proportion(rows, "text", design=DESIGN)
    assert outside.estimate.sum() == pytest.approx(1, rel=1e-14)
    assert set(outside.n) == {48}
    assert set(outside.missing) == {12}
    inside = estimate.proportion(rows, "text", design=DESIGN, missing="category")
    assert inside.category.tolist() == ["no", "yes", "(missing)"]
    assert inside.estimate[2] == pytest.approx(rows["w"][rows["text"].isna()].sum() / rows["w"].sum())
    assert set(inside.n) == {60}
    assert set(inside.missing) == {0}
    flags = estimate.proportion(rows, "flag", design=DESIGN, missing="category")
    assert flags.category.tolist() == ["False", "True"]
    with pytest.raises(InputError, match="missing"):
        estimate.proportion(rows, "text", design=DESIGN, missing="drop")


@pytest.mark.parametrize("psu", [None, "p"])
def test_the_joint_covariance_is_that_of_contrasts(psu: str | None) -> None:
    design = Design.from_frame(ROWS, strata="h", weight="w", psu=psu)
    found = estimate.proportion(ORDERED, ["scale", "text", "flag"], design=design, by=[None, "g"], covariance="items")
    matrix = found.covariance().to_numpy()
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-18)
    pairs = [(0, 1), (0, 3), (1, 5), (2, 9), (4, 16), (10, 17)]
    for i, j in pairs:
        names = [f"{found.item[k]}['{found.category[k]}','{found.domain[k]}','{found.level[k]}']" for k in (i, j)]
        difference = contrast(found, f"{names[0]} - {names[1]}")
        expected = matrix[i, i] + matrix[j, j] - 2 * matrix[i, j]
        assert difference.std_error[0] ** 2 == pytest.approx(expected, rel=1e-9, abs=1e-15)
    # shares of one question add up to a constant
    rows = found.find(item="scale", domain="g", level="x")
    assert np.abs(matrix[np.ix_(rows, rows)].sum(axis=0)).max() < 1e-15


def test_contrasts_read_categories_totals_and_quoted_names() -> None:
    rows = ORDERED.rename(columns={"flag": "has plans"})
    found = estimate.proportion(rows, ["scale", "has plans"], design=DESIGN, by=[None, "g"], covariance="items")
    value = contrast(
        found,
        {
            "group": "scale['low', 'x'] - scale['low']",
            "quoted": "'has plans'['x'] - `has plans`",
            "item": "'has plans' - 'has plans'['y']",
        },
    )
    row = {
        name: found.row(**keys)
        for name, keys in {
            "low": {"item": "scale", "category": "low", "domain": ""},
            "low x": {"item": "scale", "category": "low", "level": "x"},
            "plans": {"item": "has plans", "domain": ""},
            "plans x": {"item": "has plans", "level": "x"},
            "plans y": {"item": "has plans", "level": "y"},
        }.items()
    }
    expected = [("low x", "low"), ("plans x", "plans"), ("plans", "plans y")]
    for k, (a, b) in enumerate(expected):
        assert value.estimate[k] == pytest.approx(found.estimate[row[a]] - found.estimate[row[b]], rel=1e-12)
    with pytest.raises(InputError, match="not the name of one estimate"):
        contrast(found, "scale['x']")


def test_a_group_against_the_total_without_a_row_of_its_own() -> None:
    groups = estimate.mean(ROWS, "age", design=DESIGN, by="g")
    both = estimate.mean(ROWS, "age", design=DESIGN, by=[None, "g"])
    one, other = contrast(groups, "'x' - total"), contrast(both, "age['x'] - age")
    assert one.estimate[0] == pytest.approx(other.estimate[0], rel=1e-12)
    assert one.std_error[0] == pytest.approx(other.std_error[0], rel=1e-12)


def test_too_many_answers_are_refused() -> None:
    rows = pd.DataFrame({"h": "a", "id": [f"r{i}" for i in range(2000)]})
    design = Design.from_frame(rows, strata="h", population=4000)
    with pytest.raises(InputError, match="too many different answers"):
        estimate.proportion(rows, "id", design=design)


def test_infinite_outcomes_are_refused_with_their_number_of_rows() -> None:
    rows = ROWS.assign(age=ROWS["age"].where(ROWS.index > 1, np.inf))
    for library in (
        rows,
        pl.from_pandas(rows),
        pa.Table.from_pandas(rows),
        duckdb.from_arrow(pa.Table.from_pandas(rows)),
    ):
        for estimator in (estimate.mean, estimate.total, estimate.proportion):
            with pytest.raises(InputError, match="age: 2 rows"):
                estimator(library, "age", design=DESIGN)
        with pytest.raises(InputError, match="age: 2 rows"):
            estimate.quantile(library, "age", 0.5, design=DESIGN)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (ROWS.rename(columns={"g": 3}), "not text"),
        (pd.concat([ROWS, ROWS[["g"]]], axis=1), "several columns have one name"),
        (ROWS.set_axis(pd.MultiIndex.from_product([["a"], ROWS.columns]), axis=1), "names of several levels"),
    ],
)
def test_names_that_cannot_be_told_apart_are_refused(rows: pd.DataFrame, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        estimate.proportion(rows, "flag", design=DESIGN)


def test_rows_of_weight_zero_are_outside_every_domain_and_in_the_variance() -> None:
    # 12 and 10 sampled units of two strata, 3 and 2 answers, weights 12 x 4/3 and 10 x 3/2; R svymean by hand
    frame = pd.DataFrame(
        {
            "size": list("sssss") + list("mmmm"),
            "ai": [1, 0, 1, np.nan, np.nan, 0, 1, np.nan, np.nan],
            "w": [16.0, 16.0, 16.0, 0, 0, 15.0, 15.0, 0, 0],
        }
    )
    design = Design.from_frame(frame, strata="size", weight="w")
    for rows in (frame, pl.from_pandas(frame), pa.Table.from_pandas(frame)):
        found = estimate.proportion(rows, "ai", design=design)
        share = (16 * 2 + 15) / (16 * 3 + 15 * 2)
        parts = {"s": (5, [16 * (1 - share)] * 2 + [-16 * share]), "m": (4, [-15 * share, 15 * (1 - share)])}
        variance = 0.0
        for n, values in parts.values():
            z = np.array([*values, *[0.0] * (n - len(values))]) / 78
            variance += n / (n - 1) * float(((z - z.mean()) ** 2).sum())
        assert found.estimate[0] == pytest.approx(share, rel=1e-13)
        assert found.std_error[0] == pytest.approx(np.sqrt(variance), rel=1e-12)
        assert (found.n[0], found.missing[0], found.df[0]) == (5, 0, 3)


def test_a_test_of_independence_counts_the_rows_with_both_answers() -> None:
    rows = ROWS.assign(text=ROWS["text"].where(ROWS.index % 3 > 0))
    found = estimate.chi_square(rows, "text", "g", design=DESIGN, statistic="Chisq")
    used = rows.dropna(subset="text")
    share = used.groupby(["text", "g"])["w"].sum().unstack() / used["w"].sum()
    expected = np.outer(share.sum(axis=1), share.sum(axis=0))
    assert found.n == len(used)
    assert found.missing == len(rows) - len(used)
    assert found.statistic == pytest.approx(len(used) * float(((share - expected) ** 2 / expected).to_numpy().sum()))
    whole = estimate.chi_square(rows, "text", "g", design=DESIGN, domain={"h": "s"})
    assert whole.n == int(rows["text"].notna()[:30].sum())


def test_a_level_alone_needs_no_quotation_marks_where_no_item_has_its_name() -> None:
    rows = pd.DataFrame({"sex": ["man", "woman"] * 6, "use": [0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 1], "w": 1.0})
    shares = estimate.proportion(rows, "use", design=Design.from_frame(rows, weight="w"), by="sex")
    # 5 of 6 women and 2 of 6 men
    assert contrast(shares, "woman - man").estimate == pytest.approx([5 / 6 - 2 / 6])
    with pytest.raises(InputError, match="not the name of one estimate"):
        contrast(shares, "woman - child")
