"""Reads a design from the columns of respondents' rows, in one pass, and reports every fault together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aibaro._arguments import check_choice, column_names, finite, is_number, number_of, shown
from aibaro._arrays import FloatArray, IntArray
from aibaro.design._replicate_weights import (
    Replicates,
    check_kind,
    default_scale,
    find_columns,
    rank,
    suspected,
)
from aibaro.design._row_design import NORMALIZED, FurtherStage, RowDesign
from aibaro.errors import FaultList, InputError, repeated
from aibaro.frames import Below, Extremes, GroupTable, Product, Rows, read
from aibaro.messages import Message, message

WHERE = "Design.from_frame"
SINGLE_RULES = ("fail", "certainty", "adjust", "average", "adjust_domains", "average_domains")
# sums of weights this near to the population are accepted: public files round weights
ACCEPTED = 0.05
# relative difference that is worth a note
NOTED = 1e-6
# replicates whose sum is this many times that of the weights, or as small a part, are perhaps factors
APART = 2.0
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class _Found:
    """What the pass over the rows found in each stratum, shape (H,)."""

    labels: pd.DataFrame
    respondents: IntArray
    positive_rows: IntArray
    units: IntArray
    positive_units: IntArray
    weight_total: FloatArray | None
    weight_square: FloatArray | None
    weight_low: FloatArray | None
    weight_high: FloatArray | None

    @property
    def names(self) -> list[str]:
        """Name of each stratum."""
        return [name_of(row) for row in self.labels.itertuples(index=False)]

    def named(self, mask: NDArray[np.bool_]) -> str:
        """Names of some strata, in quotes."""
        names = self.names
        return shown([names[h] for h in np.flatnonzero(mask).tolist()])


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of :meth:`Design.from_frame`."""

    strata: Any
    psu: Any
    population: Any
    rate: Any
    weight: Any
    single: Any
    calibration: tuple[Any, ...]
    replicates: Any
    kind: Any
    rho: Any
    scale: Any
    rscales: Any
    center: Any
    df: Any


def name_of(labels: Sequence[Any]) -> str:
    """Name a stratum by its labels.

    Examples
    --------
    >>> name_of(("micro", "nace-10-33"))
    'micro × nace-10-33'
    """
    return " × ".join(map(str, labels)) or "all"


