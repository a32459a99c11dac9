"""Tables by hand: bases, percentages, letters, sets, marks, and the same numbers on every face."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pytest

from aibaro import estimate, weights
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.tables import Crosstab, crosstab, write_excel

COLUMNS = [
    "table", "item", "category", "domain", "level", "measure", "estimate", "std_error", "conf_low", "conf_high", "n",
    "base_weighted", "n_eff", "letters", "flag",
]  # fmt: skip


def small() -> pd.DataFrame:
    """Eight synthetic respondents, one without an answer."""
    return pd.DataFrame(
        {
            "q": pd.Categorical(
                ["yes", "no", "yes", "yes", None, "no", "yes", "maybe"], ["yes", "maybe", "no"], ordered=True
            ),
            "sex": list("mfmfmfmf"),
            "w": [1.0, 2.0, 3.0, 1.0, 5.0, 2.0, 1.0, 2.0],
        }
    )


@cache
def rows() -> pd.DataFrame:
    """Synthetic rows in which columns differ by construction."""
    generator = np.random.default_rng(5)
    size = 600
    frame = pd.DataFrame({"h": generator.integers(0, 3, size).astype(str), "w": generator.uniform(0.5, 3, size)})
    frame["group"] = generator.choice(["a", "b", "c", "tiny"], size, p=[0.4, 0.3, 0.27, 0.03])
    frame["sex"] = generator.choice(["f", "m"], size)
    frame["q"] = np.where(
        generator.uniform(size=size) < frame["group"].map({"a": 0.1, "b": 0.5, "c": 0.5, "tiny": 0.9}), "yes", "no"
    )
    frame["income"] = generator.lognormal(3, 0.4, size) * np.where(frame["group"] == "b", 2, 1)
    for k, tool in enumerate(("chat", "code", "draw")):
        frame[tool] = generator.integers(0, 2 + k, size) > 0
    # groups a and b differ a little
    frame["mild"] = generator.uniform(size=size) < frame["group"].map({"a": 0.3, "b": 0.45, "c": 0.37, "tiny": 0.3})
    return frame


@cache
def design() -> Design:
    return Design.from_frame(rows(), strata="h", weight="w")


def tab(*arguments: Any, **options: Any) -> Crosstab:
    return crosstab(rows(), *arguments, design=design(), **options)


def one(frame: pd.DataFrame, **wanted: str) -> dict[str, Any]:
    for name, value in wanted.items():
        frame = frame[frame[name] == value]
    (row,) = frame.to_dict("records")
    return row


def test_shares_and_bases_by_hand() -> None:
    frame = small()
    table = crosstab(frame, "q", "sex", design=Design.from_frame(frame, weight="w"), small_base=4).to_frame()
    assert list(table) == COLUMNS
    assert table["category"].drop_duplicates().tolist() == ["yes", "maybe", "no"]
    # answered: weights 1 2 3 1 2 1 2 = 12, of which yes 1 3 1 1 = 6
    total = one(table, category="yes", domain="")
    assert (total["estimate"], total["n"], total["base_weighted"]) == (0.5, 7, 12)
    assert total["n_eff"] == pytest.approx(12**2 / (1 + 4 + 9 + 1 + 4 + 1 + 4))
    # women: no 2, yes 1, no 2, maybe 2; men: yes 1, 3, 1
    women = one(table, category="no", level="f")
    assert women["estimate"] == pytest.approx(4 / 7)
    assert (women["n"], women["base_weighted"], women["flag"]) == (4, 7, "low")
    men = one(table, category="yes", level="m")
    assert (men["estimate"], men["n"], men["flag"]) == (1.0, 3, "small_base")


def test_missing_answers_outside_or_an_answer() -> None:
    frame = small()
    plan = Design.from_frame(frame, weight="w")
    outside = crosstab(frame, "q", design=plan)
    assert "1 respondents without an answer" in outside.summary()
    inside = crosstab(frame, "q", design=plan, missing="category").to_frame()
    assert inside["category"].tolist() == ["yes", "maybe", "no", "(missing)"]
    assert inside["estimate"].tolist() == pytest.approx([6 / 17, 2 / 17, 4 / 17, 5 / 17])


def test_numbers_are_those_of_the_estimators() -> None:
    frame = tab("q", ["group"], interval="wilson", conf_level=0.9).to_frame()
    expected = estimate.proportion(
        rows(), "q", design=design(), by="group", interval="wilson", conf_level=0.9
    ).to_frame()
    mine = frame[frame["domain"] == "group"].sort_values(["category", "level"]).reset_index(drop=True)
    theirs = expected.sort_values(["category", "level"]).reset_index(drop=True)
    for name in ("estimate", "std_error", "conf_low", "conf_high", "n"):
        assert mine[name].tolist() == theirs[name].tolist()


def test_letters_follow_from_the_tests() -> None:
    table = tab("q", "group", letters="unadjusted")
    heads = table.columns()
    assert heads["letter"].tolist() == ["", "A", "B", "C", "D"]
    frame = table.to_frame()
    shares = estimate.proportion(rows(), "q", design=design(), by="group")
    for category in ("no", "yes"):
        for first, second in (("a", "b"), ("a", "c"), ("b", "c")):
            test = estimate.contrast(shares, f"q['{category}', '{first}'] - q['{category}', '{second}']")
            significant = test.p_value[0] < 0.05
            high, low = (first, second) if test.estimate[0] > 0 else (second, first)
            letter = heads[heads["level"] == low]["letter"].iloc[0]
            own = one(frame, category=category, level=high)["letters"].split()
            assert (letter in own) == significant
            assert (
                heads[heads["level"] == high]["letter"].iloc[0]
                not in one(frame, category=category, level=low)["letters"]
            )
    # group a is lower than b and c by construction; the small column is compared with nothing
    assert one(frame, category="yes", level="b")["letters"] == "A"
    assert one(frame, category="yes", level="tiny")["letters"] == ""
    assert one(frame, category="yes", level="tiny")["flag"] == "small_base"
    assert "D" not in "".join(frame["letters"])
    assert set(frame[frame["domain"] == ""]["letters"]) == {""}


def test_holm_gives_no_more_letters_than_no_adjustment() -> None:
    level = 0.99999
    plain = tab("q", ["group", "sex"], letters="unadjusted", letters_level=level).to_frame()["letters"]
    holm = tab("q", ["group", "sex"], letters="holm", letters_level=level).to_frame()["letters"]
    assert all(set(h.split()) <= set(p.split()) for h, p in zip(holm, plain, strict=True))
    # three pairs of columns that are large enough: the smallest p value counts three times
    shares = estimate.proportion(rows(), "mild", design=design(), by="group")
    pairs = (("a", "b"), ("a", "c"), ("b", "c"))
    found = {pair: estimate.contrast(shares, f"'{pair[0]}' - '{pair[1]}'") for pair in pairs}
    first = min(found, key=lambda pair: found[pair].p_value[0])
    p = found[first].p_value[0]
    assert 1e-6 < 3 * p < 0.999
    winner, loser = first if found[first].estimate[0] > 0 else first[::-1]
    for factor, expected in ((0.99, False), (1.001, True)):
        table = tab("mild", "group", letters="holm", letters_level=1 - 3 * p * factor)
        letter = table.columns().set_index("level").loc[loser, "letter"]
        assert (letter in one(table.to_frame(), level=winner)["letters"]) == expected


def test_means_medians_and_totals() -> None:
    frame = tab("income", "group", measures=["mean", "median", "total"], letters="holm").to_frame()
    assert frame["measure"].drop_duplicates().tolist() == ["mean", "median", "total"]
    by = estimate.mean(rows(), "income", design=design(), by="group")
    assert one(frame, measure="mean", level="b")["estimate"] == by.estimate[1]
    assert one(frame, measure="mean", level="b")["letters"] == "A C"
    assert set(frame[frame["measure"] != "mean"]["letters"]) == {""}
    middle = estimate.quantile(rows(), "income", [0.5], design=design(), by="group")
    assert one(frame, measure="median", level="c")["estimate"] == middle.estimate[2]


def test_labelled_answers_have_means_of_their_codes() -> None:
    frame = small().drop(columns="sex")
    frame.attrs["aibaro"] = {"codes": {"q": {"yes": 1.0, "maybe": 2.0, "no": 3.0}}, "labels": {"q": "Do you?"}}
    table = crosstab(frame, "q", design=Design.from_frame(frame, weight="w"), measures={"q": ["share", "mean"]})
    found = one(table.to_frame(), measure="mean")
    assert found["estimate"] == pytest.approx((6 * 1 + 2 * 2 + 4 * 3) / 12)
    assert table.summary().startswith("Do you?")


def test_sets_of_multiple_response() -> None:
    frame = pd.DataFrame(
        {
            "a": [1.0, 0.0, 1.0, None, None],
            "b": [0.0, 0.0, 1.0, 1.0, None],
            "w": [1.0, 2.0, 3.0, 4.0, 5.0],
        }
    )
    plan = Design.from_frame(frame, weight="w")
    table = crosstab(frame, {"tools": ["a", "b"]}, design=plan).to_frame()
    # four have a value somewhere: weights 1 to 4
    assert table["item"].tolist() == ["a", "b"]
    assert table["estimate"].tolist() == pytest.approx([4 / 10, 7 / 10])
    assert table["n"].tolist() == [4, 4]
    coded = pd.DataFrame({"first": ["x", "y", "z", None], "second": ["y", None, "x", None], "w": [1.0, 2.0, 3.0, 4.0]})
    plan = Design.from_frame(coded, weight="w")
    table = crosstab(coded, {"named": ["first", "second"]}, design=plan).to_frame()
    assert table["item"].tolist() == ["x", "y", "z"]
    assert table["estimate"].tolist() == pytest.approx([4 / 6, 3 / 6, 3 / 6])
    words = coded.assign(a=["picked", "left", "picked", None], b=["left", "left", "picked", "picked"])
    chosen = {"set": {"items": ["a", "b"], "counted": "picked"}}
    assert crosstab(words, chosen, design=plan).to_frame()["estimate"].tolist() == pytest.approx([4 / 10, 7 / 10])
    with pytest.raises(InputError, match="which of two answers"):
        crosstab(words, {"set": ["a", "b"]}, design=plan)
    with pytest.raises(InputError, match="no column of the set"):
        crosstab(words, {"set": {"items": ["a", "b"], "counted": "chosen"}}, design=plan)


def test_sets_that_a_file_declares() -> None:
    frame = pd.DataFrame({"a": ["picked", "left"], "b": ["left", "picked"], "w": [1.0, 3.0]})
    frame.attrs["aibaro"] = {
        "sets": {"tools": {"label": "Which tools?", "items": ["a", "b"], "type": "dichotomous", "counted": "1"}},
        "codes": {"a": {"left": 0.0, "picked": 1.0}, "b": {"left": 0.0, "picked": 1.0}},
        "labels": {"a": "Chat"},
    }
    table = crosstab(frame, "tools", design=Design.from_frame(frame, weight="w"))
    assert table.to_frame()["item"].tolist() == ["Chat", "b"]
    assert table.to_frame()["estimate"].tolist() == pytest.approx([1 / 4, 3 / 4])
    assert table.summary().startswith("Which tools?")


def test_columns_that_hold_their_own_label() -> None:
    frame = pd.DataFrame({"m1": ["mail", None, "mail"], "m2": [None, "phone", "phone"], "w": [1.0, 1.0, 2.0]})
    table = crosstab(frame, {"contact": ["m1", "m2"]}, design=Design.from_frame(frame, weight="w")).to_frame()
    assert table["item"].tolist() == ["mail", "phone"]
    assert table["estimate"].tolist() == pytest.approx([3 / 4, 3 / 4])


def test_nested_banners_and_domains() -> None:
    table = tab("q", ["sex"], nested=[("sex", "group")], domain={"group": ["a", "b"]})
    assert table.columns()["level"].tolist() == ["", "f", "m", "f×a", "f×b", "m×a", "m×b"]
    frame = table.to_frame()
    inside = estimate.proportion(rows(), "q", design=design(), by="sex×group", domain={"group": ["a", "b"]})
    assert one(frame, category="yes", level="m×b")["std_error"] == inside.std_error[-1]
    assert one(frame, category="yes", level="")["n"] == int(rows()["group"].isin(["a", "b"]).sum())


@pytest.mark.parametrize("percent", ["row", "whole"])
def test_percentages_add_up(percent: str) -> None:
    frame = tab("q", "group", percent=percent).to_frame()
    own = frame[frame["domain"] == "group"]
    sums = own.groupby("category")["estimate"].sum() if percent == "row" else own["estimate"].sum()
    assert np.allclose(sums, 1)
    if percent == "row":
        assert set(frame[frame["domain"] == ""]["estimate"]) == {1.0}
        counts = rows()["q"].value_counts()
        assert one(frame, category="yes", level="")["n"] == counts["yes"]
        assert one(frame, category="yes", level="a")["n"] == counts["yes"]


@pytest.mark.parametrize("percent", ["row", "whole"])
def test_a_missing_answer_has_percentages_of_every_kind(percent: str) -> None:
    frame = small()
    plan = Design.from_frame(frame, weight="w")
    found = crosstab(frame, "q", "sex", design=plan, percent=percent, missing="category", small_base=0).to_frame()
    # the one without an answer is a man of weight 5, among all of weight 17
    man = one(found, category="(missing)", level="m")
    assert man["estimate"] == pytest.approx(1.0 if percent == "row" else 5 / 17)
    assert one(found, category="yes", level="m")["estimate"] == pytest.approx(5 / 6 if percent == "row" else 5 / 17)
    assert one(found, category="(missing)", level="")["n"] == (1 if percent == "row" else 8)


@pytest.mark.parametrize("engine", ["pandas", "polars"])
def test_cells_without_respondents_have_the_base_of_their_table(engine: str) -> None:
    answers = pd.Categorical(list("aaabbb"), ["a", "b", "never"])
    frame: Any = pd.DataFrame({"q": answers, "k": list("xxxxyy"), "w": 1.0})
    if engine == "polars":
        frame = pl.from_pandas(frame).with_columns(pl.col("q").cast(pl.Enum(["a", "b", "never"])))
    design = Design.from_frame(frame, weight="w")
    found = {}
    for percent in ("column", "row", "whole"):
        table = crosstab(frame, "q", "k", design=design, percent=percent).to_frame()
        found[percent] = table.set_index(["category", "level"])
    # of all six nobody is in the cell, and the exact limit is 1 - 0.025^(1/6)
    for cell in (("a", "y"), ("never", ""), ("never", "x")):
        zero = found["whole"].loc[cell]
        assert (zero["estimate"], zero["n"], zero["base_weighted"]) == (0, 6, 6)
        assert zero["conf_high"] == pytest.approx(1 - 0.025 ** (1 / 6), abs=1e-12)
    # of the two in y nobody, of the three who said a nobody
    for percent, n in (("column", 2), ("row", 3)):
        zero = found[percent].loc["a", "y"]
        assert (zero["estimate"], zero["n"]) == (0, n)
        assert zero["conf_high"] == pytest.approx(1 - 0.025 ** (1 / n), abs=1e-12)
    # nobody said never, so that it has no percentages of its own
    never = found["row"].loc["never"]
    assert never["estimate"].isna().all()
    assert never["conf_high"].isna().all()
    assert never["n"].tolist() == [0, 0, 0]


def test_rows_of_weight_zero_are_in_no_column_and_no_base() -> None:
    frame = pd.concat([small(), pd.DataFrame({"q": ["no"] * 2, "sex": ["x", "f"], "w": [0.0, 0.0]})], ignore_index=True)
    frame["q"] = pd.Categorical(frame["q"], ["yes", "maybe", "no"], ordered=True)
    plan = Design.from_frame(frame, weight="w")
    for percent in ("column", "row"):
        table = crosstab(frame, "q", "sex", design=plan, percent=percent, small_base=0)
        assert table.columns()["level"].tolist() == ["", "f", "m"]
        assert one(table.to_frame(), category="no", level="")["n"] == (7 if percent == "column" else 2)


def test_row_percentages_of_yes_or_no() -> None:
    frame = tab("chat", "sex", percent="row").to_frame()
    assert frame["category"].tolist() == [""] * 3
    assert frame["estimate"][1] + frame["estimate"][2] == pytest.approx(1)
    by = estimate.proportion(rows(), "sex", design=design(), domain={"chat": "True"})
    assert frame["estimate"][1] == pytest.approx(by.estimate[0])


def test_suppression_leaves_nothing_to_read() -> None:
    table = tab("q", "group", suppress=30, letters="unadjusted")
    hidden = table.to_frame().query("level == 'tiny'")
    assert set(hidden["flag"]) == {"suppressed"}
    assert hidden[["estimate", "std_error", "conf_low", "conf_high", "base_weighted", "n_eff"]].isna().all(axis=None)
    assert "suppressed: fewer than 30" in table.summary()


def test_weights_with_their_history_are_taken() -> None:
    raked = weights.rake(
        rows(), {"sex": {"f": 50, "m": 50}, "group": {"a": 30, "b": 30, "c": 30, "tiny": 10}}, weight="w"
    )
    plan = raked.design(strata="h")
    table = crosstab(raked, "q", "sex", design=plan)
    expected = estimate.proportion(raked, "q", design=plan, by="sex")
    assert one(table.to_frame(), category="yes", level="m")["std_error"] == expected.std_error[-1]
    assert "calibrated" in table.summary()


def test_engines_agree() -> None:
    first = tab(
        ["q", {"tools": ["chat", "code"]}], ["group", "sex"], letters="holm", nested=[("sex", "group")]
    ).to_frame()
    for data in (pl.from_pandas(rows()), pl.from_pandas(rows()).lazy(), duckdb.from_df(rows())):
        plan = Design.from_frame(data, strata="h", weight="w")
        other = crosstab(
            data,
            ["q", {"tools": ["chat", "code"]}],
            ["group", "sex"],
            design=plan,
            letters="holm",
            nested=[("sex", "group")],
        )
        pd.testing.assert_frame_equal(first, other.to_frame(), rtol=1e-9)


def test_questions_without_a_test_say_why() -> None:
    tests = crosstab(
        rows().assign(same="x"), ["q", "same", "income"], "group", design=design(), measures={"income": ["mean"]}
    ).tests()
    assert tests["note"].tolist()[0] == ""
    assert "no test" in tests["note"].tolist()[1]
    assert tests["method"].tolist() == ["rao-scott F", "rao-scott F", "wald F"]


@pytest.mark.parametrize(
    ("arguments", "options", "text"),
    [
        (("nothing",), {}, "unknown column"),
        (("q", "nothing"), {}, "unknown column"),
        (("q", ["sex", "sex"]), {}, "stands twice"),
        ((["q", "q"],), {}, "stands twice"),
        (([],), {}, "not the rows"),
        (("income",), {}, "too many different numbers"),
        (("q",), {"percent": "cell"}, "percent"),
        (("q",), {"letters": "bonferroni"}, "letters"),
        (("q",), {"language": "fr"}, "language"),
        (("q",), {"small_base": -1}, "small_base"),
        (("q",), {"conf_level": 95}, "confidence level"),
        (("q",), {"measures": ["average"]}, "unknown measure"),
        (("q",), {"measures": {"income": ["mean"]}}, "no row"),
        (("q",), {"measures": {"q": ["mean"]}}, "without numbers"),
        (({"set": []},), {}, "not a set"),
        (("q", "sex"), {"nested": [("sex",)]}, "at least two"),
        (("q", "sex"), {"domain": {"sex": "x"}}, "unknown domain"),
    ],
)
def test_faults_are_named(arguments: tuple[Any, ...], options: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        tab(*arguments, **options)


def test_faces_hold_the_same_numbers(tmp_path: Path) -> None:
    table = tab(["q", {"tools": ["chat", "code"]}], ["group"], letters="holm", language="nl", labels={"q": "Vraag <1>"})
    share = one(table.to_frame(), table="q", category="yes", level="b")["estimate"]
    printed = f"{100 * share:.1f}%".replace(".", ",")
    for face in (table.summary(), table.to_html(), table._repr_html_(), table.to_latex().replace(r"\%", "%")):
        assert printed in face
        assert "Totaal" in face
    assert "Vraag &lt;1&gt;" in table.to_html()
    assert "Basis (ongewogen)" in table.summary()
    assert printed in table.to_great_tables("q").as_raw_html()
    with pytest.raises(InputError, match="unknown table"):
        table.to_great_tables("x")
    text = table.to_csv(tmp_path / "long.csv")
    assert (
        pd.read_csv(tmp_path / "long.csv", keep_default_na=False)["table"].tolist()
        == table.to_frame()["table"].tolist()
    )
    assert text.startswith("table,item")
    assert repr(table) == "Crosstab(2 tables, 5 columns)"


def test_latex_is_text_whatever_stands_in_labels() -> None:
    odd = [r"\textbf{x} ~ ^", "a & b_%$#"] * 4
    rows = pd.DataFrame({"sex": list("mmffmmff"), "odd": odd, "w": np.arange(1.0, 9)})
    table = crosstab(rows, "odd", "sex", design=Design.from_frame(rows, weight="w"), nested=[["sex", "odd"]])
    found = table.to_latex()
    assert r"\textbackslash{}textbf\{x\} \textasciitilde{} \textasciicircum{}" in found
    assert r"a \& b\_\%\$\#" in found
    # signs of mathematics stand in mathematics alone
    assert r"\times" not in found.replace(r"$\times$", "")
    assert r"\text{" not in found


def test_a_terminal_line_is_as_wide_as_the_terminal() -> None:
    table = tab("q", ["group", "sex"], nested=[("sex", "group")], letters="holm")
    body = [line for line in table.summary(60).splitlines() if not line.startswith("  ") or "%" not in line]
    assert all(len(line) <= 60 for line in body if not line.startswith("  "))


def test_the_workbook_cell_by_cell(tmp_path: Path) -> None:
    frame = rows().assign(evil=np.where(rows()["q"] == "yes", "=1+1", "@x"))
    table = crosstab(
        frame, ["q", "evil", "income"], ["group", "sex"], design=design(), letters="holm", measures=["mean"]
    )
    path = table.to_excel(tmp_path / "tables.xlsx")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Contents", "q", "evil", "income", "Data"]
    long = table.to_frame()
    page = book["q"]
    heads = [page.cell(5, 2 + 2 * k).value for k in range(7)]
    assert heads == ["Total", "a", "b", "c", "tiny", "f", "m"]
    assert [page.cell(6, 2 + 2 * k).value for k in range(1, 7)] == ["(A)", "(B)", "(C)", "(D)", "(E)", "(F)"]
    assert page.cell(4, 4).value == "group"
    for row in range(7, 13, 3):
        category = page.cell(row, 1).value
        own = long[(long["table"] == "q") & (long["category"] == category)].to_dict("records")
        assert [page.cell(row, 2 + 2 * k).value for k in range(7)] == pytest.approx([r["estimate"] for r in own])
        assert [page.cell(row, 3 + 2 * k).value or "" for k in range(7)] == [r["letters"] for r in own]
        assert [page.cell(row + 1, 2 + 2 * k).value for k in range(7)] == pytest.approx([r["conf_low"] for r in own])
        assert page.cell(row, 2).number_format.startswith("0.0%")
    assert page.cell(13, 1).value == "Base (unweighted)"
    assert [page.cell(13, 2 + 2 * k).value for k in range(7)] == [r["n"] for r in own]
    assert '"*"' in page.cell(13, 10).number_format
    assert page.freeze_panes == "B7"
    assert any("Holm" in str(page.cell(row, 1).value) for row in range(14, 30))
    assert {page.cell(row, 1).data_type for row in range(7, 10)} == {"s"}
    evil = book["evil"]
    assert (evil.cell(7, 1).value, evil.cell(7, 1).data_type) == ("=1+1", "s")
    data = [[c.value for c in row] for row in book["Data"].iter_rows(min_row=2)]
    assert len(data) == len(long)
    assert [row[0] for row in data] == long["table"].tolist()
    assert [row[6] for row in data] == pytest.approx(long["estimate"].tolist())
    contents = book["Contents"]
    assert [contents.cell(r, 2).value for r in range(4, 7)] == ["q", "evil", "income"]
    assert contents.cell(4, 2).hyperlink is not None


def test_several_tables_in_one_workbook(tmp_path: Path) -> None:
    tables = [tab("q", "sex"), tab("q", "group", language="nl"), tab({"a/b:*": ["chat", "code"]}, "sex")]
    book = openpyxl.load_workbook(write_excel(tables, tmp_path / "all.xlsx", intervals="none"))
    assert book.sheetnames == ["Contents", "q", "q 2", "a b", "Data"]
    for wrong, text in (([], "no tables"), (["x"], "wrong type")):
        with pytest.raises(InputError, match=text):
            write_excel(wrong, tmp_path / "x.xlsx")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="not a workbook"):
        write_excel(tables, tmp_path / "x.xls")
    with pytest.raises(InputError, match="unknown choice"):
        write_excel(tables, tmp_path / "x.xlsx", intervals="yes")


@pytest.mark.parametrize(("name", "answer"), [("q\x07\ufffe", "a\x07\ufffe"), ("=1+1", "a\rb")])
def test_a_workbook_of_tables_can_be_opened_whatever_the_names_are(name: str, answer: str, tmp_path: Path) -> None:
    """A control character in the name of a sheet gave a file that no program reads."""
    frame = pd.DataFrame({"w": [1.0] * 4, name: [answer, "b", "b", "b"]})
    table = crosstab(frame, [name], design=Design.from_frame(frame, weight="w"))
    book = openpyxl.load_workbook(table.to_excel(tmp_path / "t.xlsx"))
    texts = {cell.value for sheet in book for row in sheet for cell in row if isinstance(cell.value, str)}
    assert {"a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}", "a\nb"} & texts


def test_a_text_that_no_cell_holds_is_refused_and_not_cut(tmp_path: Path) -> None:
    frame = pd.DataFrame({"w": [1.0] * 4, "q": ["x" * 32_768, "b", "b", "b"]})
    table = crosstab(frame, ["q"], design=Design.from_frame(frame, weight="w"))
    with pytest.raises(InputError, match="longer than a cell"):
        table.to_excel(tmp_path / "t.xlsx")
    assert not list(tmp_path.iterdir())


def test_no_label_or_note_of_latex_is_taken_for_an_option_of_the_row_before() -> None:
    frame = pd.DataFrame({"w": [1.0] * 4, "q": ["[1cm]", "* star", "b", "b"]})
    text = crosstab(frame, ["q"], design=Design.from_frame(frame, weight="w")).to_latex()
    assert "\n{[}1cm] &" in text
    assert "\n{*} star &" in text
    assert not re.search(r"\\\\\s*[\[*]", text)
