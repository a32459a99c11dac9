"""The arithmetic of a statement as messages: every number that a person needs to redo it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from aibaro.consistency.statement import HUNDRED, ZERO, Enclosure, Ends, Mixture, Statement, Whole
from aibaro.facts import Fact, Key, value_words
from aibaro.messages import Code, Message, Row, message

_SHOWN = 12  # longest sum that is written out


def given(statement: Statement) -> tuple[Message, ...]:
    """What the statement takes as given."""
    if not statement.rests_on:
        return ()
    return (message("consistency.rests_on", what=tuple(map(Code, statement.rests_on))),)


def ends_of(fact: Fact) -> Ends:
    """Ends of a figure as printed."""
    band = fact.interval()
    if band is None:
        return Ends(None, None)
    return Ends(band.lower, band.upper, not band.lower_closed, not band.upper_closed)


def amount(value: Fraction | None) -> Fraction | str:
    """A number for a message; an open end is a word."""
    return "-" if value is None else Fraction(round(value * 10**4), 10**4)


def _terms(pairs: Iterable[tuple[Fact, Fraction]]) -> Row:
    """A sum of printed numbers, coefficients before them where they are not 1."""
    parts: list[object] = []
    shown = list(pairs)
    for fact, coefficient in shown[:_SHOWN]:
        size = abs(coefficient)
        if coefficient < 0 or parts:
            parts.append("-" if coefficient < 0 else "+")
        parts += [] if size == 1 else [message("messages.factor", value=size), "×"]
        parts.append(value_words(fact))
    if len(shown) > _SHOWN:
        parts.append(f"+ ... ({len(shown)})")
    return Row(parts)


def _value(pairs: Sequence[tuple[Fact, Fraction]]) -> Fraction:
    return sum((c * (fact.value or ZERO) for fact, c in pairs), ZERO)


def _span(pairs: Sequence[tuple[Fact, Fraction]]) -> tuple[Fraction | None, Fraction | None]:
    """Ends of a sum."""
    low: Fraction | None = ZERO
    high: Fraction | None = ZERO
    for fact, c in pairs:
        ends = ends_of(fact)
        first, last = (ends.low, ends.high) if c >= 0 else (ends.high, ends.low)
        low = None if low is None or first is None else low + c * first
        high = None if high is None or last is None else high + c * last
    return low, high


def _split(statement: Statement) -> tuple[list[tuple[Fact, Fraction]], Fact | None]:
    """Parts with their coefficients, and the figure of the whole."""
    pairs = [(fact, c) for fact, (_, c) in zip(statement.figures, statement.coefficients, strict=True)]
    if pairs and pairs[-1][1] == -1 and len(pairs) > 1:
        return pairs[:-1], pairs[-1][0]
    return pairs, None


def total(statement: Statement) -> tuple[Message, ...]:
    """Parts that add to a whole."""
    parts, whole = _split(statement)
    low, high = _span(parts)
    printed = value_words(whole) if whole is not None else amount(Fraction(statement.constant))
    step = message(
        "consistency.sum",
        terms=_terms(parts),
        value=amount(_value(parts)),
        low=amount(low),
        high=amount(high),
        whole=printed,
    )
    return (step, *given(statement))


def at_most(statement: Statement) -> tuple[Message, ...]:
    """Parts that add to at most their whole."""
    parts, whole = _split(statement)
    low, _ = _span(parts)
    printed = value_words(whole) if whole is not None else amount(Fraction(statement.constant))
    step = message(
        "consistency.at_most", terms=_terms(parts), value=amount(_value(parts)), low=amount(low), whole=printed
    )
    return (step, *given(statement))


def at_least(statement: Statement) -> tuple[Message, ...]:
    """A union is at most the sum of its parts."""
    parts, whole = _split(statement)
    _, high = _span(parts)
    printed = value_words(whole) if whole is not None else amount(Fraction(statement.constant))
    step = message(
        "consistency.at_least", terms=_terms(parts), value=amount(_value(parts)), high=amount(high), whole=printed
    )
    return (step, *given(statement))


def part_of(statement: Statement) -> tuple[Message, ...]:
    """A part is at most its whole."""
    part, whole = statement.figures[0], statement.figures[1]
    step = message(
        "consistency.part_of",
        part=Code(part.key),
        small=value_words(part),
        whole=Code(whole.key),
        large=value_words(whole),
    )
    return (step, *given(statement))


def most_of(statement: Statement) -> tuple[Message, ...]:
    """The base beside a number holds most of its base."""
    part, whole = statement.figures
    step = message(
        "consistency.most_of", small=value_words(part), large=value_words(whole), base=Code(f"@{whole.key.base}")
    )
    return (step, *given(statement))


def same_size(statement: Statement) -> tuple[Message, ...]:
    """The base beside a number is the size of its base."""
    part, whole = statement.figures
    step = message(
        "consistency.same_size", small=value_words(part), large=value_words(whole), base=Code(f"@{whole.key.base}")
    )
    return (step, *given(statement))


def classes(statement: Statement) -> tuple[Message, ...]:
    """Classes of a multiple response against the sum of the parts."""
    pairs = [(fact, c) for fact, (_, c) in zip(statement.figures, statement.coefficients, strict=True)]
    parts = [(fact, c) for fact, c in pairs if c == 1]
    counted = [(fact, -c) for fact, c in pairs if c != 1]
    low, high = _span(parts)
    under, over = _span(counted)
    step = message(
        "consistency.classes",
        terms=_terms(parts),
        low=amount(low),
        high=amount(high),
        classes=_terms(counted),
        relation={">=": "≥", "<=": "≤"}[statement.relation],
        under=amount(under),
        over=amount(over),
    )
    return (step, *given(statement))


def difference(statement: Statement) -> tuple[Message, ...]:
    """Points between waves."""
    now, before, points = statement.figures
    low, high = _span([(now, Fraction(1)), (before, Fraction(-1))])
    step = message(
        "consistency.difference",
        now=value_words(now),
        before=value_words(before),
        value=amount(_value([(now, Fraction(1)), (before, Fraction(-1))])),
        low=amount(low),
        high=amount(high),
        points=value_words(points),
    )
    return (step, *given(statement))


def change(statement: Statement) -> tuple[Message, ...]:
    """A growth between waves."""
    fact, now, before = statement.figures
    ends = {f.key: ends_of(f) for f in statement.figures}
    found = statement.form.implied(lambda key: ends.get(key, Ends(None, None))).get(fact.key)
    low, high = (found.low, found.high) if found is not None else (None, None)
    shown = {"now": value_words(now), "before": value_words(before), "printed": value_words(fact)}
    step = message(
        "consistency.change_of_share" if now.key.measure == "share" else "consistency.change",
        low=amount(low),
        high=amount(high),
        **shown,
    )
    return (step, *given(statement))


def ratio(statement: Statement) -> tuple[Message, ...]:
    """A share of counts."""
    share, count, base = statement.figures
    size, scale = base.value or ZERO, -statement.coefficients[1][1]
    value = scale * (count.value or ZERO) / size if size else ZERO
    step = message(
        "consistency.ratio",
        count=value_words(count),
        base=value_words(base),
        value=amount(value),
        share=value_words(share),
    )
    return (step, *given(statement))


def rest(statement: Statement) -> tuple[Message, ...]:
    """What a share leaves of its base."""
    share, count, base = statement.figures
    left = HUNDRED - (share.value or ZERO)
    step = message(
        "consistency.rest",
        share=value_words(share),
        base=value_words(base),
        value=amount(left * (base.value or ZERO) / HUNDRED),
        count=value_words(count),
    )
    return (step, *given(statement))


def share_at_most(statement: Statement) -> tuple[Message, ...]:
    """A base is at most what a share is of the base around it."""
    share, count, base = statement.figures
    step = message(
        "consistency.share_at_most",
        item=Code(share.key),
        share=value_words(share),
        base=value_words(base),
        value=amount((share.value or ZERO) * (base.value or ZERO) / HUNDRED),
        count=value_words(count),
    )
    return (step, *given(statement))


def whole_number(statement: Statement) -> tuple[Message, ...]:
    """Shares of whole numbers of answers around the printed one."""
    share = statement.figures[0]
    form = statement.form
    assert isinstance(form, Enclosure)
    assert isinstance(form.compute, Whole)
    whole, value, steps = form.compute, share.value or ZERO, list[Message]()
    ends = {fact.key: ends_of(fact) for fact in statement.figures}
    numbers = whole.possible(lambda key: ends.get(key, Ends(None, None)))
    if whole.base is not None and numbers:
        sure = len(whole.numbers) == 1
        members = " / ".join(map(str, numbers)) if sure else max(numbers)
        key = "consistency.members" if sure else "consistency.members_most"
        steps.append(message(key, share=value_words(statement.figures[1]), n=max(whole.numbers), members=members))
    if len(numbers) == 1:
        n = numbers[0]
        below = min(n, int(value * n / 100))
        above = min(n, below + 1)
        shown = {"low": amount(Fraction(100 * below, n)), "high": amount(Fraction(100 * above, n))}
        steps.append(
            message("consistency.whole_number", printed=value_words(share), n=n, below=below, above=above, **shown)
        )
    elif numbers:
        under = max(Fraction(int(value * n / 100), n) for n in numbers)
        over = min(Fraction(min(n, int(value * n / 100) + 1), n) for n in numbers)
        steps.append(
            message(
                "consistency.whole_numbers",
                printed=value_words(share),
                n=max(numbers),
                below=str(under),
                above=str(over),
                low=amount(100 * under),
                high=amount(100 * over),
            )
        )
    return (*steps, *given(statement))


def nobody(statement: Statement) -> tuple[Message, ...]:
    """A share of a base without members."""
    share, size = statement.figures
    return (message("consistency.nobody", printed=value_words(share), size=value_words(size)), *given(statement))


def repeated(statement: Statement) -> tuple[Message, ...]:
    """Printings of one fact."""
    fact = statement.figures[0]
    texts = tuple(dict.fromkeys(f"{p.text} ({p.id})" for p in fact.hard))
    shown = texts[:_SHOWN]
    return (message("consistency.repeated", fact=Code(fact.key), texts=", ".join(shown)), *given(statement))


def impossible(statement: Statement) -> tuple[Message, ...]:
    """A printing outside what its kind can be."""
    fact = statement.figures[0]
    printing = next(p for p in fact.hard if (band := p.interval(fact.rounding)) is not None and band.empty)
    return (message("consistency.impossible", printed=printing.text, kind=printing.kind),)


def mixture(statement: Statement, sizes: Sequence[Fact] = ()) -> tuple[Message, ...]:
    """A whole as its classes, weighed by sizes that may be rounded in print."""
    parts, whole = _split(statement)
    assert whole is not None
    low, high = _span(parts)
    if isinstance(statement.form, Mixture):
        ends = {fact.key: ends_of(fact) for fact in (*statement.figures, *sizes)}
        found = statement.form.implied(lambda key: ends.get(key, Ends(None, None))).get(whole.key)
        if found is not None:
            low, high = found.low or low, found.high or high
    step = message(
        "consistency.mixture",
        terms=_terms(parts),
        value=amount(_value(parts)),
        low=amount(low),
        high=amount(high),
        whole=value_words(whole),
    )
    return (step, *given(statement))


def mixture_loose(statement: Statement, sizes: Sequence[Fact] = ()) -> tuple[Message, ...]:
    """The same where classes may have answered at different rates."""
    first, *rest = mixture(statement, sizes)
    return (first, message("consistency.response"), *rest)


def mixture_shown(statement: Statement) -> tuple[Message, ...]:
    """A mixture that the declared weighting does not support."""
    first, *rest = mixture(statement)
    return (first, message("consistency.shown"), *rest)


def between(statement: Statement) -> tuple[Message, ...]:
    """A whole lies between its smallest and its largest class."""
    parts, whole = _split(statement)
    assert whole is not None
    ends = [ends_of(fact) for fact, _ in parts]
    lows, highs = [e.low for e in ends if e.low is not None], [e.high for e in ends if e.high is not None]
    step = message(
        "consistency.between",
        low=amount(min(lows, default=None)),
        high=amount(max(highs, default=None)),
        whole=value_words(whole),
        classes=tuple(value_words(fact) for fact, _ in parts[:_SHOWN]),
    )
    return (step, *given(statement))


def common(statement: Statement) -> tuple[Message, ...]:
    """A mixture whose shares are unknown but the same for all items of a table."""
    parts, whole = _split(statement)
    assert whole is not None
    step = message(
        "consistency.common", whole=value_words(whole), classes=tuple(value_words(fact) for fact, _ in parts[:_SHOWN])
    )
    return (step, *given(statement))


def common_loose(statement: Statement) -> tuple[Message, ...]:
    """The same where classes may have answered at different rates."""
    first, *rest = common(statement)
    return (first, message("consistency.response"), *rest)


def link(statement: Statement) -> tuple[Message, ...]:
    """Shares of classes in a base and in its parent."""
    parts, whole = _split(statement)
    assert whole is not None
    step = message(
        "consistency.link", whole=value_words(whole), classes=tuple(value_words(fact) for fact, _ in parts[:_SHOWN])
    )
    return (step, *given(statement))


def inside(statement: Statement) -> tuple[Message, ...]:
    """A figure among a base and among its parent."""
    part, whole, _ = statement.figures
    size = statement.coefficients[0][1]  # how much of all the base is, from its printed share
    step = message(
        "consistency.inside",
        base=Code(f"@{part.key.base}"),
        parent=Code(f"@{whole.key.base}"),
        size=amount(100 * size),
        part=value_words(part),
        inner=amount(size * (part.value or ZERO)),
        rest=amount(100 - 100 * size),
        whole=value_words(whole),
    )
    return (step, *given(statement))


def error(statement: Statement) -> tuple[Message, ...]:
    """A standard error or a margin against the share and the base."""
    fact, size = statement.figures[0], statement.figures[-1]
    ends = {f.key: ends_of(f) for f in statement.figures}
    found = statement.form.implied(lambda key: ends.get(key, Ends(None, None))).get(fact.key)
    low, high = (found.low, found.high) if found is not None else (None, None)
    step = message(
        "consistency.error", printed=value_words(fact), n=value_words(size), low=amount(low), high=amount(high)
    )
    return (step, *given(statement))


def name(key: Key) -> str:
    """A key as text."""
    return str(key)
