"""Who belongs to a base, read from the answers themselves?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from aibaro.errors import InputError, UnsupportedError
from aibaro.facts import Definition, Facts, facts_of
from aibaro.published import PublishedSurvey
from aibaro.published.schema import WHOLE_BASE

Answers = Mapping[str, np.ndarray[Any, np.dtype[np.int8]]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class ItemCondition:
    """A condition on how many of several items a respondent has.

    Parameters
    ----------
    parts : tuple of str
        The items.
    low, high : int
        Smallest and largest number of them.
    """

    parts: tuple[str, ...]
    low: int
    high: int

    def mask(self, answers: Answers) -> Mask:
        """Mark the respondents that meet the condition.

        Examples
        --------
        >>> answers = {"a": np.array([1, 0], np.int8), "b": np.array([1, -1], np.int8)}
        >>> ItemCondition(("a", "b"), 2, 2).mask(answers).tolist()
        [True, False]
        """
        number = sum((answers[part] == 1).astype(np.int64) for part in self.parts)
        return np.asarray((number >= self.low) & (number <= self.high))


@dataclass(frozen=True, slots=True)
class Membership:
    """A set of respondents that figures refer to.

    Parameters
    ----------
    name : str
        The base.
    conditions : tuple of ItemCondition
        All hold for its members; none for the base of everybody.
    own : ItemCondition or None
        The last of them, which sets it apart from its parent.
    parent : str
        The base that it lies in; empty for everybody.
    respondents : int or None
        Printed number of members.
    """

    name: str
    conditions: tuple[ItemCondition, ...]
    own: ItemCondition | None = None
    parent: str = ""
    respondents: int | None = None

    def mask(self, answers: Answers, size: int) -> Mask:
        """Mark the members."""
        inside = np.ones(size, dtype=bool)
        for condition in self.conditions:
            inside &= condition.mask(answers)
        return inside


@dataclass(frozen=True, slots=True)
class BaseCell:
    """Respondents that lie in some bases and outside others.

    Parameters
    ----------
    inside, outside : tuple of Membership
        The bases.
    """

    inside: tuple[Membership, ...]
    outside: tuple[Membership, ...]

    @property
    def name(self) -> str:
        """Names of the bases, those it lies outside of with a minus sign."""
        return " ".join([b.name for b in self.inside] + [f"-{b.name}" for b in self.outside])

    def mask(self, answers: Answers, size: int) -> Mask:
        """Mark the members, as :meth:`Membership.mask` does."""
        inside = np.ones(size, dtype=bool)
        for base in self.inside:
            inside &= base.mask(answers, size)
        for base in self.outside:
            inside &= ~base.mask(answers, size)
        return inside


def read_memberships(survey: PublishedSurvey | Facts) -> dict[str, Membership]:
    """Read the bases of a survey as conditions on answers; those that answers do not define are left out.

    Examples
    --------
    >>> from aibaro.published import load
    >>> read_memberships(load("flanders-2023"))["non_adopters"].own.high
    0
    """
    facts = facts_of(survey)
    found: dict[str, Membership] = {}

    def resolve(name: str) -> Membership | None:
        if name in found or name not in facts.bases:
            return found.get(name)
        base = facts.bases[name]
        outer = resolve(base.parent) if base.parent else None
        own = _condition(base.definition)
        if name != WHOLE_BASE and (own is None or (base.parent not in {"", WHOLE_BASE} and outer is None)):
            return None
        conditions = (*(outer.conditions if outer else ()), *((own,) if own else ()))
        size = facts.size(name)
        count = int(size.value) if size is not None and size.exact and size.value is not None else None
        found[name] = Membership(name, conditions, own, base.parent, count)
        return found[name]

    for name in facts.bases:
        resolve(name)
    return found


def _condition(definition: Definition) -> ItemCondition | None:
    parts, threshold = definition.items, definition.threshold
    if not parts:
        return None
    if definition.kind == "count":
        number = int(threshold.lstrip("<>="))
        ends = {"=": (number, number), ">=": (number, len(parts)), "<=": (0, number)}
        return ItemCondition(parts, *ends[threshold.rstrip("0123456789")])
    ranges = {"any": (1, len(parts)), "not any": (0, 0), "all": (len(parts), len(parts))}
    return ItemCondition(parts, *ranges[definition.kind]) if definition.kind in ranges else None


def base_of(bases: Mapping[str, Membership], name: str, where: str) -> Membership:
    """Find a base, or say that print does not define it."""
    if name not in bases:
        raise UnsupportedError(
            "a base is not defined by answers",
            where=where,
            parameter="definition",
            got=name,
            expected="any(items), not any(items), count(items)=k or count(items)>=k in bases.csv",
            hint="define the base, or leave its figures out",
        )
    return bases[name]


def cells(bases: Sequence[Membership]) -> tuple[BaseCell, ...]:
    """Split respondents by the bases that they lie in.

    Examples
    --------
    >>> adopters = Membership("a", (ItemCondition(("t",), 1, 1),))
    >>> others = Membership("b", (ItemCondition(("t",), 0, 0),))
    >>> [cell.name for cell in cells([adopters, others])]
    ['b -a', 'a -b']
    """
    if not bases:
        raise InputError("cells need a base", where="synthesize", parameter="bases", expected="at least one base")
    sets = list(dict.fromkeys(c.parts for base in bases for c in base.conditions))
    found: dict[tuple[bool, ...], None] = {}
    for numbers in product(*(range(len(parts) + 1) for parts in sets)):
        number = dict(zip(sets, numbers, strict=True))
        found[tuple(all(c.low <= number[c.parts] <= c.high for c in base.conditions) for base in bases)] = None
    return tuple(_cell(bases, signs) for signs in found if any(signs))


def _cell(bases: Sequence[Membership], signs: Iterable[bool]) -> BaseCell:
    pairs = list(zip(bases, signs, strict=True))
    return BaseCell(tuple(b for b, sign in pairs if sign), tuple(b for b, sign in pairs if not sign))
