"""Mixtures: true tables are never rejected, brute force agrees with the closed forms, planted errors are found."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aibaro.consistency import Margin, which_weighting
from aibaro.consistency.interval_arithmetic import mix_uncertain
from aibaro.consistency.statement import Ends, Mass, Mixture
from aibaro.errors import InputError
from aibaro.facts import Key
from aibaro.published import load
from aibaro.rounding import Interval, PrintedNumber, parse_printed, round_half_up


def printed(value: Fraction, decimals: int = 1) -> PrintedNumber:
    """A true value as print would show it."""
    return PrintedNumber("", round_half_up(value, decimals), decimals, True)


tables = st.lists(st.tuples(st.integers(1, 500), st.fractions(0, 100), st.fractions(1, 100)), min_size=2, max_size=5)


def strata_of(sizes: list[int]) -> pd.DataFrame:
    """One stratum a level; as many answers everywhere, so that without weights the levels count alike."""
    levels = [str(i) for i in range(len(sizes))]
    return pd.DataFrame({"size": levels, "population": sizes, "respondents": 1})


@given(tables, st.integers(0, 1), st.sampled_from(["none", "stratum"]), st.booleans())
def test_the_weighting_that_was_used_is_never_excluded(
    rows: list[tuple[int, Fraction, Fraction]], decimals: int, scheme: str, part_of_the_sample: bool
) -> None:
    held = [
        (size if scheme == "stratum" else 1) * (rate if part_of_the_sample else Fraction(1)) for size, _, rate in rows
    ]
    overall = sum(m * p for m, (_, p, _) in zip(held, rows, strict=True)) / sum(held)
    parts = {str(i): printed(p, decimals) for i, (_, p, _) in enumerate(rows)}
    rates = {str(i): printed(a) for i, (_, _, a) in enumerate(rows)} if part_of_the_sample else None
    margin = Margin("x", "size", printed(overall, decimals), {**parts}, {**rates} if rates else None)
    result = which_weighting(strata_of([size for size, _, _ in rows]), [margin])
    assert scheme in result.allowed
    tests = result.tests.set_index("scheme")
    assert tests.loc[scheme, "verdict"] in {"reproduced", "consistent"}
    if rates is None:
        # a mixture of two or more levels whose sizes are known has an end for each rule
        width = tests.loc[scheme, "high"] - tests.loc[scheme, "low"]
        assert width == pytest.approx(10.0**-decimals)


spans = st.lists(st.fractions(0, 100, max_denominator=20), min_size=2, max_size=2, unique=True).map(sorted)
loose = st.lists(st.tuples(st.tuples(st.integers(1, 20), st.integers(0, 9)), spans), min_size=2, max_size=3)


@given(loose, spans)
def test_what_a_mixture_leaves_is_what_all_corners_leave(
    rows: list[tuple[tuple[int, int], list[Fraction]]], total: list[Fraction]
) -> None:
    masses = [Mass(Fraction(low), Fraction(low + more)) for (low, more), _ in rows]
    parts = [Key("use", domain="size", level=str(place)) for place in range(len(rows))]
    ends = {key: Ends(*span) for key, (_, span) in zip(parts, rows, strict=True)} | {Key("use"): Ends(*total)}
    found = Mixture("m", Key("use"), tuple(parts), tuple(masses)).implied(ends.__getitem__)
    # whole and rests are extreme where every mass and every share is at an end of its own
    corners = [
        tuple(zip(m, p, strict=True))
        for m in product(*((m.low, m.high) for m in masses))
        for p in product(*(s for _, s in rows))
    ]
    wholes = [sum(m * p for m, p in corner) / sum(m for m, _ in corner) for corner in corners]
    assert (found[Key("use")].low, found[Key("use")].high) == (min(wholes), max(wholes))
    for place, key in enumerate(parts):
        rest = [
            whole + sum(m * (whole - p) for n, (m, p) in enumerate(corner) if n != place) / corner[place][0]
            for corner in corners
            for whole in total
        ]
        assert (found[key].low, found[key].high) == (min(rest), max(rest))


def test_a_scheme_that_only_half_up_fails_is_not_excluded() -> None:
    # by strata 0.9 [9.5, 10.5) + 0.1 [49.5, 50.5) = [13.5, 14.5); 15 stands for [14.5, 15.5), truncated for [15, 16)
    # against [14, 15); where either neighbour may be printed, (13, 15) meets (14, 16)
    parts = {"0": parse_printed("10%"), "1": parse_printed("50%")}
    result = which_weighting(strata_of([900, 100]), [Margin("x", "size", parse_printed("15%"), {**parts})])
    assert result.excluded == ("none",)
    assert result.allowed == ("stratum", "raking")
    assert result.tests.set_index("scheme").loc["stratum", "verdict"] == "rounding_dependent"


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
    one = {"0": parse_printed("10%")}
    for parts in (one, one | {"1": parse_printed("10%"), "2": parse_printed("10%")}):
        with pytest.raises(InputError, match="all levels"):
            which_weighting(strata_of([2, 3]), [Margin("x", "size", parse_printed("10%"), {**parts})])


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
