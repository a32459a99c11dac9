"""Arguments of a wrong type are refused at the door, all together, in the form of every error."""

from __future__ import annotations

import inspect
import numbers
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from aibaro.errors import FaultList

P = ParamSpec("P")
T = TypeVar("T")
UNIONS = frozenset({typing.Union, types.UnionType})
# numpy writes its argument type as a union of many, or as a name of its own (numpy 2.5 under Python 3.12)
ARRAY = frozenset(typing.get_args(ArrayLike) or (ArrayLike,))
ALIAS = getattr(typing, "TypeAliasType", ())


def typed(function: Callable[P, T]) -> Callable[P, T]:
    """Hold the arguments of a function against its annotations before it runs; values are its own to check.

    Examples
    --------
    >>> @typed
    ... def half(n: float) -> float:
    ...     return n / 2
    >>> half(3)
    1.5
    """
    signature = inspect.signature(function)
    known: dict[str, Any] = {}

    @wraps(function)
    def door(*args: P.args, **kwargs: P.kwargs) -> T:
        if not known:
            known.update(_annotations(function))
        faults = FaultList("arguments of a wrong type", where=function.__name__)
        for name, value in signature.bind(*args, **kwargs).arguments.items():
            if name in known and not _fits(value, known[name]):
                faults.add(
                    "not of the type that is asked for",
                    parameter=name,
                    expected=_said(known[name]),
                    got=f"{type(value).__name__}: {value!r}"[:120],
                )
        faults.raise_if_any()
        return function(*args, **kwargs)

    return door


def _annotations(function: Callable[..., Any]) -> dict[str, Any]:
    """Types of the parameters; a name that type checkers alone know stands for anything."""
    unknown: dict[str, Any] = {}
    while True:
        try:
            return typing.get_type_hints(function, localns=unknown)
        except NameError as error:
            unknown[str(error.name)] = Any


def _is_array_like(own: tuple[Any, ...]) -> bool:
    return set(own) >= ARRAY


def _parts(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    """Origin and arguments of a type, of what a name stands for where it is one."""
    origin, own = typing.get_origin(kind), typing.get_args(kind)
    if kind == ArrayLike and not own:
        return typing.Union, (kind,)
    return _parts(origin.__value__[own]) if isinstance(origin, ALIAS) else (origin, own)


def _said(kind: Any) -> str:
    origin, own = _parts(kind)
    if origin in UNIONS:
        rest = [_said(one) for one in own if not _is_array_like(own) or one not in ARRAY]
        return " | ".join(["number or array of numbers"] * _is_array_like(own) + rest)
    if kind is types.NoneType:
        return "None"
    text = kind.__name__ if isinstance(kind, type) and not typing.get_args(kind) else str(kind)
    for module in ("collections.abc.", "typing.", "numpy.", "pandas.", "pathlib."):
        text = text.replace(module, "")
    return text.replace("DataFrame", "pandas.DataFrame") if text == "DataFrame" else text


def _fits(value: Any, kind: Any) -> bool:
    """Tell whether a value is of an annotated type."""
    origin, own = _parts(kind)
    if origin in UNIONS:
        if _is_array_like(own) and (_is_number(value) or _is_array(value)):
            return True
        return any(_fits(value, one) for one in own if not _is_array_like(own) or one not in ARRAY)
    if origin is typing.Literal:
        return any(type(value) is type(one) and value == one for one in own)
    if kind is Any:
        return True
    if kind is None or kind is type(None):
        return value is None
    if kind in {int, float}:
        return _is_number(value) and (kind is float or isinstance(value, numbers.Integral))
    if origin is None:
        return not isinstance(kind, type) or isinstance(value, kind)
    if origin is np.ndarray:
        return _is_array(value)
    if origin is tuple and own and own[-1] is not ...:
        return isinstance(value, tuple | list) and len(value) == len(own) and all(map(_fits, value, own))
    return _holds(value, origin, own)


def _holds(value: Any, origin: Any, own: tuple[Any, ...]) -> bool:
    """Tell whether a collection is of an annotated type, entries included."""
    if origin is Callable:
        return callable(value)
    if not isinstance(origin, type):
        return True
    if issubclass(origin, Mapping):
        entries = own or (Any, Any)
        return isinstance(value, Mapping) and all(
            _fits(k, entries[0]) and _fits(v, entries[1]) for k, v in value.items()
        )
    if origin in {Sequence, Collection, Iterable, list, tuple}:
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
            return False
        # what can be read once only is read by the function alone
        return not own or not isinstance(value, list | tuple) or all(_fits(entry, own[0]) for entry in value)
    return isinstance(value, origin)


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)


def _is_array(value: Any) -> bool:
    if isinstance(value, str | bytes | Mapping | Path) or not isinstance(value, Iterable):
        return False
    array = np.asarray(value) if hasattr(value, "dtype") or isinstance(value, list | tuple) else None
    return array is not None and array.dtype.kind in "buif"
