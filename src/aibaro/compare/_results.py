"""What do all results of a comparison share?  All fields as plain values, scalars as a frame, a few lines of text."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

import pandas as pd

from aibaro import results
from aibaro.compare._shares import Share


def plain(value: Any) -> Any:
    """Turn a field of a result into something that JSON can hold; fractions are rounded to doubles.

    Examples
    --------
    >>> plain((Fraction(1, 4), float("nan")))
    [0.25, None]
    """
    if isinstance(value, Share):
        return {"low": float(value.low), "high": float(value.high), "value": float(value.value), "printed": value.text}
    if isinstance(value, results.Result):
        return value.to_dict()
    if isinstance(value, pd.DataFrame):
        return [plain(row) for row in value.to_dict("records")]
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(part) for part in value]
    return results.plain(float(value) if isinstance(value, Fraction) else value)


@dataclass(frozen=True, slots=True)
class ComparisonResult(results.Result):
    """Root of the results of this room."""

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as plain values."""
        return {field.name: plain(getattr(self, field.name)) for field in fields(self)}

    def to_frame(self) -> pd.DataFrame:
        """Return the scalar fields as a frame of one row."""
        cells = {field.name: getattr(self, field.name) for field in fields(self)}
        kept = {
            k: float(v.value) if isinstance(v, Share) else v
            for k, v in cells.items()
            if not isinstance(v, (pd.DataFrame, tuple, dict))
        }
        return pd.DataFrame([kept])

    def summary(self) -> str:
        """Say the result in a few lines."""
        return "\n".join(f"{name}: {value}" for name, value in self.to_frame().iloc[0].items())
