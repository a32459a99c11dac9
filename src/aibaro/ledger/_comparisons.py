"""What does a statement compare?  Linear comparisons of printed figures, true for all, some or no admissible values.

Most claims are conjunctions of comparisons "this combination of figures is above zero".  One class serves the
verdict as printed (over the values that rounding admits), the robustness map and the tests in the population.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from aibaro.consistency.intervals import add, exactly, interval_text, number_text, scale
from aibaro.ledger._quantity import Quantity
from aibaro.messages import Message, message
from aibaro.rounding import Interval

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
        """Give the values that the combination takes over the rounding of its figures."""
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
        pieces = [_term(factor, figure, place) for place, (factor, figure) in enumerate(self.terms)]
        if self.constant:
            pieces.append(f"{'-' if self.constant < 0 else '+'} {number_text(abs(self.constant), 2)}")
        word = {HOLDS: "ledger.holds", FAILS: "ledger.fails", OPEN: "ledger.open"}[self.verdict()]
        return message(
            "ledger.comparison",
            formula=" ".join(pieces),
            value=number_text(self.central, 2),
            sign=">" if self.strict else ">=",
            verdict=message(word),
            interval=interval_text(self.value(), 2),
        )


def _term(factor: Fraction, figure: Quantity, place: int) -> str:
    size = "" if abs(factor) == 1 else f"{number_text(abs(factor))} × "
    sign = ("-" if factor < 0 else "") if place == 0 else ("- " if factor < 0 else "+ ")
    return f"{sign}{size}{_value(figure)}"


def _value(figure: Quantity) -> str:
    """The printed number, or the range that words or other figures leave."""
    return number_text(figure.centre) if figure.precise and figure.left is None else interval_text(figure.band())


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
