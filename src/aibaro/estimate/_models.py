"""How does an outcome hang together with others?  Generalised linear models under the design of a survey."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy import integrate, optimize, stats

from aibaro._arrays import BoolArray, FloatArray
from aibaro.design import Design
from aibaro.errors import FaultList, InputError
from aibaro.estimate._contrasts import evaluate
from aibaro.estimate._formula import ModelFormula, needed, offset_formula, plain_frame
from aibaro.estimate._options import Options
from aibaro.estimate._scores import DesignRows
from aibaro.estimate.analysis import Domain, domain_label
from aibaro.estimate.cells_of_rows import declared_rows, open_rows
from aibaro.estimate.intervals import check_level, critical_value
from aibaro.estimate.tails import two_sided
from aibaro.results import Result

FAMILIES = ("gaussian", "binomial", "poisson", "gamma", "inverse_gaussian", "quasibinomial", "quasipoisson")
LINKS = ("identity", "log", "logit", "probit", "cloglog", "cauchit", "inverse", "sqrt", "inverse_squared")
# columns nearer than this to the span of those before them are combinations of them
COLLINEAR = 1e-7
_EXTREME = 1e-6
# rows that the search for a separating direction starts from and adds at a time, and how often it adds
_ROWS, _CUTS = 1000, 100
# iterations of a fit; a next step beyond this part of the coefficients means that it has not arrived
_ITERATIONS, _ARRIVED = 50, 1e-6


@dataclass(frozen=True, slots=True)
class Fitted:
    """A maximum of the pseudo-likelihood.

    Parameters
    ----------
    params : numpy.ndarray of float, shape (p,)
        Coefficients.
    bread : numpy.ndarray of float, shape (p, p)
        Inverse of the information, with weights of mean one.
    scores : numpy.ndarray of float, shape (n, p)
        Derivative of each row's log-likelihood, without its weight.
    deviance : float
        Deviance with weights of mean one.
    """

    params: FloatArray
    bread: FloatArray
    scores: FloatArray
    deviance: float


class Likelihood(Protocol):
    """A model that can be fitted to other columns and other weights."""

    @property
    def name(self) -> str:
        """Family and link in words."""

    @property
    def extra(self) -> tuple[str, ...]:
        """Parameters after the coefficients of the columns."""

    def fit(self, columns: FloatArray, weight: FloatArray, start: FloatArray | None = None) -> Fitted:
        """Fit the model; weights have mean one."""

    def separated(self, columns: FloatArray, weight: FloatArray, fitted: Fitted) -> FloatArray | None:
        """Direction in which the likelihood grows for ever, if there is one."""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Answers whose probabilities are predicted; one empty text for a mean."""

    def mean(self, columns: FloatArray, params: FloatArray, offset: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
        """Expected value of each outcome, and its derivatives by the parameters."""


@dataclass(frozen=True, slots=True)
class Glm:
    """A family of statsmodels with its link.

    Parameters
    ----------
    outcome : numpy.ndarray of float, shape (n,)
        The outcome.
    family : object
        Family of statsmodels.
    name : str
        Family and link in words.
    kind, link : str
        The family and the link.
    offset : numpy.ndarray of float, shape (n,)
        What is added to the predictor of each row.
    """

    outcome: FloatArray
    family: Any
    name: str
    kind: str
    link: str
    offset: FloatArray
    extra: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ("",)

    def fit(self, columns: FloatArray, weight: FloatArray, start: FloatArray | None = None) -> Fitted:
        """Fit by iteratively reweighted least squares, to the last digits."""
        from statsmodels.genmod.generalized_linear_model import GLM

        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            model = GLM(self.outcome, columns, family=self.family, var_weights=weight, offset=self.offset)
            found = model.fit(start_params=start, tol=1e-13, tol_criterion="params", maxiter=_ITERATIONS)
            params = np.asarray(found.params, dtype=float)
            mean = self.family.link.inverse(columns @ params + self.offset)
            slope = 1 / self.family.link.deriv(mean)
            variance = self.family.variance(mean)
            information = (columns * (weight * slope**2 / variance)[:, None]).T @ columns
            score = columns * ((self.outcome - mean) * slope / variance)[:, None]
            deviance = float(self.family.deviance(self.outcome, mean, var_weights=weight))
        if not np.isfinite(params).all():
            raise InputError(
                "the model has no maximum that could be found",
                where="estimate.glm",
                parameter="family, link",
                got=self.name,
                hint="another link, or fewer terms",
            )
        try:
            bread = np.linalg.inv(information)
        except np.linalg.LinAlgError:
            bread = np.full_like(information, np.nan)
        return Fitted(params, bread, np.nan_to_num(score), deviance)

    def separated(self, columns: FloatArray, weight: FloatArray, fitted: Fitted) -> FloatArray | None:
        """Find columns that part the outcomes without an error."""
        mean = np.asarray(self.family.link.inverse(columns @ fitted.params + self.offset))
        if self.kind in {"binomial", "quasibinomial"}:
            if ((mean > _EXTREME) & (mean < 1 - _EXTREME)).all() and np.isfinite(fitted.bread).all():
                return None
            sign = np.where(self.outcome >= 1, 1.0, np.where(self.outcome <= 0, -1.0, 0.0))
            return unbounded_direction(columns * sign[:, None], columns[sign == 0])
        if self.kind in {"poisson", "quasipoisson"}:
            if (mean > _EXTREME * max(float(np.mean(self.outcome)), 1e-300)).all():
                return None
            return unbounded_direction(-columns[self.outcome == 0], columns[self.outcome > 0])
        return None

    def mean(self, columns: FloatArray, params: FloatArray, offset: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
        """Expected outcomes and their derivatives by the parameters."""
        value = np.asarray(self.family.link.inverse(columns @ params + offset))
        return [(value, columns * (1 / self.family.link.deriv(value))[:, None])]


def unbounded_direction(grows: FloatArray, stays: FloatArray) -> FloatArray | None:
    """Find b with grows b >= 0, somewhere > 0, and stays b = 0; the one of least absolute sum names fewest terms.

    Notes
    -----
    A linear program whose rows are added as they are violated: most rows never bind, and rows may be many.
    """
    size = np.maximum(np.abs(grows).max(axis=0, initial=0.0), np.abs(stays).max(axis=0, initial=0.0))
    size = np.where(size > 0, size, 1.0)
    rows, width = grows / size, grows.shape[1]
    if not len(rows):
        return None
    # what must stay is a subspace: as many rows as columns say it
    fixed = np.linalg.qr(stays / size, mode="r") if len(stays) else np.zeros((0, width))
    gain = rows.mean(axis=0)
    equal = np.concatenate([fixed, gain[None, :]])
    target = np.append(np.zeros(len(fixed)), 1.0)
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _ROWS)).astype(np.int64))
    for _ in range(_CUTS):
        own = rows[chosen]
        solved = optimize.linprog(
            np.ones(2 * width),
            A_ub=np.concatenate([-own, own], axis=1),
            b_ub=np.zeros(len(own)),
            A_eq=np.concatenate([equal, -equal], axis=1),
            b_eq=target,
            bounds=(0, None),
            method="highs",
        )
        if solved.status != 0 or solved.x is None:
            return None
        direction = np.asarray(solved.x[:width] - solved.x[width:], dtype=float)
        value = rows @ direction
        violated = np.flatnonzero(value < -1e-7 * max(1.0, float(np.abs(direction).max())))
        if not len(violated):
            return np.asarray(direction / size)
        chosen = np.union1d(chosen, violated[np.argsort(value[violated])[:_ROWS]])
    return None


