"""The same design in R, Stata and SPSS, so that a user can check a result elsewhere, or leave."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from aibaro.design._replicate_weights import Replicates
from aibaro.errors import UnsupportedError

Numbers = np.ndarray[Any, np.dtype[Any]]

if TYPE_CHECKING:
    import pandas as pd

    from aibaro.design._row_design import RowDesign


class ScriptedDesign(Protocol):
    """What a script reads of a design."""

    @property
    def labels(self) -> pd.DataFrame:
        """Label of each stratum."""

    @property
    def rows(self) -> RowDesign | None:
        """Columns of the rows."""

    @property
    def replicates(self) -> Replicates | None:
        """Replicate weights."""

    @property
    def population(self) -> Numbers:
        """Units of each stratum."""

    @property
    def weights(self) -> Numbers:
        """Weight of each stratum."""

    @property
    def unit_fractions(self) -> Numbers:
        """Sampling fraction of each stratum."""

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the stratum variables."""


_STATA_SINGLE = {"fail": "missing", "certainty": "certainty", "adjust": "centered", "average": "scaled"}
# columns that scripts make: no file of rows has them
WEIGHT, POPULATION, RATE, STRATUM = "aibaro_weight", "aibaro_population", "aibaro_rate", "aibaro_stratum"
_SPSS_RESERVED = frozenset({"ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"})
_STATA_RESERVED = frozenset(
    {"_all", "_b", "byte", "_coef", "_cons", "double", "float", "if", "in", "int", "long", "_n", "_N", "_pi", "_pred"}
    | {"_rc", "_skip", "str", "strL", "using", "with"}
)
# type of svrepdesign; the scale is written out, as its defaults differ
_R_KINDS = {"SDR": "successive-difference", "custom": "other"}


def _derived(design: ScriptedDesign) -> dict[str, list[str]]:
    """Columns that no column of the rows holds, by stratum."""
    rows = design.rows
    population = [str(v) for v in design.population.tolist()]
    if rows is None:
        return {POPULATION: population, WEIGHT: [repr(float(v)) for v in design.weights]}
    made = {}
    if rows.weight is None:
        each = design.weights if rows.weights is None else rows.weights
        made[WEIGHT] = [repr(float(v)) for v in each]
    if rows.population == "population":
        made[POPULATION] = population
    elif rows.population == "rate":
        made[RATE] = [repr(float(v)) for v in design.unit_fractions]
    return made


def _weight(design: ScriptedDesign) -> str:
    return WEIGHT if design.rows is None or design.rows.weight is None else design.rows.weight


def _correction(design: ScriptedDesign) -> str | None:
    """Column of the first stage's population or rate."""
    if design.rows is None:
        return POPULATION
    return {"population": POPULATION, "rate": RATE}.get(str(design.rows.population), design.rows.population)


def _stages(design: ScriptedDesign) -> tuple[str, ...]:
    rows = design.rows
    if rows is None or rows.psu is None:
        return ()
    return (rows.psu, *(stage.column for stage in rows.further))


def _rule(design: ScriptedDesign) -> str:
    """Rule for strata of a single unit; other packages know none for domains."""
    return "fail" if design.rows is None else design.rows.single.removesuffix("_domains")


def _strata(design: ScriptedDesign) -> tuple[str, ...]:
    return design.variables if design.rows is None else design.rows.strata


