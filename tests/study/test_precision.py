"""What a survey's files say of its precision reaches the report as it was computed."""

from __future__ import annotations

import pandas as pd
import pytest

from aibaro import disclosure
from aibaro.design import Design
from aibaro.published import PublishedSurvey, load
from aibaro.reconstruct import bounds_with_intervals, read_bounds
from aibaro.report.chapters.shares import overall_section
from aibaro.report.inputs import SurveyResults
from aibaro.report.names import Names
from aibaro.study._frames import precision_frames, with_variance_shares
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


def test_figures_of_a_whole_base_stand_by_kind_and_base_with_their_intervals(survey: PublishedSurvey) -> None:
    """Everybody comes first; limits are those of the bounds; none spans the whole width."""
    kept = pd.concat([read_bounds(survey), read_bounds(survey, "overall")], ignore_index=True)
    drawn = kept["item"].str.startswith(("technology.", "barrier.", "gap."))
    whole = bounds_with_intervals(survey, bounds=kept[drawn & (kept["domain"] == "")])
    ledger = pd.DataFrame({"id": [], "verdict": []})
    results = SurveyResults.read({"survey": survey, "ledger": ledger, "overall": whole}, "a test")
    section = overall_section(results, Names.of(survey))
    assert section is not None
    keys = [exhibit.key for exhibit in (*section.exhibits, *section.more)]
    assert keys[0] == "fl23-overall-technology-all"
    assert "fl23-overall-barrier-adopters" in keys
    assert len(set(keys)) == len(keys)
    limits = {
        (r["item"], round(100 * r["conf_low"], 9), round(100 * r["conf_high"], 9)) for r in whole.to_dict("records")
    }
    shown = pd.concat([exhibit.table.data for exhibit in (*section.exhibits, *section.more)])
    assert {(r["item"], round(r["conf_low"], 9), round(r["conf_high"], 9)) for r in shown.to_dict("records")} <= limits
    assert len(shown) == len(whole) - 1  # technologies of users of one technology are a single figure
    assert not [exhibit.key for exhibit in section.more if "spans the whole width" in exhibit.caption.en]


def test_no_section_of_whole_bases_without_bounds(survey: PublishedSurvey) -> None:
    results = SurveyResults.read({"survey": survey, "ledger": pd.DataFrame({"id": [], "verdict": []})}, "a test")
    assert overall_section(results, Names.of(survey)) is None
