"""How does a cross table, as it stands in a report, become rows of the data dictionary?

A table is read from its shape: columns of labels on the left, header rows above, numbers in between.  Header cells
say which level of which domain, wave or measure a column is; labels say which item, base or statistic a row is, and
rows without numbers open sections.  Nothing is read that is not there: a cell that is no number is listed, a number
keeps its characters and its cell, and what stands around it (footnote marks, letters of tests) is kept beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise

from aibaro.published.cell_text import (
    CellText,
    Mark,
    begins,
    is_word,
    looks_like_header,
    marks_of,
    read_cell,
    unmarked,
    words,
)
from aibaro.published.grids import Grid, address
from aibaro.published.schema import CROSS, WHOLE_BASE
from aibaro.rounding.notation import whole_number

RESPONDENTS = "respondents"
_YEAR = re.compile(r"(?:19|20)\d\d")
_BASE_IN_TEXT = re.compile(r"\(?\b[nN]\s?=\s?(?P<number>\d[\d.,'’ \u00a0\u202f]*\d|\d)\)?")
_UNIT_BEHIND = re.compile(
    r"(?P<label>.+?)(?:[\s,:]*\(?\s*(?P<sign>in %|%)\s*\)?"
    r"|(?:[\s,:]+|\s*\()(?P<unit>[nN]|percent|per cent|procent|Prozent)\)?)"
)
_SLUG = 48
# more characters than this are no title
_TITLE = 120


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of numbers is about."""

    domain: str = ""
    level: str = ""
    wave: str = ""
    measure: str = ""
    weighted: str = ""
    group: str = ""
    labels: tuple[tuple[str, str, str], ...] = ()  # domain, level, words
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WideNumber:
    """One number of a wide table.

    Parameters
    ----------
    item, kind, base, weighted, domain, level, wave, printed, location : str
        The columns of ``printed.csv``.
    mark : str
        What stands around the number in its cell.
    label : str
        Words of the row.
    """

    item: str
    kind: str
    printed: str
    location: str
    base: str = WHOLE_BASE
    weighted: str = ""
    domain: str = ""
    level: str = ""
    wave: str = ""
    group: str = ""
    mark: str = ""
    label: str = ""


@dataclass(slots=True)
class WideTable:
    """Everything that was read from the tables of a file.

    Parameters
    ----------
    numbers : list of WideNumber
        In the order of the cells.
    labels : dict of str to str
        Items and their words.
    depths : dict of str to int
        How far the words of an item are indented.
    levels : dict of (str, str) to str
        Domains and levels, in the order of the columns, and their words.
    bases : dict of str to str
        Bases and their words.
    unread : list of (str, str)
        Cells between the numbers that hold no number: place and text.
    empty : list of (str, str)
        Cells that hold a mark in the place of a number, such as a dash: place and text.
    marks : dict of str to Mark
        What the notes of the tables say of marks.
    enumerations : list of (str, str)
        Numbers that count rows: place and text.
    questions : list of str
        What a person has to decide.
    labelled : set of str
        Cells that were read as labels: headers, names of rows.
    letters : list of (str, str)
        Cells of rows of letters, which name columns or tests: place and text.
    title : str
        The line that stands above all tables; empty where there is none.
    """

    numbers: list[WideNumber] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    depths: dict[str, int] = field(default_factory=dict)
    levels: dict[tuple[str, str], str] = field(default_factory=dict)
    bases: dict[str, str] = field(default_factory=lambda: {WHOLE_BASE: ""})
    unread: list[tuple[str, str]] = field(default_factory=list)
    empty: list[tuple[str, str]] = field(default_factory=list)
    enumerations: list[tuple[str, str]] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    labelled: set[str] = field(default_factory=set)
    letters: list[tuple[str, str]] = field(default_factory=list)
    marks: dict[str, Mark] = field(default_factory=dict)
    title: str = ""


def slug(text: str) -> str:
    """Turn words into a name for items and levels: letters, digits, ``.``, ``+`` and ``-``.

    Examples
    --------
    >>> slug("  Uses AI: text & speech (any) "), slug("65+"), slug("Bénéluxois")
    ('uses-ai-text-speech-any', '65+', 'beneluxois')
    """
    plain = unicodedata.normalize("NFKD", unmarked(text))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    plain = plain.replace("<", " under ").replace(">", " over ").replace("≥", " from ").replace("≤", " up to ")
    plain = re.sub(r"(?<=\d)[–—](?=\d)", "-", plain)
    plain = re.sub(r"(?<!\d)\.|\.(?!\d)", "-", plain).replace("%", " pct ")
    found = re.sub(r"[^\w+.]+", "-", plain).strip("-._")
    if len(found) > _SLUG:
        found = found[:_SLUG].rpartition("-")[0] or found[:_SLUG]
    return found or "x"


# --- rows and columns of a grid


@dataclass(frozen=True, slots=True)
class _Shape:
    stub: int  # columns of labels
    columns: tuple[int, ...]  # columns of numbers
    cells: Mapping[tuple[int, int], CellText]


def _shape(grid: Grid) -> _Shape | None:
    cells = {key: _NO_NUMBER if text in grid.marks else read_cell(text) for key, text in grid.cells.items()}
    numeric = {
        key for key, cell in cells.items() if cell.kind in {"number", "pair"} and not looks_like_header(grid.cells[key])
    }
    rows = sorted({row for row, column in numeric if column > 0} or {row for row, _ in numeric})
    if not rows:
        return None
    width = grid.width
    numbers = [
        sum((row, c) in numeric or cells.get((row, c), _NOTHING).kind == "none" for row in rows) for c in range(width)
    ]
    texts = [sum(cells.get((row, c), _NOTHING).kind == "words" for row in rows) for c in range(width)]
    # a column behind labels that holds as many numbers as words holds numbers, some of which are not read
    first = next(
        (c for c in range(width) if numbers[c] > texts[c] or (c and texts[0] and numbers[c] == texts[c] > 0)), width
    )
    # running numbers in front of the labels are labels too
    ahead = next((c for c in range(first + 1, min(first + 3, width)) if texts[c] * 2 > len(rows)), None)
    if ahead is not None and all(_counts_up(grid, rows, c) for c in range(first, ahead) if numbers[c]):
        first = next((c for c in range(ahead + 1, width) if numbers[c] > texts[c]), width)
    if first == 0 and not any(texts):
        first = 0
    columns = tuple(c for c in range(first, width) if any((row, c) in numeric for row in rows))
    return _Shape(first, columns, cells) if columns else None


_NOTHING = CellText("empty")
_NO_NUMBER = CellText("none")


def _counts_up(grid: Grid, rows: Sequence[int], column: int) -> bool:
    found = [grid.cells[row, column] for row in rows if (row, column) in grid.cells]
    values = [number for text in found if (number := whole_number(text.rstrip(".)"))) is not None]
    # each number is one more than the last, or begins again
    steps = pairwise(values)
    return len(values) == len(found) and all(b in {a + 1, 1} for a, b in steps)


def _kind_of_row(grid: Grid, shape: _Shape, row: int, after_data: bool) -> str:
    filled = grid.row(row)
    if not filled:
        return "blank"
    inside = {c: text for c, text in filled.items() if c >= shape.stub}
    if not inside:
        return "text"
    if len(inside) == len(filled) and all(_is_letters(text, len(shape.columns)) for text in inside.values()):
        return "letters"
    kinds = {c: shape.cells[row, c].kind for c in inside}
    numbers = [c for c, kind in kinds.items() if kind in {"number", "pair", "none"}]
    plain = [c for c in numbers if not looks_like_header(inside[c])]
    label = " ".join(text for c, text in filled.items() if c < shape.stub)
    if _is_base(label) and numbers:
        return "data"
    if len(plain) * 2 > len(inside) or (numbers and not plain and after_data and label):
        return "data"
    if plain and not _spans_all(grid, shape, row):
        # a row of classes with one bare number among them is a header, a row of numbers with a remark is not
        return "header" if any(kinds[c] == "words" for c in inside) and not label else "data"
    return "header"


