"""What may be said of each printed number, once all statements and suspects are known?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from aibaro.consistency._from_counts import reached
from aibaro.consistency._statement import HUNDRED, ZERO, Ends, Linear, Mixture, Statement, Within
from aibaro.consistency._suspects import Conflict, conflicts
from aibaro.consistency._system import System
from aibaro.consistency.check import detection_limit, printable_power
from aibaro.facts import Fact, Facts, Printing
from aibaro.rounding import Interval, PrintedNumber

_FAR = Fraction(10**12)


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
    """

    verdict: str
    reason: str = ""
    conflict: Conflict | None = None
    interval: Interval | None = None
    power: Fraction | None = None
    detection_limit: Fraction | None = None
    statements: tuple[Statement, ...] = ()


def judgements(facts: Facts) -> Mapping[str, Judgement]:
    """Judge every printing of a survey.

    Parameters
    ----------
    facts : Facts
        The facts.

    Returns
    -------
    mapping of str to Judgement
        By id, cells of ``strata.csv`` and ``bases.csv`` among them.

    Notes
    -----
    ``inconsistent``: the only suspect of a conflict.  ``in_conflict``: one of several.  ``rounding_dependent``: all
    would hold under another rounding rule.  ``reproduced``: the printed values of others give exactly this print.

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> judgements(Facts.of(load("topdesk-2025")))["td25.dateline.published.year"].reason
    'date'
    """
    from aibaro.consistency._statements import statements

    system = System(facts, statements(facts))
    return judge_all(system, conflicts(system))


def judge_all(system: System, found: tuple[Conflict, ...]) -> Mapping[str, Judgement]:
    """Judge every printing, the statements and conflicts given."""
    accused = {name: conflict for conflict in reversed(found) for name in conflict.ids}
    shown: dict[object, list[Statement]] = {}
    for statement in system.statements:
        if statement.binding == "shown":
            for key in statement.keys:
                shown.setdefault(key, []).append(statement)
    spans = _common_spans(system)
    judged: dict[str, Judgement] = {}
    for fact in system.facts:
        own = [system.statements[n] for n in system.touched.get(fact.key, ())]
        extra = shown.get(fact.key, [])
        allowed = _allowed(system, fact, own, spans)
        for printing in fact.printings:
            judged[printing.id] = _judge(
                system, fact, printing, (own, extra), allowed=allowed, conflict=accused.get(printing.id)
            )
    order = {printing.id: None for printing in system.facts.printings}
    return MappingProxyType({name: judged[name] for name in order})


def _common_spans(system: System) -> dict[object, Ends]:
    """Ranges of figures whose classes have common shares: only the joint question knows them."""
    found: dict[object, Ends] = {}
    for component in system.components:
        tables = [system.statements[n] for n in component.statements]
        joint = [s for s in tables if isinstance(s.form, Mixture) and s.form.table is not None]
        if not joint or len(component.keys) > 400:
            continue
        for key in dict.fromkeys(key for statement in joint for key in statement.keys):
            fact = system.facts.get(key)
            if fact is None:
                continue
            low, high = system.span(component, key, system.reading.without([p.id for p in fact.hard]))
            found[key] = Ends(
                None if low is None else Fraction(low).limit_denominator(10**9),
                None if high is None else Fraction(high).limit_denominator(10**9),
            )
    return found


def _allowed(system: System, fact: Fact, own: list[Statement], spans: Mapping[object, Ends]) -> Ends:
    """What the statements leave for a figure when the others keep their print."""
    ends = system.reader(system.reading)
    low: tuple[Fraction, bool] | None = None
    high: tuple[Fraction, bool] | None = None
    found = [s.form.implied(fact.key, ends) for s in own if not isinstance(s.form, Within) or s.kind == "error"]
    found.append(spans.get(fact.key))
    for part in found:
        if part is None:
            continue
        if part.low is not None and (low is None or (part.low, part.low_strict) > low):
            low = part.low, part.low_strict
        if part.high is not None and (high is None or (part.high, not part.high_strict) < (high[0], not high[1])):
            high = part.high, part.high_strict
    return Ends(
        low[0] if low else None, high[0] if high else None, low[1] if low else False, high[1] if high else False
    )


