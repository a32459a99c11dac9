"""Explanations of weights are read back: what is printed, computed anew, gives the weights of the real computation."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

import aibaro
from aibaro import weights
from aibaro.errors import InputError
from aibaro.frames.weighted.weight_rules import DISTANCES
from aibaro.weights import WeightResult

ROWS = pd.DataFrame(
    {
        "size": ["small"] * 6 + ["large"] * 6,
        "sector": ["x", "x", "y", "y", "y", "y", "x", "x", "x", "x", "y", "x"],
        "staff": [3.0, 4, 5, 6, 9, 2, 70, 80, 90, 100, 60, 120],
        "pi": [0.05] * 6 + [0.5] * 6,
        "status": ["answered", "refused", "answered", "answered", "answered", "answered"] * 2,
        "d": [15.0] * 6 + [2.0] * 6,
    }
)
MARGINS = {"size": {"small": 90, "large": 12}, "sector": {"x": 50, "y": 52}}
BOUNDS = (0.3, 3.0)


def histories() -> dict[str, WeightResult]:
    base = weights.base(ROWS, strata="size", population={"small": 90, "large": 12})
    raked = weights.rake(base, MARGINS)
    totals = {**MARGINS, "staff": 1500.0}
    return {
        "base": base,
        "probability": weights.base(ROWS, probability="pi"),
        "a column": weights.rake(ROWS, MARGINS, weight="d"),
        "poststratify": weights.poststratify(raked, {"x": 45, "y": 57}, by="sector"),
        "crossed": weights.poststratify(
            ROWS, {"small×x": 30, "small×y": 60, "large×x": 5, "large×y": 7}, by="size×sector"
        ),
        "rake": raked,
        "linear": weights.calibrate(base, totals, distance="linear"),
        "raking": weights.calibrate(base, totals, distance="raking"),
        "logit": weights.calibrate(base, totals, distance="logit", bounds=BOUNDS),
        "trim": weights.trim(raked, upper=18, within=[]),
        "nonresponse": weights.nonresponse(
            ROWS,
            disposition="status",
            classes="size",
            weight="d",
            codes={"respondent": ["answered"], "nonrespondent": ["refused"]},
        ),
        "normalize": weights.normalize(raked),
    }


HISTORIES = histories()


def recompute(formula: str) -> float:
    """Compute a printed formula with its printed numbers."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", formula)
    for mark, operator in (("×", "*"), ("·", "*"), ("^", "**")):
        text = text.replace(mark, operator)

    def bounded(u: float) -> float:
        return float(DISTANCES["logit"](np.array([u]), *BOUNDS)[0][0])

    return float(eval(text, {"exp": math.exp, "F": bounded, "min": min, "max": max, "inf": math.inf}))


@pytest.mark.parametrize("name", HISTORIES)
def test_each_line_gives_the_next_and_the_last_the_weight(name: str) -> None:
    result = HISTORIES[name]
    for place, weight in enumerate(result.frame[result.name]):
        lines = result.explain(ROWS.iloc[place]).splitlines()
        assert len(lines) == 2 + len(result.history)
        before = 1.0 if result.initial is None else float(ROWS[result.initial].iloc[place])
        for line in lines[2:]:
            *_, filled, value = line.split(" = ")
            printed = recompute(value)
            assert recompute(filled) == pytest.approx(printed, rel=3e-7)
            start = re.findall(r"[\d.,]+", filled.removeprefix("min(18, max(0, "))[0]
            assert recompute(start) == pytest.approx(before, rel=1e-7)
            before = printed
        assert before == pytest.approx(weight, rel=1e-7)


@pytest.mark.parametrize("name", HISTORIES)
def test_latex_holds_the_numbers_of_the_text(name: str) -> None:
    result = HISTORIES[name]
    text = result.explain(ROWS.iloc[7])
    latex = result.explain(ROWS.iloc[7], style="latex")
    assert latex.count(r"\begin{aligned}") == latex.count(r"\end{aligned}") == 1
    assert latex.count("{") == latex.count("}")
    last = [recompute(found) for found in (text.rpartition("= ")[2], latex.splitlines()[-2].rpartition("= ")[2])]
    assert last[0] == pytest.approx(last[1], rel=1e-7)


