"""Proportions, means, totals and ratios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate._cells import cells_from_counts
from aibaro.estimate._options import Options
from aibaro.estimate._passes import MOST_NOISE
from aibaro.estimate._resampling import calibrated_anew, chosen, replicated
from aibaro.estimate.analysis import By, Domain, analyse, make_terms, split_by
from aibaro.estimate.categories import MISSING_RULES
from aibaro.estimate.cells_of_rows import cells_from_rows
from aibaro.estimate.design_arguments import items_of
from aibaro.estimate.results import Estimates


def proportion(
    data: Any,
    item: str | Sequence[str],
    *,
    design: Design,
    by: By = None,
    domain: Domain = None,
    base: str | None = None,
    missing: str = "outside",
    interval: str = "logit",
    df: str | float = "design",
    fpc: str | None = None,
    single: str | None = None,
    deff: str = "without_replacement",
    conf_level: float = 0.95,
    variance: str | None = None,
    replicates: int = 500,
    seed: int | None = None,
    center: str = "replicates",
    covariance: str = "domains",
) -> Estimates:
    """Estimate the share of a population that has a property.

    Parameters
    ----------
    data : frame
        With a design from strata: one row per stratum, the stratum variables and one column of successes an item.
        With a design from rows: the respondents, one row each.
    item : str or sequence of str
        Columns of the items.  In rows, a boolean column, or one of 0 and 1, is one item; any other column (text,
        ordered or labelled categories, intervals, codes) gives one row per answer, named in ``category``, in the order
        that its type declares.
    design : Design
        The design.
    by : str, sequence, or None
        Domain variables; ``["sector", "size_class"]`` are two tables, ``"size_class×sector"`` one crossed table, and
        None among them stands for all rows.  Rows in which a variable is missing are in none of its levels.
    domain : mapping of str to level or levels, optional
        Domain that the analysis is restricted to; strata outside keep their part in the variance.
    base : str, optional
        Column that says who was asked: counts of a stratum, or yes-or-no in rows.
    missing : {"outside", "category"}
        What a missing answer is: outside the base, and counted in ``missing``; or an answer of its own.  As an answer
        it makes yes-or-no columns of rows categorical too.
    interval : {"logit", "wald", "wilson", "beta", "arcsine", "likelihood"}
        Interval method.
    df : {"design", "satterthwaite"} or float
        Degrees of freedom of the interval; both rules stand in the result.
    fpc : {"population", "none"}, optional
        Finite population correction; by default ``population`` where the design knows it.
    single : {"fail", "certainty", "adjust", "average"}, optional
        Rule for strata of a single unit; by default the design's, ``fail`` for a table of strata.
    deff : {"without_replacement", "with_replacement"}
        Simple random sample that the design effect compares with.
    conf_level : float
        Confidence level.
    variance : {"linearization", "replicates", "jackknife", "bootstrap"}, optional
        How the variance is estimated: Taylor's linearisation; the replicate weights of the design, the default where
        it has some; the stratified jackknife (JKn); or a bootstrap (Preston's with a finite population correction, that
        of Rao, Wu and Yue without).
    replicates, seed : int
        Number of bootstrap replicates and their seed, which a bootstrap needs.
    center : {"replicates", "estimate"}
        Whether a jackknife or bootstrap takes deviations from the mean of the replicates, or from the estimate with the
        full sample.
    covariance : {"domains", "items"}
        What :func:`contrast` may combine: domains of one item, or several items too, which needs more sums.

    Returns
    -------
    Estimates
        One row per item, category and domain; shares of the categories of an item add up to 1, and
        :meth:`Estimates.covariance` gives their joint covariance.

    Raises
    ------
    InputError
        For data that do not fit the design, unknown choices, or strata of a single unit under ``fail``.

    Notes
    -----
    p = Σ w y / Σ w over the domain.  Its variance is that of the total of u = (y - p)/Σw over the respondents of
    all strata, zero outside the domain: Σ_h (1 - f_h) n_h/(n_h - 1) Σ_i (w u - mean)².  For a stratum domain this
    is Σ_h (N_h/N_D)² (1 - f_h) p_h (1 - p_h)/(n_h - 1).  Response is treated as random within strata, and the
    interval's coverage is that of its method: the default, and from how many answers on it holds, follow from
    the simulation in ``docs/coverage.md``.

    Cost: one group-by over the rows for yes-or-no items (two where weights vary within strata and outcomes have
    to be centred), then time and memory of the order of cells times items, a cell being a stratum, or primary
    sampling unit, by the levels of `by`.  Of a table of strata no rows are read.  A jackknife adds nothing that grows
    with rows where outcomes are yes-or-no, a bootstrap `replicates` times the kinds of respondents.

    References
    ----------
    Särndal, C.-E., Swensson, B. and Wretman, J. (1992). Model Assisted Survey Sampling. Springer.
    https://doi.org/10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"size": ["small", "medium", "large"], "population": [100, 40, 6],
    ...                       "respondents": [4, 4, 4], "uses_ai": [1, 2, 3]})
    >>> design = Design.from_strata(table[["size", "population", "respondents"]])
    >>> result = proportion(table, "uses_ai", design=design)
    >>> float(result.estimate[0]), float(result.df[0])
    (0.339041095890411, 9.0)
    """
    options = Options.checked(
        design,
        interval=interval,
        df=df,
        fpc=fpc,
        single=single,
        deff=deff,
        conf_level=conf_level,
        proportion=True,
        base=base,
        domain=domain,
    )
    request = Request(by, domain, base, variance, replicates, seed, covariance, missing, center)
    return _run(data, item, "proportion", design=design, request=request, options=options)


def mean(
    data: Any,
    item: str | Sequence[str],
    *,
    design: Design,
    by: By = None,
    domain: Domain = None,
    base: str | None = None,
    df: str | float = "design",
    fpc: str | None = None,
    single: str | None = None,
    deff: str = "without_replacement",
    conf_level: float = 0.95,
    variance: str | None = None,
    replicates: int = 500,
    seed: int | None = None,
    center: str = "replicates",
    covariance: str = "domains",
) -> Estimates:
    """Estimate a population mean.

    Parameters
    ----------
    data : frame
        Respondents' rows, or stratum counts of yes-or-no items.
    item : str or sequence of str
        Columns of the outcomes.
    design : Design
        The design.
    by, domain, base
        Domains, as in :func:`proportion`.
    df, fpc, single, deff, conf_level
        Choices, as in :func:`proportion`; limits are Wald's with Student's t.
    variance, replicates, seed, center, covariance
        How variances are estimated, as in :func:`proportion`.

    Returns
    -------
    Estimates
        One row per item and domain.

    Raises
    ------
    InputError
        For data that do not fit the design, unknown choices, or strata of a single unit under ``fail``.

    Notes
    -----
    As :func:`proportion` with any outcome y.  Outcomes are centred before they are squared, so that the standard
    error of an outcome with a large mean keeps its digits.

    Cost: two group-bys over the rows, one where the outcomes are yes-or-no or small integers of constant weight; memory
    is that of the cells, as in :func:`proportion`.  Replicates of other outcomes need one more group-by, by distinct
    values.

    References
    ----------
    Särndal, C.-E., Swensson, B. and Wretman, J. (1992). Model Assisted Survey Sampling. Springer.
    https://doi.org/10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"size": ["small", "large"], "population": [100, 40], "respondents": [4, 4],
    ...                       "uses_ai": [1, 2]})
    >>> design = Design.from_strata(table[["size", "population", "respondents"]])
    >>> mean(table, "uses_ai", design=design, by="size").estimate
    array([0.5 , 0.25])
    """
    options = Options.checked(
        design,
        interval="wald",
        df=df,
        fpc=fpc,
        single=single,
        deff=deff,
        conf_level=conf_level,
        proportion=False,
        base=base,
        domain=domain,
    )
    request = Request(by, domain, base, variance, replicates, seed, covariance, center=center)
    return _run(data, item, "mean", design=design, request=request, options=options)


def total(
    data: Any,
    item: str | Sequence[str],
    *,
    design: Design,
    by: By = None,
    domain: Domain = None,
    base: str | None = None,
    df: str | float = "design",
    fpc: str | None = None,
    single: str | None = None,
    deff: str = "without_replacement",
    conf_level: float = 0.95,
    variance: str | None = None,
    replicates: int = 500,
    seed: int | None = None,
    center: str = "replicates",
    covariance: str = "domains",
) -> Estimates:
    """Estimate a population total, or the number of units that have a property.

    Parameters
    ----------
    data : frame
        Respondents' rows, or stratum counts of yes-or-no items.
    item : str or sequence of str
        Columns of the outcomes.
    design : Design
        The design.
    by, domain, base
        Domains, as in :func:`proportion`.
    df, fpc, single, deff, conf_level
        Choices, as in :func:`proportion`; limits are Wald's with Student's t.
    variance, replicates, seed, center, covariance
        How variances are estimated, as in :func:`proportion`.

    Returns
    -------
    Estimates
        One row per item and domain.

    Raises
    ------
    InputError
        For data that do not fit the design, unknown choices, or strata of a single unit under ``fail``.

    Notes
    -----
    Ŷ = Σ w y over the domain; u = y in the domain and 0 outside.  Cost as in :func:`mean`.

    References
    ----------
    Särndal, C.-E., Swensson, B. and Wretman, J. (1992). Model Assisted Survey Sampling. Springer.
    https://doi.org/10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"size": ["small", "large"], "population": [100, 40], "respondents": [4, 4],
    ...                       "uses_ai": [1, 2]})
    >>> design = Design.from_strata(table[["size", "population", "respondents"]])
    >>> total(table, "uses_ai", design=design).estimate
    array([45.])
    """
    options = Options.checked(
        design,
        interval="wald",
        df=df,
        fpc=fpc,
        single=single,
        deff=deff,
        conf_level=conf_level,
        proportion=False,
        base=base,
        domain=domain,
    )
    request = Request(by, domain, base, variance, replicates, seed, covariance, center=center)
    return _run(data, item, "total", design=design, request=request, options=options)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked beside the item: domains, and how variances are estimated."""

    by: By
    domain: Domain
    base: str | None
    variance: str | None
    replicates: int
    seed: int | None
    covariance: str
    missing: str = "outside"
    center: str = "replicates"