def read_rows(data: Any, asked: Asked) -> tuple[pd.DataFrame, IntArray, IntArray, RowDesign]:
    """Read and check the design that columns of rows describe."""
    if hasattr(type(data), "working_frame"):
        raise InputError(
            "weights declare their design themselves",
            where=WHERE,
            parameter="rows",
            got=type(data).__name__,
            expected="a frame",
            hint="result.design(strata=..., population=...)",
        )
    variables = column_names(asked.strata, "strata", WHERE)
    stages = column_names(asked.psu, "psu", WHERE)
    faults = FaultList("the rows do not describe a design", where=WHERE)
    _check_arguments(asked, faults)
    faults.raise_if_any()
    first, further = _sizes(asked, len(stages), faults)
    rows = read(data).with_weight(asked.weight)
    numbers = [c for c in (asked.weight, *first, *(c for pair in further for c in pair)) if isinstance(c, str)]
    rows.require([*variables, *stages], parameter="strata, psu")
    rows.require(dict.fromkeys(numbers), parameter="weight, population, rate", numeric=True)
    columns: tuple[str, ...] = ()
    kind = None
    if asked.replicates is not None:
        columns = find_columns(asked.replicates, rows.columns, asked.weight, faults)
        kind = check_kind(
            asked.kind,
            rho=asked.rho,
            scale=asked.scale,
            rscales=asked.rscales,
            center=asked.center,
            df=asked.df,
            number=len(columns),
            faults=faults,
        )
        faults.raise_if_any()
        rows.require(columns, parameter="replicates", numeric=True)
    table = _aggregate(rows, [*variables, *stages], asked.weight, numbers)
    found, index = _strata(table, variables, stages, asked.weight)
    if not len(found.respondents) or not found.respondents.sum():
        raise InputError("there are no rows", where=WHERE, parameter="rows", expected="at least one row")
    if asked.weight is not None:
        _check_weights(table, index, found, asked.weight, faults)
    notes: list[Message] = []
    known, rates = _first_stage(table, index, found, first, clustered=bool(stages), faults=faults)
    gap = _compare_sums(found, known, bool(stages), notes)
    lower = _further_stages(table, variables, stages, further, faults)
    if not columns:
        _check_single(found, known, rates, single=asked.single, clustered=bool(stages), faults=faults)
    faults.raise_if_any()
    _note_nested(table, variables, stages, index, notes)
    weights, totals, squares = _weights(found, known, rates)
    made = _replicates(rows, columns, kind, asked, found=found, faults=faults, notes=notes) if columns else None
    used = {*columns, *variables, *stages, *numbers}
    unused = suspected(rows.columns, used)
    if unused:
        notes.append(message("design.replicates_unused", columns=", ".join(unused[:3]) + ", ..."))
    zeros = int(found.respondents.sum() - found.positive_rows.sum())
    if zeros:
        notes.append(message("design.zero_weights", count=zeros))
    declared = RowDesign(
        strata=variables,
        psu=stages[0] if stages else None,
        weight=asked.weight,
        population=_source(first),
        units=found.units,
        fractions=_fractions(found, known, rates),
        weights=weights,
        weight_totals=totals,
        single=asked.single,
        calibration=asked.calibration,
        further=lower,
        weight_squares=squares,
        positive=found.positive_units if zeros else None,
        rows_with_weight=int(found.positive_rows.sum()) if zeros else None,
        replicates=made,
        notes=(),
        gap=gap,
    )
    if is_normalized(declared, int(found.positive_rows.sum()), known is not None and not stages):
        total = float(declared.weight_totals.sum())
        notes.append(message("design.normalized", total=total, count=int(found.positive_rows.sum())))
    count = _population_counts(found, known, rates, totals)
    return found.labels, count, found.respondents, replace(declared, notes=tuple(notes))


def is_normalized(declared: RowDesign, rows: int, compared: bool) -> bool:
    """Tell whether weights are on the scale of the sample: only those of a column can be."""
    if declared.weight is None or (compared and declared.gap <= ACCEPTED):
        return False
    return bool(declared.weight_totals.sum() <= NORMALIZED * rows)


def _check_arguments(asked: Asked, faults: FaultList) -> None:
    if asked.weight is not None and not isinstance(asked.weight, str):
        faults.add("not the name of a column", parameter="weight", expected="a column", got=repr(asked.weight))
    check_choice(asked.single, SINGLE_RULES, "single", faults)
    if asked.population is not None and asked.rate is not None:
        faults.add("a population and a rate say the same thing twice", parameter="rate", expected="one of the two")
    if asked.replicates is not None and asked.weight is None:
        faults.add(
            "replicate weights need the full-sample weights beside them",
            parameter="weight",
            expected="the column of the full-sample weights",
            got="None",
        )
    if asked.replicates is None:
        given = [
            name
            for name, value, default in (
                ("kind", asked.kind, None),
                ("rho", asked.rho, None),
                ("scale", asked.scale, None),
                ("rscales", asked.rscales, None),
                ("center", asked.center, "estimate"),
                ("df", asked.df, None),
            )
            if value is not default and not (isinstance(value, str) and value == default)
        ]
        if given:
            faults.add(
                "no replicate weights to which this belongs",
                parameter=", ".join(given),
                expected="replicates=, such as 'rw*'",
                got="None",
            )
    if asked.weight is None and isinstance(asked.psu, list | tuple) and len(asked.psu) > 1:
        faults.add(
            "weights of several stages do not follow from the first",
            parameter="weight",
            expected="the column of weights, such as the product of N/n over the stages",
            got="None",
        )
    if asked.weight is None and asked.population is None and asked.rate is None:
        faults.add(
            "weights are not determined",
            parameter="weight",
            expected="weight=, population=, rate=, or several of them",
            got="none",
        )


