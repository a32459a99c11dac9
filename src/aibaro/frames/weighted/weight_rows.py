"""How are rows of any frame library read, and given their weights?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pandas as pd

from aibaro._arrays import FloatArray
from aibaro.errors import InputError
from aibaro.frames.weighted.weight_cells import WeightCells
from aibaro.frames.weighted.weight_rules import Moments, WeightRule


class WeightRows(Protocol):
    """Rows that weights can be computed for; a handle stands for one weight per row."""

    columns: tuple[str, ...]

    @property
    def native(self) -> Any:
        """The user's frame."""

    def ones(self) -> Any:
        """Return every row the weight one."""

    def column(self, name: str) -> Any:
        """Read a numeric column."""

    def cells(self, keys: Sequence[str], weight: Any, *, what: str = "weight", lowest: float = 0.0) -> WeightCells:
        """Add up weights in the cross-classification of some columns; `what` they are stands in errors."""

    def apply(self, rule: WeightRule, weight: Any) -> Any:
        """Return the new weights of all rows."""

    def moments(self, cells: WeightCells, rule: WeightRule, weight: Any) -> Moments:
        """Add up w F(u) and w F'(u) with the numeric columns of a rule, in cells."""

    def inside(
        self, cells: WeightCells, factors: FloatArray, clip: tuple[float, float], weight: Any
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Add up clipped weights f w and, of those strictly inside the bounds, w and 1, in cells."""

    def values(self, weight: Any) -> FloatArray:
        """Return the positive weights, in any order."""

    def at_limit(self, clip: tuple[float, float], weight: Any) -> Any:
        """Mark the rows whose weight stands on a limit."""

    def attach(self, name: str, weight: Any) -> Any:
        """Return the user's frame with the weights as its last column."""

    def attach_all(self, *columns: Mapping[str, Any]) -> Any:
        """Return the user's frame with further columns of numbers."""


def open_rows(frame: Any) -> WeightRows:
    """Open the user's frame without copying it."""
    # loaded when the first rows come, so that importing the room stays cheap
    import narwhals.stable.v2 as nw

    from aibaro.frames._engine import check_names
    from aibaro.frames.weighted._eager_rows import EagerRows
    from aibaro.frames.weighted._lazy_rows import LazyRows

    check_names(frame)
    try:
        rows = nw.from_native(frame)
    except TypeError as error:
        raise InputError(
            "not a frame",
            parameter="rows",
            expected="pandas, Polars, PyArrow, DuckDB, PySpark or Ibis",
            got=type(frame).__name__,
        ) from error
    if isinstance(rows, nw.LazyFrame):
        return LazyRows(rows)
    if not len(rows):
        raise InputError("a frame without rows", parameter="rows", expected="at least one row", got="0 rows")
    return EagerRows(rows)


def in_memory(frame: Any) -> Any:
    """Bring lazy rows into memory, as PyArrow; others stay as they are."""
    import narwhals.stable.v2 as nw

    if hasattr(frame, "native"):
        frame = frame.native
    rows = nw.from_native(frame, pass_through=True)
    # what is no frame is refused where it is opened
    return rows.collect("pyarrow").to_native() if isinstance(rows, nw.LazyFrame) else frame


def read_table(frame: Any) -> pd.DataFrame:
    """Bring a small table of any frame library into pandas."""
    if isinstance(frame, pd.DataFrame):
        return frame.reset_index(drop=True)
    import narwhals.stable.v2 as nw

    try:
        table = nw.from_native(frame)
    except TypeError as error:
        raise InputError(
            "not a table", expected="a mapping, a frame or a published survey", got=type(frame).__name__
        ) from error
    collected = table.collect("pyarrow") if isinstance(table, nw.LazyFrame) else table
    return pd.DataFrame(collected.to_dict(as_series=False))
