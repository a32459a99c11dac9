"""What does the sample say about the population, and how surely?"""

from __future__ import annotations

from aibaro.estimate.intervals import METHODS, interval
from aibaro.estimate.means import mean, proportion, total
from aibaro.estimate.results import Estimates
from aibaro.estimate.steps import Step

__all__ = ["METHODS", "Estimates", "Step", "interval", "mean", "proportion", "total"]
