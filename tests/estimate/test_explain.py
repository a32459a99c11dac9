"""What an estimate explains is read back: printed numbers, computed anew, give estimate, error and limits."""

from __future__ import annotations

import math
import re

import pandas as pd
import pytest
from scipy import stats

from aibaro.design import Design
from aibaro.estimate import mean, proportion, total

STRATA = pd.DataFrame(
    {
        "size": ["s", "m", "l"],
        "population": [1000, 400, 60],
        "respondents": [20, 25, 15],
        "yes": [3, 9, 12],
    }
)
DESIGN = Design.from_strata(STRATA[["size", "population", "respondents"]])
LINE = re.compile(r"^(\S+) += (\S+)   \[(.*); ([^;]*)\]$", flags=re.MULTILINE)


def read(text: str) -> tuple[dict[str, float], dict[str, str]]:
    """Values and filled formulas by symbol."""
    found = LINE.findall(text)
    assert len(found) == len(text.splitlines())
    return {s: float(v) for s, v, _, _ in found}, {s: filled for s, _, _, filled in found}


def logit(p: float) -> float:
    return math.log(p / (1 - p))


@pytest.mark.parametrize("method", ["wald", "logit", "wilson", "arcsine"])
@pytest.mark.parametrize("fpc", ["population", "none"])
def test_each_step_follows_from_the_printed_ones_before_it(method: str, fpc: str) -> None:
    result = proportion(STRATA, "yes", design=DESIGN, interval=method, fpc=fpc)
    value, filled = read(result.explain())
    above, below = filled["estimate"].split(" / ")
    assert float(above) / float(below) == pytest.approx(value["estimate"], rel=1e-9)
    assert float(below) == value["N̂_D"] == 1460
    by_hand = [
        (big / 1460) ** 2 * (1 - (small / big if fpc == "population" else 0)) * p * (1 - p) / (small - 1)
        for big, small, p in zip(
            STRATA["population"], STRATA["respondents"], STRATA["yes"] / STRATA["respondents"], strict=True
        )
    ]
    assert [float(v) for v in filled["V"].split(" + ")] == pytest.approx(by_hand, rel=1e-7)
    assert value["V"] == pytest.approx(sum(by_hand), rel=1e-9)
    assert float(filled["SE"].removeprefix("√")) ** 0.5 == pytest.approx(value["SE"], rel=1e-9)
    assert value["df"] == 60 - 3
    assert value["t"] == pytest.approx(stats.t.isf(0.025, value["df"]), rel=1e-9)
    p, se, t = value["estimate"], value["SE"], value["t"]
    n_e = float(re.findall(r"n_e = (\S+)", filled["conf_low"])[0])
    assert n_e == pytest.approx(p * (1 - p) / se**2, rel=1e-7)
    reach, middle = t / (2 * n_e), t**2 / (2 * n_e)
    root = math.sqrt(p * (1 - p) / n_e + reach**2)
    limits = {
        "wald": (p - t * se, p + t * se),
        "logit": tuple(1 / (1 + math.exp(-(logit(p) + s * t * se / (p * (1 - p))))) for s in (-1, 1)),
        "wilson": tuple((p + middle + s * t * root) / (1 + t**2 / n_e) for s in (-1, 1)),
        "arcsine": tuple(math.sin(math.asin(p**0.5) + s * t * se / (2 * math.sqrt(p * (1 - p)))) ** 2 for s in (-1, 1)),
    }
    assert (value["conf_low"], value["conf_high"]) == pytest.approx(limits[method], rel=1e-6)
    assert value["conf_low"] == pytest.approx(float(result.conf_low[0]), rel=1e-9)


@pytest.mark.parametrize("method", ["wald", "logit"])
def test_latex_limits_compute_to_the_limits(method: str) -> None:
    result = proportion(STRATA, "yes", design=DESIGN, interval=method)
    last = [line.removesuffix(r" \\") for line in result.explain(style="latex").splitlines()[-3:-1]]
    for line, limit in zip(last, (result.conf_low[0], result.conf_high[0]), strict=True):
        _, filled, printed = re.split(r" &= | = (?=[\d.]+$)", line)
        code = filled.replace(r"\times", "*").replace(r"\mathrm{expit}", "expit")
        code = re.sub(r"\\mathrm\{logit\}\\,([\d.]+)", r"logit(\1)", code)
        names = {"logit": logit, "expit": lambda u: 1 / (1 + math.exp(-u))}
        assert eval(code, names) == pytest.approx(float(printed), rel=1e-6)
        assert float(printed) == pytest.approx(limit, rel=1e-7)


def test_totals_and_means_explain_themselves() -> None:
    rows = pd.DataFrame({"size": ["s"] * 3 + ["l"] * 3, "y": [1.0, 4, 2, 10, 30, 20]})
    design = Design.from_frame(rows, strata="size", population={"s": 30, "l": 6})
    value, filled = read(total(rows, "y", design=design).explain())
    assert float(filled["estimate"]) == value["estimate"] == pytest.approx(30 * 7 / 3 + 6 * 20)
    value, filled = read(mean(rows, "y", design=design).explain())
    above, below = (float(v) for v in filled["estimate"].split(" / "))
    assert (above, below) == (pytest.approx(190), 36)
    assert value["estimate"] == pytest.approx(190 / 36, rel=1e-9)
