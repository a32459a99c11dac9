"""How does a row's weight follow from its columns?  Rules that can be kept, printed and applied again."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np

from aibaro._arrays import FloatArray
from aibaro.frames.weighted.cells import WeightCells
from aibaro.frames.weighted.distances import DISTANCES


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
