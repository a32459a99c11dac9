"""Odd tables, each a kind of its own: what a number is about, or a question instead of a guess."""

from __future__ import annotations

from pathlib import Path

import pytest

from aibaro.cli import main
from aibaro.published import PublishedSurvey, read

ODD = {
    # counts and percentages in alternate rows, letters of tests between them, percentages named in the notes
    "counts over percentages": (
        """,Gender,,Party,
,Total,Male,Female,Dem,Rep
,,A,B,C,D
Base: All,1004,490,514,366,310
Very,312,139,173,170,60
,31%,28%,34%,46%,19%
,,,A,D,
Hardly,250,136,114,42,116
,25%,28%,22%,11%,37%
"Column percentages, 95%: A/B, C/D",,,,,
""",
        {
            "B5": "very count all",
            "B8": "hardly count all",
            "E8": "hardly count all party dem",
            "C9": "hardly percentage all gender male",
        },
    ),
    # heads of two measures, limits of confidence behind a number, margins in parentheses
    "two in a cell": (
        """;Mean (SD);% (95% CI);n (%)
Men;7.3 (1.2);45.1 (42.0-48.2);451 (45.1)
Women;7.5 (1.4);51.0 [48.1, 53.9];523 (51.0)
""",
        {
            "B2": "men number all",  # the last of the two: the deviation
            "C2": "men percentage all",
            "C3": "women percentage all",
            "D3": "women percentage all",
        },
    ),
    "margins in parentheses": (
        "T;Total;Männer\nAnzahl Befragte;3’112;1’498\nNutzt;71.4 (±1.7);(53.1) (±7.4)\nFehlerspanne;+/-1.8;+/-2.5\n",
        {
            "C2": "respondents count all banner manner",
            "B3": "nutzt margin_of_error all",
            "C3": "nutzt margin_of_error all banner manner",
            "B4": "fehlerspanne margin_of_error all",
        },
    ),
    # a head that names sizes stands over counts where percentages beside it are shares of them; 100% beside a total
    "sizes that are counts": (
        """;Ensemble;;Hommes;;Femmes;;18-49;;50+;
;Effectif;%;Effectif;%;Effectif;%;Effectif;%;Effectif;%
Oui;610;50,7;300;48,0;310;53,5;290;52,7;320;48,9
Non;500;41,5;280;44,8;220;38,0;210;38,2;290;44,3
Ne sait pas;94;7,8;45;7,2;49;8,5;50;9,1;44;6,7
Ensemble des répondants;1 204;100,0;625;100,0;579;100,0;550;100,0;654;100,0
""",
        {
            "B3": "oui count all",
            "D4": "non count all banner hommes",
            "B6": "respondents count all",
            "J6": "respondents count all banner-2 50+",
            "K3": "oui percentage all banner-2 50+",
            "C6": "ensemble-des-repondants percentage all",
        },
    ),
    "sizes that are bases": (
        ";Effectif;%\nOui;610;50,7\nNon;1480;44,8\nNe sait pas;300;7,8\n",
        {"B2": "respondents count oui", "C2": "oui percentage oui"},
    ),
    # N beside S is the north, N over shares is no size, N beside % is one
    "points of the compass": (
        ",Total,N,S,E,W\nYes,45,50,41,47,42\nNo,55,50,59,53,58\n",
        {"B2": "yes percentage all", "C2": "yes percentage all banner n", "F3": "no percentage all banner w"},
    ),
    "N over shares": (
        ";Totaal;N;Z\nJa;45,2;50,1;41,0\nNee;54,8;49,9;59,0\n",
        {"C2": "ja percentage all banner n"},
    ),
    "N that is a size": (",N,%\nYes,45,45.0%\nNo,55,55.0%\n", {"B2": "yes count all", "C2": "yes percentage all"}),
    # one group beside the total, one number a row; a part never exceeds its total, a group does
    "one group beside the total": (
        "Question,Group,Percent\nUse,Total,34\nUse,Women,31\nPlan,Total,12\nPlan,Women,10\n"
        "Never,Total,54\nNever,Women,59\n",
        {
            "C2": "use percentage all",
            "C3": "use percentage all banner women",
            "C7": "never percentage all banner women",
        },
    ),
    "the total last, under a head that says nothing": (
        "Period,Region,Indicator,Value\n2022Q1,North,Use,34.1\n2022Q1,South,Use,31.0\n2022Q1,Total,Use,33.0\n"
        "2022Q2,North,Use,36.1\n2022Q2,South,Use,32.0\n2022Q2,Total,Use,35.0\n",
        {"D2": "use percentage all banner north 2022q1", "D7": "use percentage all 2022q2"},
    ),
    # periods as rows: groups over the columns stay groups, and the title is what it is about
    "periods by groups": (
        "Use of AI,,,\nPeriod,Total,Men,Women\n2021,45,50,41\n2022,48,52,44\n2023,50,53,47\n",
        {"B3": "use-of-ai percentage all 2021", "D5": "use-of-ai percentage all banner women 2023"},
    ),
    "periods by answers": (
        "Period,Never,Often,Total\n2021,45,55,100\n2022,48,52,100\n",
        {"B2": "never percentage all 2021", "C3": "often percentage all 2022"},
    ),
    # banners without a name in two tables: one where they share a level, two where they do not
    "other people in the next table": (
        ",Total,Men,Women\nYes,45,50,41\nNo,55,50,59\n\n,Total,Owners,Renters\nWarm,70,75,62\nCold,30,25,38\n\n"
        ",Total,Women,Men\nRich,20,25,14\nPoor,80,75,86\n",
        {
            "C2": "yes percentage all banner men",
            "C6": "warm percentage all banner-2 owners",
            "D7": "cold percentage all banner-2 renters",
            "C10": "rich percentage all banner women",
        },
    ),
    # years with marks of footnotes are years; a count in thousands among percentages is a rounded count
    "footnotes on years": (
        "En %;2021¹;2023 2)\nOui;40,1;41,2\nMénages (en milliers);28 104;28 511\n",
        {"B2": "oui percentage all 2021", "C3": "menages-en-milliers count all 2023"},
    ),
    # the same ages under two heads: the heads are levels, and the totals below them are theirs
    "nested": (
        """,Men,,,Women,,
,18-34,35+,All,18-34,35+,All
Yes,50,40,44,45,30,35
No,50,60,56,55,70,65
""",
        {
            "B3": "yes percentage all banner×within men×18-34",
            "D3": "yes percentage all banner men",
            "G4": "no percentage all banner women",
        },
    ),
    # groups as rows, answers as columns
    "transposed": (
        "Group,n,Yes,No,Don't know\nTotal,1000,45%,50%,5%\nMen,480,50%,46%,4%\nWomen,520,41%,54%,5%\n",
        {
            "B2": "respondents count all",
            "B3": "respondents count all banner men",
            "C2": "yes percentage all",
            "E4": "don-t-know percentage all banner women",
        },
    ),
    "groups with thousands": (
        "Branche;Bedrijven;Gebruikt AI;Aandeel\nTotaal;12.345;1.234;10,0%\nBouw;5.000;400;8,0%\nZorg;7.345;834;11,4%\n",
        {
            "B2": "bedrijven count all",
            "C3": "gebruikt-ai count all banner bouw",
            "D4": "aandeel percentage all banner zorg",
        },
    ),
    # moments as rows
    "years down": (
        "Year,Yes,No\n2020,40%,60%\n2021,42%,58%\n2022,45%,55%\n",
        {"B2": "yes percentage all 2020", "C4": "no percentage all 2022"},
    ),
    "change beside waves": (
        ",2022,2024,Change\nYes,40,45,+5\nNo,60,55,-5\n",
        {"B2": "yes percentage all 2022", "D2": "yes points all", "D3": "no points all"},
    ),
    # each question with its own base below it
    "bases below": (
        """Q1 Use?,Total,Men,Women
Yes,45,50,41
No,55,50,59
Unweighted base,1000,480,520
Q2 Like?,Total,Men,Women
Yes,30,35,25
No,70,65,75
Unweighted base,450,240,210
""",
        {
            "B2": "q1-use.yes percentage all",
            "B4": "respondents count all",
            "B6": "q2-like.yes percentage q2-like",
            "C8": "respondents count q2-like banner men",
        },
    ),
    # who a section is about stands in words alone
    "bases in words": (
        """,Total,Men
Use
Uses it,45.1,50.0
How
Base: all who use it
Daily,20.5,21.0
Weekly,79.5,79.0
""",
        {"B3": "use.uses-it percentage all", "B6": "how.daily percentage all-who-use-it"},
    ),
    "bases in the head": (
        "Question;Total (n=1.002);Men (n=480);Women (n=522)\nTrust;45,2%;50,1%;41,0%\nNone;54,8%;49,9%;59,0%\n",
        {
            "B1": "respondents count all",
            "C1": "respondents count all banner men",
            "C2": "trust percentage all banner men",
        },
    ),
    "several lines in a cell": (
        '"","Total\n(n=1,500)","Small\nfirms"\n"Uses\nAI",45%,40%\nDoes not,55%,60%\n',
        {"B1": "respondents count all", "C2": "uses-ai percentage all banner small-firms"},
    ),
    "limits of intervals": (
        ",Estimate,95% CI lower,95% CI upper,SE\nYes,45.2,42.1,48.3,1.6\nNo,54.8,51.7,57.9,1.6\n",
        {
            "B2": "yes percentage all",
            "C2": "yes number all interval 95-pct-ci-lower",
            "E3": "no standard_error all",
        },
    ),
    "sections in a column": (
        "Section,Item,Total,Men\nTechnology,Text,40,41\n,Images,30,29\nBarriers,Cost,50,52\n,Law,20,18\n",
        {"C3": "technology-images percentage all", "D5": "barriers-law percentage all banner men"},
    ),
    "a total row of 100": (
        ",Men,Women\nYes,50.0%,41.0%\nNo,50.0%,59.0%\nTotal,100.0%,100.0%\n",
        {"B2": "yes percentage all banner men", "C4": "total percentage all banner women"},
    ),
    "bars": (
        "| Answer | Total | Men |\n|---|---|---|\n| Yes | 45% | 50% |\n| No | 55% | 50% |\n",
        {"C3": "yes percentage all", "D4": "no percentage all banner men"},
    ),
}


