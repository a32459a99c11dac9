"""Arguments in Dutch: the same numbers with decimal commas, ids untouched, foreign words marked."""

from __future__ import annotations

import re

import pytest
from aibaro.report.arguments import argument_line, is_english, place_words
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from aibaro.ledger import Ledger, build_ledger
from aibaro.published import load
from aibaro.report.chapters.claims import FATES, fate


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    """Give the ledger of a bundled survey."""
    return build_ledger(load("io-2023"))


@pytest.mark.parametrize(
    ("line", "dutch"),
    [
        ("print 9680 stands for [9679.5, 9680.5)", "gedrukt 9680 staat voor [9679,5; 9680,5)"),
        ("one-sided p between 2.8e-07 and 0.0055; family s", "eenzijdige p tussen 2,8e-07 en 0,0055; familie s"),
        ("printed again as fl23.t3.n, fl23.t1.x", "nogmaals gedrukt als fl23.t3.n, fl23.t1.x"),
        ("also sum_of (reproduced): 1 + 0.5 = 1.5", "ook som van de delen (gereproduceerd): 1 + 0,5 = 1,5"),
        ('"almost half" for 48.6', '"almost half" voor 48,6'),
    ],
)
def test_known_steps_speak_dutch(line: str, dutch: str) -> None:
    """Words are replaced, numbers and intervals get Dutch marks."""
    assert argument_line(line).nl == dutch
    assert argument_line(line).en == line


def test_an_unknown_part_leaves_the_whole_step_english_and_marked() -> None:
    """Half a translation would be worse than none."""
    step = argument_line("print 4.5 stands for [4.45, 4.55); something new was found")
    assert step.nl == step.en
    assert is_english(step)


def test_nearly_all_steps_of_a_bundled_survey_have_a_dutch_form(ledger: Ledger) -> None:
    """A new rule whose steps nobody translated shows up here."""
    texts = ledger.to_frame()["argument"]
    steps = [argument_line(line) for text in texts for line in str(text).splitlines() if line]
    english = {step.en for step in steps if is_english(step)}
    assert len(steps) > 200
    assert len(english) <= 0.02 * len(steps), sorted(english)


@given(st.integers(0, 99), st.integers(0, 99), st.integers(1, 9))
def test_no_digit_changes_and_none_gets_lost(whole: int, part: int, tail: int) -> None:
    """Only the marks between digits differ."""
    line = f"{whole}.{part}{tail} - {part}.{tail} = {whole}; rounding allows ({whole}.5, {part}.{tail}]"
    assert re.sub(r"\D", "", argument_line(line).nl) == re.sub(r"\D", "", line)
    assert "." not in argument_line(line).nl


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
