"""How do a few columns of rows in any frame library come into memory?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from aibaro._arrays import IntArray
from aibaro.frames._engine import WIDEST, column, engine_refusals
from aibaro.frames._rows import Rows
from aibaro.frames.requests import text_of


@engine_refusals()
def collect(rows: Rows, names: Sequence[str]) -> pd.DataFrame:
    """Bring columns into a pandas frame, rows in their order; declared levels become ordered categories.

    Parameters
    ----------
    rows : Rows
        The rows.
    names : sequence of str
        The columns.

    Returns
    -------
    pandas.DataFrame, shape (n, len(names))
        The columns.

    Examples
    --------
    >>> from aibaro.frames import read
    >>> collect(read(pd.DataFrame({"a": [1, 2], "b": [3, 4]})), ["b"])["b"].tolist()
    [3, 4]
    """
    wanted = list(dict.fromkeys(names))
    if rows.pandas is not None:
        # what objects of Python hold is looked at where they become columns of one type
        rows._columns([name for name in wanted if rows.schema[name] == nw.Object])
        frame: pd.DataFrame = rows.pandas[wanted].reset_index(drop=True)
    else:
        selected = rows.frame.select(
            *(
                # no other engine holds integers of 128 bits
                (column(rows, name).cast(nw.Float64) if rows.schema[name] in WIDEST else column(rows, name)).alias(name)
                for name in wanted
            )
        )
        table = selected.collect(backend="pyarrow").to_native()
        frame = pd.DataFrame({name: _plain(table.column(name)) for name in wanted})
    for name in wanted:
        order = rows.order.get(name)
        if order and not isinstance(frame[name].dtype, pd.CategoricalDtype):
            words = frame[name].astype("str").where(frame[name].notna())
            frame[name] = pd.Categorical(words, categories=list(order), ordered=True)
    return frame


def _plain(values: Any) -> pd.Series:
    import pyarrow

    if pyarrow.types.is_dictionary(values.type):
        # values may stand twice in a dictionary, or be null in it
        values = values.cast(values.type.value_type)
    series: pd.Series = values.to_pandas()
    return series


def text_codes(values: pd.Series) -> tuple[list[str], IntArray]:
    """Number the levels of a column by their texts; the text of a missing value is empty.

    Parameters
    ----------
    values : pandas.Series, shape (n,)
        The column.

    Returns
    -------
    levels : list of str
        Texts, as keys of a group-by spell them.
    codes : numpy.ndarray of int64, shape (n,)
        Number of the level of each row.

    Examples
    --------
    >>> text_codes(pd.Series([2.0, 1.0, None]))
    (['2', '1', ''], array([0, 1, 2]))
    """
    codes, uniques = pd.factorize(values, use_na_sentinel=True)
    words = [text_of(value) for value in uniques.tolist()]
    place: dict[str, int] = {}
    for word in words:
        place.setdefault(word, len(place))
    if (codes < 0).any():
        place.setdefault("", len(place))
    lookup = np.array([*(place[word] for word in words), place.get("", -1)], dtype=np.int64)
    return list(place), lookup[codes]
