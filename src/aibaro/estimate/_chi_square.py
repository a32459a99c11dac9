"""Rao-Scott tests of independence in a two-way table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from aibaro._arrays import FloatArray
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate._options import Options
from aibaro.estimate._resampling import chosen
from aibaro.estimate.analysis import Domain, analyse, make_terms
from aibaro.estimate.cells_of_rows import declared_rows, joint_cells, refuse_numeric
from aibaro.results import Result


@dataclass(frozen=True, slots=True)
class ChiSquare(Result):
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
        """Return the test as plain values.

        Returns
        -------
        dict
            All but the table of shares.
        """
        names = ("rows", "columns", "method", "statistic", "df", "df_residual", "p_value", "deff", "n", "missing")
        return {name: getattr(self, name) for name in names}

    def to_frame(self) -> pd.DataFrame:
        """Return the test as one row.

        Returns
        -------
        pandas.DataFrame, shape (1, 10)
            The columns of :meth:`to_dict`.
        """
        return pd.DataFrame([self.to_dict()])

    def summary(self) -> str:
        """Return the test in one line.

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


def chi_square(
    data: Any,
    rows: str,
    columns: str,
    *,
    design: Design,
    domain: Domain = None,
    base: str | None = None,
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
    domain, base
        Domain of the test, as in :func:`proportion`.
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
    R's ``svychisq``; in a domain, of what it touches.  X² and δ are those of the respondents with both answers; R
    counts all rows, which scales both alike.  ``Chisq``: X²/δ̄ against chi-square with (R-1)(C-1) degrees of freedom.

    Cost: two group-bys of rows, by stratum and by stratum and both variables; then time of the order of H (R C)², with
    H strata or primary sampling units.

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
    options = Options.checked(
        design,
        interval="wald",
        df="design",
        fpc=fpc,
        single=single,
        deff="with_replacement",
        conf_level=0.95,
        proportion=False,
        columns={"rows": rows, "columns": columns},
        base=base,
        domain=domain,
    )
    if not isinstance(statistic, str) or statistic not in {"F", "Chisq"}:
        raise InputError("unknown choice", parameter="statistic", expected="F, Chisq", got=repr(statistic))
    if rows == columns:
        raise InputError("a variable cannot be tested against itself", parameter="columns", got=repr(columns))
    design, _ = chosen(design, None)
    refuse_numeric(declared_rows(design), "tests of independence")
    cells, names = joint_cells(data, [rows, columns], design, domain=domain, base=base)
    joint = analyse(cells, "proportion", make_terms(cells, ((),), domain), options)
    full = pd.DataFrame(joint.estimate.reshape([len(n) for n in names]), index=names[0], columns=names[1])
    # levels that nobody gave
    used = np.outer(full.sum(axis=1) > 0, full.sum(axis=0) > 0)
    table = full.loc[full.sum(axis=1) > 0, full.sum(axis=0) > 0]
    if min(table.shape) < 2:
        raise InputError(
            "a table of fewer than two rows or columns has no test",
            parameter="rows, columns",
            got=f"{table.shape[0]} by {table.shape[1]} levels",
        )
    kept = np.flatnonzero(used.ravel())
    covariance = joint.covariance().to_numpy()[np.ix_(kept, kept)]
    n, missing = int(joint.n[0]), int(joint.missing[0])
    pearson, delta = _rao_scott(table.to_numpy().ravel(), covariance, table.shape, float(n))
    freedom = float(design.degrees_of_freedom if not domain and base is None else joint.df_design[0])
    trace, squares = float(np.trace(delta)), float(np.trace(delta @ delta))
    d = trace**2 / squares
    if statistic == "F":
        value, numerator, denominator = pearson / trace, d, d * freedom
        p_value = float(stats.f.sf(value, numerator, denominator))
    else:
        value, numerator, denominator = pearson, float(len(delta)), np.inf
        p_value = float(stats.chi2.sf(pearson / (trace / len(delta)), len(delta)))
    return ChiSquare(
        rows, columns, statistic, value, numerator, denominator, p_value, trace / len(delta), n, missing, table
    )


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
