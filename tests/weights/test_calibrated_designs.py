"""Designs of calibrated weights: what they carry, and what is refused with a way out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from aibaro import estimate, weights
from aibaro.design import Design
from aibaro.errors import InputError, UnsupportedError
from aibaro.weights import WeightResult

ROWS = pd.DataFrame(
    {
        "size": list("ssssssllll"),
        "sector": list("xyxyxyxyxx"),
        "plant": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5],
        "N": [60] * 6 + [20] * 4,
        "staff": [3.0, 5, 4, 8, 2, 6, 90, 70, 110, 80],
        "ai": [0, 1, 0, 0, 1, 0, 1, 1, 0, 1],
    }
)
MARGINS = {"size": {"s": 60, "l": 20}, "sector": {"x": 45, "y": 35}}
NUMBER = {"size": MARGINS["size"], "staff": 2100.0}


def raked() -> WeightResult:
    return weights.rake(ROWS, MARGINS)


def numeric() -> WeightResult:
    return weights.calibrate(ROWS, NUMBER, distance="raking")


def test_a_design_carries_the_steps_and_compares_no_sums_with_the_population() -> None:
    design = raked().design(strata="size", population="N")
    assert design.rows is not None
    assert [step.names for step in design.rows.calibration] == [("size=s", "size=l", "sector=x", "sector=y")]
    plain = weights.base(ROWS, strata="size", population="N").design(strata="size", population="N")
    assert plain.rows is not None
    assert plain.rows.calibration == ()


def test_residuals_lower_the_standard_error_where_auxiliaries_explain() -> None:
    result = numeric()
    taken_as_given = Design.from_frame(result.frame, strata="size", weight="weight")
    given = estimate.mean(result.frame, "staff", design=taken_as_given)
    own = estimate.mean(result, "staff", design=result.design(strata="size"))
    assert given.estimate[0] == pytest.approx(own.estimate[0], rel=1e-12)
    assert own.std_error[0] < 1e-6 < given.std_error[0]


def test_another_scale_of_calibrated_weights_leaves_means_and_their_errors() -> None:
    for result in (raked(), numeric()):
        scaled = weights.normalize(result)
        one, two = (
            estimate.mean(r, ["ai", "staff"], design=r.design(strata="size", psu="plant"), by="sector")
            for r in (result, scaled)
        )
        np.testing.assert_allclose(two.estimate, one.estimate, rtol=1e-12)
        np.testing.assert_allclose(two.std_error, one.std_error, rtol=1e-9)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: weights.trim(raked(), upper=12, within=[]), "changed by trim"),
        (lambda: weights.normalize(raked(), within="sector"), "changed by normalize"),
        (lambda: weights.calibrate(raked(), {"staff": 2100.0}), "several calibrating steps"),
    ],
    ids=["trim", "normalize", "numeric"],
)
def test_histories_without_a_residual_variance_are_refused(make: Callable[[], WeightResult], text: str) -> None:
    with pytest.raises(UnsupportedError, match=text) as caught:
        make().design(strata="size")
    assert caught.value.faults[0].hint
    assert caught.value.faults[0].got.startswith(("rake", "calibrate"))


def test_what_needs_more_than_cells_is_refused() -> None:
    result = numeric()
    design = result.design(strata="size")
    with pytest.raises(UnsupportedError, match="quantiles are not offered"):
        estimate.quantile(result, "staff", design=design)
    with pytest.raises(UnsupportedError, match="tests of independence are not offered"):
        estimate.chi_square(result, "ai", "sector", design=design)
    with pytest.raises(InputError, match="lack the weights before calibration"):
        estimate.mean(result.frame, "staff", design=design)
    # replicates serve what sums by cells do not
    made = weights.replicates(result, design=design)
    assert estimate.quantile(made.frame, "staff", design=made.design()).std_error[0] > 0
    assert estimate.chi_square(made.frame, "ai", "sector", design=made.design()).n == len(ROWS)


def test_replicates_take_a_numeric_step_after_another_anew() -> None:
    rng = np.random.default_rng(4)
    rows = pd.DataFrame(
        {"h": rng.choice(list("ab"), 300), "g": rng.choice(list("xyz"), 300), "x": rng.gamma(4, 2, 300)}
    )
    rows["y"] = 2 * rows["x"] + 3 * (rows["g"] == "x") + rng.normal(0, 2, 300)
    population = {"a": 3000, "b": 4000}
    design = Design.from_frame(rows, strata="h", population=population)
    first = weights.poststratify(
        weights.base(rows, strata="h", population=population), {"x": 2500, "y": 2300, "z": 2200}, by="g"
    )
    last = weights.calibrate(first, {"x": 57_000.0, "h": population})
    with pytest.raises(UnsupportedError, match=r"weights\.replicates"):
        last.design()
    made = weights.replicates(last, design=design)
    with pytest.raises(InputError, match="its frame"):
        estimate.mean(made, "y", design=made.design())
    found = estimate.mean(made.frame, "y", design=made.design())
    # by hand: the residual of the last step first, each with the weights that its step started from
    w0 = rows["h"].map(population) / rows.groupby("h")["h"].transform("size")
    w1, w2 = first.frame["weight"].to_numpy(), last.frame["weight"].to_numpy()
    y = rows["y"].to_numpy()
    u = (y - np.average(y, weights=w2)) / w2.sum()
    for x, d in (
        (np.column_stack([rows["x"], pd.get_dummies(rows["h"]).to_numpy(float)]), w1),
        (pd.get_dummies(rows["g"]).to_numpy(float), w0.to_numpy()),
    ):
        u = u - x @ np.linalg.solve(x.T @ (x * d[:, None]), x.T @ (d * u))
    z = pd.Series(w2 * u)
    variance = 0.0
    for level, part in z.groupby(rows["h"]):
        variance += (1 - len(part) / population[str(level)]) * len(part) * part.var()
    # a jackknife exceeds it by about as many units as there are totals, here 5 of 300
    assert np.sqrt(variance) < found.std_error[0] < np.sqrt(variance) * (1 + 2 * 5 / 300)


def test_the_argument_of_an_estimate_names_the_residuals() -> None:
    result = estimate.mean(raked(), "staff", design=raked().design(strata="size"))
    assert "(w e - mean)²" in result.explain()
    assert "e = u - x'B" in result.explain()
    assert "w_i e_i" in result.explain(style="latex")
    assert result.contributions()["variance"].sum() == pytest.approx(result.std_error[0] ** 2, rel=1e-12)
    plain = estimate.mean(ROWS, "staff", design=Design.from_frame(ROWS, strata="size", population="N"))
    assert "(w u - mean)²" in plain.explain()


def test_weights_that_are_not_positive_name_their_stratum() -> None:
    negative = weights.calibrate(ROWS, {"size": MARGINS["size"], "staff": 400.0})
    assert (negative.frame["weight"] < 0).any()
    with pytest.raises(InputError, match="bounds= keep calibrated weights positive"):
        negative.design(strata="size")


def test_scripts_say_that_weights_were_calibrated() -> None:
    design = raked().design(strata="size")
    for script, mark in ((design.to_r(), "# "), (design.to_stata(), "* "), (design.to_spss(), "* ")):
        assert f"{mark}The weights are taken as given here. They were calibrated to size=s" in script
    assert "calibrated" not in Design.from_frame(ROWS, strata="size", population="N").to_r()


def test_weights_and_a_design_that_does_not_read_them_are_told_apart() -> None:
    other = Design.from_frame(ROWS, strata="size", population="N")
    with pytest.raises(InputError, match=r"result\.design"):
        estimate.mean(raked(), "staff", design=other)
    with pytest.raises(InputError, match=r"result\.design"):
        Design.from_frame(raked(), strata="size", population="N")
    given = Design.from_frame(raked().frame, strata="size", weight="weight")
    assert estimate.mean(raked(), "staff", design=given).n[0] == len(ROWS)


def test_tables_of_residuals_may_be_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    from aibaro.estimate import _calibrated as calibrated

    for result in (raked(), numeric()):
        design = result.design(strata="size")
        whole = estimate.mean(result, ["ai", "staff"], design=design, by=["plant", "sector"]).std_error
        with monkeypatch.context() as patch:
            patch.setattr(calibrated, "TABLE", 1)
            cut = estimate.mean(result, ["ai", "staff"], design=design, by=["plant", "sector"]).std_error
        np.testing.assert_allclose(cut, whole, rtol=1e-12)


def test_a_stale_design_is_an_error_or_right() -> None:
    first = raked()
    second = weights.poststratify(first, {"plant": {1: 20, 2: 15, 3: 15, 4: 20, 5: 10}})
    design = first.design(strata="size")
    # both add up to the same total: the steps tell them apart, and in a frame the squares of the weights
    for data in (second, second.frame):
        with pytest.raises(InputError, match="the design belongs to other weights"):
            estimate.mean(data, "staff", design=design)
        with pytest.raises(InputError, match="the design belongs to other weights"):
            estimate.proportion(data, "sector", design=design)
        with pytest.raises(InputError, match="the design belongs to other weights"):
            estimate.chi_square(data, "sector", "ai", design=design)
    with pytest.raises(InputError, match="the design belongs to other weights"):
        estimate.quantile(second.frame, "staff", design=design)
    own = second.design(strata="size")
    assert estimate.mean(second.frame, "staff", design=own).std_error == pytest.approx(
        estimate.mean(second, "staff", design=own).std_error
    )


def test_a_constant_column_of_weights_that_changed_is_found() -> None:
    rows = ROWS.assign(w=8.0)
    design = Design.from_frame(rows, strata="size", weight="w")
    with pytest.raises(InputError, match="another sum of weights"):
        estimate.mean(rows.assign(w=9.0), "staff", design=design)


def test_a_design_keeps_the_strata_that_the_weights_know() -> None:
    base = weights.base(ROWS, strata="size", population="N")
    result = weights.rake(base, MARGINS)
    assert result.design().variables == ("size",)
    assert result.design(strata=[]).variables == ()
    assert result.design(strata="sector").variables == ("sector",)
    assert raked().design().variables == ()
