"""What does a survey declare about its comparisons?  Families, their members, and sizes that print leaves out.

``comparisons.csv`` is the only place where families of tests are declared: differences and claims read the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TypeVar

import numpy as np
import pandas as pd

from aibaro._arrays import FloatArray
from aibaro._typed import typed
from aibaro.compare import _shares as mixtures
from aibaro.compare._groups import (
    DEFF_RANGE,
    RELATIVE_WEIGHT,
    GroupDifference,
    SweptDifference,
    groups,
    size_range,
    subgroups,
    swept,
)
from aibaro.compare._paired import PairedDifference, paired
from aibaro.compare._shares import Share, base_size, design_effect, share, share_of, size_of
from aibaro.compare.comparison_results import CLAIMS, ComparisonResult, verdict
from aibaro.errors import ConflictError, FaultList, InputError
from aibaro.estimate.multiplicity import adjust
from aibaro.estimate.tails import normal_quantile, rescaled
from aibaro.facts import Key, facts_of
from aibaro.published import PublishedSurvey
from aibaro.published.schema import COMPARISONS as FILE

#: One row is one comparison of two figures.
PAIR_KINDS: tuple[str, ...] = ("groups", "subgroups", "paired")
#: One row is a whole table of comparisons of a survey with strata.
TABLE_KINDS: tuple[str, ...] = ("pairs", "against_all", "items")
MOST_PAIRED = 150  # levels or items of which all pairs are formed without being asked for: some ten thousand
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


@typed
def declared(survey: PublishedSurvey) -> tuple[dict[str, str], ...]:
    """Read the single comparisons that a survey declares.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey; its folder holds ``comparisons.csv``.

    Returns
    -------
    tuple of dict
        One per comparison; empty where the survey declares none.

    Raises
    ------
    InputError
        With every fault of the file.

    Examples
    --------
    >>> from aibaro.published import load
    >>> sorted({row["family"] for row in declared(load("io-2023"))})
    ['ages', 'chances_threats', 'education', 'public_entrepreneurs', 'users_non_users', 'within_one_sample']
    """
    return tuple(row for row in rows_of(survey) if row["kind"] in PAIR_KINDS)


def table_families(survey: PublishedSurvey, variables: tuple[str, ...]) -> tuple[TableFamily, ...]:
    """List the families that are whole tables.

    Parameters
    ----------
    survey : PublishedSurvey
        A survey with strata.
    variables : tuple of str
        Its stratum variables.

    Returns
    -------
    tuple of TableFamily
        As declared; without a declaration one family of pairs and one against the whole survey for each stratum
        variable, over every item that is printed for all its levels, and one of items without unions of others.
        More than 150 levels or items are paired only where a family of theirs is declared.

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
        if kind != "pairs" or survey.strata[domain].nunique() <= MOST_PAIRED
    ]
    return (*by_domain, *([TableFamily("items", "items", "", single)] if 0 < len(single) <= MOST_PAIRED else []))


@typed
def claim_families(survey: PublishedSurvey) -> frozenset[str]:
    """List the families of claims that a survey declares.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.

    Returns
    -------
    frozenset of str
        Names; empty where the survey leaves the families to ``claims.csv``.

    Examples
    --------
    >>> from aibaro.published import load
    >>> "outlook" in claim_families(load("io-2023"))
    True
    """
    return frozenset(row["family"] for row in rows_of(survey) if row["kind"] == CLAIM_FAMILY)


