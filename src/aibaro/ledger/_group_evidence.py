"""Model-based evidence: shares with a printed or declared number of answers and unpublished weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from math import ceil, inf, sqrt

from aibaro.compare import (
    Comparisons,
    GroupDifference,
    PairedDifference,
    Share,
    SweptDifference,
    compare,
    declared,
    declared_size,
    groups,
    paired,
    swept,
)
from aibaro.compare.declarations import Difference
from aibaro.compare.limits import nearest_corner
from aibaro.estimate.tails import rescaled
from aibaro.facts import Fact, Facts
from aibaro.ledger._evidence import Evidence, Precision, Tail, combined_error, tail_by_interval
from aibaro.ledger._families import METHODS, SHARES, Hypotheses, Member, first_families
from aibaro.ledger._inversion import difference_statistic, upper_tail
from aibaro.ledger._unless import ONE_SIDE, Condition, selection, weighting
from aibaro.ledger.comparisons import RULES, Comparison, Quantity, best
from aibaro.messages import Code, Message, message

Sizes = tuple[int, int]
# the share of a base that answers an item, where the survey says nothing of it
LEAST_RESPONSE = Fraction(4, 5)
# design effects beyond this are not looked for: weights would leave a thousandth of the sample's worth
_MOST_DEFF = 1000.0


@dataclass(frozen=True, slots=True)
class GroupEvidence:
    """Model-based evidence for shares of so many answers, whose weights are not published.

    Parameters
    ----------
    facts : Facts
        The survey's facts.
    deff_low, deff_high : float
        Range of design effects, common to both groups.
    sizes : {"all", "smallest", "largest"}
        Which of the declared sizes are taken where print leaves a group's n out.
    interval : str
        Interval method that decides significance; empty for the default one, as in :class:`Choice`.
    rounding : str
        Rounding rule of print.

    Notes
    -----
    A share p of n answers gets the variance deff · p(1-p)/n.  Of weights nothing is printed, so the verdict has to hold
    over the whole range of design effects; answers that are not weighted have the design effect 1 of a simple random
    sample.  It has to hold over every size that print leaves open, too.
    """

    facts: Facts
    deff_low: float = 1.0
    deff_high: float = 3.0
    sizes: str = "all"
    interval: str = ""
    rounding: str = "half_up"
    _sizes: dict[str, Sizes | None] = field(default_factory=dict, repr=False)
    _compared: dict[str, Comparisons] = field(default_factory=dict, repr=False)

    def tail(self, comparison: Comparison) -> Tail | None:
        """Test a comparison of shares of groups.

        Parameters
        ----------
        comparison : Comparison
            The combination.

        Returns
        -------
        Tail or None
            None when a group's n is neither printed nor declared.
        """
        figures = [figure for _, figure in comparison.terms]
        sizes = [self._size(figure) for figure in figures]
        if any(size is None for size in sizes):
            return None
        parts = [
            (float(c), self._precision(figure, size))
            for (c, figure), size in zip(comparison.terms, sizes, strict=True)
            if size
        ]
        error = self._exclusive(comparison, sizes) or combined_error(parts, self._apart(figures))
        shown = tuple(
            message("ledger.size", n=low) if low == high else message("ledger.sizes", low=low, high=high)
            for low, high in dict.fromkeys(filter(None, sizes))
        )
        deffs = [self._deff(figure) for figure in figures]
        step = message(
            "ledger.group_error",
            sizes=shown,
            deff_low=min(low for low, _ in deffs),
            deff_high=max(high for _, high in deffs),
            low=error[0],
            high=error[1],
        )
        method = self.interval or SHARES
        return tail_by_interval(
            comparison, parts, error, float("inf"), method=method, steps=(step,), rounding=self.rounding
        )

    def _apart(self, figures: list[Quantity]) -> list[list[bool]]:
        """Tell which figures are of different respondents: other groups, or other levels of one variable."""
        return [
            [
                a.key.group != b.key.group or (a.key.domain == b.key.domain and a.key.level != b.key.level)
                for b in figures
            ]
            for a in figures
        ]

    def _exclusive(self, comparison: Comparison, sizes: list[Sizes | None]) -> tuple[float, float] | None:
        """Standard error of answers to one question of one group: deff (Σ c²p - (Σ cp)²)/n, at the worst rounding."""
        figures = [figure for _, figure in comparison.terms]
        places = {figure.key.about(item="") for figure in figures}
        items = {figure.key.item for figure in figures}
        sets = [
            {part.partition("@")[0] for part in relation.parts}
            for relation in self.facts.relations
            if relation.kind == "exhaustive"
        ]
        if len(figures) < 2 or len(places) > 1 or len(set(sizes)) > 1 or not any(items <= members for members in sets):
            return None
        smallest, largest = sizes[0] or (1, 1)
        corners = []
        for ends in product(*((band.lower, band.upper) for band in (f.band(self.rounding) for f in figures))):
            shares = [min(max(float(end) / 100, 0.0), 1.0) for end in ends]
            factors = [float(c) for c, _ in comparison.terms]
            squares = sum(c * c * p for c, p in zip(factors, shares, strict=True))
            mean = sum(c * p for c, p in zip(factors, shares, strict=True))
            corners.append(max(0.0, squares - mean * mean))
        low, high = self._deff(figures[0])
        return 100 * sqrt(low * min(corners) / largest), 100 * sqrt(high * max(corners) / smallest)

    def _size(self, figure: Quantity) -> Sizes | None:
        if not figure.percent or figure.key.wave or not modelled(self.facts, figure.source):
            return None
        if figure.fact not in self._sizes:
            self._sizes[figure.fact] = printed_sizes(self.facts, figure.source) or declared_size(
                self.facts.survey, figure.fact
            )
        return self._taken(self._sizes[figure.fact])

    def _deff(self, figure: Quantity) -> tuple[float, float]:
        """Design effects of a figure: none where answers are not weighted."""
        return (1.0, 1.0) if _weighting(self.facts, figure.source) == "none" else (self.deff_low, self.deff_high)

    def _taken(self, sizes: Sizes | None) -> Sizes | None:
        if sizes is None or not sizes[1]:  # nobody answered, so that nothing is known of others
            return None
        if self.sizes == "all":
            return sizes
        end = sizes[0] if self.sizes == "smallest" else sizes[1]
        return end, end

    def _precision(self, figure: Quantity, sizes: Sizes) -> Precision:
        low, high = self._deff(figure)
        # a simple random sample has the variance p(1-p)/(n-1); a range of design effects covers the difference
        least = max(sizes[0] - (_weighting(self.facts, figure.source) == "none"), 1)
        band = figure.band(self.rounding)
        ends = [min(max(float(p) / 100, 0.0), 1.0) for p in (band.lower, band.upper)]
        spread = [p * (1 - p) for p in ends]
        widest = 0.25 if ends[0] <= 0.5 <= ends[1] else max(spread)
        return Precision(
            100 * sqrt(low * min(spread) / sizes[1]),
            100 * sqrt(high * widest / least),
            float("inf"),
        )

    def limits(self, fact: Fact, conf_level: float = 0.95) -> tuple[float, float] | None:
        """Return confidence limits of a share over all sizes, design effects and values that print leaves open.

        Parameters
        ----------
        fact : Fact
            A share in percent.
        conf_level : float
            Confidence level.

        Returns
        -------
        tuple of float or None
            Lowest lower and highest upper limit of the logit interval, between 0 and 1; None where the number of
            answers or their weighting is not known, and for what is no share.
        """
        from aibaro.reconstruct import conservative_limits

        figure = Quantity(fact)
        sizes = self._size(figure)
        if sizes is None or sizes[0] < 2:
            return None
        band = figure.band(self.rounding)
        if band.empty or band.lower > 100 or band.upper < 0:
            return None
        error = self._precision(figure, sizes)
        return conservative_limits(
            (max(float(band.lower) / 100, 0.0), min(float(band.upper) / 100, 1.0)),
            (error.lower / 100, error.upper / 100),
            (sizes[0] - 1, sizes[1] - 1),
            sizes,
            kish=sizes[0] / self._deff(figure)[1],
            conf_level=conf_level,
        )

    def unless(self, comparisons: Sequence[Comparison], closest: Comparison, verdict: str) -> tuple[Condition, ...]:
        """Say what would have to be true for a claim to be false.

        Parameters
        ----------
        comparisons : sequence of Comparison
            The claim's comparisons.
        closest : Comparison
            The one that uneven taking part turns first.
        verdict : str
            Its verdict in the population.

        Returns
        -------
        tuple of Condition
            The design effect at which chance may explain what is established; how unevenly people must have taken
            part, as a ratio, a data defect correlation and at worst.
        """
        sizes = [size[0] for _, figure in closest.terms if (size := self._size(figure)) is not None]
        drawn = self.facts.sampling == "probability"
        found = selection(closest, sizes if len(sizes) == len(closest.terms) and not drawn else ())
        return (
            (weighting(self._breakdown([closest] if verdict == "refuted" else comparisons)), *found)
            if verdict in {"established", "refuted"}
            else found
        )

    def _breakdown(self, comparisons: Sequence[Comparison]) -> float:
        """Largest design effect at which every comparison, by itself, is more than chance."""

        def weakest(deff: float) -> float:
            worst = replace(self, deff_low=deff, deff_high=deff)
            return max((tail.high for c in comparisons if (tail := worst.tail(c)) is not None), default=1.0)

        low, high = 1.0, _MOST_DEFF
        if weakest(high) <= ONE_SIDE:
            return inf
        while high - low > 0.01:
            middle = (low + high) / 2
            low, high = (middle, high) if weakest(middle) <= ONE_SIDE else (low, middle)
        return low

    def hypotheses(self) -> Hypotheses:
        """Return the declared comparisons of the survey, corrected within their families.

        Returns
        -------
        mapping of frozenset of str to Corrected
            Empty where the survey declares none.
        """
        families: dict[str, list[tuple[str, str]]] = {}
        for row in declared(self.facts.survey):
            families.setdefault(row["family"], []).append((row["fact_a"], row["fact_b"]))
        return Hypotheses(first_families(families), self._tested)

    def _tested(self, name: str) -> list[Member]:
        """Test the members of a family under this choice."""
        if "main" not in self._compared:
            self._compared["main"] = compare(self.facts.survey)
        return [
            Member(row.family, (row.fact_a, row.fact_b), *self._p_values(row.difference, (row.fact_a, row.fact_b)))
            for row in self._compared["main"].rows
            if row.family == name
        ]

    def _p_values(self, difference: Difference, facts: tuple[str, str]) -> tuple[float, float]:
        """Return the largest and the smallest p value under the choices of this evidence."""
        if self.rounding != self.facts.rounding:
            difference = _again(
                difference,
                *(self._share(fact, old) for fact, old in zip(facts, (difference.a, difference.b), strict=True)),
            )
        if isinstance(difference, PairedDifference):
            low, high = difference.n
            wide, narrow = {"all": (1.0, 1.0), "smallest": (1.0, high / low), "largest": (low / high, 1.0)}[self.sizes]
            return (
                float(rescaled(difference.p_value, self.deff_high * wide)),
                float(rescaled(difference.p_value_low, self.deff_low * narrow)),
            )
        usual = self.interval in {"", "wald", "beta"}
        if usual and (self.sizes == "all" or isinstance(difference, GroupDifference)):
            ends = (difference.p_value, self.deff_high), (difference.p_value_low, self.deff_low)
            worst, best = (float(rescaled(p_value, factor)) for p_value, factor in ends)
            return worst, best
        return self._independent(difference)

    def _share(self, fact: str, old: Share) -> Share:
        figure = best(self.facts, fact)
        return old if figure is None or not figure.precise else figure.share(self.rounding)

    def _independent(self, difference: GroupDifference | SweptDifference) -> tuple[float, float]:
        """Invert the interval of two independent shares over the corners of rounding, sizes and design effects."""
        worst, best = list[float](), list[float]()
        facing = nearest_corner(difference.a.box, difference.b.box)
        (a_low, a_high), (b_low, b_high) = difference.a.box, difference.b.box
        opposite = (a_low, b_high) if b_high - a_low > a_high - b_low else (a_high, b_low)
        for sizes in self._pairs(difference):
            for deff, corner, kept in ((self.deff_high, facing, worst), (self.deff_low, opposite, best)):
                errors = [sqrt(deff * p * (1 - p) / n) for p, n in zip(corner, sizes, strict=True)]
                statistic = difference_statistic(
                    self.interval or "wald",
                    corner[0],
                    errors[0],
                    corner[1],
                    errors[1],
                    sqrt(errors[0] ** 2 + errors[1] ** 2),
                )
                kept.append(abs(float(statistic)))
        nearest = 0.0 if difference.sign == 0 else min(worst)
        return 2 * float(upper_tail(nearest)), 2 * float(upper_tail(max(best)))

    def _pairs(self, difference: GroupDifference | SweptDifference) -> Iterator[Sizes]:
        if isinstance(difference, GroupDifference):
            yield difference.n_a, difference.n_b
            return
        (a_low, a_high), (b_low, b_high) = difference.n_a, difference.n_b
        # parts that exhaust a base of known size: one is largest where the other is smallest
        ends = [(a_low, b_high), (a_high, b_low)] if difference.total else [(a_low, b_low), (a_high, b_high)]
        if self.sizes != "largest":
            yield ends[0]
        if self.sizes != "smallest":
            yield ends[1]

    def remark(self, comparison: Comparison) -> tuple[Message, ...]:
        """Say what keeps a statement from being tested.

        Parameters
        ----------
        comparison : Comparison
            The statement.

        Returns
        -------
        tuple of Message
            The facts whose n is neither printed nor declared, that another wave shares respondents with, or whose
            weighting is not declared.
        """
        causes: dict[str, list[Code]] = {}
        for _, figure in comparison.terms:
            if self._size(figure) is None:
                causes.setdefault(self._untested(figure), []).append(Code(figure.fact))
        return tuple(message(f"ledger.{cause}", facts=tuple(facts)) for cause, facts in causes.items())

    def _untested(self, figure: Quantity) -> str:
        if not figure.percent or printed_sizes(self.facts, figure.source) is None:
            return "no_size"
        if figure.key.wave:
            return "no_overlap"
        return "no_size" if modelled(self.facts, figure.source) else "no_weighting"

    def variants(self) -> Mapping[str, Evidence]:
        """Return the evidence under single choices.

        Returns
        -------
        mapping of str to Evidence
            Design effects 1, 1.5, 2 and 3, interval methods, rounding rules, smallest and largest declared sizes.
        """
        found = {f"design effect {d:g}": replace(self, deff_low=d, deff_high=d) for d in (1.0, 1.5, 2.0, 3.0)}
        found |= {f"interval {name}": replace(self, interval=name) for name in METHODS}
        found |= {f"rounding {rule}": replace(self, rounding=rule) for rule in RULES if rule != self.facts.rounding}
        return found | {f"{end} declared sizes": replace(self, sizes=end) for end in ("smallest", "largest")}


def _weighting(facts: Facts, fact: Fact) -> str:
    """How answers behind a figure were weighted: what is printed for it goes first."""
    if fact.weighted == "no":
        return "none"
    kind = facts.weighting(fact).kind
    return "margins" if fact.weighted == "yes" and kind == "none" else kind


def modelled(facts: Facts, fact: Fact) -> bool:
    """Tell whether enough is said of the weighting of a figure for a range of design effects to hold."""
    return fact.weighted == "yes" or _weighting(facts, fact) != "unknown"


def printed_sizes(facts: Facts, fact: Fact) -> Sizes | None:
    """Return the fewest and the most answers that a share can rest on, from what is printed of its base.

    Notes
    -----
    A base beside the number is the number of answers.  Of the size of a base up to a fifth may not have answered the
    item, unless the survey says that all did, or that answers were imputed.
    """
    if fact.best.base_n is not None:
        return fact.best.base_n, fact.best.base_n
    key = fact.key
    size = facts.size(f"{key.base}.{key.group}") if key.group and not key.domain else None
    size = size or facts.size(key.base, key.domain, key.level, group=key.group)
    if size is None or size.value is None or size.value < 1 or size.weighted == "yes":
        return None
    n = int(size.value)
    return (n if facts.survey.item_nonresponse.kind in {"none", "imputed"} else ceil(n * LEAST_RESPONSE)), n


def _again(difference: Difference, a: Share, b: Share) -> Difference:
    """Compare other shares of the same groups."""
    if isinstance(difference, GroupDifference):
        return groups(a, difference.n_a, b, difference.n_b)
    if isinstance(difference, PairedDifference):
        return paired(a, b, n=difference.n, joint=difference.joint)
    return swept(a, difference.n_a, b, difference.n_b, total=difference.total)
