"""Which rows or columns of a table are printed alike?  Possibly a copy: a caution, and never a verdict."""

from __future__ import annotations

from collections.abc import Mapping

from aibaro.facts import Facts, Key
from aibaro.messages import Message, message

# so many cells, of which so many differ from each other, are seldom alike by chance
_CELLS, _DISTINCT = 4, 3


def alike(facts: Facts) -> Mapping[Key, tuple[Message, ...]]:
    """Find rows of items, and columns of levels, waves and groups, that are identical to another one.

    Parameters
    ----------
    facts : Facts
        The facts.

    Returns
    -------
    mapping of Key to tuple of Message
        For each figure of such a row or column what it is identical to.

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
    return {key: tuple(steps) for key, steps in found.items()}


def _said(name: tuple[str, ...]) -> str:
    return " ".join(part for part in name[:-1] if part)
