"""Estimates with their precision, in one column vocabulary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, IntArray, TextArray
from aibaro.errors import InputError, UnsupportedError
from aibaro.estimate import reliability
from aibaro.estimate._cells import Cells
from aibaro.estimate._options import Options
from aibaro.estimate._variance import Linearized
from aibaro.messages import Step, latex_number, render
from aibaro.results import COLUMNS, Result, plain

# --- The steps of a formula with the numbers filled in.

_FORMULAS = {
    "mean": ("ȳ_D = Σ w y / Σ w", r"\bar y_D = \sum w y / \sum w"),
    "proportion": ("p = Σ w y / Σ w", r"\hat p = \sum w y / \sum w"),
    "total": ("Ŷ = Σ w y", r"\hat Y = \sum w y"),
    "ratio": ("R = Σ w y / Σ w x", r"\hat R = \sum w y / \sum w x"),
}
_LINEAR = {
    "mean": "u = (y - ȳ_D)/N̂_D in the domain, 0 outside",
    "proportion": "u = (y - p)/N̂_D in the domain, 0 outside",
    "total": "u = y in the domain, 0 outside",
    "ratio": "u = (y - R x)/X̂_D in the domain, 0 outside",
}
_LIMITS = {
    "wald": ("estimate ± t SE", r"\hat\theta \pm t\,\widehat{SE}"),
    "logit": (
        "expit(logit p ± t SE / (p (1 - p)))",
        r"\mathrm{expit}(\mathrm{logit}\,\hat p \pm t\,\widehat{SE}/(\hat p(1-\hat p)))",
    ),
    "wilson": (
        "(p + t²/2n_e ± t √(p(1-p)/n_e + t²/4n_e²)) / (1 + t²/n_e)",
        r"\frac{\hat p + t^2/2n_e \pm t\sqrt{\hat p(1-\hat p)/n_e + t^2/4n_e^2}}{1+t^2/n_e}",
    ),
    "beta": (
        "quantiles of Beta(n_e p, n_e(1-p)+1) and Beta(n_e p+1, n_e(1-p))",
        r"B(n_e\hat p, n_e(1-\hat p)+1),\ B(n_e\hat p+1, n_e(1-\hat p))",
    ),
    "arcsine": (
        "sin²(arcsin √p ± t SE / (2 √(p(1-p))))",
        r"\sin^2(\arcsin\sqrt{\hat p} \pm t\,\widehat{SE}/2\sqrt{\hat p(1-\hat p)})",
    ),
    "likelihood": ("θ with 2 n_e KL(p‖θ) = t² n/(n-1)", r"2 n_e KL(\hat p\Vert\theta) = t^2 n/(n-1)"),
    "exact": ("1 - (α/2)^(1/m) beside 0, its mirror image beside 1", r"1-(\alpha/2)^{1/m}"),
}


_FREEDOM = {
    "design": ("units - strata", r"\nu = n-H"),
    "satterthwaite": ("(Σv_h)²/Σ(v_h²/(n_h - 1))", r"\nu = (\sum v_h)^2/\sum v_h^2/(n_h-1)"),
}
# as many strata are added up one by one
_FEW_STRATA = 6


def explain_row(result: Estimates, row: int) -> tuple[Step, ...]:
    """Write out the steps of one estimate."""
    part, index = result.part(row)
    if result.target not in _FORMULAS:
        raise UnsupportedError(
            "the steps of this estimate are not written out",
            where="Estimates.steps",
            got=result.target,
            expected=", ".join(_FORMULAS),
        )
    linear = part.linear
    estimate, error = float(result.estimate[row]), float(result.std_error[row])
    weight, variance = float(linear.weight[index]), float(linear.variance[index])
    text, latex = _FORMULAS[result.target]
    corrected = result.options.fpc == "population"
    correction = "(1 - f_h) " if corrected else ""
    calibrated = result.cells is not None and result.cells.calibrated is not None
    value = "e" if calibrated else "u"
    residual = "; e = u - x'B, x the calibrated totals" if calibrated else ""
    numerator = estimate * weight if result.target in {"mean", "proportion"} else estimate
    shown = f"{numerator:.10g} / {weight:.10g}" if result.target in {"mean", "proportion"} else f"{numerator:.10g}"
    chosen = float(result.df[row])
    steps = [
        Step("N̂_D", "N̂_D = Σ w", r"\hat N_D = \sum w", f"over {result.n[row]:.0f} respondents", weight),
        Step(
            "estimate",
            text,
            latex,
            shown,
            estimate,
            rf"{latex_number(numerator)} / {latex_number(weight)}" if "/" in shown else "",
        ),
        Step(
            "V",
            f"V = Σ_h {correction}n_h/(n_h - 1) Σ_i (w {value} - mean)²; {_LINEAR[result.target]}{residual}",
            r"\hat V = \sum_h "
            + ("(1-f_h)" if corrected else "")
            + rf"\tfrac{{n_h}}{{n_h-1}}\sum_i (w_i {value}_i-\overline{{w{value}}}_h)^2",
            *_filled_variance(part.linear.contribution[part.linear.pairs.level == index].tolist(), variance),
        ),
        Step(
            "SE",
            "SE = √V",
            r"\widehat{SE} = \sqrt{\hat V}",
            f"√{variance:.10g}",
            error,
            rf"\sqrt{{{latex_number(variance)}}}",
        ),
        Step(
            "df",
            *_FREEDOM.get(str(result.options.df), ("as given", r"\nu")),
            f"design {result.df_design[row]:.10g}, Satterthwaite {result.df_satterthwaite[row]:.6g}",
            chosen,
        ),
        *_limit_steps(result, row, float(linear.kish[index])),
    ]
    return tuple(steps)


def _filled_variance(parts: list[float], variance: float) -> tuple[str, float, str]:
    """What strata add to the variance: each of a few, the number of many."""
    if len(parts) > _FEW_STRATA:
        return f"over {len(parts)} strata", variance, ""
    return " + ".join(f"{v:.8g}" for v in parts), variance, " + ".join(map(latex_number, parts))


def _limit_steps(result: Estimates, row: int, kish: float) -> list[Step]:
    from aibaro.estimate.intervals import critical_value

    method = str(result.method[row])
    tail = (1 - result.options.conf_level) / 2
    critical = critical_value(float(result.df[row]), tail)
    rule = "exact" if method.endswith("+exact") else method
    text, latex = _LIMITS[rule]
    used = f"m = {kish:.8g}" if rule == "exact" else f"t = {critical:.8g}, n_e = {result.n_eff[row]:.8g}"
    limits = [("conf_low", "-", float(result.conf_low[row])), ("conf_high", "+", float(result.conf_high[row]))]
    return [
        Step(
            "t", f"t = upper {tail:.4g} quantile at df", r"t_{\nu,1-\alpha/2}", f"df = {result.df[row]:.8g}", critical
        ),
        *(
            Step(name, f"{method}: {text}", latex, used, value, _limit_latex(result, row, rule, sign, critical))
            for name, sign, value in limits
        ),
    ]


def _limit_latex(result: Estimates, row: int, rule: str, sign: str, critical: float) -> str:
    """A limit with its numbers, for the methods whose formula fits a line."""
    p, error, t = (latex_number(float(v)) for v in (result.estimate[row], result.std_error[row], critical))
    if rule == "wald":
        return f"{p} {sign} {t} \\times {error}"
    if rule == "logit":
        spread = rf"{t} \times {error} / ({p} \times (1 - {p}))"
        return rf"\mathrm{{expit}}(\mathrm{{logit}}\,{p} {sign} {spread})"
    return ""


# --- Estimates with their precision, in one column vocabulary.

# what further columns tell, after those of the common vocabulary
FURTHER = ("df_design", "df_satterthwaite", "weight_total")
# columns of the vocabulary that belong to tests
TESTS = ("statistic", "p_value")


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
        Level of each cell; -1 for cells of no level.
    linear : Linearized
        Estimates, coefficients and contributions of strata.
    """

    name: str
    start: int
    level: NDArray[np.int64]
    linear: Linearized


