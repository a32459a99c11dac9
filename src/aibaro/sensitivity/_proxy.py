"""What does a printed proxy say of selection?  The proxy pattern-mixture model of a share by classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, special

from aibaro._typed import typed
from aibaro.errors import InputError
from aibaro.results import Result

FloatArray = NDArray[np.float64]
PHI = (0.0, 0.5, 1.0)
_COLUMNS = ("share", "respondents", "population")


@dataclass(frozen=True, slots=True)
class ProxyPattern(Result):
    """Shares of the population under a range of selection that a proxy informs.

    Parameters
    ----------
    sample : float
        Share among those who took part, unweighted.
    correlation : float
        Biserial correlation of proxy and answer among those who took part.
    phi : tuple of float
        How far taking part depends on the answer itself: 0 on the proxy alone, 1 on the answer alone.
    shares : tuple of float
        Share of the population at each.
    """

    sample: float
    correlation: float
    phi: tuple[float, ...]
    shares: tuple[float, ...]

    @property
    def bias(self) -> tuple[float, ...]:
        """The measure of unadjusted bias for a proportion (MUBP) at each: sample minus population."""
        return tuple(self.sample - share for share in self.shares)

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each strength of selection.

        Returns
        -------
        pandas.DataFrame
            ``phi``, ``share``, ``bias``, ``correlation``.
        """
        return pd.DataFrame({"phi": self.phi, "share": self.shares, "bias": self.bias, "correlation": self.correlation})

    def summary(self) -> str:
        """Say the result in a line.

        Returns
        -------
        str
            Shares by strength of selection, and how strong the proxy is.
        """
        found = ", ".join(f"{100 * s:.1f}% (φ = {p:g})" for p, s in zip(self.phi, self.shares, strict=True))
        return f"{100 * self.sample:.1f}% of those who took part; {found}; correlation {self.correlation:.2f}"


@typed
def proxy_pattern(classes: pd.DataFrame, *, phi: Sequence[float] = PHI) -> ProxyPattern:
    """Share of a population when taking part depends on a proxy, on the answer itself, or on both.

    Parameters
    ----------
    classes : pandas.DataFrame
        One row per class of an auxiliary: ``share`` of its respondents with the answer, ``respondents`` and members of
        the ``population``.  Where the classes were sampled at different rates by design, ``respondents`` are counted
        with their sampling weights, so that what is left is who answered.
    phi : sequence of float
        Strengths of selection, 0 to 1.

    Returns
    -------
    ProxyPattern
        The share of the population at each strength.

    Raises
    ------
    InputError
        For classes whose counts are impossible, or an auxiliary that says nothing of the answer.

    Notes
    -----
    The proxy of a class is X = Φ⁻¹(share), what a probit of the answer on the classes predicts.  Behind the answer lies
    a normal U with variance 1 among those who took part, correlated by ρ with X (the two-step polyserial
    correlation).  Taking part may depend on (1 - φ) X/s_X + φ U; then with g = (φ + (1-φ) ρ)/(φ ρ + 1 - φ)

    U of the others has mean Φ⁻¹(ȳ) + g (x̄₀ - x̄)/s_X and variance 1 + g² (s²_X,0 - s²_X)/s²_X,

    and the population's share is f ȳ + (1 - f) Φ(mean/sd).  At φ = 0 this is what weighting by the classes corrects, at
    φ = 1 all of the difference in the proxy is put down to the answer: with a weak proxy that is a wide range, which is
    the point.  Nothing in print says which φ holds; Andridge and others show φ = 0, 0.5 and 1.

    References
    ----------
    Andridge, R. R., West, B. T., Little, R. J. A., Boonstra, P. S. & Alvarado-Leiton, F. (2019). Indices of
    non-ignorable selection bias for proportions estimated from non-probability samples. J. R. Stat. Soc. C 68,
    1465-1483. https://doi.org/10.1111/rssc.12371

    Little, R. J. A., West, B. T., Boonstra, P. S. & Hu, J. (2020). Measures of the degree of departure from ignorable
    sample selection. J. Surv. Stat. Methodol. 8, 932-964. https://doi.org/10.1093/jssam/smz023

    Examples
    --------
    >>> table = pd.DataFrame({"share": [0.2, 0.6], "respondents": [100, 300], "population": [5000, 5000]})
    >>> found = proxy_pattern(table)
    >>> [round(share, 3) for share in found.shares]
    [0.406, 0.309, 0.213]
    """
    share, n, size = _checked(classes, phi)
    others = size - n
    x = special.ndtri(share)
    mean, spread = _moments(x, n)
    if spread <= 0:
        raise InputError(
            "the auxiliary says nothing of the answer",
            where="proxy_pattern",
            parameter="classes.share",
            expected="shares that differ between classes with respondents",
            got=", ".join(f"{value:g}" for value in share),
        )
    sample = float(n @ share / n.sum())
    rho = _polyserial(x, n, share, mean, spread)
    mean_others, spread_others = _moments(x, others)
    latent, part = float(special.ndtri(sample)), float(n.sum() / size.sum())
    found = []
    for strength in phi:
        g = (strength + (1 - strength) * rho) / (strength * rho + 1 - strength)
        centre = latent + g * (mean_others - mean) / math.sqrt(spread)
        variance = 1 + g**2 * (spread_others - spread) / spread
        if variance <= 0:
            raise InputError(
                "the others' proxy varies too little for this strength of selection",
                where="proxy_pattern",
                parameter="phi",
                expected="a strength at which the answer still varies among the others",
                got=f"{strength:g}",
            )
        found.append(part * sample + (1 - part) * float(special.ndtr(centre / math.sqrt(variance))))
    return ProxyPattern(sample, rho, tuple(map(float, phi)), tuple(found))


