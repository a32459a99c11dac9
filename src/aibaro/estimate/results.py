"""Estimates with their precision, in one column vocabulary, and how the estimates of one result vary together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, IntArray, TextArray
from aibaro.errors import InputError, UnsupportedError
from aibaro.estimate import reliability
from aibaro.estimate._calibrated import LinearisedMoments
from aibaro.estimate._cells import Cells
from aibaro.estimate._options import Options
from aibaro.estimate._stages import (
    Lower,
    Pairs,
    Stage,
    contributions,
    lower_covariance,
    lower_variance,
    satterthwaite,
    sums,
)
from aibaro.estimate._variance import Linearized, magnitude, pair_moments, pair_up, squares, totals
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


# --- How do the estimates of one result vary together?


def covariance(result: Estimates) -> FloatArray:
    """Covariance of all estimates of a result, shape (J, J)."""
    if result.deviations is not None:
        return np.asarray(result.deviations.T @ result.deviations)
    cells = result.cells
    if cells is None or not result.parts:
        raise InputError(
            "the joint answers behind these estimates are not known",
            where="Estimates.covariance",
            parameter="variance",
            expected="linearization",
            got=result.variance,
        )
    if cells.calibrated is not None and cells.calibrated.numeric is not None:
        matrix = _polarised(result)
    else:
        matrix = _direct(result, cells, result.options.stage(cells.design))
    # the variance of each estimate is computed in one place
    np.fill_diagonal(matrix, result.std_error**2)
    return matrix


def coefficients(part: Part) -> FloatArray:
    """Coefficients of the linearised value in each cell, zero outside every level, shape (C, K)."""
    unit = np.append(part.linear.unit, 0.0)
    return np.asarray(part.linear.coefficients * unit[part.level][:, None])


def _direct(result: Estimates, cells: Cells, stage: Stage) -> FloatArray:
    """Σ_h (1 - f_h) n_h/(n_h - 1) [Σ z z' - (Σ z)(Σ z)'/n_h] over the units z of all strata."""
    size = len(result.estimate)
    calibrated = cells.calibrated
    group, stratum, number = _groups(cells)
    totals = np.zeros((number, size))
    for part in result.parts:
        inside = part.level >= 0
        value = np.einsum("ck,ck->c", coefficients(part), cells.blocks[part.name].total)
        width = len(part.linear.estimate)
        index = group[inside] * width + part.level[inside]
        own = np.bincount(index, weights=value[inside], minlength=number * width).reshape(number, width)
        totals[:, part.start : part.start + width] = own
    fitted = None
    if calibrated is not None:
        fitted = _fitted(result, cells)
        every = calibrated.stratum if calibrated.unit is None else calibrated.unit
        totals -= sums(fitted * calibrated.weight[:, None], every, number)
    by_stratum = totals if cells.unit is None else sums(totals, stratum, cells.design.size)
    factor, extra, scale = stratum_factors(stage, by_stratum)
    units = np.maximum(stage.units, 1.0)
    matrix = -(by_stratum * (factor / units)[:, None]).T @ by_stratum + extra
    if cells.unit is not None:
        matrix = matrix + (totals * factor[stratum][:, None]).T @ totals
    else:
        matrix = matrix + _squared(result, cells, factor, fitted)
    matrix = matrix * np.outer(scale, scale)
    if cells.lower:
        matrix = matrix + lower_covariance(*_cell_values(result, cells, stage, fitted))
    return np.asarray(matrix)


def _cell_values(
    result: Estimates, cells: Cells, stage: Stage, fitted: FloatArray | None
) -> tuple[tuple[Lower, ...], Stage, FloatArray]:
    """Totals of all linearised values in each cell, for the stages below the first."""
    calibrated = cells.calibrated
    place = np.arange(cells.size) if calibrated is None else calibrated.place
    size = cells.size if calibrated is None else len(calibrated.stratum)
    values = np.zeros((size, len(result.estimate)))
    for part in result.parts:
        inside = part.level >= 0
        value = np.einsum("ck,ck->c", coefficients(part), cells.blocks[part.name].total)
        np.add.at(values, (place[inside], part.start + part.level[inside]), value[inside])
    if calibrated is None or fitted is None:
        return cells.lower, stage, values
    return calibrated.lower, stage, values - fitted * calibrated.weight[:, None]


def _groups(cells: Cells) -> tuple[IntArray, IntArray, int]:
    """Stratum or unit of each cell, stratum of each group, and number of groups."""
    if cells.unit is None:
        return cells.stratum, np.arange(cells.design.size), cells.design.size
    unit, stratum = cells.unit, cells.stratum
    if cells.calibrated is not None and cells.calibrated.unit is not None:
        unit, stratum = cells.calibrated.unit, cells.calibrated.stratum
    number = int(unit.max(initial=-1)) + 1
    owner = np.zeros(number, dtype=np.int64)
    owner[unit] = stratum
    return cells.unit, owner, number


def stratum_factors(stage: Stage, total: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(1 - f) n/(n - 1) of each stratum; what strata of a single unit add, or by what they scale, under their rule."""
    n, rest = stage.units, 1 - stage.fraction
    lonely = (n <= 1) & (rest > 1e-12)
    factor = np.where(n > 1, rest * n / np.where(n > 1, n - 1, 1), 0.0)
    extra = np.zeros((total.shape[1], total.shape[1]))
    touched = total != 0
    if stage.single.startswith("adjust") and lonely.any():
        units = np.maximum((touched * n[:, None]).sum(axis=0), 1.0)
        away = np.where(touched[lonely], total[lonely] - total.sum(axis=0) / units, 0.0)
        extra = (away * rest[lonely][:, None]).T @ away
    if stage.single.startswith("average") and lonely.any():
        usable = (touched & ~lonely[:, None]).sum(axis=0)
        scale = touched.sum(axis=0) / np.maximum(usable, 1)
        return factor, extra, np.sqrt(scale)
    return factor, extra, np.ones(total.shape[1])


