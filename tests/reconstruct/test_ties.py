"""Items that declared relations tie to printed sets: their bounds against every table that print allows."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reconstruct.surveys import make_survey

from aibaro.cli import main
from aibaro.published import PublishedSurvey, load, read
from aibaro.reconstruct import Bounder, bounds_frame, own_item, tied_item, verify, violated, write_bounds
from aibaro.reconstruct._base_search import smallest_inside
from aibaro.reconstruct.kept import every_kept_table, stratum_names
from aibaro.reconstruct.share_variance import exact_variance

POPULATION, RESPONDENTS = [[40, 90], [25, 60]], [[4, 3], [3, 4]]
LIMITS = [n for row in RESPONDENTS for n in row]
#: How an item and a set can be tied: the relation, and which counts of both go together.
KINDS = {
    "the set holds the item": ("subset,item,set", lambda x, y, n: x <= y),
    "the item holds the set": ("subset,set,item", lambda x, y, n: y <= x),
    "nobody has both": ("exhaustive,item set rest,@all", lambda x, y, n: x + y <= n),
    "everybody has one": ("exhaustive,item set,@all", lambda x, y, n: x + y == n),
}


def tied_survey(folder: Path, kind: str, item: list[int], counts: list[int]) -> PublishedSurvey:
    """Print the set by every domain, the item over all strata alone."""
    rest = [n - x - y for n, x, y in zip(LIMITS, item, counts, strict=True)]
    items = {"item": item, "set": counts} | ({"rest": rest} if kind == "nobody has both" else {})
    make_survey(folder, POPULATION, RESPONDENTS, {k: [v[:2], v[2:]] for k, v in items.items()})
    printed = pd.read_csv(folder / "printed.csv", dtype=str, keep_default_na=False)
    printed = printed.loc[(printed["item"] == "set") | (printed["domain"] == "")]
    printed.to_csv(folder / "printed.csv", index=False)
    (folder / "relations.csv").write_text(f"kind,parts,whole\n{KINDS[kind][0]}\n", encoding="utf-8")
    return read(folder)


@st.composite
def tied(draw: st.DrawFn) -> tuple[str, list[int], list[int]]:
    kind = draw(st.sampled_from(sorted(KINDS)))
    counts = [draw(st.integers(0, n)) for n in LIMITS]
    pairs = zip(LIMITS, counts, strict=True)
    choices = [[x for x in range(n + 1) if KINDS[kind][1](x, y, n)] for n, y in pairs]
    return kind, [draw(st.sampled_from(c)) for c in choices], counts


@given(tied())
@settings(max_examples=25, deadline=None)
def test_bounds_of_a_tied_item_are_those_of_all_tables(drawn: tuple[str, list[int], list[int]]) -> None:
    kind, item, counts = drawn
    with TemporaryDirectory() as folder:
        survey = tied_survey(Path(folder), kind, item, counts)
        alone, sets, system = own_item(survey, "item"), own_item(survey, "set"), tied_item(survey, "item")
        tables = list(product(*[range(n + 1) for n in LIMITS]))
        own = [x for x in tables if not violated(alone, x)]
        printed = np.array([y for y in tables if not violated(sets, y)])
        goes = KINDS[kind][1]
        fits = [x for x in own if goes(np.array(x), printed, np.array(LIMITS)).all(axis=1).any()]
        reached = [exact_variance(alone, alone.shares[0].strata, x) for x in fits]
        (row,) = Bounder(system).rows()
        assert row.constraints == "tied"
        assert (row.smallest.inner, row.largest.inner) == (min(reached), max(reached))
        for bound, value in ((row.smallest.outer, min(reached)), (row.largest.outer, max(reached))):
            assert abs(bound - value) <= Fraction(1, 10**9) * max(reached)
        assert row.smallest.outer <= min(reached)
        assert max(reached) <= row.largest.outer
        # the relaxation by itself, aimed far beyond: it may not pass the smallest variance either
        for tie in system.ties:
            aimed = smallest_inside(system.inside(tie), 4 * max(reached) + Fraction(1, 1000), 40).outer
            assert aimed <= min(reached)
        (loose,) = Bounder(alone).rows()
        assert loose.smallest.outer <= row.smallest.outer
        assert row.largest.outer <= loose.largest.outer


def test_ties_are_followed_through_several_relations() -> None:
    survey = load("flanders-2023")
    # planned and not used, or neither: both lie among those without AI, whose share is printed by domain
    assert [(t.holds, t.system.item) for t in tied_item(survey, "no_plans").ties] == [(True, "not at_least_one")]
    # used or planned holds those that use it
    found = tied_item(survey, "potential.text_analysis").ties
    assert [(t.holds, t.system.item) for t in found] == [(False, "technology.text_analysis")]
    # nothing of an item that is printed by the same domains itself
    for name, base in (("technology.nlg", "all"), ("training.formal", "adopters")):
        assert tied_item(survey, name, base).fingerprint() == own_item(survey, name, base).fingerprint()


def test_the_smallest_error_inside_a_set_is_not_nothing() -> None:
    system = tied_item(load("flanders-2023"), "potential.autonomous_machines")
    (tie,) = system.ties
    found = smallest_inside(system.inside(tie), Fraction(31, 10_000) ** 2, 2)
    # the table that is kept has 0.0031; strata that are all users or none at all do not meet print
    assert Fraction(27, 10_000) ** 2 < found.outer < Fraction(31, 10_000) ** 2


def test_those_without_are_the_others() -> None:
    survey = load("flanders-2023")
    system = tied_item(survey, "no_technology")
    assert (system.total, len(system.shares), system.ties) == (2612 - 1022, 17, ())
    using = own_item(survey, "at_least_one")
    assert {s.strata for s in system.shares} == {s.strata for s in using.shares}


@pytest.mark.parametrize("change", ["relations.csv", "bounds-witnesses.json"])
def test_kept_bounds_of_a_tied_item_are_verified_with_its_sets(tmp_path: Path, change: str) -> None:
    from aibaro.errors import IntegrityError

    survey = tied_survey(tmp_path, "the set holds the item", [1, 2, 0, 3], [2, 2, 1, 4])
    system = tied_item(survey, "item")
    rows = Bounder(system).rows()
    assert list(bounds_frame(rows)["constraints"]) == ["tied"]
    write_bounds(tmp_path, rows, stratum_names(system.design))
    survey = read(tmp_path)
    assert verify(survey).rows == 1
    # a table of the item alone is what others start from
    assert all(len(table) == 4 for table in every_kept_table(survey)["item", "all"])
    path = tmp_path / change
    text = path.read_text(encoding="utf-8")
    if change == "relations.csv":
        path.write_text(text.replace("subset,item,set", "subset,set,item"), encoding="utf-8")
    else:
        stored = rows[0].largest.witness
        assert stored is not None
        other = [*stored[:4], *[0] * 4]
        path.write_text(text.replace(str(list(stored)).replace(" ", ""), str(other).replace(" ", "")), encoding="utf-8")
    with pytest.raises(IntegrityError):
        verify(read(tmp_path))


@pytest.mark.parametrize("how", ["printed twice", "misprinted"])
def test_a_wrong_figure_of_a_tied_set_leaves_the_item_its_own_bounds(
    how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "survey"
    folder.mkdir()
    survey = tied_survey(folder, "the set holds the item", [1, 2, 0, 3], [2, 2, 1, 4])
    (alone,) = Bounder(own_item(survey, "item")).rows()
    printed = pd.read_csv(folder / "printed.csv", dtype=str, keep_default_na=False)
    wrong = printed.loc[printed["domain"] == "sector"].iloc[[0]].assign(printed="99,9%")
    kept = printed if how == "printed twice" else printed.drop(wrong.index)
    pd.concat([kept, wrong.assign(id="wrong")]).to_csv(folder / "printed.csv", index=False)
    assert main(["bounds", str(folder), "--item", "item", "-o", str(tmp_path / "found.csv")]) == 0
    assert "item@all: bounded by its own figures alone" in capsys.readouterr().err
    found = pd.read_csv(tmp_path / "found.csv").iloc[0]
    assert (found["constraints"], found["se_upper"]) == ("own-item", pytest.approx(float(alone.se_upper), rel=1e-9))
