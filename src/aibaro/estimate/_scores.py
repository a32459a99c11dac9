"""How does the total of scores, which only rows and no cells can tell, vary under the design?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aibaro._arrays import FloatArray, IntArray
from aibaro.design import Design
from aibaro.errors import InputError
from aibaro.estimate._calibrated import Calibrated, LinearisedMoments, Numeric
from aibaro.estimate._options import Options
from aibaro.estimate._resampling import chosen
from aibaro.estimate._stages import Lower, Pairs, contributions, lower_covariance, lower_stages, sums
from aibaro.estimate.analysis import Domain
from aibaro.estimate.categories import level_names
from aibaro.estimate.cells_of_rows import cell_keys, declared_rows, index_cells, open_rows
from aibaro.estimate.results import stratum_factors
from aibaro.frames import GroupTable
from aibaro.frames.columns import collect, text_codes
from aibaro.weights.residuals import BEFORE


@dataclass(frozen=True, slots=True)
class DesignRows:
    """Rows in memory, with what the design says of each.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, ...)
        The columns that were asked for.
    weight : numpy.ndarray of float, shape (n,)
        Weights.
    stratum : numpy.ndarray of int, shape (n,)
        Number of the stratum.
    unit : numpy.ndarray of int, shape (n,), or None
        Number of the primary sampling unit; None where each row is one.
    design : Design
        The design.
    options : Options
        Finite population correction and rule for single units.
    calibrated : Calibrated or None
        Calibrating steps, each row being a cell.
    inside : numpy.ndarray of bool, shape (n,)
        Rows of the domain.
    lower : tuple of Lower
        Stages of sampling below the first.
    replicate : numpy.ndarray of float, shape (n, R), or None
        Replicate weights, where the variance is theirs.
    """

    frame: pd.DataFrame
    weight: FloatArray
    stratum: IntArray
    unit: IntArray | None
    design: Design
    options: Options
    calibrated: Calibrated | None
    inside: NDArray[np.bool_]
    lower: tuple[Lower, ...] = ()
    replicate: FloatArray | None = None

    @classmethod
    def read(cls, data: Any, columns: Sequence[str], design: Design, *, domain: Domain, options: Options) -> DesignRows:
        """Bring the columns of a model and of the design into memory."""
        # replicate weights carry strata, stages and calibration in themselves
        design, _ = chosen(design, None)
        declared = declared_rows(design)
        rows = open_rows(data, declared).with_weight(declared.weight)
        copies = list(declared.replicates.columns) if declared.replicates is not None else []
        keys = cell_keys(declared, list(domain or {}))
        rows.require(columns, parameter="formula")
        rows.require(keys, parameter="strata, psu, domain")
        numeric = [c for step in declared.calibration for c in step.numeric]
        if numeric and BEFORE not in rows.columns:
            raise InputError(
                "the rows lack the weights before calibration",
                where="aibaro.estimate",
                parameter="data",
                expected="the WeightResult that gave the design",
                got="its frame alone",
            )
        extra = [BEFORE] if numeric else []
        weights = [declared.weight] if declared.weight else []
        rows.require(copies, parameter="replicates", numeric=True)
        frame = collect(rows, [*columns, *keys, *weights, *numeric, *extra, *copies])
        levels, codes = zip(*(text_codes(frame[key]) for key in keys), strict=True) if keys else ((), ())
        stratum, unit = _indexed(keys, levels, codes, len(frame), design)
        known = declared.weights
        weight = known[stratum] if known is not None else frame[weights[0]].to_numpy(dtype=float)
        texts = {k: np.array(lv, dtype=object)[c] for k, lv, c in zip(keys, levels, codes, strict=True)}
        calibrated = None
        if declared.calibration:
            calibrated = Calibrated.of(
                declared.calibration,
                texts,
                stratum=stratum,
                unit=unit,
                strata=design.size,
                weight=weight,
                weight_square=weight**2,
                numeric=_numeric(frame, numeric, weight) if numeric else None,
            )
        lower = lower_stages(declared, texts, stratum)
        return cls(
            frame,
            weight,
            stratum,
            unit,
            design,
            options,
            calibrated,
            _inside(texts, domain, len(frame)),
            lower,
            frame[copies].to_numpy(dtype=float) if copies else None,
        )

    def covariance(self, values: FloatArray, used: NDArray[np.bool_]) -> FloatArray:
        """Return the design covariance of the weighted totals of values, zero outside the rows used.

        Notes
        -----
        Σ_h (1 - f_h) n_h/(n_h - 1) Σ_i (w u - mean)(w u - mean)' over primary sampling units, calibrated weights with
        the residuals of u.  O(n p²) time.
        """
        own = np.where(used[:, None], values, 0.0)
        declared = self.design.replicates
        if self.replicate is not None and declared is not None:
            return declared.covariance(self.replicate.T @ own, self.weight @ own)
        touched_rows = used
        if self.calibrated is not None:
            own, touched_rows = self._residuals(own), np.ones_like(used)
        weighted = self.weight[:, None] * own
        strata = self.design.size
        stage = self.options.stage(self.design)
        if self.unit is not None:
            units = int(self.unit.max()) + 1
            owner = np.zeros(units, dtype=np.int64)
            owner[self.unit] = self.stratum
            weighted = sums(weighted, self.unit, units)
        else:
            owner = self.stratum
        count = np.bincount(owner, minlength=strata).astype(float)
        total = sums(weighted, owner, strata)
        centred = weighted - (total / np.maximum(count, 1.0)[:, None])[owner]
        touched = np.bincount(self.stratum, weights=touched_rows, minlength=strata) > 0
        pairs = Pairs(np.arange(strata), np.zeros(strata, dtype=np.int64), np.zeros(0, dtype=np.int64), count, 1)
        # refuses strata of a single unit, where that is the rule
        contributions(stage, pairs, total[:, 0], np.zeros(strata), touched)
        factor, extra, scale = stratum_factors(stage, total)
        matrix = ((centred * factor[owner][:, None]).T @ centred + extra) * np.outer(scale, scale)
        if self.lower:
            matrix = matrix + lower_covariance(self.lower, stage, self.weight[:, None] * own)
        return np.asarray(matrix)

    def degrees_of_freedom(self, used: NDArray[np.bool_]) -> int:
        """Primary sampling units minus strata that the rows used touch; those of replicates as declared."""
        if self.design.replicates is not None:
            return int(self.design.replicates.df)
        own = self.unit if self.unit is not None else np.arange(len(used))
        positive = used & (self.weight != 0)
        return len(np.unique(own[positive])) - len(np.unique(self.stratum[positive]))

    def _residuals(self, values: FloatArray) -> FloatArray:
        found = self.calibrated
        if found is None:
            return values
        if found.numeric is None:
            return found.residuals(values)
        size, width = values.shape
        number = next(n for n, step in enumerate(found.steps) if step.numeric)
        centred = self.frame[list(found.steps[number].numeric)].to_numpy(dtype=float) - found.numeric.centre
        before = self.frame[BEFORE].to_numpy(dtype=float)
        result = np.empty_like(values)
        for k in range(width):
            weighted = before * values[:, k]
            linear = LinearisedMoments(weighted, weighted, weighted, weighted, weighted[:, None] * centred)
            constant, slope = found._fitted(linear, np.zeros(size, dtype=np.int64), 1)
            result[:, k] = values[:, k] - constant[:, 0] - centred @ slope[:, 0]
        return result


def _indexed(
    keys: Sequence[str], levels: Sequence[Sequence[str]], codes: Sequence[IntArray], size: int, design: Design
) -> tuple[IntArray, IntArray | None]:
    """Stratum and unit of each row, by way of the distinct combinations of keys."""
    if not keys:
        return np.zeros(size, dtype=np.int64), None
    joint = np.zeros(size, dtype=np.int64)
    for words, code in zip(levels, codes, strict=True):
        _, joint = np.unique(joint * max(len(words), 1) + code, return_inverse=True)
    count = np.bincount(joint).astype(float)
    first = np.zeros(len(count), dtype=np.int64)
    first[joint[::-1]] = np.arange(size)[::-1]
    own = {k: np.array(lv, dtype=object)[c[first]] for k, lv, c in zip(keys, levels, codes, strict=True)}
    stratum, unit = index_cells(GroupTable(own, count, {}), design)
    return stratum[joint], None if unit is None else unit[joint]


def _numeric(frame: pd.DataFrame, columns: Sequence[str], weight: FloatArray) -> Numeric:
    values = frame[list(columns)].to_numpy(dtype=float)
    centre = (weight[:, None] * values).sum(axis=0) / weight.sum()
    none = np.zeros((0, len(columns)))
    return Numeric(centre, none, none, np.zeros((0, len(columns), len(columns))), {})


def _inside(texts: dict[str, NDArray[np.object_]], domain: Domain, size: int) -> NDArray[np.bool_]:
    keep = np.ones(size, dtype=bool)
    for variable, wanted in (domain or {}).items():
        names = level_names(wanted)
        known = sorted({*texts[variable].tolist()} - {""})
        if not set(names) <= set(known):
            raise InputError(
                "unknown domain",
                parameter=variable,
                expected=", ".join(map(repr, known[:20])),
                got=", ".join(map(repr, names)),
            )
        keep &= np.isin(texts[variable].astype(str), names)
    return keep
