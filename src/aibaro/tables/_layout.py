"""How is a table laid out, and how does it look in a terminal, in a browser, in LaTeX, in a spreadsheet's text?"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aibaro.errors import MissingDependencyError
from aibaro.files import holdable
from aibaro.messages import latex_text, message
from aibaro.tables._figures import Figures, Head

if TYPE_CHECKING:
    from great_tables import GT


MARKS = {"small_base": "*", "low": "~", "suppressed": "-"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a table.

    Parameters
    ----------
    value : float
        The number at full precision; NaN where there is none.
    kind : {"share", "number", "count"}
        How it is printed.
    letters : str
        Columns that it is significantly higher than.
    mark : str
        Signs of the notes.
    """

    value: float
    kind: str
    letters: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line of a table.

    Parameters
    ----------
    label : str
        What stands at its head.
    kind : {"estimate", "limit", "base"}
        What it holds.
    cells : tuple of Cell
        One per column.
    """

    label: str
    kind: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table, laid out.

    Parameters
    ----------
    name, title : str
        Name of the question, and its text.
    heads : tuple of Head
        The columns.
    domains : tuple of (str, int)
        Text and number of columns of each variable of the banner; the total first.
    lines : tuple of TableLine
        The lines.
    notes : tuple of str
        Notes below the table.
    language : {"en", "nl"}
        Language of words and numbers.
    letters : {"none", "holm", "unadjusted"}
        Whether columns were compared: then heads have letters, even where no column is higher than another.
    """

    name: str
    title: str
    heads: tuple[Head, ...]
    domains: tuple[tuple[str, int], ...]
    lines: tuple[TableLine, ...]
    notes: tuple[str, ...]
    language: str
    letters: str = "none"

    @property
    def lettered(self) -> bool:
        """Whether heads have letters."""
        return self.letters != "none" and any(head.letter for head in self.heads)

    def head(self, place: int) -> str:
        """What stands over a column."""
        head = self.heads[place]
        return head.level if head.domain else word("total", self.language)


def word(name: str, language: str, **values: object) -> str:
    """Return a word or note of tables in a language."""
    return message(f"tables.{name}", **values).text(language)


def sheet(
    figures: Sequence[Figures],
    heads: Sequence[Head],
    *,
    title: str,
    labels: dict[str, str],
    language: str,
    level: float,
    intervals: str,
    flags: Sequence[Sequence[str]],
    notes: Sequence[str],
    letters: str,
) -> Sheet:
    """Lay out one table."""
    lines: list[TableLine] = []
    percent = f"{level:.0%}"
    for row, flag in zip(figures, flags, strict=True):
        kind = "share" if row.measure == "share" else "number"
        hidden = np.array(["suppressed" in f for f in flag])
        cells = tuple(
            Cell(
                np.nan if hidden[k] else float(row.estimate[k]),
                kind,
                " ".join(heads[j].letter for j in row.higher[k]) if not hidden[k] else "",
                "".join(mark for name, mark in MARKS.items() if name in flag[k]),
            )
            for k in range(len(heads))
        )
        lines.append(TableLine(_label(row, labels, language), "estimate", cells))
        if intervals == "lines":
            for name, values in (("low", row.conf_low), ("high", row.conf_high)):
                limit = tuple(Cell(np.nan if hidden[k] else float(values[k]), kind) for k in range(len(heads)))
                lines.append(TableLine(word(name, language, level=percent), "limit", limit))
    lines += _bases(figures, heads, flags, language)
    domains: list[tuple[str, int]] = []
    for head in heads:
        text = labels.get(head.domain, head.domain)
        if domains and domains[-1][0] == text:
            domains[-1] = (text, domains[-1][1] + 1)
        else:
            domains.append((text, 1))
    return Sheet(figures[0].table, title, tuple(heads), tuple(domains), tuple(lines), tuple(notes), language, letters)


def _label(row: Figures, labels: dict[str, str], language: str) -> str:
    if row.measure == "share":
        if row.category == "(missing)":
            return word("missing", language)
        return row.category or labels.get(row.item, row.item)
    return word({"total": "sum"}.get(row.measure, row.measure), language)


def _bases(
    figures: Sequence[Figures], heads: Sequence[Head], flags: Sequence[Sequence[str]], language: str
) -> list[TableLine]:
    """Bases below the rows; once where they are the same for all rows."""
    same = all(np.array_equal(row.n, figures[0].n) for row in figures)
    lines = []
    for row, flag in list(zip(figures, flags, strict=True))[: 1 if same else None]:
        for name in ("n", "base_weighted", "n_eff"):
            values = getattr(row, name)
            cells = []
            for k in range(len(heads)):
                hidden = name != "n" and "suppressed" in flag[k]
                mark = "*" if name == "n" and "small_base" in flag[k] else ""
                cells.append(Cell(np.nan if hidden else float(values[k]), "count", "", mark))
            label = word(name, language)
            lines.append(TableLine(label if same else f"{label}: {row.category or row.item}", "base", tuple(cells)))
    return lines


