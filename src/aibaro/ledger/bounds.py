"""Which bounds on standard errors ship with a survey?"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from aibaro.errors import FaultList, InputError, IntegrityError
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


FILES = ("bounds-overall.csv", "bounds.csv")
COLUMNS = ("item", "domain", "level", "se_lower", "se_upper")


def read_precision(book: Book) -> dict[str, Precision]:
    """Read the bounds on standard errors of a survey: of items printed for several domains, and of all others."""
    found: dict[str, Precision] = {}
    for name in FILES:
        path = book.survey.folder / name
        if path.is_file():
            found |= _read(path)
    return found


def _read(path: Path) -> dict[str, Precision]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    missing = [column for column in COLUMNS if rows and column not in rows[0]]
    if missing:
        raise InputError(
            "the bounds lack columns", where=path.name, expected=", ".join(COLUMNS), got=f"without {', '.join(missing)}"
        )
    faults = FaultList("the bounds cannot be used", where=path.name)
    found: dict[str, Precision] = {}
    for place, row in enumerate(rows, 2):
        fact = fact_key(row["item"], row.get("base") or WHOLE_BASE, row["domain"], row["level"])
        try:
            low, high, df = (float(row.get(c) or "inf") for c in ("se_lower", "se_upper", "df_lower"))
        except ValueError:
            faults.add(
                "a bound is not a number",
                where=f"row {place}",
                parameter="se_lower, se_upper, df_lower",
                expected="numbers",
                got=f"{row['se_lower']}, {row['se_upper']}",
            )
            continue
        found[fact] = Precision(100 * low, 100 * high, max(df, 1.0))
    faults.raise_if_any(InputError)
    return found
