"""Surveys in a few lines: tables written as CSV text, put together without a folder."""

from __future__ import annotations

import io
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from aibaro.published import PublishedSurvey
from aibaro.published.schema import COUNT_COLUMNS, TABLES

PRINTED = (*TABLES["printed"].columns, "measure")
EXTRA = {"bases": ("domain", "level", "weighted", "weighting"), "relations": ("status", "evidence")}


def table(text: str, columns: tuple[str, ...] | list[str]) -> pd.DataFrame:
    """Read CSV text; columns that are left out are empty."""
    lines = "\n".join(line.strip() for line in text.strip().splitlines())
    frame = pd.read_csv(io.StringIO(lines), dtype=str, keep_default_na=False) if lines else pd.DataFrame()
    for name in columns:
        if name not in frame:
            frame[name] = [""] * len(frame)
    return frame


def sheet(printed: str, **parts: Any) -> PublishedSurvey:
    """Make a survey of CSV texts (strata, bases, relations, items, claims) and settings of the descriptor."""
    texts = {name: parts.pop(name, "") for name in TABLES if name != "printed"}
    rows = table(printed, PRINTED)
    if (rows["id"] == "").all():
        rows["id"] = [f"p{number + 1}" for number in range(len(rows))]
    frames: dict[str, pd.DataFrame] = {"printed": rows}
    for name, text in texts.items():
        columns = () if name == "strata" else (*TABLES[name].columns, *EXTRA.get(name, ()))
        frames[name] = table(text, columns)
    strata = frames["strata"]
    for name in set(COUNT_COLUMNS) & set(strata.columns):
        strata[name] = strata[name].astype("int64")
    if frames["items"].empty:
        frames["items"] = table("item\n" + "\n".join(dict.fromkeys(rows["item"])), TABLES["items"].columns)
    settings = {"rounding": "half_up", "decimal_mark": ".", **parts}
    metadata = MappingProxyType({"name": "sheet", "title": "Sheet", "aibaro": settings})
    return PublishedSurvey("sheet", "", Path(), metadata, **frames)
