"""Sums that a step of calibration needs from the rows."""

from __future__ import annotations

from dataclasses import dataclass

from aibaro._arrays import FloatArray


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
