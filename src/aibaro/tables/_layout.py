"""How is a table laid out?  Lines and cells that every face prints in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aibaro.messages import message
from aibaro.tables._figures import Figures, Head

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
class Line:
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
    lines : tuple of Line
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
    lines: tuple[Line, ...]
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
    lines: list[Line] = []
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
        lines.append(Line(_label(row, labels, language), "estimate", cells))
        if intervals == "lines":
            for name, values in (("low", row.conf_low), ("high", row.conf_high)):
                limit = tuple(Cell(np.nan if hidden[k] else float(values[k]), kind) for k in range(len(heads)))
                lines.append(Line(word(name, language, level=percent), "limit", limit))
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
) -> list[Line]:
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
            lines.append(Line(label if same else f"{label}: {row.category or row.item}", "base", tuple(cells)))
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
