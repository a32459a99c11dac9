"""Print as it was published: what is wrong is named, what is right is left alone."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from tests.consistency.drawn import draw
from tests.facts.sheets import sheet

from aibaro.consistency import Conflict, additions, judgements, shares, statements, suspects
from aibaro.consistency._judgements import Judgement
from aibaro.facts import Facts
from aibaro.ledger import assess
from aibaro.published import PublishedSurvey, read

SURVEYS = Path(__file__).parent / "surveys"
ACCUSED = {"inconsistent", "in_conflict"}


def judged(survey: PublishedSurvey) -> dict[str, Judgement]:
    """Judgements of the numbers of a survey by id."""
    facts = Facts.of(survey)
    return {name: j for name, j in judgements(facts).items() if facts.printing(name).named}


def verdicts(survey: PublishedSurvey) -> dict[str, str]:
    """Verdicts of the numbers of a survey by id."""
    return {name: j.verdict for name, j in judged(survey).items()}


def only(survey: PublishedSurvey) -> Conflict:
    """The one conflict of a survey."""
    (conflict,) = suspects(Facts.of(survey))
    return conflict


# --- never accused
def test_parts_at_their_own_levels_add_to_the_whole() -> None:
    survey = sheet(
        "id,kind,item,base,domain,level,printed\nn,count,respondents,all,,,100\n"
        "n.m,count,respondents,all,gender,male,40\nn.f,count,respondents,all,gender,female,60",
        relations='kind,parts,whole\nexhaustive,"respondents|gender=male respondents|gender=female",respondents',
    )
    assert verdicts(survey) == dict.fromkeys(["n", "n.m", "n.f"], "reproduced")
    (statement,) = [found for found in statements(Facts.of(survey)) if found.kind == "exhaustive"]
    assert "40 + 60 = 100" in statement.argument[0].text()


def test_shares_at_their_own_levels_add_to_100() -> None:
    survey = sheet(
        "id,item,base,domain,level,printed\nm,who,all,gender,male,40%\nf,who,all,gender,female,60%",
        relations='kind,parts,whole\nexhaustive,"who|gender=male who|gender=female",@all',
    )
    assert verdicts(survey) == {"m": "reproduced", "f": "reproduced"}


RAKED = {
    "printed": 'id,item,base,domain,level,printed,weighted,base_n\nscotland,yes,all,region,scotland,"31,5%",yes,138\n'
    'rest,yes,all,region,rest,"0,2%",yes,1565\ntotal,yes,all,,,"2,9%",yes,1703',
    "strata": "region,population,respondents\nscotland,146000,138\nrest,1557000,1565",
    "decimal_mark": ",",
}


def test_no_whole_counts_are_asked_of_a_raked_poll() -> None:
    survey = sheet(**RAKED)
    assert not ACCUSED & set(verdicts(survey).values())
    found = statements(Facts.of(survey))
    assert not [s for s in found if s.kind == "granular"]
    (shown,) = [s for s in found if s.binding == "shown"]
    assert "2.883" in " ".join(step.text() for step in shown.argument)
    assert "weighting is not declared" in " ".join(step.text() for step in shown.argument)


def test_equal_weights_in_strata_allow_whole_counts() -> None:
    survey = sheet(**{**RAKED, "weighting": "cells", "item_nonresponse": "none"})
    assert judged(survey)["scotland"].verdict == "inconsistent"  # 43/138 = 31.16, 44/138 = 31.88


def test_weighted_counts_are_rounded() -> None:
    rows = "\n".join(
        f"{name},count,{name},all,{n},yes" for name, n in zip("abcde", (204, 572, 370, 410, 146), strict=False)
    )
    survey = sheet(
        f"id,kind,item,base,printed,weighted\n{rows}\ntotal,count,total,all,1703,yes",
        relations="kind,parts,whole\nexhaustive,a b c d e,total",
    )
    assert not ACCUSED & set(verdicts(survey).values())
    exact = sheet(
        f"id,kind,item,base,printed,weighted\n{rows.replace('yes', 'no')}\ntotal,count,total,all,1703,no",
        relations="kind,parts,whole\nexhaustive,a b c d e,total",
    )
    assert set(verdicts(exact).values()) == {"in_conflict"}


@pytest.mark.parametrize(("whole", "accused"), [("2.2 million", False), ("2.6 million", True)])
def test_counts_in_millions_add_up(whole: str, accused: bool) -> None:
    # [1.15, 1.25) + [0.85, 0.95) million lie in [2.0, 2.2) million
    survey = sheet(
        "id,kind,item,base,printed,weighted\na,count,a,all,1.2 million,yes\nb,count,b,all,0.9 million,yes\n"
        f"t,count,c,all,{whole},yes\nu,count,d,all,1.2 million,yes\nv,count,e,all,2.1 million,yes",
        relations="kind,parts,whole\nexhaustive,a b,c\nexhaustive,d b,e",
        language="en",
    )
    assert {name for name, verdict in verdicts(survey).items() if verdict in ACCUSED} == (
        {"a", "t"} if accused else set()
    )
    assert all(entry.sentence.text() for entry in assess(Facts.of(survey)))


def test_a_weighted_base_may_exceed_its_parent() -> None:
    bases = "base,parent,definition,respondents,weighted\nall,,,442,no\nusers,all,any(use),460,{}"
    row = "id,item,base,printed\nu,use,all,80%"
    assert suspects(Facts.of(sheet(row, bases=bases.format("yes")))) == ()
    conflict = only(sheet(row, bases=bases.format("no")))
    assert set(conflict.ids) == {"bases.csv#all.respondents", "bases.csv#users.respondents"}


def test_an_unweighted_table_says_nothing_of_weighted_shares() -> None:
    # users of whom some are counted, in a survey whose other answers are weighted to margins: not the same users
    survey = draw(256, weighting="margins", nonresponse="none", rounding="half_up").survey()
    assert not ACCUSED & set(verdicts(survey).values())


def test_a_stratum_without_respondents_moves_the_shares_of_classes() -> None:
    # of 1,000 in the north and 100 in the south 50 live in a stratum that nobody answered in: with weights of the
    # others the whole is (1000 x 3 + 50 x 6)/1050 = 3.14, not (1000 x 3 + 100 x 6)/1100 = 3.27
    rows = (
        "id,item,base,domain,level,printed\nn,use,all,region,north,3.00%\ns,use,all,region,south,6.00%\nt,use,all,,,{}"
    )
    strata = "size,region,population,respondents\nsmall,north,1000,400\nsmall,south,50,200\nlarge,south,50,{}"
    options = {"weighting": "cells", "item_nonresponse": "none"}
    for whole in ("3.14%", "3.27%"):
        survey = sheet(rows.format(whole), strata=strata.format(0), **options)
        assert not ACCUSED & set(verdicts(survey).values())
    assert ACCUSED & set(verdicts(sheet(rows.format("3.14%"), strata=strata.format(150), **options)).values())
    assert ACCUSED & set(verdicts(sheet(rows.format("4.00%"), strata=strata.format(0), **options)).values())


def test_a_rate_of_response_is_no_share_of_respondents() -> None:
    survey = sheet(
        "id,item,kind,base,printed,weighted\ni,invited,count,all,900,no\nd,done,count,all,233,no\n"
        "n,respondents,count,all,233,no\nr,response,percentage,all,25.9%,no",
        relations="kind,parts,whole\nratio,done|measure=count invited|measure=count,response",
        weighting="none",
        item_nonresponse="none",
    )
    assert set(verdicts(survey).values()) <= {"consistent", "reproduced", "not_checkable"}


@pytest.mark.parametrize("word", ["", "unknown"])
def test_counts_that_may_be_weighted_are_no_numbers_of_respondents(word: str) -> None:
    survey = sheet(
        f"id,item,kind,base,printed,weighted,base_n\np,use,percentage,all,42.0%,yes,131\nk,use,count,all,884,{word},",
        bases="base,respondents\nall,131",
    )
    assert not ACCUSED & set(verdicts(survey).values())


def test_points_that_are_cut_off_lie_nearer_to_zero() -> None:
    rows = (
        "id,item,kind,base,wave,printed\na,use,percentage,all,,63%\nb,use,percentage,all,2023,66%\nd,use,points,all,,-2"
    )
    assert verdicts(sheet(rows, rounding="truncate"))["d"] == "consistent"  # 63.9 - 66.0 = -2.1


def test_errors_of_strata_and_clusters_are_not_those_of_a_simple_sample() -> None:
    rows = "id,item,kind,base,printed,base_n\np,use,percentage,all,50.0%,400\ns,use,standard_error,all,{},400"
    for error in ("1.6", "4.0"):  # 2.5 points were answers drawn by lot
        assert verdicts(sheet(rows.format(error), weighting="none"))["s"] in {"consistent", "reproduced"}
    assert verdicts(sheet(rows.format("25.0"), weighting="none"))["s"] in ACCUSED
    mean = "id,item,kind,base,printed,base_n\nm,hours,mean,all,4.9,400\ns,hours,margin_of_error,all,0.1,400"
    assert not ACCUSED & set(verdicts(sheet(mean, weighting="none")).values())


LESS = "id,item,kind,base,printed,base_n,weighted\na,land,percentage,all,<1%,442,no\nb,mobile,percentage,all,99%,442,no"


def test_less_than_one_percent_is_no_zero() -> None:
    relation = "kind,parts,whole\nexhaustive,land mobile,@all"
    assert not ACCUSED & set(verdicts(sheet(LESS, relations=relation)).values())
    counted = sheet(f"{LESS}\nc,land,count,all,2,,no", relations=relation)
    conflict = only(counted)
    assert {"b", "c"} <= set(conflict.ids)  # 440 of 442 is printed as 100%, unless digits are cut off
    assert conflict.holds_under == ("truncate",)


@pytest.mark.parametrize(
    ("text", "n", "rounding", "verdict"),
    [
        ("32.5%", 438, "half_up", "inconsistent"),
        ("32.5%", 438, "floor_or_ceil", "consistent"),
        ("21.7%", 501, "half_up", "rounding_dependent"),
        ("21.8%", 501, "half_up", "consistent"),
    ],
)
def test_whole_numbers_of_answers(text: str, n: int, rounding: str, verdict: str) -> None:
    survey = sheet(f"id,item,base,printed,base_n,weighted\na,use,all,{text},{n},no", rounding=rounding)
    found = judged(survey)["a"]
    assert found.verdict == verdict
    assert found.power is not None
    if verdict == "rounding_dependent":
        assert found.conflict is not None
        assert found.conflict.holds_under == ("truncate",)


NET = """id,item,base,printed
a,agree.much,all,{much}
b,agree.some,all,20.60%
c,agree.some,all,21%
d,agree_net,all,{net}
e,agree_net,all,42.20%"""
NETS = "kind,parts,whole\nexhaustive,agree.much agree.some,agree_net"
WAVES = """id,item,kind,base,wave,printed
a,use,percentage,all,,43.60%
b,use,percentage,all,,44%
c,use,percentage,all,2022,32.40%
d,use,percentage,all,2022,32%
e,use,{kind},all,,{printed}"""


@pytest.mark.parametrize(
    ("much", "net", "words"),
    [
        ("22%", "42%", {"consistent"}),  # 21.6 + 20.6 = 42.2 is printed as 42
        ("22%", "43%", {"rounding_dependent"}),  # 22 + 21 = 43
        ("22%", "44%", {"in_conflict", "inconsistent"}),
    ],
)
def test_nets_added_up_from_rounded_parts(much: str, net: str, words: set[str]) -> None:
    found = judged(sheet(NET.format(much=much, net=net), relations=NETS))["d"]
    assert found.verdict in words
    if found.verdict == "rounding_dependent":
        assert found.conflict is not None
        assert found.conflict.holds_under == ("from_rounded",)


@pytest.mark.parametrize(
    ("shown", "net", "rounding", "accused"),
    [
        ("4.7%", "9.3%", "half_up", False),  # 2, 2 and 4 of 43
        ("4.7%", "9.4%", "half_up", False),  # no share of 43, and the sum of what is printed
        ("~4.7%", "9.4%", "half_up", False),  # what was added up is not printed in digits
        ("4.7%", "9.6%", "half_up", True),
        ("~4.7%", "9.6%", "half_up", True),  # two roundings do not reach from 9.3 to 9.6
        ("95.4%", "100.1%", "floor_or_ceil", False),  # 41 of 43 are 95.35%
        ("55.8%", "60.5%", "half_up", False),
        ("98%", "102.7%", "half_up", True),
    ],
)
def test_nets_of_whole_answers(shown: str, net: str, rounding: str, accused: bool) -> None:
    rows = [f"a,agree.much,all,{shown},43,no", "b,agree.some,all,4.7%,43,no", f"c,agree_net,all,{net},43,no"]
    table = "\n".join(["id,item,base,printed,base_n,weighted", *rows])
    found = judged(sheet(table, relations=NETS, weighting="none", rounding=rounding))["c"]
    assert (found.verdict in ACCUSED) == accused
    if net == "9.4%":
        assert found.conflict is not None
        assert found.conflict.holds_under == ("from_rounded",)


@pytest.mark.parametrize(
    ("kind", "printed", "verdict"),
    [
        ("points", "+11", "reproduced"),
        ("points", "+12", "rounding_dependent"),
        ("points", "+13", "in_conflict"),
        ("change", "35%", "consistent"),  # 43.6 / 32.4 = 1.346
        ("change", "38%", "rounding_dependent"),  # 44 / 32 = 1.375
        ("change", "41%", "in_conflict"),
    ],
)
def test_differences_and_growth_from_rounded_figures(kind: str, printed: str, verdict: str) -> None:
    assert judged(sheet(WAVES.format(kind=kind, printed=printed)))["e"].verdict == verdict


def test_what_would_hold_is_said_as_it_would_be_printed() -> None:
    conflict = only(sheet("id,item,base,printed,base_n,weighted\na,use,all,32.5%,438,no"))
    assert conflict.argument[0].text() == "all would hold if a were 32.4"  # 142 of 438 are 32.42%


MARGINS = """id,item,base,domain,level,printed
a1,x,all,size,small,{a1}
a2,x,all,size,large,60.0
b1,x,all,sector,trade,{b1}
b2,x,all,sector,care,54.0
t,x,all,,,{t}"""
CELLS = {
    "strata": "size,sector,population,respondents\nsmall,trade,200,200\nsmall,care,200,200\n"
    "large,trade,300,300\nlarge,care,300,300",
    "weighting": "cells",
    "item_nonresponse": "none",
}


def test_one_misprint_has_one_suspect_where_two_margins_agree() -> None:
    right = sheet(MARGINS.format(a1="86.0", b1="86.8", t="70.4"), **CELLS)
    assert not ACCUSED & set(verdicts(right).values())
    wrong = sheet(MARGINS.format(a1="86.0", b1="86.8", t="74.0"), **CELLS)
    assert {name for name, verdict in verdicts(wrong).items() if verdict in ACCUSED} == {"t"}
    conflict = only(wrong)
    assert conflict.suspects[0].slip == "swapped"
    assert conflict.suspects[0].value == "70.4"
    assert conflict.argument[0].text() == "all would hold if t were 70.4 (digits swapped)"
    assert "70,4" in conflict.argument[0].text("nl") or "70.4" in conflict.argument[0].text("nl")


# --- no false reassurance
def test_a_table_is_not_checked_against_itself() -> None:
    survey = sheet(
        "id,kind,item,base,domain,level,printed\nr.a,count,respondents,all,size,a,70\n"
        "r.b,count,respondents,all,size,b,60\nr,count,respondents,all,,,100\np.a,count,population,all,size,a,9999",
        strata="size,population,respondents\na,1000,40\nb,1000,60",
    )
    found = judged(survey)
    assert found["r.a"].verdict == "inconsistent"
    assert not {found["r.b"].verdict, found["r"].verdict} & ACCUSED
    assert found["p.a"].verdict == "in_conflict"
    assert found["p.a"].conflict is not None
    assert set(found["p.a"].conflict.ids) == {"p.a", "strata.csv#a.population"}


def test_a_whole_among_its_parts_says_nothing() -> None:
    survey = sheet("id,item,base,printed\na,use,all,10%", relations="kind,parts,whole\nunion,use use,use")
    assert statements(Facts.of(survey)) == ()
    assert verdicts(survey) == {"a": "not_checkable"}


def test_sizes_of_bases_are_held_against_each_other() -> None:
    survey = sheet(
        "id,item,base,printed,base_n\na,use,all,10%,442\nb,plan,all,20%,442\nc,hope,all,20%,77",
        bases="base,parent,definition,respondents\nall,,,442\nusers,all,any(use),500",
    )
    conflict = only(survey)
    assert all("printed.csv#c.base_n" in suspect.ids for suspect in conflict.suspects)
    assert {"bases.csv#users.respondents", "bases.csv#all.respondents"} <= set(conflict.ids)
    assert verdicts(survey)["a"] not in ACCUSED


@pytest.mark.parametrize(
    ("nonresponse", "answered", "accused"),
    [
        # who gave no answer was given one, or there was nobody: each item has all answers
        ("imputed", 442, False),
        ("imputed", 440, True),
        ("none", 440, True),
        ("out", 40, False),
        ("out", 443, True),
        # unknown: four in five answered, 353.6 of 442
        ("unknown", 354, False),
        ("unknown", 353, True),
    ],
)
def test_how_many_answered_is_what_item_nonresponse_leaves(nonresponse: str, answered: int, accused: bool) -> None:
    survey = sheet(
        f"id,item,base,printed,base_n\na,use,all,10%,{answered}",
        bases="base,parent,definition,respondents\nall,,,442",
        item_nonresponse=nonresponse,
    )
    assert bool(suspects(Facts.of(survey))) == accused


def test_exclusive_answers_add_to_at_most_100() -> None:
    survey = sheet(
        "id,item,base,printed\na,yes,all,70%\nb,no,all,45%", relations="kind,parts,whole\nexclusive,yes no,@all"
    )
    assert verdicts(survey) == {"a": "in_conflict", "b": "in_conflict"}
    fine = sheet(
        "id,item,base,printed\na,yes,all,70%\nb,no,all,15%", relations="kind,parts,whole\nexclusive,yes no,@all"
    )
    assert verdicts(fine) == {"a": "consistent", "b": "consistent"}


@pytest.mark.parametrize(("share", "accused"), [("3,5%", False), ("5,3%", True)])
def test_count_and_share_of_one_item(share: str, accused: bool) -> None:
    survey = sheet(
        f'id,item,kind,base,printed\nn,respondents,count,all,17.488\nk,left,count,all,610\np,left,percentage,all,"{share}"',
        decimal_mark=",",
    )
    assert bool(ACCUSED & set(verdicts(survey).values())) == accused
    ratio = next(s for s in statements(Facts.of(survey)) if s.kind == "ratio")
    assert "3.4881" in ratio.argument[0].text()


# --- surveys with an error still have a ledger
def test_a_misprint_beside_an_earlier_wave() -> None:
    survey = sheet(
        "id,item,base,domain,level,wave,printed\na,use,all,age,young,,7%\nb,use,all,age,old,,27%\n"
        "t,use,all,,,,13%\nold,use,all,,,2023,22%",
        strata="age,population,respondents\nyoung,186000,138\nold,1517000,1565",
        weighting={"kind": "margins", "margins": ["age"]},
        item_nonresponse="imputed",
    )
    found = judged(survey)
    assert {name for name, j in found.items() if j.verdict in ACCUSED} == {"a", "b", "t"} - {
        name for name, j in found.items() if j.verdict not in ACCUSED
    }
    assert found["t"].verdict in ACCUSED
    assert found["old"].verdict == "not_checkable"
    assert any("24.8" in step.text() for s in found["t"].conflict.statements for step in s.argument)


def test_an_earlier_wave_alone() -> None:
    survey = sheet(
        "id,item,base,wave,printed\na,use,all,2023,20%\nb,mark,users,2023,50%\nc,mark,users,,40%",
        bases="base,parent,definition,respondents\nall,,,\nusers,all,any(use),",
    )
    assert not ACCUSED & set(verdicts(survey).values())


def test_no_whole_number_of_a_base_that_a_share_gives() -> None:
    survey = sheet(
        "id,item,base,domain,level,printed\nu.a,use,all,size,a,40%\nu.b,use,all,size,b,30%\nu,use,all,,,35%\n"
        "m.a,mark,users,size,a,37%\nm.b,mark,users,size,b,50%\nm,mark,users,,,45%",
        strata="size,population,respondents\na,1000,10\nb,1000,100",
        bases="base,parent,definition,respondents\nall,,,\nusers,all,any(use),",
        weighting="cells",
    )
    # 40% of 10 are 4 users; 37% of 4 is no whole number, nor of the 3, 2 or 1 of them who answered
    assert {name: verdict for name, verdict in verdicts(survey).items() if verdict in ACCUSED} == {
        "m.a": "inconsistent"
    }
    conflict = only(survey)
    assert [statement.kind for statement in conflict.statements] == ["granular"]
    text = " ".join(step.text() for step in conflict.argument)
    assert "at most 4" in text
    assert "1/3 = 33.3333% and 1/2 = 50%; printed 37%" in text


def test_an_impossible_number_is_judged_and_the_rest_too() -> None:
    survey = sheet(
        "id,item,base,printed\na,use,all,110%\nb,plan,all,40%\nc,none,all,60%",
        relations="kind,parts,whole\nexhaustive,plan none,@all",
    )
    assert verdicts(survey) == {"a": "inconsistent", "b": "reproduced", "c": "reproduced"}


def test_a_base_of_one_item_has_its_share() -> None:
    survey = sheet(
        "id,item,base,printed,base_n,weighted\na,use,all,50%,200,no",
        bases="base,parent,definition,respondents\nall,,,200\nusers,all,any(use),98",
    )
    assert "ratio" in {s.kind for s in statements(Facts.of(survey))}
    assert set(only(survey).ids) >= {"a", "bases.csv#users.respondents"}


def test_items_of_type_count_are_counts() -> None:
    survey = sheet("id,item,base,printed\na,staff,all,173", items="item,type\nstaff,count")
    assert verdicts(survey) == {"a": "not_checkable"}


# --- silent though checkable
def test_common_shares_reproduce_a_table() -> None:
    facts = Facts.of(read(SURVEYS / "ine-2024"))
    found = {(share.base, share.level): share for share in shares(facts)}
    for (base, level), value in {
        ("all", "10-49"): 82.2,
        ("all", "50-249"): 14.6,
        ("all", "250+"): 3.2,
        ("users", "10-49"): 63.3,
        ("users", "50-249"): 25.0,
        ("users", "250+"): 11.6,
    }.items():
        share = found[base, level]
        assert share.low - 0.05 <= value <= share.high + 0.05
        assert share.high - share.low < 0.5
    judgements_ = {name: j for name, j in judgements(facts).items() if facts.printing(name).named}
    assert len(judgements_) == 56
    assert {j.verdict for j in judgements_.values()} <= {"consistent", "reproduced"}
    assert all(j.power for j in judgements_.values())


def test_a_misprint_in_a_table_with_common_shares(tmp_path: Path) -> None:
    survey = read(SURVEYS / "ine-2024")
    survey.printed.loc[survey.printed["id"] == "ine.B.marketing.total", "printed"] = "29.88"
    conflict = only(survey)
    assert conflict.suspects[0].ids == ("ine.B.marketing.total",)
    assert conflict.suspects[0].slip == "swapped"
    assert conflict.suspects[0].low < 28.89 < conflict.suspects[0].high < 29.88


def test_rows_in_each_others_place_accuse_no_total_by_itself() -> None:
    # the classes of two rows are exchanged and their totals are not; another total alone would mend the second row
    survey = read(SURVEYS / "ine-2024")
    texts = dict(zip(survey.printed["id"], survey.printed["printed"], strict=True))
    swap = {}
    for level in ("10-49", "50-249", "250+"):
        first, second = f"ine.A.physical.{level}", f"ine.A.workflow.{level}"
        swap |= {first: texts[second], second: texts[first]}
    survey.printed["printed"] = survey.printed["id"].map(swap).fillna(survey.printed["printed"])
    conflicts = suspects(Facts.of(survey))
    assert conflicts
    assert all(len(conflict.suspects) > 1 for conflict in conflicts)
    assert any(set(suspect.ids) == set(swap) for conflict in conflicts for suspect in conflict.suspects)


def test_counts_and_percentages_of_a_poll() -> None:
    facts = Facts.of(read(SURVEYS / "surveyusa-2010"))
    found = statements(facts)
    pairs = {s.figures[0].best.id for s in found if s.kind == "ratio"}
    assert {"su.landline", "su.minor", "su.both", "su.cpo", "su.reg", "su.likely"} <= pairs
    assert suspects(facts) == ()
    assert not ACCUSED & set(verdicts(read(SURVEYS / "surveyusa-2010")).values())


def test_the_three_numbers_of_a_real_error_are_the_suspects() -> None:
    survey = read(SURVEYS / "r2k-2010")
    conflict = only(survey)
    three = {f"r2.house.leader.r.{kind}.men" for kind in ("fav", "unf", "und")}
    assert set(conflict.ids) == three
    assert len(conflict.suspects) == 3
    assert {name for name, verdict in verdicts(survey).items() if verdict in ACCUSED} == three
    assert conflict.holds_under == ()
    # the women's 16 in the place of the men's 26 would mend one set and break the other
    assert not any(suspect.slip.startswith("exchanged") for suspect in conflict.suspects)
    assert "26% + 51% + 33% = 110" in " ".join(step.text() for step in conflict.argument)


@pytest.mark.parametrize(
    ("rows", "accused"),
    [
        ("m,moe,margin_of_error,all,3,1002", set()),
        ("m,moe,margin_of_error,all,30,1002", {"m"}),
        ("p,use,percentage,all,20%,400\ns,use,standard_error,all,2.0,400", set()),
        ("p,use,percentage,all,20%,400\ns,use,standard_error,all,0.2,400", {"s"}),
    ],
)
def test_printed_errors_are_held_against_share_and_base(rows: str, accused: set[str]) -> None:
    survey = (
        sheet(f"id,item,kind,base,printed,base_n\n{rows}", weighting="none", bases="base,respondents\nall,1002")
        if "1002" in rows
        else sheet(f"id,item,kind,base,printed,base_n\n{rows}", weighting="none")
    )
    assert {name for name, verdict in verdicts(survey).items() if verdict in ACCUSED} >= accused
    if not accused:
        assert suspects(Facts.of(survey)) == ()


@pytest.mark.parametrize(("points", "accused"), [("+12", False), ("+21", True)])
def test_points_between_waves(points: str, accused: bool) -> None:
    survey = sheet(
        f"id,item,kind,base,wave,printed\nnow,use,percentage,all,,34%\nthen,use,percentage,all,2023,22%\n"
        f"d,use,points,all,,{points}"
    )
    assert bool(ACCUSED & set(verdicts(survey).values())) == accused


@pytest.mark.parametrize(
    ("kind", "now", "then", "growth", "verdict"),
    [
        ("count", "1200", "800", "+50%", "consistent"),
        ("count", "1200", "800", "+53%", "in_conflict"),
        ("mean", "7.5", "6.0", "25%", "consistent"),
        ("count", "800", "1200", "-33%", "consistent"),
        # of a share, 12% may be meant in percent or in points
        ("percentage", "50%", "38%", "+12%", "consistent"),
        ("percentage", "50%", "38%", "+32%", "consistent"),
        ("percentage", "50%", "38%", "+45%", "in_conflict"),
    ],
)
def test_a_growth_between_waves(kind: str, now: str, then: str, growth: str, verdict: str) -> None:
    rows = [f"now,use,{kind},all,,{now}", f"then,use,{kind},all,2023,{then}", f"g,use,change,all,,{growth}"]
    assert verdicts(sheet("\n".join(["id,item,kind,base,wave,printed", *rows])))["g"] == verdict


def test_every_banner_with_its_own_weighted_bases_is_a_mixture() -> None:
    rows = """id,item,base,domain,level,printed,weighted
