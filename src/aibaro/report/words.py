"""Which words does the report use, and how are numbers, places and arguments written, in each language?"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, partial
from importlib.resources import files
from typing import Any

from markupsafe import Markup, escape

from aibaro.errors import InputError
from aibaro.messages import keys, template

# --- How is a number written in each language?

LANGUAGES: tuple[str, ...] = ("en", "nl")
MISSING = "–"

_SWAP = str.maketrans(",.", ".,")


def check_language(lang: str) -> str:
    """Refuse a language that the report does not speak.

    Examples
    --------
    >>> check_language("nl")
    'nl'
    """
    if lang not in LANGUAGES:
        raise InputError("unknown language", parameter="lang", expected=", ".join(LANGUAGES), got=lang)
    return lang


def format_number(value: float, decimals: int = 0, lang: str = "en") -> str:
    """Write a number with the decimal mark and the grouping of a language.

    Examples
    --------
    >>> format_number(38071.25, 1), format_number(38071.25, 1, "nl"), format_number(-0.5)
    ('38,071.3', '38.071,3', '−1')
    """
    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,}"
    sign = "−" if rounded < 0 else ""
    return sign + (text.translate(_SWAP) if check_language(lang) == "nl" else text)


def format_percent(value: float, decimals: int = 1, lang: str = "en") -> str:
    """Write a percentage.

    Examples
    --------
    >>> format_percent(32.1, lang="nl")
    '32,1%'
    """
    text = format_number(value, decimals, lang)
    return text if text == MISSING else f"{text}%"


def format_range(low: float, high: float, decimals: int = 1, lang: str = "en", unit: str = "") -> str:
    """Write an interval as two numbers joined by a word, safe next to minus signs.

    Examples
    --------
    >>> format_range(31.94, 32.36, lang="nl", unit="%")
    '31,9 tot 32,4%'
    """
    if math.isnan(low) and math.isnan(high):
        return MISSING
    joint = "tot" if lang == "nl" else "to"
    return f"{format_number(low, decimals, lang)} {joint} {format_number(high, decimals, lang)}{unit}"


# --- Which words does the report use, in each language?
#
# A :class:`Text` carries both languages; inside HTML it writes both, and the page shows one.


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text in English and Dutch.

    Parameters
    ----------
    en, nl : str
        The words; equal where nothing depends on the language.

    Examples
    --------
    >>> Text("a < b", "a < b").__html__()
    'a &lt; b'
    """

    en: str
    nl: str

    @classmethod
    def same(cls, words: object) -> Text:
        """Take words that are equal in both languages, such as printed text and ids."""
        return cls(str(words), str(words))

    @classmethod
    def labels(cls, en: str, nl: str) -> Text:
        """Take a label from a table; a label without a Dutch form stays English."""
        return cls(en, nl or en)

    @classmethod
    def each(cls, write: Callable[[str], str]) -> Text:
        """Write something once a language."""
        return cls(write("en"), write("nl"))

    def __getitem__(self, lang: str) -> str:
        return self.nl if check_language(lang) == "nl" else self.en

    def __html__(self) -> str:
        if self.en == self.nl:
            return str(escape(self.en))
        # the shortest elements without a meaning of their own: a page holds some thirty thousand pairs, and shows the
        # one in its own language
        return f"<i>{escape(self.en)}</i><u>{escape(self.nl)}</u>"

    def __str__(self) -> str:
        return self.en

    def map(self, change: Callable[[str], str]) -> Text:
        """Change both languages in the same way."""
        return Text(change(self.en), change(self.nl))


@cache
def catalogue() -> dict[str, Text]:
    """Read the words of the report, and those that it shares with arguments and the terminal."""
    source = files("aibaro.report").joinpath("words.toml").read_text(encoding="utf-8")
    found = {key: Text.each(partial(template, key)) for key in keys()}

    def walk(prefix: str, node: dict[str, Any]) -> None:
        if isinstance(node.get("en"), str):
            found[prefix] = Text(node["en"], node["nl"])
            return
        for name, child in node.items():
            walk(f"{prefix}.{name}" if prefix else name, child)

    walk("", tomllib.loads(source))
    return found


def say(key: str, **values: Any) -> Text:
    """Return the words of a key, with values filled in.

    Examples
    --------
    >>> say("verdict.inconsistent").en
    'inconsistent'
    """
    if key not in catalogue():
        raise InputError("the report has no words for this", where="words.toml", parameter="key", got=key)
    text = catalogue()[key]
    if not values:
        return text

    def fill(lang: str) -> str:
        return text[lang].format(**{k: v[lang] if isinstance(v, Text) else v for k, v in values.items()})

    return Text.each(fill)


def count(value: float) -> Text:
    """Write a whole number in both languages."""
    return Text.each(lambda lang: format_number(value, 0, lang))


def decimal(value: float, decimals: int = 1) -> Text:
    """Write a decimal number in both languages."""
    return Text.each(lambda lang: format_number(value, decimals, lang))


def percent(value: float, decimals: int = 1) -> Text:
    """Write a percentage in both languages."""
    return Text.each(lambda lang: format_percent(value, decimals, lang))


def interval(low: float, high: float, decimals: int = 1, unit: str = "%") -> Text:
    """Write an interval in both languages."""
    return Text.each(lambda lang: format_range(low, high, decimals, lang, unit))


# --- Places in a source and steps of arguments in both languages; what has no Dutch form is marked as English.

_WORDS = re.compile(r"[^\W\d_]{2,}")
# codes of the survey's own tables say the same in both languages
_CODE = re.compile(r"\S*[.@|=_-]\S*|\b(?:of|n|p|k)\b")


@cache
def _places() -> tuple[tuple[re.Pattern[str], str], ...]:
    source = files("aibaro.report").joinpath("places.toml").read_text(encoding="utf-8")
    return tuple((re.compile(english), dutch) for english, dutch in tomllib.loads(source)["places"])


def argument_steps(row: Mapping[str, Any], column: str = "argument") -> tuple[Text, ...]:
    """Return the lines of a column; where no Dutch column stands beside the English one, both are the same."""
    columns = column, f"{column}_nl"
    english, dutch = ([line for line in str(row.get(name) or "").splitlines() if line] for name in columns)
    return tuple(Text(en, nl) for en, nl in zip(english, dutch if len(dutch) == len(english) else english, strict=True))


def sentence_of(row: Mapping[str, Any]) -> Text:
    """Return the plain sentence of a row; empty where there is none."""
    return Text.labels(str(row.get("sentence") or ""), str(row.get("sentence_nl") or ""))


def place_words(location: str) -> Text | Markup:
    """Return a place in a source in both languages.

    Examples
    --------
    >>> place_words("Table 3, row NACE 58-63").nl
    'Tabel 3, rij NACE 58-63'
    >>> place_words("Back cover")
    Markup('<span lang="en" class="keep">Back cover</span>')
    """
    parts = []
    for part in location.split(", "):
        found = next((e.sub(dutch, part) for e, dutch in _places() if e.fullmatch(part)), None)
        if found is None:
            return Markup('<span lang="en" class="keep">{}</span>').format(location)
        parts.append(found)
    return Text(location, ", ".join(parts))


def is_english(step: Text) -> bool:
    """Tell whether a step has words and no Dutch form, so that the page has to mark its language.

    Examples
    --------
    >>> is_english(Text.same("9184 + 496 = 9680")), is_english(Text.same("words of a stranger"))
    (False, True)
    """
    return step.en == step.nl and bool(_WORDS.search(_CODE.sub("", step.en)))
