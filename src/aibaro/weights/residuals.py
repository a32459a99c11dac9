"""What is left of a variable when the calibrated totals have explained their part?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aibaro._arrays import FloatArray, IntArray
from aibaro.errors import InputError
from aibaro.frames.weighted.weight_cells import WeightCells

# columns of the frame that estimates read: weights before a step with numeric auxiliaries, and weights at a limit
BEFORE, LIMIT = "aibaro_before", "aibaro_limit"


@dataclass(frozen=True, slots=True)
class Auxiliaries:
    """What one calibrating step used, as its variance needs it.

    Parameters
    ----------
    keys : tuple of str
        Columns whose levels make the Q calibration cells.
    levels : tuple of tuple of str
        One level of each column for each cell.
    names : tuple of str, length P
        Names of the auxiliaries.
    matrix : numpy.ndarray of float64, shape (Q, P)
        Value of each auxiliary in each cell; the columns of numeric auxiliaries are zero.
    before : numpy.ndarray of float64, shape (Q,)
        Σ d, the weights before the step, in each cell.
    factors : numpy.ndarray of float64, shape (Q,)
        g-weight of each cell; NaN where numeric auxiliaries make it differ within cells.
    numeric : tuple of str
        Columns of numeric auxiliaries, the last ones of `names`.
    gram : numpy.ndarray of float64, shape (P, P), or None
        Σ d x x' over the rows, where numeric auxiliaries make it more than the cells tell.
    """

    keys: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    matrix: FloatArray
    before: FloatArray
    factors: FloatArray
    numeric: tuple[str, ...] = ()
    gram: FloatArray | None = None

    @classmethod
    def of(
        cls,
        cells: WeightCells,
        names: tuple[str, ...],
        matrix: FloatArray,
        factors: FloatArray,
        *,
        numeric: tuple[str, ...] = (),
        gram: FloatArray | None = None,
    ) -> Auxiliaries:
        """Take the auxiliaries of the cells that a step worked on.

        Parameters
        ----------
        cells : WeightCells
            The cells.
        names : tuple of str, length P
            Names of the auxiliaries.
        matrix : numpy.ndarray of float64, shape (C, P)
            Values of the auxiliaries.
        factors : numpy.ndarray of float64, shape (C,)
            g-weights.
        numeric : tuple of str
            Columns of numeric auxiliaries.
        gram : numpy.ndarray of float64, shape (P, P), or None
            Σ d x x' of all auxiliaries, where some are numeric.

        Returns
        -------
        Auxiliaries
            Those of all cells that have rows.
        """
        # cells of weight zero alone have no part in the regression, but rows that a variance looks up
        kept, weighted = np.flatnonzero(cells.rows > 0), cells.n > 0
        factors = np.where(weighted, factors, 1.0)
        # the last entry stands for code -1, a missing value
        columns = [np.array([*lv, ""], dtype=object)[cells.codes[kept, k]] for k, lv in enumerate(cells.levels)]
        levels = tuple(zip(*columns, strict=True)) if columns else ((),) * len(kept)
        return cls(cells.keys, levels, names, matrix[kept], cells.total[kept], factors[kept], numeric, gram)

    def coefficients(self, sums: FloatArray) -> FloatArray:
        """Regress variables on the auxiliaries, with the weights before the step.

        Parameters
        ----------
        sums : numpy.ndarray of float64, shape (Q,) or (Q, K)
            Σ d u of each variable in each cell, with the weights d before the step: Σ w u divided by the cell's
            g-weight, where w is the weight after it.

        Returns
        -------
        numpy.ndarray of float64, shape (P,) or (P, K)
            B = (Σ d x x')⁻¹ Σ d x u; of least norm where auxiliaries are redundant.

        Raises
        ------
        InputError
            When the step had numeric auxiliaries: then cells do not suffice.

        Notes
        -----
        The variance of a calibrated total is that of Σ w (u - x'B), with the final weights w.  R's ``calibrate``
        and ``postStratify`` take the same residuals, its ``rake`` others.

        References
        ----------
        Deville, J.-C., & Särndal, C.-E. (1992). Calibration estimators in survey sampling. Journal of the American
        Statistical Association, 87(418), 376-382. https://doi.org/10.1080/01621459.1992.10475217

        Examples
        --------
        >>> names, before = ("sex=f", "sex=m"), np.array([4.0, 2.0])
        >>> cells = Auxiliaries(("sex",), (("f",), ("m",)), names, np.eye(2), before, np.ones(2))
        >>> cells.coefficients(np.array([3.0, 0.5]))
        array([0.75, 0.25])
        """
        if self.numeric:
            raise InputError(
                "cells do not suffice for numeric auxiliaries",
                where="Auxiliaries.coefficients",
                got=", ".join(self.numeric),
                hint="aggregate their products with the variable",
            )
        return self.solve(self.matrix.T @ sums)

    def solve(self, moments: FloatArray) -> FloatArray:
        """Solve the normal equations of the regression on the auxiliaries.

        Parameters
        ----------
        moments : numpy.ndarray of float64, shape (P,) or (P, K)
            Σ d x u.

        Returns
        -------
        numpy.ndarray of float64, shape (P,) or (P, K)
            B = (Σ d x x')⁻¹ Σ d x u; of least norm where auxiliaries are redundant.

        Examples
        --------
        >>> names, before = ("sex=f", "sex=m"), np.array([4.0, 2.0])
        >>> Auxiliaries(("sex",), (("f",), ("m",)), names, np.eye(2), before, np.ones(2)).solve(np.array([2.0, 1.0]))
        array([0.5, 0.5])
        """
        gram = self.gram if self.gram is not None else (self.matrix * self.before[:, None]).T @ self.matrix
        unit = np.sqrt(np.where(np.diag(gram) > 0, np.diag(gram), 1.0))
        scale = unit if moments.ndim == 1 else unit[:, None]
        return np.asarray(np.linalg.lstsq(gram / np.outer(unit, unit), moments / scale, rcond=1e-12)[0] / scale)

    def fitted(self, sums: FloatArray) -> FloatArray:
        """Return the part of variables that the auxiliaries explain, in each cell.

        Parameters
        ----------
        sums : numpy.ndarray of float64, shape (Q,) or (Q, K)
            As in :meth:`coefficients`.

        Returns
        -------
        numpy.ndarray of float64, shape (Q,) or (Q, K)
            x'B; the residual of a row is u - x'B.

        Examples
        --------
        >>> names, before = ("sex=f", "sex=m"), np.array([4.0, 2.0])
        >>> cells = Auxiliaries(("sex",), (("f",), ("m",)), names, np.eye(2), before, np.ones(2))
        >>> cells.fitted(np.array([3.0, 0.5]))
        array([0.75, 0.25])
        """
        return self.matrix @ self.coefficients(sums)

    def locate(self, levels: Mapping[str, Sequence[str]]) -> IntArray:
        """Find the calibration cell of other, finer cells.

        Parameters
        ----------
        levels : mapping of str to sequence of str, length C
            Level of each finer cell in each key.

        Returns
        -------
        numpy.ndarray of int64, shape (C,)
            Number of the calibration cell.

        Raises
        ------
        InputError
            For cells that the calibration has not seen.

        Examples
        --------
        >>> cells = Auxiliaries(("sex",), (("f",), ("m",)), (), np.zeros((2, 0)), np.ones(2), np.ones(2))
        >>> cells.locate({"sex": ["m", "f", "m"], "size": ["s", "s", "l"]})
        array([1, 0, 1])
        """
        number = {key: q for q, key in enumerate(self.levels)}
        wanted = list(zip(*(map(str, levels[key]) for key in self.keys), strict=True))
        unknown = sorted({key for key in wanted if key not in number})
        if unknown:
            raise InputError(
                "the calibration has not seen these cells",
                where="Auxiliaries.locate",
                parameter=", ".join(self.keys),
                got="; ".join(" × ".join(key) for key in unknown[:5]),
                hint="estimate from the rows that were calibrated",
            )
        return np.array([number[key] for key in wanted], dtype=np.int64)
