"""In how many of the tables that print allows is a claim established?  Grades of verdicts that depend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design
from aibaro.ledger._claim_rules import Claim
from aibaro.ledger._evidence import Evidence, Precision, Tail, tail_by_interval
from aibaro.ledger._families import SHARES, Hypotheses, Member
from aibaro.ledger._inversion import LIMITS, difference_statistic, upper_tail
from aibaro.ledger._unless import Condition
from aibaro.ledger.claims import SUPPORTED, population_at
from aibaro.ledger.comparisons import Comparison, Quantity
from aibaro.ledger.strata_evidence import StrataEvidence
from aibaro.messages import Message
from aibaro.rounding import Interval

Pair = tuple[str, str]
Terms = tuple[tuple[Fraction, str], ...]
# shares by term, their errors, the error of the combination, degrees of freedom; each over all draws
Sums = tuple[FloatArray, list[FloatArray], FloatArray, FloatArray]


@dataclass(frozen=True, slots=True)
class DrawnTables:
    """Tables of counts of several items, drawn together, with the answers that two items share.

    Parameters
    ----------
    design : Design
        The strata.
    counts : mapping of (str, str) to numpy.ndarray of int, shape (draws, H)
        Respondents with the item, by item and base.
    members : mapping of str to numpy.ndarray of int, shape (draws, H)
        Respondents of each base.
    seed : int
        Seed of the answers that items share: who has them is drawn at random among the members.
    """

    design: Design
    counts: Mapping[Pair, IntArray]
    members: Mapping[str, IntArray]
    seed: int = 0
    _shared: dict[frozenset[Pair], IntArray] = field(default_factory=dict, repr=False)
    _masks: dict[tuple[str, str], FloatArray] = field(default_factory=dict, repr=False)

    def shared(self, a: Pair, b: Pair) -> IntArray:
        """Respondents with both items: any two sets of members of these sizes are equally likely."""
        if a == b:
            return self.counts[a]
        key = frozenset((a, b))
        if key not in self._shared:
            first, second = sorted((a, b))
            rng = np.random.default_rng([self.seed, *"@".join((*first, *second)).encode()])
            one, other, y = self.counts[first], self.counts[second], self.members[first[1]]
            self._shared[key] = np.asarray(rng.hypergeometric(one, y - one, other), dtype=np.int64)
        return self._shared[key]

    def has(self, figure: Quantity) -> bool:
        """Tell whether a figure is a share of everybody or of a base in strata, of an item that was drawn."""
        key = figure.key
        known = (key.item, key.base) in self.counts and not key.wave and not key.group and figure.percent
        return known and (not key.domain or key.domain in self.design.variables)

    def strata(self, figure: Quantity) -> FloatArray:
        """1 for the strata of a figure's domain, 0 for others."""
        place = figure.key.domain, figure.key.level
        if place not in self._masks:
            mask = self.design.domain(**{place[0]: place[1]}) if place[0] else self.design.domain()
            self._masks[place] = np.asarray(mask, dtype=float)
        return self._masks[place]

    def shares(self, figure: Quantity) -> FloatArray:
        """The share in every drawn table."""
        weights = self.design.weights * self.strata(figure)
        return np.asarray(
            self.counts[figure.key.item, figure.key.base] @ weights / (self.members[figure.key.base] @ weights)
        )

    def errors(self, terms: Sequence[tuple[float, Quantity]]) -> FloatArray:
        """Standard error of a combination of shares in every drawn table, linearised.

        Notes
        -----
        Σ_h w_h² (1 - f_h) n_h/(n_h - 1) [Q_h - S_h²/n_h], with S_h = Σ_t c_t (x_t - R_t y_t)/Ŷ_t and
        Q_h = Σ_ts c_t c_s (m_ts - R_s x_t - R_t x_s + R_t R_s y)/(Ŷ_t Ŷ_s), m_ts the respondents with both; terms of
        bases that exclude each other have no square in common.
        """
        weights, n = self.design.weights, self.design.respondents
        factor = weights**2 * (1 - self.design.fractions) * n / np.maximum(n - 1, 1)
        parts = []
        for c, figure in terms:
            pair, inside = (figure.key.item, figure.key.base), self.strata(figure)
            y = self.members[pair[1]]
            scale = c / (y @ (weights * inside))
            parts.append((pair, inside, scale[:, None], self.shares(figure)[:, None]))
        sums = sum(k * inside * (self.counts[p] - r * self.members[p[1]]) for p, inside, k, r in parts)
        squares = np.zeros_like(np.asarray(sums, dtype=float))
        for a, in_a, k_a, r_a in parts:
            for b, in_b, k_b, r_b in parts:
                if a[1] != b[1]:
                    continue
                own = self.shared(a, b) - r_b * self.counts[a] - r_a * self.counts[b] + r_a * r_b * self.members[a[1]]
                squares += k_a * k_b * in_a * in_b * own
        variance = (squares - np.asarray(sums) ** 2 / n) @ factor
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))

    def df(self, figure: Quantity) -> FloatArray:
        """Respondents of the base in the domain less the strata they touch, in every drawn table."""
        y = self.members[figure.key.base] * self.strata(figure)
        return np.asarray(y.sum(axis=1) - (y > 0).sum(axis=1), dtype=float)


