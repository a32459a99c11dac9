"""What is the design-based variance of a share, as an exact function of stratum counts?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt, lcm

from aibaro.design import Design
from aibaro.errors import ConflictError, InputError
from aibaro.reconstruct.items import ItemSystem, Mask
from aibaro.reconstruct.program import (
    IntegerRow,
    Outcome,
    SeparableProgram,
    integer_rows,
    linear_rows,
    scaled_tables,
    violated,
)
from aibaro.reconstruct.solvers import solve

_ROOT_SCALE = 10**40


def variance_factors(design: Design, fpc: str = "population") -> tuple[Fraction, ...]:
    """Return w_h² (1 - f_h) n_h / (n_h - 1) of each stratum.

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
    """Return the weighted share of the item among the base in a stratum domain.

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
    >>> from aibaro.published import small_survey
    >>> from aibaro.reconstruct import own_item
    >>> exact_share(own_item(small_survey(tempfile.mkdtemp()), "use"), (0, 1), [4, 15])
    Fraction(7, 50)
    """
    size, weights = system.design.size, system.design.exact_weights
    inside = system.design.respondents.tolist() if system.whole else list(unknowns[size:])
    base = sum((weights[h] * inside[h] for h in strata), Fraction(0))
    return sum((weights[h] * unknowns[h] for h in strata), Fraction(0)) / base if base else None


def exact_variance(
    system: ItemSystem, strata: Mask, unknowns: Sequence[int], fpc: str = "population"
) -> Fraction | None:
    """Return the design-based variance of the share in exact arithmetic.

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
    >>> from aibaro.published import small_survey
    >>> from aibaro.reconstruct import own_item
    >>> exact_variance(own_item(small_survey(tempfile.mkdtemp()), "use"), (0, 1), [4, 15])
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
    """Return a square root, rounded down to 40 decimals where it is no fraction.

    Examples
    --------
    >>> root_below(Fraction(9, 4))
    Fraction(3, 2)
    """
    value = max(value, Fraction(0))
    root = Fraction(isqrt(value.numerator), isqrt(value.denominator))
    if root**2 == value:
        return root
    scaled = value * _ROOT_SCALE**2
    return Fraction(isqrt(scaled.numerator // scaled.denominator), _ROOT_SCALE)


def root_above(value: Fraction) -> Fraction:
    """Return a square root, rounded up to 40 decimals where it is no fraction.

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


@dataclass(frozen=True, slots=True)
class Extreme:
    """One end of the range of a quantity over all tables that the printed figures allow.

    Parameters
    ----------
    outer : Fraction
        Rigorous bound: no consistent table lies beyond it.
    inner : Fraction or None
        Value that the witness attains; None without a witness.
    witness : tuple of int or None
        Consistent counts x_h (and y_h among a base), checked in exact arithmetic.
    proof : str
        Solver and version, or the method that proved the bound.
    work : float
        Deterministic work spent.
    """

    outer: Fraction
    inner: Fraction | None
    witness: tuple[int, ...] | None
    proof: str
    work: float


def base_program(system: ItemSystem) -> SeparableProgram:
    """Write the constraints of a system as a program without objective."""
    limits = system.design.respondents.tolist()
    size = len(limits)
    rows = integer_rows(linear_rows(system))
    if not system.whole:
        order = (Order(h, size + h) for h in range(size))
        rows += tuple(o.row() for o in order)
        limits = limits * 2
    limits = limits + limits * len(system.ties)
    return SeparableProgram((0,) * len(limits), tuple(limits), rows)


@dataclass(frozen=True, slots=True)
class Order:
    """The requirement that one unknown is at most another."""

    smaller: int
    larger: int

    def row(self) -> IntegerRow:
        """Write it as a row."""
        return IntegerRow("x_h <= y_h", ((self.smaller, 1), (self.larger, -1)), None, 0)


def share_variance_tables(system: ItemSystem, strata: Mask, fpc: str = "population") -> dict[int, list[Fraction]]:
    """Tabulate the contribution of each stratum to the variance of a share of everybody."""
    factors, limits = variance_factors(system.design, fpc), system.design.respondents.tolist()
    population = int(system.design.population[list(strata)].sum())
    return {
        h: [factors[h] * Fraction(x * (limits[h] - x), limits[h] * population**2) for x in range(limits[h] + 1)]
        for h in strata
    }


def share_extreme(
    system: ItemSystem, strata: Mask, sense: str, *, solver: str = "auto", work: float = 20.0, fpc: str = "population"
) -> Extreme:
    """Bound the variance of a share of everybody."""
    if not system.whole:
        raise InputError("this bound is for shares of everybody", parameter="system", got=system.name)
    exact = share_variance_tables(system, strata, fpc)
    tables, factor = scaled_tables(exact, sense)
    empty = base_program(system)
    program = SeparableProgram(empty.lower, empty.upper, empty.rows, sense, tables)
    outcome = solve(program, solver=solver, work=work)
    ceiling = sum((max(t) for t in exact.values()), Fraction(0))
    return extreme_from(system, strata, sense, outcome, factor=factor, ceiling=ceiling, fpc=fpc)


def extreme_from(
    system: ItemSystem,
    strata: Mask,
    sense: str,
    outcome: Outcome,
    *,
    factor: Fraction,
    ceiling: Fraction,
    fpc: str = "population",
) -> Extreme:
    """Turn a solver's answer into bounds of the variance."""
    if outcome.status == "infeasible":
        raise ConflictError(
            "no table of counts meets everything that is printed",
            where=system.name,
            hint="reconstruct.conflict names an irreducible set",
        )
    loosest = ceiling if sense == "max" else Fraction(0)
    outer = loosest if outcome.bound is None else max(Fraction(outcome.bound) / factor, Fraction(0))
    outer = min(outer, ceiling)
    witness = outcome.unknowns
    if witness is not None and violated(system, witness):
        witness = None
    inner = None if witness is None else exact_variance(system, strata, witness, fpc)
    return Extreme(outer, inner, witness, outcome.solver, outcome.work)
