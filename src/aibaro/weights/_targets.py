"""What steps towards margins share: reading them, scaling them, and finding their cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from aibaro.errors import FaultList
from aibaro.frames.weighted.cells import Floats, Integers, WeightCells
from aibaro.frames.weighted.labels import label
from aibaro.frames.weighted.rows import read_table

CROSS = "×"
# columns that may hold the numbers of a table, and the units that their names imply
VALUE_COLUMNS = {
    "target": "auto",
    "population": "counts",
    "count": "counts",
    "total": "counts",
    "share": "shares",
    "percent": "percent",
}
UNITS = ("auto", "counts", "shares", "percent")
SHARE_TOLERANCE = 1e-6


def columns_of(names: str | Sequence[str] | None) -> tuple[str, ...]:
    """Read one column name or several.

    Examples
    --------
    >>> columns_of("size×sector"), columns_of(["size"]), columns_of(None)
    (('size', 'sector'), ('size',), ())
    """
    if names is None:
        return ()
    return tuple(part.strip() for part in names.split(CROSS)) if isinstance(names, str) else tuple(names)


@dataclass(frozen=True, slots=True)
class Target:
    """Totals or shares that the combinations of levels of some columns have to reach.

    Parameters
    ----------
    variables : tuple of str, length K
        Columns.
    levels : tuple of tuple of str, length L
        One level of each column for each total.
    values : numpy.ndarray of float64, shape (L,)
        The numbers.
    units : {"counts", "shares"}
        Counts in units of the population, or shares that add up to one.
    """

    variables: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    values: Floats
    units: str

    @property
    def name(self) -> str:
        """Columns joined with ×."""
        return CROSS.join(self.variables)

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each total, its levels joined with ×."""
        return tuple(CROSS.join(level) for level in self.levels)

    def grid(self) -> tuple[tuple[tuple[str, ...], ...], Integers]:
        """Lay the totals out in a full grid."""
        axes = tuple(tuple(dict.fromkeys(level[k] for level in self.levels)) for k in range(len(self.variables)))
        shape = tuple(map(len, axes))
        place = np.full(int(np.prod(shape)), -1, dtype=np.int64)
        index = [{lv: i for i, lv in enumerate(axis)} for axis in axes]
        for row, level in enumerate(self.levels):
            place[np.ravel_multi_index(tuple(at[lv] for at, lv in zip(index, level, strict=True)), shape)] = row
        return axes, place

    def codes(self, cells: WeightCells) -> Integers:
        """Give the total to which each cell belongs."""
        axes, place = self.grid()
        position = cells.positions(self.variables, axes)
        return np.where(position >= 0, place[np.maximum(position, 0)], -1)

    def scaled(self, total: float) -> Target:
        """Turn shares into counts."""
        return replace(self, values=self.values * total, units="counts") if self.units == "shares" else self


def read_targets(
    source: Any, margins: Sequence[tuple[str, ...]] | None, units: str, faults: FaultList, *, crossed: str
) -> tuple[tuple[Target, ...], dict[str, float]]:
    """Read margins in any of their forms."""
    from aibaro.design import Design
    from aibaro.published import PublishedSurvey

    if units not in UNITS:
        faults.add("unknown units", parameter="units", expected=", ".join(UNITS), got=repr(units))
        return (), {}
    if isinstance(source, Mapping):
        return _from_mapping(source, margins, units, faults)
    if isinstance(source, PublishedSurvey):
        table, units = source.strata, "counts"
    elif isinstance(source, Design):
        table, units = source.labels.assign(population=source.population), "counts"
    else:
        table = read_table(source)
    value = next((c for c in VALUE_COLUMNS if c in table), None)
    if value is None or table.empty:
        faults.add(
            "the table of margins has no numbers",
            parameter="margins",
            expected=f"a column {', '.join(VALUE_COLUMNS)}",
            got=f"columns {', '.join(map(str, table.columns))}; {len(table)} rows",
        )
        return (), {}
    units = VALUE_COLUMNS[value] if units == "auto" else units
    domain = next((c for c in ("domain", "variable") if c in table), None)
    if domain and "level" in table:
        pairs = {str(name): part for name, part in table.groupby(domain, sort=False)}
        spec = {name: list(zip(part["level"], part[value], strict=True)) for name, part in pairs.items()}
        return _from_mapping(spec, margins, units, faults)
    return _from_wide(table, value, margins, (units, crossed), faults), {}


def _split(name: Any) -> tuple[str, ...]:
    if isinstance(name, tuple):
        return tuple(label(part) for part in name)
    return tuple(part.strip() for part in label(name).split(CROSS))


def _from_mapping(
    source: Mapping[Any, Any], margins: Sequence[tuple[str, ...]] | None, units: str, faults: FaultList
) -> tuple[tuple[Target, ...], dict[str, float]]:
    flat = all(isinstance(v, int | float | np.number) for v in source.values())
    if flat and margins is not None and len(margins) == 1:
        return tuple(_target(margins[0], list(source.items()), units, faults)), {}
    targets: list[Target] = []
    numeric: dict[str, float] = {}
    for name, content in source.items():
        if isinstance(content, int | float | np.number):
            numeric[str(name)] = float(content)
            continue
        pairs = content.items() if isinstance(content, Mapping | pd.Series) else content
        targets += _target(_split(name), list(pairs), units, faults)
    wanted = None if margins is None else set(margins)
    return tuple(t for t in targets if wanted is None or t.variables in wanted), numeric


