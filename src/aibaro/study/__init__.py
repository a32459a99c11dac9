"""Everything about one survey in one frozen object, built when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aibaro._lazy import on_first_use

if TYPE_CHECKING:
    from aibaro.study._frames import comparison_frames, design_frames, precision_frames, report_frames
    from aibaro.study._headline import Headline, KeyDifference, KeyFigure, headline
    from aibaro.study._study import PARTS, Study, bounded, compared, open
    from aibaro.study._typical import Grade, typical

# name -> module of this room; loaded on first use, so that one number is explained without comparisons and bounds
_NAMES: dict[str, str] = {
    "PARTS": "_study",
    "Grade": "_typical",
    "Headline": "_headline",
    "KeyDifference": "_headline",
    "KeyFigure": "_headline",
    "Study": "_study",
    "bounded": "_study",
    "compared": "_study",
    "comparison_frames": "_frames",
    "design_frames": "_frames",
    "headline": "_headline",
    "open": "_study",
    "precision_frames": "_frames",
    "report_frames": "_frames",
    "typical": "_typical",
}

__all__ = [
    "PARTS",
    "Grade",
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
    "typical",
]

__getattr__, __dir__ = on_first_use(__name__, _NAMES)
