"""Drawn tables against all tables of small surveys, listed one by one; chains that disagree; refusals."""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import comb, prod
from pathlib import Path

import numpy as np
import pytest
from tests.reconstruct.surveys import make_survey

from aibaro.errors import InputError
from aibaro.published import load
from aibaro.reconstruct import own_item, sample_tables
from aibaro.reconstruct._table_sample import diagnostics
from aibaro.reconstruct.items import ItemSystem
from aibaro.reconstruct.program import violated

# one weight in all strata: the margins hold their sums fast, and many tables share them
POPULATION, RESPONDENTS = [[60, 50], [60, 50], [40, 60]], [[6, 5], [6, 5], [4, 6]]


def everything(system: ItemSystem, members: list[int] | None = None) -> dict[tuple[int, ...], int]:
    """Every table that meets print, with the number of sets of answers that have its counts."""
    limits = system.design.respondents.tolist() if members is None else members
    found = {}
    for counts in product(*(range(n + 1) for n in limits)):
        if not violated(system, counts if system.whole else (*counts, *limits)):
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


@pytest.fixture
def system(tmp_path: Path) -> ItemSystem:
    """Both margins and the total are printed."""
    survey = make_survey(tmp_path, POPULATION, RESPONDENTS, {"x": [[3, 1], [2, 2], [1, 3]]}, decimals=0)
    return own_item(survey, "x")


@pytest.mark.parametrize("measure", ["answers", "tables"])
def test_chains_visit_every_table_as_often_as_the_measure_says(system: ItemSystem, measure: str) -> None:
    truth = everything(system)
    assert len(truth) > 5
    corners = sorted(truth)
    found = sample_tables(system, draws=6000, measure=measure, starts=[corners[0], corners[-1]], steps=2000, seed=1)
    assert found.method == "chains"
    assert found.agrees
    assert far(found.counts, truth, measure) < 0.03


def test_long_lists_are_drawn_from_in_pools(system: ItemSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """With pools of four tuples the chain still has the measure: the choice among them is weighted."""
    monkeypatch.setattr("aibaro.reconstruct._table_sample.POOL", 4)
    truth = everything(system)
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


def test_the_same_seed_gives_the_same_tables(system: ItemSystem) -> None:
    start = sorted(everything(system))[:1]
    one, two = (sample_tables(system, draws=20, starts=start, steps=40, seed=5) for _ in range(2))
    assert (one.counts == two.counts).all()
    assert one.to_frame().shape == (20, 6)
    assert "uniform over answers" in one.summary()


def test_the_barometer_in_its_own_print() -> None:
    """A few steps from a table that ships: every draw meets print, and so short a run is not agreed upon."""
    from aibaro.reconstruct.kept import kept_tables

    survey = load("flanders-2023")
    system = own_item(survey, "technology.autonomous_machines")
    starts = kept_tables(survey)["technology.autonomous_machines", "all"]
    found = sample_tables(system, draws=8, starts=starts, steps=12)
    assert len(found.counts) == 8
    assert not any(violated(system, row) for row in found.counts.tolist())
    assert not found.agrees


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


def test_what_cannot_be_drawn_is_refused(system: ItemSystem, tmp_path: Path) -> None:
    start = sorted(everything(system))[:1]
    for wrong in (
        lambda: sample_tables(system, measure="rows", starts=start),
        lambda: sample_tables(system),
        lambda: sample_tables(system, starts=[[0] * 6]),
        lambda: sample_tables(system, starts=start, draws=0),
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
