"""Laws of variances: sums by cells against formulas on rows, in every frame, with weights of any kind."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aibaro import estimate, weights
from aibaro.design import Design

# each example is analysed several times
laws = settings(max_examples=10, deadline=None)
KINDS = st.sampled_from(["plain", "poststratify", "rake", "linear", "raking", "number", "twice"])
SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def surveys(draw: st.DrawFn) -> pd.DataFrame:
    """Rows of two to four strata of at least four units each, weights that vary, outcomes that are missing at times."""
    rng = np.random.default_rng(draw(SEEDS))
    strata = draw(st.integers(2, 4))
    sizes = rng.integers(4, 20, strata)
    n = int(sizes.sum())
    frame = pd.DataFrame(
        {
            "h": np.repeat([f"h{i}" for i in range(strata)], sizes),
            "c": np.concatenate([np.arange(size) // 2 for size in sizes]),
            "g": rng.choice(["u", "v", "z"], n),
            "s": rng.choice(["a", "b"], n),
            "x": rng.normal(50, 10, n),
            "w": rng.lognormal(1, draw(st.sampled_from([0.0, 0.7])), n),
        }
    )
    frame["y"] = np.where(rng.random(n) < 0.1, np.nan, frame["x"] * 0.3 + rng.normal(0, 4, n))
    frame["ai"] = rng.random(n) < 0.4
    frame["N"] = np.repeat(sizes + rng.integers(1, 200, strata), sizes)
    return frame


def weighted(frame: pd.DataFrame, kind: str, seed: int) -> tuple[Any, list[tuple[np.ndarray, np.ndarray, np.ndarray]]]:
    """Weights of a kind, and of each calibrating step the auxiliaries, the weights before and those after."""
    rng = np.random.default_rng(seed)
    new = frame["w"] * rng.uniform(0.8, 1.25, len(frame))
    margins = {v: new.groupby(frame[v]).sum().to_dict() for v in ("g", "s")}
    eyes = {v: pd.get_dummies(frame[v]).to_numpy(dtype=float) for v in ("g", "s")}
    both = np.hstack([eyes["g"], eyes["s"]])
    before = frame["w"].to_numpy()
    if kind == "plain":
        return weights.normalize(frame, weight="w", to=float(before.sum())), []
    if kind in {"poststratify", "twice"}:
        first = weights.poststratify(frame, {"g": margins["g"]}, weight="w", units="counts")
        one = (eyes["g"], before, first.frame["weight"].to_numpy())
        if kind == "poststratify":
            return first, [one]
        second = weights.calibrate(first, {"s": margins["s"]}, distance="raking", units="counts")
        return second, [one, (eyes["s"], one[2], second.frame["weight"].to_numpy())]
    if kind == "rake":
        result = weights.rake(frame, margins, weight="w", units="counts", tolerance=1e-12)
    elif kind == "number":
        totals = {"g": margins["g"], "x": float((new * frame["x"]).sum())}
        both = np.hstack([eyes["g"], frame[["x"]].to_numpy()])
        result = weights.calibrate(frame, totals, weight="w", units="counts", distance="raking")
    else:
        bounds = (0.3, 3.0) if kind == "linear" else None
        result = weights.calibrate(frame, margins, weight="w", units="counts", distance=kind, bounds=bounds)
    return result, [(both, before, result.frame["weight"].to_numpy())]


def oracle(frame: pd.DataFrame, u: np.ndarray, final: np.ndarray, steps: list[Any], options: dict[str, Any]) -> float:
    """Variance of the total of w u, row by row: residuals of the last step first, then the formula of the design."""
    left = u
    for x, before, _ in reversed(steps):
        root = np.sqrt(before)
        left = left - x @ np.linalg.lstsq(x * root[:, None], left * root, rcond=None)[0]
    z = final * left
    table = frame.assign(z=z)
    if "psu" in options:
        table = table.groupby(["h", "c"], as_index=False).agg(z=("z", "sum"), N=("N", "first"))
    variance = 0.0
    for _, part in table.groupby("h"):
        n = len(part)
        rest = 1 - n / part["N"].iloc[0] if "rate" in options else 1.0
        variance += rest * n / (n - 1) * float(((part["z"] - part["z"].mean()) ** 2).sum())
    return variance


@settings(max_examples=20, deadline=None)
@given(surveys(), KINDS, SEEDS, st.booleans(), st.booleans())
def test_sums_by_cells_give_the_variance_of_rows(
    frame: pd.DataFrame, kind: str, seed: int, clustered: bool, corrected: bool
) -> None:
    result, steps = weighted(frame, kind, seed)
    options: dict[str, Any] = {"psu": "c"} if clustered else {}
    if corrected and kind != "plain":
        units = frame.drop_duplicates(["h", "c"]) if clustered else frame
        options["rate"] = (units.groupby("h").size() / units.groupby("h")["N"].first()).to_dict()
    design = result.design(strata="h", **options)
    final = result.frame["weight"].to_numpy()
    for level, inside in [("u", frame["g"] == "u"), (None, frame["g"] != "")]:
        observed = (inside & frame["y"].notna()).to_numpy()
        if observed.sum() < 2:
            continue
        y = np.where(observed, frame["y"], 0.0)
        size = float((final * observed).sum())
        mean = float((final * y).sum() / size)
        domain = {"g": level} if level else None
        found = estimate.mean(result, "y", design=design, domain=domain)
        expected = oracle(frame, observed * (y - mean) / size, final, steps, options)
        assert found.estimate[0] == pytest.approx(mean, rel=1e-9)
        assert found.std_error[0] ** 2 == pytest.approx(expected, rel=1e-6, abs=1e-12 * mean**2)
        total = estimate.total(result, "y", design=design, domain=domain)
        wide = oracle(frame, y, final, steps, options)
        assert total.std_error[0] ** 2 == pytest.approx(wide, rel=1e-6, abs=1e-12 * float((final * y).sum()) ** 2)
        if kind != "twice":
            by = estimate.mean(result, "y", design=design, by="g")
            if level:
                assert by.std_error[by.row(level=level)] == pytest.approx(found.std_error[0], rel=1e-9, abs=1e-12)


@laws
@given(surveys(), st.sampled_from(["poststratify", "rake", "linear", "raking", "number"]), SEEDS)
def test_a_calibrated_total_has_no_variance(frame: pd.DataFrame, kind: str, seed: int) -> None:
    result, _ = weighted(frame, kind, seed)
    design = result.design(strata="h")
    data = result if kind == "number" else result.frame.assign(one=1.0)
    item = "x" if kind == "number" else "one"
    found = estimate.total(data, item, design=design, by=None if kind == "number" else "g")
    assert (found.std_error <= 1e-6 * np.abs(found.estimate)).all()


@laws
@given(surveys(), st.sampled_from(["plain", "rake", "linear"]), SEEDS, st.floats(-1e5, 1e5))
def test_a_shift_of_the_outcome_leaves_the_standard_error(
    frame: pd.DataFrame, kind: str, seed: int, shift: float
) -> None:
    result, _ = weighted(frame, kind, seed)
    design = result.design(strata="h")
    plain = estimate.mean(result, "y", design=design)
    moved = estimate.mean(result.frame.assign(y=frame["y"] + shift), "y", design=design)
    assert moved.estimate[0] == pytest.approx(plain.estimate[0] + shift, rel=1e-9)
    assert moved.std_error[0] == pytest.approx(plain.std_error[0], rel=1e-6, abs=1e-9)


@laws
@given(surveys(), st.floats(0.01, 1000))
def test_the_scale_of_weights_does_not_matter_to_means(frame: pd.DataFrame, factor: float) -> None:
    other = frame.assign(w=frame["w"] * factor)
    for psu in (None, "c"):
        one, two = (
            estimate.mean(rows, ["y", "ai"], design=Design.from_frame(rows, strata="h", psu=psu, weight="w"), by="g")
            for rows in (frame, other)
        )
        for column in ("estimate", "std_error", "df", "n_eff"):
            np.testing.assert_allclose(getattr(two, column), getattr(one, column), rtol=1e-8, atol=1e-12)


@laws
@given(surveys())
def test_certain_strata_add_nothing_and_more_of_a_population_adds_variance(frame: pd.DataFrame) -> None:
    sizes = frame.groupby("h")["h"].transform("size")
    whole = Design.from_frame(frame.assign(N=sizes), strata="h", population="N")
    assert (estimate.mean(frame, "ai", design=whole).std_error == 0).all()
    small, large = (
        estimate.mean(frame, "ai", design=Design.from_frame(frame.assign(N=sizes * k), strata="h", population="N"))
        for k in (2, 5)
    )
    assert small.std_error[0] <= large.std_error[0] + 1e-15


def frames_of(frame: pd.DataFrame, cut: int) -> dict[str, Any]:
    """The same rows in every frame library, in pieces where a library has them."""
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    pieces = [frame.iloc[:cut], frame.iloc[cut:]]
    chunked = pa.concat_tables([pa.Table.from_pandas(p, schema=arrow.schema, preserve_index=False) for p in pieces])
    return {
        "pandas": frame,
        "pandas-arrow": frame.convert_dtypes(dtype_backend="pyarrow"),
        "polars": pl.from_arrow(arrow),
        "polars-lazy": pl.concat(
            [pl.from_arrow(chunked.slice(0, cut)), pl.from_arrow(chunked.slice(cut))], rechunk=False
        ).lazy(),
        "pyarrow": chunked,
        "duckdb": duckdb.connect().from_arrow(arrow),
    }


@settings(max_examples=4, deadline=None)
@given(surveys(), st.sampled_from(["rake", "number"]), SEEDS, st.integers(1, 12))
def test_every_frame_shuffled_and_split_gives_the_same(frame: pd.DataFrame, kind: str, seed: int, cut: int) -> None:
    def analysis(rows: Any) -> np.ndarray:
        if kind == "rake":
            result = weights.rake(rows, margins, weight="w", units="counts", tolerance=1e-12)
        else:
            result = weights.calibrate(rows, totals, weight="w", units="counts", distance="raking")
        design = result.design(strata="h", psu="c")
        found = estimate.mean(result, ["y", "ai"], design=design, by=["g", "g×s"])
        return np.array([found.estimate, found.std_error, found.df, found.n, found.missing])

    new = frame["w"] * np.random.default_rng(seed).uniform(0.8, 1.25, len(frame))
    margins = {v: new.groupby(frame[v]).sum().to_dict() for v in ("g", "s")}
    totals = {"g": margins["g"], "x": float((new * frame["x"]).sum())}
    expected = analysis(frame)
    shuffled = frame.sample(frac=1, random_state=seed % 2**32)
    for name, rows in frames_of(shuffled, cut).items():
        np.testing.assert_allclose(analysis(rows), expected, rtol=1e-8, atol=1e-9, err_msg=name)


def test_rows_in_many_pieces_keep_their_order() -> None:
    # joins of PyArrow return rows as their threads finish; weights this small take the careful way
    rng = np.random.default_rng(4)
    n = 200_000
    frame = pd.DataFrame({"g": rng.integers(0, 5, n).astype(str), "w": rng.uniform(1, 9, n) * 1e-170})
    frame["y"] = frame["g"].astype(float) * 10 + rng.normal(size=n)
    whole = pa.Table.from_pandas(frame, preserve_index=False)
    pieces = pa.concat_tables([whole.slice(start, 1000) for start in range(0, n, 1000)])
    groups = frame.assign(wy=frame["w"] * frame["y"]).groupby("g")
    expected = (groups["wy"].sum() / groups["w"].sum()).to_numpy()
    for rows in (frame, whole, pieces):
        for _ in range(5):
            found = estimate.mean(rows, "y", design=Design.from_frame(rows, weight="w"), by="g")
            np.testing.assert_allclose(found.estimate, expected, rtol=1e-12)
