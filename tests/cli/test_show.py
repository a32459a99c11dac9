"""The commands list, show and reread, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.published.small_survey import MINIMAL, whole, write

from aibaro.cli import main
from aibaro.published.bundled import bundled_names


def test_list_names_every_bundled_survey(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(bundled_names())
    assert "44 strata" in lines[0]
    assert main(["list", "--json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert [record["name"] for record in records] == list(bundled_names())


def test_show_prints_a_summary_and_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "flanders-2023"]) == 0
    out = capsys.readouterr().out
    assert "44 (38071 population, 9680 sample, 2612 respondents)" in out
    assert "1 (10×12), 2 (5×12), 3 (11×8), 4 (4×8), 5 (11×10), 6 (4×10)" in out


# a row of each table as the report prints it
ROWS = {
    "1": "Total (sample) 1.646 117 1.183 2.142 756 476 435 293 951 803 878 9.680",
    "2": "Medium (respondents) 245 14 78 129 79 15 53 23 59 81 170 946",
    "3": "NACE 58-63 42,9% 22,1% 38,8% 22,3% 26,2% 26,2% 8,9% 69,4%",
    "4": "Large 35,9% 23,8% 25,3% 27,9% 34,0% 34,6% 17,4% 67,9%",
}


@pytest.mark.parametrize(("table", "row"), ROWS.items())
def test_show_lays_a_table_out_as_printed(table: str, row: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "flanders-2023", "--table", table]) == 0
    assert row in [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_columns_stand_under_their_headings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(whole(tmp_path / "s")), "--table", "1"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "A survey of our own, Table 1, as printed",
        "         Use  Plan",
        "Small  31,5%    5%",
        "Large  40,0%",
    ]


def test_show_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(whole(tmp_path / "s"))
    assert main(["show", folder, "--table", "1", "--json"]) == 0
    cells = json.loads(capsys.readouterr().out)
    assert [(cell["row"], cell["column"], cell["printed"]) for cell in cells] == [
        ("Small", "Use", "31,5%"),
        ("Large", "Use", "40,0%"),
        ("Small", "Plan", "5%"),
    ]
    assert main(["show", folder, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["strata"][3]["respondents"] == 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "flanders"], "did you mean flanders-2023"),
        (["show", "flanders-2023", "--table", "9"], "expected: 1, 2, 3, 4, 5, 6"),
        (["show", "io-2023", "--table", "1"], "there is no such table"),
        (["show", "io-2023", "--format", "csv"], "--table N beside it"),
        (["show"], "something is missing"),
        (["reread", "io-2023", "nowhere.txt"], "the source cannot be read"),
        (["reread", "io-2024", "nowhere.txt"], "unknown survey"),
        (["list", "--colour"], "unrecognized option"),
    ],
)
def test_wrong_usage_takes_the_form_of_every_error(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""
    assert captured.err.startswith("error: ")


def test_a_folder_with_faults_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "s", {**MINIMAL, "strata.csv": "size,population,respondents\nsmall,x,2\nlarge,3,4\n"})
    assert main(["show", str(folder)]) == 2
    assert capsys.readouterr().err.count("not a count") == 1


def test_reread_lists_what_is_left_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(write(tmp_path / "mine", MINIMAL))
    source = tmp_path / "source.txt"
    source.write_text("Van 18 bedrijven 31,5%, een derde.", encoding="utf-8")
    assert main(["reread", folder, str(source)]) == 0
    expected = "mine: 3 numeric tokens in the source, 1 of them percentages; 3 printings, 0 ignored, 0 left over\n"
    assert capsys.readouterr() == (expected, "")
    source.write_text("Van 18 bedrijven 31,6%, een derde.", encoding="utf-8")
    assert main(["reread", folder, str(source)]) == 1
    out = capsys.readouterr().out
    assert "31,6%: 1 not transcribed (source 1, printed 0, ignored 0)" in out
    assert "31,5%: 1 transcribed but not in the source (source 0, printed 1, ignored 0)" in out
    assert main(["reread", folder, str(source), "--json"]) == 1
    assert {r["token"]: r["left_over"] for r in json.loads(capsys.readouterr().out)}["31,6%"] == 1


def test_reread_says_when_the_text_is_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "source.txt"
    source.write_text("niets", encoding="utf-8")
    assert main(["reread", "topdesk-2025", str(source)]) == 1
    assert "not the one that was transcribed" in capsys.readouterr().err
    source.write_bytes(b"caf\xe9")
    assert main(["reread", "topdesk-2025", str(source)]) == 2
    assert "byte 0xe9 at 3" in capsys.readouterr().err
