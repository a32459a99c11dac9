"""Selection: identities over whole populations, worst cases by enumeration, lines of pairs that turn a difference."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aibaro.errors import InputError
from aibaro.sensitivity import (
    defect_correlation,
    selection_breakdown,
    selection_frontier,
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
    assert list(table.index) == ["design effect", "nonresponse", "selection", "imputation"]


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
    ],
)
def test_values_out_of_range_are_refused(wrong: object) -> None:
    with pytest.raises(InputError):
        wrong()  # type: ignore[operator]