@dataclass(frozen=True, eq=False)
class _Draws:
    """What all drawn tables have in common, under one choice of the analyst; each thing is computed once."""

    tables: DrawnTables
    others: StrataEvidence
    _sums: dict[Terms, Sums] = field(default_factory=dict)
    _tails: dict[tuple[Terms, Fraction], Tail | None] = field(default_factory=dict)
    _members: dict[str, list[tuple[Member, FloatArray | None]]] = field(default_factory=dict)

    def sums(self, terms: Sequence[tuple[Fraction, Quantity]]) -> Sums:
        """Shares by term, their errors, the combination's error and degrees of freedom, over all draws."""
        key = tuple((factor, figure.fact) for factor, figure in terms)
        if key not in self._sums:
            figures = [figure for _, figure in terms]
            self._sums[key] = (
                np.stack([self.tables.shares(figure) for figure in figures]),
                [self.tables.errors([(1.0, figure)]) for figure in figures],
                self.tables.errors([(float(factor), figure) for factor, figure in terms]),
                np.min([self.tables.df(figure) for figure in figures], axis=0),
            )
        return self._sums[key]

    def tail(self, comparison: Comparison) -> Tail | None:
        """What all tables prove of a comparison whose figures were not drawn."""
        key = tuple((factor, figure.fact) for factor, figure in comparison.terms), comparison.constant
        if key not in self._tails:
            self._tails[key] = self.others.tail(comparison)
        return self._tails[key]

    def members(self, family: str) -> list[tuple[Member, FloatArray | None]]:
        """The members of a declared family, with p values at the drawn tables where both figures were drawn."""
        if family not in self._members:
            self._members[family] = [(member, self._p_values(member)) for member in self.others._tested(family)]
        return self._members[family]

    def _p_values(self, member: Member) -> FloatArray | None:
        """Two-sided p values of a difference, by the method of the choice."""
        figures = [Quantity(fact) for text in member.facts if (fact := self.others.facts.get(text)) is not None]
        if len(figures) < len(member.facts) or not all(self.tables.has(figure) for figure in figures):
            return None
        shares, errors, error, df = self.sums([(Fraction(1), figures[0]), (Fraction(-1), figures[1])])
        method = self.others.choice.interval if self.others.choice.interval in LIMITS else "wald"
        statistic = difference_statistic(method, shares[0], errors[0], shares[1], errors[1], error)
        return 2 * upper_tail(np.abs(statistic), df)


