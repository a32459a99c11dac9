"""Which linear constraints does print put on the counts of one item?

Everything is taken from the facts of a survey: its strata, percentages, bases and their sizes.  Nothing about one
survey stands here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce

import numpy as np
import pandas as pd

from aibaro._irreducible import irreducible
from aibaro.design import Design
from aibaro.errors import ConflictError, InputError
from aibaro.facts import Fact, Facts, Printing, facts_of
from aibaro.facts.bases import within_parent
from aibaro.published import PublishedSurvey
from aibaro.published.schema import CROSS, WHOLE_BASE

Mask = tuple[int, ...]
# what a bound rests on: the item and its base, or printed sets that relations tie it to as well
CONSTRAINTS = ("own-item", "tied")


@dataclass(frozen=True, slots=True)
class PrintedShare:
    """A printed percentage as a statement about counts.

    Parameters
    ----------
    ids : tuple of str
        Ids of its printings.
    item, base : str
        What is counted, among whom.
    domain, level : str
        Stratum domain; empty for all strata.
    strata : tuple of int
        Rows of the strata in the domain.
    lower, upper : Fraction
        Ends of the admissible share, between 0 and 1; both ends are admitted.

    Notes
    -----
    Admitting both ends of a rounding interval covers every rule that rounds to the nearest value, and can only
    widen a bound.
    """

    ids: tuple[str, ...]
    item: str
    base: str
    domain: str
    level: str
    strata: Mask
    lower: Fraction
    upper: Fraction

    @property
    def name(self) -> str:
        """Short name of the statement: item, base and domain."""
        at = "" if self.base == WHOLE_BASE else f"@{self.base}"
        where = "" if not self.domain else f"|{self.domain}={self.level}"
        return f"{self.item}{at}{where}"

    @property
    def centre(self) -> Fraction:
        """Middle of the admissible shares."""
        return (self.lower + self.upper) / 2

    def complement(self, item: str, base: str) -> PrintedShare:
        """Return the statement about those who are not counted.

        Parameters
        ----------
        item, base : str
            Names of the complement.

        Returns
        -------
        PrintedShare
            One minus the share.
        """
        return PrintedShare(self.ids, item, base, self.domain, self.level, self.strata, 1 - self.upper, 1 - self.lower)


@dataclass(frozen=True, slots=True)
class ItemSystem:
    """All statements that print makes about one item among one base.

    Parameters
    ----------
    design : Design
        The strata.
    item, base : str
        The item and its base.
    shares : tuple of PrintedShare
        Statements about the item among the base.
    base_shares : tuple of PrintedShare
        Statements about the base among all; empty when the base is everybody.
    total, base_total : int or None
        Printed number of respondents with the item, and of the base.
    unused : tuple of str
        Ids of printings of the item that are no constraint on strata: another wave, a group, a domain that is no
        union of strata, an unweighted figure.
    overlap : Overlap or None
        The two sets whose common members are the base, where no item decides by itself who belongs to it.
    ties : tuple of TiedSet
        Printed sets that hold the item's members or lie among them; none unless they were asked for.

    Notes
    -----
    The unknowns are x_h, the respondents of stratum h with the item, and y_h, those of the base, with
    0 <= x_h <= y_h <= n_h; y_h = n_h when the base is everybody.  Counts of tied sets follow x, a set after another.
    """

    design: Design
    item: str
    base: str
    shares: tuple[PrintedShare, ...]
    base_shares: tuple[PrintedShare, ...] = ()
    total: int | None = None
    base_total: int | None = None
    unused: tuple[str, ...] = ()
    overlap: Overlap | None = None
    ties: tuple[TiedSet, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the base is everybody."""
        return self.base == WHOLE_BASE

    @property
    def constraints(self) -> str:
        """``own-item``, or ``tied`` where figures of items that relations tie it to stand beside its own."""
        return CONSTRAINTS[bool(self.ties) or any(share.item != self.item for share in self.shares)]

    @property
    def of_everybody(self) -> bool:
        """Whether its shares are of everybody, though a set holds the item's members."""
        return not self.whole and any(share.base == WHOLE_BASE for share in self.shares)

    def inside(self, tie: TiedSet) -> ItemSystem:
        """Take a tied set as the base: of the item in a set that holds it, else of the others in the set's others.

        Parameters
        ----------
        tie : TiedSet
            A tied set.

        Returns
        -------
        ItemSystem
            Shares of everybody, of an item or of its others, inside the set; the variance of both is one.
        """
        item, set_ = (self, tie.system) if tie.holds else (self.others(), tie.system.others())
        return replace(item, base=set_.item, base_shares=set_.shares, base_total=set_.total, ties=())

    def others(self) -> ItemSystem:
        """Say the same of those without the item.

        Returns
        -------
        ItemSystem
            A system about everybody.
        """
        name, rest = f"not {self.item}", int(self.design.respondents.sum())
        shares = tuple(s.complement(f"not {s.item}", WHOLE_BASE) for s in self.shares)
        return replace(self, item=name, shares=shares, total=None if self.total is None else rest - self.total, ties=())

    @property
    def name(self) -> str:
        """Item and base as facts write them."""
        return self.item if self.whole else f"{self.item}@{self.base}"

    def share(self, domain: str = "", level: str = "") -> PrintedShare | None:
        """Find the statement about a domain.

        Parameters
        ----------
        domain, level : str
            The domain; empty for all strata.

        Returns
        -------
        PrintedShare or None
            The statement; None when print makes none.
        """
        return next((s for s in self.shares if (s.domain, s.level) == (domain, level)), None)

    def without(self, statement: PrintedShare) -> ItemSystem:
        """Leave one statement out.

        Parameters
        ----------
        statement : PrintedShare
            The statement.

        Returns
        -------
        ItemSystem
            The system without it.
        """
        kept = [tuple(s for s in group if s is not statement) for group in (self.shares, self.base_shares)]
        return replace(self, shares=kept[0], base_shares=kept[1])

    def shrunk(self, statements: Iterable[PrintedShare], follows: Callable[[ItemSystem], bool]) -> ItemSystem:
        """Leave statements out, one after another, while something still follows from the rest (a deletion filter).

        Parameters
        ----------
        statements : iterable of PrintedShare
            The statements, in the order in which they are tried.
        follows : callable
            Tells whether it follows from a system.

        Returns
        -------
        ItemSystem
            A system from which it follows, and of whose tried statements none can be left out.
        """
        tried = list(statements)

        def only(rest: list[PrintedShare]) -> ItemSystem:
            out = {id(statement) for statement in tried} - {id(statement) for statement in rest}
            kept = [tuple(s for s in group if id(s) not in out) for group in (self.shares, self.base_shares)]
            return replace(self, shares=kept[0], base_shares=kept[1])

        return only(irreducible(tried, lambda rest: range(len(rest)) if follows(only(rest)) else None))

    def fingerprint(self) -> str:
        """Hash everything that a bound depends on.

        Returns
        -------
        str
            First 16 hexadecimal digits of the SHA-256 of strata, statements and totals; ids of printings and the
            order of strata in the table do not matter.
        """
        names = [" × ".join(row) for row in self.design.labels.to_numpy().tolist()]
        counts = zip(names, self.design.population.tolist(), self.design.respondents.tolist(), strict=True)
        lines = [self.name, f"{self.total} {self.base_total}", *sorted(f"{a}|{b}|{c}" for a, b, c in counts)]
        for group in (self.shares, self.base_shares):
            texts = (f"{s.name}|{s.lower}|{s.upper}|{sorted(names[h] for h in s.strata)}" for s in group)
            lines += ["--", *sorted(texts)]
        if self.overlap is not None:
            lines += ["overlap", *(s.fingerprint() for s in self.overlap.sets)]
            lines += sorted(f"{s.name}|{s.lower}|{s.upper}" for s in self.overlap.parts)
        for tie in self.ties:
            lines += [f"tie {tie.holds}", tie.system.fingerprint()]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class TiedSet:
    """A set that holds all members of an item, or lies among them.

    Parameters
    ----------
    system : ItemSystem
        What print says of the set, as a system about everybody.
    holds : bool
        Whether the set holds the item's members, or lies among them.
    """

    system: ItemSystem
    holds: bool


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two sets of respondents whose common members are a base.

    Parameters
    ----------
    sets : tuple of ItemSystem
        What print says of each set, as systems about everybody.
    parts : tuple of PrintedShare
        Printed shares, among the first set, of answers that make a respondent a member of the second.
    """

    sets: tuple[ItemSystem, ItemSystem]
    parts: tuple[PrintedShare, ...] = ()

    def sizes(self) -> tuple[int, int]:
        """Bound the number of common members by the printed sizes of both sets."""
        everybody = int(self.sets[0].design.respondents.sum())
        totals = [s.total for s in self.sets]
        known = [t for t in totals if t is not None]
        least = sum(known) - everybody if len(known) == len(totals) else 0
        return max(least, 0), min([everybody, *known])


def stratum_domain(design: Design, domain: str, level: str) -> Mask | None:
    """Find the strata of a domain.

    Parameters
    ----------
    design : Design
        The strata.
    domain, level : str
        Stratum variables and levels, crossed ones joined with ×; empty for all strata.

    Returns
    -------
    tuple of int or None
        Rows of the strata; None when the domain is no union of strata.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"size": ["small", "large"], "population": [100, 40], "respondents": [4, 4]})
    >>> stratum_domain(Design.from_strata(table), "size", "large")
    (1,)
    """
    if not domain:
        return tuple(range(design.size))
    variables, levels = domain.split(CROSS), level.split(CROSS)
    if len(variables) != len(levels) or not set(variables) <= set(design.variables):
        return None
    pairs = zip(variables, levels, strict=True)
    mask = reduce(np.logical_and, [(design.labels[v] == name).to_numpy() for v, name in pairs])
    return tuple(int(h) for h in np.flatnonzero(mask)) or None


def own_item(
    survey: PublishedSurvey | Facts, item: str, base: str = WHOLE_BASE, *, rounding: str | None = None
) -> ItemSystem:
    """Collect the own-item constraints of an item.

    Parameters
    ----------
    survey : PublishedSurvey or Facts
        The survey, or its facts; it must print strata and declare ``weighting = cells``.
    item : str
        The item.
    base : str
        Base of the percentages, a row of ``bases.csv``.
    rounding : str, optional
        Rule of :data:`aibaro.rounding.RULES` that turns print into admissible values; by default the survey's.  Both
        ends are admitted, which covers every rule that rounds to the nearest value and can only widen a bound.

    Returns
    -------
    ItemSystem
        Every printed percentage of the item among the base in a stratum domain, all constraints on the base, and
        printed numbers of respondents.

    Raises
    ------
    InputError
        When the survey prints no strata or no such percentage, or does not declare that weights are equal within
        strata.
    ConflictError
        When printings of one fact exclude each other.

    Examples
    --------
    >>> from aibaro.published import load
    >>> system = own_item(load("flanders-2023"), "at_least_one")
    >>> len(system.shares), system.total
    (16, 1022)
    """
    return own_items(survey, [(item, base)], rounding=rounding)[item, base]


def own_items(
    survey: PublishedSurvey | Facts, pairs: Iterable[tuple[str, str]], *, rounding: str | None = None
) -> dict[tuple[str, str], ItemSystem]:
    """Collect the own-item constraints of several items; what they have in common is read once.

    Parameters
    ----------
    survey : PublishedSurvey or Facts
        The survey, or its facts.
    pairs : iterable of (str, str)
        Items and their bases.
    rounding : str, optional
        Rule of :data:`aibaro.rounding.RULES` that turns print into admissible values; by default the survey's.  Both
        ends are admitted, which covers every rule that rounds to the nearest value and can only widen a bound.

    Returns
    -------
    dict of (str, str) to ItemSystem
        By item and base, as :func:`own_item` gives them.

    Raises
    ------
    InputError, ConflictError
        As for :func:`own_item`.

    Examples
    --------
    >>> from aibaro.published import load
    >>> sorted(own_items(load("flanders-2023"), [("technology.nlg", "all"), ("plans", "all")]))
    [('plans', 'all'), ('technology.nlg', 'all')]
    """
    facts = facts_of(survey)
    if facts.survey.strata.empty:
        raise InputError(
            "the survey prints no strata, so print says nothing about stratum counts",
            where=facts.survey.name,
            parameter="survey",
            expected="rows in strata.csv",
        )
    reader = _Reader(facts, rounding)
    return {pair: reader.system(*pair) for pair in dict.fromkeys(pairs)}


def item_reader(facts: Facts, rounding: str | None = None) -> Callable[[str, str], ItemSystem]:
    """Return a reader of systems that remembers what the items of a survey have in common."""
    return _Reader(facts, rounding).system


def part_reader(facts: Facts, rounding: str | None = None) -> Callable[[str, str], ItemSystem]:
    """Return a reader of what print says of those with an item (``inside``), or without it (``outside``)."""
    return _Reader(facts, rounding).part


def percentages(survey: PublishedSurvey | Facts) -> pd.DataFrame:
    """List the percentages of the survey's own wave whose weights are declared to be equal within strata.

    Parameters
    ----------
    survey : PublishedSurvey or Facts
        The survey, or its facts.

    Returns
    -------
    pandas.DataFrame
        Columns item, base, domain, level, printed: one row per fact, sorted.

    Examples
    --------
    >>> from aibaro.published import load
    >>> frame = percentages(load("flanders-2023"))
    >>> len(frame.query("item == 'technology.nlg' and base == 'all'"))
    16
    """
    facts = facts_of(survey)
    rows = [
        (f.key.item, f.key.base, f.key.domain, f.key.level, _figures(f)[0].text)
        for f in facts
        if _usable(f) and declared(facts, f.key.base)
    ]
    return pd.DataFrame(sorted(rows), columns=["item", "base", "domain", "level", "printed"])


def printed_by_domain(survey: PublishedSurvey) -> list[tuple[str, str]]:
    """List the items, each with its base, of which print gives a percentage in a domain."""
    rows = percentages(survey)
    rows = rows.loc[rows["domain"] != ""]
    return sorted({(str(i), str(b)) for i, b in zip(rows["item"], rows["base"], strict=True)})


def local_system(system: ItemSystem, stratum: int) -> ItemSystem:
    """Keep the statements about the smallest domain that holds a stratum."""

    def smallest(shares: tuple[PrintedShare, ...]) -> tuple[PrintedShare, ...]:
        holding = [s for s in shares if stratum in s.strata]
        least = min((len(s.strata) for s in holding), default=0)
        return tuple(s for s in holding if len(s.strata) == least)

    return replace(
        system,
        shares=smallest(system.shares),
        base_shares=smallest(system.base_shares),
        total=None,
        base_total=None,
        overlap=None,
    )


def declared(facts: Facts, base: str = WHOLE_BASE) -> bool:
    """Tell whether weights are declared to be equal within strata, so that shares stand for whole counts."""
    return facts.weighting(base).kind == "cells"


def require_declared(facts: Facts, base: str = WHOLE_BASE) -> None:
    """Refuse to take shares for whole counts where the weighting is not declared."""
    if not declared(facts, base):
        raise InputError(
            "whole counts in strata follow from print only where weights are equal within strata",
            where=facts.survey.name,
            parameter="weighting",
            expected="weighting = cells",
            got=facts.weighting(base).kind,
            hint='if the source says so, declare {"aibaro": {"weighting": "cells"}} in datapackage.json, or cells in '
            "the column weighting of bases.csv",
        )


def _figures(fact: Fact) -> tuple[Printing, ...]:
    return tuple(p for p in fact.hard if p.kind == "percentage")


def _usable(fact: Fact) -> bool:
    """Whether a fact is a weighted percentage of the survey's own wave and of no group."""
    key, figures = fact.key, _figures(fact)
    own = key.measure == "share" and not key.wave and not key.group
    return own and bool(figures) and not fact.soft and any(p.weighted != "no" for p in figures)


