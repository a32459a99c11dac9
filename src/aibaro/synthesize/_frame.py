"""Where do counts stand, and which figures bind them: cells, strata, bands?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from aibaro.rounding import Interval
from aibaro.synthesize._memberships import Cell, Membership
from aibaro.synthesize._solver import CountModel
from aibaro.synthesize._targets import Target

Sizes = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Frame:
    """Strata as a component meets them.

    Parameters
    ----------
    weights : tuple of Fraction
        Weight of a respondent in each stratum.
    sizes : numpy.ndarray of int64, shape (cells, H)
        Respondents in each cell and stratum.
    numbered : str
        ``printed`` when printed numbers of respondents bind, else ``free``.
    """

    weights: tuple[Fraction, ...]
    sizes: Sizes
    numbered: str = "printed"


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts that a component was given.

    Parameters
    ----------
    items : dict of (str, int, int) to int
        Respondents with an item, by item, cell and stratum.
    classes : dict of (int, int, int, int) to int
        Respondents by family, class, cell and stratum.
    shares : dict of (int, str, int, int, int) to int
        Respondents with an item among those with an exact number of items, by family, item, number, cell, stratum.
    """

    items: dict[tuple[str, int, int], int]
    classes: dict[tuple[int, int, int, int], int]
    shares: dict[tuple[int, str, int, int, int], int]


def lies_in(cell: Cell, base: Membership) -> bool:
    """Tell whether a cell lies in a base that the cells were split by."""
    held = {c for b in cell.inside for c in b.conditions}
    return any(b.conditions == base.conditions for b in cell.inside) or set(base.conditions) <= held


def finest(figures: Sequence[Target]) -> list[Target]:
    """Keep the figures of the domain with fewest strata a level, whose rounding leaves least room."""
    strata: dict[str, list[int]] = {}
    for figure in figures:
        if not figure.overall:
            strata.setdefault(figure.domain, []).append(len(figure.strata))
    mean = {domain: sum(numbers) / len(numbers) for domain, numbers in strata.items()}
    least = min(mean.values(), default=0.0)
    return [f for f in figures if not f.overall and mean[f.domain] <= least]


def add_ratio(
    model: CountModel, top: list[tuple[Fraction, int]], bottom: list[tuple[Fraction, int]], band: Interval, name: str
) -> None:
    """Ask that a ratio of two sums lies in a band."""
    huge = Fraction(10**12)
    for end, side in (
        (band.lower, Interval(Fraction(0), huge, band.lower_closed)),
        (band.upper, Interval(-huge, Fraction(0), True, band.upper_closed)),
    ):
        terms: dict[int, Fraction] = {}
        for coefficient, unknown in [*top, *((-end * c, v) for c, v in bottom)]:
            terms[unknown] = terms.get(unknown, Fraction(0)) + coefficient
        model.between([(c, v) for v, c in terms.items()], side, name)
