"""Grades over drawn tables: against every table of a small survey; refusals; what a grade says."""

from __future__ import annotations

import json
from itertools import product
from math import comb, prod, sqrt

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from aibaro.errors import InputError
from aibaro.ledger import Grade
from aibaro.ledger.drawn_tables import DrawnTables
from aibaro.study import DrawnSpread, Study, open, typical, typical_error

POPULATION, RESPONDENTS = (300, 200, 100, 100), (14, 9, 7, 5)
SHARES = {"x": "66.9%", "z": "35.0%"}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Four strata of which only totals are printed: a majority that depends, and a difference of two items."""
    folder = tmp_path_factory.mktemp("made")
    names = ["a", "b", "c", "d"]
    strata = {"s": names, "population": POPULATION, "respondents": RESPONDENTS}
    pd.DataFrame(strata).to_csv(folder / "strata.csv", index=False)
    rows = [{"item": item, "printed": text, "weighted": "yes"} for item, text in SHARES.items()]
    pd.DataFrame(rows).to_csv(folder / "printed.csv", index=False)
    claims = [
        {"id": "most", "rule": "majority", "inputs": "x", "parameters": "family=one"},
        {"id": "more", "rule": "greater", "inputs": "x / z", "parameters": "family=two"},
    ]
    pd.DataFrame(claims).assign(location="", claim_en="made", type="").to_csv(folder / "claims.csv", index=False)
    declared = {"weighting": "cells", "item_nonresponse": "none", "sampling": "probability"}
    (folder / "datapackage.json").write_text(json.dumps({"name": "made", "aibaro": declared}), encoding="utf-8")
    return open(folder)


def consistent(text: str) -> list[tuple[tuple[int, ...], int]]:
    """All tables whose weighted share prints as this, with the number of sets of answers behind each."""
    printed = float(text.rstrip("%"))
    found = []
    for x in product(*(range(n + 1) for n in RESPONDENTS)):
        share = sum(N * k / n for N, k, n in zip(POPULATION, x, RESPONDENTS, strict=True)) / 7
        if abs(share - printed) <= 0.05:
            found.append((x, prod(comb(n, k) for n, k in zip(RESPONDENTS, x, strict=True))))
    return found


def above_half(p: float, se: float) -> list[float]:
    """One-sided p values against one half by the limits of the logit, Wilson's and the beta method."""
    n, df = p * (1 - p) / se**2, sum(RESPONDENTS) - 4
    z = [
        np.log(p / (1 - p)) * p * (1 - p) / se,
        (p - 0.5) / sqrt(0.25 / n),
        -special.ndtri(special.betainc(n * p, n * (1 - p) + 1, 0.5)),
    ]
    return [float(stats.t.sf(value, df)) for value in z]


def test_the_part_of_tables_that_establish_a_majority(study: Study) -> None:
    """Established where every supported method says so; where one says otherwise it hangs on the method."""
    tally, total = {"established": 0, "depends": 0, "imprecise": 0}, 0
    for x, answers in consistent(SHARES["x"]):
        rows = list(zip(POPULATION, x, RESPONDENTS, strict=True))
        p = sum(N * k / n for N, k, n in rows) / 700
        v = sum((N / 700) ** 2 * (1 - n / N) * (k / n) * (1 - k / n) / (n - 1) for N, k, n in rows)
        below = [value <= 0.025 for value in above_half(p, sqrt(v))]
        tally["established" if all(below) else "depends" if any(below) else "imprecise"] += answers
        total += answers
    assert min(tally.values()) > 0.02 * total, "all three are found"
    found = typical(study, "most", draws=900)
    assert found.chains == 0
    assert not found.reason
    assert sum(found.verdicts.values()) == 900
    for verdict, weight in tally.items():
        assert found.verdicts.get(verdict, 0) / 900 == pytest.approx(weight / total, abs=4 * sqrt(0.25 / 900))


def test_errors_of_drawn_tables_by_hand(study: Study) -> None:
    """Two items of four people of two strata, who has both said out: the linearised variance of the difference."""
    from aibaro.ledger.comparisons import resolve

    rng = np.random.default_rng(0)
    a, b = (resolve(study.facts, name)[0] for name in ("x", "z"))
    design = study.evidence.design  # type: ignore[union-attr]
    answers = [(rng.random(n) < 0.6, rng.random(n) < 0.4) for n in RESPONDENTS]
    pairs = {("x", "all"): [s.sum() for s, _ in answers], ("z", "all"): [t.sum() for _, t in answers]}
    counts = {pair: np.array([row]) for pair, row in pairs.items()}
    tables = DrawnTables(design, counts, {"all": np.array([RESPONDENTS])})
    tables._shared[frozenset(pairs)] = np.array([[int((s & t).sum()) for s, t in answers]])
    v = sum(
        (N / 700) ** 2 * (1 - n / N) * np.var(s.astype(float) - t, ddof=1) / n
        for N, n, (s, t) in zip(POPULATION, RESPONDENTS, answers, strict=True)
    )
    assert tables.errors([(1.0, a), (-1.0, b)])[0] == pytest.approx(sqrt(v))
    assert tables.df(a)[0] == sum(RESPONDENTS) - 4