@dataclass(frozen=True, slots=True)
class Estimates(Result):
    """Estimates and their precision, one row per item and domain.

    Parameters
    ----------
    target : {"mean", "proportion", "total", "ratio", "quantile"}
        What was estimated.
    item, category, domain, level : numpy.ndarray of str, shape (J,)
        What each row is about; empty domain and level stand for all, and an empty category for an item that is a
        number, or yes or no.
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
    deviations : numpy.ndarray of float, shape (R, J), or None
        Scaled deviations of R replicate estimates, whose squares add up to the variance.

    Notes
    -----
    Full precision is kept; only :meth:`summary` rounds.
    """

    target: str
    item: TextArray
    category: TextArray
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
    deviations: FloatArray | None = field(default=None, repr=False)

    @property
    def noise(self) -> float:
        """Relative error that rounding may have left in the variances."""
        return max((part.linear.noise for part in self.parts), default=0.0)

    def __len__(self) -> int:
        return len(self.estimate)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.to_records())

    @property
    def cv(self) -> FloatArray:
        """Coefficient of variation SE / abs(estimate), shape (J,); undefined for an estimate of 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.estimate != 0, self.std_error / np.abs(self.estimate), np.nan)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per item, category and domain, in the common column vocabulary.

        Returns
        -------
        pandas.DataFrame, shape (J, 20)
            Columns of :data:`aibaro.results.COLUMNS` without those of tests, then both degrees of freedom and the
            estimated size of the domain.
        """
        text = {
            "item": self.item,
            "category": self.category,
            "domain": self.domain,
            "level": self.level,
            "method": self.method,
            "reliability": self.flag,
        }
        columns: dict[str, Any] = {}
        for name in (*(c for c in COLUMNS if c not in TESTS), *FURTHER):
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
        """Return one dictionary a row, without NaN, as JSON wants it.

        Returns
        -------
        list of dict
            Rows in the common column vocabulary; undefined or infinite numbers are None.
        """
        rows = self.to_frame().to_dict(orient="records")
        return [{str(name): plain(value) for name, value in row.items()} for row in rows]

    def to_dict(self) -> dict[str, Any]:
        """Return the rows and the choices that made them.

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

    def row(
        self,
        item: str | None = None,
        level: str | None = None,
        domain: str | None = None,
        category: str | None = None,
    ) -> int:
        """Find the one row of an item, category and level.

        Parameters
        ----------
        item, level, domain, category : str, optional
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
        found = self.find(item=item, level=level, domain=domain, category=category)
        if len(found) != 1:
            names = zip(self.item, self.category, self.domain, self.level, strict=True)
            known = "; ".join(" | ".join(filter(None, n)) for n in list(names)[:8])
            asked = ", ".join(repr(v) for v in (item, category, domain, level) if v is not None)
            raise InputError(
                "not the name of one estimate",
                where="Estimates.row",
                expected=f"one of {known}",
                got=f"{asked}: {len(found)} rows",
            )
        return int(found[0])

    def find(
        self,
        item: str | None = None,
        level: str | None = None,
        domain: str | None = None,
        category: str | None = None,
    ) -> IntArray:
        """Find the rows of an item, category and level.

        Parameters
        ----------
        item, level, domain, category : str, optional
            What the rows are about; what is not named is free.

        Returns
        -------
        numpy.ndarray of int, length of the rows found
            Numbers of the rows, from 0.
        """
        wanted = ((self.item, item), (self.category, category), (self.level, level), (self.domain, domain))
        mask = np.ones(len(self), dtype=bool)
        for column, value in wanted:
            if value is not None:
                mask &= column == value
        return np.flatnonzero(mask)

    def covariance(self) -> pd.DataFrame:
        """Return the joint covariance of all estimates.

        Returns
        -------
        pandas.DataFrame, shape (J, J)
            Squared standard errors on the diagonal; rows and columns are named by item, category, domain and level.

        Raises
        ------
        InputError
            When the joint answers of two items were not counted: ``covariance="items"`` does.

        Notes
        -----
        The covariance of Σ w u and Σ w v, with the linearised values u and v of two estimates: what each stratum adds
        is (1 - f_h) n_h/(n_h - 1) Σ_i (w u - mean)(w v - mean), over the primary sampling units of a clustered design.
        Domains may overlap, and categories of one item exclude each other.
        """
        from aibaro.estimate._covariance import covariance

        names = ["item", "category", "domain", "level"]
        index = pd.MultiIndex.from_arrays([getattr(self, name) for name in names], names=names)
        return pd.DataFrame(covariance(self), index=index, columns=index)

    def contributions(self, row: int = 0) -> pd.DataFrame:
        """Return the variance that each stratum adds to an estimate.

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
        """Return the formula of an estimate step by step, with the numbers filled in.

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
            One step per line.
        """
        return render(self.steps(row), style)

    def note(self) -> str:
        """Say what was estimated and how.

        Returns
        -------
        str
            Target, variance, interval, degrees of freedom, finite population correction; then the notes of the design.
        """
        options = self.options
        line = (
            f"{self.target}; variance by {self.variance}; {options.interval} intervals at "
            f"{options.conf_level:.0%}, df {options.df}; fpc {options.fpc}"
        )
        notes = () if self.cells is None else self.cells.design.notes
        return "\n".join([line, *(f"note: {note}" for note in notes)])

    def summary(self) -> str:
        """Return a table for reading, rounded to four significant digits.

        Returns
        -------
        str
            The table and one line about the method.
        """
        shown = ["item", "category", "domain", "level", "estimate", "std_error", "conf_low", "conf_high", "n"]
        # who gave no answer is outside the base, and told
        absent = ["missing"] if (self.missing > 0).any() else []
        frame = self.to_frame()[[*shown, *absent, "reliability"]]
        if absent and frame["missing"].notna().all():
            frame = frame.astype({"missing": "int64"})
        if not any(self.category):
            frame = frame.drop(columns="category")
        return f"{frame.to_string(index=False, float_format=lambda v: f'{v:.4g}')}\n{self.note()}"

    def __repr__(self) -> str:
        return f"Estimates({self.target}, {len(self)} rows, variance by {self.variance})"
