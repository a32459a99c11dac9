"""Which linear constraints does print put on the counts of one item?

Everything is read from the tables of a survey: its strata, its printed percentages, its bases and its relations.
Nothing about one survey stands here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.published.schema import WHOLE_BASE
from aibaro.reconstruct.bases import resolve_base
from aibaro.rounding import Interval, admissible

if TYPE_CHECKING:
    from aibaro.published import PublishedSurvey

Mask = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PrintedShare:
    """A printed percentage as a statement about counts.

    Parameters
    ----------
    ids : tuple of str
        Ids of its printings.
    item, base : str
        What is counted, among whom.
    domain, level : str
        Stratum domain; empty for all strata.
    strata : tuple of int
        Rows of the strata in the domain.
    lower, upper : Fraction
        Ends of the admissible share, between 0 and 1; both ends are admitted.

    Notes
    -----
    Admitting both ends of a rounding interval covers every rule that rounds to the nearest value, and can only
    widen a bound.
    """

    ids: tuple[str, ...]
    item: str
    base: str
    domain: str
    level: str
    strata: Mask
    lower: Fraction
    upper: Fraction

    @property
    def name(self) -> str:
        """Short name of the statement: item, base and domain."""
        at = "" if self.base == WHOLE_BASE else f"@{self.base}"
        where = "" if not self.domain else f"|{self.domain}={self.level}"
        return f"{self.item}{at}{where}"

    @property
    def centre(self) -> Fraction:
        """Middle of the admissible shares."""
        return (self.lower + self.upper) / 2

    def complement(self, item: str, base: str) -> PrintedShare:
        """Give the statement about those who are not counted.

        Parameters
        ----------
        item, base : str
            Names of the complement.

        Returns
        -------
        PrintedShare
            One minus the share.
        """
        return PrintedShare(self.ids, item, base, self.domain, self.level, self.strata, 1 - self.upper, 1 - self.lower)


@dataclass(frozen=True, slots=True)
class ItemSystem:
    """All statements that print makes about one item among one base.

    Parameters
    ----------
    design : Design
        The strata.
    item, base : str
        The item and its base.
    shares : tuple of PrintedShare
        Statements about the item among the base.
    base_shares : tuple of PrintedShare
        Statements about the base among all; empty when the base is everybody.
    total, base_total : int or None
        Printed number of respondents with the item, and of the base.
    unused : tuple of str
        Ids of printings of the item that are no constraint on strata: another wave, a group, a domain that is no
        union of strata, an unweighted figure.

    Notes
    -----
    The unknowns are x_h, the respondents of stratum h with the item, and y_h, those of the base, with
    0 <= x_h <= y_h <= n_h; y_h = n_h when the base is everybody.
    """

    design: Design
    item: str
    base: str
    shares: tuple[PrintedShare, ...]
    base_shares: tuple[PrintedShare, ...] = ()
    total: int | None = None
    base_total: int | None = None
    unused: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the base is everybody."""
        return self.base == WHOLE_BASE

    @property
    def name(self) -> str:
        """Item and base as facts write them."""
        return self.item if self.whole else f"{self.item}@{self.base}"

    def share(self, domain: str = "", level: str = "") -> PrintedShare | None:
        """Find the statement about a domain.

        Parameters
        ----------
        domain, level : str
            The domain; empty for all strata.

        Returns
        -------
        PrintedShare or None
            The statement; None when print makes none.
        """
        return next((s for s in self.shares if (s.domain, s.level) == (domain, level)), None)

    def without(self, statement: PrintedShare) -> ItemSystem:
        """Leave one statement out.

        Parameters
        ----------
        statement : PrintedShare
            The statement.

        Returns
        -------
        ItemSystem
            The system without it.
        """
        kept = [tuple(s for s in group if s is not statement) for group in (self.shares, self.base_shares)]
        return ItemSystem(self.design, self.item, self.base, kept[0], kept[1], self.total, self.base_total, self.unused)

    def fingerprint(self) -> str:
        """Hash everything that a bound depends on.

        Returns
        -------
        str
            First 16 hexadecimal digits of the SHA-256 of strata, statements and totals; ids of printings and the
            order of strata in the table do not matter.
        """
        names = [" × ".join(row) for row in self.design.labels.to_numpy().tolist()]
        counts = zip(names, self.design.population.tolist(), self.design.respondents.tolist(), strict=True)
        lines = [self.name, f"{self.total} {self.base_total}", *sorted(f"{a}|{b}|{c}" for a, b, c in counts)]
        for group in (self.shares, self.base_shares):
            texts = (f"{s.name}|{s.lower}|{s.upper}|{sorted(names[h] for h in s.strata)}" for s in group)
            lines += ["--", *sorted(texts)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


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
    if survey.strata.empty:
        raise InputError("the survey prints no strata, so print says nothing about stratum counts", where=survey.name,
                         parameter="survey", expected="rows in strata.csv")  # fmt: skip
    design = Design.from_strata(survey.strata)
    shares, unused = _shares(survey, design, item, base, rounding)
    if not shares:
        known = sorted(set(_percentages(survey)["item"]))
        raise InputError("no percentage of this item is printed for this base", where=survey.name, parameter="item",
                         expected=f"one of {', '.join(known)}", got=f"{item} among {base}")  # fmt: skip
    if base == WHOLE_BASE:
        return ItemSystem(design, item, base, shares, total=_printed_total(survey, design, item), unused=unused)
    base_shares, base_total = _base_constraints(survey, design, base, rounding)
    return ItemSystem(design, item, base, shares, base_shares, None, base_total, unused)


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


def stratum_domain(design: Design, domain: str, level: str) -> Mask | None:
    """Find the strata of a domain.

    Parameters
    ----------
    design : Design
        The strata.
    domain, level : str
        Stratum variables and levels, crossed ones joined with ×; empty for all strata.

    Returns
    -------
    tuple of int or None
        Rows of the strata; None when the domain is no union of strata.

    Examples
    --------
    >>> table = pd.DataFrame({"size": ["small", "large"], "population": [100, 40], "respondents": [4, 4]})
    >>> stratum_domain(Design.from_strata(table), "size", "large")
    (1,)
    """
    if not domain:
        return tuple(range(design.size))
    variables, levels = domain.split("×"), level.split("×")
    if len(variables) != len(levels) or not set(variables) <= set(design.variables):
        return None
    pairs = zip(variables, levels, strict=True)
    mask = reduce(np.logical_and, [(design.labels[v] == name).to_numpy() for v, name in pairs])
    return tuple(int(h) for h in np.flatnonzero(mask)) or None


def repeats(
    survey: PublishedSurvey, item: str, base: str = WHOLE_BASE, *, rounding: str = "nearest"
) -> list[tuple[PrintedShare, ...]]:
    """List facts of an item whose printings exclude each other.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    item, base : str
        The item and its base.
    rounding : str
        Rule of :data:`aibaro.rounding.RULES`.

    Returns
    -------
    list of tuple of PrintedShare
        One entry a fact, one share a printing; empty when all printings of each fact can agree.

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
                PrintedShare((row["id"],), item, base, domain, level, strata, band.lower / 100, band.upper / 100))
    return [tuple(own) for _, own in sorted(found.items()) if max(s.lower for s in own) > min(s.upper for s in own)]


def _percentages(survey: PublishedSurvey) -> pd.DataFrame:
    return survey.printed.loc[survey.printed["kind"] == "percentage"]


def _usable(survey: PublishedSurvey, rows: pd.DataFrame) -> pd.Series[bool]:
    own_wave = rows["wave"].isin(["", survey.wave])
    return own_wave & (rows["group"] == "") & (rows["weighted"] != "no")


def _shares(
    survey: PublishedSurvey, design: Design, item: str, base: str, rounding: str
) -> tuple[tuple[PrintedShare, ...], tuple[str, ...]]:
    rows = _percentages(survey)
    rows = rows.loc[(rows["item"] == item) & (rows["base"] == base)]
    usable = _usable(survey, rows)
    unused = list(rows.loc[~usable, "id"])
    found = []
    records = rows.loc[usable].sort_values(["domain", "level", "id"]).to_dict(orient="records")
    for (domain, level), group in groupby(records, key=lambda r: (r["domain"], r["level"])):
        printings = list(group)
        strata = stratum_domain(design, domain, level)
        if strata is None:
            unused += [p["id"] for p in printings]
            continue
        band = _common([admissible(p["printed"], rounding, survey.decimal) for p in printings], printings, survey.name)
        low, high = max(band.lower / 100, Fraction(0)), min(band.upper / 100, Fraction(1))
        found.append(PrintedShare(tuple(p["id"] for p in printings), item, base, domain, level, strata, low, high))
    return tuple(found), tuple(sorted(unused))


def _common(bands: Sequence[Interval], printings: Sequence[dict[Any, Any]], where: str) -> Interval:
    low, high = max(b.lower for b in bands), min(b.upper for b in bands)
    if low > high:
        raise InputError("printings of one fact exclude each other", where=where, expected="figures that can agree",
                         got="; ".join(f"{p['id']} {p['printed']}" for p in printings))  # fmt: skip
    return Interval(low, high)


def _base_constraints(
    survey: PublishedSurvey, design: Design, base: str, rounding: str
) -> tuple[tuple[PrintedShare, ...], int | None]:
    resolved = resolve_base(survey, base)
    if resolved.item == "":
        return (), resolved.respondents
    shares, _ = _shares(survey, design, resolved.item, WHOLE_BASE, rounding)
    total = _printed_total(survey, design, resolved.item)
    if resolved.sign > 0:
        return shares, resolved.respondents if total is None else total
    everybody = int(design.respondents.sum())
    flipped = tuple(s.complement(f"not {s.item}", WHOLE_BASE) for s in shares)
    return flipped, resolved.respondents if total is None else everybody - total


def _printed_total(survey: PublishedSurvey, design: Design, item: str) -> int | None:
    """Find a base that is the item itself, or its complement, and whose respondents are printed."""
    everybody = int(design.respondents.sum())
    for base in survey.bases["base"]:
        resolved = resolve_base(survey, base)
        if resolved.item == item and resolved.respondents is not None:
            return resolved.respondents if resolved.sign > 0 else everybody - resolved.respondents
    return None
