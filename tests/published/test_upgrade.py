"""Folders of version 0.1: read, with a note of what to change, and rewritten by one command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.published.small_survey import DESCRIPTOR, FILES, write

from aibaro.cli import main
from aibaro.errors import AibaroError
from aibaro.published import read, upgrade

OLD: dict[str, Any] = {
    "prefix": "my",
    "rounding": "half_up",
    "wave": "2023",
    "decimal_mark": ",",
    "thousands_mark": ".",
    "decimals": 1,
    "fieldwork": "2023-06/2023-09",
    "weighting": "population count over usable answers",
    "imputation": "random hot deck",
    "groups": "groups are bases",
    "encoding_note": "accents are broken",
}


def old(folder: Path) -> Path:
    return write(folder, FILES, {**DESCRIPTOR, "aibaro": OLD})


def test_it_is_read_with_a_note_for_each_thing_to_change(tmp_path: Path) -> None:
    survey = read(old(tmp_path / "s"))
    assert len(survey.notes) == 6
    assert all(note.startswith("datapackage.json: aibaro.") for note in survey.notes)
    assert survey.weighting.kind == survey.item_nonresponse.kind == "unknown"


def test_upgrading_keeps_every_word_and_declares_nothing_that_was_not(tmp_path: Path) -> None:
    folder = old(tmp_path / "s")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(upgrade(folder)) == 6
    survey = read(folder)
    assert survey.notes == ()
    own = survey.settings
    assert (own["weighting"], own["weighting_note"]) == ("unknown", OLD["weighting"])
    assert survey.item_nonresponse.kind == "imputed"
    assert {"random hot deck", "groups are bases", "accents are broken"} <= set(
        own["note"].replace("imputation: ", "").split("; ")
    )
    assert own["fieldwork"] == OLD["fieldwork"]
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert [name for name in after if after[name] != before[name]] == ["datapackage.json"]
    assert upgrade(folder) == ()


def test_weighting_by_group_becomes_one_note(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "s", FILES, {**DESCRIPTOR, "aibaro": {**OLD, "weighting": {"a": "by age", "b": "by size"}}}
    )
    upgrade(folder)
    assert read(folder).settings["weighting_note"] == "a: by age; b: by size"


def test_what_cannot_be_read_is_not_touched(tmp_path: Path) -> None:
    folder = old(tmp_path / "s")
    (folder / "printed.csv").write_text("item\n")
    before = (folder / "datapackage.json").read_bytes()
    with pytest.raises(AibaroError):
        upgrade(folder)
    assert (folder / "datapackage.json").read_bytes() == before


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = old(tmp_path / "s")
    assert main(["init", str(folder), "--upgrade"]) == 0
    assert "weighting_note" in capsys.readouterr().out
    assert main(["init", str(folder), "--upgrade"]) == 0
    assert "needs no change" in capsys.readouterr().out
    assert json.loads((folder / "datapackage.json").read_text())["aibaro"]["weighting"] == "unknown"
    assert main(["init", str(tmp_path / "nowhere"), "--upgrade"]) == 2
