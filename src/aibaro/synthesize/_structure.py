"""Which answers belong together, and in which order can rows be filled?  Read from bases and relations alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aibaro.errors import UnsupportedError
from aibaro.facts import Facts, Key, Relation, facts_of
from aibaro.published import PublishedSurvey
from aibaro.synthesize._memberships import BaseCell, ItemCondition, Membership, base_of, cells
from aibaro.synthesize._reproduction import TargetShare

_THRESHOLD = re.compile(r"(?P<rule>=|>=)(?P<number>\d+)$")
_KINDS = ("union", "count", "exhaustive", "subset")


@dataclass(frozen=True, slots=True)
class Tie:
    """A logical relation between items.

    Parameters
    ----------
    kind : {"union", "count", "exhaustive", "subset"}
        As in ``relations.csv``.
    parts : tuple of str
        Items.
    whole : str
        Item; empty when the whole is a base.
    base : str
        Membership in which it holds; empty for everywhere.
    low, high : int
        Numbers of parts that make the whole true, for unions and counts.
    """

    kind: str
    parts: tuple[str, ...]
    whole: str
    base: str
    low: int = 1
    high: int = 0

    @property
    def items(self) -> tuple[str, ...]:
        """All items that it names."""
        return (*self.parts, *((self.whole,) if self.whole else ()))


@dataclass(frozen=True, slots=True)
class Family:
    """Items of which print counts how many a respondent has.

    Parameters
    ----------
    parts : tuple of str
        The items.
    classes : tuple of (int, int)
        Ranges of the number of items that print tells apart, from (0, ...) upward.
    split : tuple of int
        Exact numbers for which print gives shares of single items.
    """

    parts: tuple[str, ...]
    classes: tuple[tuple[int, int], ...]
    split: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlacedFigure:
    """A figure seen from the items that its component fills.

    Parameters
    ----------
    figure : TargetShare
        The figure.
    outer : Membership
        Its base as far as earlier components decide it.
    inner : ItemCondition or None
        What the component's own items add to the base.
    """

    figure: TargetShare
    outer: Membership
    inner: ItemCondition | None


@dataclass(frozen=True, slots=True)
class ItemComponent:
    """Items that relations tie together, and all that print says about them.

    Parameters
    ----------
    items : tuple of str
        The items.
    families : tuple of Family
        Items counted together.
    relations : tuple of Tie
        Relations among them.
    figures : tuple of PlacedFigure
        Figures about them.
    cells : tuple of BaseCell
        Respondents that answer them, split by the bases of the figures.
    steps : tuple of Step
        Order in which rows are filled.
    bases : tuple of (Membership, Membership, ItemCondition)
        Bases with a printed number of respondents that these items decide: the base, its outer part, the condition.
    """

    items: tuple[str, ...]
    families: tuple[Family, ...]
    relations: tuple[Tie, ...]
    figures: tuple[PlacedFigure, ...]
    cells: tuple[BaseCell, ...]
    steps: tuple[Step, ...]
    bases: tuple[tuple[Membership, Membership, ItemCondition], ...]


def read_ties(survey: PublishedSurvey | Facts) -> tuple[Tie, ...]:
    """Read the relations between items; relations between bases (mixtures) and proposed ones are left out.

    Examples
    --------
    >>> from aibaro.published import load
    >>> read_ties(load("flanders-2023"))[0].whole
    'at_least_one'
    """
    facts = facts_of(survey)
    items = facts.survey.items
    kinds = dict(zip(items["item"], items["type"], strict=True)) if "type" in items else {}
    found = []
    for relation in facts.relations:
        if relation.kind not in _KINDS or relation.status == "proposed":
            continue
        tie = _tie(facts, relation)
        if not all(kinds.get(item, "") in {"", "indicator"} for item in tie.items):
            continue
        # each part of a subset is a statement of its own, which holds without the others
        split = [replace(tie, parts=(part,)) for part in tie.parts]
        found += split if tie.kind == "subset" else [tie]
    return tuple(found)


def _tie(facts: Facts, relation: Relation) -> Tie:
    threshold = _THRESHOLD.search(relation.whole)
    head = relation.whole if threshold is None else relation.whole[: threshold.start()]
    keys = [Key.parse(part) for part in relation.parts]
    # a whole that starts with @ is a base, one without it an item
    whole = None if head.startswith("@") else Key.parse(head)
    if any(key.domain for key in keys) or "|" in head:
        raise UnsupportedError(
            "a relation within a domain is not supported",
            where=f"{facts.survey.name}/relations.csv",
            parameter=relation.kind,
            expected="items with a base",
            got=f"{' '.join(relation.parts)} -> {relation.whole}",
        )
    named = [part.partition("@")[2] for part in (*relation.parts, head)]
    bases = sorted(set(named) - {""})
    if len(bases) > 1:
        raise UnsupportedError(
            "parts of a relation have different bases",
            where=f"{facts.survey.name}/relations.csv",
            parameter=relation.kind,
            expected="one base",
            got=", ".join(bases),
        )
    items = tuple(dict.fromkeys(key.item for key in keys))
    low, high = 1, len(items)
    if threshold is not None:
        low = int(threshold["number"])
        high = low if threshold["rule"] == "=" else len(items)
    return Tie(relation.kind, items, "" if whole is None else whole.item, bases[0] if bases else "", low, high)


def build_components(
    survey: PublishedSurvey, figures: Sequence[TargetShare], bases: Mapping[str, Membership]
) -> tuple[ItemComponent, ...]:
    """Group items that must be filled together and order the groups.

    Examples
    --------
    >>> from aibaro.design import Design
    >>> from aibaro.published import load
    >>> from aibaro.synthesize._memberships import read_memberships
    >>> from aibaro.synthesize._reproduction import collect_targets
    >>> survey = load("flanders-2023")
    >>> figures, _ = collect_targets(survey, Design.from_strata(survey.strata))
    >>> "at_least_one" in build_components(survey, figures, read_memberships(survey))[0].items
    True
    """
    used = {f.base: base_of(bases, f.base, survey.name) for f in figures}
    conditions = list(dict.fromkeys(c for base in used.values() for c in base.conditions))
    items = dict.fromkeys([f.item for f in figures] + [part for c in conditions for part in c.parts])
    relations = _relevant(read_ties(survey), items)
    groups = _groups(list(items), [set(r.items) for r in relations] + [set(c.parts) for c in conditions])
    parts = [_component(survey.name, group, figures, bases, relations) for group in groups]
    return _ordered(survey, parts)


def _relevant(relations: Sequence[Tie], items: dict[str, None]) -> tuple[Tie, ...]:
    """Keep relations that bind items print speaks about; items that they determine are added."""
    kept: dict[Tie, None] = {}
    while True:
        before = len(kept)
        for relation in relations:
            missing = [item for item in relation.items if item not in items]
            wanted = {
                "exhaustive": len(missing) <= 1,
                "subset": not missing,
                "union": relation.whole in items and len(missing) < len(relation.parts),
                "count": relation.whole in items and len(missing) < len(relation.parts),
            }
            if relation not in kept and wanted[relation.kind]:
                kept[relation] = None
                items.update(dict.fromkeys(missing))
        if len(kept) == before:
            return tuple(kept)


def _groups(items: Sequence[str], ties: Sequence[set[str]]) -> list[list[str]]:
    group = {item: index for index, item in enumerate(items)}
    for tie in ties:
        indices = {group[item] for item in tie}
        for item in items:
            if group[item] in indices:
                group[item] = min(indices)
    return [[item for item in items if group[item] == index] for index in sorted(set(group.values()))]


def _component(
    where: str,
    items: Sequence[str],
    figures: Sequence[TargetShare],
    bases: Mapping[str, Membership],
    relations: Sequence[Tie],
) -> ItemComponent:
    used = {f.base: bases[f.base] for f in figures}
    own_relations = tuple(r for r in relations if r.items[0] in items)
    placed = tuple(_place(f, used[f.base], items) for f in figures if f.item in items)
    composite = {r.whole for r in own_relations if r.kind != "subset" and r.whole}
    counted = [r for r in own_relations if r.kind in {"union", "count"} and not set(r.parts) & composite]
    inner = [c for base in used.values() for c in base.conditions if set(c.parts) <= set(items)]
    ranges = [(r.parts, r.low, r.high) for r in counted] + [(c.parts, c.low, c.high) for c in inner]
    families = _families(where, ranges, placed)
    outer = list({p.outer.conditions: p.outer for p in placed}.values()) or [Membership("all", ())]
    split = [(base, *split_base(base, items)) for base in bases.values() if base.respondents is not None]
    numbered = tuple(
        (b, out, inn)
        for b, out, inn in split
        if inn is not None and any(set(inn.parts) == set(f.parts) for f in families) and covered(out, outer)
    )
    home = cells(outer)
    steps = filling_order(where, tuple(items), families, own_relations, [c.name for c in home])
    return ItemComponent(tuple(items), families, own_relations, placed, home, steps, numbered)


def split_base(base: Membership, items: Sequence[str]) -> tuple[Membership, ItemCondition | None]:
    """Part a base's conditions into those that other items decide and those that these items decide."""
    inner = [c for c in base.conditions if set(c.parts) <= set(items)]
    outer = tuple(c for c in base.conditions if c not in inner)
    name = base.name if not inner else (f"{base.parent}" if outer and base.parent else "all")
    kept = Membership(name, outer, None, "", None)
    if not inner:
        return kept, None
    merged = ItemCondition(inner[0].parts, max(c.low for c in inner), min(c.high for c in inner))
    if any(c.parts != merged.parts for c in inner):
        raise UnsupportedError(
            "a base counts two sets of items of one group",
            where="bases.csv",
            got=base.name,
            expected="one any(...) or count(...) a group of related items",
        )
    return kept, merged


