"""Which surveys are bundled, and how are they loaded?"""

from __future__ import annotations

import difflib
from pathlib import Path

import pandas as pd

from aibaro.errors import InputError
from aibaro.published._folder import read
from aibaro.published._survey import PublishedSurvey
from aibaro.published.paths import bundled_names, data_root


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
