"""What does a plan promise?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.messages import Step, chain, latex_number, number
from aibaro.results import Result


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
