"""Which respondents does a base hold, how large is it, which printed share says so, and how was it weighted?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from aibaro.facts._key import Key
from aibaro.facts._relations import Relation, expand
from aibaro.published import Declaration, PublishedSurvey, split_references
from aibaro.published.descriptor import base_weighting
from aibaro.published.schema import COUNT_COLUMNS, WHOLE_BASE

# --- How were answers weighted? Declared in the descriptor or per base, never assumed.

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Weighting:
    """What is declared about the weights of a base.

    Parameters
    ----------
    kind : {"none", "cells", "margins", "unknown"}
        ``none``: a share is k/n.  ``cells``: weights are equal inside the strata of ``strata.csv``.  ``margins``:
        the named margins are met, weights inside are unknown.  ``unknown``: nothing is known.
    margins : tuple of str
        Variables whose population counts the weights meet.
    location : str
        Where the source says so.

    Examples
    --------
    >>> Weighting("margins", ("age", "region")).meets("age")
    True
    """

    kind: str = UNKNOWN
    margins: tuple[str, ...] = ()
    location: str = ""

    def meets(self, domain: str) -> bool:
        """Tell whether weighted totals follow the population counts of a stratum variable.

        Parameters
        ----------
        domain : str
            The variable.

        Returns
        -------
        bool
            True under ``cells``, and under ``margins`` for a variable that is named.
        """
        return self.kind == "cells" or (self.kind == "margins" and domain in self.margins)


def weighting_of(declaration: Declaration) -> Weighting:
    """Take a declaration of the descriptor or of ``bases.csv`` as it was read."""
    return Weighting(declaration.kind, declaration.margins, declaration.location)


def of_survey(survey: PublishedSurvey) -> Weighting:
    """Return the weighting that the descriptor declares; margins that are not named are those of the strata."""
    found = weighting_of(survey.weighting)
    if found.kind == "margins" and not found.margins:
        return Weighting("margins", tuple(variables(survey)), found.location)
    return found


def variables(survey: PublishedSurvey) -> list[str]:
    """List the stratum variables."""
    return [str(name) for name in survey.strata.columns if name not in COUNT_COLUMNS]


# --- Which respondents does a base hold, how large is it, and which printed share says so?

_DEFINITION = re.compile(
    r"(?P<kind>not any|any|all)\((?P<items>[^()]*)\)|(?P<count>count)\((?P<of>[^()]*)\)(?P<threshold>(?:=|>=|<=)\d+)"
)


@dataclass(frozen=True, slots=True)
class Definition:
    """Who belongs to a base.

    Parameters
    ----------
    kind : {"any", "not any", "all", "count", "given"}
        Which answers decide; ``given`` for a base that is described in words alone.
    items : tuple of str
        The items, stars resolved.
    threshold : str
        For ``count``: how many of the items, such as ``>=2``.
    text : str
        The definition as written.
    """

    kind: str
    items: tuple[str, ...] = ()
    threshold: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Base:
    """A set of respondents.

    Parameters
    ----------
    name : str
        Its name.
    parent : str
        The base that it is part of; empty for a base that stands alone.
    definition : Definition
        Who belongs to it.
    share : tuple of (Key, str) or None
        The item whose share of the parent is the share of this base, and ``inside`` or ``outside`` (what the item
        leaves); None where no item measures it.
    weighted : {"yes", "no", "unknown"}
        Whether its printed size is a sum of weights.
    weighting : Weighting or None
        What is declared for this base; None where the descriptor decides.
    """

    name: str
    parent: str = ""
    definition: Definition = field(default_factory=lambda: Definition("given"))
    share: tuple[Key, str] | None = None
    weighted: str = "no"
    weighting: Weighting | None = None


def read_bases(
    survey: PublishedSurvey, items: Sequence[str], relations: Sequence[Relation], used: Iterable[str]
) -> dict[str, Base]:
    """Read ``bases.csv``; bases that only the printings name stand alone."""
    found: dict[str, Base] = {}
    for cells in survey.bases.to_dict("records"):
        name, parent = str(cells["base"]), str(cells.get("parent") or "")
        if name in found:
            continue  # further rows of a base give its size at a level
        definition = read_definition(str(cells.get("definition") or ""), items)
        weighted = str(cells.get("weighted") or "no")
        parent = "" if parent == name else parent
        share = share_of(definition, parent or WHOLE_BASE, relations) if name != WHOLE_BASE else None
        own = base_weighting(text) if (text := str(cells.get("weighting") or "")) else None
        found[name] = Base(name, parent, definition, share, weighted, None if own is None else weighting_of(own))
    for name in (WHOLE_BASE, *used):
        found.setdefault(name, Base(name, weighted="no" if name == WHOLE_BASE else UNKNOWN))
    return found


def read_definition(text: str, items: Sequence[str]) -> Definition:
    """Read who belongs to a base.

    Examples
    --------
    >>> read_definition("count(use.*)>=2", ["use.a", "use.b", "plans"])
    Definition(kind='count', items=('use.a', 'use.b'), threshold='>=2', text='count(use.*)>=2')
    >>> read_definition("firms that answered", []).kind
    'given'
    """
    match = _DEFINITION.fullmatch(text.strip())
    if match is None:
        return Definition("given", text=text)
    names = expand(split_references(match["items"] or match["of"] or ""), items)
    return Definition(match["kind"] or match["count"], names, match["threshold"] or "", text)


def share_of(definition: Definition, parent: str, relations: Sequence[Relation]) -> tuple[Key, str] | None:
    """Find the item whose share of the parent is the share of a base."""
    side = "outside" if definition.kind == "not any" else "inside"
    if definition.kind in {"any", "not any", "all"} and len(definition.items) == 1:
        return Key.parse(definition.items[0]).about(base=parent), side
    wanted = set(definition.items)
    for relation in relations:
        if not wanted or set(relation.parts) != wanted or relation.whole.startswith("@"):
            continue
        if definition.kind in {"any", "not any"} and relation.kind in {"union", "exhaustive"}:
            return Key.parse(relation.whole).about(base=parent), side
        if definition.kind == "count" and relation.kind == "count":
            whole = counted(relation.whole)
            if whole is not None and whole[1] == definition.threshold:
                return Key.parse(whole[0]).about(base=parent), "inside"
    return None


def counted(whole: str) -> tuple[str, str] | None:
    """Split the whole of a ``count`` relation into its item and its threshold.

    Examples
    --------
    >>> counted("technologies.two_plus>=2")
    ('technologies.two_plus', '>=2')
    """
    match = re.fullmatch(r"(?P<item>.*?)(?P<threshold>(?:>=|<=|=)\d+)", whole)
    return (match["item"], match["threshold"]) if match else None


def within_parent(bases: Mapping[str, Base], base: Base) -> bool:
    """Tell whether everybody with the answers that decide on a base belongs to its parent too.

    Examples
    --------
    >>> users = Base("users", "all", Definition("any", ("a", "b")))
    >>> one = Base("one", "users", Definition("count", ("a", "b"), "=1"))
    >>> none = Base("none", "users", Definition("not any", ("a", "b")))
    >>> known = {"users": users, "one": one, "none": none}
    >>> within_parent(known, users), within_parent(known, one), within_parent(known, none)
    (True, True, False)
    """
    if base.parent in {"", WHOLE_BASE}:
        return True
    inner, outer = base.definition, bases[base.parent].definition
    some = inner.kind in {"any", "all"} or (
        inner.kind == "count" and not inner.threshold.startswith(("<", "=0", ">=0"))
    )
    return outer.kind == "any" and some and set(inner.items) <= set(outer.items)


def chain(bases: Mapping[str, Base], name: str) -> tuple[str, ...]:
    """List a base and the bases that it is part of, inner to outer."""
    found = [name]
    while name in bases and bases[name].parent and bases[name].parent not in found:
        name = bases[name].parent
        found.append(name)
    return tuple(found)
