"""Statements that a whole is the mixture of its classes: shares known, known within ends, common, or free."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

from aibaro.consistency import _arithmetic as say
from aibaro.consistency._sources import Sources, formed, generator, linear, usable
from aibaro.consistency.statement import ONE, ZERO, Link, Mass, Mixture, Statement
from aibaro.facts import Fact, Key, Relation
from aibaro.facts.bases import within_parent
from aibaro.published.schema import CROSS, WHOLE_BASE

MIXED = ("share", "mean")


@dataclass(frozen=True, slots=True)
class Shares:
    """How much each class weighs, and what that rests on."""

    masses: tuple[Mass, ...]
    rests_on: tuple[str, ...]
    response: Fraction = ONE
    shown: bool = False

    @property
    def exact(self) -> tuple[Fraction, ...] | None:
        """The shares, where they are known exactly."""
        if any(m.low != m.high or m.share or m.size for m in self.masses) or self.response != ONE:
            return None
        total = sum((m.low for m in self.masses), ZERO)
        return tuple(m.low / total for m in self.masses) if total else None


@generator(50)
def mixtures(sources: Sources) -> Iterator[Statement]:
    """Every mixture whose whole and classes are printed."""
    seen: set[tuple[Key, tuple[Key, ...]]] = set()
    for statement in _all(sources):
        if isinstance(statement.form, Link):
            yield statement
            continue
        made = (statement.figures[-1].key, tuple(sorted(f.key for f in statement.figures[:-1])))
        if statement.binding == "yes":
            if made in seen:
                continue
            seen.add(made)
        yield statement


def _all(sources: Sources) -> Iterator[Statement]:
    for (item, *_, measure), table in list(sources.tables.items()):
        if measure not in MIXED or item in sources.rates:
            continue
        for domain, levels in table.items():
            for finer in table:
                yield from _finer(sources, domain, levels, finer, table[finer])
    yield from _declared(sources)
    yield from _inside(sources)


def _finer(
    sources: Sources, domain: str, wholes: Mapping[str, Fact], finer: str, parts: Mapping[str, Fact]
) -> Iterator[Statement]:
    """Wholes at the levels of a domain, classes at a domain that splits it by one variable more."""
    extra = [name for name in finer.split(CROSS) if name not in domain.split(CROSS)] if finer else []
    if len(extra) != 1 or len(finer.split(CROSS)) != len(domain.split(CROSS) if domain else []) + 1:
        return
    for level, whole in wholes.items():
        inside = _inside_of(parts, finer, domain, level)
        if len(inside) < 2:
            continue
        yield from _mixture(sources, whole, inside, finer)


def _inside_of(parts: Mapping[str, Fact], finer: str, domain: str, level: str) -> dict[str, Fact]:
    names, outer = finer.split(CROSS), dict(zip(domain.split(CROSS), level.split(CROSS), strict=True)) if domain else {}
    found = {}
    for label, fact in parts.items():
        labels = dict(zip(names, label.split(CROSS), strict=True))
        if all(labels[name] == value for name, value in outer.items()):
            found[label] = fact
    return found


def _mixture(sources: Sources, whole: Fact, parts: Mapping[str, Fact], domain: str) -> Iterator[Statement]:
    figures = list(parts.values())
    kinds = {sources.weighting(fact) for fact in (*figures, whole)}
    if len(kinds) != 1:
        return
    kind = kinds.pop()
    levels = _partition(sources, whole, domain, set(parts))
    if levels is None or set(levels) != set(parts):
        return
    name = f"mixture:{whole.key}:{domain}"
    known = _known(sources, kind, whole, domain, list(parts))
    if known is not None:
        yield _state(sources, name, whole, figures, known)
        return
    yield _between(name, whole, figures)
    shown = _populations(sources, whole, domain, list(parts))
    if shown is not None:
        yield _state(sources, f"{name}:shown", whole, figures, shown, binding="shown")


def _partition(sources: Sources, whole: Fact, domain: str, printed: set[str]) -> set[str] | None:
    """Levels of a domain that make up their whole, where that is known."""
    facts, key = sources.facts, whole.key
    names = domain.split(CROSS)
    if set(names) <= set(facts.variables):
        outer = dict(zip(key.domain.split(CROSS), key.level.split(CROSS), strict=True)) if key.domain else {}
        found = set()
        for level, count in facts.margin(domain).items():
            labels = dict(zip(names, level.split(CROSS), strict=True))
            if count and all(labels.get(name) == value for name, value in outer.items()):
                found.add(level)
        return found
    for weighted in ("yes", "no"):
        size = facts.size(key.base, *key.place, weighted=weighted)
        parts = [facts.size(key.base, domain, level, key.wave, key.group, weighted) for level in printed]
        if size is None or not usable(size) or not all(part is not None and usable(part) for part in parts):
            continue
        total = sum((part.value or ZERO for part in parts if part is not None), ZERO)
        exact = size.exact and all(part is not None and part.exact for part in parts)
        room = ZERO if exact else Fraction(len(parts) + 1, 2)
        if abs(total - (size.value or ZERO)) <= room:
            return printed
    return None


def _known(sources: Sources, kind: str, whole: Fact, domain: str, levels: Sequence[str]) -> Shares | None:
    """Masses of the classes as far as the weighting says."""
    facts, key = sources.facts, whole.key
    own = not (key.wave or key.group)
    if kind == "none":
        return _answers(sources, whole, domain, levels)
    names = set(domain.split(CROSS))
    met = facts.weighting(whole).kind == "cells" or (
        facts.weighting(whole).kind == "margins" and len(names) == 1 and facts.weighting(whole).meets(domain)
    )
    if own and met and names <= set(facts.variables):
        return _populations(sources, whole, domain, levels)
    sizes = [facts.size(key.base, domain, level, key.wave, key.group, "yes") for level in levels]
    if all(size is not None and usable(size) for size in sizes):
        masses = tuple(Mass(ONE, ONE, size=size.key) for size in sizes if size is not None)
        return Shares(_loosened(sources, masses), ("weighted bases", *_given(sources)), sources.response)
    return None


def _given(sources: Sources) -> tuple[str, ...]:
    return () if sources.response == ONE else sources.response_given


def _loosened(sources: Sources, masses: Sequence[Mass]) -> tuple[Mass, ...]:
    """A class weighs what those who answered the item weigh; a share was asked too, of those who answered it."""
    rate = sources.response
    return tuple(replace(m, low=m.low * (rate * rate if m.share is not None else rate), floor=rate) for m in masses)


def _answers(sources: Sources, whole: Fact, domain: str, levels: Sequence[str]) -> Shares | None:
    """Unweighted: classes count by who answered, printed beside the item, or by their size."""
    facts, key = sources.facts, whole.key
    places = [key.about(domain=domain, level=level) for level in levels]
    answered = [facts.answered(place) for place in places]
    if all(fact is not None and usable(fact) for fact in answered):
        return Shares(tuple(Mass(ONE, ONE, size=fact.key) for fact in answered if fact is not None), ())
    sizes = [facts.size(key.base, domain, level, key.wave, key.group) for level in levels]
    if all(fact is not None and usable(fact) for fact in sizes):
        masses = tuple(Mass(ONE, ONE, size=fact.key) for fact in sizes if fact is not None)
        return Shares(_loosened(sources, masses), _given(sources), sources.response)
    if not (key.wave or key.group) and set(domain.split(CROSS)) <= set(facts.variables):
        return _populations(sources, whole, domain, levels, "respondents")
    return None


def _populations(
    sources: Sources, whole: Fact, domain: str, levels: Sequence[str], column: str = "population"
) -> Shares | None:
    """Classes count by the strata, times the share of the base in each class."""
    facts, key = sources.facts, whole.key
    counts = facts.margin(domain, column)
    if any(level not in counts for level in levels) or key.wave or key.group:
        return None
    shares: list[tuple[Key, str] | None] = [None] * len(levels)
    rests = [f"strata.csv ({column})"]
    if key.base != WHOLE_BASE:
        base = facts.bases.get(key.base)
        if base is None or base.share is None or (base.parent or WHOLE_BASE) != WHOLE_BASE:
            return None
        item, side = base.share
        found = [sources.figure(item.about(domain=domain, level=level)) for level in levels]
        if not all(fact is not None and sources.weighted_alike(fact, whole) for fact in found):
            return None
        shares = [(fact.key, side) for fact in found if fact is not None]
        rests.append("bases.csv")
    weighting, unfilled = facts.weighting(whole), {}
    if column == "population" and weighting.kind == "cells":
        unfilled = _unfilled(sources, domain)
    masses = []
    for level, share in zip(levels, shares, strict=True):
        # who stands for a stratum that nobody answered in is not printed: any class, or none
        low, high = counts[level] - unfilled.get(level, 0), counts[level] + sum(unfilled.values())
        high -= unfilled.get(level, 0)
        masses.append(Mass(Fraction(low), Fraction(high), *(share or (None, "inside"))))
    if weighting.kind in {"cells", "margins"}:
        rests.append(f"weighting = {weighting.kind}")
    return Shares(_loosened(sources, masses), (*rests, *_given(sources)), sources.response)


def _unfilled(sources: Sources, domain: str) -> dict[str, int]:
    """Population of the strata without respondents, by the levels of a domain."""
    strata, found = sources.facts.survey.strata, dict[str, int]()
    if "respondents" not in strata:
        return found
    columns = (strata[name] for name in (*domain.split(CROSS), "population", "respondents"))
    for *labels, population, respondents in zip(*columns, strict=True):
        if not respondents:
            level = CROSS.join(map(str, labels))
            found[level] = found.get(level, 0) + int(population)
    return found


def _state(
    sources: Sources, name: str, whole: Fact, parts: Sequence[Fact], shares: Shares, *, binding: str = "yes"
) -> Statement:
    exact = shares.exact
    middle = exact or _middle(sources, shares)
    terms = [*zip(parts, middle, strict=True), (whole, -ONE)]
    if exact is not None or binding == "shown":
        return linear(
            name,
            "mixture",
            terms,
            "=",
            ZERO,
            explain=say.mixture if binding == "yes" else say.mixture_shown,
            rests_on=shares.rests_on,
            result=whole.key,
            binding=binding,
        )
    form = Mixture(name, whole.key, tuple(part.key for part in parts), shares.masses)
    named = dict.fromkeys(key for mass in shares.masses for key in (mass.share, mass.size) if key is not None)
    sizes = [fact for key in named if (fact := sources.figure(key)) is not None]
    explain = partial(say.mixture if shares.response == ONE else say.mixture_loose, sizes=sizes)
    return formed(
        name, "mixture", terms, "=", ZERO, form=form, explain=explain, rests_on=shares.rests_on, result=whole.key
    )


def _middle(sources: Sources, shares: Shares) -> tuple[Fraction, ...]:
    """Shares at the printed values of what they depend on."""
    masses = []
    for mass in shares.masses:
        value = mass.high
        for key in (mass.share, mass.size):
            fact = sources.figure(key) if key is not None else None
            if fact is not None and fact.value is not None:
                inside = key is not mass.share or mass.side == "inside"
                value *= fact.value if inside else 100 - fact.value
        masses.append(value)
    total = sum(masses, ZERO)
    return tuple(m / total for m in masses) if total else tuple(Fraction(1, len(masses)) for _ in masses)


def _between(name: str, whole: Fact, parts: Sequence[Fact]) -> Statement:
    share = Fraction(1, len(parts))
    return formed(
        f"{name}:between",
        "mixture",
        [*((part, share) for part in parts), (whole, -ONE)],
        "=",
        ZERO,
        form=Mixture(name, whole.key, tuple(part.key for part in parts)),
        explain=say.between,
    )


def _declared(sources: Sources) -> Iterator[Statement]:
    """Rows of ``relations.csv`` that name a mixture: of bases, or of levels of a domain."""
    for relation in sources.facts.relations:
        if relation.kind != "mixture" or relation.status == "proposed" or relation.whole in relation.parts:
            continue
        made: list[tuple[Mixture, Statement]] = []
        for statement in _of_relation(sources, relation):
            if isinstance(statement.form, Mixture) and statement.form.table is not None:
                made.append((statement.form, statement))
            yield statement
    yield from _links(sources)


def _of_relation(sources: Sources, relation: Relation) -> Iterator[Statement]:
    specs = [_spec(part) for part in relation.parts]
    base, domain, level = _spec(relation.whole)
    for (item, own, _wave, _group, measure), table in list(sources.tables.items()):
        if measure not in MIXED or own != base:
            continue
        for place_domain, levels in table.items():
            for place_level, whole in levels.items():
                at_home = (place_domain, place_level) == (domain, level)
                if not at_home and (domain or any(part_domain for _, part_domain, _ in specs)):
                    continue
                parts = [_figure(sources, whole.key, spec) for spec in specs]
                if item and all(part is not None and sources.weighted_alike(part, whole) for part in parts):
                    yield _relation_state(sources, relation, specs, whole, [p for p in parts if p is not None])


def _spec(text: str) -> tuple[str, str, str]:
    """Base, domain and level of a class: ``@base``, ``|domain=level`` or both."""
    key = Key.parse(text if text.startswith(("@", "|")) else f"@{text}")
    return key.base, key.domain, key.level


def _figure(sources: Sources, whole: Key, spec: tuple[str, str, str]) -> Fact | None:
    base, domain, level = spec
    if domain:
        return sources.figure(whole.about(base=base, domain=domain, level=level))
    return sources.figure(whole.about(base=base))


def _relation_state(
    sources: Sources, relation: Relation, specs: Sequence[tuple[str, str, str]], whole: Fact, parts: Sequence[Fact]
) -> Statement:
    key = whole.key
    name = f"mixture:{relation.name}:{key}"
    kinds = {sources.weighting(fact) for fact in (*parts, whole)}
    domains = {domain for _, domain, _ in specs}
    if len(kinds) == 1 and len(domains) == 1 and "" not in domains and not key.domain:
        known = _known(sources, next(iter(kinds)), whole, next(iter(domains)), [level for *_, level in specs])
        if known is not None:
            return _state(sources, name, whole, parts, known)
    masses = [_base_mass(sources, spec, key) for spec in specs]
    if all(mass is not None for mass in masses):
        found = _loosened(sources, [mass for mass in masses if mass is not None])
        shares = Shares(found, (relation.name, "bases.csv", *_given(sources)), sources.response)
        return _state(sources, name, whole, parts, shares)
    share = Fraction(1, len(parts))
    # shares are common to answers that were weighted in one way
    table = (relation.name, key.domain, key.level, key.wave, key.group, sources.weighting(whole))
    loose = sources.response != ONE
    form = Mixture(name, key, tuple(part.key for part in parts), (), table, sources.response)
    rests = (relation.name, *(sources.response_given if loose else ()))
    return formed(
        name,
        "mixture",
        [*((part, share) for part in parts), (whole, -ONE)],
        "=",
        ZERO,
        form=form,
        explain=say.common_loose if loose else say.common,
        rests_on=rests,
        result=key,
    )


def _base_mass(sources: Sources, spec: tuple[str, str, str], whole: Key) -> Mass | None:
    """A class that is a base weighs its printed share of the whole's base."""
    name, domain, _ = spec
    base = sources.facts.bases.get(name)
    if domain or base is None or base.share is None or (base.parent or WHOLE_BASE) != whole.base:
        return None
    item, side = base.share
    fact = sources.figure(item.about(domain=whole.domain, level=whole.level, wave=whole.wave, group=whole.group))
    of = sources.figure(whole)
    alike = fact is not None and of is not None and sources.weighted_alike(fact, of)
    return Mass(ONE, ONE, fact.key, side) if fact is not None and alike else None


