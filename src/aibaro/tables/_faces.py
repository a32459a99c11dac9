"""How does a table look in a terminal, in a browser, in LaTeX, in a spreadsheet's text?"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from aibaro.errors import MissingDependencyError
from aibaro.files import holdable
from aibaro.messages import latex_text
from aibaro.tables._layout import Cell, Sheet, printed

if TYPE_CHECKING:
    from great_tables import GT

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
