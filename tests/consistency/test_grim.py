"""GRIM: edges by hand, published examples, and the laws that counts obey."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aibaro.consistency import counts, fitting_bases, grim, power, sum_to_100
from aibaro.errors import InputError
from aibaro.rounding import RULES, PrintedNumber, round_half_up

# x and n of the data set pigs1 of R scrutiny, and what its tests expect of it (facts; means of single items)
PIGS = ("7.22", "4.74", "5.23", "2.57", "6.77", "2.68", "7.01", "7.38", "3.14", "6.89", "5.00", "0.24")
PIGS_N = (32, 25, 29, 24, 27, 28, 29, 26, 27, 31, 25, 28)
PIGS_CONSISTENT = (True, False, False, False, False, True, False, True, False, False, True, False)
AT_40 = {
    "nearest": (True, False, True, True, True, True, False, True, False, False, True, False),
    "half_up": (False, False, True, False, False, True, False, True, False, False, True, False),
}


def mean_is_reachable(text: str, n: int, rule: str = "nearest") -> bool:
    """A mean of n whole numbers is a percentage of 100 n answers."""
    return bool(counts(100 * n, text, rule, "."))


def test_published_examples_of_scrutiny() -> None:
    found = tuple(mean_is_reachable(x, n) for x, n in zip(PIGS, PIGS_N, strict=True))
    assert found == PIGS_CONSISTENT


@pytest.mark.parametrize("rule", sorted(AT_40))
def test_published_corner_case_of_forty(rule: str) -> None:
    assert tuple(mean_is_reachable(x, 40, rule) for x in PIGS) == AT_40[rule]


def test_published_corner_case_of_eighty() -> None:
    assert all(mean_is_reachable(x, 80) for x in PIGS)


def test_a_published_single_mean() -> None:
    assert not mean_is_reachable("5.27", 43)
    assert mean_is_reachable("5.28", 43)


@pytest.mark.parametrize(
    ("n", "decimals", "share"), [(48, 0, "0.515"), (104, 0, "0.000"), (104, 1, "0.895"), (841, 1, "0.159")]
)
def test_power_of_the_methods_page(n: int, decimals: int, share: str) -> None:
    assert f"{float(power(n, decimals)):.3f}" == share


def test_both_sides_of_an_edge() -> None:
    assert list(counts(8, "12,5%")) == [1]
    assert list(counts(8, "13%")) == [1]  # 12.5 rounds half up to 13
    assert list(counts(8, "12%")) == []
    assert list(counts(8, "12%", "half_even")) == [1]
    assert list(counts(8, "12%", "truncate")) == [1]


def test_verdicts_name_the_rules() -> None:
    result = grim(["12", "13", "20"], 8)
    assert result.verdicts == ("rounding_dependent", "consistent", "inconsistent")
    frame = result.to_frame()
    assert frame["fails"].tolist()[2].split() == ["half_up", "half_even", "truncate", "floor_or_ceil"]
    assert "no k" in result.summary()


def test_softwareone_as_if_all_48_had_answered() -> None:
    assert not counts(48, "30%")
    assert list(counts(48, "10%")) == [5]
    assert fitting_bases(["30", "10"], 48) == (10, 20, 30, 40)


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        ((8, 25, 31, 25, 11), (8, 26, 32, 26, 12)),
        ((37, 31, 22, 10), (39, 32, 23, 10)),
        ((34, 23, 15, 14, 14), (35, 24, 16, 15, 14)),
    ],
)
def test_inspark_fits_104_when_rounded_to_a_hundred(printed: tuple[int, ...], found: tuple[int, ...]) -> None:
    result = grim(printed, 104, exhaustive="yes")
    assert result.joint["half_up"] is None
    assert result.joint["sum_to_100"] == found
    assert result.joint_verdict == "rounding_dependent"
    assert "sum_to_100" in result.summary()


def largest_remainders(answers: list[int]) -> list[list[int]]:
    """All roundings to a total of 100 that largest remainders allow; ties may fall either way."""
    n = sum(answers)
    shares = [Fraction(100 * k, n) for k in answers]
    floors = [int(share) for share in shares]
    missing = 100 - sum(floors)
    rests = [share - low for share, low in zip(shares, floors, strict=True)]
    order = sorted(range(len(answers)), key=lambda i: rests[i], reverse=True)
    edge = rests[order[missing - 1]] if missing else None
    sure = [i for i in order if missing and rests[i] > edge]
    tied = [i for i in order if missing and rests[i] == edge]
    if not missing:
        return [floors]
    return [
        [low + (i in sure or i in tied[start : start + missing - len(sure)]) for i, low in enumerate(floors)]
        for start in range(len(tied) - (missing - len(sure)) + 1)
    ]


@given(st.lists(st.integers(0, 40), min_size=2, max_size=6).filter(lambda ks: sum(ks) > 0))
def test_rounding_to_a_hundred_is_always_recognised(answers: list[int]) -> None:
    for rounded in largest_remainders(answers):
        found = sum_to_100([str(p) for p in rounded], sum(answers))
        assert found is not None
        assert sum(found) == sum(answers)
        assert rounded in largest_remainders(list(found))


@given(st.integers(1, 300), st.data(), st.integers(0, 2), st.sampled_from(sorted(RULES)))
def test_a_percentage_of_counts_is_never_inconsistent(n: int, data: st.DataObject, decimals: int, rule: str) -> None:
    k = data.draw(st.integers(0, n))
    number = PrintedNumber("", round_half_up(Fraction(100 * k, n), decimals), decimals, True)
    assert k in counts(n, number, "half_up")
    assert k in counts(n, number, "nearest")
    assert k in counts(n, number, "floor_or_ceil")
    assert grim([f"{float(number.value):.{decimals}f}"], n, decimal=".").verdicts == ("consistent",)
    assert set(counts(n, number, rule)) <= set(counts(n, number, "floor_or_ceil")) | set(counts(n, number, "nearest"))


@given(st.integers(1, 200), st.integers(0, 1000))
def test_rounding_rules_nest(n: int, tenths: int) -> None:
    number = PrintedNumber("", Fraction(tenths, 10), 1, True)
    inner = [set(counts(n, number, rule)) for rule in ("half_up", "half_even")]
    nearest, either = set(counts(n, number, "nearest")), set(counts(n, number, "floor_or_ceil"))
    assert inner[0] <= nearest <= either
    assert inner[1] <= nearest
    assert set(counts(n, number, "truncate")) <= either


@given(st.lists(st.integers(0, 30), min_size=2, max_size=5).filter(lambda ks: sum(ks) > 0))
def test_an_exhaustive_set_of_counts_is_never_inconsistent(answers: list[int]) -> None:
    n = sum(answers)
    printed = [int(round_half_up(Fraction(100 * k, n), 0)) for k in answers]
    result = grim(printed, n, exhaustive="yes")
    assert result.joint["half_up"] is not None
    assert result.joint_verdict == "consistent"


@given(st.integers(2, 60), st.data())
def test_the_true_base_is_always_among_those_that_fit(n: int, data: st.DataObject) -> None:
    answers = data.draw(st.lists(st.integers(0, n), min_size=1, max_size=4))
    printed = [str(int(round_half_up(Fraction(100 * k, n), 0))) for k in answers]
    assert n in fitting_bases(printed, 80)


def test_faults_are_reported_together() -> None:
    with pytest.raises(InputError) as caught:
        grim(["130", "x"], 0)
    text = str(caught.value)
    assert "positive whole number" in text
    assert "above 100%" in text
    assert '"x"' in text


@pytest.mark.parametrize(("arguments", "words"), [(([], 5), "no percentage"), ((["5"], -1), "positive whole")])
def test_bad_input_says_what_is_expected(arguments: tuple[list[str], int], words: str) -> None:
    with pytest.raises(InputError, match=words):
        grim(*arguments)
