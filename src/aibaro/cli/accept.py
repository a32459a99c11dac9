"""``aibaro accept``: which of the proposed relations hold?"""

from __future__ import annotations

import argparse
import csv
import io
import json
from pathlib import Path

from aibaro.cli._init_table import relations_csv
from aibaro.errors import FaultList, InputError
from aibaro.files import write_text_atomic
from aibaro.published import read
from aibaro.published.checksums import update
from aibaro.published.schema import DESCRIPTOR

FILE = "relations.csv"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", metavar="DIR", help="folder of a survey")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="numbers of proposals; without any they are listed")
    parser.add_argument("--all", action="store_true", help="all proposals")
    parser.add_argument("--reject", action="store_true", help="remove the proposals instead")
    parser.add_argument("--json", action="store_true", help="print the proposals as records")


def run(arguments: argparse.Namespace) -> int:
    """List proposals, or turn them into declared relations, or remove them."""
    folder = Path(arguments.folder)
    read(folder)  # every fault of the folder first
    rows = _rows(folder)
    proposed = [place for place, row in enumerate(rows, 1) if row.get("status") == "proposed"]
    if not arguments.rows and not arguments.all:
        if arguments.reject:
            raise InputError(
                "say which proposals to remove", where="aibaro accept", parameter="ROW", expected="ROW ... or --all"
            )
        _list(rows, proposed, arguments.folder, arguments.json)
        return 0
    chosen = proposed if arguments.all else _chosen(arguments.rows, proposed)
    if arguments.reject:
        kept = [row for place, row in enumerate(rows, 1) if place not in chosen]
    else:
        kept = [{**row, "status": "declared"} if place in chosen else row for place, row in enumerate(rows, 1)]
    text = relations_csv(kept)
    write_text_atomic(folder / FILE, text)
    if (folder / DESCRIPTOR).is_file() and '"hash"' in (folder / DESCRIPTOR).read_text(encoding="utf-8"):
        update(folder)  # a folder with checksums keeps them true
    done = "removed" if arguments.reject else "accepted"
    left = len(proposed) - len(chosen)
    print(f"{len(chosen)} relations {done}, {left} proposed ones left in {folder / FILE}")
    return 0


def _rows(folder: Path) -> list[dict[str, str]]:
    path = folder / FILE
    if not path.is_file():
        return []
    return [dict(row) for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))]


def _chosen(texts: list[str], proposed: list[int]) -> list[int]:
    faults = FaultList("these are no proposals", where="aibaro accept")
    found = []
    for text in texts:
        if not text.isascii() or not text.isdigit() or int(text) not in proposed:
            faults.add(
                "not the number of a proposal",
                parameter="ROW",
                expected=", ".join(map(str, proposed)) or "none is left",
                got=text,
            )
        else:
            found.append(int(text))
    faults.raise_if_any(InputError)
    return found


def _list(rows: list[dict[str, str]], proposed: list[int], folder: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps([{"row": place, **rows[place - 1]} for place in proposed], ensure_ascii=False, indent=2))
        return
    if not proposed:
        print(f"no relation is proposed in {folder}")
        return
    for place in proposed:
        row = rows[place - 1]
        print(f"{place:>3}  {row['kind']}: {row['parts']} -> {row['whole']}")
        print(f"     {row.get('evidence', '')}")
    print(f"accept with 'aibaro accept {folder} ROW ...' or --all; remove with --reject")
