"""Laws of range: every engine against exact rational arithmetic, over outliers, offsets and weights of any size."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import isqrt
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aibaro import estimate, weights
from aibaro.design import Design
from aibaro.errors import InputError

ENGINES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda frame: frame,
    "polars": lambda frame: pl.from_arrow(pa.Table.from_pandas(frame, preserve_index=False)),
    "polars-lazy": lambda frame: pl.from_arrow(pa.Table.from_pandas(frame, preserve_index=False)).lazy(),
    "pyarrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "duckdb": lambda frame: duckdb.connect().from_arrow(pa.Table.from_pandas(frame, preserve_index=False)),
}
# an estimate keeps its digits, but for a part of its standard error that nobody can see; so does the standard error
DIGITS, UNSEEN, ERROR_DIGITS = 1e-13, 1e-9, 1e-8


def root(value: Fraction) -> Fraction:
    """Square root to 60 digits and more."""
    if value == 0:
        return Fraction(0)
    shift = max(0, 400 - (value.numerator.bit_length() - value.denominator.bit_length()))
    shift += shift % 2
    return Fraction(isqrt((value.numerator << shift) // value.denominator), 1 << (shift // 2))


def exact(rows: pd.DataFrame, level: str | None, target: str, unit: str | None) -> tuple[Fraction, Fraction]:
    """Estimate and standard error of a domain, in rational arithmetic."""
    inside = [level is None or g == level for g in rows["g"]]
    w = [Fraction(float(v)) for v in rows["w"]]
    y = [Fraction(v if isinstance(v, int) else float(v)) for v in rows["y"].tolist()]
    size = sum((a for a, i in zip(w, inside, strict=True) if i), Fraction(0))
    total = sum((a * b for a, b, i in zip(w, y, inside, strict=True) if i), Fraction(0))
    mean = total / size
    if target == "mean":
        z = [a * (b - mean) / size if i else Fraction(0) for a, b, i in zip(w, y, inside, strict=True)]
    else:
        z = [a * b if i else Fraction(0) for a, b, i in zip(w, y, inside, strict=True)]
    variance = Fraction(0)
    for stratum in rows["h"].unique():
        mine = [k for k, h in enumerate(rows["h"]) if h == stratum]
        if unit is None:
            values = [z[k] for k in mine]
        else:
            names = rows[unit].iloc[mine].unique()
            values = [sum((z[k] for k in mine if rows[unit].iloc[k] == name), Fraction(0)) for name in names]
        n = len(values)
        centre = sum(values, Fraction(0)) / n
        variance += Fraction(n, n - 1) * sum(((v - centre) ** 2 for v in values), Fraction(0))
    return (mean if target == "mean" else total), root(variance)


def agree(found: estimate.Estimates, row: int, value: Fraction, error: Fraction) -> None:
    assert np.isfinite(found.estimate[row])
    away = abs(Fraction(float(found.estimate[row])) - value)
    assert away <= Fraction(DIGITS) * abs(value) + Fraction(UNSEEN) * error, (found.estimate[row], float(value))
    assert np.isfinite(found.std_error[row])
    away = abs(Fraction(float(found.std_error[row])) - error)
    assert away <= Fraction(ERROR_DIGITS) * error, (found.std_error[row], float(error))


@st.composite
def surveys(draw: st.DrawFn) -> pd.DataFrame:
    """Two strata, three groups: one lies far away, one holds an outlier; weights of any size, that vary or do not."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(24, 60))
    offset = draw(st.sampled_from([0.0, 1.0, 1e3, 1e7, 1e12, 1e15]))
    outlier = draw(st.sampled_from([0.0, 1e6, 1e12, 1e18]))
    scales = draw(st.tuples(*[st.integers(-165, 165)] * 2))
    same = draw(st.booleans())
    scales = (scales[0], scales[0]) if same else scales
    frame = pd.DataFrame({"h": np.repeat(["s", "l"], [n // 2, n - n // 2]), "g": rng.choice(["a", "b", "c"], n)})
    frame["p"] = np.arange(n) // 3
    spread = rng.normal(0, 3, n).round(3)
    frame["y"] = spread + offset * (frame["g"] == "b") + 10
    frame.loc[[0, n - 1], "g"] = "a"
    frame.loc[0, "y"] += outlier
    varying = rng.uniform(0.5, 3, n) if draw(st.booleans()) else np.ones(n)
    frame["w"] = varying * frame["h"].map({"s": 10.0 ** scales[0], "l": 10.0 ** scales[1]})
    return frame


@settings(max_examples=25, deadline=None)
@given(surveys(), st.sampled_from(["mean", "total"]), st.sampled_from([None, "p"]))
def test_every_engine_equals_exact_arithmetic(frame: pd.DataFrame, target: str, unit: str | None) -> None:
    for make in ENGINES.values():
        rows = make(frame)
        design = Design.from_frame(rows, strata="h", psu=unit, weight="w")
        found = getattr(estimate, target)(rows, "y", design=design, by=[None, "g"])
        for row in range(len(found)):
            level = found.level[row] or None
            agree(found, row, *exact(frame, level, target, unit))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([2**53 - 20, 2**53 + 1, 2**60 + 7, 2**62]))
@example(0, 2**62)
def test_integers_beyond_53_bits_keep_their_last_digits(seed: int, offset: int) -> None:
    rng = np.random.default_rng(seed)
    n = 30
    frame = pd.DataFrame(
        {"h": np.repeat(["s", "l"], n // 2), "g": rng.choice(["a", "b"], n), "w": rng.uniform(1, 3, n)}
    )
    signed = [offset + int(v) for v in rng.integers(0, 100, n)]
    for make, kind in product(ENGINES.values(), ("int64", "uint64")):
        frame["y"] = np.array(signed, dtype=kind)
        rows = make(frame)
        found = estimate.mean(rows, "y", design=Design.from_frame(rows, strata="h", weight="w"), by=[None, "g"])
        for row in range(len(found)):
            agree(found, row, *exact(frame, found.level[row] or None, "mean", None))


@pytest.mark.parametrize("engine", ENGINES)
def test_integers_that_64_signed_bits_do_not_hold_are_refused(engine: str) -> None:
    frame = pd.DataFrame({"w": [1.0, 2.0, 3.0], "y": np.array([2**63, 2**63 + 1, 7], dtype="uint64")})
    rows = ENGINES[engine](frame)
    with pytest.raises(InputError, match="below 2\\^63"):
        estimate.mean(rows, "y", design=Design.from_frame(rows, weight="w"))


@pytest.mark.parametrize("kind", [pl.Int128, pl.UInt128])
def test_integers_of_128_bits_are_numbers_and_levels_like_others(kind: pl.DataType) -> None:
    frame = pl.DataFrame({"w": [1.0, 2.0, 1.0, 2.0], "y": [1, 2, 1, 4], "x": [3.0, 5.0, 4.0, 8.0]})
    wide = frame.with_columns(pl.col("y").cast(kind))

    def found(rows: pl.DataFrame) -> list[Any]:
        design = Design.from_frame(rows, weight="w")
        raked = weights.rake(rows, {"y": {1: 2, 2: 1, 4: 1}})
        return [
            estimate.mean(rows, "y", design=design).estimate,
            estimate.mean(rows, "x", design=design, by="y").estimate,
            estimate.proportion(rows, "y", design=design).estimate,
            estimate.proportion(rows.lazy(), "y", design=design).std_error,
            estimate.quantile(rows, "y", 0.5, design=design).estimate,
            estimate.glm("x ~ y", rows, design=design).estimate,
            raked.frame["weight"].to_numpy(),
        ]

    for one, other in zip(found(frame), found(wide), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("size", [1e12, 1e18])
def test_an_outlier_of_one_domain_leaves_the_others_alone(engine: str, size: float) -> None:
    rng = np.random.default_rng(3)
    clean = pd.DataFrame({"h": np.repeat(["s", "l"], 40), "g": np.tile(list("abcd"), 20), "y": rng.normal(5, 8, 80)})
    clean["w"] = np.repeat([2.0, 7.0], 40)
    spoiled = clean.assign(y=clean["y"].where(clean.index != 0, size))
    design = Design.from_frame(clean, strata="h", weight="w")
    one, other = (estimate.mean(ENGINES[engine](rows), "y", design=design, by="g") for rows in (clean, spoiled))
    for level in "bcd":
        row = one.row(level=level)
        assert other.estimate[row] == pytest.approx(one.estimate[row], rel=1e-13)
        assert other.std_error[row] == pytest.approx(one.std_error[row], rel=1e-12)
        assert other.deff[row] == pytest.approx(one.deff[row], rel=1e-9)


@pytest.mark.parametrize("exponent", [-150, -165, 100, 150, 160])
def test_the_size_of_weights_moves_no_share_and_no_answer(exponent: int) -> None:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {"h": np.repeat(["s", "l"], 30), "q": rng.choice(list("xyz"), 60), "g": rng.choice(["u", "v"], 60)}
    )
    frame["w"] = rng.uniform(1, 3, 60)
    frame["y"] = rng.normal(2, 1, 60)
    other = frame.assign(w=frame["w"] * 10.0**exponent)
    for make in ENGINES.values():
        found = []
        for rows in (frame, other):
            data = make(rows)
            design = Design.from_frame(data, strata="h", weight="w")
            answers = estimate.proportion(data, "q", design=design, by="g")
            middle = estimate.quantile(data, "y", 0.5, design=design)
            test = estimate.chi_square(data, "q", "g", design=design)
            found.append([answers.estimate, answers.std_error, middle.estimate, middle.std_error, [test.statistic]])
        for one, two in zip(*found, strict=True):
            np.testing.assert_allclose(two, one, rtol=1e-9)


def everything(data: Any, replicated: bool) -> dict[str, list[Any]]:
    """All estimators on one survey; those whose result is in units of the weights apart."""
    plain = Design.from_frame(data, strata="h", psu="p", weight="w")
    again = Design.from_frame(data, weight="w", replicates="rw*", kind="JK1") if replicated else plain
    free, alone = [], []
    for design in (plain, again):
        for found in (
            estimate.mean(data, "y", design=design, by=[None, "g"]),
            estimate.proportion(data, ["q", "b"], design=design, by="g"),
            estimate.ratio(data, "y", "x", design=design),
            estimate.quantile(data, "y", 0.5, design=design),
            estimate.variance(data, "y", design=design),
            estimate.correlation(data, "y", "x", design=design),
            estimate.standardize(data, "y", "b", {0: 1, 1: 2}, design=design),
        ):
            free += [found.estimate, found.std_error, found.conf_low, found.df, found.n_eff]
        total = estimate.total(data, "y", design=design, by=[None, "g"])
        alone += [total.estimate, total.std_error, estimate.contrast(total, "'u' - 'v'").std_error]
        free.append(total.n_eff)
        free += [[getattr(estimate, t)(data, "y", "b", design=design).statistic] for t in ("t_test", "rank_test")]
        free.append([estimate.chi_square(data, "q", "b", design=design).statistic])
    copied = estimate.total(data, "y", design=plain, variance="jackknife")
    return {"free": [*free, copied.n_eff], "alone": [*alone, copied.std_error]}


@pytest.mark.parametrize("engine", ["pandas", "polars"])
@pytest.mark.parametrize("exponent", [-1000, -538, -500, 538])
def test_a_power_of_two_in_all_weights_changes_no_digit(engine: str, exponent: int) -> None:
    rng = np.random.default_rng(8)
    n = 48
    frame = pd.DataFrame({"h": np.repeat(["s", "l"], n // 2), "p": np.arange(n) // 3, "g": list("uvvu") * 12})
    frame = frame.assign(q=list("xyz") * 16, b=[0, 1, 1, 0, 1, 0] * 8, y=rng.normal(50, 9, n), x=rng.uniform(5, 9, n))
    same = exponent == -538
    frame["w"] = 0.1 if same else rng.uniform(0.05, 0.2, n)
    for r in range(6):
        frame[f"rw{r}"] = frame["w"] * rng.uniform(0.5, 1.5, n)
    scale = 2.0**exponent
    names = ["w", *(f"rw{r}" for r in range(6))]
    one, other = (
        everything(ENGINES[engine](rows), replicated=True)
        for rows in (frame, frame.assign(**{name: frame[name] * scale for name in names}))
    )
    if exponent < 0:
        # above, a sum of weights beyond the number of rows is read as one of a population
        for a, b in zip(one["free"], other["free"], strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-9)
    for a, b in zip(one["alone"], other["alone"], strict=True):
        np.testing.assert_allclose(np.asarray(b) / scale, a, rtol=1e-9)


def test_calibrated_weights_too_large_to_be_squared_are_refused() -> None:
    rows = pd.DataFrame({"g": list("ab") * 6, "y": np.arange(12.0), "w": 1e160})
    found = weights.poststratify(rows, {"a": 5e160, "b": 9e160}, by="g", weight="w")
    with pytest.raises(InputError, match="too large to be squared"):
        estimate.mean(found, "y", design=found.design())
