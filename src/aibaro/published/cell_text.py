"""What stands in a cell of a printed table: a number with its marks, a sign for no number, or words?"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files

from aibaro.published.grids import Grid
from aibaro.rounding import codes, language
from aibaro.rounding.language_tables import fold

_SPACE = "[ \u00a0\u2009\u202f]"
_DIGITS = (
    rf"[0-9]{{1,3}}(?:{_SPACE}[0-9]{{3}})+(?:[.,][0-9]+)?|[0-9]{{1,3}}(?:['’][0-9]{{3}})+(?:[.,][0-9]+)?"
    r"|[0-9]+(?:[.,][0-9]+)*|[.,][0-9]+"
)
_UNIT = (
    rf"(?:{_SPACE}?(?:%|‰)|{_SPACE}(?:per{_SPACE}cents?|percent|procent|Prozent|pour{_SPACE}cent|por{_SPACE}ciento|pct\.?|"
    rf"percentage{_SPACE}points?|points?|procentpunten?|punten|Punkte|pp)\b)?"
)
_SIGN = rf"(?:(?:[<>≤≥~≈+±−–-]|\+/?[-−–]){_SPACE}?)?"
_NUMBER = rf"{_SIGN}(?:{_DIGITS}){_UNIT}"
_RANGE = rf"(?:{_DIGITS}){_UNIT}{_SPACE}?[-–]{_SPACE}?(?:{_DIGITS}){_UNIT}"
# marks of footnotes and of tests, which stand behind a number and are no part of it
_MARK = (
    rf"(?:{_SPACE}?(?:[*†‡§#¹²³⁰⁴-⁹ᵃ-ᶻ]+|\[[^\]]{{1,6}}\]|\([A-Za-z*†‡]{{1,3}}\)|[a-jl]\)|(?<=%)[0-9]{{1,2}}|"
    rf"[A-Z]{{1,6}}(?:[/,.]{_SPACE}?[A-Z]{{1,3}})*(?![A-Za-z])|[a-jlo-z](?:,{_SPACE}?[a-z])*(?![A-Za-z])|[↑↓▲▼△▽]))+"
)
_CELL = re.compile(
    rf"(?P<before>[*†‡§↑↓▲▼]{_SPACE}?)?(?P<open>\(|\[)?(?P<number>{_RANGE}|{_NUMBER})(?P<close>\)|\])?(?P<after>{_MARK})?"
)
_PAIR = re.compile(
    rf"(?P<around>\()?(?P<first>{_NUMBER})(?(around)\)){_SPACE}?(?P<open>\()(?P<second>{_NUMBER})(?P<close>\))"
)
# limits of confidence behind a number, which are read with it
_LIMITS = (
    rf"{_SPACE}?[(\[](?:{_DIGITS}){_UNIT}{_SPACE}?(?:[-–;]|,{_SPACE}|to|tot|bis|à|a){_SPACE}?(?:{_DIGITS}){_UNIT}[)\]]"
)
_WITH_LIMITS = re.compile(rf"(?P<number>{_NUMBER}(?:{_LIMITS}|{_SPACE}?(?:±|\+/?[-−–]){_SPACE}?(?:{_DIGITS}){_UNIT}))")
_GROUPED = re.compile(rf"[0-9]{{1,3}}(?:(?:{_SPACE}|[.,'’])[0-9]{{3}})+")
# cells that say that no number is shown
_NO_NUMBER = re.compile(
    r"[-–—−]{1,3}|\*{1,3}|\.{1,3}|…|:|/|x|\(?n\.?[/ ]?a\.?\)?|n\.?v\.?t\.?|n\.?b\.?|k\.?\s?A\.?|n\.?d\.?|s\.?|#N/A"
    r"|\[[a-z]{1,2}\]|†|‡|°|(?::|\.\.)\s?\(?[a-z]\)?",
    re.IGNORECASE,
)
_FOOTNOTE = re.compile(
    rf"(?:{_SPACE}?(?:[*†‡§#]+|[¹²³⁰⁴-⁹ᵃ-ᶻ]+|\[[0-9a-z*†]{{1,3}}\])|(?<=\w){_SPACE}+[0-9a-z]\)"
    rf"|(?<=[12][09][0-9][0-9]){_SPACE}?\([0-9a-z]\))+$"
)
_HEADER_LIKE = re.compile(
    r"(?:19|20)[0-9][0-9](?:\s?[-/–]\s?(?:[0-9][0-9]|(?:19|20)[0-9][0-9]))?"  # years
    r"|[0-9]+\s?[-–]\s?[0-9]+|[0-9]+\s?\+|[<>≤≥]\s?[0-9]+|[0-9]+\s?(?:to|tot|bis|à|a)\s?[0-9]+"  # classes
)


@dataclass(frozen=True, slots=True)
class CellText:
    """A cell, read.

    Parameters
    ----------
    kind : {"number", "pair", "none", "words"}
        Whether it holds a number, two (``12 (45%)``), a sign for no number, or anything else.
    number : str
        The characters of the number, with sign and unit.
    mark : str
        What stands around the number: footnote marks, letters of tests, parentheses.
    second : str
        The number in parentheses of a pair.
    """

    kind: str
    number: str = ""
    mark: str = ""
    second: str = ""


def read_cell(text: str) -> CellText:
    """Read a cell of a printed table.

    Examples
    --------
    >>> read_cell("32,1%¹"), read_cell("45 BC").mark, read_cell("(12)").mark, read_cell("n/a").kind
    (CellText(kind='number', number='32,1%', mark='¹', second=''), 'BC', '( )', 'none')
    >>> read_cell("18-34 years").kind, read_cell("1 234,5").number
    ('words', '1 234,5')
    """
    plain = text.strip()
    if _NO_NUMBER.fullmatch(plain):
        return CellText("none")
    pair = _PAIR.fullmatch(plain)
    if pair is not None and _is_one(pair["first"]) and _is_one(pair["second"]):
        first = pair["first"].strip()
        around = "( ) " if pair["around"] else ""
        return CellText("pair", first, f"{around}{pair['open']} {pair['close']}", pair["second"].strip())
    limited = _WITH_LIMITS.fullmatch(plain)
    if limited is not None:
        return CellText("number", plain)
    match = _CELL.fullmatch(plain)
    if match is None or not _is_one(match["number"]) or (match["open"] is None) != (match["close"] is None):
        return CellText("words")
    marks = [(match["before"] or "").strip(), f"{match['open']} {match['close']}" if match["open"] else ""]
    marks.append((match["after"] or "").strip())
    return CellText("number", match["number"].strip(), " ".join(filter(None, marks)))


def _is_one(number: str) -> bool:
    """Tell digits of one number (or range) from dotted codes such as 3.1.1."""
    for digits in re.findall(rf"[0-9]+(?:(?:{_SPACE}|[.,'’])[0-9]+)*", number):
        marks = [c for c in digits if c not in "0123456789"]
        if len(marks) > 1:
            head, tail = (digits, "") if len(set(marks)) == 1 else re.split(r"[.,](?=[0-9]+$)", digits)
            if len(set(marks[: len(marks) - bool(tail)])) > 1 or not _GROUPED.fullmatch(head):
                return False
    return True


def whole_text(number: str, mark: str, second: str = "") -> str:
    """Put a number and its marks together again, spaces aside."""
    if second:
        *around, opened, closed = mark.split(" ")
        first = f"{around[0]}{number}{around[1]}" if around else number
        return f"{first}{opened}{second}{closed}"
    parts = mark.split(" ")
    before = after = ""
    text = number
    for part in parts:
        if part in {"(", "["}:
            text = f"{part}{text}"
        elif part in {")", "]"}:
            text = f"{text}{part}"
        elif part in {"*", "†", "‡", "§", "↑", "↓", "▲", "▼"} and not before and not after and part == parts[0]:
            after = part
        else:
            after += part
    return f"{before}{text}{after}"


def looks_like_header(text: str) -> bool:
    """Tell whether a cell that could be a number is a year or a class, marks of footnotes aside."""
    return _HEADER_LIKE.fullmatch(unmarked(text)) is not None


def unmarked(text: str) -> str:
    """Take the marks of footnotes from the end of words: raised digits, stars, ``[1]``, ``1)``.

    Examples
    --------
    >>> unmarked("2023¹"), unmarked("Total*"), unmarked("Men [2]"), unmarked("2019 1)"), unmarked("Aged 16 (1)")
    ('2023', 'Total', 'Men', '2019', 'Aged 16 (1)')
    """
    plain = text.strip()
    return _FOOTNOTE.sub("", plain).strip() or plain


# --- Words by which the parts of a printed table are known: one committed list, all languages together.


@cache
def words() -> Mapping[str, tuple[str, ...]]:
    """The committed words of tables."""
    text = files("aibaro.published").joinpath("_table_words.toml").read_text(encoding="utf-8")
    return {name: tuple(found) for name, found in tomllib.loads(text).items()}


def is_word(text: str, name: str) -> bool:
    """Tell whether a label is one of the words of a kind, punctuation aside."""
    plain = re.sub(r"[\s:]+$", "", text.strip().lower())
    return plain in words()[name] or plain.strip("()[]*. ") in words()[name]


def begins(text: str, name: str) -> bool:
    """Tell whether a label begins with a word of a kind, followed by something that is no letter."""
    plain = text.strip().lower().lstrip("([*")
    return any(plain == word or re.match(rf"{re.escape(word)}(?![\w-])", plain) for word in words()[name])


# --- What do marks in the place of a number stand for, by the notes of the table itself?
#
# A star, a dash or ``n/a`` stands for what the publisher says. A note is read where it names the mark and one of three
# meanings: a small share ("less than 0.5%"), nothing at all, or no number. Whatever else it says, the mark is no
# number until a person writes its value in the descriptor.

_LONGEST = 8
_JOINED = r"[=:]|(?:stands?|stehen|steht|staat)\s+(?:for|für|voor)\b"
# how much may be "less than": a whole percent at most, so that no size of a base is taken for a share
_MOST = Fraction(1)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a table says of a mark.

    Parameters
    ----------
    meaning : str
        As the key ``marks`` of the descriptor holds it: a value such as ``<0.5`` or ``0``, or nothing.
    where : str
        Cell of the note; empty where no note names the mark.
    said : str
        What the note says.
    """

    meaning: str = ""
    where: str = ""
    said: str = ""


