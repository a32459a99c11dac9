"""Which bounds on standard errors ship with a survey?"""

from __future__ import annotations

import csv
from dataclasses import dataclass

from aibaro.errors import FaultList, InputError
from aibaro.ledger.book import Book
from aibaro.published.schema import WHOLE_BASE, fact_key


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


COLUMNS = ("item", "domain", "level", "se_lower", "se_upper")


def read_precision(book: Book) -> dict[str, Precision]:
    """Read the bounds on standard errors of a survey.

    Parameters
    ----------
    book : Book
        The survey.

    Returns
    -------
    dict of str to Precision
        By fact, in points of percent (the file holds shares); empty when no ``bounds.csv`` ships with the survey.

    Raises
    ------
    InputError
        When columns are missing, or with every bound that is no number.
    """
    path = book.survey.folder / "bounds.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    missing = [column for column in COLUMNS if rows and column not in rows[0]]
    if missing:
        raise InputError("the bounds lack columns", where=path.name, expected=", ".join(COLUMNS),
                         got=f"without {', '.join(missing)}")  # fmt: skip
    faults = FaultList("the bounds cannot be used", where=path.name)
    found: dict[str, Precision] = {}
    for place, row in enumerate(rows, 2):
        fact = fact_key(row["item"], row.get("base") or WHOLE_BASE, row["domain"], row["level"])
        try:
            low, high, df = (float(row.get(c) or "inf") for c in ("se_lower", "se_upper", "df_lower"))
        except ValueError:
            faults.add("a bound is not a number", where=f"row {place}", parameter="se_lower, se_upper, df_lower",
                       expected="numbers", got=f"{row['se_lower']}, {row['se_upper']}")  # fmt: skip
            continue
        found[fact] = Precision(100 * low, 100 * high, max(df, 1.0))
    faults.raise_if_any(InputError)
    return found
