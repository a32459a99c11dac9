"""Measure how many digits the parity tests attain, and rewrite the table of the parity page.

Run it from the root of the checkout: ``python docs/write_parity.py``.  It runs the parity tests, notes every
comparison with a value of another package, and keeps the worst of each test in ``tests/parity/values/attained.csv``;
a test compares the page with that file.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "parity.md"
ATTAINED = ROOT / "tests" / "parity" / "values" / "attained.csv"
BEGIN, END = "% table of digits, written by docs/write_parity.py", "% end of the table"

# file and test -> what is compared, and with what
LABELS = {
    ("test_strata_counts", "test_proportion_and_its_limits_equal_r"): (
        "`proportion` on stratum counts: estimate, SE, df, deff, limits",
        "R survey, `svyciprop`",
    ),
    ("test_strata_counts", "test_design_effect_with_replacement_equals_r"): (
        '`deff="with_replacement"` on stratum counts',
        'R survey, `deff = "replace"`',
    ),
    ("test_strata_counts", "test_total_equals_r"): ("`total` on stratum counts", "R survey, `svytotal`"),
    ("test_strata_counts", "test_likelihood_limits_equal_r_as_far_as_r_solves_them"): (
        "likelihood limits on stratum counts",
        "R survey, `svyciprop`",
    ),
    ("test_rows", "test_means_and_totals_equal_r"): (
        "`mean`, `total`: estimate, SE, df, limits, deff; crossed domains",
        "R survey, `svymean`, `svytotal`",
    ),
    ("test_rows", "test_limits_of_proportions_equal_r"): (
        "`proportion`: wald, logit, beta, arcsine",
        "R survey, `svyciprop` (mean, xlogit, beta, asin)",
    ),
    ("test_rows", "test_logit_limits_equal_those_that_r_fits"): (
        "`proportion`: logit",
        "R survey, `svyciprop` (logit, fitted)",
    ),
    ("test_rows", "test_likelihood_limits_equal_r_as_far_as_r_solves_them"): (
        "`proportion`: likelihood",
        "R survey, `svyciprop` (likelihood)",
    ),
    ("test_rows", "test_ratios_equal_r"): ("`ratio`: estimate, SE, deff", "R survey, `svyratio`"),
    ("test_rows", "test_quantiles_equal_r"): ("`quantile`: value, SE, Woodruff's limits", "R survey, `svyquantile`"),
    ("test_rows", "test_rao_scott_equals_r"): ("`chi_square`: F and Chisq", "R survey, `svychisq`"),
    ("test_rows", "test_contrasts_equal_r"): ("`contrast`", "R survey, `svycontrast`"),
    ("test_rows", "test_jackknife_equals_r"): ('`variance="jackknife"`', "R survey, `JKn`, `JK1`"),
    ("test_rows", "test_jackknife_of_ratios_equals_r"): ("jackknife of `ratio`", "R survey, `JKn`, `JK1`"),
    ("test_rows", "test_jackknife_of_nhanes_equals_r"): ("jackknife, missing outcomes", "R survey, `JKn`"),
    ("test_categorical", "test_shares_and_their_covariance_equal_r"): (
        "`proportion` of answers: shares, joint covariance, limits",
        "R survey, `svymean(~factor)`, `vcov`, `svyciprop`",
    ),
    ("test_categorical", "test_rows_without_a_group_stay_in_the_variance"): (
        "`proportion` of answers by groups with missing members",
        "R survey, `svyby`",
    ),
    ("test_comparisons", "test_variances_and_correlations_equal_r"): (
        "`variance`, `covariance`, `correlation`",
        "R survey, `svyvar`, `svycontrast`",
    ),
    ("test_comparisons", "test_t_tests_equal_r"): ("`t_test`, of one sample and of two", "R survey, `svyttest`"),
    ("test_comparisons", "test_rank_tests_equal_r"): ("`rank_test`", "R survey, `svyranktest`"),
    ("test_comparisons", "test_standardised_means_equal_r"): ("`standardize`", "R survey, `svystandardize`"),
    ("test_lonely", "test_means_and_totals_equal_r"): (
        "`single=` certainty, adjust, average",
        "R survey, `survey.lonely.psu`",
    ),
    ("test_lonely", "test_ratios_equal_r"): ("`single=` for `ratio`", "R survey, `survey.lonely.psu`"),
    ("test_r_survey", "test_weights_equal_r"): (
        "`poststratify`, `rake`, `calibrate`: every weight",
        "R survey, `postStratify`, `rake`, `calibrate`",
    ),
    ("test_calibrated", "test_means_and_totals_equal_r"): (
        "`mean`, `total` with calibrated weights, and their domains",
        "R survey, after `postStratify`, `calibrate`",
    ),
    ("test_calibrated", "test_raked_estimates_are_those_of_rake_and_standard_errors_those_of_calibrate"): (
        "`mean`, `total` with raked weights",
        'R survey, `calibrate(calfun = "raking")`',
    ),
    ("test_calibrated", "test_limits_of_proportions_equal_r"): (
        "`proportion` with calibrated weights",
        "R survey, `svyciprop`",
    ),
    ("test_calibrated", "test_ratios_equal_r"): ("`ratio` with calibrated weights", "R survey, `svyratio`"),
    ("test_calibrated", "test_contrasts_equal_r"): ("`contrast` with calibrated weights", "R survey, `svycontrast`"),
    ("test_calibrated", "test_rao_scott_equals_r"): ("`chi_square` with calibrated weights", "R survey, `svychisq`"),
    ("test_calibrated", "test_quantiles_equal_r"): ("`quantile` with calibrated weights", "R survey, `svyquantile`"),
    ("test_calibrated", "test_of_several_steps_the_last_residual_is_taken_first"): (
        "`mean` after two calibrating steps",
        "residuals by hand in R, last step first",
    ),
    ("test_lonely", "test_domains_of_single_units_equal_r"): (
        "`single=` adjust_domains, average_domains",
        "R survey, `survey.adjust.domain.lonely`",
    ),
    ("test_stages", "test_means_and_totals_equal_r"): (
        "two stages: `mean`, `total`, plain and calibrated",
        "R survey, `svydesign(~dnum + snum, fpc = ~fpc1 + fpc2)`",
    ),
    ("test_stages", "test_domains_ratios_and_tests_equal_r"): (
        "two stages: domains, `ratio`, `chi_square`",
        "R survey, `svymean`, `svyratio`, `svychisq`",
    ),
    ("test_stages", "test_contrasts_quantiles_and_models_equal_r"): (
        "two stages: `contrast`, `quantile`",
        "R survey, `svycontrast`, `svyquantile`",
    ),
    ("test_stages", "test_single_units_of_the_second_stage_equal_r"): (
        "two stages: `single=` certainty, adjust",
        "R survey, `survey.lonely.psu`",
    ),
    ("test_stages", "test_the_swedish_municipalities_equal_r"): ("two stages: data set mu284", "R survey, `svytotal`"),
    ("test_replicates", "test_means_totals_ratios_and_domains_equal_r"): (
        "provided replicate weights, nine kinds: `mean`, `total`, `ratio`, domains, `contrast`",
        "R survey, `svrepdesign`",
    ),
    ("test_replicates", "test_answers_with_missing_ones_quantiles_and_tests_equal_r"): (
        "provided replicate weights: `proportion`, `quantile`, `chi_square`",
        "R survey, `svyquantile`, `svychisq`",
    ),
    ("test_replicates", "test_moments_standards_and_ranks_equal_r"): (
        "provided replicate weights: `variance`, `covariance`, `standardize`, `rank_test`",
        "R survey, `svyvar`, `svystandardize`, `svyranktest`",
    ),
    ("test_calibrated_replicates", "test_jackknife_equals_r"): (
        "jackknife of raked, poststratified, calibrated weights, each replicate anew",
        "R survey, `as.svrepdesign`, `rake`, `postStratify`, `calibrate`",
    ),
    ("test_other_packages", "test_estimates_equal_svy"): ("`mean`, `total`, `ratio`, `proportion`", "svy 0.35"),
    ("test_other_packages", "test_a_simple_random_sample_equals_statsmodels"): ("`mean`", "statsmodels"),
    ("test_other_packages", "test_limits_with_many_degrees_of_freedom_equal_statsmodels"): (
        "`interval`: wald, wilson, beta",
        "statsmodels",
    ),
}


def measure() -> pd.DataFrame:
    """Run the parity tests and note the worst comparison of each."""
    import pytest

    sys.path.insert(0, str(ROOT))
    from tests.parity import r_values

    close, current = r_values.close, {"key": ("", "")}
    notes: dict[tuple[str, str], dict[str, Any]] = {}

    def noted(ours: float, theirs: float, tolerance: float = 1e-9) -> bool:
        agreed = close(ours, theirs, tolerance)
        entry = notes.setdefault(current["key"], {"values": 0, "worst": 0.0, "tolerance": tolerance})
        if agreed and not math.isnan(theirs):
            entry["values"] += 1
            entry["worst"] = max(entry["worst"], abs(float(ours) - theirs) / max(1.0, abs(theirs)))
            entry["tolerance"] = max(entry["tolerance"], tolerance)
        return agreed

    class Plugin:
        @staticmethod
        def pytest_runtest_call(item: Any) -> None:
            current["key"] = (item.path.stem, item.originalname)

    r_values.close = noted
    files = [str(p) for p in sorted((ROOT / "tests" / "parity").rglob("test_*.py")) if p.stem != "test_live_r"]
    code = pytest.main(["-q", "-p", "no:cacheprovider", *files], plugins=[Plugin()])
    if code:
        sys.exit(int(code))
    return pd.DataFrame([{"file": f, "test": t, **notes[f, t]} for f, t in LABELS])


def table(attained: pd.DataFrame) -> str:
    """Write the table of the page."""
    lines = ["| aibaro | compared with | values | digits |", "|---|---|---:|---:|"]
    for row in attained.itertuples(index=False):
        what, oracle = LABELS[row.file, row.test]
        digits = 15 if row.worst < 1e-15 else math.floor(-math.log10(row.worst))
        lines.append(f"| {what} | {oracle} | {row.values:,} | {digits} |")
    return "\n".join(lines)


def page(attained: pd.DataFrame) -> str:
    """Put the table into the page."""
    text = PAGE.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n\n{table(attained)}\n\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    found = measure()
    found.to_csv(ATTAINED, index=False, lineterminator="\n", float_format="%.3g")
    PAGE.write_text(page(pd.read_csv(ATTAINED)), encoding="utf-8")
