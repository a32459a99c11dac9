"""Which figures belong to a set that a claim ranks, and which of them are not printed?"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from aibaro.consistency.intervals import add, subtract
from aibaro.facts import Facts, Key
from aibaro.ledger._quantity import best
from aibaro.rounding import Interval


def unprinted(facts: Facts, reference: str) -> tuple[str, ...]:
    """List the members of a set that are not printed: items of ``items.csv`` and levels that a glob means."""
    if "*" not in reference:
        return ()
    key, survey = Key.parse(reference), facts.survey
    names = dict.fromkeys([*map(str, survey.items["item"]), *(fact.key.item for fact in facts)])
    items = [item for item in names if fnmatchcase(item, key.item)]
    # an item that sums others up, such as "any of them", is no member of their set
    wholes = _wholes(facts)
    items = [item for item in items if not set(wholes.get(item, ())) & set(items)]
    levels = [key.level]
    if "*" in key.level:
        levels = [str(level) for level in survey.levels.loc[survey.levels["domain"] == key.domain, "level"]]
    keys = [key.about(item=item, level=level) for item in items for level in levels]
    return tuple(str(member) for member in keys if best(facts, member) is None)


def _wholes(facts: Facts) -> Mapping[str, tuple[str, ...]]:
    """Items that others make up, with their parts."""
    return {
        Key.parse(relation.whole).item: tuple(Key.parse(part).item for part in relation.parts)
        for relation in facts.relations
        if relation.kind in {"union", "exhaustive"} and not relation.whole.startswith("@")
    }


def value_of(facts: Facts, fact: str) -> Interval | None:
    """Return the values of a fact, printed or left by a whole and its other parts; None where print leaves it open."""
    figure = best(facts, fact)
    if figure is not None:
        return figure.band(facts.rounding)
    for relation in facts.relations:
        if relation.kind != "exhaustive" or fact not in relation.parts or relation.whole.startswith("@"):
            continue
        whole, others = best(facts, relation.whole), [best(facts, part) for part in relation.parts if part != fact]
        if whole is not None and all(other is not None for other in others):
            bands = [other.band(facts.rounding) for other in others if other is not None]
            return subtract(whole.band(facts.rounding), add(bands))
    return None
