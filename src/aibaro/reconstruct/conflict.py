"""Can all printed percentages of an item hold together?  If not: which exclude each other, and by how much?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from aibaro.errors import ConflictError
from aibaro.reconstruct import cpsat, highs
from aibaro.reconstruct.constraints import ItemSystem, PrintedShare, own_item, percentages
from aibaro.reconstruct.functions import quantity_range, share_in
from aibaro.reconstruct.shares import base_program
from aibaro.reconstruct.solvers import solve

if TYPE_CHECKING:
    import pandas as pd

    from aibaro.published import PublishedSurvey

CHECK_COLUMNS = ("item", "base", "statements", "attainable", "conflict", "proof")


@dataclass(frozen=True, slots=True)
class Conflict:
    """Printed numbers that cannot hold together.

    Parameters
    ----------
    item, base : str
        The item.
    members : tuple of PrintedShare
        An irreducible set: without any one of them the rest can hold.
    totals : tuple of str
        Printed numbers of respondents that take part.
    proofs : tuple of str
        Solvers that proved it, independently of each other.
    slack : dict
        For each member, the least change of its printed percentage, in points, that the others would allow; None
        where no change of this number alone reconciles them.
    """

    item: str
    base: str
    members: tuple[PrintedShare, ...]
    totals: tuple[str, ...]
    proofs: tuple[str, ...]
    slack: dict[str, Fraction | None]

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the printings that take part."""
        return tuple(sorted(i for m in self.members for i in m.ids))

    def summary(self) -> str:
        """Describe the conflict in a few lines.

        Returns
        -------
        str
            One line a number.
        """
        head = f"{self.item}: {len(self.members)} printed percentages cannot hold together ({'; '.join(self.proofs)})"
        lines = [f"  {m.name}: {float(100 * m.lower):g} to {float(100 * m.upper):g}%, {_slack(self.slack[m.name])}"
                 for m in self.members]  # fmt: skip
        return "\n".join([head, *lines, *(f"  {t}" for t in self.totals)])

    def __str__(self) -> str:
        return self.summary()


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
        ``attainable`` is shown by a verified table, ``conflict`` by two proofs.
    conflict : Conflict or None
        The conflict.
    proof : str
        Solver, or ``verified counts``.
    """

    item: str
    base: str
    statements: int
    verdict: str
    conflict: Conflict | None
    proof: str


@dataclass(frozen=True, slots=True)
class DetectionLimit:
    """How large a misprint the other numbers would have betrayed.

    Parameters
    ----------
    share : PrintedShare
        The number.
    lower, upper : Fraction
        Shares that the other numbers of the item allow in its domain.
    down, up : Fraction
        Largest misprint, in points, below and above the printed number that could pass unnoticed.
    proof : str
        Solver.
    """

    share: PrintedShare
    lower: Fraction
    upper: Fraction
    down: Fraction
    up: Fraction
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
    """
    count = len(system.shares) + len(system.base_shares)
    if not system.whole:
        from aibaro.reconstruct.among import BaseSearch

        witness = BaseSearch(system).any_witness()
        if witness is not None:
            return Attainability(system.item, system.base, count, "attainable", None, "verified counts")
    first = _status(system, work)
    if first == "feasible":
        return Attainability(system.item, system.base, count, "attainable", None, "verified counts")
    if first == "unknown":
        return Attainability(system.item, system.base, count, "unknown", None, "limit of work")
    found = irreducible(system, work=work)
    verdict = "conflict" if len(found.proofs) > 1 else "unknown"
    return Attainability(system.item, system.base, count, verdict, found, "; ".join(found.proofs))


