"""Weights that undo nonresponse, from what became of each unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aibaro.errors import FaultList, InputError
from aibaro.frames.weighted.weight_cells import WeightCells, label
from aibaro.frames.weighted.weight_rows import WeightRows
from aibaro.frames.weighted.weight_rules import Term, WeightRule
from aibaro.weights._result import Fit, WeightResult, begin, extend, margin_table
from aibaro.weights._targets import CROSS, Target, columns_of

STATUSES = ("respondent", "nonrespondent", "ineligible", "unknown")
# final disposition codes of the American Association for Public Opinion Research begin with these digits
AAPOR = {"1": "respondent", "2": "nonrespondent", "3": "unknown", "4": "ineligible"}


@dataclass(frozen=True, slots=True)
class NonresponseRecipe:
    """Hand the weight of units that did not answer to units of their class that did.

    Parameters
    ----------
    classes : tuple of str
        Columns of the response classes.
    disposition : str
        Column of the dispositions.
    codes : mapping of str to str
        Status of each disposition; empty for the codes of AAPOR.
    """

    classes: tuple[str, ...]
    disposition: str
    codes: Mapping[str, str]
    kind: str = field(default="nonresponse", init=False)
    assumption: str = field(
        default="within a class the units that answered are a random part of those eligible", init=False
    )

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the step reads."""
        return (*self.classes, self.disposition)

    def status(self, code: str) -> str:
        """Return the status of a disposition."""
        return self.codes.get(code, "") if self.codes else AAPOR.get(code[:1], "")

    def fit(self, rows: WeightRows, weight: Any) -> Fit:
        """Take the step."""
        cells = rows.cells(self.columns, weight)
        faults = FaultList("the classes cannot be adjusted", where="nonresponse")
        shape = tuple(map(len, cells.levels))
        levels = np.array([self.status(code) for code in cells.levels[-1]], dtype=object)
        for code in np.flatnonzero(levels == ""):
            faults.add(
                "unknown disposition",
                parameter=self.disposition,
                got=repr(cells.levels[-1][code]),
                expected="a code of each status",
                hint="list it in codes=",
            )
        for column, key in enumerate(cells.keys):
            missing = int(cells.n[cells.codes[:, column] < 0].sum())
            if missing:
                faults.add("missing values", parameter=key, got=f"{missing:,} rows", hint="fill them before adjusting")
        faults.raise_if_any()
        position = cells.positions(cells.keys, cells.levels)
        flat = np.zeros(int(np.prod(shape)))
        np.add.at(flat, position[position >= 0], cells.total[position >= 0])
        totals = flat.reshape(-1, shape[-1])
        sums = {s: totals[:, levels == s].sum(axis=1) for s in STATUSES}
        names = self._names(cells)
        for c in np.flatnonzero((sums["respondent"] == 0) & (totals.sum(axis=1) > sums["ineligible"])):
            faults.add(
                "a class without respondents",
                parameter=CROSS.join(self.classes),
                got=repr(names[c]),
                hint="collapse it with another class, or use fewer columns for classes=",
            )
        faults.raise_if_any()
        known = sums["respondent"] + sums["nonrespondent"] + sums["ineligible"]
        eligible = sums["respondent"] + sums["nonrespondent"]
        with np.errstate(divide="ignore", invalid="ignore"):
            first = (known + sums["unknown"]) / known
            second = eligible / sums["respondent"]
        none = np.zeros_like(first)
        by_status = {"respondent": first * second, "ineligible": first, "nonrespondent": none, "unknown": none}
        grid = np.stack([by_status[s] for s in levels], axis=1).ravel()
        factors = np.where(position >= 0, grid[np.maximum(position, 0)], 0.0)
        target = Target(self.classes, self._levels(cells), totals.sum(axis=1), "counts")
        margins = margin_table((target,), cells, factors, (target.codes(cells),))
        notes = {f"weight of {s}": float(v.sum()) for s, v in sums.items()}
        return Fit(
            WeightRule((Term(cells.keys, cells.levels, grid),)),
            cells.spread,
            cells.scaled(factors),
            margins[margins["target"] > 0].reset_index(drop=True),
            notes=notes,
        )

    def _levels(self, cells: WeightCells) -> tuple[tuple[str, ...], ...]:
        shape = tuple(map(len, cells.levels[:-1]))
        return tuple(tuple(lv[i] for lv, i in zip(cells.levels, at, strict=False)) for at in np.ndindex(*shape))

    def _names(self, cells: WeightCells) -> list[str]:
        return [CROSS.join(level) for level in self._levels(cells)]


