"""Is each printed number read, and does the table of printings agree with itself?  Optional columns are derived."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from aibaro.errors import FaultList, PublishedNumberError
from aibaro.published._raw_tables import RawTable, is_count
from aibaro.published._rules import nearest
from aibaro.published.schema import CELL, CROSS, FACT_COLUMNS, WHOLE_BASE, fact_key
from aibaro.published.vocabulary import KINDS, MEASURES, WEIGHTED
from aibaro.rounding import QUALIFIERS, Reading, read_printed
from aibaro.rounding.notation import COMMON_MARKS, plain

# --- Which decimal mark does a publication use? Read from its numbers where none is ambiguous, else asked for.

MARKS = (",", ".")
#: Items that count respondents or units.
SIZES = ("population", "sample", "respondents")
_MARKED = re.compile(r"\d+(?:[.,]\d+)+")


def evidence(text: str) -> tuple[str, ...]:
    """Say which marks a text can have used for decimals; none where it holds no mark at all.

    Examples
    --------
    >>> evidence("14,0%"), evidence("1,234.5"), evidence("1.234"), evidence("12%")
    ((',',), ('.',), (',', '.'), ())
    """
    possible = set(MARKS)
    found = _MARKED.findall(text)
    for number in found:
        possible &= set(_possible(number))
    return tuple(mark for mark in MARKS if mark in possible) if found else ()


def _possible(number: str) -> tuple[str, ...]:
    last = number[max(number.rfind(mark) for mark in MARKS)]
    other = "," if last == "." else "."
    head, _, tail = number.rpartition(last)
    if other in head:
        return (last,)
    if last in head:
        return (other,)  # 1.234.567: a mark that stands twice groups thousands
    grouped = len(tail) == 3 and 1 <= len(head) <= 3 and head[0] != "0"
    return MARKS if grouped else (last,)


def decide(raw: RawTable, settings: Mapping[str, Any], faults: FaultList) -> str | None:
    """Return the decimal mark: declared and not contradicted, or the only one that the numbers allow."""
    declared = settings.get("decimal_mark")
    if declared is not None and declared not in MARKS:
        return None  # the descriptor's fault is recorded; no print can be read before it is mended
    counts = {",": 0, ".": 0}
    first: dict[str, int] = {}
    ambiguous: list[int] = []
    for row, text in enumerate(raw.column("printed")):
        marks = evidence(text)
        if len(marks) == 1:
            counts[marks[0]] += 1
            first.setdefault(marks[0], row)
        elif len(marks) == 2:
            ambiguous.append(row)
    if declared is not None:
        _contradicted(raw, str(declared), counts, first, faults)
        return str(declared)
    if not any(counts.values()):  # a size has no decimals, so that its mark groups thousands
        for row in ambiguous:
            if raw.column("item")[row] in SIZES and raw.column("weighted")[row] != "yes":
                text = raw.column("printed")[row]
                mark = next(mark for mark in MARKS if mark not in text)
                counts[mark] += 1
                first.setdefault(mark, row)
    proven = [mark for mark in MARKS if counts[mark]]
    if len(proven) == 1 or not ambiguous:
        return max(MARKS, key=lambda mark: counts[mark])  # a number such as 51.7 reads the same under either
    rows = [first[mark] for mark in proven] or ambiguous[:1]
    faults.add(
        "the decimal mark cannot be told from the numbers",
        where=raw.place(rows[0]),
        parameter="decimal_mark",
        expected='"decimal_mark": "," or "." in the block "aibaro" of datapackage.json',
        got=", ".join(f'"{raw.column("printed")[row]}"' for row in rows),
        hint="both marks are printed" if len(proven) == 2 else "a mark before three digits may group thousands",
    )
    return None


def _contradicted(
    raw: RawTable, declared: str, counts: Mapping[str, int], first: Mapping[str, int], faults: FaultList
) -> None:
    """A mark that most numbers contradict was declared by mistake; a few were misprinted."""
    other = "." if declared == "," else ","
    if counts[other] > counts[declared]:
        faults.add(
            "the declared decimal mark contradicts the numbers",
            where=raw.place(first[other]),
            parameter="decimal_mark",
            expected=f'"{other}", which {counts[other]} numbers use against {counts[declared]}',
            got=f'"{declared}" beside "{raw.column("printed")[first[other]]}"',
        )


# --- Is each printed number read, and does the table of printings agree with itself? Optional columns are derived.

# A declared end of a verbal range may be rounded outward at its second decimal.
_END_TOLERANCE = Fraction(1, 100)
SHARES = ("percentage", "verbal")
# the text stands in its own field of the fault, so that faults of one kind are counted together
_QUOTED = re.compile(r'".*"(?= is | states )', re.DOTALL)
# a number of these kinds measures one thing; words, thresholds and dates may stand for any
MEASURED = frozenset(KINDS) - {"verbal", "threshold", "date", "number"}


@dataclass(frozen=True, slots=True)
class Print:
    """How a publication prints its numbers.

    Parameters
    ----------
    decimal : {",", "."}
        Its decimal mark.
    language : str
        Its language, or several parted by spaces; empty where none is declared.
    marks : mapping of str to str
        What its marks stand for.
    """

    decimal: str = ","
    language: str = ""
    marks: Mapping[str, str] | None = None

    def read(self, cells: Mapping[str, str]) -> Reading:
        """Read one row of ``printed.csv``."""
        return read_printed(
            cells["printed"],
            cells.get("kind", ""),
            language=self.language,
            decimal=self.decimal,
            weighted=cells.get("weighted", ""),
            qualifier=cells.get("qualifier", ""),
            low=cells.get("low", ""),
            high=cells.get("high", ""),
            marks=self.marks,
        )

    def try_read(self, cells: Mapping[str, str]) -> Reading | None:
        """Read one row; None where it cannot be read, which the checks then say."""
        try:
            return self.read(cells)
        except PublishedNumberError:
            return None


def _base_n(text: str, style: Print) -> str:
    """A base as digits where it is printed as a whole number in groups; else as it stands, for the checks to name."""
    reading = style.try_read({"printed": text, "kind": "count"}) if text and not is_count(text) else None
    if reading is None or not reading.exact or reading.sign or reading.value is None or reading.value.denominator != 1:
        return text
    return str(reading.value)


_CELLS = ("printed", "kind", "weighted", "qualifier", "low", "high")


def _cells(raw: RawTable, row: int) -> dict[str, str]:
    return {name: raw.column(name)[row] for name in _CELLS}


def complete(raw: RawTable, items: RawTable | None, style: Print, wave: str) -> None:
    """Derive the optional columns of ``printed.csv`` that a survey leaves out.

    Notes
    -----
    The kind is that of the row, else the type of its item, else what the text looks like.  The measure is that of
    the row, else follows from the kind.  Without an id a printing has the key of its fact; further ones `` #2``.
    """
    raw.cells["base_n"] = [_base_n(text, style) for text in raw.column("base_n")]
    types = dict(zip(items.column("item"), items.column("type"), strict=True)) if items else {}
    kinds = _kinds(raw, types, style)
    units = [
        unit or ("percent" if kind in SHARES else "") for unit, kind in zip(raw.column("unit"), kinds, strict=True)
    ]
    measures = [measure or measure_of(kind) for measure, kind in zip(raw.column("measure"), kinds, strict=True)]
    raw.cells.update({"kind": kinds, "unit": units, "measure": measures})
    own = _own_measures(raw)
    facts = [
        fact
        or fact_key(
            item,
            base,
            domain,
            level,
            wave="" if moment == wave else moment,
            group=group,
            measure="" if measure == own[item] else measure,
        )
        for fact, item, base, domain, level, moment, group, measure in raw.rows("fact", *FACT_COLUMNS)
    ]
    raw.cells.update({"fact": facts, "id": _ids(raw.column("id"), facts)})
    decimals = list(raw.column("decimals"))
    for row, kind in enumerate(kinds):
        cells = _cells(raw, row)
        reading = style.try_read(cells)
        if reading is None:
            continue
        if not decimals[row] and kind != "verbal" and reading.value is not None:
            decimals[row] = str(reading.decimals)
        if kind == "verbal" and not cells["low"] + cells["high"] + cells["qualifier"]:
            _complete_verbal(raw, row, reading)
    raw.cells["decimals"] = decimals


def _complete_verbal(raw: RawTable, row: int, reading: Reading) -> None:
    """Take the range of a verbal quantity from the committed table where a survey gives none."""
    band = reading.interval()
    if band is None:
        return
    for name, value in (("low", band.lower), ("high", band.upper)):
        raw.cells.setdefault(name, [""] * len(raw))[row] = f"{float(round(value, 4)):g}"
    raw.cells.setdefault("qualifier", [""] * len(raw))[row] = reading.qualifier


def measure_of(kind: str) -> str:
    """Return what a figure of a kind measures where no measure is stated.

    Examples
    --------
    >>> measure_of("percentage"), measure_of("mean")
    ('share', 'mean')
    """
    return "share" if kind in SHARES else kind


def _own_measures(raw: RawTable) -> dict[str, str]:
    """Return the measure that an item's facts leave out: a share where one is printed, else the only other one."""
    found: dict[str, set[str]] = {}
    for item, measure in raw.rows("item", "measure"):
        found.setdefault(item, set()).add(measure)
    return {
        item: "share" if "share" in measures else next(iter(measures)) if len(measures) == 1 else ""
        for item, measures in found.items()
    }


