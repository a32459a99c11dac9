"""What may be said of each printed number, once all statements and suspects are known?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from types import MappingProxyType

from aibaro.consistency._suspects import Conflict, conflicts
from aibaro.consistency._system import Component, Supposition, System
from aibaro.consistency.statement import HUNDRED, ZERO, Enclosure, Ends, Linear, Mixture, Statement
from aibaro.facts import Fact, Facts, Key, Printing
from aibaro.rounding import Interval, PrintedNumber

# --- How strong is a comparison with print? Which printable values would it have rejected, and how far off?


def printable_power(recomputed: Interval, decimals: int, top: Fraction | int = 100) -> Fraction:
    """Share of the printable values from 0 to `top` that an interval rejects.

    Examples
    --------
    >>> printable_power(Interval(Fraction(10), Fraction(10)), 0)
    Fraction(100, 101)
    """
    unit = Fraction(10) ** -decimals
    last = int(Fraction(top) / unit)
    low, high = _first_and_last(recomputed, unit)
    accepted = max(0, min(high, last) - max(low, 0) + 1)
    return 1 - Fraction(accepted, last + 1)


def _first_and_last(recomputed: Interval, unit: Fraction) -> tuple[int, int]:
    """Numbers of the first and last printable value whose half-up interval meets `recomputed`."""
    low = recomputed.lower / unit - Fraction(1, 2)
    first = floor(low) + 1  # v + u/2 itself is never admissible, so it has to exceed the lower end
    high = recomputed.upper / unit + Fraction(1, 2)
    last = floor(high) if recomputed.upper_closed else ceil(high) - 1
    return first, last


def detection_limit(recomputed: Interval, printed: PrintedNumber) -> Fraction:
    """Largest distance from print at which the interval accepts another printable value; 0 where it accepts none.

    Examples
    --------
    >>> from aibaro.rounding import parse_printed
    >>> detection_limit(Interval(Fraction(9), Fraction(12)), parse_printed("10"))
    Fraction(2, 1)
    """
    unit = Fraction(10) ** -printed.decimals
    first, last = _first_and_last(recomputed, unit)
    return max(Fraction(0), printed.value - first * unit, last * unit - printed.value)


# --- What may be said of each printed number, once all statements and suspects are known?

_FAR = Fraction(10**12)
# beyond so many shares of whole answers, or decimals, nearly all that is printable can be reached, or nearly nothing
_MOST_SHARES, _MOST_DECIMALS = 20_000, 3


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of one printing.

    Parameters
    ----------
    verdict : str
        One of ``published.vocabulary.NUMBER_VERDICTS``.
    reason : str
        One of ``published.vocabulary.REASONS`` where the number cannot be checked, else empty.
    conflict : Conflict or None
        The conflict in which it is a suspect.
    interval : Interval or None
        Values that the other figures allow.
    power : Fraction or None
        Share of printable values that the statements would have rejected.
    detection_limit : Fraction or None
        Largest misprint that would go unnoticed, in units of print.
    statements : tuple of Statement
        Statements that the figure takes part in, those that no verdict rests on last.
    set_aside : tuple of str
        Suspects of conflicts that the others are held without; empty where print lies in what all of them allow.
    """

    verdict: str
    reason: str = ""
    conflict: Conflict | None = None
    interval: Interval | None = None
    power: Fraction | None = None
    detection_limit: Fraction | None = None
    statements: tuple[Statement, ...] = ()
    set_aside: tuple[str, ...] = ()


def judgements(facts: Facts, keys: Collection[Key] | None = None) -> Mapping[str, Judgement]:
    """Judge every printing of a survey.

    Parameters
    ----------
    facts : Facts
        The facts.
    keys : collection of Key, optional
        Judge the printings of these facts alone, which asks only the statements that they hang on; by default all.

    Returns
    -------
    mapping of str to Judgement
        By id, cells of ``strata.csv`` and ``bases.csv`` among them.

    Notes
    -----
    ``inconsistent``: the only suspect of a conflict.  ``in_conflict``: one of several.  ``rounding_dependent``: all
    would hold under another rounding rule.  ``reproduced``: the printed values of others give exactly this print.
    A figure that only suspects contradict is none itself: it is held against the others, without these suspects.

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> judgements(Facts.of(load("topdesk-2025")))["td25.dateline.published.year"].reason
    'date'
    """
    from aibaro.consistency._system import statements

    system = System(facts, statements(facts))
    if keys is None:
        return _judged(system, list(facts), system.components)
    wanted = [fact for fact in facts if fact.key in keys]
    places = sorted({system.component_of[fact.key] for fact in wanted if fact.key in system.component_of})
    return _judged(system, wanted, [system.components[place] for place in places])


