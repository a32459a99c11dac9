"""Sufficient statistics per stratum (or primary sampling unit) and domain.

Published counts, reconstructed counts and aggregated rows all arrive here; no estimator knows which it reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aibaro._arguments import number_of
from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design
from aibaro.errors import FaultList, InputError, first_few
from aibaro.estimate._calibrated import Calibrated
from aibaro.estimate._stages import Lower


@dataclass(frozen=True, slots=True)
class Block:
    """Weighted moments of one item, or of the two variables of a ratio, in C cells.

    Parameters
    ----------
    variables : tuple of str
        The K - 1 variables; the first basis function is the constant 1 of the rows that are observed.
    centre : numpy.ndarray of float, shape (C, K - 1)
        Centre c of each variable in each cell; the moments are those of b = (1, y - c).
    total : numpy.ndarray of float, shape (C, K)
        Σ w b.
    spread : numpy.ndarray of float, shape (C, K, K)
        Σ w b b', for the variance of a simple random sample.
    square : numpy.ndarray of float, shape (C, K, K) or (0, K, K)
        Σ w² b b'; empty for clustered designs, whose variance needs totals of primary sampling units alone.
    inner : numpy.ndarray of float, shape (C, K, K) or (0, K, K)
        Σ (w b - m)(w b - m)' about the mean m of w b over the observed rows of the cell.
    weight_square : numpy.ndarray of float, shape (C,)
        Σ w² of the observed rows.
    observed : numpy.ndarray of float, shape (C,)
        Rows of which every variable is present.
    scale : numpy.ndarray of float, shape (C,)
        What the weights w of the cell's moments are multiplied by to give the weights of the rows; 1 unless the weights
        are so large or small that their squares leave the range of floating-point numbers.
    binary : bool
        Whether the one variable is known to be 0 or 1.
    category : str or None
        The answer that a block of a categorical variable counts; blocks of one variable exclude each other.
    missing_counts : bool
        Whether a missing value is an answer like others.
    replicate : numpy.ndarray of float, shape (C, R, K), or None
        Σ w_r b with each replicate weight, where the variance is theirs.

    Notes
    -----
    Centres and scales belong to cells: a difference of raw sums of squares would lose the standard error of an outcome
    whose mean is large against its spread, and a common centre would let an outlier of one cell spoil the others.
    Cells are merged by their means (Chan, Golub and LeVeque).

    References
    ----------
    Chan, T. F., Golub, G. H. and LeVeque, R. J. (1983). Algorithms for computing the sample variance: analysis and
    recommendations. The American Statistician 37(3), 242-247. https://doi.org/10.1080/00031305.1983.10483115
    """

    variables: tuple[str, ...]
    centre: FloatArray
    total: FloatArray
    spread: FloatArray
    square: FloatArray
    inner: FloatArray
    weight_square: FloatArray
    observed: FloatArray
    scale: FloatArray
    binary: bool = False
    category: str | None = None
    missing_counts: bool = False
    replicate: FloatArray | None = None

    def select(self, keep: NDArray[np.bool_]) -> Block:
        """Keep some of the cells."""
        return replace(
            self,
            centre=self.centre[keep],
            total=self.total[keep],
            spread=self.spread[keep],
            square=self.square[keep] if len(self.square) else self.square,
            inner=self.inner[keep] if len(self.inner) else self.inner,
            weight_square=self.weight_square[keep],
            observed=self.observed[keep],
            scale=self.scale[keep],
            replicate=None if self.replicate is None else self.replicate[keep],
        )


#: Squares of outcomes up to which they keep their digits.
SMALLEST, LARGEST = 1e-290, 1.7e308


def refuse_extremes(names: Sequence[str], *moments: FloatArray) -> None:
    """Refuse outcomes whose squares are no numbers or vanish, so that nothing could be said about their spread."""
    for moment in moments:
        diagonal, first = np.diagonal(moment, axis1=1, axis2=2), moment[:, :, 0]
        lost = np.any((diagonal < SMALLEST) & (first != 0))
        if lost or not np.isfinite(moment).all():
            raise InputError(
                f"numbers that are too {'small' if lost else 'large'} to compute with",
                where="aibaro.estimate",
                parameter="item",
                expected=f"numbers whose squares add up to between {SMALLEST:g} and {LARGEST:g}, or zero",
                got=first_few(names),
                hint=f"{'multiply' if lost else 'divide'} them by a power of ten",
            )


def central(square: FloatArray, total: FloatArray, count: FloatArray) -> FloatArray:
    """Second moments about the mean, from those about zero, shape (C, K, K)."""
    mean = total / np.where(count > 0, count, 1.0)[:, None]
    result = square - total[:, :, None] * mean[:, None, :]
    diagonal = np.arange(square.shape[1])
    result[:, diagonal, diagonal] = np.maximum(result[:, diagonal, diagonal], 0.0)
    return result


def indicator_block(
    variables: tuple[str, ...], weights: Sequence[FloatArray], inside: Sequence[FloatArray], *, clustered: bool
) -> Block:
    """Return the moments of a yes-or-no variable from Σ w^0, Σ w^1, Σ w^2 of the observed rows and of those saying yes.

    Examples
    --------
    >>> four, one = ([np.array([n * 25.0**p]) for p in range(3)] for n in (4, 1))
    >>> indicator_block(("plans",), four, one, clustered=False).total
    array([[100.,  25.]])
    """

    def outer(power: int) -> FloatArray:
        top = np.stack([weights[power], inside[power]], axis=1)
        return np.stack([top, np.stack([inside[power], inside[power]], axis=1)], axis=1)

    spread, square = outer(1), outer(2)
    total = spread[:, :, 0]
    return Block(
        variables=variables,
        centre=np.zeros((len(total), 1)),
        total=total,
        spread=spread,
        square=square[:0] if clustered else square,
        inner=square[:0] if clustered else central(square, total, weights[0]),
        weight_square=weights[2],
        observed=weights[0],
        scale=np.ones(len(total)),
        binary=True,
    )


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of an analysis, and the moments of its items in them.

    Parameters
    ----------
    design : Design
        The design that the cells belong to.
    stratum : numpy.ndarray of int, shape (C,)
        Row of each cell's stratum in ``design.labels``.
    unit : numpy.ndarray of int, shape (C,), or None
        Number of each cell's primary sampling unit; None where respondents are the units.
    count : numpy.ndarray of float, shape (C,)
        Rows of each cell, those with missing outcomes included.
    levels : mapping of str to numpy.ndarray of str, shape (C,)
        Level of each domain variable.
    blocks : mapping of str to Block
        Moments by name of the item.
    cross : mapping of pairs of names to numpy.ndarray, shape (C, K, K)
        Σ w² b_i b_j' between two blocks, where it was asked for.
    calibrated : Calibrated or None
        What residual variances need, where the weights were calibrated.
    names : mapping of str to (str, str)
        Item and category of each block; a block that is not named stands for its item.
    order : mapping of str to tuple of str
        Levels of variables in the order that their type declares.
    lower : tuple of Lower
        Stages of sampling below the first.
    """

    design: Design
    stratum: IntArray
    unit: IntArray | None
    count: FloatArray
    levels: Mapping[str, NDArray[np.object_]]
    blocks: Mapping[str, Block]
    cross: Mapping[tuple[str, str], FloatArray] = field(default_factory=dict)
    calibrated: Calibrated | None = None
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    order: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lower: tuple[Lower, ...] = ()

    def select(self, keep: NDArray[np.bool_]) -> Cells:
        """Keep some of the cells; units of the others keep their place in n_h."""
        return replace(
            self,
            stratum=self.stratum[keep],
            unit=None if self.unit is None else self.unit[keep],
            count=self.count[keep],
            levels={k: v[keep] for k, v in self.levels.items()},
            blocks={name: block.select(keep) for name, block in self.blocks.items()},
            cross={k: v[keep] for k, v in self.cross.items()},
            calibrated=None if self.calibrated is None else self.calibrated.select(keep),
            lower=tuple(part.select(keep) for part in self.lower),
        )

    def name(self, block: str) -> tuple[str, str]:
        """Item and category of a block."""
        return self.names.get(block, (block, ""))

    @property
    def size(self) -> int:
        """Number of cells C."""
        return len(self.stratum)


# --- From a table of stratum counts to cells.
#
# A published or reconstructed survey gives, for each stratum, how many of its n_h respondents have a property; as all
# respondents of a stratum weigh the same, that is all an estimator needs.


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
    numbers = np.array([number_of(value) for value in table[column]])
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