def read_in(text: str, tmp_path: Path, *options: str) -> PublishedSurvey:
    source = tmp_path / "t.csv"
    source.write_text(text, encoding="utf-8")
    assert main(["init", str(tmp_path / "s"), "--table", str(source), *options]) == 0
    return read(tmp_path / "s")


@pytest.mark.parametrize("name", ODD)
def test_an_odd_table_means_what_it_should(name: str, tmp_path: Path) -> None:
    text, expected = ODD[name]
    survey = read_in(text, tmp_path)
    columns = ["item", "kind", "base", "domain", "level", "wave"]
    said = survey.printed[columns].agg(" ".join, axis=1).str.split().str.join(" ")
    found = dict(zip(survey.printed["location"].str.removeprefix("t!"), said, strict=True))
    assert {place: found[place] for place in expected} == expected


def test_words_between_numbers_are_listed_and_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    survey = read_in(",Total,Men\nYes,45,see note\nNo,55,low base\n", tmp_path)
    assert len(survey.printed) == 2
    assert "2 cells that are not read: t!C2 'see note', t!C3 'low base'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (',Total,Men\nYes,"1,234","1,345"\nNo,"2,345","2,456"\n', [], "decimal mark cannot be told"),
        (',Total,Men\nYes,45.1,"44,2"\nNo,54.9,55.8\n', [], "decimal mark cannot be told"),
        (",Total,Men\nYes,45.1,44.2\nNo,54.9,55.8\n", ["--decimal-mark", ","], "contradicts the numbers"),
        ("only words\nand more words\n", [], "no table of numbers"),
        ("", [], "there is no table"),
    ],
)
def test_what_is_not_clear_is_asked_for(
    text: str, options: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "t.csv"
    source.write_text(text, encoding="utf-8")
    assert main(["init", str(tmp_path / "s"), "--table", str(source), *options]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "s").exists()


def test_the_decimal_mark_settles_thousands(tmp_path: Path) -> None:
    survey = read_in(',Total,Men\nYes,"1,234","1,345"\nNo,"2,345","2,456"\n', tmp_path, "--decimal-mark", ".")
    assert survey.printed["kind"].tolist() == ["count"] * 4
    assert survey.decimal == "."


def test_a_folder_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = ",Total,Men\nYes,45.1,44.2\nNo,54.9,55.8\n"
    read_in(text, tmp_path)
    assert main(["init", str(tmp_path / "s"), "--table", str(tmp_path / "t.csv")]) == 2
    assert "files would lie among others" in capsys.readouterr().err


def test_an_unknown_sheet_or_file_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path / "s"), "--table", str(tmp_path / "none.csv")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    (tmp_path / "t.csv").write_text(",a\nx,1\n", encoding="utf-8")
    assert main(["init", str(tmp_path / "s"), "--table", str(tmp_path / "t.csv"), "--sheet", "T9"]) == 2
    assert "no such sheet" in capsys.readouterr().err


