"""Rao-Scott tests of independence in a two-way table."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate._categories import in_order
from aibaro.estimate.calibrated import Calibrated
from aibaro.estimate.cells import Cells
from aibaro.estimate.linearization import pair_up
from aibaro.estimate.options import Options
from aibaro.estimate.rows import cell_keys, declared_rows, index_cells, open_rows, refuse_numeric
from aibaro.estimate.stages import Pairs, Stage, contributions, sums
from aibaro.frames import Product

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """Test of independence of two categorical variables under a design.

    Parameters
    ----------
    rows, columns : str
        The variables.
    method : {"F", "Chisq"}
        Second-order correction with an F distribution, or first-order with chi-square.
    statistic : float
        Corrected F, or Pearson's X² of the weighted shares at the number of respondents.
    df, df_residual : float
        Degrees of freedom; infinite denominator for ``Chisq``.
    p_value : float
        Upper tail.
    deff : float
        Mean generalised design effect, the first-order correction.
    n, missing : int
        Respondents with both answers, and those without.
    shares : pandas.DataFrame, shape (R, C)
        Weighted shares of the table.
    """

    rows: str
    columns: str
    method: str
    statistic: float
    df: float
    df_residual: float
    p_value: float
    deff: float
    n: int
    missing: int
    shares: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Give the test as plain values.

        Returns
        -------
        dict
            All but the table of shares.
        """
        names = ("rows", "columns", "method", "statistic", "df", "df_residual", "p_value", "deff", "n", "missing")
        return {name: getattr(self, name) for name in names}

    def to_frame(self) -> pd.DataFrame:
        """Give the test as one row.

        Returns
        -------
        pandas.DataFrame, shape (1, 10)
            The columns of :meth:`to_dict`.
        """
        return pd.DataFrame([self.to_dict()])

    def summary(self) -> str:
        """Give the test in one line.

        Returns
        -------
        str
            Statistic, degrees of freedom and p-value.
        """
        second = "" if np.isinf(self.df_residual) else f", {self.df_residual:.4g}"
        return (
            f"{self.rows} by {self.columns}: {self.method} = {self.statistic:.4g} on {self.df:.4g}{second} df, "
            f"p = {self.p_value:.3g} (mean design effect {self.deff:.3g}, n = {self.n})"
        )

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"


