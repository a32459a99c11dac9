"""Reads a design from the columns of respondents' rows, in one pass, and reports every fault together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aibaro.design._rows import RowDesign
from aibaro.errors import FaultList, InputError, UnsupportedError
from aibaro.frames import Extremes, GroupTable, Product, read

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Population = str | float | Mapping[Any, float] | pd.DataFrame | None

TOTAL_TOLERANCE = 1e-6
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class _Found:
    """What the pass over the rows found in each stratum, shape (H,)."""

    labels: pd.DataFrame
    respondents: IntArray
    units: IntArray
    weight_total: FloatArray | None
    weight_low: FloatArray | None
    weight_high: FloatArray | None

    @property
    def names(self) -> list[str]:
        """Name of each stratum."""
        return [name_of(row) for row in self.labels.itertuples(index=False)]


def name_of(labels: Sequence[Any]) -> str:
    """Name a stratum by its labels.

    Examples
    --------
    >>> name_of(("micro", "nace-10-33"))
    'micro × nace-10-33'
    """
    return " × ".join(map(str, labels)) or "all"


def columns_of(value: str | Sequence[str] | None) -> tuple[str, ...]:
    """Read one column name or several."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def read_rows(
    data: Any,
    *,
    strata: str | Sequence[str] | None,
    psu: str | None,
    population: Population,
    weight: str | None,
    single: str,
    calibration: tuple[Any, ...] = (),
) -> tuple[pd.DataFrame, IntArray, IntArray, RowDesign]:
    """Read and check the design that columns of rows describe."""
    if psu is not None and not isinstance(psu, str):
        raise UnsupportedError(
            "designs of several stages are not offered",
            parameter="psu",
            got=repr(psu),
            expected="the column of the first-stage units",
            hint="give the first stage alone, or use R survey",
        )
    if hasattr(type(data), "working_frame"):
        raise InputError(
            "weights declare their design themselves",
            where="Design.from_frame",
            parameter="rows",
            got=type(data).__name__,
            expected="a frame",
            hint="result.design(strata=..., population=...)",
        )
    if weight is None and population is None:
        raise InputError(
            "weights are not determined",
            where="Design.from_frame",
            parameter="weight",
            expected="weight=, population=, or both",
            got="neither",
        )
    variables = columns_of(strata)
    rows = read(data).with_weight(weight)
    numbers = [c for c in (weight, population) if isinstance(c, str)]
    rows.require([*variables, *columns_of(psu)], parameter="strata, psu")
    rows.require(numbers, parameter="weight, population", numeric=True)
    requests: dict[str, Any] = {"weight": Extremes(weight), "total": Product((), 1)} if weight else {}
    if isinstance(population, str):
        requests["population"] = Extremes(population)
    table = rows.group([*variables, *columns_of(psu)], requests)
    return _check(
        table, variables, psu=psu, population=population, weight=weight, single=single, calibration=calibration
    )


def _check(
    table: GroupTable,
    variables: tuple[str, ...],
    *,
    psu: str | None,
    population: Population,
    weight: str | None,
    single: str,
    calibration: tuple[Any, ...],
) -> tuple[pd.DataFrame, IntArray, IntArray, RowDesign]:
    faults = FaultList("the rows do not describe a design", where="Design.from_frame")
    found, index = _strata(table, variables, weight)
    if not len(found.respondents) or not found.respondents.sum():
        raise InputError("there are no rows", where="Design.from_frame", parameter="rows", expected="at least one row")
    if weight is not None:
        _check_weights(table, index, found, weight, faults)
    known = _population(table, index, found, population=population, faults=faults)
    if known is not None:
        # calibrated weights estimate the size of a stratum that was not among the totals
        _check_population(found, known, psu, None if calibration else weight, faults)
    _check_single(found, known, single, psu, faults)
    faults.raise_if_any()
    total = found.weight_total
    weights, totals = _weights(found, known, psu)
    count = known if known is not None else np.rint(np.zeros(0) if total is None else total).astype(np.int64)
    fractions = found.units / known if known is not None else np.zeros(len(found.units))
    source = None if population is None else (population if isinstance(population, str) else "population")
    rows = RowDesign(variables, psu, weight, source, found.units, fractions, weights, totals, single, calibration)
    return found.labels, count, found.respondents, rows


