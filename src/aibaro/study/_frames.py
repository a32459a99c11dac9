"""What does a report show of a survey?  Every frame is computed here; the report only lays out."""

from __future__ import annotations

from typing import Any

import pandas as pd

from aibaro.design import Design
from aibaro.errors import AibaroError
from aibaro.study._comparisons import comparison_frames
from aibaro.study._headline import headline
from aibaro.study._precision import precision_frames, with_variance_shares
from aibaro.study._study import Study


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
