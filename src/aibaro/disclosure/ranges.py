"""Which counts of single strata does print allow, and which figures are to blame where it allows one only?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import pandas as pd

from aibaro.errors import ConflictError, InputError
from aibaro.facts import Facts, facts_of
from aibaro.published import PublishedSurvey
from aibaro.reconstruct import ItemSystem, PrintedShare, own_item
from aibaro.reconstruct.items import local_system, printed_by_domain
from aibaro.reconstruct.program import SeparableProgram
from aibaro.reconstruct.share_variance import base_program
from aibaro.reconstruct.solvers import solve
from aibaro.rounding import PrintedNumber, admissible, round_half_up

# strata with fewer respondents are not shown unless asked
SMALL = 10
RANGE_COLUMNS = ("stratum", "item", "base", "n", "low", "high", "attained", "pinned", "blame")
Progress = Callable[[str], None]
# told of an item and its base, and why no table gives them
Contradicted = Callable[[str, ConflictError], None]


@dataclass(frozen=True, slots=True)
class StratumRange:
    """The counts of one stratum and item that the printed figures allow.

    Parameters
    ----------
    stratum : str
        Labels joined with ×.
    row : int
        Row of the stratum in ``strata.csv``.
    item, base : str
        The item.
    respondents : int
        Respondents n_h of the stratum.
    low, high : int
        No table consistent with print has fewer or more respondents with the item.
    attained : bool
        Whether consistent tables with `low` and with `high` were found.
    blame : tuple of str
        For a pinned count, ids of an irreducible set of printed figures that pins it; else empty.
    """

    stratum: str
    row: int
    item: str
    base: str
    respondents: int
    low: int
    high: int
    attained: bool
    blame: tuple[str, ...] = ()

    @property
    def pinned(self) -> bool:
        """Whether the printed figures allow one count only."""
        return self.low == self.high

    @property
    def small(self) -> bool:
        """Whether the stratum has too few respondents to be shown."""
        return self.respondents < SMALL


def stratum_ranges(
    survey: PublishedSurvey,
    items: Iterable[tuple[str, str]] | None = None,
    *,
    constraints: str = "own-item",
    work: float = 2.0,
    progress: Progress | None = None,
    contradicted: Contradicted | None = None,
) -> list[StratumRange]:
    """Bound the count of every stratum and item that print constrains by domain.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    items : iterable of (str, str), optional
        Items and bases; by default all with a percentage in a stratum domain.
    constraints : {"own-item", "domain"}
        All figures of an item together, or only those of the domains with fewest strata: faster, and the ranges are
        still rigorous, because leaving figures out can only widen them.
    work : float
        Limit of one search, in the solver's deterministic unit.
    progress : callable, optional
        Called with the name of each item before it is bounded.
    contradicted : callable, optional
        Called with the name of each item that no table gives, and the conflict; the others are bounded nevertheless.

    Returns
    -------
    list of StratumRange
        Sorted by item, base and stratum.

    Raises
    ------
    InputError
        For an unknown kind of constraints, or an item without percentages.
    ConflictError
        When no table is consistent with print, unless `contradicted` hears of it; ``aibaro check`` names the figures.

    Notes
    -----
    The smallest and the largest whole number of respondents in a stratum who can have the answer, over all tables whose
    weighted shares lie inside their rounding (:func:`aibaro.reconstruct.quantity_range`).

    References
    ----------
    Hundepool, A. et al. (2012). Statistical Disclosure Control. Wiley. https://doi.org/10.1002/9781118348239

    Examples
    --------
    >>> from aibaro.published import load
    >>> ranges = stratum_ranges(load("flanders-2023"), [("technology.nlg", "all")], constraints="domain")
    >>> len(ranges), sum(r.pinned for r in ranges)
    (44, 2)
    """
    if constraints not in {"own-item", "domain"}:
        raise InputError(
            "unknown constraints",
            where="stratum_ranges",
            parameter="constraints",
            expected="own-item or domain",
            got=repr(constraints),
        )
    found: list[StratumRange] = []
    for item, base in sorted(printed_by_domain(survey) if items is None else items):
        if progress is not None:
            progress(f"{item} among {base}")
        try:
            found += ranges_of(
                own_item(survey, item, base, rounding=survey.rounding), constraints=constraints, work=work
            )
        except ConflictError as error:
            if contradicted is None:
                raise
            contradicted(f"{item}@{base}", error)
    return found


def ranges_of(system: ItemSystem, *, constraints: str = "own-item", work: float = 2.0) -> list[StratumRange]:
    """Bound the count of every stratum for one system of statements."""
    names = [" × ".join(row) for row in system.design.labels.to_numpy().tolist()]
    found = []
    for h, name in enumerate(names):
        part = local_system(system, h) if constraints == "domain" else system
        low, first = _end(part, h, "min", work)
        high, second = _end(part, h, "max", work)
        blame = _blame(part, h, low, work) if low == high else ()
        number = int(system.design.respondents[h])
        found.append(StratumRange(name, h, system.item, system.base, number, low, high, first and second, blame))
    return found


def _end(system: ItemSystem, stratum: int, sense: str, work: float) -> tuple[int, bool]:
    """Return a proved end of the range of a count, and whether a table attains it."""
    number = int(system.design.respondents[stratum])
    program = replace(_reduced(system, stratum), sense=sense)
    place = _place(system, stratum)
    outcome = solve(replace(program, tables={place: list(range(number + 1))}), work=work)
    if outcome.status == "infeasible":
        raise ConflictError(
            "no table is consistent with print",
            where=system.name,
            parameter="printed",
            expected="percentages that can hold together",
            got=", ".join(s.name for s in system.shares),
            hint="'aibaro check' names the figures that exclude each other",
        )
    outer = outcome.bound if outcome.bound is not None else (0 if sense == "min" else number)
    outer = max(0, outer) if sense == "min" else min(number, outer)
    inner = outcome.unknowns[place] if outcome.unknowns is not None else None
    return outer, inner == outer


def _touched(system: ItemSystem, stratum: int) -> list[int]:
    """List the strata that some statement ties to a stratum."""
    if system.total is not None or system.base_total is not None or system.overlap is not None:
        return list(range(system.design.size))
    touched = {stratum}
    while True:
        new = {h for s in (*system.shares, *system.base_shares) if touched & set(s.strata) for h in s.strata}
        if new <= touched:
            return sorted(touched)
        touched |= new


def _reduced(system: ItemSystem, stratum: int) -> SeparableProgram:
    """Write the program of the strata that matter, all others left out."""
    program = base_program(system)
    kept = _unknowns(system, stratum)
    place = {old: new for new, old in enumerate(kept)}
    rows = tuple(
        replace(r, coefficients=tuple((place[i], c) for i, c in r.coefficients))
        for r in program.rows
        if all(i in place for i, _ in r.coefficients)
    )
    return SeparableProgram(tuple(program.lower[i] for i in kept), tuple(program.upper[i] for i in kept), rows)


def _unknowns(system: ItemSystem, stratum: int) -> list[int]:
    touched = _touched(system, stratum)
    return touched if system.whole else touched + [system.design.size + h for h in touched]


def _place(system: ItemSystem, stratum: int) -> int:
    return _unknowns(system, stratum).index(stratum)


def _blame(system: ItemSystem, stratum: int, count: int, work: float) -> tuple[str, ...]:
    """Find statements none of which can be left out without freeing the count."""
    kept = system.shrunk((*system.shares, *system.base_shares), lambda trial: _pins(trial, stratum, count, work))
    for trial in (replace(kept, total=None), replace(kept, total=None, base_total=None)):
        if trial != kept and _pins(trial, stratum, count, work):
            kept = trial
    ids = [i for s in (*kept.shares, *kept.base_shares) for i in s.ids[:1]]
    totals = [f"respondents of {kept.name}"] if (kept.total, kept.base_total) != (None, None) else []
    return tuple(sorted(ids) + totals)


def _pins(system: ItemSystem, stratum: int, count: int, work: float) -> bool:
    """Tell whether statements alone exclude every other count."""
    program, place = _reduced(system, stratum), _place(system, stratum)
    for low, high in ((0, count - 1), (count + 1, program.upper[place])):
        if low <= high:
            lower = tuple(low if i == place else v for i, v in enumerate(program.lower))
            upper = tuple(high if i == place else v for i, v in enumerate(program.upper))
            if solve(replace(program, lower=lower, upper=upper), work=work).status != "infeasible":
                return False
    return True


def to_frame(ranges: Sequence[StratumRange], *, reveal: str = "safe") -> pd.DataFrame:
    """Lay ranges out as a table that may be shown.

    Parameters
    ----------
    ranges : sequence of StratumRange
        The ranges.
    reveal : {"safe", "small"}
        ``safe`` leaves the counts of strata with fewer than 10 respondents empty; ``small`` shows them, for a
        publisher who audits figures of their own.

    Returns
    -------
    pandas.DataFrame
        Columns stratum, item, base, n, low, high, attained, pinned, blame.

    Raises
    ------
    InputError
        For an unknown `reveal`.

    Examples
    --------
    >>> to_frame([StratumRange("large × energy", 0, "a", "all", 5, 2, 2, True)])["low"].isna().tolist()
    [True]
    """
    _check_reveal(reveal)
    rows = []
    for r in ranges:
        hide = r.small and reveal == "safe"
        rows.append(
            (
                r.stratum,
                r.item,
                r.base,
                r.respondents,
                pd.NA if hide else r.low,
                pd.NA if hide else r.high,
                r.attained,
                r.pinned,
                " ".join(r.blame),
            )
        )
    frame = pd.DataFrame(rows, columns=list(RANGE_COLUMNS))
    return frame.astype({"low": "Int64", "high": "Int64"})


def audit(
    survey: PublishedSurvey,
    items: Iterable[tuple[str, str]] | None = None,
    *,
    reveal: str = "safe",
    constraints: str = "own-item",
    progress: Progress | None = None,
    contradicted: Contradicted | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Audit a survey before it is published: what ``aibaro bounds PATH --strata`` shows.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    items : iterable of (str, str), optional
        Items and bases, as for :func:`stratum_ranges`.
    reveal : {"safe", "small"}
        As for :func:`to_frame`.
    constraints : {"own-item", "domain"}
        As for :func:`stratum_ranges`.
    progress : callable, optional
        Called with the name of each item before it is bounded.
    contradicted : callable, optional
        As for :func:`stratum_ranges`.

    Returns
    -------
    ranges : pandas.DataFrame
        Result of :func:`to_frame`.
    summary : pandas.DataFrame
        Result of :func:`pinned_summary`.

    Raises
    ------
    InputError
        For unknown choices.
    ConflictError
        When no table is consistent with print, unless `contradicted` hears of it.

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import small_survey
    >>> ranges, blame = audit(small_survey(tempfile.mkdtemp()), [("use", "all")])
    >>> len(ranges)
    2
    """
    _check_reveal(reveal)
    found = stratum_ranges(survey, items, constraints=constraints, progress=progress, contradicted=contradicted)
    return to_frame(found, reveal=reveal), pinned_summary(found)


