"""Made tables of different layouts, each with what every number in it means; nothing here uses the library."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field

import openpyxl
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Alignment


@dataclass
class Made:
    """A file, and for each cell its row label, column (domain, level, wave), kind, base words and characters."""

    file: str
    content: bytes
    # place -> (words of the row, words of the level or "", wave, kind, printed)
    cells: dict[str, tuple[str, str, str, str, str]]
    options: dict[str, str] = field(default_factory=dict)
    whole: dict[str, str] = field(default_factory=dict)  # cells with marks: what stands in them


def _letters(column: int) -> str:
    return openpyxl.utils.get_column_letter(column + 1)


def _at(sheet: str, row: int, column: int) -> str:
    return f"{sheet}!{_letters(column)}{row + 1}"


def book(fill: Callable[[openpyxl.Workbook], None]) -> bytes:
    workbook = openpyxl.Workbook()
    fill(workbook)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


SEX_AGE = [("", ""), ("Sex", "Men"), ("Sex", "Women"), ("Age", "18-34"), ("Age", "35-54"), ("Age", "55+")]
VALUES = {
    "Yes": ["45%", "50%", "41%", "60%", "48%", "30%"],
    "No": ["50%", "46%", "54%", "35%", "47%", "65%"],
    "Don't know": ["5%", "4%", "5%", "5%", "5%", "5%"],
}
BASE = ["1,002", "480", "522", "300", "350", "352"]
WEIGHTED = ["1,000", "490", "510", "310", "340", "350"]


def _quote(cell: str) -> str:
    return f'"{cell}"' if "," in cell else cell


def _csv(rows: list[list[str]], separator: str = ",") -> bytes:
    return (
        "\n".join(separator.join(_quote(c) if separator == "," else c for c in row) for row in rows) + "\n"
    ).encode()


def merged_banner_csv() -> Made:
    """Two header rows, a banner with empty cells where cells were merged, two base rows, a title and a note."""
    rows = [
        ["Table 1. Use of AI", "", "", "", "", "", ""],
        ["", "Total", "Sex", "", "Age", "", ""],
        ["", "", "Men", "Women", "18-34", "35-54", "55+"],
        ["Base (unweighted)", *BASE],
        ["Base (weighted)", *WEIGHTED],
        *([label, *texts] for label, texts in VALUES.items()),
        ["Note: rows add to 100", "", "", "", "", "", ""],
    ]
    cells = {}
    for r, texts, weighted in ((3, BASE, "no"), (4, WEIGHTED, "yes")):
        cells |= {
            _at("t", r, c + 1): ("respondents " + weighted, SEX_AGE[c][1], "", "count", t) for c, t in enumerate(texts)
        }
    for r, (label, texts) in enumerate(VALUES.items(), 5):
        cells |= {_at("t", r, c + 1): (label, SEX_AGE[c][1], "", "percentage", t) for c, t in enumerate(texts)}
    return Made("t.csv", _csv(rows), cells)


def real_merges_xlsx() -> Made:
    """A workbook with merged cells, numbers stored and formatted, indents, spacer rows and columns."""
    cells: dict[str, tuple[str, str, str, str, str]] = {}

    def fill(workbook: openpyxl.Workbook) -> None:
        sheet = workbook.active
        sheet.title = "Results"
        sheet["A1"] = "Use of AI among firms"
        sheet.merge_cells("A1:I1")
        sheet["B3"], sheet["D3"], sheet["G3"] = "Total", "Size class", "Region"
        sheet.merge_cells("D3:E3")
        sheet.merge_cells("G3:H3")
        sheet.merge_cells("B3:B4")
        for c, text in ((4, "small"), (5, "large"), (7, "North"), (8, "South")):
            sheet.cell(4, c, text)
        columns = [(2, ""), (4, "small"), (5, "large"), (7, "North"), (8, "South")]
        table = [
            ("Base", "#,##0", "count", [1234, 1000, 234, 600, 634]),
            ("Uses AI", "0.0%", "percentage", [0.321, 0.3, 0.41, 0.35, 0.2936]),
            ("Text", "0%", "percentage", [0.2, 0.2, 0.2, 0.2, 0.2]),
            ("Images", "0.00", "percentage", [12.345, 12.0, 13.5, 11.25, 13.4]),
        ]
        shown = {
            "Base": ["1,234", "1,000", "234", "600", "634"],
            "Uses AI": ["32.1%", "30.0%", "41.0%", "35.0%", "29.4%"],
            "Text": ["20%"] * 5,
            "Images": ["12.35", "12.00", "13.50", "11.25", "13.40"],
        }
        row = 6
        for label, code, kind, values in table:
            cell = sheet.cell(row, 1, label)
            if label in {"Text", "Images"}:
                cell.alignment = Alignment(indent=1)
            for (c, level), value, text in zip(columns, values, shown[label], strict=True):
                target = sheet.cell(row, c, value)
                target.number_format = code
                words = "respondents " if label == "Base" else label
                cells[f"Results!{target.coordinate}"] = (words, level, "", kind, text)
            row += 2 if label == "Base" else 1
        sheet.cell(row + 1, 1, "Source: survey, synthetic")

    return Made("t.xlsx", book(fill), cells)


def counts_and_percentages_side_by_side() -> Made:
    """Each level has a column of n and a column of %, under one merged head, semicolons and decimal commas."""
    levels = ["Totaal", "Klein", "Groot"]
    rows = [["", *(x for level in levels for x in (level, ""))], ["", *["n", "%"] * 3]]
    data = {
        "Ja": ["45", "45,0%", "20", "40,0%", "25", "50,0%"],
        "Nee": ["50", "50,0%", "27", "54,0%", "23", "46,0%"],
        "Weet niet": ["5", "5,0%", "3", "6,0%", "2", "4,0%"],
    }
    rows += [[label, *texts] for label, texts in data.items()]
    cells = {
        _at("np", r, c + 1): (label, "" if c < 2 else levels[c // 2], "", "percentage" if c % 2 else "count", t)
        for r, (label, texts) in enumerate(data.items(), 2)
        for c, t in enumerate(texts)
    }
    return Made("np.csv", _csv(rows, ";"), cells, {"language": "nl"})


def counts_above_percentages() -> Made:
    """n in one row, % in the next, told by a column of its own; labels stand once."""
    rows = [["Answer", "", "Total", "North", "South"]]
    data = {"Yes": (["45", "20", "25"], ["45.0", "40.0", "50.0"]), "No": (["55", "30", "25"], ["55.0", "60.0", "50.0"])}
    cells = {}
    for label, (counts, shares) in data.items():
        for unit, texts in (("n", counts), ("%", shares)):
            rows.append([label if unit == "n" else "", unit, *texts])
            for c, text in enumerate(texts):
                kind = "count" if unit == "n" else "percentage"
                level = ["", "North", "South"][c]
                cells[_at("stacked", len(rows) - 1, c + 2)] = (label, level, "", kind, text)
    return Made("stacked.tsv", _csv(rows, "\t"), cells)


def waves_side_by_side() -> Made:
    """Years as column heads below each level; a year is no number."""
    head = [["", "All adults", "", "Men", "", "Women", ""], ["", *["2022", "2024"] * 3]]
    data = {"Trusts it": ["31", "35", "33", "36", "29", "34"], "Does not": ["69", "65", "67", "64", "71", "66"]}
    rows = [*head, *([label, *texts] for label, texts in data.items())]
    levels = ["", "", "Men", "Men", "Women", "Women"]
    cells = {
        _at("waves", r, c + 1): (label, levels[c], ["2022", "2024"][c % 2], "percentage", t)
        for r, (label, texts) in enumerate(data.items(), 2)
        for c, t in enumerate(texts)
    }
    return Made("waves.csv", _csv(rows), cells)


def sections_nets_and_means() -> Made:
    """Section rows, net rows, mean rows, rows of base in each section, spacer rows."""
    rows = [["", "Total", "Men", "Women"]]
    cells: dict[str, tuple[str, str, str, str, str]] = {}
    plan = [
        ("Q1. Which do you use?", None),
        ("Base: all respondents", ["500", "240", "260"]),
        ("Net: any", ["71", "70", "72"]),
        ("  Text", ["40", "41", "39"]),
        ("  Images", ["31", "29", "33"]),
        ("None", ["29", "30", "28"]),
        ("", None),
        ("Q2. How content are you?", None),
        ("Base: users", ["355", "168", "187"]),
        ("Content", ["60", "61", "59"]),
        ("Not content", ["40", "39", "41"]),
        ("Mean score", ["3.4", "3.5", "3.3"]),
        ("Standard deviation", ["1.1", "1.0", "1.2"]),
    ]
    for label, texts in plan:
        rows.append([label, *(texts or ["", "", ""])])
        for c, text in enumerate(texts or []):
            kind = {"B": "count", "M": "mean"}.get(label[0], "percentage")
            kind = "number" if label.startswith("Standard") else kind
            words = "respondents " if label.startswith("Base") else label.strip()
            cells[_at("sections", len(rows) - 1, c + 1)] = (words, ["", "Men", "Women"][c], "", kind, text)
    return Made("sections.csv", _csv(rows), cells)


def html_with_spans() -> Made:
    """A page: spans, raised footnote marks, a dash, non-breaking spaces, a caption."""
    body = """<html><body><table><caption>Tabel 4</caption>
    <tr><th rowspan="2"></th><th rowspan="2">Totaal</th><th colspan="2">Sector</th></tr>
    <tr><th>Handel</th><th>Zorg<sup>a</sup></th></tr>
    <tr><td>Gebruikt AI</td><td>32,1%</td><td>30,0%<sup>1</sup></td><td>34,2%</td></tr>
    <tr><td>&nbsp;&nbsp;Tekst</td><td>12,0%</td><td>&ndash;</td><td>12,5%*</td></tr>
    <tr><td>Aantal respondenten</td><td>1&nbsp;234</td><td>600</td><td>634</td></tr></table></body></html>"""
    levels = ["", "Handel", "Zorg"]
    plan = [
        ("Gebruikt AI", ["32,1%", "30,0%", "34,2%"], "percentage"),
        ("Tekst", ["12,0%", None, "12,5%"], "percentage"),
        ("respondents ", ["1\u00a0234", "600", "634"], "count"),
    ]
    cells = {
        _at("Tabel 4", r, c + 1): (label, levels[c], "", kind, text)
        for r, (label, texts, kind) in enumerate(plan, 2)
        for c, text in enumerate(texts)
        if text is not None
    }
    marks = {"Tabel 4!C3": "30,0%[1]", "Tabel 4!C4": "–", "Tabel 4!D4": "12,5%*"}
    return Made("page.html", body.encode(), cells, {"language": "nl"}, marks)


def several_sheets() -> Made:
    """Two sheets with the same questions by other banners; a third without numbers; a hidden one is not read."""
    cells: dict[str, tuple[str, str, str, str, str]] = {}

    def fill(workbook: openpyxl.Workbook) -> None:
        workbook.active.title = "Contents"
        workbook.active["A1"] = "Tables of the survey"
        for name, levels, shift in (("By sex", ["Men", "Women"], 0), ("By region", ["North", "South"], 3)):
            sheet = workbook.create_sheet(name)
            sheet.append(["Answer", "Total", *levels])
            for label, values in (("Agree", [60, 58 + shift, 62 - shift]), ("Disagree", [40, 42 - shift, 38 + shift])):
                sheet.append([label, *values])
                for c, value in enumerate(values):
                    cells[_at(name, sheet.max_row - 1, c + 1)] = (label, ["", *levels][c], "", "percentage", str(value))
        secret = workbook.create_sheet("hidden")
        secret.append(["x", 99])
        secret.sheet_state = "hidden"

    return Made("book.xlsx", book(fill), cells)


def footnotes_and_letters() -> Made:
    """Raised marks as rich text, letters of tests behind numbers, parentheses for small bases, cells without number."""
    cells: dict[str, tuple[str, str, str, str, str]] = {}
    whole: dict[str, str] = {}

    def fill(workbook: openpyxl.Workbook) -> None:
        sheet = workbook.active
        sheet.title = "T"
        sheet.append(["", "Total", "Small (A)", "Medium (B)", "Large (C)"])
        raised = CellRichText("32.1", TextBlock(InlineFont(vertAlign="superscript"), "2"))
        plan = [
            ("Uses", [raised, "30.5", "33.0 A", "41.2AB"], ["32.1", "30.5", "33.0", "41.2"]),
            ("Plans", ["(12.5)", "<0.5", "n/a", "*"], ["12.5", "<0.5", None, None]),
        ]
        levels = ["", "Small (A)", "Medium (B)", "Large (C)"]
        for r, (label, values, texts) in enumerate(plan, 2):
            sheet.cell(r, 1, label)
            for c, (value, text) in enumerate(zip(values, texts, strict=True)):
                sheet.cell(r, c + 2, value)
                place = f"T!{_letters(c + 1)}{r}"
                if text is not None:
                    cells[place] = (label, levels[c], "", "percentage", text)
        whole.update(
            {"T!B2": "32.1[2]", "T!D2": "33.0A", "T!E2": "41.2AB", "T!B3": "(12.5)", "T!D3": "n/a", "T!E3": "*"}
        )

    return Made("marks.xlsx", book(fill), cells, {}, whole)


def pasted_from_a_page() -> Made:
    """Text from the clipboard: no separators but spaces; classes with plus signs; a row of bases at the end."""
    text = """Firms that use AI, by size (%)

                   All firms   10-49   50-249   250+
