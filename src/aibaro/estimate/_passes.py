"""Which sums are needed, and which has the engine already given?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aibaro._arguments import check_sum
from aibaro._arrays import FloatArray
from aibaro.design import RowDesign
from aibaro.errors import FaultList, InputError
from aibaro.estimate._calibrated import Numeric, NumericBlock
from aibaro.estimate._cells import Block, central, refuse_extremes
from aibaro.frames import Extremes, GroupTable, Infinite, Present, Product, Request, Rows
from aibaro.weights.residuals import BEFORE

Asked = Product | Present | Infinite

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
    answers: dict[Asked, NDArray[Any]] = field(default_factory=dict)
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

    def fetch(self, requests: Iterable[Asked], *, force: bool = False) -> None:
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
    ) -> Asked | None:
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

    def block_requests(self, variables: Sequence[str], probes: Mapping[str, Probe]) -> Iterator[Asked]:
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
    ) -> Iterator[Asked]:
        """Name the sums that the covariance of two blocks needs."""
        yield from self._matrix_requests(left, right, probes, 2)

    def _matrix_requests(
        self, left: Sequence[str], right: Sequence[str], probes: Mapping[str, Probe], power: int
    ) -> Iterator[Asked]:
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


# --- The first pass: what is missing, where the centres lie, and what needs no second pass.


def probe(passes: Passes, outcomes: Sequence[str], *, singles: set[str], binary: bool) -> dict[str, Probe]:
    """Make the first pass: present values, centres, and what needs no second pass.

    Notes
    -----
    With `binary`, columns that hold other values than 0 and 1 have no probe: their values are categories.
    """
    kinds = {c: _kind(passes, c, binary, c in singles) for c in outcomes}
    # sums of weights tell whether the design is that of these rows
    weighted = passes.rows.weight is not None
    requests: list[Asked] = [Product((), 1), Product((), 2)] if weighted or not passes.constant else []
    for column, kind in kinds.items():
        requests += [Present(column), _plain(passes, column, kind)]
        guess = Probe(column, CLEAN, 0.0, kind)
        if kind != "number":
            requests += list(passes.block_requests([column], {column: guess}))
        if binary and not passes.rows.is_boolean(column):
            requests.append(_binary_check(passes, column))
    passes.fetch(requests, force=True)
    if weighted:
        check_sum(passes.answers[Product((), 1)], "weight")
    if binary:
        outcomes = [c for c in outcomes if _is_binary(passes, c)]
    probes = {c: _judge(passes, c, kinds[c]) for c in outcomes}
    holes = [c for c in outcomes if probes[c].state == HOLES]
    passes.fetch(r for c in holes for r in (*_masked(passes, c), Infinite(c)))
    _refuse_infinite(passes, holes)
    for column in holes:
        total, rows = (passes.answers[r].astype(float) for r in _masked(passes, column))
        centre = _centre(passes, total, rows) if kinds[column] == "number" else 0.0
        probes[column] = Probe(column, HOLES, centre, kinds[column], kinds[column] == "binary")
    return probes


def _refuse_infinite(passes: Passes, columns: Sequence[str]) -> None:
    refuse_infinite({column: int(passes.answers[Infinite(column)].sum()) for column in columns})


def refuse_infinite(found: Mapping[str, int], parameter: str = "item") -> None:
    """Refuse numbers that are infinite in some rows."""
    faults = FaultList("numbers are infinite", where="aibaro.estimate")
    for column, rows in found.items():
        if rows:
            faults.add(
                "infinite values have no mean",
                parameter=parameter,
                got=f"{column}: {rows} rows",
                expected="finite numbers, or missing ones",
                hint="make them missing (null or NaN), or give them a number",
            )
    faults.raise_if_any()


def _kind(passes: Passes, column: str, binary: bool, single: bool) -> str:
    if binary or passes.rows.is_boolean(column):
        return "binary"
    return "small" if passes.constant and single and passes.rows.is_small(column) else "number"


def _plain(passes: Passes, column: str, kind: str) -> Product:
    return Product(((column, 0.0),), passes.first_power, (), kind == "small")


def _masked(passes: Passes, column: str) -> tuple[Product, Product]:
    return Product(((column, 0.0),), passes.first_power, (column,)), Product((), 0, (column,))


def _binary_check(passes: Passes, column: str) -> Product:
    """A sum of terms that are never negative, and zero only for 0 and 1."""
    if passes.rows.is_whole(column):
        return Product(((column, 0.0), (column, 1.0)), exact=passes.rows.is_small(column))
    return Product(((column, 0.0), (column, 0.0), (column, 1.0), (column, 1.0)), 0, (column,))


def _is_binary(passes: Passes, column: str) -> bool:
    return passes.rows.is_boolean(column) or not np.any(
        np.nan_to_num(passes.answers[_binary_check(passes, column)].astype(float)) != 0
    )


def _judge(passes: Passes, column: str, kind: str) -> Probe:
    present = passes.answers[Present(column)]
    total = passes.answers[_plain(passes, column, kind)].astype(float)
    if not np.isfinite(total).all():
        return Probe(column, HOLES, 0.0, kind)
    state = CLEAN if np.array_equal(present, passes.table.count) else NULLS
    if kind == "binary":
        return Probe(column, state, 0.0, kind, True)
    if kind == "small":
        squares = passes.answers[Product(((column, 0.0), (column, 0.0)), exact=True)]
        if np.array_equal(squares, passes.answers[_plain(passes, column, kind)]):
            return Probe(column, state, 0.0, kind, True)
    centre = _centre(passes, total, present.astype(float))
    return Probe(column, state, float(np.rint(centre)) if kind == "small" else centre, kind)


def _centre(passes: Passes, total: FloatArray, present: FloatArray) -> float:
    """Return a value near the mean: any centre is right, one near the mean keeps the digits."""
    # the share first: a weight near the largest double would overflow
    size = present if passes.constant else passes.answers[Product((), 1)] * (present / passes.table.count)
    weight = float(size.sum())
    return float(total.sum()) / weight if weight else 0.0


# --- Moments of each cell about its own mean, where a common centre or plain weights would lose digits.
#
# One more pass: the engine measures outcomes from the mean of their cell and weights in multiples of theirs. An
# outlier of one domain then leaves the others alone, totals keep the standard error of outcomes far from zero,
# integers beyond 2^53 keep their last digits, and weights of any size keep their squares.

RATIO, MEAN = "aibaro_ratio", "aibaro_mean_weight"
# variances whose relative error may exceed this are computed with care
MOST_NOISE = 2e-10
# squares of weights and largest integers that plain sums hold
_SMALLEST, _LARGEST, _WHOLE = 1e-250, 1e250, 2.0**52


def plain_sums_fail(passes: Passes, probes: Mapping[str, Probe]) -> bool:
    """Tell whether weights or integers leave the range in which plain sums are exact enough."""
    if weights_out_of_range(passes):
        return True
    for name in probes:
        total = passes.answers.get(Product(((name, 0.0),), passes.first_power))
        if total is None or not passes.rows.is_whole(name) or passes.rows.is_small(name):
            continue
        size = passes.table.count if passes.constant else passes.answers[Product((), 1)].astype(float)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            mean = np.abs(np.nan_to_num(total.astype(float))) / size
        if np.any(mean > _WHOLE):
            return True
    return False


def weights_out_of_range(passes: Passes) -> bool:
    """Tell whether squares of weights overflow or vanish."""
    if passes.constant:
        return False
    first, second = (np.nan_to_num(passes.answers[Product((), p)].astype(float), posinf=np.inf) for p in (1, 2))
    return bool(np.any((first > 0) & ((second < _SMALLEST) | (second > _LARGEST) | ~np.isfinite(second))))


def recentred(
    passes: Passes, variables: Sequence[str], keep: Sequence[str] = ()
) -> tuple[Passes, dict[str, tuple[str, str]]]:
    """Rows with distances from the means of cells; and the names of distance and centre of each variable."""
    names = {v: (f"aibaro_d{i}", f"aibaro_c{i}") for i, v in enumerate(variables)}
    rows = passes.rows.recentred(passes.keys, names, (RATIO, MEAN), keep=[k for k in keep if k not in passes.keys])
    return Passes(rows, passes.keys, passes.optional, constant=passes.constant, clustered=passes.clustered), names


def scaled_weights(passes: Passes, keep: Sequence[str]) -> tuple[Passes, FloatArray]:
    """Rows with weights in multiples of the mean of their cell, and these means."""
    scaled, _ = recentred(passes, [], keep)
    table = scaled.rows.group(scaled.keys, {"mean": Extremes(MEAN)}, optional=scaled.optional)
    mean = np.nan_to_num(np.asarray(table.values["mean.min"], dtype=float))
    return scaled, np.where(mean > 0, mean, 1.0)


class Careful:
    """Sums about the means of cells.

    Parameters
    ----------
    passes : Passes
        Passes over the rows as they are.
    blocks : mapping of str to sequence of str
        Variables of each block.
    cross : bool
        Whether products between blocks are needed.
    """

    def __init__(self, passes: Passes, blocks: Mapping[str, Sequence[str]], *, cross: bool) -> None:
        variables = list(dict.fromkeys(v for block in blocks.values() for v in block))
        self.passes, self.names = recentred(passes, variables)
        self.blocks_of = {name: tuple(self.names[v][0] for v in block) for name, block in blocks.items()}
        self.pairs = list(combinations(blocks, 2)) if cross and not passes.clustered else []
        centres: list[Request] = [Extremes(centre) for _, centre in self.names.values()]
        wanted = [r for name in blocks for r in self._requests(name, name)]
        wanted += [r for one, other in self.pairs for r in self._requests(one, other)]
        asked = dict.fromkeys([*centres, Extremes(MEAN), *wanted])
        numbered = {f"v{i}": request for i, request in enumerate(asked)}
        self.table = self.passes.rows.group(self.passes.keys, numbered, optional=self.passes.optional)
        self.answers = {request: self.table.values.get(name) for name, request in numbered.items()}
        self.places = {request: name for name, request in numbered.items()}

    def _requests(self, one: str, other: str) -> Iterable[Request]:
        mine, theirs = self.blocks_of[one], self.blocks_of[other]
        observed = tuple(dict.fromkeys([*mine, *theirs]))
        if one == other:
            yield Product((), 0, observed)
            yield from (Product(f, 1, observed) for f in self._factors(mine, mine))
            if not self.passes.constant:
                yield Product(((RATIO, 1.0),), 0, observed)
                yield Product(((RATIO, 1.0), (RATIO, 1.0)), 0, observed)
                yield from (Product(((RATIO, 1.0), (RATIO, 0.0), (v, 0.0)), 0, observed) for v in mine)
        if not self.passes.clustered:
            yield from (Product(f, 2, observed) for f in self._factors(mine, theirs))
        elif one == other:
            yield Product((), 2, observed)

    @staticmethod
    def _factors(left: Sequence[str], right: Sequence[str]) -> list[tuple[tuple[str, float], ...]]:
        return [tuple((v, 0.0) for v in (a, b) if v) for a in ("", *left) for b in ("", *right)]

    def _value(self, request: Request) -> FloatArray:
        value: FloatArray = np.nan_to_num(np.asarray(self.answers[request], dtype=float))
        return value

    def _matrix(self, one: str, other: str, power: int) -> FloatArray:
        mine, theirs = self.blocks_of[one], self.blocks_of[other]
        observed = tuple(dict.fromkeys([*mine, *theirs]))
        values = [self._value(Product(f, power, observed)) for f in self._factors(mine, theirs)]
        return np.stack(values, axis=1).reshape(-1, 1 + len(mine), 1 + len(theirs))

    def scale(self, weight: FloatArray | None) -> FloatArray:
        """Mean weight of each cell."""
        if weight is not None:
            return np.asarray(weight, dtype=float)
        mean = np.nan_to_num(np.asarray(self.table.values[self.places[Extremes(MEAN)] + ".min"], dtype=float))
        return np.where(mean > 0, mean, 1.0)

    def block(
        self, name: str, variables: Sequence[str], probes: Mapping[str, Probe], weight: FloatArray | None
    ) -> Block:
        """Moments of one block."""
        own = self.blocks_of[name]
        observed = self._value(Product((), 0, own))
        spread = self._matrix(name, name, 1)
        centre = [self.table.values[self.places[Extremes(self.names[v][1])] + ".min"] for v in variables]
        none = np.zeros((0, *spread.shape[1:]))
        square = none if self.passes.clustered else self._matrix(name, name, 2)
        refuse_extremes(variables, spread, square)
        return Block(
            variables=tuple(variables),
            centre=np.nan_to_num(np.stack(centre, axis=1).astype(float)),
            total=spread[:, :, 0],
            spread=spread,
            square=square,
            inner=none if self.passes.clustered else self._inner(own, square, spread, observed),
            weight_square=self._value(Product((), 2, own)),
            observed=observed,
            scale=self.scale(weight),
            binary=len(variables) == 1 and probes[variables[0]].binary,
        )

    def _inner(self, own: tuple[str, ...], square: FloatArray, spread: FloatArray, observed: FloatArray) -> FloatArray:
        inner = central(square, spread[:, :, 0], observed)
        inner[:, 0, :] = inner[:, :, 0] = 0.0
        if self.passes.constant:
            return inner
        count = np.maximum(observed, 1.0)
        excess = self._value(Product(((RATIO, 1.0),), 0, own))
        squares = self._value(Product(((RATIO, 1.0), (RATIO, 1.0)), 0, own))
        inner[:, 0, 0] = np.maximum(squares - excess**2 / count, 0.0)
        for k, v in enumerate(own, 1):
            mixed = self._value(Product(((RATIO, 1.0), (RATIO, 0.0), (v, 0.0)), 0, own))
            inner[:, 0, k] = inner[:, k, 0] = mixed - excess * spread[:, k, 0] / count
        return inner

    def cross(self) -> dict[tuple[str, str], FloatArray]:
        """Products between blocks."""
        return {(one, other): self._matrix(one, other, 2) for one, other in self.pairs}


def unscaled(block: Block) -> Block:
    """The same moments with the weights of the rows."""
    scale = block.scale
    one, three = scale[:, None], scale[:, None, None]
    # squares beyond the range are refused by who needs them
    with np.errstate(over="ignore", invalid="ignore"):
        return replace(
            block,
            total=block.total * one,
            spread=block.spread * three,
            square=block.square * three**2 if len(block.square) else block.square,
            inner=block.inner * three**2 if len(block.inner) else block.inner,
            weight_square=block.weight_square * scale**2,
            scale=np.ones_like(scale),
        )


# --- Sums with numeric auxiliaries, which a residual variance needs beside those of the outcomes.


def numeric_moments(
    passes: Passes, blocks: Mapping[str, Sequence[str]], probes: Mapping[str, Probe], declared: RowDesign
) -> Numeric | None:
    """Add up products of outcomes and numeric auxiliaries.

    Notes
    -----
    Two more passes: means of the auxiliaries, then their products.
    """
    columns = [column for step in declared.calibration for column in step.numeric]
    if not columns:
        return None
    if BEFORE not in passes.rows.columns:
        raise InputError(
            "the rows lack the weights before calibration",
            where="aibaro.estimate",
            parameter="data",
            expected="the WeightResult that gave the design",
            got="its frame alone",
            hint="numeric auxiliaries need both weights: estimate.mean(result, ...)",
        )
    plain = [Product(((x, 0.0),), 1) for x in columns]
    weights = Product((), 1)
    passes.fetch([weights, *plain])
    size = float(passes.answers[weights].sum())
    centres = [(x, float(passes.answers[p].sum()) / size) for x, p in zip(columns, plain, strict=True)]
    powers = (1,) if passes.clustered else (1, 2)
    own = {
        (p, a, b): Product((centres[a], *([] if b is None else [centres[b]])), p)
        for p in powers
        for a in range(len(columns))
        for b in (None, *range(a, len(columns)))
        if b is None or p == 2
    }
    wanted = {name: _block_products(variables, probes, centres, powers) for name, variables in blocks.items()}
    passes.fetch([*own.values(), *(p for products in wanted.values() for p in products.values())])
    found = {name: _block(passes, blocks[name], products, len(columns)) for name, products in wanted.items()}
    count, q = len(passes.table.count), len(columns)
    moments = {p: np.zeros((count, q)) for p in (1, 2)}
    square = np.zeros((count, q, q))
    for (power, a, b), product in own.items():
        value = passes.answers[product].astype(float)
        if b is None:
            moments[power][:, a] = value
        else:
            square[:, a, b] = square[:, b, a] = value
    return Numeric(np.array([c for _, c in centres]), moments[1], moments[2], square, found)


def about_centres(numeric: Numeric, blocks: Mapping[str, Block], probes: Mapping[str, Probe]) -> Numeric:
    """Move moments from the common centre of each outcome to the centres of the cells."""
    found = {}
    for name, own in numeric.blocks.items():
        block = blocks[name]
        shift = block.centre - np.array([probes[v].centre for v in block.variables])
        before, before_x, cross_x = own.before.copy(), own.before_x.copy(), own.cross_x.copy()
        before[:, 1:] -= shift * before[:, :1]
        for moments in (before_x, cross_x):
            moments[:, 1:] -= shift[:, :, None] * moments[:, :1]
        found[name] = NumericBlock(before, before_x, cross_x)
    return replace(numeric, blocks=found)


Products = dict[tuple[str, int, int], Product]


def _block_products(
    variables: Sequence[str], probes: Mapping[str, Probe], centres: Sequence[tuple[str, float]], powers: Sequence[int]
) -> Products:
    """Products of each basis function with d, d x and w² x; number -1 stands for no auxiliary."""
    observed = tuple(sorted(v for v in variables if probes[v].state != CLEAN))
    found: Products = {}
    for k, variable in enumerate((None, *variables)):
        outcome = () if variable is None else ((variable, probes[variable].centre),)
        found["before", k, -1] = Product(((BEFORE, 0.0), *outcome), 0, observed)
        for j, centre in enumerate(centres):
            found["before", k, j] = Product(((BEFORE, 0.0), *outcome, centre), 0, observed)
            if 2 in powers:
                found["cross", k, j] = Product((*outcome, centre), 2, observed)
    return found


def _block(passes: Passes, variables: Sequence[str], products: Products, q: int) -> NumericBlock:
    count, width = len(passes.table.count), 1 + len(variables)
    before, before_x = np.zeros((count, width)), np.zeros((count, width, q))
    cross_x = np.zeros((count, width, q))
    for (kind, k, j), product in products.items():
        # groups without an observed row have no sum
        value = np.nan_to_num(passes.answers[product].astype(float))
        if j < 0:
            before[:, k] = value
        else:
            (before_x if kind == "before" else cross_x)[:, k, j] = value
    return NumericBlock(before, before_x, cross_x)
