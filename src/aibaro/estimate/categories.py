"""Categorical outcomes: how often was each answer given, in each cell?

An answer is a yes-or-no item of its own; the answers to one question exclude each other and are observed together, so
that one group-by, with the question among its keys, gives the moments of all of them and their covariance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import InputError
from aibaro.estimate._cells import Block, indicator_block
from aibaro.estimate._passes import Passes, refuse_infinite
from aibaro.estimate._replicate_sums import replicate_weights
from aibaro.frames import GroupTable, Infinite, Product, Request, Rows
from aibaro.frames.requests import text_of

CROSS = "×"
MISSING = "(missing)"
MOST_CATEGORIES = 1000
MISSING_RULES = ("outside", "category")


def block_name(item: str, category: str) -> str:
    """Name the block of one answer.

    Examples
    --------
    >>> block_name("q1", "yes")
    'q1=yes'
    """
    return f"{item}={category}"


def sort_key(name: str) -> tuple[int, float, str]:
    """Order levels: numbers by value, then text.

    Examples
    --------
    >>> sorted(["10", "9", "b", "a"], key=sort_key)
    ['9', '10', 'a', 'b']
    """
    try:
        number = float(name)
    except ValueError:
        return (1, 0.0, name)
    return (1, 0.0, name) if np.isnan(number) else (0, number, name)


def in_order(names: Sequence[str], declared: Sequence[str] = ()) -> list[str]:
    """Order levels as their type declares, others by value or alphabet.

    Examples
    --------
    >>> in_order(["high", "low"], ["low", "medium", "high"]), in_order(["10", "9"])
    (['low', 'high'], ['9', '10'])
    """
    place = {name: i for i, name in enumerate(declared)}
    return sorted(names, key=lambda name: (place.get(name, len(place)), *sort_key(name)))


def level_names(levels: object) -> list[str]:
    """Read one level or several as a list of names.

    Examples
    --------
    >>> level_names("micro"), level_names([1, 2.0])
    (['micro'], ['1', '2'])
    """
    if isinstance(levels, str | bytes) or not isinstance(levels, Iterable):
        levels = [levels]
    return [text_of(level) for level in levels]


@dataclass(frozen=True, slots=True)
class Categories:
    """Answers to one question in C cells.

    Parameters
    ----------
    item : str
        The question.
    categories : tuple of str, length K
        The answers; declared ones that nobody gave too.
    count, weight, weight_square : numpy.ndarray of float, shape (C, K)
        Rows, Σ w and Σ w² of each answer; the latter two empty where weights are constant within strata.
    vocabulary : tuple of list of str
        The answers to each question, where they are joint answers to several.
    """

    item: str
    categories: tuple[str, ...]
    count: FloatArray
    weight: FloatArray
    weight_square: FloatArray
    vocabulary: tuple[list[str], ...]

    @classmethod
    def read(cls, passes: Passes, items: Sequence[str], missing: str) -> Categories:
        """Count the answers of all cells, in one pass; several questions give their joint answers."""
        requests: dict[str, Request] = {} if passes.constant else {"w": Product((), 1), "ww": Product((), 2)}
        numbers = [item for item in items if passes.rows.schema[item].is_float()]
        table = passes.group(items, requests | {f"infinite {item}": Infinite(item) for item in numbers})
        refuse_infinite({item: int(table.values[f"infinite {item}"].sum()) for item in numbers})
        vocabulary = tuple(_answers_of(table, item, passes.rows.order.get(item, ()), missing) for item in items)
        category, size = np.zeros(len(table.count), dtype=np.int64), 1
        inside = np.ones(len(table.count), dtype=bool)
        for item, names in zip(items, vocabulary, strict=True):
            place = {name: k for k, name in enumerate(names)}
            outside = place.get(MISSING, -1) if missing == "category" else -1
            lookup = np.array([place[name] if name else outside for name in table.levels[item]], dtype=np.int64)
            own = lookup[table.ranks[item]]
            inside &= own >= 0
            category, size = category * len(names) + own, size * len(names)
        cell, number = locate(passes.table, table, passes.keys), len(passes.table.count)
        index = (cell * size + category)[inside]

        def added(values: FloatArray) -> FloatArray:
            found = np.bincount(index, weights=values[inside], minlength=number * size)
            return found.astype(float).reshape(number, size)

        none = np.zeros((0, size))
        first, second = (none if passes.constant else added(table.values[v].astype(float)) for v in ("w", "ww"))
        joined = tuple(CROSS.join(names) for names in product(*vocabulary))
        return cls(CROSS.join(items), joined, added(table.count), first, second, vocabulary)

    def replicates(self, passes: Passes, items: Sequence[str], columns: Sequence[str]) -> dict[str, FloatArray]:
        """Σ w_r (observed, given) of each answer in each cell and replicate, shapes (C, R, 2)."""
        table = passes.group(items, {})
        keys = list(dict.fromkeys([*passes.keys, *items]))
        weights = replicate_weights(passes.rows, columns, keys, table)
        cell, number = locate(passes.table, table, passes.keys), len(passes.table.count)
        place = {name: k for k, name in enumerate(self.categories)}
        labels = zip(*(table.keys[item].tolist() for item in items), strict=True)
        category = np.array([place.get(CROSS.join(name or MISSING for name in label), -1) for label in labels])
        total = np.zeros((number, len(columns), len(self.categories)))
        inside = category >= 0
        np.add.at(total.transpose(0, 2, 1), (cell[inside], category[inside]), weights[inside])
        observed = total.sum(axis=2)
        return {
            block_name(self.item, name): np.stack([observed, total[:, :, k]], axis=2)
            for k, name in enumerate(self.categories)
        }

    def powers(self, weight: FloatArray | None) -> tuple[FloatArray, FloatArray]:
        """Σ w and Σ w² of each answer in each cell."""
        if weight is None:
            return self.weight, self.weight_square
        return self.count * weight[:, None], self.count * (weight**2)[:, None]

    def blocks(self, weight: FloatArray | None, *, clustered: bool) -> dict[str, Block]:
        """Moments of each answer as a yes-or-no item."""
        powers = (self.count, *self.powers(weight))
        whole = [power.sum(axis=1) for power in powers]
        made = {}
        for k, category in enumerate(self.categories):
            block = indicator_block((self.item,), whole, [power[:, k] for power in powers], clustered=clustered)
            made[block_name(self.item, category)] = replace(
                block, category=category, missing_counts=MISSING in self.categories
            )
        return made

    def names(self) -> dict[str, tuple[str, str]]:
        """Item and category of each block."""
        return {block_name(self.item, category): (self.item, category) for category in self.categories}


def _answers_of(table: GroupTable, item: str, declared: Sequence[str], missing: str) -> list[str]:
    """The answers to a question in their order, declared ones that nobody gave too."""
    given = [name for name in table.levels[item] if name]
    names = in_order([*given, *(name for name in declared if name not in given)], declared)
    if missing == "category" and "" in table.levels[item]:
        names.append(MISSING)
    if not names:
        raise InputError("no answer is present", where="rows", parameter="item", got=item, expected="at least one")
    if len(names) > MOST_CATEGORIES:
        raise InputError(
            "too many different answers to be categories",
            parameter="item",
            got=f"{item}: {len(names)} values, such as {', '.join(map(repr, names[:3]))}",
            expected=f"at most {MOST_CATEGORIES}",
            hint="mean() and quantile() are for numbers; pandas.cut makes classes",
        )
    return names


def locate(cells: GroupTable, finer: GroupTable, keys: Sequence[str]) -> IntArray:
    """Find the cell of each group of a table with further keys."""
    own, theirs = np.zeros(len(cells.count), dtype=np.int64), np.zeros(len(finer.count), dtype=np.int64)
    size = 1
    for key in keys:
        width = len(cells.levels[key])
        if size > 2**62 // max(width, 1):
            codes = np.unique(own)
            own, theirs, size = np.searchsorted(codes, own), np.searchsorted(codes, theirs), len(codes)
        own, theirs, size = own * width + cells.ranks[key], theirs * width + finer.ranks[key], size * width
    # cells are sorted by their keys
    found = np.searchsorted(own, theirs)
    same = len(cells.count) > 0 and all(cells.levels[key] == finer.levels[key] for key in keys)
    if not same or not np.array_equal(own[np.minimum(found, len(own) - 1)], theirs):
        raise InputError(
            "the rows changed between two passes",
            where="aibaro.estimate",
            parameter="data",
            expected="a query that gives the same rows each time",
            hint="collect the frame, or remove sampling from the query",
        )
    return found.astype(np.int64)


def crossed(
    passes: Passes,
    counted: Mapping[str, Categories],
    others: Sequence[str],
    blocks: Mapping[str, Block],
    weight: FloatArray | None,
) -> dict[tuple[str, str], FloatArray]:
    """Σ w² b_i b_j' between answers to different questions, one group-by per pair of questions."""
    found: dict[tuple[str, str], FloatArray] = {}
    items = [*counted, *others]
    size = len(passes.table.count)
    for one, other in combinations(items, 2):
        if one not in counted and other not in counted:
            continue
        table = passes.group([one, other], {} if passes.constant else {"ww": Product((), 2)})
        cell = locate(passes.table, table, passes.keys)
        value = table.count if passes.constant else table.values["ww"].astype(float)
        value = value if weight is None else value * weight[cell] ** 2
        sides = [_answers(table, item, counted.get(item)) for item in (one, other)]
        observed = [
            np.any(list(side.values()), axis=0) | _absent(table, item, counted)
            for item, side in zip((one, other), sides, strict=True)
        ]
        whole = observed[0] & observed[1]

        def added(mask: NDArray[np.bool_], value: FloatArray = value, cell: IntArray = cell) -> FloatArray:
            return np.bincount(cell[mask], weights=value[mask], minlength=size).astype(float)

        for a, mine in sides[0].items():
            for b, theirs in sides[1].items():
                parts = [[added(whole), added(whole & theirs)], [added(whole & mine), added(mine & theirs)]]
                found[(a, b)] = np.stack([np.stack(row, axis=1) for row in parts], axis=1)
    return {pair: value for pair, value in found.items() if pair[0] in blocks and pair[1] in blocks}


