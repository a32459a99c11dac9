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
    attainable_count,
    attainable_from_margin,
    between_groups,
    mixture_of,
    mixture_weight,
    part_of_mixture,
    pooled,
    share_of_share,
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
    for name in names:
        assert part_of_mixture(name, printed(overall, decimals), parts, firms).verdict == "consistent"


@given(tables)
def test_true_tables_of_a_base_are_never_rejected(rows: list[tuple[int, Fraction, Fraction]]) -> None:
    names = [str(i) for i in range(len(rows))]
    firms = dict(zip(names, (size for size, _, _ in rows), strict=True))
    held = sum(size * a for size, _, a in rows)
    overall = sum(size * a * p for size, p, a in rows) / held
    parts = {name: printed(p) for name, (_, p, _) in zip(names, rows, strict=True)}
    rates = {name: printed(a) for name, (_, _, a) in zip(names, rows, strict=True)}
    assert mixture_of(printed(overall), parts, firms, rates=rates).verdict in {"reproduced", "consistent"}
    for name in names:
        assert part_of_mixture(name, printed(overall), parts, firms, rates=rates).verdict == "consistent"


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


@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=2, max_size=3),
    st.data(),
)
def test_margins_allow_the_true_domain_figure(cells: list[tuple[int, int]], data: st.DataObject) -> None:
    names = [str(i) for i in range(len(cells))]
    own = [data.draw(st.integers(0, size)) for size, _ in cells]
    rest = [data.draw(st.integers(0, size)) for _, size in cells]
    rates = {
        n: printed(Fraction(100 * (a + b), s + t)) for n, a, b, (s, t) in zip(names, own, rest, cells, strict=True)
    }
    inside = {n: s for n, (s, _) in zip(names, cells, strict=True)}
    both = {n: s + t for n, (s, t) in zip(names, cells, strict=True)}
    allowed = attainable_from_margin(inside, both, rates)
    assert Fraction(100 * sum(own), sum(inside.values())) in allowed


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 5)), min_size=1, max_size=4), st.data())
def test_weighted_shares_allow_the_true_count(strata: list[tuple[int, int]], data: st.DataObject) -> None:
    strata = [(max(size, n), n) for size, n in strata]
    answers = [data.draw(st.integers(0, n)) for _, n in strata]
    weighted = sum(Fraction(size, n) * a for (size, n), a in zip(strata, answers, strict=True))
    share = Fraction(100) * weighted / sum(size for size, _ in strata)
    assert sum(answers) in attainable_count(strata, printed(share))


def test_users_and_non_users_of_the_io_survey() -> None:
    figures = [parse_printed(text) for text in ("19%", "44%", "14%")]
    share = mixture_weight(*figures)
    assert share is not None
    assert (float(share.lower), float(share.upper)) == (pytest.approx(40 / 3), 20.0)
    assert between_groups(figures[0], {"users": figures[1], "non-users": figures[2]}).verdict == "consistent"
    assert between_groups(parse_printed("50%"), {"a": figures[1], "b": figures[2]}).verdict == "inconsistent"
    assert mixture_weight(parse_printed("60%"), figures[1], figures[2]) is None


def test_shares_of_shares() -> None:
    share = share_of_share(parse_printed("32,1%"), parse_printed("37,8%"))
    assert Fraction("32.1") * Fraction("37.8") / 100 in share


def test_pooled_domains_lie_between_their_parts() -> None:
    both = pooled({"a": parse_printed("10%"), "b": parse_printed("30%")}, {"a": 1, "b": 3})
    assert Fraction(25) in both


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
