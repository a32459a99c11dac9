"""Is an argument of the type and in the range that it must have?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aibaro._arguments import finite
from aibaro._arguments import is_number as numeric
from aibaro.design import Design
from aibaro.errors import FaultList, InputError

DF_RULES = ("design", "satterthwaite")


def is_number(value: Any) -> bool:
    """Tell whether an argument is a finite number, and no boolean."""
    return numeric(value) and finite(value)


def check_df(df: Any, faults: FaultList) -> None:
    """Record degrees of freedom that are neither a rule nor a positive number."""
    rule = isinstance(df, str) and df in DF_RULES
    # a normal distribution has infinitely many
    number = numeric(df) and df > 0
    if not rule and not number:
        faults.add(
            "not degrees of freedom", parameter="df", expected=f"{', '.join(DF_RULES)} or a number > 0", got=repr(df)
        )


def check_level(conf_level: Any, faults: FaultList) -> None:
    """Record a confidence level that is not a probability."""
    if not is_number(conf_level) or not 0 < conf_level < 1:
        faults.add(
            "not a confidence level",
            parameter="conf_level",
            expected="a number between 0 and 1",
            got=repr(conf_level),
            hint="write 0.95 for 95%",
        )


def check_design(design: Any) -> None:
    """Refuse what is no design, before anything is read from it."""
    if not isinstance(design, Design):
        raise InputError(
            "not a design",
            where="aibaro.estimate",
            parameter="design",
            expected="a Design",
            got=type(design).__name__,
            hint="Design.from_frame(rows, strata=..., weight=...) declares one",
        )


def items_of(item: Any, parameter: str = "item") -> list[str]:
    """Read one column or several, each once."""
    names = [item] if isinstance(item, str) else list(item) if isinstance(item, list | tuple) else None
    if not names or not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
        raise InputError(
            "items are missing or repeated",
            where="aibaro.estimate",
            parameter=parameter,
            expected="the name of a column, or a list of names, each once",
            got=repr(item),
        )
    return names


def check_columns(columns: Mapping[str, Any], faults: FaultList, optional: Iterable[str] = ()) -> None:
    """Record arguments that are no names of columns; some may be left out."""
    for parameter, value in columns.items():
        if value is None and parameter in optional:
            continue
        if not isinstance(value, str) or not value:
            faults.add("not the name of a column", parameter=parameter, expected="text", got=repr(value))


def check_domain(domain: Any, faults: FaultList) -> None:
    """Record a domain that is no mapping of columns to levels."""
    if domain is None:
        return
    if not isinstance(domain, Mapping) or not all(isinstance(name, str) and name for name in domain):
        faults.add(
            "not a domain",
            parameter="domain",
            expected="a mapping of column to level or levels, such as {'size': 'small'}",
            got=repr(domain),
        )
        return
    for name, levels in domain.items():
        empty = isinstance(levels, list | tuple | set | frozenset | Mapping) and (
            not levels or isinstance(levels, Mapping)
        )
        if levels is None or empty:
            faults.add(
                "no level is named", parameter="domain", expected="a level, or several", got=f"{name}: {levels!r}"
            )
