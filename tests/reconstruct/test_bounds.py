"""Bounds of the AI-Barometer: pinned values and statuses, verified witnesses, a second opinion."""

from __future__ import annotations

import contextlib
import itertools
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from tests.reconstruct.surveys import make_survey, unsealed_copy

from aibaro.errors import ConflictError, InputError, IntegrityError
from aibaro.files import JOURNAL
from aibaro.published import load, read
from aibaro.published.checksums import update
from aibaro.reconstruct import (
    Bounder,
    bounds_with_intervals,
    centre,
    conservative_limits,
    own_item,
    quantity_range,
    read_bounds,
    share_in,
    verify,
    write_bounds,
)
from aibaro.reconstruct._blocks import blocks
from aibaro.reconstruct._fractions import largest_in_fractions
from aibaro.reconstruct._quantities import difference_of
from aibaro.reconstruct._witnesses import WitnessSearch
from aibaro.reconstruct.kept import BOUNDS_FILE, WITNESS_FILE, bound_files, bounds_frame, kept_rows, stratum_names
from aibaro.reconstruct.share_variance import share_extreme

pytest.importorskip("ortools")


def test_pinned_bounds_verify_and_cover_the_tables() -> None:
    survey = load("flanders-2023")
    verified = verify(survey)
    frame = read_bounds(survey)
    assert verified.rows == len(frame) == 288
    everybody = frame.loc[frame["base"] == "all"]
    assert (everybody["status"] == "sharp").sum() >= 0.9 * len(everybody)
    assert (frame["se_lower"] <= frame["se_upper"]).all()


@pytest.mark.parametrize("part", ["tables", "overall"])
def test_no_shipped_bound_is_wider_than_a_share_can_have(part: str) -> None:
    found = 0
    for path in sorted(Path(load("flanders-2023").folder).parent.glob("*/datapackage.json")):
        frame = read_bounds(read(path.parent), part)
        assert (frame["se_upper"] <= 0.5).all()
        found += len(frame)
    assert found


def test_witnesses_meet_every_printed_base() -> None:
    survey = load("flanders-2023")
    stored = json.loads((survey.folder / bound_files("overall")[1]).read_text(encoding="utf-8"))
    n = np.array(own_item(survey, "plans").design.respondents)
    found = 0
    for key, sides in stored["rows"].items():
        base = key.partition("@")[2].partition("|")[0]
        if not base.endswith("_gaps"):
            continue
        for index in sides.values():
            x, y, first, gaps = np.array(stored["tables"][index]).reshape(4, -1)
            assert gaps.sum() == 2061
            assert first.sum() == (1022 if base.startswith("adopters") else 2612 - 1022)
            assert (x <= y).all()
            assert (y <= np.minimum(first, gaps)).all()
            assert (first + gaps - y <= n).all()
            found += 1
    assert found == 26


def test_a_bound_beyond_a_share_is_refused(tmp_path: Path) -> None:
    survey = make_survey(tmp_path, [[40, 12], [30, 9]], [[6, 4], [5, 3]], {"a": [[4, 1], [3, 2]]})
    system = own_item(survey, "a")
    write_bounds(tmp_path, Bounder(system).rows(), stratum_names(system.design))
    frame = pd.read_csv(tmp_path / BOUNDS_FILE, dtype=str, keep_default_na=False)
    frame.loc[0, ["se_upper", "status"]] = ["5e9", "open"]
    frame.to_csv(tmp_path / BOUNDS_FILE, index=False)
    update(tmp_path)
    with pytest.raises(IntegrityError, match="beyond what a share can have"):
        verify(read(tmp_path))