def _judged(system: System, wanted: Sequence[Fact], components: Sequence[Component]) -> Mapping[str, Judgement]:
    """Judge the printings of some facts, the components given that they lie in."""
    found = conflicts(system, components)
    accused = {name: conflict for conflict in reversed(found) for name in conflict.ids}
    own_keys = {fact.key for fact in wanted}
    shown: dict[object, list[Statement]] = {}
    for statement in system.statements:
        if statement.binding == "shown":
            for key in statement.keys:
                shown.setdefault(key, []).append(statement)
    # what a table leaves for a figure is asked without those who may be wrong: a table that fails leaves nothing
    doubted = frozenset(name for conflict in found for name in conflict.ids)
    spans = _common_spans(system, components, own_keys, doubted)
    ends = system.reader(system.reading)
    numbers = dict.fromkeys(number for fact in wanted for number in system.touched.get(fact.key, ()))
    touching = {number: system.statements[number] for number in numbers}
    left = {n: s.form.implied(ends) for n, s in touching.items() if _bounding(s)}
    totals = {
        s.id: (_total(s), dict(s.coefficients)) for s in touching.values() if isinstance(s.form, Linear | Mixture)
    }
    judged: dict[str, Judgement] = {}
    for fact in wanted:
        near = system.touched.get(fact.key, ())
        own = [system.statements[n] for n in near]
        case = _Known(
            system,
            fact,
            own,
            shown.get(fact.key, []),
            _allowed([*(left[n].get(fact.key) for n in near if n in left), spans.get(fact.key)]),
            _distinct(fact),
            totals,
            doubted,
            spans.get(fact.key),
        )
        for printing in fact.printings:
            judged[printing.id] = _judge(case, printing, accused.get(printing.id))
    order = dict.fromkeys(printing.id for printing in system.facts.printings)
    return MappingProxyType({name: judged[name] for name in order if name in judged})


def _common_spans(
    system: System, components: Sequence[Component], wanted: Collection[Key], doubted: frozenset[str]
) -> dict[object, Ends]:
    """Ranges of figures whose classes have common shares: only the joint question knows them."""
    found: dict[object, Ends] = {}
    for component in components:
        tables = [system.statements[n] for n in component.statements]
        joint = [s for s in tables if isinstance(s.form, Mixture) and s.form.table is not None]
        if not joint or len(component.keys) > 400:
            continue
        for key in dict.fromkeys(key for statement in joint for key in statement.keys):
            fact = system.facts.get(key)
            if fact is None or fact.key not in wanted:
                continue
            found[key] = _span(system, component, key, system.reading.without([p.id for p in fact.hard], doubted))
    return found


def accused_by(judged: Mapping[str, Judgement], found: Iterable[Conflict]) -> Mapping[str, Judgement]:
    """Add conflicts that were found elsewhere to what is said of each printing.

    Parameters
    ----------
    judged : mapping of str to Judgement
        Judgements by id.
    found : iterable of Conflict
        Conflicts; a printing that is a suspect already stays what it is.

    Returns
    -------
    mapping of str to Judgement
        The same with the suspects of the conflicts.

    Examples
    --------
    >>> accused_by({}, [])
    {}
    """
    made = dict(judged)
    for conflict in found:
        for name in conflict.ids:
            own = made[name]
            if own.conflict is None:
                known = (*conflict.statements, *own.statements)
                made[name] = replace(own, verdict=conflict.verdict, reason="", conflict=conflict, statements=known)
    return made


@dataclass(frozen=True, slots=True)
class _Known:
    """A fact and what is known of it before its printings are judged one by one."""

    system: System
    fact: Fact
    own: list[Statement]
    shown: list[Statement]
    allowed: Ends
    printed: Mapping[Interval, int]
    totals: Mapping[str, tuple[Fraction, Mapping[Key, Fraction]]]
    doubted: frozenset[str]
    span: Ends | None

    def others(self, printing: Printing) -> list[Interval]:
        """Intervals of the other printings, each once."""
        return _but(self.printed, printing.interval(self.fact.rounding))

    def certain(self) -> Ends:
        """What those who are not in doubt leave, through one another where they are few enough to ask."""
        system, key, reading = self.system, self.fact.key, self.system.reading.without(self.doubted)
        place = system.component_of.get(key)
        if place is None or system.large(component := system.components[place]):
            left = (s.form.implied(system.reader(reading)).get(key) for s in self.own if _bounding(s))
            return _allowed([*left, self.span])
        return _span(system, component, key, reading.without([p.id for p in self.fact.hard]))