def covered(base: Membership, outer: Sequence[Membership]) -> bool:
    """Tell whether everybody in a base answers items that are asked of other bases."""
    return all(len(cell.inside) > 1 or cell.inside[0] is not base for cell in cells([*outer, base]))


def _place(figure: TargetShare, base: Membership, items: Sequence[str]) -> PlacedFigure:
    outer, inner = split_base(base, items)
    return PlacedFigure(figure, outer, inner)


def _families(
    where: str, ranges: Sequence[tuple[tuple[str, ...], int, int]], placed: Sequence[PlacedFigure]
) -> tuple[Family, ...]:
    families: list[Family] = []
    for parts in dict.fromkeys(parts for parts, _, _ in ranges):
        if any(set(parts) & set(f.parts) for f in families):
            raise UnsupportedError(
                "items are counted in sets that overlap",
                where=where,
                expected="sets that are equal or disjoint",
                got=", ".join(parts),
            )
        own = [(low, high) for p, low, high in ranges if p == parts]
        cuts = {0, *(low for low, _ in own), *(high + 1 for _, high in own)}
        inner = [p for p in placed if p.inner and p.inner.parts == parts and p.figure.item in parts]
        split = sorted({p.inner.low for p in inner if p.inner and p.inner.low == p.inner.high})
        cuts |= {k for number in split for k in (number, number + 1)}
        starts = sorted(c for c in cuts if c <= len(parts))
        classes = tuple(zip(starts, [s - 1 for s in starts[1:]] + [len(parts)], strict=True))
        families.append(Family(parts, classes, tuple(k for k in split if 0 < k < len(parts))))
    return tuple(families)


