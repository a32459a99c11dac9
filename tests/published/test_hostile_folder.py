"""Folders that somebody broke on purpose: one error of ours that names the fault, nothing read, nothing written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.published.small_survey import DESCRIPTOR, FILES, MINIMAL, whole, write

from aibaro.consistency import statements
from aibaro.errors import AibaroError, Fault, InputError, IntegrityError
from aibaro.facts import Facts
from aibaro.files import slug, write_text_atomic
from aibaro.ledger import build_ledger
from aibaro.published import join_references, read, rules, split_references, split_sections, table_numbers
from aibaro.rounding import FRACTIONS
from aibaro.study import open as open_study


def faults_of(folder: Path, kind: type[AibaroError] = InputError) -> tuple[Fault, ...]:
    with pytest.raises(kind) as caught:
        read(folder)
    assert str(caught.value).encode()  # the message itself can be written
    return caught.value.faults


def with_descriptor(folder: Path, text: str | bytes) -> Path:
    write(folder, MINIMAL)
    (folder / "datapackage.json").write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def described(folder: Path, **changes: Any) -> Path:
    return with_descriptor(folder, json.dumps({**DESCRIPTOR, "resources": [], **changes}))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[" * 100_000 + "]" * 100_000, "not JSON"),
        ('{"a":' * 60 + "1" + "}" * 60, "not JSON"),
        ('{"version": ' + "1" * 5000 + "}", "not JSON"),
        ('{"name": NaN}', "not JSON"),
        ('{"name": "a", "name": "b"}', "not JSON"),
        (b"\xff\xfe{\x00}\x00", "not JSON"),
        (b"", "not JSON"),
        ('{"title": "\\ud800"}', "cannot be printed"),
        ('{"title": "a\\u0000b"}', "cannot be printed"),
        ('{"\\udfff": 1}', "cannot be printed"),
        ('{"title": "a\\u001bb"}', "cannot be printed"),
        ('{"title": 3}', "a text of the descriptor is no text"),
        ('{"sources": null}', "sources are not a list of objects"),
        ('{"sources": "x"}', "sources are not a list of objects"),
        ('{"contributors": [{"roles": null}]}', "contributors are not a list of objects"),
        ('{"contributors": [3]}', "contributors are not a list of objects"),
        ('{"aibaro": null}', "settings are not an object"),
        ('{"tittle": "x"}', "unknown key"),
        ('{"aibaro": {"roundng": "half_up"}}', "unknown key"),
        ('{"aibaro": {"wave": 2023}}', "unknown setting"),
        ('{"aibaro": {"language": "xx"}}', "unknown setting"),
        ('{"aibaro": {"marks": {"*": "lots"}}}', "unknown setting"),
        ('{"aibaro": {"weighting": {"kind": "margins"}}}', "unknown setting"),
        ('{"aibaro": {"weighting": {"kind": "cels"}}}', "unknown setting"),
        ('{"aibaro": {"sampling": "by hand"}}', "unknown setting"),
        ('{"aibaro": {"headline": "us"}}', "unknown item"),
    ],
)
def test_descriptors(tmp_path: Path, text: str | bytes, problem: str) -> None:
    found = [fault for fault in faults_of(with_descriptor(tmp_path / "s", text)) if problem in fault.problem]
    assert found
    assert found[0].where == "datapackage.json"


def test_the_nearest_key_is_named(tmp_path: Path) -> None:
    (fault,) = faults_of(described(tmp_path / "s", aibaro={"roundng": "half_up"}))
    assert (fault.got, fault.hint) == ("roundng", "did you mean rounding?")


@pytest.mark.parametrize(
    "path", ["../x.csv", "/etc/passwd", "a\x00b.csv", "x" * 5000, "a/" * 800, "", "..", "C:\\x.csv", "a\nb.csv"]
)
def test_paths_of_resources(tmp_path: Path, path: str) -> None:
    folder = described(tmp_path / "s", resources=[{"name": "x", "path": path}])
    assert "a resource is no file of the folder" in [fault.problem for fault in faults_of(folder)]


def test_two_resources_with_one_path(tmp_path: Path) -> None:
    folder = whole(tmp_path / "s")
    descriptor = json.loads((folder / "datapackage.json").read_text())
    # the second promise would hide a change of the file
    copy = {**descriptor["resources"][0], "name": "again"}
    descriptor["resources"] += [copy, {**descriptor["resources"][1], "path": "README.md"}]
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    problems = [fault.problem for fault in faults_of(folder)]
    assert {"two resources have one path", "two resources have one name"} <= set(problems)


@pytest.mark.parametrize(
    "name", ["comparisons.csv", "bounds.csv", "bounds-overall.csv", "candidates.csv", "adoption.csv"]
)
def test_a_file_beside_checksums_needs_one_too(tmp_path: Path, name: str) -> None:
    folder = whole(tmp_path / "s")
    text = {"comparisons.csv": "family,kind\n", "adoption.csv": "fact,meaning\n"}.get(name, "item\n")
    (folder / name).write_text(text)
    (fault,) = faults_of(folder, IntegrityError)
    assert (fault.where, fault.got) == (name, "not declared")


@pytest.mark.parametrize("file", ["comparisons.csv", "bounds.csv", "detection.csv", "disclosure.csv", "adoption.csv"])
@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", "item\n".encode("utf-16"), b"\x89PNG\r\n", b'"', b"a;b\n"])
def test_side_files_that_are_no_tables(tmp_path: Path, file: str, content: bytes) -> None:
    folder = write(tmp_path / "s", MINIMAL)
    (folder / file).write_bytes(content)
    assert all(fault.where.startswith(file) for fault in faults_of(folder))


def test_a_byte_order_mark_of_a_side_file_is_read(tmp_path: Path) -> None:
    folder = write(tmp_path / "s", MINIMAL)
    (folder / "comparisons.csv").write_bytes(b"\xef\xbb\xbffamily,kind\nsummary,claims\n")
    assert read(folder).comparisons["family"].tolist() == ["summary"]


COMPARISONS = [
    ("f,pair,size,use,,,", "unknown kind of comparison", "did you mean pairs?"),
    ("f,pairs,sise,use,,,", "unknown stratum variable", "did you mean size?"),
    ("f,pairs,size,uze,,,", "unknown item", "did you mean use?"),
    ("f,groups,,,use,us,less", "unknown fact", "did you mean use?"),
    ("f,groups,,,use,use|size=small,lesser", "a comparison needs a known claim", "did you mean less?"),
    (",claims,,,,,", "a comparison lacks a cell", ""),
    ("f,items,size,use,,,", "a comparison has a cell that its kind does not use", ""),
    (",size,,,use,,", "a size needs a range, a share or a mixture", ""),
]


@pytest.mark.parametrize(("row", "problem", "hint"), COMPARISONS, ids=[case[1] for case in COMPARISONS])
def test_comparisons_are_checked_by_name(tmp_path: Path, row: str, problem: str, hint: str) -> None:
    folder = write(tmp_path / "s", MINIMAL)
    (folder / "comparisons.csv").write_text(f"family,kind,domain,item,fact_a,fact_b,claim\n{row}\n")
    (fault,) = faults_of(folder)
    assert (fault.problem, fault.hint) == (problem, hint)
    assert fault.where == "comparisons.csv, line 2"


@pytest.mark.parametrize(
    ("file", "text", "hint"),
    [
        ("bounds.csv", "item,base,domain,level\nuze,all,,\n", "did you mean use?"),
        ("bounds-overall.csv", "item,base,domain,level\nuse,alll,,\n", "did you mean all?"),
        ("detection.csv", "item,base,domain,level\nuze,all,,\n", "did you mean use?"),
        ("disclosure.csv", "item,base,cells,pinned,narrow\nuze,all,1,1,1\n", "did you mean use?"),
        ("adoption.csv", "fact,meaning\nuze,uses it\n", "did you mean use?"),
    ],
)
def test_names_in_side_files_are_those_of_the_survey(tmp_path: Path, file: str, text: str, hint: str) -> None:
    folder = write(tmp_path / "s", MINIMAL)
    (folder / file).write_text(text)
    (fault,) = faults_of(folder)
    assert (fault.where, fault.hint) == (f"{file}, line 2", hint)


@pytest.mark.parametrize("name", ["printed.csv", "datapackage.json", "strata.csv", "comparisons.csv"])
def test_pipes_loops_and_folders_in_the_place_of_files(tmp_path: Path, name: str) -> None:
    for place in ("pipe", "loop", "folder", "device"):
        folder = write(tmp_path / place, MINIMAL)
        (folder / name).unlink(missing_ok=True)
        if place == "pipe":
            os.mkfifo(folder / name)
        elif place == "loop":
            (folder / name).symlink_to(name)
        elif place == "device":
            (folder / name).symlink_to("/dev/zero")
        else:
            (folder / name).mkdir()
        assert name in [fault.where for fault in faults_of(folder) if "cannot be read" in fault.problem], place


@pytest.mark.parametrize("path", ["", "a\x00b", "x" * 5000, "no/such/folder"])
def test_paths_of_folders(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        read(path)


def test_unknown_files_are_named_and_hidden_ones_are_not(tmp_path: Path) -> None:
    folder = write(tmp_path / "s", MINIMAL)
    for name in (".DS_Store", ".~lock.printed.csv#", "README.md"):
        (folder / name).write_text("")
    (folder / "out").mkdir()
    assert read(folder).name == "s"
    (folder / "relation.csv").write_text("")
    (folder / "report.pdf").write_text("")
    assert {(f.where, f.hint) for f in faults_of(folder)} == {
        ("relation.csv", "rename it relations.csv"),
        ("report.pdf", "keep it elsewhere, or declare it in datapackage.json"),
    }


@pytest.mark.parametrize(
    "name", ["../../x", "/abs/x", 'q" tabindex="0" onfocus="x', "<script>", "=cmd|'/c calc'!A0", "CON"]
)
def test_names_of_any_printable_text_are_read_and_never_a_path(tmp_path: Path, name: str) -> None:
    cell = '"' + name.replace('"', '""') + '"'
    files = {
        "strata.csv": f"size,population,respondents\n{cell},100,10\nlarge,20,8\n",
        "printed.csv": f'id,item,base,domain,level,printed\n{cell},{cell},all,size,{cell},"31,5%"\n',
        "items.csv": f"item,label_en\n{cell},{cell}\n",
    }
    descriptor = {**DESCRIPTOR, "aibaro": {"prefix": "", "decimal_mark": ","}}
    survey = read(write(tmp_path / "s", files, descriptor))
    assert survey.printed["id"].tolist() == survey.items["item"].tolist() == [name]
    assert write_text_atomic(tmp_path / "out" / f"{slug(name)}.txt", "x").parent == tmp_path / "out"


def test_a_cell_a_row_and_a_file_beyond_the_limits(tmp_path: Path) -> None:
    folder = write(tmp_path / "s", {**MINIMAL, "items.csv": f"item,label_en\nuse,{'x' * 200_000}\nrespondents,\n"})
    (fault,) = faults_of(folder)
    assert "field larger than field limit" in fault.got
    (folder / "items.csv").write_text("item\n")
    with (folder / "items.csv").open("r+b") as file:
        file.truncate(300 * 2**20)
    (fault,) = faults_of(folder)
    assert "at most 268,435,456 are read" in fault.got


def test_many_bad_rows_are_counted_in_a_short_message(tmp_path: Path) -> None:
    rows = "".join(f"i{n},x{n}\n" for n in range(20_000))
    with pytest.raises(InputError) as caught:
        read(write(tmp_path / "s", {"printed.csv": f"item,printed\n{rows}"}))
    assert "(20,000 times)" in str(caught.value)
    assert len(str(caught.value)) < 5000
    assert sum(caught.value.counts.values()) == 20_000


def test_what_print_says_is_no_fault(tmp_path: Path) -> None:
    """More respondents than population, a base larger than its parent, shares above 100: read, and judged later."""
    files = {
        "strata.csv": "size,population,sample,respondents\nsmall,10,40,20\nlarge,30,5,40\n",
        "bases.csv": "base,parent,definition,respondents,domain,level,weighted,weighting\nall,,all,60,,,no,\n"
        "users,all,any(use),90,,,yes,\nusers,,,70,size,small,no,margins: age\n",
        "printed.csv": "item,base,base_n,weighted,domain,level,wave,printed\nuse,all,,,size,small,,110%\n"
        "use,all,77,,,,,17%\nuse,all,60,,,,,18%\nuse,all,,,,,2019,12%\nuse,users,999,yes,,,,100%\n"
        "n,all,,no,,,,1200\nn,all,,no,size,small,,1300\n",
    }
    survey = read(write(tmp_path / "s", files))
    kinds = dict(zip(survey.printed["id"], survey.printed["kind"], strict=True))
    assert kinds["n"] == kinds["n|size=small"] == "count"
    band = survey.reading({str(k): str(v) for k, v in survey.printed.iloc[0].items()}).interval()
    assert band is not None
    assert band.empty
    assert survey.printed["id"].tolist()[1:3] == ["use", "use #2"]


def test_an_error_of_a_folder_names_no_folder_above_it(tmp_path: Path) -> None:
    text = "\n".join(str(fault) for fault in faults_of(whole(tmp_path / "s", printed=("21.7%", "x"))))
    assert str(tmp_path) not in text
    assert FILES["printed.csv"] not in text


CLAIMS = [
    ("about,use,share=3/7", "a parameter has another value", ""),
    ("about,use,share=1/3;readings=0", "a parameter has another value", ""),
    ("gap_smaller,use a / use b a,", "a rule reads another number of figures in each section", ""),
    (
        "mixture_of,use,",
        "a rule reads other sections of inputs",
        'sections are parted by " / ", with a space on both sides',
    ),
    ("greater,use / a,family=figs", "a family that the survey does not declare", "did you mean fits?"),
    ("greater,use / a,family=fits;marg=1", "unknown parameter of a rule", "did you mean margin?"),
    ("greatr,use / a,family=fits", "unknown claim rule", "did you mean greater?"),
    ("greater,use / aa,family=fits", "a reference to a figure that is not printed", "did you mean a?"),
]


@pytest.mark.parametrize(("row", "problem", "hint"), CLAIMS, ids=[case[1] for case in CLAIMS])
def test_claims_are_checked_by_name(tmp_path: Path, row: str, problem: str, hint: str) -> None:
    folder = write(tmp_path / "s", MINIMAL)
    if "family" in row:
        (folder / "comparisons.csv").write_text("family,kind\nfits,claims\n")
    (folder / "claims.csv").write_text(f"id,claim,rule,inputs,parameters\nc,words,{row}\n")
    (fault,) = faults_of(folder)
    assert (fault.problem, fault.hint) == (problem, hint)
    assert fault.where == "claims.csv, line 2 (c)"


def test_the_simple_fractions_of_claims_are_those_of_words() -> None:
    assert tuple(map(Fraction, rules("claims")["about"].parameters["share"].words)) == FRACTIONS


@contextmanager
def at_most_calls(most: int) -> Iterator[None]:
    """Fail once more functions than that were called: the same count on every machine."""
    left = most

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal left
        left -= event == "call"
        assert left >= 0, f"more than {most:,} calls"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("variables", [24, 25, 3000])
def test_work_on_strata_of_many_variables_does_not_double_with_each(variables: int, tmp_path: Path) -> None:
    """Each crossing of the variables was looked for, printed or not: 2^24 of them; calls are counted, not seconds."""
    names = [f"v{k}" for k in range(variables)]
    rows = [",".join(names), *(",".join([label] * variables) for label in "ab")]
    ends = [",population,respondents", ",900,40", ",100,30"]
    strata = "".join(f"{row}{end}\n" for row, end in zip(rows, ends, strict=True))
    printed = "item,domain,level,printed\nuse,,,14%\nuse,v1,a,10%\nuse,v1,b,50%\nrespondents,v1,a,40\n"
    folder = write(tmp_path / "s", {"printed.csv": printed, "strata.csv": strata})
    if variables <= 24:
        survey = read(folder)
        with at_most_calls(200_000):
            found = [s for s in statements(Facts.of(survey)) if s.id.startswith("balance:")]
        assert len(found) >= 1
    else:
        (fault,) = faults_of(folder)
        assert fault.problem == "more stratum variables than a design has"


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        (
            "items.csv",
            "item\n<<<<<<< HEAD\nuse\n=======\nuses\n>>>>>>> other\n",
            "two versions of the file stand in it",
        ),
        ("printed.csv", "item,printed\nu\u200bse,10%\n", "a cell holds a character that cannot be printed"),
        ("printed.csv", "item,printed\nu\ufeffse,10%\n", "a cell holds a character that cannot be printed"),
    ],
)
def test_what_an_editor_or_a_merge_leaves_is_a_fault(file: str, text: str, problem: str, tmp_path: Path) -> None:
    assert problem in {fault.problem for fault in faults_of(write(tmp_path / "s", {**MINIMAL, file: text}))}


@pytest.mark.parametrize(("key", "value"), [("path", "https://example.org/a.csv"), ("hash", ""), ("hash", None)])
def test_a_resource_is_a_file_of_the_folder_and_a_checksum_is_one(key: str, value: Any, tmp_path: Path) -> None:
    folder = described(tmp_path / "s", resources=[{"name": "a", "path": "printed.csv", key: value}])
    with pytest.raises((InputError, IntegrityError), match=r"a resource is no file|a checksum has another form"):
        read(folder)


@pytest.mark.parametrize("names", [("a#1", "b"), ("#", "x#y#z"), ("no. #3 ", "'quoted' \"twice\""), ("", "")])
def test_every_row_of_print_has_a_verdict_whatever_its_name(names: tuple[str, str], tmp_path: Path) -> None:
    """A name with a number sign had none, and an impossible 110% of that name was found nowhere in the ledger."""
    ids = ['"' + name.replace('"', '""') + '"' for name in names]
    rows = [f"{ids[0]},use,10%\n", f"{ids[1]},use,12%\n", "q#1,plan,110%\n"]
    folder = write(tmp_path / "s", {"printed.csv": "id,item,printed\n" + "".join(rows)})
    found = {entry.id: entry for entry in build_ledger(read(folder)).entries}
    first, second = (name.strip() for name in names) if names[0] else ("use", "use #2")
    assert {name: entry.verdict for name, entry in found.items()} == {
        first: "in_conflict",
        second: "in_conflict",
        "q#1": "inconsistent",
    }
    # lists of names are read back as they were
    assert split_references(join_references(found)) == tuple(found)
    assert open_study(folder).explain("q#1").splitlines()[1].strip() == "printed: 110%"


@pytest.mark.parametrize(
    "row", ["printed.csv#a.base_n,use,10%", ",strata.csv#small.respondents,10%", "bases.csv#all.respondents,use,10%"]
)
def test_a_name_of_print_is_no_cell_of_another_file(row: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "s", {**MINIMAL, "printed.csv": f"id,item,printed\n{row}\n"})
    assert "a name that stands for a cell of another file" in {fault.problem for fault in faults_of(folder)}


def test_names_that_hold_the_marks_of_facts_are_explained(tmp_path: Path) -> None:
    cells = "item,domain,level,printed\nuse,s|t=u,yes | no,10%\nuse,s|t=u,a@b,20%\nplan@home|x=y,,,30%\n"
    study = open_study(write(tmp_path / "s", {"printed.csv": cells}))
    assert "subject: use, yes | no" in study.explain("use|s|t=u=yes | no").casefold()
    assert "subject: plan@home|x=y" in study.explain("plan@home|x=y").casefold()
    assert study.facts["use|s|t=u=a@b"].value == 20


@pytest.mark.parametrize(
    ("names", "cell"),
    [
        (["use", "size=10 to 49"], 'use "size=10 to 49"'),
        (['the "cloud" here', "it's", '"', "/", ""], '"the ""cloud"" here" it\'s """" "/" ""'),
        (["'a' \"b\"", "no\N{NO-BREAK SPACE}break"], '"\'a\' ""b""" "no\N{NO-BREAK SPACE}break"'),
    ],
)
def test_lists_of_names_are_read_as_they_were_written(names: list[str], cell: str) -> None:
    assert join_references(names) == cell
    assert split_references(cell) == tuple(names)
    # a slash inside of a name ends no section
    assert split_sections(f"{cell} / {join_references(['yes / no'])}") == (tuple(names), ("yes / no",))


def test_a_table_may_have_any_number(tmp_path: Path) -> None:
    numbers = ("3", "\N{SUPERSCRIPT TWO}", "9" * 150, "2b")
    rows = "".join(f'use{k},30%,"Table {n}, row use, column a"\n' for k, n in enumerate(numbers))
    (tmp_path / "printed.csv").write_text(f"item,printed,location\n{rows}", encoding="utf-8")
    assert set(table_numbers(read(tmp_path))) == set(numbers)


def test_the_program_of_checksums_says_one_thing(tmp_path: Path) -> None:
    """Python warned that the module had been loaded before it was run."""
    words = [sys.executable, "-m", "aibaro.published.checksums", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("InputError: there is no descriptor to update\n")
