"""Whole numbers of respondents in strata: every answer is compared with all tables that there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from tests.consistency.drawn import draw
from tests.facts.sheets import survey_of

from aibaro.consistency import suspects
from aibaro.facts import Facts
from aibaro.ledger import build_ledger
from aibaro.published import PublishedSurvey, load
from aibaro.reconstruct import whole_counts
from aibaro.study import Study

pytest.importorskip("ortools")
ACCUSED = {"inconsistent", "in_conflict"}
PLACES = (("", ""), ("size", "s"), ("size", "l"), ("sector", "a"), ("sector", "b"))
CELLS = tuple(product("sl", "ab"))


def members(domain: str, level: str) -> list[int]:
    """Strata of a place."""
    return [h for h, cell in enumerate(CELLS) if not domain or level == cell[domain == "sector"]]


class Small:
    """Four strata, few respondents: all tables of counts can be listed."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.n = [int(v) for v in rng.integers(1, 6, 4)]
        self.population = [n * int(rng.integers(1, 9)) + int(rng.integers(0, 3)) for n in self.n]
        self.counts = [int(rng.integers(0, n + 1)) for n in self.n]

    def share(self, counts: Iterable[int], place: tuple[str, str]) -> Fraction:
        """A weighted share in percent."""
        known, at = list(counts), members(*place)
        top = sum(Fraction(self.population[h] * known[h], self.n[h]) for h in at)
        return 100 * top / sum(self.population[h] for h in at)

    def printed(self) -> dict[tuple[str, str], int]:
        """Whole percentages of the table, rounded half up."""
        return {place: half_up(self.share(self.counts, place)) for place in PLACES}

    def survey(self, printed: dict[tuple[str, str], int]) -> PublishedSurvey:
        """The survey, as if it had been read."""
        rows = [
            {"id": f"p{k}", "item": "use", "domain": domain, "level": level, "printed": f"{printed[domain, level]}%"}
            for k, (domain, level) in enumerate(PLACES)
        ]
        strata = [
            {"size": size, "sector": sector, "population": self.population[h], "respondents": self.n[h]}
            for h, (size, sector) in enumerate(CELLS)
        ]
        return survey_of(rows, strata=strata, weighting="cells", item_nonresponse="none")

    def holds(self, printed: dict[tuple[str, str], int], *, without: int | None = None) -> bool:
        """Whether some table of whole counts gives the print, one figure left out; both ends of rounding count."""
        places = [place for k, place in enumerate(PLACES) if k != without]
        return any(
            all(abs(self.share(table, place) - printed[place]) <= Fraction(1, 2) for place in places)
            for table in product(*(range(n + 1) for n in self.n))
        )


