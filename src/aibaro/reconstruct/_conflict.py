"""Which printed numbers exclude each other, what proves it, and what would reconcile them?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import pandas as pd

from aibaro.errors import ConflictError
from aibaro.published.schema import WHOLE_BASE
from aibaro.reconstruct import cpsat, highs
from aibaro.reconstruct._dual import DualBounds, proof
from aibaro.reconstruct._quantities import quantity_range, share_in
from aibaro.reconstruct.items import ItemSystem, PrintedShare
from aibaro.reconstruct.program import IntegerRow, LinearRow, SeparableProgram, integer_rows, violated
from aibaro.reconstruct.share_variance import base_program
from aibaro.reconstruct.solvers import solve
from aibaro.results import Result

# --- Can these statements hold together? Answered by a verified table, or by a proof that there is none.


def feasibility(system: ItemSystem, *, work: float = 10.0) -> tuple[str, tuple[int, ...] | None]:
    """Decide whether all statements of a system can hold together.

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct.items import own_item
    >>> feasibility(own_item(load("flanders-2023"), "plans"))[0]
    'feasible'
    """
    if DualBounds(system).contradiction():
        return "infeasible", None
    if not system.whole:
        try:
            counts = _in_stages(system, work) or _near_the_centre(system)
        except ConflictError:
            # a domain of few strata was enumerated, and none of its tables is left
            return "infeasible", None
        if counts is not None:
            return "feasible", counts
    outcome = solve(base_program(system), work=work)
    if outcome.unknowns is not None and not violated(system, outcome.unknowns):
        return "feasible", outcome.unknowns
    return ("infeasible" if outcome.status == "infeasible" else "unknown"), None


def quick_feasibility(system: ItemSystem, *, work: float) -> str:
    """Decide the same within little work: feasible, infeasible or unknown, without a search near the centre.

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct.items import own_item
    >>> quick_feasibility(own_item(load("flanders-2023"), "plans"), work=0.1)
    'feasible'
    """
    if DualBounds(system).contradiction():
        return "infeasible"
    if not system.whole and _in_stages(system, work) is not None:
        return "feasible"
    outcome = solve(base_program(system), work=work)
    if outcome.unknowns is not None and not violated(system, outcome.unknowns):
        return "feasible"
    return "infeasible" if outcome.status == "infeasible" else "unknown"


def infeasibility_proofs(system: ItemSystem, *, work: float = 10.0) -> tuple[str, ...]:
    """Prove in every way at hand that statements exclude each other."""
    found = [proof()] if DualBounds(system).contradiction() else []
    program = base_program(system)
    if cpsat.available() and cpsat.solve(program, work=work).status == "infeasible":
        found.append(f"{cpsat.version()} (CP-SAT), whole counts")
    if highs.solve(program, work=work, presolve="off").status == "infeasible":
        found.append(f"{highs.version()}, whole counts, presolve off")
    return tuple(found)


def members_of_base(system: ItemSystem, *, work: float = 10.0) -> tuple[int, ...] | None:
    """Find respondents in the base that meet what is printed of the base alone."""
    if system.whole or (not system.base_shares and system.base_total is None):
        return tuple(int(n) for n in system.design.respondents)
    return solve(base_program(base_system(system)), work=work).unknowns


def base_system(system: ItemSystem) -> ItemSystem:
    """Return what print says about the base, as a system about everybody."""
    return ItemSystem(system.design, system.base, WHOLE_BASE, system.base_shares, total=system.base_total)


def with_members(system: ItemSystem, members: tuple[int, ...]) -> SeparableProgram:
    """Write the program of a system whose base is settled."""
    program = base_program(system)
    if system.whole:
        return program
    size = system.design.size
    return replace(program, lower=program.lower[:size] + members, upper=members + members)


def _in_stages(system: ItemSystem, work: float) -> tuple[int, ...] | None:
    """Look for members of the base first, then for those of them with the item."""
    members = members_of_base(system, work=work)
    if members is None:
        return None
    counts = solve(with_members(system, members), work=min(work, 1.0)).unknowns
    return counts if counts is not None and not violated(system, counts) else None


def _near_the_centre(system: ItemSystem) -> tuple[int, ...] | None:
    from aibaro.reconstruct._base_search import BaseSearch

    return BaseSearch(system).any_witness()


# --- Which printed numbers exclude each other, what proves it, and what would reconcile them?

# least work allowed for showing that the others can hold without a member
SHOWING = 10.0


@dataclass(frozen=True, slots=True)
class CountConflict(Result):
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
        Proofs that were found, independently of each other.
    slack : dict
        For each member, by the id of its first printing: how far its printed percentage alone would have to move, in
        points, for all numbers of the item to hold together, shown by verified counts; None where no such change of
        this number alone was found.
    irreducible : bool
        Whether counts were found and verified for the set without each of its numbers in turn.
    """

    item: str
    base: str
    members: tuple[PrintedShare, ...]
    totals: tuple[str, ...]
    proofs: tuple[str, ...]
    slack: dict[str, Fraction | None]
    irreducible: bool = True

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the printings that take part."""
        return tuple(sorted(i for m in self.members for i in m.ids))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per percentage that takes part.

        Returns
        -------
        pandas.DataFrame
            ``ids, low, high`` in percent, and ``slack``: points that it alone would have to move, NaN where unknown.
        """
        return pd.DataFrame(
            {
                "ids": [" ".join(m.ids) for m in self.members],
                "low": [float(100 * m.lower) for m in self.members],
                "high": [float(100 * m.upper) for m in self.members],
                "slack": [float("nan") if (s := self.slack[m.ids[0]]) is None else float(s) for m in self.members],
            }
        )

    def summary(self) -> str:
        """Describe the conflict in a few lines.

        Returns
        -------
        str
            One line per number.
        """
        head = f"{self.item} among {self.base}: {len(self.members)} printed percentages cannot hold together"
        lines = [
            f"  {m.name} ({', '.join(m.ids)}): {float(100 * m.lower):g} to {float(100 * m.upper):g}%; "
            f"{slack_text(self.slack[m.ids[0]])}"
            for m in self.members
        ]
        return "\n".join([head, *lines, *(f"  {t}" for t in self.totals), *ending(self)])