def chi_square(
    data: Any,
    rows: str,
    columns: str,
    *,
    design: Design,
    statistic: str = "F",
    fpc: str | None = None,
    single: str | None = None,
) -> ChiSquare:
    """Test whether two categorical variables are independent in the population.

    Parameters
    ----------
    data : frame
        Respondents' rows.
    rows, columns : str
        The variables; rows in which either is missing are left out and counted.
    design : Design
        Design that was read from the rows.
    statistic : {"F", "Chisq"}
        Second-order (F) or first-order (Chisq) correction.
    fpc : {"population", "none"}, optional
        Finite population correction; by default ``population`` where the design knows it.
    single : {"fail", "certainty", "adjust", "average"}, optional
        Rule for strata of a single unit; by default the design's.

    Returns
    -------
    ChiSquare
        The test.

    Raises
    ------
    InputError
        For columns that are missing, a table of fewer than two rows or columns, empty cells that leave no test,
        unknown choices, or strata of a single unit under ``fail``.

    Notes
    -----
    Pearson's X² of the weighted shares is divided by the mean of the generalised design effects δ, the eigenvalues of
    the ratio of the design's covariance of the interaction to that of simple random sampling.  ``F``: X²/Σδ has about
    an F distribution on d = (Σδ)²/Σδ² and d ν degrees of freedom, ν being units minus strata of the whole sample, as in
    R's ``svychisq``.  ``Chisq``: X²/δ̄ against chi-square with (R-1)(C-1) degrees of freedom.

    Cost: one group-by of rows by stratum and both variables; then time and memory of the order of H (R C)², with H
    strata or primary sampling units.

    References
    ----------
    Rao, J. N. K. and Scott, A. J. (1984). https://doi.org/10.1214/aos/1176346391

    Examples
    --------
    >>> frame = pd.DataFrame({"size": list("ssssllll"), "ai": [0, 0, 1, 0, 1, 1, 0, 1],
    ...                       "plan": [0, 1, 1, 0, 1, 1, 0, 0]})
    >>> design = Design.from_frame(frame, strata="size", population={"s": 60, "l": 8})
    >>> chi_square(frame, "ai", "plan", design=design).df
    1.0
    """
    if statistic not in {"F", "Chisq"}:
        raise InputError("unknown choice", parameter="statistic", expected="F, Chisq", got=repr(statistic))
    if rows == columns:
        raise InputError("a variable cannot be tested against itself", parameter="columns", got=columns)
    options = Options.checked(
        design,
        interval="wald",
        df="design",
        fpc=fpc,
        single=single,
        deff="with_replacement",
        conf_level=0.95,
        proportion=False,
    )
    cells, weight, weight_square, levels = _read(data, rows, columns, design)
    names = [in_order(sorted(set(level[level != ""].tolist()))) for level in levels]
    if min(map(len, names)) < 2:
        raise InputError(
            "a table of fewer than two rows or columns has no test",
            parameter="rows, columns",
            got=f"{len(names[0])} by {len(names[1])} levels",
        )
    inside = (levels[0] != "") & (levels[1] != "")
    lookup = [{name: i for i, name in enumerate(group)} for group in names]
    position = np.array(
        [
            lookup[0][a] * len(names[1]) + lookup[1][b] if ok else -1
            for a, b, ok in zip(levels[0], levels[1], inside, strict=True)
        ]
    )
    size = len(names[0]) * len(names[1])
    share = sums(weight[inside], position[inside], size)
    share = share / share.sum()
    covariance = _covariance(cells, weight, weight_square, position=position, share=share, stage=options.stage(design))
    count = float(cells.count.sum())
    pearson, delta = _rao_scott(share, covariance, (len(names[0]), len(names[1])), count)
    freedom = float(design.units.sum() - design.size)
    trace, squares = float(np.trace(delta)), float(np.trace(delta @ delta))
    d = trace**2 / squares
    table = pd.DataFrame(share.reshape(len(names[0]), -1), index=names[0], columns=names[1])
    n = int(cells.count[inside].sum())
    if statistic == "F":
        value, numerator, denominator = pearson / trace, d, d * freedom
        p_value = float(stats.f.sf(value, numerator, denominator))
    else:
        value, numerator, denominator = pearson, float(len(delta)), np.inf
        p_value = float(stats.chi2.sf(pearson / (trace / len(delta)), len(delta)))
    return ChiSquare(
        rows, columns, statistic, value, numerator, denominator, p_value, trace / len(delta), n, int(count) - n, table
    )


def _read(
    data: Any, first: str, second: str, design: Design
) -> tuple[Cells, FloatArray, FloatArray, list[NDArray[np.object_]]]:
    declared = declared_rows(design)
    refuse_numeric(declared, "tests of independence")
    frame = open_rows(data, declared).with_weight(declared.weight)
    keys = cell_keys(declared, [first, second])
    frame.require(keys, parameter="rows, columns")
    constant = declared.weights is not None
    requests = {} if constant else {"w": Product((), 1), "ww": Product((), 2)}
    # a column that the design needs has a level in every row
    optional = [c for c in (first, second) if c not in cell_keys(declared, [])]
    table = frame.group(keys, requests, optional=optional)
    stratum, unit = index_cells(table, design)
    if declared.weights is not None:
        each = declared.weights[stratum]
        weight, square = each * table.count, each**2 * table.count
    else:
        weight, square = table.values["w"], table.values["ww"]
    calibrated = None
    if declared.calibration:
        calibrated = Calibrated.of(
            declared.calibration,
            table.keys,
            stratum=stratum,
            unit=unit,
            strata=design.size,
            weight=weight,
            weight_square=square,
        )
    cells = Cells(design, stratum, unit, table.count, {}, {}, calibrated=calibrated)
    return cells, weight, square, [table.keys[first], table.keys[second]]


