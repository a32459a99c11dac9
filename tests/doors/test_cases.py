"""The case studies: the folders are what the door makes of the tables, and the pages say what is found."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from aibaro.cli import main
from aibaro.consistency import judgements, shares, suspects
from aibaro.facts import Facts
from aibaro.published import read
from aibaro.published.checksums import update

CASES = Path(__file__).resolve().parents[2] / "examples" / "cases"
NAMES = ["ine-2024", "r2k-2010", "surveyusa-2010"]


@pytest.mark.parametrize("name", NAMES)
def test_the_folder_is_what_the_door_makes_of_the_table(name: str, tmp_path: Path) -> None:
    table = CASES / "tables" / f"{name}.csv"
    assert main(["init", str(tmp_path / name), "--table", str(table), "--language", "en"]) == 0
    assert main(["accept", str(tmp_path / name), "--all"]) == 0
    for file in ("printed.csv", "relations.csv"):
        assert (tmp_path / name / file).read_text("utf-8") == (CASES / name / file).read_text("utf-8")
    # labels are words of the table, in the case that a sentence needs
    made, kept = ((folder / name / "items.csv").read_text("utf-8").casefold() for folder in (tmp_path, CASES))
    assert made == kept
    rows = list(csv.reader(table.read_text(encoding="utf-8").splitlines()))
    for row in read(CASES / name).printed.to_dict("records"):
        cell = row["location"].partition("!")[2]
        assert rows[int(cell[1:]) - 1][ord(cell[0]) - ord("A")] == row["printed"]


def verdicts(facts: Facts) -> dict[str, str]:
    printed = {printing.id for printing in facts.printings if printing.source == "printed.csv"}
    return {name: found.verdict for name, found in judgements(facts).items() if name in printed}


def test_the_poll_with_the_sum_that_cannot_be_right() -> None:
    facts = Facts.of(read(CASES / "r2k-2010"))
    (conflict,) = suspects(facts)
    leader = "the-republican-leader-of-the-house"
    expected = {f"{leader}.{answer}|sex=men" for answer in ("favourable", "unfavourable", "no-opinion")}
    assert {name for suspect in conflict.suspects for name in suspect.ids} == expected
    # 100 - 51 - 33 = 16, and two other roundings of half a point
    assert (float(conflict.suspects[0].low), float(conflict.suspects[0].high)) == (15, 17)
    assert conflict.holds_under == ()
    found = verdicts(facts)
    assert {name for name, verdict in found.items() if verdict == "in_conflict"} == expected
    assert sorted(set(found.values())) == ["consistent", "in_conflict"]


def test_the_official_table_checks_itself_through_unprinted_shares() -> None:
    facts = Facts.of(read(CASES / "ine-2024"))
    assert set(verdicts(facts).values()) == {"consistent"}
    found = {(share.base, share.level): (share.low, share.high) for share in shares(facts)}
    for (base, level), value in {
        ("all", "10-49"): 82.2,
        ("all", "50-249"): 14.6,
        ("all", "250+"): 3.2,
        ("enterprises-that-use-ai", "10-49"): 63.3,
        ("enterprises-that-use-ai", "50-249"): 25.0,
        ("enterprises-that-use-ai", "250+"): 11.6,
    }.items():
        low, high = found[base, level]
        assert low <= value + 0.05
        assert high >= value - 0.05
        assert high - low < 0.5


def test_a_misprint_in_the_official_table_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "ine"
    shutil.copytree(CASES / "ine-2024", folder)
    path = folder / "printed.csv"
    path.write_text(path.read_text("utf-8").replace("28.89", "29.88"), encoding="utf-8")
    update(folder)
    (conflict,) = suspects(Facts.of(read(folder)))
    first = conflict.suspects[0]
    assert first.ids == ("purposes.marketing-or-sales@enterprises-that-use-ai",)
    assert first.low <= 28.89 <= first.high


def test_counts_beside_percentages_need_no_line_by_hand() -> None:
    found = verdicts(Facts.of(read(CASES / "surveyusa-2010")))
    assert len(found) == 17
    assert set(found.values()) == {"consistent", "reproduced"}
