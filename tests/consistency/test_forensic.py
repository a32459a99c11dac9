"""The forensic family: published examples of R scrutiny, rsprite2 and statcheck, hand enumeration, and laws."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import combinations_with_replacement, product
from math import sqrt
from statistics import stdev

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aibaro.consistency import (
    check_cases,
    check_p_value,
    count_pair,
    debit,
    duplicates,
    grimmer,
    group_sizes,
    neighbours,
    reported_tests,
    sd_limits,
)
from aibaro.consistency._grimmer import sum_of_squares_exists
from aibaro.consistency.forensic import read_cases
from aibaro.errors import InputError
from aibaro.rounding import round_half_up

# --- standard deviations -------------------------------------------------------------------------------------------

# x, sd, n of the data set pigs5 of R scrutiny 0.6.1 and what its tests expect: rounding to nearest, halves either way
PIGS5 = [
    ("7.22", "5.30", 38, False),
    ("4.74", "6.55", 31, True),
    ("5.23", "2.55", 35, False),
    ("2.57", "2.57", 30, True),
    ("6.77", "2.18", 33, False),
    ("2.68", "2.59", 34, True),
    ("7.01", "6.68", 35, False),
    ("7.38", "3.65", 32, True),
    ("3.14", "5.32", 33, False),
    ("6.89", "4.18", 37, True),
    ("5.00", "2.18", 31, True),
    ("0.24", "6.43", 34, True),
]


@pytest.mark.parametrize(("mean", "sd", "n", "holds"), PIGS5)
def test_published_standard_deviations_of_scrutiny(mean: str, sd: str, n: int, holds: bool) -> None:
    assert ("nearest" in grimmer(mean, sd, n, declared="nearest").passes) == holds


@pytest.mark.parametrize(
    ("mean", "sd", "n", "items", "holds"),
    [
        ("5.21", "1.6", 28, 1, True),
        ("3.44", "2.47", 18, 1, False),
        ("5.19", "1.5", 28, 1, False),
        # whole scores cannot lie as close together as these SDs say; scores of two items can
        ("1.5", "0.00", 8, 1, False),
        ("1.5", "0.00", 8, 2, True),
        ("2.5", "0", 10, 1, False),
        ("1.44", "0.17", 9, 1, False),
        ("1.1", "0", 10, 1, True),
        ("1.83", "0.2", 9, 2, True),
        ("1.33", "0.00", 3, 3, True),
        # the single example of scrutiny's page on the test
        ("7.3", "2.51", 12, 1, False),
    ],
)
def test_published_standard_deviations_of_rsprite2(mean: str, sd: str, n: int, items: int, holds: bool) -> None:
    # rsprite2 rounds halves either way: 0.25 may be printed 0.2
    assert ("nearest" in grimmer(mean, sd, n, items=items, declared="nearest", decimal=".").passes) == holds


@pytest.mark.parametrize(
    ("n", "mean", "scale", "items", "ends"),
    [
        (5, "4.2", (1, 7), 1, (0.45, 3.03)),
        (5, "4.2", (1, 7), 2, (0.27, 3.03)),
        (100, "1", (1, 7), 1, (0.0, 0.0)),
        (100, "7", (1, 7), 1, (0.0, 0.0)),
    ],
)
def test_published_limits_of_rsprite2(
    n: int, mean: str, scale: tuple[int, int], items: int, ends: tuple[float, float]
) -> None:
    text = mean if "." in mean else f"{mean}.00"
    assert sd_limits(text, n, scale, items=items) == pytest.approx(ends, abs=0.005)


@pytest.mark.parametrize("top", [1, 2, 3, 4])
@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_sums_of_squares_on_a_scale_by_enumeration(n: int, top: int) -> None:
    found = defaultdict(set)
    for scores in combinations_with_replacement(range(top + 1), n):
        found[sum(scores)].add(sum(y * y for y in scores))
    for total, squares in product(range(-1, n * top + 2), range(n * top * top + 2)):
        assert sum_of_squares_exists(n, total, squares, top) == (squares in found.get(total, set()))


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_sums_of_squares_without_a_scale_by_enumeration(n: int) -> None:
    most, reach = 240, 15
    sets = {0: 1}
    for _ in range(n):
        grown: dict[int, int] = defaultdict(int)
        for total, bits in sets.items():
            for y in range(-reach, reach + 1):
                grown[total + y] |= (bits << y * y) & ((1 << most + 1) - 1)
        sets = grown
    for total, squares in product(range(n), range(most + 1)):
        assert sum_of_squares_exists(n, total, squares) == bool(sets[total] >> squares & 1)


def printed(value: float | Fraction, decimals: int) -> str:
    return f"{float(round_half_up(Fraction(value), decimals)):.{decimals}f}"


@settings(deadline=None)
@given(st.lists(st.integers(1, 7), min_size=2, max_size=12), st.integers(1, 3), st.integers(0, 2))
def test_whole_scores_are_never_inconsistent(scores: list[int], items: int, decimals: int) -> None:
    n = len(scores)
    mean, sd = Fraction(sum(scores), n * items), stdev(scores) / items
    result = grimmer(printed(mean, 2), printed(sd, decimals), n, items=items, decimal=".")
    assert result.verdict == "consistent"
    bounded = grimmer(printed(mean, 2), printed(sd, decimals), n, items=items, scale=(0, 7), decimal=".")
    assert bounded.verdict == "consistent"
    low, high = sd_limits(printed(mean, 2), n, (0, 7), items=items, decimal=".")
    assert low - 1e-9 <= sd <= high + 1e-9


def test_a_standard_deviation_that_only_truncation_gives() -> None:
    result = grimmer("3.44", "2.47", 18)
    assert (result.verdict, result.passes) == ("rounding_dependent", ("truncate",))
    assert result.power is not None
    assert 0 < result.power < 1


def test_the_power_of_a_standard_deviation_by_enumeration() -> None:
    # five scores of 1 to 3 with mean 2.0: sums of squares 20, 22, 24 -> SD 0, 0.707, 1
    result = grimmer("2.0", "0.7", 5, scale=(1, 3))
    found = {printed(stdev(s), 1) for s in product((1, 2, 3), repeat=5) if sum(s) == 10}
    assert found == {"0.0", "0.7", "1.0"}
    assert result.power == 1 - Fraction(3, 21)
    assert grimmer("2.0", "0.9", 5, scale=(1, 3)).verdict == "inconsistent"


# x and sd of the data set pigs3 of R scrutiny, n = 1683
PIGS3 = [("0.53", "0.50"), ("0.44", "0.50"), ("0.77", "0.42"), ("0.19", "0.35"), ("0.34", "0.47"), ("0.93", "0.25")]
PIGS3 = [*PIGS3, ("0.12", "0.33")]


@pytest.mark.parametrize(("mean", "sd"), PIGS3)
def test_published_binary_standard_deviations_of_scrutiny(mean: str, sd: str) -> None:
    assert (debit(mean, sd, 1683).verdict == "consistent") == (mean != "0.19")


def test_a_published_single_binary_standard_deviation() -> None:
    assert debit("0.35", "0.18", 20).verdict == "inconsistent"  # 7 of 20: 0.489


@given(st.integers(2, 60), st.data(), st.integers(1, 3))
def test_zeros_and_ones_are_never_inconsistent(n: int, data: st.DataObject, decimals: int) -> None:
    k = data.draw(st.integers(0, n))
    sd = sqrt(k * (n - k) / (n * (n - 1)))
    assert debit(printed(Fraction(k, n), 2), printed(sd, decimals), n, decimal=".").verdict == "consistent"


def test_one_score_has_no_standard_deviation() -> None:
    for check in (grimmer, debit):
        with pytest.raises(InputError, match="one score"):
            check("2.00", "1.00", 1)


# --- p values ------------------------------------------------------------------------------------------------------

# texts of the tests of R statcheck 2: decision errors at 5%
DECISION = """t(28) = 2.20, p = .06|t(28) = 1.20, p = .03|F(2, 28) = 22.20, p = .06|F(2, 28) = 2.20, p = .03
r(28) = .22, p = .03|r(28) = .52, p = .06|chi2(28) = 2.20, p = .03|chi2(28) = 52.20, p = .06| z = 1.20, p = .03
 z = 2.20, p = .06|Q(28) = 2.20, p = .03|Q(28) = 52.20, p = .06"""
ERRORS = """t(28) = 2.20, p = .03|F(2, 28) = 2.20, p = .15|r(28) = .22, p = .26|chi2(28) = 22.20, p = .79
 z = 2.20, p = .04|Q(28) = 22.20, p = .79|t(28) = -2.20, p = .03|t(28) = 2.20, ns|t(28) = 2.20, p > .05