def _is_letters(text: str, columns: int) -> bool:
    """Letters of columns, or of those that a test sets apart: a, BC, c/d; in order, no further than columns."""
    letters = re.sub(r"[\s/,.*()]", "", text)
    low = letters.lower()
    return (
        bool(low)
        and low.isascii()
        and low.isalpha()
        and letters in {low, letters.upper()}
        and list(low) == sorted(set(low))
        and ord(low[-1]) - ord("a") <= columns
    )


def _spans_all(grid: Grid, shape: _Shape, row: int) -> bool:
    return any(r0 <= row <= r1 and c1 - c0 + 1 >= len(shape.columns) > 1 for r0, c0, r1, c1 in grid.spans)


def _is_base(label: str) -> bool:
    plain = re.sub(r"\s+", " ", label.strip().lower()).strip("*:. ")
    if not plain:
        return False
    # a size that is called (n), such as "respondents (n)"
    if is_word(plain, "base") or is_word(re.sub(r"\s*\(n\)$", "", plain), "base"):
        return True
    stripped = plain
    for word in sorted((*words()["unweighted"], *words()["weighted"]), key=len, reverse=True):
        stripped = re.sub(rf"\(?\b{re.escape(word)}\b\)?", " ", stripped)
    stripped = re.sub(r"\s+", " ", stripped).strip(" ()-:,")
    if stripped != plain and (
        not stripped or is_word(stripped, "base") or is_word(stripped, "total") or is_word(stripped, "count")
    ):
        return True
    return re.match(r"(?:base|basis|base size|sample size|\(?n\)?)\s*[:=(\-–]", stripped or plain) is not None


def _weighting_of(label: str) -> str:
    plain = label.lower()
    if any(re.search(rf"\b{re.escape(word)}\b", plain) for word in words()["unweighted"]):
        return "no"
    if any(re.search(rf"\b{re.escape(word)}\b", plain) for word in words()["weighted"]):
        return "yes"
    return ""


# --- headers


def _header_paths(grid: Grid, shape: _Shape, rows: Sequence[int]) -> dict[int, list[str]]:
    """For each column of numbers the header texts above it, top down, merged cells filled."""
    filled: dict[tuple[int, int], str] = {}
    spanned = set()
    for r0, c0, r1, c1 in grid.spans:
        text = grid.cells.get((r0, c0), "")
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                filled[r, c] = text
                spanned.add((r, c))
    for row in rows:
        for c in range(shape.stub, grid.width):
            if (row, c) in grid.cells:
                filled[row, c] = grid.cells[row, c]
    last = rows[-1] if rows else -1
    for place, row in enumerate(rows[:-1]):
        below = rows[place + 1 :]
        current = ""
        for c in range(shape.stub, grid.width):
            own = filled.get((row, c), "")
            if own:
                # a text that stands over an empty cell in all rows below is a column of its own
                current = own if any((r, c) in grid.cells for r in below) or (row, c) in spanned else ""
                continue
            if c not in shape.columns:
                current = ""  # a spacer column ends a banner
            elif current and (last, c) in filled:
                filled[row, c] = current
    return {c: [text for row in rows if (text := filled.get((row, c), ""))] for c in shape.columns}


def _columns(
    grid: Grid, shape: _Shape, rows: Sequence[int], table: WideTable
) -> tuple[dict[int, Column], list[WideNumber]]:
    paths = _header_paths(grid, shape, rows)
    common = [text for text in paths[shape.columns[0]] if all(text in path for path in paths.values())]
    common = common if len(shape.columns) > 1 else []
    # one head over all columns names their banner, when they have no other
    heads = [text for text in common if len(text) <= 30 and not measure_of_words(text) and "%" not in text]
    alone = all(len(_distinct(t for t in path if t not in common)) <= 1 for path in paths.values())
    name = heads[-1:] if alone and not any(is_wave(t) or begins_total(t) for t in heads[-1:]) else []
    north = _north(grid, shape, rows, paths)
    found: dict[int, Column] = {}
    banner, before = 1, None
    for c in shape.columns:
        if before is not None and c - before > 1 and all((row, before + 1) not in grid.cells for row in rows):
            banner += 1
        before = c
        path = _distinct([*name, *(text for text in paths[c] if text not in common)])
        plain = [text for text in path if text not in {"N", "n"} or c not in north]
        found[c] = replace(_column(plain, banner, _measures(common)), path=tuple(path))
        if c in north:
            level = path[-1]
            found[c] = replace(_crossed([*(t for t in plain if not begins_total(t)), level], banner), path=tuple(path))
    _nest(found)
    _call_total(grid, found, table)
    bases = [number for c, column in found.items() for number in _bases_in_header(grid, rows, c, column)]
    _keep_apart(found, table)
    for column in found.values():
        for domain, level, label in column.labels:
            table.levels.setdefault((domain, level), label)
    return found, bases


def _north(grid: Grid, shape: _Shape, rows: Sequence[int], paths: Mapping[int, Sequence[str]]) -> set[int]:
    """Columns headed N that are a level: beside another point of the compass, or over shares, which are no counts."""
    found = {c for c, path in paths.items() if path and path[-1] in {"N", "n"}}
    if len(found) != 1:
        return set()
    (c,) = found
    beside = {path[-1] for k, path in paths.items() if k != c and path}
    cells = [
        grid.cells[r, c] for r in range(rows[-1] + 1, grid.height) if shape.cells.get((r, c), _NOTHING).kind == "number"
    ]
    shares = [text for text in cells if "%" in text or _has_decimals(text)]
    compass = paths[c][-1] == "N" and bool(beside & {"S", "Z", "E", "O", "W"})
    return found if compass or 2 * len(shares) > len(cells) else set()


def _call_total(grid: Grid, found: dict[int, Column], table: WideTable) -> None:
    """A column that stands alone beside banners and lies among the levels of each is their total, by any name."""
    domains: dict[str, list[int]] = {}
    for c, column in found.items():
        domains.setdefault(column.domain, []).append(c)
    lone = [cs[0] for name, cs in domains.items() if len(cs) == 1 and name.startswith("banner")]
    banners = [cs for cs in domains.values() if len(cs) > 1]
    if "" in domains or len(lone) != 1 or not banners or any(column.wave for column in found.values()):
        return
    among = tried = 0
    for row in range(grid.height):
        value = _value(grid.cells.get((row, lone[0]), ""))
        if value is None or looks_like_header(grid.cells[row, lone[0]]):
            continue
        for cs in banners:
            levels = [v for c in cs if (v := _value(grid.cells.get((row, c), ""))) is not None]
            if len(levels) > 1:
                tried += 1
                among += min(levels) <= value <= max(levels)
    if tried < 3 or 5 * among < 4 * tried:
        return
    head = found[lone[0]].labels[0][2]
    found[lone[0]] = replace(found[lone[0]], domain="", level="", labels=())
    table.questions.append(f"the column headed {head!r} is read as the total: it lies among the levels of each banner")


def _nest(found: dict[int, Column]) -> None:
    """The same levels under several heads: the heads are levels themselves, of a variable without a name."""
    inner: dict[str, set[str]] = {}
    for column in found.values():
        if len(column.labels) == 1 and not column.domain.startswith("banner"):
            inner.setdefault(column.domain, set()).add(column.level)
    nested = {a for a in inner for b in inner if a != b and (len(inner[a] & inner[b]) > 1 or inner[a] == inner[b])}
    for c, column in list(found.items()):
        head = next((text for text in column.path if slug(text) in nested), "")
        if not head:
            continue
        outer = ("banner", slug(head), head)
        if not column.domain:
            found[c] = replace(column, domain="banner", level=slug(head), labels=(outer,))
        elif column.domain == slug(head):
            words_ = column.labels[0][2]
            found[c] = replace(
                column,
                domain=f"banner{CROSS}within",
                level=f"{slug(head)}{CROSS}{column.level}",
                labels=(outer, ("within", column.level, words_)),
            )


def _distinct(texts: Iterable[str]) -> list[str]:
    found: list[str] = []
    for text in texts:
        if not found or found[-1] != text:
            found.append(text)
    return found


