"""How do ordered answers hang together with other variables?  The proportional odds model under a design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special, stats

from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate._formula import ModelFormula
from aibaro.estimate._models import (
    Fitted,
    Model,
    assemble,
    model_options,
    require_rows,
    unbounded_direction,
)
from aibaro.estimate._scores import DesignRows
from aibaro.estimate.analysis import Domain
from aibaro.estimate.cells_of_rows import declared_rows, open_rows

_ROUNDS, _HALVINGS = 100, 40


def _logit(z: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    value = special.expit(z)
    density = value * special.expit(-z)
    return value, density, density * (1 - 2 * value)


def _probit(z: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    density = stats.norm.pdf(z)
    return special.ndtr(z), density, np.where(np.isfinite(z), -np.where(np.isfinite(z), z, 0.0) * density, 0.0)


def _cloglog(z: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    growth = np.exp(np.minimum(z, 700.0))
    density = np.where(np.isfinite(z), np.exp(np.minimum(z, 700.0) - growth), 0.0)
    return -np.expm1(-growth), density, density * np.where(np.isfinite(z), 1 - growth, 0.0)


LINKS = {"logit": _logit, "probit": _probit, "cloglog": _cloglog}


@dataclass(frozen=True, slots=True)
class Ordered:
    """Cumulative probabilities F(θ_k - x'β) of ordered answers.

    Parameters
    ----------
    answer : numpy.ndarray of int, shape (n,)
        Number of the answer, from 0.
    outcomes : tuple of str, length K
        The answers in order.
    link : {"logit", "probit", "cloglog"}
        Scale on which the thresholds lie.
    offset : numpy.ndarray of float, shape (n,)
        What is added to the predictor of each row.
    """

    answer: IntArray
    outcomes: tuple[str, ...]
    link: str
    offset: FloatArray

    @property
    def name(self) -> str:
        """Family and link in words."""
        return f"ordered answers, {self.link} link"

    @property
    def extra(self) -> tuple[str, ...]:
        """The thresholds."""
        return tuple(f"{a}|{b}" for a, b in zip(self.outcomes[:-1], self.outcomes[1:], strict=True))

    def fit(self, columns: FloatArray, weight: FloatArray, start: FloatArray | None = None) -> Fitted:
        """Maximise by Newton's method with the observed information."""
        width, cuts = columns.shape[1], len(self.outcomes) - 1
        if start is None:
            share = np.cumsum(np.bincount(self.answer, weights=weight, minlength=cuts + 1))
            share = np.clip(share[:-1] / share[-1], 1e-6, 1 - 1e-6)
            start = np.concatenate([np.zeros(width), special.logit(share)])
        params = start
        value, score, hessian = self._pieces(columns, weight, params)
        for _ in range(_ROUNDS):
            step = np.linalg.lstsq(-hessian, weight @ score, rcond=None)[0]
            for half in range(_HALVINGS):
                candidate = params + step * 0.5**half
                found = self._pieces(columns, weight, candidate)
                # at the maximum the value no longer grows in its last digits
                if np.isfinite(found[0]) and found[0] >= value - 1e-12 * abs(value):
                    break
            change = np.max(np.abs(candidate - params) / np.maximum(np.abs(candidate), 1.0))
            params, (value, score, hessian) = candidate, found
            if change < 1e-12:
                break
        try:
            bread = np.linalg.inv(-hessian)
        except np.linalg.LinAlgError:
            bread = np.full_like(hessian, np.nan)
        return Fitted(params, bread, score, -2 * value)

    def _pieces(self, columns: FloatArray, weight: FloatArray, params: FloatArray) -> tuple[float, Any, Any]:
        """Weighted log-likelihood, score of each row, and Hessian."""
        width, cuts = columns.shape[1], len(self.outcomes) - 1
        threshold = np.concatenate([[-np.inf], params[width:], [np.inf]])
        predictor = columns @ params[:width] + self.offset
        high, low = threshold[self.answer + 1] - predictor, threshold[self.answer] - predictor
        with np.errstate(all="ignore"):
            upper, lower = LINKS[self.link](high), LINKS[self.link](low)
            share = upper[0] - lower[0]
            if self.link == "logit":
                # the same difference from the other tail keeps its digits
                share = np.where(low > 0, special.expit(-low) - special.expit(-high), share)
            if not (share > 0).all() or (np.diff(params[width:]) <= 0).any():
                return -np.inf, None, None
            up, down = upper[1] / share, lower[1] / share
            second = (upper[2] / share - up**2, -lower[2] / share - down**2, up * down)
        rows = np.arange(len(columns))
        above, below = np.zeros((len(columns), cuts + 2)), np.zeros((len(columns), cuts + 2))
        above[rows, self.answer + 1] = 1.0
        below[rows, self.answer] = 1.0
        tops = np.concatenate([-columns, above[:, 1:-1]], axis=1)
        bottoms = np.concatenate([-columns, below[:, 1:-1]], axis=1)
        score = tops * up[:, None] - bottoms * down[:, None]
        mixed = (tops * (weight * second[2])[:, None]).T @ bottoms
        hessian = (tops * (weight * second[0])[:, None]).T @ tops + mixed + mixed.T
        hessian += (bottoms * (weight * second[1])[:, None]).T @ bottoms
        return float(weight @ np.log(share)), score, hessian

    def separated(self, columns: FloatArray, weight: FloatArray, fitted: Fitted) -> FloatArray | None:
        """Find columns that part the answers without an error."""
        width, cuts = columns.shape[1], len(self.outcomes) - 1
        predictor = columns @ fitted.params[:width] + self.offset
        if np.ptp(predictor) < 15 and np.isfinite(fitted.bread).all():
            return None
        unit = np.eye(cuts)
        below, above = self.answer < cuts, self.answer > 0
        grows = np.concatenate(
            [
                np.concatenate([-columns[below], unit[self.answer[below]]], axis=1),
                np.concatenate([columns[above], -unit[self.answer[above] - 1]], axis=1),
            ]
        )
        return unbounded_direction(grows, grows[:0])

    def mean(self, columns: FloatArray, params: FloatArray, offset: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
        """Probability of each answer and its derivatives by the parameters."""
        width, cuts = columns.shape[1], len(self.outcomes) - 1
        threshold = np.concatenate([[-np.inf], params[width:], [np.inf]])
        predictor = columns @ params[:width] + offset
        made = []
        for k in range(cuts + 1):
            upper, lower = (LINKS[self.link](threshold[j] - predictor) for j in (k + 1, k))
            slope = np.concatenate([-columns * (upper[1] - lower[1])[:, None], np.zeros((len(columns), cuts))], axis=1)
            if k < cuts:
                slope[:, width + k] += upper[1]
            if k > 0:
                slope[:, width + k - 1] -= lower[1]
            made.append((upper[0] - lower[0], slope))
        return made


def ordinal(
    formula: str,
    data: Any,
    *,
    design: Design,
    link: str = "logit",
    order: Sequence[str] | None = None,
    domain: Domain = None,
    df: float | None = None,
    fpc: str | None = None,
    single: str | None = None,
    conf_level: float = 0.95,
) -> Model:
    """Fit a model of ordered answers with the variance of the design.

    Parameters
    ----------
    formula : str
        Outcome and terms, as in :func:`glm`; the outcome has at least three ordered answers.
    data : frame
        Respondents' rows.
    design : Design
        Design that was read from the rows.
    link : {"logit", "probit", "cloglog"}
        ``logit`` is the proportional odds model.
    order : sequence of str, optional
        Answers from low to high; by default the order of the categories, or of numbers.
    domain, df, fpc, single, conf_level
        As in :func:`glm`.

    Returns
    -------
    Model
        Coefficients, then thresholds named ``low|medium``; a positive coefficient moves answers upwards.

    Raises
    ------
    InputError
        As :func:`glm`; and for outcomes whose order is not known.

    Notes
    -----
    P(Y <= k) = F(θ_k - x'β), maximised by Newton's method with weights scaled to mean one; the covariance is that of
    the scores, with the observed information (R's ``svyolr`` takes the same, from a search that stops earlier).

    References
    ----------
    McCullagh, P. (1980). Journal of the Royal Statistical Society B 42, 109-142.
    https://doi.org/10.1111/j.2517-6161.1980.tb01109.x

    Examples
    --------
    >>> rows = pd.DataFrame({"staff": [1, 2, 3, 4, 5, 6, 7, 8, 9], "use": [1, 1, 2, 1, 2, 3, 2, 3, 3], "w": [5.0] * 9})
    >>> model = ordinal("use ~ staff", rows, design=Design.from_frame(rows, weight="w"))
    >>> model.term
    ('staff', '1|2', '2|3')
    """
    if not isinstance(link, str) or link not in LINKS:
        raise InputError("unknown link", parameter="link", expected=", ".join(LINKS), got=repr(link))
    options = model_options(design, domain=domain, df=df, fpc=fpc, single=single, conf_level=conf_level)
    parsed = ModelFormula.read(formula, open_rows(data, declared_rows(design)).columns)
    rows = DesignRows.read(data, parsed.columns, design, domain=domain, options=options)
    used = rows.inside & parsed.complete(rows.frame) & (rows.weight > 0)
    require_rows(used, "estimate.ordinal")
    frame = parsed.frame(rows, used)
    name = parsed.named(parsed.left)
    if parsed.left not in frame.columns:
        raise InputError("the outcome is not a column", parameter="formula", got=name, expected="ordered answers")
    kind = rows.frame[name].dtype
    declared = isinstance(kind, pd.CategoricalDtype) and bool(kind.ordered)
    answer, outcomes = _answers(frame[parsed.left], name, order, declared=declared)
    columns, names, terms, spec = parsed.matrix(frame)
    if terms.get("1") != [0]:
        raise InputError(
            "thresholds stand for the intercept", parameter="formula", got=formula, hint="leave '- 1' or '+ 0' out"
        )
    own = {term: [k - 1 for k in places] for term, places in terms.items() if term != "1"}
    return assemble(
        rows,
        used,
        Ordered(answer, outcomes, link, parsed.offset(frame)),
        columns=columns[:, 1:],
        names=names[1:],
        terms=own,
        spec=spec,
        formula=parsed,
        domain=domain,
        df=df,
        conf_level=conf_level,
        counted=len(names),
    )


def _answers(
    column: pd.Series[Any], name: str, order: Sequence[str] | None, *, declared: bool
) -> tuple[IntArray, tuple[str, ...]]:
    """Number of each answer, and the answers in order."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        known = [str(c) for c in column.cat.categories]
        texts = column.astype("str").to_numpy()
    else:
        values = np.unique(column.to_numpy(dtype=float))
        known = [f"{v:g}" for v in values.tolist()]
        texts = np.array([f"{v:g}" for v in column.to_numpy(dtype=float).tolist()], dtype=object)
        declared = True
    if order is None and not declared:
        raise InputError(
            "the order of the answers is not known",
            parameter="order",
            expected="ordered categories, numbers, or order=",
            got=f"{name}: {', '.join(known[:12])}",
            hint=f"order={known[:3]!r}",
        )
    if order is not None and not isinstance(order, list | tuple):
        raise InputError("not an order of answers", parameter="order", expected="a list of answers", got=repr(order))
    wanted = known if order is None else [str(level) for level in order]
    missing = [level for level in known if level not in wanted]
    if missing or len(set(wanted)) < len(wanted):
        raise InputError(
            "the order does not name every answer once",
            parameter="order",
            expected=", ".join(known),
            got=", ".join(wanted),
        )
    wanted = [level for level in wanted if level in known]
    if len(wanted) < 3:
        raise InputError(
            "fewer than three answers",
            parameter="formula",
            expected="at least three",
            got=f"{name}: {', '.join(wanted)}",
            hint="glm(..., family='binomial') is for two",
        )
    place = {level: k for k, level in enumerate(wanted)}
    return np.array([place[text] for text in texts.tolist()], dtype=np.int64), tuple(wanted)
