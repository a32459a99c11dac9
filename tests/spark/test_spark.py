"""The same rows on Spark give the same numbers, however they are spread over partitions."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.test_frames import DESIGNS, ROWS, TOLERANCE

from aibaro import estimate, weights
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.frames import Product, read

# warnings of PySpark about its own use of pandas are not ours to mend
pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("default")]


def frame(spark: Any, rows: pd.DataFrame) -> Any:
    return spark.createDataFrame(pa.Table.from_pandas(rows, preserve_index=False))


@pytest.fixture(scope="module")
def partitions(spark: Any) -> dict[str, Any]:
    """One frame in one partition, shuffled over seven, and with nearly all rows in the same one of five."""
    whole = frame(spark, ROWS)
    return {
        "one": whole.coalesce(1),
        "shuffled": frame(spark, ROWS.sample(frac=1, random_state=1)).repartition(7),
        "skewed": whole.repartition(5, (whole["region"] > 0).cast("int")),
    }


def numbers(result: estimate.Estimates) -> np.ndarray:
    columns = ("estimate", "std_error", "df", "conf_low", "conf_high", "n", "missing", "deff")
    return np.array([getattr(result, c) for c in columns], dtype=float)


@cache
def local(design: str) -> list[np.ndarray]:
    return analyses(ROWS, design)


def analyses(rows: Any, design: str) -> list[np.ndarray]:
    own = Design.from_frame(rows, **DESIGNS[design])
    # profit has nulls, and the strata are a column with a dot in its name
    return [
        numbers(estimate.mean(rows, ["turnover", "profit", "ai"], design=own, by=["region", "size.class×region"])),
        numbers(estimate.ratio(rows, "profit", "turnover", design=own, domain={"size.class": "micro"})),
    ]


@pytest.mark.parametrize("spread", ["one", "shuffled", "skewed"])
@pytest.mark.parametrize("design", ["both", "uneven", "clustered"])
def test_estimates_are_those_of_pandas(partitions: dict[str, Any], spread: str, design: str) -> None:
    for ours, theirs in zip(analyses(partitions[spread], design), local(design), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE)


def test_most_rows_are_in_one_partition(partitions: dict[str, Any]) -> None:
    sizes = [len(part) for part in partitions["skewed"].rdd.glom().collect()]
    assert max(sizes) == len(ROWS)
    assert len(sizes) == 5


def test_keys_that_nearly_all_rows_share(spark: Any) -> None:
    rows = pd.DataFrame({"h": ["common"] * 5000 + ["rare"] * 3, "y": np.arange(5003) % 17 / 7, "w": 2.0})
    design = Design.from_frame(rows, strata="h", weight="w")
    spread = frame(spark, rows).repartition(6)
    found = estimate.mean(spread, "y", design=Design.from_frame(spread, strata="h", weight="w"), by="h")
    expected = estimate.mean(rows, "y", design=design, by="h")
    np.testing.assert_allclose(numbers(found), numbers(expected), rtol=TOLERANCE)


def test_quantiles_and_tests_of_independence(partitions: dict[str, Any]) -> None:
    own = Design.from_frame(ROWS, **DESIGNS["uneven"])
    rows = partitions["shuffled"]
    spread = Design.from_frame(rows, **DESIGNS["uneven"])
    theirs, ours = (estimate.quantile(r, "profit", 0.5, design=d) for r, d in ((ROWS, own), (rows, spread)))
    # a quantile is a value that occurs, found on either side alike
    assert ours.estimate[0] == theirs.estimate[0]
    np.testing.assert_allclose(numbers(ours)[1:-1], numbers(theirs)[1:-1], rtol=1e-9)
    theirs, ours = (estimate.chi_square(r, "ai", "region", design=d) for r, d in ((ROWS, own), (rows, spread)))
    assert ours.statistic == pytest.approx(theirs.statistic, rel=TOLERANCE)


def test_weights_and_their_residual_variance(partitions: dict[str, Any]) -> None:
    margins = {"size.class": {"micro": 60_000, "small": 6000, "large": 500}, "region": {"1": 0.3, "2": 0.3, "3": 0.4}}
    totals = {"size.class": {"micro": 60_000, "small": 6000, "large": 500}, "turnover": 4.2e8}
    for step, wanted in ((weights.rake, margins), (weights.calibrate, totals)):
        ours, theirs = step(partitions["shuffled"], wanted, weight="w"), step(ROWS, wanted, weight="w")
        assert ours.after.total == pytest.approx(theirs.after.total, rel=1e-10)
        found, expected = (
            estimate.mean(r, "profit", design=r.design(strata="size.class"), by="region") for r in (ours, theirs)
        )
        np.testing.assert_allclose(numbers(found), numbers(expected), rtol=1e-9)


def test_weights_come_back_as_a_lazy_column(partitions: dict[str, Any]) -> None:
    result = weights.rake(partitions["one"], {"size.class": {"micro": 60, "small": 6, "large": 1}}, weight="w")
    assert type(result.frame).__module__.startswith("pyspark.sql")
    assert result.frame.columns == [*ROWS.columns, "weight"]
    expected = weights.rake(ROWS, {"size.class": {"micro": 60, "small": 6, "large": 1}}, weight="w").frame["weight"]
    found = np.array([row["weight"] for row in result.frame.select("weight").collect()])
    np.testing.assert_allclose(np.sort(found), np.sort(expected), rtol=1e-12)


def test_rows_are_added_up_in_their_partitions_and_python_touches_none(
    partitions: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from aibaro.frames import _rows as room

    plans: list[str] = []
    collect = room.materialize

    def watched(query: Any) -> Any:
        plans.append(query.to_native()._jdf.queryExecution().executedPlan().toString())
        table = collect(query)
        assert table.num_rows <= 9
        return table

    monkeypatch.setattr(room, "materialize", watched)
    rows = partitions["shuffled"]
    design = Design.from_frame(rows, **DESIGNS["both"])
    estimate.mean(rows, ["turnover", "profit"], design=design, by="region")
    # one pass for the design, one for counts and centres, one for centred squares
    assert len(plans) == 3
    for plan in plans:
        assert "partial_sum" in plan
        assert not any(word in plan for word in ("Python", "MapInPandas", "MapInArrow", "BatchEval", "Pandas"))


def test_a_missing_key_is_an_error_that_names_its_column(spark: Any) -> None:
    rows = frame(spark, pd.DataFrame({"size.class": ["a", None, "a"], "w": [1.0, 1.0, 1.0]}))
    with pytest.raises(InputError, match=r"size\.class"):
        Design.from_frame(rows, strata="size.class", weight="w")


def test_sums_of_yes_or_no_and_of_small_integers_are_exact(partitions: dict[str, Any]) -> None:
    wanted = {"ai": Product((("ai", 0.0),)), "staff": Product((("staff", 0.0), ("staff", 0.0)), exact=True)}
    table = read(partitions["skewed"]).group(["size.class"], wanted)
    expected = ROWS.assign(square=ROWS["staff"].astype("int64") ** 2).groupby("size.class")[["ai", "square"]].sum()
    assert table.values["ai"].tolist() == expected["ai"].tolist()
    assert table.values["staff"].tolist() == expected["square"].tolist()


def test_the_guide_runs_on_spark(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "howto" / "engines.md").read_text(encoding="utf-8")
    (code,) = [b for b in re.findall(r"^```python\n(.*?)^```$", page, flags=re.DOTALL | re.MULTILINE) if ">>>" not in b]
    monkeypatch.chdir(tmp_path)
    rows = pd.DataFrame(
        {
            "size": ["s", "s", "s", "l"] * 50,
            "sector": ["x", "y", "x", "x", "y", "x", "y", "y"] * 25,
            "uses_ai": [0, 1, 0, 0, 1, 1, 0] * 28 + [1] * 4,
        }
    )
    rows["N"] = rows.groupby(["size", "sector"])["size"].transform("size") * 9
    frame(spark, rows).repartition(4).write.parquet(str(tmp_path / "rows"))
    reader = spark.read
    # the page says "rows" for a folder beside it; the session has another working directory
    names: dict[str, Any] = {
        "spark": type(
            "Session",
            (),
            {"read": type("Reader", (), {"parquet": staticmethod(lambda name: reader.parquet(str(tmp_path / name)))})},
        )
    }
    exec(code.replace('parquet("weighted")', f"parquet({str(tmp_path / 'weighted')!r})"), names)
    own = Design.from_frame(rows, strata=["size", "sector"], population="N")
    expected = estimate.proportion(rows, "uses_ai", design=own, by="sector")
    np.testing.assert_allclose(numbers(names["result"]), numbers(expected), rtol=TOLERANCE)
    again = weights.rake(rows, {"size": {"s": 600, "l": 80}, "sector": {"x": 400, "y": 280}})
    expected = estimate.proportion(again, "uses_ai", design=again.design(strata="size"))
    np.testing.assert_allclose(numbers(names["share"]), numbers(expected), rtol=1e-9)
    assert reader.parquet(str(tmp_path / "weighted")).count() == len(rows)
