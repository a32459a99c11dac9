"""Is an overall figure the mixture of its domain figures, and what does one margin allow for the other?"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from aibaro.consistency.check import Check, Printable, band, centre, judge
from aibaro.consistency.intervals import intersect, mix, mix_uncertain
from aibaro.consistency.sums import interval_text, number_text, printed_text, stands_for
from aibaro.errors import InputError
from aibaro.rounding import Interval


def _check_levels(parts: Mapping[str, Printable], masses: Mapping[str, object]) -> None:
    if set(parts) != set(masses) or not parts:
        raise InputError(
            "weights and figures are not of the same levels",
            where="mixture",
            parameter="masses",
            expected=", ".join(parts) or "at least one level",
            got=", ".join(masses),
        )


def mixture_of(
    overall: Printable,
    parts: Mapping[str, Printable],
    masses: Mapping[str, Fraction | int],
    *,
    rates: Mapping[str, Printable] | None = None,
    name: str = "mixture_of",
    declared: str = "half_up",
) -> Check:
    """Recompute an overall percentage from the figures of domains that make up the population.

    Parameters
    ----------
    overall : PrintedNumber or Interval
        The overall percentage.
    parts : mapping of str to PrintedNumber or Interval
        The percentage of each domain.
    masses : mapping of str to Fraction or int
        Units of each domain (population counts).
    rates : mapping of str to PrintedNumber or Interval, optional
        Share in percent of each domain that belongs to the base, where the base is a part of the population whose
        size is printed only as a percentage (adopters).
    name : str, default "mixture_of"
        Name of the rule.
    declared : str, default "half_up"
        Rounding rule of the publication.

    Returns
    -------
    Check
        With the interval of all mixtures that the rounding of parts and rates allows.

    Raises
    ------
    InputError
        When levels differ.

    Notes
    -----
    P = Σ N_j p_j / Σ N_j; for a base with rates a_j, P = Σ N_j a_j p_j / Σ N_j a_j, whose extremes over the box of
    rounding intervals are attained at cuts through the sorted p_j.

    Examples
    --------
    >>> from aibaro.rounding import parse_printed
    >>> sizes = {"micro": "27,7%", "small": "32,1%", "medium": "40,8%", "large": "67,9%"}
    >>> firms = {"micro": 16290, "small": 16863, "medium": 3880, "large": 1038}
    >>> mixture_of(parse_printed("32,1%"), {k: parse_printed(v) for k, v in sizes.items()}, firms).verdict
    'reproduced'
    """
    _check_levels(parts, masses)
    levels = list(parts)
    units = [Fraction(masses[level]) for level in levels]

    def recompute(rule: str) -> Interval:
        bands = [band(parts[level], rule) for level in levels]
        if rates is None:
            return mix(units, bands)
        sizes = [_clip(band(rates[level], rule)).scaled(unit) for level, unit in zip(levels, units, strict=True)]
        return mix_uncertain(sizes, bands)

    held = [unit * (1 if rates is None else centre(rates[level])) for level, unit in zip(levels, units, strict=True)]
    mass = sum(held, Fraction(0))
    central = sum((m * centre(parts[level]) for m, level in zip(held, levels, strict=True)), Fraction(0)) / mass
    check = judge(name, overall, recompute, central, declared=declared, inputs=levels)
    terms = " + ".join(
        f"{number_text(Fraction(masses[level]))}"
        + ("" if rates is None else f" × {printed_text(rates[level])}%")
        + f" × {printed_text(parts[level])}"
        for level in levels
    )
    whole = number_text(mass / (1 if rates is None else 100), 1)
    return check.because(
        f"({terms}) / {whole} = {number_text(central, 4)}",
        f"rounding of the inputs allows {interval_text(recompute(declared))}; {stands_for(overall, declared)}",
    )


def _clip(share: Interval) -> Interval:
    """Keep a rounding interval of a percentage between 0 and 100."""
    kept = intersect(share, Interval(Fraction(0), Fraction(100)))
    return share if kept is None else kept
