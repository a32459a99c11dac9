"""How is a printed number read, in digits, signs or words?  Text in, admissible values out; nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from aibaro.errors import Fault, InputError, PublishedNumberError
from aibaro.rounding._interval import UNBOUNDED, Interval
from aibaro.rounding._rounding_rules import band_of
from aibaro.rounding._verbal import REACH, READINGS, admitted, share_of, side_of, split_opening
from aibaro.rounding.language_tables import Language, every, fold, tables

# --- Which number do these digits spell? Decimal mark, groups of thousands, percent sign; nothing is lost or guessed.

#: Longest number that is read: one digit more is no figure of a survey.
MOST_DIGITS = 28
MARKS = (",", ".")
#: Spaces (plain, no-break, figure, thin, narrow) and apostrophes that group thousands.
SPACES = " \u00a0\u2007\u2009\u202f"
APOSTROPHES = "'\u2019\u02bc"
GROUPED = rf"\d{{1,3}}(?:[{SPACES}{APOSTROPHES}]\d{{3}})+(?:[.,]\d+)?(?!\d)"
#: Digits as they may stand in print, before their marks are understood.
DIGITS = rf"(?:{GROUPED}|\d+(?:[.,]\d+)*|[.,]\d+)"


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """A number as it was printed.

    Parameters
    ----------
    text : str
        The printed characters.
    value : Fraction
        The number that they spell, in units of the print (32,1% is 321/10, not 0.321).
    decimals : int
        Digits after the decimal mark.
    percent : bool
        Whether a percent sign or word was printed with it.
    """

    text: str
    value: Fraction
    decimals: int
    percent: bool


def whole_number(text: str) -> int | None:
    """Read a whole number in the digits 0 to 9; None for any other text, and for more digits than a number may have.

    Examples
    --------
    >>> whole_number("1565"), whole_number("\N{SUPERSCRIPT TWO}"), whole_number("9" * 29)
    (1565, None, None)
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def natural_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Order names by the numbers in them.

    Examples
    --------
    >>> sorted(["rw10", "rw2"], key=natural_order)
    ['rw2', 'rw10']
    """
    parts = [(part, whole_number(part)) for part in re.split(r"([0-9]+)", name)]
    return tuple((0, 0, part) if number is None else (1, number, "") for part, number in parts)


def spell(digits: str, decimal: str, text: str) -> tuple[Fraction, int]:
    """Return the value and the decimals of digits with marks.

    Examples
    --------
    >>> spell("1.234,5", ",", ""), spell("1\u202f234", ".", ""), spell("51.7", ",", "")
    ((Fraction(2469, 2), 1), (Fraction(1234, 1), 0), (Fraction(517, 10), 1))
    """
    if decimal not in MARKS:
        raise InputError("unknown decimal mark", parameter="decimal", expected="',' or '.'", got=repr(decimal))
    if sum(c.isdigit() for c in digits) > MOST_DIGITS:
        raise PublishedNumberError(
            "a number has too many digits", expected=f"at most {MOST_DIGITS} digits", got=f"{text[:40]}..."
        )
    plain = re.sub(f"[{SPACES}{APOSTROPHES}]", "", digits)
    group = "." if decimal == "," else ","
    if re.fullmatch(rf"[1-9]\d{{0,2}}(?:\{group}\d{{3}})+(?:\{decimal}\d+)?", plain, re.ASCII):
        plain = plain.replace(group, "")
    elif re.fullmatch(rf"\d*\{group}\d+", plain, re.ASCII):
        # the other mark is followed by no group of three: a decimal mark printed by mistake
        plain = plain.replace(group, decimal)
    whole, _, fraction = plain.partition(decimal)
    if not re.fullmatch(r"\d*", whole, re.ASCII) or not re.fullmatch(r"\d*", fraction, re.ASCII):
        raise PublishedNumberError(
            f'"{text}" is not one number',
            expected=f"digits with '{decimal}' as decimal mark",
            got=text,
            hint="write one number a row",
        )
    return Fraction(int(whole + fraction), 10 ** len(fraction)), len(fraction)


_PLAIN = re.compile(rf"(?P<digits>{DIGITS})\s*(?P<percent>%)?", re.ASCII)


def parse_digits(text: str, decimal: str = ",") -> PrintedNumber | None:
    """Read a number in digits, with or without a percent sign; None for anything else."""
    match = _PLAIN.fullmatch(text.strip())
    if match is None:
        return None
    value, decimals = spell(match["digits"], decimal, text)
    return PrintedNumber(text, value, decimals, match["percent"] is not None)


# --- How is a printed number read, in digits, signs or words? Text in, admissible values out; nothing is guessed.

#: Longest text that is read as a number.
MOST_CHARACTERS = 200
#: Half the distance between the round percentages that "about" is said of; of other quantities this part of them.
ABOUT = Fraction(5, 2)
#: Kinds whose values lie between natural ends, and these ends.
NATURAL: dict[str, tuple[Fraction, Fraction]] = {
    "percentage": (Fraction(0), Fraction(100)),
    "verbal": (Fraction(0), Fraction(100)),
    "points": (Fraction(-100), Fraction(100)),
    "change": (Fraction(-100), UNBOUNDED),
    "count": (Fraction(0), UNBOUNDED),
    "standard_error": (Fraction(0), UNBOUNDED),
    "margin_of_error": (Fraction(0), UNBOUNDED),
}
#: Marks that publishers put in the place of a number, each with a meaning of its own.
COMMON_MARKS = (
    "*",
    "**",
    "-",
    "–",
    "—",
    "--",
    ".",
    "..",
    "...",
    ":",
    "/",
    "x",
    "X",
    "n/a",
    "N/A",
    "na",
    "NA",
    "n.a.",
    "k.a.",
)
_SIGNS = {"<": "less_than", "<=": "at_most", ">": "more_than", ">=": "at_least", "~": "about", "≈": "about"}
_DASH = "[-–—‒‑]"
_NUMBER = rf"[+-]?\s?{DIGITS}"
_SIZE = re.compile(
    rf"(?P<rest>.*?)\s*(?P<open>[(\[]?)\s*n\s*=\s*(?P<n>{DIGITS})\s*(?P<close>[)\]]?)", re.ASCII | re.IGNORECASE
)
_CONFIDENCE = re.compile(
    r"(?P<rest>.+?)\s*[(\[]\s*(?:(?:[CKBV]\.?I\.?|I\.?C\.?|BHI|\d\d(?:[.,]\d+)?\s*%|à|del|at|van)[\s:=-]*){0,4}\s*"
    rf"(?P<low>{_NUMBER})\s*%?\s*(?:{_DASH}|;|, |to|tot|bis|à|a|y|et|en|und|and)\s*(?P<high>{_NUMBER})\s*%?\s*[)\]]",
    re.ASCII,
)
_MARGIN = re.compile(rf"(?P<rest>.*?)\s*\(?\s*±\s*(?P<margin>{DIGITS})\s*(?P<unit>[^)]*?)\s*\)?", re.ASCII)
_SIGNED = re.compile(rf"(?P<sign>[+-]?)\s*(?P<digits>{DIGITS})\s*(?P<unit>.*)", re.ASCII)
_RANGE = re.compile(
    rf"(?P<a>[+-]?{DIGITS})\s*(?P<unit_a>%?)\s*(?P<mark>{_DASH}|[^\d\s%+-]+(?: [^\d\s%+-]+)*)\s*"
    rf"(?P<b>[+-]?{DIGITS})\s*(?P<unit>.*)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a printed text stands for.

    Parameters
    ----------
    text : str
        The printed characters.
    kind : str
        Kind of the figure: as given, else what the text itself says; empty where it says nothing (a bare number).
    value : Fraction or None
        The number that is spelled, in the unit of the print: 1 of ``<1%``, 100/3 of ``a third``, the middle of a range.
    decimals : int
        Digits after the decimal mark; negative for round numbers such as 2.5 million.
    percent : bool
        Whether a percent sign or word stands with it.
    qualifier : str
        What stands before the number (``exact``, ``about``, ``almost``, ``just_over``, ``more_than``, ``less_than``,
        ``at_least``, ``at_most``), ``range``, ``vague`` or ``none``, which is a mark without a number.
    soft : bool
        Whether the values rest on a convention about words, so that nothing may be accused by them.
    exact : bool
        Whether the number is a count of units, which is not rounded.
    sign : {"", "+", "-"}
        Printed sign.
    n : int or None
        Size that is printed with it, as in ``32% (n = 1,002)``.
    confidence : tuple of (Fraction, Fraction) or None
        Printed confidence limits.
    margin : Fraction or None
        Printed margin of error.
    stated : Interval or None
        Values that the words or signs admit whatever the rounding; None for plain digits.

    Examples
    --------
    >>> reading = read_printed("<1%")
    >>> band = reading.interval()
    >>> int(band.lower), int(band.upper), band.upper_closed, reading.soft
    (0, 1, False, False)
    """

    text: str
    kind: str = ""
    value: Fraction | None = None
    decimals: int = 0
    percent: bool = False
    qualifier: str = "exact"
    soft: bool = False
    exact: bool = False
    sign: str = ""
    n: int | None = None
    confidence: tuple[Fraction, Fraction] | None = None
    margin: Fraction | None = None
    stated: Interval | None = None

    def interval(self, rule: str = "half_up") -> Interval | None:
        """Return the values that the text stands for.

        Parameters
        ----------
        rule : str, default "half_up"
            Rounding rule of the publisher, one of :data:`RULES`.

        Returns
        -------
        Interval or None
            Admissible values, empty where the number is impossible (110%, a share below 0); None for a mark that
            stands for no number.

        Examples
        --------
        >>> read_printed("110%").interval().empty
        True
        """
        if self.value is None:
            return None
        if self.stated is not None:
            band = self.stated
        elif self.exact:
            band = Interval(self.value, self.value)
        else:
            band = band_of(self.value, self.decimals, rule)
        ends = NATURAL.get(self.kind or ("percentage" if self.percent else ""))
        return band if ends is None else band.intersect(Interval(*ends))