def nonresponse(
    rows: Any,
    *,
    disposition: str,
    classes: str | Sequence[str],
    codes: Mapping[str, Any] | str | None = None,
    weight: str | None = None,
    name: str | None = None,
) -> WeightResult:
    """Adjust weights for units that did not answer, class by class.

    Parameters
    ----------
    rows : frame or WeightResult
        One row per sampled unit, answered or not.
    disposition : str
        Column that says what became of each unit.
    classes : str or sequence of str
        Columns of the response classes.
    codes : mapping of status to codes, or ``"aapor"``, optional
        Codes of ``respondent``, ``nonrespondent`` (eligible), ``ineligible`` and ``unknown`` (eligibility), one or a
        list each.  ``"aapor"`` reads the final disposition codes 1 to 4 with their decimals; by default the codes are
        the names of the statuses.
    weight : str, optional
        Column of the weights before; for frames alone, by default one.
    name : str, optional
        Column of the new weights.

    Returns
    -------
    WeightResult
        Respondents carry the weight of their class; ineligible units stand for others like them; all other units have
        weight zero and stay in the frame.

    Raises
    ------
    InputError
        With every unknown disposition, missing value and class without respondents.

    Notes
    -----
    In two steps within each class: units of unknown eligibility hand their weight to all others in proportion, then
    eligible units that did not answer hand theirs to those that did (a response homogeneity group; Särndal, Swensson &
    Wretman 1992).  The weight of each class is kept.  One aggregation over the rows and one look-up a row; beside the
    weights memory is that of classes times dispositions.

    References
    ----------
    Särndal, C.-E., Swensson, B., & Wretman, J. (1992). Model Assisted Survey Sampling. Springer.
    https://doi.org/10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"size": ["s"] * 4, "status": [1.1, 1.1, 2.1, 3.0], "d": [10.0] * 4})
    >>> nonresponse(rows, disposition="status", classes="size", codes="aapor", weight="d").frame["weight"].tolist()
    [20.0, 20.0, 0.0, 0.0]
    """
    if (isinstance(codes, str) and codes != "aapor") or not isinstance(codes, str | Mapping | None):
        raise InputError(
            "unknown set of codes",
            where="nonresponse",
            parameter="codes",
            expected="aapor, or a mapping from statuses to codes",
            got=repr(codes),
        )
    table: dict[str, str] = {}
    if not isinstance(codes, str):
        given = {s: s for s in STATUSES} if codes is None else codes
        strange = [s for s in given if s not in STATUSES]
        if strange or "respondent" not in given:
            raise InputError(
                "not the statuses of a unit",
                where="nonresponse",
                parameter="codes",
                expected=", ".join(STATUSES),
                got=", ".join(map(str, given)),
            )
        for status, values in given.items():
            listed = values if isinstance(values, list | tuple | set | frozenset) else [values]
            table |= {label(v): status for v in listed}
    if not isinstance(disposition, str) or not disposition:
        raise InputError(
            "not the name of a column",
            where="nonresponse",
            parameter="disposition",
            expected="text",
            got=repr(disposition),
        )
    recipe = NonresponseRecipe(columns_of(classes, "classes", "nonresponse"), disposition, table)
    return extend(begin(rows, weight, name, recipe.columns), recipe)