def _ids(ids: Sequence[str], facts: Sequence[str]) -> list[str]:
    taken, times = set(ids), dict[str, int]()
    named = []
    for given, fact in zip(ids, facts, strict=True):
        name = given
        while not name or (not given and name in taken):
            times[fact] = times.get(fact, 0) + 1
            name = fact if times[fact] == 1 else f"{fact} #{times[fact]}"
        named.append(name)
    return named


def _kinds(raw: RawTable, types: Mapping[str, str], style: Print) -> list[str]:
    """Return the kind of each printing: stated, else of its item, else of its text beside the item's other texts."""
    readings = [
        style.try_read({"printed": text, "low": low, "high": high})
        for text, low, high in raw.rows("printed", "low", "high")
    ]
    items: dict[str, list[Reading]] = {}
    for item, reading in zip(raw.column("item"), readings, strict=True):
        if reading is not None and reading.value is not None:
            items.setdefault(item, []).append(reading)
    return [
        kind or _kind(item, _type(measure, types.get(item, "")), text, reading, items.get(item, []))
        for kind, item, text, measure, reading in zip(
            *(raw.column(n) for n in ("kind", "item", "printed", "measure")), readings, strict=True
        )
    ]


def _type(measure: str, type_: str) -> str:
    """What a row says that it measures goes before the type of its item."""
    return type_ if not measure or (measure == "share" and type_ in SHARES) else measure


