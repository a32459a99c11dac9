"""Do the files of a survey refer only to items, bases, levels and rows that exist?"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Mapping
from functools import partial

from aibaro.errors import FaultList, first_few
from aibaro.published._claims import split_references
from aibaro.published._printed import SHARES, domains_of
from aibaro.published._raw_tables import RawTable, is_count
from aibaro.published._rules import nearest, rules
from aibaro.published.descriptor import base_weighting
from aibaro.published.schema import COUNT_COLUMNS, IGNORED_REASONS, WHOLE_BASE
from aibaro.published.vocabulary import ITEM_TYPES, MEASURES, RELATION_STATUS, WEIGHTED, WEIGHTINGS

_OPENINGS = ("any", "not any", "all", "count")
_CALLED = re.compile(r"(?P<word>[a-z][a-z ]{0,8}[a-z])\(", re.IGNORECASE)
_DEFINITION = re.compile(r"(?P<kind>not any|any|all|count)\s*\((?P<items>[^()]*)\)\s*(?P<threshold>(?:=|>=|<=)\d+)?")
_OPENED = re.compile(r"(?:not any|any|all|count)\s*\(")


def _near_or_declare(word: str, known: Collection[str], column: str) -> str:
    return nearest(word, known) or f"declare it in {column}s.csv"


def _is_in(word: str, known: Collection[str]) -> bool:
    """Tell whether a name, or a glob over names, is known."""
    return word in known or ("*" in word and bool(fnmatch.filter(known, word)))


def _known(known: Collection[str]) -> str:
    return first_few(sorted(known))


#: Variables whose crossings are strata: what print says of pairs of them is looked at for every pair.
MOST_VARIABLES = 24


def check_strata(raw: RawTable, faults: FaultList) -> None:
    """Check the counts and names of the strata."""
    variables = [name for name in raw.cells if name not in COUNT_COLUMNS]
    if not variables or not len(raw):
        faults.add(
            "there are no strata",
            where="strata.csv",
            got=f"columns {', '.join(raw.cells)}; {len(raw)} rows",
            expected="at least one stratum variable and one row a stratum",
        )
    if len(variables) > MOST_VARIABLES:
        faults.add(
            "more stratum variables than a design has",
            where="strata.csv, header",
            expected=f"at most {MOST_VARIABLES}, beside {', '.join(COUNT_COLUMNS)}",
            got=f"{len(variables):,}: {first_few(variables, 3)}",
            hint="respondents and what they answered stand in a file of rows of its own",
        )
        return
    counted = [name for name in COUNT_COLUMNS if name in raw.cells]
    seen: dict[tuple[str, ...], int] = {}
    for row in range(len(raw)):
        labels = tuple(raw.column(name)[row] for name in variables)
        where = f"{raw.place(row)}, {' × '.join(labels)}"
        if "" in labels:
            faults.add(
                "a stratum has no name", where=where, parameter=", ".join(variables), expected="text", got="empty"
            )
        elif variables and labels in seen:
            faults.add(
                "stratum appears twice",
                where=where,
                parameter=", ".join(variables),
                expected="one row a stratum",
                got=f"line {raw.lines[seen[labels]]} has it too",
            )
        seen.setdefault(labels, row)
        _check_counts({name: raw.column(name)[row] for name in counted}, where, faults)


def _check_counts(texts: Mapping[str, str], where: str, faults: FaultList) -> None:
    # what the counts say of each other (more respondents than population) is judged, not refused
    for name, text in texts.items():
        if not is_count(text):
            faults.add(
                "not a count",
                where=where,
                parameter=name,
                expected="a whole number >= 0, digits only, below 2^63",
                got=text[:60] or "empty",
            )


def check_levels(tables: Mapping[str, RawTable], faults: FaultList) -> None:
    """Check that every domain level that is named exists.

    Notes
    -----
    Levels are those of ``levels.csv``; a stratum variable that it does not declare has the levels of
    ``strata.csv``.  Without ``levels.csv`` other domains are free.
    """
    strata, printed, declared = tables.get("strata"), tables["printed"], tables.get("levels")
    levels: dict[str, set[str]] = {}
    for domain, level in declared.rows("domain", "level") if declared else ():
        levels.setdefault(domain, set()).add(level)
    for name in [n for n in strata.cells if n not in COUNT_COLUMNS] if strata else []:
        used = raw_levels(strata, name)
        for level in sorted(used - levels.get(name, used)):
            row = strata.column(name).index(level) if strata else 0
            faults.add(
                "unknown level",
                where=strata.place(row) if strata else "",
                parameter=name,
                got=level,
                expected=partial(_known, levels[name]),
                hint=partial(nearest, level, levels[name]),
            )
        levels.setdefault(name, used)
    for row, order in enumerate(declared.column("order") if declared else ()):
        if declared and order and not re.fullmatch(r"-?\d{1,9}", order, re.ASCII):
            faults.add(
                "an order is not a whole number",
                where=declared.place(row),
                parameter="order",
                expected="1, 2, ...",
                got=order[:60],
            )
    for row, (domain, level, group) in enumerate(printed.rows("domain", "level", "group")):
        parts = domains_of(domain, level)
        if parts is None:
            faults.add(
                "domain and level do not fit",
                where=printed.place(row),
                parameter="domain, level",
                expected="one level a domain, both joined with ×",
                got=f"{domain or 'empty'}, {level or 'empty'}",
            )
        for name, value in [*(parts or []), *([("group", group)] if group and "group" in levels else [])]:
            if name not in levels and declared:
                faults.add(
                    "unknown domain",
                    where=printed.place(row),
                    parameter="domain",
                    got=name,
                    expected=partial(_known, levels),
                    hint=partial(nearest, name, levels),
                )
            elif value not in levels.get(name, {value}):
                faults.add(
                    "unknown level",
                    where=printed.place(row),
                    parameter=f"level of {name}",
                    got=value,
                    expected=partial(_known, levels[name]),
                    hint=partial(nearest, value, levels[name]),
                )


def raw_levels(raw: RawTable | None, column: str) -> set[str]:
    """Collect the distinct cells of a column."""
    return set(raw.column(column)) - {""} if raw else set()


def check_links(tables: Mapping[str, RawTable], faults: FaultList) -> None:
    """Check items, bases, relations, ignored tokens and verdicts against what is declared."""
    printed = tables["printed"]
    items = raw_levels(tables.get("items"), "item") or raw_levels(printed, "item")
    # everybody who answered is a base of every survey; where bases.csv stands, it names all the others
    bases = (raw_levels(tables.get("bases"), "base") or raw_levels(printed, "base")) | {WHOLE_BASE}
    for row, (item, base) in enumerate(printed.rows("item", "base")):
        for column, name, known in (("item", item, items), ("base", base, bases)):
            if name and name not in known:
                faults.add(
                    f"unknown {column}",
                    where=printed.place(row),
                    parameter=column,
                    got=name,
                    expected=partial(_known, known),
                    hint=partial(_near_or_declare, name, known, column),
                )
    _check_based(printed, tables.get("items"), faults)
    _check_types(tables.get("items"), faults)
    places = _places(tables)
    _check_bases(tables.get("bases"), bases, items, places, faults)
    _check_relations(tables.get("relations"), items, bases, places, faults)
    _check_ignored(tables.get("ignored"), faults)
    verdicts, names = tables.get("verdicts"), raw_levels(printed, "id") | raw_levels(tables.get("claims"), "id")
    for row, name in enumerate(verdicts.column("id") if verdicts else ()):
        if verdicts and name and name not in names:
            faults.add(
                "a verdict on an unknown id",
                where=verdicts.place(row),
                parameter="id",
                got=name,
                expected="an id of printed.csv or claims.csv",
                hint=partial(nearest, name, names),
            )


def _check_based(printed: RawTable, items: RawTable | None, faults: FaultList) -> None:
    """Where bases are named, a share needs its own; rates of the response flow have none among the respondents."""
    if not any(printed.column("base")):
        return  # a survey of one base: all who answered
    rates = {item for item, kind in items.rows("item", "type") if kind == "rate"} if items else set()
    for row, (item, kind, base) in enumerate(printed.rows("item", "kind", "base")):
        if not base and kind in SHARES and item not in rates:
            faults.add(
                "a share names no base",
                where=printed.place(row),
                parameter="base",
                got="empty",
                expected="the respondents that it refers to, such as all",
                hint="a rate of the response flow has the type rate in items.csv",
            )


def _check_types(raw: RawTable | None, faults: FaultList) -> None:
    for row, type_ in enumerate(raw.column("type") if raw else ()):
        if raw and type_ and type_ not in ITEM_TYPES:
            faults.add(
                "unknown type of item",
                where=raw.place(row),
                parameter="type",
                expected=", ".join(ITEM_TYPES),
                got=type_,
                hint=partial(nearest, type_, ITEM_TYPES),
            )


def _check_bases(
    raw: RawTable | None, bases: Collection[str], items: Collection[str], places: Places, faults: FaultList
) -> None:
    if raw is None:
        return
    parents = {base: parent for base, parent in raw.rows("base", "parent") if parent}
    for row, (base, parent, number) in enumerate(raw.rows("base", "parent", "respondents")):
        where = raw.place(row)
        if parent and parent not in bases:
            faults.add(
                "unknown base",
                where=where,
                parameter="parent",
                got=parent,
                expected=partial(_known, bases),
                hint=partial(nearest, parent, bases),
            )
        if number and not is_count(number):
            faults.add(
                "not a count",
                where=where,
                parameter="respondents",
                expected="a whole number below 2^63, or nothing",
                got=number[:60],
            )
        walk, chain = base, [base]
        while parents.get(walk, ""):
            walk = parents[walk]
            if walk in chain:
                faults.add(
                    "a base contains itself",
                    where=where,
                    parameter="parent",
                    expected="parents that end at one base",
                    got=" < ".join([*chain, walk])[:200],
                )
                break
            chain.append(walk)
    for row, (definition, weighted, weighting) in enumerate(raw.rows("definition", "weighted", "weighting")):
        for part in _defining(definition, raw.place(row), faults):
            _check_reference("definition", part, raw.place(row), items, bases, places, faults)
        for column, word, known, good in (
            ("weighted", weighted, WEIGHTED, weighted in WEIGHTED),
            ("weighting", weighting, WEIGHTINGS, not weighting or base_weighting(weighting) is not None),
        ):
            if not good:
                faults.add(
                    "unknown word",
                    where=raw.place(row),
                    parameter=column,
                    expected=", ".join(filter(None, known))
                    + (", or margins: DOMAIN ..." if column == "weighting" else ""),
                    got=word,
                    hint=partial(nearest, word, known),
                )


def _defining(text: str, where: str, faults: FaultList) -> tuple[str, ...]:
    """The answers that define a base, in one of the forms that the rules know; none where it is described in words."""
    called = _CALLED.match(text)
    word = called["word"].strip() if called else ""
    meant = nearest(word.lower(), _OPENINGS) if word not in _OPENINGS else ""
    if not _OPENED.match(text) and not meant:
        return ()
    match = _DEFINITION.fullmatch(text)
    parts = split_references(match["items"]) if match else ()
    nameless = not parts or any(part.startswith(("@", "|")) for part in parts)
    if match is None or nameless or (match["kind"] == "count") != bool(match["threshold"]):
        faults.add(
            "not a definition of a base",
            where=where,
            parameter="definition",
            expected=", ".join(rules("definitions")),
            got=text[:80],
            hint=meant,
        )
    return () if nameless else parts


Places = Mapping[str, Collection[str]]


def _places(tables: Mapping[str, RawTable]) -> Places:
    """Return the levels of every domain that some file names."""
    found: dict[str, set[str]] = {}
    strata, declared = tables.get("strata"), tables.get("levels")
    for name in [n for n in strata.cells if n not in COUNT_COLUMNS] if strata else []:
        found.setdefault(name, set()).update(raw_levels(strata, name))
    for domain, level in declared.rows("domain", "level") if declared else ():
        found.setdefault(domain, set()).add(level)
    for domain, level in tables["printed"].rows("domain", "level"):
        for name, value in domains_of(domain, level) or []:
            found.setdefault(name, set()).add(value)
    return found


# a reference in quotes, as in the list of parts, with the number of a count
_QUOTED = re.compile(r"""("(?:[^"]|"")+"|'(?:[^']|'')+')((?:>=|<=|=)\d+)?""")