def _run(
    data: Any, item: str | Sequence[str], target: str, *, design: Design, request: Request, options: Options
) -> Estimates:
    items = items_of(item)
    if not isinstance(request.covariance, str) or request.covariance not in {"domains", "items"}:
        raise InputError(
            "unknown choice", parameter="covariance", expected="domains, items", got=repr(request.covariance)
        )
    if not isinstance(request.missing, str) or request.missing not in MISSING_RULES:
        raise InputError(
            "unknown choice", parameter="missing", expected=", ".join(MISSING_RULES), got=repr(request.missing)
        )
    if request.missing == "category" and design.rows is None:
        raise InputError(
            "counts of successes do not say what was not answered",
            parameter="missing",
            expected="outside",
            got="category",
            hint="base= names the column of those who were asked",
        )
    design, variance = chosen(design, request.variance)
    data, design = calibrated_anew(
        data,
        design,
        variance,
        replicates=request.replicates,
        seed=request.seed,
        center=request.center,
        fpc=options.fpc,
    )
    terms = split_by(request.by)
    variables = sorted({v for term in terms for v in term})
    base, domain = request.base, request.domain
    if design.rows is None:
        cells = cells_from_counts(data, items, design, variables=variables, domain=domain, base=base)
    else:
        read = partial(
            cells_from_rows,
            data,
            {i: (i,) for i in items},
            design,
            variables=variables,
            domain=domain,
            base=base,
            binary=target == "proportion",
            cross=request.covariance == "items",
            missing=request.missing,
        )
        cells = read()
    made = make_terms(cells, terms, domain)
    result = analyse(cells, target, made, options)
    if design.rows is not None and result.noise > MOST_NOISE:
        cells = read(careful=True)
        result = analyse(cells, target, made, options)
    return replicated(
        result,
        data,
        made,
        base=base,
        domain=domain,
        variance=variance,
        replicates=request.replicates,
        seed=request.seed,
        center=request.center,
    )


