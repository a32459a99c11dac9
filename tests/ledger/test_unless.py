"""What would have to be true for a claim to be false?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from aibaro.design import Design
from aibaro.facts import Facts
from aibaro.ledger import Ledger, judge_claims, read_claims
from aibaro.ledger._claim_rules import holds
from aibaro.ledger._group_evidence import GroupEvidence
from aibaro.ledger._unless import closest, imputation, nonresponse, response_of, reversal
from aibaro.ledger.comparisons import above, below, resolve
from aibaro.ledger.strata_evidence import StrataEvidence
from aibaro.published import PublishedSurvey, load
from aibaro.sensitivity import survey_nonresponse


def test_the_gap_of_a_share_is_that_of_the_room_of_sensitivity() -> None:
    survey = load("flanders-2023")
    book = Facts.of(survey)
    figure = resolve(book, "at_least_one")[0]
    table = survey_nonresponse(survey, {"at_least_one": 0.5}, items=["at_least_one"]).iloc[0]
    middle = 100 * (table["shift_low"] + table["shift_high"]) / 2
    design = Design.from_strata(survey.strata)
    response = response_of(design, design.domain())
    assert response is not None
    assert response == pytest.approx(table["response"])
    for comparison in (above(figure, 50), below(figure, 50)):
        found = nonresponse(comparison, response)
        assert found.turns_at == pytest.approx(middle)
        assert f"the share was {middle:+.1f} points off" in found.words.text()


def test_nothing_is_said_without_sampled_counts_or_where_all_answered() -> None:
    table = pd.DataFrame({"s": ["x", "y"], "population": [100, 100], "respondents": [20, 40]})
    strata = np.array([True, True])
    assert response_of(Design.from_strata(table), strata) is None
    assert response_of(Design.from_strata(table.assign(sample=table["respondents"])), strata) is None


def test_at_the_item_response_found_significance_ends() -> None:
    found = imputation(0.001)
    assert found is not None
    # z = 3.09: 1/r + 1 - r = (3.09/1.96)² = 2.486 has the root r = 0.503
    assert found.turns_at == pytest.approx(0.503, abs=5e-4)
    assert imputation(0.03) is None


def test_only_a_survey_that_says_so_is_taken_as_imputed() -> None:
    book = Facts.of(load("flanders-2023"))
    evidence = StrataEvidence(book)
    comparison = below(resolve(book, "at_least_one")[0], 50)
    causes = [c.cause for c in evidence.unless([comparison], comparison, "established")]
    assert causes == ["participation", "nonresponse", "imputation", "worst_case"]
    first, second = (resolve(book, f"at_least_one|sector=nace-{level}")[0] for level in ("58-63", "86-88"))
    sectors = above(first, second)
    causes = [c.cause for c in evidence.unless([sectors], sectors, "established")]
    assert causes == ["participation", "imputation", "worst_case"]


@pytest.mark.parametrize("name", ["io-2023", "inspark-2025", "softwareone-2025", "topdesk-2025"])
def test_every_claim_of_a_panel_that_holds_says_what_would_make_it_false(name: str, ledgers: dict[str, Ledger]) -> None:
    for verdict in ledgers[name].claims:
        causes = {condition.cause for condition in verdict.unless}
        if verdict.population == "established":
            assert causes == {"weighting", "participation", "correlation", "worst_case"}
            assert verdict.sentences[-1].key == "sentence.established_model_unless"
        if verdict.as_printed != "supported" and verdict.population != "refuted":
            assert not causes, "what does not hold needs nothing to be false"
        for language in ("en", "nl"):
            assert all(line.text(language) for line in verdict.unless_lines)


def test_conditions_by_hand(ledgers: dict[str, Ledger]) -> None:
    claims = {v.claim.id: v for ledger in ledgers.values() for v in ledger.claims}
    found = {c.cause: c.turns_at for c in claims["io23.c.summary.01"].unless}
    # 79.5% to 80.5% of at least 673 against a half: odds of 0.795, and 0.295 / (0.5 sqrt(999327 / 673))
    assert found["participation"] == pytest.approx(0.795 / 0.205)
    assert found["correlation"] == pytest.approx(0.295 / (0.5 * (999_327 / 673) ** 0.5))
    assert found["worst_case"] == pytest.approx(0.5 / 0.795)
    # TOPdesk: 16% against 20% at most, and InSpark: 8% against 10%
    assert {c.cause: c.turns_at for c in claims["td25.c.text.02"].unless} == {
        "participation": pytest.approx((0.2 / 0.8) / (0.165 / 0.835)),
        "worst_case": pytest.approx(0.8 / 0.835),
    }
    assert claims["is25.c.adoption.03"].unless[0].turns_at == pytest.approx((0.1 / 0.9) / (0.085 / 0.915))


def test_the_weighting_that_makes_it_chance_is_where_significance_ends(ledgers: dict[str, Ledger]) -> None:
    book = ledgers["io-2023"].facts
    comparison = above(resolve(book, "awareness.any|group=public")[0], 50)
    evidence = GroupEvidence(book)
    found = evidence.unless([comparison], comparison, "established")[0]
    assert found.cause == "weighting"
    for deff, significant in ((found.turns_at - 0.05, True), (found.turns_at + 0.05, False)):
        tail = GroupEvidence(book, deff_low=deff, deff_high=deff).tail(comparison)
        assert tail is not None
        assert (tail.high <= 0.025) == significant


def test_what_is_refuted_says_what_would_make_it_true(planted: Callable[..., PublishedSurvey]) -> None:
    """A claim of a majority of which 30% are printed, of a panel."""
    survey = planted("io-2023", {"io23.summary.awareness.any.public": "30%"})
    claims = [c for c in read_claims(survey) if c.id == "io23.c.summary.01"]
    book = Facts.of(survey)
    (verdict,) = judge_claims(book, claims, GroupEvidence(book))
    assert (verdict.as_printed, verdict.population) == ("contradicted", "refuted")
    found = {c.cause: c.turns_at for c in verdict.unless}
    # 30.5% at most: those without the answer must have taken part this much more readily
    assert found["participation"] == pytest.approx(0.695 / 0.305)
    assert found["worst_case"] == pytest.approx(0.5 / 0.695)
    assert found["weighting"] > 3


def test_where_few_have_to_hold_the_one_that_fails_last_counts() -> None:
    book = Facts.of(load("inspark-2025"))
    figure = resolve(book, "stage.*")[0]
    limits = [above(figure, value) for value in (1, 3, 5)]
    ratios = [closest([holds([limit])]) for limit in limits]
    assert ratios == limits
    assert closest([holds(limits)]) is limits[2], "all three: the nearest limit"
    assert closest([holds(limits, 2)]) is limits[1], "two of three: two have to fail"
    assert closest([holds(limits, 1)]) is limits[0]
    assert closest([holds([above(figure, 99)])]) is None, "what does not hold turns on nothing"


def test_what_fails_in_several_places_has_to_hold_in_all_of_them() -> None:
    figure = resolve(Facts.of(load("inspark-2025")), "stage.*")[0]
    near, far = above(figure, 60), above(figure, 90)
    for limits in ((near, far), (far, near)):
        found = reversal([holds(limits)])
        assert found is not None
        assert found.constant == 90, "above 90 is the last that becomes true"
    assert reversal([holds([near, above(figure, 1)])]) == reversal([holds([near])]), "what holds needs no reverse"
    assert reversal([holds([above(figure, 1)])]) is None
    assert reversal([holds([near, far], 1)]) is None, "which of the two is left open"
