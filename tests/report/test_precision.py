"""What a survey's files say of its precision reaches the report as it was computed."""

from __future__ import annotations

import pandas as pd
import pytest

from aibaro import disclosure
from aibaro.design import Design
from aibaro.published import PublishedSurvey, load
from aibaro.reconstruct import bounds_with_intervals, read_bounds
from aibaro.report.precision import precision_frames, with_variance_shares
from aibaro.weights import from_strata


@pytest.fixture(scope="module")
def survey() -> PublishedSurvey:
    """Give a survey with certified bounds."""
    return load("flanders-2023")


@pytest.fixture(scope="module")
def bounds(survey: PublishedSurvey) -> pd.DataFrame:
    """Give the bounds of one item, with their intervals."""
    every = read_bounds(survey)
    return bounds_with_intervals(survey, bounds=every[every["item"] == "technology.nlg"])


def test_counts_that_print_pins_down_are_those_of_the_audit(survey: PublishedSurvey) -> None:
    """The file that ships, computed anew for one item; it never says which strata."""
    shipped = precision_frames(survey, None)["pinned"]
    assert list(shipped.columns) == ["item", "base", "cells", "pinned", "narrow"]
    ranges = disclosure.stratum_ranges(survey, [("technology.nlg", "all")], constraints="domain")
    again = disclosure.pinned_summary(ranges)[list(shipped.columns)]
    own = shipped[shipped["item"] == "technology.nlg"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, again)


def test_the_models_interval_lies_within_the_conservative_one(survey: PublishedSurvey, bounds: pd.DataFrame) -> None:
    """Same degrees of freedom and a standard error within the bounds: nothing else can make it wider."""
    frames = precision_frames(survey, bounds)
    model, whole = frames["estimates"], frames["bounds"]
    assert (model["conf_low"] >= whole["conf_low"] - 1e-9).all()
    assert (model["conf_high"] <= whole["conf_high"] + 1e-9).all()
    assert whole["std_error"].between(whole["se_lower"], whole["se_upper"]).all()
    # print a rate as of whole counts only: in some small domain the model's own error had to give way
    assert (bounds["std_error"] > bounds["se_upper"]).any()


def test_shares_of_the_variance_add_up_and_follow_weights(survey: PublishedSurvey, bounds: pd.DataFrame) -> None:
    """One share a stratum; without bounds there is no model and no share."""
    design = Design.from_strata(survey.strata)
    strata = from_strata(design).to_frame()
    shares = with_variance_shares(strata, design, survey, bounds)["variance_share"]
    assert len(shares) == 44
    assert shares.sum() == pytest.approx(1)
    assert (shares >= 0).all()
    assert "variance_share" not in with_variance_shares(strata, design, survey, None)