# --- Ratios of two totals.


def ratio(
    data: Any,
    numerator: str | Sequence[str],
    denominator: str,
    *,
    design: Design,
    by: By = None,
    domain: Domain = None,
    base: str | None = None,
    df: str | float = "design",
    fpc: str | None = None,
    single: str | None = None,
    deff: str = "without_replacement",
    conf_level: float = 0.95,
    variance: str | None = None,
    replicates: int = 500,
    seed: int | None = None,
    center: str = "replicates",
) -> Estimates:
    """Estimate the ratio of two population totals.

    Parameters
    ----------
    data : frame
        Respondents' rows.
    numerator : str or sequence of str
        Columns of the numerators.
    denominator : str
        Column of the denominator.
    design : Design
        Design that was read from the rows.
    by, domain, base
        Domains, as in :func:`proportion`.
    df, fpc, single, deff, conf_level
        Choices, as in :func:`proportion`; limits are Wald's with Student's t.
    variance, replicates, seed, center
        How the variance is estimated, as in :func:`proportion`.

    Returns
    -------
    Estimates
        One row per numerator and domain, with the item ``numerator/denominator``.

    Raises
    ------
    InputError
        For data that do not fit the design, unknown choices, or strata of a single unit under ``fail``.

    Notes
    -----
    R = Σ w y / Σ w x over rows in which both are present; u = (y - R x)/X̂.  The deviation is linearised, so the bias
    of a ratio in small domains is not removed.

    Cost: two group-bys over the rows; then time and memory of the order of cells times numerators.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., chapter 6. Wiley.

    Särndal, C.-E., Swensson, B. and Wretman, J. (1992). Model Assisted Survey Sampling. Springer.
    https://doi.org/10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"size": ["s", "s", "l", "l"], "it_staff": [0, 1, 5, 9], "staff": [4, 6, 90, 110]})
    >>> design = Design.from_frame(rows, strata="size", population={"s": 60, "l": 8})
    >>> float(ratio(rows, "it_staff", "staff", design=design).estimate[0].round(6))
    0.078182
    """
    options = Options.checked(
        design,
        interval="wald",
        df=df,
        fpc=fpc,
        single=single,
        deff=deff,
        conf_level=conf_level,
        proportion=False,
        columns={"denominator": denominator},
        base=base,
        domain=domain,
    )
    if design.rows is None:
        raise InputError(
            "stratum counts of two items do not determine the variance of their ratio",
            parameter="design",
            expected="a design from rows",
            hint="a share among those with a property is proportion(..., base=...)",
        )
    names = items_of(numerator, "numerator")
    if denominator in names:
        raise InputError(
            "a numerator is the denominator",
            parameter="numerator",
            got=", ".join(names),
            expected=f"columns other than {denominator}",
        )
    design, variance = chosen(design, variance)
    data, design = calibrated_anew(
        data, design, variance, replicates=replicates, seed=seed, center=center, fpc=options.fpc
    )
    terms = split_by(by)
    blocks = {f"{n}/{denominator}": (n, denominator) for n in names}
    read = partial(
        cells_from_rows,
        data,
        blocks,
        design,
        variables=sorted({v for t in terms for v in t}),
        domain=domain,
        base=base,
    )
    cells = read()
    made = make_terms(cells, terms, domain)
    result = analyse(cells, "ratio", made, options)
    if result.noise > MOST_NOISE:
        result = analyse(read(careful=True), "ratio", made, options)
    return replicated(
        result,
        data,
        made,
        base=base,
        domain=domain,
        variance=variance,
        replicates=replicates,
        seed=seed,
        center=center,
    )
