"""Tables of Ibis over DuckDB give the same numbers."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest
from tests.environment import require
from tests.test_frames import DESIGNS, ROWS, TOLERANCE

from aibaro import estimate, weights
from aibaro.design import Design

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Any:
    require(importlib.util.find_spec("ibis"), "Ibis")
    import ibis

    path = tmp_path_factory.mktemp("ibis") / "rows.parquet"
    ROWS.to_parquet(path)
    return ibis.duckdb.connect().read_parquet(path)


def numbers(result: estimate.Estimates) -> np.ndarray:
    columns = ("estimate", "std_error", "df", "conf_low", "conf_high", "n", "missing")
    return np.array([getattr(result, c) for c in columns], dtype=float)


@pytest.mark.parametrize("design", ["both", "uneven", "clustered"])
def test_estimates_are_those_of_pandas(table: Any, design: str) -> None:
    found = []
    for rows in (table, ROWS):
        own = Design.from_frame(rows, **DESIGNS[design])
        found.append(
            [
                numbers(
                    estimate.mean(rows, ["turnover", "profit", "ai"], design=own, by=["region", "size.class×region"])
                ),
                numbers(estimate.ratio(rows, "profit", "turnover", design=own, by="region")),
                numbers(estimate.quantile(rows, "orders", [0.2, 0.5], design=own)),
            ]
        )
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE)


def test_weights_stay_a_table_of_ibis(table: Any) -> None:
    margins = {"size.class": {"micro": 60, "small": 6, "large": 1}}
    result = weights.rake(table, margins, weight="w")
    assert type(result.frame).__module__.startswith("ibis")
    expected = weights.rake(ROWS, margins, weight="w").frame["weight"]
    np.testing.assert_allclose(np.sort(result.frame.to_pandas()["weight"]), np.sort(expected), rtol=1e-12)
