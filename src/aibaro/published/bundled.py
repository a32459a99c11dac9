"""Which surveys are bundled, where do they lie, which of them has an id, and how are they loaded?"""

from __future__ import annotations

import csv
import difflib
import json
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from aibaro.errors import InputError
from aibaro.published._folder import read
from aibaro.published._survey import PublishedSurvey
from aibaro.published.schema import DESCRIPTOR

# --- Where are the bundled surveys? In the wheel's ``aibaro/_data``, else in the checkout's ``data``.

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


def collection_titles() -> dict[str, str]:
    """Return the title of the bundled surveys together, by language.

    Examples
    --------
    >>> sorted(collection_titles())
    ['en', 'nl']
    """
    read = json.loads((data_root() / "collection.json").read_text(encoding="utf-8"))
    return {language: str(read[f"title_{language}"]) for language in ("en", "nl")}


# --- Which surveys are bundled, and how are they loaded?


def load(name: str) -> PublishedSurvey:
    """Load a bundled survey.

    Parameters
    ----------
    name : str
        Its id; :func:`catalogue` lists them.

    Returns
    -------
    PublishedSurvey
        The survey, checked against its checksums.

    Raises
    ------
    InputError
        For an unknown id.
    IntegrityError
        When a file is not what its checksum promises.

    Examples
    --------
    >>> load("flanders-2023").strata.columns.tolist()
    ['size_class', 'sector', 'population', 'sample', 'respondents']
    """
    names = bundled_names()
    if name not in names:
        near = difflib.get_close_matches(str(name), names, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise InputError(
            "unknown survey",
            where="aibaro.load",
            parameter="name",
            expected=", ".join(names),
            got=str(name),
            hint=f"{hint}A folder of your own is read with aibaro.read(path)",
        )
    return read(data_root() / name)


def open_survey(name: str) -> PublishedSurvey:
    """Load a bundled survey by its id, or read a folder.

    Parameters
    ----------
    name : str
        Id of a bundled survey, which wins, or the path of a folder (``./flanders-2023`` names a folder).

    Returns
    -------
    PublishedSurvey
        The survey.

    Raises
    ------
    InputError
        When it is neither, or the folder holds faults.
    IntegrityError
        When a checksum is broken.

    Examples
    --------
    >>> open_survey("topdesk-2025").prefix
    'td25'
    """
    return read(name) if name not in bundled_names() and Path(name).is_dir() else load(name)


def catalogue() -> pd.DataFrame:
    """List the bundled surveys.

    Returns
    -------
    pandas.DataFrame
        One row per survey, sorted by name: name, title, publisher, wave, strata, printings, facts, citation.

    Examples
    --------
    >>> "flanders-2023" in set(catalogue()["name"])
    True
    """
    surveys = [load(name) for name in bundled_names()]
    return pd.DataFrame(
        {
            "name": [s.name for s in surveys],
            "title": [s.title for s in surveys],
            "publisher": [s.publisher for s in surveys],
            "wave": [s.wave for s in surveys],
            "strata": [len(s.strata) for s in surveys],
            "printings": [len(s.printed) for s in surveys],
            "facts": [s.printed["fact"].nunique() for s in surveys],
            "citation": [s.citation for s in surveys],
        }
    )


# --- Which bundled survey has an id? Answered from the columns of ids alone, before any survey is read.


def unknown_id(name: str, known: Iterable[str]) -> InputError:
    """Say that nothing has an id, and name the nearest ones.

    Parameters
    ----------
    name : str
        What was asked for.
    known : iterable of str
        Ids and facts that there are.

    Returns
    -------
    InputError
        The error, ready to be raised.

    Examples
    --------
    >>> print(unknown_id("my.us", ["my.use"]).faults[0].hint)
    did you mean my.use?
    """
    near = difflib.get_close_matches(name, list(dict.fromkeys(known)), 3, cutoff=0.5)
    return InputError(
        "nothing has this id",
        where="aibaro explain",
        parameter="ID",
        expected="an id of ledger.csv or claim_verdicts.csv, or a fact",
        got=name,
        hint=f"did you mean {', '.join(near)}?" if near else "'aibaro find WORDS' looks for numbers and claims",
    )


def carriers(name: str) -> tuple[str, ...]:
    """List the bundled surveys that can have an id or a fact.

    Raises
    ------
    InputError
        For a name that carries the prefix of a survey which has no such id; near ones are proposed.

    Examples
    --------
    >>> carriers("td25.text.integrated")
    ('topdesk-2025',)
    """
    names = bundled_names()
    for survey in names:
        folder = data_root() / survey
        prefix = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8")).get("aibaro", {}).get("prefix")
        if not prefix or not name.startswith(f"{prefix}."):
            continue
        known: list[str] = []
        for file in ("printed.csv", "claims.csv"):
            with (folder / file).open(encoding="utf-8", newline="") as rows:
                known += [row["id"] for row in csv.DictReader(rows)]
        if name not in known:
            raise unknown_id(name, known)
        return (survey,)
    return names
