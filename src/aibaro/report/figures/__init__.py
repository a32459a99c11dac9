"""Figures of a re-analysis: each takes a frame of results, draws on an Axes and returns it.

None of them computes a statistic; all follow the caller's rcParams.  The house style is
:func:`aibaro.report.style.house_style`.
"""

from __future__ import annotations

from importlib import import_module
from inspect import isfunction, signature
from pkgutil import iter_modules
from typing import Any

from aibaro.report.figures.axes import named, rows_height
from aibaro.report.style import OKABE_ITO, house_style

__all__ = ["OKABE_ITO", "house_style", "named", "rows_height"]


def _figures() -> dict[str, Any]:
    """What the modules here define and draw on axes."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    named_here = [(m, name, value) for m in modules for name, value in vars(m).items() if name[0] != "_"]
    own = {name: value for m, name, value in named_here if isfunction(value) and value.__module__ == m.__name__}
    return {name: value for name, value in own.items() if {"frame", "ax"} <= set(signature(value).parameters)}


globals().update(_figures())
__all__.extend(sorted(_figures()))


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
