"""What is one printing about, and which values does it stand for?"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pandas as pd

from aibaro.consistency.check import Printable, band, centre
from aibaro.errors import InputError, PublishedNumberError
from aibaro.published import PublishedSurvey
from aibaro.published.schema import WHOLE_BASE, fact_key
from aibaro.rounding import Interval, PrintedNumber, parse_printed, read_printed

NUMERIC_KINDS = ("percentage", "count", "number")


@dataclass(frozen=True, slots=True)
class Key:
    """What a figure is about.

    Parameters
    ----------
    item, base, domain, level, wave, group : str
        Columns of ``printed.csv``; the base is ``all`` where none is meant, the wave empty for the survey's own.
    """

    item: str
    base: str = WHOLE_BASE
    domain: str = ""
    level: str = ""
    wave: str = ""
    group: str = ""

    @classmethod
    def parse(cls, text: str) -> Key:
        """Read a fact.

        Parameters
        ----------
        text : str
            Such as ``technology.nlg|sector=nace-58-63``.

        Returns
        -------
        Key
            Its parts.

        Raises
        ------
        InputError
            When a part has no equal sign.

        Examples
        --------
        >>> Key.parse("barrier.legal@adopters|wave=2022").base
        'adopters'
        """
        head, *rest = text.split("|")
        item, _, base = head.partition("@")
        found: dict[str, str] = {}
        for part in rest:
            name, equal, value = part.partition("=")
            if not equal:
                raise InputError(
                    "not a fact", where="Key.parse", got=text, expected="item[@base][|domain=level][|wave=W][|group=G]"
                )
            if name in {"wave", "group"}:
                found[name] = value
            else:
                found["domain"], found["level"] = name, value
        return cls(item, base or WHOLE_BASE, **found)

    def __str__(self) -> str:
        return fact_key(self.item, self.base, self.domain, self.level, wave=self.wave, group=self.group)

    def about(self, **parts: str) -> Key:
        """Give a key that differs in some parts.

        Parameters
        ----------
        **parts : str
            New values of the fields.

        Returns
        -------
        Key
            The new key.

        Examples
        --------
        >>> str(Key("plans").about(domain="sector", level="nace-64-66"))
        'plans|sector=nace-64-66'
        """
        return replace(self, **parts)


@dataclass(frozen=True, slots=True)
class Figure:
    """One printing and the values that it stands for.

    Parameters
    ----------
    id, kind, printed, unit, location, weighted, qualifier : str
        Columns of ``printed.csv``.
    key : Key
        What it is about.
    value : PrintedNumber or Interval or None
        The number, or the reading of a verbal quantity; None for text that is neither.
    base_n : int or None
        Respondents of the base, where printed for this number.
    """

    id: str
    kind: str
    key: Key
    printed: str
    value: Printable | None
    base_n: int | None
    weighted: str
    unit: str
    qualifier: str
    location: str

    @property
    def fact(self) -> str:
        """The fact that it states."""
        return str(self.key)

    @property
    def number(self) -> Printable:
        """The value, for figures that have one."""
        if self.value is None:
            raise PublishedNumberError("this printing has no value", where=self.id, got=self.printed)
        return self.value

    def band(self, rule: str = "half_up") -> Interval:
        """Give the values that the figure stands for.

        Parameters
        ----------
        rule : str, default "half_up"
            Rounding rule.

        Returns
        -------
        Interval
            Admissible values.
        """
        return band(self.number, rule)

    @property
    def centre(self) -> Fraction:
        """The printed value, or the middle of a reading."""
        return centre(self.number)

    @property
    def repeats_another(self) -> bool:
        """Whether its words name no quantity of their own, such as "the same share"."""
        if self.kind != "verbal" or self.value is None:
            return False
        try:
            return read_printed(self.printed, "verbal").qualifier == "vague"
        except PublishedNumberError:
            return True

    @property
    def precise(self) -> bool:
        """Whether digits were printed, not words that admit a range."""
        return isinstance(self.value, PrintedNumber)


def exactness(figure: Figure) -> tuple[int, int, bool]:
    """Rank printings of a fact: digits before words, more decimals, then those with their base printed."""
    if isinstance(figure.value, PrintedNumber):
        return 0 if figure.kind in NUMERIC_KINDS else 1, -figure.value.decimals, figure.base_n is None
    return 2, 0, figure.base_n is None


def read_figure(row: Mapping[Hashable, Any], survey: PublishedSurvey) -> Figure:
    """Read one row of ``printed.csv``."""
    text = {str(name): "" if pd.isna(cell) else str(cell) for name, cell in row.items()}
    wave = "" if text["wave"] == survey.wave else text["wave"]
    base = text["base"] or WHOLE_BASE
    # the data decide where the survey's own wave is written out; the fact leaves it out
    if f"|wave={text['wave']}" not in text["fact"]:
        wave = ""
    key = Key(text["item"], base, text["domain"], text["level"], wave, text["group"])
    base_n = int(text["base_n"]) if text["base_n"] else None
    return Figure(
        text["id"],
        text["kind"],
        key,
        text["printed"],
        _value(text, survey.decimal),
        base_n,
        text["weighted"],
        text["unit"],
        text["qualifier"],
        text["location"],
    )


def _value(text: Mapping[str, str], decimal: str) -> Printable | None:
    if text["kind"] == "verbal":
        if not text["low"] or not text["high"]:
            return None
        return Interval(Fraction(text["low"]), Fraction(text["high"]))
    if text["kind"] == "date":
        return None
    try:
        return parse_printed(text["printed"], decimal)
    except PublishedNumberError:
        if text["kind"] == "threshold":
            return None
        raise
