"""What does a rule of a claim read and give?  Sections of figures and parameters in, comparisons out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from aibaro.errors import InputError
from aibaro.ledger._comparisons import Comparison, Computed
from aibaro.ledger._quantity import Quantity
from aibaro.messages import Message

Sections = Sequence[Sequence[Quantity]]
Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """Comparisons of which some, or all, have to hold.

    Parameters
    ----------
    comparisons : tuple of Comparison
        The comparisons.
    need : int or None
        How many have to hold; None for all.
    limits : tuple of Comparison
        Comparisons whose failure is needed for a contradiction (the neighbouring fractions of a verbal quantity);
        empty when `comparisons` themselves decide.
    """

    comparisons: tuple[Comparison, ...] = ()
    need: int | None = None
    limits: tuple[Comparison, ...] = ()


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a claim asserts, ready to be judged.

    Parameters
    ----------
    parts : tuple of Part
        What it asks for: all parts have to hold.
    reason : str
        Why nothing printed can decide it; empty where something can.
    computed : Computed or None
        An exact recomputation that decides instead of comparisons.
    unprinted : tuple of str
        Members of a set that it ranks and that are not printed: they could contradict it, never support it.
    steps : tuple of Message
        Lines for the argument.
    """

    parts: tuple[Part, ...] = ()
    reason: str = ""
    computed: Computed | None = None
    unprinted: tuple[str, ...] = ()
    steps: tuple[Message, ...] = ()

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """All comparisons, part by part."""
        return tuple(comparison for part in self.parts for comparison in part.comparisons)


def holds(comparisons: Iterable[Comparison], need: int | None = None, *, steps: tuple[Message, ...] = ()) -> Assertion:
    """State comparisons that have to hold, all or as many as are needed."""
    return Assertion((Part(tuple(comparisons), need),), steps=steps)


def number(parameters: Parameters, name: str, default: str | None = None) -> Fraction:
    """Read a number among the parameters of a claim."""
    text = parameters.get(name, default)
    if text is None:
        raise InputError("a rule lacks a parameter", parameter=name, expected="a number", got="nothing")
    try:
        return Fraction(text)
    except ValueError:
        raise InputError("a parameter is not a number", parameter=name, expected="a number", got=text) from None


def two(sections: Sections, rule: str) -> tuple[Sequence[Quantity], Sequence[Quantity]]:
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


def one(sections: Sections, rule: str) -> Sequence[Quantity]:
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
    for name in ("except", "need"):
        if name in parameters:
            need = count - int(parameters[name]) if name == "except" else int(parameters[name])
            if not 1 <= need <= count:
                raise InputError(
                    "a statement of comparisons that cannot fail, or cannot hold",
                    parameter=name,
                    expected=f"0 to {count - 1}" if name == "except" else f"1 to {count}",
                    got=parameters[name],
                    hint=f"the inputs make {count} comparisons",
                )
            return need
    return None


def ranking(parameters: Parameters, others: int) -> int:
    """Read a rank among other figures."""
    rank = int(parameters["rank"])
    if not 1 <= rank <= others:
        raise InputError(
            "a rank that every figure, or none, has",
            parameter="rank",
            expected=f"1 to {others}",
            got=parameters["rank"],
            hint=f"the inputs name {others} other figures of the same group",
        )
    return rank


def as_long(left: Sequence[Quantity], right: Sequence[Quantity], rule: str) -> None:
    """Refuse two sections that cannot be taken in pairs."""
    if len(left) != len(right):
        raise InputError(
            "sections of different length",
            where=rule,
            parameter="inputs",
            expected=f"{len(left)} figures",
            got=f"{len(right)} figures",
        )
