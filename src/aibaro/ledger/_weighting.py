"""Which overall figures stand beside the figures of all levels of a stratum variable?"""

from __future__ import annotations

from aibaro.consistency import Margin
from aibaro.facts import Facts, Key
from aibaro.ledger._quantity import Quantity, best, share_of_base
from aibaro.published.schema import WHOLE_BASE
from aibaro.rounding import Interval, PrintedNumber


def margins(facts: Facts, suspected: frozenset[str] = frozenset()) -> tuple[Margin, ...]:
    """Collect the overall figures of which all levels of a stratum variable are printed, none under suspicion."""
    found = []
    overall = [Quantity(f) for f in facts if not f.key.domain and not f.key.wave and f.percent and not f.soft]
    for whole in sorted(overall, key=lambda quantity: str(quantity.key)):
        for domain in facts.variables:
            parts, rates = _levels(facts, whole.key, domain, suspected)
            named = {p.id for figure in (whole, *parts.values()) for p in figure.source.printings}
            if parts and not _doubtful(whole) and not named & suspected:
                numbers = {level: _number(part) for level, part in parts.items()}
                found.append(Margin(whole.fact, domain, _number(whole), numbers, {**rates} or None))
    return tuple(found)


def _levels(
    facts: Facts, key: Key, domain: str, suspected: frozenset[str]
) -> tuple[dict[str, Quantity], dict[str, Interval]]:
    """Figures of all levels of a stratum variable, and the share of the base in each; nothing where one is missing."""
    parts, rates = dict[str, Quantity](), dict[str, Interval]()
    for level in facts.margin(domain):
        place = key.about(domain=domain, level=level)
        figure = best(facts, place)
        if figure is None or not figure.precise or figure.source.weighted == "no" or _doubtful(figure):
            return {}, {}
        parts[level] = figure
        if key.base != WHOLE_BASE:
            share = share_of_base(facts, key.base, place, suspected)
            if share is None:
                return {}, {}
            rates[level] = share
    return parts, rates


def _doubtful(figure: Quantity) -> bool:
    """Whether its printings exclude each other, or one is impossible."""
    band = figure.source.interval()
    return band is None or band.empty


def _number(figure: Quantity) -> PrintedNumber | Interval:
    printing = figure.source.best
    if printing.band is not None:
        return printing.band
    return PrintedNumber(printing.text, figure.centre, printing.decimals, figure.percent)
