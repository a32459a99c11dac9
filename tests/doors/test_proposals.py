"""Relations are proposed with their evidence, over all columns when most fit, and bind nothing until accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from aibaro.cli import main
from aibaro.consistency import propose
from aibaro.facts import Facts
from aibaro.ledger import build_ledger
from aibaro.published import PublishedSurvey, read

TABLE = """,Total,Men,Women,North,South
Base,1000,480,520,600,400
Q1 Use?
Yes,45,50,41,47,42
No,50,46,54,48,53
Don't know,5,4,5,5,5
Q2 Which?
Net: any,70,71,69,72,67
Text,60,61,59,62,57
Images,30,29,31,32,27
None,30,29,31,28,33
"""


def folder(text: str, tmp_path: Path) -> Path:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    assert main(["init", str(tmp_path / "s"), "--table", str(tmp_path / "t.csv")]) == 0
    return tmp_path / "s"


def rows(survey: PublishedSurvey) -> dict[tuple[str, str], str]:
    return {(r["kind"], r["whole"]): r["parts"] for r in survey.relations.to_dict("records")}


def test_patterns_that_people_see(tmp_path: Path) -> None:
    survey = read(folder(TABLE, tmp_path))
    found = {(r["kind"], r["parts"], r["whole"]) for r in survey.relations.to_dict("records")}
    assert found == {
        ("exhaustive", "q1-use.yes q1-use.no q1-use.don-t-know", "@all"),
        ("exhaustive", "q2-which.net-any q2-which.none", "@all"),
        ("union", "q2-which.text q2-which.images", "q2-which.net-any"),
        # the sizes part the heads: 480 + 520 and 600 + 400 are 1000
        ("exhaustive", "respondents|banner=men respondents|banner=women", "respondents"),
        ("exhaustive", "respondents|banner-2=north respondents|banner-2=south", "respondents"),
        ("mixture", "@all|banner=men @all|banner=women", "@all"),
        ("mixture", "@all|banner-2=north @all|banner-2=south", "@all"),
    }
    assert set(survey.relations["status"]) == {"proposed"}
    assert all("of" in text and text.startswith("proposed:") for text in survey.relations["evidence"])


def test_a_misprint_does_not_erase_its_own_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = folder(TABLE.replace("No,50,46,54,48,53", "No,50,46,45,48,53"), tmp_path)
    said = capsys.readouterr().out
    row = next(
        r for r in read(target).relations.to_dict("records") if r["whole"] == "@all" and r["kind"] == "exhaustive"
    )
    assert row["evidence"] == "proposed: add to 100 in 4 of 5 columns; not in banner=women: 41 + 45 + 5 against 100"
    assert "questions, no verdicts" in said
    assert "41 + 45 + 5 against 100" in said


def test_proposals_bind_nothing_before_they_are_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = folder(TABLE, tmp_path)
    survey = read(target)
    assert all(relation.status == "proposed" for relation in Facts.of(survey).relations)
    number = len(survey.relations)
    capsys.readouterr()
    assert main(["accept", str(target)]) == 0
    assert "add to 100 in 5 of 5 columns" in capsys.readouterr().out
    assert main(["accept", str(target), "1"]) == 0
    assert main(["accept", str(target), "2", "--reject"]) == 0
    survey = read(target)
    assert survey.relations["status"].tolist() == ["declared"] + ["proposed"] * (number - 2)
    assert main(["accept", str(target), "--all"]) == 0
    assert set(read(target).relations["status"]) == {"declared"}
    assert main(["accept", str(target)]) == 0
    assert "no relation is proposed" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["99"], ["x"], ["1", "1.5"], ["--reject"]])
def test_wrong_rows_are_refused(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = folder(TABLE, tmp_path)
    before = (target / "relations.csv").read_bytes()
    assert main(["accept", str(target), *arguments]) == 2
    assert (target / "relations.csv").read_bytes() == before


def test_counts_add_over_a_banner(tmp_path: Path) -> None:
    text = ",Total,Sex,\n,,Men,Women\nBase,1000,480,520\nYes,450,240,210\nNo,550,240,310\n"
    found = rows(read(folder(text, tmp_path)))
    assert found["exhaustive", "respondents"] == "respondents|sex=men respondents|sex=women"
    assert found["exhaustive", "yes|measure=count"] == "yes|sex=men|measure=count yes|sex=women|measure=count"
    assert found["exhaustive", "@all"] == "yes no"


def test_sums_are_proposed_once_and_declared_ones_not_again(tmp_path: Path) -> None:
    target = folder(TABLE, tmp_path)
    assert main(["accept", str(target), "--all"]) == 0
    assert propose(read(target)) == ()


def test_nothing_is_proposed_where_nothing_adds(tmp_path: Path) -> None:
    text = ",Total,Men,Women\nText,60,61,59\nImages,17,29,31\nSpeech,8,9,7\n"
    found = rows(read(folder(text, tmp_path)))
    assert [kind for kind, _ in found] in ([], ["mixture"])


def test_a_misprint_in_a_short_table_is_asked_about_when_its_sisters_add_up(tmp_path: Path) -> None:
    text = """,Men,Women
