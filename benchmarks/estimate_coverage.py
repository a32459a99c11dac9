"""How often do the intervals of a proportion cover, on the 44 strata of the AI-Barometer?

Draws samples from synthetic finite populations with the published stratum sizes: each stratum's respondents are a
simple random sample without replacement of its firms.  Counts, for every interval method and both degrees of freedom,
how often the interval covers the population's share, overall and in every sector and size class, how long it is, and
what the reliability flag says.  The overall share runs from 0.5% to 50%, once with the same rate in all strata and once
with rates that differ as adoption does.  Run from the root of the checkout::

    python benchmarks/estimate_coverage.py            simulate, write the tables, draw the figure
    python benchmarks/estimate_coverage.py --figure   draw the figure from the tables
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, special

from aibaro.compare.domain_precision import domain_shares, shares_of_domain
from aibaro.design import Design
from aibaro.estimate import METHODS, interval, proportion
from aibaro.estimate.reliability import MINIMUM_EFFECTIVE_COUNT, proportion_flags
from aibaro.published import load
from aibaro.report.style import MUTED, OKABE_ITO, house_style

FloatArray = NDArray[np.float64]

HERE = Path(__file__).resolve().parent
SHARES = (0.005, 0.01, 0.02, 0.03, 0.05, 0.10, 0.20, 0.30, 0.50)
PATTERNS = ("equal", "adoption")
SAMPLES = 10_000
CHECKED = 5
SEED = 20232
DF_RULES = ("design", "satterthwaite")
LEVEL, BOUND = 0.95, 0.93


@dataclass(frozen=True, slots=True)
class DomainSet:
    """The domains of the study.

    Parameters
    ----------
    names : list of (str, str)
        Domain and level.
    weight : numpy.ndarray of float, shape (D, H)
        N_h/N_D of the strata inside, 0 outside.
    respondents : numpy.ndarray of float, shape (D,)
        Respondents n_D.
    kish : numpy.ndarray of float, shape (D,)
        Kish's effective size of the domain.
    """

    names: list[tuple[str, str]]
    weight: FloatArray
    respondents: FloatArray
    kish: FloatArray

    @classmethod
    def of(cls, design: Design) -> DomainSet:
        """Take all respondents, every sector and every size class."""
        names = [("", "")]
        names += [(v, level) for v in design.variables for level in sorted(set(design.labels[v]))]
        masks = np.array([design.domain(**({d: [level]} if d else {})) for d, level in names], dtype=float)
        weight = masks * design.population
        weight /= weight.sum(axis=1, keepdims=True)
        kish = 1 / (weight**2 / design.respondents).sum(axis=1)
        return cls(names, weight, masks @ design.respondents, kish)


@dataclass(frozen=True, slots=True)
class Samples:
    """Estimates of one population: one row a sample, one column a domain."""

    estimate: FloatArray
    std_error: FloatArray
    df: dict[str, FloatArray]
    n_eff: FloatArray


def adoption_effects(survey: Any, design: Design) -> FloatArray:
    """Fit main effects on the log-odds to the printed shares of firms that use any technology."""
    rows = [row for row in domain_shares(survey, "at_least_one") if row.domain != "all"]
    weight = np.array([shares_of_domain(design, row.strata) for row in rows])
    target = np.array([float(row.share.value) for row in rows])
    dummies = np.array([row.strata for row in rows], dtype=float).T
    solved = optimize.least_squares(
        lambda b: weight @ special.expit(dummies @ b) - target, np.full(len(rows), -1.0), xtol=1e-12
    )
    return np.asarray(dummies @ solved.x)


def synthetic_population(design: Design, share: float, effects: FloatArray) -> NDArray[np.int64]:
    """Give each stratum's number of firms with the property, so that the overall share is the one asked for."""
    size = design.population
    shift = optimize.brentq(lambda a: float(size @ special.expit(a + effects)) / size.sum() - share, -30, 30)
    exact = size * special.expit(shift + effects)
    ones = np.floor(exact).astype(np.int64)
    left = round(float(exact.sum())) - int(ones.sum())
    # largest remainders make whole firms; ties go to the earlier stratum
    ones[np.argsort(-(exact - ones), kind="stable")[:left]] += 1
    return ones