def _squared(result: Estimates, cells: Cells, factor: FloatArray, fitted: FloatArray | None) -> FloatArray:
    """Σ_h factor_h Σ z z' over the rows of each stratum."""
    size = len(result.estimate)
    matrix = np.zeros((size, size))
    scale = factor[cells.stratum]
    values = [coefficients(part) for part in result.parts]
    for i, one in enumerate(result.parts):
        for j, other in enumerate(result.parts[: i + 1]):
            both = (one.level >= 0) & (other.level >= 0)
            product = np.einsum(
                "ci,cij,cj->c", values[i][both], squares(cells, one.name, other.name)[both], values[j][both]
            )
            rows, columns = len(one.linear.estimate), len(other.linear.estimate)
            index = one.level[both] * columns + other.level[both]
            added = np.bincount(index, weights=product * scale[both], minlength=rows * columns).reshape(rows, columns)
            mine, theirs = slice(one.start, one.start + rows), slice(other.start, other.start + columns)
            matrix[mine, theirs] = added
            matrix[theirs, mine] = added.T
    if fitted is not None:
        matrix += _explained(result, cells, factor, fitted, values)
    return matrix


def _explained(
    result: Estimates, cells: Cells, factor: FloatArray, fitted: FloatArray, values: list[FloatArray]
) -> FloatArray:
    """What subtracting x'B from each linearised value changes in Σ z z'."""
    calibrated = cells.calibrated
    if calibrated is None:
        return np.zeros((0, 0))
    everywhere = factor[calibrated.stratum] * calibrated.weight_square
    matrix = (fitted * everywhere[:, None]).T @ fitted
    for part, value in zip(result.parts, values, strict=True):
        inside = part.level >= 0
        cross = np.einsum("ck,ck->c", value, cells.blocks[part.name].square[:, :, 0]) * factor[cells.stratum]
        width = len(part.linear.estimate)
        mixed = np.zeros((width, fitted.shape[1]))
        np.add.at(mixed, part.level[inside], cross[inside][:, None] * fitted[calibrated.place[inside]])
        own = slice(part.start, part.start + width)
        matrix[own] -= mixed
        matrix[:, own] -= mixed.T
    return matrix


