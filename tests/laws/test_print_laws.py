"""Laws of print: what is right is never accused, what is wrong once is among the suspects, and proofs add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.consistency.drawn import Drawn, draw

from aibaro.consistency import judgements, statements, suspects
from aibaro.consistency._system import System
from aibaro.facts import Facts

ACCUSED = {"inconsistent", "in_conflict"}
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


@FEW
@given(surveys(), st.integers(0, 10**6), st.integers(1, 60))
def test_after_one_misprint_no_right_number_is_the_only_suspect(drawn: Drawn, place: int, off: int) -> None:
    survey = drawn.survey()
    shares = np.flatnonzero((survey.printed["kind"] == "percentage").to_numpy())
    row = int(shares[place % len(shares)])
    name = str(survey.printed["id"].iloc[row])
    text = str(survey.printed["printed"].iloc[row])
    value = (float(text.rstrip("%")) + off) % 101
    wrong = f"{value:.{len(text.rstrip('%').partition('.')[2])}f}%"
    printed = survey.printed.copy()
    printed.iloc[row, printed.columns.get_loc("printed")] = wrong
    facts = Facts.of(replace(survey, printed=printed))
    before = {name_ for c in suspects(Facts.of(survey)) for name_ in c.ids}
    for conflict in suspects(facts):
        assert name in conflict.ids or set(conflict.ids) & before
    judged = judgements(facts)
    assert not [n for n, j in judged.items() if j.verdict == "inconsistent" and n != name and not before]


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
