"""Can these figures come from these counts?  Pure exact arithmetic: GRIM, sums, mixtures, flows, power."""

from __future__ import annotations

from aibaro.consistency.attainable import attainable_count, attainable_from_margin
from aibaro.consistency.check import (
    ROUNDING_RULES,
    Check,
    detection_limit,
    judge,
    printable_power,
)
from aibaro.consistency.flows import FlowStep, check_flow, ratio_of, response_rates
from aibaro.consistency.grim import GrimResult, fitting_bases, grim, power
from aibaro.consistency.mixtures import (
    between_groups,
    mixture_of,
    mixture_weight,
    part_of_mixture,
    pooled,
    share_of_share,
)
from aibaro.consistency.reachable import counts, sum_to_100
from aibaro.consistency.sums import balance, exhaustive, remainder_of, sum_of, union_bounds
from aibaro.consistency.weighting import Margin, WeightingResult, which_weighting

__all__ = [
    "ROUNDING_RULES",
    "Check",
    "FlowStep",
    "GrimResult",
    "Margin",
    "WeightingResult",
    "attainable_count",
    "attainable_from_margin",
    "balance",
    "between_groups",
    "check_flow",
    "counts",
    "detection_limit",
    "exhaustive",
    "fitting_bases",
    "grim",
    "judge",
    "mixture_of",
    "mixture_weight",
    "part_of_mixture",
    "pooled",
    "power",
    "printable_power",
    "ratio_of",
    "remainder_of",
    "response_rates",
    "share_of_share",
    "sum_of",
    "sum_to_100",
    "union_bounds",
    "which_weighting",
]