def test_digits_of_other_scripts_are_listed_and_hide_no_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    survey = read_in("T,Total,Men\nYes,１２%,13%\nNo,88%,87%\n", tmp_path)
    assert survey.printed["printed"].tolist() == ["13%", "88%", "87%"]
    assert "1 cells that are not read: t!B2 '１２%'" in capsys.readouterr().out


@pytest.mark.parametrize(
    "table", [",a,b\nuse,30%,{}\n", ",a,b\n{}.,3%,4%\n1.,5%,6%\n", ",a,b\nTotal,{},{}\nuse,1%,2%\n"]
)
@pytest.mark.parametrize("digits", ["9" * 5000, "\N{SUPERSCRIPT TWO}", "\N{ARABIC-INDIC DIGIT THREE}"])
def test_digits_that_are_no_number_end_in_an_answer(table: str, digits: str, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(table.replace("{}", digits), encoding="utf-8")
    assert main(["init", str(tmp_path / "survey"), "--table", str(tmp_path / "table.csv")]) in {0, 2}


@pytest.mark.parametrize("span", ["\N{SUPERSCRIPT TWO}", "9" * 5000, "999999999", "-3", "0"])
def test_a_cell_spans_no_more_than_the_table_has(span: str, tmp_path: Path) -> None:
    """Spans of any size were filled cell by cell, until the memory of the machine was."""
    page = (
        "<table><tr><td></td><th>a</th><th rowspan='{0}' colspan='{0}'>b</th></tr>"
        "<tr><td>use</td><td>30%</td><td>20%</td></tr><tr><td>plan</td><td>3%</td><td>2%</td></tr></table>"
    )
    (tmp_path / "table.html").write_text(page.format(span), encoding="utf-8")
    assert main(["init", str(tmp_path / "survey"), "--table", str(tmp_path / "table.html")]) in {0, 2}
