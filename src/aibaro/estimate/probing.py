"""The first pass: what is missing, where the centres lie, and what needs no second pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aibaro.errors import FaultList
from aibaro.estimate.passes import CLEAN, HOLES, NULLS, Passes, Probe, Request
from aibaro.frames import Present, Product

FloatArray = NDArray[np.float64]


def probe(passes: Passes, outcomes: Sequence[str], *, singles: set[str], binary: bool) -> dict[str, Probe]:
    """Make the first pass: present values, centres, and what needs no second pass."""
    kinds = {c: _kind(passes, c, binary, c in singles) for c in outcomes}
    requests: list[Request] = [] if passes.constant else [Product((), 1), Product((), 2)]
    for column, kind in kinds.items():
        requests += [Present(column), _plain(passes, column, kind)]
        guess = Probe(column, CLEAN, 0.0, kind)
        if kind != "number":
            requests += list(passes.block_requests([column], {column: guess}))
        if binary and not passes.rows.is_boolean(column):
            requests.append(_binary_check(passes, column))
    passes.fetch(requests, force=True)
    if binary:
        _check_binary(passes, outcomes)
    probes = {c: _judge(passes, c, kinds[c]) for c in outcomes}
    holes = [c for c in outcomes if probes[c].state == HOLES]
    passes.fetch(r for c in holes for r in _masked(passes, c))
    for column in holes:
        total, rows = (passes.answers[r].astype(float) for r in _masked(passes, column))
        centre = _centre(passes, total, rows) if kinds[column] == "number" else 0.0
        probes[column] = Probe(column, HOLES, centre, kinds[column], kinds[column] == "binary")
    return probes


def _kind(passes: Passes, column: str, binary: bool, single: bool) -> str:
    if binary or passes.rows.is_boolean(column):
        return "binary"
    return "small" if passes.constant and single and passes.rows.is_small(column) else "number"


def _plain(passes: Passes, column: str, kind: str) -> Product:
    return Product(((column, 0.0),), passes.first_power, (), kind == "small")


def _masked(passes: Passes, column: str) -> tuple[Product, Product]:
    return Product(((column, 0.0),), passes.first_power, (column,)), Product((), 0, (column,))


def _binary_check(passes: Passes, column: str) -> Product:
    """A sum of terms that are never negative, and zero only for 0 and 1."""
    if passes.rows.is_whole(column):
        return Product(((column, 0.0), (column, 1.0)), exact=passes.rows.is_small(column))
    return Product(((column, 0.0), (column, 0.0), (column, 1.0), (column, 1.0)), 0, (column,))


def _check_binary(passes: Passes, outcomes: Sequence[str]) -> None:
    faults = FaultList("not a yes-or-no item", where="aibaro.estimate")
    for column in outcomes:
        if not passes.rows.is_boolean(column) and np.any(passes.answers[_binary_check(passes, column)] != 0):
            faults.add(
                "an item has values other than 0 and 1",
                parameter="item",
                got=column,
                expected="0 and 1, or true and false",
                hint="use mean() for numbers",
            )
    faults.raise_if_any()


def _judge(passes: Passes, column: str, kind: str) -> Probe:
    present = passes.answers[Present(column)]
    total = passes.answers[_plain(passes, column, kind)].astype(float)
    if not np.isfinite(total).all():
        return Probe(column, HOLES, 0.0, kind)
    state = CLEAN if np.array_equal(present, passes.table.count) else NULLS
    if kind == "binary":
        return Probe(column, state, 0.0, kind, True)
    if kind == "small":
        squares = passes.answers[Product(((column, 0.0), (column, 0.0)), exact=True)]
        if np.array_equal(squares, passes.answers[_plain(passes, column, kind)]):
            return Probe(column, state, 0.0, kind, True)
    centre = _centre(passes, total, present.astype(float))
    return Probe(column, state, float(np.rint(centre)) if kind == "small" else centre, kind)


def _centre(passes: Passes, total: FloatArray, present: FloatArray) -> float:
    """Give a value near the mean: any centre is right, one near the mean keeps the digits."""
    size = present if passes.constant else passes.answers[Product((), 1)] * present / passes.table.count
    weight = float(size.sum())
    return float(total.sum()) / weight if weight else 0.0