def _check_reveal(reveal: str) -> None:
    if reveal not in {"safe", "small"}:
        raise InputError(
            "unknown choice of what to reveal",
            where="disclosure",
            parameter="reveal",
            expected="safe or small",
            got=repr(reveal),
        )


def pinned_summary(ranges: Sequence[StratumRange]) -> pd.DataFrame:
    """Count what is pinned, without saying what it is.

    Parameters
    ----------
    ranges : sequence of StratumRange
        The ranges.

    Returns
    -------
    pandas.DataFrame
        One row per item and base: cells, pinned, pinned_small (strata with fewer than 10 respondents), narrow (at most
        three counts allowed), mean_width (counts allowed less one).

    Examples
    --------
    >>> one = StratumRange("s", 0, "a", "all", 20, 3, 3, True)
    >>> pinned_summary([one])["pinned"].tolist()
    [1]
    """
    rows: dict[tuple[str, str], list[StratumRange]] = {}
    for r in ranges:
        rows.setdefault((r.item, r.base), []).append(r)
    return pd.DataFrame(
        [
            {
                "item": item,
                "base": base,
                "cells": len(own),
                "pinned": sum(r.pinned for r in own),
                "pinned_small": sum(r.pinned and r.small for r in own),
                "narrow": sum(r.high - r.low <= 2 for r in own),
                "mean_width": sum(r.high - r.low for r in own) / len(own),
            }
            for (item, base), own in sorted(rows.items())
        ],
        columns=["item", "base", "cells", "pinned", "pinned_small", "narrow", "mean_width"],
    )