def complete_relations(raw: RawTable | None, items: Collection[str]) -> None:
    """Read an empty whole, or 100, of parts that exclude each other as all of their base, and one in quotes without."""
    if raw is None:
        return
    wholes = list(raw.column("whole"))
    for row, (kind, parts, whole) in enumerate(raw.rows("kind", "parts", "whole")):
        quoted = _QUOTED.fullmatch(whole)
        if quoted is not None and whole not in items:
            wholes[row] = split_references(quoted[1])[0] + (quoted[2] or "")
        written = whole.replace(" ", "").removesuffix("%")
        if kind in {"exhaustive", "exclusive"} and parts and written in {"", "100"} and whole not in items:
            base = split_references(parts)[0].partition("|")[0].partition("@")[2]
            wholes[row] = f"@{base or WHOLE_BASE}"
    raw.cells["whole"] = wholes


def _check_relations(
    raw: RawTable | None, items: Collection[str], bases: Collection[str], places: Places, faults: FaultList
) -> None:
    known = rules("relations")
    for row, (kind, parts, whole, status) in enumerate(raw.rows("kind", "parts", "whole", "status") if raw else ()):
        where = raw.place(row) if raw else ""
        if kind not in known:
            faults.add(
                "unknown word",
                where=where,
                parameter="kind",
                expected=", ".join(known),
                got=kind,
                hint=partial(nearest, kind, known),
            )
        if status and status not in RELATION_STATUS:
            faults.add(
                "unknown word",
                where=where,
                parameter="status",
                expected=", ".join(RELATION_STATUS),
                got=status,
                hint=partial(nearest, status, RELATION_STATUS),
            )
        names = split_references(parts)
        for column, name in [*(("parts", part) for part in names or ("",)), ("whole", whole)]:
            _check_reference(column, name, where, items, bases, places, faults)
        if _own_part(kind, whole, names, items):
            faults.add(
                "a relation whose whole is one of its parts says nothing",
                where=where,
                parameter="parts, whole",
                expected="a whole of its own",
                got=f"{parts}; {whole}",
            )
        written = [_plain(name) for name in names]
        if len(set(written)) < len(written):
            twice = next(name for name, part in zip(names, written, strict=True) if written.count(part) > 1)
            faults.add("a part is named twice", where=where, parameter="parts", expected="each part once", got=twice)
        if kind == "count" and not re.search(r"(?:=|>=|<=)\d+$", whole):
            faults.add(
                "a relation of the kind count names no number of parts",
                where=where,
                parameter="whole",
                expected="ITEM=k, ITEM>=k or ITEM<=k",
                got=whole or "empty",
            )