def _from_wide(
    table: pd.DataFrame, value: str, margins: Sequence[tuple[str, ...]] | None, kind: tuple[str, str], faults: FaultList
) -> tuple[Target, ...]:
    units, crossed = kind
    known = [str(c) for c in table.columns if c not in {*VALUE_COLUMNS, "sample", "respondents"}]
    chosen = margins if margins is not None else ([tuple(known)] if crossed == "all" else [(c,) for c in known])
    targets: list[Target] = []
    for variables in chosen:
        absent = [v for v in variables if v not in known]
        if absent:
            faults.add(
                "the table of margins has no such column",
                parameter="by",
                expected=", ".join(known),
                got=", ".join(absent),
            )
            continue
        if set(variables) == set(known):
            keys = table[list(variables)].itertuples(index=False, name=None)
            pairs: list[tuple[Any, Any]] = list(zip(keys, table[value], strict=True))
        else:
            pairs = list(table.groupby(list(variables), sort=False)[value].sum().items())
        targets += _target(variables, pairs, units, faults)
    return tuple(targets)


def _target(variables: tuple[str, ...], pairs: list[tuple[Any, Any]], units: str, faults: FaultList) -> list[Target]:
    """Check one margin; an empty list where it cannot be used."""
    name, before = CROSS.join(variables), len(faults)
    levels = [_split(lv) if len(variables) > 1 else (label(lv[0] if isinstance(lv, tuple) else lv),) for lv, _ in pairs]
    values = _numbers([v for _, v in pairs])
    for level, value, (_, got) in zip(levels, values, pairs, strict=True):
        if len(level) != len(variables):
            faults.add(
                "a level does not fit its margin",
                parameter=name,
                expected=f"{len(variables)} levels joined with ×",
                got=CROSS.join(level),
            )
        if not (np.isfinite(value) and value >= 0):
            faults.add("not a total", parameter=name, where=CROSS.join(level), expected="a number >= 0", got=str(got))
    for level in sorted({lv for lv in levels if levels.count(lv) > 1}) if len(set(levels)) < len(levels) else []:
        faults.add("level appears twice", parameter=name, got=CROSS.join(level), hint="give one number a level")
    total = float(values.sum()) if len(faults) == before else 0.0
    if len(faults) == before and total <= 0:
        faults.add("the margin adds up to zero", parameter=name, expected="a positive total", got=f"{total:g}")
    kind, values = _in_units(units, values, total)
    if kind == "shares" and len(faults) == before and abs(values.sum() - 1) > SHARE_TOLERANCE:
        faults.add(
            "shares do not add up to one",
            parameter=name,
            expected="1" if units == "shares" else "100",
            got=f"{total:.10g}",
            hint="divide each share by their sum, or give counts",
        )
    if len(faults) > before:
        return []
    if kind == "shares":
        values = values / values.sum()
    return [Target(variables, tuple(levels), values, kind)]


def _numbers(values: list[Any]) -> Floats:
    """Read numbers, also from text; NaN for what is none."""
    if all(type(v) in {int, float} for v in values):
        return np.array(values, dtype=float)
    return pd.to_numeric(pd.Series(values, dtype=object), errors="coerce").to_numpy(dtype=float)


def _in_units(units: str, values: Floats, total: float) -> tuple[str, Floats]:
    if units == "percent":
        return "shares", values / 100
    if units == "auto":
        return ("shares" if abs(total - 1) <= SHARE_TOLERANCE else "counts"), values
    return units, values


def match(target: Target, cells: WeightCells, faults: FaultList) -> Integers:
    """Assign the cells of the rows to the totals of a target, and record what does not fit."""
    codes, counted = target.codes(cells), cells.n > 0
    columns = [cells.keys.index(v) for v in target.variables]
    for v, column in zip(target.variables, columns, strict=True):
        missing = int(cells.n[counted & (cells.codes[:, column] < 0)].sum())
        if missing:
            faults.add(
                "missing values in a column of the margins",
                parameter=v,
                got=f"{missing:,} rows",
                hint="impute them, or make them a level of their own in rows and margin",
            )
    complete = (cells.codes[:, columns] >= 0).all(axis=1) & counted
    strange: dict[str, int] = {}
    for cell in np.flatnonzero(complete & (codes < 0)):
        name = CROSS.join(cells.levels[c][cells.codes[cell, c]] for c in columns)
        strange[name] = strange.get(name, 0) + int(cells.n[cell])
    for name, rows in sorted(strange.items()):
        faults.add(
            "level of the rows without a total",
            parameter=target.name,
            got=f"{name} ({rows:,} rows)",
            expected=_few(target.names),
            hint="add it to the margin, recode it, or drop these rows",
        )
    there = np.bincount(codes[counted & (codes >= 0)], minlength=len(target.values))
    for row in np.flatnonzero((there == 0) & (target.values > 0)):
        faults.add(
            "no respondent to carry this level",
            parameter=target.name,
            got=target.names[row],
            hint=_neighbours(target, int(row), there),
        )
    for row in np.flatnonzero((there > 0) & (target.values == 0)):
        faults.add(
            "respondents in a level whose total is zero",
            parameter=target.name,
            got=target.names[row],
            hint="drop these rows, or correct the total",
        )
    return np.where(counted, codes, -1)


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def _neighbours(target: Target, row: int, there: Integers) -> str:
    """Propose levels that differ in one column alone and have respondents, the nearest in the margin's order first."""
    own = target.levels[row]
    near = [
        r
        for r in sorted(np.flatnonzero(there > 0), key=lambda r: abs(int(r) - row))
        if sum(a != b for a, b in zip(own, target.levels[r], strict=True)) == 1
    ]
    names = "; ".join(target.names[r] for r in near[:3])
    return f"collapse it in rows and margin, with {names}" if names else "collapse it with another level"


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
