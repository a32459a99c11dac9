"""Do the figures hold together, and which one is to blame?  Statements, suspects, GRIM, weighting."""

from __future__ import annotations

from aibaro.consistency._class_shares import Addition, ClassShare, additions, shares
from aibaro.consistency._grim import ForensicResult, GrimResult, counts, fitting_bases, grim, power, sum_to_100
from aibaro.consistency._grimmer import debit, grimmer, sd_limits
from aibaro.consistency._judgements import Judgement, accused_by, judgements
from aibaro.consistency._p_values import ReportedTests, check_p_value, reported_tests
from aibaro.consistency._proposals import Proposal, propose
from aibaro.consistency._response_rates import response_rates
from aibaro.consistency._suspects import Conflict, Suspect, from_rounded, suspects
from aibaro.consistency._system import statements
from aibaro.consistency._weighting import Margin, WeightingResult, which_weighting
from aibaro.consistency.forensic import (
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
from aibaro.consistency.statement import Statement

__all__ = [
    "Addition",
    "Cases",
    "ClassShare",
    "Conflict",
    "Duplicates",
    "ForensicResult",
    "GrimResult",
    "GroupSizes",
    "Judgement",
    "Margin",
    "Neighbours",
    "Proposal",
    "ReportedTests",
    "Statement",
    "Suspect",
    "WeightingResult",
    "accused_by",
    "additions",
    "check_cases",
    "check_p_value",
    "count_pair",
    "counts",
    "debit",
    "duplicates",
    "fitting_bases",
    "from_rounded",
    "grim",
    "grimmer",
    "group_sizes",
    "judgements",
    "neighbours",
    "power",
    "propose",
    "reported_tests",
    "response_rates",
    "sd_limits",
    "shares",
    "statements",
    "sum_to_100",
    "suspects",
    "which_weighting",
]