def _measures(texts: Iterable[str]) -> str:
    found = ""
    for text in texts:
        found = measure_of_words(text) or found
    return found


def measure_of_words(text: str) -> str:
    """The kind of number that a header or a label names; empty where it names none."""
    plain = text.strip()
    for name in ("percentage", "count", "mean", "median", "standard_error", "margin_of_error", "points"):
        if is_word(plain, name):
            return name
    if is_word(plain, "deviation"):
        return "number"
    return ""


def _column(path: Sequence[str], banner: int, measure: str) -> Column:
    """Read a header path: measures and waves are taken out; what is left is a banner and its level."""
    wave, weighted, rest = "", "", list[str]()
    for text in path:
        plain = unmarked(_BASE_IN_TEXT.sub("", text).strip(" ,;:") or text)
        own = measure_of_words(plain) or _two_measures(plain)
        if is_word(plain, "interval"):
            return Column("interval", slug(plain), measure="number", labels=(("interval", slug(plain), plain),))
        if own or _unit_only(plain):
            measure = own or measure
            weighted = _weighting_of(plain) or weighted
            continue
        if _is_base(plain) and not is_word(plain, "total"):
            measure, weighted = RESPONDENTS, _weighting_of(plain)
            continue
        match = _UNIT_BEHIND.fullmatch(plain)
        if match and len(match["label"].strip(" ,:(")) > 1:
            unit = match["sign"] or match["unit"]
            measure, plain = measure_of_words(unit), match["label"].strip(" ,:(")
        if is_wave(plain):
            wave = plain
            continue
        rest.append(plain)
    levels = [text for text in rest if not begins_total(text)]
    if len(levels) == len(rest) and len(rest) == 0:
        return Column(wave=slug(wave) if wave else "", measure=measure, weighted=weighted)
    total = bool(rest) and begins_total(rest[-1])
    if total or not levels:
        # the total under a banner is the total; under a level of an outer banner it is that level
        outer = levels if len(levels) > 1 or (levels and not total) else []
        if total and len(levels) >= 2:
            outer = levels
        return replace(_crossed(outer, banner), wave=slug(wave) if wave else "", measure=measure, weighted=weighted)
    return replace(_crossed(levels, banner), wave=slug(wave) if wave else "", measure=measure, weighted=weighted)


def _two_measures(text: str) -> str:
    """The first measure of a head such as n (%), Mean (SD) or % (95% CI), whose cells hold two numbers."""
    match = re.fullmatch(r"(?P<first>[^()]+)\((?P<second>[^()]+)\)", text)
    if match is None or not (measure_of_words(match["second"]) or is_word(match["second"], "interval")):
        return ""
    return measure_of_words(match["first"])


def begins_total(text: str) -> bool:
    """Tell whether a header names the total."""
    plain = re.sub(r"\s*\(.*\)$", "", unmarked(text).lower()).strip(" :*")
    return plain in words()["total"]


def _unit_only(text: str) -> bool:
    return re.fullmatch(r"\(?\s*(?:in\s)?%\s*\)?|\(?[nN]\)?", text.strip()) is not None


def is_wave(text: str) -> bool:
    """Tell whether a header names a moment: a year, a quarter, a month with its year, a wave."""
    plain = unmarked(text).lower()
    if _YEAR.fullmatch(plain) or re.fullmatch(r"(?:19|20)\d\d\s?[-/–]\s?(?:(?:19|20)?\d\d)", plain):
        return True
    if re.fullmatch(
        r"(?:q[1-4]|[1-4]q|h[12]|t[1-4]|k[1-4])[\s-]?(?:19|20)\d\d|(?:19|20)\d\d[\s-]?(?:q[1-4]|h[12]|t[1-4]|k[1-4])",
        plain,
    ):
        return True
    parts = re.findall(r"\w+", plain)
    if parts and parts[0] in words()["wave"] and len(parts) <= 3 and any(p.isdigit() for p in parts):
        return True
    named = [p for p in parts if p in words()["month"]]
    return bool(named) and any(_YEAR.fullmatch(p) for p in parts) and len(parts) <= 3


def _crossed(levels: Sequence[str], banner: int) -> Column:
    if not levels:
        return Column()
    if len(levels) == 1:
        name = "banner" if banner == 1 else f"banner-{banner}"
        return Column(name, slug(levels[0]), labels=((name, slug(levels[0]), levels[0]),))
    if len(levels) == 2:
        domain, level = slug(levels[0]), slug(levels[1])
        return Column(domain, level, labels=((domain, level, levels[1]),))
    # banner, level, banner, level: two variables crossed; an odd number leaves the inner variable without a name
    pairs = [(slug(levels[i]), levels[i + 1]) for i in range(0, len(levels) - 1, 2)]
    if len(levels) % 2:
        pairs.append((f"{pairs[-1][0]}-within", levels[-1]))
    domain = CROSS.join(name for name, _ in pairs)
    level = CROSS.join(slug(words_) for _, words_ in pairs)
    return Column(domain, level, labels=tuple((name, slug(words_), words_) for name, words_ in pairs))


def _bases_in_header(grid: Grid, rows: Sequence[int], column: int, about: Column) -> Iterator[WideNumber]:
    for row in rows:
        text = grid.cells.get((row, column), "")
        match = _BASE_IN_TEXT.search(text)
        wide = any(r0 <= row <= r1 and c0 <= column <= c1 and c1 > c0 for r0, c0, r1, c1 in grid.spans)
        if match and not wide:
            yield WideNumber(
                RESPONDENTS,
                "count",
                match["number"].strip(),
                grid.where(row, column),
                domain=about.domain,
                level=about.level,
                wave=about.wave,
                weighted=_weighting_of(text),
                mark="in words",
            )


def _keep_apart(found: dict[int, Column], table: WideTable) -> None:
    """Two columns that say the same of themselves are told apart by a number, and asked about."""
    seen: dict[tuple[str, ...], int] = {}
    for c, column in list(found.items()):
        key = (column.domain, column.level, column.wave, column.measure, column.weighted)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1 and column.domain:
            level = f"{column.level}-{seen[key]}"
            *kept, (domain, _, label) = column.labels
            levels = column.level.split(CROSS)
            levels[-1] = f"{levels[-1]}-{seen[key]}"
            found[c] = replace(
                column, level=CROSS.join(levels), labels=(*kept, (domain, levels[-1], f"{label} ({seen[key]})"))
            )
            table.questions.append(f"two columns are headed {label!r}; the second is called {level}")


# --- tables

_Cell = tuple[int, Column, CellText, str]


@dataclass(slots=True)
class _Block:
    """Numbers under one header, with the sections that their rows stand in."""

    title: str
    sheet: str
    heading: str  # what stands first above
    rows: list[tuple[str, str, str, int, list[_Cell]]] = field(default_factory=list)
    header_bases: list[WideNumber] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


def read_wide(grids: Sequence[Grid]) -> WideTable:
    """Read the tables of a file."""
    table = WideTable(marks=marks_of(grids))
    known = frozenset(table.marks)
    blocks: list[_Block] = []
    for grid in grids:
        rearranged = turned(replace(grid, marks=known))
        if rearranged.turned is not None:
            texts = set(rearranged.cells.values())
            stub = shape.stub if (shape := _shape(grid)) is not None else 0
            table.labelled |= {grid.where(r, c) for (r, c), text in grid.cells.items() if c < stub and text in texts}
            table.questions.append(f"sheet {grid.name}: its rows are read as groups or moments, its heads as answers")
        blocks += _blocks(rearranged, table)
    for block in blocks:
        _split_equal_columns(block, table)
        _call_counts(block)
        _part_banners(block, table)
    _name_banners(blocks, table)
    _write(blocks, table)
    headings = {block.heading for block in blocks}
    # tables of which each has a heading of its own are a document whose title stands elsewhere
    heading = headings.pop() if len(headings) == 1 else ""
    table.title = heading if len(heading) <= _TITLE else ""
    return table


