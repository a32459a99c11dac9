"""Do two groups differ, or does a mean differ from a number?  Tests of t and of ranks under the design."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design, Replicates
from aibaro.errors import InputError
from aibaro.estimate._cells import Block, Cells, central
from aibaro.estimate._options import Options
from aibaro.estimate._passes import MOST_NOISE, Passes, scaled_weights, weights_out_of_range
from aibaro.estimate._replicate_sums import replicate_weights
from aibaro.estimate._resampling import chosen
from aibaro.estimate._stages import sums
from aibaro.estimate._variance import linearize, magnitude
from aibaro.estimate.analysis import Domain, analyse, domain_label, make_terms
from aibaro.estimate.categories import in_order, level_names, locate
from aibaro.estimate.cells_of_rows import (
    WEIGHTED,
    cell_keys,
    cells_from_rows,
    declared_rows,
    folded,
    index_cells,
    open_rows,
    optional_keys,
    refuse_numeric,
    restricted,
)
from aibaro.estimate.design_arguments import is_number
from aibaro.estimate.intervals import wald_limits
from aibaro.estimate.results import Estimates, combined_error
from aibaro.estimate.tails import two_sided
from aibaro.frames import Product
from aibaro.results import Result


def _ranks(rank: FloatArray) -> FloatArray:
    return rank


def _normal(rank: FloatArray) -> FloatArray:
    return np.asarray(special.ndtri(rank))


def _above(rank: FloatArray) -> FloatArray:
    # the rank of the middle answer is one half, whatever rounding leaves of it
    return (rank > 0.5 + 1e-12).astype(float)


SCORES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "wilcoxon": _ranks,
    "vanderwaerden": _normal,
    "median": _above,
}


@dataclass(frozen=True, slots=True)
class DifferenceTest(Result):
    """A test of a difference under a design.

    Parameters
    ----------
    item, domain, level : str
        The outcome; the variable and the levels that are compared, empty for one sample.
    estimate, std_error : float
        Difference and standard error: of means, of mean scores, or of a mean and a number.
    statistic, df, p_value : float
        Student's t, its degrees of freedom, two-sided probability.
    conf_low, conf_high, conf_level : float
        Wald limits with Student's t.
    method : {"t", "wilcoxon", "vanderwaerden", "median"}
        The test.
    n, missing : int
        Respondents in the groups with an outcome, and without.
    """

    item: str
    domain: str
    level: str
    estimate: float
    std_error: float
    statistic: float
    df: float
    p_value: float
    conf_low: float
    conf_high: float
    conf_level: float
    method: str
    n: int
    missing: int

    def to_frame(self) -> pd.DataFrame:
        """Return the test as one row, in the common column vocabulary.

        Returns
        -------
        pandas.DataFrame, shape (1, 14)
            The fields.
        """
        return pd.DataFrame([asdict(self)])


def t_test(
    data: Any,
    item: str,
    group: str | None = None,
    *,
    design: Design,
    levels: Sequence[Any] | None = None,
    value: float = 0.0,
    domain: Domain = None,
    base: str | None = None,
    df: str | float = "design",
    fpc: str | None = None,
    single: str | None = None,
    conf_level: float = 0.95,
) -> DifferenceTest:
    """Test whether the means of two groups differ, or whether a mean differs from a number.

    Parameters
    ----------
    data : frame
        Respondents' rows.
    item : str
        Column of the outcome: numbers, or yes and no.
    group : str, optional
        Column of the groups; without it one mean is compared with `value`.
    design : Design
        Design that was read from the rows.
    levels : sequence of two levels, optional
        The groups that are compared, the second against the first; needed where there are more than two.
    value : float
        Difference, or mean, under the null hypothesis.
    domain, base
        Domain of the test, as in :func:`proportion`.
    df : {"design"} or float
        Degrees of freedom; ``design`` is units minus strata of what the groups touch, minus one, as in R's
        ``svyttest``.
    fpc, single, conf_level
        Choices, as in :func:`proportion`.

    Returns
    -------
    DifferenceTest
        The test.

    Raises
    ------
    InputError
        For data that do not fit the design, groups that are not two, unknown choices, or strata of a single unit under
        ``fail``.

    Notes
    -----
    t = (ȳ_2 - ȳ_1 - value)/SE, with the linearised standard error of the difference, which groups in the same
    strata or clusters make other than the root of two variances.

    References
    ----------
    Korn, E. L. and Graubard, B. I. (1999). Analysis of Health Surveys. Wiley, section 3.2.
    https://doi.org/10.1002/9781118032619

    Examples
    --------
    >>> rows = pd.DataFrame({"size": list("ssssllll"), "staff": [1, 2, 3, 4, 50, 60, 70, 80], "ai": [0, 0, 1, 1] * 2})
    >>> design = Design.from_frame(rows, strata="size", population={"s": 60, "l": 8})
    >>> found = t_test(rows, "staff", "ai", design=design)
    >>> round(found.estimate, 6), round(found.statistic, 6), found.df
    (4.117647, 0.457752, 5.0)
    """
    named = {"columns": {"item": item, "group": group}, "base": base, "domain": domain}
    options = _options(design, df=df, fpc=fpc, single=single, conf_level=conf_level, **named)
    if not is_number(value):
        raise InputError("not a number", parameter="value", expected="a finite number", got=repr(value))
    design, _ = chosen(design, None)
    cells: Cells | None = None
    for careful in (False, True):
        cells = cells_from_rows(
            data,
            {item: (item,)},
            design,
            variables=[] if group is None else [group],
            domain=domain,
            base=base,
            careful=careful,
        )
        means = analyse(cells, "mean", make_terms(cells, ((),) if group is None else ((group,),), domain), options)
        if means.noise <= MOST_NOISE:
            break
    return _compare(means, item, group, levels, domain, method="t", value=float(value), df=df)


def rank_test(
    data: Any,
    item: str,
    group: str,
    *,
    design: Design,
    score: str = "wilcoxon",
    levels: Sequence[Any] | None = None,
    domain: Domain = None,
    base: str | None = None,
    df: str | float = "design",
    fpc: str | None = None,
    single: str | None = None,
    conf_level: float = 0.95,
) -> DifferenceTest:
    """Test by ranks whether an outcome tends to be larger in one of two groups.

    Parameters
    ----------
    data : frame
        Respondents' rows.
    item : str
        Column of the outcome: numbers, or ordered categories.
    group : str
        Column of the groups.
    design : Design
        Design that was read from the rows.
    score : {"wilcoxon", "vanderwaerden", "median"}
        Score of a rank r between 0 and 1: r itself, the normal quantile of r, or whether r exceeds one half.
    levels : sequence of two levels, optional
        The groups that are compared, the second against the first; needed where there are more than two.
    domain, base
        Domain of the test, as in :func:`proportion`.
    df : {"design"} or float
        Degrees of freedom; ``design`` is units minus strata of what the groups touch, minus one.
    fpc, single, conf_level
        Choices, as in :func:`proportion`.

    Returns
    -------
    DifferenceTest
        The difference in mean score, and its test.

    Raises
    ------
    InputError
        For data that do not fit the design, groups that are not two, unknown choices, or strata of a single unit under
        ``fail``.

    Notes
    -----
    The rank of an answer estimates its place in the population: the weights of smaller answers plus half the weight of
    equal ones, over all weights.  The mean scores of the groups are compared as means are in :func:`t_test`; the
    estimated ranks add nothing to the variance to first order.  As R's ``svyranktest``, which breaks the weights
    of ties in the order of the rows: this takes their middle, which no order changes.  With replicate weights the
    variance is that of the total of linearised scores, the ranks being those of the full sample.

    Cost: one group-by by strata, units, groups and distinct answers.

    References
    ----------
    Lumley, T. and Scott, A. J. (2013). Two-sample rank tests under complex sampling. Biometrika 100(4), 831-842.
    https://doi.org/10.1093/biomet/ast027

    Examples
    --------
    >>> rows = pd.DataFrame({"size": list("ssssllll"), "staff": [1, 2, 3, 4, 50, 60, 70, 80], "ai": [0, 0, 1, 1] * 2})
    >>> design = Design.from_frame(rows, strata="size", population={"s": 60, "l": 8})
    >>> found = rank_test(rows, "staff", "ai", design=design)
    >>> round(found.estimate, 6), round(found.p_value, 6)
    (0.396194, 0.028608)
    """
    named = {"columns": {"item": item, "group": group}, "base": base, "domain": domain}
    options = _options(design, df=df, fpc=fpc, single=single, conf_level=conf_level, **named)
    if group is None:
        raise InputError("not the name of a column", parameter="group", expected="text", got="None")
    if not isinstance(score, str) or score not in SCORES:
        raise InputError("unknown choice", parameter="score", expected=", ".join(SCORES), got=repr(score))
    design, _ = chosen(design, None)
    cells = _scored(data, item, group, design, score=SCORES[score], levels=levels, domain=domain, base=base)
    means = analyse(cells, "mean", make_terms(cells, ((group,),), domain), options)
    if design.replicates is not None:
        means = _with_ranks_as_they_are(means, design.replicates)
    return _compare(means, item, group, levels, domain, method=score, value=0.0, df=df)


def _options(
    design: Design, *, df: str | float, fpc: str | None, single: str | None, conf_level: float, **named: Any
) -> Options:
    if isinstance(df, str) and df == "satterthwaite":
        raise InputError("unknown choice", parameter="df", expected="design or a number > 0", got=repr(df))
    return Options.checked(
        design,
        interval="wald",
        df=df,
        fpc=fpc,
        single=single,
        deff="with_replacement",
        conf_level=conf_level,
        proportion=False,
        **named,
    )


def _two_levels(known: Sequence[str], levels: Sequence[Any] | None, group: str) -> list[str]:
    """The two groups that are compared."""
    names = list(known) if levels is None else level_names(levels)
    if len(names) != 2 or len(set(names)) != 2 or not set(names) <= set(known):
        raise InputError(
            "two groups are needed",
            parameter="group" if levels is None else "levels",
            expected=f"two levels of {group}",
            got=", ".join(map(repr, names[:12])),
            hint=f"levels= names two of {', '.join(map(repr, known[:12]))}",
        )
    return names


def _compare(
    means: Estimates,
    item: str,
    group: str | None,
    levels: Sequence[Any] | None,
    domain: Domain,
    *,
    method: str,
    value: float,
    df: str | float,
) -> DifferenceTest:
    gradient = np.zeros(len(means))
    label, names = domain_label(domain), ["", ""]
    if group is None:
        rows = [0]
        gradient[0] = 1.0
    else:
        suffix = f"×{label[1]}" if label[1] else ""
        known = [level.removesuffix(suffix) for level in means.level.tolist()]
        names = _two_levels(known, levels, group)
        rows = [known.index(name) for name in names]
        gradient[rows] = [-1.0, 1.0]
    difference = float(gradient @ np.where(gradient != 0, means.estimate, 0.0))
    error, _, _ = combined_error(means, gradient)
    freedom = float(df) if not isinstance(df, str) else _touched(means, rows) - 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = float(np.divide(difference - value, error))
    low, high = wald_limits(np.array([difference]), np.array([error]), np.array([freedom]), means.options.conf_level)
    return DifferenceTest(
        item=item,
        domain=group or "",
        level=f"{names[1]} - {names[0]}" if group else "",
        estimate=difference,
        std_error=error,
        statistic=statistic,
        df=freedom,
        p_value=float(two_sided(statistic, freedom)),
        conf_low=float(low[0]),
        conf_high=float(high[0]),
        conf_level=means.options.conf_level,
        method=method,
        n=int(means.n[rows].sum()),
        missing=int(means.missing[rows].sum()),
    )


def _touched(means: Estimates, rows: Sequence[int]) -> float:
    """Units minus strata of all rows in some levels."""
    cells = means.cells
    if cells is None or means.deviations is not None:
        return float(means.df_design[0])
    part = means.parts[0]
    level = np.where(np.isin(part.level, rows), 0, -1)
    stage = means.options.stage(cells.design)
    return float(linearize(cells, part.name, "mean", level=level, levels=1, stage=stage).df_design[0])


def _scored(
    data: Any,
    item: str,
    group: str,
    design: Design,
    *,
    score: Callable[[FloatArray], FloatArray],
    levels: Sequence[Any] | None,
    domain: Domain,
    base: str | None,
) -> Cells:
    """Cells of the two groups, with the scores of the ranks as outcome."""
    declared = declared_rows(design)
    refuse_numeric(declared, "tests of ranks")
    rows = open_rows(data, declared).with_weight(declared.weight)
    limits = [group, *(domain or {}), *([base] if base else [])]
    keys = cell_keys(declared, limits)
    rows.require([*keys, item], parameter="item, group, domain, base")
    rows.require([declared.weight] if declared.weight else [], parameter="weight", numeric=True)
    ordered = item in rows.order
    if not ordered:
        rows.require([item], parameter="item", numeric=True)
    constant, clustered = declared.weights is not None, declared.psu is not None
    passes = Passes(rows, keys, optional_keys(declared, keys), constant=constant, clustered=clustered)
    passes.fetch([] if constant else [Product((), 1), Product((), 2)], force=True)
    table = passes.table
    stratum, unit = index_cells(table, design)
    scale = None
    if weights_out_of_range(passes):
        passes, scale = scaled_weights(passes, [item])
    finer = passes.group([item], {} if constant else {"w": Product((), 1), "ww": Product((), 2)})
    cell = locate(table, finer, keys)
    if declared.weights is not None:
        inside, scale = folded(declared.weights[stratum])
        each = inside[cell]
        first, second = finer.count * each, finer.count * each**2
    else:
        first, second = (finer.values[name].astype(float) for name in ("w", "ww"))
    levels_of = {v: table.keys[v] for v in (*limits, WEIGHTED) if v in keys}
    plain = Cells(design, stratum, unit, table.count, levels_of, {}, order=rows.order)
    keep = restricted(plain, domain, base)[1]
    known = in_order(sorted(set(table.keys[group][keep].tolist()) - {""}), rows.order.get(group, ()))
    pair = _two_levels(known, levels, group)
    names = [name for name in finer.levels[item] if name]
    place = in_order(names, rows.order.get(item, ())) if ordered else sorted(names, key=_number)
    lookup = {name: k for k, name in enumerate(place)}
    answer = np.array([lookup.get(name, -1) for name in finer.keys[item].tolist()], dtype=np.int64)
    used = keep[cell] & np.isin(table.keys[group][cell].astype(str), pair) & (answer >= 0)
    # ranks have no unit of weights
    real = first if scale is None else first * (scale / magnitude(scale))[cell]
    weight = np.bincount(answer[used], weights=real[used], minlength=len(place))
    total = float(weight.sum())
    middle = (np.cumsum(weight) - weight / 2) / (total or 1.0)
    value = np.where(answer >= 0, score(np.where(weight > 0, middle, 0.5))[answer], 0.0)
    block = _score_block(item, (cell, used, len(table.count)), (finer.count, first, second), value, clustered=clustered)
    block = block if scale is None else replace(block, scale=scale)
    if declared.replicates is not None:
        rows.require(declared.replicates.columns, parameter="replicates", numeric=True)
        own = replicate_weights(rows, declared.replicates.columns, [*keys, item], finer)[used]
        copies = np.zeros((len(table.count), own.shape[1], 2))
        np.add.at(copies, cell[used], np.stack([own, own * value[used, None]], axis=2))
        block = replace(block, replicate=copies)
    return replace(plain, blocks={item: block}, levels={**levels_of, group: _only(table.keys[group], pair)}).select(
        keep
    )


def _with_ranks_as_they_are(means: Estimates, declared: Replicates) -> Estimates:
    """Replace the deviations of replicates by those of the total of linearised scores, as R's `svyranktest`."""
    part = means.parts[0]
    block = None if means.cells is None else means.cells.blocks[part.name]
    copies = None if block is None else block.replicate
    if block is None or copies is None:
        return means
    inside = part.level >= 0
    # coefficients belong to weights on the scale of the block
    unit = part.linear.unit[part.level[inside]] / block.scale[inside]
    own = np.einsum("ck,crk->cr", part.linear.coefficients[inside] * unit[:, None], copies[inside])
    totals = sums(own, part.level[inside], len(means)).T
    return replace(means, deviations=declared.deviations(totals, np.zeros(len(means))))


