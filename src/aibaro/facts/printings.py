"""Every row of ``printed.csv`` and every cell of ``strata.csv`` and ``bases.csv`` as a printing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

import pandas as pd

from aibaro.errors import PublishedNumberError
from aibaro.facts._key import COUNT, SHARE, Key
from aibaro.facts._printing import Printing
from aibaro.facts.bases import Weighting, variables
from aibaro.published import PublishedSurvey
from aibaro.published.schema import COUNT_COLUMNS, CROSS, WHOLE_BASE
from aibaro.rounding import UNBOUNDED, Interval, Reading

ANSWERED = "answered"
WEIGHTED_BASE = "weighted_base"
SHARES = ("percentage", "verbal")
_TYPES = {"count": COUNT, "rate": "percentage", "indicator": "percentage", "share": "percentage"}


def printed_cells(survey: PublishedSurvey, weighting: Weighting) -> list[Printing]:
    """Read the rows of ``printed.csv``, and the bases that stand beside numbers."""
    types = {}
    if "type" in survey.items:
        types = dict(zip(map(str, survey.items["item"]), map(str, survey.items["type"]), strict=True))
    found, bases = list[Printing](), list[Printing]()
    for row in survey.printed.to_dict("records"):
        cells = {str(name): "" if pd.isna(cell) else str(cell) for name, cell in row.items()}
        printing = _printing(cells, types.get(cells["item"], ""), survey, weighting)
        found.append(printing)
        if printing.base_n is not None:
            bases.append(_base_beside(printing))
    return [*found, *bases]


def _printing(cells: Mapping[str, str], stated: str, survey: PublishedSurvey, weighting: Weighting) -> Printing:
    text, name = cells["printed"], cells["id"]
    kind = cells.get("kind") or _TYPES.get(stated, stated) or _kind(cells)
    unit = cells.get("unit") or ("percent" if kind in SHARES else "")
    weighted = cells.get("weighted") or ("no" if weighting.kind == "none" else "unknown")
    key = _key(cells, kind, unit, weighted, survey)
    base_n = cells.get("base_n", "")
    reading, band = _read(cells, kind, weighted, survey)
    value = _value(reading, band)
    if not base_n.isdigit() and reading is not None and reading.n is not None:
        base_n = str(reading.n)
    return Printing(
        name,
        key,
        text,
        kind,
        reading.decimals if reading is not None else 0,
        unit,
        cells.get("location", ""),
        weighted,
        int(base_n) if base_n.isdigit() else None,
        cells.get("qualifier", ""),
        "printed.csv",
        value is None or (reading is not None and reading.soft),
        value,
        band if value is not None else None,
    )


def _kind(cells: Mapping[str, str]) -> str:
    if cells["item"] in COUNT_COLUMNS:
        return COUNT
    return "percentage" if any(c.isdigit() for c in cells["printed"]) else "verbal"


def _key(cells: Mapping[str, str], kind: str, unit: str, weighted: str, survey: PublishedSurvey) -> Key:
    wave, fact = cells.get("wave", ""), cells.get("fact", "")
    # the data decide where the survey's own wave is written out; the fact leaves it out
    if wave == survey.wave or (fact and f"|wave={wave}" not in fact):
        wave = ""
    named = re.search(r"\|measure=([^|]+)", fact)
    measure = cells.get("measure") or (named[1] if named else "") or _measure(kind, unit)
    if measure == COUNT and cells["item"] == "respondents" and weighted == "yes":
        measure = WEIGHTED_BASE
    return Key(
        cells["item"],
        cells.get("base") or WHOLE_BASE,
        cells.get("domain", ""),
        cells.get("level", ""),
        wave,
        cells.get("group", ""),
        measure,
    )


def _measure(kind: str, unit: str) -> str:
    if kind == "percentage":
        return SHARE
    if kind == "verbal":
        return SHARE if unit in {"percent", "%", ""} else "number"
    return kind


def _read(
    cells: Mapping[str, str], kind: str, weighted: str, survey: PublishedSurvey
) -> tuple[Reading | None, Interval | None]:
    """The reading of a row, and the fixed range of words and signs; nothing where there is no number."""
    try:
        reading = survey.reading({**cells, "kind": kind, "weighted": weighted})
    except PublishedNumberError:
        return None, None
    return reading, reading.stated


def _value(reading: Reading | None, band: Interval | None) -> Fraction | None:
    """The printed number; the middle of a range with two ends."""
    if reading is None or band is None or reading.kind in {"date", "threshold"}:
        return None if reading is None else reading.value
    return (band.lower + band.upper) / 2 if max(abs(band.lower), abs(band.upper)) < UNBOUNDED else reading.value


def _base_beside(printing: Printing) -> Printing:
    """The base that is printed beside a number: how many answered its item."""
    size = Fraction(printing.base_n or 0)
    return Printing(
        f"printed.csv#{printing.id}.base_n",
        printing.key.about(measure=ANSWERED),
        str(printing.base_n),
        COUNT,
        unit="respondents",
        location=printing.location,
        weighted=printing.weighted,
        source="printed.csv",
        value=size,
    )


def strata_cells(survey: PublishedSurvey) -> Iterator[Printing]:
    """Read the cells of ``strata.csv``: counts that are exact."""
    names = variables(survey)
    domain = CROSS.join(names)
    for row in survey.strata.to_dict("records") if names else ():
        level = CROSS.join(str(row[name]) for name in names)
        for column in COUNT_COLUMNS:
            if column in row and not pd.isna(row[column]):
                name = f"strata.csv#{level}.{column}"
                key = Key(column, WHOLE_BASE, domain, level, measure=COUNT)
                yield _cell(name, key, int(row[column]), "no", "strata.csv")


def base_cells(survey: PublishedSurvey) -> Iterator[Printing]:
    """Read the sizes in ``bases.csv``; a size that is a sum of weights is a figure of its own."""
    for row in survey.bases.to_dict("records"):
        text, base = str(row.get("respondents") or ""), str(row["base"])
        domain, level = str(row.get("domain") or ""), str(row.get("level") or "")
        if not text.isdigit():
            continue
        weighted = str(row.get("weighted") or "no")
        measure = WEIGHTED_BASE if weighted == "yes" else COUNT
        key = Key("respondents", base, domain, level, measure=measure)
        column = "respondents" if weighted != "yes" else "respondents (weighted)"
        name = f"bases.csv#{base}{f'|{domain}={level}' if domain else ''}.{column}"
        yield _cell(name, key, int(text), weighted, "bases.csv")


def _cell(name: str, key: Key, count: int, weighted: str, source: str) -> Printing:
    return Printing(
        name,
        key,
        str(count),
        COUNT,
        unit="respondents" if key.item == "respondents" else "",
        location=source,
        weighted=weighted,
        source=source,
        value=Fraction(count),
    )
