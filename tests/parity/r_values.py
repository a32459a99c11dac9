"""Reads the values that R computed."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

VALUES = Path(__file__).parent / "values"


def load(name: str) -> dict[str, dict[str, float]]:
    """Give the quantities of each case of one script."""
    table = pd.read_csv(VALUES / f"{name}.csv", dtype={"case": str, "quantity": str})
    cases: dict[str, dict[str, float]] = {}
    for case, quantity, value in zip(table["case"], table["quantity"], table["value"].astype(float), strict=True):
        cases.setdefault(str(case), {})[str(quantity)] = float(value)
    return cases


def close(ours: float, theirs: float, tolerance: float = 1e-9) -> bool:
    """Tell whether two numbers agree relatively, or absolutely below 1; undefined agrees with undefined."""
    if math.isnan(theirs):
        return math.isnan(ours)
    return abs(ours - theirs) <= tolerance * max(1.0, abs(theirs))
