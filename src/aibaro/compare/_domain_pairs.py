"""Do two domains of one survey differ in every table of counts that the printed figures admit, in none, or in some?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from aibaro._typed import typed
from aibaro.compare.comparison_results import verdict
from aibaro.compare.domain_precision import (
    WHOLE,
    DomainShare,
    base_shares,
    difference_se,
    domain_shares,
    finest_variable,
)
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate.multiplicity import adjust
from aibaro.estimate.tails import distance_tail, student_quantile
from aibaro.published import PublishedSurvey

_TABULATED: tuple[float, ...] = (5, 10, 15, 20, 28, 40, 60, 90, 130, 200, 400, 1000, 5000)


@typed
def domain_differences(
    survey: PublishedSurvey,
    items: Sequence[str],
    *,
    domain: str | None = None,
    base: str = "all",
    against: str = "pairs",
    family: str = "all",
    simultaneous: str = "tukey",
    conf_level: float = 0.95,
    fpc: str = "population",
) -> pd.DataFrame:
    """Compare the levels of a stratum variable, item by item, over every table that the printed figures admit.

    Parameters
    ----------
    survey : PublishedSurvey
        A survey with strata.
    items : sequence of str
        Items of the base.
    domain : str, optional
        A stratum variable; by default the one with most levels.
    base : str
        ``"all"``, or a base of ``bases.csv`` such as the adopters, for whose shares bounds ship with the survey.
    against : {"pairs", "all"}
        Every pair of levels, or each level against the whole survey; a base other than all is compared in pairs.
    family : {"all", "item"}
        Holm's family: all rows of the table, or the rows of an item.
    simultaneous : {"tukey", "bonferroni"}
        Critical value of the intervals, simultaneous over the rows of an item; Tukey's studentised range serves pairs
        only, otherwise Bonferroni is taken.
    conf_level : float
        Confidence level.
    fpc : {"population", "none"}
        Whether the finite population correction is applied.

    Returns
    -------
    pandas.DataFrame
        ``item, domain, level_a, level_b, estimate, std_error, se_lower, se_upper, df, p_value, p_value_low, p_adjusted,
        p_adjusted_low, conf_low, conf_high, n_a, n_b, verdict``.  ``established``: significant in every consistent
        table, with the sign of the estimate; ``not_significant``: in none; ``depends``: undetermined.

    Raises
    ------
    InputError
        For choices that cannot be used.

    Notes
    -----
    t = d / SE with df = respondents less strata.  The largest p value takes the smallest absolute d inside the rounding
    intervals and the largest SE, the smallest p value the reverse; Holm is applied to either, which keeps both
    rigorous.  Limits: d outward by rounding ± critical value times the largest SE.

    References
    ----------
    Hayter, A. J. (1984). https://doi.org/10.1214/aos/1176346392
    Holm, S. (1979). https://www.jstor.org/stable/4615733

    Examples
    --------
    >>> from aibaro.published import load
    >>> table = domain_differences(load("flanders-2023"), ["at_least_one"], domain="size_class")
    >>> table.loc[table["level_b"] == "large", ["level_a", "estimate", "verdict"]].round(3)
      level_a  estimate      verdict
    2   micro    -0.402  established
    4   small    -0.358  established
    5  medium    -0.271  established
    """
    design = Design.from_strata(survey.strata)
    domain = finest_variable(design) if domain is None else domain
    wanted = [domain, WHOLE[0]] if against == "all" else [domain]
    if base == WHOLE[0]:
        shares = {item: domain_shares(survey, item, wanted, fpc=fpc) for item in items}
    elif against == "pairs" and fpc == "population":
        shares = {item: base_shares(survey, item, base, domain) for item in items}
    else:
        raise InputError(
            "shares of a base are compared in pairs, with the population correction",
            where="domain_differences",
            parameter="base, against, fpc",
            expected="pairs; population",
            got=f"{base}; {against}; {fpc}",
        )
    return domain_table(
        design,
        shares,
        domain=domain,
        against=against,
        family=family,
        simultaneous=simultaneous,
        conf_level=conf_level,
    )


def domain_table(
    design: Design,
    shares: Mapping[str, Sequence[DomainShare]],
    *,
    domain: str | None = None,
    against: str = "pairs",
    family: str = "all",
    simultaneous: str = "tukey",
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Compare levels item by item from shares that were read before."""
    if against not in {"pairs", "all"} or family not in {"all", "item"} or simultaneous not in {"tukey", "bonferroni"}:
        raise InputError(
            "unknown choice",
            where="domain_differences",
            parameter="against, family, simultaneous",
            expected="pairs or all; all or item; tukey or bonferroni",
            got=f"{against}; {family}; {simultaneous}",
        )
    domain = finest_variable(design) if domain is None else domain
    rows: list[dict[str, Any]] = []
    for members in shares.values():
        levels = [member for member in members if member.domain == domain]
        whole = [member for member in members if member.domain == WHOLE[0]]
        pairs = list(itertools.combinations(levels, 2)) if against == "pairs" else [(s, whole[0]) for s in levels]
        choice = simultaneous if against == "pairs" else "bonferroni"
        critical = _critical(choice, len(levels), len(pairs), conf_level)
        rows += [_compare(a, b, design, critical) for a, b in pairs]
    if not rows:
        raise InputError(
            "there is nothing to compare",
            where="domain_differences",
            parameter="domain",
            expected="an item whose share is printed for two levels or more",
            got=domain,
        )
    table = pd.DataFrame(rows)
    labels = table["item"].tolist() if family == "item" else None
    worst = adjust(table["p_value"].to_numpy(), "holm", labels)
    best = adjust(table["p_value_low"].to_numpy(), "holm", labels)
    words = [
        verdict("differs", sign, high, low, 1 - conf_level)
        for sign, high, low in zip(table.pop("sign"), worst, best, strict=True)
    ]
    place = list(table.columns).index("p_value_low") + 1
    table.insert(place, "p_adjusted", worst.tolist())
    table.insert(place + 1, "p_adjusted_low", best.tolist())
    return table.assign(verdict=words)


