"""Two calibrating steps one after another: which step's residual comes first?

Draws simple random samples from synthetic populations, poststratifies each on A, poststratifies the result on B, which
is associated with A, and estimates a mean.  The variance is that of the total of residuals, taken in both orders: the
last step's residual first (as aibaro does), and the first step's first (as R's survey does).  Written to
``benchmarks/results/calibration_order.csv``: the standard deviation of the estimates over all samples (the truth), the
root mean estimated variance and the coverage of the 95% intervals for each order, and for the first samples the largest
relative difference from what the library gives.  Run from the root of the checkout::

    python benchmarks/calibration_order.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from aibaro import estimate, weights

FloatArray = NDArray[np.float64]

HERE = Path(__file__).resolve().parent
POPULATION, SAMPLE, SAMPLES, CHECKED, SEED = 3_000, 200, 4_000, 20, 20261
# share of units whose level of B follows that of A
ASSOCIATIONS = (0.0, 0.3, 0.5, 0.7)


def population(association: float, rng: np.random.Generator) -> pd.DataFrame:
    """Draw a population of three levels of A, three of B, and an outcome that depends on A: B disturbs what A met."""
    a = rng.choice(3, POPULATION, p=[0.5, 0.3, 0.2])
    b = np.where(rng.random(POPULATION) < association, a, rng.choice(3, POPULATION, p=[0.4, 0.35, 0.25]))
    y = a + rng.normal(0, 0.35, POPULATION)
    return pd.DataFrame({"a": a, "b": b, "y": y})


def poststratified(weight: FloatArray, level: NDArray[np.int64], totals: FloatArray) -> FloatArray:
    """Scale the weights of each level to its total."""
    return weight * (totals / np.bincount(level, weight, minlength=len(totals)))[level]


def residual(value: FloatArray, level: NDArray[np.int64], weight: FloatArray) -> FloatArray:
    """Take the weighted mean of its level from each value."""
    return value - (np.bincount(level, weight * value) / np.bincount(level, weight))[level]


def variance(z: FloatArray) -> float:
    """Variance of a total under simple random sampling without replacement."""
    return float((1 - SAMPLE / POPULATION) * SAMPLE * z.var(ddof=1))


def one_sample(frame: pd.DataFrame, totals: dict[str, FloatArray], chosen: NDArray[np.int64]) -> tuple[float, ...]:
    """Estimate the mean, with its variance in both orders."""
    a, b, y = (frame[c].to_numpy()[chosen] for c in ("a", "b", "y"))
    d = np.full(SAMPLE, POPULATION / SAMPLE)
    w1 = poststratified(d, a, totals["a"])
    w2 = poststratified(w1, b, totals["b"])
    mean = float((w2 * y).sum() / w2.sum())
    u = (y - mean) / w2.sum()
    last = residual(residual(u, b, w1), a, d)
    first = residual(residual(u, a, d), b, w1)
    return mean, variance(w2 * last), variance(w2 * first)


def by_the_library(frame: pd.DataFrame, totals: dict[str, FloatArray], chosen: NDArray[np.int64]) -> float:
    """Give the standard error that the library gives."""
    rows = frame.iloc[chosen].assign(N=POPULATION, d=POPULATION / SAMPLE)
    one = weights.poststratify(rows, {"a": dict(enumerate(totals["a"]))}, weight="d")
    two = weights.poststratify(one, {"b": dict(enumerate(totals["b"]))})
    result = estimate.mean(two, "y", design=two.design(population="N"))
    return float(result.std_error[0])


def study(association: float) -> dict[str, float]:
    """Draw all samples of one population."""
    rng = np.random.default_rng([SEED, round(10 * association)])
    frame = population(association, rng)
    totals = {v: np.bincount(frame[v]).astype(float) for v in ("a", "b")}
    drawn = [rng.choice(POPULATION, SAMPLE, replace=False) for _ in range(SAMPLES)]
    found = np.array([one_sample(frame, totals, chosen) for chosen in drawn])
    apart = max(
        abs(by_the_library(frame, totals, chosen) / np.sqrt(row[1]) - 1)
        for chosen, row in zip(drawn[:CHECKED], found[:CHECKED], strict=True)
    )
    t, truth = stats.t.isf(0.025, SAMPLE - 1), frame["y"].mean()
    covered = np.abs(found[:, :1] - truth) <= t * np.sqrt(found[:, 1:])
    return {
        "association": association,
        "samples": SAMPLES,
        "truth": float(found[:, 0].std(ddof=1)),
        "last_first": float(np.sqrt(found[:, 1].mean())),
        "first_first": float(np.sqrt(found[:, 2].mean())),
        "coverage_last_first": float(covered[:, 0].mean()),
        "coverage_first_first": float(covered[:, 1].mean()),
        "library_differs_by": apart,
    }


def main() -> None:
    """Run the study and write its table."""
    table = pd.DataFrame([study(association) for association in ASSOCIATIONS])
    table.to_csv(HERE / "results" / "calibration_order.csv", index=False, float_format="%.6g")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
