"""Selection: identities over whole populations, worst cases by enumeration, lines of pairs that turn a difference."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aibaro.errors import InputError
from aibaro.sensitivity import (
    coverage_needed,
    defect_correlation,
    least_correlation,
    paired_ratio,
    participation_ratio,
    selection_breakdown,
    selection_frontier,
    shifted_share,
    what_would_turn,
)


@st.composite
def populations(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Answers of a whole population, who took part, and weights of those who did."""
    size = draw(st.integers(4, 60))
    answers = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)), dtype=float)
    inside = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    answers[:2], inside[:2] = [0, 1], [True, False]
    weights = np.array(draw(st.lists(st.integers(1, 9), min_size=size, max_size=size)), dtype=float)
    return answers, inside, weights


@given(populations())
def test_the_correlation_of_taking_part_and_answer_is_the_error(drawn: tuple[np.ndarray, ...]) -> None:
    answers, inside, weights = drawn
    n, population, share = int(inside.sum()), len(answers), float(answers.mean())
    for own in (np.ones(population), weights):
        taken = inside * own
        estimate = float(taken @ answers / taken.sum())
        cv = float(own[inside].std() / own[inside].mean())
        rho = defect_correlation(estimate - share, share, n, population, cv_weights=cv)
        # Pearson's correlation over the population, by its definition
        spread = float(np.mean((taken - taken.mean()) * (answers - share)))
        assert rho == pytest.approx(spread / (taken.std() * answers.std()), abs=1e-9)


@given(populations(), st.floats(0.05, 0.95))
def test_the_population_at_the_breakdown_has_the_threshold(drawn: tuple[np.ndarray, ...], threshold: float) -> None:
    answers, inside, _ = drawn
    n, population = int(inside.sum()), len(answers)
    printed = float(answers[inside].mean())
    found = selection_breakdown(printed, printed, n, threshold, population=population)
    # a population whose others stand at the share found has the threshold
    assert (n * printed + (population - n) * found.others) / population == pytest.approx(threshold)
    assert found.turnable == (-1e-12 <= found.others <= 1 + 1e-12) or math.isclose(
        found.others, round(found.others), abs_tol=1e-9
    )
    # the others can say nothing that leads outside the worst case
    own = n * printed
    assert found.worst_low == pytest.approx(own / population)
    assert found.worst_high == pytest.approx((own + population - n) / population)
    assert found.worst_low - 1e-12 <= answers.mean() <= found.worst_high + 1e-12


def test_rounding_takes_the_nearer_end() -> None:
    found = selection_breakdown(0.525, 0.535, 1552, 0.5, population=1_000_000)
    assert found.rho == pytest.approx(0.025 / (math.sqrt(998448 / 1552) * 0.5))
    assert selection_breakdown(0.495, 0.505, 1552, 0.5, population=1_000_000).rho == 0
    assert selection_breakdown(0.4, 0.41, 1552, 0.5, population=1_000_000).rho < 0
    assert "data defect correlation" in found.summary()


def test_no_smaller_pair_turns_a_difference() -> None:
    line = selection_frontier(0.28, 1552, 0.19, 841, population_a=700_000, population_b=11_000_000, points=2001)
    worst = np.maximum(line["rho_a"].abs(), line["rho_b"].abs())
    assert worst.min() == pytest.approx(line.attrs["rho"], rel=1e-3)
    assert (worst >= line.attrs["rho"] * (1 - 1e-9)).all()


def test_one_table_says_what_would_turn_a_statement() -> None:
    table = what_would_turn(0.525, 0.535, 1552, 0.5, population=1_000_000, invited=4000, std_error=0.011).set_index(
        "cause"
    )
    # 1552 · 0.525 + 2448 q = 4000 · 0.5
    assert table.loc["nonresponse", "turns_at"] == pytest.approx((2000 - 1552 * 0.525) / 2448)
    assert table.loc["imputation", "possible"]
    assert list(table.index) == [
        "design effect",
        "nonresponse",
        "participation",
        "selection",
        "imputation",
        "worst case",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: defect_correlation(0.1, 0.0, 10, 100),
        lambda: defect_correlation(0.1, 0.5, 100, 100),
        lambda: defect_correlation(0.1, 0.5, 10, 100, cv_weights=-1),
        lambda: selection_breakdown(0.6, 0.5, 10, 0.5, population=100),
        lambda: selection_breakdown(0.5, 0.6, 10, 1.0, population=100),
        lambda: selection_frontier(0.0, 10, 0.5, 10, population_a=100, population_b=100),
        lambda: what_would_turn(0.5, 0.6, 10, 0.4, invited=10),
        lambda: participation_ratio([(1.0, 1.2)]),
        lambda: paired_ratio(0.2, 0.3),
        lambda: coverage_needed([]),
        lambda: shifted_share(0.5, 0.0),
    ],
)
def test_values_out_of_range_are_refused(wrong: object) -> None:
    with pytest.raises(InputError):
        wrong()  # type: ignore[operator]