def _per_stage(value: Any, name: str, stages: int, faults: FaultList) -> list[Any]:
    """One entry per stage; a value that is no list belongs to the first."""
    if not isinstance(value, list | tuple):
        return [value]
    if len(value) != max(stages, 1):
        faults.add(
            "not one entry a stage",
            parameter=name,
            expected=f"{max(stages, 1)}: one a column of psu=, or a mapping of strata",
            got=f"{len(value)}: {value!r}",
        )
        faults.raise_if_any()
    return list(value)


def _sizes(asked: Asked, stages: int, faults: FaultList) -> tuple[tuple[Any, Any], list[tuple[Any, Any]]]:
    """Population and rate of the first stage, and of each further one: a column or a number."""
    populations = _per_stage(asked.population, "population", stages, faults)
    rates = _per_stage(asked.rate, "rate", stages, faults)
    width = max(stages, 1)
    populations += [None] * (width - len(populations))
    rates += [None] * (width - len(rates))
    for name, values in (("population", populations), ("rate", rates)):
        for value in values[1:]:
            if not (value is None or isinstance(value, str) or is_number(value)):
                faults.add(
                    "not the size of a further stage",
                    parameter=name,
                    expected="a column that is constant in each unit of the stage above, or a number",
                    got=repr(value)[:80],
                )
    faults.raise_if_any()
    pairs = list(zip(populations, rates, strict=True))
    return pairs[0], pairs[1:]


def _source(first: tuple[Any, Any]) -> str | None:
    """Where the first stage's population came from, for scripts."""
    population, rate = first
    given = population if population is not None else rate
    if given is None:
        return None
    return given if isinstance(given, str) else ("population" if population is not None else "rate")


def _aggregate(rows: Rows, keys: Sequence[str], weight: str | None, numbers: Sequence[str]) -> GroupTable:
    requests: dict[str, Any] = {f"n.{c}": Extremes(c) for c in numbers}
    if weight is not None:
        requests |= {"total": Product((), 1), "square": Product((), 2), "zeros": Below(weight, 0.0, 0)}
    return rows.group(keys, requests)


def _strata(
    table: GroupTable, variables: tuple[str, ...], stages: tuple[str, ...], weight: str | None
) -> tuple[_Found, IntArray]:
    """Fold groups of stratum and units into strata; also the stratum of each group."""
    size = len(table.count)
    columns = [table.keys[v] for v in variables]
    tuples = list(zip(*columns, strict=True)) if columns else [()] * size
    order: dict[tuple[str, ...], int] = {}
    index = np.array([order.setdefault(t, len(order)) for t in tuples], dtype=np.int64)
    h = len(order)
    labels = pd.DataFrame(list(order), columns=list(variables), dtype="str") if variables else _no_labels()
    respondents = np.bincount(index, weights=table.count, minlength=h).astype(np.int64)
    zeros = np.nan_to_num(table.values["zeros"].astype(float)) if weight else np.zeros(size)
    positive_rows = np.bincount(index, weights=table.count - zeros, minlength=h).astype(np.int64)
    units, positive_units = respondents, positive_rows
    if stages:
        pairs = list(zip(index.tolist(), table.keys[stages[0]].tolist(), strict=True))
        with_weight = {p for p, n in zip(pairs, (table.count - zeros).tolist(), strict=True) if n > 0}
        units = np.bincount([h_ for h_, _ in set(pairs)], minlength=h).astype(np.int64)
        positive_units = np.bincount([h_ for h_, _ in with_weight], minlength=h).astype(np.int64)
    if weight is None:
        return _Found(labels, respondents, positive_rows, units, positive_units, None, None, None, None), index
    low, high = np.full(h, np.inf), np.full(h, -np.inf)
    np.fmin.at(low, index, table.values[f"n.{weight}.min"].astype(float))
    np.fmax.at(high, index, table.values[f"n.{weight}.max"].astype(float))
    total = np.bincount(index, weights=table.values["total"].astype(float), minlength=h).astype(float)
    square = np.bincount(index, weights=table.values["square"].astype(float), minlength=h).astype(float)
    return _Found(labels, respondents, positive_rows, units, positive_units, total, square, low, high), index


def _no_labels() -> pd.DataFrame:
    return pd.DataFrame(index=range(1))


