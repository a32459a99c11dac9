"""From a person's file to the table they publish, by commands alone: files, weights, histories, tables, models."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest

from aibaro import estimate, read_rows, weights
from aibaro.cli import main
from aibaro.design import Design

CSV = (
    "id;région;sex;na;omzet;w\r\n"
    "000123;Liège;f;NA;1,5;2,0\r\n"
    "12345678901234567;Liège;m;None;2,25;1,0\r\n"
    ";Gent;f;NA;3;2,5\r\n"
    "12345678901234568;Gent;m;None;0,5;1\r\n"
    '7;"Gent";m;NA;;1\r\n'
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_bytes(CSV.encode("latin-1"))
    (tmp_path / "margins.csv").write_text(
        "domain,level,target\nsex,f,60\nsex,m,40\nna,NA,70\nna,None,30\n", encoding="utf-8"
    )
    return tmp_path


def synthetic_survey(folder: Path) -> Path:
    """A small synthetic survey in SPSS's format."""
    generator = np.random.default_rng(8)
    size = 300
    frame = pd.DataFrame(
        {
            "sex": generator.choice([1.0, 2.0], size),
            "region": generator.choice([1.0, 2.0, 3.0], size),
            "q1": generator.choice([1.0, 2.0, 3.0, 9.0], size, p=[0.4, 0.3, 0.2, 0.1]),
            "w": generator.uniform(0.5, 2, size).round(3),
            "income": generator.lognormal(3, 1, size).round(1),
            "t1": generator.choice([0.0, 1.0], size),
            "t2": generator.choice([0.0, 1.0], size),
        }
    )
    frame.loc[frame["sex"] == 1, "q1"] = generator.choice([1.0, 2.0], int((frame["sex"] == 1).sum()), p=[0.8, 0.2])
    path = folder / "survey.sav"
    pyreadstat.write_sav(
        frame,
        str(path),
        column_labels={"q1": "Do you use it?", "t1": "Chat", "t2": "Code", "sex": "Sex"},
        variable_value_labels={
            "sex": {1: "woman", 2: "man"},
            "region": {1: "north", 2: "east", 3: "south"},
            "q1": {1: "yes", 2: "no", 3: "soon", 9: "no answer"},
        },
        missing_ranges={"q1": [9]},
    )
    return path


