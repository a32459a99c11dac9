"""Raking: meet several margins at once by scaling the cells of their cross-classification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aibaro.errors import ConflictError, Fault, InputError
from aibaro.weights.feasible import conflicting_margins, forced_zero_cells
from aibaro.weights.newton import solve

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]

# logarithm beyond which a factor tells that the margins force a cell to zero, long before it overflows
EXTREME = 300.0


@dataclass(frozen=True, slots=True)
class Margin:
    """One margin on the cells: to which level each cell belongs, and what each level has to add up to.

    Parameters
    ----------
    name : str
        Name of the margin, such as ``sector``.
    levels : tuple of str, length L
        Names of the levels.
    codes : numpy.ndarray of int64, shape (C,)
        Level of each cell, 0 to L - 1.
    targets : numpy.ndarray of float64, shape (L,)
        Total of each level, in units of the population.
    """

    name: str
    levels: tuple[str, ...]
    codes: Integers
    targets: Floats


@dataclass(frozen=True, slots=True)
class RakingStep:
    """What one adjustment to one margin did.

    Parameters
    ----------
    iteration : int
        Round, from 1.
    margin : str
        Margin that was met.
    factors : mapping of str to float
        Factor of each level.
    sums, targets : mapping of str to float
        Weighted sum of each level before the step, and what it has to be.
    residual : float
        Largest relative residual over all margins after the step.
    """

    iteration: int
    margin: str
    factors: Mapping[str, float]
    sums: Mapping[str, float]
    targets: Mapping[str, float]
    residual: float


@dataclass(frozen=True, slots=True)
class Raking:
    """Factors of the cells, and how they were reached.

    Parameters
    ----------
    factors : numpy.ndarray of float64, shape (C,)
        Factor by which all weights of a cell are multiplied.
    level_factors : tuple of numpy.ndarray of float64, shape (L,)
        One array a margin; the factor of a cell is the product over its levels.
    residual : float
        Largest relative residual |sum - target| / target over all margins.
    iterations : int
        Rounds over all margins.
    steps : tuple of RakingStep
        Each adjustment of the first rounds, for teaching.
    """

    factors: Floats
    level_factors: tuple[Floats, ...]
    residual: float
    iterations: int
    steps: tuple[RakingStep, ...]


def check_totals(margins: Sequence[Margin], relative: float = 1e-9) -> None:
    """Refuse margins that do not add up to one population.

    Examples
    --------
    >>> a = Margin("size", ("s", "l"), np.array([0, 1]), np.array([30.0, 70.0]))
    >>> b = Margin("sector", ("x",), np.array([0, 0]), np.array([90.0]))
    >>> check_totals([a, b])
    Traceback (most recent call last):
    aibaro.errors.ConflictError: margins disagree about the size of the population
    ...
    """
    totals = [float(margin.targets.sum()) for margin in margins]
    if max(totals) - min(totals) <= relative * max(totals):
        return
    faults = tuple(
        Fault("margin total", parameter=margin.name, got=f"{total:,.6f}")
        for margin, total in zip(margins, totals, strict=True)
    )
    raise ConflictError(
        "margins disagree about the size of the population",
        where="rake",
        parameter="margins",
        expected=f"equal totals to {relative:g}",
        hint="give shares instead of counts, or scale each margin to one population total",
        faults=faults,
    )


def rake_cells(
    totals: Floats, margins: Sequence[Margin], *, tolerance: float = 1e-10, max_iterations: int = 2000, keep: int = 5
) -> Raking:
    """Scale cell totals until every margin is met.

    Notes
    -----
    Iterative proportional fitting (Deming & Stephan 1940).  Cost per round is C times the number of margins, whatever
    the number of rows; memory is O(C).  Convergence is the measured residual, never a stalled step.  Where the rounds
    do not suffice although the margins can be met, Newton's method of :func:`calibrate_arrays` goes on from where they
    ended: the raked weights are unique, so that both lead to the same.

    References
    ----------
    Deming, W. E., & Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table when the
    expected marginal totals are known. Annals of Mathematical Statistics, 11(4), 427-444.
    https://doi.org/10.1214/aoms/1177731829

    Examples
    --------
    >>> size = Margin("size", ("s", "l"), np.array([0, 0, 1, 1]), np.array([60.0, 40.0]))
    >>> sector = Margin("sector", ("x", "y"), np.array([0, 1, 0, 1]), np.array([50.0, 50.0]))
    >>> result = rake_cells(np.array([10.0, 20.0, 30.0, 40.0]), [size, sector])
    >>> result.residual <= 1e-10
    True
    >>> np.round(result.factors * [10, 20, 30, 40], 3)
    array([27.577, 32.423, 22.423, 17.577])
    """
    _check_support(totals, margins)
    check_totals(margins)
    current = np.asarray(totals, dtype=float).copy()
    product = tuple(np.ones(len(margin.levels)) for margin in margins)
    steps: list[RakingStep] = []
    residual = _residual(current, margins)
    iteration = 0
    while residual > tolerance and iteration < max_iterations:
        iteration += 1
        for number, margin in enumerate(margins):
            sums = np.bincount(margin.codes, current, minlength=len(margin.levels))
            factors = margin.targets / sums
            current *= factors[margin.codes]
            product[number][:] *= factors
            if iteration <= keep:
                by_factor, by_sum, by_target = (
                    dict(zip(margin.levels, v.tolist(), strict=True)) for v in (factors, sums, margin.targets)
                )
                steps.append(
                    RakingStep(iteration, margin.name, by_factor, by_sum, by_target, _residual(current, margins))
                )
        residual = _residual(current, margins)
        if max(float(np.abs(np.log(part)).max()) for part in product) > EXTREME:
            break
    if residual > tolerance:
        product, extra = _finish(totals, margins, product, residual, tolerance)
        iteration += extra
    factors = np.ones(len(current))
    for margin, collected in zip(margins, product, strict=True):
        factors = factors * collected[margin.codes]
    return Raking(factors, product, _residual(totals * factors, margins), iteration, tuple(steps))


def _residual(current: Floats, margins: Sequence[Margin]) -> float:
    sums = [np.bincount(m.codes, current, minlength=len(m.levels)) for m in margins]
    return max(float(np.max(np.abs(s - m.targets) / m.targets)) for s, m in zip(sums, margins, strict=True))


def _check_support(totals: Floats, margins: Sequence[Margin]) -> None:
    if np.any(~np.isfinite(totals)) or np.any(totals <= 0):
        raise InputError("cell totals have to be positive", where="rake", parameter="totals", expected="> 0")
    hint = "collapse it with a neighbouring level in data and margin"
    empty = [
        Fault("no respondent to carry this level", parameter=m.name, got=level, hint=hint)
        for m in margins
        for level, there in zip(m.levels, np.bincount(m.codes, minlength=len(m.levels)), strict=True)
        if there == 0
    ]
    if empty:
        raise ConflictError("levels of the margins have no respondents", where="rake", faults=tuple(empty))


def _finish(
    totals: Floats, margins: Sequence[Margin], product: tuple[Floats, ...], residual: float, tolerance: float
) -> tuple[tuple[Floats, ...], int]:
    """Examine margins that the rounds did not meet: raise their conflict, or meet them by Newton's method."""
    _raise_conflict(totals, margins)
    codes = np.concatenate([[0], np.cumsum([len(m.levels) for m in margins])])
    indicators = np.zeros((len(totals), codes[-1]))
    for offset, margin in zip(codes, margins, strict=False):
        indicators[np.arange(len(totals)), offset + margin.codes] = 1.0
    wanted = np.concatenate([m.targets for m in margins])

    def evaluate(multipliers: Floats) -> tuple[Floats, Floats]:
        current = totals * np.exp(np.clip(indicators @ multipliers, -700, 700))
        return indicators.T @ current, (indicators * current[:, None]).T @ indicators

    start = np.concatenate([np.log(p) for p in product])
    found = solve(evaluate, wanted, wanted, tolerance=tolerance, max_iterations=200, start=start)
    if not found.met:
        raise ConflictError(
            "the margins lie on the edge of what weights can meet",
            where="rake",
            parameter="margins",
            expected=f"a residual of at most {tolerance:g}",
            got=f"{min(residual, found.residual):.3g}",
            hint="collapse the smallest levels of the margins",
        )
    return tuple(np.exp(part) for part in np.split(found.multipliers, codes[1:-1])), found.iterations


def _raise_conflict(totals: Floats, margins: Sequence[Margin]) -> None:
    """Say why no weights meet the margins: levels that conflict, or cells that they force to zero."""
    named = [(m.name, m.levels, m.codes, m.targets) for m in margins]
    conflict = conflicting_margins(len(totals), named)
    if conflict:
        faults = tuple(
            Fault("part of the conflict", parameter=name, got=f"{level} = {target:,.6g}")
            for name, level, target in conflict
        )
        raise ConflictError(
            "no weights meet these margins together",
            where="rake",
            parameter="margins",
            hint="change or collapse one of the levels below; without any one of them the rest can be met",
            faults=faults,
        )
    zeros = forced_zero_cells(len(totals), named)
    if zeros:
        names = [" × ".join(m.levels[m.codes[cell]] for m in margins) for cell in zeros]
        cells = tuple(Fault("cell forced to weight zero", got=name) for name in names)
        raise ConflictError(
            "the margins can only be met with weight zero for some respondents",
            where="rake",
            parameter="margins",
            hint="collapse levels that involve these cells",
            faults=cells,
        )
