"""Every printed number with its rule, verdict and argument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction

from aibaro.consistency.check import Check
from aibaro.ledger.book import Book
from aibaro.ledger.detection import RULE
from aibaro.ledger.figures import Figure
from aibaro.ledger.number_rules import Desk, checks_of
from aibaro.ledger.statements import Claim
from aibaro.ledger.words import repeats

# Which of several checks decides: a failure first, then the strongest agreement.
_ORDER = {"inconsistent": 0, "rounding_dependent": 1, "reproduced": 2, "consistent": 3, "not_checkable": 4}

NEEDED = {
    "date": "nothing: a date is no measurement",
    "third_party": "the counts behind the figure, by the source that is cited",
    "definition": "nothing: a limit or a vague word is set, not measured",
    "base_not_printed": "the number of answers behind the figure, and whether they were weighted",
    "no_second_figure": "the same figure by sector or size, its complement, or the counts behind it",
    "causal": "a design that identifies the effect",
    "projection": "the assumptions of the projection, and the later measurement",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One printed number in the ledger.

    Parameters
    ----------
    figure : Figure
        The printing.
    check : Check
        The check that decides.
    checks : tuple of Check
        All checks, the deciding one first.
    repeats : tuple of str
        Ids of the other printings of the same fact in digits.
    """

    figure: Figure
    check: Check
    checks: tuple[Check, ...]
    repeats: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """The verdict."""
        return self.check.verdict

    @property
    def reason(self) -> str:
        """Why the number cannot be checked; empty where it can."""
        return self.check.reason

    @property
    def power(self) -> Fraction | None:
        """Share of printable values that the strongest check would have rejected; None where no check knows it."""
        return max((check.power for check in self.checks if check.power is not None), default=None)

    @property
    def detection_limit(self) -> Fraction | None:
        """Largest misprint that goes unnoticed by every check; None where no check knows it."""
        limits = [check.detection_limit for check in self.checks if check.detection_limit is not None]
        return min(limits, default=None)

    @property
    def needed(self) -> str:
        """What would have to be published so that the number can be checked; empty where it can."""
        return NEEDED.get(self.reason, "")

    @property
    def argument(self) -> tuple[str, ...]:
        """The whole argument, one line a step."""
        lines = list(self.check.steps)
        for other in self.checks[1:]:
            lines += [f"also {other.rule} ({other.verdict}): {'; '.join(other.steps)}"]
        if self.repeats:
            lines.append(f"printed again as {', '.join(self.repeats)}")
        return tuple(lines)


def _strength(check: Check) -> tuple[int, bool, float]:
    # a recomputation that a reader can follow decides before the joint one, which lends its power
    return _ORDER[check.verdict], check.rule == RULE, -float(check.power or 0)


def assess(
    book: Book,
    claims: Sequence[Claim] = (),
    only: Sequence[str] = ("*",),
    *,
    conflicts: Mapping[str, Check] | None = None,
) -> tuple[Entry, ...]:
    """Give every printed number its verdict.

    Parameters
    ----------
    book : Book
        The survey.
    claims : sequence of Claim
        Its claims; some declare equations (response rates, balances) that the text itself states.
    only : sequence of str
        Globs over ids: other numbers are left out.
    conflicts : mapping of str to Check, optional
        What :func:`aibaro.ledger.conflict_checks` found; by default nothing.

    Returns
    -------
    tuple of Entry
        One a printing, in the order of ``printed.csv``.

    Notes
    -----
    Where several checks apply, a failing one decides, then the one with the strongest agreement and the most
    power.

    Examples
    --------
    >>> from aibaro.published import load
    >>> entries = assess(Book.of(load("topdesk-2025")))
    >>> entries[0].verdict, entries[0].reason
    ('not_checkable', 'date')
    """
    desk = Desk.of(book, claims, conflicts)
    return tuple(_entry(desk, figure) for figure in book.figures.values() if matches(figure.id, only))


def matches(name: str, globs: Sequence[str]) -> bool:
    """Tell whether an id is asked for.

    Examples
    --------
    >>> matches("fl23.t3.nlg.nace-58-63", ["fl23.t3.*"])
    True
    """
    return any(fnmatchcase(name, pattern) for pattern in globs)


def _entry(desk: Desk, figure: Figure) -> Entry:
    checks = tuple(sorted(checks_of(desk, figure), key=_strength))
    others = tuple(other.id for other in repeats(desk.book, figure))
    return Entry(figure, checks[0], checks, others)
