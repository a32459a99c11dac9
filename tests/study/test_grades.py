"""Kept grades: read with every fault, shown beside verdicts that they leave alone, held against other draws."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from jsonschema import validate
from tests.reconstruct.surveys import make_survey

from aibaro.cli import main
from aibaro.errors import InputError, IntegrityError
from aibaro.ledger import Grade, build_ledger, ledger_json, read_grades
from aibaro.published import load, read
from aibaro.published.bundled import bundled_names
from aibaro.published.schema import GRADE_COLUMNS
from aibaro.reconstruct import chains_agree
from aibaro.study import Study, open, typical, typical_claims, verify_grades, write_grades

POPULATION, RESPONDENTS = (300, 200, 100, 100), (14, 9, 7, 5)
FIRST = {
    "claim": "most",
    "reason": "",
    "measure": "answers",
    "draws": "100",
    "established": "60",
    "refuted": "0",
    "imprecise": "10",
    "not_significant": "0",
    "depends": "30",
    "chains": "4",
    "rhat": "1.010",
    "ess": "300",
    "steps": "160",
    "seed": "0",
}


def made(folder: Path) -> Path:
    """A survey of four strata of which totals are printed; a majority and a change whose verdicts depend."""
    folder.mkdir()
    strata = {"s": ["a", "b", "c", "d"], "population": POPULATION, "respondents": RESPONDENTS}
    pd.DataFrame(strata).to_csv(folder / "strata.csv", index=False)
    printed = [("x", "66.9%", ""), ("z", "35.0%", ""), ("z", "20.0%", "2022"), ("w", "90.0%", "")]
    rows = [{"item": item, "printed": text, "weighted": "yes", "wave": wave} for item, text, wave in printed]
    pd.DataFrame(rows).to_csv(folder / "printed.csv", index=False)
    claims = [
        {"id": "most", "rule": "majority", "inputs": "x", "parameters": "family=one"},
        {"id": "up", "rule": "trend", "inputs": "z / z|wave=2022", "parameters": "family=two"},
        {"id": "many", "rule": "majority", "inputs": "w", "parameters": "family=three"},
    ]
    pd.DataFrame(claims).assign(location="", claim_en="made", type="").to_csv(folder / "claims.csv", index=False)
    declared = {"weighting": "cells", "item_nonresponse": "none", "sampling": "probability", "wave": "2023"}
    (folder / "datapackage.json").write_text(json.dumps({"name": "made", "aibaro": declared}), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The survey with its grades."""
    folder = made(tmp_path_factory.mktemp("grades") / "kept")
    write_grades(read(folder), typical_claims(open(folder), draws=60))
    return folder


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:
    """A copy without checksums, to be changed."""
    copy = Path(shutil.copytree(kept, tmp_path / "copy"))
    descriptor = json.loads((copy / "datapackage.json").read_text(encoding="utf-8"))
    (copy / "datapackage.json").write_text(json.dumps({**descriptor, "resources": []}), encoding="utf-8")
    return copy


def test_the_file_says_of_each_claim_that_depends_how_it_fares_or_why_not(kept: Path) -> None:
    grades = read_grades(read(kept))
    depends = [v.claim.id for v in open(kept).claims if v.population == "depends"]
    assert set(grades) == set(depends)
    assert "most" in grades
    assert sum(grades["most"].verdicts.values()) == 60
    assert grades["most"] == replace(typical(open(kept), "most", draws=60), ess=60.0, steps=160)
    assert (grades["up"].reason, grades["up"].verdicts) == ("own", {})


def test_drawn_anew_it_is_the_same_file_and_has_a_checksum(kept: Path) -> None:
    before = {path.name: path.read_bytes() for path in kept.iterdir()}
    write_grades(read(kept), typical_claims(open(kept), draws=60))
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before
    assert b'"path": "typical.csv"' in before["datapackage.json"]


def test_no_verdict_is_changed_by_a_grade(folder: Path) -> None:
    """Not even by one that says: established in all tables."""
    table = pd.read_csv(folder / "typical.csv", dtype=str, keep_default_na=False)
    own = table["claim"] == "most"
    table.loc[own, ["established", "imprecise", "not_significant", "depends"]] = ["60", "0", "0", "0"]
    table.to_csv(folder / "typical.csv", index=False)
    graded = build_ledger(read(folder))
    (folder / "typical.csv").unlink()
    plain = build_ledger(read(folder))
    for one, other in zip(graded.claims, plain.claims, strict=True):
        assert (one.as_printed, one.population, one.turns) == (other.as_printed, other.population, other.turns)
    assert graded.claim_counts() == plain.claim_counts()
    verdict = next(v for v in graded.claims if v.claim.id == "most")
    assert (verdict.population, verdict.grade.share) == ("depends", 1.0)  # type: ignore[union-attr]


