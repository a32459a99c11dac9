"""Drawn tables against all tables of small surveys, listed one by one; chains that disagree; refusals."""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import comb, prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reconstruct.surveys import make_survey

from aibaro.errors import InputError
from aibaro.published import load
from aibaro.reconstruct import own_item, sample_tables
from aibaro.reconstruct._table_sample import _Chains, _Problem, diagnostics
from aibaro.reconstruct.items import ItemSystem
from aibaro.reconstruct.program import exact_rows, linear_rows, violated

# one weight in all strata: the margins hold their sums fast, and many tables share them
POPULATION, RESPONDENTS = [[60, 50], [60, 50], [40, 60]], [[6, 5], [6, 5], [4, 6]]


def everything(system: ItemSystem, members: list[int] | None = None) -> dict[tuple[int, ...], int]:
    """Every table that meets print, with the number of sets of answers that have its counts."""
    limits = system.design.respondents.tolist() if members is None else members
    found, rows = {}, exact_rows(linear_rows(system))
    for counts in product(*(range(n + 1) for n in limits)):
        if not violated(system, counts if system.whole else (*counts, *limits), rows):
            found[counts] = prod(comb(n, x) for n, x in zip(limits, counts, strict=True))
    return found


def far(drawn: np.ndarray, truth: dict[tuple[int, ...], int], measure: str) -> float:
    """Half the sum of absolute differences of shares, less what independent draws of this number would have."""
    weights = np.array([w if measure == "answers" else 1 for w in truth.values()], dtype=float)
    weights /= weights.sum()
    counted = Counter(map(tuple, drawn.tolist()))
    assert counted.keys() <= truth.keys(), "a table that print does not allow"
    shares = np.array([counted[table] for table in truth]) / len(drawn)
    noise = np.sqrt(2 * weights * (1 - weights) / (np.pi * len(drawn))).sum() / 2
    return float(np.abs(shares - weights).sum() / 2 - noise)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> ItemSystem:
    """Both margins and the total are printed."""
    survey = make_survey(
        tmp_path_factory.mktemp("margins"), POPULATION, RESPONDENTS, {"x": [[3, 1], [2, 2], [1, 3]]}, decimals=0
    )
    return own_item(survey, "x")


@pytest.fixture(scope="module")
def truth(system: ItemSystem) -> dict[tuple[int, ...], int]:
    """All its tables."""
    return everything(system)


@pytest.mark.parametrize("measure", ["answers", "tables"])
def test_chains_visit_every_table_as_often_as_the_measure_says(
    system: ItemSystem, truth: dict[tuple[int, ...], int], measure: str
) -> None:
    assert len(truth) > 5
    corners = sorted(truth)
    found = sample_tables(system, draws=6000, measure=measure, starts=[corners[0], corners[-1]], steps=2000, seed=1)
    assert found.method == "chains"
    assert found.agrees
    assert far(found.counts, truth, measure) < 0.03


def kernel(chains: _Chains, states: list[tuple[int, ...]]) -> np.ndarray:
    """Chances of every step of a chain with pools of one draw and fixed halves, summed over all draws."""
    lists = [(own.tuples, own.sums, np.diff(own.cumulated, prepend=0.0)) for own in chains.lists]
    halves = lists[:1], lists[1:]
    spots = [list(own.strata) for own in chains.lists]
    pools = []
    for half in halves:
        choices = list(product(*(range(len(tuples)) for tuples, _, _ in half)))
        sums = [sum(own[1][k] for own, k in zip(half, choice, strict=True)) for choice in choices]
        chances = [prod(own[2][k] for own, k in zip(half, choice, strict=True)) for choice in choices]
        pools.append((choices, np.array(sums), np.array(chances)))
    (first, a_sums, a_chances), (second, b_sums, b_chances) = pools
    index = {}
    for place, (i, j) in enumerate(product(range(len(first)), range(len(second)))):
        table = np.empty(chains.problem.members.shape[1], dtype=int)
        for spot, (tuples, _, _), k in zip(spots, lists, (*first[i], *second[j]), strict=True):
            table[spot] = tuples[k]
        index[tuple(table.tolist())] = place
    places = np.array([index[state] for state in states])
    number = {int(place): k for k, place in enumerate(places)}
    chances = np.zeros((len(states), len(states)))
    for k, place in enumerate(places):
        i, j = divmod(int(place), len(second))
        for x, y in product(range(len(first)), range(len(second))):
            left, right, taken = chains._pairs(a_sums[[i, x]], b_sums[[j, y]])
            for one, other, p in zip(left, right, taken, strict=True):
                to = (i, x)[one] * len(second) + (j, y)[other]
                chances[k, number[to]] += a_chances[x] * b_chances[y] * p
    return chances


