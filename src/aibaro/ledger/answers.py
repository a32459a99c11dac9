"""Can an unweighted percentage come from its base?  GRIM for printed figures, alone and in exhaustive sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from aibaro.consistency._grim import GrimResult, fitting_bases, grim, power
from aibaro.consistency.check import Check
from aibaro.consistency.intervals import exactly
from aibaro.consistency.reachable import SUM_RULE, counts
from aibaro.ledger.book import Book
from aibaro.ledger.equations import Equation
from aibaro.ledger.figures import Figure
from aibaro.published.schema import WHOLE_BASE
from aibaro.rounding import Interval, PrintedNumber


def as_printed(figure: Figure) -> PrintedNumber | None:
    """Give the number that a figure prints, or that its words repeat exactly."""
    if isinstance(figure.value, PrintedNumber):
        return figure.value
    if isinstance(figure.value, Interval):
        for decimals in (0, 1):
            if figure.value.upper - figure.value.lower == Fraction(1, 10**decimals):
                return PrintedNumber(figure.printed, figure.centre, decimals, True)
    return None


def answer_check(book: Book, figure: Figure, sets: Sequence[Equation]) -> Check | None:
    """Check a percentage of a printed base by GRIM."""
    number = as_printed(figure)
    if number is None or figure.unit != "percent" or figure.base_n is None or figure.weighted not in {"no", "unknown"}:
        return None
    for equation in sets:
        found = _jointly(book, figure, equation)
        if found is not None:
            return found
    n, declared = figure.base_n, book.rounding
    strength = _power(n, number.decimals, declared)
    if strength == 0:
        return None
    result = grim([_text(number)], n, measure="percentage", declared=declared, decimal=".")
    admitted = result.admitted[0]
    passes = tuple(rule for rule, options in zip(result.rules, admitted, strict=True) if options)
    (below, low), (above, high) = result.nearest(0)
    middle = exactly(below) if number.value - below <= above - number.value else exactly(above)
    check = Check(
        "grim",
        result.verdicts[0],
        recomputed=exactly(Fraction(100 * admitted[0][0], n)) if admitted[0] else middle,
        passes=passes,
        fails=tuple(rule for rule in result.rules if rule not in passes),
        power=strength,
        steps=(
            f"100·k/{n}: neighbours {float(below):.2f} (k = {low}) and {float(above):.2f} (k = {high})",
            f"{float(_power(n, number.decimals, 'every')):.3f} of printable values would fail every rule",
        ),
    )
    return _unweighted_only(check, figure)


def _unweighted_only(check: Check, figure: Figure) -> Check:
    """Where print does not say whether answers were weighted, failure is no conflict."""
    if figure.weighted == "no" or check.verdict != "inconsistent":
        return check
    softer = replace(check, verdict="not_checkable", reason="base_not_printed")
    return softer.because("print does not say whether the answers were weighted")


def _jointly(book: Book, figure: Figure, equation: Equation) -> Check | None:
    numbers = [as_printed(part) for part in equation.parts]
    usable = equation.whole is None and all(number is not None for number in numbers)
    same = {part.base_n for part in equation.parts} == {figure.base_n}
    place = next((i for i, part in enumerate(equation.parts) if part.fact == figure.fact), None)
    if not usable or not same or place is None or figure.base_n is None:
        return None
    texts = [_text(number) for number in numbers if number is not None]
    own = as_printed(figure)
    texts[place] = _text(own) if own else texts[place]
    n, declared = figure.base_n, book.rounding
    result = grim(texts, n, measure="percentage", exhaustive="yes", declared=declared, decimal=".")
    strength = _joint_power(tuple(texts), place, n, declared)
    passes = tuple(rule for rule, found in result.joint.items() if found is not None)
    check = Check(
        "grim_set",
        result.joint_verdict,
        recomputed=None,
        passes=passes,
        fails=tuple(rule for rule in result.joint if rule not in passes),
        power=strength,
        inputs=tuple(part.id for part in equation.parts if part.fact != figure.fact),
        steps=tuple(_joint_steps(result)),
    )
    return _unweighted_only(check, figure)


def _joint_steps(result: GrimResult) -> list[str]:
    lines = [f"answers {' / '.join(result.printed)} of n = {result.n} have to add up to {result.n}"]
    for rule, counted in result.joint.items():
        text = " + ".join(map(str, counted)) + f" = {result.n}" if counted else f"no counts add up to {result.n}"
        lines.append(f"{rule}: {text}")
    if result.joint.get(SUM_RULE) and result.joint_verdict == "rounding_dependent":
        lines.append("the set fits when it was rounded to a total of 100: no conflict")
    return lines


@lru_cache(maxsize=256)
def _power(n: int, decimals: int, rule: str) -> Fraction:
    return power(n, decimals, rule)


@lru_cache(maxsize=256)
def _joint_power(texts: tuple[str, ...], place: int, n: int, declared: str) -> Fraction:
    """Share of printable values of one answer that no set of counts reaches, the other answers as printed."""
    decimals = max(len(text.partition(".")[2]) for text in texts)
    last = 100 * 10**decimals
    others = [counts(n, text, declared, ".") for i, text in enumerate(texts) if i != place]
    if not all(others):
        return Fraction(1)
    low = n - sum(options[-1] for options in others)
    high = n - sum(options[0] for options in others)
    reached = 0
    for step in range(last + 1):
        own = counts(n, PrintedNumber("", Fraction(step, 10**decimals), decimals, True), declared)
        reached += bool(own) and own[0] <= high and own[-1] >= low
    return 1 - Fraction(reached, last + 1)


def _text(number: PrintedNumber) -> str:
    """Digits with a decimal point, as many as were printed."""
    scaled = int(number.value * 10**number.decimals)
    if not number.decimals:
        return str(scaled)
    digits = str(scaled).rjust(number.decimals + 1, "0")
    return f"{digits[: -number.decimals]}.{digits[-number.decimals :]}"


def conditional_fact(book: Book, figure: Figure) -> tuple[str, ...]:
    """Say what would follow if the base of a question were the whole sample."""
    number = as_printed(figure)
    sizes = {str(row["base"]): str(row["respondents"]) for row in book.survey.bases.to_dict("records")}
    if number is None or figure.unit != "percent" or not sizes.get(WHOLE_BASE) or figure.key.base != WHOLE_BASE:
        return ()
    largest = int(sizes[WHOLE_BASE])
    if figure.key.wave or largest > 500:
        return ()
    own = counts(largest, number, book.rounding)
    found = f"k = {own[0]}" if own else "no k"
    stem = figure.key.item.split(".")[0] + "."
    group = sorted(
        {
            _text(other_number)
            for other in book.figures.values()
            if other.unit == "percent"
            and other.key.about(item="") == figure.key.about(item="")
            and (other.key.item.startswith(stem) or other.key.item == figure.key.item)
            and (other_number := as_printed(other)) is not None
        }
    )
    bases = fitting_bases(group, largest, rule=book.rounding, decimal=".")
    shown = ", ".join(map(str, bases)) or f"none up to {largest}"
    return (
        f"if the base were the whole sample: {found} of {largest} rounds to {_text(number)}%",
        f"bases up to {largest} that fit {', '.join(group)} (the answers to its question): {shown}",
    )
