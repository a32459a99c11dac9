"""Estimates with their precision, in one column vocabulary."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aibaro.errors import InputError
from aibaro.estimate import reliability
from aibaro.estimate.cells import Cells
from aibaro.estimate.linearization import Linearized
from aibaro.estimate.options import Options
from aibaro.estimate.steps import explain_row
from aibaro.messages import Step, render

FloatArray = NDArray[np.float64]
TextArray = NDArray[np.object_]

VOCABULARY = (
    "item",
    "domain",
    "level",
    "estimate",
    "std_error",
    "df",
    "conf_low",
    "conf_high",
    "conf_level",
    "method",
    "n",
    "n_eff",
    "deff",
    "reliability",
)
FURTHER = ("df_design", "df_satterthwaite", "missing", "weight_total")


@dataclass(frozen=True, slots=True)
class Part:
    """One item in the levels of one domain variable, as rows of a result.

    Parameters
    ----------
    name : str
        Name of the item.
    start : int
        First row of the result.
    level : numpy.ndarray of int, shape (C,)
        Level of each cell.
    linear : Linearized
        Estimates, coefficients and contributions of strata.
    """

    name: str
    start: int
    level: NDArray[np.int64]
    linear: Linearized


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates and their precision, one row an item and domain.

    Parameters
    ----------
    target : {"mean", "proportion", "total", "ratio"}
        What was estimated.
    item, domain, level : numpy.ndarray of str, shape (J,)
        What each row is about; empty domain and level stand for all.
    estimate, std_error : numpy.ndarray of float, shape (J,)
        Estimates and standard errors.
    df, df_design, df_satterthwaite : numpy.ndarray of float, shape (J,)
        Degrees of freedom of the interval, and both on offer.
    conf_low, conf_high : numpy.ndarray of float, shape (J,)
        Confidence limits.
    method : numpy.ndarray of str, shape (J,)
        Interval method, with ``+exact`` for a proportion of 0 or 1.
    n, missing : numpy.ndarray of float, shape (J,)
        Rows with and without an outcome.
    n_eff : numpy.ndarray of float, shape (J,)
        Size of a simple random sample, with replacement, of the same precision; at 0 or 1 Kish's size.
    deff : numpy.ndarray of float, shape (J,)
        Design effect against the simple random sample that the options name.
    weight_total : numpy.ndarray of float, shape (J,)
        Estimated size of the domain.
    flag : numpy.ndarray of str, shape (J,)
        Reliability by the rule :data:`aibaro.estimate.reliability.RULE`.
    options : Options
        Choices of the call.
    variance : str
        How the variance was estimated.
    parts : tuple of Part
        What contrasts and explanations need.
    cells : Cells or None
        The sufficient statistics.

    Notes
    -----
    Full precision is kept; only :meth:`summary` rounds.
    """

    target: str
    item: TextArray
    domain: TextArray
    level: TextArray
    estimate: FloatArray
    std_error: FloatArray
    df: FloatArray
    df_design: FloatArray
    df_satterthwaite: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    method: NDArray[np.str_]
    n: FloatArray
    missing: FloatArray
    n_eff: FloatArray
    deff: FloatArray
    weight_total: FloatArray
    flag: NDArray[np.str_]
    options: Options
    variance: str = "linearization"
    parts: tuple[Part, ...] = field(default=(), repr=False)
    cells: Cells | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.estimate)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.to_records())

    def to_frame(self) -> pd.DataFrame:
        """Give one row an item and domain, in the common column vocabulary.

        Returns
        -------
        pandas.DataFrame, shape (J, 18)
            The vocabulary, then both degrees of freedom, missing outcomes and estimated domain size.
        """
        text = {
            "item": self.item,
            "domain": self.domain,
            "level": self.level,
            "method": self.method,
            "reliability": self.flag,
        }
        columns: dict[str, Any] = {}
        for name in (*VOCABULARY, *FURTHER):
            if name == "conf_level":
                columns[name] = np.full(len(self), self.options.conf_level)
            elif name in {"n", "missing"}:
                columns[name] = np.rint(getattr(self, name)).astype(np.int64)
            elif name in text:
                columns[name] = pd.Series(text[name].tolist(), dtype="str")
            else:
                columns[name] = getattr(self, name)
        return pd.DataFrame(columns)

    def to_records(self) -> list[dict[str, Any]]:
        """Give one dictionary a row, without NaN, as JSON wants it.

        Returns
        -------
        list of dict
            Rows in the common column vocabulary; undefined or infinite numbers are None.
        """
        rows: list[dict[str, Any]] = []
        for row in self.to_frame().to_dict(orient="records"):
            plain = {str(k): (v.item() if isinstance(v, np.generic) else v) for k, v in row.items()}
            rows.append({k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in plain.items()})
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Give the rows and the choices that made them.

        Returns
        -------
        dict
            ``target``, ``variance``, ``options``, ``reliability_rule`` and ``rows``.
        """
        names = ("interval", "df", "fpc", "single", "deff", "conf_level")
        options = {name: getattr(self.options, name) for name in names}
        return {
            "target": self.target,
            "variance": self.variance,
            "options": options,
            "reliability_rule": reliability.RULE,
            "rows": self.to_records(),
        }

    def row(self, item: str | None = None, level: str | None = None, domain: str | None = None) -> int:
        """Find the one row of an item and level.

        Parameters
        ----------
        item, level, domain : str, optional
            What the row is about; what is not named is free.

        Returns
        -------
        int
            Number of the row.

        Raises
        ------
        InputError
            When no row or several rows match.
        """
        wanted = ((self.item, item), (self.level, level), (self.domain, domain))
        mask = np.ones(len(self), dtype=bool)
        for column, value in wanted:
            if value is not None:
                mask &= column == value
        found = np.flatnonzero(mask)
        if len(found) != 1:
            names = zip(self.item[:8], self.domain[:8], self.level[:8], strict=True)
            known = "; ".join(" | ".join(n) for n in names)
            raise InputError(
                "not the name of one estimate",
                where="Estimates.row",
                expected=f"one of {known}",
                got=f"{item!r}, {domain!r}, {level!r} match {len(found)} rows",
            )
        return int(found[0])

    def contributions(self, row: int = 0) -> pd.DataFrame:
        """Give the variance that each stratum adds to an estimate.

        Parameters
        ----------
        row : int
            Number of the row.

        Returns
        -------
        pandas.DataFrame
            Stratum variables, ``variance`` and ``share`` of the strata that the domain touches.

        Raises
        ------
        InputError
            When the variance came from replicates, or the row does not exist.
        """
        part, index = self.part(row)
        if self.cells is None:
            raise InputError("no contributions of strata are known", parameter="row", got=str(row))
        mine = part.linear.pairs.level == index
        value = part.linear.contribution[mine]
        labels = self.cells.design.labels.iloc[part.linear.pairs.stratum[mine]].reset_index(drop=True)
        total = float(value.sum())
        labels["variance"] = value
        labels["share"] = value / total if total > 0 else np.nan
        table: pd.DataFrame = labels
        return table

    def part(self, row: int) -> tuple[Part, int]:
        """Find the part of a row and its level within the part.

        Parameters
        ----------
        row : int
            Number of the row.

        Returns
        -------
        Part
            The part.
        int
            Level within the part.

        Raises
        ------
        InputError
            When there is no such row, or the variance came from replicates.
        """
        for part in self.parts:
            if part.start <= row < part.start + len(part.linear.estimate):
                return part, row - part.start
        raise InputError(
            "no linearised estimate of that number",
            where="Estimates",
            parameter="row",
            expected=f"0 to {len(self) - 1}, variance by linearization",
            got=str(row),
        )

    def steps(self, row: int = 0) -> tuple[Step, ...]:
        """Give the formula of an estimate step by step, with the numbers filled in.

        Parameters
        ----------
        row : int
            Number of the row.

        Returns
        -------
        tuple of Step
            Size, estimate, variance, standard error, degrees of freedom and limits.
        """
        return explain_row(self, row)

    def explain(self, row: int = 0, *, style: str = "text") -> str:
        """Write the argument of an estimate.

        Parameters
        ----------
        row : int
            Number of the row.
        style : {"text", "latex"}
            Plain text, or an ``aligned`` environment.

        Returns
        -------
        str
            One step a line.
        """
        return render(self.steps(row), style)

    def summary(self) -> str:
        """Give a table for reading, rounded to four significant digits.

        Returns
        -------
        str
            The table and one line about the method.
        """
        shown = ["item", "domain", "level", "estimate", "std_error", "conf_low", "conf_high", "n", "reliability"]
        frame = self.to_frame()[shown]
        note = (
            f"{self.target}; variance by {self.variance}; {self.options.interval} intervals at "
            f"{self.options.conf_level:.0%}, df {self.options.df}; fpc {self.options.fpc}"
        )
        return f"{frame.to_string(index=False, float_format=lambda v: f'{v:.4g}')}\n{note}"

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return f"Estimates({self.target}, {len(self)} rows, variance by {self.variance})"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"