def _blocks(grid: Grid, table: WideTable) -> Iterator[_Block]:  # noqa: PLR0912, PLR0915 - one walk down the rows
    shape = _shape(grid)
    if shape is None:
        table.questions.append(f"sheet {grid.name} holds no numbers and is not read")
        return
    block: _Block | None = None
    columns: dict[int, Column] = {}
    headers: list[int] = []
    pending: list[str] = []
    section, unit, carried = "", "", [""] * shape.stub
    after_data, said = False, ""
    for row in range(grid.height):
        kind = _kind_of_row(grid, shape, row, after_data)
        if kind == "blank":
            after_data = False
            continue
        if kind == "text":
            table.labelled |= {grid.where(row, c) for c in grid.row(row)}
            words_ = " ".join(text for c, text in sorted(grid.row(row).items()))
            if _is_base(words_) and re.search(r"[:–-]\s*\w", words_):
                said = words_  # who a section is about, without a number
            else:
                pending.append(words_)
            after_data = False
            continue
        if kind == "letters":
            where_ = {c: grid.where(row, c) for c in grid.row(row)}
            table.labelled |= set(where_.values())
            table.letters += [(where_[c], text) for c, text in grid.row(row).items()]
            continue
        if kind == "header":
            if block is not None and block.rows:
                yield block
                block, headers = None, []
            elif not headers:
                block = None
            headers.append(row)
            table.labelled |= {grid.where(row, c) for c in grid.row(row)}
            after_data = False
            continue
        if headers and (block is None or not block.rows) and columns is not None:
            corner = [grid.cells[r, c] for r in headers for c in range(shape.stub) if (r, c) in grid.cells]
            between = [text for text in pending if text]
            columns, bases = _columns(grid, shape, headers, table)
            # what stands above the header is the title; what stands between header and numbers, a section
            above = _above(grid, shape, headers[0])
            block = _Block(_title(above), grid.name, _heading(above), header_bases=bases, texts=[*above, *corner])
            section = next((t for t in reversed(between) if t not in above), "") or _question(corner)
            pending, headers, unit, carried = [], [], "", [""] * shape.stub
        elif block is None:
            columns = {
                c: Column() if len(shape.columns) == 1 else _crossed([f"column {address(0, c)[:-1]}"], 1)
                for c in shape.columns
            }
            for column in columns.values():
                for domain, level, label in column.labels:
                    table.levels.setdefault((domain, level), label)
            block = _Block(_title(pending), grid.name, _heading(pending), texts=list(pending))
            section, pending = "", []
            if len(columns) > 1:
                table.questions.append(f"{grid.where(row, shape.columns[0])}: no heads stand over these columns")
        elif pending:
            section, pending = pending[-1], []
            unit, carried = "", [""] * shape.stub
        if said:
            block.rows.append((section, said, "", 0, []))
            said = ""
        label, unit, carried = _label(grid, shape, row, carried)
        after_data = True
        indent = max((grid.indents.get((row, c), 0) for c in range(shape.stub)), default=0)
        cells = []
        for c in range(shape.stub, grid.width):
            text = grid.cells.get((row, c), "")
            if not text:
                continue
            where, cell = grid.where(row, c), shape.cells[row, c]
            if c not in columns or cell.kind == "words":
                table.unread.append((where, text))
            elif cell.kind == "none":
                table.empty.append((where, text))
                cells.append((c, columns[c], CellText("none", text), where))
            else:
                cells.append((c, columns[c], cell, where))
        for c in range(shape.stub):
            text = grid.cells.get((row, c), "")
            table.labelled.add(grid.where(row, c))
            if text and shape.cells[row, c].kind == "number" and not looks_like_header(text) and c < shape.stub - 1:
                table.enumerations.append((grid.where(row, c), text))
            elif text and shape.cells[row, c].kind == "number" and "%" in text and not looks_like_header(text):
                table.labelled.discard(grid.where(row, c))  # a share among the labels is no label
                table.unread.append((grid.where(row, c), text))
        block.rows.append((section, label, unit, indent, cells))
    for row in headers:  # what looks like a header and has nothing below it may hold numbers
        for c, text in grid.row(row).items():
            if c >= shape.stub and re.search(r"\d", text):
                table.labelled.discard(grid.where(row, c))
                table.unread.append((grid.where(row, c), text))
    if block is not None and block.rows:
        yield block


def _above(grid: Grid, shape: _Shape, header: int) -> list[str]:
    found = []
    for row in range(header - 1, -1, -1):
        filled = grid.row(row)
        if not filled:
            continue
        if any(c >= shape.stub for c in filled):
            break
        found.append(" ".join(filled.values()))
    return list(reversed(found))


def _title(texts: Sequence[str]) -> str:
    found = [text for text in texts if not begins(text, "note") and not _is_base(text)]
    return found[-1] if found else ""


def _heading(texts: Sequence[str]) -> str:
    """The first line above a table, where the title of a document stands."""
    found = [text for text in texts if not begins(text, "note") and not _is_base(text)]
    return " ".join(found[0].split()) if found else ""


def _question(corner: Sequence[str]) -> str:
    """A corner that asks or numbers a question opens a section; other corners name the rows or nothing."""
    return next((text for text in corner if "?" in text or re.match(r"[A-Za-z]{1,3}\d+[a-z]?[.:)\s]", text)), "")


def _label(grid: Grid, shape: _Shape, row: int, carried: Sequence[str]) -> tuple[str, str, list[str]]:
    """Words of a row over its columns of labels; empty ones take what stands above them."""
    own = [grid.cells.get((row, c), "") for c in range(shape.stub)]
    for r0, c0, r1, _ in grid.spans:
        if r0 < row <= r1 and c0 < shape.stub:
            own[c0] = own[c0] or grid.cells.get((r0, c0), "")
    numbers = [c for c, text in enumerate(own) if text and read_cell(text).kind == "number" and c < shape.stub - 1]
    unit = next((measure_of_words(text) for text in own if measure_of_words(text) in {"percentage", "count"}), "")
    units = [c for c, text in enumerate(own) if c and measure_of_words(text) in {"percentage", "count"}]
    kept = [text for c, text in enumerate(own) if c not in units and c not in numbers]
    if not any(kept):
        found = [text for c, text in enumerate(carried) if text and c not in units and c not in numbers]
        return " ".join(found), unit, list(carried)
    filled, fresh = list(own), False
    for c in range(shape.stub):
        if own[c] and c not in units:
            fresh = True
        elif not own[c] and not fresh and c < shape.stub - 1 and c not in units:
            filled[c] = carried[c]
    label = " ".join(text for c, text in enumerate(filled) if text and c not in units and c not in numbers)
    return label, unit if units or len(kept) > 1 else "", filled


# --- rows of the data dictionary


def _write(blocks: Sequence[_Block], table: WideTable) -> None:
    named = _prefixes(blocks)
    based = _bases_of(blocks, named, table)
    taken: dict[str, tuple[int, str, str]] = {}
    for number, (block, prefix) in enumerate(zip(blocks, named, strict=True)):
        _write_block(number, block, prefix, table, taken=taken, bases=based[number])


def _prefixes(blocks: Sequence[_Block]) -> list[str]:
    """Blocks whose rows would be taken for each other's, though they print other numbers, carry their titles."""
    seen: dict[tuple[str, str, str, str, str], list[tuple[int, str]]] = {}
    for number, block in enumerate(blocks):
        for section, label, unit, _, cells in block.rows:
            for _, column, cell, _ in _numbers(cells):
                key = (
                    slug(section) if section else "",
                    slug(label),
                    unit or column.measure,
                    f"{column.domain}={column.level}",
                    column.wave,
                )
                if not _is_base(label):
                    seen.setdefault(key, []).append((number, cell.number))
    clash: set[int] = set()
    for places in seen.values():
        if len({number for number, _ in places}) > 1 and len({text for _, text in places}) > 1:
            clash |= {number for number, _ in places}
    same = Counter(block.title for block in blocks)
    found = []
    for number, block in enumerate(blocks):
        words_ = block.title if block.title and same[block.title] == 1 else f"{block.sheet} {block.title}".strip()
        if number in clash and sum(slug(b.sheet) == slug(words_) for b in blocks) > 1:
            words_ = f"{words_} {number + 1}"
        found.append(slug(words_) if number in clash else "")
    return found


