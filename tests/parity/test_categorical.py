"""Categorical outcomes against R survey 4.1.1 (script categorical.R): shares, joint covariance, groups, intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.parity import r_values
from tests.parity.test_rows import agree

from aibaro import estimate
from aibaro.design import Design

CASES = r_values.load("categorical")
ANSWERS = ["low", "medium", "high", "never"]


def rows() -> pd.DataFrame:
    frame = pd.read_csv(r_values.VALUES / "categorical_rows.csv", na_values="", keep_default_na=False)
    return frame.assign(answer=pd.Categorical(frame["answer"], ANSWERS, ordered=True))


def declared(case: str) -> Design:
    options: dict[str, dict[str, Any]] = {
        "strata": {"weight": "w"},
        "clusters": {"weight": "w", "psu": "p"},
        "fpc": {"population": "N"},
    }
    return Design.from_frame(rows(), strata="h", **options[case])


@pytest.mark.parametrize("case", CASES)
def test_shares_and_their_covariance_equal_r(case: str) -> None:
    expected = CASES[case]
    found = estimate.proportion(rows(), "answer", design=declared(case))
    assert found.category.tolist() == ANSWERS
    matrix = found.covariance().to_numpy()
    for i, answer in enumerate(ANSWERS):
        agree(found.estimate[i], expected[f"share.{answer}"], answer)
        for j in range(i + 1):
            agree(matrix[i, j], expected[f"cov.{i + 1}.{j + 1}"], f"{i}, {j}")
        if answer != "never":
            agree(found.conf_low[i], expected[f"logit.{answer}.low"], answer)
            agree(found.conf_high[i], expected[f"logit.{answer}.high"], answer)


@pytest.mark.parametrize("case", CASES)
def test_rows_without_a_group_stay_in_the_variance(case: str) -> None:
    found = estimate.proportion(rows(), "answer", design=declared(case), by="g")
    for level in ("x", "y", "z"):
        alone = estimate.proportion(rows(), "answer", design=declared(case), domain={"g": level})
        for answer in ANSWERS:
            row = found.row(level=level, category=answer)
            agree(found.estimate[row], CASES[case][f"by.{level}.{answer}"], level)
            agree(found.std_error[row], CASES[case][f"se.{level}.{answer}"], level)
            assert alone.std_error[alone.row(category=answer)] == pytest.approx(found.std_error[row], rel=1e-12)
    assert found.n.sum() / 4 + found.missing.sum() / 4 == (rows()["g"].notna()).sum()
    assert np.isclose(found.estimate.reshape(4, 3).sum(axis=0), 1, rtol=1e-14).all()