def glm(
    formula: str,
    data: Any,
    *,
    design: Design,
    family: str = "gaussian",
    link: str | None = None,
    domain: Domain = None,
    df: float | None = None,
    event: str | None = None,
    fpc: str | None = None,
    single: str | None = None,
    conf_level: float = 0.95,
) -> Model:
    """Fit a generalised linear model with the variance of the design.

    Parameters
    ----------
    formula : str
        Outcome and terms, such as ``"uses_ai ~ size_class + sector"``; interactions with ``:`` and ``*``, names with
        spaces in backticks, expressions in braces.  Text, categories and yes-or-no columns are compared with their
        first level.  ``offset(log(years))`` adds a number to the predictor whose coefficient is 1.
    data : frame
        Respondents' rows.
    design : Design
        Design that was read from the rows.
    family : {"gaussian", "binomial", "poisson", "gamma", "inverse_gaussian", "quasibinomial", "quasipoisson"}
        Distribution of the outcome.
    link : {"identity", "log", "logit", "probit", "cloglog", "cauchit", "inverse", "sqrt", "inverse_squared"}, optional
        Link; by default the family's canonical one.
    domain : mapping of str to level or levels, optional
        Domain that the model is about; rows outside keep their part in the variance.
    df : float, optional
        Degrees of freedom of tests and intervals; by default units minus strata of the rows used, plus 1, minus the
        number of coefficients.
    event : str, optional
        For two answers: the one that the model gives the probability of.  Not needed for 0 and 1, true and false, or
        yes and no.
    fpc : {"population", "none"}, optional
        Finite population correction; by default ``population`` where the design knows it.
    single : {"fail", "certainty", "adjust", "average"}, optional
        Rule for strata of a single unit; by default the design's.
    conf_level : float
        Confidence level.

    Returns
    -------
    Model
        Coefficients with tests, predicted margins and contrasts.

    Raises
    ------
    InputError
        For formulas that cannot be read, outcomes that do not fit the family, terms that are linear combinations of
        others, outcomes that terms part without an error, and designs with too few units.

    Notes
    -----
    Pseudo-maximum likelihood: Σ w s(β) = 0 with the score s of each row, fitted by statsmodels on weights scaled to
    mean one.  The covariance is A⁻¹ V A⁻¹ with the expected information A and V the design's covariance of the total of
    scores: strata, clusters, finite populations, calibrated weights by their residuals.  Rows with a missing value in
    the formula are outside the domain, as R's ``svyglm`` has it.

    References
    ----------
    Binder, D. A. (1983). International Statistical Review 51, 279-292. https://doi.org/10.2307/1402588

    Examples
    --------
    >>> rows = pd.DataFrame({"size": list("ssssllll"), "staff": [2, 3, 4, 6, 30, 45, 50, 61],
    ...                      "ai": [0, 0, 1, 0, 1, 0, 1, 1]})
    >>> design = Design.from_frame(rows, strata="size", population={"s": 60, "l": 20})
    >>> model = glm("ai ~ staff", rows, design=design, family="binomial")
    >>> model.to_frame()["estimate"].round(4).tolist()
    [-1.2599, 0.0504]
    """
    options = model_options(design, domain=domain, df=df, fpc=fpc, single=single, conf_level=conf_level)
    parsed = ModelFormula.read(formula, open_rows(data, declared_rows(design)).columns)
    chosen, kind, called = _family(family, link)
    rows = DesignRows.read(data, parsed.columns, design, domain=domain, options=options)
    used = rows.inside & parsed.complete(rows.frame) & (rows.weight > 0)
    require_rows(used, "estimate.glm")
    frame = parsed.frame(rows, used)
    outcome = parsed.outcome(frame, kind, event)
    columns, names, terms, spec = parsed.matrix(frame)
    likelihood = Glm(outcome, chosen, f"{family}, {called} link", kind, called, parsed.offset(frame))
    return assemble(
        rows,
        used,
        likelihood,
        columns=columns,
        names=names,
        terms=terms,
        spec=spec,
        formula=parsed,
        domain=domain,
        df=df,
        conf_level=conf_level,
        counted=len(names),
    )


