"""What still varies when weights were calibrated: residuals of linearised values on the calibrated totals.

Residuals differ from zero outside a domain too, so that all cells of the rows are kept beside those of the domain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design, RowDesign
from aibaro.errors import FaultList, InputError
from aibaro.estimate._stages import Lower, Pairs, Stage, contributions, lower_variance, sums
from aibaro.weights import Auxiliaries

# squares below this part of what they are differences of are rounding errors: of residuals, and within a cell
NOTHING, EQUAL = 1e-22, 1e-13
# relative difference of sums below which weights are the same: another order of rows rounds otherwise
SAME = 1e-9
# numbers of one table of residuals, 32 MB
TABLE = 4_000_000


@dataclass(frozen=True, slots=True)
class NumericBlock:
    """Moments of a block with q numeric auxiliaries x, centred at c, in all cells.

    Parameters
    ----------
    before : numpy.ndarray of float, shape (C, K)
        Σ d b, with the weights d before calibration.
    before_x : numpy.ndarray of float, shape (C, K, q)
        Σ d b (x - c)'.
    cross_x : numpy.ndarray of float, shape (C, K, q)
        Σ w² b (x - c)'; zero for clustered designs.
    """

    before: FloatArray
    before_x: FloatArray
    cross_x: FloatArray


@dataclass(frozen=True, slots=True)
class Numeric:
    """Numeric auxiliaries in all cells.

    Parameters
    ----------
    centre : numpy.ndarray of float, shape (q,)
        Centres c.
    total, cross : numpy.ndarray of float, shape (C, q)
        Σ w (x - c) and Σ w² (x - c); the latter zero for clustered designs.
    square : numpy.ndarray of float, shape (C, q, q)
        Σ w² (x - c)(x - c)'.
    blocks : mapping of str to NumericBlock
        Moments with the blocks.
    """

    centre: FloatArray
    total: FloatArray
    cross: FloatArray
    square: FloatArray
    blocks: Mapping[str, NumericBlock]


@dataclass(frozen=True, slots=True)
class LinearisedMoments:
    """Moments of a linearised value u in the cells of a domain.

    Parameters
    ----------
    total, cross, square : numpy.ndarray of float, shape (c,)
        Σ w u, Σ w² u and Σ w² u²; the last two are not read for clustered designs.
    before : numpy.ndarray of float, shape (c,), or None
        Σ d u, for numeric auxiliaries.
    before_x, cross_x : numpy.ndarray of float, shape (c, q), or None
        Σ d u (x - c) and Σ w² u (x - c).
    """

    total: FloatArray
    cross: FloatArray
    square: FloatArray
    before: FloatArray | None = None
    before_x: FloatArray | None = None
    cross_x: FloatArray | None = None

    def select(self, keep: NDArray[np.bool_]) -> LinearisedMoments:
        """Keep some cells."""
        rest = (None if v is None else v[keep] for v in (self.before, self.before_x, self.cross_x))
        return LinearisedMoments(self.total[keep], self.cross[keep], self.square[keep], *rest)


@dataclass(frozen=True, slots=True)
class Calibrated:
    """All cells of rows with calibrated weights, and the steps that calibrated them.

    Parameters
    ----------
    steps : tuple of Auxiliaries
        The steps, first to last.
    stratum : numpy.ndarray of int, shape (C,)
        Stratum of each cell.
    unit : numpy.ndarray of int, shape (C,), or None
        Primary sampling unit of each cell.
    strata : int
        Number of strata H.
    weight, weight_square : numpy.ndarray of float, shape (C,)
        Σ w and Σ w² over all rows of each cell.
    cell : tuple of numpy.ndarray of int, shape (C,)
        Calibration cell of each cell, one array a step.
    place : numpy.ndarray of int, shape (c,)
        Which of all cells those of the domain are.
    numeric : Numeric or None
        Numeric auxiliaries.
    lower : tuple of Lower
        Stages of sampling below the first.
    """

    steps: tuple[Auxiliaries, ...]
    stratum: IntArray
    unit: IntArray | None
    strata: int
    weight: FloatArray
    weight_square: FloatArray
    cell: tuple[IntArray, ...]
    place: IntArray
    numeric: Numeric | None = field(default=None)
    lower: tuple[Lower, ...] = ()

    @classmethod
    def of(
        cls,
        steps: tuple[Auxiliaries, ...],
        keys: Mapping[str, NDArray[np.object_]],
        *,
        stratum: IntArray,
        unit: IntArray | None,
        strata: int,
        weight: FloatArray,
        weight_square: FloatArray,
        numeric: Numeric | None = None,
        lower: tuple[Lower, ...] = (),
    ) -> Calibrated:
        """Find the calibration cells of cells."""
        columns = {k: v.tolist() for k, v in keys.items()}
        empty = np.zeros(len(stratum), dtype=np.int64)
        cell = tuple(step.locate(columns) if step.keys else empty for step in steps)
        return cls(steps, stratum, unit, strata, weight, weight_square, cell, np.arange(len(stratum)), numeric, lower)

    def select(self, keep: NDArray[np.bool_]) -> Calibrated:
        """Restrict the cells of the domain; all cells stay."""
        return replace(self, place=self.place[keep])

    def linear(
        self, coefficients: Mapping[str, FloatArray], blocks: Mapping[str, Any], square: FloatArray
    ) -> LinearisedMoments:
        """Put the moments of a linearised value together."""

        def added(moments: Mapping[str, FloatArray]) -> FloatArray:
            return np.asarray(sum(np.einsum("ck,ck...->c...", a, moments[name]) for name, a in coefficients.items()))

        own = {name: blocks[name] for name in coefficients}
        total = added({name: b.total for name, b in own.items()})
        clustered = self.unit is not None
        cross = np.zeros_like(total) if clustered else added({name: b.square[:, :, 0] for name, b in own.items()})
        if self.numeric is None:
            return LinearisedMoments(total, cross, square)
        found = self.numeric.blocks
        before, before_x, cross_x = (
            added({name: getattr(found[name], moment)[self.place] for name in own})
            for moment in ("before", "before_x", "cross_x")
        )
        return LinearisedMoments(total, cross, square, before, before_x, cross_x)

    def contributions(
        self, linear: LinearisedMoments, level: IntArray, levels: int, stage: Stage
    ) -> tuple[Pairs, FloatArray]:
        """Return the variance that each stratum adds to each level.

        Notes
        -----
        O(C L) time in tables of bounded size, whatever the number of rows.
        """
        # residuals fill cells times levels: a table of bounded size at a time
        width = max(1, TABLE // max(len(self.stratum), 1))
        blocks, added = [], []
        for start in range(0, max(levels, 1), width):
            end = min(start + width, levels)
            mine = (level >= start) & (level < end)
            part, own, inside = self.select(mine), linear.select(mine), level[mine] - start
            constant, slope = part._fitted(own, inside, end - start)
            blocks.append(part._strata(own, inside, constant, slope, stage))
            if self.lower:
                added.append(lower_variance(self.lower, stage, part._values(own, inside, constant, slope)))
        total, square = (np.concatenate(columns, axis=1) for columns in zip(*blocks, strict=True))
        strata = self.strata
        pairs = Pairs(
            np.repeat(np.arange(strata), levels),
            np.tile(np.arange(levels), strata),
            np.zeros(0, dtype=np.int64),
            np.repeat(stage.units, levels),
            levels,
        )
        share = contributions(stage, pairs, total.ravel(), square.ravel(), np.ones(strata * levels, dtype=bool))
        if added:
            share = share + np.concatenate(added, axis=1).ravel()
        return pairs, share

    def _values(
        self, linear: LinearisedMoments, level: IntArray, constant: FloatArray, slope: FloatArray
    ) -> FloatArray:
        """Totals of the residuals in each cell and level."""
        values = _table(linear.total, self.place, level, (len(self.stratum), constant.shape[1]))
        values = values - constant * self.weight[:, None]
        return values - self._numbers().total @ slope if len(slope) else values

    def residuals(self, values: FloatArray) -> FloatArray:
        """Take from variables that are constant in cells what categorical auxiliaries explain."""
        size, levels = values.shape
        cell, level = np.tile(np.arange(size), levels), np.repeat(np.arange(levels), size)
        total = (self.weight[:, None] * values).ravel(order="F")
        everywhere = replace(self, place=cell)
        fitted, _ = everywhere._fitted(LinearisedMoments(total, total, total), level, levels)
        return np.asarray(values - fitted)

    def explained(self, linear: LinearisedMoments, level: IntArray, levels: int) -> FloatArray:
        """Part of linearised values that categorical auxiliaries explain, in all cells, shape (C, L)."""
        return self._fitted(linear, level, levels)[0]

    def _fine(self) -> tuple[IntArray, tuple[IntArray, ...]]:
        """Class of each cell that all steps treat alike, and the calibration cell of each class, one array a step."""
        codes = np.stack(self.cell, axis=1)
        unique, fine = np.unique(codes, axis=0, return_inverse=True)
        return fine.ravel().astype(np.int64), tuple(unique.T)

    def _fitted(self, linear: LinearisedMoments, level: IntArray, levels: int) -> tuple[FloatArray, FloatArray]:
        """Part of u that the auxiliaries explain: a constant for each cell and level, and slopes on x - c."""
        if self.numeric is not None:
            return self._fitted_numeric(linear, level, levels)
        fine, owner = self._fine()
        size = len(owner[0])
        left = _table(linear.total, fine[self.place], level, (size, levels))
        weight = sums(self.weight, fine, size)
        constant = np.zeros((size, levels))
        # T is linear in the last step's weights, and only what that leaves is linear in those before it
        since = np.ones(size)
        for step, cell in zip(reversed(self.steps), reversed(owner), strict=True):
            since = since * step.factors[cell]
            if not step.names:
                continue
            # weights over all later factors are those that the step started from
            part = step.fitted(sums(left / since[:, None], cell, len(step.levels)))[cell]
            constant += part
            left = left - part * weight[:, None]
        return constant[fine], np.zeros((0, levels))

    def _fitted_numeric(self, linear: LinearisedMoments, level: IntArray, levels: int) -> tuple[FloatArray, FloatArray]:
        number = next(n for n, step in enumerate(self.steps) if step.numeric)
        step, cell, centre = self.steps[number], self.cell[number], self._numbers().centre
        q = len(step.numeric)
        before, before_x = _known(linear.before), _known(linear.before_x)
        by_cell = _table(before, cell[self.place], level, (len(step.levels), levels))
        moments = step.matrix.T @ by_cell
        moments[-q:] = sums(before_x + before[:, None] * centre, level, levels).T
        coefficients = step.solve(moments)
        slope = coefficients[-q:]
        return (step.matrix @ coefficients)[cell] + centre @ slope, slope

    def _numbers(self) -> Numeric:
        found: Numeric = _known(self.numeric)
        return found

    def _strata(
        self, linear: LinearisedMoments, level: IntArray, constant: FloatArray, slope: FloatArray, stage: Stage
    ) -> tuple[FloatArray, FloatArray]:
        """Total and centred squares of the residuals over all units of each stratum and level, shape (H, L)."""
        levels = constant.shape[1]
        group = self.stratum if self.unit is None else self.unit
        size = self.strata if self.unit is None else int(self.unit.max(initial=-1)) + 1
        plain = _table(linear.total, group[self.place], level, (size, levels))
        total = plain - sums(constant * self.weight[:, None], group, size)
        if len(slope):
            total -= sums(self._numbers().total, group, size) @ slope
        if self.unit is not None:
            owner = np.zeros(size, dtype=np.int64)
            owner[self.unit] = self.stratum
            whole = sums(total, owner, self.strata)
            mean = (whole / stage.units[:, None])[owner]
            size_of = sums(np.abs(plain), owner, self.strata)
            return whole, _cleaned(sums((total - mean) ** 2, owner, self.strata), size_of)
        squares = sums(self._squares(linear, level, constant, slope), group, size)
        raw = _table(linear.square, group[self.place], level, (size, levels))
        return total, _cleaned(np.maximum(squares - total**2 / stage.units[:, None], 0.0), np.sqrt(raw))

    def _squares(
        self, linear: LinearisedMoments, level: IntArray, constant: FloatArray, slope: FloatArray
    ) -> FloatArray:
        """Σ w² e² in each cell and level, about the means of the cell, so that no digits are lost."""
        weight, own = self.weight_square, self.place
        fitted = constant
        within = np.zeros_like(constant)
        mean = linear.cross / weight[own]
        inner = linear.square - linear.cross * mean
        inner = np.where(inner > EQUAL * linear.square, inner, 0.0)
        if len(slope):
            numbers = self._numbers()
            average = numbers.cross / weight[:, None]
            spread = numbers.square - weight[:, None, None] * average[:, :, None] * average[:, None, :]
            fitted = constant + average @ slope
            within = np.einsum("kl,ckm,ml->cl", slope, spread, slope)
            shared = _known(linear.cross_x) - linear.cross[:, None] * average[own]
            inner = inner - 2 * np.einsum("ck,ck->c", shared, slope[:, level].T)
        squares = within + weight[:, None] * fitted**2
        squares[own, level] = within[own, level] + inner + weight[own] * (mean - fitted[own, level]) ** 2
        return np.maximum(squares, 0.0)


def check_current(data: Any, declared: RowDesign) -> None:
    """Refuse a design of other weights than those of a result: its residuals would be of the wrong steps."""
    own = data.calibration
    same = len(own) == len(declared.calibration) and all(map(_same_step, own, declared.calibration))
    total, squares = float(declared.weight_totals.sum()), declared.weight_squares
    after = data.after
    same_sums = abs(after.total - total) <= SAME * abs(after.total)
    if squares is not None and after.unit == 1:
        same_sums &= abs(after.squares - float(squares.sum())) <= SAME * after.squares
    # weights of a column that are taken as given need the same sums alone
    if same_sums and (same or not declared.calibration):
        return
    raise InputError(
        "the design belongs to other weights than these",
        where="aibaro.estimate",
        parameter="design",
        expected="the design of these weights",
        got="another calibration" if same_sums else "weights with other sums, or sums of squares",
        hint="result.design(...) of the result that is given as data",
    )


def check_weights(design: Design, stratum: IntArray, total: FloatArray, square: FloatArray) -> None:
    """Refuse rows whose weights are not those that the design was read from."""
    declared = design.rows
    if declared is None or declared.weight_squares is None:
        return
    faults = FaultList("the design belongs to other weights than those of the rows", where="aibaro.estimate")
    found = sums(np.stack([total, square], axis=1), stratum, design.size)
    wanted = np.stack([declared.weight_totals, declared.weight_squares], axis=1)
    with np.errstate(invalid="ignore"):
        off = (np.abs(found - wanted) > SAME * np.abs(wanted)).any(axis=1)
    for h in np.flatnonzero(off)[:8].tolist():
        faults.add(
            "another sum of weights, or of their squares",
            where=repr(design.names[h]),
            parameter=str(declared.weight),
            expected=f"{wanted[h, 0]:,.10g}, {wanted[h, 1]:,.10g}",
            got=f"{found[h, 0]:,.10g}, {found[h, 1]:,.10g}",
            hint="read the design from these rows, or take the design of these weights",
        )
    faults.raise_if_any()


def _same_step(one: Auxiliaries, other: Auxiliaries) -> bool:
    if one is other:
        return True
    names = ("keys", "levels", "names", "numeric")
    if any(getattr(one, name) != getattr(other, name) for name in names):
        return False
    arrays = ("matrix", "before", "factors")
    return all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in arrays)


def _known(value: Any) -> Any:
    if value is None:
        raise InputError("sums with numeric auxiliaries are missing", where="aibaro.estimate")
    return value


def _table(values: FloatArray, row: IntArray, column: IntArray, shape: tuple[int, int]) -> FloatArray:
    added = np.bincount(row * shape[1] + column, weights=values, minlength=shape[0] * shape[1])
    return added.astype(float).reshape(shape)


def _cleaned(squares: FloatArray, scale: FloatArray) -> FloatArray:
    """Make zero what is a rounding error beside the value itself: the totals determine the estimate."""
    return np.where(squares > NOTHING * scale**2, squares, 0.0)
