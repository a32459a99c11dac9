"""Which shares of a base can its subgroups have, if their percentages mix into the overall one?"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pandas as pd

from aibaro._typed import typed
from aibaro.compare._shares import Share, ShareLike, share, share_of
from aibaro.errors import ConflictError, InputError
from aibaro.facts import Facts, Key, facts_of
from aibaro.published import PublishedSurvey


@typed
def weighted_share(overall: ShareLike, a: ShareLike, b: ShareLike) -> Share | None:
    """Bound the weighted share of a subgroup from the figures that mix.

    Parameters
    ----------
    overall : str, float, Fraction, pair or Share
        Figure of the whole base.
    a, b : str, float, Fraction, pair or Share
        Figures of the subgroup and of everyone else in the base.

    Returns
    -------
    Share or None
        All w with overall = w a + (1 - w) b for admissible figures; None when there is none.

    Notes
    -----
    w = (P - b)/(a - b).  Exact: overall lies in [w a_low + (1-w) b_low, w a_high + (1-w) b_high], two linear
    inequalities in w.  The two subgroups must exhaust the base; that is an assumption about the questionnaire.

    References
    ----------
    Duncan, O. D. and Davis, B. (1953). An alternative to ecological correlation. American Sociological Review 18,
    665-666. https://doi.org/10.2307/2088122

    Examples
    --------
    >>> bound = weighted_share("19%", "44%", "14%")
    >>> round(float(bound.low), 4), float(bound.high)
    (0.1333, 0.2)
    """
    whole, first, second = share(overall, parameter="overall"), share(a, parameter="a"), share(b, parameter="b")
    low, high = Fraction(0), Fraction(1)
    # w (a_low - b_low) <= P_high - b_low  and  w (a_high - b_high) >= P_low - b_high
    for slope, limit in (
        (first.low - second.low, whole.high - second.low),
        (second.high - first.high, second.high - whole.low),
    ):
        if slope > 0:
            high = min(high, limit / slope)
        elif slope < 0:
            low = max(low, limit / slope)
        elif limit < 0:
            return None
    return Share(low, high, (low + high) / 2) if low <= high else None


@typed
def joint_share(mixtures: Sequence[tuple[ShareLike, ShareLike, ShareLike]]) -> Share:
    """Bound a weighted share by several items at once.

    Parameters
    ----------
    mixtures : sequence of triples
        (overall, subgroup, everyone else) of each item, all with the same subgroup and base.

    Returns
    -------
    Share
        Intersection of the bounds.

    Raises
    ------
    ConflictError
        When no share serves all items.

    Notes
    -----
    The intersection of the bounds of :func:`weighted_share`: one weighted share has to serve all items.

    References
    ----------
    Duncan, O. D. and Davis, B. (1953). An alternative to ecological correlation. American Sociological Review 18,
    665-666. https://doi.org/10.2307/2088122

    Examples
    --------
    >>> float(joint_share([("19%", "44%", "14%"), ((0.316667, 0.366667), "19%", "39%")]).high)
    0.2
    """
    low, high = Fraction(0), Fraction(1)
    for overall, a, b in mixtures:
        bound = weighted_share(overall, a, b)
        if bound is not None:
            low, high = max(low, bound.low), min(high, bound.high)
        if bound is None or low > high:
            raise ConflictError(
                "the overall figure is no mixture of the subgroups' figures",
                where="joint_share",
                expected="one weighted share that serves every item",
                got=f"overall {share(overall).text}, subgroups {share(a).text} and {share(b).text}",
                hint="do the subgroups exhaust the base?",
            )
    return Share(low, high, (low + high) / 2)


def check_mixtures(survey: PublishedSurvey) -> pd.DataFrame:
    """Check every declared mixture of a survey for which all three figures are printed.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey; relations of kind ``mixture`` name two parts and a whole.

    Returns
    -------
    pandas.DataFrame
        ``item, group, part_a, part_b, whole, overall, estimate_a, estimate_b, possible, share_low, share_high``
        (weighted share of part a), one row per item; and one row ``item = (all)`` per relation and group with the
        bounds that all items admit together.

    Examples
    --------
    >>> from aibaro.published import load
    >>> table = check_mixtures(load("io-2023"))
    >>> table[["item", "possible", "share_low", "share_high"]].round(3)
                        item  possible  share_low  share_high
    0  outlook.opportunities      True      0.133       0.200
    1        outlook.threats      True      0.092       0.392
    2                  (all)      True      0.133       0.200
    """
    rows: list[dict[str, object]] = []
    facts = facts_of(survey)
    for relation in facts.relations:
        if relation.kind == "mixture" and relation.status != "proposed" and len(relation.parts) == 2:
            rows += _relation_rows(facts, *relation.parts, relation.whole)
    columns = [
        "item",
        "group",
        "part_a",
        "part_b",
        "whole",
        "overall",
        "estimate_a",
        "estimate_b",
        "possible",
        "share_low",
        "share_high",
    ]
    return pd.DataFrame(rows, columns=columns)


def _relation_rows(facts: Facts, part_a: str, part_b: str, whole: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    pairs = {(fact.key.group, fact.key.item) for fact in facts if fact.percent}
    for group in sorted({name for name, _ in pairs}):
        triples = []
        for item in sorted(item for name, item in pairs if name == group):
            found = [_find(facts, item, part, group) for part in (whole, part_a, part_b)]
            if any(member is None for member in found):
                continue
            overall, a, b = (member for member in found if member is not None)
            triples.append((overall, a, b))
            rows.append(_row(item, group, (part_a, part_b, whole), (overall, a, b)))
        if len(triples) > 1:
            rows.append(_joint_row(group, (part_a, part_b, whole), triples))
    return rows


def _row(item: str, group: str, names: tuple[str, str, str], triple: tuple[Share, Share, Share]) -> dict[str, object]:
    overall, a, b = triple
    bound = weighted_share(overall, a, b)
    ends = (float("nan"), float("nan")) if bound is None else bound.box
    return {
        "item": item,
        "group": group,
        "part_a": names[0],
        "part_b": names[1],
        "whole": names[2],
        "overall": float(overall.value),
        "estimate_a": float(a.value),
        "estimate_b": float(b.value),
        "possible": bound is not None,
        "share_low": ends[0],
        "share_high": ends[1],
    }


def _joint_row(
    group: str, names: tuple[str, str, str], triples: Sequence[tuple[Share, Share, Share]]
) -> dict[str, object]:
    try:
        ends: tuple[float, float] = joint_share(triples).box
        possible = True
    except ConflictError:
        ends, possible = (float("nan"), float("nan")), False
    return {
        "item": "(all)",
        "group": group,
        "part_a": names[0],
        "part_b": names[1],
        "whole": names[2],
        "possible": possible,
        "share_low": ends[0],
        "share_high": ends[1],
    }


def _find(facts: Facts, item: str, part: str, group: str) -> Share | None:
    """Look a figure up by the notation of relations.csv: ``@base`` or ``@base|domain=level``."""
    key = Key.parse(f"{item}{part}").about(group=group)
    if key not in facts:
        return None
    try:
        return share_of(facts, key)
    except (InputError, ConflictError):
        return None
