"""Which slip of the keyboard or layout gives a value with which all holds?  Slips rank, they never accuse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from aibaro.consistency._system import Component, Reading, System
from aibaro.facts import Printing

_MISREAD = {("1", "7"), ("7", "1"), ("3", "8"), ("8", "3"), ("6", "9"), ("9", "6"), ("0", "6"), ("6", "0")}


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip that explains a suspect.

    Parameters
    ----------
    name : str
        Its kind, after a colon the other cell where there is one; empty for none.
    value : str
        What should have been printed.
    weight : float
        How much it speaks for the suspect.
    """

    name: str = ""
    value: str = ""
    weight: float = 0.0


def rank(
    system: System,
    component: Component,
    reading: Reading,
    printing: Printing,
    span: tuple[float | None, float | None],
) -> tuple[Slip, float]:
    """Find the slip that best explains a printing, and how far print lies from what would hold."""
    low, high = span
    value = printing.value or Fraction(0)
    unit = printing.unit_of_print
    below = (Fraction(low) if low is not None else value) - unit / 2
    above = (Fraction(high) if high is not None else value) + unit / 2
    distance = float(max(below - value, value - above, Fraction(0)) / unit)
    for name, weight, number in _keyboard(printing):
        if below <= number <= above and number != value:
            return Slip(name, _text(number, printing), weight), distance
    return Slip(), distance


def _text(number: Fraction, printing: Printing) -> str:
    mark = "," if "," in printing.text else "."
    return f"{float(number):.{printing.decimals}f}".replace(".", mark)


def _keyboard(printing: Printing) -> Iterator[tuple[str, float, Fraction]]:
    """Values that one slip of the keyboard would have turned into what is printed."""
    if printing.value is None or printing.band is not None:
        return
    unit = printing.unit_of_print
    number = abs(printing.value)
    digits = str(int(number / unit)).zfill(printing.decimals + 1)

    def value(text: str) -> Fraction:
        return int(text) * unit

    for place in range(len(digits) - 1):
        if digits[place] != digits[place + 1]:
            swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
            yield "swapped", 3.0, value(swapped)
    for place, digit in enumerate(digits):
        for old, new in sorted(_MISREAD):
            if digit == old:
                yield "misread", 2.5, value(digits[:place] + new + digits[place + 1 :])
    if printing.kind == "percentage":
        yield "complement", 1.5, 100 - number
    yield "decimal", 2.0, number * 10
    yield "decimal", 2.0, number / 10
    yield "sign", 2.0, -printing.value


def joint_slips(
    system: System, component: Component, reading: Reading, ids: Sequence[str]
) -> dict[tuple[str, ...], Slip]:
    """Slips of the layout that explain several figures at once; each is one event."""
    return {}
