"""How large and how small can the standard error of a printed percentage be?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from aibaro.errors import ConflictError, InputError
from aibaro.reconstruct._base_search import LARGEST, BaseSearch, joined, smallest_inside
from aibaro.reconstruct._both_sets import CommonMembers
from aibaro.reconstruct._domain_sizes import domain_size
from aibaro.reconstruct._dual import proof as dual_proof
from aibaro.reconstruct.items import CONSTRAINTS, ItemSystem, PrintedShare
from aibaro.reconstruct.share_variance import Extreme, exact_variance, root_above, root_below, share_extreme

# no share has a larger standard error: its values lie between 0 and 1
LARGEST_ERROR = Fraction(1, 2)
SHARP = Fraction(1, 10**9)
OUTER = Fraction(2, 100)
PROVED = "; proved by recomputation"
# worst first
STATUSES = ("open", "outer", "sharp")


@dataclass(frozen=True, slots=True)
class RowBounds:
    """Bounds of the standard error of one printed percentage.

    Parameters
    ----------
    item, base, domain, level : str
        What is printed.
    share : PrintedShare
        The printed share.
    smallest, largest : Extreme
        Both ends of the variance over all tables that the constraints allow.
    df_lower : int
        Degrees of freedom that no consistent table undercuts.
    fingerprint : str
        Hash of the inputs.
    constraints : {"own-item", "tied"}
        Whether the item and its base alone were asked, or printed sets that relations tie it to as well.
    """

    item: str
    base: str
    domain: str
    level: str
    share: PrintedShare
    smallest: Extreme
    largest: Extreme
    df_lower: int
    fingerprint: str
    constraints: str = CONSTRAINTS[0]

    @property
    def se_lower(self) -> Fraction:
        """Rigorous lower bound of the standard error."""
        return root_below(self.smallest.outer)

    @property
    def se_upper(self) -> Fraction:
        """Rigorous upper bound of the standard error."""
        return root_above(self.largest.outer)

    @property
    def se_lower_witness(self) -> Fraction | None:
        """Smallest standard error that a verified table attains, rounded up."""
        return None if self.smallest.inner is None else root_above(self.smallest.inner)

    @property
    def se_upper_witness(self) -> Fraction | None:
        """Largest standard error that a verified table attains, rounded down."""
        return None if self.largest.inner is None else root_below(self.largest.inner)

    @property
    def status(self) -> str:
        """Status of the worse side."""
        sides = ((self.se_lower, self.se_lower_witness), (self.se_upper, self.se_upper_witness))
        return min((side_status(*s) for s in sides), key=STATUSES.index)

    @property
    def proof(self) -> str:
        """Solvers and versions behind the outer bounds."""
        return "; ".join(dict.fromkeys([self.largest.proof, self.smallest.proof])) + PROVED


def side_status(outer: Fraction, inner: Fraction | None) -> str:
    """Name how close a rigorous bound is to an attained one.

    Parameters
    ----------
    outer : Fraction
        Rigorous bound of a standard error.
    inner : Fraction or None
        Attained standard error.

    Returns
    -------
    {"sharp", "outer", "open"}
        ``sharp`` when they differ by at most 1e-9 of the outer bound, ``outer`` by at most 2%, else ``open``.

    Examples
    --------
    >>> side_status(Fraction(100), Fraction(99)), side_status(Fraction(1), None)
    ('outer', 'open')
    """
    if inner is None:
        return "open"
    gap = abs(outer - inner)
    if gap <= SHARP * outer:
        return "sharp"
    return "outer" if gap <= OUTER * outer else "open"


@dataclass(frozen=True, slots=True)
class Effort:
    """Limits of deterministic work.

    Parameters
    ----------
    work : float
        CP-SAT's deterministic time a solve, for shares of everybody.
    whole_work : float
        The same for the domain of all strata, which takes longest.
    nodes : int
        Relaxations a search, for shares among a base.
    """

    work: float = 20.0
    whole_work: float = 60.0
    nodes: int = 120


class Bounder:
    """Bounds of all printed percentages of one system; witnesses of one row help the next.

    Parameters
    ----------
    system : ItemSystem
        The statements about one item among one base.
    effort : Effort
        Limits of work.
    solver : {"auto", "cpsat", "highs"}
        Solver for shares of everybody and for witnesses.
    search : BaseSearch, optional
        Where the system is among a base, the search to use; by default a new one.
    """

    def __init__(
        self,
        system: ItemSystem,
        effort: Effort | None = None,
        solver: str = "auto",
        search: BaseSearch | None = None,
    ) -> None:
        self.system, self.effort, self.solver = system, effort or Effort(), solver
        self.fingerprint = system.fingerprint()
        searched = not system.whole and system.overlap is None
        self.search = search or (BaseSearch(system, solver=solver) if searched else None)

    def row(self, share: PrintedShare) -> RowBounds:
        """Bound one percentage.

        Parameters
        ----------
        share : PrintedShare
            One of the system's shares.

        Returns
        -------
        RowBounds
            The bounds.

        Raises
        ------
        InputError
            When a stratum of the domain has a single respondent.
        """
        single = [h for h in share.strata if int(self.system.design.respondents[h]) < 2]
        if single:
            names = "; ".join(" × ".join(self.system.design.labels.iloc[h]) for h in single)
            raise InputError(
                "a stratum with one respondent has no variance",
                where=share.name,
                parameter="respondents",
                expected="n_h >= 2",
                got=names,
                hint="collapse it with a neighbour",
            )
        smallest, largest = (self._extreme(share, sense) for sense in ("min", "max"))
        return RowBounds(
            share.item,
            share.base,
            share.domain,
            share.level,
            share,
            smallest,
            largest,
            self.df_lower(share),
            self.fingerprint,
            self.system.constraints,
        )

    def rows(self, progress: Callable[[str], Any] | None = None) -> list[RowBounds]:
        """Bound every percentage of the system.

        Parameters
        ----------
        progress : callable, optional
            Called with the name of each row before it is solved.

        Returns
        -------
        list of RowBounds
            In the order of the shares.  Where print says too little for a bound within what a share can have, a
            standard error of 1/2, there is none.

        Raises
        ------
        ConflictError
            When no table of counts meets everything that is printed.
        """
        found = []
        own = [share for share in self.system.shares if share.item == self.system.item]
        for share in sorted(own, key=lambda s: (len(s.strata), s.domain, s.level)):
            if progress is not None:
                progress(share.name)
            if not domain_size(self.system, share.strata).allows((float(share.lower), float(share.upper))):
                raise ConflictError("no table of counts meets everything that is printed", where=share.name)
            row = self.row(share)
            if row.se_upper <= LARGEST_ERROR:
                found.append(row)
        found = shared(self.system, found)
        if self.search is not None and self.effort.nodes > 1:
            found = shared(self.system, again(self.system, found, self.effort, self.solver))
        return sorted(found, key=lambda r: (r.domain, r.level))

    def _know(self, rows: Iterable[RowBounds]) -> None:
        """Let the search begin with the counts behind bounds."""
        if self.search is not None:
            width = 2 * self.system.design.size
            self.search.pool += sorted(
                {e.witness[:width] for r in rows for e in (r.smallest, r.largest) if e.witness is not None}
            )

    def _closer(self, row: RowBounds) -> RowBounds:
        """Search again where an end of a row is open."""
        ends = []
        for sense, end in (("min", row.smallest), ("max", row.largest)):
            ends.append(joined(end, self._extreme(row.share, sense, end), sense) if _status(end) == "open" else end)
        return replace(row, smallest=ends[0], largest=ends[1])

    def df_lower(self, share: PrintedShare) -> int:
        """Return degrees of freedom that no consistent table undercuts.

        Parameters
        ----------
        share : PrintedShare
            The share.

        Returns
        -------
        int
            Respondents minus strata, at least.

        Notes
        -----
        R's ``degf``: respondents of the base in the domain minus the strata in which it has any.
        """
        return domain_size(self.system, share.strata).df[0]

    def _extreme(self, share: PrintedShare, sense: str, known: Extreme | None = None) -> Extreme:
        if self.system.overlap is not None:
            both = CommonMembers(self.system, share, self.effort.nodes)
            return both.smallest() if sense == "min" else self._capped(share, both.largest())
        if self.search is not None:
            found = self.search.extreme(share, sense, self.effort.nodes, known)
            return found if sense == "min" else self._capped(share, found)
        if self.system.ties:
            return self._tied(share, sense)
        work = self.effort.whole_work if len(share.strata) == self.system.design.size else self.effort.work
        first = share_extreme(self.system, share.strata, sense, solver=self.solver, work=work)
        if self.solver != "auto" or _closed(first):
            return first
        second = share_extreme(self.system, share.strata, sense, solver="highs", work=work / 20)
        return joined(first, second, sense)

    def _tied(self, share: PrintedShare, sense: str) -> Extreme:
        """Bound with tied sets: what holds without them holds with them, but for the counts that attain it."""
        alone = replace(self.system, ties=())
        work = self.effort.work
        found = share_extreme(self.system, share.strata, sense, solver=self.solver, work=work)
        loose = share_extreme(alone, share.strata, sense, solver=self.solver, work=work)
        found = joined(found, replace(loose, inner=None, witness=None), sense)
        if sense == "min" and found.inner:
            for tie in self.system.ties:
                found = joined(found, smallest_inside(self.system.inside(tie), found.inner, self.effort.nodes), sense)
        return found

    def _capped(self, share: PrintedShare, found: Extreme) -> Extreme:
        """Take the bound that sizes of the domain alone give, where it is closer."""
        size = domain_size(self.system, share.strata)
        ends = {share.lower, share.upper, *([Fraction(1, 2)] if share.lower < Fraction(1, 2) < share.upper else [])}
        largest = float(size.largest_error(np.array([float(e) for e in sorted(ends)])).max())
        cap = (Fraction(largest) * (1 + Fraction(1, 10**9))) ** 2
        return found if found.outer <= cap else replace(found, outer=cap, proof=f"sizes of the domain; {dual_proof()}")


def again(system: ItemSystem, rows: Iterable[RowBounds], effort: Effort, solver: str = "auto") -> list[RowBounds]:
    """Search once more where a bound among a base is still open, from another start and with all rows' witnesses."""
    listed = list(rows)
    bounder = Bounder(system, effort, solver, BaseSearch(system, solver=solver, start="every pair"))
    bounder._know(listed)
    return [bounder._closer(row) if len(row.share.strata) <= LARGEST else row for row in listed]


