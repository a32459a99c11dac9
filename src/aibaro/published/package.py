"""What does a survey's ``datapackage.json`` say, and do the files match the checksums that it promises?"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from aibaro.errors import FaultList, PublishedNumberError
from aibaro.files import sha256_bytes
from aibaro.published._declarations import read_declaration
from aibaro.published._settings import FORMER, Setting, settings
from aibaro.rounding import codes, read_printed

DESCRIPTOR = "datapackage.json"
#: Keys of a Data Package of version 2, and the few of our own beside the block ``aibaro``.
KEYS: tuple[str, ...] = (
    "$schema",
    "name",
    "id",
    "title",
    "description",
    "homepage",
    "version",
    "created",
    "keywords",
    "image",
    "licenses",
    "sources",
    "contributors",
    "rights",
    "issued",
    "temporal",
    "profile",
    "resources",
    "aibaro",
)
_HASH = "sha256:"


def read_descriptor(content: bytes, faults: FaultList) -> dict[str, Any]:
    """Read the descriptor of a survey."""
    try:
        descriptor = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        faults.add("the descriptor is not JSON", where=DESCRIPTOR, expected="a Data Package, version 2", got=str(error))
        return {}
    if not isinstance(descriptor, dict):
        faults.add(
            "the descriptor is not an object",
            where=DESCRIPTOR,
            expected="a Data Package, version 2",
            got=type(descriptor).__name__,
        )
        return {}
    _check_shape(descriptor, faults)
    return descriptor


def _check_shape(descriptor: Mapping[str, Any], faults: FaultList) -> None:
    resources = descriptor.get("resources", [])
    named = isinstance(resources, list) and all(isinstance(r, dict) for r in resources)
    if not named or not all(isinstance(r.get("path"), str) for r in resources):
        faults.add(
            "resources are not a list of files",
            where=DESCRIPTOR,
            parameter="resources",
            expected='[{"name": ..., "path": ...}, ...]',
            got=str(resources)[:80],
        )
    unknown_names(descriptor, KEYS, "", faults)
    own = descriptor.get("aibaro", {})
    if not isinstance(own, dict):
        faults.add(
            "settings are not an object", where=DESCRIPTOR, parameter="aibaro", expected="an object", got=str(own)[:80]
        )
        return
    if "synthetic" in own:
        faults.add(
            "the descriptor describes synthetic rows, which are no survey",
            where=DESCRIPTOR,
            parameter="aibaro",
            expected="the description of a published survey",
            got="synthetic",
            hint="aibaro.synthesize.read_declared reads them as what they are",
        )
        return
    unknown_names(own, (*settings(), *FORMER), "aibaro.", faults)
    for name, value in own.items():
        if name in settings() and not _fits(settings()[name], value):
            faults.add(
                "unknown setting",
                where=DESCRIPTOR,
                parameter=f"aibaro.{name}",
                expected=_expected(settings()[name]),
                got=str(value)[:80],
            )


def unknown_names(given: Mapping[str, Any], known: Collection[str], prefix: str, faults: FaultList) -> None:
    """Record the keys that nobody knows, each with the nearest that is known."""
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(str(name), list(known), 1)
            faults.add(
                "unknown key",
                where=DESCRIPTOR,
                parameter=f"{prefix}{name}"[:80],
                expected=", ".join(known),
                got=str(name)[:80],
                hint=f"did you mean {near[0]}?" if near else "",
            )


def _fits(setting: Setting, value: Any) -> bool:
    match setting.values:
        case tuple():
            return isinstance(value, str) and value in setting.values
        case "declaration":
            # prose of version 0.1 declares nothing; former() says so
            prose = setting.name == "weighting" and (isinstance(value, str) or _prose_by_group(value))
            return read_declaration(setting.name, value) is not None or prose
        case "marks":
            return isinstance(value, dict) and all(_meaningful(name, text) for name, text in value.items())
        case "language":
            return isinstance(value, str) and bool(value.split()) and set(value.split()) <= set(codes())
        case _:
            return isinstance(value, str)


def _meaningful(mark: str, meaning: Any) -> bool:
    """A mark stands for nothing, or for a number that can be read with either decimal mark."""
    if not isinstance(meaning, str) or not mark.strip():
        return False
    if not meaning.strip():
        return True
    try:
        read_printed(meaning, decimal=".")
    except PublishedNumberError:
        return False
    return True


def spoken(own: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Give the declared language and marks, where they are declared well."""
    language, marks = own.get("language", ""), own.get("marks", {})
    return (
        language if _fits(settings()["language"], language) else "",
        dict(marks) if _fits(settings()["marks"], marks) else {},
    )


def _prose_by_group(value: Any) -> bool:
    return isinstance(value, dict) and "kind" not in value and all(isinstance(text, str) for text in value.values())


def _expected(setting: Setting) -> str:
    if isinstance(setting.values, tuple):
        return ", ".join(setting.values)
    if setting.values == "language":
        return f"one or several of {' '.join(codes())}, such as {setting.example}"
    words = f"one of {', '.join(setting.words)}, alone or as kind, such as " if setting.words else ""
    return f"{words}{setting.example}"


def former(descriptor: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what a descriptor of version 0.1 should say today."""
    own = descriptor.get("aibaro") or {}
    notes = [
        f"{DESCRIPTOR}: aibaro.{name} is of version 0.1; " + (f"write it as {new}" if new else "it can go")
        for name, new in FORMER.items()
        if name in own
    ]
    weighting = own.get("weighting")
    if weighting is not None and read_declaration("weighting", weighting) is None:
        words = ", ".join(settings()["weighting"].words)
        notes.append(
            f"{DESCRIPTOR}: aibaro.weighting is prose and declares nothing; write it as weighting_note and declare "
            f"weighting as one of {words}"
        )
    return tuple(notes)


def declared_files(descriptor: Mapping[str, Any]) -> dict[str, str]:
    """List the files that a descriptor declares."""
    resources = descriptor.get("resources", [])
    entries = [r for r in resources if isinstance(r, dict)] if isinstance(resources, list) else []
    return {str(r.get("path", "")): str(r.get("hash", "")) for r in entries if r.get("path")}


def check_files(folder: Path, descriptor: Mapping[str, Any], contents: Mapping[str, bytes], faults: FaultList) -> int:
    """Compare the files of a survey with what the descriptor promises."""
    broken = 0
    for path, promised in declared_files(descriptor).items():
        inside = (folder / path).resolve().is_relative_to(folder.resolve())
        if inside and not promised and not (folder / path).exists():
            continue  # listed without a checksum, as in the templates: an optional file may be deleted
        if not inside or not (folder / path).is_file():
            faults.add(
                "a declared file is missing",
                where=DESCRIPTOR,
                parameter="resources",
                expected=path,
                got="no such file in the folder",
            )
            continue
        if not promised:
            continue
        content = contents[path] if path in contents else (folder / path).read_bytes()
        actual = _HASH + sha256_bytes(content)
        if promised != actual:
            broken += 1
            faults.add(
                "the file is not what its checksum promises",
                where=path,
                parameter="hash",
                expected=promised,
                got=actual,
                hint="restore the file; after a change made on purpose run "
                "'python -m aibaro.published.checksums FOLDER'",
            )
    return broken
