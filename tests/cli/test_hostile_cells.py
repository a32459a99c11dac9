"""Names of a survey that are formulas, markup and the marks of facts: no command that writes cells lets one through."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from aibaro.cli import main
from aibaro.published import read
from aibaro.reconstruct.kept import every_kept_table, kept_tables

DOMAIN = '=size" onload="window.struck=1'
LEVELS = ("=1+1", "@SUM(1)", "+1+cmd|' /C calc'!A0", r"\input{x}|<script>s=t</script>")
ITEMS = ("@SUM(1)", "=1+1", "-2+3+cmd|x")
POPULATION, RESPONDENTS = (100, 300, 200, 400), (20, 21, 22, 23)


def rows(path: Path, head: str, *cells: tuple[object, ...]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head.split(","), *cells])


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A survey whose figures follow from counts, so that every command has something to write."""
    folder = tmp_path_factory.mktemp("hostile") / "survey"
    folder.mkdir()
    rows(folder / "strata.csv", f"{DOMAIN},population,respondents", *zip(LEVELS, POPULATION, RESPONDENTS, strict=True))
    printed: list[tuple[object, ...]] = []
    for number, item in enumerate(ITEMS):
        shares = [(5 + number + 2 * k) / n for k, n in enumerate(RESPONDENTS)]
        whole = sum(N * share for N, share in zip(POPULATION, shares, strict=True)) / sum(POPULATION)
        places = [("", ""), *((DOMAIN, level) for level in LEVELS)]
        printed += [
            (f"={number}.{k}", item, *place, f"{100 * share:.1f}%", "@x")
            for k, (place, share) in enumerate(zip(places, [whole, *shares], strict=True))
        ]
    rows(folder / "printed.csv", "id,item,domain,level,printed,location", *printed)
    rows(folder / "claims.csv", "id,location,claim,rule,inputs", ("=claim", "@x", "=1+1", "greater", "'=1.0' / '=0.0'"))
    described = {"name": "hostile", "aibaro": {"prefix": "", "decimal_mark": ".", "weighting": {"kind": "cells"}}}
    (folder / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    assert main(["bounds", str(folder), "--recompute"]) == 0
    return folder


def test_what_is_kept_beside_such_names_is_read_again(hostile: Path, tmp_path: Path) -> None:
    """A folder that was read before ended in "not a fact", and the tables of such items were passed over."""
    assert main(["check", str(hostile), "--no-figures", "-o", str(tmp_path)]) in {0, 1}
    survey = read(hostile)
    assert set(kept_tables(survey)) == set(every_kept_table(survey)) == {(item, "all") for item in ITEMS}


@pytest.mark.parametrize(
    "words",
    [
        ["bounds", "-o", "cells.csv"],
        ["bounds", "--format", "csv"],
        ["bounds", "--strata", "--reveal", "small", "-o", "cells.csv"],
        ["bounds", "--strata", "--format", "csv"],
        ["bounds", "--detection", "--format", "csv"],
        ["compare", "-o", "."],
        ["plan", "--n", "200", "--by", DOMAIN, "-o", "cells.csv"],
        ["plan", "--n", "200", "--by", DOMAIN, "--format", "csv"],
        ["synthesize", "--seed", "1", "-o", "synthetic.csv"],
        ["synthesize", "--seed", "1", "--population", "-o", "synthetic.csv"],
        ["find", "1", "--format", "csv"],
    ],
    ids=" ".join,
)
def test_no_command_writes_a_formula(
    words: list[str], hostile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command, *options = words
    capsys.readouterr()
    named = ["--survey", str(hostile)] if command == "find" else [str(hostile)]
    assert main([command, *named, *options]) in {0, 1}
    shown = capsys.readouterr().out
    texts = [shown] if "--format" in words else [path.read_text(encoding="utf-8") for path in tmp_path.glob("*.csv")]
    cells = [cell for text in texts for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert len(cells) > 2
    # a signed number is data
    assert [cell for cell in cells if re.match(r"[=@\t\r]|[+-](?!\d[\d.]*$)", cell)] == []
    assert command == "compare" or any(cell.startswith("'") for cell in cells)