def _span(system: System, component: Component, key: Key, reading: Supposition) -> Ends:
    """Range of a figure over all values that a reading of the others allows."""
    low, high = system.span(component, key, reading)
    return Ends(
        None if low is None else Fraction(low).limit_denominator(10**9),
        None if high is None else Fraction(high).limit_denominator(10**9),
    )


def _but(printed: Mapping[Interval, int], mine: Interval | None) -> list[Interval]:
    return [band for band, times in printed.items() if times > (band == mine)]


def _distinct(fact: Fact, doubted: Collection[str] = ()) -> Mapping[Interval, int]:
    """Intervals of the printings in digits, and how often each is printed."""
    found: dict[Interval, int] = {}
    for printing in fact.hard:
        if printing.id in doubted:
            continue
        band = printing.interval(fact.rounding)
        if band is not None:
            found[band] = found.get(band, 0) + 1
    return found


def _total(statement: Statement) -> Fraction:
    """The sum at printed values."""
    pairs = zip(statement.figures, statement.coefficients, strict=True)
    return sum((c * (f.value or ZERO) for f, (_, c) in pairs), ZERO)


def _bounding(statement: Statement) -> bool:
    """Whether a statement leaves ends for its figures that do not come from their own print."""
    return not isinstance(statement.form, Enclosure) or statement.kind in {"error", "change"}


def _allowed(parts: Iterable[Ends | None]) -> Ends:
    """What the statements leave for a figure when the others keep their print."""
    low: tuple[Fraction, bool] | None = None
    high: tuple[Fraction, bool] | None = None
    for part in parts:
        if part is None:
            continue
        if part.low is not None and (low is None or (part.low, part.low_strict) > low):
            low = part.low, part.low_strict
        if part.high is not None and (high is None or (part.high, not part.high_strict) < (high[0], not high[1])):
            high = part.high, part.high_strict
    return Ends(
        low[0] if low else None, high[0] if high else None, low[1] if low else False, high[1] if high else False
    )


def _judge(case: _Known, printing: Printing, conflict: Conflict | None) -> Judgement:
    system, fact, own = case.system, case.fact, case.own
    involved = (*own, *case.shown)
    if printing.kind == "date":
        return Judgement("not_checkable", "date", statements=involved)
    if printing.value is None or (printing.kind == "threshold" and conflict is None):
        return Judgement("not_checkable", "definition", statements=involved)
    if printing.soft:
        return _words(fact, printing, own)
    others = case.others(printing)
    interval = _interval(case.allowed, printing, others)
    aside: tuple[str, ...] = ()
    if conflict is None and not _meets(interval, fact, printing):
        # the others contradict one another, and it is they who may be wrong
        others = _but(_distinct(fact, case.doubted), printing.interval(fact.rounding))
        interval = _interval(case.certain(), printing, others)
        interval = interval if _meets(interval, fact, printing) else None
        aside = tuple(sorted(case.doubted))
    power, limit = _strength(printing, interval, own)
    if conflict is not None:
        # how far print lies from what would hold is no misprint that goes unnoticed
        return Judgement(conflict.verdict, "", conflict, interval, power, None, involved)
    if not power:
        reason = _reason(system, fact, printing, case.shown)
        reason = "no_second_figure" if aside else reason
        return Judgement("not_checkable", reason, None, interval, Fraction(0), limit, involved, aside)
    reproduced = any(_reproduces(s, fact, printing, case.totals) for s in own) or any(
        band.lower == band.upper == printing.value for band in others
    )
    return Judgement("reproduced" if reproduced else "consistent", "", None, interval, power, limit, involved, aside)


def _meets(interval: Interval | None, fact: Fact, printing: Printing) -> bool:
    band = printing.interval(fact.rounding)
    return interval is None or band is None or interval.meets(band)


def _words(fact: Fact, printing: Printing, own: list[Statement]) -> Judgement:
    """Words are held against the digits of their fact, and accuse nobody."""
    band, words = fact.interval(), printing.interval()
    if fact.soft or band is None or words is None:
        return Judgement("not_checkable", "no_second_figure" if words is not None else "definition")
    if words.meets(band):
        return Judgement("consistent", "", None, band, statements=tuple(own))
    return Judgement("not_checkable", "definition", None, band, statements=tuple(own))


def _interval(allowed: Ends, printing: Printing, others: list[Interval]) -> Interval | None:
    low, high = allowed.low, allowed.high
    low_closed, high_closed = not allowed.low_strict, not allowed.high_strict
    for band in others:
        if low is None or (band.lower, not band.lower_closed) > (low, not low_closed):
            low, low_closed = band.lower, band.lower_closed
        if high is None or (band.upper, band.upper_closed) < (high, high_closed):
            high, high_closed = band.upper, band.upper_closed
    if low is None and high is None:
        return None
    least, most = (ZERO, HUNDRED) if printing.kind == "percentage" else (-_FAR, _FAR)
    low, high = (least if low is None else max(low, least)), (most if high is None else min(high, most))
    return Interval(low, high, low_closed, high_closed)


