"""A statement ties figures by exact coefficients; here is what each kind asks of the values of its figures.

A figure is a variable between the ends of its interval.  A statement becomes rows ``sum a_j x_j <= b``; some of
their coefficients are themselves ends of intervals (a product, a mixture with uncertain shares), so that rows are
made anew when a printing is released.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
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
class Row:
    """One inequality ``sum terms <= upper``, strict or not, and the printings that its numbers come from."""

    terms: tuple[tuple[Var, Fraction], ...]
    upper: Fraction
    strict: bool = False
    owner: int = -1
    ids: tuple[str, ...] = ()
    hard: bool = False


class Form(Protocol):
    """What a statement asks of values."""

    def rows(self, owner: int, ends: Reader) -> Iterator[Row]:
        """Return the rows of the programme."""

    def implied(self, key: Key, ends: Reader) -> Ends | None:
        """Return the values of one figure that the others allow; None where the form does not say."""


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


def _plus(parts: Sequence[Ends]) -> Ends:
    low = None if any(p.low is None for p in parts) else sum((p.low for p in parts if p.low is not None), ZERO)
    high = None if any(p.high is None for p in parts) else sum((p.high for p in parts if p.high is not None), ZERO)
    return Ends(low, high, any(p.low_strict for p in parts), any(p.high_strict for p in parts))


@dataclass(frozen=True, slots=True)
class Linear:
    """A sum of figures with exact coefficients."""

    terms: tuple[tuple[Var, Fraction], ...]
    relation: str
    constant: Fraction

    def rows(self, owner: int, ends: Reader) -> Iterator[Row]:
        """One row, or two for an equation."""
        if self.relation in {"=", "<="}:
            yield Row(self.terms, self.constant, owner=owner)
        if self.relation in {"=", ">="}:
            yield Row(tuple((var, -c) for var, c in self.terms), -self.constant, owner=owner)

    def implied(self, key: Key, ends: Reader) -> Ends | None:
        """What the others leave."""
        own = sum((c for var, c in self.terms if var == key), ZERO)
        if own == 0:
            return None
        others = [_times(-c, ends(var)) for var, c in self.terms if var != key and isinstance(var, Key)]
        rest = _plus([Ends(self.constant, self.constant), *others])
        if self.relation == "<=":
            rest = Ends(None, rest.high, high_strict=rest.high_strict)
        elif self.relation == ">=":
            rest = Ends(rest.low, None, rest.low_strict)
        return _times(1 / own, rest)

    def all_implied(self, ends: Reader) -> dict[Key, Ends]:
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
class Product:
    """``factor * other = scale * whole``: a share times its base is a count; the base enters by its ends.

    ``slack`` widens the base downward: of its members only those who answered are meant.
    """

    factor: Key
    other: Key
    whole: Key
    scale: Fraction = HUNDRED
    slack: Fraction = ONE

    def rows(self, owner: int, ends: Reader) -> Iterator[Row]:
        """``low(other) factor <= scale whole <= high(other) factor``."""
        base = ends(self.other)
        if base.low is not None and base.low > 0:
            low = base.low * self.slack
            yield Row(((self.factor, low), (self.whole, -self.scale)), ZERO, owner=owner, ids=base.low_ids)
        if base.high is not None:
            yield Row(((self.factor, -base.high), (self.whole, self.scale)), ZERO, owner=owner, ids=base.high_ids)

    def implied(self, key: Key, ends: Reader) -> Ends | None:
        """The quotient or the product of the other two."""
        factor, other, whole = ends(self.factor), ends(self.other), ends(self.whole)
        if key == self.factor:
            low = None if whole.low is None or not other.high else self.scale * whole.low / other.high
            high = None if whole.high is None or not other.low else self.scale * whole.high / (other.low * self.slack)
        elif key == self.other:
            low = None if whole.low is None or not factor.high else self.scale * whole.low / factor.high
            high = None if whole.high is None or not factor.low else self.scale * whole.high / factor.low / self.slack
        elif key == self.whole:
            low = None if factor.low is None or other.low is None else factor.low * other.low * self.slack / self.scale
            high = None if factor.high is None or other.high is None else factor.high * other.high / self.scale
        else:
            return None
        return Ends(low, high)


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

    def rows(self, owner: int, ends: Reader) -> Iterator[Row]:
        """Shares that add up to 1, products held by their ends, and the whole as their sum."""
        size = range(len(self.parts))
        weights, products = [self.weight(d) for d in size], [self.product(d) for d in size]
        for sign in (ONE, -ONE):
            yield Row(tuple((w, sign) for w in weights), sign, owner=owner, hard=True)
            yield Row((*((z, sign) for z in products), (self.whole, -sign)), ZERO, owner=owner)
        for weight in weights:
            yield Row(((weight, -ONE),), ZERO, owner=owner, hard=True)
        yield from self._shares(owner, ends)
        lows, highs = self._weight_ends(ends)
        ids = tuple(dict.fromkeys(name for mass in self.masses for name in mass.ends(ends)[2]))
        for place, part in enumerate(self.parts):
            span = lows[place], highs[place], ids
            yield from _product(owner, products[place], weights[place], part, ends, span=span)

    def _shares(self, owner: int, ends: Reader) -> Iterator[Row]:
        size = range(len(self.parts))
        if self.masses:
            scale: Var = ("scale", self.name)
            for place in size:
                low, high, ids = self.masses[place].ends(ends)
                weight = self.weight(place)
                yield Row(((scale, low), (weight, -ONE)), ZERO, owner=owner, ids=ids)
                yield Row(((weight, ONE), (scale, -high)), ZERO, owner=owner, ids=ids)
        elif self.table is not None and self.band != ONE:
            for sign in (ONE, -ONE):
                yield Row(tuple((("share", self.table, d), sign) for d in size), sign, owner=owner, hard=True)
            for place in size:
                common: Var = ("share", self.table, place)
                yield Row(((common, -ONE),), ZERO, owner=owner, hard=True)
                yield Row(((common, self.band), (self.weight(place), -ONE)), ZERO, owner=owner)
                yield Row(((self.weight(place), ONE), (common, -1 / self.band)), ZERO, owner=owner)

    def _weight_ends(self, ends: Reader) -> tuple[list[Fraction], list[Fraction]]:
        """Smallest and largest share of each class."""
        if not self.masses:
            return [ZERO] * len(self.parts), [ONE] * len(self.parts)
        masses = [mass.ends(ends)[:2] for mass in self.masses]
        lows, highs = [], []
        for place, (low, high) in enumerate(masses):
            others = [m for d, m in enumerate(masses) if d != place]
            small, large = sum((m[0] for m in others), ZERO), sum((m[1] for m in others), ZERO)
            lows.append(low / (low + large) if low + large else ZERO)
            highs.append(high / (high + small) if high + small else ONE)
        return lows, highs

    def implied(self, key: Key, ends: Reader) -> Ends | None:
        """What the other classes and the whole leave; None for shares that are common and unknown."""
        if self.table is not None:
            return None
        known = [Ends(ZERO, HUNDRED) if part is None else ends(part) for part in self.parts]
        if key == self.whole:
            return Ends(self._extreme(known, ends, -1), self._extreme(known, ends, 1))
        if key not in self.parts:
            return None
        place = self.parts.index(key)
        if not self.masses:
            return self._beyond(place, known, ends)
        masses = [mass.ends(ends)[:2] for mass in self.masses]
        whole = ends(self.whole)
        return Ends(_rest(place, known, masses, whole, -1), _rest(place, known, masses, whole, 1))

    def _extreme(self, known: Sequence[Ends], ends: Reader, sign: int) -> Fraction | None:
        values = [e.high if sign > 0 else e.low for e in known]
        if any(value is None for value in values):
            return None
        numbers = [value for value in values if value is not None]
        if not self.masses:
            return max(numbers) if sign > 0 else min(numbers)
        masses = [mass.ends(ends)[:2] for mass in self.masses]
        order = sorted(range(len(numbers)), key=lambda d: -sign * numbers[d])
        best: Fraction | None = None
        for cut in range(len(order) + 1):
            chosen = {d: masses[d][1] if rank < cut else masses[d][0] for rank, d in enumerate(order)}
            total = sum(chosen.values(), ZERO)
            if total <= 0:
                continue
            value = sum((chosen[d] * numbers[d] for d in chosen), ZERO) / total
            if best is None or sign * (value - best) > 0:
                best = value
        return best

    def _beyond(self, place: int, known: Sequence[Ends], ends: Reader) -> Ends:
        """With free shares a class lies beyond the whole where all others lie on one side of it."""
        others = [e for d, e in enumerate(known) if d != place]
        whole = ends(self.whole)
        low = high = None
        if whole.low is not None and all(e.high is not None and e.high < whole.low for e in others):
            low = whole.low
        if whole.high is not None and all(e.low is not None and e.low > whole.high for e in others):
            high = whole.high
        return Ends(low, high)


def _rest(
    place: int, known: Sequence[Ends], masses: Sequence[tuple[Fraction, Fraction]], whole: Ends, sign: int
) -> Fraction | None:
    """``p = t + sum_e m_e (t - p_e) / m``, at its largest or smallest."""
    top = whole.high if sign > 0 else whole.low
    if top is None or min(masses[place]) <= 0:
        return None
    total = ZERO
    for other, (ends, mass) in enumerate(zip(known, masses, strict=True)):
        if other == place:
            continue
        end = ends.low if sign > 0 else ends.high
        if end is None:
            return None
        gap = top - end
        total += gap * (mass[1] if sign * gap > 0 else mass[0])
    return top + total / (masses[place][0] if sign * total > 0 else masses[place][1])


def _product(
    owner: int,
    product: Var,
    weight: Var,
    part: Key | None,
    ends: Reader,
    *,
    span: tuple[Fraction, Fraction, tuple[str, ...]],
) -> Iterator[Row]:
    """McCormick's inequalities for ``product = weight * part``; without a part only its range counts."""
    small, large, ids = span
    if part is None:
        yield Row(((product, -ONE),), ZERO, owner=owner)
        yield Row(((product, ONE), (weight, -HUNDRED)), ZERO, owner=owner)
        return
    found = ends(part)
    low, high = found.low, found.high
    if low is not None:
        yield Row(((product, -ONE), (part, small), (weight, low)), small * low, owner=owner, ids=(*found.low_ids, *ids))
        yield Row(
            ((product, ONE), (part, -large), (weight, -low)), -large * low, owner=owner, ids=(*found.low_ids, *ids)
        )
    if high is not None:
        yield Row(
            ((product, -ONE), (part, large), (weight, high)), large * high, owner=owner, ids=(*found.high_ids, *ids)
        )
        yield Row(
            ((product, ONE), (part, -small), (weight, -high)), -small * high, owner=owner, ids=(*found.high_ids, *ids)
        )