def _kind(item: str, type_: str, text: str, reading: Reading | None, others: Sequence[Reading]) -> str:
    if reading is None:
        return "percentage" if any(c.isdigit() for c in text) else "verbal"  # the checks name the row
    if reading.kind == "verbal" or (reading.soft and not any(c.isdigit() for c in text)):
        return "verbal"
    if type_ in KINDS and not (type_ == "count" and reading.percent):
        return type_
    if reading.kind in {"points", "change"} and reading.sign == "-" and not all(other.sign for other in others):
        return "percentage"  # beside unsigned shares a negative one is impossible, and is judged so
    if reading.kind:
        return reading.kind
    if type_ == "share" and not any(other.percent for other in others):
        return "percentage"  # a share above 100 is impossible, and is judged so
    beside = _whole(reading) and reading.value is not None and reading.value > 100 and any(o.percent for o in others)
    return "count" if item in SIZES or _counted(others) or beside else "percentage"


def _whole(reading: Reading) -> bool:
    """Tell whether a printing is a whole number and nothing else."""
    return (
        reading.stated is None
        and not (reading.percent or reading.sign or reading.kind)
        and reading.value is not None
        and reading.decimals <= 0
    )


def _counted(others: Sequence[Reading]) -> bool:
    """Tell whether an item's printings are all whole numbers without a percent sign, one of them above 100."""
    return all(map(_whole, others)) and any(o.value is not None and o.value > 100 for o in others)


