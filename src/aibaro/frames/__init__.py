"""How do rows in any frame library become sufficient statistics?

The only room that imports narwhals.
"""

from __future__ import annotations

from aibaro.frames.requests import Below, Extremes, GroupTable, Present, Product, Request, Within
from aibaro.frames.rows import Rows, read

__all__ = ["Below", "Extremes", "GroupTable", "Present", "Product", "Request", "Rows", "Within", "read"]