def _ordered(survey: PublishedSurvey, components: Sequence[ItemComponent]) -> tuple[ItemComponent, ...]:
    """Put components after those that decide their bases."""
    left, done = list(components), []
    decided: set[str] = set()
    while left:
        ready = [
            c
            for c in left
            if {
                part
                for cell in c.cells
                for b in (*cell.inside, *cell.outside)
                for cond in b.conditions
                for part in cond.parts
            }
            <= decided
        ]
        if not ready:
            raise UnsupportedError(
                "bases define each other in a circle",
                where=f"{survey.name}/bases.csv",
                expected="bases decided by items asked of earlier bases",
                got=", ".join(c.items[0] for c in left),
            )
        ready.sort(key=lambda c: not c.families)
        chosen = ready[0]
        done.append(chosen)
        left.remove(chosen)
        decided |= set(chosen.items)
    return tuple(done)


@dataclass(frozen=True, slots=True)
class Count:
    """Fill items that are counted together.

    Parameters
    ----------
    family : Family
        The items.
    """

    family: Family


@dataclass(frozen=True, slots=True)
class Derive:
    """Read an item off others.

    Parameters
    ----------
    item : str
        The item.
    kind : {"number", "rest"}
        True where `low` to `high` of the parts are, or where the whole is and no part is.
    parts : tuple of str
        Items that are filled already.
    low, high : int
        Range of the number of parts.
    whole : str
        Item for ``rest``; empty for the whole cell.
    """

    item: str
    kind: str
    parts: tuple[str, ...]
    low: int = 1
    high: int = 0
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Pick:
    """Assign at most one of several items to respondents drawn at random.

    Parameters
    ----------
    options : tuple of str
        The items.
    among : str
        Only respondents with this item; empty for the whole cell.
    apart : tuple of str
        Never respondents with one of these.
    covers : tuple of str
        Always respondents with one of these.
    """

    options: tuple[str, ...]
    among: str = ""
    apart: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()


