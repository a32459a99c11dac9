"""Is an overall figure the mixture of its domain figures, and what does one margin allow for the other?"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from aibaro.consistency.check import Check, Printable, band, centre, judge
from aibaro.consistency.intervals import add, exactly, intersect, mix, mix_uncertain, multiply, scale, subtract
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


def part_of_mixture(
    level: str,
    overall: Printable,
    parts: Mapping[str, Printable],
    masses: Mapping[str, Fraction | int],
    *,
    rates: Mapping[str, Printable] | None = None,
    declared: str = "half_up",
) -> Check:
    """Check one domain figure against the overall figure without the other domains.

    Parameters
    ----------
    level : str
        The domain that is checked.
    overall, parts, masses, rates, declared
        As in :func:`mixture_of`.

    Returns
    -------
    Check
        At best ``consistent``; its detection limit says how far the figure could be off.

    Raises
    ------
    InputError
        When levels differ.

    Notes
    -----
    p_j = (P Σ m_i - Σ_{i≠j} m_i p_i) / m_j with the masses m_i = N_i, or N_i a_i for a base with rates a_i; every
    figure runs over its rounding interval, the masses as well.

    Examples
    --------
    >>> from aibaro.rounding import parse_printed
    >>> parts = {"a": parse_printed("10%"), "b": parse_printed("30%")}
    >>> check = part_of_mixture("b", parse_printed("20%"), parts, {"a": 1, "b": 1})
    >>> check.verdict, float(check.recomputed.lower), float(check.recomputed.upper)
    ('consistent', 28.5, 31.5)
    """
    _check_levels(parts, masses)

    def recompute(rule: str) -> Interval:
        whole = band(overall, rule)
        mass = {
            name: exactly(Fraction(masses[name]))
            if rates is None
            else _clip(band(rates[name], rule)).scaled(Fraction(masses[name]))
            for name in parts
        }
        if mass[level].lower <= 0:
            return Interval(Fraction(0), Fraction(100))
        others = [name for name in parts if name != level]
        # P - p_i may have either sign, so each product takes its extreme over the mass of that domain
        gaps = [_signed(mass[name], subtract(whole, band(parts[name], rule))) for name in others]
        shift = add(gaps)
        ends = [shift.lower / mass[level].lower, shift.lower / mass[level].upper]
        tops = [shift.upper / mass[level].lower, shift.upper / mass[level].upper]
        implied = add([whole, Interval(min(ends), max(tops), shift.lower_closed, shift.upper_closed)])
        kept = intersect(implied, Interval(Fraction(0), Fraction(100)))
        return implied if kept is None else kept

    held = {name: Fraction(masses[name]) * (1 if rates is None else centre(rates[name])) for name in parts}
    rest = sum((held[name] * centre(parts[name]) for name in parts if name != level), Fraction(0))
    central = (centre(overall) * sum(held.values()) - rest) / held[level] if held[level] else None
    check = judge(
        "part_of_mixture",
        parts[level],
        recompute,
        central,
        declared=declared,
        best="consistent",
        inputs=[name for name in parts if name != level],
    )
    implied = recompute(declared)
    centre_text = "" if central is None else f", {number_text(central, 2)} from the printed values"
    return check.because(
        f"overall {printed_text(overall)} and the other {len(parts) - 1} domains leave {interval_text(implied, 2)} "
        f"for this one{centre_text}",
        stands_for(parts[level], declared),
    )


def _signed(mass: Interval, gap: Interval) -> Interval:
    """Product of a positive mass and a gap of either sign."""
    corners = [m * g for m in (mass.lower, mass.upper) for g in (gap.lower, gap.upper)]
    low, high = min(corners), max(corners)
    return Interval(low, high, gap.lower_closed and mass.lower_closed, gap.upper_closed and mass.upper_closed)


def share_of_share(outer: Printable, inner: Printable, rule: str = "half_up") -> Interval:
    """Give the share of all that a share of a share is.

    Parameters
    ----------
    outer : PrintedNumber or Interval
        Percentage of all that belongs to the base (adopters).
    inner : PrintedNumber or Interval
        Percentage of the base.
    rule : str, default "half_up"
        Rounding rule of both.

    Returns
    -------
    Interval
        Percentage of all.

    Examples
    --------
    >>> from aibaro.rounding import parse_printed
    >>> share = share_of_share(parse_printed("32,1%"), parse_printed("37,8%"))
    >>> round(float(share.lower), 2), round(float(share.upper), 2)
    (12.1, 12.17)
    """
    return multiply(band(outer, rule), band(inner, rule)).scaled(Fraction(1, 100))


def mixture_weight(overall: Printable, first: Printable, second: Printable, rule: str = "half_up") -> Interval | None:
    """Bound the weighted share of the first of two groups that make up a base.

    Parameters
    ----------
    overall, first, second : PrintedNumber or Interval
        Percentage in the base and in each group.
    rule : str, default "half_up"
        Rounding rule of all three.

    Returns
    -------
    Interval or None
        Share of the first group in percent, closed hull; None when no share fits, so that the three figures
        cannot all hold of two groups that exhaust the base.

    Notes
    -----
    P = λ p_1 + (1-λ) p_2 gives λ = (P - p_2)/(p_1 - p_2), taken over all corners of the rounding box.

    Examples
    --------
    >>> from aibaro.rounding import parse_printed
    >>> share = mixture_weight(parse_printed("19%"), parse_printed("44%"), parse_printed("14%"))
    >>> round(float(share.lower), 1), round(float(share.upper), 1)
    (13.3, 20.0)
    """
    whole, one, two = band(overall, rule), band(first, rule), band(second, rule)
    if one.lower <= two.upper and two.lower <= one.upper:
        # the groups may be equal: any share fits when the overall figure meets them, else the hull below decides
        low, high = min(one.lower, two.lower), max(one.upper, two.upper)
        return Interval(Fraction(0), Fraction(100)) if whole.meets(Interval(low, high)) else None
    shares = [
        100 * (p - b) / (a - b)
        for p in (whole.lower, whole.upper)
        for a in (one.lower, one.upper)
        for b in (two.lower, two.upper)
    ]
    return intersect(Interval(min(shares), max(shares)), Interval(Fraction(0), Fraction(100)))


def between_groups(
    overall: Printable, parts: Mapping[str, Printable], *, name: str = "mixture_unknown", declared: str = "half_up"
) -> Check:
    """Check that an overall figure lies between those of the groups that make up its base.

    Parameters
    ----------
    overall : PrintedNumber or Interval
        Percentage of the base.
    parts : mapping of str to PrintedNumber or Interval
        Percentage of each group; the groups' sizes are not printed.
    name : str, default "mixture_unknown"
        Name of the rule.
    declared : str, default "half_up"
        Rounding rule of the publication.

    Returns
    -------
    Check
        At best ``consistent``.

    Examples
    --------
    >>> from aibaro.rounding import parse_printed
    >>> groups = {"users": parse_printed("44%"), "non-users": parse_printed("14%")}
    >>> between_groups(parse_printed("19%"), groups).verdict
    'consistent'
    """

    def recompute(rule: str) -> Interval:
        bands = [band(part, rule) for part in parts.values()]
        low, low_open = min((part.lower, not part.lower_closed) for part in bands)
        high, high_closed = max((part.upper, part.upper_closed) for part in bands)
        return Interval(low, high, not low_open, high_closed)

    check = judge(name, overall, recompute, None, declared=declared, best="consistent", inputs=tuple(parts))
    figures = ", ".join(f"{level} {printed_text(part)}" for level, part in parts.items())
    return check.because(
        f"a mixture of {figures} lies in {interval_text(recompute(declared))}; {stands_for(overall, declared)}"
    )


def pooled(
    parts: Mapping[str, Printable],
    masses: Mapping[str, Fraction | int],
    *,
    rates: Mapping[str, Printable] | None = None,
    rule: str = "half_up",
) -> Interval:
    """Give the figure of several domains taken together.

    Parameters
    ----------
    parts, masses, rates
        As in :func:`mixture_of`.
    rule : str, default "half_up"
        Rounding rule.

    Returns
    -------
    Interval
        Percentages of the union of the domains.

    Raises
    ------
    InputError
        When levels differ.

    Examples
    --------
    >>> from aibaro.rounding import parse_printed
    >>> both = pooled({"a": parse_printed("10%"), "b": parse_printed("30%")}, {"a": 1, "b": 3})
    >>> float(both.lower), float(both.upper)
    (24.5, 25.5)
    """
    _check_levels(parts, masses)
    bands = [band(parts[level], rule) for level in parts]
    if rates is None:
        return mix([Fraction(masses[level]) for level in parts], bands)
    sizes = [scale(_clip(band(rates[level], rule)), Fraction(masses[level])) for level in parts]
    return mix_uncertain(sizes, bands)
