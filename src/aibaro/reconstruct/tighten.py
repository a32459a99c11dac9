"""Which pairs of counts of a stratum does print leave?  Linear duality, stratum by stratum, in exact fractions.

A relaxation mixes the pairs (x, y) of a stratum, so that pairs which cannot occur make it weak: an empty and a full
stratum mix to any mean without variance.  Sums a x + b y of each stratum are bounded over all that is printed, and
pairs beyond are dropped; then again, since fewer pairs here leave fewer there.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import floor, lcm

import numpy as np
from numpy.typing import NDArray

from aibaro.errors import ConflictError
from aibaro.reconstruct._items import ItemSystem
from aibaro.reconstruct.dual import DualBounds

IntArray = NDArray[np.int64]

# passes over all strata, and the denominators that printed shares are brought to as slopes
PASSES = 3
DENOMINATOR = 64
# x, y, and those of the base without the item
AXES = ((1, 0), (0, 1), (-1, 1))


def possible_pairs(system: ItemSystem, known: Mapping[int, IntArray]) -> dict[int, IntArray]:
    """List the pairs of every stratum that linear duality does not exclude.

    Notes
    -----
    A pair is dropped only where a bound evaluated in fractions says so; solvers propose, they prove nothing.

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct import own_item
    >>> system = own_item(load("flanders-2023"), "training.formal", "adopters")
    >>> found = possible_pairs(system, {})
    >>> len(found), max(int(y) for _, y in found[0]) < int(system.design.respondents[0])
    (44, True)
    """
    pairs = {h: known[h] if h in known else _all(int(n)) for h, n in enumerate(system.design.respondents)}
    for _ in range(PASSES):
        dual = DualBounds(system, pairs)
        kept = {h: _within(system, dual, h, own) for h, own in pairs.items()}
        if not all(len(own) for own in kept.values()):
            raise ConflictError(
                "no table of counts meets everything that is printed",
                where=system.name,
                hint="'aibaro check' names the figures that conflict",
            )
        before, after = (sum(len(own) for own in found.values()) for found in (pairs, kept))
        pairs = kept
        if after > 0.95 * before:
            break
    return pairs


def _all(n: int) -> IntArray:
    return np.array([(x, y) for y in range(n + 1) for x in range(y + 1)], dtype=np.int64)


def _within(system: ItemSystem, dual: DualBounds, stratum: int, pairs: IntArray) -> IntArray:
    """Drop pairs of a stratum beyond the bounds of a few sums."""
    size = system.design.size
    for a, b in _directions(system, stratum):
        if len(pairs) == 0:
            break
        bound, _ = dual.largest({i: c for i, c in ((stratum, a), (size + stratum, b)) if c})
        common = lcm(a.denominator, b.denominator)
        sums = int(a * common) * pairs[:, 0] + int(b * common) * pairs[:, 1]
        pairs = pairs[sums <= floor(bound * common)]
    return pairs


def _directions(system: ItemSystem, stratum: int) -> list[tuple[Fraction, Fraction]]:
    """Axes, and the line on which a stratum has the share that is printed of a domain it lies in."""
    shares = sorted({s.centre.limit_denominator(DENOMINATOR) for s in system.shares if stratum in s.strata})
    lines = [(Fraction(a), Fraction(b)) for a, b in AXES] + [(Fraction(1), -share) for share in shares if share > 0]
    return [(sign * a, sign * b) for a, b in lines for sign in (1, -1)]
