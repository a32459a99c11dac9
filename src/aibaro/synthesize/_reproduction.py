"""Which printed numbers must synthetic answers reproduce, and do they?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from aibaro.design import Design
from aibaro.errors import FaultList, InputError
from aibaro.facts import Fact, Facts, facts_of
from aibaro.published import PublishedSurvey
from aibaro.reconstruct import stratum_domain
from aibaro.rounding import Interval
from aibaro.synthesize._memberships import base_of, read_memberships


@dataclass(frozen=True, slots=True)
class TargetShare:
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


def collect_targets(
    survey: PublishedSurvey | Facts, design: Design
) -> tuple[tuple[TargetShare, ...], tuple[LeftOut, ...]]:
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
    found: list[TargetShare] = []
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
                found.append(TargetShare(part, strata, _shares(band)))
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


# --- Do rows give what was printed? Every printing, in exact fractions, from the rows alone.

CHECK_COLUMNS = ("id", "kind", "item", "base", "domain", "level", "printed", "value", "reproduced", "exact")


def verify_rows(rows: pd.DataFrame, survey: PublishedSurvey) -> pd.DataFrame:
    """Compare the weighted analysis of rows with every printing that rows can speak about.

    Parameters
    ----------
    rows : pandas.DataFrame, shape (n, ...)
        One row per respondent: the stratum variables and one column per item, 1 yes, 0 no, empty where not known.
    survey : PublishedSurvey
        The survey.

    Returns
    -------
    pandas.DataFrame
        One row per printing: id, kind, item, base, domain, level, printed, value (in percent), reproduced, exact (the
        value as a fraction in percent).  Printed numbers of respondents of a base follow with kind ``count``.

    Raises
    ------
    InputError
        When columns are missing, a stratum is unknown, or a stratum has no rows.

    Notes
    -----
    Weights are N_h over the number of rows of stratum h, as fractions; nothing is rounded before the comparison.  A
    printed percentage is reproduced when its rounding interval holds the value.

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import small_survey
    >>> from aibaro.synthesize import synthesize
    >>> survey = small_survey(tempfile.mkdtemp())
    >>> found = verify_rows(synthesize(survey, seed=1).to_frame(), survey)
    >>> found.query("item == 'use'")[["printed", "value", "reproduced"]].values.tolist()
    [['14,0%', 14.0, True], ['50,0%', 50.0, True], ['10,0%', 10.0, True]]
    """
    design = Design.from_strata(survey.strata)
    stratum = _strata(rows, design, survey.name)
    numbers = np.bincount(stratum, minlength=design.size)
    weights = [Fraction(int(big), int(n)) for big, n in zip(design.population, numbers, strict=True)]
    figures, _ = collect_targets(survey, design)
    bases = read_memberships(survey)
    used = [base_of(bases, name, survey.name) for name in sorted({f.base for f in figures})]
    answers = _answers(rows, {f.item for f in figures} | {p for b in used for c in b.conditions for p in c.parts})
    inside = {base.name: base.mask(answers, len(rows)) for base in used}
    found: list[dict[str, object]] = []
    for figure in figures:
        share = _share(figure, answers[figure.item], inside[figure.base], stratum, weights)
        for printing in figure.fact.hard:
            own = printing.interval(figure.fact.rounding)
            band = figure.band if own is None else own.scaled(Fraction(1, 100))
            found.append(_row(figure, printing.id, printing.text, share, band))
    for base in bases.values():
        if base.respondents is not None and all(p in answers for c in base.conditions for p in c.parts):
            number = int(base.mask(answers, len(rows)).sum())
            found.append(
                {
                    "id": base.name,
                    "kind": "count",
                    "item": "respondents",
                    "base": base.name,
                    "domain": "",
                    "level": "",
                    "printed": str(base.respondents),
                    "value": float(number),
                    "reproduced": number == base.respondents,
                    "exact": str(number),
                }
            )
    return pd.DataFrame(found, columns=list(CHECK_COLUMNS))


def _strata(rows: pd.DataFrame, design: Design, where: str) -> np.ndarray:
    faults = FaultList("the rows cannot be compared with print", where=where)
    missing = [v for v in design.variables if v not in rows]
    if missing:
        raise InputError(
            "the rows lack stratum variables",
            where=where,
            parameter="rows",
            expected=", ".join(design.variables),
            got=", ".join(map(str, rows.columns)),
        )
    place = {tuple(labels): h for h, labels in enumerate(design.labels.to_numpy().tolist())}
    found = [place.get(tuple(map(str, labels)), -1) for labels in rows[list(design.variables)].to_numpy().tolist()]
    stratum = np.array(found, dtype=np.int64)
    if (stratum < 0).any():
        faults.add(
            "rows lie in no stratum",
            parameter="rows",
            got=f"{int((stratum < 0).sum())} rows",
            expected="strata of strata.csv",
        )
    empty = np.flatnonzero(np.bincount(stratum[stratum >= 0], minlength=design.size) == 0)
    if len(empty):
        faults.add(
            "strata have no rows",
            parameter="rows",
            got=", ".join(design.names[h] for h in empty),
            expected="at least one row a stratum",
        )
    faults.raise_if_any()
    return stratum


def _answers(rows: pd.DataFrame, items: set[str]) -> dict[str, np.ndarray]:
    missing = sorted(items - set(map(str, rows.columns)))
    if missing:
        raise InputError(
            "the rows lack items that print speaks about",
            where="verify_rows",
            parameter="rows",
            expected=", ".join(sorted(items)[:8]),
            got=f"no {', '.join(missing[:8])}",
        )
    return {item: rows[item].fillna(-1).to_numpy(dtype=np.int8) for item in sorted(items)}


def _share(
    figure: TargetShare, answers: np.ndarray, inside: np.ndarray, stratum: np.ndarray, weights: list[Fraction]
) -> Fraction | None:
    """Compute a share exactly; None when a member of the base has no answer or the base is empty."""
    if (answers[inside & np.isin(stratum, figure.strata)] < 0).any():
        return None
    base = np.bincount(stratum[inside], minlength=len(weights))
    yes = np.bincount(stratum[inside & (answers == 1)], minlength=len(weights))
    own = weights if figure.weighted == "yes" else [Fraction(1)] * len(weights)
    bottom = sum((own[h] * int(base[h]) for h in figure.strata), Fraction(0))
    return sum((own[h] * int(yes[h]) for h in figure.strata), Fraction(0)) / bottom if bottom else None


def _row(figure: TargetShare, name: str, text: str, share: Fraction | None, band: Interval) -> dict[str, object]:
    value = None if share is None else share * 100
    return {
        "id": name,
        "kind": figure.kind,
        "item": figure.item,
        "base": figure.base,
        "domain": figure.domain,
        "level": figure.level,
        "printed": text,
        "value": None if value is None else float(value),
        "reproduced": share is not None and share in band,
        "exact": "" if value is None else str(value),
    }