t(28) = 1.20, p = .03|t(28) = 2.20, p = .30|t(28) = 22.20, p < .000|t(28) = 2.2, p = .08|t(28) = 2.2, p = .02
t(28) = 2.2, p > .08|t(28) = 2.2, p < .02|t(28) < 2.2, p < .02|t(28) < 2.2, p = .02|t(28) = 2.20, p = .018"""
CORRECT = """ Z = -2.42, p = 0.016|t(28) = 2.0, p < .05|t(28) = 2, p = .02|t(28) = 2, p = .14|t(28) = 2.2, p = .03
t(28) = 2.2, p = .04|t(28) = 2.20, p = .036|t(28) = 2.20, p = .037|t(28) = 2.2, p = .036|t(28) = 2.2, p < .08
t(28) = 2.2, p > .02|t(28) < 2.2, p = .08|t(28) < 2.2, p > .08|t(28) < 2.2, p < .08|t(28) < 2.2, p > .02"""


def texts(block: str) -> list[str]:
    return [text for line in block.splitlines() for text in line.split("|")]


@pytest.mark.parametrize("text", texts(DECISION))
def test_published_decision_errors_of_statcheck(text: str) -> None:
    (result,) = reported_tests(text).results
    assert (result.verdict, result.decision) == ("inconsistent", "turned")


@pytest.mark.parametrize("text", texts(ERRORS))
def test_published_errors_of_statcheck(text: str) -> None:
    (result,) = reported_tests(text).results
    assert result.verdict != "consistent"


@pytest.mark.parametrize("text", texts(CORRECT))
def test_published_correct_results_of_statcheck(text: str) -> None:
    (result,) = reported_tests(text).results
    assert result.verdict == "consistent"
    assert result.decision == ""


def test_what_a_cut_off_or_one_sided_p_would_explain_is_no_accusation() -> None:
    (cut,) = reported_tests("t(28) = 2.20, p = .03").results  # .0362
    assert (cut.verdict, cut.passes) == ("rounding_dependent", ("truncate",))
    (half,) = reported_tests("t(28) = 2.20, p = .018").results
    assert (half.verdict, half.passes) == ("rounding_dependent", ("one_sided",))
    assert reported_tests("t(28) = 2.20, p = .018", tails="one").results[0].verdict == "consistent"
    assert reported_tests("t(28) = 2.20, p = .018", tails="two").results[0].verdict == "inconsistent"
    assert reported_tests("F(1, 28) = 4.84, p = .018").results[0].verdict == "inconsistent"


@pytest.mark.parametrize(("alpha", "decision"), [(".05", "kept"), (".10", "turned")])
def test_the_level_of_the_decision_is_a_parameter(alpha: str, decision: str) -> None:
    (result,) = reported_tests("t(28) = 2.20, p = .11", alpha=alpha).results
    assert result.decision == ("turned" if alpha == ".05" else decision)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("χ²(1, N = 90) = 4.2, p = .04", "chi2(1)"),
        ("χ2(1) = 4.2, p = .04", "chi2(1)"),
        ("X2 (1) = 4.2, p = .04", "chi2(1)"),
        ("F(2, 1,000) = 3.1, p = .045", "F(2, 1000)"),
        ("t(27.3) = 2.20, p = .036", "t(27.3)"),
    ],
)
def test_tests_are_found_as_people_write_them(text: str, shown: str) -> None:
    (result,) = reported_tests(f"We saw it ({text}) twice.").results
    assert result.printed.startswith(shown)
    assert result.verdict == "consistent"


@pytest.mark.parametrize(
    ("text", "alpha", "decision"),
    [
        ("t(28) = 1.20, p = .09", ".10", "turned"),
        ("t(28) = 5.20, p = .02", ".01", "turned"),
        ("t(28) = 1.20, p = .005", ".01", "turned"),
        ("t(28) = 2.20, p = .05", ".05", "kept"),
        ("t(28) = 2.20, p = .10", ".10", "kept"),
    ],
)
def test_published_decisions_of_statcheck_at_other_levels(text: str, alpha: str, decision: str) -> None:
    (result,) = reported_tests(text, alpha=alpha).results
    assert (result.verdict, result.decision) == ("inconsistent", decision)


def test_a_published_sentence_of_statcheck() -> None:
    (result,) = reported_tests("The effect was very significant (t(48) = 1.02, p < .05)").results
    assert (result.verdict, result.decision) == ("inconsistent", "turned")


def test_running_text_without_tests_gives_none() -> None:
    assert reported_tests("In 2020 (p. 3) F = 2 of r were 0.5, t 2.").results == ()
    assert "no test" in reported_tests("").summary()


def test_wrong_arguments_are_reported_together() -> None:
    with pytest.raises(InputError) as caught:
        check_p_value("u", "x", ".05", [], tails="three")
    assert all(word in str(caught.value) for word in ("'u'", "'x'", "'three'"))
    with pytest.raises(InputError, match="degrees of freedom"):
        check_p_value("F", "2.0", ".05", [2])


@pytest.mark.parametrize("comparison", ["=", "<", ">"])
@pytest.mark.parametrize(("statistic", "decimals"), [("2.20", 2), ("0.0", 2), ("2.2", 3), ("9.9", 1), ("0.3", 1)])
def test_the_power_of_a_p_value_by_enumeration(statistic: str, decimals: int, comparison: str) -> None:
    printable = [f"{step / 10**decimals:.{decimals}f}" for step in range(10**decimals + 1)]
    verdicts = [check_p_value("t", statistic, p, [28], comparison=comparison, tails="two") for p in printable]
    fails = [result for result in verdicts if "half_up" not in result.passes]
    assert verdicts[0].power == Fraction(len(fails), len(printable))


@given(st.floats(0.01, 6), st.integers(1, 200), st.integers(2, 4))
def test_a_recomputed_p_value_is_consistent(statistic: float, df: int, decimals: int) -> None:
    from scipy import stats

    text = f"{statistic:.2f}"
    p = 2 * stats.t.sf(float(text), df)
    assert check_p_value("t", text, f"{p:.{decimals}f}", [df]).verdict == "consistent"


# --- pairs, groups, neighbours, duplicates, files -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "percentage", "n", "verdict"),
    [
        ("36", "8%", 442, "consistent"),
        ("610", "3,5%", 17488, "consistent"),
        ("610", "3,6%", 17488, "inconsistent"),
        ("109", "21.7%", 501, "rounding_dependent"),
        ("500", "100%", 442, "inconsistent"),
    ],
)
def test_a_count_and_its_percentage(count: str, percentage: str, n: int, verdict: str) -> None:
    assert count_pair(count, percentage, n).verdict == verdict


def test_published_group_sizes_of_scrutiny() -> None:
    # both orders of the two means, group sizes up to five from the half: the hits of its test of totals
    near = {pair for pair in group_sizes(["3.43", "5.28"], 90, measure="mean").sizes if abs(pair[0] - 45) <= 5}
    assert near == {(44, 46), (40, 50), (47, 43)}
    other = group_sizes(["2.97", "4.42"], 103, measure="mean").sizes
    assert not [pair for pair in other if min(abs(pair[0] - 51), abs(pair[0] - 52)) <= 5]


def test_group_sizes_by_enumeration_with_a_printed_total() -> None:
    found = group_sizes(["50%", "33%"], 12, measure="percentage", whole="42%")
    expected = {
        (a, 12 - a)
        for a in range(1, 12)
        for j in range(a + 1)
        for k in range(13 - a)
        if printed(Fraction(100 * j, a), 0) == "50"
        and printed(Fraction(100 * k, 12 - a), 0) == "33"
        and printed(Fraction(100 * (j + k), 12), 0) == "42"
    }
    assert set(found.sizes) == expected == {(6, 6)}
    assert found.divisions == 11
    assert found.power == Fraction(10, 11)


def test_three_groups_are_counted() -> None:
    found = group_sizes(["50%", "50%", "50%"], 12, measure="percentage")
    assert set(found.sizes) == {
        s for s in product(range(1, 11), repeat=3) if sum(s) == 12 and not any(n % 2 for n in s)
    }
    assert found.divisions == 55


def test_the_neighbourhood_of_a_failing_mean() -> None:
    frame = neighbours("5.19", 28, measure="mean").to_frame()
    consistent = frame.loc[frame["verdict"] == "consistent"]
    assert "5.18" in set(consistent["value"])
    assert len(frame) == 20
    assert set(frame["changed"]) == {"value", "n"}


def test_duplicates_are_questions() -> None:
    found = duplicates({"a": ["12.3", "45.6", ""], "b": ["12.3", "12.3", "7.8"]})
    assert found.to_frame().to_dict("records") == [{"value": "12.3", "times": 3, "places": "a 1, b 1, b 2"}]
    assert found.values == 5
    assert "no verdict" in found.note()
    # the published example of scrutiny, pigs4
    pigs = {
        "snout": ["4.73", "8.13", "4.22", "4.22", "5.17"],
        "tail": ["6.88", "7.33", "5.17", "7.57", "8.13"],
        "wings": ["6.09", "8.27", "4.40", "5.92", "5.17"],
    }
    times = duplicates(pigs).to_frame().set_index("value")["times"].to_dict()
    assert times == {"5.17": 3, "4.22": 2, "8.13": 2}
    # three values among three printable ones: 1 - 3!/3^3
    assert duplicates(["1", "2", "3"]).chance == pytest.approx(1 - 6 / 27)


CASES = """name,percentage,mean,sd,n,items,scale,binary,test,statistic,df1,df2,comparison,p,count
a,32.5%,,,438,,,,,,,,,,
b,8%,,,442,,,,,,,,,,36
c,,3.44,2.47,18,,,,,,,,,,
d,,0.19,0.35,1683,,,yes,,,,,,,
e,,,,,,,,t,2.20,28,,=,.06,
f,,5.18,,14,2,"1,7",,,,,,,,
"""


def test_a_file_of_cases_in_one_call() -> None:
    found = check_cases(read_cases(CASES))
    frame = found.to_frame()
    expected = [
        ("a", "percentage", "inconsistent"),
        ("b", "percentage", "consistent"),
        ("b", "count_pair", "consistent"),
        ("c", "mean", "consistent"),
        ("c", "sd", "rounding_dependent"),
        ("d", "mean", "consistent"),
        ("d", "binary_sd", "inconsistent"),
        ("e", "p_value", "inconsistent"),
        ("f", "mean", "consistent"),
    ]
    assert list(frame[["name", "check", "verdict"]].itertuples(index=False, name=None)) == expected
    assert frame["power"].notna().all()
    assert "decision turned" in found.summary()
    assert check_cases(pd.DataFrame(read_cases(CASES))).to_frame().equals(frame)


def test_faults_of_all_cases_are_reported_together() -> None:
    with pytest.raises(InputError) as caught:
        check_cases([{"mean": "3.4", "n": "x"}, {"n": "3"}, {"percentage": "abc", "n": "10"}])
    assert all(f"row {row}" in str(caught.value) for row in (1, 2, 3))
    with pytest.raises(InputError, match="unknown column"):
        check_cases([{"meen": "3.4", "n": "10"}])