def read_printed(
    text: str,
    kind: str = "",
    *,
    language: str = "",
    decimal: str = ",",
    weighted: str = "no",
    qualifier: str = "",
    low: str = "",
    high: str = "",
    marks: Mapping[str, str] | None = None,
) -> Reading:
    """Read a printed number in digits, signs or words.

    Parameters
    ----------
    text : str
        Printed characters.
    kind : str
        Kind of the figure, where known.
    language : str
        Language of words, or several parted by spaces.  Without one, words are read where all languages that know
        them read them alike.
    decimal : {",", "."}
        Decimal mark of the publication.
    weighted : {"no", "yes", "unknown", ""}
        Whether a count is weighted and so a rounded number; only a count that is not weighted is exact.
    qualifier : str
        Qualifier that a table states beside plain digits.
    low, high : str
        Range that a table states for words which no table of words holds.
    marks : mapping of str to str, optional
        What the survey says its marks stand for (``{"*": "<0.5", "-": "0", "n/a": ""}``).

    Returns
    -------
    Reading
        The value and the values that it stands for.

    Raises
    ------
    PublishedNumberError
        When the text is not read: nothing is guessed.

    Examples
    --------
    >>> read_printed("almost 23%").interval().lower, read_printed("vier op de tien", language="nl").value
    (Fraction(17, 1), Fraction(40, 1))
    >>> read_printed("32% (n = 1.002)").n, read_printed("+12 points").kind
    (1002, 'points')
    """
    marked = tuple(sorted((marks or {}).items()))
    found = _outcome(text, kind, language, decimal, weighted, qualifier, low, high, marked)
    if isinstance(found, Fault):
        raise PublishedNumberError(found.problem, expected=found.expected, got=found.got, hint=found.hint)
    return found