Step = Count | Derive | Pick


def filling_order(
    where: str,
    items: Sequence[str],
    families: Sequence[Family],
    relations: Sequence[Tie],
    cells: Sequence[str],
) -> tuple[Step, ...]:
    """Order the items of a component.

    Examples
    --------
    >>> from aibaro.synthesize._structure import Tie
    >>> split = Tie("exhaustive", ("up", "down"), "", "all")
    >>> filling_order("demo", ["up", "down"], [], [split], ["all"])[0].options
    ('up', 'down')
    """
    known: set[str] = {part for family in families for part in family.parts}
    steps: list[Step] = [Count(family) for family in families]
    while known != set(items):
        step = _derive(relations, known) or _pick(relations, known) or _free(items, relations, known)
        if step is None:
            left = [item for item in items if item not in known]
            raise UnsupportedError(
                "no order fills these items one after the other",
                where=f"{where}/relations.csv",
                expected="relations that form a tree",
                got=", ".join(left),
                hint=f"cells: {', '.join(cells)}; leave out a relation",
            )
        steps.append(step)
        known |= {step.item} if isinstance(step, Derive) else set(step.options) if isinstance(step, Pick) else set()
    return tuple(steps)


def _derive(relations: Sequence[Tie], known: set[str]) -> Step | None:
    for r in relations:
        unknown = [part for part in r.parts if part not in known]
        if r.kind in {"union", "count"} and not unknown and r.whole not in known:
            return Derive(r.whole, "number", r.parts, r.low, r.high)
        if r.kind != "exhaustive":
            continue
        if not unknown and r.whole and r.whole not in known:
            return Derive(r.whole, "number", r.parts, 1, len(r.parts))
        if len(unknown) == 1 and (not r.whole or r.whole in known):
            return Derive(unknown[0], "rest", tuple(p for p in r.parts if p != unknown[0]), whole=r.whole)
    return None


def _composite(relations: Sequence[Tie]) -> set[str]:
    return {r.whole for r in relations if r.kind != "subset" and r.whole}


def _pick(relations: Sequence[Tie], known: set[str]) -> Step | None:
    """Choose the exclusive set that is ready: first those whose whole is known, then the larger."""
    ready = []
    for index, r in enumerate(relations):
        options = tuple(part for part in r.parts if part not in known)
        if r.kind != "exhaustive" or not options or set(options) & _composite(relations):
            continue
        settled = not r.whole or r.whole in known
        wholes = {s.whole for s in relations if s.kind == "subset" and set(s.parts) & set(options)}
        if wholes - known or (wholes and ((settled and r.whole) or len(wholes) > 1)):
            continue
        among = next(iter(wholes), r.whole if settled else "")
        apart = tuple(part for part in r.parts if part in known)
        pick = Pick(options, among, apart, _options_covered(options, relations, known))
        ready.append((not settled, -len(options), index, pick))
    return min(ready)[3] if ready else None


def _free(items: Sequence[str], relations: Sequence[Tie], known: set[str]) -> Step | None:
    bound = _composite(relations) | {p for r in relations if r.kind == "exhaustive" for p in r.parts}
    for item in items:
        wholes = {r.whole for r in relations if r.kind == "subset" and item in r.parts}
        if item in known or item in bound or wholes - known or len(wholes) > 1:
            continue
        return Pick((item,), next(iter(wholes), ""), (), _options_covered((item,), relations, known))
    return None


def _options_covered(options: Sequence[str], relations: Sequence[Tie], known: set[str]) -> tuple[str, ...]:
    parts = (p for r in relations if r.kind == "subset" and r.whole in options for p in r.parts if p in known)
    return tuple(dict.fromkeys(parts))
