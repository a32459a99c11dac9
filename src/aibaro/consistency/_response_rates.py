"""Which response rates follow from the dispositions of a sample?"""

from __future__ import annotations

from fractions import Fraction

from aibaro.errors import InputError


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
    """Return the AAPOR response rates of a flow.

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