# the same few hundred texts recur in a survey, and each is read several times
@lru_cache(maxsize=16384)
def _outcome(*cells: Any) -> Reading | Fault:
    try:
        return _read(*cells)
    except PublishedNumberError as error:
        return error.faults[0]


def _read(  # noqa: PLR0917 - what a cache keys on is positional
    text: str,
    kind: str,
    language: str,
    decimal: str,
    weighted: str,
    qualifier: str,
    low: str,
    high: str,
    marks: tuple[tuple[str, str], ...],
) -> Reading:
    written = plain(text)
    declared = {plain(mark): meaning for mark, meaning in marks}
    if written in declared:
        meaning = declared[written]
        if not meaning.strip():
            return Reading(text, kind, qualifier="none")
        return replace(_read(meaning, kind, language, decimal, weighted, "", "", "", ()), text=text)
    if written in COMMON_MARKS:
        raise PublishedNumberError(
            f'"{written}" is a mark that is not explained',
            expected='its meaning in the key "marks" of datapackage.json, such as {"*": "<0.5", "-": "0", "n/a": ""}',
            got=text,
        )
    try:
        found = _whole(written, kind, language, decimal)
    except PublishedNumberError:
        if not (low or high or kind == "date"):
            raise
        found = Reading(text, kind, qualifier="none")
    found = _ranged(found, qualifier, low, high) if low or high else _qualified(found, qualifier, kind)
    exact = (kind or found.kind) == "count" and weighted in {"no", ""} and found.stated is None and found.decimals == 0
    return replace(found, text=text, kind=kind or found.kind, exact=exact)


