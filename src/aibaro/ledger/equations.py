"""Which printed figures are parts of which whole?  Equations, read off ``relations.csv`` and ``strata.csv``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from aibaro.consistency.check import Check, band, judge
from aibaro.consistency.intervals import add, exactly, intersect, subtract
from aibaro.consistency.sums import balance, interval_text, remainder_of, stands_for, sum_of, union_bounds
from aibaro.ledger.book import Book, Relation
from aibaro.ledger.figures import Figure, Key
from aibaro.published.schema import COUNT_COLUMNS, CROSS
from aibaro.rounding import Interval, PrintedNumber


@dataclass(frozen=True, slots=True)
class Equation:
    """Printed parts and their printed whole, of one base, domain, wave and group.

    Parameters
    ----------
    kind : str
        ``exhaustive``, ``union`` or ``subset``.
    parts : tuple of Figure
        The parts.
    whole : Figure or None
        The whole; None for parts that exhaust their base, whose whole is exactly 100.
    """

    kind: str
    parts: tuple[Figure, ...]
    whole: Figure | None


def equations(book: Book) -> tuple[Equation, ...]:
    """List the equations between printed figures."""
    kinds = {"exhaustive", "union", "subset"}
    return tuple(found for relation in book.relations if relation.kind in kinds for found in _apply(book, relation))


def _apply(book: Book, relation: Relation) -> Iterator[Equation]:
    parts = [Key.parse(part) for part in relation.parts]
    whole = None if relation.whole.startswith("@") else Key.parse(relation.whole)
    named = {(part.item, part.base) for part in parts}
    places = dict.fromkeys(
        (figure.key.domain, figure.key.level, figure.key.wave, figure.key.group)
        for figure in book.figures.values()
        if (figure.key.item, figure.key.base) in named
    )
    for domain, level, wave, group in places:
        here = {"domain": domain, "level": level, "wave": wave, "group": group}
        found = [book.best(part.about(**here)) for part in parts]
        top = book.best(whole.about(**here)) if whole else None
        if any(figure is None for figure in found) or (whole and top is None):
            continue
        yield Equation(relation.kind, tuple(figure for figure in found if figure), top)


def sums(book: Book, equation: Equation, figure: Figure) -> Check | None:
    """Check a figure as whole or part of a sum."""
    if all(member.kind == "count" for member in (figure, *equation.parts)):
        return _count_sum(equation, figure)
    top = _top(book, figure)
    if equation.whole and figure.fact == equation.whole.fact:
        parts = {part.id: part.number for part in equation.parts}
        return sum_of(figure.number, parts, declared=book.rounding, top=top)
    if all(figure.fact != part.fact for part in equation.parts):
        return None
    others = {part.id: part.number for part in equation.parts if part.fact != figure.fact}
    whole = exactly(100) if equation.whole is None else equation.whole.number
    # with a single other part the complement is an exact recomputation, not one equation for many unknowns
    complement = equation.whole is None and len(others) == 1
    name, best = ("complement", "reproduced") if complement else ("remainder_of", "consistent")
    check = remainder_of(figure.number, whole, others, name=name, best=best, declared=book.rounding, top=top)
    return check if equation.whole is None else replace(check, inputs=(equation.whole.id, *check.inputs))


def _count_sum(equation: Equation, figure: Figure) -> Check | None:
    """The same for counts, which are not rounded."""
    whole = equation.whole
    if whole is None:
        return None
    parts = {part.id: int(part.centre) for part in equation.parts if part.fact != figure.fact}
    if figure.fact == whole.fact:
        return balance(int(figure.centre), parts, rule="sum_of")
    if len(parts) == len(equation.parts):
        return None
    return balance(int(figure.centre), {whole.id: int(whole.centre)}, parts, rule="remainder_of")


def unions(book: Book, equation: Equation, figure: Figure) -> Check | None:
    """Check a figure as the union of features, or as one of them."""
    whole, parts = equation.whole, equation.parts
    if whole is None:
        return None
    if figure.fact == whole.fact:

        def bounds(rule: str) -> Interval:
            return union_bounds([part.band(rule) for part in parts])

        inputs = [part.id for part in parts]
        text = "at least the largest part, at most the sum of all"
    elif any(figure.fact == part.fact for part in parts):
        others = [part for part in parts if part.fact != figure.fact]

        def bounds(rule: str) -> Interval:
            rest = subtract(whole.band(rule), add(part.band(rule) for part in others))
            return Interval(max(Fraction(0), rest.lower), whole.band(rule).upper, True, whole.band(rule).upper_closed)

        inputs = [whole.id, *(part.id for part in others)]
        text = "at most the union, at least what the other parts leave of it"
    else:
        return None
    check = judge("union_of", figure.number, bounds, declared=book.rounding, best="consistent", inputs=inputs)
    allowed = interval_text(bounds(book.rounding))
    return check.because(f"{text}: {allowed}; {stands_for(figure.number, book.rounding)}")


def subsets(book: Book, equation: Equation, figure: Figure) -> Check | None:
    """Check that a part does not exceed its whole."""
    whole, part = equation.whole, equation.parts[0]
    if whole is None or figure.fact not in {whole.fact, part.fact}:
        return None
    top = _top(book, figure, whole)
    if figure.fact == part.fact:
        limit = whole

        def bounds(rule: str) -> Interval:
            return Interval(Fraction(0), whole.band(rule).upper, True, whole.band(rule).upper_closed)

    else:
        limit = part

        def bounds(rule: str) -> Interval:
            return Interval(part.band(rule).lower, max(Fraction(top), figure.band(rule).upper))

    check = judge(
        "subset_of", figure.number, bounds, declared=book.rounding, best="consistent", top=top, inputs=[limit.id]
    )
    allowed = interval_text(bounds(book.rounding))
    return check.because(f"a part is at most its whole: {allowed}; {stands_for(figure.number, book.rounding)}")


def _top(book: Book, figure: Figure, whole: Figure | None = None) -> int:
    """Largest printable value: 100 for shares; for counts the largest count of the survey."""
    if figure.unit == "percent":
        return 100
    counts = [f.centre for f in book.figures.values() if f.kind == "count" and isinstance(f.value, PrintedNumber)]
    return int(max([*counts, figure.centre, whole.centre if whole else Fraction(0)]))


def strata_totals(book: Book, figure: Figure) -> Check | None:
    """Check a printed count of the strata table against its rows and columns."""
    key = figure.key
    plain = figure.kind == "count" and key.item in COUNT_COLUMNS and key.base == "all" and not (key.wave or key.group)
    if not plain or book.survey.strata.empty or key.item not in book.survey.strata:
        return None
    variables = [c for c in book.survey.strata.columns if c not in COUNT_COLUMNS]
    if not key.domain:
        return _total(book, figure, variables[0], book.margin(variables[0], key.item))
    if key.domain in variables and len(variables) > 1:
        cells = book.margin(CROSS.join(variables), key.item)
        place = variables.index(key.domain)
        inside = {level: count for level, count in cells.items() if level.split(CROSS)[place] == key.level}
        return _total(book, figure, CROSS.join(variables), inside) if inside else None
    if key.domain == CROSS.join(variables):
        return _cell(book, figure, variables)
    return None


def _total(book: Book, figure: Figure, domain: str, counts: dict[str, int]) -> Check:
    check = balance(int(figure.centre), counts, rule="total_of_cells")
    cells = [book.best(Key(figure.key.item, domain=domain, level=level)) for level in counts]
    return replace(check, inputs=tuple(cell.id for cell in cells if cell is not None))


def _cell(book: Book, figure: Figure, variables: list[str]) -> Check | None:
    """A cell is what its row and its column leave when the other cells are taken away."""
    cells, levels = book.margin(figure.key.domain, figure.key.item), figure.key.level.split(CROSS)
    steps, values, inputs = [], [], []
    for place, variable in enumerate(variables):
        total = book.best(Key(figure.key.item, domain=variable, level=levels[place]))
        if total is None or not total.precise:
            continue
        others = sum(
            count
            for level, count in cells.items()
            if level != figure.key.level and level.split(CROSS)[place] == levels[place]
        )
        values.append(int(total.centre) - others)
        inputs.append(total.id)
        steps.append(f"total of {levels[place]} {int(total.centre)} - other cells {others} = {values[-1]}")
    if not values:
        return None
    printed = int(figure.centre)
    agrees = printed in values
    shown = printed if agrees else values[0]
    if not agrees:
        steps.append(f"print says {printed}")
    return Check(
        "remainder_of_table",
        "consistent" if agrees else "inconsistent",
        recomputed=exactly(shown),
        central=Fraction(shown),
        passes=("exact",) if agrees else (),
        fails=() if agrees else ("exact",),
        power=Fraction(max(printed, 1), max(printed, 1) + 1),
        detection_limit=Fraction(0),
        inputs=tuple(inputs),
        steps=tuple(steps),
    )


def base_share_bounds(book: Book, figure: Figure) -> Check | None:
    """Check a figure of a part of the sample against the figure of all and the size of the part.

    Notes
    -----
    With the share s of the base and the overall share P: max(0, P - (100 - s))/s <= p <= min(s, P)/s.
    """
    if figure.unit != "percent" or figure.key.base == "all":
        return None
    share = book.share_of_base(figure.key.base, figure.key)
    overall = book.best(figure.key.about(base="all"))
    if share is None or overall is None or not overall.precise:
        return None

    def bounds(rule: str) -> Interval:
        held, all_of = band(share, rule), overall.band(rule)
        low = max(Fraction(0), all_of.lower - (100 - held.lower)) / held.lower
        high = min(held.lower, all_of.upper) / held.lower
        return Interval(100 * low, 100 * high)

    check = judge("part_of_base", figure.number, bounds, declared=book.rounding, best="consistent", inputs=[overall.id])
    allowed = intersect(bounds(book.rounding), Interval(Fraction(0), Fraction(100))) or bounds(book.rounding)
    return check.because(
        f"the overall figure {interval_text(overall.band())} and the share of the base {interval_text(band(share))} "
        f"allow {interval_text(allowed, 2)}; {stands_for(figure.number, book.rounding)}"
    )
