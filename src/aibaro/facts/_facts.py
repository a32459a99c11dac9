"""The index of all facts of a survey: every room finds a figure, a base or a size here."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from aibaro.errors import InputError
from aibaro.facts._key import COUNT, SHARE, Key
from aibaro.facts._printing import Printing
from aibaro.facts._relations import Relation, read_relations
from aibaro.facts.bases import UNKNOWN, Base, Weighting, chain, of_survey, read_bases, variables
from aibaro.facts.printings import base_cells, printed_cells, strata_cells
from aibaro.published import PublishedSurvey
from aibaro.published.schema import CROSS, WHOLE_BASE
from aibaro.rounding import Interval

SIZE = "respondents"
ANSWERED = "answered"  # measure of the respondents who answered an item, printed beside a number as its base


@dataclass(frozen=True, slots=True)
class Fact:
    """One quantity with everything that print says about it.

    Parameters
    ----------
    key : Key
        What it is.
    printings : tuple of Printing
        All printings, in the order of print; cells of ``strata.csv`` and ``bases.csv`` among them.
    rounding : str
        Rounding rule of the survey.

    Examples
    --------
    >>> from aibaro.published import load
    >>> fact = Facts.of(load("flanders-2023"))["at_least_one"]
    >>> float(fact.interval().lower), fact.soft
    (32.05, False)
    """

    key: Key
    printings: tuple[Printing, ...]
    rounding: str = "half_up"

    @property
    def hard(self) -> tuple[Printing, ...]:
        """The printings in digits; all of them where there are words alone."""
        numbers = tuple(p for p in self.printings if p.value is not None and not p.soft)
        return numbers or tuple(p for p in self.printings if p.value is not None)

    def interval(self, rule: str | None = None) -> Interval | None:
        """Return the values that the fact stands for: the intersection of its printings in digits.

        Parameters
        ----------
        rule : str, optional
            Rounding rule; the survey's own by default.

        Returns
        -------
        Interval or None
            Admissible values; empty where printings disagree or one is impossible, None where nothing was printed
            that stands for a number.  A fact in words alone stands for the range of its words.
        """
        found: Interval | None = None
        for printing in self.hard:
            band = printing.interval(rule or self.rounding)
            if band is not None:
                found = band if found is None else found.intersect(band)
        return found

    @property
    def value(self) -> Fraction | None:
        """The value of the most exact printing; the middle of a range."""
        return self.best.value

    @property
    def soft(self) -> bool:
        """Whether it is known in words alone."""
        return all(printing.soft or printing.value is None for printing in self.printings)

    @property
    def exact(self) -> bool:
        """Whether it is an unweighted count or a number that is set."""
        return any(printing.exact for printing in self.hard)

    @property
    def best(self) -> Printing:
        """The most exact printing: digits before words, plain digits before signs, then more decimals."""
        order = sorted(
            self.printings, key=lambda p: (p.value is None, p.soft, p.band is not None, -p.decimals, p.base_n is None)
        )
        return order[0]

    @property
    def unit(self) -> str:
        """Unit of the most exact printing."""
        return self.best.unit

    @property
    def decimals(self) -> int:
        """Decimals of the most exact printing."""
        return self.best.decimals

    @property
    def weighted(self) -> str:
        """Whether answers were weighted, as the most exact printing says."""
        return self.best.weighted

    @property
    def percent(self) -> bool:
        """Whether it is a share in percent."""
        return self.best.kind in {"percentage", "verbal"} and self.unit in {"percent", "%", ""}

    def __str__(self) -> str:
        return str(self.key)


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """All facts of a survey.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    rounding : str
        Rounding rule under which print is read.
    bases : mapping of str to Base
        The bases.
    relations : tuple of Relation
        The relations.
    item_nonresponse, sampling : str
        What the descriptor declares.
    variables : tuple of str
        Variables of ``strata.csv``.

    Examples
    --------
    >>> from aibaro.published import load
    >>> facts = Facts.of(load("softwareone-2025"))
    >>> facts["copilot.known"].best.text, facts["respondents"].exact
    ('93%', True)
    """

    survey: PublishedSurvey
    rounding: str
    bases: Mapping[str, Base]
    relations: tuple[Relation, ...]
    item_nonresponse: str
    sampling: str
    variables: tuple[str, ...]
    _facts: Mapping[Key, Fact] = field(repr=False)
    _printings: Mapping[str, Printing] = field(repr=False)
    _measures: Mapping[Key, tuple[Key, ...]] = field(repr=False)
    _weighting: Weighting = field(repr=False)
    _texts: Mapping[str, Key] = field(repr=False)
    _sums: dict[tuple[str, str], Mapping[str, int]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, survey: PublishedSurvey, rounding: str | None = None) -> Facts:
        """Index a survey.

        Parameters
        ----------
        survey : PublishedSurvey
            The survey.
        rounding : str, optional
            Read print under another rule than the survey declares.

        Returns
        -------
        Facts
            Its facts.
        """
        weighting = of_survey(survey)
        printed = printed_cells(survey, weighting)
        printings = [*printed, *strata_cells(survey), *base_cells(survey)]
        rule = rounding or survey.rounding
        grouped: dict[Key, list[Printing]] = {}
        for printing in printings:
            grouped.setdefault(printing.key, []).append(printing)
        found = {key: Fact(key, tuple(members), rule) for key, members in grouped.items()}
        measures: dict[Key, list[Key]] = {}
        for key in found:
            measures.setdefault(key.about(measure=SHARE), []).append(key)
        items = list(dict.fromkeys([*map(str, survey.items["item"]), *(key.item for key in found)]))
        relations = read_relations(survey, items)
        bases = read_bases(survey, items, relations, dict.fromkeys(key.base for key in found))
        return cls(
            survey,
            rule,
            MappingProxyType(bases),
            relations,
            survey.item_nonresponse.kind,
            survey.sampling.kind,
            tuple(variables(survey)),
            found,
            {printing.id: printing for printing in printings},
            {key: tuple(keys) for key, keys in measures.items()},
            weighting,
            {**{item: Key(item) for item in items}, **{str(key): key for key in found}},
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # read-only views cannot travel to another process; what they show can, and sums are added up anew
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "_sums"}
        return _rebuild, ({**values, "bases": dict(self.bases)},)

    def with_words(self) -> Facts:
        """Read facts that are printed in words alone as if their words were digits.

        Returns
        -------
        Facts
            The same facts where none is in words alone.  What such a reading says may agree, and accuses nobody.
        """
        found: dict[Key, Fact] = {}
        for key, fact in self._facts.items():
            if fact.soft and fact.value is not None:
                # one printing alone: words that are printed twice do not confirm each other
                own = replace(fact.best, soft=False)
                found[key] = replace(fact, printings=tuple(own if p.id == own.id else p for p in fact.printings))
        if not found:
            return self
        printings = {p.id: p for fact in found.values() for p in fact.printings}
        return replace(self, _facts={**self._facts, **found}, _printings={**self._printings, **printings}, _sums={})

    def get(self, key: Key | str) -> Fact | None:
        """Find a fact.

        Parameters
        ----------
        key : Key or str
            The fact.  Where no measure is named and the share is not printed, the one other measure that is
            (``respondents`` finds the count).

        Returns
        -------
        Fact or None
            The fact; None when it is not printed.
        """
        key = self.key(key) if isinstance(key, str) else key
        if key in self._facts:
            return self._facts[key]
        others = self._measures.get(key, ()) if key.measure == SHARE else ()
        others = tuple(other for other in others if other.measure != ANSWERED) if len(others) > 1 else others
        if len(others) != 1 or others[0].measure == ANSWERED:
            counts = [other for other in others if other.measure == COUNT]
            return self._facts[counts[0]] if counts else None
        return self._facts[others[0]]

    def key(self, text: str) -> Key:
        """Read the text of a fact.

        Parameters
        ----------
        text : str
            The fact, which need not be printed.

        Returns
        -------
        Key
            Its parts; of an item and of a printed fact those that stand in its row, whatever marks its names have.
        """
        return self._texts.get(text) or Key.parse(text)

    def __getitem__(self, key: Key | str) -> Fact:
        found = self.get(key)
        if found is None:
            near = difflib.get_close_matches(str(key), map(str, self._facts), 3)
            raise InputError(
                "a fact that is not printed",
                where=self.survey.name,
                got=str(key),
                expected="a fact of printed.csv",
                hint=f"did you mean {', '.join(near)}?" if near else "",
            )
        return found

    def __contains__(self, key: object) -> bool:
        return isinstance(key, Key | str) and self.get(key) is not None

    def __iter__(self) -> Iterator[Fact]:
        return iter(self._facts.values())

    def __len__(self) -> int:
        return len(self._facts)

    @property
    def printings(self) -> tuple[Printing, ...]:
        """All printings in the order of print, then cells of the other files."""
        return tuple(self._printings.values())

    def printing(self, name: str) -> Printing:
        """Find a printing by its id.

        Parameters
        ----------
        name : str
            The id.

        Returns
        -------
        Printing
            The printing.

        Raises
        ------
        InputError
            When there is none; near ids are named.
        """
        if name not in self._printings:
            near = difflib.get_close_matches(name, self._printings, 3)
            raise InputError(
                "unknown id",
                where=self.survey.name,
                got=name,
                expected="an id of printed.csv",
                hint=f"did you mean {', '.join(near)}?" if near else "",
            )
        return self._printings[name]

    def resolve(self, reference: str) -> tuple[Fact, ...]:
        """Find the facts that a reference names.

        Parameters
        ----------
        reference : str
            An id, a fact, or a glob over facts; a star stands for part of one name, so that ``use.*`` leaves out
            domains, bases and waves.

        Returns
        -------
        tuple of Fact
            The facts, in the order of print.

        Raises
        ------
        InputError
            When nothing printed answers to it.
        """
        if reference in self._printings:
            return (self._facts[self._printings[reference].key],)
        if "*" not in reference:
            found = self.get(reference)
            if found is not None:
                return (found,)
        pattern = re.compile(re.escape(reference).replace(r"\*", "[^|@=]*"))
        matches = [fact for key, fact in self._facts.items() if pattern.fullmatch(str(key))]
        matches += [
            fact
            for key, fact in self._facts.items()
            if key.measure not in {SHARE, ANSWERED}
            and pattern.fullmatch(str(key.about(measure=SHARE)))
            and key.about(measure=SHARE) not in self._facts
        ]
        if not matches:
            near = difflib.get_close_matches(reference, [*self._printings, *map(str, self._facts)], 3)
            raise InputError(
                "a reference to a figure that is not printed",
                where=self.survey.name,
                got=reference,
                expected="an id, a fact or a glob over facts of printed.csv",
                hint=f"did you mean {', '.join(near)}?" if near else "",
            )
        return tuple(dict.fromkeys(matches))

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that can be asked for: ids of numbers and claims, then facts."""
        frame = self.survey.printed
        ids = [*map(str, frame["id"]), *(str(name) for name in self.survey.claims["id"])]
        named = [fact.key for fact in self if any(printing.named for printing in fact.printings)]
        facts = [str(key) for key in named] + [str(key.about(measure=SHARE)) for key in named]
        return tuple(dict.fromkeys([*ids, *map(str, frame["fact"]), *facts]))

    def size(  # noqa: PLR0917 - a place has these parts
        self, base: str, domain: str = "", level: str = "", wave: str = "", group: str = "", weighted: str = "no"
    ) -> Fact | None:
        """Find how many respondents a base has.

        Parameters
        ----------
        base : str
            The base.
        domain, level, wave, group : str
            Part of the base, wave and group.
        weighted : {"no", "yes"}
            Respondents, or their weights added up.

        Returns
        -------
        Fact or None
            The printed size: of ``printed.csv``, ``bases.csv`` or ``strata.csv``; None where none is printed.
        """
        measure = COUNT if weighted == "no" else "weighted_base"
        own = self._facts.get(Key(SIZE, base, domain, level, wave, group, measure))
        if own is not None or not group:
            return own
        # a base may carry the name of its group: all.public is everybody in the group public
        plain = base.removesuffix(f".{group}")
        places = [(f"{base}.{group}", "")] if plain == base else [(plain, group), (base, "")]
        found = (self._facts.get(Key(SIZE, name, domain, level, wave, of, measure)) for name, of in places)
        return next((size for size in found if size is not None), None)

    def answered(self, key: Key) -> Fact | None:
        """Find how many answered an item, where print gives the base beside its number.

        Parameters
        ----------
        key : Key
            The item's figure.

        Returns
        -------
        Fact or None
            The printed base of that item at that place.
        """
        return self._facts.get(key.about(measure=ANSWERED))

    def weighting(self, of: Key | Fact | Printing | str = WHOLE_BASE) -> Weighting:
        """Say how the answers behind a figure were weighted.

        Parameters
        ----------
        of : Key, Fact, Printing or str
            A figure, or the name of a base.

        Returns
        -------
        Weighting
            ``none`` for a number that is printed as unweighted with its base; else what the base declares (of a
            group ``base.group`` first), then what the descriptor declares.
        """
        if isinstance(of, Key):
            of = self._facts.get(of, of)
        printings = (of,) if isinstance(of, Printing) else of.printings if isinstance(of, Fact) else ()
        if any(printing.weighted == "no" and printing.base_n is not None for printing in printings):
            return Weighting("none")
        key = Key("", of) if isinstance(of, str) else of.key if isinstance(of, Printing | Fact) else of
        found = self._weighting
        for name in self._chain(key.base, key.group):
            own = self.bases[name].weighting if name in self.bases else None
            if own is not None:
                found = own
                break
        if found.kind == "none" and printings and all(printing.weighted == "yes" for printing in printings):
            return Weighting()  # what is printed as weighted is no share of whole answers, whatever holds for the rest
        return found

    @property
    def weightings(self) -> tuple[str, ...]:
        """Kinds of weighting that are declared, for everybody first, then for the bases."""
        kinds = [self._weighting.kind, *(b.weighting.kind for b in self.bases.values() if b.weighting is not None)]
        return tuple(dict.fromkeys(kind for kind in kinds if kind != UNKNOWN))

    def _chain(self, base: str, group: str) -> Iterator[str]:
        """A base and those that it is part of, inner to outer; of a group its own base before the base of all."""
        for name in chain(self.bases, base):
            if group:
                yield f"{name}.{group}"
            yield name

    def margin(self, domain: str, column: str = "population") -> Mapping[str, int]:
        """Add up the strata by the levels of a domain.

        Parameters
        ----------
        domain : str
            A stratum variable, or several joined with ``×``.
        column : str, default "population"
            Counts to add.

        Returns
        -------
        mapping of str to int
            Count of each level; empty when the domain is no stratum variable or the counts are not there.
        """
        if (domain, column) not in self._sums:
            self._sums[domain, column] = MappingProxyType(self._add_up(domain, column))
        return self._sums[domain, column]

    def _add_up(self, domain: str, column: str) -> dict[str, int]:
        strata, names = self.survey.strata, domain.split(CROSS)
        if strata.empty or column not in strata or not set(names) <= set(self.variables):
            return {}
        totals: dict[str, int] = {}
        for *labels, count in zip(*(strata[name] for name in (*names, column)), strict=True):
            level = CROSS.join(map(str, labels))
            totals[level] = totals.get(level, 0) + int(count)
        return totals

    def total(self, column: str = "population") -> int | None:
        """Add up all strata.

        Parameters
        ----------
        column : str, default "population"
            Counts to add.

        Returns
        -------
        int or None
            The sum; None when the counts are not there.
        """
        strata = self.survey.strata
        return None if strata.empty or column not in strata else int(strata[column].sum())

    def __repr__(self) -> str:
        return f"Facts({self.survey.name!r}, {len(self._facts)} facts, {len(self._printings)} printings)"


def _rebuild(values: dict[str, Any]) -> Facts:
    return Facts(**{**values, "bases": MappingProxyType(values["bases"])})


def facts_of(survey: PublishedSurvey | Facts) -> Facts:
    """Index a survey once, whatever room asks.

    Parameters
    ----------
    survey : PublishedSurvey or Facts
        The survey, or its facts.

    Returns
    -------
    Facts
        Its facts.

    Examples
    --------
    >>> from aibaro.published import load
    >>> survey = load("softwareone-2025")
    >>> facts_of(survey) is facts_of(survey)
    True
    """
    return survey if isinstance(survey, Facts) else _indexed(survey)


@lru_cache(maxsize=8)
def _indexed(survey: PublishedSurvey) -> Facts:
    return Facts.of(survey)
