"""The reliability flag and the coverage study that it rests on."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aibaro.design import Design
from aibaro.estimate import proportion
from aibaro.estimate.reliability import MINIMUM_EFFECTIVE_COUNT, proportion_flags

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"


def flag(p: float, size: float, kish: float | None = None, df: float = 500.0) -> str:
    low, high = np.array([max(p - 0.02, 0.0)]), np.array([min(p + 0.02, 1.0)])
    given = None if kish is None else np.array([kish])
    return str(
        proportion_flags(
            np.array([p]), np.array([0.01]), low=low, high=high, n_eff=np.array([size]), df=np.array([df]), kish=given
        )[0]
    )


@pytest.mark.parametrize(
    ("p", "size", "kish", "expected"),
    [
        (0.05, 200.0, None, "ok"),  # ten answers
        (0.0499, 200.0, None, "low"),
        (0.9501, 200.0, None, "low"),  # ten who do not
        (0.05, 5000.0, 199.0, "low"),  # a small standard error does not help a rare answer
        (0.05, 199.0, 5000.0, "low"),
        (0.0, 1e6, 1e6, "low"),
        (0.0, np.inf, np.inf, "ok"),  # a domain that was observed in full is known
    ],
)
def test_fewer_than_ten_effective_answers_are_low(p: float, size: float, kish: float | None, expected: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert flag(p, size, kish) == expected


def test_few_degrees_of_freedom_ask_for_a_review() -> None:
    assert flag(0.3, 200.0, df=7.0) == "review"


def test_the_flag_reads_kish_and_not_only_the_standard_error() -> None:
    # all successes lie in the stratum of small weight: the standard error is tiny, Kish's n is 100,300²/(10⁸ + 450)
    table = pd.DataFrame({"size": ["s", "l"], "population": [100_000, 300], "respondents": [100, 200], "ai": [0, 100]})
    result = proportion(table, "ai", design=Design.from_strata(table[["size", "population", "respondents"]]))
    assert result.n_eff[0] * result.estimate[0] > MINIMUM_EFFECTIVE_COUNT
    assert result.to_frame()["reliability"].tolist() == ["low"]


def test_the_default_interval_covers_in_the_region_that_the_page_names() -> None:
    table = pd.read_csv(RESULTS / "estimate_coverage.csv", keep_default_na=False)
    default = table[(table["method"] == "logit") & (table["df"] == "design")]
    assert len(default) == 288
    inside = default["effective_count"] >= MINIMUM_EFFECTIVE_COUNT
    assert (default.loc[inside, "coverage"] >= 0.93).all()
    assert (default.loc[~inside, "coverage"] < 0.93).any()
    poor = default[default["coverage"] < 0.93]
    assert 1 - poor["low"].mean() < 0.02