def slack_text(points: Fraction | None) -> str:
    """Say how far a number would have to move.

    Examples
    --------
    >>> slack_text(Fraction(-5, 2)), slack_text(None)
    ('all could hold if it were 2.5 points lower', 'no change of it alone was found that reconciles all')
    """
    if points is None:
        return "no change of it alone was found that reconciles all"
    return f"all could hold if it were {float(abs(points)):.3g} points {'higher' if points > 0 else 'lower'}"


def ending(conflict: CountConflict) -> list[str]:
    """Say what was proved of a conflict."""
    shown = (
        "without any one of them the others can hold: counts found and verified"
        if conflict.irreducible
        else "not shown for each of them that the others can hold without it"
    )
    return [f"  {shown}", f"  proved by: {'; '.join(conflict.proofs) or 'nothing'}"]


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


def irreducible(system: ItemSystem, *, work: float = 10.0) -> CountConflict:
    """Find an irreducible set of conflicting statements by deletion.

    Parameters
    ----------
    system : ItemSystem
        Statements that cannot hold together.
    work : float
        Limit of deterministic work a solve.

    Returns
    -------
    CountConflict
        The set, with every proof at hand and the slack of each member.

    Raises
    ------
    ConflictError
        When the statements are not proved to exclude each other.

    Notes
    -----
    A statement is left out when the rest is still proved to be impossible.  What remains is irreducible once, for
    each statement, counts are found that meet all others; that is tried for each, and said in the result.

    References
    ----------
    Chinneck, J. W. and Dravnieks, E. W. (1991). Locating minimal infeasible constraint sets in linear programs. ORSA
    Journal on Computing 3, 157-168. https://doi.org/10.1287/ijoc.3.2.157

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import read, small_survey
    >>> from aibaro.reconstruct import own_item
    >>> survey = small_survey(tempfile.mkdtemp())
    >>> table = (survey.folder / "printed.csv").read_text(encoding="utf-8").replace('"14,0%"', '"16,0%"')
    >>> _ = (survey.folder / "printed.csv").write_text(table, encoding="utf-8")
    >>> [share.ids[0] for share in irreducible(own_item(read(survey.folder), "use")).members]
    ['my.use', 'my.use.large']
    """
    if feasibility(system, work=work)[0] != "infeasible":
        raise ConflictError("the statements are not proved to conflict", where=system.name)
    reduced = irreducible_members(system, work=work)
    members = (*reduced.shares, *reduced.base_shares)
    numbers = [v for v in (reduced.total, None if system.whole else reduced.base_total) if v is not None]
    totals = tuple(f"{v} respondents" for v in numbers)
    rests = [*(reduced.without(m) for m in members)]
    rests += [replace(reduced, total=None)] if reduced.total is not None else []
    rests += [replace(reduced, base_total=None)] if reduced.base_total is not None and not system.whole else []
    # to show that a member is needed takes counts without it, which may be rarer than proofs
    shown = all(feasibility(rest, work=max(work, SHOWING))[0] == "feasible" for rest in rests)
    slack = {m.ids[0]: reconciling_shift(system, m) for m in members}
    return CountConflict(
        system.item, system.base, members, totals, infeasibility_proofs(reduced, work=work), slack, shown
    )


