"""Sums with numeric auxiliaries, which a residual variance needs beside those of the outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from aibaro.design import RowDesign
from aibaro.errors import InputError
from aibaro.estimate._calibrated import Numeric, NumericBlock
from aibaro.estimate._cells import Block
from aibaro.estimate._passes import CLEAN, Passes, Probe
from aibaro.frames import Product
from aibaro.weights._residuals import BEFORE


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
