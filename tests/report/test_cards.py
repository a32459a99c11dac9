"""The first screen: what was found, and a card a survey, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from aibaro import study
from aibaro.report.chapters.claims import limits_section
from aibaro.report.inputs import SurveyResults
from aibaro.report.ledger_rows import ledger_rows
from aibaro.report.overview import SurveyLine, card, sentences, survey_line, told
from aibaro.report.words import interval, say
from aibaro.study import Headline, KeyDifference, KeyFigure, headline, report_frames


@pytest.fixture(scope="module")
def topdesk() -> tuple[SurveyResults, SurveyLine]:
    results = SurveyResults.read(report_frames(study.open("topdesk-2025")), "topdesk-2025")
    return results, survey_line(results, ledger_rows(results))


def with_headline(results: SurveyResults, **changes: object) -> SurveyResults:
    assert results.headline is not None
    return replace(results, headline=replace(results.headline, **changes))


def test_the_headline_comes_from_the_survey() -> None:
    found = headline(study.open("topdesk-2025"))
    assert found.sizes == (("", 1000),)
    assert found.figure is not None
    assert (found.figure.key.item, found.figure.printed) == ("integrated", "zestien procent")
    assert found.response is None, "no sample is printed"
    assert found.nonresponse is None
    assert dict(found.unchecked).keys().isdisjoint({"date", "definition"})


def test_a_card_says_who_was_asked_and_how_far_to_trust_it(topdesk: tuple[SurveyResults, SurveyLine]) -> None:
    shown = card(*topdesk)
    assert shown.asked.en.startswith("IT managers in the Netherlands")
    assert shown.asked.nl.startswith("IT-managers in Nederland")
    assert "1,000 respondents" in shown.asked.en
    assert "1.000 respondenten" in shown.asked.nl
    assert shown.figures[0].en.startswith("16% (printed as “zestien procent”) of Dutch organisations have AI")
    assert "no margin of error follows" in shown.figures[0].en
    assert (shown.short, shown.measured) == ("TOPdesk", False)
    assert "weighted is not known" in shown.trust.en
    assert shown.fails == ()


def test_the_count_of_unchecked_numbers_is_that_of_the_ledger(topdesk: tuple[SurveyResults, SurveyLine]) -> None:
    """A link on the card leads to the rows that it counts, dates and definitions among them."""
    results, line = topdesk
    shown = card(results, line)
    open_ = int((results.ledger["verdict"] == "not_checkable").sum())
    assert shown.silent.en.startswith(f"{open_} of {line.numbers} numbers")
    assert sum(map(int, re.findall(r"\((\d+)\)", shown.silent.en))) == open_


def test_intervals_and_nonresponse_are_in_percent(topdesk: tuple[SurveyResults, SurveyLine]) -> None:
    results, line = topdesk
    assert results.headline is not None
    assert results.headline.figure is not None
    figure = KeyFigure(results.headline.figure.key, "32,1%", 0.29937, 0.34339)
    changed = with_headline(results, figure=figure, response=0.2698, nonresponse=(0.0794, 0.8392))
    shown = card(changed, line)
    assert "32.1% of Dutch organisations have AI" in shown.figures[0].en
    assert "(95% interval 29.9 to 34.3%)" in shown.figures[0].en
    assert "29,9" in shown.figures[0].nl
    assert "27% of those approached answered" in shown.trust.en
    assert "7.9 to 83.9%" in shown.trust.en


def test_differences_come_before_a_figure_without_groups(topdesk: tuple[SurveyResults, SurveyLine]) -> None:
    results, line = topdesk
    difference = KeyDifference("integrated", "a", "b", "19%", "28%", -0.1345, -0.0452, 5.287)
    shown = card(with_headline(results, differences=(difference,)), line)
    assert "a 19%, b 28%, a difference of 4.5 to 13.5 points" in shown.figures[0].en
    assert "worth less than 19% of their size" in shown.trust.en
    assert len(shown.figures) == 2


@pytest.mark.parametrize(
    ("wrong", "fails", "words"),
    [
        (0, 0, "None of 24 printed numbers was found wrong: 20 agree with the others, 4 cannot be checked. None of 22"),
        (0, 1, "Of 22 statements, one is contradicted"),
        (1, 2, "One of 24 printed numbers does not fit the others; 4 cannot be checked. Of 22 statements, 2 are"),
    ],
)
def test_the_last_sentence_counts_what_fails(
    topdesk: tuple[SurveyResults, SurveyLine], wrong: int, fails: int, words: str
) -> None:
    results, line = topdesk
    counts = dict.fromkeys(line.counts, 0) | {"consistent": 20 - wrong, "inconsistent": wrong, "not_checkable": 4}
    changed = replace(line, counts=counts, fates=line.fates | {"fails": fails})
    assert words in sentences([card(results, changed)], [changed])[-1].words.en


def test_a_card_leads_to_what_fails(topdesk: tuple[SurveyResults, SurveyLine]) -> None:
    results, line = topdesk
    failing = ("td25.text.integrated", "td25.c.text.01")
    shown = card(with_headline(results, failing=failing), line)
    assert [place for place, _ in shown.fails] == list(failing)


def test_groups_are_compared_in_sentences() -> None:
    groups = study.open("io-2023")
    _, said, *_ = told(groups.survey, headline(groups))
    assert said.en.startswith("28% of entrepreneurs and 19% of the general public see mainly opportunities in AI")
    assert said.nl.startswith("28% van de ondernemers en 19% van het publiek ziet in AI hoofdzakelijk kansen")


def test_results_without_a_headline_still_have_a_card(topdesk: tuple[SurveyResults, SurveyLine]) -> None:
    results, line = topdesk
    shown = card(replace(results, headline=None), line)
    assert shown.title.nl.startswith("AI in Nederlandse organisaties")
    assert shown.figures == ()
    assert isinstance(results.headline, Headline)


def test_a_condition_has_its_line_in_the_report() -> None:
    # SoftwareOne prints 48 respondents and no base of a question: its shares are judged under a condition alone
    results = SurveyResults.read(report_frames(study.open("softwareone-2025")), "softwareone-2025")
    said = [note.en for note in limits_section(results).notes]
    assert "if all 48 had answered unweighted, 30%, 93%, 45%, 32%, 36%, 16%, 28%, 61%, 11% could not be" in said
    # each by an enumeration of its own: no k of 48 rounds to it, up or down at a half
    for printed in (30, 93, 45, 32, 36, 16, 28, 61, 11):
        assert all(abs(100 * k - 48 * printed) > 24 for k in range(49))


def test_a_margin_can_be_bounded_only_where_one_is_shown(topdesk: tuple[SurveyResults, SurveyLine]) -> None:
    results, line = topdesk
    known = results.headline
    assert known is not None
    assert known.figure is not None
    shown = replace(known.figure, low=0.1, high=0.2)
    with_it = card(with_headline(results, weighting="cells", figure=shown), line)
    without = card(with_headline(results, weighting="cells", figure=replace(shown, low=None, high=None)), line)
    assert "can be bounded" in with_it.trust.en
    assert "no margin of error follows" in without.figures[0].en
    assert "can be bounded" not in without.trust.en
    assert "te begrenzen" not in without.trust.nl


def test_the_two_extremes_stand_in_the_order_of_their_ends() -> None:
    said = say("card.nonresponse", interval=interval(7.9, 83.9))
    # all say no: 7.9; all say yes: 83.9
    assert said.en.index("said no") < said.en.index("all yes") < said.en.index("7.9")
    assert said.nl.index("nee had") < said.nl.index(", of ja") < said.nl.index("7,9")
