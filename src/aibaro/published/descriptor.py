"""What does a survey's ``datapackage.json`` say and declare, and do the files match the checksums that it promises?"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from aibaro.errors import FaultList, PublishedNumberError, repeated
from aibaro.files import sha256_bytes
from aibaro.published._raw_tables import unprintable
from aibaro.published._rules import nearest
from aibaro.published.schema import DESCRIPTOR
from aibaro.published.vocabulary import ITEM_NONRESPONSE, SAMPLINGS, WEIGHTINGS
from aibaro.rounding import codes, read_printed

# --- What does a survey declare about its weights, its unanswered questions and its sample? Each with its place.

#: Declaration -> the words that it may be; the last is what holds where nothing is declared.
DECLARATIONS: dict[str, tuple[str, ...]] = {
    "weighting": WEIGHTINGS,
    "item_nonresponse": ITEM_NONRESPONSE,
    "sampling": SAMPLINGS,
}
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a survey says of itself, and where the source says it.

    Parameters
    ----------
    kind : str
        A word of the vocabulary, ``unknown`` where nothing is declared.
    margins : tuple of str
        Domains whose margins the weights meet; only of a weighting of the kind ``margins``, where none stand for all
        stratum variables.
    location : str
        Place in the source; empty where none is given.

    Examples
    --------
    >>> from aibaro.published import load
    >>> load("flanders-2023").item_nonresponse.kind
    'imputed'
    """

    kind: str = UNKNOWN
    margins: tuple[str, ...] = ()
    location: str = ""


def read_declaration(name: str, value: Any) -> Declaration | None:
    """Read a declaration, a word or an object with ``kind``; None for what is neither.

    Examples
    --------
    >>> read_declaration("weighting", {"kind": "margins", "margins": ["age", "sex"], "location": "p. 4"}).margins
    ('age', 'sex')
    >>> read_declaration("sampling", "by hand") is None
    True
    """
    if value is None:
        return Declaration()
    if isinstance(value, str):
        # margins that are not named are those of all stratum variables
        return Declaration(value) if value in DECLARATIONS[name] else None
    if not isinstance(value, Mapping) or not set(value) <= {"kind", "margins", "location"}:
        return None
    kind, margins, location = value.get("kind"), value.get("margins", []), value.get("location", "")
    named = isinstance(margins, list | tuple) and all(isinstance(m, str) and m for m in margins)
    if kind not in DECLARATIONS[name] or not named or not isinstance(location, str):
        return None
    if (kind == "margins") != bool(margins):
        return None
    return Declaration(str(kind), tuple(margins), location)


def base_weighting(text: str) -> Declaration | None:
    """Read a cell of the column ``weighting`` of ``bases.csv``: a word, or ``margins:`` and the domains.

    Examples
    --------
    >>> base_weighting("margins: age sex").margins, base_weighting("cells").kind
    (('age', 'sex'), 'cells')
    """
    kind, *margins = text.replace(":", " ").replace(",", " ").split() or [UNKNOWN]
    if kind not in WEIGHTINGS or (kind == "margins") != bool(margins):
        return None
    return Declaration(kind, tuple(margins))


