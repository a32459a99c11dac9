"""What does the sample say about the population, and how surely?"""

from __future__ import annotations

from aibaro.estimate._models import Margins, Model, TermTest, glm
from aibaro.estimate._ordinal import ordinal
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
    "Margins",
    "Model",
    "Step",
    "TermTest",
    "chi_square",
    "contrast",
    "glm",
    "interval",
    "mean",
    "ordinal",
    "proportion",
    "quantile",
    "ratio",
    "total",
]
