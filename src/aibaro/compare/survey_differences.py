"""Every difference that a survey allows, in one table: ``differences.csv``."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from aibaro._typed import typed
from aibaro.compare._domain_pairs import domain_table
from aibaro.compare._paired import item_table
from aibaro.compare._ranks import domain_rank_table, item_rank_table
from aibaro.compare._shares import check_mixtures
from aibaro.compare.comparison_results import ComparisonResult
from aibaro.compare.declarations import (
    DIFFERENCES,
    MOST_PAIRED,
    TABLE_KINDS,
    Comparisons,
    TableFamily,
    compare,
    declared,
    rows_of,
    table_families,
)
from aibaro.compare.domain_precision import DomainShare, domain_shares
from aibaro.compare.waves import WaveChange, changes_between_waves
from aibaro.design import Design
from aibaro.errors import ConflictError, InputError
from aibaro.facts import Key, facts_of
from aibaro.published import PublishedSurvey
from aibaro.reconstruct.items import declared as cells_declared

#: A stratum variable is compared pair by pair when an item is printed for each of its levels.
_SMALLEST = 2


@dataclass(frozen=True, slots=True)
class Differences(ComparisonResult):
    """All differences of a survey.

    Parameters
    ----------
    survey : str
        Id of the survey.
    declared : Comparisons or None
        Declared comparisons of groups, subgroups and answers; None where none is declared.
    domains, against_all, items : pandas.DataFrame
        Pairs of levels (:func:`~aibaro.compare.domain_differences`), levels against the whole survey, and pairs of
        items of the whole survey; without rows where there are no strata.
    ranks : pandas.DataFrame
        Rank sets of levels and items.
    waves : tuple of WaveChange
        Changes from an earlier wave.
    mixtures : pandas.DataFrame
        Declared mixtures.
    left_out : tuple of str
        Figures that could not be compared, and why: a printing that another excludes, a base that print does not
        define, weights that are not declared to be equal within strata.
    """

    survey: str
    declared: Comparisons | None
    domains: pd.DataFrame
    against_all: pd.DataFrame
    items: pd.DataFrame
    ranks: pd.DataFrame
    waves: tuple[WaveChange, ...]
    mixtures: pd.DataFrame
    left_out: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Return the table of ``differences.csv``.

        Returns
        -------
        pandas.DataFrame
            Columns of :data:`~aibaro.compare.DIFFERENCES`.  Standard errors of designed surveys are the
            largest that the printed figures admit; ``breakdown_deff`` is empty there: their variance
            assumes no design effect.
        """
        parts = [] if self.declared is None else [self.declared.to_frame()]
        parts += [_domain_rows(table) for table in (self.domains, self.against_all) if len(table)]
        if len(self.items):
            parts.append(_item_rows(self.items))
        if not parts:
            return pd.DataFrame(columns=list(DIFFERENCES))
        frame = pd.concat([part.astype("object") for part in parts], ignore_index=True)
        return frame[list(DIFFERENCES)].astype({"n_a": "Int64", "n_b": "Int64", "breakdown_deff": "float64"})

    def summary(self) -> str:
        """Say what differs.

        Returns
        -------
        str
            Declared comparisons line by line, counts of verdicts for the large tables, waves and ranks.
        """
        lines = [] if self.declared is None else [self.declared.summary()]
        for name, table in (
            ("pairs of domains", self.domains),
            ("domains against all", self.against_all),
            ("pairs of items", self.items),
        ):
            if len(table):
                lines.append(f"{self.survey}: {name}, {len(table)} comparisons, every table that print admits (Holm)")
                lines += _counts(table)
        if len(self.waves):
            lines.append(f"{self.survey}: changes between waves, the earlier one without printed size")
            lines += [f"  {line}" for wave in self.waves for line in wave.summary().split("\n")]
        if len(self.ranks):
            lines.append(f"{self.survey}: ranks that the population can have (simultaneous 95%)")
            lines += [
                f"  {row.item:<34} {row.level:<34} printed {row.rank:>2}, {row.rank_low} to {row.rank_high}"
                for row in self.ranks.itertuples()
            ]
        if len(self.mixtures):
            lines.append(f"{self.survey}: mixtures (weighted share of the first part)")
            lines += [f"  {row['item']} {row['group']}: " + _span(row) for row in self.mixtures.to_dict("records")]
        lines += [f"left out: {line}" for line in self.left_out]
        return "\n".join(lines)


