"""Which design do these strata, or these rows, describe?"""

from __future__ import annotations

from aibaro.design._design import COUNT_COLUMNS, Design
from aibaro.design._rows import RowDesign

__all__ = ["COUNT_COLUMNS", "Design", "RowDesign"]
