"""How many of these differences survive being looked at together?  The adjustments stand in `estimate`."""

from __future__ import annotations

from aibaro.estimate._multiplicity import METHODS, FloatArray, adjust

__all__ = ["METHODS", "FloatArray", "adjust"]
