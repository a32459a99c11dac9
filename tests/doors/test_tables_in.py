"""Tables in: every cell of made tables of different layouts is read, means what it should, and prints again."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.doors.layouts import LAYOUTS, Made

from aibaro.cli import main
from aibaro.published import printed_sheet, printed_sheets, read
from aibaro.published._grids import place


def folder_of(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    source = tmp_path / made.file
    if made.file == "-":
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(made.content)))
    else:
        source.write_bytes(made.content)
    options = [text for name, value in made.options.items() for text in (f"--{name}", value)]
    target = tmp_path / "survey"
    assert main(["init", str(target), "--table", "-" if made.file == "-" else str(source), *options]) == 0
    return target


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_cell_is_read_and_means_what_it_should(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = LAYOUTS[name]()
    survey = read(folder_of(made, tmp_path, monkeypatch))
    items = survey.items.set_index("item")[["label_en", "label_nl"]].agg("".join, axis=1)
    levels = survey.levels.set_index(["domain", "level"])[["label_en", "label_nl"]].agg("".join, axis=1)
    found: dict[str, tuple[str, str, str, str, str]] = {}
    for row in survey.printed.to_dict("records"):
        if row["printed"] in survey.marks:
            assert made.whole[row["location"]] == row["printed"]  # a mark, in the place of a number
            continue
        label = f"respondents {row['weighted']}" if row["item"] == "respondents" else items[row["item"]]
        level = levels[row["domain"], row["level"]] if row["domain"] else ""
        said = (label, level, row["wave"], row["kind"], row["printed"])
        if row["location"] in found:
            other = found[row["location"]]
            said = (label, level, row["wave"], f"{other[3]} {row['kind']}", f"{other[4]} {row['printed']}")
        found[row["location"]] = said
    assert found == made.cells


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_folder_prints_the_same_table_again(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = LAYOUTS[name]()
    survey = read(folder_of(made, tmp_path, monkeypatch))
    expected = {where: cell[4] for where, cell in made.cells.items()} | made.whole
    shown = {}
    for sheet in printed_sheets(survey):
        frame = printed_sheet(survey, sheet)
        for row, cells in frame.iterrows():
            shown |= {f"{sheet}!{column}{row}": text for column, text in cells.items() if text}
    pairs = {where for where, cell in made.cells.items() if " " in cell[3]}
    plain = {where: text.replace(" ", "") for where, text in shown.items()}
    numbered = {where: text for where, text in plain.items() if where in expected}
    assert numbered == {
        where: (text.replace(" ", "(") + ")" if where in pairs else text.replace(" ", ""))
        for where, text in expected.items()
    }
    # what is shown beyond the numbers are the running numbers of rows alone
    assert all(
        plain[where].isdigit() and place(where.rpartition("!")[2])[1] == 0 for where in set(plain) - set(numbered)
    )
