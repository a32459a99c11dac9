"""PDFs in: every number found, none invented, tables handed on; pictures named as not read."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from tests.doors.made_pdfs import (
    FIGURES,
    HAND_MADE,
    MadePdf,
    Page,
    by_matplotlib,
    by_office,
    office,
    office_html,
    pdf,
    picture_of_a_chart,
)
from tests.doors.random_pages import page

from aibaro.cli import main
from aibaro.published import read
from aibaro.published.pdf import read_pdf
from aibaro.published.wide import read_wide

MADE = {make.__name__: make for make in HAND_MADE} | {"turned text": lambda: by_matplotlib(turned=True)}


def tables_of(folder: Path) -> dict[tuple[str, str, str], str]:
    survey = read(folder)
    labels = dict(zip(survey.items["item"], survey.items["label_en"], strict=True)) | {"respondents": "respondents"}
    levels = {(d, n): words for d, n, words in survey.levels[["domain", "level", "label_en"]].itertuples(index=False)}
    found = {}
    for row in survey.printed.to_dict("records"):
        level = levels[row["domain"], row["level"]] if row["domain"] else ""
        found[row["location"].partition("!")[0], labels[row["item"]], level] = row["printed"]
    return found


def read_in(made: MadePdf, tmp_path: Path) -> Path:
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "report.pdf").write_bytes(made.content)
    assert main(["init", str(tmp_path / "s"), "--pdf", str(tmp_path / "report.pdf")]) == 0
    return tmp_path / "s"


@pytest.mark.parametrize("name", MADE)
def test_every_number_is_found_and_none_is_invented(name: str) -> None:
    made = MADE[name]()
    reading = read_pdf(made.content)
    assert Counter(candidate.number for candidate in reading.candidates) == Counter(made.numbers)
    assert all(f"[{found.number}]" in found.words for found in reading.candidates)
    assert len(reading.not_read) == made.pictures


@pytest.mark.parametrize("name", [name for name, make in MADE.items() if make().tables])
def test_every_table_is_found_and_means_what_it_should(name: str, tmp_path: Path) -> None:
    made = MADE[name]()
    found = tables_of(read_in(made, tmp_path))
    sheets = sorted({sheet for sheet, _, _ in found})
    assert len(sheets) == len(made.tables)
    for sheet, table in zip(sheets, made.tables, strict=True):
        assert {(label, level): text for (s, label, level), text in found.items() if s == sheet} == table


@pytest.mark.parametrize("border", [0, 1])
def test_what_libreoffice_prints(border: int, tmp_path: Path) -> None:
    if office() is None:
        pytest.skip("LibreOffice is not installed")
    content = by_office(tmp_path, office_html(border))
    numbers = [*(t for texts in FIGURES for t in texts), "1,234", "600", "434", "200", "32.1%", "1,234"]
    made = MadePdf(content, numbers, [])
    assert Counter(c.number for c in read_pdf(content).candidates) == Counter(made.numbers)
    found = {(label, level): text for (_, label, level), text in tables_of(read_in(made, tmp_path)).items()}
    assert found == MADE["unruled"]().tables[0]


def test_the_worksheet_says_what_is_read_already(tmp_path: Path) -> None:
    folder = read_in(MADE["unruled"](), tmp_path)
    rows = list(csv.DictReader((folder / "candidates.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["status"] for row in rows if row["location"] and row["number"] != "1"} == {"in printed.csv"}
    text = next(row for row in rows if row["number"] == "987")
    assert (text["page"], text["location"], text["status"]) == ("1", "", "")
    assert text["words"].endswith("in 2021 it was 8.4 per cent of [987] firms.")


def test_pictures_are_named_as_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = read_in(picture_of_a_chart(), tmp_path)
    assert "page 1: a picture of 400 x 300 points" in capsys.readouterr().out
    assert (folder / "candidates.csv").is_file()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"%PDF-1.4 broken", "cannot be read"), (b"no pdf", "cannot be read"), (b"", "cannot be read")],
)
def test_a_broken_pdf_is_one_clear_error(
    content: bytes, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.pdf").write_bytes(content)
    assert main(["init", str(tmp_path / "s"), "--pdf", str(tmp_path / "x.pdf")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "s").exists()


def test_the_second_reading_of_the_same_pdf(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = read_in(MADE["ruled"](), tmp_path)
    capsys.readouterr()
    assert main(["reread", str(folder), str(tmp_path / "report.pdf")]) == 0
    assert "0 left over" in capsys.readouterr().out
    # a number that is misread in the folder is found
    path = folder / "printed.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("41.5%", "14.5%"), encoding="utf-8")
    from aibaro.published.checksums import update

    update(folder)
    assert main(["reread", str(folder), str(tmp_path / "report.pdf")]) == 1
    shown = capsys.readouterr().out
    assert "41.5%: 1 not transcribed" in shown
    assert "14.5%: 1 transcribed but not in the source" in shown


def test_years_titles_and_labels_are_no_results_that_were_forgotten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, apart in (
        ("title_over_the_columns", "2019 (1), 2021 (1), 2023 (1), 5 (1)"),
        ("banner_in_the_middle", "18 (1)"),
    ):
        folder = read_in(MADE[name](), tmp_path / name)
        capsys.readouterr()
        assert main(["reread", str(folder), str(tmp_path / name / "report.pdf")]) == 0
        assert apart in capsys.readouterr().out
    folder = read_in(MADE["unruled"](), tmp_path / "text")
    capsys.readouterr()
    assert main(["reread", str(folder), str(tmp_path / "text" / "report.pdf")]) == 1
    shown = capsys.readouterr().out
    assert all(words in shown for words in ("3 left over", "987: 1 not transcribed", "1 (1), 2021 (1)"))


@pytest.mark.parametrize("gap", [None, (0.05, 0.5), (0.0, 0.0)], ids=["apart", "run up", "touch"])
def test_pages_drawn_at_random(gap: tuple[float, float] | None) -> None:
    tables = right = 0
    for seed in range(25):
        made = page(seed, gap_of_labels=gap)
        reading = read_pdf(made.content)
        assert Counter(found.number for found in reading.candidates) == Counter(made.numbers), seed
        table = read_wide(reading.grids)
        found: dict[str, dict[tuple[str, str], str]] = {}
        for n in table.numbers:
            key = (table.labels.get(n.item, n.item), table.levels.get((n.domain, n.level), ""))
            found.setdefault(n.location.partition("!")[0], {})[key] = n.printed
        tables += len(made.tables)
        right += sum(made_table in found.values() for made_table in made.tables)
    assert right >= 0.95 * tables, f"{right} of {tables}"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Covid-19, GPT-4, Q1 and H2 in 5G, 3D, B2B, CO2 and R2", []),
        ("mid-2023, 18-34 year olds, 2019/20, 12.5.2023", ["2023", "18-34", "2019", "20", "12.5.2023"]),
        ("45%-50%, 12,5-13,0 %, -3 points, +12, \u00b13.1", ["45%-50%", "12,5-13,0 %", "-3", "+12", "\u00b13.1"]),
        ("p < .05, p<0.05, r = -.45, (n=1.002)", ["< .05", "<0.05", "-.45", "1.002"]),
        ("1'234; 1 234 567; 12.345.678; tel. 02 123", ["1'234", "1 234 567", "12.345.678", "02", "123"]),
        ("Text45%Images30%Speech12%", ["45%", "30%", "12%"]),
    ],
)
def test_what_is_a_number_in_running_text(text: str, numbers: list[str]) -> None:
    sheet = Page()
    sheet.text(40, 700, text, 9)
    assert [found.number for found in read_pdf(pdf([sheet])).candidates] == numbers


def test_codes_at_the_end_of_labels_stay_with_them() -> None:
    sheet = Page()
    for r, label in enumerate(["Question Q1", "Question Q2", "Question Q3"]):
        sheet.text(40, 700 - 16 * r, label)
        for c, text in enumerate(["45%", "32%"]):
            sheet.right(200 + 60 * c, 700 - 16 * r, text)
    reading = read_pdf(pdf([sheet]))
    assert Counter(found.number for found in reading.candidates) == {"45%": 3, "32%": 3}
    assert [reading.grids[0].cells[r, 0] for r in range(3)] == ["Question Q1", "Question Q2", "Question Q3"]


def test_what_a_narrow_cell_breaks_off_stays_with_its_number() -> None:
    sheet = Page()
    for y, mark in ((700, ("%", 10)), (660, ("3", 7))):
        sheet.text(40, y, "Knows")
        sheet.text(100, y, "12.1" if mark[0] == "%" else "14.1%")
        sheet.text(100, y - 11, mark[0], mark[1])
        sheet.text(160, y, "52.7%")
    found = [candidate.number for candidate in read_pdf(pdf([sheet])).candidates]
    assert sorted(found) == ["12.1%", "14.1%", "52.7%", "52.7%"]


def test_confirmed_numbers_of_running_text_are_entered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = read_in(MADE["unruled"](), tmp_path)
    path = folder / "candidates.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    next(row for row in rows if row["number"] == "8.4")["item"] = "uses-ai-before"
    lines = [",".join(rows[0]), *(",".join(f'"{text}"' for text in row.values()) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    before = len(read(folder).printed)
    assert main(["accept", str(folder), "--candidates"]) == 0
    assert "1 numbers entered" in capsys.readouterr().out
    printed = read(folder).printed
    assert len(printed) == before + 1
    last = printed.iloc[-1]
    assert (last["item"], last["printed"], last["location"].partition(",")[0]) == ("uses-ai-before", "8.4", "p1")
    # entered once
    assert main(["accept", str(folder), "--candidates"]) == 0
    assert len(read(folder).printed) == before + 1


def test_candidates_are_entered_only_where_there_are_some(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text(",Total,Men\nYes,45,50\nNo,55,50\n", encoding="utf-8")
    assert main(["init", str(tmp_path / "s"), "--table", str(tmp_path / "t.csv")]) == 0
    assert main(["accept", str(tmp_path / "s"), "--candidates"]) == 2
    assert "no candidates" in capsys.readouterr().err
