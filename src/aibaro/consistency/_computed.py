"""Which figures may have been computed from rounded ones?  What they stand for then.

Nets are added up, differences and growth taken from figures that are rounded already: print then differs from what was
rounded last by the rounding of each part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import product

from aibaro.consistency._from_relations import nets
from aibaro.consistency._sources import Sources
from aibaro.consistency._statement import HUNDRED, ZERO, Ends, Statement
from aibaro.consistency._system import Component, System
from aibaro.facts import Fact, Facts, Key, Printing
from aibaro.rounding import Interval


def from_rounded(facts: Facts, rounding: str | None = None) -> Mapping[str, Interval]:
    """Give what printed nets stand for where they were added up from figures that had been rounded.

    Parameters
    ----------
    facts : Facts
        The facts.
    rounding : str, optional
        How the parts were rounded; by default as the survey declares.

    Returns
    -------
    mapping of str to Interval
        By id of a printing; of printings that are the sum of what is printed of their parts, or of which a part is
        not printed in digits.

    Notes
    -----
    A sum of ``m`` rounded parts lies within ``m`` times the rounding of one of them from the true sum.

    References
    ----------
    Mosteller, F., Youtz, C. & Zahn, D. (1967). The distribution of sums of rounded percentages. Demography 4, 850-858.
    doi:10.2307/2060324

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> dict(from_rounded(Facts.of(load("topdesk-2025"))))
    {}
    """
    return dict(_sums(nets(Sources.of(facts)), rounding or facts.rounding))


def _sums(known: Iterable[tuple[Fact, tuple[Fact | None, ...]]], rule: str) -> Iterator[tuple[str, Interval]]:
    for whole, parts in known:
        yield from _added(whole, parts, rule)


def computed(system: System, component: Component, rule: str) -> Mapping[str, Interval]:
    """Give the values behind printings of a component that rounded figures give exactly."""
    wanted = set(component.keys)
    found = dict(_sums((net for net in system.nets if net[0].key in wanted), rule))
    for number in component.statements:
        found.update(_compared(system.statements[number], rule))
    return found


def _added(whole: Fact, parts: tuple[Fact | None, ...], rule: str) -> Iterator[tuple[str, Interval]]:
    """A net that is the sum of what is printed of its parts; unprinted parts may be anything."""
    for printing in whole.hard:
        if printing.value is None or printing.exact or printing.band is not None:
            continue
        known = [_alike(part, printing.decimals) for part in parts]
        total = sum((p.value for p in known if p is not None and p.value is not None), ZERO)
        if total > printing.value or (None not in known and total != printing.value):
            continue
        low, high = _offsets(printing, rule)
        band = Interval(printing.value + len(parts) * low, printing.value + len(parts) * high)
        if whole.key.measure == "share":
            band = band.intersect(Interval(ZERO, HUNDRED))
        if not band.empty:
            yield printing.id, band


def _alike(fact: Fact | None, decimals: int) -> Printing | None:
    """A printing in as many decimals, whose digits may be added."""
    hard = () if fact is None else fact.hard
    return next((p for p in hard if p.decimals == decimals and p.band is None and p.value is not None), None)


def _offsets(printing: Printing, rule: str) -> tuple[Fraction, Fraction]:
    """How far a value lies below and above what is printed of it."""
    unit = printing.unit_of_print
    return {"truncate": (ZERO, unit), "floor_or_ceil": (-unit, unit)}.get(rule, (-unit / 2, unit / 2))


def _compared(statement: Statement, rule: str) -> Iterator[tuple[str, Interval]]:
    """A difference or a growth that is just what the printed figures of two waves give."""
    if statement.kind not in {"difference", "change"} or statement.result is None:
        return
    parts = [fact for fact in statement.figures if fact.key != statement.result]
    whole = next(fact for fact in statement.figures if fact.key == statement.result)
    for printing, decimals in product(whole.hard, sorted({p.decimals for fact in parts for p in fact.hard})):
        own = printing.interval(rule)
        if own is None or own.empty or (decimals != printing.decimals and statement.kind == "difference"):
            continue
        read = {fact.key: p for fact in parts if (p := _alike(fact, decimals)) is not None}
        if len(read) < len(parts):
            continue
        exact = {key: Ends(p.value, p.value) for key, p in read.items()}
        rounded = {key: _ends(p, rule) for key, p in read.items()}
        value, band = _result(statement, exact), _result(statement, rounded)
        if value is None or value.low is None or value.high is None or band is None:
            continue
        if band.low is not None and band.high is not None and own.meets(Interval(value.low, value.high)):
            yield printing.id, Interval(band.low, band.high)


def _result(statement: Statement, known: Mapping[Key, Ends]) -> Ends | None:
    """What the other figures of a statement give for its result."""
    found = statement.form.implied(lambda key: known.get(key, Ends(None, None)))
    return found.get(statement.result) if statement.result is not None else None


def _ends(printing: Printing, rule: str) -> Ends:
    """What a printed number stands for."""
    band = printing.interval(rule)
    return Ends(band.lower, band.upper) if band is not None and not band.empty else Ends(None, None)