def estimate(design: Design, domains: DomainSet, counts: NDArray[np.int64]) -> Samples:
    """Give estimates and variances of all samples and domains at once, as the library's formula has them."""
    n = design.respondents.astype(float)
    p = counts / n
    spread = (1 - design.fractions) * p * (1 - p) / (n - 1)
    value = p @ domains.weight.T
    variance = spread @ (domains.weight**2).T
    squares = spread**2 @ (domains.weight**4 / (n - 1)).T
    design_df = np.broadcast_to((domains.weight > 0) @ (n - 1), value.shape)
    varies = variance > 0
    satterthwaite = np.where(varies, variance**2 / np.where(varies, squares, 1.0), design_df)
    value = np.where(np.abs(value - 1) < 1e-14, 1.0, value)
    unit = value * (1 - value)
    n_eff = np.where(varies, unit / np.where(varies, variance, 1.0), np.where(unit > 0, np.inf, domains.kish))
    return Samples(value, np.sqrt(variance), {"design": design_df, "satterthwaite": satterthwaite}, n_eff)


def check(design: Design, domains: DomainSet, counts: NDArray[np.int64], made: Samples) -> None:
    """Compare some samples with the library's estimator, limits included; stop where they differ."""
    table = design.labels.copy()
    items = [f"sample{i}" for i in range(CHECKED)]
    for i, item in enumerate(items):
        table[item] = counts[i]
    for method in METHODS:
        for rule in DF_RULES:
            parts = [
                proportion(table, items, design=design, by=by, interval=method, df=rule).to_frame()
                for by in (None, *design.variables)
            ]
            frames = dict(iter(pd.concat(parts).groupby(["domain", "level"])))
            low, high = limits(method, rule, domains, made)
            for k, name in enumerate(domains.names):
                rows = frames[name].set_index("item").loc[items]
                for column, values in {
                    "estimate": made.estimate,
                    "std_error": made.std_error,
                    "df": made.df[rule],
                    "n_eff": made.n_eff,
                    "conf_low": low,
                    "conf_high": high,
                }.items():
                    np.testing.assert_allclose(
                        rows[column].to_numpy(dtype=float),
                        values[:CHECKED, k],
                        rtol=1e-9,
                        atol=1e-12,
                        err_msg=f"{method} {rule} {name} {column}",
                    )


def limits(method: str, rule: str, domains: DomainSet, made: Samples) -> tuple[FloatArray, FloatArray]:
    """Give the library's limits of all samples and domains."""
    low, high, _ = interval(
        method,
        made.estimate,
        made.std_error,
        made.df[rule],
        domains.respondents,
        kish=np.broadcast_to(domains.kish, made.estimate.shape),
        conf_level=LEVEL,
    )
    return low, high


def study(design: Design, domains: DomainSet, pattern: str, effects: FloatArray) -> Iterator[dict[str, Any]]:
    """Simulate one pattern of rates: one record a share, domain, method and rule of degrees of freedom."""
    for number, share in enumerate(SHARES):
        rng = np.random.default_rng([SEED, PATTERNS.index(pattern), number])
        ones = synthetic_population(design, share, effects)
        truth = domains.weight @ (ones / design.population)
        counts = rng.hypergeometric(ones, design.population - ones, design.respondents, size=(SAMPLES, design.size))
        made = estimate(design, domains, counts)
        check(design, domains, counts, made)
        for method in METHODS:
            for rule in DF_RULES:
                low, high = limits(method, rule, domains, made)
                flag = proportion_flags(
                    made.estimate,
                    made.std_error,
                    low=low,
                    high=high,
                    n_eff=made.n_eff,
                    df=made.df[rule],
                    kish=domains.kish,
                )
                outcome = {
                    "coverage": (low <= truth) & (truth <= high),
                    "below": high < truth,
                    "above": low > truth,
                    "mean_length": np.clip(high, 0, 1) - np.clip(low, 0, 1),
                    "low": flag == "low",
                }
                averages = {name: values.mean(axis=0) for name, values in outcome.items()}
                for k, (domain, level) in enumerate(domains.names):
                    known = min(truth[k], 1 - truth[k])
                    yield {
                        "pattern": pattern,
                        "overall": share,
                        "domain": domain or "all",
                        "level": level,
                        "truth": round(float(truth[k]), 6),
                        "effective_count": round(domains.kish[k] * known, 3),
                        "method": method,
                        "df": rule,
                        **{name: round(float(values[k]), 5) for name, values in averages.items()},
                    }
        print(pattern, share, flush=True)


