"""The one reading of print: keys, intervals, bases, weighting."""

from __future__ import annotations

from fractions import Fraction

import pytest
from tests.facts.sheets import sheet

from aibaro.errors import InputError
from aibaro.facts import Facts, Key, Printing
from aibaro.published import catalogue, load
from aibaro.rounding import Interval


def ends(band: Interval | None) -> tuple[float, float, bool, bool]:
    """The ends of an interval as numbers."""
    assert band is not None
    return float(band.lower), float(band.upper), band.lower_closed, band.upper_closed


@pytest.mark.parametrize("name", list(catalogue()["name"]) if "name" in catalogue() else list(catalogue().index))
def test_every_number_of_a_bundled_survey_is_read(name: str) -> None:
    survey = load(name)
    facts = Facts.of(survey)
    for row in survey.printed.to_dict("records"):
        printing = facts.printing(row["id"])
        assert printing.text == row["printed"]
        assert printing in facts[row["fact"]].printings
        assert (printing.interval() is None) == (printing.value is None)
        if row["kind"] in {"percentage", "count", "number"}:
            assert printing.value is not None
            assert not printing.interval().empty


def test_keys_are_read_as_they_are_written() -> None:
    for text in ("use", "use@users", "use|size×sector=small×trade", "use@users|size=a|wave=2022|group=g|measure=mean"):
        assert str(Key.parse(text)) == text
    with pytest.raises(InputError):
        Key.parse("use|small")


def test_disagreeing_printings_give_one_reading() -> None:
    survey = sheet("item,base,printed\nuse,all,14.0%\nuse,all,14%\nuse,all,13.9%\nplan,all,14.0%\nplan,all,14%")
    facts = Facts.of(survey)
    assert facts["use"].interval().empty
    assert ends(facts["plan"].interval()) == (13.95, 14.05, True, False)
    assert facts["plan"].best.text == "14.0%"


def test_words_never_narrow_digits() -> None:
    survey = sheet(
        "item,base,printed,kind,low,high,qualifier\nuse,all,14%,,,,\n"
        "use,all,a fifth,verbal,18.3333,22.5,about\nplan,all,a fifth,verbal,18.3333,22.5,about"
    )
    facts = Facts.of(survey)
    assert ends(facts["use"].interval())[:2] == (13.5, 14.5)
    assert not facts["use"].soft
    assert ends(facts["plan"].interval())[:2] == pytest.approx((18.3333, 22.5), abs=1e-3)
    assert facts["plan"].soft


@pytest.mark.parametrize(
    ("text", "kind", "weighted", "expected"),
    [
        ("<1%", "percentage", "no", (0, 1, True, False)),
        (">50%", "percentage", "no", (50, 100, False, True)),
        ("10-15%", "percentage", "no", (10, 15, True, True)),
        ("110%", "percentage", "no", None),
        ("1204", "count", "no", (1204, 1204, True, True)),
        ("1204", "count", "yes", (1203.5, 1204.5, True, False)),
        ("1204", "count", "", (1203.5, 1204.5, True, False)),
        ("-3", "points", "", (-3.5, -2.5, True, False)),
        ("+12", "points", "", (11.5, 12.5, True, False)),
        ("140%", "change", "", (139.5, 140.5, True, False)),
        ("100%", "percentage", "", (99.5, 100, True, True)),
        ("0%", "percentage", "", (0, 0.5, True, False)),
    ],
)
def test_a_printing_stands_for_an_interval(
    text: str, kind: str, weighted: str, expected: tuple[float, float, bool, bool] | None
) -> None:
    survey = sheet(f'item,base,printed,kind,weighted\nuse,all,"{text}",{kind},{weighted}')
    band = Facts.of(survey).printing("p1").interval()
    if expected is None:
        assert band is not None
        assert band.empty
    else:
        assert ends(band) == expected


def test_other_rules_move_digits_alone() -> None:
    plain, sign = (
        Printing("a", Key("use"), "1%", value=Fraction(1)),
        Printing("b", Key("use"), "<1%", value=Fraction(1, 2), band=Interval(Fraction(0), Fraction(1), True, False)),
    )
    assert ends(plain.interval("truncate")) == (1, 2, True, False)
    assert ends(plain.interval("sum_to_100")) == (0, 2, False, False)
    assert sign.interval("truncate") == sign.interval("half_up")


