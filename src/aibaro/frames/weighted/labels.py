"""One name for a level, whatever the type of its column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from aibaro._arrays import IntArray
from aibaro.errors import InputError


def label(value: Any) -> str:
    """Name a value of a key column.

    Examples
    --------
    >>> label(3.0), label(3), label("a"), label(True)
    ('3', '3', 'a', 'True')
    """
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def sorted_labels(raw: Sequence[Any], column: str) -> tuple[tuple[str, ...], IntArray]:
    """Sort the levels of a column and name them.

    Examples
    --------
    >>> sorted_labels(["b", None, "a"], "size")
    (('a', 'b'), array([ 1, -1,  0]))
    """
    there = [i for i, v in enumerate(raw) if v is not None and not (isinstance(v, float) and np.isnan(v))]
    order = sorted(there, key=lambda i: (0, raw[i], "") if isinstance(raw[i], int | float) else (1, 0, label(raw[i])))
    labels = tuple(label(raw[i]) for i in order)
    twice = sorted({a for a in labels if labels.count(a) > 1}) if len(set(labels)) < len(labels) else []
    if twice:
        raise InputError(
            "different values of a column read the same",
            parameter=column,
            got=", ".join(twice),
            hint="give the column one type",
        )
    table = np.full(len(raw), -1, dtype=np.int64)
    table[order] = np.arange(len(order))
    return labels, table
