"""Where would counts lie if sector and size worked without interplay?  The labelled model behind synthetic files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from aibaro.synthesize.figures import Target

Floats = np.ndarray[Any, np.dtype[np.float64]]

# keeps the fit finite where print says 0,0% or 100%; far below what one decimal resolves
_RIDGE = 1e-3


def main_effects(figures: Sequence[Target], sizes: Floats) -> Floats:
    """Fit stratum shares of one item to its printed shares by a logit with one effect a printed domain.

    Notes
    -----
    Maximum entropy given the margins: p_h = expit(sum of effects of the printed domains that hold h), where effects
    solve sum over D of M_h p_h = P_D M_D by minimising the convex dual, with a ridge that reconciles rounding.  It
    is a model of what print leaves open, not an estimate.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from aibaro.facts import Fact, Key
    >>> from aibaro.rounding import Interval
    >>> half = Target(Fact(Key("a"), ()), (0, 1), Interval(Fraction(1, 4), Fraction(3, 4)))
    >>> main_effects([half], np.array([10.0, 30.0])).round(3).tolist()
    [0.5, 0.5]
    """
    if not figures:
        return np.full(len(sizes), 0.5)
    member = np.zeros((len(sizes), len(figures)))
    shares = np.empty(len(figures))
    for column, figure in enumerate(figures):
        member[list(figure.strata), column] = 1.0
        shares[column] = float(figure.band.lower + figure.band.upper) / 2
    totals = np.clip(shares, 1e-4, 1 - 1e-4) * (sizes @ member)

    def dual(effects: Floats) -> tuple[float, Floats]:
        linear = member @ effects
        value = sizes @ np.logaddexp(0, linear) - totals @ effects + _RIDGE * effects @ effects
        return float(value), member.T @ (sizes * expit(linear)) - totals + 2 * _RIDGE * effects

    fit = minimize(dual, np.zeros(len(figures)), jac=True, method="L-BFGS-B", options={"maxiter": 2000})
    return np.asarray(expit(member @ fit.x), dtype=float)