def unbalanced(chains: _Chains, truth: dict[tuple[int, ...], int], measure: str) -> float:
    """Largest difference of the flow from one table to another and the flow back, relative to both."""
    weights = np.array([w if measure == "answers" else 1 for w in truth.values()], dtype=float)
    chances = kernel(chains, list(truth))
    assert chances.sum(axis=1) == pytest.approx(1.0, abs=1e-12)
    assert (chances > 0).all(), "every table is reached from every other in one step"
    flow = weights[:, None] / weights.sum() * chances
    return float((np.abs(flow - flow.T) / (flow + flow.T)).max())


@pytest.mark.parametrize("measure", ["answers", "tables"])
def test_every_step_is_in_detailed_balance(system: ItemSystem, truth: dict[tuple[int, ...], int], measure: str) -> None:
    """π(x) P(x, y) = π(y) P(y, x) for every two tables, both margins printed."""
    problem = _Problem.of(system, system.design.respondents[None, :], measure)
    assert unbalanced(_Chains(problem, np.random.default_rng(0)), truth, measure) < 1e-9


@pytest.mark.parametrize("measure", ["answers", "tables"])
def test_the_tilt_of_the_draws_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, measure: str) -> None:
    """Tables with different sums within the printed interval: balance holds for any tilt, and fails where it stays."""
    respondents = [[5, 3], [4, 4]]
    survey = make_survey(tmp_path, [[31, 12], [17, 23]], respondents, {"x": [[3, 1], [2, 1]]}, decimals=0)
    system = own_item(survey, "x")
    for share in [s for s in system.shares if s.domain]:
        system = system.without(next(s for s in system.shares if s.name == share.name))
    truth = everything(system)
    assert len(truth) > 5
    monkeypatch.setattr("aibaro.reconstruct._table_sample.LARGEST_LIST", 0)
    problem = _Problem.of(system, system.design.respondents[None, :], measure)
    for tilt in (None, 4.0):
        if tilt is not None:
            monkeypatch.setattr(
                "aibaro.reconstruct._table_sample._tilt", lambda parts, low, high, t=tilt: np.full(len(low), t)
            )
        chains = _Chains(problem, np.random.default_rng(0))
        assert unbalanced(chains, truth, measure) < 1e-9
    chains.tilt = np.zeros(len(chains.tilt))
    assert unbalanced(chains, truth, measure) > 0.01


@given(data=st.data())
def test_pairs_that_fit_are_all_found_once(data: st.DataObject) -> None:
    """Boxes and their numbers lose no pair of two pools: all pairs, one by one, are the oracle."""
    windows = data.draw(st.integers(1, 5))
    value = st.one_of(st.integers(-6, 6).map(float), st.floats(-20, 20, allow_nan=False).map(lambda x: round(x, 3)))
    pools = [
        np.array(data.draw(st.lists(st.lists(value, min_size=windows, max_size=windows), min_size=1, max_size=12)))
        for _ in range(2)
    ]
    low = np.array(data.draw(st.lists(value, min_size=windows, max_size=windows)))
    width = np.array(data.draw(st.lists(st.sampled_from([2e-9, 0.25, 1.0, 7.5]), min_size=windows, max_size=windows)))
    chains = object.__new__(_Chains)
    chains.windows, chains.order = np.arange(windows), np.array(data.draw(st.permutations(range(windows))))
    chains.low, chains.high = low - 1e-9, low + width
    found = list(zip(*(side.tolist() for side in chains._joined(*pools)), strict=True))
    total = pools[0][:, None, :] + pools[1][None, :, :]
    fits = ((total >= chains.low) & (total <= chains.high)).all(axis=2)
    assert len(found) == len(set(found))
    assert set(found) == set(zip(*(side.tolist() for side in np.nonzero(fits)), strict=True))


