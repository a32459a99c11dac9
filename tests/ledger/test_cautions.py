"""Which answers that nobody gave would turn a claim?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aibaro.design import Design
from aibaro.facts import Facts
from aibaro.ledger._cautions import imputation_line, nonresponse_line
from aibaro.ledger._comparisons import above, below
from aibaro.ledger._evidence import Tail
from aibaro.ledger._inversion import upper_tail
from aibaro.ledger._quantity import resolve
from aibaro.ledger._strata_evidence import StrataEvidence
from aibaro.published import load
from aibaro.sensitivity import survey_nonresponse
from aibaro.sensitivity._imputation import imputation_factor


def test_the_gap_of_a_share_is_that_of_the_room_of_sensitivity() -> None:
    survey = load("flanders-2023")
    book = Facts.of(survey)
    figure = resolve(book, "at_least_one")[0]
    table = survey_nonresponse(survey, {"at_least_one": 0.5}, items=["at_least_one"]).iloc[0]
    middle = 100 * (table["shift_low"] + table["shift_high"]) / 2
    design = Design.from_strata(survey.strata)
    for comparison in (above(figure, 50), below(figure, 50)):
        line = str(nonresponse_line(comparison, design, design.domain()))
        assert f"if it were {middle:+.1f} points off" in line
        assert "25% of these units" in line


def test_nothing_is_said_without_sampled_counts_or_where_all_answered() -> None:
    figure = resolve(Facts.of(load("flanders-2023")), "at_least_one")[0]
    table = pd.DataFrame({"s": ["x", "y"], "population": [100, 100], "respondents": [20, 40]})
    strata = np.array([True, True])
    assert not nonresponse_line(above(figure, 50), Design.from_strata(table), strata)
    full = table.assign(sample=table["respondents"])
    assert not nonresponse_line(above(figure, 50), Design.from_strata(full), strata)


def test_at_the_item_response_found_significance_ends() -> None:
    line = imputation_line([Tail(0.0, 1e-4, 1.0, 1.0), Tail(0.0, 0.001, 1.0, 1.0)])
    # z = 3.09: 1/r + 1 - r = (3.09/1.96)² = 2.486 has the root r = 0.503
    assert "more than 50% of the answers" in str(line)
    assert float(upper_tail(3.0902 / imputation_factor(0.503) ** 0.5)) == pytest.approx(0.025, abs=2e-4)
    assert not imputation_line([Tail(0.0, 0.03, 1.0, 1.0)])


def test_only_a_survey_that_says_so_is_taken_as_imputed() -> None:
    survey = load("flanders-2023")
    book = Facts.of(survey)
    comparison = below(resolve(book, "at_least_one")[0], 50)
    lines = StrataEvidence(book).cautions([comparison], "established")
    assert [line.key for line in lines] == ["ledger.nonresponse", "ledger.imputation"]
    first, second = (resolve(book, f"at_least_one|sector=nace-{level}")[0] for level in ("58-63", "86-88"))
    sectors = above(first, second)
    lines = StrataEvidence(book).cautions([sectors], "established")
    assert [line.key for line in lines] == ["ledger.imputation"]
