"""Statements from the relations that a survey declares: sums, unions, subsets, classes, differences, ratios."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from aibaro.consistency import _arithmetic as say
from aibaro.consistency._sources import Sources, counted_alike, formed, generator, linear, size_of_counts
from aibaro.consistency.statement import HUNDRED, ONE, ZERO, ShareOfBase, Statement
from aibaro.facts import Fact, Key, Relation
from aibaro.facts.bases import counted

SUMMED = ("share", "count", "weighted_base", "number")
Place = tuple[str, str, str, str]


@generator(40)
def from_relations(sources: Sources) -> Iterator[Statement]:
    """Apply every declared relation wherever its figures are printed."""
    for statement in _all(sources):
        # a flow that is declared to balance is counted in one way, unless print says otherwise
        said = {fact.weighted for fact in statement.figures}
        if counted_alike(statement.figures) or (statement.kind == "balance" and not {"yes", "no"} <= said):
            yield statement


def _all(sources: Sources) -> Iterator[Statement]:
    for relation in sources.facts.relations:
        if relation.status == "proposed" or relation.kind in {"mixture", "count"}:
            continue
        if relation.whole in relation.parts:
            continue  # a whole that is its own part says nothing; the reader reports it
        make = _KINDS.get(relation.kind)
        if make is not None:
            yield from make(sources, relation)
    yield from _classes(sources)


def _contexts(sources: Sources, keys: Sequence[Key]) -> list[tuple[Place, str]]:
    """Places and measures at which at least one part is printed."""
    found: dict[tuple[Place, str], None] = {}
    for key in keys:
        measures = (key.measure,) if key.measure != "share" else SUMMED
        for measure in measures:
            for fact in sources.by_item.get((key.item, key.base, measure), ()):
                domain, level, wave, group = fact.key.place
                if key.domain:
                    if (domain, level) != (key.domain, key.level):
                        continue
                    domain = level = ""
                if (key.wave and key.wave != wave) or (key.group and key.group != group):
                    continue
                found[(domain, level, wave, group), measure] = None
    return list(found)


def _at(key: Key, place: Place, measure: str) -> Key:
    """A key of a relation at a place; what it names itself stays."""
    domain, level, wave, group = place
    if key.domain:
        domain, level = key.domain, key.level
    return key.about(
        domain=domain, level=level, wave=key.wave or wave, group=key.group or group, measure=_measure(key, measure)
    )


def _measure(key: Key, measure: str) -> str:
    return key.measure if key.measure != "share" else measure


def _name(relation: Relation, kind: str, place: Place, measure: str, extra: str = "") -> str:
    domain, level, wave, group = place
    where = [f"{domain}={level}"] if domain else []
    where += [f"wave={wave}"] if wave else []
    where += [f"group={group}"] if group else []
    where += [f"measure={measure}"] if measure != "share" else []
    return "|".join([f"{kind}:{relation.name}", *where]) + (f":{extra}" if extra else "")


def _whole(
    sources: Sources, relation: Relation, place: Place, measure: str, parts: Sequence[Fact | None] = ()
) -> tuple[Fact | None, Fraction | None]:
    """The figure of the whole, or the constant 100; nothing where it is not printed."""
    if relation.whole.startswith("@"):
        if measure == "share":
            return None, HUNDRED
        said = [part.weighted for part in parts if part is not None]
        said += ["yes"] if measure == "weighted_base" else []
        size = size_of_counts(sources, Key.parse(relation.whole).base, place, said)
        return (sources.figure(size.key) if size is not None else None), None
    return sources.figure(_at(Key.parse(relation.whole), place, measure)), None


def _signed(text: str) -> tuple[Key, Fraction]:
    """A part, with the sign that stands before it in a balance."""
    return (Key.parse(text[1:]), -ONE) if text.startswith("-") else (Key.parse(text), ONE)


def _sums(sources: Sources, relation: Relation) -> Iterator[Statement]:
    """Parts that add to their whole, or to at most their whole where some part is not printed."""
    signed = [_signed(part) for part in relation.parts]
    keys = [key for key, _ in signed]
    for place, measure in _contexts(sources, keys):
        found = [sources.figure(_at(key, place, measure)) for key in keys]
        whole, constant = _whole(sources, relation, place, measure, found)
        printed = [(fact, sign) for fact, (_, sign) in zip(found, signed, strict=True) if fact is not None]
        if not printed or (whole is None and constant is None):
            continue
        if whole is not None and any(fact.key == whole.key for fact, _ in printed):
            continue
        complete = len(printed) == len(found)
        exact = relation.kind in {"exhaustive", "balance"} and complete
        if not exact and (any(sign < 0 for _, sign in printed) or (len(printed) < 2 and constant is not None)):
            continue
        if measure == "count" and relation.whole.startswith("@") and sources.response != ONE:
            exact = False  # who did not answer the item is in none of its answers
        kind = relation.kind if exact or relation.kind == "exclusive" else "exclusive"
        terms = [*printed, *([(whole, -ONE)] if whole is not None else [])]
        yield linear(
            _name(relation, kind, place, measure),
            kind,
            terms,
            "=" if exact else "<=",
            constant if constant is not None else ZERO,
            explain=say.total if exact else say.at_most,
            rests_on=(relation.name,),
            result=whole.key if whole is not None else None,
        )


def nets(sources: Sources) -> Iterator[tuple[Fact, tuple[Fact | None, ...]]]:
    """Printed figures that relations call the sum of others, with those others where they are printed."""
    for relation in sources.facts.relations:
        if relation.status == "proposed" or relation.kind != "exhaustive" or relation.whole.startswith("@"):
            continue
        of, parts = Key.parse(relation.whole), [Key.parse(part) for part in relation.parts]
        for measure in SUMMED:
            for whole in sources.by_item.get((of.item, of.base, measure), ()):
                if not of.domain or (of.domain, of.level) == (whole.key.domain, whole.key.level):
                    yield whole, tuple(sources.figure(_at(part, whole.key.place, measure)) for part in parts)


def _unions(sources: Sources, relation: Relation) -> Iterator[Statement]:
    """A union is at least each part and at most the sum of all."""
    keys = [Key.parse(part) for part in relation.parts]
    for place, measure in _contexts(sources, keys):
        found = [sources.figure(_at(key, place, measure)) for key in keys]
        whole, constant = _whole(sources, relation, place, measure, found)
        if whole is None:
            if constant is not None and all(found):  # parts that cover their base
                terms = [(fact, ONE) for fact in found if fact is not None]
                name = _name(relation, "union", place, measure)
                yield linear(name, "union", terms, ">=", constant, explain=say.at_least, rests_on=(relation.name,))
            continue
        for fact in found:
            if fact is not None and fact.key != whole.key:
                yield linear(
                    _name(relation, "union", place, measure, str(fact.key)),
                    "union",
                    [(fact, ONE), (whole, -ONE)],
                    "<=",
                    ZERO,
                    explain=say.part_of,
                    rests_on=(relation.name,),
                )
        if all(fact is not None and fact.key != whole.key for fact in found):
            terms = [(fact, ONE) for fact in found if fact is not None]
            yield linear(
                _name(relation, "union", place, measure),
                "union",
                [*terms, (whole, -ONE)],
                ">=",
                ZERO,
                explain=say.at_least,
                rests_on=(relation.name,),
                result=None,
            )


def _subsets(sources: Sources, relation: Relation) -> Iterator[Statement]:
    """A part is at most its whole."""
    top = Key.parse(relation.whole) if not relation.whole.startswith("@") else None
    for part in relation.parts:
        key = Key.parse(part)
        if top is not None and top.base != key.base and top.measure == key.measure == "share":
            measures = {"count"}  # shares of different bases do not compare
        else:
            measures = set(SUMMED)
        for place, measure in _contexts(sources, [key]):
            fact = sources.figure(_at(key, place, measure))
            whole, constant = _whole(sources, relation, place, measure, [fact])
            if fact is None or whole is None or constant is not None or measure not in measures:
                continue
            if fact.key == whole.key:
                continue
            yield linear(
                _name(relation, "subset", place, measure, str(key)),
                "subset",
                [(fact, ONE), (whole, -ONE)],
                "<=",
                ZERO,
                explain=say.part_of,
                rests_on=(relation.name,),
            )


def _differences(sources: Sources, relation: Relation) -> Iterator[Statement]:
    """Points are what is now less what was before."""
    if len(relation.parts) != 2 or relation.whole.startswith("@"):
        return
    keys, top = [Key.parse(part) for part in relation.parts], Key.parse(relation.whole)
    for place, measure in _contexts(sources, [keys[0]]):
        now, before = (sources.figure(_at(key, place, measure)) for key in keys)
        points = sources.figure(_at(top.about(measure="points"), place, "points")) or sources.figure(
            _at(top, place, measure)
        )
        if now is not None and before is not None and points is not None:
            yield linear(
                _name(relation, "difference", place, measure),
                "difference",
                [(now, ONE), (before, -ONE), (points, -ONE)],
                "=",
                ZERO,
                explain=say.difference,
                rests_on=(relation.name,),
                result=points.key,
            )


def _ratios(sources: Sources, relation: Relation) -> Iterator[Statement]:
    """A share is one figure in percent of another."""
    if len(relation.parts) != 2 or relation.whole.startswith("@"):
        return
    keys, top = [Key.parse(part) for part in relation.parts], Key.parse(relation.whole)
    for place, measure in _contexts(sources, [keys[0]]):
        first, second = (sources.figure(_at(key, place, measure)) for key in keys)
        share = sources.figure(_at(top, place, "share")) or sources.figure(_at(top, place, "ratio"))
        if first is None or second is None or share is None:
            continue
        scale = HUNDRED if share.key.measure == "share" else ONE
        yield formed(
            _name(relation, "ratio", place, measure),
            "ratio",
            [(share, second.value or ZERO), (first, -scale), (second, ZERO)],
            "=",
            ZERO,
            form=ShareOfBase(share.key, second.key, first.key, scale),
            explain=say.ratio,
            rests_on=(relation.name,),
            result=share.key,
        )


def _classes(sources: Sources) -> Iterator[Statement]:
    """Classes of a multiple response: how many of the parts were named, against the sum of the parts."""
    grouped: dict[tuple[str, ...], list[tuple[Relation, str, str]]] = {}
    for relation in sources.facts.relations:
        split = counted(relation.whole) if relation.kind == "count" and relation.status != "proposed" else None
        if split is not None:
            grouped.setdefault(relation.parts, []).append((relation, *split))
    for parts, classes in grouped.items():
        keys = [Key.parse(part) for part in parts]
        for place, measure in _contexts(sources, keys):
            found = [sources.figure(_at(key, place, measure)) for key in keys]
            if any(fact is None for fact in found):
                continue
            features = [(fact, ONE) for fact in found if fact is not None]
            yield from _counted(sources, classes, features, place, measure)


def _counted(
    sources: Sources,
    classes: Sequence[tuple[Relation, str, str]],
    features: Sequence[tuple[Fact, Fraction]],
    place: Place,
    measure: str,
) -> Iterator[Statement]:
    exactly: dict[int, tuple[Relation, Fact]] = {}
    at_least: dict[int, tuple[Relation, Fact]] = {}
    for relation, item, threshold in classes:
        fact = sources.figure(_at(Key.parse(item), place, measure))
        number = int(threshold.lstrip("<>="))
        if fact is not None and threshold[0] == "=":
            exactly[number] = (relation, fact)
        elif fact is not None and threshold[0] == ">":
            at_least[number] = (relation, fact)
    if not exactly and not at_least:
        return
    for number, (relation, fact) in at_least.items():
        yield linear(
            _name(relation, "count", place, measure),
            "count",
            [*features, (fact, -Fraction(number))],
            ">=",
            ZERO,
            explain=say.classes,
            rests_on=(relation.name,),
        )
    tops = [number for number in at_least if set(range(1, number)) <= set(exactly)]
    if not tops:
        return
    top = min(tops)
    relation, last = at_least[top]
    low = [(exactly[k][1], -Fraction(k)) for k in range(1, top)]
    names = tuple(dict.fromkeys([*(exactly[k][0].name for k in range(1, top)), relation.name]))
    for sign, weight in ((">=", top), ("<=", len(features))):
        yield linear(
            _name(relation, "count", place, measure, sign),
            "count",
            [*features, *low, (last, -Fraction(weight))],
            sign,
            ZERO,
            explain=say.classes,
            rests_on=names,
        )


_KINDS = {
    "exhaustive": _sums,
    "exclusive": _sums,
    "balance": _sums,
    "union": _unions,
    "subset": _subsets,
    "difference": _differences,
    "ratio": _ratios,
}
