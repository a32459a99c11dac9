"""At which rate of imputed answers would a statement stop being significant?"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
from scipy import stats

from aibaro.errors import InputError


@dataclass(frozen=True, slots=True)
class ImputationBreakdown:
    """The item response rate at which a significant statement turns.

    Parameters
    ----------
    statistic : float
        Absolute estimate over standard error, answers treated as observed.
    critical : float
        What it must exceed.
    factor : float
        Variance factor that brings it down to that, (statistic / critical)².
    response : float
        Item response rate ρ with that factor; NaN where the statement is not significant with complete answers.
    """

    statistic: float
    critical: float
    factor: float
    response: float

    def to_dict(self) -> dict[str, Any]:
        """Give all fields as plain values."""
        return {k: None if math.isnan(v) else v for k, v in asdict(self).items()}

    def summary(self) -> str:
        """Say the result in a line."""
        if math.isnan(self.response):
            return "not significant even if every answer was observed"
        return f"turns when fewer than {100 * self.response:.0f}% of the answers were observed and the rest imputed"

    def __str__(self) -> str:
        return self.summary()


def imputation_factor(response: float) -> float:
    """Give the variance factor of random hot-deck imputation.

    Notes
    -----
    Of n respondents ρn answered; the mean of all n, with donors drawn at random, has the variance
    σ²/n [1/ρ + (1 - ρ)] as far as answers are missing at random.  Treating imputed answers as observed gives σ²/n.

    References
    ----------
    Rao, J. N. K. and Shao, J. (1992). https://doi.org/10.1093/biomet/79.4.811

    Examples
    --------
    >>> imputation_factor(0.8)
    1.45
    """
    if isinstance(response, bool) or not 0 < response <= 1:
        raise InputError("not a response rate", parameter="response", expected="above 0, at most 1", got=repr(response))
    return 1 / response + 1 - response


def breakdown_response(
    estimate: float, std_error: float, *, df: float = math.inf, conf_level: float = 0.95
) -> ImputationBreakdown:
    """Give the item response rate at which a significant estimate stops being so.

    Notes
    -----
    1/ρ + 1 - ρ = G with G = (abs(estimate) / (t SE))² >= 1 has the root ρ = [sqrt((G - 1)² + 4) - (G - 1)] / 2.

    Examples
    --------
    >>> round(breakdown_response(0.062, 0.016).response, 3)
    0.311
    """
    if not std_error > 0 or not math.isfinite(estimate) or not 0 < conf_level < 1 or not df > 0:
        raise InputError(
            "not an estimate with a standard error",
            where="breakdown_response",
            parameter="estimate, std_error, df, conf_level",
            expected="finite, > 0, > 0, between 0 and 1",
            got=f"{estimate}, {std_error}, {df}, {conf_level}",
        )
    tail = (1 - conf_level) / 2
    critical = float(stats.norm.isf(tail) if math.isinf(df) else stats.t.isf(tail, df))
    statistic = abs(estimate) / std_error
    factor = (statistic / critical) ** 2
    excess = factor - 1
    # written as 2/(a + sqrt(a² + 4)) the root keeps its digits for large factors
    response = math.nan if excess < 0 else 2 / (excess + math.sqrt(excess**2 + 4))
    return ImputationBreakdown(statistic, critical, factor, response)


def response_table(comparisons: pd.DataFrame, *, conf_level: float = 0.95) -> pd.DataFrame:
    """Give the item response rate at which each comparison of a table turns.

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
    rates = [
        breakdown_response(float(stats.t.isf(p / 2, df)), 1.0, df=float(df), conf_level=conf_level).response
        for p, df in zip(comparisons["p_value"], comparisons["df"], strict=True)
    ]
    table = comparisons.assign(response=rates)
    return table.loc[table["response"].notna()]
