"""What does a survey's ``datapackage.json`` say, and do the files match the checksums that it promises?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aibaro.errors import FaultList
from aibaro.files import sha256_bytes
from aibaro.rounding import RULES

DESCRIPTOR = "datapackage.json"
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
    for key, allowed in (("rounding", tuple(RULES)), ("decimal_mark", (",", "."))):
        if key in own and own[key] not in allowed:
            faults.add(
                "unknown setting",
                where=DESCRIPTOR,
                parameter=f"aibaro.{key}",
                expected=", ".join(allowed),
                got=str(own[key]),
            )


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
