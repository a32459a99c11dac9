"""What is a fact called?  Codes of items, levels and bases as a reader knows them, in English and Dutch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from aibaro.errors import InputError
from aibaro.facts._facts import Fact, facts_of
from aibaro.facts._key import COUNT, SHARE, Key
from aibaro.messages import Message, keys, message
from aibaro.published import PublishedSurvey
from aibaro.published.schema import CROSS, WHOLE_BASE
from aibaro.rounding import FRACTIONS, READINGS, Interval, admitted, named_share

_ASIDE = re.compile(r"\s*\([^()]*\)$")
_ROW = re.compile(r"(\w+\.csv)#(\d+)")
_MOST_DECIMALS = 2
# a declared end of a range may be rounded outward at its second decimal
_END = Fraction(1, 100)
# a label says by itself that these are shares, counts or dates
_PLAIN = (SHARE, COUNT, "date", "threshold", "number")


@dataclass(frozen=True, slots=True)
class FactLabels:
    """Labels of one survey.

    Parameters
    ----------
    items : mapping of (str, str) to str
        Label by item and language.
    levels : mapping of (str, str, str) to str
        Label by domain, level and language, without what stands in brackets.
    bases : mapping of (str, str) to str
        Label by base and language.
    wave : str
        The survey's own wave.
    keys : mapping of str to Key
        The printed facts by their text and by the ids of their printings, and the items.

    Examples
    --------
    >>> from aibaro.published import load
    >>> labels = FactLabels.of(load("flanders-2023"))
    >>> labels("technology.text_analysis|size_class=micro", "en")
    'text analysis, micro'
    """

    items: Mapping[tuple[str, str], str]
    levels: Mapping[tuple[str, str, str], str]
    bases: Mapping[tuple[str, str], str]
    wave: str
    keys: Mapping[str, Key] = field(default_factory=dict, repr=False)
    _said: dict[tuple[str, str], str] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, survey: PublishedSurvey) -> FactLabels:
        """Read the labels of a survey.

        Parameters
        ----------
        survey : PublishedSurvey
            The survey.

        Returns
        -------
        FactLabels
            Its labels; a code stands for itself where a table gives no label.
        """
        return _labels_of(survey)

    def __call__(self, code: str, language: str) -> str:
        """Return the label of a fact, or of a row of a table.

        Parameters
        ----------
        code : str
            A fact such as ``technology.nlg@adopters|sector=nace-58-63``, or the id of a printing; without an item its
            other parts alone.
        language : {"en", "nl"}
            The language.

        Returns
        -------
        str
            Item, level, group, base and another wave than the survey's own, parted by commas.
        """
        place = str(code), language
        if place not in self._said:
            self._said[place] = self._label(str(code), language)
        return self._said[place]

    def _label(self, code: str, language: str) -> str:
        table = _ROW.fullmatch(code)
        if table is not None:
            return message("bases.row", file=table[1], row=table[2]).text(language)
        if code.endswith(".csv"):
            return code
        try:
            key = self.keys.get(code) or Key.parse(code)
        except InputError:
            # an unprinted fact whose names hold the marks of facts
            return code
        parts = [self.items.get((key.item, language), key.item)] if key.item else []
        if key.domain:
            pairs = zip(key.domain.split(CROSS), key.level.split(CROSS), strict=False)
            parts += [self.levels.get((*pair, language), pair[1]) for pair in pairs]
        if key.group:
            parts.append(self.levels.get(("group", key.group, language), key.group))
        if key.base != WHOLE_BASE or not (parts or key.wave):
            parts.append(self.base(key.base, language))
        if key.wave and (key.wave != self.wave or not key.item):
            parts.append(key.wave)
        if key.measure not in _PLAIN:
            parts.append(message(f"bases.measure_{key.measure}").text(language) if _known(key.measure) else key.measure)
        return ", ".join(parts)

    def base(self, base: str, language: str) -> str:
        """Name a set of respondents.

        Parameters
        ----------
        base : str
            Its name in ``bases.csv``.
        language : {"en", "nl"}
            The language.

        Returns
        -------
        str
            Its label; the name as words where ``bases.csv`` gives none.

        Examples
        --------
        >>> from aibaro.published import load
        >>> labels = FactLabels.of(load("flanders-2023"))
        >>> labels.base("adopters", "nl"), labels.base("late_users", "en")
        ('gebruikers van AI', 'late users')
        """
        if base == WHOLE_BASE and (base, language) not in self.bases:
            return message("bases.all").text(language)
        return self.bases.get((base, language), base.replace("_", " ").replace(".", ": "))


def value_words(fact: Fact) -> Message:
    """Write a figure: digits and words in the language of the reader.

    Parameters
    ----------
    fact : Fact
        The figure.

    Returns
    -------
    Message
        Its value.

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> value_words(Facts.of(load("flanders-2023"))["at_least_one"]).text("en")
    '32.1%'
    """
    best = fact.best
    if fact.soft:
        said = soft_words(best.text, best.qualifier, best.band)
        if said.key != "words.repeat" or fact.value is None:
            return said
        # words that repeat another figure say its value
        return message("messages.percent_1" if fact.value % 1 else "messages.percent_0", value=fact.value)
    if best.band is not None or best.kind == "date" or fact.value is None:
        return message("messages.as_printed", text=best.text)
    if not (fact.percent and fact.unit == "percent"):
        return message("messages.number", value=fact.value)
    return message(f"messages.percent_{min(fact.decimals, _MOST_DECIMALS)}", value=fact.value)


def soft_words(text: str, qualifier: str = "", band: Interval | None = None) -> Message:
    """Say words for a quantity in the language of the reader; no quotation, since words may be translated.

    Parameters
    ----------
    text : str
        The words.
    qualifier : str
        How they are read, as in ``printed.csv``.
    band : Interval or None
        Percentages that they stand for: where the words themselves are not read, what it means is said.

    Returns
    -------
    Message
        The quantity that they name; that they name none, or repeat another figure, where they do.

    Examples
    --------
    >>> soft_words("almost half", "almost").text("nl"), soft_words("vier op de tien").text("en")
    ('bijna de helft', 'four in ten')
    >>> soft_words("one or five", "exact", admitted(Fraction(1, 5))).text("en")
    'one in five'
    """
    share = named_share(text, "en nl") or _meant(qualifier, band)
    if band is not None and qualifier == "more_than" and band.upper < 100:
        qualifier = "just_over"
    if share is None and band is not None and band.lower == band.upper:
        return message("messages.number", value=band.lower)
    if share is None:
        key = {"more_than": "more_than", "less_than": "less_than", "at_least": "at_least"}.get(qualifier)
        # a majority or a minority names the half without saying it
        if key is not None:
            return message(f"words.{key}", share=message("words.share_1_2"))
        return message(f"words.{_vague(band) if qualifier == 'vague' else 'repeat'}")
    name = f"words.share_{share.numerator}_{share.denominator}"
    said = message(name) if name in _NAMES else message("words.any", value=100 * share)
    return message(f"words.{qualifier or 'exact'}", share=said)


def _meant(qualifier: str, band: Interval | None) -> Fraction | None:
    """The simple fraction that stands for a range when it is qualified so."""
    if band is None or qualifier not in READINGS:
        return None
    for share in FRACTIONS:
        read = admitted(share, qualifier)
        if abs(read.lower - band.lower) < _END and abs(read.upper - band.upper) < _END:
            return share
    return None


def _vague(band: Interval | None) -> str:
    """Tell a large part from a small one, and both from words that repeat another figure."""
    if band is None:
        return "vague"
    return "large_part" if band.lower >= 50 else "small_part" if band.lower == 0 else "repeat"


def _known(measure: str) -> bool:
    return f"bases.measure_{measure}" in _NAMES


_NAMES = frozenset(keys())


@lru_cache(maxsize=8)
def _labels_of(survey: PublishedSurvey) -> FactLabels:
    items, levels, bases = dict[tuple[str, str], str](), dict[tuple[str, str, str], str](), dict[tuple[str, str], str]()
    for language in ("en", "nl"):
        other = "nl" if language == "en" else "en"
        for row in survey.items.to_dict("records"):
            label = row.get(f"label_{language}") or row.get(f"label_{other}")
            items[str(row["item"]), language] = str(label or row["item"])
        for row in survey.levels.to_dict("records"):
            label = str(row.get(f"label_{language}") or row.get(f"label_{other}") or row["level"])
            levels[str(row["domain"]), str(row["level"]), language] = _ASIDE.sub("", label)
        for row in survey.bases.to_dict("records"):
            label = str(row.get(f"label_{language}") or row.get(f"label_{other}") or "")
            if label:
                bases.setdefault((str(row["base"]), language), label)
    keys = {item: Key(item) for item, _ in items}
    keys |= {printing.id: fact.key for fact in facts_of(survey) for printing in fact.printings}
    keys |= {str(fact.key): fact.key for fact in facts_of(survey)}
    return FactLabels(items, levels, bases, survey.wave, keys)