def marks_of(grids: Iterable[Grid]) -> dict[str, Mark]:
    """Read which marks the tables of a file explain, and what they say of each."""
    notes: list[tuple[str, str]] = []
    shown: set[str] = set()
    for grid in grids:
        for (row, column), text in grid.cells.items():
            kind = read_cell(text).kind
            if kind == "none" or (kind == "words" and _may_be_mark(text)):
                shown.add(text)
            if kind == "words" and len(text.split()) > 1:
                notes.append((grid.where(row, column), text))
            # a note that a spreadsheet keeps in two cells, the mark and what it means
            beside = grid.cells.get((row, column + 1), "")
            if text in shown and read_cell(beside).kind == "words" and set(grid.row(row)) == {column, column + 1}:
                notes.append((grid.where(row, column + 1), f"{text} = {beside}"))
    found: dict[str, Mark] = {}
    for where, note in notes:
        for mark, said in _said(note, shown).items():
            found.setdefault(mark, Mark(_meaning(said), where, said))
    return found


def _may_be_mark(text: str) -> bool:
    unit = is_word(text, "count") or is_word(text, "percentage")
    return len(text) <= _LONGEST and len(text.split()) == 1 and not unit


def _said(note: str, shown: Iterable[str]) -> dict[str, str]:
    """Return what a note says of each mark that it names."""
    places: list[tuple[int, int, str]] = []
    verbs = "|".join(map(re.escape, words()["stands_for"]))
    for mark in shown:
        own = re.escape(mark)
        sign = not mark[0].isalnum() and read_cell(mark).kind == "none"
        bare = rf"\s*(?:{_JOINED}|(?:{verbs})\b)|\s" if sign else rf"\s*(?:{_JOINED}|(?:{verbs})\b)"
        named = rf"(?:^|[;.,:(]\s*)[\"'“„«‘]?{own}[\"'”“»’]?(?:{bare})"
        places += [(m.start(), m.end(), mark) for m in re.finditer(named, note, re.IGNORECASE)]
        for word in words().get(f"called_{_shape(mark)}", ()):
            called = re.finditer(rf"\b{re.escape(word)}s?\s+(?:\(.{{1,3}}\)\s+)?(?:{verbs})\b", note, re.IGNORECASE)
            places += [(m.start(), m.end(), mark) for m in called]
    places.sort()
    found: dict[str, str] = {}
    for place, (_, end, mark) in enumerate(places):
        until = next((start for start, _, other in places[place + 1 :] if other != mark), len(note))
        found.setdefault(mark, note[end:until].strip(" ;,.:)=–-\"'"))
    for mark in shown:
        # what is meant stands first: "not asked in 2019 (n.a.)"
        behind = re.search(rf"(?P<said>[^;().]+)\(\s*[\"']?{re.escape(mark)}[\"']?\s*\)", note)
        if behind is not None and mark not in found:
            found[mark] = behind["said"].strip()
    return {mark: said for mark, said in found.items() if said}


