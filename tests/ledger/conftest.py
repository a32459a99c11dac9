"""Ledgers of the bundled surveys, built once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from tests.environment import once_a_run

from aibaro.ledger import Ledger, build_ledger
from aibaro.published import PublishedSurvey, load
from aibaro.published.bundled import bundled_names


@pytest.fixture(scope="session")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ledger]:
    """The ledger of each bundled survey; the first worker that asks builds them for all workers of this run."""

    def build() -> dict[str, Ledger]:
        return {name: build_ledger(load(name)) for name in bundled_names()}

    return once_a_run(tmp_path_factory, "ledgers", build)


@pytest.fixture(scope="session")
def planted() -> Callable[..., PublishedSurvey]:
    """Plant errors in a copy of a survey: printed text (and other cells) by id."""

    def plant(name: str, changes: dict[str, dict[str, str] | str]) -> PublishedSurvey:
        survey = load(name)
        frame = survey.printed.copy()
        for key, cells in changes.items():
            rows = frame["id"] == key
            assert rows.sum() == 1, key
            for column, text in ({"printed": cells} if isinstance(cells, str) else cells).items():
                frame.loc[rows, column] = text
        return replace(survey, printed=frame)

    return plant


@pytest.fixture
def survey_of() -> Callable[..., PublishedSurvey]:
    """Make a small survey from rows of tables; the rest is empty."""
    base = load("topdesk-2025")

    def make(**tables: list[dict[str, str | int]]) -> PublishedSurvey:
        frames: dict[str, pd.DataFrame] = {}
        for name in ("printed", "items", "levels", "bases", "relations", "claims", "ignored", "verdicts"):
            columns = list(getattr(base, name).columns)
            rows = [{column: str(row.get(column, "")) for column in columns} for row in tables.get(name, [])]
            frames[name] = pd.DataFrame(rows, columns=columns, dtype="str")
        strata = pd.DataFrame(tables.get("strata", []))
        return replace(base, name="made", prefix="m", strata=strata, metadata={"aibaro": {}}, **frames)

    return make
