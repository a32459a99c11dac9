"""Everything about one survey in one frozen object, built when it is asked for."""

from __future__ import annotations

from aibaro.study._comparisons import comparison_frames
from aibaro.study._frames import design_frames, report_frames
from aibaro.study._headline import Headline, KeyDifference, KeyFigure, headline
from aibaro.study._precision import precision_frames
from aibaro.study._study import PARTS, Study, bounded, compared, open

__all__ = [
    "PARTS",
    "Headline",
    "KeyDifference",
    "KeyFigure",
    "Study",
    "bounded",
    "compared",
    "comparison_frames",
    "design_frames",
    "headline",
    "open",
    "precision_frames",
    "report_frames",
]
