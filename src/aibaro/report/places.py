"""Places in a source and steps of arguments in both languages; what has no Dutch form is marked as English."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from aibaro.report.words import Text

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