def _strength(
    printing: Printing, interval: Interval | None, own: list[Statement]
) -> tuple[Fraction | None, Fraction | None]:
    """Share of printable values that would have been rejected, and the largest misprint that would not."""
    power: Fraction | None = None
    limit: Fraction | None = None
    value = printing.value or ZERO
    top = HUNDRED if printing.kind == "percentage" else max(10 * abs(value), HUNDRED)
    if interval is not None and not interval.empty:
        number = PrintedNumber(printing.text, value, printing.decimals, False)
        power = printable_power(interval, printing.decimals, top)
        limit = detection_limit(interval, number) if interval.upper < _FAR and interval.lower > -_FAR else None
    elif interval is not None:
        power = Fraction(1)
    for statement in own:
        if statement.kind == "granular" and isinstance(statement.form, Enclosure):
            power = max(power or ZERO, _granular_power(statement.form, printing))
    return power, limit


def _granular_power(form: Enclosure, printing: Printing) -> Fraction:
    """Share of printable values that no whole number of answers gives."""
    numbers = form.compute.numbers  # type: ignore[attr-defined]
    if not 0 <= printing.decimals <= _MOST_DECIMALS or sum(numbers) > _MOST_SHARES:
        return ZERO
    steps = 100 * 10**printing.decimals
    return 1 - Fraction(_printed_shares(tuple(numbers), steps), steps + 1)


@lru_cache(maxsize=1024)
def _printed_shares(numbers: tuple[int, ...], steps: int) -> int:
    """How many printable values shares of whole answers round to."""
    return len({(2 * steps * k + n) // (2 * n) for n in numbers if n for k in range(n + 1)})


def _reproduces(
    statement: Statement, fact: Fact, printing: Printing, totals: Mapping[str, tuple[Fraction, Mapping[Key, Fraction]]]
) -> bool:
    """Whether the printed values of the others give exactly this print, where the statement computes it."""
    band = printing.interval(fact.rounding)
    if band is None or statement.kind in {"repeat", "range", "granular", "error"} or statement.relation != "=":
        return False
    if isinstance(statement.form, Mixture) and statement.form.table is not None:
        return False
    if isinstance(statement.form, Linear | Mixture):
        total, coefficients = totals[statement.id]
        own = coefficients.get(fact.key, ZERO)
        if own == 0 or not (statement.result == fact.key or _counts_alone(statement, fact)):
            return False
        rest = total - own * (fact.value or ZERO)
        return (statement.constant - rest) / own in band
    if statement.kind == "ratio":
        _, count, base = statement.figures
        scale = -statement.coefficients[1][1]
        size = base.value or ZERO
        return statement.result == fact.key and size != 0 and scale * (count.value or ZERO) / size in band
    return False


def _counts_alone(statement: Statement, fact: Fact) -> bool:
    """Whether the others fix a figure: counts, or at most one rounded number."""
    if fact.best.kind == "count":
        return True
    rounded = 0
    for other in statement.figures:
        rounded += other.key != fact.key and not other.exact
        if rounded > 1:
            return False
    return True


def _answers_behind(facts: Facts, key: Key) -> Fraction | None:
    """How many answers print gives a share: of its base, or of the parent times the base's share of it."""
    size = facts.answered(key) or facts.size(key.base, *key.place)
    base = facts.bases.get(key.base)
    if size is not None or base is None or base.share is None:
        return size.value if size is not None else None
    domain, level, wave, group = key.place
    share = facts.get(base.share[0].about(domain=domain, level=level, wave=wave, group=group))
    parent = facts.size(base.parent or "all", *key.place)
    if share is None or share.soft or parent is None or share.value is None or parent.value is None:
        return None
    return parent.value * (share.value if base.share[1] == "inside" else 100 - share.value) / 100


def _reason(system: System, fact: Fact, printing: Printing, shown: list[Statement]) -> str:
    """Why a number cannot be checked."""
    facts = system.facts
    if fact.key.measure != "share" or not fact.percent:
        return "no_second_figure"
    n = _answers_behind(facts, fact.key)
    if fact.weighted != "yes" and n is None:
        return "base_not_printed"
    undeclared = facts.weighting(fact).kind == "unknown" and fact.weighted != "no"
    if undeclared and (shown or (n is not None and n < 100 * 10**printing.decimals)):
        return "weighting_not_declared"
    return "no_second_figure"
