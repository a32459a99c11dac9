"""Arguments that several functions share, read once and refused in one form."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aibaro.errors import FaultList, InputError

CROSS = "×"
_GROUPED = re.compile(r"\s*[+-]?[1-9][0-9]{0,2}\.[0-9]{3}\s*")
_LARGEST = float(np.finfo(float).max)


def column_names(value: Any, parameter: str, where: str) -> tuple[str, ...]:
    """Read one column name or several.

    Examples
    --------
    >>> column_names("size", "strata", "base"), column_names(["size", "sector"], "strata", "base")
    (('size',), ('size', 'sector'))
    """
    if value is None:
        return ()
    names = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list | tuple) else (value,)
    if any(not isinstance(name, str) or not name for name in names) or len(set(names)) < len(names):
        raise InputError(
            "not names of columns",
            where=where,
            parameter=parameter,
            expected="the name of a column, or a list of names, each once",
            got=repr(value),
        )
    return names


def check_choice(value: Any, choices: Iterable[str], parameter: str, faults: FaultList) -> bool:
    """Record a value that is none of the choices; tell whether it is one."""
    known = tuple(choices)
    good = isinstance(value, str) and value in known
    if not good:
        faults.add("unknown choice", parameter=parameter, expected=", ".join(known), got=repr(value))
    return good


def is_number(value: Any) -> bool:
    """Tell whether a value is one number, a yes or no not being one."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool | np.bool_)


def number_of(value: Any) -> float:
    """Read a number, also from text; NaN for what is none, and for a text that may be thousands.

    Examples
    --------
    >>> number_of("9000"), number_of("0.125"), number_of("9.000"), number_of(None)
    (9000.0, 0.125, nan, nan)
    """
    if isinstance(value, bool | np.bool_) or (isinstance(value, str) and _GROUPED.fullmatch(value)):
        return np.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan


def finite(value: float) -> bool:
    """Tell whether a number is one that floating-point numbers hold; whole ones may have any number of digits."""
    return bool(-_LARGEST <= value <= _LARGEST)


def check_number(
    value: Any,
    parameter: str,
    faults: FaultList,
    *,
    low: float = -np.inf,
    high: float = np.inf,
    open_low: str = "",
    whole: str = "",
    expected: str = "a number",
) -> bool:
    """Record a value that is not a finite number in a range; `open_low` says that the lower end is outside it."""
    good = is_number(value) and finite(value) and low <= value <= high and not (open_low and value == low)
    good = good and not (whole and value != int(value))
    if not good:
        faults.add("not a number that can be used", parameter=parameter, expected=expected, got=repr(value))
    return good


#: Largest sum of weights: it can still be multiplied by outcomes.
LARGEST_SUM = 1e300


def check_sum(values: NDArray[np.float64], what: str, most: float = LARGEST_SUM) -> None:
    """Refuse numbers whose sum, or what it is multiplied by, would be none."""
    with np.errstate(over="ignore"):
        size = float(values.sum())
    if not size <= most:
        raise InputError(
            "numbers that are too large to compute with",
            parameter=what,
            expected=f"a sum up to {most:g}",
            got=f"{size:g}",
            hint="divide them all, and the population, by one number",
        )


def shown(names: Iterable[Any], most: int = 8) -> str:
    """List names in quotes, the first few of many.

    Examples
    --------
    >>> shown(["a ", "b", "c"], most=2)
    "'a '; 'b'; and 1 more"
    """
    every = [repr(str(name)) for name in names]
    more = len(every) - most
    return "; ".join(every[:most]) + (f"; and {more} more" if more > 0 else "")
