"""Which table do people publish?  Answers by a banner, with bases, intervals and letters."""

from __future__ import annotations

from aibaro.tables._crosstab import Crosstab, crosstab, write_excel

__all__ = ["Crosstab", "crosstab", "write_excel"]
