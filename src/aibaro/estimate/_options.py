"""The modelling choices that estimators share, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from aibaro._arrays import FloatArray
from aibaro.design import Design
from aibaro.errors import FaultList
from aibaro.estimate._stages import FPC_RULES, SINGLE_RULES, Stage
from aibaro.estimate.design_arguments import check_columns, check_design, check_df, check_domain, check_level
from aibaro.estimate.intervals import METHODS

DEFF_RULES = ("without_replacement", "with_replacement")


@dataclass(frozen=True, slots=True)
class Options:
    """Choices of one call.

    Parameters
    ----------
    interval : str
        Interval method.
    df : {"design", "satterthwaite"} or float
        Degrees of freedom of the interval.
    fpc : {"population", "none"}
        Finite population correction that was used.
    single : {"fail", "certainty", "adjust", "average"}
        Rule for strata of a single unit.
    deff : {"without_replacement", "with_replacement"}
        Simple random sample that the design effect compares with.
    conf_level : float
        Confidence level.
    """

    interval: str
    df: str | float
    fpc: str
    single: str
    deff: str
    conf_level: float

    @classmethod
    def checked(
        cls,
        design: Design,
        *,
        interval: str,
        df: str | float,
        fpc: str | None,
        single: str | None,
        deff: str,
        conf_level: float,
        proportion: bool,
        columns: Mapping[str, Any] | None = None,
        base: Any = None,
        domain: Any = None,
    ) -> Options:
        """Check the choices of a call and fill in those that the design decides; names and domains with them."""
        check_design(design)
        known = design.rows is None or design.rows.population is not None
        correction = fpc if fpc is not None else ("population" if known else "none")
        rule = single if single is not None else ("fail" if design.rows is None else design.rows.single)
        faults = FaultList("an option is not offered", where="aibaro.estimate")
        tables = {
            "interval": (interval, tuple(METHODS) if proportion else ("wald",)),
            "fpc": (correction, FPC_RULES),
            "single": (rule, SINGLE_RULES),
            "deff": (deff, DEFF_RULES),
        }
        for name, (value, allowed) in tables.items():
            if not isinstance(value, str) or value not in allowed:
                faults.add("unknown choice", parameter=name, expected=", ".join(allowed), got=repr(value))
        check_df(df, faults)
        check_level(conf_level, faults)
        check_columns({**(columns or {}), "base": base}, faults, optional=("base", "group"))
        check_domain(domain, faults)
        if isinstance(correction, str) and correction == "population" and not known:
            faults.add(
                "the design does not know its population",
                parameter="fpc",
                expected="none",
                got="population",
                hint="give population= to Design.from_frame",
            )
        faults.raise_if_any()
        if correction == "population":
            design.require_population()
        if design.normalized:
            deff = "with_replacement"
        return cls(interval, df, correction, rule, deff, conf_level)

    def freedom(self, design: FloatArray, satterthwaite: FloatArray) -> FloatArray:
        """Choose the degrees of freedom of each estimate."""
        if isinstance(self.df, str):
            return design if self.df == "design" else satterthwaite
        return np.where(np.isnan(design), np.nan, float(self.df))

    def stage(self, design: Design) -> Stage:
        """Return the first stage that these choices see."""
        return Stage.of(design, self.fpc, self.single)