@dataclass(frozen=True, slots=True)
class Link:
    """Shares of classes among a base follow from their shares of the parent and the base's share in each class.

    ``w_d(base) t = w_d(parent) p_d`` where p_d is the share of the base in class d and t in all.
    """

    inner: Mixture
    outer: Mixture

    def rows(self, owner: int, ends: Reader) -> Iterator[Row]:
        """``low(t) w <= z <= high(t) w``."""
        found = ends(self.outer.whole)
        for place in range(len(self.outer.parts)):
            weight, product = ("share", self.inner.table, place), self.outer.product(place)
            if found.low is not None:
                yield Row(((weight, found.low), (product, -ONE)), ZERO, owner=owner, ids=found.low_ids)
            if found.high is not None:
                yield Row(((product, ONE), (weight, -found.high)), ZERO, owner=owner, ids=found.high_ids)

    def implied(self, key: Key, ends: Reader) -> Ends | None:
        """Only the joint question knows."""
        return None


@dataclass(frozen=True, slots=True)
class Within:
    """A figure lies between ends that are computed from other figures (a whole count, a standard error)."""

    key: Key
    compute: Callable[[Reader], Ends]

    def rows(self, owner: int, ends: Reader) -> Iterator[Row]:
        """At most two rows."""
        found = self.compute(ends)
        if found.low is not None:
            ids = found.low_ids
            yield Row(((self.key, -ONE),), -found.low, found.low_strict, owner, ids)
        if found.high is not None:
            yield Row(((self.key, ONE),), found.high, found.high_strict, owner, found.high_ids)

    def implied(self, key: Key, ends: Reader) -> Ends | None:
        """The ends themselves."""
        return self.compute(ends) if key == self.key else None


@dataclass(frozen=True, slots=True)
class Repeat:
    """Two printings of one fact: their intervals are the bounds of the figure, so no row is needed."""

    key: Key

    def rows(self, owner: int, ends: Reader) -> Iterator[Row]:
        """Nothing beyond the bounds."""
        yield from ()

    def implied(self, key: Key, ends: Reader) -> Ends | None:
        """Judged by printing, not by figure."""
        return None
