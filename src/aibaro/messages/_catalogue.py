"""The catalogue of messages: what an argument says, kept apart from its words so that no text is parsed back."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from numbers import Real

from aibaro.errors import InputError

LANGUAGES = ("en", "nl")
_DIGITS = 4
# a code and a language -> the words that a reader knows it by
Labels = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a survey, such as a fact, which a reader sees by its label where labels are known.

    Parameters
    ----------
    code : object
        What is written where no labels are known.
    ids : str
        Ids that stand in brackets behind the label, and alone where no labels are known; by default none.

    Examples
    --------
    >>> message("ledger.because", en=Code("use"), nl=Code("use")).text("nl", lambda code, language: "gebruik")
    'gebruik'
    >>> said = message("ledger.because", en=Code("use", "t1.use"), nl=Code("use", "t1.use"))
    >>> said.text("nl", lambda code, language: "gebruik"), said.text("nl")
    ('gebruik (t1.use)', 't1.use')
    """

    code: object
    ids: str = ""

    def __str__(self) -> str:
        return self.ids or str(self.code)


class Row(tuple[object, ...]):
    """Parts of a formula: written one after another with a space between, where other tuples are lists.

    Examples
    --------
    >>> message("ledger.because", en=Row((Fraction(3, 2), "+", 2)), nl=Row((Fraction(3, 2), "+", 2))).text("nl")
    '1,5 + 2'
    """

    __slots__ = ()


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

    def text(self, language: str = "en", labels: Labels | None = None) -> str:
        """Say the message.

        Parameters
        ----------
        language : {"en", "nl"}
            The language.
        labels : callable, optional
            What codes are called; by default they stand as they are.

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
        return _Writer(language, labels).vformat(sentences[language], (), dict(self.values))

    def to_dict(self) -> dict[str, object]:
        """Return the message as plain values, ready for JSON.

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
            expected="a key of the catalogue" if known is None else ", ".join(sorted(known)),
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


def template(key: str, language: str) -> str:
    """Return a sentence with its fields in braces, for a page that fills them itself.

    Parameters
    ----------
    key : str
        Name of the sentence in the catalogue.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        The sentence.

    Examples
    --------
    >>> template("messages.more", "nl")
    '... en nog {count}'
    """
    return _catalogue()[key][language]


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

    def __init__(self, language: str, labels: Labels | None = None) -> None:
        self._language = language
        self._labels = labels

    def format_field(self, value: object, format_spec: str) -> str:
        if isinstance(value, Message):
            return value.text(self._language, self._labels)
        if isinstance(value, Code) and self._labels is not None:
            label = self._labels(str(value.code), self._language)
            return f"{label} ({value.ids})" if value.ids not in {"", label} else label
        if isinstance(value, tuple):
            return (" " if isinstance(value, Row) else ", ").join(
                self.format_field(part, format_spec) for part in value
            )
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
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    return value
