"""How much does each respondent count?  Weights, the steps that made them, and what they cost."""

from __future__ import annotations

from aibaro.frames.weighted.cells import Spread
from aibaro.weights.basis import base
from aibaro.weights.calibrating import calibrate
from aibaro.weights.dispositions import nonresponse
from aibaro.weights.poststrata import poststratify
from aibaro.weights.raked import rake
from aibaro.weights.residuals import Auxiliaries, LinearMoments, residualise
from aibaro.weights.result import WeightResult
from aibaro.weights.scaling import normalize
from aibaro.weights.strata import StratumWeights, WeightStep, domain_sizes, from_strata
from aibaro.weights.trimming import trim

__all__ = [
    "Auxiliaries",
    "LinearMoments",
    "Spread",
    "StratumWeights",
    "WeightResult",
    "WeightStep",
    "base",
    "calibrate",
    "domain_sizes",
    "from_strata",
    "nonresponse",
    "normalize",
    "poststratify",
    "rake",
    "residualise",
    "trim",
]
