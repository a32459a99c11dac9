"""How should the next wave be drawn, and which change would it notice?"""

from __future__ import annotations

from aibaro.planning._allocation import METHODS, Allocation, allocate, required_size
from aibaro.planning._change import DetectableChange, detectable_change

__all__ = [
    "METHODS",
    "Allocation",
    "DetectableChange",
    "allocate",
    "detectable_change",
    "required_size",
]
