"""Which share does this figure stand for?  Printed text, a plain number or a pair of limits become one interval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from aibaro._typed import typed
from aibaro.errors import ConflictError, InputError
from aibaro.facts import Fact, Facts, Key, facts_of
from aibaro.published import PublishedSurvey
from aibaro.published.schema import WHOLE_BASE
from aibaro.rounding import Interval, admissible, parse_printed

_HUNDRED = 100
_EXPECTED = 'printed text such as "19%", a number from 0 to 1, or a pair of such limits'


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a base, known up to an interval.

    Parameters
    ----------
    low, high : Fraction
        Ends of the interval, 0 <= low <= high <= 1; treated as attained, which can only widen.
    value : Fraction
        The value that stands for it in a point estimate: the printed one, or the middle.
    text : str
        What was printed or given.
    """

    low: Fraction
    high: Fraction
    value: Fraction
    text: str = ""

    @property
    def box(self) -> tuple[float, float]:
        """Both ends as floating point numbers."""
        return float(self.low), float(self.high)

    @property
    def complement(self) -> Share:
        """The share of those who do not belong."""
        return Share(1 - self.high, 1 - self.low, 1 - self.value, f"100% - {self.text}" if self.text else "")


ShareLike = Share | str | float | Fraction | tuple[float | Fraction, float | Fraction]


@typed
def share(figure: ShareLike, *, rounding: str = "half_up", decimal: str = ",", parameter: str = "figure") -> Share:
    """Read a share.

    Parameters
    ----------
    figure : Share, str, float, Fraction or pair
        ``"19%"`` or ``"19"`` (text is a printed percentage and stands for its rounding interval), ``0.19`` (exactly
        that), or ``(0.45, 0.55)`` (anything between).
    rounding : {"half_up", "half_even", "nearest", "truncate", "floor_or_ceil"}
        Rounding rule of printed text.
    decimal : {",", "."}
        Decimal mark of printed text.
    parameter : str
        Name of the argument, for errors.

    Returns
    -------
    Share
        The interval, cut to [0, 1], and its central value.

    Raises
    ------
    InputError
        When it is no share.
    PublishedNumberError
        When text is not one number.

    Examples
    --------
    >>> share("19%").box
    (0.185, 0.195)
    >>> share(0.19).box
    (0.19, 0.19)
    """
    if isinstance(figure, Share):
        return figure
    if isinstance(figure, str):
        number = parse_printed(figure, decimal)
        band = admissible(number, rounding).scaled(Fraction(1, _HUNDRED))
        return _cut(band, number.value / _HUNDRED, figure, parameter)
    if isinstance(figure, tuple):
        low, high = (_fraction(end, parameter) for end in figure)
        return _cut(Interval(low, high), (low + high) / 2, f"{float(low):g} to {float(high):g}", parameter)
    value = _fraction(figure, parameter)
    return _cut(Interval(value, value), value, f"{float(value):g}", parameter)


def _fraction(figure: float | Fraction, parameter: str) -> Fraction:
    if isinstance(figure, bool) or not isinstance(figure, (int, float, Fraction)) or figure != figure:  # noqa: PLR0124
        raise InputError("not a share", parameter=parameter, expected=_EXPECTED, got=repr(figure))
    if not 0 <= figure <= 1:
        raise InputError(
            "a share lies between 0 and 1",
            parameter=parameter,
            expected=_EXPECTED,
            got=repr(figure),
            hint=f'write "{figure:g}%" for a printed percentage',
        )
    # the shortest decimal that gives this float is what its writer meant: 0.1 is 1/10
    return figure if isinstance(figure, Fraction) else Fraction(repr(float(figure)))


def _cut(band: Interval, value: Fraction, text: str, parameter: str) -> Share:
    low, high = max(band.lower, Fraction(0)), min(band.upper, Fraction(1))
    if low > high or not 0 <= value <= 1:
        raise InputError("not a share", parameter=parameter, expected="between 0% and 100%, lower end first", got=text)
    return Share(low, high, value, text)


def union(shares: Iterable[Share]) -> Share:
    """Return the smallest interval that holds several readings of one share.

    Examples
    --------
    >>> union([share("44%"), share((0.44, 0.50))]).box
    (0.435, 0.5)
    """
    members = list(shares)
    if not members:
        raise InputError("no share was given", parameter="shares", expected="at least one", got="none")
    first = members[0]
    return Share(min(s.low for s in members), max(s.high for s in members), first.value, first.text)


def sample_size(n: int | None, parameter: str) -> int:
    """Check the number of respondents behind a share."""
    if n is None or isinstance(n, bool | str) or n != n or n < 1 or int(n) != n:  # noqa: PLR0124
        raise InputError(
            "not a number of respondents",
            parameter=parameter,
            expected="a whole number >= 1",
            got=repr(n),
            hint="where print gives no base, compare.subgroups sweeps it",
        )
    return int(n)


