"""What steps towards margins share: reading them, scaling them, and finding their cells."""

from __future__ import annotations

from typing import Any

import numpy as np

from aibaro.errors import FaultList
from aibaro.frames.weighted.cells import Floats, WeightCells
from aibaro.weights.basis import columns_of
from aibaro.weights.targets import Target, match, read_targets


def scale_targets(targets: tuple[Target, ...], total: float | None, current: float) -> tuple[Target, ...]:
    """Turn shares into counts of one population."""
    counted = [float(t.values.sum()) for t in targets if t.units == "counts"]
    size = total if total is not None else (counted[0] if counted else current)
    return tuple(t.scaled(size) for t in targets)


def matched(targets: tuple[Target, ...], cells: WeightCells, where: str) -> tuple[Any, ...]:
    """Assign cells to the totals of all targets; raise every fault together."""
    faults = FaultList("rows and margins do not fit", where=where)
    codes = tuple(match(target, cells, faults) for target in targets)
    faults.raise_if_any()
    return codes


def columns_in(targets: tuple[Target, ...]) -> tuple[str, ...]:
    """Give the columns of some targets, each once."""
    return tuple(dict.fromkeys(v for t in targets for v in t.variables))


def read_margins(
    source: Any, by: Any, units: str, where: str, crossed: str
) -> tuple[tuple[Target, ...], dict[str, float]]:
    """Read margins; raise every fault together."""
    faults = FaultList("the margins cannot be used", where=where)
    if by is None:
        margins = None
    elif crossed == "all":
        margins = [columns_of(by)]
    else:
        margins = [columns_of(m) for m in ([by] if isinstance(by, str) else by)]
    targets, numeric = read_targets(source, margins, units, faults, crossed=crossed)
    if not len(faults) and not targets and not numeric:
        faults.add(
            "no margins",
            parameter="margins",
            expected="totals for at least one column",
            got=f"none for {by}" if by is not None else "none",
        )
    twice = sorted({t.name for t in targets if [o.name for o in targets].count(t.name) > 1})
    for name in twice:
        faults.add("margin given twice", parameter=name, hint="give each margin once")
    faults.raise_if_any()
    return targets, numeric


def indicators(targets: tuple[Target, ...], codes: tuple[Any, ...]) -> Floats:
    """Give a column of zeros and ones for each total."""
    blocks = [np.eye(len(t.values) + 1)[code][:, :-1] for t, code in zip(targets, codes, strict=True)]
    return np.hstack(blocks)