def printed(cell: Cell, language: str, decimals: int = 1) -> str:
    """Write a number as people read it.

    Examples
    --------
    >>> printed(Cell(0.1234, "share"), "nl"), printed(Cell(1234.5, "count"), "en")
    ('12,3%', '1,234')
    """
    if not np.isfinite(cell.value):
        return ""
    if cell.kind == "share":
        text = f"{100 * cell.value:.{decimals}f}%"
    elif cell.kind == "count":
        text = f"{cell.value:,.0f}"
    else:
        text = f"{cell.value:,.{_decimals(cell.value)}f}"
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))


def _decimals(value: float) -> int:
    """Decimals for about four significant digits."""
    size = abs(value)
    return 0 if size >= 1000 else 1 if size >= 100 else 2


# --- How does a table look in a terminal, in a browser, in LaTeX, in a spreadsheet's text?

_STYLE = (
    "<style>.aibaro-table{border-collapse:collapse;margin:1em 0;font-variant-numeric:tabular-nums}"
    ".aibaro-table caption{text-align:left;font-weight:bold;padding:.3em 0}"
    ".aibaro-table th,.aibaro-table td{padding:.15em .6em;text-align:right;border:0}"
    ".aibaro-table th[scope=row]{text-align:left;font-weight:normal}"
    ".aibaro-table thead th{border-bottom:1px solid #555;text-align:center}"
    ".aibaro-table .limit,.aibaro-table .base,.aibaro-table .notes{color:#555;font-size:90%}"
    ".aibaro-table tr.first-base td,.aibaro-table tr.first-base th{border-top:1px solid #999}"
    ".aibaro-table sup{color:#0b5394;margin-left:.2em}.aibaro-table .notes td{text-align:left;padding-top:.5em}</style>"
)


def shown(cell: Cell, language: str) -> str:
    """A number with its letters and signs, as plain text."""
    text = printed(cell, language)
    if "-" in cell.mark:
        text = "-"
    mark = cell.mark.replace("-", "")
    return f"{text}{mark}{' ' + cell.letters if cell.letters else ''}"


