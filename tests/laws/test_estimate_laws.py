"""Laws of estimates over arbitrary designs and rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aibaro import estimate
from aibaro.design import Design

CALM = settings(max_examples=25, deadline=None)


@st.composite
def surveys(draw: st.DrawFn) -> pd.DataFrame:
    """Rows of two to four strata with at least two respondents each; populations at least as large."""
    sizes = draw(st.lists(st.integers(2, 8), min_size=2, max_size=4))
    labels = [f"h{h}" for h, n in enumerate(sizes) for _ in range(n)]
    extra = draw(st.lists(st.integers(0, 500), min_size=len(sizes), max_size=len(sizes)))
    population = [n + e for n, e in zip(sizes, extra, strict=True) for _ in range(n)]
    count = len(labels)
    outcome = draw(st.lists(st.floats(-100, 100, width=32), min_size=count, max_size=count))
    answer = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    group = draw(st.lists(st.sampled_from(["u", "v"]), min_size=count, max_size=count))
    return pd.DataFrame({"h": labels, "N": population, "y": outcome, "ai": answer, "g": group})


def numbers(result: estimate.Estimates) -> np.ndarray:
    return np.array([result.estimate, result.std_error, result.df, result.conf_low, result.conf_high, result.n])


def same(one: estimate.Estimates, other: estimate.Estimates, scale: float = 1.0) -> None:
    np.testing.assert_allclose(numbers(one), numbers(other), rtol=1e-9, atol=1e-9 * scale)


@CALM
@given(surveys(), st.randoms(use_true_random=False))
def test_order_and_labels_of_rows_do_not_matter(rows: pd.DataFrame, random: object) -> None:
    shuffled = rows.sample(frac=1, random_state=random.randrange(2**32))  # type: ignore[attr-defined]
    renamed = shuffled.assign(h=shuffled["h"].map(lambda label: f"z{9 - int(label[1:])}"))
    for outcome in ("y", "ai"):
        expected = estimate.mean(rows, outcome, design=Design.from_frame(rows, strata="h", population="N"), by="g")
        same(
            estimate.mean(renamed, outcome, design=Design.from_frame(renamed, strata="h", population="N"), by="g"),
            expected,
            100,
        )


@CALM
@given(surveys(), st.integers(1, 10))
def test_rows_split_over_frames_give_the_same(rows: pd.DataFrame, cut: int) -> None:
    parts = pl.concat([pl.from_pandas(rows.iloc[:cut]), pl.from_pandas(rows.iloc[cut:])], rechunk=False).lazy()
    expected = estimate.mean(rows, "y", design=Design.from_frame(rows, strata="h", population="N"))
    same(estimate.mean(parts, "y", design=Design.from_frame(parts, strata="h", population="N")), expected, 100)


@CALM
@given(surveys())
def test_rows_and_their_counts_give_the_same(rows: pd.DataFrame) -> None:
    grouped = rows.groupby("h", as_index=False)
    table = grouped.agg(population=("N", "first"), respondents=("ai", "size"), ai=("ai", "sum"))
    counts = Design.from_strata(table[["h", "population", "respondents"]])
    frame = Design.from_frame(rows, strata="h", population="N")
    for by in (None, "h"):
        expected = estimate.proportion(rows, "ai", design=frame, by=by)
        same(estimate.proportion(table, "ai", design=counts, by=by), expected)


@CALM
@given(surveys(), st.floats(-1e6, 1e6), st.floats(0.01, 100))
def test_shift_and_scale_of_an_outcome(rows: pd.DataFrame, shift: float, scale: float) -> None:
    design = Design.from_frame(rows, strata="h", population="N")
    plain = estimate.mean(rows, "y", design=design)
    moved = estimate.mean(rows.assign(y=rows["y"] * scale + shift), "y", design=design)
    assert moved.estimate[0] == pytest.approx(plain.estimate[0] * scale + shift, rel=1e-9, abs=1e-7)
    assert moved.std_error[0] == pytest.approx(plain.std_error[0] * scale, rel=1e-6, abs=1e-7)


@CALM
@given(surveys())
def test_domains_add_up_and_the_whole_is_their_union(rows: pd.DataFrame) -> None:
    design = Design.from_frame(rows, strata="h", population="N")
    parts = estimate.total(rows, ["y", "ai"], design=design, by="g")
    whole = estimate.total(rows, ["y", "ai"], design=design)
    for item in ("y", "ai"):
        mine = parts.estimate[parts.item == item]
        assert mine.sum() == pytest.approx(whole.estimate[whole.item == item][0], rel=1e-9, abs=1e-6)
    assert parts.n.sum() == 2 * len(rows)


@CALM
@given(surveys())
def test_a_sum_of_domain_totals_has_the_variance_of_the_whole(rows: pd.DataFrame) -> None:
    design = Design.from_frame(rows, strata="h", population="N")
    parts = estimate.total(rows, "y", design=design, by="g")
    whole = estimate.total(rows, "y", design=design)
    if len(parts) == 2:
        result = estimate.contrast(parts, "'u' + 'v'")
        assert result.estimate[0] == pytest.approx(whole.estimate[0], rel=1e-9, abs=1e-6)
        assert result.std_error[0] == pytest.approx(whole.std_error[0], rel=1e-6, abs=1e-4)


@CALM
@given(surveys())
def test_contrasts_are_antisymmetric(rows: pd.DataFrame) -> None:
    design = Design.from_frame(rows, strata="h", population="N")
    parts = estimate.mean(rows, "y", design=design, by="g")
    if len(parts) == 2:
        one, other = (estimate.contrast(parts, text) for text in ("'u' - 'v'", "'v' - 'u'"))
        assert one.estimate[0] == pytest.approx(-other.estimate[0], abs=1e-9)
        assert one.std_error[0] == pytest.approx(other.std_error[0], rel=1e-9)
        assert one.conf_low[0] == pytest.approx(-other.conf_high[0], abs=1e-9)


@CALM
@given(surveys())
def test_a_correction_never_adds_variance_and_replication_of_a_linear_estimate_is_exact(rows: pd.DataFrame) -> None:
    design = Design.from_frame(rows, strata="h", population="N")
    corrected = estimate.mean(rows, "y", design=design)
    plain = estimate.mean(rows, "y", design=design, fpc="none")
    assert corrected.std_error[0] <= plain.std_error[0] + 1e-12
    # with weights constant in strata the mean of all is linear, and JKn equals the linearised variance when every
    # stratum varies about the same mean of replicates
    jackknife = estimate.mean(rows, "y", design=design, variance="jackknife", fpc="none")
    assert jackknife.std_error[0] == pytest.approx(plain.std_error[0], rel=1e-7, abs=1e-7)


@CALM
@given(surveys())
def test_both_degrees_of_freedom_are_in_order(rows: pd.DataFrame) -> None:
    result = estimate.mean(rows, "y", design=Design.from_frame(rows, strata="h", population="N"))
    smallest = rows.groupby("h").size().min() - 1
    assert smallest - 1e-9 <= result.df_satterthwaite[0] <= result.df_design[0] + 1e-9
    assert result.df_design[0] == len(rows) - rows["h"].nunique()


@CALM
@given(surveys(), st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9]))
def test_a_quantile_is_a_value_that_splits_the_weights(rows: pd.DataFrame, share: float) -> None:
    design = Design.from_frame(rows, strata="h", population="N")
    value = float(estimate.quantile(rows, "y", share, design=design).estimate[0])
    weight = rows["N"] / rows.groupby("h")["N"].transform("size")
    assert value in set(rows["y"].astype(float))
    assert weight[rows["y"] <= value].sum() >= share * weight.sum() * (1 - 1e-9)
    assert weight[rows["y"] < value].sum() <= share * weight.sum() * (1 + 1e-9)


def test_large_means_keep_their_standard_error() -> None:
    generator = np.random.default_rng(9)
    rows = pd.DataFrame({"h": np.repeat(["a", "b"], 5000), "w": 3.0, "y": generator.normal(0, 1, 10_000)})
    design = Design.from_frame(rows, strata="h", weight="w")
    expected = estimate.mean(rows, "y", design=design).std_error[0]
    for size in (1e3, 1e6, 1e8):
        shifted = rows.assign(y=(rows["y"] + size))
        # adding and taking away the shift rounds the outcome itself
        exact = estimate.mean(rows.assign(y=shifted["y"] - size), "y", design=design).std_error[0]
        assert estimate.mean(shifted, "y", design=design).std_error[0] == pytest.approx(exact, rel=1e-10)
        assert exact == pytest.approx(expected, rel=1e-6)
