"""``aibaro grim``: its errors name options, sizes are read as they are printed, and groups are divided."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aibaro.cli import main


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("7.22 --n 32", ["--mean or --percentage", "7.22 may be a mean or a percentage", "write 7.22%"]),
        ("5.19", ["the size of the base is missing", "--n"]),
        ("--n 10", ["VALUE... --n N"]),
        ("half --n 11", ["rounded digits"]),
        ("12% --n 28.5", ["--n", "a whole number, 438 or 1,002"]),
        ("12% --n 28 --items 2", ["--mean"]),
        ("12% --n 28 --sd 3", ["--sd", "belongs to a mean"]),
        ("1.234 --n 28 --mean", ["--decimal", "--decimal ,"]),
        ("12% --n 20 --rounding nope", ["--rounding", "half_up"]),
        ("5.19 --n 28 --mean --scale 7,1", ["--scale", "the smaller first"]),
        ("12% --total 10", ["two groups or more"]),
        ("3.43 5.28 --total 90", ["--mean, --percentage"]),
        ("5.19 --n 0 --mean", ["--n", "1 to 1,000,000,000,000"]),
    ],
)
def test_errors_speak_of_options(arguments: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grim", *arguments.split()]) == 2
    said = capsys.readouterr().err
    assert "where: aibaro grim" in said
    assert all(word in said for word in words), said
    assert "measure" not in said
    assert "check_cases" not in said


def test_a_size_is_read_as_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("1002", "1,002", "1.002", "1 002"):
        assert main(["grim", "12.1%", "--n", text]) == 0  # 121 of 1,002 is 12.08
        assert "n = 1002" in capsys.readouterr().out


def test_sizes_of_groups_from_their_total(capsys: pytest.CaptureFixture[str]) -> None:
    # 24/7 = 3.43 and 438/83 = 5.277
    assert main(["grim", "3.43", "5.28", "--mean", "--total", "90"]) == 0
    assert "  7   83" in capsys.readouterr().out
    assert main(["grim", "3.43", "5.28", "--mean", "--total", "8"]) == 1  # no mean of 7 and one of 1


def test_cases_bring_signs_and_name_their_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cases.csv"
    path.write_text('name,percentage,n,test,statistic,df1,p\na,,,t,2.20,28,<.05\nb,12.1%,"1,002",,,,\n', "utf-8")
    assert main(["grim", "--file", str(path)]) == 0
    assert "2 consistent" in capsys.readouterr().out
    path.write_text("name,test,statistic,df1,p\na,F,5.1,x,.05\nb,F,5.1,2,.05\n", "utf-8")
    assert main(["grim", "--file", str(path)]) == 2
    said = capsys.readouterr().err
    assert "where: row 1" in said
    assert "2 number(s) above 0" in said


def test_duplicates_are_listed_and_are_no_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grim", "12.3", "45.6", "12.3", "--duplicates"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "12.3: 2 times (1, 3)"
    (tmp_path / "t.csv").write_text("item;a;b\nx1;1,25;3,5\nx2;3,5;4,75\n", encoding="utf-8")
    assert main(["grim", "--file", str(tmp_path / "t.csv"), "--duplicates", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["duplicates"] == [{"value": "3,5", "times": 2, "places": "a 2, b 1"}]
    assert found["values"] == 4
    assert main(["grim", "--duplicates"]) == 2