def terminal(sheet: Sheet, width: int) -> str:
    """Print a table as text; columns that do not fit follow below, each part with the labels of its lines."""
    labels = [line.label for line in sheet.lines]
    stub = min(max([len(text) for text in labels], default=0), max(20, width // 3))
    cells = [[shown(cell, sheet.language) for cell in line.cells] for line in sheet.lines]
    sizes = [max(len(sheet.head(k)), 4, *(len(row[k]) for row in cells)) for k in range(len(sheet.heads))]
    blocks: list[list[int]] = [[]]
    room = width - stub
    for k, size in enumerate(sizes):
        if blocks[-1] and sum(sizes[j] + 2 for j in blocks[-1]) + size + 2 > room:
            blocks.append([])
        blocks[-1].append(k)
    lines = [sheet.title, ""]
    for number, block in enumerate(blocks):
        lines += [""] if number else []
        text, place = "", 0
        while place < len(block):
            last = place
            while last + 1 < len(block) and sheet.heads[block[last + 1]].domain == sheet.heads[block[place]].domain:
                last += 1
            span = sum(sizes[k] + 2 for k in block[place : last + 1]) - 2
            name = _variable(sheet, block[place])
            text += "  " + (name if len(name) <= span else name[: max(span - 3, 1)] + "...")[:span].center(span)
            place = last + 1
        if text.strip():
            lines.append((" " * stub + text).rstrip())
        lines.append((" " * stub + "".join("  " + sheet.head(k).rjust(sizes[k]) for k in block)).rstrip())
        if sheet.lettered and any(sheet.heads[k].letter for k in block):
            heads = "".join("  " + _bracketed(sheet.heads[k].letter).rjust(sizes[k]) for k in block)
            lines.append((" " * stub + heads).rstrip())
        for line, row in zip(sheet.lines, cells, strict=True):
            head = line.label if len(line.label) <= stub else line.label[: stub - 3] + "..."
            lines.append((head.ljust(stub) + "".join("  " + row[k].rjust(sizes[k]) for k in block)).rstrip())
    for note in sheet.notes:
        lines += textwrap.wrap(note, max(width, 40), initial_indent="  ", subsequent_indent="    ")
    return "\n".join(lines)


def _variable(sheet: Sheet, column: int) -> str:
    place = 0
    for text, size in sheet.domains:
        if place <= column < place + size:
            return text
        place += size
    return ""


def _bracketed(letter: str) -> str:
    return f"({letter})" if letter else ""


def page(sheets: Sequence[Sheet]) -> str:
    """Write tables as HTML."""
    return _STYLE + "\n".join(_html(sheet) for sheet in sheets)


def _html(sheet: Sheet) -> str:
    quoted = _quoted
    first = "".join(f'<th colspan="{size}">{quoted(text)}</th>' for text, size in sheet.domains)
    levels = "".join(f'<th scope="col">{quoted(sheet.head(k))}</th>' for k in range(len(sheet.heads)))
    rows = [f"<tr><td></td>{first}</tr>", f"<tr><td></td>{levels}</tr>"]
    if sheet.lettered:
        letters = "".join(f"<th>{_bracketed(head.letter)}</th>" for head in sheet.heads)
        rows.append(f"<tr><td></td>{letters}</tr>")
    body, based = [], False
    for line in sheet.lines:
        kind = line.kind if line.kind != "base" or based else "base first-base"
        based = based or line.kind == "base"
        cells = "".join(f"<td>{_html_cell(cell, sheet.language)}</td>" for cell in line.cells)
        body.append(f'<tr class="{kind}"><th scope="row">{quoted(line.label)}</th>{cells}</tr>')
    notes = "<br>".join(map(quoted, sheet.notes))
    foot = f'<tr class="notes"><td colspan="{len(sheet.heads) + 1}">{notes}</td></tr>'
    return (
        f'<table class="aibaro-table"><caption>{quoted(sheet.title)}</caption><thead>{"".join(rows)}</thead>'
        f"<tbody>{''.join(body)}</tbody><tfoot>{foot}</tfoot></table>"
    )


def _html_cell(cell: Cell, language: str) -> str:
    text = "-" if "-" in cell.mark else printed(cell, language)
    mark = cell.mark.replace("-", "")
    return f"{_quoted(text)}{mark}{f'<sup>{cell.letters}</sup>' if cell.letters else ''}"


def latex(sheet: Sheet) -> str:
    """Write a table for LaTeX."""
    size = len(sheet.heads)
    spans, rules, place = [], [], 2
    for text, width in sheet.domains:
        spans.append(rf"\multicolumn{{{width}}}{{c}}{{{latex_text(text)}}}")
        rules.append(rf"\cmidrule(lr){{{place}-{place + width - 1}}}" if text else "")
        place += width
    heads = " & ".join(["", *(latex_text(sheet.head(k)) for k in range(size))])
    lines = [
        r"\begin{table}",
        rf"\caption{{{latex_text(sheet.title)}}}",
        rf"\begin{{tabular}}{{l{'r' * size}}}",
        r"\toprule",
        " & ".join(["", *spans]) + r" \\",
        "".join(rules),
        heads + r" \\",
    ]
    if sheet.lettered:
        lines.append(" & ".join(["", *(_bracketed(head.letter) for head in sheet.heads)]) + r" \\")
    lines.append(r"\midrule")
    based = False
    for line in sheet.lines:
        if line.kind == "base" and not based:
            lines.append(r"\midrule")
            based = True
        cells = [_latex_cell(cell, sheet.language) for cell in line.cells]
        lines.append(" & ".join([latex_text(line.label), *cells]) + r" \\")
    notes = r" \\ ".join(latex_text(note) for note in sheet.notes)
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", rf"\par\footnotesize {notes}", r"\end{table}"])


def _latex_cell(cell: Cell, language: str) -> str:
    text = "-" if "-" in cell.mark else printed(cell, language)
    mark = cell.mark.replace("-", "").replace("~", r"\textasciitilde{}")
    text = text.replace("%", r"\%")
    raised = rf"$^{{\mathrm{{{cell.letters}}}}}$" if cell.letters else ""
    return f"{text}{mark}{raised}"


def _quoted(text: str) -> str:
    """Text as a page holds it."""
    return html.escape(holdable(text))


def great(sheet: Sheet) -> GT:
    """Return a table as an object of great_tables."""
    try:
        from great_tables import GT
        from great_tables import html as as_html
    except ImportError as error:
        raise MissingDependencyError("this face needs great_tables", hint="pip install 'aibaro[notebook]'") from error
    names = [f"c{k}" for k in range(len(sheet.heads))]
    records = [
        {"label": line.label, **{n: shown(cell, sheet.language) for n, cell in zip(names, line.cells, strict=True)}}
        for line in sheet.lines
    ]
    table = GT(pd.DataFrame(records), rowname_col="label").tab_header(title=sheet.title)
    place = 0
    for text, size in sheet.domains:
        if text:
            table = table.tab_spanner(label=text, columns=names[place : place + size])
        place += size
    letters = sheet.lettered
    heads: dict[str, Any] = {
        name: as_html(html.escape(sheet.head(k)) + (f"<br>{_bracketed(sheet.heads[k].letter)}" if letters else ""))
        for k, name in enumerate(names)
    }
    table = table.cols_label(**heads).cols_align(align="right", columns=names)
    for note in sheet.notes:
        table = table.tab_source_note(note)
    return table
