"""What does every result offer?  One base class and one vocabulary of columns."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["COLUMNS", "Result", "plain"]

# Columns of results in their order; a result has those that apply to it.  Models use `term` in place of the first four.
COLUMNS: tuple[str, ...] = (
    "item",
    "category",
    "domain",
    "level",
    "estimate",
    "std_error",
    "cv",
    "statistic",
    "df",
    "p_value",
    "conf_low",
    "conf_high",
    "conf_level",
    "method",
    "n",
    "n_eff",
    "deff",
    "missing",
    "reliability",
)


class Result:
    """What every result offers: a frame, a dictionary, a summary, and a face in notebooks.

    Notes
    -----
    Subclasses are frozen dataclasses and define :meth:`to_frame`; they override :meth:`summary` and :meth:`note`
    where a plain table does not tell enough.  Full precision is kept; only the summary rounds.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Mean(Result):
    ...     value: float
    ...     def to_frame(self):
    ...         return pd.DataFrame({"estimate": [self.value]})
    >>> print(Mean(1 / 3).summary())
     estimate
       0.3333
    """

    __slots__ = ()

    def to_frame(self) -> pd.DataFrame:
        """Return the result as a frame, one row per estimate.

        Returns
        -------
        pandas.DataFrame
            Columns of :data:`COLUMNS` first, at full precision.
        """
        raise NotImplementedError

    def note(self) -> str:
        """Say how the result was made.

        Returns
        -------
        str
            One line below the table of :meth:`summary`; empty where there is nothing to add.
        """
        return ""

    def summary(self) -> str:
        """Return a table for reading, rounded to four significant digits.

        Returns
        -------
        str
            The table and the note.
        """
        table = self.to_frame().to_string(index=False, float_format=lambda value: f"{value:.4g}")
        return "\n".join(filter(None, [table, self.note()]))

    def to_dict(self) -> dict[str, Any]:
        """Return the rows as plain values, ready for JSON.

        Returns
        -------
        dict
            ``rows``: a list of records; undefined numbers are None.
        """
        rows = self.to_frame().to_dict(orient="records")
        return {"rows": [{str(name): plain(value) for name, value in row.items()} for row in rows]}

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"


def plain(value: Any) -> Any:
    """Turn a value into what JSON knows.

    Parameters
    ----------
    value : object
        A number, text, array, mapping, sequence or dataclass.

    Returns
    -------
    object
        Python's own types; NaN and infinite numbers are None.

    Examples
    --------
    >>> plain({"a": np.float64("nan"), "b": np.arange(2)})
    {'a': None, 'b': [0, 1]}
    """
    if isinstance(value, np.ndarray):
        return [plain(part) for part in value.tolist()]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return value
