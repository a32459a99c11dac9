"""Design-based evidence: standard errors over every table of stratum counts that the printed figures allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import ceil, inf, isnan, sqrt

from aibaro.compare import DomainShare, difference_se, domain_shares, paired_se_bounds, se_bounds, wave_change
from aibaro.compare.declarations import table_families
from aibaro.compare.domain_precision import WHOLE, Mask, largest_base_se, satterthwaite_df, without_correction
from aibaro.compare.survey_differences import printed_by
from aibaro.compare.waves import CORRELATIONS
from aibaro.design import Design
from aibaro.errors import ConflictError, InputError
from aibaro.facts import Facts, Key
from aibaro.ledger._evidence import (
    Evidence,
    Precision,
    Tail,
    combined_error,
    narrower,
    read_precision,
    tail_by_interval,
)
from aibaro.ledger._families import (
    METHODS,
    SHARES,
    Choice,
    Hypotheses,
    Member,
    TableMember,
    first_families,
    members_under,
    table_members,
    table_pairs,
)
from aibaro.ledger._group_evidence import GroupEvidence, modelled, printed_sizes
from aibaro.ledger._unless import Condition, imputation, nonresponse, participation, response_of, worst_case
from aibaro.ledger.comparisons import RULES, Comparison, Quantity, share_of, share_of_base
from aibaro.messages import Code, Message, message
from aibaro.published.schema import WHOLE_BASE
from aibaro.sensitivity import largest_fpc_ratio

# points below which a standard error is shown as none
_VISIBLE = 0.005
# another wave of the survey, whose size is not printed
_UNKNOWN = Precision(0.0, inf, inf)


# cached_property keeps the design in the instance's dictionary, so this class has no slots
@dataclass(frozen=True, eq=False)
class StrataEvidence:
    """Bounds on standard errors over all stratum counts that the printed figures allow.

    Parameters
    ----------
    facts : Facts
        Facts of a survey with strata.
    shipped : mapping of Key to Precision
        Bounds by fact that ship with the survey; they narrow or replace those of the margins.
    choice : Choice
        Degrees of freedom, correction, tables, interval method and rounding rule.

    Notes
    -----
    Figures of all respondents are bounded by their own printed margins, or by what ships; figures of a base by a
    linear programme over the printed shares of the base.  Differences in disjoint strata add variances; nested or
    crossing domains and pairs of items are bounded by the rules of :mod:`aibaro.compare`; anything else by
    Cauchy-Schwarz.  Every interval is outer, so that no verdict rests on an invented table.
    """

    facts: Facts
    shipped: Mapping[Key, Precision] = field(default_factory=dict)
    choice: Choice = field(default_factory=Choice)
    _known: dict[str, Precision | None] = field(default_factory=dict, repr=False)
    _domains: dict[str, dict[tuple[str, str], DomainShare]] = field(default_factory=dict, repr=False)
    _pairs: dict[tuple[str, str], tuple[float, float] | None] = field(default_factory=dict, repr=False)
    _masks: dict[tuple[str, str], Mask | None] = field(default_factory=dict, repr=False)
    _families: dict[frozenset[str], str] = field(default_factory=dict, repr=False)
    _members: dict[tuple[str, str], tuple[TableMember, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def design(self) -> Design:
        """The strata."""
        return Design.from_strata(self.facts.survey.strata)

    def precision(self, figure: Quantity) -> Precision | None:
        """Bound the standard error of a figure.

        Parameters
        ----------
        figure : Quantity
            A percentage of the survey's own wave.

        Returns
        -------
        Precision or None
            In points of percent; None where print gives no hold on it.
        """
        if figure.fact not in self._known:
            found = self._margin_precision(figure)
            known = self.shipped.get(figure.key)
            self._known[figure.fact] = narrower(found, known)
        known = self._known[figure.fact]
        if known is None:
            return _UNKNOWN if self._earlier(figure) else None
        low, high = self.choice.ends(known.lower, known.upper)
        return Precision(low, high, self._df(figure, known.df))

    def _earlier(self, figure: Quantity) -> bool:
        """Tell whether a figure is of another wave, of which nothing but the figure is printed."""
        return bool(figure.key.wave) and figure.percent

    def _df(self, figure: Quantity, design: float) -> float:
        if self.choice.df == "normal":
            return inf
        strata = self._mask(figure.key)
        if self.choice.df == "design" or strata is None or figure.key.base != WHOLE_BASE:
            return design
        return satterthwaite_df(self.design, strata, figure.share(), self.choice.fpc)

    def _mask(self, key: Key) -> Mask | None:
        place = key.domain, key.level
        if place not in self._masks:
            known = not key.domain or key.domain in self.design.variables
            levels = {key.domain: key.level} if key.domain else {}
            self._masks[place] = self.design.domain(**levels) if known else None
        return self._masks[place]

    def _margin_precision(self, figure: Quantity) -> Precision | None:
        key, strata = figure.key, self._mask(figure.key)
        # what does not say that it is unweighted is taken as weighted: a table of strata is there to weight with
        usable = figure.percent and figure.source.weighted != "no" and not key.wave and not key.group
        usable = usable and figure.source.best.kind != "threshold"
        if strata is None or not usable:
            return None
        df = float(self.design.respondents[strata].sum() - strata.sum())
        if key.base == WHOLE_BASE:
            own = self._domain_share(key)
            low, high = (
                (own.se_lower, own.se_upper) if own else se_bounds(self.design, strata, figure.share(), self.choice.fpc)
            )
            return Precision(100 * low, 100 * high, df)
        return self._base_precision(figure, df) if not key.domain else None

    def _domain_share(self, key: Key) -> DomainShare | None:
        """Bounds of an item that is printed by domain, all margins joined."""
        return self._shares(key.item).get((key.domain, key.level) if key.domain else WHOLE)

    def _shares(self, item: str) -> dict[tuple[str, str], DomainShare]:
        if item not in self._domains:
            printed = any(f.key.item == item and f.key.domain for f in self.facts)
            try:
                rows = domain_shares(self.facts.survey, item, fpc=self.choice.fpc) if printed else ()
            except (ConflictError, InputError):
                rows = ()  # not every level is printed as a share: the figure's own margin has to do
            self._domains[item] = {(row.domain, row.level): row for row in rows}
        return self._domains[item]

    def _base_precision(self, figure: Quantity, df: float) -> Precision | None:
        base = figure.key.base
        known = self.facts.bases.get(base)
        if known is None or known.share is None or known.share[0].base != WHOLE_BASE:
            return None
        places = [("", ""), *((v, level) for v in self.design.variables for level in self.facts.margin(v))]
        parts = []
        for domain, level in places:
            place = figure.key.about(domain=domain, level=level)
            share, strata = share_of_base(self.facts, base, place), self._mask(place)
            if share is not None and strata is not None:
                parts.append((strata, share_of(share)))
        if not any(strata.all() for strata, _ in parts):
            return None
        size = self.facts.size(base)
        n = int(size.value) if size is not None and size.value is not None else None
        try:
            high = largest_base_se(self.design, figure.share(), parts, n, self.choice.fpc)
        except (ConflictError, InputError):
            return None  # the printed shares of the base exclude each other: the numbers' verdicts say so
        return Precision(0.0, 100 * high, df)

    def tail(self, comparison: Comparison) -> Tail | None:
        """Test a comparison of figures whose standard errors are bounded.

        Parameters
        ----------
        comparison : Comparison
            The combination.

        Returns
        -------
        Tail or None
            None when a figure has no bound (another wave, a part of the sample without bounds).
        """
        found = [(float(c), self.precision(figure)) for c, figure in comparison.terms]
        parts = [(c, p) for c, p in found if p is not None]
        if len(parts) < len(found):
            return None
        figures = [figure for _, figure in comparison.terms]
        error = self._error(comparison, figures, parts)
        df = min(p.df for _, p in parts)
        if self.choice.df == "satterthwaite":
            df = self._combined_df(figures, parts, df)
        if error[1] == inf:
            steps = (message("ledger.earlier_unknown", correlation=max(CORRELATIONS)),)
        else:
            steps = (_error_step(*error),)
        most = min(self._most_df(figure, p.df) for figure, (_, p) in zip(figures, parts, strict=True))
        return tail_by_interval(
            comparison,
            parts,
            error,
            df,
            method=self.choice.interval or SHARES,
            steps=steps,
            rounding=self.choice.rounding,
            df_most=max(df, most),
        )

    def _most_df(self, figure: Quantity, least: float) -> float:
        """Largest degrees of freedom: of a part of the respondents nobody knows which strata are empty."""
        strata = self._mask(figure.key)
        if self.choice.df != "design" or figure.key.base == WHOLE_BASE or strata is None:
            return least
        return max(least, float((self.design.respondents - 1)[strata].sum()))

    def _error(
        self, comparison: Comparison, figures: list[Quantity], parts: list[tuple[float, Precision]]
    ) -> tuple[float, float]:
        if any(p.upper == inf for _, p in parts):
            # whatever the earlier standard error, a correlation of at most r leaves this much of the later one
            own = [abs(c) * p.lower for c, p in parts if p.upper < inf]
            least = sqrt(1 - max(CORRELATIONS) ** 2) * max(own, default=0.0) if len(parts) == 2 else 0.0
            return least, inf
        error = combined_error(parts, [[self._disjoint(a, b) for b in figures] for a in figures])
        closer = self._pair(comparison)
        if closer is not None:
            error = max(error[0], closer[0]), min(error[1], closer[1])
        return self.choice.ends(*error)

    def _combined_df(self, figures: list[Quantity], parts: list[tuple[float, Precision]], least: float) -> float:
        """Satterthwaite's degrees of freedom of disjoint parts; the smallest one otherwise."""
        apart = all(self._disjoint(a, b) for i, a in enumerate(figures) for b in figures[:i])
        variances = [(c * p.upper) ** 2 for c, p in parts]
        if len(parts) < 2 or not apart or not all(variances) or any(p.df == inf for _, p in parts):
            return least
        return sum(variances) ** 2 / sum(v**2 / p.df for v, (_, p) in zip(variances, parts, strict=True))

    def _disjoint(self, a: Quantity, b: Quantity) -> bool:
        same = a.key.domain == b.key.domain and a.key.domain in self.facts.variables
        return same and a.key.level != b.key.level

    def _pair(self, comparison: Comparison) -> tuple[float, float] | None:
        """Closer bounds for the difference of two figures of all respondents."""
        if len(comparison.terms) != 2 or {c for c, _ in comparison.terms} != {Fraction(1), Fraction(-1)}:
            return None
        (_, a), (_, b) = comparison.terms
        names = a.fact, b.fact
        if names not in self._pairs:
            self._pairs[names] = self._pair_error(a, b)
        return self._pairs[names]

    def _pair_error(self, a: Quantity, b: Quantity) -> tuple[float, float] | None:
        strata = self._mask(a.key)
        if a.key.base != WHOLE_BASE or b.key.base != WHOLE_BASE or strata is None:
            return None
        if a.key.item == b.key.item:
            one, two = self._domain_share(a.key), self._domain_share(b.key)
            if one is None or two is None:
                return None
            low, high = difference_se(one, two, self.design)
        elif (a.key.domain, a.key.level) == (b.key.domain, b.key.level):
            low, high = paired_se_bounds(self.design, strata, a.share(), b.share(), self.choice.fpc)
        else:
            return None
        return 100 * low, 100 * high

    def remark(self, comparison: Comparison) -> tuple[Message, ...]:
        """Say how precise an earlier wave must have been for a change to be significant.

        Parameters
        ----------
        comparison : Comparison
            The statement.

        Returns
        -------
        tuple of Message
            One line per change between waves; else which figures have no bound.
        """
        pairs = [
            (now, then)
            for (_, now), (_, then) in product(comparison.terms, repeat=2)
            if then.key.wave and now.key == then.key.about(wave="")
        ]
        lines = [line for now, then in pairs if (line := self._change(now, then)) is not None]
        unknown = [figure.fact for _, figure in comparison.terms if self.precision(figure) is None]
        return tuple(lines) or ((message("ledger.no_bound", facts=tuple(map(Code, unknown))),) if unknown else ())

    def _change(self, now: Quantity, then: Quantity) -> Message | None:
        later = self.precision(now)
        if later is None:
            return None
        change = wave_change(then.share(), now.share(), (later.lower / 100, later.upper / 100))
        if isnan(change.se_before_max):
            return message("ledger.never_significant", wave=then.key.wave)
        n = ceil(change.n_eff_before_min)
        return message("ledger.significant_if", wave=then.key.wave, error=100 * change.se_before_max, n=n)

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
            How unevenly firms of a stratum must have answered; what those who did not answer must have been; the item
            response at which imputation would matter, where the survey says that answers were imputed; and how few
            must have answered for nothing to hold without an assumption.
        """
        # of another wave no response is printed, so that only how unevenly people took part can be said
        places = {(figure.key.domain, figure.key.level) for _, figure in closest.terms}
        own = all(figure.key.base == WHOLE_BASE and not figure.key.wave for _, figure in closest.terms)
        strata = self._mask(closest.terms[0][1].key) if own and len(places) == 1 else None
        response = None if strata is None else response_of(self.design, strata)
        found = [participation(closest)]
        if response is not None and self._one_place(closest):
            found.append(nonresponse(closest, response))
        if self.facts.survey.item_nonresponse.kind == "imputed" and verdict == "established":
            tails = [self.tail(comparison) for comparison in comparisons]
            known = [tail.high for tail in tails if tail is not None]
            ratio = max((self._fpc_ratio(comparison) for comparison in comparisons), default=1.0)
            found.append(imputation(max(known), ratio) if known and len(known) == len(tails) else None)
        found.append(worst_case(closest, response))
        return tuple(condition for condition in found if condition is not None)

    def _fpc_ratio(self, comparison: Comparison) -> float:
        """Bound what a finite population correction takes off the variance of a comparison."""
        if self.choice.fpc == "none":
            return 1.0
        found = [(float(c), self.precision(figure)) for c, figure in comparison.terms]
        parts = [(c, p) for c, p in found if p is not None]
        figures = [figure for _, figure in comparison.terms]
        masks = [mask for figure in figures if (mask := self._mask(figure.key)) is not None]
        error = self._error(comparison, figures, parts)[1] if len(parts) == len(figures) else inf
        # of a part of the respondents the weighted size is not printed: then the largest fraction counts
        whole = all(figure.key.base == WHOLE_BASE for figure in figures) and error < inf
        return float(largest_fpc_ratio(self.design, masks, error / 100 if whole else 0.0))

    def _one_place(self, comparison: Comparison) -> bool:
        """Tell whether all figures are of everybody in the same strata, and of the survey's own wave."""
        places = {(figure.key.domain, figure.key.level) for _, figure in comparison.terms}
        whole = all(
            figure.key.base == WHOLE_BASE and not figure.key.wave and figure.percent and figure.source.weighted != "no"
            for _, figure in comparison.terms
        )
        return whole and len(places) == 1

    def hypotheses(self) -> Hypotheses:
        """Return the declared comparisons of the survey, corrected within their families.

        Returns
        -------
        mapping of frozenset of str to Corrected
            Pairs of levels, levels against all, and pairs of items.
        """
        if not self._families:
            self._families.update(first_families(dict(self._tables())))
        # printings of an item that exclude each other cannot be compared
        return Hypotheses(self._families, self._tested, self._readable)

    def _readable(self, pair: frozenset[str]) -> bool:
        return all(self._shares(self.facts.key(fact).item) for fact in pair)

    def _tables(self) -> Iterator[tuple[str, Iterator[tuple[str, str]]]]:
        """What the families that are tables compare."""
        variables = self.design.variables
        levels = {variable: sorted(set(self.design.labels[variable])) for variable in variables}
        for family in table_families(self.facts.survey, variables):
            items = [item for item in self._items if family.holds(item)]
            yield family.name, table_pairs(family, items, levels.get(family.domain, ()))

    @cached_property
    def _items(self) -> list[str]:
        """Items that are printed for every level of every stratum variable."""
        survey, design = self.facts.survey, self.design
        by = [printed_by(survey, design, variable) for variable in design.variables]
        return [item for item in survey.items["item"] if by and all(item in found for found in by)]

    def _tested(self, name: str) -> list[Member]:
        """Test the members of a family under this choice."""
        place = self.choice.fpc, name
        if place not in self._members:
            family = next(f for f in table_families(self.facts.survey, self.design.variables) if f.name == name)
            shares = {item: tuple(self._shares(item).values()) for item in self._items if family.holds(item)}
            readable = {item: rows for item, rows in shares.items() if rows}
            self._members[place] = table_members(self.design, family, readable, self.choice.fpc)
        return members_under(self._members[place], self.choice, self.facts)

    def variants(self) -> Mapping[str, Evidence]:
        """Return the same evidence under other defensible choices.

        Returns
        -------
        mapping of str to Evidence
            Degrees of freedom, no finite population correction, consistent tables at either end, interval methods and
            rounding rules, one at a time.
        """
        base = self.choice
        found = {f"{name} degrees of freedom": replace(base, df=name) for name in ("satterthwaite", "normal")}
        found |= {
            f"tables with the {end} standard errors": replace(base, tables=end) for end in ("smallest", "largest")
        }
        found |= {f"interval {name}": replace(base, interval=name) for name in METHODS}
        found |= {f"rounding {rule}": replace(base, rounding=rule) for rule in RULES if rule != base.rounding}
        result: dict[str, Evidence] = {name: replace(self, choice=choice) for name, choice in found.items()}
        plain = replace(
            self, choice=replace(base, fpc="none"), shipped=self._uncorrected(), _known={}, _domains={}, _pairs={}
        )
        return result | {"no population correction": plain}

    def _uncorrected(self) -> dict[Key, Precision]:
        """Return shipped bounds without the population correction, as far as they can be had from those with it."""
        found = {}
        for key, known in self.shipped.items():
            strata = self._mask(key)
            factor = None if strata is None else without_correction(self.design, strata)
            if factor is not None:
                found[key] = Precision(known.lower * factor[0], known.upper * factor[1], known.df)
        return found


