"""How many interviews does a stratum get, and what does it add to the variance?  The formulas with their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aibaro.messages import Step, latex_number, number

if TYPE_CHECKING:
    from aibaro.planning.results import Allocation

Floats = NDArray[np.float64]
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


def _ideal(plan: Allocation, row: int, sizes: Floats) -> list[Step]:
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
