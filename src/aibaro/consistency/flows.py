"""Does a response flow balance, and which response rates follow from it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from aibaro.consistency.check import Check, Printable, judge
from aibaro.consistency.intervals import divide, exactly
from aibaro.consistency.sums import balance, number_text, stands_for
from aibaro.errors import FaultList, InputError
from aibaro.rounding import Interval, parse_printed


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One balance in a flow of cases.

    Parameters
    ----------
    whole : str
        Name of the count that results.
    plus, minus : tuple of str
        Names of the counts that are added and taken away.
    """

    whole: str
    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()


def check_flow(counts: Mapping[str, int], steps: Sequence[FlowStep]) -> dict[str, Check]:
    """Check each balance of a flow of cases.

    Parameters
    ----------
    counts : mapping of str to int
        Printed counts by name.
    steps : sequence of FlowStep
        The balances.

    Returns
    -------
    dict of str to Check
        One check a step, by the name of its whole.

    Raises
    ------
    InputError
        With every count that a step needs and that is missing.

    Examples
    --------
    >>> counts = {"mailed": 9184, "undeliverable": 718, "reached": 8466}
    >>> check_flow(counts, [FlowStep("reached", ("mailed",), ("undeliverable",))])["reached"].verdict
    'reproduced'
    """
    faults = FaultList("a step of the flow lacks a count", where="check_flow")
    for step in steps:
        for name in (step.whole, *step.plus, *step.minus):
            if name not in counts:
                faults.add("no such count", where=f"step {step.whole}", expected=", ".join(sorted(counts)), got=name)
    faults.raise_if_any(InputError)
    return {
        step.whole: balance(
            counts[step.whole], {name: counts[name] for name in step.plus}, {name: counts[name] for name in step.minus}
        )
        for step in steps
    }


def ratio_of(
    printed: str | Printable,
    numerator: Interval | int,
    denominator: Interval | int,
    *,
    names: tuple[str, str] = ("numerator", "denominator"),
    declared: str = "half_up",
    decimal: str = ",",
) -> Check:
    """Check a printed percentage against the two counts that it is the quotient of.

    Parameters
    ----------
    printed : str, PrintedNumber or Interval
        The percentage.
    numerator, denominator : Interval or int
        The counts.
    names : tuple of two str
        Names of the counts.
    declared : str, default "half_up"
        Rounding rule of the publication.
    decimal : {",", "."}
        Decimal mark.

    Returns
    -------
    Check
        With the quotient in percent.

    Examples
    --------
    >>> check = ratio_of("33,3%", 3044, 9140)
    >>> check.verdict, check.steps[0]
    ('reproduced', '100 × 3044 / 9140 = 33.3042')
    """
    top = exactly(numerator) if isinstance(numerator, int) else numerator
    bottom = exactly(denominator) if isinstance(denominator, int) else denominator
    number = parse_printed(printed, decimal) if isinstance(printed, str) else printed
    quotient = divide(top, bottom).scaled(100)
    upper, lower = (top.lower + top.upper) / 2, (bottom.lower + bottom.upper) / 2
    central = 100 * upper / lower
    check = judge("ratio_of", number, lambda rule: quotient, central, declared=declared, inputs=names)
    return check.because(
        f"100 × {number_text(upper)} / {number_text(lower)} = {number_text(central, 4)}",
        stands_for(number, declared),
    )


def response_rates(
    complete: int,
    *,
    partial: int = 0,
    refusal: int = 0,
    noncontact: int = 0,
    other: int = 0,
    unknown: int = 0,
    eligible_share: Fraction | None = None,
) -> dict[str, Fraction]:
    """Give the AAPOR response rates of a flow.

    Parameters
    ----------
    complete, partial : int
        Interviews, whole and partial (I, P).
    refusal, noncontact, other : int
        Eligible cases without interview (R, NC, O).
    unknown : int
        Cases of unknown eligibility (U).
    eligible_share : Fraction, optional
        Estimated share e of the unknown cases that are eligible; RR3 and RR4 need it.

    Returns
    -------
    dict of str to Fraction
        ``RR1, RR2, RR5, RR6`` and, with `eligible_share`, ``RR3, RR4``; shares between 0 and 1.

    Raises
    ------
    InputError
        For negative counts or no case at all.

    Notes
    -----
    RR1 = I/(I+P+R+NC+O+U); RR2 counts partial interviews as interviews; RR3 and RR4 multiply U by e; RR5 and RR6
    leave U out.

    References
    ----------
    The American Association for Public Opinion Research (2023). Standard Definitions: Final Dispositions of Case
    Codes and Outcome Rates for Surveys, 10th edition.

    Examples
    --------
    >>> rates = response_rates(2612, partial=432, noncontact=6096 + 540)
    >>> round(float(rates["RR1"]), 4), round(float(rates["RR2"]), 4)
    (0.2698, 0.3145)
    """
    cases = (complete, partial, refusal, noncontact, other, unknown)
    known = sum(cases[:-1])
    if min(cases) < 0 or known == 0:
        raise InputError(
            "dispositions are counts, at least one of them positive",
            where="response_rates",
            expected=">= 0",
            got=", ".join(map(str, cases)),
        )
    both = complete + partial
    rates = {
        "RR1": Fraction(complete, known + unknown),
        "RR2": Fraction(both, known + unknown),
        "RR5": Fraction(complete, known),
        "RR6": Fraction(both, known),
    }
    if eligible_share is not None:
        rates["RR3"] = Fraction(complete) / (known + eligible_share * unknown)
        rates["RR4"] = Fraction(both) / (known + eligible_share * unknown)
    return dict(sorted(rates.items()))
