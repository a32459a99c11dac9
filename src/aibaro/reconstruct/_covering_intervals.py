"""Which interval covers whatever the microdata would have given?  And which does the model give?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import ceil, log
from typing import Any

import numpy as np
import pandas as pd

from aibaro._arrays import FloatArray
from aibaro.errors import InputError
from aibaro.estimate import interval
from aibaro.published import PublishedSurvey
from aibaro.reconstruct._centre import Centre, centre
from aibaro.reconstruct._domain_sizes import DomainSize, Ends, domain_size
from aibaro.reconstruct.items import ItemSystem, Mask, PrintedShare, own_items
from aibaro.reconstruct.kept import bound_key, largest_witnesses, read_bounds

GRID = 9
# neighbouring shares near 0 and 1 are at most this factor apart
STEP = 1.02


def conservative_limits(
    share: Ends,
    std_error: Ends,
    df: Ends,
    n: float | Ends,
    *,
    kish: float | None = None,
    size: DomainSize | None = None,
    method: str = "logit",
    conf_level: float = 0.95,
) -> Ends:
    """Widest confidence limits over all estimates, standard errors, degrees of freedom and sizes of tables.

    Parameters
    ----------
    share, std_error, df : tuple of float
        Smallest and largest estimate (0 to 1), standard error and degrees of freedom.
    n : float or tuple of float
        Respondents of the domain, or their smallest and largest number.
    kish : float, optional
        Smallest effective size of Kish, which rules the limit at an estimate of 0 or 1; by default the smallest `n`.
    size : DomainSize, optional
        What is known of the domain's respondents: which shares near 0 and 1 whole counts can have, and how large a
        standard error goes with them.  Without it the largest standard error is held possible at every share.
    method : {"wald", "logit", "wilson", "beta", "arcsine", "likelihood"}
        Interval method of :func:`aibaro.estimate.intervals.interval`.
    conf_level : float
        Confidence level.

    Returns
    -------
    tuple of float
        Lowest lower and highest upper limit, within [0, 1].

    Raises
    ------
    InputError
        For ends in the wrong order, an unknown method or a level outside (0, 1).

    Notes
    -----
    Every method's limits move outward as the standard error grows and as the degrees of freedom fall.  In the
    estimate, at a given standard error, a limit has no maximum between the ends of a range, only on them; ranges
    near 0 and 1 are cut where the largest standard error changes.  The interval contains the one that the
    microdata would have given by the same method; its coverage is the method's, not more.

    References
    ----------
    Imbens, G. W. and Manski, C. F. (2004). Confidence intervals for partially identified parameters. Econometrica 72,
    1845-1857. https://doi.org/10.1111/j.1468-0262.2004.00555.x

    Examples
    --------
    >>> low, high = conservative_limits((0.3205, 0.3215), (0.007, 0.011), (30, 2568), 2612)
    >>> round(low, 3), round(high, 3)
    (0.298, 0.344)
    >>> low, high = conservative_limits((0, 0), (0, 0), (3, 3), (5, 12), kish=4.458)
    >>> low, round(high, 3)
    (0.0, 0.563)
    """
    sizes = (float(n), float(n)) if isinstance(n, (int, float)) else (float(n[0]), float(n[1]))
    for name, ends in (("share", share), ("std_error", std_error), ("df", df), ("n", sizes)):
        if not ends[0] <= ends[1]:
            raise InputError(
                "ends in the wrong order",
                where="conservative_limits",
                parameter=name,
                expected="smallest, largest",
                got=str(ends),
            )
    points, errors = _estimates(share, std_error[1], size)
    estimates, spread, freedom = np.repeat(points, 4), np.repeat(errors, 4), np.tile(np.repeat(df, 2), len(points))
    counts = np.tile(np.array(sizes), 2 * len(points))
    least = sizes[0] if kish is None else kish
    low, high, _ = interval(
        method, estimates, spread, freedom, counts, kish=np.full(len(counts), least), conf_level=conf_level
    )
    # an estimate lies in its own interval, also where a standard error is too small for a method's quantiles
    low, high = np.fmin(low, estimates), np.fmax(high, estimates)
    return float(max(low.min(), 0.0)), float(min(high.max(), 1.0))


def _estimates(share: Ends, largest: float, size: DomainSize | None) -> tuple[FloatArray, FloatArray]:
    """Shares that tables can have, and the largest standard error between each and its neighbours."""
    low, high = max(float(share[0]), 0.0), min(float(share[1]), 1.0)
    edges = [end for end in (0.0, 1.0) if low <= end <= high]
    if size is None:
        points = np.unique(np.linspace(low, high, GRID))
        points = points[(points > 0) & (points < 1)]
        errors = np.full(len(points), largest)
        if edges and largest > 0:
            # nothing ties estimate and error: the limits of an estimate next to 0 or 1 are held possible too
            points, errors = (
                np.append(points, np.clip(edges, 1e-12, 1 - 1e-12)),
                np.append(errors, [largest] * len(edges)),
            )
    else:
        points, errors = _within(max(low, size.first), min(high, 1 - size.first), largest, size)
    return np.append(points, edges), np.append(errors, np.zeros(len(edges)))


def _within(low: float, high: float, largest: float, size: DomainSize) -> tuple[FloatArray, FloatArray]:
    """Both ends of pieces of the shares, with the largest standard error of the piece."""
    if not low <= high:
        return np.empty(0), np.empty(0)
    cuts = {low, high}
    cuts |= {c for w in size.strata[:, 0] for c in (w / size.weight[1], 1 - w / size.weight[1]) if low < c < high}
    cuts |= {0.5} if low < 0.5 < high else set()
    points = sorted(cuts)
    fine: list[float] = [points[0]]
    for a, b in pairwise(points):
        ratio = max(b / a, (1 - a) / (1 - b))
        # where the share ties the error more than the bound does, finer pieces tell more
        tied = float(size.largest_error(np.array([a, b])).min()) < largest
        fine += _geometric(a, b, max(1, ceil(log(ratio) / log(STEP))) if tied else 1)
    ends = np.array(fine)
    if len(ends) == 1:
        return ends, np.minimum(size.largest_error(ends), largest)
    left, right = ends[:-1], ends[1:]
    # the bound jumps at the weights of strata: inside a piece it is that of a point just within
    inside = np.maximum(*(size.largest_error(v) for v in (left + 1e-12 * left, right - 1e-12 * right)))
    errors = np.concatenate([inside, inside, size.largest_error(ends)])
    return np.concatenate([left, right, ends]), np.minimum(errors, largest)


def _geometric(low: float, high: float, steps: int) -> list[float]:
    """Points up to a share, growing by a factor below 1/2; above, their complements fall by one."""
    if high <= 0.5:
        return [float(v) for v in np.geomspace(low, high, steps + 1)[1:]]
    return [1 - float(v) for v in np.geomspace(1 - low, 1 - high, steps + 1)[1:]]


def bounds_with_intervals(
    survey: PublishedSurvey,
    *,
    method: str = "logit",
    conf_level: float = 0.95,
    bounds: pd.DataFrame | None = None,
    systems: Mapping[tuple[str, str], ItemSystem] | None = None,
) -> pd.DataFrame:
    """Put the conservative interval and the model-based centre beside each pinned bound.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    method : str
        Interval method of :mod:`aibaro.estimate.intervals`.
    conf_level : float
        Confidence level.
    bounds : pandas.DataFrame, optional
        Bounds as :func:`~aibaro.reconstruct.read_bounds` gives them; by default the pinned ones.
    systems : mapping of (str, str) to ItemSystem, optional
        The survey's statements by item and base, where :func:`own_items` collected them before.

    Returns
    -------
    pandas.DataFrame
        The bounds with ``estimate`` (the printed share), ``conf_low``, ``conf_high`` (conservative), ``method``,
        ``conf_level``, ``df`` (its lower bound), ``std_error``, ``centre_df``, ``centre_low``, ``centre_high`` (the
        model-based centre), ``witness_df``.  Both ``centre_df`` and ``witness_df`` are Satterthwaite's, at the centre
        and at the counts with the largest standard error (missing where none are kept): not rigorous.

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct import read_bounds
    >>> survey = load("flanders-2023")
    >>> bounds = read_bounds(survey)
    >>> overall = bounds[(bounds["item"] == "technology.nlg") & (bounds["domain"] == "")]
    >>> found = bounds_with_intervals(survey, bounds=overall).iloc[0]
    >>> bool(found["conf_low"] < found["estimate"] < found["conf_high"])
    True
    """
    frame = read_bounds(survey) if bounds is None else bounds.copy()
    rows = []
    largest = largest_witnesses(survey)
    pairs = sorted({(str(a), str(b)) for a, b in zip(frame["item"], frame["base"], strict=True)})
    own = (own_items(survey, pairs) if pairs else {}) if systems is None else systems
    fitted = {pair: (own[pair], centre(own[pair])) for pair in pairs}
    sizes: dict[tuple[str, Mask], DomainSize] = {}
    for row in frame.to_dict(orient="records"):
        key = (str(row["item"]), str(row["base"]))
        share = fitted[key][0].share(str(row["domain"]), str(row["level"]))
        if share is not None:
            counts = largest.get(bound_key(*key, share.domain, share.level))
            place = (key[1], share.strata)
            if place not in sizes:
                sizes[place] = domain_size(own[key], share.strata)
            rows.append(
                (
                    *_beside(*fitted[key], share, row, sizes[place], method=method, conf_level=conf_level),
                    _witness_df(fitted[key][0], share, counts),
                )
            )
    names = [
        "estimate",
        "conf_low",
        "conf_high",
        "method",
        "conf_level",
        "df",
        "std_error",
        "centre_df",
        "centre_low",
        "centre_high",
        "witness_df",
    ]
    return pd.concat([frame.reset_index(drop=True), pd.DataFrame(rows, columns=names)], axis=1)


def _witness_df(system: ItemSystem, share: PrintedShare, counts: tuple[int, ...] | None) -> float:
    """Return Satterthwaite's degrees of freedom at whole counts."""
    if counts is None:
        return float("nan")
    size = system.design.size
    inside = system.design.respondents if system.whole else np.array(counts[size : 2 * size])
    table = Centre(np.array(counts[:size], dtype=float), np.asarray(inside, dtype=float), 0.0, "witness")
    return table.satterthwaite_df(system.design, share.strata)


def _beside(
    system: ItemSystem,
    middle: Centre,
    share: PrintedShare,
    row: Mapping[Any, Any],
    size: DomainSize,
    *,
    method: str,
    conf_level: float,
) -> tuple[object, ...]:
    design = system.design
    members = list(share.strata)
    df_low, df_high = (float(v) for v in size.df)
    low, high = conservative_limits(
        (float(share.lower), float(share.upper)),
        (float(row["se_lower"]), float(row["se_upper"])),
        (df_low, df_high),
        size.n,
        kish=size.kish,
        size=size,
        method=method,
        conf_level=conf_level,
    )
    estimate, error = float(share.centre), middle.std_error(design, share.strata)
    df = middle.satterthwaite_df(design, share.strata)
    weights, counts = design.weights[members], middle.y[members]
    kish = float((weights @ counts) ** 2 / (weights**2 @ counts))
    ends = conservative_limits(
        (estimate, estimate),
        (error, error),
        (df, df),
        float(counts.sum()),
        kish=kish,
        method=method,
        conf_level=conf_level,
    )
    return estimate, low, high, method, conf_level, df_low, error, df, *ends
