"""How do weights get onto rows?  Cells of key columns, and weights written back where the rows live."""

from __future__ import annotations
