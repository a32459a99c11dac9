"""How many of these differences survive being looked at together?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from aibaro._arrays import FloatArray
from aibaro._typed import typed
from aibaro.errors import InputError


def _holm(ordered: FloatArray) -> FloatArray:
    return np.maximum.accumulate(ordered * np.arange(len(ordered), 0, -1))


def _benjamini_hochberg(ordered: FloatArray) -> FloatArray:
    raised = ordered * len(ordered) / np.arange(1, len(ordered) + 1)
    return np.asarray(np.minimum.accumulate(raised[::-1])[::-1], dtype=float)


def _bonferroni(ordered: FloatArray) -> FloatArray:
    return np.asarray(ordered * len(ordered), dtype=float)


# Each takes ascending p values of one family.  statsmodels' multipletests gives the same numbers (a test compares
# them), but collects garbage at every call, which made it the slowest step of a table of 600 comparisons.
METHODS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "holm": _holm,
    "bh": _benjamini_hochberg,
    "bonferroni": _bonferroni,
}


@typed
def adjust(p_values: ArrayLike, method: str = "holm", family: Sequence[Any] | None = None) -> FloatArray:
    """Adjust p values for the number of tests in their family.

    Parameters
    ----------
    p_values : array_like of float, any length m
        The p values.
    method : {"holm", "bh", "bonferroni"}
        Holm's or Bonferroni's familywise error rate, or Benjamini and Hochberg's false discovery rate.
    family : sequence, optional
        Label of each value's family; by default all belong to one.

    Returns
    -------
    numpy.ndarray of float, length m
        Adjusted values, at most 1, in the order of `p_values`.

    Raises
    ------
    InputError
        For an unknown method, values outside [0, 1] or labels that do not fit.

    Notes
    -----
    All three are monotone: raising one p value lowers no adjusted value.  Upper bounds of p values therefore give
    upper bounds of adjusted ones, which is how verdicts stay rigorous under rounding.

    References
    ----------
    Holm, S. (1979). https://www.jstor.org/stable/4615733
    Benjamini, Y. and Hochberg, Y. (1995). https://doi.org/10.1111/j.2517-6161.1995.tb02031.x

    Examples
    --------
    >>> adjust([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    values = np.atleast_1d(np.asarray(p_values, dtype=float))
    if method not in METHODS:
        raise InputError("unknown adjustment", parameter="method", expected=", ".join(METHODS), got=repr(method))
    if values.ndim != 1 or not np.all((values >= 0) & (values <= 1)):
        raise InputError(
            "not a list of p values",
            parameter="p_values",
            expected="numbers from 0 to 1",
            got=str(values[~((values >= 0) & (values <= 1))][:3]),
        )
    labels = ["all"] * len(values) if family is None else list(family)
    if len(labels) != len(values):
        raise InputError(
            "families and p values do not fit",
            parameter="family",
            expected=f"{len(values)} labels",
            got=str(len(labels)),
        )
    result = np.empty_like(values)
    for label in dict.fromkeys(labels):
        members = np.flatnonzero([name == label for name in labels])
        order = members[np.argsort(values[members], kind="stable")]
        result[order] = np.minimum(METHODS[method](values[order]), 1.0)
    return result