def to_r(design: ScriptedDesign) -> str:
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
    if design.replicates is not None:
        return _replicates_to_r(design, design.replicates)
    strata, derived = _strata(design), _derived(design)
    rule = "fail" if design.rows is None else design.rows.single
    single, of_domains = rule.removesuffix("_domains"), rule.endswith("_domains")
    lines = ["library(survey)", f'options(survey.lonely.psu = "{single}")']
    lines += ["options(survey.adjust.domain.lonely = TRUE)"] if of_domains else []
    if derived and strata:
        keys = ["paste(" + ", ".join(f"{x}" for x in parts) + ', sep = "\\r")' for parts in _r_keys(strata)]
        columns = {**{v: [_quoted(x) for x in design.labels[v]] for v in strata}, **derived}
        body = ",\n  ".join(f"`{k}` = c({', '.join(v)})" for k, v in columns.items())
        lines += [
            f"strata <- data.frame(\n  {body}, check.names = FALSE)",
            # merge() would sort the rows and rename columns that both tables have
            f"place <- match({keys[0]}, {keys[1]})",
            *(f"rows$`{name}` <- strata$`{name}`[place]" for name in derived),
        ]
    elif derived:
        lines += [f"rows$`{k}` <- {v[0]}" for k, v in derived.items()]
    by = "" if not strata else f"strata = ~{_r_strata(strata)}, "
    ids = " + ".join(f"`{stage}`" for stage in _stages(design)) or "1"
    fpc = _r_fpc(design)
    lines.append(
        f"design <- svydesign(ids = ~{ids}, {by}weights = ~{_name(_weight(design))}, {fpc}data = rows, nest = TRUE)"
    )
    return "\n".join([*lines, *_calibrated(design, "#"), *_lower_stages(design, "#")])


def _r_keys(strata: tuple[str, ...]) -> tuple[list[str], list[str]]:
    return [f"rows$`{v}`" for v in strata], [f"strata$`{v}`" for v in strata]


def _r_fpc(design: ScriptedDesign) -> str:
    first = _correction(design)
    if first is None:
        return ""
    columns = _stage_columns(design) if len(_stages(design)) > 1 else [first]
    return f"fpc = ~{' + '.join(map(_name, columns))}, " if columns else ""


def _lower_stages(design: ScriptedDesign, mark: str) -> list[str]:
    """Say what a script leaves to be filled in: sizes of a stage that no column holds."""
    if len(_stages(design)) < 2 or _correction(design) is None or _stage_columns(design):
        return []
    return [f"{mark} sizes of the further stages were given as numbers: add a column of each stage's population"]


def _stage_columns(design: ScriptedDesign) -> list[str]:
    """Columns of the population or rate of each stage; none where one was not given as a column."""
    first = _correction(design)
    if design.rows is None or first is None:
        return []
    columns = [first, *(stage.source for stage in design.rows.further)]
    return [c for c in columns if c is not None] if None not in columns else []


def _replicates_to_r(design: ScriptedDesign, made: Replicates) -> str:
    kind = _R_KINDS.get(made.kind, made.kind)
    columns = ", ".join(_quoted(c) for c in made.columns)
    # svrepdesign computes the scale of JK2, ACS and SDR itself
    own = made.kind in {"JK2", "ACS", "SDR", "BRR", "Fay"} and made.rscales is None and made.scale == _r_scale(made)
    scales = (
        "" if own else f"scale = {made.scale!r}, rscales = c({', '.join(map(repr, made.rscales or _ones(made)))}), "
    )
    if not own and kind in {"JK2", "ACS", "successive-difference", "BRR", "Fay"}:
        kind = "other"
    rho = f"rho = {made.rho!r}, " if kind == "Fay" else ""
    center = "TRUE" if made.center == "estimate" else "FALSE"
    return "\n".join(
        [
            "library(survey)",
            f"design <- svrepdesign(data = rows, weights = ~{_name(_weight(design))}, repweights = rows[c({columns})], "
            f'type = "{kind}", {rho}{scales}combined.weights = TRUE, mse = {center}, degf = {made.df:g})',
        ]
    )


def _ones(made: Replicates) -> list[float]:
    return [1.0] * len(made.columns)


def _r_scale(made: Replicates) -> float:
    from aibaro.design._replicate_weights import default_scale

    return default_scale(made.kind, len(made.columns), made.rho)


def _calibrated(design: ScriptedDesign, mark: str) -> list[str]:
    """Say what a script cannot declare: how calibrated weights came about."""
    if design.rows is None or not design.rows.calibration:
        return []
    totals = "; ".join(", ".join(step.names) for step in design.rows.calibration if step.names)
    return [
        f"{mark} The weights are taken as given here. They were calibrated to {totals};",
        f"{mark} declare the weights before and calibrate them there for the residual standard errors",
    ]


