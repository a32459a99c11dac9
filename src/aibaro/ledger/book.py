"""Which figures does a survey print, and how do they hang together?  The index that every rule reads.

A :class:`Figure` is one printing with the values that it stands for; a :class:`Book` finds figures by id and by
fact, adds up strata, and knows which item says how large a base is.  Nothing about one survey is written here.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Any

import pandas as pd

from aibaro.consistency.check import Printable, band, centre
from aibaro.errors import InputError, PublishedNumberError
from aibaro.published import PublishedSurvey
from aibaro.published.schema import COUNT_COLUMNS, CROSS, WHOLE_BASE, fact_key
from aibaro.rounding import Interval, PrintedNumber, parse_printed

THIRD_PARTY = "third_party"
NUMERIC_KINDS = ("percentage", "count", "number")


@dataclass(frozen=True, slots=True)
class Key:
    """What a figure is about.

    Parameters
    ----------
    item, base, domain, level, wave, group : str
        Columns of ``printed.csv``; the base is ``all`` where none is meant, the wave empty for the survey's own.
    """

    item: str
    base: str = WHOLE_BASE
    domain: str = ""
    level: str = ""
    wave: str = ""
    group: str = ""

    @classmethod
    def parse(cls, text: str) -> Key:
        """Read a fact.

        Parameters
        ----------
        text : str
            Such as ``technology.nlg|sector=nace-58-63``.

        Returns
        -------
        Key
            Its parts.

        Raises
        ------
        InputError
            When a part has no equal sign.

        Examples
        --------
        >>> Key.parse("barrier.legal@adopters|wave=2022").base
        'adopters'
        """
        head, *rest = text.split("|")
        item, _, base = head.partition("@")
        found: dict[str, str] = {}
        for part in rest:
            name, equal, value = part.partition("=")
            if not equal:
                raise InputError("not a fact", where="Key.parse", got=text, expected="item[@base][|domain=level]"
                                 "[|wave=W][|group=G]")  # fmt: skip
            if name in {"wave", "group"}:
                found[name] = value
            else:
                found["domain"], found["level"] = name, value
        return cls(item, base or WHOLE_BASE, **found)

    def __str__(self) -> str:
        return fact_key(self.item, self.base, self.domain, self.level, wave=self.wave, group=self.group)

    def about(self, **parts: str) -> Key:
        """Give a key that differs in some parts.

        Parameters
        ----------
        **parts : str
            New values of the fields.

        Returns
        -------
        Key
            The new key.

        Examples
        --------
        >>> str(Key("plans").about(domain="sector", level="nace-64-66"))
        'plans|sector=nace-64-66'
        """
        return replace(self, **parts)


@dataclass(frozen=True, slots=True)
class Figure:
    """One printing and the values that it stands for.

    Parameters
    ----------
    id, kind, printed, unit, location, weighted, qualifier : str
        Columns of ``printed.csv``.
    key : Key
        What it is about.
    value : PrintedNumber or Interval or None
        The number, or the reading of a verbal quantity; None for text that is neither.
    base_n : int or None
        Respondents of the base, where printed for this number.
    """

    id: str
    kind: str
    key: Key
    printed: str
    value: Printable | None
    base_n: int | None
    weighted: str
    unit: str
    qualifier: str
    location: str

    @property
    def fact(self) -> str:
        """The fact that it states."""
        return str(self.key)

    @property
    def number(self) -> Printable:
        """The value, for figures that have one."""
        if self.value is None:
            raise PublishedNumberError("this printing has no value", where=self.id, got=self.printed)
        return self.value

    def band(self, rule: str = "half_up") -> Interval:
        """Give the values that the figure stands for.

        Parameters
        ----------
        rule : str, default "half_up"
            Rounding rule.

        Returns
        -------
        Interval
            Admissible values.
        """
        return band(self.number, rule)

    @property
    def centre(self) -> Fraction:
        """The printed value, or the middle of a reading."""
        return centre(self.number)

    @property
    def precise(self) -> bool:
        """Whether digits were printed, not words that admit a range."""
        return isinstance(self.value, PrintedNumber)


@dataclass(frozen=True, slots=True)
class Relation:
    """One row of ``relations.csv``.

    Parameters
    ----------
    kind : str
        ``union``, ``count``, ``exhaustive``, ``subset`` or ``mixture``.
    parts : tuple of str
        The parts as written, globs resolved.
    whole : str
        The whole as written; ``@base`` for the base that the parts exhaust.
    """

    kind: str
    parts: tuple[str, ...]
    whole: str


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """All figures of a survey.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    figures : dict of str to Figure
        Every printing by id.
    facts : dict of str to tuple of Figure
        Printings by fact, in the order of print.
    relations : tuple of Relation
        The relations.
    """

    survey: PublishedSurvey
    figures: dict[str, Figure]
    facts: dict[str, tuple[Figure, ...]]
    relations: tuple[Relation, ...]
    _margins: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    _shares: dict[str, tuple[Key, str] | None] = field(default_factory=dict)

    @classmethod
    def of(cls, survey: PublishedSurvey) -> Book:
        """Index a survey.

        Parameters
        ----------
        survey : PublishedSurvey
            The survey.

        Returns
        -------
        Book
            Its figures by id and fact.
        """
        figures = {row["id"]: _figure(row, survey) for row in survey.printed.to_dict("records")}
        facts: dict[str, list[Figure]] = {}
        for figure in figures.values():
            facts.setdefault(figure.fact, []).append(figure)
        items = sorted(set(survey.items["item"]) | {figure.key.item for figure in figures.values()})
        relations = tuple(
            Relation(str(row["kind"]), _expand(str(row["parts"]).split(), items), str(row["whole"]))
            for row in survey.relations.to_dict("records")
        )
        return cls(survey, figures, {fact: tuple(found) for fact, found in facts.items()}, relations)

    @property
    def rounding(self) -> str:
        """Rounding rule that the publication is taken to use."""
        return self.survey.rounding

    def best(self, key: Key | str) -> Figure | None:
        """Give the most exact printing of a fact.

        Parameters
        ----------
        key : Key or str
            The fact.

        Returns
        -------
        Figure or None
            Digits before words, then more decimals, then the first in print; None when it is not printed.
        """
        found = [figure for figure in self.facts.get(str(key), ()) if figure.value is not None]
        found = [figure for figure in found if figure.kind in {*NUMERIC_KINDS, "verbal", "threshold"}]
        if not found:
            return None
        return min(found, key=_exactness)

    def resolve(self, reference: str) -> tuple[Figure, ...]:
        """Find the figures that a reference names.

        Parameters
        ----------
        reference : str
            An id, a fact, or a glob over facts.

        Returns
        -------
        tuple of Figure
            The best printing of each fact, in the order of print.

        Raises
        ------
        InputError
            When nothing printed answers to it.
        """
        if reference in self.figures:
            return (self.figures[reference],)
        names = [f for f in self.facts if f == reference] or [f for f in self.facts if fnmatchcase(f, reference)]
        if not {"*", "?"} & set(reference):
            names = [reference] if reference in self.facts else []
        found = [best for name in names if (best := self.best(name)) is not None]
        if not found:
            raise InputError("a reference to a figure that is not printed", where=self.survey.name, got=reference,
                             expected="an id, a fact or a glob over facts of printed.csv")  # fmt: skip
        return tuple(found)

    def margin(self, domain: str, column: str = "population") -> dict[str, int]:
        """Add up the strata by the levels of a domain.

        Parameters
        ----------
        domain : str
            A stratum variable, or several joined with the cross.
        column : str, default "population"
            Counts to add.

        Returns
        -------
        dict of str to int
            Count of each level; empty when the domain is no stratum variable or the counts are not there.
        """
        if (domain, column) not in self._margins:
            self._margins[domain, column] = self._add_up(domain, column)
        return self._margins[domain, column]

    def _add_up(self, domain: str, column: str) -> dict[str, int]:
        strata = self.survey.strata
        variables = domain.split(CROSS)
        if strata.empty or column not in strata or not set(variables) <= set(strata.columns) - set(COUNT_COLUMNS):
            return {}
        totals: dict[str, int] = {}
        for row in strata.to_dict("records"):
            level = CROSS.join(str(row[variable]) for variable in variables)
            totals[level] = totals.get(level, 0) + int(row[column])
        return totals

    def total(self, column: str) -> int | None:
        """Add up all strata.

        Parameters
        ----------
        column : str
            Counts to add.

        Returns
        -------
        int or None
            The sum; None when the counts are not there.
        """
        strata = self.survey.strata
        return None if strata.empty or column not in strata else int(strata[column].sum())

    def base_share(self, base: str) -> tuple[Key, str] | None:
        """Find the item whose percentage says how large a base is among its parent.

        Parameters
        ----------
        base : str
            A base of ``bases.csv``.

        Returns
        -------
        tuple of (Key, str) or None
            The share's key, in the parent of the base, and ``inside`` or ``outside``: ``outside`` when the base is
            what the item leaves (the definition ``not any(...)``).  None when no item measures the base.
        """
        if base not in self._shares:
            self._shares[base] = self._find_share(base)
        return self._shares[base]

    def _find_share(self, base: str) -> tuple[Key, str] | None:
        rows = self.survey.bases.loc[self.survey.bases["base"] == base]
        if rows.empty:
            return None
        definition, parent = str(rows["definition"].iloc[0]), str(rows["parent"].iloc[0]) or WHOLE_BASE
        match = re.fullmatch(r"(?P<no>not )?any\((?P<parts>[^)]*)\)|count\((?P<of>[^)]*)\)(?P<rest>\S+)", definition)
        if match is None:
            return None
        items = [str(item) for item in self.survey.items["item"]]
        wanted = set(_expand((match["parts"] or match["of"]).split(), items))
        for relation in self.relations:
            if set(relation.parts) != wanted:
                continue
            if match["parts"] and relation.kind in {"union", "exhaustive"} and not relation.whole.startswith("@"):
                return Key(relation.whole, parent), "outside" if match["no"] else "inside"
            if match["of"] and relation.kind == "count" and relation.whole.endswith(match["rest"]):
                return Key(relation.whole.removesuffix(match["rest"]), parent), "inside"
        return None

    def share_of_base(self, base: str, place: Key) -> Printable | None:
        """Give the printed share of its parent that a base is, at the domain, wave and group of a key.

        Parameters
        ----------
        base : str
            A base of ``bases.csv``.
        place : Key
            Domain, level, wave and group that are meant.

        Returns
        -------
        PrintedNumber or None
            The share in percent; None when it is not printed in digits or refers to a part of another base.
        """
        found = self.base_share(base)
        if found is None:
            return None
        key, side = found
        if key.base != WHOLE_BASE:
            return None
        figure = self.best(key.about(domain=place.domain, level=place.level, wave=place.wave, group=place.group))
        if figure is None or not isinstance(figure.value, PrintedNumber):
            return None
        number = figure.value
        return number if side == "inside" else replace(number, value=100 - number.value)


def _exactness(figure: Figure) -> tuple[int, int]:
    if isinstance(figure.value, PrintedNumber):
        return (0 if figure.kind in NUMERIC_KINDS else 1, -figure.value.decimals)
    return 2, 0


def _expand(parts: Iterable[str], items: Iterable[str]) -> tuple[str, ...]:
    """Replace globs over items by the items; each part may carry a base or a domain."""
    known, found = list(items), list[str]()
    for part in parts:
        name, at, base = part.partition("@")
        if "*" in name:
            found += [f"{item}{at}{base}" for item in known if fnmatchcase(item, name)]
        else:
            found.append(part)
    return tuple(found)


def _figure(row: Mapping[Hashable, Any], survey: PublishedSurvey) -> Figure:
    text = {str(name): "" if pd.isna(cell) else str(cell) for name, cell in row.items()}
    wave = "" if text["wave"] == survey.wave else text["wave"]
    base = text["base"] or WHOLE_BASE
    # the data decide where the survey's own wave is written out; the fact leaves it out
    if f"|wave={text['wave']}" not in text["fact"]:
        wave = ""
    key = Key(text["item"], base, text["domain"], text["level"], wave, text["group"])
    base_n = int(text["base_n"]) if text["base_n"] else None
    return Figure(text["id"], text["kind"], key, text["printed"], _value(text, survey.decimal), base_n,
                  text["weighted"], text["unit"], text["qualifier"], text["location"])  # fmt: skip


def _value(text: Mapping[str, str], decimal: str) -> Printable | None:
    if text["kind"] == "verbal":
        if not text["low"] or not text["high"]:
            return None
        return Interval(Fraction(text["low"]), Fraction(text["high"]))
    if text["kind"] == "date":
        return None
    try:
        return parse_printed(text["printed"], decimal)
    except PublishedNumberError:
        if text["kind"] == "threshold":
            return None
        raise