@typed
def declared_size(survey: PublishedSurvey, key: str) -> tuple[int, int] | None:
    """Return the sizes that respondents behind a figure can have had, where print leaves their number out.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    key : str
        A fact.

    Returns
    -------
    tuple of int or None
        Smallest and largest number by the first row of kind ``size`` whose ``fact_a`` matches; None without one.

    Raises
    ------
    InputError
        When the row cannot be evaluated.

    Notes
    -----
    ``n_a`` states the range itself; else a weighted share of ``base``, declared, printed or bounded by a mixture, is
    swept over ``relative_weight`` (:func:`~aibaro.compare.size_range`).

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
    n = base_size(survey, row["base"], facts_of(survey).key(key).group)
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


#: Columns of ``differences.csv``.
DIFFERENCES: tuple[str, ...] = (
    "family",
    "item",
    "group_a",
    "group_b",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "p_value",
    "p_adjusted",
    "breakdown_deff",
    "n_a",
    "n_b",
    "verdict",
)

Difference = GroupDifference | SweptDifference | PairedDifference


@dataclass(frozen=True, slots=True)
class DeclaredComparison(ComparisonResult):
    """One declared comparison with its place in the family.

    Parameters
    ----------
    family, kind, reason : str
        Family, kind and the reason of what was declared.
    fact_a, fact_b : str
        The two facts.
    difference : GroupDifference, SweptDifference or PairedDifference
        The difference at the stated design effect.
    n_a, n_b : int or None
        Printed numbers of respondents; None where print gives none.
    p_adjusted : float
        Holm-adjusted p value, worst case over rounding and sizes, at the stated design effect.
    p_adjusted_bh : float
        The same after Benjamini and Hochberg.
    p_adjusted_high, p_adjusted_low : float
        Largest and smallest Holm-adjusted p value over everything that print leaves open, design effects included.
    breakdown_deff_family : float
        Design effect, common to the whole family, at which the Holm-adjusted p value reaches the level.
    verdict : str
        Verdict in the population, with Holm's adjustment, over everything that print leaves open.
    """

    family: str
    kind: str
    reason: str
    fact_a: str
    fact_b: str
    difference: Difference
    n_a: int | None
    n_b: int | None
    p_adjusted: float
    p_adjusted_bh: float
    p_adjusted_high: float
    p_adjusted_low: float
    breakdown_deff_family: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Comparisons(ComparisonResult):
    """All declared comparisons of a survey.

    Parameters
    ----------
    survey : str
        Id of the survey.
    deff : float or None
        Stated design effect; None where verdicts cover the whole range.
    deff_range : tuple of float
        Design effects that verdicts cover.
    conf_level : float
        Confidence level.
    method : str
        Interval method.
    rows : tuple of DeclaredComparison
        The comparisons, in the order of their declaration.
    """

    survey: str
    deff: float | None
    deff_range: tuple[float, float]
    conf_level: float
    method: str
    rows: tuple[DeclaredComparison, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return the table of ``differences.csv``.

        Returns
        -------
        pandas.DataFrame
            Columns of :data:`DIFFERENCES`; ``n_a, n_b`` are empty where no size is printed.
        """
        records = [_record(row) for row in self.rows]
        table = pd.DataFrame(records, columns=list(DIFFERENCES))
        return table.astype({"n_a": "Int64", "n_b": "Int64"})

    def summary(self) -> str:
        """Say which comparisons hold.

        Returns
        -------
        str
            A line a family and a line a comparison.
        """
        stated = (
            f"design effect {self.deff:g}"
            if self.deff is not None
            else f"design effects {self.deff_range[0]:g} to {self.deff_range[1]:g}"
        )
        lines = [
            f"{self.survey}: model-based differences in points, {100 * self.conf_level:g}% {self.method} limits "
            f"with rounding and sizes at their worst; verdicts for {stated}, Holm within families"
        ]
        for family in dict.fromkeys(row.family for row in self.rows):
            members = [row for row in self.rows if row.family == family]
            lines.append(f"{family} ({len(members)})")
            lines += [_line(row) for row in members]
        return "\n".join(lines)


def _record(row: DeclaredComparison) -> dict[str, object]:
    d = row.difference
    return {
        "family": row.family,
        "item": d.item,
        "group_a": d.group_a,
        "group_b": d.group_b,
        "estimate": d.estimate,
        "std_error": d.std_error,
        "conf_low": d.conf_low,
        "conf_high": d.conf_high,
        "p_value": d.p_value,
        "p_adjusted": row.p_adjusted,
        "breakdown_deff": d.breakdown_deff,
        "n_a": row.n_a,
        "n_b": row.n_b,
        "verdict": row.verdict,
    }


def _line(row: DeclaredComparison) -> str:
    d = row.difference
    name = f"{d.item}: {d.group_a} {d.a.text} - {d.group_b} {d.b.text}"
    return (
        f"  {name:<84} {100 * d.estimate:+6.1f} [{100 * d.conf_low:+6.1f}, {100 * d.conf_high:+6.1f}]  "
        f"breakdown {d.breakdown_deff:6.2f}  {row.verdict}"
    )