def test_a_stratum_s_fractions_multiply_to_its_weight() -> None:
    design = aibaro.Design.from_strata(aibaro.load("flanders-2023").strata)
    result = weights.from_strata(design)
    for row, (_, labels) in enumerate(design.labels.iterrows()):
        unit = {str(k): str(v) for k, v in labels.items()}
        found = re.findall(r"= ([\d,]+) / ([\d,]+) = ([\d.]+)$", result.explain(**unit), flags=re.MULTILINE)
        base, factor, final = (Fraction(int(a.replace(",", "")), int(b.replace(",", ""))) for a, b, _ in found)
        assert base * factor == final == result.exact[row]
        assert [value for *_, value in found] == [f"{float(v):.4f}" for v in (base, factor, final)]
        fractions = re.findall(r"\\frac\{([\d{},]+)\}\{([\d{},]+)\} = ", result.explain(style="latex", **unit))
        plain = [tuple(re.sub(r"[^\d]", "", part) for part in pair) for pair in fractions]
        assert plain == [(a.replace(",", ""), b.replace(",", "")) for a, b, _ in found]


def test_printed_rounds_are_the_rounds_of_a_loop_by_hand() -> None:
    table = ROWS.pivot_table(index="size", columns="sector", values="d", aggfunc="sum")
    text = HISTORIES["a column"].explain_raking(rounds=3)
    blocks = re.split(r"^round (\d), (\w+)$", text, flags=re.MULTILINE)[1:]
    seen = []
    for number, margin, block in zip(blocks[::3], blocks[1::3], blocks[2::3], strict=True):
        seen.append((int(number), margin))
        axis = 1 if margin == "size" else 0
        sums, targets = table.sum(axis=axis), pd.Series(MARGINS[margin])
        lines = re.findall(r"^  (\w+): target / sum = (\S+) / (\S+) = (\S+)$", block, flags=re.MULTILINE)
        assert {level for level, *_ in lines} == set(targets.index)
        for level, target, total, factor in lines:
            assert float(target) == targets[level]
            assert float(total) == pytest.approx(sums[level], rel=1e-7)
            assert float(factor) == pytest.approx(targets[level] / sums[level], rel=1e-5)
        table = table.mul(targets / sums, axis=1 - axis)
        left = [
            abs(table.sum(axis=1) / pd.Series(MARGINS["size"]) - 1).max(),
            abs(table.sum(axis=0) / pd.Series(MARGINS["sector"]) - 1).max(),
        ]
        printed = re.search(r"all margins = (\S+)$", block, flags=re.MULTILINE)
        assert printed is not None
        assert float(printed[1]) == pytest.approx(max(left), rel=1e-5, abs=1e-14)
    assert seen == [(n, margin) for n in (1, 2, 3) for margin in MARGINS]
    assert text.endswith(
        f"after {HISTORIES['a column'].to_frame()['iterations'].iloc[-1]} rounds the largest residual "
        f"is {HISTORIES['a column'].residual:.2g}"
    )


def test_raking_in_latex_has_a_block_for_each_adjustment() -> None:
    latex = HISTORIES["rake"].explain_raking(rounds=2, style="latex")
    assert latex.count(r"\begin{aligned}") == 4
    assert re.search(r"f_\{\\text\{x\}\} &= \\frac\{50\}\{\S+\} = ", latex)


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ({"size": "small"}, "a column that the steps read is missing"),
        ({"size": "smal", "sector": "x"}, "expected: small, large"),
    ],
)
def test_a_unit_that_does_not_fit_is_named(unit: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        HISTORIES["rake"].explain(unit)


def test_what_was_not_raked_is_not_explained_as_raking() -> None:
    with pytest.raises(InputError, match="a history with rake"):
        HISTORIES["base"].explain_raking()
    with pytest.raises(InputError, match="from 1 on"):
        HISTORIES["rake"].explain_raking(rounds=0)
    with pytest.raises(InputError, match="text, latex"):
        HISTORIES["rake"].explain_raking(style="html")
