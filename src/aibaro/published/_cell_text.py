"""What stands in a cell of a printed table: a number with its marks, a sign for no number, or words?"""

from __future__ import annotations

import re
from dataclasses import dataclass

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
