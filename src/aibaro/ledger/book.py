"""Which figures does a survey print, and how do they hang together?  The index that every rule reads.

A :class:`Book` finds figures by id and by fact, adds up strata, and knows which item says how large a base is.
Nothing about one survey is written here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from aibaro.consistency.check import Printable
from aibaro.consistency.intervals import add, subtract
from aibaro.errors import InputError
from aibaro.ledger.figures import NUMERIC_KINDS, Figure, Key, exactness, read_figure
from aibaro.published import PublishedSurvey
from aibaro.published.schema import COUNT_COLUMNS, CROSS, WHOLE_BASE
from aibaro.rounding import Interval, PrintedNumber

THIRD_PARTY = "third_party"


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
        figures = {row["id"]: read_figure(row, survey) for row in survey.printed.to_dict("records")}
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
    def sampling(self) -> str:
        """How respondents were selected, as the survey declares it."""
        return str(self.survey.sampling.kind)

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
        return min(found, key=exactness)

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
        # a star stands for a part of one name, so that technology.* leaves out domains, bases and waves
        pattern = re.compile(re.escape(reference).replace(r"\*", "[^|@=]*"))
        names = [fact for fact in self.facts if pattern.fullmatch(fact)]
        found = [best for name in names if (best := self.best(name)) is not None]
        if not found:
            raise InputError(
                "a reference to a figure that is not printed",
                where=self.survey.name,
                got=reference,
                expected="an id, a fact or a glob over facts of printed.csv",
            )
        return tuple(found)

    def unprinted(self, reference: str) -> tuple[str, ...]:
        """List the members of a set that are not printed: items of ``items.csv`` and levels that a glob means.

        Parameters
        ----------
        reference : str
            A glob over facts, such as ``barrier.*@adopters``; anything else means only itself.

        Returns
        -------
        tuple of str
            Facts without a printed value.
        """
        if "*" not in reference or reference in self.figures:
            return ()
        key = Key.parse(reference)
        items = [item for item in self.items if fnmatchcase(item, key.item)]
        # an item that sums others up, such as "any of them", is no member of their set
        items = [item for item in items if item not in self.wholes or not set(self.wholes[item]) & set(items)]
        levels = [key.level]
        if "*" in key.level:
            table = self.survey.levels
            levels = [str(level) for level in table.loc[table["domain"] == key.domain, "level"]]
        facts = [str(key.about(item=item, level=level)) for item in items for level in levels]
        return tuple(fact for fact in facts if self.best(fact) is None)

    @property
    def items(self) -> list[str]:
        """Names of all items, of ``items.csv`` and of print."""
        return sorted(set(self.survey.items["item"]) | {figure.key.item for figure in self.figures.values()})

    @property
    def wholes(self) -> dict[str, tuple[str, ...]]:
        """Items that others make up, with their parts."""
        return {
            relation.whole.partition("@")[0]: tuple(part.partition("@")[0] for part in relation.parts)
            for relation in self.relations
            if relation.kind in {"union", "exhaustive"} and not relation.whole.startswith("@")
        }

    def value_of(self, fact: str) -> Interval | None:
        """Give the values of a fact, printed or left by a whole and its other parts.

        Parameters
        ----------
        fact : str
            The fact.

        Returns
        -------
        Interval or None
            None where print leaves it open.
        """
        figure = self.best(fact)
        if figure is not None:
            return figure.band(self.rounding)
        for relation in self.relations:
            if relation.kind != "exhaustive" or fact not in relation.parts or relation.whole.startswith("@"):
                continue
            whole, others = self.best(relation.whole), [self.best(part) for part in relation.parts if part != fact]
            if whole is not None and all(other is not None for other in others):
                bands = [other.band(self.rounding) for other in others if other is not None]
                return subtract(whole.band(self.rounding), add(bands))
        return None

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
