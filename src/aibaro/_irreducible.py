"""Which of many statements suffice for a proof, so that none of them can be left out?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

T = TypeVar("T")


def irreducible(members: Sequence[T], support: Callable[[list[T]], Collection[int] | None]) -> list[T]:
    """Leave members out, one after another, as long as what they prove follows from the rest (a deletion filter).

    ``support`` proves it from some members and gives the places of those that the proof needs, or None without a proof.

    >>> irreducible([5, 1, 7, 2], lambda rest: range(len(rest)) if sum(rest) >= 8 else None)
    [7, 2]
    """
    kept, place = list(members), 0
    while place < len(kept):
        rest = kept[:place] + kept[place + 1 :]
        needed = support(rest)
        if needed is None:
            place += 1
        else:
            needed = set(needed)
            kept = [member for n, member in enumerate(rest) if n < place or n in needed]
    return kept
