"""Every printed number has a rule; planted errors surface; order changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import pandas as pd
import pytest

from aibaro.facts import Facts
from aibaro.ledger import Ledger, assess, build_ledger, read_claims, shipped_limits
from aibaro.published import PublishedSurvey, load
from aibaro.published.bundled import bundled_names
from aibaro.published.vocabulary import NUMBER_VERDICTS, REASONS

NAMES = bundled_names()
Plant = Callable[..., PublishedSurvey]


def verdicts(ledger: Ledger) -> dict[str, tuple[str, str]]:
    """Verdict and reason by id."""
    return {entry.id: (entry.verdict, entry.reason) for entry in ledger.entries}


def numbers_of(survey: PublishedSurvey, only: list[str]) -> dict[str, tuple[str, str]]:
    """Verdict and reason by id, of some numbers."""
    entries = assess(Facts.of(survey), read_claims(survey), only)
    return {entry.id: (entry.verdict, entry.reason) for entry in entries}


@pytest.mark.parametrize("name", NAMES)
def test_every_number_has_a_rule_and_an_argument(ledgers: dict[str, Ledger], name: str) -> None:
    ledger = ledgers[name]
    assert [entry.id for entry in ledger.entries] == load(name).printed["id"].tolist()
    for entry in ledger.entries:
        assert entry.rule, entry.id
        assert entry.argument, entry.id
        assert entry.verdict in NUMBER_VERDICTS
        assert (entry.reason in REASONS) == (entry.verdict == "not_checkable")
        assert bool(entry.needed) == (entry.verdict == "not_checkable")
        assert all(ledger.facts.printing(name) for name in entry.inputs), entry.id
        assert all(step.text("nl") for step in entry.argument), entry.id


@pytest.mark.parametrize("name", NAMES)
def test_no_publisher_is_accused_without_need(ledgers: dict[str, Ledger], name: str) -> None:
    assert ledgers[name].conflicts == ()
    found = [v.claim.id for v in ledgers[name].claims if v.as_printed == "contradicted"]
    assert found == (["fl23.c.adoption.10", "fl23.c.barriers.33"] if name == "flanders-2023" else [])


def test_the_one_contradicted_claim_by_hand() -> None:
    # the sentence calls plans proportional to use and names four technologies; use and plans as printed beside them
    use = {"nlg": "14.0", "text_analysis": "13.7", "process_automation": "9.2", "machine_learning": "8.5"}
    plans = {"nlg": "10.5", "text_analysis": "10.8", "process_automation": "14.5", "machine_learning": "13.5"}
    wide = Fraction(1, 10)  # more than any rounding rule can move a figure of one decimal
    reversed_pairs = [
        (a, b)
        for a, b in combinations(use, 2)
        if Fraction(use[a]) - wide > Fraction(use[b]) + wide and Fraction(plans[a]) + wide < Fraction(plans[b]) - wide
    ]
    assert reversed_pairs == [
        ("nlg", "text_analysis"),
        ("nlg", "process_automation"),
        ("nlg", "machine_learning"),
        ("text_analysis", "process_automation"),
        ("text_analysis", "machine_learning"),
    ]
    printed = {
        row.fact: row.printed.replace(",", ".").rstrip("%")
        for row in load("flanders-2023").printed.itertuples()
        if row.kind == "percentage"
    }
    assert all(Fraction(printed[f"technology.{name}"]) == Fraction(text) for name, text in use.items())
    assert all(Fraction(printed[f"plan.{name}"]) == Fraction(text) for name, text in plans.items())


def test_all_percentages_of_tables_3_to_6_are_checked(ledgers: dict[str, Ledger]) -> None:
    found = verdicts(ledgers["flanders-2023"])
    cells = [name for name in found if name.startswith(("fl23.t3.", "fl23.t4.", "fl23.t5.", "fl23.t6."))]
    percent = {p.id for p in ledgers["flanders-2023"].facts.printings if p.kind == "percentage"}
    assert len([name for name in cells if name in percent]) >= 270
    assert {found[name][0] for name in cells if name in percent} == {"consistent"}


def test_every_overall_figure_with_domain_figures_is_recomputed_from_both_margins(ledgers: dict[str, Ledger]) -> None:
    wanted = ["at_least_one", "technology.nlg", "technology.text_analysis", "application.marketing@adopters"]
    seen = 0
    for entry in ledgers["flanders-2023"].entries:
        if str(entry.fact.key) in wanted and not entry.printing.soft:
            seen += 1
            assert entry.verdict == "reproduced"
            mixed = [s for s in entry.judgement.statements if s.kind == "mixture"]
            whole = [s for s in mixed if s.figures[-1].key == entry.fact.key]
            assert len(whole) == 2
    assert seen >= 4


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("fl23.fn15.adapt_any", "reproduced"),
        ("fl23.text.adoption.potential.process_automation", "consistent"),
        ("fl23.text.response.response.reached", "reproduced"),
        ("fl23.text.response.response.rate", "reproduced"),
        ("fl23.text.method.sampling.rate.micro_small", "reproduced"),
        ("fl23.t1.population.nace-10-33", "reproduced"),
        ("fl23.text.adoption.asked", "reproduced"),
        ("fl23.fig8.n", "reproduced"),
    ],
)
def test_known_figures_of_the_barometer(ledgers: dict[str, Ledger], name: str, verdict: str) -> None:
    assert verdicts(ledgers["flanders-2023"])[name] == (verdict, "")


def test_softwareone_as_a_condition(ledgers: dict[str, Ledger]) -> None:
    ledger = ledgers["softwareone-2025"]
    entry = next(e for e in ledger.entries if e.id == "so25.workplace.policy.none")
    assert (entry.verdict, entry.reason) == ("not_checkable", "weighting_not_declared")
    assert any(step.key == "ledger.condition_none" and "30%" in str(step) for step in entry.argument)
    # 100 k/48 rounds to none of these: 14/48 = 29.2 and 15/48 = 31.3, 44/48 = 91.7 and 45/48 = 93.75, ...
    impossible = ["30%", "93%", "45%", "32%", "36%", "16%", "28%", "61%", "11%"]
    assert not [t for t in impossible if any(round(100 * k / 48) == int(t[:-1]) for k in range(49))]
    assert [str(step) for step in ledger.conditions()] == [
        f"if all 48 had answered unweighted, {', '.join(impossible)} could not be"
    ]


def test_no_base_is_assumed_where_weights_are_unknown(ledgers: dict[str, Ledger]) -> None:
    # 8, 25, 31, 25, 11 of 104 are whole numbers only after rounding to a total of 100: weights are not declared
    stages = [e for e in ledgers["inspark-2025"].entries if e.printing.key.item.startswith("stage.") and e.reason == ""]
    assert {e.verdict for e in stages} == {"consistent"}


def test_figures_of_others_are_third_party(ledgers: dict[str, Ledger]) -> None:
    found = verdicts(ledgers["inspark-2025"])
    assert found["is25.us.function_use"] == ("not_checkable", "third_party")


ACCUSED = {"inconsistent", "in_conflict"}
PLANTED = [
    # a cell of a strata table
    ({"fl23.t1.population.micro×nace-10-33": "1.656"}, ["fl23.t1.population.micro×nace-10-33"]),
    # a total
    ({"fl23.t1.population.nace-10-33": "5.048"}, ["fl23.t1.population.nace-10-33"]),
    # a misprint in a percentage of a table
    ({"fl23.t3.nlg.nace-45-47": "19,4%"}, ["fl23.t3.nlg.nace-45-47"]),
    ({"fl23.t4.at_least_one.small": "23,1%"}, ["fl23.t4.at_least_one.small"]),
    # a repeat that differs
    ({"fl23.conclusions.at_least_one.2022": "22,5%"}, ["fl23.conclusions.at_least_one.2022"]),
    # a sum
    ({"fl23.fn15.adapt_any": "36,1%"}, ["fl23.fn15.adapt_any"]),
    # a flow
    ({"fl23.text.response.response.reached": "9.410"}, ["fl23.text.response.response.reached"]),
    # a rate
    ({"fl23.text.response.response.rate": "31,3%"}, ["fl23.text.response.response.rate"]),
    # a complement
    ({"fl23.text.adoption.no_technology": "76,9%"}, ["fl23.text.adoption.no_technology"]),
]


@pytest.mark.parametrize(("changes", "expected"), PLANTED, ids=lambda value: next(iter(value)))
def test_a_planted_error_surfaces(
    planted: Plant, changes: dict[str, dict[str, str] | str], expected: list[str]
) -> None:
    found = numbers_of(planted("flanders-2023", changes), expected)
    assert all(found[name][0] in ACCUSED for name in expected)


def test_a_planted_error_in_an_exhaustive_set_of_the_io_survey(planted: Plant) -> None:
    survey = planted("io-2023", {"io23.fig8.technology_future.dont_know.public": "51%"})
    assert (
        numbers_of(survey, ["io23.fig8.technology_future.dont_know.public"])[
            "io23.fig8.technology_future.dont_know.public"
        ][0]
        in ACCUSED
    )


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        # a mixture: the whole outside its two parts
        (
            "io-2023",
            {
                "io23.summary.outlook.opportunities.public": "49%",
                "io23.ch2.outlook.opportunities.public.verbal": {"printed": "a half", "low": "45", "high": "55"},
            },
            "io23.summary.outlook.opportunities.public",
        ),
        # a printed base against the strata that it counts
        ("flanders-2023", {"fl23.fig7.n": "1.822"}, "fl23.fig7.n"),
    ],
    ids=["mixture", "printed base"],
)
def test_planted_errors_of_other_kinds_surface(
    planted: Plant, name: str, changes: dict[str, dict[str, str] | str], expected: str
) -> None:
    found = numbers_of(planted(name, changes), [expected])
    assert found[expected][0] in ACCUSED


@pytest.mark.parametrize(
    ("changes", "claim"),
    [
        # a comparison turned round
        (
            {
                "io23.summary.awareness.any.entrepreneurs": "75 procent",
                "io23.ch1.awareness.any.entrepreneurs": "75 procent",
            },
            "io23.c.summary.12",
        ),
        # a majority that is none
        (
            {
                "io23.summary.privacy_worry.agree.public": "38 procent",
                "io23.ch2.privacy_worry.agree.public": "38 procent",
            },
            "io23.c.risks.07",
        ),
        # words that no longer fit
        ({"io23.summary.desirable.fraud.public": "27%", "io23.ch2.desirable.fraud.public": "27%"}, "io23.c.summary.07"),
    ],
    ids=["comparison", "majority", "words"],
)
def test_planted_errors_contradict_claims(planted: Plant, changes: dict[str, dict[str, str] | str], claim: str) -> None:
    ledger = build_ledger(planted("io-2023", changes), only=[claim])
    assert [v.as_printed for v in ledger.claims] == ["contradicted"]


def test_a_conflict_in_print_does_not_stop_the_claims(planted: Plant) -> None:
    survey = planted("flanders-2023", {"fl23.t4.at_least_one.large": "6,9%", "fl23.t4.at_least_one.micro": "7,7%"})
    ledger = build_ledger(survey, only=["fl23.t4.at_least_one.*", "fl23.c.barriers.*"])
    assert verdicts(ledger)["fl23.t4.at_least_one.micro"][0] in ACCUSED
    assert len(ledger.claims) > 20


def test_a_value_off_by_rounding_is_not_accused(planted: Plant) -> None:
    survey = planted("flanders-2023", {"fl23.t3.nlg.nace-45-47": "15,0%"})
    assert numbers_of(survey, ["fl23.t3.nlg.nace-45-47"])["fl23.t3.nlg.nace-45-47"][0] == "consistent"


@pytest.mark.parametrize("name", NAMES)
def test_no_verdict_depends_on_the_order_of_rows(ledgers: dict[str, Ledger], name: str) -> None:
    survey = load(name)
    mixed = {
        table: getattr(survey, table).sample(frac=1, random_state=7).reset_index(drop=True)
        for table in ("printed", "items", "bases", "relations", "claims", "strata")
    }
    shuffled = build_ledger(replace(survey, **mixed))
    assert verdicts(shuffled) == verdicts(ledgers[name])
    claims = {v.claim.id: (v.as_printed, v.reason, v.population) for v in shuffled.claims}
    assert claims == {v.claim.id: (v.as_printed, v.reason, v.population) for v in ledgers[name].claims}


def test_building_a_ledger_changes_no_input() -> None:
    survey = load("inspark-2025")
    before = {table: getattr(survey, table).copy() for table in ("printed", "items", "bases", "relations", "claims")}
    build_ledger(survey)
    assert all(getattr(survey, table).equals(frame) for table, frame in before.items())


def rows(*texts: str) -> list[dict[str, str]]:
    """Printings of items a, b, ... of all respondents, unweighted, n = 48."""
    return [
        {
            "id": f"m.{name}",
            "fact": f"q.{name}",
            "kind": "percentage",
            "item": f"q.{name}",
            "base": "all",
            "base_n": "48",
            "weighted": "no",
            "printed": text,
            "decimals": "0",
            "unit": "percent",
        }
        for name, text in zip("abcdef", texts, strict=False)
    ]


def test_an_unreachable_percentage_of_a_printed_base(survey_of: Callable[..., PublishedSurvey]) -> None:
    ledger = build_ledger(survey_of(printed=rows("31%", "30%")))
    assert verdicts(ledger) == {"m.a": ("consistent", ""), "m.b": ("inconsistent", "")}
    power = ledger.entries[0].power
    assert power is not None
    assert f"{float(power):.3f}" == "0.515"


def test_an_exhaustive_set_that_no_counts_give(survey_of: Callable[..., PublishedSurvey]) -> None:
    relation = [{"kind": "exhaustive", "parts": "q.a q.b", "whole": "@all"}]
    survey = survey_of(printed=rows("80%", "40%"), relations=relation)
    # 80% is no k/48 and 80 + 40 is no 100: another first figure alone would mend both
    assert verdicts(build_ledger(survey)) == {"m.a": ("inconsistent", ""), "m.b": ("consistent", "")}


def test_a_part_larger_than_its_whole(survey_of: Callable[..., PublishedSurvey]) -> None:
    made = [row | {"weighted": "yes", "base_n": ""} for row in rows("40%", "20%")]
    relation = [{"kind": "subset", "parts": "q.a", "whole": "q.b"}]
    assert set(verdicts(build_ledger(survey_of(printed=made, relations=relation))).values()) == {("in_conflict", "")}


def test_vague_words_are_never_inconsistent(survey_of: Callable[..., PublishedSurvey]) -> None:
    exact = rows("12%")[0] | {"weighted": "yes"}
    words = exact | {
        "id": "m.words",
        "kind": "verbal",
        "printed": "the vast majority",
        "low": "50",
        "high": "100",
        "qualifier": "vague",
    }
    assert verdicts(build_ledger(survey_of(printed=[exact, words])))["m.words"] == ("not_checkable", "definition")


@pytest.mark.parametrize(
    ("value", "verdict"), [("35%", "consistent"), ("31%", "not_checkable"), ("29%", "not_checkable")]
)
def test_words_accuse_nobody_and_are_not_accused(
    survey_of: Callable[..., PublishedSurvey], value: str, verdict: str
) -> None:
    exact = rows(value)[0] | {"weighted": "yes"}
    words = exact | {
        "id": "m.words",
        "kind": "verbal",
        "printed": "a third",
        "low": "31.6667",
        "high": "36.6667",
        "qualifier": "exact",
    }
    found = verdicts(build_ledger(survey_of(printed=[exact, words])))
    assert found["m.words"][0] == verdict
    assert found["m.a"][0] == "not_checkable"


def test_a_wrong_base_is_the_suspect_not_its_number(planted: Plant) -> None:
    # 1 and 2 of 7 are 14% and 29%, and 7 is not the 104 of the survey: the base alone explains both
    survey = planted("inspark-2025", {"is25.adoption.stage.structural": {"base_n": "7", "weighted": "no"}})
    ledger = build_ledger(survey, only=["is25.adoption.*"])
    assert [c.ids for c in ledger.conflicts] == [("printed.csv#is25.adoption.stage.structural.base_n",)]
    assert verdicts(ledger)["is25.adoption.stage.structural"][0] not in ACCUSED


def test_one_misprint_is_one_conflict_and_leaves_the_weighting_as_it_is(planted: Plant) -> None:
    # the share of users weighs every table of users by size: ten of them fail with it, and need no culprit of their own
    ledger = build_ledger(planted("flanders-2023", {"fl23.t4.at_least_one.micro": {"printed": "72,7%"}}))
    assert [c.ids for c in ledger.conflicts] == [("fl23.t4.at_least_one.micro",)]
    assert len(ledger.conflicts[0].statements) > 5
    assert {entry.id for entry in ledger.entries if entry.verdict in ACCUSED} == {"fl23.t4.at_least_one.micro"}
    assert ledger.weighting is not None
    assert ledger.weighting.allowed == ("stratum", "raking")


def test_shipped_detection_limits_reach_the_ledger(ledgers: dict[str, Ledger]) -> None:
    entries = {entry.id: entry for entry in ledgers["flanders-2023"].entries}
    kept = pd.read_csv(load("flanders-2023").folder / "detection.csv", dtype=str, keep_default_na=False)
    rows = {(r["item"], r["base"], r["domain"], r["level"]): r for r in kept.to_dict("records")}
    seen = 0
    for entry in entries.values():
        key, printing = entry.fact.key, entry.printing
        row = rows.get((key.item, key.base, key.domain, key.level))
        if row is None or key.wave or key.group or printing.kind != "percentage" or not (row["down"] or row["up"]):
            continue
        seen += 1
        # the largest misprint that goes unnoticed lies below the smallest that is noticed for certain, on each side
        assert printing.value is not None
        assert entry.detection_limit is not None
        down, up = (Fraction(row[side]) if row[side] else None for side in ("down", "up"))
        most_down = printing.value if down is None else down - printing.unit_of_print
        most_up = 100 - printing.value if up is None else up - printing.unit_of_print
        assert entry.detection_limit <= max(most_down, most_up), entry.id
        assert entry.power is not None
        assert entry.power >= 1 - (most_down + most_up + printing.unit_of_print) / (100 + printing.unit_of_print)
        assert any(step.key.startswith("ledger.detection") for step in entry.argument)
    assert seen > 300
    # a share of one size class whose fellows are not printed is checked by tables of counts alone
    assert entries["fl23.text.sources.adapt_open_source.micro"].verdict == "consistent"


def test_detection_limits_of_other_figures_are_left_out_and_said(planted: Plant) -> None:
    survey = planted("flanders-2023", {"fl23.fig1.plans": {"printed": "14,9%"}})
    limits = shipped_limits(Facts.of(survey))
    assert limits.by_key == {}
    assert [step.key for step in limits.stale] == ["ledger.stale_limits"]
