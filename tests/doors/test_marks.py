"""Marks in the place of numbers: read from the notes of the table, never guessed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from aibaro.cli import main
from aibaro.consistency import judgements
from aibaro.facts import Facts
from aibaro.published import read

# note, language, mark, what the descriptor then says
NOTES = [
    ("* less than 0.5%", "en", "*", "<0.5"),
    ("Note: * denotes a percentage greater than 0 but less than 0.5; - no respondents", "en", "*", "<0.5"),
    ("Note: * denotes a percentage greater than 0 but less than 0.5; - no respondents", "en", "-", "0"),
    ("An asterisk indicates less than 1 per cent. A dash represents zero.", "en", "*", "<1"),
    ("An asterisk indicates less than 1 per cent. A dash represents zero.", "en", "–", "0"),
    ('"-" means nil', "en", "-", "0"),
    ("Not asked in this wave (n.a.)", "en", "n.a.", ""),
    ("* fewer than 30 respondents, not shown", "en", "*", ""),
    ("* base too small", "en", "*", ""),
    ("* significantly different at less than 0.05", "en", "*", ""),
    ("* fewer than 5", "en", "*", ""),
    ("* less than half of the unit shown", "en", "*", ""),
    (".. data not available", "en", "..", ""),
    ("Percentages - unless stated - are rounded to zero decimals", "en", "-", None),
    ("* = minder dan 0,5 procent", "nl", "*", "<0,5"),
    ("Een streepje betekent nul", "nl", "-", "0"),
    ("- nihil", "nl", "-", "0"),
    ("x = niet gevraagd", "nl", "x", ""),
    ("* = mehr als 0, aber weniger als 0,05 Prozent; – = nichts vorhanden", "de", "*", "<0,05"),
    ("* = mehr als 0, aber weniger als 0,05 Prozent; – = nichts vorhanden", "de", "–", "0"),
    ("² 2019 nicht erhoben (n.e.)", "de", "n.e.", ""),
    ("/ = Zahlenwert nicht sicher genug", "de", "/", ""),
    ("* : moins de 0,5 %", "fr", "*", "<0,5"),
    ("Un tiret signifie : aucune réponse", "fr", "-", "0"),
    ("nd : non disponible", "fr", "nd", ""),
    ("* inferior a 0,5%", "es", "*", "<0,5"),
    ("- significa ningún caso", "es", "-", "0"),
    (": dato no disponible", "es", ":", ""),
]


def table_with(mark: str, note: str, path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerows([["T 1", "Total", "Men", "Women"], ["Yes", "60%", "61%", "59%"], ["No", "40%", "39%", mark]])
        writer.writerows([["Other", "1%", mark, "1%"], [], [note]])
    return path


@pytest.mark.parametrize("case", NOTES, ids=lambda case: f"{case[2]} {case[0]}")
def test_a_mark_means_what_the_notes_say(
    case: tuple[str, str, str, str | None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note, language, mark, meaning = case
    source = table_with(mark, note, tmp_path / "t.csv")
    assert main(["init", str(tmp_path / "s"), "--table", str(source), "--language", language]) == 0
    survey = read(tmp_path / "s")
    assert dict(survey.marks) == {mark: meaning or ""}
    said = capsys.readouterr().out
    assert ("no note says what it stands for" in said) is (meaning is None)
    assert f"{mark!r} (2 cells)" in said
    # the marks are printings with their cells, and no verdict comes of those that are no number
    shown = survey.printed.loc[survey.printed["printed"] == mark, "location"].tolist()
    assert shown == ["t!D3", "t!C4"]
    assert "inconsistent" not in {found.verdict for found in judgements(Facts.of(survey)).values()}


def test_a_mark_without_its_meaning_is_a_fault_that_says_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "survey"
    folder.mkdir()
    (folder / "printed.csv").write_text("item,printed\na,40%\nb,*\nc,n/a\n", encoding="utf-8")
    assert main(["check", str(folder), "-o", str(tmp_path / "out"), "--no-figures"]) == 2
    said = capsys.readouterr().err
    assert "a mark in the place of a number is not explained (2 times)" in said
    assert '"marks": {"*": ""}' in said
