"""Figures of a re-analysis: each takes a frame of results, draws on an Axes and returns it.

None of them computes a statistic; all follow the caller's rcParams.  The house style is
:func:`aibaro.report.style.house_style`.
"""

from __future__ import annotations

from aibaro.report.figures.axes import named, rows_height
from aibaro.report.figures.balance import love_plot
from aibaro.report.figures.bounds import error_bounds
from aibaro.report.figures.change import difference_forest, wave_slopes
from aibaro.report.figures.coefficients import coefficient_plot
from aibaro.report.figures.curves import share_curves
from aibaro.report.figures.flow import response_funnel
from aibaro.report.figures.intervals import dot_whisker
from aibaro.report.figures.printed import printed_against_recomputed
from aibaro.report.figures.ranks import pairwise_matrix, rank_sets
from aibaro.report.figures.strata import stratum_map
from aibaro.report.style import OKABE_ITO, house_style

__all__ = [
    "OKABE_ITO",
    "coefficient_plot",
    "difference_forest",
    "dot_whisker",
    "error_bounds",
    "house_style",
    "love_plot",
    "named",
    "pairwise_matrix",
    "printed_against_recomputed",
    "rank_sets",
    "response_funnel",
    "rows_height",
    "share_curves",
    "stratum_map",
    "wave_slopes",
]
