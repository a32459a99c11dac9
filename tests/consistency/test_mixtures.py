"""Mixtures: true tables are never rejected, brute force agrees with the closed forms, planted errors are found."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aibaro.consistency import (
    Margin,
    mixture_of,
    which_weighting,
)
from aibaro.consistency.intervals import mix_uncertain
from aibaro.errors import InputError
from aibaro.published import load
from aibaro.rounding import Interval, PrintedNumber, parse_printed, round_half_up


def printed(value: Fraction, decimals: int = 1) -> PrintedNumber:
    """A true value as print would show it."""
    return PrintedNumber("", round_half_up(value, decimals), decimals, True)


tables = st.lists(st.tuples(st.integers(1, 500), st.fractions(0, 100), st.fractions(1, 100)), min_size=2, max_size=5)


@given(tables, st.integers(0, 1))
def test_true_tables_are_never_rejected(rows: list[tuple[int, Fraction, Fraction]], decimals: int) -> None:
    names = [str(i) for i in range(len(rows))]
    firms = dict(zip(names, (size for size, _, _ in rows), strict=True))
    overall = sum(size * p for size, p, _ in rows) / sum(firms.values())
    parts = {name: printed(p, decimals) for name, (_, p, _) in zip(names, rows, strict=True)}
    assert mixture_of(printed(overall, decimals), parts, firms).verdict in {"reproduced", "consistent"}


@given(tables)
def test_true_tables_of_a_base_are_never_rejected(rows: list[tuple[int, Fraction, Fraction]]) -> None:
    names = [str(i) for i in range(len(rows))]
    firms = dict(zip(names, (size for size, _, _ in rows), strict=True))
    held = sum(size * a for size, _, a in rows)
    overall = sum(size * a * p for size, p, a in rows) / held
    parts = {name: printed(p) for name, (_, p, _) in zip(names, rows, strict=True)}
    rates = {name: printed(a) for name, (_, _, a) in zip(names, rows, strict=True)}
    assert mixture_of(printed(overall), parts, firms, rates=rates).verdict in {"reproduced", "consistent"}


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.integers(0, 5), st.integers(0, 50), st.integers(0, 9)), min_size=1, max_size=4
    )
)
def test_extremes_of_uncertain_mixtures_equal_all_corners(rows: list[tuple[int, int, int, int]]) -> None:
    masses = [Interval(Fraction(m), Fraction(m + w)) for m, w, _, _ in rows]
    parts = [Interval(Fraction(p), Fraction(p + v)) for _, _, p, v in rows]
    found = mix_uncertain(masses, parts)
    means = [
        sum((m * p for m, p in zip(weights, values, strict=True)), Fraction(0)) / sum(weights)
        for weights in product(*((band.lower, band.upper) for band in masses))
        for values in product(*((band.lower, band.upper) for band in parts))
    ]
    assert (found.lower, found.upper) == (min(means), max(means))


def test_levels_have_to_agree() -> None:
    with pytest.raises(InputError, match="same levels"):
        mixture_of(parse_printed("10%"), {"a": parse_printed("10%")}, {"b": 1})


def barometer(items: tuple[str, ...]) -> tuple[pd.DataFrame, list[Margin]]:
    """Strata and margins of Tables 3 and 4, read from the transcription alone."""
    survey = load("flanders-2023")
    rows = survey.printed[(survey.printed["kind"] == "percentage") & (survey.printed["base"] == "all")]
    rows = rows[rows["wave"] == "2023"]
    margins = []
    for item in items:
        own = rows[rows["item"] == item]
        overall = parse_printed(own.loc[own["domain"] == "", "printed"].iloc[0])
        for domain in ("sector", "size_class"):
            part = own[own["domain"] == domain]
            figures = {level: parse_printed(text) for level, text in zip(part["level"], part["printed"], strict=True)}
            margins.append(Margin(item, domain, overall, dict(figures)))
    return survey.strata, margins


def test_print_excludes_other_weightings() -> None:
    result = which_weighting(*barometer(("at_least_one",)))
    assert result.excluded == ("none", "size_class only", "sector only")
    assert result.allowed == ("stratum", "raking")
    assert result.alike == (("stratum", "raking"),)
    tests = result.tests.set_index(["scheme", "domain"])
    assert tests.loc[("sector only", "sector"), "verdict"] == "reproduced"
    assert round(tests.loc[("sector only", "size_class"), "recomputed"], 1) == 37.6
    assert "37.6 against 32.1" in result.summary()


def test_weights_by_stratum_pass_every_table() -> None:
    names = (
        "text_analysis",
        "speech_recognition",
        "nlg",
        "image_recognition",
        "machine_learning",
        "process_automation",
        "autonomous_machines",
    )
    result = which_weighting(*barometer(tuple(f"technology.{name}" for name in names)))
    held = result.tests[result.tests["scheme"] == "stratum"]
    assert set(held["verdict"]) <= {"reproduced", "consistent"}


def test_a_margin_needs_a_stratum_variable() -> None:
    strata = pd.DataFrame({"size": ["a", "b"], "population": [2, 2], "respondents": [1, 1]})
    with pytest.raises(InputError, match="stratum variable"):
        which_weighting(strata, [Margin("x", "colour", parse_printed("5%"), {})])
