"""Laws of replicate weights, rates and stages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aibaro import estimate, weights
from aibaro.design import Design
from aibaro.errors import InputError

laws = settings(max_examples=25, deadline=None)
SEEDS = st.integers(0, 2**32 - 1)


def sample(seed: int, *, pairs: bool = False) -> pd.DataFrame:
    """Rows of strata with clusters of one to four rows, weights that vary and outcomes that are missing at times."""
    rng = np.random.default_rng(seed)
    parts = []
    for h in range(int(rng.integers(2, 5))):
        for c in range(2 if pairs else int(rng.integers(2, 6))):
            size = int(rng.integers(1, 5))
            parts.append(pd.DataFrame({"h": f"h{h}", "c": f"h{h}c{c}", "y": rng.normal(10, 3, size)}))
    frame = pd.concat(parts, ignore_index=True)
    n = len(frame)
    frame["w"] = rng.lognormal(1, 0.6, n)
    frame["g"] = rng.choice(["u", "v"], n)
    frame["y"] = frame["y"].where(rng.random(n) > 0.1)
    frame["N"] = frame["h"].map({f"h{h}": int(rng.integers(8, 40)) for h in range(5)})
    return frame


@laws
@given(SEEDS, st.booleans(), st.sampled_from([None, "c"]))
def test_the_jackknife_of_a_total_is_its_linearised_variance(seed: int, corrected: bool, psu: str | None) -> None:
    frame = sample(seed)
    options: dict[str, Any] = {"rate": {h: 0.2 + 0.1 * i for i, h in enumerate(sorted(set(frame["h"])))}}
    single = {"single": "certainty"}
    design = Design.from_frame(frame, strata="h", psu=psu, weight="w", **(options if corrected else {}), **single)
    made = weights.replicates(frame, design=design)
    for domain in (None, {"g": "u"}):
        linear = estimate.total(frame, "y", design=design, domain=domain)
        found = estimate.total(made.frame, "y", design=made.design(), domain=domain)
        if linear.n[0] > 0:
            assert found.std_error[0] == pytest.approx(linear.std_error[0], rel=1e-9, abs=1e-9)
            assert found.estimate[0] == pytest.approx(linear.estimate[0], rel=1e-12)


@laws
@given(SEEDS, st.sampled_from([("BRR", {}), ("Fay", {"rho": 0.4}), ("JK2", {}), ("JKn", {})]))
def test_kinds_of_pairs_agree_on_totals(seed: int, kind: tuple[str, dict[str, float]]) -> None:
    frame = sample(seed, pairs=True)
    design = Design.from_frame(frame, strata="h", psu="c", weight="w")
    made = weights.replicates(frame, design=design, kind=kind[0], **kind[1])
    linear = estimate.total(frame, "y", design=design).std_error[0]
    assert estimate.total(made.frame, "y", design=made.design()).std_error[0] == pytest.approx(linear, rel=1e-9)


@laws
@given(
    SEEDS,
    st.sampled_from(
        [("JKn", {}), ("JK2", {}), ("BRR", {}), ("Fay", {"rho": 0.4}), ("bootstrap", {"seed": 5, "number": 20})]
    ),
    st.booleans(),
)
def test_units_that_weigh_alike_keep_their_total_in_every_replicate(
    seed: int, kind: tuple[str, dict[str, Any]], corrected: bool
) -> None:
    rng = np.random.default_rng(seed)
    # a bootstrap takes strata of any size, the kinds of half samples take pairs
    sizes = rng.integers(2, 7, 3) if kind[0] in {"JKn", "bootstrap"} else [2, 2, 2]
    rows = pd.DataFrame({"h": np.repeat(["a", "b", "c"], sizes), "w": np.repeat([5.0, 2.0, 9.0], sizes)})
    rate = {"rate": {"a": 0.2, "b": 0.3, "c": 0.5}} if corrected else {}
    made = weights.replicates(
        rows, design=Design.from_frame(rows, strata="h", weight="w", **rate), kind=kind[0], **kind[1]
    )
    before = rows.groupby("h")["w"].sum()
    sums = made.frame.groupby("h")[list(made.columns)].sum()
    np.testing.assert_allclose(sums, np.repeat(before.to_numpy()[:, None], sums.shape[1], axis=1), rtol=1e-12)
    assert (made.frame[list(made.columns)] >= 0).all(axis=None)


def test_replicates_that_know_no_strata_are_refused_with_strata() -> None:
    frame = sample(3)
    design = Design.from_frame(frame, strata="h", psu="c", weight="w")
    with pytest.raises(InputError, match="knows no strata"):
        weights.replicates(frame, design=design, kind="JK1")
    whole = Design.from_frame(frame, psu="c", weight="w")
    assert weights.replicates(frame, design=whole, kind="JK1").kind == "JK1"


@laws
@given(SEEDS, st.floats(0.1, 10))
def test_scale_and_factors_multiply_the_variance(seed: int, factor: float) -> None:
    frame = sample(seed)
    rng = np.random.default_rng(seed)
    for r in range(1, 6):
        frame[f"rw{r}"] = frame["w"] * rng.uniform(0.5, 1.5, len(frame))
    one, two, three = (
        estimate.mean(
            frame,
            "y",
            design=Design.from_frame(frame, weight="w", replicates="rw*", kind="custom", scale=s, rscales=[f] * 5),
            by="g",
        )
        for s, f in ((1.0, 1.0), (factor, 1.0), (1.0, factor))
    )
    np.testing.assert_allclose(two.std_error, one.std_error * np.sqrt(factor), rtol=1e-12)
    np.testing.assert_allclose(three.std_error, two.std_error, rtol=1e-12)
    assert one.df[0] == 4
    # about their own mean the replicates vary less
    about = Design.from_frame(
        frame, weight="w", replicates="rw*", kind="custom", rscales=[1.0] * 5, center="replicates"
    )
    assert (estimate.mean(frame, "y", design=about, by="g").std_error <= one.std_error * (1 + 1e-12)).all()


@laws
@given(SEEDS)
def test_order_of_rows_and_splitting_columns_do_not_matter_to_replicates(seed: int) -> None:
    frame = sample(seed)
    rng = np.random.default_rng(seed)
    for r in range(1, 4):
        frame[f"rw{r}"] = frame["w"] * rng.uniform(0.5, 1.5, len(frame))
    turned = frame.sample(frac=1, random_state=1)
    ours, theirs = (
        estimate.mean(f, "y", design=Design.from_frame(f, weight="w", replicates="rw*", kind="JK1"), by="g")
        for f in (frame, turned)
    )
    np.testing.assert_allclose(theirs.std_error, ours.std_error, rtol=1e-10)


@laws
@given(SEEDS)
def test_rates_are_what_populations_say(seed: int) -> None:
    frame = sample(seed)
    units = frame.groupby("h")["c"].transform("nunique")
    frame["f"] = units / frame["N"]
    by_count, by_rate = (
        estimate.mean(frame, "y", design=Design.from_frame(frame, strata="h", psu="c", weight="w", **options)).std_error
        for options in ({"population": "N"}, {"rate": "f"})
    )
    np.testing.assert_allclose(by_rate, by_count, rtol=1e-12)


@laws
@given(SEEDS)
def test_a_census_of_each_unit_adds_no_second_stage(seed: int) -> None:
    frame = sample(seed)
    frame["k"] = np.arange(len(frame))
    frame["M"] = frame.groupby("c")["k"].transform("size")
    one = Design.from_frame(frame, strata="h", psu="c", population="N", weight="w")
    two = Design.from_frame(frame, strata="h", psu=["c", "k"], population=["N", "M"], weight="w")
    more = Design.from_frame(
        frame.assign(M=frame["M"] * 4), strata="h", psu=["c", "k"], population=["N", "M"], weight="w"
    )
    first, second, third = (
        estimate.mean(frame, "y", design=design, single="certainty").std_error[0] for design in (one, two, more)
    )
    assert second == pytest.approx(first, rel=1e-12)
    assert third >= first * (1 - 1e-12)
