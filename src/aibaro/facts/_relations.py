"""Which logical relations does a survey declare?  Rows of ``relations.csv`` with their globs resolved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from aibaro.published import PublishedSurvey, split_references


@dataclass(frozen=True, slots=True)
class Relation:
    """One row of ``relations.csv``.

    Parameters
    ----------
    kind : str
        One of ``published.rules("relations")``.
    parts : tuple of str
        The parts as written, stars resolved over the items.
    whole : str
        The whole as written; ``@base`` for the base that the parts make up.
    status : str
        ``declared`` or ``proposed``; a proposed relation binds nothing until it is accepted.
    evidence : str
        Where the source says so.
    row : int
        Row of the file, from 0.
    """

    kind: str
    parts: tuple[str, ...]
    whole: str
    status: str = "declared"
    evidence: str = ""
    row: int = 0

    @property
    def name(self) -> str:
        """How the row is named among what could be wrong."""
        return f"relations.csv#{self.row + 1}"


def read_relations(survey: PublishedSurvey, items: Iterable[str]) -> tuple[Relation, ...]:
    """Read the relations of a survey."""
    known = list(items)
    found = []
    for row, cells in enumerate(survey.relations.to_dict("records")):
        parts = expand(split_references(str(cells["parts"])), known)
        status, evidence = str(cells.get("status") or "declared"), str(cells.get("evidence") or "")
        found.append(Relation(str(cells["kind"]), parts, str(cells["whole"]), status, evidence, row))
    return tuple(found)


def expand(parts: Iterable[str], items: Iterable[str]) -> tuple[str, ...]:
    """Replace stars over items by the items; what follows the item (base, domain) is kept.

    Examples
    --------
    >>> expand(["use.*@firms", "plans"], ["use.a", "use.b", "plans"])
    ('use.a@firms', 'use.b@firms', 'plans')
    """
    known, found = list(items), list[str]()
    for part in parts:
        end = min((part.find(mark) for mark in "@|" if mark in part), default=len(part))
        name, rest = part[:end], part[end:]
        found += [f"{item}{rest}" for item in known if fnmatchcase(item, name)] if "*" in name else [part]
    return tuple(dict.fromkeys(found))
