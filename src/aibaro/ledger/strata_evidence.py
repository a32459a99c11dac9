"""Design-based evidence: standard errors over every table of stratum counts that print allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import ceil, isnan

from aibaro.compare.domains import WHOLE, DomainShare, Mask, difference_se, domain_shares
from aibaro.compare.frechet import paired_se_bounds
from aibaro.compare.margins import largest_base_se, se_bounds
from aibaro.compare.shares import Share
from aibaro.compare.waves import wave_change
from aibaro.consistency.check import Printable, band
from aibaro.design import Design
from aibaro.errors import InputError, IntegrityError
from aibaro.ledger.book import Book
from aibaro.ledger.bounds import Precision, read_precision
from aibaro.ledger.comparisons import Comparison
from aibaro.ledger.evidence import Evidence, GroupEvidence, Tail, combined_error, tail_of
from aibaro.ledger.figures import Figure, Key
from aibaro.published.schema import WHOLE_BASE


def share_of(number: Printable) -> Share:
    """Read a printed percentage as a share.

    Parameters
    ----------
    number : PrintedNumber or Interval
        The percentage, or the reading of words.

    Returns
    -------
    Share
        Its interval between 0 and 1.
    """
    found = band(number)
    low, high = (min(max(end / 100, Fraction(0)), Fraction(1)) for end in (found.lower, found.upper))
    return Share(low, high, (low + high) / 2)


# cached_property keeps the design in the instance's dictionary, so this class has no slots
@dataclass(frozen=True, eq=False)
class StrataEvidence:
    """Bounds on standard errors over all stratum counts that print allows.

    Parameters
    ----------
    book : Book
        A survey with strata.
    shipped : mapping of str to Precision
        Bounds by fact that ship with the survey; they narrow or replace those of the margins.
    tail_by : {"t", "normal"}
        Distribution of the test statistic.
    fpc : {"population", "none"}
        Whether the finite population correction is applied.

    Notes
    -----
    Figures of all respondents are bounded by their own printed margins, or by what ships; figures of a base by a
    linear programme over the printed shares of the base.  Differences in disjoint strata add variances; nested or
    crossing domains and pairs of items are bounded by the rules of :mod:`aibaro.compare`; anything else by
    Cauchy-Schwarz.  Every interval is outer, so that no verdict rests on an invented table.
    """

    book: Book
    shipped: Mapping[str, Precision] = field(default_factory=dict)
    tail_by: str = "t"
    fpc: str = "population"
    _known: dict[str, Precision | None] = field(default_factory=dict, repr=False)
    _domains: dict[str, dict[tuple[str, str], DomainShare]] = field(default_factory=dict, repr=False)
    _pairs: dict[tuple[str, str], tuple[float, float] | None] = field(default_factory=dict, repr=False)
    _masks: dict[tuple[str, str], Mask | None] = field(default_factory=dict, repr=False)

    @cached_property
    def design(self) -> Design:
        """The strata."""
        return Design.from_strata(self.book.survey.strata)

    def precision(self, figure: Figure) -> Precision | None:
        """Bound the standard error of a figure.

        Parameters
        ----------
        figure : Figure
            A percentage of the survey's own wave.

        Returns
        -------
        Precision or None
            In points of percent; None where print gives no hold on it.
        """
        if figure.fact not in self._known:
            found = self._margin_precision(figure)
            known = self.shipped.get(figure.fact)
            self._known[figure.fact] = _narrower(found, known)
        return self._known[figure.fact]

    def _mask(self, key: Key) -> Mask | None:
        place = key.domain, key.level
        if place not in self._masks:
            known = not key.domain or key.domain in self.design.variables
            levels = {key.domain: key.level} if key.domain else {}
            self._masks[place] = self.design.domain(**levels) if known else None
        return self._masks[place]

    def _margin_precision(self, figure: Figure) -> Precision | None:
        key, strata = figure.key, self._mask(figure.key)
        usable = figure.unit == "percent" and figure.weighted == "yes" and not key.wave and not key.group
        if strata is None or not usable:
            return None
        df = float(self.design.respondents[strata].sum() - strata.sum())
        if key.base == WHOLE_BASE:
            own = self._domain_share(key)
            low, high = (own.se_lower, own.se_upper) if own else se_bounds(
                self.design, strata, share_of(figure.number), self.fpc)  # fmt: skip
            return Precision(100 * low, 100 * high, df)
        return self._base_precision(figure, df) if not key.domain else None

    def _domain_share(self, key: Key) -> DomainShare | None:
        """Bounds of an item that is printed by domain, all margins joined."""
        if key.item not in self._domains:
            printed = any(f.key.item == key.item and f.key.domain for f in self.book.figures.values())
            try:
                rows = domain_shares(self.book.survey, key.item, fpc=self.fpc) if printed else ()
            except InputError:
                rows = ()  # not every level is printed as a share: the figure's own margin has to do
            self._domains[key.item] = {(row.domain, row.level): row for row in rows}
        return self._domains[key.item].get((key.domain, key.level) if key.domain else WHOLE)

    def _base_precision(self, figure: Figure, df: float) -> Precision | None:
        base = figure.key.base
        found = self.book.base_share(base)
        if found is None or found[0].base != WHOLE_BASE:
            return None
        places = [("", ""), *((v, level) for v in self.design.variables for level in self.book.margin(v))]
        parts = []
        for domain, level in places:
            place = figure.key.about(domain=domain, level=level)
            share, strata = self.book.share_of_base(base, place), self._mask(place)
            if share is not None and strata is not None:
                parts.append((strata, share_of(share)))
        if not any(strata.all() for strata, _ in parts):
            return None
        rows = self.book.survey.bases
        size = [int(n) for n in rows.loc[rows["base"] == base, "respondents"] if n]
        try:
            high = largest_base_se(self.design, share_of(figure.number), parts, size[0] if size else None, self.fpc)
        except InputError:
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
        apart = [[self._disjoint(a, b) for b in figures] for a in figures]
        error = combined_error(parts, apart)
        closer = self._pair(comparison)
        if closer is not None:
            error = max(error[0], closer[0]), min(error[1], closer[1])
        df = float("inf") if self.tail_by == "normal" else min(p.df for _, p in parts)
        return tail_of(comparison, error, df, (f"standard error between {error[0]:.3f} and {error[1]:.3f} points",))

    def _disjoint(self, a: Figure, b: Figure) -> bool:
        same = a.key.domain == b.key.domain and a.key.domain in self.design.variables
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

    def _pair_error(self, a: Figure, b: Figure) -> tuple[float, float] | None:
        strata = self._mask(a.key)
        if a.key.base != WHOLE_BASE or b.key.base != WHOLE_BASE or strata is None:
            return None
        if a.key.item == b.key.item:
            one, two = self._domain_share(a.key), self._domain_share(b.key)
            if one is None or two is None:
                return None
            low, high = difference_se(one, two, self.design)
        elif (a.key.domain, a.key.level) == (b.key.domain, b.key.level):
            low, high = paired_se_bounds(self.design, strata, share_of(a.number), share_of(b.number), self.fpc)
        else:
            return None
        return 100 * low, 100 * high

    def remark(self, comparison: Comparison) -> tuple[str, ...]:
        """Say how precise an earlier wave must have been for a change to be significant.

        Parameters
        ----------
        comparison : Comparison
            The statement.

        Returns
        -------
        tuple of str
            One line a change between waves; else which figures have no bound.
        """
        pairs = [
            (now, then)
            for (_, now), (_, then) in product(comparison.terms, repeat=2)
            if then.key.wave and now.key == then.key.about(wave="")
        ]
        lines = [line for now, then in pairs if (line := self._change(now, then))]
        unknown = [figure.fact for _, figure in comparison.terms if self.precision(figure) is None]
        return tuple(lines) or ((f"not tested: no bound on the precision of {', '.join(unknown)}",) if unknown else ())

    def _change(self, now: Figure, then: Figure) -> str:
        later = self.precision(now)
        if later is None:
            return ""
        change = wave_change(share_of(then.number), share_of(now.number), (later.lower / 100, later.upper / 100))
        if isnan(change.se_before_max):
            return f"{then.key.wave} prints no n: the change is not significant whatever its precision"
        return (
            f"{then.key.wave} prints no n: the change is significant if its standard error then was at most "
            f"{100 * change.se_before_max:.2f} points, an effective n of at least {ceil(change.n_eff_before_min)}"
        )

    def variants(self) -> Mapping[str, Evidence]:
        """Give the evidence under other defensible choices.

        Returns
        -------
        mapping of str to Evidence
            The normal in place of t, and no finite population correction.
        """
        return {
            "normal instead of t": replace(self, tail_by="normal"),
            "no population correction": replace(self, fpc="none", shipped={}, _known={}, _domains={}, _pairs={}),
        }


def _narrower(one: Precision | None, two: Precision | None) -> Precision | None:
    if one is None or two is None:
        return one or two
    low, high = max(one.lower, two.lower), min(one.upper, two.upper)
    if low > high * (1 + 1e-6):
        raise IntegrityError("bounds on a standard error exclude each other", where="bounds.csv",
                             expected=f"{one.lower:.4f} to {one.upper:.4f}", got=f"{two.lower:.4f} to {two.upper:.4f}",
                             hint="recompute the bounds: they belong to other figures")  # fmt: skip
    return Precision(low, high, min(one.df, two.df))


def evidence_for(book: Book) -> Evidence | None:
    """Choose the evidence that a survey allows.

    Parameters
    ----------
    book : Book
        The survey.

    Returns
    -------
    Evidence or None
        Strata and what ships with them; groups with a printed n where answers were weighted; None where neither is
        known.

    Examples
    --------
    >>> from aibaro.published import load
    >>> type(evidence_for(Book.of(load("io-2023")))).__name__
    'GroupEvidence'
    """
    if not book.survey.strata.empty:
        # a stratum with one respondent has no variance: such a survey brings its own evidence
        lonely = (book.survey.strata["respondents"] < 2).any()
        return None if lonely else StrataEvidence(book, read_precision(book))
    weighted = any(f.weighted == "yes" and f.base_n is not None for f in book.figures.values())
    return GroupEvidence(book) if weighted else None