def compare_options(
    survey: PublishedSurvey,
    items: Iterable[tuple[str, str]] | None = None,
    *,
    decimals: Sequence[int] = (0,),
    drop: Sequence[str] = (),
    constraints: str = "own-item",
    work: float = 2.0,
) -> pd.DataFrame:
    """Measure what coarser rounding or fewer margins would hide.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    items : iterable of (str, str), optional
        Items and bases, as for :func:`stratum_ranges`.
    decimals : sequence of int
        Numbers of decimals to print instead.
    drop : sequence of str
        Domains, such as ``sector``, each left out in turn; by default every domain.
    constraints : {"own-item", "domain"}
        As for :func:`stratum_ranges`.
    work : float
        Limit of one search.

    Returns
    -------
    pandas.DataFrame
        One row per option: option, cells, pinned, pinned_small, narrow, mean_width.

    Notes
    -----
    A coarser figure is the printed one rounded once more, which can differ by one unit from rounding the original.
    With ``constraints="domain"`` only the domain with fewest strata counts, so that dropping another hides nothing by
    construction.

    References
    ----------
    Hundepool, A. et al. (2012). Statistical Disclosure Control. Wiley. https://doi.org/10.1002/9781118348239

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import small_survey
    >>> options = compare_options(small_survey(tempfile.mkdtemp()), [("use", "all")])
    >>> options[["option", "cells", "pinned"]].values.tolist()
    [['as printed', 2, 2], ['0 decimals', 2, 2], ['without size', 2, 2]]
    """
    pairs = sorted(printed_by_domain(survey) if items is None else items)
    systems = [own_item(survey, item, base, rounding=survey.rounding) for item, base in pairs]
    domains = list(drop) or sorted({s.domain for system in systems for s in system.shares if s.domain})
    facts = facts_of(survey)
    options: list[tuple[str, list[ItemSystem]]] = [("as printed", systems)]
    options += [(f"{d} decimals", [_coarser(s, d, facts) for s in systems]) for d in decimals]
    options += [(f"without {name}", [_without_domain(s, name) for s in systems]) for name in domains]
    rows = []
    for option, own in options:
        ranges = [r for system in own for r in ranges_of(system, constraints=constraints, work=work)]
        summary = pinned_summary(ranges)
        totals = {name: int(summary[name].sum()) for name in ("cells", "pinned", "pinned_small", "narrow")}
        width = sum(r.high - r.low for r in ranges) / len(ranges)
        rows.append({"option": option, **totals, "mean_width": width})
    return pd.DataFrame(rows)


def _coarser(system: ItemSystem, decimals: int, facts: Facts) -> ItemSystem:
    def again(share: PrintedShare) -> PrintedShare:
        printing = facts.printing(share.ids[0])
        places = min(decimals, printing.decimals)
        value = round_half_up(printing.value or Fraction(0), places)
        band = admissible(PrintedNumber("", value, places, False), facts.rounding)
        return replace(share, lower=max(band.lower / 100, Fraction(0)), upper=min(band.upper / 100, Fraction(1)))

    # a base other than everybody may be printed as its complement; such bands are kept as they are
    base_shares = tuple(again(s) if not s.item.startswith("not ") else s for s in system.base_shares)
    return replace(system, shares=tuple(again(s) for s in system.shares), base_shares=base_shares)


def _without_domain(system: ItemSystem, domain: str) -> ItemSystem:
    return replace(
        system,
        shares=tuple(s for s in system.shares if s.domain != domain),
        base_shares=tuple(s for s in system.base_shares if s.domain != domain),
    )