class _Reader:
    """Reads the facts of one survey for several items; remembers what items share while it lives."""

    def __init__(self, facts: Facts, rounding: str | None) -> None:
        self.facts, self.rounding, self.design = facts, rounding, Design.from_strata(facts.survey.strata)
        self.printed: dict[tuple[str, str], list[Fact]] = {}
        for fact in facts:
            if fact.key.measure == "share" and _figures(fact):
                self.printed.setdefault((fact.key.item, fact.key.base), []).append(fact)
        self.strata: dict[tuple[str, str], Mask | None] = {}
        self.sets: dict[str, ItemSystem | None] = {}

    def system(self, item: str, base: str) -> ItemSystem:
        require_declared(self.facts, base)
        shares, unused = self.shares(item, base)
        if not shares:
            known = sorted({own for own, _ in self.printed})
            raise InputError(
                "no percentage of this item is printed for this base",
                where=self.facts.survey.name,
                parameter="item",
                expected=f"one of {', '.join(known)}",
                got=f"{item} among {base}",
            )
        if base == WHOLE_BASE:
            return ItemSystem(self.design, item, base, shares, total=self.total(item), unused=unused)
        members = self.members(base)
        found = ItemSystem(self.design, item, base, shares, unused=unused)
        if members is not None:
            return replace(found, base_shares=members.shares, base_total=members.total)
        return replace(found, base_total=self.size(base), overlap=self.overlap(base))

    def shares(self, item: str, base: str) -> tuple[tuple[PrintedShare, ...], tuple[str, ...]]:
        found, unused = [], list[str]()
        for fact in sorted(self.printed.get((item, base), []), key=lambda f: f.key):
            key, ids = fact.key, tuple(sorted(p.id for p in _figures(fact)))
            if (key.domain, key.level) not in self.strata:
                self.strata[key.domain, key.level] = stratum_domain(self.design, key.domain, key.level)
            strata, band = self.strata[key.domain, key.level], fact.interval(self.rounding)
            if not _usable(fact) or strata is None or band is None:
                unused += ids
                continue
            if band.empty:
                raise ConflictError(
                    "printings of one fact exclude each other, or are impossible",
                    where=self.facts.survey.name,
                    expected="figures that can agree",
                    got="; ".join(f"{p.id} {p.text}" for p in fact.printings),
                )
            ends = max(band.lower / 100, Fraction(0)), min(band.upper / 100, Fraction(1))
            found.append(PrintedShare(ids, item, base, key.domain, key.level, strata, *ends))
        return tuple(found), tuple(sorted(unused))

    def members(self, base: str) -> ItemSystem | None:
        """What print says of a base whose members one item decides, as a system about everybody; None for others."""
        if base not in self.sets:
            self.sets[base] = self._members(base)
        return self.sets[base]

    def _members(self, base: str) -> ItemSystem | None:
        own = self.facts.bases[base]
        if own.share is None or not within_parent(self.facts.bases, own):
            return None
        return self._set(own.share[0].item, own.share[1], base)

    def _set(self, item: str, side: str, base: str) -> ItemSystem:
        """What print says of a base that is those with an item, or those without it."""
        found = replace(self.part(item, side), item=base)
        return found if found.total is not None else replace(found, total=self.size(base))

    def part(self, item: str, side: str) -> ItemSystem:
        """What print says of those with an item, or without it, as a system about everybody."""
        found = ItemSystem(self.design, item, WHOLE_BASE, self.shares(item, WHOLE_BASE)[0], total=self.total(item))
        return found if side == "inside" else found.others()

    def overlap(self, base: str) -> Overlap | None:
        """The deciding answers and the parent of a base that is part of another."""
        own = self.facts.bases[base]
        if own.share is None or own.parent in {"", WHOLE_BASE}:
            return None
        item, side = own.share[0].item, own.share[1]
        first = self._set(item, side, f"not {item}" if side == "outside" else item)
        parent = self.members(own.parent)
        second = parent or ItemSystem(self.design, own.parent, WHOLE_BASE, (), total=self.size(own.parent))
        return Overlap((first, second), self._parts(item, side, own.parent))

    def _parts(self, item: str, side: str, parent: str) -> tuple[PrintedShare, ...]:
        """Printed shares of the answers that make a member of the parent, among those with an item, or without it."""
        definition = self.facts.bases[parent].definition
        if definition.kind != "any":
            return ()
        among = [
            b.name
            for b in self.facts.bases.values()
            if b.share is not None and (b.share[0].item, b.share[1]) == (item, side) and b.parent in {"", WHOLE_BASE}
        ]
        return tuple(s for part in definition.items for base in among for s in self.shares(part, base)[0])

    def total(self, item: str) -> int | None:
        """Respondents with an item, where the size of a base that it decides is printed."""
        for base in self.facts.bases.values():
            if base.share is not None and base.share[0].item == item and within_parent(self.facts.bases, base):
                size = self.size(base.name)
                if size is not None:
                    return size if base.share[1] == "inside" else int(self.design.respondents.sum()) - size
        return None

    def size(self, base: str) -> int | None:
        """Printed number of respondents of a base; None where it is not printed as a count."""
        fact = self.facts.size(base)
        band = fact.interval() if fact is not None and fact.exact else None
        if fact is None or band is None:
            return None
        if band.empty:
            raise ConflictError(
                "printed sizes of one base exclude each other",
                where=self.facts.survey.name,
                parameter=base,
                got="; ".join(f"{p.id} {p.text}" for p in fact.printings),
            )
        return int(band.lower)
