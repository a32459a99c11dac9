"""The steps of an argument in Dutch: known phrases are replaced, numbers get their decimal comma."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from aibaro.report.words import Text, catalogue

# "printed again as fl23.t1.n" and "(4.5, 6.5]": ids keep their points, numbers of an interval are parted by a semicolon
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_INTERVAL = re.compile(rf"([\[(])({_NUMBER}), ({_NUMBER})([\])])")
_DECIMAL = re.compile(r"(?<![\w.])(\d+)\.(\d+)(?=e-?\d|(?!\.?\w))")
_ALSO = re.compile(r"also (\w+) \((\w+)\): (.+)")
_QUOTED = re.compile(r"(\".+\") for (.+)")
_WORDS = re.compile(r"[^\W\d_]{2,}")
# codes of the survey's own tables say the same in both languages
_CODE = re.compile(r"\S*[.@|=_-]\S*|\b(?:of|n|p|k)\b")


@cache
def _phrases(kind: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    source = files("aibaro.report").joinpath("arguments.toml").read_text(encoding="utf-8")
    return tuple((re.compile(english), dutch) for english, dutch in tomllib.loads(source)[kind])


def argument_line(line: str) -> Text:
    """Give a step of an argument in both languages.

    Examples
    --------
    >>> argument_line("100 - 34.7 = 65.3; what remains is (65.2, 65.4)").nl
    '100 - 34,7 = 65,3; er blijft over (65,2; 65,4)'
    >>> argument_line("a step that nobody has translated").nl
    'a step that nobody has translated'
    """
    dutch = _dutch(line)
    return Text.same(line) if dutch is None else Text(line, dutch)


def place_words(location: str) -> Text | Markup:
    """Give a place in a source in both languages.

    Examples
    --------
    >>> place_words("Table 3, row NACE 58-63").nl
    'Tabel 3, rij NACE 58-63'
    >>> place_words("Back cover")
    Markup('<span lang="en" class="keep">Back cover</span>')
    """
    parts = []
    for part in location.split(", "):
        found = next((e.sub(dutch, part) for e, dutch in _phrases("places") if e.fullmatch(part)), None)
        if found is None:
            return Markup('<span lang="en" class="keep">{}</span>').format(location)
        parts.append(found)
    return Text(location, ", ".join(parts))


def is_english(step: Text) -> bool:
    """Tell whether a step has words and no Dutch form, so that the page has to mark its language.

    Examples
    --------
    >>> is_english(argument_line("9184 + 496 = 9680")), is_english(argument_line("words of a stranger"))
    (False, True)
    """
    return step.en == step.nl and bool(_WORDS.search(_CODE.sub("", step.en)))


def _dutch(line: str) -> str | None:
    also = _ALSO.fullmatch(line)
    if also:
        rest = _dutch(also[3])
        known = catalogue()
        rule, verdict = known.get(f"rule.{also[1]}"), known.get(f"verdict.{also[2]}")
        if rest is None or verdict is None:
            return None
        return f"ook {rule.nl if rule else also[1].replace('_', ' ')} ({verdict.nl}): {rest}"
    parts = [_part(part) for part in line.split("; ")]
    return None if None in parts else "; ".join(part for part in parts if part is not None)


def _part(part: str) -> str | None:
    quoted = _QUOTED.fullmatch(part)
    if quoted:
        return f"{quoted[1]} voor {_numbers(quoted[2])}"
    for english, dutch in _phrases("phrases"):
        if english.fullmatch(part):
            return _numbers(english.sub(dutch, part))
    return None if _WORDS.search(_CODE.sub("", part)) else _numbers(part)


def _numbers(words: str) -> str:
    return _DECIMAL.sub(r"\1,\2", _INTERVAL.sub(r"\1\2; \3\4", words))
