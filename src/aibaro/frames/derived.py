"""Which columns do tables need that rows do not hold: chosen answers of a set, crossed variables, codes of labels?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import narwhals.stable.v2 as nw

from aibaro.frames._engine import column as named
from aibaro.frames._engine import engine_refusals, finite
from aibaro.frames._rows import Rows

# parts crossed levels; no text of a survey holds it
UNIT = "\x1f"


def with_choices(rows: Rows, choices: Mapping[str, tuple[Sequence[str], Sequence[tuple[str, str]]]]) -> Rows:
    """Add yes-or-no columns: whether any of some columns holds a level, where any column of the set is present.

    Parameters
    ----------
    rows : Rows
        The rows.
    choices : mapping of str to (columns of the set, pairs of column and level)
        What each new column tells.

    Returns
    -------
    Rows
        The rows with further columns; missing where no column of the set is present.
    """
    made = {}
    for name, (base, pairs) in choices.items():
        asked = reduce(lambda a, b: a | b, [finite(rows, column) for column in base])
        chosen = reduce(lambda a, b: a | b, [_holds(rows, column, level) for column, level in pairs])
        made[name] = nw.when(asked).then(chosen)
    return _with(rows, made, nw.Boolean())


def with_crossed(rows: Rows, crossed: Mapping[str, Sequence[str]]) -> Rows:
    """Add columns of crossed levels, missing where one of their variables is.

    Parameters
    ----------
    rows : Rows
        The rows.
    crossed : mapping of str to sequence of str
        Variables of each new column.

    Returns
    -------
    Rows
        The rows with further columns.
    """
    made = {}
    for name, variables in crossed.items():
        present = reduce(lambda a, b: a & b, [finite(rows, variable) for variable in variables])
        texts = [_text(rows, variable) for variable in variables]
        made[name] = nw.when(present).then(nw.concat_str(texts, separator=UNIT))
    return _with(rows, made, nw.String())


def with_filled(rows: Rows, name: str, column: str, text: str) -> Rows:
    """Add a column of texts in which a missing value is an answer of its own.

    Parameters
    ----------
    rows : Rows
        The rows.
    name, column : str
        The new column, and the one that it is made of.
    text : str
        What stands for a missing value.

    Returns
    -------
    Rows
        The rows with one more column.
    """
    value = nw.when(finite(rows, column)).then(_text(rows, column)).otherwise(nw.lit(text))
    return _with(rows, {name: value}, nw.String())


def with_codes(rows: Rows, codes: Mapping[str, tuple[str, Mapping[str, float]]]) -> Rows:
    """Add the numbers behind the labels of columns.

    Parameters
    ----------
    rows : Rows
        The rows.
    codes : mapping of str to (column, mapping of label to number)
        What each new column holds.

    Returns
    -------
    Rows
        The rows with further columns; missing where a label has no number.
    """
    made: dict[str, Any] = {}
    for name, (source, numbers) in codes.items():
        value: Any = nw.lit(None, nw.Float64)
        for label, number in numbers.items():
            value = nw.when(_holds(rows, source, label)).then(nw.lit(float(number))).otherwise(value)
        made[name] = value
    return _with(rows, made, nw.Float64())


def _holds(rows: Rows, column: str, level: str) -> nw.Expr:
    """Whether a column holds a level; no where it is missing."""
    return (
        _text(rows, column).fill_null("") == level
        if not rows.is_boolean(column)
        else (named(rows, column).fill_null(level != "True") == (level == "True"))
    )


def _text(rows: Rows, column: str) -> nw.Expr:
    """The level as keys of a group-by spell it."""
    value = named(rows, column)
    if rows.is_boolean(column):
        return nw.when(value).then(nw.lit("True")).otherwise(nw.lit("False"))
    text = value.cast(nw.String)
    # a whole number is spelled without its decimals
    return text.str.replace_all(r"\.0$", "") if rows.schema[column].is_float() else text


@engine_refusals()
def _with(rows: Rows, made: Mapping[str, Any], kind: Any) -> Rows:
    if not made:
        return rows
    frame: Any = nw.from_native(rows.pandas) if rows.pandas is not None else rows.frame
    frame = frame.with_columns(*[value.alias(name) for name, value in made.items()])
    native = frame.to_native() if rows.pandas is not None else None
    return replace(rows, frame=frame.lazy(), schema={**rows.schema, **dict.fromkeys(made, kind)}, pandas=native)