def further(system: ItemSystem, rows: Iterable[RowBounds], effort: Effort, solver: str = "auto") -> list[RowBounds]:
    """Go on from bounds that are known: search where an end is open, and keep what is closer.

    Parameters
    ----------
    system : ItemSystem
        The statements.
    rows : iterable of RowBounds
        Bounds of shares of the system.
    effort : Effort
        Limits of work.
    solver : {"auto", "cpsat", "highs"}
        Solver for witnesses.

    Returns
    -------
    list of RowBounds
        No bound is wider than before.

    Notes
    -----
    Of two rigorous bounds the closer one is kept, and of two tables the one whose variance
    V = sum of w_h² (1-f_h) n_h/(n_h-1) [x_h (1-2R) + y_h R² - (x_h - R y_h)²/n_h] / Y² is further out.

    References
    ----------
    Särndal, C.-E., Swensson, B. & Wretman, J. (1992). Model Assisted Survey Sampling.
    doi:10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import small_survey
    >>> from aibaro.reconstruct import own_item
    >>> system = own_item(small_survey(tempfile.mkdtemp()), "use")
    >>> rows = Bounder(system).rows()
    >>> further(system, rows, Effort()) == rows
    True
    """
    listed = list(rows)
    if system.whole or all(row.status != "open" for row in listed):
        return listed
    bounder = Bounder(system, effort, solver)
    bounder._know(listed)
    return shared(system, [bounder._closer(row) for row in listed])


