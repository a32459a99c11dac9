"""Law of the conservative intervals: whatever table was printed, each interval of its microdata lies inside."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.laws.test_reconstruct_laws import DOMAINS, Known, write

from aibaro import estimate
from aibaro.design import Design
from aibaro.estimate.intervals import METHODS
from aibaro.reconstruct import Bounder, Effort, bounds_frame, bounds_with_intervals, own_item
from aibaro.reconstruct._covering_intervals import domain_size

pytest.importorskip("ortools")
SETTINGS = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@st.composite
def tables(draw: st.DrawFn, largest: int) -> Known:
    """Draw known respondents; often nobody, everybody or a single one has the item."""
    n = draw(st.lists(st.integers(2, largest), min_size=4, max_size=4))
    population = [k + draw(st.integers(0, 60) | st.integers(200, 4000)) for k in n]
    y = [draw(st.integers(1, k)) for k in n]
    shape = draw(st.sampled_from(["nobody", "everybody", "one", "all but one", "any"]))
    if shape == "any":
        x = [draw(st.integers(0, k)) for k in y]
    else:
        x = [0] * 4 if shape in {"nobody", "one"} else list(y)
        if shape in {"one", "all but one"}:
            x[draw(st.integers(0, 3))] += 1 if shape == "one" else -1
    return population, n, y, x, draw(st.integers(0, 2))


def microdata_intervals(known: Known, item: str, method: str) -> pd.DataFrame:
    """The intervals that the respondents themselves give."""
    population, n, y, x, _ = known
    table = pd.DataFrame({"a": ["0", "0", "1", "1"], "b": ["0", "1", "0", "1"]})
    table = table.assign(population=population, respondents=n)
    counts = table[["a", "b"]].assign(base=y, item=x)
    among = {"base": "base"} if item == "item" else {}
    design = Design.from_strata(table)
    frames = [
        estimate.proportion(counts, item, design=design, by=by, interval=method, **among).to_frame()
        for by in (None, "a", "b")
    ]
    return pd.concat(frames, ignore_index=True)


def hold(known: Known, item: str, among: str, effort: Effort | None = None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        survey = write(known, Path(folder))
        system = own_item(survey, item, among)
        kept = bounds_frame(Bounder(system, effort).rows())
        for method in METHODS:
            wide = bounds_with_intervals(survey, bounds=kept, method=method).set_index(["domain", "level"])
            own = microdata_intervals(known, item, method)
            for row in own.to_dict(orient="records"):
                outer = wide.loc[(row["domain"], row["level"])]
                assert outer["conf_low"] <= max(row["conf_low"], 0.0) + 1e-9, (method, row)
                assert outer["conf_high"] >= min(row["conf_high"], 1.0) - 1e-9, (method, row)


@SETTINGS
@given(tables(largest=4))
@example(([64, 3, 64, 64], [4, 3, 4, 4], [1, 3, 1, 4], [0, 0, 0, 0], 1))
@example(([4004, 3, 64, 64], [4, 3, 4, 4], [1, 3, 1, 4], [0, 1, 0, 0], 0))
def test_microdata_intervals_among_a_base_lie_inside(known: Known) -> None:
    hold(known, "item", "users")


@SETTINGS
@given(tables(largest=5))
def test_microdata_intervals_of_everybody_lie_inside(known: Known) -> None:
    population, n, _, x, decimals = known
    hold((population, n, x, x, decimals), "base", "all")


@settings(SETTINGS, max_examples=5)
@given(tables(largest=25))
def test_they_do_where_domains_cannot_be_enumerated(known: Known) -> None:
    hold(known, "item", "users", Effort(work=1.0, whole_work=1.0, nodes=1))


@settings(SETTINGS, max_examples=60)
@given(tables(largest=40), st.integers(0, 4))
def test_sizes_and_the_error_at_a_share_hold_the_table(known: Known, which: int) -> None:
    population, n, y, *_ = known
    with tempfile.TemporaryDirectory() as folder:
        system = own_item(write(known, Path(folder)), "item", "users")
    members = list(DOMAINS.values())[which]
    size = domain_size(system, members)
    weights = np.array([population[h] / n[h] for h in members])
    inside = np.array([y[h] for h in members])
    total = float(weights @ inside)
    slack = 1e-9
    assert size.n[0] <= inside.sum() <= size.n[1]
    assert size.weight[0] * (1 - slack) <= total <= size.weight[1] * (1 + slack)
    assert size.kish <= total**2 / float(weights**2 @ inside) * (1 + slack)
    assert size.df[0] <= sum(max(v - 1, 0) for v in inside) <= size.df[1]
    own = microdata_intervals(known, "item", "wald").set_index(["domain", "level"]).loc[list(DOMAINS)[which]]
    assert own["df_design"] >= size.df[0]
    if 0 < own["estimate"] < 1:
        assert min(own["estimate"], 1 - own["estimate"]) >= size.first * (1 - slack)
        assert own["std_error"] <= size.largest_error(np.array([own["estimate"]]))[0] * (1 + slack)
