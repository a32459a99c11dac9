"""Tables in: every cell of made tables of different layouts is read, means what it should, and prints again."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.doors.layouts import LAYOUTS, Made

from aibaro.cli import main
from aibaro.published import printed_sheet, read
from aibaro.published.grids import place
from aibaro.published.wide_folder import printed_sheets


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


def test_an_open_document_holds_what_it_shows(tmp_path: Path) -> None:
    cell = "<table:table-cell{}><text:p>{}</text:p></table:table-cell>"
    merged = cell.format(' table:number-columns-spanned="2"', "Sex")
    head = cell.format("", "") + cell.format("", "Total") + merged + "<table:covered-table-cell/>"
    rows = [
        head,
        '<table:table-cell table:number-columns-repeated="2"/>' + cell.format("", "Men") + cell.format("", "Women"),
        cell.format("", "Uses<text:s/>AI")
        + cell.format("", "32.1%")
        + cell.format("", "30.0%")
        + cell.format("", "34.2%"),
        cell.format("", "Neither") + cell.format(' table:number-columns-repeated="3"', "&lt;1%"),
        '<table:table-cell table:number-columns-repeated="1024"/>',
    ]
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    with zipfile.ZipFile(tmp_path / "t.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml", f'<office:d {spaces}><table:table table:name="T1">{body}</table:table></office:d>'
        )
    assert main(["init", str(tmp_path / "s"), "--table", str(tmp_path / "t.ods")]) == 0
    printed = read(tmp_path / "s").printed
    found = dict(
        zip(printed["location"], printed["item"] + " " + printed["level"] + " " + printed["printed"], strict=True)
    )
    assert found == {
        "T1!B3": "uses-ai  32.1%",
        "T1!C3": "uses-ai men 30.0%",
        "T1!D3": "uses-ai women 34.2%",
        "T1!B4": "neither  <1%",
        "T1!C4": "neither men <1%",
        "T1!D4": "neither women <1%",
    }
    (tmp_path / "x.ods").write_bytes(b"PK\x03\x04" + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet")
    assert main(["init", str(tmp_path / "x"), "--table", str(tmp_path / "x.ods")]) == 2


TABLE = ",Total,Men\nuses AI,32%,35%\nplans to,11%,12%\n"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"Use of AI in Atlantis,,\nin percent,,\n{TABLE}", "Use of AI in Atlantis"),
        (f"Note: in percent,,\nUse of  AI,,\n{TABLE}", "Use of AI"),
        # each of two tables has a heading of its own: what the document is called stands nowhere
        (f"Table 1: use,,\n{TABLE},,\nTable 2: plans,,\n{TABLE.replace('AI', 'it')}", "survey"),
        (TABLE, "survey"),
    ],
)
def test_a_folder_is_called_as_the_line_above_its_tables(text: str, title: str, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(text, encoding="utf-8")
    assert main(["init", str(tmp_path / "survey"), "--table", str(tmp_path / "table.csv")]) == 0
    assert read(tmp_path / "survey").title == title
    assert (tmp_path / "survey" / "README.md").read_text(encoding="utf-8").startswith(f"# {title}\n")
