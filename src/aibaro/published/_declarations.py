"""What does a survey declare about its weights, its unanswered questions and its sample?  Each with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aibaro.published.vocabulary import ITEM_NONRESPONSE, SAMPLINGS, WEIGHTINGS

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