def _strata(table: GroupTable, variables: tuple[str, ...], weight: str | None) -> tuple[_Found, IntArray]:
    """Fold groups of stratum and unit into strata; also the stratum of each group."""
    size = len(table.count)
    columns = [table.keys[v] for v in variables]
    tuples = list(zip(*columns, strict=True)) if columns else [()] * size
    order: dict[tuple[str, ...], int] = {}
    index = np.array([order.setdefault(t, len(order)) for t in tuples], dtype=np.int64)
    h = len(order)
    labels = pd.DataFrame(list(order), columns=list(variables), dtype="str") if variables else _no_labels()
    respondents = np.bincount(index, weights=table.count, minlength=h).astype(np.int64)
    clustered = len(table.keys) > len(variables)
    units = np.bincount(index, minlength=h).astype(np.int64) if clustered else respondents
    if weight is None:
        return _Found(labels, respondents, units, None, None, None), index
    low, high = np.full(h, np.inf), np.full(h, -np.inf)
    np.fmin.at(low, index, table.values["weight.min"].astype(float))
    np.fmax.at(high, index, table.values["weight.max"].astype(float))
    total = np.bincount(index, weights=table.values["total"].astype(float), minlength=h).astype(float)
    return _Found(labels, respondents, units, total, low, high), index


def _no_labels() -> pd.DataFrame:
    return pd.DataFrame(index=range(1))


