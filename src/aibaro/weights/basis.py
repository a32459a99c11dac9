"""Weights that undo sampling and nonresponse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aibaro.errors import FaultList, InputError
from aibaro.weights.cells import WeightCells
from aibaro.weights.labels import label
from aibaro.weights.result import Fit, WeightResult, begin, extend, join_margins, margin_table
from aibaro.weights.rows import Rows
from aibaro.weights.rules import Rule, Term
from aibaro.weights.targets import CROSS, Target, match, read_targets

STATUSES = ("respondent", "nonrespondent", "ineligible", "unknown")
# final disposition codes of the American Association for Public Opinion Research begin with these digits
AAPOR = {"1": "respondent", "2": "nonrespondent", "3": "unknown", "4": "ineligible"}


def columns_of(names: str | Sequence[str] | None) -> tuple[str, ...]:
    """Read one column name or several.

    Parameters
    ----------
    names : str, sequence of str, or None
        The names; one text may join several with ×.

    Returns
    -------
    tuple of str
        The names; empty for None.

    Examples
    --------
    >>> columns_of("size×sector"), columns_of(["size"]), columns_of(None)
    (('size', 'sector'), ('size',), ())
    """
    if names is None:
        return ()
    return tuple(part.strip() for part in names.split(CROSS)) if isinstance(names, str) else tuple(names)


@dataclass(frozen=True, slots=True)
class BaseRecipe:
    """Weight rows up to the population of their stratum, or by their inclusion probability.

    Parameters
    ----------
    strata : tuple of str
        Columns of the strata; none with `probability`.
    target : Target or None
        Population of each stratum.
    population : str
        Column with the population of each row's stratum.
    probability : str
        Column with the inclusion probability of each row.
    """

    strata: tuple[str, ...]
    target: Target | None = None
    population: str = ""
    probability: str = ""
    kind: str = field(default="base", init=False)
    assumption: str = field(default="each unit of a stratum was drawn with the same, known probability", init=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the step reads."""
        return (*self.strata, *(c for c in (self.population, self.probability) if c))

    def fit(self, rows: Rows, weight: Any) -> Fit:
        """Take the step.

        Parameters
        ----------
        rows : Rows
            The rows.
        weight : object
            Their weights, one each.

        Returns
        -------
        Fit
            What the step found.
        """
        if self.probability:
            drawn = rows.cells((), rows.column(self.probability), what=self.probability)
            if drawn.n[0] < drawn.rows[0] or drawn.spread.largest > 1:
                raise InputError("not an inclusion probability", where="base", parameter=self.probability,
                                 expected="0 < π <= 1", got=f"{drawn.rows[0] - drawn.n[0]:,} zeros, largest "
                                 f"{drawn.spread.largest:g}")  # fmt: skip
            rule = Rule(numeric=((self.probability, -1.0),))
            after = rows.cells((), rows.apply(rule, weight)).spread
            return Fit(rule, rows.cells((), weight).spread, after, join_margins([]))
        cells = rows.cells(self.strata, weight)
        target = self.target if self.target is not None else self._from_column(rows)
        faults = FaultList("rows and population do not fit", where="base")
        codes = match(target, cells, faults)
        there = np.bincount(codes[codes >= 0], weights=cells.n[codes >= 0], minlength=len(target.values))
        for row in np.flatnonzero((there > target.values) & (target.values > 0)):
            faults.add("more rows than units", parameter=target.name, where=target.names[row],
                       expected=f"at most {target.values[row]:,.6g}", got=f"{there[row]:,.0f}")  # fmt: skip
        faults.raise_if_any()
        return fit_by_target(target, cells, codes)

    def _from_column(self, rows: Rows) -> Target:
        cells = rows.cells(self.strata, rows.column(self.population), what=self.population)
        names = [cells.name(cell).replace(" × ", CROSS) for cell in range(cells.size)]
        faults = FaultList("population totals cannot be used", where="base")
        for cell in np.flatnonzero((cells.n < cells.rows) | (cells.smallest != cells.largest)):
            faults.add("population differs within a stratum", parameter=self.population, where=names[cell],
                       expected="one positive number", got=f"{np.nan_to_num(cells.smallest[cell]):g} to "
                       f"{np.nan_to_num(cells.largest[cell]):g}")  # fmt: skip
        faults.raise_if_any()
        kept = [c for c in range(cells.size) if (cells.codes[c] >= 0).all()]
        levels = tuple(tuple(lv[k] for lv, k in zip(cells.levels, cells.codes[c], strict=True)) for c in kept)
        return Target(self.strata, levels, cells.largest[kept], "counts")


def grid_term(target: Target, values: Any) -> Term:
    """Give a term that looks up one number for each total of a target.

    Parameters
    ----------
    target : Target
        The target.
    values : numpy.ndarray of float64, shape (L,)
        One number a total.

    Returns
    -------
    Term
        The term; combinations without a total are unknown.
    """
    axes, place = target.grid()
    return Term(target.variables, axes, np.where(place >= 0, np.asarray(values)[np.maximum(place, 0)], np.nan))


