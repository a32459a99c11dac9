"""Names of a room that are loaded on first use, so that one formula does not load every solver."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any


def on_first_use(room: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a room that imports its exports under ``if TYPE_CHECKING`` alone.

    What type checkers read is what is loaded: no second table of names.
    """

    @cache
    def homes() -> dict[str, str]:
        blocks = [node for node in ast.parse(inspect.getsource(sys.modules[room])).body if isinstance(node, ast.If)]
        imports = [line for block in blocks for line in block.body if isinstance(line, ast.ImportFrom)]
        return {alias.name: str(line.module) for line in imports for alias in line.names}

    def load(name: str) -> Any:
        if name.startswith("__") or name not in homes():
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        value = getattr(import_module(homes()[name]), name)
        setattr(sys.modules[room], name, value)
        return value

    return load, lambda: list(vars(sys.modules[room])["__all__"])