def _listed(names: Sequence[str]) -> str:
    return "; ".join(names[:_SHOWN]) + (f"; and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _named(found: _Found, mask: NDArray[np.bool_]) -> str:
    names = found.names
    return _listed([names[h] for h in np.flatnonzero(mask).tolist()])


def _check_weights(table: GroupTable, index: IntArray, found: _Found, weight: str, faults: FaultList) -> None:
    finite = np.bincount(index, weights=table.values["weight.finite"], minlength=len(found.units))
    undefined = finite < found.respondents
    if undefined.any():
        faults.add(
            f"{int((found.respondents - finite).sum())} rows have no finite weight",
            parameter=weight,
            expected="a number > 0 in every row",
            got=f"null or non-finite in {_named(found, undefined)}",
        )
    low = found.weight_low if found.weight_low is not None else np.zeros(0)
    if (low <= 0).any():
        faults.add(
            "weights are not positive",
            parameter=weight,
            expected="> 0",
            got=f"{low.min():g}; strata {_named(found, low <= 0)}",
            hint="drop rows that are not in the sample; bounds= keep calibrated weights positive",
        )


def _population(
    table: GroupTable, index: IntArray, found: _Found, *, population: Population, faults: FaultList
) -> IntArray | None:
    if population is None:
        return None
    h = len(found.units)
    if isinstance(population, str):
        numbers = _population_column(table, index, found, population, faults)
    elif isinstance(population, int | float | np.number):
        numbers = np.full(h, float(population))
        if h > 1:
            faults.add(
                "one number cannot be the population of several strata",
                parameter="population",
                expected=f"{h} numbers",
                got=str(population),
            )
    else:
        numbers = _population_table(found, population, faults)
    whole = np.isfinite(numbers) & (numbers >= 1) & (numbers == np.floor(numbers))
    if not whole.all() and np.isfinite(numbers[~whole]).any():
        faults.add(
            "population is not a count",
            parameter="population",
            expected="a whole number of units >= 1",
            got=f"{numbers[~whole][0]:g} in {_named(found, ~whole)}",
        )
    return np.where(whole, numbers, found.units).astype(np.int64)


def _population_column(table: GroupTable, index: IntArray, found: _Found, column: str, faults: FaultList) -> FloatArray:
    h = len(found.units)
    low, high = np.full(h, np.inf), np.full(h, -np.inf)
    np.fmin.at(low, index, table.values["population.min"].astype(float))
    np.fmax.at(high, index, table.values["population.max"].astype(float))
    finite = np.bincount(index, weights=table.values["population.finite"], minlength=h)
    varying, undefined = low < high, finite < found.respondents
    if undefined.any():
        faults.add(
            "population is missing in some rows",
            parameter=column,
            got=_named(found, undefined),
            expected="the same count in every row of a stratum",
        )
    if varying.any():
        faults.add(
            "population varies inside a stratum",
            parameter=column,
            got=_named(found, varying),
            expected="the same count in every row of a stratum",
        )
    return np.where(varying | undefined, np.nan, high)


def _population_table(found: _Found, population: Mapping[Any, float] | pd.DataFrame, faults: FaultList) -> FloatArray:
    variables = list(found.labels.columns)
    if isinstance(population, pd.DataFrame):
        missing = [c for c in (*variables, "population") if c not in population.columns]
        if missing:
            faults.add(
                "the table of strata lacks columns",
                parameter="population",
                got=", ".join(missing),
                expected=", ".join((*variables, "population")),
            )
            return np.full(len(found.units), np.nan)
        keys = [tuple(map(str, k)) for k in population[variables].itertuples(index=False)]
        values = pd.to_numeric(population["population"], errors="coerce").astype(float).tolist()
    else:
        keys = [tuple(map(str, k)) if isinstance(k, tuple) else (str(k),) for k in population]
        values = [float(v) for v in population.values()]
    lookup = dict(zip(keys, values, strict=True))
    if len(lookup) < len(keys):
        faults.add(
            "a stratum stands twice in the population",
            parameter="population",
            got=_listed([name_of(k) for k in sorted({k for k in keys if keys.count(k) > 1})]),
        )
    strata = [tuple(map(str, k)) for k in found.labels.itertuples(index=False)]
    lost, empty = [k for k in strata if k not in lookup], [k for k in lookup if k not in set(strata) and lookup[k] > 0]
    if lost:
        faults.add(
            "strata of the rows have no population",
            parameter="population",
            got=_listed([name_of(k) for k in lost]),
            expected="a count for every stratum",
        )
    if empty:
        faults.add(
            "strata of the population have no rows",
            parameter="population",
            got=_listed([name_of(k) for k in empty]),
            hint="collapse each with a neighbour",
        )
    return np.array([lookup.get(k, np.nan) for k in strata])


def _check_population(found: _Found, known: IntArray, psu: str | None, weight: str | None, faults: FaultList) -> None:
    kind = "primary sampling units" if psu else "respondents"
    over = found.units > known
    for h in np.flatnonzero(over)[:_SHOWN].tolist():
        faults.add(
            f"more {kind} than the population has",
            where=found.names[h],
            parameter="population",
            expected=f"at least {int(found.units[h])}",
            got=str(int(known[h])),
        )
    if weight is None or psu is not None or found.weight_total is None:
        return
    off = np.abs(found.weight_total - known) > TOTAL_TOLERANCE * known
    for h in np.flatnonzero(off & ~over)[:_SHOWN].tolist():
        faults.add(
            "weights do not add up to the population",
            where=found.names[h],
            parameter=weight,
            expected=f"{int(known[h])} within {TOTAL_TOLERANCE:g}",
            got=f"{found.weight_total[h]:.10g}",
            hint="leave population= out, or calibrate the weights",
        )


def _check_single(found: _Found, known: IntArray | None, single: str, psu: str | None, faults: FaultList) -> None:
    if single not in {"fail", "certainty", "adjust", "average"}:
        faults.add("unknown rule", parameter="single", expected="fail, certainty, adjust, average", got=repr(single))
    whole = np.zeros(len(found.units), dtype=bool) if known is None else known <= found.units
    lonely = (found.units == 1) & ~whole
    if single == "fail" and lonely.any():
        kind = "primary sampling unit" if psu else "respondent"
        faults.add(
            f"strata with a single {kind}",
            parameter="single",
            got=_named(found, lonely),
            expected="at least two a stratum",
            hint="collapse strata, or declare single='certainty', 'adjust' or 'average'",
        )


def _weights(found: _Found, known: IntArray | None, psu: str | None) -> tuple[FloatArray | None, FloatArray]:
    if found.weight_total is None or found.weight_low is None or found.weight_high is None:
        each = (known if known is not None else found.units) / found.units
        return each, each * found.respondents
    constant = found.weight_low == found.weight_high
    return (found.weight_low if constant.all() else None), found.weight_total
