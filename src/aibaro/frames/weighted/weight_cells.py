"""Which cells do the key columns cut the rows into, and how much weight lies in each?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import InputError, repeated


def label(value: Any) -> str:
    """Name a value of a key column.

    Examples
    --------
    >>> label(3.0), label(3), label("a"), label(True)
    ('3', '3', 'a', 'True')
    """
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def sorted_labels(raw: Sequence[Any], column: str) -> tuple[tuple[str, ...], IntArray]:
    """Sort the levels of a column and name them.

    Examples
    --------
    >>> sorted_labels(["b", None, "a"], "size")
    (('a', 'b'), array([ 1, -1,  0]))
    """
    there = [i for i, v in enumerate(raw) if v is not None and not (isinstance(v, float) and np.isnan(v))]
    order = sorted(there, key=lambda i: (0, raw[i], "") if isinstance(raw[i], int | float) else (1, 0, label(raw[i])))
    labels = tuple(label(raw[i]) for i in order)
    twice = repeated(labels)
    if twice:
        raise InputError(
            "different values of a column read the same",
            parameter=column,
            got=", ".join(twice),
            hint="give the column one type",
        )
    table = np.full(len(raw), -1, dtype=np.int64)
    table[order] = np.arange(len(order))
    return labels, table


# weights beyond these are divided by a power of two before they are squared, lest the squares leave the doubles
EXTREME_LOW, EXTREME_HIGH = 1e-100, 1e100


def square_unit(largest: float | None) -> float:
    """Power of two near an extreme weight, by which weights are divided before they are squared; else one.

    Examples
    --------
    >>> square_unit(25.0), square_unit(2.0**600) == 2.0**600
    (1.0, True)
    """
    if largest is None or not np.isfinite(largest) or largest <= 0 or EXTREME_LOW < largest < EXTREME_HIGH:
        return 1.0
    return float(2.0 ** np.floor(np.log2(largest)))


@dataclass(frozen=True, slots=True)
class Spread:
    """How unequal a set of weights is; rows of weight zero do not count.

    Parameters
    ----------
    n : int
        Rows with a positive weight.
    total : float
        Σ w.
    squares : float
        Σ w², of weights divided by `unit`.
    smallest, largest : float
        Extreme positive weights.
    unit : float
        One, or a power of two where weights are too large or small to be squared.
    """

    n: int
    total: float
    squares: float
    smallest: float
    largest: float
    unit: float = 1.0

    @property
    def kish_ratio(self) -> float:
        """Kish's n Σw² / (Σw)²: the price of unequal weights alone, not of stratification or clustering."""
        return self.n * self.squares / (self.total / self.unit) ** 2

    @property
    def kish_effective_n(self) -> float:
        """Rows divided by Kish's ratio (weights only)."""
        return self.n / self.kish_ratio

    @property
    def precision_loss(self) -> float:
        """Share of the effective sample that unequal weights cost, 1 - 1 / Kish's ratio."""
        return 1 - 1 / self.kish_ratio

    def to_dict(self) -> dict[str, float]:
        """Return all measures as plain numbers.

        Returns
        -------
        dict of str to float
            By the names of the fields.
        """
        return {
            "n": self.n,
            "total": self.total,
            "mean": self.total / self.n,
            "smallest": self.smallest,
            "largest": self.largest,
            "kish_ratio": self.kish_ratio,
            "kish_effective_n": self.kish_effective_n,
            "precision_loss": self.precision_loss,
        }


@dataclass(frozen=True, slots=True)
class WeightCells:
    """The occupied cells of a cross-classification of K columns.

    Parameters
    ----------
    keys : tuple of str, length K
        Columns.
    levels : tuple of tuple of str
        Labels of the levels of each column, sorted.
    codes : numpy.ndarray of int64, shape (C, K)
        Level of each cell in each column; -1 where the value is missing.
    n : numpy.ndarray of int64, shape (C,)
        Rows of each cell with a positive weight.
    rows : numpy.ndarray of int64, shape (C,)
        All rows of each cell.
    total, squares : numpy.ndarray of float64, shape (C,)
        Σ w and Σ w², the latter of weights divided by `unit`.
    smallest, largest : numpy.ndarray of float64, shape (C,)
        Extreme weights; NaN in cells without a positive weight.
    unit : float
        One, or a power of two where weights are too large or small to be squared.
    """

    keys: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: IntArray
    n: IntArray
    rows: IntArray
    total: FloatArray
    squares: FloatArray
    smallest: FloatArray
    largest: FloatArray
    unit: float = 1.0

    @property
    def size(self) -> int:
        """Number of occupied cells C."""
        return len(self.n)

    @property
    def spread(self) -> Spread:
        """Spread of all weights."""
        return self.scaled(np.ones(self.size))

    def scaled(self, factors: FloatArray) -> Spread:
        """Return the spread after all weights of each cell were multiplied by one factor."""
        kept = (self.n > 0) & (factors != 0)
        if not kept.any():
            return Spread(0, 0.0, 0.0, np.nan, np.nan)
        f = factors[kept]
        ends = np.stack([f * self.smallest[kept], f * self.largest[kept]])
        largest = float(ends.max())
        unit = square_unit(largest)
        # the power of two that factors are divided by belongs to the unit of the squares
        own = f if self.unit == unit else f * self.unit / unit
        return Spread(
            int(self.n[kept].sum()),
            float((f * self.total[kept]).sum()),
            float((own**2 * self.squares[kept]).sum()),
            float(ends.min()),
            largest,
            unit,
        )

    def positions(self, keys: Sequence[str], levels: Sequence[Sequence[str]]) -> IntArray:
        """Return the position of each cell in a full grid of other level lists."""
        position = np.zeros(self.size, dtype=np.int64)
        unknown = np.zeros(self.size, dtype=bool)
        for key, wanted in zip(keys, levels, strict=True):
            column = self.keys.index(key)
            place = {level: i for i, level in enumerate(wanted)}
            # one more entry for code -1, the missing value
            table = np.array([*(place.get(level, -1) for level in self.levels[column]), -1], dtype=np.int64)
            code = table[self.codes[:, column]]
            unknown |= code < 0
            position = position * len(wanted) + code
        return np.where(unknown, -1, position)

    def name(self, cell: int) -> str:
        """Name one cell."""
        parts = [levels[c] if c >= 0 else "missing" for levels, c in zip(self.levels, self.codes[cell], strict=True)]
        return " × ".join(parts) or "all"