def test_ledger_report_and_explanation_say_it(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = build_ledger(read(folder))
    frame = ledger.claims_frame().set_index("id")
    share = read_grades(read(folder))["most"].share
    assert frame.loc["most", "grade"] == share
    assert pd.isna(frame.loc["many", "grade"])
    assert "of 60 tables of counts drawn from all that print allows" in frame.loc["most", "sentence"]
    assert (
        "every set of answers of the respondents is equally likely (independent draws)" in frame.loc["most", "argument"]
    )
    assert "not graded over drawn tables, because a figure" in frame.loc["up", "argument"]
    assert "drawn" not in frame.loc["up", "sentence"]
    assert "gewogen over getrokken tabellen" in ledger.summary("nl")
    schema = Path(__file__).parents[2] / "src/aibaro/report/schemas/ledger-2.json"
    validate(json.loads(ledger_json([ledger])), json.loads(schema.read_text(encoding="utf-8")))
    assert main(["check", str(folder), "--out", str(tmp_path / "out"), "--no-figures"]) in {0, 1}
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "of 60 tables of counts drawn from all that print allows" in page
    capsys.readouterr()
    assert main(["explain", "most", "--survey", str(folder), "--lang", "nl"]) == 0
    assert "van 60 tabellen van aantallen" in capsys.readouterr().out


def test_the_command_shows_what_is_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bounds", str(folder), "--typical"]) == 0
    shown = capsys.readouterr()
    assert "most" in shown.out
    assert "up: not graded over drawn tables" in shown.err
    assert main(["bounds", str(folder), "--typical", "--format", "csv"]) == 0
    assert "60,answers" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"measure": "rows"}, "unknown word"),
        ({"reason": "because"}, "unknown word"),
        ({"established": "=1+1"}, "not a number"),
        ({"established": "-60"}, "not a number"),
        ({"draws": "1e3"}, "not a number"),
        ({"draws": "9" * 40}, "not a number"),
        ({"seed": "٣"}, "not a number"),
        ({"rhat": "nan"}, "not a number"),
        ({"ess": "inf"}, "not a number"),
        ({"ess": ""}, "not a number"),
        ({"established": "61"}, "the verdicts of the tables do not add to the draws"),
        ({"draws": "0", "established": "0", "imprecise": "0", "depends": "0"}, "do not add to the draws"),
        ({"established": "0", "imprecise": "0", "depends": "100"}, "no other, has no grade for that reason"),
        ({"reason": "rest"}, "no other, has no grade for that reason"),
        ({"rhat": "1.2"}, "a grade needs chains that agree"),
        ({"ess": "99"}, "a grade needs chains that agree"),
        ({"reason": "chains", "established": "0", "imprecise": "0", "depends": "0"}, "a grade needs chains that agree"),
        ({"reason": "own"}, "not a number"),
        ({"claim": "must"}, "unknown claim"),
        ({"claim": ""}, "claim"),
    ],
)
def test_rows_that_are_no_grades_are_faults(folder: Path, change: dict[str, str], problem: str) -> None:
    row = {**FIRST, "inputs": "0" * 16, **change}
    pd.DataFrame([row], columns=list(GRADE_COLUMNS)).to_csv(folder / "typical.csv", index=False)
    with pytest.raises(InputError, match=problem):
        build_ledger(read(folder))


