"""Surveys are read whole, frozen and checked: every kind of fault, all of them together."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from tests.published.small_survey import DESCRIPTOR, FILES, MINIMAL, whole, write

import aibaro
from aibaro.errors import AibaroError, Fault, InputError, IntegrityError
from aibaro.published import (
    PublishedSurvey,
    catalogue,
    load,
    open_survey,
    printed_table,
    read,
    table_numbers,
    templates,
)
from aibaro.published.bundled import bundled_names, data_root
from aibaro.published.schema import TABLES


def faults_of(folder: Path, kind: type[AibaroError] = InputError) -> tuple[Fault, ...]:
    with pytest.raises(kind) as caught:
        read(folder)
    return caught.value.faults


def test_the_whole_survey_is_read(tmp_path: Path) -> None:
    survey = read(whole(tmp_path / "my-survey"))
    assert (survey.name, survey.prefix, survey.title) == ("my-survey", "my", "A survey of our own")
    assert (survey.citation, survey.publisher, survey.wave) == ("Own (2023). A report.", "Own", "2023")
    assert (survey.rounding, survey.decimal) == ("half_up", ",")
    assert survey.strata["population"].tolist() == [100, 50, 20, 10]
    assert survey.strata.dtypes.astype(str).tolist() == ["str", "str", "int64", "int64", "int64"]
    for name in ("printed", "items", "levels", "bases", "relations", "claims", "ignored", "verdicts"):
        frame = getattr(survey, name)
        assert tuple(frame.columns) == TABLES[name].columns
        assert set(frame.dtypes.astype(str)) == {"str"}
        assert not frame.isna().to_numpy().any()
    assert survey.printed["printed"].tolist()[0] == "31,5%"


def test_little_is_needed_and_the_rest_is_derived(tmp_path: Path) -> None:
    survey = read(write(tmp_path / "mine", MINIMAL))
    assert (survey.name, survey.prefix, survey.title, survey.citation) == ("mine", "", "mine", "")
    assert "sample" not in survey.strata
    printed = survey.printed.set_index("id")
    assert printed["kind"].tolist() == ["percentage", "verbal", "count"]
    assert printed["fact"].tolist() == ["use|size=small", "use", "respondents"]
    assert printed["decimals"].tolist() == ["1", "", "0"]
    assert printed.loc["b", ["low", "high", "qualifier", "unit"]].tolist() == ["31.6667", "36.6667", "exact", "percent"]
    assert survey.items["item"].tolist() == ["use", "respondents"]
    assert survey.bases["base"].tolist() == ["all"]
    assert survey.levels[["domain", "level", "order"]].to_numpy().tolist() == [
        ["size", "small", "1"],
        ["size", "large", "2"],
    ]
    assert aibaro.Design.from_strata(survey.strata).weights.tolist() == [10.0, 2.5]


def test_a_survey_is_frozen_and_each_reading_its_own() -> None:
    first, second = load("flanders-2023"), load("flanders-2023")
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        first.metadata["title"] = "other"  # type: ignore[index]
    first.strata.loc[0, "population"] = 0
    first.printed.loc[:, "printed"] = ""
    assert int(second.strata["population"].sum()) == int(load("flanders-2023").strata["population"].sum()) == 38071
    assert second.printed["printed"].ne("").all()
    assert load("flanders-2023").printed["printed"].ne("").all()


def test_summary_dictionary_and_html(tmp_path: Path) -> None:
    descriptor = {**DESCRIPTOR, "title": "<script>alert(1)</script>"}
    survey = read(write(tmp_path / "s", FILES, descriptor))
    assert "strata: 4 (180 population, 90 sample, 33 respondents)" in survey.summary()
    assert "printings: 8 of 7 facts (1 count, 6 percentage, 1 verbal)" in survey.summary()
    assert "<script>" not in survey._repr_html_()
    assert json.loads(json.dumps(survey.to_dict()))["strata"][0]["population"] == 100
    assert repr(survey) == "PublishedSurvey('my-survey', 4 strata, 8 printings)"
    assert (survey.label("use"), survey.label("use", "nl")) == ("uses it", "gebruikt het")
    for item, language in (("us", "en"), ("use", "fr")):
        with pytest.raises(InputError, match="no such label"):
            survey.label(item, language)


FAULTS = [
    ("strata", ("small,trade,100,40,10", "small,trade,1.565,40,10"), "not a count", "a whole number"),
    ("strata", ("small,trade,100,40,10", "small,trade,-100,40,10"), "not a count", "a whole number"),
    ("strata", ("small,trade,100,40,10", "small,trade,100,40,"), "not a count", "a whole number"),
    ("strata", ("small,care,50", "small,trade,50"), "stratum appears twice", "one row a stratum"),
    ("strata", ("small,care,50", "small,,50"), "a stratum has no name", "text"),
    ("strata", ("small,care,50", "small,caer,50"), "unknown level", "care, trade"),
    ("strata", ("small,care,50,20,5", "small,care,50,20"), "a row does not fit the header", "5 cells"),
    ("strata", ("population,sample", "populaton,sample"), "a column is missing", "population, respondents"),
    ("printed", ("21.7%", "32,1,5%"), "is not one number", "decimal mark"),
    ("printed", ("21.7%", "abc"), "is not a number", "digits such as"),
    ("printed", ("5%,0", "5%,2"), "decimals differ from print", "0, the digits"),
    ("printed", ("no,,,,,33,0", 'no,,,,,"3,5",1'), "a count has no decimals", "a whole number"),
    ("printed", ("my.text.use.words", "my.text.use"), "two rows have the same name", "a name of its own"),
    ("items", ("plan,indicator", ",indicator"), "a row has no name", "text"),
    ("printed", ("my.text.cross,", "your.text.cross,"), "an id does not carry the survey's prefix", "my. ..."),
    ("printed", ("plan,all,,yes", "plan,al,,yes"), "unknown base", "all, users"),
    ("printed", ("percentage,plan,all", "percentage,paln,all"), "unknown item", "plan, rate"),
    ("printed", ("percentage,plan,all", "percentage,,all"), "a printing names no item", "text"),
    ("printed", ("plan,all,,yes,size,small", "plan,all,,yes,size,smal"), "unknown level", "large, small"),
    ("printed", ("plan,all,,yes,size,small", "plan,all,,yes,sizes,small"), "unknown domain", "sector, size"),
    ("printed", ("size×sector,small×care", "size×sector,small"), "domain and level do not fit", "one level a domain"),
    ("printed", ("use,all,33", "use,all,33.5"), "not a count", "a whole number"),
    ("printed", ("percentage,plan,all", "percent,plan,all"), "unknown word", "percentage, count, mean"),
    ("printed", ("plan,all,,yes", "plan,all,,maybe"), "unknown word", "yes, no, unknown"),
    ("printed", ("36.67,exact", "36.67,roughly"), "unknown word", "exact, about, almost"),
    ("printed", ("31.66,36.67", "36.67,31.66"), "the range is empty", "low <= high"),
    ("printed", ("31.66,36.67", "31.66,a lot"), "not a number", "digits with a decimal point"),
    ("printed", ("31.66,36.67", "30,40"), "not that of the committed table of readings", "31.6667 to 36.6667"),
    ("printed", ("36.67,exact", "36.67,almost"), "the qualifier is not that of the words", "exact"),
    ("printed", ("31.66,36.67,exact", "31.66,36.67,"), "a verbal quantity has no reading", "a range in percent"),
    ("printed", ("use|size=large", "use|size=small"), "rows of one fact speak of different things", '"small"'),
    (
        "printed",
        ("my.text.use.words,use,", "my.text.use.words,other,"),
        "one quantity stands under two facts",
        "use, as",
    ),
    ("printed", ("percentage,plan,all", "percentage,plan,"), "a share names no base", "such as all"),
    ("items", ("plan,indicator", "use,indicator"), "two rows have the same name", "a name of its own"),
    ("items", ("item,type", "item,typ"), "unknown column", "item, type"),
    ("bases", ("users,all", "users,al"), "unknown base", "all, users"),
    ("bases", ("all,,everyone,33", "all,users,everyone,33"), "a base contains itself", "parents that end"),
    ("bases", ("everyone,33", "everyone,33.5"), "not a count", "a whole number"),
    ("relations", ("exhaustive,use plan", "complete,use plan"), "unknown word", "exhaustive, exclusive, union"),
    ("relations", ("exhaustive,use plan", "exhaustive,use paln"), "unknown item", "plan, rate"),
    ("relations", ("@all", "@al"), "unknown base", "all, users"),
    ("relations", ("use plan,@all", ",@all"), "not an item or a base", "item[@base]"),
    ("ignored", ("7,2", "7,0"), "not a number of times", "a whole number >= 1"),
    ("ignored", ("numbers,page", "numbers,pages"), "unknown word", "url, code, page"),
    ("levels", ("size,large", "size,small"), "two rows have the same name", "a name of its own"),
    ("claims", ("id,location,claim", "id,location,text"), "a column is missing", "id, claim_en"),
    ("claims", ("a third uses it", ""), "a claim says nothing", "text"),
    ("claims", ("quantity,about", "quantiy,about"), "unknown type of claim", "comparison, ranking"),
    ("claims", ("quantity,about", "quantity,abuot"), "unknown claim rule", "abuot"),
    ("claims", ("quantity,about", "quantity,"), "a claim without a rule", "empty"),
    (
        "claims",
        ("my.text.use,share", "my.text.usage,share"),
        "a reference to a figure that is not printed",
        "my.text.usage",
    ),
    (
        "claims",
        ("my.text.use,share", "my.text.use / plan|size=small,share"),
        "reads other sections",
        "figures / figures",
    ),
    ("claims", ("share=1/3", "shares=1/3"), "unknown parameter of a rule", "share, qualifier"),
    ("claims", ("share=1/3", "qualifier=about"), "a rule lacks a parameter", "share="),
    ("claims", ("share=1/3", "share=third"), "a parameter has another value", "1/3"),
    ("claims", ("share=1/3", "share=1/0"), "a parameter has another value", "1/3"),
    ("claims", ("share=1/3", "share=1/3;qualifier=allmost"), "a parameter has another value", "almost"),
    ("claims", ("share=1/3", "share=1/3;share=1/4"), "a parameter stands twice", "one value"),
    ("claims", ("share=1/3", "share"), "a parameter without a value", "name=value"),
    ("verdicts", ("use,consistent", "use,consistant"), "unknown verdict", "consistent"),
    ("verdicts", ("use,consistent,", "use,consistent,because"), "unknown reason", "no_second_figure"),
    ("items", ("plan,indicator", "plan,indikator"), "unknown type of item", "indicator"),
    ("levels", ("size,small,1", "size,small,x"), "an order is not a whole number", "1, 2"),
    ("strata", ("small,trade,100,40,10", "small,trade,99999999999999999999,40,10"), "not a count", "below 2^63"),
    ("strata", ("small,trade,100,40,10", "small,trade,１００,40,10"), "not a count", "digits only"),
    ("printed", ("use,all,33", "use,all,99999999999999999999"), "not a count", "below 2^63"),
    ("printed", ("21.7%", "２１%"), "is not a number", "digits such as"),
    ("printed", ("21.7%", "12345678901234567890123456789%"), "too many digits", "at most 28"),
    ("printed", ("21.7%", "*"), "is not explained", "marks"),
    ("printed", ("percentage,plan,all", "count,plan,all"), "the kind does not fit the text", "percentage"),
    ("printed", ("percentage,plan,all", "ratio,plan,all"), "the kind does not fit the text", "ratio without"),
    ("bases", ("any(use)", "any(us)"), "unknown item", "use"),
    ("bases", ("any(use)", "any()"), "not a definition of a base", "any(...)"),
    ("bases", ("any(use)", "any(use"), "not a definition of a base", "any(...)"),
    ("bases", ("any(use)", "any(@all)"), "not a definition of a base", "any(...)"),
    ("bases", ("any(use)", "any(uze)"), "unknown item", "plan, rate"),
    ("bases", ("any(use)", "any(use|small)"), "not a place of a figure", "|domain=level"),
    ("bases", ("any(use)", "any(use|size=smal)"), "unknown level", "large, small"),
    ("bases", ("any(use)", "any(use@al)"), "unknown base", "all, users"),
    ("bases", ("any(use)", "count(use)"), "not a definition of a base", "count(...)>=k"),
    ("bases", ("users,all,any", "users,users,any"), "a base contains itself", "users < users"),
    ("relations", ("subset,use@users|size=small,use", "subset,use,use"), "a relation whose whole", "of its own"),
    ("relations", ("|size=small,use", "|size=smal,use"), "unknown level", "large, small"),
    ("relations", ("|size=small,use", "|sise=small,use"), "unknown domain", "sector, size"),
    ("relations", ("|size=small,use", "|size,use"), "not a place of a figure", "|domain=level"),
    ("relations", ("us*,plan=1", "us*,plan"), "names no number of parts", ">=k"),
    ("relations", ("us*,plan=1", "us*,use>=1"), "a relation whose whole", "of its own"),
    ("relations", ("use plan,@all", "use use,@all"), "a part is named twice", "each part once"),
    ("relations", ("use plan,@all", "use use@all,plan"), "a part is named twice", "each part once"),
    ("bases", ("any(use)", "ANY(use)"), "not a definition of a base", "any(...)"),
    ("levels", ("small,klein", "small,kl\x07ein"), "a cell holds a character that cannot be printed", "U+0007"),
    ("ignored", ("Page numbers", "Page\x00numbers"), "a cell holds a character that cannot be printed", "U+0000"),
    ("verdicts", ("my.claim.1", "my.claim.2"), "a verdict on an unknown id", "printed.csv or claims.csv"),
]


@pytest.mark.parametrize(("table", "change", "problem", "expected"), FAULTS, ids=[f"{f[0]}: {f[2]}" for f in FAULTS])
def test_each_fault_is_named_where_it_is(
    tmp_path: Path, table: str, change: tuple[str, str], problem: str, expected: str
) -> None:
    found = [f for f in faults_of(whole(tmp_path / "s", **{table: change})) if problem in f.problem]
    assert found, f"no fault reads {problem!r}"
    assert expected in found[0].expected + found[0].got
    assert f"{table}.csv" in found[0].where


def test_all_faults_of_all_files_come_together(tmp_path: Path) -> None:
    folder = whole(
        tmp_path / "s",
        strata=("small,trade,100,40,10", "small,trade,100,40,x"),
        printed=("21.7%", "103,2,%"),
        items=("plan,indicator", "use,indicator"),
        levels=("size,large", "size,small"),
        bases=("users,all", "users,al"),
        relations=("exhaustive,use", "complete,use"),
        claims=("my.claim.1", ""),
        ignored=("7,2", "7,0"),
        verdicts=("my.text.use", "my.text.uses"),
    )
    faults = faults_of(folder)
    assert {fault.where.partition(",")[0] for fault in faults} == {f"{name}.csv" for name in TABLES}
    with pytest.raises(InputError) as caught:
        read(tmp_path / "s")
    problems = dict.fromkeys(fault.problem for fault in faults)
    assert all(f"\n{i}. {problem}" in str(caught.value) for i, problem in enumerate(problems, 1))


def test_every_bad_row_is_listed_not_only_the_first(tmp_path: Path) -> None:
    bad = MINIMAL["printed.csv"] + "".join(f'x{i},use,all,size,small{i},"10{i},2,%"\n' for i in range(5))
    faults = faults_of(write(tmp_path / "s", {**MINIMAL, "printed.csv": bad}))
    assert sum("is not a number" in fault.problem for fault in faults) == 5
    assert next(f.where for f in faults if "is not a number" in f.problem) == "printed.csv, line 5 (x0)"
    assert sum("unknown level" in fault.problem for fault in faults) == 5


def test_a_broken_checksum_is_an_integrity_error(tmp_path: Path) -> None:
    folder = whole(tmp_path / "s")
    (folder / "printed.csv").write_text(FILES["printed.csv"].replace("31,5%", "31,6%"), encoding="utf-8")
    (fault,) = faults_of(folder, IntegrityError)
    assert (fault.where, fault.parameter) == ("printed.csv", "hash")
    assert "aibaro.published.checksums" in fault.hint


def test_files_beside_the_tables_are_checked_too(tmp_path: Path) -> None:
    folder = whole(tmp_path / "s")
    (folder / "witness.json").write_text("{}")
    descriptor = json.loads((folder / "datapackage.json").read_text())
    descriptor["resources"].append({"name": "witness", "path": "witness.json", "hash": "sha256:" + 64 * "0"})
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    (fault,) = faults_of(folder, IntegrityError)
    assert fault.where == "witness.json"


def test_missing_files_are_named(tmp_path: Path) -> None:
    folder = whole(tmp_path / "s")
    (folder / "levels.csv").unlink()
    assert [f.expected for f in faults_of(folder) if "declared file" in f.problem] == ["levels.csv"]
    assert {f.expected for f in faults_of(write(tmp_path / "empty", {}))} == {"printed.csv"}
    (printed,) = faults_of(write(tmp_path / "half", {"strata.csv": MINIMAL["strata.csv"]}))
    assert printed.expected == "printed.csv"


def test_strata_may_be_left_out_where_the_descriptor_says_so(tmp_path: Path) -> None:
    files = {"printed.csv": "id,item,base,domain,level,printed\nmy.a,use,all,,,31%\n"}
    survey = read(write(tmp_path / "s", files, DESCRIPTOR))
    assert len(survey.strata) == 0
    assert "strata: none printed" in survey.summary()
    with pytest.raises(InputError, match="lacks columns or rows"):
        aibaro.Design.from_strata(survey.strata)


def test_a_resource_outside_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a\n")
    folder = whole(tmp_path / "s")
    descriptor = json.loads((folder / "datapackage.json").read_text())
    descriptor["resources"].append({"name": "other", "path": "../other.csv"})
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    assert ("a path inside the folder", "'../other.csv'") in [(f.expected, f.got) for f in faults_of(folder)]


def test_a_misspelt_file_is_not_skipped(tmp_path: Path) -> None:
    folder = write(tmp_path / "s", {**MINIMAL, "level.csv": FILES["levels.csv"]})
    (fault,) = faults_of(folder)
    assert (fault.where, fault.hint) == ("level.csv", "rename it levels.csv")


def test_unreadable_text_names_file_and_line(tmp_path: Path) -> None:
    folder = write(tmp_path / "s", MINIMAL)
    (folder / "items.csv").write_bytes(b"item,label_en\nuse,one\nrespondents,caf\xe9\n")
    (fault,) = faults_of(folder)
    assert (fault.where, fault.got) == ("items.csv, line 3", "byte 0xe9")
    (folder / "items.csv").write_bytes(b'item,label_en\nuse,"one\n')
    (fault,) = faults_of(folder)
    assert "not a table" in fault.problem


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_separators_are_one_fault_with_a_remedy(tmp_path: Path, mark: str) -> None:
    files = {**MINIMAL, "strata.csv": MINIMAL["strata.csv"].replace(",", mark)}
    (fault,) = faults_of(write(tmp_path / "s", files))
    assert fault.problem == "cells are not separated by commas"
    assert "save it with commas" in fault.hint


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    folder = write(tmp_path / "s", MINIMAL)
    for name, text in MINIMAL.items():
        (folder / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert read(folder).printed["id"].tolist() == ["a", "b", "c"]


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    folder = write(tmp_path / "s", MINIMAL)
    (folder / "claims.csv").mkdir()
    assert "the file cannot be read" in [fault.problem for fault in faults_of(folder)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "the descriptor is not JSON"),
        ("[]", "the descriptor is not an object"),
        ('{"resources": [{"name": "x"}]}', "resources are not a list of files"),
        ('{"resources": {"name": "x"}}', "resources are not a list of files"),
        ('{"aibaro": 3}', "settings are not an object"),
        ('{"aibaro": {"rounding": "up"}}', "unknown setting"),
        ('{"aibaro": {"decimal_mark": ";"}}', "unknown setting"),
    ],
)
def test_descriptors_that_cannot_be_used(tmp_path: Path, text: str, problem: str) -> None:
    folder = write(tmp_path / "s", MINIMAL)
    (folder / "datapackage.json").write_text(text)
    faults = faults_of(folder)
    assert [fault.problem for fault in faults] == [problem]
    assert faults[0].where == "datapackage.json"


def test_unknown_names_and_folders(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean flanders-2023"):
        load("flanders-2032")
    with pytest.raises(InputError, match="there is no such folder"):
        read(tmp_path / "nowhere")
    with pytest.raises(InputError, match="unknown survey"):
        open_survey(str(tmp_path / "nowhere"))
    assert open_survey(str(write(tmp_path / "mine", MINIMAL))).name == "mine"
    assert open_survey("io-2023").prefix == "io23"


def test_reading_does_not_depend_on_row_order(tmp_path: Path) -> None:
    head, *rows = FILES["printed.csv"].splitlines()
    turned = "\n".join([head, *reversed(rows)]) + "\n"
    one = read(whole(tmp_path / "one")).printed.sort_values("id", ignore_index=True)
    two = read(write(tmp_path / "two", {**FILES, "printed.csv": turned}, DESCRIPTOR)).printed
    pd.testing.assert_frame_equal(one, two.sort_values("id", ignore_index=True))


def test_tables_are_laid_out_as_printed(tmp_path: Path) -> None:
    survey = read(whole(tmp_path / "s"))
    assert table_numbers(survey) == ("1",)
    table = printed_table(survey, 1)
    assert table.to_dict("split") == {
        "index": ["Small", "Large"],
        "columns": ["Use", "Plan"],
        "data": [["31,5%", "5%"], ["40,0%", ""]],
    }
    with pytest.raises(InputError, match="there is no such table"):
        printed_table(survey, 2)
    twice = whole(tmp_path / "twice", printed=("row Large", "row Small"))
    with pytest.raises(InputError, match="two printings claim one cell") as caught:
        printed_table(read(twice), 1)
    assert caught.value.faults[0].got == "my.t1.use.small, my.t1.use.large"


@pytest.fixture(scope="module")
def bundled() -> dict[str, PublishedSurvey]:
    return {name: load(name) for name in bundled_names()}


def test_the_five_surveys_are_bundled(bundled: dict[str, PublishedSurvey]) -> None:
    assert list(bundled) == ["flanders-2023", "inspark-2025", "io-2023", "softwareone-2025", "topdesk-2025"]
    assert [survey.prefix for survey in bundled.values()] == ["fl23", "is25", "io23", "so25", "td25"]
    assert catalogue()["name"].tolist() == list(bundled)
    for survey in bundled.values():
        assert survey.citation
        assert survey.publisher
        assert survey.printed["location"].ne("").all()
        assert all(len(source["sha256"]) == 64 for source in survey.metadata["sources"])


def test_every_bundled_file_is_declared_with_its_checksum() -> None:
    for name in bundled_names():
        folder = data_root() / name
        resources = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]
        hashed = {resource["path"] for resource in resources if resource.get("hash", "").startswith("sha256:")}
        present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        assert present - {"datapackage.json", "README.md", "LICENSE.md"} == hashed, name


def test_flanders_has_44_strata_that_add_up_to_print(bundled: dict[str, PublishedSurvey]) -> None:
    survey = bundled["flanders-2023"]
    assert len(survey.strata) == 44
    assert survey.strata[["population", "sample", "respondents"]].sum().tolist() == [38071, 9680, 2612]
    cells = survey.printed[survey.printed["kind"].eq("count") & survey.printed["domain"].eq("size_class×sector")]
    for column in ("population", "sample", "respondents"):
        printed = cells[cells["item"] == column].set_index("level")["printed"].str.replace(".", "").astype("int64")
        keys = survey.strata["size_class"] + "×" + survey.strata["sector"]
        assert printed.loc[keys].tolist() == survey.strata[column].tolist()


def test_the_templates_pass_as_they_are_and_without_any_optional_file(tmp_path: Path) -> None:
    files = templates("mine")
    assert read(write(tmp_path / "whole", files)).weighting.kind == "cells"
    for name in files:
        if name != "printed.csv":
            rest = {other: text for other, text in files.items() if other != name}
            assert len(read(write(tmp_path / name, rest)).printed) == 4, name
    alone = read(write(tmp_path / "alone", {"printed.csv": files["printed.csv"]}))
    assert (len(alone.strata), alone.weighting.kind) == (0, "unknown")


def test_item_and_printed_are_enough(tmp_path: Path) -> None:
    text = 'item,printed\nuse,"14,0%"\nuse,14%\nrespondents,"1.200"\nuse,a sixth\nmood,7\nplan,+3\nplan,-2\nn,n = 30\n'
    survey = read(write(tmp_path / "s", {"printed.csv": text}))
    printed = survey.printed
    assert printed["id"].tolist() == ["use", "use #2", "respondents", "use #3", "mood", "plan", "plan #2", "n"]
    assert printed["fact"].tolist() == ["use", "use", "respondents", "use", "mood", "plan", "plan", "n"]
    kinds = ["percentage", "percentage", "count", "verbal", "percentage", "points", "points", "count"]
    assert printed["kind"].tolist() == kinds
    assert printed["measure"].tolist() == ["share", "share", "count", "share", "share", "points", "points", "count"]
    assert (survey.decimal, survey.headline, survey.prefix) == (",", "use", "")


def test_kinds_come_from_the_row_then_the_item_then_the_text(tmp_path: Path) -> None:
    files = {
        "printed.csv": "item,kind,printed\nfirms,,73\nfirms,,610\nfirms,,3.5%\n"
        "age,mean,41.2\nuse,,-3%\nuse,,12%\nlots,,1200\nage,standard_error,0.5\n",
        "items.csv": "item,type\nfirms,count\nage,\nuse,indicator\nlots,\n",
    }
    survey = read(write(tmp_path / "s", files))
    kinds = ["count", "count", "percentage", "mean", "percentage", "percentage", "count", "standard_error"]
    assert survey.printed["kind"].tolist() == kinds
    # a count and a percentage of one item are two facts; a share goes without saying, and so does the only measure
    facts = ["firms|measure=count", "firms|measure=count", "firms", "age|measure=mean", "use", "use", "lots"]
    assert survey.printed["fact"].tolist()[:7] == facts
    rows = survey.printed.to_dict("records")
    bands = [survey.reading({str(name): str(cell) for name, cell in row.items()}).interval() for row in rows]
    assert [band.empty for band in bands if band is not None] == [False, False, False, False, True, False, False, False]


def test_what_a_row_measures_goes_before_its_text(tmp_path: Path) -> None:
    rows = ['use,"3,5%",', "use,610,", 'other,"3,5%",share', "other,61,count", "age,43,mean", 'age,"4,2%",share']
    text = "\n".join(["item,printed,measure", *rows])
    printed = read(write(tmp_path / "s", {"printed.csv": text})).printed
    kinds = ["percentage", "count", "percentage", "count", "mean", "percentage"]
    assert printed["kind"].tolist() == kinds
    assert printed["fact"].tolist()[1::2] == ["use|measure=count", "other|measure=count", "age"]
    (fault,) = faults_of(write(tmp_path / "t", {"printed.csv": "item,printed,kind,measure\nuse,61,percentage,count\n"}))
    assert (fault.problem, fault.got) == ("kind and measure exclude each other", "percentage, count")


@pytest.mark.parametrize(
    ("mark", "text", "n"),
    [(",", "17.488", "17488"), (".", "17,488", "17488"), (",", "(n = 1.002)", "1002"), (".", "1 002", "1002")],
)
def test_a_base_beside_a_number_is_read_as_it_is_printed(tmp_path: Path, mark: str, text: str, n: str) -> None:
    files = {"printed.csv": f'item,printed,base_n\nuse,"3{mark}5%","{text}"\n'}
    assert read(write(tmp_path / "s", files)).printed["base_n"].tolist() == [n]
    wrong = {"printed.csv": f'item,printed,base_n\nuse,"3{mark}5%","3{mark}5"\n'}
    assert [fault.parameter for fault in faults_of(write(tmp_path / "t", wrong))] == ["base_n"]


@pytest.mark.parametrize("whole", ["", "100", "100%", "@users"])
def test_all_of_a_base_may_be_left_out_or_written_as_100(tmp_path: Path, whole: str) -> None:
    files = {
        "printed.csv": "item,printed,base\nyes,70%,users\nno,45%,users\n",
        "relations.csv": f"kind,parts,whole\nexclusive,yes@users no@users,{whole}\n",
    }
    assert read(write(tmp_path / "s", files)).relations["whole"].tolist() == ["@users"]


@pytest.mark.parametrize(
    ("kind", "whole", "read_as"),
    [
        ("subset", '"own use"', "own use"),
        ("subset", "'own use'", "own use"),
        ("subset", '"own use@users"', "own use@users"),
        ("count", '"own use"=1', "own use=1"),
        ("count", '"own use">=1', "own use>=1"),
    ],
)
def test_a_whole_stands_in_quotes_as_parts_do(tmp_path: Path, kind: str, whole: str, read_as: str) -> None:
    doubled = whole.replace('"', '""')
    files = {
        "printed.csv": "item,printed\nyes,70%\nown use,45%\n",
        "relations.csv": f'kind,parts,whole\n{kind},yes,"{doubled}"\n',
        "bases.csv": "base,parent,definition\nusers,all,who use it\n",
    }
    assert read(write(tmp_path / "s", files)).relations["whole"].tolist() == [read_as]


def test_weightings_of_bases_are_words_or_margins(tmp_path: Path) -> None:
    files = {**MINIMAL, "bases.csv": "base,weighting\nall,margins: size\nusers,nothing\n"}
    (fault,) = faults_of(write(tmp_path / "s", files))
    assert (fault.problem, fault.got) == ("unknown word", "nothing")
    assert "margins: DOMAIN" in fault.expected


def test_declarations_of_the_bundled_surveys(bundled: dict[str, PublishedSurvey]) -> None:
    words = {name: (s.weighting.kind, s.item_nonresponse.kind, s.sampling.kind) for name, s in bundled.items()}
    assert words == {
        "flanders-2023": ("cells", "imputed", "probability"),
        "inspark-2025": ("unknown", "unknown", "unknown"),
        "io-2023": ("unknown", "unknown", "panel"),
        "softwareone-2025": ("unknown", "unknown", "unknown"),
        "topdesk-2025": ("unknown", "unknown", "unknown"),
    }
    for survey in bundled.values():
        for declaration in (survey.weighting, survey.item_nonresponse, survey.sampling):
            assert declaration.location or declaration.kind == "unknown"
        assert survey.headline in set(survey.items["item"])
        assert survey.notes == ()
    weightings = dict(zip(bundled["io-2023"].bases["base"], bundled["io-2023"].bases["weighting"], strict=True))
    assert weightings["all.public"] == "margins: sex age region education vote"
    assert weightings["all.entrepreneurs"] == "margins: size industry"


@pytest.mark.parametrize(
    ("table", "right", "wrong"),
    [
        ("printed", "item", "itm"),
        ("printed", "printed", "printd"),
        ("printed", "domain", "domian"),
        ("printed", "level", "levl"),
        ("printed", "base", "bse"),
        ("strata", "population", "popultion"),
        ("bases", "parent", "parnt"),
        ("items", "item", "itm"),
        ("levels", "domain", "domian"),
        ("relations", "parts", "prts"),
        ("claims", "inputs", "inptus"),
        ("claims", "rule", "rul"),
    ],
)
def test_a_misspelt_column_is_one_fault(table: str, right: str, wrong: str, tmp_path: Path) -> None:
    """It is read as what it stands for, so that nothing follows from it, and what else is wrong is told beside it."""
    head, _, rest = FILES[f"{table}.csv"].partition("\n")
    head = ",".join(wrong if name == right else name for name in head.split(","))
    files = {**FILES, f"{table}.csv": f"{head}\n{rest}"}
    (fault,) = faults_of(write(tmp_path / "s", files, DESCRIPTOR))
    assert fault.where == f"{table}.csv"
    assert {right, wrong} <= {fault.parameter, *re.findall(r"\w+", fault.hint)}
    files["ignored.csv"] = "token,times,location,reason\n7,none,Page numbers,page\n"
    found = faults_of(write(tmp_path / "t", files, DESCRIPTOR))
    assert [f.problem for f in found if f != fault] == ["not a number of times"]


def stratified(variables: int, population: str) -> str:
    head = ",".join(f"v{number}" for number in range(variables))
    return f"{head},population,respondents\n{'a,' * variables}{population},1\n"


@pytest.mark.parametrize(
    ("table", "held", "beyond", "problem"),
    [
        (
            "printed",
            f'item,printed,location\nuse,30%,"{"x" * 131_072}"\n',
            f'item,printed,location\nuse,30%,"{"x" * 131_073}"\n',
            "the file is not a table of comma-separated cells",
        ),
        (
            "printed",
            f"item,printed\nuse,30.{'1' * 26}%\n",
            f"item,printed\nuse,30.{'1' * 27}%\n",
            "a number has too many digits",
        ),
        ("strata", stratified(1, str(2**63 - 1)), stratified(1, str(2**63)), "not a count"),
        ("strata", stratified(24, "10"), stratified(25, "10"), "more stratum variables than a design has"),
    ],
    ids=["cell", "digits", "count", "variables"],
)
def test_limits_of_readers_are_where_the_documentation_says(
    table: str, held: str, beyond: str, problem: str, tmp_path: Path
) -> None:
    """131,072 characters a cell, 28 digits a number, counts below 2^63, 24 variables: so many, and not one more."""
    files = {"printed.csv": "item,printed\nuse,30%\n"}
    read(write(tmp_path / "held", {**files, f"{table}.csv": held}))
    assert [f.problem for f in faults_of(write(tmp_path / "beyond", {**files, f"{table}.csv": beyond}))] == [problem]


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "s", {"printed.csv": "item,printed\nuse,30%\n"})
    size = (folder / "printed.csv").stat().st_size
    monkeypatch.setattr("aibaro.published._folder.MOST_BYTES", size)
    read(folder)
    monkeypatch.setattr("aibaro.published._folder.MOST_BYTES", size - 1)
    assert faults_of(folder)