def check_printed(raw: RawTable, style: Print, prefix: str, wave: str, faults: FaultList) -> None:
    """Check every row of ``printed.csv`` by itself, then rows that state the same fact against each other."""
    _check_words(raw, "kind", KINDS, faults)
    _check_words(raw, "measure", MEASURES, faults)
    _check_words(raw, "weighted", WEIGHTED, faults)
    _check_words(raw, "qualifier", ("", *QUALIFIERS), faults)
    for row, (item, base_n, name) in enumerate(raw.rows("item", "base_n", "id")):
        if not item:
            faults.add("a printing names no item", where=raw.place(row), parameter="item", expected="text", got="empty")
        if base_n and not is_count(base_n):
            faults.add(
                "not a count",
                where=raw.place(row),
                parameter="base_n",
                expected="a whole number below 2^63",
                got=base_n[:60],
            )
        if CELL.match(name or item):
            faults.add(
                "a name that stands for a cell of another file",
                where=raw.place(row),
                parameter="id" if name else "item",
                expected="a name that does not begin with a file and #",
                got=name or item,
            )
        if prefix and name and not name.startswith(f"{prefix}."):
            faults.add(
                "an id does not carry the survey's prefix",
                where=raw.place(row),
                parameter="id",
                expected=f"{prefix}. ...",
                got=name,
            )
    for row, (kind, measure) in enumerate(raw.rows("kind", "measure")):
        if kind in MEASURED and measure in MEASURES and measure != measure_of(kind):
            faults.add(
                "kind and measure exclude each other",
                where=raw.place(row),
                parameter="kind, measure",
                expected=f"measure {measure_of(kind)} with kind {kind}",
                got=f"{kind}, {measure}",
            )
    for row, (low, high) in enumerate(raw.rows("low", "high")):
        if low or high:
            _check_range(raw, row, (low, high), faults)
    for row in range(len(raw)):
        _check_reading(raw, row, style, faults)
    _check_facts(raw, wave, faults)


def _check_words(raw: RawTable, column: str, allowed: Sequence[str], faults: FaultList) -> None:
    for row, word in enumerate(raw.column(column)):
        if word not in allowed:
            faults.add(
                "unknown word",
                where=raw.place(row),
                parameter=column,
                got=word or "empty",
                expected=", ".join(filter(None, allowed)),
                hint=nearest(word, allowed),
            )


def _check_reading(raw: RawTable, row: int, style: Print, faults: FaultList) -> None:
    cells = _cells(raw, row)
    text, kind = cells["printed"], cells["kind"]
    if any(cells[name] and _number(cells[name]) is None for name in ("low", "high")) or kind not in KINDS:
        return  # their own fault is recorded
    try:
        reading = style.read(cells)
    except PublishedNumberError as error:
        fault = error.faults[0]
        if not text.strip():
            faults.add(
                "a printed text is missing",
                where=raw.place(row),
                parameter="printed",
                expected='the printed characters, or a mark such as "n/a" where no number stands',
                got="empty",
            )
            return
        if plain(text) in COMMON_MARKS:
            line = '"marks": {"%s": ""}' % text  # noqa: UP031 - braces of JSON
            faults.add(
                "a mark in the place of a number is not explained",
                where=raw.place(row),
                parameter="printed",
                expected=f'a line in datapackage.json, aibaro: {line} for no number, or "<0.5" or "0" as its value',
                got=text,
            )
            return
        faults.add(
            "a verbal quantity has no reading" if kind == "verbal" else _QUOTED.sub("a printed text", fault.problem),
            where=raw.place(row),
            parameter="low, high, qualifier" if kind == "verbal" else "printed",
            expected=f"a range in percent and one of {', '.join(QUALIFIERS)}" if kind == "verbal" else fault.expected,
            got=text or "empty",
            hint=fault.hint,
        )
        return
    if kind == "verbal":
        _check_verbal(raw, row, style, faults)
        return
    if kind in {"count", "ratio"} and reading.percent:
        faults.add(
            "the kind does not fit the text",
            where=raw.place(row),
            parameter="kind",
            expected=f"percentage, or a {kind} without a percent sign",
            got=f'{kind}, "{text}"',
        )
    if kind == "count" and reading.decimals > 0 and cells["weighted"] in {"no", ""}:
        faults.add(
            "a count has no decimals", where=raw.place(row), parameter="printed", expected="a whole number", got=text
        )
    stated = raw.column("decimals")[row]
    if reading.value is not None and stated != str(reading.decimals):
        faults.add(
            "decimals differ from print",
            where=raw.place(row),
            parameter="decimals",
            expected=f'{reading.decimals}, the digits printed in "{text}"',
            got=stated,
        )