def fit_by_target(target: Target, cells: WeightCells, codes: Any) -> Fit:
    """Scale the weights of each level to its total.

    Parameters
    ----------
    target : Target
        Totals in counts.
    cells : WeightCells
        Cells over its columns.
    codes : numpy.ndarray of int64, shape (C,)
        Total of each cell.

    Returns
    -------
    Fit
        The scaling.
    """
    inside = codes >= 0
    sums = np.bincount(codes[inside], weights=cells.total[inside], minlength=len(target.values))
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.where(sums > 0, target.values / sums, np.nan)
    by_cell = np.where(inside, factors[np.maximum(codes, 0)], 0.0)
    margins = margin_table((target,), cells, by_cell, (codes,))
    gap = (margins["after"] - margins["target"]).abs()
    residual = float((gap / margins["target"].where(margins["target"] > 0, 1)).max())
    return Fit(Rule((grid_term(target, factors),)), cells.spread, cells.scaled(by_cell), margins, residual)


def base(
    rows: Any,
    *,
    strata: str | Sequence[str] | None = None,
    population: Any = None,
    probability: str | None = None,
    name: str | None = None,
) -> WeightResult:
    """Give each row the number of units that it was drawn from.

    Parameters
    ----------
    rows : frame
        One row a sampled unit.
    strata : str or sequence of str, optional
        Columns of the strata.
    population : str, mapping, frame, Design or PublishedSurvey, optional
        Units N_h of each stratum: a column of the rows, or totals for the combinations of levels.
    probability : str, optional
        Column of inclusion probabilities π, instead of strata and population.
    name : str, optional
        Column of the weights, by default ``weight``.

    Returns
    -------
    WeightResult
        Weights N_h over the rows of the stratum, or 1/π.

    Raises
    ------
    InputError
        With every fault of rows and population: columns that are missing, strata without rows or without population,
        more rows than units.

    Notes
    -----
    Assumption: within a stratum each unit was drawn with the same probability.  One aggregation over the rows.

    References
    ----------
    Särndal, C.-E., Swensson, B., & Wretman, J. (1992). Model Assisted Survey Sampling. Springer.
    https://doi.org/10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"size": ["s", "s", "l"], "uses_ai": [0, 1, 1]})
    >>> base(rows, strata="size", population={"s": 100, "l": 12}).frame
      size  uses_ai  weight
    0    s        0    50.0
    1    s        1    50.0
    2    l        1    12.0
    """
    columns = columns_of(strata)
    if (probability is None) == (population is None) or (population is not None and not columns):
        raise InputError("base weights need strata with their population, or probabilities", where="base",
                         expected="strata= and population=, or probability=",
                         got=f"strata={strata!r}, population {'given' if population is not None else 'missing'}, "
                         f"probability={probability!r}")  # fmt: skip
    if probability is not None:
        recipe = BaseRecipe((), probability=probability)
    elif isinstance(population, str):
        recipe = BaseRecipe(columns, population=population)
    else:
        faults = FaultList("the population cannot be used", where="base")
        targets, _ = read_targets(population, [columns], "counts", faults, crossed="all")
        if not len(faults) and not targets:
            faults.add("no totals for these strata", parameter="population", expected=CROSS.join(columns))
        faults.raise_if_any()
        recipe = BaseRecipe(columns, targets[0])
    return extend(begin(rows, None, name, recipe.columns), recipe)


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
    assumption: str = field(default="within a class the units that answered are a random part of those eligible",
                            init=False)  # fmt: skip

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the step reads."""
        return (*self.classes, self.disposition)

    def status(self, code: str) -> str:
        """Give the status of a disposition.

        Parameters
        ----------
        code : str
            The disposition.

        Returns
        -------
        str
            One of the four statuses; empty for an unknown code.
        """
        return self.codes.get(code, "") if self.codes else AAPOR.get(code[:1], "")

    def fit(self, rows: Rows, weight: Any) -> Fit:
        """Take the step.

        Parameters
        ----------
        rows : Rows
            The rows.
        weight : object
            Their weights.

        Returns
        -------
        Fit
            What the step found.
        """
        cells = rows.cells(self.columns, weight)
        faults = FaultList("the classes cannot be adjusted", where="nonresponse")
        shape = tuple(map(len, cells.levels))
        levels = np.array([self.status(code) for code in cells.levels[-1]], dtype=object)
        for code in np.flatnonzero(levels == ""):
            faults.add("unknown disposition", parameter=self.disposition, got=cells.levels[-1][code],
                       expected="a code of each status", hint="list it in codes=")  # fmt: skip
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
            faults.add("a class without respondents", parameter=CROSS.join(self.classes), got=names[c],
                       hint="collapse it with another class, or use fewer columns for classes=")  # fmt: skip
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
        return Fit(Rule((Term(cells.keys, cells.levels, grid),)), cells.spread, cells.scaled(factors),
                   margins[margins["target"] > 0].reset_index(drop=True), notes=notes)  # fmt: skip

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
        One row a sampled unit, answered or not.
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
    Wretman 1992).  The weight of each class is kept.

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
    if isinstance(codes, str) and codes != "aapor":
        raise InputError("unknown set of codes", where="nonresponse", parameter="codes", expected="aapor, or a mapping",
                         got=codes)  # fmt: skip
    table: dict[str, str] = {}
    if not isinstance(codes, str):
        given = {s: s for s in STATUSES} if codes is None else codes
        strange = [s for s in given if s not in STATUSES]
        if strange or "respondent" not in given:
            raise InputError("not the statuses of a unit", where="nonresponse", parameter="codes",
                             expected=", ".join(STATUSES), got=", ".join(map(str, given)))  # fmt: skip
        for status, values in given.items():
            listed = values if isinstance(values, list | tuple | set | frozenset) else [values]
            table |= {label(v): status for v in listed}
    recipe = NonresponseRecipe(columns_of(classes), disposition, table)
    return extend(begin(rows, weight, name, recipe.columns), recipe)
