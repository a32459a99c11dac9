"""How large is this figure said to be?  Rules for majorities, limits, sums, gaps and verbal quantities."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

from aibaro.consistency.check import ROUNDING_RULES, Check, band
from aibaro.consistency.sums import number_text
from aibaro.errors import InputError
from aibaro.ledger.book import Book
from aibaro.ledger.comparisons import Comparison, above, below
from aibaro.ledger.figures import Figure
from aibaro.ledger.rule_inputs import Parameters, Part, Sections, Statement, holds, needed, number, one, two
from aibaro.messages import message
from aibaro.published.schema import WHOLE_BASE
from aibaro.rounding import FRACTIONS, READINGS, Interval, admitted


def majority(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures are above one half."""
    return holds(above(f, 50) for f in one(sections, "majority"))


def minority(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures, or the sum of a section, are below one half."""
    figures = one(sections, "minority")
    if parameters.get("of", "each") == "sum":
        return holds([Comparison(tuple((Fraction(-1), f) for f in figures), Fraction(50))])
    return holds(below(f, 50) for f in figures)


def threshold_above(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures exceed a limit."""
    limit, strict = number(parameters, "limit"), parameters.get("strict", "yes") == "yes"
    figures = one(sections, "threshold_above")
    if parameters.get("of", "each") == "sum":
        terms = tuple((Fraction(1), f) for f in figures)
        return holds([Comparison(terms, -limit, strict=strict)])
    return holds((above(f, limit, strict=strict) for f in figures), needed(parameters, len(figures)))


def threshold_below(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures stay under a limit."""
    limit, strict = number(parameters, "limit"), parameters.get("strict", "yes") == "yes"
    figures = one(sections, "threshold_below")
    if parameters.get("of", "each") == "sum":
        terms = tuple((Fraction(-1), f) for f in figures)
        return holds([Comparison(terms, limit, strict=strict)])
    return holds((below(f, limit, strict=strict) for f in figures), needed(parameters, len(figures)))


def sum_above(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that the sum of figures exceeds a limit."""
    figures = one(sections, "sum_above")
    return holds([Comparison(tuple((Fraction(1), f) for f in figures), -number(parameters, "limit", "50"))])


def about(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures are a simple fraction, as words read it."""
    share = number(parameters, "share")
    qualifier = parameters.get("qualifier", "about")
    if share not in FRACTIONS or qualifier not in READINGS:
        raise InputError(
            "no reading of these words",
            where="about",
            parameter="share, qualifier",
            expected=f"{', '.join(map(str, FRACTIONS))}; {', '.join(READINGS)}",
            got=f"{share}, {qualifier}",
        )
    reading = admitted(share, qualifier)
    scale = (Fraction(0), *FRACTIONS, Fraction(1))
    place = scale.index(share)
    low = min(100 * scale[place - 1], reading.lower)
    high = max(100 * scale[place + 1], reading.upper)
    groups = _amounts(sections, parameters)
    figures = [f for group in groups for _, f in group]
    parts, said = [], not any(figure.precise for figure in figures)
    for group in groups:
        inner, outer = [], []
        for sign, near, far, closed in (
            (1, reading.lower, low, reading.lower_closed),
            (-1, reading.upper, high, reading.upper_closed),
        ):
            terms = tuple((Fraction(sign) * factor, f) for factor, f in group)
            if parameters.get("of") == "ratio":
                (top, bottom) = (f for _, f in group)
                inner.append(Comparison(((Fraction(sign), top), (-sign * near / 100, bottom)), strict=not closed))
                outer.append(Comparison(((Fraction(sign), top), (-sign * far / 100, bottom)), strict=False))
                continue
            inner.append(Comparison(terms, -sign * near, strict=not closed))
            outer.append(Comparison(terms, -sign * far, strict=False))
        parts.append(Part(tuple(inner), limits=tuple(outer)))
    if said:
        return Statement(tuple(parts), reason="no_second_figure", steps=(message("ledger.only_words"),))
    return Statement(tuple(parts))


def _amounts(sections: Sections, parameters: Parameters) -> list[list[tuple[Fraction, Figure]]]:
    """The amounts that a verbal quantity is said of: each figure, their sum, or the ratio of two."""
    if parameters.get("of") == "ratio":
        left, right = two(sections, "about")
        return [[(Fraction(1), a), (Fraction(1), b)] for a in left for b in right]
    figures = [(Fraction(1), f) for f in one(sections, "about")]
    return [figures] if parameters.get("of") == "sum" else [[pair] for pair in figures]


def gap_smaller(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that one difference is smaller than others."""
    if len(sections) < 2 or any(len(section) != 2 for section in sections):
        raise InputError(
            "differences need pairs",
            where="gap_smaller",
            parameter="inputs",
            expected="two figures / two figures / ...",
            got=f"{len(sections)} sections",
        )
    (a, b), one = sections[0], Fraction(1)
    return holds(Comparison(((one, c), (-one, d), (-one, a), (one, b))) for c, d in sections[1:])


def combined_greater(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that the sum of one section exceeds the sum of another."""
    left, right = two(sections, "combined_greater")
    terms = [(Fraction(1), f) for f in left] + [(Fraction(-1), f) for f in right]
    return holds([Comparison(tuple(terms))])


def times(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures are at least so many times as large as others."""
    left, right = two(sections, "times")
    factor = number(parameters, "factor")
    return holds(Comparison(((Fraction(1), a), (-factor, b)), strict=False) for a in left for b in right)


def pooled_not_less(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that levels taken together are about as large as other levels taken together, or larger.

    Notes
    -----
    Levels are pooled by their population, times the printed share of the base among all firms of the level.  A pooled
    share is monotone in each weight, so that the corners of the weights' rounding hold all values that it can have.
    """
    left, right = two(sections, "pooled_not_less")
    margin = number(parameters, "margin")
    sides = [[_masses(book, figure) for figure in side] for side in (left, right)]
    centres = [[sum(ends, Fraction(0)) / 2 for ends in side] for side in sides]
    comparison = Comparison((*_pooled(left, centres[0]), *_pooled(right, centres[1], -1)), margin, strict=False)
    corners = [
        Comparison((*_pooled(left, one), *_pooled(right, other, -1)), margin, strict=False)
        for one in product(*sides[0])
        for other in product(*sides[1])
    ]

    def values(rule: str) -> Interval:
        found = [corner.value(rule) for corner in corners]
        return Interval(min(v.lower for v in found), max(v.upper for v in found))

    # the difference plus the margin has to reach zero: it is printed by nobody, so zero itself stands for print
    reach = {rule: values(rule) for rule in ROUNDING_RULES}
    word = (
        "consistent"
        if reach[book.rounding].lower >= 0
        else ("inconsistent" if all(found.upper < 0 for found in reach.values()) else "rounding_dependent")
    )
    steps = (message("ledger.pooled", left=_shown(left, centres[0]), right=_shown(right, centres[1])),)
    return Statement((Part((comparison,)),), check=Check("pooled_not_less", word), steps=steps)


def _masses(book: Book, figure: Figure) -> tuple[Fraction, Fraction]:
    """Give the smallest and the largest number of units that a figure of a level speaks for."""
    counts = book.margin(figure.key.domain)
    if figure.key.level not in counts:
        raise InputError(
            "levels are pooled by their population",
            where="pooled_not_less",
            parameter="inputs",
            expected="figures by a stratum variable",
            got=figure.fact,
        )
    units = Fraction(counts[figure.key.level])
    if figure.key.base == WHOLE_BASE:
        return units, units
    share = book.share_of_base(figure.key.base, figure.key)
    if share is None:
        raise InputError(
            "the share of the base is not printed for this level",
            where="pooled_not_less",
            parameter="inputs",
            got=figure.fact,
        )
    held = band(share, book.rounding)
    return units * held.lower / 100, units * held.upper / 100


def _pooled(figures: Sequence[Figure], masses: Sequence[Fraction], sign: int = 1) -> list[tuple[Fraction, Figure]]:
    total = sum(masses, Fraction(0))
    return [(sign * mass / total, figure) for figure, mass in zip(figures, masses, strict=True)]


def _shown(figures: Sequence[Figure], masses: Sequence[Fraction]) -> str:
    value = sum((factor * figure.centre for factor, figure in _pooled(figures, masses)), Fraction(0))
    return f"{number_text(value, 2)} ({', '.join(f'{f.key.level} {f.printed}' for f in figures)})"
