"""A planted misprint is found, named and proved twice; consistent print is never accused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from tests.reconstruct.surveys import make_survey, unsealed_copy

from aibaro.cli import main
from aibaro.errors import ConflictError, IntegrityError
from aibaro.ledger import build_ledger
from aibaro.published import PublishedSurvey, load, read
from aibaro.reconstruct import (
    Bounder,
    CountConflict,
    DualBounds,
    ItemSystem,
    PrintedShare,
    attainability,
    compute_detection_limits,
    cpsat,
    detection_limit,
    detection_limits,
    highs,
    irreducible,
    own_item,
    own_items,
    percentages,
    quantity_range,
    share_in,
    violated,
)
from aibaro.reconstruct._conflict import feasibility
from aibaro.reconstruct.share_variance import base_program, share_extreme

pytest.importorskip("ortools")
NAMES = ("strata", "printed", "items", "levels", "bases", "relations")
POPULATION, RESPONDENTS, COUNTS = [[40, 12], [30, 9]], [[6, 4], [5, 3]], [[4, 2], [3, 2]]


def plant(folder: Path, identifier: str, printed: str) -> None:
    """Copy the AI-Barometer without its checksums, and change one printed number."""
    unsealed_copy(load("flanders-2023").folder, folder, [f"{n}.csv" for n in NAMES])
    table = pd.read_csv(folder / "printed.csv", dtype=str, keep_default_na=False)
    table.loc[table["id"] == identifier, "printed"] = printed
    table.to_csv(folder / "printed.csv", index=False)


def recomputed(survey: PublishedSurvey, *items: tuple[str, str]) -> tuple[int, int]:
    """Compute the limits of some items again: how many there are, and how many differ from the file."""
    keys, ends = ["item", "base", "domain", "level"], ["down", "up"]
    again = compute_detection_limits(survey, items).set_index(keys)[ends].replace("", None).astype(float)
    kept = detection_limits(survey).set_index(keys).loc[again.index, ends].astype(float)
    return len(again), int((again.fillna(-1) != kept.fillna(-1)).any(axis=1).sum())


def without(system: ItemSystem, kept: CountConflict, member: PrintedShare) -> ItemSystem:
    """Give the members of a conflict but one, as a system of their own."""
    shares = tuple(s for s in system.shares if s in kept.members and s is not member)
    base_shares = tuple(s for s in system.base_shares if s in kept.members and s is not member)
    return replace(system, shares=shares, base_shares=base_shares, total=None, base_total=None)


def test_a_planted_misprint_is_found_named_and_irreducible(tmp_path: Path) -> None:
    # printed once: no repeat betrays it, only the other figures of the item do
    identifier = "fl23.t4.autonomous_machines.micro"
    # digits of 3,2% exchanged
    plant(tmp_path, identifier, "2,3%")
    survey = read(tmp_path)
    system = own_item(survey, "technology.autonomous_machines")
    assert [s.ids for s in system.shares if identifier in s.ids] == [(identifier,)]
    found = attainability(system, work=2.0)
    conflict = found.conflict
    assert found.verdict == "conflict"
    assert conflict is not None
    assert identifier in conflict.ids
    assert conflict.irreducible
    assert conflict.totals == ()
    assert len(conflict.proofs) == 3
    assert len({p.split()[0] for p in conflict.proofs}) == 3
    whole = replace(system, shares=conflict.members)
    assert DualBounds(whole).contradiction()
    assert cpsat.solve(base_program(whole)).status == highs.solve(base_program(whole)).status == "infeasible"
    for member in conflict.members:
        rest = without(system, conflict, member)
        # counts that meet all the others: the member is needed
        status, counts = feasibility(rest)
        assert status == "feasible"
        assert counts is not None
        assert violated(rest, counts) == ()
    # moving the planted number back by what is said makes everything attainable
    planted = next(m for m in conflict.members if identifier in m.ids)
    shift = conflict.slack[identifier]
    assert shift is not None
    assert 0.6 < shift < 1.2
    moved = replace(planted, lower=planted.lower + shift / 100, upper=planted.upper + shift / 100)
    mended = replace(system, shares=tuple(moved if s is planted else s for s in system.shares))
    assert not DualBounds(mended).contradiction()


def test_check_names_a_misprint_in_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    population = [[400, 90, 24], [300, 120, 30], [500, 60, 18]]
    respondents = [[20, 15, 12], [15, 20, 10], [25, 12, 9]]
    counts = [[5, 6, 7], [3, 9, 6], [8, 5, 4]]
    folder = tmp_path / "mine"
    folder.mkdir()
    survey = make_survey(folder, population, respondents, {"a": counts})
    assert attainability(own_item(survey, "a")).verdict == "attainable"
    # digits of 24,1% exchanged
    table = pd.read_csv(folder / "printed.csv", dtype=str)
    old = table.loc[table["id"] == "a.z0", "printed"].item()
    new = f"{old[1]}{old[0]}{old[2:]}"
    table.loc[table["id"] == "a.z0", "printed"] = new
    table.to_csv(folder / "printed.csv", index=False)
    assert main(["check", str(folder), "--out", str(tmp_path / "out")]) == 1
    out = capsys.readouterr().out
    # the exchange is named, with the number that stood there before
    assert f"(a.z0) were {old.rstrip('%')} (digits swapped)" in " ".join(out.split())
    ledger = pd.read_csv(tmp_path / "out" / "ledger.csv", keep_default_na=False).set_index("id")
    assert ledger.loc["a.z0", "verdict"] in {"inconsistent", "in_conflict"}
    assert set(ledger.drop(index="a.z0")["verdict"]) <= {"consistent", "reproduced", "in_conflict", "not_checkable"}
    assert main(["explain", "a.z0", "--survey", str(folder)]) == 0
    assert new in capsys.readouterr().out
    # whole counts say the same, by two solvers
    found = attainability(own_item(read(folder), "a"))
    assert found.conflict is not None
    proofs = next(line for line in found.conflict.summary().splitlines() if line.strip().startswith("proved by:"))
    assert "CP-SAT" in proofs
    assert "HiGHS" in proofs


def test_a_conflict_that_cutting_digits_off_would_explain_accuses_nobody(tmp_path: Path) -> None:
    # 2 of 3 and 3 of 7, cut off instead of rounded
    cut = {"a.z0": "66,6%", "a.z1": "42,8%"}
    survey = make_survey(tmp_path, [[30, 70]], [[3, 7]], {"a": [[2, 3]]}, overrides=cut)
    assert attainability(own_item(survey, "a", rounding="half_up")).verdict == "conflict"
    assert attainability(own_item(survey, "a", rounding="truncate")).verdict == "attainable"
    verdicts = build_ledger(survey).to_frame().set_index("id")["verdict"]
    assert set(verdicts[list(cut)]).isdisjoint({"inconsistent", "in_conflict"})


def test_the_barometer_itself_is_attainable() -> None:
    system = own_item(load("flanders-2023"), "technology.text_analysis")
    assert attainability(system).verdict == "attainable"
    with pytest.raises(ConflictError, match="not proved"):
        irreducible(system)


def test_check_of_a_small_survey(tmp_path: Path) -> None:
    survey = make_survey(tmp_path, POPULATION, RESPONDENTS, {"b": [[2, 1], [1, 2]]}, base=COUNTS)
    systems = own_items(survey, [("used", "all"), ("b", "users")])
    assert [attainability(system).verdict for system in systems.values()] == ["attainable", "attainable"]


def test_bounds_of_contradictory_print_are_refused(tmp_path: Path) -> None:
    survey = make_survey(tmp_path, POPULATION, RESPONDENTS, {"a": COUNTS}, overrides={"a.s0": "10,0%"})
    system = own_item(survey, "a")
    with pytest.raises(ConflictError, match="no table of counts"):
        Bounder(system).rows()
    with pytest.raises(ConflictError):
        share_extreme(system, (0, 1), "max", solver="highs")


def test_detection_limit_tells_which_misprints_pass() -> None:
    system = own_item(load("flanders-2023"), "technology.nlg")
    share = system.share("sector", "nace-45-47")
    assert share is not None
    limit = detection_limit(system, share, work=0.2)
    assert limit.lower <= share.upper
    assert limit.upper >= share.lower
    # sectors and total are printed to 0.05 points, and this sector is a quarter of all firms
    assert 0 < limit.down < 2
    assert 0 < limit.up < 2


def test_shipped_detection_limits_hold_and_are_complete(tmp_path: Path) -> None:
    survey = load("flanders-2023")
    limits = detection_limits(survey)
    tables = limits.loc[
        (limits["item"].str.startswith("technology.") | (limits["item"] == "at_least_one")) & (limits["base"] == "all")
    ]
    assert len(tables) == 128
    assert (limits["scope"] == "whole").all()
    assert len(limits) == len(percentages(survey))
    # in a sector of 31 firms print leaves room for almost anything, in the largest for half a point
    assert tables.loc[tables["level"] == "nace-45-47", ["down", "up"]].max().max() < 1
    # sampled: computed again from the figures
    assert recomputed(survey, ("technology.nlg", "all"), ("training.formal", "adopters")) == (17, 0)
    unsealed_copy(survey.folder, tmp_path, [f"{n}.csv" for n in (*NAMES, "detection")])
    table = pd.read_csv(tmp_path / "detection.csv", dtype=str, keep_default_na=False)
    table.loc[table["item"] == "technology.nlg", "down"] = "9.9"
    table.to_csv(tmp_path / "detection.csv", index=False)
    assert recomputed(read(tmp_path), ("technology.nlg", "all")) == (16, 16)
    plant(tmp_path, "fl23.t3.nlg.nace-45-47", "15,9%")
    with pytest.raises(IntegrityError, match="inputs"):
        detection_limits(read(tmp_path))


def test_a_misprint_beyond_its_limit_is_noticed_and_one_inside_the_duals_range_may_pass(tmp_path: Path) -> None:
    limits = detection_limits(load("flanders-2023")).query("item == 'technology.nlg' and level == 'nace-45-47'")
    printed, up = 14.9, limits["up"].item()
    plant(tmp_path, "fl23.t3.nlg.nace-45-47", f"{printed + up:.1f}%".replace(".", ","))
    assert DualBounds(own_item(read(tmp_path), "technology.nlg")).contradiction()
    plant(tmp_path, "fl23.t3.nlg.nace-45-47", f"{printed + up - 0.1:.1f}%".replace(".", ","))
    assert not DualBounds(own_item(read(tmp_path), "technology.nlg")).contradiction()


def test_ranges_by_duality_hold_every_consistent_count(tmp_path: Path) -> None:
    survey = make_survey(tmp_path, POPULATION, RESPONDENTS, {"b": [[2, 1], [1, 2]]}, base=COUNTS)
    for item, base in (("used", "all"), ("b", "users")):
        system = own_item(survey, item, base)
        for share in system.shares:
            rest = system.without(share)
            low, high = DualBounds(rest).share(share.strata)
            assert low <= share.upper
            assert high >= share.lower
            exact = quantity_range(rest, share_in(rest, share.strata), work=0.2)
            # whole counts can only narrow the range
            assert low <= (exact.lower_witness or 1)
            assert high >= (exact.upper_witness or 0)
