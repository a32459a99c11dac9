"""Every table leaves the report as CSV, LaTeX and workbook; JSON keeps to its committed schema."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import jsonschema
import openpyxl
import pandas as pd
import pytest
from tests.report import synthetic

from aibaro.errors import InputError
from aibaro.ledger import build_ledger, ledger_json
from aibaro.ledger._export import sheet_names, write_sheets
from aibaro.published import load, read
from aibaro.report import write_report

SHEETS = [
    (
        "one",
        "a caption",
        pd.DataFrame(
            {"x": [1, 2], "y": [0.5, float("nan")], "z": ["=1+1", "+31"], "n": pd.array([3, None], dtype="Int64")}
        ),
    ),
    ("two", "=evil()", pd.DataFrame({"x": ["-2", "@SUM(A1)"]})),
    ("kinds", "", pd.DataFrame({"v": [True, "", float("inf"), 1e-300]}, dtype=object)),
]


CASES = Path(__file__).resolve().parents[1] / "consistency" / "surveys"


def schema(name: str) -> dict[str, object]:
    """Read a committed schema."""
    text = files("aibaro.report").joinpath("schemas", f"{name}-2.json").read_text(encoding="utf-8")
    found: dict[str, object] = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def read_rows(path: Path, sheet: str) -> Sequence[tuple[object, ...]]:
    """Read a sheet's cells."""
    return list(openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True))


def test_the_workbook_is_the_same_bytes_a_while_later(tmp_path: Path) -> None:
    """Neither the archive nor the document's properties hold a clock."""
    first = write_sheets(SHEETS, tmp_path / "a.xlsx").read_bytes()
    time.sleep(2.1)  # the clock of an archive ticks in steps of two seconds
    second = write_sheets(SHEETS, tmp_path / "b.xlsx").read_bytes()
    assert first == second
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2000, 1, 1, 0, 0, 0)}


def test_no_cell_of_the_workbook_is_a_formula(tmp_path: Path) -> None:
    """Text that looks like a formula stays the text that it is; numbers stay numbers, what is missing stays empty."""
    path = write_sheets(SHEETS, tmp_path / "x.xlsx")
    book = openpyxl.load_workbook(path)
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    assert read_rows(path, "one") == [("x", "y", "z", "n"), (1, 0.5, "=1+1", 3), (2, None, "+31", None)]
    assert read_rows(path, "contents")[2] == ("two", "=evil()", 2)
    # no number of a workbook is infinite
    assert read_rows(path, "kinds") == [("v",), (True,), (None,), ("inf",), (1e-300,)]
    assert [(sheet.freeze_panes, sheet.auto_filter.ref) for sheet in book] == [
        ("B2", "A1:C4"),
        ("B2", "A1:D3"),
        ("B2", "A1:A3"),
        ("B2", "A1:A5"),
    ]


def test_a_text_that_no_cell_holds_is_refused_and_not_cut(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="longer than a cell"):
        write_sheets([("a", "A", pd.DataFrame({"text": ["x" * 32_768]}))], tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())


def test_names_of_sheets_are_those_that_excel_takes() -> None:
    """Short, without forbidden signs, each once, whatever the case."""
    names = sheet_names(["a" * 40, "A" * 40, "b[1]:c", "", "contents"])
    assert len({name.lower() for name in names} | {"contents"}) == len(names) + 1
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_every_table_of_the_page_is_in_files_json_and_workbook(
    results: dict[str, dict[str, object]], out: Path, page: str, tmp_path: Path
) -> None:
    """Nothing can be seen in the page that cannot be taken away."""
    content = json.loads((out / "report.json").read_text(encoding="utf-8"))
    keys = set(content["tables"])
    linked = {part.split('"')[0].removesuffix(".csv") for part in page.split('download="')[1:]}
    assert linked
    assert linked <= keys
    assert {path.stem for path in (out / "tables").glob("*.csv")} == keys
    assert {path.stem for path in (out / "tables").glob("*.tex")} == keys
    write_report(results, tmp_path, workbook=tmp_path / "report.xlsx")
    book = openpyxl.load_workbook(tmp_path / "report.xlsx", read_only=True)
    assert len(book.sheetnames) == len(keys) + 3
    assert {"contents", "ledger", "claims"} <= set(book.sheetnames)


def test_json_of_the_report_keeps_to_its_schema(out: Path) -> None:
    """And the schema is strict enough to refuse another report."""
    content = json.loads((out / "report.json").read_text(encoding="utf-8"))
    jsonschema.validate(content, schema("report"))
    survey = content["surveys"][0]
    assert survey["numbers"]["inconsistent"] == sum(v == "inconsistent" for v, _ in synthetic.VERDICTS.values())
    assert survey["statements"]["fails"] == 1
    for spoil in ({"schema_version": "1"}, {"surveys": []}, {"extra": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**content, **spoil}, schema("report"))


@pytest.mark.parametrize(
    ("changes", "slip"),
    [
        # the table allows 28.50 to 29.41; two neighbouring digits of 29.88 swapped are 28.98
        ({"ine.B.marketing.total": "29.88"}, {"kind": "swapped", "other": "", "value": "28.98"}),
        ({"ine.B.marketing.total": "110.00", "ine.B.production.total": "99.99"}, None),
    ],
)
def test_json_of_conflicts_keeps_to_its_schema(changes: dict[str, str], slip: dict[str, str] | None) -> None:
    survey = read(CASES / "ine-2024")
    survey.printed["printed"] = survey.printed["id"].map(changes).fillna(survey.printed["printed"])
    content = json.loads(ledger_json([build_ledger(survey)]))
    jsonschema.validate(content, schema("ledger"))
    (found,) = content["surveys"]
    assert found["conflicts"]
    first = found["conflicts"][0]["suspects"][0]
    assert first["slip"] is None or first["slip"]["kind"]
    held = {row["id"]: row["would_hold"] for row in found["numbers"]}
    assert slip is None or held["ine.B.marketing.total"]["slip"] == first["slip"] == slip


@pytest.mark.parametrize("name", ["r2k-2010", "surveyusa-2010"])
def test_json_of_published_surveys_keeps_to_its_schema(name: str) -> None:
    jsonschema.validate(json.loads(ledger_json([build_ledger(read(CASES / name))])), schema("ledger"))


def test_json_of_the_ledger_keeps_to_its_schema() -> None:
    """The ledger of a bundled survey, as the command writes it."""
    content = json.loads(ledger_json([build_ledger(load("topdesk-2025"))]))
    jsonschema.validate(content, schema("ledger"))
    content["surveys"][0]["numbers"][0]["verdict"] = "fine"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, schema("ledger"))
