"""Which solver answers?  Named in every result, never chosen in silence."""

from __future__ import annotations

from collections.abc import Callable

from aibaro.errors import InputError
from aibaro.reconstruct import cpsat, highs
from aibaro.reconstruct.program import Outcome, SeparableProgram

Hint = tuple[int, ...] | None

SOLVERS: dict[str, Callable[[SeparableProgram, float, Hint], Outcome]] = {
    "cpsat": lambda program, work, hint: cpsat.solve(program, work=work, hint=hint),
    "highs": lambda program, work, _hint: highs.solve(program, work=work),
}


def solve(program: SeparableProgram, *, solver: str = "auto", work: float = 20.0, hint: Hint = None) -> Outcome:
    """Solve a program with a named solver."""
    if solver == "auto":
        solver = "cpsat" if cpsat.available() else "highs"
    if solver not in SOLVERS:
        raise InputError("unknown solver", parameter="solver", expected=f"auto, {', '.join(SOLVERS)}", got=repr(solver))
    return SOLVERS[solver](program, work, hint)
