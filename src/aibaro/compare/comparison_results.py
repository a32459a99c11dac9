"""What do all results of a comparison share, and what may be said of a claim when print leaves its test open?"""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

import pandas as pd

from aibaro import results
from aibaro._typed import typed
from aibaro.compare._shares import Share
from aibaro.errors import InputError


def plain(value: Any) -> Any:
    """Turn a field of a result into something that JSON can hold; fractions are rounded to doubles.

    Examples
    --------
    >>> plain((Fraction(1, 4), float("nan")))
    [0.25, None]
    """
    if isinstance(value, Share):
        return {"low": float(value.low), "high": float(value.high), "value": float(value.value), "printed": value.text}
    if isinstance(value, results.Result):
        return value.to_dict()
    if isinstance(value, pd.DataFrame):
        return [plain(row) for row in value.to_dict("records")]
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(part) for part in value]
    return results.plain(float(value) if isinstance(value, Fraction) else value)


@dataclass(frozen=True, slots=True)
class ComparisonResult(results.Result):
    """Root of the results of this room."""

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as plain values."""
        return {field.name: plain(getattr(self, field.name)) for field in fields(self)}

    def to_frame(self) -> pd.DataFrame:
        """Return the scalar fields as a frame of one row."""
        cells = {field.name: getattr(self, field.name) for field in fields(self)}
        kept = {
            k: float(v.value) if isinstance(v, Share) else v
            for k, v in cells.items()
            if not isinstance(v, (pd.DataFrame, tuple, dict))
        }
        return pd.DataFrame([kept])

    def summary(self) -> str:
        """Say the result in a few lines."""
        return "\n".join(f"{name}: {value}" for name, value in self.to_frame().iloc[0].items())


# --- What may be said of a claim in the population, when print leaves the test statistic open?

CLAIMS: tuple[str, ...] = ("greater", "less", "differs")


def check_claim(claim: str) -> None:
    """Refuse a claim that is not about a difference."""
    if claim not in CLAIMS:
        raise InputError(
            "unknown claim",
            parameter="claim",
            expected=", ".join(CLAIMS),
            got=repr(claim),
            hint="a claim of equality needs a margin: compare.equivalent",
        )


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
