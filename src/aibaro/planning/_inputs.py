"""Which strata, spreads, minima and constraints was a plan asked for?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from aibaro._arrays import FloatArray, IntArray
from aibaro.design import COUNT_COLUMNS, Design
from aibaro.errors import FaultList, InputError

Precision = Mapping[str, float | Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Plan:
    """Inputs of an allocation, checked.

    Parameters
    ----------
    labels : pandas.DataFrame, shape (H, number of stratum variables)
        Label of each stratum.
    population : numpy.ndarray of int64, shape (H,)
        Units N_h.
    std_dev : numpy.ndarray of float64, shape (H,)
        Expected standard deviation S_h.
    mean : numpy.ndarray of float64, shape (H,), or None
        Expected mean or share.
    lower : numpy.ndarray of int64, shape (H,)
        Fewest interviews.
    """

    labels: pd.DataFrame
    population: IntArray
    std_dev: FloatArray
    mean: FloatArray | None
    lower: IntArray

    @classmethod
    def read(
        cls,
        strata: pd.DataFrame | Design,
        share: ArrayLike,
        std_dev: ArrayLike | None,
        mean: ArrayLike | None,
        minimum: ArrayLike,
    ) -> Plan:
        """Check the arguments that every allocation takes."""
        labels, population = read_strata(strata)
        size = len(population)
        faults = FaultList("the interviews cannot be planned", where="aibaro.planning")
        given = per_stratum("share", share, size, faults, low=0, high=1, rule="between 0 and 1; 0.3 stands for 30%")
        spread = (
            None if std_dev is None else per_stratum("std_dev", std_dev, size, faults, low=0, high=np.inf, rule=">= 0")
        )
        centre = (
            None if mean is None else per_stratum("mean", mean, size, faults, low=-np.inf, high=np.inf, rule="finite")
        )
        fewest = per_stratum(
            "minimum", minimum, size, faults, low=1, high=np.inf, rule=">= 1, a whole number", whole="whole"
        )
        faults.raise_if_any()
        if spread is None:
            spread = np.sqrt(given * (1 - given) * population / np.maximum(population - 1, 1))
            centre = given
        lower = np.minimum(fewest.astype(np.int64), population)
        return cls(labels, population, spread, centre, lower)

    def check_total(self, total: int) -> None:
        """Refuse a number of interviews that the limits of the strata exclude."""
        low, high = int(self.lower.sum()), int(self.population.sum())
        if isinstance(total, bool) or int(total) != total or not low <= total <= high:
            raise InputError(
                "this number of interviews cannot be spread",
                where="allocate",
                parameter="total",
                expected=f"a whole number, {low} (the minima together) to {high} (all units)",
                got=str(total),
                hint="lower minimum=, or change total",
            )

    def rows(self, precision: Precision) -> tuple[FloatArray, list[str]]:
        """Turn wanted standard errors into rows Σ_h a_dh / n_h <= 1."""
        faults = FaultList("the wanted precision cannot be read", where="aibaro.planning")
        masks: dict[str, tuple[NDArray[np.bool_], float]] = {}
        for variable, wanted in precision.items():
            if variable == "" and not isinstance(wanted, Mapping):
                masks["the population"] = (np.ones(len(self.population), dtype=bool), float(wanted))
                continue
            if variable not in self.labels:
                faults.add(
                    "not a stratum variable",
                    parameter="precision",
                    got=str(variable),
                    expected=", ".join(self.labels.columns),
                )
                continue
            levels = [str(level) for level in self.labels[variable].unique()]
            errors = wanted if isinstance(wanted, Mapping) else dict.fromkeys(levels, wanted)
            for level, error in errors.items():
                if level not in levels:
                    faults.add(
                        "unknown level", parameter=f"precision, {variable}", expected=", ".join(levels), got=str(level)
                    )
                    continue
                masks[f"{variable} {level}"] = ((self.labels[variable] == level).to_numpy(), float(error))
        for name, (_, error) in masks.items():
            if not (np.isfinite(error) and error > 0):
                faults.add(
                    "not a standard error",
                    parameter=f"precision, {name}",
                    got=str(error),
                    expected="a number above 0, such as 0.03 for 3 points",
                )
        if masks and all(np.isfinite(error) and error >= self.std_dev[mask].max() for mask, error in masks.values()):
            faults.add(
                "asks for nothing: one interview a stratum is more precise",
                parameter="precision",
                expected=f"standard errors below {self.std_dev.max():.3g}",
                got=f"smallest {min(error for _, error in masks.values()):g}",
                hint="a share is counted from 0 to 1: 0.05 stands for 5 points",
            )
        if not precision:
            faults.add("no constraint was given", parameter="precision", expected='such as {"sector": 0.04}', got="{}")
        faults.raise_if_any()
        return np.array([self._row(mask, error) for mask, error in masks.values()]), list(masks)

    def _row(self, mask: NDArray[np.bool_], error: float) -> FloatArray:
        share = np.where(mask, self.population, 0) / self.population[mask].sum()
        part = share**2 * self.std_dev**2
        return np.asarray(part / (error**2 + float((part / self.population).sum())))


def read_strata(strata: pd.DataFrame | Design) -> tuple[pd.DataFrame, IntArray]:
    """Read labels and population of the strata."""
    if isinstance(strata, Design):
        return strata.labels.copy(), strata.population.astype(np.int64)
    if "population" not in strata.columns:
        raise InputError(
            "the table of strata lacks a column",
            where="aibaro.planning",
            parameter="strata",
            expected="population",
            got=", ".join(map(str, strata.columns)),
        )
    variables = [c for c in strata.columns if c not in COUNT_COLUMNS]
    table = strata[[*variables, "population"]]
    design = Design.from_strata(table.assign(respondents=table["population"]), variables=variables)
    return design.labels, design.population


def per_stratum(
    name: str,
    value: ArrayLike,
    size: int,
    faults: FaultList,
    *,
    low: float,
    high: float,
    rule: str,
    whole: str = "any",
) -> FloatArray:
    """Spread one number over all strata, or check one number per stratum."""
    array = np.asarray(value, dtype=float)
    if array.ndim > 1 or (array.ndim == 1 and len(array) != size):
        faults.add(
            "not one number a stratum",
            parameter=name,
            expected=f"one number, or {size} in the order of the strata",
            got=f"shape {array.shape}",
        )
        return np.ones(size)
    full = np.array(np.broadcast_to(array, (size,)))
    bad = ~np.isfinite(full) | (full < low) | (full > high) | ((full != np.floor(full)) if whole == "whole" else False)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        faults.add("out of range", where=f"stratum {row + 1}", parameter=name, expected=rule, got=f"{full[row]:g}")
    return np.where(bad, 1.0, full)
