"""Bounds of the variance of a share among a base: relaxation from outside, witnesses from inside."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from importlib import metadata

import numpy as np

from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import ConflictError
from aibaro.reconstruct import cpsat
from aibaro.reconstruct._centre import centre
from aibaro.reconstruct._dual import possible_pairs
from aibaro.reconstruct._relaxation import (
    PruneAndBound,
    StratumPoints,
    Try,
    enumerated_extreme,
    pair_limits,
    small_domain_tuples,
    stratum_pairs,
    stratum_points,
)
from aibaro.reconstruct._small import LARGEST, SmallDomain, all_tables, enumerated_end
from aibaro.reconstruct._witnesses import Allowed, Completion, WitnessSearch
from aibaro.reconstruct.items import ItemSystem, Mask, PrintedShare
from aibaro.reconstruct.program import violated
from aibaro.reconstruct.variance import Extreme, exact_variance

# tuples of a small domain are handed to the witness search up to this many
TUPLES = 400
# distances of bound and best witness, as a share of the variance, that a search aims at in turn: the last makes a
# bound ``outer``, the first is worth a short search
AIMS = (1.0e-2, 3.6e-2)
CLOSE = 3.8e-2
# share of the relaxations that the closer aim may take, and points of it that are made whole
SHORT, ATTEMPTS = 0.2, 2
# pieces of the share that small domains are tried with, their work, and the rounds in which other domains object
PIECES = (1, 3)
SMALL_WORK = 2.0
OBJECTIONS = 4


class BaseSearch:
    """Everything that the rows of one system among a base share: ranges, pairs, and a pool of witnesses.

    Parameters
    ----------
    system : ItemSystem
        The statements.
    solver : {"auto", "cpsat", "highs"}
        Solver that improves witnesses.
    start : {"possible pairs", "every pair"}
        Whether pairs that linear duality excludes are dropped before a search: bounds get tighter, and the search
        takes another way.
    """

    def __init__(self, system: ItemSystem, solver: str = "auto", start: str = "possible pairs") -> None:
        self.system = system
        self.tables = solver in {"auto", "cpsat"} and cpsat.available()
        size = system.design.size
        limits = system.design.respondents
        self.ranges = np.column_stack([np.zeros(2 * size, dtype=np.int64), np.tile(limits, 2)])
        self.everything = all_tables(system)
        self.tuples: dict[tuple[str, str], IntArray] = {}
        self.listed, allowed = self._small_domains()
        self._narrow(self.listed)
        self.tightened = start == "every pair"
        fitted = centre(system)
        middle = np.clip(np.concatenate([fitted.x, fitted.y]), self.ranges[:, 0], self.ranges[:, 1])
        # a fixed small disturbance, so that a second attempt does not repeat the first
        nudge = np.sqrt(middle + 1) * np.cos(1.0 + np.arange(2 * size)) * 0.6
        self.witnesses = WitnessSearch(system, self.ranges, allowed, solver, middle, nudge)
        self.completion = Completion(system, self.ranges, middle, tuples=self.tuples, solver=solver)
        self.pool: list[tuple[int, ...]] = []

    def _narrow(self, pairs: Mapping[int, IntArray]) -> None:
        """Take over the pairs that are possible; everything that searches reads the same ranges."""
        self.pairs = pairs
        if not all(len(own) for own in pairs.values()):
            raise ConflictError(
                "no table of counts meets everything that is printed",
                where=self.system.name,
                hint="'aibaro check' names the figures that conflict",
            )
        for h, own in pairs.items():
            xl, xu, yl, yu = pair_limits(own)
            self.ranges[h], self.ranges[self.system.design.size + h] = (xl, xu), (yl, yu)

    def any_witness(self) -> tuple[int, ...] | None:
        """Find any consistent counts, beginning at the model-based centre."""
        if not self.pool:
            found = self.witnesses.near(self.witnesses.middle, (), attempts=8)
            if found is not None and not violated(self.system, found):
                self.pool.append(found)
        return self.pool[0] if self.pool else None

    def extreme(self, share: PrintedShare, sense: str, nodes: int) -> Extreme:
        """Bound the variance in one domain."""
        if self.everything is not None:
            return self._from_all(share, sense)
        if nodes <= 1:
            return self._quick(share, sense)
        tuples = self.tuples.get((share.domain, share.level))
        if tuples is not None and len(tuples):
            return self._enumerated(share, tuples, sense)
        if not self.tightened:
            self._narrow(possible_pairs(self.system, self.listed))
            self.tightened = True
        base = next((b for b in self.system.base_shares if (b.domain, b.level) == (share.domain, share.level)), None)
        if base is None or len(share.strata) > LARGEST or base.lower <= 0 or not self.tables:
            return self._searched(share, sense, nodes)
        domain = SmallDomain(self.system, share, base, self.ranges, self.listed)
        # whole counts matter most for a minimum, which lies where strata are nearly empty or full
        first = self._small(domain, sense) if sense == "min" else self._searched(share, sense, nodes)
        if first.inner is not None and self._apart(float(first.outer), float(first.inner)) <= CLOSE:
            return first
        second = self._searched(share, sense, nodes) if sense == "min" else self._small(domain, sense)
        return joined(first, second, sense)

    def _searched(self, share: PrintedShare, sense: str, nodes: int) -> Extreme:
        """Bound by branch and bound over all statements; a close aim first, which often costs next to nothing."""
        strata = share.strata
        search = self._search(share, sense)
        sign = 1.0 if sense == "max" else -1.0
        self.any_witness()
        guess = self._guess(share, sense)
        outer, total = 1.0 if sense == "max" else 0.0, 0
        for aim in AIMS:
            best = self._furthest(strata, sense)
            reached = guess if best is None else float(self._variance(strata, best))
            if reached <= 0 and sense == "min":
                # no variance at all: nothing can be smaller
                return Extreme(Fraction(0), Fraction(0), best, version(), float(total))
            last = aim == AIMS[-1]
            found = search.run(
                (reached or guess) * (1 + sign * aim),
                nodes if last else max(2, int(SHORT * nodes)),
                self._attempt(share, sense, search, aim) if last else None,
                ATTEMPTS,
            )
            total += found.nodes
            outer = self._tighter(sense, outer, found.outer)
            best = self._furthest(strata, sense)
            if best is not None and self._apart(outer, float(self._variance(strata, best))) <= CLOSE:
                break
        return self._extreme(sense, outer, self._furthest(strata, sense), strata, total)

    def _search(self, share: PrintedShare, sense: str) -> PruneAndBound:
        limits = (float(share.lower) * (1 - 1e-15), float(share.upper) * (1 + 1e-15))
        return PruneAndBound(self.system, share.strata, sense, self._points(share.strata), self.ranges, share=limits)

    def _attempt(self, share: PrintedShare, sense: str, search: PruneAndBound, aim: float) -> Try:
        """Make a point of the search whole; tell which variance it allows to aim at."""
        sign = 1.0 if sense == "max" else -1.0

        def attempt(point: FloatArray) -> float | None:
            found = self._rounded(point, share, sense, search.value)
            if found is None:
                return None
            return float(self._variance(share.strata, found)) * (1 + sign * aim)

        return attempt

    def _rounded(self, point: FloatArray, share: PrintedShare, sense: str, variance: float) -> tuple[int, ...] | None:
        """A largest variance lies among middling counts, which are easily made whole; a smallest one at the edge."""
        if sense == "min" and len(share.strata) <= LARGEST:
            return self._completed(point, share, sense, variance)
        found = self.witnesses.near(point, share.strata, ())
        if found is None or violated(self.system, found):
            return None
        self.pool.append(found)
        return found

    def _completed(self, point: FloatArray, share: PrintedShare, sense: str, variance: float) -> tuple[int, ...] | None:
        found = self.completion.near(point, share.strata, sense, share=float(share.centre), variance=variance)
        if found is not None:
            self.pool.append(found)
        return found

    def _furthest(self, strata: Mask, sense: str) -> tuple[int, ...] | None:
        sign = 1 if sense == "max" else -1
        return max(self.pool, key=lambda u: (sign * self._variance(strata, u), u), default=None)

    def _quick(self, share: PrintedShare, sense: str) -> Extreme:
        """Bound by few relaxations, and take the best witness that is at hand."""
        strata = share.strata
        search = self._search(share, sense)
        self.any_witness()
        best = self._furthest(strata, sense)
        reached = self._guess(share, sense) if best is None else float(self._variance(strata, best))
        found = search.run(max(reached, self._guess(share, sense) * 1e-3), 2)
        return self._extreme(sense, found.outer, best, strata, found.nodes)

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
        best = self._furthest(share.strata, sense)
        if best is None or self._variance(share.strata, best) != exact:
            self._extended(share, sense, found[1], exact)
            best = self._furthest(share.strata, sense)
        inner = None if best is None else self._variance(share.strata, best)
        return Extreme(outer, inner, best, "enumeration of the domain", float(len(tuples)))

    def _small(self, domain: SmallDomain, sense: str) -> Extreme:
        """Bound a domain of few strata exactly but for the pieces of R; the other domains object by cuts."""
        strata = domain.share.strata
        self.any_witness()
        best = self._furthest(strata, sense)
        reference = Fraction(self._guess(domain.share, sense)) if best is None else self._variance(strata, best)
        reference = max(reference, Fraction(self._guess(domain.share, sense)) / 10**4)
        outer, total, pieces = Fraction(1 if sense == "max" else 0), 0.0, PIECES[0]
        for _ in range(OBJECTIONS):
            answer = domain.bound(sense, reference, pieces, SMALL_WORK)
            total += answer.work
            outer = min(outer, answer.outer) if sense == "max" else max(outer, answer.outer)
            if answer.counts is None or (best is not None and self._near(outer, strata, best)):
                break
            cut = domain.cut(answer.counts)
            if cut is not None:
                domain = replace(domain, cuts=(*domain.cuts, cut))
                continue
            self._extended(domain.share, sense, answer.counts, reference)
            best = self._furthest(strata, sense)
            settled = best is not None and self._near(outer, strata, best)
            if settled or pieces == PIECES[1] or answer.work >= SMALL_WORK:
                break
            pieces, reference = PIECES[1], max(self._inside(strata, answer.counts), reference / 10**4)
        if best is not None and not self._near(outer, strata, best):
            self.pool.append(self.witnesses.improve(strata, sense, best, rounds=2))
            best = self._furthest(strata, sense)
        inner = None if best is None else self._variance(strata, best)
        return Extreme(outer, inner, best, f"{cpsat.version()}, pieces of the share", total)

    def _near(self, outer: Fraction, strata: Mask, best: tuple[int, ...]) -> bool:
        return self._apart(float(outer), float(self._variance(strata, best))) <= CLOSE

    def _inside(self, strata: Mask, counts: tuple[int, ...]) -> Fraction:
        return self._variance(strata, self._spread(strata, counts))

    def _spread(self, strata: Mask, counts: tuple[int, ...]) -> tuple[int, ...]:
        """Write the counts of a domain's strata (x, then y) among those of all."""
        size, width = self.system.design.size, len(strata)
        full = [0] * (2 * size)
        for k, h in enumerate(strata):
            full[h], full[size + h] = counts[k], counts[width + k]
        return tuple(full)

    def _extended(
        self, share: PrintedShare, sense: str, counts: tuple[int, ...], variance: Fraction
    ) -> tuple[int, ...] | None:
        """Find counts of all other strata that go with those of a domain; else counts near them."""
        strata, size = share.strata, self.system.design.size
        spread = self._spread(strata, counts)
        point = np.array(spread, dtype=float)
        exact = self._inside(strata, counts)
        target = self.witnesses.middle.copy()
        for h in strata:
            target[[h, size + h]] = spread[h], spread[size + h]
        for fixed in (strata, ()):
            found = self.witnesses.near(target, strata, fixed)
            if found is not None and not violated(self.system, found):
                self.pool.append(found)
                if self._near(exact, strata, found):
                    return found
        return self._completed(point, share, sense, max(float(exact), float(variance) * 1e-3, 1e-12))

    def _extreme(self, sense: str, outer: float, best: tuple[int, ...] | None, strata: Mask, nodes: int) -> Extreme:
        inner = None if best is None else self._variance(strata, best)
        return Extreme(self._consistent(sense, Fraction(outer), inner), inner, best, version(), float(nodes))

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
    """Join two answers about one end: the tighter bound and the further witness."""
    sign = 1 if sense == "max" else -1
    outer = min((first, second), key=lambda e: sign * e.outer)
    known = [e for e in (first, second) if e.inner is not None]
    inner = max(known, key=lambda e: sign * (e.inner or 0), default=first)
    return Extreme(outer.outer, inner.inner, inner.witness, outer.proof, first.work + second.work)


def version() -> str:
    """Name the method and its version."""
    return f"Lagrangian branch and bound, scipy {metadata.version('scipy')} (HiGHS)"
