"""Which item decides who belongs to a base?"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aibaro.errors import InputError
from aibaro.published.schema import WHOLE_BASE

if TYPE_CHECKING:
    from aibaro.published import PublishedSurvey

_DEFINITION = re.compile(
    r"(?P<sign>not )?(?:any\((?P<parts>[^)]*)\)|count\((?P<counted>[^)]*)\)\s*(?P<rule>(?:=|>=)\d+))"
)


@dataclass(frozen=True, slots=True)
class ResolvedBase:
    """What the tables of a survey say about a base.

    Parameters
    ----------
    base : str
        The base.
    item : str
        Item that its members have, or lack; empty when no item decides membership.
    sign : int
        1 when members have the item, -1 when they lack it, 0 when no item decides.
    respondents : int or None
        Printed number of members.
    """

    base: str
    item: str
    sign: int
    respondents: int | None


def resolve_base(survey: PublishedSurvey, base: str) -> ResolvedBase:
    """Find the item behind a base.

    Examples
    --------
    >>> from aibaro.published import load
    >>> resolve_base(load("flanders-2023"), "adopters")
    ResolvedBase(base='adopters', item='at_least_one', sign=1, respondents=1022)
    """
    rows = survey.bases.loc[survey.bases["base"] == base]
    if rows.empty:
        raise InputError(
            "unknown base", where=survey.name, parameter="base", expected=", ".join(survey.bases["base"]), got=base
        )
    row = rows.iloc[0]
    respondents = int(row["respondents"]) if row["respondents"] else None
    match = _DEFINITION.fullmatch(str(row["definition"]).strip())
    item = "" if match is None else _whole(survey, match)
    # members of a base inside another base have the item, but not all who have it are members
    inside = row["parent"] not in {"", WHOLE_BASE} and _whole_parent(survey, str(row["parent"]), item) is False
    if not item or inside:
        return ResolvedBase(base, "", 0, respondents)
    sign = -1 if match is not None and match["sign"] else 1
    return ResolvedBase(base, item, sign, respondents)


def _whole(survey: PublishedSurvey, match: re.Match[str]) -> str:
    kind, parts = ("union", match["parts"]) if match["parts"] else ("count", match["counted"])
    wanted = _members(survey, parts)
    relations = survey.relations.loc[survey.relations["kind"] == kind]
    for part, whole in zip(relations["parts"], relations["whole"], strict=True):
        if _members(survey, part) != wanted:
            continue
        name = str(whole)
        if kind == "union":
            return name
        if name.endswith(match["rule"]) and not name.removesuffix(match["rule"]).endswith((">", "=")):
            return name.removesuffix(match["rule"])
    return ""


def _members(survey: PublishedSurvey, parts: str) -> frozenset[str]:
    """Expand the patterns of a list of items."""
    items = [str(name) for name in survey.items["item"]]
    expanded = (fnmatch.filter(items, part) or [part] for part in str(parts).split())
    return frozenset(name for names in expanded for name in names)


def _whole_parent(survey: PublishedSurvey, parent: str, item: str) -> bool:
    """Tell whether everybody with the item belongs to the parent, because both count the same items."""
    definitions = dict(zip(survey.bases["base"], survey.bases["definition"], strict=True))
    outer = _DEFINITION.fullmatch(str(definitions.get(parent, "")))
    if outer is None or outer["sign"] or not outer["parts"]:
        return False
    wanted = _members(survey, outer["parts"])
    counts = survey.relations.loc[survey.relations["kind"] == "count"]
    pairs = zip(counts["parts"], counts["whole"], strict=True)
    counted = re.compile(rf"{re.escape(item)}>?=[1-9]\d*")
    return any(_members(survey, part) == wanted and counted.fullmatch(str(whole)) for part, whole in pairs)
