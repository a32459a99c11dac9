"""What is the design-based variance of a share, as an exact function of stratum counts?"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt, lcm

from aibaro.design import Design
from aibaro.reconstruct._items import ItemSystem, Mask

_ROOT_SCALE = 10**40


def variance_factors(design: Design, fpc: str = "population") -> tuple[Fraction, ...]:
    """Give w_h² (1 - f_h) n_h / (n_h - 1) of each stratum.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"size": ["small"], "population": [100], "respondents": [5]})
    >>> variance_factors(Design.from_strata(table))
    (Fraction(475, 1),)
    """
    pairs = zip(design.population.tolist(), design.respondents.tolist(), strict=True)
    return tuple(_factor(big, small, fpc) for big, small in pairs)


def exact_share(system: ItemSystem, strata: Mask, unknowns: Sequence[int]) -> Fraction | None:
    """Give the weighted share of the item among the base in a stratum domain.

    Parameters
    ----------
    system : ItemSystem
        Item and base.
    strata : tuple of int
        Rows of the domain's strata.
    unknowns : sequence of int, length H or 2 H
        x_h, then y_h when the base is not everybody.

    Returns
    -------
    Fraction or None
        Sum of w_h x_h over sum of w_h y_h; None when the domain holds nobody of the base.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from aibaro.cli.init import templates
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name, text in templates("my-survey").items():
    ...     _ = (folder / name).write_text(text, encoding="utf-8")
    >>> from aibaro.published import read
    >>> from aibaro.reconstruct import own_item
    >>> exact_share(own_item(read(folder), "use"), (0, 1), [4, 15])
    Fraction(7, 50)
    """
    size, weights = system.design.size, system.design.exact_weights
    inside = system.design.respondents.tolist() if system.whole else list(unknowns[size:])
    base = sum((weights[h] * inside[h] for h in strata), Fraction(0))
    return sum((weights[h] * unknowns[h] for h in strata), Fraction(0)) / base if base else None


def exact_variance(
    system: ItemSystem, strata: Mask, unknowns: Sequence[int], fpc: str = "population"
) -> Fraction | None:
    """Give the design-based variance of the share in exact arithmetic.

    Parameters
    ----------
    system : ItemSystem
        Item and base.
    strata : tuple of int
        Rows of the domain's strata.
    unknowns : sequence of int, length H or 2 H
        x_h, then y_h when the base is not everybody.
    fpc : {"population", "none"}
        Whether the finite population correction is applied.

    Returns
    -------
    Fraction or None
        The variance; None when the domain holds nobody of the base.

    Notes
    -----
    With R the share, Y the weighted size of the base and z = 1(base) (1(item) - R), linearised:
    V = sum of w_h² (1-f_h) n_h/(n_h-1) [x_h (1-2R) + y_h R² - (x_h - R y_h)²/n_h] / Y², over *all* respondents of
    the strata, those outside the base with z = 0 (Särndal, Swensson & Wretman 1992, section 5.6).

    References
    ----------
    Särndal, C.-E., Swensson, B. & Wretman, J. (1992). Model Assisted Survey Sampling.
    doi:10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from aibaro.cli.init import templates
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name, text in templates("my-survey").items():
    ...     _ = (folder / name).write_text(text, encoding="utf-8")
    >>> from aibaro.published import read
    >>> from aibaro.reconstruct import own_item
    >>> exact_variance(own_item(read(folder), "use"), (0, 1), [4, 15])
    Fraction(69613, 37700000)
    """
    design, size = system.design, system.design.size
    population, respondents = design.population.tolist(), design.respondents.tolist()
    inside = respondents if system.whole else list(unknowns[size:])
    # whole numbers over common denominators: weights over one, factors f_h/n_h over another, R = top/bottom
    common = lcm(*(respondents[h] for h in strata))
    weights = {h: population[h] * (common // respondents[h]) for h in strata}
    base = sum(weights[h] * inside[h] for h in strata)
    if not base:
        return None
    share = Fraction(sum(weights[h] * unknowns[h] for h in strata), base)
    top, bottom = share.numerator, share.denominator
    factors = {h: _factor(population[h], respondents[h], fpc) / respondents[h] for h in strata}
    scale = lcm(*(factor.denominator for factor in factors.values()))
    total = 0
    for h in strata:
        x, y, n = unknowns[h], inside[h], respondents[h]
        spread = n * (x * bottom * (bottom - 2 * top) + y * top**2) - (x * bottom - y * top) ** 2
        total += factors[h].numerator * (scale // factors[h].denominator) * spread
    return Fraction(total * common**2, scale * bottom**2 * base**2)


def root_below(value: Fraction) -> Fraction:
    """Give a square root rounded down to 40 decimals.

    Examples
    --------
    >>> root_below(Fraction(9, 4))
    Fraction(3, 2)
    """
    scaled = max(value, Fraction(0)) * _ROOT_SCALE**2
    return Fraction(isqrt(scaled.numerator // scaled.denominator), _ROOT_SCALE)


def root_above(value: Fraction) -> Fraction:
    """Give a square root rounded up to 40 decimals.

    Examples
    --------
    >>> root_above(Fraction(9, 4))
    Fraction(3, 2)
    """
    root = root_below(value)
    return root if root**2 >= value else root + Fraction(1, _ROOT_SCALE)


def _factor(population: int, respondents: int, fpc: str) -> Fraction:
    if respondents < 2:
        return Fraction(0)
    remaining = Fraction(population - respondents, population) if fpc == "population" else Fraction(1)
    return Fraction(population, respondents) ** 2 * remaining * Fraction(respondents, respondents - 1)