_PLUS_OR_MINUS = re.compile(r"\bplus(?: or |/| of | oder | ou )(?:minus|min|moins)\b", re.IGNORECASE)
_PARTS = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4), "⅓": Fraction(1, 3), "⅔": Fraction(2, 3)}


def plain(text: str) -> str:
    """Return a text with one form of each space, minus and comparison sign."""
    spaced = re.sub(r"[\u00a0\u2007\u2009\u202f\t]", " ", text).strip()
    for old, new in (
        ("−", "-"),
        ("≤", "<="),
        ("≥", ">="),
        ("⩽", "<="),
        ("⩾", ">="),
        ("+/-", "±"),
        ("+/–", "±"),
        ("+-", "±"),
        ("+–", "±"),
        ("’", "'"),
    ):
        spaced = spaced.replace(old, new)
    spaced = _PLUS_OR_MINUS.sub("±", spaced)
    # a dash before a digit that begins the text is a minus sign, which few keyboards have
    return re.sub(r"^[–‒‑—](?=\s?\d)", "-", spaced)


def _hint(text: str) -> str:
    if re.search(r"\d.*(?:[*†‡§]|[¹²³⁰⁴-⁹]|\[\w\])$", text):
        return "a mark of a footnote behind the number is no part of it: leave it out of printed"
    if re.search(r"[％٪]", text):
        return "write the sign as %"
    if re.fullmatch(r"\(\s*[\d.,]+\s*%?\s*\)", text):
        return "parentheses around a number say how sure it is: leave them out of printed"
    if len(text) <= 4 and text and not re.search(r"\d", text):
        return (
            f'a mark in the place of a number is declared in datapackage.json, "marks": {{"{text}": ""}} for no number'
        )
    return "what words stand for can be stated in the columns low, high and qualifier"


def _refused(text: str, hint: str = "") -> PublishedNumberError:
    shown = text if len(text) <= 60 else f"{text[:60]}..."
    return PublishedNumberError(
        f'"{shown}" is not a number',
        expected="digits such as 32,1%, a sign such as <1%, or words that the declared language knows",
        got=repr(shown),
        hint=hint or _hint(text),
    )