def irreducible_members(system: ItemSystem, *, work: float) -> ItemSystem:
    """Leave statements out of a system that cannot hold, as long as the rest is still proved to be impossible."""
    reduced = system
    # drop the printed totals first: a conflict between percentages alone is easier to follow
    for dropped in ("total", "base_total"):
        trial = replace(reduced, total=None) if dropped == "total" else replace(reduced, base_total=None)
        if trial != reduced and _excluded(trial, work):
            reduced = trial
    widest_first = sorted((*system.shares, *system.base_shares), key=lambda s: (-len(s.strata), s.name))
    return reduced.shrunk(widest_first, lambda trial: _excluded(trial, work))


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

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import small_survey
    >>> from aibaro.reconstruct import own_item
    >>> system = own_item(small_survey(tempfile.mkdtemp()), "use")
    >>> limit = detection_limit(system, system.shares[0])
    >>> bool(limit.lower <= limit.share.upper and limit.share.lower <= limit.upper)
    True
    """
    found = quantity_range(system.without(share), share_in(system, share.strata), work=work, solver=solver)
    half = (share.upper - share.lower) / 2
    down, up = share.centre - (found.lower - half), found.upper + half - share.centre
    return DetectionLimit(share, found.lower, found.upper, 100 * down, 100 * up, found.proof)


def _excluded(system: ItemSystem, work: float) -> bool:
    """Tell whether statements are proved to exclude each other; the cheap proof first."""
    if not system.shares and not system.base_shares:
        return False
    return DualBounds(system).contradiction() or feasibility(system, work=min(work, 0.5))[0] == "infeasible"


# the nearest counts are sought with this much work; any counts found are an answer
WORK = 0.15
# steepest slope of the objective
STEEPEST = 10**6


def reconciling_shift(system: ItemSystem, member: PrintedShare) -> Fraction | None:
    """Find a change of one printed percentage after which all numbers of the item can hold together."""
    rest = system.without(member)
    bounds = DualBounds(rest)
    if bounds.contradiction():
        return None
    of_item = any(s is member for s in system.shares)
    lower, upper = bounds.share(member.strata) if of_item else bounds.base_share(member.strata)
    found = []
    for sense, reachable in (("min", upper >= member.upper), ("max", lower <= member.lower)):
        value = _nearest(rest, member, sense, of_item) if reachable else None
        if value is not None:
            found.append(_whole_units(member, value))
    return min(found, key=abs, default=None)


def _whole_units(member: PrintedShare, value: Fraction) -> Fraction:
    unit = max(member.upper - member.lower, Fraction(1, 10**6))
    if value > member.upper:
        return 100 * unit * -((member.upper - value) // unit)
    return 100 * unit * ((value - member.lower) // unit)


def _nearest(rest: ItemSystem, member: PrintedShare, sense: str, of_item: bool) -> Fraction | None:
    """Return the share nearest to a printed one, on one side of it, that verified counts have."""
    weights, strata = rest.design.exact_weights, member.strata
    members = members_of_base(rest) if of_item else None
    system = rest if of_item else base_system(rest)
    if of_item and members is None:
        return None
    sizes = members if members is not None else tuple(int(n) for n in rest.design.respondents)
    total = sum((weights[h] * sizes[h] for h in strata), Fraction(0))
    if not total:
        return None
    program = with_members(system, sizes) if of_item else with_members(system, ())
    edge = (member.upper if sense == "min" else member.lower) * total
    ends = (edge, None) if sense == "min" else (None, edge)
    rows = integer_rows([LinearRow("beyond print", {h: weights[h] for h in strata}, *ends)])
    outcome = solve(_aimed(program, {h: weights[h] for h in strata}, rows, sense), work=WORK)
    counts = outcome.unknowns
    if counts is None or violated(system, counts):
        return None
    if not of_item and not rest.whole:
        # the item must be possible among these members too
        inner = solve(with_members(rest, counts), work=WORK).unknowns
        if inner is None or violated(rest, inner):
            return None
    return sum((weights[h] * counts[h] for h in strata), Fraction(0)) / total


def _aimed(
    program: SeparableProgram, slopes: dict[int, Fraction], rows: tuple[IntegerRow, ...], sense: str
) -> SeparableProgram:
    steepest = max(slopes.values())
    whole = {i: int(c * STEEPEST / steepest) for i, c in slopes.items()}
    tables = {i: [c * v for v in range(program.lower[i], program.upper[i] + 1)] for i, c in whole.items()}
    return replace(program, rows=(*program.rows, *rows), sense=sense, tables=tables)


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
    conflict : CountConflict or None
        The conflict.
    proof : str
        Proofs, or ``verified counts``.
    """

    item: str
    base: str
    statements: int
    verdict: str
    conflict: CountConflict | None
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

    Notes
    -----
    Attainable: counts are found and checked in exact fractions.  Conflict: two independent proofs that there are none,
    of a set that :func:`irreducible` leaves.

    References
    ----------
    Chinneck, J. W. and Dravnieks, E. W. (1991). Locating minimal infeasible constraint sets in linear programs. ORSA
    Journal on Computing 3, 157-168. https://doi.org/10.1287/ijoc.3.2.157

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
