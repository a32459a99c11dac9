"""Which smooth table of rates agrees with the printed margins?  A model, and labelled so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from aibaro._arrays import FloatArray
from aibaro.design import Design
from aibaro.estimate.tails import satterthwaite_df
from aibaro.reconstruct.items import ItemSystem, Mask, PrintedShare

ITERATIONS = 200
CONVERGED = 1e-9
# rates are kept this far from 0 and 1, where the logit has no finite value
EDGE = 1e-7


@dataclass(frozen=True, slots=True)
class Centre:
    """Model-based counts that agree with print.

    Parameters
    ----------
    x, y : numpy.ndarray of float, shape (H,)
        Fitted respondents with the item, and in the base; not whole.
    residual : float
        Largest distance of a fitted share from its rounding interval.
    model : str
        Name of the model.
    """

    x: FloatArray
    y: FloatArray
    residual: float
    model: str = "logit, main effects of the printed domains"

    def share(self, design: Design, strata: Mask) -> float:
        """Return the fitted share of the item among the base in a domain.

        Parameters
        ----------
        design : Design
            The strata.
        strata : tuple of int
            Rows of the domain's strata.

        Returns
        -------
        float
            The share.
        """
        h = list(strata)
        return float(design.weights[h] @ self.x[h] / (design.weights[h] @ self.y[h]))

    def std_error(self, design: Design, strata: Mask) -> float:
        """Return the standard error at the fitted counts.

        Parameters
        ----------
        design : Design
            The strata.
        strata : tuple of int
            Rows of the domain's strata.

        Returns
        -------
        float
            The standard error, with finite population correction.
        """
        parts, base = self._parts(design, strata)
        return float(np.sqrt(max(parts.sum(), 0.0))) / base

    def satterthwaite_df(self, design: Design, strata: Mask) -> float:
        """Return Satterthwaite's degrees of freedom at the fitted counts.

        Parameters
        ----------
        design : Design
            The strata.
        strata : tuple of int
            Rows of the domain's strata.

        Returns
        -------
        float
            (sum of v_h)² / sum of v_h²/(n_h - 1); not rigorous.
        """
        parts, _ = self._parts(design, strata)
        return satterthwaite_df(parts, design.respondents[list(strata)] - 1)

    def variance_shares(self, design: Design) -> FloatArray:
        """Return what each stratum contributes to the variance of the overall share at the fitted counts.

        Parameters
        ----------
        design : Design
            The strata.

        Returns
        -------
        numpy.ndarray of float, shape (H,)
            Shares that add up to 1; a model, like the counts.
        """
        parts, _ = self._parts(design, tuple(range(design.size)))
        shares: FloatArray = parts / parts.sum()
        return shares

    def _parts(self, design: Design, strata: Mask) -> tuple[FloatArray, float]:
        h = list(strata)
        x, y, n, w = self.x[h], self.y[h], design.respondents[h], design.weights[h]
        share = float(w @ x / (w @ y))
        spread = x * (1 - 2 * share) + y * share**2 - (x - share * y) ** 2 / n
        return w**2 * (1 - design.fractions[h]) * n / np.maximum(n - 1, 1) * spread, float(w @ y)


def centre(system: ItemSystem) -> Centre:
    """Fit the model-based centre of a system.

    Parameters
    ----------
    system : ItemSystem
        The statements.

    Returns
    -------
    Centre
        Counts n_h p_h, with logit p_h a sum of one effect for each printed domain that holds the stratum, such
        that every printed share is met within its rounding, or missed by the stated residual: among a base, the
        fitted base can leave the margins a few hundredths of a point apart.

    Notes
    -----
    The printed shares are first moved, within rounding and as little as possible, to values that one table of
    rates can have.  The fit is the logit of maximum entropy under these margins.  It is a model: print does not
    imply it.

    References
    ----------
    Csiszár, I. (1975). I-divergence geometry of probability distributions and minimization problems. The Annals of
    Probability 3, 146-158. https://doi.org/10.1214/aop/1176996454

    Examples
    --------
    >>> from aibaro.published import load
    >>> from aibaro.reconstruct.items import own_item
    >>> system = own_item(load("flanders-2023"), "technology.nlg")
    >>> round(centre(system).share(system.design, tuple(range(44))), 3)
    0.14
    """
    design = system.design
    everybody = design.respondents.astype(float)
    if system.whole:
        y, worst = everybody, 0.0
    elif system.overlap is not None:
        # the two sets taken as independent within strata
        first, second = (centre(own) if own.shares else None for own in system.overlap.sets)
        low, high = system.overlap.sizes()
        y = everybody
        for own, fitted in zip(system.overlap.sets, (first, second), strict=True):
            rate = (own.total or everybody.sum()) / everybody.sum()
            y = y * (rate if fitted is None else fitted.x / everybody)
        y, worst = y * (min(max(float(y.sum()), low), high) / float(y.sum())), 0.0
    elif system.base_shares:
        rates, worst = _fit(design, system.base_shares, design.population.astype(float))
        y = everybody * rates
    else:
        known = system.base_total if system.base_total is not None else everybody.sum()
        y, worst = everybody * known / everybody.sum(), 0.0
    rates, residual = _fit(design, system.shares, design.weights * y)
    return Centre(y * rates, y, max(worst, residual))


def _fit(design: Design, shares: Sequence[PrintedShare], mass: FloatArray) -> tuple[FloatArray, float]:
    """Fit rates whose mass-weighted means meet the shares, by Newton steps on the concave dual."""
    members = np.zeros((len(shares), design.size))
    for k, share in enumerate(shares):
        members[k, list(share.strata)] = 1.0
    low, high = np.array([float(s.lower) for s in shares]), np.array([float(s.upper) for s in shares])
    sizes = members @ mass
    target = _reconciled(members, mass, low, high) * sizes
    effects = np.zeros(len(shares))
    offset = float(special.logit(np.clip(target.sum() / sizes.sum(), EDGE, 1 - EDGE)))
    scale = mass.sum()
    for _ in range(ITERATIONS):
        rates = special.expit(offset + members.T @ effects)
        gradient = (target - members @ (mass * rates)) / scale
        if np.abs(gradient).max() < CONVERGED:
            break
        information = (members * (mass * rates * (1 - rates))) @ members.T / scale
        step = np.linalg.lstsq(information + 1e-10 * np.eye(len(shares)), gradient, rcond=None)[0]
        effects += step * min(1.0, 3.0 / max(float(np.abs(step).max()), 1e-12))
    rates = special.expit(offset + members.T @ effects)
    reached = members @ (mass * rates) / sizes
    return rates, float(np.maximum(np.maximum(low - reached, reached - high), 0.0).max(initial=0.0))


def _reconciled(members: FloatArray, mass: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Move the shares within rounding to values that some table of rates has, close to the middle."""
    from scipy.optimize import linprog

    strata, count = members.shape[1], len(low)
    sizes = members @ mass
    # unknowns: rates of the strata, then the distance of each share from its middle
    share_of = members * mass / sizes[:, None]
    middle = (low + high) / 2
    above = np.hstack([share_of, -np.eye(count)])
    below = np.hstack([-share_of, -np.eye(count)])
    cost = np.concatenate([np.zeros(strata), 1.0 / np.maximum(high - low, EDGE)])
    bounds = [(EDGE, 1 - EDGE)] * strata + [(0, None)] * count
    result = linprog(
        cost, A_ub=np.vstack([above, below]), b_ub=np.concatenate([middle, -middle]), bounds=bounds, method="highs"
    )
    return middle if result.x is None else share_of @ result.x[:strata]
