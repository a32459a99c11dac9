"""``aibaro accept``: which of the proposed relations hold?"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import shutil
import tempfile
from pathlib import Path

from aibaro.cli._init_table import ENTERED, relations_csv
from aibaro.errors import FaultList, InputError
from aibaro.files import write_together
from aibaro.published import read
from aibaro.published.checksums import write_with_descriptor
from aibaro.published.schema import DESCRIPTOR, WHOLE_BASE

FILE = "relations.csv"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", metavar="DIR", help="folder of a survey")
    parser.add_argument(
        "rows", nargs="*", metavar="ROW", help="numbers of proposals, such as 3 or 5-17; without any they are listed"
    )
    parser.add_argument("--all", action="store_true", help="all proposals")
    parser.add_argument("--reject", action="store_true", help="remove the proposals instead")
    parser.add_argument(
        "--candidates", action="store_true", help="enter the numbers of candidates.csv that have an item in printed.csv"
    )
    parser.add_argument("--json", action="store_true", help="print the proposals as records")


def run(arguments: argparse.Namespace) -> int:
    """List proposals, or turn them into declared relations, or remove them."""
    folder = Path(arguments.folder)
    read(folder)  # every fault of the folder first
    if arguments.candidates:
        return _enter(folder)
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
    _write(folder, {FILE: relations_csv(kept)})
    done = "removed" if arguments.reject else "accepted"
    left = len(proposed) - len(chosen)
    print(f"relations {done}: {len(chosen)}; still proposed: {left}, in {folder / FILE}")
    return 0


def _enter(folder: Path) -> int:
    """Move confirmed numbers of a PDF into printed.csv, each with its page and line."""
    files = {name: _table(folder, name) for name in ("candidates.csv", "printed.csv", "items.csv")}
    if not files["candidates.csv"]:
        raise InputError(
            "there are no candidates", where=str(folder), expected="candidates.csv, which init --pdf writes", got="none"
        )
    based = any(row.get("base") for row in files["printed.csv"])
    entered = []
    for row in files["candidates.csv"]:
        if not row.get("item") or row.get("status") == ENTERED:
            continue
        cells = {name: row.get(name, "") for name in ("item", "base", "domain", "level")}
        cells["base"] = cells["base"] or (WHOLE_BASE if based else "")
        entered.append({**cells, "printed": row["number"], "location": f"p{row['page']}, line {row['line']}"})
        row["status"] = ENTERED
    known = {row["item"] for row in files["items.csv"]}
    new = [{"item": item} for item in dict.fromkeys(row["item"] for row in entered) if known and item not in known]
    texts = {
        "printed.csv": _text([*files["printed.csv"], *entered]),
        "candidates.csv": _text(files["candidates.csv"]),
        **({"items.csv": _text([*files["items.csv"], *new])} if new else {}),
    }
    with tempfile.TemporaryDirectory() as temporary:
        draft = Path(temporary) / folder.resolve().name
        shutil.copytree(folder, draft)
        _write(draft, texts)
        read(draft)  # faults before anything is changed
    _write(folder, texts)
    print(f"{len(entered)} numbers entered in {folder / 'printed.csv'}")
    return 0


def _table(folder: Path, name: str) -> list[dict[str, str]]:
    path = folder / name
    if not path.is_file():
        return []
    return [dict(row) for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))]


def _text(rows: list[dict[str, str]]) -> str:
    buffer = io.StringIO()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(buffer, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _write(folder: Path, texts: dict[str, str]) -> None:
    """Write files as one; a folder with checksums keeps them true."""
    descriptor = folder / DESCRIPTOR
    kept = descriptor.is_file() and '"hash"' in descriptor.read_text(encoding="utf-8-sig")
    write = write_with_descriptor if kept else write_together
    write(folder, {name: text.encode() for name, text in texts.items()})


def _rows(folder: Path) -> list[dict[str, str]]:
    path = folder / FILE
    if not path.is_file():
        return []
    return [dict(row) for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))]


def _chosen(texts: list[str], proposed: list[int]) -> list[int]:
    faults = FaultList("these are no proposals", where="aibaro accept")
    found: list[int] = []
    for text in texts:
        ends = re.fullmatch(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", text)
        first, last = (int(ends[1]), int(ends[2] or ends[1])) if ends else (1, 0)
        among = [place for place in proposed if first <= place <= last]
        if not among or (ends and not ends[2] and first not in proposed):
            faults.add(
                "not the number of a proposal",
                parameter="ROW",
                expected=", ".join(_runs(proposed)) or "none is left",
                got=text,
            )
        found += among
    faults.raise_if_any(InputError)
    return sorted(set(found))


def _runs(places: list[int]) -> list[str]:
    """Numbers with runs of them as 3-7."""
    found: list[list[int]] = []
    for place in places:
        if found and place == found[-1][-1] + 1:
            found[-1].append(place)
        else:
            found.append([place])
    return [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in found]


def _list(rows: list[dict[str, str]], proposed: list[int], folder: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps([{"row": place, **rows[place - 1]} for place in proposed], ensure_ascii=False, indent=2))
        return
    if not proposed:
        print(f"no relation is proposed in {folder}")
        return
    groups: dict[tuple[str, str], list[int]] = {}
    for place in proposed:
        row = rows[place - 1]
        pattern, one_of_many, _ = row.get("evidence", "").partition("; this row")
        groups.setdefault((row["kind"], pattern if one_of_many else str(place)), []).append(place)
    for places in groups.values():
        row = rows[places[0] - 1]
        pattern, one_of_many, _ = row.get("evidence", "").partition("; this row")
        print(f"{', '.join(_runs(places)):>4}  {row['kind']}: {_formula(row)}")
        if len(places) > 1:
            print(f"      and {len(places) - 1} more of this kind")
        print(f"      {pattern if one_of_many else row.get('evidence', '')}")
        misfits = [text for place in places if (text := rows[place - 1].get("evidence", "").partition("; not in ")[2])]
        if one_of_many and misfits:
            print(f"      not in {'; '.join(misfits)}")
    print(f"accept with 'aibaro accept {folder} ROW ...', such as 1 or 3-7, or --all; remove with --reject")


def _formula(row: dict[str, str]) -> str:
    """Parts and whole of a relation; the section that all names share is said once."""
    parts, whole = row["parts"].split(), row["whole"]
    names = [name for name in [*parts, whole] if not name.startswith("@")]
    sections = {name.partition("|")[0].rpartition(".")[0] for name in names}
    section = sections.pop() if len(sections) == 1 else ""
    shown = [name.removeprefix(f"{section}.") for name in [*parts, whole]]
    sign = " + " if row["kind"] in {"exhaustive", "exclusive"} else ", "
    return f"{f'{section}: ' if section else ''}{sign.join(shown[:-1])} -> {shown[-1]}"
