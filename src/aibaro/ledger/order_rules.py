"""Which of these figures is larger?  Rules for comparisons, ranks, orders and trends."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from aibaro.errors import InputError
from aibaro.ledger.book import Book
from aibaro.ledger.comparisons import Comparison, above, below
from aibaro.ledger.rule_inputs import Parameters, Sections, Statement, needed, number, one, two


def greater(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that each figure of the first section is larger than each of the second."""
    left, right = two(sections, "greater")
    margin = number(parameters, "margin", "0")
    found = tuple(above(a, b, margin=margin) for a in left for b in right if a.fact != b.fact)
    return Statement(found, needed(parameters, len(found)))


def less(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that each figure of the first section is smaller than each of the second."""
    left, right = two(sections, "less")
    margin = number(parameters, "margin", "0")
    found = tuple(below(a, b, margin=margin) for a in left for b in right if a.fact != b.fact)
    return Statement(found, needed(parameters, len(found)))


def pairwise_greater(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that each figure is larger than the one at the same place of the second section."""
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
    """State that figures differ by no more than a declared margin."""
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
    """State that figures are about as large as others, or larger."""
    left, right = two(sections, "not_less")
    margin = number(parameters, "margin")
    return Statement(tuple(above(a, b, margin=-margin, strict=False) for a in left for b in right if a.fact != b.fact))


def ranked_first(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that the first figures are the largest of all."""
    left, right = two(sections, "ranked_first")
    named = {figure.fact for figure in left}
    found = tuple(above(a, b) for a in left for b in right if b.fact not in named)
    return Statement(found, needed(parameters, len(found)))


def ranked_last(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that the first figures are the smallest of all."""
    left, right = two(sections, "ranked_last")
    named = {figure.fact for figure in left}
    found = tuple(below(a, b) for a in left for b in right if b.fact not in named)
    return Statement(found, needed(parameters, len(found)))


def ranked(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State the rank of a figure among others."""
    left, right = two(sections, "ranked")
    rank = int(number(parameters, "rank"))
    own = left[0]
    others = sorted((f for f in right if f.fact != own.fact), key=lambda f: (-f.centre, f.fact))
    higher, lower = others[: rank - 1], others[rank - 1 :]
    return Statement(tuple([above(f, own) for f in higher] + [above(own, f) for f in lower]))


def ordered(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures fall from first to last."""
    figures = one(sections, "ordered")
    pairs = list(pairwise(figures))
    if parameters.get("direction", "down") == "up":
        return Statement(tuple(below(a, b) for a, b in pairs))
    return Statement(tuple(above(a, b) for a, b in pairs))


def same_order(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that a second quantity rises with a first."""
    first, second = two(sections, "same_order")
    places = sorted(range(len(first)), key=lambda i: first[i].centre, reverse=True)
    found = [above(second[i], second[j]) for at, i in enumerate(places) for j in places[at + 1 :]]
    shown = " > ".join(f"{first[i].key.item} {first[i].printed}" for i in places)
    return Statement(tuple(found), needed(parameters, len(found)), steps=(f"order of the first quantity: {shown}",))


def spans(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures lie between two of them."""
    ends, figures = two(sections, "spans")
    low, high = ends[0], ends[-1]
    found = [above(f, low, strict=False) for f in figures if f.fact not in {low.fact, high.fact}]
    found += [below(f, high, strict=False) for f in figures if f.fact not in {low.fact, high.fact}]
    return Statement((*found, above(high, low)))