a1,yes,all,age,young,20%,yes
a2,yes,all,age,old,40%,yes
v1,yes,all,vote,left,50%,yes
v2,yes,all,vote,right,{v2},yes
t,yes,all,,,32%,yes"""
    bases = """base,parent,respondents,domain,level,weighted
all,,1000,,,yes
all,,400,age,young,yes
all,,600,age,old,yes
all,,300,vote,left,yes
all,,700,vote,right,yes"""
    options = {"bases": bases, "item_nonresponse": "imputed"}
    assert suspects(Facts.of(sheet(rows.format(v2="24%"), **options))) == ()
    found = only(sheet(rows.format(v2="42%"), **options))
    assert found.suspects[0].ids[0] in {"v2", "v1"}
    assert "v2" in found.ids
    assert "a1" not in found.ids


def test_what_would_help_most_is_said() -> None:
    rows = (
        "id,item,base,domain,level,wave,printed\na,use,all,,,,10%\nb,plan,all,,,,20%\nc,mark,users,,,,20%\n"
        "d,use,all,,,2023,30%\ne,use,all,size,small,,15%"
    )
    bases = "base,parent,definition,respondents\nall,,,\nusers,all,any(use),"
    found = {(a.file, a.row): a.numbers for a in additions(Facts.of(sheet(rows, bases=bases, weighting="none")))}
    assert (
        found["bases.csv", "all,,,N (columns base,parent,definition,respondents; N is the size)"] == 2
    )  # not that of another wave, nor that of a part
    # while it is not said how answers were weighted, a size alone makes nothing checkable
    unsaid = additions(Facts.of(sheet(rows, bases=bases)))
    assert not [a for a in unsaid if a.file == "bases.csv"]


def test_a_misprinted_size_accuses_no_share_of_it() -> None:
    shares_ = "\n".join(f"s{k},q{k},percentage,all,{100 * k / 52:.1f}%,no" for k in (5, 11, 17, 23, 31))
    survey = sheet(
        f"id,item,kind,base,printed,weighted\n{shares_}\nn,respondents,count,all,49,no",
        bases="base,parent,definition,respondents\nall,,,52",
        weighting="none",
        item_nonresponse="none",
    )
    found = verdicts(survey)
    assert {name for name, verdict in found.items() if verdict in ACCUSED} == {"n"}


def test_every_conflict_names_someone() -> None:
    survey = draw(3, rounding="half_up").survey()
    printed = survey.printed.copy()
    for row in range(0, len(printed), 40):
        printed.iloc[row, printed.columns.get_loc("printed")] = "77%"
        printed.iloc[row, printed.columns.get_loc("kind")] = "percentage"
    found = suspects(Facts.of(replace(survey, printed=printed)))
    assert found
    assert all(conflict.suspects for conflict in found)


# --- whole numbers of answers in strata
def reads(share: Fraction, rule: str) -> int:
    """A share in whole percent, by a rule, in arithmetic of its own."""
    hundredth = 100 * share
    if rule == "truncate":
        return hundredth.numerator // hundredth.denominator
    doubled = 2 * hundredth
    if rule == "half_even" and doubled.denominator == 1 and doubled.numerator % 4 == 1:
        return hundredth.numerator // hundredth.denominator
    return (doubled.numerator + doubled.denominator) // (2 * doubled.denominator)


@pytest.mark.parametrize(("nonresponse", "n"), [("imputed", 8), ("out", 7)])
def test_a_share_of_one_stratum_is_a_share_of_whole_answers(nonresponse: str, n: int) -> None:
    # enumerated: who did not answer an item is out of it, unless all answered or gaps were filled one by one
    sizes = [n] if nonresponse in {"none", "imputed"} else range(1, n + 1)
    shares = {Fraction(k, m) for m in sizes for k in range(m + 1)}
    tried = (0, 12, 13, 14, 28, 37, 38, 49, 66, 67, 86, 100)
    rows = "\n".join(f"p{printed},use.{printed},all,region,a,{printed}%" for printed in tried)
    survey = sheet(
        f"id,item,base,domain,level,printed\n{rows}",
        strata=f"region,population,respondents\na,1000,{n}\nb,500,400",
        weighting="cells",
        item_nonresponse=nonresponse,
    )
    found = verdicts(survey)
    for printed in tried:
        reached = {rule for rule in ("half_up", "half_even", "truncate") if printed in {reads(s, rule) for s in shares}}
        if "half_up" in reached:
            assert found[f"p{printed}"] not in ACCUSED | {"rounding_dependent"}, printed
        else:
            assert found[f"p{printed}"] == ("rounding_dependent" if reached else "inconsistent"), printed


def test_a_level_of_one_stratum_is_a_stratum() -> None:
    # no micro firms in care: the whole sector is its large firms, and 20% of 3 is nobody's share
    printed = "id,item,base,domain,level,printed\ncare,use,all,sector,care,{}\ntrade,use,all,sector,trade,20%"
    strata = "size,sector,population,respondents\nlarge,care,30,3\nmicro,trade,400,9\nlarge,trade,20,3"
    known = {"strata": strata, "weighting": "cells", "item_nonresponse": "none"}
    assert verdicts(sheet(printed.format("33%"), **known))["care"] == "consistent"
    assert verdicts(sheet(printed.format("20%"), **known)) == {"care": "inconsistent", "trade": "not_checkable"}


def test_strata_that_weigh_alike_are_one() -> None:
    # 100 firms each: 1 of 10 is 10%, and no whole number of 10 is 15%; where some may not have answered, 1 of 7 is 14%
    printed = "id,item,base,domain,level,printed\nall,use,all,,,15%"
    strata = "size,population,respondents\nsmall,600,6\nlarge,400,4"
    assert verdicts(sheet(printed, strata=strata, weighting="cells", item_nonresponse="none"))["all"] == "inconsistent"
    assert verdicts(sheet(printed, strata=strata, weighting="cells", item_nonresponse="out"))["all"] == "not_checkable"


def test_a_third_read_by_truncation_depends_on_rounding() -> None:
    survey = sheet(
        'id,item,base,domain,level,printed\nx,use,all,region,a,"66.6%"',
        strata="region,population,respondents\na,1000,3\nb,1000,100",
        weighting="cells",
    )
    assert verdicts(survey) == {"x": "rounding_dependent"}
    assert only(survey).holds_under == ("truncate",)


def test_rows_in_each_others_place_accuse_no_right_total() -> None:
    rows = "a,<1%,115,, | b,27.0%,115,, | b,27%,115,, | c,11.3%,115,, | dk,60.9%,115,, | a,2.2%,46,age,young"
    rows += " | dk,52.2%,46,age,young | a,0.0%,69,age,old | dk,66.7%,69,age,old | c,10.145%,69,age,old"
    # of the young 32.6% gave b and 13.0% c, of the old 23.2% and 10.1%
    moved = " | b,13.0%,46,age,young | c,32.6%,46,age,young | b,10.1%,69,age,old | c,23.2%,69,age,old"
    survey = sheet(
        "item,printed,base_n,domain,level,kind,base,weighted\n"
        + "\n".join(f"{row.strip()},percentage,all,no" for row in (rows + moved).split("|")),
        bases="base,domain,level,respondents\nall,,,115\nall,age,young,46\nall,age,old,69",
        relations="kind,parts,whole\nexhaustive,a b c dk,@all",
        weighting="none",
        item_nonresponse="none",
    )
    found = verdicts(survey)
    assert {found[f"p{number}"] for number in range(11, 15)} & {"inconsistent", "in_conflict"}
    assert "inconsistent" not in {found[f"p{number}"] for number in range(1, 11)}


@pytest.mark.parametrize(("off", "flagged"), [(0, False), (20, True)])
def test_a_wrong_total_of_hundreds_of_strata_is_flagged(off: int, flagged: bool) -> None:
    # who did not answer is unknown, so that the programme has a share a stratum; its prices are then very small
    draw, people, held = random.Random(5), 0, Fraction(0)
    strata, printed = [], []
    for number in range(200):
        population, n = draw.randint(40, 400), draw.randint(5, 40)
        share = Fraction(draw.randint(0, n), n)
        people, held = people + population, held + population * share
        strata.append(f"s{number},{population},{n}")
        printed.append(f"s{number},use,region,s{number},{reads(share, 'half_up')}%")
    total = reads(held / people, "half_up")
    # the strata leave it six points
    survey = sheet(
        "\n".join(["id,item,domain,level,printed", *printed, f"all,use,,,{total + off}%"]),
        strata="\n".join(["region,population,respondents", *strata]),
        weighting="cells",
        item_nonresponse="unknown",
    )
    assert (verdicts(survey)["all"] in ACCUSED) == flagged
