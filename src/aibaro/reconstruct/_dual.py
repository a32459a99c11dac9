"""How far can a sum of counts or a share reach?  Linear duality, evaluated in exact fractions.

A solver in floating point proposes multipliers; the bound is the Lagrangian of these multipliers, computed in
fractions.  Any multipliers give a valid bound, so nothing rests on the solver.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from importlib import metadata
from math import floor, lcm
from typing import Any

import numpy as np

from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import ConflictError, InputError
from aibaro.reconstruct._blocks import all_pairs
from aibaro.reconstruct.items import ItemSystem, Mask
from aibaro.reconstruct.program import linear_rows

Terms = Mapping[int, Fraction]

# multipliers are kept to this grid, so that fractions stay short
GRID = 2**40
# a ratio that the linear programme reaches is raised by the first of these for which the proof closes
MARGINS = tuple(Fraction(1, 10**k) for k in (9, 7, 5, 3))
STEPS = 20


class DualBounds:
    """Rigorous bounds of sums and shares over all counts that the statements of a system allow.

    Parameters
    ----------
    system : ItemSystem
        The statements.
    pairs : mapping of int to numpy.ndarray of int, shape (m, 2), optional
        Pairs (x, y) that are possible in a stratum; by default all with 0 <= x <= y <= n.

    Notes
    -----
    Whole numbers are relaxed to real ones, so that a bound can be wider than an integer programme's, never narrower.

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct.items import own_item
    >>> system = own_item(load("flanders-2023"), "technology.nlg")
    >>> low, high = DualBounds(system).share(system.share("size_class", "large").strata)
    >>> round(float(low), 6), round(float(high), 6)
    (0.2525, 0.2535)
    """

    def __init__(self, system: ItemSystem, pairs: Mapping[int, IntArray] | None = None) -> None:
        self.system = system
        self.limits = [int(n) for n in system.design.respondents]
        size = len(self.limits)
        self.width = size if system.whole else 2 * size
        sides: list[tuple[Terms, Fraction]] = []
        for row in linear_rows(system):
            scale = max((abs(c) for c in row.coefficients.values()), default=Fraction(1)) or Fraction(1)
            terms = {i: c / scale for i, c in row.coefficients.items()}
            if row.upper is not None:
                sides.append((terms, row.upper / scale))
            if row.lower is not None:
                sides.append(({i: -c for i, c in terms.items()}, -row.lower / scale))
        self.sides = tuple(sides)
        # the same in whole numbers over one denominator: exact, and without a fraction a term
        self.denominator = lcm(1, *(c.denominator for terms, right in sides for c in (*terms.values(), right)))
        self.whole_sides = [
            ({i: int(c * self.denominator) for i, c in terms.items()}, int(right * self.denominator))
            for terms, right in sides
        ]
        order = 0 if system.whole else size
        self.matrix = np.zeros((len(sides) + order, self.width))
        for k, (side, _) in enumerate(sides):
            for i, c in side.items():
                self.matrix[k, i] = float(c)
        for h in range(order):
            self.matrix[len(sides) + h, [h, size + h]] = 1.0, -1.0
        self.right = np.array([float(b) for _, b in sides] + [0.0] * order)
        self.box = [(0, n) for n in self.limits * (self.width // size)]
        self.corners: list[tuple[tuple[int, int], ...]] = [((0, 0), (0, n), (n, n)) for n in self.limits]
        for h, own in (pairs or {}).items():
            self.corners[h] = hull(own)
            for i, column in ((h, own[:, 0]), (size + h, own[:, 1])):
                self.box[i] = (int(column.min()), int(column.max()))

    def largest(self, terms: Terms) -> tuple[Fraction, FloatArray]:
        """Bound a sum of counts from above.

        Parameters
        ----------
        terms : mapping of int to Fraction
            Coefficients; unknown h is x_h, unknown H + h is y_h.

        Returns
        -------
        bound : Fraction
            No consistent counts give more.
        point : numpy.ndarray of float, length of the unknowns
            Solution of the linear programme, not whole.

        Raises
        ------
        ConflictError
            When not even counts in fractions meet all statements.
        """
        from scipy.optimize import linprog

        scale = max((abs(c) for c in terms.values()), default=Fraction(1)) or Fraction(1)
        cost = np.zeros(self.width)
        for i, c in terms.items():
            cost[i] = -float(c / scale)
        result = linprog(cost, A_ub=self.matrix, b_ub=self.right, bounds=self.box, method="highs")
        if result.x is None:
            raise ConflictError(
                "no table of counts meets everything that is printed",
                where=self.system.name,
                hint="'aibaro check' names the figures that conflict",
            )
        return self._lagrangian({i: c / scale for i, c in terms.items()}, self._multipliers(result)) * scale, result.x

    def contradiction(self) -> bool:
        """Tell whether a sum of the statements with multipliers >= 0 contradicts itself.

        Returns
        -------
        bool
            True proves that no counts meet all statements, not even counts in fractions; False proves nothing.

        Notes
        -----
        Multipliers come from the programme that misses the statements by as little as possible; they prove a
        contradiction when the most that their sum can reach lies below what it must reach, in exact fractions.
        """
        from scipy.optimize import linprog

        count = len(self.sides)
        matrix = np.hstack([self.matrix, -np.eye(len(self.right), count)])
        cost = np.concatenate([np.zeros(self.width), np.ones(count)])
        box: list[tuple[int, int | None]] = [*self.box, *[(0, None)] * count]
        result = linprog(cost, A_ub=matrix, b_ub=self.right, bounds=box, method="highs")
        return result.x is not None and self._lagrangian({}, self._multipliers(result)) < 0

    def base_share(self, strata: Mask) -> tuple[Fraction, Fraction]:
        """Bound the share of the base among everybody in a union of strata.

        Parameters
        ----------
        strata : tuple of int
            Rows of the strata.

        Returns
        -------
        lower, upper : Fraction
            No consistent counts give a share outside.

        Raises
        ------
        ConflictError
            When no counts meet all statements.
        """
        weights, size = self.system.design.exact_weights, len(self.limits)
        total = sum((weights[h] * self.limits[h] for h in strata), Fraction(0))
        if self.system.whole:
            return Fraction(1), Fraction(1)
        terms = {size + h: weights[h] for h in strata}
        upper = self.largest(terms)[0] / total
        lower = -self.largest({i: -c for i, c in terms.items()})[0] / total
        return max(lower, Fraction(0)), min(upper, Fraction(1))

    def _multipliers(self, result: Any) -> list[Fraction]:
        """Take the solver's multipliers of the statements, none negative, on a grid."""
        return [Fraction(round(max(-v, 0.0) * GRID), GRID) for v in result.ineqlin.marginals[: len(self.sides)]]

    def _lagrangian(self, terms: Terms, multipliers: list[Fraction]) -> Fraction:
        """Evaluate the bound that multipliers >= 0 give, exactly: the largest value over all pairs."""
        common = lcm(self.denominator * GRID, *(c.denominator for c in terms.values()))
        slopes = [int(terms.get(i, 0) * common) for i in range(self.width)]
        bound = 0
        for (row, right), price in zip(self.whole_sides, multipliers, strict=True):
            if price:
                factor = int(price * (common // self.denominator))
                bound += factor * right
                for i, c in row.items():
                    slopes[i] -= factor * c
        size = len(self.limits)
        for h, n in enumerate(self.limits):
            if self.system.whole:
                bound += n * max(slopes[h], 0)
            else:
                bound += max(slopes[h] * x + slopes[size + h] * y for x, y in self.corners[h])
        return Fraction(bound, common)

    def share(self, strata: Mask) -> tuple[Fraction, Fraction]:
        """Bound the share of the item among the base in a union of strata.

        Parameters
        ----------
        strata : tuple of int
            Rows of the strata.

        Returns
        -------
        lower, upper : Fraction
            No consistent counts give a share outside.

        Raises
        ------
        InputError
            For no strata.
        ConflictError
            When no counts meet all statements.
        """
        if not strata:
            raise InputError("a share needs strata", parameter="strata", expected="at least one row", got="none")
        weights, size = self.system.design.exact_weights, len(self.limits)
        top = {h: weights[h] for h in strata}
        if self.system.whole:
            total = sum((weights[h] * self.limits[h] for h in strata), Fraction(0))
            upper = self.largest(top)[0] / total
            lower = -self.largest({h: -c for h, c in top.items()})[0] / total
        else:
            base = {size + h: weights[h] for h in strata}
            upper = self._ratio(top, base)
            # the smallest share is one minus the largest share of those without the item
            rest = {**base, **{h: -c for h, c in top.items()}}
            lower = 1 - self._ratio(rest, base)
        return max(lower, Fraction(0)), min(upper, Fraction(1))

    def _ratio(self, top: Terms, base: Terms) -> Fraction:
        """Bound a ratio from above: numerator - t denominator is nowhere positive for the t returned."""
        at = Fraction(0)
        for _ in range(STEPS):
            bound, point = self.largest(_less(top, at, base))
            below = sum(float(c) * point[i] for i, c in base.items())
            above = sum(float(c) * point[i] for i, c in top.items())
            if bound <= 0 or below <= 0 or above / below <= float(at) + 1e-12:
                break
            at = Fraction(round(above / below * GRID), GRID)
        for margin in MARGINS:
            if self.largest(_less(top, at + margin, base))[0] <= 0:
                return min(at + margin, Fraction(1))
        return Fraction(1)


def proof() -> str:
    """Name the proof."""
    return f"linear duality in exact fractions, multipliers from scipy {metadata.version('scipy')} (HiGHS)"


def hull(pairs: IntArray) -> tuple[tuple[int, int], ...]:
    """Find the corners of a set of pairs: every linear function is largest at one of them.

    Examples
    --------
    >>> hull(np.array([(0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2)]))
    ((0, 0), (2, 2), (0, 2))
    """
    points = sorted({(int(x), int(y)) for x, y in pairs})
    chains: list[list[tuple[int, int]]] = []
    for ordered in (points, points[::-1]):
        chain: list[tuple[int, int]] = []
        for p in ordered:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], p) <= 0:
                chain.pop()
            chain.append(p)
        chains.append(chain)
    return tuple(dict.fromkeys(corner for chain in chains for corner in chain))


