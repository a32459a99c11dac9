"""Jackknife and bootstrap variances, computed from kinds of respondents instead of rows.

Respondents of one stratum and domain who weigh the same and gave the same answer are exchangeable: replicates need how
many of each kind there are, so that cost grows with the number of kinds and not with rows times replicates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aibaro._arguments import check_choice, check_number, shown
from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design
from aibaro.errors import FaultList, InputError, UnsupportedError
from aibaro.estimate import reliability
from aibaro.estimate._cells import Block, Cells
from aibaro.estimate._stages import Stage, sums
from aibaro.estimate._variance import POINTS, magnitude
from aibaro.estimate.analysis import Domain, DomainLevels, limits
from aibaro.estimate.categories import MISSING
from aibaro.estimate.cells_of_rows import declared_rows, open_rows, optional_keys
from aibaro.estimate.results import Estimates
from aibaro.weights import WeightResult
from aibaro.weights import replicates as replicate_columns

# --- Which respondents, or primary sampling units, cannot be told apart by an estimate?


@dataclass(frozen=True, slots=True)
class Kinds:
    """Kinds of units in cells.

    Parameters
    ----------
    cell : numpy.ndarray of int, shape (U,)
        Cell of each kind, which gives its levels.
    stratum, unit : numpy.ndarray of int, shape (U,)
        Stratum, and number of the unit or of the kind of units; rows of a unit in several cells share it.
    multiplicity : numpy.ndarray of float, shape (U,)
        Units of the kind.
    total : numpy.ndarray of float, shape (U, K)
        Σ w b of all units of the kind, b = (1, y - c) with the centre c of the block as a whole.
    centre : numpy.ndarray of float, shape (K - 1,)
        The centre.
    """

    cell: IntArray
    stratum: IntArray
    unit: IntArray
    multiplicity: FloatArray
    total: FloatArray
    centre: FloatArray


def kinds_of(cells: Cells, name: str, data: Any, *, base: str | None, domain: Mapping[str, Any] | None) -> Kinds:
    """Find the kinds of units that one block can tell apart."""
    block = cells.blocks[name]
    if cells.unit is not None:
        centre, total = _common_centre(block), block.total * block.scale[:, None]
        total[:, 1:] += (block.centre - centre) * total[:, :1]
        return Kinds(np.arange(cells.size), cells.stratum, cells.unit, np.ones(cells.size), total, centre)
    rows = cells.design.rows
    if block.binary and (rows is None or rows.weights is not None):
        return _of_counts(cells, block)
    if rows is None:
        raise InputError("replicates need counts of yes-or-no items, or rows", parameter="variance")
    return _of_rows(cells, block, data, base=base, domain=domain)


def _common_centre(block: Block) -> FloatArray:
    """One centre of all cells, near the mean."""
    weight = block.total[:, 0] * block.scale
    return np.asarray(weight @ block.centre / (weight.sum() or 1.0))


def _of_counts(cells: Cells, block: Block) -> Kinds:
    """Successes, failures and missing answers of each cell."""
    weight = np.where(block.observed > 0, block.total[:, 0] / np.maximum(block.observed, 1), 0.0)
    successes = np.rint(np.where(weight > 0, block.total[:, 1] / np.where(weight > 0, weight, 1), 0.0))
    parts = [(successes, 1.0, 1.0), (block.observed - successes, 1.0, 0.0), (cells.count - block.observed, 0.0, 0.0)]
    cell = np.concatenate([np.arange(cells.size)] * 3)
    number = np.concatenate([p[0] for p in parts])
    observed = np.concatenate([np.full(cells.size, p[1]) for p in parts]) * weight[cell]
    answer = np.concatenate([np.full(cells.size, p[2]) for p in parts]) * weight[cell]
    total = np.stack([number * observed, number * answer], axis=1) * block.scale[cell][:, None]
    keep = number > 0
    return _numbered(cells, cell[keep], number[keep], total[keep], np.zeros(1))


def _of_rows(cells: Cells, block: Block, data: Any, *, base: str | None, domain: Mapping[str, Any] | None) -> Kinds:
    """Distinct weights and outcomes of each cell: one more group-by."""
    declared = declared_rows(cells.design)
    variables = list(cells.levels)
    weight_key = [declared.weight] if declared.weight and declared.weights is None else []
    keys = list(dict.fromkeys([*declared.strata, *variables, *weight_key, *block.variables]))
    table = open_rows(data, declared).group(keys, {}, optional=[*optional_keys(declared, keys), *block.variables])
    lookup = {labels: c for c, labels in enumerate(_labels(cells, variables))}
    columns = [table.keys[v].tolist() for v in (*declared.strata, *variables)]
    found = zip(*columns, strict=True) if columns else iter([()] * len(table.count))
    # cells outside the domain were left out before
    cell = np.array([lookup.get(k, -1) for k in found], dtype=np.int64)
    keep = cell >= 0
    if block.category is None:
        values = [_floats(table.keys[v][keep]) for v in block.variables]
    else:
        values = [_given(table.keys[v][keep], block) for v in block.variables]
    present = np.all([np.isfinite(v) for v in values], axis=0)
    number = table.count[keep]
    if weight_key:
        weight = _floats(table.keys[weight_key[0]][keep])
    else:
        each = declared.weights if declared.weights is not None else np.ones(cells.design.size)
        weight = each[cells.stratum[cell[keep]]]
    centre = _common_centre(block)
    centred = [np.where(present, v - c, 0.0) for v, c in zip(values, centre, strict=True)]
    basis = np.stack([present.astype(float), *centred], axis=1)
    return _numbered(cells, cell[keep], number, basis * (weight * number)[:, None], centre)


def _labels(cells: Cells, variables: list[str]) -> list[tuple[str, ...]]:
    table = cells.design.labels
    labels = [table[v].to_numpy(dtype=object)[cells.stratum].tolist() for v in table.columns]
    levels = [cells.levels[v].tolist() for v in variables]
    columns = [*labels, *levels]
    return list(zip(*columns, strict=True)) if columns else [()] * cells.size


def _given(text: NDArray[np.object_], block: Block) -> FloatArray:
    """1 for rows that gave an answer, 0 for others, NaN for rows outside the base."""
    answer = "" if block.category == MISSING else block.category
    outside = (text == "") & (not block.missing_counts)
    return np.where(outside, np.nan, (text == answer).astype(float))


def _floats(text: NDArray[np.object_]) -> FloatArray:
    names = {"True": "1", "False": "0", "": "nan"}
    return np.array([float(names.get(t, t)) for t in text.tolist()], dtype=float)


def _numbered(cells: Cells, cell: IntArray, number: FloatArray, total: FloatArray, centre: FloatArray) -> Kinds:
    return Kinds(cell, cells.stratum[cell], np.arange(len(cell)), number, total, centre)


# --- Jackknife and bootstrap variances, computed from kinds of respondents instead of rows.

VARIANCES = ("linearization", "jackknife", "bootstrap", "replicates")
CENTERS = ("estimate", "replicates")


def calibrated_anew(
    data: Any, design: Design, variance: str, *, replicates: int, seed: int | None, center: str, fpc: str
) -> tuple[Any, Design]:
    """Make replicates that are each calibrated, where a jackknife or bootstrap of calibrated weights is asked."""
    if variance not in {"jackknife", "bootstrap"} or design.rows is None or not design.rows.calibration:
        return data, design
    _check(variance, replicates, seed, center)
    if not isinstance(data, WeightResult):
        raise UnsupportedError(
            "replicates of calibrated weights are calibrated each anew, which a frame cannot tell how to do",
            where="aibaro.estimate",
            parameter="data",
            got=type(data).__name__,
            expected="the WeightResult that gave the design",
            hint="give the result itself; or variance='linearization', the residual variance",
        )
    kind = "JKn" if variance == "jackknife" else "bootstrap"
    made = replicate_columns(
        data, design=design, kind=kind, number=replicates, seed=seed, fpc=fpc, prefix="aibaro_replicate_"
    )
    return made.frame, made.design(center=center)


def chosen(design: Design, variance: str | None) -> tuple[Design, str]:
    """Choose how a variance is estimated, and what of the design that needs: replicate weights where rows hold them."""
    faults = FaultList("an option is not offered", where="aibaro.estimate")
    if variance is not None:
        check_choice(variance, VARIANCES, "variance", faults)
    if isinstance(variance, str) and variance == "replicates" and design.replicates is None:
        faults.add(
            "the design has no replicate weights",
            parameter="variance",
            expected="replicates= in Design.from_frame",
            got=repr(variance),
        )
    faults.raise_if_any()
    rows = design.rows
    if rows is None or rows.replicates is None:
        return design, variance or "linearization"
    if variance in {None, "replicates"}:
        # replicates carry strata, stages and calibration in themselves
        return replace(design, rows=replace(rows, psu=None, further=(), calibration=())), "replicates"
    return replace(design, rows=replace(rows, replicates=None)), str(variance)


@dataclass(frozen=True, slots=True)
class _Levels:
    """Weighted moments of kinds in the levels of one term, in a unit of weights that keeps squares in range."""

    level: IntArray
    total: FloatArray
    size: int
    centre: FloatArray
    target: str
    unit: float

    def estimates(self, total: FloatArray) -> FloatArray:
        """Estimates from totals of any leading shape (..., K)."""
        flat = total.reshape(-1, total.shape[-1])
        with np.errstate(divide="ignore", invalid="ignore"):
            value = POINTS[self.target](flat, self.centre)
        return value.reshape(total.shape[:-1])


def replicated(
    result: Estimates,
    data: Any,
    terms: Sequence[DomainLevels],
    *,
    base: str | None,
    domain: Domain,
    variance: str,
    replicates: int,
    seed: int | None,
    center: str = "replicates",
) -> Estimates:
    """Replace linearised variances by those of replicates.

    Notes
    -----
    ``jackknife`` (JKn): each unit is left out once, the others of its stratum weigh n_h/(n_h - 1); the squared
    deviations from the mean of the replicates are weighted by (1 - f_h)(n_h - 1)/n_h.  ``bootstrap`` with a finite
    population correction (Preston 2009): half of each stratum's units, floor(n_h/2) = m, is drawn without replacement;
    weights are multiplied by 1 - λ + λ n_h/m for units drawn and 1 - λ for others, λ² = m (1 - f_h)/(n_h - m).
    Without correction (Rao, Wu & Yue 1992): n_h - 1 units are drawn with replacement.  Strata of a single unit keep
    their weight.

    References
    ----------
    Preston, J. (2009). Survey Methodology 35, 227-234.
    Rao, J. N. K., Wu, C. F. J. and Yue, K. (1992). Survey Methodology 18, 209-217.
    """
    _check(variance, replicates, seed, center)
    if variance in {"linearization", "replicates"} or result.cells is None:
        return result
    if result.deviations is not None:
        return replace(result, variance=variance)
    cells, stage = result.cells, result.options.stage(result.cells.design)
    _check_single(stage, cells)
    errors: list[FloatArray] = []
    generator = np.random.default_rng(seed)
    for name in cells.blocks:
        kinds = kinds_of(cells, name, data, base=base, domain=domain)
        factors = _bootstrap(kinds, stage, replicates, generator) if variance == "bootstrap" else None
        for term in terms:
            levels = _levels(kinds, term, result.target)
            found = _jackknife(kinds, levels, stage, center) if factors is None else _spread(levels, factors, center)
            errors.append(np.sqrt(found[: len(term.names)]) * levels.unit)
    return _with_error(result, np.concatenate(errors), variance)


def _check(variance: str, replicates: int, seed: int | None, center: str) -> None:
    faults = FaultList("an option is not offered", where="aibaro.estimate")
    check_choice(variance, VARIANCES, "variance", faults)
    check_choice(center, CENTERS, "center", faults)
    if variance == "bootstrap" and (not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0):
        faults.add(
            "a bootstrap needs a seed",
            parameter="seed",
            expected="an integer >= 0",
            got=repr(seed),
            hint="any integer, written down, makes the result reproducible",
        )
    check_number(
        replicates, "replicates", faults, low=2, high=10**6, expected="a whole number from 2 to 1,000,000", whole="yes"
    )
    faults.raise_if_any()


def _check_single(stage: Stage, cells: Cells) -> None:
    touched = np.unique(cells.stratum)
    lonely = [h for h in touched.tolist() if stage.units[h] <= 1 and stage.fraction[h] < 1]
    if lonely and stage.single != "certainty":
        raise InputError(
            "replicates treat strata of a single unit as certain",
            parameter="single",
            got=stage.single,
            expected="certainty",
            hint="strata of a single unit: " + shown(stage.names[h] for h in lonely),
        )


def _levels(kinds: Kinds, term: DomainLevels, target: str) -> _Levels:
    level, size = term.level[kinds.cell], len(term.names)
    if (level < 0).any():
        # rows without a level: one more, which no estimate reads
        level, size = np.where(level < 0, size, level), size + 1
    unit = magnitude(kinds.total[:, 0])
    # means and ratios have no unit of weights
    return _Levels(level, kinds.total / unit, size, kinds.centre, target, unit if target == "total" else 1.0)


def _with_error(result: Estimates, error: FloatArray, name: str) -> Estimates:
    kish = np.concatenate([p.linear.kish for p in result.parts])
    unit = np.concatenate([p.linear.unit_error for p in result.parts])
    low, high, method = limits(
        result.target, result.estimate, error, result.df, n=result.n, kish=kish, options=result.options
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        n_eff = np.where(error > 0, (unit / error) ** 2, result.n_eff)
        deff = np.where(result.std_error > 0, result.deff * (error / result.std_error) ** 2, result.deff)
    rule = reliability.RULES["proportion" if result.target == "proportion" else "general"]
    flag = rule(result.estimate, error, low=low, high=high, n_eff=n_eff, df=result.df, kish=kish)
    return replace(
        result,
        std_error=error,
        conf_low=low,
        conf_high=high,
        method=method,
        n_eff=n_eff,
        deff=deff,
        flag=flag,
        variance=name,
        parts=(),
        cells=None,
    )


def _jackknife(kinds: Kinds, levels: _Levels, stage: Stage, center: str) -> FloatArray:
    """Leave out each unit once; units without rows in a level leave its other units heavier."""
    whole = sums(levels.total, levels.level, levels.size)
    key, parent = np.unique(kinds.stratum * levels.size + levels.level, return_inverse=True)
    stratum, level = key // levels.size, key % levels.size
    own = sums(levels.total, parent, len(key))
    unit_key, unit_of = np.unique(parent * (int(kinds.unit.max(initial=0)) + 1) + kinds.unit, return_inverse=True)
    each = sums(levels.total / kinds.multiplicity[:, None], unit_of, len(unit_key))
    number = np.zeros(len(unit_key))
    number[unit_of] = kinds.multiplicity
    pair = np.zeros(len(unit_key), dtype=np.int64)
    pair[unit_of] = parent
    n = stage.units[stratum]
    usable = (n > 1) & (stage.fraction[stratum] < 1)
    heavier = np.where(usable, 1 / np.where(n > 1, n - 1, 1.0), 0.0)
    without = whole[level] + own * heavier[:, None]
    left_out = without[pair] - each * (n * heavier)[pair][:, None]
    zero, one = levels.estimates(without), levels.estimates(left_out)
    estimate = levels.estimates(whole)
    absent = np.where(usable, n - np.bincount(pair, weights=number, minlength=len(key)), 0.0)
    number = np.where(usable[pair], number, 0.0)
    active = (stage.units > 1) & (stage.fraction < 1)
    units = float(stage.units[active].sum())
    # replicates of strata that do not touch the level equal the estimate
    shift = sums(absent * (zero - estimate[level]), level, levels.size)
    shift += sums(number * (one - estimate[level[pair]]), level[pair], levels.size)
    mean = estimate + shift / max(units, 1.0) if center == "replicates" else estimate
    scale = np.where(usable, (1 - stage.fraction[stratum]) * (n - 1) / n, 0.0)
    value = sums(scale * absent * (zero - mean[level]) ** 2, level, levels.size)
    value += sums(scale[pair] * number * (one - mean[level[pair]]) ** 2, level[pair], levels.size)
    untouched = np.where(active, (1 - stage.fraction) * (stage.units - 1), 0.0)
    rest = np.full(levels.size, untouched.sum()) - sums(untouched[stratum], level, levels.size)
    return value + rest * (estimate - mean) ** 2


def _bootstrap(kinds: Kinds, stage: Stage, replicates: int, generator: np.random.Generator) -> FloatArray:
    """Sum of weight factors over the units of each kind, shape (replicates, U); kinds of a unit share its draw."""
    unit, first, back = np.unique(kinds.unit, return_index=True, return_inverse=True)
    stratum, number = kinds.stratum[first], kinds.multiplicity[first]
    factor = np.ones((replicates, len(unit)))
    for h in np.unique(stratum).tolist():
        mine = np.flatnonzero(stratum == h)
        n, fraction = int(stage.units[h]), float(stage.fraction[h])
        if n <= 1 or fraction >= 1:
            continue
        colours = np.append(number[mine], n - number[mine].sum()).astype(np.int64)
        if fraction > 0:
            drawn = _without_replacement(generator, colours, n // 2, replicates)[:, :-1]
            damping = np.sqrt((n // 2) * (1 - fraction) / (n - n // 2))
            factor[:, mine] = 1 - damping + damping * (n / (n // 2)) * drawn / number[mine]
        else:
            drawn = generator.multinomial(n - 1, colours / n, size=replicates)[:, :-1]
            factor[:, mine] = drawn * (n / (n - 1)) / number[mine]
    return factor[:, back]


def _without_replacement(
    generator: np.random.Generator, colours: IntArray, size: int, replicates: int
) -> NDArray[np.int64]:
    if colours.max() <= 1:
        # units of their own: the order of random keys is a draw without replacement
        rank = generator.random((replicates, int(colours.sum()))).argsort(axis=1).argsort(axis=1)
        drawn = np.zeros((replicates, len(colours)), dtype=np.int64)
        drawn[:, colours == 1] = rank < size
        return drawn
    return generator.multivariate_hypergeometric(colours, size, size=replicates, method="marginals")


def _spread(levels: _Levels, factor: FloatArray, center: str) -> FloatArray:
    replicate_totals = np.zeros((len(factor), levels.size, levels.total.shape[1]))
    for k in range(levels.total.shape[1]):
        weighted = factor * levels.total[:, k]
        order = np.argsort(levels.level, kind="stable")
        starts = np.searchsorted(levels.level[order], np.arange(levels.size))
        replicate_totals[:, :, k] = np.add.reduceat(weighted[:, order], starts, axis=1)
    values = levels.estimates(replicate_totals)
    if center == "estimate":
        whole = levels.estimates(sums(levels.total, levels.level, levels.size))
        return np.asarray(((values - whole) ** 2).sum(axis=0) / (len(values) - 1), dtype=float)
    return np.asarray(values.var(axis=0, ddof=1), dtype=float)
