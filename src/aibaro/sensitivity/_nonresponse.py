"""How different must those who did not answer have been, for a statement to turn?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from aibaro._arrays import BoolArray, FloatArray
from aibaro._typed import typed
from aibaro.design import Design
from aibaro.errors import ConflictError, InputError
from aibaro.facts import Fact, Facts, Key, facts_of
from aibaro.published import PublishedSurvey
from aibaro.reconstruct.items import require_declared
from aibaro.results import Result

Margin = tuple[BoolArray, float, float]


@dataclass(frozen=True, slots=True)
class NonresponseBounds(Result):
    """Worst-case bounds of a share, and the breakdown point of a statement about it.

    Parameters
    ----------
    item : str
        The item.
    estimate : tuple of float
        Printed share, as an interval.
    response : float
        Population-weighted response rate Σ W_h n_h / s_h.
    low, high : float
        Bounds of the population share when those who did not answer may have answered anything.
    threshold : float
        Threshold of the statement; NaN where none was given.
    others : tuple of float
        Share among those who did not answer, common to all strata, at which the population share equals the
        threshold; an interval because stratum rates are not printed, possibly outside 0 to 1, which means never.
    shift : tuple of float
        Difference between those who did not answer and those who did, common to all strata, that does the same.
    strata : pandas.DataFrame
        Stratum variables, population share and response rate of each stratum.
    """

    item: str
    estimate: tuple[float, float]
    response: float
    low: float
    high: float
    threshold: float
    others: tuple[float, float]
    shift: tuple[float, float]
    strata: pd.DataFrame

    @property
    def turnable(self) -> bool:
        """Whether some answers of the others would reach the threshold."""
        return bool(self.low <= self.threshold <= self.high)

    def to_frame(self) -> pd.DataFrame:
        """Return the scalar fields as a frame of one row.

        Returns
        -------
        pandas.DataFrame
            Pairs become columns that end in ``_low`` and ``_high``.
        """
        row: dict[str, Any] = {
            "item": self.item,
            "response": self.response,
            "low": self.low,
            "high": self.high,
            "threshold": self.threshold,
            "turnable": self.turnable,
        }
        for name in ("estimate", "others", "shift"):
            row[f"{name}_low"], row[f"{name}_high"] = getattr(self, name)
        return pd.DataFrame([row])

    def to_dict(self) -> dict[str, Any]:
        """Return all scalar fields as plain values.

        Returns
        -------
        dict
            Ready for JSON; None for NaN.
        """
        cells = self.to_frame().iloc[0].to_dict()
        return {str(k): None if isinstance(v, float) and np.isnan(v) else v for k, v in cells.items()}

    def summary(self) -> str:
        """Say the result in a few lines.

        Returns
        -------
        str
            Text with percentages and percentage points.
        """
        lines = [
            f"{self.item or 'share'}: {100 * self.response:.1f}% of the population is represented by an answer; the "
            f"share lies between {100 * self.low:.1f}% and {100 * self.high:.1f}% whatever the others would have said"
        ]
        if not np.isnan(self.threshold):
            lines.append(
                f"  it reaches {100 * self.threshold:g}% if the others stood at {100 * self.others[0]:.1f}% to "
                f"{100 * self.others[1]:.1f}%, that is {100 * self.shift[0]:+.1f} to {100 * self.shift[1]:+.1f} points "
                "from the respondents"
            )
        return "\n".join(lines)


@typed
def nonresponse_bounds(
    design: Design, margins: Sequence[Margin], *, threshold: float = float("nan"), item: str = ""
) -> NonresponseBounds:
    """Bound a population share when those who did not answer may have answered anything.

    Parameters
    ----------
    design : Design
        Strata with sampled and responding units.
    margins : sequence of (numpy.ndarray of bool, length of the strata; float; float)
        Printed shares between 0 and 1: strata of the domain, smallest and largest value; all strata come first.
    threshold : float, optional
        Threshold of the statement, a share between 0 and 1.
    item : str
        Name for tables.

    Returns
    -------
    NonresponseBounds
        Worst-case bounds and breakdown point.

    Raises
    ------
    InputError
        When sampled counts are missing, or margins do not start with the whole population.
    ConflictError
        When no stratum rates have all printed margins.

    Notes
    -----
    With response rates r_h = n_h/s_h and stratum rates p_h among respondents, the population share is
    Σ W_h [r_h p_h + (1 - r_h) q_h] for rates q_h of the others, anywhere in [0, 1] (Manski).  Print does not give p_h:
    A = Σ W_h r_h p_h is bounded by a linear programme over all p_h with the printed margins.  Bounds [A, A + 1 - r];
    breakdown q = (T - A)/(1 - r); breakdown shift (T - P)/(1 - r), the same for every table.  The sample itself is
    taken to represent the stratum.

    References
    ----------
    Manski, C. F. (2003). Partial Identification of Probability Distributions. https://doi.org/10.1007/b97478

    Examples
    --------
    >>> table = pd.DataFrame({"s": ["x", "y"], "population": [100, 100], "sample": [50, 50], "respondents": [20, 40]})
    >>> result = nonresponse_bounds(Design.from_strata(table), [(np.array([True, True]), 0.3, 0.3)], threshold=0.5)
    >>> round(result.response, 3), round(result.low, 3), round(result.high, 3), [round(x, 3) for x in result.shift]
    (0.6, 0.12, 0.64, [0.5, 0.5])
    """
    if design.sample is None:
        raise InputError(
            "sampled counts are missing",
            where="nonresponse_bounds",
            parameter="design",
            expected="a column sample",
            hint="response rates need sampled and responding units",
        )
    if not margins or not np.all(margins[0][0]):
        raise InputError("the first margin must be that of all strata", where="nonresponse_bounds", parameter="margins")
    rates = design.respondents / design.sample
    weights = design.population / design.population.sum()
    response = float(weights @ rates)
    answered_low, answered_high = _answered(design, weights * rates, margins)
    _, low, high = margins[0]
    missing = 1 - response
    others = ((threshold - answered_high) / missing, (threshold - answered_low) / missing) if missing else (np.nan,) * 2
    shift = ((threshold - high) / missing, (threshold - low) / missing) if missing else (np.nan,) * 2
    strata = design.labels.assign(population_share=weights, response=rates)
    return NonresponseBounds(
        item,
        (float(low), float(high)),
        response,
        answered_low,
        answered_high + missing,
        float(threshold),
        (float(others[0]), float(others[1])),
        (float(shift[0]), float(shift[1])),
        strata,
    )


def _answered(design: Design, objective: FloatArray, margins: Sequence[Margin]) -> tuple[float, float]:
    from scipy import optimize

    rows, limits = [], []
    for mask, low, high in margins:
        row = np.where(mask, design.population, 0) / design.population[mask].sum()
        rows += [row, -row]
        limits += [high, -low]
    ends = []
    for direction in (1.0, -1.0):
        solved = optimize.linprog(
            direction * objective,
            A_ub=np.array(rows),
            b_ub=np.array(limits),
            bounds=[(0.0, 1.0)] * design.size,
            method="highs",
        )
        if not solved.success:
            raise ConflictError(
                "no stratum rates have all printed margins", where="nonresponse_bounds", got=solved.message
            )
        ends.append(float(objective @ np.asarray(solved.x)))
    return ends[0], ends[1]


@typed
def survey_nonresponse(
    survey: PublishedSurvey | Facts,
    thresholds: Mapping[str, float] | None = None,
    *,
    items: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Bound every printed share of everybody, and break the statements down.

    Parameters
    ----------
    survey : PublishedSurvey or Facts
        The survey, or its facts; it must print sampled counts and declare ``weighting = cells``.
    thresholds : mapping of str to float, optional
        Threshold of the statement about an item, as a share; by default 0.5.
    items : sequence of str, optional
        Items; by default all that were asked of everybody.

    Returns
    -------
    pandas.DataFrame
        One row per item, as :meth:`NonresponseBounds.to_frame`.  Items whose printings exclude each other are left out
        and named in ``attrs["left_out"]``.

    Raises
    ------
    InputError
        For an item that is not printed as a share of everybody, or a weighting that is not declared.
    ConflictError
        When printings of an item that was asked for exclude each other.

    Examples
    --------
    >>> from aibaro.published import load
    >>> table = survey_nonresponse(load("flanders-2023"), items=["at_least_one", "no_plans"])
    >>> table[["item", "low", "high", "turnable"]].round(3)
               item    low   high  turnable
    0  at_least_one  0.079  0.839      True
    1      no_plans  0.113  0.904      True
    """
    facts = facts_of(survey)
    require_declared(facts)
    design = Design.from_strata(facts.survey.strata)
    wanted = dict(thresholds or {})
    table = facts.survey.items
    kinds = dict(zip(table["item"], table["type"], strict=True)) if "type" in table else {}
    # a rate of the fieldwork is no answer of respondents
    answers = [f for f in facts if kinds.get(f.key.item, "") in {"", "indicator"}]
    everybody = [f.key.item for f in answers if f.key == Key(f.key.item) and _in_digits(f)]
    frames, left = [], []
    for item in everybody if items is None else items:
        try:
            margins = _margins(facts, design, item)
        except ConflictError:
            if items is not None:
                raise
            left.append(item)
            continue
        bounds = nonresponse_bounds(design, margins, threshold=wanted.get(item, 0.5), item=item)
        frames.append(bounds.to_frame())
    found = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    found.attrs["left_out"] = tuple(left)
    return found