def _split_equal_columns(block: _Block, table: WideTable) -> None:
    """Columns that say the same of themselves and print other numbers are not one: the later has a level of its own."""
    texts: dict[int, dict[int, str]] = {}
    columns: dict[int, Column] = {}
    for place, (_, _, _, _, cells) in enumerate(block.rows):
        for c, column, cell, _ in cells:
            if cell.kind != "none":
                texts.setdefault(c, {})[place] = cell.number
            columns[c] = column
    first: dict[tuple[str, ...], int] = {}
    for c, column in columns.items():
        key = (column.domain, column.level, column.wave, column.measure, column.weighted)
        start = first.setdefault(key, c)
        if start == c or all(texts.get(start, {}).get(place, text) == text for place, text in texts.get(c, {}).items()):
            continue
        words_ = " ".join(column.path) or f"column {c + 1}"
        new = replace(column, domain=f"{slug(words_)}-apart", level="total", labels=())
        table.levels.setdefault((new.domain, "total"), words_)
        table.questions.append(f"two columns print different totals; the one headed {words_!r} is kept apart")
        block.rows = [
            (section, label, unit, indent, [(k, new if k == c else col, cell, where) for k, col, cell, where in cells])
            for section, label, unit, indent, cells in block.rows
        ]


def _replace_columns(block: _Block, new: Mapping[int, Column]) -> None:
    block.rows = [
        (section, label, unit, indent, [(c, new.get(c, column), cell, where) for c, column, cell, where in cells])
        for section, label, unit, indent, cells in block.rows
    ]


