"""How many interviews should each stratum get?"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from aibaro._arrays import FloatArray, IntArray
from aibaro._typed import typed
from aibaro.design import COUNT_COLUMNS, Design
from aibaro.errors import ConflictError, FaultList, InputError
from aibaro.messages import Step, chain, latex_number, number
from aibaro.results import Result

# --- Which strata, spreads, minima and constraints was a plan asked for?

Precision = Mapping[str, float | Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Plan:
    """Inputs of an allocation, checked.

    Parameters
    ----------
    labels : pandas.DataFrame, shape (H, number of stratum variables)
        Label of each stratum.
    population : numpy.ndarray of int64, shape (H,)
        Units N_h.
    std_dev : numpy.ndarray of float64, shape (H,)
        Expected standard deviation S_h.
    mean : numpy.ndarray of float64, shape (H,), or None
        Expected mean or share.
    lower : numpy.ndarray of int64, shape (H,)
        Fewest interviews.
    """

    labels: pd.DataFrame
    population: IntArray
    std_dev: FloatArray
    mean: FloatArray | None
    lower: IntArray

    @classmethod
    def read(
        cls,
        strata: pd.DataFrame | Design,
        share: ArrayLike,
        std_dev: ArrayLike | None,
        mean: ArrayLike | None,
        minimum: ArrayLike,
    ) -> Plan:
        """Check the arguments that every allocation takes."""
        labels, population = read_strata(strata)
        size = len(population)
        faults = FaultList("the interviews cannot be planned", where="aibaro.planning")
        given = per_stratum("share", share, size, faults, low=0, high=1, rule="between 0 and 1; 0.3 stands for 30%")
        spread = (
            None if std_dev is None else per_stratum("std_dev", std_dev, size, faults, low=0, high=np.inf, rule=">= 0")
        )
        centre = (
            None if mean is None else per_stratum("mean", mean, size, faults, low=-np.inf, high=np.inf, rule="finite")
        )
        fewest = per_stratum(
            "minimum", minimum, size, faults, low=1, high=np.inf, rule=">= 1, a whole number", whole="whole"
        )
        faults.raise_if_any()
        if spread is None:
            spread = np.sqrt(given * (1 - given) * population / np.maximum(population - 1, 1))
            centre = given
        lower = np.minimum(fewest.astype(np.int64), population)
        return cls(labels, population, spread, centre, lower)

    def check_total(self, total: int) -> None:
        """Refuse a number of interviews that the limits of the strata exclude."""
        low, high = int(self.lower.sum()), int(self.population.sum())
        if isinstance(total, bool) or int(total) != total or not low <= total <= high:
            raise InputError(
                "this number of interviews cannot be spread",
                where="allocate",
                parameter="total",
                expected=f"a whole number, {low} (the minima together) to {high} (all units)",
                got=str(total),
                hint="lower minimum=, or change total",
            )

    def rows(self, precision: Precision) -> tuple[FloatArray, list[str]]:
        """Turn wanted standard errors into rows Σ_h a_dh / n_h <= 1."""
        faults = FaultList("the wanted precision cannot be read", where="aibaro.planning")
        masks: dict[str, tuple[NDArray[np.bool_], float]] = {}
        for variable, wanted in precision.items():
            if variable == "" and not isinstance(wanted, Mapping):
                masks["the population"] = (np.ones(len(self.population), dtype=bool), float(wanted))
                continue
            if variable not in self.labels:
                faults.add(
                    "not a stratum variable",
                    parameter="precision",
                    got=str(variable),
                    expected=", ".join(self.labels.columns),
                )
                continue
            levels = [str(level) for level in self.labels[variable].unique()]
            errors = wanted if isinstance(wanted, Mapping) else dict.fromkeys(levels, wanted)
            for level, error in errors.items():
                if level not in levels:
                    faults.add(
                        "unknown level", parameter=f"precision, {variable}", expected=", ".join(levels), got=str(level)
                    )
                    continue
                masks[f"{variable} {level}"] = ((self.labels[variable] == level).to_numpy(), float(error))
        for name, (_, error) in masks.items():
            if not (np.isfinite(error) and error > 0):
                faults.add(
                    "not a standard error",
                    parameter=f"precision, {name}",
                    got=str(error),
                    expected="a number above 0, such as 0.03 for 3 points",
                )
        if masks and all(np.isfinite(error) and error >= self.std_dev[mask].max() for mask, error in masks.values()):
            faults.add(
                "asks for nothing: one interview a stratum is more precise",
                parameter="precision",
                expected=f"standard errors below {self.std_dev.max():.3g}",
                got=f"smallest {min(error for _, error in masks.values()):g}",
                hint="a share is counted from 0 to 1: 0.05 stands for 5 points",
            )
        if not precision:
            faults.add("no constraint was given", parameter="precision", expected='such as {"sector": 0.04}', got="{}")
        faults.raise_if_any()
        return np.array([self._row(mask, error) for mask, error in masks.values()]), list(masks)

    def _row(self, mask: NDArray[np.bool_], error: float) -> FloatArray:
        share = np.where(mask, self.population, 0) / self.population[mask].sum()
        part = share**2 * self.std_dev**2
        return np.asarray(part / (error**2 + float((part / self.population).sum())))


def read_strata(strata: pd.DataFrame | Design) -> tuple[pd.DataFrame, IntArray]:
    """Read labels and population of the strata."""
    if isinstance(strata, Design):
        return strata.labels.copy(), strata.population.astype(np.int64)
    if "population" not in strata.columns:
        raise InputError(
            "the table of strata lacks a column",
            where="aibaro.planning",
            parameter="strata",
            expected="population",
            got=", ".join(map(str, strata.columns)),
        )
    variables = [c for c in strata.columns if c not in COUNT_COLUMNS]
    table = strata[[*variables, "population"]]
    design = Design.from_strata(table.assign(respondents=table["population"]), variables=variables)
    return design.labels, design.population


def per_stratum(
    name: str,
    value: ArrayLike,
    size: int,
    faults: FaultList,
    *,
    low: float,
    high: float,
    rule: str,
    whole: str = "any",
) -> FloatArray:
    """Spread one number over all strata, or check one number per stratum."""
    array = np.asarray(value, dtype=float)
    if array.ndim > 1 or (array.ndim == 1 and len(array) != size):
        faults.add(
            "not one number a stratum",
            parameter=name,
            expected=f"one number, or {size} in the order of the strata",
            got=f"shape {array.shape}",
        )
        return np.ones(size)
    full = np.array(np.broadcast_to(array, (size,)))
    bad = ~np.isfinite(full) | (full < low) | (full > high) | ((full != np.floor(full)) if whole == "whole" else False)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        faults.add("out of range", where=f"stratum {row + 1}", parameter=name, expected=rule, got=f"{full[row]:g}")
    return np.where(bad, 1.0, full)


# --- What does a plan promise?


@dataclass(frozen=True, slots=True)
class Allocation(Result):
    """Interviews a stratum, and the precision that they promise.

    Parameters
    ----------
    labels : pandas.DataFrame, shape (H, number of stratum variables)
        Label of each stratum.
    population : numpy.ndarray of int64, shape (H,)
        Units N_h.
    std_dev : numpy.ndarray of float64, shape (H,)
        Expected standard deviation S_h of the outcome inside each stratum.
    n : numpy.ndarray of int64, shape (H,)
        Interviews n_h.
    method : str
        How they were spread.
    gap : float
        How far, relatively, the objective can at most lie from the best possible; 0 where it is optimal.
    sizes : numpy.ndarray of float64, shape (H,), or None
        What interviews are proportional to before limits and whole numbers; None under constraints on precision.
    """

    labels: pd.DataFrame
    population: IntArray
    std_dev: FloatArray
    n: IntArray
    method: str
    gap: float = 0.0
    sizes: FloatArray | None = None

    @property
    def total(self) -> int:
        """Number of interviews."""
        return int(self.n.sum())

    def variances(self) -> FloatArray:
        """Return what each stratum adds to the variance of the population mean.

        Returns
        -------
        numpy.ndarray of float64, shape (H,)
            (N_h/N)² (1 - n_h/N_h) S_h²/n_h.
        """
        return _variance(self.population, self.std_dev, self.n, np.ones(len(self.n), dtype=bool))

    def precision(self, by: str | Sequence[str] | None = None) -> pd.DataFrame:
        """Return the standard error that the plan promises, for all units and for domains.

        Parameters
        ----------
        by : str or sequence of str, optional
            Stratum variables whose levels are the domains; by default the population alone.

        Returns
        -------
        pandas.DataFrame
            ``domain, level, std_error, df, n, deff``; the first row is the population.  ``deff`` compares with a
            simple random sample of the domain of the same size without replacement, if the strata share one mean.

        Raises
        ------
        InputError
            When a name is not a stratum variable.
        """
        variables = [] if by is None else [by] if isinstance(by, str) else list(by)
        unknown = [variable for variable in variables if variable not in self.labels]
        if unknown:
            raise InputError(
                "not a stratum variable",
                where="Allocation.precision",
                parameter="by",
                expected=", ".join(self.labels.columns),
                got=", ".join(map(str, unknown)),
            )
        masks = {("", ""): np.ones(len(self.n), dtype=bool)}
        for variable in variables:
            column = self.labels[variable]
            masks |= {(variable, str(level)): (column == level).to_numpy() for level in column.unique()}
        rows = []
        for (domain, level), mask in masks.items():
            variance = float(_variance(self.population, self.std_dev, self.n, mask).sum())
            units, n = int(self.population[mask].sum()), int(self.n[mask].sum())
            spread = float((self.population * self.std_dev**2)[mask].sum()) / units
            simple = spread * (1 / n - 1 / units)
            rows.append((domain, level, variance**0.5, n - int(mask.sum()), n, variance / simple if simple else np.nan))
        return pd.DataFrame(rows, columns=["domain", "level", "std_error", "df", "n", "deff"])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per stratum.

        Returns
        -------
        pandas.DataFrame, shape (H, ...)
            Stratum variables, ``population``, ``std_dev``, ``n``, ``fraction`` n_h/N_h and ``weight`` N_h/n_h.
        """
        frame = self.labels.copy()
        frame["population"] = self.population
        frame["std_dev"] = self.std_dev
        frame["n"] = self.n
        frame["fraction"] = self.n / self.population
        frame["weight"] = self.population / self.n
        return frame

    def design(self) -> Design:
        """Return the plan as a design, as if everybody answered.

        Returns
        -------
        Design
            Strata with population and the planned interviews.
        """
        return Design(self.labels.copy(), self.population.copy(), self.n.copy())

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain Python values.

        Returns
        -------
        dict
            ``method``, ``total``, ``gap``, ``std_error`` and ``strata``, a list of records.
        """
        return {
            "method": self.method,
            "total": self.total,
            "gap": self.gap,
            "std_error": float(self.variances().sum() ** 0.5),
            "strata": self.to_frame().to_dict("records"),
        }

    def explain(self, *, style: str = "text", **levels: str) -> str:
        """Show what the plan gives a stratum, or promises for all, with the numbers filled in.

        Parameters
        ----------
        style : {"text", "latex"}
            Plain text, or an ``aligned`` environment.
        **levels : str
            One level per stratum variable; none for the standard error of the population mean.

        Returns
        -------
        str
            A heading and a line a step.

        Raises
        ------
        InputError
            When the levels do not name exactly one stratum.

        Examples
        --------
        >>> from aibaro.planning import allocate
        >>> table = pd.DataFrame({"size": ["small", "large"], "population": [900, 100]})
        >>> print(allocate(table, 100, std_dev=[2, 8]).explain(size="large"))
        neyman: large
          size: N_h S_h = 100 × 8 = 800
          ideal: n x_h / Σ x = 100 × 800 / 2,600 = 30.769231
          interviews: n_h, a whole number within the limits = 31
          weight: N_h / n_h = 100 / 31 = 3.2258065
          variance: (N_h/N)² (1 - n_h/N_h) S_h² / n_h = (100/1,000)² × 0.69 × 8² / 31 = 0.014245161
        """
        if not levels:
            return chain(f"{self.method}: the population mean", plan_steps(self), style, digits=",.8g")
        rows = self.design().domain(**levels).nonzero()[0]
        if len(rows) != 1:
            raise InputError(
                "these levels do not name one stratum",
                where="Allocation.explain",
                expected=f"one level each of {', '.join(self.labels.columns)}",
                got=f"{len(rows)} strata",
            )
        heading = f"{self.method}: {' × '.join(self.labels.iloc[int(rows[0])])}"
        return chain(heading, stratum_steps(self, int(rows[0])), style, digits=",.8g")

    def summary(self) -> str:
        """Describe the plan in two lines.

        Returns
        -------
        str
            Method, interviews, strata, and the promised standard error.
        """
        taken = int((self.n == self.population).sum())
        near = "" if self.gap == 0 else f"; within {self.gap:.2%} of the best possible"
        return "\n".join(
            [
                f"{self.method}: {self.total:,} interviews in {len(self.n)} strata, {taken} of them taken whole{near}",
                f"standard error of the population mean {self.variances().sum() ** 0.5:.5f}",
            ]
        )

    def _repr_html_(self) -> str:
        return self.to_frame().to_html(index=False)


def _variance(population: IntArray, std_dev: FloatArray, n: IntArray, mask: NDArray[np.bool_]) -> FloatArray:
    share = np.where(mask, population, 0) / population[mask].sum()
    return np.asarray(share**2 * std_dev**2 * (1 / n - 1 / population))


_FEW = 6

# method -> formula of the size that interviews are proportional to
_SIZES = {
    "proportional": ("N_h", "N_h"),
    "neyman": ("N_h S_h", "N_h S_h"),
    "power": ("N_h^q S_h / mean_h", r"N_h^q S_h / \bar y_h"),
}


def stratum_steps(plan: Allocation, row: int) -> tuple[Step, ...]:
    """Fill in the numbers of one stratum of a plan."""
    units, n, spread = int(plan.population[row]), int(plan.n[row]), float(plan.std_dev[row])
    steps = [] if plan.sizes is None else _ideal(plan, row, plan.sizes)
    all_units = int(plan.population.sum())
    rest = 1 - n / units
    return (
        *steps,
        Step("interviews", "n_h, a whole number within the limits", "n_h", "", float(n)),
        Step(
            "weight",
            "N_h / n_h",
            "w_h = N_h / n_h",
            f"{units:,} / {n:,}",
            units / n,
            rf"\frac{{{latex_number(units)}}}{{{latex_number(n)}}}",
        ),
        Step(
            "variance",
            "(N_h/N)² (1 - n_h/N_h) S_h² / n_h",
            r"v_h = \left(\frac{N_h}{N}\right)^2\left(1-\frac{n_h}{N_h}\right)\frac{S_h^2}{n_h}",
            f"({units:,}/{all_units:,})² × {number(rest)} × {number(spread)}² / {n:,}",
            float(plan.variances()[row]),
            rf"\left(\frac{{{latex_number(units)}}}{{{latex_number(all_units)}}}\right)^2 \times {latex_number(rest)} "
            rf"\times {latex_number(spread)}^2 / {latex_number(n)}",
        ),
    )


def _ideal(plan: Allocation, row: int, sizes: FloatArray) -> list[Step]:
    units, spread = int(plan.population[row]), float(plan.std_dev[row])
    size, together, total = float(sizes[row]), float(sizes.sum()), plan.total
    text, latex = _SIZES[plan.method]
    filled = {
        "proportional": (f"{units:,}", latex_number(units)),
        "neyman": (f"{units:,} × {number(spread)}", rf"{latex_number(units)} \times {latex_number(spread)}"),
    }
    words, symbols = filled.get(plan.method, ("", ""))
    ideal = total * size / together if together > 0 else 0.0
    return [
        Step("size", text, rf"x_h = {latex}", words, size, symbols),
        Step(
            "ideal",
            "n x_h / Σ x",
            r"n x_h / \textstyle\sum x",
            f"{total:,} × {number(size)} / {number(together)}",
            ideal,
            rf"{latex_number(total)} \times {latex_number(size)} / {latex_number(together)}",
        ),
    ]


def plan_steps(plan: Allocation) -> tuple[Step, ...]:
    """Fill in the numbers of what a plan promises for the population."""
    parts = plan.variances()
    variance = float(parts.sum())
    few = len(parts) <= _FEW  # more would not fit a line
    return (
        Step(
            "variance",
            "Σ_h (N_h/N)² (1 - n_h/N_h) S_h² / n_h",
            r"V = \textstyle\sum_h v_h",
            " + ".join(number(v) for v in parts) if few else f"over {len(parts)} strata",
            variance,
            " + ".join(latex_number(v) for v in parts) if few else "",
        ),
        Step(
            "standard error",
            "√V",
            r"\sqrt{V}",
            f"√{number(variance)}",
            variance**0.5,
            rf"\sqrt{{{latex_number(variance)}}}",
        ),
    )


# --- How many interviews should each stratum get?


def _proportional(population: IntArray, std_dev: FloatArray, mean: FloatArray | None, power: float) -> FloatArray:
    return population.astype(float) ** 2


def _neyman(population: IntArray, std_dev: FloatArray, mean: FloatArray | None, power: float) -> FloatArray:
    return (population * std_dev) ** 2


def _power(population: IntArray, std_dev: FloatArray, mean: FloatArray | None, power: float) -> FloatArray:
    if mean is None or not (mean > 0).all():
        raise InputError(
            "power allocation needs the coefficient of variation S_h / mean_h",
            where="allocate",
            parameter="share" if mean is not None else "mean",
            expected="a mean above 0 in every stratum",
            got="none" if mean is None else f"smallest {float(mean.min()):g}",
        )
    return np.asarray((population.astype(float) ** power * std_dev / mean) ** 2)


# method -> c_h of the objective Σ c_h / n_h
METHODS: dict[str, Callable[[IntArray, FloatArray, FloatArray | None, float], FloatArray]] = {
    "proportional": _proportional,
    "neyman": _neyman,
    "power": _power,
}


@typed
def allocate(
    strata: pd.DataFrame | Design,
    total: int,
    *,
    method: str = "neyman",
    share: ArrayLike = 0.5,
    std_dev: ArrayLike | None = None,
    mean: ArrayLike | None = None,
    power: float = 0.5,
    minimum: ArrayLike = 2,
    precision: Precision | None = None,
) -> Allocation:
    """Spread interviews over strata.

    Parameters
    ----------
    strata : pandas.DataFrame or Design
        One row per stratum: stratum variables and ``population``; other counts are ignored.
    total : int
        Interviews n.
    method : {"neyman", "proportional", "power"}
        What the allocation makes as small as possible; see the notes.
    share : float or array_like, shape (H,)
        Expected share of units with the property, in all or in each stratum; the default is the least favourable.
    std_dev : float or array_like, shape (H,), optional
        Expected standard deviation S_h of a numeric outcome, instead of `share`.
    mean : float or array_like, shape (H,), optional
        Expected mean of a numeric outcome; needed by ``power`` with `std_dev`.
    power : float
        Exponent q of ``power``, 0 (all strata equally precise) to 1 (close to Neyman).
    minimum : int or array_like, shape (H,)
        Fewest interviews a stratum; smaller strata are taken whole.  Two let the variance be estimated.
    precision : mapping, optional
        Largest standard error of domains: ``{"sector": 0.04}`` for each level of a stratum variable, or
        ``{"sector": {"nace-58-63": 0.03}}`` for named levels.  The name ``""`` stands for the population.

    Returns
    -------
    Allocation
        Whole numbers that add up to `total`.

    Raises
    ------
    InputError
        With every fault of the table and the arguments.
    ConflictError
        When the constraints on precision need more interviews; it says how many would do.

    Notes
    -----
    Each method minimises Σ c_h/n_h under Σ n_h = n and minimum <= n_h <= N_h.  ``neyman``: c_h = (N_h S_h)², the
    variance of the population mean (Neyman 1934).  ``proportional``: c_h = N_h², the same if all S_h are equal.
    ``power``: c_h = (N_h^q S_h / mean_h)², Bankier's compromise between strata.  Without constraints the whole
    numbers are optimal, not rounded; with constraints `gap` bounds how much better another plan could be.  For a
    share S_h² = p_h (1 - p_h) N_h/(N_h - 1).  Everybody is taken to answer: divide by the expected response rate to
    know how many to approach.

    References
    ----------
    Neyman, J. (1934). On the Two Different Aspects of the Representative Method. Journal of the Royal Statistical
    Society 97, 558-625. https://doi.org/10.2307/2342192

    Bankier, M. D. (1988). Power Allocations: Determining Sample Sizes for Subnational Areas. The American
    Statistician 42, 174-177. https://doi.org/10.1080/00031305.1988.10475556

    Examples
    --------
    >>> table = pd.DataFrame({"size": ["small", "large"], "population": [900, 100]})
    >>> allocate(table, 100, method="proportional").n
    array([90, 10])
    >>> allocate(table, 100, share=[0.05, 0.5]).n
    array([80, 20])
    >>> allocate(table, 100, share=[0.05, 0.5], precision={"size": {"large": 0.06}}).n
    array([58, 42])
    """
    plan = Plan.read(strata, share, std_dev, mean, minimum)
    if method not in METHODS:
        raise InputError(
            "unknown method", where="allocate", parameter="method", expected=", ".join(METHODS), got=repr(method)
        )
    plan.check_total(total)
    costs = METHODS[method](plan.population, plan.std_dev, plan.mean, power)
    if precision is None:
        n = spend(exact_costs(costs), plan.lower, plan.population, int(total))
        return Allocation(plan.labels, plan.population, plan.std_dev, n, method, sizes=np.sqrt(costs))
    rows, names = plan.rows(precision)
    fewest, bound = smallest(rows, plan.lower, plan.population)
    if total < np.ceil(bound - 1e-6):
        raise ConflictError(
            "the wanted precision needs more interviews",
            where="allocate",
            parameter="precision",
            expected=f"total >= {int(np.ceil(bound - 1e-6))}; {int(fewest.sum())} certainly do",
            got=f"total = {total} for {', '.join(names[:6])}{', ...' if len(names) > 6 else ''}",
            hint="raise total, or allow larger standard errors",
        )
    n, gap = spend_within(costs, rows, plan.lower, plan.population, int(total))
    return Allocation(plan.labels, plan.population, plan.std_dev, n, f"{method}, precision constrained", gap)


@typed
def required_size(
    strata: pd.DataFrame | Design,
    precision: Precision,
    *,
    share: ArrayLike = 0.5,
    std_dev: ArrayLike | None = None,
    minimum: ArrayLike = 2,
) -> Allocation:
    """Find how few interviews reach the wanted precision in every domain.

    Parameters
    ----------
    strata : pandas.DataFrame or Design
        As in :func:`allocate`.
    precision : mapping
        Largest standard errors, as in :func:`allocate`.
    share, std_dev, minimum
        As in :func:`allocate`.

    Returns
    -------
    Allocation
        Whole numbers that meet every constraint; `gap` is how much smaller, relatively, another plan could be.

    Raises
    ------
    InputError
        With every fault of the table and the arguments.

    Notes
    -----
    A convex programme with several constraints (Bethel 1989), solved by its dual, which also gives the bound.

    References
    ----------
    Bethel, J. (1989). Sample allocation in multivariate surveys. Survey Methodology 15, 47-57.

    Examples
    --------
    >>> table = pd.DataFrame({"size": ["small", "large"], "population": [900, 100]})
    >>> required_size(table, {"size": 0.05}).n
    array([91, 51])
    """
    plan = Plan.read(strata, share, std_dev, None, minimum)
    rows, _ = plan.rows(precision)
    n, bound = smallest(rows, plan.lower, plan.population)
    least = max(int(np.ceil(bound - 1e-6)), int(plan.lower.sum()))
    gap = max(int(n.sum()) - least, 0) / least
    return Allocation(plan.labels, plan.population, plan.std_dev, n, "required size", gap)


_ROUNDS = 400
_STEP = 1.02


def spend(costs: Sequence[Fraction], lower: IntArray, upper: IntArray, total: int) -> IntArray:
    """Spread a number of interviews so that Σ c_h / n_h is as small as whole numbers allow.

    Notes
    -----
    One more interview in a stratum of k saves c_h/k - c_h/(k+1) = c_h/(k(k+1)), which falls with k.  So giving each
    interview to the stratum where it saves most is optimal, not just close (Wright 2012).  Savings are compared as
    fractions; of equal ones the first stratum wins.

    References
    ----------
    Wright, T. (2012). The Equivalence of Neyman Optimum Allocation for Sampling and Equal Proportions for
    Apportioning the U.S. House of Representatives. The American Statistician 66, 217-224.
    https://doi.org/10.1080/00031305.2012.733679

    Examples
    --------
    >>> spend([Fraction(9), Fraction(1)], np.array([1, 1]), np.array([9, 9]), 8)
    array([6, 2])
    """
    given = lower.tolist()
    most = upper.tolist()
    queue = [(-c / (k * (k + 1)), h) for h, (c, k) in enumerate(zip(costs, given, strict=True)) if k < most[h]]
    heapq.heapify(queue)
    for _ in range(total - sum(given)):
        h = heapq.heappop(queue)[1]
        given[h] += 1
        if given[h] < most[h]:
            heapq.heappush(queue, (-costs[h] / (given[h] * (given[h] + 1)), h))
    return np.array(given, dtype=np.int64)


def level_out(costs: FloatArray, lower: IntArray, upper: IntArray, total: int) -> FloatArray:
    """Spread a number of interviews so that Σ c_h / n_h is smallest, with fractions of interviews allowed.

    Examples
    --------
    >>> level_out(np.array([9.0, 1.0]), np.array([1, 1]), np.array([9, 9]), 8)
    array([6., 2.])
    """
    roots = np.sqrt(costs)
    if not roots.any():
        # nothing to gain anywhere: stay inside the limits, as even as the total allows
        roots = np.ones_like(roots)
    safe = np.where(roots > 0, roots, 1.0)
    # the total is piecewise linear in θ; its corners are where a stratum leaves its lower or meets its upper limit
    corners = np.unique(np.concatenate([(lower / safe)[roots > 0], (upper / safe)[roots > 0]]))
    sums = np.array([np.clip(c * roots, lower, upper).sum() for c in corners])
    if sums[-1] <= total:  # strata without spread take what is left over
        rest = np.clip(corners[-1] * roots, lower, upper)
        free = np.where(roots == 0, upper - rest, 0.0)
        left = total - rest.sum()
        filled: FloatArray = rest + (free * left / free.sum() if left > 0 else 0.0)
        return filled
    theta = float(np.interp(total, sums, corners))
    return np.asarray(np.clip(theta * roots, lower, upper))


def spend_within(
    costs: FloatArray, rows: FloatArray, lower: IntArray, upper: IntArray, total: int
) -> tuple[IntArray, float]:
    """Minimise Σ c_h / n_h while each row of Σ_h a_dh / n_h stays at most 1.

    Notes
    -----
    Each row gets a price λ_d >= 0; at given prices the best allocation is that of costs c_h + Σ_d λ_d a_dh, and its
    value minus Σ λ_d bounds the objective of every admissible allocation from below (weak duality).  The prices
    maximise this bound; they are raised a little while rounding to whole numbers leaves a row above 1.
    """
    scale = float((costs / level_out(costs, lower, upper, total)).sum()) or 1.0
    scaled = costs / scale

    def negative_bound(price: FloatArray) -> tuple[float, FloatArray]:
        n = level_out(scaled + price @ rows, lower, upper, total)
        over = rows @ (1 / n) - 1
        return -float((scaled / n).sum() + price @ over), -over

    start = np.zeros(len(rows))
    found = optimize.minimize(
        negative_bound,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, 1e9)] * len(rows),
        options={"maxiter": 2000, "ftol": 1e-14},
    )
    price, bound = np.asarray(found.x), -float(found.fun)
    for _ in range(_ROUNDS):
        n = spend([Fraction(float(c)) for c in scaled + price @ rows], lower, upper, total)
        over = rows @ (1 / n) > 1
        if not over.any():
            return n, max(float((scaled / n).sum()) / bound - 1, 0.0) if bound > 0 else 0.0
        price = np.where(over, np.maximum(price * _STEP, 1e-4), price)
    raise ConflictError(
        "no allocation in whole numbers meets every constraint",
        where="allocate",
        parameter="precision",
        hint="add a few interviews, or allow a larger standard error",
    )


def smallest(rows: FloatArray, lower: IntArray, upper: IntArray) -> tuple[IntArray, float]:
    """Find few interviews for which each row of Σ_h a_dh / n_h is at most 1.

    Notes
    -----
    The bound is that of weak duality, as in :func:`spend_within`: n_h = √(Σ_d λ_d a_dh) within its limits.

    References
    ----------
    Bethel, J. (1989). Sample allocation in multivariate surveys. Survey Methodology 15, 47-57.

    Examples
    --------
    >>> smallest(np.array([[4.0, 4.0]]), np.array([1, 1]), np.array([50, 50]))
    (array([8, 8]), 16.0...)
    """

    def price_to_n(root: FloatArray) -> FloatArray:
        return np.clip(np.sqrt(root**2 @ rows), lower, upper)

    def negative_bound(root: FloatArray) -> tuple[float, FloatArray]:
        # prices as squares: interviews then grow in proportion to what is searched for
        n = price_to_n(root)
        over = rows @ (1 / n) - 1
        return -float(n.sum() + root**2 @ over), -2 * root * over

    start = np.maximum(np.sqrt(rows).sum(axis=1), 1.0)
    found = optimize.minimize(
        negative_bound,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * len(rows),
        options={"maxiter": 5000, "ftol": 1e-15},
    )
    n = np.ceil(price_to_n(np.asarray(found.x)) - 1e-6).astype(np.int64)
    n = _repair(rows, np.clip(n, lower, upper), upper)
    return _trim(rows, n, lower), -float(found.fun)


def _repair(rows: FloatArray, n: IntArray, upper: IntArray) -> IntArray:
    """Add interviews where they lower the worst row most, until all rows are met."""
    n = n.copy()
    while True:
        over = rows @ (1 / n)
        worst = int(np.argmax(over))
        if over[worst] <= 1:
            return n
        gain = np.where(n < upper, rows[worst] / (n * (n + 1)), -1.0)
        n[int(np.argmax(gain))] += 1


def _trim(rows: FloatArray, n: IntArray, lower: IntArray) -> IntArray:
    """Take interviews away where no row needs them, cheapest first."""
    n = n.copy()
    while True:
        spare = 1 - rows @ (1 / n)
        steps = np.maximum(n * (n - 1), 1)
        loss = rows / steps
        can = (n > lower) & (loss <= spare[:, None]).all(axis=0)
        if not can.any():
            return n
        use = np.where(can, (loss / np.maximum(spare[:, None], 1e-300)).max(axis=0), np.inf)
        n[int(np.argmin(use))] -= 1


def exact_costs(values: NDArray[Any]) -> list[Fraction]:
    """Turn numbers into exact fractions."""
    return [Fraction(float(value)) for value in values]
