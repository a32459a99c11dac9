"""Weights within limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import inf
from typing import Any

import numpy as np

from aibaro._arguments import check_choice, is_number
from aibaro._arrays import FloatArray
from aibaro.errors import FaultList, InputError
from aibaro.frames.weighted.weight_cells import Spread, WeightCells
from aibaro.frames.weighted.weight_rows import WeightRows
from aibaro.frames.weighted.weight_rules import WeightRule
from aibaro.messages import Message, message
from aibaro.weights._base import BaseRecipe
from aibaro.weights._result import Fit, WeightResult, begin, extend, margin_table
from aibaro.weights._targets import CROSS, class_target, class_term, classes_of, columns_of

# --- How large may a weight be? Limits as weights, multiples of the mean or median, percentiles, or a design effect.

SCALES = ("absolute", "mean", "median", "percentile", "deff")
# relative width at which the search for the limit of a design effect ends
FINE = 1e-6


@dataclass(frozen=True, slots=True)
class WeightLimits:
    """Limits of weights.

    Parameters
    ----------
    lower, upper : float
        Numbers on the scale; 0 and infinity stand for no limit.
    scale : {"absolute", "mean", "median", "percentile", "deff"}
        What the numbers are: weights; multiples of the mean or the median weight; percentages of weights below; or,
        for `upper`, the largest design effect of the weights (Kish's ratio).
    """

    lower: float
    upper: float
    scale: str

    def clip(self, rows: WeightRows, weight: Any, spread: Spread) -> tuple[float, float]:
        """Turn the limits into weights; those of a design effect are searched by :func:`search`."""
        if self.scale == "absolute":
            return self.lower, self.upper
        if self.scale == "mean":
            unit = spread.total / spread.n
            return self.lower * unit, self.upper * unit
        values = rows.values(weight)
        if self.scale == "median":
            unit = float(np.median(values))
            return self.lower * unit, self.upper * unit
        low = float(np.quantile(values, self.lower / 100)) if self.lower > 0 else 0.0
        high = float(np.quantile(values, self.upper / 100)) if self.upper < 100 else inf
        return low, high


def check_limits(lower: Any, upper: Any, scale: Any, where: str) -> WeightLimits:
    """Refuse limits that cannot be used."""
    faults = FaultList("the limits cannot be used", where=where)
    known = check_choice(scale, SCALES, "scale", faults)
    numbers = True
    for name, value in (("lower", lower), ("upper", upper)):
        if not is_number(value) or not -inf <= value <= inf:
            numbers = False
            faults.add(
                "not a limit of weights",
                parameter=name,
                expected="a number",
                got=repr(value),
                hint="upper=95 with scale='percentile', upper=3 with scale='median'",
            )
    if numbers and known:
        if not 0 <= lower < upper:
            faults.add(
                "limits in the wrong order",
                parameter="lower, upper",
                expected="0 <= lower < upper",
                got=f"{lower:g}, {upper:g}",
            )
        if lower == 0 and upper == inf:
            faults.add("no limit given", parameter="upper", expected="upper= or lower=", got="none")
        if scale == "percentile" and not (upper <= 100 or upper == inf):
            faults.add("not a percentile", parameter="upper", expected="a number up to 100", got=f"{upper:g}")
        if scale == "deff" and (lower != 0 or not 1 < upper < inf):
            faults.add(
                "not a design effect to reach",
                parameter="upper",
                expected="a number > 1, such as 1.5, and no lower=",
                got=f"{lower:g}, {upper:g}",
            )
    faults.raise_if_any()
    return WeightLimits(float(lower), min(float(upper), 100.0) if scale == "percentile" else float(upper), scale)


def search(wanted: float, spread: Spread, ratio_at: Callable[[float], float], where: str) -> float:
    """Find the largest limit at which Kish's ratio is no larger than wanted, by bisection.

    Notes
    -----
    `ratio_at` gives the ratio after trimming at a limit, and raises :class:`aibaro.errors.AibaroError` where no
    weights keep their totals below it.
    """
    from aibaro.errors import AibaroError

    if spread.kish_ratio <= wanted:
        return inf
    high, low = spread.largest, spread.total / spread.n
    best = None
    while high - low > FINE * high:
        middle = (low + high) / 2
        try:
            ratio = ratio_at(middle)
        except AibaroError:
            ratio = -inf
        if ratio == -inf:
            low = middle
        elif ratio <= wanted:
            best, low = middle, middle
        else:
            high = middle
    if best is None:
        raise InputError(
            "no limit of the weights reaches this design effect",
            where=where,
            parameter="upper",
            expected=f"a design effect between {ratio_of(ratio_at, high)} and {spread.kish_ratio:.6g}",
            got=f"{wanted:g}",
            hint="fewer margins, or coarser classes within=",
        )
    return best


def ratio_of(ratio_at: Callable[[float], float], limit: float) -> str:
    """Write the ratio at the smallest limit that can be met."""
    return f"{ratio_at(limit):.6g}"


def limit_notes(count: int, clip: tuple[float, float]) -> tuple[Message, ...]:
    """Say how many weights stand at a limit, if any do."""
    return (message("weights.at_limit", count=count, low=clip[0], high=clip[1]),) if count else ()


# --- Weights within limits.

# relative distance at which a class mean counts as lying on a limit
EDGE = 1e-12


@dataclass(frozen=True, slots=True)
class TrimRecipe:
    """Keep weights within limits and hand the difference to other weights of the same class.

    Parameters
    ----------
    within : tuple of str
        Columns of the classes whose totals are kept; none keeps the grand total alone.
    limits : WeightLimits
        Limits of the weights.
    """

    within: tuple[str, ...]
    limits: WeightLimits
    kind: str = field(default="trim", init=False)
    assumption: str = field(
        default="the bias from moving weight within a class is smaller than the variance saved", init=False
    )

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the step reads."""
        return self.within

    def fit(self, rows: WeightRows, weight: Any) -> Fit:
        """Take the step."""
        cells = classes_of(rows, self.within, weight, "trim")
        clip = self._clip(rows, cells, weight)
        if clip == (0.0, inf):
            clip = (0.0, cells.spread.largest)
        _refuse_limits(cells, clip)
        factors, clipped, rounds = _scale_within(rows, cells, clip, weight)
        rule = WeightRule((class_term(cells, factors),), clip=clip)
        after = rows.cells(self.within, rows.apply(rule, weight))
        target = class_target(cells)
        codes = target.codes(cells)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(cells.n > 0, after.total / cells.total, 0.0)
        margins = margin_table((target,), cells, ratio, (codes,))
        residual = float((margins["after"] / margins["target"] - 1).abs().max())
        notes = {"lower": clip[0], "upper": clip[1], "at a limit": clipped}
        messages = limit_notes(clipped, clip)
        return Fit(rule, cells.spread, after.spread, margins, residual, rounds, notes=notes, messages=messages)

    def _clip(self, rows: WeightRows, cells: WeightCells, weight: Any) -> tuple[float, float]:
        if self.limits.scale != "deff":
            return self.limits.clip(rows, weight, cells.spread)

        def ratio_at(limit: float) -> float:
            _refuse_limits(cells, (0.0, limit))
            factors, _, _ = _scale_within(rows, cells, (0.0, limit), weight)
            rule = WeightRule((class_term(cells, factors),), clip=(0.0, limit))
            return rows.cells(self.within, rows.apply(rule, weight)).spread.kish_ratio

        return 0.0, search(self.limits.upper, cells.spread, ratio_at, "trim")


def _refuse_limits(cells: WeightCells, clip: tuple[float, float]) -> None:
    """Refuse limits that the mean weight of a class lies beyond: no weights within them keep its total."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = cells.total / cells.n
    beyond = (cells.n > 0) & ((mean > clip[1] * (1 + EDGE)) | (mean < clip[0] * (1 - EDGE)))
    if not beyond.any():
        return
    faults = FaultList("limits beyond the mean weight of a class: its total cannot be kept", where="trim")
    hint = _coarser(cells, clip)
    for cell in np.flatnonzero(beyond):
        equal = cells.smallest[cell] == cells.largest[cell]
        problem = "all weights of the class are equal and beyond the limit" if equal else "mean weight beyond the limit"
        faults.add(
            problem,
            parameter=CROSS.join(cells.keys) or "all rows",
            where=repr(cells.name(int(cell))),
            got=f"{mean[cell]:,.6g}",
            expected=f"between {clip[0]:,.6g} and {clip[1]:,.6g}",
            hint=hint,
        )
    faults.raise_if_any()


def _coarser(cells: WeightCells, clip: tuple[float, float]) -> str:
    """Propose the finest coarser class whose totals can be kept within the limits."""
    for size in range(len(cells.keys) - 1, -1, -1):
        for kept in combinations(range(len(cells.keys)), size):
            groups = np.zeros(cells.size, dtype=np.int64)
            if kept:
                groups = np.unique(cells.codes[:, list(kept)], axis=0, return_inverse=True)[1]
            n, total = np.bincount(groups, cells.n), np.bincount(groups, cells.total)
            mean = total[n > 0] / n[n > 0]
            if (mean <= clip[1]).all() and (mean >= clip[0]).all():
                names = ", ".join(repr(cells.keys[k]) for k in kept)
                return f"keep the totals of a coarser class: within=[{names}]"
    return "move the limits: the mean of all weights lies beyond them"


def _scale_within(
    rows: WeightRows, cells: WeightCells, clip: tuple[float, float], weight: Any
) -> tuple[FloatArray, int, int]:
    """Find for each class the λ with Σ clip(λ w) = Σ w, by Newton's method in a bracket; a pass a round."""
    low, high = np.zeros(cells.size), np.full(cells.size, inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(cells.n > 0, cells.total / cells.n, 1.0)
        factors = np.ones(cells.size)
        # where the mean lies on a limit every weight ends on it
        factors = np.where(mean >= clip[1] * (1 - EDGE), clip[1] / cells.smallest, factors)
        factors = np.where(mean <= clip[0] * (1 + EDGE), clip[0] / cells.largest, factors)
    factors = np.nan_to_num(factors, nan=1.0)
    for rounds in range(1, 201):
        sums, slope, free = rows.inside(cells, factors, clip, weight)
        gap = cells.total - sums
        if (np.abs(gap) <= EDGE * cells.total).all():
            return factors, int(cells.n.sum() - free.sum()), rounds
        low, high = np.where(gap > 0, factors, low), np.where(gap < 0, factors, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = factors + gap / slope
        middle = np.where(np.isfinite(high), (low + high) / 2, 2 * factors)
        inside = np.isfinite(newton) & (newton > low) & (newton < high)
        open_classes = np.abs(gap) > EDGE * cells.total
        factors = np.where(open_classes, np.where(inside, newton, middle), factors)
    raise InputError(
        "limits leave no room for the totals of the classes",
        where="trim",
        parameter="lower, upper",
        got=f"relative gap {float(np.max(np.abs(gap) / cells.total.clip(1e-300))):.3g}",
        hint="widen the limits",
    )


def trim(
    rows: Any,
    *,
    upper: float = inf,
    lower: float = 0.0,
    scale: str = "absolute",
    within: str | Sequence[str] | None = None,
    weight: str | None = None,
    name: str | None = None,
) -> WeightResult:
    """Keep weights within limits without changing the totals of a class.

    Parameters
    ----------
    rows : frame or WeightResult
        The rows, or weights to continue from.
    upper, lower : float
        Limits of the new weights, on the scale.
    scale : {"absolute", "mean", "median", "percentile", "deff"}
        What the limits are: weights; multiples of the mean or of the median weight; percentiles of the weights, such as
        ``upper=95``; or, with ``deff``, the largest design effect of the weights (Kish's ratio) that may be left, such
        as ``upper=1.5``, for which the largest limit that reaches it is searched.
    within : str or sequence of str, optional
        Columns of the classes whose totals are kept: by default the strata of an earlier :func:`base` step.  An empty
        list keeps the grand total alone.
    weight : str, optional
        Column of the weights before; for frames alone, by default one.
    name : str, optional
        Column of the new weights, by default ``weight``.

    Returns
    -------
    WeightResult
        Weights within the limits that add up to the same total in each class.

    Raises
    ------
    InputError
        For limits beyond the mean weight of a class: where all weights of a stratum are equal, no weight within the
        limits keeps its total.  The strata are named, and a coarser class is proposed.

    Notes
    -----
    w' = min(U, max(L, λ_c w)) with λ_c such that the class keeps Σ w: weights that were not cut grow in proportion.
    Handing the surplus to other strata instead would give take-all units a weight far above one.  Cost: one
    aggregation a round, seldom more than ten; memory beside the weights is that of the classes.  Margins met before
    trimming are met afterwards only if the classes nest in them: how far they are missed stands in ``margins()`` and
    ``residual``; :func:`rake` with ``upper=`` meets margins and limits together.

    References
    ----------
    Potter, F. J. (1990). A study of procedures to identify and trim extreme sampling weights. Proceedings of the
    Section on Survey Research Methods, American Statistical Association, 225-230.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"size": ["s", "s", "s", "l"], "w": [1.0, 2.0, 9.0, 1.0]})
    >>> trim(rows, upper=6.0, within="size", weight="w").frame["weight"].tolist()
    [2.0, 4.0, 6.0, 1.0]
    """
    limits = check_limits(lower, upper, scale, "trim")
    strata = _strata_of(rows) if within is None else columns_of(within, "within", "trim")
    if strata is None:
        raise InputError(
            "no strata to keep totals of",
            where="trim",
            parameter="within",
            expected="columns, or [] for the grand total alone",
            got="None",
            hint="rows without a base step do not know their strata",
        )
    recipe = TrimRecipe(strata, limits)
    return extend(begin(rows, weight, name, recipe.columns), recipe)


def _strata_of(rows: Any) -> tuple[str, ...] | None:
    steps = rows.history if isinstance(rows, WeightResult) else ()
    strata = [s.recipe.strata for s in steps if isinstance(s.recipe, BaseRecipe) and s.recipe.strata]
    return strata[-1] if strata else None
