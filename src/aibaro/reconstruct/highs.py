"""HiGHS as the second opinion, and as the fallback that results name: scipy's own copy, in process."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aibaro.reconstruct.program import Outcome, SeparableProgram

# HiGHS accepts integers within 1e-6 and rows within 1e-7 of their scale; rows are widened by this much and its
# bound by as much, so that rounding in floating point cannot cut off a consistent table
SAFETY = 1e-6
MAGNITUDE = 1e6
# a table near a target need not be the nearest
NEARBY = 0.25


def solve(program: SeparableProgram, *, work: float = 20.0, presolve: str = "on", gap: float = 0.0) -> Outcome:
    """Solve a program with HiGHS.

    Notes
    -----
    An unknown with a table is written as one binary per value (the convex hull of its points), so the linear
    relaxation is as tight as a separable one can be.  The search ends when bound and solution are ``gap`` apart, as a
    share of the objective.
    """
    from scipy import optimize

    columns = _Columns(program)
    result = optimize.milp(
        columns.cost,
        constraints=columns.constraints(),
        bounds=optimize.Bounds(columns.lower, columns.upper),
        integrality=columns.integrality,
        options={
            "presolve": presolve == "on",
            "node_limit": max(1, int(1000 * work)),
            "mip_rel_gap": NEARBY if program.targets else gap,
        },
    )
    if result.status == 2:
        return Outcome("infeasible", None, None, 0.0, version())
    nodes = float(result.mip_node_count or 0) / 1000
    bound = None
    if (program.tables or program.prices) and result.mip_dual_bound is not None and np.isfinite(result.mip_dual_bound):
        margin = SAFETY * MAGNITUDE * (1 + len(program.tables) + len(program.prices)) + 1e-9 * abs(
            result.mip_dual_bound
        )
        bound = columns.unscaled(result.mip_dual_bound - margin)
    if result.x is None:
        return Outcome("unknown", bound, None, nodes, version())
    return Outcome("optimal" if result.status == 0 else "feasible", bound, columns.unknowns(result.x), nodes, version())


def version() -> str:
    """Name the solver and its version."""
    return f"scipy {metadata.version('scipy')} (HiGHS)"


class _Columns:
    """Columns of the matrix: the unknowns, one binary per value of a table, one per tuple, one distance per target."""

    def __init__(self, program: SeparableProgram) -> None:
        self.program = program
        self.tabled, self.wished = sorted(program.tables), sorted(program.targets)
        unknowns = len(program.lower)
        sizes = [len(program.tables[i]) for i in self.tabled] + [len(t) for _, t in program.allowed]
        self.offsets = [unknowns + sum(sizes[:k]) for k in range(len(sizes) + 1)]
        binaries = self.offsets[-1] - unknowns
        self.count = self.offsets[-1] + len(self.wished)
        objective = (*program.tables.values(), *program.prices.values())
        top = max((abs(v) for table in objective for v in table), default=1) or 1
        self.scale = MAGNITUDE / top
        self.sign = -1.0 if program.sense == "max" else 1.0
        self.cost = np.zeros(self.count)
        for k, i in enumerate(self.tabled):
            values = np.array([float(v) for v in program.tables[i]])
            self.cost[self.offsets[k] : self.offsets[k] + len(values)] = self.sign * self.scale * values
        for number, own in sorted(program.prices.items()):
            first = self.offsets[len(self.tabled) + number]
            self.cost[first : first + len(own)] = self.sign * self.scale * np.array(own, dtype=float)
        prices = [program.targets[i][1] for i in self.wished]
        self.cost[self.offsets[-1] :] = np.array(prices, dtype=float) / (max(prices, default=1) or 1)
        self.lower = np.concatenate([np.array(program.lower, dtype=float), np.zeros(binaries + len(self.wished))])
        self.upper = np.concatenate(
            [np.array(program.upper, dtype=float), np.ones(binaries), np.full(len(self.wished), np.inf)]
        )
        self.integrality = np.concatenate([np.ones(self.offsets[-1]), np.zeros(len(self.wished))])

    def constraints(self) -> list[Any]:
        """Return every row as one linear constraint."""
        from scipy import optimize, sparse

        entries: list[tuple[dict[int, float], float, float]] = []
        for row in self.program.rows:
            size = max((abs(c) for _, c in row.coefficients), default=1) or 1
            low = -np.inf if row.lower is None else row.lower / size - SAFETY
            high = np.inf if row.upper is None else row.upper / size + SAFETY
            entries.append(({i: c / size for i, c in row.coefficients}, low, high))
        entries += self._table_rows() + self._tuple_rows() + self._target_rows()
        if not entries:
            return []
        r = [k for k, (terms, _, _) in enumerate(entries) for _ in terms]
        c = [i for terms, _, _ in entries for i in terms]
        v = [x for terms, _, _ in entries for x in terms.values()]
        matrix = sparse.csr_matrix((v, (r, c)), shape=(len(entries), self.count))
        return [optimize.LinearConstraint(matrix, [e[1] for e in entries], [e[2] for e in entries])]

    def _table_rows(self) -> list[tuple[dict[int, float], float, float]]:
        rows = []
        for k, i in enumerate(self.tabled):
            first, length = self.offsets[k], len(self.program.tables[i])
            rows.append(({first + j: 1.0 for j in range(length)}, 1.0, 1.0))
            link = {first + j: float(self.program.lower[i] + j) for j in range(length)}
            rows.append(({**link, i: -1.0}, 0.0, 0.0))
        return rows

    def _tuple_rows(self) -> list[tuple[dict[int, float], float, float]]:
        rows = []
        for k, (members, tuples) in enumerate(self.program.allowed):
            first = self.offsets[len(self.tabled) + k]
            rows.append(({first + j: 1.0 for j in range(len(tuples))}, 1.0, 1.0))
            for place, i in enumerate(members):
                link = {first + j: float(values[place]) for j, values in enumerate(tuples)}
                rows.append(({**link, i: -1.0}, 0.0, 0.0))
        return rows

    def _target_rows(self) -> list[tuple[dict[int, float], float, float]]:
        rows = []
        for k, i in enumerate(self.wished):
            away, target = self.offsets[-1] + k, float(self.program.targets[i][0])
            rows.append(({away: 1.0, i: -1.0}, -target, np.inf))
            rows.append(({away: 1.0, i: 1.0}, target, np.inf))
        return rows

    def unscaled(self, value: float) -> int:
        """Turn a bound of the cost into an outward bound of the objective."""
        objective = self.sign * value / self.scale
        return int(np.ceil(objective)) if self.sign < 0 else int(np.floor(objective))

    def unknowns(self, x: NDArray[np.float64]) -> tuple[int, ...]:
        """Round the unknowns to whole numbers."""
        return tuple(round(float(v)) for v in x[: len(self.program.lower)])