def half_up(value: Fraction) -> int:
    return int((2 * value + 1) // 2)


def slips(seeds: Iterable[int]) -> Iterator[tuple[Small, dict[tuple[str, str], int], tuple[str, str]]]:
    """Right surveys with one figure off by a few points."""
    for seed in seeds:
        rng = np.random.default_rng(seed)
        small = Small(rng)
        printed = small.printed()
        place = PLACES[int(rng.integers(len(PLACES)))]
        moved = printed[place] + int(rng.choice([-9, -3, -2, -1, -1, 0, 0, 0, 1, 1, 2, 3]))
        yield small, {**printed, place: min(max(moved, 0), 100)}, place


def test_conflicts_of_whole_counts_are_those_of_enumeration() -> None:
    seen = {"whole": 0, "linear": 0, "holds": 0}
    for small, printed, _ in slips(range(40)):
        facts = Facts.of(small.survey(printed))
        linear = suspects(facts)
        if linear:
            # counts taken for real numbers exclude it: so must whole ones
            assert not small.holds(printed)
            seen["linear"] += 1
            continue
        found = whole_counts(facts)
        assert found.undecided == ()
        if small.holds(printed):
            assert found.conflicts == ()
            seen["holds"] += 1
            continue
        seen["whole"] += 1
        (conflict,) = found.conflicts
        assert len(conflict.proofs) >= 2
        single = {f"p{k}" for k in range(len(PLACES)) if small.holds(printed, without=k)}
        # the figures without which whole counts exist, and no other
        assert set(conflict.ids) == single or not single
        for suspect in conflict.suspects:
            if suspect.low is not None and suspect.low == int(suspect.low):
                k = int(suspect.ids[0][1:])
                assert small.holds({**printed, PLACES[k]: int(suspect.low)}), suspect
    assert min(seen.values()) > 5, seen


def test_a_misprint_is_among_the_suspects_and_no_right_number_stands_alone() -> None:
    for small, printed, place in slips(range(100, 125)):
        ledger = build_ledger(small.survey(printed))
        wrong = f"p{PLACES.index(place)}"
        if printed == small.printed():
            assert not ledger.conflicts
        for entry in ledger.entries:
            assert entry.id == wrong or entry.verdict != "inconsistent"
        for conflict in ledger.conflicts:
            assert wrong in conflict.ids or not small.holds(printed, without=PLACES.index(place))


@pytest.mark.parametrize("seed", range(20))
def test_right_surveys_are_not_accused(seed: int) -> None:
    facts = Facts.of(draw(1000 + seed, weighting="cells", nonresponse=("none", "imputed")[seed % 2]).survey())
    # a set that was rounded so that it adds up to 100 holds under that rule, and accuses nobody
    assert all(conflict.holds_under for conflict in whole_counts(facts).conflicts)


@pytest.mark.parametrize(("net", "rules"), [("5%", None), ("6%", ("from_rounded",)), ("9%", ())])
def test_a_net_of_rounded_parts_accuses_nobody(net: str, rules: tuple[str, ...] | None) -> None:
    # shares are multiples of 2.5: 2.5 is printed as 3, twice that as 5, and 3 + 3 is 6
    rows = [{"id": "a", "item": "much", "printed": "3%"}, {"id": "b", "item": "some", "printed": "3%"}]
    rows += [{"id": "c", "item": "net", "printed": net}]
    strata = [{"size": name, "population": n, "respondents": 10} for name, n in (("s", 100), ("l", 300))]
    survey = survey_of(
        rows,
        strata=strata,
        relations=[{"kind": "exhaustive", "parts": "much some", "whole": "net"}],
        weighting="cells",
        item_nonresponse="none",
    )
    found = [conflict.holds_under for conflict in Study(survey).conflicts]
    assert found == ([] if rules is None else [rules])


def conflicting() -> PublishedSurvey:
    """The first of the small surveys that only whole numbers exclude, whatever the rounding rule."""
    for small, printed, _ in slips(range(60)):
        survey = small.survey(printed)
        if not suspects(Facts.of(survey)) and not small.holds(printed):
            (conflict,) = whole_counts(Facts.of(survey)).conflicts
            if not conflict.holds_under:
                return survey
    raise AssertionError


def test_the_ledger_names_suspects_and_proofs() -> None:
    study = Study(conflicting())
    ledger = study.ledger
    assert build_ledger(study.survey).counts() == ledger.counts()
    (record,) = ledger.to_dict()["conflicts"]
    assert len(record["proofs"]) >= 2
    assert record["statements"][0]["kind"] == "granular"
    assert "no whole numbers of respondents in the 4 strata" in record["statements"][0]["text"]
    accused = [entry for entry in ledger.entries if entry.verdict in ACCUSED]
    assert {entry.id for entry in accused} == set(ledger.conflicts[0].ids)
    assert {entry.rule for entry in accused} == {"granular"}
    # what is asked of one number alone gives the same verdict
    assert f"verdict: {accused[0].verdict}" in Study(study.survey).explain(accused[0].id)


def test_what_is_not_decided_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    survey = conflicting()
    settings = dict(survey.settings)
    facts = Facts.of(survey)
    assert settings["item_nonresponse"] == "none"
    (key,) = [step.key for step in whole_counts(facts, apart=["p0"]).undecided]
    assert key == "reconstruct.undecided_in_conflict"
    from aibaro.reconstruct import _whole_counts as room

    monkeypatch.setattr(room, "ENTRIES", 0)
    (step,) = whole_counts(facts).undecided
    assert step.key == "reconstruct.undecided_too_large"
    monkeypatch.undo()
    monkeypatch.setattr(room, "infeasibility_proofs", lambda *_args, **_options: ("one",))
    (step,) = whole_counts(facts).undecided
    assert step.key == "reconstruct.undecided_one_proof"
    assert "use" in step.text("nl")


def test_nothing_is_asked_where_who_answered_is_not_declared() -> None:
    small, printed, _ = next(slips([3]))
    survey = small.survey(printed)
    settings = {**survey.settings, "item_nonresponse": "out"}
    (step,) = whole_counts(Facts.of(survey_of_settings(survey, settings))).undecided
    assert step.key == "reconstruct.needs_response"
    assert "item_nonresponse" in build_ledger(survey_of_settings(survey, settings)).summary()


def test_strata_without_respondents_have_no_weights_and_stop_nothing() -> None:
    small, printed, _ = next(slips([3]))
    survey = small.survey(printed)
    strata = survey.strata.assign(respondents=[0, *survey.strata["respondents"][1:]])
    ledger = build_ledger(replace(survey, strata=strata))
    assert len(ledger.entries) == len(PLACES)
    assert "reconstruct.no_design" in {step.key for step in ledger.undecided}


def survey_of_settings(survey: PublishedSurvey, settings: dict[str, object]) -> PublishedSurvey:
    rows = survey.printed.to_dict("records")
    return survey_of(rows, strata=survey.strata.to_dict("records"), **settings)


def test_counts_that_ship_with_a_survey_are_looked_at_first(tmp_path: Path) -> None:
    found = whole_counts(Facts.of(load("flanders-2023")))
    assert found.conflicts == ()
    assert found.undecided == ()
