"""From respondents' rows to cells: at most two passes in the engine that holds them.

The first pass counts and gives the centres, the second adds up centred squares.  Yes-or-no items, and small integers
of constant weight, need the first alone, because their raw sums are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design, RowDesign
from aibaro.errors import FaultList, InputError, UnsupportedError
from aibaro.estimate._calibrated import Calibrated, check_current, check_weights
from aibaro.estimate._cells import Block, Cells, central, refuse_extremes
from aibaro.estimate._passes import (
    Careful,
    Passes,
    Probe,
    about_centres,
    numeric_moments,
    plain_sums_fail,
    probe,
    scaled_weights,
    unscaled,
    weights_out_of_range,
)
from aibaro.estimate._replicate_sums import replicate_sums
from aibaro.estimate._stages import lower_stages
from aibaro.estimate.categories import Categories, crossed, in_order, indicators, level_names
from aibaro.frames import GroupTable, Product, Rows, read

WEIGHTED = "aibaro_weighted"
_YES = frozenset({"True", "true", "1"})
_NO = frozenset({"False", "false", "0"})


def cells_from_rows(
    data: Any,
    blocks: Mapping[str, Sequence[str]],
    design: Design,
    *,
    variables: Sequence[str] = (),
    domain: Mapping[str, Any] | None = None,
    base: str | None = None,
    binary: bool = False,
    cross: bool = False,
    missing: str = "outside",
    careful: bool = False,
) -> Cells:
    """Reduce rows to cells; with care, about the mean of each cell.

    Notes
    -----
    Time is that of two group-bys in the engine at most, and of a third where a column holds NaN that the engine
    tells from null, or infinities; both count as missing.  Memory is that of the cells.
    """
    declared = declared_rows(design)
    rows = open_rows(data, declared).with_weight(declared.weight)
    limits = [*(domain or {}), *([base] if base else [])]
    keys = cell_keys(declared, [*variables, *limits])
    outcomes = list(dict.fromkeys(v for block in blocks.values() for v in block))
    rows.require(keys, parameter="strata, psu, by, domain, base")
    rows.require(outcomes, parameter="item")
    texts = [v for v in outcomes if binary and (missing == "category" or not rows.is_numeric(v))]
    numbers = [v for v in outcomes if v not in texts]
    rows.require([*numbers, *([declared.weight] if declared.weight else [])], parameter="item", numeric=True)
    clustered = declared.psu is not None
    passes = Passes(
        rows, keys, optional_keys(declared, keys), constant=declared.weights is not None, clustered=clustered
    )
    probes = probe(passes, numbers, singles=_singles(blocks), binary=binary)
    coded = [v for v in outcomes if v in texts or v not in probes]
    names: dict[str, tuple[str, str]] = {}
    counts = _Counts.read(passes, coded, missing)
    if coded and any(step.numeric for step in declared.calibration):
        # numeric auxiliaries need sums with each answer: answers become columns
        rows, blocks, names = indicators(rows, blocks, counts.counted)
        passes = Passes(rows, keys, passes.optional, constant=passes.constant, clustered=clustered)
        outcomes = list(dict.fromkeys(v for block in blocks.values() for v in block))
        probes, counts = probe(passes, outcomes, singles=_singles(blocks), binary=True), _Counts.read(passes, [], "")
    table = passes.table
    stratum, unit = index_cells(table, design)
    sums = {name: block for name, block in blocks.items() if block[0] not in counts.counted}
    passes.fetch([] if passes.constant and declared.weight is None else [Product((), 1), Product((), 2)])
    if declared.weight is not None:
        check_weights(design, stratum, *(passes.answers[Product((), p)].astype(float) for p in (1, 2)))
    weight = None if declared.weights is None else declared.weights[stratum]
    careful = careful or plain_sums_fail(passes, probes)
    if declared.replicates is not None and not careful:
        made, products = _in_one_pass(passes, declared, sums, probes)
    else:
        made, products = (_with_care if careful and sums else _plainly)(passes, sums, probes, weight, cross=cross)
    calibrated = _calibrated(passes, declared, stratum, unit, weight)
    if calibrated is not None:
        scale = {name: block.scale[:, None, None] for name, block in made.items()}
        products = {(i, j): value * scale[i] * scale[j] for (i, j), value in products.items()}
        made = {name: unscaled(block) for name, block in made.items()}
        _check_range(made)
        numeric = numeric_moments(passes, sums, probes, declared)
        calibrated = replace(calibrated, numeric=None if numeric is None else about_centres(numeric, made, probes))
    for item, own in counts.counted.items():
        made |= counts.blocks(item, weight, clustered=clustered)
        names |= own.names()
    if declared.replicates is not None:
        made = _with_replicates(passes, declared.replicates.columns, made, counts.counted)
    if cross and not clustered:
        _check_joint(sums, counts.counted, careful=careful)
        products |= crossed(counts.passes, counts.counted, list(sums), made, counts.folded(weight))
    cells = Cells(
        design=design,
        stratum=stratum,
        unit=unit,
        count=table.count,
        levels={v: table.keys[v] for v in (*variables, *limits, WEIGHTED) if v in keys},
        # in the order that was asked for
        blocks={n: made[n] for item in blocks for n in _blocks_of(item, blocks[item], counts.counted)},
        cross=products,
        calibrated=calibrated,
        names=names,
        order=rows.order,
        lower=lower_stages(declared, table.keys, stratum),
    )
    return restricted(cells, domain, base)[0]


def _check_joint(sums: Mapping[str, Sequence[str]], counted: Mapping[str, Categories], *, careful: bool) -> None:
    """Refuse products of sums about the centres of cells with counts of answers, which have no centre."""
    if careful and sums and counted:
        raise InputError(
            "yes-or-no items and other questions have no joint covariance at weights of this size",
            parameter="covariance",
            expected="weights between 1e-60 and 1e60",
            hint="divide the weights and the population by one number, or estimate the items apart",
        )


def _blocks_of(name: str, block: Sequence[str], counted: Mapping[str, Categories]) -> Iterable[str]:
    return counted[block[0]].names() if block[0] in counted else [name]


@dataclass(frozen=True, slots=True)
class _Counts:
    """Answers to categorical questions, and the weights that they were counted with."""

    passes: Passes
    counted: dict[str, Categories]
    scale: FloatArray | None = None

    @classmethod
    def read(cls, passes: Passes, items: Sequence[str], missing: str) -> _Counts:
        """Count the answers to some questions."""
        scale = None
        if items and not passes.constant:
            passes.fetch([Product((), 1), Product((), 2)], force=True)
            if weights_out_of_range(passes):
                passes, scale = scaled_weights(passes, items)
        return cls(passes, {v: Categories.read(passes, [v], missing) for v in items}, scale)

    def folded(self, weight: FloatArray | None) -> FloatArray | None:
        """Weights that are multiplied into the counts of cells."""
        return None if weight is None else folded(weight)[0]

    def blocks(self, item: str, weight: FloatArray | None, *, clustered: bool) -> dict[str, Block]:
        """Moments of the answers to one question."""
        inside, scale = (None, self.scale) if weight is None else folded(weight)
        found = self.counted[item].blocks(inside, clustered=clustered)
        return found if scale is None else {name: replace(block, scale=scale) for name, block in found.items()}


def folded(weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weights of cells that enter moments, and those that stay their scale because their squares leave the range."""
    usual = bool(np.all((weight > 1e-60) & (weight < 1e60)))
    return (weight, np.ones_like(weight)) if usual else (np.ones_like(weight), weight)


