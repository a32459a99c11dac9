"""Are two shares the same, up to a margin that somebody states?"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

from scipy import special

from aibaro.compare.results import Result
from aibaro.compare.shares import Share, ShareLike, design_effect, sample_size, share
from aibaro.errors import InputError

_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Equivalence(Result):
    """A test that two shares of independent groups differ by less than a margin.

    Parameters
    ----------
    item, group_a, group_b : str
        Names.
    a, b : Share
        The shares.
    n_a, n_b : int
        Respondents behind them.
    margin : float
        The largest difference that still counts as equal, as a share.
    deff : float
        Design effect that was assumed.
    estimate, std_error : float
        a - b and its standard error, at the central values.
    p_value, p_value_low : float
        Largest and smallest p value of the two one-sided tests over the rounding intervals.
    conf_low, conf_high : float
        Outermost limits of the 1 - 2 alpha interval: equality is established where they lie inside the margin.
    alpha : float
        Level of each one-sided test.
    breakdown_deff : float
        Design effect up to which equality is established; 0 where rounding alone reaches the margin.
    verdict : str
        ``established``, ``refuted`` (beyond the margin everywhere), ``not_significant`` or ``depends``.
    """

    item: str
    group_a: str
    group_b: str
    a: Share
    b: Share
    n_a: int
    n_b: int
    margin: float
    deff: float
    estimate: float
    std_error: float
    p_value: float
    p_value_low: float
    conf_low: float
    conf_high: float
    alpha: float
    breakdown_deff: float
    verdict: str

    def summary(self) -> str:
        """Say the result in a few lines."""
        return "\n".join(
            [
                f"{self.item or 'equality'}: {self.group_a} {self.a.text} (n = {self.n_a}) and {self.group_b} "
                f"{self.b.text} (n = {self.n_b}), margin {100 * self.margin:g} points",
                f"  {100 * self.estimate:+.1f} points, {100 * (1 - 2 * self.alpha):g}% interval "
                f"{100 * self.conf_low:+.1f} to {100 * self.conf_high:+.1f} with rounding at its worst (model-based, "
                f"design effect {self.deff:g})",
                f"  p = {self.p_value:.3g}; equal up to a design effect of {self.breakdown_deff:.2f}: {self.verdict}",
            ]
        )


def equivalent(
    a: ShareLike,
    n_a: int,
    b: ShareLike,
    n_b: int,
    *,
    margin: float,
    deff: float = 1.0,
    alpha: float = 0.05,
    rounding: str = "half_up",
    item: str = "",
    group_a: str = "a",
    group_b: str = "b",
) -> Equivalence:
    """Test whether two percentages of independent samples are equal, up to a margin.

    Notes
    -----
    Two one-sided tests (TOST): equality is established when a - b is significantly below the margin and above its
    negative, that is when the 1 - 2 alpha interval lies inside.  Model-based, as :func:`aibaro.compare.groups`; the
    standard error is the largest inside the rounding boxes, and the difference the one nearest to the margin.  It is
    refuted when the same interval lies wholly outside.

    References
    ----------
    Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power approach. Journal of
    Pharmacokinetics and Biopharmaceutics 15, 657-680. https://doi.org/10.1007/BF01068419

    Examples
    --------
    >>> print(equivalent("31%", 841, "29%", 1552, margin=0.07).summary())
    equality: a 31% (n = 841) and b 29% (n = 1552), margin 7 points
      +2.0 points, 90% interval -2.3 to +6.3 with rounding at its worst (model-based, design effect 1)
      p = 0.0215; equal up to a design effect of 1.51: established
    """
    first, second = share(a, rounding=rounding, parameter="a"), share(b, rounding=rounding, parameter="b")
    size_a, size_b = sample_size(n_a, "n_a"), sample_size(n_b, "n_b")
    factor = design_effect(deff, "deff")
    if not 0 < margin < 1 or not 0 < alpha < _HALF:
        raise InputError(
            "not a margin or not a level",
            where="equivalent",
            parameter="margin, alpha",
            expected="0 < margin < 1 as a share, 0 < alpha < 0.5",
            got=f"{margin}, {alpha}",
        )
    low, high = float(first.low - second.high), float(first.high - second.low)
    errors = [sqrt(factor * (x / size_a + y / size_b)) for x, y in zip(_spreads(first), _spreads(second), strict=True)]
    near, far = max(abs(low), abs(high)), max(low, -high, 0.0)  # nearest to the margin, and farthest inside
    z = float(-special.ndtri(alpha))
    p_high, p_low = _tail(margin - near, errors), _tail(margin - far, errors[::-1])
    reach = z * errors[1] / sqrt(factor)
    centre = float(first.value * (1 - first.value) / size_a + second.value * (1 - second.value) / size_b)
    return Equivalence(
        item=item,
        group_a=group_a,
        group_b=group_b,
        a=first,
        b=second,
        n_a=size_a,
        n_b=size_b,
        margin=float(margin),
        deff=factor,
        estimate=float(first.value - second.value),
        std_error=sqrt(factor * centre),
        p_value=p_high,
        p_value_low=p_low,
        conf_low=low - z * errors[1],
        conf_high=high + z * errors[1],
        alpha=alpha,
        breakdown_deff=(max(margin - near, 0.0) / reach) ** 2 if reach else inf,
        verdict=_verdict(p_high, p_low, (_tail(far - margin, errors), _tail(near - margin, errors[::-1])), alpha),
    )


def _spreads(found: Share) -> tuple[float, float]:
    """Give the smallest and the largest p (1 - p) inside a rounding interval."""
    ends = [p * (1 - p) for p in found.box]
    return min(ends), _HALF**2 if found.box[0] <= _HALF <= found.box[1] else max(ends)


def _tail(distance: float, errors: list[float]) -> float:
    """Give the p value of a distance at the less favourable (last) standard error."""
    error = errors[-1] if distance > 0 else errors[0]
    if error == 0:
        return 0.0 if distance > 0 else 1.0
    return float(special.ndtr(-distance / error))


def _verdict(p_high: float, p_low: float, beyond: tuple[float, float], alpha: float) -> str:
    if p_high < alpha:
        return "established"
    if beyond[0] < alpha:
        return "refuted"
    return "not_significant" if p_low >= alpha and beyond[1] >= alpha else "depends"
