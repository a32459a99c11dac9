"""GRIM: edges by hand, published examples, and the laws that counts obey."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aibaro.consistency import counts, debit, fitting_bases, grim, power, sum_to_100
from aibaro.consistency._grim import mean_power
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
    """Whether a whole sum gives the mean under one rule; halves may go either way under ``nearest``."""
    return bool(grim([text], n, measure="mean", declared=rule, decimal=".").admitted[0][0])


def test_published_examples_of_scrutiny() -> None:
    found = tuple(mean_is_reachable(x, n) for x, n in zip(PIGS, PIGS_N, strict=True))
    assert found == PIGS_CONSISTENT


# the data set pigs2: percentages of 150; and the share of values that cannot be, for pigs1 and pigs2
PIGS2 = {"67.4": False, "54.2": False, "54.0": True, "69.8": False, "68.1": False, "55.4": False}
RATIOS = ("0.68", "0.75", "0.71", "0.76", "0.73", "0.72", "0.71", "0.74", "0.73", "0.69", "0.75", "0.72")


@pytest.mark.parametrize("text", PIGS2)
def test_published_percentages_of_scrutiny(text: str) -> None:
    found = grim([f"{text}%"], 150, declared="nearest", decimal=".")
    assert bool(found.admitted[0][0]) == PIGS2[text]


def test_published_power_of_scrutiny() -> None:
    assert tuple(f"{float(mean_power(n, 2)):.2f}" for n in PIGS_N) == RATIOS
    assert f"{float(power(150, 1)):.2f}" == "0.85"


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
    assert frame["fails"].tolist()[2].split() == ["half_up", "half_even", "truncate"]
    assert "no k" in result.summary()


@pytest.mark.parametrize(
    ("text", "n", "declared", "verdict"),
    [
        ("32.5%", 438, "half_up", "inconsistent"),  # 142/438 = 32.42, 143/438 = 32.65
        ("32.5%", 438, "floor_or_ceil", "consistent"),  # rounded up from 32.42
        ("21.7%", 501, "half_up", "rounding_dependent"),  # 109/501 = 21.756 is cut off to 21.7
        ("21.8%", 501, "half_up", "consistent"),
        ("110%", 50, "half_up", "inconsistent"),
    ],
)
def test_a_middle_step_between_nearest_and_either_neighbour(text: str, n: int, declared: str, verdict: str) -> None:
    assert grim([text], n, declared=declared, decimal=".").verdicts == (verdict,)


def test_whole_percentages_of_a_large_base_may_fail_and_power_reaches_one() -> None:
    assert power(20, 3, "every") > Fraction(99, 100)
    assert 0 < power(438, 1, "every") < power(438, 1)
    printable = [PrintedNumber("", Fraction(step, 10), 1, True) for step in range(1001)]
    rejected = sum(not any(counts(438, v, rule) for rule in ("half_up", "half_even", "truncate")) for v in printable)
    assert power(438, 1, "every") == Fraction(rejected, 1001)


def test_a_mean_is_no_percentage() -> None:
    with pytest.raises(InputError, match="may be a mean or a percentage"):
        grim(["7.22"], 32)
    assert grim(["7.22"], 32, measure="mean").admitted[0][0] == range(231, 232)  # 231/32 = 7.219
    assert grim(["7.22%"], 32).verdicts == ("inconsistent",)
    assert grim(["7.22"], 32, measure="percentage").verdicts == ("inconsistent",)
    assert grim(["7.2", "22.12"], 500).measure == "percentage"


def test_published_means_of_several_items() -> None:
    # rsprite2: 5.19 of 28 answers fails, 5.18 of 14 scores of two items passes
    assert grim(["5.19"], 28, measure="mean").verdicts == ("inconsistent",)
    assert grim(["5.18"], 14, measure="mean", items=2).verdicts == ("consistent",)
    # the values that it names beside a failing mean; 1.14 at 8 has one, 9/8, and the next is as far as its rounding
    (below, _), (above, _) = grim(["1.07"], 7, measure="mean", decimal=".").nearest(0)
    assert (below, round_half_up(above, 2)) == (1, Fraction("1.14"))
    (below, _), _ = grim(["1.14"], 8, measure="mean", decimal=".").nearest(0)
    assert round_half_up(below, 2) == Fraction("1.13")
    # and between 5.82 and 5.84 nothing lies at 50
    (below, _), (above, _) = grim(["5.83"], 50, measure="mean").nearest(0)
    assert (below, above) == (Fraction("5.82"), Fraction("5.84"))


def test_a_mean_outside_its_scale_is_inconsistent() -> None:
    assert grim(["7.50"], 10, measure="mean", scale=(1, 7)).verdicts == ("inconsistent",)
    assert grim(["7.00"], 10, measure="mean", scale=(1, 7)).verdicts == ("consistent",)


@given(st.integers(1, 40), st.integers(1, 4), st.integers(0, 3), st.booleans())
def test_power_of_means_by_enumeration(n: int, items: int, decimals: int, bounded: bool) -> None:
    scale = (1, 3) if bounded else None
    one = 10**decimals
    last = 2 * one if bounded else one - 1
    sums = {k for k in range(n * items * (3 if bounded else 2) + 1) if not bounded or k >= n * items}
    shift = 1 if bounded else 0
    printable = {shift * one + step for step in range(last + 1)}
    reached = {int(round_half_up(Fraction(k, n * items), decimals) * one) for k in sums}
    # without a scale the values from 0 up to 1 stand for all, as means move by whole numbers
    if not bounded:
        reached = {value % one for value in reached} if decimals else {0}
    assert mean_power(n, decimals, items=items, scale=scale) == Fraction(len(printable - reached), last + 1)


@pytest.mark.parametrize(
    ("texts", "mark"), [(["7.22"], "."), (["7,22", "1.234"], ","), (["1.234,5"], ","), (["30"], ","), (["0.125"], ".")]
)
def test_the_decimal_mark_is_read_where_it_is_plain(texts: list[str], mark: str) -> None:
    assert grim(texts, 40, measure="mean").decimal == mark


@pytest.mark.parametrize("texts", [["1.234"], ["7,22", "7.21"]])
def test_a_doubtful_decimal_mark_is_asked_for(texts: list[str]) -> None:
    with pytest.raises(InputError, match="decimal mark"):
        grim(texts, 40, measure="mean")


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


def test_a_set_that_cannot_be_accuses_no_member_that_could_be() -> None:
    # 27, 53 and 25 are 105 of 104, and each other rounding takes one of them away; 40% of 7 no number gives
    assert grim(["26%", "51%", "24%"], 104, exhaustive="yes").verdicts == ("in_conflict",) * 3
    result = grim(["29%", "40%", "29%"], 7, exhaustive="yes")
    assert result.verdicts == ("in_conflict", "inconsistent", "in_conflict")
    assert result.joint_verdict == "inconsistent"


def test_zeros_and_ones_have_no_mean_above_one() -> None:
    found = debit("2.5", "0.5", 10)
    assert found.verdict == "inconsistent"
    assert found.argument[-1].text() == "no number of ones of 10 gives a mean of 2.5"


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
    assert grim([f"{float(number.value):.{decimals}f}%"], n, decimal=".").verdicts == ("consistent",)
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
        grim(["7.22", "x"], 0, decimal=".")
    text = str(caught.value)
    assert "positive whole number" in text
    assert "may be a mean or a percentage" in text
    assert '"x"' in text


@pytest.mark.parametrize(("arguments", "words"), [(([], 5), "no number was given"), ((["5"], -1), "positive whole")])
def test_bad_input_says_what_is_expected(arguments: tuple[list[str], int], words: str) -> None:
    with pytest.raises(InputError, match=words):
        grim(*arguments)
