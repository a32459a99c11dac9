"""Whole numbers between exact limits: a thin model over CP-SAT whose every solution holds exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor, lcm
from typing import Any

from aibaro.errors import MissingDependencyError
from aibaro.rounding import Interval

# coefficients up to this are kept exactly; others are rounded at a scale that uses up to this, with the limits drawn in
_EXACT = 10**7

Terms = list[tuple[Fraction, int]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search found.

    Parameters
    ----------
    status : {"found", "impossible", "limit"}
        A solution, a proof that there is none, or neither within the limit of work.
    values : tuple of int
        The solution, by variable; empty without one.
    work : float
        Deterministic seconds spent.
    """

    status: str
    values: tuple[int, ...]
    work: float


@dataclass(slots=True)
class CountModel:
    """Unknown counts and linear conditions on them.

    Parameters
    ----------
    lows, highs, hints : list of int
        Range of each unknown and the value to try first.
    rows : list of tuple
        Conditions: name, terms with whole coefficients, low, high.

    Notes
    -----
    A condition with fractions is scaled to whole numbers.  Where the common denominator is too large coefficients
    are rounded and the limits are drawn in by the largest possible error, so that no solution breaks the exact
    condition; at the scale used this gives up less than a millionth of a firm.
    """

    lows: list[int] = field(default_factory=list)
    highs: list[int] = field(default_factory=list)
    hints: list[int | None] = field(default_factory=list)
    rows: list[tuple[str, list[tuple[int, int]], int | None, int | None]] = field(default_factory=list)

    def new(self, low: int, high: int, hint: int | None = None) -> int:
        """Add an unknown.

        Parameters
        ----------
        low, high : int
            Its range.
        hint : int, optional
            Value to try first.

        Returns
        -------
        int
            Its number.
        """
        self.lows.append(low)
        self.highs.append(high)
        self.hints.append(None if hint is None else min(max(hint, low), high))
        return len(self.lows) - 1

    def whole(self, terms: Sequence[tuple[int, int]], low: int | None, high: int | None, name: str = "") -> None:
        """Add a condition with whole coefficients.

        Parameters
        ----------
        terms : sequence of (int, int)
            Pairs of coefficient and unknown.
        low, high : int or None
            The limits, both allowed; None for none.
        name : str
            Figure behind it; empty for a condition of logic.
        """
        merged: dict[int, int] = {}
        for coefficient, unknown in terms:
            merged[unknown] = merged.get(unknown, 0) + coefficient
        self.rows.append((name, [(c, v) for v, c in merged.items() if c], low, high))

    def between(self, terms: Terms, band: Interval, name: str) -> None:
        """Ask that a sum with exact coefficients lies strictly inside an interval.

        Parameters
        ----------
        terms : list of (Fraction, int)
            Pairs of coefficient and unknown.
        band : Interval
            The interval; an end is allowed only where it is closed.
        name : str
            Figure behind it.
        """
        common = lcm(*(c.denominator for c, _ in terms), 1)
        widest = max((abs(c) * common for c, _ in terms), default=Fraction(0))
        if widest <= _EXACT:
            scale, error = Fraction(common), Fraction(0)
        else:
            scale = Fraction(_EXACT) / max(abs(c) for c, _ in terms)
            error = sum((abs(c * scale - round(c * scale)) * max(abs(self.lows[v]), abs(self.highs[v]))
                         for c, v in terms), Fraction(0))  # fmt: skip
        low, high = band.lower * scale + error, band.upper * scale - error
        bottom = ceil(low) if band.lower_closed or low != ceil(low) else ceil(low) + 1
        top = floor(high) if band.upper_closed or high != floor(high) else floor(high) - 1
        self.whole([(round(c * scale), v) for c, v in terms], bottom, top, name)

    def determined(self, unknowns: set[int]) -> set[int]:
        """Add the unknowns that equations settle once others are known.

        Parameters
        ----------
        unknowns : set of int
            Unknowns that are known.

        Returns
        -------
        set of int
            Those and all that follow from them one by one.

        Examples
        --------
        >>> model = CountModel()
        >>> a, b = model.new(0, 9), model.new(0, 9)
        >>> model.whole([(1, a), (1, b)], 9, 9)
        >>> sorted(model.determined({a}))
        [0, 1]
        """
        known = set(unknowns)
        equations = [{v for _, v in terms} for _, terms, low, high in self.rows if low is not None and low == high]
        while True:
            new = {v for terms in equations if len(terms - known) == 1 for v in terms - known}
            if not new:
                return known
            known |= new

    def solve(
        self,
        seed: int,
        limit: float,
        dropped: frozenset[str] = frozenset(),
        *,
        among: set[int] | None = None,
        fixed: Mapping[int, int] | None = None,
        within: Mapping[int, tuple[int, int]] | None = None,
    ) -> Outcome:
        """Search for counts that meet every condition.

        Parameters
        ----------
        seed : int
            Seed of the search.
        limit : float
            Work allowed, in deterministic seconds, which do not depend on the machine.
        dropped : frozenset of str
            Names of figures to leave out.
        among : set of int, optional
            Only these unknowns, and the conditions on no others; by default all.
        fixed : mapping of int to int, optional
            Unknowns whose value is settled.
        within : mapping of int to (int, int), optional
            Narrower ranges for this search.

        Returns
        -------
        Outcome
            A solution, a proof that there is none, or neither; unknowns that were left out have the value 0.

        Raises
        ------
        MissingDependencyError
            When OR-Tools is not installed.
        """
        cp_model = _load()
        model, unknowns = self._build(cp_model, dropped, among, fixed or {}, within or {})
        for number, (unknown, hint) in enumerate(zip(unknowns, self.hints, strict=True)):
            if hint is not None and (among is None or number in among):
                model.add_hint(unknown, hint)
        solver = _solver(cp_model, seed, limit)
        status = solver.solve(model)
        work = float(solver.response_proto.deterministic_time)
        if status in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return Outcome("found", tuple(int(solver.value(v)) for v in unknowns), work)
        return Outcome("impossible" if status == cp_model.INFEASIBLE else "limit", (), work)

    def extreme(self, unknown: int, sign: int, seed: int, limit: float) -> tuple[int, bool]:
        """Find the smallest or largest value of an unknown.

        Parameters
        ----------
        unknown : int
            The unknown.
        sign : {1, -1}
            1 for the smallest, -1 for the largest.
        seed : int
            Seed of the search.
        limit : float
            Work allowed, in deterministic seconds.

        Returns
        -------
        value : int
            The proved bound of the value.
        attained : bool
            Whether a solution has it.
        """
        cp_model = _load()
        model, unknowns = self._build(cp_model, frozenset())
        model.minimize(sign * unknowns[unknown])
        solver = _solver(cp_model, seed, limit)
        status = solver.solve(model)
        bound = sign * ceil(solver.best_objective_bound - 1e-6)
        return bound, status == cp_model.OPTIMAL

    def _build(
        self,
        cp_model: Any,
        dropped: frozenset[str],
        among: set[int] | None = None,
        fixed: Mapping[int, int] | None = None,
        within: Mapping[int, tuple[int, int]] | None = None,
    ) -> tuple[Any, list[Any]]:
        model = cp_model.CpModel()
        known, narrow = fixed or {}, within or {}
        lows, highs = [], []
        for number, (low, high) in enumerate(zip(self.lows, self.highs, strict=True)):
            near = narrow.get(number, (low, high)) if among is None or number in among else (0, 0)
            lows.append(known.get(number, max(low, min(near[0], high)) if near != (0, 0) else 0))
            highs.append(known.get(number, min(high, max(near[1], low)) if near != (0, 0) else 0))
        unknowns = [model.new_int_var(a, b, "") for a, b in zip(lows, highs, strict=True)]
        for name, terms, low, high in self.rows:
            if name in dropped or (among is not None and not all(v in among for _, v in terms)):
                continue
            reach = [(c * lows[v], c * highs[v]) for c, v in terms]
            least, most = sum(min(r) for r in reach), sum(max(r) for r in reach)
            bottom = least if low is None else max(low, least)
            top = most if high is None else min(high, most)
            if bottom > top:
                model.add_bool_or([])  # the limits exclude every value: no solution
                continue
            if bottom > least or top < most:
                expression = cp_model.LinearExpr.weighted_sum([unknowns[v] for _, v in terms], [c for c, _ in terms])
                model.add_linear_constraint(expression, bottom, top)
        return model, unknowns


def _load() -> Any:
    try:
        from ortools.sat.python import cp_model
    except ImportError as error:
        raise MissingDependencyError("synthetic answers need a solver of whole numbers", where="aibaro.synthesize",
                                     expected="OR-Tools", got=str(error),
                                     hint="install the extra: pip install 'aibaro[exact]'") from error  # fmt: skip
    return cp_model


def _solver(cp_model: Any, seed: int, limit: float) -> Any:
    solver = cp_model.CpSolver()
    # one worker with a seed and a limit of work: the same search on every machine
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.max_deterministic_time = limit
    return solver
