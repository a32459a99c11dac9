"""Known microdata, printed by stratum and analysed again from print: the truth always lies inside."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
import statsmodels.api as sm
from tests.parity import r_values
from tests.reconstruct.surveys import make_survey

from aibaro.disclosure import stratum_ranges
from aibaro.published import load
from aibaro.reconstruct import Bounder, own_item, percentages, read_bounds, verify
from aibaro.reconstruct.share_variance import exact_variance

pytest.importorskip("ortools")
R = r_values.load("rows")
SCHOOLS = {"E": (4421, 100), "M": (1018, 50), "H": (755, 50)}


def schools() -> pd.DataFrame:
    """R's stratified sample of Californian schools: growth target met, eligible for awards."""
    frame = pd.read_csv(r_values.VALUES / "apistrat.csv")
    return frame.assign(yes=frame["sch.wide"] == "Yes", win=frame["awards"] == "Yes")


def counts(frame: pd.DataFrame, answer: pd.Series) -> list[list[int]]:
    return [[int((answer & (frame["stype"] == s)).sum())] for s in SCHOOLS]


@pytest.mark.parametrize("decimals", [0, 1])
def test_rs_standard_errors_of_schools_lie_inside_the_bounds(tmp_path: Path, decimals: int) -> None:
    frame = schools()
    known = {"yes": counts(frame, frame["yes"]), "win": counts(frame, frame["win"])}
    population, respondents = ([[v[k]] for v in SCHOOLS.values()] for k in (0, 1))
    survey = make_survey(tmp_path, population, respondents, known, decimals=decimals)
    checked = 0
    for item, cells in known.items():
        system = own_item(survey, item)
        for row in Bounder(system).rows():
            exact = exact_variance(system, row.share.strata, tuple(c[0] for c in cells))
            assert exact is not None
            assert row.smallest.outer <= exact <= row.largest.outer
            values = R.get(f"strat.{item}")
            if len(row.share.strata) == 3 and values is not None:
                assert float(row.se_lower) * (1 - 1e-9) <= values["std_error"] <= float(row.se_upper) * (1 + 1e-9)
                assert float(row.share.lower) <= values["estimate"] <= float(row.share.upper)
                checked += 1
    assert checked
    for found in stratum_ranges(survey):
        assert found.low <= known[found.item][found.row][0] <= found.high


@pytest.mark.parametrize("decimals", [0, 1])
def test_schools_among_a_base_lie_inside_the_bounds(tmp_path: Path, decimals: int) -> None:
    frame = schools()
    inside, both = counts(frame, frame["yes"]), counts(frame, frame["yes"] & frame["win"])
    population, respondents = ([[v[k]] for v in SCHOOLS.values()] for k in (0, 1))
    survey = make_survey(tmp_path, population, respondents, {"win": both}, base=inside, decimals=decimals)
    system = own_item(survey, "win", "users")
    truth = (*(c[0] for c in both), *(c[0] for c in inside))
    for row in Bounder(system).rows():
        exact = exact_variance(system, row.share.strata, truth)
        assert exact is not None
        assert row.smallest.outer <= exact <= row.largest.outer
        degrees = sum(int(system.design.respondents[h]) - 1 for h in row.share.strata if inside[h][0])
        assert 0 < row.df_lower <= degrees
        # all but a stratum's first member count, as far as print tells how many members there are
        assert row.df_lower >= sum(inside[h][0] for h in row.share.strata) - 4 * len(row.share.strata)
    for found in stratum_ranges(survey, [("win", "users")], constraints="domain"):
        assert found.low <= both[found.row][0] <= found.high


def test_counts_of_a_statsmodels_survey_lie_inside_the_ranges(tmp_path: Path) -> None:
    rows = sm.datasets.fair.load_pandas().data.iloc[::40]
    strict, schooled = (rows["religious"] >= 3).to_numpy(), (rows["educ"] >= 15).to_numpy()
    answer = (rows["affairs"] > 0).to_numpy()
    cells = [[(strict == s) & (schooled == c) for c in (False, True)] for s in (False, True)]
    n = [[int(cell.sum()) for cell in row] for row in cells]
    known = [[int((answer & cell).sum()) for cell in row] for row in cells]
    survey = make_survey(tmp_path, [[40 * v for v in row] for row in n], n, {"affair": known})
    flat = [v for row in known for v in row]
    ranges = stratum_ranges(survey)
    assert len(ranges) == 4
    for found in ranges:
        assert found.low <= flat[found.row] <= found.high
    system = own_item(survey, "affair")
    whole = system.share()
    assert whole is not None
    share = Fraction(sum(flat), sum(map(sum, n)))
    assert whole.lower <= share <= whole.upper


def test_every_figure_has_bounds_and_those_printed_overall_alone_verify() -> None:
    survey = load("flanders-2023")
    tables, overall = read_bounds(survey), read_bounds(survey, "overall")
    keys = ["item", "base", "domain", "level"]
    both = pd.concat([tables[keys], overall[keys]]).sort_values(keys, ignore_index=True)
    # nothing that print gives as a weighted percentage of this wave is left out, nothing stands twice
    pd.testing.assert_frame_equal(both, percentages(survey)[keys], check_dtype=False)
    assert len(overall) == 83
    assert verify(survey, "overall").rows == 83
    families = overall["item"].str.partition(".")[0].value_counts().to_dict()
    assert {f: families[f] for f in ("gap", "training", "plan", "effect")} == {
        "gap": 13,
        "training": 2,
        "plan": 4,
        "effect": 5,
    }
    assert (overall["se_lower"] <= overall["se_upper"]).all()
    known = overall.loc[~overall["base"].str.endswith("_gaps")]
    # of the two bases of knowledge gaps print gives the sum of respondents alone, which bounds nothing
    assert known["se_upper"].max() < 0.12
    # 1,022 adopters in 44 strata: a stratum loses at most one degree of freedom
    adopters = overall.loc[(overall["base"] == "adopters") & (overall["domain"] == ""), "df_lower"]
    assert adopters.min() >= 1022 - 44
