"""Is each printed number possible, and does the table of printings agree with itself?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from aibaro.errors import FaultList, PublishedNumberError
from aibaro.published.schema import CROSS, FACT_COLUMNS, WHOLE_BASE, fact_key
from aibaro.published.tables import RawTable
from aibaro.published.verbal import QUALIFIERS, named_share, read_verbal
from aibaro.published.vocabulary import KINDS, MEASURES, WEIGHTED
from aibaro.rounding import NUMBER_WORDS, PrintedNumber, parse_printed

# A declared end of a verbal range may be rounded outward at its second decimal.
_END_TOLERANCE = Fraction(1, 100)
SHARES = ("percentage", "verbal")


# The same few hundred texts recur, and every text is read twice: to complete the table and to check it.
@lru_cache(maxsize=8192)
def _parsed(text: str, decimal: str) -> PrintedNumber:
    return parse_printed(text, decimal)


def complete(raw: RawTable, items: RawTable | None, decimal: str, wave: str) -> None:
    """Derive the optional columns of ``printed.csv`` that a survey leaves out.

    Notes
    -----
    The kind is that of the row, else the type of its item, else what the text looks like.  The measure is that of
    the row, else follows from the kind.  Without an id a printing has the key of its fact; further ones `` #2``.
    """
    types = dict(items.rows("item", "type")) if items else {}
    kinds = _kinds(raw, types, decimal)
    units = [
        unit or ("percent" if kind in SHARES else "") for unit, kind in zip(raw.column("unit"), kinds, strict=True)
    ]
    measures = [measure or measure_of(kind) for measure, kind in zip(raw.column("measure"), kinds, strict=True)]
    raw.cells.update({"kind": kinds, "unit": units, "measure": measures})
    own = _own_measures(raw, types)
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
    decimals = [
        stated or _decimals(text, kind, decimal)
        for stated, text, kind in zip(raw.column("decimals"), raw.column("printed"), kinds, strict=True)
    ]
    raw.cells.update({"fact": facts, "decimals": decimals, "id": _ids(raw.column("id"), facts)})
    for row, kind in enumerate(kinds):
        if kind == "verbal" and not raw.column("low")[row] + raw.column("high")[row] + raw.column("qualifier")[row]:
            _complete_verbal(raw, row)


def measure_of(kind: str) -> str:
    """Give what a figure of a kind measures where no measure is stated.

    Examples
    --------
    >>> measure_of("percentage"), measure_of("mean")
    ('share', 'mean')
    """
    return "share" if kind in SHARES else kind


def _own_measures(raw: RawTable, types: Mapping[str, str]) -> dict[str, str]:
    """Give the measure that an item's facts leave out: its type, else a share where one is printed, else the first."""
    found: dict[str, list[str]] = {}
    for item, measure in raw.rows("item", "measure"):
        found.setdefault(item, []).append(measure)
    return {
        item: types[item]
        if types.get(item) in MEASURES and types[item] in measures
        else "share"
        if "share" in measures
        else measures[0]
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


def _kinds(raw: RawTable, types: Mapping[str, str], decimal: str) -> list[str]:
    """Give the kind of each printing: stated, else of its item, else of its text."""
    counted = _counted(raw, decimal)
    return [
        kind or _kind(item, types.get(item, ""), text, item in counted)
        for kind, item, text in raw.rows("kind", "item", "printed")
    ]


def _counted(raw: RawTable, decimal: str) -> set[str]:
    """Find the items whose printings are all whole numbers without a percent sign, one of them above 100."""
    numbers: dict[str, list[PrintedNumber | None]] = {}
    for item, text in raw.rows("item", "printed"):
        try:
            numbers.setdefault(item, []).append(_parsed(text, decimal))
        except PublishedNumberError:
            numbers.setdefault(item, []).append(None)
    return {
        item
        for item, found in numbers.items()
        if all(n is not None and not n.percent and not n.decimals for n in found)
        and any(n is not None and n.value > 100 for n in found)
    }


def _complete_verbal(raw: RawTable, row: int) -> None:
    """Take the range of a verbal quantity from the committed table where a survey gives none."""
    try:
        reading = read_verbal(raw.column("printed")[row])
    except PublishedNumberError:
        return  # check_printed names the row
    for name, value in (("low", reading.interval.lower), ("high", reading.interval.upper)):
        raw.cells.setdefault(name, [""] * len(raw))[row] = f"{float(round(value, 4)):g}"
    raw.cells.setdefault("qualifier", [""] * len(raw))[row] = reading.qualifier


def _kind(item: str, type_: str, text: str, counted: bool) -> str:
    words = text.split()
    is_words = bool(words) and not any(c.isdigit() for c in text) and words[0].lower() not in NUMBER_WORDS
    by_text = "verbal" if is_words or named_share(text) else "percentage"
    if type_ in KINDS and (by_text == "percentage") and not (type_ == "count" and text.rstrip().endswith("%")):
        return type_
    if by_text == "percentage" and (item in {"population", "sample", "respondents"} or counted):
        return "count"
    return by_text


def _decimals(text: str, kind: str, decimal: str) -> str:
    if kind == "verbal":
        return ""
    try:
        return str(_parsed(text, decimal).decimals)
    except PublishedNumberError:
        return ""  # check_printed names the row


def check_printed(raw: RawTable, decimal: str, prefix: str, wave: str, faults: FaultList) -> None:
    """Check every row of ``printed.csv`` by itself, then rows that state the same fact against each other."""
    _check_words(raw, "kind", KINDS, faults)
    _check_words(raw, "measure", MEASURES, faults)
    _check_words(raw, "weighted", WEIGHTED, faults)
    _check_words(raw, "qualifier", ("", *QUALIFIERS), faults)
    for row, (item, base_n, name) in enumerate(raw.rows("item", "base_n", "id")):
        if not item:
            faults.add("a printing names no item", where=raw.place(row), parameter="item", expected="text", got="empty")
        if base_n and not (base_n.isascii() and base_n.isdigit()):
            faults.add("not a count", where=raw.place(row), parameter="base_n", expected="a whole number", got=base_n)
        if prefix and name and not name.startswith(f"{prefix}."):
            faults.add(
                "an id does not carry the survey's prefix",
                where=raw.place(row),
                parameter="id",
                expected=f"{prefix}. ...",
                got=name,
            )
    for row, (kind, text, stated) in enumerate(raw.rows("kind", "printed", "decimals")):
        if kind != "verbal":
            _check_number(raw, row, (kind, text, stated), decimal, faults)
    for row, (kind, text, low, high, qualifier) in enumerate(raw.rows("kind", "printed", "low", "high", "qualifier")):
        if low or high:
            _check_range(raw, row, (low, high), faults)
        if kind == "verbal":
            _check_verbal(raw, row, (text, low, high, qualifier), faults)
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
            )