def _judge(
    system: System,
    fact: Fact,
    printing: Printing,
    statements: tuple[list[Statement], list[Statement]],
    *,
    allowed: Ends,
    conflict: Conflict | None,
) -> Judgement:
    own, shown = statements
    involved = (*own, *shown)
    if printing.kind == "date":
        return Judgement("not_checkable", "date", statements=involved)
    if printing.value is None or (printing.kind == "threshold" and conflict is None):
        return Judgement("not_checkable", "definition", statements=involved)
    if printing.soft:
        return _words(system, fact, printing, own)
    others = [p.interval(fact.rounding) for p in fact.hard if p.id != printing.id]
    interval = _interval(allowed, printing, others)
    power, limit = _strength(printing, interval, own, system)
    if conflict is not None:
        verdict = _verdict(printing, conflict)
        return Judgement(verdict, "", conflict, interval, power, limit, involved)
    if not power:
        reason = _reason(system, fact, printing, shown)
        return Judgement("not_checkable", reason, None, interval, Fraction(0), limit, involved)
    reproduced = any(_reproduces(s, fact, printing) for s in own) or any(
        band is not None and band.lower == band.upper == printing.value for band in others
    )
    return Judgement("reproduced" if reproduced else "consistent", "", None, interval, power, limit, involved)


def _verdict(printing: Printing, conflict: Conflict) -> str:
    if conflict.holds_under:
        return "rounding_dependent"
    return "inconsistent" if len(conflict.suspects) == 1 else "in_conflict"


def _words(system: System, fact: Fact, printing: Printing, own: list[Statement]) -> Judgement:
    """Words are held against the digits of their fact, and accuse nobody."""
    band, words = fact.interval(), printing.interval()
    if fact.soft or band is None or words is None:
        return Judgement("not_checkable", "no_second_figure" if words is not None else "definition")
    if words.meets(band):
        return Judgement("consistent", "", None, band, statements=tuple(own))
    return Judgement("not_checkable", "definition", None, band, statements=tuple(own))


def _interval(allowed: Ends, printing: Printing, others: list[Interval | None]) -> Interval | None:
    low, high = allowed.low, allowed.high
    low_closed, high_closed = not allowed.low_strict, not allowed.high_strict
    for band in others:
        if band is None:
            continue
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
    printing: Printing, interval: Interval | None, own: list[Statement], system: System
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
        if statement.kind == "granular" and isinstance(statement.form, Within):
            power = max(power or ZERO, _granular_power(statement.form, printing))
    return power, limit


def _granular_power(form: Within, printing: Printing) -> Fraction:
    """Share of printable values that no whole number of answers gives."""
    numbers = form.compute.numbers  # type: ignore[attr-defined]
    unit = printing.unit_of_print
    last = int(HUNDRED / unit)
    if last > 1000 or len(numbers) > 50:
        return ZERO
    hits = 0
    for step in range(last + 1):
        value = step * unit
        ends = Ends(value - unit / 2, value + unit / 2, False, True)
        hits += any(reached(ends, n) for n in numbers)
    return 1 - Fraction(hits, last + 1)


def _reproduces(statement: Statement, fact: Fact, printing: Printing) -> bool:
    """Whether the printed values of the others give exactly this print, where the statement computes it."""
    band = printing.interval(fact.rounding)
    if band is None or statement.kind in {"repeat", "range", "granular", "error"} or statement.relation != "=":
        return False
    own = next((c for key, c in statement.coefficients if key == fact.key), ZERO)
    rounded = [f for f in statement.figures if f.key != fact.key and not f.exact]
    counted = all(f.best.kind == "count" for f in statement.figures)
    computes = statement.result == fact.key or len(rounded) <= 1 or counted
    if own == 0 or not computes or (isinstance(statement.form, Mixture) and statement.form.table is not None):
        return False
    if isinstance(statement.form, Linear | Mixture):
        rest = sum(
            (c * (f.value or ZERO) for f, (_, c) in zip(statement.figures, statement.coefficients, strict=True)),
            ZERO,
        )
        return (statement.constant - (rest - own * (fact.value or ZERO))) / own in band
    if statement.kind == "ratio":
        _, count, base = statement.figures
        scale = -statement.coefficients[1][1]
        size = base.value or ZERO
        return statement.result == fact.key and size != 0 and scale * (count.value or ZERO) / size in band
    return False


def _reason(system: System, fact: Fact, printing: Printing, shown: list[Statement]) -> str:
    """Why a number cannot be checked."""
    facts = system.facts
    if fact.key.measure != "share" or not fact.percent:
        return "no_second_figure"
    size = facts.answered(fact.key) or facts.size(fact.key.base, *fact.key.place)
    if fact.weighted != "yes" and size is None:
        return "base_not_printed"
    undeclared = facts.weighting(fact).kind == "unknown" and fact.weighted != "no"
    n = size.value if size is not None else None
    if undeclared and (shown or (n is not None and n < 100 * 10**printing.decimals)):
        return "weighting_not_declared"
    return "no_second_figure"
