"""Everything about one survey in one frozen object, built when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aibaro._lazy import on_first_use

if TYPE_CHECKING:
    from aibaro.study._frames import comparison_frames, design_frames, precision_frames, report_frames
    from aibaro.study._grades import verify_grades, write_grades
    from aibaro.study._headline import Headline, KeyDifference, KeyFigure, KeySpread, headline
    from aibaro.study._study import PARTS, Study, bounded, compared, open
    from aibaro.study._typical import DrawnSpread, typical, typical_claims, typical_error

__all__ = [
    "PARTS",
    "DrawnSpread",
    "Headline",
    "KeyDifference",
    "KeyFigure",
    "KeySpread",
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
    "typical_claims",
    "typical_error",
    "verify_grades",
    "write_grades",
]

# loaded on first use, so that one number is explained without comparisons and bounds
__getattr__, __dir__ = on_first_use(__name__)