def _checked(classes: pd.DataFrame, phi: Sequence[float]) -> tuple[FloatArray, FloatArray, FloatArray]:
    missing = [name for name in _COLUMNS if name not in classes]
    if missing or len(classes) < 2:
        raise InputError(
            "not a table of classes",
            where="proxy_pattern",
            parameter="classes",
            expected=f"columns {', '.join(_COLUMNS)}; at least two rows",
            got=f"{len(classes)} rows with {', '.join(map(str, classes.columns))}",
        )
    share, n, size = (classes[name].to_numpy(dtype=float) for name in _COLUMNS)
    possible = ((share > 0) & (share < 1) & (n >= 1) & (size >= n)).all() and size.sum() > n.sum()
    if not possible or not phi or not all(0 <= strength <= 1 for strength in phi):
        raise InputError(
            "impossible classes or strengths",
            where="proxy_pattern",
            parameter="classes, phi",
            expected="shares strictly between 0 and 1, 1 <= respondents <= population; strengths between 0 and 1",
            got=f"{classes[list(_COLUMNS)].to_numpy().tolist()}, {list(phi)}",
        )
    return share, n, size


def _moments(x: FloatArray, counts: FloatArray) -> tuple[float, float]:
    mean = float(counts @ x / counts.sum())
    return mean, float(counts @ (x - mean) ** 2 / counts.sum())


def _polyserial(x: FloatArray, n: FloatArray, share: FloatArray, mean: float, spread: float) -> float:
    """Two-step correlation: the cut at the sample's share, then the likelihood in ρ alone."""
    cut = -float(special.ndtri(n @ share / n.sum()))
    centred = (x - mean) / math.sqrt(spread)

    def loss(rho: float) -> float:
        index = (rho * centred - cut) / math.sqrt(1 - rho**2)
        return -float(n @ (share * special.log_ndtr(index) + (1 - share) * special.log_ndtr(-index)))

    return float(optimize.minimize_scalar(loss, bounds=(1e-6, 0.99), method="bounded").x)
