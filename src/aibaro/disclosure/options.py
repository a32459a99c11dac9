"""What would coarser rounding or fewer margins hide?  Measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pandas as pd

from aibaro.disclosure.ranges import pinned_summary, printed_items, ranges_of
from aibaro.facts import Facts, facts_of
from aibaro.reconstruct._items import ItemSystem, PrintedShare, own_item
from aibaro.rounding import PrintedNumber, admissible, round_half_up

if TYPE_CHECKING:
    from aibaro.published import PublishedSurvey


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
        One row an option: option, cells, pinned, pinned_small, narrow, mean_width.

    Notes
    -----
    A coarser figure is the printed one rounded once more, which can differ by one unit from rounding the original.
    With ``constraints="domain"`` only the domain with fewest strata counts, so that dropping another hides nothing by
    construction.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from aibaro.cli.init import templates
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name, text in templates("my-survey").items():
    ...     _ = (folder / name).write_text(text, encoding="utf-8")
    >>> from aibaro.published import read
    >>> compare_options(read(folder), [("use", "all")])[["option", "cells", "pinned"]].values.tolist()
    [['as printed', 2, 2], ['0 decimals', 2, 2], ['without size', 2, 2]]
    """
    pairs = sorted(printed_items(survey) if items is None else items)
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
