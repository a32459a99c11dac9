"""Files, pins, findings and explanations."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from aibaro.errors import InputError
from aibaro.files import csv_text, neutral
from aibaro.ledger import Ledger, build_ledger, drift, explain_id, findings, pin, write_ledgers
from aibaro.ledger._export import write_sheets
from aibaro.ledger._findings import ORDER
from aibaro.published import PublishedSurvey, load
from aibaro.published.bundled import bundled_names

NAMES = bundled_names()
Make = Callable[..., PublishedSurvey]


def test_files_are_complete_and_readable(ledgers: dict[str, Ledger], tmp_path: Path) -> None:
    files = write_ledgers(list(ledgers.values()), tmp_path)
    assert [path.name for path in files] == ["ledger.csv", "claim_verdicts.csv", "ledger.json"]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "ledger.csv").read_text(encoding="utf-8"))))
    assert len(rows) == sum(len(load(name).printed) for name in NAMES)
    needed = {
        "id",
        "fact",
        "survey",
        "location",
        "subject",
        "base",
        "base_n",
        "wave",
        "printed",
        "rule",
        "inputs",
        "estimate",
        "low",
        "high",
        "verdict",
        "reason",
        "power",
    }
    assert needed <= set(rows[0])
    by_id = {row["id"]: row for row in rows}
    assert by_id["fl23.summary.nlg"]["printed"] == "14,0%"
    # what both margins and the other printings leave lies inside the rounding of 14.0
    assert 13.95 <= float(by_id["fl23.summary.nlg"]["low"]) < float(by_id["fl23.summary.nlg"]["high"]) <= 14.05
    claims = list(csv.DictReader(io.StringIO((tmp_path / "claim_verdicts.csv").read_text(encoding="utf-8"))))
    assert len(claims) == sum(len(load(name).claims) for name in NAMES)
    content = json.loads((tmp_path / "ledger.json").read_text(encoding="utf-8"))
    assert [survey["survey"] for survey in content["surveys"]] == list(NAMES)
    assert content["schema_version"] == "2"
    assert {"numbers", "conflicts", "shares", "additions"} <= set(content["surveys"][0])
    assert {"measure", "suspects", "would_hold"} <= set(content["surveys"][0]["numbers"][0])


def test_the_same_ledger_gives_the_same_bytes(ledgers: dict[str, Ledger], tmp_path: Path) -> None:
    some = [ledgers["inspark-2025"], ledgers["topdesk-2025"]]
    again = [build_ledger(load(name)) for name in ("inspark-2025", "topdesk-2025")]
    for one, two in zip(write_ledgers(some, tmp_path / "a"), write_ledgers(again, tmp_path / "b"), strict=True):
        assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+SUM(A1)",
        "-2+3",
        "-3+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\tx",
        "\r=1",
        "\n=1",
        "＝1",
        "-a",
        "+1|x",
        "-1!A1",
    ],
)
def test_formulas_are_neutralised(text: str) -> None:
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-3", "+12", "-1,5%", "+ 4 points", "-", "−3", "- 0.5 ‰", "a=b", "12-15", "", "x@y"])
def test_signed_numbers_and_words_stay_as_they_are(text: str) -> None:
    assert neutral(text) == text


def test_formulas_in_a_survey_do_not_reach_a_spreadsheet(survey_of: Make, tmp_path: Path) -> None:
    row = {
        "id": "m.1",
        "fact": "a",
        "kind": "percentage",
        "item": "a",
        "base": "all",
        "weighted": "yes",
        "printed": "5%",
        "unit": "percent",
        "location": '=HYPERLINK("x")',
    }
    ledger = build_ledger(survey_of(printed=[row]))
    rows = list(csv.DictReader(io.StringIO(csv_text(ledger.to_frame()))))
    assert rows[0]["location"] == '\'=HYPERLINK("x")'
    openpyxl = pytest.importorskip("openpyxl")
    sheet = openpyxl.load_workbook(write_sheets([("numbers", "", ledger.to_frame())], tmp_path / "ledger.xlsx"))[
        "numbers"
    ]
    cells = [cell for line in sheet.iter_rows() for cell in line]
    assert all(cell.data_type != "f" for cell in cells)
    assert '=HYPERLINK("x")' in {cell.value for cell in cells}


@pytest.mark.parametrize("name", NAMES)
def test_verdicts_equal_the_pinned_ones(ledgers: dict[str, Ledger], name: str) -> None:
    assert len(load(name).verdicts)
    assert [str(found) for found in drift(ledgers[name])] == []


def test_a_drift_is_readable(ledgers: dict[str, Ledger]) -> None:
    ledger = ledgers["topdesk-2025"]
    frame = ledger.facts.survey.verdicts.copy()
    frame.loc[frame["id"] == "td25.text.integrated", ["verdict", "reason"]] = ["consistent", ""]
    frame = frame[frame["id"] != "td25.text.risk.verbal"]
    other = replace(ledger, facts=replace(ledger.facts, survey=replace(ledger.facts.survey, verdicts=frame)))
    assert [str(found) for found in drift(other)] == [
        "td25.text.integrated: pinned consistent, found not_checkable/no_second_figure",
        "td25.text.risk.verbal: pinned nothing, found not_checkable/no_second_figure",
    ]
    assert [found.id for found in drift(other, ["td25.text.risk.*"])] == ["td25.text.risk.verbal"]


def test_pins_round_trip(ledgers: dict[str, Ledger], tmp_path: Path) -> None:
    ledger = ledgers["topdesk-2025"]
    moved = replace(ledger, facts=replace(ledger.facts, survey=replace(ledger.facts.survey, folder=tmp_path)))
    lines = pin(moved).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "id,verdict,reason"
    assert lines[1:] == sorted(lines[1:])
    assert "td25.text.integrated,not_checkable,no_second_figure" in lines


def test_findings_are_ranked(ledgers: dict[str, Ledger]) -> None:
    ranked = findings(ledgers.values())
    places = [(ORDER.index(f.verdict), not f.headline, -abs(f.distance), f.id) for f in ranked]
    assert places == sorted(places)
    assert findings(ledgers.values(), top=3) == ranked[:3]


def test_an_argument_shows_print_rule_inputs_and_result(ledgers: dict[str, Ledger]) -> None:
    text = explain_id(ledgers.values(), "fl23.fn15.adapt_any")
    for words in ("35,1%", "Footnote 15", "parts of a whole", "8.3% + 13.4% + 13.4% = 35.1", "reproduced", "power"):
        assert words in text
    claim = explain_id(ledgers.values(), "fl23.c.summary.09")
    assert "as printed: supported" in claim
    assert "choices that turn the verdict" in claim
    assert "35,1%" in explain_id(ledgers.values(), "source.adapt_any@adopters")


def test_an_unknown_id_gets_proposals(ledgers: dict[str, Ledger]) -> None:
    with pytest.raises(InputError, match=r"td25\.text\.integrated"):
        explain_id([ledgers["topdesk-2025"]], "td25.text.integrate")


def test_a_ledger_describes_itself(ledgers: dict[str, Ledger]) -> None:
    ledger = ledgers["flanders-2023"]
    assert "print rules out these weightings: no weights, by size class alone, by sector alone" in ledger.summary()
    assert sum(ledger.counts().values()) == len(ledger.entries)
    assert sum(ledger.claim_counts()["population"].values()) == len(ledger.claims)
    assert "flanders-2023" in ledger._repr_html_()


@pytest.mark.parametrize("name", NAMES)
def test_no_sentence_says_a_false_inequality(name: str, ledgers: dict[str, Ledger]) -> None:
    """What is said to be higher, lower, closer or wider is so by the values that stand beside it."""
    value, rest = r"\((\d+(?:\.\d+)?)%?\)", r"[^()]*"
    higher = re.compile(rf"{value}{rest} is (higher|lower) than {rest}{value}")
    apart = re.compile(r"are (\d+(?:\.\d+)?)(?: points?)? apart, (less|more) than (\d+(?:\.\d+)?) points")
    limit = re.compile(rf"{value} is (more|less) than (\d+(?:\.\d+)?)%")
    checked = 0
    for row in ledgers[name].claims_frame().to_dict("records"):
        if row["as_printed"] == "contradicted":
            continue
        for pattern, larger in ((higher, "higher"), (apart, "more"), (limit, "more")):
            for a, word, b in pattern.findall(row["sentence"]):
                assert (float(a) > float(b)) == (word == larger), row["sentence"]
                checked += 1
    assert checked


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_lies_where_its_sentence_says(name: str, ledgers: dict[str, Ledger]) -> None:
    """Inside or outside of what words stand for is a comparison of the numbers in the sentence."""
    pattern = re.compile(r"\((\d+(?:\.\d+)?)%\) lies (within|just outside|outside) the ([\d.]+) to ([\d.]+)% that")
    for row in ledgers[name].claims_frame().to_dict("records"):
        for value, where, low, high in pattern.findall(row["sentence"]):
            assert (float(low) <= float(value) <= float(high)) == (where == "within"), row["sentence"]


def test_dutch_sentences_carry_dutch_decimals(ledgers: dict[str, Ledger]) -> None:
    """No point stands between the digits of a value, in the sentence or in the argument, but for thousands and ids."""
    for ledger in ledgers.values():
        frames = (ledger.claims_frame("nl"), ledger.to_frame("nl"))
        for sentence in (text for frame in frames for text in frame["sentence"]):
            plain = re.sub("“[^”]*”", "", sentence)
            assert not re.search(r"\d\.\d{1,2}(?!\d)", plain), sentence
            assert "hoort, had " not in sentence
