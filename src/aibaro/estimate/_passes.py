"""Which sums are needed, and which has the engine already given?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import FloatArray
from aibaro.errors import InputError
from aibaro.frames import GroupTable, Infinite, Present, Product, Rows

Request = Product | Present | Infinite

CLEAN, NULLS, HOLES = "clean", "nulls", "holes"


@dataclass(frozen=True, slots=True)
class Probe:
    """What the first pass found out about a variable.

    Parameters
    ----------
    name : str
        The variable.
    state : {"clean", "nulls", "holes"}
        No missing value; nulls, which every engine skips; or NaN and infinities, which need a mask.
    centre : float
        Value that is subtracted before squaring: the weighted mean, or 0 where squares are exact.
    kind : {"binary", "small", "number"}
        Yes-or-no, whose square is itself; small integers, whose raw sums are exact; any other number.
    binary : bool
        Whether it was found to hold 0 and 1 alone.
    """

    name: str
    state: str
    centre: float
    kind: str
    binary: bool = False


@dataclass(slots=True)
class Passes:
    """Asks the engine for sums by group, each once.

    Parameters
    ----------
    rows : Rows
        The rows.
    keys : tuple of str
        Key columns.
    optional : tuple of str
        Key columns in which a level may be missing.
    constant : bool
        Whether all respondents of a stratum weigh the same, so that weights need not enter the sums.
    clustered : bool
        Whether the variance needs totals of primary sampling units alone.
    answers : dict
        Sums that came back.
    """

    rows: Rows
    keys: tuple[str, ...]
    optional: tuple[str, ...]
    constant: bool
    clustered: bool
    answers: dict[Request, NDArray[Any]] = field(default_factory=dict)
    _table: GroupTable | None = None

    @property
    def table(self) -> GroupTable:
        """Groups of the first pass."""
        if self._table is None:
            self.fetch([], force=True)
        table = self._table
        if table is None:
            raise InputError("no pass was made", where="aibaro.estimate")
        return table

    def fetch(self, requests: Iterable[Request], *, force: bool = False) -> None:
        """Ask for the sums that are not known yet, in one pass."""
        asked = dict.fromkeys(r for r in requests if r not in self.answers)
        # a column without nulls is present in every row: that needs no sum
        full = [r for r in asked if isinstance(r, Present) and r.column in self.rows.complete]
        wanted = {f"v{i}": r for i, r in enumerate(r for r in asked if r not in full)}
        if not wanted and not (force and self._table is None):
            self.answers.update(dict.fromkeys(full, self.table.count))
            return
        table = self.rows.group(self.keys, wanted, optional=self.optional)
        if self._table is None:
            self._table = table
        elif not _same_groups(self._table, table):
            raise InputError(
                "the rows changed between two passes",
                where="aibaro.estimate",
                parameter="data",
                expected="a query that gives the same rows each time",
                hint="collect the frame, or remove sampling from the query",
            )
        self.answers.update({request: table.values[name] for name, request in wanted.items()})
        self.answers.update(dict.fromkeys(full, table.count))

    def group(self, further: Sequence[str], requests: Mapping[str, Any]) -> GroupTable:
        """Sums by the keys and further columns, in which levels may be missing."""
        own = [key for key in self.keys if key not in self.optional]
        keys = list(dict.fromkeys([*self.keys, *further]))
        return self.rows.group(keys, requests, optional=[key for key in keys if key not in own])

    @property
    def first_power(self) -> int:
        """Power of the weight in first-order sums: 0 where the stratum's weight is applied later."""
        return 0 if self.constant else 1

    def product(
        self, left: Sequence[Probe], right: Sequence[Probe], factors: Sequence[Probe], power: int
    ) -> Request | None:
        """Name the sum of a product of two basis functions; None for the plain number of rows."""
        raised = power if not self.constant else 0
        distinct = list(factors)
        if len(distinct) == 2 and distinct[0] == distinct[1] and distinct[0].kind == "binary":
            distinct = distinct[:1]
        if not self.constant or any(p.kind != "small" for p in distinct) or len({p.name for p in distinct}) > 1:
            exact = False
        else:
            exact = bool(distinct)
        needed = {p.name: p for p in (*left, *right) if p.state != CLEAN}
        skipped = {p.name for p in distinct if p.state == NULLS}
        observed = tuple(sorted(set(needed) - skipped))
        if not distinct and not raised:
            if not observed:
                return None
            if len(observed) == 1 and needed[observed[0]].state == NULLS:
                return Present(observed[0])
        centres = tuple((p.name, 0.0 if exact else p.centre) for p in distinct)
        return Product(centres, raised, observed, exact)

    def block_requests(self, variables: Sequence[str], probes: Mapping[str, Probe]) -> Iterator[Request]:
        """Name the sums that a block needs."""
        powers = (1,) if self.constant or self.clustered else (1, 2)
        for power in powers:
            yield from self._matrix_requests(variables, variables, probes, power)
        own = [probes[v] for v in variables]
        for power in (0, 2):
            request = self.product(own, own, [], power)
            if request is not None:
                yield request

    def square_requests(
        self, left: Sequence[str], right: Sequence[str], probes: Mapping[str, Probe]
    ) -> Iterator[Request]:
        """Name the sums that the covariance of two blocks needs."""
        yield from self._matrix_requests(left, right, probes, 2)

    def _matrix_requests(
        self, left: Sequence[str], right: Sequence[str], probes: Mapping[str, Probe], power: int
    ) -> Iterator[Request]:
        for factors in _basis_pairs(left, right):
            request = self.product(
                [probes[v] for v in left], [probes[v] for v in right], [probes[v] for v in factors if v], power
            )
            if request is not None:
                yield request

    def matrix(
        self,
        left: Sequence[str],
        right: Sequence[str],
        probes: Mapping[str, Probe],
        power: int,
        weight: FloatArray | None,
    ) -> FloatArray:
        """Put the sums of products of two bases together."""
        count = self.table.count
        result = np.empty((len(count), 1 + len(left), 1 + len(right)))
        mine, other = [probes[v] for v in left], [probes[v] for v in right]
        for i, a in enumerate([None, *mine]):
            for j, b in enumerate([None, *other]):
                factors = [p for p in (a, b) if p is not None]
                result[:, i, j] = self._value(mine, other, factors, power)
        return result if weight is None else result * (weight**power)[:, None, None]

    def _value(self, left: Sequence[Probe], right: Sequence[Probe], factors: Sequence[Probe], power: int) -> FloatArray:
        request = self.product(left, right, factors, power)
        if request is None:
            return self.table.count
        raw = self.answers[request]
        if isinstance(request, Product) and request.exact:
            return self._recentred(left, right, factors, power, raw)
        return raw.astype(float)

    def _recentred(
        self, left: Sequence[Probe], right: Sequence[Probe], factors: Sequence[Probe], power: int, raw: NDArray[Any]
    ) -> FloatArray:
        """Shift exact sums of integers to a whole centre, in integers."""
        centre = int(factors[0].centre)
        rows = self._value(left, right, [], power).astype(np.int64)
        if len(factors) == 1:
            return (raw.astype(np.int64) - centre * rows).astype(float)
        first = self.product(left, right, factors[:1], power)
        total = self.answers[first].astype(np.int64) if first is not None else rows
        return (raw.astype(np.int64) - 2 * centre * total + centre * centre * rows).astype(float)

    def observed(self, variables: Sequence[str], probes: Mapping[str, Probe]) -> FloatArray:
        """Count the rows in which all variables are present."""
        own = [probes[v] for v in variables]
        needed = [p for p in own if p.state != CLEAN]
        if not needed:
            return self.table.count
        if len(needed) == 1 and needed[0].state == NULLS:
            return self.answers[Present(needed[0].name)].astype(float)
        return self.answers[Product((), 0, tuple(sorted(p.name for p in needed)))].astype(float)

    def weight_square(
        self, variables: Sequence[str], probes: Mapping[str, Probe], weight: FloatArray | None
    ) -> FloatArray:
        """Return Σ w² of the observed rows."""
        own = [probes[v] for v in variables]
        value = self._value(own, own, [], 2)
        return value if weight is None else value * weight**2


def _basis_pairs(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[str, str]]:
    for a in ("", *left):
        for b in ("", *right):
            yield (a, b)


def _same_groups(one: GroupTable, other: GroupTable) -> bool:
    same = all(np.array_equal(one.keys[k], other.keys[k]) for k in one.keys)
    return same and np.array_equal(one.count, other.count)
