"""Which of these figures is larger?  Rules for comparisons, ranks, orders and trends."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise, permutations

from aibaro.errors import InputError
from aibaro.ledger.book import Book
from aibaro.ledger.comparisons import Comparison, above, below
from aibaro.ledger.figures import Figure
from aibaro.ledger.rule_inputs import Parameters, Part, Sections, Statement, holds, needed, number, one, two
from aibaro.messages import Message, message


def greater(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that each figure of the first section is larger than each of the second."""
    left, right = two(sections, "greater")
    margin = number(parameters, "margin", "0")
    found = tuple(above(a, b, margin=margin) for a in left for b in right if a.fact != b.fact)
    return holds(found, needed(parameters, len(found)))


def less(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that each figure of the first section is smaller than each of the second."""
    left, right = two(sections, "less")
    margin = number(parameters, "margin", "0")
    found = tuple(below(a, b, margin=margin) for a in left for b in right if a.fact != b.fact)
    return holds(found, needed(parameters, len(found)))


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
    return holds(found, needed(parameters, len(found)))


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
    return holds(found)


def not_less(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures are about as large as others, or larger."""
    left, right = two(sections, "not_less")
    margin = number(parameters, "margin")
    return holds(above(a, b, margin=-margin, strict=False) for a in left for b in right if a.fact != b.fact)


def ranked_first(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that the first figures are the largest of all."""
    left, right = two(sections, "ranked_first")
    named = {figure.fact for figure in left}
    found = tuple(above(a, b) for a in left for b in right if b.fact not in named)
    return holds(found, needed(parameters, len(found)))


def ranked_last(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that the first figures are the smallest of all."""
    left, right = two(sections, "ranked_last")
    named = {figure.fact for figure in left}
    found = tuple(below(a, b) for a in left for b in right if b.fact not in named)
    return holds(found, needed(parameters, len(found)))


def ranked(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State the rank of a figure among others."""
    left, right = two(sections, "ranked")
    rank = int(number(parameters, "rank"))
    own = left[0]
    others = sorted((f for f in right if f.fact != own.fact), key=lambda f: (-f.centre, f.fact))
    higher, lower = others[: rank - 1], others[rank - 1 :]
    return holds([above(f, own) for f in higher] + [above(own, f) for f in lower])


def ordered(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures fall from first to last."""
    figures = one(sections, "ordered")
    pairs = list(pairwise(figures))
    if parameters.get("direction", "down") == "up":
        return holds(below(a, b) for a, b in pairs)
    return holds(above(a, b) for a, b in pairs)


def among_first(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that each figure is among the first so many of the figures printed for its own group."""
    own, all_of = two(sections, "among_first")
    rank = int(number(parameters, "rank"))
    parts = []
    for figure in own:
        place = figure.key.about(item="")
        others = [other for other in all_of if other.fact != figure.fact and other.key.about(item="") == place]
        parts.append(Part(tuple(above(figure, other) for other in others), len(others) - rank + 1))
    return Statement(tuple(parts))


def same_order(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that a second quantity rises with a first."""
    first, second = two(sections, "same_order")
    places = sorted(range(len(first)), key=lambda i: first[i].centre, reverse=True)
    found = [above(second[i], second[j]) for at, i in enumerate(places) for j in places[at + 1 :]]
    shown = " > ".join(f"{first[i].key.item} {first[i].printed}" for i in places)
    steps = [message("ledger.first_order", order=shown)]
    if "of" in parameters:
        steps.append(_unrestricted(book, parameters["of"].split(), second))
    return holds(found, needed(parameters, len(found)), steps=tuple(steps))


def _unrestricted(book: Book, sets: list[str], named: Sequence[Figure]) -> Message:
    """Say which rank correlations all items of both sets can have, those of the second that are not printed free."""
    if len(sets) != 2:
        raise InputError(
            "a wider set of an order is two sets of figures",
            where="same_order",
            parameter="of",
            expected="two globs over facts",
            got=" ".join(sets),
        )
    first = book.resolve(sets[0])
    stems = [reference.partition("*")[0] for reference in sets]
    facts = {f.fact: f.fact.replace(stems[0], stems[1], 1) for f in first}
    known = {f.fact: book.value_of(facts[f.fact]) for f in first}
    names = list(known)
    order = {name: place for place, name in enumerate(sorted(names, key=lambda name: _middle(book, name)))}
    found = []
    for ranks in permutations(range(len(names))):
        placed = dict(zip(names, ranks, strict=True))
        values = sorted((band.lower + band.upper, placed[name]) for name, band in known.items() if band is not None)
        if all(one[1] < two[1] for one, two in pairwise(values)):
            found.append(sum((placed[name] - order[name]) ** 2 for name in names))
    count = len(names)
    low, high = (1 - Fraction(6 * total, count * (count**2 - 1)) for total in (max(found), min(found)))
    missing = tuple(facts[name] for name in names if known[name] is None)
    return message("ledger.unrestricted", count=count, low=low, high=high, missing=missing, named=len(named))


def _middle(book: Book, fact: str) -> Fraction:
    figure = book.best(fact)
    return Fraction(0) if figure is None else figure.centre


def spans(book: Book, sections: Sections, parameters: Parameters) -> Statement:
    """State that figures lie between two of them."""
    ends, figures = two(sections, "spans")
    low, high = ends[0], ends[-1]
    found = [above(f, low, strict=False) for f in figures if f.fact not in {low.fact, high.fact}]
    found += [below(f, high, strict=False) for f in figures if f.fact not in {low.fact, high.fact}]
    return holds((*found, above(high, low)))
