"""What may be said of a claim in the population, when print leaves the test statistic open?"""

from __future__ import annotations

from aibaro._typed import typed
from aibaro.errors import InputError

CLAIMS: tuple[str, ...] = ("greater", "less", "differs")
VERDICTS: tuple[str, ...] = ("established", "refuted", "not_significant", "depends", "not_checkable")


def check_claim(claim: str, where: str = "") -> str:
    """Refuse a claim that is not about a difference."""
    if claim not in CLAIMS:
        raise InputError(
            "unknown claim",
            where=where,
            parameter="claim",
            expected=", ".join(CLAIMS),
            got=repr(claim),
            hint="a claim of equality needs a margin: compare.equivalent",
        )
    return claim


@typed
def verdict(claim: str, sign: int, p_high: float, p_low: float, alpha: float = 0.05) -> str:
    """Return the verdict of a claim about a difference.

    Parameters
    ----------
    claim : {"greater", "less", "differs"}
        What is claimed of a - b.
    sign : {-1, 0, 1}
        Sign of a - b; 0 where print leaves it open.
    p_high, p_low : float
        Largest and smallest two-sided p value (adjusted for the family) over everything that the printed figures admit.
    alpha : float
        Level of the family.

    Returns
    -------
    str
        ``established``: significant in the claimed direction everywhere; ``refuted``: significant in the other
        direction everywhere; ``not_significant``: nowhere significant; ``depends``: the printed figures admit both.

    Examples
    --------
    >>> verdict("greater", 1, 0.01, 0.001), verdict("greater", -1, 0.01, 0.001), verdict("less", 1, 0.3, 0.2)
    ('established', 'refuted', 'not_significant')
    >>> verdict("differs", 0, 1.0, 0.01)
    'depends'
    """
    check_claim(claim)
    if p_low >= alpha:
        return "not_significant"
    if p_high >= alpha or sign == 0:
        return "depends"
    return "established" if claim == "differs" or (claim == "greater") == (sign > 0) else "refuted"
