"""Which bounds on standard errors ship with a survey?"""

from __future__ import annotations

from dataclasses import dataclass

from aibaro.errors import IntegrityError
from aibaro.published import PublishedSurvey
from aibaro.published.schema import WHOLE_BASE, fact_key
from aibaro.reconstruct import read_bounds


@dataclass(frozen=True, slots=True)
class Precision:
    """Range of the standard error of one figure.

    Parameters
    ----------
    lower, upper : float
        Smallest and largest standard error in points of percent.
    df : float
        Smallest degrees of freedom.
    """

    lower: float
    upper: float
    df: float


def narrower(one: Precision | None, two: Precision | None) -> Precision | None:
    """Join two bounds of one figure.

    Examples
    --------
    >>> narrower(Precision(1.0, 2.0, 50), Precision(1.5, 3.0, 40))
    Precision(lower=1.5, upper=2.0, df=40)
    """
    if one is None or two is None:
        return one or two
    low, high = max(one.lower, two.lower), min(one.upper, two.upper)
    if low > high * (1 + 1e-6):
        raise IntegrityError(
            "bounds on a standard error exclude each other",
            where="bounds.csv",
            expected=f"{one.lower:.4f} to {one.upper:.4f}",
            got=f"{two.lower:.4f} to {two.upper:.4f}",
            hint="recompute the bounds: they belong to other figures",
        )
    return Precision(low, high, min(one.df, two.df))


def read_precision(survey: PublishedSurvey) -> dict[str, Precision]:
    """Read the bounds on standard errors that ship with a survey, of tables and of figures printed overall alone."""
    found: dict[str, Precision] = {}
    for part in ("overall", "tables"):
        for row in read_bounds(survey, part).to_dict("records"):
            fact = fact_key(row["item"], row["base"] or WHOLE_BASE, row["domain"], row["level"])
            df = max(float(row["df_lower"]), 1.0)
            found[fact] = Precision(100 * float(row["se_lower"]), 100 * float(row["se_upper"]), df)
    return found