def evidence_for(facts: Facts) -> Evidence | None:
    """Choose the evidence that a survey allows.

    Parameters
    ----------
    facts : Facts
        The survey's facts.

    Returns
    -------
    Evidence or None
        Strata and what ships with them; else shares of a printed number of answers, where the weighting is declared;
        None where neither is known.

    Examples
    --------
    >>> from aibaro.facts import Facts
    >>> from aibaro.published import load
    >>> type(evidence_for(Facts.of(load("io-2023")))).__name__
    'GroupEvidence'
    """
    # standard errors follow from strata only where weights are declared to be equal within them
    if not facts.survey.strata.empty and facts.survey.weighting.kind == "cells":
        # a stratum with one respondent has no variance: such a survey brings its own evidence
        lonely = (facts.survey.strata["respondents"] < 2).any()
        return None if lonely else StrataEvidence(facts, read_precision(facts.survey))
    sized = any(fact.percent and modelled(facts, fact) and printed_sizes(facts, fact) for fact in facts)
    return GroupEvidence(facts) if sized else None


def _error_step(low: float, high: float) -> Message:
    """Say between which limits a standard error lies; one that may vanish has no lower limit to show."""
    if low >= _VISIBLE:
        return message("ledger.error_between", low=low, high=high)
    return message("ledger.error_at_most", high=high)