@typed
def compare(
    survey: PublishedSurvey, *, deff: float | None = None, method: str = "wald", conf_level: float = 0.95
) -> Comparisons:
    """Evaluate the comparisons that a survey declares, family by family.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    deff : float, optional
        Design effect of all percentages.  By default estimates and limits are those of design effect 1, and verdicts
        must hold for every design effect from 1 to 3, because the weights were not published.
    method : {"wald", "newcombe"}
        Interval method of independent groups.
    conf_level : float
        Confidence level; Holm's adjustment controls 1 - conf_level within each family.

    Returns
    -------
    Comparisons
        The comparisons; ``to_frame()`` gives ``differences.csv``.

    Raises
    ------
    InputError
        When the survey declares no comparison or a declared one cannot be evaluated.

    Examples
    --------
    >>> from aibaro.published import load
    >>> result = compare(load("io-2023"), deff=1.5)
    >>> frame = result.to_frame().set_index("item")
    >>> frame.loc["privacy_worry.agree", "verdict"].tolist()
    ['not_significant', 'established']
    """
    rows = declared(survey)
    if not rows:
        raise InputError(
            "the survey declares no comparisons",
            where=survey.name,
            expected=FILE,
            hint="compare.groups takes two percentages and their sizes",
        )
    stated = DEFF_RANGE[0] if deff is None else design_effect(deff, "deff")
    span = DEFF_RANGE if deff is None else (deff, deff)
    faults = FaultList("declared comparisons cannot be evaluated", where=f"{survey.name} / {FILE}")
    found: list[tuple[Row, Difference, tuple[int | None, int | None]]] = []
    for row in rows:
        try:
            difference, sizes = _KINDS[row["kind"]](survey, row, stated, method, conf_level)
            found.append((row, difference, sizes))
        except InputError as error:
            faults.extend(error)
    faults.raise_if_any(InputError)
    families = [row["family"] for row, _, _ in found]
    judged = _judge(found, families, stated, span, 1 - conf_level)
    return Comparisons(survey.name, deff, span, conf_level, method, judged)


def check_declared(survey: PublishedSurvey, faults: FaultList) -> None:
    """Record the declared comparisons that print gives no figures or sizes for; print in conflict is no fault."""
    for row in declared(survey):
        try:
            _KINDS[row["kind"]](survey, row, DEFF_RANGE[0], "wald", 0.95)
        except InputError as error:
            for fault in error.faults:
                faults.add(
                    fault.problem,
                    where=f"{FILE}, {row['family']}: {row['fact_a']}, {row['fact_b']}",
                    parameter=fault.parameter,
                    expected=fault.expected,
                    got=fault.got or fault.where,
                    hint=fault.hint,
                )
        except ConflictError:
            continue


def _judge(
    found: Sequence[tuple[Row, Difference, tuple[int | None, int | None]]],
    families: Sequence[str],
    stated: float,
    span: tuple[float, float],
    alpha: float,
) -> tuple[DeclaredComparison, ...]:
    high = np.array([difference.p_value for _, difference, _ in found])
    low = np.array([difference.p_value_low for _, difference, _ in found])
    holm, bh = adjust(high, "holm", families), adjust(high, "bh", families)
    worst = adjust(rescaled(high, span[1] / stated), "holm", families)
    best = adjust(rescaled(low, span[0] / stated), "holm", families)
    turning = _family_breakdown(high, families, stated, alpha)
    return tuple(
        DeclaredComparison(
            row["family"],
            row["kind"],
            row["reason"],
            row["fact_a"],
            row["fact_b"],
            difference,
            *sizes,
            float(holm[i]),
            float(bh[i]),
            float(worst[i]),
            float(best[i]),
            float(turning[i]),
            verdict(row["claim"], difference.sign, float(worst[i]), float(best[i]), alpha),
        )
        for i, (row, difference, sizes) in enumerate(found)
    )


def _family_breakdown(p_values: FloatArray, families: Sequence[str], stated: float, alpha: float) -> FloatArray:
    """Solve Holm's condition for a common design effect in closed form.

    The i-th smallest p value of a family of k is rejected while p_j < alpha/(k - j + 1) for every j <= i; a common
    factor on the design effect keeps the order and divides every statistic by its root.
    """
    statistic = normal_quantile(p_values / 2)
    result = np.empty_like(statistic)
    for family in dict.fromkeys(families):
        members = np.flatnonzero([name == family for name in families])
        order = members[np.argsort(p_values[members], kind="stable")]
        needed = normal_quantile(alpha / np.arange(len(order), 0, -1) / 2)
        result[order] = np.minimum.accumulate(stated * (statistic[order] / needed) ** 2)
    return result