def _whole(text: str, kind: str, language: str, decimal: str) -> Reading:
    """Read a text with what may stand behind the number: a size, confidence limits, a margin of error."""
    if not text or len(text) > MOST_CHARACTERS:
        raise _refused(text)
    if any(c.isdecimal() and not c.isascii() for c in text):
        raise _refused(text, "write digits as 0 to 9")
    size = _SIZE.fullmatch(text)
    if size is not None and (size["open"] != "") == (size["close"] != "") and (not size["rest"] or size["open"]):
        # a size has no decimals, so a mark before three digits groups thousands whatever the decimal mark is
        grouped = re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", size["n"], re.ASCII)
        value, decimals = spell(re.sub("[.,]", "", size["n"]) if grouped else size["n"], decimal, text)
        if decimals:
            raise PublishedNumberError(f'"{text}" states no whole size', expected="n = a whole number", got=text)
        if not size["rest"]:
            return Reading(text, "count", value)
        return replace(_whole(size["rest"], kind, language, decimal), n=int(value))
    limits = _CONFIDENCE.fullmatch(text)
    if limits is not None:
        ends = tuple(_signed_value(limits[name], decimal, text) for name in ("low", "high"))
        return replace(_whole(limits["rest"], kind, language, decimal), confidence=(ends[0], ends[1]))
    around = _MARGIN.fullmatch(text)
    if around is not None:
        return _with_margin(around, text, kind, language, decimal)
    return _core(text, kind, language, decimal)


def _with_margin(match: re.Match[str], text: str, kind: str, language: str, decimal: str) -> Reading:
    around = number_in_digits(f"{match['margin']} {match['unit']}".strip(), decimal, tables(language))
    if around is None:
        raise _refused(text)
    if match["rest"]:
        return replace(_whole(match["rest"], kind, language, decimal), margin=around.value)
    own = replace(around, text=text, kind=kind or "margin_of_error")
    # "± 30%" of a share says about, as in Dutch
    return _digits_said("about", own, kind) if kind in {"percentage", "count"} else own


def _signed_value(text: str, decimal: str, whole: str) -> Fraction:
    value, _ = spell(text.lstrip("+- "), decimal, whole)
    return -value if text.startswith("-") else value


def _core(text: str, kind: str, language: str, decimal: str) -> Reading:
    """Read a number alone: digits, then a range, then whatever the languages know, which have to agree."""
    known = tables(language)
    text = _signed_in_words(text, known)
    found = number_in_digits(text, decimal, known) or _range(text, decimal, known) or _with_part(text, known)
    if found is not None:
        return found
    for sign in sorted(_SIGNS, key=len, reverse=True):
        if text.startswith(sign):
            rest = number_in_digits(text.removeprefix(sign).strip(), decimal, known)
            if rest is None:
                raise _refused(text)
            return _digits_said(_SIGNS[sign], rest, kind)
    if text.endswith("+"):
        rest = number_in_digits(text.removesuffix("+").strip(), decimal, known)
        if rest is not None:
            return _digits_said("at_least", rest, kind)
    found_by = {table.code: reading for table in known if (reading := _spoken(text, kind, decimal, table)) is not None}
    if not found_by:
        raise _refused(text)
    if len(set(found_by.values())) > 1:
        raise PublishedNumberError(
            f'"{text}" is read in several ways',
            expected=f'the key "language" of datapackage.json: one of {", ".join(found_by)}',
            got=text,
        )
    return next(iter(found_by.values()))


def _signed_in_words(text: str, known: tuple[Language, ...]) -> str:
    """Give "plus 3", "up 3 points", "minus 3" their sign."""
    word, _, rest = text.partition(" ")
    if rest[:1].isdigit():
        folded = fold(word)
        if any(folded in table.plus for table in known):
            return f"+{rest}"
        if any(folded in table.minus for table in known):
            return f"-{rest}"
    return text


