"""Synthetic rows leave labelled, and come back only as what they are."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from tests.synthesize.tiny import microdata, publish, tabulate

from aibaro.cli import main
from aibaro.errors import InputError, IntegrityError
from aibaro.published import PublishedSurvey
from aibaro.synthesize import Synthetic, read_declared, synthesize, write_synthetic


@pytest.fixture(name="made")
def made_fixture(tmp_path: Path) -> tuple[Synthetic, PublishedSurvey]:
    strata, rows = microdata(7)
    (tmp_path / "mine").mkdir()
    survey = publish(tmp_path / "mine", strata, tabulate(strata, rows))
    return synthesize(survey, 2), survey


def test_file_and_descriptor_say_synthetic(made: tuple[Synthetic, PublishedSurvey], tmp_path: Path) -> None:
    file, survey = made
    target, beside = write_synthetic(file, tmp_path / "synthetic-mine.csv", survey)
    described = json.loads(beside.read_text(encoding="utf-8"))
    assert "synthetic" in described["name"]
    assert described["title"].startswith("Synthetic")
    assert "no respondent answered" in described["description"]
    facts = described["aibaro"]["synthetic"]
    assert facts["reproduced"] == facts["percentages"] == len(file.check.query("kind == 'percentage'"))
    assert set(facts["freedom"]) == {"cells", "pinned_cells", "fixed_answers", "rows_with_fixed_answer"}
    fields = [field["name"] for field in described["resources"][0]["schema"]["fields"]]
    assert fields == list(pd.read_csv(target).columns)
    back = read_declared(target, expect="synthetic")
    assert back["weight"].tolist() == file.rows["weight"].tolist()


def test_a_name_that_hides_what_the_rows_are_is_refused(
    made: tuple[Synthetic, PublishedSurvey], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="synthetic"):
        write_synthetic(made[0], tmp_path / "respondents.csv", made[1])
    assert not list(tmp_path.glob("*.csv"))


def test_the_loader_refuses_synthetic_rows_as_microdata(
    made: tuple[Synthetic, PublishedSurvey], tmp_path: Path
) -> None:
    target, beside = write_synthetic(made[0], tmp_path / "synthetic-mine.csv", made[1])
    with pytest.raises(InputError, match="cannot be presented as microdata"):
        read_declared(target, expect="microdata")
    # renamed and without its descriptor the column still tells
    other = tmp_path / "answers.csv"
    other.write_bytes(target.read_bytes())
    with pytest.raises(InputError, match="cannot be presented as microdata"):
        read_declared(other, expect="microdata")
    plain = tmp_path / "plain.csv"
    plain.write_text("size,weight,a\nz0,1.0,1\n", encoding="utf-8")
    assert read_declared(plain, expect="microdata")["a"].tolist() == [1]
    with pytest.raises(InputError, match="cannot be presented as synthetic"):
        read_declared(plain, expect="synthetic")
    target.write_text(target.read_text(encoding="utf-8").replace(",1\n", ",0\n", 1), encoding="utf-8")
    with pytest.raises(IntegrityError):
        read_declared(target, expect="synthetic")
    assert beside.is_file()


def test_the_command_writes_replicates(
    made: tuple[Synthetic, PublishedSurvey], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(made[1].folder)
    output = tmp_path / "synthetic-mine.csv"
    assert main(["synthesize", folder, "--seed", "2", "-o", str(output), "--replicates", "2"]) == 0
    assert {p.name for p in tmp_path.glob("*.csv")} == {"synthetic-mine-2.csv", "synthetic-mine-3.csv"}
    printed = capsys.readouterr().out
    assert "SYNTHETIC respondents" in printed
    assert "inner range" in printed
    assert main(["synthesize", folder, "--seed", "2", "-o", str(output), "--population", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "population"
    assert main(["synthesize", folder, "--seed", "2", "-o", str(tmp_path / "rows.csv")]) == 2
    assert main(["synthesize", folder, "--seed", "2", "--replicates", "0"]) == 2