def _check_number(raw: RawTable, row: int, cells: tuple[str, str, str], decimal: str, faults: FaultList) -> None:
    kind, text, stated = cells
    try:
        number = _parsed(text, decimal)
    except PublishedNumberError as error:
        fault = error.faults[0]
        faults.add(
            fault.problem,
            where=raw.place(row),
            parameter="printed",
            expected=fault.expected,
            got=text or "empty",
            hint=fault.hint,
        )
        return
    if kind == "count" and number.decimals:
        faults.add(
            "a count has no decimals", where=raw.place(row), parameter="printed", expected="a whole number", got=text
        )
    if stated != str(number.decimals):
        faults.add(
            "decimals differ from print",
            where=raw.place(row),
            parameter="decimals",
            expected=f'{number.decimals}, the digits printed in "{text}"',
            got=stated,
        )


def _check_verbal(raw: RawTable, row: int, cells: tuple[str, str, str, str], faults: FaultList) -> None:
    text, low, high, qualifier = cells
    if not qualifier or not low or not high:
        faults.add(
            "a verbal quantity has no reading",
            where=raw.place(row),
            parameter="low, high, qualifier",
            expected=f"a range in percent and one of {', '.join(QUALIFIERS)}",
            got=f'"{text}"',
        )
        return
    if qualifier == "vague":
        return
    try:
        reading = read_verbal(text)
    except PublishedNumberError:
        return  # words such as "an equally large group" carry their own range
    ends = _number(low), _number(high)
    exact = reading.interval.lower, reading.interval.upper
    if qualifier != reading.qualifier:
        faults.add(
            "the qualifier is not that of the words",
            where=raw.place(row),
            parameter="qualifier",
            expected=reading.qualifier,
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
