"""What would turn a statement: other answers of those who did not answer, imputation, selection, a design effect?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aibaro._lazy import on_first_use

if TYPE_CHECKING:
    from aibaro.sensitivity._design_effect import threshold_breakdown
    from aibaro.sensitivity._imputation import (
        ImputationBreakdown,
        breakdown_response,
        largest_fpc_ratio,
        response_table,
    )
    from aibaro.sensitivity._nonresponse import NonresponseBounds, nonresponse_bounds, survey_nonresponse
    from aibaro.sensitivity._participation import coverage_needed, paired_ratio, participation_ratio, shifted_share
    from aibaro.sensitivity._proxy import ProxyPattern, proxy_pattern
    from aibaro.sensitivity._selection import (
        SelectionBreakdown,
        defect_correlation,
        least_correlation,
        selection_breakdown,
        selection_frontier,
        what_would_turn,
    )

__all__ = [
    "ImputationBreakdown",
    "NonresponseBounds",
    "ProxyPattern",
    "SelectionBreakdown",
    "breakdown_response",
    "coverage_needed",
    "defect_correlation",
    "largest_fpc_ratio",
    "least_correlation",
    "nonresponse_bounds",
    "paired_ratio",
    "participation_ratio",
    "proxy_pattern",
    "response_table",
    "selection_breakdown",
    "selection_frontier",
    "shifted_share",
    "survey_nonresponse",
    "threshold_breakdown",
    "what_would_turn",
]

__getattr__, __dir__ = on_first_use(__name__)
