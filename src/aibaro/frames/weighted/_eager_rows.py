"""Weights of rows in memory: codes of the key columns once, then arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aibaro._arguments import check_sum
from aibaro._arrays import FloatArray
from aibaro.errors import InputError
from aibaro.frames._engine import WIDEST, one_type, refuse_others
from aibaro.frames.weighted.weight_cells import WeightCells, sorted_labels, square_unit
from aibaro.frames.weighted.weight_rules import DISTANCES, Moments, WeightRule

# codes are as narrow as they can be: memory rules the time of a pass
Codes = np.ndarray[Any, np.dtype[Any]]

# range of whole numbers that are coded by counting instead of hashing
NARROW = 100_000


class EagerRows:
    """Rows of pandas, Polars or PyArrow; a handle of weights is an array in row order.

    Parameters
    ----------
    frame : narwhals DataFrame
        The rows; never changed.
    """

    def __init__(self, frame: nw.DataFrame[Any]) -> None:
        self.frame = frame
        self.columns = tuple(frame.columns)
        self._coded: dict[str, tuple[tuple[str, ...], Codes]] = {}
        self._grouped: dict[tuple[str, ...], tuple[Codes, Codes]] = {}

    @property
    def native(self) -> Any:
        """The user's frame."""
        return self.frame.to_native()

    def ones(self) -> FloatArray:
        """Return every row the weight one, without storing it a row."""
        return np.broadcast_to(np.ones(()), (len(self.frame),))

    def column(self, name: str) -> FloatArray:
        """Read a numeric column; missing values become NaN."""
        series = self.frame[name]
        if not (series.dtype.is_numeric() or series.dtype == nw.Boolean):
            raise InputError("not a numeric column", parameter=name, expected="numbers", got=str(series.dtype))
        if series.dtype in (nw.Int64, nw.UInt64):
            # integers beyond 2^53 are rounded, as other engines do
            return np.asarray(pc.cast(series.to_arrow(), "float64", safe=False).to_numpy(zero_copy_only=False))
        return np.asarray(series.cast(nw.Float64).to_numpy(), dtype=float)

    def _code(self, key: str) -> tuple[tuple[str, ...], Codes]:
        """Labels of the levels of a column, and the level of each row; -1 where it is missing."""
        if key not in self._coded:
            series = _plain(self.frame[key])
            refuse_others({key: series.dtype})
            found = _whole_numbers(series, key) if series.dtype.is_integer() else None
            with one_type([key]):
                self._coded[key] = found or _dictionary(series.to_arrow(), key)
        return self._coded[key]

    def _group(self, keys: tuple[str, ...]) -> tuple[Codes, Codes]:
        """Codes of the occupied cells, shape (C, K), and the cell of each row."""
        if keys not in self._grouped:
            coded = [self._code(key) for key in keys]
            # one more place, in front, where a column has missing values
            gaps = [int(len(codes) > 0 and codes.min() < 0) for _, codes in coded]
            widths = [len(labels) + gap for (labels, _), gap in zip(coded, gaps, strict=True)]
            grid = math.prod(widths)
            if grid > 2**62:
                raise InputError("too many combinations of levels", parameter=", ".join(keys), got=f"{grid:.3g}")
            code: Codes = np.zeros(len(self.frame), dtype=np.int32 if grid < 2**31 else np.int64)
            for place, ((_, own), gap, width) in enumerate(zip(coded, gaps, widths, strict=True)):
                if place:
                    code *= width
                code += own
                if gap:
                    code += 1
            occupied, cell = _compress(code, grid)
            codes = np.zeros((1, 0), dtype=np.int64)
            if keys:
                codes = np.stack(np.unravel_index(occupied, widths), axis=1).astype(np.int64) - np.array(gaps)
            self._grouped[keys] = codes, cell
        return self._grouped[keys]

    def cells(
        self, keys: Sequence[str], weight: FloatArray, *, what: str = "weight", lowest: float = 0.0
    ) -> WeightCells:
        """Add up weights in the cross-classification of some columns; `what` they are stands in errors."""
        codes, cell = self._group(tuple(keys))
        size = len(codes)
        # one number that stands for all rows needs no pass over them
        seen = weight[:1] if _is_constant(weight) else weight
        valid = np.isfinite(seen) & (seen >= lowest)
        if not valid.all():
            raise bad_weights(int((~valid).sum()), what)
        rows = np.bincount(cell, minlength=size)
        counted = seen != 0
        check_sum(weight, what)
        unit = square_unit(float(seen.max(initial=0.0)))
        equal = float(seen[0]) if len(seen) and seen[0] > 0 and (seen == seen[0]).all() else None
        if equal is not None:
            n, total, squares = rows, rows.astype(float) * equal, rows.astype(float) * (equal / unit) ** 2
            smallest, largest = np.full(size, equal), np.full(size, equal)
        else:
            n = rows if counted.all() else np.bincount(cell, counted, minlength=size).astype(np.int64)
            total = _sums(cell, weight, size)
            scaled = weight if unit == 1 else weight / unit
            squares = _sums(cell, scaled * scaled, size)
            smallest, largest = np.full(size, np.inf), np.full(size, -np.inf)
            np.minimum.at(smallest, cell, np.where(counted, weight, np.inf))
            np.maximum.at(largest, cell, np.where(counted, weight, -np.inf))
        empty = n == 0
        return WeightCells(
            tuple(keys),
            tuple(self._code(k)[0] for k in keys),
            codes,
            n,
            rows,
            total,
            squares,
            np.where(empty, np.nan, smallest),
            np.where(empty, np.nan, largest),
            unit,
        )

    def apply(self, rule: WeightRule, weight: FloatArray) -> FloatArray:
        """Return the new weights of all rows."""
        cells = self._labelled(rule.keys)
        predictor = rule.predictor(cells)
        _, cell = self._group(rule.keys)
        if rule.numeric:
            u = predictor[cell]
            for name, coefficient in rule.numeric:
                value = self.column(name)
                u = u * value**coefficient if rule.link == "product" else u + coefficient * value
            factor = rule.g(u)
        elif rule.keys and _is_constant(weight) and len(weight) and weight[0] != 0:
            by_cell = rule.g(predictor) * weight[0]
            result: FloatArray = (np.clip(by_cell, *rule.clip) if rule.clips else by_cell)[cell]
            return result
        else:
            factor = rule.g(predictor)[cell] if rule.keys else np.broadcast_to(rule.g(predictor), weight.shape)
        new = np.where(weight == 0, 0.0, weight * factor)
        if rule.clips:
            new = np.where(weight == 0, 0.0, np.clip(new, *rule.clip))
        return new

    def _labelled(self, keys: tuple[str, ...]) -> WeightCells:
        codes, _ = self._group(keys)
        none, nothing = np.zeros(len(codes)), np.zeros(len(codes), dtype=np.int64)
        return WeightCells(keys, tuple(self._code(k)[0] for k in keys), codes, nothing, nothing, none, none, none, none)

    def moments(self, cells: WeightCells, rule: WeightRule, weight: FloatArray) -> Moments:
        """Add up w F(u) and w F'(u) with the numeric columns of a rule, in cells."""
        names = [name for name, _ in rule.numeric]
        _, cell = self._group(cells.keys)
        counted = weight > 0
        x = np.stack([np.where(counted, self.column(n), 0.0) for n in names], axis=1)
        if not np.isfinite(x).all():
            bad = [n for n, c in zip(names, x.T, strict=True) if not np.isfinite(c).all()]
            raise bad_numeric(bad)
        with np.errstate(over="ignore"):
            sizes = np.abs(x).T @ (weight * rule.scale)
        check_size(sizes, names)
        u = rule.predictor(cells)[cell] + x @ np.array([c for _, c in rule.numeric])
        factor, slope = DISTANCES[rule.link](np.where(counted, u, 0.0), *rule.bounds)
        scaled = weight * rule.scale
        value, change = scaled * factor, scaled * slope
        size, q = cells.size, len(names)
        m1 = np.stack([_sums(cell, value * x[:, j], size) for j in range(q)], axis=1)
        h1 = np.stack([_sums(cell, change * x[:, j], size) for j in range(q)], axis=1)
        h2 = (x * change[:, None]).T @ x
        sums = _sums(cell, value, size), _sums(cell, change, size)
        return Moments(sums[0], m1, sums[1], h1, h2, sizes)

    def inside(
        self, cells: WeightCells, factors: FloatArray, clip: tuple[float, float], weight: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Add up clipped weights f w and, of those strictly inside the bounds, w and 1, in cells."""
        _, cell = self._group(cells.keys)
        scaled = weight * factors[cell]
        clipped = np.where(weight == 0, 0.0, np.clip(scaled, *clip))
        free = (scaled > clip[0]) & (scaled < clip[1])
        return (
            _sums(cell, clipped, cells.size),
            _sums(cell, np.where(free, weight, 0.0), cells.size),
            _sums(cell, free & (weight > 0), cells.size),
        )

    def values(self, weight: FloatArray) -> FloatArray:
        """Return the positive weights, in any order."""
        return np.asarray(weight[weight > 0], dtype=float)

    def at_limit(self, clip: tuple[float, float], weight: FloatArray) -> FloatArray:
        """Mark the rows whose weight stands on a limit."""
        return ((weight >= clip[1]) | (weight <= clip[0])).astype(float)

    def attach(self, name: str, weight: FloatArray) -> Any:
        """Return the user's frame with the weights as its last column."""
        backend = nw.get_native_namespace(self.frame)
        series = nw.new_series(name, weight, nw.Float64, backend=backend)
        return self.frame.with_columns(series).to_native()

    def attach_all(self, *columns: Mapping[str, FloatArray]) -> Any:
        """Return the user's frame with further columns of numbers, all at once."""
        backend = nw.get_native_namespace(self.frame)
        made = [nw.new_series(n, v, nw.Float64, backend=backend) for part in columns for n, v in part.items()]
        if self.frame.implementation.is_pandas():
            import pandas as pd

            native = self.frame.to_native()
            more = pd.DataFrame({n: np.asarray(v) for part in columns for n, v in part.items()}, index=native.index)
            return pd.concat([native, more], axis=1)
        return self.frame.with_columns(*made).to_native()


def _whole_numbers(series: Any, key: str) -> tuple[tuple[str, ...], Codes] | None:
    """Code whole numbers of a narrow range by counting; None where values are missing or far apart."""
    if series.null_count():
        return None
    values = series.to_numpy()
    low, high = int(values.min()), int(values.max())
    if high - low > NARROW:
        return None
    place = values if low == 0 else values - low
    raw = np.flatnonzero(np.bincount(place, minlength=high - low + 1))
    labels, table = sorted_labels([int(v) + low for v in raw], key)
    if len(raw) == high - low + 1:
        # every number of the range occurs: its place is its code
        return labels, place.astype(np.int32)
    wide = np.zeros(high - low + 1, dtype=np.int32)
    wide[raw] = table
    return labels, wide[place]


def _plain(series: nw.Series[Any]) -> nw.Series[Any]:
    """Turn intervals, as `pandas.cut` makes them, and integers of 128 bits into the text that they print as."""
    if series.dtype in WIDEST:
        return series.cast(nw.String)
    if not series.implementation.is_pandas():
        return series
    kind = series.to_native().dtype
    categories = getattr(kind, "categories", None)
    if not str(getattr(categories, "dtype", kind)).startswith("interval"):
        return series
    texts = series.to_native().astype(object)
    return nw.from_native(texts.where(texts.isna(), texts.map(str)), series_only=True)


def _dictionary(array: Any, key: str) -> tuple[tuple[str, ...], Codes]:
    if isinstance(array, pa.ChunkedArray):
        array = array.unify_dictionaries() if pa.types.is_dictionary(array.type) else array
        array = array.combine_chunks()
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    raw = array.dictionary.to_pylist()
    missing = array.indices.null_count > 0
    index = (array.indices.fill_null(len(raw)) if missing else array.indices).to_numpy(zero_copy_only=False)
    seen = np.bincount(index, minlength=len(raw) + 1)[: len(raw)] > 0
    labels, table = sorted_labels([v if s else None for v, s in zip(raw, seen, strict=True)], key)
    return labels, np.append(table, -1).astype(np.int32)[index]


def _is_constant(weight: FloatArray) -> bool:
    """Whether one stored number stands for all rows."""
    return weight.strides == (0,)


def _sums(cell: Codes, values: Any, size: int) -> FloatArray:
    return np.bincount(cell, values, minlength=size).astype(float)


def _compress(code: Codes, grid: int) -> tuple[Codes, Codes]:
    if grid <= max(4 * len(code), 1 << 16):
        occupied = np.flatnonzero(np.bincount(code, minlength=grid))
        if len(occupied) == grid:
            return occupied, code
        table = np.zeros(grid, dtype=np.int32)
        table[occupied] = np.arange(len(occupied))
        return occupied, table[code]
    occupied, cell = np.unique(code, return_inverse=True)
    return occupied, cell


def bad_weights(count: int, what: str) -> InputError:
    """Build the error for weights that are missing, negative or not finite."""
    return InputError(
        "values that are missing, negative or not finite",
        parameter=what,
        expected="numbers >= 0",
        got=f"{count:,} rows",
        hint="drop these rows, or correct their values",
    )


def check_size(sizes: FloatArray, names: Sequence[str]) -> None:
    """Refuse auxiliaries whose squares would be no numbers."""
    for name, size in zip(names, sizes, strict=True):
        check_sum(np.array([size]), name, 1e150)


def bad_numeric(names: Sequence[str]) -> InputError:
    """Build the error for auxiliaries with missing values."""
    return InputError(
        "numeric auxiliaries with missing or infinite values",
        parameter=", ".join(names),
        expected="a finite number in every row of positive weight",
        hint="impute them, or drop these rows before calibration",
    )
