"""What the engine is asked: nothing that the frame already knows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from aibaro import weights
from aibaro.design import Design
from aibaro.estimate import proportion
from aibaro.frames import Present, Rows, read
from aibaro.frames.weighted._eager_rows import EagerRows

ROWS = pd.DataFrame({"size": list("ssssllll"), "ai": [True, False] * 4, "staff": [1.0, 2, 3, 4, 5, 6, 7, 9]})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    requests: list[Any] = []
    group = Rows.group

    def noted(self: Rows, keys: Any, wanted: Any, **options: Any) -> Any:
        requests.extend(wanted.values())
        return group(self, keys, wanted, **options)

    monkeypatch.setattr(Rows, "group", noted)
    return requests


@pytest.mark.parametrize("make", [pl.from_pandas, pa.Table.from_pandas])
def test_columns_without_nulls_are_not_counted(make: Any, asked: list[Any]) -> None:
    frame = make(ROWS)
    design = Design.from_frame(frame, strata="size", population={"s": 40, "l": 10})
    asked.clear()
    full = proportion(frame, "ai", design=design)
    assert not any(isinstance(request, Present) for request in asked)
    assert full.n.tolist() == [8.0]
    assert full.missing.tolist() == [0.0]


@pytest.mark.parametrize(
    "make", [pl.from_pandas, lambda d: pl.from_pandas(d).lazy(), pa.Table.from_pandas, lambda d: d]
)
def test_nulls_are_counted_wherever_they_are(make: Any) -> None:
    frame = make(ROWS.assign(ai=pd.array([True, False, None, True, False, None, True, True], dtype="boolean")))
    design = Design.from_frame(frame, strata="size", population={"s": 40, "l": 10})
    result = proportion(frame, "ai", design=design)
    assert result.n.tolist() == [6.0]
    assert result.missing.tolist() == [2.0]
    # (10 · 2 + 2.5 · 2) / (10 · 3 + 2.5 · 3)
    np.testing.assert_allclose(result.estimate, [25 / 37.5], rtol=1e-12)


def test_complete_columns_of_a_lazy_frame_are_unknown() -> None:
    assert read(pl.from_pandas(ROWS)).complete == {"size", "ai", "staff"}
    assert read(pl.from_pandas(ROWS).lazy()).complete == frozenset()


def test_linear_calibration_reads_the_rows_once_and_verifies_what_they_got(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    moments = EagerRows.moments

    def noted(self: EagerRows, *arguments: Any) -> Any:
        calls.append("moments")
        return moments(self, *arguments)

    monkeypatch.setattr(EagerRows, "moments", noted)
    frame = weights.calibrate(ROWS, {"size": {"s": 40, "l": 10}, "staff": 150.0}).frame
    assert len(calls) == 2
    # the regression of one on the auxiliaries, solved by hand in the normal equations
    x = np.column_stack([ROWS["size"] == "s", ROWS["size"] == "l", ROWS["staff"]]).astype(float)
    multipliers = np.linalg.solve(x.T @ x, np.array([40.0, 10.0, 150.0]) - x.sum(axis=0))
    np.testing.assert_allclose(frame["weight"], 1 + x @ multipliers, rtol=1e-10)
