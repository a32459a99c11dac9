"""Laws of print: what is right is never accused, what is wrong once is among the suspects, and proofs add up."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.consistency.drawn import Drawn, draw

from aibaro.consistency import judgements, statements, suspects
from aibaro.consistency._system import System
from aibaro.facts import Facts
from aibaro.ledger import assess
from aibaro.published import PublishedSurvey

ACCUSED, HOLD = {"inconsistent", "in_conflict"}, {"reproduced", "consistent"}
SLOW = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def surveys(draw_: st.DrawFn) -> Drawn:
    """Right surveys of every kind of weighting and item nonresponse."""
    seed = draw_(st.integers(0, 10**6))
    weighting = draw_(st.sampled_from(["none", "cells", "margins", "unknown"]))
    nonresponse = draw_(st.sampled_from(["none", "out", "imputed", "unknown"]))
    rounding = draw_(st.sampled_from(["half_up", "sum_to_100"]))
    return draw(seed, weighting=weighting, nonresponse=nonresponse, rounding=rounding)


@SLOW
@given(surveys())
def test_a_right_survey_is_never_accused(drawn: Drawn) -> None:
    found = judgements(Facts.of(drawn.survey()))
    assert not {name: j.verdict for name, j in found.items() if j.verdict in ACCUSED}


def misprinted(survey: PublishedSurvey, place: int, off: int) -> tuple[PublishedSurvey, str]:
    """The same survey with one percentage that is wrong, and the id of it."""
    shares = np.flatnonzero((survey.printed["kind"] == "percentage").to_numpy())
    row = int(shares[place % len(shares)])
    text = str(survey.printed["printed"].iloc[row])
    value = (float(text.rstrip("%")) + off) % 101
    printed = survey.printed.copy()
    wrong = f"{value:.{len(text.rstrip('%').partition('.')[2])}f}%"
    printed.iloc[row, printed.columns.get_loc("printed")] = wrong
    return replace(survey, printed=printed), str(survey.printed["id"].iloc[row])


@FEW
@given(surveys(), st.integers(0, 10**6), st.integers(1, 60))
def test_after_one_misprint_no_right_number_is_the_only_suspect(drawn: Drawn, place: int, off: int) -> None:
    survey = drawn.survey()
    wrong, name = misprinted(survey, place, off)
    facts = Facts.of(wrong)
    before = {name_ for c in suspects(Facts.of(survey)) for name_ in c.ids}
    for conflict in suspects(facts):
        assert name in conflict.ids or set(conflict.ids) & before
    judged = judgements(facts)
    assert not [n for n, j in judged.items() if j.verdict == "inconsistent" and n != name and not before]


@FEW
@given(surveys(), st.integers(0, 10**6), st.integers(1, 60))
def test_a_figure_that_holds_lies_where_its_sentence_says(drawn: Drawn, place: int, off: int) -> None:
    """Where others are wrong too: what is left for a figure is left by those that hold."""
    wrong, _ = misprinted(drawn.survey(), place, off)
    for entry in assess(Facts.of(wrong)):
        if entry.verdict not in HOLD:
            continue
        band, sentence = entry.interval, entry.sentence
        own = entry.printing.interval(entry.fact.rounding)
        assert band is None or own is None or band.meets(own), sentence.text()
        told = re.search(r"leave ([\d.]+) to ([\d.]+), and", sentence.text())
        if told is not None and own is not None:
            # ends are told two places finer than print
            slack = entry.printing.unit_of_print / 100
            low, high = map(Fraction, told.groups())
            assert low - slack <= own.upper, sentence.text()
            assert own.lower <= high + slack, sentence.text()


@FEW
@given(surveys(), st.integers(0, 10**6))
def test_a_no_is_proved_in_fractions(drawn: Drawn, place: int) -> None:
    survey = drawn.survey()
    printed = survey.printed.copy()
    row = place % len(printed)
    printed.iloc[row, printed.columns.get_loc("printed")] = "100%" if place % 2 else "0%"
    printed.iloc[row, printed.columns.get_loc("kind")] = "percentage"
    facts = Facts.of(replace(survey, printed=printed))
    system = System(facts, statements(facts))
    for component in system.broken():
        proof = system.conflict(component, system.reading)
        assert proof is not None
        assert proof.holds()
