"""Bounds of the variance of a share among a base: relaxation from outside, witnesses from inside."""

from __future__ import annotations

import math
from fractions import Fraction
from importlib import metadata

import numpy as np
from numpy.typing import NDArray

from aibaro.errors import ConflictError
from aibaro.reconstruct import cpsat
from aibaro.reconstruct.branch import BranchAndBound
from aibaro.reconstruct.constraints import ItemSystem, Mask, PrintedShare
from aibaro.reconstruct.enumeration import all_tables, enumerated_end
from aibaro.reconstruct.points import (
    StratumPoints,
    enumerated_extreme,
    pair_limits,
    small_domain_tuples,
    stratum_pairs,
    stratum_points,
)
from aibaro.reconstruct.rows import violated
from aibaro.reconstruct.shares import Extreme
from aibaro.reconstruct.small import LARGEST, SmallDomain
from aibaro.reconstruct.smooth import centre
from aibaro.reconstruct.variance import exact_variance
from aibaro.reconstruct.witness import Allowed, WitnessSearch

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# tuples of a small domain are handed to the witness search up to this many
TUPLES = 400
# a cell of the search is closed this close to the best witness, as a share of the variance
TOLERANCE = 1.5e-2
# the search ends where bound and witness are this close, and a longer one follows where they are further apart
CLOSE, WIDE = 3.0e-2, 3.9e-2
# pieces of the share that small domains are tried with, and the work of each
PIECES = (1, 3)
SMALL_WORK = 3.0


