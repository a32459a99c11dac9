"""The bundled survey drawn again: every printed percentage derived from the rows by code of this test alone."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product
from math import floor
from pathlib import Path

import pandas as pd
import pytest

from aibaro.cli import main
from aibaro.design import Design
from aibaro.estimate import proportion
from aibaro.published import load
from aibaro.reconstruct import kept_witness, read_bounds
from aibaro.synthesize import Synthetic, synthesize
from aibaro.synthesize._draw import DrawingPlan, Stuck

TOOLS = "technology."
BARRIERS = ["barrier.knowledge", "barrier.estimating_use", "barrier.recruiting"]


@pytest.fixture(scope="module", name="file")
def file_fixture() -> Synthetic:
    return synthesize(load("flanders-2023"), 1)


def members(rows: pd.DataFrame) -> dict[str, pd.Series]:
    number = rows[[c for c in rows if c.startswith(TOOLS)]].sum(axis=1)
    gaps = rows[BARRIERS].sum(axis=1) > 0
    return {
        "all": number >= 0,
        "adopters": number > 0,
        "non_adopters": number == 0,
        "gaps": gaps,
        "adopters_gaps": gaps & (number > 0),
        "non_adopters_gaps": gaps & (number == 0),
        "adopters_one": number == 1,
    }


def test_every_printed_percentage_follows_from_the_rows(file: Synthetic) -> None:
    survey, rows = load("flanders-2023"), file.rows
    strata = survey.strata.set_index(["size_class", "sector"])
    keys = list(zip(rows["size_class"], rows["sector"], strict=True))
    assert pd.Series(keys).value_counts().to_dict() == strata["respondents"].to_dict()
    weights = {key: Fraction(int(row.population), int(row.respondents)) for key, row in strata.iterrows()}
    bases = members(rows)
    assert [int(bases[b].sum()) for b in ("adopters", "gaps")] == [1022, 2061]
    printed = survey.printed.query("kind == 'percentage' and wave == '2023' and base != ''")
    assert len(printed) == 419
    assert printed["id"].str.match(r"fl23\.t[3-6]\.").sum() == 270
    wrong = []
    for row in printed.itertuples():
        kept = bases[row.base]
        if row.domain:
            kept = kept & (rows[row.domain] == row.level)
        yes = kept & (rows[row.item] == 1)
        assert rows.loc[kept, row.item].notna().all()
        total = sum(weights[key] * count for key, count in pd.Series(keys)[kept].value_counts().items())
        found = sum(weights[key] * count for key, count in pd.Series(keys)[yes].value_counts().items())
        tenths = floor(Fraction(found) / total * 1000 + Fraction(1, 2))
        text = row.printed.rstrip("%").replace(",", ".")
        if Fraction(tenths, 10) != Fraction(text):
            wrong.append((row.id, row.printed, float(found / total * 100)))
    assert wrong == []
    assert file.unmet == ()
    assert file.reproduced == 419


def test_floating_point_weights_give_the_same_tables(file: Synthetic) -> None:
    rows, printed = file.rows, load("flanders-2023").printed
    table = printed.loc[printed["id"].str.match(r"fl23\.t[34]\.") & (printed["kind"] == "percentage")]
    for row in table.itertuples():
        own = rows if not row.domain else rows.loc[rows[row.domain] == row.level]
        share = 100 * (own["weight"] * own[row.item].astype(float)).sum() / own["weight"].sum()
        assert f"{share:.1f}".replace(".", ",") + "%" == row.printed


def test_the_estimator_of_this_package_gives_tables_3_to_6(file: Synthetic) -> None:
    """The file goes through aibaro.estimate like any user's rows; its standard errors respect the certified bounds."""
    survey = load("flanders-2023")
    design = Design.from_frame(file.rows, strata=["size_class", "sector"], population=survey.strata)
    limits = {(r.item, r.level): (r.se_lower, r.se_upper) for r in read_bounds(survey).itertuples()}
    printed = survey.printed.query("kind == 'percentage'")
    printed = printed.loc[printed["id"].str.match(r"fl23\.t[3-6]\.")]
    assert len(printed) == 270
    for base, by in product(("all", "adopters"), (None, "sector", "size_class")):
        table = printed.loc[(printed["base"] == base) & (printed["domain"] == (by or ""))]
        if table.empty:
            continue
        asked = None if base == "all" else "at_least_one"
        found = proportion(file.rows, sorted(set(table["item"])), design=design, by=by, base=asked).to_frame()
        got = {(r.item, r.level): r for r in found.itertuples()}
        for row in table.itertuples():
            estimate = got[row.item, row.level]
            assert f"{100 * estimate.estimate:.1f}".replace(".", ",") + "%" == row.printed
            low, high = limits[row.item, row.level]
            assert low * (1 - 1e-9) <= estimate.std_error <= high * (1 + 1e-9)


