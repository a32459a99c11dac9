"""Surveys in a few lines: tables written as CSV text, put together without a folder."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from aibaro.published import PublishedSurvey
from aibaro.published.schema import COUNT_COLUMNS, TABLES

PRINTED = (*TABLES["printed"].columns, "measure")
EXTRA = {"bases": ("domain", "level", "weighted", "weighting"), "relations": ("status", "evidence")}


def table(text: str, columns: Sequence[str]) -> pd.DataFrame:
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
    frames = {name: table(text, _columns(name)) for name, text in texts.items()}
    return _survey(table(printed, PRINTED), frames, parts)


def survey_of(rows: Sequence[Mapping[str, object]], **parts: Any) -> PublishedSurvey:
    """Make a survey of rows (of printed, strata, bases, relations) and settings of the descriptor."""
    tables = {name: parts.pop(name, ()) for name in TABLES if name != "printed"}
    frames = {name: _frame(found, _columns(name)) for name, found in tables.items()}
    return _survey(_frame(rows, PRINTED), frames, parts)


def _frame(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> pd.DataFrame:
    names = dict.fromkeys([*(name for row in rows for name in row), *columns])
    return pd.DataFrame({name: [str(row.get(name, "")) for row in rows] for name in names}, dtype="str")


def _columns(name: str) -> tuple[str, ...]:
    return () if name == "strata" else (*TABLES[name].columns, *EXTRA.get(name, ()))


def _survey(rows: pd.DataFrame, frames: dict[str, pd.DataFrame], settings: Mapping[str, object]) -> PublishedSurvey:
    if (rows["id"] == "").all():
        rows["id"] = [f"p{number + 1}" for number in range(len(rows))]
    strata = frames["strata"]
    for name in set(COUNT_COLUMNS) & set(strata.columns):
        strata[name] = strata[name].astype("int64")
    if frames["items"].empty:
        frames["items"] = table("item\n" + "\n".join(dict.fromkeys(rows["item"])), TABLES["items"].columns)
    own = {"rounding": "half_up", "decimal_mark": ".", **settings}
    metadata = MappingProxyType({"name": "sheet", "title": "Sheet", "aibaro": own})
    return PublishedSurvey("sheet", "", Path(), metadata, decimal=str(own["decimal_mark"]), printed=rows, **frames)