def _shape(mark: str) -> str:
    return "star" if set(mark) == {"*"} else "dash" if set(mark) <= set("-–—−") else "dot" if set(mark) == {"."} else ""


def _meaning(said: str) -> str:
    """Return the value that words state, as the descriptor holds it; nothing where they state none, or not this way."""
    plain = fold(said)
    if _has(plain, "no_number"):
        return ""
    if re.search(r"½|\b(?:half|halve|helft|halfte|halbe[sn]?|moitie|demi|mitad|medio)\b", plain):
        return ""  # half of what is a question for a person
    for word in _less():
        start = r"(?<!\w)" if word[0].isalnum() else ""
        match = re.search(rf"{start}{re.escape(word)} ?(?:de |del |als |than )?(?P<digits>\d*[.,]?\d+)", plain)
        if match is not None and 0 < Fraction(match["digits"].replace(",", ".")) <= _MOST:
            return "" if _has(plain, "of_a_test") else f"<{match['digits']}"
    return "0" if _has(plain, "nothing") and not re.search(r"\d", plain.replace("0", "")) else ""


def _less() -> list[str]:
    openings = [pair for code in codes() for pair in language(code).openings.items()]
    found = {word for word, reading in openings if reading == "less_than"} | {*map(fold, words()["less"])}
    return sorted(found, key=lambda word: (-len(word), word))


def _has(plain: str, name: str) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(fold(word))}(?!\w)", plain) for word in words()[name])


def meanings(found: Mapping[str, Mark], used: Iterable[str]) -> dict[str, str]:
    """Return the key ``marks`` for the marks that a table uses."""
    return {mark: found.get(mark, Mark()).meaning for mark in sorted(set(used))}
