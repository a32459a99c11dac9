"""Which interval covers whatever the microdata would have given?  And which does the model give?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aibaro.estimate.intervals import interval
from aibaro.reconstruct.constraints import ItemSystem, PrintedShare, own_items
from aibaro.reconstruct.pinned import bound_key, largest_witnesses, read_bounds
from aibaro.reconstruct.smooth import Centre, centre

if TYPE_CHECKING:
    from aibaro.published import PublishedSurvey

GRID = 9


def conservative_limits(
    share: tuple[float, float],
    std_error: tuple[float, float],
    df: tuple[float, float],
    n: float,
    *,
    method: str = "logit",
    conf_level: float = 0.95,
) -> tuple[float, float]:
    """Give the widest confidence limits over a box of estimates, standard errors and degrees of freedom.

    Parameters
    ----------
    share, std_error, df : tuple of float
        Smallest and largest estimate (0 to 1), standard error and degrees of freedom.
    n : float
        Effective size that rules the limit at an estimate of 0 or 1.
    method : str
        Interval method of :mod:`aibaro.estimate.intervals`.
    conf_level : float
        Confidence level.

    Returns
    -------
    tuple of float
        Lowest lower and highest upper limit.

    Notes
    -----
    Every method's limits move outward as the standard error grows and as the degrees of freedom fall; in the
    estimate they are examined at both ends and on a grid between.  The interval contains the one that the
    microdata would have given by the same method; its coverage is the method's, not more.

    Examples
    --------
    >>> low, high = conservative_limits((0.3205, 0.3215), (0.007, 0.011), (30, 2568), 2612)
    >>> round(low, 3), round(high, 3)
    (0.298, 0.344)
    """
    points = np.unique(np.clip(np.linspace(share[0], share[1], GRID), 0.0, 1.0))
    errors, freedom = np.array(std_error), np.array(df)
    grid = [g.ravel() for g in np.meshgrid(points, errors, freedom, indexing="ij")]
    inner = (grid[0] > 0) & (grid[0] < 1)
    # a share strictly between 0 and 1 with a standard error of 0 has no interval of its own
    low, high, _ = interval(
        method,
        grid[0],
        np.where(inner, np.maximum(grid[1], 1e-12), 0.0),
        grid[2],
        np.full(len(grid[0]), n),
        conf_level=conf_level,
    )
    return float(max(np.nanmin(low), 0.0)), float(min(np.nanmax(high), 1.0))


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
    for row in frame.to_dict(orient="records"):
        key = (str(row["item"]), str(row["base"]))
        share = fitted[key][0].share(str(row["domain"]), str(row["level"]))
        if share is not None:
            counts = largest.get(bound_key(*key, share.domain, share.level))
            rows.append(
                (
                    *_beside(*fitted[key], share, row, method=method, conf_level=conf_level),
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
    """Give Satterthwaite's degrees of freedom at whole counts."""
    if counts is None:
        return float("nan")
    size = system.design.size
    inside = system.design.respondents if system.whole else np.array(counts[size:])
    table = Centre(np.array(counts[:size], dtype=float), np.asarray(inside, dtype=float), 0.0, "witness")
    return table.satterthwaite_df(system.design, share.strata)


def _beside(
    system: ItemSystem, middle: Centre, share: PrintedShare, row: Mapping[Any, Any], *, method: str, conf_level: float
) -> tuple[object, ...]:
    design = system.design
    members = list(share.strata)
    df_low = float(row["df_lower"])
    df_high = float((design.respondents[members] - 1).sum())
    weights, counts = design.weights[members], middle.y[members]
    kish = float((weights @ counts) ** 2 / (weights**2 @ counts))
    errors = (float(row["se_lower"]), float(row["se_upper"]))
    low, high = conservative_limits(
        (float(share.lower), float(share.upper)), errors, (df_low, df_high), kish, method=method, conf_level=conf_level
    )
    estimate, error = float(share.centre), middle.std_error(design, share.strata)
    df = middle.satterthwaite_df(design, share.strata)
    ends = conservative_limits(
        (estimate, estimate), (error, error), (df, df), kish, method=method, conf_level=conf_level
    )
    return estimate, low, high, method, conf_level, df_low, error, df, *ends
