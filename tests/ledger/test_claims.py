"""Each claim rule on both sides of its edge; every claim of the data is judged; population verdicts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit, logit
from scipy.stats import norm
from tests.facts.sheets import sheet
from tests.published import small_survey

from aibaro.cli import main
from aibaro.compare.domain_precision import difference_se, domain_shares
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.facts import Fact, Facts
from aibaro.ledger import Ledger, judge_claims, read_claims, text_of
from aibaro.ledger._claim_rules import CLAIM_RULES, holds
from aibaro.ledger._evidence import Precision, Tail, combined_error, tail_from, tail_of
from aibaro.ledger._group_evidence import GroupEvidence, printed_sizes
from aibaro.ledger.claims import EXACT_RULES, LEVELS, claim_tail, population_verdicts
from aibaro.ledger.comparisons import above, resolve
from aibaro.ledger.strata_evidence import StrataEvidence, evidence_for
from aibaro.published import PublishedSurvey, load
from aibaro.published.bundled import bundled_names
from aibaro.published.vocabulary import CLAIM_VERDICTS, POPULATION_VERDICTS
from aibaro.rounding import Interval
from aibaro.study import Study

Make = Callable[..., PublishedSurvey]
NAMES = bundled_names()


def printed(**values: str) -> list[dict[str, str | int]]:
    """Printings of items by name."""
    return [
        {
            "id": f"m.{item}",
            "fact": item,
            "kind": "percentage",
            "item": item,
            "base": "all",
            "weighted": "yes",
            "printed": text,
            "decimals": "0",
            "unit": "percent",
            "group": "",
        }
        for item, text in values.items()
    ]


def judged(make: Make, rule: str, inputs: str, parameters: str = "", **values: str) -> tuple[str, str]:
    """Verdict as printed and reason of one claim about made-up figures."""
    claim: dict[str, str | int] = {
        "id": "m.c",
        "claim_en": "made up",
        "type": "comparison",
        "rule": rule,
        "inputs": inputs,
        "parameters": parameters,
    }
    survey = make(printed=printed(**values), claims=[claim])
    verdict = judge_claims(Facts.of(survey), read_claims(survey))[0]
    return verdict.as_printed, verdict.reason


YES, NO, OPEN = ("supported", ""), ("contradicted", ""), ("rounding_dependent", "")
WORDS = ("wording_dependent", "")
EDGES = [
    ("greater", "a / b", "", {"a": "31%", "b": "30%"}, YES),
    ("greater", "a / b", "", {"a": "30%", "b": "30%"}, OPEN),
    ("greater", "a / b", "", {"a": "29%", "b": "30%"}, NO),
    ("greater", "a / b", "margin=5", {"a": "37%", "b": "30%"}, YES),
    ("greater", "a / b", "margin=5", {"a": "35%", "b": "30%"}, OPEN),
    ("greater", "a / b c d", "except=1", {"a": "30%", "b": "20%", "c": "40%", "d": "10%"}, YES),
    ("greater", "a / b c d", "except=1", {"a": "30%", "b": "20%", "c": "40%", "d": "50%"}, NO),
    ("greater", "a / b c", "wording=vague", {"a": "30%", "b": "20%", "c": "40%"}, WORDS),
    ("greater", "a / b", "untested=far", {"a": "30%", "b": "20%"}, WORDS),
    ("greater", "a / b", "untested=far", {"a": "20%", "b": "30%"}, NO),
    ("majority", "a / b", "readings=2", {"a": "60%", "b": "40%"}, WORDS),
    ("majority", "a / b", "readings=2", {"a": "60%", "b": "70%"}, YES),
    ("less", "a / b", "", {"a": "29%", "b": "30%"}, YES),
    ("less", "a / b", "", {"a": "31%", "b": "30%"}, NO),
    ("trend", "a / b", "", {"a": "32,1%", "b": "25,5%"}, YES),
    ("trend", "a / b", "", {"a": "25,5%", "b": "32,1%"}, NO),
    ("pairwise_greater", "a b / c d", "", {"a": "9%", "b": "5%", "c": "8%", "d": "3%"}, YES),
    ("pairwise_greater", "a b / c d", "", {"a": "9%", "b": "5%", "c": "8%", "d": "7%"}, NO),
    ("pairwise_greater", "a b / c d", "need=1", {"a": "9%", "b": "5%", "c": "8%", "d": "7%"}, YES),
    ("equal", "a / b", "margin=2", {"a": "30%", "b": "31%"}, YES),
    ("equal", "a / b", "margin=2", {"a": "30%", "b": "32%"}, OPEN),
    ("equal", "a / b", "margin=2", {"a": "30%", "b": "34%"}, NO),
    ("not_less", "a / b", "margin=3", {"a": "28%", "b": "30%"}, YES),
    ("not_less", "a / b", "margin=3", {"a": "20%", "b": "30%"}, NO),
    ("ranked_first", "a / a b c", "", {"a": "30%", "b": "20%", "c": "10%"}, YES),
    ("ranked_first", "a / a b c", "", {"a": "30%", "b": "20%", "c": "40%"}, NO),
    ("ranked_first", "a / a b c", "", {"a": "30%", "b": "20%", "c": "30%"}, OPEN),
    ("ranked_last", "a / a b c", "", {"a": "5%", "b": "20%", "c": "10%"}, YES),
    ("ranked_last", "a / a b c", "", {"a": "15%", "b": "20%", "c": "10%"}, NO),
    ("ranked", "a / a b c", "rank=2", {"a": "20%", "b": "30%", "c": "10%"}, YES),
    ("ranked", "a / a b c", "rank=2", {"a": "40%", "b": "30%", "c": "10%"}, NO),
    ("ranked", "a / a b c", "rank=2", {"a": "5%", "b": "30%", "c": "10%"}, NO),
    ("ordered", "a b c", "", {"a": "30%", "b": "20%", "c": "10%"}, YES),
    ("ordered", "a b c", "", {"a": "30%", "b": "10%", "c": "20%"}, NO),
    ("ordered", "a b c", "direction=up", {"a": "10%", "b": "20%", "c": "30%"}, YES),
    ("same_order", "a b / c d", "", {"a": "2%", "b": "1%", "c": "20%", "d": "10%"}, YES),
    ("same_order", "a b / c d", "", {"a": "2%", "b": "1%", "c": "10%", "d": "20%"}, NO),
    ("majority", "a", "", {"a": "51%"}, YES),
    ("majority", "a", "", {"a": "50%"}, OPEN),
    ("majority", "a", "", {"a": "49%"}, NO),
    ("minority", "a", "", {"a": "49%"}, YES),
    ("minority", "a b", "of=sum", {"a": "30%", "b": "25%"}, NO),
    ("minority", "a b", "of=sum", {"a": "20%", "b": "25%"}, YES),
    ("threshold_above", "a", "limit=30", {"a": "31%"}, YES),
    ("threshold_above", "a", "limit=30", {"a": "29%"}, NO),
    ("threshold_above", "a", "limit=30,5;strict=no".replace(",", "."), {"a": "31%"}, YES),
    ("threshold_above", "a", "limit=30.5", {"a": "31%"}, OPEN),
    ("threshold_below", "a", "limit=100/3", {"a": "28%"}, YES),
    ("threshold_below", "a", "limit=100/3", {"a": "34%"}, NO),
    ("sum_above", "a b", "", {"a": "31%", "b": "25%"}, YES),
    ("sum_above", "a b", "", {"a": "24%", "b": "25%"}, NO),
    ("about", "a", "share=1/3", {"a": "35%"}, YES),
    ("about", "a", "share=1/3", {"a": "37%"}, YES),
    ("about", "a", "share=1/3", {"a": "38%"}, WORDS),
    ("about", "a", "share=1/3", {"a": "41%"}, NO),
    ("about", "a", "share=1/2;qualifier=almost", {"a": "44%"}, YES),
    ("about", "a", "share=1/2;qualifier=almost", {"a": "42%"}, WORDS),
    ("about", "a / b", "share=1/2;of=ratio", {"a": "10%", "b": "20%"}, YES),
    ("about", "a / b", "share=1/2;of=ratio", {"a": "10%", "b": "80%"}, NO),
    ("threshold_below", "a b", "limit=100;of=sum", {"a": "30%", "b": "38%"}, YES),
    ("threshold_below", "a b", "limit=100;of=sum", {"a": "60%", "b": "48%"}, NO),
    ("among_first", "a / a b c", "rank=2", {"a": "30%", "b": "40%", "c": "10%"}, YES),
    ("among_first", "a / a b c", "rank=2", {"a": "30%", "b": "40%", "c": "50%"}, NO),
    ("about", "a", "share=1/2;qualifier=almost", {"a": "39%"}, NO),
    ("about", "a b c", "share=2/3;of=sum", {"a": "31%", "b": "25%", "c": "11%"}, YES),
    ("spans", "a b / c", "", {"a": "4%", "b": "14%", "c": "9%"}, YES),
    ("spans", "a b / c", "", {"a": "4%", "b": "14%", "c": "19%"}, NO),
    # nothing lies from 14% up to 4%
    ("spans", "a b / a b", "", {"a": "14%", "b": "4%"}, NO),
    ("gap_smaller", "a b / c d", "", {"a": "21%", "b": "6%", "c": "83%", "d": "41%"}, YES),
    ("gap_smaller", "a b / c d", "", {"a": "83%", "b": "41%", "c": "21%", "d": "6%"}, NO),
    ("combined_greater", "a b / c", "", {"a": "35%", "b": "7%", "c": "4%"}, YES),
    ("combined_greater", "a b / c", "", {"a": "1%", "b": "1%", "c": "4%"}, NO),
    ("times", "a / b", "factor=3", {"a": "14,0%", "b": "4,6%"}, YES),
    ("times", "a / b", "factor=3", {"a": "13,0%", "b": "4,6%"}, NO),
    ("sum_of", "a / b c", "", {"a": "8%", "b": "5%", "c": "3%"}, YES),
    ("sum_of", "a / b c", "", {"a": "18%", "b": "5%", "c": "3%"}, NO),
    ("not_checkable", "a", "reason=causal", {"a": "8%"}, ("not_checkable", "causal")),
    ("projection", "a / b", "target=75;year=2023", {"a": "16,8%", "b": "14,0%"}, ("not_checkable", "projection")),
]


@pytest.mark.parametrize(("rule", "inputs", "parameters", "values", "expected"), EDGES)
def test_both_sides_of_the_edge_of_each_rule(  # noqa: PLR0917
    survey_of: Make, rule: str, inputs: str, parameters: str, values: dict[str, str], expected: tuple[str, str]
) -> None:
    assert judged(survey_of, rule, inputs, parameters, **values) == expected


def test_exactly_so_many_times_as_large_is_at_least_so_many_times(survey_of: Make) -> None:
    rows = [row | {"kind": "count", "weighted": "no", "unit": ""} for row in printed(a="12", b="4")]
    for factor, expected in (("3", "supported"), ("3.01", "contradicted")):
        claim: dict[str, str | int] = {"id": "m.c", "claim_en": "made up", "type": "comparison", "rule": "times"}
        claim |= {"inputs": "a / b", "parameters": f"factor={factor}"}
        survey = survey_of(printed=rows, claims=[claim])
        assert judge_claims(Facts.of(survey), read_claims(survey))[0].as_printed == expected


def test_every_rule_has_an_edge_case() -> None:
    tested = {edge[0] for edge in EDGES} | {"pooled_not_less"}
    assert set(CLAIM_RULES) <= tested
    assert {"balance", "ratio_of", "count_of", "mixture_of"} | tested >= set(EXACT_RULES)


@pytest.mark.parametrize(("large", "expected"), [("30%", YES), ("31%", OPEN), ("35%", NO)])
def test_levels_are_pooled_by_their_units(survey_of: Make, large: str, expected: tuple[str, str]) -> None:
    # 300 · 20% and 100 · 40% make 25% of 400; up to 6.5 points below the larger level is about as much
    rows: list[dict[str, str | int]] = [
        {
            "id": f"m.{level}",
            "fact": f"a|size={level}",
            "kind": "percentage",
            "item": "a",
            "base": "all",
            "weighted": "yes",
            "printed": text,
            "decimals": "0",
            "unit": "percent",
            "domain": "size",
            "level": level,
        }
        for level, text in (("one", "20%"), ("two", "40%"), ("large", large))
    ]
    strata: list[dict[str, str | int]] = [
        {"size": level, "population": n, "respondents": 20} for level, n in (("one", 300), ("two", 100), ("large", 50))
    ]
    claim: dict[str, str | int] = {
        "id": "m.c",
        "claim_en": "made up",
        "type": "comparison",
        "rule": "pooled_not_less",
        "inputs": "a|size=one a|size=two / a|size=large",
        "parameters": "margin=6.5",
    }
    survey = survey_of(printed=rows, strata=strata, claims=[claim])
    verdict = judge_claims(Facts.of(survey), read_claims(survey))[0]
    assert (verdict.as_printed, verdict.reason) == expected


def test_pooled_levels_of_a_base_weigh_anything_that_their_share_of_it_may_be(survey_of: Make) -> None:
    # 5% of each hundred are users, 4.5 to 5.5: together 45% to 55% of them say so, about 50% were 5% exact
    shown: list[tuple[str, str, str, str]] = [
        *(("use", "all", level, text) for level, text in (("one", "5%"), ("two", "5%"), ("large", "50%"))),
        *(("a", "users", level, text) for level, text in (("one", "0%"), ("two", "100%"), ("large", "53%"))),
    ]
    rows: list[dict[str, str | int]] = [
        {
            "id": f"m.{item}.{level}",
            "fact": f"{item}{'' if base == 'all' else '@users'}|size={level}",
            "kind": "percentage",
            "item": item,
            "base": base,
            "weighted": "yes",
            "printed": text,
            "decimals": "0",
            "unit": "percent",
            "domain": "size",
            "level": level,
        }
        for item, base, level, text in shown
    ]
    strata: list[dict[str, str | int]] = [
        {"size": level, "population": 100, "respondents": 20} for level in ("one", "two", "large")
    ]
    bases: list[dict[str, str | int]] = [
        {"base": "all", "definition": "all"},
        {"base": "users", "parent": "all", "definition": "any(use)"},
    ]
    for margin, expected in (("1", "rounding_dependent"), ("9", "supported"), ("-3", "contradicted")):
        claim: dict[str, str | int] = {"id": "m.c", "claim_en": "made up", "type": "comparison"}
        claim |= {"rule": "pooled_not_less", "parameters": f"margin={margin}"}
        claim |= {"inputs": "a@users|size=one a@users|size=two / a@users|size=large"}
        survey = survey_of(printed=rows, strata=strata, bases=bases, claims=[claim])
        verdict = judge_claims(Facts.of(survey), read_claims(survey))[0]
        assert verdict.as_printed == expected, margin


def test_a_projection_says_when(survey_of: Make) -> None:
    claim = {
        "id": "m.c",
        "claim_en": "x",
        "type": "projection",
        "rule": "projection",
        "inputs": "a / b",
        "parameters": "target=75;year=2023",
    }
    survey = survey_of(printed=printed(a="16,8%", b="14,0%"), claims=[claim])
    steps = judge_claims(Facts.of(survey), read_claims(survey))[0].steps
    # (75 - 16.85)/2.9 = 20.05 and (75 - 16.75)/2.7 = 21.57 years after 2023
    assert str(steps[-1]) == "at the printed growth the target is met in the year 2044 to 2045"


@pytest.mark.parametrize(
    ("rule", "inputs", "parameters", "words"),
    [
        ("larger", "a / b", "", "unknown claim rule"),
        ("greater", "a", "", "two sections"),
        ("greater", "a / nothing", "", "not printed"),
        ("majority", "a / b", "", "one section"),
        ("equal", "a / b", "", "lacks a parameter"),
        ("threshold_above", "a", "limit=many", "not a number"),
        ("about", "a", "share=3/7", "no reading"),
        ("not_checkable", "a", "reason=because", "unknown reason"),
    ],
)
def test_faulty_claims_are_named(survey_of: Make, rule: str, inputs: str, parameters: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        judged(survey_of, rule, inputs, parameters, a="30%", b="20%")


def test_all_faults_of_the_claims_are_reported_together(survey_of: Make) -> None:
    claims = [
        {"id": "m.1", "claim_en": "x", "type": "comparison", "rule": "greater", "inputs": "a / zzz"},
        {"id": "m.2", "claim_en": "x", "type": "comparison", "rule": "nonsense", "inputs": "a"},
    ]
    survey = survey_of(printed=printed(a="3%"), claims=claims)
    with pytest.raises(InputError) as caught:
        judge_claims(Facts.of(survey), read_claims(survey))
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize("name", NAMES)
def test_every_claim_of_the_data_is_judged(ledgers: dict[str, Ledger], name: str) -> None:
    ledger = ledgers[name]
    assert [v.claim.id for v in ledger.claims] == load(name).claims["id"].tolist()
    for verdict in ledger.claims:
        assert verdict.as_printed in CLAIM_VERDICTS
        assert verdict.population in POPULATION_VERDICTS
        assert bool(verdict.reason) == (verdict.as_printed == "not_checkable")
        assert verdict.steps or verdict.as_printed == "not_checkable", verdict.claim.id


def test_about_four_hundred_claims_and_more_are_written_down() -> None:
    assert sum(len(load(name).claims) for name in NAMES) >= 400


def test_causes_are_not_checkable(ledgers: dict[str, Ledger]) -> None:
    causes = [v for ledger in ledgers.values() for v in ledger.claims if v.claim.type == "cause"]
    assert causes
    assert {v.as_printed for v in causes} == {"not_checkable"}


def test_standard_errors_combine_rigorously() -> None:
    three, four = Precision(3, 3, 10), Precision(4, 4, 10)
    apart = [[True, True], [True, True]]
    same = [[True, False], [False, True]]
    assert combined_error([(1, three), (-1, four)], apart) == (5.0, 5.0)
    assert combined_error([(1, three), (-1, four)], same) == (1.0, 7.0)
    low, high = combined_error([(1, Precision(1, 2, 9)), (-1, Precision(2, 5, 9))], same)
    assert (low, high) == (0.0, 7.0)


def test_population_verdicts_cover_the_four_cases() -> None:
    tails: dict[str, Tail | None] = {
        "sure": Tail(0.0001, 0.001, 0.999, 0.9999),
        "wrong": Tail(0.999, 0.9999, 0.0001, 0.001),
        "open": Tail(0.2, 0.4, 0.6, 0.8),
        "tables": Tail(0.001, 0.3, 0.7, 0.999),
        "unknown": None,
    }
    assert population_verdicts(tails, dict.fromkeys(tails, "one")) == {
        "sure": "established",
        "wrong": "refuted",
        "open": "not_significant",
        "tables": "depends",
        "unknown": "not_checkable",
    }


def test_holm_makes_a_large_family_stricter() -> None:
    tails: dict[str, Tail | None] = {str(i): Tail(0.004, 0.02, 0.98, 0.996) for i in range(10)}
    alone = population_verdicts({"0": tails["0"]}, {"0": "x"})
    together = population_verdicts(tails, dict.fromkeys(tails, "x"))
    apart = population_verdicts(tails, {name: name for name in tails})
    assert alone["0"] == "established"
    assert set(together.values()) == {"not_significant"}
    assert set(apart.values()) == {"established"}


def test_groups_of_the_io_survey() -> None:
    book = Facts.of(load("io-2023"))
    one = resolve(book, "positive_development.agree|group=entrepreneurs")[0]
    two = resolve(book, "positive_development.agree|group=public")[0]
    simple = GroupEvidence(book, 1.0, 1.0, interval="wald").tail(above(one, two))
    wide = GroupEvidence(book, 1.0, 3.0, interval="wald").tail(above(one, two))
    assert simple is not None
    assert wide is not None
    # 28% of 1,552 against 22% of 841: 5 to 7 points over a standard error of 1.84 to 1.81, so z = 2.72 to 3.87
    assert simple.high == pytest.approx(norm.sf(2.72), rel=0.02)
    assert simple.low == pytest.approx(norm.sf(3.87), rel=0.1)
    assert wide.low == simple.low
    assert wide.high > simple.high
    # the size of the users is declared, not printed: 57 to 336, and 44% has the spread 0.44 · 0.56
    user = resolve(book, "outlook.opportunities|use=users|group=public")[0]
    swept = GroupEvidence(book, 1.0, 1.0, interval="wald").tail(above(user, 30))
    assert swept is not None
    assert swept.high == pytest.approx(norm.sf(13.5 / (100 * (0.445 * 0.555 / 57) ** 0.5)), rel=0.02)
    assert swept.low == pytest.approx(norm.sf(14.5 / (100 * (0.435 * 0.565 / 336) ** 0.5)), rel=0.1)


def fact_of(book: Facts, item: str) -> Fact:
    """The fact of an item."""
    fact = book.get(item)
    assert fact is not None
    return fact


POLL = "id,item,kind,base,printed\na,use,percentage,all,33%\nb,buy,percentage,all,52%\n"


def test_a_poll_that_is_not_weighted_has_the_intervals_of_its_number_of_answers() -> None:
    book = Facts.of(
        sheet(
            POLL, bases="base,respondents\nall,1000", weighting="none", item_nonresponse="none", sampling="probability"
        )
    )
    evidence = evidence_for(book)
    assert isinstance(evidence, GroupEvidence)
    limits = evidence.limits(fact_of(book, "use"))
    # logit limits of 32.5% and 33.5% of 1,000 answers with the largest standard error of both, 999 degrees of freedom
    error = stats.t.isf(0.025, 999) * (0.335 * 0.665 / 999) ** 0.5
    ends = (logit(0.325) - error / (0.325 * 0.675), logit(0.335) + error / (0.335 * 0.665))
    assert limits == pytest.approx(tuple(map(expit, ends)), rel=1e-9)
    tail = evidence.tail(above(resolve(book, "buy")[0], 50))
    assert tail is not None
    assert tail.low < norm.sf(2 / (100 * (0.52 * 0.48 / 1000) ** 0.5)) < tail.high


@pytest.mark.parametrize(
    ("settings", "sizes"),
    [
        ({"weighting": "none", "item_nonresponse": "none"}, (1000, 1000)),
        # up to a fifth may not have answered, where the survey says nothing of it
        ({"weighting": "none"}, (800, 1000)),
        # nothing is said of the weights: no interval
        ({"item_nonresponse": "none"}, None),
    ],
)
def test_sizes_and_weights_that_print_leaves_open(settings: dict[str, str], sizes: tuple[int, int] | None) -> None:
    book = Facts.of(sheet(POLL, bases="base,respondents\nall,1000", **settings))
    assert printed_sizes(book, fact_of(book, "use")) == (sizes or (1000, 1000))
    assert (evidence_for(book) is None) == (sizes is None)


@given(n=st.integers(2, 400), data=st.data(), decimals=st.integers(0, 1))
def test_limits_of_a_poll_hold_those_of_its_rows(n: int, data: st.DataObject, decimals: int) -> None:
    k = data.draw(st.integers(1, n - 1))
    text = f"{Decimal(100 * k) / n:.{decimals}f}%"
    book = Facts.of(sheet(POLL.replace("33%", text), bases=f"base,respondents\nall,{n}", weighting="none"))
    evidence = evidence_for(book)
    assert isinstance(evidence, GroupEvidence)
    limits = evidence.limits(fact_of(book, "use"))
    assert limits is not None
    p = k / n
    half = stats.t.isf(0.025, n - 1) / ((n - 1) * p * (1 - p)) ** 0.5
    assert limits[0] <= expit(logit(p) - half) + 1e-12
    assert limits[1] >= expit(logit(p) + half) - 1e-12


def test_years_have_no_thousands(ledgers: dict[str, Ledger]) -> None:
    (verdict,) = [v for v in ledgers["flanders-2023"].claims if v.claim.id == "fl23.c.method.01"]
    assert "2022 (" in str(verdict.steps[0])


def test_domains_of_strata_are_decided_over_every_table() -> None:
    survey = load("flanders-2023")
    book = Facts.of(survey)
    information, health = (resolve(book, f"at_least_one|sector=nace-{x}")[0] for x in ("58-63", "86-88"))
    evidence = StrataEvidence(book)
    comparison = above(information, health)
    tail = evidence.tail(comparison)
    rows = {row.level: row for row in domain_shares(survey, "at_least_one")}
    low, high = difference_se(rows["nace-58-63"], rows["nace-86-88"], Design.from_strata(survey.strata))
    assert tail is not None
    assert tuple(map(str, tail.steps)) == (f"standard error between {100 * low:.2f} and {100 * high:.2f} points",)
    statement = holds([comparison])
    assert population_verdicts({"a": claim_tail(statement, evidence)}, {"a": "x"}) == {"a": "established"}


def test_shipped_bounds_narrow_those_of_the_margins() -> None:
    book = Facts.of(load("flanders-2023"))
    figure = resolve(book, "at_least_one")[0]
    own = StrataEvidence(book).precision(figure)
    assert own is not None
    middle = (own.lower + own.upper) / 2
    narrowed = StrataEvidence(book, {figure.key: Precision(middle, own.upper + 1, own.df)}).precision(figure)
    assert narrowed == Precision(middle, own.upper, own.df)


def test_what_cannot_be_tested_is_said() -> None:
    book = Facts.of(load("flanders-2023"))
    now, then = resolve(book, "at_least_one")[0], resolve(book, "at_least_one|wave=2022")[0]
    evidence = StrataEvidence(book)
    # the wave of 2022 prints no n: its standard error may be anything, so the change may or may not be significant
    tail = evidence.tail(above(now, then))
    assert tail is not None
    assert tail.low < 1e-6
    assert tail.high == 0.5
    assert evidence.remark(above(now, then))[0].key == "ledger.significant_if"
    public = Facts.of(load("io-2023"))
    plain = resolve(public, "outlook.opportunities|use=users|group=entrepreneurs")[0]
    unknown = replace(plain, source=replace(plain.source, key=plain.key.about(level="nobody")))
    assert GroupEvidence(public).remark(above(unknown, plain))[0].key == "ledger.no_size"


def test_a_tail_widens_with_rounding_and_errors() -> None:
    book = Facts.of(load("flanders-2023"))
    comparison = above(resolve(book, "technology.nlg")[0], resolve(book, "technology.text_analysis")[0])
    narrow = tail_of(comparison, (0.5, 0.5), float("inf"), ())
    wide = tail_of(comparison, (0.2, 1.0), float("inf"), ())
    assert wide.low <= narrow.low <= narrow.high <= wide.high
    # 0.2 to 0.4 points over 0.5: one-sided p of z = 0.8 and z = 0.4
    assert narrow.low == pytest.approx(0.2118554, abs=1e-6)
    assert narrow.high == pytest.approx(0.3445783, abs=1e-6)


def test_open_degrees_of_freedom_take_the_most_where_it_is_smallest_and_the_least_where_it_is_largest() -> None:
    tail = tail_from(1.0, 2.0, 3.0, (), df_most=200.0)
    # one-sided t: 2 at 200 df, 1 at 3 df, and the mirrors
    expected = [stats.t.sf(2, 200), stats.t.sf(1, 3), 1 - stats.t.sf(1, 3), 1 - stats.t.sf(2, 200)]
    assert [tail.low, tail.high, tail.reverse_low, tail.reverse_high] == pytest.approx(expected, rel=1e-9)


def test_the_robustness_map_names_what_turns_a_claim(ledgers: dict[str, Ledger]) -> None:
    turning = [v for v in ledgers["io-2023"].claims if v.turns]
    assert any(str(t).startswith("a design effect of 3 (") for v in turning for t in v.turns)
    steady = [v for v in ledgers["io-2023"].claims if v.population == "established"]
    assert steady
    assert all(not any(str(t).startswith("a design effect") for t in v.turns) for v in steady)
    choices = {str(t).split(" (")[0] for ledger in ledgers.values() for v in ledger.claims for t in v.turns}
    assert choices >= {
        "wilson intervals",
        "logit intervals",
        "no correction for the size of the population",
        "Satterthwaite's degrees of freedom",
        "the tables with the largest standard errors",
        "rounding by truncation",
        "the smallest sizes that are declared",
    }


def test_distance_is_that_of_the_closest_comparison(ledgers: dict[str, Ledger]) -> None:
    first = next(
        v for v in ledgers["flanders-2023"].claims if v.claim.text.startswith("natural language generation is")
    )
    assert first.distance == Fraction("0.3")


def test_a_comparison_that_fails_is_not_named_as_the_only_one_where_more_do(ledgers: dict[str, Ledger]) -> None:
    said = [text_of(v.sentences, "en", ledger.labels) for ledger in ledgers.values() for v in ledger.claims]
    told = [
        (m[0], int(m[2]) - int(m[1])) for text in said if (m := re.search(r"(\d+) of (\d+) comparisons hold,.*", text))
    ]
    assert told
    for text, failing in told:
        assert ("but not, among others, " in text) == (failing > 1), text


def ranking(make: Make, items: list[str], **values: str) -> tuple[str, str]:
    """Verdict of "a is first" over a set of which some members may not be printed."""
    claim: dict[str, str | int] = {
        "id": "m.c",
        "claim": "x",
        "type": "ranking",
        "rule": "ranked_first",
        "inputs": "use.a / use.*",
    }
    rows = printed(**{f"use.{item}": text for item, text in values.items()})
    survey = make(printed=rows, claims=[claim], items=[{"item": f"use.{item}", "type": "indicator"} for item in items])
    verdict = judge_claims(Facts.of(survey), read_claims(survey))[0]
    return verdict.as_printed, verdict.reason


def test_a_ranking_needs_its_whole_set_to_hold_and_one_member_to_fail(survey_of: Make) -> None:
    assert ranking(survey_of, ["a", "b"], a="30%", b="20%") == YES
    assert ranking(survey_of, ["a", "b", "c"], a="30%", b="20%") == ("not_checkable", "no_second_figure")
    assert ranking(survey_of, ["a", "b", "c"], a="20%", b="30%") == NO


def test_words_are_never_their_own_second_figure(survey_of: Make) -> None:
    rows = printed(a="20%")
    words: dict[str, str | int] = {"kind": "verbal", "weighted": "yes", "unit": "percent", "base": "all"}
    rows += [
        words | {"id": "m.b", "fact": "b", "item": "b", "printed": "the same share", "low": "19.5", "high": "20.5"}
    ]
    rows += [words | {"id": "m.c", "fact": "c", "item": "c", "printed": "a third", "low": "31.6", "high": "36.7"}]
    claims: list[dict[str, str | int]] = [
        {"id": "m.1", "claim": "x", "type": "comparison", "rule": "equal", "inputs": "a / b", "parameters": "margin=2"},
        {"id": "m.2", "claim": "x", "type": "quantity", "rule": "about", "inputs": "c", "parameters": "share=1/3"},
    ]
    survey = survey_of(printed=rows, claims=claims)
    found = judge_claims(Facts.of(survey), read_claims(survey))
    assert [(v.as_printed, v.reason) for v in found] == [("not_checkable", "no_second_figure")] * 2
    # what other figures leave for it is a second figure
    left = {"m.b": Interval(Fraction(20), Fraction(21)), "m.c": Interval(Fraction(34), Fraction(35))}
    again = judge_claims(Facts.of(survey), read_claims(survey), recomputed=left)
    assert [v.as_printed for v in again] == ["supported", "supported"]


def test_levels_are_imprecise_and_differences_not_significant(ledgers: dict[str, Ledger]) -> None:
    for ledger in ledgers.values():
        for verdict in ledger.claims:
            if verdict.population == "imprecise":
                assert verdict.claim.rule in LEVELS
            if verdict.population == "not_significant":
                assert verdict.claim.rule not in LEVELS


def test_what_no_statement_can_be_judged_for_comes_together_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {
        "printed.csv": "item,printed\nuse,30%\nplan,-\nn,0\n",
        "claims.csv": "id,claim,rule,inputs,parameters\na,x,greater,use / plan,\n"
        "b,x,threshold_above,use,limit=5;except=1\nc,x,ranked,use / n,rank=7\n"
        "d,x,ratio_of,use / use / n,\ne,x,same_order,use n / use,\n",
        "comparisons.csv": "family,kind,fact_a,fact_b,claim\nf,groups,use,n,greater\ng,paired,use,use,less\n",
        "bounds.csv": "item,base,domain,level,se_lower,se_lower_witness,se_upper_witness,se_upper,df_lower,constraints,"
        "status,proof,inputs\nuse,all,,,x,,,1,1,,,,\n",
        "datapackage.json": '{"aibaro": {"decimal_mark": ".", "marks": {"-": ""}}}',
    }
    folder = small_survey.write(tmp_path / "s", files)
    monkeypatch.setattr("aibaro.ledger._ledger.judgements", None)  # nothing is computed
    assert main(["check", str(folder), "-o", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    for problem in (
        "a reference to a figure without a value",
        "a statement of comparisons that cannot fail, or cannot hold",
        "a rank that every figure, or none, has",
        "a quotient of nothing",
        "sections of different length",
        "no size is printed and none is declared",
        "a bound is not a number",
    ):
        assert problem in said
    assert "comparisons.csv, g: use, use" in said
    assert not (tmp_path / "out").exists()


UNWEIGHTED = {
    "printed": "id,item,base,wave,domain,level,printed,base_n\na,use,all,,,,40%,500\nb,use,all,2020,,,30%,500\n"
    "c,use,all,,g,x,45%,300\nd,use,all,,g,y,43%,300\ne,use,all,,g,z,55%,300",
    "claims": "id,location,claim_en,claim_nl,type,rule,inputs,parameters\nk1,p,,,comparison,greater,c / d,\n"
    "k2,p,,,trend,trend,a / b,\nk3,p,,,comparison,greater,e / d,",
    "weighting": "none",
}


def test_sentences_say_nothing_of_weighting_where_there_is_none() -> None:
    """55% and 43% of 300 differ by 12 points, z = 2.71 or more; 1.56 if the variance were tripled."""
    found = {verdict.claim.id: verdict for verdict in Study(sheet(**UNWEIGHTED)).claims}
    assert [found[name].population for name in ("k1", "k2", "k3")] == [
        "not_significant",
        "not_checkable",
        "established",
    ]
    for language, word in (("en", "weighting"), ("nl", "weging")):
        assert not [line.text(language) for line in found["k3"].sentences if word in line.text(language)]


def test_a_printed_size_of_an_earlier_wave_is_not_called_unprinted() -> None:
    (trend,) = [v for v in Study(sheet(**UNWEIGHTED)).claims if v.claim.id == "k2"]
    keys = {step.key for step in trend.steps}
    assert "ledger.no_overlap" in keys
    assert "ledger.no_size" not in keys
    assert trend.sentences[-1].key == "sentence.unknown_overlap"
