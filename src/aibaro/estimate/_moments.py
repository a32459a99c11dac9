"""Variances, covariances and correlations of outcomes in the population."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate._cells import Block, Cells
from aibaro.estimate._options import Options
from aibaro.estimate._passes import refuse_infinite
from aibaro.estimate._resampling import chosen
from aibaro.estimate._stages import sums
from aibaro.estimate.analysis import By, Domain, analyse, make_terms, split_by
from aibaro.estimate.cells_of_rows import cells_from_rows, declared_rows, open_rows
from aibaro.estimate.design_arguments import items_of
from aibaro.estimate.results import Estimates
from aibaro.frames import Infinite, Product

Point = tuple[FloatArray, FloatArray]


def variance(
    data: Any,
    item: str | Sequence[str],
    *,
    design: Design,
    by: By = None,
    domain: Domain = None,
    base: str | None = None,
    df: str | float = "design",
    fpc: str | None = None,
    single: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Estimate the variance of an outcome in the population.

    Parameters
    ----------
    data : frame
        Respondents' rows.
    item : str or sequence of str
        Columns of the outcomes.
    design : Design
        Design that was read from the rows.
    by, domain, base
        Domains, as in :func:`proportion`.
    df, fpc, single, conf_level
        Choices, as in :func:`proportion`; limits are Wald's with Student's t.

    Returns
    -------
    Estimates
        One row per item and domain, in squared units of the outcome.

    Raises
    ------
    InputError
        For data that do not fit the design, unknown choices, or strata of a single unit under ``fail``.

    Notes
    -----
    S² = n/(n - 1) Σ w (y - ȳ)²/Σ w over the n respondents of the domain; u = [n/(n - 1) (y - ȳ)² - S²]/Σ w, as R's
    ``svyvar`` (which counts in n the rows whose outcome is missing too).

    References
    ----------
    Särndal, C.-E., Swensson, B. and Wretman, J. (1992). Model Assisted Survey Sampling. Springer, section 5.9.
    https://doi.org/10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"size": ["s"] * 3 + ["l"] * 3, "staff": [2, 4, 6, 50, 60, 70]})
    >>> design = Design.from_frame(rows, strata="size", population={"s": 30, "l": 30})
    >>> float(variance(rows, "staff", design=design).estimate[0].round(6))
    982.4
    """
    options = _options(design, df=df, fpc=fpc, single=single, conf_level=conf_level, base=base, domain=domain)
    items = items_of(item)
    columns = {name: (name,) for name in items}
    return _estimated(
        data, columns, "variance", _variance, design=design, by=by, domain=domain, base=base, options=options
    )


