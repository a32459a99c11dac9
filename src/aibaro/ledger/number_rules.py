"""Which rule applies to which printed number?  Small named functions, tried in the order of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from aibaro.consistency.check import Check
from aibaro.consistency.flows import ratio_of
from aibaro.consistency.intervals import add, exactly
from aibaro.consistency.sums import balance
from aibaro.ledger.answers import answer_check, conditional_fact
from aibaro.ledger.book import THIRD_PARTY, Book
from aibaro.ledger.detection import Limit, joint_check, read_limits
from aibaro.ledger.domains import base_count, base_mixtures, mixtures
from aibaro.ledger.equations import (
    Equation,
    base_share_bounds,
    equations,
    strata_totals,
    subsets,
    sums,
    unions,
)
from aibaro.ledger.figures import Figure
from aibaro.ledger.statements import Claim
from aibaro.ledger.words import reading, repeat_conflict, soften


@dataclass(frozen=True, slots=True)
class Desk:
    """What the rules read: the book, its equations and the claims that declare equations.

    Parameters
    ----------
    book : Book
        The survey.
    equations : dict of str to tuple of Equation
        Equations by the fact of each figure that takes part.
    claims : tuple of Claim
        Claims of the survey.
    limits : dict of str to Limit
        Detection limits that ship with the survey, by fact.
    conflicts : mapping of str to Check
        Checks that fail because printed percentages cannot hold together, by id.
    """

    book: Book
    equations: dict[str, tuple[Equation, ...]]
    claims: tuple[Claim, ...]
    limits: dict[str, Limit]
    conflicts: Mapping[str, Check]
    _known: dict[tuple[str, ...], tuple[Check, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, book: Book, claims: Sequence[Claim], conflicts: Mapping[str, Check] | None = None) -> Desk:
        """Collect what the rules read."""
        by_fact: dict[str, list[Equation]] = {}
        for equation in equations(book):
            for figure in (*equation.parts, *([equation.whole] if equation.whole else [])):
                by_fact.setdefault(figure.fact, []).append(equation)
        found = {fact: tuple(own) for fact, own in by_fact.items()}
        return cls(book, found, tuple(claims), read_limits(book), conflicts or {})


def _dates(desk: Desk, figure: Figure) -> Iterator[Check]:
    if figure.kind == "date":
        yield Check("date", "not_checkable", "date", steps=("a date states when, not how many",))


def _thresholds(desk: Desk, figure: Figure) -> Iterator[Check]:
    if figure.kind == "threshold" and not _cited(desk, figure):
        yield Check("definition", "not_checkable", "definition", steps=("a limit that the publication sets itself",))


def _third_party(desk: Desk, figure: Figure) -> Iterator[Check]:
    if _cited(desk, figure):
        yield Check("cited", "not_checkable", "third_party", steps=("cited from a source outside the publication",))


def _cited(desk: Desk, figure: Figure) -> bool:
    if figure.key.base.split(".")[0] == THIRD_PARTY:
        return True
    declared = [c for c in desk.claims if c.rule == "not_checkable" and c.parameters.get("reason") == THIRD_PARTY]
    return any(ref in {figure.fact, figure.id} for c in declared for section in c.sections for ref in section)


def _repeats(desk: Desk, figure: Figure) -> Iterator[Check]:
    found = repeat_conflict(desk.book, figure)
    if found is not None:
        yield found


def _words(desk: Desk, figure: Figure) -> Iterator[Check]:
    found = reading(desk.book, figure)
    if found is not None:
        yield found


def _strata(desk: Desk, figure: Figure) -> Iterator[Check]:
    found = strata_totals(desk.book, figure)
    if found is not None:
        yield found


def _equations(desk: Desk, figure: Figure) -> Iterator[Check]:
    apply = {"exhaustive": sums, "union": unions, "subset": subsets}
    for equation in desk.equations.get(figure.fact, ()):
        found = apply[equation.kind](desk.book, equation, figure)
        if found is not None:
            yield found


def _mixtures(desk: Desk, figure: Figure) -> Iterator[Check]:
    yield from mixtures(desk.book, figure)


def _base_mixtures(desk: Desk, figure: Figure) -> Iterator[Check]:
    yield from base_mixtures(desk.book, figure)


def _bases(desk: Desk, figure: Figure) -> Iterator[Check]:
    for found in (base_count(desk.book, figure), base_share_bounds(desk.book, figure)):
        if found is not None:
            yield found


def _conflicts(desk: Desk, figure: Figure) -> Iterator[Check]:
    if figure.id in desk.conflicts:
        yield desk.conflicts[figure.id]


def _joint(desk: Desk, figure: Figure) -> Iterator[Check]:
    found = joint_check(desk.book, desk.limits, figure)
    if found is not None:
        yield found


def _answers(desk: Desk, figure: Figure) -> Iterator[Check]:
    sets = [equation for equation in desk.equations.get(figure.fact, ()) if equation.kind == "exhaustive"]
    found = answer_check(desk.book, figure, sets)
    if found is not None:
        yield found


def _declared(desk: Desk, figure: Figure) -> Iterator[Check]:
    """Equations that the text itself states, written down as claims."""
    for claim in desk.claims:
        if claim.rule not in DECLARED or not claim.sections or not claim.sections[0]:
            continue
        if claim.sections[0][0] in {figure.fact, figure.id}:
            sections = [[f for ref in section for f in desk.book.resolve(ref)] for section in claim.sections[1:]]
            yield DECLARED[claim.rule](desk.book, figure, sections)


def declared_balance(book: Book, figure: Figure, sections: Sequence[Sequence[Figure]]) -> Check:
    """Check a count against counts that are added and taken away."""
    plus = {f.id: int(f.centre) for f in sections[0]}
    minus = {f.id: int(f.centre) for f in (sections[1] if len(sections) > 1 else ())}
    return balance(int(figure.centre), plus, minus)


def declared_ratio(book: Book, figure: Figure, sections: Sequence[Sequence[Figure]]) -> Check:
    """Check a percentage against the counts that it is the quotient of."""
    top, bottom = (add(exactly(f.centre) for f in section) for section in sections)
    check = ratio_of(figure.number, top, bottom, declared=book.rounding)
    return replace(check, inputs=tuple(f.id for section in sections for f in section))


def declared_count(book: Book, figure: Figure, sections: Sequence[Sequence[Figure]]) -> Check:
    """Check a stated number of things against the things that are printed."""
    found = {f.id: 1 for f in sections[0]}
    check = balance(int(figure.centre), found, rule="count_of")
    return replace(
        check,
        steps=(
            f"{len(found)} are listed: {', '.join(f.key.item for f in sections[0])}",
            f"print says {int(figure.centre)}",
        ),
    )


DECLARED: dict[str, Callable[[Book, Figure, Sequence[Sequence[Figure]]], Check]] = {
    "balance": declared_balance,
    "ratio_of": declared_ratio,
    "count_of": declared_count,
}

RULES: dict[str, Callable[[Desk, Figure], Iterator[Check]]] = {
    "date": _dates,
    "cited": _third_party,
    "definition": _thresholds,
    "declared": _declared,
    "strata": _strata,
    "mixtures": _mixtures,
    "equations": _equations,
    "base_mixtures": _base_mixtures,
    "answers": _answers,
    "words": _words,
    "bases": _bases,
    "joint": _joint,
    "repeats": _repeats,
    "conflicts": _conflicts,
}
# what depends on the printing and not on the fact and its digits alone
OF_PRINTINGS = ("repeats", "conflicts")


def checks_of(desk: Desk, figure: Figure) -> tuple[Check, ...]:
    """Run every rule on a printed number."""
    # a fact that is printed several times with the same digits is recomputed once
    same = (figure.fact, figure.kind, figure.printed, str(figure.base_n), figure.weighted)
    if same not in desk._known:
        desk._known[same] = tuple(
            check for name in RULES if name not in OF_PRINTINGS for check in RULES[name](desk, figure)
        )
    found = [*desk._known[same], *(check for name in OF_PRINTINGS for check in RULES[name](desk, figure))]
    usable = [kept for check in found if (kept := _fair(desk, figure, check)) is not None]
    return tuple(usable) or (_nothing(desk, figure),)


def _fair(desk: Desk, figure: Figure, check: Check) -> Check | None:
    """Let no words accuse digits, judge words as words, and drop checks that could never fail."""
    if check.verdict == "consistent" and _vacuous(check):
        return None
    if check.verdict != "inconsistent":
        return check
    if figure.kind == "verbal":
        return soften(check, figure)
    verbal = [ref for ref in check.inputs if ref in desk.book.figures and not desk.book.figures[ref].precise]
    return None if verbal else check


def _vacuous(check: Check) -> bool:
    if check.power is not None:
        return check.power == 0
    wide = check.recomputed
    return wide is not None and wide.lower <= 0 and wide.upper >= 100


def _nothing(desk: Desk, figure: Figure) -> Check:
    if figure.kind == "verbal" and figure.qualifier == "vague":
        return Check("vague_words", "not_checkable", "definition", steps=("the words name no quantity",))
    bare = figure.unit == "percent" and figure.weighted != "yes" and figure.base_n is None
    if bare:
        steps = conditional_fact(desk.book, figure) or ("the number of answers is not printed for this figure",)
        return Check("base_not_printed", "not_checkable", "base_not_printed", power=Fraction(0), steps=steps)
    text = "nothing else that is printed determines this figure"
    if figure.unit == "percent" and figure.weighted != "yes" and figure.base_n is not None:
        text = f"every printable value is reachable from n = {figure.base_n}, and no other figure determines it"
    return Check("single_figure", "not_checkable", "no_second_figure", power=Fraction(0), steps=(text,))
