"""Weights from published strata: laws, the reports' own totals, faults."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.weights import domain_sizes, from_strata


@st.composite
def strata(draw: st.DrawFn) -> pd.DataFrame:
    """Any table of strata with 1 <= n_h <= s_h <= N_h."""
    rows = []
    for index in range(draw(st.integers(1, 12))):
        respondents = draw(st.integers(1, 500))
        sample = respondents + draw(st.integers(0, 500))
        rows.append(
            {
                "size": f"s{index % 3}",
                "sector": f"b{index // 3}",
                "population": sample + draw(st.integers(0, 10**6)),
                "sample": sample,
                "respondents": respondents,
            }
        )
    return pd.DataFrame(rows)


@given(strata())
def test_weights_add_up_to_the_population_and_to_every_stratum_and_margin(table: pd.DataFrame) -> None:
    design = Design.from_strata(table)
    weights = from_strata(design)
    assert weights.total == int(table["population"].sum())
    for weight, big, small in zip(weights.exact, table["population"], table["respondents"], strict=True):
        assert weight * int(small) == int(big)
    for by in design.variables:
        sums = domain_sizes(design, by).set_index("level")
        expected = table.groupby(by)["population"].sum()
        assert (sums["population"].sort_index() == expected.sort_index()).all()
        assert (sums["mean_weight"] * sums["respondents"]).to_numpy() == pytest.approx(sums["population"].to_numpy())


@given(strata())
def test_the_final_weight_is_the_product_of_its_steps(table: pd.DataFrame) -> None:
    base, factor, final = from_strata(Design.from_strata(table)).steps
    assert all(b * f == w for b, f, w in zip(base.values, factor.values, final.values, strict=True))


@given(strata(), st.integers(1, 50))
def test_scaling_the_population_scales_the_weights(table: pd.DataFrame, factor: int) -> None:
    scaled = table.assign(population=table["population"] * factor)
    before, after = from_strata(Design.from_strata(table)), from_strata(Design.from_strata(scaled))
    assert all(factor * w == v for w, v in zip(before.exact, after.exact, strict=True))
    assert after.kish_ratio == pytest.approx(before.kish_ratio, rel=1e-12)


@given(strata(), st.randoms(use_true_random=False))
def test_row_order_does_not_matter(table: pd.DataFrame, random: object) -> None:
    shuffled = table.sample(frac=1, random_state=random.randrange(2**32))  # type: ignore[attr-defined]
    keys = ["size", "sector"]
    before = from_strata(Design.from_strata(table)).to_frame().sort_values(keys).reset_index(drop=True)
    after = from_strata(Design.from_strata(shuffled)).to_frame().sort_values(keys).reset_index(drop=True)
    pd.testing.assert_frame_equal(before, after)


def test_kish_is_one_for_equal_weights() -> None:
    table = pd.DataFrame({"size": ["a", "b"], "population": [10, 30], "respondents": [1, 3]})
    assert from_strata(Design.from_strata(table)).kish_ratio == 1.0


def test_without_a_sample_the_two_factors_are_not_told_apart() -> None:
    table = pd.DataFrame({"size": ["a"], "population": [10], "respondents": [4]})
    weights = from_strata(Design.from_strata(table))
    assert [step.name for step in weights.steps] == ["final weight"]
    assert weights.exact == (Fraction(5, 2),)


def test_explain_wants_one_stratum_and_domain_sizes_a_stratum_variable() -> None:
    design = Design.from_strata(pd.DataFrame({"size": ["a", "b"], "population": [10, 9], "respondents": [4, 3]}))
    with pytest.raises(InputError, match="2 strata"):
        from_strata(design).explain()
    with pytest.raises(InputError, match="expected: size"):
        domain_sizes(design, "sector")