def shared(system: ItemSystem, rows: Iterable[RowBounds]) -> list[RowBounds]:
    """Let every row have the best of all rows' witnesses: a table that one domain needs may go far in another."""
    listed = list(rows)
    pool = sorted({e.witness for r in listed for e in (r.smallest, r.largest) if e.witness is not None})
    return [
        replace(
            r,
            smallest=_further(system, r.share, r.smallest, pool, 1),
            largest=_further(system, r.share, r.largest, pool, -1),
        )
        for r in listed
    ]


def _further(
    system: ItemSystem, share: PrintedShare, extreme: Extreme, pool: Sequence[tuple[int, ...]], sign: int
) -> Extreme:
    if side_status(extreme.outer, extreme.inner) == "sharp":
        return extreme
    values = [(v, w) for w in pool if (v := exact_variance(system, share.strata, w)) is not None]
    best = min(values, key=lambda p: (sign * p[0], p[1]), default=None)
    if best is None or (extreme.inner is not None and sign * best[0] >= sign * extreme.inner):
        return extreme
    return replace(extreme, inner=best[0], witness=best[1])


def _status(extreme: Extreme) -> str:
    return side_status(root_above(extreme.outer), None if extreme.inner is None else root_above(extreme.inner))


def _closed(extreme: Extreme) -> bool:
    if extreme.inner is None:
        return False
    return math.isclose(float(extreme.outer), float(extreme.inner), rel_tol=1e-9, abs_tol=0.0)
