"""The catalogue of messages: what an argument says, kept apart from its words so that no text is parsed back."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from numbers import Real

from aibaro.errors import InputError

LANGUAGES = ("en", "nl")
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Message:
    """One step of an argument: which sentence, and the values that it holds.

    Parameters
    ----------
    key : str
        Name of the sentence in the catalogue, ``room.name``.
    values : tuple of (str, object)
        Values of its fields, sorted by name: text (shown as it stands), numbers, further messages, or tuples of them.

    Examples
    --------
    >>> message("messages.more", count=3).text("nl")
    '... en nog 3'
    """

    key: str
    values: tuple[tuple[str, object], ...] = ()

    def text(self, language: str = "en") -> str:
        """Say the message.

        Parameters
        ----------
        language : {"en", "nl"}
            The language.

        Returns
        -------
        str
            One sentence with its values.

        Raises
        ------
        InputError
            For an unknown language.

        Examples
        --------
        >>> message("messages.more", count=1200).text()
        '... and 1,200 more'
        """
        sentences = _catalogue()[self.key]
        if language not in sentences:
            raise InputError(
                "unknown language", parameter="language", expected=", ".join(LANGUAGES), got=repr(language)
            )
        return _Writer(language).vformat(sentences[language], (), dict(self.values))

    def to_dict(self) -> dict[str, object]:
        """Give the message as plain values, ready for JSON.

        Returns
        -------
        dict
            ``key``, ``values`` as text or numbers, and the English sentence as ``text``.
        """
        return {"key": self.key, "values": {name: _plain(value) for name, value in self.values}, "text": self.text()}

    def __str__(self) -> str:
        return self.text()


def message(key: str, **values: object) -> Message:
    """Make a message; its key and fields are held against the catalogue.

    Parameters
    ----------
    key : str
        Name of the sentence in the catalogue.
    **values : object
        A value for each field of the sentence.

    Returns
    -------
    Message
        The message.

    Raises
    ------
    InputError
        When the catalogue has no such sentence, or its fields are others.

    Examples
    --------
    >>> message("messages.more", count=2).text()
    '... and 2 more'
    """
    known = _fields().get(key)
    if known is None or known != frozenset(values):
        raise InputError(
            "not a message of the catalogue",
            where=key,
            expected="an unknown key" if known is None else ", ".join(sorted(known)),
            got=", ".join(sorted(values)),
        )
    return Message(key, tuple(sorted(values.items())))


def keys() -> tuple[str, ...]:
    """List the names of all messages, sorted.

    Returns
    -------
    tuple of str
        ``room.name`` of each.

    Examples
    --------
    >>> "messages.more" in keys()
    True
    """
    return tuple(sorted(_catalogue()))


@cache
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    """All sentences by key; one file of ``texts`` a room."""
    found: dict[str, Mapping[str, str]] = {}
    for entry in sorted(files("aibaro.messages").joinpath("texts").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            tables = tomllib.loads(entry.read_text(encoding="utf-8"))
            found.update({f"{entry.name.removesuffix('.toml')}.{name}": table for name, table in tables.items()})
    return found


@cache
def _fields() -> Mapping[str, frozenset[str]]:
    parse = string.Formatter().parse
    return {
        key: frozenset(name for sentence in table.values() for _, name, _, _ in parse(sentence) if name)
        for key, table in _catalogue().items()
    }


class _Writer(string.Formatter):
    """Writes values in one language: its decimal mark, its thousands mark, its own sentences inside a sentence."""

    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: object, format_spec: str) -> str:
        if isinstance(value, Message):
            return value.text(self._language)
        if isinstance(value, tuple):
            return ", ".join(self.format_field(part, format_spec) for part in value)
        if isinstance(value, bool) or not isinstance(value, Real):
            return str(value)
        return self._number(value, format_spec)

    def _number(self, value: Real, spec: str) -> str:
        if spec:
            text = format(value if isinstance(value, int) else float(value), spec)
        elif isinstance(value, int) or (isinstance(value, Fraction) and value.denominator == 1):
            text = f"{int(value):,}"
        else:
            text = f"{float(value):,.{_DIGITS}f}".rstrip("0").rstrip(".")
        return text if self._language == "en" else text.translate(str.maketrans(",.", ".,"))


def _plain(value: object) -> object:
    if isinstance(value, Message):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    return value
