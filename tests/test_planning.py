"""Plans are checked against every alternative on small cases, and against scipy and statsmodels on larger ones."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

import aibaro
from aibaro.cli import main
from aibaro.errors import ConflictError, InputError
from aibaro.planning import METHODS, allocate, detectable_change, required_size
from aibaro.planning._allocation import level_out, smallest, spend, spend_within
from aibaro.planning._change import change_power

FLANDERS = aibaro.load("flanders-2023").strata
BOX = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 3), st.integers(0, 6)), min_size=1, max_size=4)


def every(lower: np.ndarray, upper: np.ndarray, total: int) -> list[tuple[int, ...]]:
    """All whole-number allocations inside the limits."""
    ranges = [range(low, high + 1) for low, high in zip(lower.tolist(), upper.tolist(), strict=True)]
    return [n for n in itertools.product(*ranges) if sum(n) == total]


@given(BOX, st.data())
def test_spending_is_optimal_among_all_whole_numbers(box: list[tuple[int, int, int]], data: st.DataObject) -> None:
    costs = [Fraction(c) for c, _, _ in box]
    lower = np.array([low for _, low, _ in box])
    upper = lower + np.array([more for _, _, more in box])
    total = data.draw(st.integers(int(lower.sum()), int(upper.sum())))
    best = min(sum(c / k for c, k in zip(costs, n, strict=True)) for n in every(lower, upper, total))
    found = spend(costs, lower, upper, total).tolist()
    assert sum(found) == total
    assert all(low <= k <= high for low, k, high in zip(lower, found, upper, strict=True))
    assert sum(c / k for c, k in zip(costs, found, strict=True)) == best


@given(BOX, st.data())
def test_levelling_out_bounds_every_whole_allocation(box: list[tuple[int, int, int]], data: st.DataObject) -> None:
    costs = np.array([float(c) for c, _, _ in box])
    lower = np.array([low for _, low, _ in box])
    upper = lower + np.array([more for _, _, more in box])
    total = data.draw(st.integers(int(lower.sum()), int(upper.sum())))
    n = level_out(costs, lower, upper, total)
    assert n.sum() == pytest.approx(total, abs=1e-9)
    assert (n >= lower - 1e-9).all()
    assert (n <= upper + 1e-9).all()
    best = min((costs / np.array(k)).sum() for k in every(lower, upper, total))
    assert (costs / n).sum() <= best + 1e-9


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_constrained_spending_is_within_its_gap_of_the_best(seed: int) -> None:
    random = np.random.default_rng(seed)
    costs, rows = random.uniform(1, 9, 4), random.uniform(0, 6, (2, 4))
    lower, upper, total = np.full(4, 1), np.full(4, 8), 17
    all_n = [np.array(n) for n in every(lower, upper, total)]
    met = [n for n in all_n if (rows @ (1 / n) <= 1).all()]
    if not met:
        with pytest.raises(ConflictError, match="whole numbers"):
            spend_within(costs, rows, lower, upper, total)
        return
    best = min((costs / n).sum() for n in met)
    try:
        n, gap = spend_within(costs, rows, lower, upper, total)
    except ConflictError:
        # the search may miss a lone admissible allocation, but only where rounding leaves hardly any
        assert len(met) / len(all_n) < 0.02
        return
    assert (rows @ (1 / n) <= 1).all()
    assert n.sum() == total
    assert best <= (costs / n).sum() <= best * (1 + gap) + 1e-12


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_the_smallest_sample_is_bounded_by_its_bound(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = random.uniform(0, 5, (3, 3)) * 0.6
    lower, upper = np.full(3, 1), np.full(3, 12)
    grid = [np.array(n) for n in itertools.product(range(1, 13), repeat=3)]
    best = min(int(n.sum()) for n in grid if (rows @ (1 / n) <= 1).all())
    n, bound = smallest(rows, lower, upper)
    assert (rows @ (1 / n) <= 1).all()
    assert bound - 1e-6 <= best <= n.sum() <= best + 2


def test_constrained_neyman_equals_a_general_solver() -> None:
    """SLSQP on the same programme, fractions of interviews allowed."""
    wanted = {"sector": 0.05, "size_class": 0.03}
    plan = allocate(FLANDERS, 2612, share=0.32, precision=wanted)
    size, spread = plan.population.astype(float), plan.std_dev

    masks = [
        ((plan.labels[v] == level).to_numpy(), se) for v, se in wanted.items() for level in plan.labels[v].unique()
    ]
    rows = np.array([(np.where(m, size, 0) / size[m].sum() * spread / se) ** 2 for m, se in masks])
    whole = (size / size.sum() * spread) ** 2 * 1e4
    rules = [
        {"type": "ineq", "fun": lambda n: 1 - rows @ (1 / n - 1 / size), "jac": lambda n: rows / n**2},
        {"type": "eq", "fun": lambda n: n.sum() / 2612 - 1, "jac": lambda n: np.full(44, 1 / 2612)},
    ]
    solved = optimize.minimize(
        lambda n: (whole / n).sum(),
        plan.n.astype(float),
        jac=lambda n: -whole / n**2,
        method="SLSQP",
        bounds=[(2, top) for top in size],
        constraints=rules,
        options={"maxiter": 300, "ftol": 1e-12},
    )
    assert solved.success
    ours = float((whole / plan.n).sum())
    # fractions of interviews can only do better, and not by more than the gap that the plan states
    assert solved.fun * (1 - 1e-7) <= ours <= solved.fun * (1 + plan.gap + 1e-7)
    assert 0 < plan.gap < 0.002
    frame = plan.precision(["sector", "size_class"]).set_index(["domain", "level"])["std_error"]
    assert (frame.loc["sector"] <= 0.05).all()
    assert (frame.loc["size_class"] <= 0.03).all()


def test_neyman_is_no_worse_than_any_other_method() -> None:
    share = np.linspace(0.05, 0.6, 44)
    plans = {m: allocate(FLANDERS, 2612, method=m, share=share) for m in METHODS}
    errors = {m: p.variances().sum() for m, p in plans.items()}
    assert errors["neyman"] == min(errors.values())
    assert all(p.total == 2612 for p in plans.values())
    assert all((p.n <= p.population).all() and (p.n >= 2).all() for p in plans.values())


def test_promised_errors_equal_those_of_the_estimator() -> None:
    """A plan that comes true gives the standard error it promised, up to the n-1 of the estimated spread."""
    plan = allocate(FLANDERS, 3000, share=0.5, minimum=2)
    rows = plan.labels.assign(half=plan.n / 2)
    even = rows["half"] == rows["half"].astype(int)
    promised = plan.variances()
    n, big = plan.n.astype(float), plan.population.astype(float)
    estimated = (big / big.sum()) ** 2 * (1 - n / big) * 0.25 / (n - 1)
    ratio = estimated / promised
    np.testing.assert_allclose(ratio, (n / (n - 1)) * (big - 1) / big, rtol=1e-12)
    assert even.any()
    design = plan.design()
    result = aibaro.estimate.proportion(
        rows.assign(yes=plan.n // 2)[[*plan.labels.columns, "yes"]], "yes", design=design
    )
    p = (plan.n // 2) / n
    by_hand = math.sqrt(((big / big.sum()) ** 2 * (1 - n / big) * p * (1 - p) / (n - 1)).sum())
    assert float(result.std_error[0]) == pytest.approx(by_hand, rel=1e-12)


@given(st.permutations(range(8)))
def test_a_plan_does_not_depend_on_the_order_of_rows(order: list[int]) -> None:
    table = FLANDERS.iloc[:8]
    share = np.linspace(0.1, 0.45, 8)
    plain = allocate(table, 300, share=share).n
    turned = allocate(table.iloc[order], 300, share=share[order]).n
    np.testing.assert_array_equal(plain[order], turned)


def test_proportional_is_the_method_of_equal_proportions() -> None:
    """Huntington-Hill: priorities N_h / √(k (k+1)), here applied by hand."""
    population = {"a": 21_878, "b": 9_713, "c": 4_167, "d": 3_252, "e": 1_065}
    table = pd.DataFrame({"name": list(population), "population": list(population.values())})
    seats = dict.fromkeys(population, 2)
    for _ in range(44 - 10):
        seats[max(seats, key=lambda s: population[s] / math.sqrt(seats[s] * (seats[s] + 1)))] += 1
    assert allocate(table, 44, method="proportional").n.tolist() == list(seats.values())


def test_power_allocation_runs_from_equal_precision_to_size() -> None:
    table = pd.DataFrame({"name": ["big", "small"], "population": [10_000, 100_000]})
    assert allocate(table, 200, method="power", power=0.0, share=0.3).n.tolist() == [100, 100]
    proportional = allocate(table, 220, method="power", power=1.0, share=0.3).n
    assert proportional.tolist() == [20, 200]


def test_a_plan_shows_itself() -> None:
    plan = allocate(FLANDERS, 2612)
    assert plan.to_frame()["n"].sum() == 2612
    assert plan.to_dict()["total"] == 2612
    assert "2,612 interviews in 44 strata" in plan.summary()
    assert plan._repr_html_().startswith("<table")
    assert plan.precision().loc[0, "n"] == 2612
    with pytest.raises(InputError, match="not a stratum variable"):
        plan.precision("colour")


def test_faults_are_reported_together_and_teach() -> None:
    with pytest.raises(InputError) as caught:
        allocate(FLANDERS, 2612, share=32, minimum=0.5)
    assert {f.parameter for f in caught.value.faults} == {"share", "minimum"}
    assert "0.3 stands for 30%" in str(caught.value)
    with pytest.raises(InputError, match="unknown method"):
        allocate(FLANDERS, 2612, method="optimal")
    with pytest.raises(InputError, match="the minima together"):
        allocate(FLANDERS, 50)
    with pytest.raises(InputError, match="lacks a column"):
        allocate(FLANDERS.drop(columns="population"), 2612)
    with pytest.raises(InputError, match="coefficient of variation"):
        allocate(FLANDERS, 2612, method="power", std_dev=1.0)
    with pytest.raises(InputError) as caught:
        required_size(FLANDERS, {"colour": 0.1, "sector": {"nace-99": 0.1, "nace-10-33": -1}})
    assert len(caught.value.faults) == 3
    with pytest.raises(ConflictError, match="certainly do"):
        allocate(FLANDERS, 500, precision={"sector": 0.03})


def test_inputs_stay_as_they_were() -> None:
    before = FLANDERS.copy()
    allocate(FLANDERS, 2612, precision={"size_class": 0.03})
    pd.testing.assert_frame_equal(FLANDERS, before)


def test_precision_in_points_instead_of_shares_is_refused() -> None:
    with pytest.raises(InputError, match=r"0\.05 stands for 5 points"):
        allocate(FLANDERS, 2612, precision={"sector": 5})
    # one domain may ask for nothing while others ask for something
    allocate(FLANDERS, 2612, precision={"size_class": {"micro": 0.9, "large": 0.05}})


def test_required_size_reaches_the_precision_of_the_whole() -> None:
    table = pd.DataFrame({"name": ["a", "b"], "population": [5_000, 5_000]})
    plan = required_size(table, {"": 0.02}, share=0.5)
    # one stratum of 10,000 with S² = p(1-p): n >= S²/(v + S²/N)
    spread = 0.25 * 5_000 / 4_999
    by_hand = math.ceil(spread / (0.02**2 + spread / 10_000))
    assert by_hand <= plan.total <= by_hand + 1


@given(
    errors=st.tuples(st.floats(0.001, 0.2), st.floats(0.001, 0.2)),
    shared=st.tuples(st.floats(0, 1), st.floats(-1, 1)),
    power=st.floats(0.3, 0.99),
    df=st.sampled_from([5.0, 40.0, math.inf]),
)
def test_the_detectable_change_has_the_wanted_power(
    errors: tuple[float, float], shared: tuple[float, float], power: float, df: float
) -> None:
    found = detectable_change(*errors, overlap=shared[0], correlation=shared[1], power=power, df=df)
    if found.std_error < 1e-9:
        return
    reached = change_power(found.change, found.std_error, df=df)
    assert reached == pytest.approx(power, abs=1e-8)
    if math.isfinite(df) and found.change < 6 * found.std_error:
        shift = found.change / found.std_error
        upper = float(stats.nct.sf(found.critical, df, shift))
        # the other tail is below 1e-3 here; scipy gives it as NaN at times
        assert reached - 0.05 * math.exp(-shift) <= upper <= reached + 1e-9


def test_power_equals_statsmodels() -> None:
    from statsmodels.stats.power import NormalIndPower, TTestPower

    normal = NormalIndPower().power(0.4, nobs1=100, alpha=0.05, ratio=1)
    assert change_power(0.4, math.sqrt(2 / 100)) == pytest.approx(normal, rel=1e-10)
    student = TTestPower().power(0.3, nobs=50, alpha=0.05, df=49)
    assert change_power(0.3, 1 / math.sqrt(50), df=49) == pytest.approx(student, rel=1e-8)


def test_power_is_the_frequency_of_rejection() -> None:
    random = np.random.default_rng(11)
    draws = random.normal(0.03, 0.012, 200_000) / 0.012
    frequency = float((np.abs(draws) > stats.norm.isf(0.025)).mean())
    assert change_power(0.03, 0.012) == pytest.approx(frequency, abs=4 * math.sqrt(0.25 / 200_000))


def test_overlap_pays_when_answers_are_correlated() -> None:
    fresh, panel = detectable_change(0.01), detectable_change(0.01, overlap=1.0, correlation=0.75)
    assert panel.change == pytest.approx(fresh.change / 2)
    assert detectable_change(0.01, overlap=1.0, correlation=1.0).change == 0
    assert "smallest detectable change" in fresh.summary()
    assert fresh.to_dict()["power"] == 0.8


def test_changes_that_cannot_be_planned_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        detectable_change(0.0, overlap=2, correlation=-3, power=0.01, df=0, conf_level=0.95)
    assert len(caught.value.faults) == 5
    with pytest.raises(InputError, match="a number between 0 and 1"):
        detectable_change(0.01, conf_level=95)


def test_the_command_promises_what_the_formula_gives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One stratum is a simple random sample: t √((1 - n/N) p(1 - p) N/(N - 1) / n)."""
    table = tmp_path / "strata.csv"
    table.write_text("size,population\nall,5000\n", encoding="utf-8")
    assert main(["plan", str(table), "--n", "400", "--share", "0.3", "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    error = math.sqrt((1 - 400 / 5000) * 0.21 * 5000 / 4999 / 400)
    assert row["std_error"] == round(100 * error, 2)
    assert row["margin"] == round(100 * stats.t.isf(0.025, 399) * error, 2)
    assert row["change_noticed"] > row["margin"]


def test_the_command_finds_the_fewest_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The margin asked for is met, and one answer fewer would miss it."""
    table = tmp_path / "strata.csv"
    table.write_text("size,population\nall,100000\n", encoding="utf-8")
    out = tmp_path / "plan.csv"
    words = ["plan", str(table), "--margin", "3", "--response", "0.25", "-o", str(out), "--lang", "nl"]
    assert main([*words, "--format", "csv"]) == 0
    n = int(pd.read_csv(out)["n"].iloc[0])
    assert n == next(
        k for k in range(2, 100_000) if 1.959964**2 * (1 - k / 1e5) * 0.25 * 1e5 / (1e5 - 1) / k <= 0.03**2
    )
    assert pd.read_csv(out)["approach"].iloc[0] == math.ceil(n / 0.25)
    assert "benader er" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["plan", "io-2023", "--n", "100"], ["plan", "flanders-2023", "--n", "9", "--response", "2"]]
)
def test_the_command_refuses_what_cannot_be_planned(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "aibaro plan" in capsys.readouterr().err
