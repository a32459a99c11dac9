"""PDFs made for the tests, with every number that they print; written by hand, by matplotlib and by LibreOffice."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pdfminer.fontmetrics import FONT_METRICS

_WIDTHS = FONT_METRICS["Helvetica"][1]


def width(text: str, size: float) -> float:
    return sum(_WIDTHS.get(c, 556) for c in text) * size / 1000


@dataclass
class Page:
    """Commands of one page; y runs upwards from the bottom of 842 points."""

    commands: list[str] = field(default_factory=list)
    image: bool = False

    def text(self, x: float, y: float, text: str, size: float = 10, *, turned: bool = False, spread: float = 0) -> None:
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        matrix = f"0 1 -1 0 {x} {y}" if turned else f"1 0 0 1 {x} {y}"
        self.commands.append(f"BT /F1 {size} Tf {spread} Tc {matrix} Tm ({escaped}) Tj ET")

    def right(self, x: float, y: float, text: str, size: float = 10) -> None:
        self.text(x - width(text, size), y, text, size)

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.commands.append(f"{x0} {y0} m {x1} {y1} l S")

    def picture(self, x: float, y: float, wide: float, high: float) -> None:
        self.image = True
        self.commands.append(f"q {wide} 0 0 {high} {x} {y} cm /I1 Do Q")


def pdf(pages: Sequence[Page]) -> bytes:
    """A PDF of pages of A4 with Helvetica and, where asked for, one grey picture."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    objects.append(
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 "
        b"/Length 1 >>\nstream\n\x80\nendstream"
    )
    kids = []
    for page in pages:
        stream = "\n".join(page.commands).encode("cp1252")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        resources = b"<< /Font << /F1 3 0 R >>" + (b" /XObject << /I1 4 0 R >>" if page.image else b"") + b" >>"
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources %s /Contents %d 0 R >>"
            % (resources, len(objects))
        )
        kids.append(len(objects))
    listed = " ".join(f"{kid} 0 R" for kid in kids).encode()
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (listed, len(kids))
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


@dataclass
class MadePdf:
    """A PDF, the numbers that it prints (tables and text), and its tables: label, level, characters."""

    content: bytes
    numbers: list[str]
    tables: list[dict[tuple[str, str], str]]
    pictures: int = 0


LABELS = ["Uses AI", "Plans to", "Neither"]
LEVELS = ["Total", "Small", "Medium", "Large"]
FIGURES = [
    ["32.1%", "30.0%", "34.2%", "41.5%"],
    ["12.0%", "11.9%", "12.5%", "13.0%"],
    ["55.9%", "58.1%", "53.3%", "45.5%"],
]
BASES = ["1,234", "600", "434", "200"]


def _meaning(labels: Sequence[str] = LABELS, figures: Sequence[Sequence[str]] = FIGURES) -> dict[tuple[str, str], str]:
    return {
        (label, "" if level == "Total" else level): text
        for label, texts in zip(labels, figures, strict=True)
        for level, text in zip(LEVELS, texts, strict=False)  # some print fewer columns
    }


def _rows(page: Page, top: float, *, size: float = 10, left: float = 60, step: float = 70, rule: str = "none") -> float:
    """A table of the figures above, from `top` downwards; gives its lower edge."""
    edge = left + 130
    y = top
    for c, level in enumerate(LEVELS):
        page.right(edge + step * c + 40, y, level, size)
    if rule == "book":
        page.rule(left, y + 12, edge + step * 4, y + 12)
        page.rule(left, y - 4, edge + step * 4, y - 4)
    for label, texts in zip([*LABELS, "Base"], [*FIGURES, BASES], strict=True):
        y -= 16
        page.text(left, y, label, size)
        for c, text in enumerate(texts):
            page.right(edge + step * c + 40, y, text, size)
    if rule == "book":
        page.rule(left, y - 6, edge + step * 4, y - 6)
    if rule == "grid":
        xs = [left - 4, *(edge + step * c - 25 for c in range(5))]
        for x in xs:
            page.rule(x, top + 12, x, y - 4)
        for k in range(6):
            page.rule(xs[0], top + 12 - 16 * k, xs[-1], top + 12 - 16 * k)
    return y


