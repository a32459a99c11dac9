"""Moments of each cell about its own mean, where a common centre or plain weights would lose digits.

One more pass: the engine measures outcomes from the mean of their cell and weights in multiples of theirs.  An outlier
of one domain then leaves the others alone, totals keep the standard error of outcomes far from zero, integers beyond
2^53 keep their last digits, and weights of any size keep their squares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from aibaro._arrays import FloatArray
from aibaro.estimate._cells import Block, central, refuse_extremes
from aibaro.estimate._passes import Passes, Probe
from aibaro.frames import Extremes, Product, Request

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
