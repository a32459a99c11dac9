"""Do repeats agree, and do words fit the figures that they describe?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from aibaro.consistency.check import ROUNDING_RULES, Check
from aibaro.consistency.sums import interval_text, printed_text, stands_for
from aibaro.ledger.book import Book
from aibaro.ledger.figures import Figure
from aibaro.rounding import FRACTIONS, Interval, named_share

READING = "midpoints"
NEIGHBOURS = "neighbouring_fraction"


def repeats(book: Book, figure: Figure) -> tuple[Figure, ...]:
    """List the other printings of the same fact in digits."""
    same = book.facts.get(figure.fact, ())
    return tuple(other for other in same if other.id != figure.id and other.precise and other.unit == figure.unit)


def repeat_conflict(book: Book, figure: Figure) -> Check | None:
    """Check a printing against the other printings of its fact."""
    if not figure.precise:
        return None
    declared = book.rounding
    odd = [other for other in repeats(book, figure) if not figure.band(declared).meets(other.band(declared))]
    if not odd:
        return None
    tried = [declared, *(rule for rule in ROUNDING_RULES if rule != declared)]
    passes = tuple(rule for rule in tried if all(figure.band(rule).meets(other.band(rule)) for other in odd))
    steps = [f"{other.location}: {other.printed}" for other in odd]
    return Check(
        "same_fact",
        "rounding_dependent" if passes else "inconsistent",
        recomputed=odd[0].band(declared),
        central=odd[0].centre,
        passes=passes,
        fails=tuple(rule for rule in tried if rule not in passes),
        inputs=tuple(other.id for other in odd),
        steps=(f"{figure.location}: {figure.printed}", *steps, "the same fact is printed with different values"),
    )


def neighbourhood(figure: Figure) -> Interval | None:
    """Give the widest range that the words of a verbal quantity could still mean."""
    share = named_share(figure.printed)
    if share is None or not isinstance(figure.value, Interval):
        return None
    scale = (Fraction(0), *FRACTIONS, Fraction(1))
    place = scale.index(share) if share in scale else -1
    if place < 1:
        return None
    low, high = 100 * scale[place - 1], 100 * scale[place + 1]
    return Interval(min(low, figure.value.lower), max(high, figure.value.upper))


def reading(book: Book, figure: Figure) -> Check | None:
    """Check words against the figure that is printed for the same fact."""
    exact = book.best(figure.fact)
    if figure.kind != "verbal" or exact is None or not exact.precise:
        return None
    found = exact.band(book.rounding)
    fits = found.meets(figure.band())
    check = Check(
        "words_for",
        "consistent" if fits else "inconsistent",
        recomputed=found,
        central=exact.centre,
        passes=(READING,) if fits else (),
        fails=() if fits else (READING,),
        inputs=(exact.id,),
        steps=(f'"{figure.printed}" for {printed_text(exact.number)}', stands_for(figure.number, book.rounding)),
    )
    return check if fits else soften(check, figure)


def soften(check: Check, figure: Figure) -> Check | None:
    """Judge words no more strictly than words allow.

    Notes
    -----
    A fraction admits values up to the midpoints to its neighbours; only beyond the neighbouring fraction itself is
    a statement contradicted.
    """
    if check.verdict != "inconsistent" or figure.kind != "verbal":
        return check
    if figure.qualifier == "vague":
        return None
    wide = neighbourhood(figure)
    if wide is None or check.recomputed is None or not check.recomputed.meets(wide):
        return check
    step = f"outside the midpoints, within the neighbouring fractions {interval_text(wide, 2)}: no contradiction"
    return replace(check, verdict="rounding_dependent", passes=(NEIGHBOURS,), fails=(READING,)).because(step)
