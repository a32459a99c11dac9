"""Do the verdicts equal the pinned ones?  Compared by id, with a readable difference."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aibaro.files import write_text_atomic
from aibaro.ledger._ledger import Ledger
from aibaro.ledger._numbers import matches
from aibaro.published.checksums import update
from aibaro.published.schema import DESCRIPTOR


@dataclass(frozen=True, slots=True)
class Drift:
    """One verdict that is not the pinned one.

    Parameters
    ----------
    id : str
        Number or claim.
    pinned, found : str
        Verdicts with their reason; a claim's two verdicts are parted by a semicolon; empty where there is none.
    """

    id: str
    pinned: str
    found: str

    def __str__(self) -> str:
        return f"{self.id}: pinned {self.pinned or 'nothing'}, found {self.found or 'nothing'}"


def verdict_rows(ledger: Ledger) -> list[tuple[str, str, str]]:
    """List the verdicts of a ledger."""
    rows = [(entry.id, entry.verdict, entry.reason) for entry in ledger.entries]
    rows += [(v.claim.id, f"{v.as_printed}; {v.population}", v.reason) for v in ledger.claims]
    return rows


def drift(ledger: Ledger, only: Sequence[str] = ("*",)) -> tuple[Drift, ...]:
    """Compare a ledger with the pinned verdicts of its survey.

    Parameters
    ----------
    ledger : Ledger
        The ledger.
    only : sequence of str
        Globs over ids that were judged; pins of others are not looked at.

    Returns
    -------
    tuple of Drift
        Sorted by id; empty when all agree.

    Examples
    --------
    >>> from aibaro.study import open
    >>> drift(open("softwareone-2025").ledger)
    ()
    """
    pinned = {
        str(row["id"]): _text(str(row["verdict"]), str(row["reason"]))
        for row in ledger.facts.survey.verdicts.to_dict("records")
        if matches(str(row["id"]), only)
    }
    rows = verdict_rows(ledger)
    found = {name: _text(verdict, reason) for name, verdict, reason in rows if matches(name, only)}
    return tuple(_differences(pinned, found))


def _differences(pinned: Mapping[str, str], found: Mapping[str, str]) -> list[Drift]:
    names = sorted(set(pinned) | set(found))
    return [
        Drift(name, pinned.get(name, ""), found.get(name, ""))
        for name in names
        if pinned.get(name, "") != found.get(name, "")
    ]


def _text(verdict: str, reason: str) -> str:
    return f"{verdict}/{reason}" if reason else verdict


def pin(ledger: Ledger) -> Path:
    """Write the verdicts of a whole ledger as the pinned ones of its survey.

    Parameters
    ----------
    ledger : Ledger
        A ledger of all numbers and claims.

    Returns
    -------
    pathlib.Path
        The file ``verdicts.csv`` of the survey; its checksum in the descriptor is renewed.

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import small_survey
    >>> from aibaro.ledger import build_ledger
    >>> from aibaro.published import read
    >>> survey = small_survey(tempfile.mkdtemp())
    >>> pin(build_ledger(survey)).name
    'verdicts.csv'
    >>> read(survey.folder).verdicts["verdict"].tolist()
    ['supported; established', 'reproduced', 'reproduced', 'consistent', 'consistent']
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "verdict", "reason"])
    writer.writerows(sorted(verdict_rows(ledger)))
    folder = ledger.facts.survey.folder
    path = write_text_atomic(folder / "verdicts.csv", text.getvalue())
    if (folder / DESCRIPTOR).is_file():
        update(folder)  # every other file was compared with its checksum when the survey was loaded
    return path
