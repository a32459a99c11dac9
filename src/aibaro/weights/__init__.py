"""How much does each respondent count?  Weights, the steps that made them, and what they cost."""

from __future__ import annotations

from aibaro.weights.strata import StratumWeights, WeightStep, domain_sizes, from_strata

__all__ = ["StratumWeights", "WeightStep", "domain_sizes", "from_strata"]
