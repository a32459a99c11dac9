"""Words by which the parts of a printed table are known: one committed list, all languages together."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


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