def _table() -> dict[tuple[str, str], str]:
    base = {("respondents", "" if level == "Total" else level): n for level, n in zip(LEVELS, BASES, strict=True)}
    return _meaning() | base


ALL = [text for texts in [*FIGURES, BASES] for text in texts]


def unruled() -> MadePdf:
    page = Page()
    page.text(60, 780, "Table 1. Use of AI by size", 12)
    _rows(page, 750)
    page.text(60, 640, "Of all firms 32.1% use AI; in 2021 it was 8.4 per cent of 987 firms.")
    return MadePdf(pdf([page]), [*ALL, "1", "32.1%", "2021", "8.4", "987"], [_table()])


def ruled() -> MadePdf:
    page = Page()
    _rows(page, 750, rule="grid")
    return MadePdf(pdf([page]), ALL, [_table()])


def book_rules() -> MadePdf:
    page = Page()
    page.text(60, 790, "Use of AI, shares of firms", 11)
    _rows(page, 750, rule="book")
    page.text(60, 660, "Source: synthetic survey", 8)
    return MadePdf(pdf([page]), ALL, [_table()])


def two_columns() -> MadePdf:
    """Running text in two columns, and a table over the whole width below."""
    page = Page()
    left = [
        "About a third of all firms use AI,",
        "namely 32.1% of them. Small firms",
        "do so less often (30.0%) than large",
        "firms, of which 41.5% use it. Most",
        "firms (55.9%) neither use nor plan",
        "to use it in the years to come.",
    ]
    right = [
        "The survey was held among 2,345",
        "firms, of which 1,234 answered, so",
        "that the response was 52.6% in all",
        "sizes. Large firms answered least",
        "often, with 44.0% of the sample.",
        "Answers were weighted by size.",
    ]
    for i, (a, b) in enumerate(zip(left, right, strict=True)):
        page.text(50, 790 - 14 * i, a)
        page.text(310, 790 - 14 * i, b)
    _rows(page, 660)
    return MadePdf(
        pdf([page]), [*ALL, "32.1%", "30.0%", "41.5%", "55.9%", "2,345", "1,234", "52.6%", "44.0%"], [_table()]
    )


def turned_heads() -> MadePdf:
    page = Page()
    for c, level in enumerate(LEVELS):
        page.text(60 + 130 + 70 * c + 30, 755, level, turned=True)
    y = 750.0
    for label, texts in zip(LABELS, FIGURES, strict=True):
        y -= 16
        page.text(60, y, label)
        for c, text in enumerate(texts):
            page.right(60 + 130 + 70 * c + 40, y, text)
    return MadePdf(pdf([page]), [t for texts in FIGURES for t in texts], [_meaning()])


def raised_marks() -> MadePdf:
    """Raised small digits behind numbers are footnotes."""
    page = Page()
    _rows(page, 750)
    page.text(60 + 130 + 40 + 0.5, 734 + 4, "1", 6)
    page.text(60 + 130 + 70 + 40 + 0.5, 734 + 4, "2", 6)
    page.text(60, 600, "About 45%", 10)
    page.text(60 + width("About 45%", 10) + 0.3, 604, "3", 6)
    return MadePdf(pdf([page]), [*ALL, "45%"], [_table()])


def close_columns() -> MadePdf:
    """Columns whose numbers nearly touch, at a small size; numbers of one column are never glued to the next."""
    page = Page()
    _rows(page, 750, size=7, step=28, left=60)
    return MadePdf(pdf([page]), ALL, [_table()])