def _call_counts(block: _Block) -> None:
    """Sizes beside percentages are counts where they are these percentages of one number, whatever their head says."""
    sizes: dict[tuple[str, str, str, str], int] = {}
    shares: dict[tuple[str, str, str, str], int] = {}
    values: dict[tuple[int, int], Decimal] = {}
    columns: dict[int, Column] = {}
    for place, (_, label, _, _, cells) in enumerate(block.rows):
        for c, column, cell, _ in _numbers(cells):
            value = _value(cell.number)
            if value is None or _is_base(label) or begins_total(label):
                continue
            about = (column.domain, column.level, column.wave, column.group)
            (sizes if column.measure == RESPONDENTS else shares).setdefault(about, c)
            values[place, c], columns[c] = value, column
    fits = tried = 0
    for about, c in sizes.items():
        beside = shares.get(about)
        if beside is None or columns[beside].measure not in {"", "percentage"}:
            continue
        rows = [
            (values[place, c], values[place, beside])
            for place in range(len(block.rows))
            if (place, c) in values and values.get((place, beside), 0) > 0
        ]
        ratios = sorted(size / share for size, share in rows)
        if len({share for _, share in rows}) < 3:
            continue
        for size, share in rows:
            half = Decimal(5).scaleb(int(share.as_tuple().exponent) - 1) if share != int(share) else Decimal("0.5")
            tried += 1
            fits += abs(size - share * ratios[len(ratios) // 2]) <= half * ratios[len(ratios) // 2] * 2 + 1
    if tried and 5 * fits >= 4 * tried:
        _replace_columns(
            block,
            {c: replace(column, measure="count") for c, column in columns.items() if column.measure == RESPONDENTS},
        )


def _part_banners(block: _Block, table: WideTable) -> None:
    """Levels beside each other without a name are several variables where their sizes add to the total run by run."""
    for _, label, _, _, cells in block.rows:
        if not _base_row(label, cells):
            continue
        sizes = _sizes_of(label, cells)[0]
        found = [(c, column, _value(cell.number)) for c, column, cell, _ in sizes]
        total = next((value for _, column, value in found if not column.domain), None)
        levels = [(c, column, value) for c, column, value in found if column.domain == "banner" and column.labels]
        if any(value is None for _, _, value in levels):
            continue
        known = {c: value for c, _, value in levels if value is not None}
        if total is None and (lone := _total_among(block, known)) is not None:
            total = known.pop(lone)
            column = next(column for c, column, _ in levels if c == lone)
            table.levels.pop(("banner", column.level), None)
            _replace_columns(block, {lone: replace(column, domain="", level="", labels=())})
            table.questions.append(f"the column headed {column.labels[0][2]!r} is read as the total: sizes add to it")
        runs = _runs(known, total)
        if len(runs) < 2:
            continue
        named = {c: f"banner-{k}" for k, run in enumerate(runs, 1) for c in run if k > 1}
        if set(named.values()) & {domain for domain, _ in table.levels}:
            continue
        at = {column.level: named[c] for c, column, _ in levels if c in named}
        new = {
            c: replace(column, domain=at[column.level], labels=((at[column.level], *column.labels[0][1:]),))
            for _, _, _, _, row in block.rows
            for c, column, _, _ in row
            if column.domain == "banner" and column.level in at
        }
        for column in new.values():
            (domain, level, words_), *_ = column.labels
            table.levels.pop(("banner", level), None)
            table.levels[domain, level] = words_
        _replace_columns(block, new)
        table.questions.append(
            f"the sizes in {label!r} add to the total {len(runs)} times, so that its heads are read as "
            f"{len(runs)} banners"
        )
        return


def _runs(sizes: Mapping[int, Decimal], total: Decimal | None) -> list[list[int]]:
    """Columns beside each other whose sizes add to the total, run by run; none where some are left over."""
    runs: list[list[int]] = [[]]
    added = Decimal(0)
    for c, value in sizes.items():
        runs[-1].append(c)
        added += value
        if added == total:
            runs, added = [*runs, []], Decimal(0)
    return [] if added or not sizes or min(map(len, runs[:-1])) < 2 else runs[:-1]


def _total_among(block: _Block, sizes: Mapping[int, Decimal]) -> int | None:
    """The first or last column, where the sizes of the others add to its own and its figures lie among theirs."""
    for lone in dict.fromkeys((*list(sizes)[:1], *list(sizes)[-1:])):
        runs = _runs({c: value for c, value in sizes.items() if c != lone}, sizes[lone])
        among = tried = 0
        for _, _, _, _, cells in block.rows:
            row = {c: value for c, _, cell, _ in _numbers(cells) if (value := _value(cell.number)) is not None}
            for run in runs:
                levels = [row[c] for c in run if c in row]
                # a row of sizes says nothing: these were asked already
                if lone in row and len(levels) == len(run) and row[lone] != sum(levels):
                    tried += 1
                    among += min(levels) <= row[lone] <= max(levels)
        if tried >= 4 and 5 * among >= 4 * tried:
            return lone
    return None


def _name_banners(blocks: Sequence[_Block], table: WideTable) -> None:
    """Banners without a name in several tables are one where they share a level, and are numbered apart else."""
    known: dict[str, set[str]] = {}
    for block in blocks:
        levels: dict[str, dict[str, Column]] = {}
        for _, _, _, _, cells in block.rows:
            for _, column, _, _ in cells:
                if re.fullmatch(r"banner(?:-\d+)?", column.domain) and len(column.labels) == 1:
                    levels.setdefault(column.domain, {})[column.level] = column
        named: dict[str, str] = {}
        for domain, found in levels.items():
            free = [name for name in known if name not in named.values()]
            same = next((name for name in free if known[name] & set(found)), "")
            taken = {*known, *named.values()}
            numbers = (f"banner-{k}" if k > 1 else "banner" for k in range(1, len(taken) + 2))
            named[domain] = same or (domain if domain not in taken else next(n for n in numbers if n not in taken))
            known.setdefault(named[domain], set()).update(found)
        new = {
            column: replace(column, domain=named[domain], labels=((named[domain], *column.labels[0][1:]),))
            for domain, found in levels.items()
            for column in {c for _, _, _, _, cells in block.rows for _, c, _, _ in cells if c.domain == domain}
            if named[domain] != domain and len(column.labels) == 1
        }
        block.rows = [
            (
                section,
                label,
                unit,
                indent,
                [(c, new.get(column, column), cell, where) for c, column, cell, where in row],
            )
            for section, label, unit, indent, row in block.rows
        ]
        block.header_bases = [replace(n, domain=named.get(n.domain, n.domain)) for n in block.header_bases]
    used = {(c.domain, c.level) for block in blocks for *_, cells in block.rows for _, c, _, _ in cells}
    words_ = {label: text for (_, label), text in table.levels.items()}
    loose = [key for key in table.levels if re.fullmatch(r"banner(?:-\d+)?", key[0]) and key not in used]
    fresh = {
        key: words_.get(key[1], key[1])
        for key in dict.fromkeys(k for k in _levels_in_order(blocks) if k not in table.levels)
    }
    for key in loose:
        table.levels.pop(key)
    table.levels |= fresh


def _levels_in_order(blocks: Sequence[_Block]) -> Iterator[tuple[str, str]]:
    for block in blocks:
        for _, _, _, _, cells in block.rows:
            for _, column, _, _ in cells:
                if re.fullmatch(r"banner(?:-\d+)?", column.domain) and len(column.labels) == 1:
                    yield column.domain, column.level


def _write_block(
    number: int,
    block: _Block,
    prefix: str,
    table: WideTable,
    *,
    taken: dict[str, tuple[int, str, str]],
    bases: Sequence[str],
) -> None:
    percent = any(
        re.search(r"%|\bper ?cent|procent|prozent|pourcent|porcent", text, re.IGNORECASE)
        for text in [*block.texts, block.title]
    )
    default = _default_kind(block, percent)
    table.numbers += block.header_bases
    own_sizes = _sizes_differ(block)
    previous: tuple[str, str] | None = None
    for place, (section, label, unit, indent, cells) in enumerate(block.rows):
        base = bases[place]
        if _base_row(label, cells):
            weighted = _weighting_of(label)
            sizes, hundreds = _sizes_of(label, cells)
            for _, column, cell, where in sizes if hundreds else cells:
                table.numbers.append(
                    WideNumber(
                        RESPONDENTS,
                        "count",
                        cell.number,
                        where,
                        base,
                        weighted or column.weighted,
                        column.domain,
                        column.level,
                        column.wave,
                        column.group,
                        cell.mark,
                        label,
                    )
                )
            for _, column, cell, where in hundreds:
                about = (column.domain, column.level, column.wave, column.group)
                item = ".".join(filter(None, (prefix, slug(section) if section else "", slug(label))))
                table.labels.setdefault(item, label)
                table.numbers.append(
                    WideNumber(item, "percentage", cell.number, where, base, "", *about, cell.mark, label)
                )
            continue
        item = ".".join(filter(None, (prefix, slug(section) if section else "", slug(label) if label else "row")))
        if not label and cells:
            table.questions.append(f"{cells[0][3]}: a row has no label")
        again = previous == (section, label)
        item = _unique(item, (number, section, label), taken, place, again)
        previous = (section, label)
        table.labels.setdefault(item, unmarked(label or section))
        table.depths.setdefault(item, indent)
        if own_sizes:  # a size beside each row is that of its own base
            base = item
            table.bases.setdefault(item, label or section)
        own = measure_of_words(label) or _beginning(label)
        usual = _row_kind(block, place, default)
        rounded = "yes" if usual == "count" and _in_thousands(f"{label} {block.title}") else ""
        for _, column, cell, where in cells:
            for text, kind in _readings(cell, column, own=own, unit=unit, default=usual, again=again):
                if column.measure == RESPONDENTS and not _has_decimals(text) and kind != "percentage":
                    table.numbers.append(
                        WideNumber(
                            RESPONDENTS,
                            "count",
                            text,
                            where,
                            base,
                            column.weighted,
                            column.domain,
                            column.level,
                            column.wave,
                            column.group,
                            cell.mark,
                            label,
                        )
                    )
                    if not own_sizes:
                        table.questions.append(
                            f"{where}: a column of bases beside {label!r} is read as its respondents"
                        )
                    continue
                table.numbers.append(
                    WideNumber(
                        item,
                        kind,
                        text,
                        where,
                        base,
                        column.weighted or rounded,
                        column.domain,
                        column.level,
                        column.wave,
                        column.group,
                        cell.mark,
                        label,
                    )
                )


def _beginning(label: str) -> str:
    for name in ("mean", "median", "standard_error", "margin_of_error"):
        if begins(label, name):
            return name
    return "number" if begins(label, "deviation") else ""


def _readings(
    cell: CellText, column: Column, *, own: str, unit: str, default: str, again: bool
) -> Iterator[tuple[str, str]]:
    texts = [cell.number, cell.second] if cell.kind == "pair" else [cell.number]
    for place, text in enumerate(texts):
        if re.search(r"%|per ?cent|procent|prozent|pour cent|por ciento", text, re.IGNORECASE):
            kind = "margin_of_error" if _is_margin(text) else "percentage"
        elif cell.kind == "pair":
            kind = _kind_in_pair(texts, place, column, own=own, default=default)
        elif _is_margin(text):
            kind = "margin_of_error"
        elif own and own not in {"percentage", "count"}:
            kind = own
        elif unit or column.measure:
            kind = unit or column.measure
            kind = "count" if kind == RESPONDENTS else kind
        elif again and default == "count":
            kind = "percentage"
        else:
            kind = default
        yield text, "number" if kind == "count" and _has_decimals(text) else kind


def _is_margin(text: str) -> bool:
    return re.match(r"±|\+/?[-−–]", text) is not None


def _kind_in_pair(texts: Sequence[str], place: int, column: Column, *, own: str, default: str) -> str:
    """What a number is that shares its cell with another: 45 (12%), 71.4 (±1.7), a mean (standard deviation)."""
    text, other = texts[place], texts[1 - place]
    if _is_margin(text):
        return "margin_of_error"
    behind = next((m[1] for words_ in reversed(column.path) if (m := re.search(r"\(([^()]+)\)\s*$", words_))), "")
    inside = measure_of_words(behind)
    if place == 1:
        return inside or ("count" if "%" in other else "number" if own else "percentage")
    if "%" in other or (inside == "percentage" and not own):
        return "count"
    before = measure_of_words(re.sub(r"\([^()]*\)\s*$", "", column.path[-1])) if inside and column.path else ""
    return own or before or (default if _is_margin(other) or _has_decimals(text) else "count")


def _row_kind(block: _Block, place: int, default: str) -> str:
    """What the bare numbers of a row are: counts where percentages of the same row follow, or most exceed 100."""
    section, label, _, _, cells = block.rows[place]
    texts = [cell.number for _, _, cell, _ in _numbers(cells)]
    if default != "percentage" or any(_has_decimals(text) or re.search(r"[%<>±]", text) for text in texts):
        return default
    after = block.rows[place + 1] if place + 1 < len(block.rows) else None
    if after is not None and after[:2] == (section, label):
        follows = [cell.number for _, _, cell, _ in _numbers(after[4])]
        if follows and all("%" in text for text in follows):
            return "count"
    above = sum(_digits(text) > 100 for text in texts)
    return "count" if above * 2 > len(texts) or (above and _in_thousands(label)) else default


def _sizes_differ(block: _Block) -> bool:
    """Tell a column of sizes that differ from row to row: each row then has a base of its own."""
    sizes: dict[str, set[str]] = {}
    for _, _, _, _, cells in block.rows:
        for _, column, cell, _ in _numbers(cells):
            if column.measure == RESPONDENTS and not _has_decimals(cell.number):
                sizes.setdefault(f"{column.weighted} {column.domain}={column.level} {column.wave}", set()).add(
                    cell.number
                )
    return any(len(found) > 1 for found in sizes.values())


def _in_thousands(label: str) -> bool:
    """A count that is printed in thousands or millions is a rounded number."""
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", label.lower()) for word in words()["thousands"])


def _default_kind(block: _Block, percent: bool) -> str:
    """What bare numbers of a block are: percentages, unless they are all whole and some exceed 100."""
    if percent:
        return "percentage"
    texts = [
        cell.number
        for _, label, unit, _, cells in block.rows
        for _, column, cell, _ in _numbers(cells)
        if not unit
        and not column.measure
        and not _is_base(label)
        and not measure_of_words(label)
        and "%" not in cell.number
    ]
    whole = [text for text in texts if not re.search(r"[.,]\d{1,2}(?!\d)", text)]
    above = [text for text in whole if _digits(text) > 100]
    return "count" if texts and len(whole) == len(texts) and len(above) * 3 >= len(texts) else "percentage"


def _numbers(cells: Sequence[_Cell]) -> list[_Cell]:
    """Cells of a row that hold numbers, without those that hold marks."""
    return [cell for cell in cells if cell[2].kind != "none"]


def _has_decimals(text: str) -> bool:
    return re.search(r"[.,]\d{1,2}(?!\d)", text) is not None


def _is_hundred(text: str, column: Column) -> bool:
    """100%, beside the size of a base."""
    return re.fullmatch(r"100(?:[.,]0+)?\s?%?", text) is not None and (
        "%" in text or column.measure == "percentage" or _has_decimals(text)
    )


def _sizes_of(label: str, cells: Sequence[_Cell]) -> tuple[list[_Cell], list[_Cell]]:
    """Numbers of a row, and 100% beside each size in the row of a total: ``Total 1,204 100%``, ``1,204 (100%)``."""
    numbers = _numbers(cells)
    hundreds = [cell for cell in numbers if cell[2].kind == "number" and _is_hundred(cell[2].number, cell[1])]
    sizes = [cell for cell in numbers if cell not in hundreds]
    paired = [cell for cell in sizes if cell[2].kind == "pair"]
    alone = bool(paired) and not hundreds and len(paired) == len(sizes)
    if alone and all(_is_hundred(cell.second, column) for _, column, cell, _ in paired):
        hundreds = [(c, column, replace(cell, kind="number", number=cell.second), at) for c, column, cell, at in paired]
        sizes = [(c, column, replace(cell, kind="number", second=""), at) for c, column, cell, at in paired]
    elif len(hundreds) != len(sizes):
        return numbers, []
    everyone = begins_total(label) or _is_base(label) or _is_everyone(label.lower())
    return (sizes, hundreds) if everyone else (numbers, [])


def _digits(text: str) -> int:
    """The digits of a printed number alone; 0 where they are more than a number may have."""
    return whole_number(re.sub(r"\D", "", text)) or 0


def _base_row(label: str, cells: Sequence[_Cell]) -> bool:
    cells, hundreds = _sizes_of(label, cells)
    if hundreds and all(re.fullmatch(r"[\d.,'’ \u00a0\u202f]+", cell.number) for _, _, cell, _ in cells):
        return all(not _has_decimals(cell.number) for _, _, cell, _ in cells)
    if any("%" in cell.number or cell.kind == "pair" for _, _, cell, _ in cells):
        return False
    whole = all(not _has_decimals(cell.number) for _, _, cell, _ in cells)
    if _is_base(label):
        return whole
    large = any(_digits(cell.number) > 100 for _, _, cell, _ in cells)
    return begins_total(label) and whole and large and bool(cells)


def _unique(
    item: str, place: tuple[int, str, str], taken: dict[str, tuple[int, str, str]], row: int, again: bool
) -> str:
    """A second row of the same words in one block is another item, unless it directly continues the first."""
    name, times = item, 1
    while True:
        known = taken.get(name)
        if known is None:
            taken[name] = (place[0], f"{place[1]}\0{place[2]}", str(row))
            return name
        if known[0] != place[0] and known[1] == f"{place[1]}\0{place[2]}":
            return name  # the same row of another table
        if again and known[0] == place[0]:
            latest = [n for n, k in taken.items() if k[0] == place[0] and k[1] == known[1]]
            return latest[-1]
        times += 1
        name = f"{item}-{times}"


def _bases_of(blocks: Sequence[_Block], prefixes: Sequence[str], table: WideTable) -> list[list[str]]:
    """Name the base of each row: that of the base rows of its section, else the base of all.

    The first base that is printed is that of all, unless its words name another; a base with other sizes in the
    columns that both print is a base of its own.
    """
    whole: dict[tuple[str, str, str, str], str] = {}
    found = []
    for block, prefix in zip(blocks, prefixes, strict=True):
        sizes: dict[str, dict[tuple[str, str, str, str], str]] = {}
        labels: dict[str, str] = {}
        for section, label, _, _, cells in block.rows:
            if not _base_row(label, cells):
                continue
            weighted = _weighting_of(label)
            labels.setdefault(section, label)
            sizes.setdefault(section, {})
            for _, column, cell, _ in _sizes_of(label, cells)[0]:
                key = (weighted or column.weighted, column.domain, column.level, column.wave)
                sizes.setdefault(section, {}).setdefault(key, cell.number)
        named: dict[str, str] = {}
        for section, printed in sizes.items():
            about = re.search(r"[:–-]\s*(.+)$", labels[section])
            words_ = about[1].strip() if about else ""
            words_ = "" if _is_everyone(words_) or _weighting_of(words_) else words_
            shared = [key for key in printed if key in whole]
            same = bool(shared) and all(whole[key] == printed[key] for key in shared)
            if (not whole and not words_) or (same and not words_) or (whole and not shared and not words_):
                named[section] = WHOLE_BASE
                for key, text in printed.items():
                    whole.setdefault(key, text)
                continue
            name = slug(words_ or section or block.title or prefix or "base")
            table.bases.setdefault(name, words_ or section or block.title)
            named[section] = name
        # the base of a table without sections holds for its sections too
        outer = named.get("", WHOLE_BASE)
        found.append([named.get(section, outer) for section, *_ in block.rows])
    return found


def _is_everyone(text: str) -> bool:
    """All respondents, and not all of those who something holds for."""
    part = re.search(
        r"\b(?:who|that|which|using|users?|with|having|die|der|welche|met|gebruik\w*|qui|que|con|avec)\b", text
    )
    return begins_total(text) or (begins(text, "total") and part is None)


_Place = tuple[int, int]
_Texts = tuple[str, ...]


def turned(grid: Grid) -> Grid:
    """Set groups and moments that stand in rows over columns; a table that has them over columns stays as it is.

    A column of labels holds moments where all of them are years or waves; it holds groups where one of them is the
    total, no head is, and in most columns the total lies among its groups.  What is left in the rows are answers;
    where nothing is left, the heads are.
    """
    long = _long_rows(grid)
    if long is None:
        return grid
    combos: dict[_Texts, tuple[_Place, ...]] = {}
    lines: dict[_Texts, tuple[_Place, ...]] = {}
    placed: dict[tuple[_Texts, _Texts], _Place] = {}
    for row in long.rows:
        for c in long.columns:
            heads, origins = long.heads_of(row, c)
            label, places = long.label_of(row, c)
            combos.setdefault(heads, origins)
            lines.setdefault(label, places)
            if (label, heads) in placed:
                return grid  # two rows say the same of themselves: no long table
            if (row, c) in grid.cells:
                placed[label, heads] = (row, c)
    if 2 * len(placed) < len(lines) * len(combos):
        return grid
    source = {(place, 0): (row, min(grid.row(row))) for place, row in enumerate(long.above)}
    first, depth, stub = len(long.above), max(map(len, combos)), max(map(len, lines))
    for k, (heads, origins) in enumerate(combos.items(), stub):
        # a shorter path begins with its first head again
        source |= {(first + d, k): origins[max(0, d - depth + len(heads))] for d in range(depth)}
    for r, (label, places) in enumerate(lines.items(), first + depth):
        source |= {(r, c): place for c, place in enumerate(places)}
        found = ((k, placed.get((label, heads))) for k, heads in enumerate(combos, stub))
        source |= {(r, k): place for k, place in found if place}
    below = enumerate(long.below, first + depth + len(lines) + 1)
    source |= {(place, 0): (row, min(grid.row(row))) for place, row in below}
    cells = {key: grid.cells[origin] for key, origin in source.items() if origin in grid.cells}
    return Grid(grid.name, cells, (), {}, source, grid.marks)


@dataclass(frozen=True, slots=True)
class _LongRows:
    """Rows of numbers whose labels say, besides the answer, which moment or group they are of."""

    grid: Grid
    above: tuple[int, ...]  # rows of words over the heads
    below: tuple[int, ...]  # rows of words under the numbers
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    stub: int
    header: int  # the last row of heads
    labels: Mapping[_Place, _Place]  # where the label of a row stands, filled downwards
    sections: Mapping[int, _Place]  # words that a row stands under
    moments: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    title: _Place | None = None  # what rows of moments are about where the heads are groups

    @property
    def answers(self) -> tuple[int, ...]:
        """Columns of labels that are neither moments nor groups."""
        return tuple(c for c in range(self.stub) if c not in {*self.moments, *self.groups})

    @property
    def heads_stay(self) -> bool:
        """Whether heads stay over columns: without groups, or where they are measures."""
        if self.title is not None:
            return True
        named = all(measure_of_words(head) or _unit_only(head) for head in map(self.head, self.columns))
        return bool(self.answers) and (not self.groups or (named and len(self.columns) > 1))

    def head(self, column: int) -> str:
        """The last head of a column."""
        return self.grid.cells.get((self.header, column), "")

    def label(self, row: int, column: int) -> str:
        """The label of a row in a column of labels."""
        return self.grid.cells.get(self.labels[row, column], "")

    def heads_of(self, row: int, column: int) -> tuple[_Texts, tuple[_Place, ...]]:
        """Heads that a number gets, with their places."""
        found = [self.labels[row, c] for c in self.moments]
        own = [c for c in self.groups if not begins_total(self.label(row, c))]
        for c in own:
            if row in self.sections:
                found.append(self.sections[row])
            elif len(self.groups) > 1:
                found.append((self.header, c))
            found.append(self.labels[row, c])
        if self.groups and not own:
            found.append(self.labels[row, self.groups[0]])
        if self.heads_stay:
            found += _head_places(self.grid, self.header, column, self.stub)
        return self._texts(found)

    def label_of(self, row: int, column: int) -> tuple[_Texts, tuple[_Place, ...]]:
        """Label that a number gets, with the places of its words."""
        found = [self.labels[row, c] for c in self.answers]
        if not self.heads_stay and (not self.answers or len(self.columns) > 1):
            found.append((self.header, column))
        if self.title is not None:
            found.append(self.title)
        return self._texts(found)

    def have_groups_over_them(self) -> bool:
        """Whether one head is the total and lies among the others in most rows, and is not their sum."""
        total = [c for c in self.columns if begins_total(self.head(c))]
        among = tried = 0
        for row in self.rows if len(total) == 1 and len(self.columns) > 2 else ():
            values = {c: _value(self.grid.cells.get((row, c), "")) for c in self.columns}
            known = [value for c, value in values.items() if c not in total and value is not None]
            own = values[total[0]]
            if own is not None and len(known) > 1:
                tried += 1
                among += min(known) <= own <= max(known) and own not in {sum(known), 100}
        return 2 * among > tried > 0

    def _texts(self, places: Sequence[_Place]) -> tuple[_Texts, tuple[_Place, ...]]:
        return tuple(self.grid.cells.get(place, "") for place in places), tuple(places)

    def are_groups(self, column: int) -> bool:
        """Whether the total among labels lies among the others in most columns of numbers, and is not their sum."""
        among = tried = 0
        totals_ = [row for row in self.rows if begins_total(self.label(row, column))]
        shares = [c for c in self.columns if any("%" in self.grid.cells.get((row, c), "") for row in totals_)]
        for c in shares or self.columns:  # counts add to their total whatever the rows are
            if _is_base(self.head(c)) or measure_of_words(self.head(c)) == "count":
                continue
            sets: dict[tuple[_Texts, _Place | None], list[Decimal]] = {}
            totals: dict[_Texts, Decimal] = {}
            for row in self.rows:
                value = _value(self.grid.cells.get((row, c), ""))
                others = tuple(self.label(row, k) for k in range(self.stub) if k != column)
                if value is not None and begins_total(self.label(row, column)):
                    totals[others] = value
                elif value is not None:
                    sets.setdefault((others, self.sections.get(row)), []).append(value)
            pairs = [(totals[others], values) for (others, _), values in sets.items() if others in totals]
            if pairs and all(len(values) == 1 for _, values in pairs):
                # one group beside the total: it exceeds the total somewhere, as no part of it does
                tried += len(pairs)
                over = any(values[0] > total for total, values in pairs) and len(pairs) > 1
                among += len(pairs) if over else 0
            pairs = [(total, values) for total, values in pairs if len(values) > 1]
            tried += len(pairs)
            among += sum(min(v) <= total <= max(v) and total not in {sum(v), 100} for total, v in pairs)
        return 2 * among > tried > 0


def _head_places(grid: Grid, header: int, column: int, stub: int) -> list[_Place]:
    """Heads over a column, top down; one that stands over several columns stands at the first."""
    found: list[_Place] = []
    for row in range(header + 1):
        filled = [c for c in range(stub, column + 1) if (row, c) in grid.cells]
        if filled and (filled[-1] == column or row < header):
            found.append((row, filled[-1]))
    return found


def _long_rows(grid: Grid) -> _LongRows | None:
    shape = _shape(grid)
    if shape is None or not shape.stub:
        return None
    kinds = {row: _kind_of_row(grid, shape, row, True) for row in range(grid.height)}
    heads, rows, said = (tuple(r for r, kind in kinds.items() if kind == k) for k in ("header", "data", "text"))
    if not heads or len(rows) < 2 or heads[-1] > rows[0] or "letters" in kinds.values():
        return None
    if any(c1 >= shape.stub and r1 >= rows[0] for _, _, r1, c1 in grid.spans):
        return None
    above, below = tuple(r for r in said if r < heads[0]), tuple(r for r in said if r > rows[-1])
    within = {row: max(over) for row in rows if (over := [w for w in said if rows[0] < w < row])}
    sections = {row: (over, min(grid.row(over))) for row, over in within.items()}
    labels = _filled_down(grid, shape.stub, rows)
    long = _LongRows(grid, above, below, rows, shape.columns, shape.stub, heads[-1], labels, sections)
    heading = [grid.cells[row, c] for row in heads for c in shape.columns if (row, c) in grid.cells]
    texts = {c: [long.label(row, c) for row in rows] for c in range(shape.stub)}
    moments, groups = list[int](), list[int]()
    if not any(map(is_wave, heading)) and not sections:
        moments = [c for c, found in texts.items() if all(map(is_wave, found)) and len(set(found)) > 1]
    alike = len(shape.columns) == 1  # what stands over one column of numbers is no group
    if (alike or not any(map(begins_total, heading))) and not any(
        _is_base(text) for found in texts.values() for text in found
    ):
        groups = [c for c in texts if c not in moments and long.are_groups(c)]
    long = replace(long, moments=tuple(moments), groups=tuple(groups))
    if moments and not groups and not long.answers and long.have_groups_over_them():
        corner = (heads[-1], moments[0])
        title = (above[-1], min(grid.row(above[-1]))) if above else corner if corner in grid.cells else None
        if title is None:
            return None
        long = replace(long, title=title, above=above[:-1])
    alone = len(shape.columns) < 2 and not long.answers
    return None if alone or not (moments or groups) or (sections and shape.stub > 1) else long


def _filled_down(grid: Grid, stub: int, rows: Sequence[int]) -> dict[_Place, _Place]:
    """Where the label of each row stands; all but the last column of labels are filled downwards."""
    found = {}
    for c in range(stub):
        current = (rows[0], c)
        for row in rows:
            if (row, c) in grid.cells or (stub > 1 and c == stub - 1):
                current = (row, c)
            found[row, c] = current
    return found


def _value(text: str) -> Decimal | None:
    """About how large a printed number is, for comparisons within a table."""
    number = r"[<>]?\s?(?P<whole>\d[\d.,'’ \u00a0\u202f]*?)(?:[.,](?P<part>\d{1,2}))?\s?%?"
    match = re.fullmatch(number, read_cell(text).number)
    return Decimal(f"{re.sub('[^0-9]', '', match['whole'])}.{match['part'] or 0}") if match else None
