"""Constraints come from the tables of a survey, and from nothing else."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from tests.reconstruct.surveys import make_survey

from aibaro.errors import ConflictError, InputError
from aibaro.published import load, read
from aibaro.reconstruct import own_item, percentages
from aibaro.reconstruct.program import LinearRow, integer_rows, linear_rows, violated

POPULATION, RESPONDENTS, USED = [[40, 12], [30, 9]], [[6, 4], [5, 3]], [[4, 2], [3, 2]]


def test_every_margin_of_the_barometer_is_a_constraint() -> None:
    system = own_item(load("flanders-2023"), "application.marketing", "adopters")
    assert (len(system.shares), len(system.base_shares), system.base_total) == (16, 16, 1022)
    assert system.unused == ()


def test_figures_of_another_wave_are_left_out_and_named() -> None:
    system = own_item(load("flanders-2023"), "technology.nlg")
    assert system.unused == ("fl23.conclusions.nlg.2022",)


@pytest.mark.parametrize(
    ("item", "base", "shares", "total"),
    [
        ("training.formal", "adopters", 16, 1022),
        ("barrier.knowledge", "non_adopters", 16, 1590),
        # one technology: those who have it are among the adopters, so that its own printed shares are the base's
        ("source.ready_made", "adopters_one", 1, None),
    ],
)
def test_bases_are_resolved_by_the_item_that_decides(item: str, base: str, shares: int, total: int | None) -> None:
    pairs = set(percentages(load("flanders-2023"))[["item", "base"]].itertuples(index=False, name=None))
    if (item, base) not in pairs:
        item = next(own for own, among in sorted(pairs) if among == base)
    system = own_item(load("flanders-2023"), item, base)
    assert (len(system.base_shares), system.base_total, system.overlap) == (shares, total, None)


def test_a_base_that_is_common_to_two_sets_is_bounded_by_both() -> None:
    survey = load("flanders-2023")
    for base, ends in (("adopters_gaps", (471, 1022)), ("non_adopters_gaps", (1039, 1590))):
        system = own_item(survey, "gap.deep", base)
        assert system.overlap is not None
        assert system.overlap.sizes() == ends
        assert [own.total for own in system.overlap.sets] == [ends[1], 2061]
        everybody = tuple(int(n) for n in system.design.respondents)
        failed = violated(system, everybody * 2)
        assert f"respondents in {base}" in failed


def test_whole_counts_need_weights_that_are_equal_within_strata(tmp_path: Path) -> None:
    make_survey(tmp_path, POPULATION, RESPONDENTS, {"a": USED})
    (tmp_path / "datapackage.json").write_text('{"name": "made", "aibaro": {"weighting": "margins"}}', encoding="utf-8")
    survey = read(tmp_path)
    with pytest.raises(InputError, match="weighting = cells") as error:
        own_item(survey, "a")
    assert '"weighting": "cells"' in error.value.faults[0].hint
    assert percentages(survey).empty


def test_complement_of_a_base_counts_the_rest() -> None:
    system = own_item(load("flanders-2023"), "barrier.knowledge", "non_adopters")
    assert system.base_total == 2612 - 1022
    assert system.base_shares[0].lower == 1 - own_item(load("flanders-2023"), "at_least_one").shares[0].upper


def test_printings_of_one_fact_that_differ_are_refused(tmp_path: Path) -> None:
    make_survey(tmp_path, POPULATION, RESPONDENTS, {"a": USED})
    printed = pd.read_csv(tmp_path / "printed.csv", dtype=str, keep_default_na=False)
    twice = printed.iloc[[0]].assign(id="a.again", printed="1,0%")
    pd.concat([printed, twice]).to_csv(tmp_path / "printed.csv", index=False)
    with pytest.raises(ConflictError, match="exclude each other"):
        own_item(read(tmp_path), "a")


def test_unknown_items_and_surveys_without_strata_are_refused() -> None:
    with pytest.raises(InputError, match="no percentage"):
        own_item(load("flanders-2023"), "technology.telepathy")
    with pytest.raises(InputError, match="no strata"):
        own_item(load("softwareone-2025"), "anything")


def test_integer_rows_keep_every_solution_of_the_exact_row() -> None:
    coefficients = {i: Fraction(10**6 + 7 * i, 10**4 + 3 * i * i + 1) for i in range(6)}
    row = LinearRow("wide", coefficients, Fraction(250), Fraction(251))
    scaled = integer_rows([row])
    assert len(scaled) == 2
    for values in ((1, 1, 1, 0, 0, 0), (0, 0, 2, 0, 1, 0), (2, 0, 0, 0, 0, 1)):
        exact = row.value(values)
        fitted = LinearRow("fit", coefficients, exact, exact)
        for r in integer_rows([fitted]):
            total = sum(c * values[i] for i, c in r.coefficients)
            assert r.lower is None or total >= r.lower
            assert r.upper is None or total <= r.upper


def test_true_counts_meet_every_row(tmp_path: Path) -> None:
    survey = make_survey(tmp_path, POPULATION, RESPONDENTS, {"b": [[2, 1], [1, 2]]}, base=USED)
    system = own_item(survey, "b", "users")
    truth = (2, 1, 1, 2, 4, 2, 3, 2)
    assert violated(system, truth) == ()
    assert violated(system, (3, 1, 1, 2, 4, 2, 3, 2)) != ()
    assert violated(system, (2, 1, 1, 3, 4, 2, 3, 2))[-1] == "0 <= x_h <= y_h <= n_h"
    assert len(linear_rows(system)) == 5 * 3 + 1


def test_percentages_lists_each_fact_once() -> None:
    frame = percentages(load("flanders-2023"))
    assert not frame.duplicated(["item", "base", "domain", "level"]).any()
    wanted = frame["item"].str.match("technology|at_least_one|application") & frame["base"].isin(["all", "adopters"])
    assert wanted.sum() == 288


def test_fingerprint_changes_with_a_digit_and_not_with_an_id(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
    one = own_item(make_survey(tmp_path / "one", POPULATION, RESPONDENTS, {"a": USED}), "a")
    changed = make_survey(tmp_path / "two", POPULATION, RESPONDENTS, {"a": USED}, overrides={"a.s0": "61,0%"})
    two = own_item(changed, "a")
    make_survey(tmp_path / "three", POPULATION, RESPONDENTS, {"a": USED})
    printed = pd.read_csv(tmp_path / "three" / "printed.csv", dtype=str, keep_default_na=False)
    printed.assign(id="renamed." + printed["id"]).to_csv(tmp_path / "three" / "printed.csv", index=False)
    three = own_item(read(tmp_path / "three"), "a")
    assert one.fingerprint() == three.fingerprint() != two.fingerprint()
