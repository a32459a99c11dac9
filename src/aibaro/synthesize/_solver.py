"""Whole numbers between exact limits: a thin model over CP-SAT whose every solution holds exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor, lcm

from aibaro.reconstruct import cpsat, highs
from aibaro.reconstruct.program import IntegerRow, SeparableProgram
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

    rounding : {"inward", "outward"}
        Whether limits are drawn in, so that every solution is exact, or out, so that none is lost.

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
    rounding: str = "inward"

    def new(self, low: int, high: int, hint: int | None = None) -> int:
        """Add an unknown."""
        self.lows.append(low)
        self.highs.append(high)
        self.hints.append(None if hint is None else min(max(hint, low), high))
        return len(self.lows) - 1

    def whole(self, terms: Sequence[tuple[int, int]], low: int | None, high: int | None, name: str = "") -> None:
        """Add a condition with whole coefficients."""
        merged: dict[int, int] = {}
        for coefficient, unknown in terms:
            merged[unknown] = merged.get(unknown, 0) + coefficient
        self.rows.append((name, [(c, v) for v, c in merged.items() if c], low, high))

    def between(self, terms: Terms, band: Interval, name: str) -> None:
        """Ask that a sum with exact coefficients lies strictly inside an interval."""
        common = lcm(*(c.denominator for c, _ in terms), 1)
        widest = max((abs(c) * common for c, _ in terms), default=Fraction(0))
        if widest <= _EXACT:
            scale, error = Fraction(common), Fraction(0)
        else:
            scale = Fraction(_EXACT) / max(abs(c) for c, _ in terms)
            error = sum(
                (abs(c * scale - round(c * scale)) * max(abs(self.lows[v]), abs(self.highs[v])) for c, v in terms),
                Fraction(0),
            )
        if self.rounding == "outward":
            bounds = ceil(band.lower * scale - error), floor(band.upper * scale + error)
            self.whole([(round(c * scale), v) for c, v in terms], *bounds, name)
            return
        low, high = band.lower * scale + error, band.upper * scale - error
        bottom = ceil(low) if band.lower_closed or low != ceil(low) else ceil(low) + 1
        top = floor(high) if band.upper_closed or high != floor(high) else floor(high) - 1
        self.whole([(round(c * scale), v) for c, v in terms], bottom, top, name)

    def determined(self, unknowns: set[int]) -> set[int]:
        """Add the unknowns that equations settle once others are known.

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
        solver: str = "cpsat",
    ) -> Outcome:
        """Search for counts that meet every condition."""
        known = dict(fixed or {})
        active = [v for v in range(len(self.lows)) if v not in known and (among is None or v in among)]
        rows = self._rows(active, known, dropped)
        if rows is None:
            return Outcome("impossible", (), 0.0)
        ranges = [self._range(v, within or {}) for v in active]
        program = SeparableProgram(tuple(low for low, _ in ranges), tuple(high for _, high in ranges), rows)
        if solver == "highs":
            found = highs.solve(program, work=limit, presolve="off")
        else:
            found = cpsat.solve(program, work=limit, seed=seed % 2**31, hint=tuple(self.hints[v] for v in active))
        if found.unknowns is None:
            return Outcome("impossible" if found.status == "infeasible" else "limit", (), found.work)
        values = [known.get(v, 0) for v in range(len(self.lows))]
        for v, value in zip(active, found.unknowns, strict=True):
            values[v] = value
        return Outcome("found", tuple(values), found.work)

    def _range(self, unknown: int, within: Mapping[int, tuple[int, int]]) -> tuple[int, int]:
        low, high = self.lows[unknown], self.highs[unknown]
        near = within.get(unknown, (low, high))
        return max(low, min(near[0], high)), min(high, max(near[1], low))

    def _rows(
        self, active: Sequence[int], known: Mapping[int, int], dropped: frozenset[str]
    ) -> tuple[IntegerRow, ...] | None:
        """Write the conditions on the active unknowns; None when known values break one."""
        place = {v: number for number, v in enumerate(active)}
        rows = []
        for name, terms, low, high in self.rows:
            if name in dropped or not all(v in place or v in known for _, v in terms):
                continue
            settled = sum(c * known[v] for c, v in terms if v in known)
            left = tuple((place[v], c) for c, v in terms if v in place)
            bottom = None if low is None else low - settled
            top = None if high is None else high - settled
            if bottom is not None and top is not None and bottom > top:
                return None
            if left:
                rows.append(IntegerRow(name, left, bottom, top))
            elif (bottom is not None and bottom > 0) or (top is not None and top < 0):
                return None
        return tuple(rows)