def _fitted(result: Estimates, cells: Cells) -> FloatArray:
    """Part of each linearised value that the calibrated totals explain, in all cells."""
    calibrated = cells.calibrated
    columns = []
    for part in result.parts:
        inside = part.level >= 0
        total = np.einsum("ck,ck->c", coefficients(part), cells.blocks[part.name].total)[inside]
        if calibrated is not None:
            own = calibrated.select(inside)
            columns.append(
                own.explained(LinearisedMoments(total, total, total), part.level[inside], len(part.linear.estimate))
            )
    return np.concatenate(columns, axis=1)


def _polarised(result: Estimates) -> FloatArray:
    """Half of V(a + b) - V(a) - V(b), where residuals on numeric auxiliaries have no matrix of moments."""
    size = len(result.estimate)
    own = result.std_error**2
    matrix = np.diag(own)
    for j in range(size):
        for k in range(j):
            gradient = np.zeros(size)
            gradient[[j, k]] = 1.0
            matrix[j, k] = matrix[k, j] = (combined_error(result, gradient)[0] ** 2 - own[j] - own[k]) / 2
    return matrix


def combined_error(estimates: Estimates, gradient: FloatArray) -> tuple[float, float, float]:
    """Standard error of g'estimates, and both degrees of freedom."""
    if estimates.deviations is not None:
        freedom = float(np.min(estimates.df_design[gradient != 0], initial=np.inf))
        away = estimates.deviations @ gradient
        unit = magnitude(away)
        return float(np.sqrt(((away / unit) ** 2).sum()) * unit), freedom, freedom
    cells = estimates.cells
    if cells is None or not estimates.parts or estimates.variance != "linearization":
        raise InputError(
            "contrasts need what strata add to the variance, or the estimates of replicates",
            parameter="estimates",
            expected="variance='linearization', or replicate weights",
            got=f"a {estimates.target} with variance={estimates.variance!r}",
        )
    if np.isnan(estimates.std_error[gradient[: len(estimates.std_error)] != 0]).any():
        return float("nan"), float("nan"), float("nan")
    weights: dict[str, FloatArray] = {}
    for part in estimates.parts:
        own = gradient[part.start : part.start + len(part.linear.estimate)]
        if own.any():
            term = own[part.level][:, None] * coefficients(part)
            weights[part.name] = weights.get(part.name, 0.0) + term
    unit = magnitude(np.concatenate([own.ravel() for own in weights.values()])) if weights else 1.0
    weights = {name: own / unit for name, own in weights.items()}
    stage = estimates.options.stage(cells.design)
    inside = np.zeros(cells.size, dtype=bool)
    for name, coefficient in weights.items():
        inside |= coefficient.any(axis=1) & (cells.blocks[name].observed > 0)
    whole = np.zeros(cells.size, dtype=np.int64)
    pairs, units = pair_up(cells, whole, 1)
    touched = sums(inside, pairs.parent, len(pairs.stratum)) > 0
    freedom = _touched_df(cells, inside, pairs, units)
    if cells.calibrated is None:
        total, square = pair_moments(cells, pairs, units, weights)
        share = contributions(stage, pairs, total, square, touched)
        if cells.lower:
            value = totals(cells, weights)[:, None]
            share = share + lower_variance(cells.lower, stage, value)[pairs.stratum, 0]
    else:
        linear = cells.calibrated.linear(weights, cells.blocks, _raw_squares(cells, weights))
        pairs, share = cells.calibrated.contributions(linear, whole, 1, stage)
    approximate = satterthwaite(stage, pairs, share, np.array([freedom]))
    return float(np.sqrt(share.sum()) * unit), freedom, float(approximate[0])


def _raw_squares(cells: Cells, weights: Mapping[str, FloatArray]) -> FloatArray:
    """Σ w² u² of each cell; not read for clustered designs."""
    result = np.zeros(cells.size)
    if cells.unit is not None:
        return result
    names = list(weights)
    for i, one in enumerate(names):
        for other in names[i:]:
            part = np.einsum("ci,cij,cj->c", weights[one], squares(cells, one, other), weights[other])
            result += part if one == other else 2 * part
    return np.maximum(result, 0.0)


def _touched_df(cells: Cells, inside: NDArray[np.bool_], pairs: Pairs, unit: IntArray | None) -> float:
    strata = len(np.unique(pairs.stratum[pairs.parent[inside]]))
    if unit is not None:
        return float(len(np.unique(unit[inside])) - strata)
    return float(cells.count[inside].sum() - strata)