def test_cells_of_other_files_are_printings() -> None:
    survey = sheet(
        "item,kind,base,domain,level,printed,base_n\nrespondents,count,all,size,a,70,\nuse,,all,size,a,10%,40",
        strata="size,population,respondents\na,1000,40\nb,1000,60",
        bases="base,parent,definition,respondents\nall,,,100\nusers,all,any(use),12",
    )
    facts = Facts.of(survey)
    fact = facts.size("all", "size", "a")
    assert [p.id for p in fact.printings] == ["p1", "strata.csv#a.respondents"]
    assert fact.interval().empty
    assert facts.size("users").best.id == "bases.csv#users.respondents"
    assert facts.answered(Key("use", domain="size", level="a")).value == 40
    assert facts.bases["users"].share == (Key("use"), "inside")
    assert facts.margin("size") == {"a": 1000, "b": 1000}
    assert facts.total("respondents") == 100


def test_count_and_share_of_one_item_are_two_facts() -> None:
    facts = Facts.of(sheet("item,base,printed,kind\nleft,all,610,count\nleft,all,3.5%,percentage"))
    assert facts["left"].best.text == "3.5%"
    assert facts["left|measure=count"].best.text == "610"
    assert [str(fact) for fact in facts.resolve("left*")] == ["left"]


def test_type_of_the_item_gives_the_kind() -> None:
    facts = Facts.of(sheet("item,base,printed\nstaff,all,173", items="item,type\nstaff,count"))
    assert facts["staff"].best.kind == "count"
    assert not facts["staff"].interval().empty


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ("cells", "cells"),
        ({"kind": "margins", "margins": ["age"], "location": "p. 3"}, "margins"),
        ("population count over usable answers", "unknown"),
        ("", "unknown"),
    ],
)
def test_weighting_is_declared_never_assumed(declared: object, kind: str) -> None:
    survey = sheet(
        "item,base,printed,weighted,base_n\nuse,all,10%,yes,\nuse,users,10%,,\nplan,all,20%,no,50",
        strata="age,population,respondents\nold,10,5\nyoung,20,5",
        bases="base,parent,weighting\nall,,\nusers,all,none",
        weighting=declared,
    )
    facts = Facts.of(survey)
    assert facts.weighting().kind == kind
    assert facts.weighting(Key("use")).kind == kind
    assert facts.weighting(Key("use", "users")).kind == "none"
    assert facts.weighting(Key("plan")).kind == "none"
    assert facts.weighting("users").kind == "none"


def test_an_unknown_reference_names_its_neighbours() -> None:
    facts = Facts.of(load("softwareone-2025"))
    with pytest.raises(InputError, match="copilot"):
        facts["copilot.know"]
    with pytest.raises(InputError, match="did you mean"):
        facts.resolve("so25.workplace.copilot.knwn")


@pytest.mark.parametrize(
    ("cell", "kind", "margins"),
    [
        ("margins: sex age", "margins", ("sex", "age")),
        ("margins sex, age", "margins", ("sex", "age")),
        ("cells", "cells", ()),
        ("", "none", ()),
    ],
)
def test_a_base_declares_its_weighting_as_the_file_is_checked(cell: str, kind: str, margins: tuple[str, ...]) -> None:
    survey = sheet(
        "item,base,group,printed\nuse,all,public,40%\nuse,all,firms,30%\nuse,young,public,20%",
        bases=f'base,parent,definition,weighting\nall,,,\nall.public,all,,"{cell}"\nyoung,all,,',
        weighting="none",
    )
    facts = Facts.of(survey)
    # a group has the weighting of its own base, and so have the parts of that group; other groups have that of all
    for name in ("use|group=public", "use@young|group=public"):
        assert (facts.weighting(facts[name]).kind, facts.weighting(facts[name]).margins) == (kind, margins)
    assert facts.weighting(facts["use|group=firms"]).kind == "none"
    assert set(facts.weightings) == {"none", kind}


def test_groups_of_a_survey_show_their_declared_margins() -> None:
    facts = Facts.of(load("io-2023"))
    kinds = {facts.weighting(fact).kind for fact in facts if fact.key.group}
    assert kinds == {"margins"}
    assert facts.weighting(facts["awareness.any|group=entrepreneurs"]).margins == ("size", "industry")