def _covariance(
    cells: Cells, weight: FloatArray, weight_square: FloatArray, *, position: IntArray, share: FloatArray, stage: Stage
) -> FloatArray:
    """Covariance of the shares, by polarisation of the variance of each sum of two."""
    pairs, unit = pair_up(cells, np.zeros(cells.size, dtype=np.int64), 1)
    inside = position >= 0
    total = float(weight[inside].sum())
    size = len(share)
    indicator = np.zeros((cells.size, size))
    indicator[np.flatnonzero(inside), position[inside]] = 1.0
    residual = np.where(inside[:, None], indicator - share, 0.0) / total
    touched = sums(inside, pairs.parent, len(pairs.stratum)) > 0
    if cells.calibrated is not None:
        residual, touched = cells.calibrated.residuals(residual), np.ones_like(touched)
    value = weight[:, None] * residual
    strata = len(pairs.stratum)
    if unit is None:
        sum_by = sums(value, pairs.parent, strata)
        raw = sums(weight_square[:, None, None] * residual[:, :, None] * residual[:, None, :], pairs.parent, strata)
        square = raw - sum_by[:, :, None] * sum_by[:, None, :] / pairs.count[:, None, None]
    else:
        units = int(unit.max()) + 1
        owner = np.zeros(units, dtype=np.int64)
        owner[unit] = pairs.parent
        by_unit = sums(value, unit, units)
        sum_by = sums(by_unit, owner, strata)
        centred = by_unit - (sum_by / pairs.count[:, None])[owner]
        square = sums(centred[:, :, None] * centred[:, None, :], owner, strata)
    return _polarised(stage, pairs, sum_by, square, touched)


def _polarised(
    stage: Stage, pairs: Pairs, total: FloatArray, square: FloatArray, touched: NDArray[np.bool_]
) -> FloatArray:
    size = total.shape[1]
    diagonal = [contributions(stage, pairs, total[:, j], square[:, j, j], touched).sum() for j in range(size)]
    result = np.diag(diagonal)
    for j in range(size):
        for k in range(j):
            both = square[:, j, j] + square[:, k, k] + 2 * square[:, j, k]
            value = contributions(stage, pairs, total[:, j] + total[:, k], both, touched).sum()
            result[j, k] = result[k, j] = (value - diagonal[j] - diagonal[k]) / 2
    return result


def _rao_scott(
    share: FloatArray, covariance: FloatArray, shape: tuple[int, int], count: float
) -> tuple[float, FloatArray]:
    """Pearson's X² at the number of rows, and the matrix of generalised design effects."""
    table = share.reshape(shape)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0))
    pearson = count * float(((table - expected) ** 2 / expected).sum())
    basis = _interactions(shape)
    inverse = np.where(share > 0, 1 / np.where(share > 0, share, 1.0), 0.0)
    denominator = basis.T @ (inverse[:, None] / count * basis)
    numerator = basis.T @ (inverse[:, None] * covariance * inverse) @ basis
    if np.linalg.matrix_rank(denominator) < len(denominator):
        raise InputError("empty cells leave no test", parameter="rows, columns", hint="combine levels")
    return pearson, np.asarray(np.linalg.solve(denominator, numerator), dtype=float)


def _interactions(shape: tuple[int, int]) -> FloatArray:
    """Interaction contrasts of a two-way table, orthogonal to its main effects."""

    def centred(size: int) -> FloatArray:
        return np.eye(size)[:, 1:] - 1 / size

    return np.asarray(np.kron(centred(shape[0]), centred(shape[1])), dtype=float)
