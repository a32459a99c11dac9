"""Domains, items, ranks and waves of the AI-Barometer; adoption across the five surveys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from aibaro.compare import (
    across,
    adoption,
    differences,
    domain_differences,
    domain_shares,
    pair_matrix,
    refusals,
    share_of,
    wave_change,
)
from aibaro.compare.declarations import DIFFERENCES
from aibaro.compare.survey_differences import Differences
from aibaro.errors import InputError
from aibaro.published import PublishedSurvey, load
from aibaro.reconstruct import read_bounds

SURVEYS = ("flanders-2023", "io-2023", "inspark-2025", "softwareone-2025", "topdesk-2025")


@pytest.fixture(scope="module")
def survey() -> PublishedSurvey:
    return load("flanders-2023")


@pytest.fixture(scope="module")
def result(survey: PublishedSurvey) -> Differences:
    return differences(survey)


def test_all_pairs_of_sectors_and_items(result: Differences) -> None:
    sectors = result.domains.loc[result.domains["domain"] == "sector"]
    assert len(sectors) == 55 * 8
    assert (sectors.groupby("item").size() == 55).all()
    assert len(result.domains.loc[result.domains["domain"] == "size_class"]) == 6 * 8
    assert len(result.against_all) == (11 + 4) * 8
    assert len(result.items) == 21
    assert tuple(result.to_frame().columns) == DIFFERENCES


def test_information_and_communication_leads_every_sector(result: Differences) -> None:
    matrix = pair_matrix(result.domains.loc[result.domains["domain"] == "sector"], "at_least_one")
    assert matrix.shape == (11, 11)
    leader = matrix.loc["nace-58-63"].drop("nace-58-63")
    assert (leader.dropna() == 1).all()
    assert leader["nace-45-47"] == 1
    assert np.array_equal(np.nan_to_num(matrix.to_numpy(), nan=9), np.nan_to_num(-matrix.to_numpy().T, nan=9))


def test_generating_language_is_not_proven_to_be_first(result: Differences) -> None:
    """14.0% against 13.7%: the printed first place is not significant in every table, nor is the second below it."""
    pair = result.items.loc[
        (result.items["item_a"] == "technology.text_analysis") & (result.items["item_b"] == "technology.nlg")
    ].iloc[0]
    assert pair["estimate"] == pytest.approx(-0.003)
    assert pair["p_adjusted"] >= 0.05
    assert pair["verdict"] in {"depends", "not_significant"}
    ranks = result.ranks.loc[result.ranks["item"] == "(items)"].set_index("level")
    assert ranks.loc["technology.nlg", ["rank", "rank_low"]].tolist() == [1, 1]
    assert ranks.loc["technology.nlg", "rank_high"] == 2
    assert ranks.loc["technology.autonomous_machines", ["rank_low", "rank_high"]].tolist() == [7, 7]


def test_ranks_surround_print_and_inner_sets(result: Differences) -> None:
    table = result.ranks
    assert (table["rank_low"] <= table["rank_low_inner"]).all()
    assert (table["rank_high_inner"] <= table["rank_high"]).all()
    assert ((table["rank_low"] <= table["rank"]) & (table["rank"] <= table["rank_high"])).all()


def test_intervals_agree_with_verdicts(result: Differences) -> None:
    table = pd.concat([result.domains, result.against_all])
    sure = table.loc[table["verdict"] == "established"]
    assert (table["p_value_low"] <= table["p_value"]).all()
    assert (np.sign(sure["estimate"]) != 0).all()
    assert (sure["p_adjusted"] < 0.05).all()
    assert (table.loc[table["verdict"] == "not_significant", "p_adjusted_low"] >= 0.05).all()


def test_the_whole_is_more_precise_than_its_parts(survey: PublishedSurvey) -> None:
    shares = domain_shares(survey, "at_least_one")
    whole = shares[-1]
    assert whole.domain == "all"
    assert whole.n == 2612
    assert whole.df == 2612 - 44
    assert whole.se_upper < min(s.se_upper for s in shares[:-1])
    assert all(s.se_lower <= s.se_upper for s in shares)


def test_even_rates_lie_inside_the_bounds_of_the_total_alone(survey: PublishedSurvey, tmp_path: Path) -> None:
    """32.1% in every stratum has the printed total, so its standard error lies inside what the total alone admits."""
    strata = survey.strata
    n, size = strata["respondents"].to_numpy(), strata["population"].to_numpy()
    weight = size / size.sum()
    even = float(np.sqrt(np.sum(weight**2 * (1 - n / size) * 0.321 * 0.679 / (n - 1))))
    whole = domain_shares(replace(survey, folder=tmp_path), "at_least_one", ["all"])[0]
    assert whole.se_lower < even < whole.se_upper


CHANGES = {
    "at_least_one": ("25.5%", "32.1%"),
    "technology.nlg": ("4.6%", "14.0%"),
    "technologies.two_plus": ("14.0%", "16.8%"),
    "barrier.cost_benefit@adopters": ("43.9%", "36.1%"),
    "barrier.funding@adopters": ("33.0%", "27.5%"),
    "technology.nlg@adopters_one": ("6.2%", "22.8%"),
}


def test_six_changes_between_waves(result: Differences) -> None:
    found = {w.item + ("" if w.base == "all" else f"@{w.base}"): w for w in result.waves}
    assert {key: (w.before.text, w.after.text) for key, w in found.items()} == CHANGES
    for change in result.waves:
        assert change.se_before_max > 0
        assert change.n_eff_before_min > 0
        # overlap of the samples, with positive correlation, only allows a less precise earlier wave
        assert (change.sweep["se_before_max"].diff().dropna() >= -1e-12).all()
    # growth of adoption needs a modest earlier sample, that of two or more technologies a large one
    assert found["at_least_one"].n_eff_before_min < 300 < found["technologies.two_plus"].n_eff_before_min


def test_a_change_too_small_for_the_later_wave() -> None:
    assert np.isnan(wave_change("14,0%", "14,5%", 0.01).se_before_max)
    assert "whatever" in wave_change("14,0%", "14,5%", 0.01).summary()


def test_unknown_choices_are_refused(survey: PublishedSurvey) -> None:
    with pytest.raises(InputError, match="unknown choice"):
        domain_differences(survey, ["at_least_one"], against="nobody")
    with pytest.raises(InputError, match="not a stratum variable"):
        domain_shares(survey, "at_least_one", ["region"])
    with pytest.raises(InputError, match="no strata"):
        domain_shares(load("io-2023"), "awareness.any")


def test_bounds_of_the_reconstruction_narrow(survey: PublishedSurvey, tmp_path: Path) -> None:
    own = domain_shares(replace(survey, folder=tmp_path), "at_least_one", ["sector"])
    chosen = own[0]
    middle = (chosen.se_lower + chosen.se_upper) / 2
    kept = read_bounds(survey).query("item == 'at_least_one' and domain == 'sector'")
    first, second = (kept[kept["level"] == row.level] for row in own[:2])
    rows = [
        first.assign(se_lower=middle, se_upper=middle),
        second.assign(base="adopters", se_lower=0.001, se_upper=0.001),
    ]
    pd.concat(rows).to_csv(tmp_path / "bounds.csv", index=False)
    read = domain_shares(replace(survey, folder=tmp_path), "at_least_one", ["sector"])
    assert (read[0].se_lower, read[0].se_upper, read[0].source) == (middle, middle, "bounds.csv")
    assert (read[1].se_lower, read[1].se_upper) == (own[1].se_lower, own[1].se_upper)


def test_adoption_in_one_table() -> None:
    table = across([load(name) for name in SURVEYS])
    assert set(table["survey"]) == set(SURVEYS)
    for _, row in table.iterrows():
        assert share_of(load(row["survey"]), row["fact"]).box == (row["low"], row["high"])
    # SoftwareOne prints 48 for the survey and a base for no question
    assert table.loc[table["survey"] == "softwareone-2025", "n"].isna().all()


def test_only_the_two_groups_of_one_question_are_comparable() -> None:
    table = across([load(name) for name in SURVEYS])
    pairs = refusals(table)
    allowed = pairs.loc[pairs["comparable"], ["fact_a", "fact_b"]].values.tolist()
    assert allowed == [["use.any@aware|group=entrepreneurs", "use.any@aware|group=public"]]
    assert (pairs.loc[~pairs["comparable"], "reasons"] != "").all()


def test_insparks_comparison_with_the_united_states_is_refused() -> None:
    pairs = refusals(adoption(load("inspark-2025")))
    american = pairs[pairs["fact_b"].str.contains("third_party")]
    assert len(american)
    assert not american["comparable"].any()
    assert american["reasons"].str.contains("third party").all()


def test_two_figures_of_one_survey_may_be_compared() -> None:
    assert refusals(adoption(load("io-2023")).iloc[:2])["comparable"].tolist() == [True]


def test_applications_of_adopters_are_compared_in_pairs() -> None:
    survey = load("flanders-2023")
    table = domain_differences(survey, ["application.marketing"], base="adopters", domain="size_class")
    assert len(table) == 6
    row = table[(table["level_a"] == "micro") & (table["level_b"] == "small")].iloc[0]
    # 35.4% and 27.6%, each rounded to one decimal
    assert row["estimate"] == pytest.approx(0.078)
    bounds = pd.read_csv(survey.folder / "bounds.csv", keep_default_na=False)
    own = bounds[(bounds["item"] == "application.marketing") & bounds["level"].isin(["micro", "small"])]
    assert row["se_upper"] == pytest.approx((own["se_upper"].astype(float) ** 2).sum() ** 0.5)
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(0.077 / row["se_upper"], row["df"]))
    with pytest.raises(InputError, match="in pairs"):
        domain_differences(survey, ["application.marketing"], base="adopters", against="all")
    with pytest.raises(InputError, match="no bound"):
        domain_differences(survey, ["barrier.knowledge"], base="adopters")
