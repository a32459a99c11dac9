"""A statement ties figures by exact coefficients; here is what each kind asks of the values of its figures.

A figure is a variable between the ends of its interval.  A statement becomes rows ``sum a_j x_j <= b``; some of
their coefficients are themselves ends of intervals (a product, a mixture with uncertain shares), so that rows are
made anew when a printing is released.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Protocol

from aibaro.facts import Fact, Key
from aibaro.messages import Message

ZERO, ONE, HUNDRED = Fraction(0), Fraction(1), Fraction(100)
# a class of respondents answered an item with a rate between this and 1, where nothing is declared
RESPONSE = Fraction(8, 10)
_FAR = Fraction(10**12)  # larger than any printed size

Var = Hashable  # a Key, or a tuple that names a share of a class


@dataclass(frozen=True, slots=True)
class Ends:
    """Ends of the values that a figure may take; None is open."""

    low: Fraction | None
    high: Fraction | None
    low_strict: bool = False
    high_strict: bool = False
    low_ids: tuple[str, ...] = ()
    high_ids: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether no value lies between the ends."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_strict or self.high_strict))


Reader = Callable[[Key], Ends]


@dataclass(frozen=True, slots=True)
class Inequality:
    """One inequality ``sum terms <= upper``, strict or not, and the printings that its numbers come from.

    ``shared`` are printings that many rows of a statement rest on, held once.
    """

    terms: tuple[tuple[Var, Fraction], ...]
    upper: Fraction
    strict: bool = False
    owner: int = -1
    ids: tuple[str, ...] = ()
    hard: bool = False
    shared: tuple[str, ...] = ()


class Form(Protocol):
    """What a statement asks of values."""

    def rows(self, owner: int, ends: Reader) -> Iterator[Inequality]:
        """Return the rows of the programme."""

    def implied(self, ends: Reader) -> Mapping[Key, Ends]:
        """Return the values that the others allow, for the figures of which the form says it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What ties figures: ``sum a_j v_j {=, <=, >=} b``.

    Parameters
    ----------
    id : str
        Its name: the kind and what it is about.
    kind : str
        ``exhaustive``, ``exclusive``, ``union``, ``subset``, ``count``, ``mixture``, ``ratio``, ``difference``,
        ``error``, ``granular``, ``repeat``, ``balance`` or ``range``.
    coefficients : tuple of (Key, Fraction)
        The figures with their coefficients; for mixtures with unknown shares the shares take part as well, and
        the coefficient of a part is that of its printed middle.
    relation : {"=", "<=", ">="}
        How the sum compares with the constant.
    constant : Fraction
        The right side.
    ids : tuple of str
        Ids of the printings that take part.
    rests_on : tuple of str
        Relations, populations and declarations that the statement takes as given.
    figures : tuple of Fact
        The figures, in the order of `coefficients`.
    result : Key or None
        The figure that the others give, where there is one.
    binding : {"yes", "shown"}
        ``shown`` for an equation that the declared weighting does not support: no verdict rests on it.
    form : Form
        The linear form that the joint question takes.
    explain : callable
        Gives the steps of :attr:`argument`.
    """

    id: str
    kind: str
    coefficients: tuple[tuple[Key, Fraction], ...]
    relation: str
    constant: Fraction
    ids: tuple[str, ...]
    rests_on: tuple[str, ...] = ()
    figures: tuple[Fact, ...] = ()
    result: Key | None = None
    binding: str = "yes"
    form: Form = field(kw_only=True, repr=False, compare=False)
    explain: Callable[[Statement], tuple[Message, ...]] = field(kw_only=True, repr=False, compare=False)

    @property
    def argument(self) -> tuple[Message, ...]:
        """The arithmetic with the printed numbers, one message per step."""
        return self.explain(self)

    @property
    def keys(self) -> tuple[Key, ...]:
        """The figures that take part."""
        return tuple(key for key, _ in self.coefficients)


def _times(coefficient: Fraction, ends: Ends) -> Ends:
    """Multiply ends by a number of any sign."""
    if coefficient >= 0:
        low, high = ends.low, ends.high
        strict = ends.low_strict, ends.high_strict
    else:
        low, high = ends.high, ends.low
        strict = ends.high_strict, ends.low_strict
    return Ends(
        None if low is None else coefficient * low, None if high is None else coefficient * high, strict[0], strict[1]
    )


@dataclass(frozen=True, slots=True)
class Linear:
    """A sum of figures with exact coefficients."""

    terms: tuple[tuple[Var, Fraction], ...]
    relation: str
    constant: Fraction

    def rows(self, owner: int, ends: Reader) -> Iterator[Inequality]:
        """One row, or two for an equation."""
        if self.relation in {"=", "<="}:
            yield Inequality(self.terms, self.constant, owner=owner)
        if self.relation in {"=", ">="}:
            yield Inequality(tuple((var, -c) for var, c in self.terms), -self.constant, owner=owner)

    def implied(self, ends: Reader) -> Mapping[Key, Ends]:
        """What the others leave for every figure, from one sum."""
        parts = [(var, c, _times(-c, ends(var))) for var, c in self.terms if isinstance(var, Key)]
        lows = sum((p.low for _, _, p in parts if p.low is not None), self.constant)
        highs = sum((p.high for _, _, p in parts if p.high is not None), self.constant)
        open_low, open_high = (sum(p.low is None for *_, p in parts), sum(p.high is None for *_, p in parts))
        strict_low, strict_high = (sum(p.low_strict for *_, p in parts), sum(p.high_strict for *_, p in parts))
        found = {}
        for key, c, own in parts:
            low = None if open_low - (own.low is None) else lows - (own.low or ZERO)
            high = None if open_high - (own.high is None) else highs - (own.high or ZERO)
            rest = Ends(low, high, strict_low > own.low_strict, strict_high > own.high_strict)
            if self.relation == "<=":
                rest = Ends(None, rest.high, high_strict=rest.high_strict)
            elif self.relation == ">=":
                rest = Ends(rest.low, None, rest.low_strict)
            found[key] = _times(1 / c, rest)
        return found


@dataclass(frozen=True, slots=True)
class ShareOfBase:
    """``factor * other = scale * whole``: a share times its base is a count; the base enters by its ends.

    ``slack`` widens the base downward: of its members only those who answered are meant; 0 leaves an upper limit.
    """

    factor: Key
    other: Key
    whole: Key
    scale: Fraction = HUNDRED
    slack: Fraction = ONE

    def rows(self, owner: int, ends: Reader) -> Iterator[Inequality]:
        """``low(other) factor <= scale whole <= high(other) factor``."""
        base = ends(self.other)
        if base.low is not None and base.low > 0 and self.slack:
            low = base.low * self.slack
            yield Inequality(((self.factor, low), (self.whole, -self.scale)), ZERO, owner=owner, ids=base.low_ids)
        if base.high is not None:
            yield Inequality(
                ((self.factor, -base.high), (self.whole, self.scale)), ZERO, owner=owner, ids=base.high_ids
            )

    def implied(self, ends: Reader) -> Mapping[Key, Ends]:
        """The quotient or the product of the other two."""
        factor, other, whole = ends(self.factor), ends(self.other), ends(self.whole)
        slack, scale = self.slack, self.scale
        open_above = whole.high is None or not slack
        return {
            self.whole: Ends(
                None if factor.low is None or other.low is None else factor.low * other.low * slack / scale,
                None if factor.high is None or other.high is None else factor.high * other.high / scale,
            ),
            self.other: Ends(
                None if whole.low is None or not factor.high else scale * whole.low / factor.high,
                None if open_above or not factor.low else scale * (whole.high or ZERO) / factor.low / slack,
            ),
            self.factor: Ends(
                None if whole.low is None or not other.high else scale * whole.low / other.high,
                None if open_above or not other.low else scale * (whole.high or ZERO) / (other.low * slack),
            ),
        }


@dataclass(frozen=True, slots=True)
class RestOfBase:
    """``(100 - factor) * other = 100 * whole``: what a share leaves of its base; the base enters by its ends.

    ``slack`` is the smallest rate of answering: who did not answer may be counted as left, or not at all.
    """

    factor: Key
    other: Key
    whole: Key
    slack: Fraction = ONE

    def rows(self, owner: int, ends: Reader) -> Iterator[Inequality]:
        """``slack low(other) (100 - factor) <= 100 whole <= high(other) (100 - slack factor)``."""
        base = ends(self.other)
        if base.low is not None and base.low > 0:
            low = base.low * self.slack
            terms = ((self.factor, -low), (self.whole, -HUNDRED))
            yield Inequality(terms, -HUNDRED * low, owner=owner, ids=base.low_ids)
        if base.high is not None:
            terms = ((self.factor, base.high * self.slack), (self.whole, HUNDRED))
            yield Inequality(terms, HUNDRED * base.high, owner=owner, ids=base.high_ids)

    def implied(self, ends: Reader) -> Mapping[Key, Ends]:
        """What the other two leave."""
        factor, other, whole = ends(self.factor), ends(self.other), ends(self.whole)
        least = None if factor.high is None else (HUNDRED - factor.high) * self.slack
        most = None if factor.low is None else HUNDRED - factor.low * self.slack
        low = other.low * self.slack if other.low else None
        return {
            self.whole: Ends(
                None if least is None or other.low is None else least * other.low / HUNDRED,
                None if most is None or other.high is None else most * other.high / HUNDRED,
            ),
            self.other: Ends(
                None if whole.low is None or not most else HUNDRED * whole.low / most,
                None if whole.high is None or not least else HUNDRED * whole.high / least,
            ),
            self.factor: Ends(
                None if whole.high is None or low is None else HUNDRED - HUNDRED * whole.high / low,
                None
                if whole.low is None or not other.high
                else HUNDRED * (other.high - whole.low) / (other.high * self.slack),
            ),
        }


@dataclass(frozen=True, slots=True)
class Mass:
    """How much a class weighs: a number between two ends, times a share of the class where there is one."""

    low: Fraction
    high: Fraction
    share: Key | None = None
    side: str = "inside"
    size: Key | None = None
    floor: Fraction = ONE  # of what is outside: smallest rate at which the question of the share was answered

    def ends(self, ends: Reader) -> tuple[Fraction, Fraction, tuple[str, ...]]:
        """Smallest and largest mass, and the printings that they come from."""
        low, high = self.low, self.high
        ids: tuple[str, ...] = ()
        for key in (self.share, self.size):
            if key is None:
                continue
            found = ends(key)
            bottom = max(found.low or ZERO, ZERO)
            above = _FAR if found.high is None else max(found.high, ZERO)
            if key is self.share and self.side == "outside":
                bottom, above = HUNDRED - min(above, HUNDRED), HUNDRED - bottom * self.floor
            low, high = low * bottom, high * above
            ids = (*ids, *found.low_ids, *found.high_ids)
        return low, high, ids


@dataclass(frozen=True, slots=True)
class Mixture:
    """``whole = sum of share x part`` with shares that are not known exactly.

    Shares are variables: between masses that are known within ends, common to all items of a table, or free.
    ``w_d p_d`` is a variable of its own, held by the four inequalities of McCormick, so that the programme stays
    linear: with p and w inside their ends they are exact at the ends.
    """

    name: str
    whole: Key
    parts: tuple[Key | None, ...]
    masses: tuple[Mass, ...] = ()
    table: tuple[str, ...] | None = None
    band: Fraction = ONE

    def weight(self, place: int) -> Var:
        """The variable of a share."""
        if self.table is not None and self.band == ONE:
            return ("share", self.table, place)
        return ("share", self.name, place)

    def product(self, place: int) -> Var:
        """The variable of a share times its part."""
        return ("product", self.name, place)

    def rows(self, owner: int, ends: Reader) -> Iterator[Inequality]:
        """Shares that add up to 1, products held by their ends, and the whole as their sum."""
        size = range(len(self.parts))
        weights, products = [self.weight(d) for d in size], [self.product(d) for d in size]
        for sign in (ONE, -ONE):
            yield Inequality(tuple((w, sign) for w in weights), sign, owner=owner, hard=True)
            yield Inequality((*((z, sign) for z in products), (self.whole, -sign)), ZERO, owner=owner)
        for weight in weights:
            yield Inequality(((weight, -ONE),), ZERO, owner=owner, hard=True)
        yield from self._shares(owner, ends)
        lows, highs = self._weight_ends(ends)
        ids = tuple(dict.fromkeys(name for mass in self.masses for name in mass.ends(ends)[2]))
        for place, part in enumerate(self.parts):
            span = lows[place], highs[place]
            for row in _product(products[place], weights[place], part, ends, span):
                yield replace(row, owner=owner, shared=ids)

    def _shares(self, owner: int, ends: Reader) -> Iterator[Inequality]:
        size = range(len(self.parts))
        if self.masses:
            scale: Var = ("scale", self.name)
            for place in size:
                low, high, ids = self.masses[place].ends(ends)
                weight = self.weight(place)
                yield Inequality(((scale, low), (weight, -ONE)), ZERO, owner=owner, ids=ids)
                yield Inequality(((weight, ONE), (scale, -high)), ZERO, owner=owner, ids=ids)
        elif self.table is not None and self.band != ONE:
            for sign in (ONE, -ONE):
                yield Inequality(tuple((("share", self.table, d), sign) for d in size), sign, owner=owner, hard=True)
            for place in size:
                common: Var = ("share", self.table, place)
                yield Inequality(((common, -ONE),), ZERO, owner=owner, hard=True)
                yield Inequality(((common, self.band), (self.weight(place), -ONE)), ZERO, owner=owner)
                yield Inequality(((self.weight(place), ONE), (common, -1 / self.band)), ZERO, owner=owner)

    def _weight_ends(self, ends: Reader) -> tuple[list[Fraction], list[Fraction]]:
        """Smallest and largest share of each class."""
        if not self.masses:
            return [ZERO] * len(self.parts), [ONE] * len(self.parts)
        masses = [mass.ends(ends)[:2] for mass in self.masses]
        least, most = sum((m[0] for m in masses), ZERO), sum((m[1] for m in masses), ZERO)
        lows, highs = [], []
        for low, high in masses:
            large, small = most - high, least - low  # what the others weigh
            lows.append(low / (low + large) if low + large else ZERO)
            highs.append(high / (high + small) if high + small else ONE)
        return lows, highs

    def implied(self, ends: Reader) -> Mapping[Key, Ends]:
        """What the other classes and the whole leave; nothing for shares that are common and unknown."""
        if self.table is not None:
            return {}
        known = [Ends(ZERO, HUNDRED) if part is None else ends(part) for part in self.parts]
        whole, masses = ends(self.whole), [mass.ends(ends)[:2] for mass in self.masses]
        found = {self.whole: Ends(_extreme(known, masses, -1), _extreme(known, masses, 1))}
        if self.masses:
            rests = [
                Ends(*pair) for pair in zip(*(_rests(known, masses, whole, sign) for sign in (-1, 1)), strict=True)
            ]
        else:
            rests = _beyond(known, whole)
        for part, rest in zip(self.parts, rests, strict=True):
            if part is not None:
                found.setdefault(part, rest)
        return found


def _beyond(known: Sequence[Ends], whole: Ends) -> list[Ends]:
    """With free shares a class lies beyond the whole where all others lie on one side of it."""
    below = [e.high is not None and whole.low is not None and e.high < whole.low for e in known]
    above = [e.low is not None and whole.high is not None and e.low > whole.high for e in known]
    others = len(known) - 1
    return [
        Ends(
            whole.low if sum(below) - under == others else None,
            whole.high if sum(above) - over == others else None,
        )
        for under, over in zip(below, above, strict=True)
    ]


def _extreme(known: Sequence[Ends], masses: Sequence[tuple[Fraction, Fraction]], sign: int) -> Fraction | None:
    """The smallest or largest whole: the classes beyond some value weigh as much as they may, the others as little."""
    values = [e.high if sign > 0 else e.low for e in known]
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(values):
        return None
    if not masses:
        return max(numbers) if sign > 0 else min(numbers)
    total = sum((small for small, _ in masses), ZERO)
    mixed = sum((small * value for (small, _), value in zip(masses, numbers, strict=True)), ZERO)
    best = mixed / total if total > 0 else None
    for place in sorted(range(len(numbers)), key=lambda d: -sign * numbers[d]):
        more = masses[place][1] - masses[place][0]
        total, mixed = total + more, mixed + more * numbers[place]
        if total > 0 and (best is None or sign * (mixed / total - best) > 0):
            best = mixed / total
    return best


def _rests(
    known: Sequence[Ends], masses: Sequence[tuple[Fraction, Fraction]], whole: Ends, sign: int
) -> list[Fraction | None]:
    """``p = t + sum_e m_e (t - p_e) / m`` of every class, at its largest or smallest, from one sum."""
    top = whole.high if sign > 0 else whole.low
    if top is None:
        return [None] * len(known)
    gaps: list[Fraction | None] = []
    for ends, mass in zip(known, masses, strict=True):
        end = ends.low if sign > 0 else ends.high
        gaps.append(None if end is None else (top - end) * (mass[1] if sign * (top - end) > 0 else mass[0]))
    total, opened = sum((gap for gap in gaps if gap is not None), ZERO), gaps.count(None)
    found: list[Fraction | None] = []
    for gap, mass in zip(gaps, masses, strict=True):
        rest = total - (gap or ZERO)
        open_end = opened > (gap is None) or min(mass) <= 0
        found.append(None if open_end else top + rest / (mass[0] if sign * rest > 0 else mass[1]))
    return found


def _product(
    product: Var, weight: Var, part: Key | None, ends: Reader, span: tuple[Fraction, Fraction]
) -> Iterator[Inequality]:
    """McCormick's inequalities for ``product = weight * part``; without a part only its range counts."""
    small, large = span
    if part is None:
        yield Inequality(((product, -ONE),), ZERO)
        yield Inequality(((product, ONE), (weight, -HUNDRED)), ZERO)
        return
    found = ends(part)
    low, high = found.low, found.high
    if low is not None:
        yield Inequality(((product, -ONE), (part, small), (weight, low)), small * low, ids=found.low_ids)
        yield Inequality(((product, ONE), (part, -large), (weight, -low)), -large * low, ids=found.low_ids)
    if high is not None:
        yield Inequality(((product, -ONE), (part, large), (weight, high)), large * high, ids=found.high_ids)
        yield Inequality(((product, ONE), (part, -small), (weight, -high)), -small * high, ids=found.high_ids)


