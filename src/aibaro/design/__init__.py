"""Which design do these strata, or these rows, describe?"""

from __future__ import annotations

from aibaro.design._design import COUNT_COLUMNS, Design
from aibaro.design._replicate_weights import Replicates
from aibaro.design._row_design import FurtherStage, RowDesign

__all__ = ["COUNT_COLUMNS", "Design", "FurtherStage", "Replicates", "RowDesign"]
