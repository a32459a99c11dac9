"""Which rows or columns are printed alike, which waves in each other's place?  A caution, and never a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aibaro.consistency._from_errors import points
from aibaro.consistency._sources import Sources
from aibaro.consistency._statement import Statement
from aibaro.facts import Facts, Key
from aibaro.messages import Message, message
from aibaro.rounding import Interval

# so many cells, of which so many differ from each other, are seldom alike by chance
_CELLS, _DISTINCT = 4, 3
_DIFFERENCES = 2  # of so many differences one is a slip, and all have another cause


def alike(facts: Facts) -> Mapping[Key, tuple[Message, ...]]:
    """Find rows of items, and columns of levels, waves and groups, that are identical to another one, or exchanged.

    Whole waves are in each other's place where none of the printed differences between them holds as it stands, and
    all hold with the waves exchanged.

    Parameters
    ----------
    facts : Facts
        The facts.

    Returns
    -------
    mapping of Key to tuple of Message
        For each figure of such a row, column or wave what it is identical to or exchanged with.

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> dict(alike(Facts.of(load("topdesk-2025"))))
    {}
    """
    rows: dict[tuple[str, ...], list[tuple[Key, tuple[str, ...], str]]] = {}
    columns: dict[tuple[str, ...], list[tuple[Key, tuple[str, ...], str]]] = {}
    for fact in facts:
        key, best = fact.key, fact.best
        if fact.soft or best.kind in {"date", "threshold"} or not best.named:
            continue
        rows.setdefault((key.item, key.base, key.wave, key.group, key.measure), []).append(
            (key, (key.domain, key.level), best.text)
        )
        columns.setdefault((key.domain, key.level, key.base, key.wave, key.group, key.measure), []).append(
            (key, (key.item,), best.text)
        )
    found: dict[Key, list[Message]] = {}
    for lines in (rows, columns):
        same: dict[tuple[str, frozenset[tuple[tuple[str, ...], str]]], list[tuple[str, ...]]] = {}
        for name, cells in lines.items():
            texts = {text for _, _, text in cells}
            if len(cells) >= _CELLS and len(texts) >= _DISTINCT:
                same.setdefault((name[-1], frozenset((place, text) for _, place, text in cells)), []).append(name)
        for names in same.values():
            first, *others = sorted(names)
            for other in others:
                step = message("consistency.alike", count=len(lines[first]), line=_said(first), other=_said(other))
                for key, _, _ in (*lines[first], *lines[other]):
                    found.setdefault(key, []).append(step)
    for key, step in _exchanged_waves(facts):
        found.setdefault(key, []).append(step)
    return {key: tuple(steps) for key, steps in found.items()}


def _exchanged_waves(facts: Facts) -> Iterator[tuple[Key, Message]]:
    """Figures of two waves of which all printed differences have the other sign."""
    between: dict[tuple[str, ...], list[Statement]] = {}
    for statement in points(Sources.of(facts)):
        now, before, printed = statement.keys
        if facts[printed].value:
            between.setdefault((now.base, now.group, now.wave, before.wave), []).append(statement)
    for (*_, now_wave, before_wave), all_between in between.items():
        if len(all_between) < _DIFFERENCES or not all(_turned(facts, *statement.keys) for statement in all_between):
            continue
        wave = now_wave or facts.survey.wave or message("consistency.this_wave")
        step = message("consistency.waves_exchanged", wave=wave, other=before_wave, count=len(all_between))
        for key in dict.fromkeys(key for statement in all_between for key in statement.keys):
            yield key, step


def _turned(facts: Facts, now: Key, before: Key, printed: Key) -> bool:
    """Whether a difference fails as printed, and holds when it is taken the other way round."""
    later, earlier, difference = (facts[key].interval() for key in (now, before, printed))
    if later is None or earlier is None or difference is None or later.empty or earlier.empty or difference.empty:
        return False
    ahead = Interval(later.lower - earlier.upper, later.upper - earlier.lower)
    back = Interval(-ahead.upper, -ahead.lower)
    return difference.meets(back) and not difference.meets(ahead)


def _said(name: tuple[str, ...]) -> str:
    return " ".join(part for part in name[:-1] if part)
