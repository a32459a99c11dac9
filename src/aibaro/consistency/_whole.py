"""Whole numbers of answers behind a share: which of n answers give what is printed?"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from aibaro.consistency._statement import HUNDRED, ONE, ZERO, Ends, Reader
from aibaro.facts import Key


class Whole:
    """The ends that whole numbers of answers leave of a share's interval."""

    def __init__(self, share: Key, numbers: Iterable[int], *, base: Key | None = None, size: Key | None = None) -> None:
        self.share, self.base, self.size = share, base, size
        self.numbers = tuple(numbers)

    def __call__(self, ends: Reader) -> Ends:
        own = ends(self.share)
        ids = (*own.low_ids, *own.high_ids)
        for key in (self.size, self.base):
            if key is not None:
                found = ends(key)
                ids = (*ids, *found.low_ids, *found.high_ids)
        numbers = self.possible(ends)
        if not numbers or own.low is None or own.high is None or (own.low <= 0 and own.high >= HUNDRED):
            return Ends(None, None)
        hits = [Fraction(100 * k, n) for n in numbers if n for k in _outer(own, n)]
        if not hits:
            return Ends(ONE, ZERO, low_ids=ids, high_ids=ids)
        return Ends(min(hits), max(hits), low_ids=ids, high_ids=ids)

    def possible(self, ends: Reader) -> tuple[int, ...]:
        """How many answers may stand behind the share; none where the figures that say so are let go."""
        numbers = self.numbers
        if self.size is not None:
            size = ends(self.size)
            if size.low is None or size.low != size.high:
                return ()
            n = int(size.low)
            numbers = (n,) if len(self.numbers) == 1 else tuple(range(1, n + 1))
        if self.base is not None:
            base = ends(self.base)
            members = [reached(base, n) for n in self.numbers]
            if len(members) == 1:
                numbers = tuple(k for k in members[0] if k)
            else:
                # where not all who were asked answered, fewer members may stand behind the share
                numbers = tuple(range(1, max((found[-1] for found in members if found), default=0) + 1))
        return numbers


def reached(own: Ends, n: int) -> range:
    """Whole numbers k with 100 k / n between the ends.

    Examples
    --------
    >>> list(reached(Ends(Fraction("37"), Fraction("38"), False, True), 8))
    [3]
    """
    first, last = 0, n
    # in whole numbers: this is asked for every number of answers that is possible
    if own.low is not None:
        above, below = own.low.numerator * n, own.low.denominator * 100
        first = above // below + 1 if own.low_strict else -(-above // below)
    if own.high is not None:
        above, below = own.high.numerator * n, own.high.denominator * 100
        last = -(-above // below) - 1 if own.high_strict else above // below
    return range(max(first, 0), min(last, n) + 1)


def _outer(own: Ends, n: int) -> tuple[int, ...]:
    """The smallest and the largest of the reachable numbers."""
    found = reached(own, n)
    return (found[0], found[-1]) if found else ()
