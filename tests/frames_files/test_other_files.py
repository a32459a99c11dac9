"""SPSS, Stata, SAS, Excel, Parquet and Feather files, made here by the libraries that everybody writes them with."""

from __future__ import annotations

import datetime
import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyreadstat
import pytest
from pyarrow import feather, parquet

import aibaro
from aibaro.cli import main
from aibaro.errors import InputError
from aibaro.frames import add_columns
from aibaro.frames.row_files import write_rows

RAW = pd.DataFrame(
    {
        "id": [1.0, 2.0, 3.0, 4.0],
        "q1": [2.0, 1.0, 9.0, np.nan],
        "region": [1.0, 2.0, 7.0, 1.0],
        "score": [1.0, 5.0, 10.0, 3.0],
        "income": [10.5, 99.0, 20.0, 30.0],
        "code": ["007", "", "NA", "é"],
    }
)
LABELS = {
    "q1": {1: "yes", 2: "no", 9: "don't know"},
    "region": {1: "north", 2: "south"},
    "score": {1: "not at all", 10: "wholly"},
    "income": {99: "refused"},
}


@pytest.fixture
def sav(tmp_path: Path) -> Path:
    path = tmp_path / "survey.sav"
    pyreadstat.write_sav(
        RAW,
        str(path),
        column_labels={"q1": "Uses AI?"},
        variable_value_labels=LABELS,
        missing_ranges={"q1": [9], "income": [{"lo": 90, "hi": 99}]},
        variable_measure={"q1": "nominal", "region": "nominal", "score": "scale"},
    )
    return path


def test_labels_order_and_user_missing_values_of_spss(sav: Path) -> None:
    frame = aibaro.read_rows(sav)
    facts = frame.attrs["aibaro"]
    q1 = frame["q1"]
    assert q1.cat.ordered
    # an answer that is declared missing is no category
    assert q1.cat.categories.tolist() == ["yes", "no"]
    assert [None if pd.isna(v) else v for v in q1.tolist()] == ["no", "yes", None, None]
    # an unlabelled code of a nominal variable is a category of its own; a scale with labelled ends stays a number
    assert frame["region"].tolist() == ["north", "south", "7", "north"]
    assert frame["score"].tolist() == [1, 5, 10, 3]
    assert str(frame["score"].dtype) == "int64"
    assert frame["income"].isna().tolist() == [False, True, False, False]
    assert frame["code"].tolist()[0::2] == ["007", "NA"]
    assert frame["code"].isna().tolist() == [False, True, False, False]
    assert facts["labels"] == {"q1": "Uses AI?"}
    assert facts["codes"]["q1"] == {"yes": 1.0, "no": 2.0}
    assert facts["missing"] == {"q1": {"don't know": 1}, "income": {"refused": 1}}
    assert "score" in "".join(facts["notes"])
    # the facts can be written down with the frame
    json.dumps(facts)


def test_user_missing_values_kept_on_request(sav: Path) -> None:
    frame = aibaro.read_rows(sav, missing="keep")
    assert frame["q1"].tolist()[:3] == ["no", "yes", "don't know"]
    assert frame["income"].tolist()[1] == 99


def test_stata_with_its_extended_missing_values(tmp_path: Path) -> None:
    path = tmp_path / "survey.dta"
    raw = pd.DataFrame({"q": [1.0, "a", 2.0], "x": [1.5, 2.5, 3.5]}).astype({"q": object})
    pyreadstat.write_dta(
        raw,
        str(path),
        variable_value_labels={"q": {1: "yes", 2: "no", "a": "refused"}},
        missing_user_values={"q": ["a"]},
        column_labels={"q": "Question"},
    )
    frame = aibaro.read_rows(path)
    assert [None if pd.isna(v) else v for v in frame["q"].tolist()] == ["yes", None, "no"]
    kept = aibaro.read_rows(path, missing="keep")
    assert kept["q"].tolist() == ["yes", "refused", "no"]
    assert kept["q"].cat.categories.tolist() == ["yes", "no", "refused"]
    assert frame.attrs["aibaro"]["missing"] == {"q": {"refused": 1}}


