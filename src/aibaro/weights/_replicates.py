"""Replicate weights made here, as columns: what the weights would be had the sample come out otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from aibaro._arguments import check_choice, check_number, shown
from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design
from aibaro.errors import AibaroError, ConflictError, FaultList, InputError
from aibaro.frames import read
from aibaro.frames.columns import row_codes
from aibaro.frames.weighted.weight_rows import in_memory
from aibaro.results import Result
from aibaro.weights._result import WeightResult, begin, extend

KINDS = ("JKn", "JK1", "JK2", "BRR", "Fay", "bootstrap")
FPC_RULES = ("population", "none")
# numbers of one table of replicate weights: 4 GB
MOST = 500_000_000


@dataclass(frozen=True, slots=True, eq=False)
class ReplicateWeights(Result):
    """Rows with replicate weights as columns, and the variance that they stand for.

    Parameters
    ----------
    frame : frame
        The rows with the weights and the replicate weights; of the library that the rows came in, lazy ones as PyArrow.
    weight : str
        Column of the full-sample weights.
    columns : tuple of str, length R
        Columns of the replicate weights.
    kind : {"JKn", "JK1", "JK2", "BRR", "Fay", "bootstrap"}
        How they were made.
    rscales : tuple of float, length R
        What the squared deviation of each replicate is multiplied by.
    df : float
        Degrees of freedom, those of the design.
    rho : float or None
        Fay's factor.
    """

    frame: Any = field(repr=False)
    weight: str
    columns: tuple[str, ...]
    kind: str
    rscales: tuple[float, ...]
    df: float
    rho: float | None = None

    def design(self, *, center: str = "estimate") -> Design:
        """Declare the design of the rows with these replicate weights.

        Parameters
        ----------
        center : {"estimate", "replicates"}
            Deviations from the estimate with the full-sample weights, or from the mean of the replicates.

        Returns
        -------
        Design
            The design; estimators given :attr:`frame` take their variances from the replicates.
        """
        return Design.from_frame(
            self.frame,
            weight=self.weight,
            replicates=list(self.columns),
            kind="custom",
            rscales=self.rscales,
            center=center,
            df=self.df,
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per replicate.

        Returns
        -------
        pandas.DataFrame
            ``column, kind, rscale``.
        """
        return pd.DataFrame({"column": list(self.columns), "kind": self.kind, "rscale": list(self.rscales)})

    def summary(self) -> str:
        """Describe the replicates.

        Returns
        -------
        str
            One line.
        """
        return (
            f"{len(self.columns):,} replicate weights of kind {self.kind}, columns {self.columns[0]} to "
            f"{self.columns[-1]}, beside {self.weight}; {self.df:g} degrees of freedom"
        )


