"""Weights and residual variances against R survey 4.1.1 (script make_fixtures.R, software in session.txt)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.parity import r_values

from aibaro import weights
from aibaro.weights import LinearMoments, WeightResult
from aibaro.weights.residuals import residualise

HERE = Path(__file__).parent
ROWS = pd.read_csv(HERE / "rows.csv", dtype={"cds": str})
MARGINS = pd.read_csv(HERE / "margins.csv")
CELLS = pd.read_csv(HERE / "cells.csv")
WEIGHTS = {name: part["weight"].to_numpy() for name, part in pd.read_csv(HERE / "weights.csv").groupby("design")}
ESTIMATES = pd.read_csv(HERE / "estimates.csv").set_index(["design", "statistic"])

THREE = ["sch_wide", "comp_imp", "stype"]
COUNTS = {name: dict(zip(part["level"], part["target"], strict=True)) for name, part in MARGINS.groupby("domain")}
NUMBER = {"stype": COUNTS["stype"], "sch_wide": COUNTS["sch_wide"], "api99": 4011920}
AWARDS = {"awards": COUNTS["awards"]}


def _margins(**options: object) -> WeightResult:
    return weights.calibrate(ROWS, MARGINS, by=THREE, weight="pw", **options)


def _number(**options: object) -> WeightResult:
    return weights.calibrate(ROWS, NUMBER, weight="pw", **options)


def _cells() -> WeightResult:
    return weights.poststratify(ROWS, CELLS, weight="pw")


DESIGNS: dict[str, Callable[[], WeightResult]] = {
    "poststratify": _cells,
    "cells_linear": lambda: weights.calibrate(
        ROWS, {"sch_wide×comp_imp": {(r.sch_wide, r.comp_imp): r.population for r in CELLS.itertuples()}}, weight="pw"
    ),
    "rake": lambda: weights.rake(ROWS, MARGINS, by=THREE, weight="pw", tolerance=1e-13),
    "margins_linear": lambda: _margins(distance="linear"),
    "margins_raking": lambda: _margins(distance="raking"),
    "margins_logit": lambda: _margins(distance="logit", bounds=(0.4, 4)),
    "number_linear": lambda: _number(distance="linear"),
    "number_raking": lambda: _number(distance="raking"),
    "number_logit": lambda: _number(distance="logit", bounds=(0.6, 1.8)),
    "number_bounded": lambda: _number(distance="linear", bounds=(0.8, 1.3)),
    "twice": lambda: weights.calibrate(_cells(), AWARDS),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_weights_equal_r(name: str) -> None:
    found = DESIGNS[name]().frame["weight"].to_numpy()
    assert len(found) == len(WEIGHTS[name])
    assert all(r_values.close(ours, theirs) for ours, theirs in zip(found, WEIGHTS[name], strict=True))


# R's rake() takes residuals after each of its poststratifications in turn; ours are those of calibrate()
STANDARD_ERRORS = {
    "poststratify": "poststratify",
    "cells_linear": "cells_linear",
    "rake": "margins_raking",
    "margins_linear": "margins_linear",
    "margins_raking": "margins_raking",
    "margins_logit": "margins_logit",
}


def _linearised(statistic: str, w: np.ndarray) -> tuple[float, np.ndarray]:
    """Estimate and its linearised value u, so that the variance is that of Σ w u."""
    domain = np.ones(len(ROWS))
    if statistic.endswith("high"):
        domain = (ROWS["stype"] == "H").to_numpy(dtype=float)
    elif statistic.endswith("missed"):
        domain = (ROWS["comp_imp"] == "No").to_numpy(dtype=float)
    if statistic.startswith("total"):
        u = domain * ROWS["enroll"].to_numpy()
        return float(w @ u), u
    y = ROWS["api00"].to_numpy()
    mean = float(w @ (domain * y) / (w @ domain))
    return mean, domain * (y - mean) / (w @ domain)


def _standard_error(result: WeightResult, u: np.ndarray) -> float:
    """Residual standard error from the moments of cells of stratum, domains and auxiliaries alone."""
    (auxiliaries,) = result.auxiliaries
    keys = list(dict.fromkeys(["stype", "comp_imp", *auxiliaries.keys]))
    w = result.frame["weight"].to_numpy()
    moments = {"w": w, "w2": w**2, "total": w * u, "cross": w**2 * u, "square": (w * u) ** 2}
    columns = {**moments, "n": 1, "fpc": ROWS["fpc"]}
    cells = (
        ROWS[keys].assign(**columns).groupby(keys).agg({**dict.fromkeys(columns, "sum"), "fpc": "first"}).reset_index()
    )
    linear = LinearMoments(
        *(cells[[c]].to_numpy() for c in ("total", "cross", "square")), cells["w"].to_numpy(), cells["w2"].to_numpy()
    )
    total, square = residualise(auxiliaries, auxiliaries.locate(cells.to_dict("list")), linear)
    strata = (
        cells.assign(e=total[:, 0], e2=square[:, 0])
        .groupby("stype")
        .agg({"e": "sum", "e2": "sum", "n": "sum", "fpc": "first"})
    )
    n = strata["n"]
    spread = (strata["e2"] - strata["e"] ** 2 / n) * n / (n - 1)
    return float(np.sqrt(((1 - n / strata["fpc"]) * spread).sum()))


@pytest.mark.parametrize("statistic", sorted(set(ESTIMATES.index.get_level_values(1))))
@pytest.mark.parametrize("name", STANDARD_ERRORS)
def test_residual_standard_errors_equal_r(name: str, statistic: str) -> None:
    result = DESIGNS[name]()
    estimate, u = _linearised(statistic, result.frame["weight"].to_numpy())
    expected = ESTIMATES.loc[(STANDARD_ERRORS[name], statistic)]
    assert r_values.close(estimate, expected["estimate"])
    assert r_values.close(_standard_error(result, u), expected["std_error"])


def test_r_rake_has_other_standard_errors() -> None:
    """The deliberate difference of the methods page is a real one: R's rake() and calibrate() disagree."""
    rake = ESTIMATES.loc["rake"]["std_error"]
    calibrated = ESTIMATES.loc["margins_raking"]["std_error"]
    assert (rake / calibrated - 1).abs().max() > 1e-3


def test_r_trimming_moves_a_take_all_unit_and_ours_does_not() -> None:
    rows = pd.read_csv(HERE / "trimmed.csv").rename(columns={"weight": "r"})
    assert rows.loc[rows["stratum"] == "take-all", "r"].item() > 4
    ours = weights.trim(rows, upper=60, within="stratum", weight="w").frame
    assert ours.loc[ours["stratum"] == "take-all", "weight"].item() == 1.0
    assert ours["weight"].max() == 60
    sums = ours.groupby("stratum")[["w", "weight"]].sum()
    np.testing.assert_allclose(sums["weight"], sums["w"], rtol=1e-12)
