"""Which bundled survey has an id?  Answered from the columns of ids alone, before any survey is read."""

from __future__ import annotations

import csv
import difflib
import json
from collections.abc import Iterable

from aibaro.errors import InputError
from aibaro.published.paths import bundled_names, data_root
from aibaro.published.schema import DESCRIPTOR


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
        where="explain",
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
