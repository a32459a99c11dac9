"""What steps towards margins share: reading them, scaling them, and finding their cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from aibaro._arguments import check_choice, check_number, column_names, is_number, number_of
from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import FaultList, InputError, first_few, repeated
from aibaro.frames.weighted.weight_cells import WeightCells, label
from aibaro.frames.weighted.weight_rows import WeightRows, read_table
from aibaro.frames.weighted.weight_rules import Term
from aibaro.messages import Message, message

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
# shares this near to one in all are rescaled, with a note; beyond, they are no shares
NEARLY_ONE = 0.01
NOTED = 1e-9


def columns_of(names: Any, parameter: str = "by", where: str = "aibaro.weights") -> tuple[str, ...]:
    """Read one column name, several, or several joined with ×.

    Examples
    --------
    >>> columns_of("size×sector"), columns_of(["size"]), columns_of(None)
    (('size', 'sector'), ('size',), ())
    """
    if isinstance(names, str):
        names = [part.strip() for part in names.split(CROSS)]
    return column_names(names, parameter, where)


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
    notes : tuple of Message
        How the numbers were read, where they leave a choice.
    """

    variables: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    values: FloatArray
    units: str
    notes: tuple[Message, ...] = ()

    @property
    def name(self) -> str:
        """Columns joined with ×."""
        return CROSS.join(self.variables)

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each total, its levels joined with ×."""
        return tuple(CROSS.join(level) for level in self.levels)

    def grid(self) -> tuple[tuple[tuple[str, ...], ...], IntArray]:
        """Lay the totals out in a full grid."""
        axes = tuple(tuple(dict.fromkeys(level[k] for level in self.levels)) for k in range(len(self.variables)))
        shape = tuple(map(len, axes))
        place = np.full(int(np.prod(shape)), -1, dtype=np.int64)
        index = [{lv: i for i, lv in enumerate(axis)} for axis in axes]
        for row, level in enumerate(self.levels):
            place[np.ravel_multi_index(tuple(at[lv] for at, lv in zip(index, level, strict=True)), shape)] = row
        return axes, place

    def codes(self, cells: WeightCells) -> IntArray:
        """Return the total to which each cell belongs."""
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

    if not check_choice(units, UNITS, "units", faults):
        return (), {}
    if isinstance(source, Mapping):
        return _from_mapping(source, margins, units, faults)
    if isinstance(source, PublishedSurvey):
        table, units = source.strata, "counts"
    elif isinstance(source, Design):
        table, units = source.labels.assign(population=source.population), "counts"
    else:
        try:
            table = read_table(source)
        except InputError:
            faults.add(
                "not totals",
                parameter="margins",
                expected="a mapping, a table, a design or a published survey",
                got=f"{type(source).__name__}: {str(source)[:60]}",
            )
            return (), {}
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
    flat = bool(source) and not any(isinstance(v, Mapping | pd.Series | list | tuple) for v in source.values())
    if flat and margins is not None and len(margins) == 1:
        return tuple(_target(margins[0], list(source.items()), units, faults)), {}
    targets: list[Target] = []
    numeric: dict[str, float] = {}
    for name, content in source.items():
        if is_number(content):
            numeric[str(name)] = float(content)
            continue
        pairs = list(content.items()) if isinstance(content, Mapping | pd.Series) else content
        good = isinstance(pairs, list | tuple) and all(isinstance(p, list | tuple) and len(p) == 2 for p in pairs)
        if not good or not pairs:
            faults.add(
                "not a margin",
                parameter=label(name),
                expected="a mapping from levels to numbers, or one number for a numeric column",
                got=repr(content)[:80],
            )
            continue
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
            faults.add(
                "not a total", parameter=name, where=repr(CROSS.join(level)), expected="a number >= 0", got=repr(got)
            )
    for level in repeated(levels):
        faults.add("level appears twice", parameter=name, got=repr(CROSS.join(level)), hint="give one number a level")
    if len(faults) > before:
        return []
    kind, values, notes = _read_units(name, units, values, faults)
    return [Target(variables, tuple(levels), values, kind, notes)] if len(faults) == before else []


def _read_units(
    name: str, units: str, values: FloatArray, faults: FaultList
) -> tuple[str, FloatArray, tuple[Message, ...]]:
    """Tell counts from shares and percentages; shares are rescaled to one where they nearly add up to it."""
    with np.errstate(over="ignore"):
        total = float(values.sum())
    if not np.isfinite(total):
        faults.add("the margin is too large", parameter=name, expected="a sum below 1.8e308", got=f"{total:g}")
        return "counts", values, ()
    if total <= 0:
        faults.add("the margin adds up to zero", parameter=name, expected="a positive total", got=f"{total:g}")
        return "counts", values, ()
    whole = bool((values == np.floor(values)).all())
    found, notes = units, []
    if units == "auto":
        near_one, near_hundred = abs(total - 1) <= NEARLY_ONE, abs(total - 100) <= 100 * NEARLY_ONE
        # whole numbers above one are counts; what adds up to about one or consists of parts of one is shares
        shares = near_one or (not whole and bool((values <= 1).all()))
        found = "shares" if shares else ("percent" if near_hundred and not whole else "counts")
        if found == "percent":
            notes.append(message("weights.read_as_percent", name=name, total=total))
        elif near_hundred and found == "counts":
            notes.append(message("weights.read_as_counts", name=name, total=total))
    if found == "counts":
        return "counts", values, tuple(notes)
    one = 100.0 if found == "percent" else 1.0
    if abs(total - one) > one * NEARLY_ONE:
        faults.add(
            "shares do not add up to one" if found == "shares" else "percentages do not add up to 100",
            parameter=name,
            expected=f"{one:g} within 1%",
            got=f"{total:.10g}",
            hint="divide each by their sum, or give counts" + (" with units='counts'" if units == "auto" else ""),
        )
    elif abs(total - one) > one * NOTED:
        notes.append(message("weights.rescaled", name=name, total=total, one=one))
    return "shares", values / total, tuple(notes)


def _numbers(values: list[Any]) -> FloatArray:
    """Read numbers, also from text; NaN for what is none."""
    if all(type(v) in {int, float} for v in values):
        return np.array(values, dtype=float)
    return np.array([number_of(value) for value in values], dtype=float)


def match(target: Target, cells: WeightCells, faults: FaultList) -> IntArray:
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
            got=f"{name!r} ({rows:,} rows)",
            expected=first_few(target.names),
            hint="add it to the margin, recode it, or drop these rows",
        )
    there = np.bincount(codes[counted & (codes >= 0)], minlength=len(target.values))
    for row in np.flatnonzero((there == 0) & (target.values > 0)):
        faults.add(
            "no respondent to carry this level",
            parameter=target.name,
            got=repr(target.names[row]),
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


def _neighbours(target: Target, row: int, there: IntArray) -> str:
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
    if not size > 0:
        raise InputError("no row has a positive weight", where="weights", parameter="weight")
    return tuple(t.scaled(size) for t in targets)


def check_options(
    where: str, *, total: Any = None, tolerance: Any = 1e-10, max_iterations: Any = 1, units: Any = "auto"
) -> None:
    """Refuse values of arguments that the steps towards totals share."""
    faults = FaultList("the arguments cannot be used", where=where)
    if total is not None:
        check_number(total, "total", faults, low=0.0, open_low="yes", expected="a positive number")
    check_number(tolerance, "tolerance", faults, low=0.0, high=0.1, open_low="yes", expected="a small positive number")
    if not is_number(max_iterations) or not 1 <= max_iterations < 2**53 or max_iterations != int(max_iterations):
        faults.add(
            "not a number of rounds",
            parameter="max_iterations",
            expected="a whole number >= 1",
            got=repr(max_iterations),
        )
    check_choice(units, UNITS, "units", faults)
    faults.raise_if_any()


def matched(targets: tuple[Target, ...], cells: WeightCells, where: str) -> tuple[Any, ...]:
    """Assign cells to the totals of all targets; raise every fault together."""
    faults = FaultList("rows and margins do not fit", where=where)
    codes = tuple(match(target, cells, faults) for target in targets)
    faults.raise_if_any()
    return codes


def columns_in(targets: tuple[Target, ...]) -> tuple[str, ...]:
    """Return the columns of some targets, each once."""
    return tuple(dict.fromkeys(v for t in targets for v in t.variables))


def read_margins(
    source: Any, by: Any, units: str, where: str, *, crossed: str, total: float | None = None
) -> tuple[tuple[Target, ...], dict[str, float]]:
    """Read margins; raise every fault together."""
    faults = FaultList("the margins cannot be used", where=where)
    if by is None:
        margins = None
    elif crossed == "all":
        margins = [columns_of(by, "by", where)]
    else:
        margins = [columns_of(m, "by", where) for m in ([by] if isinstance(by, str) else _listed(by, where))]
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
    if total is not None:
        targets = tuple(_beside(target, total, faults) for target in targets)
    faults.raise_if_any()
    return targets, numeric


def _listed(by: Any, where: str) -> list[Any]:
    if not isinstance(by, list | tuple):
        raise InputError(
            "not margins", where=where, parameter="by", expected="columns, or a list of them", got=repr(by)
        )
    return list(by)


def _beside(target: Target, total: float, faults: FaultList) -> Target:
    """Read a margin beside the size of the population: counts have to add up to it."""
    size = float(target.values.sum())
    if target.units == "shares" or abs(size - total) <= 1e-9 * total:
        return target
    if any(note.key == "weights.read_as_counts" for note in target.notes):
        note = message("weights.read_as_percent", name=target.name, total=size)
        return replace(target, values=target.values / size, units="shares", notes=(note,))
    faults.add(
        "counts that do not add up to the size of the population",
        parameter=target.name,
        expected=f"{total:.10g}, as total= says",
        got=f"{size:.10g}",
        hint="give shares, or leave total= out",
    )
    return target


def indicators(targets: tuple[Target, ...], codes: tuple[Any, ...]) -> FloatArray:
    """Return a column of zeros and ones for each total."""
    blocks = [np.eye(len(t.values) + 1)[code][:, :-1] for t, code in zip(targets, codes, strict=True)]
    return np.hstack(blocks)


def class_target(cells: WeightCells) -> Target:
    """Take the present totals of the classes as targets."""
    kept = np.flatnonzero(cells.n > 0)
    levels = tuple(tuple(lv[c] for lv, c in zip(cells.levels, cells.codes[k], strict=True)) for k in kept)
    return Target(cells.keys, levels, cells.total[kept], "counts")


def class_term(cells: WeightCells, values: FloatArray) -> Term:
    """Return a term that looks up one number for each class."""
    grid = np.full(int(np.prod([len(lv) for lv in cells.levels], dtype=np.int64)), np.nan)
    position = cells.positions(cells.keys, cells.levels)
    grid[position[position >= 0]] = values[position >= 0]
    return Term(cells.keys, cells.levels, grid)


def classes_of(rows: WeightRows, within: tuple[str, ...], weight: Any, where: str) -> WeightCells:
    """Cut rows into classes whose totals are kept."""
    cells = rows.cells(within, weight)
    faults = FaultList("the classes cannot be used", where=where)
    for column, key in enumerate(cells.keys):
        missing = int(cells.n[cells.codes[:, column] < 0].sum())
        if missing:
            faults.add("missing values", parameter=key, got=f"{missing:,} rows", hint="fill them, or drop these rows")
    if not cells.n.any():
        faults.add("no row has a positive weight", parameter="weight")
    faults.raise_if_any()
    return cells
