"""The declared files and columns, and the key of a fact."""

from __future__ import annotations

import csv

import pytest

from aibaro.published.bundled import bundled_names, data_root
from aibaro.published.schema import TABLES, FileSchema, fact_key

BUNDLED = [(name, table) for name in bundled_names() for table in TABLES.values()]


def test_required_and_key_columns_are_declared() -> None:
    for table in TABLES.values():
        assert set(table.required) <= set(table.columns)
        assert set(table.named) <= set(table.key) <= set(table.columns)
        assert set(table.aliases.values()) <= set(table.columns)


def test_of_a_survey_of_ones_own_little_is_needed() -> None:
    assert TABLES["printed"].required == ("item", "printed")
    assert TABLES["strata"].required == ("population", "respondents")


@pytest.mark.parametrize(("name", "table"), BUNDLED, ids=[f"{name}/{table.file}" for name, table in BUNDLED])
def test_bundled_headers_are_declared_columns_in_their_order(name: str, table: FileSchema) -> None:
    path = data_root() / name / table.file
    if not path.exists():
        assert table.name not in {"printed", "items", "levels", "bases", "relations", "ignored"}
        return
    with path.open(encoding="utf-8", newline="") as file:
        header = [table.aliases.get(column, column) for column in next(csv.reader(file))]
    declared = [column for column in table.columns if column in header]
    # stratum variables, which are declared nowhere, stand in front
    assert header[len(header) - len(declared) :] == declared
    assert len(header) == len(declared) or table.open
    assert set(table.required) <= set(header)


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
        ({"item": "a", "group": "g", "measure": "count"}, "a|group=g|measure=count"),
    ],
)
def test_fact_key(cells: dict[str, str], key: str) -> None:
    assert fact_key(**cells) == key
