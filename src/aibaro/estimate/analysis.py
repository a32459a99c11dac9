"""From cells to a result: every item in every level of every domain variable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import InputError
from aibaro.estimate import intervals, reliability
from aibaro.estimate._cells import Block, Cells
from aibaro.estimate._options import Options
from aibaro.estimate._variance import TARGETS, measure
from aibaro.estimate.categories import CROSS, in_order, level_names
from aibaro.estimate.results import Estimates, Part

Point = Callable[[Block, IntArray, int], tuple[FloatArray, FloatArray]]
By = str | Sequence[str | Sequence[str] | None] | None
Domain = Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class DomainLevels:
    """The levels of one domain variable, crossed ones joined with ×.

    Parameters
    ----------
    domain : str
        Name of the domain, empty for all.
    names : tuple of str
        Name of each level.
    level : numpy.ndarray of int, shape (C,)
        Level of each cell; -1 for cells of no level, because a variable is missing in them.
    variables : tuple of str
        Variables that are crossed.
    """

    domain: str
    names: tuple[str, ...]
    level: NDArray[np.int64]
    variables: tuple[str, ...] = ()


def split_by(by: By) -> tuple[tuple[str, ...], ...]:
    """Read the argument `by` as terms of variables.

    Examples
    --------
    >>> split_by(["sector", "size_class×sector"])
    (('sector',), ('size_class', 'sector'))
    """
    if by is None:
        return ((),)
    readable = isinstance(by, str) or (isinstance(by, Iterable) and not isinstance(by, Mapping | bytes))
    entries: list[Any] = [by] if isinstance(by, str) or not readable else list(by)
    terms = tuple(() if e is None else tuple(e.split(CROSS)) if isinstance(e, str) else _names(e) for e in entries)
    empty = any("" in t or (not t and e is not None) for t, e in zip(terms, entries, strict=True))
    if not readable or not terms or empty or any(len(set(t)) < len(t) for t in terms) or len(set(terms)) < len(terms):
        raise InputError(
            "domain variables are empty or repeated", parameter="by", expected="names of columns", got=repr(by)
        )
    return terms


def _names(entry: Any) -> tuple[str, ...]:
    """Names of variables that are crossed; nothing where they are not names."""
    names = tuple(entry) if isinstance(entry, list | tuple) else ()
    return names if all(isinstance(name, str) for name in names) else ()


def domain_label(domain: Domain) -> tuple[str, str]:
    """Name the domain that an analysis is restricted to.

    Examples
    --------
    >>> domain_label({"size_class": ["medium", "large"], "sector": "nace-64-66"})
    ('size_class×sector', 'medium+large×nace-64-66')
    """
    parts = {} if domain is None else domain
    return CROSS.join(parts), CROSS.join("+".join(level_names(v)) for v in parts.values())


def make_terms(cells: Cells, by: tuple[tuple[str, ...], ...], domain: Domain) -> list[DomainLevels]:
    """Number the levels of every term."""
    fixed, label = domain_label(domain)
    terms: list[DomainLevels] = []
    for variables in by:
        if not variables:
            terms.append(DomainLevels(fixed, (label,), np.zeros(cells.size, dtype=np.int64)))
            continue
        names, level = _cross([cells.levels[v] for v in variables], [cells.order.get(v, ()) for v in variables])
        domain_name = CROSS.join([*variables, fixed] if fixed else variables)
        shown = tuple(CROSS.join([*n, label] if fixed else n) for n in names)
        terms.append(DomainLevels(domain_name, shown, level, variables))
    return terms


def _cross(columns: list[NDArray[np.object_]], declared: list[Sequence[str]]) -> tuple[list[tuple[str, ...]], IntArray]:
    """Levels of crossed variables that occur, and that of each cell; -1 where a variable is missing."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    inside = np.ones(len(columns[0]), dtype=bool)
    vocabularies: list[list[str]] = []
    for column, order in zip(columns, declared, strict=True):
        values = column.tolist()
        words = in_order(sorted(set(values) - {""}), order)
        lookup = {word: i for i, word in enumerate(words)}
        place = np.array([lookup.get(v, -1) for v in values], dtype=np.int64)
        inside &= place >= 0
        code = code * max(len(words), 1) + place
        vocabularies.append(words)
    unique, found = np.unique(code[inside], return_inverse=True)
    level = np.full(len(code), -1, dtype=np.int64)
    level[inside] = found
    names: list[tuple[str, ...]] = []
    for value in unique.tolist():
        parts, rest = [], value
        for words in reversed(vocabularies):
            rest, position = divmod(rest, len(words))
            parts.append(words[position])
        names.append(tuple(reversed(parts)))
    return names, level


