"""Full circle on small surveys: known rows, printed, drawn again, analysed again."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.reconstruct.surveys import CELLS
from tests.synthesize.tiny import ITEMS, TOOLS, microdata, percent, publish, tabulate

from aibaro.errors import ConflictError, InputError
from aibaro.published import PublishedSurvey, read
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


def test_an_item_may_be_printed_of_a_base_and_of_those_outside_it(tmp_path: Path) -> None:
    strata = pd.DataFrame({"sector": ["s0", "s1"], "population": [40, 60], "respondents": [4, 6]})
    # ten respondents of weight 10; half are users, of whom one in five has x, and of the others four in five
    printed = [("used", "all", "50%"), ("x", "users", "20%"), ("x", "others", "80%")]
    strata.to_csv(tmp_path / "strata.csv", index=False)
    (tmp_path / "datapackage.json").write_text(CELLS, encoding="utf-8")
    pd.DataFrame(printed, columns=["item", "base", "printed"]).to_csv(tmp_path / "printed.csv", index=False)
    definitions = {"base": ["all", "users", "others"], "parent": ["", "all", "all"]}
    bases = pd.DataFrame({**definitions, "definition": ["all", "any(used)", "not any(used)"]})
    bases.to_csv(tmp_path / "bases.csv", index=False)
    file = synthesize(read(tmp_path), 1)
    assert file.unmet == ()
    assert file.check["reproduced"].all()
    assert file.rows.groupby("used")["x"].sum().to_dict() == {0: 4, 1: 1}


def held(tmp_path: Path) -> tuple[PublishedSurvey, pd.DataFrame]:
    strata, rows = microdata(3)
    survey = publish(tmp_path, strata, tabulate(strata, rows), int(rows["any_tool"].sum()))
    return survey, rows.groupby(["sector", "size"], sort=False)[list(ITEMS)].sum()


def test_rows_hold_the_counts_of_known_rows(tmp_path: Path) -> None:
    survey, true = held(tmp_path)
    asked = {
        "used.x@users": true["used.x"].tolist(),
        "@users": [*true["any_tool"].tolist()[:3], None],
        "tools.one": [None, None, None, int(true["tools.one"].iloc[3])],
        "up@all": [int(true["up"].iloc[0]), None, None, None],
    }
    file = synthesize(survey, 1, counts=asked)
    found = file.rows.fillna(0).groupby(["sector", "size"], sort=False)[list(ITEMS)].sum()
    assert found["used.x"].tolist() == asked["used.x@users"]
    assert found["any_tool"].tolist()[:3] == asked["@users"][:3]
    assert found["tools.one"].iloc[3] == true["tools.one"].iloc[3]
    assert found["up"].iloc[0] == true["up"].iloc[0]
    assert file.unmet == ()
    assert file.check["reproduced"].all()
    assert list(file.held) == ["used.x@users", "@users", "tools.one", "up"]
    assert file.held["up"] == {"s0 × z0": true["up"].iloc[0]}
    assert file.to_dict()["held"] == file.held
    assert "counts held of @users: 3 strata" in file.summary()


def test_counts_that_cannot_be_asked_for_are_named_together(tmp_path: Path) -> None:
    survey, _ = held(tmp_path)
    wrong = {
        "used.x": [1, 1, 1, 1],
        "@all": [6, 9, 5, 8],
        "up": [1, 1, 1],
        "down": [None] * 4,
        "flat": [7, -1, 1.5, True],
        "@users": [0, None, None, None],
        "used.y@users": [1, 1, None, None],
    }
    with pytest.raises(InputError, match="cannot be asked for") as error:
        synthesize(survey, 1, counts=wrong)  # type: ignore[arg-type]
    found = {(f.problem, f.parameter, f.got) for f in error.value.faults}
    unknown = "no share of respondents is printed of this"
    assert found == {
        (unknown, "counts", "used.x"),
        (unknown, "counts", "@all"),
        ("not one count a stratum", "up", "3 counts"),
        ("no count was given", "down", "None alone"),
        ("a count that no stratum can have", "flat", "7"),
        ("a count that no stratum can have", "flat", "-1"),
        ("a count that no stratum can have", "flat", "1.5"),
        ("a count that no stratum can have", "flat", "True"),
        ("more respondents with an item than its base has", "used.y@users", "1"),
    }


def test_print_that_excludes_counts_is_named_with_its_proof(tmp_path: Path) -> None:
    strata = pd.DataFrame({"sector": ["s0", "s1"], "size": ["z0", "z0"], "population": [10, 20], "respondents": [5, 4]})
    columns = ["id", "item", "base", "domain", "level", "printed"]
    # two of five have tool a in s0; by hand: nobody can have two of five among one user
    rows = [("a", "tool.a", "all", "sector", "s0", "40,0%"), ("u", "used.x", "users", "sector", "s0", "50,0%")]
    survey = publish(tmp_path, strata, [dict(zip(columns, row, strict=True)) for row in rows])
    with pytest.raises(ConflictError, match="print excludes these counts of @users") as error:
        synthesize(survey, 1, counts={"@users": [1, None]})
    fault = error.value.faults[0]
    assert "tool.a|sector=s0 40,0%" in fault.expected or "used.x@users|sector=s0 50,0%" in fault.expected
    assert "(HiGHS) proves the same" in fault.got
    # half of three users is no whole number, and half of two is one
    with pytest.raises(ConflictError, match="print excludes") as error:
        synthesize(survey, 1, counts={"@users": [3, None]})
    assert error.value.faults[0].expected.endswith(": used.x@users|sector=s0 50,0%")
    with pytest.raises(ConflictError, match="exclude each other"):
        synthesize(survey, 1, counts={"tool.a": [3, None], "@users": [2, None]})
    assert synthesize(survey, 1, counts={"@users": [2, None]}).held == {"@users": {"s0 × z0": 2}}


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
