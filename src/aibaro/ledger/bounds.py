"""Which bounds on standard errors ship with a survey?"""

from __future__ import annotations

import csv
from dataclasses import dataclass

from aibaro.errors import InputError
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


COLUMNS = ("item", "domain", "level", "estimate", "se_lower", "se_upper")


def read_precision(book: Book) -> dict[str, Precision]:
    """Read the bounds on standard errors of a survey.

    Parameters
    ----------
    book : Book
        The survey.

    Returns
    -------
    dict of str to Precision
        By fact, in points of percent; empty when no ``bounds.csv`` ships with the survey.

    Raises
    ------
    InputError
        When columns are missing or a bound is no number.
    """
    path = book.survey.folder / "bounds.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    missing = [column for column in COLUMNS if rows and column not in rows[0]]
    if missing:
        raise InputError("the bounds lack columns", where=str(path.name), expected=", ".join(COLUMNS),
                         got=f"without {', '.join(missing)}")  # fmt: skip
    found: dict[str, Precision] = {}
    for place, row in enumerate(rows, 2):
        item, _, base = row["item"].partition("@")
        fact = fact_key(item, base or row.get("base") or WHOLE_BASE, row["domain"], row["level"])
        try:
            low, high, estimate = float(row["se_lower"]), float(row["se_upper"]), float(row["estimate"])
            df = float(row.get("df_lower") or "inf")
        except ValueError:
            raise InputError("a bound is not a number", where=f"{path.name}, row {place}", expected="numbers",
                             parameter="estimate, se_lower, se_upper", got=str(row)) from None  # fmt: skip
        unit = _unit(book, fact, estimate)
        found[fact] = Precision(low * unit, high * unit, max(df, 1.0))
    return found


def _unit(book: Book, fact: str, estimate: float) -> float:
    """Points of percent in one unit of the file: 1 where it holds percent, 100 where it holds shares."""
    figure = book.best(fact)
    if figure is None:
        return 100.0
    printed = float(figure.centre)
    return 100.0 if abs(100 * estimate - printed) <= abs(estimate - printed) else 1.0