def _in_digits(fact: Fact) -> bool:
    return fact.percent and not fact.soft and fact.interval() is not None


def _margins(facts: Facts, design: Design, item: str) -> list[Margin]:
    """Read what is printed of an item for everybody, first, and by stratum domain."""
    found: list[Margin] = []
    places = [
        ("", ""),
        *((f.key.domain, f.key.level) for f in facts if f.key.item == item and f.key.domain in design.variables),
    ]
    for domain, level in dict.fromkeys(places):
        fact = facts.get(Key(item, domain=domain, level=level))
        if fact is None or not _in_digits(fact):
            continue
        band = fact.interval()
        if band is None or band.empty:
            raise ConflictError(
                "printings of one fact exclude each other, or one is impossible",
                where=facts.survey.name,
                parameter=str(fact.key),
                expected="figures that can agree",
                got="; ".join(f"{p.id} {p.text}" for p in fact.printings),
            )
        mask = design.domain(**{domain: level}) if domain else design.domain()
        found.append((mask, float(band.lower) / 100, float(band.upper) / 100))
    if not found or not bool(found[0][0].all()):
        raise InputError(
            "no printed percentage of the whole survey",
            where=facts.survey.name,
            parameter="items",
            expected="an item asked of everybody",
            got=item,
        )
    return found
