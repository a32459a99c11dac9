"""How large is this figure said to be?  Rules for majorities, limits, sums, gaps and verbal quantities."""

from __future__ import annotations

from fractions import Fraction

from aibaro.errors import InputError
from aibaro.ledger.book import Book
from aibaro.ledger.comparisons import Comparison, above, below
from aibaro.ledger.rule_inputs import Parameters, Sections, Statement, needed, number, one, two
from aibaro.published.verbal import FRACTIONS, READINGS, admitted


def majority(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures are above one half.

    Parameters
    ----------
    book : Book
        The survey.
    sections : sequence of one sequence of Figure
        The figures.
    parameters : mapping of str to str
        None.

    Returns
    -------
    Statement
        One comparison a figure.
    """
    return Statement(tuple(above(f, 50) for f in one(sections, "majority")))


def minority(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures, or the sum of a section, are below one half.

    Parameters
    ----------
    book : Book
        The survey.
    sections : sequence of one sequence of Figure
        The figures.
    parameters : mapping of str to str
        ``of``: ``each`` (default) or ``sum``.

    Returns
    -------
    Statement
        One comparison a figure, or one for the sum.
    """
    figures = one(sections, "minority")
    if parameters.get("of", "each") == "sum":
        return Statement((Comparison(tuple((Fraction(-1), f) for f in figures), Fraction(50)),))
    return Statement(tuple(below(f, 50) for f in figures))


def threshold_above(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures exceed a limit.

    Parameters
    ----------
    book : Book
        The survey.
    sections : sequence of one sequence of Figure
        The figures.
    parameters : mapping of str to str
        ``limit``; ``strict`` is ``yes`` (default) or ``no`` (at least).

    Returns
    -------
    Statement
        One comparison a figure.
    """
    limit, strict = number(parameters, "limit"), parameters.get("strict", "yes") == "yes"
    figures = one(sections, "threshold_above")
    return Statement(tuple(above(f, limit, strict=strict) for f in figures), needed(parameters, len(figures)))


def threshold_below(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures stay under a limit.

    Parameters
    ----------
    book, sections, parameters
        As in :func:`threshold_above`.

    Returns
    -------
    Statement
        One comparison a figure.
    """
    limit, strict = number(parameters, "limit"), parameters.get("strict", "yes") == "yes"
    figures = one(sections, "threshold_below")
    return Statement(tuple(below(f, limit, strict=strict) for f in figures), needed(parameters, len(figures)))


def sum_above(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that the sum of figures exceeds a limit.

    Parameters
    ----------
    book : Book
        The survey.
    sections : sequence of one sequence of Figure
        Figures of answers that exclude each other.
    parameters : mapping of str to str
        ``limit``, default 50.

    Returns
    -------
    Statement
        One comparison.
    """
    figures = one(sections, "sum_above")
    return Statement((Comparison(tuple((Fraction(1), f) for f in figures), -number(parameters, "limit", "50")),))


def about(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures are a simple fraction, as words read it.

    Parameters
    ----------
    book : Book
        The survey.
    sections : sequence of one sequence of Figure
        Figures; with ``of=sum`` their sum is meant.
    parameters : mapping of str to str
        ``share`` such as ``1/3``; ``qualifier`` as in the reading table (default ``about``).

    Returns
    -------
    Statement
        Comparisons with the reading, which an admissible value has to meet; contradicted only beyond the
        neighbouring fractions; not checkable where no digits are printed.
    """
    share = number(parameters, "share")
    qualifier = parameters.get("qualifier", "about")
    if share not in FRACTIONS or qualifier not in READINGS:
        raise InputError("no reading of these words", where="about", parameter="share, qualifier",
                         expected=f"{', '.join(map(str, FRACTIONS))}; {', '.join(READINGS)}",
                         got=f"{share}, {qualifier}")  # fmt: skip
    reading = admitted(share, qualifier)
    scale = (Fraction(0), *FRACTIONS, Fraction(1))
    place = scale.index(share)
    low = min(100 * scale[place - 1], reading.lower)
    high = max(100 * scale[place + 1], reading.upper)
    figures = one(sections, "about")
    if not any(figure.precise for figure in figures):
        return Statement(reason="no_second_figure", steps=("only the words are printed, no figure that they describe",))
    groups = [tuple(figures)] if parameters.get("of") == "sum" else [(f,) for f in figures]
    inner, outer = [], []
    for group in groups:
        for sign, near, far, closed in ((1, reading.lower, low, reading.lower_closed),
                                        (-1, reading.upper, high, reading.upper_closed)):  # fmt: skip
            terms = tuple((Fraction(sign), f) for f in group)
            inner.append(Comparison(terms, -sign * near, strict=not closed))
            outer.append(Comparison(terms, -sign * far, strict=False))
    return Statement(tuple(inner), limits=tuple(outer))


def gap_smaller(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that one difference is smaller than others.

    Parameters
    ----------
    book : Book
        The survey.
    sections : sequence of sequences of two Figures
        The pair whose difference is smallest, then the other pairs.
    parameters : mapping of str to str
        None.

    Returns
    -------
    Statement
        One comparison with each other pair.
    """
    if len(sections) < 2 or any(len(section) != 2 for section in sections):
        raise InputError("differences need pairs", where="gap_smaller", parameter="inputs",
                         expected="two figures / two figures / ...", got=f"{len(sections)} sections")  # fmt: skip
    (a, b), one = sections[0], Fraction(1)
    return Statement(tuple(Comparison(((one, c), (-one, d), (-one, a), (one, b))) for c, d in sections[1:]))


def combined_greater(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that the sum of one section exceeds the sum of another.

    Parameters
    ----------
    book : Book
        The survey.
    sections : sequence of two sequences of Figure
        Figures that add up to the larger and to the smaller quantity.
    parameters : mapping of str to str
        None.

    Returns
    -------
    Statement
        One comparison.
    """
    left, right = two(sections, "combined_greater")
    terms = [(Fraction(1), f) for f in left] + [(Fraction(-1), f) for f in right]
    return Statement((Comparison(tuple(terms)),))


def times(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures are at least so many times as large as others.

    Parameters
    ----------
    book : Book
        The survey.
    sections : sequence of two sequences of Figure
        Larger figures, smaller figures.
    parameters : mapping of str to str
        ``factor``.

    Returns
    -------
    Statement
        One comparison a pair.
    """
    left, right = two(sections, "times")
    factor = number(parameters, "factor")
    return Statement(tuple(Comparison(((Fraction(1), a), (-factor, b)), strict=False) for a in left for b in right))