def _with_part(text: str, known: tuple[Language, ...]) -> Reading | None:
    """Read 12½% and ½%: a number in halves, thirds or quarters stands for what is nearest to it among these."""
    match = re.fullmatch(r"(?P<whole>\d{0,6})\s?(?P<part>[½¼¾⅓⅔])\s*(?P<unit>.*)", text, re.ASCII)
    if match is None:
        return None
    unit = _unit(match["unit"], known)
    if unit not in {"", "percent", "points"} or not (match["whole"] or unit):
        return None
    part = _PARTS[match["part"]]
    value = int(match["whole"] or 0) + part
    room = Fraction(1, 2 * part.denominator)
    kind = _kind_of("", str(unit))
    return Reading(text, kind, value, 1, unit == "percent", stated=Interval(value - room, value + room))


def number_in_digits(text: str, decimal: str, known: tuple[Language, ...]) -> Reading | None:
    """Read digits with a sign and a unit; None for anything else."""
    match = _SIGNED.fullmatch(text)
    if match is None:
        return None
    unit = _unit(match["unit"], known)
    if unit is None:
        return None
    value, decimals = spell(match["digits"], decimal, text)
    sign = match["sign"]
    if isinstance(unit, int):
        digits = len(str(unit)) - 1
        value, decimals, unit = value * unit, decimals - digits, ""
    return Reading(
        text,
        _kind_of(sign, unit),
        -value if sign == "-" else value,
        decimals,
        unit == "percent",
        sign=sign,
    )


def _kind_of(sign: str, unit: str) -> str:
    if unit == "points" or (sign and not unit):
        return "points"
    if unit == "percent":
        return "change" if sign else "percentage"
    return ""


def _unit(text: str, known: tuple[Language, ...]) -> str | int | None:
    """Return what follows a number: percent, points, a factor, or nothing; None for other words."""
    if not text.strip():
        return ""
    if text.strip() == "%":
        return "percent"
    folded = fold(text)
    if folded in every("percent"):
        return "percent"
    if folded in every("points"):
        return "points"
    factors = {table.scales[folded] for table in known if folded in table.scales}
    return factors.pop() if len(factors) == 1 else None


def _range(text: str, decimal: str, known: tuple[Language, ...]) -> Reading | None:
    """Read "10-15%", "10 to 15" and "between 10 and 15%"; None for anything else."""
    rest, opened = text, False
    for table in known:
        for word in table.between:
            if fold(text).startswith(f"{word} ") and not opened:
                rest, opened = " ".join(text.split()[len(word.split()) :]), True
        for word in table.from_:
            if fold(text).startswith(f"{word} ") and rest == text:
                rest = " ".join(text.split()[len(word.split()) :])
    far = rest != text and not opened  # "from ... to" has no dash between
    match = _RANGE.fullmatch(rest)
    if match is None:
        return None
    mark = fold(match["mark"]).strip()
    joined = {word for table in known for word in (table.and_ if opened else table.to)}
    if mark not in joined and (opened or far or not re.fullmatch(_DASH, match["mark"])):
        return None
    unit = _unit(match["unit"], known)
    if unit is None or isinstance(unit, int) or (match["unit_a"] and unit != "percent"):
        return None
    ends = [_signed_value(match[name], decimal, text) for name in ("a", "b")]
    if ends[0] > ends[1]:
        raise PublishedNumberError(f'"{text}" is an empty range', expected="the smaller number first", got=text)
    decimals = max(spell(match[name].lstrip("+-"), decimal, text)[1] for name in ("a", "b"))
    return Reading(
        text,
        "points" if unit == "points" else "percentage" if unit == "percent" else "",
        sum(ends, Fraction(0)) / 2,
        decimals,
        unit == "percent",
        "range",
        stated=Interval(ends[0], ends[1]),
    )


