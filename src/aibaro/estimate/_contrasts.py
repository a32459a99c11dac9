"""Expressions over estimates, with the covariance of domains and items."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import FaultList, InputError
from aibaro.estimate._variance import TARGETS, linearize
from aibaro.estimate.design_arguments import check_df, check_level
from aibaro.estimate.intervals import critical_value
from aibaro.estimate.results import Estimates, Part, combined_error
from aibaro.estimate.tails import two_sided
from aibaro.results import Result

# --- Arithmetic over named estimates with its derivative.

Dual = tuple[float, FloatArray]
Resolver = Callable[[str | None, tuple[str, ...]], Dual]


def _times(a: Dual, b: Dual) -> Dual:
    return a[0] * b[0], a[1] * b[0] + b[1] * a[0]


def _divided(a: Dual, b: Dual) -> Dual:
    return a[0] / b[0], (a[1] - b[1] * (a[0] / b[0])) / b[0]


def _power(a: Dual, b: Dual) -> Dual:
    value = a[0] ** b[0]
    slope = a[1] * (b[0] * a[0] ** (b[0] - 1))
    return value, slope + b[1] * (value * math.log(a[0])) if b[1].any() else slope


BINARY: dict[type[ast.operator], Callable[[Dual, Dual], Dual]] = {
    ast.Add: lambda a, b: (a[0] + b[0], a[1] + b[1]),
    ast.Sub: lambda a, b: (a[0] - b[0], a[1] - b[1]),
    ast.Mult: _times,
    ast.Div: _divided,
    ast.Pow: _power,
}
FUNCTIONS: dict[str, Callable[[Dual], Dual]] = {
    "log": lambda a: (math.log(a[0]), a[1] / a[0]),
    "exp": lambda a: (math.exp(a[0]), a[1] * math.exp(a[0])),
    "sqrt": lambda a: (math.sqrt(a[0]), a[1] / (2 * math.sqrt(a[0]))),
}


# names that are no Python names may be quoted as R quotes them
_BACKTICKS = re.compile("`([^`]*)`")


def evaluate(text: str, resolve: Resolver, size: int) -> Dual:
    """Evaluate an expression and its gradient.

    Examples
    --------
    >>> table = {"a": (2.0, np.array([1.0, 0.0])), "b": (4.0, np.array([0.0, 1.0]))}
    >>> evaluate("b / a", lambda item, levels: table[item], 2)
    (2.0, array([-1. ,  0.5]))
    """
    if not isinstance(text, str):
        raise _unreadable(repr(text), type(text).__name__)
    try:
        tree = ast.parse(_BACKTICKS.sub(lambda found: repr(found[1]), text.strip()), mode="eval").body
        return _walk(tree, text, resolve, size)
    except SyntaxError as error:
        raise _unreadable(text, str(error)) from error
    except (ZeroDivisionError, OverflowError) as error:
        raise InputError("the expression has no value", parameter="expressions", got=text, hint=str(error)) from error
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError("the expression has no value", parameter="expressions", got=text, hint=str(error)) from error


def _unreadable(text: str, got: str) -> InputError:
    return InputError(
        "an expression cannot be read",
        parameter="expressions",
        got=f"{text} ({got})",
        expected='arithmetic such as nlg["nace-58-63"] - nlg["nace-10-33"]',
        hint="quote levels, and names that are not words; offered are + - * / **, log, exp, sqrt",
    )


def _walk(node: ast.expr, text: str, resolve: Resolver, size: int) -> Dual:
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        return BINARY[type(node.op)](_walk(node.left, text, resolve, size), _walk(node.right, text, resolve, size))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value, slope = _walk(node.operand, text, resolve, size)
        sign = operator.neg if isinstance(node.op, ast.USub) else operator.pos
        return sign(value), sign(slope)
    known = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS
    if known and isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        return FUNCTIONS[node.func.id](_walk(node.args[0], text, resolve, size))
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            return resolve(None, (node.value,))
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return float(node.value), np.zeros(size)
    if isinstance(node, ast.Subscript):
        levels: list[str] = []
        while isinstance(node, ast.Subscript):
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            levels, node = [_level(e, text) for e in inner] + levels, node.value
        return resolve(_name(node, text), tuple(levels))
    return resolve(_name(node, text), ())


def _level(node: ast.expr, text: str) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return _name(node, text)


def _name(node: ast.expr, text: str) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value, text)}.{node.attr}"
    raise _unreadable(text, ast.unparse(node))


# --- Expressions over estimates, with the covariance of domains and items.

TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Contrasts(Result):
    """Values of expressions over estimates.

    Parameters
    ----------
    item : tuple of str
        Name of each expression.
    expression : tuple of str
        The expressions.
    estimate, std_error : numpy.ndarray of float, shape (E,)
        Values and standard errors.
    statistic, p_value : numpy.ndarray of float, shape (E,)
        Student's t against zero, two-sided.
    df, df_design, df_satterthwaite : numpy.ndarray of float, shape (E,)
        Degrees of freedom of the interval, and both on offer.
    conf_low, conf_high : numpy.ndarray of float, shape (E,)
        Wald limits with Student's t.
    conf_level : float
        Confidence level.
    gradient : numpy.ndarray of float, shape (E, J)
        Derivative of each expression by each estimate.
    """

    item: tuple[str, ...]
    expression: tuple[str, ...]
    estimate: FloatArray
    std_error: FloatArray
    statistic: FloatArray
    p_value: FloatArray
    df: FloatArray
    df_design: FloatArray
    df_satterthwaite: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    conf_level: float
    gradient: FloatArray

    def to_frame(self) -> pd.DataFrame:
        """Return one row per expression, in the common column vocabulary.

        Returns
        -------
        pandas.DataFrame, shape (E, 13)
            The columns.
        """
        names = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")
        columns: dict[str, Any] = {"item": pd.Series(list(self.item), dtype="str")}
        columns |= {name: getattr(self, name) for name in names}
        columns |= {"conf_level": self.conf_level, "method": "wald", "expression": list(self.expression)}
        return pd.DataFrame({**columns, "df_design": self.df_design, "df_satterthwaite": self.df_satterthwaite})

    def summary(self) -> str:
        """Return a table for reading, rounded to four significant digits.

        Returns
        -------
        str
            The table.
        """
        shown = ["item", "estimate", "std_error", "conf_low", "conf_high", "p_value"]
        return str(self.to_frame()[shown].to_string(index=False, float_format=lambda v: f"{v:.4g}"))


def contrast(
    estimates: Estimates, expressions: str | Mapping[str, str], *, df: str | float = "design", conf_level: float = 0.95
) -> Contrasts:
    """Estimate expressions over domains and items.

    Parameters
    ----------
    estimates : Estimates
        Estimates by linearisation; several items in one expression need ``covariance="items"``.
    expressions : str or mapping of str to str
        Arithmetic over estimates, by name: an item with a level, a category or both in brackets
        (``nlg["nace-58-63"]``, ``q1["yes"]``, ``q1["yes", "north"]``), an item alone for its estimate over all rows, or
        a level alone when there is one item.  ``total`` is the level of all rows, whether or not it was asked
        for.  Names that are no words are quoted: ``"has plans"["north"]``.  Offered are ``+ - * / **``, numbers,
        brackets, ``log``, ``exp`` and ``sqrt``.
    df : {"design", "satterthwaite"} or float
        Degrees of freedom of the interval and the test.
    conf_level : float
        Confidence level.

    Returns
    -------
    Contrasts
        One row per expression.

    Raises
    ------
    InputError
        For an expression that cannot be read, names that do not exist, or a covariance that was not asked for.

    Notes
    -----
    The gradient g of the expression turns the linearised values of the estimates into one, u = Σ_j g_j u_j, whose
    variance is computed like any other; the covariance of overlapping domains is thereby exact to first order.  No row
    is read again: time and memory are of the order of cells times estimates in the expression.

    References
    ----------
    Woodruff, R. S. (1971). A simple method for approximating the variance of a complicated estimate. Journal of the
    American Statistical Association 66, 411-414. https://doi.org/10.1080/01621459.1971.10482279

    Särndal, C.-E., Swensson, B. and Wretman, J. (1992). Model Assisted Survey Sampling. Springer.
    https://doi.org/10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> from aibaro.design import Design
    >>> from aibaro.estimate import proportion
    >>> table = pd.DataFrame({"size": ["small", "large"], "population": [100, 40], "respondents": [4, 4],
    ...                       "uses_ai": [1, 2]})
    >>> design = Design.from_strata(table[["size", "population", "respondents"]])
    >>> shares = proportion(table, "uses_ai", design=design, by="size")
    >>> contrast(shares, {"large against small": "'large' - 'small'"}).estimate
    array([0.25])
    """
    faults = FaultList("an option is not offered", where="aibaro.estimate.contrast")
    check_level(conf_level, faults)
    check_df(df, faults)
    if not isinstance(estimates, Estimates):
        faults.add("not estimates", parameter="estimates", expected="Estimates", got=type(estimates).__name__)
    named = {expressions: expressions} if isinstance(expressions, str) else expressions
    if not isinstance(named, Mapping) or not named or not all(isinstance(k, str) for k in named):
        faults.add(
            "no expression is named",
            parameter="expressions",
            expected="text, or a mapping of name to text",
            got=repr(expressions),
        )
    faults.raise_if_any()
    asked = len(estimates)
    estimates = _with_total(estimates, list(named.values()))
    solved = [_solve(estimates, text) for text in named.values()]
    value, gradient = np.array([s[0] for s in solved]), np.array([s[1] for s in solved])
    found = [combined_error(estimates, g) for g in gradient]
    error = np.array([f[0] for f in found])
    design_df, satterthwaite_df = np.array([f[1] for f in found]), np.array([f[2] for f in found])
    rules = {"design": design_df, "satterthwaite": satterthwaite_df}
    freedom = rules[df] if isinstance(df, str) else np.full(len(value), float(df))
    critical = np.array([critical_value(f, (1 - conf_level) / 2) for f in freedom])
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = value / error
        half = np.where(error > 0, critical * error, 0.0)
    return Contrasts(
        item=tuple(named),
        expression=tuple(named.values()),
        estimate=value,
        std_error=error,
        statistic=statistic,
        p_value=two_sided(statistic, freedom),
        df=freedom,
        df_design=design_df,
        df_satterthwaite=satterthwaite_df,
        conf_low=value - half,
        conf_high=value + half,
        conf_level=conf_level,
        gradient=gradient[:, :asked],
    )


def _solve(estimates: Estimates, text: str) -> tuple[float, FloatArray]:
    size = len(estimates)

    def resolve(item: str | None, names: tuple[str, ...]) -> tuple[float, FloatArray]:
        row = _row(estimates, item, names)
        return float(estimates.estimate[row]), np.eye(1, size, row)[0]

    return evaluate(text, resolve, size)


def _row(estimates: Estimates, item: str | None, names: tuple[str, ...]) -> int:
    """Find the one estimate that a name means: an item with a category, a level, both, or with its domain."""
    item, names = _quantile(estimates, item, names)
    if item == TOTAL and not names and not len(estimates.find(item=TOTAL)):
        item, names = None, (TOTAL,)
    if item is not None and not names and not len(estimates.find(item=item)) and len(estimates.find(level=item)):
        names, item = (item,), None
    if item is None and not len(estimates.find(level=names[0])):
        # a quoted text alone is a level, else an item, else a category
        item, names = (names[0], ()) if len(estimates.find(item=names[0])) else (None, names)
    readings: tuple[dict[str, str], ...] = ({},)
    if len(names) == 1:
        readings = ({"level": names[0]}, {"category": names[0]})
    elif len(names) == 2:
        readings = ({"category": names[0], "level": names[1]}, {"domain": names[0], "level": names[1]})
    elif len(names) == 3:
        readings = ({"category": names[0], "domain": names[1], "level": names[2]},)
    for reading in readings:
        found = estimates.find(item=item, **reading)
        found = _over_all(estimates, found) if "level" not in reading else found
        if len(found) == 1:
            return int(found[0])
    return estimates.row(item=item, **readings[0])


def _quantile(estimates: Estimates, item: str | None, names: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """The item `staff[0.5]` behind the name `staff`, with its share among the names or as the only one."""
    shares = sorted({own for own in estimates.item if item is not None and own.startswith(f"{item}[")})
    if estimates.target != "quantile" or not shares:
        return item, names
    named = [name for name in names if f"{item}[{name}]" in shares]
    if named:
        return f"{item}[{named[0]}]", tuple(name for name in names if name != named[0])
    return (shares[0], names) if len(shares) == 1 else (item, names)


def _over_all(estimates: Estimates, rows: IntArray) -> IntArray:
    """Of the rows of one item and category, that of the total: it has no domain variable of its own."""
    if len(rows) < 2:
        return rows
    domains = estimates.domain[rows].tolist()
    shortest = min(domains, key=len)
    whole = all(domain == shortest or domain.endswith(shortest) for domain in domains)
    return rows[[domain == shortest for domain in domains]] if whole else rows


def _with_total(estimates: Estimates, texts: Sequence[str]) -> Estimates:
    """Add the estimates of all rows under the level `total`, where expressions name it."""
    known = {*estimates.item, *estimates.category, *estimates.level}
    cells = estimates.cells
    wanted = any(TOTAL in text for text in texts if isinstance(text, str))
    if TOTAL in known or cells is None or not estimates.parts or not wanted or estimates.target not in TARGETS:
        return estimates
    stage, level = estimates.options.stage(cells.design), np.zeros(cells.size, dtype=np.int64)
    parts, start = list(estimates.parts), len(estimates)
    value: list[float] = []
    deviations = [] if estimates.deviations is None else [estimates.deviations]
    for name in cells.blocks:
        linear = linearize(cells, name, estimates.target, level=level, levels=1, stage=stage)
        if linear.deviations is not None:
            deviations.append(linear.deviations)
        parts.append(Part(name, start + len(value), level, linear))
        value.append(float(linear.estimate[0]))
    labels = np.array([cells.name(name) for name in cells.blocks], dtype=object)
    size = len(value)

    def joined(column: NDArray[Any], more: Any) -> NDArray[Any]:
        return np.concatenate([column, more])

    return replace(
        estimates,
        item=joined(estimates.item, labels[:, 0]),
        category=joined(estimates.category, labels[:, 1]),
        domain=joined(estimates.domain, np.full(size, TOTAL, dtype=object)),
        level=joined(estimates.level, np.full(size, TOTAL, dtype=object)),
        estimate=joined(estimates.estimate, value),
        df_design=joined(estimates.df_design, [part.linear.df_design[0] for part in parts[-size:]]),
        parts=tuple(parts),
        deviations=np.concatenate(deviations, axis=1) if deviations else None,
    )