def _span(row: dict[Hashable, Any]) -> str:
    return f"{100 * row['share_low']:.1f}% to {100 * row['share_high']:.1f}%" if row["possible"] else "impossible"


def _counts(table: pd.DataFrame) -> list[str]:
    label = "item" if "item" in table else None
    groups = table.groupby(label, sort=False) if label else [("all items", table)]
    lines = []
    for name, rows in groups:
        found = rows["verdict"].value_counts()
        words = ", ".join(f"{found.get(w, 0)} {w}" for w in ("established", "not_significant", "depends"))
        lines.append(f"  {name}: {words}")
    return lines


def _domain_rows(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(group_a=table["level_a"], group_b=table["level_b"], breakdown_deff=float("nan"))[
        list(DIFFERENCES)
    ]


def _item_rows(table: pd.DataFrame) -> pd.DataFrame:
    rows = table.assign(
        item=table["item_a"], group_a=table["item_a"], group_b=table["item_b"], breakdown_deff=float("nan")
    )
    return rows.reindex(columns=list(DIFFERENCES))


@typed
def differences(
    survey: PublishedSurvey, *, deff: float | None = None, method: str = "wald", conf_level: float = 0.95
) -> Differences:
    """Compare everything in a survey that the printed figures allow to compare.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    deff : float, optional
        Design effect where weights are not published; by default verdicts cover 1 to 3.
    method : {"wald", "newcombe"}
        Interval of independent groups.
    conf_level : float
        Confidence level.

    Returns
    -------
    Differences
        Declared comparisons; for a survey with strata also domains, items, ranks and waves.

    Raises
    ------
    InputError
        When the survey neither declares a comparison nor prints strata.

    Examples
    --------
    >>> from aibaro.published import load
    >>> differences(load("io-2023"), deff=1.5).to_frame().shape
    (42, 14)
    """
    rows = declared(survey)
    if not rows and survey.strata.empty:
        raise InputError(
            "nothing to compare",
            where=survey.name,
            expected="comparisons.csv or strata.csv",
            hint="aibaro.compare.groups takes two percentages and their sizes",
        )
    groups = compare(survey, deff=deff, method=method, conf_level=conf_level) if rows else None
    empty = pd.DataFrame()
    tables: dict[str, pd.DataFrame] = {"domains": empty, "against_all": empty, "items": empty, "ranks": empty}
    waves: tuple[WaveChange, ...] = ()
    left: tuple[str, ...] = ()
    if len(survey.strata) and cells_declared(facts_of(survey)):
        tables, conflicts = _designed(survey, conf_level)
        waves, unused = changes_between_waves(survey, conf_level=conf_level)
        left = (*conflicts, *unused)
    elif len(survey.strata):
        left = ("domains, items and waves: weights are not declared to be equal within strata (weighting = cells)",)
    return Differences(
        survey=survey.name, declared=groups, waves=waves, mixtures=check_mixtures(survey), left_out=left, **tables
    )


def _designed(survey: PublishedSurvey, conf_level: float) -> tuple[dict[str, pd.DataFrame], tuple[str, ...]]:
    design = Design.from_strata(survey.strata)
    shares, left = readable_shares(survey, design)
    tables = family_tables(survey, design, shares, conf_level=conf_level)
    paired = {family.domain for family, _ in tables if family.kind == "pairs"}
    sizes = {domain: design.labels[domain].nunique() for domain in design.variables}
    many = {domain: size for domain, size in sizes.items() if size > MOST_PAIRED and domain not in paired}
    asked = "a row of comparisons.csv asks for them"
    left += tuple(f"pairs and ranks of {domain}: of {size} levels; {asked}" for domain, size in many.items())
    if not any(row["kind"] in TABLE_KINDS for row in rows_of(survey)) and len(shares) > MOST_PAIRED:
        left += (f"pairs of items: of {len(shares)}; {asked}",)
    ranks = [
        domain_rank_table(design, rows, domain=domain, conf_level=conf_level)
        for domain in design.variables
        if domain not in many
        for rows in shares.values()
    ]
    kinds: dict[str, list[pd.DataFrame]] = {kind: [] for kind in TABLE_KINDS}
    for family, table in tables:
        kinds[family.kind].append(table.assign(family=family.name))
        if family.kind == "items":
            single = {item: rows for item, rows in shares.items() if family.holds(item)}
            ranks.append(item_rank_table(table, single, conf_level=conf_level).assign(item="(items)", domain="all"))
    return {
        "domains": _join(kinds["pairs"]),
        "against_all": _join(kinds["against_all"]),
        "items": _join(kinds["items"]),
        "ranks": _join(ranks),
    }, left


def readable_shares(
    survey: PublishedSurvey, design: Design, fpc: str = "population"
) -> tuple[dict[str, tuple[DomainShare, ...]], tuple[str, ...]]:
    """Read these items, and name those whose printed figures exclude each other."""
    by_domain = {domain: printed_by(survey, design, domain) for domain in design.variables}
    found, left = {}, []
    for item in survey.items["item"]:
        if by_domain and all(item in items for items in by_domain.values()):
            try:
                found[item] = domain_shares(survey, item, fpc=fpc)
            except (ConflictError, InputError) as problem:
                left.append(f"{item}: {problem.faults[0].problem}")
    return found, tuple(left)


def family_tables(
    survey: PublishedSurvey,
    design: Design,
    shares: Mapping[str, Sequence[DomainShare]],
    *,
    conf_level: float = 0.95,
) -> list[tuple[TableFamily, pd.DataFrame]]:
    """Evaluate the families of comparisons that are whole tables."""
    return [
        (family, family_table(design, family, members, conf_level=conf_level))
        for family, members in family_members(survey, design, shares)
    ]


def family_members(
    survey: PublishedSurvey, design: Design, shares: Mapping[str, Sequence[DomainShare]]
) -> list[tuple[TableFamily, dict[str, Sequence[DomainShare]]]]:
    """List the families that have something to compare, each with its items."""
    found = []
    for family in table_families(survey, design.variables):
        # a variable of one level has nothing to compare
        members = {
            item: rows
            for item, rows in shares.items()
            if family.holds(item) and (family.kind == "items" or sum(row.domain == family.domain for row in rows) > 1)
        }
        if len(members) >= (_SMALLEST if family.kind == "items" else 1):
            found.append((family, members))
    return found


def family_table(
    design: Design,
    family: TableFamily,
    members: Mapping[str, Sequence[DomainShare]],
    *,
    simultaneous: str = "tukey",
    conf_level: float = 0.95,
    fpc: str = "population",
) -> pd.DataFrame:
    """Evaluate one family."""
    if family.kind == "items":
        return item_table(design, members, conf_level=conf_level, fpc=fpc)
    against = "pairs" if family.kind == "pairs" else "all"
    return domain_table(
        design, members, domain=family.domain, against=against, simultaneous=simultaneous, conf_level=conf_level
    )


def _join(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def printed_by(survey: PublishedSurvey, design: Design, domain: str) -> list[str]:
    """List the items asked of everybody whose share is printed for each level of a stratum variable."""
    levels = sorted(set(design.labels[domain]))
    if len(levels) < 2:
        return []
    facts = facts_of(survey)

    def stated(key: Key) -> bool:
        found = facts.get(key)
        return found is not None and found.percent and not found.soft

    return [
        item
        for item in survey.items["item"]
        if stated(Key(item)) and all(stated(Key(item, domain=domain, level=level)) for level in levels)
    ]