def _links(sources: Sources) -> Iterator[Statement]:
    """Common shares among a base follow from those of its parent and the base's share in each class."""
    facts = sources.facts
    tables: dict[tuple[str, tuple[tuple[str, str], ...]], Relation] = {}
    for relation in facts.relations:
        if relation.kind == "mixture" and relation.status != "proposed":
            specs = [_spec(part) for part in relation.parts]
            if all(domain for _, domain, _ in specs):
                tables[_spec(relation.whole)[0], tuple((d, lv) for _, d, lv in specs)] = relation
    for (name, classes), relation in tables.items():
        base = facts.bases.get(name)
        if base is None or base.share is None or base.share[1] != "inside":
            continue
        outer = tables.get((base.parent or WHOLE_BASE, classes))
        whole = sources.figure(base.share[0])
        if outer is None or whole is None:
            continue
        parts = [sources.figure(base.share[0].about(domain=d, level=lv)) for d, lv in classes]
        if not all(part is not None and sources.weighted_alike(part, whole) for part in parts):
            continue
        keys = tuple(part.key for part in parts if part is not None)
        place = ("", "", "", "", sources.weighting(whole))
        upper = Mixture(
            f"mixture:{outer.name}:{whole.key}", whole.key, keys, (), (outer.name, *place), sources.response
        )
        inner = Mixture("", whole.key, keys, (), (relation.name, *place))
        terms = [*((part, ONE) for part in parts if part is not None), (whole, -ONE)]
        yield formed(
            f"mixture:{relation.name}:{outer.name}:link",
            "mixture",
            terms,
            "=",
            ZERO,
            form=Link(inner, upper),
            explain=say.link,
            rests_on=(relation.name, outer.name, "bases.csv"),
        )


