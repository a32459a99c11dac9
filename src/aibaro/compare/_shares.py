"""Which share does this figure stand for?  Printed text, a plain number or a pair of limits become one interval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

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


# beyond these, squares of what it multiplies leave the range of floating-point numbers
_SMALLEST_EFFECT, _LARGEST_EFFECT = 1e-9, 1e9


def design_effect(deff: float, parameter: str) -> float:
    """Check a design effect."""
    if isinstance(deff, bool) or not _SMALLEST_EFFECT <= deff <= _LARGEST_EFFECT:
        raise InputError(
            "not a design effect",
            parameter=parameter,
            expected=f"a number from {_SMALLEST_EFFECT:g} to {_LARGEST_EFFECT:g}",
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
    facts = facts_of(survey)
    key = facts.key(key) if isinstance(key, str) else key
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
    facts = facts_of(survey)
    key = facts.key(key) if isinstance(key, str) else key
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


# --- Which shares of a base can its subgroups have, if their percentages mix into the overall one?


@typed
def weighted_share(overall: ShareLike, a: ShareLike, b: ShareLike) -> Share | None:
    """Bound the weighted share of a subgroup from the figures that mix.

    Parameters
    ----------
    overall : str, float, Fraction, pair or Share
        Figure of the whole base.
    a, b : str, float, Fraction, pair or Share
        Figures of the subgroup and of everyone else in the base.

    Returns
    -------
    Share or None
        All w with overall = w a + (1 - w) b for admissible figures; None when there is none.

    Notes
    -----
    w = (P - b)/(a - b).  Exact: overall lies in [w a_low + (1-w) b_low, w a_high + (1-w) b_high], two linear
    inequalities in w.  The two subgroups must exhaust the base; that is an assumption about the questionnaire.

    References
    ----------
    Duncan, O. D. and Davis, B. (1953). An alternative to ecological correlation. American Sociological Review 18,
    665-666. https://doi.org/10.2307/2088122

    Examples
    --------
    >>> bound = weighted_share("19%", "44%", "14%")
    >>> round(float(bound.low), 4), float(bound.high)
    (0.1333, 0.2)
    """
    whole, first, second = share(overall, parameter="overall"), share(a, parameter="a"), share(b, parameter="b")
    low, high = Fraction(0), Fraction(1)
    # w (a_low - b_low) <= P_high - b_low  and  w (a_high - b_high) >= P_low - b_high
    for slope, limit in (
        (first.low - second.low, whole.high - second.low),
        (second.high - first.high, second.high - whole.low),
    ):
        if slope > 0:
            high = min(high, limit / slope)
        elif slope < 0:
            low = max(low, limit / slope)
        elif limit < 0:
            return None
    return Share(low, high, (low + high) / 2) if low <= high else None


@typed
def joint_share(mixtures: Sequence[tuple[ShareLike, ShareLike, ShareLike]]) -> Share:
    """Bound a weighted share by several items at once.

    Parameters
    ----------
    mixtures : sequence of triples
        (overall, subgroup, everyone else) of each item, all with the same subgroup and base.

    Returns
    -------
    Share
        Intersection of the bounds.

    Raises
    ------
    ConflictError
        When no share serves all items.

    Notes
    -----
    The intersection of the bounds of :func:`weighted_share`: one weighted share has to serve all items.

    References
    ----------
    Duncan, O. D. and Davis, B. (1953). An alternative to ecological correlation. American Sociological Review 18,
    665-666. https://doi.org/10.2307/2088122

    Examples
    --------
    >>> float(joint_share([("19%", "44%", "14%"), ((0.316667, 0.366667), "19%", "39%")]).high)
    0.2
    """
    low, high = Fraction(0), Fraction(1)
    for overall, a, b in mixtures:
        bound = weighted_share(overall, a, b)
        if bound is not None:
            low, high = max(low, bound.low), min(high, bound.high)
        if bound is None or low > high:
            raise ConflictError(
                "the overall figure is no mixture of the subgroups' figures",
                where="joint_share",
                expected="one weighted share that serves every item",
                got=f"overall {share(overall).text}, subgroups {share(a).text} and {share(b).text}",
                hint="do the subgroups exhaust the base?",
            )
    return Share(low, high, (low + high) / 2)


def check_mixtures(survey: PublishedSurvey) -> pd.DataFrame:
    """Check every declared mixture of a survey for which all three figures are printed.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey; relations of kind ``mixture`` name two parts and a whole.

    Returns
    -------
    pandas.DataFrame
        ``item, group, part_a, part_b, whole, overall, estimate_a, estimate_b, possible, share_low, share_high``
        (weighted share of part a), one row per item; and one row ``item = (all)`` per relation and group with the
        bounds that all items admit together.

    Examples
    --------
    >>> from aibaro.published import load
    >>> table = check_mixtures(load("io-2023"))
    >>> table[["item", "possible", "share_low", "share_high"]].round(3)
                        item  possible  share_low  share_high
    0  outlook.opportunities      True      0.133       0.200
    1        outlook.threats      True      0.092       0.392
    2                  (all)      True      0.133       0.200
    """
    rows: list[dict[str, object]] = []
    facts = facts_of(survey)
    for relation in facts.relations:
        if relation.kind == "mixture" and relation.status != "proposed" and len(relation.parts) == 2:
            rows += _relation_rows(facts, *relation.parts, relation.whole)
    columns = [
        "item",
        "group",
        "part_a",
        "part_b",
        "whole",
        "overall",
        "estimate_a",
        "estimate_b",
        "possible",
        "share_low",
        "share_high",
    ]
    return pd.DataFrame(rows, columns=columns)


def _relation_rows(facts: Facts, part_a: str, part_b: str, whole: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    pairs = {(fact.key.group, fact.key.item) for fact in facts if fact.percent}
    for group in sorted({name for name, _ in pairs}):
        triples = []
        for item in sorted(item for name, item in pairs if name == group):
            found = [_find(facts, item, part, group) for part in (whole, part_a, part_b)]
            if any(member is None for member in found):
                continue
            overall, a, b = (member for member in found if member is not None)
            triples.append((overall, a, b))
            rows.append(_row(item, group, (part_a, part_b, whole), (overall, a, b)))
        if len(triples) > 1:
            rows.append(_joint_row(group, (part_a, part_b, whole), triples))
    return rows


def _row(item: str, group: str, names: tuple[str, str, str], triple: tuple[Share, Share, Share]) -> dict[str, object]:
    overall, a, b = triple
    bound = weighted_share(overall, a, b)
    ends = (float("nan"), float("nan")) if bound is None else bound.box
    return {
        "item": item,
        "group": group,
        "part_a": names[0],
        "part_b": names[1],
        "whole": names[2],
        "overall": float(overall.value),
        "estimate_a": float(a.value),
        "estimate_b": float(b.value),
        "possible": bound is not None,
        "share_low": ends[0],
        "share_high": ends[1],
    }


def _joint_row(
    group: str, names: tuple[str, str, str], triples: Sequence[tuple[Share, Share, Share]]
) -> dict[str, object]:
    try:
        ends: tuple[float, float] = joint_share(triples).box
        possible = True
    except ConflictError:
        ends, possible = (float("nan"), float("nan")), False
    return {
        "item": "(all)",
        "group": group,
        "part_a": names[0],
        "part_b": names[1],
        "whole": names[2],
        "possible": possible,
        "share_low": ends[0],
        "share_high": ends[1],
    }


def _find(facts: Facts, item: str, part: str, group: str) -> Share | None:
    """Look a figure up by the notation of relations.csv: ``@base`` or ``@base|domain=level``."""
    key = Key.parse(part).about(item=item, group=group)
    if key not in facts:
        return None
    try:
        return share_of(facts, key)
    except (InputError, ConflictError):
        return None