def glued_labels() -> MadePdf:
    """Labels of charts stand directly beside their values."""
    page = Page()
    for i, (label, text) in enumerate([("Text", "45%"), ("Images", "30%"), ("Speech", "12%")]):
        page.text(60, 700 - 40 * i, label)
        page.text(60 + width(label, 10) + 0.2, 700 - 40 * i, text)
    return MadePdf(pdf([page]), ["45%", "30%", "12%"], [])


def picture_of_a_chart() -> MadePdf:
    page = Page()
    page.text(60, 780, "Figure 3 shows the use of AI (n = 1234).")
    page.picture(60, 400, 400, 300)
    return MadePdf(pdf([page]), ["3", "1234"], [], 1)


def two_tables_on_a_page() -> MadePdf:
    page = Page()
    page.text(60, 790, "Table 1. Now", 11)
    low = _rows(page, 770)
    page.text(60, low - 50, "Table 2. By region", 11)
    heads = ["Total", "North", "South"]
    y = low - 70
    for c, head in enumerate(heads):
        page.right(230 + 80 * c, y, head)
    figures = [["61", "58", "64"], ["39", "42", "36"]]
    for label, texts in zip(["Agree", "Disagree"], figures, strict=True):
        y -= 16
        page.text(60, y, label)
        for c, text in enumerate(texts):
            page.right(230 + 80 * c, y, text)
    second = {
        (label, "" if head == "Total" else head): text
        for label, texts in zip(["Agree", "Disagree"], figures, strict=True)
        for head, text in zip(heads, texts, strict=True)
    }
    return MadePdf(pdf([page]), [*ALL, "1", "2", *(t for texts in figures for t in texts)], [_table(), second])


def spread_letters() -> MadePdf:
    """Letters set slightly apart stay one number."""
    page = Page()
    for i, text in enumerate(["45.2%", "1,234", "30.0%"]):
        page.text(60, 700 - 20 * i, "The share is " + text, spread=0.6)
    return MadePdf(pdf([page]), ["45.2%", "1,234", "30.0%"], [])


def banner_of_two_rows() -> MadePdf:
    """A head over two columns each, above the names of the columns."""
    page = Page()
    page.right(230, 750, "Total")
    page.text(285, 766, "Size class")
    page.text(425, 766, "Region")
    for x, head in ((300, "Small"), (360, "Large"), (430, "North"), (490, "South")):
        page.right(x, 750, head)
    figures = [["45", "40", "52", "47", "43"], ["55", "60", "48", "53", "57"]]
    for i, (label, texts) in enumerate(zip(["Yes", "No"], figures, strict=True)):
        page.text(60, 730 - 16 * i, label)
        for x, text in zip((230, 300, 360, 430, 490), texts, strict=True):
            page.right(x, 730 - 16 * i, text)
    heads = ["", "Small", "Large", "North", "South"]
    table = {
        (label, head): text
        for label, texts in zip(["Yes", "No"], figures, strict=True)
        for head, text in zip(heads, texts, strict=True)
    }
    return MadePdf(pdf([page]), [t for texts in figures for t in texts], [table])


def banner_in_the_middle() -> MadePdf:
    """Heads stand in the middle over three and two columns; the total has none."""
    page = Page()
    xs = [200, 260, 320, 380, 440, 500]
    heads = ["Total", "18-34", "35-54", "55+", "Men", "Women"]
    page.text(310 - width("Age", 10) / 2, 766, "Age")
    page.text(460 - width("Sex", 10) / 2, 766, "Sex")
    for x, head in zip(xs, heads, strict=True):
        page.right(x, 750, head)
    figures = [["45", "60", "48", "30", "50", "41"], ["55", "40", "52", "70", "50", "59"]]
    for i, (label, texts) in enumerate(zip(["Yes", "No"], figures, strict=True)):
        page.text(60, 734 - 16 * i, label)
        for x, text in zip(xs, texts, strict=True):
            page.right(x, 734 - 16 * i, text)
    table = {
        (label, "" if head == "Total" else head): text
        for label, texts in zip(["Yes", "No"], figures, strict=True)
        for head, text in zip(heads, texts, strict=True)
    }
    numbers = [t for texts in figures for t in texts]
    return MadePdf(pdf([page]), [*numbers, "18-34", "35-54", "55"], [table])