def _quoted(text: str) -> str:
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _name(column: str) -> str:
    """Write a name for a formula of R."""
    return "`" + column.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _r_strata(strata: tuple[str, ...]) -> str:
    return _name(strata[0]) if len(strata) == 1 else f"interaction({', '.join(map(_name, strata))}, drop = TRUE)"


def stata_name(column: str) -> str:
    """Write the name that a column has in Stata, as Stata's strtoname() makes it.

    Examples
    --------
    >>> stata_name("size class"), stata_name("2023"), stata_name("int"), stata_name("w")
    ('size_class', '_2023', '_int', 'w')
    """
    name = re.sub(r"[^0-9A-Za-z_]", "_", column)
    if not name or name[0].isdigit() or name in _STATA_RESERVED:
        name = f"_{name}"
    return name[:32]


def spss_name(column: str) -> str:
    """Write a name that SPSS accepts for a column: letters, digits and . _ $ # @, a letter first, at most 64 bytes.

    Examples
    --------
    >>> spss_name("size class"), spss_name("2023"), spss_name("with"), spss_name("Größe.x")
    ('size_class', '@2023', '@with', 'Größe.x')
    """
    name = re.sub(r"[^\w.$#@]", "_", column)
    if not name or not (name[0].isalpha() or name[0] == "@") or name.upper() in _SPSS_RESERVED:
        name = f"@{name}"
    # neither a letter of several bytes nor a last point is left over
    return name.encode()[:64].decode(errors="ignore").rstrip(".")


def _names_in(
    columns: list[str], rule: Callable[[str], str], program: str, width: int
) -> tuple[dict[str, str], list[str]]:
    """Names in another program, each once, and a comment for each that is another."""
    found: dict[str, str] = {}
    # SPSS takes no notice of capitals
    plain: Callable[[str], str] = str.lower if program == "SPSS" else str
    for column in columns:
        name, number = rule(column), 1
        while plain(name) in {plain(known) for known in found.values()}:
            number += 1
            name = f"{rule(column)[: width - 1 - len(str(number))]}_{number}"
        found[column] = name
    changed = [
        f"* the column {_comment(c)} is the variable {n}: {program} has no such name"
        for c, n in found.items()
        if c != n
    ]
    return found, changed


def _comment(text: str) -> str:
    return repr(text.replace("\n", " ").replace("*/", "* /"))


def to_stata(design: ScriptedDesign) -> str:
    """Write Stata code that declares a design with ``svyset``.

    Examples
    --------
    >>> import pandas as pd
    >>> from aibaro.design import Design
    >>> rows = pd.DataFrame({"size": ["s", "s", "l", "l"], "w": [5.0, 5.0, 2.0, 2.0]})
    >>> print(to_stata(Design.from_frame(rows, strata="size", weight="w")))
    svyset _n [pweight = w], strata(size) singleunit(missing)
    """
    strata, stages, correction = _strata(design), _stages(design), _correction(design)
    made = design.replicates
    replicates = [] if made is None else list(made.columns)
    used = [*strata, *stages, *([correction] if correction else []), _weight(design), *replicates]
    name, lines = _names_in(list(dict.fromkeys(used)), stata_name, "Stata", 32)
    for column, values in _derived(design).items():
        lines.append(f"generate double {name[column]} = .")
        for h, value in enumerate(values):
            test = " & ".join(_stata_test(name[v], design.labels[v].iloc[h]) for v in strata)
            lines.append(f"replace {name[column]} = {value}" + (f" if {test}" if test else ""))
    if made is not None:
        lines.append(_stata_replicates(made, name, _weight(design)))
        return "\n".join(lines)
    if len(strata) > 1:
        lines.append(f"egen {STRATUM} = group({' '.join(name[v] for v in strata)})")
    options = [f"strata({name[strata[0]] if len(strata) == 1 else STRATUM})"] if strata else []
    options += [f"fpc({name[correction]})"] if correction else []
    options.append(f"singleunit({_STATA_SINGLE[_rule(design)]})")
    sizes = _stage_columns(design)[1:]
    lower = "".join(
        f" || {name[stage]}" + (f", fpc({stata_name(sizes[k])})" if sizes else "") for k, stage in enumerate(stages[1:])
    )
    unit = name[stages[0]] if stages else "_n"
    lines.append(f"svyset {unit} [pweight = {name[_weight(design)]}], {' '.join(options)}{lower}")
    return "\n".join([*lines, *_calibrated(design, "*"), *_lower_stages(design, "*")])