def _turn(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> int:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _less(top: Terms, at: Fraction, base: Terms) -> dict[int, Fraction]:
    terms = dict(top)
    for i, c in base.items():
        terms[i] = terms.get(i, Fraction(0)) - at * c
    return terms


# passes over all strata, and the denominators that printed shares are brought to as slopes
PASSES = 3
DENOMINATOR = 64
# x, y, and those of the base without the item
AXES = ((1, 0), (0, 1), (-1, 1))


def possible_pairs(system: ItemSystem, known: Mapping[int, IntArray]) -> dict[int, IntArray]:
    """List the pairs of every stratum that linear duality does not exclude.

    Notes
    -----
    A pair is dropped only where a bound evaluated in fractions says so; solvers propose, they prove nothing.

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct import own_item
    >>> system = own_item(load("flanders-2023"), "training.formal", "adopters")
    >>> found = possible_pairs(system, {})
    >>> len(found), max(int(y) for _, y in found[0]) < int(system.design.respondents[0])
    (44, True)
    """
    pairs = {h: known[h] if h in known else all_pairs(int(n)) for h, n in enumerate(system.design.respondents)}
    for _ in range(PASSES):
        dual = DualBounds(system, pairs)
        kept = {h: _within(system, dual, h, own) for h, own in pairs.items()}
        if not all(len(own) for own in kept.values()):
            raise ConflictError(
                "no table of counts meets everything that is printed",
                where=system.name,
                hint="'aibaro check' names the figures that conflict",
            )
        before, after = (sum(len(own) for own in found.values()) for found in (pairs, kept))
        pairs = kept
        if after > 0.95 * before:
            break
    return pairs


def _within(system: ItemSystem, dual: DualBounds, stratum: int, pairs: IntArray) -> IntArray:
    """Drop pairs of a stratum beyond the bounds of a few sums."""
    size = system.design.size
    for a, b in _directions(system, stratum):
        if len(pairs) == 0:
            break
        bound, _ = dual.largest({i: c for i, c in ((stratum, a), (size + stratum, b)) if c})
        common = lcm(a.denominator, b.denominator)
        sums = int(a * common) * pairs[:, 0] + int(b * common) * pairs[:, 1]
        pairs = pairs[sums <= floor(bound * common)]
    return pairs


def _directions(system: ItemSystem, stratum: int) -> list[tuple[Fraction, Fraction]]:
    """Axes, and the line on which a stratum has the share that is printed of a domain it lies in."""
    shares = sorted({s.centre.limit_denominator(DENOMINATOR) for s in system.shares if stratum in s.strata})
    lines = [(Fraction(a), Fraction(b)) for a, b in AXES] + [(Fraction(1), -share) for share in shares if share > 0]
    return [(sign * a, sign * b) for a, b in lines for sign in (1, -1)]
