"""Do simultaneous intervals and rank sets cover together what they promise, on the 44 strata of the AI-Barometer?

Draws samples from a synthetic population (stratum rates from a main-effects logit that meets the printed margins of an
item), and counts how often all 55 differences of sectors, and all 11 ranks, are covered at once.  Two ways to the
standard errors: from the sampled counts, and from the printed percentages of the sample alone, as the package does with
a report.  Run from the root of the checkout: ``python benchmarks/compare_coverage.py``.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from aibaro.compare._domain_pairs import tukey_critical
from aibaro.compare._shares import share
from aibaro.compare.domain_precision import domain_shares, se_bounds, shares_of_domain
from aibaro.compare.limits import critical as critical_value
from aibaro.compare.limits import wilson
from aibaro.design import Design
from aibaro.published import load

HERE = Path(__file__).resolve().parent
ITEMS = ("at_least_one", "technology.nlg", "technology.machine_learning", "technology.autonomous_machines")
SAMPLES = 10_000
PRINTED_SAMPLES = 500
LEVEL = 0.95


def synthetic_rates(survey: Any, design: Design, item: str) -> np.ndarray:
    """Fit stratum rates of a main-effects logit to the printed sector and size shares (least squares)."""
    rows = [row for row in domain_shares(survey, item) if row.domain != "all"]
    weight = np.array([shares_of_domain(design, row.strata) for row in rows])
    target = np.array([float(row.share.value) for row in rows])
    dummies = np.array([row.strata for row in rows], dtype=float).T

    def gap(coefficients: np.ndarray) -> np.ndarray:
        return weight @ special.expit(dummies @ coefficients) - target

    solved = optimize.least_squares(gap, np.full(len(rows), -1.0), xtol=1e-12)
    return special.expit(dummies @ solved.x)


def simulate(survey: Any, design: Design, item: str, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Count joint coverage for one item."""
    ones = np.rint(design.population * synthetic_rates(survey, design, item)).astype(np.int64)
    sectors = sorted(set(design.labels["sector"]))
    masks = [design.domain(sector=name) for name in sectors]
    weight = np.array([shares_of_domain(design, mask) for mask in masks])
    truth = weight @ (ones / design.population)
    counts = rng.hypergeometric(ones, design.population - ones, design.respondents, size=(SAMPLES, design.size))
    p = counts / design.respondents
    spread = (1 - design.fractions) / (design.respondents - 1)
    estimate, variance = p @ weight.T, (p * (1 - p) * spread) @ (weight**2).T
    df = np.array([int(design.respondents[m].sum() - m.sum()) for m in masks])
    pairs = np.array(list(itertools.combinations(range(len(masks)), 2)))
    rows = []
    for label, deviation in {"sampled counts": variance, "printed percentages": None}.items():
        if deviation is None:
            keep = slice(0, PRINTED_SAMPLES)
            printed = np.round(100 * estimate[keep], 1) / 100
            slack = 0.0005
            # samples often print the same percentage of a sector: each is bounded once
            known = {
                (k, v): se_bounds(design, masks[k], share((max(v - slack, 0.0), min(v + slack, 1.0))))[1]
                for k in range(len(masks))
                for v in sorted(set(printed[:, k].tolist()))
            }
            error = np.array([[known[k, v] for k, v in enumerate(line)] for line in printed.tolist()])
            rows += count(printed, error, slack, truth, df, pairs, item, label)
        else:
            rows += count(estimate, np.sqrt(deviation), 0.0, truth, df, pairs, item, label)
            rows.append(score(design, masks, estimate, deviation, truth, pairs, item, label))
    return rows


def count(  # noqa: PLR0917 - a script
    estimate: np.ndarray,
    error: np.ndarray,
    slack: float,
    truth: np.ndarray,
    df: np.ndarray,
    pairs: np.ndarray,
    item: str,
    source: str,
) -> list[dict[str, Any]]:
    """Tell how often everything is covered at once, with its Monte Carlo error."""
    i, j = pairs.T
    difference, spread = estimate[:, i] - estimate[:, j], np.hypot(error[:, i], error[:, j])
    true = truth[i] - truth[j]
    freedom = df[i] + df[j]
    limits = {
        "tukey": np.array([tukey_critical(len(truth), f, LEVEL) for f in freedom]),
        "bonferroni": stats.t.isf((1 - LEVEL) / (2 * len(pairs)), freedom),
    }
    rows = []
    for name, critical in limits.items():
        inside = np.abs(difference - true) <= critical * spread + 2 * slack
        rows.append(record(item, source, f"55 differences, {name}", inside.all(axis=1)))
        ahead = np.zeros((len(estimate), len(truth), len(truth)), dtype=bool)
        ahead[:, i, j] = difference - 2 * slack > critical * spread
        ahead[:, j, i] = -difference - 2 * slack > critical * spread
        rows.append(record(item, source, f"11 ranks, {name}", ranks_covered(ahead, truth)))
    z = critical_value(LEVEL ** (1 / len(truth)))
    low, high = estimate - slack - z * error, estimate + slack + z * error
    apart = low[:, :, None] >= high[:, None, :]
    rows.append(record(item, source, "11 ranks, joint intervals", ranks_covered(apart, truth)))
    return rows


