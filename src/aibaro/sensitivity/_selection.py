"""How strongly must taking part have gone with the answer for a statement about a panel to be false?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from aibaro._typed import typed
from aibaro.errors import InputError
from aibaro.results import Result
from aibaro.sensitivity._design_effect import threshold_breakdown
from aibaro.sensitivity._imputation import breakdown_response
from aibaro.sensitivity._participation import combined, coverage_needed, participation_ratio


def _amplification(n: int, population: int, cv_weights: float, where: str) -> float:
    """sqrt((1 - f + CV²)/f): what turns a correlation of taking part and answer into an error, in units of σ."""
    whole = not any(isinstance(size, bool) or int(size) != size for size in (n, population))
    if not whole or not 1 <= n < population or not 0 <= cv_weights < math.inf:
        raise InputError(
            "not a sample of a population",
            where=where,
            parameter="n, population, cv_weights",
            expected="1 <= n < population, both whole; cv_weights >= 0",
            got=f"{n}, {population}, {cv_weights}",
        )
    fraction = n / population
    return math.sqrt((1 - fraction + cv_weights**2) / fraction)


@typed
def defect_correlation(error: float, share: float, n: int, population: int, *, cv_weights: float = 0.0) -> float:
    """Correlation between taking part and an answer that makes an error of a share.

    Parameters
    ----------
    error : float
        Estimate minus the share in the population.
    share : float
        Share in the population, strictly between 0 and 1.
    n, population : int
        Respondents, and members of the population; N must be named, for the correlation depends on it.
    cv_weights : float, default 0
        Coefficient of variation of the respondents' weights.

    Returns
    -------
    float
        ρ = error / (sqrt((1 - f + CV²)/f) σ) with f = n/N and σ² = P (1 - P).

    Raises
    ------
    InputError
        For a share or sizes out of range.

    Notes
    -----
    An identity, not an approximation: the realised correlation over the N members between the answer and taking part,
    times the weight.  Chance is inside it: with a simple random sample it is about 1/sqrt(N) in size.

    References
    ----------
    Meng, X.-L. (2018). Statistical paradises and paradoxes in big data (I). Ann. Appl. Stat. 12, 685-726.
    https://doi.org/10.1214/18-AOAS1161SF

    Examples
    --------
    >>> round(defect_correlation(0.03, 0.5, 1552, 1_000_000), 5)
    0.00237
    """
    if not 0 < share < 1 or not math.isfinite(error):
        raise InputError(
            "not an error of a share",
            where="defect_correlation",
            parameter="error, share",
            expected="finite; between 0 and 1",
            got=f"{error}, {share}",
        )
    return error / (_amplification(n, population, cv_weights, "defect_correlation") * math.sqrt(share * (1 - share)))


@dataclass(frozen=True, slots=True)
class SelectionBreakdown(Result):
    """What selection must have done for a statement about one share to be false.

    Parameters
    ----------
    low, high : float
        Ends of the estimate's rounding interval.
    threshold : float
        Threshold of the statement.
    n, population : int
        Respondents and members of the population.
    rho : float
        Data defect correlation at which the population's share equals the threshold, for the end of the rounding
        interval nearest to it; 0 where the threshold lies inside.
    others : float
        Share among all who did not take part that does the same; outside 0 to 1 none does.
    worst_low, worst_high : float
        Bounds of the population's share whatever the others would have said (Manski).
    """

    low: float
    high: float
    threshold: float
    n: int
    population: int
    rho: float
    others: float
    worst_low: float
    worst_high: float

    @property
    def turnable(self) -> bool:
        """Whether some answers of those who did not take part reach the threshold."""
        return self.worst_low <= self.threshold <= self.worst_high

    def to_frame(self) -> pd.DataFrame:
        """Return the fields as a frame of one row.

        Returns
        -------
        pandas.DataFrame
            The fields.
        """
        return pd.DataFrame([{field.name: getattr(self, field.name) for field in fields(self)}])

    def summary(self) -> str:
        """Say the result in a line.

        Returns
        -------
        str
            The interval, the correlation and the worst case.
        """
        return (
            f"{100 * self.low:g}% to {100 * self.high:g}% of {self.n}: reaches {100 * self.threshold:g}% of "
            f"{self.population} at a data defect correlation of {self.rho:+.4f}, that is if the others stood at "
            f"{100 * self.others:.1f}%; whatever they say, {100 * self.worst_low:.1f}% to {100 * self.worst_high:.1f}%"
        )


@typed
def selection_breakdown(
    low: float, high: float, n: int, threshold: float, *, population: int, cv_weights: float = 0.0
) -> SelectionBreakdown:
    """Data defect correlation at which a share of a panel or an opt-in sample reaches a threshold.

    Parameters
    ----------
    low, high : float
        Ends of the estimate's rounding interval, 0 to 1.
    n : int
        Respondents.
    threshold : float
        Threshold of the statement, strictly between 0 and 1.
    population : int
        Members of the population that the statement is about.
    cv_weights : float, default 0
        Coefficient of variation of the weights; 0 for an unweighted share.

    Returns
    -------
    SelectionBreakdown
        The correlation, the share of the others that goes with it, and the worst-case bounds.

    Raises
    ------
    InputError
        For values out of range.

    Notes
    -----
    Where the population's share equals the threshold T its standard deviation is sqrt(T (1-T)), so that
    ρ = (p - T) / (sqrt((1 - f + CV²)/f) sqrt(T (1-T))) exactly.  Which correlations comparable panels have shown is a
    question for a source, not for this function.  The others' share (T - f p)/(1 - f) and the worst case
    [f p, f p + 1 - f] are those of unweighted shares.

    References
    ----------
    Meng, X.-L. (2018). https://doi.org/10.1214/18-AOAS1161SF
    Manski, C. F. (2003). Partial Identification of Probability Distributions. https://doi.org/10.1007/b97478

    Examples
    --------
    >>> found = selection_breakdown(0.525, 0.535, 1552, 0.5, population=1_000_000)
    >>> round(found.rho, 5), round(found.others, 4), found.turnable
    (0.00197, 0.5, True)
    """
    if not 0 <= low <= high <= 1 or not 0 < threshold < 1:
        raise InputError(
            "not a share and a threshold",
            where="selection_breakdown",
            parameter="low, high, threshold",
            expected="0 <= low <= high <= 1, a threshold strictly between 0 and 1",
            got=f"{low}, {high}, {threshold}",
        )
    near = min(max(threshold, low), high)
    rho = defect_correlation(near - threshold, threshold, n, population, cv_weights=cv_weights)
    fraction = n / population
    others = (threshold - fraction * near) / (1 - fraction)
    ends = fraction * low, fraction * high + 1 - fraction
    return SelectionBreakdown(low, high, threshold, int(n), int(population), rho, others, *ends)


@typed
def selection_frontier(
    a: float, n_a: int, b: float, n_b: int, *, population_a: int, population_b: int, points: int = 41
) -> pd.DataFrame:
    """Pairs of data defect correlations at which two groups of panels have equal shares in their populations.

    Parameters
    ----------
    a, b : float
        The printed shares, strictly between 0 and 1.
    n_a, n_b : int
        Respondents.
    population_a, population_b : int
        Members of both populations.
    points : int
        Common shares that are tried, between the two and as far again beyond each.

    Returns
    -------
    pandas.DataFrame
        ``share`` (common to both populations), ``rho_a``, ``rho_b``.  ``attrs["rho"]`` is the size of both at the point
        where they are equal and opposite: no pair with both smaller turns the difference.

    Raises
    ------
    InputError
        For values out of range.

    Notes
    -----
    At a common share θ the errors are a - θ and b - θ, each with its own correlation; θ runs through the line of pairs.

    References
    ----------
    Meng, X.-L. (2018). https://doi.org/10.1214/18-AOAS1161SF

    Examples
    --------
    >>> line = selection_frontier(0.28, 1552, 0.19, 841, population_a=700_000, population_b=11_000_000)
    >>> round(line.attrs["rho"], 5), len(line)
    (0.0015, 41)
    """
    if not 0 < a < 1 or not 0 < b < 1 or points < 3:
        raise InputError(
            "not two shares",
            where="selection_frontier",
            parameter="a, b, points",
            expected="strictly between 0 and 1; at least 3 points",
            got=f"{a}, {b}, {points}",
        )
    gains = [
        _amplification(n, size, 0.0, "selection_frontier") for n, size in ((n_a, population_a), (n_b, population_b))
    ]
    reach = max(abs(a - b), 1e-6)
    low, high = max(min(a, b) - reach, 1e-6), min(max(a, b) + reach, 1 - 1e-6)
    shares = np.linspace(low, high, points)
    spread = np.sqrt(shares * (1 - shares))
    frame = pd.DataFrame(
        {"share": shares, "rho_a": (a - shares) / (gains[0] * spread), "rho_b": (b - shares) / (gains[1] * spread)}
    )
    middle = (a * gains[1] + b * gains[0]) / (gains[0] + gains[1])
    frame.attrs["rho"] = abs(a - b) / ((gains[0] + gains[1]) * math.sqrt(middle * (1 - middle)))
    return frame


@typed
def least_correlation(
    terms: Sequence[tuple[float, float, int, int]], constant: float = 0.0, *, people: Sequence[int] | None = None
) -> float:
    """Least data defect correlation, common in size to all groups, at which a combination of shares reaches zero.

    Parameters
    ----------
    terms : sequence of (float, float, int, int)
        Factor, share, respondents and members of the population.
    constant : float
        What is added.
    people : sequence of int, optional
        Number of the group that each term speaks of; by default all of the same people.

    Returns
    -------
    float
        ρ, not negative; 0 where the combination is not above zero.

    Raises
    ------
    InputError
        For terms that are no shares of samples of populations.

    Notes
    -----
    Meng's identity: the error of a mean is ρ σ sqrt((N - n)/n).  One share at a threshold T has σ² = T (1 - T)
    there.  Two groups with equal shares have the same σ, at the share where both correlations are equal in size.
    Otherwise σ is not printed and at most half the range of the combination (Popoviciu), so that ρ is a lower limit.

    References
    ----------
    Meng, X.-L. (2018). https://doi.org/10.1214/18-AOAS1161SF

    Examples
    --------
    >>> round(least_correlation([(1.0, 0.525, 1552, 1_000_000)], -0.5), 5)
    0.00197
    """
    value = combined([(factor, share) for factor, share, _, _ in terms], constant, "least_correlation")
    if value <= 0:
        return 0.0
    groups = [0] * len(terms) if people is None else list(people)
    if len(terms) == 1 and terms[0][0] and 0 < -constant / terms[0][0] < 1:
        (factor, _, n, size), limit = terms[0], -constant / terms[0][0]
        return value / (
            abs(factor) * _amplification(n, size, 0.0, "least_correlation") * math.sqrt(limit * (1 - limit))
        )
    apart = len(terms) == 2 and len(set(groups)) == 2 and constant == 0 and terms[0][0] == -terms[1][0]
    if apart and all(0 < share < 1 for _, share, _, _ in terms):
        (_, a, n_a, size_a), (_, b, n_b, size_b) = terms
        line = selection_frontier(a, n_a, b, n_b, population_a=size_a, population_b=size_b, points=3)
        return float(line.attrs["rho"])
    reach = 0.0
    for group in sorted(set(groups)):
        own = [term for term, number in zip(terms, groups, strict=True) if number == group]
        gain = max(_amplification(n, size, 0.0, "least_correlation") for _, _, n, size in own)
        reach += gain * sum(abs(factor) for factor, *_ in own) / 2
    return value / reach if reach else math.inf


@typed
def what_would_turn(
    low: float,
    high: float,
    n: int,
    threshold: float,
    *,
    population: int | None = None,
    cv_weights: float = 0.0,
    invited: int | None = None,
    std_error: float | None = None,
    fpc_ratio: float = 1.0,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """One table per statement: what would have to be true for it to be false.

    Parameters
    ----------
    low, high : float
        Ends of the estimate's rounding interval, 0 to 1.
    n : int
        Respondents.
    threshold : float
        Threshold of the statement, strictly between 0 and 1.
    population : int, optional
        Members of the population; selection is left out without it.
    cv_weights : float, default 0
        Coefficient of variation of the weights.
    invited : int, optional
        Who was asked; nonresponse is left out without it.
    std_error : float, optional
        Design-based standard error; imputation is left out without it.
    fpc_ratio : float, default 1
        As for :func:`breakdown_response`.
    conf_level : float
        Confidence level of "significant".

    Returns
    -------
    pandas.DataFrame
        ``cause``, ``turns_at``, ``possible`` (whether that value can occur at all), ``meaning``; one row per cause.

    Raises
    ------
    InputError
        For values out of range.

    Examples
    --------
    >>> table = what_would_turn(0.525, 0.535, 1552, 0.5, population=1_000_000, invited=4000)
    >>> table[["cause", "turns_at", "possible"]].round(4).values.tolist()
    [['design effect', 1.0126, True], ['nonresponse', 0.4842, True], ['participation', 1.1053, True], \
['selection', 0.002, True], ['worst case', 0.9524, True]]
    """
    deff = threshold_breakdown(low, high, n, threshold, conf_level=conf_level)
    rows: list[tuple[str, float, bool, str]] = [
        ("design effect", deff, deff > 0, "the estimate is as imprecise as that of n/deff respondents drawn at random")
    ]
    near = min(max(threshold, low), high)
    side = 1.0 if near > threshold else -1.0
    if invited is not None:
        if not n < invited:
            raise InputError(
                "not more invited than answered",
                where="what_would_turn",
                parameter="invited",
                expected=f"> {n}",
                got=str(invited),
            )
        rate = n / invited
        others = (threshold - rate * near) / (1 - rate)
        rows.append(("nonresponse", others, 0 <= others <= 1, "share among those who were asked and did not answer"))
    ratio = participation_ratio([(side, near)], -side * threshold)
    text = "times as likely to take part: those with the answer" if side > 0 else "the same of those without the answer"
    rows.append(("participation", ratio, math.isfinite(ratio), text))
    if population is not None:
        found = selection_breakdown(low, high, n, threshold, population=population, cv_weights=cv_weights)
        text = f"correlation of taking part with the answer among {population} people (Meng 2018)"
        rows.append(("selection", found.rho, found.turnable, text))
    if std_error is not None:
        response = breakdown_response(near - threshold, std_error, fpc_ratio=fpc_ratio, conf_level=conf_level).response
        rows.append(
            ("imputation", response, not math.isnan(response), "share of the answers that was observed, not imputed")
        )
    needed = coverage_needed([(side, near)], -side * threshold)
    text = "part of the population that answered, at most; all others the opposite (Manski)"
    rows.append(("worst case", needed, needed > (n / population if population else 0.0), text))
    return pd.DataFrame(rows, columns=["cause", "turns_at", "possible", "meaning"])