Leader A
For,43,59
Against,54,34
Unsure,3,7
Leader B
For,26,16
Against,51,67
Unsure,33,17
Leader C
For,28,44
Against,64,54
Unsure,8,2
"""
    found = {r["parts"].split(".")[0]: r["evidence"] for r in read(folder(text, tmp_path)).relations.to_dict("records")}
    assert found["leader-b"] == (
        "proposed: add to 100 (5 of 6 alike) in 1 of 2 columns; not in banner=men: 26 + 51 + 33 against 100"
    )
    assert found["leader-a"] == "proposed: add to 100 in 2 of 2 columns"


def test_weighted_counts_accuse_no_unweighted_base(tmp_path: Path) -> None:
    from tests.doors.layouts import counts_percentages_and_letters

    from aibaro.consistency import judgements

    made = counts_percentages_and_letters()
    (tmp_path / made.file).write_bytes(made.content)
    target = tmp_path / "s"
    assert main(["init", str(target), "--table", str(tmp_path / made.file)]) == 0
    assert main(["accept", str(target), "--all"]) == 0
    found = judgements(Facts.of(read(target)))
    assert {judgement.verdict for judgement in found.values()} <= {"reproduced", "consistent", "not_checkable"}


def test_groups_that_leave_some_out_suggest_no_mixture(tmp_path: Path) -> None:
    rows = ["T,Total,Dem,Rep", "Base,1004,366,310"]
    rows += [f"Item {k},{a}%,{a - 5}%,{a + 5}%" for k, a in enumerate((30, 41, 52, 63, 70))]
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert main(["init", str(tmp_path / "s"), "--table", str(tmp_path / "t.csv")]) == 0
    assert not (tmp_path / "s" / "relations.csv").exists()
    # with all groups it does
    rows[0], rows[1] = "T,Total,Dem,Other", "Base,1004,366,638"
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert main(["init", str(tmp_path / "u"), "--table", str(tmp_path / "t.csv")]) == 0
    assert "mixture" in (tmp_path / "u" / "relations.csv").read_text("utf-8")


def test_a_net_at_the_end_is_the_sum_of_the_rows_that_it_names_or_follows(tmp_path: Path) -> None:
    text = "T,Total,Men,Women,Young,Old\nVery,20,22,18,25,16\nFairly,33,30,36,31,35\n"
    text += "Hardly,27,28,26,24,30\nNot,20,20,20,20,19\n"
    for net in ("NET: Very/fairly", "Net use"):
        (tmp_path / "t.csv").write_text(f"{text}{net},53,52,54,56,51\n", encoding="utf-8")
        folder = tmp_path / net.split()[-1].replace("/", "-")
        assert main(["init", str(folder), "--table", str(tmp_path / "t.csv")]) == 0
        found = (folder / "relations.csv").read_text("utf-8")
        assert "exhaustive,very fairly,net-" in found
        assert "union" not in found


def test_many_answers_that_come_near_100_by_chance_suggest_nothing(tmp_path: Path) -> None:
    # eight answers of which several may be given: 96 to 104 lie inside the rounding of eight, and scatter too far
    rows = ["T,A,B,C,D,E,F"] + [f"Item {k}," + ",".join(["12"] * 6) for k in range(7)] + ["Item 8,19,12,20,13,19,12"]
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert main(["init", str(tmp_path / "s"), "--table", str(tmp_path / "t.csv")]) == 0
    assert not (tmp_path / "s" / "relations.csv").exists()


def test_weighted_counts_add_up_within_their_rounding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'Persons,Total,A,B,C,D,E\nWeighted base,"1,703",204,572,370,410,146\nUses,513,61,172,111,123,45\n'
    text += 'Does not,"1,190",143,400,258,287,101\n'
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    assert main(["init", str(tmp_path / "s"), "--table", str(tmp_path / "t.csv")]) == 0
    assert "do not follow" not in capsys.readouterr().out  # 1,702 and 1,703 are five roundings apart
    assert main(["accept", str(tmp_path / "s"), "--all"]) == 0
    assert main(["check", str(tmp_path / "s"), "-o", str(tmp_path / "out"), "--no-figures", "--quiet"]) == 0
    assert "nothing contradicts" in capsys.readouterr().out
    # people who are counted have no rounding
    (tmp_path / "t.csv").write_text(text.replace("Weighted", "Unweighted"), encoding="utf-8")
    assert main(["init", str(tmp_path / "u"), "--table", str(tmp_path / "t.csv")]) == 0
    assert "204 + 572 + 370 + 410 + 146 against 1,703" in capsys.readouterr().out


# answers that add up; shares of one base that are all whole numbers of its size; a banner without sizes
HELPED = {
    "relations.csv": (",Total,Men,Women\nQ1 Use?\nYes,45,50,41\nNo,50,46,54\nDon't know,5,4,5\n", 9),
    "datapackage.json": (",Total\nBase,36\nText,41.7%\nImages,44.4%\nSound,2.8%\n", 4),  # and the base
    "relations.csv, a mixture": (",Total,Men,Women\nText,45,50,41\nImages,30,29,31\nSound,5,4,5\n", 9),
}


@pytest.mark.parametrize("name", HELPED)
def test_the_addition_that_is_said_to_help_helps_as_many_numbers(name: str, tmp_path: Path) -> None:
    text, numbers = HELPED[name]
    target = folder(text, tmp_path)
    before = build_ledger(read(target))
    best = before.additions[0]
    assert (best.file, best.numbers) == (name.partition(",")[0], numbers)
    file = target / best.file
    if best.file == "relations.csv":
        file.write_text(file.read_text(encoding="utf-8") + best.row + "\n", encoding="utf-8")
    else:
        file.write_text(file.read_text(encoding="utf-8").replace('"rounding"', f'{best.row}, "rounding"'), "utf-8")
    after = build_ledger(read(target))
    fresh = [a for b, a in zip(before.entries, after.entries, strict=True) if b.verdict == "not_checkable"]
    assert sum(entry.verdict != "not_checkable" for entry in fresh) == numbers


def test_weights_that_print_shows_are_not_declared_away(tmp_path: Path) -> None:
    """31.5% and 10.3% are no whole number of 138: to declare that nothing was weighted would accuse them."""
    target = folder(",Total\nBase,138\nText,31.5%\nImages,10.3%\nSound,40.6%\n", tmp_path)
    assert "none" not in " ".join(addition.row for addition in build_ledger(read(target)).additions)


# synthetic tables as newspapers print them: what a reader sees at once
POLL = """Ring road? (synthetic)
,All voters,Men,Women,18-34,35-54,55+
Support,45%,47%,43%,42%,45%,47%
Oppose,43%,43%,43%,40%,42%,46%
Don't know,12%,10%,14%,18%,13%,7%
Heard of it,60%,62%,58%,50%,61%,66%
n,812,398,414,198,285,329
"""
TOOLS = """Digital tools (synthetic)
,Total,Small,Large
Any tool¹,61.4,55.3,81.2
Cloud (net)²,48.2,42.1,66.0
  Storage,41.0,33.9,57.3
  Software,30.5,24.2,46.7
