"""How sure is print?  Bounds with their intervals, the model inside them, detection limits, pinned counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from aibaro.estimate import interval
from aibaro.reconstruct import centre, detection_limits, own_item
from aibaro.reconstruct.detection import DETECTION_FILE

if TYPE_CHECKING:
    from aibaro.design import Design
    from aibaro.published import PublishedSurvey

DISCLOSURE_FILE = "disclosure.csv"


def precision_frames(survey: PublishedSurvey, bounds: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """Return the entries of :class:`~aibaro.report.SurveyResults` that tell how sure print is.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    bounds : pandas.DataFrame or None
        Its bounds with intervals.

    Returns
    -------
    dict of str to pandas.DataFrame
        By the names of the report's results.
    """
    frames: dict[str, pd.DataFrame] = {}
    if bounds is not None:
        frames["bounds"] = bounds
    if bounds is not None and "centre_low" in bounds.columns:
        # the model's counts are not whole: in small strata its standard error can leave the range of those that are
        frames["bounds"] = bounds.assign(std_error=bounds["std_error"].clip(bounds["se_lower"], bounds["se_upper"]))
        frames["estimates"] = _at_the_model(frames["bounds"])
    if (survey.folder / DETECTION_FILE).is_file():
        frames["detection"] = detection_limits(survey)
    if (survey.folder / DISCLOSURE_FILE).is_file():
        frames["pinned"] = pd.read_csv(survey.folder / DISCLOSURE_FILE)
    return frames


def _at_the_model(bounds: pd.DataFrame) -> pd.DataFrame:
    """Take the intervals at the model's standard error, with the degrees of freedom of the conservative ones.

    With Satterthwaite's, those of a domain whose variance rests on a few answers would be wider than the conservative
    interval, and the two could not be read side by side.
    """
    share, error, df = (bounds[c].to_numpy(dtype=float) for c in ("estimate", "std_error", "df"))
    low, high, _ = interval("logit", share, error, df, df + 1)
    frame = bounds[["item", "base", "domain", "level", "estimate", "std_error", "df"]]
    return frame.assign(conf_low=low, conf_high=high)


def with_variance_shares(
    strata: pd.DataFrame, design: Design, survey: PublishedSurvey, bounds: pd.DataFrame | None
) -> pd.DataFrame:
    """Put beside each stratum what it contributes to the variance of the overall share, by the model."""
    if bounds is None or bounds.empty:
        return strata
    own = bounds["item"] == survey.headline
    chosen = bounds[own] if own.any() else bounds
    item, base = str(chosen["item"].iloc[0]), str(chosen["base"].iloc[0])
    middle = centre(own_item(survey, item, base))
    return strata.assign(variance_share=middle.variance_shares(design))
