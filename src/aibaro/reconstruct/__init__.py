"""Which stratum counts are consistent with print?  Bounds over all of them, never one invented table.

The unpublished counts of a stratified survey are whole numbers, and every printed percentage is a linear constraint
on them.  This room builds the constraints from the tables of a survey, bounds standard errors and other quantities
over all consistent counts, and finds numbers that cannot hold together.  Solvers are loaded when they are used.
"""

from __future__ import annotations

from aibaro.reconstruct._bounds import Bounder, Effort, RowBounds, further
from aibaro.reconstruct._centre import Centre, centre
from aibaro.reconstruct._conflict import (
    Attainability,
    CountConflict,
    DetectionLimit,
    attainability,
    detection_limit,
    irreducible,
)
from aibaro.reconstruct._covering_intervals import bounds_with_intervals, conservative_limits
from aibaro.reconstruct._dual import DualBounds
from aibaro.reconstruct._quantities import LinearQuantity, Range, difference_of, quantity_range, share_in
from aibaro.reconstruct._table_sample import MEASURES, TableSample, chains_agree, sample_tables
from aibaro.reconstruct._ties import tied_item
from aibaro.reconstruct._whole_counts import WholeCounts, whole_counts
from aibaro.reconstruct.detection import (
    compute_detection_limits,
    detection_limits,
    write_detection_limits,
)
from aibaro.reconstruct.items import (
    ItemSystem,
    PrintedShare,
    own_item,
    own_items,
    percentages,
    stratum_domain,
)
from aibaro.reconstruct.kept import (
    KeptWitness,
    Verification,
    bounds_frame,
    kept_witness,
    read_bounds,
    verify,
    write_bounds,
)
from aibaro.reconstruct.program import violated

__all__ = [
    "MEASURES",
    "Attainability",
    "Bounder",
    "Centre",
    "CountConflict",
    "DetectionLimit",
    "DualBounds",
    "Effort",
    "ItemSystem",
    "KeptWitness",
    "LinearQuantity",
    "PrintedShare",
    "Range",
    "RowBounds",
    "TableSample",
    "Verification",
    "WholeCounts",
    "attainability",
    "bounds_frame",
    "bounds_with_intervals",
    "centre",
    "chains_agree",
    "compute_detection_limits",
    "conservative_limits",
    "detection_limit",
    "detection_limits",
    "difference_of",
    "further",
    "irreducible",
    "kept_witness",
    "own_item",
    "own_items",
    "percentages",
    "quantity_range",
    "read_bounds",
    "sample_tables",
    "share_in",
    "stratum_domain",
    "tied_item",
    "verify",
    "violated",
    "whole_counts",
    "write_bounds",
    "write_detection_limits",
]
