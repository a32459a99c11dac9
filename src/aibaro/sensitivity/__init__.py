"""What would turn a statement: other answers of those who did not answer, imputation, selection, a design effect?"""

from __future__ import annotations

from aibaro._lazy import on_first_use

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

__all__ = [*_NAMES]  # noqa: PLE0604 - keys of a dictionary of text

__getattr__, __dir__ = on_first_use(__name__, _NAMES)
