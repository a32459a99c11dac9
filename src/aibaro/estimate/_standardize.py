"""What would a mean be if groups had the composition of a standard population?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design
from aibaro.errors import FaultList, InputError
from aibaro.estimate._cells import Block, Cells
from aibaro.estimate._options import Options
from aibaro.estimate._resampling import chosen
from aibaro.estimate._stages import sums
from aibaro.estimate._variance import TARGETS
from aibaro.estimate.analysis import By, Domain, analyse, make_terms, split_by
from aibaro.estimate.categories import in_order
from aibaro.estimate.cells_of_rows import cells_from_rows
from aibaro.estimate.design_arguments import is_number, items_of
from aibaro.estimate.results import Estimates
from aibaro.frames.requests import text_of


def standardize(
    data: Any,
    item: str | Sequence[str],
    over: str,
    population: Mapping[Any, float],
    *,
    design: Design,
    by: By = None,
    domain: Domain = None,
    base: str | None = None,
    target: str = "mean",
    interval: str | None = None,
    df: str | float = "design",
    fpc: str | None = None,
    single: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Estimate directly standardised means or shares.

    Parameters
    ----------
    data : frame
        Respondents' rows.
    item : str or sequence of str
        Columns of the outcomes.
    over : str
        Column whose composition is standardised, such as an age group.
    population : mapping of level to number
        Counts or shares of the standard population, one for each level of `over`.
    design : Design
        Design that was read from the rows.
    by, domain, base
        Groups that are given the standard composition, as in :func:`proportion`.
    target : {"mean", "proportion"}
        Means of numbers, or shares of yes-or-no items and of categories.
    interval : str, optional
        Interval method of shares, ``logit`` by default; means have Wald's.
    df, fpc, single, conf_level
        Choices, as in :func:`proportion`.

    Returns
    -------
    Estimates
        One row per item, category and group.

    Raises
    ------
    InputError
        For data that do not fit the design, levels without a standard or without rows, unknown choices, or strata of
        a single unit under ``fail``.

    Notes
    -----
    Σ_a P_a ȳ_a with the shares P_a of the standard population; u = Σ_a P_a 1_a (y - ȳ_a)/Σ w 1_a, the residual variance
    of a poststratification to fixed shares in every group, as with R's ``svystandardize``.  Rows whose level of `over`
    is missing are left out.

    References
    ----------
    Korn, E. L. and Graubard, B. I. (1999). Analysis of Health Surveys. Wiley, section 2.8.
    https://doi.org/10.1002/9781118032619

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"age": ["young", "old"] * 4, "area": list("nnnnssss"), "ill": [0, 1, 0, 1, 1, 1, 0, 0]})
    >>> design = Design.from_frame(rows, population=80)
    >>> standardize(rows, "ill", "age", {"young": 3, "old": 1}, design=design, by="area").estimate
    array([0.25, 0.5 ])
    """
    if not isinstance(target, str) or target not in {"mean", "proportion"}:
        raise InputError("unknown choice", parameter="target", expected="mean, proportion", got=repr(target))
    proportion = target == "proportion"
    options = Options.checked(
        design,
        interval=("logit" if proportion else "wald") if interval is None else interval,
        df=df,
        fpc=fpc,
        single=single,
        deff="with_replacement",
        conf_level=conf_level,
        proportion=proportion,
        columns={"over": over},
        base=base,
        domain=domain,
    )
    design, _ = chosen(design, None)
    items = items_of(item)
    terms = split_by(by)
    variables = sorted({over, *(v for term in terms for v in term)})
    cells = cells_from_rows(
        data,
        {name: (name,) for name in items},
        design,
        variables=variables,
        domain=domain,
        base=base,
        binary=proportion,
    )
    column = cells.levels[over]
    names = in_order(sorted(set(column.tolist()) - {""}), cells.order.get(over, ()))
    shares = _shares(population, names, over)
    place = {name: k for k, name in enumerate(names)}
    group = np.array([place.get(name, -1) for name in column.tolist()], dtype=np.int64)
    # rows without a level of the standard are in no group
    standard = cells.select(group >= 0)
    group = group[group >= 0]
    made = make_terms(standard, terms, domain)
    _check_rows(standard, made, group, names, over)
    return analyse(standard, target, made, options, lambda term: _point(group, shares, term.level))


def _point(
    group: IntArray, shares: FloatArray, whole: IntArray
) -> Callable[[Block, IntArray, int], tuple[FloatArray, FloatArray]]:
    """Standardised means, from those of each level of the standard within each group."""
    inside = group[whole >= 0]

    def point(block: Block, level: IntArray, levels: int) -> tuple[FloatArray, FloatArray]:
        size = len(shares)
        mean, values = TARGETS["mean"](block, level * size + inside, levels * size)
        return mean.reshape(levels, size) @ shares, values * shares[inside][:, None]

    return point


def _shares(population: Mapping[Any, float], names: Sequence[str], over: str) -> FloatArray:
    faults = FaultList("the standard population does not fit", where="standardize")
    if not isinstance(population, Mapping):
        faults.add(
            "not a standard population",
            parameter="population",
            expected="a number for each level",
            got=type(population).__name__,
        )
        faults.raise_if_any()
    known = {text_of(level): value for level, value in population.items()}
    for name in names:
        if name not in known:
            faults.add("a level has no standard", parameter="population", expected=repr(name), got=f"{over}: none")
    for name, value in known.items():
        if name not in names:
            faults.add(
                "a level of the standard has no rows",
                parameter="population",
                expected=", ".join(map(repr, names)),
                got=repr(name),
            )
        elif not is_number(value) or value < 0:
            faults.add(
                "not a count or share", parameter="population", expected="a number >= 0", got=f"{name}: {value!r}"
            )
    faults.raise_if_any()
    values = np.array([float(known[name]) for name in names])
    if not values.sum() > 0:
        raise InputError("the standard population is empty", parameter="population", expected="a positive sum", got="0")
    return np.asarray(values / values.sum())


def _check_rows(cells: Cells, terms: Sequence[Any], group: IntArray, names: Sequence[str], over: str) -> None:
    """Refuse groups in which a level of the standard was not observed."""
    faults = FaultList("a group has no rows at a level of the standard", where="standardize")
    for block in cells.blocks.values():
        for term in terms:
            inside = term.level >= 0
            code = term.level[inside] * len(names) + group[inside]
            seen = sums(block.observed[inside], code, len(term.names) * len(names)) > 0
            for k in np.flatnonzero(~seen).tolist():
                faults.add(
                    "nothing was observed",
                    where=repr(term.names[k // len(names)]) if term.names[k // len(names)] else "",
                    parameter=over,
                    got=repr(names[k % len(names)]),
                    expected="an outcome in every level",
                    hint="combine levels",
                )
    faults.raise_if_any()
