"""Rows in the frame library that holds them.

Rows stay where they are: pandas, Polars, PyArrow, DuckDB, PySpark or Ibis add
them up by group, and only the small table of sums comes back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from aibaro.errors import FaultList, InputError, first_few
from aibaro.frames._engine import (
    EXTREME_NAMES,
    WIDEST,
    check_names,
    complete_columns,
    engine_refusals,
    expressions,
    finite,
    levels_of,
    materialize,
    numbers,
    one_type,
    ordered_levels,
    plain_intervals,
    plain_objects,
    position_of,
    refuse_others,
    rounded_integers,
    taken,
    used,
    weight_of,
    with_means,
)
from aibaro.frames._engine import column as named
from aibaro.frames.requests import Extremes, GroupTable, Request, Within

_HALF = 2**20
# integers of which some lie beyond 64 signed bits, in which they are counted
_WIDE = (nw.UInt64, nw.UInt128, nw.Int128)
_LARGEST = 2.0**63
# integers whose squares still add up exactly in 64 bits over 10^9 rows
_SMALL = (nw.Boolean, nw.Int8, nw.UInt8, nw.Int16, nw.UInt16)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a survey in the frame library that holds them.

    Parameters
    ----------
    frame : narwhals.LazyFrame
        The rows; lazy ones stay lazy.
    schema : mapping of str to narwhals dtype
        Columns and their types.
    weight : str or None
        Column of weights.
    pandas : object or None
        The pandas frame behind the rows, whose columns are handed to PyArrow where a pass needs them.
    complete : frozenset of str
        Columns that are known, without a pass, to hold no null; NaN may be there.
    order : mapping of str to tuple of str
        Levels of columns whose type declares them, in their order.
    weight_scale : float
        What weights are multiplied by before they enter sums.
    """

    frame: nw.LazyFrame[Any]
    schema: Mapping[str, Any]
    weight: str | None = None
    pandas: Any = None
    complete: frozenset[str] = frozenset()
    order: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weight_scale: float = 1.0

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.schema)

    def with_weight(self, weight: str | None, scale: float = 1.0) -> Rows:
        """Name the column of weights.

        Parameters
        ----------
        weight : str or None
            The column.
        scale : float
            What weights are multiplied by before they enter sums; a power of two, for weights whose squares would
            leave the range of floating-point numbers.

        Returns
        -------
        Rows
            The same rows.
        """
        return replace(self, weight=weight, weight_scale=scale)

    @engine_refusals()
    def with_indicators(self, columns: Mapping[str, tuple[str, str | None]], kept: Sequence[str] = ()) -> Rows:
        """Add yes-or-no columns that tell whether a column holds a level.

        Parameters
        ----------
        columns : mapping of str to (str, str or None)
            For each new column the column that is read, and the level; None stands for a missing value.
        kept : sequence of str
            Columns whose missing values are an answer: no to every level, instead of missing.

        Returns
        -------
        Rows
            The rows with further columns.
        """
        frame: Any = nw.from_native(self.pandas) if self.pandas is not None else self.frame
        made = [self._indicator(*source, kept=source[0] in kept).alias(name) for name, source in columns.items()]
        frame = frame.with_columns(*made)
        native = frame.to_native() if self.pandas is not None else None
        schema = {**self.schema, **dict.fromkeys(columns, nw.Boolean())}
        return replace(self, frame=frame.lazy(), schema=schema, pandas=native)

    @engine_refusals()
    def with_products(self, columns: Mapping[str, Sequence[tuple[str, float]]]) -> Rows:
        """Add products of distances from centres, missing where a factor is.

        Parameters
        ----------
        columns : mapping of str to sequence of (str, float)
            For each new column the variables that are multiplied, and their centres.

        Returns
        -------
        Rows
            The rows with further columns.
        """
        frame: Any = nw.from_native(self.pandas) if self.pandas is not None else self.frame
        made = []
        for name, factors in columns.items():
            present = reduce(lambda a, b: a & b, [finite(self, v) for v, _ in factors])
            values = [_floats(named(self, v), self.schema[v]) - centre for v, centre in factors]
            made.append(nw.when(present).then(reduce(lambda a, b: a * b, values)).alias(name))
        frame = frame.with_columns(*made)
        native = frame.to_native() if self.pandas is not None else None
        schema = {**self.schema, **dict.fromkeys(columns, nw.Float64())}
        return replace(self, frame=frame.lazy(), schema=schema, pandas=native)

    @engine_refusals()
    def with_positive(self, column: str, name: str) -> Rows:
        """Add a yes-or-no column that tells whether a number is positive.

        Parameters
        ----------
        column : str
            The column that is read.
        name : str
            The new column.

        Returns
        -------
        Rows
            The rows with one more column.
        """
        frame: Any = nw.from_native(self.pandas) if self.pandas is not None else self.frame
        frame = frame.with_columns((named(self, column).cast(nw.Float64) > 0).fill_null(False).alias(name))
        native = frame.to_native() if self.pandas is not None else None
        return replace(self, frame=frame.lazy(), schema={**self.schema, name: nw.Boolean()}, pandas=native)

    @engine_refusals()
    def recentred(
        self,
        keys: Sequence[str],
        columns: Mapping[str, tuple[str, str]],
        weight: tuple[str, str],
        *,
        keep: Sequence[str] = (),
    ) -> Rows:
        """Add columns that are measured from their mean in each group, and weights as multiples of theirs.

        Parameters
        ----------
        keys : sequence of str
            Key columns of the groups.
        columns : mapping of str to (str, str)
            For each column the name of its distance from the centre of its group, and the name of the centre; missing
            values stay missing.
        weight : tuple of str
            Name of the column of weights over their mean in the group, and of that mean; without weights both are 1.
        keep : sequence of str
            Further columns that stay.

        Returns
        -------
        Rows
            The rows with these columns and the keys; the first name of `weight` is their column of weights.

        Notes
        -----
        Integers are measured from a whole number, in integers, so that those beyond 2^53 lose nothing.
        """
        weights = [] if self.weight is None else [self.weight]
        frame: Any = self._columns([*keys, *keep, *columns, *weights], integers=True)
        part = [f"aibaro_g{i}" for i in range(max(len(keys), 1))]
        groups = [self._key(k).cast(nw.String).fill_null("").alias(n) for k, n in zip(keys, part, strict=False)]
        names = {column: (f"aibaro_m{i}", f"aibaro_f{i}") for i, column in enumerate(columns)}
        derived = [named(self, column).alias(column) for column in dict.fromkeys([*keys, *keep, *weights])]
        for column, (masked, number) in names.items():
            kind = nw.Int64 if self.is_whole(column) else nw.Float64
            present = nw.when(finite(self, column))
            derived += [present.then(named(self, column).cast(kind)).alias(masked)]
            derived += [present.then(_floats(named(self, column).cast(kind), kind)).alias(number)]
        frame = frame.select(*derived, *(groups or [nw.lit("").alias(part[0])]))
        centres = {number: f"{number}c" for _, number in names.values()}
        if weights:
            frame = frame.with_columns(named(self, weights[0]).cast(nw.Float64).alias("aibaro_w"))
            centres["aibaro_w"] = weight[1]
        frame = with_means(frame, part, centres)
        made: list[nw.Expr] = []
        for column, (distance, centre) in columns.items():
            masked, number = names[column]
            if self.is_whole(column):
                whole = nw.col(f"{number}c").round(0).cast(nw.Int64)
                made += [
                    _floats(nw.col(masked) - whole, nw.Int64).alias(distance),
                    _floats(whole, nw.Int64).alias(centre),
                ]
            else:
                made += [(nw.col(masked) - nw.col(f"{number}c")).alias(distance), nw.col(f"{number}c").alias(centre)]
        if weights:
            mean = nw.col(weight[1])
            ratio = named(self, weights[0]).cast(nw.Float64) / nw.when(mean > 0).then(mean).otherwise(nw.lit(1.0))
            made.append(ratio.alias(weight[0]))
        else:
            made += [nw.lit(1.0).alias(name) for name in weight]
        frame = frame.with_columns(*made)
        further = [*weight, *(name for pair in columns.values() for name in pair)]
        schema = {**{key: self.schema[key] for key in (*keys, *keep)}, **dict.fromkeys(further, nw.Float64())}
        return Rows(frame, schema, weight[0], order=self.order)

    def _key(self, column: str) -> nw.Expr:
        """A key column, in which NaN and infinities are null."""
        value = named(self, column)
        if self.schema[column] in WIDEST:
            return value.cast(nw.String)
        return nw.when(finite(self, column)).then(value) if self.schema[column].is_float() else value

    def _indicator(self, column: str, level: str | None, *, kept: bool) -> nw.Expr:
        present = finite(self, column)
        if level is None:
            return ~present
        value = named(self, column)
        if self.is_boolean(column):
            same = value == (level == "True")
        elif self.is_numeric(column):
            same = value.cast(nw.Float64) == float(level)
        else:
            same = value.cast(nw.String) == level
        return same.fill_null(False) if kept else nw.when(present).then(same)

    def _columns(self, names: Iterable[str], *, integers: bool = False) -> nw.LazyFrame[Any]:
        """Rows with the columns of one pass; those of pandas through PyArrow, which adds up in several threads."""
        needed = list(dict.fromkeys(names))
        if self.pandas is None or not needed:
            return self.frame if integers else rounded_integers(self.frame, needed)
        import pyarrow

        with one_type(needed):
            # naming the columns leaves them where they are: a frame of them would be a copy
            table = pyarrow.Table.from_pandas(self.pandas, columns=needed, preserve_index=False)
        narrow: nw.LazyFrame[Any] = nw.from_native(table).lazy()
        # objects of Python show only now what they are
        found = narrow.collect_schema().items()
        refuse_others({name: kind for name, kind in found if kind.is_nested() or kind == nw.Binary})
        return narrow if integers else rounded_integers(narrow, needed)

    def is_small(self, column: str) -> bool:
        """Tell whether a column holds yes-or-no values or integers of at most 16 bits.

        Parameters
        ----------
        column : str
            The column.

        Returns
        -------
        bool
            True when sums of its squares are exact in 64 bits.
        """
        return self.schema[column] in _SMALL

    def is_whole(self, column: str) -> bool:
        """Tell whether a column holds integers.

        Parameters
        ----------
        column : str
            The column.

        Returns
        -------
        bool
            True for an integer type.
        """
        return bool(self.schema[column].is_integer())

    def is_boolean(self, column: str) -> bool:
        """Tell whether a column holds yes-or-no values.

        Parameters
        ----------
        column : str
            The column.

        Returns
        -------
        bool
            True for a boolean type.
        """
        return bool(self.schema[column] == nw.Boolean)

    def is_numeric(self, column: str) -> bool:
        """Tell whether a column holds numbers or yes-or-no values.

        Parameters
        ----------
        column : str
            The column.

        Returns
        -------
        bool
            True for numbers and booleans.
        """
        kind = self.schema[column]
        return bool(kind.is_numeric() or kind == nw.Boolean)

    def require(self, columns: Iterable[str], *, parameter: str, numeric: bool = False) -> None:
        """Refuse columns that are not there or not numbers.

        Parameters
        ----------
        columns : iterable of str
            Columns needed.
        parameter : str
            Argument that named them.
        numeric : bool
            Whether they must hold numbers.

        Raises
        ------
        InputError
            With every column that is missing or of a wrong type.
        """
        faults = FaultList("the rows lack what is needed", where="rows")
        columns = list(columns)
        hint = "convert it in your frame first"
        if parameter == "item":
            hint = "shares of answers are those of a proportion; numbers that are text need a conversion"
        for column in columns:
            if column not in self.schema:
                faults.add("unknown column", parameter=parameter, got=repr(column), expected=first_few(self.columns))
            elif numeric and not self.is_numeric(column):
                faults.add(
                    "not a column of numbers",
                    parameter=parameter,
                    expected="a numeric or boolean column",
                    got=f"{column}: {self.schema[column]}",
                    hint=hint,
                )
            elif numeric and self.schema[column] in _WIDE:
                largest = self._largest(column)
                if largest >= _LARGEST:
                    faults.add(
                        "integers that 64 signed bits do not hold",
                        parameter=parameter,
                        expected="below 2^63",
                        got=f"{column}: {largest:.0f}",
                        hint="subtract a number from them, or convert them to floating-point numbers, in your frame",
                    )
        faults.raise_if_any()
        refuse_others({column: self.schema[column] for column in columns}, parameter)

    def _largest(self, column: str) -> float:
        """The largest distance from zero, in floating-point numbers; 0 where no value is present."""
        value = named(self, column).cast(nw.Float64).abs().max().alias("largest")
        found = numbers(materialize(self._columns([column]).select(value)).column("largest"))[0]
        return float(np.nan_to_num(found))

    def finite_range(self, column: str) -> tuple[float, float]:
        """Return the smallest and the largest finite value of a column.

        Parameters
        ----------
        column : str
            The column.

        Returns
        -------
        tuple of float
            Smallest and largest value.

        Raises
        ------
        InputError
            When no value is finite.
        """
        value = nw.when(finite(self, column)).then(named(self, column).cast(nw.Float64)).alias("aibaro_v")
        narrow = self._columns([column]).select(value)
        ends = [nw.col("aibaro_v").min().alias("low"), nw.col("aibaro_v").max().alias("high")]
        table = materialize(narrow.select(*ends))
        low, high = (float(numbers(table.column(name))[0]) for name in ("low", "high"))
        if not math.isfinite(low):
            raise InputError("no value is present", where="rows", parameter=column, expected="at least one number")
        return low, high

    @engine_refusals()
    def bins(
        self,
        column: str,
        keys: Sequence[str],
        segments: Sequence[tuple[float, float]],
        number: int,
        *,
        within: Within | None = None,
    ) -> GroupTable:
        """Add up weights in equal bins of segments of a column.

        Parameters
        ----------
        column : str
            The column; missing values fall in no bin.
        keys : sequence of str
            Key columns.
        segments : sequence of (float, float)
            Disjoint segments, both ends included.
        number : int
            Bins of each segment.
        within : Within, optional
            Bins of an earlier step that hold all segments; other rows are dropped first.

        Returns
        -------
        GroupTable
            One row per group of keys and bin: ``bin`` (segment times `number` plus bin), ``weight``, ``v.min`` and
            ``v.max``, the smallest and largest value that occurs.

        Notes
        -----
        One pass; the number of groups is bounded by keys times segments times bins.
        """
        value = named(self, column).cast(nw.Float64)
        present = finite(self, column)
        weights = [] if self.weight is None else [self.weight]
        frame = self._columns([column, *keys, *weights]).filter(present)
        if within is not None:
            coarse = position_of(value, within.low, within.high, within.number)
            frame = frame.filter(coarse.is_in(sorted(float(c) for c in within.codes)))
        code: nw.Expr = nw.lit(-1.0)
        for index, (low, high) in enumerate(segments):
            position = position_of(value, low, high, number) + float(index * number)
            code = nw.when((value >= low) & (value <= high)).then(position).otherwise(code)
        weight = nw.lit(1.0) if self.weight is None else weight_of(self, self.weight)
        names = [f"aibaro_k{i}" for i in range(len(keys))]
        derived = [named(self, k).alias(n) for k, n in zip(keys, names, strict=True)]
        narrow = frame.select(
            *derived, code.cast(nw.Int64).alias("aibaro_b"), value.alias("aibaro_v"), weight.alias("aibaro_w")
        )
        wanted = narrow.filter(nw.col("aibaro_b") >= 0)
        grouped = wanted.group_by(*names, "aibaro_b").agg(
            nw.len().alias("aibaro_n"),
            nw.col("aibaro_w").sum().alias("weight"),
            nw.col("aibaro_v").min().alias("low"),
            nw.col("aibaro_v").max().alias("high"),
        )
        table = materialize(grouped)
        found = {k: levels_of(table.column(n)) for k, n in zip(keys, names, strict=True)}
        levels = {k: taken(*level) for k, level in found.items()}
        code_found = numbers(table.column("aibaro_b"))
        order = np.lexsort([code_found, *[rank for _, rank in reversed(found.values())]])
        values = {
            "bin": code_found,
            "weight": numbers(table.column("weight")),
            "v.min": numbers(table.column("low")),
            "v.max": numbers(table.column("high")),
        }
        count = numbers(table.column("aibaro_n")).astype(float)
        return GroupTable(
            {k: v[order] for k, v in levels.items()}, count[order], {k: v[order] for k, v in values.items()}
        )

    def group(
        self,
        keys: Sequence[str],
        requests: Mapping[str, Request],
        *,
        optional: Sequence[str] = (),
    ) -> GroupTable:
        """Add up rows by group, in the engine that holds them.

        Parameters
        ----------
        keys : sequence of str
            Key columns; none makes one group of all rows.
        requests : mapping of str to Product, Extremes or Present
            What is asked, by name.
        optional : sequence of str
            Key columns that may be null, NaN or infinite; such a level is the empty text.

        Returns
        -------
        GroupTable
            One row per group, sorted by key.

        Raises
        ------
        InputError
            When a key is null; the error names its column.

        Notes
        -----
        One pass.  Time is that of the engine's own group-by; memory is that of the groups.
        """
        names = {key: f"aibaro_k{i}" for i, key in enumerate(keys)}
        derived = [self._key(key).alias(names[key]) for key in keys]
        aggregates: list[nw.Expr] = [nw.len().alias("aibaro_n")]
        built: dict[Any, str] = {}
        for name, request in requests.items():
            for column, expression, reduce_by in expressions(self, name, request):
                if expression is not None:
                    built[column] = column
                    derived.append(expression.alias(column))
                aggregates.append(getattr(nw.col(column), reduce_by)().alias(f"{column}_{reduce_by}"))
        return self._collect(names, derived, aggregates, requests, optional=optional)

    @engine_refusals()
    def _collect(
        self,
        names: Mapping[str, str],
        derived: list[nw.Expr],
        aggregates: list[nw.Expr],
        requests: Mapping[str, Request],
        *,
        optional: Sequence[str],
    ) -> GroupTable:
        frame = self._columns([*names, *used(self, requests)])
        if names:
            narrow = frame.select(*derived)
            grouped = narrow.group_by(*names.values(), drop_null_keys=False).agg(*aggregates)
        else:
            narrow = frame.select(*derived, nw.lit(1).alias("aibaro_k")) if derived else frame
            grouped = narrow.select(*aggregates)
        table = materialize(grouped)
        found = {key: levels_of(table.column(column)) for key, column in names.items()}
        for key, (levels, _) in found.items():
            if key not in optional and "" in levels:
                raise InputError(
                    "a key is missing in some rows",
                    where="rows",
                    parameter=key,
                    expected="a level in every row",
                    got="null or NaN",
                    hint="drop these rows or give them a level of their own",
                )
        keys = {key: taken(*level) for key, level in found.items()}
        ranks = [rank for _, rank in reversed(found.values())]
        order = np.lexsort(ranks) if ranks else np.arange(table.num_rows)
        count = numbers(table.column("aibaro_n"))[order].astype(float)
        values: dict[str, NDArray[Any]] = {}
        for name, request in requests.items():
            for column, _, reduce_by in expressions(self, name, request):
                label = name
                if isinstance(request, Extremes):
                    label = f"{name}.{EXTREME_NAMES[column[-1] + reduce_by]}"
                values[label] = numbers(table.column(f"{column}_{reduce_by}"))[order]
        return GroupTable(
            {k: v[order] for k, v in keys.items()},
            count,
            values,
            {k: tuple(levels) for k, (levels, _) in found.items()},
            {k: rank[order] for k, (_, rank) in found.items()},
        )