def covariance(
    data: Any,
    item: str,
    other: str,
    *,
    design: Design,
    by: By = None,
    domain: Domain = None,
    base: str | None = None,
    df: str | float = "design",
    fpc: str | None = None,
    single: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Estimate the covariance of two outcomes in the population.

    Parameters
    ----------
    data : frame
        Respondents' rows.
    item, other : str
        Columns of the outcomes; rows in which either is missing are left out.
    design : Design
        Design that was read from the rows.
    by, domain, base
        Domains, as in :func:`proportion`.
    df, fpc, single, conf_level
        Choices, as in :func:`proportion`; limits are Wald's with Student's t.

    Returns
    -------
    Estimates
        One row per domain; the item is named ``item,other``.

    Raises
    ------
    InputError
        For data that do not fit the design, unknown choices, or strata of a single unit under ``fail``.

    Notes
    -----
    S_xy = n/(n - 1) Σ w (x - x̄)(y - ȳ)/Σ w, linearised as :func:`variance`; as R's ``svyvar`` of two variables.

    References
    ----------
    Särndal, C.-E., Swensson, B. and Wretman, J. (1992). Model Assisted Survey Sampling. Springer, section 5.9.
    https://doi.org/10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"size": ["s"] * 3 + ["l"] * 3, "x": [1, 2, 3, 4, 5, 6], "y": [2, 4, 6, 8, 10, 12]})
    >>> design = Design.from_frame(rows, strata="size", population={"s": 30, "l": 30})
    >>> float(covariance(rows, "x", "y", design=design).estimate[0].round(6))
    7.0
    """
    named = {"columns": {"item": item, "other": other}, "base": base, "domain": domain}
    options = _options(design, df=df, fpc=fpc, single=single, conf_level=conf_level, **named)
    pair = _pair(item, other)
    return _estimated(
        data, pair, "covariance", _covariance, design=design, by=by, domain=domain, base=base, options=options
    )


def correlation(
    data: Any,
    item: str,
    other: str,
    *,
    design: Design,
    by: By = None,
    domain: Domain = None,
    base: str | None = None,
    df: str | float = "design",
    fpc: str | None = None,
    single: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Estimate Pearson's correlation of two outcomes in the population.

    Parameters
    ----------
    data : frame
        Respondents' rows.
    item, other : str
        Columns of the outcomes; rows in which either is missing are left out.
    design : Design
        Design that was read from the rows.
    by, domain, base
        Domains, as in :func:`proportion`.
    df, fpc, single, conf_level
        Choices, as in :func:`proportion`; limits are Wald's with Student's t, and may leave [-1, 1].

    Returns
    -------
    Estimates
        One row per domain; the item is named ``item,other``.

    Raises
    ------
    InputError
        For data that do not fit the design, unknown choices, or strata of a single unit under ``fail``.

    Notes
    -----
    r = S_xy/√(S_xx S_yy); u = u_xy/√(S_xx S_yy) - r/2 (u_xx/S_xx + u_yy/S_yy), the delta method on :func:`covariance`.
    An outcome that does not vary has no correlation (NaN).

    References
    ----------
    Binder, D. A. and Patak, Z. (1994). Use of estimating functions for estimation from complex surveys. Journal of the
    American Statistical Association 89(427), 1035-1043. https://doi.org/10.1080/01621459.1994.10476839

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"size": ["s"] * 3 + ["l"] * 3, "x": [1, 2, 3, 4, 5, 6], "y": [2, 4, 6, 8, 10, 12]})
    >>> design = Design.from_frame(rows, strata="size", population={"s": 30, "l": 30})
    >>> float(correlation(rows, "x", "y", design=design).estimate[0].round(6))
    1.0
    """
    named = {"columns": {"item": item, "other": other}, "base": base, "domain": domain}
    options = _options(design, df=df, fpc=fpc, single=single, conf_level=conf_level, **named)
    pair = _pair(item, other)
    return _estimated(
        data, pair, "correlation", _correlation, design=design, by=by, domain=domain, base=base, options=options
    )


def _options(
    design: Design, *, df: str | float, fpc: str | None, single: str | None, conf_level: float, **named: Any
) -> Options:
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


def _pair(item: str, other: str) -> dict[str, tuple[str, ...]]:
    if item == other:
        raise InputError("two outcomes are needed", parameter="other", got=repr(other), expected="another column")
    return {f"{item},{other}": (item, other)}


def _estimated(
    data: Any,
    columns: Mapping[str, tuple[str, ...]],
    target: str,
    point: Callable[[Block, IntArray, int], Point],
    *,
    design: Design,
    by: By,
    domain: Domain,
    base: str | None,
    options: Options,
) -> Estimates:
    design, _ = chosen(design, None)
    declared = declared_rows(design)
    rows = open_rows(data, declared).with_weight(declared.weight)
    items = list(dict.fromkeys(v for block in columns.values() for v in block))
    rows.require(items, parameter="item", numeric=True)
    rows.require([declared.weight] if declared.weight else [], parameter="weight", numeric=True)
    # distances from a value near the mean keep the digits of squares
    asked = {
        f"{kind}{i}": Product(((v, 0.0),) if kind == "s" else (), 0, (v,)) for i, v in enumerate(items) for kind in "sn"
    }
    found = rows.group([], {**asked, **{f"x{i}": Infinite(v) for i, v in enumerate(items)}})
    refuse_infinite({v: int(found.values[f"x{i}"].sum()) for i, v in enumerate(items)})
    total = {v: (float(found.values[f"s{i}"][0] or 0), float(found.values[f"n{i}"][0])) for i, v in enumerate(items)}
    centre = {v: s / n if n else 0.0 for v, (s, n) in total.items()}
    made: dict[str, list[tuple[str, float]]] = {}
    blocks = {}
    for name, block in columns.items():
        factors = [(v, centre[v]) for v in block]
        wanted = [[f] for f in factors] + [[f, g] for i, f in enumerate(factors) for g in factors[i:]]
        names = [f"aibaro_product_{len(made) + i}" for i in range(len(wanted))]
        made |= dict(zip(names, wanted, strict=True))
        blocks[name] = tuple(names)
    terms = split_by(by)
    cells: Cells = cells_from_rows(
        rows.with_products(made),
        blocks,
        design,
        variables=sorted({v for t in terms for v in t}),
        domain=domain,
        base=base,
    )
    return analyse(cells, target, make_terms(cells, terms, domain), options, lambda _: point)


class _Means:
    """Means of the basis of a block in each level, and what linearised values are made of."""

    def __init__(self, block: Block, level: IntArray, levels: int) -> None:
        weight = block.total[:, 0] * block.scale
        self.level, self.block = level, block
        self.size = sums(weight, level, levels)
        raw = (block.total[:, 1:] + block.centre * block.total[:, :1]) * block.scale[:, None]
        self.mean = sums(raw, level, levels) / self.size[:, None]
        n = sums(block.observed, level, levels)
        self.factor = np.where(n > 1, n / np.where(n > 1, n - 1, 1.0), np.nan)

    def value(self, slopes: dict[int, FloatArray], middle: FloatArray) -> FloatArray:
        """Coefficients of f (Σ slope b - middle)/Σ w in each cell, b the variables of the block as they are."""
        block, own = self.block, self.level
        result = np.zeros((len(own), block.total.shape[1]))
        result[:, 0] = -middle[own]
        for k, slope in slopes.items():
            result[:, k + 1] += slope[own]
            result[:, 0] += slope[own] * block.centre[:, k]
        return np.asarray(result * (self.factor / self.size)[own][:, None] * block.scale[:, None])


def _variance(block: Block, level: IntArray, levels: int) -> Point:
    means = _Means(block, level, levels)
    first, second = means.mean[:, 0], means.mean[:, 1]
    return _second_moment(means, first, first, second, (0, 0, 1))


def _second_moment(means: _Means, x: FloatArray, y: FloatArray, xy: FloatArray, place: tuple[int, int, int]) -> Point:
    """f (E xy - E x E y), and its linearised value."""
    central = xy - x * y
    slopes: dict[int, FloatArray] = {place[2]: np.ones_like(x)}
    for k, slope in ((place[0], -y), (place[1], -x)):
        slopes[k] = slopes.get(k, 0.0) + slope
    return means.factor * central, means.value(slopes, xy - 2 * x * y)


def _parts(block: Block, level: IntArray, levels: int) -> tuple[Point, Point, Point]:
    """Moments xx, xy, yy of a block (x, y, xx, xy, yy)."""
    means = _Means(block, level, levels)
    x, y, xx, xy, yy = means.mean.T
    return (
        _second_moment(means, x, x, xx, (0, 0, 2)),
        _second_moment(means, x, y, xy, (0, 1, 3)),
        _second_moment(means, y, y, yy, (1, 1, 4)),
    )


def _covariance(block: Block, level: IntArray, levels: int) -> Point:
    return _parts(block, level, levels)[1]


def _correlation(block: Block, level: IntArray, levels: int) -> Point:
    (xx, u_xx), (xy, u_xy), (yy, u_yy) = _parts(block, level, levels)
    root = np.sqrt(np.where((xx > 0) & (yy > 0), xx * yy, np.nan))
    value = xy / root
    half = value / 2
    own = level
    linear = u_xy / root[own][:, None] - (half / xx)[own][:, None] * u_xx - (half / yy)[own][:, None] * u_yy
    return value, linear
