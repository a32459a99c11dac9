"""Who belongs to a base, read from the answers themselves?"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from aibaro.errors import InputError, UnsupportedError
from aibaro.published.schema import WHOLE_BASE

if TYPE_CHECKING:
    from aibaro.published import PublishedSurvey

Answers = Mapping[str, np.ndarray[Any, np.dtype[np.int8]]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

_DEFINITION = re.compile(r"(?P<sign>not )?(?P<verb>any|count)\((?P<parts>[^)]*)\)\s*(?:(?P<rule>>=|=)(?P<number>\d+))?")


@dataclass(frozen=True, slots=True)
class Condition:
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
        >>> Condition(("a", "b"), 2, 2).mask(answers).tolist()
        [True, False]
        """
        number = sum((answers[part] == 1).astype(np.int64) for part in self.parts)
        return np.asarray((number >= self.low) & (number <= self.high))


@dataclass(frozen=True, slots=True)
class Base:
    """A set of respondents that figures refer to.

    Parameters
    ----------
    name : str
        The base.
    conditions : tuple of Condition
        All hold for its members; none for the base of everybody.
    own : Condition or None
        The last of them, which sets it apart from its parent.
    parent : str
        The base that it lies in; empty for everybody.
    respondents : int or None
        Printed number of members.
    """

    name: str
    conditions: tuple[Condition, ...]
    own: Condition | None = None
    parent: str = ""
    respondents: int | None = None

    def mask(self, answers: Answers, size: int) -> Mask:
        """Mark the members."""
        inside = np.ones(size, dtype=bool)
        for condition in self.conditions:
            inside &= condition.mask(answers)
        return inside


@dataclass(frozen=True, slots=True)
class Cell:
    """Respondents that lie in some bases and outside others.

    Parameters
    ----------
    inside, outside : tuple of Base
        The bases.
    """

    inside: tuple[Base, ...]
    outside: tuple[Base, ...]

    @property
    def name(self) -> str:
        """Names of the bases, those it lies outside of with a minus sign."""
        return " ".join([b.name for b in self.inside] + [f"-{b.name}" for b in self.outside])

    def mask(self, answers: Answers, size: int) -> Mask:
        """Mark the members, as :meth:`Base.mask` does."""
        inside = np.ones(size, dtype=bool)
        for base in self.inside:
            inside &= base.mask(answers, size)
        for base in self.outside:
            inside &= ~base.mask(answers, size)
        return inside


def expand(survey: PublishedSurvey, parts: str) -> tuple[str, ...]:
    """Expand a list of items and patterns.

    Examples
    --------
    >>> from aibaro.published import load
    >>> len(expand(load("flanders-2023"), "technology.*"))
    7
    """
    items = [str(name) for name in survey.items["item"]]
    found: dict[str, None] = {}
    for part in parts.split():
        found.update(dict.fromkeys([name for name in items if fnmatch.fnmatchcase(name, part)] or [part]))
    return tuple(found)


def read_bases(survey: PublishedSurvey) -> dict[str, Base]:
    """Read ``bases.csv`` as conditions on answers.

    Examples
    --------
    >>> from aibaro.published import load
    >>> read_bases(load("flanders-2023"))["non_adopters"].own.high
    0
    """
    rows = {str(row["base"]): row for row in survey.bases.to_dict(orient="records")}
    found: dict[str, Base] = {}

    def resolve(name: str) -> Base | None:
        if name in found or name not in rows:
            return found.get(name)
        row = rows[name]
        parent, definition = str(row.get("parent", "")), str(row.get("definition", "")).strip()
        outer = resolve(parent) if parent not in {"", name} else None
        own = _condition(survey, definition)
        if name != WHOLE_BASE and (own is None or (parent not in {"", WHOLE_BASE} and outer is None)):
            return None
        conditions = (*(outer.conditions if outer else ()), *((own,) if own else ()))
        number = str(row.get("respondents", ""))
        found[name] = Base(name, conditions, own, parent, int(number) if number else None)
        return found[name]

    for name in rows:
        resolve(name)
    found.setdefault(WHOLE_BASE, Base(WHOLE_BASE, ()))
    return found


def _condition(survey: PublishedSurvey, definition: str) -> Condition | None:
    match = _DEFINITION.fullmatch(definition)
    if match is None or (match["verb"] == "count") != (match["number"] is not None):
        return None
    parts = expand(survey, match["parts"])
    low, high = 1, len(parts)
    if match["number"] is not None:
        low = int(match["number"])
        high = low if match["rule"] == "=" else len(parts)
    if match["sign"]:
        if low > 1 or high < len(parts):
            return None  # the complement of a middle range is no range
        low, high = 0, 0
    return Condition(parts, low, high)


def base_of(bases: Mapping[str, Base], name: str, where: str) -> Base:
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


def cells(bases: Sequence[Base]) -> tuple[Cell, ...]:
    """Split respondents by the bases that they lie in.

    Examples
    --------
    >>> adopters, others = Base("a", (Condition(("t",), 1, 1),)), Base("b", (Condition(("t",), 0, 0),))
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


def _cell(bases: Sequence[Base], signs: Iterable[bool]) -> Cell:
    pairs = list(zip(bases, signs, strict=True))
    return Cell(tuple(b for b, sign in pairs if sign), tuple(b for b, sign in pairs if not sign))
