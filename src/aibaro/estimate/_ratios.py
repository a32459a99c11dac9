"""Ratios of two totals."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate._analysis import By, Domain, analyse, make_terms, split_by
from aibaro.estimate._arguments import items_of
from aibaro.estimate._careful import MOST_NOISE
from aibaro.estimate._options import Options
from aibaro.estimate._replicates import calibrated_anew, chosen, replicated
from aibaro.estimate._results import Estimates
from aibaro.estimate._rows import cells_from_rows


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