def _answers(table: GroupTable, item: str, own: Categories | None) -> dict[str, NDArray[np.bool_]]:
    """Groups that gave each answer, by name of the block."""
    level = table.keys[item].astype(str)
    if own is None:
        return {item: np.isin(level, ["True", "1"])}
    return {
        block_name(item, category): level == ("" if category == MISSING else category) for category in own.categories
    }


def _absent(table: GroupTable, item: str, counted: Mapping[str, Categories]) -> NDArray[np.bool_]:
    """Groups that answered no to a yes-or-no item."""
    return np.zeros(len(table.count), dtype=bool) if item in counted else table.keys[item].astype(str) != ""


def indicators(
    rows: Rows, blocks: Mapping[str, Sequence[str]], counted: Mapping[str, Categories]
) -> tuple[Rows, dict[str, tuple[str, ...]], dict[str, tuple[str, str]]]:
    """Turn answers into yes-or-no columns, for sums that a group-by with the question as key does not give."""
    made: dict[str, tuple[str, ...]] = {}
    names: dict[str, tuple[str, str]] = {}
    columns: dict[str, tuple[str, str | None]] = {}
    keep_missing: list[str] = []
    for name, block in blocks.items():
        if block[0] not in counted:
            made[name] = tuple(block)
            continue
        own = counted[block[0]]
        for k, category in enumerate(own.categories):
            column = f"aibaro_is_{len(columns)}_{k}"
            columns[column] = (own.item, None if category == MISSING else category)
            made[block_name(own.item, category)] = (column,)
            names[block_name(own.item, category)] = (own.item, category)
        if MISSING in own.categories:
            keep_missing.append(own.item)
    return rows.with_indicators(columns, keep_missing), made, names
