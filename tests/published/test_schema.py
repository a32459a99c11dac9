"""The declared files and columns, and the key of a fact."""

from __future__ import annotations

import csv

import pytest

from aibaro.published.paths import bundled_names, data_root
from aibaro.published.schema import TABLES, Table, fact_key

BUNDLED = [(name, table) for name in bundled_names() for table in TABLES.values()]


def test_required_and_key_columns_are_declared() -> None:
    for table in TABLES.values():
        assert set(table.required) <= set(table.columns)
        assert set(table.key) <= set(table.required)


def test_of_a_survey_of_ones_own_little_is_needed() -> None:
    assert TABLES["printed"].required == ("id", "item", "base", "domain", "level", "printed")
    assert TABLES["strata"].required == ("population", "respondents")


@pytest.mark.parametrize(("name", "table"), BUNDLED, ids=[f"{name}/{table.file}" for name, table in BUNDLED])
def test_bundled_headers_are_the_declared_ones_in_their_order(name: str, table: Table) -> None:
    path = data_root() / name / table.file
    if not path.exists():
        assert table.name not in {"printed", "items", "levels", "bases", "relations", "ignored"}
        return
    with path.open(encoding="utf-8", newline="") as file:
        header = tuple(next(csv.reader(file)))
    assert header[-len(table.columns) :] == table.columns
    assert len(header) == len(table.columns) or table.open


@pytest.mark.parametrize(
    ("cells", "key"),
    [
        ({"item": "a"}, "a"),
        ({"item": "a", "base": "all"}, "a"),
        ({"item": "a", "base": "adopters"}, "a@adopters"),
        ({"item": "a", "domain": "x×y", "level": "1×2"}, "a|x×y=1×2"),
        (
            {"item": "a", "base": "b", "domain": "d", "level": "l", "wave": "2022", "group": "g"},
            "a@b|d=l|wave=2022|group=g",
        ),
    ],
)
def test_fact_key(cells: dict[str, str], key: str) -> None:
    assert fact_key(**cells) == key