def _check_range(blocks: Mapping[str, Block]) -> None:
    """Refuse calibrated weights whose squares leave the range of floating-point numbers."""
    if not all(np.isfinite(block.weight_square).all() for block in blocks.values()):
        raise InputError(
            "calibrated weights are too large to be squared",
            where="aibaro.estimate",
            parameter="weight",
            expected="weights below 1e150",
            got="squares beyond 1e308",
            hint="divide weights and totals by one number before they are calibrated",
        )


Moments = tuple[dict[str, Block], dict[tuple[str, str], FloatArray]]


def _plainly(
    passes: Passes,
    blocks: Mapping[str, Sequence[str]],
    probes: Mapping[str, Probe],
    weight: FloatArray | None,
    *,
    cross: bool,
) -> Moments:
    """Sums about one centre a variable."""
    passes.fetch(request for name in blocks for request in passes.block_requests(blocks[name], probes))
    pairs = tuple(combinations(blocks, 2)) if cross and not passes.clustered else ()
    passes.fetch(r for i, j in pairs for r in passes.square_requests(blocks[i], blocks[j], probes))
    inside, scale = (None, None) if weight is None else folded(weight)
    made = {name: _block(passes, block, probes, inside) for name, block in blocks.items()}
    if scale is not None:
        made = {name: replace(block, scale=scale) for name, block in made.items()}
    return made, {(i, j): passes.matrix(blocks[i], blocks[j], probes, 2, inside) for i, j in pairs}


