"""How did a printed table look?  Rows and columns as they stand in the publication, cells as text."""

from __future__ import annotations

import pandas as pd

from aibaro.errors import InputError
from aibaro.published._survey import PublishedSurvey
from aibaro.rounding.notation import natural_order

_CELL = r"^Table (?P<number>\w+), row (?P<row>.+), column (?P<column>.+)$"


def table_numbers(survey: PublishedSurvey) -> tuple[str, ...]:
    """List the printed tables of a survey.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.

    Returns
    -------
    tuple of str
        Numbers of the tables that have cells, in their order.

    Notes
    -----
    A cell is a printing whose location reads ``Table N, row R, column C``.

    Examples
    --------
    >>> from aibaro.published import load
    >>> table_numbers(load("flanders-2023"))
    ('1', '2', '3', '4', '5', '6')
    """
    found = survey.printed["location"].str.extract(_CELL)["number"].dropna().unique()
    return tuple(sorted(found, key=natural_order))


def table_cells(survey: PublishedSurvey, number: str | int) -> pd.DataFrame:
    """Return the printings of a table together with their place in it.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    number : str or int
        Number of the table.

    Returns
    -------
    pandas.DataFrame
        The rows of ``printed`` that are cells of the table, with ``row`` and ``column`` in front.

    Raises
    ------
    InputError
        When the survey has no such table.

    Examples
    --------
    >>> from aibaro.published import load
    >>> cells = table_cells(load("flanders-2023"), 3)
    >>> cells[["row", "column", "printed"]].head(2).values.tolist()
    [['NACE 10-33', 'text analysis', '6,3%'], ['NACE 10-33', 'speech recognition', '6,5%']]
    """
    places = survey.printed["location"].str.extract(_CELL)
    mask = places["number"] == str(number)
    if not mask.any():
        known = ", ".join(table_numbers(survey)) or "none: no location reads 'Table N, row R, column C'"
        raise InputError(
            "there is no such table", where=survey.name, parameter="table", expected=known, got=str(number)
        )
    return pd.concat([places.loc[mask, ["row", "column"]], survey.printed.loc[mask]], axis=1).reset_index(drop=True)


def printed_table(survey: PublishedSurvey, number: str | int) -> pd.DataFrame:
    """Lay out a table as it was printed.

    Parameters
    ----------
    survey : PublishedSurvey
        The survey.
    number : str or int
        Number of the table.

    Returns
    -------
    pandas.DataFrame
        Printed text, rows and columns in the order of the publication; empty text where nothing was printed.

    Raises
    ------
    InputError
        When the survey has no such table, or two printings claim one cell.

    Examples
    --------
    >>> from aibaro.published import load
    >>> printed_table(load("flanders-2023"), 3).loc["NACE 58-63", "natural language generation"]
    '38,8%'
    """
    cells = table_cells(survey, number)
    twice = cells.loc[cells.duplicated(["row", "column"], keep=False)]
    if len(twice):
        raise InputError(
            "two printings claim one cell of the table",
            where=f"{survey.name}, Table {number}",
            parameter="location",
            expected="one printing a cell",
            got=", ".join(twice["id"]),
        )
    wide = cells.pivot(index="row", columns="column", values="printed").fillna("")
    wide = wide.loc[cells["row"].drop_duplicates(), cells["column"].drop_duplicates()]
    return wide.rename_axis(index=None, columns=None)