def regions(table: pd.DataFrame) -> pd.DataFrame:
    """Say from which effective count on every population and domain is covered, by method and rule."""
    rows = []
    for (method, rule), part in table.groupby(["method", "df"], sort=False):
        poor = part.loc[part["coverage"] < BOUND, "effective_count"].max()
        kept = part.loc[part["effective_count"] >= MINIMUM_EFFECTIVE_COUNT]
        rare = part.loc[part["effective_count"] < MINIMUM_EFFECTIVE_COUNT]
        rows.append(
            {
                "method": method,
                "df": rule,
                "covered_from": round(float(poor), 2),
                "lowest": kept["coverage"].min(),
                "mean": round(kept["coverage"].mean(), 4),
                "highest": kept["coverage"].max(),
                "mean_length": round(kept["mean_length"].mean(), 5),
                "lowest_below_10": rare["coverage"].min(),
                "mean_below_10": round(rare["coverage"].mean(), 4),
                "kept_where_poor": round(1 - part.loc[part["coverage"] < BOUND, "low"].mean(), 4),
                "kept_where_covered": round(1 - kept["low"].mean(), 4),
            }
        )
    return pd.DataFrame(rows)


def draw(table: pd.DataFrame) -> None:
    """Draw coverage against the effective count, one panel a method."""
    from matplotlib.figure import Figure

    with house_style():
        figure = Figure(figsize=(7.6, 5.0), layout="constrained")
        panels = figure.subplots(2, 3, sharex=True, sharey=True)
        colours = {"equal": OKABE_ITO["blue"], "adoption": OKABE_ITO["vermillion"]}
        names = {"equal": "one rate in all strata", "adoption": "rates differ as adoption does"}
        for axes, method in zip(panels.flat, METHODS, strict=True):
            part = table.loc[(table["method"] == method) & (table["df"] == "design")]
            for marker, (pattern, rows) in zip("os", part.groupby("pattern", sort=False), strict=True):
                axes.plot(
                    rows["effective_count"],
                    100 * rows["coverage"],
                    ls="none",
                    marker=marker,
                    ms=2.6,
                    alpha=0.75,
                    mew=0,
                    color=colours[pattern],
                    label=names[pattern],
                )
            axes.axhline(100 * LEVEL, color=MUTED, lw=0.8)
            axes.axhline(100 * BOUND, color=MUTED, lw=0.8, ls=":")
            axes.axvline(MINIMUM_EFFECTIVE_COUNT, color=MUTED, lw=0.8, ls="--")
            axes.set(title=method, xscale="log", ylim=(50, 101))
        for axes in panels[:, 0]:
            axes.set_ylabel("coverage (%)")
        for axes in panels[-1]:
            axes.set_xlabel("effective count of the rarer answer")
        figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        figure.savefig(HERE.parent / "docs" / "_static" / "estimate_coverage.svg", metadata={"Date": None})


def main() -> None:
    """Simulate, write the tables, draw the figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--figure", action="store_true", help="draw and tabulate again from the simulated table")
    target = HERE / "results" / "estimate_coverage.csv"
    if not parser.parse_args().figure:
        survey = load("flanders-2023")
        design = Design.from_strata(survey.strata)
        domains = DomainSet.of(design)
        effects = {"equal": np.zeros(design.size), "adoption": adoption_effects(survey, design)}
        rows = [row for pattern in PATTERNS for row in study(design, domains, pattern, effects[pattern])]
        pd.DataFrame(rows).to_csv(target, index=False, lineterminator="\n")
    table = pd.read_csv(target, keep_default_na=False)
    found = regions(table)
    found.to_csv(HERE / "results" / "estimate_coverage_regions.csv", index=False, lineterminator="\n")
    draw(table)
    print(found.to_string(index=False))


if __name__ == "__main__":
    main()
