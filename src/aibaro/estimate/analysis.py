"""From cells to a result: every item in every level of every domain variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aibaro.errors import InputError
from aibaro.estimate import intervals, reliability
from aibaro.estimate.cells import Cells
from aibaro.estimate.linearization import linearize
from aibaro.estimate.options import Options
from aibaro.estimate.results import Estimates, Part

FloatArray = NDArray[np.float64]

CROSS = "×"
By = str | Sequence[str | Sequence[str]] | None
Domain = Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Term:
    """The levels of one domain variable, crossed ones joined with ×.

    Parameters
    ----------
    domain : str
        Name of the domain, empty for all.
    names : tuple of str
        Name of each level.
    level : numpy.ndarray of int, shape (C,)
        Level of each cell.
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
    entries = [by] if isinstance(by, str) else list(by)
    terms = tuple(tuple(e.split(CROSS)) if isinstance(e, str) else tuple(e) for e in entries)
    if not terms or any(not t or "" in t or len(set(t)) < len(t) for t in terms) or len(set(terms)) < len(terms):
        raise InputError(
            "domain variables are empty or repeated", parameter="by", expected="names of columns", got=repr(by)
        )
    return terms


def domain_label(domain: Domain) -> tuple[str, str]:
    """Name the domain that an analysis is restricted to.

    Examples
    --------
    >>> domain_label({"size_class": ["medium", "large"], "sector": "nace-64-66"})
    ('size_class×sector', 'medium+large×nace-64-66')
    """
    parts = {} if domain is None else domain
    return CROSS.join(parts), CROSS.join("+".join(level_names(v)) for v in parts.values())


def level_names(levels: object) -> list[str]:
    """Read one level or several as a list of names.

    Examples
    --------
    >>> level_names("micro"), level_names([1, 2])
    (['micro'], ['1', '2'])
    """
    return [str(v) for v in levels] if isinstance(levels, list | tuple | set | frozenset) else [str(levels)]


def make_terms(cells: Cells, by: tuple[tuple[str, ...], ...], domain: Domain) -> list[Term]:
    """Number the levels of every term."""
    fixed, label = domain_label(domain)
    terms: list[Term] = []
    for variables in by:
        if not variables:
            terms.append(Term(fixed, (label,), np.zeros(cells.size, dtype=np.int64)))
            continue
        names, level = _cross([cells.levels[v] for v in variables])
        domain_name = CROSS.join([*variables, fixed] if fixed else variables)
        shown = tuple(CROSS.join([*n, label] if fixed else n) for n in names)
        terms.append(Term(domain_name, shown, level, variables))
    return terms


def sort_key(name: str) -> tuple[int, float, str]:
    """Order levels: numbers by value, then text.

    Examples
    --------
    >>> sorted(["10", "9", "b", "a"], key=sort_key)
    ['9', '10', 'a', 'b']
    """
    try:
        return (0, float(name), name)
    except ValueError:
        return (1, 0.0, name)


def _cross(columns: list[NDArray[np.object_]]) -> tuple[list[tuple[str, ...]], NDArray[np.int64]]:
    code = np.zeros(len(columns[0]), dtype=np.int64)
    vocabularies: list[list[str]] = []
    for column in columns:
        words = sorted(set(column.tolist()), key=sort_key)
        lookup = {word: i for i, word in enumerate(words)}
        code = code * max(len(words), 1) + np.array([lookup[v] for v in column.tolist()], dtype=np.int64)
        vocabularies.append(words)
    unique, level = np.unique(code, return_inverse=True)
    names: list[tuple[str, ...]] = []
    for value in unique.tolist():
        parts, rest = [], value
        for words in reversed(vocabularies):
            rest, position = divmod(rest, len(words))
            parts.append(words[position])
        names.append(tuple(reversed(parts)))
    return names, level.astype(np.int64)


def analyse(cells: Cells, target: str, terms: Sequence[Term], options: Options) -> Estimates:
    """Estimate every block of the cells in every level of every term."""
    stage = options.stage(cells.design)
    parts: list[Part] = []
    start = 0
    for name in cells.blocks:
        for term in terms:
            linear = linearize(cells, name, target, level=term.level, levels=len(term.names), stage=stage)
            parts.append(Part(name, start, term.level, linear))
            start += len(term.names)
    labels = [(name, term.domain, level) for name in cells.blocks for term in terms for level in term.names]
    return _assemble(cells, target, labels, parts, options)


def _assemble(
    cells: Cells, target: str, labels: list[tuple[str, str, str]], parts: list[Part], options: Options
) -> Estimates:
    def joined(name: str) -> FloatArray:
        return np.concatenate([getattr(p.linear, name) for p in parts])

    estimate, n, kish = joined("estimate"), joined("n"), joined("kish")
    if target == "proportion":
        # a share of one can come out of weighted sums with a rounding error in the last bits
        estimate = np.where(np.abs(estimate - 1) < 1e-14, 1.0, np.where(np.abs(estimate) < 1e-300, 0.0, estimate))
    error = np.sqrt(joined("variance"))
    freedom = joined("df_design") if options.df == "design" else joined("df_satterthwaite")
    low, high, method = limits(target, estimate, error, freedom, n=n, kish=kish, options=options)
    unit, size = joined("unit_variance"), joined("weight")
    n_eff, deff = _effects(unit, error**2, n=n, size=size, kish=kish, rule=options.deff)
    flag = reliability.RULES["proportion" if target == "proportion" else "general"](
        estimate, error, low=low, high=high, n_eff=n_eff, df=freedom, kish=kish
    )
    columns = np.array(labels, dtype=object).reshape(-1, 3)
    return Estimates(
        target=target,
        item=columns[:, 0],
        domain=columns[:, 1],
        level=columns[:, 2],
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
    )


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
    """Give the confidence limits of a column of estimates."""
    if target == "proportion":
        return intervals.interval(
            options.interval, estimate, error, freedom, n, kish=kish, conf_level=options.conf_level
        )
    low, high = intervals.wald_limits(estimate, error, freedom, options.conf_level)
    return low, high, np.full(len(estimate), "wald")


def _effects(
    unit: FloatArray, variance: FloatArray, *, n: FloatArray, size: FloatArray, kish: FloatArray, rule: str
) -> tuple[FloatArray, FloatArray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        n_eff = np.where(variance > 0, unit / variance, np.where(unit > 0, np.inf, kish))
        simple = unit / (n - 1)
        if rule == "without_replacement":
            simple = simple * (1 - n / size)
        deff = np.where((n > 1) & (simple > 0), variance / simple, np.nan)
    return n_eff, deff