def model_options(
    design: Design, *, domain: Domain, df: float | None, fpc: str | None, single: str | None, conf_level: float
) -> Options:
    if isinstance(df, str):
        raise InputError("not degrees of freedom", parameter="df", expected="a number > 0", got=repr(df))
    return Options.checked(
        design,
        interval="wald",
        df="design" if df is None else df,
        domain=domain,
        fpc=fpc,
        single=single,
        deff="with_replacement",
        conf_level=conf_level,
        proportion=False,
    )


def require_rows(used: BoolArray, where: str) -> None:
    if not used.any():
        raise InputError(
            "no row is left for the model",
            where=where,
            parameter="formula, domain",
            expected="rows with all variables of the formula and a weight",
            got="0 rows",
        )


def _family(family: str, link: str | None) -> tuple[Any, str, str]:
    """Family of statsmodels, its name, and the name of its link."""
    faults = FaultList("the model is not offered", where="estimate.glm")
    if not isinstance(family, str) or family not in FAMILIES:
        faults.add("unknown family", parameter="family", expected=", ".join(FAMILIES), got=repr(family))
    if link is not None and (not isinstance(link, str) or link not in LINKS):
        faults.add("unknown link", parameter="link", expected=", ".join(LINKS), got=repr(link))
    faults.raise_if_any()
    from statsmodels.genmod import families

    classes = {
        "gaussian": (families.Gaussian, "identity"),
        "binomial": (families.Binomial, "logit"),
        "quasibinomial": (families.Binomial, "logit"),
        "poisson": (families.Poisson, "log"),
        "quasipoisson": (families.Poisson, "log"),
        "gamma": (families.Gamma, "inverse"),
        "inverse_gaussian": (families.InverseGaussian, "inverse_squared"),
    }
    links = families.links
    objects = {
        "identity": links.Identity,
        "log": links.Log,
        "logit": links.Logit,
        "probit": links.Probit,
        "cloglog": links.CLogLog,
        "cauchit": links.Cauchy,
        "inverse": links.InversePower,
        "sqrt": links.Sqrt,
        "inverse_squared": links.InverseSquared,
    }
    maker, canonical = classes[family]
    chosen = link or canonical
    with warnings.catch_warnings():
        # a link that the family does not expect is the user's choice
        warnings.simplefilter("ignore")
        return maker(link=objects[chosen]()), family, chosen


def refuse_collinear(columns: FloatArray, weight: FloatArray, names: Sequence[str]) -> None:
    """Refuse columns that are linear combinations of those before them, and name both."""
    scaled = columns * np.sqrt(weight)[:, None]
    norm = np.linalg.norm(scaled, axis=0)
    faults = FaultList("terms are linear combinations of others", where="aibaro.estimate")
    for place in np.flatnonzero(norm == 0).tolist():
        faults.add("a term is zero in every row used", parameter=names[place], hint="leave it out")
    usable = norm > 0
    kept: list[int] = []
    scaled = scaled / np.where(usable, norm, 1.0)
    if len(scaled) < scaled.shape[1]:
        raise InputError(
            "more coefficients than rows",
            parameter="formula",
            expected=f"at most {len(scaled)}",
            got=str(scaled.shape[1]),
        )
    diagonal = np.abs(np.diag(np.linalg.qr(scaled, mode="r")))
    for place in np.flatnonzero(usable).tolist():
        if diagonal[place] > COLLINEAR:
            kept.append(place)
            continue
        share = np.linalg.lstsq(scaled[:, kept], scaled[:, place], rcond=None)[0]
        others = [names[k] for k, part in zip(kept, share, strict=True) if abs(part) > 1e-6]
        faults.add(
            "a term is a linear combination of others",
            parameter=names[place],
            got=f"follows from {', '.join(others[:8])}",
            hint="leave one of them out",
        )
    faults.raise_if_any()


