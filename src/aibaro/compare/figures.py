"""Which share does a survey print of this, and how many respondents stand behind it?  Read from its facts alone."""

from __future__ import annotations

from fractions import Fraction

from aibaro.compare.shares import Share
from aibaro.errors import ConflictError, InputError
from aibaro.facts import Fact, Facts, Key, facts_of
from aibaro.published import PublishedSurvey
from aibaro.published.schema import WHOLE_BASE


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
