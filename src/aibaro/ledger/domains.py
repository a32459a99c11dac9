"""Do overall figures follow from their domain figures, and domain figures from the overall one?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from aibaro.consistency.attainable import attainable_count, attainable_from_margin
from aibaro.consistency.check import ROUNDING_RULES, Check, Printable, judge
from aibaro.consistency.intervals import intersect
from aibaro.consistency.mixtures import (
    between_groups,
    mixture_of,
    mixture_weight,
    part_of_mixture,
)
from aibaro.consistency.sums import interval_text, printed_text, stands_for
from aibaro.consistency.weighting import Margin
from aibaro.ledger.book import Book
from aibaro.ledger.figures import Figure, Key
from aibaro.published.schema import COUNT_COLUMNS, CROSS, WHOLE_BASE
from aibaro.rounding import Interval


def _variables(book: Book) -> list[str]:
    return [str(c) for c in book.survey.strata.columns if c not in COUNT_COLUMNS]


def levels_of(
    book: Book, key: Key, domain: str
) -> tuple[dict[str, Figure], dict[str, Printable] | None, dict[str, int]] | None:
    """Collect the printed figures of all levels of a stratum variable."""
    firms = book.margin(domain)
    parts: dict[str, Figure] = {}
    rates: dict[str, Printable] = {}
    for level in firms:
        place = key.about(domain=domain, level=level)
        figure = book.best(place)
        if figure is None or not figure.precise or figure.weighted == "no":
            return None
        parts[level] = figure
        if key.base != WHOLE_BASE:
            share = book.share_of_base(key.base, place)
            if share is None:
                return None
            rates[level] = share
    return (parts, rates or None, firms) if parts else None


def margins(book: Book) -> tuple[Margin, ...]:
    """Collect the overall figures of which all levels of a stratum variable are printed."""
    found = []
    overall = {f.key: f for f in book.figures.values() if not f.key.domain and not f.key.wave and f.unit == "percent"}
    for key in sorted(overall, key=str):
        best = book.best(key)
        for domain in _variables(book):
            collected = levels_of(book, key, domain)
            if best is None or not best.precise or collected is None:
                continue
            parts, rates, _ = collected
            found.append(Margin(str(key), domain, best.number, {k: f.number for k, f in parts.items()}, rates))
    return tuple(found)


def mixtures(book: Book, figure: Figure) -> Iterator[Check]:
    """Recompute an overall figure from each stratum variable, or a domain figure from the others."""
    key = figure.key
    if figure.unit != "percent" or figure.weighted == "no" or key.wave or key.group:
        return
    if not key.domain:
        for domain in _variables(book):
            collected = levels_of(book, key, domain)
            if collected:
                parts, rates, firms = collected
                numbers = {level: part.number for level, part in parts.items()}
                check = mixture_of(figure.number, numbers, firms, rates=rates, declared=book.rounding)
                yield replace(check, inputs=tuple(part.id for part in parts.values()))
    elif key.domain in _variables(book):
        whole = key.about(domain="", level="")
        overall, collected = book.best(whole), levels_of(book, whole, key.domain)
        if overall is not None and overall.precise and collected:
            parts, rates, firms = collected
            numbers = {level: part.number for level, part in parts.items()} | {key.level: figure.number}
            check = part_of_mixture(key.level, overall.number, numbers, firms, rates=rates, declared=book.rounding)
            others = tuple(part.id for level, part in parts.items() if level != key.level)
            yield replace(check, inputs=(overall.id, *others))
        if key.base == WHOLE_BASE:
            yield from _other_margins(book, figure)


def _other_margins(book: Book, figure: Figure) -> Iterator[Check]:
    """Range of a domain figure that the figures of another stratum variable allow."""
    key = figure.key
    whole = key.about(domain="", level="")
    for other in _variables(book):
        collected = None if other == key.domain else levels_of(book, whole, other)
        if collected is None:
            continue
        parts, _, firms = collected
        cross = book.margin(CROSS.join((other, key.domain)))
        cells = {level: cross.get(CROSS.join((level, key.level)), 0) for level in firms}
        numbers = {level: part.number for level, part in parts.items()}
        found = {rule: attainable_from_margin(cells, firms, numbers, rule) for rule in ROUNDING_RULES}
        check = judge(
            "attainable_from_margin",
            figure.number,
            found.__getitem__,
            declared=book.rounding,
            best="consistent",
            inputs=[part.id for part in parts.values()],
        )
        yield check.because(
            f"the figures by {other} allow {interval_text(found[book.rounding], 2)}; "
            f"{stands_for(figure.number, book.rounding)}"
        )


def base_mixtures(book: Book, figure: Figure) -> Iterator[Check]:
    """Check figures of all against those of groups that make up all."""
    if figure.unit != "percent":
        return
    for relation in book.relations:
        if relation.kind == "mixture":
            yield from _mixture(book, figure, relation.parts, relation.whole)


def _place(key: Key, spec: str) -> Key:
    """The key of the same item in another group: ``@base``, ``|domain=level`` or both."""
    base, _, place = spec.removeprefix("@").partition("|")
    domain, _, level = place.partition("=")
    if place:
        return key.about(base=base or key.base, domain=domain, level=level)
    return key.about(base=base)


def _is(key: Key, spec: str) -> bool:
    return key == _place(key, spec) and ("|" in spec or not key.domain)


def _mixture(book: Book, figure: Figure, specs: tuple[str, ...], whole: str) -> Iterator[Check]:
    key = figure.key
    if key.domain and not any("|" in spec and _is(key, spec) for spec in specs):
        return
    top = key if _is(key, whole) and not key.domain else _place(key.about(domain="", level=""), whole)
    found = {spec: book.best(_place(top, spec)) for spec in specs}
    overall = book.best(top)
    if any(part is None for part in found.values()):
        return
    parts = {spec: part for spec, part in found.items() if part is not None}
    shares = {spec: book.share_of_base(spec.removeprefix("@"), top) for spec in specs if "|" not in spec}
    rates = {spec: share for spec, share in shares.items() if share is not None}
    if figure.fact == str(top):
        yield _overall(book, figure, parts, rates)
        return
    own = next((spec for spec in specs if figure.fact == parts[spec].fact), None)
    if own is None or overall is None:
        return
    if len(rates) == len(specs):
        numbers = {spec: part.number for spec, part in parts.items()} | {own: figure.number}
        masses = dict.fromkeys(specs, 1)
        check = part_of_mixture(own, overall.number, numbers, masses, rates=rates, declared=book.rounding)
        others = tuple(part.id for spec, part in parts.items() if spec != own)
        yield replace(check, inputs=(overall.id, *others))
    elif len(parts) == 2:
        other = next(part for spec, part in parts.items() if spec != own)
        yield _beyond(book, figure, overall, other)


def _overall(book: Book, figure: Figure, parts: dict[str, Figure], rates: dict[str, Printable]) -> Check:
    numbers = {spec: part.number for spec, part in parts.items()}
    ids = tuple(part.id for part in parts.values())
    if len(rates) == len(parts):
        masses = dict.fromkeys(parts, 1)
        return replace(mixture_of(figure.number, numbers, masses, rates=rates, declared=book.rounding), inputs=ids)
    check = replace(between_groups(figure.number, numbers, declared=book.rounding), inputs=ids)
    if len(parts) == 2:
        one, two = parts.values()
        share = mixture_weight(figure.number, one.number, two.number)
        if share is not None:
            check = check.because(f"the weighted share of the first group would be {interval_text(share, 1)} percent")
    return check


def _beyond(book: Book, figure: Figure, overall: Figure, other: Figure) -> Check:
    """A group lies on the far side of the overall figure, seen from the other group."""

    def bounds(rule: str) -> Interval:
        whole, rest = overall.band(rule), other.band(rule)
        low = Fraction(0) if rest.upper > whole.lower else whole.lower
        high = Fraction(100) if rest.lower < whole.upper else whole.upper
        return Interval(low, high)

    check = judge(
        "mixture_unknown",
        figure.number,
        bounds,
        declared=book.rounding,
        best="consistent",
        inputs=[overall.id, other.id],
    )
    return check.because(
        f"with {printed_text(other.number)} in the other group and {printed_text(overall.number)} overall this group "
        f"lies in {interval_text(bounds(book.rounding))}; {stands_for(figure.number, book.rounding)}"
    )


def base_count(book: Book, figure: Figure) -> Check | None:
    """Check an unweighted number of respondents against the weighted percentages of the same base.

    Notes
    -----
    Each margin allows a range of respondents (:func:`aibaro.consistency.attainable_count` in every level); the
    ranges of the margins and of the overall figure are intersected.
    """
    key = figure.key
    if figure.kind != "count" or key.item != "respondents" or key.domain:
        return None
    total, share = book.total("respondents"), book.base_share(key.base)
    if total is None or share is None:
        return None
    allowed, inputs, steps = Interval(Fraction(0), Fraction(total)), list[str](), list[str]()
    for domain in _variables(book):
        collected = levels_of(book, share[0], domain)
        if collected is None or share[1] == "outside":
            continue
        found = _respondents(book, domain, collected[0])
        meet = intersect(allowed, found)
        steps.append(f"the percentages by {domain} allow {interval_text(found, 1)} respondents")
        inputs += [part.id for part in collected[0].values()]
        allowed = found if meet is None else meet
    if not steps:
        return None
    check = judge("attainable_base", figure.number, lambda rule: allowed, best="consistent", top=total, inputs=inputs)
    return check.because(*steps, f"together {interval_text(allowed, 1)}; print says {printed_text(figure.number)}")


def _respondents(book: Book, domain: str, parts: dict[str, Figure]) -> Interval:
    rows = book.survey.strata.to_dict("records")
    low = high = Fraction(0)
    for level, part in parts.items():
        strata = [(int(row["population"]), int(row["respondents"])) for row in rows if str(row[domain]) == level]
        found = attainable_count(strata, part.number, book.rounding)
        low, high = low + found.lower, high + found.upper
    return Interval(low, high)
