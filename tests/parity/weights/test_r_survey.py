"""Weights and residual variances against R survey 4.1.1 (script make_fixtures.R, software in session.txt)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.parity import r_values

from aibaro import estimate, weights
from aibaro.estimate import Estimates
from aibaro.weights import WeightResult

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


def _estimated(result: WeightResult, statistic: str) -> Estimates:
    """A mean of api00 or total of enroll: of all schools, of the high schools, or of those that missed a target."""
    what = estimate.total if statistic.startswith("total") else estimate.mean
    part = {"high": {"stype": "H"}, "missed": {"comp_imp": "No"}}.get(statistic.rsplit("_", maxsplit=1)[-1])
    design = result.design(strata="stype", population="fpc")
    return what(result, "enroll" if statistic.startswith("total") else "api00", design=design, domain=part)


@pytest.mark.parametrize("statistic", sorted(set(ESTIMATES.index.get_level_values(1))))
@pytest.mark.parametrize("name", STANDARD_ERRORS)
def test_residual_standard_errors_equal_r(name: str, statistic: str) -> None:
    found = _estimated(DESIGNS[name](), statistic)
    expected = ESTIMATES.loc[(STANDARD_ERRORS[name], statistic)]
    assert r_values.close(float(found.estimate[0]), expected["estimate"])
    assert r_values.close(float(found.std_error[0]), expected["std_error"])


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
