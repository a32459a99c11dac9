"""Can all printed percentages of an item hold together?  Asked of every item of a survey."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import pandas as pd

from aibaro.errors import ConflictError
from aibaro.facts import Fact, Facts, facts_of
from aibaro.reconstruct._items import ItemSystem, PrintedShare, clashes, own_item, percentages
from aibaro.reconstruct.conflict import Conflict, ending, irreducible, slack_text
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
    survey: PublishedSurvey | Facts,
    items: Iterable[tuple[str, str]] | None = None,
    *,
    rounding: str | None = None,
    work: float = 5.0,
) -> list[Attainability]:
    """Check every item of a survey.

    Parameters
    ----------
    survey : PublishedSurvey or Facts
        A survey that prints strata.
    items : iterable of (str, str), optional
        Items and bases; by default all with weighted percentages.
    rounding : str, optional
        Rounding rule; the survey's own by default.
    work : float
        Limit of deterministic work a solve.

    Returns
    -------
    list of Attainability
        One an item and base, sorted; printings of one fact that exclude each other come instead of their item.  Items
        whose weighting is not declared to be equal within strata are left out.

    Examples
    --------
    >>> from aibaro.published import load
    >>> [found.verdict for found in check_survey(load("flanders-2023"), [("technology.nlg", "all")])]
    ['attainable']
    """
    facts = facts_of(survey)
    pairs = percentages(facts)[["item", "base"]].drop_duplicates()
    known = sorted((str(i), str(b)) for i, b in zip(pairs["item"], pairs["base"], strict=True))
    found = []
    for item, base in known if items is None else sorted(items):
        apart = clashes(facts, item, base, rounding=rounding)
        if apart:
            found += [_clash(fact, rounding) for fact in apart]
            continue
        try:
            system = own_item(facts, item, base, rounding=rounding)
        except ConflictError as error:
            # what decides who belongs to the base is in conflict itself
            found.append(Attainability(item, base, 0, "unknown", None, "; ".join(f.problem for f in error.faults)))
            continue
        found.append(attainability(system, work=work))
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


def _clash(fact: Fact, rounding: str | None) -> Attainability:
    """Report printings of one fact that exclude each other, the two furthest apart, or one that is impossible."""
    key, shares = fact.key, list[PrintedShare]()
    for printing in fact.hard:
        band, value = printing.interval(rounding or fact.rounding), printing.value or Fraction(0)
        if band is not None:
            ends = (value, value) if band.empty else (band.lower, band.upper)
            place = (key.item, key.base, key.domain, key.level)
            shares.append(PrintedShare((printing.id,), *place, (), ends[0] / 100, ends[1] / 100))
    first, last = min(shares, key=lambda s: s.upper), max(shares, key=lambda s: s.lower)
    slack: dict[str, Fraction | None]
    if not 0 <= first.upper <= last.lower <= 1:
        wrong = tuple(s for s in (first, last) if not 0 <= s.lower <= 1)[:1]
        members, proof, slack = wrong, "no share lies outside 0 to 100%", {s.ids[0]: None for s in wrong}
    else:
        gap: Fraction = 100 * (last.lower - first.upper)
        members, proof = (first, last), "their rounding intervals share no value"
        slack = {first.ids[0]: gap, last.ids[0]: -gap}
    conflict = Conflict(key.item, key.base, members, (), (proof,), slack)
    return Attainability(key.item, key.base, len(shares), "conflict", conflict, proof)
