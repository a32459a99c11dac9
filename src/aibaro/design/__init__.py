"""Which design do these strata, or these rows, describe?"""

from __future__ import annotations

from aibaro.design.rows import RowDesign
from aibaro.design.strata import COUNT_COLUMNS, Design

__all__ = ["COUNT_COLUMNS", "Design", "RowDesign"]
