"""Every row of ``printed.csv`` and every cell of ``strata.csv`` and ``bases.csv`` as a printing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache

import pandas as pd

from aibaro.errors import PublishedNumberError
from aibaro.facts._key import COUNT, SHARE, Key
from aibaro.facts._printing import Printing
from aibaro.facts._weighting import Weighting, variables
from aibaro.published import PublishedSurvey
from aibaro.published.schema import COUNT_COLUMNS, CROSS, WHOLE_BASE
from aibaro.rounding import Interval, parse_printed

ANSWERED = "answered"
WEIGHTED_BASE = "weighted_base"
SHARES = ("percentage", "verbal")
_TYPES = {"count": COUNT, "rate": "percentage", "indicator": "percentage", "share": "percentage"}
_SOFT = ("about", "almost", "vague")
# an open end that no printed count reaches
_FAR = Fraction(10**15)


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
    value, decimals, band, soft = _read(cells, kind, survey.decimal)
    return Printing(
        name,
        key,
        text,
        kind,
        decimals,
        unit,
        cells.get("location", ""),
        weighted,
        int(base_n) if base_n.isdigit() else None,
        cells.get("qualifier", ""),
        "printed.csv",
        soft,
        value,
        band,
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


def _read(cells: Mapping[str, str], kind: str, decimal: str) -> tuple[Fraction | None, int, Interval | None, bool]:
    """Value, decimals, fixed range and softness of a printing."""
    qualifier = cells.get("qualifier", "")
    if kind == "verbal":
        low, high = cells.get("low", ""), cells.get("high", "")
        if not low or not high:
            return None, 0, None, True
        words = Interval(Fraction(low), Fraction(high))
        return (words.lower + words.upper) / 2, 0, words, True
    value, decimals, band = _digits(cells["printed"], decimal)
    if value is None:
        return None, 0, None, kind not in {"date", "threshold"}
    if band is None and qualifier in {"more_than", "at_least"} and kind not in {"date", "threshold"}:
        top = Fraction(100) if kind == "percentage" else _FAR
        band = Interval(min(value, top), top, qualifier == "at_least", True)
    elif band is None and qualifier == "less_than" and kind not in {"date", "threshold"}:
        band = Interval(Fraction(0), value, True, False)
    return value, decimals, band, qualifier in _SOFT or (band is not None and bool(qualifier))


@lru_cache(maxsize=65536)
def _digits(text: str, decimal: str) -> tuple[Fraction | None, int, Interval | None]:
    """Read plain digits, a sign, a range; nothing where there is no number."""
    plain = " ".join(text.split())
    sign = re.fullmatch(r"([<>≤≥])\s?(.+)", plain)
    between = re.fullmatch(r"([\d.,]+)\s?%?\s?[-–]\s?([\d.,]+\s?%?)", plain)
    try:
        if sign:
            number = parse_printed(sign[2], decimal)
            top = Fraction(100) if number.percent else _FAR
            below = sign[1] in "<≤"
            low, high = (Fraction(0), number.value) if below else (number.value, top)
            closed = sign[1] in "≤≥"
            band = Interval(low, high, True if below else closed, closed if below else True)
            return (low + high) / 2 if below else number.value, number.decimals, band
        if between:
            first, last = parse_printed(between[1], decimal), parse_printed(between[2], decimal)
            if first.value <= last.value:
                middle = (first.value + last.value) / 2
                return middle, last.decimals, Interval(first.value, last.value)
        minus = re.fullmatch(r"([-–−+])\s?(\d.*?)(?:\s?(?:points|point|punten|pp))?", plain)
        if minus:
            number = parse_printed(minus[2], decimal)
            return (number.value if minus[1] == "+" else -number.value), number.decimals, None
        number = parse_printed(plain, decimal)
    except PublishedNumberError:
        return None, 0, None
    return number.value, number.decimals, None


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
        name = f"bases.csv#{base}{f'|{domain}={level}' if domain else ''}.respondents"
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
