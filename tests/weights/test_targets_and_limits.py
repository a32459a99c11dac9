"""Shares that nearly add up, percentages, limits of weights, weights of any size, and arguments of a wrong kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aibaro import estimate, weights
from aibaro.design import Design
from aibaro.errors import ConflictError, InputError, UnsupportedError


def _rows() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    n = 300
    return pd.DataFrame(
        {
            "age": rng.choice([1, 2, 3], n),
            "sex": rng.choice(["m", "f"], n),
            "x": rng.normal(10, 2, n),
            "d": rng.lognormal(0, 1, n),
        }
    )


ROWS = _rows()
AGE = {1: 0.3, 2: 0.35, 3: 0.35}
COUNTS = {"age": {1: 3000, 2: 3500, 3: 3500}, "sex": {"m": 4800, "f": 5200}}
STRATA = pd.DataFrame({"size": ["s", "l"], "population": [100, 40], "respondents": [4, 4]})
Step = Callable[[dict[str, dict[Any, float]]], weights.WeightResult]
STEPS: dict[str, Step] = {
    "rake": lambda m: weights.rake(ROWS, m),
    "calibrate": lambda m: weights.calibrate(ROWS, m),
    "poststratify": lambda m: weights.poststratify(ROWS, m),
}


def keys(result: weights.WeightResult) -> list[str]:
    return [note.key.removeprefix("weights.") for note in result.notes]


@pytest.mark.parametrize("step", STEPS)
def test_shares_within_one_percent_are_rescaled_with_a_note(step: str) -> None:
    made = STEPS[step]({"sex": {"m": 0.49, "f": 0.509}})
    assert made.frame["weight"].sum() == pytest.approx(len(ROWS), rel=1e-9)
    assert made.frame["weight"][ROWS["sex"] == "m"].sum() == pytest.approx(len(ROWS) * 0.49 / 0.999, rel=1e-9)
    assert keys(made) == ["rescaled"]
    assert "note: sex: the shares add up to 0.999" in made.summary()
    assert not keys(STEPS[step]({"sex": {"m": 0.49, "f": 0.51}}))
    with pytest.raises(InputError, match="shares do not add up to one"):
        STEPS[step]({"sex": {"m": 0.49, "f": 0.48}})


@pytest.mark.parametrize("step", STEPS)
def test_percentages_make_no_population_of_a_hundred_in_silence(step: str) -> None:
    made = STEPS[step]({"sex": {"m": 49.3, "f": 50.6}})
    assert made.frame["weight"].sum() == pytest.approx(len(ROWS), rel=1e-9)
    assert keys(made) == ["read_as_percent", "rescaled"]
    whole = STEPS[step]({"sex": {"m": 49, "f": 51}})
    assert keys(whole) == ["read_as_counts"]
    assert "population of that size" in whole.summary()


def test_shares_of_several_margins_may_miss_one_by_different_amounts() -> None:
    made = weights.rake(ROWS, {"age": {1: 0.333, 2: 0.333, 3: 0.333}, "sex": {"m": 0.49, "f": 0.51}}, total=5000)
    assert made.frame["weight"].sum() == pytest.approx(5000)
    assert made.residual < 1e-9


def test_units_that_are_named_are_kept() -> None:
    percent = {"sex": {"m": 49, "f": 51}}
    assert weights.rake(ROWS, percent, units="percent").frame["weight"].sum() == pytest.approx(len(ROWS))
    assert not weights.rake(ROWS, percent, units="percent").notes
    assert weights.rake(ROWS, percent, units="counts").frame["weight"].sum() == pytest.approx(100)
    assert not weights.rake(ROWS, percent, units="counts").notes
    # beside the size of a population they can only be percentages
    sized = weights.rake(ROWS, percent, total=5000)
    assert sized.frame["weight"].sum() == pytest.approx(5000)
    assert keys(sized) == ["read_as_percent"]
    with pytest.raises(InputError, match="do not add up to the size of the population"):
        weights.rake(ROWS, {"sex": {"m": 490, "f": 510}}, total=5000)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0, "many", None, ""])
def test_a_total_that_is_none_names_its_level(bad: Any) -> None:
    with pytest.raises(InputError, match="'f'"):
        weights.base(ROWS, strata="sex", population={"m": 900, "f": bad})
    with pytest.raises(InputError, match="'f'"):
        Design.from_frame(ROWS, strata="sex", population={"m": 900, "f": bad})
    table = pd.DataFrame({"sex": ["m", "f"], "population": pd.Series([900, bad], dtype=object)})
    with pytest.raises(InputError, match="'f'"):
        Design.from_frame(ROWS, strata="sex", population=table)
    with pytest.raises(InputError, match="'f'"):
        weights.poststratify(ROWS, table)


@pytest.mark.parametrize(
    ("scale", "upper"), [("absolute", 90.0), ("mean", 2.0), ("median", 3.0), ("percentile", 95), ("deff", 1.5)]
)
def test_raking_within_limits_meets_margins_and_limits(scale: str, upper: float) -> None:
    free = weights.rake(ROWS, COUNTS, weight="d")
    made = weights.rake(ROWS, COUNTS, weight="d", upper=upper, scale=scale)
    weight, old = made.frame["weight"], free.frame["weight"]
    cap = {
        "absolute": 90.0,
        "mean": 2 * old.mean(),
        "median": 3 * old.median(),
        "percentile": np.quantile(old, 0.95),
        "deff": weight.max(),
    }[scale]
    assert weight.max() <= cap * (1 + 1e-12)
    assert made.margins()["residual"].max() < 1e-9
    kish = len(weight) * (weight**2).sum() / weight.sum() ** 2
    if scale == "deff":
        assert 1.49 < kish <= 1.5
    inside = weight < cap * (1 - 1e-9)
    assert 0 < (~inside).sum() < len(ROWS)
    # those inside the limits keep the ratio of their old weights within a cell of the margins
    ratio = (weight / ROWS["d"])[inside].groupby([ROWS["age"], ROWS["sex"]]).agg(["min", "max"])
    np.testing.assert_allclose(ratio["min"], ratio["max"], rtol=1e-9)
    assert keys(made) == ["at_limit"]


@pytest.mark.parametrize("frame", [pl.from_pandas, lambda rows: pl.from_pandas(rows).lazy(), duckdb.from_df])
def test_limits_are_the_same_in_every_library(frame: Callable[[pd.DataFrame], Any]) -> None:
    for options in ({"upper": 95, "scale": "percentile"}, {"upper": 3.0, "scale": "median"}):
        own = weights.rake(ROWS, COUNTS, weight="d", **options)
        other = weights.rake(frame(ROWS), COUNTS, weight="d", **options)
        assert other.after.largest == pytest.approx(own.after.largest, rel=1e-9)
        assert other.residual < 1e-9
        ours, theirs = (estimate.mean(r, "x", design=r.design(), by="sex").std_error.tolist() for r in (own, other))
        assert theirs == pytest.approx(ours, rel=1e-8)
        cut = weights.trim(frame(ROWS), weight="d", within=[], **options)
        assert cut.after.largest == pytest.approx(
            weights.trim(ROWS, weight="d", within=[], **options).after.largest, rel=1e-9
        )


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4, 1e-7, 1e-10])
def test_raking_goes_on_until_its_tolerance_and_no_further(tolerance: float) -> None:
    made = weights.rake(ROWS, COUNTS, weight="d", tolerance=tolerance)
    # a loop by hand, counted in rounds over both margins
    w, rounds, residual = ROWS["d"].copy(), 0, np.inf
    while residual > tolerance:
        rounds += 1
        for name, wanted in COUNTS.items():
            w *= ROWS[name].map(wanted) / w.groupby(ROWS[name]).transform("sum")
        residual = max(
            abs(w.groupby(ROWS[name]).sum() / pd.Series(wanted) - 1).max() for name, wanted in COUNTS.items()
        )
    assert made.history[-1].fit.iterations == rounds
    np.testing.assert_allclose(made.frame["weight"], w, rtol=1e-10)
    assert made.residual == pytest.approx(residual, rel=1e-2, abs=1e-14)


@pytest.mark.parametrize("limit", ["lower", "upper"])
def test_a_limit_at_the_mean_of_a_class_makes_its_weights_equal(limit: str) -> None:
    rows = pd.DataFrame({"size": ["s", "s", "l"], "d": [1.0, 3.0, 2.0]})
    made = weights.trim(rows, within="size", weight="d", **{limit: 2.0})
    assert made.frame["weight"].tolist() == [2.0, 2.0, 2.0]
    # every weight ends on the limit, so that nothing is searched
    assert made.history[-1].fit.iterations == 1
    beyond = 2.0 * (1 + 1e-9) if limit == "lower" else 2.0 * (1 - 1e-9)
    with pytest.raises(InputError, match="limits beyond the mean weight") as caught:
        weights.trim(rows, within="size", weight="d", **{limit: beyond})
    assert [fault.where for fault in caught.value.faults] == ["'l'", "'s'"]


def test_limits_that_leave_no_room_name_the_levels() -> None:
    with pytest.raises(ConflictError, match="no weights within the limits") as caught:
        weights.rake(ROWS, COUNTS, weight="d", upper=25.0)
    assert {fault.parameter for fault in caught.value.faults} <= {"age", "sex"}
    assert caught.value.faults[0].problem == "rows within the limits cannot make this total"
    with pytest.raises(InputError, match="no limit of the weights reaches"):
        weights.trim(ROWS, weight="d", within=["age", "sex"], upper=1.0 + 1e-9, scale="deff")


def test_each_level_that_its_rows_cannot_make_is_named_and_no_other() -> None:
    rows = pd.DataFrame({"a": ["p", "p", "q", "q", "r", "r"], "b": ["u", "v"] * 3})
    margins = {"a": {"p": 2.0, "q": 7.0, "r": 4.0}, "b": {"u": 6.0, "v": 7.0}}
    with pytest.raises(ConflictError) as caught:
        weights.rake(rows, margins, lower=1.5, upper=3.0)
    # two rows from 1.5 to 3 make 3 to 6
    found = [(f.parameter, f.where, f.expected, f.got) for f in caught.value.faults]
    assert found == [("a", "'p'", "2", "3 to 6 from 2 rows"), ("a", "'q'", "7", "3 to 6 from 2 rows")]


def test_limits_are_percentiles_of_the_weights() -> None:
    made = weights.trim(ROWS, weight="d", within=[], lower=10, upper=90, scale="percentile")
    low, high = np.quantile(ROWS["d"], [0.1, 0.9])
    assert (made.history[-1].fit.notes["lower"], made.history[-1].fit.notes["upper"]) == (low, high)
    raked = weights.rake(ROWS, COUNTS, weight="d", lower=10.0, upper=90.0)
    assert (raked.history[-1].fit.notes["lower"], raked.history[-1].fit.notes["upper"]) == (10.0, 90.0)


def test_weights_at_a_limit_do_not_regress_on_the_margins() -> None:
    made = weights.rake(ROWS, COUNTS, weight="d", upper=90.0)
    design = made.design()
    # the totals of the margins are known
    ones = made.working_frame.assign(one=1.0)
    assert (estimate.total(ones, "one", design=design, by="sex").std_error < 1e-6).all()
    # by hand: residuals on the margins from the rows that may still move
    w, d, x = made.frame["weight"].to_numpy(), ROWS["d"].to_numpy(), ROWS["x"].to_numpy()
    u = (x - (w * x).sum() / w.sum()) / w.sum()
    z = np.hstack([pd.get_dummies(ROWS[v]).to_numpy(dtype=float) for v in ("age", "sex")])
    free = w < 90.0
    root = np.sqrt(np.where(free, d, 0.0))
    e = u - z @ np.linalg.lstsq(z * root[:, None], u * root, rcond=None)[0]
    n = len(w)
    expected = np.sqrt(n / (n - 1) * ((w * e - (w * e).mean()) ** 2).sum())
    assert estimate.mean(made, "x", design=design).std_error[0] == pytest.approx(expected, rel=1e-9)


def test_trimming_reports_how_far_the_margins_moved() -> None:
    raked = weights.rake(ROWS, COUNTS, weight="d")
    cut = weights.trim(raked, upper=100.0, within=[])
    moved = cut.margins().query("domain == 'sex'")
    after = cut.frame["weight"].groupby(ROWS["sex"]).sum()
    assert moved.set_index("level")["after"].to_dict() == pytest.approx(after.to_dict())
    assert cut.residual == pytest.approx(cut.margins()["residual"].max())
    assert cut.residual > 1e-3
    assert keys(cut) == ["at_limit", "margins_moved"]
    with pytest.raises(UnsupportedError, match="changed by trim") as caught:
        cut.design()
    assert "rake" in caught.value.faults[0].hint
    again = weights.rake(cut, COUNTS)
    assert again.residual < 1e-9
    design = again.design()
    assert [note.key for note in design.notes] == ["design.steps_given"]
    # the residual of the last step, from the weights it started with
    own = weights.rake(cut.frame, COUNTS, weight="weight", name="again")
    expected = estimate.mean(own, "x", design=own.design()).std_error[0]
    assert estimate.mean(again, "x", design=design).std_error[0] == pytest.approx(expected, rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(-160, 160), st.sampled_from(["rake", "linear", "raking", "poststratify", "number"]))
def test_weights_of_any_size_are_calibrated_alike(exponent: int, step: str) -> None:
    make: dict[str, Callable[[pd.DataFrame], weights.WeightResult]] = {
        "rake": lambda rows: weights.rake(rows, COUNTS, weight="w"),
        "linear": lambda rows: weights.calibrate(rows, COUNTS, weight="w"),
        "raking": lambda rows: weights.calibrate(rows, COUNTS, weight="w", distance="raking"),
        "poststratify": lambda rows: weights.poststratify(rows, {"sex": COUNTS["sex"]}, weight="w"),
        "number": lambda rows: weights.calibrate(rows, {"sex": COUNTS["sex"], "x": 101_000.0}, weight="w"),
    }
    plain, scaled = (make[step](ROWS.assign(w=ROWS["d"] * f)) for f in (1.0, 10.0**exponent))
    np.testing.assert_allclose(scaled.frame["weight"], plain.frame["weight"], rtol=1e-7)
    assert scaled.before.kish_ratio == pytest.approx(plain.before.kish_ratio, rel=1e-9)
    assert scaled.margins()["residual"].max() < 1e-7


def test_a_calibration_that_misses_its_totals_is_refused() -> None:
    with pytest.raises(ConflictError, match="too far from the sums of the weights before") as caught:
        weights.calibrate(ROWS.assign(w=ROWS["d"] * 1e15), {"x": 10_100.0}, weight="w")
    assert caught.value.faults[0].parameter == "x"


BAD: list[tuple[str, Callable[[], object]]] = [
    ("margin None", lambda: weights.calibrate(ROWS, {"x": None})),
    ("margin text", lambda: weights.calibrate(ROWS, {"x": "abc"})),
    ("margins list", lambda: weights.rake(ROWS, [1, 2])),
    ("margins None", lambda: weights.rake(ROWS, None)),
    ("rows list", lambda: weights.rake([1], COUNTS)),
    ("upper text", lambda: weights.trim(ROWS, upper="p95", within=[], weight="d")),  # type: ignore[arg-type]
    ("upper NaN", lambda: weights.trim(ROWS, upper=float("nan"), within=[], weight="d")),
    ("scale", lambda: weights.trim(ROWS, upper=3.0, within=[], weight="d", scale=None)),  # type: ignore[arg-type]
    ("percentile", lambda: weights.trim(ROWS, upper=101, within=[], weight="d", scale="percentile")),
    ("within", lambda: weights.trim(ROWS, upper=3.0, within=3, weight="d")),  # type: ignore[arg-type]
    ("weight", lambda: weights.rake(ROWS, COUNTS, weight=3)),  # type: ignore[arg-type]
    ("name", lambda: weights.rake(ROWS, COUNTS, name=3)),  # type: ignore[arg-type]
    ("tolerance", lambda: weights.rake(ROWS, COUNTS, tolerance="x")),  # type: ignore[arg-type]
    ("rounds", lambda: weights.rake(ROWS, COUNTS, max_iterations=0.5)),  # type: ignore[arg-type]
    ("total", lambda: weights.rake(ROWS, {"age": AGE}, total="many")),  # type: ignore[arg-type]
    ("units", lambda: weights.rake(ROWS, COUNTS, units=None)),  # type: ignore[arg-type]
    ("by", lambda: weights.rake(ROWS, COUNTS, by=3)),  # type: ignore[arg-type]
    ("bounds", lambda: weights.calibrate(ROWS, COUNTS, bounds=3)),  # type: ignore[arg-type]
    ("distance", lambda: weights.calibrate(ROWS, COUNTS, distance=["linear"])),  # type: ignore[arg-type]
    ("codes", lambda: weights.nonresponse(ROWS, disposition="sex", classes="age", codes=3)),  # type: ignore[arg-type]
    ("strata", lambda: weights.base(ROWS, strata=3, population={"m": 1})),  # type: ignore[arg-type]
    ("population", lambda: weights.base(ROWS, strata="sex", population=[1, 2])),
    ("probability", lambda: weights.base(ROWS, probability=3)),  # type: ignore[arg-type]
    ("to", lambda: weights.normalize(ROWS, to="many")),
    ("design strata", lambda: Design.from_frame(ROWS, strata=3, weight="d")),  # type: ignore[arg-type]
    ("design psu", lambda: Design.from_frame(ROWS, psu=["sex", "sex"], weight="d")),
    ("design weight", lambda: Design.from_frame(ROWS, weight=["d"])),  # type: ignore[arg-type]
    ("design population", lambda: Design.from_frame(ROWS, strata="sex", population=object(), weight="d")),
    ("design rate", lambda: Design.from_frame(ROWS, strata="sex", rate={"m": 1.5, "f": 0.1}, weight="d")),
    ("design single", lambda: Design.from_frame(ROWS, weight="d", single=1)),  # type: ignore[arg-type]
    ("design kind", lambda: Design.from_frame(ROWS, weight="d", kind="BRR")),
    ("design replicates", lambda: Design.from_frame(ROWS, weight="d", replicates="rw*", kind="BRR")),
    ("design center", lambda: Design.from_frame(ROWS, weight="d", replicates=["x", "d"], kind="BRR", center="mean")),
    ("design rho", lambda: Design.from_frame(ROWS, weight="d", replicates=["x", "d"], kind="Fay", rho=1)),
    ("design rscales", lambda: Design.from_frame(ROWS, weight="d", replicates=["x", "d"], kind="JKn", rscales=[1])),
    ("design text", lambda: Design.from_frame(ROWS, weight="d", replicates=["x", "sex"], kind="BRR")),
    ("strata table", lambda: Design.from_strata([1, 2])),  # type: ignore[arg-type]
    ("strata variables", lambda: Design.from_strata(STRATA, variables=3)),  # type: ignore[arg-type]
    ("domain", lambda: Design.from_strata(STRATA).domain(size=3)),  # type: ignore[arg-type]
    ("from strata", lambda: weights.from_strata(3)),  # type: ignore[arg-type]
    ("sizes", lambda: weights.domain_sizes(Design.from_strata(STRATA), 3)),  # type: ignore[arg-type]
    ("unit", lambda: weights.rake(ROWS, COUNTS).explain(3)),  # type: ignore[arg-type]
    ("rounds of raking", lambda: weights.rake(ROWS, COUNTS).explain_raking(rounds="x")),  # type: ignore[arg-type]
    ("replay", lambda: weights.rake(ROWS, COUNTS).replay(3)),
    ("replicates", lambda: weights.replicates(ROWS, design="none")),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("name", "call"), BAD, ids=[name for name, _ in BAD])
def test_arguments_of_a_wrong_kind_answer_in_one_form(name: str, call: Callable[[], object]) -> None:
    with pytest.raises((InputError, ConflictError)) as caught:
        call()
    fault = caught.value.faults[0]
    assert fault.problem
    assert fault.parameter, name


def test_notes_of_a_design_say_what_a_reader_should_know() -> None:
    rows = ROWS.assign(plant=np.arange(len(ROWS)) % 5, **{f"rw{r}": ROWS["d"] for r in range(1, 5)})
    nested = Design.from_frame(rows, strata="sex", psu="plant", weight="d")
    assert [note.key for note in nested.notes] == ["design.nested", "design.replicates_unused"]
    assert "'0'; '1'; '2'; and 2 more" in nested.notes[0].text()
    assert nested.degrees_of_freedom == 10 - 2
    assert "note: labels of plant" in estimate.mean(rows, "x", design=nested).summary()
    assert nested.notes[0].text("nl").startswith("labels van plant")


def test_a_variable_with_the_name_of_a_computed_column_is_refused() -> None:
    for name in ("final_weight", "response_rate", "fraction", "sampling_rate"):
        table = pd.DataFrame({name: ["a", "b"], "population": [10, 20], "sample": [6, 8], "respondents": [5, 8]})
        with pytest.raises(InputError, match="name of a computed column"):
            weights.from_strata(Design.from_strata(table))


def test_a_coarser_class_is_proposed_only_where_both_limits_can_be_kept() -> None:
    rows = pd.DataFrame({"g": list("xxxxyyyy"), "h": list("abab" * 2), "w": [1.0] * 4 + [9.0] * 4})
    # x has a mean of 1, below the lower limit; a and b have 5
    with pytest.raises(InputError) as error:
        weights.trim(rows, lower=3, upper=20, within=["g", "h"], weight="w")
    assert {fault.hint for fault in error.value.faults} == {"keep the totals of a coarser class: within=['h']"}
    kept = weights.trim(rows, lower=3, upper=20, within="h", weight="w").frame
    assert kept.groupby("h")["weight"].sum().tolist() == [20, 20]
    assert kept["weight"].min() == 3