Robots,14.1,11.9,21.2
No tool,38.6,44.7,18.8
Respondents (n),1014,640,374
¹ At least one
"""


def test_a_total_by_any_name_is_known_by_the_sizes_that_add_to_it(tmp_path: Path) -> None:
    # 398 + 414 = 198 + 285 + 329 = 812, and each figure of all voters lies among those of men and women
    survey = read(folder(POLL, tmp_path))
    shown = survey.printed[survey.printed["location"] == "t!B3"]
    assert shown[["domain", "level"]].to_numpy().tolist() == [["", ""]]
    assert survey.levels.groupby("domain", sort=False)["level"].apply(list).tolist() == [
        ["men", "women"],
        ["18-34", "35-54", "55+"],
    ]


def test_a_group_that_is_as_large_as_the_others_together_is_no_total(tmp_path: Path) -> None:
    # quotas of 500, 300 and 200; the figures of the first lie outside those of the others
    lines = [
        ",Urban,Suburban,Rural",
        "A,60%,40%,30%",
        "B,20%,31%,33%",
        "C,70%,50%,40%",
        "D,10%,15%,20%",
        "n,500,300,200",
    ]
    survey = read(folder("\n".join(lines), tmp_path))
    assert set(survey.printed["domain"]) == {"banner"}


def test_rows_that_stand_further_in_are_the_parts_of_their_net(tmp_path: Path) -> None:
    survey = read(folder(TOOLS, tmp_path))
    found = rows(survey)
    assert found["union", "cloud-net"] == "storage software"
    assert found["union", "any-tool"] == "cloud-net robots"
    assert found["exhaustive", "@all"] == "any-tool no-tool"


def test_marks_of_footnotes_are_no_part_of_a_label_and_respondents_may_be_called_n(tmp_path: Path) -> None:
    survey = read(folder(TOOLS, tmp_path))
    assert survey.items.set_index("item").loc["any-tool", "label_en"] == "Any tool"
    sizes = survey.printed[survey.printed["item"] == "respondents"]
    assert sizes["printed"].tolist() == ["1014", "640", "374"]


def test_a_change_beside_two_years_is_held_against_them(tmp_path: Path) -> None:
    # 61 - 64 = -3 and 71 - 70 = 1 within rounding; 39 - 36 is between 2 and 4, so that -3 is a misprint
    table = ",2023,2025,Change (pp)\nCourts,64,61,-3\nPolice,70,71,+1\nPress,36,39,-3\n"
    ledger = build_ledger(read(folder(table, tmp_path)))
    verdicts = ledger.to_frame().set_index("location")["verdict"]
    assert verdicts["t!D2"] == verdicts["t!D3"] == "reproduced"
    assert verdicts["t!D4"] == "in_conflict"


def test_a_change_beside_three_years_is_left_open(tmp_path: Path) -> None:
    table = ",2021,2023,2025,Change (pp)\nCourts,66,64,61,-9\nPolice,70,70,71,+7\n"
    ledger = build_ledger(read(folder(table, tmp_path)))
    assert set(ledger.to_frame()["verdict"]) == {"not_checkable"}


def test_what_cannot_be_checked_is_not_said_to_hold_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    survey = folder(",2021,2023,2025,Change (pp)\nCourts,66,64,61,-9\n", tmp_path)
    capsys.readouterr()
    assert main(["check", str(survey), "-o", str(tmp_path / "out"), "--no-figures"]) == 0
    said = capsys.readouterr().out
    assert "s: none of 4 printed numbers could be checked" in said
    assert "hold together" not in said


def test_an_addition_stands_on_a_line_of_its_own_to_be_copied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    survey = folder(TABLE, tmp_path)
    capsys.readouterr()
    main(["check", str(survey), "-o", str(tmp_path / "out"), "--no-figures"])
    lines = capsys.readouterr().out.splitlines()
    best = build_ledger(read(survey)).additions[0]
    at = lines.index(f"    {best.row}")
    assert lines[at - 1].endswith(f"{best.file}:")
    assert max(map(len, lines[:at])) <= 80
