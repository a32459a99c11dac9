"""Which printed sets hold an item's members, or lie among them?  Read off the relations that a survey declares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from aibaro.facts import Facts, Key, facts_of
from aibaro.published import PublishedSurvey
from aibaro.published.schema import WHOLE_BASE
from aibaro.reconstruct.items import ItemSystem, PrintedShare, TiedSet, own_item, part_reader

# an item, and whether its members or the others are meant
Side = tuple[str, bool]
PARTITION = "exhaustive"


def tied_item(
    survey: PublishedSurvey | Facts, item: str, base: str = WHOLE_BASE, *, rounding: str | None = None
) -> ItemSystem:
    """Collect the own-item constraints of an item, and those of the printed sets that relations tie it to.

    Parameters
    ----------
    survey : PublishedSurvey or Facts
        The survey, or its facts.
    item : str
        The item.
    base : str
        Base of the percentages.
    rounding : str, optional
        As for :func:`own_item`.

    Returns
    -------
    ItemSystem
        The system of :func:`own_item`; for an item of everybody with the shares of items that have the same members
        or all the others, and with `ties`: the smallest printed set that holds its members and the largest that lies
        among them.  Only sets of which a domain is printed that is not printed of the item are taken.

    Raises
    ------
    InputError, ConflictError
        As for :func:`own_item`.

    Notes
    -----
    ``exhaustive`` parts exclude each other and lie in their whole; parts of a ``union`` and of a ``subset`` lie in
    theirs.  What follows from several relations is followed: if A implies B and B excludes C, A lies among those
    without C.  Assumes that every respondent has an answer to each of the items, as shares of everybody do.

    References
    ----------
    Aspvall, B., Plass, M. F. & Tarjan, R. E. (1979). A linear-time algorithm for testing the truth of certain
    quantified boolean formulas (a graph of implications and their contrapositives). doi:10.1016/0020-0190(79)90002-4

    Examples
    --------
    >>> from aibaro.published import load
    >>> survey = load("flanders-2023")
    >>> [share.name for share in tied_item(survey, "no_technology").shares][:2]
    ['no_technology', 'not at_least_one']
    >>> [(tie.holds, tie.system.item) for tie in tied_item(survey, "plans").ties]
    [(True, 'not at_least_one')]
    """
    facts = facts_of(survey)
    own = own_item(facts, item, base, rounding=rounding)
    if base != WHOLE_BASE:
        return own
    read, implied = part_reader(facts, rounding), _implications(facts)

    def systems(sides: set[Side], shares: Iterable[PrintedShare]) -> list[ItemSystem]:
        """Those of which more domains are printed."""
        known = {(s.domain, s.level) for s in shares}
        found = [read(name, "inside" if inside else "outside") for name, inside in sorted(sides)]
        return [s for s in found if any((share.domain, share.level) not in known for share in s.shares)]

    holding, others = _closure(implied, (item, True)), _closure(implied, (item, False))
    same = {side for side in holding if (item, True) in _closure(implied, side)}
    equal = systems(same, own.shares)
    shares = (*own.shares, *(share for s in equal for share in s.shares))
    totals = [s.total for s in (own, *equal) if s.total is not None]
    # the others of what all others have in common are among the item's members
    among = {_not(side) for side in others}
    above = [s for s in systems(holding - same, shares) if s.share() is not None]
    below = [s for s in systems(among - same, shares) if s.share() is not None]
    ties = [TiedSet(min(above, key=_rate), holds=True)] if above else []
    ties += [TiedSet(max(below, key=_rate), holds=False)] if below else []
    return replace(own, shares=shares, total=totals[0] if totals else None, ties=tuple(ties))


def _rate(system: ItemSystem) -> tuple[float, str]:
    share = system.share()
    return (float("nan") if share is None else float(share.centre), system.item)


def _not(side: Side) -> Side:
    return side[0], not side[1]


def _implications(facts: Facts) -> dict[Side, set[Side]]:
    """What membership in an item says of others, by the declared relations among items of everybody."""
    found: dict[Side, set[Side]] = {}

    def implies(first: Side, second: Side) -> None:
        found.setdefault(first, set()).add(second)
        found.setdefault(_not(second), set()).add(_not(first))

    for relation in facts.relations:
        parts = [_item(part) for part in relation.parts]
        whole = WHOLE_BASE if relation.whole == f"@{WHOLE_BASE}" else _item(relation.whole)
        if relation.status != "declared" or relation.kind not in {PARTITION, "union", "subset"} or None in parts:
            continue
        names = [part for part in parts if part is not None]
        for part in names:
            if whole is not None and whole != WHOLE_BASE:
                implies((part, True), (whole, True))
            if relation.kind == PARTITION:
                for other in names:
                    if other != part:
                        implies((part, True), (other, False))
        if relation.kind == PARTITION and whole == WHOLE_BASE and len(names) == 2:
            implies((names[0], False), (names[1], True))
    return found


def _item(text: str) -> str | None:
    """Read an item of everybody; None for a part of another base, a domain, a group or another wave."""
    if text.startswith("@"):
        return None
    key = Key.parse(text)
    return key.item if key == Key(key.item) else None


def _closure(implied: dict[Side, set[Side]], start: Side) -> set[Side]:
    """Follow implications; the start itself is left out."""
    found, waiting = {start}, [start]
    while waiting:
        for side in implied.get(waiting.pop(), set()) - found:
            found.add(side)
            waiting.append(side)
    return found - {start}