class BaseSearch:
    """Everything that the rows of one system among a base share: ranges, pairs, and a pool of witnesses.

    Parameters
    ----------
    system : ItemSystem
        The statements.
    solver : {"auto", "cpsat", "highs"}
        Solver that improves witnesses.
    """

    def __init__(self, system: ItemSystem, solver: str = "auto") -> None:
        self.system = system
        self.tables = solver in {"auto", "cpsat"} and cpsat.available()
        size = system.design.size
        limits = system.design.respondents
        self.ranges = np.column_stack([np.zeros(2 * size, dtype=np.int64), np.tile(limits, 2)])
        self.everything = all_tables(system)
        self.tuples: dict[tuple[str, str], IntArray] = {}
        self.pairs, allowed = self._small_domains()
        for h, pairs in self.pairs.items():
            xl, xu, yl, yu = pair_limits(pairs)
            self.ranges[h], self.ranges[size + h] = (xl, xu), (yl, yu)
        fitted = centre(system)
        middle = np.clip(np.concatenate([fitted.x, fitted.y]), self.ranges[:, 0], self.ranges[:, 1])
        # a fixed small disturbance, so that a second attempt does not repeat the first
        nudge = np.sqrt(middle + 1) * np.cos(1.0 + np.arange(2 * size)) * 0.6
        self.witnesses = WitnessSearch(system, self.ranges, allowed, solver, middle, nudge)
        self.pool: list[tuple[int, ...]] = []

    def any_witness(self) -> tuple[int, ...] | None:
        """Find any consistent counts, beginning at the model-based centre.

        Returns
        -------
        tuple of int or None
            x_h, then y_h, verified; None when the search found none, which proves nothing.
        """
        if not self.pool:
            found = self.witnesses.near(self.witnesses.middle, (), attempts=8)
            if found is not None and not violated(self.system, found):
                self.pool.append(found)
        return self.pool[0] if self.pool else None

    def extreme(self, share: PrintedShare, sense: str, nodes: int) -> Extreme:
        """Bound the variance in one domain.

        Parameters
        ----------
        share : PrintedShare
            The printed share of the domain.
        sense : {"max", "min"}
            Which end.
        nodes : int
            Limit of relaxations.

        Returns
        -------
        Extreme
            Rigorous bound and best witness.
        """
        if self.everything is not None:
            return self._from_all(share, sense)
        if nodes <= 1:
            return self._quick(share, sense)
        base = next((b for b in self.system.base_shares if (b.domain, b.level) == (share.domain, share.level)), None)
        tuples = self.tuples.get((share.domain, share.level))
        if tuples is not None and len(tuples):
            return self._enumerated(share, tuples, sense)
        if base is not None and len(share.strata) <= LARGEST and base.lower > 0 and self.tables:
            first = self._small(SmallDomain(self.system, share, base, self.ranges, self.pairs), sense)
            if first.inner is not None and self._apart(float(first.outer), float(first.inner)) <= WIDE:
                return first
            # counts that this domain alone would allow may be out of reach of the other margins
            return joined(first, self._searched(share, sense, nodes), sense)
        return self._searched(share, sense, nodes)

    def _searched(self, share: PrintedShare, sense: str, nodes: int) -> Extreme:
        """Bound by branch and bound over all statements."""
        strata = share.strata
        points = self._points(strata)
        limits = (float(share.lower) * (1 - 1e-15), float(share.upper) * (1 + 1e-15))
        first = BranchAndBound(self.system, strata, sense, points, self.ranges,
                               share=limits, reference=self._guess(share, sense))  # fmt: skip
        root = first.run(1, None)
        best = self._witness(strata, sense, [root.points[0]], None, root.outer)
        if best is not None and self._apart(root.outer, float(self._variance(strata, best))) <= CLOSE:
            return self._extreme(sense, root.outer, best, strata, 1)
        reference = root.outer if best is None else float(self._variance(strata, best))
        search = BranchAndBound(self.system, strata, sense, points, self.ranges, share=limits,
                                reference=max(reference, float(self._guess(share, sense)) * 1e-4))  # fmt: skip
        found = search.run(nodes, None if best is None else reference, TOLERANCE)
        total = 1 + found.nodes
        outer = self._tighter(sense, root.outer, found.outer)
        best = self._witness(strata, sense, list(found.points[:2]), best, outer)
        if best is not None and self._apart(outer, float(self._variance(strata, best))) > WIDE:
            again = search.run(4 * nodes, float(self._variance(strata, best)), TOLERANCE)
            total += again.nodes
            outer = self._tighter(sense, outer, again.outer)
            best = self._witness(strata, sense, list(again.points[:2]), best, outer)
        return self._extreme(sense, outer, best, strata, total)

    def _quick(self, share: PrintedShare, sense: str) -> Extreme:
        """Bound by the first relaxation alone, and take the best witness that is at hand."""
        strata = share.strata
        limits = (float(share.lower) * (1 - 1e-15), float(share.upper) * (1 + 1e-15))
        points = self._points(strata)
        outer, guess = 1.0 if sense == "max" else 0.0, self._guess(share, sense)
        for _ in range(2):
            search = BranchAndBound(
                self.system, strata, sense, points, self.ranges, share=limits, reference=guess
            )
            outer = self._tighter(sense, outer, search.run(1, None).outer)
            guess = max(outer, guess * 1e-3)
        self.any_witness()
        sign = 1 if sense == "max" else -1
        best = max(self.pool, key=lambda u: (sign * self._variance(strata, u), u), default=None)
        return self._extreme(sense, outer, best, strata, 2)

    def _from_all(self, share: PrintedShare, sense: str) -> Extreme:
        """Look through every table of a small survey."""
        tables = self.everything
        found = None if tables is None else enumerated_end(self.system, share.strata, tables, sense)
        if found is None or tables is None:
            raise ConflictError("no table of counts meets everything that is printed", where=self.system.name)
        return Extreme(found[0], found[0], found[1], "enumeration of all tables", float(len(tables)))

    def _enumerated(self, share: PrintedShare, tuples: IntArray, sense: str) -> Extreme:
        """Enumerate the domain's own counts: the outer bound is exact, the witness must extend to all strata."""
        found = enumerated_extreme(self.system, share, tuples, sense)
        if found is None:
            raise ConflictError("no counts meet what is printed in this domain", where=share.name)
        exact = self._inside(share.strata, found[1])
        # other counts may be better by less than the rounding of the search
        outer = exact * (1 + Fraction(1, 10**11) * (1 if sense == "max" else -1))
        best = self._extended(share.strata, found[1])
        if best is None or self._apart(float(outer), float(self._variance(share.strata, best))) > CLOSE:
            best = self._witness(share.strata, sense, [], best, float(outer))
        inner = None if best is None else self._variance(share.strata, best)
        return Extreme(outer, inner, best, "enumeration of the domain", float(len(tuples)))

    def _small(self, domain: SmallDomain, sense: str) -> Extreme:
        """Bound a domain of few strata exactly but for the pieces of R, then extend its counts to all strata."""
        strata = domain.share.strata
        reference = Fraction(self._guess(domain.share, sense))
        outer, counts, total = Fraction(1 if sense == "max" else 0), None, 0.0
        for pieces in PIECES:
            if pieces > 1 and total >= SMALL_WORK:
                break
            answer = domain.bound(sense, reference, pieces, SMALL_WORK)
            total += answer.work
            outer = min(outer, answer.outer) if sense == "max" else max(outer, answer.outer)
            counts = answer.counts or counts
            if counts is None:
                continue
            reached = self._inside(strata, counts)
            if self._apart(float(outer), float(reached)) <= CLOSE / 2:
                break
            reference = max(reached, reference / 10**4)
        best = None if counts is None else self._extended(strata, counts)
        sign = 1 if sense == "max" else -1
        if best is None or self._apart(float(outer), float(self._variance(strata, best))) > CLOSE:
            best = self._witness(strata, sense, [], best, float(outer))
        elif self.pool:
            best = max([best, *self.pool], key=lambda u: (sign * self._variance(strata, u), u))
        inner = None if best is None else self._variance(strata, best)
        return Extreme(outer, inner, best, f"{cpsat.version()}, pieces of the share", total)

    def _inside(self, strata: Mask, counts: tuple[int, ...]) -> Fraction:
        return self._variance(strata, self._spread(strata, counts))

    def _spread(self, strata: Mask, counts: tuple[int, ...]) -> tuple[int, ...]:
        """Write the counts of a domain's strata (x, then y) among those of all."""
        size, width = self.system.design.size, len(strata)
        full = [0] * (2 * size)
        for k, h in enumerate(strata):
            full[h], full[size + h] = counts[k], counts[width + k]
        return tuple(full)

    def _extended(self, strata: Mask, counts: tuple[int, ...]) -> tuple[int, ...] | None:
        """Find counts of all other strata that go with those of a domain; else counts near them."""
        target = self.witnesses.middle.copy()
        size = self.system.design.size
        spread = self._spread(strata, counts)
        for h in strata:
            target[[h, size + h]] = spread[h], spread[size + h]
        for fixed in (strata, ()):
            found = self.witnesses.near(target, strata, fixed)
            if found is not None and not violated(self.system, found):
                self.pool.append(found)
                return found
        return None

    def _extreme(
        self, sense: str, outer: float, best: tuple[int, ...] | None, strata: Mask, nodes: int
    ) -> Extreme:
        inner = None if best is None else self._variance(strata, best)
        return Extreme(self._consistent(sense, Fraction(outer), inner), inner, best, version(), float(nodes))

    def _witness(
        self, strata: Mask, sense: str, targets: list[FloatArray], best: tuple[int, ...] | None = None,
        outer: float | None = None,
    ) -> tuple[int, ...] | None:  # fmt: skip
        """Look near the targets and among the pool; improve what is found; keep the best."""
        sign = 1 if sense == "max" else -1
        if best is not None and outer is not None and self._apart(outer, float(self._variance(strata, best))) <= CLOSE:
            return best
        for target in targets:
            if best is not None and outer is not None and self._apart(outer, self._best(strata, sign)) <= CLOSE:
                break
            for fixed in self._whole_parts(strata, target):
                found = self.witnesses.near(target, strata, fixed)
                if found is not None and not violated(self.system, found):
                    self.pool.append(found)
                    break
        self.any_witness()
        pool = [*self.pool, *([] if best is None else [best])]
        if not pool:
            return None
        start = max(pool, key=lambda u: (sign * self._variance(strata, u), u))
        if best is not None and start == best:
            return best
        if outer is not None and self._apart(outer, float(self._variance(strata, start))) <= CLOSE:
            return start
        improved = self.witnesses.improve(strata, sense, start, rounds=2)
        self.pool.append(improved)
        return improved

    def _best(self, strata: Mask, sign: int) -> float:
        """Give the best variance in the pool."""
        return float(sign * max(sign * self._variance(strata, u) for u in self.pool)) if self.pool else math.nan

    def _whole_parts(self, strata: Mask, target: FloatArray) -> list[Mask]:
        """First try to keep the domain's strata as they are, where the target is whole there; then not."""
        size = self.system.design.size
        values = target[[*strata, *(size + h for h in strata)]]
        whole = bool(np.abs(values - np.round(values)).max() < 1e-6)
        return [strata, ()] if whole and len(strata) < size else [()]

    def _small_domains(self) -> tuple[dict[int, IntArray], Allowed]:
        pairs: dict[int, IntArray] = {}
        allowed: list[tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]] = []
        for base in self.system.base_shares:
            item = self.system.share(base.domain, base.level)
            tuples = small_domain_tuples(self.system, base, item)
            if tuples is None or item is None:
                continue
            self.tuples[base.domain, base.level] = tuples
            if len(tuples) <= TUPLES:
                allowed.append((base.strata, tuple(tuple(t) for t in tuples.tolist())))
            for h, found in zip(base.strata, stratum_pairs(self.system, item, tuples), strict=True):
                if h not in pairs or len(found) < len(pairs[h]):
                    pairs[h] = found
        return pairs, tuple(allowed)

    def _points(self, strata: Mask) -> dict[int, StratumPoints]:
        population = int(self.system.design.population[list(strata)].sum())
        return {h: stratum_points(self.system, h, population, self.pairs.get(h)) for h in strata}

    def _guess(self, share: PrintedShare, sense: str) -> float:
        """A variance of the right size: simple random sampling among a third of the domain's respondents."""
        centre = max(float(share.centre), 1e-3)
        members = max(1.0, 0.35 * float(self.system.design.respondents[list(share.strata)].sum()))
        return centre * (1 - min(centre, 0.999)) / members * (2.0 if sense == "max" else 0.3)

    def _variance(self, strata: Mask, unknowns: tuple[int, ...]) -> Fraction:
        return exact_variance(self.system, strata, unknowns) or Fraction(0)

    @staticmethod
    def _tighter(sense: str, first: float, second: float) -> float:
        return min(first, second) if sense == "max" else max(first, second)

    @staticmethod
    def _apart(outer: float, inner: float) -> float:
        return abs(outer - inner) / max(outer, 1e-300)

    @staticmethod
    def _consistent(sense: str, outer: Fraction, inner: Fraction | None) -> Fraction:
        """Widen by one rounding unit: the search computed in double precision."""
        wide = Fraction(math.nextafter(float(outer), math.inf if sense == "max" else 0.0))
        if inner is not None and (wide < inner if sense == "max" else wide > inner):
            raise ArithmeticError("a verified witness lies beyond a bound that was taken to be rigorous")
        return wide


def joined(first: Extreme, second: Extreme, sense: str) -> Extreme:
    """Join two answers about one end: the tighter bound and the further witness.

    Parameters
    ----------
    first, second : Extreme
        The answers.
    sense : {"max", "min"}
        Which end.

    Returns
    -------
    Extreme
        Outer bound of the tighter, with its proof; witness of the further.
    """
    sign = 1 if sense == "max" else -1
    outer = min((first, second), key=lambda e: sign * e.outer)
    known = [e for e in (first, second) if e.inner is not None]
    inner = max(known, key=lambda e: sign * (e.inner or 0), default=first)
    return Extreme(outer.outer, inner.inner, inner.witness, outer.proof, first.work + second.work)


def version() -> str:
    """Name the method and its version.

    Returns
    -------
    str
        Lagrangian branch and bound on scipy's HiGHS.
    """
    return f"Lagrangian branch and bound, scipy {metadata.version('scipy')} (HiGHS)"