def _own_part(kind: str, whole: str, names: Collection[str], items: Collection[str]) -> bool:
    """Tell whether a whole is among its parts, however both are written."""
    if "*" in whole:
        return whole in names
    top = _plain(re.sub(r"(?:>=|<=|=)\d+$", "", whole) if kind == "count" else whole)
    for name in names:
        end = min((name.find(mark) for mark in "@|" if mark in name), default=len(name))
        inside = fnmatch.filter(items, name[:end]) if "*" in name[:end] else [name[:end]]
        if any(_plain(item + name[end:]) == top for item in inside):
            return True
    return False


def _plain(name: str) -> tuple[str, ...]:
    head, *rest = name.split("|")
    return head.removesuffix(f"@{WHOLE_BASE}") or head, *sorted(rest)


def _check_reference(  # noqa: PLR0917 - a reference and what it may name
    column: str,
    name: str,
    where: str,
    items: Collection[str],
    bases: Collection[str],
    places: Places,
    faults: FaultList,
) -> None:
    head, *rest = name.split("|")
    # the number of a count relation stands at the end, after the item or after its last domain
    head = re.sub(r"(?:>=|<=|=)\d+$", "", head) if not rest else head
    item, _, base = head.partition("@")
    if not item and not base:
        faults.add(
            "not an item or a base",
            where=where,
            parameter=column,
            got=name or "empty",
            expected="item[@base][|domain=level], or @base",
        )
        return
    checks = [("item", item, items), ("base", base, bases)]
    for part in rest:
        domain, equal, level = part.partition("=")
        level = re.sub(r"(?:>=|<=|=)\d+$", "", level)
        if not equal or not domain or not level:
            faults.add(
                "not a place of a figure",
                where=where,
                parameter=column,
                got=part,
                expected="|domain=level, |wave=W, |group=G or |measure=M",
            )
        elif domain == "measure":
            checks.append(("measure", level, MEASURES))
        elif domain not in {"wave", "group"}:
            levels = dict(zip(domain.split("×"), level.split("×"), strict=False))
            for place, value in levels.items():
                checks.append(("domain", place, places))
                if value and "*" not in value and place in places:
                    checks.append((f"level of {place}", value, places[place]))
    for what, word, known in checks:
        if word and not _is_in(word, known):
            faults.add(
                "unknown level" if what.startswith("level") else f"unknown {what}",
                where=where,
                parameter=column,
                got=word,
                expected=partial(_known, known),
                hint=partial(nearest, word, known),
            )


