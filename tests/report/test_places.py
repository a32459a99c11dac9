"""Places in Dutch, arguments in both languages, and a fate for every pair of verdicts."""

from __future__ import annotations

from markupsafe import Markup

from aibaro import study
from aibaro.report.chapters.claims import FATES, fate
from aibaro.report.words import argument_steps, place_words
from aibaro.study import report_frames


def test_arguments_stand_in_both_languages() -> None:
    """The same steps with the same digits, in the words of each language."""
    opened = study.open("io-2023")
    # labels may write a number in words in one language, so codes stand in their place
    said = [(step.text("en"), step.text("nl")) for entry in opened.ledger.entries for step in entry.argument]
    assert len(said) > 200
    for en, nl in said:
        assert [c for c in en if c.isdigit()] == [c for c in nl if c.isdigit()], (en, nl)
    frame = report_frames(opened)["ledger"]
    steps = [step for row in frame.to_dict("records") for step in argument_steps(row)]
    assert sum(step.en != step.nl for step in steps) > 0.5 * len(steps)


def test_places_are_translated_whole_or_marked() -> None:
    """A place with a part of its own words stays English, and says so."""
    assert place_words("Summary, bullet 2").nl == "Samenvatting, punt 2"
    assert place_words("<b>, row 3") == Markup('<span lang="en" class="keep">&lt;b&gt;, row 3</span>')


def test_every_pair_of_verdicts_has_its_fate() -> None:
    """Serious verdicts win; no pair is left without a place in the chapter."""
    populations = ("established", "refuted", "imprecise", "not_significant", "depends", "not_checkable")
    printed = ("supported", "contradicted", "rounding_dependent", "wording_dependent", "not_checkable")
    pairs = [(a, p) for a in printed for p in populations]
    assert {fate(a, p) for a, p in pairs} == set(FATES)
    assert all(fate("contradicted", p) == "contradicted" for p in populations)
