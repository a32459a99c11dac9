"""What does a survey declare about its comparisons?  Families, their members, and sizes that print leaves out.

``comparisons.csv`` is the only place where families of tests are declared: differences and claims read the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TypeVar

from aibaro.compare import mixtures
from aibaro.compare.figures import base_size, share_of
from aibaro.compare.shares import Share, share
from aibaro.compare.sizes import RELATIVE_WEIGHT, size_range
from aibaro.compare.verdicts import CLAIMS
from aibaro.errors import FaultList, InputError
from aibaro.facts import Key, facts_of
from aibaro.published import PublishedSurvey
from aibaro.published.schema import COMPARISONS as FILE

#: One row is one comparison of two figures.
PAIR_KINDS: tuple[str, ...] = ("groups", "subgroups", "paired")
#: One row is a whole table of comparisons of a survey with strata.
TABLE_KINDS: tuple[str, ...] = ("pairs", "against_all", "items")
#: One row says how many respondents a part of the sample can have had.
SIZE = "size"
#: One row names a family of claims that no other row tests.
CLAIM_FAMILY = "claims"
KINDS: tuple[str, ...] = (*PAIR_KINDS, *TABLE_KINDS, SIZE, CLAIM_FAMILY)

Row = Mapping[str, str]
T = TypeVar("T", int, float)


@dataclass(frozen=True, slots=True)
class TableFamily:
    """A family whose members are all cells of a table.

    Parameters
    ----------
    name : str
        Name of the family.
    kind : {"pairs", "against_all", "items"}
        Pairs of levels, levels against the whole survey, or pairs of items of the whole survey.
    domain : str
        Stratum variable; empty for items.
    items : tuple of str
        Items, or globs over items.
    """

    name: str
    kind: str
    domain: str
    items: tuple[str, ...]

    def holds(self, item: str) -> bool:
        """Tell whether an item belongs to the family."""
        return any(fnmatchcase(item, pattern) for pattern in self.items)


def rows_of(survey: PublishedSurvey) -> tuple[dict[str, str], ...]:
    """Read everything that a survey declares about its comparisons.

    Examples
    --------
    >>> from aibaro.published import load
    >>> sorted({row["kind"] for row in rows_of(load("flanders-2023"))})
    ['against_all', 'claims', 'items', 'pairs']
    """
    faults = FaultList("declared comparisons cannot be used", where=f"{survey.name} / {FILE}")
    rows = [{str(name): str(cell) for name, cell in row.items()} for row in survey.comparisons.to_dict("records")]
    for line, row in enumerate(rows, 2):
        _check(row, f"line {line}", faults)
    faults.raise_if_any(InputError)
    return tuple(rows)


def _check(row: Row, where: str, faults: FaultList) -> None:
    kind = row["kind"]
    if kind not in KINDS or (not row["family"] and kind != SIZE):
        faults.add(
            "a row needs a family and a known kind",
            where=where,
            parameter="family, kind",
            expected=", ".join(KINDS),
            got=f"{row['family']}; {kind}",
        )
    elif kind in PAIR_KINDS and row["claim"] not in CLAIMS:
        faults.add(
            "a comparison needs a known claim",
            where=where,
            parameter="claim",
            expected=", ".join(CLAIMS),
            got=row["claim"],
        )
    elif kind in TABLE_KINDS and (not row["item"] or (kind != "items") != bool(row["domain"])):
        faults.add(
            "a table of comparisons needs items, and a domain unless it compares items",
            where=where,
            parameter="item, domain",
            got=f"{row['item']}; {row['domain']}",
        )
    elif kind == SIZE and (not row["fact_a"] or not (row["n_a"] or row["share_a"] or row["mixture"])):
        faults.add(
            "a size needs the facts it is for, and a range, a share or a mixture",
            where=where,
            parameter="fact_a, n_a, share_a, mixture",
            got=row["fact_a"],
        )


def declared(survey: PublishedSurvey) -> tuple[dict[str, str], ...]:
    """Read the single comparisons that a survey declares.

    Examples
    --------
    >>> from aibaro.published import load
    >>> sorted({row["family"] for row in declared(load("io-2023"))})
    ['ages', 'chances_threats', 'education', 'public_entrepreneurs', 'users_non_users', 'within_one_sample']
    """
    return tuple(row for row in rows_of(survey) if row["kind"] in PAIR_KINDS)


def table_families(survey: PublishedSurvey, variables: tuple[str, ...]) -> tuple[TableFamily, ...]:
    """List the families that are whole tables.

    Examples
    --------
    >>> from aibaro.published import load
    >>> [family.name for family in table_families(load("flanders-2023"), ("size_class", "sector"))]
    ['pairs.size_class', 'pairs.sector', 'against_all.size_class', 'against_all.sector', 'items']
    """
    found = [
        TableFamily(row["family"], row["kind"], row["domain"], tuple(row["item"].split()))
        for row in rows_of(survey)
        if row["kind"] in TABLE_KINDS
    ]
    if found:
        return tuple(found)
    wholes = {relation.whole for relation in facts_of(survey).relations if relation.kind == "union"}
    single = tuple(item for item in survey.items["item"] if item not in wholes)
    by_domain = [
        TableFamily(f"{kind}.{domain}", kind, domain, ("*",))
        for kind in ("pairs", "against_all")
        for domain in variables
    ]
    return (*by_domain, *([TableFamily("items", "items", "", single)] if single else []))


def claim_families(survey: PublishedSurvey) -> frozenset[str]:
    """List the families of claims that a survey declares.

    Examples
    --------
    >>> from aibaro.published import load
    >>> "outlook" in claim_families(load("io-2023"))
    True
    """
    return frozenset(row["family"] for row in rows_of(survey) if row["kind"] == CLAIM_FAMILY)


def declared_size(survey: PublishedSurvey, key: str) -> tuple[int, int] | None:
    """Give the sizes that respondents behind a figure can have had, where print leaves their number out.

    Notes
    -----
    ``n_a`` states the range itself; else a weighted share of ``base``, declared, printed or bounded by a mixture, is
    swept over ``relative_weight`` (:func:`~aibaro.compare.sizes.size_range`).

    Examples
    --------
    >>> from aibaro.published import load
    >>> declared_size(load("io-2023"), "outlook.threats|use=users|group=public")
    (57, 336)
    """
    for row in rows_of(survey):
        if row["kind"] == SIZE and fnmatchcase(key, row["fact_a"]):
            return _size(survey, row, key)
    return None


def _size(survey: PublishedSurvey, row: Row, key: str) -> tuple[int, int]:
    if row["n_a"]:
        return span(row["n_a"], row, int)
    n = base_size(survey, row["base"], Key.parse(key).group)
    if n is None:
        raise InputError(
            "the base has no printed size", where=f"{FILE}, {row['fact_a']}", parameter="base", got=row["base"]
        )
    weights = span(row["relative_weight"], row, float) if row["relative_weight"] else RELATIVE_WEIGHT
    if not row["mixture"]:
        return size_range(n, bound(survey, row["share_a"], row), weights)
    place, other = (part for part in row["share_a"].split("/"))
    return size_range(n, mixture_share(survey, row["mixture"].split(), place, other), weights)


def mixture_share(survey: PublishedSurvey, keys: list[str], place: str, other: str) -> Share:
    """Bound the share of a subgroup by every item whose overall figure and subgroup figures are printed."""
    triples = []
    for key in keys:
        head, _, tail = key.partition("|")
        parts = [f"{head}|{side}|{tail}" for side in (place, other)]
        triples.append((share_of(survey, key), share_of(survey, parts[0]), share_of(survey, parts[1])))
    return mixtures.joint_share(triples)


def bound(survey: PublishedSurvey, text: str, row: Row) -> Share:
    """Read a share: a range in percent, or a printed fact."""
    if ".." in text and "|" not in text:
        low, high = span(text, row, float)
        return share((low / 100, high / 100), parameter="share")
    return share_of(survey, text)


def span(text: str, row: Row, kind: Callable[[str], T]) -> tuple[T, T]:
    """Read a range."""
    low, mark, high = text.partition("..")
    try:
        return kind(low), kind(high if mark else low)
    except ValueError:
        where = f"{row['family']}, {row['item'] or row['fact_a']}"
        raise InputError("not a range", where=where, expected="low..high", got=text) from None