def fit_scaled(
    likelihood: Likelihood, columns: FloatArray, weight: FloatArray, start: FloatArray | None = None
) -> Fitted:
    """Fit to columns of one size, so that large numbers do not hide small ones; results are those of the columns."""
    size = np.sqrt((columns**2).mean(axis=0))
    size = np.concatenate([np.where(size > 0, size, 1.0), np.ones(len(likelihood.extra))])
    own = columns / size[: columns.shape[1]]
    found = likelihood.fit(own, weight, None if start is None else start * size)
    return Fitted(found.params / size, found.bread / np.outer(size, size), found.scores * size, found.deviance)


def assemble(
    rows: DesignRows,
    used: BoolArray,
    likelihood: Likelihood,
    *,
    columns: FloatArray,
    names: tuple[str, ...],
    terms: Mapping[str, list[int]],
    spec: Any,
    formula: ModelFormula,
    domain: Domain,
    df: float | None,
    conf_level: float,
    counted: int,
) -> Model:
    """Fit a model and give its coefficients the covariance of the design."""
    check_level(conf_level)
    raw = rows.weight[used]
    scale = float(raw.mean())
    weight = raw / scale
    refuse_collinear(columns, weight, names)
    fitted = fit_scaled(likelihood, columns, weight)
    direction = likelihood.separated(columns, weight, fitted)
    if direction is not None:
        reach = np.abs(direction[: len(names)]) * np.abs(columns).max(axis=0)
        guilty = [n for n, r in zip(names, reach, strict=True) if r > 1e-6 * reach.max() and n != "Intercept"]
        raise InputError(
            "a term parts the outcomes without an error, so that its coefficient has no finite value",
            where="aibaro.estimate",
            parameter="formula",
            got=", ".join(guilty[:8] or names[:1]),
            hint="combine levels, or leave the term out",
        )
    ahead = np.abs(fitted.bread @ (weight @ fitted.scores)) / np.maximum(np.abs(fitted.params), 1.0)
    if not (ahead < _ARRIVED).all():
        raise InputError(
            "the iterations did not converge",
            where="aibaro.estimate",
            parameter="family, link",
            got=f"{likelihood.name}: a next step of {np.nanmax(ahead):.2g}",
            expected=f"below {_ARRIVED:g}",
            hint="another link, fewer terms, or numbers of a like size",
        )
    covariance = _sandwich(rows, used, fitted, scale, likelihood=likelihood, columns=columns)
    design_df = rows.degrees_of_freedom(used)
    residual = float(design_df + 1 - counted) if df is None else float(df)
    if not residual > 0:
        raise InputError(
            "too few degrees of freedom for the model",
            where="aibaro.estimate",
            parameter="df",
            expected="units minus strata above the number of coefficients",
            got=f"{design_df} from the design, {counted} coefficients",
            hint="fewer terms, or df= where you know better",
        )
    return Model(
        formula=formula.text,
        family=likelihood.name,
        domain=_domain_text(domain),
        term=(*names, *likelihood.extra),
        estimate=fitted.params,
        df=residual,
        df_design=design_df,
        n=int(used.sum()),
        missing=int((rows.inside & ~used).sum()),
        deviance=fitted.deviance,
        conf_level=conf_level,
        variance=covariance,
        naive=fitted.bread,
        terms=dict(terms),
        rows=rows,
        used=used,
        columns=columns,
        spec=spec,
        likelihood=likelihood,
        parsed=formula,
    )


def _domain_text(domain: Domain) -> str:
    variables, levels = domain_label(domain)
    return f"{variables} = {levels}" if variables else ""


def _refitted(
    rows: DesignRows, used: BoolArray, likelihood: Likelihood, columns: FloatArray, fitted: Fitted
) -> FloatArray:
    """Coefficients with each replicate weight, from those of the full sample, shape (R, p)."""
    weights = np.zeros((0, 0)) if rows.replicate is None else rows.replicate[used]
    made = []
    for number in range(weights.shape[1]):
        own = weights[:, number]
        if not own.any():
            raise InputError(
                "a replicate gives no weight to the rows of the model",
                where="aibaro.estimate",
                parameter="replicates",
                got=f"replicate {number + 1}",
            )
        made.append(fit_scaled(likelihood, columns, own / own.mean(), fitted.params).params)
    return np.array(made)


def _sandwich(
    rows: DesignRows, used: BoolArray, fitted: Fitted, scale: float, *, likelihood: Likelihood, columns: FloatArray
) -> FloatArray:
    """A⁻¹ V A⁻¹; influence values keep the digits of small coefficients."""
    declared = rows.design.replicates
    if rows.replicate is not None and declared is not None:
        return declared.covariance(_refitted(rows, used, likelihood, columns, fitted), fitted.params)
    influence = np.zeros((len(used), len(fitted.params)))
    influence[used] = fitted.scores @ fitted.bread / scale
    return rows.covariance(influence, used)


