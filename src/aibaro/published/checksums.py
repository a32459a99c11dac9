"""Rewrite the checksums in ``datapackage.json`` after its tables were changed on purpose.

Run as ``python -m aibaro.published.checksums FOLDER ...``.
"""

from __future__ import annotations

import csv
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from aibaro.errors import AibaroError, FaultList, InputError
from aibaro.files import mend, sha256_bytes, write_bytes_atomic, write_together
from aibaro.published.descriptor import read_descriptor
from aibaro.published.schema import COUNT_COLUMNS, DESCRIPTOR, TABLES, nearest_file

_INTEGERS = {*COUNT_COLUMNS, "base_n", "decimals", "order", "times"}
_NUMBERS = {"low", "high"}


def update(folder: str | Path) -> bool:
    """Make the resources of a descriptor those that lie in its folder, with their sizes and checksums.

    Notes
    -----
    Resources keep their order and what they say of themselves; tables and machine files (``.csv``, ``.json``) that
    were not declared are added at the end.  Everything but the resources is kept.
    """
    root = Path(folder)
    if not (root / DESCRIPTOR).is_file():
        raise InputError("there is no descriptor to update", where=str(root), expected=DESCRIPTOR, got="no such file")
    mend(root)
    new = _descriptor(root, {})
    if new == (root / DESCRIPTOR).read_bytes():
        return False
    write_bytes_atomic(root / DESCRIPTOR, new)
    return True


def write_with_descriptor(folder: str | Path, contents: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write files of a survey and, where it has one, the descriptor with their checksums, as one."""
    root = Path(folder)
    mend(root)
    described = {DESCRIPTOR: _descriptor(root, contents)} if (root / DESCRIPTOR).is_file() else {}
    return write_together(root, {**contents, **described})[: len(contents)]


def _descriptor(root: Path, written: Mapping[str, bytes]) -> bytes:
    """The descriptor of a folder once files have been written."""
    faults = FaultList("the descriptor cannot be updated", where=str(root))
    descriptor = read_descriptor((root / DESCRIPTOR).read_bytes(), faults)
    faults.raise_if_any()
    known = {resource["path"]: resource for resource in descriptor.get("resources", [])}
    there = {path.name for path in root.iterdir() if path.suffix in {".csv", ".json"} and path.is_file()} | set(written)
    tables = [table.file for table in TABLES.values() if table.file in there]
    found = [path for path in dict.fromkeys([*tables, *sorted(there)]) if path not in known and path != DESCRIPTOR]
    for path in found:
        if near := nearest_file(path):
            faults.add(
                "a file has an unknown name", where=path, got=path, hint=f"rename it {near}, or declare it yourself"
            )
    faults.raise_if_any()
    descriptor["resources"] = [_resource(root, path, known.get(path, {}), written) for path in [*known, *found]]
    return (json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _resource(root: Path, path: str, old: dict[str, Any], written: Mapping[str, bytes]) -> dict[str, Any]:
    if path not in written and not (root / path).is_file():
        raise InputError("a declared file is missing", where=f"{root.name}/{DESCRIPTOR}", expected=path)
    content = written[path] if path in written else (root / path).read_bytes()
    resource: dict[str, Any] = {"name": Path(path).stem.replace("_", "-").lower(), **old, "path": path}
    if path.endswith(".csv"):
        resource |= {"type": "table", "format": "csv", "mediatype": "text/csv", "encoding": "utf-8"}
    resource |= {"bytes": len(content), "hash": f"sha256:{sha256_bytes(content)}"}
    if path in {table.file for table in TABLES.values()}:
        resource["schema"] = _schema(content, path, old.get("schema", {}))
    return resource


def _schema(content: bytes, path: str, old: dict[str, Any]) -> dict[str, Any]:
    try:
        header = next(csv.reader([content.decode("utf-8-sig").partition("\n")[0]]), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            "the head of a table cannot be read", where=path, expected="UTF-8 text", got=str(error)
        ) from error
    described = {field["name"]: field for field in old.get("fields", [])}
    fields = [described.get(name, {"name": name, "type": _type(name, path)}) for name in header]
    key = TABLES[path.removesuffix(".csv")].key
    fresh: dict[str, Any] = {"missingValues": [""]} | ({"primaryKey": list(key)} if key else {})
    return {"fields": fields, **fresh, **{name: value for name, value in old.items() if name != "fields"}}


def _type(name: str, path: str) -> str:
    if name in _INTEGERS and not (path == "bases.csv" and name != "respondents"):
        return "integer"
    return "number" if name in _NUMBERS else "string"


def main(arguments: Sequence[str] | None = None) -> int:
    """Update the descriptors of several folders."""
    folders = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if not folders:
            raise InputError("no folder was named", where="aibaro.published.checksums", expected="FOLDER ...")
        for folder in folders:
            print(f"{folder}: {'updated' if update(folder) else 'up to date'}")
    except AibaroError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        said = f"{error.strerror}: {error.filename}" if error.filename else str(error)
        print(f"aibaro: {said} (free some space, or make it readable and writable)", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("aibaro: interrupted", file=sys.stderr)
        return 130
    return 0


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """End as an exception does, so that no part of a file is left."""
    print("aibaro: asked to end", file=sys.stderr)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)
    sys.exit(main())
