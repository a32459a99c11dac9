"""Which ranks can each population have, once the uncertainty of all estimates is carried into the ranking?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from aibaro._arrays import BoolArray, FloatArray
from aibaro._typed import typed
from aibaro.compare._domain_pairs import domain_table
from aibaro.compare._paired import item_table
from aibaro.compare.domain_precision import DomainShare, domain_shares, finest_variable
from aibaro.compare.limits import critical
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.published import PublishedSurvey

METHODS: tuple[str, ...] = ("joint", "pairwise")


@typed
def rank_sets(
    estimate: ArrayLike,
    std_error: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    method: str = "pairwise",
    order: str = "decreasing",
    conf_level: float = 0.95,
    draws: int = 20_000,
    seed: int = 1,
) -> pd.DataFrame:
    """Return simultaneous confidence sets for the ranks of independent estimates.

    Parameters
    ----------
    estimate, std_error : array_like of float, shape (K,)
        Estimates and their standard errors.
    names : sequence of str, length K, optional
        Names of the populations.
    method : {"joint", "pairwise"}
        ``joint`` compares simultaneous intervals of the estimates (Klein, Wright & Wieczorek, Šidák's level);
        ``pairwise`` tests all differences together with the simulated maximum of their t statistics, step by step
        (Mogstad, Romano, Shaikh & Wilhelm): shorter sets.
    order : {"decreasing", "increasing"}
        Whether rank 1 is the largest or the smallest value.
    conf_level : float
        Simultaneous confidence level.
    draws, seed : int
        Normal draws of the maximum and their seed, for ``pairwise``.

    Returns
    -------
    pandas.DataFrame
        ``level, estimate, std_error, rank, rank_low, rank_high``, in the order given.

    Raises
    ------
    InputError
        For arrays that do not fit, non-positive standard errors or unknown names.

    Notes
    -----
    Rank set of k: from 1 + #{significantly ahead of k} to K - #{significantly behind k}.  With probability of at least
    `conf_level` all true ranks lie in their sets, as far as the estimates are normal with these standard errors.

    References
    ----------
    Klein, M., Wright, T. and Wieczorek, J. (2020). https://doi.org/10.1111/rssc.12402
    Mogstad, M., Romano, J. P., Shaikh, A. M. and Wilhelm, D. (2024). https://doi.org/10.1093/restud/rdad006

    Examples
    --------
    >>> rank_sets([10.0, 5.0, 4.5], [0.5, 0.5, 0.5], method="joint")[["rank", "rank_low", "rank_high"]].values.tolist()
    [[1, 1, 1], [2, 2, 3], [3, 2, 3]]
    """
    values, errors = np.atleast_1d(np.asarray(estimate, dtype=float)), np.atleast_1d(np.asarray(std_error, dtype=float))
    labels = [str(i + 1) for i in range(len(values))] if names is None else list(names)
    _check(values, errors, labels, method, order)
    towards = values if order == "decreasing" else -values
    if method == "joint":
        ahead = _joint(towards, errors, conf_level)
    else:
        ahead = step_down(towards, errors, _all_pairs(len(values)), conf_level=conf_level, draws=draws, seed=seed)
    low, high = sets_from(ahead)
    place = 1 + (towards[:, None] < towards[None, :]).sum(axis=1)
    return pd.DataFrame(
        {"level": labels, "estimate": values, "std_error": errors, "rank": place, "rank_low": low, "rank_high": high}
    )


def _check(values: FloatArray, errors: FloatArray, labels: Sequence[str], method: str, order: str) -> None:
    if values.ndim != 1 or values.shape != errors.shape or len(labels) != len(values) or len(values) < 2:
        raise InputError(
            "estimates, standard errors and names do not fit",
            where="rank_sets",
            expected="three lists of one length, at least 2",
            got=f"{values.shape}, {errors.shape}, {len(labels)}",
        )
    if not (np.all(np.isfinite(values)) and np.all(errors > 0) and np.all(np.isfinite(errors))):
        raise InputError(
            "a ranking needs finite estimates and positive standard errors",
            where="rank_sets",
            parameter="estimate, std_error",
        )
    if method not in METHODS or order not in {"decreasing", "increasing"}:
        raise InputError(
            "unknown choice",
            where="rank_sets",
            parameter="method, order",
            expected=f"{', '.join(METHODS)}; decreasing, increasing",
            got=f"{method}; {order}",
        )


def _joint(values: FloatArray, errors: FloatArray, conf_level: float) -> BoolArray:
    z = critical(float(conf_level ** (1 / len(values))))
    low, high = values - z * errors, values + z * errors
    # open intervals: touching ends are still apart
    return np.asarray(low[:, None] >= high[None, :])


def _all_pairs(size: int) -> BoolArray:
    return ~np.eye(size, dtype=bool)


def step_down(
    values: FloatArray,
    errors: FloatArray,
    pairs: BoolArray,
    *,
    conf_level: float = 0.95,
    draws: int = 20_000,
    seed: int = 1,
) -> BoolArray:
    """Find the differences of independent estimates that are significant together, step by step.

    Notes
    -----
    The critical value is the quantile of max |t| over the differences not yet rejected; rejecting some lowers it for
    the rest (Romano and Wolf 2005).

    References
    ----------
    Romano, J. P. and Wolf, M. (2005). https://doi.org/10.1198/016214504000000539

    Examples
    --------
    >>> step_down(np.array([9.0, 5.0]), np.array([1.0, 1.0]), ~np.eye(2, dtype=bool))[0].tolist()
    [False, True]
    """
    spread = np.hypot(errors[:, None], errors[None, :])
    t = (values[:, None] - values[None, :]) / spread
    noise = np.random.default_rng(seed).standard_normal((draws, len(values))) * errors
    active = pairs.copy()
    rejected = np.zeros_like(pairs)
    while active.any():
        rows, columns = np.nonzero(active)
        largest = np.zeros(draws)
        for i, j in zip(rows, columns, strict=True):
            np.maximum(largest, np.abs(noise[:, i] - noise[:, j]) / spread[i, j], out=largest)
        limit = float(np.quantile(largest, conf_level))
        new = active & (np.abs(t) > limit)
        if not new.any():
            break
        rejected |= new & (t > 0)
        active &= ~new
    # a difference tested in one direction only is read in both
    return np.asarray(rejected | (_reversed(pairs, t, rejected, active)))


def _reversed(pairs: BoolArray, t: FloatArray, rejected: BoolArray, active: BoolArray) -> BoolArray:
    behind = pairs & ~active & (t < 0) & ~rejected
    return np.asarray(behind.T)


def sets_from(ahead: BoolArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Turn significant differences into rank sets.

    Examples
    --------
    >>> low, high = sets_from(np.array([[False, True], [False, False]]))
    >>> low.tolist(), high.tolist()
    ([1, 2], [1, 2])
    """
    size = ahead.shape[0]
    return 1 + ahead.sum(axis=0).astype(np.int64), size - ahead.sum(axis=1).astype(np.int64)


@typed
def domain_ranks(
    survey: PublishedSurvey, item: str, *, domain: str | None = None, conf_level: float = 0.95, fpc: str = "population"
) -> pd.DataFrame:
    """Return rank sets of the levels of a stratum variable that hold in every table that the printed figures admit.

    Parameters
    ----------
    survey : PublishedSurvey
        A survey with strata.
    item : str
        An item asked of everybody.
    domain : str, optional
        A stratum variable; by default the one with most levels.
    conf_level : float
        Simultaneous confidence level, by Holm over all pairs.
    fpc : {"population", "none"}
        Whether the finite population correction is applied.

    Returns
    -------
    pandas.DataFrame
        ``item, domain, level, estimate, rank, rank_low, rank_high, rank_low_inner, rank_high_inner``: the set from the
        respondents' rows lies inside ``rank_low..rank_high`` and holds ``rank_low_inner..rank_high_inner``.

    Notes
    -----
    Rank sets as in :func:`rank_sets`, from differences that are significant after Holm: those that are with every
    standard error that the printed figures admit give ``rank_low`` and ``rank_high``, those that are with some give the
    inner set.

    References
    ----------
    Mogstad, M., Romano, J. P., Shaikh, A. M. and Wilhelm, D. (2024). https://doi.org/10.1093/restud/rdad006

    Examples
    --------
    >>> from aibaro.published import load
    >>> ranks = domain_ranks(load("flanders-2023"), "at_least_one", domain="size_class")
    >>> ranks.loc[ranks["level"] == "large", ["rank", "rank_low", "rank_high"]].values.tolist()
    [[1, 1, 1]]
    """
    design = Design.from_strata(survey.strata)
    domain = finest_variable(design) if domain is None else domain
    shares = domain_shares(survey, item, [domain], fpc=fpc)
    return domain_rank_table(design, shares, domain=domain, conf_level=conf_level)


def domain_rank_table(
    design: Design, shares: Sequence[DomainShare], *, domain: str | None = None, conf_level: float = 0.95
) -> pd.DataFrame:
    """Return rank sets of levels from shares that were read before."""
    domain = finest_variable(design) if domain is None else domain
    members = [share for share in shares if share.domain == domain]
    item = members[0].item
    table = domain_table(design, {item: members}, domain=domain, conf_level=conf_level)
    values = [float(member.share.value) for member in members]
    frame = _from_pairs(table, ("level_a", "level_b"), [m.level for m in members], values, 1 - conf_level)
    frame.insert(0, "item", item)
    frame.insert(1, "domain", domain)
    return frame


@typed
def item_ranks(
    survey: PublishedSurvey, items: Sequence[str], *, domain: str = "all", level: str = "all", conf_level: float = 0.95
) -> pd.DataFrame:
    """Return rank sets of several items of one sample that hold in every table that the printed figures admit.

    Parameters
    ----------
    survey : PublishedSurvey
        A survey with strata.
    items : sequence of str
        Items asked of everybody.
    domain, level : str
        A stratum domain; ``"all"`` is the whole survey.
    conf_level : float
        Simultaneous confidence level, by Holm over all pairs.

    Returns
    -------
    pandas.DataFrame
        Columns of :func:`domain_ranks`, with the item as ``level``.

    Notes
    -----
    As :func:`domain_ranks`, with the standard errors of :func:`paired_se_bounds`: the items have the same respondents.

    References
    ----------
    Mogstad, M., Romano, J. P., Shaikh, A. M. and Wilhelm, D. (2024). https://doi.org/10.1093/restud/rdad006

    Examples
    --------
    >>> from aibaro.published import load
    >>> pair = ["technology.nlg", "technology.autonomous_machines"]
    >>> item_ranks(load("flanders-2023"), pair)[["level", "rank", "rank_low", "rank_high"]]
                                level  rank  rank_low  rank_high
    0                  technology.nlg     1         1          1
    1  technology.autonomous_machines     2         2          2
    """
    shares = {item: domain_shares(survey, item) for item in items}
    table = item_table(Design.from_strata(survey.strata), shares, domain=domain, level=level, conf_level=conf_level)
    return item_rank_table(table, shares, domain=domain, level=level, conf_level=conf_level)


def item_rank_table(
    table: pd.DataFrame,
    shares: Mapping[str, Sequence[DomainShare]],
    *,
    domain: str = "all",
    level: str = "all",
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Return rank sets of items from pairs that were compared before."""
    values = [
        float(next(s.share.value for s in rows if (s.domain, s.level) == (domain, level))) for rows in shares.values()
    ]
    return _from_pairs(table, ("item_a", "item_b"), list(shares), values, 1 - conf_level)


def _from_pairs(
    table: pd.DataFrame, names: tuple[str, str], levels: list[str], values: list[float], alpha: float
) -> pd.DataFrame:
    first, second = names
    place = {level: i for i, level in enumerate(levels)}
    sets = []
    for column in ("p_adjusted", "p_adjusted_low"):
        ahead = np.zeros((len(levels), len(levels)), dtype=bool)
        for a, b, estimate, p in zip(table[first], table[second], table["estimate"], table[column], strict=True):
            if p < alpha and estimate != 0:
                winner, loser = (a, b) if estimate > 0 else (b, a)
                ahead[place[winner], place[loser]] = True
        sets.append(sets_from(ahead))
    series = pd.Series(values)
    return pd.DataFrame(
        {
            "level": levels,
            "estimate": values,
            "rank": series.rank(ascending=False, method="min").astype(int),
            "rank_low": sets[0][0],
            "rank_high": sets[0][1],
            "rank_low_inner": sets[1][0],
            "rank_high_inner": sets[1][1],
        }
    )