@dataclass(frozen=True, slots=True)
class Model(Result):
    """Coefficients of a model with the covariance of the design.

    Parameters
    ----------
    formula, family, domain : str
        What was fitted, and to which rows.
    term : tuple of str, length p
        Names of the coefficients.
    estimate : numpy.ndarray of float, shape (p,)
        Coefficients on the scale of the link.
    df, df_design : float
        Degrees of freedom of tests and intervals, and units minus strata of the rows used.
    n, missing : int
        Rows used, and rows of the domain that lack a variable or a weight.
    deviance : float
        Deviance with weights of mean one.
    conf_level : float
        Confidence level.
    variance, naive : numpy.ndarray of float, shape (p, p)
        Covariance of the design, and inverse information with weights of mean one.
    terms : mapping of str to list of int
        Coefficients of each term of the formula.
    rows : DesignRows
        The rows, with what the design says of each.
    used : numpy.ndarray of bool, shape (n,)
        Rows that the model was fitted to.
    columns : numpy.ndarray of float, shape (n used, p)
        Columns of the terms.
    spec : object
        How formulaic makes the columns.
    likelihood : Likelihood
        The family, with the outcome.
    parsed : ModelFormula
        The formula, and the columns that it reads.
    """

    formula: str
    family: str
    domain: str
    term: tuple[str, ...]
    estimate: FloatArray
    df: float
    df_design: int
    n: int
    missing: int
    deviance: float
    conf_level: float
    variance: FloatArray
    naive: FloatArray
    terms: Mapping[str, list[int]] = field(repr=False)
    rows: DesignRows = field(repr=False)
    used: BoolArray = field(repr=False)
    columns: FloatArray = field(repr=False)
    spec: Any = field(repr=False)
    likelihood: Likelihood = field(repr=False)
    parsed: ModelFormula = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per coefficient.

        Returns
        -------
        pandas.DataFrame, shape (p, 8)
            ``term, estimate, std_error, statistic, df, p_value, conf_low, conf_high``.
        """
        return coefficient_frame({"term": list(self.term)}, self.estimate, self.variance, self.df, self.conf_level)

    def covariance(self) -> pd.DataFrame:
        """Return the covariance of the coefficients.

        Returns
        -------
        pandas.DataFrame, shape (p, p)
            Rows and columns named by the terms.
        """
        return pd.DataFrame(self.variance, index=list(self.term), columns=list(self.term))

    def test(self, term: str | Sequence[str], method: str = "wald") -> TermTest:
        """Test whether terms can be left out.

        Parameters
        ----------
        term : str or sequence of str
            Terms of the formula, such as ``"sector"`` or ``"sector:size_class"``.
        method : {"wald", "lrt"}
            Wald's F, or Rao and Scott's working likelihood ratio.

        Returns
        -------
        TermTest
            Statistic, degrees of freedom and p-value.

        Raises
        ------
        InputError
            For unknown terms and choices.

        Notes
        -----
        ``wald``: b' V⁻¹ b / q against F(q, df).  ``lrt``: the difference of deviances against Σ λ_i F_i, λ being the
        eigenvalues of the naive covariance's inverse times the design's; its tail is integrated (Imhof 1961).

        References
        ----------
        Rao, J. N. K. and Scott, A. J. (1984). https://doi.org/10.1214/aos/1176346391
        Imhof, J. P. (1961). Biometrika 48, 419-426. https://doi.org/10.1093/biomet/48.3-4.419
        """
        asked = [term] if isinstance(term, str) else list(term)
        places = self._places(asked)
        name = " + ".join(asked)
        own = self.variance[np.ix_(places, places)]
        if method == "wald":
            coefficients = self.estimate[places]
            value = float(coefficients @ np.linalg.solve(own, coefficients)) / len(places)
            p_value = float(stats.f.sf(value, len(places), self.df))
            return TermTest(name, "wald", value, len(places), self.df, p_value)
        if method != "lrt":
            raise InputError("unknown choice", parameter="method", expected="wald, lrt", got=repr(method))
        rest = [k for k in range(len(self.columns[0])) if k not in set(places)]
        weight = self.rows.weight[self.used]
        smaller = fit_scaled(self.likelihood, self.columns[:, rest], weight / weight.mean())
        eigenvalues = np.linalg.eigvals(np.linalg.solve(self.naive[np.ix_(places, places)], own)).real
        value = smaller.deviance - self.deviance
        p_value = weighted_f_tail(value, eigenvalues, self.df)
        return TermTest(
            name, "lrt", value, len(places), self.df, p_value, tuple(sorted(eigenvalues.tolist(), reverse=True))
        )

    def _places(self, asked: Sequence[str]) -> list[int]:
        known = {_canonical(name): places for name, places in self.terms.items() if name != "1"}
        unknown = [name for name in asked if _canonical(name) not in known]
        if unknown or not asked:
            raise InputError(
                "the formula has no such term",
                parameter="term",
                expected=", ".join(name for name in self.terms if name != "1"),
                got=", ".join(unknown) or "nothing",
            )
        return sorted({place for name in asked for place in known[_canonical(name)]})

    def predict(self, by: str | Mapping[str, Sequence[Any]]) -> Margins:
        """Return predicted margins: the mean outcome if every row had a level, all else as it is.

        Parameters
        ----------
        by : str or mapping of str to sequence
            A categorical variable of the formula, or variables with the values to predict at.

        Returns
        -------
        Margins
            One row per level or combination of values.

        Raises
        ------
        InputError
            For variables that the formula has not, and numbers without values.

        Notes
        -----
        Σ w μ(x_i with the level) / Σ w.  The variance adds that of the coefficients (delta method) and that of the
        mean over the rows, taken as uncorrelated, as R's ``svypredmeans`` does.
        """
        values = self._values(by)
        frame = self.parsed.frame(self.rows, self.used)
        weight = self.rows.weight[self.used]
        alias = {name: short for short, name in self.parsed.aliases.items()}
        names = list(values)
        grids = np.meshgrid(*[np.arange(len(v)) for v in values.values()], indexing="ij")
        means: list[FloatArray] = []
        slopes: list[FloatArray] = []
        labels: list[str] = []
        for point in zip(*(g.ravel().tolist() for g in grids), strict=True):
            chosen = {name: values[name][k] for name, k in zip(names, point, strict=True)}
            fixed = frame.assign(**{alias.get(n, n): _constant(frame[alias.get(n, n)], v) for n, v in chosen.items()})
            columns = np.asarray(self.spec.get_model_matrix(fixed, output="numpy"), dtype=float)
            # models of ordered answers have thresholds in place of an intercept
            columns = columns[:, columns.shape[1] - self.columns.shape[1] :]
            for mean, slope in self.likelihood.mean(columns, self.estimate, self.parsed.offset(fixed)):
                means.append(mean)
                slopes.append(weight @ slope / weight.sum())
                labels.append("×".join(_shown(v) for v in chosen.values()))
        matrix, gradient = np.stack(means, axis=1), np.stack(slopes)
        estimate = weight @ matrix / weight.sum()
        variance = gradient @ self.variance @ gradient.T + self._spread(matrix, estimate, weight)
        outcomes = self.likelihood.outcomes
        answers = tuple(outcomes * (len(labels) // len(outcomes)))
        return Margins("×".join(names), tuple(labels), answers, estimate, variance, self.df, self.conf_level)

    def _spread(self, matrix: FloatArray, estimate: FloatArray, weight: FloatArray) -> FloatArray:
        """Covariance of means over the rows of predictions that are taken as fixed."""
        declared, copies = self.rows.design.replicates, self.rows.replicate
        if declared is not None and copies is not None:
            own = copies[self.used]
            return declared.covariance(own.T @ matrix / own.sum(axis=0)[:, None], estimate)
        spread = np.zeros((len(self.used), matrix.shape[1]))
        spread[self.used] = (matrix - estimate) / weight.sum()
        return self.rows.covariance(spread, self.used)

    def _values(self, by: str | Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        parts = [self.parsed.parsed.rhs, *map(offset_formula, self.parsed.offsets)]
        known = {self.parsed.named(name) for part in parts for name in needed(part)}
        asked: dict[str, Any] = dict(by) if isinstance(by, Mapping) else dict.fromkeys([by])
        frame = plain_frame(self.rows.frame.loc[self.used, sorted(known)])
        result: dict[str, list[Any]] = {}
        for name, values in asked.items():
            if name not in known:
                raise InputError(
                    "the formula has no such variable",
                    parameter="by",
                    expected=", ".join(sorted(known)),
                    got=repr(name),
                )
            categorical = isinstance(frame[name].dtype, pd.CategoricalDtype)
            if values is None and not categorical:
                raise InputError(
                    "a number has no levels",
                    parameter="by",
                    got=name,
                    hint=f"name the values: predict({{{name!r}: [1, 2]}})",
                )
            levels = frame[name].cat.categories.tolist() if categorical else []
            chosen = levels if values is None else [values] if isinstance(values, str | int | float) else list(values)
            unknown = [v for v in chosen if categorical and str(v) not in {str(x) for x in levels}]
            if unknown or not chosen:
                raise InputError(
                    "unknown level", parameter="by", expected=", ".join(map(str, levels)), got=str(unknown)
                )
            result[name] = [str(v) if categorical and isinstance(levels[0], str) else v for v in chosen]
        return result

    def contrast(self, expression: str | Mapping[str, str]) -> Margins:
        """Estimate expressions over the coefficients.

        Parameters
        ----------
        expression : str or mapping of str to str
            Arithmetic over coefficients: ``'sector["b"] - sector["c"]'`` names levels of a variable (the first one is
            0), ``"staff * 10"`` a number, and a quoted name any term, such as ``"'a[T.x]:b' / 2"``.

        Returns
        -------
        Margins
            One row per expression; by the delta method.

        Raises
        ------
        InputError
            For names that the model has not.
        """
        named = {expression: expression} if isinstance(expression, str) else dict(expression)
        found = [evaluate(text, self._resolve, len(self.term)) for text in named.values()]
        gradient = np.array([g for _, g in found])
        variance = gradient @ self.variance @ gradient.T
        estimate = np.array([value for value, _ in found])
        return Margins("contrast", tuple(named), ("",) * len(named), estimate, variance, self.df, self.conf_level)

    def _resolve(self, item: str | None, levels: tuple[str, ...]) -> tuple[float, FloatArray]:
        name = levels[0] if item is None else item if not levels else f"{item}[T.{levels[0]}]"
        if name in self.term:
            place = self.term.index(name)
            return float(self.estimate[place]), np.eye(1, len(self.term), place)[0]
        if item is not None and levels and item in self.terms:
            others = {self.term[k] for k in self.terms[item]}
            known = _first_level(self.rows.frame[item][self.used]) if item in self.rows.frame else ""
            if levels[0] == known and name not in others:
                return 0.0, np.zeros(len(self.term))
        raise InputError(
            "the model has no such coefficient", parameter="expression", expected=", ".join(self.term), got=name
        )

    def odds_ratios(self) -> pd.DataFrame:
        """Return exponentiated coefficients: odds ratios of a logit link, ratios of means of a log link.

        Returns
        -------
        pandas.DataFrame
            ``term, estimate, std_error, statistic, df, p_value, conf_low, conf_high``, without intercept and
            thresholds; statistic and p-value are those of the coefficient, the standard error is the delta method's.

        Raises
        ------
        InputError
            For other links, whose exponentiated coefficients are no ratios.
        """
        if "logit link" not in self.family and "log link" not in self.family:
            raise InputError(
                "exponentiated coefficients of this link are no ratios",
                where="Model.odds_ratios",
                parameter="link",
                expected="logit, log",
                got=self.family,
            )
        frame = self.to_frame()
        kept = [n for n in self.term if n != "Intercept" and n not in self.likelihood.extra]
        frame = frame[frame["term"].isin(kept)].reset_index(drop=True)
        ratio = np.exp(frame["estimate"])
        limits = {name: np.exp(frame[name]) for name in ("conf_low", "conf_high")}
        return frame.assign(estimate=ratio, std_error=ratio * frame["std_error"], **limits)

    def note(self) -> str:
        """Say what was fitted.

        Returns
        -------
        str
            Formula, family, rows and degrees of freedom.
        """
        where = f"; {self.domain}" if self.domain else ""
        left = f", {self.missing} with a missing value left out" if self.missing else ""
        return (
            f"{self.formula}; {self.family}{where}; {self.n:,} rows{left}; df {self.df:g} "
            f"(design {self.df_design:g}); covariance of the design; intervals at {self.conf_level:.0%}"
        )

    def to_latex(self) -> str:
        """Return the coefficients as a LaTeX table.

        Returns
        -------
        str
            A ``tabular`` with the package booktabs.
        """
        return latex_table(self.to_frame(), ["term", "estimate", "std_error", "p_value", "conf_low", "conf_high"])


def _canonical(name: str) -> str:
    return ":".join(sorted(part.strip().strip("`") for part in name.split(":")))


def _constant(column: pd.Series[Any], value: Any) -> pd.Series[Any]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return pd.Series(pd.Categorical([value] * len(column), dtype=column.dtype), index=column.index)
    return pd.Series(float(value), index=column.index)


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _first_level(column: pd.Series[Any]) -> str:
    levels = plain_frame(column.to_frame("x"))["x"]
    return str(levels.cat.categories[0]) if isinstance(levels.dtype, pd.CategoricalDtype) else ""


def coefficient_frame(
    names: Mapping[str, Sequence[str]], estimate: FloatArray, variance: FloatArray, df: float, level: float
) -> pd.DataFrame:
    """Tabulate estimates with their tests and limits."""
    error = np.sqrt(np.maximum(np.diag(variance), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / error
    half = critical_value(df, (1 - level) / 2) * error
    return pd.DataFrame(
        {
            **{name: pd.Series(list(values), dtype="str") for name, values in names.items()},
            "estimate": estimate,
            "std_error": error,
            "statistic": statistic,
            "df": np.full(len(estimate), df),
            "p_value": two_sided(statistic, df),
            "conf_low": estimate - half,
            "conf_high": estimate + half,
        }
    )


def latex_table(frame: pd.DataFrame, columns: Sequence[str]) -> str:
    """Write columns of a frame as a LaTeX table, numbers to four significant digits."""
    from aibaro.messages import latex_text

    def cell(value: Any) -> str:
        return latex_text(value) if isinstance(value, str) else f"${value:.4g}$" if np.isfinite(value) else ""

    head = " & ".join(latex_text(name.replace("_", " ")) for name in columns)
    body = [" & ".join(cell(row[name]) for name in columns) + r" \\" for row in frame.to_dict("records")]
    align = "l" + "r" * (len(columns) - 1)
    return "\n".join(
        [
            rf"\begin{{tabular}}{{{align}}}",
            r"\toprule",
            head + r" \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
        ]
    )


@dataclass(frozen=True, slots=True)
class TermTest(Result):
    """Test of terms of a model.

    Parameters
    ----------
    term : str
        The terms.
    method : {"wald", "lrt"}
        Wald's F, or the working likelihood ratio.
    statistic : float
        F, or the difference of deviances.
    df, df_residual : float
        Coefficients tested, and degrees of freedom of the denominator.
    p_value : float
        Upper tail.
    eigenvalues : tuple of float
        Generalised design effects of the likelihood ratio.
    """

    term: str
    method: str
    statistic: float
    df: int
    df_residual: float
    p_value: float
    eigenvalues: tuple[float, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Return the test as one row.

        Returns
        -------
        pandas.DataFrame, shape (1, 6)
            ``term, method, statistic, df, df_residual, p_value``.
        """
        names = ("term", "method", "statistic", "df", "df_residual", "p_value")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])


