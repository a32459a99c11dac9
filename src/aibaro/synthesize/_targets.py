"""Which printed numbers must synthetic answers reproduce, and which can they not speak about?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from aibaro.design import Design
from aibaro.facts import Fact, Facts, facts_of
from aibaro.published import PublishedSurvey
from aibaro.reconstruct import stratum_domain
from aibaro.rounding import Interval


@dataclass(frozen=True, slots=True)
class Target:
    """A printed share of the survey's own wave that answers must have.

    Parameters
    ----------
    fact : Fact
        The fact, with the printings of one weighting.
    strata : tuple of int
        Rows of the strata in its domain.
    band : Interval
        Admissible shares, between 0 and 1.
    """

    fact: Fact
    strata: tuple[int, ...]
    band: Interval

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of its printings in digits; of its words where there are no digits."""
        return tuple(p.id for p in self.fact.hard)

    @property
    def kind(self) -> str:
        """``percentage`` for digits, ``verbal`` for words that stand alone."""
        return "verbal" if self.fact.soft else "percentage"

    @property
    def item(self) -> str:
        """What is counted."""
        return self.fact.key.item

    @property
    def base(self) -> str:
        """Among whom."""
        return self.fact.key.base

    @property
    def domain(self) -> str:
        """Stratum domain, empty for all strata."""
        return self.fact.key.domain

    @property
    def level(self) -> str:
        """Level of the domain."""
        return self.fact.key.level

    @property
    def weighted(self) -> str:
        """``no`` where the publisher left it unweighted, else ``yes``."""
        return "no" if self.fact.hard[0].weighted == "no" else "yes"

    @property
    def printed(self) -> str:
        """Characters of the first printing."""
        return self.fact.hard[0].text

    @property
    def overall(self) -> bool:
        """Whether it is about all strata."""
        return not self.domain

    @property
    def name(self) -> str:
        """Item, base and domain."""
        return str(self.fact.key)


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


def collect_targets(survey: PublishedSurvey | Facts, design: Design) -> tuple[tuple[Target, ...], tuple[LeftOut, ...]]:
    """Collect the printed shares that answers of the survey's respondents must reproduce.

    Notes
    -----
    A share in words binds only where no digits state the same fact and its reading is not vague.  Printings that
    exclude each other bind nothing.

    Examples
    --------
    >>> from aibaro.published import load
    >>> survey = load("flanders-2023")
    >>> targets, left_out = collect_targets(survey, Design.from_strata(survey.strata))
    >>> sum(len(t.ids) for t in targets if t.kind == "percentage"), len(left_out)
    (419, 9)
    """
    facts = facts_of(survey)
    items = facts.survey.items
    types = zip(items["item"], items["type"], strict=True) if "type" in items else ()
    rates = {str(item) for item, kind in types if kind not in {"", "indicator"}}
    found: list[Target] = []
    left_out: list[LeftOut] = []
    for fact in (f for f in facts if f.key.measure == "share"):
        digits = tuple(p for p in fact.hard if p.kind == "percentage" and not p.soft)
        words = tuple(p for p in fact.hard if p.kind == "verbal" and p.soft and p.qualifier not in {"", "vague"})
        for weighted in ("no", "yes"):
            own = tuple(p for p in digits or words if (p.weighted == "no") == (weighted == "no"))
            part = Fact(fact.key, own, fact.rounding)
            band = part.interval() if own else None
            if band is None:
                continue
            reason, strata = _reason(part, design, rates)
            if not reason and band.empty:
                reason = f"conflict: {', '.join(f'{p.id} prints {p.text}' for p in own)}"
            if reason:
                # words that cannot bind are no figures that were asked for
                left_out += [LeftOut(p.id, reason) for p in digits and own]
            else:
                found.append(Target(part, strata, _shares(band)))
    return tuple(sorted(found, key=lambda t: (t.fact.key, t.weighted))), tuple(left_out)


def _reason(fact: Fact, design: Design, rates: Iterable[str]) -> tuple[str, tuple[int, ...]]:
    """Say why a share is no statement about stratum counts of this wave; else give its strata."""
    key = fact.key
    strata = stratum_domain(design, key.domain, key.level)
    reasons = (
        (bool(key.wave), "another wave"),
        (key.item in rates or not key.base, "no answer of respondents"),
        (bool(key.group), "about a group that is no stratum"),
        (strata is None, "its domain is no union of strata"),
    )
    return next((text for holds, text in reasons if holds), ""), strata or ()


def _shares(band: Interval) -> Interval:
    band = band.scaled(Fraction(1, 100))
    low, high = max(band.lower, Fraction(0)), min(band.upper, Fraction(1))
    return Interval(low, high, band.lower_closed or low > band.lower, band.upper_closed or high < band.upper)
