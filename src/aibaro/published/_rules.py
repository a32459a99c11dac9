"""Which rules may a survey name, what do they read, and what can they not do?  One table for checks and pages."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a rule.

    Parameters
    ----------
    name : str
        Its name.
    value : {"number", "count", "word", "text"}
        What it holds: a number or fraction, a whole number, one of `words`, or any text.
    meaning : str
        What it says.
    default : str or None
        What holds without it; None for a parameter that is needed.
    words : tuple of str
        Words, or numbers, that it may be; any where it is empty.
    """

    name: str
    value: str
    meaning: str
    default: str | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that a survey may name in its files.

    Parameters
    ----------
    name : str
        Its name.
    group : {"claims", "relations", "definitions", "comparisons"}
        Where it is named.
    meaning : str
        What it states.
    checks, cannot : str
        What it checks, and what it cannot.
    inputs : str
        What its inputs are.
    sections : str
        How many sections of inputs: a number, ``2+``, or ``any``; empty where it has none.
    parameters : mapping of str to Parameter
        Its own parameters.
    example : tuple of str
        Cells of an example row.
    type : str
        Type of a claim that states none; empty for other rules.
    needs, may : tuple of str
        Columns that a row needs and may fill, of rules of comparisons.
    figures : int
        How many figures each section of inputs names; 0 for any number.

    Examples
    --------
    >>> rules("claims")["about"].parameters["share"].default is None
    True
    """

    name: str
    group: str
    meaning: str
    checks: str
    cannot: str
    inputs: str = ""
    sections: str = ""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    example: tuple[str, ...] = ()
    type: str = ""
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    figures: int = 0

    def fits(self, count: int) -> bool:
        """Tell whether so many sections of inputs are what the rule reads.

        Parameters
        ----------
        count : int
            Sections that a row has.

        Returns
        -------
        bool
            True when the rule reads so many.

        Examples
        --------
        >>> rules("claims")["greater"].fits(2), rules("claims")["greater"].fits(1)
        (True, False)
        """
        if self.sections in {"", "any"}:
            return True
        if self.sections.endswith("+"):
            return count >= int(self.sections[:-1])
        return count == int(self.sections)


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("aibaro.published").joinpath("_rules.toml").read_text(encoding="utf-8"))


def _parameters(table: Mapping[str, Any]) -> Mapping[str, Parameter]:
    found = {
        name: Parameter(name, cells["value"], cells["meaning"], cells.get("default"), tuple(cells.get("words", ())))
        for name, cells in table.items()
    }
    return MappingProxyType(found)


@cache
def rules(group: str) -> Mapping[str, Rule]:
    """Return the rules of a group by name.

    Parameters
    ----------
    group : {"claims", "relations", "definitions", "comparisons"}
        Rules of claims, kinds of relations, definitions of bases, kinds of comparisons.

    Returns
    -------
    mapping of str to Rule
        The rules in the order of the table.

    Examples
    --------
    >>> rules("relations")["exclusive"].checks
    'the sum of the parts is at most the whole'
    """
    found = {}
    for name, row in _data()[group].items():
        example = row.get("example", [])
        found[name] = Rule(
            name,
            group,
            row["meaning"],
            row["checks"],
            row["cannot"],
            row.get("inputs", ""),
            row.get("sections", ""),
            _parameters(row.get("parameters", {})),
            (example,) if isinstance(example, str) else tuple(example),
            row.get("type", ""),
            tuple(row.get("needs", ())),
            tuple(row.get("may", ())),
            row.get("figures", 0),
        )
    return MappingProxyType(found)


@cache
def claim_parameters() -> Mapping[str, Parameter]:
    """Return the parameters that every rule of claims understands.

    Returns
    -------
    mapping of str to Parameter
        By name.

    Examples
    --------
    >>> claim_parameters()["readings"].value
    'count'
    """
    return _parameters(_data()["claim_parameters"])


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the hint that names the nearest known word; empty where none is near.

    Parameters
    ----------
    word : str
        What was written.
    known : iterable of str
        What may be written.

    Returns
    -------
    str
        The hint.

    Examples
    --------
    >>> nearest("greter", rules("claims")), nearest("zzz", ["a"])
    ('did you mean greater?', '')
    """
    near = difflib.get_close_matches(word, list(known), 1)
    return f"did you mean {near[0]}?" if near else ""