def analyse(
    cells: Cells,
    target: str,
    terms: Sequence[DomainLevels],
    options: Options,
    points: Callable[[DomainLevels], Point] | None = None,
) -> Estimates:
    """Estimate every block of the cells in every level of every term, by the target's own formula or another."""
    stage = options.stage(cells.design)
    parts: list[Part] = []
    start = 0
    for name in cells.blocks:
        for term in terms:
            linear = measure(
                cells,
                name,
                TARGETS[target] if points is None else points(term),
                level=term.level,
                levels=len(term.names),
                stage=stage,
                target=target if points is None else "",
            )
            parts.append(Part(name, start, term.level, linear))
            start += len(term.names)
    labels = [
        (*cells.name(name), term.domain, level) for name in cells.blocks for term in terms for level in term.names
    ]
    return _assemble(cells, target, labels, parts, options)


def _assemble(
    cells: Cells, target: str, labels: list[tuple[str, str, str, str]], parts: list[Part], options: Options
) -> Estimates:
    def joined(name: str) -> FloatArray:
        return np.concatenate([getattr(p.linear, name) for p in parts])

    estimate, n, kish = joined("estimate"), joined("n"), joined("kish")
    if target == "proportion":
        # a share of one can come out of weighted sums with a rounding error in the last bits
        estimate = np.where(np.abs(estimate - 1) < 1e-14, 1.0, np.where(np.abs(estimate) < 1e-300, 0.0, estimate))
    error, deviations = joined("std_error"), joint_deviations(parts)
    freedom = options.freedom(joined("df_design"), joined("df_satterthwaite"))
    low, high, method = limits(target, estimate, error, freedom, n=n, kish=kish, options=options)
    size = joined("weight")
    n_eff, deff = _effects(
        joined("unit_error"), joined("whole_error"), error, n=n, size=size, kish=kish, rule=options.deff
    )
    flag = reliability.RULES["proportion" if target == "proportion" else "general"](
        estimate, error, low=low, high=high, n_eff=n_eff, df=freedom, kish=kish
    )
    columns = np.array(labels, dtype=object).reshape(-1, 4)
    return Estimates(
        target=target,
        item=columns[:, 0],
        category=columns[:, 1],
        domain=columns[:, 2],
        level=columns[:, 3],
        estimate=estimate,
        std_error=error,
        df=freedom,
        df_design=joined("df_design"),
        df_satterthwaite=joined("df_satterthwaite"),
        conf_low=low,
        conf_high=high,
        method=method,
        n=n,
        missing=joined("missing"),
        n_eff=n_eff,
        deff=deff,
        weight_total=size,
        flag=flag,
        options=options,
        parts=tuple(parts),
        cells=cells,
        variance="linearization" if deviations is None else "replicates",
        deviations=deviations,
    )


def joint_deviations(parts: Sequence[Part]) -> FloatArray | None:
    """Deviations of the replicates, where the variance is theirs."""
    found = [part.linear.deviations for part in parts if part.linear.deviations is not None]
    return np.concatenate(found, axis=1) if found else None


def limits(
    target: str,
    estimate: FloatArray,
    error: FloatArray,
    freedom: FloatArray,
    *,
    n: FloatArray,
    kish: FloatArray,
    options: Options,
) -> tuple[FloatArray, FloatArray, NDArray[np.str_]]:
    """Return the confidence limits of a column of estimates."""
    if target == "proportion":
        return intervals.interval(
            options.interval, estimate, error, freedom, n, kish=kish, conf_level=options.conf_level
        )
    low, high = intervals.wald_limits(estimate, error, freedom, options.conf_level)
    return low, high, np.full(len(estimate), "wald")


def _effects(
    unit: FloatArray,
    whole: FloatArray,
    error: FloatArray,
    *,
    n: FloatArray,
    size: FloatArray,
    kish: FloatArray,
    rule: str,
) -> tuple[FloatArray, FloatArray]:
    """Effective size and design effect, from the standard errors of one unit and of the estimate."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # a constant says nothing about the precision of one unit: Kish's size is left
        n_eff = np.where(whole > 0, np.where(error > 0, (whole / error) ** 2, np.inf), kish)
        rest = 1 - n / size if rule == "without_replacement" else np.ones_like(size)
        comparable = (n > 1) & (unit > 0) & (rest > 0)
        deff = np.where(comparable, (error / unit) ** 2 * (n - 1) / rest, np.nan)
    return n_eff, deff
