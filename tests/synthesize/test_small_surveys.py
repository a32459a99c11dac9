"""Full circle on small surveys: known rows, printed, drawn again, analysed again."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.synthesize.tiny import ITEMS, TOOLS, microdata, percent, publish, tabulate

from aibaro.errors import InputError
from aibaro.published import PublishedSurvey
from aibaro.rounding import round_half_up
from aibaro.synthesize import replicates, synthesize, synthetic_population
from aibaro.synthesize._reproduction import verify_rows
from aibaro.synthesize.synthetic import inner_range


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("decimals", [0, 1])
def test_rows_give_the_printed_tables_of_known_rows(tmp_path: Path, seed: int, decimals: int) -> None:
    strata, rows = microdata(seed)
    printed = tabulate(strata, rows, decimals)
    survey = publish(tmp_path, strata, printed, int(rows["any_tool"].sum()))
    file = synthesize(survey, seed)
    assert file.unmet == ()
    again = file.rows.fillna(0)
    assert again["any_tool"].sum() == rows["any_tool"].sum()
    # the printed tables of the synthetic rows, made by the code that printed the known rows
    assert tabulate(strata, again.astype(dict.fromkeys(ITEMS, int)), decimals) == printed
    number = again[list(TOOLS)].sum(axis=1)
    assert ((number == 1) == (again["tools.one"] == 1)).all()
    assert ((number >= 2) == (again["tools.two_plus"] == 1)).all()
    assert (again[["up", "flat", "down"]].sum(axis=1) == 1).all()
    assert file.rows.loc[file.rows["any_tool"] == 0, "used.x"].isna().all()
    assert (file.rows["synthetic"] == 1).all()
    assert (file.rows["tools"] == number).all()


def test_known_rows_reproduce_their_own_print(tmp_path: Path) -> None:
    strata, rows = microdata(3)
    survey = publish(tmp_path, strata, tabulate(strata, rows), int(rows["any_tool"].sum()))
    assert verify_rows(rows, survey)["reproduced"].all()
    wrong = rows.assign(up=1 - rows["up"])
    check = verify_rows(wrong, survey)
    assert set(check.loc[~check["reproduced"], "item"]) == {"up"}


def test_seeds_decide_rows_and_replicates_give_an_inner_range(tmp_path: Path) -> None:
    strata, rows = microdata(1)
    survey = publish(tmp_path, strata, tabulate(strata, rows))
    files = replicates(survey, 5, 3)
    assert files[0].rows.equals(synthesize(survey, 5).rows)
    assert not files[0].rows.equals(files[1].rows)
    found = inner_range(files, lambda frame: float((frame["tool.a"] * frame["tool.b"] * frame["weight"]).sum()))
    assert found["minimum"].item() <= found["maximum"].item()
    fixed = inner_range(files, lambda frame: float(frame["weight"].sum()))
    assert fixed["minimum"].item() == pytest.approx(strata["population"].sum(), rel=1e-12)
    with pytest.raises(InputError, match="no replicate"):
        replicates(survey, 1, 0)


def test_a_population_has_every_firm_and_keeps_the_relations(tmp_path: Path) -> None:
    strata, rows = microdata(2, (20, 25, 18, 30))
    survey = publish(tmp_path, strata, tabulate(strata, rows))
    firms = synthetic_population(survey, 4).rows
    counts = firms.groupby(["sector", "size"]).size()
    assert counts.tolist() == strata["population"].tolist()
    assert (firms["weight"] == 1).all()
    assert (firms[["up", "flat", "down"]].sum(axis=1) == 1).all()
    assert ((firms[list(TOOLS)].sum(axis=1) >= 1) == (firms["any_tool"] == 1)).all()


def test_a_population_of_chosen_items(tmp_path: Path) -> None:
    strata, rows = microdata(3)
    survey = publish(tmp_path, strata, tabulate(strata, rows))
    firms = synthetic_population(survey, 4, items=["up", "flat", "down"]).rows
    assert len(firms) == strata["population"].sum()
    assert [c for c in firms.columns if c in ITEMS] == ["up", "flat", "down"]
    assert (firms[["up", "flat", "down"]].sum(axis=1) == 1).all()
    with pytest.raises(InputError) as error:
        synthetic_population(survey, 4, items=["any_tool", "tool.a", "used.x"])
    assert {fault.got for fault in error.value.faults} == {"any_tool", "used.x"}


@pytest.mark.parametrize("wrong", [("up.s1", "50,0%"), ("up.all", "33,4%")])
def test_a_planted_misprint_is_given_up_with_its_proof(tmp_path: Path, wrong: tuple[str, str]) -> None:
    strata = pd.DataFrame({"sector": ["s0", "s1"], "size": ["z0", "z0"], "population": [10, 20], "respondents": [5, 4]})
    texts = {"up.s0": "40,0%", "up.s1": "25,0%", "up.all": "30,0%"}
    names = {"up.s0": "up|sector=s0", "up.s1": "up|sector=s1", "up.all": "up"}

    def survey_of(printed: dict[str, str]) -> PublishedSurvey:
        rows = [
            {
                "id": key,
                "item": "up",
                "base": "all",
                "domain": "sector" if key != "up.all" else "",
                "level": key[3:] if key != "up.all" else "",
                "printed": text,
            }
            for key, text in printed.items()
        ]
        return publish(tmp_path, strata, rows)

    assert synthesize(survey_of(texts), 1).unmet == ()
    texts |= dict([wrong])
    file = synthesize(survey_of(texts), 1)
    assert len(file.unmet) == 1
    conflict = set(file.unmet[0].conflict)

    def holds(name: str, a: int, b: int) -> bool:
        share = {"up.s0": Fraction(a, 5), "up.s1": Fraction(b, 4), "up.all": (Fraction(2) * a + 5 * b) / 30}
        return any(names[key] == name and percent(share[key]) == texts[key] for key in names)

    # every table, by enumeration: the named figures exclude each other, and no member is idle
    tables = list(product(range(6), range(5)))
    assert not any(all(holds(name, *table) for name in conflict) for table in tables)
    for left in conflict:
        assert any(all(holds(name, *table) for name in conflict - {left}) for table in tables)
    assert set(file.check.loc[~file.check["reproduced"], "id"]) == set(file.unmet[0].ids)
    assert file.unmet[0].figure in conflict
    # two solvers say so
    assert "ortools" in file.unmet[0].proof
    assert "(HiGHS) proves the same" in file.unmet[0].proof


def test_a_stated_fact_that_contradicts_itself_is_left_out_by_name(tmp_path: Path) -> None:
    strata, rows = microdata(4)
    printed = tabulate(strata, rows)
    twice = [*printed, {**printed[0], "id": "again", "printed": "99,9%"}]
    survey = publish(tmp_path, strata, twice)
    file = synthesize(survey, 1)
    # nobody knows which of the two is right: neither binds
    assert [x.id for x in file.left_out] == [printed[0]["id"], "again"]
    assert all("conflict" in x.reason for x in file.left_out)


@pytest.mark.parametrize("seed", [-1, 1.5, True])
def test_a_seed_is_a_whole_number(tmp_path: Path, seed: object) -> None:
    strata, rows = microdata(4)
    survey = publish(tmp_path, strata, tabulate(strata, rows))
    with pytest.raises(InputError, match="seed"):
        synthesize(survey, seed)  # type: ignore[arg-type]


def test_rows_that_cannot_be_compared_are_refused_with_all_faults(tmp_path: Path) -> None:
    strata, rows = microdata(4)
    survey = publish(tmp_path, strata, tabulate(strata, rows))
    with pytest.raises(InputError, match="stratum variables"):
        verify_rows(rows.drop(columns="size"), survey)
    with pytest.raises(InputError, match=r"no stratum(.|\n)*have no rows"):
        verify_rows(rows.assign(sector=np.where(rows["sector"] == "s0", "s9", "s1")), survey)
    with pytest.raises(InputError, match="lack items"):
        verify_rows(rows.drop(columns="up"), survey)


def test_half_up_is_the_rule_of_the_helper() -> None:
    assert percent(Fraction(1, 8), 0) == "13%"
    assert round_half_up(Fraction(25, 2), 0) == 13
