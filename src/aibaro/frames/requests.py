"""What may be asked of rows, and what comes back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, TextArray


@dataclass(frozen=True, slots=True)
class Product:
    """A sum over rows: Σ w^p Π (y_k - c_k), over the rows in which every named variable is present.

    Parameters
    ----------
    factors : tuple of (str, float)
        Variables and their centres.
    weight : {0, 1, 2}
        Power p of the weight.
    observed : tuple of str
        Further variables that must be present; those of `factors` always must.
    exact : bool
        Add up whole numbers as whole numbers; for small integers without weights.
    """

    factors: tuple[tuple[str, float], ...] = ()
    weight: int = 0
    observed: tuple[str, ...] = ()
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Extremes:
    """The smallest and largest value of a column in each group, and how many values are finite.

    Parameters
    ----------
    column : str
        The column.
    """

    column: str


@dataclass(frozen=True, slots=True)
class Below:
    """A sum of weights over the rows whose value does not exceed a threshold.

    Parameters
    ----------
    column : str
        The column.
    threshold : float
        The threshold, included.
    weight : {0, 1, 2}
        Power of the weight.
    """

    column: str
    threshold: float
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Present:
    """How many rows of a group have a value of a column; NaN of engines that tell it from null counts as one.

    Parameters
    ----------
    column : str
        The column.
    """

    column: str


@dataclass(frozen=True, slots=True)
class Infinite:
    """How many rows of a group hold plus or minus infinity.

    Parameters
    ----------
    column : str
        The column.
    """

    column: str


Request = Product | Extremes | Present | Below | Infinite


@dataclass(frozen=True, slots=True)
class Within:
    """Equal bins of a range of a column.

    Parameters
    ----------
    low, high : float
        The range.
    number : int
        Number of bins.
    codes : frozenset of int
        The bins.
    """

    low: float
    high: float
    number: int
    codes: frozenset[int]


@dataclass(frozen=True, slots=True)
class GroupTable:
    """Sums by group, sorted by key.

    Parameters
    ----------
    keys : mapping of str to numpy.ndarray of str, shape (G,)
        Level of each key column as text.
    count : numpy.ndarray of float, shape (G,)
        Rows of each group.
    values : mapping of str to numpy.ndarray, shape (G,)
        The sums that were asked for, by name; extremes as ``name.min``, ``name.max`` and ``name.finite``.
    levels : mapping of str to tuple of str
        Levels of each key column that occur, sorted as text.
    ranks : mapping of str to numpy.ndarray of int, shape (G,)
        Place of each group's level among `levels`.
    """

    keys: Mapping[str, TextArray]
    count: FloatArray
    values: Mapping[str, NDArray[Any]]
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ranks: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def text_of(value: Any) -> str:
    """Name a level; a missing one is the empty text."""
    if _missing(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