def test_short_pools_keep_the_measure(
    system: ItemSystem, truth: dict[tuple[int, ...], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With pools of four draws the chain still has the measure: the choice among them is weighted."""
    monkeypatch.setattr("aibaro.reconstruct._table_sample.POOL", 4)
    monkeypatch.setattr("aibaro.reconstruct._table_sample.LARGEST_POOL", 4)
    corners = sorted(truth)
    found = sample_tables(system, draws=9000, starts=[corners[0], corners[-1]], steps=3000, seed=2)
    assert far(found.counts, truth, "answers") < 0.05


@pytest.mark.parametrize("measure", ["answers", "tables"])
def test_independent_draws_where_only_the_total_is_printed(system: ItemSystem, measure: str) -> None:
    alone = system
    for share in system.shares:
        if share.domain:
            alone = alone.without(next(s for s in alone.shares if s.name == share.name))
    truth = everything(alone)
    found = sample_tables(alone, draws=20_000, measure=measure, seed=3)
    assert (found.method, found.chains) == ("independent", 0)
    assert far(found.counts, truth, measure) < 0.05


def test_an_item_of_a_base_given_its_members(tmp_path: Path) -> None:
    base = [[4, 2], [3, 3], [2, 4]]
    survey = make_survey(tmp_path, POPULATION, RESPONDENTS, {"y": [[2, 1], [1, 2], [1, 2]]}, base=base, decimals=0)
    system = own_item(survey, "y", "users")
    members = [count for row in base for count in row]
    truth = everything(system, members)
    found = sample_tables(system, draws=4000, starts=sorted(truth)[:1], steps=1500, members=members, seed=4)
    assert far(found.counts, truth, "answers") < 0.04


def test_the_same_seed_gives_the_same_tables(system: ItemSystem, truth: dict[tuple[int, ...], int]) -> None:
    start = sorted(truth)[:1]
    one, two = (sample_tables(system, draws=20, starts=start, steps=40, seed=5) for _ in range(2))
    assert (one.counts == two.counts).all()
    assert one.to_frame().shape == (20, 6)
    assert "uniform over answers" in one.summary()


def test_the_barometer_in_its_own_print() -> None:
    """Printed by sector and size class: chains from the tables of extreme errors agree within some steps."""
    from aibaro.reconstruct.kept import kept_tables

    survey = load("flanders-2023")
    system = own_item(survey, "technology.autonomous_machines")
    starts = kept_tables(survey)["technology.autonomous_machines", "all"]
    found = sample_tables(system, draws=40, starts=starts, steps=160)
    assert len(set(map(tuple, found.counts.tolist()))) > 30
    assert not any(violated(system, row) for row in found.counts[:4].tolist())
    assert found.agrees
    # a run too short to be agreed upon says so
    assert not sample_tables(system, draws=8, starts=starts, steps=12).agrees


def test_where_one_margin_is_printed_strata_stand_alone(system: ItemSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no level short enough to be listed, every printed figure is a window over single strata."""
    monkeypatch.setattr("aibaro.reconstruct._table_sample.LARGEST_LIST", 0)
    one = system
    for share in system.shares:
        if share.domain == system.design.variables[0]:
            one = one.without(next(s for s in one.shares if s.name == share.name))
    truth = everything(one)
    found = sample_tables(one, draws=6000, starts=sorted(truth)[:1], steps=2000, seed=6)
    assert found.method == "chains"
    assert far(found.counts, truth, "answers") < 0.05


def test_items_with_one_seed_have_draws_of_their_own(tmp_path: Path) -> None:
    """Two items of the same print are drawn independently of each other."""
    print_ = [[3, 1], [2, 2], [1, 3]]
    survey = make_survey(tmp_path, POPULATION, RESPONDENTS, {"x": print_, "z": print_}, decimals=0)
    drawn = []
    for name in ("x", "z"):
        alone = own_item(survey, name)
        for share in alone.shares:
            if share.domain:
                alone = alone.without(next(s for s in alone.shares if s.name == share.name))
        drawn.append(sample_tables(alone, draws=400, seed=7).counts)
    assert abs(np.corrcoef(drawn[0][:, 0], drawn[1][:, 0])[0, 1]) < 4 / 400**0.5


def test_a_table_for_each_set_of_members(tmp_path: Path) -> None:
    """Given one set of members or the other, tables are those of that set, as often as the measure says."""
    base = [[4, 2], [3, 3], [2, 4]]
    survey = make_survey(tmp_path, POPULATION, RESPONDENTS, {"y": [[2, 1], [1, 2], [1, 2]]}, base=base, decimals=0)
    system = own_item(survey, "y", "users")
    for share in [s for s in system.shares if s.domain]:
        system = system.without(next(s for s in system.shares if s.name == share.name))
    sets = [[count for row in base for count in row], [3] * 6]
    draws = 8000
    found = sample_tables(system, members=np.repeat(sets, draws, axis=0), seed=8).counts
    for k, members in enumerate(sets):
        assert far(found[k * draws : (k + 1) * draws], everything(system, members), "answers") < 0.05


def test_diagnostics_tell_chains_apart() -> None:
    rng = np.random.default_rng(0)
    same = rng.normal(size=(4, 1000, 2))
    rhat, ess = diagnostics(same)
    assert rhat < 1.02
    assert 2000 < ess <= 4 * 1000 * 2
    apart = same + np.array([0.0, 0.0, 0.0, 1.0])[:, None, None]
    assert diagnostics(apart)[0] > 1.1
    # an autoregression with coefficient r has (1 - r)/(1 + r) as many effective draws
    slow = np.zeros((4, 4000, 1))
    for t in range(1, 4000):
        slow[:, t] = 0.8 * slow[:, t - 1] + rng.normal(size=(4, 1))
    assert diagnostics(slow)[1] == pytest.approx(16_000 / 9, rel=0.25)
    assert diagnostics(np.ones((4, 100, 1)))[0] == 1.0


def test_a_constant_that_floating_point_cannot_average_does_not_move() -> None:
    """A printed share that pins its counts has one variance; its rounding errors are no chain that is stuck."""
    moving = np.random.default_rng(0).normal(size=(4, 120, 1))
    ess = diagnostics(moving)[1]
    for value in (1489.27, 3068.951, 25556.913, 13152.1434):
        noise = np.random.default_rng(1).choice([0.0, np.spacing(value)], size=(4, 120, 1))
        assert diagnostics(np.concatenate([moving, value + noise], axis=2))[1] == ess


def test_what_cannot_be_drawn_is_refused(system: ItemSystem, truth: dict[tuple[int, ...], int], tmp_path: Path) -> None:
    start = sorted(truth)[:1]
    for wrong in (
        lambda: sample_tables(system, measure="rows", starts=start),
        lambda: sample_tables(system),
        lambda: sample_tables(system, starts=[[0] * 6]),
        lambda: sample_tables(system, starts=start, draws=0),
        lambda: sample_tables(system, starts=start, draws=500, steps=100),
    ):
        with pytest.raises(InputError):
            wrong()
    folder = tmp_path / "base"
    folder.mkdir()
    survey = make_survey(
        folder, POPULATION, RESPONDENTS, {"y": [[2, 1], [1, 2], [1, 2]]}, base=[[4, 2], [3, 3], [2, 4]]
    )
    with pytest.raises(InputError):
        sample_tables(own_item(survey, "y", "users"))
