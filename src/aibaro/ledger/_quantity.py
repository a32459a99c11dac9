"""A fact as a claim reads it: its values, or what the other figures leave where words alone are printed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from aibaro.compare import Share
from aibaro.errors import InputError
from aibaro.facts import Fact, Facts, Key
from aibaro.published.schema import WHOLE_BASE
from aibaro.rounding import Interval, named_share


@dataclass(frozen=True, slots=True)
class Quantity:
    """A fact with the values that it stands for.

    Parameters
    ----------
    source : Fact
        The fact.
    left : Interval or None
        What the other figures leave for it, which stands in the place of its words; None for a fact as printed.
    """

    source: Fact
    left: Interval | None = None

    @property
    def key(self) -> Key:
        """What it is about."""
        return self.source.key

    @property
    def fact(self) -> str:
        """The fact, its measure left out."""
        return plain(self.key)

    @property
    def id(self) -> str:
        """Id of its most exact printing."""
        return self.source.best.id

    @property
    def printed(self) -> str:
        """Its most exact printing."""
        return self.source.best.text

    @property
    def precise(self) -> bool:
        """Whether digits were printed, or the other figures say what words do not."""
        return not self.source.soft

    @property
    def percent(self) -> bool:
        """Whether it is a share in percent."""
        return self.source.percent and self.source.unit == "percent"

    def band(self, rule: str = "half_up") -> Interval:
        """Return the values that it stands for; those of the most exact printing where printings exclude each other.

        Parameters
        ----------
        rule : str, default "half_up"
            Rounding rule.

        Returns
        -------
        Interval
            In the unit of print.
        """
        if self.left is not None:
            return self.left
        found = self.source.interval(rule)
        if found is None or found.empty:
            found = self.source.best.interval(rule)
        value = self.centre
        return Interval(value, value) if found is None or found.empty else found

    @property
    def centre(self) -> Fraction:
        """The printed value, or the middle of a reading."""
        if self.left is not None:
            return (self.left.lower + self.left.upper) / 2
        value = self.source.value
        assert value is not None  # resolve() gives no others
        return value

    @property
    def repeats_another(self) -> bool:
        """Whether its words name no quantity of their own, such as "the same share"."""
        own = self.source.best
        return not self.precise and own.qualifier in {"", "exact", "vague"} and named_share(own.text) is None

    def share(self, rule: str = "half_up") -> Share:
        """Return it as a share, for the rooms that compute with shares.

        Parameters
        ----------
        rule : str, default "half_up"
            Rounding rule.

        Returns
        -------
        Share
            Between 0 and 1.
        """
        return share_of(self.band(rule))


@lru_cache(maxsize=65536)
def plain(key: Key) -> str:
    """A fact as it is written where its measure goes without saying."""
    return str(key.about(measure="share"))


def share_of(band: Interval) -> Share:
    """Read values in percent as a share."""
    low, high = (min(max(end / 100, Fraction(0)), Fraction(1)) for end in (band.lower, band.upper))
    return Share(low, high, (low + high) / 2)


def best(facts: Facts, key: Key | str) -> Quantity | None:
    """Find a figure that has a value."""
    found = facts.get(key)
    return None if found is None or found.value is None else Quantity(found)


def resolve(facts: Facts, reference: str) -> tuple[Quantity, ...]:
    """Find the figures that a reference names: an id, a fact, or a glob over facts."""
    found = tuple(Quantity(fact) for fact in facts.resolve(reference) if fact.value is not None)
    if not found:
        raise InputError(
            "a reference to a figure without a value",
            where=facts.survey.name,
            got=reference,
            expected="an id, a fact or a glob over facts of printed.csv",
        )
    return found


def share_of_base(facts: Facts, base: str, place: Key, suspected: frozenset[str] = frozenset()) -> Interval | None:
    """Return the printed share of all that a base is, at the domain, wave and group of a key; none under suspicion."""
    known = facts.bases.get(base)
    if known is None or known.share is None or known.share[0].base != WHOLE_BASE:
        return None
    key, side = known.share
    figure = best(facts, key.about(domain=place.domain, level=place.level, wave=place.wave, group=place.group))
    if figure is None or not figure.precise or suspected & {p.id for p in figure.source.printings}:
        return None
    band = figure.band(facts.rounding)
    if side == "inside":
        return band
    return Interval(100 - band.upper, 100 - band.lower, band.upper_closed, band.lower_closed)
