"""What does a statement compare?  Figures as a claim reads them, and linear comparisons of their admissible values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from aibaro.compare import Share
from aibaro.consistency.interval_arithmetic import add, exactly, scale
from aibaro.errors import InputError
from aibaro.facts import Fact, Facts, Key
from aibaro.messages import Code, Message, Row, message
from aibaro.published.schema import WHOLE_BASE
from aibaro.rounding import Interval, named_share

# --- A fact as a claim reads it: its values, or what the other figures leave where words alone are printed.


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


# --- What does a statement compare?  Linear comparisons of printed figures, true for all, some or no admissible values.
#
# Most claims are conjunctions of comparisons "this combination of figures is above zero".  One class serves the
# verdict as printed (over the values that rounding admits), the robustness map and the tests in the population.

# rounding rules that publishers use without saying so; floor or ceiling only counts where it is declared
RULES = ("half_up", "half_even", "truncate")
HOLDS, FAILS, OPEN = "supported", "contradicted", "rounding_dependent"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The statement that a combination of figures is above zero.

    Parameters
    ----------
    terms : tuple of (Fraction, Quantity)
        Coefficients and figures.
    constant : Fraction
        What is added to the terms.
    strict : bool
        Whether zero itself does not satisfy the statement.
    """

    terms: tuple[tuple[Fraction, Quantity], ...]
    constant: Fraction = Fraction(0)
    strict: bool = True
    _values: dict[str, Interval] = field(default_factory=dict, compare=False, repr=False)

    def value(self, rule: str = "half_up") -> Interval:
        """Return the values that the combination takes over the rounding of its figures."""
        # the robustness map asks again and again
        if rule not in self._values:
            parts = [scale(figure.band(rule), factor) for factor, figure in self.terms]
            self._values[rule] = add([*parts, exactly(self.constant)])
        return self._values[rule]

    @property
    def central(self) -> Fraction:
        """The value at the printed digits."""
        return sum((factor * figure.centre for factor, figure in self.terms), self.constant)

    def verdict(self, rule: str = "half_up") -> str:
        """Say whether the statement holds for all, no, or some admissible values."""
        band = self.value(rule)
        if band.lower > 0 or (band.lower == 0 and not (self.strict and band.lower_closed)):
            return HOLDS
        if band.upper < 0 or (band.upper == 0 and (self.strict or not band.upper_closed)):
            return FAILS
        return OPEN

    def message(self) -> Message:
        """Say what is compared, what comes out, and whether that holds."""
        pieces: list[object] = []
        for factor, figure in self.terms:
            pieces += _term(factor, figure, first=not pieces)
        if self.constant:
            pieces += ["-" if self.constant < 0 else "+", exact(abs(self.constant))]
        word = message({HOLDS: "ledger.holds", FAILS: "ledger.fails", OPEN: "ledger.open"}[self.verdict()])
        band, shown = self.value(), exact(self.central)
        ends = {"low": exact(band.lower), "high": exact(band.upper)}
        formula = Row(pieces)
        if self.central == 0:
            return message("ledger.comparison_zero", formula=formula, verdict=word, **ends)
        sign = ">" if self.central > 0 else "<"
        if band.lower == band.upper:
            return message("ledger.comparison_exact", formula=formula, value=shown, sign=sign, verdict=word)
        return message("ledger.comparison", formula=formula, value=shown, sign=sign, verdict=word, **ends)


def exact(value: Fraction) -> Fraction:
    """A value with as many decimals as a reader needs to redo the arithmetic."""
    return Fraction(round(value * 10**4), 10**4)


def _term(factor: Fraction, figure: Quantity, *, first: bool) -> list[object]:
    sign: list[object] = ["-"] if factor < 0 else [] if first else ["+"]
    size: list[object] = [] if abs(factor) == 1 else [exact(abs(factor)), "×"]
    return [*sign, *size, _value(figure), message("ledger.named", fact=Code(figure.fact))]


def _value(figure: Quantity) -> object:
    """The printed number, or the range that words or other figures leave."""
    if figure.precise and figure.left is None:
        # a year has no thousands
        year = figure.source.best.kind == "date" and figure.centre.denominator == 1
        return str(figure.centre) if year else exact(figure.centre)
    band = figure.band()
    return message("ledger.range", low=exact(band.lower), high=exact(band.upper))


@dataclass(frozen=True, slots=True)
class Computed:
    """A value computed from figures that has to be able to be zero, or not to be negative.

    Parameters
    ----------
    values : callable
        The values that it can take under a rounding rule.
    step : Message
        The arithmetic.
    asks : {"zero", "not negative"}
        What has to be possible.
    """

    values: Callable[[str], Interval]
    step: Message
    asks: str = "zero"

    def verdict(self, rule: str, rules: Sequence[str] = RULES) -> str:
        """Say whether it holds under a rule, under another one, or under none."""
        if self._holds(rule):
            return HOLDS
        return OPEN if any(self._may_hold(other) for other in (rule, *rules)) else FAILS

    def _holds(self, rule: str) -> bool:
        """Whether it holds: zero is possible, or no possible value is negative."""
        band = self.values(rule)
        return Fraction(0) in band if self.asks == "zero" else band.lower >= 0

    def _may_hold(self, rule: str) -> bool:
        return self._holds(rule) or (self.asks != "zero" and self.values(rule).upper >= 0)


def above(
    left: Quantity, right: Quantity | Fraction | int, *, margin: Fraction = Fraction(0), strict: bool = True
) -> Comparison:
    """Compare a figure with another figure or with a limit."""
    if isinstance(right, Quantity):
        return Comparison(((Fraction(1), left), (Fraction(-1), right)), -margin, strict)
    return Comparison(((Fraction(1), left),), -Fraction(right) - margin, strict)


def below(
    left: Quantity, right: Quantity | Fraction | int, *, margin: Fraction = Fraction(0), strict: bool = True
) -> Comparison:
    """Compare a figure with another figure or limit that is said to be larger."""
    if isinstance(right, Quantity):
        return Comparison(((Fraction(1), right), (Fraction(-1), left)), -margin, strict)
    return Comparison(((Fraction(-1), left),), Fraction(right) - margin, strict)


def combine(comparisons: Sequence[Comparison], need: int | None = None, rule: str = "half_up") -> str:
    """Judge a statement that asks for several comparisons."""
    verdicts = [comparison.verdict(rule) for comparison in comparisons]
    wanted = len(verdicts) if need is None else need
    if verdicts.count(HOLDS) >= wanted:
        return HOLDS
    return FAILS if len(verdicts) - verdicts.count(FAILS) < wanted else OPEN