def _place(found: Key) -> str:
    return found.level or found.group or found.item


def _names(row: Row, a: Key, b: Key) -> dict[str, str]:
    name_a, name_b = _place(a), _place(b)
    if name_a == name_b and a.group != b.group:
        name_a, name_b = f"{name_a} ({a.group})", f"{name_b} ({b.group})"
    if row["kind"] == "paired":
        where = "".join(f" ({part})" for part in (a.level or a.group,) if part)
        name_a, name_b = a.item + where, b.item + where
    return {"claim": row["claim"], "item": row["item"], "group_a": name_a, "group_b": name_b}


def _respondents(survey: PublishedSurvey, key: str) -> tuple[int, int]:
    """Return the size behind a figure: printed, else as declared."""
    n = size_of(survey, key)
    if n is not None:
        return n, n
    sizes = declared_size(survey, key)
    if sizes is None:
        raise InputError(
            "no size is printed and none is declared",
            where=key,
            parameter="n",
            expected=f"a printed base, or a row of kind size in {FILE}",
        )
    return sizes


def _groups(
    survey: PublishedSurvey, row: Row, deff: float, method: str, conf_level: float
) -> tuple[Difference, tuple[int | None, int | None]]:
    a, b = row["fact_a"], row["fact_b"]
    names = _names(row, *map(facts_of(survey).key, (a, b)))
    share_a, share_b = share_of(survey, a), share_of(survey, b)
    n_a, n_b = size_of(survey, a), size_of(survey, b)
    if n_a is not None and n_b is not None:
        return groups(share_a, n_a, share_b, n_b, deff=deff, method=method, conf_level=conf_level, **names), (n_a, n_b)
    result = swept(
        share_a,
        _respondents(survey, a),
        share_b,
        _respondents(survey, b),
        deff=deff,
        method=method,
        conf_level=conf_level,
        item=names["item"],
        claim=names["claim"],
        group_a=names["group_a"],
        group_b=names["group_b"],
    )
    return result, (n_a, n_b)


def _subgroups(
    survey: PublishedSurvey, row: Row, deff: float, method: str, conf_level: float
) -> tuple[Difference, tuple[int | None, int | None]]:
    a, b = map(facts_of(survey).key, (row["fact_a"], row["fact_b"]))
    n = base_size(survey, row["base"], a.group)
    if n is None:
        raise InputError("the base has no printed size", where=row["fact_a"], parameter="base", got=row["base"])
    if row["mixture"]:
        sides = [f"{side.domain}={side.level}" for side in (a, b)]
        share_a, share_b = mixture_share(survey, row["mixture"].split(), *sides), None
    else:
        share_a, share_b = bound(survey, row["share_a"], row), bound(survey, row["share_b"], row)
    weights = span(row["relative_weight"], row, float) if row["relative_weight"] else RELATIVE_WEIGHT
    result = subgroups(
        share_of(survey, a),
        share_of(survey, b),
        n=n,
        share_a=share_a,
        share_b=share_b,
        relative_weight=weights,
        deff=deff,
        method=method,
        conf_level=conf_level,
        **_names(row, a, b),
    )
    return result, (None, None)


def _paired(
    survey: PublishedSurvey, row: Row, deff: float, _method: str, conf_level: float
) -> tuple[Difference, tuple[int | None, int | None]]:
    a, b = row["fact_a"], row["fact_b"]
    n = size_of(survey, a)
    result = paired(
        share_of(survey, a),
        share_of(survey, b),
        n=_respondents(survey, a),
        joint=row["joint"] or "frechet",
        deff=deff,
        conf_level=conf_level,
        **_names(row, *map(facts_of(survey).key, (a, b))),
    )
    return result, (n, n)


_KINDS: dict[str, Callable[..., tuple[Difference, tuple[int | None, int | None]]]] = {
    "groups": _groups,
    "subgroups": _subgroups,
    "paired": _paired,
}
