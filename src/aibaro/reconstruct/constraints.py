"""Which linear constraints does print put on the counts of one item?

Everything is read from the tables of a survey: its strata, its printed percentages, its bases and its relations.
Nothing about one survey stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pandas as pd

from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.published.schema import WHOLE_BASE
from aibaro.reconstruct.bases import ResolvedBase, resolve_base
from aibaro.reconstruct.statements import ItemSystem, Mask, PrintedShare, stratum_domain
from aibaro.rounding import Interval, admissible

if TYPE_CHECKING:
    from aibaro.published import PublishedSurvey

__all__ = ["ItemSystem", "Mask", "PrintedShare", "own_item", "own_items", "percentages", "repeats", "stratum_domain"]


def own_item(survey: PublishedSurvey, item: str, base: str = WHOLE_BASE, *, rounding: str = "nearest") -> ItemSystem:
    """Collect the own-item constraints of an item.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey; it must print strata.
    item : str
        The item.
    base : str
        Base of the percentages, a row of ``bases.csv``.
    rounding : str
        Rule of :data:`aibaro.rounding.RULES` that turns print into admissible values.

    Returns
    -------
    ItemSystem
        Every printed percentage of the item among the base in a stratum domain, all constraints on the base, and
        printed numbers of respondents.

    Raises
    ------
    InputError
        When the survey prints no strata, no such percentage, or two figures for one fact that exclude each other.

    Examples
    --------
    >>> from aibaro.published import load
    >>> system = own_item(load("flanders-2023"), "at_least_one")
    >>> len(system.shares), system.total
    (16, 1022)
    """
    return own_items(survey, [(item, base)], rounding=rounding)[item, base]


def own_items(
    survey: PublishedSurvey, pairs: Iterable[tuple[str, str]], *, rounding: str = "nearest"
) -> dict[tuple[str, str], ItemSystem]:
    """Collect the own-item constraints of several items; what they have in common is read once.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey; it must print strata.
    pairs : iterable of (str, str)
        Items and their bases.
    rounding : str
        Rule of :data:`aibaro.rounding.RULES` that turns print into admissible values.

    Returns
    -------
    dict of (str, str) to ItemSystem
        By item and base, as :func:`own_item` gives them.

    Raises
    ------
    InputError
        As for :func:`own_item`.

    Examples
    --------
    >>> from aibaro.published import load
    >>> sorted(own_items(load("flanders-2023"), [("technology.nlg", "all"), ("plans", "all")]))
    [('plans', 'all'), ('technology.nlg', 'all')]
    """
    if survey.strata.empty:
        raise InputError(
            "the survey prints no strata, so print says nothing about stratum counts",
            where=survey.name,
            parameter="survey",
            expected="rows in strata.csv",
        )
    reader = _Reader(survey, rounding)
    return {pair: reader.system(*pair) for pair in dict.fromkeys(pairs)}


def percentages(survey: PublishedSurvey) -> pd.DataFrame:
    """List the items and bases of which the survey prints weighted percentages of its own wave.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.

    Returns
    -------
    pandas.DataFrame
        Columns item, base, domain, level, printed: one row a fact, sorted.

    Examples
    --------
    >>> from aibaro.published import load
    >>> frame = percentages(load("flanders-2023"))
    >>> len(frame.query("item == 'technology.nlg' and base == 'all'"))
    16
    """
    rows = _percentages(survey)
    rows = rows.loc[_usable(survey, rows)]
    keys = ["item", "base", "domain", "level"]
    return rows.drop_duplicates(keys)[[*keys, "printed"]].sort_values(keys, ignore_index=True)


def repeats(
    survey: PublishedSurvey, item: str, base: str = WHOLE_BASE, *, rounding: str = "nearest"
) -> list[tuple[PrintedShare, ...]]:
    """List facts of an item whose printings exclude each other.

    Examples
    --------
    >>> from aibaro.published import load
    >>> repeats(load("flanders-2023"), "technology.nlg")
    []
    """
    design = Design.from_strata(survey.strata)
    rows = _percentages(survey)
    rows = rows.loc[(rows["item"] == item) & (rows["base"] == base)]
    found: dict[tuple[str, str], list[PrintedShare]] = {}
    for row in rows.loc[_usable(survey, rows)].sort_values("id").to_dict(orient="records"):
        domain, level = str(row["domain"]), str(row["level"])
        strata = stratum_domain(design, domain, level)
        if strata is not None:
            band = admissible(row["printed"], rounding, survey.decimal)
            found.setdefault((domain, level), []).append(
                PrintedShare((row["id"],), item, base, domain, level, strata, band.lower / 100, band.upper / 100)
            )
    return [tuple(own) for _, own in sorted(found.items()) if max(s.lower for s in own) > min(s.upper for s in own)]


def _percentages(survey: PublishedSurvey) -> pd.DataFrame:
    return survey.printed.loc[survey.printed["kind"] == "percentage"]


def _usable(survey: PublishedSurvey, rows: pd.DataFrame) -> pd.Series[bool]:
    own_wave = rows["wave"].isin(["", survey.wave])
    return own_wave & (rows["group"] == "") & (rows["weighted"] != "no")


class _Reader:
    """Reads one survey for several items; remembers what items share while it lives."""

    def __init__(self, survey: PublishedSurvey, rounding: str) -> None:
        self.survey, self.rounding, self.design = survey, rounding, Design.from_strata(survey.strata)
        rows = _percentages(survey)
        self.printings: dict[tuple[str, str], list[dict[Any, Any]]] = {}
        for row in rows.assign(usable=_usable(survey, rows)).to_dict(orient="records"):
            self.printings.setdefault((row["item"], row["base"]), []).append(row)
        self.bases: dict[str, ResolvedBase] = {}
        self.strata: dict[tuple[str, str], Mask | None] = {}
        self.constraints: dict[str, tuple[tuple[PrintedShare, ...], int | None]] = {}

    def system(self, item: str, base: str) -> ItemSystem:
        shares, unused = self.shares(item, base)
        if not shares:
            known = sorted({own for own, _ in self.printings})
            raise InputError(
                "no percentage of this item is printed for this base",
                where=self.survey.name,
                parameter="item",
                expected=f"one of {', '.join(known)}",
                got=f"{item} among {base}",
            )
        if base == WHOLE_BASE:
            return ItemSystem(self.design, item, base, shares, total=self.total(item), unused=unused)
        if base not in self.constraints:
            self.constraints[base] = self.base_constraints(base)
        base_shares, base_total = self.constraints[base]
        return ItemSystem(self.design, item, base, shares, base_shares, None, base_total, unused)

    def shares(self, item: str, base: str) -> tuple[tuple[PrintedShare, ...], tuple[str, ...]]:
        rows = self.printings.get((item, base), [])
        unused = [row["id"] for row in rows if not row["usable"]]
        records = sorted((r for r in rows if r["usable"]), key=lambda r: (r["domain"], r["level"], r["id"]))
        found = []
        for (domain, level), group in groupby(records, key=lambda r: (r["domain"], r["level"])):
            printings = list(group)
            if (domain, level) not in self.strata:
                self.strata[domain, level] = stratum_domain(self.design, domain, level)
            strata = self.strata[domain, level]
            if strata is None:
                unused += [p["id"] for p in printings]
                continue
            bands = [admissible(p["printed"], self.rounding, self.survey.decimal) for p in printings]
            band = _common(bands, printings, self.survey.name)
            low, high = max(band.lower / 100, Fraction(0)), min(band.upper / 100, Fraction(1))
            found.append(PrintedShare(tuple(p["id"] for p in printings), item, base, domain, level, strata, low, high))
        return tuple(found), tuple(sorted(unused))

    def base_constraints(self, base: str) -> tuple[tuple[PrintedShare, ...], int | None]:
        resolved = self.resolve(base)
        if resolved.item == "":
            return (), resolved.respondents
        shares, _ = self.shares(resolved.item, WHOLE_BASE)
        total = self.total(resolved.item)
        if resolved.sign > 0:
            return shares, resolved.respondents if total is None else total
        everybody = int(self.design.respondents.sum())
        flipped = tuple(s.complement(f"not {s.item}", WHOLE_BASE) for s in shares)
        return flipped, resolved.respondents if total is None else everybody - total

    def total(self, item: str) -> int | None:
        """Find a base that is the item itself, or its complement, and whose respondents are printed."""
        for base in self.survey.bases["base"]:
            resolved = self.resolve(base)
            if resolved.item == item and resolved.respondents is not None:
                everybody = int(self.design.respondents.sum())
                return resolved.respondents if resolved.sign > 0 else everybody - resolved.respondents
        return None

    def resolve(self, base: str) -> ResolvedBase:
        if base not in self.bases:
            self.bases[base] = resolve_base(self.survey, base)
        return self.bases[base]


def _common(bands: Sequence[Interval], printings: Sequence[dict[Any, Any]], where: str) -> Interval:
    low, high = max(b.lower for b in bands), min(b.upper for b in bands)
    if low > high:
        raise InputError(
            "printings of one fact exclude each other",
            where=where,
            expected="figures that can agree",
            got="; ".join(f"{p['id']} {p['printed']}" for p in printings),
        )
    return Interval(low, high)
