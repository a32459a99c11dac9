"""How does a row's weight follow from its columns?  Rules that can be kept, printed and applied again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np

from aibaro._arrays import FloatArray
from aibaro.frames.weighted.weight_cells import WeightCells

Distance = Callable[[FloatArray, float, float], tuple[FloatArray, FloatArray]]


def _linear(u: FloatArray, lower: float, upper: float) -> tuple[FloatArray, FloatArray]:
    g = 1.0 + u
    inside = (g > lower) & (g < upper)
    return np.clip(g, lower, upper), inside.astype(float)


def _raking(u: FloatArray, lower: float, upper: float) -> tuple[FloatArray, FloatArray]:
    g = np.exp(np.minimum(u, 700.0))
    inside = (g > lower) & (g < upper)
    return np.clip(g, lower, upper), np.where(inside, g, 0.0)


def _logit(u: FloatArray, lower: float, upper: float) -> tuple[FloatArray, FloatArray]:
    a = (upper - lower) / ((1 - lower) * (upper - 1))
    # divided by exp(a u) where it is large, so that neither end overflows
    e = np.exp(-np.abs(a * u))
    low, high = (upper - 1) * np.where(u > 0, e, 1.0), (1 - lower) * np.where(u > 0, 1.0, e)
    g = (lower * low + upper * high) / (low + high)
    return g, a * (g - lower) * (upper - g) / (upper - lower)


# distance -> g-weight F(u) and its derivative, for u = x'λ
DISTANCES: dict[str, Distance] = {"linear": _linear, "raking": _raking, "logit": _logit}


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over rows for q numeric auxiliaries x, with F and F' the calibration function and its derivative.

    Parameters
    ----------
    value : numpy.ndarray of float64, shape (C,)
        Σ w F in each cell.
    value_x : numpy.ndarray of float64, shape (C, q)
        Σ w F x in each cell.
    slope : numpy.ndarray of float64, shape (C,)
        Σ w F' in each cell.
    slope_x : numpy.ndarray of float64, shape (C, q)
        Σ w F' x in each cell.
    slope_xx : numpy.ndarray of float64, shape (q, q)
        Σ w F' x x' over all rows.
    size_x : numpy.ndarray of float64, shape (q,)
        Σ w |x| over all rows, the scale of residuals.
    """

    value: FloatArray
    value_x: FloatArray
    slope: FloatArray
    slope_x: FloatArray
    slope_xx: FloatArray
    size_x: FloatArray


@dataclass(frozen=True, slots=True)
class Term:
    """A number for each combination of levels of some columns.

    Parameters
    ----------
    keys : tuple of str, length K
        Columns.
    levels : tuple of tuple of str
        Levels of each column, the axes of the grid (last one fastest).
    values : numpy.ndarray of float64, shape (product of the numbers of levels,)
        The numbers; NaN for combinations that the rule does not know.
    """

    keys: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    values: FloatArray

    def of(self, cells: WeightCells) -> FloatArray:
        """Look up the number of each cell."""
        position = cells.positions(self.keys, self.levels)
        return np.where(position >= 0, self.values[np.maximum(position, 0)], np.nan)


@dataclass(frozen=True, slots=True)
class WeightRule:
    """The step from the old weight of a row to its new weight.

    Parameters
    ----------
    terms : tuple of Term
        Numbers that the levels of a row contribute.
    numeric : tuple of (str, float)
        Numeric columns with their coefficients: they contribute coefficient times value, with the link ``product`` the
        value to the power of the coefficient.
    link : {"product", "linear", "raking", "logit"}
        ``product`` multiplies the contributions; the others add them up to u and give F(u) of
        :func:`aibaro.weights._calibrate.g_weights`.
    bounds : tuple of float
        Bounds of the g-weight F(u).
    clip : tuple of float
        Bounds of the new weight itself.
    scale : float
        What old weights are multiplied by first; with calibration a power of two that brings their sum near the totals.
    """

    terms: tuple[Term, ...] = ()
    numeric: tuple[tuple[str, float], ...] = ()
    link: str = "product"
    bounds: tuple[float, float] = field(default=(-inf, inf))
    clip: tuple[float, float] = field(default=(0.0, inf))
    scale: float = 1.0

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns whose levels the rule reads."""
        return tuple(dict.fromkeys(key for term in self.terms for key in term.keys))

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the rule reads."""
        return (*self.keys, *(name for name, _ in self.numeric))

    @property
    def clips(self) -> bool:
        """Whether the new weight itself is bounded."""
        return self.clip != (0.0, inf)

    def predictor(self, cells: WeightCells) -> FloatArray:
        """Combine the contributions of the levels of each cell."""
        product = self.link == "product"
        result = np.ones(cells.size) if product else np.zeros(cells.size)
        for term in self.terms:
            result = result * term.of(cells) if product else result + term.of(cells)
        return result

    def g(self, predictor: FloatArray) -> FloatArray:
        """Turn combined contributions into factors."""
        factor = predictor if self.link == "product" else DISTANCES[self.link](predictor, *self.bounds)[0]
        return factor if self.scale == 1 else factor * self.scale

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as plain values, ready for JSON."""
        return {
            "link": self.link,
            "bounds": list(self.bounds),
            "clip": list(self.clip),
            "scale": self.scale,
            "numeric": dict(self.numeric),
            "terms": [_term_dict(term) for term in self.terms],
        }


def _term_dict(term: Term) -> dict[str, Any]:
    shape = tuple(map(len, term.levels))
    known = [np.unravel_index(i, shape) for i in np.flatnonzero(np.isfinite(term.values))] if shape else [()]
    names = ["×".join(lv[c] for lv, c in zip(term.levels, at, strict=True)) for at in known]
    values = term.values[np.isfinite(term.values)].tolist()
    return {"keys": list(term.keys), "values": dict(zip(names, values, strict=True))}
