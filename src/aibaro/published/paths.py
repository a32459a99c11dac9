"""Where are the bundled surveys?  In the wheel's ``aibaro/_data``, else in the checkout's ``data``."""

from __future__ import annotations

import json
from pathlib import Path

from aibaro.errors import InputError

_PACKAGE = Path(__file__).resolve().parents[1]


def data_root(package: Path = _PACKAGE) -> Path:
    """Find the folder of the bundled surveys.

    Examples
    --------
    >>> data_root().is_dir()
    True
    """
    places = (package / "_data", package.parents[1] / "data")
    for place in places:
        if place.is_dir():
            return place
    raise InputError(
        "the bundled surveys are missing",
        where="aibaro.published",
        got="neither folder exists",
        expected=" or ".join(map(str, places)),
        hint="install aibaro again",
    )


def bundled_names(root: Path | None = None) -> tuple[str, ...]:
    """List the ids of the bundled surveys.

    Examples
    --------
    >>> "flanders-2023" in bundled_names()
    True
    """
    folder = data_root() if root is None else root
    return tuple(sorted(path.parent.name for path in folder.glob("*/datapackage.json")))


def collection_titles(root: Path | None = None) -> dict[str, str]:
    """Return the title of the bundled surveys together, by language.

    Examples
    --------
    >>> sorted(collection_titles())
    ['en', 'nl']
    """
    folder = data_root() if root is None else root
    read = json.loads((folder / "collection.json").read_text(encoding="utf-8"))
    return {language: str(read[f"title_{language}"]) for language in ("en", "nl")}