def _spoken(text: str, kind: str, decimal: str, table: Language) -> Reading | None:
    """Read words of one language; None where it does not know them."""
    if not table.knows(fold(text)):
        return _vulgar(text) if text.isnumeric() else None
    elided = re.sub(r"\b([dl])'(?=\w)", r"\1' ", text, flags=re.IGNORECASE)
    side = side_of(fold(elided), table)
    if side is not None:
        reading, said = side
        band = Interval(Fraction(0), Fraction(100)) if reading == "any" else admitted(Fraction(1, 2), reading)
        return Reading("", "verbal", (band.lower + band.upper) / 2, qualifier=said, soft=True, stated=band)
    opening, rest = split_opening(elided, table)
    rest, opening = _without_ending(rest, opening, table)
    first, _, after = rest.partition(" ")
    bare = after if fold(first) in table.articles else rest  # "el 12%"
    number = number_in_digits(rest, decimal, (table,)) or number_in_words(rest, table)
    number = number or number_in_digits(bare, decimal, (table,))
    if number is not None:
        return number if opening == "exact" else _digits_said(opening, number, kind)
    share = share_of(fold(rest), table)
    if share is None:
        return None
    return Reading("", "verbal", 100 * share, qualifier=opening, soft=True, stated=admitted(share, opening))


def _vulgar(text: str) -> Reading | None:
    """Read ½ and its like."""
    share = Fraction(unicodedata.numeric(text, -1)).limit_denominator(10) if len(text) == 1 else Fraction(-1)
    if not 0 < share < 1:
        return None
    return Reading("", "verbal", 100 * share, soft=True, stated=admitted(share))


def _without_ending(text: str, opening: str, table: Language) -> tuple[str, str]:
    """Take "or more" and "or less" from the end of a text."""
    words = text.split()
    for endings, reading in ((table.or_more, "at_least"), (table.or_less, "at_most")):
        for ending in endings:
            count = len(ending.split())
            if len(words) > count and opening == "exact" and fold(" ".join(words[-count:])) == ending:
                return " ".join(words[:-count]), reading
    return text, opening


def number_in_words(text: str, table: Language) -> Reading | None:
    folded = fold(text)
    for word in every("percent"):
        if folded.endswith(f" {word}") and (value := table.number(folded.removesuffix(f" {word}"))) is not None:
            return Reading("", "percentage", Fraction(value), percent=True)
        if folded.endswith(f" {word}") and folded.removesuffix(f" {word}") in table.half_a:
            band = Interval(Fraction(1, 4), Fraction(3, 4))
            return Reading("", "percentage", Fraction(1, 2), 1, percent=True, soft=True, stated=band)
    for word in every("points"):
        if folded.endswith(f" {word}") and (value := table.number(folded.removesuffix(f" {word}"))) is not None:
            return Reading("", "points", Fraction(value))
    value = table.number(folded)
    return None if value is None else Reading("", "", Fraction(value))


def _digits_said(said: str, number: Reading, kind: str) -> Reading:
    """Return what digits stand for behind a word or sign; "about" and "almost" rest on a convention."""
    if number.value is None or said == "exact":
        return number
    share = kind in {"percentage", "verbal"} or (not kind and number.percent)
    low, high = NATURAL.get(kind or ("percentage" if number.percent else ""), (-UNBOUNDED, UNBOUNDED))
    if not kind and not number.percent and number.value >= 0 and not number.sign:
        low = Fraction(0)
    value = number.value
    reach = 100 * REACH if share else REACH * abs(value)
    around = ABOUT if share else ABOUT / 50 * abs(value)
    band = {
        "about": Interval(value - around, value + around),
        "almost": Interval(value - reach, value, True, False),
        "just_over": Interval(value, value + reach, False, True),
        "more_than": Interval(value, max(high, value), False, True),
        "at_least": Interval(value, max(high, value), True, True),
        "less_than": Interval(min(low, value), value, True, False),
        "at_most": Interval(min(low, value), value, True, True),
    }[said]
    return replace(number, qualifier=said, soft=said in {"about", "almost", "just_over"}, stated=band)


def _qualified(found: Reading, qualifier: str, kind: str) -> Reading:
    """Apply a qualifier that a table states to digits that carry none in their text."""
    if qualifier in {"", "exact", "vague"} or found.stated is not None or qualifier not in READINGS:
        return found
    return _digits_said(qualifier, found, kind)


