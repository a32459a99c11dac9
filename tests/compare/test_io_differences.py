"""The I&O groups: bases, hand-computed values, families and verdicts."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from aibaro.cli import main
from aibaro.compare import (
    adjust,
    compare,
    declared,
    differences,
    groups,
    joint_share,
    share_of,
    subgroups,
)
from aibaro.compare._shares import check_mixtures
from aibaro.compare.declarations import DIFFERENCES, Comparisons
from aibaro.errors import ConflictError, InputError, PublishedNumberError
from aibaro.facts import facts_of
from aibaro.published import PublishedSurvey, load
from aibaro.published.schema import COMPARISON_COLUMNS

Z = 1.959963984540054


@pytest.fixture(scope="module")
def survey() -> PublishedSurvey:
    return load("io-2023")


@pytest.fixture(scope="module")
def plain(survey: PublishedSurvey) -> Comparisons:
    return compare(survey)


@pytest.fixture(scope="module")
def stated(survey: PublishedSurvey) -> Comparisons:
    return compare(survey, deff=1.5)


def row(result: Comparisons, family: str, item: str) -> pd.Series:
    table = result.to_frame()
    return table.loc[(table["family"] == family) & (table["item"] == item)].iloc[0]


def test_chances_by_hand(plain: Comparisons) -> None:
    found = row(plain, "public_entrepreneurs", "outlook.opportunities")
    error = math.sqrt(0.19 * 0.81 / 841 + 0.28 * 0.72 / 1552)
    assert (found["estimate"], found["std_error"]) == pytest.approx((-0.09, error))
    # worst rounding on either side: 19.5% against 27.5%, 18.5% against 28.5%
    near = math.sqrt(0.195 * 0.805 / 841 + 0.275 * 0.725 / 1552)
    far = math.sqrt(0.185 * 0.815 / 841 + 0.285 * 0.715 / 1552)
    assert (found["conf_low"], found["conf_high"]) == pytest.approx((-0.10 - Z * far, -0.08 + Z * near))
    assert found["breakdown_deff"] == pytest.approx((0.08 / (Z * near)) ** 2)


def test_bases_are_those_of_the_question(plain: Comparisons) -> None:
    sizes = {r.difference.item: (r.n_a, r.n_b) for r in plain.rows if r.family == "public_entrepreneurs"}
    assert sizes["awareness.any"] == (841, 1552)
    assert sizes["use.none"] == (668, 1342)
    assert sizes["job_fear.agree"] == sizes["job_fear.disagree"] == sizes["easier_work.agree"] == (None, 1552)


def test_unprinted_working_people_are_swept(survey: PublishedSurvey, plain: Comparisons) -> None:
    fear = next(r for r in plain.rows if r.difference.item == "job_fear.agree" and r.family == "public_entrepreneurs")
    assert fear.difference.n_a == (336, 673)
    # 10.5% against 6.5% turns where 1.96² (0.105 0.895/n + 0.065 0.935/1552) = 0.04²
    turn = 0.105 * 0.895 / ((0.04 / Z) ** 2 - 0.065 * 0.935 / 1552)
    assert fear.difference.n_turn == pytest.approx(turn)


def test_breakdown_and_verdict_belong_together(stated: Comparisons) -> None:
    for r in stated.rows:
        assert r.breakdown_deff_family <= r.difference.breakdown_deff + 1e-9
        established = r.verdict in {"established", "refuted"}
        assert established == (r.breakdown_deff_family > 1.5), r.difference.item


def test_at_the_familys_breakdown_holm_reaches_the_level(stated: Comparisons) -> None:
    families = [r.family for r in stated.rows]
    p_values = np.array([r.difference.p_value for r in stated.rows])
    z = stats.norm.isf(p_values / 2)
    for i, r in enumerate(stated.rows):
        if r.breakdown_deff_family > 1e-6:
            turned = 2 * stats.norm.sf(z * math.sqrt(1.5 / r.breakdown_deff_family))
            assert adjust(turned, "holm", families)[i] == pytest.approx(0.05, rel=1e-6), r.difference.item


def test_verdicts_at_a_stated_design_effect(stated: Comparisons) -> None:
    assert row(stated, "public_entrepreneurs", "outlook.opportunities")["verdict"] == "established"
    assert row(stated, "public_entrepreneurs", "reliable.agree")["verdict"] == "not_significant"
    assert row(stated, "public_entrepreneurs", "privacy_worry.agree")["verdict"] == "not_significant"
    assert row(stated, "users_non_users", "outlook.threats")["verdict"] == "established"


def test_a_sweep_is_never_more_certain_than_its_ends(survey: PublishedSurvey, plain: Comparisons) -> None:
    small, large = (compare(survey, deff=deff).to_frame()["verdict"] for deff in (1.0, 3.0))
    for over, first, last in zip(plain.to_frame()["verdict"], small, large, strict=True):
        if over in {"established", "refuted", "not_significant"}:
            assert over == first == last


def test_row_order_changes_nothing(survey: PublishedSurvey, plain: Comparisons) -> None:
    turned = compare(replace(survey, printed=survey.printed.iloc[::-1].reset_index(drop=True)))
    pd.testing.assert_frame_equal(turned.to_frame(), plain.to_frame())


def test_users_are_13_to_20_percent(survey: PublishedSurvey) -> None:
    bound = joint_share([("19%", "44%", "14%")])
    # 4 points of 30, 6 points of 30
    assert (float(bound.low), float(bound.high)) == pytest.approx((4 / 30, 6 / 30))
    table = check_mixtures(survey).set_index("item")
    assert table["possible"].all()
    assert (table.loc["(all)", "share_low"], table.loc["(all)", "share_high"]) == pytest.approx((4 / 30, 6 / 30))


def test_an_impossible_mixture_is_refused() -> None:
    with pytest.raises(ConflictError, match="no mixture"):
        joint_share([("50%", "44%", "14%")])


def test_words_count_only_without_percentages(survey: PublishedSurvey) -> None:
    assert share_of(survey, "reliable.disagree|group=public").box == (0.435, 0.445)
    # the public's is printed in words alone, and so is that of those who use it
    assert facts_of(survey)["use.none@aware|group=public"].soft
    low, high = share_of(survey, "use.none@aware|group=public").box
    assert high - low > 0.02
    # "a third" of the entrepreneurs used it; 100% - 68% says so more sharply
    assert share_of(survey, "use.any@aware|group=entrepreneurs").box == (0.315, 0.325)


def test_every_group_percentage_of_both_is_compared(survey: PublishedSurvey) -> None:
    """No item with a percentage or words for both groups is left out, but for complements of compared items."""
    rows = survey.printed.loc[survey.printed["kind"].isin(["percentage", "verbal"]) & (survey.printed["domain"] == "")]
    both = set.intersection(*(set(rows.loc[rows["group"] == g, "item"]) for g in ("public", "entrepreneurs")))
    compared = {r["item"] for r in declared(survey) if r["family"] == "public_entrepreneurs"}
    assert both <= compared


def test_differences_csv(survey: PublishedSurvey, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "io-2023", "--deff", "1.5", "--json", "--out", str(tmp_path)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["declared"]["deff"] == 1.5
    table = pd.read_csv(tmp_path / "differences.csv")
    assert tuple(table.columns) == DIFFERENCES
    assert len(table) == len(printed["declared"]["rows"]) == len(declared(survey))
    assert set(table["verdict"]) <= {"established", "refuted", "not_significant", "depends", "not_checkable"}


def test_adoption_of_all_surveys_is_told_with_its_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--adoption", "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "1 of 55 pairs may be compared" in told
    american = [line for line in told.splitlines() if "us_medium_large: they" in line and "stage.structural" in line]
    assert len(american) == 1
    assert "define adoption differently" in american[0]
    assert "cited from a third party" in american[0]
    assert len(pd.read_csv(tmp_path / "adoption.csv")) == 11
    assert int(pd.read_csv(tmp_path / "refusals.csv")["comparable"].sum()) == 1
    assert main(["compare", "--adoption", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["pairs"]) == 55


@pytest.mark.parametrize(
    "words",
    [
        ["io-2023", "--adoption"],
        [],
        ["io-2023", "--deff", "0"],
        ["io-2023", "--method", "exact"],
        ["nowhere"],
        ["io-2023", "--conf-level", "95"],
        ["softwareone-2025"],
    ],
)
def test_bad_input_is_told_and_exits_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *words]) == 2
    assert "error: " in capsys.readouterr().err


def rows(*cells: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame([{name: row.get(name, "") for name in COMPARISON_COLUMNS} for row in cells], dtype="str")


def test_faults_of_a_declaration_come_together(survey: PublishedSurvey) -> None:
    unprinted = rows(
        {"family": "f", "kind": "groups", "fact_a": "no.such", "fact_b": "also.none", "claim": "differs"},
        {"family": "f", "kind": "subgroups", "fact_a": "gone", "fact_b": "gone", "claim": "less"},
    )
    with pytest.raises(InputError) as caught:
        compare(replace(survey, comparisons=unprinted))
    assert len(caught.value.faults) == 2
    unknown = rows({"family": "f", "kind": "duel", "fact_a": "a"}, {"family": "f", "kind": "groups", "claim": "beats"})
    with pytest.raises(InputError) as caught:
        declared(replace(survey, comparisons=unknown))
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize(
    ("a", "n", "problem"),
    [
        (19, 841, "between 0 and 1"),
        ("19%", 0, "number of respondents"),
        (True, 5, "not of the type"),
        ((0.5, 0.2), 5, "not a share"),
        (float("nan"), 5, "not a share"),
    ],
)
def test_plain_numbers_are_checked(a: object, n: int, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        groups(a, n, "28%", 1552)  # type: ignore[arg-type]


def test_text_that_is_no_number_is_refused() -> None:
    with pytest.raises(PublishedNumberError):
        groups("many", 5, "28%", 1552)


def test_an_unprinted_size_changes_the_breakdown_as_a_printed_one_would() -> None:
    fixed = groups("44%", 100, "14%", 741)
    result = subgroups("44%", "14%", n=841, share_a=(100 / 841, 100 / 841), relative_weight=(1.0, 1.0))
    assert (result.n_a, result.n_b) == ((100, 100), (741, 741))
    assert (result.conf_low, result.conf_high) == pytest.approx((fixed.conf_low, fixed.conf_high))
    assert result.breakdown_deff == pytest.approx(fixed.breakdown_deff)


def test_everything_is_differences_of_a_survey(survey: PublishedSurvey, plain: Comparisons) -> None:
    result = differences(survey)
    assert result.domains.empty
    assert len(result.to_frame()) == len(plain.rows)
    assert "public_entrepreneurs" in result.summary()


def test_importing_the_room_loads_no_solver_and_no_statsmodels() -> None:
    heavy = "('ortools', 'statsmodels', 'matplotlib')"
    code = f"import sys, aibaro.compare as c; c.groups; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
