"""How do rows in any frame library become sufficient statistics?

The only room that imports narwhals, and only when the first rows come: weights of published strata need none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aibaro._lazy import on_first_use
from aibaro.frames.requests import Below, Extremes, GroupTable, Infinite, Present, Product, Request, Within

if TYPE_CHECKING:
    from aibaro.frames._rows import Rows, read
    from aibaro.frames.row_files import add_columns, read_rows

__all__ = [
    "Below",
    "Extremes",
    "GroupTable",
    "Infinite",
    "Present",
    "Product",
    "Request",
    "Rows",
    "Within",
    "add_columns",
    "read",
    "read_rows",
]

__getattr__, __dir__ = on_first_use(__name__)