def _check_weights(table: GroupTable, index: IntArray, found: _Found, weight: str, faults: FaultList) -> None:
    finite = np.bincount(index, weights=table.values[f"n.{weight}.finite"], minlength=len(found.units))
    undefined = finite < found.respondents
    if undefined.any():
        faults.add(
            f"{int((found.respondents - finite).sum())} rows have no finite weight",
            parameter=weight,
            expected="a number >= 0 in every row",
            got=f"null or non-finite in {found.named(undefined)}",
        )
    low = found.weight_low if found.weight_low is not None else np.zeros(0)
    if (low < 0).any():
        faults.add(
            "weights are negative",
            parameter=weight,
            expected=">= 0; zero puts a row outside every domain",
            got=f"{low.min():g}; strata {found.named(low < 0)}",
            hint="bounds= keep calibrated weights positive",
        )
    elif not found.positive_rows.any():
        faults.add("no row has a positive weight", parameter=weight, expected="> 0", got="0 in every row")


def _first_stage(
    table: GroupTable,
    index: IntArray,
    found: _Found,
    first: tuple[Any, Any],
    *,
    clustered: bool,
    faults: FaultList,
) -> tuple[IntArray | None, FloatArray | None]:
    """Population of each stratum, or the rate at which it was sampled."""
    population, rate = first
    if rate is not None:
        return None, _rates(_numbers(table, index, found, rate, parameter="rate", faults=faults), found, faults)
    if population is None:
        return None, None
    numbers = _numbers(table, index, found, population, parameter="population", faults=faults)
    whole = np.isfinite(numbers) & (numbers >= 1) & (numbers == np.floor(numbers)) & (numbers <= 2**53)
    if np.isfinite(numbers[~whole]).any():
        bad = ~whole & np.isfinite(numbers)
        share = bool((numbers[bad] <= 1).all())
        faults.add(
            "population is not a count",
            parameter="population",
            expected="a whole number of units >= 1",
            got=f"{numbers[bad][0]:.10g} in {found.named(bad)}",
            hint="sampling rates are given as rate=" if share else "",
        )
    known = np.where(whole, numbers, found.units).astype(np.int64)
    kind = "primary sampling units" if clustered else "respondents"
    for h in np.flatnonzero(whole & (found.units > known))[:_SHOWN].tolist():
        faults.add(
            f"more {kind} than the population has",
            where=repr(found.names[h]),
            parameter="population",
            expected=f"at least {int(found.units[h])}",
            got=str(int(known[h])),
        )
    return known, None


def _rates(values: FloatArray, found: _Found, faults: FaultList) -> FloatArray:
    bad = np.isfinite(values) & ~((values > 0) & (values <= 1))
    if bad.any():
        faults.add(
            "not a sampling rate",
            parameter="rate",
            expected="0 < rate <= 1",
            got=f"{values[bad][0]:.10g} in {found.named(bad)}",
            hint="counts of units are given as population=; percentages are divided by 100",
        )
    return np.where(np.isfinite(values) & ~bad, values, 1.0)


def _numbers(
    table: GroupTable, index: IntArray, found: _Found, given: Any, *, parameter: str, faults: FaultList
) -> FloatArray:
    """One number per stratum from a column, a number, a mapping or a table; NaN where a fault was recorded."""
    h = len(found.units)
    if isinstance(given, str):
        return _from_column(table, index, found, given, parameter=parameter, faults=faults)
    if is_number(given):
        if h > 1 and parameter == "population":
            faults.add(
                "one number cannot be the population of several strata",
                parameter=parameter,
                expected=f"{h} numbers, by stratum",
                got=str(given),
            )
            return np.full(h, np.nan)
        if not finite(given):
            faults.add("not a finite number", parameter=parameter, expected="a number", got=str(given))
            return np.full(h, np.nan)
        return np.full(h, float(given))
    if isinstance(given, Mapping | pd.Series):
        pairs = [(k if isinstance(k, tuple) else (k,), v) for k, v in given.items()]
        return _from_pairs(found, pairs, parameter, faults)
    return _from_table(found, given, parameter, faults)


