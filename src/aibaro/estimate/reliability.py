"""Is this estimate precise enough to be read on its own?

The flag of each row follows a named rule of effective counts and size, interval width and degrees of freedom.  Size,
width and degrees of freedom are in the spirit of the standards that the United States National Center for Health
Statistics set for proportions in 2017; the count comes from the coverage study of the documentation
(``docs/coverage.md``): below it no interval method keeps its level.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import FloatArray

LOW, REVIEW, OK = "low", "review", "ok"

RULE = "effective-count-n-width-df"

MINIMUM_EFFECTIVE_COUNT = 10.0
MINIMUM_EFFECTIVE_N = 30.0
ABSOLUTE_WIDTH_LOW = 0.30
ABSOLUTE_WIDTH_OK = 0.05
RELATIVE_WIDTH_LOW = 1.30
RELATIVE_ERROR_LOW = 0.30
MINIMUM_DF = 8.0


def proportion_flags(
    estimate: FloatArray,
    std_error: FloatArray,
    *,
    low: FloatArray,
    high: FloatArray,
    n_eff: FloatArray,
    df: FloatArray,
    kish: FloatArray | None = None,
) -> NDArray[np.str_]:
    """Flag proportions.

    Notes
    -----
    ``low``: no estimate; an effective count of successes or of failures, m p or m (1 - p) with m the smaller of Kish's
    size and the effective n, below 10; effective n below 30; width at least 0.30, or above 0.05 and above 130% of the
    estimate.  Otherwise ``review``: fewer than 8 degrees of freedom.  Otherwise ``ok``.

    The bound of 10 is that of the coverage study (``docs/coverage.md``): on the 44 strata of the AI-Barometer the
    default interval covers at least 93% in every population whose effective count reaches it.  The effective n alone
    does not tell: a rare property that was found in strata of small weight only has a small standard error.

    References
    ----------
    Parker, J. D. et al. (2017). National Center for Health Statistics data presentation standards for
    proportions. Vital and Health Statistics 2(175).

    Examples
    --------
    >>> low, high, n_eff, df = (np.array([v]) for v in (0.30, 0.34, 1600.0, 2568.0))
    >>> proportion_flags(np.array([0.32]), np.array([0.01]), low=low, high=high, n_eff=n_eff, df=df).tolist()
    ['ok']
    >>> low, high, n_eff, df = (np.array([v]) for v in (0.003, 0.009, 1600.0, 2568.0))
    >>> proportion_flags(np.array([0.005]), np.array([0.002]), low=low, high=high, n_eff=n_eff, df=df).tolist()
    ['low']
    """
    width = np.clip(high, 0, 1) - np.clip(low, 0, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        wide = (width >= ABSOLUTE_WIDTH_LOW) | ((width > ABSOLUTE_WIDTH_OK) & (width > RELATIVE_WIDTH_LOW * estimate))
    # a domain that was observed in full is known exactly: its size is infinite
    size = np.minimum(n_eff, n_eff if kish is None else kish)
    rarer = np.clip(np.minimum(estimate, 1 - estimate), 0, None)
    count = np.where(np.isinf(size), np.inf, np.where(np.isinf(size), 0.0, size) * rarer)
    few = count < MINIMUM_EFFECTIVE_COUNT
    low_flag = ~np.isfinite(estimate) | ~np.isfinite(std_error) | few | (n_eff < MINIMUM_EFFECTIVE_N) | wide
    return _flags(low_flag, df < MINIMUM_DF)


def general_flags(
    estimate: FloatArray,
    std_error: FloatArray,
    *,
    low: FloatArray,
    high: FloatArray,
    n_eff: FloatArray,
    df: FloatArray,
    kish: FloatArray | None = None,
) -> NDArray[np.str_]:
    """Flag means, totals, ratios and quantiles.

    Notes
    -----
    ``low``: no estimate or limits, effective n below 30, or a standard error above 30% of the estimate's size.
    Otherwise ``review``: fewer than 8 degrees of freedom.  Otherwise ``ok``.

    Examples
    --------
    >>> low, high, n_eff, df = (np.array([v]) for v in (2.0, 18.0, 50.0, 20.0))
    >>> general_flags(np.array([10.0]), np.array([4.0]), low=low, high=high, n_eff=n_eff, df=df).tolist()
    ['low']
    """
    undefined = ~np.isfinite(estimate) | ~np.isfinite(std_error) | ~np.isfinite(low) | ~np.isfinite(high)
    imprecise = std_error > RELATIVE_ERROR_LOW * np.abs(estimate)
    return _flags(undefined | imprecise | (n_eff < MINIMUM_EFFECTIVE_N), df < MINIMUM_DF)


def _flags(low: NDArray[np.bool_], review: NDArray[np.bool_]) -> NDArray[np.str_]:
    return np.where(low, LOW, np.where(review, REVIEW, OK))


RULES: dict[str, Callable[..., NDArray[np.str_]]] = {"proportion": proportion_flags, "general": general_flags}
