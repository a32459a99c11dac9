"""At which rate of imputed answers would a statement stop being significant?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from aibaro._arrays import BoolArray
from aibaro._typed import typed
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate.tails import normal_quantile, student_quantile
from aibaro.results import Result


@dataclass(frozen=True, slots=True)
class ImputationBreakdown(Result):
    """The item response rate at which a significant statement turns.

    Parameters
    ----------
    statistic : float
        Absolute estimate over standard error, answers treated as observed.
    critical : float
        What it must exceed.
    factor : float
        Variance factor that brings it down to that, (statistic / critical)².
    fpc_ratio : float
        Variance without over variance with the finite population correction.
    response : float
        Item response rate ρ with that factor; NaN where the statement is not significant with complete answers.
    """

    statistic: float
    critical: float
    factor: float
    fpc_ratio: float
    response: float

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as plain values.

        Returns
        -------
        dict
            Ready for JSON; None for NaN.
        """
        return {k: None if math.isnan(v) else v for k, v in asdict(self).items()}

    def summary(self) -> str:
        """Say the result in a line.

        Returns
        -------
        str
            Text.
        """
        if math.isnan(self.response):
            return "not significant even if every answer was observed"
        return f"turns when fewer than {100 * self.response:.0f}% of the answers were observed and the rest imputed"

    def to_frame(self) -> pd.DataFrame:
        """Return the fields as a frame of one row.

        Returns
        -------
        pandas.DataFrame
            The fields.
        """
        return pd.DataFrame([asdict(self)])


@typed
def largest_fpc_ratio(design: Design, strata: Sequence[BoolArray], std_error: float) -> float:
    """Bound the variance without over that with a finite population correction, of a share or a difference of shares.

    Parameters
    ----------
    design : Design
        The strata.
    strata : sequence of numpy.ndarray of bool, shape (H,)
        Strata of the domain; of a difference those of both domains.
    std_error : float
        Standard error of the share or difference, with the correction.

    Returns
    -------
    float
        At least 1; infinite where a stratum was taken whole and nothing else bounds the ratio.

    Notes
    -----
    Of the share in a domain the correction takes off sum of (N_h/N_D)² f_h p_h (1-p_h)/(n_h-1), at most a quarter of
    that sum without p; disjoint domains add.  The ratio is also at most 1/(1 - f) with the largest fraction.

    References
    ----------
    Särndal, C.-E., Swensson, B. and Wretman, J. (1992). Model Assisted Survey Sampling. Springer.
    https://doi.org/10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"s": ["a"], "population": [230], "respondents": [96]})
    >>> round(largest_fpc_ratio(Design.from_strata(table), [np.array([True])], 0.0389), 3)
    1.716
    """
    removed, fractions = 0.0, design.fractions
    for mask in strata:
        share = design.population[mask] / design.population[mask].sum()
        removed += float((share**2 * fractions[mask] / np.maximum(design.respondents[mask] - 1, 1)).sum()) / 4
    most = max((float(fractions[mask].max()) for mask in strata), default=0.0)
    by_fraction = 1 / (1 - most) if most < 1 else math.inf
    return min(1 + removed / std_error**2, by_fraction) if std_error > 0 else by_fraction


@typed
def breakdown_response(
    estimate: float, std_error: float, *, fpc_ratio: float = 1.0, df: float = math.inf, conf_level: float = 0.95
) -> ImputationBreakdown:
    """Item response rate at which a significant estimate stops being so.

    Parameters
    ----------
    estimate, std_error : float
        Estimate and its standard error, with the finite population correction; imputed answers as observed.
    fpc_ratio : float, default 1
        Variance without over variance with that correction, 1/(1 - f) in a single stratum.
    df : float
        Degrees of freedom of Student's t.
    conf_level : float
        Confidence level.

    Returns
    -------
    ImputationBreakdown
        The rate and what it follows from.

    Raises
    ------
    InputError
        For values that are no estimate with a standard error.

    Notes
    -----
    Imputation at a uniform response ρ multiplies the variance by 1 + K (1/ρ - ρ), K being `fpc_ratio`.  With
    G = (abs(estimate) / (t SE))² >= 1 and e = (G - 1)/K the root is ρ = [sqrt(e² + 4) - e] / 2.

    References
    ----------
    Rao, J. N. K. and Shao, J. (1992). https://doi.org/10.1093/biomet/79.4.811

    Examples
    --------
    >>> round(breakdown_response(0.062, 0.016).response, 3)
    0.311
    >>> round(breakdown_response(0.062, 0.016, fpc_ratio=1.5).response, 3)
    0.423
    """
    valid = std_error > 0 and math.isfinite(estimate) and 0 < conf_level < 1 and df > 0 and fpc_ratio >= 1
    if not valid:
        raise InputError(
            "not an estimate with a standard error",
            where="breakdown_response",
            parameter="estimate, std_error, fpc_ratio, df, conf_level",
            expected="finite, > 0, >= 1, > 0, between 0 and 1",
            got=f"{estimate}, {std_error}, {fpc_ratio}, {df}, {conf_level}",
        )
    tail = (1 - conf_level) / 2
    critical = float(normal_quantile(tail) if math.isinf(df) else student_quantile(tail, df))
    statistic = abs(estimate) / std_error
    factor = (statistic / critical) ** 2
    excess = (factor - 1) / fpc_ratio
    # written as 2/(a + sqrt(a² + 4)) the root keeps its digits for large factors
    response = math.nan if factor < 1 else 2 / (excess + math.sqrt(excess**2 + 4))
    return ImputationBreakdown(statistic, critical, factor, fpc_ratio, response)


@typed
def response_table(comparisons: pd.DataFrame, *, conf_level: float = 0.95) -> pd.DataFrame:
    """Item response rate at which each comparison of a table turns.

    Parameters
    ----------
    comparisons : pandas.DataFrame
        Columns ``p_value`` and ``df``, and ``fpc_ratio`` where a finite population correction was made.
    conf_level : float
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        The significant rows, with ``response``.

    Raises
    ------
    InputError
        For a table without these columns.

    Examples
    --------
    >>> table = pd.DataFrame({"p_value": [0.0001, 0.2], "df": [400, 400]})
    >>> response_table(table).round(3)
       p_value   df  response
    0      0.0  400     0.303
    """
    if not {"p_value", "df"} <= set(comparisons.columns):
        raise InputError(
            "the table lacks columns",
            where="response_table",
            parameter="comparisons",
            expected="p_value, df",
            got=", ".join(map(str, comparisons.columns)),
        )
    ratios = comparisons["fpc_ratio"] if "fpc_ratio" in comparisons else [1.0] * len(comparisons)
    rates = [
        breakdown_response(
            float(student_quantile(p / 2, df)), 1.0, fpc_ratio=float(k), df=float(df), conf_level=conf_level
        ).response
        for p, df, k in zip(comparisons["p_value"], comparisons["df"], ratios, strict=True)
    ]
    table = comparisons.assign(response=rates)
    return table.loc[table["response"].notna()]
