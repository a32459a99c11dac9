"""How much of a synthetic file did print settle, so that it is no draw at all?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from aibaro._arrays import IntArray
from aibaro.published import PublishedSurvey
from aibaro.published.schema import WHOLE_BASE
from aibaro.reconstruct import ItemSystem, own_item, violated
from aibaro.reconstruct.items import local_system, printed_by_domain
from aibaro.reconstruct.program import SeparableProgram
from aibaro.reconstruct.share_variance import base_program
from aibaro.reconstruct.solvers import solve

_WORK = 0.5


@dataclass(frozen=True, slots=True)
class Freedom:
    """What print settles, as far as the figures of single small domains prove it.

    Parameters
    ----------
    cells : int
        Strata times items with figures by domain.
    pinned_cells : int
        Counts that every table consistent with print shares; at least so many.
    fixed_answers : int
        Answers that follow: all of a pinned stratum have the item, or none.
    rows_with_fixed_answer : int
        Rows with at least one such answer.
    """

    cells: int
    pinned_cells: int
    fixed_answers: int
    rows_with_fixed_answer: int

    def to_dict(self) -> dict[str, int]:
        """Return the numbers by name."""
        return {
            "cells": self.cells,
            "pinned_cells": self.pinned_cells,
            "fixed_answers": self.fixed_answers,
            "rows_with_fixed_answer": self.rows_with_fixed_answer,
        }


def measure_freedom(
    survey: PublishedSurvey,
    answers: dict[str, np.ndarray[Any, np.dtype[np.int8]]],
    members: dict[str, np.ndarray[Any, np.dtype[np.bool_]]],
    stratum: IntArray,
) -> Freedom:
    """Count the cells that print pins.

    Notes
    -----
    A count is called free when a second table that meets the figures of its smallest domain is found, by moving one
    respondent or by a search; it is called pinned when a search proves that there is none.  Only the figures of that
    domain are used, so more cells may be pinned than are counted.
    """
    strata = len(survey.strata)
    fixed = np.zeros(len(stratum), dtype=np.int64)
    cells = pinned = 0
    for item, base in printed_by_domain(survey):
        if item not in answers or base not in members:
            continue
        system = own_item(survey, item, base, rounding=survey.rounding)
        counts = np.bincount(stratum[members[base] & (answers[item] == 1)], minlength=strata)
        sizes = np.bincount(stratum[members[base]], minlength=strata)
        for h in range(strata):
            cells += 1
            if _pinned(local_system(system, h), h, counts, sizes):
                pinned += 1
                # an answer is settled where nobody in the stratum has the item, or every respondent has it
                if counts[h] == 0 or counts[h] == len(stratum[stratum == h]):
                    fixed += (stratum == h) & members[base]
    return Freedom(cells, pinned, int(fixed.sum()), int((fixed > 0).sum()))


def _pinned(system: ItemSystem, stratum: int, counts: IntArray, sizes: IntArray) -> bool:
    if not system.shares or sizes[stratum] == 0 or _moves(system, stratum, counts, sizes):
        return False
    start = [*map(int, counts), *(map(int, sizes) if not system.whole else ())]
    if violated(system, start):
        return False  # the file gave up a figure; nothing is claimed about its cell
    program = _program(system)
    here, limit = int(counts[stratum]), int(system.design.respondents[stratum])
    place = _strata(system).index(stratum)
    for low, high in ((0, here - 1), (here + 1, limit)):
        if low <= high:
            lower = tuple(low if i == place else v for i, v in enumerate(program.lower))
            upper = tuple(high if i == place else v for i, v in enumerate(program.upper))
            if solve(replace(program, lower=lower, upper=upper), work=_WORK).status != "infeasible":
                return False
    return True


def _strata(system: ItemSystem) -> list[int]:
    return sorted({h for s in (*system.shares, *system.base_shares) for h in s.strata})


def _program(system: ItemSystem) -> SeparableProgram:
    """Write the program of the strata of a local system, all others left out."""
    program, size = base_program(system), system.design.size
    kept = _strata(system)
    kept += [] if system.whole else [size + h for h in kept]
    place = {old: new for new, old in enumerate(kept)}
    rows = tuple(
        replace(r, coefficients=tuple((place[i], c) for i, c in r.coefficients))
        for r in program.rows
        if all(i in place for i, _ in r.coefficients)
    )
    return SeparableProgram(tuple(program.lower[i] for i in kept), tuple(program.upper[i] for i in kept), rows)


def _moves(system: ItemSystem, stratum: int, counts: IntArray, sizes: IntArray) -> bool:
    """Look for a second table by moving respondents of two strata, sizes of the base unchanged."""
    share = system.shares[0]
    if len(system.shares) != 1:
        return False
    weights = system.design.exact_weights
    limits = system.design.respondents if system.base == WHOLE_BASE else sizes
    total = sum((weights[h] * int(limits[h]) for h in share.strata), Fraction(0))
    value = sum((weights[h] * int(counts[h]) for h in share.strata), Fraction(0))
    low, high = share.lower * total - value, share.upper * total - value
    if low > 0 or high < 0:
        return False
    for step in (1, -1):
        if not 0 <= counts[stratum] + step <= limits[stratum]:
            continue
        moved = step * weights[stratum]
        if low <= moved <= high:
            return True
        for other in share.strata:
            if other == stratum:
                continue
            near = round(-moved / weights[other])
            for back in (near - 1, near, near + 1):
                inside = 0 <= counts[other] + back <= limits[other]
                if inside and low <= moved + back * weights[other] <= high:
                    return True
    return False
