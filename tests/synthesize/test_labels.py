"""Synthetic rows are analysed like any rows, and never shown as anything but synthetic."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from tests.synthesize.tiny import microdata, publish, tabulate

from aibaro.cli import main
from aibaro.errors import InputError, IntegrityError
from aibaro.published import read
from aibaro.synthesize import synthesize, synthetic_label, write_synthetic


@pytest.fixture(name="file")
def file_fixture(tmp_path: Path) -> Path:
    strata, rows = microdata(7)
    (tmp_path / "mine").mkdir()
    survey = publish(tmp_path / "mine", strata, tabulate(strata, rows))
    return write_synthetic(synthesize(survey, 2), tmp_path / "synthetic-mine.csv", survey)[0]


def test_estimates_from_synthetic_rows_give_print_and_carry_the_label(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # renamed and without descriptor: the column still tells
    other = file.parent / "answers.csv"
    other.write_bytes(file.read_bytes())
    for path in (file, other):
        words = [
            "estimate",
            str(path),
            "--stratum",
            "sector,size",
            "--weight",
            "weight",
            "--proportion",
            "any_tool",
            "--by",
            "sector",
        ]
        assert main(words) == 0
        assert capsys.readouterr().out.startswith("SYNTHETIC rows")
        assert main([*words, "--json"]) == 0
        records = json.loads(capsys.readouterr().out)
        assert {record["rows"] for record in records} == {"synthetic"}
        printed = read(file.parent / "mine").printed.query("item == 'any_tool' and domain == 'sector'")
        shares = {r["level"]: f"{100 * r['estimate']:.1f}".replace(".", ",") + "%" for r in records}
        assert shares == dict(zip(printed["level"], printed["printed"], strict=True))


def test_weighted_synthetic_rows_stay_synthetic(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    totals = file.parent / "totals.csv"
    totals.write_text("domain,level,population\nsector,s0,60\nsector,s1,80\n", encoding="utf-8")
    words = ["weights", str(file), "--rake", str(totals), "--weight", "weight", "--name", "raked", "--out"]
    assert main([*words, str(file.parent / "respondents.csv")]) == 2
    assert not (file.parent / "respondents.csv").exists()
    capsys.readouterr()
    target = file.parent / "synthetic-raked.csv"
    assert main([*words, str(target)]) == 0
    assert capsys.readouterr().out.startswith("SYNTHETIC rows")
    assert (pd.read_csv(target)["synthetic"] == 1).all()
    assert synthetic_label(target.rename(file.parent / "rows.csv"), pd.read_csv(file.parent / "rows.csv").columns)


def test_a_folder_of_synthetic_rows_is_no_survey(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    file.with_suffix(".datapackage.json").replace(folder / "datapackage.json")
    with pytest.raises((InputError, IntegrityError), match="synthetic rows, which are no survey"):
        read(folder)


def test_other_rows_carry_no_label(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = tmp_path / "answers.csv"
    plain.write_text("size,weight,a\nz0,1.0,1\nz0,1.0,0\n", encoding="utf-8")
    assert main(["estimate", str(plain), "--stratum", "size", "--weight", "weight", "--proportion", "a"]) == 0
    assert "SYNTHETIC" not in capsys.readouterr().out