def test_bounds_that_are_no_numbers_are_found_all_at_once(tmp_path: Path) -> None:
    survey = make_survey(tmp_path, [[40, 12], [30, 9]], [[6, 4], [5, 3]], {"a": [[4, 1], [3, 2]]})
    system = own_item(survey, "a")
    write_bounds(tmp_path, Bounder(system).rows(), stratum_names(system.design))
    frame = pd.read_csv(tmp_path / BOUNDS_FILE, dtype=str, keep_default_na=False)
    frame.loc[0, "se_upper"], frame.loc[1, "se_lower"], frame.loc[2, "df_lower"] = "inf", "", "few"
    frame.to_csv(tmp_path / BOUNDS_FILE, index=False)
    update(tmp_path)
    with pytest.raises(InputError, match="cannot be used") as error:
        read_bounds(read(tmp_path))
    assert [(f.where, f.parameter) for f in error.value.faults] == [
        ("row 3", "se_lower"),
        ("row 2", "se_upper"),
        ("row 4", "df_lower"),
    ]


def test_tampered_bounds_are_found_all_at_once(tmp_path: Path) -> None:
    names = ("strata", "printed", "items", "levels", "bases", "relations", "bounds")
    source = load("flanders-2023").folder
    unsealed_copy(source, tmp_path, [*(f"{n}.csv" for n in names), WITNESS_FILE])
    stored = json.loads((tmp_path / WITNESS_FILE).read_text(encoding="utf-8"))
    stored["tables"][0][0] += 7
    (tmp_path / WITNESS_FILE).write_text(json.dumps(stored), encoding="utf-8")
    frame = pd.read_csv(tmp_path / BOUNDS_FILE, dtype=str, keep_default_na=False)
    frame.loc[frame.index[-1], "inputs"] = "0" * 16
    frame.to_csv(tmp_path / BOUNDS_FILE, index=False)
    with pytest.raises(IntegrityError) as error:
        verify(read(tmp_path))
    problems = {fault.problem for fault in error.value.faults}
    assert {"the inputs of a bound changed", "a witness fails printed numbers"} <= problems


def test_highs_agrees_with_cpsat() -> None:
    system = own_item(load("flanders-2023"), "technology.nlg")
    share = system.share("sector", "nace-64-66")
    assert share is not None
    for sense in ("max", "min"):
        first, second = (share_extreme(system, share.strata, sense, solver=s) for s in ("cpsat", "highs"))
        assert first.inner == second.inner
        # HiGHS computes in floating point; its bound is widened
        assert abs(float(first.outer / second.outer) - 1) < 1e-3
        assert "HiGHS" in second.proof


def test_bounds_are_written_and_read_back(tmp_path: Path) -> None:
    population, respondents, base = [[40, 12], [30, 9]], [[6, 4], [5, 3]], [[4, 2], [3, 2]]
    survey = make_survey(tmp_path, population, respondents, {"b": [[2, 1], [1, 2]]}, base=base)
    system = own_item(survey, "b", "users")
    rows = Bounder(system).rows()
    write_bounds(tmp_path, rows, stratum_names(system.design))
    again = read(tmp_path)
    assert verify(again).statuses["sharp"] == len(rows) == 5
    frame = bounds_with_intervals(again, method="wald")
    assert (frame["conf_low"] <= frame["estimate"]).all()
    assert (frame["conf_high"] >= frame["estimate"]).all()


