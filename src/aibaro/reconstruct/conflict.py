"""Which printed numbers exclude each other, what proves it, and what would reconcile them?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from aibaro.errors import ConflictError
from aibaro.reconstruct._items import ItemSystem, PrintedShare
from aibaro.reconstruct.dual import DualBounds
from aibaro.reconstruct.feasible import feasibility, infeasibility_proofs
from aibaro.reconstruct.functions import quantity_range, share_in
from aibaro.reconstruct.reconcile import reconciling_shift

# least work allowed for showing that the others can hold without a member
SHOWING = 10.0


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

    def summary(self) -> str:
        """Describe the conflict in a few lines.

        Returns
        -------
        str
            One line a number.
        """
        head = f"{self.item} among {self.base}: {len(self.members)} printed percentages cannot hold together"
        lines = [
            f"  {m.name} ({', '.join(m.ids)}): {float(100 * m.lower):g} to {float(100 * m.upper):g}%; "
            f"{slack_text(self.slack[m.ids[0]])}"
            for m in self.members
        ]
        return "\n".join([head, *lines, *(f"  {t}" for t in self.totals), *ending(self)])

    def __str__(self) -> str:
        return self.summary()


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


def ending(conflict: Conflict) -> list[str]:
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
        The set, with every proof at hand and the slack of each member.

    Raises
    ------
    ConflictError
        When the statements are not proved to exclude each other.

    Notes
    -----
    A statement is left out when the rest is still proved to be impossible.  What remains is irreducible once, for
    each statement, counts are found that meet all others; that is tried for each, and said in the result.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from aibaro.cli.init import templates
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name, text in templates("my-survey").items():
    ...     _ = (folder / name).write_text(text, encoding="utf-8")
    >>> from aibaro.published import read
    >>> from aibaro.reconstruct import own_item
    >>> table = (folder / "printed.csv").read_text(encoding="utf-8").replace('"14,0%"', '"16,0%"')
    >>> _ = (folder / "printed.csv").write_text(table, encoding="utf-8")
    >>> [share.ids[0] for share in irreducible(own_item(read(folder), "use")).members]
    ['my.use', 'my.use.large']
    """
    if feasibility(system, work=work)[0] != "infeasible":
        raise ConflictError("the statements are not proved to conflict", where=system.name)
    reduced = system
    # drop the printed totals first: a conflict between percentages alone is easier to follow
    for dropped in ("total", "base_total"):
        trial = replace(reduced, total=None) if dropped == "total" else replace(reduced, base_total=None)
        if trial != reduced and _excluded(trial, work):
            reduced = trial
    for statement in sorted((*system.shares, *system.base_shares), key=lambda s: (-len(s.strata), s.name)):
        trial = reduced.without(statement)
        if _excluded(trial, work):
            reduced = trial
    members = (*reduced.shares, *reduced.base_shares)
    numbers = [v for v in (reduced.total, None if system.whole else reduced.base_total) if v is not None]
    totals = tuple(f"{v} respondents" for v in numbers)
    rests = [*(reduced.without(m) for m in members)]
    rests += [replace(reduced, total=None)] if reduced.total is not None else []
    rests += [replace(reduced, base_total=None)] if reduced.base_total is not None and not system.whole else []
    # to show that a member is needed takes counts without it, which may be rarer than proofs
    shown = all(feasibility(rest, work=max(work, SHOWING))[0] == "feasible" for rest in rests)
    slack = {m.ids[0]: reconciling_shift(system, m) for m in members}
    return Conflict(system.item, system.base, members, totals, infeasibility_proofs(reduced, work=work), slack, shown)


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
    >>> from pathlib import Path
    >>> from aibaro.cli.init import templates
    >>> from aibaro.published import read
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name, text in templates("my-survey").items():
    ...     _ = (folder / name).write_text(text, encoding="utf-8")
    >>> from aibaro.reconstruct import own_item
    >>> system = own_item(read(folder), "use")
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
