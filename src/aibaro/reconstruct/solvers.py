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
    """Solve a program with a named solver.

    Parameters
    ----------
    program : SeparableProgram
        The program.
    solver : {"auto", "cpsat", "highs"}
        ``auto`` is CP-SAT where OR-Tools is installed, else scipy's HiGHS; the outcome names the one used.
    work : float
        Limit of work: CP-SAT's deterministic time, or thousands of HiGHS nodes.

    hint : tuple of int, optional
        A solution to start from; HiGHS takes none.

    Returns
    -------
    Outcome
        The answer.

    Raises
    ------
    InputError
        For an unknown solver.
    MissingDependencyError
        When the solver asked for is not installed.
    """
    if solver == "auto":
        solver = "cpsat" if cpsat.available() else "highs"
    if solver not in SOLVERS:
        raise InputError("unknown solver", parameter="solver", expected=f"auto, {', '.join(SOLVERS)}", got=repr(solver))
    return SOLVERS[solver](program, work, hint)