def labels_of_several_lines() -> MadePdf:
    """A label of three lines with its numbers at half the height, one with its numbers on the first line."""
    page = Page()
    for x, head in ((300, "Total"), (380, "Men")):
        page.right(x, 780, head)
    for i, part in enumerate(["Uses text analysis", "for messages that come", "from customers"]):
        page.text(60, 760 - 11 * i, part, 9)
    page.right(300, 749, "45%", 9)
    page.right(380, 749, "50%", 9)
    page.text(60, 715, "Uses images", 9)
    page.right(300, 715, "30%", 9)
    page.right(380, 715, "35%", 9)
    page.text(60, 690, "Uses speech for calls", 9)
    page.text(60, 679, "that come in at night", 9)
    page.right(300, 690, "12%", 9)
    page.right(380, 690, "11%", 9)
    page.text(60, 654, "None", 9)
    page.right(300, 654, "40%", 9)
    page.right(380, 654, "39%", 9)
    labels = [
        "Uses text analysis for messages that come from customers",
        "Uses images",
        "Uses speech for calls that come in at night",
        "None",
    ]
    figures = [["45%", "50%"], ["30%", "35%"], ["12%", "11%"], ["40%", "39%"]]
    table = {
        (label, level): text
        for label, texts in zip(labels, figures, strict=True)
        for level, text in zip(["", "Men"], texts, strict=True)
    }
    return MadePdf(pdf([page]), [t for texts in figures for t in texts], [table])


def side_by_side() -> MadePdf:
    """Two tables beside each other, and codes in labels that are no numbers."""
    page = Page()
    tables = []
    numbers = []
    for left, heads, rows in (
        (50, ["Total", "North"], [("Q1a yes", ["45.1", "44.0"]), ("Q1b no", ["54.9", "56.0"])]),
        (330, ["Total", "Men"], [("Agree", ["61.0", "60.2"]), ("Disagree", ["39.0", "39.8"])]),
    ):
        for c, head in enumerate(heads):
            page.right(left + 130 + 60 * c, 700, head)
        table = {}
        for i, (label, texts) in enumerate(rows):
            page.text(left, 684 - 16 * i, label)
            for c, text in enumerate(texts):
                page.right(left + 130 + 60 * c, 684 - 16 * i, text)
                table[label, "" if c == 0 else heads[c]] = text
                numbers.append(text)
        tables.append(table)
    return MadePdf(pdf([page]), numbers, tables)


def thousands_with_spaces() -> MadePdf:
    page = Page()
    for x, head in ((300, "Firms"), (380, "Users")):
        page.right(x, 760, head)
    figures = [["12 345", "1 234"], ["5 000", "400"]]
    for i, (label, texts) in enumerate(zip(["Trade", "Care"], figures, strict=True)):
        page.text(60, 740 - 16 * i, label)
        for x, text in zip((300, 380), texts, strict=True):
            page.right(x, 740 - 16 * i, text)
    page.text(60, 600, "In all there are 17 345 firms.")
    table = {
        (label, head): text
        for label, texts in zip(["Trade", "Care"], figures, strict=True)
        for head, text in zip(["Firms", "Users"], texts, strict=True)
    }
    return MadePdf(pdf([page]), [*(t for texts in figures for t in texts), "17 345"], [table])


