"""Can all printed percentages of an item hold together?  Asked of every item of a survey."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import pandas as pd

from aibaro.published.schema import WHOLE_BASE
from aibaro.reconstruct.bases import resolve_base
from aibaro.reconstruct.conflict import Conflict, ending, irreducible, slack_text
from aibaro.reconstruct.constraints import ItemSystem, PrintedShare, own_item, percentages, repeats
from aibaro.reconstruct.feasible import feasibility

if TYPE_CHECKING:
    from aibaro.published import PublishedSurvey

CHECK_COLUMNS = ("item", "base", "statements", "attainable", "conflict", "proof")


@dataclass(frozen=True, slots=True)
class Attainability:
    """Whether the printed percentages of one item can hold together.

    Parameters
    ----------
    item, base : str
        The item.
    statements : int
        Printed percentages that take part.
    verdict : {"attainable", "conflict", "unknown"}
        ``attainable`` is shown by a verified table, ``conflict`` by two proofs, or by two printings of one fact whose
        rounding intervals do not meet.
    conflict : Conflict or None
        The conflict.
    proof : str
        Proofs, or ``verified counts``.
    """

    item: str
    base: str
    statements: int
    verdict: str
    conflict: Conflict | None
    proof: str


def attainability(system: ItemSystem, *, work: float = 10.0) -> Attainability:
    """Decide whether all statements of a system can hold together.

    Parameters
    ----------
    system : ItemSystem
        The statements.
    work : float
        Limit of deterministic work a solve.

    Returns
    -------
    Attainability
        The verdict.  A conflict is declared only with two independent proofs, and is irreducible.

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct import own_item
    >>> attainability(own_item(load("flanders-2023"), "technology.nlg")).verdict
    'attainable'
    """
    count = len(system.shares) + len(system.base_shares)
    status, _ = feasibility(system, work=work)
    if status == "feasible":
        return Attainability(system.item, system.base, count, "attainable", None, "verified counts")
    if status == "unknown":
        return Attainability(system.item, system.base, count, "unknown", None, "limit of work")
    found = irreducible(system, work=work)
    verdict = "conflict" if len(found.proofs) > 1 and found.irreducible else "unknown"
    return Attainability(system.item, system.base, count, verdict, found, "; ".join(found.proofs))


def check_survey(
    survey: PublishedSurvey,
    items: Iterable[tuple[str, str]] | None = None,
    *,
    rounding: str = "nearest",
    work: float = 5.0,
) -> list[Attainability]:
    """Check every item of a survey.

    Parameters
    ----------
    survey : PublishedSurvey
        A survey that prints strata.
    items : iterable of (str, str), optional
        Items and bases; by default all with weighted percentages.
    rounding : str
        Rounding rule.
    work : float
        Limit of deterministic work a solve.

    Returns
    -------
    list of Attainability
        One an item and base, sorted; printings of one fact that exclude each other come instead of their item.

    Examples
    --------
    >>> from aibaro.published import load
    >>> [found.verdict for found in check_survey(load("flanders-2023"), [("technology.nlg", "all")])]
    ['attainable']
    """
    pairs = percentages(survey)[["item", "base"]].drop_duplicates()
    chosen = (
        sorted(items)
        if items is not None
        else sorted((str(i), str(b)) for i, b in zip(pairs["item"], pairs["base"], strict=True))
    )
    found = []
    for item, base in chosen:
        clashes = repeats(survey, item, base, rounding=rounding)
        deciding = "" if base == WHOLE_BASE else resolve_base(survey, base).item
        if clashes:
            found += [_clash(item, base, printings) for printings in clashes]
        elif deciding and repeats(survey, deciding, rounding=rounding):
            why = f"printings of {deciding}, which decides who is in {base}, exclude each other"
            found.append(Attainability(item, base, 0, "unknown", None, why))
        else:
            found.append(attainability(own_item(survey, item, base, rounding=rounding), work=work))
    return found


def check_frame(found: list[Attainability]) -> pd.DataFrame:
    """Lay out verdicts as a table.

    Parameters
    ----------
    found : list of Attainability
        The verdicts.

    Returns
    -------
    pandas.DataFrame
        Columns item, base, statements, attainable, conflict (ids of the printings), proof.

    Examples
    --------
    >>> from aibaro.published import load
    >>> check_frame(check_survey(load("flanders-2023"), [("technology.nlg", "all")]))["attainable"].tolist()
    ['attainable']
    """
    rows = [
        (a.item, a.base, a.statements, a.verdict, "" if a.conflict is None else " ".join(a.conflict.ids), a.proof)
        for a in found
    ]
    return pd.DataFrame(rows, columns=list(CHECK_COLUMNS))


def check_summary(found: list[Attainability], survey: PublishedSurvey) -> str:
    """Say which printed percentages can hold together, and name those that cannot.

    Parameters
    ----------
    found : list of Attainability
        The verdicts.
    survey : PublishedSurvey
        Their survey, for the printed characters and where they stand.

    Returns
    -------
    str
        One line when all is well, else one line a number in conflict.

    Examples
    --------
    >>> from aibaro.published import load
    >>> survey = load("flanders-2023")
    >>> check_summary(check_survey(survey, [("technology.nlg", "all")]), survey).partition("?")[0]
    'flanders-2023: can the printed percentages of each item hold together'
    """
    fine = [a for a in found if a.verdict == "attainable"]
    figures = sum(a.statements for a in found)
    lines = [
        f"{survey.name}: can the printed percentages of each item hold together?  {len(fine)} of {len(found)} "
        f"items can ({figures} statements about counts of respondents)"
    ]
    for one in found:
        if one.verdict == "conflict" and one.conflict is not None:
            lines += conflict_lines(one.conflict, survey)
        elif one.verdict == "unknown":
            lines.append(f"  {one.item} among {one.base}: not decided ({one.proof})")
    return "\n".join(lines)


def conflict_lines(conflict: Conflict, survey: PublishedSurvey) -> list[str]:
    """Name the printed numbers of a conflict, where they stand, what would reconcile them and what proves it.

    Parameters
    ----------
    conflict : Conflict
        The conflict.
    survey : PublishedSurvey
        Its survey.

    Returns
    -------
    list of str
        One line a printing, then what was proved.

    Examples
    --------
    >>> from aibaro.published import load
    >>> survey = load("flanders-2023")
    >>> conflict_lines(Conflict("plans", "all", (), (), ("arithmetic",), {}), survey)[-1].strip()
    'proved by: arithmetic'
    """
    texts = dict(zip(survey.printed["id"], survey.printed["printed"], strict=True))
    places = dict(zip(survey.printed["id"], survey.printed["location"], strict=True))
    lines = [f"  {conflict.item} among {conflict.base}: these {len(conflict.members)} cannot hold together:"]
    for member in conflict.members:
        for name in member.ids:
            where = f" ({places[name]})" if places[name] else ""
            lines.append(f"    {name} {texts[name]}{where}: {slack_text(conflict.slack[member.ids[0]])}")
    return [*lines, *(f"    {t} printed" for t in conflict.totals), *(f"  {line}" for line in ending(conflict))]


def _clash(item: str, base: str, printings: tuple[PrintedShare, ...]) -> Attainability:
    """Report printings of one fact that exclude each other; the two that lie furthest apart are shown."""
    first, last = min(printings, key=lambda s: s.upper), max(printings, key=lambda s: s.lower)
    gap: Fraction = 100 * (last.lower - first.upper)
    slack: dict[str, Fraction | None] = {first.ids[0]: gap, last.ids[0]: -gap}
    proof = "their rounding intervals share no value"
    conflict = Conflict(item, base, (first, last), (), (proof,), slack)
    return Attainability(item, base, len(printings), "conflict", conflict, proof)