@dataclass(frozen=True, eq=False)
class TableEvidence:
    """What one drawn table proves about the population; of figures that were not drawn, what all tables prove.

    Parameters
    ----------
    draws : _Draws
        The drawn tables, and evidence over all tables.
    place : int
        Which of them.
    choices : mapping of str to _Draws
        The same under the interval methods that may turn a verdict.
    """

    draws: _Draws
    place: int
    choices: Mapping[str, _Draws]

    def tail(self, comparison: Comparison) -> Tail | None:
        """Test a comparison at the counts of the table."""
        tables, method = self.draws.tables, self.draws.others.choice.interval or SHARES
        if not comparison.terms or not all(tables.has(figure) for _, figure in comparison.terms):
            return self.draws.tail(comparison)
        shares, errors, error, df = self.draws.sums(comparison.terms)
        values = [100 * Fraction(float(share)) for share in shares[:, self.place]]
        fixed = tuple(
            (factor, replace(figure, left=Interval(value, value)))
            for (factor, figure), value in zip(comparison.terms, values, strict=True)
        )
        parts = [
            (float(factor), Precision(100 * e[self.place], 100 * e[self.place], float(df[self.place])))
            for (factor, _), e in zip(fixed, errors, strict=True)
        ]
        whole, freedom = 100 * float(error[self.place]), float(df[self.place])
        one = Comparison(fixed, comparison.constant, comparison.strict)
        return tail_by_interval(one, parts, (whole, whole), freedom, method=method, steps=())

    def hypotheses(self) -> Hypotheses:
        """The declared families, with this table's p values where both figures were drawn."""
        declared = self.draws.others.hypotheses()
        return Hypotheses(self.draws.others._families, self._tested, declared._usable)

    def _tested(self, name: str) -> list[Member]:
        """The members of a family; those whose figures were drawn have one p value."""
        return [
            member if p is None else Member(member.family, member.facts, float(p[self.place]), float(p[self.place]))
            for member, p in self.draws.members(name)
        ]

    def remark(self, comparison: Comparison) -> tuple[Message, ...]:
        """Nothing more is known of a drawn table."""
        return ()

    def unless(self, comparisons: Sequence[Comparison], closest: Comparison, verdict: str) -> tuple[Condition, ...]:
        """A drawn table is no answer of the population."""
        return ()

    def variants(self) -> Mapping[str, Evidence]:
        """The interval methods that may turn a verdict."""
        return {name: TableEvidence(draws, self.place, {}) for name, draws in self.choices.items()}


def grades(
    tables: DrawnTables,
    others: StrataEvidence,
    claims: Sequence[Claim],
    only: Collection[str],
    *,
    recomputed: Mapping[str, Interval],
) -> dict[str, Counter[str]]:
    """Judge claims at every drawn table, as they would be judged if its counts were printed.

    Parameters
    ----------
    tables : DrawnTables
        The tables.
    others : StrataEvidence
        Evidence over all tables, for the other members of families.
    claims : sequence of Claim
        All claims of the survey: families count their members.
    only : collection of str
        Ids of the claims to be graded.
    recomputed : mapping of str to Interval
        As for :func:`judge_claims`.

    Returns
    -------
    dict of str to Counter
        By claim, how many tables gave which verdict in the population.
    """
    found: dict[str, Counter[str]] = {name: Counter() for name in only}
    size = next(iter(tables.counts.values())).shape[0]
    known = {name: choice for name, choice in others.variants().items() if name in SUPPORTED}
    draws = _Draws(tables, others)
    # estimates and errors are the same whatever the method
    choices = {
        name: _Draws(tables, choice, draws._sums)
        for name, choice in known.items()
        if isinstance(choice, StrataEvidence)
    }
    places = (TableEvidence(draws, place, choices) for place in range(size))
    for verdicts in population_at(others.facts, claims, places, recomputed=recomputed, only=only):
        for name, verdict in verdicts.items():
            found[name][verdict] += 1
    return found