def _critical(choice: str, levels: int, pairs: int, conf_level: float) -> Callable[[float], float]:
    """Return the critical value as a function of the degrees of freedom."""
    if choice == "tukey":
        return lambda df: tukey_critical(levels, df, conf_level)
    return lambda df: float(student_quantile((1 - conf_level) / (2 * pairs), df))


def tukey_critical(levels: int, df: float, conf_level: float = 0.95) -> float:
    """Return the critical value of all pairwise t statistics of independent estimates.

    Parameters
    ----------
    levels : int
        Number of estimates.
    df : float
        Degrees of freedom; rounded down to the next tabulated value, which can only widen intervals.
    conf_level : float
        Simultaneous confidence level.

    Returns
    -------
    float
        Quantile of the studentised range over √2.

    Notes
    -----
    Exact for equal variances, conservative for unequal ones (Hayter 1984); the range's distribution is slow to
    integrate, so that it is tabulated at few degrees of freedom.

    References
    ----------
    Hayter, A. J. (1984). https://doi.org/10.1214/aos/1176346392

    Examples
    --------
    >>> round(tukey_critical(11, 5000), 4)
    3.2202
    """
    tabulated = [step for step in _TABULATED if step <= df]
    return _studentized(levels, tabulated[-1] if tabulated else df, conf_level)


@lru_cache(maxsize=256)
def _studentized(levels: int, df: float, conf_level: float) -> float:
    from scipy import stats

    return float(stats.studentized_range.isf(1 - conf_level, levels, df) / np.sqrt(2))


def _compare(a: DomainShare, b: DomainShare, design: Design, critical: Callable[[float], float]) -> dict[str, Any]:
    se_low, se_high = difference_se(a, b, design)
    disjoint = not (a.strata & b.strata).any()
    # of a part of the respondents print gives the fewest degrees of freedom alone; these are the most
    most = int((design.respondents - 1)[a.strata | b.strata].sum())
    df = a.df + b.df if disjoint else most
    low, high = float(a.share.low - b.share.high), float(a.share.high - b.share.low)
    near = max(low, -high, 0.0)
    half = critical(df) * se_high
    return {
        "item": a.item,
        "domain": a.domain,
        "level_a": a.level,
        "level_b": b.level,
        "estimate": float(a.share.value - b.share.value),
        "std_error": se_high,
        "se_lower": se_low,
        "se_upper": se_high,
        "df": df,
        "p_value": distance_tail(near, se_high, df),
        "p_value_low": distance_tail(max(-low, high), se_low, most),
        "conf_low": low - half,
        "conf_high": high + half,
        "n_a": a.n,
        "n_b": b.n,
        "sign": int(low > 0) - int(high < 0),
    }


@typed
def pair_matrix(table: pd.DataFrame, item: str) -> pd.DataFrame:
    """Arrange the pairs of an item as a square for a matrix plot.

    Parameters
    ----------
    table : pandas.DataFrame
        Pairs from :func:`domain_differences`.
    item : str
        The item.

    Returns
    -------
    pandas.DataFrame, shape (K, K)
        Row against column: 1 the row is higher in every consistent table, -1 lower, 0 significant in none, NaN
        undetermined; the diagonal is 0.

    Raises
    ------
    InputError
        When the table holds no pair of the item.

    Examples
    --------
    >>> from aibaro.published import load
    >>> table = domain_differences(load("flanders-2023"), ["at_least_one"], domain="size_class")
    >>> pair_matrix(table, "at_least_one").loc["large"].tolist()
    [1.0, 1.0, 1.0, 0.0]
    """
    rows = table.loc[table["item"] == item]
    if rows.empty:
        raise InputError(
            "no pair of this item", parameter="item", expected=", ".join(dict.fromkeys(table["item"])), got=item
        )
    levels = list(dict.fromkeys([*rows["level_a"], *rows["level_b"]]))
    matrix = pd.DataFrame(0.0, index=levels, columns=levels)
    for a, b, estimate, word in zip(rows["level_a"], rows["level_b"], rows["estimate"], rows["verdict"], strict=True):
        value = {"established": float(np.sign(estimate)), "not_significant": 0.0}.get(word, float("nan"))
        matrix.loc[a, b], matrix.loc[b, a] = value, -value
    return matrix
