"""Which of these figures is larger?  Rules for comparisons, ranks, orders and trends."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from aibaro.errors import InputError
from aibaro.ledger.book import Book
from aibaro.ledger.comparisons import Comparison, above, below
from aibaro.ledger.rule_inputs import Parameters, Sections, Statement, needed, number, one, two


def greater(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that each figure of the first section is larger than each of the second.

    Parameters
    ----------
    book : Book
        The survey.
    sections : sequence of sequences of Figure
        Larger figures, smaller figures.
    parameters : mapping of str to str
        ``margin`` (points, default 0); ``except`` or ``need`` (how many comparisons may fail, or must hold).

    Returns
    -------
    Statement
        One comparison a pair of different facts.
    """
    left, right = two(sections, "greater")
    margin = number(parameters, "margin", "0")
    found = tuple(above(a, b, margin=margin) for a in left for b in right if a.fact != b.fact)
    return Statement(found, needed(parameters, len(found)))


def less(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that each figure of the first section is smaller than each of the second.

    Parameters
    ----------
    book, sections, parameters
        As in :func:`greater`, with the smaller figures first.

    Returns
    -------
    Statement
        One comparison a pair of different facts.
    """
    left, right = two(sections, "less")
    margin = number(parameters, "margin", "0")
    found = tuple(below(a, b, margin=margin) for a in left for b in right if a.fact != b.fact)
    return Statement(found, needed(parameters, len(found)))


def pairwise_greater(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that each figure is larger than the one at the same place of the second section.

    Parameters
    ----------
    book, sections, parameters
        As in :func:`greater`; both sections of the same length.

    Returns
    -------
    Statement
        One comparison a place.
    """
    left, right = two(sections, "pairwise_greater")
    if len(left) != len(right):
        raise InputError(
            "sections of different length",
            where="pairwise_greater",
            parameter="inputs",
            expected=f"{len(left)} figures",
            got=f"{len(right)} figures",
        )
    margin = number(parameters, "margin", "0")
    found = tuple(above(a, b, margin=margin) for a, b in zip(left, right, strict=True))
    return Statement(found, needed(parameters, len(found)))


def equal(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures differ by no more than a declared margin.

    Parameters
    ----------
    book : Book
        The survey.
    sections : sequence of sequences of Figure
        Figures and figures.
    parameters : mapping of str to str
        ``margin`` (points), required: equality without a margin is no statement about a sample.

    Returns
    -------
    Statement
        Two comparisons a pair.
    """
    left, right = two(sections, "equal")
    margin = number(parameters, "margin")
    found = [
        Comparison(((Fraction(sign), a), (Fraction(-sign), b)), margin, strict=False)
        for a in left
        for b in right
        if a.fact != b.fact
        for sign in (1, -1)
    ]
    return Statement(tuple(found))


def not_less(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures are about as large as others, or larger.

    Parameters
    ----------
    book : Book
        The survey.
    sections : sequence of sequences of Figure
        Figures and figures.
    parameters : mapping of str to str
        ``margin`` (points) that still counts as about as large, required.

    Returns
    -------
    Statement
        One comparison a pair.
    """
    left, right = two(sections, "not_less")
    margin = number(parameters, "margin")
    return Statement(tuple(above(a, b, margin=-margin, strict=False) for a in left for b in right if a.fact != b.fact))


def ranked_first(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that the first figures are the largest of all.

    Parameters
    ----------
    book, sections, parameters
        As in :func:`greater`; the second section may name the first figures again.

    Returns
    -------
    Statement
        One comparison with each other figure.
    """
    left, right = two(sections, "ranked_first")
    named = {figure.fact for figure in left}
    found = tuple(above(a, b) for a in left for b in right if b.fact not in named)
    return Statement(found, needed(parameters, len(found)))


def ranked_last(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that the first figures are the smallest of all.

    Parameters
    ----------
    book, sections, parameters
        As in :func:`ranked_first`.

    Returns
    -------
    Statement
        One comparison with each other figure.
    """
    left, right = two(sections, "ranked_last")
    named = {figure.fact for figure in left}
    found = tuple(below(a, b) for a in left for b in right if b.fact not in named)
    return Statement(found, needed(parameters, len(found)))


def ranked(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State the rank of a figure among others.

    Parameters
    ----------
    book : Book
        The survey.
    sections : sequence of sequences of Figure
        The figure; all figures.
    parameters : mapping of str to str
        ``rank``: 1 for the largest.

    Returns
    -------
    Statement
        The figures printed above it are above, the others below.
    """
    left, right = two(sections, "ranked")
    rank = int(number(parameters, "rank"))
    own = left[0]
    others = sorted((f for f in right if f.fact != own.fact), key=lambda f: (-f.centre, f.fact))
    higher, lower = others[: rank - 1], others[rank - 1 :]
    return Statement(tuple([above(f, own) for f in higher] + [above(own, f) for f in lower]))


def ordered(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures fall from first to last.

    Parameters
    ----------
    book : Book
        The survey.
    sections : sequence of one sequence of Figure
        The figures in the stated order.
    parameters : mapping of str to str
        ``direction``: ``down`` (default) or ``up``.

    Returns
    -------
    Statement
        One comparison of each figure with its successor.
    """
    figures = one(sections, "ordered")
    pairs = list(pairwise(figures))
    if parameters.get("direction", "down") == "up":
        return Statement(tuple(below(a, b) for a, b in pairs))
    return Statement(tuple(above(a, b) for a, b in pairs))


def same_order(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that a second quantity rises with a first.

    Parameters
    ----------
    book : Book
        The survey.
    sections : sequence of two sequences of Figure
        First and second quantity of the same things, in the same order.
    parameters : mapping of str to str
        ``need``: how many pairs of things have to agree; by default all.

    Returns
    -------
    Statement
        For each pair of things, the second quantity in the order of the first.
    """
    first, second = two(sections, "same_order")
    places = sorted(range(len(first)), key=lambda i: first[i].centre, reverse=True)
    found = [above(second[i], second[j]) for at, i in enumerate(places) for j in places[at + 1 :]]
    shown = " > ".join(f"{first[i].key.item} {first[i].printed}" for i in places)
    return Statement(tuple(found), needed(parameters, len(found)), steps=(f"order of the first quantity: {shown}",))


def spans(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures lie between two of them.

    Parameters
    ----------
    book : Book
        The survey.
    sections : sequence of two sequences of Figure
        The stated lowest and highest figure; all figures.
    parameters : mapping of str to str
        None.

    Returns
    -------
    Statement
        Two comparisons a figure.
    """
    ends, figures = two(sections, "spans")
    low, high = ends[0], ends[-1]
    found = [above(f, low, strict=False) for f in figures if f.fact not in {low.fact, high.fact}]
    found += [below(f, high, strict=False) for f in figures if f.fact not in {low.fact, high.fact}]
    return Statement((*found, above(high, low)))
