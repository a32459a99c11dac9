"""Proportions and totals on stratum counts: values, domains, errors, steps."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from aibaro import estimate
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.results import COLUMNS

TABLE = pd.DataFrame(
    {
        "size": ["small", "medium", "large"],
        "population": [100, 40, 6],
        "respondents": [4, 4, 4],
        "uses_ai": [1, 2, 3],
        "plans": [0, 0, 0],
        "trained": [0, 1, 3],
    }
)
DESIGN = Design.from_strata(TABLE[["size", "population", "respondents"]])


def test_twelve_rows_of_the_methods_page() -> None:
    result = estimate.proportion(TABLE, "uses_ai", design=DESIGN)
    assert result.estimate[0] == pytest.approx(0.3390410959, abs=5e-11)
    assert result.std_error[0] == pytest.approx(0.1838821063, abs=5e-11)
    assert result.deff[0] == pytest.approx(1.808393267, abs=5e-10)
    assert result.df[0] == 9


def test_satterthwaite_df_by_hand() -> None:
    share = np.array([1, 2, 3]) / 4
    n_total = TABLE["population"].to_numpy() / 146
    v = n_total**2 * (1 - 4 / TABLE["population"].to_numpy()) * share * (1 - share) / 3
    result = estimate.proportion(TABLE, "uses_ai", design=DESIGN, df="satterthwaite")
    assert result.df[0] == pytest.approx(v.sum() ** 2 / (v**2 / 3).sum(), rel=1e-12)
    assert result.df_design[0] == 9


def test_several_and_crossed_domains_keep_their_names() -> None:
    table = pd.DataFrame(
        {
            "size": ["s", "s", "l", "l"],
            "sector": ["a", "b", "a", "b"],
            "population": [50, 60, 20, 10],
            "respondents": [5, 6, 4, 3],
            "x": [1, 2, 3, 1],
        }
    )
    design = Design.from_strata(table[["size", "sector", "population", "respondents"]])
    result = estimate.proportion(table, "x", design=design, by=["sector", "size×sector"])
    assert list(zip(result.domain, result.level, strict=True)) == [
        ("sector", "a"),
        ("sector", "b"),
        ("size×sector", "l×a"),
        ("size×sector", "l×b"),
        ("size×sector", "s×a"),
        ("size×sector", "s×b"),
    ]
    alone = estimate.proportion(table, "x", design=design, domain={"sector": "b"})
    assert (alone.domain[0], alone.level[0]) == ("sector", "b")
    row = result.row(domain="sector", level="b")
    assert alone.std_error[0] == result.std_error[row]


def test_share_of_those_asked_is_a_ratio() -> None:
    result = estimate.proportion(TABLE, "trained", design=DESIGN, base="uses_ai")
    weight = np.array([25.0, 10.0, 1.5])
    users, trained = np.array([1, 2, 3]), np.array([0, 1, 3])
    size = float(weight @ users)
    ratio = float(weight @ trained) / size
    assert result.estimate[0] == pytest.approx(ratio, rel=1e-14)
    # R's subset(design, uses_ai): linearised values are zero for those who were not asked
    total = trained - ratio * users
    squares = trained * (1 - ratio) ** 2 + (users - trained) * ratio**2
    v = weight**2 * (1 - 4 / TABLE["population"].to_numpy()) * 4 / 3 * (squares - total**2 / 4) / size**2
    assert result.std_error[0] == pytest.approx(np.sqrt(v.sum()), rel=1e-12)
    assert result.n[0] == 6
    assert result.df_design[0] == 3
    assert result.missing[0] == 6


def test_no_success_gets_the_exact_limit_of_kish() -> None:
    result = estimate.proportion(TABLE, "plans", design=DESIGN)
    weight = np.array([25.0, 10.0, 1.5])
    kish = (4 * weight.sum()) ** 2 / (4 * (weight**2).sum())
    assert result.method[0] == "logit+exact"
    assert result.conf_high[0] == pytest.approx(1 - 0.025 ** (1 / kish), rel=1e-12)
    assert (result.conf_low[0], result.std_error[0]) == (0, 0)
    assert result.n_eff[0] == pytest.approx(kish)


def test_a_census_knows_its_zero() -> None:
    table = pd.DataFrame({"size": ["s", "l"], "population": [5, 4], "respondents": [5, 4], "x": [0, 0]})
    design = Design.from_strata(table[["size", "population", "respondents"]])
    result = estimate.proportion(table, "x", design=design)
    assert (result.conf_low[0], result.conf_high[0]) == (0, 0)
    assert estimate.proportion(table, "x", design=design, fpc="none").conf_high[0] > 0.3


def test_single_respondents_fail_with_their_names() -> None:
    table = pd.DataFrame({"size": ["s", "l", "xl"], "population": [50, 9, 1], "respondents": [5, 1, 1], "x": [1, 1, 1]})
    design = Design.from_strata(table[["size", "population", "respondents"]])
    with pytest.raises(InputError, match="got: 'l'\n"):
        estimate.proportion(table, "x", design=design)
    # the largest firm is observed in full: it adds no variance and fails under no rule
    assert estimate.proportion(table, "x", design=design, domain={"size": ["s", "xl"]}).std_error[0] > 0
    with pytest.raises(InputError, match="got: 'l'; 'xl'\n"):
        estimate.proportion(table, "x", design=design, fpc="none")


def test_rows_in_any_order_and_never_changed() -> None:
    before = TABLE.copy()
    shuffled = TABLE.iloc[[2, 0, 1]]
    one = estimate.proportion(TABLE, ["uses_ai", "plans"], design=DESIGN)
    other = estimate.proportion(shuffled, ["uses_ai", "plans"], design=DESIGN)
    pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())
    pd.testing.assert_frame_equal(TABLE, before)


def test_all_faults_of_the_counts_are_reported_together() -> None:
    bad = TABLE.assign(uses_ai=[5, 2, 3], plans=[0, -1, 0.5])
    with pytest.raises(InputError) as caught:
        estimate.proportion(bad, ["uses_ai", "plans"], design=DESIGN)
    assert len(caught.value.faults) == 3
    text = str(caught.value)
    assert "more successes than respondents" in text
    assert "not a count" in text


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"interval": "bayes"}, "interval"),
        ({"df": "residual"}, "df"),
        ({"single": "ignore"}, "single"),
        ({"fpc": "yes"}, "fpc"),
        ({"conf_level": 95.0}, "conf_level"),
        ({"by": "region"}, "made of strata"),
        ({"domain": {"size": "tiny"}}, "unknown domain"),
        ({"by": ["size", "size"]}, "repeated"),
    ],
)
def test_unknown_choices_are_named(change: dict[str, object], text: str) -> None:
    with pytest.raises(InputError, match=text):
        estimate.proportion(TABLE, "uses_ai", design=DESIGN, **change)


def test_unknown_strata_and_columns_are_named() -> None:
    with pytest.raises(InputError, match="missing: nlg"):
        estimate.proportion(TABLE, "nlg", design=DESIGN)
    with pytest.raises(InputError, match="unknown stratum"):
        estimate.proportion(TABLE.replace({"size": {"small": "tiny"}}), "uses_ai", design=DESIGN)


def test_frames_dictionaries_and_text() -> None:
    result = estimate.proportion(TABLE, ["uses_ai", "plans"], design=DESIGN, by="size")
    frame = result.to_frame()
    assert frame.columns.tolist() == [
        *(name for name in COLUMNS if name not in {"statistic", "p_value"}),
        "df_design",
        "df_satterthwaite",
        "weight_total",
    ]
    assert len(frame) == 6
    assert frame["n"].dtype == np.int64
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["rows"][0]["item"] == "uses_ai"
    assert "uses_ai" in result.summary()
    assert result._repr_html_().startswith("<pre>")
    assert set(frame["reliability"]) == {"low"}


def test_steps_carry_the_values_of_the_computation() -> None:
    result = estimate.proportion(TABLE, "uses_ai", design=DESIGN)
    steps = {step.symbol: step.value for step in result.steps()}
    assert steps["estimate"] == result.estimate[0]
    assert steps["SE"] == result.std_error[0]
    assert steps["SE"] == pytest.approx(np.sqrt(steps["V"]), rel=1e-15)
    assert steps["conf_high"] == result.conf_high[0]
    assert "expit" in result.explain()
    assert r"\begin{aligned}" in result.explain(style="latex")
    with pytest.raises(InputError, match="style"):
        result.explain(style="html")


def test_contributions_add_up_to_the_variance() -> None:
    result = estimate.proportion(TABLE, "uses_ai", design=DESIGN)
    parts = result.contributions()
    assert parts["variance"].sum() == pytest.approx(result.std_error[0] ** 2, rel=1e-14)
    assert parts["share"].sum() == pytest.approx(1)
    assert parts["size"].tolist() == ["small", "medium", "large"]


def test_a_domain_without_rows_and_an_item_without_answers_have_no_estimate() -> None:
    rows = pd.DataFrame({"h": list("aabb"), "y": [1.0, 2.0, 3.0, 5.0], "gone": np.nan, "nobody": 0, "w": 2.0})
    design = Design.from_frame(rows, strata="h", weight="w")
    assert len(estimate.mean(rows, "y", design=design, by="h", base="nobody")) == 0
    for result in (estimate.mean(rows, "y", design=design, base="nobody"), estimate.mean(rows, "gone", design=design)):
        assert np.isnan(result.estimate[0])
        assert np.isnan(result.std_error[0])
        assert result.n[0] == 0