def _check_ignored(raw: RawTable | None, faults: FaultList) -> None:
    for row, (times, reason) in enumerate(raw.rows("times", "reason") if raw else ()):
        where = raw.place(row) if raw else ""
        if times and not (is_count(times) and int(times)):
            faults.add(
                "not a number of times", where=where, parameter="times", expected="a whole number >= 1", got=times
            )
        if reason not in IGNORED_REASONS:
            faults.add("unknown word", where=where, parameter="reason", expected=", ".join(IGNORED_REASONS), got=reason)


def check_side(raw: RawTable, tables: Mapping[str, RawTable], faults: FaultList) -> None:
    """Check the items, bases, facts and claims that a file beside the tables names."""
    printed = tables["printed"]
    items = raw_levels(tables.get("items"), "item") | raw_levels(printed, "item")
    bases = raw_levels(tables.get("bases"), "base") | raw_levels(printed, "base") | {WHOLE_BASE}
    claims = raw_levels(tables.get("claims"), "id")
    known: dict[str, Collection[str]] = {"item": items, "base": bases, "claim": claims}
    for row in range(len(raw)):
        cells = {name: raw.column(name)[row] for name in known if name in raw.table.columns}
        if "fact" in raw.table.columns:
            # a fact need not be printed: what its complement leaves is one too
            item, _, base = raw.column("fact")[row].partition("|")[0].partition("@")
            cells |= {"item": item, "base": base}
        for column, word in cells.items():
            if word and word not in known[column]:
                faults.add(
                    f"unknown {column}",
                    where=f"{raw.table.file}, line {raw.lines[row]}",
                    parameter=column,
                    got=word,
                    expected=partial(_known, known[column]),
                    hint=partial(nearest, word, known[column]),
                )
