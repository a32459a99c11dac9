"""The committed table of readings: what "a third", "almost half" and their like admit."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aibaro.errors import PublishedNumberError
from aibaro.rounding import FRACTIONS, QUALIFIERS, READINGS, Interval, Reading, admitted, named_share, read_printed


def verbal(words: str) -> Reading:
    return read_printed(words, "verbal", language="en")


def values(words: str) -> Interval:
    band = verbal(words).interval()
    assert band is not None
    return band


@pytest.mark.parametrize(
    ("words", "low", "high"),
    [
        ("a third", Fraction(95, 3), Fraction(110, 3)),
        ("one in ten", Fraction(5), Fraction(40, 3)),
        ("nine in ten", Fraction(85), Fraction(95)),
        ("half", Fraction(45), Fraction(55)),
        ("about a quarter", Fraction(45, 2), Fraction(55, 2)),
        ("almost half", Fraction(44), Fraction(50)),
        ("just over half", Fraction(50), Fraction(56)),
        ("more than half", Fraction(50), Fraction(100)),
        ("less than a third", Fraction(0), Fraction(100, 3)),
        ("at least half", Fraction(50), Fraction(100)),
        ("a minority", Fraction(0), Fraction(50)),
        ("two thirds", Fraction(190, 3), Fraction(205, 3)),
    ],
)
def test_words_admit_what_the_table_says(words: str, low: Fraction, high: Fraction) -> None:
    band = values(words)
    assert (band.lower, band.upper) == (low, high)


@pytest.mark.parametrize(
    ("words", "share"),
    [
        ("three-quarters", Fraction(3, 4)),
        ("4 out of 10", Fraction(2, 5)),
        ("Nearly  A Third", Fraction(1, 3)),
        ("one in six", Fraction(1, 6)),
        ("two tenths", Fraction(1, 5)),
        ("a third of firms", Fraction(1, 3)),
        # more than a name of whom it is said: a sentence, in which the fraction may stand for something else
        ("a third of all those firms that answered early", None),
        ("most", None),
        ("a minority", None),
        ("twelve in ten", None),
        ("zero in ten", None),
        ("", None),
        ("a lot", None),
    ],
)
def test_named_share(words: str, share: Fraction | None) -> None:
    assert named_share(words) == share


def test_almost_excludes_the_fraction_itself_and_at_least_includes_it() -> None:
    half = Fraction(50)
    assert half not in values("almost half")
    assert half not in values("more than half")
    assert half not in values("less than half")
    assert half in values("at least half")
    assert Fraction(44) in values("almost half")
    assert Fraction("43.99") not in values("almost half")


def test_plain_fractions_cover_the_scale_without_gap_or_overlap() -> None:
    bands = [admitted(share) for share in FRACTIONS]
    assert all(left.upper == right.lower for left, right in pairwise(bands))
    assert (bands[0].lower, bands[-1].upper) == (5, 95)


@given(st.sampled_from(FRACTIONS), st.sampled_from(sorted(READINGS)))
def test_readings_stay_on_the_scale_beside_their_fraction(share: Fraction, reading: str) -> None:
    band = admitted(share, reading)
    assert 0 <= band.lower < band.upper <= 100
    assert band.lower <= 100 * share <= band.upper


@given(st.sampled_from([share for share in FRACTIONS if 1 - share in FRACTIONS]))
def test_sides_mirror_each_other(share: Fraction) -> None:
    for left, right in (("almost", "just_over"), ("less_than", "more_than"), ("at_most", "at_least")):
        below, above = admitted(share, left), admitted(1 - share, right)
        assert (below.lower, below.upper) == (100 - above.upper, 100 - above.lower)
        assert (below.lower_closed, below.upper_closed) == (above.upper_closed, above.lower_closed)


def test_every_reading_has_a_qualifier_of_the_tables() -> None:
    assert {
        verbal(words).qualifier
        for words in (
            "half",
            "about half",
            "almost half",
            "just over half",
            "more than half",
            "less than half",
            "at least half",
            "at most half",
            "the vast majority",
        )
    } == set(QUALIFIERS)


@pytest.mark.parametrize(
    ("share", "reading"), [(Fraction(7, 7), "exact"), (Fraction(0), "exact"), (Fraction(1, 2), "vague")]
)
def test_what_the_table_does_not_hold_is_refused(share: Fraction, reading: str) -> None:
    with pytest.raises(PublishedNumberError, match="no reading"):
        admitted(share, reading)


def test_vague_words_are_refused_with_a_hint() -> None:
    with pytest.raises(PublishedNumberError, match="columns low, high and qualifier"):
        verbal("a good deal")


def test_a_fraction_of_one_or_more_is_no_share_and_a_range_may_be_one_number() -> None:
    assert named_share("two thirds") == Fraction(2, 3)
    assert named_share("three thirds") is None
    assert named_share("vier derde", "nl") is None
    assert read_printed("10-10%").interval() == Interval(Fraction(10), Fraction(10))