def _ranged(found: Reading, qualifier: str, low: str, high: str) -> Reading:
    """Take the range that a table states where its words are in no table of words, or are vague."""
    if found.value is not None and qualifier != "vague" and found.stated is not None:
        return found
    if not (low and high):
        return found
    try:
        band = Interval(Fraction(low), Fraction(high))
    except (ValueError, ZeroDivisionError):
        raise InputError("not a range", parameter="low, high", expected="two numbers", got=f"{low}, {high}") from None
    value = (band.lower + band.upper) / 2
    return replace(found, value=value, qualifier=qualifier or "exact", soft=True, stated=band)


# --- Which one plain number was printed, and which values round to it?


def parse_printed(text: str, decimal: str = ",") -> PrintedNumber:
    """Read one plain printed number without losing its digits.

    Parameters
    ----------
    text : str
        Printed characters, such as ``"32,1%"``, ``"9.680"``, ``"1 234"``, ``"85 procent"`` or ``"zestien procent"``.
    decimal : {",", "."}
        Decimal mark of the publication.  The other mark groups thousands; where it is not followed by groups of
        three digits it was printed as a decimal mark by mistake and is read so (``"51.7%"``).

    Returns
    -------
    PrintedNumber
        Exact value, decimals and percent sign.

    Raises
    ------
    PublishedNumberError
        When the text is not one number without a sign; :func:`read_printed` reads every other notation.

    Examples
    --------
    >>> parse_printed("32,1%").value, parse_printed("2.612").value, parse_printed("51.7%").decimals
    (Fraction(321, 10), Fraction(2612, 1), 1)
    >>> parse_printed("zestien procent").value
    Fraction(16, 1)
    """
    if decimal not in MARKS:
        raise InputError("unknown decimal mark", parameter="decimal", expected="',' or '.'", got=repr(decimal))
    digits = parse_digits(text, decimal)
    if digits is not None:
        return digits
    written = plain(text)
    found = {number_in_digits(written, decimal, tables()), *(number_in_words(written, t) for t in tables())} - {None}
    numbers = {(r.value, r.decimals, r.percent) for r in found if r is not None and not r.sign and r.kind != "points"}
    if len(numbers) != 1:
        raise PublishedNumberError(
            f'"{text}" is not a number',
            expected="digits such as 32,1% or a number word",
            got=repr(text),
            hint="verbal quantities such as 'a third' are read from the columns low, high and qualifier",
        )
    value, decimals, percent = numbers.pop()
    return PrintedNumber(text, Fraction(value or 0), decimals, percent)


def admissible(printed: str | PrintedNumber, rule: str = "half_up", decimal: str = ",") -> Interval:
    """Return the values that a printed number stands for.

    Parameters
    ----------
    printed : str or PrintedNumber
        The printed number; its decimals decide the width.
    rule : {"half_up", "half_even", "nearest", "truncate", "floor_or_ceil", "sum_to_100"}
        Rounding rule of the publisher.  ``nearest`` admits both ends, so it covers half up, half down and half
        even; ``floor_or_ceil`` covers every rule that prints a neighbouring multiple, ``sum_to_100`` among them.
    decimal : {",", "."}
        Decimal mark, used when `printed` is text.

    Returns
    -------
    Interval
        Exact ends in the unit of the print.

    Raises
    ------
    InputError
        When the rule is unknown.
    PublishedNumberError
        When the text is not one number.

    Notes
    -----
    With unit u = 10^-d for d printed decimals, half up admits [P - u/2, P + u/2).

    References
    ----------
    Moore, R. E., Kearfott, R. B. and Cloud, M. J. (2009). Introduction to Interval Analysis. SIAM.
    https://doi.org/10.1137/1.9780898717716

    Examples
    --------
    >>> band = admissible("32,1%")
    >>> float(band.lower), float(band.upper), band.upper_closed
    (32.05, 32.15, False)
    """
    number = parse_printed(printed, decimal) if isinstance(printed, str) else printed
    return band_of(number.value, number.decimals, rule)