def _with_care(
    passes: Passes,
    blocks: Mapping[str, Sequence[str]],
    probes: Mapping[str, Probe],
    weight: FloatArray | None,
    *,
    cross: bool,
) -> Moments:
    """Sums about the mean of each cell."""
    sums = Careful(passes, blocks, cross=cross)
    return {name: sums.block(name, block, probes, weight) for name, block in blocks.items()}, sums.cross()


def joint_cells(
    data: Any,
    items: Sequence[str],
    design: Design,
    *,
    domain: Mapping[str, Any] | None,
    base: str | None,
) -> tuple[Cells, tuple[list[str], ...]]:
    """Count the joint answers to several questions, over the rows that answered all; and the answers to each."""
    declared = declared_rows(design)
    rows = open_rows(data, declared).with_weight(declared.weight)
    limits = [*(domain or {}), *([base] if base else [])]
    keys = cell_keys(declared, limits)
    rows.require([*keys, *items], parameter="rows, columns, domain, base")
    rows.require([declared.weight] if declared.weight else [], parameter="weight", numeric=True)
    passes = Passes(
        rows,
        keys,
        optional_keys(declared, keys),
        constant=declared.weights is not None,
        clustered=declared.psu is not None,
    )
    weighted = declared.weight is not None or not passes.constant
    passes.fetch([Product((), 1), Product((), 2)] if weighted else [], force=True)
    table = passes.table
    stratum, unit = index_cells(table, design)
    if declared.weight is not None:
        check_weights(design, stratum, *(passes.answers[Product((), p)].astype(float) for p in (1, 2)))
    weight = None if declared.weights is None else declared.weights[stratum]
    scaled_passes, scale = passes, None
    if weights_out_of_range(passes):
        scaled_passes, scale = scaled_weights(passes, items)
    counted = Categories.read(scaled_passes, items, "outside")
    inside, scale = (None, scale) if weight is None else folded(weight)
    made = counted.blocks(inside, clustered=passes.clustered)
    if scale is not None:
        made = {name: replace(block, scale=scale) for name, block in made.items()}
    if declared.calibration:
        made = {name: unscaled(block) for name, block in made.items()}
    if declared.replicates is not None:
        made = _with_replicates(passes, declared.replicates.columns, made, {counted.item: counted}, items)
    cells = Cells(
        design=design,
        stratum=stratum,
        unit=unit,
        count=table.count,
        levels={v: table.keys[v] for v in (*limits, WEIGHTED) if v in keys},
        blocks=made,
        calibrated=_calibrated(passes, declared, stratum, unit, weight),
        names=counted.names(),
        order=rows.order,
        lower=lower_stages(declared, table.keys, stratum),
    )
    return restricted(cells, domain, base)[0], counted.vocabulary


def _with_replicates(
    passes: Passes,
    columns: Sequence[str],
    made: Mapping[str, Block],
    counted: Mapping[str, Categories],
    items: Sequence[str] | None = None,
) -> dict[str, Block]:
    """Add the sums with each replicate weight to blocks that lack them."""
    passes.rows.require(columns, parameter="replicates", numeric=True)
    plain = {n: (b.variables, b.centre) for n, b in made.items() if b.category is None and b.replicate is None}
    found = replicate_sums(passes.rows, columns, passes.keys, passes.table, plain) if plain else {}
    totals = {name: own.replicate for name, own in found.items()}
    for item, own in counted.items():
        totals |= own.replicates(passes, list(items or [item]), columns)
    return {name: replace(block, replicate=totals.get(name, block.replicate)) for name, block in made.items()}


