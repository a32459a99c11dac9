"""Which weight does a respondent of each stratum carry, and by which steps?

From published counts alone: base weight, nonresponse factor and final weight a stratum, with every step kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pandas as pd

from aibaro._typed import typed
from aibaro.errors import InputError
from aibaro.messages import chain
from aibaro.results import Result
from aibaro.weights._explain import stratum_steps

if TYPE_CHECKING:
    # the room of designs loads the frame libraries' adapter, which weights from counts do not need
    from aibaro.design import Design


# columns that StratumWeights.to_frame computes
COMPUTED = frozenset(
    {"sampling_rate", "response_rate", "fraction", "base_weight", "nonresponse_factor", "final_weight"}
)


@dataclass(frozen=True, slots=True)
class WeightStep:
    """One factor of a weight.

    Parameters
    ----------
    name : str
        ``base weight``, ``nonresponse factor`` or ``final weight``.
    formula : str
        The formula in the notation of the methods page.
    assumption : str
        What has to hold for the factor to do its work.
    values : tuple of Fraction, length H
        The exact factor of each stratum.
    """

    name: str
    formula: str
    assumption: str
    values: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class StratumWeights(Result):
    """Weights of a stratified design, one per stratum, with the steps that made them.

    Parameters
    ----------
    design : Design
        The design.
    steps : tuple of WeightStep
        The factors in order; the last one is the final weight.
    """

    design: Design
    steps: tuple[WeightStep, ...]

    @property
    def exact(self) -> tuple[Fraction, ...]:
        """Final weight of each stratum as an exact fraction, length H."""
        return self.steps[-1].values

    @property
    def total(self) -> Fraction:
        """Sum of the final weights over all respondents; equals the population."""
        pairs = zip(self.exact, self.design.respondents.tolist(), strict=True)
        return sum((weight * n for weight, n in pairs), Fraction(0))

    @property
    def kish_ratio(self) -> float:
        """Kish's n Σw² / (Σw)²: the price of unequal weights alone, not of stratification or clustering."""
        squares = sum(w * w * n for w, n in zip(self.exact, self.design.respondents.tolist(), strict=True))
        return float(int(self.design.respondents.sum()) * squares / self.total**2)

    @property
    def kish_effective_n(self) -> float:
        """Respondents divided by Kish's ratio (weights only)."""
        return float(self.design.respondents.sum()) / self.kish_ratio

    def to_frame(self) -> pd.DataFrame:
        """Return one row per stratum with counts, rates and every weight.

        Returns
        -------
        pandas.DataFrame, shape (H, ...)
            Stratum variables, ``population``, ``sample`` where known, ``respondents``, ``sampling_rate`` s_h/N_h,
            ``response_rate`` n_h/s_h, ``fraction`` n_h/N_h and one column per weight step.
        """
        frame = self.design.labels.copy()
        frame["population"] = self.design.population
        if self.design.sample is not None:
            frame["sample"] = self.design.sample
        frame["respondents"] = self.design.respondents
        if self.design.sample is not None:
            frame["sampling_rate"] = self.design.sample / self.design.population
            frame["response_rate"] = self.design.respondents / self.design.sample
        frame["fraction"] = self.design.fractions
        for step in self.steps:
            frame[step.name.replace(" ", "_")] = [float(value) for value in step.values]
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Return totals and the table as plain Python values.

        Returns
        -------
        dict
            ``total``, ``kish_ratio``, ``kish_effective_n`` and ``strata``, a list of records.
        """
        return {
            "total": float(self.total),
            "kish_ratio": self.kish_ratio,
            "kish_effective_n": self.kish_effective_n,
            "strata": self.to_frame().to_dict("records"),
        }

    def summary(self) -> str:
        """Describe the weights in a few lines.

        Returns
        -------
        str
            Number of strata and respondents, sum and range of the weights, Kish's measure.
        """
        low, high = float(min(self.exact)), float(max(self.exact))
        return "\n".join(
            [
                f"{self.design.size} strata, {int(self.design.respondents.sum()):,} respondents, "
                f"{int(self.design.population.sum()):,} units",
                f"final weights add up to {float(self.total):,.0f}; smallest {low:.2f}, largest {high:.2f}",
                f"Kish (weights only): {self.kish_ratio:.2f}, effective n {self.kish_effective_n:,.0f}",
            ]
        )

    def _repr_html_(self) -> str:
        return self.to_frame().to_html(index=False)

    def explain(self, *, style: str = "text", **levels: str) -> str:
        """Show how the weight of one stratum is made, with the numbers filled in.

        Parameters
        ----------
        style : {"text", "latex"}
            Plain text, or an ``aligned`` environment.
        **levels : str
            One level per stratum variable.

        Returns
        -------
        str
            A heading and a line a step.

        Raises
        ------
        InputError
            When the levels do not name exactly one stratum.
        """
        row = self._stratum(levels)
        return chain(" × ".join(self.design.labels.iloc[row]), stratum_steps(self, row), style)

    def _stratum(self, levels: dict[str, str]) -> int:
        rows = self.design.domain(**levels).nonzero()[0]
        if len(rows) != 1:
            raise InputError(
                "these levels do not name one stratum",
                where="StratumWeights.explain",
                expected=f"one level each of {', '.join(self.design.variables)}",
                got=f"{len(rows)} strata",
            )
        return int(rows[0])


def from_strata(design: Design) -> StratumWeights:
    """Weight each stratum up to its population.

    Parameters
    ----------
    design : Design
        Strata with population N_h, respondents n_h and, where published, sample s_h.

    Returns
    -------
    StratumWeights
        Base weight N_h/s_h, nonresponse factor s_h/n_h and final weight N_h/n_h, exact; without s_h the final
        weight alone, because its two factors cannot be told apart.

    Raises
    ------
    InputError
        When the design does not know its population.

    Notes
    -----
    Assumption: within a stratum every unit that was sampled answers with the same probability (a response
    homogeneity group; Särndal, Swensson & Wretman 1992).  Where all units with contact data were approached,
    N_h/s_h corrects missing contact data rather than sampling.  O(H) for H strata.

    References
    ----------
    Särndal, C.-E., Swensson, B., & Wretman, J. (1992). Model Assisted Survey Sampling. Springer.
    https://doi.org/10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> from aibaro.design import Design
    >>> table = pd.DataFrame({"size": ["small", "large"], "population": [100, 40], "sample": [20, 40],
    ...                       "respondents": [4, 10]})
    >>> weights = from_strata(Design.from_strata(table))
    >>> print(weights.summary())
    2 strata, 14 respondents, 140 units
    final weights add up to 140; smallest 4.00, largest 25.00
    Kish (weights only): 1.90, effective n 7
    >>> print(weights.explain(size="small"))
    small
      base weight: N_h / s_h = 100 / 20 = 5.0000
      nonresponse factor: s_h / n_h = 20 / 4 = 5.0000
      final weight: N_h / n_h = 100 / 4 = 25.0000
    """
    if not hasattr(design, "exact_weights"):
        raise InputError(
            "not a design",
            where="weights.from_strata",
            parameter="design",
            expected="a design from Design.from_strata",
            got=repr(design)[:80],
        )
    taken = [v for v in design.variables if v in COMPUTED]
    if taken:
        raise InputError(
            "a stratum variable has the name of a computed column",
            where="weights.from_strata",
            parameter="design",
            expected=f"names other than {', '.join(sorted(COMPUTED))}",
            got=", ".join(taken),
            hint="rename it in the table of strata",
        )
    steps = []
    if design.sample is not None:
        sizes = list(zip(design.population.tolist(), design.sample.tolist(), design.respondents.tolist(), strict=True))
        steps.append(
            WeightStep(
                "base weight",
                "N_h / s_h",
                "each unit of the stratum could be drawn equally well",
                tuple(Fraction(big, drawn) for big, drawn, _ in sizes),
            )
        )
        steps.append(
            WeightStep(
                "nonresponse factor",
                "s_h / n_h",
                "within the stratum response is random",
                tuple(Fraction(drawn, small) for _, drawn, small in sizes),
            )
        )
    steps.append(WeightStep("final weight", "N_h / n_h", "the product of the factors before it", design.exact_weights))
    return StratumWeights(design, tuple(steps))


@typed
def domain_sizes(design: Design, by: str) -> pd.DataFrame:
    """Count units, sample and respondents of each level of a stratum variable.

    Parameters
    ----------
    design : Design
        The design.
    by : str
        A stratum variable.

    Returns
    -------
    pandas.DataFrame
        ``domain, level, population, sample`` (where known), ``respondents, response_rate, mean_weight``; levels in
        the order of the design.

    Raises
    ------
    InputError
        When `by` is not a stratum variable.

    Notes
    -----
    The response rate is respondents over sampled units, the mean weight population over respondents.

    Examples
    --------
    >>> from aibaro.design import Design
    >>> table = pd.DataFrame({"size": ["small", "large"], "population": [100, 40], "respondents": [4, 10]})
    >>> domain_sizes(Design.from_strata(table), "size")[["level", "population", "mean_weight"]]
       level  population  mean_weight
    0  small         100         25.0
    1  large          40          4.0
    """
    if not isinstance(by, str) or by not in design.labels:
        raise InputError(
            "not a stratum variable",
            where="domain_sizes",
            parameter="by",
            expected=", ".join(design.variables),
            got=repr(by),
        )
    frame = from_strata(design).to_frame()
    columns = [c for c in ("population", "sample", "respondents") if c in frame]
    sums = frame.groupby(by, sort=False)[columns].sum().rename_axis("level").reset_index()
    sums.insert(0, "domain", by)
    if "sample" in sums:
        sums["response_rate"] = sums["respondents"] / sums["sample"]
    sums["mean_weight"] = sums["population"] / sums["respondents"]
    return sums