def _from_column(
    table: GroupTable, index: IntArray, found: _Found, column: str, *, parameter: str, faults: FaultList
) -> FloatArray:
    h = len(found.units)
    low, high = np.full(h, np.inf), np.full(h, -np.inf)
    np.fmin.at(low, index, table.values[f"n.{column}.min"].astype(float))
    np.fmax.at(high, index, table.values[f"n.{column}.max"].astype(float))
    finite = np.bincount(index, weights=table.values[f"n.{column}.finite"], minlength=h)
    varying, undefined = low < high, finite < found.respondents
    for problem, mask in (
        (f"{parameter} is missing in some rows", undefined),
        (f"{parameter} varies inside a stratum", varying),
    ):
        if mask.any():
            faults.add(
                problem,
                parameter=column,
                got=found.named(mask),
                expected="the same number in every row of a stratum",
            )
    return np.where(varying | undefined, np.nan, high)


def _from_table(found: _Found, given: Any, parameter: str, faults: FaultList) -> FloatArray:
    from aibaro.frames.weighted.weight_rows import read_table

    variables = list(found.labels.columns)
    try:
        table = read_table(given)
    except InputError:
        faults.add(
            f"not a {parameter} of strata",
            parameter=parameter,
            expected="a column, a number, a mapping from strata, or a table of strata",
            got=f"{type(given).__name__}: {str(given)[:60]}",
        )
        return np.full(len(found.units), np.nan)
    missing = [c for c in (*variables, parameter) if c not in table.columns]
    if missing:
        faults.add(
            "the table of strata lacks columns",
            parameter=parameter,
            got=f"no {shown(missing)}; columns {shown(table.columns)}",
            expected=", ".join((*variables, parameter)),
        )
        return np.full(len(found.units), np.nan)
    keys = list(table[variables].itertuples(index=False, name=None)) if variables else [()] * len(table)
    return _from_pairs(found, list(zip(keys, table[parameter].tolist(), strict=True)), parameter, faults)


