"""What does the sample say about the population, and how surely?"""

from __future__ import annotations

from aibaro.estimate.contrasts import Contrasts, contrast
from aibaro.estimate.independence import ChiSquare, chi_square
from aibaro.estimate.intervals import interval
from aibaro.estimate.means import mean, proportion, total
from aibaro.estimate.methods import METHODS
from aibaro.estimate.quantiles import quantile
from aibaro.estimate.ratios import ratio
from aibaro.estimate.results import Estimates
from aibaro.messages import Step

__all__ = [
    "METHODS",
    "ChiSquare",
    "Contrasts",
    "Estimates",
    "Step",
    "chi_square",
    "contrast",
    "interval",
    "mean",
    "proportion",
    "quantile",
    "ratio",
    "total",
]