def _in_one_pass(
    passes: Passes, declared: RowDesign, blocks: Mapping[str, Sequence[str]], probes: Mapping[str, Probe]
) -> Moments:
    """Moments whose variance is that of replicate weights, with the sums of these: squared weights are not needed."""
    if declared.replicates is None or not blocks:
        return {}, {}
    columns, table = declared.replicates.columns, passes.table
    passes.rows.require(columns, parameter="replicates", numeric=True)
    size = len(table.count)
    wanted = {
        name: (block, np.broadcast_to([probes[v].centre for v in block], (size, len(block))))
        for name, block in blocks.items()
    }
    found = replicate_sums(passes.rows, columns, passes.keys, table, wanted, weight=declared.weight)
    made = {
        name: Block(
            variables=tuple(blocks[name]),
            centre=wanted[name][1],
            total=own.total,
            spread=own.spread,
            square=own.spread[:0],
            inner=own.spread[:0],
            weight_square=own.weight_square,
            observed=own.observed,
            scale=np.ones(size),
            binary=len(blocks[name]) == 1 and probes[blocks[name][0]].binary,
            replicate=own.replicate,
        )
        for name, own in found.items()
    }
    return made, {}


def _calibrated(
    passes: Passes, declared: RowDesign, stratum: IntArray, unit: IntArray | None, weight: FloatArray | None
) -> Calibrated | None:
    """All cells of calibrated weights, and the steps that made them."""
    if not declared.calibration:
        return None
    first, second = (passes.matrix((), (), {}, power, weight)[:, 0, 0] for power in (1, 2))
    return Calibrated.of(
        declared.calibration,
        passes.table.keys,
        stratum=stratum,
        unit=unit,
        strata=len(declared.units),
        weight=first,
        weight_square=second,
        lower=lower_stages(declared, passes.table.keys, stratum),
    )


def optional_keys(declared: RowDesign, keys: Sequence[str]) -> tuple[str, ...]:
    """Keys in which a level may be missing; a row without stratum or unit belongs to no design."""
    needed = {*declared.strata, declared.psu, *(stage.column for stage in declared.further), WEIGHTED}
    return tuple(key for key in keys if key not in needed)


def open_rows(data: Any, declared: RowDesign) -> Rows:
    """Take rows from a frame, or from weights that were computed for it."""
    # a column of this name would be an attribute of some frames, but never of their class
    if not hasattr(type(data), "working_frame"):
        rows = read(data)
    elif declared.weight == data.name:
        if declared.replicates is None:
            check_current(data, declared)
        rows = read(data.working_frame)
    else:
        raise InputError(
            "the design does not read these weights",
            where="aibaro.estimate",
            parameter="design",
            expected=f"a design with the weights {data.name}",
            got="weights that follow from the population" if declared.weight is None else declared.weight,
            hint="take the design of the weights: result.design(strata=...)",
        )
    if declared.rows_with_weight is None or declared.weight is None:
        return rows
    rows.require([declared.weight], parameter="weight", numeric=True)
    return rows.with_positive(declared.weight, WEIGHTED)


def cell_keys(declared: RowDesign, variables: Sequence[str]) -> tuple[str, ...]:
    """Name the columns that cells are made of."""
    unit = [declared.psu, *(stage.column for stage in declared.further)] if declared.psu else []
    auxiliary = [key for step in declared.calibration for key in step.keys]
    # rows of weight zero are units of their strata outside every domain
    weighted = [WEIGHTED] if declared.rows_with_weight is not None else []
    return tuple(dict.fromkeys([*declared.strata, *unit, *variables, *auxiliary, *weighted]))


def refuse_numeric(declared: RowDesign, what: str) -> None:
    """Refuse what is not offered with weights that were calibrated to numeric totals."""
    columns = [column for step in declared.calibration for column in step.numeric]
    if columns:
        raise UnsupportedError(
            f"{what} are not offered with weights that were calibrated to numeric totals",
            where="aibaro.estimate",
            parameter="design",
            got=", ".join(columns),
            expected="categorical totals",
            hint="means, shares, totals, ratios and contrasts are; weights.replicates() makes replicate weights, which "
            "serve every estimator",
        )


def declared_rows(design: Design) -> RowDesign:
    """Return what a design knows of its rows."""
    if design.rows is None:
        raise InputError(
            "the design does not know the rows",
            parameter="design",
            got="a design from a table of strata",
            expected="a design from Design.from_frame",
            hint="Design.from_frame(rows, strata=..., population=table) joins both",
        )
    return design.rows


def _singles(blocks: Mapping[str, Sequence[str]]) -> set[str]:
    pairs = {v for block in blocks.values() if len(block) > 1 for v in block}
    return {v for block in blocks.values() for v in block} - pairs


