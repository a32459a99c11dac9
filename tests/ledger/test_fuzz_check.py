"""Drawn folders through ``aibaro check``: no traceback, no exit but 0, 1 and 2, a ledger unless files are at fault."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from aibaro.cli import main

# what print may say, impossible or not; then what is a fault of the file
PRINTED = [
    "40%",
    "0%",
    "100%",
    "110%",
    "-4%",
    "<1%",
    ">50%",
    "10-15%",
    "12.5",
    "0",
    "1",
    "±3",
    "+3",
    "250",
    "60%",
    "35.5%",
    "99.95%",
    "3",
    "7%",
    "2000",
    "*",
]
BROKEN = ["n/a", "", "1.234", "one in eight", "1e5", "9" * 40, "\x00", "=1+1", "12 %%"]
NUMBERS = st.one_of(
    st.sampled_from(PRINTED),
    st.integers(0, 100).map(lambda n: f"{n}%"),
    st.integers(0, 2000).map(str),
    st.decimals(0, 100, places=1).map(lambda d: f"{d}%"),
)
KINDS = st.sampled_from(["", "", "", "percentage", "count", "mean", "standard_error", "margin_of_error", "points"])
ITEMS = ["use", "use.a", "use.b", "respondents", "../x", 'q" onload="1']
PLACES = st.sampled_from([("", ""), ("s", "a"), ("s", "b"), ("s×r", "a×x"), ("s", "../..")])
ROWS = st.fixed_dictionaries(
    {
        "item": st.sampled_from(ITEMS),
        "kind": KINDS,
        "place": PLACES,
        "wave": st.sampled_from(["", "", "2022"]),
        "base": st.sampled_from(["all", "users"]),
        "base_n": st.sampled_from(["", "", "0", "1", "36", "1000"]),
        "weighted": st.sampled_from(["", "yes", "no"]),
        "printed": NUMBERS,
    }
)
RELATIONS = st.sampled_from(
    [
        "exhaustive,use.a use.b,use",
        "exclusive,use.a use.b,@all",
        "union,use.a use.b,use",
        "subset,use.a,use",
        "mixture,@all|s=a @all|s=b,@all",
        "difference,use use.a,use.b",
        "ratio,use.a use,use.b",
        "count,use.a use.b,use>=2",
    ]
)
SIZES = st.tuples(st.sampled_from([0, 1, 10, 1000]), st.sampled_from([0, 1, 10, 40]))
SETTINGS = st.fixed_dictionaries(
    {"decimal_mark": st.just("."), "marks": st.just({"*": "<0.5", "-": "0"})},
    optional={
        "weighting": st.sampled_from(["none", "cells", "margins", "unknown", "by hand"]),
        "item_nonresponse": st.sampled_from(["none", "out", "imputed", "unknown"]),
        "rounding": st.sampled_from(["half_up", "half_even", "truncate", "floor_or_ceil"]),
        "language": st.sampled_from(["en", "nl"]),
    },
)


def write(path: Path, head: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    rows=st.lists(ROWS, min_size=1, max_size=9),
    relations=st.lists(RELATIONS, max_size=3),
    strata=st.one_of(st.none(), st.tuples(SIZES, SIZES)),
    declared=SETTINGS,
    users=st.sampled_from(["", "0", "5", "2000"]),
    broken=st.one_of(st.none(), st.none(), st.sampled_from(BROKEN)),
)
def test_no_folder_ends_in_a_traceback(
    *,
    rows: list[dict[str, str]],
    relations: list[str],
    strata: tuple[tuple[int, int], tuple[int, int]] | None,
    declared: dict[str, str],
    users: str,
    broken: str | None,
) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "root"
        folder, out = root / "survey", root / "out"
        folder.mkdir(parents=True)
        names = ["item", "kind", "wave", "base", "base_n", "weighted", "printed"]
        cells = [[*(row[name] for name in names), *row["place"]] for row in rows]
        cells += [] if broken is None else [["use", "", "", "all", "", "", broken, "", ""]]
        write(folder / "printed.csv", [*names, "domain", "level"], cells)
        write(folder / "items.csv", ["item"], [[name] for name in ITEMS])
        bases = [["all", "", "all", "1000"], ["users", "all", "any(use)", users]]
        write(folder / "bases.csv", ["base", "parent", "definition", "respondents"], bases)
        if relations:
            write(folder / "relations.csv", ["kind", "parts", "whole"], [row.split(",") for row in relations])
        if strata is not None:
            counts = [[level, *map(str, sizes)] for level, sizes in zip("ab", strata, strict=True)]
            write(folder / "strata.csv", ["s", "population", "respondents"], counts)
        descriptor = {"name": "../x", "aibaro": declared}
        (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        code = main(["check", str(folder), "--no-figures", "--quiet", "-o", str(out)])
        event(f"exit {code}")
        assert code in {0, 1, 2}
        assert (out / "ledger.json").is_file() == (code != 2)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
        assert {path.name for path in root.iterdir()} <= {"survey", "out"}
        assert [path.name for path in Path(place).iterdir()] == ["root"]
