"""Which words may the files of a survey and its verdicts use?  Each list stands here once, as data."""

from __future__ import annotations

# --- printed.csv
KINDS: tuple[str, ...] = (
    "percentage",
    "count",
    "mean",
    "median",
    "standard_error",
    "margin_of_error",
    "points",
    "change",
    "index",
    "ratio",
    "verbal",
    "threshold",
    "date",
    "number",
)
# What a figure measures of its item; a share where nothing is said.
MEASURES: tuple[str, ...] = (
    "share",
    "count",
    "mean",
    "median",
    "standard_error",
    "margin_of_error",
    "points",
    "change",
    "index",
    "ratio",
    "threshold",
    "date",
    "number",
)
# What an item is: an indicator (a share of respondents), a rate of the response flow, or what its numbers are.
ITEM_TYPES: tuple[str, ...] = ("indicator", "rate", "share", *KINDS)
WEIGHTED: tuple[str, ...] = ("yes", "no", "unknown", "")

# --- relations.csv
RELATION_STATUS: tuple[str, ...] = ("declared", "proposed")

# --- datapackage.json, block "aibaro"
WEIGHTINGS: tuple[str, ...] = ("none", "cells", "margins", "unknown")
ITEM_NONRESPONSE: tuple[str, ...] = ("none", "out", "imputed", "unknown")
SAMPLINGS: tuple[str, ...] = ("probability", "panel", "opt-in", "unknown")

# --- verdicts of numbers
NUMBER_VERDICTS: tuple[str, ...] = (
    "reproduced",
    "consistent",
    "rounding_dependent",
    "in_conflict",
    "inconsistent",
    "not_checkable",
)
REASONS: tuple[str, ...] = (
    "date",
    "third_party",
    "definition",
    "base_not_printed",
    "weighting_not_declared",
    "no_second_figure",
    "causal",
    "projection",
)

# --- verdicts of claims: as printed, and in the population
CLAIM_VERDICTS: tuple[str, ...] = (
    "supported",
    "contradicted",
    "rounding_dependent",
    "wording_dependent",
    "not_checkable",
)
POPULATION_VERDICTS: tuple[str, ...] = (
    "established",
    "refuted",
    "imprecise",
    "not_significant",
    "depends",
    "not_checkable",
)

# --- claims.csv and comparisons.csv
CLAIM_TYPES: tuple[str, ...] = (
    "comparison",
    "ranking",
    "trend",
    "majority",
    "quantity",
    "sum",
    "association",
    "projection",
    "cause",
    "definition",
)
COMPARISON_CLAIMS: tuple[str, ...] = ("greater", "less", "differs")
