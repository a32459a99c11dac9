"""Which whole counts can a group of strata have together?

The statements about one group of strata (a sector, say) leave few whole counts where its percentages are printed
closely.  They are listed once for a system; every relaxation then mixes listed counts of a group rather than pairs
of single strata, and only statements that cross groups are relaxed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, lcm, prod

import numpy as np

from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import ConflictError
from aibaro.reconstruct.items import ItemSystem, Mask, PrintedShare
from aibaro.reconstruct.program import LinearRow, linear_rows

# counts of a group that are listed, beginnings of counts that are looked at, and comparisons of item with base
LISTED = 1_500_000
BEGINNINGS = 8_000_000
COMPARISONS = 3_000_000_000
CHUNK = 8_000_000
# sums beyond this are not taken in 64 bits
WHOLE = 2**62


@dataclass(frozen=True, slots=True)
class CountBlock:
    """Whole counts of a group of strata.

    Parameters
    ----------
    strata : tuple of int
        Rows of the strata.
    pairs : tuple of numpy.ndarray of int, shape (a, 2)
        For each stratum its pairs (x, y).
    keys : tuple of numpy.ndarray of int, shape (a,)
        For each pair the key that stands for it in ``tuples``: itself, or its y where x is free.
    tuples : numpy.ndarray of int, shape (t, strata)
        Keys that can be taken together.
    met : tuple of str
        Names of the statements that all of them meet.
    """

    strata: Mask
    pairs: tuple[IntArray, ...]
    keys: tuple[IntArray, ...]
    tuples: IntArray
    met: tuple[str, ...] = ()

    @property
    def joint(self) -> bool:
        """Whether every tuple says x and y of each stratum, rather than y alone."""
        return all(len(own) == int(key.max(initial=-1)) + 1 for own, key in zip(self.pairs, self.keys, strict=True))

    def everything(self) -> Live:
        """Begin with all of it."""
        return Live(tuple(np.arange(len(p)) for p in self.pairs), np.arange(len(self.tuples)))

    def best(self, live: Live, prices: Sequence[FloatArray]) -> tuple[FloatArray, list[FloatArray]]:
        """Return the least cost of every live tuple, and of every key of each stratum, for costs of the pairs."""
        total = np.zeros(len(live.tuples))
        tables = []
        for k, (own, key) in enumerate(zip(live.pairs, self.keys, strict=True)):
            table = np.full(int(key.max()) + 1, np.inf)
            np.minimum.at(table, key[own], prices[k][own])
            tables.append(table)
            total += table[self.tuples[live.tuples, k]]
        return total, tables

    def cheapest(self, live: Live, prices: Sequence[FloatArray], row: int) -> Column:
        """Return the pair of each stratum that a tuple takes."""
        found = []
        for k, (own, key) in enumerate(zip(live.pairs, self.keys, strict=True)):
            value = self.tuples[row, k]
            fits = own[key[own] == value]
            found.append(int(fits[np.argmin(prices[k][fits])]))
        return tuple(found)

    def within(self, live: Live, k: int, kept: IntArray) -> Live:
        """Keep some pairs of one stratum, and what goes with them."""
        alive = np.zeros(int(self.keys[k].max()) + 1, dtype=bool)
        alive[self.keys[k][kept]] = True
        tuples = live.tuples[alive[self.tuples[live.tuples, k]]]
        return self.used(Live((*live.pairs[:k], kept, *live.pairs[k + 1 :]), tuples))

    def used(self, live: Live) -> Live:
        """Drop pairs that no live tuple takes."""
        pairs = []
        for k, own in enumerate(live.pairs):
            alive = np.zeros(int(self.keys[k].max()) + 1, dtype=bool)
            alive[self.tuples[live.tuples, k]] = True
            pairs.append(own[alive[self.keys[k][own]]])
        return Live(tuple(pairs), live.tuples)


Column = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Live:
    """What of a block is left: pairs of each stratum, and tuples."""

    pairs: tuple[IntArray, ...]
    tuples: IntArray


def single(stratum: int, pairs: IntArray) -> CountBlock:
    """Make a block of one stratum."""
    own = np.arange(len(pairs))
    return CountBlock((stratum,), (pairs,), (own,), own[:, None])


def with_single(
    listed: Sequence[CountBlock], strata: Iterable[int], pairs: Callable[[int], IntArray]
) -> tuple[CountBlock, ...]:
    """Add a block of its own for each of these strata that no listed group covers."""
    covered = {h for block in listed for h in block.strata}
    return (*listed, *(single(h, pairs(h)) for h in strata if h not in covered))


def blocks(system: ItemSystem) -> tuple[CountBlock, ...]:
    """List the counts of each group of the finest partition of the strata whose groups have a printed base."""
    found = []
    for base in partition(system):
        inside = base_counts(system, base)
        if inside is None or len(base.strata) < 2:
            continue
        share = system.share(base.domain, base.level)
        joint = None if share is None or not len(inside) else _joint(system, share, inside)
        if not len(inside if joint is None else joint):
            raise _conflict(system)
        if share is None or joint is None:
            found.append(_by_base(base, inside))
        else:
            found.append(_by_pairs(base.strata, joint, (base.name, share.name)))
    return tuple(found)


def _conflict(system: ItemSystem) -> ConflictError:
    return ConflictError(
        "no table of counts meets everything that is printed",
        where=system.name,
        hint="'aibaro check' names the figures that conflict",
    )


def narrowed(system: ItemSystem, listed: Sequence[CountBlock], pairs: Mapping[int, IntArray]) -> tuple[CountBlock, ...]:
    """Drop counts with pairs that are not possible."""
    found = []
    for block in listed:
        live = block.everything()
        for k, h in enumerate(block.strata):
            if h in pairs:
                live = block.within(live, k, _common(block.pairs[k], live.pairs[k], pairs[h]))
        if not len(live.tuples):
            raise _conflict(system)
        found.append(shrunk(block, live))
    return tuple(found)


def partition(system: ItemSystem) -> list[PrintedShare]:
    """Take the domain variable of most levels whose printed bases cover all strata, each once."""
    by_domain: dict[str, list[PrintedShare]] = {}
    for base in system.base_shares:
        if base.domain:
            by_domain.setdefault(base.domain, []).append(base)
    full = [
        parts
        for _, parts in sorted(by_domain.items())
        if sorted(h for b in parts for h in b.strata) == list(range(system.design.size))
    ]
    return max(full, key=len, default=[])


def base_counts(system: ItemSystem, base: PrintedShare) -> IntArray | None:
    """List the counts of a base in a group that have its printed share; None where they are too many."""
    limits = system.design.respondents[list(base.strata)].tolist()
    population = int(system.design.population[list(base.strata)].sum())
    weights = [system.design.exact_weights[h] for h in base.strata]
    return _few_within(limits, weights, base.lower * population, base.upper * population)


def counts_within(limits: Sequence[int], weights: Sequence[Fraction], low: Fraction, high: Fraction) -> IntArray:
    """List whole counts up to limits whose weighted sum lies in a range, in whole numbers and in lexicographic order.

    Examples
    --------
    >>> counts_within([2, 3], [Fraction(3), Fraction(2)], Fraction(6), Fraction(7)).tolist()
    [[0, 3], [1, 2], [2, 0]]
    """
    return _Beginnings.of(limits, weights, low, high).completed()


def _few_within(limits: Sequence[int], weights: Sequence[Fraction], low: Fraction, high: Fraction) -> IntArray | None:
    """List the same; None where they are too many."""
    common = lcm(*(w.denominator for w in weights))
    if sum(int(w * common) * n for w, n in zip(weights, limits, strict=True)) > WHOLE:
        return None
    if prod(n + 1 for n in sorted(limits)[:-1]) > BEGINNINGS:
        return None
    begun = _Beginnings.of(limits, weights, low, high)
    return begun.completed() if int(begun.spans.sum()) <= LISTED else None


@dataclass(frozen=True, slots=True)
class _Beginnings:
    """Counts of all strata but the one of most respondents, whose first possible count and number of them follow."""

    limits: Sequence[int]
    order: Sequence[int]
    first: IntArray
    spans: IntArray

    @classmethod
    def of(cls, limits: Sequence[int], weights: Sequence[Fraction], low: Fraction, high: Fraction) -> _Beginnings:
        common = lcm(*(w.denominator for w in weights))
        whole = [int(w * common) for w in weights]
        order = sorted(range(len(limits)), key=lambda k: (limits[k], k))
        least, most, last = ceil(low * common), floor(high * common), order[-1]
        heads = np.zeros(1, dtype=np.int64)
        for k in order[:-1]:
            heads = (heads[:, None] + whole[k] * np.arange(limits[k] + 1, dtype=np.int64)[None, :]).ravel()
        first = np.maximum(-((heads - least) // whole[last]), 0)
        final = np.minimum((most - heads) // whole[last], limits[last])
        return cls(limits, order, first, np.maximum(final - first + 1, 0))

    def completed(self) -> IntArray:
        rows = np.flatnonzero(self.spans)
        spans = self.spans[rows]
        repeated = np.repeat(rows, spans)
        offsets = np.arange(len(repeated)) - np.repeat(np.cumsum(spans) - spans, spans)
        *begun, last = self.order
        found = np.empty((len(repeated), len(self.limits)), dtype=np.int64)
        if begun:
            found[:, begun] = np.column_stack(np.unravel_index(repeated, [self.limits[k] + 1 for k in begun]))
        found[:, last] = self.first[repeated] + offsets
        return found[np.lexsort(found.T[::-1])]


def _joint(system: ItemSystem, share: PrintedShare, inside: IntArray) -> IntArray | None:
    """List counts of item and base together, x before y; None where they are too many."""
    weights = [system.design.exact_weights[h] for h in share.strata]
    common = lcm(*(w.denominator for w in weights), 1)
    whole = np.array([int(w * common) for w in weights], dtype=np.int64)
    bottom = lcm(share.lower.denominator, share.upper.denominator)
    if int(whole.sum()) * int(inside.max()) * bottom > WHOLE:
        return None
    sizes = inside @ whole
    limits = inside.max(axis=0).tolist()
    ends = (share.lower * int(sizes.min()) / common, share.upper * int(sizes.max()) / common)
    items = _few_within(limits, weights, *ends)
    if items is None or len(items) * len(inside) > COMPARISONS:
        return None
    sums = items @ whole * bottom
    order = np.argsort(sums, kind="stable")
    items, sums = items[order], sums[order]
    low = np.searchsorted(sums, sizes * int(share.lower * bottom), side="left")
    high = np.searchsorted(sums, sizes * int(share.upper * bottom), side="right")
    found, count = [], 0
    for rows in _chunks(high - low):
        spans = high[rows] - low[rows]
        owner = np.repeat(rows, spans)
        at = np.arange(len(owner)) - np.repeat(np.cumsum(spans) - spans, spans) + np.repeat(low[rows], spans)
        fits = np.ones(len(owner), dtype=bool)
        for k in range(len(weights)):
            fits &= items[at, k] <= inside[owner, k]
        count += int(fits.sum())
        if count > LISTED:
            return None
        found.append(np.hstack([items[at[fits]], inside[owner[fits]]]))
    return np.vstack([np.empty((0, 2 * len(weights)), dtype=np.int64), *found])


def _chunks(lengths: IntArray) -> Iterator[IntArray]:
    """Cut rows into runs whose lengths add up to no more than memory bears."""
    ends = np.cumsum(lengths)
    start = 0
    while start < len(lengths):
        before = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, before + CHUNK, side="right")), start + 1)
        yield np.arange(start, stop)
        start = stop


def _by_pairs(strata: Mask, joint: IntArray, met: tuple[str, ...]) -> CountBlock:
    width = len(strata)
    pairs, keys, tuples = [], [], np.empty((len(joint), width), dtype=np.int64)
    base = int(joint.max(initial=0)) + 1
    for k in range(width):
        own, tuples[:, k] = np.unique(joint[:, width + k] * base + joint[:, k], return_inverse=True)
        pairs.append(np.column_stack([own % base, own // base]))
        keys.append(np.arange(len(own)))
    return CountBlock(strata, tuple(pairs), tuple(keys), tuples, met)


def _by_base(base: PrintedShare, inside: IntArray) -> CountBlock:
    pairs = tuple(all_pairs(int(column.max())) for column in inside.T)
    block = CountBlock(base.strata, pairs, tuple(own[:, 1] for own in pairs), inside, (base.name,))
    return shrunk(block, block.used(block.everything()))


def all_pairs(n: int) -> IntArray:
    """List the pairs 0 <= x <= y <= n, by y and then x."""
    y = np.repeat(np.arange(n + 1), np.arange(1, n + 2))
    return np.column_stack([np.arange(len(y)) - y * (y + 1) // 2, y])


def _common(own: IntArray, live: IntArray, known: IntArray) -> IntArray:
    """Keep those of the live pairs that are known to be possible."""
    base = int(max(own.max(initial=0), known.max(initial=0))) + 1
    return live[np.isin(own[live, 1] * base + own[live, 0], known[:, 1] * base + known[:, 0])]


def shrunk(block: CountBlock, live: Live) -> CountBlock:
    """Take what is left as a block of its own."""
    pairs, keys, tuples = [], [], np.empty((len(live.tuples), len(block.strata)), dtype=np.int64)
    for k, own in enumerate(live.pairs):
        names, key = np.unique(block.keys[k][own], return_inverse=True)
        pairs.append(block.pairs[k][own])
        keys.append(key)
        tuples[:, k] = np.searchsorted(names, block.tuples[live.tuples, k])
    return CountBlock(block.strata, tuple(pairs), tuple(keys), tuples, block.met)


def crossing(system: ItemSystem, listed: Sequence[CountBlock]) -> tuple[LinearRow, ...]:
    """Return the statements that listed counts do not meet of themselves."""
    met = {name for block in listed for name in block.met}
    return tuple(row for row in linear_rows(system) if row.name not in met)
