"""Small surveys: every consistent table of counts, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from aibaro.reconstruct._items import ItemSystem, Mask
from aibaro.reconstruct.points import item_tuples, small_domain_tuples
from aibaro.reconstruct.rows import LinearRow, linear_rows, violated
from aibaro.reconstruct.variance import exact_variance

IntArray = NDArray[np.int64]

# tables kept, and pairs of base and item counts that are looked at
TABLES = 100_000


def all_tables(system: ItemSystem) -> IntArray | None:
    """Enumerate all tables that meet every statement of a system among a base."""
    everywhere = next((b for b in system.base_shares if not b.domain), None)
    item = system.share()
    if everywhere is None or item is None:
        return None
    tuples = small_domain_tuples(system, everywhere, item)
    if tuples is None or len(tuples) > TABLES:
        return None
    size = system.design.size
    rows_of_base = [r for r in linear_rows(system) if min(r.coefficients) >= size]
    tuples = tuples[np.array([_base_holds(rows_of_base, t) for t in tuples.tolist()], dtype=bool)]
    found: list[tuple[int, ...]] = []
    looked = 0
    for inside in tuples.tolist():
        rows = item_tuples(system, item, inside).tolist()
        looked += len(rows)
        if looked > TABLES:
            return None
        found += [(*x, *inside) for x in rows if not violated(system, (*x, *inside))]
    return np.array(found, dtype=np.int64).reshape(-1, 2 * size)


def enumerated_end(
    system: ItemSystem, strata: Mask, tables: IntArray, sense: str
) -> tuple[Fraction, tuple[int, ...]] | None:
    """Find an end of the variance among enumerated tables."""
    best: tuple[Fraction, tuple[int, ...]] | None = None
    seen: dict[tuple[int, ...], Fraction | None] = {}
    size = system.design.size
    columns = [*strata, *(size + h for h in strata)]
    for table in map(tuple, tables.tolist()):
        key = tuple(table[c] for c in columns)
        if key not in seen:
            seen[key] = exact_variance(system, strata, table)
        value = seen[key]
        if value is not None and (best is None or (value > best[0] if sense == "max" else value < best[0])):
            best = (value, table)
    return best


def _base_holds(rows: Sequence[LinearRow], base: Sequence[int]) -> bool:
    return all(row.holds([0] * len(base) + list(base)) for row in rows)