def test_answers_that_items_share_are_any_of_their_sizes(study: Study) -> None:
    design = study.evidence.design  # type: ignore[union-attr]
    draws = 20_000
    counts = {
        ("x", "all"): np.tile([5, 4, 3, 2], (draws, 1)),
        ("z", "all"): np.tile([6, 4, 3, 2], (draws, 1)),
    }
    shared = DrawnTables(design, counts, {"all": np.tile(RESPONDENTS, (draws, 1))}).shared(*counts)
    for h, (one, other, n) in enumerate(zip([5, 4, 3, 2], [6, 4, 3, 2], RESPONDENTS, strict=True)):
        wanted = stats.hypergeom(n, one, other).pmf(range(n + 1))
        seen = np.bincount(shared[:, h], minlength=n + 1) / draws
        assert np.abs(seen - wanted).max() < 0.02


def test_a_difference_of_items_is_graded_and_no_verdict_changes(study: Study) -> None:
    before = {v.claim.id: v.population for v in study.claims}
    found = typical(study, "more", draws=60)
    assert sum(found.verdicts.values()) == 60
    assert {v.claim.id: v.population for v in study.claims} == before
    assert found.to_frame()["tables"].sum() == 60
    assert "of 60 tables" in found.summary()
    assert "van 60 tabellen" in found.summary("nl")


def test_chains_that_disagree_give_no_grade() -> None:
    found = Grade("x", "answers", 100, {}, 4, 1.4, 30.0, reason="chains")
    assert "no grade" in found.summary()
    assert "1.40" in found.summary()
    assert found.sentence is None
    assert np.isnan(found.share)


@pytest.mark.parametrize("measure", ["answers", "tables"])
def test_errors_and_unprinted_cells_spread_as_over_all_tables(study: Study, measure: str) -> None:
    """Of all tables: the share of stratum a, and the standard error of the total, below the drawn percentiles."""
    draws, cells, errors, masses = 2000, [], [], []
    for x, answers in consistent(SHARES["x"]):
        rows = list(zip(POPULATION, x, RESPONDENTS, strict=True))
        v = sum((N / 700) ** 2 * (1 - n / N) * (k / n) * (1 - k / n) / (n - 1) for N, k, n in rows)
        cells.append(100 * x[0] / RESPONDENTS[0])
        errors.append(100 * sqrt(v))
        masses.append(answers if measure == "answers" else 1)
    found = typical_error(study, "x", by="s", draws=draws, measure=measure)
    assert found.rows["level"].tolist() == ["", "a", "b", "c", "d"]
    whole, first = found.rows.iloc[0], found.rows.iloc[1]
    for values, row, name in ((errors, whole, "std_error"), (cells, first, "share")):
        for part, end in ((0.05, "low"), (0.5, "median"), (0.95, "high")):
            value, mass = row[f"{name}_{end}"], np.array(masses) / sum(masses)
            room = 4 * sqrt(part * (1 - part) / draws)
            assert mass[np.array(values) < value - 1e-9].sum() <= part + room
            assert mass[np.array(values) <= value + 1e-9].sum() >= part - room
    # the error of a stratum, from its own counts
    k = 14 * first["share_median"] / 100
    assert first["std_error_median"] == pytest.approx(
        100 * sqrt((1 - 14 / 300) * (k / 14) * (1 - k / 14) / 13), rel=0.05
    )
    assert whole["share_high"] - whole["share_low"] <= 0.1
    assert "2,000 tables" in found.summary()
    assert "standaardfout" in found.summary("nl")
    assert len(found.to_frame()) == 5


def test_chains_that_disagree_give_no_spread() -> None:
    rows = pd.DataFrame([{"domain": "", "level": "", "share_low": 1.0}]).iloc[:0]
    found = DrawnSpread("x", "answers", 100, rows, 4, 1.4, 30.0, agrees=False)
    assert "no grade" in found.summary()


@pytest.mark.parametrize(
    ("number", "options", "words"),
    [
        ("fl23.summary.no_plans", {"by": "size"}, "size_class, sector"),
        ("fl23.summary.ict_security", {}, "over all strata alone"),
        ("fl23.summary.training.any.verbal", {}, "in words"),
        ("technology.*", {}, "one printed share"),
    ],
)
def test_what_has_no_spread_is_said(number: str, options: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        typical_error(open("flanders-2023"), number, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("survey", "claim", "words"),
    [
        ("flanders-2023", "fl23.c.summary.08", "own wave"),
        ("io-2023", "io23.c.summary.12", "strata"),
        ("flanders-2023", "fl23.c.nothing", "did you mean"),
    ],
)
def test_what_cannot_be_graded_is_said(survey: str, claim: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        typical(open(survey), claim)
