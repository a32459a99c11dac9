"""Which respondent of a stratum gives which answer?  Drawn at random, given the counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from aibaro.errors import UnsupportedError
from aibaro.synthesize.frame import Counts
from aibaro.synthesize.matrices import random_rows
from aibaro.synthesize.order import Count, Derive, Pick, Step
from aibaro.synthesize.structure import Component, Family

Rows = dict[str, np.ndarray[Any, np.dtype[np.int8]]]
Indices = np.ndarray[Any, np.dtype[np.int64]]


def fill_rows(
    answers: Rows, component: Component, counts: Counts, stratum: Indices, generator: np.random.Generator
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


def _fill(step: Step, component: Component, place: _Place) -> None:
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
    component: Component,
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