def test_equal_labels_of_two_codes_stay_two_answers(tmp_path: Path) -> None:
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(
        pd.DataFrame({"q": [1.0, 2.0]}), str(path), variable_value_labels={"q": {1: "other", 2: "other"}}
    )
    assert aibaro.read_rows(path)["q"].tolist() == ["other (1)", "other (2)"]


def test_transport_files_of_sas(tmp_path: Path) -> None:
    path = tmp_path / "a.xpt"
    pyreadstat.write_xport(RAW[["id", "income"]], str(path), file_format_version=8)
    assert aibaro.read_rows(path)["id"].tolist() == [1, 2, 3, 4]


def test_catalogs_belong_to_sas(sav: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="does not belong"):
        aibaro.read_rows(sav, catalog="a.sas7bcat")
    # nothing here writes sas7bdat: stands for a file whose formats have names, and for its catalog
    raw = pd.DataFrame({"SEX": ["1", "2", "1"], "Q": [2.0, 1.0, 3.0]})
    facts = SimpleNamespace(
        variable_value_labels={},
        variable_to_label={"SEX": "$S", "Q": "QF", "OTHER": "ELSE"},
        missing_ranges={},
        missing_user_values={},
        readstat_variable_types={"SEX": "string", "Q": "double"},
        variable_measure={},
        column_names_to_labels={"SEX": "Sex", "Q": None},
    )
    labels = SimpleNamespace(value_labels={"$S": {"2": "woman", "1": "man"}, "QF": {1: "low", 2: "middle", 3: "high"}})
    path = tmp_path / "a.sas7bdat"
    path.write_bytes(b"x")
    monkeypatch.setattr(pyreadstat, "read_sas7bdat", lambda path, **options: (raw, facts))
    monkeypatch.setattr(pyreadstat, "read_sas7bcat", lambda path: (None, labels))
    frame = aibaro.read_rows(path, catalog="a.sas7bcat")
    assert frame["Q"].cat.categories.tolist() == ["low", "middle", "high"]
    assert frame["SEX"].tolist() == ["man", "woman", "man"]


def test_a_variable_of_missing_values_alone_stays_a_number(tmp_path: Path) -> None:
    path = tmp_path / "a.dta"
    raw = pd.DataFrame({"x": ["a", "b"], "y": [1.5, 2.0]}).astype({"x": object})
    pyreadstat.write_dta(raw, str(path), missing_user_values={"x": ["a", "b"]})
    frame = aibaro.read_rows(path)
    assert str(frame["x"].dtype) == "float64"
    assert frame["x"].isna().all()


@pytest.mark.parametrize("suffix", [".sav", ".dta", ".sas7bdat", ".xlsx", ".parquet", ".feather", ".xpt"])
def test_files_that_are_not_what_they_are_called(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"nothing of the kind, but long enough to be looked at" * 20)
    with pytest.raises(InputError, match="cannot be read"):
        aibaro.read_rows(path)