# --- Which settings may the block ``aibaro`` of a descriptor hold, and which of version 0.1 are still read?


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the block ``aibaro``.

    Parameters
    ----------
    name : str
        The key.
    values : str or tuple of str
        What it may hold: ``text``, ``item``, ``language``, ``declaration``, ``marks``, ``labels``, or a list of words.
    words : tuple of str
        Words of a declaration.
    meaning, example, allows, default : str
        What it says, an example in JSON, which checks it makes possible, and what holds without it.
    """

    name: str
    values: str | tuple[str, ...]
    words: tuple[str, ...]
    meaning: str
    example: str
    allows: str
    default: str


#: Key of version 0.1 -> what to write today; None where it can go.
FORMER: dict[str, str | None] = {
    "imputation": "item_nonresponse",
    "groups": "note",
    "encoding_note": "note",
    "thousands_mark": None,
    "decimals": None,
}


@cache
def settings() -> dict[str, Setting]:
    """Return the known settings by name.

    Returns
    -------
    dict of str to Setting
        In the order of the table.

    Examples
    --------
    >>> settings()["weighting"].default
    'unknown'
    """
    text = files("aibaro.published").joinpath("_settings.toml").read_text(encoding="utf-8")
    return {
        name: Setting(
            name,
            tuple(row["values"]) if isinstance(row["values"], list) else str(row["values"]),
            tuple(row.get("words", ())),
            row["meaning"],
            row["example"],
            row["allows"],
            row.get("default", ""),
        )
        for name, row in tomllib.loads(text).items()
    }


# --- What does a survey's ``datapackage.json`` say, and do the files match the checksums that it promises?

_RENEW = "run 'python -m aibaro.published.checksums FOLDER'"
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
#: How deep a descriptor may be nested.
DEEPEST = 40
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
    """Read the descriptor of a survey; every fault of its form is recorded."""
    try:
        descriptor = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_pairs, parse_constant=_constant)
    except RecursionError:
        _not_json("nested too deeply", faults)
        return {}
    except ValueError as error:  # text that is not UTF-8, not JSON, or a number of thousands of digits
        _not_json(str(error)[:200], faults)
        return {}
    if not isinstance(descriptor, dict):
        faults.add(
            "the descriptor is not an object",
            where=DESCRIPTOR,
            expected="a Data Package, version 2",
            got=json.dumps(descriptor)[:80],
        )
        return {}
    _check_text(descriptor, DEEPEST, faults)
    _check_shape(descriptor, faults)
    return descriptor


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"the key {repeated(name for name, _ in pairs)[0]!r} stands twice")
    return found


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")


def _not_json(got: str, faults: FaultList) -> None:
    faults.add("the descriptor is not JSON", where=DESCRIPTOR, expected="a Data Package, version 2", got=got)


def _check_text(value: Any, depth: int, faults: FaultList) -> None:
    """No text may hold what cannot be written again: lone surrogates, control characters."""
    if depth == 0:
        faults.add("the descriptor is not JSON", where=DESCRIPTOR, expected=f"at most {DEEPEST} levels", got="more")
        return
    match value:
        case dict():
            for name, inner in value.items():
                _check_text(name, depth - 1, faults)
                _check_text(inner, depth - 1, faults)
        case list():
            for inner in value:
                _check_text(inner, depth - 1, faults)
        case str() if odd := unprintable(value, also="\n\t"):
            faults.add(
                "text holds a character that cannot be printed",
                where=DESCRIPTOR,
                expected="printable text",
                got=f"U+{ord(odd):04X} in {value[:40]!a}",
            )


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
    else:
        _check_resources(resources, faults)
    for name in ("name", "title", "description", "version", "rights", "issued", "homepage"):
        if name in descriptor and not isinstance(descriptor[name], str):
            faults.add(
                "a text of the descriptor is no text",
                where=DESCRIPTOR,
                parameter=name,
                expected="text",
                got=str(descriptor[name])[:80],
            )
    for name in ("sources", "contributors", "licenses"):
        if name in descriptor and not _people(descriptor[name]):
            faults.add(
                f"{name} are not a list of objects",
                where=DESCRIPTOR,
                parameter=name,
                expected='[{"title": "..."}, ...]' + (', with "roles": ["..."]' if name == "contributors" else ""),
                got=str(descriptor[name])[:80],
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


def _people(value: Any) -> bool:
    if not isinstance(value, list) or not all(isinstance(person, dict) for person in value):
        return False
    titled = all(isinstance(person.get("title", ""), str) for person in value)
    roles = [person.get("roles", []) for person in value]
    return titled and all(isinstance(r, list) and all(isinstance(role, str) for role in r) for r in roles)


def _check_resources(resources: Sequence[Mapping[str, Any]], faults: FaultList) -> None:
    for key in ("path", "name"):
        texts = [str(resource[key]) for resource in resources if key in resource]
        for text in repeated(texts):
            faults.add(
                f"two resources have one {key}",
                where=DESCRIPTOR,
                parameter="resources",
                expected=f"a {key} of its own",
                got=text[:80],
            )
    for resource in resources:
        path, promised = str(resource["path"]), resource.get("hash")
        if not is_inside(path):
            faults.add(
                "a resource is no file of the folder",
                where=DESCRIPTOR,
                parameter="resources",
                expected="a path inside the folder",
                got=ascii(path[:80]),
            )
        if "hash" in resource and not (isinstance(promised, str) and _SHA256.fullmatch(promised)):
            faults.add(
                "a checksum has another form",
                where=DESCRIPTOR,
                parameter="hash",
                expected="sha256: and 64 hexadecimal digits",
                got=str(promised)[:80],
            )


def is_inside(path: str) -> bool:
    """Tell whether a path of a resource can name a file of the folder.

    Examples
    --------
    >>> is_inside("tables/a.csv"), is_inside("../a.csv"), is_inside("/etc/passwd"), is_inside("a\\0b")
    (True, False, False, False)
    """
    parts = PurePosixPath(path).parts
    short = 0 < len(path) <= 1000 and all(len(part) <= 200 for part in parts)
    outside = path.startswith("/") or ".." in parts or "\\" in path or "://" in path
    return short and not unprintable(path) and not outside


def unknown_names(given: Mapping[str, Any], known: Collection[str], prefix: str, faults: FaultList) -> None:
    """Record the keys that nobody knows, each with the nearest that is known."""
    for name in given:
        if name not in known:
            faults.add(
                "unknown key",
                where=DESCRIPTOR,
                parameter=ascii(f"{prefix}{name}"[:80]).strip("'"),
                expected=", ".join(known),
                got=ascii(str(name)[:80]).strip("'"),
                hint=nearest(str(name)[:80], known),
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
        case "labels":
            return isinstance(value, dict) and all(map(_labelled, value.values()))
        case "language":
            return isinstance(value, str) and bool(value.split()) and set(value.split()) <= set(codes())
        case _:
            return isinstance(value, str)


def _labelled(label: Any) -> bool:
    """A label has words in English, in Dutch, or in both."""
    return isinstance(label, dict) and bool(label) and set(label) <= {"en", "nl"} and all(map(_words, label.values()))


def _words(text: Any) -> bool:
    return isinstance(text, str) and bool(text.strip())


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
    """Return the declared language and marks, where they are declared well."""
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
    """Return the checksum that a descriptor promises of each file that it declares; empty text where there is none."""
    resources = descriptor.get("resources", [])
    entries = [r for r in resources if isinstance(r, dict)] if isinstance(resources, list) else []
    return {
        str(r["path"]): str(r.get("hash") or "")
        for r in entries
        if isinstance(r.get("path"), str) and is_inside(r["path"])
    }


def check_files(descriptor: Mapping[str, Any], contents: Mapping[str, bytes], faults: FaultList) -> int:
    """Compare the files of a survey with what the descriptor promises.

    Notes
    -----
    A file that is listed without a checksum, as in the templates, may be deleted.  Where one checksum is given, every
    table and every file that is listed needs one: a file that nobody promised would be read unchecked.
    """
    broken, declared = 0, declared_files(descriptor)
    if isinstance(descriptor.get("aibaro"), dict) and "synthetic" in descriptor["aibaro"]:
        return broken  # its files are not those of a survey, which is the fault that counts
    for path, promised in declared.items():
        if path not in contents:
            if promised:
                faults.add(
                    "a declared file is missing",
                    where=DESCRIPTOR,
                    parameter="resources",
                    expected=path,
                    got="no such file in the folder",
                    hint=_RENEW,
                )
            continue
        actual = _HASH + sha256_bytes(contents[path])
        if promised and promised != actual:
            broken += 1
            faults.add(
                "the file is not what its checksum promises",
                where=path,
                parameter="hash",
                expected=promised,
                got=actual,
                hint=f"restore the file; after a change made on purpose {_RENEW}",
            )
    if not any(declared.values()):
        return broken
    for path in contents:
        if not declared.get(path) and path != DESCRIPTOR:
            broken += 1
            faults.add(
                "a file has no checksum beside files that have one",
                where=path,
                parameter="hash",
                expected="every file of the folder in the resources, with its checksum",
                got="not declared" if path not in declared else "no checksum",
                hint=_RENEW,
            )
    return broken
