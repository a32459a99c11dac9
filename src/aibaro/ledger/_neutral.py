"""How is text kept from being read as a formula by a spreadsheet?"""

from __future__ import annotations

import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def neutral(cell: object) -> object:
    """Keep a spreadsheet from reading a text as a formula.

    Examples
    --------
    >>> neutral("=1+1"), neutral("fl23.t3"), neutral(-1.5)
    ("'=1+1", 'fl23.t3', -1.5)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def neutralised(frame: pd.DataFrame) -> pd.DataFrame:
    """Neutralise every text cell of a frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        The frame; it stays as it is.

    Returns
    -------
    pandas.DataFrame
        A frame in which no text is taken for a formula.
    """
    return frame.map(neutral)
