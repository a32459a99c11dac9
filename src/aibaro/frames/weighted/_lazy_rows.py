"""Weights of rows in an engine: a handle is an expression, and only tables of cells come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from aibaro._arguments import check_sum
from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import InputError
from aibaro.frames._engine import engine_refusals, quoted, refuse_others
from aibaro.frames.weighted._eager_rows import bad_numeric, bad_weights, check_size
from aibaro.frames.weighted.weight_cells import WeightCells, sorted_labels, square_unit
from aibaro.frames.weighted.weight_rules import Moments, Term, WeightRule

WEIGHT, PREDICTOR, VALUE, CHANGE = "_aibaro_weight", "_aibaro_u", "_aibaro_value", "_aibaro_change"


class LazyRows:
    """Rows of lazy Polars, DuckDB and other engines; a handle of weights is an expression.

    Parameters
    ----------
    frame : narwhals LazyFrame
        The rows; never changed and never collected.
    """

    def __init__(self, frame: nw.LazyFrame[Any]) -> None:
        self.frame = frame
        self.spark = frame.implementation.is_spark_like()
        self.schema = dict(frame.collect_schema())
        self.columns = tuple(self.schema)
        self._raw: dict[str, tuple[list[Any], tuple[str, ...], IntArray]] = {}

    @property
    def native(self) -> Any:
        """The user's frame."""
        return self.frame.to_native()

    def ones(self) -> nw.Expr:
        """Return every row the weight one."""
        return nw.lit(1.0)

    def column(self, name: str) -> nw.Expr:
        """Read a numeric column."""
        if not (self.schema[name].is_numeric() or self.schema[name] == nw.Boolean):
            raise InputError("not a numeric column", parameter=name, expected="numbers", got=str(self.schema[name]))
        # SQL engines refuse to turn some integers into doubles implicitly
        return self._named(name).cast(nw.Float64)

    def _named(self, name: str) -> nw.Expr:
        """Name a column; Spark takes a dot for a field of a structure unless the name is quoted."""
        return nw.col(quoted(name) if self.spark else name)

    @engine_refusals()
    def _collect(
        self, keys: Sequence[str], sums: Mapping[str, nw.Expr], *stages: Mapping[str, nw.Expr]
    ) -> dict[str, list[Any]]:
        """Aggregate in the engine; what the sums share becomes columns first, so that no engine repeats the work."""
        frame = self.frame
        refuse_others({key: self.schema[key] for key in keys})
        for stage in stages:
            frame = frame.with_columns(*(expr.alias(name) for name, expr in stage.items()))
        named = [expr.alias(name) for name, expr in sums.items()]
        own = {f"_aibaro_k{i}": key for i, key in enumerate(keys)}
        if keys:
            frame = frame.with_columns(*(self._named(key).alias(name) for name, key in own.items()))
        table = frame.group_by(*own).agg(*named) if keys else frame.select(*named)
        collected: dict[str, list[Any]] = table.collect("pyarrow").to_dict(as_series=False)
        return {own.get(name, name): values for name, values in collected.items()}

    def _coded(
        self, keys: Sequence[str], table: Mapping[str, list[Any]]
    ) -> tuple[tuple[tuple[str, ...], ...], IntArray]:
        levels, codes = [], []
        for key in keys:
            raw = list(dict.fromkeys(table[key]))
            labels, places = sorted_labels(raw, key)
            self._raw[key] = raw, labels, places
            where = dict(zip(raw, places.tolist(), strict=True))
            levels.append(labels)
            codes.append([where[v] for v in table[key]])
        shape = (len(next(iter(table.values()))), len(keys))
        return tuple(levels), np.array(codes, dtype=np.int64).T.reshape(shape)

    def cells(self, keys: Sequence[str], weight: nw.Expr, *, what: str = "weight", lowest: float = 0.0) -> WeightCells:
        """Add up weights in the cross-classification of some columns; `what` they are stands in errors."""
        w = nw.col(WEIGHT)
        counted = w.is_finite() & (w != 0)
        sums = {
            "_rows": nw.len(),
            "_n": counted.cast(nw.Int64).sum(),
            "_valid": (w.is_finite() & (w >= lowest)).cast(nw.Int64).sum(),
            "_total": w.sum(),
            "_squares": (w * w).sum(),
            "_smallest": nw.when(counted).then(w).min(),
            "_largest": nw.when(counted).then(w).max(),
        }
        table = self._collect(keys, sums, {WEIGHT: weight})
        levels, codes = self._coded(keys, table)
        order = np.lexsort(codes.T[::-1]) if len(keys) else np.arange(len(codes))
        read = {name: np.array([v or 0 for v in table[name]], dtype=float)[order] for name in sums}
        bad = int((read["_rows"] - read["_valid"]).sum())
        if bad:
            raise bad_weights(bad, what)
        check_sum(read["_total"], what)
        empty = read["_n"] == 0
        unit = square_unit(float(read["_largest"].max(initial=0.0)))
        if unit != 1:
            # squares of such weights leave the doubles: once more, divided by a power of two
            again = self._collect(keys, {"_squares": (w / unit * (w / unit)).sum()}, {WEIGHT: weight})
            _, own = self._coded(keys, again)
            placed = np.lexsort(own.T[::-1]) if len(keys) else np.arange(len(own))
            read["_squares"] = np.array([v or 0 for v in again["_squares"]], dtype=float)[placed]
        return WeightCells(
            tuple(keys),
            levels,
            codes[order],
            read["_n"].astype(np.int64),
            read["_rows"].astype(np.int64),
            read["_total"],
            read["_squares"],
            np.where(empty, np.nan, read["_smallest"]),
            np.where(empty, np.nan, read["_largest"]),
            unit,
        )

    def _place(self, key: str, wanted: Sequence[str]) -> nw.Expr:
        """Position of each row's level among the wanted ones, null for all others."""
        raw, labels, places = self._raw[key]
        at = {level: i for i, level in enumerate(wanted)}
        old = [v for v, p in zip(raw, places.tolist(), strict=True) if p >= 0 and labels[p] in at]
        new = [at[labels[p]] for p in places.tolist() if p >= 0 and labels[p] in at]
        expr: Any = nw.lit(None, nw.Int64)
        for value, place in zip(reversed(old), reversed(new), strict=True):
            expr = nw.when(self._named(key) == value).then(nw.lit(place, nw.Int64)).otherwise(expr)
        return expr  # type: ignore[no-any-return]

    def _lookup(self, term: Term) -> nw.Expr:
        if not term.keys:
            return nw.lit(float(term.values[0]))
        known = np.flatnonzero(np.isfinite(term.values))
        if len(term.keys) == 1:
            raw, labels, places = self._raw[term.keys[0]]
            value_of = {level: float(v) for level, v in zip(term.levels[0], term.values, strict=True) if np.isfinite(v)}
            expr: Any = nw.lit(None, nw.Float64)
            for value, p in zip(raw, places.tolist(), strict=True):
                if p >= 0 and labels[p] in value_of:
                    expr = nw.when(self._named(term.keys[0]) == value).then(nw.lit(value_of[labels[p]])).otherwise(expr)
            return expr  # type: ignore[no-any-return]
        position: Any = nw.lit(0, nw.Int64)
        for key, levels in zip(term.keys, term.levels, strict=True):
            position = position * len(levels) + self._place(key, levels)
        return _search(position, known, term.values)

    def _predictor(self, rule: WeightRule) -> nw.Expr:
        parts = [self._lookup(term) for term in rule.terms]
        product = rule.link == "product"
        result: Any = nw.lit(1.0) if product else nw.lit(0.0)
        for part in parts:
            result = result * part if product else result + part
        for name, coefficient in rule.numeric:
            value = self.column(name)
            power = nw.lit(1.0) / value if coefficient == -1 else value**coefficient
            result = result * power if product else result + coefficient * value
        return result  # type: ignore[no-any-return]

    def apply(self, rule: WeightRule, weight: nw.Expr) -> nw.Expr:
        """Return the expression of the new weights."""
        unread = [key for key in rule.keys if key not in self._raw]
        if unread:
            self.cells(rule.keys, weight)
        factor = self._predictor(rule)
        new = weight * (factor if rule.link == "product" else _factor(rule.link, factor, rule.bounds))
        new = new if rule.scale == 1 else new * rule.scale
        if rule.clips:
            new = new.clip(*(None if not np.isfinite(b) else b for b in rule.clip))
        return nw.when(weight == 0).then(nw.lit(0.0)).otherwise(new)

    def moments(self, cells: WeightCells, rule: WeightRule, weight: nw.Expr) -> Moments:
        """Add up w F(u) and w F'(u) with the numeric columns of a rule, in cells."""
        names = [name for name, _ in rule.numeric]
        w, u, value, change = (nw.col(c) for c in (WEIGHT, PREDICTOR, VALUE, CHANGE))
        stages = (
            {WEIGHT: weight * rule.scale, PREDICTOR: self._predictor(rule)},
            {VALUE: w * _factor(rule.link, u, rule.bounds), CHANGE: w * _slope(rule.link, u, rule.bounds)},
        )
        sums = {"_value": value.sum(), "_slope": change.sum()}
        counted = (w > 0).cast(nw.Int64)
        for i, a in enumerate(names):
            x = self.column(a)
            sums |= {
                f"_value{i}": (value * x).sum(),
                f"_slope{i}": (change * x).sum(),
                f"_size{i}": (w * x.abs()).sum(),
                f"_bad{i}": counted.sum() - (counted * x.is_finite().cast(nw.Int64)).sum(),
            }
            sums |= {f"_slope{i}_{j}": (change * x * self.column(b)).sum() for j, b in enumerate(names[: i + 1])}
        table = self._collect(cells.keys, sums, *stages)
        _, codes = self._coded(cells.keys, table)
        order = np.lexsort(codes.T[::-1]) if cells.keys else np.arange(len(codes))
        read = {name: np.array([v or 0 for v in table[name]], dtype=float)[order] for name in sums}
        bad = [a for i, a in enumerate(names) if read[f"_bad{i}"].any()]
        if bad:
            raise bad_numeric(bad)
        check_size(np.array([read[f"_size{i}"].sum() for i in range(len(names))]), names)
        q = range(len(names))
        square = np.array([[read[f"_slope{max(i, j)}_{min(i, j)}"].sum() for j in q] for i in q])
        return Moments(
            read["_value"],
            np.stack([read[f"_value{i}"] for i in q], axis=1),
            read["_slope"],
            np.stack([read[f"_slope{i}"] for i in q], axis=1),
            square,
            np.array([read[f"_size{i}"].sum() for i in q]),
        )

    def inside(
        self, cells: WeightCells, factors: FloatArray, clip: tuple[float, float], weight: nw.Expr
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Add up clipped weights f w and, of those strictly inside the bounds, w and 1, in cells."""
        grid = np.full(int(np.prod([len(level) for level in cells.levels], dtype=np.int64)), np.nan)
        position = cells.positions(cells.keys, cells.levels)
        grid[position[position >= 0]] = factors[position >= 0]
        w, scaled = nw.col(WEIGHT), nw.col(VALUE)
        clipped = scaled.clip(*(None if not np.isfinite(b) else b for b in clip))
        free = (w > 0) & (scaled > clip[0]) & (scaled < clip[1])
        stages = {WEIGHT: weight}, {VALUE: w * self._lookup(Term(cells.keys, cells.levels, grid))}
        sums = {
            "_clipped": nw.when(w > 0).then(clipped).otherwise(nw.lit(0.0)).sum(),
            "_free": nw.when(free).then(w).otherwise(nw.lit(0.0)).sum(),
            "_count": free.cast(nw.Int64).sum(),
        }
        table = self._collect(cells.keys, sums, *stages)
        _, codes = self._coded(cells.keys, table)
        order = np.lexsort(codes.T[::-1]) if cells.keys else np.arange(len(codes))
        read = [np.array([v or 0 for v in table[name]], dtype=float)[order] for name in sums]
        return read[0], read[1], read[2]

    @engine_refusals()
    def values(self, weight: nw.Expr) -> FloatArray:
        """Bring the positive weights into memory, in any order."""
        table = self.frame.select(weight.alias(WEIGHT)).collect("pyarrow")
        found = np.array(table.to_dict(as_series=False)[WEIGHT], dtype=float)
        return found[found > 0]

    def at_limit(self, clip: tuple[float, float], weight: nw.Expr) -> nw.Expr:
        """Mark the rows whose weight stands on a limit."""
        return ((weight >= clip[1]) | (weight <= clip[0])).cast(nw.Float64)

    def attach(self, name: str, weight: nw.Expr) -> Any:
        """Return the user's lazy frame with the weights as its last column."""
        return self.frame.with_columns(weight.alias(name)).to_native()

    def attach_all(self, *columns: Mapping[str, nw.Expr]) -> Any:
        """Return the user's lazy frame with further columns of numbers."""
        return self.frame.with_columns(*(e.alias(n) for part in columns for n, e in part.items())).to_native()


def _search(position: nw.Expr, known: IntArray, values: FloatArray) -> nw.Expr:
    """Look a position up by bisection, so that an engine tests log2 C conditions a row."""
    if len(known) == 0:
        return nw.lit(None, nw.Float64)
    if len(known) == 1:
        at = int(known[0])
        return nw.when(position == at).then(nw.lit(float(values[at]))).otherwise(nw.lit(None, nw.Float64))
    middle = len(known) // 2
    low, high = _search(position, known[:middle], values), _search(position, known[middle:], values)
    return nw.when(position < int(known[middle])).then(low).otherwise(high)


def _factor(link: str, u: nw.Expr, bounds: tuple[float, float]) -> nw.Expr:
    low, high = bounds
    ends = tuple(None if not np.isfinite(b) else b for b in bounds)
    if link == "logit":
        e, _ = _logit_parts(u, bounds)
        up = nw.when(u > 0)
        left = (high - 1) * up.then(e).otherwise(nw.lit(1.0))
        right = (1 - low) * up.then(nw.lit(1.0)).otherwise(e)
        return (low * left + high * right) / (left + right)
    g = 1.0 + u if link == "linear" else u.clip(None, 700.0).exp()
    return g if ends == (None, None) else g.clip(*ends)


def _slope(link: str, u: nw.Expr, bounds: tuple[float, float]) -> nw.Expr:
    low, high = bounds
    if link == "logit":
        g, (_, a) = _factor(link, u, bounds), _logit_parts(u, bounds)
        return a * (g - low) * (high - g) / (high - low)
    g = 1.0 + u if link == "linear" else u.clip(None, 700.0).exp()
    inside = (g > low) & (g < high)
    slope = nw.lit(1.0) if link == "linear" else g
    return nw.when(inside).then(slope).otherwise(nw.lit(0.0))


def _logit_parts(u: nw.Expr, bounds: tuple[float, float]) -> tuple[nw.Expr, float]:
    low, high = bounds
    a = (high - low) / ((1 - low) * (high - 1))
    return (-(a * u).abs()).exp(), a
