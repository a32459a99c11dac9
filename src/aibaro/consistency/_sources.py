"""What the generators of statements look up: printed figures by item and place, and what a statement is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from aibaro.consistency.statement import ONE, RESPONSE, Form, Linear, Statement
from aibaro.facts import Fact, Facts, Key
from aibaro.messages import Message
from aibaro.published.schema import COUNT_COLUMNS, CROSS

Explain = Callable[[Statement], tuple[Message, ...]]


@dataclass(frozen=True, slots=True)
class Sources:
    """Printed figures in digits, by what they are about."""

    facts: Facts
    # (item, base, measure) -> figures
    by_item: dict[tuple[str, str, str], list[Fact]] = field(default_factory=dict)
    # (item, base, wave, group, measure) -> domain -> level -> figure
    tables: dict[tuple[str, str, str, str, str], dict[str, dict[str, Fact]]] = field(default_factory=dict)
    # domain -> level -> strata: their name, population and respondents
    cells: dict[str, dict[str, list[tuple[str, int, int]]]] = field(default_factory=dict)
    # how item nonresponse is taken; as declared unless a question supposes otherwise
    said: str = "unknown"
    # items that are no share of the respondents of their base: rates of the response flow, ratios of two figures
    rates: frozenset[str] = frozenset()

    @classmethod
    def of(cls, facts: Facts, *, item_nonresponse: str = "") -> Sources:
        """Index the figures of a survey."""
        made = cls(facts, said=item_nonresponse or facts.item_nonresponse, rates=_rates(facts))
        for fact in facts:
            if not usable(fact):
                continue
            key = fact.key
            made.by_item.setdefault((key.item, key.base, key.measure), []).append(fact)
            table = made.tables.setdefault((key.item, key.base, key.wave, key.group, key.measure), {})
            table.setdefault(key.domain, {})[key.level] = fact
        return made

    def figure(self, key: Key) -> Fact | None:
        """A figure in digits, by its exact key."""
        found = self.facts._facts.get(key)
        return found if found is not None and usable(found) else None

    def weighting(self, fact: Fact) -> str:
        """How answers behind a figure were weighted: what is printed for it goes first."""
        return "none" if fact.weighted == "no" else self.facts.weighting(fact).kind

    def weighted_alike(self, *figures: Fact) -> bool:
        """Whether the answers behind all figures were weighted in one way."""
        return len({self.weighting(fact) for fact in figures}) == 1

    @property
    def response(self) -> Fraction:
        """Smallest rate at which a class may have answered an item: 1 where all did or gaps were imputed."""
        return ONE if self.said in {"none", "imputed"} else RESPONSE

    @property
    def response_given(self) -> tuple[str, ...]:
        """How the response to items is named among what a statement takes as given."""
        return (f"item_nonresponse = {self.said}",)

    def strata(self, domain: str) -> dict[str, list[tuple[str, int, int]]]:
        """Strata by the levels of a domain; empty where it is no union of strata."""
        if domain not in self.cells:
            self.cells[domain] = self._strata(domain)
        return self.cells[domain]

    def _strata(self, domain: str) -> dict[str, list[tuple[str, int, int]]]:
        table, variables = self.facts.survey.strata, self.facts.variables
        names = domain.split(CROSS) if domain else []
        if not variables or not set(names) <= set(variables):
            return {}
        found: dict[str, list[tuple[str, int, int]]] = {}
        for row in table.to_dict("records"):
            cell = CROSS.join(str(row[name]) for name in variables)
            counts = int(row["population"]), int(row["respondents"])
            found.setdefault(CROSS.join(str(row[name]) for name in names), []).append((cell, *counts))
        return found

    def parts_of(self, whole: Key, domain: str) -> dict[str, Fact]:
        """Figures of the same item by the levels of a domain."""
        table = self.tables.get((whole.item, whole.base, whole.wave, whole.group, whole.measure), {})
        return table.get(domain, {})


def _rates(facts: Facts) -> frozenset[str]:
    items = facts.survey.items
    typed = items.loc[items["type"] == "rate", "item"] if "type" in items else ()
    ratios = (Key.parse(r.whole).item for r in facts.relations if r.kind == "ratio" and not r.whole.startswith("@"))
    return frozenset([*map(str, typed), *ratios])


def usable(fact: Fact | None) -> bool:
    """Tell whether a figure is printed in digits."""
    return fact is not None and not fact.soft and any(p.value is not None for p in fact.printings)


def ids_of(figures: Iterable[Fact]) -> tuple[str, ...]:
    """Ids of the printings in digits."""
    return tuple(dict.fromkeys(p.id for fact in figures for p in fact.hard))


def linear(
    name: str,
    kind: str,
    terms: Sequence[tuple[Fact, Fraction]],
    relation: str,
    constant: Fraction,
    *,
    explain: Explain,
    rests_on: tuple[str, ...] = (),
    result: Key | None = None,
    binding: str = "yes",
) -> Statement:
    """Make a statement whose coefficients are exact."""
    coefficients = tuple((fact.key, c) for fact, c in terms)
    return Statement(
        name,
        kind,
        coefficients,
        relation,
        constant,
        ids_of(fact for fact, _ in terms),
        rests_on,
        tuple(fact for fact, _ in terms),
        result,
        binding,
        form=Linear(coefficients, relation, constant),
        explain=explain,
    )


def formed(
    name: str,
    kind: str,
    terms: Sequence[tuple[Fact, Fraction]],
    relation: str,
    constant: Fraction,
    *,
    form: Form,
    explain: Explain,
    rests_on: tuple[str, ...] = (),
    result: Key | None = None,
) -> Statement:
    """Make a statement that a form of its own holds."""
    return Statement(
        name,
        kind,
        tuple((fact.key, c) for fact, c in terms),
        relation,
        constant,
        ids_of(fact for fact, _ in terms),
        rests_on,
        tuple(fact for fact, _ in terms),
        result,
        form=form,
        explain=explain,
    )


def crossed(domain: str, level: str) -> dict[str, str]:
    """Split a crossed domain."""
    return dict(zip(domain.split(CROSS), level.split(CROSS), strict=True)) if domain else {}


def size_of_counts(
    sources: Sources, base: str, place: tuple[str, str, str, str], weighted: Iterable[str]
) -> Fact | None:
    """The respondents whom counts are numbers of: weighted counts belong to the weighted base.

    Where print does not say whether its counts are weighted, they belong to a base of which it does not say so either.
    """
    plain, weighed = (sources.facts.size(base, *place, weighted=word) for word in ("no", "yes"))
    said = set(weighted)
    if said == {"yes"}:
        return weighed
    if len(said) != 1 or plain is None or (said != {"no"} and weighed is not None):
        return None
    return plain if said <= {p.weighted for p in plain.hard} else None


def counted_alike(figures: Iterable[Fact]) -> bool:
    """Whether counts may be compared: all are weighted, none is, or print says it of none."""
    counts = [fact for fact in figures if fact.key.measure == "count"]
    said = {"no" if fact.key.item in COUNT_COLUMNS and fact.weighted == "unknown" else fact.weighted for fact in counts}
    return len(said) <= 1


Generator = Callable[[Sources], Iterator[Statement]]
_GENERATORS: dict[int, Generator] = {}


def generator(place: int) -> Callable[[Generator], Generator]:
    """Register what makes statements, with its place among the others: of two with one name the first stays."""

    def register(make: Generator) -> Generator:
        if place in _GENERATORS:
            raise ValueError(f"{make.__name__} and {_GENERATORS[place].__name__} have the same place")
        _GENERATORS[place] = make
        return make

    return register


@cache
def generators() -> tuple[Generator, ...]:
    """All that make statements, those of every module `_from_*` of this room."""
    room = import_module("aibaro.consistency")
    for module in iter_modules(room.__path__):
        if module.name.startswith("_from_"):
            import_module(f"aibaro.consistency.{module.name}")
    return tuple(_GENERATORS[place] for place in sorted(_GENERATORS))
