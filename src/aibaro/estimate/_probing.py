"""The first pass: what is missing, where the centres lie, and what needs no second pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aibaro._arrays import FloatArray
from aibaro.errors import FaultList
from aibaro.estimate._passes import CLEAN, HOLES, NULLS, Passes, Probe, Request
from aibaro.frames import Infinite, Present, Product


def probe(passes: Passes, outcomes: Sequence[str], *, singles: set[str], binary: bool) -> dict[str, Probe]:
    """Make the first pass: present values, centres, and what needs no second pass.

    Notes
    -----
    With `binary`, columns that hold other values than 0 and 1 have no probe: their values are categories.
    """
    kinds = {c: _kind(passes, c, binary, c in singles) for c in outcomes}
    # sums of weights tell whether the design is that of these rows
    weighted = passes.rows.weight is not None
    requests: list[Request] = [Product((), 1), Product((), 2)] if weighted or not passes.constant else []
    for column, kind in kinds.items():
        requests += [Present(column), _plain(passes, column, kind)]
        guess = Probe(column, CLEAN, 0.0, kind)
        if kind != "number":
            requests += list(passes.block_requests([column], {column: guess}))
        if binary and not passes.rows.is_boolean(column):
            requests.append(_binary_check(passes, column))
    passes.fetch(requests, force=True)
    if binary:
        outcomes = [c for c in outcomes if _is_binary(passes, c)]
    probes = {c: _judge(passes, c, kinds[c]) for c in outcomes}
    holes = [c for c in outcomes if probes[c].state == HOLES]
    passes.fetch(r for c in holes for r in (*_masked(passes, c), Infinite(c)))
    _refuse_infinite(passes, holes)
    for column in holes:
        total, rows = (passes.answers[r].astype(float) for r in _masked(passes, column))
        centre = _centre(passes, total, rows) if kinds[column] == "number" else 0.0
        probes[column] = Probe(column, HOLES, centre, kinds[column], kinds[column] == "binary")
    return probes


def _refuse_infinite(passes: Passes, columns: Sequence[str]) -> None:
    refuse_infinite({column: int(passes.answers[Infinite(column)].sum()) for column in columns})


def refuse_infinite(found: Mapping[str, int], parameter: str = "item") -> None:
    """Refuse numbers that are infinite in some rows."""
    faults = FaultList("numbers are infinite", where="aibaro.estimate")
    for column, rows in found.items():
        if rows:
            faults.add(
                "infinite values have no mean",
                parameter=parameter,
                got=f"{column}: {rows} rows",
                expected="finite numbers, or missing ones",
                hint="make them missing (null or NaN), or give them a number",
            )
    faults.raise_if_any()


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


def _is_binary(passes: Passes, column: str) -> bool:
    return passes.rows.is_boolean(column) or not np.any(
        np.nan_to_num(passes.answers[_binary_check(passes, column)].astype(float)) != 0
    )


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
    """Return a value near the mean: any centre is right, one near the mean keeps the digits."""
    size = present if passes.constant else passes.answers[Product((), 1)] * present / passes.table.count
    weight = float(size.sum())
    return float(total.sum()) / weight if weight else 0.0
