"""Which design effect would turn a statement about one share and a threshold?"""

from __future__ import annotations

from fractions import Fraction

from aibaro._typed import typed
from aibaro.errors import InputError
from aibaro.estimate.tails import normal_quantile


@typed
def threshold_breakdown(low: float, high: float, n: int, threshold: float, *, conf_level: float = 0.95) -> float:
    """Return the design effect at which a share is no longer significantly beyond a threshold.

    Parameters
    ----------
    low, high : float
        Ends of the rounding interval of the share, between 0 and 1.
    n : int
        Respondents.
    threshold : float
        The threshold, such as 0.5 for a majority.
    conf_level : float
        Confidence level of the two-sided interval.

    Returns
    -------
    float
        (d/z)² n / (p (1 - p)) at the nearer end p; 0 where rounding admits the threshold, infinite for p of 0 or 1.

    Raises
    ------
    InputError
        For inputs that cannot be used.

    Notes
    -----
    Model-based, as every comparison without published weights: Var = deff p (1 - p)/n.

    References
    ----------
    Kish, L. (1965). Survey Sampling. Wiley, section 8.2.

    Examples
    --------
    >>> round(threshold_breakdown(0.525, 0.535, 1552, 0.5), 3)
    1.013
    """
    if not 0 <= low <= high <= 1 or n < 1 or not 0 <= threshold <= 1 or not 0 < conf_level < 1:
        raise InputError(
            "not a share, a size and a threshold",
            where="threshold_breakdown",
            parameter="low, high, n, threshold, conf_level",
            expected="0 <= low <= high <= 1, n >= 1, thresholds and levels between 0 and 1",
            got=f"{low}, {high}, {n}, {threshold}, {conf_level}",
        )
    if low <= threshold <= high:
        return 0.0
    near = low if low > threshold else high
    spread = near * (1 - near)
    # the difference of two decimals is taken exactly: 0.525 - 0.5 is 1/40
    distance = float(Fraction(repr(near)) - Fraction(repr(threshold)))
    z = float(normal_quantile((1 - conf_level) / 2))
    return (distance / z) ** 2 * n / spread if spread > 0 else float("inf")
