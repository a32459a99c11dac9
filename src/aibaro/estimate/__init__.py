"""What does the sample say about the population, and how surely?"""

from __future__ import annotations

from aibaro.estimate._chi_square import ChiSquare, chi_square
from aibaro.estimate._contrasts import Contrasts, contrast
from aibaro.estimate._intervals import METHODS, interval
from aibaro.estimate._means import mean, proportion, total
from aibaro.estimate._models import Margins, Model, TermTest, glm
from aibaro.estimate._moments import correlation, covariance, variance
from aibaro.estimate._ordinal import ordinal
from aibaro.estimate._quantiles import quantile
from aibaro.estimate._ratios import ratio
from aibaro.estimate._results import Estimates
from aibaro.estimate._standardize import standardize
from aibaro.estimate._tests import DifferenceTest, rank_test, t_test

__all__ = [
    "METHODS",
    "ChiSquare",
    "Contrasts",
    "DifferenceTest",
    "Estimates",
    "Margins",
    "Model",
    "TermTest",
    "chi_square",
    "contrast",
    "correlation",
    "covariance",
    "glm",
    "interval",
    "mean",
    "ordinal",
    "proportion",
    "quantile",
    "rank_test",
    "ratio",
    "standardize",
    "t_test",
    "total",
    "variance",
]