def by_matplotlib(turned: bool = False) -> MadePdf:
    """A table drawn by matplotlib, and an axis whose labels are numbers of the page."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"pdf.fonttype": 42}):
        figure = Figure(figsize=(8, 6))
        axes = figure.add_subplot(2, 1, 1)
        axes.axis("off")
        table = axes.table(cellText=FIGURES, rowLabels=LABELS, colLabels=LEVELS, loc="center")
        table.scale(1, 1.4)
        if turned:
            figure.text(0.02, 0.3, "Share of 987 firms", rotation=90)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="pdf", metadata={"CreationDate": None})
    numbers = [text for texts in FIGURES for text in texts] + (["987"] if turned else [])
    return MadePdf(buffer.getvalue(), numbers, [_meaning()])


def office() -> str | None:
    return shutil.which("soffice") or shutil.which("libreoffice")


def by_office(folder: Path, html: str) -> bytes:
    """A page as LibreOffice prints it."""
    program = office()
    if program is None:
        raise RuntimeError("LibreOffice is not installed")
    source = folder / "page.html"
    source.write_text(html, encoding="utf-8")
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = [
        program,
        profile,
        "--headless",
        "--convert-to",
        "pdf:writer_web_pdf_Export",
        "--outdir",
        str(folder),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return (folder / "page.pdf").read_bytes()


def office_html(border: int, heads: Iterable[str] = LEVELS) -> str:
    head = "".join(f"<th>{level}</th>" for level in heads)
    body = "".join(
        f"<tr><td>{label}</td>" + "".join(f'<td align="right">{text}</td>' for text in texts) + "</tr>"
        for label, texts in zip([*LABELS, "Base"], [*FIGURES, BASES], strict=True)
    )
    return (
        f"<html><body><table border='{border}' cellpadding='6' width='90%'>"
        f"<tr><th></th>{head}</tr>{body}</table>"
        "<p>In all 32.1% of firms use AI.</p><p>Source: a synthetic survey of 1,234 firms.</p></body></html>"
    )


def leaders() -> MadePdf:
    """Dots lead from a label to its numbers, up to the first of them; heads are turned; a sign touches a label."""
    page, y = Page(), 750.0
    for c, level in enumerate(LEVELS):
        page.text(60 + 130 + 70 * c + 30, 755, level, turned=True)
    for label, texts in zip(LABELS, FIGURES, strict=True):
        y -= 16
        first = 60 + 130 + 40 - width(texts[0], 10)
        count = int((first - 60 - width(f"{label} ", 10)) / width(".", 10))
        page.text(60, y, f"{label} ")
        page.text(first - count * width(".", 10), y, "." * count + texts[0])
        for c, text in enumerate(texts[1:], 1):
            page.right(60 + 130 + 70 * c + 40, y, text)
    page.text(60, 600, "Text<1%")
    return MadePdf(pdf([page]), [*(t for texts in FIGURES for t in texts), "<1%"], [_meaning()])


def title_over_the_columns() -> MadePdf:
    """A title that runs over the columns, years as heads, one of them with a footnote."""
    page = Page()
    page.text(60, 770, "Tabelle 5 - Nutzung und Planung in Unternehmen nach Jahren (in Prozent)", 10)
    heads = ["Total", "2019", "2021", "2023"]
    for c, head in enumerate(heads):
        page.right(60 + 130 + 70 * c + 40, 750, head)
    page.text(60 + 130 + 210 + 40.5, 754, "1", 6)
    y = 750.0
    for label, texts in zip(LABELS, FIGURES, strict=True):
        y -= 16
        page.text(60, y, label)
        for c, text in enumerate(texts):
            page.right(60 + 130 + 70 * c + 40, y, text)
    numbers = [*(t for texts in FIGURES for t in texts), "5", "2019", "2021", "2023"]
    meaning = {(label, ""): texts[3] for label, texts in zip(LABELS, FIGURES, strict=True)}
    return MadePdf(pdf([page]), numbers, [meaning])


def labels_of_bars() -> MadePdf:
    """Values at the ends of bars stand at places of their own and are no table."""
    page = Page()
    page.text(60, 780, "Figure 2. Main means of transport, 2022")
    for i, (label, text) in enumerate([("Car", "61%"), ("Train", "24%"), ("Bus", "9%"), ("Bicycle", "43%")]):
        page.text(60, 740 - 20 * i, label)
        page.text(130 + 5 * int(text[:-1]), 740 - 20 * i, text)
    return MadePdf(pdf([page]), ["61%", "24%", "9%", "43%", "2", "2022"], [])


def split_over_pages() -> MadePdf:
    """Heads set left over numbers set right; columns go on without labels, rows without heads."""
    heads, labels = ["Total", "Men", "Women", "Young", "Old", "North"], ["Yes", "No", "Don't know", "No answer"]
    texts = [[f"{10 + 7 * r + c}%" for c in range(6)] for r in range(4)]
    pages, tables = [], []
    for rows, columns, labelled, headed in (
        ((0, 1), (0, 1, 2), True, True),
        ((2, 3), (0, 1, 2), True, False),
        ((0, 1), (3, 4, 5), False, True),
    ):
        page = Page()
        for k, c in enumerate(columns):
            if headed:
                page.text(190 + 70 * k + 2, 750, heads[c])
            for j, r in enumerate(rows):
                page.right(190 + 70 * (k + 1) - 2, 734 - 16 * j, texts[r][c])
        for j, r in enumerate(rows):
            if labelled:
                page.text(60, 734 - 16 * j, labels[r])
        pages.append(page)
        tables.append({(labels[r], heads[c] if c else ""): texts[r][c] for r in rows for c in columns})
    return MadePdf(pdf(pages), [t for table in tables for t in table.values()], tables)


def labels_over_rules() -> MadePdf:
    """A grid whose labels are longer than their column, and run on over the rule beside it."""
    page = Page()
    labels = ["Uses one or more kinds of AI today", "Has no plans", "Plans to use it within two years"]
    figures = [["32.1%", "30.0%"], ["55.9%", "58.1%"], ["12.0%", "11.9%"]]
    xs, top = [56.0, 150.0, 270.0, 350.0], 762.0
    for x in xs:
        page.rule(x, top, x, top - 64)
    for k in range(5):
        page.rule(xs[0], top - 16 * k, xs[-1], top - 16 * k)
    for c, level in enumerate(("Total", "Small")):
        page.right(xs[c + 2] - 6, 750, level)
    for r, (label, texts) in enumerate(zip(labels, figures, strict=True), 1):
        page.text(60, 750 - 16 * r, label)
        for c, text in enumerate(texts):
            page.right(xs[c + 2] - 6, 750 - 16 * r, text)
    numbers = [text for texts in figures for text in texts]
    return MadePdf(pdf([page]), numbers, [_meaning(labels, figures=figures)])


def labels_that_count() -> MadePdf:
    """Labels that end in a digit, one below the other, are no column of numbers."""
    page = Page()
    labels = ["Level 1", "Level 2", "Level 3 or 4"]
    figures = [["12", "15"], ["20", "22"], ["68", "63"]]
    for c, level in enumerate(("Total", "Small")):
        page.right(260 + 60 * c, 750, level)
    for r, (label, texts) in enumerate(zip(labels, figures, strict=True), 1):
        page.text(60, 750 - 16 * r, label)
        for c, text in enumerate(texts):
            page.right(260 + 60 * c, 750 - 16 * r, text)
    numbers = [text for texts in figures for text in texts]
    return MadePdf(pdf([page]), [*numbers, "1", "2", "3", "4"], [_meaning(labels, figures=figures)])


HAND_MADE = [
    labels_over_rules,
    labels_that_count,
    split_over_pages,
    leaders,
    title_over_the_columns,
    labels_of_bars,
    unruled,
    ruled,
    book_rules,
    two_columns,
    turned_heads,
    raised_marks,
    close_columns,
    glued_labels,
    picture_of_a_chart,
    two_tables_on_a_page,
    spread_letters,
    banner_of_two_rows,
    banner_in_the_middle,
    labels_of_several_lines,
    side_by_side,
    thousands_with_spaces,
    by_matplotlib,
]