@dataclass(frozen=True, slots=True)
class Link:
    """Shares of classes among a base follow from their shares of the parent and the base's share in each class.

    ``w_d(base) t = w_d(parent) p_d`` where p_d is the share of the base in class d and t in all.
    """

    inner: Mixture
    outer: Mixture

    def rows(self, owner: int, ends: Reader) -> Iterator[Inequality]:
        """``low(t) w <= z <= high(t) w``."""
        found = ends(self.outer.whole)
        for place in range(len(self.outer.parts)):
            weight, product = ("share", self.inner.table, place), self.outer.product(place)
            if found.low is not None:
                yield Inequality(((weight, found.low), (product, -ONE)), ZERO, owner=owner, ids=found.low_ids)
            if found.high is not None:
                yield Inequality(((product, ONE), (weight, -found.high)), ZERO, owner=owner, ids=found.high_ids)

    def implied(self, ends: Reader) -> Mapping[Key, Ends]:
        """Only the joint question knows."""
        return {}


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A figure lies between ends that are computed from other figures (a whole count, a standard error)."""

    key: Key
    compute: Callable[[Reader], Ends]

    def rows(self, owner: int, ends: Reader) -> Iterator[Inequality]:
        """At most two rows."""
        found = self.compute(ends)
        if found.low is not None:
            ids = found.low_ids
            yield Inequality(((self.key, -ONE),), -found.low, found.low_strict, owner, ids)
        if found.high is not None:
            yield Inequality(((self.key, ONE),), found.high, found.high_strict, owner, found.high_ids)

    def implied(self, ends: Reader) -> Mapping[Key, Ends]:
        """The ends themselves."""
        return {self.key: self.compute(ends)}


@dataclass(frozen=True, slots=True)
class Repeat:
    """Two printings of one fact: their intervals are the bounds of the figure, so no row is needed."""

    key: Key

    def rows(self, owner: int, ends: Reader) -> Iterator[Inequality]:
        """Nothing beyond the bounds."""
        yield from ()

    def implied(self, ends: Reader) -> Mapping[Key, Ends]:
        """Judged by printing, not by figure."""
        return {}


# --- Whole numbers of answers behind a share: which of n answers give what is printed?


class Whole:
    """The ends that whole numbers of answers leave of a share's interval."""

    def __init__(self, share: Key, numbers: Iterable[int], *, base: Key | None = None, size: Key | None = None) -> None:
        self.share, self.base, self.size = share, base, size
        self.numbers = tuple(numbers)

    def __call__(self, ends: Reader) -> Ends:
        own = ends(self.share)
        ids = (*own.low_ids, *own.high_ids)
        for key in (self.size, self.base):
            if key is not None:
                found = ends(key)
                ids = (*ids, *found.low_ids, *found.high_ids)
        numbers = self.possible(ends)
        if not numbers or own.low is None or own.high is None or (own.low <= 0 and own.high >= HUNDRED):
            return Ends(None, None)
        hits = [Fraction(100 * k, n) for n in numbers if n for k in _outer(own, n)]
        if not hits:
            return Ends(ONE, ZERO, low_ids=ids, high_ids=ids)
        return Ends(min(hits), max(hits), low_ids=ids, high_ids=ids)

    def possible(self, ends: Reader) -> tuple[int, ...]:
        """How many answers may stand behind the share; none where the figures that say so are let go."""
        numbers = self.numbers
        if self.size is not None:
            size = ends(self.size)
            if size.low is None or size.low != size.high:
                return ()
            n = int(size.low)
            numbers = (n,) if len(self.numbers) == 1 else tuple(range(1, n + 1))
        if self.base is not None:
            base = ends(self.base)
            members = [reached(base, n) for n in self.numbers]
            if len(members) == 1:
                numbers = tuple(k for k in members[0] if k)
            else:
                # where not all who were asked answered, fewer members may stand behind the share
                numbers = tuple(range(1, max((found[-1] for found in members if found), default=0) + 1))
        return numbers


def reached(own: Ends, n: int) -> range:
    """Whole numbers k with 100 k / n between the ends.

    Examples
    --------
    >>> list(reached(Ends(Fraction("37"), Fraction("38"), False, True), 8))
    [3]
    """
    first, last = 0, n
    # in whole numbers: this is asked for every number of answers that is possible
    if own.low is not None:
        above, below = own.low.numerator * n, own.low.denominator * 100
        first = above // below + 1 if own.low_strict else -(-above // below)
    if own.high is not None:
        above, below = own.high.numerator * n, own.high.denominator * 100
        last = -(-above // below) - 1 if own.high_strict else above // below
    return range(max(first, 0), min(last, n) + 1)


def _outer(own: Ends, n: int) -> tuple[int, ...]:
    """The smallest and the largest of the reachable numbers."""
    found = reached(own, n)
    return (found[0], found[-1]) if found else ()