def _floats(value: nw.Expr, kind: Any) -> nw.Expr:
    """Numbers as floating-point ones; integers in two parts, because some engines refuse what 53 bits do not hold."""
    if kind != nw.Int64:
        return value.cast(nw.Float64)
    high = value // _HALF
    return high.cast(nw.Float64) * float(_HALF) + (value - high * _HALF).cast(nw.Float64)


def read(data: Any) -> Rows:
    """Take rows from any frame library, without copying them.

    Parameters
    ----------
    data : frame
        A pandas, Polars (eager or lazy), PyArrow, DuckDB, PySpark or Ibis table.

    Returns
    -------
    Rows
        The rows.

    Raises
    ------
    InputError
        When the object is none of these.

    Examples
    --------
    >>> import pandas as pd
    >>> read(pd.DataFrame({"size": ["s", "l"], "uses_ai": [True, False]})).columns
    ('size', 'uses_ai')
    """
    if isinstance(data, Rows):
        return data
    check_names(data)
    try:
        frame: Any = nw.from_native(data)
    except TypeError as error:
        raise InputError(
            "not a table of rows",
            parameter="data",
            got=type(data).__name__,
            expected="a pandas, Polars, PyArrow, DuckDB, PySpark or Ibis table",
            hint="its frame: .frame" if hasattr(type(data), "frame") else "",
        ) from error
    if isinstance(frame, nw.Series):
        raise InputError("not a table of rows", parameter="data", expected="a frame", got="a series")
    if frame.implementation.is_pandas():
        frame = nw.from_native(plain_intervals(frame.to_native()))
    frame = plain_objects(frame)
    lazy = frame.lazy()
    native = frame.to_native() if frame.implementation.is_pandas() else None
    schema = dict(lazy.collect_schema())
    return Rows(lazy, schema, pandas=native, complete=complete_columns(frame), order=ordered_levels(frame, schema))
