"""How much does each respondent count?  Weights, the steps that made them, and what they cost."""

from __future__ import annotations

from aibaro.frames.weighted.weight_cells import Spread
from aibaro.weights._base import base
from aibaro.weights._calibrate import calibrate
from aibaro.weights._nonresponse import nonresponse
from aibaro.weights._normalize import normalize
from aibaro.weights._poststratify import poststratify
from aibaro.weights._rake import rake
from aibaro.weights._replicates import ReplicateWeights, replicates
from aibaro.weights._result import WeightResult
from aibaro.weights._strata import StratumWeights, WeightStep, domain_sizes, from_strata
from aibaro.weights._trim import trim
from aibaro.weights.history import History, history_path, read_history, write_history
from aibaro.weights.residuals import Auxiliaries

__all__ = [
    "Auxiliaries",
    "History",
    "ReplicateWeights",
    "Spread",
    "StratumWeights",
    "WeightResult",
    "WeightStep",
    "base",
    "calibrate",
    "domain_sizes",
    "from_strata",
    "history_path",
    "nonresponse",
    "normalize",
    "poststratify",
    "rake",
    "read_history",
    "replicates",
    "trim",
    "write_history",
]