def _label(value: Any) -> str:
    """Name a level as the rows do."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _from_pairs(
    found: _Found, pairs: Sequence[tuple[tuple[Any, ...], Any]], parameter: str, faults: FaultList
) -> FloatArray:
    keys = [tuple(map(_label, key)) for key, _ in pairs]
    lookup = dict(zip(keys, (value for _, value in pairs), strict=True))
    if len(lookup) < len(keys):
        faults.add(
            f"a stratum stands twice in the {parameter}",
            parameter=parameter,
            got=shown(name_of(k) for k in repeated(keys)),
        )
    strata = [tuple(map(str, k)) for k in found.labels.itertuples(index=False)]
    lost = [k for k in strata if k not in lookup]
    if lost:
        faults.add(
            f"strata of the rows have no {parameter}",
            parameter=parameter,
            got=shown(name_of(k) for k in lost),
            expected="a number for every stratum",
        )
    inside = set(strata)
    empty = [k for k in lookup if k not in inside and number_of(lookup[k]) != 0]
    if empty:
        faults.add(
            f"strata of the {parameter} have no rows",
            parameter=parameter,
            got=shown(name_of(k) for k in empty),
            hint="collapse each with a neighbour",
        )
    numbers = np.array([number_of(lookup.get(k)) for k in strata])
    for k, number in zip(strata, numbers.tolist(), strict=True):
        if k in lookup and not np.isfinite(number):
            faults.add(
                f"not a {parameter}",
                where=repr(name_of(k)),
                parameter=parameter,
                expected="a number",
                got=repr(lookup[k]),
            )
    return numbers


def _compare_sums(found: _Found, known: IntArray | None, clustered: bool, notes: list[Message]) -> float:
    """Compare sums of weights with the population of elements; relative distance of the totals."""
    if known is None or clustered or found.weight_total is None:
        return 0.0
    total, population = float(found.weight_total.sum()), int(known.sum())
    off = np.abs(found.weight_total - known) > NOTED * known
    if not off.any():
        return 0.0
    gap = abs(total - population) / population
    if gap > NOTED:
        notes.append(message("design.weights_differ", total=total, population=population))
    names = found.names
    parts: tuple[Message, ...] | Message = tuple(
        message(
            "design.stratum_differs",
            name=repr(names[h]),
            total=float(found.weight_total[h]),
            population=int(known[h]),
        )
        for h in np.flatnonzero(off)[:_SHOWN].tolist()
    )
    more = int(off.sum()) - _SHOWN
    if more > 0:
        parts = message("design.more_strata", strata=parts, count=more)
    notes.append(message("design.strata_differ", strata=parts))
    return gap


def _fractions(found: _Found, known: IntArray | None, rates: FloatArray | None) -> FloatArray:
    if rates is not None:
        return rates
    return found.units / known if known is not None else np.zeros(len(found.units))


def _population_counts(found: _Found, known: IntArray | None, rates: FloatArray | None, totals: FloatArray) -> IntArray:
    if known is not None:
        return known
    if rates is not None:
        return np.rint(found.units / rates).astype(np.int64)
    return np.rint(np.clip(totals, 0, 2**53)).astype(np.int64)


def _further_stages(
    table: GroupTable,
    variables: tuple[str, ...],
    stages: tuple[str, ...],
    sizes: Sequence[tuple[Any, Any]],
    faults: FaultList,
) -> tuple[FurtherStage, ...]:
    """Count the units of each further stage in each unit of the stage above."""
    found: list[FurtherStage] = []
    for depth, (column, (population, rate)) in enumerate(zip(stages[1:], sizes, strict=True), 1):
        above = list(zip(*(table.keys[k].tolist() for k in (*variables, *stages[:depth])), strict=True))
        own = table.keys[column].tolist()
        units: dict[tuple[str, ...], set[str]] = {}
        for parent, unit in zip(above, own, strict=True):
            units.setdefault(parent, set()).add(unit)
        given = population if population is not None else rate
        parameter = "population" if population is not None else "rate"
        fractions = dict.fromkeys(units, 0.0)
        if given is not None:
            values = _stage_numbers(table, above, given, parameter=parameter, column=column, faults=faults)
            for parent, sampled in units.items():
                size, n = values.get(parent, np.nan), len(sampled)
                fractions[parent] = _fraction(size, n, parameter=parameter, parent=parent, column=column, faults=faults)
        source = given if isinstance(given, str) else None
        found.append(FurtherStage(column, {k: len(v) for k, v in units.items()}, fractions, source))
    return tuple(found)


def _stage_numbers(
    table: GroupTable, above: list[tuple[str, ...]], given: Any, *, parameter: str, column: str, faults: FaultList
) -> dict[tuple[str, ...], float]:
    if not isinstance(given, str):
        return dict.fromkeys(above, float(given))
    low: dict[tuple[str, ...], float] = {}
    high: dict[tuple[str, ...], float] = {}
    ends = (table.values[f"n.{given}.{end}"].astype(float).tolist() for end in ("min", "max", "finite"))
    lacking = set()
    for parent, a, b, whole, rows in zip(above, *ends, table.count.tolist(), strict=True):
        low[parent] = min(low.get(parent, np.inf), a)
        high[parent] = max(high.get(parent, -np.inf), b)
        if whole < rows:
            lacking.add(parent)
    wrong = [k for k in low if k in lacking or low[k] != high[k]]
    if wrong:
        faults.add(
            f"{parameter} of a stage is missing or varies inside a unit of the stage above",
            parameter=given,
            where=f"stage of {column!r}",
            got=shown(name_of(k) for k in wrong),
            expected="one number in every row of the unit",
        )
    return {k: v for k, v in low.items() if k not in set(wrong)}


def _fraction(
    size: float, units: int, *, parameter: str, parent: tuple[str, ...], column: str, faults: FaultList
) -> float:
    """Sampled share of the units of a stage; a rate as it is given."""
    if np.isnan(size):
        return 0.0
    good = 0 < size <= 1 if parameter == "rate" else np.isfinite(size) and size >= max(units, 1)
    if not good:
        faults.add(
            f"not the {parameter} of a stage",
            where=f"{name_of(parent)!r}, stage of {column!r}",
            parameter=parameter,
            expected="0 < rate <= 1" if parameter == "rate" else f"a number of units >= {units}",
            got=f"{size:.10g}",
        )
        return 0.0
    return size if parameter == "rate" else units / size


def _check_single(
    found: _Found,
    known: IntArray | None,
    rates: FloatArray | None,
    *,
    single: str,
    clustered: bool,
    faults: FaultList,
) -> None:
    whole = np.zeros(len(found.units), dtype=bool)
    if known is not None:
        whole = known <= found.units
    if rates is not None:
        whole = rates >= 1
    lonely = (found.units == 1) & ~whole
    if single == "fail" and lonely.any():
        kind = "primary sampling unit" if clustered else "respondent"
        faults.add(
            f"strata with a single {kind}",
            parameter="single",
            got=found.named(lonely),
            expected="at least two a stratum",
            hint="collapse strata, or declare single='certainty', 'adjust' or 'average'",
        )


def _note_nested(
    table: GroupTable, variables: tuple[str, ...], stages: tuple[str, ...], index: IntArray, notes: list[Message]
) -> None:
    """Labels of units that stand in several strata: one unit or several?  They are taken as several."""
    if not stages or not variables:
        return
    strata: dict[str, set[int]] = {}
    for label, h in zip(table.keys[stages[0]].tolist(), index.tolist(), strict=True):
        strata.setdefault(label, set()).add(h)
    several = sorted(label for label, where in strata.items() if len(where) > 1)
    if several:
        notes.append(message("design.nested", column=stages[0], labels=shown(several, 3)))


def _weights(
    found: _Found, known: IntArray | None, rates: FloatArray | None
) -> tuple[FloatArray | None, FloatArray, FloatArray | None]:
    """Weight of each stratum where it is constant, and its sums."""
    if found.weight_total is None or found.weight_low is None or found.weight_high is None:
        each = 1 / rates if rates is not None else (known if known is not None else found.units) / found.units
        return each, each * found.respondents, None
    constant = found.weight_low == found.weight_high
    return (found.weight_low if constant.all() else None), found.weight_total, found.weight_square


def _replicates(
    rows: Rows,
    columns: tuple[str, ...],
    kind: str | None,
    asked: Asked,
    *,
    found: _Found,
    faults: FaultList,
    notes: list[Message],
) -> Replicates:
    """Read the replicate weights once: whether all are numbers, and how many of them are independent."""
    from aibaro.frames.columns import blocks, product

    number = len(columns)
    gram, bad = np.zeros((number, number)), np.zeros(number, dtype=np.int64)
    total = np.zeros(number)
    # a power of two near the full-sample weights keeps the products of the replicates in range
    full = 0.0 if found.weight_total is None else float(found.weight_total.sum())
    unit = 2.0 ** np.floor(np.log2(full / float(found.respondents.sum()))) if full > 0 else 1.0
    for block, _ in blocks(rows, columns):
        finite = np.isfinite(block)
        bad += (~finite).sum(axis=1)
        block[~finite] = 0.0
        total += block.sum(axis=1)
        np.divide(block, unit, out=block)
        gram += product(block, block)
    if bad.any():
        faults.add(
            "replicate weights are missing in some rows",
            parameter="replicates",
            expected="a number in every row",
            got=shown(f"{c} ({n:,} rows)" for c, n in zip(columns, bad.tolist(), strict=True) if n),
        )
    if not bad.any() and (total <= 0).any():
        faults.add(
            "replicate weights that add up to nothing",
            parameter="replicates",
            expected="a positive sum",
            got=shown(c for c, t in zip(columns, total.tolist(), strict=True) if t <= 0),
        )
    faults.raise_if_any()
    apart = (total < full / APART) | (total > full * APART)
    if apart.any():
        notes.append(
            message(
                "design.replicates_differ", column=columns[int(apart.argmax())], total=float(total[apart][0]), full=full
            )
        )
    own = str(kind)
    rho = None if asked.rho is None else float(asked.rho)
    scale = float(asked.scale) if asked.scale is not None else default_scale(own, number, rho)
    each = np.ones(number) if asked.rscales is None else np.asarray(asked.rscales, dtype=float)
    df = float(asked.df) if asked.df is not None else float(rank(gram) - 1)
    given = None if asked.rscales is None else tuple(each.tolist())
    return Replicates(columns, own, tuple((scale * each).tolist()), asked.center, df, rho, scale, given)
