"""Which files describe a wide table, and how is the table read back from them?"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence

import pandas as pd

from aibaro.errors import InputError
from aibaro.published._printed import MARKS, evidence
from aibaro.published._survey import PublishedSurvey
from aibaro.published.cell_text import meanings, read_cell, whole_text
from aibaro.published.grids import Grid, place
from aibaro.published.schema import TABLES, WHOLE_BASE
from aibaro.published.wide import RESPONDENTS, WideTable

_PLACE = re.compile(r"(?P<sheet>.+)!(?P<cell>[A-Z]+\d+)")
PRINTED = ("item", "kind", "base", "weighted", "domain", "level", "wave", "group", "printed", "location")


def decimal_mark(
    texts: Iterable[str], declared: str = "", *, sizes: Iterable[str] = (), stored: str = "", where: str = ""
) -> str:
    """Return the decimal mark of a table: declared, or the only one that its numbers allow.

    Notes
    -----
    Numbers that a workbook stores are free of doubt and take `stored` where no text decides.  A number such as 1.234,
    which may hold decimals or thousands, is asked about, unless it counts respondents (`sizes`), who have no decimals.
    """
    counts = {",": 0, ".": 0}
    doubtful: list[str] = []
    first: dict[str, str] = {}
    for text in texts:
        if read_cell(text).kind not in {"number", "pair"}:
            continue
        marks = evidence(text)
        if len(marks) == 1:
            counts[marks[0]] += 1
            first.setdefault(marks[0], text)
        elif len(marks) == 2:
            doubtful.append(text)
    for text in sizes:
        if len(evidence(text)) == 2:
            grouping = next(c for c in text if c in MARKS)
            other = "." if grouping == "," else ","
            counts[other] += 1
            first.setdefault(other, text)
    proven = [mark for mark in MARKS if counts[mark]]
    if declared:
        other = "." if declared == "," else ","
        if counts[other] > counts[declared]:
            raise InputError(
                "the declared decimal mark contradicts the numbers",
                where=where,
                parameter="--decimal-mark",
                expected=f"'{other}', as in {first[other]}",
                got=f"'{declared}'",
            )
        return declared
    if len(proven) == 1:
        return proven[0]
    if not proven and not doubtful:
        return stored or "."
    got = [first[mark] for mark in proven] or doubtful[:3]
    raise InputError(
        "the decimal mark cannot be told from the numbers",
        where=where,
        parameter="--decimal-mark",
        expected="',' or '.'",
        got=", ".join(got),
        hint="both marks are printed" if len(proven) == 2 else "a mark before three digits may part thousands",
    )


def wide_files(table: WideTable, *, name: str, title: str, mark: str, language: str = "") -> dict[str, str]:
    """Return the files of a survey that holds a wide table; relations are proposed apart from it."""
    words = "label_nl" if language == "nl" else "label_en"
    kinds: dict[str, set[str]] = {}
    for number in table.numbers:
        kinds.setdefault(number.item, set()).add(number.kind)
    items = [
        {"item": item, "type": next(iter(found)) if len(found) == 1 else "", words: _label(table, item)}
        for item, found in kinds.items()
    ]
    orders: dict[str, int] = {}
    levels = []
    used = {
        pair for n in table.numbers for pair in zip(n.domain.split("×"), n.level.split("×"), strict=True) if n.domain
    }
    for (domain, level), label in table.levels.items():
        if (domain, level) not in used:
            continue
        orders[domain] = orders.get(domain, 0) + 1
        levels.append({"domain": domain, "level": level, "order": str(orders[domain]), words: label})
    named = {number.base for number in table.numbers}
    bases = [
        {
            "base": base,
            "parent": "" if base == WHOLE_BASE else WHOLE_BASE,
            "definition": "all" if base == WHOLE_BASE else label,
        }
        for base, label in table.bases.items()
        if base in named or base == WHOLE_BASE
    ]
    printed = [{column: getattr(number, column) for column in PRINTED} for number in table.numbers]
    ignored = [
        {"token": n.mark, "location": n.location, "reason": "footnote_mark"}
        for n in table.numbers
        if n.mark and n.mark != "in words"
    ]
    ignored += [{"token": text, "location": where, "reason": "footnote_mark"} for where, text in table.letters]
    ignored += [{"token": text, "location": where, "reason": "enumeration"} for where, text in table.enumerations]
    settings: dict[str, object] = {"rounding": "half_up", "decimal_mark": mark}
    if language:
        settings["language"] = language
    if table.empty:
        settings["marks"] = meanings(table.marks, (text for _, text in table.empty))
    descriptor = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": name,
        "title": title or name,
        "sources": [{"title": "Full citation of the publication"}],
        "contributors": [{"title": "Publisher", "roles": ["publisher"]}],
        "aibaro": settings,
        "resources": [],
    }
    files = {
        "printed.csv": _csv(
            printed, [c for c in PRINTED if c in {"item", "printed", "base"} or any(r[c] for r in printed)]
        ),
        "items.csv": _csv(items, _columns("items", items)),
        "bases.csv": _csv(bases, ["base", "parent", "definition"]),
        "datapackage.json": json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n",
    }
    if levels:
        files["levels.csv"] = _csv(levels, _columns("levels", levels))
    if ignored:
        files["ignored.csv"] = _csv(_once(ignored), ["token", "location", "reason"])
    return files


def _label(table: WideTable, item: str) -> str:
    return table.labels.get(item, "Respondents" if item == RESPONDENTS else item)


def _once(rows: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    return [dict(row) for row in dict.fromkeys(tuple(row.items()) for row in rows)]


def _columns(table: str, rows: Sequence[dict[str, str]]) -> list[str]:
    used = {column for row in rows for column in row}
    return [column for column in TABLES[table].columns if column in used]


def _csv(rows: Sequence[dict[str, str]], columns: Sequence[str]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, extrasaction="ignore", restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def printed_sheets(survey: PublishedSurvey) -> tuple[str, ...]:
    """List the sheets that the numbers of a survey stand in.

    Parameters
    ----------
    survey : PublishedSurvey
        A survey whose locations read ``SHEET!C7``.

    Returns
    -------
    tuple of str
        Names, in the order of the printings.

    Examples
    --------
    >>> from aibaro.published import load
    >>> printed_sheets(load("flanders-2023"))
    ()
    """
    found = survey.printed["location"].str.extract(rf"^{_PLACE.pattern}$")["sheet"].dropna()
    return tuple(dict.fromkeys(found))


def printed_sheet(survey: PublishedSurvey, sheet: str) -> pd.DataFrame:
    """Print a sheet again, cell by cell, from the rows of a survey.

    Parameters
    ----------
    survey : PublishedSurvey
        A survey whose locations read ``SHEET!C7``.
    sheet : str
        Name of the sheet; :func:`printed_sheets` lists them.

    Returns
    -------
    pandas.DataFrame
        Text of each cell that holds a number, a mark or a sign for no number; rows and columns are numbered as in a
        spreadsheet (1, 2, ... and A, B, ...), empty text elsewhere.

    Raises
    ------
    InputError
        When the survey has no such sheet.

    Examples
    --------
    >>> from aibaro.published import load
    >>> printed_sheet(load("flanders-2023"), "Table 1")
    Traceback (most recent call last):
    aibaro.errors.InputError: there is no such sheet
    ...
    """
    cells: dict[tuple[int, int], list[str]] = {}
    marks: dict[tuple[int, int], str] = {}
    for text, where in zip(survey.printed["printed"], survey.printed["location"], strict=True):
        match = _PLACE.fullmatch(where)
        if match and match["sheet"] == sheet:
            cells.setdefault(place(match["cell"]), []).append(text)
    for token, where in zip(survey.ignored["token"], survey.ignored["location"], strict=True):
        match = _PLACE.fullmatch(where)
        if match and match["sheet"] == sheet:
            marks[place(match["cell"])] = token
    if not cells:
        raise InputError(
            "there is no such sheet",
            where=survey.name,
            parameter="sheet",
            expected=", ".join(printed_sheets(survey)) or "locations such as SHEET!C7",
            got=sheet,
        )
    shown = {key: whole_text(texts[0], marks.get(key, ""), "".join(texts[1:2])) for key, texts in cells.items()}
    shown |= {key: token for key, token in marks.items() if key not in cells}
    height, width = (max(key[i] for key in shown) + 1 for i in (0, 1))
    names = [_letters(c) for c in range(width)]
    rows = [[shown.get((r, c), "") for c in range(width)] for r in range(height)]
    return pd.DataFrame(rows, index=range(1, height + 1), columns=names)


def _letters(column: int) -> str:
    from aibaro.published.grids import address

    return address(0, column)[:-1]


def number_cells(grid: Grid) -> dict[tuple[int, int], str]:
    """Cells of a grid that hold numbers or say that none is shown, to hold a reading against."""
    return {key: text for key, text in grid.cells.items() if read_cell(text).kind in {"number", "pair", "none"}}