def workbook(path: Path, rows: list[list[object]], **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "Data"
    for row in rows:
        book.active.append(row)
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
    book.save(path)
    return path


def test_excel(tmp_path: Path) -> None:
    day = datetime.datetime(2026, 1, 5)
    rows: list[list[object]] = [
        ["id", "n", "x", "mixed", "when", "yes", None],
        ["007", 1, 1.5, "a", day, True, None],
        ["NA", None, 2, 3, day, False, "z"],
        [None] * 7,
        ["008", 3, 2.5, 4.5, day, True, None],
    ]
    path = workbook(tmp_path / "a.xlsx", rows, Codes=[["a", "b"], [1, 2]])
    frame = aibaro.read_rows(path)
    assert frame["id"].tolist() == ["007", "NA", "008"]
    assert str(frame["n"].dtype) == "Int64"
    assert frame["x"].tolist() == [1.5, 2, 2.5]
    assert frame["mixed"].tolist() == ["a", "3", "4.5"]
    assert frame["when"].tolist() == [pd.Timestamp(day)] * 3
    assert frame["yes"].dtype == bool
    assert "column 7" in frame.columns
    said = "; ".join(frame.attrs["aibaro"]["notes"])
    for word in ("sheet 'Data'", "Codes", "1 empty rows", "mixed"):
        assert word in said
    assert aibaro.read_rows(path, sheet="Codes")["b"].tolist() == [2]
    assert aibaro.read_rows(path, sheet=2)["a"].tolist() == [1]
    with pytest.raises(InputError, match="no such sheet"):
        aibaro.read_rows(path, sheet="codes")


def test_excel_faults_name_the_cell(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cell B3"):
        aibaro.read_rows(workbook(tmp_path / "a.xlsx", [["a", "b"], [1, 2], [2, "=A2+1"]]))
    with pytest.raises(InputError, match="cell A2"):
        aibaro.read_rows(workbook(tmp_path / "b.xlsx", [["a", "b"], ["#N/A", 2]]))
    assert aibaro.read_rows(tmp_path / "b.xlsx", missing_values=["#N/A"])["b"].tolist() == [2]
    with pytest.raises(InputError, match="share a name"):
        aibaro.read_rows(workbook(tmp_path / "c.xlsx", [["a", "a"], [1, 2]]))


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_whole_numbers_with_a_blank_keep_their_digits(suffix: str, tmp_path: Path) -> None:
    table = pa.table({"id": pa.array([12345678901234567, None]), "flag": pa.array([True, None]), "t": ["NA", "b"]})
    path = tmp_path / f"a{suffix}"
    (parquet.write_table if suffix == ".parquet" else feather.write_feather)(table, str(path))
    frame = aibaro.read_rows(path)
    assert frame["id"].tolist()[0] == 12345678901234567
    assert frame["t"].tolist() == ["NA", "b"]


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".sav", ".dta", ".xlsx", ".csv", ".tsv"])
def test_rows_go_from_file_to_file(suffix: str, sav: Path, tmp_path: Path) -> None:
    target = tmp_path / f"out{suffix}"
    add_columns(sav, target, {"w": np.array([1.0, 2.5, 1.0, 3.0])})
    back = aibaro.read_rows(target)
    assert back["w"].tolist() == [1.0, 2.5, 1.0, 3.0]
    assert [None if pd.isna(v) else str(v) for v in back["q1"].tolist()] == ["no", "yes", None, None]
    if suffix in {".parquet", ".feather", ".sav"}:
        assert back["q1"].cat.categories.tolist() == ["yes", "no"]
        assert back.attrs["aibaro"]["labels"] == {"q1": "Uses AI?"}
    if suffix == ".sav":
        # codes and user-missing values are those of the source
        raw, meta = pyreadstat.read_sav(str(target), user_missing=True)
        assert raw["q1"].tolist()[2] == 9
        assert meta.missing_ranges["income"] == [{"lo": 90, "hi": 99}]


def test_a_column_is_added_to_a_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["=a", "b"], ["007", 2], [None, None], ["008", 4]], Codes=[["x"], [1]])
    out = add_columns(path, tmp_path / "b.xlsx", {"w": np.array([0.5, 1.5])})
    book = openpyxl.load_workbook(out)
    assert [[c.value for c in row] for row in book["Data"]][1::2] == [["007", 2, 0.5], ["008", 4, 1.5]]
    assert book.sheetnames == ["Data", "Codes"]