@dataclass(frozen=True, slots=True)
class Margins(Result):
    """Predicted margins or contrasts of a model.

    Parameters
    ----------
    domain : str
        Variables that were set, or ``contrast``.
    level : tuple of str, length L
        Their levels, or the expressions.
    category : tuple of str, length L
        The answer, for models of ordered answers; else empty.
    estimate : numpy.ndarray of float, shape (L,)
        Estimates.
    variance : numpy.ndarray of float, shape (L, L)
        Their covariance.
    df, conf_level : float
        Degrees of freedom, and level of the intervals.
    """

    domain: str
    level: tuple[str, ...]
    category: tuple[str, ...]
    estimate: FloatArray
    variance: FloatArray
    df: float
    conf_level: float

    def to_frame(self) -> pd.DataFrame:
        """Return one row per level, and answer.

        Returns
        -------
        pandas.DataFrame, shape (L, 10)
            ``category, domain, level, estimate, std_error, statistic, df, p_value, conf_low, conf_high``.
        """
        names = {
            "category": list(self.category),
            "domain": [self.domain] * len(self.level),
            "level": list(self.level),
        }
        return coefficient_frame(names, self.estimate, self.variance, self.df, self.conf_level)

    def covariance(self) -> pd.DataFrame:
        """Return the covariance of the rows.

        Returns
        -------
        pandas.DataFrame, shape (L, L)
            Rows and columns named by the levels.
        """
        return pd.DataFrame(self.variance, index=self._names(), columns=self._names())

    def _names(self) -> list[str]:
        return [f"{a}[{b}]" if b else a for a, b in zip(self.level, self.category, strict=True)]

    def contrast(self, expression: str | Mapping[str, str]) -> Margins:
        """Estimate expressions over the margins, levels in quotes.

        Parameters
        ----------
        expression : str or mapping of str to str
            Such as ``"'large' - 'small'"``; for ordered answers ``"'large[often]'"``.

        Returns
        -------
        Margins
            One row per expression.

        Raises
        ------
        InputError
            For unknown levels.
        """

        def resolve(item: str | None, levels: tuple[str, ...]) -> tuple[float, FloatArray]:
            name = f"{item}[{levels[-1]}]" if item and levels else levels[-1] if levels else str(item)
            known = self._names()
            if name not in known:
                raise InputError("unknown level", parameter="expression", expected=", ".join(known), got=name)
            return float(self.estimate[known.index(name)]), np.eye(1, len(known), known.index(name))[0]

        named = {expression: expression} if isinstance(expression, str) else dict(expression)
        found = [evaluate(text, resolve, len(self.level)) for text in named.values()]
        gradient = np.array([g for _, g in found])
        variance = gradient @ self.variance @ gradient.T
        estimate = np.array([value for value, _ in found])
        return Margins("contrast", tuple(named), ("",) * len(named), estimate, variance, self.df, self.conf_level)


