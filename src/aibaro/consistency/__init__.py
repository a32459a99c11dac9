"""Do the figures hold together, and which one is to blame?  Statements, proofs, suspects; GRIM, sums, flows, power."""

from __future__ import annotations

from aibaro.consistency._forensic import (
    Cases,
    Duplicates,
    GroupSizes,
    Neighbours,
    check_cases,
    count_pair,
    duplicates,
    group_sizes,
    neighbours,
)
from aibaro.consistency._grim import GrimResult, fitting_bases, grim, mean_power, power
from aibaro.consistency._grimmer import debit, grimmer, sd_limits
from aibaro.consistency._judgements import Judgement, judgements
from aibaro.consistency._p_values import ReportedTests, check_p_value, reported_tests
from aibaro.consistency._proposals import Proposal, propose
from aibaro.consistency._shares import Addition, Share, additions, shares
from aibaro.consistency._statement import Statement
from aibaro.consistency._statements import statements
from aibaro.consistency._suspects import Conflict, Suspect, suspects
from aibaro.consistency._verdict import ForensicResult
from aibaro.consistency.check import (
    ROUNDING_RULES,
    Check,
    detection_limit,
    judge,
    printable_power,
)
from aibaro.consistency.flows import FlowStep, check_flow, ratio_of, response_rates
from aibaro.consistency.mixtures import (
    mixture_of,
)
from aibaro.consistency.reachable import counts, sum_to_100
from aibaro.consistency.sums import balance, exhaustive, remainder_of, sum_of, union_bounds
from aibaro.consistency.weighting import Margin, WeightingResult, which_weighting

__all__ = [
    "ROUNDING_RULES",
    "Addition",
    "Cases",
    "Check",
    "Conflict",
    "Duplicates",
    "FlowStep",
    "ForensicResult",
    "GrimResult",
    "GroupSizes",
    "Judgement",
    "Margin",
    "Neighbours",
    "Proposal",
    "ReportedTests",
    "Share",
    "Statement",
    "Suspect",
    "WeightingResult",
    "additions",
    "balance",
    "check_cases",
    "check_flow",
    "check_p_value",
    "count_pair",
    "counts",
    "debit",
    "detection_limit",
    "duplicates",
    "exhaustive",
    "fitting_bases",
    "grim",
    "grimmer",
    "group_sizes",
    "judge",
    "judgements",
    "mean_power",
    "mixture_of",
    "neighbours",
    "power",
    "printable_power",
    "propose",
    "ratio_of",
    "remainder_of",
    "reported_tests",
    "response_rates",
    "sd_limits",
    "shares",
    "statements",
    "sum_of",
    "sum_to_100",
    "suspects",
    "union_bounds",
    "which_weighting",
]
