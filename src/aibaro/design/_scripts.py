"""The same design in R, Stata and SPSS, so that a user can check a result elsewhere, or leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aibaro.design._design import Design

_STATA_SINGLE = {"fail": "missing", "certainty": "certainty", "adjust": "centered", "average": "scaled"}


def _parts(design: Design) -> tuple[tuple[str, ...], str | None, str, str | None, str]:
    """Give strata, unit, weight, population and rule; what has no column is made from the table of strata."""
    rows = design.rows
    if rows is None:
        return design.variables, None, "weight", "population", "fail"
    population = rows.population
    return rows.strata, rows.psu, rows.weight or "weight", population, rows.single


def _derived(design: Design) -> list[str]:
    """Columns that no column of the rows holds."""
    rows = design.rows
    if rows is None:
        return ["population", "weight"]
    wanted = [] if rows.weight else ["weight"]
    return wanted + (["population"] if rows.population == "population" else [])


def _columns(design: Design, names: list[str]) -> dict[str, list[str]]:
    weights = design.weights if design.rows is None or design.rows.weights is None else design.rows.weights
    columns = {"population": [str(v) for v in design.population.tolist()], "weight": [repr(float(v)) for v in weights]}
    return {name: columns[name] for name in names}


def to_r(design: Design) -> str:
    """Write R code that declares a design with the package survey.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.design import Design
    >>> rows = pd.DataFrame({"size": ["s", "s", "l", "l"], "w": [5.0, 5.0, 2.0, 2.0]})
    >>> print(to_r(Design.from_frame(rows, strata="size", weight="w")))
    library(survey)
    options(survey.lonely.psu = "fail")
    design <- svydesign(ids = ~1, strata = ~`size`, weights = ~`w`, data = rows, nest = TRUE)
    """
    strata, psu, weight, population, single = _parts(design)
    lines = ["library(survey)", f'options(survey.lonely.psu = "{single}")']
    derived = _columns(design, _derived(design))
    if derived and strata:
        columns = {**{v: [_quoted(x) for x in design.labels[v]] for v in strata}, **derived}
        body = ",\n  ".join(f"`{k}` = c({', '.join(v)})" for k, v in columns.items())
        lines += [
            f"strata <- data.frame(\n  {body}, check.names = FALSE)",
            f"rows <- merge(rows, strata, by = c({', '.join(_quoted(v) for v in strata)}))",
        ]
    elif derived:
        lines += [f"rows$`{k}` <- {v[0]}" for k, v in derived.items()]
    by = "" if not strata else f"strata = ~{_r_strata(strata)}, "
    fpc = f"fpc = ~`{population}`, " if population else ""
    ids = f"~`{psu}`" if psu else "~1"
    lines.append(f"design <- svydesign(ids = {ids}, {by}weights = ~`{weight}`, {fpc}data = rows, nest = TRUE)")
    return "\n".join([*lines, *_calibrated(design, "#")])


def _calibrated(design: Design, mark: str) -> list[str]:
    """Say what a script cannot declare: how calibrated weights came about."""
    if design.rows is None or not design.rows.calibration:
        return []
    totals = "; ".join(", ".join(step.names) for step in design.rows.calibration if step.names)
    return [
        f"{mark} The weights are taken as given here. They were calibrated to {totals};",
        f"{mark} declare the weights before and calibrate them there for the residual standard errors",
    ]


def _quoted(text: str) -> str:
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _r_strata(strata: tuple[str, ...]) -> str:
    return f"`{strata[0]}`" if len(strata) == 1 else f"interaction({', '.join(f'`{s}`' for s in strata)}, drop = TRUE)"


def to_stata(design: Design) -> str:
    """Write Stata code that declares a design with ``svyset``.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.design import Design
    >>> rows = pd.DataFrame({"size": ["s", "s", "l", "l"], "w": [5.0, 5.0, 2.0, 2.0]})
    >>> print(to_stata(Design.from_frame(rows, strata="size", weight="w")))
    svyset _n [pweight = w], strata(size) singleunit(missing)
    """
    strata, psu, weight, population, single = _parts(design)
    lines = []
    for name, values in _columns(design, _derived(design)).items():
        lines.append(f"generate double {name} = .")
        for h, value in enumerate(values):
            test = " & ".join(
                f"string({v}) == {_quoted(design.labels[v].iloc[h])}"
                if _number(design.labels[v].iloc[h])
                else f"{v} == {_quoted(design.labels[v].iloc[h])}"
                for v in strata
            )
            lines.append(f"replace {name} = {value}" + (f" if {test}" if test else ""))
    if len(strata) > 1:
        lines.append(f"egen stratum = group({' '.join(strata)})")
    options = [f"strata({strata[0] if len(strata) == 1 else 'stratum'})"] if strata else []
    options += [f"fpc({population})"] if population else []
    options.append(f"singleunit({_STATA_SINGLE[single]})")
    lines.append(f"svyset {psu or '_n'} [pweight = {weight}], {' '.join(options)}")
    return "\n".join([*lines, *_calibrated(design, "*")])


def _number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).isdigit()


def to_spss(design: Design) -> str:
    """Write SPSS syntax that declares a design with ``CSPLAN ANALYSIS``.

    Notes
    -----
    SPSS has no rule for strata of a single unit; they add no variance there.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.design import Design
    >>> rows = pd.DataFrame({"size": ["s", "s", "l", "l"], "w": [5.0, 5.0, 2.0, 2.0]})
    >>> print(to_spss(Design.from_frame(rows, strata="size", weight="w")))
    CSPLAN ANALYSIS
      /PLAN FILE='design.csaplan'
      /PLANVARS ANALYSISWEIGHT=w
      /DESIGN STRATA=size
      /ESTIMATOR TYPE=WR.
    """
    strata, psu, weight, population, _ = _parts(design)
    lines = []
    for name, values in _columns(design, _derived(design)).items():
        for h, value in enumerate(values):
            test = " AND ".join(f"{v} = {_spss_level(design.labels[v].iloc[h])}" for v in strata)
            lines.append(f"IF ({test}) {name} = {value}." if test else f"COMPUTE {name} = {value}.")
    lines += ["EXECUTE."] if lines else []
    declared = ([f"STRATA={' '.join(strata)}"] if strata else []) + ([f"CLUSTER={psu}"] if psu else [])
    lines += ["CSPLAN ANALYSIS", "  /PLAN FILE='design.csaplan'", f"  /PLANVARS ANALYSISWEIGHT={weight}"]
    lines += [f"  /DESIGN {' '.join(declared)}"] if declared else ["  /DESIGN"]
    if population:
        lines += ["  /ESTIMATOR TYPE=EQUAL_WOR", f"  /POPSIZE VARIABLE={population}."]
    else:
        lines += ["  /ESTIMATOR TYPE=WR."]
    return "\n".join([*lines, *(f"{line}." for line in _calibrated(design, "*"))])


def _spss_level(text: str) -> str:
    return text if _number(text) else "'" + text.replace("'", "''") + "'"