def test_no_cell_becomes_a_formula(tmp_path: Path) -> None:
    out = write_rows(pd.DataFrame({"=cmd": ["=1+1", "@x"]}), tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(out).active
    assert [[c.data_type for c in row] for row in sheet] == [["s"], ["s"], ["s"]]


@pytest.mark.parametrize("suffix", ["sav", "dta"])
@pytest.mark.parametrize("name", ["=1+1", "a b", "x" * 300, "1a", ""])
def test_names_that_spss_and_stata_cannot_hold(name: str, suffix: str, tmp_path: Path) -> None:
    """An error of the library that writes them came through as one of our own."""
    with pytest.raises(InputError, match="cannot hold these rows") as caught:
        write_rows(pd.DataFrame({name: ["x"]}), tmp_path / f"rows.{suffix}")
    assert "beginning with a letter" in caught.value.faults[0].expected
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["sav", "zsav", "dta"])
def test_what_spss_and_stata_cannot_hold_is_refused_and_not_cut(suffix: str, tmp_path: Path) -> None:
    """A text ended at its first NUL, a label of SPSS at 120 bytes of a value and 256 of a variable."""
    value, variable = (32_000, 80) if suffix == "dta" else (120, 256)

    def labelled(of_value: str, of_variable: str) -> pd.DataFrame:
        frame = pd.DataFrame({"q": pd.Categorical([of_value, "b"])})
        frame.attrs["aibaro"] = {"labels": {"q": of_variable}}
        return frame

    kept = aibaro.read_rows(write_rows(labelled("x" * value, "y" * variable), tmp_path / f"kept.{suffix}"))
    assert kept["q"][0] == "x" * value
    assert kept.attrs["aibaro"]["labels"] == {"q": "y" * variable}
    for frame in (
        pd.DataFrame({"q": ["a\0b", "c"]}),
        labelled("a\0b", "y"),
        labelled("x", "y\0z"),
        labelled("x" * (value + 1), "y"),
        labelled("é" * (value // 2 + 1), "y"),
        labelled("x", "y" * (variable + 1)),
    ):
        with pytest.raises(InputError, match="cannot hold these rows"):
            write_rows(frame, tmp_path / f"b.{suffix}")
    assert [path.name for path in tmp_path.iterdir()] == [f"kept.{suffix}"]


def test_what_no_sheet_can_hold_is_refused_and_not_cut(tmp_path: Path) -> None:
    # Excel: 32,767 characters a cell, 1,048,576 rows with that of names, 16,384 columns
    assert len(aibaro.read_rows(write_rows(pd.DataFrame({"q": ["x" * 32_767]}), tmp_path / "a.xlsx"))["q"][0]) == 32_767
    for frame in (
        pd.DataFrame({"q": ["x" * 32_768]}),
        # of these Excel counts two characters each
        pd.DataFrame({"q": ["\N{GRINNING FACE}" * 16_384]}),
        pd.DataFrame({"q": np.zeros(1_048_576)}),
        pd.DataFrame(np.zeros((1, 16_385))),
    ):
        with pytest.raises(InputError, match="than a"):
            write_rows(frame, tmp_path / "b.xlsx")
    assert not (tmp_path / "b.xlsx").exists()


@pytest.mark.parametrize("far", ["cell", "merged"])
def test_a_sheet_that_reaches_to_the_edge_is_refused(
    far: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of 5 KB was filled up to its last cell, of 17 thousand million, until the memory was."""
    rows = write_rows(pd.DataFrame({"w": [1, 2], "q": [0, 1]}), tmp_path / "plain.xlsx")
    path = tmp_path / "far.xlsx"
    part = {"cell": b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'}.get(
        far, b'</sheetData><mergeCells count="1"><mergeCell ref="E5:XFD1048576"/></mergeCells>'
    )
    with zipfile.ZipFile(rows) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"</sheetData>", part))
    with pytest.raises(InputError, match="reaches further"):
        aibaro.read_rows(path)
    assert main(["init", str(tmp_path / "survey"), "--table", str(path)]) == 2
    assert "1,048,576 rows and 16,384 columns" in capsys.readouterr().err


def test_engines(sav: Path) -> None:
    frame = aibaro.read_rows(sav, engine="polars")
    assert isinstance(frame, pl.DataFrame)
    assert frame["q1"].dtype == pl.Enum(["yes", "no"])
    table = aibaro.read_rows(sav, engine="pyarrow")
    assert isinstance(table, pa.Table)
    assert json.loads(table.schema.metadata[b"aibaro"])["labels"] == {"q1": "Uses AI?"}
    assert table["q1"].type.ordered


def test_a_column_is_not_added_twice(sav: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="already"):
        add_columns(sav, tmp_path / "a.sav", {"q1": np.zeros(4)})
    with pytest.raises(InputError, match="cannot be written"):
        add_columns(sav, tmp_path / "a.docx", {"w": np.zeros(4)})
