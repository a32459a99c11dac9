"""Do parts add up to their whole, and complements to 100?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from aibaro.consistency.check import ROUNDING_RULES, Check, Printable, band, centre, judge
from aibaro.consistency.intervals import add, exactly, subtract
from aibaro.errors import InputError
from aibaro.rounding import Interval, parse_printed


def _number(text: str | Printable, decimal: str) -> Printable:
    return parse_printed(text, decimal) if isinstance(text, str) else text


def _numbers(parts: Mapping[str, str | Printable], decimal: str) -> dict[str, Printable]:
    if not parts:
        raise InputError("a sum needs parts", parameter="parts", expected="at least one part", got="none")
    return {name: _number(text, decimal) for name, text in parts.items()}


def number_text(value: Fraction, decimals: int = 6) -> str:
    """Write an exact number with as few digits as it needs.

    Examples
    --------
    >>> number_text(Fraction(321, 10)), number_text(Fraction(1, 3)), number_text(Fraction(100))
    ('32.1', '0.333333', '100')
    """
    scaled = round(value * 10**decimals)
    sign, digits = "-" * (scaled < 0), str(abs(scaled)).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def interval_text(span: Interval, decimals: int = 4) -> str:
    """Write an interval with its open and closed ends.

    Examples
    --------
    >>> from aibaro.rounding import admissible
    >>> interval_text(admissible("32,1%"))
    '[32.05, 32.15)'
    """
    if span.lower == span.upper:
        return number_text(span.lower, decimals)
    left, right = "[" if span.lower_closed else "(", "]" if span.upper_closed else ")"
    return f"{left}{number_text(span.lower, decimals)}, {number_text(span.upper, decimals)}{right}"


def printed_text(number: Printable) -> str:
    """Write a printed number or a verbal reading for a formula.

    Examples
    --------
    >>> printed_text(parse_printed("32,1%"))
    '32.1'
    """
    return interval_text(number) if isinstance(number, Interval) else number_text(number.value)


def stands_for(number: Printable, rule: str) -> str:
    """Say which values a printed number stands for.

    Examples
    --------
    >>> stands_for(parse_printed("32,1%"), "half_up")
    'print 32.1 stands for [32.05, 32.15)'
    """
    if isinstance(number, Interval):
        return f"the words are read as {interval_text(number)}"
    return f"print {number_text(number.value)} stands for {interval_text(band(number, rule))}"


def sum_of(
    whole: str | Printable,
    parts: Mapping[str, str | Printable],
    *,
    declared: str = "half_up",
    decimal: str = ",",
    top: Fraction | int = 100,
) -> Check:
    """Check a printed whole against the sum of its printed parts.

    Parameters
    ----------
    whole : str, PrintedNumber or Interval
        The total.
    parts : mapping of str to str, PrintedNumber or Interval
        Name and print of each part; the parts do not overlap.
    declared : str, default "half_up"
        Rounding rule of the publication.
    decimal : {",", "."}
        Decimal mark.
    top : Fraction or int, default 100
        Largest printable value, for the power.

    Returns
    -------
    Check
        With the sum's interval: each part may be off by its own rounding.

    Examples
    --------
    >>> sum_of("32,1%", {"one": "15,3%", "two": "7,5%", "three": "4,7%", "four": "4,6%"}).verdict
    'reproduced'
    >>> check = sum_of("67,9%", {"plans": "14,8%", "no plans": "53,2%"})
    >>> check.verdict, check.steps[-1]
    ('consistent', 'parts between them allow [67.9, 68.1); print 67.9 stands for [67.85, 67.95)')
    """
    numbers = _numbers(parts, decimal)
    total = _number(whole, decimal)
    central = sum((centre(number) for number in numbers.values()), Fraction(0))

    def recompute(rule: str) -> Interval:
        return add(band(number, rule) for number in numbers.values())

    check = judge("sum_of", total, recompute, central, declared=declared, top=top, inputs=tuple(numbers))
    filled = " + ".join(printed_text(number) for number in numbers.values())
    return check.because(
        f"{filled} = {number_text(central)}",
        f"parts between them allow {interval_text(recompute(declared))}; {stands_for(total, declared)}",
    )


def remainder_of(
    part: str | Printable,
    whole: str | Printable,
    others: Mapping[str, str | Printable],
    *,
    name: str = "remainder_of",
    best: str = "consistent",
    declared: str = "half_up",
    decimal: str = ",",
    top: Fraction | int = 100,
) -> Check:
    """Check a printed part against its whole without the other parts.

    Parameters
    ----------
    part : str, PrintedNumber or Interval
        The part.
    whole : str, PrintedNumber or Interval
        The total; an Interval such as exactly 100 for an exhaustive set.
    others : mapping of str to str, PrintedNumber or Interval
        Name and print of every other part.
    name : str, default "remainder_of"
        Name of the rule.
    best : {"consistent", "reproduced"}, default "consistent"
        Best verdict: a part is implied by the sum in which it takes part, which is less than a recomputation.
    declared : str, default "half_up"
        Rounding rule of the publication.
    decimal : {",", "."}
        Decimal mark.
    top : Fraction or int, default 100
        Largest printable value, for the power.

    Returns
    -------
    Check
        With the interval that remains for the part.

    Examples
    --------
    >>> remainder_of("67,9%", exactly(100), {"adopters": "32,1%"}, name="complement", best="reproduced").verdict
    'reproduced'
    """
    numbers = {key: _number(text, decimal) for key, text in others.items()}
    own, total = _number(part, decimal), _number(whole, decimal)
    central = centre(total) - sum((centre(number) for number in numbers.values()), Fraction(0))

    def recompute(rule: str) -> Interval:
        return subtract(band(total, rule), add(band(number, rule) for number in numbers.values()))

    check = judge(name, own, recompute, central, declared=declared, top=top, best=best, inputs=tuple(numbers))
    filled = " - ".join(printed_text(number) for number in (total, *numbers.values()))
    return check.because(
        f"{filled} = {number_text(central)}",
        f"what remains is {interval_text(recompute(declared))}; {stands_for(own, declared)}",
    )


def exhaustive(
    parts: Mapping[str, str | Printable], *, declared: str = "half_up", decimal: str = ","
) -> tuple[str, tuple[str, ...], Interval]:
    """Check whether answers that exclude each other and leave nothing out can add up to 100.

    Parameters
    ----------
    parts : mapping of str to str, PrintedNumber or Interval
        Name and print of each answer.
    declared : str, default "half_up"
        Rounding rule of the publication.
    decimal : {",", "."}
        Decimal mark.

    Returns
    -------
    verdict : str
        ``consistent``, ``rounding_dependent`` or ``inconsistent``.
    passes : tuple of str
        Rounding rules under which 100 is reachable.
    total : Interval
        Sum of the answers under the declared rule.

    Examples
    --------
    >>> figure = {"1": "15,3%", "2": "7,5%", "3": "4,7%", "4": "4,6%", "plans": "14,8%", "none": "53,2%"}
    >>> verdict, passes, total = exhaustive(figure)
    >>> verdict, float(total.lower), float(total.upper)
    ('consistent', 99.8, 100.4)
    """
    numbers = _numbers(parts, decimal)
    rules = (declared, *(rule for rule in ROUNDING_RULES if rule != declared))
    totals = {rule: add(band(number, rule) for number in numbers.values()) for rule in rules}
    passes = tuple(rule for rule in rules if Fraction(100) in totals[rule])
    if declared in passes:
        return "consistent", passes, totals[declared]
    return ("rounding_dependent" if passes else "inconsistent"), passes, totals[declared]


def union_bounds(parts: Sequence[Interval]) -> Interval:
    """Bound the share with at least one of several features.

    Parameters
    ----------
    parts : sequence of Interval
        Shares in percent of one base.

    Returns
    -------
    Interval
        From the largest share to the sum of all, at most 100.

    Notes
    -----
    Boole's and Fréchet's bounds: max p_i <= P(any) <= min(100, sum p_i).

    Examples
    --------
    >>> bounds = union_bounds([exactly(14), exactly(13)])
    >>> int(bounds.lower), int(bounds.upper)
    (14, 27)
    """
    low, low_open = max((part.lower, not part.lower_closed) for part in parts)
    summed = add(parts)
    if summed.upper > 100:
        return Interval(low, Fraction(100), not low_open, True)
    return Interval(low, summed.upper, not low_open, summed.upper_closed)


def balance(
    whole: int, plus: Mapping[str, int], minus: Mapping[str, int] | None = None, *, rule: str = "balance"
) -> Check:
    """Check whether exact counts balance.

    Parameters
    ----------
    whole : int
        The printed result.
    plus, minus : mapping of str to int
        Counts that are added and taken away.
    rule : str, default "balance"
        Name of the rule.

    Returns
    -------
    Check
        ``reproduced`` when they balance, else ``inconsistent``; counts are not rounded.

    Examples
    --------
    >>> balance(8466, {"mailed": 9184}, {"undeliverable": 718}).steps
    ('9184 - 718 = 8466',)
    """
    less = minus or {}
    value = sum(plus.values()) - sum(less.values())
    filled = " + ".join(map(str, plus.values())) + "".join(f" - {count}" for count in less.values())
    agrees = value == whole
    steps = (f"{filled} = {value}",) if agrees else (f"{filled} = {value}", f"print says {whole}")
    return Check(
        rule,
        "reproduced" if agrees else "inconsistent",
        recomputed=exactly(value),
        central=Fraction(value),
        passes=("exact",) if agrees else (),
        fails=() if agrees else ("exact",),
        power=Fraction(max(whole, value), max(whole, value) + 1),
        detection_limit=Fraction(0),
        inputs=(*plus, *less),
        steps=steps,
    )
