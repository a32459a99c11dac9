"""From a table of stratum counts to cells.

A published or reconstructed survey gives, for each stratum, how many of its n_h respondents have a property; as all
respondents of a stratum weigh the same, that is all an estimator needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from aibaro._arrays import FloatArray
from aibaro.design import Design
from aibaro.errors import FaultList, InputError
from aibaro.estimate._cells import Block, Cells, indicator_block


def cells_from_counts(
    data: pd.DataFrame,
    items: Sequence[str],
    design: Design,
    *,
    variables: Sequence[str],
    domain: Mapping[str, Any] | None,
    base: str | None,
) -> Cells:
    """Read stratum counts as cells."""
    if not isinstance(data, pd.DataFrame):
        raise InputError(
            "not a table of stratum counts",
            where="aibaro.estimate",
            parameter="data",
            expected="a pandas.DataFrame, one row a stratum",
            got=type(data).__name__,
            hint="a table of another library: .to_pandas(); respondents' rows: Design.from_frame",
        )
    table = _matched(data, design, [*items, *([base] if base else [])])
    faults = FaultList("the stratum counts cannot be used", where="aibaro.estimate")
    n = design.respondents.astype(float)
    asked = n if base is None else _count_column(table, base, n, limit_name="respondents", design=design, faults=faults)
    limit = base or "respondents"
    successes = {i: _count_column(table, i, asked, limit_name=limit, design=design, faults=faults) for i in items}
    faults.raise_if_any()
    unknown = [v for v in variables if v not in design.variables]
    if unknown:
        raise InputError(
            "domains of stratum counts are made of strata",
            parameter="by",
            got=", ".join(unknown),
            expected=", ".join(design.variables),
            hint="other domains need respondents' rows",
        )
    keep = design.domain(**{k: _levels(v) for k, v in (domain or {}).items()})
    index = np.flatnonzero(keep)
    weight = design.weights[index]
    return Cells(
        design=design,
        stratum=index,
        unit=None,
        count=n[index],
        levels={v: design.labels[v].to_numpy(dtype=object)[index] for v in variables},
        blocks={item: binary_block(item, weight, asked[index], a[index]) for item, a in successes.items()},
    )


def binary_block(name: str, weight: FloatArray, asked: FloatArray, successes: FloatArray) -> Block:
    """Return the moments of a yes-or-no item whose weight is constant in each cell.

    Examples
    --------
    >>> block = binary_block("plans", np.array([25.0]), np.array([4.0]), np.array([1.0]))
    >>> block.total
    array([[100.,  25.]])
    """
    powers = [[count * weight**power for power in range(3)] for count in (asked, successes)]
    return indicator_block((name,), *powers, clustered=False)


def _levels(value: Any) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list | tuple | set | frozenset) else [str(value)]


def _matched(data: pd.DataFrame, design: Design, columns: list[str]) -> pd.DataFrame:
    """Bring the rows of the table into the order of the design."""
    needed = [*design.variables, *columns]
    missing = [c for c in needed if c not in data.columns]
    if missing:
        raise InputError(
            "the table of counts lacks columns",
            parameter="data",
            expected=", ".join(needed),
            got=", ".join(map(str, data.columns)),
            hint=f"missing: {', '.join(missing)}",
        )
    keys = pd.MultiIndex.from_frame(data[list(design.variables)].astype(str))
    wanted = pd.MultiIndex.from_frame(design.labels)
    faults = FaultList("the table of counts does not match the design", where="aibaro.estimate")
    problems = {
        "stratum appears twice": keys[keys.duplicated()],
        "unknown stratum": keys.difference(wanted),
        "stratum without counts": wanted.difference(keys),
    }
    for problem, names in problems.items():
        for name in names:
            faults.add(problem, parameter=", ".join(design.variables), got=" × ".join(map(str, name)))
    faults.raise_if_any()
    return data.iloc[keys.get_indexer(wanted)].reset_index(drop=True)


def _count_column(
    table: pd.DataFrame, column: str, limit: FloatArray, *, limit_name: str, design: Design, faults: FaultList
) -> FloatArray:
    numbers = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    whole = np.isfinite(numbers) & (numbers >= 0) & (numbers == np.floor(numbers))
    for row in np.flatnonzero(~whole):
        faults.add(
            "not a count",
            where=design.names[row],
            parameter=column,
            expected="a whole number >= 0",
            got=str(table[column].iloc[row]),
        )
    for row in np.flatnonzero(whole & (numbers > limit)):
        faults.add(
            "more successes than respondents",
            where=design.names[row],
            parameter=column,
            expected=f"at most {limit[row]:.0f} ({limit_name})",
            got=f"{numbers[row]:.0f}",
        )
    return np.where(whole, numbers, 0.0)
