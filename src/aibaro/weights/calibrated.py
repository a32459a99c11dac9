"""Which steps of a history does a residual variance have to know?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from aibaro.errors import UnsupportedError
from aibaro.frames.weighted.rows import Rows
from aibaro.weights.history import HistoryStep
from aibaro.weights.residuals import Auxiliaries

# column of the weights before a step with numeric auxiliaries, in the frame that estimates read
BEFORE = "aibaro_before"


def calibrating_steps(history: Sequence[HistoryStep]) -> tuple[Auxiliaries, ...]:
    """Give the steps that the residual variance of some weights needs."""
    kinds = [step.recipe.kind for step in history]
    first = next((n for n, step in enumerate(history) if step.fit.auxiliaries is not None), None)
    if first is None:
        return ()
    found = []
    for step in history[first:]:
        own = step.fit.auxiliaries
        if own is None and (step.recipe.kind != "normalize" or step.recipe.columns):
            raise UnsupportedError(
                f"no residual variance is offered for weights that were calibrated and then changed by "
                f"{step.recipe.kind}",
                where="WeightResult.design",
                parameter="history",
                got=" → ".join(kinds),
                expected="calibrating steps last",
                hint="calibrate after it, or give the weights as a column to "
                "Design.from_frame, which takes them as given",
            )
        found.append(own if own is not None else _scaling(step))
    calibrating = [own for own in found if own.names]
    if len(calibrating) > 1 and any(own.numeric for own in calibrating):
        raise UnsupportedError(
            "no residual variance is offered for several calibrating steps of which one has numeric auxiliaries",
            where="WeightResult.design",
            parameter="history",
            got=" → ".join(kinds),
            expected="one calibrating step",
            hint="give all totals to one calibrate()",
        )
    return tuple(found)


def weights_before(rows: Rows, initial: str | None, history: Sequence[HistoryStep]) -> Any:
    """Give the weights before the last step with numeric auxiliaries."""
    numbers = [n for n, step in enumerate(history) if step.fit.auxiliaries and step.fit.auxiliaries.numeric]
    if not numbers:
        return None
    weight = rows.column(initial) if initial else rows.ones()
    for step in history[: numbers[-1]]:
        weight = rows.apply(step.fit.rule, weight)
    return weight


def _scaling(step: HistoryStep) -> Auxiliaries:
    """Write the scaling of all weights as a step without auxiliaries."""
    before, after = step.fit.before.total, step.fit.after.total
    return Auxiliaries((), ((),), (), np.zeros((1, 0)), np.array([before]), np.array([after / before]))
