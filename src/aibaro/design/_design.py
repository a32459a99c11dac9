"""One class for the designs of published tables, reconstructions and rows.

One :class:`Design` serves published tables, reconstructions and respondents' rows.  It knows nothing of where
its table came from: it holds one row per stratum, and everything else follows from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from aibaro._arguments import column_names, number_of
from aibaro.design._replicate_weights import Replicates
from aibaro.design._row_design import RowDesign
from aibaro.errors import FaultList, InputError
from aibaro.frames.weighted.weight_rows import read_table
from aibaro.messages import Message

COUNT_COLUMNS = ("population", "sample", "respondents")
_NO_COUNT = -1


@dataclass(frozen=True, slots=True)
class Design:
    """A stratified design, one row per stratum.

    Parameters
    ----------
    labels : pandas.DataFrame, shape (H, number of stratum variables)
        Label of each stratum, one column per stratum variable.
    population : numpy.ndarray of int64, shape (H,)
        Units N_h.
    respondents : numpy.ndarray of int64, shape (H,)
        Respondents n_h.
    sample : numpy.ndarray of int64, shape (H,), or None
        Sampled units s_h where they are known.
    rows : RowDesign or None
        Columns, primary sampling units and weights of a design that was read from respondents' rows.

    Notes
    -----
    The final weight of a respondent is w_h = N_h / n_h, the sampling fraction f_h = n_h / N_h.  A design from rows
    may be clustered or carry its own weights: then `population` counts first-stage units, ``rows`` has the weights,
    and ``units`` and ``unit_fractions`` serve the variance.
    """

    labels: pd.DataFrame
    population: np.ndarray[Any, np.dtype[np.int64]]
    respondents: np.ndarray[Any, np.dtype[np.int64]]
    sample: np.ndarray[Any, np.dtype[np.int64]] | None = None
    rows: RowDesign | None = None

    @classmethod
    def from_strata(cls, strata: pd.DataFrame, *, variables: Sequence[str] | None = None) -> Design:
        """Read a design from a table of strata.

        Parameters
        ----------
        strata : pandas.DataFrame, shape (H, ...)
            One row per stratum: the stratum variables, ``population``, ``respondents`` and, where published,
            ``sample``.
        variables : sequence of str, optional
            Stratum variables; by default all columns but the counts.

        Returns
        -------
        Design
            The design, rows in the order of the table.

        Raises
        ------
        InputError
            With every fault of the table: missing columns, duplicate strata, counts that are negative, fractional
            or missing, n_h = 0 < N_h, n_h > N_h, s_h < n_h or s_h > N_h.

        Examples
        --------
        >>> table = pd.DataFrame({"size": ["small", "large"], "population": [100, 40], "respondents": [4, 4]})
        >>> Design.from_strata(table).weights
        array([25., 10.])
        """
        strata = _table(strata)
        own = column_names(variables, "variables", "Design.from_strata")
        columns = [c for c in strata.columns if c not in COUNT_COLUMNS] if variables is None else list(own)
        _check_columns(strata, columns)
        faults = FaultList("the table of strata cannot be used", where="Design.from_strata")
        counts = {c: _counts(strata, c, columns, faults) for c in COUNT_COLUMNS if c in strata.columns}
        labels = strata[columns].astype(str).fillna("(missing)").reset_index(drop=True)
        for row in np.flatnonzero(labels.duplicated().to_numpy()):
            faults.add(
                "stratum appears twice",
                where=f"row {row + 1}",
                parameter=", ".join(columns),
                got=_name(labels, row),
                hint="give one row a stratum",
            )
        for column in columns:
            for row in np.flatnonzero(strata[column].isna().to_numpy()):
                faults.add(
                    "a stratum has no name",
                    where=f"row {row + 1}",
                    parameter=column,
                    expected="a label",
                    got="a missing value",
                )
        _check_counts(labels, counts, faults)
        faults.raise_if_any(InputError)
        return cls(labels, counts["population"], counts["respondents"], counts.get("sample"))

    @classmethod
    def from_frame(
        cls,
        rows: Any,
        *,
        strata: str | Sequence[str] | None = None,
        psu: str | Sequence[str] | None = None,
        population: Any = None,
        rate: Any = None,
        weight: str | None = None,
        single: str = "fail",
        calibration: Sequence[Any] = (),
        replicates: str | Sequence[str] | None = None,
        kind: str | None = None,
        rho: float | None = None,
        scale: float | None = None,
        rscales: Sequence[float] | None = None,
        center: str = "estimate",
        df: float | None = None,
    ) -> Design:
        """Read a design from the columns of respondents' rows.

        Parameters
        ----------
        rows : frame
            One row per respondent: a pandas, Polars (eager or lazy), PyArrow, DuckDB, PySpark or Ibis table.
        strata : str or sequence of str, optional
            Columns whose levels, crossed, are the strata of the first stage; by default one stratum.
        psu : str or sequence of str, optional
            Column of primary sampling units, or one column per stage, each nested in the one before; by default each
            row is a unit.  A label that stands in several strata is a unit of its own in each, and a note says so.
        population : str, number, mapping, frame, or list of one per stage, optional
            Units of each stratum: a column, one number without strata, a mapping from the label (a tuple of labels
            for several variables), or a table of strata with the column ``population``.  For stages below the first,
            a column that is constant in each unit of the stage above, or a number.
        rate : str, number, mapping, frame, or list of one per stage, optional
            Sampling rates in place of `population`, in the same forms (a table has the column ``rate``).
        weight : str, optional
            Column of weights; by default N_h / n_h follows from `population` or `rate`.  Rows of weight zero stay
            outside every domain and keep their place in the variance.
        single : {"fail", "certainty", "adjust", "average", "adjust_domains", "average_domains"}
            Rule for strata of a single unit, used by every estimator that is not told otherwise: an error; no variance;
            its distance from the mean of all units; the average of the other strata.  With ``_domains`` the rule also
            serves strata of which a domain holds a single unit (R's ``survey.adjust.domain.lonely``).  Single units of
            a further stage follow certainty or adjust.
        calibration : sequence of aibaro.weights.Auxiliaries, optional
            Steps that calibrated the weights, first to last, for the residual variance; ``WeightResult.design`` gives
            them.
        replicates : str or sequence of str, optional
            Columns of replicate weights that come with the rows: a pattern such as ``"rw*"``, taken in the order of
            the numbers, or a list.  Every estimator then takes its variance from them.
        kind : {"BRR", "Fay", "JK1", "JK2", "JKn", "ACS", "SDR", "bootstrap", "custom"}
            How the replicates were made; needed with `replicates`.
        rho : float, optional
            Fay's factor, for ``Fay``.
        scale : float, optional
            Common factor of the squared deviations; by default that of the kind: BRR 1/R, Fay 1/(R(1-rho)²),
            JK1 (R-1)/R, JK2 1, ACS and SDR 4/R, bootstrap 1/(R-1), JKn and custom 1.
        rscales : sequence of float, optional
            Factor of each replicate; needed for ``JKn`` and ``custom``.
        center : {"estimate", "replicates"}
            Deviations of the replicates from the estimate with `weight`, or from their own mean.
        df : float, optional
            Degrees of freedom; by default the rank of the replicate weights minus one.

        Returns
        -------
        Design
            The design, strata sorted by label; ``notes`` has what a reader of results should know.

        Raises
        ------
        InputError
            With every fault: missing columns, null keys, weights that are null, non-finite or negative, a population
            that is missing, fractional, varies inside a stratum or is smaller than the sample, strata on one side
            only, strata of a single unit under ``fail``, replicates without a kind.

        Notes
        -----
        Variance with several stages is that of Särndal et al. (1992, ch. 4) as in R's ``svyrecvar``: what the first
        stage adds, plus f times what the second adds within each unit, and so on; a further stage without population
        counts as drawn with replacement, a first one ends it.
        Probability proportional to size with replacement is declared by `psu` and `weight` without a population.
        Designs of unequal probability without replacement need joint inclusion probabilities, which are not read:
        take them as with replacement, or use R's ``svydesign(pps=)``.

        Sums of weights are compared with the population of elements: up to 5% of its total they are accepted, with a
        note where they differ; beyond, estimators refuse a finite population correction from that population.

        One group-by in the engine that holds the rows; replicate weights are read once more.

        References
        ----------
        Särndal, C.-E., Swensson, B., & Wretman, J. (1992). Model Assisted Survey Sampling. Springer.
        https://doi.org/10.1007/978-1-4612-4378-6

        Wolter, K. M. (2007). Introduction to Variance Estimation (2nd ed.). Springer.
        https://doi.org/10.1007/978-0-387-35099-8

        Examples
        --------
        >>> rows = pd.DataFrame({"size": ["s", "s", "s", "l", "l"], "uses_ai": [1, 0, 0, 1, 1]})
        >>> design = Design.from_frame(rows, strata="size", population={"s": 60, "l": 8})
        >>> design.labels["size"].tolist(), design.rows.weights
        (['l', 's'], array([ 4., 20.]))
        >>> rows = pd.DataFrame({"w": [4.0, 4.0, 6.0], "rw1": [8.0, 0.0, 6.0], "rw2": [0.0, 8.0, 6.0]})
        >>> Design.from_frame(rows, weight="w", replicates="rw*", kind="BRR").degrees_of_freedom
        1
        """
        from aibaro.design._reading import Asked, read_rows

        asked = Asked(
            strata,
            psu,
            population,
            rate,
            weight,
            single,
            tuple(calibration) if isinstance(calibration, list | tuple) else (calibration,),
            replicates,
            kind,
            rho,
            scale,
            rscales,
            center,
            df,
        )
        labels, count, respondents, declared = read_rows(rows, asked)
        return cls(labels, count, respondents, None, declared)

    def to_r(self) -> str:
        """Write R code that declares the same design with the package survey.

        Returns
        -------
        str
            Code that expects the rows in a data frame called ``rows``.
        """
        from aibaro.design._scripts import to_r

        return to_r(self)

    def to_stata(self) -> str:
        """Write Stata code that declares the same design with ``svyset``.

        Returns
        -------
        str
            Code that expects the rows in memory.
        """
        from aibaro.design._scripts import to_stata

        return to_stata(self)

    def to_spss(self) -> str:
        """Write SPSS syntax that declares the same design with ``CSPLAN ANALYSIS``.

        Returns
        -------
        str
            Syntax that expects the rows in the active data set.
        """
        from aibaro.design._scripts import to_spss

        return to_spss(self)

    @property
    def weights(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Final weight N_h / n_h of each stratum, shape (H,)."""
        return self.population / self.respondents

    @property
    def exact_weights(self) -> tuple[Fraction, ...]:
        """Final weight of each stratum as an exact fraction."""
        pairs = zip(self.population.tolist(), self.respondents.tolist(), strict=True)
        return tuple(Fraction(big, small) for big, small in pairs)

    @property
    def fractions(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Sampling fraction f_h = n_h / N_h of each stratum, shape (H,)."""
        return self.respondents / self.population

    @property
    def units(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """First-stage units of each stratum, shape (H,): respondents, or primary sampling units."""
        return self.respondents if self.rows is None else self.rows.units

    @property
    def unit_fractions(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Share of the first-stage population that is in the sample, shape (H,); 0 where it is not known."""
        return self.fractions if self.rows is None else self.rows.fractions

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each stratum, its labels joined with ×."""
        if not len(self.labels.columns):
            return ("all",) * self.size
        return tuple(" × ".join(labels) for labels in self.labels.itertuples(index=False, name=None))

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the stratum variables."""
        return tuple(self.labels.columns)

    @property
    def size(self) -> int:
        """Number of strata H."""
        return len(self.population)

    @property
    def replicates(self) -> Replicates | None:
        """Replicate weights of the rows, where they were declared."""
        return None if self.rows is None else self.rows.replicates

    @property
    def notes(self) -> tuple[Message, ...]:
        """What a reader of results should know: sums that differ, nested labels, rows of weight zero."""
        return () if self.rows is None else self.rows.notes

    def noting(self, *notes: Message) -> Design:
        """Add notes.

        Parameters
        ----------
        *notes : Message
            What a reader of results should know.

        Returns
        -------
        Design
            The same design.
        """
        if self.rows is None or not notes:
            return self
        return replace(self, rows=replace(self.rows, notes=(*self.rows.notes, *notes)))

    @property
    def normalized(self) -> bool:
        """Whether the weights are on the scale of the sample, so that they say nothing about the population's size."""
        return any(note.key == "design.normalized" for note in self.notes)

    @property
    def degrees_of_freedom(self) -> int:
        """First-stage units minus strata, among those with a weight (R's ``degf``); those of replicates as declared."""
        if self.rows is None:
            return int(self.respondents.sum() - self.size)
        if self.rows.replicates is not None:
            return int(self.rows.replicates.df)
        units = self.rows.units if self.rows.positive is None else self.rows.positive
        return int(units.sum() - (units > 0).sum())

    def require_population(self) -> None:
        """Refuse a finite population correction whose population the weights contradict.

        Raises
        ------
        InputError
            When the weights differ from the population by more than 5% of its total.
        """
        from aibaro.design._reading import ACCEPTED

        if self.rows is None or self.rows.gap <= ACCEPTED:
            return
        raise InputError(
            "the weights do not add up to the population, so that it corrects nothing",
            where="aibaro.estimate",
            parameter="fpc",
            expected=f"weights that add up to {int(self.population.sum()):,} within {ACCEPTED:.0%}",
            got=f"{float(self.rows.weight_totals.sum()):,.10g}",
            hint="fpc='none', rate= for the sampling rates, or weights on the scale of the population",
        )

    def domain(self, **levels: str | Sequence[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Mark the strata of a stratum domain.

        Parameters
        ----------
        **levels : str or sequence of str
            One or several levels a stratum variable; a stratum belongs when it matches every variable named.

        Returns
        -------
        numpy.ndarray of bool, shape (H,)
            True for strata of the domain; no argument marks all.

        Raises
        ------
        InputError
            For an unknown variable or level.

        Examples
        --------
        >>> table = pd.DataFrame({"size": ["small", "large"], "population": [100, 40], "respondents": [4, 4]})
        >>> Design.from_strata(table).domain(size="large")
        array([False,  True])
        """
        mask = np.ones(self.size, dtype=bool)
        for variable, wanted in levels.items():
            names = [str(w) for w in wanted] if isinstance(wanted, list | tuple | set | frozenset) else [str(wanted)]
            labels = self.labels[variable] if variable in self.labels else pd.Series([], dtype=object)
            inside = labels.isin(names).to_numpy()
            if not names or not set(names) <= set(labels[inside]):
                raise InputError(
                    "unknown domain",
                    parameter=variable,
                    expected=", ".join(sorted(set(labels)) or self.variables),
                    got=", ".join(names),
                )
            mask &= inside
        return mask


def _table(strata: Any) -> pd.DataFrame:
    """Read a table of strata of any frame library."""
    try:
        return read_table(strata)
    except InputError as error:
        raise InputError(
            "not a table of strata",
            where="Design.from_strata",
            parameter="strata",
            expected="a frame, one row a stratum",
            got=f"{type(strata).__name__}: {str(strata)[:60]}",
        ) from error


def _check_columns(strata: pd.DataFrame, columns: Sequence[str]) -> None:
    needed = [*columns, "population", "respondents"]
    missing = [c for c in needed if c not in strata.columns]
    if missing or not columns or strata.empty:
        raise InputError(
            "the table of strata lacks columns or rows",
            where="Design.from_strata",
            parameter="strata",
            expected="at least one stratum variable, population, respondents, and one row a stratum",
            got=f"columns {', '.join(map(str, strata.columns))}; {len(strata)} rows",
        )


def _name(labels: pd.DataFrame, row: int | np.integer[Any]) -> str:
    return " × ".join(labels.iloc[int(row)]) if len(labels.columns) else "all"


def _counts(
    strata: pd.DataFrame, column: str, variables: Sequence[str], faults: FaultList
) -> np.ndarray[Any, np.dtype[np.int64]]:
    numbers = np.array([number_of(value) for value in strata[column]])
    # above 2**53 a float no longer holds every whole number
    bad = ~np.isfinite(numbers) | (numbers < 0) | (numbers != np.floor(numbers)) | (numbers > 2**53)
    for row in np.flatnonzero(bad):
        labels = strata[list(variables)].astype(str).fillna("(missing)")
        faults.add(
            "not a count",
            where=f"row {row + 1}, {_name(labels, row)}",
            parameter=column,
            expected="a whole number >= 0",
            got=str(strata[column].iloc[row]),
        )
    return np.where(bad, _NO_COUNT, numbers).astype(np.int64)


def _check_counts(
    labels: pd.DataFrame, counts: dict[str, np.ndarray[Any, np.dtype[np.int64]]], faults: FaultList
) -> None:
    population, respondents, sample = counts["population"], counts["respondents"], counts.get("sample")
    wrong = (respondents > population) | (respondents == 0) | (respondents == _NO_COUNT) | (population == _NO_COUNT)
    if sample is not None:
        wrong |= (sample < respondents) | (sample > population)
    for row in np.flatnonzero(wrong):
        where = f"row {row + 1}, {_name(labels, row)}"
        size, answered = int(population[row]), int(respondents[row])
        if _NO_COUNT in (size, answered, None if sample is None else int(sample[row])):
            continue  # this row's fault is recorded
        if answered > size:
            faults.add(
                "more respondents than units",
                where=where,
                parameter="respondents",
                expected=f"n_h <= {size}",
                got=str(answered),
            )
        if answered == 0:
            faults.add(
                "a stratum without respondents has no weight",
                where=where,
                parameter="respondents",
                expected="n_h >= 1",
                got="0",
                hint=_collapse_hint(labels, int(row), respondents),
            )
        if sample is not None and not answered <= int(sample[row]) <= size:
            faults.add(
                "sample does not lie between respondents and population",
                where=where,
                parameter="sample",
                expected=f"{answered} <= s_h <= {size}",
                got=str(int(sample[row])),
            )


def _collapse_hint(labels: pd.DataFrame, row: int, respondents: np.ndarray[Any, np.dtype[np.int64]]) -> str:
    """Propose strata with respondents that differ from the empty one in a single variable."""
    same = (labels == labels.iloc[row]).sum(axis=1).to_numpy()
    near = [r for r in np.flatnonzero(same == len(labels.columns) - 1) if respondents[r] > 0]
    names = "; ".join(_name(labels, r) for r in near[:3])
    return f"collapse it with a neighbour: {names}" if names else "collapse it with another stratum"
