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

_NAMES: dict[str, str] = {
    "ImputationBreakdown": "_imputation",
    "NonresponseBounds": "_nonresponse",
    "ProxyPattern": "_proxy",
    "SelectionBreakdown": "_selection",
    "breakdown_response": "_imputation",
    "coverage_needed": "_participation",
    "defect_correlation": "_selection",
    "largest_fpc_ratio": "_imputation",
    "least_correlation": "_selection",
    "nonresponse_bounds": "_nonresponse",
    "paired_ratio": "_participation",
    "participation_ratio": "_participation",
    "proxy_pattern": "_proxy",
    "response_table": "_imputation",
    "selection_breakdown": "_selection",
    "selection_frontier": "_selection",
    "shifted_share": "_participation",
    "survey_nonresponse": "_nonresponse",
    "threshold_breakdown": "_design_effect",
    "what_would_turn": "_selection",
}

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

__getattr__, __dir__ = on_first_use(__name__, _NAMES)
