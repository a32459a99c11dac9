"""What was printed, by whom, where?  One class for the bundled surveys and for a survey of one's own."""

from __future__ import annotations

import difflib
import html
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from aibaro.errors import InputError
from aibaro.published._printed import Print
from aibaro.published.descriptor import Declaration, read_declaration
from aibaro.published.schema import COMPARISON_COLUMNS, COUNT_COLUMNS, TABLES
from aibaro.rounding import Reading


@dataclass(frozen=True, slots=True, eq=False)
class PublishedSurvey:
    """A published survey: its strata, every number that it prints, and what these numbers are about.

    Parameters
    ----------
    name : str
        Id of the survey, such as ``flanders-2023``.
    prefix : str
        What the ids of its printings start with, such as ``fl23``.
    folder : pathlib.Path
        Folder that it was read from.
    metadata : mapping
        Its Data Package descriptor: title, sources with citation, dates, rights, settings.
    strata : pandas.DataFrame, shape (H, ...)
        Stratum variables (text), population, respondents and, where published, sample (int64); no rows when the
        survey prints no strata.
    printed, items, levels, bases, relations, claims, ignored, verdicts, comparisons : pandas.DataFrame
        The tables of the data dictionary, text throughout; empty text stands for an empty cell.
    decimal : {",", "."}
        Decimal mark of the publication, declared or read from its numbers.
    notes : tuple of str
        What was read in an older form, and what to change.

    Notes
    -----
    Every loading gives frames of its own: changing one changes no other.

    Examples
    --------
    >>> from aibaro.published import load
    >>> survey = load("flanders-2023")
    >>> len(survey.strata), int(survey.strata["respondents"].sum())
    (44, 2612)
    """

    name: str
    prefix: str
    folder: Path
    metadata: Mapping[str, Any]
    strata: pd.DataFrame
    printed: pd.DataFrame
    items: pd.DataFrame
    levels: pd.DataFrame
    bases: pd.DataFrame
    relations: pd.DataFrame
    claims: pd.DataFrame
    ignored: pd.DataFrame
    verdicts: pd.DataFrame
    comparisons: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(COMPARISON_COLUMNS)))
    decimal: str = ","
    notes: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        # a read-only view cannot travel to another process; what it shows can
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return _rebuild, ({**values, "metadata": dict(self.metadata)},)

    @property
    def title(self) -> str:
        """Title of the survey; its name where none is given."""
        return str(self.metadata.get("title") or self.name)

    @property
    def citation(self) -> str:
        """Citation of the publication; empty where none is given."""
        return "; ".join(str(source.get("title", "")) for source in self.metadata.get("sources", []))

    @property
    def publisher(self) -> str:
        """Publisher of the figures; empty where none is given."""
        people = self.metadata.get("contributors", [])
        return "; ".join(str(p.get("title", "")) for p in people if "publisher" in p.get("roles", []))

    @property
    def settings(self) -> Mapping[str, Any]:
        """The descriptor's own block: rounding, wave, decimal mark, decimals, notes on weighting."""
        return MappingProxyType(dict(self.metadata.get("aibaro", {})))

    @property
    def rounding(self) -> str:
        """Rounding rule that the publisher is taken to use, ``half_up`` where none is declared."""
        return str(self.settings.get("rounding", "half_up"))

    @property
    def language(self) -> str:
        """Language of printed words, or several parted by spaces; empty where none is declared."""
        return str(self.settings.get("language") or "")

    @property
    def marks(self) -> Mapping[str, str]:
        """What marks in the place of a number stand for."""
        return MappingProxyType(dict(self.settings.get("marks") or {}))

    def reading(self, row: Mapping[str, str]) -> Reading:
        """Read a row of ``printed``.

        Parameters
        ----------
        row : mapping of str to str
            Its cells by column.

        Returns
        -------
        Reading
            The number and the values that it stands for.

        Raises
        ------
        PublishedNumberError
            When the text cannot be read; no row of a survey that was read from a folder.

        Examples
        --------
        >>> from aibaro.published import load
        >>> survey = load("topdesk-2025")
        >>> survey.reading({"printed": "zestien procent", "kind": "percentage"}).value
        Fraction(16, 1)
        """
        return Print(self.decimal, self.language, self.marks).read(row)

    @property
    def weighting(self) -> Declaration:
        """How answers were weighted, as declared: ``none``, ``cells``, ``margins`` or ``unknown``."""
        return self._declared("weighting")

    @property
    def item_nonresponse(self) -> Declaration:
        """What became of unanswered questions, as declared: ``none``, ``out``, ``imputed`` or ``unknown``."""
        return self._declared("item_nonresponse")

    @property
    def sampling(self) -> Declaration:
        """How respondents were found, as declared: ``probability``, ``panel``, ``opt-in`` or ``unknown``."""
        return self._declared("sampling")

    def _declared(self, name: str) -> Declaration:
        # prose of an older folder declares nothing; reading the folder left a note about it
        return read_declaration(name, self.settings.get(name)) or Declaration()

    @property
    def headline(self) -> str:
        """Item that is shown first: the declared one, else the first item of ``items.csv``; empty without items."""
        return str(self.settings.get("headline") or next(iter(self.items["item"]), ""))

    @property
    def wave(self) -> str:
        """The survey's own wave, left out of facts; empty where none is declared."""
        return str(self.settings.get("wave") or "")

    def label(self, item: str, language: str = "en") -> str:
        """Return the label of an item.

        Parameters
        ----------
        item : str
            The item.
        language : {"en", "nl"}
            Language of the label.

        Returns
        -------
        str
            Its label; the item itself where none is given.

        Raises
        ------
        InputError
            For an unknown item or language.

        Examples
        --------
        >>> from aibaro.published import load
        >>> load("flanders-2023").label("at_least_one")
        'at least one AI technology in use'
        """
        rows = self.items.loc[self.items["item"] == item]
        if rows.empty or language not in {"en", "nl"}:
            near = difflib.get_close_matches(item, list(self.items["item"]), 3)
            raise InputError(
                "no such label",
                where=self.name,
                expected=f"an item of items.csv; {', '.join(near)}",
                got=f"{item}, {language}",
                hint="languages are en and nl",
            )
        return str(rows[f"label_{language}"].iloc[0]) or item

    def summary(self) -> str:
        """Describe the survey in a few lines.

        Returns
        -------
        str
            Title, citation, size, and the number of printings of each kind.
        """
        kinds = self.printed["kind"].value_counts().sort_index()
        counted = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
        lines = [f"{self.name}: {self.title}", f"  citation: {self.citation or 'none given'}"]
        if len(self.strata):
            counts = ", ".join(f"{self.strata[c].sum()} {c}" for c in COUNT_COLUMNS if c in self.strata)
            lines.append(f"  strata: {len(self.strata)} ({counts})")
        else:
            lines.append("  strata: none printed")
        lines += [
            f"  printings: {len(self.printed)} of {self.printed['fact'].nunique()} facts ({counted})",
            f"  items: {len(self.items)}, bases: {len(self.bases)}, relations: {len(self.relations)}, "
            f"claims: {len(self.claims)}",
        ]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.summary()

    def to_dict(self) -> dict[str, Any]:
        """Return the whole survey as plain values.

        Returns
        -------
        dict
            Name, prefix, metadata, and each table as a list of records; ready for JSON.
        """
        tables = {name: getattr(self, name).to_dict(orient="records") for name in TABLES}
        return {"name": self.name, "prefix": self.prefix, "metadata": dict(self.metadata), **tables}

    def _repr_html_(self) -> str:
        """Return the summary as HTML for notebooks."""
        head, *lines = self.summary().splitlines()
        items = "".join(f"<li>{html.escape(line.strip())}</li>" for line in lines)
        return f"<p><strong>{html.escape(head)}</strong></p><ul>{items}</ul>"

    def __repr__(self) -> str:
        return f"PublishedSurvey({self.name!r}, {len(self.strata)} strata, {len(self.printed)} printings)"


def _rebuild(values: dict[str, Any]) -> PublishedSurvey:
    return PublishedSurvey(**{**values, "metadata": MappingProxyType(values["metadata"])})