def replicates(
    rows: Any,
    *,
    design: Design,
    kind: str = "JKn",
    number: int = 500,
    seed: int | None = None,
    rho: float | None = None,
    fpc: str | None = None,
    prefix: str = "rw",
) -> ReplicateWeights:
    """Make replicate weights, each calibrated as the weights were.

    Parameters
    ----------
    rows : frame or WeightResult
        The rows that gave the design.  Of a :class:`WeightResult` every step after the base weights is taken anew for
        each replicate: nonresponse adjustment, raking, trimming, calibration.
    design : Design
        The design.
    kind : {"JKn", "JK1", "JK2", "BRR", "Fay", "bootstrap"}
        ``JKn``: each first-stage unit is left out once, the others of its stratum weigh n/(n-1).  ``JK1``: the same
        without strata.  ``JK2``: of each stratum's two units one is left out.  ``BRR`` and ``Fay``: half samples of
        strata of two units, balanced by a Hadamard matrix.  ``bootstrap``: Preston's with a finite population
        correction, that of Rao, Wu and Yue without.
    number : int
        Replicates of a bootstrap.
    seed : int, optional
        Seed of a bootstrap.
    rho : float, optional
        Fay's factor; the half that is left out keeps rho of its weight.
    fpc : {"population", "none"}, optional
        Finite population correction; by default ``population`` where the design knows it.
    prefix : str
        Columns are named with it and numbers from 1.

    Returns
    -------
    ReplicateWeights
        The rows with the columns, and a design that reads them.

    Raises
    ------
    InputError
        For kinds that do not suit the strata, a bootstrap without a seed, strata of a single unit.
    ConflictError
        When a replicate cannot be calibrated: its sample has no row of some level.

    Notes
    -----
    Variances of replicates of calibrated weights hold what calibration gains, without residuals.  Time and memory are
    those of rows times replicates; calibration takes every replicate once.

    References
    ----------
    Wolter, K. M. (2007). Introduction to Variance Estimation (2nd ed.). Springer.
    https://doi.org/10.1007/978-0-387-35099-8

    Rao, J. N. K., Wu, C. F. J., & Yue, K. (1992). Some recent work on resampling methods for complex surveys. Survey
    Methodology, 18, 209-217.

    Preston, J. (2009). Rescaled bootstrap for stratified multistage sampling. Survey Methodology, 35, 227-234.

    Examples
    --------
    >>> rows = pd.DataFrame({"size": list("ssll"), "y": [1.0, 3.0, 10.0, 14.0], "w": [5.0, 5.0, 2.0, 2.0]})
    >>> design = Design.from_frame(rows, strata="size", weight="w")
    >>> made = replicates(rows, design=design, kind="JKn")
    >>> made.frame[["rw1", "rw3"]].to_numpy().T.tolist()
    [[0.0, 10.0, 2.0, 2.0], [5.0, 5.0, 0.0, 4.0]]
    >>> from aibaro import estimate
    >>> estimate.total(made.frame, "y", design=made.design()).std_error.round(6)
    array([12.806248])
    """
    correction = _check(design, kind, number, seed, rho=rho, fpc=fpc, prefix=prefix)
    size = int(number) if kind == "bootstrap" else 0
    result = _opened(rows, design)
    unit, owner = _units(result, design)
    fraction = design.unit_fractions if correction == "population" else np.zeros(design.size)
    count = np.bincount(owner, minlength=design.size).astype(float)
    factors, rscales = MAKERS[kind](
        Sample(design, owner, count, fraction, size, seed, 0.0 if rho is None else float(rho))
    )
    if len(unit) * factors.shape[1] > MOST:
        raise InputError(
            "too many replicate weights to hold",
            where="replicates",
            parameter="kind",
            got=f"{factors.shape[1]:,} of {len(unit):,} rows",
            hint="kind='bootstrap' with a smaller number=, or primary sampling units psu=",
        )
    names = tuple(f"{prefix}{r + 1}" for r in range(factors.shape[1]))
    taken = [name for name in names if name in result.rows.columns]
    if taken:
        raise InputError(
            "the rows have columns of these names already",
            where="replicates",
            parameter="prefix",
            got=shown(taken),
            hint="choose another prefix=",
        )
    columns = _weighted(result, factors, unit)
    frame = result.rows.attach_all(
        {result.name: result.weight} if result.history else {}, dict(zip(names, columns, strict=True))
    )
    weight = result.name if result.history else str(design.rows.weight) if design.rows is not None else ""
    return ReplicateWeights(frame, weight, names, kind, tuple(rscales.tolist()), float(design.degrees_of_freedom), rho)


@dataclass(frozen=True, slots=True)
class Sample:
    """First-stage units of a design, as replicates change them.

    Parameters
    ----------
    design : Design
        The design.
    owner : numpy.ndarray of int, shape (U,)
        Stratum of each unit.
    count, fraction : numpy.ndarray of float, shape (H,)
        Units and sampling fraction of each stratum.
    number : int
        Replicates of a bootstrap.
    seed : int or None
        Seed of a bootstrap.
    rho : float
        Fay's factor.
    """

    design: Design
    owner: IntArray
    count: FloatArray
    fraction: FloatArray
    number: int
    seed: int | None
    rho: float


def _jackknife(sample: Sample) -> tuple[FloatArray, FloatArray]:
    """Leave out each unit once; strata observed in full have no replicates."""
    n, f = sample.count[sample.owner], sample.fraction[sample.owner]
    active = np.flatnonzero((n > 1) & (f < 1))
    factors = np.ones((len(sample.owner), len(active)))
    for r, u in enumerate(active.tolist()):
        mine = sample.owner == sample.owner[u]
        factors[mine, r] = n[u] / (n[u] - 1)
        factors[u, r] = 0.0
    return factors, ((1 - f) * (n - 1) / n)[active]