def _number(name: str) -> float:
    return float({"True": "1", "False": "0"}.get(name, name))


def _only(level: NDArray[np.object_], kept: Sequence[str]) -> NDArray[np.object_]:
    """Levels of a key, missing where they are not among some."""
    return np.where(np.isin(level.astype(str), kept), level, "").astype(object)


def _score_block(
    item: str,
    place: tuple[IntArray, NDArray[np.bool_], int],
    powers: tuple[FloatArray, FloatArray, FloatArray],
    value: FloatArray,
    *,
    clustered: bool,
) -> Block:
    """Moments of scores, from groups of rows with the same answer: their cells, and Σ w^0, Σ w, Σ w²."""
    (cell, used, size), (count, first, second) = place, powers

    def added(weights: FloatArray) -> FloatArray:
        return np.bincount(cell[used], weights=weights[used], minlength=size).astype(float)

    def outer(power: FloatArray) -> FloatArray:
        rows = [[added(power), added(power * value)], [added(power * value), added(power * value**2)]]
        return np.stack([np.stack(row, axis=1) for row in rows], axis=1)

    spread, square, observed = outer(first), outer(second), added(count)
    return Block(
        variables=(item,),
        centre=np.zeros((size, 1)),
        total=spread[:, :, 0],
        spread=spread,
        square=square[:0] if clustered else square,
        inner=square[:0] if clustered else central(square, spread[:, :, 0], observed),
        weight_square=square[:, 0, 0],
        observed=observed,
        scale=np.ones(size),
    )
