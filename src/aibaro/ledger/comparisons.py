"""What does a statement compare?  Linear comparisons of printed figures, true for all, some or no admissible values.

Most claims are conjunctions of comparisons "this combination of figures is above zero".  One class serves the
verdict as printed (over the values that rounding admits), the robustness map and the tests in the population.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from aibaro.consistency.intervals import add, exactly, scale
from aibaro.consistency.sums import interval_text, number_text, printed_text
from aibaro.ledger.figures import Figure
from aibaro.messages import Message, message
from aibaro.rounding import Interval

HOLDS, FAILS, OPEN = "supported", "contradicted", "rounding_dependent"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The statement that a combination of figures is above zero.

    Parameters
    ----------
    terms : tuple of (Fraction, Figure)
        Coefficients and figures.
    constant : Fraction
        What is added to the terms.
    strict : bool
        Whether zero itself does not satisfy the statement.
    """

    terms: tuple[tuple[Fraction, Figure], ...]
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


def _term(factor: Fraction, figure: Figure, place: int) -> str:
    size = "" if abs(factor) == 1 else f"{number_text(abs(factor))} × "
    sign = ("-" if factor < 0 else "") if place == 0 else ("- " if factor < 0 else "+ ")
    return f"{sign}{size}{printed_text(figure.number)}"


def above(
    left: Figure, right: Figure | Fraction | int, *, margin: Fraction = Fraction(0), strict: bool = True
) -> Comparison:
    """Compare a figure with another figure or with a limit."""
    if isinstance(right, Figure):
        return Comparison(((Fraction(1), left), (Fraction(-1), right)), -margin, strict)
    return Comparison(((Fraction(1), left),), -Fraction(right) - margin, strict)


def below(
    left: Figure, right: Figure | Fraction | int, *, margin: Fraction = Fraction(0), strict: bool = True
) -> Comparison:
    """Compare a figure with another figure or limit that is said to be larger."""
    if isinstance(right, Figure):
        return Comparison(((Fraction(1), right), (Fraction(-1), left)), -margin, strict)
    return Comparison(((Fraction(-1), left),), Fraction(right) - margin, strict)


def combine(comparisons: Sequence[Comparison], need: int | None = None, rule: str = "half_up") -> str:
    """Judge a statement that asks for several comparisons."""
    verdicts = [comparison.verdict(rule) for comparison in comparisons]
    wanted = len(verdicts) if need is None else need
    if verdicts.count(HOLDS) >= wanted:
        return HOLDS
    return FAILS if len(verdicts) - verdicts.count(FAILS) < wanted else OPEN
