"""What are items, levels and bases called in a survey?"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from aibaro.facts import FactLabels
from aibaro.published import PublishedSurvey
from aibaro.report.words import Text

CROSS = "×"
_ASIDE = re.compile(r"\s*\([^()]*\)$")


@dataclass(frozen=True, slots=True)
class Names:
    """Labels of one survey.

    Parameters
    ----------
    items : dict of str to Text
        Label an item.
    levels : dict of (str, str) to Text
        Label a level of a domain.
    order : dict of str to tuple of str
        Levels of each domain in their order.
    domains : dict of str to Text
        Label a domain.
    phrases : dict of str to Text
        How a sentence says a base, a group or an item.
    labels : FactLabels
        Labels of facts and bases.
    """

    items: dict[str, Text]
    levels: dict[tuple[str, str], Text]
    order: dict[str, tuple[str, ...]]
    domains: dict[str, Text]
    phrases: dict[str, Text]
    labels: FactLabels

    @classmethod
    def of(cls, survey: PublishedSurvey) -> Names:
        """Read the labels of a survey."""
        items = {
            str(r["item"]): Text.labels(str(r.get("label_en") or r["item"]), str(r.get("label_nl") or ""))
            for r in _records(survey.items)
        }
        rows = _records(survey.levels)
        levels = {
            (str(r["domain"]), str(r["level"])): Text.labels(
                str(r.get("label_en") or r["level"]), str(r.get("label_nl") or "")
            )
            for r in rows
        }
        order: dict[str, list[tuple[int, str]]] = {}
        for place, r in enumerate(rows):
            order.setdefault(str(r["domain"]), []).append((int(str(r.get("order") or place)), str(r["level"])))
        return cls(
            items,
            levels,
            {d: tuple(level for _, level in sorted(pairs)) for d, pairs in order.items()},
            _both(survey.settings.get("domains")),
            _both(survey.settings.get("in_words")),
            FactLabels.of(survey),
        )

    def item(self, item: str) -> Text:
        """Return the label of an item, with or without its base; a name may begin with the mark of a base."""
        name = item if item in self.items else item.rpartition("@")[0] or item
        found = self.items.get(name)
        return found.map(capital) if found else Text.same(name)

    def base(self, base: str) -> Text:
        """Name the respondents that a figure refers to."""
        return Text.each(lambda lang: self.labels.base(base, lang))

    def domain(self, domain: str) -> Text:
        """Return the label of a domain, crossed ones joined; a code without a label is read as words."""
        parts = [self.domains.get(name, Text.same(name.replace("_", " "))) for name in domain.split(CROSS)]
        return Text(f" {CROSS} ".join(p.en for p in parts), f" {CROSS} ".join(p.nl for p in parts))

    def level(self, domain: str, level: str) -> Text:
        """Return the label of a level, crossed levels joined."""
        parts = [
            self.levels.get(pair, Text.same(pair[1]))
            for pair in zip(domain.split(CROSS), level.split(CROSS), strict=False)
        ]
        return Text(f" {CROSS} ".join(p.en for p in parts), f" {CROSS} ".join(p.nl for p in parts))

    def short(self, domain: str, lang: str) -> dict[str, str]:
        """Return labels for the rows of a figure, without what stands in brackets."""
        return {level: brief(self.levels[domain, level])[lang] for level in self.order.get(domain, ())}


def capital(words: str) -> str:
    """Write the first letter as a capital.

    Examples
    --------
    >>> capital("text analysis")
    'Text analysis'
    """
    return words[:1].upper() + words[1:]


def brief(label: Text) -> Text:
    """Drop the bracketed ending of a label.

    Examples
    --------
    >>> brief(Text.same("manufacturing (NACE 10-33)")).en
    'manufacturing'
    """
    return label.map(lambda words: _ASIDE.sub("", words))


def without_head(words: list[Text]) -> list[Text]:
    """Drop what all labels begin with up to a colon: the title says it.

    Examples
    --------
    >>> [word.en for word in without_head([Text.same("Gap: basics"), Text.same("Gap: law")])]
    ['Basics', 'Law']
    """
    heads = {(word.en.partition(": ")[0], word.nl.partition(": ")[0]) for word in words}
    if len(heads) > 1 or not all(": " in word.en and ": " in word.nl for word in words):
        return words
    return [word.map(lambda text: capital(text.partition(": ")[2])) for word in words]


def _both(labels: object) -> dict[str, Text]:
    """Labels of the descriptor; one that is given in one language alone stands for both."""
    said = labels if isinstance(labels, dict) else {}
    return {name: Text(words.get("en") or words["nl"], words.get("nl") or words["en"]) for name, words in said.items()}


def _records(frame: pd.DataFrame | None) -> list[dict[str, object]]:
    if frame is None or frame.empty:
        return []
    return [{str(k): v for k, v in r.items()} for r in frame.to_dict("records")]
