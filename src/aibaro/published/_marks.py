"""What do marks in the place of a number stand for, by the notes of the table itself?

A star, a dash or ``n/a`` stands for what the publisher says.  A note is read where it names the mark and one of three
meanings: a small share ("less than 0.5%"), nothing at all, or no number.  Whatever else it says, the mark is no number
until a person writes its value in the descriptor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from aibaro.published._cell_text import read_cell
from aibaro.published._grids import Grid
from aibaro.published._table_words import is_word, words
from aibaro.rounding import codes, language
from aibaro.rounding._languages import fold

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