def test_answers_obey_the_relations(file: Synthetic) -> None:
    rows = file.rows
    number = rows[[c for c in rows if c.startswith(TOOLS)]].sum(axis=1)
    assert (rows["technologies"] == number).all()
    assert ((rows["at_least_one"] == 1) == (number > 0)).all()
    assert (rows[["at_least_one", "plans", "no_plans"]].sum(axis=1) == 1).all()
    adopters = rows.loc[number > 0]
    trend = ["budget.unchanged", "budget.slight_increase", "budget.strong_increase", "budget.decrease"]
    assert (adopters[trend].sum(axis=1) == 1).all()
    split = ["source.adapt_commercial_only", "source.adapt_open_source_only", "source.adapt_both"]
    assert (adopters[split].sum(axis=1) == adopters["source.adapt_any"]).all()
    effects = adopters[["effect.new_products", "effect.quality", "effect.costs"]].max(axis=1)
    assert (effects == adopters["effect.any"]).all()
    for name in ("text_analysis", "nlg", "machine_learning", "process_automation", "autonomous_machines"):
        both = rows[[f"technology.{name}", f"plan.{name}"]].sum(axis=1)
        assert (both == rows[f"potential.{name}"]).all()
    outside = rows.loc[number == 0]
    # a firm without AI that plans one of the technologies has plans
    assert not (outside[[c for c in rows if c.startswith("plan.")]].max(axis=1) > outside["plans"]).any()
    assert (adopters[["employment.low_decrease", "employment.low_increase"]].sum(axis=1) <= 1).all()
    assert outside[[c for c in rows if c.startswith("application.")]].isna().all().all()


def test_words_that_stand_alone_are_met_and_freedom_is_told(file: Synthetic) -> None:
    words = file.check.query("kind == 'verbal'")
    assert words["reproduced"].all()
    assert file.freedom is not None
    assert 0 < file.freedom.pinned_cells < file.freedom.cells == 24 * 44
    assert 0 < file.freedom.rows_with_fixed_answer < 2612
    reasons = {entry.reason for entry in file.left_out}
    assert reasons == {"another wave", "no answer of respondents"}


def test_a_kept_table_of_a_bound_becomes_a_whole_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    survey, target = load("flanders-2023"), tmp_path / "synthetic-upper.csv"
    place = "application.administration@adopters|sector=nace-35-39"
    words = ["synthesize", "flanders-2023", "--seed", "1", "--bound", place, "-o", str(target), "--json"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["percentages"], told["reproduced"], told["unmet"]) == (419, 419, [])
    rows = pd.read_csv(target)
    # the standard error of the rows, by the estimator, is the largest that was found: the pinned one of the bound
    design = Design.from_frame(rows, strata=["size_class", "sector"], population=survey.strata)
    asked = {"design": design, "by": "sector", "base": "at_least_one"}
    found = proportion(rows, ["application.administration"], **asked).to_frame().set_index("level").loc["nace-35-39"]
    bounds = read_bounds(survey).query("item == 'application.administration' and level == 'nace-35-39'").iloc[0]
    assert found["std_error"] == pytest.approx(bounds["se_upper_witness"], rel=1e-12)
    assert told["std_error"] == pytest.approx(bounds["se_upper_witness"], rel=1e-12)
    assert (
        f"{100 * found['estimate']:.1f}".replace(".", ",") + "%"
        == survey.printed.set_index("fact").loc[place, "printed"]
    )


def test_that_no_rows_were_found_is_no_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stuck(prepared: DrawingPlan, *_: object) -> None:
        raise Stuck(prepared.components[0], "limit")

    monkeypatch.setattr("aibaro.synthesize.synthetic.excluded", lambda *_: None)
    monkeypatch.setattr("aibaro.synthesize.synthetic.draw", stuck)
    monkeypatch.setattr("aibaro.synthesize.synthetic.explain", lambda *_: None)
    words = ["synthesize", "flanders-2023", "--seed", "1", "--bound", "at_least_one|sector=nace-35-39"]
    assert main([*words, "-o", str(tmp_path / "synthetic.csv")]) == 2
    assert "no conflict is proved" in capsys.readouterr().err


def test_print_of_another_item_excludes_a_kept_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    survey, place = load("flanders-2023"), "application.hr@adopters|sector=nace-10-33"
    words = ["synthesize", "flanders-2023", "--seed", "1", "--bound", place]
    assert main([*words, "-o", str(tmp_path / "synthetic.csv")]) == 1
    said = capsys.readouterr().err
    assert "print excludes these counts of application.hr@adopters and @adopters" in said
    assert "application.development@adopters|sector=nace-10-33 11,4%" in said
    assert "parameter: --bound\n" in said
    assert "hint:" not in said
    assert not list(tmp_path.iterdir())
    # by hand: of the kept users of each size no whole numbers make 11,4% to the tenth; every sum is listed
    users = kept_witness(survey, place).counts["@adopters"]
    strata = [
        (int(r.population), int(r.respondents), n) for r, n in zip(survey.strata.itertuples(), users, strict=True)
    ]
    own = [(Fraction(big, small), n) for big, small, n in strata if n is not None]
    sums = {Fraction(0)}
    for weight, n in own:
        sums = {total + weight * k for total in sums for k in range(n + 1)}
    base = sum(weight * n for weight, n in own)
    assert not any(Fraction(1135, 10000) * base <= total < Fraction(1145, 10000) * base for total in sums)