def _check_verbal(raw: RawTable, row: int, style: Print, faults: FaultList) -> None:
    """Compare a stated range with that of the committed table, where the table knows the words."""
    cells = _cells(raw, row)
    text, low, high, qualifier = (cells[name] for name in ("printed", "low", "high", "qualifier"))
    if not qualifier or not low or not high:
        faults.add(
            "a verbal quantity has no reading",
            where=raw.place(row),
            parameter="low, high, qualifier",
            expected=f"a range in percent and one of {', '.join(QUALIFIERS)}",
            got=f'"{text}"',
        )
        return
    known = style.try_read({"printed": text, "kind": "verbal"})
    if qualifier == "vague" or known is None or known.stated is None or known.qualifier == "vague":
        return  # words such as "an equally large group" carry their own range
    ends, exact = (_number(low), _number(high)), (known.stated.lower, known.stated.upper)
    # "just over" is a kind of "more than", and may carry that word
    if qualifier != known.qualifier and (qualifier, known.qualifier) != ("more_than", "just_over"):
        faults.add(
            "the qualifier is not that of the words",
            where=raw.place(row),
            parameter="qualifier",
            expected=known.qualifier,
            got=f'{qualifier} for "{text}"',
        )
    elif any(end is not None and abs(end - true) > _END_TOLERANCE for end, true in zip(ends, exact, strict=True)):
        faults.add(
            "the range is not that of the committed table of readings",
            where=raw.place(row),
            parameter="low, high",
            expected=" to ".join(f"{float(end):.4f}" for end in exact),
            got=f'{low} to {high} for "{text}"',
        )


def _check_range(raw: RawTable, row: int, texts: tuple[str, str], faults: FaultList) -> None:
    ends = [_number(text) for text in texts]
    for name, text, end in zip(("low", "high"), texts, ends, strict=True):
        if text and end is None:
            faults.add(
                "not a number", where=raw.place(row), parameter=name, got=text, expected="digits with a decimal point"
            )
    if ends[0] is not None and ends[1] is not None and ends[0] > ends[1]:
        faults.add(
            "the range is empty",
            where=raw.place(row),
            parameter="low, high",
            expected="low <= high",
            got=f"{texts[0]} > {texts[1]}",
        )


def _number(text: str) -> Fraction | None:
    digits = text.removeprefix("-").replace(".", "", 1)
    return Fraction(text) if digits.isascii() and digits.isdigit() and not text.endswith(".") else None


def _check_facts(raw: RawTable, wave: str, faults: FaultList) -> None:
    first: dict[str, tuple[int, tuple[str, ...]]] = {}
    keys: dict[tuple[str, ...], tuple[int, str]] = {}
    rows = raw.rows("fact", *FACT_COLUMNS)
    for row, (fact, item, base, domain, level, own, group, measure) in enumerate(rows):
        said = (item, base or WHOLE_BASE, domain, level, own or wave, group, measure)
        start, known = first.setdefault(fact, (row, said))
        if known != said:
            for column, old, new in zip(FACT_COLUMNS, known, said, strict=True):
                if old != new:
                    faults.add(
                        "rows of one fact speak of different things",
                        where=raw.place(row),
                        parameter=column,
                        expected=f'"{old}", as in line {raw.lines[start]}',
                        got=f'"{new}"',
                        hint=f"rows share the fact {fact}",
                    )
        start, other = keys.setdefault(said, (row, fact))
        if other != fact:
            faults.add(
                "one quantity stands under two facts",
                where=raw.place(row),
                parameter="fact",
                got=fact,
                expected=f"{other}, as in line {raw.lines[start]}",
            )


def domains_of(domain: str, level: str) -> list[tuple[str, str]] | None:
    """Split a crossed domain into its parts.

    Examples
    --------
    >>> domains_of("size_class×sector", "micro×nace-10-33")
    [('size_class', 'micro'), ('sector', 'nace-10-33')]
    """
    if not domain and not level:
        return []
    parts, levels = domain.split(CROSS), level.split(CROSS)
    if len(parts) != len(levels) or "" in parts or "" in levels:
        return None
    return list(zip(parts, levels, strict=True))