def _stata_test(variable: str, level: str) -> str:
    if _number(level):
        return f"string({variable}) == {_stata_text(level)}"
    return f"{variable} == {_stata_text(level)}"


def _stata_text(text: str) -> str:
    """Quote a text; compound quotes hold those inside."""
    return f'"{text}"' if '"' not in text else f'`"{text}"\''


def _stata_replicates(made: Replicates, name: dict[str, str], weight: str) -> str:
    columns = " ".join(name[c] for c in made.columns)
    mse = " mse" if made.center == "estimate" else ""
    start = f"svyset [pweight = {name[weight]}], "
    if made.rscales is None and made.kind in {"BRR", "Fay"}:
        fay = f" fay({made.rho:g})" if made.kind == "Fay" else ""
        return f"{start}brrweight({columns}){fay} vce(brr){mse} dof({made.df:g})"
    if made.rscales is None and made.kind in {"SDR", "ACS"}:
        return f"{start}sdrweight({columns}) vce(sdr){mse} dof({made.df:g})"
    if made.rscales is None:
        return f"{start}jkrweight({columns}, multiplier({made.scale!r})) vce(jackknife){mse} dof({made.df:g})"
    each = " ".join(f"jkrweight({name[c]}, multiplier({f!r}))" for c, f in zip(made.columns, made.factors, strict=True))
    return f"{start}{each} vce(jackknife){mse} dof({made.df:g})"


def _number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", text))


def to_spss(design: ScriptedDesign) -> str:
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
    if design.replicates is not None:
        raise UnsupportedError(
            "SPSS Complex Samples knows no replicate weights",
            where="Design.to_spss",
            parameter="replicates",
            got=design.replicates.kind,
            hint="to_r() and to_stata() declare them",
        )
    strata, stages, correction = _strata(design), _stages(design), _correction(design)
    derived = _derived(design)
    used = [*strata, *stages[:1], *([correction] if correction else []), _weight(design), *derived]
    name, told = _names_in(list(dict.fromkeys(used)), spss_name, "SPSS", 64)
    lines = [f"{line}." for line in told]
    for column, values in derived.items():
        for h, value in enumerate(values):
            test = " AND ".join(f"{name[v]} = {_spss_level(design.labels[v].iloc[h])}" for v in strata)
            lines.append(f"IF ({test}) {name[column]} = {value}." if test else f"COMPUTE {name[column]} = {value}.")
    lines += ["EXECUTE."] if derived else []
    declared = [f"STRATA={' '.join(name[v] for v in strata)}"] if strata else []
    declared += [f"CLUSTER={name[stages[0]]}"] if stages else []
    weight = name[_weight(design)]
    lines += ["CSPLAN ANALYSIS", "  /PLAN FILE='design.csaplan'", f"  /PLANVARS ANALYSISWEIGHT={weight}"]
    lines += [f"  /DESIGN {' '.join(declared)}"] if declared else ["  /DESIGN"]
    if correction:
        size = "INCLPROB" if correction == RATE else "POPSIZE"
        lines += ["  /ESTIMATOR TYPE=EQUAL_WOR", f"  /{size} VARIABLE={name[correction]}."]
    else:
        lines += ["  /ESTIMATOR TYPE=WR."]
    notes = [*_calibrated(design, "*"), *_lower_stages(design, "*")]
    return "\n".join([*lines, *(f"{line}." for line in notes)])


def _spss_level(text: str) -> str:
    return text if _number(text) else "'" + text.replace("'", "''") + "'"