def _pairs(sample: Sample) -> IntArray:
    """Both units of each stratum, shape (H, 2)."""
    wrong = sample.count != 2
    if wrong.any():
        names = [sample.design.names[h] for h in np.flatnonzero(wrong).tolist()]
        raise InputError(
            "strata without exactly two units",
            where="replicates",
            parameter="kind",
            expected="two first-stage units a stratum",
            got=shown(names),
            hint="kind='JKn' takes any number of units",
        )
    return np.argsort(sample.owner, kind="stable").reshape(-1, 2)


def _half_samples(sample: Sample) -> tuple[FloatArray, FloatArray]:
    """Balanced half samples: of each stratum one unit is weighed up, the other down, as a Hadamard matrix says."""
    from scipy.linalg import hadamard

    pairs = _pairs(sample)
    number = 2
    while number <= len(pairs):
        number *= 2
    signs = hadamard(number)[:, 1 : len(pairs) + 1].T
    # (1 - f) of each stratum in the spread of its factors, so that one scale serves all replicates
    spread = (1 - sample.rho) * np.sqrt(1 - sample.fraction)[:, None] * signs
    factors = np.ones((len(sample.owner), number))
    factors[pairs[:, 0]], factors[pairs[:, 1]] = 1 + spread, 1 - spread
    return factors, np.full(number, 1 / (number * (1 - sample.rho) ** 2))


def _paired_jackknife(sample: Sample) -> tuple[FloatArray, FloatArray]:
    """Leave out the first unit of each pair."""
    pairs = _pairs(sample)
    factors = np.ones((len(sample.owner), len(pairs)))
    factors[pairs[:, 0], np.arange(len(pairs))] = 0.0
    factors[pairs[:, 1], np.arange(len(pairs))] = 2.0
    return factors, 1 - sample.fraction


def _bootstrap(sample: Sample) -> tuple[FloatArray, FloatArray]:
    """Draw units anew in each stratum."""
    generator = np.random.default_rng(sample.seed)
    factors = np.ones((len(sample.owner), sample.number))
    for h in range(len(sample.count)):
        mine = np.flatnonzero(sample.owner == h)
        n, f = len(mine), float(sample.fraction[h])
        if n <= 1 or f >= 1:
            continue
        if f > 0:
            m = n // 2
            kept = generator.random((n, sample.number)).argsort(axis=0).argsort(axis=0) < m
            damping = np.sqrt(m * (1 - f) / (n - m))
            factors[mine] = 1 - damping + damping * (n / m) * kept
        else:
            drawn = generator.multinomial(n - 1, np.full(n, 1 / n), size=sample.number).T
            factors[mine] = drawn * (n / (n - 1))
    return factors, np.full(sample.number, 1 / (sample.number - 1))


MAKERS: dict[str, Callable[[Sample], tuple[FloatArray, FloatArray]]] = {
    "JKn": _jackknife,
    "JK1": _jackknife,
    "JK2": _paired_jackknife,
    "BRR": _half_samples,
    "Fay": _half_samples,
    "bootstrap": _bootstrap,
}


def _check(design: Any, kind: Any, number: Any, seed: Any, *, rho: Any, fpc: Any, prefix: Any) -> str:
    faults = FaultList("replicate weights cannot be made", where="replicates")
    if not isinstance(design, Design) or design.rows is None:
        faults.add("the design does not know the rows", parameter="design", expected="a design from Design.from_frame")
        faults.raise_if_any()
    known = check_choice(kind, KINDS, "kind", faults)
    if known and kind == "bootstrap":
        check_number(
            number, "number", faults, low=2, high=10**6, expected="a whole number from 2 to 1,000,000", whole="yes"
        )
        if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
            faults.add("a bootstrap needs a seed", parameter="seed", expected="an integer >= 0", got=repr(seed))
    if known and kind == "Fay":
        check_number(rho, "rho", faults, low=0.0, high=1 - 1e-9, expected="Fay's factor, 0 <= rho < 1")
    elif rho is not None:
        faults.add("only Fay's replicates have a factor", parameter="rho", expected="kind='Fay'", got=repr(rho))
    if not isinstance(prefix, str) or not prefix:
        faults.add("not the beginning of names", parameter="prefix", expected="text, such as 'rw'", got=repr(prefix))
    correction = fpc if fpc is not None else ("population" if design.rows.population is not None else "none")
    check_choice(correction, FPC_RULES, "fpc", faults)
    if isinstance(correction, str) and correction == "population" and design.rows.population is None:
        faults.add("the design does not know its population", parameter="fpc", expected="none", got="population")
    if known and kind == "JK1" and design.size > 1:
        faults.add("JK1 knows no strata", parameter="kind", expected="JKn", got=f"JK1 with {design.size} strata")
    lonely = (design.units <= 1) & (design.unit_fractions < 1)
    if lonely.any() and design.rows.single != "certainty":
        faults.add(
            "replicates treat strata of a single unit as certain",
            parameter="single",
            expected="single='certainty' in the design, or strata of two units",
            got=shown(np.array(design.names, dtype=object)[lonely].tolist()),
        )
    faults.raise_if_any()
    if correction == "population":
        design.require_population()
    return str(correction)


