"""Quantiles with Woodruff's interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from aibaro._arrays import FloatArray
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate import _intervals, _reliability
from aibaro.estimate._analysis import By, Domain, joint_deviations, split_by
from aibaro.estimate._arguments import is_number
from aibaro.estimate._intervals import METHODS, critical_value, effective_n
from aibaro.estimate._options import Options
from aibaro.estimate._replicates import chosen
from aibaro.estimate._results import Estimates, Part
from aibaro.estimate._search import Search, ShareBelow

RULES = ("math", "school")


def quantile(
    data: Any,
    item: str,
    q: float | Sequence[float] = 0.5,
    *,
    design: Design,
    by: By = None,
    domain: Domain = None,
    base: str | None = None,
    rule: str = "math",
    interval: str = "wald",
    df: str | float = "design",
    fpc: str | None = None,
    single: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Estimate quantiles of an outcome.

    Parameters
    ----------
    data : frame
        Respondents' rows.
    item : str
        Column of the outcome.
    q : float or sequence of float
        Shares below the quantiles, strictly between 0 and 1.
    design : Design
        Design that was read from the rows.
    by, domain, base
        Domains, as in :func:`proportion`.
    rule : {"math", "school"}
        ``math``: the smallest value whose cumulated weight reaches the share; ``school``: the mean of that value and
        the next one where the share is reached exactly.
    interval : {"wald", "logit", "wilson", "beta", "arcsine", "likelihood"}
        Interval of the share below the estimate, which is turned into an interval of the quantile.
    df, fpc, single, conf_level
        Choices, as in :func:`proportion`.

    Returns
    -------
    Estimates
        One row per share and domain; the item is named ``item[q]``.

    Raises
    ------
    InputError
        For data that do not fit the design, shares outside (0, 1) and unknown choices.

    Notes
    -----
    Woodruff: the interval of the share of units at or below the estimate is mapped through the inverse of the
    distribution function; the standard error is its length over twice Student's t.  A limit that leaves [0, 1] gives no
    limit of the quantile (NaN).  Each step is one group-by into 512 bins of the brackets that are left, so that memory
    is that of the bins, never of the rows; a few steps find the value itself, and two group-bys give its variance.

    References
    ----------
    Woodruff, R. S. (1952). https://doi.org/10.1080/01621459.1952.10483443

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"size": ["s"] * 4 + ["l"] * 4, "staff": [1, 2, 3, 4, 50, 60, 70, 80]})
    >>> design = Design.from_frame(rows, strata="size", population={"s": 60, "l": 8})
    >>> quantile(rows, "staff", [0.25, 0.5], design=design).estimate
    array([2., 3.])
    """
    shares = _shares(q, rule, interval)
    options = Options.checked(
        design,
        interval="wald",
        df=df,
        fpc=fpc,
        single=single,
        deff="with_replacement",
        conf_level=conf_level,
        proportion=False,
        columns={"item": item},
        base=base,
        domain=domain,
    )
    design, variance = chosen(design, None)
    search = Search.start(data, item, design, terms=split_by(by), domain=domain, base=base)
    owners = search.owners()
    estimate = np.concatenate([search.solve(np.full(len(owners), share), rule) for share in shares])
    below = search.share_below(estimate, len(shares), options)
    low, high, method = _intervals.interval(
        interval, below.share, below.std_error, below.df, below.n, kish=below.kish, conf_level=conf_level
    )
    limits = [search.solve_inside(p, rule, len(shares)) for p in (low, high)]
    critical = np.array([critical_value(f, (1 - conf_level) / 2) for f in below.df])
    error = (limits[1] - limits[0]) / (2 * critical)
    names = [(f"{item}[{share:g}]", t.domain, level) for share in shares for t in search.terms for level in t.names]
    columns = np.array(names, dtype=object).reshape(-1, 3)
    n_eff = np.where(below.std_error > 0, effective_n(below.share, below.std_error), below.kish)
    flag = _reliability.general_flags(estimate, error, low=limits[0], high=limits[1], n_eff=n_eff, df=below.df)
    parts = _parts(below, error)
    return Estimates(
        target="quantile",
        item=columns[:, 0],
        category=np.full(len(columns), "", dtype=object),
        domain=columns[:, 1],
        level=columns[:, 2],
        estimate=estimate,
        std_error=error,
        df=below.df,
        df_design=below.df_design,
        df_satterthwaite=below.df_satterthwaite,
        conf_low=limits[0],
        conf_high=limits[1],
        method=np.array([f"woodruff-{m}" for m in method]),
        n=below.n,
        missing=below.missing,
        n_eff=n_eff,
        deff=np.full(len(estimate), np.nan),
        weight_total=below.weight,
        flag=flag,
        options=options,
        parts=parts,
        cells=below.cells,
        variance=variance,
        deviations=joint_deviations(parts),
    )


def _parts(below: ShareBelow, error: FloatArray) -> tuple[Part, ...]:
    """Linearised quantiles, for contrasts: shares below over the density that Woodruff's interval implies."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # a share without variance has no density: its quantile does not move
        slope = np.where((below.std_error > 0) & np.isfinite(error), error / below.std_error, 0.0)
    parts, start = [], 0
    for name, level, linear in below.linear:
        own = slope[start : start + len(linear.estimate)]
        moved = {"unit": linear.unit * own, "contribution": linear.contribution * own[linear.pairs.level] ** 2}
        away = None if linear.deviations is None else linear.deviations * own
        parts.append(Part(name, start, level, replace(linear, deviations=away, **moved)))
        start += len(own)
    return tuple(parts)


def _shares(q: float | Sequence[float], rule: str, interval: str) -> list[float]:
    values: list[Any] = list(q) if isinstance(q, list | tuple | np.ndarray) else [q]
    shares = [float(v) for v in values if is_number(v) and 0 < v < 1]
    if not shares or len(shares) < len(values) or len(set(shares)) < len(shares):
        raise InputError(
            "not a share below a quantile",
            parameter="q",
            expected="numbers between 0 and 1, each once",
            got=repr(q),
            hint="the median is 0.5",
        )
    if not isinstance(rule, str) or rule not in RULES:
        raise InputError("unknown choice", parameter="rule", expected=", ".join(RULES), got=repr(rule))
    _intervals.check_method(interval, METHODS)
    return shares
