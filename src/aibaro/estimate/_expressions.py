"""Arithmetic over named estimates with its derivative."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable

import numpy as np

from aibaro._arrays import FloatArray
from aibaro.errors import InputError

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
