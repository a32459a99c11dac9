"""The g-weights of the three calibration distances, for arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aibaro._arrays import FloatArray

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