def _inside(sources: Sources) -> Iterator[Statement]:
    """A figure among a base and the same figure among its parent: the rest of the parent may be anything."""
    for (_, base, _, _, measure), table in list(sources.tables.items()):
        found = sources.facts.bases.get(base)
        if measure != "share" or found is None or found.share is None:
            continue
        parents = [found.parent or WHOLE_BASE]
        if parents != [WHOLE_BASE] and within_parent(sources.facts.bases, found):
            parents.append(WHOLE_BASE)  # whoever belongs to the base belongs to its parent: its share of all will do
        for parent in parents:
            for levels in table.values():
                for part in levels.values():
                    whole = sources.figure(part.key.about(base=parent))
                    share = sources.figure(found.share[0].about(base=parent, **_place(part.key)))
                    if whole is None or share is None or whole.key == share.key:
                        continue
                    if not sources.weighted_alike(part, whole, share):
                        continue
                    yield _inside_state(sources, part, whole, share, found.share[1])


def _place(key: Key) -> dict[str, str]:
    return {"domain": key.domain, "level": key.level, "wave": key.wave, "group": key.group}


def _inside_state(sources: Sources, part: Fact, whole: Fact, share: Fact, side: str) -> Statement:
    name = f"mixture:{part.key}:inside {whole.key.base}"
    other = "outside" if side == "inside" else "inside"
    masses = _loosened(sources, (Mass(ONE, ONE, share.key, side), Mass(ONE, ONE, share.key, other)))
    middle = (share.value or ZERO) / 100 if side == "inside" else 1 - (share.value or ZERO) / 100
    return formed(
        name,
        "mixture",
        [(part, middle), (whole, -ONE), (share, ZERO)],
        "<=",
        ZERO,
        form=Mixture(name, whole.key, (part.key, None), masses),
        explain=say.inside,
        rests_on=("bases.csv", *_given(sources)),
    )
