"""Which class shares reproduce a table, and what would a survey have to add so that more can be checked?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import pandas as pd

from aibaro.consistency._arithmetic import ends_of
from aibaro.consistency._from_mixtures import mixtures
from aibaro.consistency._proposals import propose
from aibaro.consistency._sources import Sources, usable
from aibaro.consistency._system import System, statements
from aibaro.consistency.statement import Enclosure, Mixture, Statement, Whole, reached
from aibaro.facts import Facts, Key
from aibaro.published import join_references

# suggested relations that are tried, those with most parts first
MOST_SUGGESTED = 5
# from this part of impossible shares on, and from two, not misprints but weights are the explanation
MISPRINTED = 0.05


@dataclass(frozen=True, slots=True)
class ClassShare:
    """The share of a class that makes a whole table add up.

    Parameters
    ----------
    base : str
        The base whose classes they are.
    domain, level : str
        The class.
    low, high : float
        Smallest and largest share in percent.
    response : {"all", "most"}
        ``all``: with shares that all items have in common; ``most``: only with items that classes answered at
        rates between 0.8 and 1.
    """

    base: str
    domain: str
    level: str
    low: float
    high: float
    response: str = "all"


@dataclass(frozen=True, slots=True)
class Addition:
    """One addition to a survey's files.

    Parameters
    ----------
    file : str
        The file.
    row : str
        What to write in it.
    numbers : int
        How many printed numbers could then be checked that cannot be now.
    """

    file: str
    row: str
    numbers: int


def shares(facts: Facts) -> tuple[ClassShare, ...]:
    """Find unknown class shares that all items of a table have in common.

    Parameters
    ----------
    facts : Facts
        The facts; ``mixture`` rows of ``relations.csv`` say which tables have common shares.

    Returns
    -------
    tuple of ClassShare
        The range of each share with which every whole of the table follows from its classes; none for a table that
        no shares make add up.

    Notes
    -----
    For each item with classes p_d, whole t and shares w_d: ``t = sum w_d p_d`` inside the rounding of all, ``w >= 0``
    and ``sum w = 1``.  First the same w for all items; where that cannot be, each item may have been answered by a
    class at a rate between 0.8 and 1.

    References
    ----------
    Duncan, O. D. and Davis, B. (1953). An alternative to ecological correlation. American Sociological Review 18,
    665-666. https://doi.org/10.2307/2088122

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> [share.level for share in shares(Facts.of(load("io-2023")))]
    ['users', 'non_users']
    """
    found: dict[tuple[str, str, str], ClassShare] = {}
    for response, said in (("all", "none"), ("most", "unknown")):
        system = System(facts, [s for s in mixtures(Sources.of(facts, item_nonresponse=said)) if _common(s)])
        for component in system.components:
            if not system.holds(component, system.reading):
                continue
            forms = [system.statements[n].form for n in component.statements]
            tables = {form.table: form for form in forms if isinstance(form, Mixture) and form.table}
            for table, form in tables.items():
                for place, part in enumerate(form.parts):
                    if part is None or (form.whole.base, part.domain, part.level) in found:
                        continue
                    low, high = system.span(component, ("share", table, place), system.reading)
                    share = ClassShare(
                        part.base,
                        part.domain,
                        part.level,
                        100 * (low or 0.0),
                        100 * (1.0 if high is None else high),
                        response,
                    )
                    found[part.base, part.domain, part.level] = share
    return tuple(found.values())


def _common(statement: Statement) -> bool:
    form = statement.form
    return not isinstance(form, Mixture) or form.table is not None


def additions(facts: Facts) -> tuple[Addition, ...]:
    """Find which single addition would make most numbers checkable.

    Parameters
    ----------
    facts : Facts
        The facts.

    Returns
    -------
    tuple of Addition
        Declarations, sizes of bases, mixtures and relations that the numbers suggest, those that help most numbers
        first.

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> additions(Facts.of(load("softwareone-2025")))[0].file
    'relations.csv'
    """
    touched = _touched(facts, statements(facts))
    found = [*_declarations(facts, touched), *_sizes(facts, touched), *_tables(facts, touched)]
    found += _suggested(facts, touched)
    return tuple(sorted((a for a in found if a.numbers), key=lambda a: (-a.numbers, a.file, a.row)))


def _touched(facts: Facts, found: tuple[Statement, ...]) -> set[str]:
    """Printed numbers that some statement but a comparison of free classes takes up."""
    return {
        name
        for statement in found
        if statement.binding == "yes" and not statement.id.endswith(":between")
        for name in statement.ids
        if facts.printing(name).named
    }


def _declarations(facts: Facts, touched: set[str]) -> list[Addition]:
    if facts.weighting().kind != "unknown":
        return []
    found = []
    survey = facts.survey
    weighs = "yes" in {*survey.printed["weighted"], *survey.bases["weighted"]}
    for kind in ("none", "cells", "margins"):
        if weighs if kind == "none" else not facts.variables:
            continue  # who prints weighted sizes has weighted
        settings = {**survey.settings, "weighting": kind}
        metadata: Mapping[str, object] = MappingProxyType({**survey.metadata, "aibaro": settings})
        other = Facts.of(replace(survey, metadata=metadata), facts.rounding)
        made = statements(other)
        if kind == "none" and _weights_show(made):
            continue
        found.append(Addition("datapackage.json", f'"weighting": "{kind}"', len(_touched(other, made) - touched)))
    return found


def _weights_show(found: Iterable[Statement]) -> bool:
    """Whether more shares than misprints explain are no whole number of all in their base: print speaks for weights."""
    missed = list[bool]()
    for statement in found:
        form = statement.form
        if statement.kind == "granular" and isinstance(form, Enclosure) and isinstance(form.compute, Whole):
            own = next(ends_of(fact) for fact in statement.figures if fact.key == form.key)
            missed.append(not reached(own, max(form.compute.numbers, default=0)))
    return sum(missed) >= max(2.0, MISPRINTED * len(missed))


def _suggested(facts: Facts, touched: set[str]) -> list[Addition]:
    """Relations that the numbers suggest, or that are proposed and not accepted yet; mixtures are looked for apart."""
    survey, found = facts.survey, []
    given = survey.relations.to_dict("records")
    asked = [proposal.row() for proposal in propose(survey)] + [row for row in given if row["status"] == "proposed"]
    asked = sorted((row for row in asked if row["kind"] != "mixture"), key=lambda row: -len(row["parts"].split()))
    for row in asked[:MOST_SUGGESTED]:
        kept = [known for known in given if known is not row]
        relations = pd.DataFrame([*kept, row | {"status": "declared"}], columns=survey.relations.columns)
        other = Facts.of(replace(survey, relations=relations), facts.rounding)
        more = _touched(other, statements(other)) - touched
        found.append(Addition("relations.csv", f"{row['kind']},{row['parts']},{row['whole']}", len(more)))
    return found


def _sizes(facts: Facts, touched: set[str]) -> list[Addition]:
    """Sizes of bases that stand behind unweighted shares of all who belong to them, now."""
    found, sources = [], Sources.of(facts)
    for base in facts.bases.values():
        if facts.size(base.name) is not None:
            continue
        numbers = [
            p.id
            for fact in facts
            if fact.key == Key(fact.key.item, base.name) and usable(fact) and sources.weighting(fact) == "none"
            for p in fact.hard
            if p.named and p.id not in touched and facts.answered(fact.key) is None
        ]
        said = base.definition.text
        cells = (base.name, base.parent, f'"{said}"' if "," in said else said, "N")
        row = f"{','.join(cells)} (columns base,parent,definition,respondents; N is the size)"
        found.append(Addition("bases.csv", row, len(numbers)))
    return found


def _tables(facts: Facts, touched: set[str]) -> list[Addition]:
    """Tables whose classes may make up their whole."""
    sources = Sources.of(facts)
    levels: dict[tuple[str, str], dict[str, set[str]]] = {}
    numbers: dict[tuple[str, str], set[str]] = {}
    for (item, base, wave, group, measure), table in sources.tables.items():
        whole = table.get("", {}).get("")
        if whole is None or measure != "share":
            continue
        for domain, parts in table.items():
            if domain and len(parts) > 1:
                key = Key(item, base, wave=wave, group=group)
                levels.setdefault((base, domain), {})[str(key)] = set(parts)
                ids = {p.id for fact in (whole, *parts.values()) for p in fact.hard if p.named}
                numbers.setdefault((base, domain), set()).update(ids - touched)
    found = []
    for (base, domain), tables in levels.items():
        most = max(tables.values(), key=len)
        classes = join_references(f"@{base}|{domain}={level}" for level in sorted(most))
        found.append(Addition("relations.csv", f"mixture,{classes},@{base}", len(numbers[base, domain])))
    return found
