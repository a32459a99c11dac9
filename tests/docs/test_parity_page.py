"""The parity page shows what was measured, of every parity test that compares values."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_parity", ROOT / "docs" / "write_parity.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_shows_what_was_measured(writer: ModuleType) -> None:
    attained = pd.read_csv(writer.ATTAINED)
    assert writer.PAGE.read_text(encoding="utf-8") == writer.page(attained)
    assert list(zip(attained["file"], attained["test"], strict=True)) == list(writer.LABELS)
    assert (attained["worst"] <= attained["tolerance"]).all()
    exact = attained[~attained["test"].str.contains("likelihood|that_r_fits")]
    assert (exact["worst"] <= 1e-9).all()
    assert (attained["values"] > 0).all()


def test_every_parity_test_of_values_is_on_the_page(writer: ModuleType) -> None:
    # tests of what is deliberately different stand below the table, not in it
    other = {
        "test_bootstrap_agrees_with_r_up_to_its_monte_carlo_error",
        "test_standard_errors_of_rake_differ",
        "test_r_rake_has_other_standard_errors",
        "test_residual_standard_errors_equal_r",
        "test_r_trimming_moves_a_take_all_unit_and_ours_does_not",
        "test_the_frame_alone_does_for_categories",
        "test_every_kind_of_calibration_is_there",
        "test_a_single_unit_is_an_error_unless_a_rule_is_named",
        "test_adjusted_total_is_centred_at_the_mean_of_units",
        "test_weights_equal_r",
        # replicates against other variances, by hand, or refused
        "test_bootstraps_agree_with_the_linearised_variance",
        "test_columns_of_replicates_give_what_the_estimator_makes_itself",
        "test_every_frame_library_gives_the_same_replicates",
        "test_kinds_of_pairs_agree_with_the_linearised_variance_of_a_total",
        "test_what_cannot_be_replicated_is_refused",
        "test_every_kind_is_there",
        "test_many_groups_and_several_blocks_of_rows_add_up_alike",
        "test_replicates_by_hand",
        "test_engines_that_hand_over_some_rows_at_a_time_add_up_alike",
        "test_an_outlier_of_one_domain_leaves_the_replicates_of_another_alone",
        "test_a_correlation_is_estimated_anew_with_each_replicate",
        "test_contrasts_of_quantiles_move_with_the_shares_below",
        "test_stages_and_units_of_the_design_leave_replicates_alone",
        "test_replicates_that_are_factors_get_a_note",
        "test_a_stage_without_its_population_counts_as_drawn_with_replacement",
        "test_faults_of_stages_name_the_unit",
    }
    found = set()
    for path in (ROOT / "tests" / "parity").glob("**/test_*.py"):
        # models and tables state their own tolerances; the page names them below the table
        if path.stem in {"test_live_r", "test_compare_parity", "test_models", "test_tables"}:
            continue
        found |= {(path.stem, name) for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M)}
    assert {pair for pair in found if pair[1] not in other} <= set(writer.LABELS)
    assert set(writer.LABELS) <= found


def test_every_law_of_the_page_is_a_test(writer: ModuleType) -> None:
    laws = writer.PAGE.read_text(encoding="utf-8").partition("## Laws")[2]
    named = set(re.findall(r"`(test_\w+)`", laws))
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    written = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, re.M)}
    assert len(named) > 20
    assert named <= written