@pytest.mark.parametrize("stops_at", range(8))
def test_a_recomputation_that_is_stopped_leaves_a_folder_that_reads(
    tmp_path: Path, stops_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Table, witnesses and descriptor are replaced as one, wherever the process ends."""
    make_survey(tmp_path, [[40, 12], [30, 9]], [[6, 4], [5, 3]], {"a": [[4, 1], [3, 2]]})
    update(tmp_path)
    system = own_item(read(tmp_path), "a")
    write_bounds(tmp_path, Bounder(system).rows(), stratum_names(system.design))
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    fewer = [row for row in Bounder(system).rows() if row.domain != "sector"]
    calls, replace_file = [], Path.replace

    def stop(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) > stops_at:
            raise KeyboardInterrupt
        return replace_file(self, target)

    monkeypatch.setattr(Path, "replace", stop)
    with contextlib.suppress(KeyboardInterrupt):
        write_bounds(tmp_path, fewer, stratum_names(system.design))
    monkeypatch.undo()
    # what a killed process had not finished preparing is no part of the survey
    (tmp_path / f"{JOURNAL}.abc.part").mkdir()
    verified = verify(read(tmp_path))
    (tmp_path / f"{JOURNAL}.abc.part").rmdir()
    assert verified.rows in {5, 3}
    after = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    # nothing is left over, and either nothing has changed or all has
    assert set(after) == set(before)
    assert (verified.rows == 5) == (after == before)


def test_conservative_limits_contain_every_corner() -> None:
    from aibaro.estimate.intervals import interval

    low, high = conservative_limits((0.10, 0.12), (0.01, 0.03), (4, 60), 50, method="wilson")
    for p in np.linspace(0.10, 0.12, 5):
        for error in (0.01, 0.02, 0.03):
            for df in (4, 20, 60):
                a, b, _ = interval("wilson", p, error, df, 50)
                assert low <= a
                assert b <= high


@pytest.mark.parametrize(
    ("item", "base", "largest"),
    # among a base the fitted base itself can leave the margins a few hundredths of a point apart
    [("at_least_one", "all", 1e-6), ("technology.nlg", "all", 1e-6), ("application.marketing", "adopters", 1e-3)],
)
def test_the_centre_meets_the_margins(item: str, base: str, largest: float) -> None:
    system = own_item(load("flanders-2023"), item, base)
    fitted = centre(system)
    assert fitted.residual < largest
    for share in system.shares:
        reached = fitted.share(system.design, share.strata)
        assert float(share.lower) - largest <= reached <= float(share.upper) + largest


def test_a_domain_never_printed_and_a_difference() -> None:
    system = own_item(load("flanders-2023"), "at_least_one")
    design = system.design
    larger = tuple(int(h) for h in np.flatnonzero(design.domain(size_class=["medium", "large"])))
    # little work for the solver: multipliers of the linear relaxation prove these ends, more search moves none of them
    work = 0.1
    found = quantity_range(system, share_in(system, larger), work=work)
    # the two printed classes decide it up to rounding
    assert Fraction(46, 100) < found.lower <= found.upper < Fraction(47, 100)
    large, micro = (system.share("size_class", level).strata for level in ("large", "micro"))
    gap = quantity_range(system, difference_of(system, large, micro), work=work)
    assert Fraction("0.400999") <= gap.lower <= gap.upper <= Fraction("0.403001")
    unweighted = quantity_range(system, share_in(system, tuple(range(44)), "unweighted"), work=work)
    # the printed number of adopters decides it
    assert unweighted.lower <= Fraction(1022, 2612) <= unweighted.upper
    assert unweighted.upper - unweighted.lower < Fraction(1, 10**9)


def test_full_circle_from_microdata(tmp_path: Path) -> None:
    """Known respondents, made into a printed survey: their own standard error lies inside the bounds."""
    data = sm.datasets.fair.load_pandas().data
    rows = data.iloc[::40]
    strict = (rows["religious"] >= 3).astype(int).to_numpy()
    schooled = (rows["educ"] >= 15).astype(int).to_numpy()
    answer = (rows["affairs"] > 0).to_numpy()
    n = [[int(((strict == s) & (schooled == c)).sum()) for c in (0, 1)] for s in (0, 1)]
    counts = [[int(answer[(strict == s) & (schooled == c)].sum()) for c in (0, 1)] for s in (0, 1)]
    population = [[40 * n[s][c] for c in (0, 1)] for s in (0, 1)]
    system = own_item(make_survey(tmp_path, population, n, {"affair": counts}), "affair")
    flat = [(population[s][c], n[s][c], counts[s][c]) for s in (0, 1) for c in (0, 1)]
    for row in Bounder(system).rows():
        members = row.share.strata
        total = sum(flat[h][0] for h in members)
        truth = sum(
            Fraction(flat[h][0], total) ** 2
            * Fraction(39, 40)
            * Fraction(flat[h][2], flat[h][1])
            * (1 - Fraction(flat[h][2], flat[h][1]))
            / (flat[h][1] - 1)
            for h in members
        )
        assert row.smallest.outer <= truth <= row.largest.outer
        assert row.status == "sharp"


def test_a_single_respondent_is_refused(tmp_path: Path) -> None:
    survey = make_survey(tmp_path, [[40, 12], [30, 9]], [[6, 1], [5, 3]], {"a": [[4, 1], [3, 2]]})
    with pytest.raises(ValueError, match="one respondent"):
        Bounder(own_item(survey, "a")).rows()


def test_a_base_that_no_whole_counts_of_a_group_give_is_a_conflict() -> None:
    """A share between two neighbouring weighted sums of a small sector is none of whole counts."""
    system = own_item(load("flanders-2023"), "application.hr", "adopters")
    wrong = next(b for b in system.base_shares if b.level == "nace-35-39")
    sums = sorted(
        {
            sum(system.design.exact_weights[h] * y for h, y in zip(wrong.strata, counts, strict=True))
            for counts in itertools.product(*(range(int(system.design.respondents[h]) + 1) for h in wrong.strata))
        }
    )
    population = int(system.design.population[list(wrong.strata)].sum())
    low, high = max(itertools.pairwise(sums[len(sums) // 4 : -len(sums) // 4]), key=lambda pair: pair[1] - pair[0])
    third = (high - low) / 3
    none = replace(wrong, lower=(low + third) / population, upper=(high - third) / population)
    shares = tuple(none if b == wrong else b for b in system.base_shares)
    with pytest.raises(ConflictError, match="no table of counts"):
        blocks(replace(system, base_shares=shares))


def test_kept_bounds_are_read_as_they_were_written() -> None:
    survey = load("flanders-2023")
    for item, base, part in (("application.hr", "adopters", "tables"), ("gap.deep", "adopters_gaps", "overall")):
        system = own_item(survey, item, base)
        rows = kept_rows(survey, system, part)
        kept = read_bounds(survey, part).query("item == @item and base == @base").reset_index(drop=True)
        assert len(kept)
        pd.testing.assert_frame_equal(bounds_frame(rows).fillna(""), kept, check_dtype=False)


def test_kept_bounds_among_common_members_of_two_sets_are_close_to_tables() -> None:
    rows = read_bounds(load("flanders-2023"), "overall").query("base.str.endswith('_gaps')")
    assert len(rows) == 13
    # the middle of the printed sizes of the base, in place of the smallest, cost 2% above, and a table 2% below
    assert (rows["se_upper"] - rows["se_upper_witness"] < 0.02 * rows["se_upper"]).all()
    # strata in the base in full or not at all, with one answer each, have no variance; print allows that without AI
    none = rows["base"] == "non_adopters_gaps"
    assert (rows.loc[none, "se_lower_witness"] == 0).all()
    assert (rows.loc[~none, "se_lower_witness"] < 0.01).all()


def test_a_target_in_a_domain_is_not_given_up_for_other_strata() -> None:
    system = own_item(load("flanders-2023"), "application.administration", "adopters")
    share = system.share("size_class", "large")
    assert share is not None
    size = system.design.size
    ranges = np.array([(0, n) for n in [*system.design.respondents] * 2])
    fitted = centre(system)
    middle = np.concatenate([fitted.x, fitted.y])
    search = WitnessSearch(system, ranges, (), "auto", middle, np.zeros(2 * size))
    target = middle.copy()
    found = largest_in_fractions(system, share, ranges)
    assert found is not None
    for h in share.strata:
        target[[h, size + h]] = found.point[[h, size + h]]
    base = search._base_step(target, {}, range(2 * size), set(share.strata))
    assert base is not None
    # of 130 respondents that the target moves in large firms, before: 136 away
    assert sum(abs(base[h] - target[size + h]) for h in share.strata) < 20
