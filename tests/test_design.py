"""The design of a table of strata: its laws, its faults, and the published strata."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.published import load

GOOD = pd.DataFrame(
    {
        "size": ["small", "small", "large", "large"],
        "sector": ["trade", "care", "trade", "care"],
        "population": [100, 50, 20, 10],
        "sample": [40, 20, 20, 10],
        "respondents": [10, 5, 8, 10],
    }
)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Any table of strata with 1 <= n_h <= s_h <= N_h, up to national size."""
    rows = []
    for index in range(draw(st.integers(1, 15))):
        respondents = draw(st.integers(1, 10**5))
        sample = respondents + draw(st.integers(0, 10**5))
        population = sample + draw(st.integers(0, 10**9))
        rows.append((f"s{index % 4}", f"b{index // 4}", population, sample, respondents))
    return pd.DataFrame(rows, columns=["size", "sector", "population", "sample", "respondents"])


@given(tables())
def test_weights_add_up_to_the_population_each_stratum_and_each_margin(table: pd.DataFrame) -> None:
    design = Design.from_strata(table)
    totals = [w * n for w, n in zip(design.exact_weights, design.respondents.tolist(), strict=True)]
    assert totals == table["population"].tolist()
    assert sum(totals) == int(table["population"].sum())
    for variable in design.variables:
        for level, size in table.groupby(variable)["population"].sum().items():
            mask = design.domain(**{str(variable): str(level)})
            assert sum(t for t, inside in zip(totals, mask, strict=True) if inside) == int(size)


@given(tables(), st.randoms(use_true_random=False))
def test_weights_do_not_depend_on_row_order_or_labels(table: pd.DataFrame, random: object) -> None:
    order = list(range(len(table)))
    random.shuffle(order)  # type: ignore[attr-defined]
    weights = Design.from_strata(table).exact_weights
    turned = Design.from_strata(table.iloc[order])
    assert turned.exact_weights == tuple(weights[i] for i in order)
    renamed = table.assign(size="~" + table["size"], sector=table["sector"].str.upper())
    assert Design.from_strata(renamed).exact_weights == weights


@given(tables(), st.integers(1, 50))
def test_scaling_the_population_scales_the_weights(table: pd.DataFrame, factor: int) -> None:
    scaled = Design.from_strata(table.assign(population=table["population"] * factor))
    assert scaled.exact_weights == tuple(factor * w for w in Design.from_strata(table).exact_weights)


@given(tables())
def test_floats_follow_the_exact_values_and_input_stays_as_it_was(table: pd.DataFrame) -> None:
    before = table.copy()
    design = Design.from_strata(table)
    pd.testing.assert_frame_equal(table, before)
    np.testing.assert_allclose(design.weights, [float(w) for w in design.exact_weights], rtol=1e-15)
    np.testing.assert_allclose(design.fractions * design.weights, 1.0, rtol=1e-15)
    assert design.degrees_of_freedom == int(table["respondents"].sum()) - len(table)


@given(tables())
def test_a_domain_and_the_rest_make_the_whole(table: pd.DataFrame) -> None:
    design = Design.from_strata(table)
    levels = sorted(set(table["size"]))
    masks = [design.domain(size=level) for level in levels]
    assert np.sum(masks, axis=0).tolist() == [1] * design.size
    assert design.domain(size=levels).all()
    assert design.domain().all()


def test_variables_are_all_columns_but_the_counts_or_those_named() -> None:
    assert Design.from_strata(GOOD).variables == ("size", "sector")
    noted = GOOD.assign(note="x")
    assert Design.from_strata(noted, variables=["sector", "size"]).variables == ("sector", "size")
    assert Design.from_strata(GOOD.drop(columns="sample")).sample is None


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("respondents", 101, "more respondents than units"),
        ("respondents", 0, "without respondents has no weight"),
        ("sample", 9, "sample does not lie between"),
        ("sample", 101, "sample does not lie between"),
        ("population", -1, "not a count"),
        ("population", 10.5, "not a count"),
        ("population", float("nan"), "not a count"),
        ("population", float("inf"), "not a count"),
        ("population", 1e30, "not a count"),
        ("respondents", "many", "not a count"),
        ("size", None, "a stratum has no name"),
    ],
)
def test_each_fault_names_its_row(column: str, value: object, problem: str) -> None:
    bad = GOOD.astype({column: object})
    bad.loc[0, column] = value
    with pytest.raises(InputError, match="table of strata cannot be used") as caught:
        Design.from_strata(bad)
    (fault,) = [f for f in caught.value.faults if problem in f.problem]
    assert fault.where.startswith("row 1")
    assert fault.parameter == column


def test_all_faults_come_together() -> None:
    bad = GOOD.astype(object)
    bad.loc[0, "respondents"] = 101
    bad.loc[1, "population"] = -5
    bad.loc[2, "respondents"] = 0
    bad.loc[3, ["size", "sector"]] = ["small", "trade"]
    with pytest.raises(InputError) as caught:
        Design.from_strata(bad)
    problems = {fault.problem for fault in caught.value.faults}
    assert problems >= {
        "more respondents than units",
        "not a count",
        "a stratum without respondents has no weight",
        "stratum appears twice",
    }


def test_an_empty_stratum_is_offered_its_neighbours() -> None:
    with pytest.raises(InputError) as caught:
        Design.from_strata(GOOD.assign(respondents=[0, 5, 8, 10]))
    assert caught.value.faults[0].hint == "collapse it with a neighbour: small × care; large × trade"
    one = pd.DataFrame({"size": ["s"], "population": [4], "respondents": [0]})
    with pytest.raises(InputError, match="collapse it with another stratum"):
        Design.from_strata(one)


@pytest.mark.parametrize("missing", ["population", "respondents"])
def test_missing_columns_and_rows(missing: str) -> None:
    with pytest.raises(InputError, match="lacks columns or rows"):
        Design.from_strata(GOOD.drop(columns=missing))
    with pytest.raises(InputError, match="lacks columns or rows"):
        Design.from_strata(GOOD.iloc[:0])
    with pytest.raises(InputError, match="lacks columns or rows"):
        Design.from_strata(GOOD[["population", "respondents"]])


@pytest.mark.parametrize(("variable", "level"), [("size", "medium"), ("colour", "red")])
def test_unknown_domains(variable: str, level: str) -> None:
    with pytest.raises(InputError, match="unknown domain") as caught:
        Design.from_strata(GOOD).domain(**{variable: level})
    assert caught.value.faults[0].parameter == variable


def test_the_2612_respondents_add_up_to_every_printed_total_of_the_population() -> None:
    survey = load("flanders-2023")
    design = Design.from_strata(survey.strata)
    assert (design.size, int(design.respondents.sum())) == (44, 2612)
    totals = [w * n for w, n in zip(design.exact_weights, design.respondents.tolist(), strict=True)]
    rows = survey.printed
    printed = rows[(rows["item"] == "population") & ~rows["domain"].str.contains("×")]
    checked = set()
    for domain, level, text in printed[["domain", "level", "printed"]].itertuples(index=False):
        mask = design.domain(**({domain: level} if domain else {}))
        inside = sum((t for t, chosen in zip(totals, mask, strict=True) if chosen), Fraction(0))
        assert inside == int(text.replace(".", "")), (domain, level)
        checked.add((domain, level))
    # 4 size classes, 11 sectors, the whole
    assert len(checked) == 16
    assert sum(totals) == 38071
