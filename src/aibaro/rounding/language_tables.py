"""Which words stand for numbers, shares and signs?  One table per language, committed; a further language is a file."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from aibaro.errors import InputError


@dataclass(frozen=True, slots=True)
class Language:
    """The words of one language, folded: lower case, without accents and hyphens.

    Parameters
    ----------
    code : str
        Such as ``nl``.
    spelled : mapping of str to int
        Number words up to one hundred as they are written, with their accents.
    numbers : mapping of str to int
        The same, folded.
    shares : mapping of str to Fraction
        Words that name a share outright (half, driekwart).
    parts : mapping of str to int
        Words for one part of so many (third, kwart).
    articles, percent, points, between, and_, from_, to, or_more, or_less, plus, minus, behind, half_a : tuple of str
        Small words around numbers.
    openings : mapping of str to str
        Opening words to the reading that they give ("bijna" to ``almost``).
    sides, vague : mapping of str to str
        Whole phrases to the side of one half that they mean; vague ones admit more than they say.
    scales : mapping of str to int
        Words that multiply (million).
    ratios : tuple of re.Pattern
        Patterns of "one in eight" and their like, with groups ``top`` and ``bottom``.
    each : tuple of re.Pattern
        Patterns of "every second", with a group ``bottom`` that is an ordinal.
    ordinals : mapping of str to int
        Ordinals that such patterns use.
    vocabulary : frozenset of str
        Every single word of the tables.
    """

    code: str
    spelled: Mapping[str, int]
    numbers: Mapping[str, int]
    shares: Mapping[str, Fraction]
    parts: Mapping[str, int]
    articles: tuple[str, ...]
    percent: tuple[str, ...]
    points: tuple[str, ...]
    between: tuple[str, ...]
    and_: tuple[str, ...]
    from_: tuple[str, ...]
    to: tuple[str, ...]
    or_more: tuple[str, ...]
    or_less: tuple[str, ...]
    plus: tuple[str, ...]
    minus: tuple[str, ...]
    behind: tuple[str, ...]
    half_a: tuple[str, ...]
    openings: Mapping[str, str]
    sides: Mapping[str, str]
    vague: Mapping[str, str]
    scales: Mapping[str, int]
    ratios: tuple[re.Pattern[str], ...]
    each: tuple[re.Pattern[str], ...]
    ordinals: Mapping[str, int]
    vocabulary: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        tables: list[Iterable[str]] = [self.numbers, self.shares, self.parts, self.openings, self.sides, self.vague]
        tables += [self.articles, self.percent, self.points, self.or_more, self.or_less, self.scales, self.ordinals]
        tables += [re.findall(r"[^\W\d_]{3,}", pattern.pattern) for pattern in self.each]
        words = {word for table in tables for phrase in table for word in words_of(phrase)}
        object.__setattr__(self, "vocabulary", frozenset(words))

    def knows(self, text: str) -> bool:
        """Tell whether folded words can be of this language at all; most texts that are not read end here."""
        words = words_of(text)
        if sum(word.isdigit() for word in words) > 1:
            return True
        return any(word in self.vocabulary or self.number(word) is not None for word in words)

    def number(self, word: str) -> int | None:
        """Return the value of a number word, composed with a word for thousand where there is one."""
        text = word.strip()
        if text in self.numbers:
            return self.numbers[text]
        for scale, factor in self.scales.items():
            if factor == 1000 and text.endswith(scale):
                head = text.removesuffix(scale).strip()
                small = 1 if not head else self.numbers.get(head)
                return None if small is None else small * factor
        return None


def fold(text: str) -> str:
    """Return words as they are compared: lower case, no accents, no hyphens, one space between.

    Examples
    --------
    >>> fold("Près de  la moitié"), fold("tweeëntwintig"), fold("Three-Quarters")
    ('pres de la moitie', 'tweeentwintig', 'three quarters')
    """
    lowered = text.casefold().replace("’", "'").replace("-", " ").replace("‑", " ")
    if not lowered.isascii():
        lowered = "".join(c for c in unicodedata.normalize("NFD", lowered) if not unicodedata.combining(c))
    return " ".join(lowered.split())


def words_of(text: str) -> list[str]:
    """Cut folded text into words, at spaces and apostrophes."""
    return text.replace("'", " ").split()


def _folds(word: str) -> Iterable[str]:
    """Return the spellings under which a word is met: German print without umlauts writes ae, oe, ue."""
    spelled = word.casefold()
    for umlaut, pair in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        spelled = spelled.replace(umlaut, pair)
    return dict.fromkeys((fold(word), fold(spelled)))


def _table(words: Mapping[Any, Iterable[str]]) -> dict[str, Any]:
    """Turn value -> words into folded word -> value, longest first so that an opening is never cut short."""
    found = {folded: value for value, names in words.items() for name in names for folded in _folds(name)}
    return dict(sorted(found.items(), key=lambda pair: (-len(pair[0]), pair[0])))


def _list(words: Iterable[str]) -> tuple[str, ...]:
    found = {folded for word in words for folded in _folds(word)}
    return tuple(sorted(found, key=lambda word: (-len(word), word)))


@cache
def language(code: str) -> Language:
    """Read the table of a language.

    Parameters
    ----------
    code : str
        Such as ``nl``; :func:`codes` lists them.

    Returns
    -------
    Language
        Its words, folded.

    Raises
    ------
    InputError
        For a language without a table.

    Examples
    --------
    >>> language("nl").numbers["zestien"], language("de").openings["knapp"]
    (16, 'almost')
    """
    if code not in codes():
        raise InputError(
            "unknown language", parameter="language", expected=", ".join(codes()), got=code, hint="a language is a file"
        )
    data = tomllib.loads(_folder().joinpath(f"{code}.toml").read_text(encoding="utf-8"))
    numbers = _table({int(value): words for value, words in data["numbers"].items()})
    ordinals = _table({int(value): words for value, words in data["ordinals"].items()})
    spoken = "|".join(re.escape(word) for word in numbers)
    ordered = "|".join(re.escape(word) for word in ordinals) or r"(?!)"
    # "every fifth", and what is counted: "jede 10. Person"
    ordered = rf"(?P<bottom>{ordered}|\d{{1,3}}\.)(?: \w+)?"
    return Language(
        code=code,
        spelled={word: int(value) for value, words in data["numbers"].items() for word in words},
        numbers=numbers,
        shares=_table({Fraction(value): words for value, words in data["halves"].items()}),
        parts=_table({int(value): words for value, words in data["parts"].items()}),
        articles=_list(data["articles"]),
        percent=_list(data["percent"]),
        points=_list(data["points"]),
        between=_list(data["between"]),
        and_=_list(data["and"]),
        from_=_list(data["from"]),
        to=_list(data["to"]),
        or_more=_list(data["or_more"]),
        or_less=_list(data["or_less"]),
        plus=_list(data["plus"]),
        minus=_list(data["minus"]),
        behind=_list(data["behind"]),
        half_a=_list(data["half_a"]),
        openings=_table(data["openings"]),
        sides=_table(data["sides"]),
        vague=_table(data["vague"]),
        scales=_table({int(value): words for value, words in data["scales"].items()}),
        ratios=tuple(_ratio(pattern, rf"(?:{spoken}|\d{{1,4}})") for pattern in data["ratios"]),
        each=tuple(re.compile(pattern.casefold().replace("{o}", ordered)) for pattern in data["each"]),
        ordinals=ordinals,
    )


def _ratio(pattern: str, number: str) -> re.Pattern[str]:
    top, bottom = f"(?P<top>{number})", f"(?P<bottom>{number})"
    return re.compile(pattern.casefold().replace("{n}", top, 1).replace("{n}", bottom, 1), re.ASCII)


def _folder() -> Any:
    return files("aibaro.rounding").joinpath("languages")


@cache
def codes() -> tuple[str, ...]:
    """List the languages that have a table.

    Returns
    -------
    tuple of str
        Their codes, sorted.

    Examples
    --------
    >>> codes()
    ('de', 'en', 'es', 'fr', 'nl')
    """
    return tuple(
        sorted(entry.name.removesuffix(".toml") for entry in _folder().iterdir() if entry.name.endswith(".toml"))
    )


@cache
def tables(spoken: str = "") -> tuple[Language, ...]:
    """Return the tables of declared languages, several parted by spaces; all of them where none is declared.

    Examples
    --------
    >>> [table.code for table in tables("nl en")]
    ['nl', 'en']
    """
    return tuple(language(code) for code in (spoken.split() or codes()))


@cache
def every(name: str) -> tuple[str, ...]:
    """Collect one list over all languages: words such as percent are the same sign everywhere."""
    found = {word for code in codes() for word in getattr(language(code), name)}
    return tuple(sorted(found, key=lambda word: (-len(word), word)))
