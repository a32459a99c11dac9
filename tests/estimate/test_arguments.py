"""Every argument of a wrong type or value is answered in the error form, and faults of one call together."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import aibaro
from aibaro import estimate, tables, weights
from aibaro.design import Design
from aibaro.errors import AibaroError, InputError

ROWS = pd.DataFrame(
    {
        "h": list("aabb") * 5,
        "g": list("xyxy ") * 4,
        "y": np.arange(20.0),
        "b": [0, 1] * 10,
        "q": list("mnop") * 5,
        "w": 1.5,
    }
)
DESIGN = Design.from_frame(ROWS, strata="h", weight="w")
MEANS = estimate.mean(ROWS, "y", design=DESIGN, by="g")
WRONG: list[Any] = [None, "no such", 3, -1, 2.5, [], {}, ["a", "a"], [1], {"a": 1}, True, float("nan"), b"x", object()]
# what neither compares nor converts as one value does
WRONG += [pd.NA, 10**30, 1j, np.array([1, 2]), ROWS["y"], ROWS[["y"]], "", {"y"}, [["a"], ["b"]]]
COMMON = ["by", "domain", "base", "df", "fpc", "single", "conf_level", "design"]
CALLS: dict[str, tuple[list[Any], dict[str, Any], list[int | str]]] = {
    "proportion": (
        [ROWS, "b"],
        {"design": DESIGN},
        [0, 1, *COMMON, "interval", "missing", "deff", "variance", "covariance"],
    ),
    "mean": (
        [ROWS, "y"],
        {"design": DESIGN, "variance": "bootstrap", "seed": 1, "replicates": 9},
        ["seed", "replicates"],
    ),
    "total": ([ROWS, "y"], {"design": DESIGN}, [0, 1, *COMMON]),
    "ratio": ([ROWS, "y", "b"], {"design": DESIGN}, [0, 1, 2, *COMMON]),
    "quantile": ([ROWS, "y"], {"design": DESIGN}, [0, 1, *COMMON, "q", "rule", "interval"]),
    "chi_square": ([ROWS, "q", "g"], {"design": DESIGN}, [0, 1, 2, "domain", "base", "statistic", "fpc", "design"]),
    "contrast": ([MEANS, "'x' - 'y'"], {}, [0, 1, "df", "conf_level"]),
    "variance": ([ROWS, "y"], {"design": DESIGN}, [0, 1, *COMMON]),
    "covariance": ([ROWS, "y", "b"], {"design": DESIGN}, [0, 1, 2, *COMMON]),
    "correlation": ([ROWS, "y", "b"], {"design": DESIGN}, [0, 1, 2, *COMMON]),
    "t_test": ([ROWS, "y", "b"], {"design": DESIGN}, [0, 1, 2, "levels", "value", *COMMON[1:]]),
    "rank_test": ([ROWS, "y", "b"], {"design": DESIGN}, [0, 1, 2, "levels", "score", *COMMON[1:]]),
    "standardize": ([ROWS, "y", "b", {0: 1, 1: 2}], {"design": DESIGN}, [0, 1, 2, 3, "target", "interval", *COMMON]),
    "interval": (["logit", 0.3, 0.1, 5, 20], {}, [0, 1, 2, 3, 4, "kish", "conf_level"]),
}


TOTALS = {"b": {0: 50, 1: 60}}
ROOMS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "glm": (estimate.glm, {"formula": "y ~ b", "data": ROWS, "design": DESIGN}),
    "ordinal": (estimate.ordinal, {"formula": "q ~ y", "data": ROWS, "design": DESIGN, "order": list("mnop")}),
    "from_frame": (Design.from_frame, {"rows": ROWS, "strata": "h", "weight": "w"}),
    "from_strata": (
        Design.from_strata,
        {"strata": pd.DataFrame({"h": ["a"], "population": [9], "respondents": [5]})},
    ),
    "base": (weights.base, {"rows": ROWS, "strata": "h", "population": {"a": 40, "b": 50}}),
    "nonresponse": (
        weights.nonresponse,
        {"rows": ROWS, "disposition": "b", "classes": "h", "codes": {"respondent": 1, "nonrespondent": 0}},
    ),
    "normalize": (weights.normalize, {"rows": ROWS, "weight": "w"}),
    "poststratify": (weights.poststratify, {"rows": ROWS, "totals": TOTALS["b"], "by": "b"}),
    "rake": (weights.rake, {"rows": ROWS, "margins": TOTALS}),
    "calibrate": (weights.calibrate, {"rows": ROWS, "totals": TOTALS | {"y": 1050.0}}),
    "trim": (weights.trim, {"rows": ROWS, "upper": 2.0, "within": [], "weight": "w"}),
    "replicates": (weights.replicates, {"rows": ROWS, "design": DESIGN}),
    "crosstab": (tables.crosstab, {"data": ROWS, "rows": "q", "columns": "b", "design": DESIGN}),
}


@pytest.mark.parametrize("name", [*ROOMS, "read_rows"])
def test_a_wrong_argument_of_any_room_has_the_error_form(name: str, tmp_path: Path) -> None:
    if name == "read_rows":
        path = tmp_path / "rows.csv"
        ROWS.to_csv(path, index=False)
        call, named = aibaro.read_rows, {"path": path}
    else:
        call, named = ROOMS[name]
    call(**named)
    refused = 0
    for place in inspect.signature(call).parameters:
        for value in WRONG:
            try:
                call(**{**named, place: value})
            except AibaroError:
                refused += 1
    assert refused > 2 * len(named)


@pytest.mark.parametrize("name", ["mean", "proportion", "total"])
def test_what_is_no_table_of_counts_has_the_error_form(name: str) -> None:
    design = Design.from_strata(pd.DataFrame({"h": ["a"], "population": [9], "respondents": [5]}))
    for value in (v for v in WRONG if not isinstance(v, pd.DataFrame)):
        with pytest.raises(InputError, match="stratum counts"):
            getattr(estimate, name)(value, "y", design=design)


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_argument_has_the_error_form(name: str) -> None:
    positional, named, places = CALLS[name]
    call = getattr(estimate, name)
    call(*positional, **named)
    refused = 0
    for place in places:
        for value in WRONG:
            arguments, options = list(positional), dict(named)
            if isinstance(place, int):
                arguments[place] = value
            else:
                options[place] = value
            try:
                call(*arguments, **options)
            except AibaroError:
                refused += 1
    assert refused > 2 * len(places)


def test_all_faults_of_a_call_are_told_together() -> None:
    with pytest.raises(InputError) as caught:
        estimate.mean(ROWS, "y", design=DESIGN, df="normal", conf_level="0.95", domain=[], base=3)
    parameters = [fault.parameter for fault in caught.value.faults]
    assert parameters == ["df", "conf_level", "base", "domain"]


def test_levels_are_shown_in_quotes() -> None:
    with pytest.raises(InputError, match="' '"):
        estimate.mean(ROWS, "y", design=DESIGN, domain={"g": "z"})


@pytest.mark.parametrize("weights", [[1.7e308, 2.0, 1.0], [1.7e308] * 3, [8e307, 1e200, 1e200]])
def test_weights_near_the_largest_number_are_refused(weights: list[float]) -> None:
    frame = pd.DataFrame({"w": weights, "y": [0.5, 1.0, 3.0], "i": [0, 1, 1]})
    design = Design.from_frame(frame, weight="w")
    for estimated, item in ((estimate.mean, "y"), (estimate.total, "y"), (estimate.proportion, "i")):
        with pytest.raises(InputError, match="too large to compute with"):
            estimated(frame, item, design=design)


def test_a_weight_that_outweighs_the_others_gives_its_own_answer() -> None:
    frame = pd.DataFrame({"w": [1e299, 1.0, 1.0], "y": [0.5, 1.0, 3.0]})
    assert estimate.mean(frame, "y", design=Design.from_frame(frame, weight="w")).to_frame()["estimate"][0] == 0.5