def irreducible(system: ItemSystem, *, work: float = 10.0) -> Conflict:
    """Find an irreducible set of conflicting statements by deletion.

    Parameters
    ----------
    system : ItemSystem
        Statements that cannot hold together.
    work : float
        Limit of deterministic work a solve.

    Returns
    -------
    Conflict
        The set, proved by every solver at hand, with the slack of each member.

    Raises
    ------
    ConflictError
        When the statements can hold together after all.
    """
    if _status(system, work) != "infeasible":
        raise ConflictError("the statements are not proved to conflict", where=system.name)
    reduced = system
    # drop the printed totals first: a conflict between percentages alone is easier to follow
    for trial in (replace(system, total=None), replace(system, base_total=None)):
        if trial != reduced and _status(trial, work) == "infeasible":
            reduced = trial
    for statement in sorted((*system.shares, *system.base_shares), key=lambda s: (-len(s.strata), s.name)):
        trial = reduced.without(statement)
        if _status(trial, work) == "infeasible":
            reduced = trial
    members = (*reduced.shares, *reduced.base_shares)
    totals = tuple(f"{v} respondents" for v in (reduced.total, reduced.base_total) if v is not None)
    slack = {m.name: _needed(system, m, work) for m in members}
    return Conflict(system.item, system.base, members, totals, _proofs(reduced, work), slack)


def detection_limit(
    system: ItemSystem, share: PrintedShare, *, work: float = 1.0, solver: str = "auto"
) -> DetectionLimit:
    """Measure how large a misprint of one number could pass unnoticed.

    Parameters
    ----------
    system : ItemSystem
        The statements.
    share : PrintedShare
        One of its shares.
    work : float
        Limit of deterministic work a solve.
    solver : {"auto", "cpsat", "highs"}
        Solver.

    Returns
    -------
    DetectionLimit
        The shares that the other numbers allow, and the misprints that they would not betray.

    Notes
    -----
    A printed number conflicts with the others whenever its rounding interval misses the range; inside the range
    gaps between attainable shares may betray smaller misprints too, so the limit is an upper one.
    """
    found = quantity_range(system.without(share), share_in(system, share.strata), work=work, solver=solver)
    half = (share.upper - share.lower) / 2
    down, up = share.centre - (found.lower - half), found.upper + half - share.centre
    return DetectionLimit(share, found.lower, found.upper, 100 * down, 100 * up, found.proof)


def check_survey(survey: PublishedSurvey, *, rounding: str = "nearest", work: float = 5.0) -> list[Attainability]:
    """Check every item of a survey.

    Parameters
    ----------
    survey : PublishedSurvey
        A survey that prints strata.
    rounding : str
        Rounding rule.
    work : float
        Limit of deterministic work a solve.

    Returns
    -------
    list of Attainability
        One an item and base, sorted.
    """
    pairs = percentages(survey)[["item", "base"]].drop_duplicates().sort_values(["item", "base"])
    return [attainability(own_item(survey, str(item), str(base), rounding=rounding), work=work)
            for item, base in pairs.itertuples(index=False)]  # fmt: skip


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
    """
    import pandas as pd

    rows = [(a.item, a.base, a.statements, a.verdict, "" if a.conflict is None else " ".join(a.conflict.ids), a.proof)
            for a in found]  # fmt: skip
    return pd.DataFrame(rows, columns=list(CHECK_COLUMNS))


def _status(system: ItemSystem, work: float) -> str:
    outcome = solve(base_program(system), work=work)
    return "feasible" if outcome.status in {"optimal", "feasible"} else outcome.status


def _proofs(system: ItemSystem, work: float) -> tuple[str, ...]:
    """Prove infeasibility with every solver at hand; HiGHS without presolve, on rows widened by its tolerance."""
    program = base_program(system)
    proofs = []
    if cpsat.available() and cpsat.solve(program, work=work).status == "infeasible":
        proofs.append(cpsat.version())
    for presolve in ("off",) if proofs else ("off", "on"):
        if highs.solve(program, work=work, presolve=presolve).status == "infeasible":
            proofs.append(f"{highs.version()}, presolve {presolve}")
    return tuple(proofs)


def _needed(system: ItemSystem, member: PrintedShare, work: float) -> Fraction | None:
    """Give the least change of one printed percentage, in points, that reconciles it with all others."""
    rest = system.without(member)
    if _status(rest, work) != "feasible" or member not in system.shares:
        return None
    found = quantity_range(rest, share_in(system, member.strata), work=min(work, 1.0))
    low, high = found.lower_witness, found.upper_witness
    if low is None or high is None:
        return None
    return 100 * max(low - member.upper, member.lower - high, Fraction(0))


def _slack(points: Fraction | None) -> str:
    return "no change of it alone suffices" if points is None else f"{float(points):.3g} points short of the others"