def records(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    assert main([*words, "--json"]) == 0, capsys.readouterr().err
    result: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return result


@pytest.mark.usefixtures("folder")
def test_weights_change_no_byte_of_other_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", "rows.csv", "--weight", "w", "--rake", "margins.csv", "-o", "out.csv"]) == 0
    said = capsys.readouterr().err
    assert "Latin-1" in said
    assert "decimal comma" in said
    before, after = CSV.encode("latin-1").split(b"\r\n"), Path("out.csv").read_bytes().split(b"\r\n")
    assert [line.rpartition(b";")[0] for line in after] == [*before[:-1], b""]
    rows = read_rows("out.csv")
    assert rows["id"].tolist()[:2] == ["000123", "12345678901234567"]
    assert rows["weight"].sum() == pytest.approx(100, rel=1e-9)
    assert rows.groupby("na")["weight"].sum().to_dict() == pytest.approx({"NA": 70, "None": 30})


@pytest.mark.usefixtures("folder")
def test_the_input_is_overwritten_only_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["weights", "rows.csv", "--weight", "w", "--rake", "margins.csv", "-o", "rows.csv"]
    assert main(words) == 2
    told = capsys.readouterr().err
    assert "overwrite the input" in told
    assert "--output" in told
    assert Path("rows.csv").read_bytes() == CSV.encode("latin-1")
    assert main([*words, "--overwrite"]) == 0
    assert "weight" in read_rows("rows.csv").columns


@pytest.mark.usefixtures("folder")
def test_calibrated_standard_errors_survive_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    rows = read_rows("rows.csv")
    margins = {"sex": {"f": 60, "m": 40}, "na": {"NA": 70, "None": 30}}
    raked = weights.rake(rows, margins, weight="w")
    expected = estimate.mean(raked, "omzet", design=raked.design())
    given = estimate.mean(raked.frame, "omzet", design=Design.from_frame(raked.frame, weight="weight"))
    assert main(["weights", "rows.csv", "--weight", "w", "--rake", "margins.csv", "-o", "out.csv"]) == 0
    capsys.readouterr()
    (row,) = records(capsys, "estimate", "out.csv", "--weight", "weight", "--mean", "omzet")
    assert row["std_error"] == pytest.approx(expected.std_error[0], rel=1e-9)
    assert row["std_error"] != pytest.approx(given.std_error[0], rel=1e-3)
    # the weights that the history names are taken where none are named; "none" takes them as given
    (same,) = records(capsys, "estimate", "out.csv", "--mean", "omzet")
    assert same == row
    (plain,) = records(capsys, "estimate", "out.csv", "--weight", "weight", "--mean", "omzet", "--history", "none")
    assert plain["std_error"] == pytest.approx(given.std_error[0], rel=1e-9)
    # and the table command knows them too
    table = records(capsys, "table", "out.csv", "--rows", "sex", "--columns", "na")
    shares = estimate.proportion(raked, "sex", design=raked.design(), by="na")
    assert table[1]["std_error"] == pytest.approx(shares.std_error[0], abs=1e-12)
    # rows that changed since are refused
    with Path("out.csv").open("ab") as file:
        file.write(b"8;Gent;m;NA;1;1;1\r\n")
    assert main(["estimate", "out.csv", "--weight", "weight", "--mean", "omzet"]) == 2
    told = capsys.readouterr().err
    assert "belongs to other rows" in told
    assert "--history none" in told


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("out", ["out.csv", "out.parquet", "out.sav", "out.xlsx", "out.feather", "out.dta"])
def test_numeric_totals_survive_too(out: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("totals.csv").write_text("domain,level,target\nsex,f,60\nsex,m,40\nw,,172\n", encoding="utf-8")
    assert main(["weights", "rows.csv", "--weight", "w", "--calibrate", "totals.csv", "-o", out]) == 0
    rows = read_rows("rows.csv")
    made = weights.calibrate(rows, {"sex": {"f": 60, "m": 40}, "w": 172}, weight="w")
    expected = estimate.mean(made, "omzet", design=made.design())
    capsys.readouterr()
    (row,) = records(capsys, "estimate", out, "--weight", "weight", "--mean", "omzet")
    assert row["estimate"] == pytest.approx(expected.estimate[0], rel=1e-9)
    assert row["std_error"] == pytest.approx(expected.std_error[0], rel=1e-6)


def test_labels_come_along_from_spss_to_excel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = synthetic_survey(tmp_path), tmp_path / "tables.xlsx"
    words = ["table", str(path), "--weight", "w", "--rows", "q1,income", "--set", "tools=t1,t2", "--measures", "mean"]
    words += ["--columns", "sex,region,sex:region", "--letters", "-o", str(out), "--tests"]
    assert main(words) == 0
    shown = capsys.readouterr()
    assert "rao-scott" in shown.out
    assert "user-missing" in shown.err
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["Contents", "q1", "income", "tools", "Data"]
    page = book["q1"]
    assert page["A1"].value == "Do you use it?"
    assert [page.cell(5, 2 + 2 * k).value for k in range(3)] == ["Total", "woman", "man"]
    labels = [page.cell(row, 1).value for row in range(7, 16, 3)]
    assert labels == ["yes", "no", "soon"]
    assert page.cell(4, 4).value == "Sex"
    assert [book["tools"].cell(row, 1).value for row in (7, 10)] == ["Chat", "Code"]
    data = read_rows(path)
    design = Design.from_frame(data, weight="w")
    women = estimate.proportion(data, "q1", design=design, by="sex")
    assert page.cell(7, 4).value == pytest.approx(women.estimate[0])
    assert page.cell(7, 5).value == "B"


@pytest.mark.parametrize("suffix", ["html", "tex", "csv", "json"])
def test_other_faces_of_tables(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = synthetic_survey(tmp_path), tmp_path / f"t.{suffix}"
    assert (
        main(["table", str(path), "--weight", "w", "--rows", "q1", "--columns", "sex", "--lang", "nl", "-o", str(out)])
        == 0
    )
    text = out.read_text(encoding="utf-8")
    assert "woman" in text
    assert ("Totaal" in text) == (suffix in {"html", "tex"})
    capsys.readouterr()
    assert main(["table", str(path), "--weight", "w", "--rows", "q1", "--columns", "sex"]) == 0
    assert "Base (unweighted)" in capsys.readouterr().out


def test_models_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = synthetic_survey(tmp_path)
    words = ["model", str(path), "--weight", "w", "--formula", "{q1 == 'yes'} ~ sex + income", "--family", "binomial"]
    extra = [
        "--test",
        "sex",
        "--predict",
        "sex",
        "--predict",
        "income=10,20",
        "--odds-ratios",
        "--contrast",
        "income * 10",
    ]
    assert main([*words, *extra]) == 0
    shown = capsys.readouterr().out
    for word in ("sex[T.man]", "odds ratios", "margins of sex", "tests", "contrasts", "binomial, logit link"):
        assert word in shown
    data = read_rows(path)
    expected = estimate.glm(words[5], data, design=Design.from_frame(data, weight="w"), family="binomial")
    assert main([*words, *extra, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [row["estimate"] for row in facts["coefficients"]] == pytest.approx(expected.estimate.tolist())
    assert facts["tests"][0]["statistic"] == pytest.approx(expected.test("sex").statistic)
    out = tmp_path / "c.csv"
    assert main([*words, "-o", str(out)]) == 0
    assert pd.read_csv(out)["term"].tolist() == list(expected.term)
    assert main(["model", str(path), "--weight", "w", "--formula", "q1 ~ sex", "--family", "ordinal"]) == 0
    assert "yes|no" in capsys.readouterr().out


def test_estimates_of_labelled_answers_in_domains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(synthetic_survey(tmp_path))
    data = read_rows(path)
    design = Design.from_frame(data, weight="w")
    found = records(
        capsys, "estimate", path, "--weight", "w", "--proportion", "q1", "--by", "sex", "--domain", "region=north+east"
    )
    expected = estimate.proportion(data, "q1", design=design, by="sex", domain={"region": ["north", "east"]})
    assert found == expected.to_records()
    assert [row["category"] for row in found] == ["yes", "yes", "no", "no", "soon", "soon"]
    one = records(
        capsys, "estimate", path, "--weight", "w", "--proportion", "q1", "--by", "sex",
        "--contrast", "q1['yes', 'woman'] - q1['yes', 'man']",
    )  # fmt: skip
    shares = estimate.proportion(data, "q1", design=design, by="sex", covariance="items")
    contrast = estimate.contrast(shares, "q1['yes', 'woman'] - q1['yes', 'man']")
    assert one[0]["std_error"] == pytest.approx(contrast.std_error[0])
    (test,) = records(capsys, "estimate", path, "--weight", "w", "--test", "q1,sex")
    assert test["p_value"] == pytest.approx(estimate.chi_square(data, "q1", "sex", design=design).p_value)
    assert main(["estimate", path, "--weight", "w", "--proportion", "q1", "--deff"]) == 0
    assert "deff" in capsys.readouterr().out
    kept = records(capsys, "estimate", path, "--weight", "w", "--proportion", "q1", "--missing-answers", "category")
    assert kept[-1]["category"] == "(missing)"


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        (["estimate", "rows.csv", "--mean", "omzet", "--weight", "gewicht"], ["--weight", "gewicht"]),
        (["estimate", "rows.csv", "--mean", "winst", "--weight", "w"], ["--mean", "winst"]),
        (["estimate", "rows.csv", "--mean", "omzet", "--weight", "w", "--stratum", "h"], ["--stratum", "h"]),
        (["estimate", "rows.csv", "--mean", "omzet", "--weight", "w", "--domain", "sex=x"], ["--domain", "'f', 'm'"]),
        (["estimate", "rows.csv", "--mean", "omzet", "--weight", "w", "--domain", "sex"], ["--domain", "COL=LEVEL"]),
        (["estimate", "rows.csv", "--mean", "omzet", "--weight", "w", "--encoding", "utf-8"], ["--encoding", "line 1"]),
        (["estimate", "rows.csv", "--mean", "omzet", "--weight", "w", "--sheet", "x"], ["--sheet"]),
        (["estimate", "rows.csv", "--mean", "omzet", "--weight", "w", "--df", "many"], ["--df", "satterthwaite"]),
        (["estimate", "none.csv", "--mean", "omzet", "--weight", "w"], ["FILE", "none.csv"]),
        (["estimate", "rows.csv", "--test", "sex", "--weight", "w"], ["--test", "X,Y"]),
        (["table", "rows.csv", "--weight", "w"], ["--rows"]),
        (["table", "rows.csv", "--weight", "w", "--rows", "sekse"], ["--rows", "sekse"]),
        (["table", "rows.csv", "--weight", "w", "--rows", "sex", "--columns", "x"], ["--columns"]),
        (["table", "rows.csv", "--weight", "w", "--rows", "sex", "-o", "t.doc"], ["--output", ".xlsx"]),
        (["table", "rows.csv", "--weight", "w", "--rows", "sex", "-o", "rows.csv"], ["--output", "input"]),
        (["table", "rows.csv", "--weight", "w", "--set", "tools"], ["--set", "NAME="]),
        (["table", "rows.csv", "--weight", "w", "--rows", "sex", "--small-base", "-1"], ["--small-base"]),
        (["table", "rows.csv", "--weight", "w", "--rows", "sex", "--measures", "average"], ["--measures", "average"]),
        (["model", "rows.csv", "--weight", "w", "--formula", "omzet ~ profit"], ["--formula", "profit"]),
        (["model", "rows.csv", "--weight", "w", "--formula", "omzet ~ sex", "--test", "x"], ["--test", "x"]),
        (["model", "rows.csv", "--weight", "w", "--formula", "omzet ~ sex", "--predict", "x"], ["--predict", "x"]),
        (["model", "rows.csv", "--weight", "w", "--formula", "omzet ~ sex", "-o", "m.doc"], ["--output"]),
        (["weights", "rows.csv", "--rake", "margins.csv", "-o", "out.docx"], ["--output", ".csv"]),
        (["weights", "rows.csv", "--rake", "margins.csv", "-o", "o.csv", "--weight", "g"], ["--weight", "g"]),
    ],
)
@pytest.mark.usefixtures("folder")
def test_faults_speak_of_options(words: list[str], texts: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    told = capsys.readouterr().err
    assert all(text in told for text in texts), told


def test_texts_that_a_spreadsheet_would_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "rows.csv", tmp_path / "t.csv"
    path.write_text('=cmd,w\n=1+1,1\n"@x",2\n', encoding="utf-8")
    assert main(["table", str(path), "--weight", "w", "--rows", "=cmd", "-o", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    assert "'=cmd" in text
    assert "\n=cmd" not in text
    assert main(["table", str(path), "--weight", "w", "--rows", "=cmd", "-o", str(tmp_path / "t.xlsx")]) == 0
    page = openpyxl.load_workbook(tmp_path / "t.xlsx")["=cmd"]
    assert (page["A1"].value, page["A1"].data_type) == ("=cmd", "s")
    capsys.readouterr()


def test_tables_and_models_of_synthetic_rows_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = synthetic_survey(tmp_path).rename(tmp_path / "synthetic.sav")
    words = ["table", str(path), "--weight", "w", "--rows", "q1", "-o"]
    assert main([*words, str(tmp_path / "t.xlsx")]) == 0
    page = openpyxl.load_workbook(tmp_path / "t.xlsx")["q1"]
    assert any("SYNTHETIC" in str(row[0].value) for row in page.iter_rows())
    for suffix in ("csv", "json", "html", "tex"):
        assert main([*words, str(tmp_path / f"t.{suffix}")]) == 0
        assert "synthetic" in (tmp_path / f"t.{suffix}").read_text(encoding="utf-8").lower()
    for suffix in ("csv", "json", "tex"):
        out = tmp_path / f"m.{suffix}"
        assert main(["model", str(path), "--weight", "w", "--formula", "income ~ sex", "-o", str(out)]) == 0
        assert "synthetic" in out.read_text(encoding="utf-8").lower()
    assert "SYNTHETIC" in capsys.readouterr().out


# heads and answers that are formulas, markup of a terminal, a page, LaTeX, and what no document can hold
ODD_HEAD, ODD = (
    "=1+1",
    ("=cmd|' /C calc'!A0", "+1+cmd", "@x", "a\x1b[31mb", "c\x07\x0bd", "[red]e[/red]", "<i>&", "\\input{x}"),
)


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"w": [1, 1.5] * 8, ODD_HEAD: [*ODD, *ODD], "-g\x08": ["x", "@y"] * 8})
    frame.to_csv(tmp_path / "rows.csv", index=False)
    return tmp_path


def characters(*skipped: str) -> set[str]:
    return {chr(number) for number in (*range(32), 127)} - {"\n", *skipped}


@pytest.mark.usefixtures("odd")
@pytest.mark.parametrize(
    "words",
    [
        ["table", "--rows", ODD_HEAD, "--columns=-g\x08"],
        ["estimate", "--proportion", ODD_HEAD],
        ["model", "--formula", f"w ~ `{ODD_HEAD}`"],
        ["weights", "--trim", "2", "--within", ODD_HEAD, "--name", "v", "-o", "out.csv"],
    ],
    ids=lambda words: words[0],
)
def test_a_terminal_obeys_no_answer(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([words[0], "rows.csv", "--weight", "w", *words[1:]]) == 0
    shown = capsys.readouterr()
    assert not characters() & set(shown.out + shown.err)


def test_no_face_of_a_table_runs_or_breaks(odd: Path) -> None:
    for kind in ("html", "xlsx", "tex", "csv", "json"):
        words = ["table", "rows.csv", "--weight", "w", "--rows", ODD_HEAD, "--columns=-g\x08", "--letters"]
        assert main([*words, "-o", f"out.{kind}"]) == 0
    for name in ("html", "tex", "json"):
        assert not characters() & set((odd / f"out.{name}").read_text(encoding="utf-8"))
    page, tex = (odd / "out.html").read_text(encoding="utf-8"), (odd / "out.tex").read_text(encoding="utf-8")
    assert "<i>" not in page
    assert "&lt;i&gt;&amp;" in page
    assert "\\input" not in tex
    assert r"\textless{}i\textgreater{}\&" in tex
    book = openpyxl.load_workbook(odd / "out.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert ODD[0] in [cell.value for cell in cells]
    assert all(cell.data_type != "f" for cell in cells)
    rows = list(csv.reader(io.StringIO((odd / "out.csv").read_text(encoding="utf-8"), newline="")))
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@")]


def test_rows_keep_their_texts_as_texts(odd: Path) -> None:
    for kind in ("xlsx", "csv"):
        words = ["weights", "rows.csv", "--weight", "w", "--trim", "2", "--within", "all", "--name", "v"]
        assert main([*words, "-o", f"out.{kind}"]) == 0
    sheet = openpyxl.load_workbook(odd / "out.xlsx").active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert [cell.value for cell in sheet[1]][:2] == ["w", ODD_HEAD]
    assert sheet.cell(5, 2).value == "a\N{REPLACEMENT CHARACTER}[31mb"
    # text files of rows are read back by programs: not a byte of them changes
    assert read_rows(odd / "out.csv")[ODD_HEAD].tolist() == [*ODD, *ODD]


def test_a_plan_and_a_model_write_no_formula(odd: Path) -> None:
    (odd / "strata.csv").write_text('"=s",population,respondents\n=1+1,100,10\n@b,200,20\n', encoding="utf-8")
    assert main(["plan", "strata.csv", "--n", "50", "-o", "plan.csv"]) == 0
    for kind in ("csv", "tex"):
        words = ["model", "rows.csv", "--weight", "w", "--formula", f"w ~ `{ODD_HEAD}`", "-o", f"fit.{kind}"]
        assert main(words) == 0
    for name in ("plan.csv", "fit.csv"):
        rows = list(csv.reader(io.StringIO((odd / name).read_text(encoding="utf-8"), newline="")))
        assert len(rows) > 2
        assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@")], name
    assert not characters() & set((odd / "fit.tex").read_text(encoding="utf-8"))
