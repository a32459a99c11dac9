"""HiGHS as the second opinion, and as the fallback that results name: scipy's own copy, in process."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from aibaro.reconstruct.program import Outcome, SeparableProgram

# HiGHS accepts integers within 1e-6 and rows within 1e-7 of their scale; rows are widened by this much and its
# bound by as much, so that rounding in floating point cannot cut off a consistent table
SAFETY = 1e-6
MAGNITUDE = 1e6


def solve(program: SeparableProgram, *, work: float = 20.0, presolve: str = "on") -> Outcome:
    """Solve a program with HiGHS.

    Parameters
    ----------
    program : SeparableProgram
        The program.
    work : float
        Limit in thousands of branch-and-bound nodes.
    presolve : {"on", "off"}
        Whether the solver simplifies the program first; ``off`` for a second proof of infeasibility.

    Returns
    -------
    Outcome
        Bound and solution; the bound is widened by a safety margin, because HiGHS computes in floating point.

    Notes
    -----
    An unknown with a table is written as one binary a value (the convex hull of its points), so the linear
    relaxation is as tight as a separable one can be.
    """
    columns = _Columns(program)
    result = optimize.milp(
        columns.cost,
        constraints=columns.constraints(),
        bounds=optimize.Bounds(columns.lower, columns.upper),
        integrality=np.ones(len(columns.cost)),
        options={"presolve": presolve == "on", "node_limit": max(1, int(1000 * work)), "mip_rel_gap": 0.0},
    )
    if result.status == 2:
        return Outcome("infeasible", None, None, 0.0, version())
    nodes = float(result.mip_node_count or 0) / 1000
    bound = None
    if program.tables and result.mip_dual_bound is not None and np.isfinite(result.mip_dual_bound):
        margin = SAFETY * MAGNITUDE * (1 + len(program.tables)) + 1e-9 * abs(result.mip_dual_bound)
        bound = columns.unscaled(result.mip_dual_bound - margin)
    if result.x is None:
        return Outcome("unknown", bound, None, nodes, version())
    return Outcome("optimal" if result.status == 0 else "feasible", bound, columns.unknowns(result.x), nodes, version())


def version() -> str:
    """Name the solver and its version.

    Returns
    -------
    str
        Such as ``scipy 1.17.1 (HiGHS)``.
    """
    return f"scipy {metadata.version('scipy')} (HiGHS)"


class _Columns:
    """Columns of the matrix: the unknowns, then one binary for each value of an unknown with a table."""

    def __init__(self, program: SeparableProgram) -> None:
        self.program = program
        self.tabled = sorted(program.tables)
        sizes = [len(program.tables[i]) for i in self.tabled]
        self.offsets = np.cumsum([len(program.lower), *sizes]).tolist()
        self.count = self.offsets[-1] if sizes else len(program.lower)
        top = max((abs(v) for t in program.tables.values() for v in t), default=1) or 1
        self.scale = MAGNITUDE / top
        self.sign = -1.0 if program.sense == "max" else 1.0
        self.cost = np.zeros(self.count)
        for k, i in enumerate(self.tabled):
            values = np.array([float(v) for v in program.tables[i]])
            self.cost[self.offsets[k] : self.offsets[k] + len(values)] = self.sign * self.scale * values
        binaries = self.count - len(program.lower)
        self.lower = np.concatenate([np.array(program.lower, dtype=float), np.zeros(binaries)])
        self.upper = np.concatenate([np.array(program.upper, dtype=float), np.ones(binaries)])

    def constraints(self) -> list[Any]:
        """Give rows, the links between unknowns and binaries, and forbidden tuples as linear constraints."""
        matrix = sparse.lil_matrix((len(self.program.rows) + 2 * len(self.tabled), self.count))
        low, high = np.full(matrix.shape[0], -np.inf), np.full(matrix.shape[0], np.inf)
        for r, row in enumerate(self.program.rows):
            size = max((abs(c) for _, c in row.coefficients), default=1)
            for i, c in row.coefficients:
                matrix[r, i] = c / size
            low[r] = -np.inf if row.lower is None else row.lower / size - SAFETY
            high[r] = np.inf if row.upper is None else row.upper / size + SAFETY
        for k, i in enumerate(self.tabled):
            one, link = len(self.program.rows) + 2 * k, len(self.program.rows) + 2 * k + 1
            for j in range(len(self.program.tables[i])):
                matrix[one, self.offsets[k] + j] = 1
                matrix[link, self.offsets[k] + j] = self.program.lower[i] + j
            matrix[link, i] = -1
            low[one] = high[one] = 1
            low[link] = high[link] = 0
        return [optimize.LinearConstraint(sparse.csr_matrix(matrix), low, high)]

    def unscaled(self, value: float) -> int:
        """Turn a bound of the cost into an outward bound of the objective."""
        objective = self.sign * value / self.scale
        return int(np.ceil(objective)) if self.sign < 0 else int(np.floor(objective))

    def unknowns(self, x: NDArray[np.float64]) -> tuple[int, ...]:
        """Round the unknowns to whole numbers."""
        return tuple(round(float(v)) for v in x[: len(self.program.lower)])
