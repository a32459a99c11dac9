"""Which printed numbers must synthetic answers reproduce, and which can they not speak about?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from aibaro.design import Design
from aibaro.published.schema import WHOLE_BASE
from aibaro.reconstruct._items import stratum_domain
from aibaro.rounding import Interval, admissible

if TYPE_CHECKING:
    from aibaro.published import PublishedSurvey

Key = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Figure:
    """A printed share of the survey's own wave.

    Parameters
    ----------
    ids : tuple of str
        Ids of its printings.
    kind : {"percentage", "verbal"}
        Digits, or words that stand alone and are read by the committed table.
    item, base : str
        What is counted, among whom.
    domain, level : str
        Stratum domain, empty for all strata.
    strata : tuple of int
        Rows of the strata in the domain.
    weighted : {"yes", "no"}
        Whether the publisher weighted it.
    printed : str
        Characters of the first printing.
    band : Interval
        Admissible shares, between 0 and 1.
    """

    ids: tuple[str, ...]
    kind: str
    item: str
    base: str
    domain: str
    level: str
    strata: tuple[int, ...]
    weighted: str
    printed: str
    band: Interval

    @property
    def overall(self) -> bool:
        """Whether it is about all strata."""
        return not self.domain

    @property
    def name(self) -> str:
        """Item, base and domain."""
        at = "" if self.base == WHOLE_BASE else f"@{self.base}"
        return f"{self.item}{at}" + (f"|{self.domain}={self.level}" if self.domain else "")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A printed share that synthetic answers do not carry.

    Parameters
    ----------
    id : str
        Id of the printing.
    reason : str
        Why.
    """

    id: str
    reason: str


def collect_figures(survey: PublishedSurvey, design: Design) -> tuple[tuple[Figure, ...], tuple[LeftOut, ...]]:
    """Collect the printed shares that answers of the survey's respondents must reproduce.

    Notes
    -----
    A share in words binds only where no digits state the same fact and its reading is not vague.

    Examples
    --------
    >>> from aibaro.published import load
    >>> survey = load("flanders-2023")
    >>> figures, left_out = collect_figures(survey, Design.from_strata(survey.strata))
    >>> sum(len(f.ids) for f in figures if f.kind == "percentage"), len(left_out)
    (419, 9)
    """
    types = zip(survey.items["item"], survey.items["type"], strict=True) if "type" in survey.items else ()
    rates = {str(item) for item, kind in types if kind not in {"", "indicator"}}
    figures: dict[Key, Figure] = {}
    left_out: list[LeftOut] = []
    for row in survey.printed.to_dict(orient="records"):
        if row["kind"] != "percentage":
            continue
        reason, strata = _reason(survey, design, row, rates)
        if reason:
            left_out.append(LeftOut(str(row["id"]), reason))
            continue
        band = _shares(admissible(str(row["printed"]), survey.rounding, survey.decimal))
        _join(figures, left_out, row, strata, band)
    _add_words(survey, design, figures, rates)
    return tuple(figures[key] for key in sorted(figures)), tuple(left_out)


def _reason(
    survey: PublishedSurvey, design: Design, row: Mapping[Any, Any], rates: Iterable[str]
) -> tuple[str, tuple[int, ...]]:
    """Say why a share is no statement about stratum counts of this wave; else give its strata."""
    strata = stratum_domain(design, str(row["domain"]), str(row["level"]))
    reasons = (
        (row["wave"] not in {"", survey.wave}, "another wave"),
        (row["item"] in rates or not row["base"], "no answer of respondents"),
        (bool(row["group"]), "about a group that is no stratum"),
        (row["weighted"] == "unknown", "its weighting is not known"),
        (strata is None, "its domain is no union of strata"),
    )
    return next((text for holds, text in reasons if holds), ""), strata or ()


def _shares(band: Interval) -> Interval:
    band = band.scaled(Fraction(1, 100))
    low, high = max(band.lower, Fraction(0)), min(band.upper, Fraction(1))
    return Interval(low, high, band.lower_closed or low > band.lower, band.upper_closed or high < band.upper)


def _join(
    figures: dict[Key, Figure], left_out: list[LeftOut], row: Mapping[Any, Any], strata: tuple[int, ...], band: Interval
) -> None:
    weighted = "no" if row["weighted"] == "no" else "yes"
    key = (str(row["item"]), str(row["base"]), str(row["domain"]), str(row["level"]), weighted)
    ids: tuple[str, ...] = (str(row["id"]),)
    printed = str(row["printed"])
    if key in figures:
        old = figures[key]
        if not old.band.meets(band):
            left_out.append(LeftOut(ids[0], f"conflict: {old.ids[0]} prints {old.printed} for the same fact"))
            return
        ids, printed, band = (*old.ids, *ids), old.printed, _common(old.band, band)
    figures[key] = Figure(ids, "percentage", *key[:4], strata, weighted, printed, band)


def _common(a: Interval, b: Interval) -> Interval:
    low, low_open = max((a.lower, not a.lower_closed), (b.lower, not b.lower_closed))
    high, high_closed = min((a.upper, a.upper_closed), (b.upper, b.upper_closed))
    return Interval(low, high, not low_open, high_closed)


def _add_words(survey: PublishedSurvey, design: Design, figures: dict[Key, Figure], rates: Iterable[str]) -> None:
    for row in survey.printed.to_dict(orient="records"):
        usable = row["kind"] == "verbal" and row["qualifier"] not in {"", "vague"} and row["low"] and row["high"]
        if not usable:
            continue
        reason, strata = _reason(survey, design, row, rates)
        weighted = "no" if row["weighted"] == "no" else "yes"
        key = (str(row["item"]), str(row["base"]), str(row["domain"]), str(row["level"]), weighted)
        if reason or key in figures:
            continue
        qualifier = row["qualifier"]
        band = _shares(
            Interval(
                Fraction(str(row["low"])),
                Fraction(str(row["high"])),
                qualifier != "more_than",
                qualifier not in {"less_than", "almost"},
            )
        )
        figures[key] = Figure((str(row["id"]),), "verbal", *key[:4], strata, weighted, str(row["printed"]), band)