def weighted_f_tail(value: float, eigenvalues: FloatArray, df: float) -> float:
    """Return P(Σ λ_i χ²_i > value · χ²_df / df) by Imhof's integral.

    Examples
    --------
    >>> round(weighted_f_tail(3.84, np.array([1.0]), np.inf), 4), round(float(stats.chi2.sf(3.84, 1)), 4)
    (0.05, 0.05)
    """
    positive = np.asarray(eigenvalues, dtype=float)
    if value <= 0:
        return 1.0
    weights, counts = positive, np.ones(len(positive))
    shift = value
    if np.isfinite(df):
        weights, counts, shift = np.append(positive, -value / df), np.append(counts, df), 0.0

    def integrand(u: float) -> float:
        angle = 0.5 * float((counts * np.arctan(weights * u)).sum()) - 0.5 * shift * u
        decay = float((0.25 * counts * np.log1p((weights * u) ** 2)).sum())
        return float(np.sin(angle) * np.exp(-decay) / u)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", integrate.IntegrationWarning)
        scale = 1 / max(float(np.abs(weights).max()), 1e-300)
        near, _ = integrate.quad(integrand, 0, scale, limit=400, epsabs=1e-12)
        far, _ = integrate.quad(integrand, scale, np.inf, limit=2000, epsabs=1e-12)
    return float(min(max(0.5 + (near + far) / np.pi, 0.0), 1.0))
