"""What a plan explains is read back: its numbers, computed anew, are those of the plan."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any

import pandas as pd
import pytest

import aibaro
from aibaro.errors import InputError
from aibaro.planning import Allocation, allocate

FLANDERS = aibaro.load("flanders-2023").strata
SMALL = pd.DataFrame({"size": ["s", "m", "l"], "population": [900, 80, 20]})
PLANS: dict[str, dict[str, Any]] = {
    "neyman": {"strata": FLANDERS, "total": 2612, "share": 0.3},
    "proportional": {"strata": FLANDERS, "total": 2612, "method": "proportional"},
    "power": {"strata": FLANDERS, "total": 2612, "method": "power", "share": 0.3},
    "constrained": {"strata": FLANDERS, "total": 2612, "share": 0.3, "precision": {"size_class": 0.03}},
    "taken whole": {"strata": SMALL, "total": 120, "std_dev": [1, 3, 40]},
}


@cache
def planned(name: str) -> Allocation:
    """A plan, made when a test first asks for it: collecting tests makes none."""
    return allocate(**PLANS[name])


def recompute(formula: str) -> float:
    """Compute a printed formula with its printed numbers."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", formula).replace("×", "*").replace("²", "**2")
    return float(eval(re.sub(r"√([\d.e-]+)", r"sqrt(\1)", text), {"sqrt": math.sqrt}))


@pytest.mark.parametrize("name", PLANS)
def test_the_numbers_of_every_stratum(name: str) -> None:
    plan = planned(name)
    for row, labels in enumerate(plan.labels.to_dict("records")):
        lines = plan.explain(**{str(k): str(v) for k, v in labels.items()}).splitlines()[1:]
        values = {}
        for line in lines:
            symbol, _, rest = line.strip().partition(": ")
            parts = rest.split(" = ")
            values[symbol] = recompute(parts[-1])
            if len(parts) == 3:
                assert recompute(parts[1]) == pytest.approx(values[symbol], rel=3e-7)
        assert values["interviews"] == plan.n[row]
        assert values["weight"] == pytest.approx(plan.to_frame()["weight"][row], rel=1e-7)
        assert values["variance"] == pytest.approx(plan.variances()[row], rel=1e-7, abs=1e-18)
        assert ("ideal" in values) == (name != "constrained")
        if name in {"neyman", "proportional"}:  # no limit binds here, and whole numbers stay near the ideal
            assert abs(values["ideal"] - plan.n[row]) < 1.5


@pytest.mark.parametrize("name", PLANS)
def test_the_population_s_standard_error(name: str) -> None:
    plan = planned(name)
    lines = plan.explain().splitlines()
    assert len(lines) == 3
    *_, filled, value = lines[-1].split(" = ")
    assert recompute(filled) == pytest.approx(recompute(value), rel=1e-7)
    assert recompute(value) == pytest.approx(plan.variances().sum() ** 0.5, rel=1e-7)
    assert plan.explain(style="latex").count("&=") == 2


def test_few_strata_are_added_up_one_by_one() -> None:
    filled = planned("taken whole").explain().splitlines()[1].split(" = ")[1]
    assert recompute(filled) == pytest.approx(planned("taken whole").variances().sum(), rel=1e-7)
    assert filled.count("+") == 2


def test_levels_have_to_name_one_stratum() -> None:
    with pytest.raises(InputError, match="one level each of size_class, sector"):
        planned("neyman").explain(size_class="micro")
