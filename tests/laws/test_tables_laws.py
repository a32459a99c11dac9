"""Laws of tables: what holds for every survey, whatever its answers, weights and strata."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from aibaro.design import Design
from aibaro.tables import crosstab

ANSWER = st.sampled_from(["yes", "no", "soon", None])
GROUP = st.sampled_from(["a", "b", None])
ROW = st.tuples(ANSWER, GROUP, st.sampled_from(["h", "k"]), st.integers(1, 9))


@st.composite
def surveys(draw: st.DrawFn) -> pd.DataFrame:
    """Rows in which each stratum has two units, and somebody answers in each group."""
    drawn = draw(st.lists(ROW, min_size=0, max_size=14))
    fixed = [(answer, group, stratum, 2) for answer in ("yes", "no") for group in ("a", "b") for stratum in ("h", "k")]
    frame = pd.DataFrame([*fixed, *drawn], columns=["q", "g", "h", "w"])
    return frame.assign(w=frame["w"].astype(float), t=np.where(frame["q"].isna(), np.nan, frame["q"] == "yes"))


def table(frame: pd.DataFrame, **options: object) -> pd.DataFrame:
    design = Design.from_frame(frame, strata="h", weight="w")
    return crosstab(frame, ["q"], "g", design=design, small_base=0, **options).to_frame()  # type: ignore[arg-type]


@given(surveys())
@settings(max_examples=30)
def test_shares_add_up_and_bases_are_counts(frame: pd.DataFrame) -> None:
    found = table(frame)
    assert np.allclose(found.groupby(["domain", "level"])["estimate"].sum(), 1)
    for level in ("", "a", "b"):
        inside = frame["q"].notna() & ((frame["g"] == level) if level else True)
        row = found[found["level"] == level].iloc[0]
        assert row["n"] == inside.sum()
        assert np.isclose(row["base_weighted"], frame.loc[inside, "w"].sum())
        assert np.isclose(row["n_eff"], frame.loc[inside, "w"].sum() ** 2 / (frame.loc[inside, "w"] ** 2).sum())
        assert row["n_eff"] <= row["n"] * (1 + 1e-12)


@given(surveys(), st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_the_order_of_rows_and_the_scale_of_weights_do_not_matter(frame: pd.DataFrame, random: object) -> None:
    order = list(range(len(frame)))
    random.shuffle(order)  # type: ignore[attr-defined]
    first = table(frame, letters="unadjusted", letters_level=0.5)
    other = table(
        frame.iloc[order].reset_index(drop=True).assign(w=lambda f: f["w"] * 8), letters="unadjusted", letters_level=0.5
    )
    columns = ["category", "level", "estimate", "std_error", "conf_low", "conf_high", "n", "n_eff", "letters"]
    pd.testing.assert_frame_equal(first[columns], other[columns], rtol=1e-9, atol=1e-12)


@given(surveys())
@settings(max_examples=20)
def test_a_letter_goes_one_way_and_its_column_is_lower(frame: pd.DataFrame) -> None:
    found = table(frame, letters="unadjusted", letters_level=0.2)
    names = {"A": "a", "B": "b"}
    shares = found.set_index(["category", "level"])
    for (category, level), row in shares.iterrows():
        for letter in row["letters"].split():
            other = shares.loc[(category, names[letter])]
            assert row["estimate"] > other["estimate"]
            assert level != names[letter]
            assert {v: k for k, v in names.items()}[level] not in other["letters"]


@given(surveys())
@settings(max_examples=20)
def test_a_set_of_one_question_is_the_share_of_that_question(frame: pd.DataFrame) -> None:
    design = Design.from_frame(frame, strata="h", weight="w")
    one = crosstab(frame, {"s": ["t"]}, "g", design=design, small_base=0).to_frame()
    other = table(frame)
    columns = ["level", "estimate", "std_error", "n", "n_eff"]
    same = other[other["category"] == "yes"].reset_index(drop=True)
    pd.testing.assert_frame_equal(one[columns], same[columns], rtol=1e-9, atol=1e-12)
