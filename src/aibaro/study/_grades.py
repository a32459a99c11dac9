"""Grades of claims that depend on unpublished counts: written beside the data, and held against other draws."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from aibaro.errors import FaultList, IntegrityError
from aibaro.ledger import GRADES_FILE, TABLE_VERDICTS, Grade, grades_inputs, read_grades
from aibaro.published import PublishedSurvey
from aibaro.published.checksums import write_with_descriptor
from aibaro.published.schema import GRADE_COLUMNS
from aibaro.study._typical import typical_claims

if TYPE_CHECKING:
    from aibaro.study._study import Study

# standard deviations by which two sets of draws of one measure may differ
_APART = 4.5


def write_grades(survey: PublishedSurvey, grades: Sequence[Grade]) -> Path:
    """Write grades beside the data.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    grades : sequence of Grade
        Result of :func:`aibaro.study.typical_claims`, with the claims that have no grade.

    Returns
    -------
    pathlib.Path
        The file.

    Examples
    --------
    >>> import tempfile
    >>> from aibaro.published import small_survey
    >>> write_grades(small_survey(tempfile.mkdtemp()), []).name
    'typical.csv'
    """
    mark, rows = grades_inputs(survey), []
    for grade in grades:
        agreement = {"rhat": f"{grade.rhat:.3f}", "ess": f"{grade.ess:.0f}"} if grade.drawn else {"rhat": "", "ess": ""}
        rows.append(
            {
                "claim": grade.claim,
                "reason": grade.reason,
                "measure": grade.measure,
                "draws": grade.draws,
                **{name: grade.verdicts.get(name, 0) for name in TABLE_VERDICTS},
                "chains": grade.chains,
                **agreement,
                "steps": grade.steps,
                "seed": grade.seed,
                "inputs": mark,
            }
        )
    text = pd.DataFrame(rows, columns=list(GRADE_COLUMNS)).to_csv(index=False, lineterminator="\n")
    return write_with_descriptor(survey.folder, {GRADES_FILE: text.encode("utf-8")})[0]


def verify_grades(study: Study, claims: Sequence[str] = (), *, draws: int = 100, seed: int = 1) -> int:
    """Draw other tables and compare their grades with those that are kept.

    Parameters
    ----------
    study : Study
        A survey that keeps grades.
    claims : sequence of str
        Claims to grade again; by default those whose tables are drawn independently of each other.
    draws : int
        Tables to draw.
    seed : int
        Seed of the random numbers: another one than that of the kept grades.

    Returns
    -------
    int
        Number of grades compared.

    Raises
    ------
    IntegrityError
        With every share of tables that differs by more than chance explains: 4.5 standard deviations of a difference
        of two shares, chains counted by their effective draws.

    Examples
    --------
    >>> from aibaro.study import open
    >>> verify_grades(open("softwareone-2025"))
    0
    """
    kept = {name: grade for name, grade in read_grades(study.survey).items() if not grade.reason}
    asked = list(claims) or [name for name, grade in kept.items() if not grade.chains]
    faults = FaultList("grades do not hold", where=f"{study.name} / {GRADES_FILE}")
    ways = dict.fromkeys((kept[name].measure, kept[name].steps) for name in asked)
    drawn = [
        typical_claims(
            study,
            [name for name in asked if (kept[name].measure, kept[name].steps) == way],
            draws=draws,
            measure=way[0],
            steps=way[1],
            seed=seed,
        )
        for way in ways
    ]
    for new in chain.from_iterable(drawn):
        name, old = new.claim, kept[new.claim]
        sizes = [min(g.draws, g.ess) for g in (old, new)]
        for verdict in TABLE_VERDICTS:
            one, other = (g.verdicts.get(verdict, 0) / g.draws for g in (old, new))
            # one more and one less in either, for shares of none and all
            middle = (one * sizes[0] + other * sizes[1] + 1) / (sum(sizes) + 2)
            if abs(one - other) > _APART * sqrt(middle * (1 - middle) * sum(1 / size for size in sizes)):
                faults.add(
                    "other draws give another share of tables",
                    where=name,
                    parameter=verdict,
                    expected=f"{other:.0%} of {new.draws}",
                    got=f"{one:.0%} of {old.draws}",
                )
    faults.raise_if_any(IntegrityError)
    return len(asked)