Uses AI              12.38      9.54    21.17   45.29
  written text       44.92     44.41    44.13   49.34
  speech             32.77     31.46    32.43   40.65
n                     1500       900      400    200
"""
    levels = ["", "10-49", "50-249", "250+"]
    plan = [
        (3, "Uses AI", ["12.38", "9.54", "21.17", "45.29"], "percentage"),
        (4, "written text", ["44.92", "44.41", "44.13", "49.34"], "percentage"),
        (5, "speech", ["32.77", "31.46", "32.43", "40.65"], "percentage"),
        (6, "respondents ", ["1500", "900", "400", "200"], "count"),
    ]
    cells = {
        _at("clipboard", r, c + 1): (label, levels[c], "", kind, text_)
        for r, label, texts, kind in plan
        for c, text_ in enumerate(texts)
    }
    return Made("-", text.encode(), cells)


def pairs_in_one_cell() -> Made:
    """12 (45%) in one cell: two numbers of one place."""
    rows = [["", "Total", "Men"], ["Yes", "45 (45.0%)", "20 (40.0%)"], ["No", "55 (55.0%)", "30 (60.0%)"]]
    cells = {}
    for r, row in enumerate(rows[1:], 1):
        for c, text in enumerate(row[1:], 1):
            count, share = text.rstrip(")").split(" (")
            cells[_at("pairs", r, c)] = (row[0], ["", "Men"][c - 1], "", "count percentage", f"{count} {share}")
    return Made("pairs.csv", _csv(rows), cells)


def stacked_tables_with_running_numbers() -> Made:
    """Two tables on one sheet, each with its own head; rows are numbered; other questions have the same answers."""
    rows = [
        ["Q1. Do you use it?", "", "", "", ""],
        ["No.", "Answer", "Total", "Men", "Women"],
        ["1", "Yes", "45", "50", "41"],
        ["2", "No", "55", "50", "59"],
        ["", "", "", "", ""],
        ["Q2. Do you plan to?", "", "", "", ""],
        ["No.", "Answer", "Total", "Men", "Women"],
        ["1", "Yes", "30", "35", "25"],
        ["2", "No", "70", "65", "75"],
    ]
    cells = {
        _at("stack", r, c): (rows[r][1], ["", "Men", "Women"][c - 2], "", "percentage", rows[r][c])
        for r in (2, 3, 7, 8)
        for c in (2, 3, 4)
    }
    return Made("stack.csv", _csv(rows), cells)


def counts_percentages_and_letters() -> Made:
    """The tables of polling companies: weighted counts, percentages and letters of tests below each other."""
    cells: dict[str, tuple[str, str, str, str, str]] = {}
    whole: dict[str, str] = {}
    levels = ["", "Male", "Female", "18-34", "35-54", "55+"]
    bases = {"Unweighted base": [2012, 980, 1032, 560, 690, 762], "Weighted base": [2012, 985, 1027, 575, 680, 757]}
    answers = {"Yes": [905, 480, 425, 340, 310, 255], "No": [1006, 455, 551, 200, 340, 466]}
    answers["Don't know"] = [101, 50, 51, 35, 30, 36]
    shown = {
        "Yes": ["45%", "49%", "41%", "59%", "46%", "34%"],
        "No": ["50%", "46%", "54%", "35%", "50%", "62%"],
        "Don't know": ["5%", "5%", "5%", "6%", "4%", "5%"],
    }

    def fill(workbook: openpyxl.Workbook) -> None:
        sheet = workbook.active
        sheet.title = "Table 1"
        sheet["A1"], sheet["A3"], sheet["A4"] = "Back to contents", "Q1. Do you use it?", "BASE: All respondents"
        sheet["C6"], sheet["E6"] = "Gender", "Age"
        sheet.merge_cells("C6:D6")
        sheet.merge_cells("E6:G6")
        for c, head in enumerate(["Total", *levels[1:]], 2):
            sheet.cell(7, c, head)
        for c, letter in enumerate("abcde", 3):
            sheet.cell(8, c, letter)
            whole[f"Table 1!{_letters(c - 1)}8"] = letter
        for r, (label, sizes) in enumerate(bases.items(), 9):
            sheet.cell(r, 1, label)
            words = "respondents no" if r == 9 else "respondents yes"
            for c, size in enumerate(sizes):
                sheet.cell(r, c + 2, size)
                cells[f"Table 1!{_letters(c + 1)}{r}"] = (words, levels[c], "", "count", str(size))
        row = 12
        for label, counts in answers.items():
            sheet.cell(row, 1, label)
            for c, count in enumerate(counts):
                sheet.cell(row, c + 2, count)
                share = sheet.cell(row + 1, c + 2, count / bases["Weighted base"][c])
                share.number_format = "0%"
                cells[f"Table 1!{_letters(c + 1)}{row}"] = (label, levels[c], "", "count", str(count))
                cells[f"Table 1!{_letters(c + 1)}{row + 1}"] = (label, levels[c], "", "percentage", shown[label][c])
            for c, letters in ((3, "a"), (6, "cd")):
                sheet.cell(row + 2, c + 1, letters)
                whole[f"Table 1!{_letters(c)}{row + 2}"] = letters
            row += 3
        sheet.cell(row + 1, 1, "Columns tested: a/b - c/d/e")

    return Made("poll.xlsx", book(fill), cells, {}, whole)


def periods_in_a_column_of_labels() -> Made:
    """Years stand beside the answers, once for their rows."""
    rows = [
        ["Period", "Answer", "Total", "Men", "Women"],
        ["2021", "Yes", "45.1", "48.0", "42.2"],
        ["", "No", "54.9", "52.0", "57.8"],
        ["2022", "Yes", "47.3", "50.1", "44.5"],
        ["", "No", "52.7", "49.9", "55.5"],
    ]
    cells = {
        _at("periods", r, c): (rows[r][1], ["", "Men", "Women"][c - 2], rows[r - (r + 1) % 2][0], "percentage", t)
        for r in range(1, 5)
        for c, t in enumerate(rows[r])
        if c > 1
    }
    return Made("periods.csv", _csv(rows), cells)


def groups_as_rows_under_sections() -> Made:
    """Answers are heads, groups are rows under the name of their variable, the total and its base come last."""
    rows = [
        ["Use of AI by firms (%)", "", "", "", ""],
        ["", "Uses", "Plans", "Neither", "Base"],
        ["Size", "", "", "", ""],
        ["Small", "30.0", "11.9", "58.1", "600"],
        ["Large", "41.5", "13.0", "45.5", "400"],
        ["Region", "", "", "", ""],
        ["North", "36.0", "12.0", "52.0", "500"],
        ["South", "33.2", "12.7", "54.1", "500"],
        ["Total", "34.6", "12.3", "53.1", "1000"],
    ]
    cells = {}
    for r in (3, 4, 6, 7, 8):
        for c, text in enumerate(rows[r][1:], 1):
            label, kind = ("respondents ", "count") if c == 4 else (rows[1][c], "percentage")
            cells[_at("groups", r, c)] = (label, "" if r == 8 else rows[r][0], "", kind, text)
    return Made("groups.csv", _csv(rows), cells)


def one_number_a_row() -> Made:
    """The long form of open data: question, answer, group, year, count and percentage."""
    rows = [["question", "answer", "sex", "year", "n", "percent"]]
    cells = {}
    shares = {"Total": (45, 48), "Men": (50, 51), "Women": (41, 46)}
    for year, place in (("2021", 0), ("2022", 1)):
        for sex, share in shares.items():
            for answer, value in (("Yes", share[place]), ("No", 100 - share[place])):
                rows.append(["Q1", answer, sex, year, str(value * 2), str(value)])
                for c, kind in ((4, "count"), (5, "percentage")):
                    said = (f"Q1 {answer}", "" if sex == "Total" else sex, year, kind, rows[-1][c])
                    cells[_at("long", len(rows) - 1, c)] = said
    return Made("long.csv", _csv(rows), cells)


def a_total_by_another_name() -> Made:
    """The first column is named after those who were asked; answers stand in a second column under their questions."""
    rows = [
        ["AMONG FIRMS", "", "Surveyed firms", "Size", "", "Region", ""],
        ["", "", "", "Small", "Large", "North", "South"],
        ["Do you use it?", "", "", "", "", "", ""],
        ["", "Yes", "37%", "29%", "42%", "34%", "41%"],
        ["", "No", "63%", "71%", "58%", "66%", "59%"],
        ["Do you plan to?", "", "", "", "", "", ""],
        ["", "Yes", "16%", "18%", "13%", "11%", "26%"],
        ["", "No", "84%", "82%", "87%", "89%", "74%"],
    ]
    levels = ["", "Small", "Large", "North", "South"]
    cells = {
        _at("name", r, c): (rows[r][1], levels[c - 2], "", "percentage", rows[r][c])
        for r in (3, 4, 6, 7)
        for c in range(2, 7)
    }
    return Made("name.csv", _csv(rows), cells)


LAYOUTS: dict[str, Callable[[], Made]] = {
    made.__name__: made
    for made in (
        merged_banner_csv,
        real_merges_xlsx,
        counts_and_percentages_side_by_side,
        counts_above_percentages,
        waves_side_by_side,
        sections_nets_and_means,
        html_with_spans,
        several_sheets,
        footnotes_and_letters,
        pasted_from_a_page,
        pairs_in_one_cell,
        stacked_tables_with_running_numbers,
        counts_percentages_and_letters,
        periods_in_a_column_of_labels,
        groups_as_rows_under_sections,
        one_number_a_row,
        a_total_by_another_name,
    )
}