def _opened(rows: Any, design: Design) -> WeightResult:
    """Open rows in memory, with the weights that every replicate starts from."""
    if isinstance(rows, WeightResult):
        if isinstance(rows.weight, np.ndarray):
            return rows
        opened = begin(in_memory(rows.rows), rows.initial, rows.name, ())
        weight = opened.weight
        for step in rows.history:
            weight = opened.rows.apply(step.fit.rule, weight)
        return replace(opened, weight=weight, history=rows.history)
    declared = design.rows
    if declared is None or declared.weight is None:
        raise InputError(
            "replicates change a column of weights",
            where="replicates",
            parameter="design",
            expected="weight= in Design.from_frame, or the WeightResult that made the weights",
            got="weights that follow from the population",
            hint="weights.base(rows, strata=..., population=...) makes the column",
        )
    frame = in_memory(rows)
    return begin(frame, declared.weight, "aibaro_full", ())


def _units(result: WeightResult, design: Design) -> tuple[IntArray, IntArray]:
    """First-stage unit of each row, and the stratum of each unit."""
    declared = design.rows
    if declared is None:
        raise InputError("the design does not know the rows", where="replicates", parameter="design")
    rows = read(result.rows.native)
    labels = [tuple(map(str, key)) for key in design.labels.itertuples(index=False, name=None)] or [()]
    stratum = row_codes(rows, declared.strata, labels)
    size = len(stratum)
    if (stratum < 0).any() or not np.array_equal(np.bincount(stratum, minlength=design.size), design.respondents):
        raise InputError(
            "the rows are not those that the design was read from",
            where="replicates",
            parameter="rows",
            got=f"{size:,} rows",
            expected=f"{int(design.respondents.sum()):,} rows in the strata of the design",
        )
    if declared.psu is None:
        return np.arange(size), stratum
    code = row_codes(rows, (declared.psu,), None)
    _, first, unit = np.unique(stratum * (int(code.max()) + 1) + code, return_index=True, return_inverse=True)
    return unit.ravel().astype(np.int64), stratum[first]


def _weighted(result: WeightResult, factors: FloatArray, unit: IntArray) -> list[FloatArray]:
    """Weights of each replicate: those at the start times the factors, then every later step anew."""
    steps = list(result.history)
    start = result.rows.column(result.initial) if result.initial else result.rows.ones()
    while steps and steps[0].recipe.kind == "base":
        start = result.rows.apply(steps.pop(0).fit.rule, start)
    columns = []
    for r in range(factors.shape[1]):
        own = replace(result, weight=np.asarray(start) * factors[unit, r], history=())
        for step in steps:
            if step.recipe.kind == "normalize":
                own = replace(own, weight=own.rows.apply(step.fit.rule, own.weight))
                continue
            try:
                own = extend(own, step.recipe)
            except AibaroError as error:
                raise ConflictError(
                    f"replicate {r + 1} cannot be weighted as the sample was",
                    where="replicates",
                    parameter=step.recipe.kind,
                    hint="collapse levels of few rows, or use the residual variance (linearization)",
                    faults=error.faults,
                ) from error
        columns.append(np.asarray(own.weight, dtype=float))
    return columns