def score(  # noqa: PLR0917 - a script
    design: Design,
    masks: list[np.ndarray],
    estimate: np.ndarray,
    variance: np.ndarray,
    truth: np.ndarray,
    pairs: np.ndarray,
    item: str,
    source: str,
) -> dict[str, Any]:
    """Count coverage of Newcombe's interval: Wilson limits at the effective size, Kish's where all answers agree."""
    weights = design.weights
    kish = np.array([design.population[m].sum() ** 2 / (design.respondents[m] * weights[m] ** 2).sum() for m in masks])
    agree = variance <= 0
    size = np.where(agree, kish, estimate * (1 - estimate) / np.where(agree, 1.0, variance))
    low, high = wilson(estimate, size, tukey_critical(len(truth), 5000, LEVEL))
    i, j = pairs.T
    difference, true = estimate[:, i] - estimate[:, j], truth[i] - truth[j]
    below = difference - np.hypot(estimate[:, i] - low[:, i], high[:, j] - estimate[:, j])
    above = difference + np.hypot(high[:, i] - estimate[:, i], estimate[:, j] - low[:, j])
    return record(item, source, "55 differences, score", ((below <= true) & (true <= above)).all(axis=1))


def ranks_covered(ahead: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Tell for each sample whether all true ranks lie in their sets."""
    rank = 1 + (truth[:, None] < truth[None, :]).sum(axis=1)
    low, high = 1 + ahead.sum(axis=1), len(truth) - ahead.sum(axis=2)
    return ((low <= rank) & (rank <= high)).all(axis=1)


def record(item: str, source: str, what: str, covered: np.ndarray) -> dict[str, Any]:
    """Make a row of the result."""
    share_covered = float(covered.mean())
    return {
        "item": item,
        "standard_error": source,
        "statement": what,
        "coverage": round(share_covered, 4),
        "mc_error": round(float(np.sqrt(share_covered * (1 - share_covered) / len(covered))), 4),
        "samples": len(covered),
    }


def draw(table: pd.DataFrame) -> None:
    """Draw the figure of the documentation."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    mpl.rcParams.update({"svg.hashsalt": "aibaro", "font.family": "DejaVu Sans", "font.size": 9})
    statements = sorted(set(table["statement"]))[::-1]
    items = list(dict.fromkeys(table["item"]))
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    markers = "osD^"
    for axis, source in zip(axes, dict.fromkeys(table["standard_error"]), strict=True):
        for k, item in enumerate(items):
            rows = table.loc[(table["item"] == item) & (table["standard_error"] == source)]
            places = [statements.index(s) + 0.15 * (k - 1.5) for s in rows["statement"]]
            axis.errorbar(
                rows["coverage"],
                places,
                xerr=2 * rows["mc_error"],
                fmt=markers[k],
                ms=4,
                lw=1,
                color=("#0072B2", "#D55E00", "#009E73", "#CC79A7")[k],
                label=item,
            )
        axis.axvline(LEVEL, color="0.4", lw=1, ls="--")
        axis.set(
            title=f"standard errors from {source}", xlabel="share of samples with everything covered", xlim=(0.25, 1.02)
        )
        axis.set_yticks(range(len(statements)), statements)
        axis.spines[["top", "right"]].set_visible(False)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    target = HERE.parent / "docs" / "_static" / "compare_coverage.svg"
    figure.savefig(target, metadata={"Date": None})


def main() -> None:
    """Simulate, write the table, draw the figure."""
    survey = load("flanders-2023")
    design = Design.from_strata(survey.strata)
    rng = np.random.default_rng(20231)
    rows = [row for item in ITEMS for row in simulate(survey, design, item, rng)]
    table = pd.DataFrame(rows)
    target = HERE / "results" / "compare_coverage.csv"
    target.parent.mkdir(exist_ok=True)
    table.to_csv(target, index=False, lineterminator="\n")
    draw(table)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
