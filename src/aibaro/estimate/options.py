"""The modelling choices that estimators share, checked once."""

from __future__ import annotations

from dataclasses import dataclass

from aibaro.design import Design
from aibaro.errors import FaultList, UnsupportedError
from aibaro.estimate.methods import METHODS
from aibaro.estimate.stages import FPC_RULES, SINGLE_RULES, Stage

DF_RULES = ("design", "satterthwaite")
DEFF_RULES = ("without_replacement", "with_replacement")


@dataclass(frozen=True, slots=True)
class Options:
    """Choices of one call.

    Parameters
    ----------
    interval : str
        Interval method.
    df : {"design", "satterthwaite"}
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
    df: str
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
        df: str,
        fpc: str | None,
        single: str | None,
        deff: str,
        conf_level: float,
        proportion: bool,
    ) -> Options:
        """Check the choices of a call and fill in those that the design decides."""
        known = design.rows is None or design.rows.population is not None
        correction = fpc if fpc is not None else ("population" if known else "none")
        rule = single if single is not None else ("fail" if design.rows is None else design.rows.single)
        faults = FaultList("an option is not offered", where="aibaro.estimate")
        tables = {
            "interval": (interval, tuple(METHODS) if proportion else ("wald",)),
            "df": (df, DF_RULES),
            "fpc": (correction, FPC_RULES),
            "single": (rule, SINGLE_RULES),
            "deff": (deff, DEFF_RULES),
        }
        for name, (value, allowed) in tables.items():
            if value not in allowed:
                faults.add("unknown choice", parameter=name, expected=", ".join(allowed), got=repr(value))
        if not 0 < conf_level < 1:
            faults.add(
                "not a confidence level",
                parameter="conf_level",
                expected="a number between 0 and 1",
                got=str(conf_level),
                hint="write 0.95 for 95%",
            )
        if correction == "population" and not known:
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
        if design.rows is not None and (design.rows.further or design.rows.replicates):
            raise UnsupportedError("this variance is being built", where="aibaro.estimate", parameter="design")
        if design.normalized:
            deff = "with_replacement"
        return cls(interval, df, correction, rule, deff, conf_level)

    def stage(self, design: Design) -> Stage:
        """Give the first stage that these choices see."""
        return Stage.of(design, self.fpc, self.single)
