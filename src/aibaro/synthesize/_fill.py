"""Which respondent of a stratum gives which answer?  Drawn at random, given the counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aibaro.errors import InputError, UnsupportedError
from aibaro.synthesize._counts import Counts
from aibaro.synthesize._structure import Count, Derive, Family, ItemComponent, Pick, Step

Rows = dict[str, np.ndarray[Any, np.dtype[np.int8]]]
Indices = np.ndarray[Any, np.dtype[np.int64]]


def fill_rows(
    answers: Rows, component: ItemComponent, counts: Counts, stratum: Indices, generator: np.random.Generator
) -> None:
    """Fill the answers of one component."""
    masks = [cell.mask(answers, len(stratum)) for cell in component.cells]
    for item in component.items:
        answers[item] = np.full(len(stratum), -1, dtype=np.int8)
    for cell, mask in enumerate(masks):
        for h in np.unique(stratum):
            rows = np.flatnonzero(mask & (stratum == h))
            if len(rows):
                place = _Place(answers, counts, cell, int(h), rows, generator)
                for step in component.steps:
                    _fill(step, component, place)
    _check(answers, component, counts, masks, stratum)


@dataclass(frozen=True, slots=True)
class _Place:
    """Respondents of one cell and stratum, and what they are to answer."""

    answers: Rows
    counts: Counts
    cell: int
    stratum: int
    rows: Indices
    generator: np.random.Generator


def _fill(step: Step, component: ItemComponent, place: _Place) -> None:
    if isinstance(step, Count):
        _count(step.family, component.families.index(step.family), place)
    elif isinstance(step, Derive):
        place.answers[step.item][place.rows] = _derived(step, place.answers, place.rows)
    else:
        _pick(step, place)


def _derived(step: Derive, answers: Rows, rows: Indices) -> np.ndarray[Any, np.dtype[np.bool_]]:
    number = sum((answers[part][rows] == 1).astype(np.int64) for part in step.parts)
    if step.kind == "number":
        return np.asarray((number >= step.low) & (number <= step.high))
    within = answers[step.whole][rows] == 1 if step.whole else np.ones(len(rows), dtype=bool)
    return np.asarray(within & (np.asarray(number) == 0))


def _count(family: Family, index: int, place: _Place) -> None:
    counts, at_place, rows = place.counts, (place.cell, place.stratum), place.rows
    sizes = [counts.classes[index, number, *at_place] for number in range(len(family.classes))]
    table = np.zeros((len(rows), len(family.parts)), dtype=np.int8)
    rest = np.array([counts.items[part, *at_place] for part in family.parts])
    at = 0
    for size, (low, high) in zip(sizes, family.classes, strict=True):
        if low == high and low in family.split:
            own = [counts.shares[index, part, low, *at_place] for part in family.parts]
            table[at : at + size] = random_rows([(size, low, high)], own, place.generator)
            rest -= own
            at += size
    others = [
        (size, low, high)
        for size, (low, high) in zip(sizes, family.classes, strict=True)
        if high and not (low == high and low in family.split)
    ]
    table[at : at + sum(size for size, _, _ in others)] = random_rows(others, rest.tolist(), place.generator)
    shuffled = place.generator.permutation(rows)
    for column, part in enumerate(family.parts):
        place.answers[part][shuffled] = table[:, column]


def _pick(step: Pick, place: _Place) -> None:
    answers, rows, generator = place.answers, place.rows, place.generator
    able = answers[step.among][rows] == 1 if step.among else np.ones(len(rows), dtype=bool)
    for item in step.apart:
        able &= answers[item][rows] != 1
    must = np.zeros(len(rows), dtype=bool)
    for item in step.covers:
        must |= answers[item][rows] == 1
    shuffled = np.concatenate([generator.permutation(rows[able & must]), generator.permutation(rows[able & ~must])])
    at = 0
    for option in step.options:
        size = place.counts.items[option, place.cell, place.stratum]
        answers[option][rows] = 0
        answers[option][shuffled[at : at + size]] = 1
        at += size


def _check(
    answers: Rows,
    component: ItemComponent,
    counts: Counts,
    masks: list[np.ndarray[Any, np.dtype[np.bool_]]],
    stratum: Indices,
) -> None:
    """Compare the rows with the counts; what fails lies in relations that no order of filling can meet."""
    strata = int(stratum.max()) + 1
    for cell, mask in enumerate(masks):
        for item in component.items:
            found = np.bincount(stratum[mask & (answers[item] == 1)], minlength=strata)
            for h in range(strata):
                if found[h] != counts.items.get((item, cell, h), 0):
                    raise UnsupportedError(
                        "relations of these items cannot be met one item after the other",
                        where="fill_rows",
                        parameter=item,
                        got=f"{found[h]} rows",
                        expected=f"{counts.items.get((item, cell, h), 0)} rows in a stratum",
                        hint="leave out a relation that names the item",
                    )
    for relation in component.relations:
        if relation.kind == "subset":
            whole = answers[relation.whole] == 1
            bound = [
                mask
                for cell, mask in zip(component.cells, masks, strict=True)
                if not relation.base or any(b.name == relation.base for b in cell.inside)
            ]
            inside = np.any(bound, axis=0)
            if any((inside & (answers[part] == 1) & ~whole).any() for part in relation.parts):
                raise UnsupportedError(
                    "a subset cannot be met one item after the other",
                    where="fill_rows",
                    parameter=relation.whole,
                    expected="its parts inside it",
                    got=", ".join(relation.parts),
                )


Matrix = np.ndarray[Any, np.dtype[np.int8]]

_TRADES = 10


def random_rows(
    classes: Sequence[tuple[int, int, int]], columns: Sequence[int], generator: np.random.Generator
) -> Matrix:
    """Draw a 0/1 table with given column sums and ranges of row sums.

    Notes
    -----
    Row sums inside a range are drawn at random where such a table exists, else made as equal as possible, which
    exists whenever any does.  A first table (Ryser 1957) is mixed by trades between random pairs of rows (the
    curveball of Strona et al. 2014, doi:10.1038/ncomms5114), which leave all sums unchanged.

    Examples
    --------
    >>> table = random_rows([(2, 1, 1), (1, 2, 3)], [2, 1, 1], np.random.default_rng(1))
    >>> table.sum(axis=0).tolist(), table.sum(axis=1).tolist()
    ([2, 1, 1], [1, 1, 2])
    """
    total = int(sum(columns))
    low = np.repeat([c[1] for c in classes], [c[0] for c in classes]).astype(np.int64)
    high = np.repeat([c[2] for c in classes], [c[0] for c in classes]).astype(np.int64)
    if not low.sum() <= total <= high.sum() or max(columns, default=0) > len(low):
        raise InputError(
            "no table has these sums",
            where="random_rows",
            parameter="columns",
            got=str(total),
            expected=f"{low.sum()} to {high.sum()} in all, none above {len(low)}",
        )
    sums = _spread(low, high, total - int(low.sum()), generator)
    if not _realisable(sums, columns):
        sums = _level(low, high, total - int(low.sum()))
    if not _realisable(sums, columns):
        raise InputError(
            "no table has these sums",
            where="random_rows",
            parameter="columns",
            got=str(list(columns)),
            expected="sums that the rows can hold",
        )
    table = _first(sums, columns, generator)
    _trade(table, generator)
    return table


def _spread(low: Any, high: Any, extra: int, generator: np.random.Generator) -> Any:
    room = np.repeat(np.arange(len(low)), high - low)
    chosen = generator.permutation(room)[:extra]
    return low + np.bincount(chosen, minlength=len(low))


def _level(low: Any, high: Any, extra: int) -> Any:
    sums = low.copy()
    for _ in range(extra):
        room = np.flatnonzero(sums < high)
        sums[room[np.argmin(sums[room])]] += 1
    return sums


def _realisable(sums: Any, columns: Sequence[int]) -> bool:
    """Check the conditions of Gale and Ryser."""
    ordered = np.sort(np.asarray(columns))[::-1]
    return all(ordered[:k].sum() <= np.minimum(sums, k).sum() for k in range(1, len(ordered) + 1))


def _first(sums: Any, columns: Sequence[int], generator: np.random.Generator) -> Matrix:
    table = np.zeros((len(sums), len(columns)), dtype=np.int8)
    left = np.array(sums)
    for column in np.argsort(-np.asarray(columns), kind="stable"):
        shuffled = generator.permutation(len(left))
        # rows with most left go first, or the last columns find no room
        chosen = shuffled[np.argsort(-left[shuffled], kind="stable")][: columns[column]]
        table[chosen, column] = 1
        left[chosen] -= 1
    return table


def _trade(table: Matrix, generator: np.random.Generator) -> None:
    if len(table) < 2:
        return
    for first, second in generator.integers(0, len(table), (_TRADES * len(table), 2)):
        apart = np.flatnonzero(table[first] != table[second])
        if first == second or len(apart) < 2:
            continue
        keep = int(table[first, apart].sum())
        mixed = generator.permutation(apart)
        table[first, mixed[:keep]], table[second, mixed[:keep]] = 1, 0
        table[first, mixed[keep:]], table[second, mixed[keep:]] = 0, 1
