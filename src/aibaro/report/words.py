"""Which words does the report use, in each language?

A :class:`Text` carries both languages; inside HTML it writes both, and the page shows one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import Any

from markupsafe import escape

from aibaro.errors import InputError
from aibaro.messages import keys, template
from aibaro.report.numbers import check_language, format_number, format_percent, format_range


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
        # the shortest neutral element: a page holds some fifty thousand of them
        return f"<i lang=en>{escape(self.en)}</i><i lang=nl>{escape(self.nl)}</i>"

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
