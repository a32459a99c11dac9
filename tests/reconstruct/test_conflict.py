"""A planted misprint is found, named and proved twice; consistent print is never accused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.reconstruct.surveys import make_survey, unsealed_copy

from aibaro.errors import ConflictError
from aibaro.published import load, read
from aibaro.reconstruct import Bounder, attainability, check_frame, check_survey, detection_limit, irreducible, own_item
from aibaro.reconstruct.shares import share_extreme

pytest.importorskip("ortools")
POPULATION, RESPONDENTS, COUNTS = [[40, 12], [30, 9]], [[6, 4], [5, 3]], [[4, 2], [3, 2]]


def plant(folder: Path, identifier: str, printed: str) -> None:
    """Copy the AI-Barometer without its checksums, and change one printed number."""
    names = ("strata", "printed", "items", "levels", "bases", "relations")
    unsealed_copy(load("flanders-2023").folder, folder, [f"{n}.csv" for n in names])
    table = pd.read_csv(folder / "printed.csv", dtype=str, keep_default_na=False)
    table.loc[table["id"] == identifier, "printed"] = printed
    table.to_csv(folder / "printed.csv", index=False)


def test_a_planted_misprint_is_found_and_named(tmp_path: Path) -> None:
    plant(tmp_path, "fl23.t3.at_least_one.nace-58-63", "96,4%")
    found = attainability(own_item(read(tmp_path), "at_least_one"))
    assert found.verdict == "conflict"
    assert found.conflict is not None
    assert "fl23.t3.at_least_one.nace-58-63" in found.conflict.ids
    assert len(found.conflict.proofs) == 2
    planted = next(m for m in found.conflict.members if "fl23.t3.at_least_one.nace-58-63" in m.ids)
    slack = found.conflict.slack[planted.name]
    assert slack is not None
    assert 20 < slack < 28


def test_the_barometer_itself_is_attainable() -> None:
    system = own_item(load("flanders-2023"), "technology.text_analysis")
    assert attainability(system).verdict == "attainable"
    with pytest.raises(ConflictError, match="not proved"):
        irreducible(system)


def test_check_of_a_small_survey(tmp_path: Path) -> None:
    survey = make_survey(tmp_path, POPULATION, RESPONDENTS, {"b": [[2, 1], [1, 2]]}, base=COUNTS)
    frame = check_frame(check_survey(survey))
    assert frame["attainable"].tolist() == ["attainable", "attainable"]


def test_bounds_of_contradictory_print_are_refused(tmp_path: Path) -> None:
    survey = make_survey(tmp_path, POPULATION, RESPONDENTS, {"a": COUNTS}, overrides={"a.s0": "10,0%"})
    system = own_item(survey, "a")
    with pytest.raises(ConflictError, match="no table of counts"):
        Bounder(system).rows()
    with pytest.raises(ConflictError):
        share_extreme(system, (0, 1), "max", solver="highs")


def test_detection_limit_tells_which_misprints_pass() -> None:
    system = own_item(load("flanders-2023"), "technology.nlg")
    share = system.share("sector", "nace-45-47")
    assert share is not None
    limit = detection_limit(system, share)
    assert limit.lower <= share.upper
    assert limit.upper >= share.lower
    # sectors and total are printed to 0.05 points, and this sector is a quarter of all firms
    assert 0 < limit.down < 2
    assert 0 < limit.up < 2