@given(populations())
def test_odds_among_those_who_took_part_are_the_ratio_of_their_chances(drawn: tuple[np.ndarray, ...]) -> None:
    answers, inside, _ = drawn
    yes = answers == 1
    chances = inside[yes].mean(), inside[~yes].mean()
    if min(chances) == 0:
        return
    assert shifted_share(answers[inside].mean(), chances[0] / chances[1]) == pytest.approx(answers.mean())


SHARES = st.floats(0.02, 0.98)


@given(SHARES, SHARES, st.floats(-0.3, 0.3))
def test_the_ratio_of_one_share_is_that_of_the_odds(share: float, threshold: float, constant: float) -> None:
    side = 1.0 if share > threshold else -1.0
    odds = (share / (1 - share)) / (threshold / (1 - threshold))
    assert participation_ratio([(side, share)], -side * threshold) == pytest.approx(max(odds, 1 / odds))
    # no ratio below the one found turns a difference of groups, with or without a distance asked for
    a, b = max(share, threshold), min(share, threshold)
    found = participation_ratio([(1.0, a), (-1.0, b)], constant)
    if 1 < found < math.inf:
        assert shifted_share(a, found * 0.999) - shifted_share(b, 1 / (found * 0.999)) + constant > 0
        assert shifted_share(a, found * 1.001) - shifted_share(b, 1 / (found * 1.001)) + constant < 0


def _joint_tables(total: int) -> list[tuple[int, int, int, int]]:
    """All tables of two answers: first alone, second alone, both, neither."""
    return [
        (i, j, k, total - i - j - k)
        for i in range(total + 1)
        for j in range(total + 1 - i)
        for k in range(total + 1 - i - j)
    ]


def test_two_answers_of_the_same_people_by_enumeration() -> None:
    """Over all tables with the shares a and b the least ratio of first alone to second alone is the one given."""
    for a, b in [(6, 3), (7, 2), (9, 5), (5, 4)]:
        ratios = [i / j if j else math.inf for i, j, k, _ in _joint_tables(10) if i + k == a and j + k == b]
        assert paired_ratio(a / 10, b / 10) == pytest.approx(min(ratios))
        # each share at its own worst is a wider question: its ratio is no larger
        assert participation_ratio([(1.0, a / 10), (-1.0, b / 10)]) <= min(ratios) + 1e-12


@given(populations())
def test_what_the_others_say_turns_a_statement_below_the_coverage_alone(drawn: tuple[np.ndarray, ...]) -> None:
    answers, inside, _ = drawn
    share, part = float(answers[inside].mean()), float(inside.mean())
    for threshold in (0.2, 0.5, 0.7):
        if share <= threshold:
            continue
        # all others say no: the smallest share that the population can have
        worst = answers[inside].sum() / len(answers)
        assert (part > coverage_needed([(1.0, share)], -threshold) + 1e-12) <= (worst > threshold)
        assert (worst > threshold + 1e-12) <= (part > coverage_needed([(1.0, share)], -threshold))


def test_correlations_of_combinations() -> None:
    one = selection_breakdown(0.525, 0.525, 1552, 0.5, population=1_000_000).rho
    assert least_correlation([(1.0, 0.525, 1552, 1_000_000)], -0.5) == pytest.approx(one)
    assert least_correlation([(-1.0, 0.475, 1552, 1_000_000)], 0.5) == pytest.approx(one)
    groups = [(1.0, 0.28, 1552, 700_000), (-1.0, 0.19, 841, 11_000_000)]
    line = selection_frontier(0.28, 1552, 0.19, 841, population_a=700_000, population_b=11_000_000)
    assert least_correlation(groups, people=[0, 1]) == pytest.approx(line.attrs["rho"])
    # two answers of the same people: a spread of one at most
    same = [(1.0, 0.3, 100, 10_000), (-1.0, 0.2, 100, 10_000)]
    assert least_correlation(same) == pytest.approx(0.1 / math.sqrt(99))


@given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 9), st.data())
def test_no_smaller_correlation_makes_two_answers_equal(
    first: int, both: int, neither: int, data: st.DataObject
) -> None:
    """Populations with equal shares, of which some took part: Pearson's correlation is never below the limit."""
    kinds = [(1, 0)] * first + [(0, 1)] * first + [(1, 1)] * both + [(0, 0)] * neither
    inside = data.draw(st.lists(st.booleans(), min_size=len(kinds), max_size=len(kinds)))
    taken = np.array(inside)
    if taken.all() or not taken.any():
        return
    table = np.array(kinds, dtype=float)
    a, b = table[taken].mean(axis=0)
    if a <= b:
        return
    gap = table[:, 0] - table[:, 1]
    rho = float(np.mean((taken - taken.mean()) * (gap - gap.mean())) / (taken.std() * gap.std()))
    size, n = len(kinds), int(taken.sum())
    assert rho >= least_correlation([(1.0, a, n, size), (-1.0, b, n, size)]) - 1e-12
