"""Which decimal mark does a publication use?  Read from its numbers where none is ambiguous, else asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aibaro.errors import FaultList
from aibaro.published._tables import RawTable

MARKS = (",", ".")
#: Items that count respondents or units.
SIZES = ("population", "sample", "respondents")
_MARKED = re.compile(r"\d+(?:[.,]\d+)+")


def evidence(text: str) -> tuple[str, ...]:
    """Say which marks a text can have used for decimals; none where it holds no mark at all.

    Examples
    --------
    >>> evidence("14,0%"), evidence("1,234.5"), evidence("1.234"), evidence("12%")
    ((',',), ('.',), (',', '.'), ())
    """
    possible = set(MARKS)
    found = _MARKED.findall(text)
    for number in found:
        possible &= set(_possible(number))
    return tuple(mark for mark in MARKS if mark in possible) if found else ()


def _possible(number: str) -> tuple[str, ...]:
    last = number[max(number.rfind(mark) for mark in MARKS)]
    other = "," if last == "." else "."
    head, _, tail = number.rpartition(last)
    if other in head:
        return (last,)
    if last in head:
        return (other,)  # 1.234.567: a mark that stands twice groups thousands
    grouped = len(tail) == 3 and 1 <= len(head) <= 3 and head[0] != "0"
    return MARKS if grouped else (last,)


def decide(raw: RawTable, settings: Mapping[str, Any], faults: FaultList) -> str | None:
    """Return the decimal mark: declared and not contradicted, or the only one that the numbers allow."""
    declared = settings.get("decimal_mark")
    if declared is not None and declared not in MARKS:
        return None  # the descriptor's fault is recorded; no print can be read before it is mended
    counts = {",": 0, ".": 0}
    first: dict[str, int] = {}
    ambiguous: list[int] = []
    for row, text in enumerate(raw.column("printed")):
        marks = evidence(text)
        if len(marks) == 1:
            counts[marks[0]] += 1
            first.setdefault(marks[0], row)
        elif len(marks) == 2:
            ambiguous.append(row)
    if declared is not None:
        _contradicted(raw, str(declared), counts, first, faults)
        return str(declared)
    if not any(counts.values()):  # a size has no decimals, so that its mark groups thousands
        for row in ambiguous:
            if raw.column("item")[row] in SIZES and raw.column("weighted")[row] != "yes":
                text = raw.column("printed")[row]
                mark = next(mark for mark in MARKS if mark not in text)
                counts[mark] += 1
                first.setdefault(mark, row)
    proven = [mark for mark in MARKS if counts[mark]]
    if len(proven) == 1 or not ambiguous:
        return max(MARKS, key=lambda mark: counts[mark])  # a number such as 51.7 reads the same under either
    rows = [first[mark] for mark in proven] or ambiguous[:1]
    faults.add(
        "the decimal mark cannot be told from the numbers",
        where=raw.place(rows[0]),
        parameter="decimal_mark",
        expected='"decimal_mark": "," or "." in the block "aibaro" of datapackage.json',
        got=", ".join(f'"{raw.column("printed")[row]}"' for row in rows),
        hint="both marks are printed" if len(proven) == 2 else "a mark before three digits may group thousands",
    )
    return None


def _contradicted(
    raw: RawTable, declared: str, counts: Mapping[str, int], first: Mapping[str, int], faults: FaultList
) -> None:
    """A mark that most numbers contradict was declared by mistake; a few were misprinted."""
    other = "." if declared == "," else ","
    if counts[other] > counts[declared]:
        faults.add(
            "the declared decimal mark contradicts the numbers",
            where=raw.place(first[other]),
            parameter="decimal_mark",
            expected=f'"{other}", which {counts[other]} numbers use against {counts[declared]}',
            got=f'"{declared}" beside "{raw.column("printed")[first[other]]}"',
        )
