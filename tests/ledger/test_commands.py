"""The commands replicate, explain, grim, check and init, with their exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.reconstruct.surveys import make_survey

from aibaro.cli import main


def test_replicate_one_survey(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replicate", "topdesk-2025", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr()
    assert "topdesk-2025: 24 printed numbers" in shown.out
    assert "The verdicts are the pinned ones" in shown.out
    assert "[1/1] topdesk-2025" in shown.err
    found = {p.name for p in tmp_path.iterdir()}
    assert {"ledger.csv", "claim_verdicts.csv", "ledger.json", "report.html"} <= found
    # the index names all that stands there, and nothing that does not
    named = {line.split("  ")[0] for line in (tmp_path / "README.txt").read_text(encoding="utf-8").splitlines()[2:]}
    assert named == found - {"README.txt"}


def test_replicate_only_some(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replicate", "topdesk-2025", "--only", "td25.text.integrated*", "--json", "--out", str(tmp_path)]) == 0
    content = json.loads(capsys.readouterr().out)
    assert len(content["surveys"][0]["numbers"]) == 3
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ["replicate", "nowhere-2020"],
        ["replicate", "topdesk-2025", "--only", "zz*"],
        ["replicate", "--lang", "fr"],
        ["replicate", "topdesk-2025", "--update", "--only", "td25*"],
        ["explain", "zz.unknown", "--survey", "topdesk-2025"],
        ["grim", "30", "--n", "0"],
        ["grim", "a lot", "--n", "48"],
        ["grim", "--n", "48"],
        ["check", "no-such-folder"],
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert "error: " in shown.err
    assert "Traceback" not in shown.err


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "td25.text.driver.it_department.verbal"]) == 0
    assert "more than half" in capsys.readouterr().out


def test_grim_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grim", "--n", "48", "30", "10", "93"]) == 1
    shown = capsys.readouterr().out
    assert "30: inconsistent; no k under half_up" in shown  # 14 of 48 is 29.17%, 15 of 48 is 31.25%
    assert "93: rounding_dependent; no k under half_up (it fits under truncate)" in shown  # 45 of 48 is 93.75%
    assert "10: consistent; k = 5" in shown
    assert "bases up to 48 that fit all of them: 30, 40" in shown


def test_grim_fails_where_no_rule_helps(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grim", "--n", "3", "50", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["numbers"][0]["verdict"] == "inconsistent"


def test_grim_of_an_exhaustive_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grim", "--n", "104", "--exhaustive", "8", "25", "31", "25", "11"]) == 0
    assert "sum_to_100: 8 + 26 + 32 + 26 + 12 = 104" in capsys.readouterr().out


def test_a_new_survey_can_be_checked_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = tmp_path / "mine", tmp_path / "out"
    assert main(["init", str(folder)]) == 0
    assert main(["init", str(folder)]) == 2
    assert main(["check", str(folder), "--out", str(out)]) == 0
    assert "4 printed numbers" in capsys.readouterr().out
    assert (out / "report.html").is_file()


def test_a_survey_with_one_sector_can_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # nothing can be compared between sectors, and that is no error
    folder = tmp_path / "one"
    folder.mkdir()
    make_survey(folder, [[30, 70]], [[3, 7]], {"a": [[2, 3]]})
    assert main(["check", str(folder), "--out", str(tmp_path / "out")]) == 0
    assert "nothing contradicts" in capsys.readouterr().out


def test_a_misprint_in_a_survey_of_ones_own_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "mine"
    main(["init", str(folder)])
    path = folder / "printed.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("50,0%", "90,0%"), encoding="utf-8")
    assert main(["check", str(folder), "--out", str(tmp_path / "out")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any("some cannot all hold" in line for line in lines)
    assert any("all would hold if" in line and "(my.use" in line for line in lines)


def test_impossible_print_is_a_verdict_and_no_refusal(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    main(["init", str(folder)])
    path = folder / "printed.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("50,0%", "103,2%"), encoding="utf-8")
    assert main(["check", str(folder), "--out", str(tmp_path / "out")]) == 1


def test_a_folder_keeps_nothing_of_an_earlier_report_and_all_of_the_user(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["init", str(tmp_path / "first")]) == 0
    assert main(["check", str(tmp_path / "first"), "-o", str(out), "--no-figures"]) == 0
    assert (out / "differences.csv").exists()
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "t.csv").write_text(",Total\nyes,40%\nno,60%\n", encoding="utf-8")
    assert main(["init", str(tmp_path / "second"), "--table", str(tmp_path / "t.csv")]) == 0
    assert main(["check", str(tmp_path / "second"), "-o", str(out), "--no-figures", "--lang", "nl"]) == 0
    assert not (out / "differences.csv").exists()
    assert (out / "notes.txt").exists()
    named = {line.split("  ")[0] for line in (out / "README.txt").read_text(encoding="utf-8").splitlines()[2:]}
    assert named == {path.name for path in out.iterdir()} - {"README.txt", "notes.txt"}
    # a list of contents that is somebody else's removes nothing
    (out / "README.txt").write_text("My files\n\ndifferences.csv  my own\n", encoding="utf-8")
    (out / "differences.csv").write_text("mine", encoding="utf-8")
    assert main(["check", str(tmp_path / "second"), "-o", str(out), "--no-figures"]) == 0
    assert (out / "differences.csv").exists()


def test_how_many_relations_were_accepted_reads_well_for_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.csv").write_text(",Total,A,B\nyes,40%,45%,35%\nno,60%,55%,65%\n", encoding="utf-8")
    assert main(["init", str(tmp_path / "s"), "--table", str(tmp_path / "t.csv")]) == 0
    capsys.readouterr()
    assert main(["accept", str(tmp_path / "s"), "1"]) == 0
    assert capsys.readouterr().out.startswith("relations accepted: 1; still proposed: ")
