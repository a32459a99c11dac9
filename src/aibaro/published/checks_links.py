"""Do the files of a survey refer only to items, bases, levels and rows that exist?"""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Collection, Iterable, Mapping

from aibaro.errors import FaultList
from aibaro.published._printed import SHARES, domains_of
from aibaro.published.schema import COUNT_COLUMNS, IGNORED_REASONS, WHOLE_BASE
from aibaro.published.tables import RawTable
from aibaro.published.vocabulary import RELATION_KINDS

_NAME = re.compile(r"(?P<item>[^@|=<>]*)(?:@(?P<base>[^|=<>]+))?(?P<domain>\|[^|]+=[^|]+)*(?P<number>(?:=|>=|<=)\d+)?")


def _near(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1)
    return f"did you mean {near[0]}?" if near else ""


def _known(known: Collection[str]) -> str:
    shown = sorted(known)
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "")


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
    bad = [name for name, text in texts.items() if not (text.isascii() and text.isdigit())]
    for name in bad:
        faults.add(
            "not a count",
            where=where,
            parameter=name,
            expected="a whole number >= 0, digits only",
            got=texts[name] or "empty",
        )
    if bad:
        return
    counts = {name: int(text) for name, text in texts.items()}
    big, small, sample = counts["population"], counts["respondents"], counts.get("sample")
    if small > big:
        faults.add(
            "more respondents than population",
            where=where,
            parameter="respondents",
            expected=f"n_h <= {big}",
            got=str(small),
        )
    if sample is not None and sample < small:
        faults.add(
            "sample smaller than its respondents",
            where=where,
            parameter="sample",
            expected=f"s_h >= {small}",
            got=str(sample),
        )
    if sample is not None and sample > big:
        faults.add(
            "sample larger than the population",
            where=where,
            parameter="sample",
            expected=f"s_h <= {big}",
            got=str(sample),
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
                expected=_known(levels[name]),
                hint=_near(level, levels[name]),
            )
        levels.setdefault(name, used)
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
                    expected=_known(levels),
                    hint=_near(name, levels),
                )
            elif value not in levels.get(name, {value}):
                faults.add(
                    "unknown level",
                    where=printed.place(row),
                    parameter=f"level of {name}",
                    got=value,
                    expected=_known(levels[name]),
                    hint=_near(value, levels[name]),
                )


def raw_levels(raw: RawTable | None, column: str) -> set[str]:
    """Collect the distinct cells of a column."""
    return set(raw.column(column)) - {""} if raw else set()


def check_links(tables: Mapping[str, RawTable], faults: FaultList) -> None:
    """Check items, bases, relations, ignored tokens and verdicts against what is declared."""
    printed = tables["printed"]
    items = raw_levels(tables.get("items"), "item") or raw_levels(printed, "item")
    bases = raw_levels(tables.get("bases"), "base") or (raw_levels(printed, "base") | {WHOLE_BASE})
    for row, (item, base) in enumerate(printed.rows("item", "base")):
        for column, name, known in (("item", item, items), ("base", base, bases)):
            if name and name not in known:
                faults.add(
                    f"unknown {column}",
                    where=printed.place(row),
                    parameter=column,
                    got=name,
                    expected=_known(known),
                    hint=_near(name, known) or f"declare it in {column}s.csv",
                )
    _check_based(printed, tables.get("items"), faults)
    _check_bases(tables.get("bases"), bases, faults)
    _check_relations(tables.get("relations"), items, bases, faults)
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
                hint=_near(name, names),
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


def _check_bases(raw: RawTable | None, bases: Collection[str], faults: FaultList) -> None:
    if raw is None:
        return
    parents = dict(zip(raw.column("base"), raw.column("parent"), strict=True))
    for row, (base, parent, number) in enumerate(raw.rows("base", "parent", "respondents")):
        if parent and parent not in bases:
            faults.add(
                "unknown base",
                where=raw.place(row),
                parameter="parent",
                got=parent,
                expected=_known(bases),
                hint=_near(parent, bases),
            )
        if number and not (number.isascii() and number.isdigit()):
            faults.add(
                "not a count",
                where=raw.place(row),
                parameter="respondents",
                expected="a whole number or nothing",
                got=number,
            )
        walk, chain = base, [base]
        while parents.get(walk, "") not in {"", walk}:
            walk = parents[walk]
            if walk in chain:
                faults.add(
                    "a base contains itself",
                    where=raw.place(row),
                    parameter="parent",
                    expected="parents that end at one base",
                    got=" < ".join([*chain, walk]),
                )
                break
            chain.append(walk)


def _check_relations(raw: RawTable | None, items: Collection[str], bases: Collection[str], faults: FaultList) -> None:
    for row, (kind, parts, whole) in enumerate(raw.rows("kind", "parts", "whole") if raw else ()):
        where = raw.place(row) if raw else ""
        if kind not in RELATION_KINDS:
            faults.add("unknown word", where=where, parameter="kind", expected=", ".join(RELATION_KINDS), got=kind)
        for column, name in [*(("parts", part) for part in parts.split()), ("whole", whole)]:
            match = _NAME.fullmatch(name)
            item, base = (match["item"], match["base"] or "") if match else ("", "")
            if not item and not base:
                faults.add(
                    "not an item or a base",
                    where=where,
                    parameter=column,
                    got=name or "empty",
                    expected="item[@base][|domain=level], or @base",
                )
            if item and not fnmatch.filter(items, item):
                faults.add(
                    "unknown item",
                    where=where,
                    parameter=column,
                    got=item,
                    expected=_known(items),
                    hint=_near(item, items),
                )
            if base and base not in bases:
                faults.add(
                    "unknown base",
                    where=where,
                    parameter=column,
                    got=base,
                    expected=_known(bases),
                    hint=_near(base, bases),
                )


def _check_ignored(raw: RawTable | None, faults: FaultList) -> None:
    for row, (times, reason) in enumerate(raw.rows("times", "reason") if raw else ()):
        where = raw.place(row) if raw else ""
        if times and not (times.isascii() and times.isdigit() and int(times)):
            faults.add(
                "not a number of times", where=where, parameter="times", expected="a whole number >= 1", got=times
            )
        if reason not in IGNORED_REASONS:
            faults.add("unknown word", where=where, parameter="reason", expected=", ".join(IGNORED_REASONS), got=reason)