def index_cells(table: GroupTable, design: Design) -> tuple[IntArray, IntArray | None]:
    """Number the stratum and the unit of each group of rows."""
    declared = declared_rows(design)
    size = len(table.count)
    lookup = {labels: h for h, labels in enumerate(design.labels.itertuples(index=False, name=None))}
    columns = [table.keys[v].tolist() for v in declared.strata]
    tuples = list(zip(*columns, strict=True)) if columns else [()] * size
    unknown = sorted({t for t in tuples if t not in lookup}) if columns else []
    if unknown:
        raise InputError(
            "the rows have strata that the design has not",
            parameter="data",
            got="; ".join(" × ".join(t) for t in unknown[:5]),
            expected="the rows that made the design",
            hint="build the design from these rows",
        )
    stratum = np.array([lookup[t] if columns else 0 for t in tuples], dtype=np.int64)
    _check_rows(table, design, stratum)
    if declared.psu is None:
        return stratum, None
    units: dict[tuple[int, str], int] = {}
    labels = zip(stratum.tolist(), table.keys[declared.psu].tolist(), strict=True)
    return stratum, np.array([units.setdefault(k, len(units)) for k in labels], dtype=np.int64)


def _check_rows(table: GroupTable, design: Design, stratum: IntArray) -> None:
    found = np.bincount(stratum, weights=table.count, minlength=design.size).astype(np.int64)
    faults = FaultList("the rows are not those that the design was read from", where="aibaro.estimate")
    for h in np.flatnonzero(found != design.respondents)[:8].tolist():
        faults.add(
            "another number of rows",
            where=design.names[h],
            parameter="data",
            got=str(int(found[h])),
            expected=str(int(design.respondents[h])),
            hint="restrict with domain=, never by leaving out rows",
        )
    faults.raise_if_any()


def _block(passes: Passes, variables: Sequence[str], probes: Mapping[str, Probe], weight: FloatArray | None) -> Block:
    spread = passes.matrix(variables, variables, probes, 1, weight)
    observed = passes.observed(variables, probes)
    none = np.zeros((0, *spread.shape[1:]))
    square = inner = none
    refuse_extremes(variables, spread)
    if not passes.clustered:
        square = passes.matrix(variables, variables, probes, 2, weight)
        refuse_extremes(variables, spread, square)
        inner = central(square, spread[:, :, 0], observed)
    if weight is not None and not passes.clustered:
        plain = passes.matrix(variables, variables, probes, 1, None)
        # equal weights vary nothing: their part is zero, not what rounding leaves of it
        inner = central(plain, plain[:, :, 0], observed) * (weight**2)[:, None, None]
        inner[:, 0, :] = inner[:, :, 0] = 0.0
    centre = np.array([probes[v].centre for v in variables])
    return Block(
        variables=tuple(variables),
        centre=np.broadcast_to(centre, (len(spread), len(centre))),
        total=spread[:, :, 0],
        spread=spread,
        square=square,
        inner=inner,
        weight_square=passes.weight_square(variables, probes, weight),
        observed=observed,
        scale=np.ones(len(spread)),
        binary=len(variables) == 1 and probes[variables[0]].binary,
    )


def restricted(cells: Cells, domain: Mapping[str, Any] | None, base: str | None) -> tuple[Cells, NDArray[np.bool_]]:
    """Leave out the cells outside a domain; their units keep their place in n_h."""
    keep = np.ones(cells.size, dtype=bool)
    if WEIGHTED in cells.levels:
        keep &= cells.levels[WEIGHTED] == "True"
    elif not domain and base is None:
        return cells, keep
    for variable, wanted in (domain or {}).items():
        names = level_names(wanted)
        known = in_order(sorted({*cells.levels[variable].tolist()} - {""}), cells.order.get(variable, ()))
        if not set(names) <= {*known, *cells.order.get(variable, ())}:
            raise InputError(
                "unknown domain",
                parameter=variable,
                expected=", ".join(map(repr, known[:20])),
                got=", ".join(map(repr, names)),
            )
        keep &= np.isin(cells.levels[variable].astype(str), names)
    if base is not None:
        # who was asked is not known where the answer is missing: outside, as for every domain
        found = set(cells.levels[base].tolist()) - {""}
        if not found <= _YES | _NO:
            raise InputError(
                "not a yes-or-no column",
                parameter="base",
                expected="true and false, or 1 and 0",
                got=", ".join(sorted(found)[:5]),
            )
        keep &= np.isin(cells.levels[base].astype(str), sorted(_YES))
    return cells.select(keep), keep
