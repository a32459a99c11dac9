"""Replicate weights that rows hold: their kinds, what squared deviations are multiplied by, and their variance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from aibaro._arguments import check_choice, check_number, is_number, shown
from aibaro._arrays import FloatArray
from aibaro.errors import FaultList, repeated
from aibaro.rounding.notation import natural_order

KINDS = ("BRR", "Fay", "JK1", "JK2", "JKn", "ACS", "SDR", "bootstrap", "custom")
CENTERS = ("estimate", "replicates")
# names that providers give their replicate weights, followed by a number
_STEMS = re.compile(
    r"^(rw|rwt|rep_?|repl_?|replicate_?|rep_?wgt|rep_?wt|rep_?weight|replicate_?weight|brr_?|brr_?wt|fay_?|jk_?|jk[12n]_|"
    r"bsw|boot_?|bootwt|bs_?wt|w_fstr|w_fstu?rwt|p?wgtp|pwtp|wtrep|wrep|wt_?rep|wtfa_?|rpl|btw|spfwt|repw|"
    r"w?rep_?wt?g?t?p?|w_?rep_?weight_?|jk_?w_?|jk_?wt_?|jk_?rep_?|brr_?w_?|wtbs_?|bs_?w_|(person_)?finwt|finalwt|nweight|"
    r"rakedw|[ph]weight|pwwgt|wt[pm]q?re?p|fpwrep)\d{1,4}$",
    re.IGNORECASE,
)
_FEW = 4


@dataclass(frozen=True, slots=True)
class Replicates:
    """Replicate weights of the rows, and the variance that they stand for.

    Parameters
    ----------
    columns : tuple of str, length R
        Columns of the replicate weights.
    kind : {"BRR", "Fay", "JK1", "JK2", "JKn", "ACS", "SDR", "bootstrap", "custom"}
        How they were made.
    factors : tuple of float, length R
        What the squared deviation of each replicate is multiplied by, scale times rscale.
    center : {"estimate", "replicates"}
        Deviations from the estimate with the full-sample weights, or from the mean of the replicates.
    df : float
        Degrees of freedom.
    rho : float or None
        Fay's factor.
    scale : float
        Common factor.
    rscales : tuple of float or None
        Factor of each replicate, where it was given.

    Notes
    -----
    V = Σ_r factor_r (θ_r - c)(θ_r - c)', c the estimate with the full-sample weights or the mean of θ_r over the
    replicates whose factor is not zero (as R's svrepdesign does by default).
    """

    columns: tuple[str, ...]
    kind: str
    factors: tuple[float, ...]
    center: str
    df: float
    rho: float | None = None
    scale: float = 1.0
    rscales: tuple[float, ...] | None = None

    def deviations(self, values: FloatArray, estimate: FloatArray) -> FloatArray:
        """Scaled deviations of replicate estimates (R, J), whose squares add up to the variance.

        Parameters
        ----------
        values : numpy.ndarray of float, shape (R, J)
            Estimates of each replicate.
        estimate : numpy.ndarray of float, shape (J,)
            Estimates of the full sample.

        Returns
        -------
        numpy.ndarray of float, shape (R, J)
            Deviations from the centre, each times the root of its scale.
        """
        factor = np.array(self.factors)
        if self.center == "replicates":
            estimate = values[factor > 0].mean(axis=0)
        return np.asarray(np.sqrt(factor)[:, None] * (values - estimate))

    def variance(self, values: FloatArray, estimate: FloatArray) -> FloatArray:
        """Variance of each of J estimates from those of the replicates, shape (R, J).

        Parameters
        ----------
        values : numpy.ndarray of float, shape (R, J)
            Estimates of each replicate.
        estimate : numpy.ndarray of float, shape (J,)
            Estimates of the full sample.

        Returns
        -------
        numpy.ndarray of float, shape (J,)
            Variances.
        """
        return np.asarray((self.deviations(values, estimate) ** 2).sum(axis=0))

    def covariance(self, values: FloatArray, estimate: FloatArray) -> FloatArray:
        """Covariance of J estimates from those of the replicates, shape (J, J).

        Parameters
        ----------
        values : numpy.ndarray of float, shape (R, J)
            Estimates of each replicate.
        estimate : numpy.ndarray of float, shape (J,)
            Estimates of the full sample.

        Returns
        -------
        numpy.ndarray of float, shape (J, J)
            Covariances.
        """
        deviations = self.deviations(values, estimate)
        return np.asarray(deviations.T @ deviations)


def default_scale(kind: str, number: int, rho: float | None) -> float:
    """Common factor of a kind of R replicates, about the full-sample estimate.

    Examples
    --------
    >>> default_scale("ACS", 80, None), default_scale("Fay", 8, 0.5), default_scale("JK1", 8, None)
    (0.05, 0.5, 0.875)
    """
    if kind == "Fay" and rho is not None:
        return 1 / (number * (1 - rho) ** 2)
    scales = {
        "BRR": 1 / number,
        "JK1": (number - 1) / number,
        "JK2": 1.0,
        "ACS": 4 / number,
        "SDR": 4 / number,
        "bootstrap": 1 / (number - 1),
    }
    return scales.get(kind, 1.0)


def find_columns(pattern: Any, columns: Sequence[str], weight: str | None, faults: FaultList) -> tuple[str, ...]:
    """Name the columns of the replicate weights: a glob in order of the numbers, or a list as it stands."""
    if isinstance(pattern, str):
        found = sorted((c for c in columns if fnmatchcase(c, pattern) and c != weight), key=natural_order)
    elif isinstance(pattern, Sequence) and all(isinstance(name, str) for name in pattern):
        found = list(pattern)
        unknown = [name for name in found if name not in columns]
        twice = repeated(found)
        for problem, names in (("unknown column", unknown), ("a column stands twice", twice)):
            if names:
                faults.add(problem, parameter="replicates", got=shown(names), expected="columns of the rows, each once")
                found = []
    else:
        faults.add(
            "not the columns of replicate weights",
            parameter="replicates",
            expected="a pattern such as 'rw*', or a list of columns",
            got=repr(pattern),
        )
        return ()
    if len(found) < 2 and not (found == [] and not isinstance(pattern, str)):
        faults.add(
            "fewer than two replicate weights",
            parameter="replicates",
            expected="at least two columns",
            got=f"{pattern!r}: {shown(found) or 'none'}",
        )
    return tuple(found)


def suspected(columns: Sequence[str], used: set[str]) -> tuple[str, ...]:
    """Columns that look like replicate weights nobody asked for."""
    stems: dict[str, list[str]] = {}
    for name in columns:
        if _STEMS.match(name) and name not in used:
            stems.setdefault(re.sub(r"\d+$", "", name).lower(), []).append(name)
    found = [sorted(names, key=natural_order) for names in stems.values() if len(names) >= _FEW]
    return tuple(name for names in found for name in names)


def check_kind(
    kind: Any,
    *,
    rho: Any,
    scale: Any,
    rscales: Any,
    center: Any,
    df: Any,
    number: int,
    faults: FaultList,
) -> str | None:
    """Record what does not fit in the arguments of replicate weights; give the kind as it is spelled."""
    names = {name.lower(): name for name in KINDS}
    own = names.get(kind.lower()) if isinstance(kind, str) else None
    if own is None:
        faults.add(
            "the kind of the replicate weights is not given" if kind is None else "unknown kind of replicate weights",
            parameter="kind",
            expected=", ".join(KINDS),
            got=repr(kind),
            hint="the documentation of the file says how its replicates were made",
        )
    check_choice(center, CENTERS, "center", faults)
    if own == "Fay":
        check_number(rho, "rho", faults, low=0.0, high=1.0 - 1e-9, expected="Fay's factor, 0 <= rho < 1, such as 0.5")
    elif rho is not None:
        faults.add("only Fay's replicates have a factor", parameter="rho", expected="kind='Fay'", got=repr(rho))
    if scale is not None:
        check_number(scale, "scale", faults, low=0.0, open_low="yes", expected="a number > 0")
    if df is not None:
        check_number(df, "df", faults, low=0.0, open_low="yes", expected="a number > 0")
    if rscales is not None:
        values = list(rscales) if isinstance(rscales, Sequence | np.ndarray) and not isinstance(rscales, str) else None
        if values is None or len(values) != number or not all(is_number(v) and 0 <= v < np.inf for v in values):
            faults.add(
                "not a factor for each replicate",
                parameter="rscales",
                expected=f"{number} numbers >= 0",
                got=f"{len(values)} values" if values is not None else repr(rscales),
            )
    elif own in {"JKn", "custom"}:
        faults.add(
            f"replicates of kind {own} need a factor each",
            parameter="rscales",
            expected=f"{number} numbers >= 0, such as (n_h - 1)/n_h of the stratum that the replicate changes",
            got="None",
        )
    return own


def rank(gram: FloatArray) -> int:
    """Rank of columns from their products, a column counting when 1e-5 of it is new (as R's degf counts).

    Examples
    --------
    >>> rank(np.array([[2.0, 2.0], [2.0, 2.0]]))
    1
    """
    size = np.sqrt(np.diag(gram))
    kept = size > 0
    left = gram[np.ix_(kept, kept)] / np.outer(size[kept], size[kept])
    count = 0
    for _ in range(len(left)):
        pivot = int(np.argmax(np.diag(left)))
        if left[pivot, pivot] < 1e-10:
            break
        left = left - np.outer(left[:, pivot], left[pivot]) / left[pivot, pivot]
        count += 1
    return count
