"""One number or claim, explained by itself, says what the ledger of the whole survey says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from aibaro import study
from aibaro.errors import InputError
from aibaro.facts import Facts
from aibaro.ledger import build_ledger, explain_id
from aibaro.published import PublishedSurvey, load, read
from aibaro.study import Study


def differing(survey: PublishedSurvey, names: Sequence[str]) -> list[str]:
    """Names whose explanation is not the ledger's."""
    ledger, alone = build_ledger(survey), Study(survey)
    return [name for name in names if alone.explain(name) != explain_id([ledger], name)]


@pytest.mark.parametrize("name", ["topdesk-2025", "softwareone-2025"])
def test_every_id_of_a_survey(name: str) -> None:
    survey = load(name)
    names = Facts.of(survey).names
    assert len(names) > 50
    assert differing(survey, names) == []


def test_claims_of_declared_families_and_of_their_own() -> None:
    survey = load("io-2023")
    assert differing(survey, ["io23.c.summary.34", "io23.c.summary.12", "io23.c.familiarity.06"]) == []


def test_numbers_in_conflict(tmp_path: Path) -> None:
    """Two sums share no figure, and both are wrong: each is explained by its own."""
    shares = {"a": (50, 30, 30), "b": (60, 30, 20)}
    rows = [
        {"item": f"{name}.{place}", "printed": f"{value}%"}
        for name, values in shares.items()
        for place, value in enumerate(values)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "printed.csv", index=False)
    relations = [{"kind": "exhaustive", "parts": f"{n}.0 {n}.1 {n}.2", "whole": "", "status": "declared"} for n in "ab"]
    pd.DataFrame(relations).to_csv(tmp_path / "relations.csv", index=False)
    survey = read(tmp_path)
    assert {entry.verdict for entry in build_ledger(survey).entries} == {"in_conflict"}
    assert differing(survey, [row["item"] for row in rows]) == []


def test_a_name_that_nothing_carries_is_answered_with_near_ones() -> None:
    with pytest.raises(InputError, match=r"td25\.text\.integrated"):
        study.open("topdesk-2025").explain("td25.text.integrate")
