"""Which design do these strata, or these rows, describe?"""

from __future__ import annotations

from aibaro.design._design import COUNT_COLUMNS, Design
from aibaro.design._replicates import Replicates
from aibaro.design._rows import FurtherStage, RowDesign

__all__ = ["COUNT_COLUMNS", "Design", "FurtherStage", "Replicates", "RowDesign"]
