"""How large a misprint would all figures of an item together have noticed?  Reads what ships with a survey."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from fractions import Fraction

from aibaro.consistency.check import Check
from aibaro.consistency.sums import number_text
from aibaro.errors import FaultList, InputError
from aibaro.ledger.book import Book
from aibaro.ledger.figures import Figure
from aibaro.published.schema import fact_key
from aibaro.rounding import Interval, PrintedNumber

FILE = "detection.csv"
RULE = "joint_attainability"
COLUMNS = ("item", "base", "domain", "level", "printed", "down", "up", "constraints", "proof")


@dataclass(frozen=True, slots=True)
class Limit:
    """Smallest misprints of a figure that contradict the other figures of its item.

    Parameters
    ----------
    down, up : Fraction or None
        Below and above print, in points; None where no printable misprint is noticed.
    constraints, proof : str
        What was used, and how it was proved.
    """

    down: Fraction | None
    up: Fraction | None
    constraints: str
    proof: str


def read_limits(book: Book) -> dict[str, Limit]:
    """Read the detection limits that ship with a survey."""
    path = book.survey.folder / FILE
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    missing = [column for column in COLUMNS if rows and column not in rows[0]]
    if missing:
        raise InputError(
            "the detection limits lack columns",
            where=FILE,
            expected=", ".join(COLUMNS),
            got=f"without {', '.join(missing)}",
        )
    faults = FaultList("the detection limits cannot be used", where=FILE)
    found: dict[str, Limit] = {}
    stale: set[tuple[str, str]] = set()
    for place, row in enumerate(rows, 2):
        fact = fact_key(row["item"], row["base"], row["domain"], row["level"])
        figure = book.best(fact)
        if figure is None or figure.printed != row["printed"]:
            stale.add((row["item"], row["base"]))
        try:
            down, up = (Fraction(row[side]) if row[side] else None for side in ("down", "up"))
        except ValueError:
            faults.add(
                "a limit is not a number",
                where=f"row {place}",
                parameter="down, up",
                expected="numbers",
                got=f"{row['down']}, {row['up']}",
            )
            continue
        found[fact] = Limit(down, up, row["constraints"], row["proof"])
    faults.raise_if_any(InputError)
    outdated = {
        fact_key(row["item"], row["base"], row["domain"], row["level"])
        for row in rows
        if (row["item"], row["base"]) in stale
    }
    return {fact: limit for fact, limit in found.items() if fact not in outdated}


def joint_check(book: Book, limits: dict[str, Limit], figure: Figure) -> Check | None:
    """Check a weighted percentage by all figures of its item together.

    Notes
    -----
    A misprint of at least ``down`` below or ``up`` above leaves no table of stratum counts for the item's figures.
    Smaller ones may be noticed too: counts are relaxed to real numbers and other items are not used.
    """
    limit, number = limits.get(figure.fact), figure.value
    if limit is None or limit.down is None or limit.up is None or not isinstance(number, PrintedNumber):
        return None
    best = book.best(figure.fact)
    if figure.kind != "percentage" or best is None or best.printed != figure.printed:
        return None
    unit = Fraction(1, 10**number.decimals)
    low = max(Fraction(0), number.value - limit.down + unit)
    high = min(Fraction(100), number.value + limit.up - unit)
    accepted, printable = (high - low) / unit + 1, 100 / unit + 1
    others = [
        other.id
        for facts in book.facts.values()
        for other in facts[:1]
        if (other.key.item, other.key.base) == (figure.key.item, figure.key.base)
        and other.fact in limits
        and other.fact != figure.fact
    ]
    return Check(
        RULE,
        "consistent",
        recomputed=Interval(low - unit / 2, high + unit / 2),
        passes=(book.rounding,),
        power=1 - accepted / printable,
        detection_limit=max(limit.down, limit.up) - unit,
        inputs=tuple(others),
        steps=(
            f"a misprint of {number_text(limit.down)} or more below, or {number_text(limit.up)} or more above, would "
            f"leave no stratum counts for the {len(others) + 1} figures of the item ({limit.constraints}; "
            f"{limit.proof})",
        ),
    )
