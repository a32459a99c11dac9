"""The steps of a weighting: what was asked, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd

from aibaro.frames.weighted.cells import Floats, Spread, WeightCells
from aibaro.frames.weighted.rows import Rows
from aibaro.frames.weighted.rules import Rule
from aibaro.weights.raking import RakingStep
from aibaro.weights.residuals import Auxiliaries
from aibaro.weights.targets import Target


@dataclass(frozen=True, slots=True)
class Fit:
    """What a step found on some rows.

    Parameters
    ----------
    rule : Rule
        From old weights to new ones.
    before, after : Spread
        Spread of the weights on either side of the step.
    margins : pandas.DataFrame
        One row a total: ``domain, level, n, target, before, after``.
    residual : float
        Largest relative distance of a total from its target; 0 for steps without targets.
    iterations : int
        Rounds of an iterative step.
    auxiliaries : Auxiliaries or None
        For the variance, where the step calibrates.
    notes : mapping of str to value
        What else is worth knowing, such as the number of trimmed weights.
    trace : tuple of RakingStep
        The first rounds of raking, adjustment by adjustment.
    """

    rule: Rule
    before: Spread
    after: Spread
    margins: pd.DataFrame
    residual: float = 0.0
    iterations: int = 0
    auxiliaries: Auxiliaries | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)
    trace: tuple[RakingStep, ...] = ()


class Recipe(Protocol):
    """A step that can be taken on any rows."""

    @property
    def kind(self) -> str:
        """Name of the function that asks for the step."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the step reads."""

    @property
    def assumption(self) -> str:
        """What has to hold for the step to do its work."""

    def fit(self, rows: Rows, weight: Any) -> Fit:
        """Take the step."""


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One step of a weighting.

    Parameters
    ----------
    recipe : Recipe
        What was asked.
    fit : Fit
        What came of it.
    """

    recipe: Recipe
    fit: Fit


def margin_table(
    targets: tuple[Target, ...], cells: WeightCells, factors: Floats, codes: tuple[Any, ...]
) -> pd.DataFrame:
    """Tabulate weighted margins before and after a step that scales whole cells."""
    # one frame for all targets: a frame a target costs more than raking a million rows' cells does
    values = (cells.n.astype(float), cells.total, cells.total * np.nan_to_num(factors))
    sums: tuple[list[np.ndarray[Any, Any]], ...] = ([], [], [])
    for target, code in zip(targets, codes, strict=True):
        inside, size = code >= 0, len(target.values)
        for column, value in zip(sums, values, strict=True):
            column.append(np.bincount(code[inside], weights=value[inside], minlength=size))
    if not targets:
        return join_margins([])
    n, before, after = (np.concatenate(column) for column in sums)
    return pd.DataFrame(
        {
            "domain": [t.name for t in targets for _ in t.names],
            "level": [level for t in targets for level in t.names],
            "n": n.astype(np.int64),
            "target": np.concatenate([t.values for t in targets]),
            "before": before,
            "after": after,
        }
    )


def join_margins(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Put tables of margins below one another."""
    if parts:
        return pd.concat(parts, ignore_index=True)
    numbers = dict.fromkeys(("target", "before", "after"), "float64")
    kinds = {"domain": "str", "level": "str", "n": "int64", **numbers}
    return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in kinds.items()})
