"""What does a report show of a survey?  Every frame is computed here; the report only lays out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from aibaro.design import Design
from aibaro.errors import AibaroError
from aibaro.estimate import interval
from aibaro.reconstruct import centre, detection_limits, own_item
from aibaro.reconstruct.detection import DETECTION_FILE
from aibaro.study._headline import headline
from aibaro.study._study import Study

if TYPE_CHECKING:
    from aibaro.compare import Differences
    from aibaro.published import PublishedSurvey


# --- How do the comparisons of a survey become frames?


def comparison_frames(found: Differences) -> dict[str, pd.DataFrame]:
    """Return the entries of :class:`~aibaro.report.SurveyResults` that come from comparisons.

    Parameters
    ----------
    found : Differences
        All comparisons of a survey.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``differences``, ``ranks`` and ``pairs``, as far as there are any.
    """
    frames: dict[str, pd.DataFrame] = {}
    if found.declared is not None:
        frame = found.declared.to_frame()
        frames["differences"] = frame.assign(label=frame["item"])
    if len(found.ranks):
        frames["ranks"] = found.ranks
    if len(found.domains):
        frames["pairs"] = found.domains.assign(
            relation=[
                _relation(float(estimate), str(verdict))
                for estimate, verdict in zip(found.domains["estimate"], found.domains["verdict"], strict=True)
            ]
        )
    return frames


def _relation(estimate: float, verdict: str) -> str:
    """Turn a verdict on a difference into what the matrix of pairs shows of it."""
    if verdict != "established":
        return verdict
    return "higher" if estimate > 0 else "lower"


# --- How sure is print? Bounds with their intervals, the model inside them, detection limits, pinned counts.

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


# --- What does a report show of a survey? Every frame is computed here; the report only lays out.


def report_frames(study: Study) -> dict[str, Any]:
    """Return the frames of a survey by the names of :class:`aibaro.report.SurveyResults`.

    Parameters
    ----------
    study : Study
        The survey.

    Returns
    -------
    dict of str to object
        ``survey``, ``ledger``, ``claims`` and what else is known; arguments stand in both languages.

    Examples
    --------
    >>> from aibaro.study import open
    >>> sorted(report_frames(open("softwareone-2025")))
    ['claims', 'headline', 'ledger', 'notes', 'survey']
    """
    survey, ledger = study.survey, study.ledger
    frame, claims = ledger.to_frame(), ledger.claims_frame()
    dutch, dutch_claims = ledger.to_frame("nl"), ledger.claims_frame("nl")
    entry: dict[str, Any] = {
        "survey": survey,
        "ledger": frame.assign(argument_nl=dutch["argument"], sentence_nl=dutch["sentence"]),
        "claims": claims.assign(
            argument_nl=dutch_claims["argument"],
            sentence_nl=dutch_claims["sentence"],
            claim_nl=dutch_claims["claim"],
            unless_nl=dutch_claims["unless"],
        ),
    }
    entry["headline"] = headline(study)
    entry["notes"] = (*ledger.conditions(), *ledger.undecided)
    entry |= precision_frames(survey, study.bounds)
    parts = [part[part["domain"] == ""] for part in (study.bounds, study.overall) if part is not None]
    if parts:
        entry["overall"] = pd.concat(parts, ignore_index=True)
    if len(survey.strata):
        entry |= design_frames(study)
    if study.differences is not None:
        entry |= comparison_frames(study.differences)
    # what stands for a range, such as "<1%", is no point whose power has a figure
    plain = pd.Series([e.printing.band is None for e in ledger.entries], index=frame.index, dtype=bool)
    answers = frame[(frame["rule"] == "granular") & (frame["base_n"] != "") & plain]
    if len(answers):
        entry["grim"] = (
            answers[["id", "base_n", "power"]]
            .rename(columns={"base_n": "n"})
            .assign(n=lambda rows: rows["n"].astype("int64"))
        )
    return entry


def design_frames(study: Study) -> dict[str, Any]:
    """Return the strata with their weights, where print gives a design.

    Parameters
    ----------
    study : Study
        The survey.

    Returns
    -------
    dict of str to object
        ``design``, ``strata`` and ``weighting``; empty where the counts make no design.
    """
    from aibaro.weights import from_strata

    survey = study.survey
    try:
        design = Design.from_strata(survey.strata)
        weights = from_strata(design)
    except AibaroError:
        return {}  # counts that contradict each other make no design: the ledger names them
    return {
        "design": design,
        "strata": with_variance_shares(weights.to_frame(), design, survey, study.bounds),
        "weighting": {"kish_ratio": weights.kish_ratio, "kish_effective_n": weights.kish_effective_n},
    }