@pytest.mark.parametrize(
    "text",
    [
        "claim\nmost\n",
        "claim,shares\nmost,1\n",
        ",".join(GRADE_COLUMNS) + ",more\n",
        "\n".join([",".join(GRADE_COLUMNS), *[",".join(FIRST.values()) + ",0"] * 2]),
    ],
)
def test_tables_that_hold_no_grades_are_faults_at_reading(folder: Path, text: str) -> None:
    (folder / "typical.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"typical\.csv"):
        read(folder)


def test_all_faults_are_said_at_once_before_anything_is_computed(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = [{**FIRST, "inputs": "", "measure": "x"}, {**FIRST, "claim": "up", "inputs": "", "draws": "?"}]
    pd.DataFrame(rows, columns=list(GRADE_COLUMNS)).to_csv(folder / "typical.csv", index=False)
    assert main(["check", str(folder), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "row 2" in said
    assert "row 3" in said
    assert not (tmp_path / "out").exists()


def test_grades_of_other_figures_are_left_out(folder: Path) -> None:
    text = (folder / "printed.csv").read_text(encoding="utf-8").replace("66.9%", "66.8%")
    (folder / "printed.csv").write_text(text, encoding="utf-8")
    with pytest.raises(IntegrityError, match="changed since the grades"):
        read_grades(read(folder))
    ledger = build_ledger(read(folder))
    assert [step.key for step in ledger.undecided] == ["typical.stale"]
    assert all(v.grade is None for v in ledger.claims)
    assert [step.key for step in open(folder).ledger.undecided] == ["typical.stale"]


def test_a_grade_of_a_claim_that_does_not_depend_is_left_over(folder: Path) -> None:
    table = pd.read_csv(folder / "typical.csv", dtype=str, keep_default_na=False)
    more = table[table["claim"] == "most"].assign(claim="many")
    pd.concat([table, more]).to_csv(folder / "typical.csv", index=False)
    ledger = build_ledger(read(folder))
    verdict = next(v for v in ledger.claims if v.claim.id == "many")
    assert verdict.population != "depends"
    assert verdict.grade is None
    assert [step.text() for step in ledger.undecided] == [
        "typical.csv grades many, whose verdict does not depend; 'aibaro bounds --typical --recompute' makes it anew"
    ]


def test_other_draws_tell_a_wrong_grade(folder: Path) -> None:
    assert verify_grades(open(folder), draws=60) == 1
    table = pd.read_csv(folder / "typical.csv", dtype=str, keep_default_na=False)
    own = table["claim"] == "most"
    table.loc[own, ["established", "imprecise", "not_significant", "depends"]] = ["60", "0", "0", "0"]
    table.to_csv(folder / "typical.csv", index=False)
    with pytest.raises(IntegrityError, match="other draws give another share"):
        verify_grades(open(folder), draws=60)


def test_the_grade_in_words() -> None:
    counts = {"established": 90, "refuted": 2, "imprecise": 5, "depends": 3}
    grade = Grade("x", "tables", 100, counts, 4, 1.01, 300.0, 160, 0)
    assert grade.line.text() == (
        "of 100 tables of counts, drawn from all that print allows so that every table of counts is equally likely "
        "(4 chains from different corners, R-hat 1.01, 300 effective draws), 90 establish it, 2 refute it, 5 are too "
        "imprecise to tell, at 3 it hangs on more than counts (the method of the interval, how words are read, or "
        "figures without tables); this grades the verdict and does not change it"
    )
    assert grade.sentence is not None
    assert grade.sentence.text().startswith("it is established in 90 and refuted in 2 of 100 tables")


def test_chains_that_disagree_are_kept_as_no_grade(tmp_path: Path) -> None:
    """Both margins printed, and chains of twelve steps: what they saw is not said."""
    survey = make_survey(
        tmp_path,
        [[60, 50], [60, 50], [40, 60]],
        [[6, 5], [6, 5], [4, 6]],
        {"x": [[5, 2], [3, 4], [2, 4]]},
        decimals=0,
    )
    claim = {"id": "most", "rule": "majority", "inputs": "x", "location": "", "claim_en": "made", "type": ""}
    pd.DataFrame([claim]).assign(parameters="family=one").to_csv(survey.folder / "claims.csv", index=False)
    found = typical(open(survey.folder), "most", draws=20, steps=12)
    assert (found.reason, found.verdicts) == ("chains", {})
    assert not chains_agree(found.chains, found.rhat, found.ess)
    assert "no grade" in found.summary()
    own = open(survey.folder)
    write_grades(own.survey, [found])
    kept = read_grades(own.survey)["most"]
    assert (kept.reason, kept.verdicts, kept.chains) == ("chains", {}, 4)
    longer = typical(open(survey.folder), "most", draws=20, steps=400)
    assert (longer.reason, sum(longer.verdicts.values())) == ("", 20)


@pytest.mark.parametrize("name", bundled_names())
def test_what_ships_is_of_all_claims_that_depend_and_of_no_other(name: str) -> None:
    survey = load(name)
    grades = read_grades(survey)
    pinned = {row.id: row.verdict.partition("; ")[2] for row in survey.verdicts.itertuples()}
    depends = {claim for claim, verdict in pinned.items() if verdict == "depends"}
    assert set(grades) == (depends if len(survey.strata) else set())
    for grade in grades.values():
        assert grade.draws >= 400
        assert grade.reason or chains_agree(grade.chains, grade.rhat, grade.ess)


def test_other_draws_agree_with_what_ships() -> None:
    study = open("flanders-2023")
    assert verify_grades(study, ["fl23.c.adoption.12"], draws=50) == 1


def test_study_and_ledger_say_the_same(folder: Path) -> None:
    study = Study(read(folder))
    assert study.ledger.claims_frame().equals(build_ledger(read(folder)).claims_frame())
