"""What does a rule of a claim read and give?  Sections of figures and parameters in, comparisons out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from aibaro.consistency.check import Check
from aibaro.errors import InputError
from aibaro.ledger.comparisons import Comparison
from aibaro.ledger.figures import Figure

Sections = Sequence[Sequence[Figure]]
Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Statement:
    """What a claim asserts, ready to be judged.

    Parameters
    ----------
    comparisons : tuple of Comparison
        The comparisons that it asks for.
    need : int or None
        How many have to hold; None for all.
    limits : tuple of Comparison
        Comparisons whose failure is needed for a contradiction (the neighbouring fractions of a verbal quantity);
        empty when `comparisons` themselves decide.
    reason : str
        Why nothing printed can decide it; empty where something can.
    check : Check or None
        An exact recomputation that decides instead of comparisons.
    steps : tuple of str
        Lines for the argument.
    """

    comparisons: tuple[Comparison, ...] = ()
    need: int | None = None
    limits: tuple[Comparison, ...] = ()
    reason: str = ""
    check: Check | None = None
    steps: tuple[str, ...] = ()


def number(parameters: Parameters, name: str, default: str | None = None) -> Fraction:
    """Read a number among the parameters of a claim."""
    text = parameters.get(name, default)
    if text is None:
        raise InputError("a rule lacks a parameter", parameter=name, expected="a number", got="nothing")
    try:
        return Fraction(text)
    except ValueError:
        raise InputError("a parameter is not a number", parameter=name, expected="a number", got=text) from None


def two(sections: Sections, rule: str) -> tuple[Sequence[Figure], Sequence[Figure]]:
    """Take the two sections of a rule that compares."""
    if len(sections) != 2 or not all(sections):
        raise InputError(
            "a rule compares two sections of figures",
            where=rule,
            parameter="inputs",
            expected="figures / figures",
            got=f"{len(sections)} sections",
        )
    return sections[0], sections[1]


def one(sections: Sections, rule: str) -> Sequence[Figure]:
    """Take the only section of a rule."""
    if len(sections) != 1 or not sections[0]:
        raise InputError(
            "a rule reads one section of figures",
            where=rule,
            parameter="inputs",
            expected="figures",
            got=f"{len(sections)} sections",
        )
    return sections[0]


def needed(parameters: Parameters, count: int) -> int | None:
    """Say how many comparisons have to hold."""
    if "except" in parameters:
        return count - int(parameters["except"])
    return int(parameters["need"]) if "need" in parameters else None
