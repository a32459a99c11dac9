"""The two transcriptions of print, made without sight of each other, are compared cell by cell.

The second one (``second/``) holds Tables 1 to 6 of the Flemish report in long form and, for each of the five
sources, every percentage outside these tables in the order of the source.  A token that states two facts has
two rows with one ``order``.  Each failure lists all differing cells, so that the source can be consulted.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "data"
SECOND = HERE / "second"
SURVEYS = {
    "flanders": ("flanders-2023", 160),
    "io": ("io-2023", 84),
    "inspark": ("inspark-2025", 41),
    "softwareone": ("softwareone-2025", 19),
    "topdesk": ("topdesk-2025", 10),
}
WORDS = {"zestien": "16", "dertig": "30"}
UNIT = re.compile(r"\s*(%|procent)$")
Row = dict[str, str]
Cells = Counter[tuple[str, ...]]


def rows(path: Path) -> list[Row]:
    """All rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def first(survey: str) -> list[Row]:
    """Rows of the first transcription."""
    return rows(DATA / survey / "printed.csv")


def of_table(row: Row, number: int) -> bool:
    """Whether a printing stands in a numbered table of the Flemish report."""
    return re.match(rf"Table {number}\b", row["location"]) is not None


def digits(printed: str) -> str:
    """Printed percentage without its unit, words as figures; decimal mark and decimals stay as printed."""
    bare = UNIT.sub("", printed)
    return WORDS.get(bare, bare)


def is_percentage(row: Row) -> bool:
    """Whether a printing is a percentage in figures (or spelled out), not a verbal quantity."""
    return row["kind"] in {"percentage", "threshold"} and row["unit"] == "percent"


def differences(ours: Cells, theirs: Cells) -> list[str]:
    """What only one of the transcriptions holds, one line each."""
    return [f"only in data: {key} x{n}" for key, n in sorted((theirs - ours).items())] + [
        f"only in second: {key} x{n}" for key, n in sorted((ours - theirs).items())
    ]


@pytest.mark.parametrize(("number", "cells"), [(1, 120), (2, 60)])
def test_counts_of_tables_1_and_2(number: int, cells: int) -> None:
    def key(row: Row) -> tuple[str, ...]:
        named = dict(zip(row["domain"].split("×"), row["level"].split("×"), strict=True))
        return row["item"], named.get("size_class", "total"), named.get("sector", "total"), row["printed"]

    counts = [row for row in first("flanders-2023") if of_table(row, number) and row["kind"] == "count"]
    theirs = Counter(key(row) for row in counts)
    second = rows(SECOND / f"flanders_table{number}.csv")
    ours: Cells = Counter((row["quantity"], row["size_class"], row["sector"], row["printed"]) for row in second)
    assert len(second) == cells
    found = differences(ours, theirs)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("number", [1, 2])
def test_strata_table_equals_the_second_transcription(number: int) -> None:
    strata = {(row["size_class"], row["sector"]): row for row in rows(DATA / "flanders-2023" / "strata.csv")}
    found = []
    for row in rows(SECOND / f"flanders_table{number}.csv"):
        if "total" in {row["size_class"], row["sector"]}:
            continue
        got = strata[row["size_class"], row["sector"]][row["quantity"]]
        if int(got) != int(row["printed"].replace(".", "")):
            found.append(f"{row['quantity']} {row['size_class']} {row['sector']}: {got} / {row['printed']}")
    assert len(strata) == 44
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("number", "cells"), [(3, 88), (4, 32), (5, 110), (6, 40)])
def test_percentages_of_tables_3_to_6(number: int, cells: int) -> None:
    fields = ("item", "domain", "level", "printed")
    table = [row for row in first("flanders-2023") if of_table(row, number) and row["kind"] == "percentage"]
    second = rows(SECOND / f"flanders_table{number}.csv")
    assert len(second) == cells
    theirs: Cells = Counter(tuple(row[field] for field in fields) for row in table)
    ours: Cells = Counter(tuple(row[field] for field in fields) for row in second)
    found = differences(ours, theirs)
    assert not found, "\n".join(found)
    assert {(row["base"], row["wave"] or "2023") for row in table} == {("all" if number < 5 else "adopters", "2023")}


def test_flemish_percentages_outside_the_tables() -> None:
    def key(row: Row) -> tuple[str, ...]:
        item = row["item"].split()[0]
        return digits(row["printed"]), item, row["base"], row["domain"], row["level"], row["wave"] or "2023"

    text = [row for row in first("flanders-2023") if not any(of_table(row, number) for number in range(1, 7))]
    theirs = Counter(key(row) for row in text if is_percentage(row))
    ours = Counter(key(row) for row in rows(SECOND / "percentages_flanders.csv"))
    found = differences(ours, theirs)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", [name for name in SURVEYS if name != "flanders"])
def test_percentages_of_the_other_surveys(name: str) -> None:
    def key(row: Row) -> tuple[str, ...]:
        return digits(row["printed"]), row["group"] if name == "io" else ""

    theirs = Counter(key(row) for row in first(SURVEYS[name][0]) if is_percentage(row))
    ours = Counter(key(row) for row in rows(SECOND / f"percentages_{name}.csv"))
    found = differences(ours, theirs)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", SURVEYS)
def test_the_second_transcription_is_whole(name: str) -> None:
    second = rows(SECOND / f"percentages_{name}.csv")
    assert [int(row["order"]) for row in second] == list(range(1, SURVEYS[name][1] + 1))


def test_a_changed_digit_is_listed() -> None:
    """Guard against a comparison that cannot fail."""
    ours: Cells = Counter([("technology.nlg", "sector", "nace-45-47", "14,9%")])
    theirs: Cells = Counter([("technology.nlg", "sector", "nace-45-47", "19,4%")])
    assert differences(ours, theirs) == [
        "only in data: ('technology.nlg', 'sector', 'nace-45-47', '19,4%') x1",
        "only in second: ('technology.nlg', 'sector', 'nace-45-47', '14,9%') x1",
    ]
