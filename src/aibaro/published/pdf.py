"""What does a PDF print?  Its words in lines, every number with the words around it, and its tables as grids.

Characters are put together by their places alone: a gap wider than a letter space parts two words, so that numbers of
neighbouring columns never become one; raised small digits are footnote marks and no digits.  Pictures hold no
characters and are named as not read.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from aibaro.errors import InputError, MissingDependencyError
from aibaro.published.cell_text import looks_like_header, read_cell
from aibaro.published.grids import Grid, address
from aibaro.published.wide import is_wave, measure_of_words
from aibaro.rounding.notation import whole_number

# gaps, in parts of the size of the letters: one that parts words, one that parts cells
_WORD_GAP = 0.16
_CELL_GAP = 0.9
# the widest space inside a number: 1 234, 45 %
_THIN = 0.35
_NO_BREAK = ("\u00a0", "\u202f")
# a number stands apart from words before it by less, where it is set to the right of its column
_FIGURE_GAP = 0.5
_DIGITS = r"[1-9]\d{0,2}(?: \d{3})+(?:[.,]\d+)?(?![\d])|\d+(?:[.,'’]\d+)*|\.\d+"
# Covid-19 is a name, and so is 5G; mid-2023 is a year, and a share keeps its sign
_NO_NAME = r"(?:(?<![^\W\d_]-)|(?=(?:19|20)\d\d\b|\d[\d.,]*\s?%))(?!\d[DG]\b)"
# digits directly behind letters are the value of a glued label (Text45%), or a code such as Q1, which is no number
_NUMBER = re.compile(
    rf"(?:[<>≤≥±]\s?|(?<![\w.,])[+−–-]\s?|(?<![\w.,<>≤≥±]){_NO_NAME})"
    rf"(?:{_DIGITS})(?:\s?%?\s?[-–]\s?\d+(?:[.,]\d+)*)?\s?%?"
    rf"|(?<=[^\W\d_]{{3}})\d+(?:[.,]\d+)*\s?%?|(?:(?<=[^\W\d_])|(?<=\)))\d+(?:[.,]\d+)*\s?%"
)
# between the cells of a line, so that numbers of two cells never read as one
_APART = "   "


@dataclass(frozen=True, slots=True)
class Word:
    """Characters without a gap: their text, box, size, and whether they stand upright.

    `apart`: they begin a cell; `bound`: a space that allows no break ties them to the word before.
    """

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    upright: bool = True
    apart: bool = False
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Words on one height, from left to right."""

    words: tuple[Word, ...]

    @property
    def top(self) -> float:
        """Upper edge."""
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return max(word.bottom for word in self.words)

    @property
    def text(self) -> str:
        """The words, parted by a space, and by more where a gap parts cells."""
        return _APART.join(segment.text for segment in _segments(self))

    @property
    def size(self) -> float:
        """Size of most of its letters."""
        return sorted(word.size for word in self.words)[len(self.words) // 2]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A number of the PDF, for a person to confirm.

    Parameters
    ----------
    page, line : int
        Page and line on it, from 1.
    number : str
        Its characters.
    words : str
        The words around it, the number in brackets.
    location : str
        Cell of the table that it stands in; empty in running text.
    """

    page: int
    line: int
    number: str
    words: str
    location: str = ""


@dataclass(slots=True)
class PdfReading:
    """What a PDF prints.

    Parameters
    ----------
    grids : list of Grid
        Its tables.
    candidates : list of Candidate
        Every number.
    not_read : list of str
        Pictures and pages without characters.
    read_on : list of str
        Tables that go on from an earlier page and took its labels or heads.
    text : str
        Its lines, in the order of reading, without footnote marks.
    """

    grids: list[Grid] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)
    read_on: list[str] = field(default_factory=list)
    text: str = ""


def read_pdf(content: bytes, *, where: str = "", progress: Callable[[int, int], object] | None = None) -> PdfReading:
    """Read the words, numbers and tables of a PDF; `progress` is told which page of how many was read."""
    reading = PdfReading()
    texts, tables = [], list[_Earlier]()
    for number, page in enumerate(_pages(content, where), 1):
        if progress is not None:
            progress(number, len(page.pdf.pages))
        words = _words(page)
        pictures = [image for image in page.images if _area(image) > 400]
        for image in pictures:
            size = f"{image['x1'] - image['x0']:.0f} x {image['bottom'] - image['top']:.0f} points"
            reading.not_read.append(f"page {number}: a picture of {size}")
        if not words:
            if not pictures:
                reading.not_read.append(f"page {number}: no characters")
            continue
        found, inside, on = _tables(page, words, number, tables)
        reading.grids += found
        reading.read_on += on
        lines = _reading_order([word for word in words if word.upright], page.width)
        lines += [Line((word,)) for word in words if not word.upright]
        reading.candidates += _candidates(lines, number, inside)
        texts += [_without_marks(line.text) for line in lines]
        page.close()
    reading.text = "\n".join(texts)
    if not reading.text.strip():
        raise InputError(
            "the PDF prints no characters",
            where=where,
            expected="a PDF with text; a scan has pictures of pages alone",
            got="; ".join(reading.not_read[:5]) or "no page",
            hint="run a program that recognises characters first, and read its result",
        )
    return reading


def _pages(content: bytes, where: str) -> Iterator[Any]:
    try:
        import pdfplumber
    except ImportError as error:
        raise MissingDependencyError(
            "reading a PDF needs pdfplumber", where=where, expected="pdfplumber", hint="pip install 'aibaro[pdf]'"
        ) from error
    import logging

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    try:
        with pdfplumber.open(io.BytesIO(content)) as document:
            for page in document.pages:
                # what is on a page is read only when asked for, and may be broken where the page is not
                _ = page.objects
                yield page
    except InputError:
        raise
    except Exception as error:  # a broken file ends the parser in many ways, each of which is the file's fault
        raise InputError(
            "the PDF cannot be read", where=where, expected="a PDF file", got=f"{type(error).__name__}: {error}"[:200]
        ) from error


def _area(box: dict[str, Any]) -> float:
    return float((box["x1"] - box["x0"]) * (box["bottom"] - box["top"]))


# --- words and lines


def _words(page: Any) -> list[Word]:
    chars = [c for c in page.dedupe_chars().chars if c["text"].strip() or c["text"] in " \u00a0"]
    inside = [c for c in chars if c["x1"] > 0 and c["x0"] < page.width and c["bottom"] > 0 and c["top"] < page.height]
    upright = [c for c in inside if c["upright"]]
    turned = [c for c in inside if not c["upright"]]
    return [*_level_words(upright), *_turned_words(turned)]


def _level_words(chars: Sequence[dict[str, Any]]) -> list[Word]:
    rows = [_runs(row) for row in _rows(chars)]
    edges = _figures(rows)
    found: list[Word] = []
    for runs in rows:
        for place, run in enumerate(runs):
            begins = _figure_in_column(runs, place, edges)
            if begins is None:
                found += _joined(run)
            else:
                found += [*_joined(run[:begins]), *(replace(word, apart=True) for word in _joined(run[begins:]))]
    return _with_broken_off_signs(_without_leaders(found))


def _with_broken_off_signs(words: Sequence[Word]) -> list[Word]:
    """What a narrow cell breaks off its number stands below it: a per cent sign that others keep, a small mark."""
    broken = [word for word in words if word.text == "%" or re.fullmatch(r"\d|[a-z*]", word.text)]
    shares = [word for word in words if word.text.endswith("%") and len(word.text) > 1] if broken else []
    whole, gone = dict[Word, Word](), set[Word]()
    for word in words if broken else ():
        if not re.fullmatch(r"[<>]?\d[\d.,]*%?", word.text):
            continue
        for sign in broken:
            below = word.x0 - 1 < sign.x1 and sign.x0 < word.x1 + 1 and abs(sign.top - word.bottom) < 0.4 * word.size
            if not below or any(
                0 < sign.x0 - w.x1 < 0.5 * sign.size and w.top < sign.bottom - 1 < w.bottom for w in words
            ):
                continue
            kept = any(word.top - 1 < (w.top + w.bottom) / 2 < sign.bottom + 1 for w in shares)
            if sign.text == "%" and kept and not word.text.endswith("%"):
                whole[word] = replace(word, text=f"{word.text}%")
                gone.add(sign)
            elif sign.text != "%" and sign.size < 0.85 * word.size:
                whole[word] = replace(word, text=f"{word.text}[{sign.text}]")
                gone.add(sign)
    return [whole.get(word, word) for word in words if word not in gone]


def _runs(row: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Characters of one height, cut at spaces, gaps and leaders."""
    runs: list[list[dict[str, Any]]] = [[]]
    before = ""
    for char in row:
        run = runs[-1]
        if run and (not char["text"].strip() or _parted(run[-1], char) or (char["text"] != "." and _leads(run))):
            runs.append([])
        if char["text"].strip():
            runs[-1].append(char | {"bound": before in _NO_BREAK})
        before = char["text"]
    return [run for run in runs if run]


_FIGURE_AT_END = re.compile(r"([<>≤≥±+−–-]?\d+(?:[.,'’]\d+)*%?)\^*$")


# how the numbers of a column may be set: left, in the middle, right
_EDGES: tuple[Callable[[float, float], float], ...] = (
    lambda x0, _: x0,
    lambda x0, x1: (x0 + x1) / 2,
    lambda _, x1: x1,
)


def _figure_at_end(run: Sequence[dict[str, Any]]) -> tuple[int, int] | None:
    """Where the number begins and ends that a run ends with; raised marks may stand behind it."""
    size = max(char["size"] for char in run)
    match = _FIGURE_AT_END.search("".join("^" if c["size"] < 0.85 * size else c["text"][:1] for c in run))
    return match and match.span(1)


def _goes_on(left: Sequence[dict[str, Any]], right: Sequence[dict[str, Any]]) -> bool:
    """Three digits and a sign behind a thin space belong to the number before them."""
    text = "".join(char["text"] for char in right)
    near = right[0]["bound"] or right[0]["x0"] - left[-1]["x1"] <= _THIN * right[0]["size"]
    return bool(near and re.match(r"(?:\d{3}(?:[.,]\d+)?%?|%)$", text))


def _figures(rows: Sequence[Sequence[Sequence[dict[str, Any]]]]) -> list[list[tuple[float, str]]]:
    """Left edges, middles and right edges of the numbers of a page, each with the letters that it touches, in order."""
    found = []
    for place, runs in enumerate(rows):
        for k, run in enumerate(runs):
            if span := _figure_at_end(run):
                prefix = "".join(char["text"] for char in run[: span[0]]) or f"{place} {k}"
                found += [(x0, x1, prefix) for x0, x1 in _extents(runs, k, span)]
    return [sorted((edge(x0, x1), prefix) for x0, x1, prefix in found) for edge in _EDGES]


def _extents(runs: Sequence[Sequence[dict[str, Any]]], place: int, span: tuple[int, int]) -> list[tuple[float, float]]:
    """Where the number stands, without and with what goes on behind a thin space."""
    x0, x1 = runs[place][span[0]]["x0"], runs[place][span[1] - 1]["x1"]
    found = [(x0, x1)]
    while place + 1 < len(runs) and _goes_on(runs[place], runs[place + 1]):
        place += 1
        found.append((x0, runs[place][-1]["x1"]))
    return found


def _figure_in_column(
    runs: Sequence[Sequence[dict[str, Any]]], place: int, edges: Sequence[Sequence[tuple[float, str]]]
) -> int | None:
    """Where a number begins that a label runs up to, or into: it is set as the numbers above and below it are."""
    run = runs[place]
    span = _figure_at_end(run)
    if span is None:
        return None
    before = run[: span[0]] or (runs[place - 1] if place else [])
    letters = sum(char["text"].isalpha() for char in before)
    word = place and runs[place - 1][-1]["text"].isalpha() and run[0]["x0"] - runs[place - 1][-1]["x1"] < run[0]["size"]
    # one or two letters before digits are a code (Q1), unless they are a word behind others (option a)
    if (
        not letters
        or before[-1]["text"].isdigit()
        or (span[0] and letters < 3 and not (word and run[0]["text"].islower()))
    ):
        return None
    extents = _extents(runs, place, span)
    after = place + len(extents)
    beside = after < len(runs) and (follows := _figure_at_end(runs[after])) and follows[0] == 0
    needed = 2 if beside else 4
    for x0, x1 in extents:
        for edge, found in zip(_EDGES, edges, strict=True):
            x = edge(x0, x1)
            low, high = bisect_left(found, (x - 0.8, "")), bisect_left(found, (x + 0.8, ""))
            if len({prefix for _, prefix in found[low:high]}) >= needed:
                return span[0]
    return None


def _leads(run: Sequence[dict[str, Any]]) -> bool:
    """Three dots or more lead from a label to its number, and are part of neither."""
    return len(run) > 2 and all(char["text"] == "." for char in run[-3:])


def _without_leaders(words: Sequence[Word]) -> list[Word]:
    single = [word.text == "." for word in words]
    kept = []
    for place, word in enumerate(words):
        text = re.sub(r"[.…]{3,}$", "", word.text)
        spaced = single[place] and sum(single[max(0, place - 2) : place + 3]) > 2
        if text and not spaced:
            # the dots were as wide as their share of the characters, nearly
            x1 = word.x1 - (word.x1 - word.x0) * (len(word.text) - len(text)) / len(word.text)
            kept.append(word if text == word.text else replace(word, text=text, x1=x1))
    return kept


def _rows(chars: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Characters of one height; a raised small one belongs to the row that it stands in."""
    rows: list[list[dict[str, Any]]] = []
    heights: list[list[float]] = []
    for char in sorted(chars, key=lambda c: (-c["size"], c["bottom"])):
        middle = (char["top"] + char["bottom"]) / 2
        home = None
        for place, (top, bottom) in enumerate(heights):
            near = any(
                abs(char["x0"] - other["x1"]) < other["size"] or abs(other["x0"] - char["x1"]) < other["size"]
                for other in rows[place]
            )
            level = abs(char["bottom"] - bottom) < 0.25 * char["size"]
            if level or (
                near and top - 0.3 * (bottom - top) <= middle <= bottom and char["size"] < 0.85 * (bottom - top)
            ):
                home = place
                break
        if home is None:
            rows.append([char])
            heights.append([char["top"], char["bottom"]])
        else:
            rows[home].append(char)
    order = sorted(range(len(rows)), key=lambda place: (heights[place][1], rows[place][0]["x0"]))
    return [sorted(rows[place], key=lambda c: c["x0"]) for place in order]


def _parted(left: dict[str, Any], right: dict[str, Any]) -> bool:
    size = max(min(left["size"], right["size"]), 1.0)
    return bool(right["x0"] - left["x1"] > _WORD_GAP * size or right["x1"] < left["x0"])


def _joined(run: Sequence[dict[str, Any]]) -> list[Word]:
    """A run of characters as a word; raised small ones behind it stand in brackets."""
    if not run:
        return []
    size = max(c["size"] for c in run)
    base = max(c["bottom"] for c in run if c["size"] > 0.85 * size)
    text, open_ = "", False
    for char in run:
        raised = char["size"] < 0.85 * size and char["bottom"] < base - 0.08 * size
        if raised and not open_:
            text += "["
        elif open_ and not raised:
            text += "]"
        open_ = raised
        text += char["text"]
    text += "]" if open_ else ""
    x0, x1 = min(c["x0"] for c in run), max(c["x1"] for c in run)
    top, bottom = min(c["top"] for c in run), max(c["bottom"] for c in run)
    return [Word(text, x0, x1, top, bottom, size, bound=run[0]["bound"])]


def _turned_words(chars: Sequence[dict[str, Any]]) -> list[Word]:
    """Words that run upwards or downwards, read along their direction."""
    columns: dict[int, list[dict[str, Any]]] = {}
    for char in sorted(chars, key=lambda c: c["x0"]):
        key = next((k for k, found in columns.items() if abs(found[0]["x0"] - char["x0"]) < 0.5 * char["size"]), None)
        columns.setdefault(len(columns) if key is None else key, []).append(char)
    found = []
    for column in columns.values():
        up = sum(1 if c["matrix"][1] > 0 else -1 for c in column) > 0
        ordered = sorted(column, key=lambda c: -c["bottom"] if up else c["top"])
        run: list[dict[str, Any]] = []
        text = ""
        for char in ordered:
            gap = (run[-1]["top"] - char["bottom"] if up else char["top"] - run[-1]["bottom"]) if run else 0.0
            if run and gap > 2.0 * char["size"]:
                found.append(_turned(run, text))
                run, text = [], ""
            elif run and gap > _WORD_GAP * char["size"] and not text.endswith(" "):
                text += " "
            text += char["text"]
            run.append(char)
        if run:
            found.append(_turned(run, text))
    return [word for word in found if word.text]


def _turned(run: Sequence[dict[str, Any]], text: str) -> Word:
    return Word(
        " ".join(text.split()),
        min(c["x0"] for c in run),
        max(c["x1"] for c in run),
        min(c["top"] for c in run),
        max(c["bottom"] for c in run),
        max(c["size"] for c in run),
        False,
    )


def _lines(words: Iterable[Word]) -> list[Line]:
    """Words whose middles stand on one height."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda w: ((w.top + w.bottom) / 2, w.x0)):
        middle = (word.top + word.bottom) / 2
        for line in reversed(lines[-3:]):
            other = line[0]
            if abs((other.top + other.bottom) / 2 - middle) < 0.4 * min(word.size, other.size):
                line.append(word)
                break
        else:
            lines.append([word])
    return [Line(tuple(sorted(line, key=lambda w: w.x0))) for line in lines]


def _reading_order(words: Sequence[Word], width: float) -> list[Line]:
    """Lines of a page, column after column where it is set in two."""
    return [line for region in _regions(words, width) for line in region]


def _regions(words: Sequence[Word], width: float) -> list[list[Line]]:
    gutter = _gutter(words, width)
    if gutter is None:
        return [_lines(words)]
    whole, left, right = [], [], []
    lines = _lines(words)
    over_both = _rows_over_both(lines)
    for place, line in enumerate(lines):
        if place in over_both:
            whole.append(line)
            continue
        sides = [word for word in line.words if word.x1 <= gutter], [word for word in line.words if word.x0 >= gutter]
        if len(sides[0]) + len(sides[1]) < len(line.words):
            whole.append(line)
            continue
        left += [Line(tuple(sides[0]))] if sides[0] else []
        right += [Line(tuple(sides[1]))] if sides[1] else []
    return [region for region in (whole, left, right) if region]


def _rows_over_both(lines: Sequence[Line]) -> set[int]:
    """Rows of a table that runs over both columns of text, with the heads above them."""
    parts = [_segments(line) for line in lines]
    rows = {
        place for place, row in enumerate(parts) if _row_kind(row) == "numbers" and sum(s.is_number for s in row) >= 2
    }
    for place in range(len(lines) - 2, -1, -1):
        close = lines[place + 1].top - lines[place].bottom < 2.2 * lines[place].size
        if place + 1 in rows and close and len(parts[place]) >= 2 and all(len(s.words) <= 4 for s in parts[place]):
            rows.add(place)
    return rows


def _gutter(words: Sequence[Word], width: float) -> float | None:
    """The middle of a strip that parts two columns of running text."""
    lines = _lines(words)
    best: tuple[int, float] | None = None
    for step in range(35, 66):
        x = width * step / 100
        crossing = both = prose = 0
        for line in lines:
            if any(word.x0 - 4 < x < word.x1 + 4 for word in line.words):
                crossing += 1
                continue
            left, right = [w for w in line.words if w.x1 < x], [w for w in line.words if w.x0 > x]
            if left and right:
                both += 1
                prose += min(_letters(left), _letters(right)) >= 3
        if both >= 4 and crossing <= 0.35 * len(lines) and prose >= 0.6 * both and (best is None or prose > best[0]):
            best = (prose, x)
    return None if best is None else best[1]


def _letters(words: Sequence[Word]) -> int:
    return sum(any(c.isalpha() for c in word.text) and len(word.text) > 1 for word in words)


# --- numbers


def _candidates(lines: Sequence[Line], page: int, inside: dict[Word, str]) -> Iterator[Candidate]:
    for number, line in enumerate(lines, 1):
        text = line.text
        starts, at = [], 0
        for segment in _segments(line):
            for word in segment.words:
                starts.append((at, at + len(word.text), word))
                at += len(word.text) + 1
            at += len(_APART) - 1
        for match in _NUMBER.finditer(_without_marks(text)):
            shown = match[0].strip()
            before, after = text[max(0, match.start() - 60) : match.start()], text[match.end() : match.end() + 40]
            if match.start() > 60:
                before = before.partition(" ")[2]
            if match.end() + 40 < len(text):
                after = after.rpartition(" ")[0]
            home = next((w for a, b, w in starts if a <= match.start() < b), None)
            yield Candidate(
                page,
                number,
                shown,
                f"{before}[{shown}]{' ' if match[0].endswith(' ') else ''}{after}".strip(),
                inside.get(home, "") if home else "",
            )


def _without_marks(text: str) -> str:
    """Footnote marks in brackets blanked out, so that they are no numbers."""
    return re.sub(r"(?<=\S)\[[^\]]{1,6}\]", lambda match: "\u2007" * len(match[0]), text)


# --- tables


@dataclass(frozen=True, slots=True)
class _Segment:
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def x0(self) -> float:
        return self.words[0].x0

    @property
    def x1(self) -> float:
        return max(word.x1 for word in self.words)

    @property
    def is_number(self) -> bool:
        return read_cell(self.text).kind in {"number", "pair", "none"}


_Cells = dict[tuple[int, int], list[Word]]
_Spans = tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Earlier:
    """A table of an earlier page; `rows_of`: the earlier table whose labels it takes."""

    name: str
    cells: _Cells
    rows_of: str = ""


def _tables(
    page: Any, words: Sequence[Word], number: int, earlier: list[_Earlier]
) -> tuple[list[Grid], dict[Word, str], list[str]]:
    """Tables of a page, their cells, and what goes on from `earlier` pages, to whose tables they are added."""
    found: list[tuple[float, dict[tuple[int, int], list[Word]], tuple[tuple[int, int, int, int], ...]]] = []
    taken: set[Word] = set()
    for table in page.find_tables():
        cells, spans = _ruled(table, words)
        if len({row for row, _ in cells}) < 2 or not _holds_numbers(cells):
            continue
        found.append((table.bbox[1], cells, spans))
        taken |= {word for cell in cells.values() for word in cell}
    rest = [word for word in words if word not in taken]
    for region in _regions([word for word in rest if word.upright], page.width):
        turned = [word for word in rest if not word.upright]
        for part in _beside_each_other(region):
            for top, cells, spans in _unruled(part, turned):
                found.append((top, *_with_label_digits(cells, spans)))
    grids: list[Grid] = []
    inside: dict[Word, str] = {}
    here, reading_on = list[_Earlier](), list[str]()
    for place, (_, own, spans) in enumerate(sorted(found, key=lambda item: item[0]), 1):
        name = f"p{number} table {place}"
        (rows_of, labels), heads = _labels_before(own, earlier), _heads_before(own, earlier)
        down = 1 + max((row for row, _ in heads), default=-1)
        cells = heads | {(row + down, c): cell for (row, c), cell in (labels | own).items()}
        texts = {key: " ".join(word.text for word in cell) for key, cell in cells.items() if cell}
        if labels or heads:
            what = " and ".join(word for word, found_ in (("labels", labels), ("heads", heads)) if found_)
            reading_on.append(f"{name} goes on from an earlier page and has its {what}")
        merged = tuple((a + down, b, c + down, d) for a, b, c, d in spans)
        grids.append(Grid(name, texts, merged, _indents(cells)))
        inside |= {word: f"{name}!{address(r + down, c)}" for (r, c), cell in own.items() for word in cell}
        here.append(_Earlier(name, own, rows_of))
    earlier += here
    return grids, inside, reading_on


def _figure_rows(cells: _Cells) -> list[int]:
    texts = {key: " ".join(word.text for word in cell) for key, cell in cells.items() if key[1]}
    return sorted({r for (r, _), t in texts.items() if read_cell(t).kind == "number" and not looks_like_header(t)})


def _labels_before(cells: _Cells, earlier: Sequence[_Earlier]) -> tuple[str, _Cells]:
    """Labels of a table whose columns go on on a further page, and whose they are: those of rows of the same heights.

    Pages may follow each other downwards or sideways first: of several such tables that which was continued least.
    """
    rows = _figure_rows(cells)
    if len(rows) < 2 or any((row, 0) in cells for row in rows):
        return "", {}
    tops = [min(w.top for (r, _), cell in cells.items() if r == row for w in cell) for row in rows]
    fitting = []
    for other in earlier:
        theirs = _figure_rows(other.cells)
        heights = [min(w.top for (r, c), cell in other.cells.items() if r == row and c for w in cell) for row in theirs]
        same = len(heights) == len(tops) and all(abs(a - b) < 3 for a, b in zip(tops, heights, strict=True))
        if same and all((row, 0) in other.cells for row in theirs):
            fitting.append((other, theirs))
    if not fitting:
        return "", {}
    continued = Counter(other.rows_of for other in earlier)
    found, theirs = min(fitting, key=lambda pair: continued[pair[0].name])
    return found.name, {(row, 0): found.cells[k, 0] for row, k in zip(rows, theirs, strict=True)}


def _heads_before(cells: _Cells, earlier: Sequence[_Earlier]) -> _Cells:
    """Heads of a table whose rows go on on a further page: those of columns at the same places."""
    rows = _figure_rows(cells)
    if not rows or any(row < rows[0] and c for row, c in cells):
        return {}
    for other in reversed(earlier):
        theirs = _figure_rows(other.cells)
        heads = {(r, c): cell for (r, c), cell in other.cells.items() if theirs and r < theirs[0] and c}
        if heads and _same_columns(_right_edges(cells, rows), _right_edges(other.cells, theirs)):
            return heads
    return {}


def _right_edges(cells: _Cells, rows: Sequence[int]) -> dict[int, float]:
    edges: dict[int, float] = {}
    for (row, c), cell in cells.items():
        if c and row in rows:
            edges[c] = max(edges.get(c, 0.0), *(word.x1 for word in cell))
    return edges


def _same_columns(a: dict[int, float], b: dict[int, float]) -> bool:
    return len(a) > 1 and a.keys() == b.keys() and all(abs(a[c] - b[c]) < 4 for c in a)


def _holds_numbers(cells: dict[tuple[int, int], list[Word]]) -> bool:
    texts = [" ".join(word.text for word in cell) for cell in cells.values() if cell]
    return sum(read_cell(text).kind in {"number", "pair"} for text in texts) >= 2


def _indents(cells: dict[tuple[int, int], list[Word]]) -> dict[tuple[int, int], int]:
    labels = {key: cell[0].x0 for key, cell in cells.items() if cell and key[1] == 0}
    left = min(labels.values(), default=0.0)
    return {key: round((x - left) / 4) for key, x in labels.items() if x - left > 3}


def _ruled(
    table: Any, words: Sequence[Word]
) -> tuple[dict[tuple[int, int], list[Word]], tuple[tuple[int, int, int, int], ...]]:
    """Cells of a table with lines around them; a cell over several columns or rows is merged."""
    xs = _edges([x for cell in table.cells for x in (cell[0], cell[2])])
    ys = _edges([y for cell in table.cells for y in (cell[1], cell[3])])
    cells: dict[tuple[int, int], list[Word]] = {}
    spans = []
    for x0, top, x1, bottom in sorted(table.cells, key=lambda cell: (cell[1], cell[0])):
        c0, c1 = _nearest(xs, x0), _nearest(xs, x1) - 1
        r0, r1 = _nearest(ys, top), _nearest(ys, bottom) - 1
        inner = [w for w in words if x0 <= (w.x0 + w.x1) / 2 <= x1 and top <= (w.top + w.bottom) / 2 <= bottom]
        if c1 > c0 or r1 > r0:
            spans.append((r0, c0, r1, c1))
        if inner:
            cells[r0, c0] = [word for line in _lines(inner) for word in line.words]
    return _opened(_over_the_rule(cells), spans)


def _over_the_rule(cells: _Cells) -> _Cells:
    """A label that runs on over the rule beside it, up to the number of the next cell, stays whole."""
    found = dict(cells)
    for (row, column), words in cells.items():
        label = cells.get((row, 0), []) if column == 1 else []
        lines = _lines([*label, *words])
        if not label or len(lines) != 1 or read_cell(words[-1].text).kind != "number":
            continue
        *rest, last = words
        follows = rest and rest[0].x0 - label[-1].x1 <= _FIGURE_GAP * rest[0].size
        if follows and not any(read_cell(word.text).kind == "number" for word in (label[-1], *rest)):
            found[row, 0], found[row, 1] = [*label, *rest], [last]
    return found


def _with_label_digits(cells: _Cells, spans: _Spans) -> tuple[_Cells, _Spans]:
    """Digits that count labels, *Level 1*, *Level 2*, are no column: all others have heads."""
    columns = sorted({column for _, column in cells})
    if len(columns) < 3 or columns[:2] != [0, 1]:
        return cells, spans
    digits = {row: cell for (row, column), cell in cells.items() if column == 1}
    texts = [digits[row][0].text for row in sorted(digits)]
    first = whole_number(texts[0]) or 0
    counting = first in {1, 2} and len(texts) > 1 and texts == [str(first + k) for k in range(len(texts))]
    headed = {column for row, column in cells if row < min(digits)} >= set(columns[2:])
    behind = all(
        len(cell) == 1 and (row, 0) in cells and cell[0].x0 - cells[row, 0][-1].x1 <= _FIGURE_GAP * cell[0].size
        for row, cell in digits.items()
    )
    if not (counting and headed and behind):
        return cells, spans
    joined = {(row, c): [*cell, *(digits.get(row, []) if c == 0 else [])] for (row, c), cell in cells.items() if c != 1}
    moved = {(row, max(0, c - 1)): cell for (row, c), cell in joined.items()}
    return moved, tuple((a, max(0, b - 1), c, max(0, d - 1)) for a, b, c, d in spans)


def _opened(
    cells: dict[tuple[int, int], list[Word]], spans: list[tuple[int, int, int, int]]
) -> tuple[dict[tuple[int, int], list[Word]], tuple[tuple[int, int, int, int], ...]]:
    """A ruled row may hold several printed lines of numbers: where all its cells hold as many, each is a row."""
    rows = sorted({row for row, _ in cells})
    shift, moved, new = 0, {}, dict[int, int]()
    for row in rows:
        new[row] = row + shift
        inner = {c: _lines(cell) for (r, c), cell in cells.items() if r == row}
        counts = [len(lines) for lines in inner.values()]
        numeric = [all(_Segment(line.words).is_number for line in lines) for c, lines in inner.items() if c]
        height = max(counts, default=1)
        if (
            height > 1
            and numeric
            and all(numeric)
            and all(n == height for c, n in zip(inner, counts, strict=True) if c)
        ):
            for c, lines in inner.items():
                for k, line in enumerate(lines):
                    moved[row + shift + k, c] = list(line.words)
            shift += height - 1
        else:
            moved |= {(row + shift, c): cell for (r, c), cell in cells.items() if r == row}
    places = {r: new.get(r, r + shift) for span in spans for r in (span[0], span[2])}
    return moved, tuple((places[a], b, max(places[a], places[c]), d) for a, b, c, d in spans)


def _edges(values: Sequence[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > 2:
            found.append(value)
    return found


def _nearest(edges: Sequence[float], value: float) -> int:
    return min(range(len(edges)), key=lambda i: abs(edges[i] - value))


def _segments(line: Line) -> list[_Segment]:
    found: list[list[Word]] = []
    for word in line.words:
        gap = word.x0 - found[-1][-1].x1 if found else 0.0
        figure = read_cell(word.text).kind == "number" and word.text[:1] not in "([" and gap > _FIGURE_GAP * word.size
        apart = word.apart or gap > _CELL_GAP * word.size or figure
        if found and not apart and not _numbers_apart(found[-1], word, gap):
            found[-1].append(word)
        else:
            found.append([word])
    return [_Segment(tuple(part)) for part in found]


def _numbers_apart(left: Sequence[Word], right: Word, gap: float) -> bool:
    """Two numbers with more than a thin space between them stand in two cells; 1 234 and 45 % stay together."""
    a, b = left[-1].text, right.text
    if (right.bound or gap <= _THIN * right.size) and (re.fullmatch(r"\d{3}(?:[.,]\d+)?%?", b) or not b[:1].isdigit()):
        return False
    return (
        read_cell(a).kind in {"number", "none"}
        and read_cell(b).kind in {"number", "none"}
        and (gap > _THIN * right.size or (a[-1:] == "%" and b[:1].isdigit()))
    )


def _unruled(
    lines: Sequence[Line], turned: Sequence[Word]
) -> Iterator[tuple[float, dict[tuple[int, int], list[Word]], tuple[tuple[int, int, int, int], ...]]]:
    """Tables without lines: rows of numbers that stand below each other, with the heads above them."""
    lines = _stacked(lines)
    parts = [_segments(line) for line in lines]
    left = min((line.words[0].x0 for line in lines), default=0.0)
    kinds = [_row_kind(part, left) for part in parts]
    start = 0
    while start < len(lines):
        if kinds[start] != "numbers":
            start += 1
            continue
        end = _block_end(lines, kinds, parts, start)
        rows = [i for i in range(start, end) if kinds[i] == "numbers"]
        columns = _column_boxes([s for i in rows for s in parts[i] if s.is_number and _is_figure(s, parts[i])])
        figures = sum(s.is_number and _is_figure(s, parts[i]) for i in rows for s in parts[i])
        # one number per row, each at a place of its own: the labels of a chart
        if len(rows) >= 2 and (len(rows) >= 3 if len(columns) == 1 else figures > len(rows)):
            for i in rows:
                parts[i] = [piece for segment in parts[i] for piece in _off_label(segment, columns)]
            first = _heads(lines, parts, kinds, start, columns)
            end = _tail(lines, parts, end, columns)
            head, body = parts[first:start], _whole_labels(lines[start:end], parts[start:end], columns)
            # a label that begins above its numbers stands above the first row
            if (
                head
                and body
                and not _label_of(body[0], columns)
                and _label_of(head[-1], columns)
                and len(head[-1]) == 1
            ):
                body[0] = [*head[-1], *body[0]]
                head = head[:-1]
            yield _laid_out(
                [*lines[first : first + len(head)], *lines[start : start + len(body)]],
                [*head, *body],
                columns,
                turned,
                len(head),
            )
        start = end


def _stacked(lines: Sequence[Line]) -> list[Line]:
    """Rows whose label runs over several lines, with the numbers at half its height: one line each."""
    parts = [_segments(line) for line in lines]
    bare = [i for i, row in enumerate(parts) if all(s.is_number for s in row)]
    gone: dict[int, int] = {}
    for i in bare:
        left = parts[i][0].x0
        wordy = [
            k
            for k, row in enumerate(parts)
            if len(row) == 1 and not row[0].is_number and row[0].x1 < left + 2 and k not in gone
        ]
        stack: list[int] = []
        for k in wordy:
            if stack and lines[k].top - lines[stack[-1]].bottom > 0.35 * lines[k].size:
                if lines[stack[-1]].bottom > lines[i].top:
                    break
                stack = []
            stack.append(k)
        inside = stack and lines[stack[0]].top - 1 <= lines[i].top and lines[i].bottom <= lines[stack[-1]].bottom + 1
        if inside and len(stack) > 1:
            gone |= dict.fromkeys(stack, i)
    for i in range(1, len(lines) - 1):
        if _middle_of_three(lines, parts, i) and not {i - 1, i, i + 1} & set(gone):
            gone |= {i - 1: i, i + 1: i}
    joined = []
    for i, line in enumerate(lines):
        if i in gone:
            continue
        own = parts[i][0].words if not parts[i][0].is_number else ()
        before = [
            word for k, home in sorted(gone.items()) if home == i and (k < i or not own) for word in lines[k].words
        ]
        after = [word for k, home in sorted(gone.items()) if home == i and k > i and own for word in lines[k].words]
        rest = line.words[len(own) :]
        joined.append(Line((*before, *own, *after, *rest)) if before or after else line)
    return joined


def _middle_of_three(lines: Sequence[Line], parts: Sequence[Sequence[_Segment]], i: int) -> bool:
    """A row whose label begins above it and ends below it: both lines are close, and what follows them is not."""
    row = parts[i]
    if len(row) < 2 or row[0].is_number or not all(s.is_number for s in row[1:]):
        return False
    if any(len(parts[k]) != 1 or parts[k][0].is_number or parts[k][0].x1 > row[1].x0 for k in (i - 1, i + 1)):
        return False
    near = max(lines[i].top - lines[i - 1].bottom, lines[i + 1].top - lines[i].bottom)
    above = lines[i - 1].top - lines[i - 2].bottom if i > 1 else 1e9
    below = lines[i + 2].top - lines[i + 1].bottom if i + 2 < len(lines) else 1e9
    return near <= 0.35 * lines[i].size and min(above, below) > 2 * max(near, 0.1 * lines[i].size)


def _beside_each_other(lines: Sequence[Line]) -> list[Sequence[Line]]:
    """Tables side by side: where rows have labels again behind their first numbers, the page is cut before these."""
    cuts = []
    rows = 0
    for line in lines:
        row = _segments(line)
        if _row_kind(row) != "numbers":
            continue
        rows += 1
        for place in range(1, len(row) - 1):
            if not row[place].is_number and row[place - 1].is_number and any(s.is_number for s in row[place + 1 :]):
                cuts.append((row[place].x0, row[place - 1].x1))
                break
    if len(cuts) < 2 or len(cuts) < 0.6 * rows or max(x for x, _ in cuts) - min(x for x, _ in cuts) > 15:
        return [lines]
    cut = (min(x for x, _ in cuts) + max(x for _, x in cuts)) / 2
    left, right, whole = [], [], []
    for line in lines:
        sides = [w for w in line.words if w.x1 <= cut + 2], [w for w in line.words if w.x0 >= cut - 2]
        if len(sides[0]) + len(sides[1]) < len(line.words):
            whole.append(line)
            continue
        left += [Line(tuple(sides[0]))] if sides[0] else []
        right += [Line(tuple(sides[1]))] if sides[1] else []
    return [part for part in (whole, left, right) if part]


def _is_figure(segment: _Segment, row: Sequence[_Segment]) -> bool:
    """A number in front of a row's words counts the row."""
    return not (segment is row[0] and len(row) > 1 and not row[1].is_number)


def _row_kind(row: Sequence[_Segment], left: float = 0.0) -> str:
    """Whether a row holds numbers or words; classes and years behind words are heads, where no label opens the row."""
    figures = [s for s in row if s.is_number and _is_figure(s, row)]
    classes = [s for s in row if looks_like_header(s.text)]
    words = [s for s in row if not s.is_number]
    if not figures or (len(classes) == len(figures) and not words):
        return "words"
    if len(classes) == len(figures) and (len(words) > 1 or _all_years(figures) or row[0].x0 > left + 30 > 30):
        return "words"
    behind = [s for s in words if s.x0 > figures[0].x1]
    if len(behind) > len(figures) or any(len(s.words) > 4 for s in behind):
        return "words"
    return "numbers" if words or len(figures) > 1 else "words"


def _all_years(figures: Sequence[_Segment]) -> bool:
    return len(figures) > 1 and all(is_wave(s.text) for s in figures)


def _block_end(lines: Sequence[Line], kinds: Sequence[str], parts: Sequence[Sequence[_Segment]], start: int) -> int:
    """Rows follow each other closely; a row of words alone may stand between them."""
    last = start
    for i in range(start + 1, len(lines)):
        apart = lines[i].top - lines[last].bottom
        if kinds[i] == "numbers" and apart < 4.5 * lines[i].size:
            between = range(last + 1, i)
            # running text between two tables parts them
            if any(len(parts[k]) == 1 and len(parts[k][0].words) > 14 for k in between) or len(between) > 3:
                break
            if any(_is_head(parts[k], parts[i]) for k in between):
                break
            last = i
        elif apart >= 4.5 * lines[i].size or i - last > 3:
            break
    return last + 1


def _off_label(segment: _Segment, columns: Sequence[tuple[float, float]]) -> list[_Segment]:
    """A number that a long label runs up to: it stands in a column of numbers, the words before it do not."""
    last = segment.words[-1]
    inside = any(last.x0 < b and last.x1 > a and segment.x0 < a - 5 for a, b in columns)
    if len(segment.words) < 2 or segment.is_number or not inside or read_cell(last.text).kind != "number":
        return [segment]
    return [_Segment(segment.words[:-1]), _Segment((last,))]


def _label_of(row: Sequence[_Segment], columns: Sequence[tuple[float, float]]) -> list[_Segment]:
    return [s for s in row if s.x0 < columns[0][0] - 5 and not (s.is_number and s.x1 > columns[0][0])]


def _tail(
    lines: Sequence[Line], parts: Sequence[Sequence[_Segment]], end: int, columns: Sequence[tuple[float, float]]
) -> int:
    """The rest of the last label, where it goes on below its numbers."""
    if end < len(lines) and not _label_of(parts[end - 1], columns):
        close = lines[end].top - lines[end - 1].bottom < 0.6 * lines[end].size
        if close and len(parts[end]) == 1 and parts[end][0].x1 < columns[0][1]:
            return end + 1
    return end


def _whole_labels(
    lines: Sequence[Line], parts: Sequence[Sequence[_Segment]], columns: Sequence[tuple[float, float]]
) -> list[list[_Segment]]:
    """Rows with labels of several lines put together: their parts stand above, on and below the line of numbers."""
    rows = [list(row) for row in parts]
    bare = [any(s.is_number for s in row) and not _label_of(row, columns) for row in rows]
    gone = set()
    for i, row in enumerate(rows):
        alone = len(row) == 1 and not row[0].is_number and row[0].x1 < columns[0][1] + 5
        if not alone:
            continue
        up = lines[i].top - lines[i - 1].bottom if i else 1e9
        down = lines[i + 1].top - lines[i].bottom if i + 1 < len(rows) else 1e9
        close = 0.6 * lines[i].size
        if i + 1 < len(rows) and bare[i + 1] and down < close:
            rows[i + 1] = [*row, *rows[i + 1]]
            gone.add(i)
        elif i and bare[i - 1] and up < close:
            # behind what already stands in the label, before the numbers
            label = len(_label_of(rows[i - 1], columns))
            rows[i - 1] = [*rows[i - 1][:label], *row, *rows[i - 1][label:]]
            gone.add(i)
        elif (
            i
            and i - 1 not in gone
            and _label_of(rows[i - 1], columns)
            and up < 0.5 * down
            and down < 1e9
            and up < close
        ):
            label = len(_label_of(rows[i - 1], columns))
            rows[i - 1] = [*rows[i - 1][:label], *row, *rows[i - 1][label:]]
            gone.add(i)
    return [row for i, row in enumerate(rows) if i not in gone]


def _is_head(row: Sequence[_Segment], below: Sequence[_Segment]) -> bool:
    """A row of words over at least two columns of numbers begins another table."""
    figures = [s for s in below if s.is_number]
    over = [s for s in row if any(s.x0 < f.x1 and s.x1 > f.x0 for f in figures)]
    return len(over) >= 2


def _column_boxes(figures: Sequence[_Segment]) -> list[tuple[float, float]]:
    """Columns are where figures overlap from left to right."""
    boxes: list[list[float]] = []
    for segment in sorted(figures, key=lambda s: s.x0):
        if boxes and segment.x0 < boxes[-1][1]:
            boxes[-1][1] = max(boxes[-1][1], segment.x1)
        else:
            boxes.append([segment.x0, segment.x1])
    return [(a, b) for a, b in boxes]


def _heads(
    lines: Sequence[Line],
    parts: list[list[_Segment]],
    kinds: Sequence[str],
    start: int,
    columns: Sequence[tuple[float, float]],
) -> int:
    """The first of the header rows above a block, and the title above them."""
    first = start
    for i in range(start - 1, max(-1, start - 7), -1):
        if lines[first].top - lines[i].bottom > 2.2 * lines[i].size or kinds[i] == "numbers":
            break
        over = [s for s in parts[i] if any(s.x0 < b and s.x1 > a for a, b in columns)]
        wordy = len(parts[i]) == 1 and len(parts[i][0].words) > 14
        if wordy:
            break
        if _is_title(lines[i], columns):
            parts[i] = [_Segment(lines[i].words)]
            first = i
            break
        first = i
        if _units(parts[i], columns):
            continue
        if not over or (len(parts[i]) == 1 and parts[i][0].x0 < columns[0][0] - 5):
            break  # a title, which is the last thing above a table
    return first


_TITLE = re.compile(
    r"(?:table|tabel|tabelle|tableau|tabla|cuadro|figure|figuur|abbildung|graphique|gráfico|grafiek|chart|exhibit)\s+[\w.]+",
    re.IGNORECASE,
)


def _is_title(line: Line, columns: Sequence[tuple[float, float]]) -> bool:
    """A line that calls itself a table, or runs on from the labels over the columns without a gap."""
    if line.words[0].x0 > columns[0][0] - 5 or len(line.words) < 3:
        return False
    gaps = [b.x0 - a.x1 for a, b in pairwise(line.words)]
    running = max(gaps) <= _CELL_GAP * line.size
    named = _TITLE.match(" ".join(word.text for word in line.words)) is not None
    return named or (running and len(line.words) >= 5 and line.words[-1].x1 > columns[0][1])


def _laid_out(
    lines: Sequence[Line],
    parts: Sequence[Sequence[_Segment]],
    columns: Sequence[tuple[float, float]],
    turned: Sequence[Word],
    heads: int,
) -> tuple[float, dict[tuple[int, int], list[Word]], tuple[tuple[int, int, int, int], ...]]:
    cells: dict[tuple[int, int], list[Word]] = {}
    spans = []
    above = [
        w for w in turned if w.bottom <= lines[min(heads, len(lines) - 1)].top + 4 and w.bottom > lines[0].top - 200
    ]
    above = [w for w in above if any(w.x0 < b + 8 and w.x1 > a - 8 for a, b in columns)]
    shift = 1 if above else 0
    left = min((s.x0 for row in parts[heads:] for s in _label_of(row, columns)), default=columns[0][0])
    for word in above:
        c = min(range(len(columns)), key=lambda k: abs(sum(columns[k]) / 2 - (word.x0 + word.x1) / 2))
        cells.setdefault((0, c + 1), []).append(word)
    for r, row in enumerate(parts):
        pieces = [piece for s in row for piece in _split_heads(s, columns)] if r == heads - 1 else row
        units = _units(row, columns) if r == heads - 1 else []
        cells |= {(r + shift, c + 1): [word] for c, word in enumerate(units)}
        if units:
            continue
        names = _one_a_column(pieces, parts[heads:], columns) if r == heads - 1 else []
        cells |= {(r + shift, c + 1): list(segment.words) for c, segment in enumerate(names)}
        pieces = [segment for segment in pieces if segment not in names]
        for segment in pieces:
            over = [c for c, (a, b) in enumerate(columns) if segment.x0 < b and segment.x1 > a]
            if r < heads:
                wide = [c for c, (a, b) in enumerate(columns) if segment.x0 - 2 <= (a + b) / 2 <= segment.x1 + 2]
                over = wide or over or _beside(segment, columns)
                if r < heads - 1 and len(over) == 1:
                    others = [s for s in row if s is not segment]
                    over = _centred(segment, over[0], columns, others)
            corner = segment.x0 < left + 5 or not over or r >= heads
            if segment.x0 < columns[0][0] - 5 and not (segment.is_number and over) and corner:
                over = [] if r >= heads or segment.x1 < columns[0][1] or len(row) == 1 else over
            if not over:
                place = 0 if segment.x0 < columns[0][0] else len(columns) + 1
            else:
                place = over[0] + 1
                if len(over) > 1:
                    spans.append((r + shift, over[0] + 1, r + shift, over[-1] + 1))
            cells.setdefault((r + shift, place), []).extend(segment.words)
    return lines[0].top, cells, tuple(spans)


def _units(row: Sequence[_Segment], columns: Sequence[tuple[float, float]]) -> list[Word]:
    """Heads such as n and %, one for each column, wherever over it they are set."""
    found = [word for segment in row for word in segment.words]
    named = all(measure_of_words(word.text) in {"count", "percentage"} for word in found)
    return found if named and len(found) == len(columns) else []


def _one_a_column(
    heads: Sequence[_Segment], body: Sequence[Sequence[_Segment]], columns: Sequence[tuple[float, float]]
) -> list[_Segment]:
    """As many heads as columns, right of the labels and in their order: each names its column, however it is set."""
    labels = max((s.x1 for row in body for s in _label_of(row, columns)), default=0.0)
    found = [s for s in heads if s.x0 > labels]
    ends = [labels, *(x1 for _, x1 in columns)]
    within = all(s.x1 > left and s.x0 > left - 2 for s, left in zip(found, ends, strict=False))
    return found if len(found) == len(columns) > 1 and within else []


def _beside(segment: _Segment, columns: Sequence[tuple[float, float]]) -> list[int]:
    """The column that a head stands nearest to, when it stands over none and right of the labels."""
    middle = (segment.x0 + segment.x1) / 2
    if segment.x1 < columns[0][0] - 12:
        return []
    nearest = min(range(len(columns)), key=lambda c: abs(sum(columns[c]) / 2 - middle))
    a, b = columns[nearest]
    return [nearest] if segment.x0 < b + 12 and segment.x1 > a - 12 else []


def _centred(
    segment: _Segment, own: int, columns: Sequence[tuple[float, float]], others: Sequence[_Segment]
) -> list[int]:
    """The columns that a head stands in the middle of, none of which another head of its row stands over."""
    centre = (segment.x0 + segment.x1) / 2
    middles = [(a + b) / 2 for a, b in columns]
    taken = {c for s in others for c, (a, b) in enumerate(columns) if s.x0 < b and s.x1 > a}
    step = (middles[-1] - middles[0]) / max(len(columns) - 1, 1)
    offs = {
        (first, last): abs((middles[first] + middles[last]) / 2 - centre)
        for first in range(own + 1)
        for last in range(own, len(columns))
        if first == last or not taken & set(range(first, last + 1))
    }
    nearest = min(offs.values())
    # heads stand over numbers that may be set right: all spans are off by as much, and the widest of these is meant
    near = [span for span, off in offs.items() if off < 0.25 * step and off <= nearest + 0.02 * step]
    first, last = max(near, key=lambda span: span[1] - span[0], default=(own, own))
    return list(range(first, last + 1))


def _split_heads(segment: _Segment, columns: Sequence[tuple[float, float]]) -> list[_Segment]:
    """Names of close columns, one over each: every word goes to the column that it stands nearest to."""
    middles = [(a + b) / 2 for a, b in columns]
    under = [c for c, middle in enumerate(middles) if segment.x0 - 2 <= middle <= segment.x1 + 2]
    if len(under) < 2:
        return [segment]
    parts: list[list[Word]] = [[] for _ in under]
    for word in segment.words:
        centre = (word.x0 + word.x1) / 2
        parts[min(range(len(under)), key=lambda k: abs(middles[under[k]] - centre))].append(word)
    return [_Segment(tuple(part)) for part in parts] if all(parts) else [segment]