def design_effect(deff: float, parameter: str) -> float:
    """Check a design effect."""
    if isinstance(deff, bool) or not 0 < deff < float("inf"):
        raise InputError(
            "not a design effect",
            parameter=parameter,
            expected="a finite number > 0",
            got=repr(deff),
            hint="1 means as precise as a simple random sample",
        )
    return float(deff)


@typed
def share_of(survey: PublishedSurvey | Facts, key: str | Key) -> Share:
    """Read a printed share.

    Parameters
    ----------
    survey : PublishedSurvey or Facts
        The survey, or its facts.
    key : str or Key
        The fact, ``item[@base][|domain=level][|wave=W][|group=G]``.

    Returns
    -------
    Share
        What its printings in digits admit together; words count where no digits state it.

    Raises
    ------
    InputError
        When the survey states no such share.
    ConflictError
        When printings of the fact exclude each other, or one is impossible.

    Notes
    -----
    Where a declared pair of items exhausts the base, the share is 100% less the other one's: if that was printed in
    digits and this was not, or if this was not printed at all.

    Examples
    --------
    >>> from aibaro.published import load
    >>> share_of(load("io-2023"), "awareness.any|group=entrepreneurs").box
    (0.845, 0.855)
    >>> share_of(load("io-2023"), "awareness.none|group=entrepreneurs").box
    (0.145, 0.155)
    """
    facts, key = facts_of(survey), Key.parse(key) if isinstance(key, str) else key
    own, other = _share_fact(facts, key), _complement(facts, key)
    if other is not None and (own is None or (own.soft and not other.soft)):
        return _read(facts, other).complement
    if own is None:
        raise InputError(
            "the survey states no such share",
            where=facts.survey.name,
            parameter="key",
            expected="a fact of printed.csv that is a percentage or words, or the complement of one",
            got=str(key),
        )
    return _read(facts, own)


def size_of(survey: PublishedSurvey | Facts, key: str | Key) -> int | None:
    """Read how many respondents stand behind a share: printed beside it, else the size of its whole base.

    A domain's own size is never guessed.
    """
    facts, key = facts_of(survey), Key.parse(key) if isinstance(key, str) else key
    other = _complement(facts, key)
    for place in (key, *([] if other is None else [other.key])):
        answered = facts.answered(place)
        if answered is not None:
            return _count(facts, answered)
    return None if key.domain else base_size(facts, key.base, key.group)


def base_size(survey: PublishedSurvey | Facts, base: str, group: str = "") -> int | None:
    """Read the printed number of respondents of a base.

    Examples
    --------
    >>> from aibaro.published import load
    >>> base_size(load("io-2023"), "aware", "public"), base_size(load("io-2023"), "working", "public")
    (668, None)
    """
    facts = facts_of(survey)
    found = facts.size(base, group=group) or (facts.size(f"{base}.{group}") if group else None) or facts.size(base)
    return None if found is None else _count(facts, found)


def _count(facts: Facts, fact: Fact) -> int:
    band = fact.interval()
    if band is None or band.empty:
        raise _conflict(facts, fact)
    return int(fact.best.value or 0)


def _share_fact(facts: Facts, key: Key) -> Fact | None:
    found = facts.get(key)
    return found if found is not None and found.percent and found.interval() is not None else None


def _read(facts: Facts, fact: Fact) -> Share:
    band = fact.interval()
    if band is None or band.empty:
        raise _conflict(facts, fact)
    low, high = (min(max(end / 100, Fraction(0)), Fraction(1)) for end in (band.lower, band.upper))
    best = fact.best
    if fact.soft:
        return Share(low, high, (low + high) / 2, best.text)
    value = (best.value or Fraction(0)) / 100
    return Share(low, high, min(max(value, low), high), f"{float(100 * value):.{best.decimals}f}%")


def _conflict(facts: Facts, fact: Fact) -> ConflictError:
    return ConflictError(
        "printings of one fact exclude each other, or one is impossible",
        where=facts.survey.name,
        parameter=str(fact.key),
        expected="figures that can agree",
        got="; ".join(f"{p.id} {p.text}" for p in fact.printings),
    )


def _complement(facts: Facts, key: Key) -> Fact | None:
    """Find the figure of the item that exhausts the base with this one, by a declared relation of two parts."""
    for relation in facts.relations:
        if (
            relation.status == "proposed"
            or relation.kind != "exhaustive"
            or relation.whole != f"@{key.base or WHOLE_BASE}"
            or len(relation.parts) != 2
        ):
            continue
        parts = [Key.parse(part) for part in relation.parts]
        if key.item in {part.item for part in parts} and {part.base for part in parts} == {key.base}:
            other = next(part for part in parts if part.item != key.item)
            found = _share_fact(facts, key.about(item=other.item))
            if found is not None:
                return found
    return None
