"""What does the sample say about the population, and how surely?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aibaro._lazy import on_first_use

if TYPE_CHECKING:
    from aibaro.estimate._chi_square import ChiSquare, chi_square
    from aibaro.estimate._contrasts import Contrasts, contrast
    from aibaro.estimate._means import mean, proportion, ratio, total
    from aibaro.estimate._models import Margins, Model, TermTest, glm
    from aibaro.estimate._moments import correlation, covariance, variance
    from aibaro.estimate._ordinal import ordinal
    from aibaro.estimate._quantiles import quantile
    from aibaro.estimate._standardize import standardize
    from aibaro.estimate._tests import DifferenceTest, rank_test, t_test
    from aibaro.estimate.intervals import METHODS, interval
    from aibaro.estimate.results import Estimates

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

# loaded on first use, so that one formula does not load models and tests
__getattr__, __dir__ = on_first_use(__name__)
