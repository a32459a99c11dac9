"""Every example row of the page of rules, in a folder of its own: it is accepted, and it checks what the page says.

Each example stands beside figures that fit it, and beside the same with one of them changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from aibaro import study
from aibaro.compare import differences
from aibaro.errors import InputError
from aibaro.ledger import build_ledger
from aibaro.published import read, rules, settings
from aibaro.published.schema import COMPARISON_COLUMNS

Figures = Mapping[str, str]


def folder(place: Path, figures: Figures, declared: Mapping[str, object] | None = None, **tables: str) -> Path:
    """Write figures, named as facts are, and further tables as a person would."""
    rows = ["item,base,domain,level,wave,group,kind,printed"]
    for name, text in figures.items():
        head, *about = name.split("|")
        item, _, base = head.partition("@")
        cells = {"domain": "", "level": "", "wave": "", "group": "", "measure": ""}
        for part in about:
            key, _, value = part.partition("=")
            cells |= {key: value} if key in cells else {"domain": key, "level": value}
        rows.append(",".join([item, base or "all", *cells.values(), f'"{text}"']))
    place.mkdir()
    (place / "printed.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    for name, text in tables.items():
        (place / f"{name}.csv").write_text(text, encoding="utf-8")
    if declared is not None:
        (place / "datapackage.json").write_text(json.dumps({"name": "my", "aibaro": declared}), encoding="utf-8")
    return place


COUNT = "|measure=count"
RELATIONS: dict[str, tuple[Figures, Figures]] = {
    "exhaustive": ({"use": "34%", "no_use": "66%"}, {"no_use": "60%"}),
    "exclusive": ({"agree": "34%", "disagree": "60%"}, {"disagree": "70%"}),
    "union": ({"technology.a": "20%", "technology.b": "30%", "at_least_one": "40%"}, {"at_least_one": "60%"}),
    "subset": ({"certainly": "20%", "yes": "30%"}, {"certainly": "40%"}),
    "count": (
        {"technology.a": "20%", "technology.b": "30%", "technology.c": "10%", "technologies.two_plus": "20%"},
        {"technologies.two_plus": "40%"},
    ),
    "mixture": (
        {"a": "40%", "a|size=small": "30%", "a|size=large": "50%"}
        | {"b": "25%", "b|size=small": "20%", "b|size=large": "30%"},
        {"b": "29%"},  # between its levels, but not by the shares that a has
    ),
    "ratio": ({f"n.use{COUNT}": "50", f"respondents{COUNT}": "200", "use": "25%"}, {"use": "35%"}),
    "difference": (
        {"use": "34%", "use|wave=2022": "23%", "use|measure=points": "11"},
        {"use|measure=points": "17"},
    ),
    "balance": (
        {f"contacted_email{COUNT}": "50", f"contacted_letter{COUNT}": "150", f"sample{COUNT}": "200"},
        {f"sample{COUNT}": "210"},
    ),
}


@pytest.mark.parametrize("kind", list(rules("relations")))
def test_a_relation_checks_what_the_page_says(kind: str, tmp_path: Path) -> None:
    parts, whole = rules("relations")[kind].example
    right, changed = RELATIONS[kind]
    table = f'kind,parts,whole\n{kind},"{parts}",{whole}\n'
    found = study.open(folder(tmp_path / "right", right, relations=table))
    assert found.conflicts == ()
    assert kind in {statement.kind for statement in found.statements}
    assert len(study.open(folder(tmp_path / "wrong", {**right, **changed}, relations=table)).conflicts) == 1
    without = study.open(folder(tmp_path / "without", {**right, **changed})).conflicts
    assert len(without) == (kind in {"ratio", "difference"})  # the page: figures of one item need no relation


UNION = "kind,parts,whole\nunion,use.a use.b,used\n"
SIZES: dict[str, tuple[Figures, str, str, str]] = {  # what fits, a size that does not, the base, relations
    "any(...)": ({"use.a": "20%", "use.b": "30%", "used": "40%"}, "80", "90", UNION),
    "not any(...)": ({"use.a": "20%", "use.b": "30%", "used": "40%"}, "120", "130", UNION),
    "all(...)": ({"use.a": "20%", "use.b": "30%"}, "40", "41", ""),  # 20% is less than 20.5% of 200
    "count(...)>=k": ({"use.a": "20%", "use.b": "30%", "many": "15%"}, "30", "40", UNION.replace("union,", "count,")),
    "other words": ({"use": "40%"}, "200", "201", ""),
}


@pytest.mark.parametrize("form", list(rules("definitions")))
@pytest.mark.parametrize("weighted", ["no", "yes"])
def test_a_definition_checks_the_size_of_its_base(form: str, weighted: str, tmp_path: Path) -> None:
    base, definition = rules("definitions")[form].example
    figures, fits, fails, relations = SIZES[form]
    relations = relations.replace("use.a use.b,used", "use.*,many>=2") if "count," in relations else relations
    bases = f'base,parent,definition\nall,,everyone\n{base},all,"{definition}"\n'
    tables = {"bases": bases, **({"relations": relations} if relations else {})}
    header = "item,base,kind,weighted,printed"
    found = []
    for name, size in (("right", fits), ("wrong", fails)):
        rows = [f"{item},all,percentage,{weighted},{text}" for item, text in figures.items()]
        rows += [f"respondents,{b},count,{weighted},{n}" for b, n in (("all", "200"), (base, size))]
        declared = {"weighting": "none" if weighted == "no" else "unknown", "item_nonresponse": "none"}
        place = folder(tmp_path / name, {}, declared, **tables)
        (place / "printed.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        found.append(len(study.open(place).conflicts))
    # sums of weights are rounded, so that one more may still hold
    assert found[0] == 0
    assert found[1] == 1 or (weighted == "yes" and form in {"all(...)", "other words"})


CLAIMS: dict[str, tuple[Figures, Figures]] = {
    "greater": ({"use|size=large": "50%", "use|size=small": "40%"}, {"use|size=large": "44%"}),
    "trend": ({"use": "34%", "use|wave=2022": "23%"}, {"use": "20%"}),
    "less": ({"use|size=small": "40%", "use|size=large": "50%"}, {"use|size=large": "34%"}),
    "pairwise_greater": ({"use.a": "10%", "use.b": "4%", "plan.a": "6%", "plan.b": "5%"}, {"use.a": "3%"}),
    "equal": ({"use": "30%", "plan": "31%"}, {"plan": "40%"}),
    "not_less": ({"use": "30%", "plan": "31%"}, {"plan": "40%"}),
    "ranked_first": ({"barrier.cost": "40%", "barrier.law": "30%"}, {"barrier.cost": "20%"}),
    "ranked_last": ({"barrier.ethics": "10%", "barrier.law": "30%"}, {"barrier.ethics": "60%"}),
    "ranked": (
        {"barrier.cost": "40%", "barrier.law": "30%", "barrier.legal": "20%"},
        {"barrier.legal": "60%"},
    ),
    "among_first": (
        {"applications.security|sector=a": "40%", "applications.b|sector=a": "30%", "applications.c|sector=a": "20%"},
        {"applications.security|sector=a": "10%"},
    ),
    "ordered": (
        {"use|size=large": "50%", "use|size=medium": "40%", "use|size=small": "30%"},
        {"use|size=large": "20%"},
    ),
    "same_order": (
        {"use.a": "10%", "use.b": "20%", "use.c": "30%", "plan.a": "1%", "plan.b": "2%", "plan.c": "3%"},
        {"plan.c": "0.1%"},
    ),
    "spans": (
        {"use|sector=farming": "10%", "use|sector=trade": "30%", "use|sector=finance": "60%"},
        {"use|sector=trade": "70%"},
    ),
    "majority": ({"no_use": "66%"}, {"no_use": "40%"}),
    "minority": ({"use.often": "14%", "use.sometimes": "20%"}, {"use.often": "34%"}),
    "threshold_above": ({"use|sector=a": "31%", "use|sector=b": "40%"}, {"use|sector=b": "20%"}),
    "threshold_below": ({"use": "12%"}, {"use": "22%"}),
    "sum_above": ({"stage.pilots": "30%", "stage.none": "30%"}, {"stage.none": "10%"}),
    "about": ({"use": "32%"}, {"use": "60%"}),
    "gap_smaller": (
        {"use|size=large": "50%", "use|size=small": "40%", "plan|size=large": "30%", "plan|size=small": "10%"},
        {"use|size=large": "70%"},
    ),
    "combined_greater": ({"plan.a": "30%", "plan.b": "10%", "use.a": "10%", "use.b": "10%"}, {"use.a": "60%"}),
    "times": ({"use|size=large": "50%", "use|size=small": "20%"}, {"use|size=small": "30%"}),
    "pooled_not_less": (
        {"use": "30%", "use|size=micro": "10%", "use|size=small": "20%"}
        | {"use|size=medium": "40%", "use|size=large": "50%"},
        {"use|size=medium": "5%", "use|size=large": "5%"},
    ),
    "sum_of": ({"use.any": "34%", "use.often": "14%", "use.sometimes": "20%"}, {"use.any": "39%"}),
    "mixture_of": ({"use": "34%", "use|size=small": "30%", "use|size=large": "50%"}, {"use": "60%"}),
    "ratio_of": (
        {"response_rate": "50%", f"respondents{COUNT}": "100", f"sample{COUNT}": "200"},
        {"response_rate": "40%"},
    ),
    "balance": (
        {f"reached{COUNT}": "190", f"contacted{COUNT}": "200", f"undeliverable{COUNT}": "10"},
        {f"reached{COUNT}": "195"},
    ),
    "count_of": (
        {"asked|measure=number": "2", "technology.a": "10%", "technology.b": "20%"},
        {"asked|measure=number": "3"},
    ),
}
UNDECIDED = {"projection", "not_checkable"}
CLASSES = "size,population,respondents\nmicro,1000,100\nsmall,500,100\nmedium,200,100\nlarge,100,100\n"


@pytest.mark.parametrize("rule", [name for name in rules("claims") if name not in UNDECIDED])
def test_a_rule_of_claims_checks_what_the_page_says(rule: str, tmp_path: Path) -> None:
    inputs, parameters = rules("claims")[rule].example
    right, changed = CLAIMS[rule]
    claims = f'id,claim_en,type,rule,inputs,parameters\nc,words,comparison,{rule},"{inputs}","{parameters}"\n'
    strata = {"strata": CLASSES} if rule == "pooled_not_less" else {}
    found = [
        str(build_ledger(read(folder(tmp_path / name, figures, claims=claims, **strata))).claims[0].as_printed)
        for name, figures in (("right", right), ("wrong", {**right, **changed}))
    ]
    assert found == ["supported", "contradicted"]


@pytest.mark.parametrize("rule", sorted(UNDECIDED))
def test_a_rule_that_decides_nothing_says_so(rule: str, tmp_path: Path) -> None:
    inputs, parameters = rules("claims")[rule].example
    claims = f'id,claim_en,type,rule,inputs,parameters\nc,words,comparison,{rule},"{inputs}","{parameters}"\n'
    survey = read(folder(tmp_path / "s", {"use": "34%", "use|wave=2022": "23%"}, claims=claims))
    assert str(build_ledger(survey).claims[0].as_printed) == "not_checkable"


COMPARED = {
    "groups": {"use|group=public": "40%", "use|group=firms": "60%"}
    | {f"respondents|group=public{COUNT}": "300", f"respondents|group=firms{COUNT}": "200"},
    "subgroups": {"use|age=18-34": "60%", "use|age=65+": "30%", f"respondents{COUNT}": "500"},
    "paired": {"threat": "30%", "chance": "50%", f"respondents{COUNT}": "200"},
    "size": {"use|age=18-34": "60%", "use|group=firms": "30%"}
    | {f"respondents{COUNT}": "500", f"respondents|group=firms{COUNT}": "300"},
}
BY_SIZE = {
    f"use.{item}{place}": text
    for item, texts in {"a": ("30%", "28%", "40%"), "b": ("20%", "18%", "30%")}.items()
    for place, text in zip(("", "|size=small", "|size=large"), texts, strict=True)
}


@pytest.mark.parametrize("kind", [name for name in rules("comparisons") if name != "claims"])
def test_a_row_of_comparisons_is_tested(kind: str, tmp_path: Path) -> None:
    header, row = ",".join(COMPARISON_COLUMNS), rules("comparisons")[kind].example
    own = str(row if isinstance(row, str) else row[0])
    tables = {"comparisons": f"{header}\n{own}\n"}
    if kind == "size":
        tables["comparisons"] += "ages,groups,,use,use|age=18-34,use|group=firms,greater,,,,,,,,why\n"
    if kind not in COMPARED:
        tables["strata"] = "size,population,respondents\nsmall,1000,100\nlarge,200,100\n"
    declared = {"weighting": "none" if kind in COMPARED else "cells", "item_nonresponse": "none"}
    survey = read(folder(tmp_path / "s", COMPARED.get(kind, BY_SIZE), declared, **tables))
    found = differences(survey).to_frame()
    assert set(found["family"]) == {"ages" if kind == "size" else own.partition(",")[0]}
    expected = {"pairs": 2, "against_all": 4, "items": 1}  # two items, two levels
    assert len(found) == expected.get(kind, 1)
    if kind == "size":  # 15 to 40% of 500, half to twice as heavy
        (row_of_ages,) = found.to_dict("records")
        assert row_of_ages["verdict"] == "established"


def test_subgroups_without_shares_are_a_fault(tmp_path: Path) -> None:
    header = ",".join(COMPARISON_COLUMNS)
    row = "ages,subgroups,,use,use|age=18-34,use|age=65+,greater,all,,,,,,,"
    place = folder(tmp_path / "s", COMPARED["subgroups"], comparisons=f"{header}\n{row}\n")
    with pytest.raises(InputError, match="needs the shares of both"):
        read(place)


def test_a_family_of_claims_is_accepted(tmp_path: Path) -> None:
    header, row = ",".join(COMPARISON_COLUMNS), rules("comparisons")["claims"].example
    own = str(row if isinstance(row, str) else row[0])
    claims = 'id,claim_en,type,rule,inputs,parameters\nc,words,comparison,majority,use,"family=summary"\n'
    place = folder(tmp_path / "s", {"use": "60%"}, comparisons=f"{header}\n{own}\n", claims=claims)
    assert build_ledger(read(place)).claims[0].family == "summary"


@pytest.mark.parametrize("key", list(settings()))
def test_a_key_of_the_descriptor_is_accepted_as_in_its_example(key: str, tmp_path: Path) -> None:
    example = json.loads(settings()[key].example)
    figures = {"at_least_one": "32%", **{f"{name}{COUNT}": "5" for name in ("sample", "respondents")}}
    if key == "funnel":
        figures |= {f"{name}{COUNT}": "5" for name in str(example).split()}
    if key == "prefix":
        place = folder(tmp_path / "s", {}, {key: example})
        (place / "printed.csv").write_text(f"id,item,printed\n{example}.use,use,32%\n", encoding="utf-8")
    else:
        place = folder(tmp_path / "s", figures, {key: example})
    assert len(read(place).printed) >= 1
